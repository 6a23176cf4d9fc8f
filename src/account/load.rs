//! How config.toml is loaded: found, read, and completed by the files that it includes.

use std::path::{Path, PathBuf};

use super::AwsProfiles;
use super::config::{Config, ConfigError, parse_toml};
use super::resolve::Accounts;
use super::values::AccountName;
use crate::context::Context;
use crate::files::input;

impl Config {
    /// Reads the file at [`Config::file_path`]. Without such a file, the configuration is empty.
    ///
    /// # Errors
    ///
    /// If the file named by `--config` does not exist, or a file cannot be read, is not UTF-8 or is not valid.
    pub fn load(context: &Context, flag: Option<&Path>) -> Result<Self, ConfigError> {
        let Some(path) = Self::file_path(context, flag) else {
            return Ok(Self::default());
        };
        let file = context.display_path(&path);
        let bytes = match input::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && flag.is_none() => {
                context
                    .console
                    .detail(|| format!("no configuration file at {file}"));
                return Ok(Self::default());
            }
            Err(error) => {
                return Err(ConfigError::unreadable(&file, &error));
            }
        };
        context
            .console
            .detail(|| format!("configuration from {file}"));
        let mut config = parse_toml::<Self>(&bytes, &file)?;
        config.check_aliases(&file)?;
        config.read_includes(context, &path);
        config.path = Some(path);
        Ok(config)
    }

    /// The path of config.toml, whether it exists or not: `--config FILE`, else `$AWS_MFA_CONFIG`, else
    /// config.toml in the program's configuration directory; `None` if the system has no such directory.
    #[must_use]
    pub fn file_path(context: &Context, flag: Option<&Path>) -> Option<PathBuf> {
        let from_variable = || context.path_setting("AWS_MFA_CONFIG");
        let from_directory = || Some(context.directories.config.as_ref()?.join("config.toml"));
        flag.map(Path::to_owned)
            .or_else(from_variable)
            .or_else(from_directory)
    }

    /// Removes the accounts of untrusted files that the AWS files define, too: the name would lead elsewhere.
    pub fn remove_untrusted(&mut self, context: &Context, profiles: &AwsProfiles) {
        let nothing = Self::default();
        let in_profiles = Accounts {
            config: &nothing,
            profiles,
            context,
        };
        for include in &mut self.includes {
            let Ok(included) = &mut include.content else {
                continue;
            };
            if included.is_trusted {
                continue;
            }
            let defined: Vec<AccountName> = included
                .names
                .iter()
                .filter(|name| in_profiles.is_defined(name.as_str()))
                .cloned()
                .collect();
            for name in defined {
                self.accounts.remove(&name);
                included.names.remove(&name);
                included.withheld.remove(&name);
                included.shadowing.insert(name);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::testing::context;

    #[test]
    fn no_file_is_no_error_but_for_the_flag() {
        let context = context(&[("AWS_MFA_CONFIG", "/nonexistent/c.toml")]);
        assert!(Config::load(&context, None).unwrap().accounts.is_empty());
        let failure = Config::load(&context, Some(Path::new("/nonexistent/d.toml"))).unwrap_err();
        assert!(failure.to_string().contains("/nonexistent/d.toml"));
    }
}
