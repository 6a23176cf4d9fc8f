//! `aws-mfa config`: the path of config.toml, a safe way to edit it, checks, and the trust in included files.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use super::{LoadedConfig, print};
use crate::account::Config;
use crate::account::config::{Include, IncludedAccounts};
use crate::account::trusted_files::TrustedFiles;
use crate::cli::{ConfigAction, GlobalOptions};
use crate::console::printable;
use crate::context::Context;
use crate::error::{Failure, Result};
use crate::files::replace::{Replacement, read, replace_all};
use crate::files::{input, own};
use crate::terminal::Terminal;

/// The text that the editor shows if there is no config.toml. Nothing is written as long as it stays as it is.
const TEMPLATE: &str = "\
# The accounts of aws-mfa. Accounts that ~/.aws/config and ~/.aws/credentials define need no line here.
#
# [accounts.prod]
# source_profile = \"test-mfa\"
# role_arn = \"arn:aws:iam::123456789012:role/Admin\"
# region = \"eu-west-1\"
";

/// Runs a subcommand of `config`.
///
/// # Errors
///
/// If it fails, or `check` or `edit` finds a problem.
pub fn run(context: &Context, global: &GlobalOptions, action: &ConfigAction) -> Result<u8> {
    match action {
        ConfigAction::Path => {
            let path = file_path(context, global)?;
            print(format!("{}\n", path.display()).as_bytes())?;
        }
        ConfigAction::Edit => {
            if edit(context, global)? {
                check(context, global)?;
            }
        }
        ConfigAction::Check => check(context, global)?,
        ConfigAction::Trust { file } => trust(context, global, file)?,
        ConfigAction::Untrust { file } => untrust(context, file)?,
    }
    Ok(0)
}

fn file_path(context: &Context, global: &GlobalOptions) -> Result<PathBuf> {
    Config::file_path(context, global.config.as_deref()).ok_or_else(|| {
        Failure::usage("could not find a place for config.toml: this user has no home directory")
            .help("name a file with --config or AWS_MFA_CONFIG")
    })
}

/// Checks that config.toml, the files that it includes and the accounts that it defines can be used, and prints what
/// it found.
fn check(context: &Context, global: &GlobalOptions) -> Result<()> {
    let display = context.display_path(&file_path(context, global)?);
    let loaded = LoadedConfig::load(context, global)?;
    let accounts = loaded.accounts(context);
    let mut report = String::new();
    let mut problems = 0;
    let names = accounts.names();
    for name in &names {
        let found = accounts
            .resolve(name.as_str())
            .and_then(|account| accounts.source_credentials(&account).map(|_| account));
        match found {
            Ok(account) => {
                for warning in &account.warnings {
                    context.console.warn(&format!("{name}: {warning}"));
                }
            }
            Err(failure) => {
                problems += 1;
                let _ = writeln!(report, "{name}: {failure}");
                for hint in failure.hints() {
                    let _ = writeln!(report, "  help: {hint}");
                }
            }
        }
    }
    let includes = &loaded.config.includes;
    problems += includes.iter().filter(|file| file.content.is_err()).count();
    for include in includes {
        if let Ok(included) = &include.content
            && included.needs_trust()
        {
            let _ = writeln!(
                report,
                "{} is not trusted, so it only adds accounts; `aws-mfa config trust {}` lets all of it count",
                include.display, include.display
            );
        }
    }
    let from = match (&loaded.config.path, includes.len()) {
        (None, _) => format!("{display}, which does not exist"),
        (Some(_), 0) => display,
        (Some(_), 1) => format!("{display} and the file that it includes"),
        (Some(_), count) => format!("{display} and the {count} files that it includes"),
    };
    let own = loaded.config.accounts.len();
    let _ = match names.len() {
        1 => writeln!(report, "checked 1 account, {own} of them from {from}"),
        count => writeln!(
            report,
            "checked {count} accounts, {own} of them from {from}"
        ),
    };
    print(printable(&report).as_bytes())?;
    match problems {
        0 => Ok(()),
        1 => Err(Failure::usage("1 problem was found")),
        count => Err(Failure::usage(format!("{count} problems were found"))),
    }
}

/// Lets the user edit a copy of config.toml until it has no errors, and replaces the file by it. Returns whether the
/// file was changed.
fn edit(context: &Context, global: &GlobalOptions) -> Result<bool> {
    let path = file_path(context, global)?;
    let display = context.display_path(&path);
    let old = read(&path, &display)?;
    let text = old.as_deref().unwrap_or(TEMPLATE.as_bytes());
    let copy = Copy::new(&path, text).map_err(|error| {
        Failure::broken(format!("could not write a copy of {display}: {error}"))
    })?;
    loop {
        let edited = copy.edit(context, &display)?;
        if edited == text {
            context.console.info(&format!("{display} was not changed"));
            return Ok(false);
        }
        let checked = String::from_utf8(edited.clone())
            .map_err(|_| Failure::usage(format!("could not use {display}: it is not UTF-8 text")))
            .and_then(|text| Ok(Config::parse(&text, &display)?));
        let Err(failure) = checked else {
            replace_all(&[Replacement {
                path,
                display,
                old,
                new: Some(edited),
            }])
            .map_err(|failure| copy.keep(context, failure))?;
            return Ok(true);
        };
        if !edit_again(context, &failure)? {
            return Err(copy.keep(context, failure));
        }
    }
}

/// Shows what is wrong with the edited text, and asks whether to edit it again; without a terminal, nothing is.
fn edit_again(context: &Context, failure: &Failure) -> Result<bool> {
    let Some(mut terminal) = Terminal::open() else {
        return Ok(false);
    };
    context.console.failure(failure);
    let answer = terminal
        .ask("Edit again? [Y/n] ")
        .map_err(|error| Failure::broken(format!("could not read the answer: {error}")))?;
    let answer = answer.map(|answer| answer.trim().to_ascii_lowercase());
    Ok(matches!(answer.as_deref(), Some("" | "y" | "yes")))
}

/// The copy of config.toml that the editor changes. It is deleted unless it is kept.
struct Copy(tempfile::NamedTempFile);

impl Copy {
    /// It is beside config.toml, so that an editor treats it as that file. Its directory is made if it is missing.
    fn new(path: &Path, text: &[u8]) -> io::Result<Self> {
        let directory = path.parent().unwrap_or(Path::new(""));
        own::create_directory(directory)?;
        let mut file = tempfile::Builder::new()
            .prefix("config.")
            .suffix(".toml")
            .tempfile_in(directory)?;
        file.write_all(text)?;
        Ok(Self(file))
    }

    /// Runs the user's editor, and returns the edited text.
    fn edit(&self, context: &Context, display: &str) -> Result<Vec<u8>> {
        let editor = ["VISUAL", "EDITOR"]
            .into_iter()
            .find_map(|variable| context.env.text(variable));
        let editor = editor.unwrap_or(if cfg!(windows) { "notepad" } else { "vi" });
        let not_edited = |why: String| {
            Failure::usage(format!("could not edit {display}: {why}"))
                .help("set VISUAL or EDITOR to your editor")
        };
        let status = run_editor(editor, self.0.path())
            .map_err(|error| not_edited(format!("could not run `{editor}`: {error}")))?;
        if !status.success() {
            return Err(not_edited(format!("`{editor}` ended with {status}")));
        }
        // By its name: many editors replace the file.
        input::read(self.0.path())
            .map_err(|error| not_edited(format!("could not read the copy: {error}")))
    }

    /// Keeps the copy, and says where it is.
    fn keep(self, context: &Context, failure: Failure) -> Failure {
        match self.0.into_temp_path().keep() {
            Ok(path) => failure.help(format!(
                "your text is in {}; the configuration was not changed",
                context.display_path(&path)
            )),
            Err(_) => failure,
        }
    }
}

/// Runs an editor as git does: the variable may hold arguments, too.
#[cfg(not(windows))]
fn run_editor(editor: &str, file: &Path) -> io::Result<ExitStatus> {
    Command::new("/bin/sh")
        .arg("-c")
        .arg(format!("{editor} \"$@\""))
        .arg(editor)
        .arg(file)
        .status()
}

#[cfg(windows)]
fn run_editor(editor: &str, file: &Path) -> io::Result<ExitStatus> {
    let mut words = editor.split_whitespace();
    let program = words.next().unwrap_or(editor);
    Command::new(program).args(words).arg(file).status()
}

fn trust(context: &Context, global: &GlobalOptions, file: &Path) -> Result<()> {
    let loaded = LoadedConfig::load_without_warnings(context, global)?;
    let display = context.display_path(file);
    let bytes = input::read(file)
        .map_err(|error| Failure::usage(format!("could not read {display}: {error}")))?;
    let include = included(&loaded.config, file).ok_or_else(|| {
        let config = file_path(context, global).map(|path| context.display_path(&path));
        Failure::usage(format!(
            "could not trust {display}: config.toml does not include it"
        ))
        .help(format!(
            "add its path to `include`, at the top of {}",
            config.unwrap_or_else(|_| "config.toml".to_owned())
        ))
    })?;
    if let Err(error) = &include.content {
        return Err(Failure::usage(format!(
            "could not trust {display}: {error}"
        )));
    }
    TrustedFiles::load(context).trust(&include.path, &bytes)?;
    context.console.info(&format!(
        "{display} is trusted until it changes{}",
        include
            .content
            .as_ref()
            .map_or_else(|_| String::new(), now_counts)
    ));
    Ok(())
}

/// The effect of a file from now on, for the message.
fn now_counts(included: &IncludedAccounts) -> String {
    let settings = included
        .withheld
        .iter()
        .map(|(name, keys)| format!("{} of {name}", keys.join(", ")));
    let accounts = included
        .shadowing
        .iter()
        .map(|name| format!("all of {name}, which your own files define, too"));
    let parts: Vec<String> = settings.chain(accounts).collect();
    if parts.is_empty() {
        String::new()
    } else {
        format!("; from now on, this counts: {}", parts.join("; "))
    }
}

fn untrust(context: &Context, file: &Path) -> Result<()> {
    let display = context.display_path(file);
    let was_trusted = TrustedFiles::load(context).untrust(file)?;
    context.console.info(&if was_trusted {
        format!("{display} is not trusted any more; it only adds accounts")
    } else {
        format!("{display} was not trusted")
    });
    Ok(())
}

/// The included file at this path.
fn included<'a>(config: &'a Config, file: &Path) -> Option<&'a Include> {
    let file = file.canonicalize().ok()?;
    let is_it = |include: &&Include| include.path.canonicalize().is_ok_and(|path| path == file);
    config.includes.iter().find(is_it)
}
