//! The settings that `setup` proposes for config.toml: those without which the accounts, or the user's old scripts,
//! would not be found.

use std::collections::{BTreeMap, BTreeSet};

use super::old_scripts::OldScript;
use super::vault::Vaulted;
use crate::account::reserved::{SUBCOMMANDS, is_reserved_command};
use crate::account::resolve::Accounts;
use crate::account::values::{self, Alias, ProfileName};
use crate::account::{Account, AccountName, DefinedBy, MfaSerial, RoleArn};
use crate::context::Context;

/// A line of config.toml, and the comment above it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The key.
    pub key: &'static str,
    /// The value.
    pub value: SettingValue,
    /// The reason for the setting, which becomes the comment.
    pub why: String,
}

/// A value of config.toml.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SettingValue {
    /// A string.
    Text(String),
    /// A Boolean.
    Flag(bool),
}

impl From<&str> for SettingValue {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<bool> for SettingValue {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

/// Settings to add to config.toml, by account. Settings that are found without config.toml are not among them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proposal(BTreeMap<AccountName, Vec<Setting>>);

impl Proposal {
    /// Whether nothing needs to be added.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the accounts, sorted by name, with their settings.
    pub fn iter(&self) -> impl Iterator<Item = (&AccountName, &[Setting])> {
        self.0.iter().map(|(name, list)| (name, list.as_slice()))
    }

    /// Adds a setting to an account, unless the proposal has one with the same key.
    pub fn add(
        &mut self,
        name: &AccountName,
        key: &'static str,
        value: impl Into<SettingValue>,
        why: impl Into<String>,
    ) {
        let settings = self.0.entry(name.clone()).or_default();
        if settings.iter().all(|setting| setting.key != key) {
            settings.push(Setting {
                key,
                value: value.into(),
                why: why.into(),
            });
        }
    }

    /// Whether an account gets this alias.
    #[must_use]
    pub fn has_alias(&self, alias: &str) -> bool {
        let mut settings = self.0.values().flatten();
        settings.any(|setting| setting.key == "alias" && setting.value == alias.into())
    }
}

/// An old script that belongs to one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatchedScript {
    /// The file and the line of the script, for the user.
    pub location: String,
    /// The name of the script, if an alias of the account can replace it.
    pub alias: Option<Alias>,
    /// The account, which may not exist yet.
    pub account: AccountName,
    /// The profile that holds the long-term key that the script uses.
    pub source_profile: String,
    /// The profile to which the script writes sessions, if it names another one than the account's.
    pub save_to: Option<ProfileName>,
    /// The device that the script names.
    pub serial: Option<MfaSerial>,
}

/// Finds the account to which an old script belongs; `None` if the script names no profile of the `known` accounts, or
/// several, or if it leads to a role and not to the user of the key.
#[must_use]
pub fn match_script(
    accounts: &Accounts<'_>,
    known: &[&Account],
    script: &OldScript,
) -> Option<MatchedScript> {
    if script.assumes_role {
        return None;
    }
    let words = &script.words;
    let is_named = |word: &String| known.iter().any(|account| account.source_profile == *word);
    // A profile without a key, such as the one to which a script writes, makes no choice of a key, although a role that
    // cannot be used names it as its source.
    let has_key = |word: &String| is_named(word) && accounts.profiles.has_long_term_key(word);
    let with_key = words.iter().any(has_key);
    let is_source = |word: &String| {
        if with_key {
            has_key(word)
        } else {
            is_named(word)
        }
    };
    let location = format!(
        "{}, line {}",
        accounts.context.display_path(&script.file),
        script.line
    );
    let mut sources = words.iter().filter(|word| is_source(word));
    if let Some(first) = sources.next()
        && sources.any(|other| other != first)
    {
        // The script chooses between several accounts.
        return None;
    }
    let is_replaceable = |name: &&str| script.replaceable && !is_taken(accounts.context, name);
    let alias = script.name.as_deref().filter(is_replaceable);
    let found =
        |account: &Account, name: AccountName, save_to: Option<ProfileName>| MatchedScript {
            location: location.clone(),
            alias: alias.and_then(|name| name.parse().ok()),
            account: name,
            source_profile: account.source_profile.clone(),
            save_to,
            serial: words.iter().find_map(|word| {
                let serial = word.starts_with("arn:").then_some(word)?;
                serial.parse().ok()
            }),
        };
    let Some(at) = words.iter().position(is_source) else {
        // broamski's aws-mfa is called with `--profile NAME`: https://github.com/broamski/aws-mfa#usage.
        let at = words.iter().position(|word| word == "--profile")? + 1;
        let profile = words.get(at)?;
        let account = known
            .iter()
            .find(|account| account.name.as_str() == profile)?;
        return Some(found(account, account.name.clone(), None));
    };
    // The word after `--profile` is the profile that the AWS CLI uses; a profile to write to never follows it.
    let is_option = at > 0 && words[at - 1] == "--profile";
    let target = words
        .get(at + 1)
        .filter(|word| !is_option && is_target(word));
    let mut candidates: Vec<&&Account> = known
        .iter()
        .filter(|account| account.source_profile == words[at] && account.role.is_none())
        .collect();
    candidates.sort_by_key(|account| target.is_none_or(|target| account.name.as_str() != target));
    let account = candidates.first()?;
    let save_to: Option<ProfileName> = target.and_then(|target| target.parse().ok());
    // A profile that holds its key under its own name: the script's name for the account is the profile that it writes.
    let name_from_target = target.and_then(|target| target.parse::<AccountName>().ok());
    match name_from_target {
        Some(name)
            if account.defined_by == DefinedBy::Profile
                && account.name.as_str() == account.source_profile
                && !known.iter().any(|account| account.name == name) =>
        {
            Some(found(account, name, None))
        }
        _ => {
            let other = save_to.filter(|profile| profile.as_str() != account.save_to);
            Some(found(account, account.name.clone(), other))
        }
    }
}

/// Whether an alias of this name would hide another command.
fn is_taken(context: &Context, name: &str) -> bool {
    name == "mfa" || is_reserved_command(name) || !context.on_path(name).is_empty()
}

/// Whether the word after the source profile may be the profile to which a script writes.
fn is_target(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_alphabetic())
        && word.chars().all(values::is_name_char)
        && !["aws", "sts", "jq"].contains(&word)
}

/// Proposes the settings that the accounts need in addition to those found by convention; `known` are the accounts that
/// can be resolved.
#[must_use]
pub fn propose(
    accounts: &Accounts<'_>,
    known: &[&Account],
    matches: &[MatchedScript],
    vaulted: &[Vaulted],
) -> Proposal {
    let mut proposal = Proposal::default();
    for account in known {
        add_assume_role(accounts, account, &mut proposal);
    }
    add_included_settings(accounts, vaulted, &mut proposal);
    for vaulted in vaulted {
        for name in &vaulted.accounts {
            let has_role = known
                .iter()
                .any(|account| account.name == *name && account.role.is_some());
            if name.as_str() != vaulted.profile || has_role {
                let why = format!("the key of profile {}, from aws-vault", vaulted.profile);
                proposal.add(name, "source_profile", vaulted.proxy_profile.as_str(), why);
            }
        }
    }
    add_unnamed_keys(accounts, known, &mut proposal);
    for script in matches {
        add_script(accounts, script, &mut proposal);
    }
    proposal
}

/// Proposes the role that broamski's aws-mfa reads from the profile with the key, as `assume_role`:
/// <https://github.com/broamski/aws-mfa#usage>.
fn add_assume_role(accounts: &Accounts<'_>, account: &Account, proposal: &mut Proposal) {
    let source = account.source_profile.as_str();
    let role = accounts.profiles.setting(source, "assume_role");
    if let Some(role) = role.and_then(|role| role.parse::<RoleArn>().ok())
        && account.role.is_none()
    {
        let why = format!("assume_role of profile {source}");
        proposal.add(&account.name, "role_arn", role.as_str(), why);
    }
}

/// Proposes the settings that a role profile of aws-vault takes from the profile in `include_profile`, a key that AWS
/// tools ignore: <https://github.com/99designs/aws-vault/blob/master/USAGE.md#config>.
fn add_included_settings(accounts: &Accounts<'_>, vaulted: &[Vaulted], proposal: &mut Proposal) {
    /// The number of profiles after which a chain is taken for a cycle.
    const MAX_INCLUDES: usize = 8;
    let profiles = accounts.profiles;
    for profile in profiles.names() {
        let setting = |profile: &str, key| profiles.setting(profile, key).map(str::to_owned);
        let is_role = setting(profile, "role_arn").is_some();
        let (Ok(name), true, None) = (
            profile.parse::<AccountName>(),
            is_role,
            setting(profile, "source_profile"),
        ) else {
            continue;
        };
        let included = |from: &String| {
            setting(from, "include_profile").or_else(|| setting(from, "parent_profile"))
        };
        let chain: Vec<String> = std::iter::successors(included(&profile.to_owned()), included)
            .take(MAX_INCLUDES)
            .collect();
        let inherited = |key| {
            let mut values = chain
                .iter()
                .filter_map(|from| Some((from, setting(from, key)?)));
            values.next()
        };
        let Some((from, source)) = inherited("source_profile") else {
            continue;
        };
        // With a value that config.toml does not accept, setup could not write the file.
        let warn_of_invalid = |key, from: &str, reason: String| {
            accounts.context.console.warn(&format!(
                "{key} of profile {from}, which {profile} includes, is ignored: {reason}"
            ));
        };
        if let Err(reason) = source.parse::<ProfileName>() {
            warn_of_invalid("source_profile", from, reason);
            continue;
        }
        let through = vaulted.iter().find(|vaulted| vaulted.profile == source);
        let why = format!("source_profile of profile {from}, which {profile} includes");
        let source_name = through.map_or(&source, |vaulted| &vaulted.proxy_profile);
        proposal.add(&name, "source_profile", source_name.as_str(), why);
        let has_device = [profile, source.as_str()]
            .iter()
            .any(|profile| setting(profile, "mfa_serial").is_some());
        if let (false, Some((from, serial))) = (has_device, inherited("mfa_serial")) {
            match serial.parse::<MfaSerial>() {
                Ok(serial) => {
                    let why = format!("mfa_serial of profile {from}, which {profile} includes");
                    proposal.add(&name, "mfa_serial", serial.as_str(), why);
                }
                Err(reason) => warn_of_invalid("mfa_serial", from, reason),
            }
        }
    }
}

/// Proposes an account for each profile that holds a key and whose name cannot be the name of an account.
fn add_unnamed_keys(accounts: &Accounts<'_>, known: &[&Account], proposal: &mut Proposal) {
    let used: BTreeSet<&str> = known
        .iter()
        .map(|account| account.source_profile.as_str())
        .collect();
    for (profile, wanted) in accounts.unnamed_keys() {
        if used.contains(profile) {
            continue;
        }
        let name = account_name(wanted);
        if let Some(name) = name.filter(|name| !accounts.can_resolve(name.as_str())) {
            let why = format!("profile {profile} has a key, and no account can be called {wanted}");
            proposal.add(&name, "source_profile", profile, why);
        }
    }
}

/// The allowed account name that is nearest to this one.
fn account_name(wanted: &str) -> Option<AccountName> {
    if SUBCOMMANDS.contains(&wanted) {
        return format!("{wanted}-account").parse().ok();
    }
    let name: String = wanted
        .chars()
        .map(|c| if values::is_name_char(c) { c } else { '-' })
        .collect();
    let name = name.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    name.parse().ok()
}

/// Proposes the settings with which the account does what an old script does, including an alias of the same name.
fn add_script(accounts: &Accounts<'_>, script: &MatchedScript, proposal: &mut Proposal) {
    let name = &script.account;
    if !accounts.can_resolve(name.as_str()) {
        let why = format!("as in {}", script.location);
        proposal.add(name, "source_profile", script.source_profile.as_str(), why);
    }
    if let Some(save_to) = &script.save_to {
        let why = format!("the profile that {} writes", script.location);
        proposal.add(name, "save_to", save_to.as_str(), why);
    }
    let Some(alias) = &script.alias else {
        return;
    };
    let configured = &accounts.config.accounts;
    let has_alias = configured
        .get(name.as_str())
        .is_some_and(|settings| settings.alias.is_some());
    let is_used = configured
        .values()
        .any(|settings| settings.alias.as_ref() == Some(alias))
        || proposal.has_alias(alias.as_str());
    if !has_alias && !is_used {
        let why = format!("replaces the one in {}: {alias} CODE", script.location);
        proposal.add(name, "alias", alias.as_str(), why);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::Config;
    use crate::account::aws_profiles::testing::profiles;
    use crate::context::testing::context;

    const KEY: &str = "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = s\n";

    /// The proposal, as TOML, for these AWS files and the words of these aliases.
    fn proposed(config: &str, credentials: &str, aliases: &[(&str, &str)]) -> String {
        let profiles = profiles(config, &credentials.replace("KEY\n", KEY));
        let accounts = Accounts {
            config: &Config::default(),
            profiles: &profiles,
            context: &context(&[]),
        };
        let known: Vec<Account> = accounts
            .names()
            .iter()
            .filter_map(|name| accounts.resolve(name.as_str()).ok())
            .collect();
        let known: Vec<&Account> = known.iter().collect();
        let matches: Vec<MatchedScript> = aliases
            .iter()
            .filter_map(|(name, words)| {
                let script = OldScript {
                    file: "/home/jane/.bashrc".into(),
                    line: 3,
                    name: Some((*name).to_owned()),
                    words: words.split(' ').map(str::to_owned).collect(),
                    replaceable: true,
                    assumes_role: false,
                };
                match_script(&accounts, &known, &script)
            })
            .collect();
        let text = crate::setup::config_text::to_toml(&propose(&accounts, &known, &matches, &[]));
        let settings = text.lines().filter(|line| !line.starts_with('#'));
        settings.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_role_whose_source_has_no_key_changes_nothing_for_another_account() {
        let role = "role_arn = arn:aws:iam::210987654321:role/Admin";
        for source in ["sso_account_id = 1", "role_arn = x"] {
            let config = format!(
                "[profile broken]\n{role}\nsource_profile = test\n[profile test]\n{source}\n"
            );
            let words = "aws-creds.sh test-mfa test";
            assert_eq!(
                proposed(&config, "[test-mfa]\nKEY\n", &[("t", words)]),
                "[accounts.test]\nalias = \"t\"",
                "{source}"
            );
        }
    }

    #[test]
    fn an_account_by_convention_needs_no_setting() {
        let credentials =
            "[test-mfa]\nKEY\n[joe-long-term]\nKEY\n[plain]\nKEY\n[test]\naws_session_token = t\n";
        assert_eq!(proposed("", credentials, &[]), "");
    }

    #[test]
    fn old_scripts_become_aliases() {
        for (words, expected) in [
            (
                "aws-creds.sh test-mfa test arn:aws:iam::123456789012:mfa/jane",
                "[accounts.test]\nalias = \"t\"",
            ),
            ("aws-creds.sh test-mfa", "[accounts.test]\nalias = \"t\""),
            (
                "aws-creds.sh test-mfa other",
                "[accounts.test]\nsave_to = \"other\"\nalias = \"t\"",
            ),
            (
                "aws-creds.sh work-key work $1",
                "[accounts.work]\nsource_profile = \"work-key\"\nalias = \"t\"",
            ),
            (
                "aws-creds.sh work-key",
                "[accounts.work-key]\nalias = \"t\"",
            ),
            ("aws-mfa --profile test", "[accounts.test]\nalias = \"t\""),
            ("aws-creds.sh", ""),
        ] {
            let credentials = "[test-mfa]\nKEY\n[work-key]\nKEY\n";
            assert_eq!(
                proposed("", credentials, &[("t", words)]),
                expected,
                "{words}"
            );
        }
        // One name for one account, and one account for one name.
        let twice = [
            ("t", "x test-mfa"),
            ("t", "x test-mfa"),
            ("u", "x test-mfa"),
        ];
        assert_eq!(
            proposed("", "[test-mfa]\nKEY\n", &twice),
            "[accounts.test]\nalias = \"t\""
        );
        assert_eq!(
            proposed("", "[test-mfa]\nKEY\n", &[("mfa", "x test-mfa")]),
            ""
        );
    }

    #[test]
    fn settings_that_only_other_tools_understand_are_proposed() {
        let role = "arn:aws:iam::210987654321:role/Admin";
        assert_eq!(
            proposed(
                "",
                &format!("[a-long-term]\nassume_role = {role}\nKEY\n"),
                &[]
            ),
            format!("[accounts.a]\nrole_arn = \"{role}\"")
        );
        let config = format!(
            "[profile base]\nsource_profile = key\nmfa_serial = GAHT12345678\n\
             [profile between]\ninclude_profile = base\n\
             [profile prod]\nrole_arn = {role}\ninclude_profile = between\n"
        );
        let proposed = proposed(&config, "[key]\nKEY\n[acme/list]\nKEY\n[list]\nKEY\n", &[]);
        assert!(
            proposed.contains(
                "[accounts.prod]\nsource_profile = \"key\"\nmfa_serial = \"GAHT12345678\""
            ),
            "{proposed}"
        );
        assert!(proposed.contains("[accounts.acme-list]\nsource_profile = \"acme/list\""));
        assert!(proposed.contains("[accounts.list-account]\nsource_profile = \"list\""));
    }

    #[test]
    fn values_that_config_toml_does_not_take_are_left_out() {
        let role = "arn:aws:iam::210987654321:role/Admin";
        let config = |source: &str, serial: &str| {
            format!(
                "[profile base]\nsource_profile = {source}\nmfa_serial = {serial}\n\
                 [profile prod]\nrole_arn = {role}\ninclude_profile = base\n"
            )
        };
        let of = |source, serial| proposed(&config(source, serial), "[key]\nKEY\n", &[]);
        assert_eq!(
            of("key", "arn:aws:iam::123456789012:user/jane"),
            "[accounts.prod]\nsource_profile = \"key\""
        );
        assert_eq!(
            of("k[e]y", "GAHT12345678"),
            "[accounts.prod]\nsource_profile = \"k[e]y\"\nmfa_serial = \"GAHT12345678\""
        );
    }
}
