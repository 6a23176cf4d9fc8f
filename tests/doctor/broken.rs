use super::{append, findings, good, in_bash, mode_of};
use crate::harness::cases::for_each_case;
use crate::support::home::Home;

/// One breakage: what it does to a good home, and what is to be said of it.
struct Broken {
    defect: Defect,
    /// Variables of the shell.
    env: &'static [(&'static str, &'static str)],
    check: &'static str,
    level: &'static str,
    says: &'static str,
    fix: &'static str,
}

/// The changes of files.
enum Defect {
    Nothing,
    /// A text at the end of a file.
    Appending(&'static str, &'static str),
    /// The mode of a file or directory.
    Mode(&'static str, u32),
    Doing(fn(&Home)),
}

use Defect::{Appending, Doing, Mode, Nothing};

for_each_case! { a_defect_is_reported_with_its_fix:
    config_toml_is_no_toml(&Broken {
        defect: Appending(".config/aws-mfa/config.toml", "nonsense\n"),
        env: &[],
        check: "config",
        level: "problem",
        says: "~/.config/aws-mfa/config.toml, line 8",
        fix: "correct the line that is named",
    }),
    a_key_of_config_toml_is_misspelt(&Broken {
        defect: Appending(
            ".config/aws-mfa/config.toml",
            "[defaults]\nreigon = \"eu-west-1\"\n",
        ),
        env: &[],
        check: "config",
        level: "problem",
        says: "unknown key `reigon`",
        fix: "did you mean `region`?",
    }),
    aws_mfa_config_leads_nowhere(&Broken {
        defect: Nothing,
        env: &[("AWS_MFA_CONFIG", "/nowhere/config.toml")],
        check: "config",
        level: "warning",
        says: "AWS_MFA_CONFIG names /nowhere/config.toml",
        fix: "unset the variable",
    }),
    the_credentials_file_has_a_line_that_is_none(&Broken {
        defect: Appending(".aws/credentials", "[x]\n%%%\n"),
        env: &[],
        check: "aws files",
        level: "problem",
        says: "~/.aws/credentials, line 10",
        fix: "write the line as KEY = VALUE",
    }),
    the_aws_config_is_not_text(&Broken {
        defect: Doing(|home| {
            home.write(".aws/config", b"[\xff");
        }),
        env: &[],
        check: "aws files",
        level: "warning",
        says: "~/.aws/config, line 1: there are bytes that are not UTF-8 text",
        fix: "save the file as UTF-8",
    }),
    aws_shared_credentials_file_leads_nowhere(&Broken {
        defect: Nothing,
        env: &[("AWS_SHARED_CREDENTIALS_FILE", "/nowhere/credentials")],
        check: "aws files",
        level: "warning",
        says: "AWS_SHARED_CREDENTIALS_FILE names /nowhere/credentials",
        fix: "unset the variable",
    }),
    a_profiles_name_has_a_blank(&Broken {
        defect: Appending(
            ".aws/credentials",
            "[my test]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\n",
        ),
        env: &[],
        check: "profile",
        level: "warning",
        says: "profile my test has a key, but my test is not a valid account name",
        fix: "define an account with another name in config.toml",
    }),
    a_profile_of_the_config_file_is_written_as_in_the_credentials_file(&Broken {
        defect: Appending(".aws/config", "[new-mfa]\nregion = eu-west-1\n"),
        env: &[],
        check: "profile",
        level: "warning",
        says: "AWS tools ignore [new-mfa] in ~/.aws/config, line ",
        fix: "in that file, write [profile new-mfa]",
    }),
    half_of_a_key_in_a_profile(&Broken {
        defect: Appending(
            ".aws/credentials",
            "[new-mfa]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n",
        ),
        env: &[],
        check: "profile",
        level: "warning",
        says: "profile new-mfa has an incomplete key: aws_secret_access_key is missing",
        fix: "add aws_secret_access_key to [new-mfa]",
    }),
    a_key_in_a_profile_that_is_called_like_a_subcommand(&Broken {
        defect: Appending(
            ".aws/credentials",
            "[doctor]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\n",
        ),
        env: &[],
        check: "profile",
        level: "warning",
        says: "profile doctor has a key, but doctor is not a valid account name",
        fix: "[accounts.NAME] with source_profile = \"doctor\"",
    }),
    the_region_of_the_shell_is_none(&Broken {
        defect: Nothing,
        env: &[("AWS_REGION", "EU")],
        check: "region",
        level: "warning",
        says: "AWS_REGION=EU in this shell is not a region",
        fix: "unset AWS_REGION",
    }),
    there_is_nothing_at_all(&Broken {
        defect: Doing(|home| {
            std::fs::remove_dir_all(home.path(".aws")).unwrap();
            std::fs::remove_dir_all(home.path(".config")).unwrap();
        }),
        env: &[],
        check: "account",
        level: "problem",
        says: "no accounts yet",
        fix: "a long-term key into a profile NAME-mfa",
    }),
    the_source_profile_does_not_exist(&Broken {
        defect: Appending(
            ".config/aws-mfa/config.toml",
            "[accounts.a]\nsource_profile = \"tset-mfa\"\n",
        ),
        env: &[],
        check: "account",
        level: "problem",
        says: "a: could not find the source profile tset-mfa",
        fix: "did you mean test-mfa?",
    }),
    half_of_a_key(&Broken {
        defect: Appending(
            ".aws/credentials",
            "[a]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\nmfa_serial = GAHT12345678\n",
        ),
        env: &[],
        check: "account",
        level: "problem",
        says: "it has no aws_secret_access_key",
        fix: "set source_profile in config.toml, or --source-profile, to the profile with the long-term key",
    }),
    a_session_where_the_long_term_key_should_be(&Broken {
        defect: Appending(
            ".config/aws-mfa/config.toml",
            "[accounts.a]\nsource_profile = \"b\"\n",
        ),
        env: &[("AWS_SHARED_CREDENTIALS_FILE", "session")],
        check: "account",
        level: "problem",
        says: "a: could not use the source profile b of account a: it holds session credentials",
        fix: "set source_profile in config.toml, or --source-profile, to the profile with the long-term key",
    }),
    the_arn_of_a_user_for_that_of_a_device(&Broken {
        defect: Appending(
            ".aws/credentials",
            "[a-mfa]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\nmfa_serial = arn:aws:iam::123456789012:user/jane\n",
        ),
        env: &[],
        check: "account",
        level: "problem",
        says: "arn:aws:iam::123456789012:user/jane",
        fix: "",
    }),
    an_account_of_config_toml_whose_source_signs_in_by_sso(&Broken {
        defect: Doing(|home| {
            append(home, ".aws/config", "[profile sso]\nsso_session = x\n");
            let config = ".config/aws-mfa/config.toml";
            append(home, config, "[accounts.a]\nsource_profile = \"sso\"\n");
        }),
        env: &[],
        check: "account",
        level: "problem",
        says: "a: could not use the source profile sso of account a: it signs in through IAM Identity Center",
        fix: "set source_profile in config.toml, or --source-profile, to a profile with a long-term key",
    }),
    a_role_profile_whose_source_does_not_exist(&Broken {
        defect: Appending(
            ".aws/config",
            "[profile a]\nrole_arn = arn:aws:iam::123456789012:role/Admin\nsource_profile = tset-mfa\n",
        ),
        env: &[],
        check: "account",
        level: "problem",
        says: "a: could not find the source profile tset-mfa",
        fix: "did you mean test-mfa",
    }),
    the_program_that_prints_the_code_is_not_there(&Broken {
        defect: Appending(
            ".config/aws-mfa/config.toml",
            "[accounts.a]\nsource_profile = \"test-mfa\"\nmfa_command = \"no-such-key code\"\n",
        ),
        env: &[],
        check: "account",
        level: "problem",
        says: "a: mfa_command runs no-such-key",
        fix: "install no-such-key",
    }),
    the_endpoint_is_no_url(&Broken {
        defect: Nothing,
        env: &[("AWS_ENDPOINT_URL_STS", "localhost:1")],
        check: "account",
        level: "problem",
        says: "AWS_ENDPOINT_URL_STS: `localhost:1` is not an endpoint URL",
        fix: "",
    }),
    others_can_read_the_keys(&Broken {
        defect: Mode(".aws/credentials", 0o644),
        env: &[],
        check: "permissions",
        level: "warning",
        says: "~/.aws/credentials can be read by others (mode 644)",
        fix: "chmod 600 ~/.aws/credentials",
    }),
    others_can_put_files_into_the_directory(&Broken {
        defect: Mode(".aws", 0o775),
        env: &[],
        check: "permissions",
        level: "warning",
        says: "~/.aws can be changed by its group (mode 775)",
        fix: "chmod 755 ~/.aws",
    }),
    others_can_write_the_commands_that_are_run(&Broken {
        defect: Mode(".config/aws-mfa/config.toml", 0o666),
        env: &[],
        check: "permissions",
        level: "problem",
        says: "config.toml can be changed by every user (mode 666)",
        fix: "chmod 644 ~/.config/aws-mfa/config.toml",
    }),
    other_keys_in_the_shell(&Broken {
        defect: Nothing,
        env: &[
            ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "x"),
        ],
        check: "variables",
        level: "warning",
        says: "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are set, and not by aws-mfa",
        fix: "unset AWS_ACCESS_KEY_ID",
    }),
    half_of_a_key_in_the_shell(&Broken {
        defect: Nothing,
        env: &[("AWS_SECRET_ACCESS_KEY", "x")],
        check: "variables",
        level: "warning",
        says: "AWS_SECRET_ACCESS_KEY is set without AWS_ACCESS_KEY_ID",
        fix: "unset AWS_SECRET_ACCESS_KEY",
    }),
    aws_profile_names_nothing(&Broken {
        defect: Nothing,
        env: &[("AWS_PROFILE", "gone")],
        check: "variables",
        level: "warning",
        says: "AWS_PROFILE names the profile gone, which does not exist",
        fix: "unset AWS_PROFILE",
    }),
    aws_profile_was_set_after_the_session(&Broken {
        defect: Nothing,
        env: &[
            ("AWS_MFA_ACCOUNT", "test"),
            ("AWS_MFA_EXPIRES_AT", "4000000000"),
            ("AWS_ACCESS_KEY_ID", "ASIAIOSFODNN7EXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "x"),
            ("AWS_SESSION_TOKEN", "x"),
            ("AWS_PROFILE", "test-mfa"),
        ],
        check: "variables",
        level: "warning",
        says: "AWS_PROFILE was changed after the session was loaded",
        fix: "unset AWS_PROFILE",
    }),
    the_session_has_expired(&Broken {
        defect: Nothing,
        env: &[
            ("AWS_MFA_ACCOUNT", "test"),
            ("AWS_MFA_EXPIRES_AT", "1000000000"),
            ("AWS_ACCESS_KEY_ID", "ASIAIOSFODNN7EXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "x"),
            ("AWS_SESSION_TOKEN", "x"),
        ],
        check: "variables",
        level: "warning",
        says: "the session of test in this shell has expired",
        fix: "mfa off",
    }),
    the_session_has_lost_its_keys(&Broken {
        defect: Nothing,
        env: &[
            ("AWS_MFA_ACCOUNT", "test"),
            ("AWS_MFA_EXPIRES_AT", "4000000000"),
        ],
        check: "variables",
        level: "warning",
        says: "the keys of the session of test are no longer set in this shell",
        fix: "load the session again",
    }),
    what_the_session_displaced_cannot_be_read(&Broken {
        defect: Nothing,
        env: &[
            ("AWS_MFA_ACCOUNT", "test"),
            ("AWS_MFA_EXPIRES_AT", "4000000000"),
            ("AWS_MFA_RESTORE", "%"),
        ],
        check: "variables",
        level: "warning",
        says: "AWS_MFA_RESTORE is corrupt",
        fix: "open a new shell",
    }),
    no_region_anywhere(&Broken {
        defect: Doing(|home| {
            let config = std::fs::read_to_string(home.path(".aws/config")).unwrap();
            home.write(".aws/config", config.replace("region = eu-west-1\n", ""));
        }),
        env: &[],
        check: "region",
        level: "warning",
        says: "no region for joe, prod: most AWS commands require one",
        fix: "region = \"…\" under [defaults] in config.toml",
    }),
    a_region_of_another_partition(&Broken {
        defect: Appending(
            ".aws/credentials",
            "[china-mfa]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\nmfa_serial = arn:aws-cn:iam::123456789012:mfa/jane\n",
        ),
        env: &[("AWS_REGION", "eu-west-1")],
        check: "region",
        level: "warning",
        says: "AWS_REGION=eu-west-1 in this shell is in another partition than these accounts: china",
        fix: "set a region for each of them in config.toml",
    }),
    a_ca_bundle_that_is_none(&Broken {
        defect: Doing(|home| {
            home.write("bundle.pem", "no certificate");
        }),
        env: &[("AWS_CA_BUNDLE", "bundle.pem")],
        check: "certificates",
        level: "problem",
        says: "could not use the certificates in bundle.pem (AWS_CA_BUNDLE)",
        fix: "name a file with PEM certificates",
    }),
    a_proxy_that_speaks_no_http(&Broken {
        defect: Nothing,
        env: &[("HTTPS_PROXY", "socks5://localhost:1")],
        check: "proxy",
        level: "problem",
        says: "HTTPS_PROXY (socks5://localhost:1) is not the URL of an HTTP proxy",
        fix: "set HTTPS_PROXY to http://HOST:PORT",
    }),
}
fn a_defect_is_reported_with_its_fix(broken: &Broken) {
    let (sts, mut home) = good();
    home.write("session", "[b]\naws_access_key_id = ASIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\naws_session_token = x\n");
    match broken.defect {
        Nothing => {}
        Appending(file, text) => append(&home, file, text),
        Mode(file, mode) => home.set_mode(file, mode),
        Doing(act) => act(&home),
    }
    for (name, value) in broken.env {
        home = home.env(name, value);
    }
    let outcome = in_bash(&home, "aws-mfa doctor --json");
    let found = findings(&outcome.text());
    let named = found.iter().any(|finding| {
        finding.check == broken.check
            && finding.level == broken.level
            && finding.text.contains(broken.says)
            && finding.fix.contains(broken.fix)
    });
    assert!(named, "{found:#?}");
    // What follows from the defect may be reported, too; but the status is that of the worst.
    let problems = found.iter().any(|finding| finding.level == "problem");
    assert_eq!(outcome.status, Some(i32::from(problems)));
    assert_eq!(sts.with(|state| state.connections), 0);
}

#[test]
fn other_programs_called_aws_mfa_are_reported() {
    let (_sts, home) = good();
    let other = home.write("other/aws-mfa", "#!/bin/sh\n");
    home.set_mode("other/aws-mfa", 0o755);
    let directory = other.parent().unwrap().display().to_string();
    let own = home.path("bin/aws-mfa").display().to_string();
    let doctor = |words: &str| {
        let said = in_bash(&home, words);
        (said.status, said.text())
    };
    let (status, said) = doctor(&format!("PATH=$PATH:{directory} aws-mfa doctor"));
    assert_eq!(status, Some(0), "{said}");
    assert!(
        said.contains("warning  path          ~/other/aws-mfa is another program"),
        "{said}"
    );
    let (status, said) = doctor(&format!("PATH={directory}:$PATH {own} doctor"));
    assert_eq!(status, Some(1), "{said}");
    assert!(
        said.contains("problem  path          ~/other/aws-mfa is another program"),
        "{said}"
    );
    assert!(
        said.contains("fix: remove it, or put the directory of this program first in PATH"),
        "{said}"
    );
    let (status, said) = doctor(&format!("PATH=/usr/bin:/bin {own} doctor"));
    assert_eq!(status, Some(1), "{said}");
    assert!(said.contains("which is not on PATH"), "{said}");
    assert!(said.contains(" to PATH\n"), "{said}");
}

#[test]
fn a_config_that_was_named_must_exist() {
    let (_sts, home) = good();
    let outcome = home.aws_mfa(&["doctor", "--config", "nowhere.toml"]);
    let said = outcome.ends_with(1).text();
    assert!(
        said.contains("problem  config        could not read nowhere.toml"),
        "{said}"
    );
}

/// Profiles that work with AWS's own tools, and not with this one.
const FOR_OTHERS: &str = "[profile sso-dev]\nsso_session = x\nsso_account_id = 123456789012\n\
    [profile ssorole]\nrole_arn = arn:aws:iam::123456789012:role/Admin\nsource_profile = sso-dev\n\
    [profile chained]\nrole_arn = arn:aws:iam::123456789012:role/Admin\nsource_profile = ssorole\n\
    [profile old]\nmfa_serial = arn:aws:iam::123456789012:mfa/jane\n";

#[test]
fn profiles_for_other_tools_are_no_problem() {
    let (_sts, home) = good();
    append(&home, ".aws/config", FOR_OTHERS);
    let found = findings(&in_bash(&home, "aws-mfa doctor --json").success().text());
    for name in ["ssorole", "chained", "old"] {
        let start =
            format!("{name}: cannot be used with aws-mfa: could not use the source profile ");
        let told = |level: &str, text: &str| level == "warning" && text.starts_with(&start);
        assert!(
            found.iter().any(|one| told(&one.level, &one.text)),
            "{name}: {found:#?}"
        );
    }
    let none = |text: &str| text == "none of these can be used with aws-mfa";
    assert!(!found.iter().any(|one| none(&one.text)), "{found:#?}");

    // Without any other, there is nothing to work with.
    home.write(".aws/config", FOR_OTHERS);
    home.write(".aws/credentials", "");
    home.write(".config/aws-mfa/config.toml", "");
    let outcome = in_bash(&home, "aws-mfa doctor --json").ends_with(1);
    let found = findings(&outcome.text());
    assert!(found.iter().any(|one| none(&one.text)), "{found:#?}");
}

#[test]
fn files_made_by_setup_are_no_problem_under_any_umask() {
    let (_sts, home) = good();
    std::fs::remove_dir_all(home.path(".config")).unwrap();
    append(
        &home,
        ".aws/credentials",
        "[acme/dev]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\nmfa_serial = GAHT12345678\n",
    );
    for (umask, mode) in [("002", 0o644), ("000", 0o644), ("077", 0o600)] {
        for file in [".config/aws-mfa/config.toml", ".bashrc"] {
            let _ = std::fs::remove_file(home.path(file));
        }
        let setup =
            format!("umask {umask}; aws-mfa setup --yes --shell bash; aws-mfa doctor --json");
        let found = findings(&in_bash(&home, &setup).text());
        for file in [".config/aws-mfa/config.toml", ".bashrc"] {
            assert_eq!(mode_of(&home, file), mode, "umask {umask}: {file}");
        }
        let permissions = found.iter().find(|one| one.check == "permissions").unwrap();
        assert_eq!(permissions.level, "ok", "umask {umask}: {permissions:?}");
    }
}
