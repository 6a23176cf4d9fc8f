use std::collections::BTreeMap;
use std::path::PathBuf;

use secrecy::ExposeSecret as _;
use zeroize::Zeroizing;

use super::acquire::Acquirer;
use super::{Sources, env};
use crate::account::resolve::Accounts;
use crate::account::values::{ProfileName, SECTION_PUNCTUATION, is_section_name};
use crate::account::{Account, AccountName, AwsProfiles, MfaSerial, Rule, SessionDuration};
use crate::cli::{GlobalOptions, SaveArgs};
use crate::context::Context;
use crate::delivery::credentials_file::CredentialsText;
use crate::error::{Failure, Result};
use crate::files::replace;
use crate::session::{Session, from_rfc3339, spoken};

/// The token of a session.
const TOKEN: &str = "aws_session_token";
/// Its name of old.
const OLD_TOKEN: &str = "aws_security_token";

/// Settings that make a profile something else than a place for a session: AWS tools would follow
/// them and never see the keys.
const FOREIGN: [&str; 7] = [
    "role_arn",
    "source_profile",
    "credential_source",
    "credential_process",
    "web_identity_token_file",
    "sso_session",
    "sso_start_url",
];

/// Writes a session into the credentials file, or one for every account.
///
/// # Errors
///
/// Whatever kept the session from being had or written; the file is then as it was.
pub fn run(context: &Context, global: &GlobalOptions, args: &SaveArgs) -> Result<u8> {
    check_file_kind(context)?;
    let sources = Sources::load(context, global)?;
    let accounts = sources.accounts(context);
    if args.all {
        return Ok(all(&accounts, args));
    }
    let (name, code) = env::choose(
        &accounts,
        args.account.as_deref(),
        &args.code,
        &args.options,
    )?;
    let mut account = accounts.resolve(&name, &args.options)?;
    let target = Target::of(&accounts, &account, args.to.as_ref(), args.force);
    target.check(&accounts, &account)?;
    target.check_file(context)?;
    let how = format!("aws-mfa save {}", account.name);
    let acquirer = Acquirer::new(&accounts, &args.options);
    let session = acquirer.session(&mut account, &code, &how)?.session;
    target.save(context, &session)?;
    context
        .console
        .note(&target.saved(context, &account, &session));
    Ok(0)
}

/// That the credentials file is a file, before it is read: to read a pipe may take for ever.
///
/// # Errors
///
/// If it is something else, or without a home folder to look in.
pub(super) fn check_file_kind(context: &Context) -> Result<()> {
    let [_, (file, _)] = AwsProfiles::places(context)?;
    replace::check_is_file(&file, &context.display_path(&file)).map_err(|failure| {
        failure
            .help("name a file: AWS_SHARED_CREDENTIALS_FILE, or unset that for ~/.aws/credentials")
    })
}

/// The profile that a session is written to, and the file it stands in.
pub(super) struct Target {
    profile: String,
    file: PathBuf,
    force: bool,
}

impl Target {
    pub(super) fn of(
        accounts: &Accounts<'_>,
        account: &Account,
        to: Option<&ProfileName>,
        force: bool,
    ) -> Self {
        Self {
            profile: to.map_or_else(|| account.save_to.clone(), ToString::to_string),
            file: accounts.profiles.credentials_file().to_owned(),
            force,
        }
    }

    /// Whether the profile may be written to; said before anybody is asked for a code.
    pub(super) fn check(&self, accounts: &Accounts<'_>, account: &Account) -> Result<()> {
        let profile = &self.profile;
        if !is_section_name(profile) {
            return Err(Failure::usage(format!(
                "could not save to profile {profile}: no AWS SDK reads a name like this from the credentials file"
            ))
            .help(format!(
                "use letters, digits and `{SECTION_PUNCTUATION}`: --to, or save_to in config.toml"
            )));
        }
        if *profile == account.source_profile {
            return Err(Failure::usage(format!(
                "could not save to profile {profile}: it holds the long-term key that asks for the session"
            ))
            .help("name another profile: --to, or save_to in config.toml"));
        }
        self.check_owner(foreign(accounts.profiles, profile))
    }

    /// Whether the file can be written to; said before anybody is asked for a code, too.
    pub(super) fn check_file(&self, context: &Context) -> Result<()> {
        let shown = context.display_path(&self.file);
        replace::check_secret(&self.file, &shown, |text| {
            self.changed(text, &shown, &[]).map(|_| ())
        })
    }

    /// That there is nothing in the profile that must not be written over.
    fn check_owner(&self, foreign: Option<String>) -> Result<()> {
        match foreign {
            Some(what) if !self.force => Err(Failure::usage(format!(
                "could not save to profile {}: it has {what}",
                self.profile
            ))
            .help("name another profile with --to or save_to, or overwrite it with --force")),
            _ => Ok(()),
        }
    }

    /// The text of the file in which the profile has these values.
    fn changed(
        &self,
        text: &str,
        shown: &str,
        values: &[(&str, &str)],
    ) -> Result<Zeroizing<String>> {
        let unreadable = |error| {
            Failure::usage(format!("could not use {shown}, {error}"))
                .help("correct that line; the file is as it was")
        };
        let text = CredentialsText::parse(text).map_err(unreadable)?;
        // Somebody may have put a key there since it was looked at.
        self.check_owner(foreign_among(|key| text.value(&self.profile, key)))?;
        let mut values = values.to_vec();
        // The token's older name. botocore prefers it where it stands.
        if text.has_key(&self.profile, OLD_TOKEN)
            && let Some((_, token)) = values.iter().find(|(key, _)| *key == TOKEN)
        {
            values.push((OLD_TOKEN, token));
        }
        text.with_values(&self.profile, &values).map_err(unreadable)
    }

    pub(super) fn save(&self, context: &Context, session: &Session) -> Result<()> {
        let shown = context.display_path(&self.file);
        let expiration = session.expiration();
        let values = [
            ("aws_access_key_id", session.access_key_id.as_str()),
            (
                "aws_secret_access_key",
                session.secret_access_key.expose_secret(),
            ),
            (TOKEN, session.session_token.expose_secret()),
            // Starship reads it.
            ("expiration", expiration.as_str()),
        ];
        let warning = replace::replace_secret(&self.file, &shown, |text| {
            self.changed(text, &shown, &values)
        })?;
        if let Some(warning) = warning {
            context.console.warn(&warning);
        }
        Ok(())
    }

    /// What was done, in a line.
    pub(super) fn saved(&self, context: &Context, account: &Account, session: &Session) -> String {
        format!(
            "{}: saved to profile {} in {}, live for {}",
            account.name,
            self.profile,
            context.display_path(&self.file),
            spoken(session.expires_at - context.unix_now())
        )
    }
}

/// What a profile has that a session must not be written over, if anything.
pub(super) fn foreign(profiles: &AwsProfiles, profile: &str) -> Option<String> {
    foreign_among(|key| profiles.setting(profile, key))
}

/// The same of a profile with these settings. A key without a token is a long-term one; but not one of
/// a session whose token is lost, which is of no use to anybody.
fn foreign_among<'a>(setting: impl Fn(&str) -> Option<&'a str>) -> Option<String> {
    let token = setting(TOKEN).or_else(|| setting(OLD_TOKEN));
    let (id, secret) = (
        setting("aws_access_key_id"),
        setting("aws_secret_access_key"),
    );
    match (token, id, secret) {
        (None, Some(id), _) if !id.starts_with("ASIA") => {
            return Some(format!("the long-term key {id}"));
        }
        (None, None, Some(_)) => return Some("a secret access key without its id".to_owned()),
        _ => {}
    }
    let found = FOREIGN.iter().find(|key| setting(key).is_some());
    found.map(|key| format!("{key}, which AWS tools would follow"))
}

/// When the session in the profile that an account is saved to ends, in Unix seconds, if it is
/// live.
pub(super) fn saved_until(accounts: &Accounts<'_>, account: &Account) -> Option<i64> {
    let expiration = accounts.profiles.setting(&account.save_to, "expiration")?;
    from_rfc3339(expiration).filter(|at| *at > accounts.context.unix_now())
}

/// Accounts that one code is good for: those of one device and one key.
struct Group {
    serial: MfaSerial,
    source_profile: String,
    members: Vec<(Account, Target)>,
}

/// Saves every account that can be saved. What fails does not stop the rest; the status is that of
/// the first failure.
fn all(accounts: &Accounts<'_>, args: &SaveArgs) -> u8 {
    let context = accounts.context;
    let acquirer = Acquirer::new(accounts, &args.options);
    let mut status = 0;
    let mut fail = |name: &str, failure: &Failure| {
        context.console.failure(&failure.for_account(name));
        status = if status == 0 {
            failure.kind().exit_status()
        } else {
            status
        };
    };
    let mut groups: Vec<Group> = Vec::new();
    let mut taken: BTreeMap<String, AccountName> = BTreeMap::new();
    let names = accounts.names();
    if names.is_empty() {
        context.console.note("there are no accounts to save");
    }
    for name in names {
        match prepare(accounts, &acquirer, name.as_str(), args) {
            Ok(Err(unsaved)) => context.console.note(&format!("{name}: skipped: {unsaved}")),
            Ok(Ok((account, target, serial))) => {
                // Of two in one profile, one would be lost.
                if let Some(first) = taken.get(&target.profile) {
                    context.console.note(&format!(
                        "{name}: skipped: profile {} is for account {first}; give one of them another save_to",
                        target.profile
                    ));
                    continue;
                }
                taken.insert(target.profile.clone(), name.clone());
                let same = |group: &&mut Group| {
                    group.serial == serial && group.source_profile == account.source_profile
                };
                match groups.iter_mut().find(same) {
                    Some(group) => group.members.push((account, target)),
                    None => groups.push(Group {
                        serial,
                        source_profile: account.source_profile.clone(),
                        members: vec![(account, target)],
                    }),
                }
            }
            Err(failure) => fail(name.as_str(), &failure),
        }
    }
    for group in groups {
        for (account, target, saved) in save_group(accounts, &acquirer, group) {
            match saved {
                Ok(session) => context
                    .console
                    .note(&target.saved(context, &account, &session)),
                Err(failure) => fail(account.name.as_str(), &failure),
            }
        }
    }
    status
}

/// An account with where it is saved to and its device, or why it is not one that can be saved.
fn prepare(
    accounts: &Accounts<'_>,
    acquirer: &Acquirer<'_>,
    name: &str,
    args: &SaveArgs,
) -> Result<Result<(Account, Target, MfaSerial)>> {
    let mut account = accounts.resolve(name, &args.options)?;
    if let Err(failure) = accounts.source_keys(&account) {
        let is_for_others =
            account.rule == Rule::Profile && accounts.is_for_others(&account.source_profile);
        return if is_for_others {
            Ok(Err(failure))
        } else {
            Err(failure)
        };
    }
    let target = Target::of(accounts, &account, None, args.force);
    if let Err(unsaved) = target.check(accounts, &account) {
        return Ok(Err(unsaved));
    }
    target.check_file(accounts.context)?;
    let device = acquirer.find_device(&mut account)?;
    Ok(Ok((account, target, device.serial)))
}

/// Saves the accounts of one device with one code.
fn save_group(
    accounts: &Accounts<'_>,
    acquirer: &Acquirer<'_>,
    group: Group,
) -> Vec<(Account, Target, Result<Session>)> {
    let context = accounts.context;
    // The session that the code is given for: a plain one if there is any, since roles can be had
    // out of it; the longest of them.
    let first = group
        .members
        .iter()
        .enumerate()
        .max_by_key(|(_, (account, _))| (account.role.is_none(), account.duration))
        .map_or(0, |(at, _)| at);
    // Each of them is asked about before anybody is asked for a code.
    let mut agreed: Vec<Result<()>> = Vec::new();
    for (account, _) in &group.members {
        agreed.push(acquirer.agreed(account));
    }
    let mut asking = group.members[first].0.clone();
    asking.confirm = false;
    if group.members.len() > 1 {
        asking = acquirer.without_role(&asking);
    }
    let how = format!("aws-mfa save {}", asking.name);
    let made = if agreed.iter().any(Result::is_ok) {
        acquirer.session(&mut asking, &[], &how)
    } else {
        Err(Failure::no_code("nothing was agreed to"))
    };
    let made = made.map(|acquired| acquired.session);
    let mut results = Vec::new();
    for ((mut account, target), agreed) in group.members.into_iter().zip(agreed) {
        let session = agreed.and_then(|()| match &made {
            Err(failure) => Err(failure.again()),
            Ok(session) if account.role == asking.role => Ok(session.clone()),
            Ok(session) => {
                if account.duration > SessionDuration::DEFAULT_ROLE {
                    context.console.note(&format!(
                        "{0}: AWS gives out of a session 1h at most; for {1}: aws-mfa save {0}",
                        account.name, account.duration
                    ));
                    account.duration = SessionDuration::DEFAULT_ROLE;
                }
                acquirer
                    .asker(&account)
                    .and_then(|asker| asker.role_out_of(session).map_err(Failure::from))
            }
        });
        let saved = session.and_then(|session| target.save(context, &session).map(|()| session));
        results.push((account, target, saved));
    }
    results
}
