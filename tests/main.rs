//! All integration tests: one module a capability.
#![forbid(unsafe_code)]

mod harness;
mod support;

/// What is wrong with accounts and their configuration, and how it is said.
mod accounts;
/// What STS and the network may answer.
mod answers;
/// The direction in which the code imports itself.
mod architecture;
/// How the AWS files are read and changed.
mod aws_files;
/// The TAB key.
mod completion;
/// A config.toml that cannot be used.
mod config_errors;
/// What `doctor` finds.
mod doctor;
/// Files that never end.
mod endless;
/// One command with a session.
mod exec;
/// The hook in interactive shells.
mod hooks;
/// The layout of these tests.
mod layout;
/// The man pages.
mod man;
/// What may stand in a text that is shown.
mod messages;
/// The way to AWS.
mod network;
/// The AWS CLI, boto3 and moto.
mod others;
/// Locks, caches and temporary files.
mod own_files;
/// The Debian package, and the archives of a release.
mod packages;
/// The hook in PowerShell: what only that shell has.
mod powershell;
/// Asking for the code.
mod prompt;
/// README and docs/ do what they say.
mod readme;
/// What AWS's no means.
mod refusals;
/// What the end of a session gives back.
mod restore;
/// Writing sessions into the credentials file.
mod save;
/// From what people have to the first session.
mod setup;
/// Sessions that are shared, and credential-process.
mod share;
/// The statements in the real shells.
mod statements;
/// The commands that a configuration names.
mod user_commands;
