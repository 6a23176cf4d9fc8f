//! A new shell, as the user's next terminal starts one: what it makes of the hook's line and of the hook's commands.
//!
//! The shell reads the user's rc files, answers, and ends. It has neither a terminal nor input, so that it asks nothing
//! and leaves the user's terminal as it is.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::context::Context;
use crate::delivery::shell::Shell;
use crate::hook::running_shell::MARKER;
use crate::user_command::UserCommand;

/// The limit of a shell that answers. It starts in less than a second, but with a long rc file it takes several.
const LIMIT: Duration = Duration::from_secs(20);

/// The most bytes of an answer that are read: an rc file may print something, too.
const LONGEST: usize = 64 * 1024;

/// The word with which `aws-mfa` becomes another program in a session of its own, without a terminal.
pub const DETACH: &str = "detach-shell";

/// The PATH with which a login begins, before any file of the user's is read: that of login(1) and of sshd(8).
const LOGIN_PATH: &str = "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin";

/// The word that begins each line of an answer.
const ANSWER: &str = "aws-mfa-answer";

/// The ways in which a shell is started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// In a new tab of the terminal, with the environment of this process.
    Interactive,
    /// As for [`Start::Interactive`], with the PATH of a new login.
    WithLoginPath,
    /// As a login shell, with the PATH of a new login.
    Login,
}

/// What a name is in a new shell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// A command of the hook.
    Hook,
    /// An alias of the user's.
    Alias,
    /// A function of the user's.
    Function,
    /// Something else, or nothing.
    Other,
}

/// The answer of a new shell.
#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    /// Whether it has loaded the hook.
    pub loads_hook: bool,
    /// Whether it can complete what a function tells: zsh needs `compinit` for that.
    pub can_complete: bool,
    /// The program `aws-mfa` that it finds on PATH after its rc files.
    pub program: Option<PathBuf>,
    /// What each name that was asked for is.
    pub names: Vec<(String, Meaning)>,
}

/// A shell that can be started and asked.
#[derive(Debug)]
pub struct NewShell {
    program: PathBuf,
    question: &'static str,
}

impl NewShell {
    /// Finds the shell on PATH. `None` if it is not there, or if there is no question in its language.
    #[must_use]
    pub fn find(context: &Context, shell: Shell) -> Option<Self> {
        let (name, question) = match shell {
            Shell::Bash => ("bash", BASH),
            Shell::Zsh => ("zsh", ZSH),
            Shell::Fish => ("fish", FISH),
            _ => return None,
        };
        let mut found = context.on_path(name).into_iter();
        // A relative entry of PATH, or an empty one, would let a file in the current directory run in its place.
        let program = found.find(|program| program.is_absolute())?;
        Some(Self { program, question })
    }

    /// Starts the shell and asks what the names are. `None` if it does not answer.
    #[must_use]
    pub fn ask(&self, start: Start, names: &[&str]) -> Option<Answer> {
        let this = std::env::current_exe().ok()?;
        let program = self.program.to_str()?;
        let mut arguments = vec![DETACH, program, "-i"];
        if start == Start::Login {
            arguments.push("-l");
        }
        arguments.extend(["-c", self.question]);
        // The first argument after the question is `$0` in bash and zsh.
        if self.question != FISH {
            arguments.push("sh");
        }
        arguments.extend(names);
        let mut command = UserCommand::quiet(&this, &arguments).without(MARKER);
        if start != Start::Interactive {
            command = command.with("PATH", LOGIN_PATH);
        }
        parse(&command.output(LONGEST, LIMIT).ok()?)
    }
}

/// Asks bash. Only what stands first counts: an alias takes precedence over a function.
const BASH: &str = r#"
builtin printf '\naws-mfa-answer program %s\n' "$(builtin type -P aws-mfa)"
for n in "$@"; do
    k=$(builtin type -t -- "$n")
    case $k in
        alias) d=$(builtin alias -- "$n") ;;
        function) d=$(builtin declare -f -- "$n") ;;
        *) d= ;;
    esac
    case $d in *__aws_mfa_*) k=hook ;; esac
    builtin printf 'aws-mfa-answer name %s %s\n' "$n" "$k"
done
builtin printf 'aws-mfa-answer end completes %s %s\n' "$$" "${__aws_mfa_hook-}"
builtin exit
"#;

/// Asks zsh, as [`BASH`] does.
const ZSH: &str = r#"
emulate -L zsh
builtin printf '\naws-mfa-answer program %s\n' "$(builtin whence -p aws-mfa)"
for n in "$@"; do
    k=$(builtin whence -w -- "$n")
    k=${k##*: }
    case $k in
        alias) d=$(builtin alias -- "$n") ;;
        function) d=$(builtin typeset -f -- "$n") ;;
        *) d= ;;
    esac
    case $d in *__aws_mfa_*) k=hook ;; esac
    builtin printf 'aws-mfa-answer name %s %s\n' "$n" "$k"
done
c=completes
builtin typeset -f compdef >/dev/null || c=-
builtin printf 'aws-mfa-answer end %s %s %s\n' "$c" "$$" "${__aws_mfa_hook-}"
builtin exit
"#;

/// Asks fish, whose aliases are functions.
const FISH: &str = r"
builtin printf '\naws-mfa-answer program %s\n' (builtin command -s aws-mfa; or echo)
for n in $argv
    set -l k (type -t -- $n 2>/dev/null; or echo none)
    if test $k = function; and functions -- $n | builtin string match -q '*__aws_mfa_*'
        set k hook
    end
    builtin printf 'aws-mfa-answer name %s %s\n' $n $k
end
builtin printf 'aws-mfa-answer end completes %s %s\n' $fish_pid $__aws_mfa_hook
builtin exit
";

/// Reads the answer; `None` if its last line is missing.
fn parse(text: &str) -> Option<Answer> {
    let mut answer = Answer {
        loads_hook: false,
        can_complete: false,
        program: None,
        names: Vec::new(),
    };
    for line in text.lines() {
        let Some(rest) = line.trim_end().strip_prefix(ANSWER) else {
            continue;
        };
        let (kind, rest) = rest.trim_start().split_once(' ').unwrap_or_default();
        let words: Vec<&str> = rest.split(' ').collect();
        match (kind, &words[..]) {
            ("program", _) => {
                answer.program = Some(rest.into()).filter(|path: &PathBuf| path.is_absolute());
            }
            ("name", [name, meaning @ ..]) => {
                let meaning = match meaning {
                    ["hook"] => Meaning::Hook,
                    ["alias"] => Meaning::Alias,
                    ["function"] => Meaning::Function,
                    _ => Meaning::Other,
                };
                answer.names.push(((*name).to_owned(), meaning));
            }
            ("end", [completes, pid, marker @ ..]) => {
                answer.can_complete = *completes == "completes";
                // The marker is the hook's version, and the process that set it.
                answer.loads_hook = marker.get(1) == Some(pid);
                return Some(answer);
            }
            _ => {}
        }
    }
    None
}

/// Becomes the program with these arguments in a session of its own, so that it has no controlling terminal: a shell
/// would take the terminal of this process otherwise. Returns only after a failure.
#[cfg(unix)]
#[must_use]
pub fn become_detached(program: &Path, arguments: &[std::ffi::OsString]) -> std::io::Error {
    use std::os::unix::process::CommandExt as _;
    if let Err(error) = rustix::process::setsid() {
        return error.into();
    }
    std::process::Command::new(program).args(arguments).exec()
}

/// Becomes no other program: no shell is asked on this system.
#[cfg(not(unix))]
#[must_use]
pub fn become_detached(_: &Path, _: &[std::ffi::OsString]) -> std::io::Error {
    std::io::ErrorKind::Unsupported.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_between_what_an_rc_file_prints() {
        let text = "Welcome!\n\naws-mfa-answer program /usr/bin/aws-mfa\naws-mfa-answer name mfa hook\n\
                    aws-mfa-answer name t alias\naws-mfa-answer name u \n\
                    aws-mfa-answer end completes 12 0.1.0 12 completion\nbye\n";
        let answer = parse(text).unwrap();
        assert!(answer.loads_hook && answer.can_complete);
        assert_eq!(answer.program, Some("/usr/bin/aws-mfa".into()));
        let names = [
            ("mfa".to_owned(), Meaning::Hook),
            ("t".to_owned(), Meaning::Alias),
            ("u".to_owned(), Meaning::Other),
        ];
        assert_eq!(answer.names, names);
        // The marker of another shell, and none.
        for end in ["- 12 0.1.0 13", "- 12 ", "- 12"] {
            let text = format!("aws-mfa-answer program \naws-mfa-answer end {end}\n");
            let answer = parse(&text).unwrap();
            assert!(!answer.loads_hook && !answer.can_complete, "{end}");
            assert_eq!(answer.program, None);
        }
        assert_eq!(parse("aws-mfa-answer name mfa hook\n"), None);
    }
}
