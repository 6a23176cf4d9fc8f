use std::path::{Path, PathBuf};
use std::pin::pin;
use std::task::{Poll, Waker};

use aws_config::profile::{Profile, ProfileFileLoadError, ProfileSet};
pub use aws_runtime::env_config::file::EnvConfigFileKind as FileKind;
use aws_runtime::env_config::file::EnvConfigFiles;
use aws_runtime::env_config::property::PropertiesKey;
use aws_types::os_shim_internal::{Env, Fs};

use zeroize::Zeroizing;

use crate::context::Context;
use crate::error::{Failure, Result};

/// The content of ~/.aws/config and ~/.aws/credentials, read by aws-config's own parser.
#[derive(Debug, Default)]
pub struct AwsProfiles {
    set: ProfileSet,
    /// The two files, with whether they exist.
    pub files: Vec<(PathBuf, bool)>,
}

/// The kinds of credentials that a profile holds itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keys<'a> {
    /// A long-term access key.
    LongTerm {
        /// `AKIA…`; no secret.
        access_key_id: &'a str,
        /// The secret.
        secret_access_key: &'a str,
    },
    /// A command that prints credentials.
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
    /// None at all.
    None,
}

impl AwsProfiles {
    /// Reads the files that `AWS_CONFIG_FILE` and `AWS_SHARED_CREDENTIALS_FILE` name, else those in
    /// ~/.aws. A missing file is an empty one.
    ///
    /// # Errors
    ///
    /// If a file cannot be read or parsed, or there is no home directory.
    pub fn load(context: &Context) -> Result<Self> {
        let mut files = Vec::new();
        let mut contents = Vec::new();
        for (path, kind) in Self::places(context)? {
            let shown = context.display_path(&path);
            match std::fs::read(&path) {
                Ok(bytes) => {
                    contents.push((kind, shown.clone(), as_text(bytes, &shown)?));
                    files.push((path, true));
                }
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                    files.push((path, false));
                }
                Err(error) => {
                    return Err(unreadable(&shown, &error));
                }
            }
        }
        let set = parse(&contents).or_else(|error| {
            // The parser was given both texts; find the one it means, to name the file.
            for file in contents.chunks(1) {
                parse(file).map_err(|error| explain(&file[0].1, &error))?;
            }
            Err(explain("the AWS files", &error))
        })?;
        Ok(Self { set, files })
    }

    /// The paths of the two files, whether they exist or not.
    ///
    /// # Errors
    ///
    /// If there is no home directory.
    pub fn places(context: &Context) -> Result<[(PathBuf, FileKind); 2]> {
        let place = |variable, name| -> Result<PathBuf> {
            match context.path_setting(variable) {
                Some(path) => Ok(path),
                None => Ok(context.home()?.join(name)),
            }
        };
        Ok([
            (place("AWS_CONFIG_FILE", ".aws/config")?, FileKind::Config),
            (
                place("AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials")?,
                FileKind::Credentials,
            ),
        ])
    }

    /// The profile of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Profile> {
        self.set.get_profile(name)
    }

    /// One setting of a profile, if there is such a profile and it has that setting.
    #[must_use]
    pub fn setting(&self, profile: &str, key: &str) -> Option<&str> {
        self.get(profile)?
            .get(key)
            .filter(|value| !value.is_empty())
    }

    /// One setting of a section of another kind, as in `[services NAME]`.
    #[must_use]
    pub fn service_setting(&self, services: &str, service: &str, key: &str) -> Option<&str> {
        let key = PropertiesKey::builder()
            .section_key("services")
            .section_name(services)
            .property_name(service)
            .sub_property_name(key)
            .build()
            .ok()?;
        self.set.other_sections().get(&key).map(String::as_str)
    }

    /// All names, sorted.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.set.profiles().collect();
        names.sort_unstable();
        names
    }

    /// The credentials that a profile holds itself.
    #[must_use]
    pub fn keys(&self, profile: &str) -> Keys<'_> {
        let Some(profile) = self.get(profile) else {
            return Keys::None;
        };
        let setting = |key| profile.get(key).filter(|value| !value.is_empty());
        let token = setting("aws_session_token").or(setting("aws_security_token"));
        match (
            setting("aws_access_key_id"),
            setting("aws_secret_access_key"),
        ) {
            (Some(id), Some(_)) if token.is_some() || id.starts_with("ASIA") => Keys::Temporary,
            (Some(access_key_id), Some(secret_access_key)) => Keys::LongTerm {
                access_key_id,
                secret_access_key,
            },
            (Some(_), None) => Keys::Incomplete {
                missing: "aws_secret_access_key",
            },
            (None, Some(_)) => Keys::Incomplete {
                missing: "aws_access_key_id",
            },
            (None, None) => match setting("credential_process") {
                Some(command) if is_ours(command) => Keys::AwsMfa,
                Some(command) => Keys::Process(command),
                None => Keys::None,
            },
        }
    }

    /// Whether the profile holds a key to request a session with.
    #[must_use]
    pub fn has_long_term_key(&self, profile: &str) -> bool {
        matches!(self.keys(profile), Keys::LongTerm { .. } | Keys::Process(_))
    }

    /// The file with the credentials, whether it exists or not.
    #[must_use]
    pub fn credentials_file(&self) -> &Path {
        self.files.last().map_or(Path::new(""), |(path, _)| path)
    }

    /// The two files as a sentence has them, for "looked in …".
    #[must_use]
    pub fn files_shown(&self, context: &Context) -> String {
        let shown: Vec<String> = self
            .files
            .iter()
            .map(|(path, exists)| {
                let path = context.display_path(path);
                if *exists {
                    path
                } else {
                    format!("{path} (missing)")
                }
            })
            .collect();
        shown.join(" and ")
    }
}

fn unreadable(shown: &str, error: &std::io::Error) -> Failure {
    let failure = Failure::usage(format!("could not read {shown}: {error}"));
    if error.kind() == std::io::ErrorKind::PermissionDenied {
        failure.help(format!(
            "run chmod 600 {shown}; if the file belongs to another user, change its owner first"
        ))
    } else {
        failure
    }
}

/// Whether a `credential_process` is `aws-mfa credential-process`, with any path.
fn is_ours(command: &str) -> bool {
    let mut words = command.split_whitespace();
    command.contains("aws-mfa") && words.any(|word| word == "credential-process")
}

/// Checks that a file is UTF-8, because the parser would take any other for an empty one. Removes a byte order
/// mark, which would become part of the first line.
fn as_text(bytes: Vec<u8>, shown: &str) -> Result<Zeroizing<String>> {
    let text = String::from_utf8(bytes)
        .map_err(|_| Failure::usage(format!("could not use {shown}: it is not UTF-8 text")))?;
    let text = Zeroizing::new(text);
    Ok(match text.strip_prefix('\u{feff}') {
        Some(rest) => Zeroizing::new(rest.to_owned()),
        None => text,
    })
}

fn parse(
    contents: &[(FileKind, String, Zeroizing<String>)],
) -> Result<ProfileSet, ProfileFileLoadError> {
    if contents.is_empty() {
        // The parser takes no files for a mistake.
        return Ok(ProfileSet::default());
    }
    let mut files = EnvConfigFiles::builder();
    for (kind, _, text) in contents {
        files = files.with_contents(*kind, text.as_str());
    }
    let files = files.build();
    // Nothing waits: the texts are in memory. The function is async for files that the parser
    // would read itself.
    let (fs, env) = (Fs::real(), Env::from_slice(&[]));
    let mut loading = pin!(aws_config::profile::load(&fs, &env, &files, None));
    let mut task = std::task::Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(result) = loading.as_mut().poll(&mut task) {
            return result;
        }
    }
}

fn explain(shown: &str, error: &ProfileFileLoadError) -> Failure {
    let cause =
        std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string);
    // aws-config: "error parsing PATH on line 3:\n  Expected …", where PATH is empty for a text.
    let place = cause
        .strip_prefix("error parsing  on ")
        .and_then(|rest| rest.split_once(":\n  "));
    let said = match place {
        Some((line, complaint)) => format!("could not use {shown}, {line}: {complaint}"),
        None => format!("could not use {shown}: {cause}"),
    };
    Failure::usage(said).help(
        "correct that line, which the AWS SDKs cannot read; a setting is KEY = VALUE, with no blanks before KEY",
    )
}

#[cfg(test)]
pub(crate) mod testing {
    use super::*;

    /// Profiles out of the text of a credentials file, if it can be read.
    pub(crate) fn try_profiles(credentials: &str) -> Option<AwsProfiles> {
        let text = as_text(credentials.as_bytes().to_vec(), "").unwrap();
        let set = parse(&[(FileKind::Credentials, String::new(), text)]).ok()?;
        Some(AwsProfiles {
            set,
            files: Vec::new(),
        })
    }

    /// Profiles out of texts.
    pub(crate) fn profiles(config: &str, credentials: &str) -> AwsProfiles {
        let contents = [
            (FileKind::Config, String::new(), config.to_owned().into()),
            (
                FileKind::Credentials,
                String::new(),
                credentials.to_owned().into(),
            ),
        ];
        AwsProfiles {
            set: parse(&contents).unwrap(),
            files: Vec::new(),
        }
    }

    #[test]
    fn kinds_of_keys() {
        let profiles = profiles(
            "[profile process]\ncredential_process = /bin/x\n[profile role]\nrole_arn = r\n\
             [profile ours]\ncredential_process = '/a b/aws-mfa' credential-process test\n",
            "[long]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = s\n\
             [session]\naws_access_key_id = ASIAIOSFODNN7EXAMPLE\naws_secret_access_key = s\naws_session_token = t\n\
             [asia]\naws_access_key_id = ASIAIOSFODNN7EXAMPLE\naws_secret_access_key = s\n\
             [half]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n\
             [blank]\naws_access_key_id =\naws_secret_access_key =\n",
        );
        assert!(matches!(profiles.keys("long"), Keys::LongTerm { .. }));
        assert_eq!(profiles.keys("process"), Keys::Process("/bin/x"));
        assert_eq!(profiles.keys("ours"), Keys::AwsMfa);
        assert_eq!(profiles.keys("session"), Keys::Temporary);
        assert_eq!(profiles.keys("asia"), Keys::Temporary);
        assert!(matches!(
            profiles.keys("half"),
            Keys::Incomplete {
                missing: "aws_secret_access_key"
            }
        ));
        assert_eq!(profiles.keys("blank"), Keys::None);
        assert_eq!(profiles.keys("role"), Keys::None);
        assert_eq!(profiles.keys("absent"), Keys::None);
        assert_eq!(profiles.names()[0], "asia");
    }

    #[test]
    fn the_line_of_a_parse_error_is_named() {
        let contents = [(
            FileKind::Credentials,
            String::new(),
            "[a]\nb = c\n%%%\n".to_owned().into(),
        )];
        let failure = explain("~/.aws/credentials", &parse(&contents).unwrap_err());
        let said = failure.to_string();
        assert!(
            said.starts_with("could not use ~/.aws/credentials, line 3: "),
            "{said}"
        );
    }

    #[test]
    fn text_is_checked_before_it_is_parsed() {
        assert!(as_text(vec![b'[', 0xff], "x").is_err());
        assert_eq!(*as_text("\u{feff}[a]".into(), "x").unwrap(), "[a]");
    }
}
