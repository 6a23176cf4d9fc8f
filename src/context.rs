use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::console::Console;
use crate::delivery::restore::Memory;
use crate::error::{Failure, Result};
use crate::files::executable::{in_path, is_executable};

/// Everything a command knows of the world around it. Tests make their own; the process's own
/// environment is never changed.
#[derive(Debug)]
pub struct Context {
    /// The environment variables.
    pub env: Environment,
    /// The folders that are ours, and the user's home.
    pub folders: Folders,
    /// The environment variables that settings are read from: without those of a session that the shell
    /// holds. `None` if it holds none.
    pub before: Option<Environment>,
    /// The clock.
    pub now: fn() -> SystemTime,
    /// Where people read.
    pub console: Console,
}

impl Context {
    /// The world of this process.
    #[must_use]
    pub fn of_process(console: Console) -> Self {
        let env: Environment = std::env::vars_os().collect();
        Self {
            before: Memory::before(&env),
            env,
            folders: Folders::of_user(),
            now: SystemTime::now,
            console,
        }
    }

    /// A variable that says how something is to be done, as the shell has it without a session: what an
    /// account exports is for the programs that use its session, and not for the next account.
    #[must_use]
    pub fn setting(&self, name: &str) -> Option<&str> {
        self.before.as_ref().unwrap_or(&self.env).text(name)
    }

    /// A path in such a variable, with a leading `~` replaced by the home folder. It need not be text.
    #[must_use]
    pub fn path_setting(&self, name: &str) -> Option<PathBuf> {
        let value = self.before.as_ref().unwrap_or(&self.env).raw(name);
        let value = value.filter(|value| !value.is_empty())?;
        Some(match value.to_str() {
            Some(text) => self.expand_tilde(text),
            None => value.into(),
        })
    }

    /// The time, in whole seconds since 1970-01-01T00:00Z.
    #[must_use]
    pub fn unix_now(&self) -> i64 {
        let seconds = match (self.now)().duration_since(UNIX_EPOCH) {
            Ok(since) => since.as_secs(),
            Err(_) => 0,
        };
        i64::try_from(seconds).unwrap_or(i64::MAX)
    }

    /// The home folder, or a failure that says how to do without.
    pub fn home(&self) -> Result<&Path> {
        self.folders.home.as_deref().ok_or_else(|| {
            Failure::usage("could not find your home folder: HOME is not set and this user has none").help(
                "set HOME, or name the files with AWS_MFA_CONFIG, AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE",
            )
        })
    }

    /// `path` with a leading `~` or `~/` replaced by the home folder.
    #[must_use]
    pub fn expand_tilde(&self, path: &str) -> PathBuf {
        let home = self.folders.home.as_deref();
        match (path, path.strip_prefix("~/"), home) {
            ("~", _, Some(home)) => home.to_owned(),
            (_, Some(rest), Some(home)) => home.join(rest),
            _ => path.into(),
        }
    }

    /// The programs of this name in the absolute directories of `PATH`, in that order, each once.
    #[must_use]
    pub fn on_path(&self, name: &str) -> Vec<PathBuf> {
        let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
        let path = self.env.raw("PATH").unwrap_or_default();
        let mut found: Vec<PathBuf> = Vec::new();
        for program in in_path(path, file) {
            if program.is_absolute() && is_executable(&program) && !found.contains(&program) {
                found.push(program);
            }
        }
        found
    }

    /// `path` as people write it: with `~` for the home folder.
    #[must_use]
    pub fn display_path(&self, path: &Path) -> String {
        match self
            .folders
            .home
            .as_deref()
            .map(|home| path.strip_prefix(home))
        {
            Some(Ok(rest)) if !rest.as_os_str().is_empty() => {
                Path::new("~").join(rest).display().to_string()
            }
            _ => path.display().to_string(),
        }
    }
}

/// Whether shells take this for the name of a variable.
#[must_use]
pub fn is_variable_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_';
    !name.starts_with(|c: char| c.is_ascii_digit()) && !name.is_empty() && name.chars().all(allowed)
}

/// A snapshot of the environment variables.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Environment(BTreeMap<OsString, OsString>);

impl Environment {
    /// The raw value of a variable, also an empty one.
    #[must_use]
    pub fn raw(&self, name: &str) -> Option<&OsStr> {
        self.0.get(OsStr::new(name)).map(OsString::as_os_str)
    }

    /// With this value for a variable, or without it.
    pub fn set(&mut self, name: &str, value: Option<OsString>) {
        match value {
            Some(value) => self.0.insert(name.into(), value),
            None => self.0.remove(OsStr::new(name)),
        };
    }

    /// All variables, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_os_str(), value.as_os_str()))
    }

    /// The value of a variable that is set, not empty and readable as text.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.raw(name)
            .and_then(OsStr::to_str)
            .filter(|value| !value.is_empty())
    }
}

/// Values may be secrets: they are zeroed.
impl Drop for Environment {
    fn drop(&mut self) {
        use zeroize::Zeroize as _;
        for value in std::mem::take(&mut self.0).into_values() {
            value.into_encoded_bytes().zeroize();
        }
    }
}

/// Values may be secrets: only the names are shown.
impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl<K: Into<OsString>, V: Into<OsString>> FromIterator<(K, V)> for Environment {
    fn from_iter<T: IntoIterator<Item = (K, V)>>(variables: T) -> Self {
        Self(
            variables
                .into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        )
    }
}

/// The user's folders, as the platform lays them out.
#[derive(Debug, Default)]
pub struct Folders {
    /// The user's home.
    pub home: Option<PathBuf>,
    /// Where config.toml is.
    pub config: Option<PathBuf>,
    /// What may be lost at any time.
    pub cache: Option<PathBuf>,
    /// What need not outlive the user's last log-out.
    pub runtime: Option<PathBuf>,
}

impl Folders {
    /// Where to keep what need not be kept: the runtime folder, or the cache folder where there is none
    /// or nothing can be written there.
    #[must_use]
    pub fn passing(&self) -> Option<&Path> {
        // Only a file tells: a folder may be there and be somebody else's, or read-only.
        let takes_files = |folder: &&PathBuf| {
            std::fs::create_dir_all(folder).is_ok() && tempfile::tempfile_in(folder).is_ok()
        };
        let folder = self.runtime.as_ref().filter(takes_files);
        folder.or(self.cache.as_ref()).map(PathBuf::as_path)
    }

    fn of_user() -> Self {
        let home = directories::BaseDirs::new().map(|base| base.home_dir().to_owned());
        let ours = directories::ProjectDirs::from("", "", "aws-mfa");
        let mut config = ours.as_ref().map(|ours| ours.config_dir().to_owned());
        // People keep dotfiles in ~/.config on macOS too.
        if cfg!(target_os = "macos")
            && let Some(home) = &home
        {
            let dotfiles = home.join(".config/aws-mfa");
            if dotfiles.is_dir() {
                config = Some(dotfiles);
            }
        }
        Self {
            home,
            config,
            cache: ours.as_ref().map(|ours| ours.cache_dir().to_owned()),
            runtime: ours.and_then(|ours| ours.runtime_dir().map(Path::to_owned)),
        }
    }
}

#[cfg(test)]
pub(crate) mod testing {
    use super::*;

    /// A world with these variables, the home folder `/home/jane` and a clock that stands at
    /// 2026-01-02T03:04:05Z.
    pub(crate) fn context(variables: &[(&str, &str)]) -> Context {
        Context {
            env: variables.iter().copied().collect(),
            before: None,
            folders: Folders {
                home: Some("/home/jane".into()),
                ..Folders::default()
            },
            now: || UNIX_EPOCH + std::time::Duration::from_secs(1_767_323_045),
            console: Console::plain(),
        }
    }

    #[test]
    fn tilde_is_the_home_folder_only_at_the_start_of_a_path() {
        let context = context(&[]);
        for (path, expanded) in [
            ("~", "/home/jane"),
            ("~/a b", "/home/jane/a b"),
            ("~root/x", "~root/x"),
            ("/a/~/b", "/a/~/b"),
        ] {
            assert_eq!(context.expand_tilde(path), Path::new(expanded));
        }
        assert_eq!(context.display_path(Path::new("/home/jane/x")), "~/x");
        assert_eq!(
            context.display_path(Path::new("/home/janet/x")),
            "/home/janet/x"
        );
    }
}
