//! Finds the aliases and functions in rc files that request sessions from STS without this program, so that `setup`
//! can offer to replace them. The rc files are only read.

use std::path::{Path, PathBuf};

use super::rc_file::{self, RcLocation};
use crate::account::reserved::SUBCOMMANDS;
use crate::account::values::is_name_char;
use crate::context::Context;
use crate::delivery::shell::Shell;
use crate::files::executable::{in_path, is_executable};
use crate::files::input;

/// An alias, a function or a line outside of both that requests a session from STS, or calls a script that does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OldScript {
    /// The file that contains it.
    pub file: PathBuf,
    /// The number of its first line, counted from 1.
    pub line: usize,
    /// The name of the alias or the function; `None` for another line.
    pub name: Option<String>,
    /// The words of its commands; `;` stands for everything that ends a command.
    pub words: Vec<String>,
    /// Whether it does nothing but request a session, so that an alias of an account can replace it.
    pub replaceable: bool,
    /// Whether it, or the script that it calls, assumes a role: it does not belong to the account of the key.
    pub assumes_role: bool,
}

/// The size in bytes above which a file is not read: handwritten scripts are smaller.
const MAX_BYTES: u64 = 256 * 1024;
/// The number of words of a definition that are searched for the call of a script.
const MAX_WORDS: usize = 64;
/// The number of files that are read because an rc file sources them.
const MAX_SOURCED: usize = 50;
/// The AWS CLI's subcommand that requests a session.
const CALL: &str = "get-session-token";
/// The AWS CLI's subcommand that requests a session of a role, and the same word in the option of broamski's aws-mfa.
const ROLE_CALL: &str = "assume-role";

/// Finds the old scripts in the user's rc files. `is_key_profile` returns whether a word is a profile that holds a
/// long-term key.
#[must_use]
pub fn find(context: &Context, is_key_profile: &dyn Fn(&str) -> bool) -> Vec<OldScript> {
    let mut defined: Vec<OldScript> = texts(context, rc_file::all_files(context))
        .iter()
        .flat_map(|(file, text)| definitions(file, text))
        .collect();
    let calls = |script: &OldScript| script.words.iter().any(|word| word.contains(CALL));
    let functions: Vec<String> = defined
        .iter()
        .filter(|script| calls(script))
        .filter_map(|script| script.name.clone())
        .collect();
    let by_script = |script: &OldScript| {
        let words = &script.words;
        let is_device_or_key = |word: &String| word.contains(":mfa/") || is_key_profile(word);
        let names_device_or_key = words.iter().any(is_device_or_key);
        words.iter().take(MAX_WORDS).any(|word| {
            functions.contains(word)
                || (names_device_or_key && has_typical_name(word))
                || is_other_aws_mfa(word, words)
                || script_of(context, word).is_some_and(|text| text.contains(CALL))
        })
    };
    defined.retain(|script| calls(script) || by_script(script));
    for script in &mut defined {
        let mut words = script.words.iter().take(MAX_WORDS);
        script.assumes_role |=
            words.any(|word| script_of(context, word).is_some_and(|text| text.contains(ROLE_CALL)));
    }
    defined
}

/// The texts of rc files, and of the files that they source by a path.
fn texts(context: &Context, mut files: Vec<PathBuf>) -> Vec<(PathBuf, String)> {
    let limit = files.len() + MAX_SOURCED;
    let mut texts = Vec::new();
    let mut at = 0;
    while let Some(file) = files.get(at).cloned() {
        at += 1;
        let Some(text) = small_text(&file) else {
            continue;
        };
        for sourced in sourced(context, &text) {
            if files.len() < limit && !files.contains(&sourced) {
                files.push(sourced);
            }
        }
        texts.push((file, text));
    }
    texts
}

/// The files that a text sources by an absolute path or one in the home directory, such as `. ~/aws/alias.sh`.
fn sourced(context: &Context, text: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for line in text
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'))
    {
        let words = words(line);
        let begins =
            |at: usize| at == 0 || [END, "then", "else", "do"].contains(&words[at - 1].as_str());
        for (at, pair) in words.windows(2).enumerate() {
            let file = rc_file::expand(context, &pair[1]);
            if ["source", "."].contains(&pair[0].as_str()) && begins(at) && file.is_absolute() {
                found.push(file);
            }
        }
    }
    found
}

/// Returns the file and the line in which the user's rc files of this shell define an alias or a function of this name.
#[must_use]
pub fn find_definition(context: &Context, shell: Shell, name: &str) -> Option<(PathBuf, usize)> {
    let first = match rc_file::location(context, shell) {
        Ok(RcLocation::Lines { file, .. }) => Some(file),
        _ => None,
    };
    let files = first
        .into_iter()
        .chain(rc_file::other_files(context, shell));
    texts(context, files.collect())
        .iter()
        .flat_map(|(file, text)| definitions(file, text))
        .find(|found| found.name.as_deref() == Some(name))
        .map(|found| (found.file, found.line))
}

/// The content of a regular file of at most [`MAX_BYTES`].
fn small_text(file: &Path) -> Option<String> {
    let metadata = std::fs::metadata(file).ok()?;
    if !metadata.is_file() || metadata.len() > MAX_BYTES {
        return None;
    }
    // A file in /proc has no size before it is read.
    let bytes = input::read(file).ok()?;
    let is_small = u64::try_from(bytes.len()).is_ok_and(|length| length <= MAX_BYTES);
    is_small.then(|| String::from_utf8_lossy(&bytes).into_owned())
}

/// The content of the script that a word runs, by its path or by PATH.
fn script_of(context: &Context, word: &str) -> Option<String> {
    if word.starts_with('-') || word.is_empty() {
        return None;
    }
    let file = rc_file::expand(context, word);
    if file.is_absolute() {
        return is_script(&file).then(|| small_text(&file))?;
    }
    if word.contains('/') {
        return None;
    }
    let path = context.env.raw("PATH")?;
    let found = in_path(path, word).find(|file| is_script(file))?;
    small_text(&found)
}

/// Whether a file is meant to be run or sourced, unlike a shell's history, which may contain the call, too.
fn is_script(file: &Path) -> bool {
    let sourced = file.extension().is_some_and(|end| {
        ["sh", "bash", "zsh", "fish", "py"]
            .iter()
            .any(|known| end == *known)
    });
    sourced || is_executable(file)
}

/// Whether a word has a name that is typical of such scripts, such as `aws-creds.sh`.
fn has_typical_name(word: &str) -> bool {
    let name = word.rsplit('/').next().unwrap_or(word).to_ascii_lowercase();
    let about = ["cred", "mfa", "session", "token", "sts"];
    name != "aws-mfa" && name.contains("aws") && about.iter().any(|part| name.contains(part))
}

/// Whether a word calls broamski's program of the same name, which has options where this one has subcommands:
/// <https://github.com/broamski/aws-mfa#usage>.
fn is_other_aws_mfa(word: &str, words: &[String]) -> bool {
    const OPTIONS: [&str; 5] = [
        "--profile",
        "--device",
        "--assume-role",
        "--long-term-suffix",
        "--force",
    ];
    let name = word.rsplit('/').next().unwrap_or(word);
    let next = words.iter().skip_while(|known| *known != word).nth(1);
    let has_subcommand = next.is_some_and(|word| SUBCOMMANDS.contains(&word.as_str()));
    let is_option = |word: &String| OPTIONS.contains(&word.as_str());
    name == "aws-mfa" && !has_subcommand && words.iter().any(is_option)
}

/// The aliases and functions that a file defines, and the lines outside of them that contain the call.
fn definitions(file: &Path, text: &str) -> Vec<OldScript> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let line = lines[at].trim();
        let script = |name: Option<String>, body: &str| {
            let words = words(body);
            OldScript {
                file: file.to_owned(),
                line: at + 1,
                replaceable: only_requests_session(name.as_deref(), &words),
                assumes_role: words.iter().any(|word| word.contains(ROLE_CALL)),
                name,
                words,
            }
        };
        if line.starts_with('#') {
            at += 1;
        } else if let Some((name, body)) = alias(line) {
            let end = continued(&lines, at);
            let more = lines[at + 1..end].join(" ");
            found.push(script(Some(name.to_owned()), &format!("{body} {more}")));
            at = end;
        } else if let Some(name) = function(line) {
            let end = function_end(&lines, at);
            found.push(script(Some(name.to_owned()), &lines[at..end].join("\n")));
            at = end;
        } else {
            if line.contains(CALL) {
                found.push(script(None, line));
            }
            at += 1;
        }
    }
    found
}

/// Splits `alias NAME=BODY` or `alias NAME BODY`, with options before the name, into name and body.
fn alias(line: &str) -> Option<(&str, &str)> {
    let mut rest = line.strip_prefix("alias")?;
    rest = rest.strip_prefix([' ', '\t'])?.trim_start();
    while let Some(option) = rest.strip_prefix('-') {
        rest = option.split_once([' ', '\t'])?.1.trim_start();
    }
    let (name, body) = rest.split_once(['=', ' ', '\t'])?;
    is_name(name).then_some((name, body))
}

/// The name of the function whose definition begins on this line.
fn function(line: &str) -> Option<&str> {
    let name = match line.strip_prefix("function ") {
        Some(rest) => rest.trim_start().split([' ', '\t', '(', '{']).next()?,
        None => {
            line.split_once('(')
                .filter(|(_, rest)| rest.trim_start().starts_with(')'))?
                .0
        }
    };
    let name = name.trim();
    is_name(name).then_some(name)
}

fn is_name(name: &str) -> bool {
    let allowed = |c: char| is_name_char(c) || c == ':';
    !name.is_empty() && name.chars().all(allowed)
}

/// The index of the line after those that a backslash joins to this one.
fn continued(lines: &[&str], first: usize) -> usize {
    let joined = lines[first..]
        .iter()
        .take_while(|line| line.trim_end().ends_with('\\'))
        .count();
    (first + joined + 1).min(lines.len())
}

/// The index of the line after the function that begins on this one, which ends with a `}`, `)` or `end` that is
/// indented no further.
fn function_end(lines: &[&str], first: usize) -> usize {
    let indentation = |line: &str| line.len() - line.trim_start().len();
    let ends = |line: &str| {
        let word = line.trim_start().split([' ', ';', '\t']).next();
        matches!(word, Some("}" | ")" | "end")) && indentation(line) <= indentation(lines[first])
    };
    if lines[first].contains('{') && lines[first].trim_end().ends_with('}') {
        return first + 1;
    }
    let length = lines[first + 1..].iter().position(|line| ends(line));
    // If the end is not found, only the first line is taken for a part of the function.
    length.map_or(first + 1, |length| first + 1 + length + 1)
}

/// The word that stands for the end of a command.
const END: &str = ";";

/// The words of a definition, without quotes.
fn words(body: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for part in body.split_inclusive(|c: char| c.is_whitespace() || "'\"`;()|&=".contains(c)) {
        let word = part.trim_end_matches(|c: char| c.is_whitespace() || "'\"`;()|&=".contains(c));
        if !word.is_empty() && !["{", "}", "\\", "$"].contains(&word) {
            words.push(word.to_owned());
        }
        let ends = part.ends_with([';', ')', '|', '&', '\n']);
        if ends && words.last().is_some_and(|last| last != END) {
            words.push(END.to_owned());
        }
    }
    words
}

/// Whether an alias or a function does nothing but request a session: its commands are the call, the handling of the
/// response, and messages.
fn only_requests_session(name: Option<&str>, words: &[String]) -> bool {
    const HANDLING: [&str; 18] = [
        "declare", "done", "echo", "else", "end", "eval", "export", "fi", "function", "jq",
        "local", "printf", "read", "return", "set", "source", "typeset", "unset",
    ];
    let mut commands = words
        .split(|word| word == END)
        .filter(|command| !command.is_empty())
        // A function begins with its own name.
        .filter(|command| {
            name.is_none_or(|name| command != &[name] && command != &["function", name])
        });
    let calls = |command: &&[String]| {
        let aws = command.iter().any(|word| word == "aws");
        let about = ["sts", "configure"];
        aws && command.iter().any(|word| about.contains(&word.as_str()))
    };
    let handles = |command: &&[String]| HANDLING.contains(&command[0].as_str());
    let others = commands
        .by_ref()
        .filter(|command| !calls(command) && !handles(command))
        .count();
    // Without the call itself, one command is the script that contains it.
    others <= usize::from(!words.iter().any(|word| word.contains(CALL)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::testing::context;

    /// The names and lines of the scripts that are found in these files of a home directory.
    fn found(files: &[(&str, &str)]) -> Vec<(Option<String>, usize)> {
        let home = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let file = home.path().join(name);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, text).unwrap();
        }
        let bin = home.path().join("bin");
        let mut context = context(&[("PATH", bin.to_str().unwrap())]);
        context.directories.home = Some(home.path().to_owned());
        find(&context, &|word| word == "test-mfa")
            .into_iter()
            .map(|script| (script.name, script.line))
            .collect()
    }

    fn named(name: &str, line: usize) -> (Option<String>, usize) {
        (Some(name.to_owned()), line)
    }

    #[test]
    fn aliases_and_functions_of_every_shell_are_found() {
        let script = (
            "bin/fetch.sh",
            "#!/bin/sh\naws sts get-session-token --profile \"$1\"\n",
        );
        for (file, text, expected) in [
            (
                ".bashrc",
                "# old\nalias t='fetch.sh test-mfa test'\n",
                named("t", 2),
            ),
            (
                ".bashrc",
                "alias t=\"$HOME/bin/fetch.sh test-mfa\"\n",
                named("t", 1),
            ),
            (
                ".bashrc",
                "  alias t='~/bin/fetch.sh \\\n x'\n",
                named("t", 1),
            ),
            (
                ".zshrc",
                "alias -g t='aws-creds.sh test-mfa test'\n",
                named("t", 1),
            ),
            (
                ".zshrc",
                "alias t='aws-creds.sh x y arn:aws:iam::123456789012:mfa/jane'\n",
                named("t", 1),
            ),
            (
                ".config/fish/config.fish",
                "alias t 'fetch.sh x'\n",
                named("t", 1),
            ),
            (
                ".config/fish/functions/t.fish",
                "function t --description x\n  fetch.sh x\nend\n",
                named("t", 1),
            ),
            (".tcshrc", "alias t 'fetch.sh x'\n", named("t", 1)),
            (".profile", "t() { fetch.sh x \"$1\"; }\n", named("t", 1)),
            (
                ".bashrc",
                "a() {\n  echo }\n}\nt ()\n{\n  out=$(aws sts get-session-token)\n}\n",
                named("t", 4),
            ),
            (
                ".bashrc",
                "function t {\n  if x; then\n    fetch.sh y\n  fi\n}\n",
                named("t", 1),
            ),
            (
                ".bashrc",
                "alias t='aws-mfa --profile test'\n",
                named("t", 1),
            ),
            (
                ".bashrc",
                "export X=$(aws sts get-session-token)\n",
                (None, 1),
            ),
        ] {
            assert_eq!(found(&[script, (file, text)]), [expected], "{file}: {text}");
        }
        // A function that does it, and an alias that calls the function.
        assert_eq!(
            found(&[(
                ".bashrc",
                "f() {\n  aws sts get-session-token\n}\nalias t='f x y'\n"
            )]),
            [named("f", 1), named("t", 4)]
        );
    }

    #[test]
    fn files_that_an_rc_file_sources_by_a_path_are_read_too() {
        let defines = "f() {\n  aws sts get-session-token\n}\nalias mfa=f\n";
        for line in [
            "source ~/aws/alias.sh",
            "[ -f \"$HOME/aws/alias.sh\" ] && . \"$HOME/aws/alias.sh\"",
            "if true; then . ${HOME}/aws/alias.sh; fi",
        ] {
            let rc = format!("{line}\n. ~/.bashrc\n. aws/relative.sh\n");
            let files = [(".bashrc", rc.as_str()), ("aws/alias.sh", defines)];
            assert_eq!(found(&files), [named("f", 1), named("mfa", 4)], "{line}");
        }
        let files = [
            (
                ".bashrc",
                "# . ~/aws/alias.sh\necho source ~/aws/alias.sh\n",
            ),
            ("aws/alias.sh", defines),
        ];
        assert_eq!(found(&files), []);
    }

    #[test]
    fn aliases_and_functions_that_request_no_session_are_not_found() {
        let history = (".bash_history", "aws sts get-session-token\n");
        for text in [
            "# alias t='aws sts get-session-token'\n",
            "alias ll='ls -l'\n",
            "alias t='eval \"$(aws-mfa env test)\"'\n",
            "alias k='kubectl --context test-mfa'\n",
            "alias aws-token-docs='open x'\n",
            "eval \"$(aws-mfa init bash)\"\n",
            "x() {\n",
            "alias h='less ~/.bash_history'\n",
        ] {
            assert_eq!(found(&[history, (".bashrc", text)]), [], "{text}");
        }
    }

    #[test]
    fn words_are_split_without_quotes() {
        let text = "alias t='a \"$HOME/b\" --profile=c'\n";
        let found = definitions(Path::new("x"), text);
        assert_eq!(found[0].words, ["a", "$HOME/b", "--profile", "c"]);
    }

    #[test]
    fn a_script_is_replaceable_only_if_it_does_nothing_else() {
        for (body, replaceable) in [
            ("alias t='fetch.sh test-mfa test'", true),
            ("alias t='eval $(fetch.sh test-mfa)'", true),
            ("alias t='fetch.sh test-mfa && terraform apply'", false),
            (
                "t() {\n  creds=$(aws sts get-session-token --profile test-mfa)\n  \
                 export AWS_ACCESS_KEY_ID=$(echo $creds | jq -r .x)\n}",
                true,
            ),
            (
                "t() {\n  eval \"$(aws sts get-session-token --profile test-mfa)\"; terraform apply\n}",
                false,
            ),
            (
                "aws() {\n  eval \"$(command aws sts get-session-token)\"\n  command aws \"$@\"\n}",
                false,
            ),
        ] {
            let found = definitions(Path::new("/rc"), body);
            assert_eq!(
                found[0].replaceable, replaceable,
                "{body}: {:?}",
                found[0].words
            );
        }
    }
}
