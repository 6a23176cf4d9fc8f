use super::{append, findings, good, in_bash, mode_of, set_mode};
use crate::support::home::Home;

/// One breakage: what it does to a good home, and what is to be said of it.
struct Broken {
    name: &'static str,
    by: By,
    /// Variables of the shell.
    env: &'static [(&'static str, &'static str)],
    check: &'static str,
    level: &'static str,
    says: &'static str,
    fix: &'static str,
}

/// How files are changed.
enum By {
    Nothing,
    /// A text at the end of a file.
    Appending(&'static str, &'static str),
    /// The mode of a file or folder.
    Mode(&'static str, u32),
    Doing(fn(&Home)),
}

use By::{Appending, Doing, Mode, Nothing};

const BROKEN: &[Broken] = &[
    Broken {
        name: "config.toml is no TOML",
        by: Appending(".config/aws-mfa/config.toml", "nonsense\n"),
        env: &[],
        check: "config",
        level: "problem",
        says: "~/.config/aws-mfa/config.toml, line 8",
        fix: "correct what is named",
    },
    Broken {
        name: "a key of config.toml is misspelt",
        by: Appending(
            ".config/aws-mfa/config.toml",
            "[defaults]\nreigon = \"eu-west-1\"\n",
        ),
        env: &[],
        check: "config",
        level: "problem",
        says: "unknown key `reigon`",
        fix: "did you mean `region`?",
    },
    Broken {
        name: "AWS_MFA_CONFIG leads nowhere",
        by: Nothing,
        env: &[("AWS_MFA_CONFIG", "/nowhere/config.toml")],
        check: "config",
        level: "warning",
        says: "AWS_MFA_CONFIG names /nowhere/config.toml",
        fix: "unset the variable",
    },
    Broken {
        name: "the credentials file has a line that is none",
        by: Appending(".aws/credentials", "[x]\n%%%\n"),
        env: &[],
        check: "aws files",
        level: "problem",
        says: "~/.aws/credentials, line 10",
        fix: "correct that line",
    },
    Broken {
        name: "the AWS config is not text",
        by: Doing(|home| {
            home.write(".aws/config", b"[\xff");
        }),
        env: &[],
        check: "aws files",
        level: "problem",
        says: "~/.aws/config: it is not UTF-8 text",
        fix: "",
    },
    Broken {
        name: "AWS_SHARED_CREDENTIALS_FILE leads nowhere",
        by: Nothing,
        env: &[("AWS_SHARED_CREDENTIALS_FILE", "/nowhere/credentials")],
        check: "aws files",
        level: "warning",
        says: "AWS_SHARED_CREDENTIALS_FILE names /nowhere/credentials",
        fix: "unset the variable",
    },
    Broken {
        name: "a profile's name has a blank",
        by: Appending(
            ".aws/credentials",
            "[my test]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\n",
        ),
        env: &[],
        check: "profile",
        level: "warning",
        says: "the AWS SDKs ignore [my test] in ~/.aws/credentials, line 9",
        fix: "use a name of letters",
    },
    Broken {
        name: "a profile of the config file is written as in the credentials file",
        by: Appending(".aws/config", "[new-mfa]\nregion = eu-west-1\n"),
        env: &[],
        check: "profile",
        level: "warning",
        says: "the AWS SDKs ignore [new-mfa] in ~/.aws/config, line ",
        fix: "in that file, write [profile new-mfa]",
    },
    Broken {
        name: "half of a key in a profile",
        by: Appending(
            ".aws/credentials",
            "[new-mfa]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n",
        ),
        env: &[],
        check: "profile",
        level: "warning",
        says: "profile new-mfa has half of a key: aws_secret_access_key is missing",
        fix: "add aws_secret_access_key to [new-mfa]",
    },
    Broken {
        name: "a key in a profile that is called like a subcommand",
        by: Appending(
            ".aws/credentials",
            "[doctor]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\n",
        ),
        env: &[],
        check: "profile",
        level: "warning",
        says: "profile doctor has a key, but doctor is not a valid account name",
        fix: "[accounts.NAME] with source_profile = \"doctor\"",
    },
    Broken {
        name: "the region of the shell is none",
        by: Nothing,
        env: &[("AWS_REGION", "EU")],
        check: "region",
        level: "warning",
        says: "AWS_REGION=EU of this shell is not a region",
        fix: "unset AWS_REGION",
    },
    Broken {
        name: "there is nothing at all",
        by: Doing(|home| {
            std::fs::remove_dir_all(home.path(".aws")).unwrap();
            std::fs::remove_dir_all(home.path(".config")).unwrap();
        }),
        env: &[],
        check: "account",
        level: "problem",
        says: "no accounts yet",
        fix: "a long-term key into a profile NAME-mfa",
    },
    Broken {
        name: "the source profile does not exist",
        by: Appending(
            ".config/aws-mfa/config.toml",
            "[accounts.a]\nsource_profile = \"tset-mfa\"\n",
        ),
        env: &[],
        check: "account",
        level: "problem",
        says: "a: could not find the source profile tset-mfa",
        fix: "did you mean test-mfa?",
    },
    Broken {
        name: "half of a key",
        by: Appending(
            ".aws/credentials",
            "[a]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\nmfa_serial = GAHT12345678\n",
        ),
        env: &[],
        check: "account",
        level: "problem",
        says: "it has no aws_secret_access_key",
        fix: "set source_profile in config.toml, or --source-profile, to the profile with the long-term key",
    },
    Broken {
        name: "a session where the long-term key should be",
        by: Appending(
            ".config/aws-mfa/config.toml",
            "[accounts.a]\nsource_profile = \"b\"\n",
        ),
        env: &[("AWS_SHARED_CREDENTIALS_FILE", "session")],
        check: "account",
        level: "problem",
        says: "a: could not use the source profile b of account a: it holds session credentials",
        fix: "set source_profile in config.toml, or --source-profile, to the profile with the long-term key",
    },
    Broken {
        name: "the ARN of a user for that of a device",
        by: Appending(
            ".aws/credentials",
            "[a-mfa]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\nmfa_serial = arn:aws:iam::123456789012:user/jane\n",
        ),
        env: &[],
        check: "account",
        level: "problem",
        says: "arn:aws:iam::123456789012:user/jane",
        fix: "",
    },
    Broken {
        name: "an account of config.toml whose source signs in by SSO",
        by: Doing(|home| {
            append(home, ".aws/config", "[profile sso]\nsso_session = x\n");
            let config = ".config/aws-mfa/config.toml";
            append(home, config, "[accounts.a]\nsource_profile = \"sso\"\n");
        }),
        env: &[],
        check: "account",
        level: "problem",
        says: "a: could not use the source profile sso of account a: it has no aws_access_key_id",
        fix: "set source_profile in config.toml, or --source-profile, to the profile with the long-term key",
    },
    Broken {
        name: "a role profile whose source does not exist",
        by: Appending(
            ".aws/config",
            "[profile a]\nrole_arn = arn:aws:iam::123456789012:role/Admin\nsource_profile = tset-mfa\n",
        ),
        env: &[],
        check: "account",
        level: "problem",
        says: "a: could not find the source profile tset-mfa",
        fix: "did you mean test-mfa",
    },
    Broken {
        name: "the program that prints the code is not there",
        by: Appending(
            ".config/aws-mfa/config.toml",
            "[accounts.a]\nsource_profile = \"test-mfa\"\nmfa_command = \"no-such-key code\"\n",
        ),
        env: &[],
        check: "account",
        level: "problem",
        says: "a: mfa_command runs no-such-key",
        fix: "install no-such-key",
    },
    Broken {
        name: "the endpoint is no URL",
        by: Nothing,
        env: &[("AWS_ENDPOINT_URL_STS", "localhost:1")],
        check: "account",
        level: "problem",
        says: "AWS_ENDPOINT_URL_STS: `localhost:1` is not the URL",
        fix: "",
    },
    Broken {
        name: "others can read the keys",
        by: Mode(".aws/credentials", 0o644),
        env: &[],
        check: "permissions",
        level: "warning",
        says: "~/.aws/credentials can be read by others (mode 644)",
        fix: "chmod 600 ~/.aws/credentials",
    },
    Broken {
        name: "others can put files into the folder",
        by: Mode(".aws", 0o775),
        env: &[],
        check: "permissions",
        level: "warning",
        says: "~/.aws can be changed by its group (mode 775)",
        fix: "chmod 755 ~/.aws",
    },
    Broken {
        name: "others can write the commands that are run",
        by: Mode(".config/aws-mfa/config.toml", 0o666),
        env: &[],
        check: "permissions",
        level: "problem",
        says: "config.toml can be changed by everybody (mode 666)",
        fix: "chmod 644 ~/.config/aws-mfa/config.toml",
    },
    Broken {
        name: "other keys in the shell",
        by: Nothing,
        env: &[
            ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "x"),
        ],
        check: "variables",
        level: "warning",
        says: "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are set, and not by aws-mfa",
        fix: "unset AWS_ACCESS_KEY_ID",
    },
    Broken {
        name: "half of a key in the shell",
        by: Nothing,
        env: &[("AWS_SECRET_ACCESS_KEY", "x")],
        check: "variables",
        level: "warning",
        says: "AWS_SECRET_ACCESS_KEY is set without AWS_ACCESS_KEY_ID",
        fix: "unset AWS_SECRET_ACCESS_KEY",
    },
    Broken {
        name: "AWS_PROFILE names nothing",
        by: Nothing,
        env: &[("AWS_PROFILE", "gone")],
        check: "variables",
        level: "warning",
        says: "AWS_PROFILE names the profile gone, which does not exist",
        fix: "unset AWS_PROFILE",
    },
    Broken {
        name: "AWS_PROFILE was set behind the session's back",
        by: Nothing,
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
        says: "AWS_PROFILE was set behind the session's back",
        fix: "unset AWS_PROFILE",
    },
    Broken {
        name: "the session has expired",
        by: Nothing,
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
    },
    Broken {
        name: "the session has lost its keys",
        by: Nothing,
        env: &[
            ("AWS_MFA_ACCOUNT", "test"),
            ("AWS_MFA_EXPIRES_AT", "4000000000"),
        ],
        check: "variables",
        level: "warning",
        says: "the keys of the session of test are gone",
        fix: "load the session anew",
    },
    Broken {
        name: "what the session displaced cannot be read",
        by: Nothing,
        env: &[
            ("AWS_MFA_ACCOUNT", "test"),
            ("AWS_MFA_EXPIRES_AT", "4000000000"),
            ("AWS_MFA_RESTORE", "%"),
        ],
        check: "variables",
        level: "warning",
        says: "AWS_MFA_RESTORE cannot be read",
        fix: "open a new shell",
    },
    Broken {
        name: "no region anywhere",
        by: Doing(|home| {
            let config = std::fs::read_to_string(home.path(".aws/config")).unwrap();
            home.write(".aws/config", config.replace("region = eu-west-1\n", ""));
        }),
        env: &[],
        check: "region",
        level: "warning",
        says: "none for joe, prod: most AWS commands will ask for one",
        fix: "region = \"…\" under [defaults] in config.toml",
    },
    Broken {
        name: "a region of another partition",
        by: Appending(
            ".aws/credentials",
            "[china-mfa]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\nmfa_serial = arn:aws-cn:iam::123456789012:mfa/jane\n",
        ),
        env: &[("AWS_REGION", "eu-west-1")],
        check: "region",
        level: "warning",
        says: "AWS_REGION=eu-west-1 of this shell is in another partition than the accounts china",
        fix: "a region of its own in config.toml",
    },
    Broken {
        name: "a CA bundle that is none",
        by: Doing(|home| {
            home.write("bundle.pem", "no certificate");
        }),
        env: &[("AWS_CA_BUNDLE", "bundle.pem")],
        check: "certificates",
        level: "problem",
        says: "could not use the certificates in bundle.pem (AWS_CA_BUNDLE)",
        fix: "name a file with PEM certificates",
    },
    Broken {
        name: "a proxy that speaks no HTTP",
        by: Nothing,
        env: &[("HTTPS_PROXY", "socks5://localhost:1")],
        check: "proxy",
        level: "problem",
        says: "HTTPS_PROXY (socks5://localhost:1) is not an HTTP proxy",
        fix: "set HTTPS_PROXY to http://HOST:PORT",
    },
];

#[test]
fn each_breakage_is_named_with_its_fix() {
    let mut unnamed = Vec::new();
    for broken in BROKEN {
        let (sts, mut home) = good();
        home.write("session", "[b]\naws_access_key_id = ASIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\naws_session_token = x\n");
        match broken.by {
            Nothing => {}
            Appending(file, text) => append(&home, file, text),
            Mode(file, mode) => set_mode(&home, file, mode),
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
        if !named {
            unnamed.push(format!("{}: {found:#?}", broken.name));
        }
        // What follows from the breakage may be told, too; but its status is that of the worst.
        let problems = found.iter().any(|finding| finding.level == "problem");
        assert_eq!(outcome.status, Some(i32::from(problems)), "{}", broken.name);
        assert_eq!(sts.with(|state| state.connections), 0, "{}", broken.name);
    }
    assert!(unnamed.is_empty(), "{}", unnamed.join("\n"));
}

#[test]
fn other_programs_of_the_name_are_told() {
    let (_sts, home) = good();
    let other = home.write("other/aws-mfa", "#!/bin/sh\n");
    set_mode(&home, "other/aws-mfa", 0o755);
    let folder = other.parent().unwrap().display().to_string();
    let own = home.path("bin/aws-mfa").display().to_string();
    let doctor = |words: &str| {
        let said = in_bash(&home, words);
        (said.status, said.text())
    };
    let (status, said) = doctor(&format!("PATH=$PATH:{folder} aws-mfa doctor"));
    assert_eq!(status, Some(0), "{said}");
    assert!(
        said.contains("warning  path          ~/other/aws-mfa is another program"),
        "{said}"
    );
    let (status, said) = doctor(&format!("PATH={folder}:$PATH {own} doctor"));
    assert_eq!(status, Some(1), "{said}");
    assert!(
        said.contains("problem  path          ~/other/aws-mfa is another program"),
        "{said}"
    );
    assert!(
        said.contains("fix: remove it, or let this one's folder come first"),
        "{said}"
    );
    let (status, said) = doctor(&format!("PATH=/usr/bin:/bin {own} doctor"));
    assert_eq!(status, Some(1), "{said}");
    assert!(said.contains("which is not on PATH"), "{said}");
    assert!(said.contains(" into PATH\n"), "{said}");
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
        let start = format!("{name}: not for aws-mfa: could not use the source profile ");
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
fn what_setup_makes_is_no_problem_whatever_the_umask() {
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
