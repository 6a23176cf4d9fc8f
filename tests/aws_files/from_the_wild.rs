//! The AWS files and environments of people who described them in public issues, with the ids of AWS's documentation
//! in place of their own. The AWS CLI uses each profile beside this program: what works there works here, or the
//! refusal says why not.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_mfa::account::AccountName;
use serde_json::Value as Json;

use crate::harness::binary;
use crate::harness::requirements::python_tools;
use crate::support::home::Home;
use crate::support::identity::caller_identity;
use crate::support::sts::{JANES_PHONE, KEY_ID, Role, SECRET, StrictSts, User, World};

/// The files and the environment of a user, and what must come out of their profiles.
#[derive(Clone, Copy, Debug)]
struct Situation {
    /// The issue that describes it.
    source: &'static str,
    config: &'static str,
    credentials: &'static str,
    /// The environment. `~` at the start of a value is the home directory.
    env: &'static [(&'static str, &'static str)],
    /// The commands that the profiles name, each with what it prints.
    programs: &'static [(&'static str, &'static str)],
    profiles: &'static [Profile],
}

/// A profile with what the AWS CLI and this program make of it.
#[derive(Clone, Copy, Debug)]
struct Profile {
    name: &'static str,
    cli: Means,
    ours: Means,
    /// The region that this program exports.
    region: Option<&'static str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Means {
    /// Jane herself.
    User,
    /// The role of this name.
    Role(&'static str),
    /// A refusal with these words.
    Says(&'static str),
}

use Means::{Role as AsRole, Says, User as AsUser};

const EMPTY: Situation = Situation {
    source: "",
    config: "",
    credentials: "",
    env: &[],
    programs: &[],
    profiles: &[],
};

const fn profile(
    name: &'static str,
    cli: Means,
    ours: Means,
    region: Option<&'static str>,
) -> Profile {
    Profile {
        name,
        cli,
        ours,
        region,
    }
}

const KEY_JSON: &str = r#"{"Version": 1, "AccessKeyId": "AKIAIOSFODNN7EXAMPLE",
 "SecretAccessKey": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}"#;
const SESSION_JSON: &str = r#"{"Version": 1, "AccessKeyId": "ASIAIOSFODNN7EXAMPLE", "SecretAccessKey": "session-secret",
 "SessionToken": "session-token"}"#;

const SITUATIONS: &[Situation] = &[
    Situation {
        source: "https://github.com/trek10inc/awsume/issues/127",
        config: "[default]\nregion = eu-west-1\noutput = json\nsts_regional_endpoints = regional\ncli_pager=\n\n\
                 [profile shared]\nsource_profile = default\nmfa_serial = arn:aws:iam::123456789012:mfa/jane\n\n\
                 [profile dev]\nsource_profile = shared\nrole_arn = arn:aws:iam::210987654321:role/administrators\n\
                 mfa_serial = arn:aws:iam::123456789012:mfa/jane\nrole_session_name = jane\n",
        credentials: "[shared]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n\
                      aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n",
        profiles: &[
            profile("shared", AsUser, AsUser, None),
            profile(
                "dev",
                AsRole("administrators"),
                AsRole("administrators"),
                None,
            ),
            profile(
                "default",
                Says("Unable to locate credentials"),
                Says("has no role_arn with source_profile, no mfa_serial and no long-term key"),
                None,
            ),
        ],
        ..EMPTY
    },
    Situation {
        source: "https://github.com/99designs/aws-vault/issues/651",
        config: "[profile main]\nsso_start_url      = https://example.awsapps.com/start\nsso_region         = us-west-2\n\
                 sso_account_id     = 123456789012\nsso_role_name      = Administrator\n\
                 credential_process = aws-vault exec main --json --prompt=osascript\n\n\
                 [profile main-vault]\ncredential_process = aws-vault --debug exec main --json --prompt=osascript\n",
        programs: &[("aws-vault", SESSION_JSON)],
        profiles: &[
            profile(
                "main",
                Says("Error loading SSO Token"),
                Says("it signs in through IAM Identity Center"),
                None,
            ),
            profile(
                "main-vault",
                AsUser,
                Says("it printed session credentials, not a long-term key"),
                None,
            ),
        ],
        ..EMPTY
    },
    Situation {
        source: "https://github.com/99designs/aws-vault/issues/1175",
        config: "[default]\nregion = eu-west-1\n\n[sso-session dev-col]\nsso_start_url = https://example.awsapps.com/start\n\
                 sso_region = eu-west-1\nsso_registration_scopes = sso:account:access\n\n[profile dev]\n\
                 sso_session = dev-col\nsso_account_id =123456789012\nsso_role_name = READ\nregion = eu-west-1\n\
                 credential_process = aws-vault export --format=json dev\n",
        programs: &[("aws-vault", SESSION_JSON)],
        profiles: &[profile(
            "dev",
            Says("Error loading SSO Token"),
            Says("it signs in through IAM Identity Center"),
            None,
        )],
        ..EMPTY
    },
    Situation {
        source: "https://github.com/fwdcloudsec/granted/issues/698",
        config: "[profile chain-role]\nsource_profile = example-source-profile\n\
                 role_arn       = arn:aws:iam::210987654321:role/example\n\n[profile example-source-profile]\n\
                 granted_sso_start_url           = https://example.awsapps.com/start\n\
                 granted_sso_region              = ap-southeast-2\n\
                 granted_sso_account_id          = 123456789012\n\
                 granted_sso_role_name           = AdministratorAccess\n\
                 region                          = us-west-2\n\
                 credential_process              = granted credential-process --profile example-source-profile\n",
        programs: &[("granted", SESSION_JSON)],
        profiles: &[
            profile(
                "chain-role",
                AsRole("example"),
                Says("it printed session credentials, not a long-term key"),
                None,
            ),
            profile(
                "example-source-profile",
                AsUser,
                Says("it printed session credentials, not a long-term key"),
                None,
            ),
        ],
        ..EMPTY
    },
    Situation {
        source: "https://github.com/99designs/aws-vault/issues/641",
        config: "[profile root]\nmfa_serial = arn:aws:iam::123456789012:mfa/jane\n\
                 credential_process = env AWS_SDK_LOAD_CONFIG=0 aws-vault --backend=pass --pass-prefix=aws-vault \
                 --prompt=osascript exec --region eu-west-1 --duration=1h root --json\n\n[profile core-admin]\n\
                 source_profile = root\nparent_profile = root\nrole_arn = arn:aws:iam::210987654321:role/CoreAdmin\n",
        env: &[
            ("AWS_PROFILE", "core-admin"),
            ("AWS_DEFAULT_REGION", "eu-west-1"),
            ("AWS_VAULT_BACKEND", "pass"),
            ("AWS_VAULT_PASS_PREFIX", "aws-vault"),
        ],
        programs: &[("aws-vault", SESSION_JSON)],
        profiles: &[
            profile(
                "core-admin",
                AsRole("CoreAdmin"),
                Says("it printed session credentials, not a long-term key"),
                None,
            ),
            profile(
                "root",
                AsUser,
                Says("it printed session credentials, not a long-term key"),
                None,
            ),
        ],
        ..EMPTY
    },
    Situation {
        source: "https://github.com/99designs/aws-vault/issues/438",
        config: "[profile root]\nregion = us-east-1\ncredential_process = aws-vault exec root --json\n\n\
                 [profile account-1-admin]\nregion = us-east-1\nsource_profile = root\n\
                 role_arn = arn:aws:iam::210987654321:role/AdminRole\n",
        env: &[
            ("AWS_PROFILE", "account-1-admin"),
            ("AWS_SDK_LOAD_CONFIG", "1"),
            ("AWS_MFA_SERIAL", "arn:aws:iam::123456789012:mfa/jane"),
        ],
        programs: &[("aws-vault", KEY_JSON)],
        profiles: &[profile(
            "account-1-admin",
            Says("not authorized to perform: sts:AssumeRole"),
            AsRole("AdminRole"),
            Some("us-east-1"),
        )],
        ..EMPTY
    },
    Situation {
        source: "https://github.com/wbingli/awscli-plugin-endpoint/issues/16",
        config: "[plugins]\nendpoint = awscli_plugin_endpoint\n\n\
                 # https://docs.aws.amazon.com/general/latest/gr/aws-service-information.html\n\
                 [profile localstack]\napigateway =\n    endpoint_url = http://localhost:4567\nkinesis =\n    \
                 endpoint_url = http://localhost:4568\ns3 =\n    endpoint_url = http://localhost:4572\n",
        credentials: "# localstack test\n# https://github.com/localstack/localstack\n[localstack]\n\
                      region                = ap-southeast-2\naws_secret_access_key = localstack\n\
                      aws_access_key_id     = localstack\n",
        profiles: &[profile(
            "localstack",
            AsUser,
            AsUser,
            Some("ap-southeast-2"),
        )],
        ..EMPTY
    },
    Situation {
        source: "https://github.com/paws-r/paws/issues/764",
        config: "[profile localstack]\nregion = us-east-1\noutput = json\nservices = localstack\n\n\
                 [services localstack]\nssm =\n  endpoint_url = http://localhost:4566\n",
        credentials: "[localstack]\naws_access_key_id=test\naws_secret_access_key=test\n",
        profiles: &[profile("localstack", AsUser, AsUser, Some("us-east-1"))],
        ..EMPTY
    },
    Situation {
        source: "https://github.com/99designs/aws-vault/issues/374",
        config: "[profile govtech]\noutput = json\nregion = us-gov-west-1\n\
                 mfa_serial = arn:aws-us-gov:iam::123456789012:mfa/jane\n\n[profile govdev]\n\
                 source_profile = govtech\nrole_arn = arn:aws-us-gov:iam::210987654321:role/Administrator\n",
        credentials: "[govtech]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n\
                      aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n",
        profiles: &[
            profile(
                "govdev",
                Says("not authorized to perform: sts:AssumeRole"),
                AsRole("Administrator"),
                Some("us-gov-west-1"),
            ),
            profile("govtech", AsUser, AsUser, Some("us-gov-west-1")),
        ],
        ..EMPTY
    },
    Situation {
        source: "https://github.com/aws/aws-sdk-js-v3/issues/6711",
        config: "[default]\nregion = cn-north-1\n[profile tes_assume]\nregion = cn-north-1\n\
                 role_arn = arn:aws-cn:iam::210987654321:role/test_assume\n",
        credentials: "[default]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n\
                      aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n",
        profiles: &[
            profile(
                "tes_assume",
                Says("missing: source_profile or credential_source"),
                Says("has no role_arn with source_profile, no mfa_serial and no long-term key"),
                None,
            ),
            profile("default", AsUser, AsUser, Some("cn-north-1")),
        ],
        ..EMPTY
    },
    Situation {
        source: "https://github.com/broamski/aws-mfa/pull/18",
        config: "[default]\nregion = ap-southeast-2\noutput = json\ns3 =\n    signature_version = s3v4\n[preview]\n\
                 cloudfront = true\n[s2s-testing]\noutput = text\nregion = us-west-2\n[s2s-testing-dev]\n\
                 role_arn=arn:aws:iam::210987654321:role/system/development\nsource_profile=s2s-testing\noutput = text\n\
                 region = ap-southeast-2\n",
        credentials: "[s2s-testing]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n\
                      aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n",
        profiles: &[
            profile(
                "s2s-testing-dev",
                Says("could not be found"),
                Says("AWS tools ignore [s2s-testing-dev] in ~/.aws/config, line 11"),
                None,
            ),
            profile("s2s-testing", AsUser, AsUser, None),
        ],
        ..EMPTY
    },
    Situation {
        source: "https://github.com/Versent/saml2aws/issues/511",
        config: "[default]\nregion = eu-west-1\ncli_follow_urlparam = false\n\n[okta]\n\
                 aws_saml_url = home/amazon_aws/0oa/281\n\n[ profile dev ]\n\
                 role_arn = arn:aws:iam::210987654321:role/role-delegated-write\n[ profile prod ]\n\
                 role_arn = arn:aws:iam::210987654321:role/role-delegated-read\n",
        profiles: &[profile(
            "dev",
            Says("could not be found"),
            Says("has no role_arn with source_profile, no mfa_serial and no long-term key"),
            None,
        )],
        ..EMPTY
    },
    Situation {
        source: "https://github.com/starship/starship/issues/5032",
        config: "[profile RO_User]\nsource_profile=myaws\nrefion = eu-west2\noutput = json\n\
                 role_arn=arn:aws:iam::210987654321:role/ReadOnlyRole\nrole_session_name=RO_User\n\n\
                 [profile Admin_User]\nsource_profile=saml\nrefion = eu-west2\noutput = json\n\
                 role_arn=arn:aws:iam::210987654321:role/AdministratorRole\nrole_session_name=Admin_User\n",
        credentials: "[saml]\naws_access_key_id        = ASIAIOSFODNN7EXAMPLE\n\
                      aws_secret_access_key    = session-secret\naws_session_token        = session-token\n\
                      aws_security_token       = session-token\n\
                      x_principal_arn          = arn:aws:sts::123456789012:assumed-role/Admin/jane\n\
                      x_security_token_expires = 2023-03-27T18:00:00+02:00\n",
        profiles: &[
            profile(
                "RO_User",
                Says("does not exist"),
                Says("could not find the source profile myaws"),
                None,
            ),
            profile(
                "Admin_User",
                AsRole("AdministratorRole"),
                Says("holds session credentials, not a long-term key"),
                None,
            ),
            profile(
                "saml",
                AsUser,
                Says("holds session credentials, not a long-term key"),
                None,
            ),
        ],
        ..EMPTY
    },
    Situation {
        source: "https://github.com/99designs/aws-vault/issues/837",
        credentials: "[deployer_root]\naws_access_key_id=AKIAIOSFODNN7EXAMPLE\n\
                      aws_secret_access_key=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n\
                      mfa_serial=arn:aws:iam::123456789012:mfa/jane\nmfa_seed=EXAMPLE\n\n\
                      # will be populated by script with temporary STS creds\n[deployer]\n\
                      aws_access_key_id = ASIAIOSFODNN7EXAMPLE\naws_secret_access_key = session-secret\n\
                      aws_session_token = \n\n[deployer_on_account1]\nsource_profile=deployer\n\
                      role_arn=arn:aws:iam::210987654321:role/role_name\n",
        profiles: &[
            profile("deployer_root", AsUser, AsUser, None),
            profile(
                "deployer",
                Says("InvalidClientTokenId"),
                Says("holds session credentials, not a long-term key"),
                None,
            ),
            profile(
                "deployer_on_account1",
                Says("InvalidClientTokenId"),
                Says("holds session credentials, not a long-term key"),
                None,
            ),
        ],
        ..EMPTY
    },
    Situation {
        source: "https://github.com/fwdcloudsec/granted/issues/487",
        config: "[profile foo-base]\nregion             = eu-central-1\nduration_seconds   = 43200\n\
                 credential_process = granted credential-process --profile=foo-base\n",
        credentials: "[foo-prod]\nrole_arn       = arn:aws:iam::210987654321:role/YYY\n\
                      source_profile = foo-base\nmfa_serial     = arn:aws:iam::123456789012:mfa/jane\n",
        programs: &[("granted", KEY_JSON)],
        profiles: &[
            profile(
                "foo-prod",
                AsRole("YYY"),
                AsRole("YYY"),
                Some("eu-central-1"),
            ),
            profile("foo-base", AsUser, AsUser, Some("eu-central-1")),
        ],
        ..EMPTY
    },
    Situation {
        source: "https://github.com/segmentio/aws-okta/issues/193",
        config: "[profile my-profile]\nrole_arn=arn:aws:iam::210987654321:role/my-role\n\
                 role_session_name=jane@example.com\nsource_profile=my-profile\n",
        credentials: "[my-profile]\naws_access_key_id = ASIAIOSFODNN7EXAMPLE\naws_secret_access_key = session-secret\n\
                      aws_session_token = session-token\naws_security_token = session-token\n",
        profiles: &[profile(
            "my-profile",
            AsRole("my-role"),
            Says("holds session credentials, not a long-term key"),
            None,
        )],
        ..EMPTY
    },
    Situation {
        source: "https://github.com/jorgebastida/awslogs/issues/302",
        config: "[profile wes-prod]\nazure_tenant_id=00000000-0000-0000-0000-000000000000\n\
                 azure_app_id_uri=00000000-0000-0000-0000-000000000000\nazure_default_username=jane@example.com\n\
                 azure_default_role_arn=\nazure_default_duration_hours=5\nazure_default_remember_me=true\nregion=us-east-1\n",
        credentials: "[wes-prod]\naws_access_key_id=ASIAIOSFODNN7EXAMPLE\naws_secret_access_key=session-secret\n\
                      aws_session_token=session-token\naws_expiration=2020-06-16T18:00:00.000Z\n",
        profiles: &[profile(
            "wes-prod",
            AsUser,
            Says("holds session credentials, not a long-term key"),
            None,
        )],
        ..EMPTY
    },
    Situation {
        source: "https://github.com/broamski/aws-mfa/pull/22",
        credentials: "[myorganization]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n\
                      aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n\
                      aws_mfa_device = arn:aws:iam::123456789012:mfa/jane\n\n[myorganization-account1]\n\
                      assumed_role = True\nassumed_role_arn = arn:aws:iam::210987654321:role/Administrator\n\
                      assume_role = arn:aws:iam::210987654321:role/Administrator\n\
                      aws_access_key_id = ASIAIOSFODNN7EXAMPLE\naws_secret_access_key = session-secret\n\
                      aws_session_token = session-token\naws_security_token = session-token\n\
                      expiration = 2018-02-03 18:00:00\n",
        profiles: &[
            profile("myorganization", AsUser, AsUser, None),
            profile(
                "myorganization-account1",
                AsUser,
                Says("holds session credentials, not a long-term key"),
                None,
            ),
        ],
        ..EMPTY
    },
    Situation {
        source: "https://github.com/broamski/aws-mfa/issues/19",
        credentials: "[prod-long-term]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n\
                      aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n\
                      aws_mfa_device = arn:aws:iam::123456789012:mfa/jane\n\
                      assume_role =  arn:aws:iam::210987654321:role/some-admin-role\n",
        profiles: &[
            profile("prod-long-term", AsUser, AsUser, None),
            profile("prod", Says("could not be found"), AsUser, None),
        ],
        ..EMPTY
    },
    Situation {
        source: "https://github.com/trek10inc/awsume/issues/146",
        config: "[default]\ncredential_process = credentials.sh\nregion=eu-west-1\noutput=json\ncli_pager=cat\n\
                 mfa_serial=arn:aws:iam::123456789012:mfa/jane\n\n[profile accountb]\n\
                 role_arn=arn:aws:iam::210987654321:role/MySuperRole\nregion=eu-west-1\noutput=json\n\
                 source_profile=default\nmfa_serial=arn:aws:iam::123456789012:mfa/jane\n",
        programs: &[("credentials.sh", KEY_JSON)],
        profiles: &[
            profile(
                "accountb",
                AsRole("MySuperRole"),
                AsRole("MySuperRole"),
                Some("eu-west-1"),
            ),
            profile("default", AsUser, AsUser, Some("eu-west-1")),
        ],
        ..EMPTY
    },
    Situation {
        source: "https://github.com/99designs/aws-vault/issues/1204",
        config: "[default]\nregion=eu-west-3\noutput=json\nmfa_serial=arn:aws:iam::123456789012:mfa/jane\n\
                 credential_process=aws-vault export --format=json --no-session --debug default\n\
                 mfa_process=pass otp myotp\n\n[profile profile1]\nrole_arn=arn:aws:iam::210987654321:role/myrole\n\
                 mfa_process=pass otp myotp\nmfa_serial=arn:aws:iam::123456789012:mfa/jane\nsource_profile=default\n",
        programs: &[("aws-vault", KEY_JSON), ("pass", "123456")],
        profiles: &[
            profile(
                "profile1",
                AsRole("myrole"),
                AsRole("myrole"),
                Some("eu-west-3"),
            ),
            profile("default", AsUser, AsUser, Some("eu-west-3")),
        ],
        ..EMPTY
    },
    Situation {
        source: "https://github.com/wallix/awless/issues/207",
        config: "[default]\nsource_profile = example-jane\nmfa_serial = arn:aws:iam::123456789012:mfa/jane\n",
        credentials: "[example-jane]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n\
                      aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n",
        profiles: &[
            profile(
                "default",
                Says("Unable to locate credentials"),
                AsUser,
                None,
            ),
            profile("example-jane", AsUser, AsUser, None),
        ],
        ..EMPTY
    },
    Situation {
        source: "https://github.com/binbashar/le-tf-infra-aws/issues/250",
        config: "[profile bb-shared-devops]\noutput = json\nregion = us-east-1\n\
                 role_arn = arn:aws:iam::210987654321:role/DevOps\n\
                 mfa_serial = arn:aws:iam::123456789012:mfa/jane\nsource_profile = bb-security\n\n\
                 [profile bb-apps-prd-devops_shared]\noutput = json\nregion = us-east-1\n\
                 role_arn = arn:aws:iam::210987654321:role/DevOps\n\
                 mfa_serial = arn:aws:iam::123456789012:mfa/jane\nsource_profile = bb-security\n",
        credentials: "[bb-security]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n\
                      aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n",
        env: &[
            ("AWS_CONFIG_FILE", "~/.aws/bb/config"),
            ("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/bb/credentials"),
        ],
        profiles: &[
            profile(
                "bb-shared-devops",
                AsRole("DevOps"),
                AsRole("DevOps"),
                Some("us-east-1"),
            ),
            profile(
                "bb-apps-prd-devops_shared",
                AsRole("DevOps"),
                AsRole("DevOps"),
                Some("us-east-1"),
            ),
            profile("bb-security", AsUser, AsUser, None),
        ],
        ..EMPTY
    },
    Situation {
        source: "https://github.com/remind101/assume-role/pull/13",
        config: "[profile usermgt]\n# IAM user management AWS Account.\nregion = us-east-1\n\
                 aws_access_key_id = AKIAIOSFODNN7EXAMPLE\n\
                 aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n\n[profile stage]\n\
                 # Stage AWS Account.\nregion = us-east-1\nrole_arn = arn:aws:iam::210987654321:role/SuperUser\n\
                 mfa_serial = arn:aws:iam::123456789012:mfa/jane\nusermgtsource_profile = usermgt\n",
        profiles: &[
            profile("usermgt", AsUser, AsUser, Some("us-east-1")),
            profile(
                "stage",
                Says("missing: source_profile or credential_source"),
                Says("it has a role_arn, but no source_profile and no key"),
                None,
            ),
        ],
        ..EMPTY
    },
    Situation {
        source: "https://github.com/Nike-Inc/gimme-aws-creds/issues/72",
        config: "[profile cn]\nregion = cn-north-1\n",
        credentials: "[arn:aws-cn:iam::123456789012:role/Admin]\naws_access_key_id = ASIAIOSFODNN7EXAMPLE\n\
                      aws_secret_access_key = session-secret\naws_session_token = session-token\n\
                      aws_security_token = session-token\n\n[cn]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n\
                      aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n",
        profiles: &[
            profile(
                "arn:aws-cn:iam::123456789012:role/Admin",
                AsUser,
                Says("holds session credentials, not a long-term key"),
                None,
            ),
            profile("cn", AsUser, AsUser, Some("cn-north-1")),
        ],
        ..EMPTY
    },
    Situation {
        source: "https://github.com/hashicorp/terraform-provider-aws/issues/19897",
        config: "[profile adfsdefault]\nregion = us-east-2\nsource_profile = default\n\
                 adfs_config.role_arn = arn:aws:iam::123456789012:role/ADFS-Team\n\
                 adfs_config.ssl_verification = True\nadfs_config.session_duration = 14400\n\n\
                 [profile my-aws-env]\nregion = us-east-2\nsource_profile = default\n\
                 role_arn = arn:aws:iam::210987654321:role/Env\n\
                 adfs_config.role_arn = arn:aws:iam::123456789012:role/ADFS-Team\nadfs_config.sspi = False\n",
        credentials: "[default]\naccess_key_id = AKIAIOSFODNN7EXAMPLE\nsecret_access_key_id = secret\n",
        profiles: &[
            profile(
                "adfsdefault",
                Says("Unable to locate credentials"),
                Says("has no role_arn with source_profile, no mfa_serial and no long-term key"),
                None,
            ),
            profile(
                "my-aws-env",
                Says("must have credentials"),
                Says("it has no aws_access_key_id and no credential_process"),
                None,
            ),
            profile(
                "default",
                Says("Unable to locate credentials"),
                Says("has no role_arn with source_profile, no mfa_serial and no long-term key"),
                None,
            ),
        ],
        ..EMPTY
    },
    Situation {
        source: "https://github.com/aws-amplify/amplify-cli/issues/857",
        credentials: "# Do not modify this file, if this file is modified it will not be updated.\n[default]\n\
                      aws_access_key_id=ASIAIOSFODNN7EXAMPLE\naws_secret_access_key=session-secret\n\
                      aws_session_token=session-token\nregion=us-east-1\n",
        profiles: &[profile(
            "default",
            AsUser,
            Says("holds session credentials, not a long-term key"),
            None,
        )],
        ..EMPTY
    },
    Situation {
        source: "https://github.com/99designs/aws-vault/issues/525",
        config: "[profile default]\nregion = us-west-2\nmfa_serial = arn:aws:iam::123456789012:mfa/jane\n\n\
                 [profile read_only]\nsource_profile = default\n\n\
                 [profile admin]\nsource_profile = default\nmfa_serial = arn:aws:iam::123456789012:mfa/jane\n\
                 role_arn = arn:aws:iam::210987654321:role/OrganizationAccountAccessRole\n",
        credentials: "[default]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n\
                      aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n",
        profiles: &[
            profile(
                "admin",
                AsRole("OrganizationAccountAccessRole"),
                AsRole("OrganizationAccountAccessRole"),
                Some("us-west-2"),
            ),
            profile(
                "read_only",
                Says("Unable to locate credentials"),
                Says("has no role_arn with source_profile, no mfa_serial and no long-term key"),
                None,
            ),
        ],
        ..EMPTY
    },
    Situation {
        source: "https://github.com/trek10inc/awsume/issues/72",
        config: "[profile shared-services-admin]\nrole_arn = arn:aws:iam::210987654321:role/admin\n\
                 source_profile = base\nmfa_serial = arn:aws:iam::123456789012:mfa/jane\nregion = eu-west-1\n",
        credentials: "[base]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n\
                      aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n\n\
                      [autoawsume-shared-services-admin]\naws_access_key_id = ASIAIOSFODNN7EXAMPLE\n\
                      aws_secret_access_key = session-secret\naws_session_token = session-token\n\
                      region = eu-west-1\nexpiration = 2019-10-17 08:03:54\nsource_expiration = 2019-10-17 19:03:54\n\
                      awsumepy_command = shared-services-admin -a\nmanager = awsume\n",
        env: &[
            ("AWSUME_PROFILE", "shared-services-admin"),
            ("AWS_PROFILE", "autoawsume-shared-services-admin"),
        ],
        profiles: &[
            profile(
                "shared-services-admin",
                AsRole("admin"),
                AsRole("admin"),
                Some("eu-west-1"),
            ),
            profile(
                "autoawsume-shared-services-admin",
                AsUser,
                Says("holds session credentials, not a long-term key"),
                None,
            ),
        ],
        ..EMPTY
    },
    Situation {
        source: "https://github.com/RhinoSecurityLabs/cloudgoat/issues/87",
        credentials: "[ec2role]\naws_access_key_id = ASIAIOSFODNN7EXAMPLE\naws_secret_access_key = session-secret\n\
                      aws_session_token = \"session-token\"\n",
        profiles: &[profile(
            "ec2role",
            Says("InvalidClientTokenId"),
            Says("holds session credentials, not a long-term key"),
            None,
        )],
        ..EMPTY
    },
    Situation {
        source: "https://github.com/coinbase/assume-role/issues/11",
        config: "[default]\nregion = us-east-1\n[profile bastion]\nsource_profile = default\n\
                 role_arn = arn:aws:iam::210987654321:role/admin\nmfa_serial = arn:aws:iam::123456789012:mfa/jane\n",
        credentials: "[default]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n\
                      aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n",
        env: &[
            ("AWS_SESSION_START", "0"),
            ("AWS_SESSION_ACCESS_KEY_ID", ""),
            ("AWS_SESSION_SECRET_ACCESS_KEY", ""),
            ("AWS_SESSION_SESSION_TOKEN", ""),
            ("AWS_REGION", ""),
            ("AWS_DEFAULT_REGION", ""),
            ("AWS_ACCOUNT_ID", ""),
        ],
        profiles: &[
            profile(
                "bastion",
                AsRole("admin"),
                AsRole("admin"),
                Some("us-east-1"),
            ),
            profile("default", AsUser, AsUser, Some("us-east-1")),
        ],
        ..EMPTY
    },
    Situation {
        source: "https://github.com/tilfinltd/aws-extend-switch-roles/issues/22",
        config: "[default]\naws_account_id = 123456789012\n[profile uk-hosted-live]\n\
                 role_arn = arn:aws:iam:210987654321:role/Role_Name\nsource_profile = default\n",
        credentials: "[default]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n\
                      aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n",
        profiles: &[profile(
            "uk-hosted-live",
            Says("not authorized to perform: sts:AssumeRole"),
            Says("is not a role ARN"),
            None,
        )],
        ..EMPTY
    },
    Situation {
        source: "https://github.com/boto/botocore/issues/2311",
        config: "[profile foo]\n\n[profile bar]\nsource_profile = foo\n\
                 role_arn=arn:aws:iam::210987654321:role/Administrator\n",
        profiles: &[
            profile(
                "bar",
                Says("must have credentials"),
                Says("it has no aws_access_key_id and no credential_process"),
                None,
            ),
            profile(
                "foo",
                Says("Unable to locate credentials"),
                Says("has no role_arn with source_profile, no mfa_serial and no long-term key"),
                None,
            ),
        ],
        ..EMPTY
    },
];

/// Jane's devices in the partitions of the situations.
const DEVICE: &str = "arn:aws:iam::123456789012:mfa/jane";
const GOV_DEVICE: &str = "arn:aws-us-gov:iam::123456789012:mfa/jane";

impl Situation {
    /// Jane's device.
    fn device(&self) -> &'static str {
        if self.config.contains(GOV_DEVICE) {
            GOV_DEVICE
        } else {
            DEVICE
        }
    }

    /// Jane with the roles that the config file names. They trust her with MFA.
    fn sts(&self) -> StrictSts {
        let mut world = World::of_jane();
        self.device()
            .clone_into(&mut world.device(JANES_PHONE).serial);
        for name in ["test", "localstack"] {
            let jane = world.users[0].clone();
            world.users.push(User {
                access_key_id: name.to_owned(),
                secret: name.to_owned(),
                ..jane
            });
        }
        let admin = world.roles[0].clone();
        let texts = [self.config, self.credentials].concat();
        let words = texts
            .split_whitespace()
            .filter_map(|word| word.split_once("arn:"));
        let arns = words.map(|(_, rest)| format!("arn:{rest}"));
        world
            .roles
            .extend(arns.filter(|arn| arn.contains(":role/")).map(|arn| Role {
                arn,
                ..admin.clone()
            }));
        StrictSts::http(world)
    }

    /// A session of Jane's own: its key id, secret and token.
    fn session(&self, sts: &StrictSts) -> [String; 3] {
        let home = Home::empty(binary()).env("AWS_ENDPOINT_URL", sts.url());
        let key =
            format!("[jane]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET}\n");
        home.write(".aws/credentials", key);
        let code = sts.fresh_code(self.device());
        let made = home
            .aws_mfa(&[
                "env",
                "--json",
                "jane",
                "--mfa-serial",
                self.device(),
                &code,
            ])
            .success();
        let made: Json = serde_json::from_slice(&made.stdout).unwrap();
        [
            "AWS_ACCESS_KEY_ID",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_SESSION_TOKEN",
        ]
        .map(|name| made[name].as_str().unwrap().to_owned())
    }

    fn home(&self, sts: &StrictSts) -> Home {
        let [id, secret, token] = self.session(sts);
        let live = |text: &str| {
            text.replace("ASIAIOSFODNN7EXAMPLE", &id)
                .replace("session-secret", &secret)
                .replace("session-token", &token)
        };
        let mut home = Home::empty(binary()).env("AWS_ENDPOINT_URL", sts.url());
        let mut places = [".aws/config", ".aws/credentials"];
        for (name, value) in self.env {
            home = home.env(name, value);
            match *name {
                "AWS_CONFIG_FILE" => places[0] = value.trim_start_matches("~/"),
                "AWS_SHARED_CREDENTIALS_FILE" => places[1] = value.trim_start_matches("~/"),
                _ => {}
            }
        }
        for (place, text) in places.into_iter().zip([self.config, self.credentials]) {
            home.write(place, live(text));
        }
        for (name, prints) in self.programs {
            home.write_executable(
                &format!("bin/{name}"),
                format!("#!/bin/sh\ncat <<'END'\n{}\nEND\n", live(prints)),
            );
        }
        home
    }
}

/// A process in which botocore uses profiles, as the AWS CLI does.
struct Botocore {
    process: Child,
    answers: BufReader<ChildStdout>,
}

impl Botocore {
    /// Starts it with the Python in this directory.
    fn start(tools: &Path) -> Self {
        let mut process = Command::new(tools.join("python"))
            .args(["-c", include_str!("use_as_botocore.py")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("tests/run has installed it");
        let answers = BufReader::new(process.stdout.take().expect("it is piped"));
        Self { process, answers }
    }

    /// What the profile is to AWS, and its region.
    fn ask(&mut self, home: &Home, profile: &str, code: &str) -> (Outcome, Option<String>) {
        let text = |value: std::ffi::OsString| value.into_string().expect("it is text");
        let env = home.variables().into_iter();
        let mut env: BTreeMap<String, String> =
            env.map(|(name, value)| (text(name), text(value))).collect();
        env.insert("AWS_EC2_METADATA_DISABLED".to_owned(), "true".to_owned());
        // Without a region, botocore asks AWS for no role.
        let region = env.entry("AWS_DEFAULT_REGION".to_owned()).or_default();
        if region.is_empty() {
            "us-east-1".clone_into(region);
        }
        let request = serde_json::json!({ "env": env, "profile": profile, "code": code });
        let requests = self.process.stdin.as_mut().expect("it is piped");
        writeln!(requests, "{request}").expect("botocore is asked");
        let mut answer = String::new();
        self.answers.read_line(&mut answer).expect("it answers");
        let answer: Json =
            serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{error}: {answer:?}"));
        let outcome = match answer["arn"].as_str() {
            Some(arn) => Outcome::of(arn),
            None => Outcome::Refused(answer["error"].to_string()),
        };
        (outcome, answer["region"].as_str().map(str::to_owned))
    }
}

impl Drop for Botocore {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

/// What came out.
#[derive(Debug)]
enum Outcome {
    User,
    Role(String),
    Refused(String),
}

impl Outcome {
    fn of(arn: &str) -> Self {
        match arn.split_once(":assumed-role/") {
            Some((_, role)) => Self::Role(role.split('/').next().unwrap_or_default().to_owned()),
            None => Self::User,
        }
    }

    fn is(&self, expected: Means) -> bool {
        match (self, expected) {
            (Self::User, Means::User) => true,
            (Self::Role(role), Means::Role(expected)) => role == expected,
            (Self::Refused(told), Says(words)) => told.contains(words),
            _ => false,
        }
    }
}

/// What this program makes of the profile, and the region that it exports.
fn ask_ours(sts: &StrictSts, home: &Home, profile: &str, code: &str) -> (Outcome, Option<String>) {
    let named = ["env", "--json", profile, code];
    let through = ["env", "--json", "acct", "--source-profile", profile, code];
    let is_name = profile.parse::<AccountName>().is_ok();
    let run = home.aws_mfa(if is_name { &named } else { &through });
    if run.status != Some(0) {
        assert_eq!(
            (run.status, &*run.stdout),
            (Some(2), &b""[..]),
            "{profile}: {}",
            run.stderr
        );
        return (Outcome::Refused(run.stderr), None);
    }
    let made: Json = serde_json::from_slice(&run.stdout).expect("it is JSON");
    let variable = |name: &str| made[name].as_str().map(str::to_owned);
    let (_, arn) = caller_identity(&sts.url(), "us-east-1", variable).expect("the session is good");
    (Outcome::of(&arn), variable("AWS_REGION"))
}

/// The differences between what comes out of a situation and what must.
fn differences(situation: &Situation, botocore: Option<&mut Botocore>) -> Vec<String> {
    let sts = situation.sts();
    let home = situation.home(&sts);
    let device = situation.device();
    let mut botocore = botocore;
    let mut differences = Vec::new();
    for profile in situation.profiles {
        let place = format!("{}, profile {}", situation.source, profile.name);
        let (ours, our_region) = ask_ours(&sts, &home, profile.name, &sts.fresh_code(device));
        if !ours.is(profile.ours) || our_region.as_deref() != profile.region {
            differences.push(format!("{place}: {ours:?} {our_region:?}"));
        }
        if let Some(botocore) = &mut botocore {
            let (theirs, region) = botocore.ask(&home, profile.name, &sts.fresh_code(device));
            if let (false, Outcome::Refused(told)) = (matches!(theirs, Outcome::Refused(_)), &ours)
                && !told.contains("`aws --profile")
            {
                differences.push(format!("{place}: nothing says how to use it: {told}"));
            }
            if !theirs.is(profile.cli) {
                differences.push(format!("{place}: botocore {theirs:?}"));
            }
            if let (Some(ours), Some(theirs)) = (our_region, region)
                && ours != theirs
            {
                differences.push(format!("{place}: region {ours}, to botocore {theirs}"));
            }
        }
    }
    for words in [
        &["list"][..],
        &["doctor"],
        &["setup", "--dry-run", "--shell", "bash"],
    ] {
        let run = home.aws_mfa(words);
        if !matches!(run.status, Some(0..=2)) || run.stderr.contains("panicked") {
            differences.push(format!("{}, {words:?}: {run:?}", situation.source));
        }
    }
    differences
}

#[test]
fn what_works_with_the_aws_cli_works_here_or_is_refused_with_the_reason() {
    for situation in SITUATIONS {
        for Profile {
            name, cli, ours, ..
        } in situation.profiles
        {
            let is_kept = matches!(cli, Says(_)) || cli == ours || matches!(ours, Says(_));
            assert!(is_kept, "{}: {name}", situation.source);
        }
    }
    let tools = python_tools();
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut botocore = tools.as_deref().map(Botocore::start);
        let mut found = Vec::new();
        while let Some(situation) = SITUATIONS.get(next.fetch_add(1, Ordering::Relaxed)) {
            found.extend(differences(situation, botocore.as_mut()));
        }
        found
    };
    let found: Vec<String> = std::thread::scope(|scope| {
        let workers = [(); 2].map(|()| scope.spawn(worker));
        let found = workers.map(|worker| worker.join().expect("no panic"));
        found.into_iter().flatten().collect()
    });
    assert!(found.is_empty(), "{}", found.join("\n"));
}
