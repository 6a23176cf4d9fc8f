//! The outside world, which is passed in and which tests can replace: environment, clock, directories, console, time limits.

use std::ffi::OsStr;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::console::Console;
use crate::environment::{Environment, RestoreRecord};
use crate::error::{Failure, Result};
use crate::files::executable::{in_path, is_executable};
use crate::files::own;
use crate::interrupt;

/// The outside world as a command sees it. Tests create their own. Nothing changes the environment of the process.
#[derive(Debug)]
pub struct Context {
    /// The environment variables.
    pub env: Environment,
    /// The program's directories, and the user's home.
    pub directories: Directories,
    /// The environment without the variables that the loaded account's `env` exports. Endpoints, proxies,
    /// certificates and file paths are read from here, so that one account's `env` does not configure the next.
    /// The session's own variables (`AWS_PROFILE`, regions) are not restored in it. `None`: no session; read
    /// `env`.
    pub settings_env: Option<Environment>,
    /// The clock.
    pub now: fn() -> SystemTime,
    /// Messages for the user.
    pub console: Console,
    /// The time limits of what may never end.
    pub limits: Limits,
}

impl Context {
    /// The context of this process.
    #[must_use]
    pub fn from_process(console: Console) -> Self {
        let env: Environment = std::env::vars_os().collect();
        let settings_env = RestoreRecord::env_before_session(&env);
        let mut directories = Directories::from_system();
        if let Some(before) = &settings_env {
            directories.restore(&env, before);
        }
        Self {
            settings_env,
            env,
            directories,
            now: SystemTime::now,
            console,
            limits: Limits::default(),
        }
    }

    /// The value of an environment variable that is a setting, without what the loaded account
    /// exports ([`settings_env`](Self::settings_env)); `None` if it is not set, empty or not UTF-8.
    #[must_use]
    pub fn setting(&self, name: &str) -> Option<&str> {
        self.settings_env.as_ref().unwrap_or(&self.env).text(name)
    }

    /// The value of such a variable as it is, empty or not; `None` if it is not set.
    #[must_use]
    pub fn raw_setting(&self, name: &str) -> Option<&OsStr> {
        self.settings_env.as_ref().unwrap_or(&self.env).raw(name)
    }

    /// The path in an environment variable that is a setting, with a leading `~` replaced by the home directory. It
    /// need not be UTF-8.
    #[must_use]
    pub fn path_setting(&self, name: &str) -> Option<PathBuf> {
        let value = self.raw_setting(name);
        let value = value.filter(|value| !value.is_empty())?;
        Some(match value.to_str() {
            Some(text) => self.expand_tilde(text),
            None => value.into(),
        })
    }

    /// The current time in Unix seconds.
    #[must_use]
    pub fn unix_now(&self) -> i64 {
        let seconds = match (self.now)().duration_since(UNIX_EPOCH) {
            Ok(elapsed) => elapsed.as_secs(),
            Err(_) => 0,
        };
        i64::try_from(seconds).unwrap_or(i64::MAX)
    }

    /// The user's home directory.
    ///
    /// # Errors
    ///
    /// If the system names none. The next step names the variables that do without one.
    pub fn home(&self) -> Result<&Path> {
        self.directories.home.as_deref().ok_or_else(|| {
            Failure::usage(
                "could not find your home directory: HOME is not set, and this user has none",
            )
            .help("set HOME, or AWS_MFA_CONFIG, AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE")
        })
    }

    /// Replaces a leading `~` or `~/` by the home directory.
    #[must_use]
    pub fn expand_tilde(&self, path: &str) -> PathBuf {
        let home = self.directories.home.as_deref();
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

    /// The path for messages, with `~` for the home directory.
    #[must_use]
    pub fn display_path(&self, path: &Path) -> String {
        match self
            .directories
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

/// The time limits of requests, locks and commands. The default is what the documentation says; a test that waits for
/// the end of one sets a shorter limit. Messages name limits in whole seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The limit of a connection to AWS, with name resolution, proxy and TLS handshake.
    pub connect: Duration,
    /// The limit of a request to AWS with all of its tries, the connections included.
    pub request: Duration,
    /// The limit of the wait for the lock of a file that another process is changing.
    pub file_lock: Duration,
    /// The limit of a command that the user configured: long enough to touch a security key, or to type a long
    /// password.
    pub user_command: Duration,
    /// The limit of a program that asks the user for a code, who may have to find the device first.
    pub askpass: Duration,
    /// The limit of the wait for another process that is asking for a code of the same device: its user may have left
    /// the terminal.
    pub device_lock: Duration,
    /// The same with a code given on the command line, which would expire.
    pub device_lock_with_code: Duration,
    /// The same for a process that can ask for no code itself, usually a `credential_process`: the SDK for Go gives up
    /// on one after a minute (`DefaultTimeout` of its `processcreds`).
    pub unattended_lock: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            request: Duration::from_secs(15),
            file_lock: Duration::from_secs(10),
            user_command: Duration::from_mins(1),
            askpass: Duration::from_mins(2),
            device_lock: Duration::from_mins(2),
            device_lock_with_code: Duration::from_secs(15),
            unattended_lock: Duration::from_secs(30),
        }
    }
}

/// The user's directories, by the conventions of the platform (the XDG base directories on Linux).
/// <https://specifications.freedesktop.org/basedir-spec/latest/>
#[derive(Debug, Default)]
pub struct Directories {
    /// The user's home directory.
    pub home: Option<PathBuf>,
    /// The directory of config.toml.
    pub config: Option<PathBuf>,
    /// The state directory of aws-mfa (XDG): what is kept longer than a cache, such as which files the user trusts.
    pub state: Option<PathBuf>,
    /// The cache directory of aws-mfa (XDG).
    pub cache: Option<PathBuf>,
    /// The runtime directory of aws-mfa (XDG), which the system deletes at log-out.
    pub runtime: Option<PathBuf>,
}

impl Directories {
    /// The runtime directory if it is the user's and a file can be written in it, else the cache directory.
    #[must_use]
    pub fn runtime_or_cache_dir(&self) -> Option<&Path> {
        // The directory may be another user's, or on a file system that is read-only or full: only writing a file
        // shows that.
        let takes_files = |directory: &&PathBuf| {
            let write = || {
                own::private_directory(directory)?;
                tempfile::tempfile_in(directory)?.write_all(&[0; 4096])
            };
            interrupt::survive_size_limit();
            write().is_ok()
        };
        let directory = self.runtime.as_ref().filter(takes_files);
        directory.or(self.cache.as_ref()).map(PathBuf::as_path)
    }

    /// Replaces the directories that the account of the current session moves by its `env` (`HOME`, `XDG_…`) with
    /// those of before the session: they hold the configuration of the next account, and the caches of all.
    fn restore(&mut self, env: &Environment, before: &Environment) {
        let changed = |name: &str| env.raw(name) != before.raw(name);
        let absolute = |name: &str| {
            let path = before.raw(name).map(PathBuf::from);
            path.filter(|path| path.is_absolute())
        };
        // The directories of macOS and Windows come from no variable.
        if cfg!(any(target_os = "macos", windows)) {
            return;
        }
        let has_new_home = changed("HOME");
        if has_new_home && let Some(home) = absolute("HOME") {
            self.home = Some(home);
        }
        let home = self.home.clone();
        let below = |variable: &str, default: &str| {
            let base = absolute(variable).or_else(|| Some(home.as_ref()?.join(default)));
            base.map(|base| base.join("aws-mfa"))
        };
        if has_new_home || changed("XDG_CONFIG_HOME") {
            self.config = below("XDG_CONFIG_HOME", ".config");
        }
        if has_new_home || changed("XDG_STATE_HOME") {
            self.state = below("XDG_STATE_HOME", ".local/state");
        }
        if has_new_home || changed("XDG_CACHE_HOME") {
            self.cache = below("XDG_CACHE_HOME", ".cache");
        }
        if changed("XDG_RUNTIME_DIR") {
            self.runtime = absolute("XDG_RUNTIME_DIR").map(|base| base.join("aws-mfa"));
        }
    }

    fn from_system() -> Self {
        let home = directories::BaseDirs::new().map(|base| base.home_dir().to_owned());
        let project = directories::ProjectDirs::from("", "", "aws-mfa");
        let mut config = project.as_ref().map(|dirs| dirs.config_dir().to_owned());
        // On macOS, many users keep dotfiles in ~/.config, too.
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
            // macOS and Windows have no directory for state alone.
            state: project.as_ref().map(|dirs| {
                let state = dirs.state_dir();
                state.unwrap_or(dirs.data_local_dir()).to_owned()
            }),
            cache: project.as_ref().map(|dirs| dirs.cache_dir().to_owned()),
            runtime: project.and_then(|dirs| dirs.runtime_dir().map(Path::to_owned)),
        }
    }
}

#[cfg(test)]
pub(crate) mod testing {
    use super::*;

    /// A context with these variables, the home directory `/home/jane` and a clock that always shows
    /// 2026-01-02T03:04:05Z.
    pub(crate) fn context(variables: &[(&str, &str)]) -> Context {
        Context {
            env: variables.iter().copied().collect(),
            settings_env: None,
            directories: Directories {
                home: Some("/home/jane".into()),
                ..Directories::default()
            },
            now: || UNIX_EPOCH + Duration::from_secs(1_767_323_045),
            console: Console::plain(),
            limits: Limits::default(),
        }
    }

    #[test]
    fn default_limits_are_the_documented_ones() {
        let Limits {
            connect,
            request,
            file_lock,
            user_command,
            askpass,
            device_lock,
            device_lock_with_code,
            unattended_lock,
        } = Limits::default();
        // docs/configuration.md: "How AWS is reached" (5 s, 15 s), "Where codes come from" (a minute), "Codes without a
        // terminal" (two minutes), "Shared sessions" (two minutes, 15 s, 30 s). docs/security.md: "What is written"
        // (10 s).
        let seconds = [
            connect,
            request,
            file_lock,
            user_command,
            askpass,
            device_lock,
            device_lock_with_code,
            unattended_lock,
        ]
        .map(|limit| limit.as_secs());
        assert_eq!(seconds, [5, 15, 10, 60, 120, 120, 15, 30]);
    }

    #[test]
    fn tilde_is_the_home_directory_only_at_the_start_of_a_path() {
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
