//! The subcommands, one file each. They decide the order of the steps; the modules before this one in `lib.rs` do the
//! work.

use std::io::Write as _;

use crate::account::reserved::{CommandMeant, command_meant};
use crate::account::resolve::Accounts;
use crate::account::{AwsProfiles, Config};
use crate::cli::{AccountOptions, Cli, Command};
use crate::context::Context;
use crate::delivery::shell::Shell;
use crate::error::{ErrorKind, Failure, Result};
use crate::interrupt;
use crate::session::{ProviderOptions, SessionProvider};

mod account_and_code;
pub mod completions;
pub mod config;
pub mod credential_process;
pub mod doctor;
pub mod env;
pub mod exec;
pub mod forget;
mod hidden_commands;
pub mod init;
pub mod list;
pub mod man;
pub mod off;
mod pick;
pub mod save;
pub mod setup;
pub mod status;

/// Runs the subcommand of the command line and returns its exit status.
///
/// # Errors
///
/// If the command fails. Nothing of its result is on standard output then; [`program`](crate::program) prints the
/// statement that makes the shell fail.
pub fn run(cli: &Cli, context: &Context) -> Result<u8> {
    match &cli.command {
        Command::Env(args) => env::run(context, &cli.global, args),
        Command::Save(args) => save::run(context, &cli.global, args),
        Command::Exec(args) => exec::run(context, &cli.global, args),
        Command::Off(args) => off::run(context, args),
        Command::Status(args) => status::run(context, &cli.global, args),
        Command::List(args) => list::run(context, &cli.global, args),
        Command::CredentialProcess(args) => credential_process::run(context, &cli.global, args),
        Command::Forget(args) => forget::run(context, &cli.global, args),
        Command::Doctor(args) => doctor::run(context, &cli.global, args),
        Command::Init(args) => init::run(context, &cli.global, args),
        Command::Completions(args) => completions::run(args),
        Command::Setup(args) => setup::run(context, &cli.global, args),
        Command::Config(args) => config::run(context, &cli.global, &args.action),
        Command::Man(args) => man::run(context, args),
    }
}

/// The shell that evaluates the output of this command; `None` for a command whose output is no statements.
#[must_use]
pub fn evaluated_by(cli: &Cli, context: &Context) -> Option<Shell> {
    let from_flag = match &cli.command {
        Command::Env(args) if args.json || args.dotenv => return None,
        Command::Env(args) => args.shell,
        Command::Off(args) => args.shell,
        Command::Save(_)
        | Command::Exec(_)
        | Command::Status(_)
        | Command::List(_)
        | Command::CredentialProcess(_)
        | Command::Forget(_)
        | Command::Doctor(_)
        | Command::Init(_)
        | Command::Completions(_)
        | Command::Setup(_)
        | Command::Config(_)
        | Command::Man(_) => return None,
    };
    Some(from_flag.unwrap_or_else(|| crate::delivery::shell::detect::shell(context)))
}

/// The probable meaning of a word in the place of a subcommand: an account, or a command that is called otherwise here.
#[must_use]
pub fn meant_by(context: &Context, word: &str) -> Option<Failure> {
    let failure = Failure::usage(format!("`{word}` is not a command of aws-mfa"));
    let shell = crate::delivery::shell::detect::shell(context);
    let load = |command: &str| shell.load_command(command);
    match command_meant(word) {
        Some(CommandMeant::End) => Some(failure.help(format!(
            "to end the session of this shell: `mfa off` with the hook, or {}",
            load("aws-mfa off")
        ))),
        Some(CommandMeant::Load) => Some(failure.help(format!(
            "to load a session into this shell: `mfa ACCOUNT` with the hook, or {}",
            load("aws-mfa env ACCOUNT")
        ))),
        _ => {
            let config = Config::load(context, None).ok()?;
            let profiles = AwsProfiles::load(context).ok()?;
            let accounts = Accounts {
                config: &config,
                profiles: &profiles,
                context,
            };
            accounts.is_defined(word).then(|| {
                failure.help(format!(
                    "to load a session of account {word}: `mfa {word}` with the hook, or {}",
                    load(&format!("aws-mfa env {word}"))
                ))
            })
        }
    }
}

/// Checks that the hook captures the output of this process, which it is to evaluate.
///
/// # Errors
///
/// In tcsh, if the user redirected the output: tcsh applies the redirection to the command in the hook's backquotes.
fn check_is_captured(shell: Option<Shell>) -> Result<()> {
    if shell == Some(Shell::Tcsh) && !crate::hook::tcsh::is_output_captured() {
        return Err(Failure::usage(
            "could not change this shell: tcsh does not evaluate the output of a command that is redirected",
        )
        .help("omit the redirection"));
    }
    Ok(())
}

/// Warns about variables that keep no value from before the session; see
/// [`Ending::NotRestored`](crate::environment::restore_record::Ending::NotRestored).
fn warn_unrestored(context: &Context, names: &[&str]) {
    if !names.is_empty() {
        context.console.warn(&format!(
            "not restored, because the value was that of another directory or of a key that was replaced: {}",
            names.join(", ")
        ));
    }
}

/// The first line of a text. An error message may continue with lines that quote a file.
fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

/// The contents of config.toml and of the AWS files.
struct LoadedConfig {
    config: Config,
    profiles: AwsProfiles,
}

impl LoadedConfig {
    /// Loads them, and warns about AWS files that this program or the AWS CLI cannot use.
    fn load(context: &Context, global: &crate::cli::GlobalOptions) -> Result<Self> {
        let loaded = Self::load_without_warnings(context, global)?;
        for warning in loaded.profiles.warnings(context) {
            context.console.warn(&warning);
        }
        Ok(loaded)
    }

    /// Loads them without those warnings: for commands that programs run again and again, and for those after which no
    /// AWS tool is used.
    fn load_without_warnings(
        context: &Context,
        global: &crate::cli::GlobalOptions,
    ) -> Result<Self> {
        let mut loaded = Self {
            config: Config::load(context, global.config.as_deref())?,
            profiles: AwsProfiles::load(context)?,
        };
        loaded.config.remove_untrusted(context, &loaded.profiles);
        for include in &loaded.config.includes {
            if let Err(error) = &include.content {
                context.console.warn(&format!(
                    "the accounts in {} are missing: {error}",
                    include.display
                ));
            }
        }
        context
            .console
            .trace(|| format!("AWS files: {}", loaded.profiles.display_files(context)));
        Ok(loaded)
    }

    fn accounts<'a>(&'a self, context: &'a Context) -> Accounts<'a> {
        Accounts {
            config: &self.config,
            profiles: &self.profiles,
            context,
        }
    }
}

/// A session provider with the options of this command line.
fn session_provider<'a>(
    accounts: &'a Accounts<'a>,
    options: &'a AccountOptions,
) -> SessionProvider<'a> {
    let options = ProviderOptions {
        overrides: &options.overrides,
        fresh: options.fresh,
        skip_confirmation: options.yes,
        pick_device: pick::device,
    };
    SessionProvider::new(accounts, options)
}

/// Checks that standard output leads to a reader, before a code is used up for what would be printed there.
///
/// # Errors
///
/// If standard output is closed. The standard library then opens `/dev/null` for reading and writing in its place,
/// which a shell's `> /dev/null` does not: <https://doc.rust-lang.org/src/std/sys/pal/unix/mod.rs.html>.
fn check_stdout_is_open() -> Result<()> {
    #[cfg(unix)]
    {
        use rustix::fs::{OFlags, fcntl_getfl, fstat, stat};
        let stdout = std::io::stdout();
        let reads_and_writes = fcntl_getfl(&stdout).is_ok_and(|flags| flags.contains(OFlags::RDWR));
        let device = |stat: rustix::fs::Stat| (stat.st_dev, stat.st_ino);
        let is_null = || {
            let null = stat("/dev/null").ok().map(device);
            null.is_some() && fstat(&stdout).ok().map(device) == null
        };
        if reads_and_writes && is_null() {
            return Err(Failure::broken(
                "could not hand over a session: standard output is closed",
            )
            .help("have a program or the shell read the output, or use `aws-mfa save` or `aws-mfa exec`"));
        }
    }
    Ok(())
}

/// Writes to standard output what a shell or a program is to take over. Unlike with `print`, a reader that went away is
/// an error: the caller would otherwise take status 0 for a session that it does not have.
fn hand_over(bytes: &[u8]) -> Result<()> {
    print(bytes).map_err(|failure| match failure.kind() {
        ErrorKind::BrokenPipe => {
            Failure::broken("could not hand over the session: the reader closed standard output")
        }
        _ => failure,
    })
}

/// Writes `bytes` to standard output and flushes. Callers build the whole output first, so that a failure
/// leaves a shell nothing to evaluate.
fn print(bytes: &[u8]) -> Result<()> {
    interrupt::check();
    let mut stdout = std::io::stdout().lock();
    stdout
        .write_all(bytes)
        .and_then(|()| stdout.flush())
        .map_err(Failure::stdout)
}
