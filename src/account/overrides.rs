//! The account settings of the command line.

use clap::Args;

use super::{MfaSerial, Region, RoleArn, SessionDuration};

/// The account settings of the command line, which override the configuration for one run.
#[derive(Debug, Default, Args)]
pub struct Overrides {
    /// Profile in ~/.aws that holds the long-term key
    #[arg(long, value_name = "NAME")]
    pub source_profile: Option<String>,
    /// MFA device
    #[arg(long, value_name = "ARN")]
    pub mfa_serial: Option<MfaSerial>,
    /// Role to assume
    #[arg(long, value_name = "ARN")]
    pub role_arn: Option<RoleArn>,
    /// Region to export and to send requests to
    #[arg(long, value_name = "REGION")]
    pub region: Option<Region>,
    /// Session duration, such as 12h, 90m or 1h30m
    #[arg(long, value_name = "DURATION")]
    pub duration: Option<SessionDuration>,
}
