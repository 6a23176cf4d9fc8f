//! The hook and the completion of the shell that runs this process.

use std::path::{Path, PathBuf};

use super::report::Report;
use crate::account::Config;
use crate::cli::CompletionShell;
use crate::commands::hidden_commands::HookInNewShells;
use crate::context::Context;
use crate::delivery::shell::Shell;
use crate::files::input;
use crate::hook::running_shell::RunningShell;
use crate::setup::block;
use crate::setup::encoding::Encoding;
use crate::setup::rc_file::{self, RcLocation};

/// Checks that the shell which runs this process has the hook and the completion.
pub(super) fn check(context: &Context, config: Option<&Config>, report: &mut Report) {
    let running = RunningShell::detect(context);
    check_hook(context, &running, report);
    if let (Some(shell), Some(config)) = (running.shell, config) {
        check_commands(context, shell, config, report);
    }
    check_completion(context, &running, report);
}

fn check_hook(context: &Context, running: &RunningShell<'_>, report: &mut Report) {
    let version = env!("CARGO_PKG_VERSION");
    match (running.marker, running.shell) {
        (Some(marker), _) if marker.version == version => {
            report.ok("hook", format!("loaded, version {version}"));
        }
        (Some(marker), shell) => report.warning(
            "hook",
            format!(
                "loaded, but its version is {} and the program's is {version}",
                marker.version
            ),
            match shell {
                Some(shell @ (Shell::Nushell | Shell::Tcsh)) => {
                    format!("save it again, and open a new shell: {}", line(shell))
                }
                _ => "open a new shell".to_owned(),
            },
        ),
        (None, None) => report.ok("hook", "not checked: not run by a shell"),
        (None, Some(Shell::Cmd)) => report.ok("hook", "not available for cmd"),
        (None, Some(shell)) => report_missing_hook(context, shell, report),
    }
}

/// Reports the aliases and functions that hide a command of the hook in a new shell; this process cannot see those of the
/// shell that runs it.
fn check_commands(context: &Context, shell: Shell, config: &Config, report: &mut Report) {
    let files = rc_files(context, shell);
    let Some(line) = files.iter().find_map(|file| line_in(file, shell)) else {
        return;
    };
    let command = block::command(&line);
    let Some(state) = HookInNewShells::new(context, shell, config, command) else {
        return;
    };
    if state.without_hook.is_some() {
        return;
    }
    for hidden in state.hidden {
        report.warning("hook", hidden.problem, hidden.fix);
    }
    if !state.commands.is_empty() {
        let commands = state.commands.join(", ");
        report.ok("hook", format!("defines in a new {shell}: {commands}"));
    }
}

/// Reports that the hook is not loaded: either an rc file has its line and the shell does not read that far, or none
/// has it.
fn report_missing_hook(context: &Context, shell: Shell, report: &mut Report) {
    let files = rc_files(context, shell);
    if let Some(file) = files.iter().find(|file| has_line(file, shell)) {
        let login = (shell == Shell::Bash && file.ends_with(".bashrc"))
            .then(|| rc_file::login_without_bashrc(context))
            .flatten();
        let fix = match login {
            Some(login) => format!(
                "login shells read {} and not ~/.bashrc: add `{}` to it, and open a new shell",
                context.display_path(&login),
                rc_file::READ_BASHRC
            ),
            None => "open a new interactive shell; if that does not help, check that nothing \
                     such as `return` or `exec` ends the file before that line"
                .to_owned(),
        };
        return report.warning(
            "hook",
            format!(
                "not loaded in this {shell}, although its line is in {}",
                context.display_path(file)
            ),
            fix,
        );
    }
    let line = line(shell);
    let location = match (shell, files.first()) {
        (Shell::Powershell, None) => "the file that $PROFILE names".to_owned(),
        (Shell::Sh, None) => "the file that ENV names".to_owned(),
        (_, Some(file)) => context.display_path(file),
        (_, None) => "its rc file".to_owned(),
    };
    let fix = match shell {
        // nushell's line is a command that saves the hook, and no line of an rc file.
        Shell::Nushell => format!("run `aws-mfa setup`, or: {line}"),
        // setup does not know the rc file of these shells: only the shell itself knows its path.
        Shell::Powershell | Shell::Sh if files.is_empty() => {
            format!("add this to {location}: {line}")
        }
        _ => format!("run `aws-mfa setup`, or add this to {location}: {line}"),
    };
    report.warning("hook", format!("not loaded in this {shell}"), fix);
}

fn check_completion(context: &Context, running: &RunningShell<'_>, report: &mut Report) {
    const CHECK: &str = "completion";
    if running.marker.is_some_and(|marker| marker.completion) {
        return report.ok(CHECK, "loaded with the hook");
    }
    let Some(shell) = running.shell else {
        return report.ok(CHECK, "not checked: not run by a known shell");
    };
    let Some(language) = CompletionShell::for_shell(shell) else {
        return report.ok(CHECK, format!("not available for {shell}"));
    };
    if let Some(file) = scripts(context, language)
        .into_iter()
        .find(|file| file.is_file())
    {
        return report.ok(CHECK, format!("set up by {}", context.display_path(&file)));
    }
    match (running.marker, language) {
        (Some(_), CompletionShell::Zsh) => report.warning(
            CHECK,
            "not loaded: zsh had no compdef when the hook was loaded",
            "run `aws-mfa setup`, which offers it, or put this before the hook's line in ~/.zshrc: \
             autoload -Uz compinit && compinit",
        ),
        (Some(_), _) => report.ok(
            CHECK,
            format!("not loaded: this {shell} is not interactive"),
        ),
        (None, _) => report.warning(
            CHECK,
            format!("completion is not set up in this {shell}"),
            "load the hook, which includes completion, or see `aws-mfa completions --help`",
        ),
    }
}

/// The line that loads the hook, as in docs/shells.md.
fn line(shell: Shell) -> &'static str {
    match shell {
        Shell::Nushell => {
            "aws-mfa init nushell | save -f ($nu.data-dir | path join \"vendor/autoload/aws-mfa.nu\")"
        }
        _ => rc_file::load_now(shell).unwrap_or_default(),
    }
}

/// The files that may contain that line; a missing line belongs in the first.
fn rc_files(context: &Context, shell: Shell) -> Vec<PathBuf> {
    let first = match rc_file::location(context, shell) {
        Ok(RcLocation::Lines { file, .. } | RcLocation::Whole { file }) => Some(file),
        Ok(RcLocation::Manual { .. } | RcLocation::None) | Err(_) => None,
    };
    let others = rc_file::other_files(context, shell);
    first.into_iter().chain(others).collect()
}

/// Whether a file loads the hook of the shell, or is the hook itself.
fn has_line(file: &Path, shell: Shell) -> bool {
    line_in(file, shell).is_some() || text_of(file).contains("__aws_mfa_load")
}

/// The line of a file that loads the hook of the shell.
fn line_in(file: &Path, shell: Shell) -> Option<String> {
    let name = shell.to_string().to_ascii_lowercase();
    let text = text_of(file);
    let line = text.lines().find(|line| block::loads(line, &name))?;
    Some(line.to_owned())
}

fn text_of(file: &Path) -> String {
    let text = input::read(file).unwrap_or_default();
    let text = Encoding::detect(&text).decode(&text).unwrap_or(text);
    String::from_utf8_lossy(&text).into_owned()
}

/// The files in which the shell looks for a completion script. Sources:
/// <https://github.com/scop/bash-completion#faq>,
/// <https://zsh.sourceforge.io/Doc/Release/Functions.html#Autoloading-Functions>,
/// <https://fishshell.com/docs/current/completions.html#where-to-put-completions>.
fn scripts(context: &Context, shell: CompletionShell) -> Vec<PathBuf> {
    let env = &context.env;
    let home = context.directories.home.clone().unwrap_or_default();
    let directory = |variable: &str, default: &str| {
        env.text(variable)
            .map_or_else(|| home.join(default), PathBuf::from)
    };
    let system = env
        .text("XDG_DATA_DIRS")
        .unwrap_or("/usr/local/share:/usr/share");
    let data = std::iter::once(directory("XDG_DATA_HOME", ".local/share"))
        .chain(std::env::split_paths(system));
    match shell {
        CompletionShell::Bash => env
            .text("BASH_COMPLETION_USER_DIR")
            .map(|user| PathBuf::from(user).join("completions"))
            .into_iter()
            .chain(data.map(|data| data.join("bash-completion/completions")))
            .flat_map(|completions| {
                [
                    completions.join("aws-mfa"),
                    completions.join("aws-mfa.bash"),
                ]
            })
            .collect(),
        CompletionShell::Zsh => {
            let from_variable: Vec<PathBuf> = env
                .text("FPATH")
                .map(|path| std::env::split_paths(path).collect())
                .unwrap_or_default();
            // FPATH is rarely exported; these are the usual defaults of distributions and Homebrew.
            let defaults = [
                "/usr/share/zsh/vendor-completions",
                "/usr/share/zsh/site-functions",
                "/usr/local/share/zsh/site-functions",
                "/opt/homebrew/share/zsh/site-functions",
            ];
            from_variable
                .into_iter()
                .chain(defaults.map(PathBuf::from))
                .map(|functions| functions.join("_aws-mfa"))
                .collect()
        }
        CompletionShell::Fish => std::iter::once(
            directory("XDG_CONFIG_HOME", ".config").join("fish/completions/aws-mfa.fish"),
        )
        .chain(data.map(|data| data.join("fish/vendor_completions.d/aws-mfa.fish")))
        .collect(),
        CompletionShell::Powershell | CompletionShell::Elvish | CompletionShell::Nushell => {
            Vec::new()
        }
    }
}
