/// ~/.aws/config and ~/.aws/credentials.
pub mod aws_profiles;
/// config.toml.
pub mod config;
/// Profiles that lead to no account.
pub mod left_out;
/// What an account is.
mod model;
/// From a name to an account.
pub mod resolve;
/// The values that an account is made of, each checked when it is parsed.
pub mod values;

pub use aws_profiles::AwsProfiles;
pub use config::Config;
pub use model::{Account, CodeCommand, Device, Role, Rule};
pub use values::{AccountName, MfaSerial, Region, RoleArn, SessionDuration};
