//! The TAB key: in real shells at a terminal, and what is printed for them.

use std::path::Path;

use aws_mfa::completion::{registrations, script};
use aws_mfa::delivery::shell::CompletionShell as Language;
use clap::ValueEnum as _;

use crate::harness::binary;
use crate::harness::shells::is_present;
use crate::harness::terminal::Terminal;
use crate::support::home::{Home, Outcome};
use crate::support::sts::{ADMIN_ROLE, JANES_PHONE, KEY_ID, SECRET};

/// What is offered behind `exec`, and in which order.
mod behind_exec;

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
    /// Defines a function with the name of the program; nothing where its definition would bring
    /// completion of its own.
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
fn enter(terminal: &mut Terminal, typist: &Typist, keys: &str, said: &str) {
    terminal.press(&format!("{keys}\t"));
    if typist.language == Language::Nushell {
        // It must have taken the terminal back from the program that it asked, and where there is
        // nothing to choose, the first Enter only closes the list.
        let typed = keys.rsplit(' ').next().unwrap_or_default();
        let made = said.rsplit(['[', ' ']).next().unwrap_or_default();
        let made = made.trim_end_matches(']');
        if typed == made || keys.ends_with(' ') {
            terminal.expect("NO RECORDS FOUND");
            terminal.press("\r");
        } else {
            terminal.expect(made);
        }
    }
    terminal.press("\r");
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
            ("mfa dev@eu+", "ran [mfa] [dev@eu+1.x]"),
        ] {
            let mut terminal = typist.start(&home, &typist.hook());
            enter(&mut terminal, &typist, keys, said);
        }
    }
}

#[test]
fn one_shell_completes_whatever_comes() {
    let home = home();
    home.write("some folder/a file.toml", "");
    for typist in typists() {
        let mut terminal = typist.start(&home, "");
        for (keys, said) in [
            // Characters that mean something to one shell or another.
            ("aws-mfa env dev", "ran [env] [dev@eu+1.x]"),
            ("aws-mfa env dev@eu+", "ran [env] [dev@eu+1.x]"),
            (
                "aws-mfa env --shell pow",
                "ran [env] [--shell] [powershell]",
            ),
            ("aws-mfa --color al", "ran [--color] [always]"),
            (
                "aws-mfa env --source-profile te",
                "ran [env] [--source-profile] [test-mfa]",
            ),
            ("aws-mfa exec te", "ran [exec] [test]"),
            (
                "aws-mfa exec test -- setsi",
                "ran [exec] [test] [--] [setsid]",
            ),
            // No code is ever proposed.
            ("aws-mfa env test ", "ran [env] [test]"),
            ("aws-mfa stat", "ran [status]"),
        ] {
            enter(&mut terminal, &typist, keys, said);
        }
        if matches!(typist.language, Language::Elvish | Language::Nushell) {
            // A candidate that must be quoted is not taken before Enter there.
            continue;
        }
        let said = "ran [env] [--shell=powershell]";
        enter(&mut terminal, &typist, "aws-mfa env --shell=pow", said);
        // Through a folder to a file, both with a blank.
        terminal.press("aws-mfa --config some\ta\t\r");
        terminal.expect("ran [--config] [some folder/a file.toml]");
    }
}

#[test]
fn a_quote_that_is_still_open_is_no_hindrance() {
    let home = home();
    home.write("some folder/a $file.toml", "");
    for typist in typists() {
        if !matches!(
            typist.language,
            Language::Bash | Language::Zsh | Language::Fish
        ) {
            continue;
        }
        let mut terminal = typist.start(&home, "");
        enter(
            &mut terminal,
            &typist,
            "aws-mfa env \"te",
            "ran [env] [test]",
        );
        enter(
            &mut terminal,
            &typist,
            "aws-mfa env 'de",
            "ran [env] [dev@eu+1.x]",
        );
        enter(
            &mut terminal,
            &typist,
            "aws-mfa --config 'some folder/a",
            "ran [--config] [some folder/a $file.toml]",
        );
        enter(
            &mut terminal,
            &typist,
            "aws-mfa --config \"some folder/a",
            "ran [--config] [some folder/a $file.toml]",
        );
        // The home folder is meant, and stays written as it was.
        let expanded = home.path("some folder/a $file.toml");
        enter(
            &mut terminal,
            &typist,
            "aws-mfa --config ~/some\\ folder/a",
            &format!("ran [--config] [{}]", expanded.display()),
        );
    }
}

#[test]
fn a_new_account_is_there_at_the_next_tab() {
    for typist in typists() {
        let home = home();
        let mut terminal = typist.start(&home, "");
        enter(&mut terminal, &typist, "aws-mfa env sta", "ran [env] [sta]");
        home.write(
            ".config/aws-mfa/config.toml",
            config("[accounts.staging]\nsource_profile = \"test-mfa\"\n"),
        );
        enter(
            &mut terminal,
            &typist,
            "aws-mfa env sta",
            "ran [env] [staging]",
        );
    }
}

#[test]
fn a_broken_configuration_is_not_told_at_the_tab() {
    let home = home();
    home.write(".config/aws-mfa/config.toml", "[accounts\n");
    for typist in typists() {
        let mut terminal = typist.start(&home, "");
        enter(&mut terminal, &typist, "aws-mfa env te", "ran [env] [te]");
        assert!(
            !terminal.text().contains("config.toml"),
            "{}",
            terminal.text()
        );
    }
}

#[test]
fn what_is_typed_is_never_run() {
    let home = home();
    for typist in typists() {
        // By itself, zsh expands the word at the cursor before it completes.
        let more = match typist.language {
            Language::Zsh => "bindkey '^I' complete-word\n",
            _ => "",
        };
        for evil in typist.evil {
            for line in [
                format!("mfa {evil} te"),
                format!("aws-mfa env --config {evil} te"),
                format!("creds@test {evil} --du"),
                format!("aws-mfa env {evil}"),
                format!("aws-mfa --config={evil}"),
            ] {
                // Behind a parenthesis, elvish lists commands of its own.
                if typist.language == Language::Elvish && line.ends_with(')') {
                    continue;
                }
                let mut terminal = typist.start(&home, &format!("{}{more}", typist.hook()));
                terminal.press(&format!("{line}\t"));
                // Whatever came of it: the line is thrown away, and the next one is complete.
                typist.clear(&mut terminal);
                enter(&mut terminal, &typist, "mfa te", "ran [mfa] [test]");
                assert!(!home.path("evil").exists(), "{}: {line}", typist.program);
            }
        }
    }
}

#[test]
fn a_function_named_like_the_program_is_not_asked() {
    let home = home();
    for typist in typists() {
        if typist.shadow.is_empty() {
            continue;
        }
        let mut terminal = typist.start(&home, typist.shadow);
        enter(
            &mut terminal,
            &typist,
            "aws-mfa env te",
            "function [env] [test]",
        );
    }
    // bash and zsh put aliases into functions when these are defined.
    for typist in [BASH, ZSH]
        .into_iter()
        .filter(|typist| is_present(typist.program))
    {
        let script = home.write("completion script", script(typist.language));
        let lines = format!(
            "alias aws-mfa='echo alias' command='command '\nsource '{}'\nunalias aws-mfa\n",
            script.display()
        );
        let mut terminal = typist.start_bare(&home, &lines);
        enter(&mut terminal, &typist, "aws-mfa env te", "ran [env] [test]");
    }
}

#[test]
fn as_a_file_in_the_folder_of_the_shell() {
    let home = home();
    for (typist, file, rc) in [
        (
            BASH,
            ".local/share/bash-completion/completions/aws-mfa.bash",
            "source /usr/share/bash-completion/bash_completion\n",
        ),
        (FISH, ".config/fish/completions/aws-mfa.fish", ""),
    ] {
        if !is_present(typist.program) {
            continue;
        }
        home.write(file, script(typist.language));
        let mut terminal = typist.start_bare(&home, rc);
        enter(&mut terminal, &typist, "aws-mfa env te", "ran [env] [test]");
        enter(
            &mut terminal,
            &typist,
            "aws-mfa env dev@",
            "ran [env] [dev@eu+1.x]",
        );
    }
    if is_present("zsh") {
        home.write("functions/_aws-mfa", script(Language::Zsh));
        let zsh = Typist {
            setup: "PS1='ready> '\nfpath=(~/functions $fpath)\nautoload -Uz compinit\ncompinit -u\n",
            ..ZSH
        };
        let mut terminal = zsh.start_bare(&home, "");
        enter(&mut terminal, &zsh, "aws-mfa env te", "ran [env] [test]");
        enter(
            &mut terminal,
            &zsh,
            "aws-mfa env dev@",
            "ran [env] [dev@eu+1.x]",
        );
    }
}

#[test]
fn sourced_twice_under_strict_settings_and_without_a_terminal_they_are_silent() {
    let home = home();
    for language in Language::value_variants() {
        home.write(&format!("script.{language:?}"), script(*language));
    }
    for (program, words) in [
        (
            "bash",
            &[
                "--norc",
                "-euo",
                "pipefail",
                "-c",
                "source script.Bash; source script.Bash",
            ][..],
        ),
        (
            "bash",
            &[
                "--posix",
                "--norc",
                "-euo",
                "pipefail",
                "-c",
                ". ./script.Bash; . ./script.Bash",
            ],
        ),
        (
            "zsh",
            &[
                "-feu",
                "-o",
                "pipefail",
                "-c",
                "source ./script.Zsh; source ./script.Zsh",
            ],
        ),
        (
            "zsh",
            &[
                "-feu",
                "-o",
                "pipefail",
                "-c",
                "cp script.Zsh _aws-mfa; . ./_aws-mfa; path=(. $path); . _aws-mfa",
            ],
        ),
        (
            "zsh",
            &[
                "-feu",
                "-o",
                "pipefail",
                "-c",
                "autoload -Uz compinit; set +u; compinit -u; set -u; source ./script.Zsh; source ./script.Zsh",
            ],
        ),
        (
            "fish",
            &[
                "--no-config",
                "-c",
                "source script.Fish; source script.Fish",
            ],
        ),
        (
            "elvish",
            &[
                "-norc",
                "-c",
                "eval (e:cat script.Elvish | slurp); eval (e:cat script.Elvish | slurp)",
            ],
        ),
        (
            "nu",
            &[
                "--no-config-file",
                "-c",
                "source script.Nushell; source script.Nushell",
            ],
        ),
    ] {
        if !is_present(program) {
            continue;
        }
        let outcome = home.run(home.command(program).args(words)).success();
        assert_eq!(
            (outcome.text().as_str(), outcome.stderr.as_str()),
            ("", ""),
            "{program} {words:?}"
        );
    }
}

#[test]
fn a_script_defines_no_names_but_its_own() {
    let home = home();
    home.write("script.bash", script(Language::Bash));
    home.write("script.zsh", script(Language::Zsh));
    home.write("script.fish", script(Language::Fish));
    let names = "{ compgen -A function; compgen -v; compgen -a; } | sort";
    for (program, words) in [
        ("bash", format!("before=$({names}) after=; before=$({names}); . ./script.bash; after=$({names}); comm -13 <(echo \"$before\") <(echo \"$after\")")),
        ("zsh", "before=(); before=(${(k)functions} ${(k)parameters}); source ./script.zsh; after=(${(k)functions} ${(k)parameters}); print -l ${after:|before}".to_owned()),
        ("fish", "set -g before; set -g before (functions -an; set -n); source script.fish; for name in (functions -an; set -n); contains -- $name $before; or echo $name; end".to_owned()),
    ] {
        if !is_present(program) {
            continue;
        }
        let options: &[&str] = match program {
            "bash" => &["--norc", "-c"],
            "zsh" => &["-f", "-c"],
            _ => &["--no-config", "-c"],
        };
        let outcome = home.run(home.command(program).args(options).arg(words)).success();
        let text = outcome.text();
        let own: Vec<&str> = text.lines().filter(|name| name.starts_with("__aws_mfa_")).collect();
        assert!(!own.is_empty(), "{program}");
        let others: Vec<&str> = text
            .lines()
            .filter(|name| !name.starts_with("__aws_mfa_") && !name.is_empty() && *name != "after")
            .collect();
        assert!(others.is_empty(), "{program}: {others:?}");
    }
}

/// What the program prints for a shell that completes the last of these words.
fn asked(home: &Home, shell: &str, words: &[&str]) -> Outcome {
    let mut command = home.command(binary());
    command.env("AWS_MFA_COMPLETE", shell).arg("--").args(words);
    let outcome = home.run(&mut command).success();
    assert_eq!(outcome.stderr, "", "{words:?}");
    outcome
}

#[test]
fn accounts_come_with_where_they_lead_and_what_is_live() {
    let home = home();
    asked(&home, "fish", &["aws-mfa", "env", ""])
        .prints("dev@eu+1.x\t123456789012\nprod\t210987654321 as Admin\ntest\t123456789012\n");
    asked(&home, "bash", &["aws-mfa", "env", ""]).prints("dev@eu+1.x\nprod\ntest\n");
    asked(&home, "zsh", &["aws-mfa", "env", "p"]).prints("aprod\t210987654321 as Admin\n");
    // fish and zsh find what stands further behind, if they are told.
    asked(&home, "fish", &["aws-mfa", "env", "RO"]).prints("prod\t210987654321 as Admin\n");
    asked(&home, "elvish", &["aws-mfa", "env", "ro"]).prints("");
    asked(&home, "nushell", &["aws-mfa", "env", "t"])
        .prints("[{\"description\":\"123456789012\",\"value\":\"test\"}]");
    let later = std::time::SystemTime::now() + std::time::Duration::from_secs(7000);
    let later = later
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let home = home
        .env("AWS_MFA_ACCOUNT", "test")
        .env("AWS_MFA_EXPIRES_AT", later.to_string());
    let said = asked(&home, "elvish", &["aws-mfa", "env", "te"]).text();
    assert!(
        said.starts_with("test\t123456789012, 1 h 56 min left in this shell"),
        "{said}"
    );
}

#[test]
fn each_kind_of_command_has_its_own_words() {
    let home = home();
    let of = |words: &[&str]| asked(&home, "bash", words).text();
    // The hook's command is for accounts first, and loads sessions without `env`.
    let hook = of(&["mfa", ""]);
    assert!(hook.starts_with("dev@eu+1.x\nprod\ntest\n"), "{hook}");
    assert!(
        hook.contains("\noff\n") && !hook.contains("env\n"),
        "{hook}"
    );
    assert_eq!(of(&["mfa", "test", "--dur"]), "--duration\n");
    assert_eq!(of(&["mfa", "exec", "te"]), "test\n");
    assert_eq!(of(&["mfa", "of"]), "off\n");
    assert_eq!(of(&["aws-mfa", "save", "test", "--to", "te"]), "test-mfa\n");
    // Options may come first.
    assert_eq!(of(&["mfa", "--dur"]), "--duration\n");
    assert_eq!(of(&["mfa", "--con"]), "--config\n");
    assert_eq!(of(&["mfa", "--quiet", "te"]), "test\n");
    assert_eq!(of(&["mfa", "--quiet", "li"]), "list\n");
    assert_eq!(of(&["mfa", "--region", "us-east-1", "te"]), "test\n");
    // What would not load anything is not offered where something is loaded.
    for words in [
        ["mfa", "test", "--js"],
        ["alias", "123456", "--dot"],
        ["mfa", "test", "--she"],
    ] {
        assert_eq!(of(&words), "", "{words:?}");
    }
    assert_eq!(of(&["aws-mfa", "env", "test", "--js"]), "--json\n");
    // Nor is what would be refused.
    assert_eq!(of(&["mfa", "save", "--all", ""]), "");
    assert_eq!(of(&["mfa", "init", "c"]), "");
    assert_eq!(
        of(&["mfa", "exec", "--", "tes"])
            .lines()
            .find(|word| *word == "test-mfa"),
        None
    );
    assert_eq!(of(&["mfa", "exec", "test", ""]), "--\n");
    // Values that are there already.
    assert_eq!(
        of(&["mfa", "test", "--role-arn", ""]),
        format!("{ADMIN_ROLE}\n")
    );
    assert_eq!(
        of(&["mfa", "test", "--mfa-serial", ""]),
        format!("{JANES_PHONE}\n")
    );
    // An alias has its account.
    assert_eq!(of(&["alias", ""]), "");
    assert_eq!(of(&["alias", "123456", "--fr"]), "--fresh\n");
    assert_eq!(of(&["alias", "--con"]), "--config\n");
    // No code is proposed, and no option to somebody about to type one.
    for words in [
        &["aws-mfa", "env", "test", ""][..],
        &["aws-mfa", "env", "test", "12"],
        &["aws-mfa", "exec", "test", "--code", ""],
        &["mfa", "test", ""],
    ] {
        assert_eq!(of(words), "", "{words:?}");
    }
    // What only the hook says is not shown.
    assert_eq!(of(&["aws-mfa", "env", "--eval"]), "");
    // Requests that no script of ours makes.
    for words in [&[][..], &["aws-mfa"], &["other", "env", ""]] {
        assert_eq!(of(words), "", "{words:?}");
    }
    asked(&home, "tcsh", &["aws-mfa", "env", ""]).prints("");
}

#[test]
fn the_configuration_on_the_line_counts() {
    let home = home();
    let other = home.write(
        "other.toml",
        "[accounts.elsewhere]\nsource_profile = \"x\"\n",
    );
    for words in [
        &["aws-mfa", "--config", "other.toml", "env", "e"][..],
        &["aws-mfa", "env", "--config=other.toml", "e"],
        &["aws-mfa", "--config", "~/other.toml", "env", "else"],
    ] {
        asked(&home, "bash", words).prints("elsewhere\n");
    }
    // Behind `--`, the options are another program's.
    asked(
        &home,
        "bash",
        &["aws-mfa", "exec", "test", "--", "x", "--config", "other.t"],
    )
    .prints("other.toml\n");
    asked(
        &home,
        "bash",
        &["aws-mfa", "--config", "missing.toml", "env", ""],
    )
    .prints("");
    let home = home.env("AWS_MFA_CONFIG", other);
    asked(&home, "bash", &["aws-mfa", "env", "e"]).prints("elsewhere\n");
    home.write("other.toml", "[accounts.elsewhere]\nsurprise = 1\n");
    asked(&home, "bash", &["aws-mfa", "env", ""]).prints("");
    home.write("other.toml", "");
    home.write(".aws/credentials", "%%%\n");
    asked(&home, "bash", &["aws-mfa", "env", ""]).prints("");
    // What needs neither is there all the same.
    asked(&home, "bash", &["aws-mfa", "env", "--shell", "nu"]).prints("nushell\n");
}

#[test]
fn names_that_could_steer_a_terminal_or_break_a_line_are_left_out() {
    let home = home();
    home.write("files/good.toml", "");
    home.write("files/bad\nname.toml", "");
    home.write("files/worse\x1b[31m.toml", "");
    home.write("files/turned\u{202e}.toml", "");
    asked(&home, "fish", &["aws-mfa", "--config", "files/"]).prints("files/good.toml\t\n");
}

#[test]
fn a_request_with_a_number_completes_that_word() {
    let home = home();
    let asked = |index: &str, words: &[&str]| {
        let mut command = home.command(binary());
        command
            .env("AWS_MFA_COMPLETE", "powershell")
            .env("AWS_MFA_COMPLETE_INDEX", index)
            .arg("--")
            .args(words);
        home.run(&mut command).success().text()
    };
    assert_eq!(
        asked("2", &["aws-mfa", "env", "te", "123456"]),
        "test\t123456789012\n"
    );
    // Windows PowerShell hands over no empty word.
    assert!(asked("2", &["aws-mfa", "env"]).contains("test\t"));
    for index in ["0", "9", "x"] {
        assert_eq!(asked(index, &["aws-mfa", "env"]), "", "{index}");
    }
}

#[test]
fn the_variable_alone_changes_nothing() {
    let home = home().env("AWS_MFA_COMPLETE", "bash");
    let outcome = home.aws_mfa(&["--version"]).success();
    assert!(outcome.text().starts_with("aws-mfa "));
}

#[test]
fn completions_prints_the_files_as_they_are() {
    let home = home();
    home.write(".config/aws-mfa/config.toml", "[accounts\n");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("completions");
    for (shell, file) in [
        ("bash", "aws-mfa.bash"),
        ("zsh", "_aws-mfa"),
        ("fish", "aws-mfa.fish"),
        ("powershell", "aws-mfa.ps1"),
        ("elvish", "aws-mfa.elv"),
        ("nushell", "aws-mfa.nu"),
    ] {
        let text = std::fs::read_to_string(folder.join(file)).unwrap();
        home.aws_mfa(&["completions", shell])
            .success()
            .prints(&text);
        // What is put into a file must not be a statement that fails.
        assert!(!text.contains('\r'));
    }
    home.aws_mfa(&["completions", "tcsh"])
        .ends_with(2)
        .prints("");
    let zsh = std::fs::read_to_string(folder.join("_aws-mfa")).unwrap();
    assert!(zsh.starts_with("#compdef aws-mfa\n"));
}

#[test]
fn fish_tells_what_it_would_offer() {
    if !is_present("fish") {
        return;
    }
    let home = home();
    home.write("script.fish", script(Language::Fish));
    let lines = registrations(Language::Fish, Some("mfa"), &["creds@test"]);
    let offered = |line: &str| {
        let words = format!("source script.fish\n{lines}complete -C '{line}'");
        let outcome = home
            .run(home.command("fish").args(["--no-config", "-c", &words]))
            .success();
        assert_eq!(outcome.stderr, "");
        outcome.text()
    };
    assert_eq!(offered("aws-mfa env te"), "test\t123456789012\n");
    assert_eq!(offered("mfa pr"), "prod\t210987654321 as Admin\n");
    assert!(offered("creds@test --dur").starts_with("--duration\t"));
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
        // These lines are not entered: what the hook would load is not the matter here.
        for (keys, shown) in [
            ("session te", "st"),
            ("session sta", "tus"),
            ("creds@test --dur", "ation"),
        ] {
            terminal.press(&format!("{keys}\t"));
            terminal.expect(shown);
            typist.clear(&mut terminal);
        }
        enter(&mut terminal, &typist, "aws-mfa li", "ran [list]");
    }
}

#[test]
fn options_of_zsh_are_no_hindrance() {
    if !is_present("zsh") {
        return;
    }
    let home = home();
    home.write("some folder/a file.toml", "");
    home.write("completion script", script(Language::Zsh));
    for option in [
        "ignore_braces",
        "ignore_close_braces",
        "sh_glob",
        "ksh_arrays",
    ] {
        let rc = format!("setopt {option}\nsource ~/'completion script'\n");
        let mut terminal = ZSH.start_bare(&home, &rc);
        enter(&mut terminal, &ZSH, "aws-mfa env te", "ran [env] [test]");
        let expanded = home.path("some folder/a file.toml");
        enter(
            &mut terminal,
            &ZSH,
            "aws-mfa --config ~/some\\ folder/a",
            &format!("ran [--config] [{}]", expanded.display()),
        );
    }
}
