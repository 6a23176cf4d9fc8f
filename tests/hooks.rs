//! The hook in real interactive shells, at a terminal, with the rc line that docs/shells.md names.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io::Write as _;

use aws_sdk_sts::config::{BehaviorVersion, Credentials, Region};

use crate::harness::apart::Apart;
use crate::harness::shells::{find, is_present, parse_environment};
use crate::harness::terminal::Terminal;
use crate::harness::{binary, janes_world};
use crate::support::home::Home;
use crate::support::sts::{Fault, JANES_PHONE, StrictSts};

/// Its command.
mod words;

type Environment = BTreeMap<OsString, Vec<u8>>;

/// An interactive shell and its rc file.
#[derive(Clone, Copy)]
struct Interactive {
    program: &'static str,
    arguments: &'static [&'static str],
    /// Where it reads its rc file, below the home.
    rc: &'static str,
    /// The prompt, and the line of docs/shells.md; `{}` are the options of `init`.
    lines: &'static str,
    /// Writes the environment of its programs to the file `{}`.
    dump: &'static str,
}

const PROMPT: &str = "READY> ";

const SHELLS: [Interactive; 9] = [
    Interactive {
        program: "bash",
        arguments: &["-i"],
        rc: ".bashrc",
        lines: "PS1='READY> '\neval \"$(aws-mfa init bash {})\"\n",
        dump: "env -0 > {}",
    },
    Interactive {
        program: "zsh",
        arguments: &["-i"],
        rc: ".zshrc",
        lines: "PROMPT='READY> '\nunsetopt zle_bracketed_paste 2>/dev/null\neval \"$(aws-mfa init zsh {})\"\n",
        dump: "env -0 > {}",
    },
    Interactive {
        program: "dash",
        arguments: &["-i"],
        rc: ".shrc",
        lines: "PS1='READY> '\neval \"$(aws-mfa init sh {})\"\n",
        dump: "env -0 > {}",
    },
    Interactive {
        program: "mksh",
        arguments: &["-i"],
        rc: ".shrc",
        lines: "PS1='READY> '\neval \"$(aws-mfa init sh {})\"\n",
        dump: "env -0 > {}",
    },
    Interactive {
        program: "fish",
        arguments: &["-i"],
        rc: ".config/fish/config.fish",
        lines: "set -g fish_greeting\nfunction fish_prompt; echo -n 'READY> '; end\naws-mfa init fish {} | source\n",
        dump: "command env -0 > {}",
    },
    Interactive {
        program: "elvish",
        arguments: &[],
        rc: ".config/elvish/rc.elv",
        lines: "set edit:prompt = { put 'READY> ' }\nset edit:rprompt = { }\neval (aws-mfa init elvish {} | slurp)\n",
        dump: "e:env -0 > {}",
    },
    Interactive {
        program: "tcsh",
        arguments: &["-i"],
        rc: ".tcshrc",
        lines: "set prompt = 'READY> '\naws-mfa init tcsh {} >! ~/.aws-mfa.tcsh.$$ && mv -f ~/.aws-mfa.tcsh.$$ ~/.aws-mfa.tcsh || rm -f ~/.aws-mfa.tcsh.$$\nsource ~/.aws-mfa.tcsh\n",
        dump: "env -0 > {}",
    },
    Interactive {
        program: "xonsh",
        arguments: &["-i"],
        rc: ".xonshrc",
        lines: "$PROMPT = 'READY> '\n$SHELL_TYPE = 'readline'\nexecx(__import__('subprocess').check_output('aws-mfa init xonsh {}'.split(), env=${...}.detype()).decode())\n",
        dump: "env -0 > {}",
    },
    Interactive {
        program: "nu",
        arguments: &["-i"],
        rc: ".config/nushell/config.nu",
        lines: "$env.config.show_banner = false\n$env.PROMPT_COMMAND = 'READY> '\n$env.PROMPT_COMMAND_RIGHT = ''\n$env.PROMPT_INDICATOR = ''\n",
        dump: "^env -0 | save -f {}",
    },
];

/// The shells that this machine has.
fn present() -> impl Iterator<Item = Interactive> {
    SHELLS.into_iter().filter(|shell| is_present(shell.program))
}

impl Interactive {
    /// Starts the shell at a terminal, below an `sh` that writes its own environment to the file
    /// `parent` in the end.
    fn start(&self, home: &Home, options: &str) -> Terminal {
        home.write(self.rc, self.lines.replace("{}", options));
        if self.program == "nu" {
            let options: Vec<&str> = options.split_whitespace().collect();
            let hook = home
                .aws_mfa(&[&["init", "nushell"], &options[..]].concat())
                .success();
            home.write(
                ".local/share/nushell/vendor/autoload/aws-mfa.nu",
                hook.stdout,
            );
        }
        let words = format!(
            "{} {}; env -0 > parent.new; mv parent.new parent",
            self.program,
            self.arguments.join(" ")
        );
        let mut command = home.command("sh");
        command.args(["-c", &words]);
        command.env("ENV", home.path(".shrc"));
        let mut terminal = Terminal::start(&command);
        terminal.expect(PROMPT);
        terminal
    }

    /// Waits for the prompt behind a command.
    #[track_caller]
    fn ready(&self, terminal: &mut Terminal) {
        if self.program == "nu" {
            // It draws its prompt anew at each key, but says when a command has ended.
            terminal.expect("\x1b]133;D;");
        }
        terminal.expect(PROMPT);
    }

    /// Waits for the prompt behind a ^C. xonsh may throw away what is typed right then.
    #[track_caller]
    fn ready_after_interrupt(&self, terminal: &mut Terminal) {
        self.ready(terminal);
        let a_moment = std::time::Duration::from_secs(4);
        let mut answers = || {
            terminal.press("\r");
            terminal.shows_within(PROMPT, a_moment).is_ok()
        };
        assert!(
            self.program != "xonsh" || (0..5).any(|_| answers()),
            "it is dead"
        );
    }

    /// What a program that is run in the shell sees.
    fn environment(&self, home: &Home, terminal: &mut Terminal) -> Environment {
        terminal.press(&format!("{}\r", self.dump.replace("{}", "dump.new")));
        self.ready(terminal);
        terminal.press("mv dump.new dump\r");
        let text = terminal.wait_for_file(&home.path("dump"));
        self.ready(terminal);
        parse_environment(&text)
    }
}

fn text<'a>(env: &'a Environment, name: &str) -> Option<&'a str> {
    env.get(OsStr::new(name))
        .map(|value| std::str::from_utf8(value).unwrap())
}

/// Who a signed call with the credentials of this environment is.
fn identity(env: &Environment, sts: &StrictSts) -> String {
    let variable = |name: &str| {
        text(env, name)
            .unwrap_or_else(|| panic!("no {name}"))
            .to_owned()
    };
    let credentials = Credentials::new(
        variable("AWS_ACCESS_KEY_ID"),
        variable("AWS_SECRET_ACCESS_KEY"),
        Some(variable("AWS_SESSION_TOKEN")),
        None,
        "test",
    );
    let config = aws_sdk_sts::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new("us-east-1"))
        .endpoint_url(sts.url())
        .credentials_provider(credentials)
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let answer = runtime.block_on(
        aws_sdk_sts::Client::from_conf(config)
            .get_caller_identity()
            .send(),
    );
    answer.unwrap().arn().unwrap().to_owned()
}

/// What of an environment the session has to do with.
fn relevant(env: &Environment) -> Environment {
    let relevant = |name: &OsStr| {
        name.to_str()
            .is_some_and(|name| name.starts_with("AWS_") || name == "KUBECONFIG")
    };
    env.iter()
        .filter(|(name, _)| relevant(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

#[test]
fn a_day_in_every_shell() {
    for shell in present() {
        let (sts, home) = janes_world();
        let home = home
            .env("AWS_PROFILE", "mine")
            .env("KUBECONFIG", "/my/own config");
        let mut terminal = shell.start(&home, "");
        let before = relevant(&shell.environment(&home, &mut terminal));

        sts.next(Fault::ShortSession(7230));
        terminal.press("mfa test\r");
        terminal.expect("MFA code for test");
        terminal.press(&format!("{}\r", sts.fresh_code(JANES_PHONE)));
        shell.ready(&mut terminal);
        let env = shell.environment(&home, &mut terminal);
        assert_eq!(
            text(&env, "AWS_MFA_ACCOUNT"),
            Some("test"),
            "{}: {}",
            shell.program,
            terminal.text()
        );
        assert_eq!(text(&env, "AWS_PROFILE"), None, "{}", shell.program);
        assert_eq!(
            identity(&env, &sts),
            "arn:aws:iam::123456789012:user/jane",
            "{}",
            shell.program
        );

        // With nothing behind it, the command tells what is held; others are passed on.
        terminal.press("mfa\r");
        terminal.expect("test: 2 h 0 min left, until ");
        shell.ready(&mut terminal);
        terminal.press("mfa list --json\r");
        terminal.expect("\"account\":\"joe\"");
        shell.ready(&mut terminal);

        terminal.press(&format!("mfa prod {}\r", sts.fresh_code(JANES_PHONE)));
        shell.ready(&mut terminal);
        let env = shell.environment(&home, &mut terminal);
        // The name of the session is the user's, whom some shells look up themselves.
        let who = identity(&env, &sts);
        assert!(
            who.starts_with("arn:aws:sts::210987654321:assumed-role/Admin/"),
            "{}: {who}",
            shell.program
        );
        assert_eq!(
            text(&env, "KUBECONFIG"),
            home.path(".kube/prod").to_str(),
            "{}",
            shell.program
        );

        // A wrong code changes nothing.
        terminal.press("mfa test 000000\r");
        terminal.expect("AWS refused the MFA code");
        shell.ready(&mut terminal);
        assert_eq!(
            relevant(&shell.environment(&home, &mut terminal)),
            relevant(&env),
            "{}",
            shell.program
        );

        terminal.press("mfa off\r");
        shell.ready(&mut terminal);
        let after = relevant(&shell.environment(&home, &mut terminal));
        assert_eq!(after, before, "{}: {}", shell.program, terminal.text());

        terminal.press("exit\r");
        let parent = parse_environment(&terminal.wait_for_file(&home.path("parent")));
        assert_eq!(text(&parent, "AWS_MFA_ACCOUNT"), None, "{}", shell.program);
    }
}

#[test]
fn interrupting_the_prompt_keeps_the_old_session() {
    for shell in present() {
        let (sts, home) = janes_world();
        let mut terminal = shell.start(&home, "");
        terminal.press(&format!("mfa test {}\r", sts.fresh_code(JANES_PHONE)));
        shell.ready(&mut terminal);
        let before = relevant(&shell.environment(&home, &mut terminal));
        assert_eq!(
            text(&before, "AWS_MFA_ACCOUNT"),
            Some("test"),
            "{}",
            shell.program
        );
        terminal.press("mfa prod\r");
        terminal.expect("MFA code for prod");
        terminal.press("\x03");
        shell.ready_after_interrupt(&mut terminal);
        assert_eq!(
            relevant(&shell.environment(&home, &mut terminal)),
            before,
            "{}",
            shell.program
        );
    }
}

#[test]
fn every_alias_of_the_config_is_a_command() {
    for shell in present() {
        let (sts, home) = janes_world();
        let config = std::fs::read_to_string(home.path(".config/aws-mfa/config.toml")).unwrap();
        let config = config.replace(
            "[accounts.test]\n",
            "[accounts.test]\nalias = \"aws-creds-test\"\n",
        );
        home.write(".config/aws-mfa/config.toml", config);
        // The command has another name here; the aliases do not need it.
        let mut terminal = shell.start(&home, "--cmd session");
        terminal.press(&format!("aws-creds-test {}\r", sts.fresh_code(JANES_PHONE)));
        shell.ready(&mut terminal);
        let env = shell.environment(&home, &mut terminal);
        assert_eq!(
            text(&env, "AWS_MFA_ACCOUNT"),
            Some("test"),
            "{}: {}",
            shell.program,
            terminal.text()
        );
        terminal.press("session off\r");
        shell.ready(&mut terminal);
        let env = shell.environment(&home, &mut terminal);
        assert_eq!(
            text(&env, "AWS_MFA_ACCOUNT"),
            None,
            "{}: {}",
            shell.program,
            terminal.text()
        );
    }
}

#[test]
fn help_is_shown_and_not_evaluated() {
    for shell in present() {
        let (_sts, home) = janes_world();
        let mut terminal = shell.start(&home, "");
        terminal.press("mfa test --help\r");
        terminal.expect("Usage: aws-mfa env");
        shell.ready(&mut terminal);
        terminal.press("mfa --version\r");
        terminal.expect(concat!("aws-mfa ", env!("CARGO_PKG_VERSION")));
        shell.ready(&mut terminal);
        terminal.press("mfa test --no-such-option\r");
        terminal.expect("unexpected argument '--no-such-option'");
        shell.ready(&mut terminal);
    }
}

#[test]
fn the_end_of_a_session_is_told_at_the_prompt() {
    for shell in present().filter(|shell| ["bash", "zsh", "fish"].contains(&shell.program)) {
        let (sts, home) = janes_world();
        let home = home.env("AWS_PROFILE", "mine");
        let mut terminal = shell.start(&home, "");
        sts.next(Fault::ShortSession(590));
        terminal.press(&format!("mfa test {}\r", sts.fresh_code(JANES_PHONE)));
        terminal.expect("the session of test has 10 min left");
        shell.ready(&mut terminal);
        // Told once; and whatever the last command ended with is not touched.
        terminal.press("sh -c 'exit 42'\r");
        shell.ready(&mut terminal);
        let status = if shell.program == "fish" {
            "$status"
        } else {
            "$?"
        };
        terminal.press(&format!("echo \"it was {status}\"\r"));
        terminal.expect("it was 42");
        shell.ready(&mut terminal);

        // So long that it is still there when the next prompt comes.
        sts.next(Fault::ShortSession(10));
        terminal.press(&format!("mfa test {}\r", sts.fresh_code(JANES_PHONE)));
        terminal.expect("the session of test has 1 min left");
        shell.ready(&mut terminal);
        let end = std::time::Instant::now() + std::time::Duration::from_secs(30);
        while !terminal
            .text()
            .contains("the session of test has expired and is gone from this shell")
        {
            assert!(std::time::Instant::now() < end, "{}", terminal.text());
            terminal.press("\r");
            shell.ready(&mut terminal);
        }
        let env = shell.environment(&home, &mut terminal);
        assert_eq!(text(&env, "AWS_ACCESS_KEY_ID"), None, "{}", shell.program);
        assert_eq!(text(&env, "AWS_PROFILE"), Some("mine"), "{}", shell.program);
        let told = terminal.text();
        assert_eq!(
            told.matches("has 10 min left").count(),
            1,
            "{}: {told}",
            shell.program
        );
        assert_eq!(
            told.matches("has expired").count(),
            1,
            "{}: {told}",
            shell.program
        );
    }
}

#[test]
fn without_the_notice_nothing_is_said_at_the_prompt() {
    for shell in present().filter(|shell| ["bash", "zsh", "fish"].contains(&shell.program)) {
        let (sts, home) = janes_world();
        let mut terminal = shell.start(&home, "--no-expiry-notice");
        sts.next(Fault::ShortSession(590));
        terminal.press(&format!("mfa test {}\r", sts.fresh_code(JANES_PHONE)));
        shell.ready(&mut terminal);
        terminal.press("mfa\r");
        terminal.expect("test: 9 min left");
        shell.ready(&mut terminal);
        assert!(
            !terminal.text().contains("the session of test"),
            "{}",
            terminal.text()
        );
    }
}

/// Runs the words in a shell that reads no rc file.
fn run(home: &Home, program: &str, words: &[&str]) -> crate::support::home::Outcome {
    home.run(home.command(program).args(words))
}

#[test]
fn hooks_are_silent_under_the_strictest_settings_and_twice() {
    let (_sts, home) = janes_world();
    let config = "[accounts.test]\nalias = \"a.b+c@d\"\n";
    home.write(".config/aws-mfa/config.toml", config);
    let twice = |language: &str| {
        let load = format!("\\eval \"$(aws-mfa init {language})\"");
        format!("{load}\n{load}\n")
    };
    let traps = "alias mfa=x command=x eval=x builtin=x unalias=x local=x return=x\n";
    let bash = twice("bash");
    let zsh = twice("zsh");
    let sh = twice("sh");
    for (program, words) in [
        (
            "bash",
            vec![
                "--noprofile",
                "--norc",
                "-euo",
                "pipefail",
                "-o",
                "noclobber",
                "-c",
                &bash,
            ],
        ),
        ("bash", vec!["--posix", "-euc", &bash]),
        (
            "zsh",
            vec!["--no-globalrcs", "--no-rcs", "-euo", "pipefail", "-c", &zsh],
        ),
        ("dash", vec!["-euC", "-c", &sh]),
        ("mksh", vec!["-euC", "-c", &sh]),
        ("ksh93", vec!["-euC", "-c", &sh]),
        ("busybox", vec!["sh", "-euC", "-c", &sh]),
    ] {
        let outcome = run(&home, program, &words).success().prints("");
        assert_eq!(outcome.stderr, "", "{program}");
        let last = words.len() - 1;
        let trapped = format!("{traps}{}", words[last]);
        let expand = if program == "bash" {
            format!("shopt -s expand_aliases\n{trapped}")
        } else {
            trapped
        };
        let words = [&words[..last], &[expand.as_str()]].concat();
        let outcome = run(&home, program, &words).success().prints("");
        assert_eq!(outcome.stderr, "", "{program}");
    }
    let silent = |program: &str, words: &[&str]| {
        if find(program).is_some() {
            let outcome = run(&home, program, words).success().prints("");
            assert_eq!(outcome.stderr, "", "{program}");
        }
    };
    let fish = "aws-mfa init fish | source; aws-mfa init fish | source";
    silent("fish", &["--no-config", "-c", fish]);
    silent(
        "tcsh",
        &[
            "-f",
            "-e",
            "-c",
            "aws-mfa init tcsh > hook; source hook; source hook",
        ],
    );
    silent(
        "xonsh",
        &[
            "--no-rc",
            "-c",
            "execx(__import__('subprocess').check_output('aws-mfa init xonsh'.split(), env=${...}.detype()).decode()); execx(__import__('subprocess').check_output('aws-mfa init xonsh'.split(), env=${...}.detype()).decode())",
        ],
    );
    home.write(
        "hook.nu",
        home.aws_mfa(&["init", "nushell"]).success().stdout,
    );
    silent(
        "nu",
        &["--no-config-file", "-c", "source hook.nu; source hook.nu"],
    );
    silent("nu", &["--no-config-file", "-c", "use hook.nu *"]);
    // A config.toml that is broken costs the aliases, and a word, but not the shell.
    home.write(".config/aws-mfa/config.toml", "nonsense");
    let outcome = run(
        &home,
        "bash",
        &[
            "-c",
            "eval \"$(aws-mfa init bash)\"; type mfa > /dev/null && echo defined",
        ],
    );
    outcome
        .success()
        .prints("defined\n")
        .says("no aliases: could not use ~/.config/aws-mfa/config.toml, line 1");
}

#[test]
fn hooks_add_no_other_names() {
    let (_sts, home) = janes_world();
    for (program, words, language) in [
        ("bash", &["--noprofile", "--norc", "-c"][..], "bash"),
        ("zsh", &["-f", "-c"], "zsh"),
        ("dash", &["-c"], "sh"),
        ("mksh", &["-c"], "sh"),
    ] {
        let names = match program {
            "bash" => "compgen -A function; compgen -v; compgen -a; true",
            "zsh" => "print -l ${(k)functions} ${(k)parameters} ${(k)aliases}",
            _ => "set | cut -d= -f1 | grep -v PIPESTATUS; alias",
        };
        let script = format!(
            "{{ {names}; }} > before; eval \"$(aws-mfa init {language})\"; {{ {names}; }} > after"
        );
        run(&home, program, &[words, &[script.as_str()]].concat()).success();
        let read = |name: &str| std::fs::read_to_string(home.path(name)).unwrap();
        let (before, after) = (read("before"), read("after"));
        let added: Vec<&str> = after
            .lines()
            .filter(|name| !before.lines().any(|known| known == *name))
            .collect();
        let foreign: Vec<&&str> = added
            .iter()
            .filter(|name| **name != "mfa" && !name.starts_with("__aws_mfa_"))
            .collect();
        assert!(foreign.is_empty(), "{program}: {foreign:?}");
        std::fs::remove_file(home.path("before")).unwrap();
        std::fs::remove_file(home.path("after")).unwrap();
    }
}

#[test]
fn a_failure_is_the_status_and_leaves_no_secret_behind() {
    let (sts, home) = janes_world();
    for (program, words, language) in [
        ("bash", &["--noprofile", "--norc", "-c"][..], "bash"),
        ("zsh", &["-f", "-c"], "zsh"),
        ("dash", &["-c"], "sh"),
        ("mksh", &["-c"], "sh"),
    ] {
        let load = format!("eval \"$(aws-mfa init {language})\"");
        let script = |rest: &str| {
            run(
                &home,
                program,
                &[words, &[format!("{load}\n{rest}").as_str()]].concat(),
            )
        };
        script("mfa test 000000").ends_with(3);
        script("set -e; mfa test 000000; echo went-on")
            .ends_with(3)
            .prints("");
        script("mfa test 000000 && echo went-on; echo $?")
            .success()
            .prints("3\n");
        script("mfa off").success();
        // All that the shell knows, but for what it exports.
        let code = sts.fresh_code(JANES_PHONE);
        let unexported = "unset AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN; set";
        let known = script(&format!("mfa test {code} || exit; {unexported}"))
            .success()
            .text();
        let secrets = sts.with(|state| state.world.all_secrets());
        assert!(known.contains("AWS_MFA_ACCOUNT"), "{program}");
        assert!(
            secrets.iter().all(|secret| !known.contains(secret)),
            "{program}: {known}"
        );
    }
    let fish = format!(
        "aws-mfa init fish | source; mfa test {}; set -e AWS_SECRET_ACCESS_KEY; set -e AWS_SESSION_TOKEN; set",
        sts.fresh_code(JANES_PHONE)
    );
    let known = run(&home, "fish", &["--no-config", "-c", &fish])
        .success()
        .text();
    let secrets = sts.with(|state| state.world.all_secrets());
    assert!(
        known.contains("AWS_MFA_ACCOUNT") && secrets.iter().all(|secret| !known.contains(secret)),
        "{known}"
    );
    run(
        &home,
        "fish",
        &[
            "--no-config",
            "-c",
            "aws-mfa init fish | source; mfa test 000000",
        ],
    )
    .ends_with(3);
}

#[test]
fn so_it_is_in_shells_that_need_a_terminal() {
    // How each tells the status of a command, and what it has in variables that are not exported; elvish
    // does not list its own.
    let told = [
        (
            "elvish",
            "try { mfa test 000000 } catch e { echo status=$e[reason][exit-status]. }",
            None,
        ),
        (
            "tcsh",
            "mfa test 000000; echo status=$status.",
            Some(("(set; alias) > known.new", "READY")),
        ),
        (
            "xonsh",
            "mfa test 000000\recho @(f'status={$LAST_RETURN_CODE}.')",
            Some((
                "_ = open('known.new', 'w').write(repr([__xonsh__.ctx, aliases._raw['mfa'].__globals__]))",
                "__aws_mfa_load",
            )),
        ),
        (
            "nu",
            "mfa test 000000\rprint $'status=($env.LAST_EXIT_CODE).'",
            Some((
                "scope variables | to json | save -f known.new",
                "NU_LIB_DIRS",
            )),
        ),
    ];
    for (program, wrong, known) in told {
        let Some(shell) = present().find(|shell| shell.program == program) else {
            continue;
        };
        let (sts, home) = janes_world();
        let mut terminal = shell.start(&home, "");
        for line in wrong.split('\r') {
            terminal.press(&format!("{line}\r"));
            if line.contains("mfa test") {
                terminal.expect("AWS refused the MFA code");
            }
            if line.contains("status=") {
                terminal.expect("status=3.");
            }
            shell.ready(&mut terminal);
        }
        let Some((list, has)) = known else { continue };
        terminal.press(&format!("mfa test {}\r", sts.fresh_code(JANES_PHONE)));
        shell.ready(&mut terminal);
        let env = shell.environment(&home, &mut terminal);
        assert_eq!(text(&env, "AWS_MFA_ACCOUNT"), Some("test"), "{program}");
        terminal.press(&format!("{list}\r"));
        shell.ready(&mut terminal);
        terminal.press("mv known.new known\r");
        let known = String::from_utf8(terminal.wait_for_file(&home.path("known"))).unwrap();
        assert!(known.contains(has), "{program}: {known}");
        let secrets = sts.with(|state| state.world.all_secrets());
        assert!(
            secrets.iter().all(|secret| !known.contains(secret)),
            "{program}: {known}"
        );
    }
}

#[test]
fn without_the_command_the_word_is_free() {
    for shell in present() {
        let (sts, home) = janes_world();
        let config = "[accounts.test]\nalias = \"aws-creds-test\"\n";
        home.write(".config/aws-mfa/config.toml", config);
        let another = home.write("bin/mfa", "#!/bin/sh\necho \"another $*\"\n");
        let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(another, executable).unwrap();
        let mut terminal = shell.start(&home, "--no-cmd");
        terminal.press("mfa some words\r");
        terminal.expect("another some words");
        shell.ready(&mut terminal);
        // The rest of the hook is there.
        terminal.press(&format!("aws-creds-test {}\r", sts.fresh_code(JANES_PHONE)));
        shell.ready(&mut terminal);
        let env = shell.environment(&home, &mut terminal);
        assert_eq!(
            text(&env, "AWS_MFA_ACCOUNT"),
            Some("test"),
            "{}: {}",
            shell.program,
            terminal.text()
        );
    }
}

#[test]
fn alone_and_without_a_session_the_command_lets_pick_an_account() {
    for shell in present() {
        let (sts, home) = janes_world();
        let mut terminal = shell.start(&home, "");
        terminal.press("mfa\r");
        terminal.expect("210987654321 as Admin");
        // Of joe, prod and test this is one.
        terminal.press("tes");
        terminal.expect("tes");
        terminal.press("\r");
        terminal.expect("MFA code for test");
        terminal.press(&format!("{}\r", sts.fresh_code(JANES_PHONE)));
        shell.ready(&mut terminal);
        let env = shell.environment(&home, &mut terminal);
        assert_eq!(
            text(&env, "AWS_MFA_ACCOUNT"),
            Some("test"),
            "{}: {}",
            shell.program,
            terminal.text()
        );
    }
}

#[test]
fn init_prints_the_same_bytes_and_no_path() {
    let (_sts, home) = janes_world();
    for language in [
        "bash",
        "zsh",
        "sh",
        "fish",
        "powershell",
        "nushell",
        "elvish",
        "tcsh",
        "xonsh",
    ] {
        let first = home.aws_mfa(&["init", language]).success().text();
        assert_eq!(first, home.aws_mfa(&["init", language]).success().text());
        let places = [
            binary().to_str().unwrap().to_owned(),
            home.path("").to_str().unwrap().to_owned(),
        ];
        assert!(
            places.iter().all(|place| !first.contains(place.as_str())),
            "{language}"
        );
    }
    home.aws_mfa(&["init", "cmd"])
        .ends_with(2)
        .says("there is no hook for cmd");
    home.aws_mfa(&["init", "bash", "--cmd", "a b"])
        .ends_with(2)
        .says("`a b` is not a name");
}

#[test]
fn a_program_in_a_folder_with_a_blank_works() {
    let (sts, home) = janes_world();
    let folder = home.path("my programs");
    std::fs::create_dir(&folder).unwrap();
    crate::harness::copy_binary(&folder.join("aws-mfa"));
    std::fs::remove_file(home.path("bin/aws-mfa")).unwrap();
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
    let home = home.env("PATH", path);
    for (program, words, language) in [
        ("bash", &["--noprofile", "--norc", "-c"][..], "bash"),
        ("zsh", &["-f", "-c"], "zsh"),
        ("dash", &["-c"], "sh"),
    ] {
        let code = sts.fresh_code(JANES_PHONE);
        let script =
            format!("eval \"$(aws-mfa init {language})\"; mfa test {code}; echo $AWS_MFA_ACCOUNT");
        run(&home, program, &[words, &[script.as_str()]].concat())
            .success()
            .prints("test\n");
    }
}

#[test]
fn no_process_is_started_at_a_prompt() {
    let (sts, home) = janes_world();
    for shell in present().filter(|shell| ["bash", "zsh"].contains(&shell.program)) {
        let mut terminal = shell.start(&home, "");
        terminal.press(&format!("mfa test {}\r", sts.fresh_code(JANES_PHONE)));
        shell.ready(&mut terminal);
        // The shell says its own process id; strace watches it from outside.
        terminal.press("echo $$ > shell-pid; mv shell-pid pid\r");
        let pid = String::from_utf8(terminal.wait_for_file(&home.path("pid"))).unwrap();
        shell.ready(&mut terminal);
        let log = home.path("strace.log");
        let mut strace = home
            .command("strace")
            .args(["-f", "-e", "trace=process", "-o"])
            .arg(&log)
            .args(["-p", pid.trim()])
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = String::new();
        std::io::BufRead::read_line(
            &mut std::io::BufReader::new(strace.stderr.take().unwrap()),
            &mut said,
        )
        .unwrap();
        assert!(said.contains("attached"), "{said}");
        for _ in 0..3 {
            terminal.press("\r");
            shell.ready(&mut terminal);
        }
        terminal.press("command -v strace > /dev/null; exit\r");
        strace.wait().unwrap();
        let log = std::fs::read_to_string(&log).unwrap();
        assert!(log.contains("exit_group"), "{log}");
        assert!(
            !log.contains("fork") && !log.contains("clone") && !log.contains("execve"),
            "{}: {log}",
            shell.program
        );
    }
}

#[test]
fn what_a_shell_waits_for_starts_no_thread_and_reads_no_certificate() {
    let (_sts, home) = janes_world();
    // In there strace may look into the program, which nobody else may.
    let apart = Apart::new();
    for (words, variable, reads) in [
        (&["init", "bash"][..], None, "config.toml"),
        (&["status"], None, "/proc/keys"),
        (
            &["--", "aws-mfa", "env", "te"],
            Some(("AWS_MFA_COMPLETE", "zsh")),
            ".aws/credentials",
        ),
    ] {
        let mut strace = apart.command(&home, "strace");
        strace.args(["-f", "-o", "log", "-e"]);
        strace.arg("trace=?fork,?vfork,clone,?clone3,execve,?open,openat,socket");
        strace.args(["--", "aws-mfa"]).args(words).envs(variable);
        let outcome = home.run(&mut strace);
        assert!(!outcome.text().is_empty(), "{words:?}: {}", outcome.stderr);
        let log = std::fs::read_to_string(home.path("log")).unwrap();
        assert!(log.contains(reads), "{words:?}: {log}");
        for not in ["fork(", "clone", "socket(", "/ssl/", ".pem", ".crt"] {
            assert!(!log.contains(not), "{words:?}, {not}: {log}");
        }
        assert_eq!(log.matches("execve(").count(), 1, "{words:?}: {log}");
    }
}

/// Whether a text is `PowerShell`, as far as a grammar of it can tell.
#[track_caller]
fn assert_powershell(text: &str) {
    let mut parser = tree_sitter::Parser::new();
    parser
        .set_language(&tree_sitter_powershell::LANGUAGE.into())
        .unwrap();
    let tree = parser.parse(text, None).unwrap();
    assert!(
        !tree.root_node().has_error(),
        "{}\n{text}",
        tree.root_node().to_sexp()
    );
}

#[test]
fn what_is_printed_for_powershell_is_powershell() {
    let (sts, home) = janes_world();
    let config =
        "[accounts.test]\nalias = \"aws-creds.test+1\"\nenv = { A = \"it's ‘quoted’ $x `n\" }\n";
    home.write(".config/aws-mfa/config.toml", config);
    for words in [
        &["init", "powershell"][..],
        &["init", "powershell", "--no-cmd"],
    ] {
        assert_powershell(&home.aws_mfa(words).success().text());
    }
    let home = home.env("AWS_PROFILE", "x");
    assert_powershell(
        &home
            .aws_mfa(&[
                "env",
                "--shell",
                "powershell",
                "test",
                &sts.fresh_code(JANES_PHONE),
            ])
            .success()
            .text(),
    );
    assert_powershell(
        &home
            .aws_mfa(&["env", "--shell", "powershell", "test", "000000"])
            .ends_with(3)
            .text(),
    );
    if find("pwsh").is_none() {
        let _ = writeln!(
            std::io::stderr(),
            "NOT RUN: pwsh is not installed; what is printed for it was only parsed"
        );
    }
}

/// A line of bash with this `PROMPT_COMMAND`, before which the hook was loaded twice.
fn prompt_command_in_bash(home: &Home, set: &str) -> String {
    let script = format!(
        "{set}\neval \"$(aws-mfa init bash)\"\neval \"$(aws-mfa init bash)\"\nprintf '%s|' \"${{PROMPT_COMMAND[@]}}\""
    );
    let mut bash = home.command("bash");
    bash.args(["--noprofile", "--norc", "-uic", &script]);
    home.run(&mut bash).success().text()
}

#[test]
fn bash_keeps_what_is_done_before_its_prompt() {
    if !is_present("bash") {
        return;
    }
    let home = Home::empty(binary());
    for (set, then) in [
        ("unset PROMPT_COMMAND", "__aws_mfa_prompt|"),
        ("PROMPT_COMMAND='true;'", "__aws_mfa_prompt; true;|"),
        (
            "PROMPT_COMMAND=(one 'two 2')",
            "__aws_mfa_prompt; one|two 2|",
        ),
        ("PROMPT_COMMAND=([1]=two)", "__aws_mfa_prompt|two|"),
    ] {
        assert_eq!(prompt_command_in_bash(&home, set), then, "{set}");
    }
}

#[test]
fn bash_leaves_a_prompt_command_alone_that_is_readonly() {
    let home = Home::empty(binary());
    for options in ["-ic", "-uic"] {
        for mode in [&[][..], &["--posix"]] {
            let script = "readonly PROMPT_COMMAND=true; export PROMPT_COMMAND; exec 2>said\neval \"$(aws-mfa init bash)\"\necho \"went on, $PROMPT_COMMAND, $(printenv PROMPT_COMMAND)\"";
            let mut bash = home.command("bash");
            bash.args(["--noprofile", "--norc"]);
            bash.args(mode).args([options, script]);
            home.run(&mut bash)
                .success()
                .prints("went on, true, true\n");
            assert_eq!(std::fs::read_to_string(home.path("said")).unwrap(), "");
        }
    }
}

#[test]
fn a_child_of_bash_does_not_inherit_the_prompt_command() {
    let home = Home::empty(binary());
    for set in [
        "export PROMPT_COMMAND=true",
        "declare -ax PROMPT_COMMAND=(one two)",
        "set -a",
        // As an older hook left it.
        "export PROMPT_COMMAND='__aws_mfa_prompt; true'",
    ] {
        let script = format!(
            "{set}\nexec 2>said\neval \"$(aws-mfa init bash)\"\necho \"${{PROMPT_COMMAND%%[; ]*}} $(printenv PROMPT_COMMAND)\""
        );
        let mut bash = home.command("bash");
        bash.args(["--noprofile", "--norc", "-ic", &script]);
        home.run(&mut bash).success().prints("__aws_mfa_prompt \n");
        assert_eq!(
            std::fs::read_to_string(home.path("said")).unwrap(),
            "",
            "{set}"
        );
    }
}

#[test]
fn where_every_assignment_is_for_the_environment_nothing_is_shown() {
    let (sts, home) = janes_world();
    let home = home.env("OF_MINE", "not to be shown");
    for (program, options, language) in [
        ("bash", &["--noprofile", "--norc", "-kc"][..], "bash"),
        ("bash", &["--noprofile", "--norc", "-kic"], "bash"),
        ("bash", &["--posix", "-kc"], "bash"),
        ("mksh", &["-kc"], "sh"),
        ("ksh93", &["-kc"], "sh"),
    ] {
        let code = sts.fresh_code(JANES_PHONE);
        let script = format!(
            "eval \"$(aws-mfa init {language})\"\nmfa test {code}\n\
             case $- in *k*) printf '%s\\n' \"$AWS_MFA_ACCOUNT ${{__aws_mfa_hook##* $$}}\";; esac\n\
             test -z \"${{PROMPT_COMMAND-}}\" || {{ (exit 42); __aws_mfa_prompt; printf '%s\\n' \"$?\"; }}\n\
             printenv AWS_MFA_ACCOUNT __aws_mfa_hook > exported"
        );
        let outcome = run(&home, program, &[options, &[&script]].concat()).success();
        let prints = if options.contains(&"-kic") {
            "test  completion\n42\n"
        } else {
            "test \n"
        };
        let secrets = sts.with(|state| state.world.all_secrets());
        assert_eq!(outcome.text(), prints, "{program} {options:?}");
        assert!(
            !outcome.stderr.contains("not to be shown")
                && secrets
                    .iter()
                    .all(|secret| !outcome.stderr.contains(secret)),
            "{program} {options:?}: {}",
            outcome.stderr
        );
    }
}

#[test]
fn options_of_zsh_are_no_hindrance() {
    if !is_present("zsh") {
        return;
    }
    let home = Home::empty(binary());
    for option in [
        "ignore_braces",
        "ignore_close_braces",
        "sh_glob",
        "ksh_glob",
        "ksh_arrays",
        "ksh_typeset",
        "sh_word_split",
        "glob_subst",
        "extended_glob",
        "null_glob",
        "rc_expand_param",
        "posix_builtins",
        "posix_identifiers",
        "warn_create_global",
    ] {
        let load = "eval \"$(aws-mfa init zsh)\"\n";
        let script = format!(
            "autoload -Uz compinit; compinit -u; precmd_functions=(one two)\n\
             setopt {option}\n{load}{load}unsetopt {option}\n\
             print -r -- $precmd_functions; whence -w mfa; print -r -- $_comps[mfa] $_comps[aws-mfa]"
        );
        let outcome = run(&home, "zsh", &["-f", "-i", "-c", &script]).success();
        assert_eq!(
            (outcome.text().as_str(), outcome.stderr.as_str()),
            (
                "__aws_mfa_prompt one two\nmfa: function\n__aws_mfa_complete_mfa __aws_mfa_complete\n",
                ""
            ),
            "{option}"
        );
    }
}

#[test]
fn elvish_hands_on_whatever_the_first_word_is() {
    if !is_present("elvish") {
        return;
    }
    let (_sts, home) = janes_world();
    let shell = SHELLS.into_iter().find(|shell| shell.program == "elvish");
    let shell = shell.unwrap();
    let mut terminal = shell.start(&home, "");
    for (line, said) in [
        ("mfa ''", "`` is not a valid account name"),
        ("mfa é", "`é` is not a valid account name"),
        (
            "mfa --version",
            concat!("aws-mfa ", env!("CARGO_PKG_VERSION")),
        ),
    ] {
        terminal.press(&format!("{line}\r"));
        terminal.expect(said);
        shell.ready(&mut terminal);
    }
}

#[test]
fn shells_that_start_together_all_have_the_hook() {
    if !is_present("tcsh") {
        return;
    }
    let home = Home::empty(binary());
    let lines = aws_mfa::setup::rc_file::load_now(aws_mfa::delivery::shell::Shell::Tcsh);
    home.write(".tcshrc", format!("{}\n", lines.unwrap()));
    let started: Vec<_> = (0..20)
        .map(|_| {
            let mut tcsh = home.command("tcsh");
            tcsh.args(["-c", "alias mfa"]);
            tcsh.stdout(std::process::Stdio::piped()).spawn().unwrap()
        })
        .collect();
    for tcsh in started {
        let output = tcsh.wait_with_output().unwrap();
        assert!(String::from_utf8_lossy(&output.stdout).contains("tcsh-hook"));
    }
    // What a program that fails has printed is not kept.
    std::fs::remove_file(home.path("bin/aws-mfa")).unwrap();
    run(&home, "tcsh", &["-c", "true"]);
    let left = std::fs::read_dir(home.path("")).unwrap().flatten();
    let left: Vec<_> = left
        .map(|entry| entry.file_name().into_string().unwrap())
        .filter(|name| name.starts_with(".aws-mfa.tcsh"))
        .collect();
    assert_eq!(left, [".aws-mfa.tcsh"]);
}
