//! The AWS files: ~/.aws/config and ~/.aws/credentials.

use std::path::{Path, PathBuf};

use super::file_locations::{FileLocation, file_locations};
pub use crate::aws_files::FileKind;
use crate::aws_files::{
    Contents, Document, Encoding, Loss, Profile, Profiles, SectionKind, Unusable, Value, read,
};
use crate::context::Context;
use crate::error::{Failure, Result};

/// The content of ~/.aws/config and ~/.aws/credentials.
#[derive(Debug, Default)]
pub struct AwsProfiles {
    profiles: Profiles,
    /// The config file and the credentials file.
    files: Vec<AwsFile>,
}

/// One of the two files as it was found.
#[derive(Debug)]
pub struct AwsFile {
    /// The kind of the file.
    pub kind: FileKind,
    /// The location where it is looked for.
    pub location: FileLocation,
    /// The state in which it was found there.
    pub state: FileState,
}

/// The state of a file at its location.
#[derive(Debug)]
pub enum FileState {
    /// Nothing.
    Missing,
    /// A file that was read.
    Read,
    /// Something that counts as missing.
    Unusable(Unusable),
}

/// The kinds of credentials that a profile holds itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProfileCredentials<'a> {
    /// A long-term access key.
    LongTerm {
        /// `AKIA…`; no secret.
        access_key_id: &'a str,
        /// The secret.
        secret_access_key: &'a str,
        /// The key of a session token beside it, which is from an older session and not used.
        left_over_token: Option<&'static str>,
    },
    /// A command that prints credentials, in one line.
    Process(&'a str),
    /// This program as such a command: what it prints is made with the keys of another profile.
    AwsMfa,
    /// A session's credentials; STS makes no session out of a session.
    Temporary,
    /// One half of a key.
    Incomplete {
        /// The key that is missing.
        missing: &'static str,
    },
    /// A part of a key that continues on a second line.
    Unreadable {
        /// Its name.
        key: &'static str,
    },
    /// Credentials from elsewhere, which this program does not load.
    SignIn(SignIn<'a>),
    /// None at all.
    None,
}

/// A way to get credentials without a long-term key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignIn<'a> {
    /// IAM Identity Center: `aws sso login`.
    IdentityCenter,
    /// `aws login`: `login_session`.
    Login,
    /// The token in a file: `web_identity_token_file`.
    WebIdentity,
    /// The credentials of the environment, a container or a machine: `credential_source`.
    Source(&'a str),
}

impl std::fmt::Display for SignIn<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::IdentityCenter => f.write_str(
                "it signs in through IAM Identity Center (sso_account_id, sso_role_name)",
            ),
            Self::Login => f.write_str("it signs in by `aws login` (login_session)"),
            Self::WebIdentity => {
                f.write_str("it signs in with a web identity (web_identity_token_file)")
            }
            Self::Source(source) => {
                write!(
                    f,
                    "its credentials come from elsewhere (credential_source = {source})"
                )
            }
        }
    }
}

/// The key of an access key's id.
const ID: &str = "aws_access_key_id";

/// The names of a session token's key. botocore prefers the older one, which comes first.
const TOKENS: [&str; 2] = ["aws_security_token", "aws_session_token"];

/// Profiles that are in no file.
impl From<Profiles> for AwsProfiles {
    fn from(profiles: Profiles) -> Self {
        Self {
            profiles,
            files: Vec::new(),
        }
    }
}

impl AwsProfiles {
    /// Reads the files that `AWS_CONFIG_FILE` and `AWS_SHARED_CREDENTIALS_FILE` name, else those in
    /// ~/.aws. A missing file is an empty one, and so is one that cannot be used: see [`Self::warnings`].
    ///
    /// # Errors
    ///
    /// If there is no home directory.
    pub fn load(context: &Context) -> Result<Self> {
        let mut files = Vec::new();
        let mut load = |(location, kind): (FileLocation, FileKind)| {
            let contents = location.path().map_or(Contents::Missing, read);
            let (bytes, state) = match contents {
                Contents::Missing => (zeroize::Zeroizing::default(), FileState::Missing),
                Contents::Bytes(bytes) => (bytes, FileState::Read),
                Contents::Unusable(why) => {
                    (zeroize::Zeroizing::default(), FileState::Unusable(why))
                }
            };
            files.push(AwsFile {
                kind,
                location,
                state,
            });
            Document::parse(kind, bytes)
        };
        let [config, credentials] = file_locations(context)?.map(&mut load);
        Ok(Self {
            profiles: Profiles::new(config, credentials),
            files,
        })
    }

    /// The paths of the two files, whether they exist or not. Without one that is set to nothing.
    ///
    /// # Errors
    ///
    /// If there is no home directory.
    pub fn paths(context: &Context) -> Result<Vec<PathBuf>> {
        let locations = file_locations(context)?.into_iter();
        Ok(locations
            .filter_map(|(location, _)| Some(location.path()?.to_owned()))
            .collect())
    }

    /// The path of the credentials file.
    ///
    /// # Errors
    ///
    /// If there is no home directory, or if `AWS_SHARED_CREDENTIALS_FILE` is set to nothing.
    pub fn credentials_path(context: &Context) -> Result<PathBuf> {
        let [_, (location, _)] = file_locations(context)?;
        match location.path() {
            Some(path) => Ok(path.to_owned()),
            None => Err(Failure::usage(format!(
                "could not find the credentials file: {} is set, but empty",
                location.variable()
            ))
            .help(format!(
                "unset {}, or set it to a file",
                location.variable()
            ))),
        }
    }

    /// The config file and the credentials file.
    #[must_use]
    pub fn files(&self) -> &[AwsFile] {
        &self.files
    }

    /// One of the two files, taken apart.
    #[must_use]
    pub fn document(&self, kind: FileKind) -> &Document {
        self.profiles.document(kind)
    }

    /// Sentences for the user about files that cannot be used, and about the first line of a file for which the AWS
    /// CLI refuses it.
    #[must_use]
    pub fn warnings(&self, context: &Context) -> Vec<String> {
        let mut warnings = Vec::new();
        for file in &self.files {
            let Some(path) = file.location.path() else {
                continue;
            };
            let display = context.display_path(path);
            if let FileState::Unusable(why) = &file.state {
                let help = fix_for(why, &display).map_or(String::new(), |fix| format!("; {fix}"));
                warnings.push(format!("{display} is not used: {why}{help}"));
            }
            if let Some(fault) = self.document(file.kind).faults().first() {
                warnings.push(format!(
                    "the AWS CLI cannot read {display}, line {}: {}",
                    fault.line, fault.kind
                ));
            }
        }
        warnings
    }

    /// The profile of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Profile<'_>> {
        self.profiles.get(name)
    }

    /// The line because of which a profile must not be used: what cannot be read may be another key or region.
    #[must_use]
    pub fn loss(&self, profile: &str) -> Option<Loss<'_>> {
        self.get(profile)?.loss()
    }

    /// The failure of a profile that must not be used, if it is one.
    #[must_use]
    pub fn unusable_profile(&self, context: &Context, profile: &str) -> Option<Failure> {
        let loss = self.loss(profile)?;
        Some(self.loss_failure(context, &format!("profile {profile}"), loss))
    }

    /// The same for a section `[services NAME]`.
    #[must_use]
    pub fn unusable_services(&self, context: &Context, services: &str) -> Option<Failure> {
        let section = self.profiles.section(SectionKind::Services, services)?;
        let loss = section.loss()?;
        Some(self.loss_failure(context, &format!("[services {services}]"), loss))
    }

    fn loss_failure(&self, context: &Context, what: &str, loss: Loss<'_>) -> Failure {
        Failure::usage(format!(
            "could not use {what}: {}, line {}: {}",
            self.display_file(context, loss.file),
            loss.fault.line,
            loss.fault.kind
        ))
        .help("correct that line: a setting is KEY = VALUE, a section header [NAME] or [profile NAME]")
    }

    /// The path of one of the files as a sentence has it.
    #[must_use]
    pub fn display_file(&self, context: &Context, kind: FileKind) -> String {
        let file = self.files.iter().find(|file| file.kind == kind);
        let path = file.and_then(|file| file.location.path());
        path.map_or_else(
            || match kind {
                FileKind::Config => "the config file".to_owned(),
                FileKind::Credentials => "the credentials file".to_owned(),
            },
            |path| context.display_path(path),
        )
    }

    /// One setting of a profile, if there is such a profile and it has that setting. A blank one is none.
    #[must_use]
    pub fn setting(&self, profile: &str, key: &str) -> Option<&str> {
        text_of(&self.get(profile)?, key)
    }

    /// One setting of a section of another kind, as in `[services NAME]`.
    #[must_use]
    pub fn service_setting(&self, services: &str, service: &str, key: &str) -> Option<&str> {
        let section = self.profiles.section(SectionKind::Services, services)?;
        section.value(service)?.nested(key)
    }

    /// All profiles with their names, in the order of the files.
    pub fn unsorted(&self) -> impl Iterator<Item = (&str, Profile<'_>)> {
        self.profiles.unsorted()
    }

    /// All names, sorted.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        self.profiles.iter().map(|profile| profile.name()).collect()
    }

    /// The credentials that a profile holds itself; see [`credentials`].
    #[must_use]
    pub fn credentials(&self, profile: &str) -> ProfileCredentials<'_> {
        let profile = self.get(profile);
        profile.map_or(ProfileCredentials::None, |profile| credentials(&profile))
    }

    /// Whether the profile holds a key to request a session with.
    #[must_use]
    pub fn has_long_term_key(&self, profile: &str) -> bool {
        matches!(
            self.credentials(profile),
            ProfileCredentials::LongTerm { .. } | ProfileCredentials::Process(_)
        )
    }

    /// The file with the credentials, whether it exists or not. Empty if there is none.
    #[must_use]
    pub fn credentials_file(&self) -> &Path {
        self.path(FileKind::Credentials).unwrap_or(Path::new(""))
    }

    /// The path of one of the files, unless it is set to nothing.
    #[must_use]
    pub fn path(&self, kind: FileKind) -> Option<&Path> {
        let file = self.files.iter().find(|file| file.kind == kind)?;
        file.location.path()
    }

    /// The two files as a sentence has them, for "looked in …".
    #[must_use]
    pub fn display_files(&self, context: &Context) -> String {
        let display = self.files.iter().map(|file| {
            let Some(path) = file.location.path() else {
                return format!("no file ({} is set, but empty)", file.location.variable());
            };
            let path = context.display_path(path);
            match &file.state {
                FileState::Read => path,
                FileState::Missing => format!("{path} (missing)"),
                FileState::Unusable(why) => format!("{path} (not used: {why})"),
            }
        });
        display.collect::<Vec<_>>().join(" and ")
    }
}

/// The next step for the user whose file cannot be used.
#[must_use]
pub fn fix_for(why: &Unusable, display: &str) -> Option<String> {
    match why {
        Unusable::Unreadable(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
            Some(format!(
                "run chmod 600 {display}; if the file belongs to another user, change its owner first"
            ))
        }
        Unusable::Encoding(encoding) => Some(conversion(*encoding, display)),
        _ => None,
    }
}

/// The command that converts a file to UTF-8: of `PowerShell` on Windows, and of a POSIX shell elsewhere.
#[must_use]
pub fn conversion(encoding: Encoding, display: &str) -> String {
    if cfg!(windows) {
        return format!(
            "convert it in PowerShell: {}",
            conversion_in_powershell(encoding, display)
        );
    }
    format!(
        "convert it: iconv -f {} -t UTF-8 {display} > converted && mv converted {display}",
        encoding.name()
    )
}

/// The credentials that a profile holds itself: those that the AWS CLI would take, in its order. What it makes of
/// a `role_arn` does not count, but for a role that gets its credentials without another profile. Source:
/// `ProfileProviderBuilder` and `AssumeRoleProvider` in botocore/credentials.py.
#[must_use]
pub fn credentials<'a>(profile: &Profile<'a>) -> ProfileCredentials<'a> {
    let value = |key| text_of(profile, key);
    // Also without a value.
    let has = |key| profile.value(key).is_some();
    if value("web_identity_token_file").is_some() {
        return ProfileCredentials::SignIn(SignIn::WebIdentity);
    }
    if let (Some(_), Some(source)) = (value("role_arn"), value("credential_source")) {
        return ProfileCredentials::SignIn(SignIn::Source(source));
    }
    if has("sso_account_id") || has("sso_role_name") {
        return ProfileCredentials::SignIn(SignIn::IdentityCenter);
    }
    let id = profile.value(ID);
    let in_credentials = id.is_some_and(|id| id.file() == FileKind::Credentials);
    if !in_credentials {
        if has("login_session") {
            return ProfileCredentials::SignIn(SignIn::Login);
        }
        if let Some(command) = value("credential_process") {
            return process(command);
        }
    }
    let found = own_key(profile, id);
    match (found, value("credential_process")) {
        (ProfileCredentials::None, Some(command)) => process(command),
        (ProfileCredentials::None, None) if has("sso_session") || has("sso_start_url") => {
            ProfileCredentials::SignIn(SignIn::IdentityCenter)
        }
        _ => found,
    }
}

/// The command of `PowerShell` that converts a file to UTF-8 in its place, without the byte order mark that Windows
/// `PowerShell` would add with `Set-Content -Encoding utf8`: <https://learn.microsoft.com/dotnet/api/system.io.file.writealltext>.
#[must_use]
pub fn conversion_in_powershell(encoding: Encoding, display: &str) -> String {
    let name = match encoding {
        Encoding::Utf16 | Encoding::Utf16LittleEndian => "Unicode",
        Encoding::Utf16BigEndian => "BigEndianUnicode",
    };
    let path = display.replace('\'', "''");
    format!(
        "$f = Convert-Path '{path}'; [IO.File]::WriteAllText($f, [IO.File]::ReadAllText($f, [Text.Encoding]::{name}))"
    )
}

/// The value of a key that is not blank.
#[must_use]
pub fn text_of<'a>(profile: &Profile<'a>, key: &str) -> Option<&'a str> {
    not_blank(profile.text(key)?)
}

fn not_blank(text: &str) -> Option<&str> {
    (!text.trim().is_empty()).then_some(text)
}

fn process(command: &str) -> ProfileCredentials<'_> {
    if is_ours(command) {
        ProfileCredentials::AwsMfa
    } else {
        ProfileCredentials::Process(command)
    }
}

/// The access key in a profile, whose id is known. A token counts only in the file with the key's id.
fn own_key<'a>(profile: &Profile<'a>, id: Option<Value<'a>>) -> ProfileCredentials<'a> {
    const SECRET: &str = "aws_secret_access_key";
    let secret = profile.value(SECRET);
    for (key, value) in [(ID, id), (SECRET, secret)] {
        if value.is_some_and(|value| value.has_more_lines() && value.text().is_some()) {
            return ProfileCredentials::Unreadable { key };
        }
    }
    let text = |value: Option<Value<'a>>| not_blank(value?.text()?);
    match (text(id), text(secret)) {
        (Some(access_key_id), Some(secret_access_key)) => {
            let is_there = |key: &&str| {
                let value = id.and_then(|id| profile.value_in(id.file(), key));
                text(value).is_some()
            };
            let token = TOKENS.into_iter().find(|key| is_there(key));
            // The prefixes tell them apart:
            // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-prefixes
            let is_long_term = access_key_id.starts_with("AKIA");
            if access_key_id.starts_with("ASIA") || token.is_some() && !is_long_term {
                return ProfileCredentials::Temporary;
            }
            ProfileCredentials::LongTerm {
                access_key_id,
                secret_access_key,
                left_over_token: token,
            }
        }
        (Some(_), None) => ProfileCredentials::Incomplete { missing: SECRET },
        (None, Some(_)) => ProfileCredentials::Incomplete { missing: ID },
        (None, None) => ProfileCredentials::None,
    }
}

/// Whether a `credential_process` is `aws-mfa credential-process`, with any path.
fn is_ours(command: &str) -> bool {
    let mut words = command.split_whitespace();
    command.contains("aws-mfa") && words.any(|word| word == "credential-process")
}

#[cfg(test)]
pub(crate) mod testing {
    use super::*;

    /// Profiles out of texts.
    pub(crate) fn profiles(config: &str, credentials: &str) -> AwsProfiles {
        AwsProfiles::from(Profiles::new(
            Document::parse(FileKind::Config, config.as_bytes().to_vec()),
            Document::parse(FileKind::Credentials, credentials.as_bytes().to_vec()),
        ))
    }

    #[test]
    fn kinds_of_keys() {
        let profiles = profiles(
            "[profile process]\ncredential_process = /bin/x\n[profile role]\nrole_arn = r\n\
             [profile ours]\ncredential_process = '/a b/aws-mfa' credential-process test\n\
             [profile sso]\nsso_account_id = 1\n[profile login]\nlogin_session = l\n\
             [profile web]\nrole_arn = r\nweb_identity_token_file = f\n\
             [profile elsewhere]\nrole_arn = r\ncredential_source = Environment\n",
            "[long]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = s\n\
             [left-over]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = s\naws_session_token = t\n\
             [session]\naws_access_key_id = ASIAIOSFODNN7EXAMPLE\naws_secret_access_key = s\naws_session_token = t\n\
             [asia]\naws_access_key_id = ASIAIOSFODNN7EXAMPLE\naws_secret_access_key = s\n\
             [half]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n\
             [blank]\naws_access_key_id =\naws_secret_access_key =\n\
             [lines]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = s\n  s\n",
        );
        assert!(matches!(
            profiles.credentials("long"),
            ProfileCredentials::LongTerm { .. }
        ));
        assert!(matches!(
            profiles.credentials("left-over"),
            ProfileCredentials::LongTerm {
                left_over_token: Some("aws_session_token"),
                ..
            }
        ));
        assert_eq!(
            profiles.credentials("process"),
            ProfileCredentials::Process("/bin/x")
        );
        assert_eq!(profiles.credentials("ours"), ProfileCredentials::AwsMfa);
        assert_eq!(
            profiles.credentials("session"),
            ProfileCredentials::Temporary
        );
        assert_eq!(profiles.credentials("asia"), ProfileCredentials::Temporary);
        assert!(matches!(
            profiles.credentials("half"),
            ProfileCredentials::Incomplete {
                missing: "aws_secret_access_key"
            }
        ));
        assert_eq!(
            profiles.credentials("lines"),
            ProfileCredentials::Unreadable {
                key: "aws_secret_access_key"
            }
        );
        for (name, sign_in) in [
            ("sso", SignIn::IdentityCenter),
            ("login", SignIn::Login),
            ("web", SignIn::WebIdentity),
            ("elsewhere", SignIn::Source("Environment")),
        ] {
            assert_eq!(
                profiles.credentials(name),
                ProfileCredentials::SignIn(sign_in)
            );
        }
        assert_eq!(profiles.credentials("blank"), ProfileCredentials::None);
        assert_eq!(profiles.credentials("role"), ProfileCredentials::None);
        assert_eq!(profiles.credentials("absent"), ProfileCredentials::None);
        assert_eq!(profiles.names()[0], "asia");
    }
}
