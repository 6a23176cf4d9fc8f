//! Which account is meant: config.toml, the AWS files, and from a name to an account.

/// ~/.aws/config and ~/.aws/credentials.
pub mod aws_profiles;
/// config.toml.
pub mod config;
/// Profiles that define no account.
pub mod ignored;
/// What an account is.
mod model;
mod overrides;
/// From a name to an account.
pub mod resolve;
/// The values that an account is made of, each checked when it is parsed.
pub mod values;

pub use aws_profiles::AwsProfiles;
pub use config::Config;
pub use model::{Account, CodeCommand, DefinedBy, Device, Role};
pub use overrides::Overrides;
pub use values::{AccountName, MfaSerial, Region, RoleArn, SessionDuration};
