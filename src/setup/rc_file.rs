use std::path::{Path, PathBuf};

use crate::context::Context;
use crate::delivery::shell::Shell;
use crate::error::Result;

/// How a shell gets the hook.
#[derive(Debug, PartialEq, Eq)]
pub enum RcLocation {
    /// By lines in a file that it reads when it starts.
    Lines {
        /// The file, whether it exists or not.
        file: PathBuf,
        /// The lines, each with its end.
        lines: &'static str,
    },
    /// By a file of its own, which holds the hook itself.
    Whole {
        /// The file, whether it exists or not.
        file: PathBuf,
    },
    /// By a line that the user has to put somewhere.
    ByHand {
        /// The line.
        line: &'static str,
        /// Where to.
        to: &'static str,
    },
    /// Not at all.
    None,
}

/// How this shell gets the hook.
///
/// # Errors
///
/// Without a home folder.
pub fn place(context: &Context, shell: Shell) -> Result<RcLocation> {
    let home = context.home()?;
    let config = folder(context, "XDG_CONFIG_HOME", &home.join(".config"));
    let file = match shell {
        Shell::Bash => home.join(".bashrc"),
        Shell::Zsh => zsh_folder(context, home).join(".zshrc"),
        Shell::Fish => config.join("fish/config.fish"),
        Shell::Elvish => config.join("elvish/rc.elv"),
        Shell::Xonsh => first_of(&[home.join(".xonshrc"), config.join("xonsh/rc.xsh")]),
        // tcsh reads ~/.cshrc only where there is no ~/.tcshrc.
        Shell::Tcsh => first_of(&[home.join(".tcshrc"), home.join(".cshrc")]),
        Shell::Sh => match context.env.text("ENV").map(|file| expand(context, file)) {
            Some(file) if file.is_absolute() => file,
            _ => {
                return Ok(manual_instructions(
                    shell,
                    "the file that ENV names (ENV is not set)",
                ));
            }
        },
        Shell::Nushell => {
            let file = data_folder(context, home).join("nushell/vendor/autoload/aws-mfa.nu");
            return Ok(RcLocation::Whole { file });
        }
        Shell::Powershell => return Ok(manual_instructions(shell, "the file that $PROFILE names")),
        Shell::Cmd => return Ok(RcLocation::None),
    };
    Ok(RcLocation::Lines {
        file,
        lines: lines(shell),
    })
}

fn manual_instructions(shell: Shell, to: &'static str) -> RcLocation {
    RcLocation::ByHand {
        line: lines(shell).trim_end(),
        to,
    }
}

/// tcsh's backquotes split what they hold into words, so the hook goes through a file. It is put there
/// whole, because another shell may be reading it.
macro_rules! tcsh_file {
    () => {
        "aws-mfa init tcsh >! ~/.aws-mfa.tcsh.$$ && mv -f ~/.aws-mfa.tcsh.$$ ~/.aws-mfa.tcsh || rm -f ~/.aws-mfa.tcsh.$$"
    };
}

/// What the rc file says to load the hook, each line with its end.
const fn lines(shell: Shell) -> &'static str {
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

/// What tcsh's lines write, if it is there.
#[must_use]
pub fn tcsh_hook(context: &Context) -> Option<PathBuf> {
    let file = context.home().ok()?.join(".aws-mfa.tcsh");
    let text = std::fs::read(&file).ok()?;
    text.starts_with(b"# The hook of aws-mfa for tcsh")
        .then_some(file)
}

/// The line that loads the hook with another name for its command.
#[must_use]
pub fn line_with_name(shell: Shell) -> String {
    let init = format!("init {}", shell.to_string().to_ascii_lowercase());
    let line = lines(shell).lines().next().unwrap_or_default();
    line.replacen(&init, &format!("{init} --cmd NAME"), 1)
}

/// What makes the hook work in the shell that runs now; `None` where only a new shell will do.
#[must_use]
pub fn load_now(shell: Shell) -> Option<&'static str> {
    match shell {
        Shell::Tcsh => Some(concat!(tcsh_file!(), "; source ~/.aws-mfa.tcsh")),
        Shell::Nushell | Shell::Cmd => None,
        _ => Some(lines(shell).trim_end()),
    }
}

/// Other files that the shell reads when it starts, in which the hook may be loaded.
#[must_use]
pub fn beside(context: &Context, shell: Shell) -> Vec<PathBuf> {
    let Ok(home) = context.home() else {
        return Vec::new();
    };
    let below = |folder: &Path, names: &[&str]| -> Vec<PathBuf> {
        names.iter().map(|name| folder.join(name)).collect()
    };
    let config = || folder(context, "XDG_CONFIG_HOME", &home.join(".config"));
    let mut files = match shell {
        Shell::Bash => below(
            home,
            &[".bash_profile", ".bash_login", ".profile", ".bash_aliases"],
        ),
        Shell::Zsh => below(
            &zsh_folder(context, home),
            &[".zprofile", ".zshenv", ".zlogin"],
        ),
        Shell::Fish => files_in(&config().join("fish/conf.d")),
        Shell::Xonsh => vec![home.join(".xonshrc"), config().join("xonsh/rc.xsh")],
        Shell::Nushell => below(
            &config(),
            &["nushell/autoload/aws-mfa.nu", "nushell/config.nu"],
        ),
        _ => Vec::new(),
    };
    if let Ok(RcLocation::Lines { file: first, .. }) = place(context, shell) {
        files.retain(|file| *file != first);
    }
    files
}

/// What lets bash's login shells read ~/.bashrc, where the hook is.
pub const READ_BASHRC: &str = "[ -r ~/.bashrc ] && . ~/.bashrc";

/// The file that bash's login shells read instead of ~/.bashrc, if it neither reads that nor loads
/// the hook.
#[must_use]
pub fn login_without_bashrc(context: &Context) -> Option<PathBuf> {
    let home = context.home().ok()?;
    let mut files = [".bash_profile", ".bash_login", ".profile"]
        .map(|name| home.join(name))
        .into_iter();
    // bash reads the first that there is, and no other.
    let file = files.find(|file| file.is_file())?;
    let says = |file: &Path, what: &str| {
        let text = std::fs::read(file).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let mut lines = text.lines().map(str::trim_start);
        lines.any(|line| !line.starts_with('#') && line.contains(what))
    };
    let leads_there = |file: &Path| says(file, "bashrc") || says(file, "aws-mfa init");
    let next = home.join(".profile");
    let by_next = says(&file, "/.profile") && leads_there(&next);
    (!leads_there(&file) && !by_next).then_some(file)
}

/// Every file in which people define aliases and functions, of any shell.
#[must_use]
pub fn all(context: &Context) -> Vec<PathBuf> {
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
        if let Ok(RcLocation::Lines { file, .. }) = place(context, shell) {
            files.push(file);
        }
        files.extend(beside(context, shell));
    }
    let others = [".aliases", ".zsh_aliases", ".kshrc", ".mkshrc", ".shrc"];
    files.extend(others.map(|name| home.join(name)));
    let config = folder(context, "XDG_CONFIG_HOME", &home.join(".config"));
    files.extend(files_in(&config.join("fish/functions")));
    files.extend(files_in(&home.join(".bashrc.d")));
    files.extend(files_in(&home.join(".oh-my-zsh/custom")));
    let mut seen = std::collections::BTreeSet::new();
    files.retain(|file| file.is_file() && seen.insert(file.clone()));
    files
}

fn files_in(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    files.sort();
    files
}

/// The folder that a variable names, if it is a path from the root as the XDG specification has it.
fn folder(context: &Context, variable: &str, otherwise: &Path) -> PathBuf {
    let named = context.env.text(variable).map(PathBuf::from);
    named
        .filter(|folder| folder.is_absolute())
        .unwrap_or_else(|| otherwise.to_owned())
}

/// zsh's `ZDOTDIR`. Whether it is exported or not, people set it in ~/.zshenv.
fn zsh_folder(context: &Context, home: &Path) -> PathBuf {
    let text = std::fs::read(home.join(".zshenv")).unwrap_or_default();
    let text = String::from_utf8_lossy(&text).into_owned();
    let set = text.lines().rev().find_map(|line| {
        let line = line.trim_start();
        let line = line.strip_prefix("export ").unwrap_or(line).trim_start();
        let value = line.strip_prefix("ZDOTDIR=")?;
        let value = value.split([' ', '\t', ';', '#']).next()?;
        Some(value.replace(['"', '\''], ""))
    });
    let config = folder(context, "XDG_CONFIG_HOME", &home.join(".config"));
    let set = set.map(|value| {
        let below_config = [
            "$XDG_CONFIG_HOME/",
            "${XDG_CONFIG_HOME}/",
            "${XDG_CONFIG_HOME:-$HOME/.config}/",
        ]
        .into_iter()
        .find_map(|prefix| value.strip_prefix(prefix));
        below_config.map_or_else(|| expand(context, &value), |rest| config.join(rest))
    });
    // What else is in there, only zsh knows.
    let known =
        set.filter(|folder| folder.is_absolute() && !folder.to_string_lossy().contains('$'));
    folder(
        context,
        "ZDOTDIR",
        &known.unwrap_or_else(|| home.to_owned()),
    )
}

/// nushell's `$nu.data-dir` is below it.
fn data_folder(context: &Context, home: &Path) -> PathBuf {
    let otherwise = if cfg!(target_os = "macos") {
        home.join("Library/Application Support")
    } else if cfg!(windows) {
        folder(context, "APPDATA", &home.join("AppData/Roaming"))
    } else {
        home.join(".local/share")
    };
    folder(context, "XDG_DATA_HOME", &otherwise)
}

/// The first that exists, else the first.
fn first_of(files: &[PathBuf; 2]) -> PathBuf {
    let there = files.iter().find(|file| file.exists());
    there.unwrap_or(&files[0]).clone()
}

/// A path as the shells expand it in `ENV`.
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
        match place(&context(variables), shell).unwrap() {
            RcLocation::Lines { file, lines } => {
                assert!(lines.contains("aws-mfa init") && lines.ends_with('\n'));
                file.display().to_string()
            }
            RcLocation::Whole { file } => file.display().to_string(),
            RcLocation::ByHand { line, .. } => line.to_owned(),
            RcLocation::None => String::new(),
        }
    }

    #[test]
    fn zsh_is_found_where_its_own_file_says() {
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
            match place(&context, Shell::Zsh).unwrap() {
                RcLocation::Lines { file, .. } => {
                    assert_eq!(file, home.path().join(below), "{text}");
                }
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn every_shell_has_its_place() {
        for (variables, shell, place) in [
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
                "Invoke-Expression (& { (aws-mfa init powershell) -join \"`n\" })",
            ),
            (&[], Shell::Cmd, ""),
        ] {
            assert_eq!(file(variables, shell), place, "{shell} {variables:?}");
        }
    }
}
