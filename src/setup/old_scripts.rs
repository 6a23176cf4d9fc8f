use std::path::{Path, PathBuf};

use super::rc_file::{self, RcLocation};
use crate::account::values::{SUBCOMMANDS, is_name_char};
use crate::context::Context;
use crate::delivery::shell::Shell;
use crate::files::executable::{in_path, is_executable};

/// An alias, a function or a bare line that asks STS for a session by itself, or calls a script
/// that does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OldScript {
    /// The file that it stands in.
    pub file: PathBuf,
    /// The line that it begins in, counted from 1.
    pub line: usize,
    /// The name of the alias or the function; `None` for a bare line.
    pub name: Option<String>,
    /// The words of what it does; `;` stands for all that ends a command.
    pub words: Vec<String>,
    /// Whether it only asks for a session, so that a command which does that can take its place.
    pub replaceable: bool,
}

/// Files larger than this are no scripts that somebody wrote.
const LARGEST: u64 = 256 * 1024;
/// In a definition longer than this, nobody calls one script and leaves it at that.
const MOST_WORDS: usize = 64;
/// The call that all of it is about.
const CALL: &str = "get-session-token";

/// What the user's rc files have of this. `is_key_profile` says whether a word is a profile that holds
/// a long-term key.
#[must_use]
pub fn find(context: &Context, is_key_profile: &dyn Fn(&str) -> bool) -> Vec<OldScript> {
    let mut defined: Vec<OldScript> = Vec::new();
    for file in rc_file::all(context) {
        if let Some(text) = small_text(&file) {
            defined.extend(definitions(&file, &text));
        }
    }
    let calls = |script: &OldScript| script.words.iter().any(|word| word.contains(CALL));
    let functions: Vec<String> = defined
        .iter()
        .filter(|script| calls(script))
        .filter_map(|script| script.name.clone())
        .collect();
    let by_script = |script: &OldScript| {
        let words = &script.words;
        let knows = |word: &String| word.contains(":mfa/") || is_key_profile(word);
        let told = words.iter().any(knows);
        words.iter().take(MOST_WORDS).any(|word| {
            functions.contains(word)
                || (told && looks_like_one(word))
                || is_old_program(word, words)
                || script_of(context, word).is_some_and(|text| text.contains(CALL))
        })
    };
    defined.retain(|script| calls(script) || by_script(script));
    defined
}

/// Where the user's rc files of this shell define an alias or a function of this name: file and line.
#[must_use]
pub fn defined(context: &Context, shell: Shell, name: &str) -> Option<(PathBuf, usize)> {
    let first = match rc_file::place(context, shell) {
        Ok(RcLocation::Lines { file, .. }) => Some(file),
        _ => None,
    };
    let files = first.into_iter().chain(rc_file::beside(context, shell));
    files
        .filter_map(|file| Some((small_text(&file)?, file)))
        .flat_map(|(text, file)| definitions(&file, &text))
        .find(|found| found.name.as_deref() == Some(name))
        .map(|found| (found.file, found.line))
}

fn small_text(file: &Path) -> Option<String> {
    let metadata = std::fs::metadata(file).ok()?;
    if !metadata.is_file() || metadata.len() > LARGEST {
        return None;
    }
    Some(String::from_utf8_lossy(&std::fs::read(file).ok()?).into_owned())
}

/// The text of the script that a word runs.
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

/// Whether a file is meant to be run or sourced, unlike a history that tells of it.
fn is_script(file: &Path) -> bool {
    let sourced = file.extension().is_some_and(|end| {
        ["sh", "bash", "zsh", "fish", "py"]
            .iter()
            .any(|known| end == *known)
    });
    sourced || is_executable(file)
}

/// Whether a word is what people call such a script.
fn looks_like_one(word: &str) -> bool {
    let name = word.rsplit('/').next().unwrap_or(word).to_ascii_lowercase();
    let about = ["cred", "mfa", "session", "token", "sts"];
    name != "aws-mfa" && name.contains("aws") && about.iter().any(|part| name.contains(part))
}

/// Another program is called `aws-mfa`, too, and has options where this one has subcommands.
fn is_old_program(word: &str, words: &[String]) -> bool {
    const OPTIONS: [&str; 5] = [
        "--profile",
        "--device",
        "--assume-role",
        "--long-term-suffix",
        "--force",
    ];
    let name = word.rsplit('/').next().unwrap_or(word);
    let behind = words.iter().skip_while(|known| *known != word).nth(1);
    let has_subcommand = behind.is_some_and(|word| SUBCOMMANDS.contains(&word.as_str()));
    let is_option = |word: &String| OPTIONS.contains(&word.as_str());
    name == "aws-mfa" && !has_subcommand && words.iter().any(is_option)
}

/// The aliases and functions that a file defines, and bare lines with the call.
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
                replaceable: only_asks(name.as_deref(), &words),
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

/// The name and the rest of `alias NAME=…`, `alias NAME …` with options in between.
fn alias(line: &str) -> Option<(&str, &str)> {
    let mut rest = line.strip_prefix("alias")?;
    rest = rest.strip_prefix([' ', '\t'])?.trim_start();
    while let Some(option) = rest.strip_prefix('-') {
        rest = option.split_once([' ', '\t'])?.1.trim_start();
    }
    let (name, body) = rest.split_once(['=', ' ', '\t'])?;
    is_name(name).then_some((name, body))
}

/// The name of the function whose definition begins in this line.
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

/// The line behind those that a backslash joins to this one.
fn continued(lines: &[&str], first: usize) -> usize {
    let joined = lines[first..]
        .iter()
        .take_while(|line| line.trim_end().ends_with('\\'))
        .count();
    (first + joined + 1).min(lines.len())
}

/// The line behind the function that begins in this one: behind a `}` or an `end` that stands no
/// deeper.
fn function_end(lines: &[&str], first: usize) -> usize {
    let depth = |line: &str| line.len() - line.trim_start().len();
    let ends = |line: &str| {
        let word = line.trim_start();
        let word = word.split([' ', ';', '\t']).next().unwrap_or_default();
        matches!(word, "}" | ")" | "end") && depth(line) <= depth(lines[first])
    };
    if lines[first].contains('{') && lines[first].trim_end().ends_with('}') {
        return first + 1;
    }
    let length = lines[first + 1..].iter().position(|line| ends(line));
    // Without an end nothing is said of what follows.
    length.map_or(first + 1, |length| first + 1 + length + 1)
}

/// What ends a command, among the words.
const END: &str = ";";

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

/// Whether the commands of an alias or a function are for nothing but a session: the call, what is
/// done with its answer, and words about it.
fn only_asks(name: Option<&str>, words: &[String]) -> bool {
    const ABOUT_IT: [&str; 18] = [
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
    let about = |command: &&[String]| ABOUT_IT.contains(&command[0].as_str());
    let others = commands
        .by_ref()
        .filter(|command| !calls(command) && !about(command))
        .count();
    // One of them may be a script that asks.
    others <= usize::from(!words.iter().any(|word| word.contains(CALL)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::testing::context;

    /// Name and line of what is found in these files of a home folder.
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
    fn what_has_nothing_to_do_with_it_is_not() {
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
    fn words_come_without_quotes() {
        let text = "alias t='a \"$HOME/b\" --profile=c'\n";
        let found = definitions(Path::new("x"), text);
        assert_eq!(found[0].words, ["a", "$HOME/b", "--profile", "c"]);
    }

    #[test]
    fn only_what_does_nothing_else_can_be_replaced() {
        for (body, replaceable) in [
            ("alias t='fetch.sh test-mfa test'", true),
            ("alias t='eval $(fetch.sh test-mfa)'", true),
            ("alias t='fetch.sh test-mfa && terraform apply'", false),
            (
                "t() {\n  creds=$(aws sts get-session-token --profile test-mfa)\n  export AWS_ACCESS_KEY_ID=$(echo $creds | jq -r .x)\n}",
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
