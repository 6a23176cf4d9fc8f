//! `include` in config.toml: lists of accounts in other files, such as one that a team shares in a repository.
//!
//! Another person may write such a file, so until the user trusts it (`aws-mfa config trust`), it only adds accounts:
//! it changes neither what the user's own files define, nor does anything in it run, export, write or skip a
//! confirmation. A file that is missing or wrong costs its own accounts alone.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::config::{
    AccountList, AccountSettings, Config, ConfigError, Defaults, Include, IncludedAccounts,
    parse_toml,
};
use super::trusted_files::TrustedFiles;
use super::values::AccountName;
use crate::context::Context;
use crate::files::input;

/// The content of an included file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct IncludedConfig {
    /// The settings of the accounts in this file that do not have them.
    defaults: Defaults,
    accounts: BTreeMap<AccountName, AccountSettings>,
}

impl AccountList for IncludedConfig {
    fn accounts_mut(&mut self) -> &mut BTreeMap<AccountName, AccountSettings> {
        &mut self.accounts
    }
}

impl Config {
    /// Reads the included files and adds their accounts. `config_path` is the path of config.toml.
    pub(super) fn read_includes(&mut self, context: &Context, config_path: &Path) {
        if self.include.is_empty() {
            return;
        }
        let trusted = TrustedFiles::load(context);
        let directory = config_path.parent().unwrap_or(Path::new(""));
        let listed = std::mem::take(&mut self.include);
        let mut read: Vec<(PathBuf, String, ReadFile)> = listed
            .iter()
            .map(|listed| {
                let path = directory.join(context.expand_tilde(listed));
                let display = context.display_path(&path);
                let read = read(&path, &display, &trusted);
                (path, display, read)
            })
            .collect();
        // What the user trusts goes first, so that another file does not stand in its way.
        read.sort_by_key(|(_, _, read)| !matches!(read, Ok((_, true))));
        for (path, display, read) in read {
            let accounts = read.map(|(included, is_trusted)| self.merge(included, is_trusted));
            self.includes.push(Include {
                path,
                display,
                content: accounts,
            });
        }
    }

    /// Adds the accounts of an included file. What is here already stays as it is.
    fn merge(&mut self, included: IncludedConfig, is_trusted: bool) -> IncludedAccounts {
        let mut result = IncludedAccounts {
            is_trusted,
            ..IncludedAccounts::default()
        };
        for (name, mut settings) in included.accounts {
            settings.fill_from_defaults(&included.defaults);
            if is_trusted {
                if let Some(alias) = &settings.alias
                    && self.has_alias(alias.as_str())
                {
                    settings.alias = None;
                }
                self.accounts
                    .entry(name.clone())
                    .or_default()
                    .fill_from(&settings);
                result.names.insert(name);
                continue;
            }
            let withheld = settings.withhold();
            if self.accounts.contains_key(&name) {
                result.shadowing.insert(name);
                continue;
            }
            if !withheld.is_empty() {
                result.withheld.insert(name.clone(), withheld);
            }
            self.accounts.insert(name.clone(), settings);
            result.names.insert(name);
        }
        result
    }

    fn has_alias(&self, alias: &str) -> bool {
        let mut aliases = self.accounts.values().filter_map(|own| own.alias.as_ref());
        aliases.any(|own| own.as_str() == alias)
    }

    /// The warning that an account lacks settings of a file that the user does not trust.
    #[must_use]
    pub fn untrusted_settings(&self, name: &str) -> Option<String> {
        self.includes.iter().find_map(|include| {
            let included = include.content.as_ref().ok()?;
            let display = &include.display;
            if included.shadowing.contains(name) {
                return Some(format!(
                    "{display} defines {name}, too, but is not trusted, so that counts for nothing; \
                     review the file, then run `aws-mfa config trust {display}`"
                ));
            }
            let keys = included.withheld.get(name)?.join(", ");
            Some(format!(
                "{keys} of {name} in {display} has no effect, because that file is not trusted; \
                 review it, then run `aws-mfa config trust {display}`"
            ))
        })
    }
}

/// The content of an included file, and whether the user trusts it.
type ReadFile = Result<(IncludedConfig, bool), ConfigError>;

fn read(path: &Path, display: &str, trusted: &TrustedFiles) -> ReadFile {
    let bytes = input::read(path).map_err(|error| ConfigError::unreadable(display, &error))?;
    let included = parse_toml(&bytes, display)?;
    Ok((included, trusted.contains(path, &bytes)))
}
