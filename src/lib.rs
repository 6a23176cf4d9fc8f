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
//! Each subcommand in [`commands`] tells that story with the modules below it.
//!
//! # The modules, from the bottom to the top
//!
//! A module imports only modules that stand before it in this list (`tests/architecture.rs` checks that).
//!
//! | module | what it is |
//! |---|---|
//! | [`error`] | failures, their exit statuses, and how they are told |
//! | [`time`] | times and durations as users and files have them |
//! | [`interrupt`] | Ctrl-C and other signals while a shell waits for the output |
//! | [`process_tree`] | the processes around this one |
//! | [`files`] | replacement of files, whole or not at all; programs on PATH; small JSON files |
//! | [`aws_files`] | `~/.aws/config` and `~/.aws/credentials`, read losslessly as botocore reads them, and edited |
//! | [`console`] | messages for the user, on standard error |
//! | [`credentials`] | the secrets as types that are never shown: MFA code, session |
//! | [`environment`] | the environment as data: variables, changes, what a session displaced |
//! | [`context`] | the outside world, passed in: environment, clock, directories, console |
//! | `user_command` | commands that the user's configuration names |
//! | [`account`] | config.toml, the AWS files, and from a name to an account |
//! | [`aws`] | how AWS is reached: endpoints, transport, trust, requests, what its errors mean |
//! | [`key`] | the long-term key: where it is read |
//! | [`code`] | the MFA device and its code |
//! | [`session`] | the session provider, and the store of shared sessions |
//! | [`delivery`] | handing a session over: shell statements, credentials file, child process |
//! | [`cli`] | the command line's types, no logic |
//! | [`completion`] | candidates and scripts for the TAB key |
//! | [`hook`] | the shell hook |
//! | [`man`] | the man pages, from the types of the command line |
//! | [`setup`] | what `setup` finds and proposes |
//! | [`commands`] | one file a subcommand |
//! | [`program`] | from the arguments to the exit status |
//!
//! What comes next has its room: a system's key store is another place that a key is read from, in [`key`];
//! an agent that keeps shared sessions is another `Store` in [`session::shared`]; enrolling a device and
//! rotating a key need a session, so they belong between [`session`] and [`cli`].
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

mod user_command;

pub mod account;

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
