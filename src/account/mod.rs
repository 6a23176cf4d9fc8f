//! Accounts: what config.toml and the AWS files define, and how the name of an account becomes an
//! [`Account`] with all of its settings. Nothing here contacts AWS or asks the user.

/// The AWS files: ~/.aws/config and ~/.aws/credentials.
pub mod aws_profiles;
pub mod config;
mod config_excerpt;
mod config_sections;
pub mod ignored;
/// The data of an account.
mod model;
mod overrides;
pub mod places;
pub mod resolve;
pub mod values;

pub use aws_profiles::AwsProfiles;
pub use config::Config;
pub use model::{Account, Askpass, CodeCommand, DefinedBy, Device, Role};
pub use overrides::Overrides;
pub use values::{AccountName, MfaSerial, Region, RoleArn, SessionDuration};
