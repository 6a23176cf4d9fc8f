//! The TAB key: in real shells at a terminal, and what is printed for them.

use std::path::Path;

use aws_mfa::completion::{Shell as Language, registrations, script};

use crate::harness::binary;
use crate::harness::shells::is_present;
use crate::harness::terminal::Terminal;
use crate::support::home::Home;
use crate::support::sts::{ADMIN_ROLE, JANES_PHONE, KEY_ID, SECRET};

/// What each of the shells shows when it waits for a line.
const PROMPT: &str = "ready> ";

/// A shell in which somebody presses the TAB key.
#[derive(Clone, Copy)]
struct Typist {
    program: &'static str,
    language: Language,
    /// Starts it with nothing but the rc file `{}`.
    arguments: &'static [&'static str],
    /// Where its rc file is, in the home folder.
    rc: &'static str,
    /// The beginning of every rc file.
    setup: &'static str,
    /// Defines the hook's command and an alias; both say what they were given.
    functions: &'static str,
    /// Defines a function with the name of the program.
    shadow: &'static str,
    /// Words that run `touch evil` when they are evaluated.
    evil: &'static [&'static str],
    /// Sources the file `{}`.
    source: &'static str,
}

const BASH: Typist = Typist {
    program: "bash",
    language: Language::Bash,
    arguments: &["--noprofile", "--rcfile", "{}", "-i"],
    rc: ".bashrc",
    setup: "PS1='ready> '\n",
    functions: "mfa() { command aws-mfa mfa \"$@\"; }\ncreds@test() { command aws-mfa alias \"$@\"; }\n",
    shadow: "aws-mfa() { printf function; printf ' [%s]' \"$@\"; printf '\\n'; }\n",
    evil: &["$(touch evil)", "`touch evil`", "\"$(touch evil)\""],
    source: "source '{}'",
};

const ZSH: Typist = Typist {
    program: "zsh",
    language: Language::Zsh,
    arguments: &["-d", "-i"],
    rc: ".zshrc",
    setup: "PS1='ready> '\nautoload -Uz compinit\ncompinit -u\n",
    ..BASH
};

const FISH: Typist = Typist {
    program: "fish",
    language: Language::Fish,
    arguments: &["-i"],
    rc: ".config/fish/config.fish",
    setup: "set -g fish_greeting\nfunction fish_prompt; echo -n 'ready> '; end\n",
    functions: "function mfa; command aws-mfa mfa $argv; end\nfunction creds@test; command aws-mfa alias $argv; end\n",
    shadow: "function aws-mfa; printf function; printf ' [%s]' $argv; echo; end\n",
    evil: &["(touch evil)", "\"$(touch evil)\""],
    source: "source '{}'",
};

const ELVISH: Typist = Typist {
    program: "elvish",
    language: Language::Elvish,
    arguments: &["-rc", "{}"],
    rc: "rc.elv",
    setup: "set edit:prompt = { put 'ready> ' }\nset edit:rprompt = { }\n",
    functions: "fn mfa {|@words| e:aws-mfa mfa $@words }\nedit:add-var mfa~ $mfa~\nfn 'creds@test' {|@words| e:aws-mfa alias $@words }\nedit:add-var 'creds@test~' $'creds@test~'\n",
    shadow: "use str\nfn aws-mfa {|@words| echo 'function ['(str:join '] [' $words)']' }\nedit:add-var aws-mfa~ $aws-mfa~\n",
    evil: &["(touch evil)"],
    source: "eval (e:cat '{}' | slurp)",
};

const NUSHELL: Typist = Typist {
    program: "nu",
    language: Language::Nushell,
    arguments: &["--config", "{}", "--env-config", "/dev/null"],
    rc: "config.nu",
    setup: "$env.config.show_banner = false\n$env.PROMPT_COMMAND = ''\n$env.PROMPT_COMMAND_RIGHT = ''\n$env.PROMPT_INDICATOR = 'ready> '\n",
    functions: "@complete '__aws_mfa_complete_mfa'\ndef --wrapped mfa [...words] { ^aws-mfa mfa ...$words }\n@complete '__aws_mfa_complete_alias'\ndef --wrapped creds@test [...words] { ^aws-mfa alias ...$words }\n",
    // A definition of this name would be completed in its own way.
    shadow: "",
    evil: &["(touch evil)"],
    source: "source '{}'",
};

const TYPISTS: [Typist; 5] = [BASH, ZSH, FISH, ELVISH, NUSHELL];

/// Those that this machine has.
fn typists() -> Vec<Typist> {
    is_present("pwsh");
    TYPISTS
        .into_iter()
        .filter(|typist| is_present(typist.program))
        .collect()
}

/// A home with the accounts `test`, `prod` and `dev@eu+1.x`, in which `aws-mfa` completes, and
/// otherwise says with which arguments it was run.
fn home() -> Home {
    let home = Home::empty(binary());
    home.write(
        ".aws/credentials",
        format!(
            "[test-mfa]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET}\nmfa_serial = {JANES_PHONE}\n"
        ),
    );
    home.write(".config/aws-mfa/config.toml", config(""));
    let teller = home.write(
        "teller/aws-mfa",
        format!(
            "#!/bin/sh\n[ -z \"${{AWS_MFA_COMPLETE-}}\" ] || exec '{}' \"$@\"\nprintf ran; printf ' [%s]' \"$@\"; echo\n",
            binary().display()
        ),
    );
    make_executable(&teller);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folder = teller.parent().expect("it is in a folder").to_owned();
    let path = std::env::join_paths(std::iter::once(folder).chain(std::env::split_paths(&path)));
    home.env("PATH", path.expect("the folders have no colon"))
}

/// config.toml, with more at its end.
fn config(more: &str) -> String {
    format!(
        "[accounts.\"dev@eu+1.x\"]\nsource_profile = \"test-mfa\"\n\n\
         [accounts.prod]\nsource_profile = \"test-mfa\"\nrole_arn = \"{ADMIN_ROLE}\"\n{more}"
    )
}

fn make_executable(file: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o755))
        .expect("the file is ours");
}

impl Typist {
    /// The shell at a terminal, with the script and what more its rc file says.
    fn start(&self, home: &Home, more: &str) -> Terminal {
        let script = home.write("completion script", script(self.language));
        let source = self
            .source
            .replace("{}", script.to_str().expect("it is text"));
        self.start_bare(home, &format!("{source}\n{more}"))
    }

    /// Throws away the line that is being typed.
    #[track_caller]
    fn clear(&self, terminal: &mut Terminal) {
        if self.program == "nu" {
            // A menu may be open; and what is typed before the next prompt is thrown away, too.
            terminal.press("\x03");
            terminal.expect("\x1b]133;D;");
            terminal.expect(PROMPT);
        } else {
            terminal.press("\x15");
        }
    }

    /// The same without the script.
    fn start_bare(&self, home: &Home, more: &str) -> Terminal {
        let rc = home.write(self.rc, format!("{}{more}", self.setup));
        let mut command = home.command(self.program);
        for argument in self.arguments {
            command.arg(argument.replace("{}", rc.to_str().expect("it is text")));
        }
        let mut terminal = Terminal::start(&command);
        terminal.expect(PROMPT);
        terminal
    }

    /// The lines that define the hook's command and an alias and register both.
    fn hook(&self) -> String {
        let lines = registrations(self.language, Some("mfa"), &["creds@test"]);
        if self.language == Language::Elvish {
            // As `init` will print it: the script and these lines are evaluated together.
            return format!("{}{}\n{lines}", self.functions, script(self.language));
        }
        format!("{}{lines}", self.functions)
    }
}

/// Types a line with a TAB at its end, and enters what the shell made of it.
#[track_caller]
fn enter(terminal: &mut Terminal, keys: &str, said: &str) {
    terminal.press(&format!("{keys}\t\r"));
    terminal.expect(said);
    terminal.expect(PROMPT);
}

#[test]
fn the_first_tab_in_a_new_shell_completes() {
    let home = home();
    for typist in typists() {
        for (keys, said) in [
            ("aws-mfa env te", "ran [env] [test]"),
            ("mfa te", "ran [mfa] [test]"),
            ("creds@test --dur", "ran [alias] [--duration]"),
        ] {
            let mut terminal = typist.start(&home, &typist.hook());
            enter(&mut terminal, keys, said);
        }
    }
}

#[test]
fn names_with_signs_are_completed() {
    let home = home();
    for typist in typists() {
        let mut terminal = typist.start(&home, &typist.hook());
        enter(&mut terminal, "aws-mfa env dev", "ran [env] [dev@eu+1.x]");
        enter(&mut terminal, "mfa dev@", "ran [mfa] [dev@eu+1.x]");
        enter(&mut terminal, "mfa dev@eu+1", "ran [mfa] [dev@eu+1.x]");
    }
}

#[test]
fn a_new_account_is_there_at_the_next_tab() {
    let home = home();
    for typist in typists() {
        home.write(".config/aws-mfa/config.toml", config(""));
        let mut terminal = typist.start(&home, &typist.hook());
        enter(&mut terminal, "mfa te", "ran [mfa] [test]");
        home.write(
            ".config/aws-mfa/config.toml",
            config("[accounts.brandnew]\nsource_profile = \"test-mfa\"\n"),
        );
        enter(&mut terminal, "mfa brand", "ran [mfa] [brandnew]");
    }
}

#[test]
fn a_broken_configuration_makes_no_noise() {
    let home = home();
    home.write(".config/aws-mfa/config.toml", "nonsense");
    for typist in typists() {
        let mut terminal = typist.start(&home, &typist.hook());
        // nushell says in a menu that there is nothing; an Enter more closes it.
        let close = if typist.program == "nu" { "\r" } else { "" };
        terminal.press(&format!("mfa pro\t{close}\r"));
        terminal.expect("ran [mfa] [pro]");
        terminal.expect(PROMPT);
        // What needs no configuration is there all the same.
        enter(&mut terminal, "aws-mfa stat", "ran [status]");
        let text = terminal.text();
        assert!(
            !text.contains("config.toml") && !text.contains("could not"),
            "{}: {text}",
            typist.program
        );
    }
}

#[test]
fn what_is_typed_is_never_run() {
    let home = home();
    for typist in typists() {
        for evil in typist.evil {
            // Not at the cursor: there, zsh itself expands what a TAB is pressed behind.
            for line in [
                format!("mfa {evil} te"),
                format!("aws-mfa env --config {evil} te"),
                format!("creds@test {evil} --du"),
            ] {
                let mut terminal = typist.start(&home, &typist.hook());
                terminal.press(&format!("{line}\t"));
                // Whatever came of it: the line is thrown away, and the next one is complete.
                typist.clear(&mut terminal);
                enter(&mut terminal, "mfa te", "ran [mfa] [test]");
                assert!(!home.path("evil").exists(), "{}: {line}", typist.program);
            }
        }
    }
}

#[test]
fn a_function_of_the_programs_name_is_not_asked() {
    let home = home();
    for typist in typists()
        .into_iter()
        .filter(|typist| !typist.shadow.is_empty())
    {
        let mut terminal = typist.start(&home, &format!("{}{}", typist.shadow, typist.hook()));
        enter(&mut terminal, "aws-mfa env te", "function [env] [test]");
        enter(&mut terminal, "mfa te", "ran [mfa] [test]");
    }
}

#[test]
fn the_script_works_from_the_shells_own_folder() {
    let home = home();
    for (typist, file, setup) in [
        (
            BASH,
            ".local/share/bash-completion/completions/aws-mfa.bash",
            "source /usr/share/bash-completion/bash_completion\n",
        ),
        (ZSH, "functions/_aws-mfa", ""),
        (FISH, ".config/fish/completions/aws-mfa.fish", ""),
    ] {
        if !is_present(typist.program) {
            continue;
        }
        home.write(file, script(typist.language));
        let typist = if typist.program == "zsh" {
            // The folder is one of those that compinit looks into.
            Typist {
                setup: "PS1='ready> '\nfpath=(~/functions $fpath)\nautoload -Uz compinit\ncompinit -u\n",
                ..typist
            }
        } else {
            typist
        };
        let mut terminal = typist.start_bare(&home, setup);
        enter(&mut terminal, "aws-mfa env te", "ran [env] [test]");
        enter(
            &mut terminal,
            "aws-mfa env --sour",
            "ran [env] [--source-profile]",
        );
    }
}

#[test]
fn the_hook_brings_the_completion_along() {
    let home = home();
    let more = "alias = \"creds@test\"\n";
    home.write(".config/aws-mfa/config.toml", config(more));
    for typist in typists() {
        let language = format!("{:?}", typist.language).to_lowercase();
        let hook = home
            .command(binary())
            .args(["init", &language, "--cmd", "session"])
            .output()
            .unwrap()
            .stdout;
        let hook = home.write("hook of init", hook);
        let mut terminal =
            typist.start_bare(&home, &typist.source.replace("{}", hook.to_str().unwrap()));
        // The line is not entered: what the hook would load is not the matter here.
        for (keys, shown) in [
            ("session te", "st"),
            ("session sta", "tus"),
            ("creds@test --dur", "ation"),
            ("aws-mfa li", "st"),
        ] {
            terminal.press(&format!("{keys}\t"));
            terminal.expect(shown);
            typist.clear(&mut terminal);
        }
    }
}

/// What the program offers for the words of a line, the last of which is being typed.
fn offered(home: &Home, words: &[&str]) -> Vec<String> {
    let output = home
        .command(binary())
        .env("AWS_MFA_COMPLETE", "fish")
        .arg("--")
        .args(words)
        .output()
        .unwrap();
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{output:?}"
    );
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn what_is_offered_where() {
    let home = home();
    let values = |words: &[&str]| -> Vec<String> {
        let lines = offered(&home, words);
        lines
            .iter()
            .map(|line| line.split('\t').next().unwrap().to_owned())
            .collect()
    };
    // With where they lead.
    let accounts = offered(&home, &["aws-mfa", "env", "pro"]);
    assert_eq!(accounts, ["prod\t210987654321 as Admin"]);
    assert!(values(&["aws-mfa", ""]).contains(&"save".to_owned()));
    assert_eq!(
        values(&["aws-mfa", "env", "test", "1"]),
        Vec::<String>::new()
    );
    assert_eq!(
        values(&["aws-mfa", "env", "test", ""])
            .iter()
            .filter(|value| !value.starts_with('-'))
            .count(),
        0
    );
    assert_eq!(values(&["aws-mfa", "env", "--shell", "nu"]), ["nushell"]);
    assert_eq!(
        values(&["aws-mfa", "env", "--source-profile", "te"]),
        ["test-mfa"]
    );
    assert_eq!(
        values(&["aws-mfa", "save", "test", "--to", "te"]),
        ["test-mfa"]
    );
    assert_eq!(values(&["aws-mfa", "--color", "al"]), ["always"]);
    assert!(
        values(&["aws-mfa", "--config", ".con"])
            .iter()
            .any(|value| value.starts_with(".config"))
    );
    assert_eq!(values(&["mfa", "te"]), ["test"]);
    assert_eq!(values(&["mfa", "of"]), ["off"]);
    assert_eq!(values(&["mfa", "test", ""]), Vec::<String>::new());
    assert_eq!(values(&["mfa", "exec", "te"]), ["test"]);
    assert_eq!(values(&["mfa", "test", "--fre"]), ["--fresh"]);
    assert_eq!(values(&["alias", "--fre"]), ["--fresh"]);
    assert_eq!(values(&["alias", "te"]), Vec::<String>::new());
    assert!(values(&["aws-mfa", "exec", "test", "--", "setsi"]).contains(&"setsid".to_owned()));
    assert_eq!(values(&["aws-mfa", "exec", "te"]), ["test"]);
    // Hidden things stay hidden.
    assert_eq!(values(&["aws-mfa", "env", "--eval"]), Vec::<String>::new());
    assert!(!values(&["aws-mfa", "env", "--"]).contains(&"--evaluated".to_owned()));
}

#[test]
fn the_scripts_are_printed_as_they_stand() {
    let home = Home::empty(binary());
    for (language, file) in [
        ("bash", "aws-mfa.bash"),
        ("zsh", "_aws-mfa"),
        ("fish", "aws-mfa.fish"),
        ("powershell", "aws-mfa.ps1"),
        ("elvish", "aws-mfa.elv"),
        ("nushell", "aws-mfa.nu"),
    ] {
        let file = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("completions")
            .join(file);
        home.aws_mfa(&["completions", language])
            .success()
            .prints(&std::fs::read_to_string(file).unwrap());
    }
    home.aws_mfa(&["completions", "tcsh"]).ends_with(2);
}
