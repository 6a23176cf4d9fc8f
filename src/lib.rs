//! The library behind `aws-mfa`: it exchanges a long-term AWS access key and an MFA code for session
//! credentials and hands them to a shell.
//!
//! # How a session is made
//!
//! ```text
//!   mfa test 123456
//!        │
//!        ▼
//!   account     from the name to an Account: source profile, device, role, region, duration
//!        │
//!        ▼
//!   key         the long-term key of the source profile      (file or credential_process)
//!   code        the MFA code, and the device it belongs to   (argument, stdin, command, terminal)
//!        │
//!        ▼
//!   session     SessionProvider: the session this shell holds, else a shared one, else a new one,
//!        │      which an AwsClient (aws) requests from STS
//!        ▼
//!   delivery    shell statements, the credentials file, or a child's environment
//! ```
//!
//! Each subcommand in [`commands`] goes this way; a session that is still live skips the code.
//!
//! # The modules, from the bottom to the top
//!
//! A module imports only modules that stand before it in this list (`tests/architecture.rs` checks that).
//!
//! | module | what it is |
//! |---|---|
//! | [`error`] | failures: exit status, message, cause and hints |
//! | [`time`] | times and durations in the formats of users and files |
//! | [`interrupt`] | Ctrl-C and other signals while a shell waits for the output |
//! | [`process_tree`] | the processes around this one |
//! | [`files`] | files that are replaced completely or not at all, programs on PATH, small JSON files |
//! | [`aws_files`] | `~/.aws/config` and `~/.aws/credentials`: read as botocore reads them, edited in one section |
//! | [`console`] | messages to the user, on standard error |
//! | [`credentials`] | the secrets as types that are never printed: MFA code, session |
//! | [`environment`] | environment variables as data: their names, changes to them, what a session displaced |
//! | [`context`] | the outside world, passed in so that tests can replace it: environment, clock, directories, console |
//! | [`account`] | config.toml, and how an account is resolved from its name |
//! | `user_command` | commands that the user's configuration names |
//! | [`aws`] | requests to AWS: endpoints, transport, certificates, and what AWS's errors mean |
//! | [`key`] | the long-term key: how it is read |
//! | [`code`] | the MFA device, and its code from an argument, standard input, a command or the terminal |
//! | [`session`] | the session provider, which decides whether a session is reused, and the store of shared sessions |
//! | [`delivery`] | where a session goes: shell statements, the credentials file, a child process |
//! | [`cli`] | the command line's clap types with their help texts, no logic |
//! | [`completion`] | candidates and scripts for TAB completion |
//! | [`hook`] | the shell hook |
//! | [`man`] | the man pages, generated from [`cli`] |
//! | [`setup`] | what `setup` finds and proposes |
//! | [`commands`] | one file per subcommand |
//! | [`program`] | from the arguments to the exit status |
//!
//! Where new things go: a system's keychain is another place for a long-term key, in [`key`]; an agent that keeps
//! shared sessions is another `Store` in [`session::shared`]; enrolling an MFA device and rotating a key need a session,
//! so they go between [`session`] and [`cli`].
#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod error;
pub mod time;

pub mod interrupt;

pub mod process_tree;

pub mod files;

pub mod aws_files;

pub mod console;

pub mod credentials;

pub mod environment;

pub mod context;

pub mod account;

mod user_command;

pub mod aws;

pub mod key;

pub mod code;

pub mod session;

pub mod delivery;

pub mod cli;

pub mod completion;

pub mod hook;

pub mod man;

pub mod setup;

pub mod commands;

pub mod program;
