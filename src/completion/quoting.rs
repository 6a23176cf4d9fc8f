use crate::delivery::shell::CompletionShell;

/// What an unfinished word is within.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quotes {
    None,
    Single,
    Double,
}

/// The word that is completed.
#[derive(Debug)]
pub(super) struct Typed {
    /// What it means.
    meaning: String,
    /// What the part of it that the shell keeps means, and how that part leaves the quotes.
    kept: String,
    quotes: Quotes,
    /// Whether the part that is replaced begins with a `~/` that the shell will expand.
    tilde: bool,
}

impl Typed {
    /// `text` is the end of the word that bash replaces. The other shells hand over words whose
    /// quotes are already taken off, and put quotes around a candidate themselves.
    pub(super) fn of(shell: CompletionShell, word: &str, text: Option<&str>) -> Self {
        if shell != CompletionShell::Bash {
            return Self {
                meaning: word.to_owned(),
                kept: String::new(),
                quotes: Quotes::None,
                tilde: false,
            };
        }
        let (kept, text) = match text {
            Some(text) if word.ends_with(text) => (&word[..word.len() - text.len()], text),
            // Empty at the end of a word, behind one of the characters that begin another.
            None if word.ends_with([':', '=']) => (word, ""),
            _ => ("", word),
        };
        let (kept, quotes) = read(kept);
        Self {
            meaning: meaning(word),
            kept,
            quotes,
            tilde: quotes == Quotes::None && text.starts_with("~/"),
        }
    }

    /// What the word means, without its quotes.
    pub(super) fn meaning(&self) -> &str {
        &self.meaning
    }

    /// What bash shall put in place of the end of the word to make it this value; `None` if the
    /// value begins in another way than the word.
    pub(super) fn rest_of(&self, value: &str) -> Option<String> {
        let rest = value.strip_prefix(&self.kept)?;
        let (before, rest) = match rest.strip_prefix("~/") {
            Some(rest) if self.tilde => ("~/", rest),
            _ => ("", rest),
        };
        let mut quoted = before.to_owned();
        for c in rest.chars() {
            let special = match self.quotes {
                Quotes::None => {
                    c.is_ascii() && !c.is_ascii_alphanumeric() && !"_@%+=:,./-".contains(c)
                }
                Quotes::Double => "\\\"$`".contains(c),
                Quotes::Single => false,
            };
            if special {
                quoted.push('\\');
            }
            if c == '\'' && self.quotes == Quotes::Single {
                quoted += "'\\'";
            }
            quoted.push(c);
        }
        Some(quoted)
    }
}

/// What a word means to bash. What bash would run or expand stays as it was typed.
pub(super) fn meaning(word: &str) -> String {
    read(word).0
}

fn read(word: &str) -> (String, Quotes) {
    let mut text = String::new();
    let mut quotes = Quotes::None;
    let mut characters = word.chars();
    while let Some(c) = characters.next() {
        match (quotes, c) {
            (Quotes::None, '\'') => quotes = Quotes::Single,
            (Quotes::None, '"') => quotes = Quotes::Double,
            (Quotes::Single, '\'') | (Quotes::Double, '"') => quotes = Quotes::None,
            (Quotes::None, '\\') => text.extend(characters.next()),
            (Quotes::Double, '\\') => match characters.next() {
                Some(c) if "\\\"$`".contains(c) => text.push(c),
                other => {
                    text.push('\\');
                    text.extend(other);
                }
            },
            _ => text.push(c),
        }
    }
    (text, quotes)
}

/// A value as a word of nushell's.
pub(super) fn nushell(value: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "_@%+=:,./-~".contains(c);
    if value.chars().all(plain) {
        value.to_owned()
    } else if value.contains('`') {
        // Its double quotes know the escapes of JSON.
        serde_json::Value::from(value).to_string()
    } else {
        format!("`{value}`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rest(word: &str, text: Option<&str>, value: &str) -> Option<String> {
        Typed::of(CompletionShell::Bash, word, text).rest_of(value)
    }

    #[test]
    fn bash_reads_a_half_typed_word() {
        for (word, text, quotes) in [
            ("te", "te", Quotes::None),
            ("\"te", "te", Quotes::Double),
            ("'te", "te", Quotes::Single),
            ("a\\ b", "a b", Quotes::None),
            ("'a'\"b\"c", "abc", Quotes::None),
            ("\"\\$x\\y\"", "$x\\y", Quotes::None),
            ("$(touch x)", "$(touch x)", Quotes::None),
            ("a\\", "a", Quotes::None),
        ] {
            assert_eq!(read(word), (text.to_owned(), quotes), "{word}");
        }
    }

    #[test]
    fn bash_gets_the_part_that_it_replaces() {
        for (word, text, value, expected) in [
            ("te", "te", "test", "test"),
            ("", "", "a b", "a\\ b"),
            ("--shell=b", "b", "--shell=bash", "bash"),
            ("--shell=", "", "--shell=bash", "bash"),
            ("a:b", "b", "a:b c", "b\\ c"),
            ("\"a", "a", "a $b", "a \\$b"),
            ("'a", "a", "a'$b", "a'\\''$b"),
            ("~/a", "~/a", "~/a b/", "~/a\\ b/"),
            ("--config=~/a", "~/a", "--config=~/a*", "~/a\\*"),
        ] {
            assert_eq!(
                rest(word, Some(text), value).as_deref(),
                Some(expected),
                "{word}"
            );
        }
        // An empty variable is no text.
        assert_eq!(
            rest("--shell=", None, "--shell=bash").as_deref(),
            Some("bash")
        );
        assert_eq!(rest("a:b", Some("b"), "c"), None);
    }

    #[test]
    fn nushell_gets_one_word() {
        for (value, word) in [("a@b+c.d", "a@b+c.d"), ("a b", "`a b`"), ("$a`", "\"$a`\"")] {
            assert_eq!(nushell(value), word);
        }
    }
}
