//! What only `PowerShell` itself knows: the location of its profile, which on Windows may be a Documents directory in
//! `OneDrive` and is another one for Windows `PowerShell` 5.1, and the execution policy that decides whether it reads it.
//! <https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_profiles>
//! <https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_execution_policies>

use std::path::PathBuf;
use std::time::Duration;

use crate::context::Context;
use crate::delivery::shell::Shell;
use crate::hook::running_shell::MARKER;
use crate::process_tree;
use crate::user_command::UserCommand;

/// The limit of a `PowerShell` that answers a question. It starts in less than a second, but on a busy machine, or with
/// a long profile, it takes several.
const LIMIT: Duration = Duration::from_secs(30);

/// The most bytes of an answer that are read: a profile may print something, too.
const LONGEST: usize = 64 * 1024;

/// The variable in which `-ExecutionPolicy` reaches the processes that a `PowerShell` starts. A new shell has none.
const POLICY_OF_PROCESS: &str = "PSExecutionPolicyPreference";

/// The question for the profile and the execution policies. The path is told as numbers of UTF-16 code units, since
/// Windows `PowerShell` prints in an encoding of its own. It works in the constrained language mode.
const QUESTION: &str = "[int[]][char[]]$PROFILE.CurrentUserAllHosts -join ' '; \
                        '' + (Get-ExecutionPolicy); \
                        Get-ExecutionPolicy -List | ForEach-Object { '' + $_.Scope + ' ' + $_.ExecutionPolicy }";

/// A `PowerShell` that can be asked.
#[derive(Debug)]
pub struct PowerShell {
    program: PathBuf,
}

/// The answer.
#[derive(Debug, PartialEq, Eq)]
pub struct Profile {
    /// The file that it reads in all of its hosts, `$PROFILE.CurrentUserAllHosts`. It need not exist.
    pub file: PathBuf,
    /// The obstacle to reading it, if there is one.
    pub obstacle: Option<Obstacle>,
}

/// An execution policy that keeps an unsigned profile from being read.
#[derive(Debug, PartialEq, Eq)]
pub struct Obstacle {
    /// Its name, such as `Restricted`.
    pub policy: String,
    /// Whether a Group Policy sets it, so that the user cannot change it.
    pub is_imposed: bool,
}

impl PowerShell {
    /// Finds the `PowerShell` that runs this process, as far as the system tells, else the one on PATH.
    #[must_use]
    pub fn find(context: &Context) -> Option<Self> {
        let running = || {
            process_tree::ancestors()
                .find(|ancestor| Shell::from_program(&ancestor.program) == Some(Shell::Powershell))
                .and_then(|ancestor| ancestor.executable())
        };
        let on_path = || {
            let names = if is_windows_powershell(context) {
                ["powershell", "pwsh"]
            } else {
                ["pwsh", "powershell"]
            };
            let mut found = names.into_iter().flat_map(|name| context.on_path(name));
            found.next()
        };
        running().or_else(on_path).map(|program| Self { program })
    }

    /// Asks for the profile. `None` if there is no answer.
    #[must_use]
    pub fn profile(&self) -> Option<Profile> {
        parse(&self.run(&["-NoProfile", "-Command", QUESTION])?)
    }

    /// Whether a new shell loads the hook. It reads the profile, and ends.
    #[must_use]
    pub fn loads_hook(&self) -> bool {
        let question = format!("'hook ' + $PID + ' ' + $env:{MARKER}");
        let answer = self.run(&["-Command", &question]).unwrap_or_default();
        let is_loaded = |line: &str| {
            let mut words = line.split_whitespace();
            // The process that set the marker is the one that answers.
            words.next() == Some("hook")
                && words.next().is_some_and(|pid| words.nth(1) == Some(pid))
        };
        answer.lines().any(is_loaded)
    }

    fn run(&self, arguments: &[&str]) -> Option<String> {
        let fixed = ["-NoLogo", "-NonInteractive"];
        let command = UserCommand::quiet(&self.program, &[&fixed, arguments].concat())
            .without(POLICY_OF_PROCESS)
            .output(LONGEST, LIMIT);
        Some(command.ok()?.to_string())
    }
}

/// Whether Windows `PowerShell` runs this process, and not `PowerShell` 7: each puts its own directories first into the
/// variable, and takes those of the other one out.
/// <https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_psmodulepath>
fn is_windows_powershell(context: &Context) -> bool {
    let path = context.env.text("PSModulePath").unwrap_or_default();
    let first = path.split(';').next().unwrap_or_default();
    first.contains("WindowsPowerShell")
}

/// Reads the answer to [`QUESTION`].
fn parse(answer: &str) -> Option<Profile> {
    let mut lines = answer.lines().map(str::trim);
    let units: Option<Vec<u16>> = lines
        .next()?
        .split(' ')
        .map(|unit| unit.parse().ok())
        .collect();
    let file = PathBuf::from(String::from_utf16(&units?).ok()?);
    let policy = lines.next()?;
    let is_imposed = lines.any(|line| {
        let (scope, policy) = line.split_once(' ').unwrap_or_default();
        ["MachinePolicy", "UserPolicy"].contains(&scope) && policy != "Undefined"
    });
    let obstacle = ["Restricted", "AllSigned"]
        .contains(&policy)
        .then(|| Obstacle {
            policy: policy.to_owned(),
            is_imposed,
        });
    file.is_absolute().then_some(Profile { file, obstacle })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::testing::context;

    #[test]
    fn the_answer_of_powershell_is_read() {
        let path = if cfg!(windows) {
            "C:\\Jürgen\\p"
        } else {
            "/home/jürgen/p"
        };
        let units: Vec<String> = path.encode_utf16().map(|unit| unit.to_string()).collect();
        let parsed = |policies: &str| parse(&format!("{}\r\n{policies}\r\n", units.join(" ")));
        let profile = |obstacle| {
            Some(Profile {
                file: path.into(),
                obstacle,
            })
        };
        let obstacle = |policy: &str, is_imposed| {
            Some(Obstacle {
                policy: policy.to_owned(),
                is_imposed,
            })
        };
        for (policies, expected) in [
            ("RemoteSigned\r\nMachinePolicy Undefined", profile(None)),
            ("Unrestricted", profile(None)),
            (
                "Restricted\r\nMachinePolicy Undefined\r\nLocalMachine Undefined",
                profile(obstacle("Restricted", false)),
            ),
            (
                "AllSigned\r\nMachinePolicy AllSigned\r\nCurrentUser RemoteSigned",
                profile(obstacle("AllSigned", true)),
            ),
        ] {
            assert_eq!(parsed(policies), expected, "{policies}");
        }
        assert_eq!(parse("an error\nRestricted\n"), None);
        assert_eq!(parse(""), None);
    }

    #[test]
    fn windows_powershell_is_told_by_its_own_modules() {
        for (path, expected) in [
            (
                "C:\\Users\\jane\\Documents\\WindowsPowerShell\\Modules;C:\\Program Files\\WindowsPowerShell\\Modules",
                true,
            ),
            (
                "C:\\Users\\jane\\Documents\\PowerShell\\Modules;C:\\Program Files\\WindowsPowerShell\\Modules",
                false,
            ),
        ] {
            let context = context(&[("PSModulePath", path)]);
            assert_eq!(is_windows_powershell(&context), expected, "{path}");
        }
        assert!(!is_windows_powershell(&context(&[])));
    }
}
