//! Quoting of half-typed words. bash hands over a word as it stands on the line and inserts a candidate as it
//! is, so this module reads and writes bash's quotes, and nushell's. No crate reads words that are unfinished.

use crate::cli::CompletionShell;

/// The quotes that are open at the end of a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quotes {
    None,
    Single,
    Double,
}

/// The word to complete.
#[derive(Debug)]
pub(super) struct Typed {
    /// The word without its quotes.
    unquoted: String,
    /// The part of it that the shell keeps, without its quotes.
    kept: String,
    /// The quotes that are open at the end of that part.
    quotes: Quotes,
    /// Whether the part that the shell replaces begins with a `~/` that the shell will expand.
    tilde: bool,
}

impl Typed {
    /// Reads the word to complete. `text`: the end of it that bash replaces. The other shells hand over words
    /// without their quotes, and quote a candidate themselves.
    pub(super) fn new(shell: CompletionShell, word: &str, text: Option<&str>) -> Self {
        if shell != CompletionShell::Bash {
            return Self {
                unquoted: word.to_owned(),
                kept: String::new(),
                quotes: Quotes::None,
                tilde: false,
            };
        }
        let (kept, text) = match text {
            Some(text) if word.ends_with(text) => (&word[..word.len() - text.len()], text),
            // The text is empty, which `Environment::text` returns as `None`: the cursor is after a character at
            // which bash begins another word.
            None if word.ends_with([':', '=']) => (word, ""),
            _ => ("", word),
        };
        let (kept, quotes) = read(kept);
        Self {
            unquoted: unquoted(word),
            kept,
            quotes,
            tilde: quotes == Quotes::None && text.starts_with("~/"),
        }
    }

    /// The word without its quotes.
    pub(super) fn unquoted(&self) -> &str {
        &self.unquoted
    }

    /// The text with which bash replaces the end of the word so that the word means `value`; `None` if `value`
    /// does not begin with the part that bash keeps.
    pub(super) fn replacement(&self, value: &str) -> Option<String> {
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

/// The word without its quotes, as bash reads it. Expansions, such as `$(…)` and `$HOME`, stay as they were typed.
pub(super) fn unquoted(word: &str) -> String {
    read(word).0
}

/// The word without its quotes, and the quotes that are open at its end.
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

/// A value as one word of nushell: <https://www.nushell.sh/book/working_with_strings.html>.
pub(super) fn nushell(value: &str) -> String {
    let needs_no_quotes = |c: char| c.is_alphanumeric() || "_@%+=:,./-~".contains(c);
    if value.chars().all(needs_no_quotes) {
        value.to_owned()
    } else if value.contains('`') {
        // In double quotes, nushell knows the escapes of JSON.
        serde_json::Value::from(value).to_string()
    } else {
        format!("`{value}`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replacement(word: &str, text: Option<&str>, value: &str) -> Option<String> {
        Typed::new(CompletionShell::Bash, word, text).replacement(value)
    }

    #[test]
    fn a_half_typed_word_of_bash_is_read_with_its_quotes() {
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
    fn bash_gets_the_replacement_of_the_part_that_it_replaces() {
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
                replacement(word, Some(text), value).as_deref(),
                Some(expected),
                "{word}"
            );
        }
        // An empty text comes as `None`.
        assert_eq!(
            replacement("--shell=", None, "--shell=bash").as_deref(),
            Some("bash")
        );
        assert_eq!(replacement("a:b", Some("b"), "c"), None);
    }

    #[test]
    fn a_value_is_one_word_of_nushell() {
        for (value, word) in [("a@b+c.d", "a@b+c.d"), ("a b", "`a b`"), ("$a`", "\"$a`\"")] {
            assert_eq!(nushell(value), word);
        }
    }
}
