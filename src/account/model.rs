//! The data of an account.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use super::duration::SessionDuration;
use super::values::{
    AccountName, ExternalId, MfaSerial, Region, RoleArn, RoleSessionName, VariableName,
};

/// An account with all of its settings, as far as the configuration and the command line give them.
#[derive(Clone, Debug)]
pub struct Account {
    /// The name of the account.
    pub name: AccountName,
    /// The kind of definition that it comes from.
    pub defined_by: DefinedBy,
    /// The profile that holds the long-term key.
    pub source_profile: String,
    /// The profile that `save` writes. The account's AWS settings are read from it and the source profile.
    pub save_to: String,
    /// The MFA device; `None` if the configuration names none, so that IAM must be asked.
    pub device: Option<Device>,
    /// The role to assume; `None` for a session of the user.
    pub role: Option<Role>,
    /// The region to export.
    pub region: Option<Region>,
    /// The duration of its sessions, within the limits of STS.
    pub duration: SessionDuration,
    /// Whether the user must confirm before a session is requested.
    pub confirm: bool,
    /// Whether its MFA session is stored for other processes of the user.
    pub share: bool,
    /// Whether a session that is loaded into a shell is also saved to the profile.
    pub persist: Persist,
    /// The command that prints the MFA code, if one is configured.
    pub code_command: Option<CodeCommand>,
    /// The program that asks for the MFA code where there is no terminal, if one is configured.
    pub askpass: Option<Askpass>,
    /// The variables to export with the session, `~` already replaced by the home directory.
    pub env: BTreeMap<VariableName, OsString>,
    /// Sentences for the user about settings in the AWS files that are ignored.
    pub warnings: Vec<String>,
}

/// The setting `persist`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Persist {
    /// A session is saved with `--persist` only.
    Never,
    /// `persist = true` in `[defaults]`: an account whose profile may not be overwritten is only loaded.
    IfAllowed,
    /// `persist = true` of the account: it is an error if its profile may not be overwritten.
    Always,
}

/// The kinds of definition of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DefinedBy {
    /// `--source-profile` alone.
    CommandLine,
    /// `[accounts.NAME]` in config.toml.
    Config,
    /// A profile `NAME-mfa`, `NAME-long-term` or `NAME-noauth` with the long-term key.
    MfaSuffix,
    /// A profile NAME with a role, an MFA device or a long-term key.
    Profile,
}

impl DefinedBy {
    /// The word for it in `list --json` and at `-v`: for a profile NAME-mfa, `key-profile`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CommandLine => "command-line",
            Self::Config => "config",
            Self::MfaSuffix => "key-profile",
            Self::Profile => "profile",
        }
    }
}

impl Account {
    /// The 12-digit AWS account ID in the ARN of the role, else of the device; `None` if neither has one.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        let role = self.role.as_ref().and_then(|role| role.arn.arn());
        let device = self.device.as_ref().and_then(|device| device.serial.arn());
        role.or(device).map(|arn| arn.account)
    }

    /// Whether each of its sessions needs an MFA code of its own: STS limits a role that is assumed with the
    /// credentials of a session (role chaining) to 1 h, so a longer role must be assumed with key and code.
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining>
    #[must_use]
    pub fn needs_own_code(&self) -> bool {
        self.role.is_some() && self.duration > SessionDuration::DEFAULT_ROLE
    }

    /// The AWS account and role that its sessions give access to, as in `123456789012 as Admin`; `None` if neither is
    /// known before AWS is asked for the device, or the device's serial number does not tell.
    #[must_use]
    pub fn target(&self) -> Option<String> {
        let role = self
            .role
            .as_ref()
            .and_then(|role| role.arn.as_str().rsplit('/').next());
        match (self.id(), role) {
            (Some(id), Some(role)) => Some(format!("{id} as {role}")),
            (id, role) => id.or(role).map(str::to_owned),
        }
    }

    /// The target, or the profile with the key as long as that is all that is known.
    #[must_use]
    pub fn target_or_key(&self) -> String {
        self.target()
            .unwrap_or_else(|| format!("key in profile {}", self.source_profile))
    }
}

/// An MFA device and the setting that names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// The serial number or ARN.
    pub serial: MfaSerial,
    /// The source as messages show it, such as `config.toml` or `profile test-mfa`.
    pub origin: String,
}

/// A command that prints an MFA code, and the setting that names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeCommand {
    /// The command line, run by `sh -c` (`cmd.exe /C` on Windows).
    pub command: String,
    /// The source as messages show it, such as `mfa_command` or `mfa_process of profile test`.
    pub origin: String,
}

/// A program that asks the user for the MFA code in a window of its own. It gets the question as an argument and prints
/// the answer, as those of ssh (`SSH_ASKPASS`) and sudo (`SUDO_ASKPASS`) do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Askpass {
    /// The path in `AWS_MFA_ASKPASS`, absolute or not. It is run without a shell: a client of an SSH server
    /// that accepts `AWS_*` variables can then name a program, but no command line.
    Program(PathBuf),
    /// The command line `askpass` in config.toml, for the system's shell.
    CommandLine(String),
}

impl Askpass {
    /// The setting that names it.
    #[must_use]
    pub const fn origin(&self) -> &'static str {
        match self {
            Self::Program(_) => "AWS_MFA_ASKPASS",
            Self::CommandLine(_) => "askpass",
        }
    }
}

/// A role and the parameters of `AssumeRole` that belong to it.
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// The ARN of the role.
    pub arn: RoleArn,
    /// The name of the session in `CloudTrail`.
    pub session_name: RoleSessionName,
    /// The external ID that the role's trust policy requires.
    pub external_id: Option<ExternalId>,
}
