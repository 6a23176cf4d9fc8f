use std::collections::BTreeMap;
use std::ffi::OsString;

use super::values::{
    AccountName, ExternalId, MfaSerial, Region, RoleArn, RoleSessionName, SessionDuration,
    VariableName,
};

/// An account with all that is known of it before anybody is asked.
#[derive(Clone, Debug)]
pub struct Account {
    /// Its name.
    pub name: AccountName,
    /// What defines it.
    pub defined_by: DefinedBy,
    /// The profile that holds the long-term key.
    pub source_profile: String,
    /// The profile that a saved session goes to; it and the source profile hold the AWS settings.
    pub save_to: String,
    /// The MFA device and where it was named; `None` if it must be looked up.
    pub device: Option<Device>,
    /// The role to assume, if the account is one.
    pub role: Option<Role>,
    /// The region to export.
    pub region: Option<Region>,
    /// How long its sessions live, within AWS's bounds.
    pub duration: SessionDuration,
    /// Whether the user is asked before AWS is.
    pub confirm: bool,
    /// Whether its MFA session is shared with other processes of the user.
    pub share: bool,
    /// A command that prints a code, and where it was named.
    pub code_command: Option<CodeCommand>,
    /// Variables of its own, with `~` already replaced by the home folder.
    pub env: BTreeMap<VariableName, OsString>,
}

/// What defines an account.
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
    /// One word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CommandLine => "command-line",
            Self::Config => "config",
            Self::MfaSuffix => "pair",
            Self::Profile => "profile",
        }
    }
}

impl Account {
    /// AWS's number of the account, as far as it is known: that of the role, else of the device.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        let role = self.role.as_ref().and_then(|role| role.arn.arn());
        let device = self.device.as_ref().and_then(|device| device.serial.arn());
        role.or(device).map(|arn| arn.account)
    }

    /// Whether its role is wanted for longer than AWS gives one to an assumed session (1 h); each session then
    /// needs a code of its own.
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining>
    #[must_use]
    pub fn needs_own_code(&self) -> bool {
        self.role.is_some() && self.duration > SessionDuration::DEFAULT_ROLE
    }

    /// The AWS account and role that its sessions give access to: `123456789012 as Admin`.
    #[must_use]
    pub fn target(&self) -> String {
        let id = self.id().unwrap_or("-");
        let role = self
            .role
            .as_ref()
            .and_then(|role| role.arn.as_str().rsplit('/').next());
        match role {
            Some(role) => format!("{id} as {role}"),
            None => id.to_owned(),
        }
    }
}

/// An MFA device and where it was named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Its serial.
    pub serial: MfaSerial,
    /// Such as `config.toml` or `profile test-mfa`.
    pub origin: String,
}

/// A command that prints a code, and where it was named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeCommand {
    /// For `sh -c`.
    pub command: String,
    /// Such as `mfa_command` or `mfa_process of profile test`.
    pub origin: String,
}

/// A role and what it is asked for with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// Its ARN.
    pub arn: RoleArn,
    /// The name of the session in AWS's logs.
    pub session_name: RoleSessionName,
    /// What the owner of the role asks for besides.
    pub external_id: Option<ExternalId>,
}
