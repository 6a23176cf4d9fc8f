//! `doctor`: each thing that can be wrong is named with what mends it, and nothing secret is shown.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;

use crate::harness::shells::is_present;
use crate::harness::terminal::Terminal;
use crate::harness::{binary, janes_world};
use crate::support::home::{Home, Outcome};
use crate::support::sts::{
    Device, Fault, JOES_TABLET, KEY_ID, OTHER_KEY_ID, OTHER_SECRET, SECRET, StrictSts, World,
};

/// A bash with the hook that runs these words; `aws-mfa` is not its last command, which it would
/// become.
fn in_bash(home: &Home, words: &str) -> Outcome {
    let script = format!("eval \"$(aws-mfa init bash)\"\n{words}; exit $?");
    home.run(
        home.command("bash")
            .args(["--noprofile", "--norc", "-c", &script]),
    )
}

/// A home in which everything is as it should be, with an STS that nobody was asked to use.
fn good() -> (StrictSts, Home) {
    let (sts, home) = janes_world();
    for (below, mode) in [
        (".aws", 0o700),
        (".aws/credentials", 0o600),
        (".config/aws-mfa/config.toml", 0o600),
    ] {
        set_mode(&home, below, mode);
    }
    append(&home, ".aws/config", "[default]\nregion = eu-west-1\n");
    (sts, home)
}

fn set_mode(home: &Home, below: &str, mode: u32) {
    std::fs::set_permissions(home.path(below), std::fs::Permissions::from_mode(mode)).unwrap();
}

fn append(home: &Home, below: &str, text: &str) {
    let before = std::fs::read_to_string(home.path(below)).unwrap();
    home.write(below, before + text);
}

/// What is said about one check, with its level and its fix.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    check: String,
    level: String,
    text: String,
    fix: String,
}

#[track_caller]
fn findings(json: &str) -> Vec<Finding> {
    let report: Value = serde_json::from_str(json).unwrap_or_else(|_| panic!("no JSON: {json}"));
    assert_eq!(report["version"], env!("CARGO_PKG_VERSION"));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let checks = report["checks"].as_array().unwrap();
    checks
        .iter()
        .map(|finding| Finding {
            check: text(&finding["check"]),
            level: text(&finding["level"]),
            text: text(&finding["text"]),
            fix: text(&finding["fix"]),
        })
        .collect()
}

/// One breakage: what it does to a good home, and what is to be said of it.
struct Broken {
    name: &'static str,
    /// Changes files.
    by: fn(&Home),
    /// Variables of the shell.
    env: &'static [(&'static str, &'static str)],
    check: &'static str,
    level: &'static str,
    says: &'static str,
    fix: &'static str,
}

const NOTHING: fn(&Home) = |_| {};

const BROKEN: &[Broken] = &[
    Broken {
        name: "config.toml is no TOML",
        by: |home| append(home, ".config/aws-mfa/config.toml", "nonsense\n"),
        env: &[],
        check: "config",
        level: "problem",
        says: "~/.config/aws-mfa/config.toml, line 8",
        fix: "mend that line",
    },
    Broken {
        name: "a key of config.toml is misspelt",
        by: |home| {
            append(
                home,
                ".config/aws-mfa/config.toml",
                "[defaults]\nreigon = \"eu-west-1\"\n",
            )
        },
        env: &[],
        check: "config",
        level: "problem",
        says: "unknown key `reigon`",
        fix: "did you mean `region`?",
    },
    Broken {
        name: "AWS_MFA_CONFIG leads nowhere",
        by: NOTHING,
        env: &[("AWS_MFA_CONFIG", "/nowhere/config.toml")],
        check: "config",
        level: "warning",
        says: "AWS_MFA_CONFIG names /nowhere/config.toml",
        fix: "unset the variable",
    },
    Broken {
        name: "the credentials file has a line that is none",
        by: |home| append(home, ".aws/credentials", "[x]\n%%%\n"),
        env: &[],
        check: "aws files",
        level: "problem",
        says: "~/.aws/credentials, line 10",
        fix: "mend that line",
    },
    Broken {
        name: "the AWS config is not text",
        by: |home| {
            home.write(".aws/config", b"[\xff");
        },
        env: &[],
        check: "aws files",
        level: "problem",
        says: "~/.aws/config: it is not UTF-8 text",
        fix: "",
    },
    Broken {
        name: "AWS_SHARED_CREDENTIALS_FILE leads nowhere",
        by: NOTHING,
        env: &[("AWS_SHARED_CREDENTIALS_FILE", "/nowhere/credentials")],
        check: "aws files",
        level: "warning",
        says: "AWS_SHARED_CREDENTIALS_FILE names /nowhere/credentials",
        fix: "unset the variable",
    },
    Broken {
        name: "there is nothing at all",
        by: |home| {
            std::fs::remove_dir_all(home.path(".aws")).unwrap();
            std::fs::remove_dir_all(home.path(".config")).unwrap();
        },
        env: &[],
        check: "account",
        level: "problem",
        says: "no accounts yet",
        fix: "a long-term key into a profile NAME-mfa",
    },
    Broken {
        name: "the source profile does not exist",
        by: |home| {
            append(
                home,
                ".config/aws-mfa/config.toml",
                "[accounts.a]\nsource_profile = \"tset-mfa\"\n",
            )
        },
        env: &[],
        check: "account",
        level: "problem",
        says: "a: could not find the source profile tset-mfa",
        fix: "did you mean test-mfa?",
    },
    Broken {
        name: "half of a key",
        by: |home| {
            append(
                home,
                ".aws/credentials",
                "[a]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\nmfa_serial = GAHT12345678\n",
            )
        },
        env: &[],
        check: "account",
        level: "problem",
        says: "it has no aws_secret_access_key",
        fix: "name the profile that holds the long-term key",
    },
    Broken {
        name: "a session where the long-term key should be",
        by: |home| {
            append(
                home,
                ".config/aws-mfa/config.toml",
                "[accounts.a]\nsource_profile = \"b\"\n",
            )
        },
        env: &[("AWS_SHARED_CREDENTIALS_FILE", "session")],
        check: "account",
        level: "problem",
        says: "a: could not use the source profile b of account a: it holds the credentials of a session",
        fix: "name the profile that holds the long-term key",
    },
    Broken {
        name: "the ARN of a user for that of a device",
        by: |home| {
            append(
                home,
                ".aws/credentials",
                "[a-mfa]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\nmfa_serial = arn:aws:iam::123456789012:user/jane\n",
            )
        },
        env: &[],
        check: "account",
        level: "problem",
        says: "arn:aws:iam::123456789012:user/jane",
        fix: "",
    },
    Broken {
        name: "the program that prints the code is not there",
        by: |home| {
            append(
                home,
                ".config/aws-mfa/config.toml",
                "[accounts.a]\nsource_profile = \"test-mfa\"\nmfa_command = \"no-such-key code\"\n",
            )
        },
        env: &[],
        check: "account",
        level: "problem",
        says: "a: mfa_command runs no-such-key",
        fix: "install no-such-key",
    },
    Broken {
        name: "the endpoint is no URL",
        by: NOTHING,
        env: &[("AWS_ENDPOINT_URL_STS", "localhost:1")],
        check: "account",
        level: "problem",
        says: "AWS_ENDPOINT_URL_STS: `localhost:1` is no URL",
        fix: "",
    },
    Broken {
        name: "others can read the keys",
        by: |home| set_mode(home, ".aws/credentials", 0o644),
        env: &[],
        check: "permissions",
        level: "warning",
        says: "~/.aws/credentials can be read by others (mode 644)",
        fix: "chmod 600 ~/.aws/credentials",
    },
    Broken {
        name: "others can look into the folder",
        by: |home| set_mode(home, ".aws", 0o755),
        env: &[],
        check: "permissions",
        level: "warning",
        says: "~/.aws can be read by others (mode 755)",
        fix: "chmod 700 ~/.aws",
    },
    Broken {
        name: "others can write the commands that are run",
        by: |home| set_mode(home, ".config/aws-mfa/config.toml", 0o666),
        env: &[],
        check: "permissions",
        level: "problem",
        says: "config.toml can be changed by others (mode 666)",
        fix: "chmod 600 ~/.config/aws-mfa/config.toml",
    },
    Broken {
        name: "other keys in the shell",
        by: NOTHING,
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
        by: NOTHING,
        env: &[("AWS_SECRET_ACCESS_KEY", "x")],
        check: "variables",
        level: "warning",
        says: "AWS_SECRET_ACCESS_KEY is set without AWS_ACCESS_KEY_ID",
        fix: "unset AWS_SECRET_ACCESS_KEY",
    },
    Broken {
        name: "AWS_PROFILE names nothing",
        by: NOTHING,
        env: &[("AWS_PROFILE", "gone")],
        check: "variables",
        level: "warning",
        says: "AWS_PROFILE names the profile gone, which does not exist",
        fix: "unset AWS_PROFILE",
    },
    Broken {
        name: "AWS_PROFILE was set behind the session's back",
        by: NOTHING,
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
        by: NOTHING,
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
        by: NOTHING,
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
        by: NOTHING,
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
        by: |home| {
            let config = std::fs::read_to_string(home.path(".aws/config")).unwrap();
            home.write(".aws/config", config.replace("region = eu-west-1\n", ""));
        },
        env: &[],
        check: "region",
        level: "warning",
        says: "none for joe, prod: most AWS commands will ask for one",
        fix: "region = \"…\" under [defaults] in config.toml",
    },
    Broken {
        name: "a region of another partition",
        by: |home| {
            append(
                home,
                ".aws/credentials",
                "[china-mfa]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\nmfa_serial = arn:aws-cn:iam::123456789012:mfa/jane\n",
            )
        },
        env: &[("AWS_REGION", "eu-west-1")],
        check: "region",
        level: "warning",
        says: "AWS_REGION=eu-west-1 of this shell is in another partition than the accounts china",
        fix: "a region of its own in config.toml",
    },
    Broken {
        name: "a CA bundle that is none",
        by: |home| {
            home.write("bundle.pem", "no certificate");
        },
        env: &[("AWS_CA_BUNDLE", "bundle.pem")],
        check: "certificates",
        level: "problem",
        says: "could not use the certificates in bundle.pem (AWS_CA_BUNDLE)",
        fix: "name a file with PEM certificates",
    },
    Broken {
        name: "a proxy that speaks no HTTP",
        by: NOTHING,
        env: &[("HTTPS_PROXY", "socks5://localhost:1")],
        check: "proxy",
        level: "problem",
        says: "HTTPS_PROXY (socks5://localhost:1) is no HTTP proxy",
        fix: "set HTTPS_PROXY to http://HOST:PORT",
    },
];

#[test]
fn each_breakage_is_named_with_its_fix() {
    let mut unnamed = Vec::new();
    for broken in BROKEN {
        let (sts, mut home) = good();
        home.write("session", "[b]\naws_access_key_id = ASIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\naws_session_token = x\n");
        (broken.by)(&home);
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

/// A shell that somebody sits at, its rc file, and how it loads the hook there.
struct Sitting {
    program: &'static str,
    rc: &'static str,
    prompt: &'static str,
    hook: &'static str,
}

const SITTINGS: [Sitting; 8] = [
    Sitting {
        program: "bash",
        rc: ".bashrc",
        prompt: "PS1='READY> '\n",
        hook: "eval \"$(aws-mfa init bash)\"\n",
    },
    Sitting {
        program: "zsh",
        rc: ".zshrc",
        prompt: "PROMPT='READY> '\nunsetopt zle_bracketed_paste 2>/dev/null\nautoload -Uz compinit\ncompinit -u\n",
        hook: "eval \"$(aws-mfa init zsh)\"\n",
    },
    Sitting {
        program: "fish",
        rc: ".config/fish/config.fish",
        prompt: "set -g fish_greeting\nfunction fish_prompt; echo -n 'READY> '; end\n",
        hook: "aws-mfa init fish | source\n",
    },
    Sitting {
        program: "dash",
        rc: ".shrc",
        prompt: "PS1='READY> '\n",
        hook: "eval \"$(aws-mfa init sh)\"\n",
    },
    Sitting {
        program: "elvish",
        rc: ".config/elvish/rc.elv",
        prompt: "set edit:prompt = { put 'READY> ' }\nset edit:rprompt = { }\n",
        hook: "eval (aws-mfa init elvish | slurp)\n",
    },
    Sitting {
        program: "tcsh",
        rc: ".tcshrc",
        prompt: "set prompt = 'READY> '\n",
        hook: "aws-mfa init tcsh >! ~/.aws-mfa.tcsh\nsource ~/.aws-mfa.tcsh\n",
    },
    Sitting {
        program: "xonsh",
        rc: ".xonshrc",
        prompt: "$PROMPT = 'READY> '\n$SHELL_TYPE = 'readline'\n",
        hook: "execx($(aws-mfa init xonsh))\n",
    },
    Sitting {
        program: "nu",
        rc: ".config/nushell/config.nu",
        prompt: "$env.config.show_banner = false\n$env.PROMPT_COMMAND = 'READY> '\n$env.PROMPT_COMMAND_RIGHT = ''\n$env.PROMPT_INDICATOR = ''\n",
        hook: "",
    },
];

impl Sitting {
    /// Starts the shell, with the hook or without.
    fn start(&self, home: &Home, with_hook: bool) -> Terminal {
        let hook = if with_hook { self.hook } else { "" };
        home.write(self.rc, format!("{}{hook}", self.prompt));
        if self.program == "nu" && with_hook {
            let hook = home.aws_mfa(&["init", "nushell"]).success();
            home.write(NU_HOOK, hook.stdout);
        }
        let mut command = home.command(self.program);
        if self.program != "elvish" {
            command.arg("-i");
        }
        command.env("ENV", home.path(".shrc"));
        let mut terminal = Terminal::start(&command);
        terminal.expect("READY> ");
        terminal
    }

    /// What `doctor` says in it, with these options.
    fn doctor(&self, home: &Home, terminal: &mut Terminal, options: &str) -> String {
        let to = match self.program {
            "nu" => "o>",
            _ => ">",
        };
        terminal.press(&format!("aws-mfa doctor {options} {to} report.new\r"));
        self.ready(terminal);
        terminal.press("mv report.new report\r");
        let report = terminal.wait_for_file(&home.path("report"));
        self.ready(terminal);
        String::from_utf8(report).unwrap()
    }

    /// Waits for the prompt behind a command.
    #[track_caller]
    fn ready(&self, terminal: &mut Terminal) {
        if self.program == "nu" {
            // It draws its prompt anew at each key, but says when a command has ended.
            terminal.expect("\x1b]133;D;");
        }
        terminal.expect("READY> ");
    }
}

const NU_HOOK: &str = ".local/share/nushell/vendor/autoload/aws-mfa.nu";

fn sittings() -> impl Iterator<Item = Sitting> {
    SITTINGS
        .into_iter()
        .filter(|sitting| is_present(sitting.program))
}

#[test]
fn in_a_good_home_all_is_well_in_every_shell() {
    for sitting in sittings() {
        let (sts, home) = good();
        let mut terminal = sitting.start(&home, true);
        let said = sitting.doctor(&home, &mut terminal, "");
        assert_eq!(sts.with(|state| state.connections), 0);
        let online = sitting.doctor(&home, &mut terminal, "--online");
        for (said, lines) in [(&said, 12), (&online, 18)] {
            let bad: Vec<&str> = said
                .lines()
                .filter(|line| !line.starts_with("ok "))
                .collect();
            assert!(bad.is_empty(), "{}: {bad:#?}", sitting.program);
            assert!(said.lines().count() >= lines, "{}: {said}", sitting.program);
        }
        assert!(
            said.contains(concat!("loaded, of version ", env!("CARGO_PKG_VERSION"))),
            "{}: {said}",
            sitting.program
        );
        let completes = !["dash", "tcsh", "xonsh"].contains(&sitting.program);
        assert_eq!(
            said.contains("loaded with the hook"),
            completes,
            "{}: {said}",
            sitting.program
        );
        for said in [
            "STS at http://localhost:",
            "clock         right",
            "that of profile test-mfa works: arn:aws:iam::123456789012:user/jane",
            "that of profile joe-long-term is 0 days old",
            "joe: arn:aws:iam::123456789012:mfa/joe",
            "prod: arn:aws:iam::123456789012:mfa/janes-phone is the user's",
        ] {
            assert!(online.contains(said), "no {said:?}: {online}");
        }
        // Each key once, however many accounts use it; and no code is asked for.
        assert_eq!(sts.count("GetCallerIdentity"), 2);
        assert_eq!(sts.count("ListMFADevices"), 2);
        assert_eq!(sts.count("GetSessionToken"), 0);
    }
}

#[test]
fn a_hook_that_is_missing_is_told_with_its_line() {
    for sitting in sittings() {
        let (_sts, home) = good();
        let mut terminal = sitting.start(&home, false);
        let said = sitting.doctor(&home, &mut terminal, "");
        let line = match sitting.program {
            "nu" => "aws-mfa init nushell | save -f ",
            "dash" => "~/.shrc: eval \"$(aws-mfa init sh)\"",
            _ => &format!(
                "~/{}: {}",
                sitting.rc,
                sitting.hook.trim_end().replace('\n', "; ")
            ),
        };
        let warned = said
            .lines()
            .any(|said| said.starts_with("warning  hook          not loaded in this "));
        assert!(warned && said.contains(line), "{}: {said}", sitting.program);
        // With the line there, a shell that was open before is told from one that was not.
        home.write(sitting.rc, format!("{}{}", sitting.prompt, sitting.hook));
        if sitting.program == "nu" {
            home.write(NU_HOOK, home.aws_mfa(&["init", "nushell"]).stdout);
        }
        let said = sitting.doctor(&home, &mut terminal, "");
        assert!(
            said.contains("though it stands in ~/")
                && said.contains("open a new interactive shell"),
            "{}: {said}",
            sitting.program
        );
    }
}

#[test]
fn a_child_shell_without_the_hook_is_not_taken_for_its_parent() {
    let (_sts, home) = good();
    let said = in_bash(&home, "dash -c 'aws-mfa doctor; true'")
        .success()
        .text();
    assert!(
        said.contains("warning  hook          not loaded in this sh"),
        "{said}"
    );
    // A shell that becomes this program has not lost it.
    let script = "eval \"$(aws-mfa init bash)\"; exec aws-mfa doctor";
    let said = home
        .run(home.command("bash").args(["--norc", "-c", script]))
        .success()
        .text();
    assert!(said.contains("ok       hook          loaded"), "{said}");
}

#[test]
fn a_hook_of_another_version_is_told() {
    let (_sts, home) = good();
    let said = in_bash(
        &home,
        "export __aws_mfa_hook=\"0.0.9 $$ completion\"; aws-mfa doctor",
    )
    .success()
    .text();
    assert!(
        said.contains("warning  hook          loaded, but of version 0.0.9"),
        "{said}"
    );
    assert!(said.contains("fix: open a new shell"), "{said}");
    // What somebody else put there is no hook.
    let said = in_bash(&home, "export __aws_mfa_hook=nonsense; aws-mfa doctor")
        .success()
        .text();
    assert!(said.contains("warning  hook          not loaded"), "{said}");
}

#[test]
fn a_zsh_without_compinit_is_told_why_tab_does_nothing() {
    if !is_present("zsh") {
        return;
    }
    let (_sts, home) = good();
    let script = "eval \"$(aws-mfa init zsh)\"; aws-mfa doctor; exit $?";
    let said = home
        .run(home.command("zsh").args(["-f", "-c", script]))
        .success()
        .text();
    assert!(
        said.contains("warning  completion    not loaded: zsh had no compdef"),
        "{said}"
    );
    assert!(said.contains("autoload -Uz compinit && compinit"), "{said}");
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

/// Makes something wrong between here and AWS, runs `doctor --online`, and looks for the finding.
#[track_caller]
fn online(spoil: impl FnOnce(&StrictSts, &Home), level: &str, check: &str, says: &str, fix: &str) {
    let (sts, home) = good();
    spoil(&sts, &home);
    let outcome = in_bash(&home, "aws-mfa doctor --online --json");
    let found = findings(&outcome.text());
    let named = found.iter().any(|finding| {
        (&*finding.check, &*finding.level) == (check, level)
            && finding.text.contains(says)
            && finding.fix.contains(fix)
    });
    assert!(named, "no {says:?}, {fix:?}: {found:#?}");
    assert_eq!(
        outcome.status,
        Some(i32::from(level == "problem")),
        "{found:#?}"
    );
}

#[test]
fn what_is_wrong_between_here_and_aws_is_told() {
    online(
        |sts, _| sts.with(|state| state.world.users[0].active = false),
        "problem",
        "key",
        "AWS does not know the access key in profile test-mfa, or it is inactive",
        "see in the AWS console",
    );
    online(
        |sts, _| sts.with(|state| state.world.users[0].secret = "another".to_owned()),
        "problem",
        "key",
        "the secret access key in profile test-mfa does not fit",
        "put the right aws_secret_access_key into [test-mfa]",
    );
    online(
        |sts, _| sts.with(|state| state.world.key_age_days = 91),
        "warning",
        "key age",
        "that of profile test-mfa is 91 days old",
        "make a new key",
    );
    online(
        |sts, _| sts.with(|state| state.world.users[0].devices = vec![Device::new(JOES_TABLET)]),
        "problem",
        "mfa device",
        "test: arn:aws:iam::123456789012:mfa/janes-phone (profile test-mfa) is not the user's",
        "name the user's own: mfa_serial = \"arn:aws:iam::123456789012:mfa/joe\"",
    );
    online(
        |sts, _| sts.with(|state| state.world.users[1].devices.clear()),
        "problem",
        "mfa device",
        "joe: the user of the key has none",
        "assign one",
    );
    let fido = "arn:aws:iam::123456789012:u2f/user/joe/key";
    online(
        |sts, _| sts.with(|state| state.world.users[1].devices = vec![Device::new(fido)]),
        "problem",
        "mfa device",
        "joe: the user of the key has only FIDO security keys",
        "authenticator app",
    );
    let watch = Device::new("arn:aws:iam::123456789012:mfa/watch");
    online(
        |sts, _| sts.with(|state| state.world.users[1].devices.push(watch)),
        "warning",
        "mfa device",
        "joe: the user has several, and none is named",
        "name one in [accounts.joe] of config.toml",
    );
    online(
        |sts, _| sts.with(|state| state.world.clock_ahead = 120),
        "warning",
        "clock",
        "s behind AWS's",
        "set the clock",
    );
    online(
        |sts, _| sts.with(|state| state.world.clock_ahead = -3600),
        "problem",
        "clock",
        "s ahead of AWS's: it refuses requests",
        "set the clock",
    );
    online(
        |sts, _| sts.next(Fault::Html(200)),
        "problem",
        "network",
        "is not from AWS",
        "a captive portal",
    );
    online(
        |sts, _| sts.next(Fault::ServerError { after_work: false }),
        "problem",
        "network",
        "HTTP 500",
        "https://health.aws.amazon.com",
    );
    online(
        |sts, home| {
            let config = std::fs::read_to_string(home.path(".aws/config")).unwrap();
            home.write(
                ".aws/config",
                config.replace(&sts.url(), "http://localhost:1"),
            );
        },
        "problem",
        "network",
        "could not connect to STS at http://localhost:1",
        "see whether you are online",
    );
    online(
        |_, home| {
            append(
                home,
                ".aws/config",
                "[profile broken-mfa]\ncredential_process = false\nendpoint_url = http://localhost:1\n",
            );
        },
        "problem",
        "network",
        "could not connect to STS at http://localhost:1",
        "see whether you are online",
    );
}

#[test]
fn a_policy_that_tells_no_key_age_is_no_fault() {
    let (sts, home) = good();
    std::fs::write(home.path(".config/aws-mfa/config.toml"), "").unwrap();
    append(&home, ".aws/credentials", "");
    let credentials = std::fs::read_to_string(home.path(".aws/credentials")).unwrap();
    let (jane, _) = credentials.split_once("[joe-long-term]").unwrap();
    home.write(".aws/credentials", jane);
    let denied = Fault::Refuse {
        status: 403,
        code: "AccessDenied",
        message: "User is not authorized to perform: iam:ListAccessKeys with an explicit deny"
            .to_owned(),
    };
    // The requests in their order: unsigned, the identity, the keys, the devices.
    for fault in [Fault::ShortSession(0), Fault::ShortSession(0), denied] {
        sts.next(fault);
    }
    let found = findings(
        &in_bash(&home, "aws-mfa doctor --online --json")
            .success()
            .text(),
    );
    let age = found
        .iter()
        .find(|finding| finding.check == "key age")
        .unwrap();
    assert_eq!(age.level, "ok");
    assert!(
        age.text.contains("IAM does not tell it without MFA"),
        "{age:?}"
    );
}

#[test]
fn a_certificate_that_is_not_trusted_is_told_and_one_that_is_works() {
    let sts = StrictSts::https(World::of_jane());
    let home = Home::of_jane(binary(), &sts);
    home.write("ca.pem", sts.ca_pem());
    let said = in_bash(&home, "aws-mfa doctor --online")
        .ends_with(1)
        .text();
    assert!(
        said.contains("problem  network       could not trust the certificate of STS"),
        "{said}"
    );
    assert!(said.contains("AWS_CA_BUNDLE"), "{said}");
    let said = in_bash(&home, "AWS_CA_BUNDLE=ca.pem aws-mfa doctor --online")
        .success()
        .text();
    assert!(
        said.contains("ok       certificates  those in ca.pem (AWS_CA_BUNDLE) alone"),
        "{said}"
    );
    assert!(said.contains("that of profile test-mfa works"), "{said}");
}

#[test]
fn nothing_secret_is_shown_wherever_it_stands() {
    // Made up, of AWS's forms, so that nothing else has them in it.
    let token = "IQoJb3JpZ2luX2VjEXAMPLETOKEN/".repeat(6);
    let secrets = [
        SECRET,
        OTHER_SECRET,
        &token,
        "pass-word",
        "jane-of-the-proxy",
        "hush-hush",
    ];
    let places: [fn(&Home, &str); 9] = [
        |home, secret| {
            append(
                home,
                ".config/aws-mfa/config.toml",
                &format!("[accounts.x]\nregion = \"{secret}\"\n"),
            )
        },
        |home, secret| {
            append(
                home,
                ".config/aws-mfa/config.toml",
                &format!("[accounts.x]\naws_secret_access_key = \"{secret}\"\n"),
            )
        },
        |home, secret| {
            append(
                home,
                ".config/aws-mfa/config.toml",
                &format!("[accounts.x]\nconfirm = \"{secret}\"\n"),
            )
        },
        |home, secret| {
            append(
                home,
                ".config/aws-mfa/config.toml",
                &format!("[accounts.x\nduration = \"{secret}\"\n"),
            )
        },
        |home, secret| {
            append(
                home,
                ".aws/credentials",
                &format!(
                    "[x-mfa]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {secret}\nmfa_serial = {secret}\n"
                ),
            )
        },
        |home, secret| append(home, ".aws/credentials", &format!("[x-mfa]\n{secret}\n")),
        |home, secret| {
            append(
                home,
                ".aws/credentials",
                &format!("[x-mfa]\ncredential_process = sh -c 'echo {secret} >&2; exit 1'\n"),
            )
        },
        |home, secret| {
            append(
                home,
                ".aws/credentials",
                &format!(
                    "[x-mfa]\naws_access_key_id = {OTHER_KEY_ID}\naws_secret_access_key = {secret}\naws_session_token = {secret}\n"
                ),
            )
        },
        |home, secret| {
            append(
                home,
                ".config/aws-mfa/config.toml",
                &format!(
                    "[accounts.x]\nsource_profile = \"test-mfa\"\nexternal_id = \"{secret}\"\nmfa_command = \"x --pin {secret}\"\nenv = {{ A = \"{secret}\" }}\n"
                ),
            )
        },
    ];
    for (number, place) in places.into_iter().enumerate() {
        for file_secret in [SECRET, &*token] {
            let (sts, home) = good();
            let url = sts.url().replace("//", "//jane-of-the-proxy:pass-word@");
            place(&home, file_secret);
            let home = home
                .env("AWS_ACCESS_KEY_ID", KEY_ID)
                .env("AWS_SECRET_ACCESS_KEY", "hush-hush")
                .env("AWS_SESSION_TOKEN", &token)
                .env("AWS_MFA_RESTORE", OTHER_SECRET)
                .env("AWS_PROFILE", OTHER_SECRET)
                .env("AWS_REGION", SECRET)
                .env(
                    "HTTPS_PROXY",
                    "http://jane-of-the-proxy:pass-word@localhost:1",
                )
                .env("AWS_ENDPOINT_URL", url);
            for options in ["", "--json", "--online", "--online --json", "-v --online"] {
                let words: Vec<&str> = options.split_whitespace().collect();
                // Not below the hook: `init` quotes the line of config.toml that is wrong.
                let outcome = home.aws_mfa(&[&["doctor"], &words[..]].concat());
                let said = format!("{}{}", outcome.text(), outcome.stderr);
                assert!(said.contains("proxy"), "{number}: {said}");
                for secret in secrets {
                    assert!(
                        !said.contains(secret),
                        "place {number}, {options}, {secret}: {said}"
                    );
                }
            }
        }
    }
}
