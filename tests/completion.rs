//! The TAB key: in real shells at a terminal, and what is printed for them.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use aws_mfa::completion::{Shell as Language, registrations, script};

use crate::harness::binary;
use crate::harness::shells::is_present;
use crate::harness::terminal::Terminal;
use crate::support::home::{Home, Outcome};
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
