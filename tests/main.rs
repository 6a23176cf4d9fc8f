//! All integration tests: one module a capability.
#![forbid(unsafe_code)]

mod harness;
mod support;

/// Accounts and their configuration: what cannot be used, and the messages about it.
mod accounts;
/// Responses of STS and of the network.
mod answers;
/// The direction of the imports in `src/`.
mod architecture;
/// The AWS files, as they are read and edited.
mod aws_files;
/// TAB completion.
mod completion;
/// `aws-mfa config`, and included files.
mod config_command;
/// A config.toml that cannot be used.
mod config_errors;
/// Sessions that belong to a directory.
mod direnv;
/// The findings of `doctor`.
mod doctor;
/// Files that never end.
mod endless;
/// `exec`: one command with a session.
mod exec;
/// The hook in interactive shells.
mod hooks;
/// Input that other programs and users write.
mod inputs;
/// The layout of these tests.
mod layout;
/// The man pages.
mod man;
/// Texts that are shown: what of others may stand in them.
mod messages;
/// Connections to AWS: proxies, certificates, endpoints, time limits.
mod network;
/// The AWS CLI, boto3 and moto.
mod other_tools;
/// Locks, caches and temporary files.
mod own_files;
/// The Debian package, and the archives of a release.
mod packages;
/// The hook in PowerShell, as far as only that shell has it.
mod powershell;
/// The tests that docs/security.md names.
mod promises;
/// The prompt for the code.
mod prompt;
/// The commands and files in README and docs/, executed.
mod readme;
/// Requests that AWS refuses, and the messages about them.
mod refusals;
/// The variables that the end of a session restores.
mod restore;
/// Writing sessions into the credentials file.
mod save;
/// The width and the colors of reports at a terminal.
mod screens;
/// `setup`, from what users have to the first session.
mod setup;
/// Sessions that are shared, and credential-process.
mod share;
/// The statements in the real shells.
mod statements;
/// The commands that a configuration names.
mod user_commands;
