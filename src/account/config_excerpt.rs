//! Positions in config.toml: the number of the line, and as much of it as an error may show. No part of a file is
//! sliced anywhere else for an error.

use std::ops::Range;

use unicode_width::UnicodeWidthChar as _;

/// The keys whose values are shown. Any other value may be a secret: that of `mfa_command`, `external_id` or a variable
/// in `env`, but also one of a key that is misspelt, or that belongs into another file.
const SHOWN_KEYS: [&str; 11] = [
    "source_profile",
    "mfa_serial",
    "role_arn",
    "alias",
    "save_to",
    "region",
    "duration",
    "role_session_name",
    "confirm",
    "share",
    "persist",
];

/// The characters of a line that are shown before the error, and from its start on.
const BEFORE: usize = 60;
const FROM_START: usize = 60;

/// The most characters of a parser's message that are shown: it may quote a key or a value of any length.
const MAX_MESSAGE: usize = 300;

/// The part of config.toml that an error shows.
#[derive(Debug)]
pub(super) struct Excerpt {
    /// The number of the line, from 1 on.
    pub(super) line: usize,
    /// The key before the line's first `=`, as it is written.
    pub(super) key: String,
    /// Whether the values in the line, and those that the parser's message quotes, may be shown.
    pub(super) shows_values: bool,
    /// The line, and below it marks under the part that is wrong, each after a line end and two blanks; empty if
    /// nothing of the line may be shown.
    pub(super) picture: String,
}

impl Excerpt {
    /// The excerpt for a span of bytes, which may start and end anywhere: after the text, within a character or a
    /// line end.
    pub(super) fn new(text: &str, span: Range<usize>) -> Self {
        let start = text.floor_char_boundary(span.start);
        let end = text.floor_char_boundary(span.end).max(start);
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line = text[line_start..].split('\n').next().unwrap_or_default();
        let line = line.trim_end_matches('\r');
        let shown = Shown::new(&text[..line_start], line);
        let picture = picture(
            shown.text,
            shown.text.len() < line.trim_end().len(),
            start - line_start..end - line_start,
        );
        Self {
            line: 1 + text[..line_start].matches('\n').count(),
            key: key_of(line).unwrap_or_default().to_owned(),
            shows_values: shown.has_values,
            picture,
        }
    }
}

/// The part of a line that may be shown.
struct Shown<'a> {
    text: &'a str,
    has_values: bool,
}

impl<'a> Shown<'a> {
    fn new(before: &str, line: &'a str) -> Self {
        let nothing = Self {
            text: "",
            has_values: false,
        };
        // A line within a string of several lines is a part of some value.
        let is_open = |quotes: &str| before.matches(quotes).count() % 2 == 1;
        if is_open("\"\"\"") || is_open("'''") || is_in_env(before) {
            return nothing;
        }
        if line.trim_start().starts_with('[') {
            let end = line.find([']', '=']).map_or(line.len(), |at| at + 1);
            return Self {
                text: line[..end].trim_end(),
                has_values: false,
            };
        }
        let Some(key) = key_of(line) else {
            return nothing;
        };
        let parts = || key.split('.').map(str::trim);
        let has_values = parts()
            .next_back()
            .is_some_and(|last| SHOWN_KEYS.contains(&last))
            && parts().all(|part| part != "env" && is_bare(part));
        let equals_sign = line.find('=').map_or(line.len(), |at| at + 1);
        Self {
            text: if has_values {
                line
            } else {
                &line[..equals_sign]
            },
            has_values,
        }
    }
}

/// Whether the line after this text is in a table `env`: below a header with that name, or in an inline table that is
/// not closed on the line on which it begins.
fn is_in_env(before: &str) -> bool {
    for line in before.lines().rev() {
        let line = line.trim();
        if line.starts_with('[') {
            let names = line.trim_matches(['[', ']', ' ']);
            return names
                .split('.')
                .any(|name| name.trim().trim_matches(['"', '\'']) == "env");
        }
        let begins_env =
            key_of(line).is_some_and(|key| key.split('.').any(|part| part.trim() == "env"));
        if begins_env && line.contains('{') && !line.ends_with('}') {
            return true;
        }
    }
    false
}

/// The text before the first `=` of a line.
fn key_of(line: &str) -> Option<&str> {
    let (key, _) = line.split_once('=')?;
    let key = key.trim();
    let has_key_only = key
        .chars()
        .all(|c| c.is_alphanumeric() || "-_.'\" ".contains(c));
    // `mfa_command "x --pin=1"` has no key before its `=`.
    let is_quoted_value = key.contains(' ') && key.contains(['"', '\'']);
    (has_key_only && !is_quoted_value).then_some(key)
}

/// Whether this is a bare key: <https://toml.io/en/v1.0.0#keys>.
fn is_bare(part: &str) -> bool {
    !part.is_empty()
        && part
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

/// The line with marks below the part at `span`, in bytes of the line. Of a long line, the part around its start is
/// shown; `is_cut` means that the line goes on.
fn picture(line: &str, is_cut: bool, span: Range<usize>) -> String {
    if line.trim().is_empty() {
        return String::new();
    }
    let (start, end) = (
        line.floor_char_boundary(span.start),
        line.floor_char_boundary(span.end),
    );
    let chars_before = line[..start].chars().count();
    let skipped = chars_before.saturating_sub(BEFORE);
    let marked = line[start..end].chars().count();
    let mut shown = String::new();
    let mut width_before = 0;
    let mut width_marked = 0;
    if skipped > 0 {
        shown.push('…');
        width_before += 1;
    }
    let mut rest = line.chars().skip(skipped);
    for (index, c) in rest
        .by_ref()
        .take(chars_before - skipped + FROM_START)
        .enumerate()
    {
        // A terminal gives a control character no width, or another one in each column.
        let c = if c.is_control() { ' ' } else { c };
        shown.push(c);
        let width = c.width().unwrap_or(0);
        match index {
            _ if index < chars_before - skipped => width_before += width,
            _ if index < chars_before - skipped + marked => width_marked += width,
            _ => {}
        }
    }
    if is_cut {
        shown.push(' ');
        if start == line.len() {
            width_before += 1;
        }
    }
    if is_cut || rest.next().is_some() {
        shown.push('…');
    }
    let marks = "^".repeat(width_marked.max(1));
    format!("\n  {}\n  {}{marks}", shown, " ".repeat(width_before))
}

/// The beginning of a message, if it is longer than an error should be.
pub(super) fn clip(message: &str) -> String {
    match message.char_indices().nth(MAX_MESSAGE) {
        Some((end, _)) => format!("{}…", &message[..end]),
        None => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_span_of_every_text_has_a_picture_with_few_columns() {
        let long = format!("region = \"{}\" x\r\n", "日".repeat(70_000));
        for text in [
            "",
            "\r\n",
            "[a]\r\nregion = \"x\r\n",
            "region = 'ä\u{301}日\r",
            "\u{feff}x\n\n",
            "region = \"a\u{7}\u{202e}b\t\"",
        ] {
            for start in 0..text.len() + 3 {
                for end in 0..text.len() + 3 {
                    let excerpt = Excerpt::new(text, start..end);
                    assert!(excerpt.line <= 1 + text.matches('\n').count());
                    assert!(excerpt.picture.is_empty() || excerpt.picture.contains('^'));
                }
            }
        }
        for start in [0, 9, 65_535, 65_536, 70_000, long.len() - 3] {
            let picture = Excerpt::new(&long, start..long.len()).picture;
            assert!(picture.contains('^'), "{picture}");
            assert!(
                picture.lines().all(|line| line.chars().count() < 300),
                "{picture}"
            );
        }
    }

    #[test]
    fn marks_stand_under_the_error_in_every_width() {
        for (text, at, picture) in [
            (
                "region = \"日本\" x",
                "x",
                "\n  region = \"日本\" x\n                  ^",
            ),
            ("\tregion\t= x", "x", "\n   region = x\n            ^"),
            (
                "mfa_command = 'a' x",
                "x",
                "\n  mfa_command = …\n                ^",
            ),
            ("reion = 1", "reion", "\n  reion = …\n  ^^^^^"),
            (
                "[acounts.test] # x",
                "acounts",
                "\n  [acounts.test] …\n   ^^^^^^^",
            ),
        ] {
            let start = text.find(at).unwrap();
            let excerpt = Excerpt::new(text, start..start + at.len());
            assert_eq!(excerpt.picture, picture, "{text}");
        }
    }
}
