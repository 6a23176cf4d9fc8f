//! The subcommands, one file each, told with the modules below.

use std::io::Write as _;

use crate::account::resolve::Accounts;
use crate::account::{AwsProfiles, Config};
use crate::cli::{AccountOptions, Cli, Command};
use crate::context::Context;
use crate::delivery::shell::Shell;
use crate::error::{Failure, Result};
use crate::interrupt;
use crate::session::ProviderOptions;
use crate::session::SessionProvider;

/// Which account is meant where the command line leaves it out.
mod choose;
/// `completions`
pub mod completions;
/// `credential-process`
pub mod credential_process;
/// `doctor`
pub mod doctor;
/// `env`
pub mod env;
/// `exec`
pub mod exec;
/// `forget`
pub mod forget;
/// `init`
pub mod init;
/// `list`
pub mod list;
/// `man`
pub mod man;
/// `off`
pub mod off;
/// The list to pick an account from.
mod pick;
/// `save`
pub mod save;
/// `setup`
pub mod setup;
/// `status`
pub mod status;

/// Does what the command line says; the exit status of a command that did not fail.
///
/// # Errors
///
/// Whatever kept the command from being done. Nothing was printed to standard output then.
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
        Command::Man(args) => man::run(context, args),
    }
}

/// The shell that evaluates the output of this command; `None` for a command whose output no
/// shell evaluates.
#[must_use]
pub fn evaluated_by(cli: &Cli, context: &Context) -> Option<Shell> {
    let named = match &cli.command {
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
        | Command::Man(_) => return None,
    };
    Some(named.unwrap_or_else(|| crate::delivery::shell::detect::shell(context)))
}

/// That the hook of a shell gets what it is to evaluate.
///
/// # Errors
///
/// If it goes to somebody else.
fn reaches_hook(shell: Option<Shell>) -> Result<()> {
    // tcsh redirects what runs in its backquotes.
    if shell == Some(Shell::Tcsh) && !crate::hook::tcsh::is_output_captured() {
        return Err(Failure::usage(
            "could not change this shell: tcsh evaluates nothing of a command whose output is redirected",
        )
        .help("leave the redirection out"));
    }
    Ok(())
}

/// config.toml and the AWS files, read once.
struct LoadedConfig {
    config: Config,
    profiles: AwsProfiles,
}

impl LoadedConfig {
    fn load(context: &Context, global: &crate::cli::GlobalOptions) -> Result<Self> {
        let sources = Self {
            config: Config::load(context, global.config.as_deref())?,
            profiles: AwsProfiles::load(context)?,
        };
        context
            .console
            .trace(|| format!("AWS files: {}", sources.profiles.files_shown(context)));
        Ok(sources)
    }

    fn accounts<'a>(&'a self, context: &'a Context) -> Accounts<'a> {
        Accounts {
            config: &self.config,
            profiles: &self.profiles,
            context,
        }
    }
}

/// A provider of sessions with the options of this run.
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
