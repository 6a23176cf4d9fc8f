//! The TAB key: in real shells at a terminal, and what is printed for them.

use std::path::Path;

use aws_mfa::cli::CompletionShell as Language;
use aws_mfa::completion::{registrations, script};
use clap::ValueEnum as _;

use crate::harness::cases::for_each_case;
use crate::harness::requirements::has;
use crate::harness::shells::{PROMPT, Shell, for_each_shell, installed};
use crate::harness::terminal::Terminal;
use crate::harness::{binary, jane_fixture};
use crate::support::home::{Home, Outcome};
use crate::support::sts::{ADMIN_ROLE, JANES_PHONE, JOES_TABLET, KEY_ID, SECRET};

/// The candidates after `exec`, and their order.
mod after_exec;

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
    let teller = home.write_executable(
        "teller/aws-mfa",
        format!(
            "#!/bin/sh\n[ -z \"${{AWS_MFA_COMPLETE-}}\" ] || exec '{}' \"$@\"\nprintf ran; printf ' [%s]' \"$@\"; echo\n",
            binary().display()
        ),
    );
    let path = std::env::var_os("PATH").unwrap_or_default();
    let directory = teller.parent().expect("it is in a directory").to_owned();
    let path = std::env::join_paths(std::iter::once(directory).chain(std::env::split_paths(&path)));
    home.env("PATH", path.expect("the directories have no colon"))
}

/// config.toml, with more at its end.
fn config(more: &str) -> String {
    format!(
        "[accounts.\"dev@eu+1.x\"]\nsource_profile = \"test-mfa\"\n\n\
         [accounts.prod]\nsource_profile = \"test-mfa\"\nrole_arn = \"{ADMIN_ROLE}\"\n{more}"
    )
}

/// The language of the shell, as the library calls it.
fn language(shell: &Shell) -> Language {
    Language::from_str(shell.language, false).expect("the library completes in this shell")
}

/// Starts the shell at a terminal with the completion script and more lines in its rc file.
fn start(shell: &Shell, home: &Home, more: &str) -> Terminal {
    let script = home.write("completion script", script(language(shell)));
    let source = source(shell, &script);
    start_bare(shell, home, &format!("{source}\n{more}"))
}

/// The same without the script.
fn start_bare(shell: &Shell, home: &Home, lines: &str) -> Terminal {
    shell.start(home, &format!("{}{lines}", shell.completion().setup))
}

/// The line that sources a file.
fn source(shell: &Shell, file: &Path) -> String {
    let file = file.to_str().expect("the path is text");
    shell.completion().source.replace("{}", file)
}

/// The lines that define the hook's command and an alias and register both.
fn registered_functions(shell: &Shell) -> String {
    let functions = shell.completion().functions;
    let lines = registrations(language(shell), Some("mfa"), &["creds@test"]);
    if shell.program == "elvish" {
        // As `init` prints it: the script and these lines are evaluated together.
        return format!("{functions}{}\n{lines}", script(language(shell)));
    }
    format!("{functions}{lines}")
}

/// Types a line with a TAB at its end, and enters what the shell made of it.
#[track_caller]
fn enter(terminal: &mut Terminal, shell: &Shell, keys: &str, said: &str) {
    terminal.press(&format!("{keys}\t"));
    if shell.program == "nu" {
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

for_each_shell!(the_first_tab_in_a_new_shell_completes: completing);
fn the_first_tab_in_a_new_shell_completes(shell: &Shell) {
    let home = home();
    for (keys, said) in [
        ("aws-mfa env te", "ran [env] [test]"),
        ("mfa te", "ran [mfa] [test]"),
        ("creds@test --dur", "ran [alias] [--duration]"),
        ("mfa dev@eu+", "ran [mfa] [dev@eu+1.x]"),
    ] {
        let mut terminal = start(shell, &home, &registered_functions(shell));
        enter(&mut terminal, shell, keys, said);
    }
}

for_each_shell!(a_shell_completes_one_line_after_another: completing);
fn a_shell_completes_one_line_after_another(shell: &Shell) {
    let home = home();
    home.write("some directory/a file.toml", "");
    let mut terminal = start(shell, &home, "");
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
        enter(&mut terminal, shell, keys, said);
    }
    if ["elvish", "nu"].contains(&shell.program) {
        // A candidate that must be quoted is not taken before Enter there.
        return;
    }
    let said = "ran [env] [--shell=powershell]";
    enter(&mut terminal, shell, "aws-mfa env --shell=pow", said);
    // Through a directory to a file, both with a blank.
    terminal.press("aws-mfa --config some\ta\t\r");
    terminal.expect("ran [--config] [some directory/a file.toml]");
}

for_each_shell!(a_word_with_an_open_quote_is_completed: bash, zsh, fish, pwsh);
fn a_word_with_an_open_quote_is_completed(shell: &Shell) {
    let home = home();
    home.write("some directory/a $file.toml", "");
    let mut terminal = start(shell, &home, "");
    enter(&mut terminal, shell, "aws-mfa env \"te", "ran [env] [test]");
    enter(
        &mut terminal,
        shell,
        "aws-mfa env 'de",
        "ran [env] [dev@eu+1.x]",
    );
    enter(
        &mut terminal,
        shell,
        "aws-mfa --config 'some directory/a",
        "ran [--config] [some directory/a $file.toml]",
    );
    enter(
        &mut terminal,
        shell,
        "aws-mfa --config \"some directory/a",
        "ran [--config] [some directory/a $file.toml]",
    );
    if shell.program == "pwsh" {
        // A backslash is a character like any other there.
        return;
    }
    // The home directory is meant, and stays written as it was.
    let expanded = home.path("some directory/a $file.toml");
    enter(
        &mut terminal,
        shell,
        "aws-mfa --config ~/some\\ directory/a",
        &format!("ran [--config] [{}]", expanded.display()),
    );
}

for_each_shell!(a_new_account_is_there_at_the_next_tab: completing);
fn a_new_account_is_there_at_the_next_tab(shell: &Shell) {
    let home = home();
    let mut terminal = start(shell, &home, "");
    enter(&mut terminal, shell, "aws-mfa env sta", "ran [env] [sta]");
    home.write(
        ".config/aws-mfa/config.toml",
        config("[accounts.staging]\nsource_profile = \"test-mfa\"\n"),
    );
    enter(
        &mut terminal,
        shell,
        "aws-mfa env sta",
        "ran [env] [staging]",
    );
}

for_each_shell!(a_broken_configuration_shows_no_error_at_the_tab: completing);
fn a_broken_configuration_shows_no_error_at_the_tab(shell: &Shell) {
    let home = home();
    home.write(".config/aws-mfa/config.toml", "[accounts\n");
    let mut terminal = start(shell, &home, "");
    enter(&mut terminal, shell, "aws-mfa env te", "ran [env] [te]");
    assert!(
        !terminal.text().contains("config.toml"),
        "{}",
        terminal.text()
    );
}

for_each_shell!(words_on_the_line_are_never_evaluated: completing);
fn words_on_the_line_are_never_evaluated(shell: &Shell) {
    let home = home();
    // By itself, zsh expands the word at the cursor before it completes.
    let more = match shell.program {
        "zsh" => "bindkey '^I' complete-word\n",
        _ => "",
    };
    for evil in shell.completion().evil {
        for line in [
            format!("mfa {evil} te"),
            format!("aws-mfa env --config {evil} te"),
            format!("creds@test {evil} --du"),
            format!("aws-mfa env {evil}"),
            format!("mfa exec test -- {evil}"),
            format!("mfa exec test -- x{evil}"),
            format!("mfa exec test -- ls {evil}"),
            format!("mfa exec test -- git -C {evil} te"),
            format!("aws-mfa --config={evil}"),
        ] {
            // After a parenthesis, elvish lists commands of its own.
            if shell.program == "elvish" && line.ends_with(')') {
                continue;
            }
            let mut terminal = start(
                shell,
                &home,
                &format!("{}{more}", registered_functions(shell)),
            );
            terminal.press(&format!("{line}\t"));
            // Whatever came of it: the line is thrown away, and the next one is complete.
            shell.clear_line(&mut terminal);
            enter(&mut terminal, shell, "mfa te", "ran [mfa] [test]");
            assert!(!home.path("evil").exists(), "{line}");
        }
    }
}

// In nushell, the definition of a function brings completion of its own.
for_each_shell!(a_function_named_like_the_program_is_not_asked: bash, zsh, fish, elvish, pwsh);
fn a_function_named_like_the_program_is_not_asked(shell: &Shell) {
    let home = home();
    let function = shell.completion().function_of_same_name;
    let mut terminal = start(shell, &home, function.expect("the shell is not nushell"));
    let said = "function [env] [test]";
    enter(&mut terminal, shell, "aws-mfa env te", said);
}

// These two put aliases into functions when the functions are defined.
for_each_shell!(an_alias_named_like_the_program_is_not_asked: bash, zsh);
fn an_alias_named_like_the_program_is_not_asked(shell: &Shell) {
    let home = home();
    let script = home.write("completion script", script(language(shell)));
    let lines = format!(
        "alias aws-mfa='echo alias' command='command '\n{}\nunalias aws-mfa\n",
        source(shell, &script)
    );
    let mut terminal = start_bare(shell, &home, &lines);
    enter(&mut terminal, shell, "aws-mfa env te", "ran [env] [test]");
}

for_each_case! { a_script_in_the_directory_of_the_shell_is_found_at_the_first_tab:
    bash(
        "bash",
        ".local/share/bash-completion/completions/aws-mfa.bash",
        "source /usr/share/bash-completion/bash_completion\n",
    ),
    zsh("zsh", "functions/_aws-mfa", "fpath=(~/functions $fpath)\n"),
    fish("fish", ".config/fish/completions/aws-mfa.fish", ""),
}
fn a_script_in_the_directory_of_the_shell_is_found_at_the_first_tab(
    program: &str,
    file: &str,
    lines: &str,
) {
    let Some(shell) = installed(program) else {
        return;
    };
    let home = home();
    home.write(file, script(language(shell)));
    let mut terminal = shell.start(&home, &format!("{lines}{}", shell.completion().setup));
    enter(&mut terminal, shell, "aws-mfa env te", "ran [env] [test]");
    let said = "ran [env] [dev@eu+1.x]";
    enter(&mut terminal, shell, "aws-mfa env dev@", said);
}

for_each_case! { a_script_sourced_twice_under_strict_settings_is_silent:
    bash("bash", &["--norc", "-euo", "pipefail", "-c"], "source script.Bash; source script.Bash"),
    bash_as_posix("bash", &["--posix", "--norc", "-euo", "pipefail", "-c"], ". ./script.Bash; . ./script.Bash"),
    zsh("zsh", &["-feu", "-o", "pipefail", "-c"], "source ./script.Zsh; source ./script.Zsh"),
    zsh_as_function_file(
        "zsh",
        &["-feu", "-o", "pipefail", "-c"],
        "cp script.Zsh _aws-mfa; . ./_aws-mfa; path=(. $path); . _aws-mfa",
    ),
    zsh_with_compinit(
        "zsh",
        &["-feu", "-o", "pipefail", "-c"],
        "autoload -Uz compinit; set +u; compinit -u; set -u; source ./script.Zsh; source ./script.Zsh",
    ),
    fish("fish", &["--no-config", "-c"], "source script.Fish; source script.Fish"),
    elvish(
        "elvish",
        &["-norc", "-c"],
        "eval (e:cat script.Elvish | slurp); eval (e:cat script.Elvish | slurp)",
    ),
    nu("nu", &["--no-config-file", "-c"], "source script.Nushell; source script.Nushell"),
}
fn a_script_sourced_twice_under_strict_settings_is_silent(
    program: &str,
    arguments: &[&str],
    sourcing: &str,
) {
    if !has(program) {
        return;
    }
    let home = home();
    for language in Language::value_variants() {
        home.write(&format!("script.{language:?}"), script(*language));
    }
    let mut command = home.command(program);
    let outcome = home.run(command.args(arguments).arg(sourcing)).success();
    assert_eq!((outcome.text().as_str(), outcome.stderr.as_str()), ("", ""));
}

for_each_case! { a_script_defines_no_names_but_its_own:
    bash(
        "bash",
        "names() { { compgen -A function; compgen -v; compgen -a; } | sort; }; before=$(names) after=; \
         before=$(names); . ./script; after=$(names); comm -13 <(echo \"$before\") <(echo \"$after\")",
    ),
    zsh(
        "zsh",
        "before=(); before=(${(k)functions} ${(k)parameters}); source ./script; \
         after=(${(k)functions} ${(k)parameters}); print -l ${after:|before}",
    ),
    fish(
        "fish",
        "set -g before; set -g before (functions -an; set -n); source script; \
         for name in (functions -an; set -n); contains -- $name $before; or echo $name; end",
    ),
}
fn a_script_defines_no_names_but_its_own(program: &str, words: &str) {
    let Some(shell) = installed(program) else {
        return;
    };
    let home = home();
    home.write("script", script(language(shell)));
    let text = shell.run(&home, words).success().text();
    let (own, others): (Vec<&str>, Vec<&str>) = text
        .lines()
        .filter(|name| !name.is_empty() && *name != "after")
        .partition(|name| name.starts_with("__aws_mfa_"));
    assert!(!own.is_empty(), "{text}");
    assert!(others.is_empty(), "{others:?}");
}

/// The output of the program for a shell that completes the last of these words.
fn asked(home: &Home, shell: &str, words: &[&str]) -> Outcome {
    let mut command = home.command(binary());
    command.env("AWS_MFA_COMPLETE", shell).arg("--").args(words);
    let outcome = home.run(&mut command).success();
    assert_eq!(outcome.stderr, "", "{words:?}");
    outcome
}

#[test]
fn accounts_are_described_by_their_target_and_live_session() {
    let home = home();
    asked(&home, "fish", &["aws-mfa", "env", ""])
        .prints("dev@eu+1.x\t123456789012\nprod\t210987654321 as Admin\ntest\t123456789012\n");
    asked(&home, "bash", &["aws-mfa", "env", ""]).prints("dev@eu+1.x\nprod\ntest\n");
    asked(&home, "zsh", &["aws-mfa", "env", "p"]).prints("aprod\t210987654321 as Admin\n");
    // fish and zsh find what comes later in the text, if they are told.
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
fn every_account_is_described_and_comes_before_the_subcommands() {
    let (sts, home) = jane_fixture();
    for shell in ["zsh", "fish", "powershell", "elvish"] {
        let said = asked(&home, shell, &["mfa", ""]).text();
        let mark = if shell == "zsh" { "a" } else { "" };
        let joe = format!("{mark}joe\tkey in profile joe-long-term\n");
        assert!(said.starts_with(&joe), "{shell}: {said}");
        assert!(
            said.contains("off\tEnd the session of this shell\n"),
            "{said}"
        );
        // In a list of 80 columns, beside the longest name.
        for line in said.lines() {
            let (_, help) = line.split_once('\t').unwrap();
            assert!(!help.is_empty() && help.chars().count() <= 58, "{line}");
        }
    }
    // Where AWS was asked for the device once, that is known.
    home.aws_mfa(&["env", "joe", &sts.fresh_code(JOES_TABLET)])
        .success();
    let said = asked(&home, "fish", &["mfa", "jo"]).text();
    assert_eq!(said, "joe\t123456789012\n");
}

#[test]
fn each_kind_of_command_completes_its_own_words() {
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
    // No code is proposed, and no option where the user is about to type one.
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
fn the_config_named_on_the_line_is_used() {
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
    // After `--`, the options are another program's.
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
fn the_completion_variable_without_a_request_changes_nothing() {
    let home = home().env("AWS_MFA_COMPLETE", "bash");
    let outcome = home.aws_mfa(&["--version"]).success();
    assert!(outcome.text().starts_with("aws-mfa "));
}

#[test]
fn completions_prints_the_files_as_they_are() {
    let home = home();
    home.write(".config/aws-mfa/config.toml", "[accounts\n");
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("completions");
    for (shell, file) in [
        ("bash", "aws-mfa.bash"),
        ("zsh", "_aws-mfa"),
        ("fish", "aws-mfa.fish"),
        ("powershell", "aws-mfa.ps1"),
        ("elvish", "aws-mfa.elv"),
        ("nushell", "aws-mfa.nu"),
    ] {
        let text = std::fs::read_to_string(directory.join(file)).unwrap();
        home.aws_mfa(&["completions", shell])
            .success()
            .prints(&text);
        // To a shell, a carriage return is a part of the word before it.
        assert!(!text.contains('\r'), "{shell}");
    }
    // What is put into a file must not be a statement that fails, as `env` prints one.
    home.aws_mfa(&["completions", "tcsh"])
        .ends_with(2)
        .prints("");
    let zsh = std::fs::read_to_string(directory.join("_aws-mfa")).unwrap();
    assert!(zsh.starts_with("#compdef aws-mfa\n"));
}

#[test]
fn fish_offers_accounts_and_options_with_descriptions() {
    if !has("fish") {
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

for_each_shell!(the_hook_brings_the_completion_along: completing);
fn the_hook_brings_the_completion_along(shell: &Shell) {
    let home = home();
    let more = "alias = \"creds@test\"\n";
    home.write(".config/aws-mfa/config.toml", config(more));
    let hook = home
        .command(binary())
        .args(["init", shell.language, "--cmd", "session"])
        .output()
        .unwrap()
        .stdout;
    let hook = home.write("hook of init", hook);
    let mut terminal = start_bare(shell, &home, &source(shell, &hook));
    // These lines are not entered: what the hook would load is not the matter here.
    for (keys, shown) in [
        ("session te", "st"),
        ("session sta", "tus"),
        ("creds@test --dur", "ation"),
    ] {
        terminal.press(&format!("{keys}\t"));
        terminal.expect(shown);
        shell.clear_line(&mut terminal);
    }
    enter(&mut terminal, shell, "aws-mfa li", "ran [list]");
}

#[test]
fn completion_works_under_every_option_of_zsh() {
    let Some(zsh) = installed("zsh") else {
        return;
    };
    let home = home();
    home.write("some directory/a file.toml", "");
    home.write("completion script", script(Language::Zsh));
    for option in [
        "ignore_braces",
        "ignore_close_braces",
        "sh_glob",
        "ksh_arrays",
    ] {
        let rc = format!("setopt {option}\nsource ~/'completion script'\n");
        let mut terminal = start_bare(zsh, &home, &rc);
        enter(&mut terminal, zsh, "aws-mfa env te", "ran [env] [test]");
        let expanded = home.path("some directory/a file.toml");
        enter(
            &mut terminal,
            zsh,
            "aws-mfa --config ~/some\\ directory/a",
            &format!("ran [--config] [{}]", expanded.display()),
        );
    }
}

#[test]
fn a_description_in_zsh_ends_at_the_edge_of_the_terminal() {
    let Some(zsh) = installed("zsh") else {
        return;
    };
    let home = home();
    let mut terminal = start(zsh, &home, "COLUMNS=40\n");
    terminal.press("aws-mfa s\t");
    terminal.expect("setup   -- Find your accounts and set u");
    zsh.clear_line(&mut terminal);
    enter(&mut terminal, zsh, "aws-mfa li", "ran [list]");
    let text = terminal.text();
    assert!(!text.contains("and set up"), "{text}");
}
