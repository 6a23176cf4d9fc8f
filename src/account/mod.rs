//! Accounts: what config.toml and the AWS files define, and how the name of an account becomes an
//! [`Account`] with all of its settings. Nothing here contacts AWS or asks the user.

pub mod arn;
pub mod aws_profiles;
pub mod config;
mod config_excerpt;
mod config_sections;
mod duration;
pub mod file_locations;
pub mod ignored;
mod include;
mod load;
mod model;
mod overrides;
pub mod reserved;
pub mod resolve;
pub mod trusted_files;
pub mod values;

pub use aws_profiles::AwsProfiles;
pub use config::Config;
pub use duration::SessionDuration;
pub use model::{Account, Askpass, CodeCommand, DefinedBy, Device, Persist, Role};
pub use overrides::Overrides;
pub use values::{AccountName, MfaSerial, Region, RoleArn};
