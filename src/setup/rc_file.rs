//! The files that each shell reads when it starts, and the lines in them that load the hook. They are read here, and
//! written by `commands::setup` only.

use std::path::{Path, PathBuf};

use super::block;
use crate::context::Context;
use crate::delivery::shell::Shell;
use crate::error::Result;
use crate::files::input;

/// The location of the hook in the files of a shell.
#[derive(Debug, PartialEq, Eq)]
pub enum RcLocation {
    /// Lines in a file that the shell reads when it starts.
    Lines {
        /// The file, which need not exist.
        file: PathBuf,
        /// The lines, each with its line feed.
        lines: &'static str,
    },
    /// A file of its own that contains the hook itself.
    Whole {
        /// The file, which need not exist.
        file: PathBuf,
    },
    /// A line that the user has to add, because only the shell knows its file.
    Manual {
        /// The line.
        line: &'static str,
        /// The description of the file.
        location: &'static str,
    },
    /// None: the shell has no hook.
    None,
}

/// Returns the location of the hook of this shell.
///
/// # Errors
///
/// If there is no home directory.
pub fn location(context: &Context, shell: Shell) -> Result<RcLocation> {
    let home = context.home()?;
    let config = directory(context, "XDG_CONFIG_HOME", &home.join(".config"));
    let file = match shell {
        Shell::Bash => home.join(".bashrc"),
        Shell::Zsh => zsh_directory(context, home).join(".zshrc"),
        Shell::Fish => config.join("fish/config.fish"),
        Shell::Elvish => config.join("elvish/rc.elv"),
        Shell::Xonsh => first_of(&[home.join(".xonshrc"), config.join("xonsh/rc.xsh")]),
        // tcsh reads ~/.cshrc only if there is no ~/.tcshrc (tcsh(1), "Startup and shutdown").
        Shell::Tcsh => first_of(&[home.join(".tcshrc"), home.join(".cshrc")]),
        Shell::Sh => match context.env.text("ENV").map(|file| expand(context, file)) {
            Some(file) if file.is_absolute() => file,
            _ => return Ok(manual(shell, "the file that ENV names (ENV is not set)")),
        },
        Shell::Nushell => {
            let file = data_directory(context, home).join("nushell/vendor/autoload/aws-mfa.nu");
            return Ok(RcLocation::Whole { file });
        }
        // On Windows, only PowerShell knows its file: the Documents directory may lie elsewhere.
        Shell::Powershell if cfg!(windows) => {
            return Ok(manual(shell, "the file that $PROFILE names"));
        }
        // $PROFILE.CurrentUserAllHosts:
        // https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_profiles
        Shell::Powershell => config.join("powershell/profile.ps1"),
        Shell::Cmd => return Ok(RcLocation::None),
    };
    Ok(RcLocation::Lines {
        file,
        lines: lines(shell),
    })
}

fn manual(shell: Shell, location: &'static str) -> RcLocation {
    RcLocation::Manual {
        line: lines(shell).trim_end(),
        location,
    }
}

/// The command that writes the hook of tcsh to a file. tcsh splits the output of backquotes into words, so it cannot
/// evaluate the hook directly. The file is replaced by `mv`, because another shell may be reading it.
macro_rules! tcsh_file {
    () => {
        concat!(
            "aws-mfa init tcsh >! ~/.aws-mfa.tcsh.$$ && mv -f ~/.aws-mfa.tcsh.$$ ~/.aws-mfa.tcsh",
            " || rm -f ~/.aws-mfa.tcsh.$$"
        )
    };
}

/// Returns the lines in the rc file that load the hook, each with its line feed.
#[must_use]
pub const fn lines(shell: Shell) -> &'static str {
    match shell {
        Shell::Bash => "eval \"$(aws-mfa init bash)\"\n",
        Shell::Zsh => "eval \"$(aws-mfa init zsh)\"\n",
        Shell::Sh => "eval \"$(aws-mfa init sh)\"\n",
        Shell::Fish => "aws-mfa init fish | source\n",
        Shell::Elvish => "eval (aws-mfa init elvish | slurp)\n",
        Shell::Xonsh => {
            "execx(__import__('subprocess').check_output('aws-mfa init xonsh'.split(), env=${...}.detype()).decode())\n"
        }
        Shell::Tcsh => concat!(tcsh_file!(), "\nsource ~/.aws-mfa.tcsh\n"),
        Shell::Powershell => "Invoke-Expression (& { (aws-mfa init powershell) -join \"`n\" })\n",
        Shell::Nushell | Shell::Cmd => "",
    }
}

/// Returns the line for ~/.bashrc that loads the hook from the program at this path, and does nothing once the program
/// is gone.
#[must_use]
pub fn guarded_line_of_bash(context: &Context, program: &Path) -> String {
    let display = context.display_path(program);
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+".contains(c);
    let word = if display
        .strip_prefix('~')
        .unwrap_or(&display)
        .chars()
        .all(is_plain)
    {
        display
    } else {
        shell_escape::unix::escape(program.to_string_lossy()).into_owned()
    };
    format!("[ ! -x {word} ] || eval \"$({word} init bash)\"\n")
}

/// The line by which zsh completes what functions tell, unless its rc files do so before. With `-i`, zsh does not ask about
/// directories that others can write to, but leaves them out.
pub const COMPINIT: &str =
    "(( $+functions[compdef] )) || { autoload -Uz compinit && compinit -i }\n";

/// Returns the file that tcsh's lines write, if it exists.
#[must_use]
pub fn tcsh_hook(context: &Context) -> Option<PathBuf> {
    let file = context.home().ok()?.join(".aws-mfa.tcsh");
    let text = input::read(&file).ok()?;
    text.starts_with(b"# The hook of aws-mfa for tcsh")
        .then_some(file)
}

/// Returns the line that loads the hook with another name for its command, for which `NAME` stands.
#[must_use]
pub fn line_with_name(shell: Shell) -> String {
    let init = format!("init {}", shell.to_string().to_ascii_lowercase());
    let line = lines(shell).lines().next().unwrap_or_default();
    line.replacen(&init, &format!("{init} --cmd NAME"), 1)
}

/// Returns the command that loads the hook into a running shell; `None` if only a new shell loads it.
#[must_use]
pub fn load_now(shell: Shell) -> Option<&'static str> {
    match shell {
        Shell::Tcsh => Some(concat!(tcsh_file!(), "; source ~/.aws-mfa.tcsh")),
        Shell::Nushell | Shell::Cmd => None,
        _ => Some(lines(shell).trim_end()),
    }
}

/// Returns the profile that `PowerShell` reads in its console only, beside the one for all of its hosts.
#[must_use]
pub fn profile_of_console(all_hosts: &Path) -> PathBuf {
    all_hosts.with_file_name("Microsoft.PowerShell_profile.ps1")
}

/// Returns the other files that the shell reads when it starts: the user may have put the hook's line into one of them.
#[must_use]
pub fn other_files(context: &Context, shell: Shell) -> Vec<PathBuf> {
    let Ok(home) = context.home() else {
        return Vec::new();
    };
    let below = |directory: &Path, names: &[&str]| -> Vec<PathBuf> {
        names.iter().map(|name| directory.join(name)).collect()
    };
    let config = || directory(context, "XDG_CONFIG_HOME", &home.join(".config"));
    let mut files = match shell {
        Shell::Bash => below(
            home,
            &[".bash_profile", ".bash_login", ".profile", ".bash_aliases"],
        ),
        Shell::Zsh => below(
            &zsh_directory(context, home),
            &[".zprofile", ".zshenv", ".zlogin"],
        ),
        Shell::Fish => files_in(&config().join("fish/conf.d")),
        Shell::Xonsh => vec![home.join(".xonshrc"), config().join("xonsh/rc.xsh")],
        Shell::Powershell if cfg!(not(windows)) => {
            below(&config(), &["powershell/Microsoft.PowerShell_profile.ps1"])
        }
        Shell::Nushell => below(
            &config(),
            &["nushell/autoload/aws-mfa.nu", "nushell/config.nu"],
        ),
        _ => Vec::new(),
    };
    if let Ok(RcLocation::Lines { file: first, .. }) = location(context, shell) {
        files.retain(|file| *file != first);
    }
    files
}

/// The line by which a login shell of bash reads ~/.bashrc.
pub const READ_BASHRC: &str = "[ -r ~/.bashrc ] && . ~/.bashrc";

/// Returns the file that login shells of bash read instead of ~/.bashrc, and whether it, too, reads ~/.bashrc or loads the
/// hook; `None` if there is no such file.
fn login_file(context: &Context) -> Option<(PathBuf, bool)> {
    let home = context.home().ok()?;
    let mut files = [".bash_profile", ".bash_login", ".profile"]
        .map(|name| home.join(name))
        .into_iter();
    // bash reads the first of them that exists, and no other:
    // https://www.gnu.org/software/bash/manual/html_node/Bash-Startup-Files.html.
    let file = files.find(|file| file.is_file())?;
    let any_line = |file: &Path, is_wanted: &dyn Fn(&str) -> bool| {
        let bytes = input::read(file).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        let mut lines = text.lines().map(str::trim_start);
        lines.any(|line| !line.starts_with('#') && is_wanted(line))
    };
    let loads_hook = |file: &Path| {
        any_line(file, &|line| {
            line.contains("bashrc") || block::loads(line, "bash")
        })
    };
    let by_profile =
        any_line(&file, &|line| line.contains("/.profile")) && loads_hook(&home.join(".profile"));
    let is_complete = loads_hook(&file) || by_profile;
    Some((file, is_complete))
}

/// Returns the file that login shells of bash read instead of ~/.bashrc, if that file neither reads ~/.bashrc nor loads
/// the hook.
#[must_use]
pub fn login_without_bashrc(context: &Context) -> Option<PathBuf> {
    let (file, reads_bashrc) = login_file(context)?;
    (!reads_bashrc).then_some(file)
}

/// Whether login shells of bash read ~/.bashrc, or load the hook otherwise.
#[must_use]
pub fn login_reads_bashrc(context: &Context) -> bool {
    login_file(context).is_some_and(|(_, reads_bashrc)| reads_bashrc)
}

/// Returns the existing files, of any shell, in which users define aliases and functions.
#[must_use]
pub fn all_files(context: &Context) -> Vec<PathBuf> {
    let Ok(home) = context.home() else {
        return Vec::new();
    };
    let mut files = Vec::new();
    for shell in [
        Shell::Bash,
        Shell::Zsh,
        Shell::Sh,
        Shell::Fish,
        Shell::Tcsh,
        Shell::Xonsh,
        Shell::Elvish,
    ] {
        if let Ok(RcLocation::Lines { file, .. }) = location(context, shell) {
            files.push(file);
        }
        files.extend(other_files(context, shell));
    }
    let others = [".aliases", ".zsh_aliases", ".kshrc", ".mkshrc", ".shrc"];
    files.extend(others.map(|name| home.join(name)));
    let config = directory(context, "XDG_CONFIG_HOME", &home.join(".config"));
    files.extend(files_in(&config.join("fish/functions")));
    files.extend(files_in(&home.join(".bashrc.d")));
    files.extend(files_in(&home.join(".oh-my-zsh/custom")));
    let mut seen = std::collections::BTreeSet::new();
    files.retain(|file| file.is_file() && seen.insert(file.clone()));
    files
}

/// The entries of a directory, sorted; none if it cannot be read.
fn files_in(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    files.sort();
    files
}

/// The directory that a variable names, if the path is absolute; others are to be ignored:
/// <https://specifications.freedesktop.org/basedir-spec/latest/#variables>.
fn directory(context: &Context, variable: &str, default: &Path) -> PathBuf {
    let from_variable = context.env.text(variable).map(PathBuf::from);
    from_variable
        .filter(|path| path.is_absolute())
        .unwrap_or_else(|| default.to_owned())
}

/// zsh's `ZDOTDIR`. It is usually set in ~/.zshenv and need not be exported, so that file is read, too.
fn zsh_directory(context: &Context, home: &Path) -> PathBuf {
    let bytes = input::read(&home.join(".zshenv")).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let assigned = text.lines().rev().find_map(|line| {
        let line = line.trim_start();
        let assignment = line.strip_prefix("export ").unwrap_or(line).trim_start();
        let value = assignment.strip_prefix("ZDOTDIR=")?;
        let word = value.split([' ', '\t', ';', '#']).next()?;
        Some(word.replace(['"', '\''], ""))
    });
    let config = directory(context, "XDG_CONFIG_HOME", &home.join(".config"));
    let path = assigned.map(|value| {
        let below_config = [
            "$XDG_CONFIG_HOME/",
            "${XDG_CONFIG_HOME}/",
            "${XDG_CONFIG_HOME:-$HOME/.config}/",
        ]
        .into_iter()
        .find_map(|prefix| value.strip_prefix(prefix));
        below_config.map_or_else(|| expand(context, &value), |rest| config.join(rest))
    });
    // Only zsh can expand other variables and substitutions.
    let expanded = path.filter(|path| path.is_absolute() && !path.to_string_lossy().contains('$'));
    directory(
        context,
        "ZDOTDIR",
        &expanded.unwrap_or_else(|| home.to_owned()),
    )
}

/// The directory that contains nushell's `$nu.data-dir`.
fn data_directory(context: &Context, home: &Path) -> PathBuf {
    let default = if cfg!(target_os = "macos") {
        home.join("Library/Application Support")
    } else if cfg!(windows) {
        directory(context, "APPDATA", &home.join("AppData/Roaming"))
    } else {
        home.join(".local/share")
    };
    directory(context, "XDG_DATA_HOME", &default)
}

/// The first file that exists, or the first if none does.
fn first_of(files: &[PathBuf; 2]) -> PathBuf {
    let existing = files.iter().find(|file| file.exists());
    existing.unwrap_or(&files[0]).clone()
}

/// The path with `~` and `$HOME` at its start expanded, as shells do in `ENV`.
pub(super) fn expand(context: &Context, path: &str) -> PathBuf {
    let below_home = ["$HOME/", "${HOME}/"]
        .into_iter()
        .find_map(|home| path.strip_prefix(home));
    match below_home {
        Some(rest) => context.expand_tilde(&format!("~/{rest}")),
        None => context.expand_tilde(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::testing::context;

    fn file(variables: &[(&str, &str)], shell: Shell) -> String {
        match location(&context(variables), shell).unwrap() {
            RcLocation::Lines { file, lines } => {
                assert!(lines.contains("aws-mfa init") && lines.ends_with('\n'));
                file.display().to_string()
            }
            RcLocation::Whole { file } => file.display().to_string(),
            RcLocation::Manual { line, .. } => line.to_owned(),
            RcLocation::None => String::new(),
        }
    }

    #[test]
    fn zshrc_is_in_the_directory_that_zshenv_sets() {
        let home = tempfile::tempdir().unwrap();
        let mut context = context(&[]);
        context.directories.home = Some(home.path().to_owned());
        for (text, below) in [
            ("ZDOTDIR=~/.config/zsh\n", ".config/zsh/.zshrc"),
            ("x\n  export ZDOTDIR=\"$HOME/z\" # mine\n", "z/.zshrc"),
            (
                "export ZDOTDIR=${XDG_CONFIG_HOME:-$HOME/.config}/zsh\n",
                ".config/zsh/.zshrc",
            ),
            ("# ZDOTDIR=/x\n", ".zshrc"),
            ("ZDOTDIR=$(pwd)\n", ".zshrc"),
        ] {
            std::fs::write(home.path().join(".zshenv"), text).unwrap();
            match location(&context, Shell::Zsh).unwrap() {
                RcLocation::Lines { file, .. } => {
                    assert_eq!(file, home.path().join(below), "{text}");
                }
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn the_hook_of_every_shell_has_its_location() {
        for (variables, shell, location) in [
            (&[][..], Shell::Bash, "/home/jane/.bashrc"),
            (&[], Shell::Zsh, "/home/jane/.zshrc"),
            (&[("ZDOTDIR", "/z")], Shell::Zsh, "/z/.zshrc"),
            (&[("ZDOTDIR", "z")], Shell::Zsh, "/home/jane/.zshrc"),
            (&[], Shell::Fish, "/home/jane/.config/fish/config.fish"),
            (
                &[("XDG_CONFIG_HOME", "/c")],
                Shell::Fish,
                "/c/fish/config.fish",
            ),
            (&[], Shell::Elvish, "/home/jane/.config/elvish/rc.elv"),
            (&[], Shell::Tcsh, "/home/jane/.tcshrc"),
            (&[], Shell::Xonsh, "/home/jane/.xonshrc"),
            (&[("ENV", "$HOME/.shrc")], Shell::Sh, "/home/jane/.shrc"),
            (&[("ENV", "~/.mkshrc")], Shell::Sh, "/home/jane/.mkshrc"),
            (&[("ENV", "x")], Shell::Sh, "eval \"$(aws-mfa init sh)\""),
            (&[], Shell::Sh, "eval \"$(aws-mfa init sh)\""),
            (
                &[("XDG_DATA_HOME", "/d")],
                Shell::Nushell,
                "/d/nushell/vendor/autoload/aws-mfa.nu",
            ),
            (
                &[],
                Shell::Powershell,
                "/home/jane/.config/powershell/profile.ps1",
            ),
            (&[], Shell::Cmd, ""),
        ] {
            assert_eq!(file(variables, shell), location, "{shell} {variables:?}");
        }
    }
}
