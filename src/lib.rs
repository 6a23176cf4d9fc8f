//! The library of the program `aws-mfa`: it exchanges a long-term AWS access key and an MFA code for session
//! credentials and hands them to a shell.
//!
//! # How a session is made
//!
//! ```text
//!   mfa test 123456
//!        │
//!   program       parses the arguments; after a failure, prints a statement that fails in the shell, too
//!   commands      env, save, exec and credential-process go this way:
//!        ├─ account     the name becomes an Account: source profile, device, role, region, duration
//!        ├─ session     SessionProvider: the shell's session, else a shared one, else a new one, for which
//!        │    ├─ key    reads the long-term key           (profile or credential_process)
//!        │    ├─ code   gets the device and the MFA code  (argument, standard input, command, terminal, askpass)
//!        │    └─ aws    AwsClient asks STS
//!        └─ delivery    shell statements, the credentials file, or the environment of a child
//! ```
//!
//! `off` goes back: `delivery::session_changes::end_session` restores what `AWS_MFA_RESTORE` records.
//!
//! # The modules, from the bottom to the top
//!
//! A module imports only modules that precede it in this list and in the `mod` lines of `lib.rs`.
//! `tests/architecture.rs` checks that, and that no files import each other in a cycle. Unit tests are exempt; so is a
//! file that uses what its own parent module declares.
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
//! | [`terminal`] | the controlling terminal, for questions to the user |
//! | [`credentials`] | the secrets as types that are never printed: MFA code, session |
//! | [`environment`] | environment variables as data: their names, changes to them, what a session displaced |
//! | [`context`] | the outside world, which tests can replace: environment, clock, directories, console, time limits |
//! | [`local_time`] | times in the user's time zone, for people |
//! | [`layout`] | what commands print for people, in the width and with the colors of the terminal |
//! | [`account`] | config.toml, the profiles of the AWS files, and how an account is resolved from them |
//! | `user_command` | commands that the user's configuration names |
//! | [`aws`] | requests to AWS: endpoints, transport, certificates, and what AWS's errors mean |
//! | [`key`] | the long-term key: how it is read |
//! | [`code`] | the MFA device, and where its code comes from: argument, standard input, command, terminal, askpass |
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
//! Where new things go: a system's keychain is another variant of `ProfileCredentials` in `account::aws_profiles`, read
//! in [`key`]; an agent that keeps shared sessions is another `Store`, which `session::shared::store` chooses; enrolling
//! an MFA device and rotating a key need a session, so they go between [`session`] and [`cli`]. CONTRIBUTING.md has the
//! steps, and those for a shell.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

// tests/architecture.rs checks imports against this order. The blank lines keep rustfmt from sorting it.
pub mod error;
pub mod time;

pub mod interrupt;

pub mod process_tree;

pub mod files;

pub mod aws_files;

pub mod console;

pub mod terminal;

pub mod credentials;

pub mod environment;

pub mod context;

pub mod local_time;

pub mod layout;

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
