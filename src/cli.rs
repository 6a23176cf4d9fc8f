//! The command line: one clap type per subcommand, with its help text beside it, and no logic. `program` parses it,
//! `commands` runs it, and `man` and `completion` read it.

// Each command-line switch is a bool.
#![allow(clippy::struct_excessive_bools)]

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum, ValueHint};

use crate::account::Overrides;
use crate::account::values::ProfileName;
use crate::console::ColorWhen;
use crate::delivery::shell::Shell;

/// The whole command line.
#[derive(Debug, Parser)]
#[command(
    name = "aws-mfa",
    version,
    about = "Exchange an AWS access key and an MFA code for session credentials in your current shell",
    after_help = "\
Example:
  mfa test                        ask for the code, load the session here;
                                  mfa is the hook that aws-mfa setup installs
  eval \"$(aws-mfa env test)\"      the same without the hook
  aws-mfa exec test -- aws s3 ls  ask for the code, run one command with it

Exit status:
  0  success                         4    AWS could not be reached
  1  unexpected error                5    no MFA code available
  2  wrong usage or configuration    130  interrupted
  3  AWS refused the request",
    disable_help_subcommand = true,
    max_term_width = 100
)]
pub struct Cli {
    /// Options of every command.
    #[command(flatten)]
    pub global: GlobalOptions,
    /// The subcommand with its arguments.
    #[command(subcommand)]
    pub command: Command,
}

/// The function that adds the arguments of a subcommand to its clap command.
type AddArguments = fn(clap::Command) -> clap::Command;

/// The subcommands with their arguments, for [`Cli::command_of`].
const ARGUMENTS: [(&str, AddArguments); 14] = [
    ("env", EnvArgs::augment_args),
    ("save", SaveArgs::augment_args),
    ("exec", ExecArgs::augment_args),
    ("off", OffArgs::augment_args),
    ("status", StatusArgs::augment_args),
    ("list", ListArgs::augment_args),
    ("credential-process", CredentialProcessArgs::augment_args),
    ("forget", ForgetArgs::augment_args),
    ("doctor", DoctorArgs::augment_args),
    ("init", InitArgs::augment_args),
    ("completions", CompletionsArgs::augment_args),
    ("setup", SetupArgs::augment_args),
    ("config", ConfigArgs::augment_args),
    ("man", ManArgs::augment_args),
];

impl Cli {
    /// Whether there is a subcommand of this name.
    #[must_use]
    pub fn has_subcommand(name: &str) -> bool {
        ARGUMENTS.iter().any(|(subcommand, _)| *subcommand == name)
    }

    /// The command line with this subcommand and no other; `None` if there is no such subcommand. It accepts what
    /// [`Cli::command`](clap::CommandFactory::command) accepts for that subcommand, but has not all of the help texts.
    ///
    /// To build all subcommands and to drop them takes 0.25 M of the 0.88 M instructions of `status`.
    #[must_use]
    pub fn command_of(subcommand: &str) -> Option<clap::Command> {
        let (name, add_arguments) = ARGUMENTS.iter().find(|(name, _)| *name == subcommand)?;
        let program = GlobalOptions::augment_args(clap::Command::new("aws-mfa"));
        let subcommand = add_arguments(clap::Command::new(*name));
        let program = program
            .subcommand_required(true)
            .disable_help_subcommand(true);
        Some(program.subcommand(subcommand))
    }
}

/// The heading of the options of every command in the help texts.
const GLOBAL: &str = "Global options";

/// Options of every command.
#[derive(Debug, Args)]
pub struct GlobalOptions {
    /// Read this file instead of config.toml
    #[arg(long, value_name = "FILE", global = true, help_heading = GLOBAL)]
    pub config: Option<PathBuf>,
    /// Print no messages except errors
    #[arg(short, long, global = true, help_heading = GLOBAL)]
    pub quiet: bool,
    /// Report what was chosen and why; repeat for details. Never shows a secret
    #[arg(short, long, action = ArgAction::Count, global = true, help_heading = GLOBAL)]
    pub verbose: u8,
    /// Color messages: auto, always or never
    #[arg(
        long,
        value_name = "WHEN",
        default_value = "auto",
        hide_possible_values = true,
        hide_default_value = true,
        global = true,
        help_heading = GLOBAL
    )]
    pub color: ColorWhen,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Print statements that load a session into this shell
    Env(EnvArgs),
    /// Save a session to ~/.aws/credentials
    Save(SaveArgs),
    /// Run one command with a session
    Exec(ExecArgs),
    /// Print statements that end the session and restore what it displaced
    Off(OffArgs),
    /// Show the session of this shell and how long it lasts
    Status(StatusArgs),
    /// List the accounts and which sessions are live
    List(ListArgs),
    /// Give the AWS CLI and SDKs a session
    CredentialProcess(CredentialProcessArgs),
    /// Remove sessions that shells and programs share
    Forget(ForgetArgs),
    /// Find out what does not work, and how to fix it
    Doctor(DoctorArgs),
    /// Print the lines that give a shell the command `mfa`
    Init(InitArgs),
    /// Print only the script for TAB completion of aws-mfa
    Completions(CompletionsArgs),
    /// Find your accounts and set up the command `mfa`
    Setup(SetupArgs),
    /// Edit config.toml, check it, and trust what it includes
    Config(ConfigArgs),
    /// Print a man page
    Man(ManArgs),
}

/// Arguments of `env`.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  mfa test 123456                                 in every shell with the hook
  eval \"$(aws-mfa env test 123456)\"               in bash, zsh, sh, ksh
  eval \"$(aws-mfa env test || echo \"(exit $?)\")\"  in scripts: fails even
                                                  if aws-mfa did not run
  aws-mfa env test | source                       in fish
  aws-mfa env test --source-profile test-key      needs no configuration

Environment:
  AWS_MFA_CONFIG                                     the config.toml to read
  AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE       the AWS files to read
  AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_STS, _IAM       where to send requests
  AWS_USE_FIPS_ENDPOINT, AWS_USE_DUALSTACK_ENDPOINT  which of AWS's endpoints
  AWS_CA_BUNDLE, SSL_CERT_FILE, SSL_CERT_DIR         certificates to trust
  HTTPS_PROXY, NO_PROXY                              which proxy to use
  AWS_REGION, AWS_DEFAULT_REGION                     for accounts without one
  AWS_MFA_ASKPASS                                    asks without a terminal
  AWS_MFA_ACCOUNT, AWS_MFA_EXPIRES_AT                the session held here
  SHELL                                              if it cannot be detected

Shells: bash, zsh, sh (dash, ksh, …), fish, powershell, nushell, elvish, tcsh, xonsh, cmd.
Keys in AWS_ACCESS_KEY_ID and its companions are never used to request a session.")]
pub struct EnvArgs {
    /// Account; default: the one this shell holds, else the only one there is, else you pick one
    pub account: Option<String>,
    /// MFA code of six digits; `-` reads it from standard input; without it, you are asked
    #[arg(value_name = "CODE", num_args = 0..=2, conflicts_with = "code_option")]
    pub code: Vec<String>,
    /// MFA code, as the second argument is; `-` reads it from standard input
    #[arg(long = "code", value_name = "CODE", allow_hyphen_values = true)]
    pub code_option: Option<String>,
    /// Shell to print statements for; default: the shell that runs this command
    #[arg(long, value_name = "SHELL", hide_possible_values = true)]
    pub shell: Option<Shell>,
    /// Print one flat JSON object instead
    #[arg(long, conflicts_with = "dotenv")]
    pub json: bool,
    /// Marks output that a hook evaluates: help and errors then go to standard error
    #[arg(long, hide = true)]
    pub evaluated: bool,
    /// Also write the session to the credentials file, as save does
    #[arg(long)]
    pub persist: bool,
    /// Print NAME=value lines instead, as `docker run --env-file` reads them
    #[arg(long)]
    pub dotenv: bool,
    /// The account options.
    #[command(flatten)]
    pub options: AccountOptions,
}

/// Arguments of `save`.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  aws-mfa save test 123456        then: aws --profile test s3 ls
  aws-mfa save --all              every account; one code for each MFA device
  aws-mfa save --remove test      take the saved session out of the file again

It changes only one section of the file. Without --force, it does not write to a profile with a long-term key, \
a role or a credential_process.

Environment: as for env. AWS_SHARED_CREDENTIALS_FILE is the file to write.")]
pub struct SaveArgs {
    /// Account; default: the one this shell holds, else the only one there is, else you pick one
    pub account: Option<String>,
    /// MFA code of six digits; `-` reads it from standard input; without it, you are asked
    #[arg(value_name = "CODE", num_args = 0..=2, conflicts_with = "code_option")]
    pub code: Vec<String>,
    /// MFA code, as the second argument is; `-` reads it from standard input
    #[arg(long = "code", value_name = "CODE", allow_hyphen_values = true)]
    pub code_option: Option<String>,
    /// Profile to write; default: `save_to` in the configuration, else the account's name
    #[arg(long, value_name = "PROFILE")]
    pub to: Option<ProfileName>,
    /// Write to the profile even if it holds something other than a session
    #[arg(long)]
    pub force: bool,
    /// Save every account that can be saved
    #[arg(
        long,
        conflicts_with_all = ["account", "code", "code_option", "to", "source_profile", "mfa_serial", "role_arn"]
    )]
    pub all: bool,
    /// Remove the saved session from the credentials file instead
    #[arg(long, conflicts_with_all = ["code", "code_option", "force", "fresh", "duration"])]
    pub remove: bool,
    /// The account options.
    #[command(flatten)]
    pub options: AccountOptions,
}

/// Arguments of `exec`.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  aws-mfa exec test -- terraform plan
  aws-mfa exec test                      a shell with the session; exit ends it

Environment: as for env; SHELL is the shell that is started without a command. The command runs in this environment, with the changes that env makes.

Exit status: that of the command; 127 if it does not exist, 126 if it cannot be run; if there is no session, \
as for every command.")]
pub struct ExecArgs {
    /// Account
    pub account: String,
    /// MFA code of six digits; `-` reads it from standard input; without it, you are asked
    #[arg(long, value_name = "CODE", allow_hyphen_values = true)]
    pub code: Option<String>,
    /// The command and its arguments; default: your shell, at a terminal
    #[arg(trailing_var_arg = true, value_name = "COMMAND", value_hint = ValueHint::CommandWithArguments)]
    pub command: Vec<OsString>,
    /// The account options.
    #[command(flatten)]
    pub options: AccountOptions,
}

/// Arguments of `credential-process`.
#[derive(Debug, Args)]
#[command(after_help = "\
Example, in ~/.aws/config:
  [profile test]
  credential_process = aws-mfa credential-process test

The AWS CLI and the SDKs then request a session by themselves. With share = true in config.toml, one code is \
enough for all of them; otherwise you are asked each time, at the terminal.

Environment: as for env.")]
pub struct CredentialProcessArgs {
    /// Account
    pub account: String,
    /// MFA code of six digits; `-` reads it from standard input; without it, you are asked
    #[arg(long, value_name = "CODE", allow_hyphen_values = true)]
    pub code: Option<String>,
    /// The account options.
    #[command(flatten)]
    pub options: AccountOptions,
}

/// Arguments of `forget`.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  aws-mfa forget test     the next mfa test asks for a code, in every shell
  aws-mfa forget --all

Sessions that shells hold are kept; off ends them.

Environment: as for list.")]
pub struct ForgetArgs {
    /// Account; default: the one this shell holds, else the only one there is, else you pick one
    #[arg(conflicts_with = "all")]
    pub account: Option<String>,
    /// Remove the shared sessions of every account
    #[arg(long)]
    pub all: bool,
}

/// Options that override the configuration of an account for one run.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Account options (they override the configuration)")]
pub struct AccountOptions {
    /// The settings that override the configuration.
    #[command(flatten)]
    pub overrides: Overrides,
    /// Request a new session even if there is a live one
    #[arg(long)]
    pub fresh: bool,
    /// Skip the confirmation that the configuration asks for (confirm = true)
    #[arg(long)]
    pub yes: bool,
}

/// Arguments of `off`.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  eval \"$(aws-mfa off)\"

Environment:
  AWS_MFA_ACCOUNT    the session this shell holds
  AWS_MFA_RESTORE    what it displaced
  __aws_mfa_restore  what the account's `env` displaced
  SHELL              which shell, if it cannot be detected")]
pub struct OffArgs {
    /// The name of the hook's command: the message about an expired session then says how to renew it
    #[arg(long, value_name = "NAME", hide = true)]
    pub hook: Option<String>,
    /// Marks output that a hook evaluates
    #[arg(long, hide = true)]
    pub evaluated: bool,
    /// Shell to print statements for; default: the shell that runs this command
    #[arg(long, value_name = "SHELL", hide_possible_values = true)]
    pub shell: Option<Shell>,
}

/// Arguments of `status`.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  aws-mfa status --quiet || eval \"$(aws-mfa env test || echo \"(exit $?)\")\"

Environment:
  AWS_MFA_ACCOUNT, AWS_MFA_EXPIRES_AT  which session, and until when
  AWS_ACCESS_KEY_ID, AWS_REGION        its key and region

Exit status: 0 if a session is live, 1 if there is none or it has expired.")]
pub struct StatusArgs {
    /// The name of the hook's command: at a terminal, the output then says how to switch accounts with it
    #[arg(long, value_name = "NAME", hide = true)]
    pub hook: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `init`.
#[derive(Debug, Args)]
#[command(after_help = "\
Example, one line in the shell's rc file:
  eval \"$(aws-mfa init bash)\"         ~/.bashrc
  eval \"$(aws-mfa init zsh)\"          ~/.zshrc
  aws-mfa init fish | source          ~/.config/fish/config.fish
  eval (aws-mfa init elvish | slurp)  ~/.config/elvish/rc.elv

For other shells, run aws-mfa setup.

Environment:
  AWS_MFA_CONFIG    the config.toml whose aliases become commands

Shells: bash, zsh, sh (dash, ksh, …), fish, powershell, nushell, elvish, tcsh, xonsh.")]
pub struct InitArgs {
    /// Shell to print the hook for
    #[arg(hide_possible_values = true)]
    pub shell: Shell,
    /// Name of the command that loads sessions
    #[arg(long, value_name = "NAME", default_value = "mfa")]
    pub cmd: String,
    /// Do not define that command
    #[arg(long, conflicts_with = "cmd")]
    pub no_cmd: bool,
    /// Show the account and the time left in the prompt (bash, zsh, fish and PowerShell)
    #[arg(long)]
    pub prompt: bool,
    /// Print no notice at the prompt when a session expires
    #[arg(long)]
    pub no_expiry_notice: bool,
}

/// Arguments of `list`.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  aws-mfa list --json | jq -r '.[].account'

DEFINED BY says where an account comes from: config.toml, a key profile (NAME-mfa, NAME-long-term or NAME-noauth), \
or a profile of its name. In JSON, that is config, key-profile or profile.

Environment:
  AWS_MFA_CONFIG                                  the config.toml to read
  AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE    the AWS files to read
  AWS_MFA_ACCOUNT, AWS_MFA_EXPIRES_AT             the session this shell holds")]
pub struct ListArgs {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `completions`.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  aws-mfa completions fish > ~/.config/fish/completions/aws-mfa.fish

Shells: bash, zsh, fish, powershell, elvish, nushell.
The script is the same for every configuration: it runs aws-mfa for the candidates at each TAB.")]
pub struct CompletionsArgs {
    /// Shell to print the script for
    #[arg(value_name = "SHELL", hide_possible_values = true)]
    pub shell: CompletionShell,
}

/// Arguments of `doctor`.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  aws-mfa doctor --online

It checks the program, config.toml, the AWS files and their permissions, the variables, hook and completion of \
this shell, and each account. With --online, it also checks whether AWS can be reached, how far the clock is \
off, and for each key whether it works, its age (more than 90 days is a warning) and its MFA device.
The output contains no secret and no proxy password, so it can go into a bug report.

Environment: as for env. PATH is searched for other programs with this name.

Exit status: 0, even with warnings; 1 if there is a problem.")]
pub struct DoctorArgs {
    /// Also contact AWS; without it, nothing uses the network
    #[arg(long)]
    pub online: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `config`.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  aws-mfa config edit
  aws-mfa config trust ~/infra/accounts-of-the-team.toml

Environment:
  AWS_MFA_CONFIG     the config.toml to use
  VISUAL, EDITOR     the editor; default: vi")]
pub struct ConfigArgs {
    /// The subcommand with its arguments.
    #[command(subcommand)]
    pub action: ConfigAction,
}

/// The subcommands of `config`.
#[derive(Debug, Subcommand)]
pub enum ConfigAction {
    /// Print the path of config.toml, whether it exists or not
    Path,
    /// Open a copy of config.toml in your editor; the copy replaces the file only if it has no errors
    Edit,
    /// Check config.toml, the files that it includes, and each account
    Check,
    /// Let everything in an included file count, until the file changes
    Trust {
        /// File that config.toml includes
        #[arg(value_hint = ValueHint::FilePath)]
        file: PathBuf,
    },
    /// End the trust in an included file
    Untrust {
        /// File that config.toml includes
        #[arg(value_hint = ValueHint::FilePath)]
        file: PathBuf,
    },
}

/// Arguments of `man`.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  aws-mfa man env | man -l -
  aws-mfa man --to ~/.local/share/man/man1      all pages; then: man aws-mfa-env

Environment: none")]
pub struct ManArgs {
    /// Subcommand whose page to print; default: the program's own page
    #[arg(value_name = "COMMAND")]
    pub page: Option<String>,
    /// Write all pages to this directory instead
    #[arg(long = "to", value_name = "DIR", conflicts_with = "page", value_hint = ValueHint::DirPath)]
    pub directory: Option<PathBuf>,
}

/// Arguments of `setup`.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  aws-mfa setup
  aws-mfa setup --dry-run               show what it would do
  aws-mfa setup --yes --shell zsh       accept every proposal without asking
  aws-mfa setup --remove-hook           remove the lines from the rc file again

It shows each change, asks first, and writes all changes at the end, or none. Aliases and functions in rc \
files stay as they are. A second run adds only what is missing. It starts a new shell to check the hook in it.

Environment:
  AWS_MFA_CONFIG                                  the config.toml to add to
  AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE    the AWS files to look in
  ZDOTDIR, XDG_CONFIG_HOME, XDG_DATA_HOME, ENV    where rc files are
  SHELL                                           if it cannot be detected
  PATH                                            has old scripts and aws-vault
To look up MFA devices, it sends requests to AWS, as env does; it says so first.")]
pub struct SetupArgs {
    /// Shell that gets the hook; default: the shell that runs this command
    #[arg(long, value_name = "SHELL", hide_possible_values = true)]
    pub shell: Option<Shell>,
    /// Accept every proposal without asking
    #[arg(long)]
    pub yes: bool,
    /// Only show what would be written
    #[arg(long)]
    pub dry_run: bool,
    /// Send no request to AWS: look up no MFA devices
    #[arg(long)]
    pub offline: bool,
    /// Only remove the hook from the rc file
    #[arg(long)]
    pub remove_hook: bool,
}

/// A shell that completion is available for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CompletionShell {
    /// bash
    Bash,
    /// zsh
    Zsh,
    /// fish
    Fish,
    /// PowerShell
    #[value(alias = "pwsh")]
    Powershell,
    /// elvish
    Elvish,
    /// nushell
    #[value(alias = "nu")]
    Nushell,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::Cli;

    #[test]
    fn a_subcommand_alone_has_the_arguments_that_it_has_among_the_others() {
        let mut cli = Cli::command();
        cli.build();
        for expected in cli.get_subcommands() {
            let name = expected.get_name();
            let mut alone = Cli::command_of(name).unwrap();
            alone.build();
            let found = alone.find_subcommand(name).unwrap();
            let arguments = |command: &clap::Command| -> Vec<String> {
                command
                    .get_arguments()
                    .map(|argument| format!("{argument:?}"))
                    .collect()
            };
            assert_eq!(arguments(found), arguments(expected), "{name}");
            let groups = |command: &clap::Command| -> Vec<String> {
                command
                    .get_groups()
                    .map(|group| format!("{group:?}"))
                    .collect()
            };
            assert_eq!(groups(found), groups(expected), "{name}");
            let below = |command: &clap::Command| -> Vec<String> {
                let names = command.get_subcommands().map(clap::Command::get_name);
                names.map(str::to_owned).collect()
            };
            assert_eq!(below(found), below(expected), "{name}");
        }
        assert!(Cli::command_of("help").is_none());
    }

    #[test]
    fn no_table_of_help_is_wider_than_80_columns() {
        let cli = Cli::command();
        for command in cli.get_subcommands().chain([&cli]) {
            let help = command.get_after_help().map(ToString::to_string);
            // Other lines are wrapped at the terminal's width.
            for line in help.unwrap_or_default().lines() {
                assert!(
                    !line.starts_with("  ") || line.chars().count() <= 80,
                    "{}: {line}",
                    command.get_name()
                );
            }
        }
    }
}
