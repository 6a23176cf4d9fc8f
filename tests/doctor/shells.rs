use super::{good, in_bash};
use crate::harness::shells::is_present;
use crate::harness::terminal::Terminal;
use crate::support::home::Home;

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
        hook: "aws-mfa init tcsh >! ~/.aws-mfa.tcsh.$$ && mv -f ~/.aws-mfa.tcsh.$$ ~/.aws-mfa.tcsh || rm -f ~/.aws-mfa.tcsh.$$\nsource ~/.aws-mfa.tcsh\n",
    },
    Sitting {
        program: "xonsh",
        rc: ".xonshrc",
        prompt: "$PROMPT = 'READY> '\n$SHELL_TYPE = 'readline'\n",
        hook: "execx(__import__('subprocess').check_output('aws-mfa init xonsh'.split(), env=${...}.detype()).decode())\n",
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
            said.contains(concat!("loaded, version ", env!("CARGO_PKG_VERSION"))),
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
            "clock         correct",
            "the key of profile test-mfa works: arn:aws:iam::123456789012:user/jane",
            "the key of profile joe-long-term is 0 days old",
            "joe: arn:aws:iam::123456789012:mfa/joe",
            "prod: arn:aws:iam::123456789012:mfa/janes-phone belongs to the user",
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
            said.contains("although its line is in ~/")
                && said.contains("open a new interactive shell"),
            "{}: {said}",
            sitting.program
        );
    }
}

#[test]
fn what_unsets_a_variable_works_in_every_shell() {
    for sitting in sittings() {
        let (_sts, home) = good();
        let home = home
            .env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
            .env("AWS_SECRET_ACCESS_KEY", "x");
        let mut terminal = sitting.start(&home, true);
        let said = sitting.doctor(&home, &mut terminal, "");
        let fix = said.split("fix: run `").nth(1);
        let fix = fix.and_then(|rest| rest.split_once("`, and remove them where they are set"));
        let (fix, _) = fix.unwrap_or_else(|| panic!("{}: {said}", sitting.program));
        terminal.press(&format!("{fix}\r"));
        sitting.ready(&mut terminal);
        let said = sitting.doctor(&home, &mut terminal, "");
        assert!(
            said.contains("ok       variables     no other credentials in this shell"),
            "{}: {fix}: {said}",
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
    let said = in_bash(&home, "bash --norc -c 'aws-mfa doctor; true'");
    assert!(
        said.text()
            .contains("warning  hook          not loaded in this bash"),
        "{}",
        said.text()
    );
    // A copy of the shell has what the shell has.
    for copied in [
        "mfa doctor | cat",
        "echo \"$(mfa doctor)\"",
        "(mfa doctor; :)",
    ] {
        let said = in_bash(&home, copied).success().text();
        assert!(
            said.contains("ok       hook          loaded"),
            "{copied}: {said}"
        );
    }
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
        said.contains("warning  hook          loaded, but its version is 0.0.9"),
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
fn a_login_shell_that_reads_no_bashrc_is_told_how() {
    let (_sts, home) = good();
    // The PATH of the home, whatever /etc/profile says.
    let path = format!("PATH={}:$PATH", home.path("bin").display());
    home.write(
        ".bashrc",
        format!("{path}\neval \"$(aws-mfa init bash)\"\n"),
    );
    let doctor = || {
        let script = format!("{path}; aws-mfa doctor; exit $?");
        let login = home.run(home.command("bash").args(["-l", "-c", &script]));
        login.text()
    };
    let wrong = "fix: login shells read ~/.bash_profile and not ~/.bashrc: add `[ -r ~/.bashrc ] && . ~/.bashrc` to it";
    home.write(".profile", ". ~/.bashrc\n");
    home.write(".bash_profile", "# not ~/.bashrc\nexport EDITOR=vi\n");
    let said = doctor();
    assert!(said.contains(wrong), "{said}");
    // By the line that it says, or by way of the other file, the hook is there.
    for line in ["[ -r ~/.bashrc ] && . ~/.bashrc\n", ". ~/.profile\n"] {
        home.write(".bash_profile", line);
        let said = doctor();
        assert!(said.contains("ok       hook          loaded"), "{said}");
    }
}
