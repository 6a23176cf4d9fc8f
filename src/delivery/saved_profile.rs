//! The profile that `save` and `--persist` write a session to: its name, the checks before it is overwritten,
//! and the keys that are written. A long-term key is never overwritten, except with `--force`.
//!
//! Only this module writes the credentials file: `aws_files` makes the new text, and `files::replace` puts it in the
//! file's place.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use secrecy::ExposeSecret as _;
use zeroize::Zeroizing;

use crate::account::aws_profiles::{ProfileCredentials, conversion};
use crate::account::resolve::Accounts;
use crate::account::values::{ProfileName, SECTION_PUNCTUATION, is_section_name};
use crate::account::{Account, AwsProfiles};
use crate::aws_files::{Document, Encoding, FileKind, Uneditable};
use crate::context::Context;
use crate::credentials::Session;
use crate::error::{Failure, Result};
use crate::files::replace;
use crate::time::{format_duration, parse_rfc3339};

/// The key of the session token.
const TOKEN: &str = "aws_session_token";
/// The older name of that key, which botocore prefers where both are set.
const OLD_TOKEN: &str = "aws_security_token";

/// The keys of a saved session.
const SESSION_KEYS: [&str; 5] = [
    "aws_access_key_id",
    "aws_secret_access_key",
    TOKEN,
    OLD_TOKEN,
    "expiration",
];

/// The keys that are written. Starship's prompt shows the time left by the last one:
/// <https://starship.rs/config/#aws>
const WRITTEN_KEYS: [&str; 4] = [
    "aws_access_key_id",
    "aws_secret_access_key",
    TOKEN,
    "expiration",
];

/// The length in bytes of each value for which there must be room beforehand. A token has typically less than 4096
/// bytes, the other values are short:
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html>.
const FILLER_LENGTH: usize = 1024;

/// Settings that AWS tools follow instead of the keys in the same profile; a session saved there would never be
/// used.
const PREFERRED_TO_KEYS: [&str; 8] = [
    "role_arn",
    "source_profile",
    "credential_source",
    "web_identity_token_file",
    "sso_session",
    "sso_start_url",
    // botocore takes either for a sign-in: `SSOProvider._load_sso_config` in botocore/credentials.py.
    "sso_account_id",
    "sso_role_name",
];

/// Sources of credentials that AWS tools follow only without keys in the credentials file: a session saved there would
/// take their place, and after its end the profile would have no credentials. Source: `ProfileProviderBuilder` in
/// botocore/credentials.py.
const HIDDEN_BY_KEYS: [&str; 2] = ["credential_process", "login_session"];

/// The time limit for a program that has emptied the credentials file to write it.
const WRITER_TIMEOUT: Duration = Duration::from_secs(5);

/// The time after which a text that cannot be parsed is not one that another program is just writing: programs write
/// a text in pieces of some KiB, one right after the other.
const HALF_WRITTEN: Duration = Duration::from_millis(50);

/// Checks that the credentials file is a regular file, before it is read: reading a pipe may never end.
///
/// # Errors
///
/// If it is something else, or there is no home directory.
pub fn check_file_kind(context: &Context) -> Result<()> {
    let file = AwsProfiles::credentials_path(context)?;
    replace::check_is_file(&file, &context.display_path(&file)).map_err(|failure| {
        failure
            .help("name a file: AWS_SHARED_CREDENTIALS_FILE, or unset that for ~/.aws/credentials")
    })
}

/// The profile that a session is written to, and its file.
#[derive(Debug)]
pub struct SavedProfile {
    profile: String,
    file: PathBuf,
    force: bool,
    /// The access key id of the account's long-term key, if that is in the credentials file.
    source_key_id: Option<String>,
    /// The bytes of the file when it was checked.
    seen: Zeroizing<Vec<u8>>,
}

impl SavedProfile {
    /// The profile that the account is saved to, or `to`.
    #[must_use]
    pub fn new(
        accounts: &Accounts<'_>,
        account: &Account,
        to: Option<&ProfileName>,
        force: bool,
    ) -> Self {
        Self {
            profile: to.map_or_else(|| account.save_to.clone(), ToString::to_string),
            file: accounts.profiles.credentials_file().to_owned(),
            force,
            source_key_id: source_key_id(accounts, account),
            seen: Zeroizing::default(),
        }
    }

    /// The name of the profile.
    #[must_use]
    pub fn profile(&self) -> &str {
        &self.profile
    }

    /// Checks that the profile may be overwritten. Called before the user is asked for a code.
    ///
    /// # Errors
    ///
    /// If it contains the long-term key, or something else that a session must not overwrite.
    pub fn check(&self, accounts: &Accounts<'_>, account: &Account) -> Result<()> {
        let profile = &self.profile;
        if !is_section_name(profile) {
            return Err(Failure::usage(format!(
                "could not save to profile {profile}: AWS tools do not agree on a name like this in the credentials file"
            ))
            .help(format!(
                "use letters, digits and `{SECTION_PUNCTUATION}`: --to, or save_to in config.toml"
            )));
        }
        if *profile == account.source_profile {
            return Err(Failure::usage(format!(
                "could not save to profile {profile}: it contains the long-term key that the session is requested with"
            ))
            .help("name another profile: --to, or save_to in config.toml"));
        }
        self.check_overwrite(protected_content(accounts.profiles, profile))
    }

    /// Checks that the file can be written to, and keeps its bytes: all sections and keys of them must be in what is
    /// written. Called before the user is asked for a code.
    ///
    /// # Errors
    ///
    /// If it cannot be parsed or written, or lacks the key that was read from it: another program may be writing it.
    pub fn check_file(&mut self, context: &Context) -> Result<()> {
        let display = context.display_path(&self.file);
        // As many bytes as a session has, so that a full disk is found, too.
        let filler = "x".repeat(FILLER_LENGTH);
        let values = WRITTEN_KEYS.map(|key| (key, filler.as_str()));
        let limit = context.limits.file_lock;
        let start = Instant::now();
        loop {
            let checked = replace::check_secret(&self.file, &display, limit, |bytes| {
                self.changed(bytes, &display, &values)
            });
            let bytes = match checked {
                Ok(bytes) => bytes,
                Err(_) if start.elapsed() < HALF_WRITTEN => {
                    std::thread::sleep(Duration::from_millis(5));
                    continue;
                }
                Err(failure) => return Err(failure),
            };
            let Some(id) = self
                .source_key_id
                .as_ref()
                .filter(|id| memchr::memmem::find(&bytes, id.as_bytes()).is_none())
            else {
                self.seen = bytes;
                return Ok(());
            };
            if start.elapsed() >= WRITER_TIMEOUT {
                return Err(Failure::broken(format!(
                    "could not use {display}: the key {id} was in it a moment ago and is gone"
                ))
                .help(
                    "another program seems to be writing the file; see that it ends, and try again",
                ));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Checks that the profile has no such content, or that it may be overwritten with `--force`.
    fn check_overwrite(&self, protected: Option<String>) -> Result<()> {
        match protected {
            Some(content) if !self.force => Err(Failure::usage(format!(
                "could not save to profile {}: it has {content}",
                self.profile
            ))
            .help("name another profile with --to or save_to, or overwrite it with --force")),
            _ => Ok(()),
        }
    }

    /// The bytes of the credentials file with these values in the profile.
    fn changed(
        &self,
        bytes: &[u8],
        display: &str,
        values: &[(&str, &str)],
    ) -> Result<Zeroizing<Vec<u8>>> {
        check_encoding(bytes, display)?;
        let text = Document::parse(FileKind::Credentials, bytes.to_vec());
        // The user may have put a key there since the first check.
        self.check_overwrite(protected_settings(|key| text.text(&self.profile, key)))?;
        let mut values = values.to_vec();
        // Where the token's older name is set, botocore uses that instead of the new one.
        if text.has_key(&self.profile, OLD_TOKEN)
            && let Some((_, token)) = values.iter().find(|(key, _)| *key == TOKEN)
        {
            values.push((OLD_TOKEN, token));
        }
        text.with_values(&self.profile, &values)
            .map_err(|error| invalid(display, &error))
    }

    /// Writes the session to the profile; nothing else in the file changes.
    ///
    /// # Errors
    ///
    /// If the file cannot be written; it is then unchanged.
    pub fn save(&self, context: &Context, session: &Session) -> Result<()> {
        let display = context.display_path(&self.file);
        let expiration = session.expiration();
        let values = [
            session.access_key_id.as_str(),
            session.secret_access_key.expose_secret(),
            session.session_token.expose_secret(),
            expiration.as_str(),
        ];
        let values: Vec<(&str, &str)> = WRITTEN_KEYS.into_iter().zip(values).collect();
        let change = |bytes: &[u8]| self.changed(bytes, &display, &values);
        let limit = context.limits.file_lock;
        for warning in replace::replace_secret(&self.file, &display, &self.seen, limit, change)? {
            context.console.warn(&warning);
        }
        Ok(())
    }

    /// Removes a saved session from the profile; every other key in it, and everything else in the file, stays. Returns
    /// one line for the user; `None` if the profile has no saved session, or has a long-term key.
    ///
    /// # Errors
    ///
    /// If the profile cannot be read, or the file cannot be written; it is then unchanged.
    pub fn remove(&self, context: &Context, account: &Account) -> Result<Option<String>> {
        let display = context.display_path(&self.file);
        let without = |bytes: &[u8]| {
            check_encoding(bytes, &display)?;
            let text = Document::parse(FileKind::Credentials, bytes.to_vec());
            if !is_session(|key| text.text(&self.profile, key)) {
                return Ok(None);
            }
            text.without_keys(&self.profile, &SESSION_KEYS)
                .map_err(|error| invalid(&display, &error))
        };
        let limit = context.limits.file_lock;
        let seen = replace::check_secret(&self.file, &display, limit, |bytes| {
            Ok(without(bytes)?.unwrap_or_default())
        })?;
        // Another program may lose nothing but the session.
        let Some(kept) = without(&seen)? else {
            return Ok(None);
        };
        let change = |bytes: &[u8]| {
            let removed = without(bytes)?;
            Ok(removed.unwrap_or_else(|| Zeroizing::new(bytes.to_vec())))
        };
        for warning in replace::replace_secret(&self.file, &display, &kept, limit, change)? {
            context.console.warn(&warning);
        }
        Ok(Some(format!(
            "{}: removed the saved session from profile {} in {display}",
            account.name, self.profile
        )))
    }

    /// One line for the user about the saved session, its profile and its file.
    #[must_use]
    pub fn describe_saved(
        &self,
        context: &Context,
        account: &Account,
        session: &Session,
    ) -> String {
        format!(
            "{}: saved to profile {} in {}, live for {}",
            account.name,
            self.profile,
            context.display_path(&self.file),
            format_duration(session.expires_at - context.unix_now())
        )
    }
}

fn check_encoding(bytes: &[u8], display: &str) -> Result<()> {
    match Encoding::detect(bytes) {
        Some(encoding) => Err(Failure::usage(format!(
            "could not use {display}: its text is {}, not UTF-8",
            encoding.name()
        ))
        .help(conversion(encoding, display))),
        None => Ok(()),
    }
}

/// Whether a profile with these settings has the keys of a session and no long-term key.
fn is_session<'a>(setting: impl Fn(&str) -> Option<&'a str>) -> bool {
    let id = setting("aws_access_key_id");
    let has_token = setting(TOKEN).or_else(|| setting(OLD_TOKEN)).is_some();
    match id {
        Some(id) if id.starts_with("ASIA") => true,
        Some(id) => has_token && !id.starts_with("AKIA"),
        None => has_token,
    }
}

/// The failure for a line of the credentials file that keeps the profile from being changed.
fn invalid(display: &str, error: &Uneditable) -> Failure {
    Failure::usage(format!("could not use {display}, {error}"))
        .help("correct that line; the file was not changed")
}

/// The access key id of the account's long-term key, unless that comes from ~/.aws/config or a command.
fn source_key_id(accounts: &Accounts<'_>, account: &Account) -> Option<String> {
    let Ok(ProfileCredentials::LongTerm { access_key_id, .. }) =
        accounts.source_credentials(account)
    else {
        return None;
    };
    let profile = accounts.profiles.get(&account.source_profile)?;
    let id = profile.value("aws_access_key_id")?;
    (id.file() == FileKind::Credentials).then(|| access_key_id.to_owned())
}

/// The content of a profile that a session must not overwrite, as a message names it; `None` if there is none.
#[must_use]
pub fn protected_content(profiles: &AwsProfiles, profile: &str) -> Option<String> {
    protected_settings(|key| profiles.setting(profile, key))
}

/// The same for a profile with these settings. A key without a token is a long-term key, unless its id is that
/// of a session (`ASIA…`) whose token is missing: such a key is useless. The prefixes are those of
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-prefixes>.
fn protected_settings<'a>(setting: impl Fn(&str) -> Option<&'a str>) -> Option<String> {
    let token = setting(TOKEN).or_else(|| setting(OLD_TOKEN));
    let id = setting("aws_access_key_id");
    let secret = setting("aws_secret_access_key");
    match (token, id, secret) {
        (None, Some(id), _) if !id.starts_with("ASIA") => {
            return Some(format!("the long-term key {id}"));
        }
        // The token is left over from a session.
        (Some(_), Some(id), _) if id.starts_with("AKIA") => {
            return Some(format!("the long-term key {id}"));
        }
        (None, None, Some(_)) => return Some("a secret access key without its id".to_owned()),
        _ => {}
    }
    let found = PREFERRED_TO_KEYS.iter().find(|key| setting(key).is_some());
    if let Some(key) = found {
        return Some(format!("{key}, which AWS tools would use instead"));
    }
    let found = HIDDEN_BY_KEYS.iter().find(|key| setting(key).is_some());
    found.map(|key| format!("{key}, which AWS tools would no longer use"))
}

/// A session that a profile holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SavedSession {
    /// The expiration in Unix seconds; `None` if the profile does not tell it.
    pub expires_at: Option<i64>,
}

/// Returns the session that a profile holds, live or not; `None` if it holds none, or another program has marked it as
/// its own.
#[must_use]
pub fn saved_session(profiles: &AwsProfiles, profile: &str) -> Option<SavedSession> {
    /// `manager` is awsume's (<https://awsu.me/general/overview.html>), the other one saml2aws's
    /// (<https://github.com/Versent/saml2aws>).
    const MARKS: [&str; 2] = ["manager", "x_security_token_expires"];
    let setting = |key: &str| profiles.setting(profile, key);
    if !is_session(setting) || MARKS.into_iter().any(|mark| setting(mark).is_some()) {
        return None;
    }
    let expiration = setting("expiration");
    Some(SavedSession {
        expires_at: expiration.and_then(parse_expiration),
    })
}

/// Parses the expiration that this program writes, or the other `aws-mfa`: a time in UTC without an offset
/// (<https://github.com/broamski/aws-mfa/blob/master/awsmfa/__init__.py>).
fn parse_expiration(text: &str) -> Option<i64> {
    parse_rfc3339(text).or_else(|| parse_rfc3339(&format!("{}Z", text.replacen(' ', "T", 1))))
}

/// The expiration, in Unix seconds, of the session that is saved in the account's profile; `None` if there is none or
/// it has expired.
#[must_use]
pub fn saved_until(accounts: &Accounts<'_>, account: &Account) -> Option<i64> {
    let expiration = accounts.profiles.setting(&account.save_to, "expiration")?;
    parse_rfc3339(expiration).filter(|at| *at > accounts.context.unix_now())
}
