use std::path::PathBuf;

use super::report::Report;
use crate::context::Context;
use crate::delivery::shell::{CompletionShell, Shell};
use crate::hook::running_shell::RunningShell;
use crate::setup::rc_file::{self, RcLocation};

/// Whether the shell that runs this has the hook, and what the TAB key does there.
pub(super) fn check(context: &Context, report: &mut Report) {
    let here = RunningShell::detect(context);
    hook(context, &here, report);
    completion(context, &here, report);
}

fn hook(context: &Context, here: &RunningShell<'_>, report: &mut Report) {
    let version = env!("CARGO_PKG_VERSION");
    match (here.mark, here.shell) {
        (Some(mark), _) if mark.version == version => {
            report.ok("hook", format!("loaded, of version {version}"));
        }
        (Some(mark), shell) => report.warning(
            "hook",
            format!(
                "loaded, but of version {}; the program is {version}",
                mark.version
            ),
            match shell {
                Some(shell @ (Shell::Nushell | Shell::Tcsh)) => {
                    format!("save it anew, and open a new shell: {}", line(shell))
                }
                _ => "open a new shell".to_owned(),
            },
        ),
        (None, None) => report.ok("hook", "not looked for: no shell runs this"),
        (None, Some(Shell::Cmd)) => report.ok("hook", "there is none for cmd"),
        (None, Some(shell)) => missing_hook(context, shell, report),
    }
}

fn missing_hook(context: &Context, shell: Shell, report: &mut Report) {
    let files = rc_files(context, shell);
    if let Some(file) = files.iter().find(|file| has_line(file)) {
        let login = (shell == Shell::Bash && file.ends_with(".bashrc"))
            .then(|| rc_file::login_without_bashrc(context))
            .flatten();
        let fix = match login {
            Some(login) => format!(
                "login shells read {} and not ~/.bashrc: add `{}` to it, and open a new shell",
                context.display_path(&login),
                rc_file::READ_BASHRC
            ),
            None => "open a new interactive shell; if that does not help, check that nothing such as `return` or `exec` ends the file before that line".to_owned(),
        };
        return report.warning(
            "hook",
            format!(
                "not loaded in this {shell}, though it stands in {}",
                context.display_path(file)
            ),
            fix,
        );
    }
    let line = line(shell);
    let place = match (shell, files.first()) {
        (Shell::Powershell, _) => "the file that $PROFILE names".to_owned(),
        (Shell::Sh, None) => "the file that ENV names".to_owned(),
        (_, Some(file)) => context.display_path(file),
        (_, None) => "its rc file".to_owned(),
    };
    let fix = match shell {
        // It saves the hook itself, once.
        Shell::Nushell => format!("aws-mfa setup does it, or: {line}"),
        // Where these read their rc file, nobody can tell from outside.
        Shell::Powershell => format!("put this into {place}: {line}"),
        Shell::Sh if files.is_empty() => format!("put this into {place}: {line}"),
        _ => format!("aws-mfa setup does it, or put this into {place}: {line}"),
    };
    report.warning("hook", format!("not loaded in this {shell}"), fix);
}

fn completion(context: &Context, here: &RunningShell<'_>, report: &mut Report) {
    const CHECK: &str = "completion";
    if here.mark.is_some_and(|mark| mark.completion) {
        return report.ok(CHECK, "loaded with the hook");
    }
    let Some(shell) = here.shell else {
        return report.ok(CHECK, "not looked for: no shell is known to run this");
    };
    let Some(language) = CompletionShell::for_shell(shell) else {
        return report.ok(CHECK, format!("there is none for {shell}"));
    };
    if let Some(file) = scripts(context, language)
        .into_iter()
        .find(|file| file.is_file())
    {
        return report.ok(CHECK, format!("{} is there", context.display_path(&file)));
    }
    match (here.mark, language) {
        (Some(_), CompletionShell::Zsh) => report.warning(
            CHECK,
            "not loaded: zsh had no compdef when the hook came",
            "put this before the hook's line in ~/.zshrc: autoload -Uz compinit && compinit",
        ),
        (Some(_), _) => report.ok(
            CHECK,
            format!("not loaded: this {shell} is not interactive"),
        ),
        (None, _) => report.warning(
            CHECK,
            format!("the TAB key does not know aws-mfa in this {shell}"),
            "load the hook, which brings it along, or see aws-mfa completions --help",
        ),
    }
}

/// The line that loads the hook, as docs/shells.md has it.
fn line(shell: Shell) -> &'static str {
    match shell {
        Shell::Nushell => {
            "aws-mfa init nushell | save -f ($nu.data-dir | path join \"vendor/autoload/aws-mfa.nu\")"
        }
        _ => rc_file::load_now(shell).unwrap_or_default(),
    }
}

/// The files that may have that line; the first is the one to put it into.
fn rc_files(context: &Context, shell: Shell) -> Vec<PathBuf> {
    let first = match rc_file::place(context, shell) {
        Ok(RcLocation::Lines { file, .. } | RcLocation::Whole { file }) => Some(file),
        Ok(RcLocation::ByHand { .. } | RcLocation::None) | Err(_) => None,
    };
    let others = rc_file::beside(context, shell);
    first.into_iter().chain(others).collect()
}

/// Whether a file loads the hook, or is the hook itself.
fn has_line(file: &PathBuf) -> bool {
    let text = std::fs::read(file).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let mut lines = text.lines().map(str::trim_start);
    lines.any(|line| !line.starts_with('#') && line.contains("aws-mfa init"))
        || text.contains("__aws_mfa_load")
}

/// Where the shell itself looks for a completion script.
fn scripts(context: &Context, shell: CompletionShell) -> Vec<PathBuf> {
    let env = &context.env;
    let home = context.directories.home.clone().unwrap_or_default();
    let folder = |variable: &str, default: &str| {
        env.text(variable)
            .map_or_else(|| home.join(default), PathBuf::from)
    };
    let data = folder("XDG_DATA_HOME", ".local/share");
    let shared = env
        .text("XDG_DATA_DIRS")
        .unwrap_or("/usr/local/share:/usr/share");
    let data = std::iter::once(data).chain(std::env::split_paths(shared));
    match shell {
        CompletionShell::Bash => env
            .text("BASH_COMPLETION_USER_DIR")
            .map(|folder| PathBuf::from(folder).join("completions"))
            .into_iter()
            .chain(data.map(|folder| folder.join("bash-completion/completions")))
            .flat_map(|folder| [folder.join("aws-mfa"), folder.join("aws-mfa.bash")])
            .collect(),
        CompletionShell::Zsh => {
            let named: Vec<PathBuf> = env
                .text("FPATH")
                .map(|folders| std::env::split_paths(folders).collect())
                .unwrap_or_default();
            let known = [
                "/usr/share/zsh/vendor-completions",
                "/usr/share/zsh/site-functions",
                "/usr/local/share/zsh/site-functions",
                "/opt/homebrew/share/zsh/site-functions",
            ];
            named
                .into_iter()
                .chain(known.map(PathBuf::from))
                .map(|folder| folder.join("_aws-mfa"))
                .collect()
        }
        CompletionShell::Fish => std::iter::once(
            folder("XDG_CONFIG_HOME", ".config").join("fish/completions/aws-mfa.fish"),
        )
        .chain(data.map(|folder| folder.join("fish/vendor_completions.d/aws-mfa.fish")))
        .collect(),
        CompletionShell::Powershell | CompletionShell::Elvish | CompletionShell::Nushell => {
            Vec::new()
        }
    }
}
