//! The text of the credentials file, with the keys of one profile changed and every other byte kept. Called by
//! [`saved_profile`](super::saved_profile); nothing here reads or writes the file.

use std::fmt;

use zeroize::Zeroizing;

/// The text of a credentials file, split into lines. Changes are made in one section only: every byte outside
/// of it stays.
///
/// Lines are classified as by the parser of aws-config, the AWS SDK for Rust; a property test compares the two.
#[derive(Debug)]
pub struct CredentialsText<'a> {
    text: &'a str,
    lines: Vec<Line<'a>>,
}

#[derive(Clone, Copy, Debug)]
struct Line<'a> {
    /// With its line end.
    text: &'a str,
    kind: LineKind<'a>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LineKind<'a> {
    /// `[NAME]`: the text between the brackets.
    Header(&'a str),
    /// `KEY = VALUE`: the key, in the case in which it is written.
    Property(&'a str),
    /// An indented line, which continues the property before it.
    Continuation,
    /// A blank line or a comment.
    Nothing,
}

/// A line for which a credentials file is not changed.
#[derive(Debug, PartialEq, Eq)]
pub struct ParseError {
    /// The number of the line, counted from 1.
    pub line: usize,
    /// The reason.
    pub why: &'static str,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.why)
    }
}

/// The characters that are blanks in the AWS files: space and tab, no other white space.
const BLANKS: [char; 2] = [' ', '\t'];

impl<'a> CredentialsText<'a> {
    /// Parses a text.
    ///
    /// # Errors
    ///
    /// If the parser of aws-config would reject it, too.
    pub fn parse(text: &'a str) -> Result<Self, ParseError> {
        let mut lines = Vec::new();
        let mut scanner = Scanner::Start;
        for (at, line) in text.split_inclusive('\n').enumerate() {
            // A byte order mark is no part of the first line.
            let content = if at == 0 {
                line.strip_prefix('\u{feff}').unwrap_or(line)
            } else {
                line
            };
            let kind = scanner
                .kind(without_end(content))
                .map_err(|why| ParseError { line: at + 1, why })?;
            lines.push(Line { text: line, kind });
        }
        Ok(Self { text, lines })
    }

    /// The text with these values in section `name`; the other keys of the section are kept.
    ///
    /// Of several sections with this name the last is changed, because it is the one that AWS SDKs use; without
    /// one, a new section is appended.
    ///
    /// # Errors
    ///
    /// If AWS tools do not agree on whether a section has this name.
    pub fn with_values(
        &self,
        name: &str,
        values: &[(&str, &str)],
    ) -> Result<Zeroizing<String>, ParseError> {
        let added: usize = values
            .iter()
            .map(|(key, value)| key.len() + value.len() + 8)
            .sum();
        // Large enough not to grow: growing would leave a copy in memory that is not zeroed.
        let capacity = self.text.len() + name.len() + added + 16;
        let mut out = Zeroizing::new(String::with_capacity(capacity));
        let Some(header) = self.header(name)? else {
            self.append_section(&mut out, name, values);
            return Ok(out);
        };
        let start = header + 1;
        let end = self.lines[start..]
            .iter()
            .position(|line| matches!(line.kind, LineKind::Header(_)))
            .map_or(self.lines.len(), |length| start + length);
        let line_end = self.line_end(header);

        self.lines[..header]
            .iter()
            .for_each(|line| out.push_str(line.text));
        push_line(&mut out, self.lines[header].text, line_end);
        push_section(&mut out, &self.lines[start..end], values, line_end);
        self.lines[end..]
            .iter()
            .for_each(|line| out.push_str(line.text));
        Ok(out)
    }

    /// Whether a section of this name has the key, also without a value.
    #[must_use]
    pub fn has_key(&self, name: &str, key: &str) -> bool {
        self.properties(name, key).next().is_some()
    }

    /// The value of a key in the sections of this name, if it is not empty. Of several, the last counts.
    #[must_use]
    pub fn value(&self, name: &str, key: &str) -> Option<&str> {
        let values = self.properties(name, key).map(Line::value);
        values.filter(|value| !value.is_empty()).last()
    }

    fn properties(&self, name: &str, key: &str) -> impl Iterator<Item = &Line<'a>> {
        let mut inside = false;
        self.lines.iter().filter(move |line| {
            if let LineKind::Header(header) = line.kind {
                inside = header.trim_matches(BLANKS) == name;
            }
            inside && line.is_property(key)
        })
    }

    /// The line of the last header of this name.
    fn header(&self, name: &str) -> Result<Option<usize>, ParseError> {
        let is_other = |line: &Line<'_>| match line.kind {
            LineKind::Header(header) => header != name && header.trim_matches(BLANKS) == name,
            _ => false,
        };
        if let Some(at) = self.lines.iter().position(is_other) {
            return Err(ParseError {
                line: at + 1,
                why: "there are blanks within the brackets, \
                      and AWS tools do not agree on whether they are part of the name",
            });
        }
        Ok(self
            .lines
            .iter()
            .rposition(|line| line.kind == LineKind::Header(name)))
    }

    fn append_section(&self, out: &mut String, name: &str, values: &[(&str, &str)]) {
        let end = self.line_end(0);
        out.push_str(self.text);
        if let Some(last) = self.lines.last() {
            if last.end().is_none() {
                // A carriage return at the very end is part of a value; "\r\n" after it keeps it one.
                let ends_with_return = last.text.ends_with('\r');
                out.push_str(if ends_with_return { "\r\n" } else { end });
            }
            let is_blank = without_end(last.text).trim_matches(BLANKS).is_empty();
            if !is_blank {
                out.push_str(end);
            }
        }
        out.extend(["[", name, "]", end]);
        for (key, value) in values {
            out.extend([key, " = ", value, end]);
        }
    }

    /// The line end of this line, else of the first line, else a line feed.
    fn line_end(&self, line: usize) -> &'static str {
        let lines = [self.lines.get(line), self.lines.first()];
        lines
            .into_iter()
            .flatten()
            .find_map(Line::end)
            .unwrap_or("\n")
    }
}

fn push_line(out: &mut String, line: &str, end: &str) {
    out.push_str(line);
    if !line.ends_with('\n') {
        out.push_str(end);
    }
}

/// Appends the lines of a section with these values: each in the line that has its key, the new ones after the
/// last of those, so that a session stands in one place, or first if there are none.
fn push_section(out: &mut String, lines: &[Line<'_>], values: &[(&str, &str)], line_end: &str) {
    // Of a key that is there twice, the last one counts.
    let places: Vec<Option<usize>> = values
        .iter()
        .map(|(key, _)| lines.iter().rposition(|line| line.is_property(key)))
        .collect();
    let last = places.iter().flatten().max().copied();
    let push_new = |out: &mut String| {
        for ((key, value), place) in values.iter().zip(&places) {
            if place.is_none() {
                out.extend([key, " = ", value, line_end]);
            }
        }
    };
    if last.is_none() {
        push_new(out);
    }
    let mut is_replaced = false;
    for (at, line) in lines.iter().enumerate() {
        match line.kind {
            LineKind::Continuation if is_replaced => {
                // It would become part of the new value. A comment is kept, without its indentation.
                let comment = line.text.trim_start_matches(BLANKS);
                if comment.starts_with(['#', ';']) {
                    out.push_str(comment);
                }
                continue;
            }
            LineKind::Property(_) => {
                let value = places
                    .iter()
                    .position(|place| *place == Some(at))
                    .map(|value| values[value].1);
                is_replaced = value.is_some();
                if let Some(value) = value {
                    out.push_str(line.up_to_value());
                    out.push_str(value);
                    out.push_str(line.end().unwrap_or(line_end));
                }
            }
            _ => {}
        }
        if !is_replaced || line.kind == LineKind::Nothing {
            out.push_str(line.text);
        }
        if last == Some(at) {
            push_new(out);
        }
    }
}

impl Line<'_> {
    /// The line end, if it has one: the last line may have none.
    fn end(&self) -> Option<&'static str> {
        if self.text.ends_with("\r\n") {
            Some("\r\n")
        } else {
            self.text.ends_with('\n').then_some("\n")
        }
    }

    fn is_property(&self, key: &str) -> bool {
        matches!(self.kind, LineKind::Property(written) if written.eq_ignore_ascii_case(key))
    }

    /// The line up to its value: `KEY = `, in the case and with the blanks in which it is written.
    fn up_to_value(&self) -> &str {
        let line = without_end(self.text);
        let after_sign = line.find('=').map_or(line.len(), |at| at + 1);
        let value = line[after_sign..].trim_start_matches(BLANKS);
        &line[..line.len() - value.len()]
    }

    fn value(&self) -> &str {
        let value = without_end(&self.text[self.up_to_value().len()..]);
        without_comment(value, true)
    }
}

/// The line without its end. A carriage return alone is no line end.
fn without_end(line: &str) -> &str {
    let end = line.strip_suffix("\r\n").or(line.strip_suffix('\n'));
    end.unwrap_or(line)
}

/// The state of the parser before the next line.
enum Scanner {
    /// Before the first section.
    Start,
    /// In a section, before its first property.
    Section,
    /// After a property; `nests`: its value is empty, so that indented lines are properties nested in it.
    Property { nests: bool },
}

impl Scanner {
    /// The kind of the next line, or the reason why it is invalid.
    fn kind<'a>(&mut self, line: &'a str) -> Result<LineKind<'a>, &'static str> {
        if line.trim_matches(BLANKS).is_empty() || line.starts_with(['#', ';']) {
            return Ok(LineKind::Nothing);
        }
        if line.starts_with('[') {
            let header = without_comment(line, false)
                .strip_prefix('[')
                .unwrap_or_default();
            let name = header
                .strip_suffix(']')
                .ok_or("a section's name must end with `]`")?;
            *self = Self::Section;
            return Ok(LineKind::Header(name));
        }
        let property = |line: &'a str| {
            let (key, value) = without_comment(line, true)
                .split_once('=')
                .ok_or("there is no `=`")?;
            let key = key.trim_matches(BLANKS);
            if key.is_empty() {
                Err("there is no name before the `=`")
            } else {
                Ok((key, value.trim_matches(BLANKS)))
            }
        };
        match self {
            Self::Start => Err("it is before the first section"),
            Self::Section if line.starts_with(BLANKS) => {
                Err("it is indented, but follows no property")
            }
            Self::Property { nests } if line.starts_with(BLANKS) => {
                if *nests {
                    property(line)?;
                }
                Ok(LineKind::Continuation)
            }
            Self::Section | Self::Property { .. } => {
                let (key, value) = property(line)?;
                *self = Self::Property {
                    nests: value.is_empty(),
                };
                Ok(LineKind::Property(key))
            }
        }
    }
}

/// The line without a comment at its end, and without blanks around it. `needs_blank`: `#` and `;` begin a
/// comment only after white space.
fn without_comment(line: &str, needs_blank: bool) -> &str {
    let line = line.trim_matches(BLANKS);
    let mut before_is_space = false;
    for (at, c) in line.char_indices() {
        if matches!(c, '#' | ';') && (before_is_space || !needs_blank) {
            return line[..at].trim_matches(BLANKS);
        }
        before_is_space = c.is_whitespace();
    }
    line
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const VALUES: [(&str, &str); 2] =
        [("aws_access_key_id", "NEW"), ("aws_session_token", "TOKEN")];

    #[track_caller]
    fn edited(before: &str, after: &str) {
        let text = CredentialsText::parse(before).unwrap();
        assert_eq!(*text.with_values("test", &VALUES).unwrap(), after);
        // And once more, nothing changes.
        let text = CredentialsText::parse(after).unwrap();
        assert_eq!(*text.with_values("test", &VALUES).unwrap(), after);
    }

    #[test]
    fn a_new_section_comes_at_the_end() {
        let section = "[test]\naws_access_key_id = NEW\naws_session_token = TOKEN\n";
        edited("", section);
        edited("[a]\nb = c\n", &format!("[a]\nb = c\n\n{section}"));
        edited("[a]\nb = c", &format!("[a]\nb = c\n\n{section}"));
        edited("[a]\nb = c\n\n", &format!("[a]\nb = c\n\n{section}"));
        edited(
            "# only a comment",
            &format!("# only a comment\n\n{section}"),
        );
        edited(
            "[a]\r\nb = c\r\n",
            &format!("[a]\r\nb = c\r\n\r\n{}", section.replace('\n', "\r\n")),
        );
        edited("\u{feff}[a]\n", &format!("\u{feff}[a]\n\n{section}"));
    }

    #[test]
    fn values_are_replaced_where_they_stand() {
        edited(
            "[a]\nx = y\n\n[test] # mine\n; old\nAWS_Access_Key_Id=OLD # why\n\n\
             aws_session_token\t=  OLD\r\nregion = r\n[b]\nz = 1",
            "[a]\nx = y\n\n[test] # mine\n; old\nAWS_Access_Key_Id=NEW\n\n\
             aws_session_token\t=  TOKEN\r\nregion = r\n[b]\nz = 1",
        );
    }

    #[test]
    fn what_is_missing_joins_what_is_there() {
        edited(
            "[test]\nregion = r\n",
            "[test]\naws_access_key_id = NEW\naws_session_token = TOKEN\nregion = r\n",
        );
        edited(
            "[test]",
            "[test]\naws_access_key_id = NEW\naws_session_token = TOKEN\n",
        );
        edited(
            "[test]\nr = s\naws_access_key_id = OLD",
            "[test]\nr = s\naws_access_key_id = NEW\naws_session_token = TOKEN\n",
        );
        edited(
            "[test]\r\nr = s",
            "[test]\r\naws_access_key_id = NEW\r\naws_session_token = TOKEN\r\nr = s",
        );
    }

    #[test]
    fn the_rest_of_an_old_value_goes_with_it() {
        edited(
            "[test]\naws_session_token = OLD\n  more\n\n\t# a comment\n  and = more\nregion = r\n  nested\n",
            "[test]\naws_session_token = TOKEN\naws_access_key_id = NEW\n\n# a comment\nregion = r\n  nested\n",
        );
    }

    #[test]
    fn of_two_sections_or_keys_the_last_counts() {
        edited(
            "[test]\naws_access_key_id = 1\n[test]\naws_access_key_id = 2\naws_access_key_id = 3\n",
            "[test]\naws_access_key_id = 1\n[test]\naws_access_key_id = 2\n\
             aws_access_key_id = NEW\naws_session_token = TOKEN\n",
        );
    }

    #[test]
    fn what_no_aws_tool_reads_is_not_changed() {
        for (text, line) in [
            ("a = b\n", 1),
            ("[a]\n  b = c\n", 2),
            ("[a\n", 1),
            ("[a]\nb\n", 2),
            ("[a]\n= b\n", 2),
            ("[a]\nb =\n  c\n", 3),
        ] {
            assert_eq!(
                CredentialsText::parse(text).unwrap_err().line,
                line,
                "{text:?}"
            );
        }
        let blanks = CredentialsText::parse("[a]\n[ test ]\n").unwrap();
        assert_eq!(blanks.with_values("test", &VALUES).unwrap_err().line, 2);
    }

    #[test]
    fn keys_are_found_in_their_section() {
        let text = CredentialsText::parse("[a]\nrole_arn = x\n[test]\nRole_ARN = y # z\nempty =\n")
            .unwrap();
        assert_eq!(text.value("test", "role_arn"), Some("y"));
        assert_eq!(text.value("test", "empty"), None);
        assert_eq!(text.value("b", "role_arn"), None);
        assert!(text.has_key("test", "empty"));
        assert!(!text.has_key("a", "empty"));
    }

    /// The name of a profile, and its values.
    type Profile = (String, Vec<Option<String>>);

    fn joined(lines: &[Line<'_>]) -> String {
        lines.iter().map(|line| line.text).collect()
    }

    /// Texts made of lines that are hard to parse.
    fn awkward_text() -> impl Strategy<Value = String> {
        let line = prop::sample::select(vec![
            "[test]",
            "[a]",
            "[b c]",
            "[\"q\"]",
            "[test] ; c",
            "[a]#c",
            "[ test ]",
            "key = value",
            "key=value",
            "KEY\t=\tvalue # c",
            "key =",
            "  nested = 1",
            "\tnested=2",
            "  plain",
            "# comment",
            "; comment",
            "  # indented",
            "",
            "   ",
            "aws_access_key_id = OLD",
            "aws_session_token=OLD ; c",
            "AWS_ACCESS_KEY_ID = OLD",
            "ünï = çödé",
            "x = a=b=c",
            "no equals",
            "= no name",
            "[open",
            "]",
            "k = v\u{a0}# c",
            "\u{2028}",
            "k = \r v",
        ]);
        let end = prop::sample::select(vec!["\n", "\r\n", "\n\n"]);
        let lines = prop::collection::vec((line, end), 0..14);
        (prop::bool::weighted(0.1), lines, prop::bool::ANY).prop_map(|(bom, lines, last_end)| {
            let mut text = if bom {
                "\u{feff}".to_owned()
            } else {
                String::new()
            };
            for (line, end) in &lines {
                text.extend([*line, *end]);
            }
            if last_end {
                text
            } else {
                text.trim_end_matches('\n').to_owned()
            }
        })
    }

    /// The profiles that aws-config's parser finds in a text, each with its keys and values.
    fn by_aws_config(text: &str) -> Option<Vec<Profile>> {
        let profiles = crate::account::aws_profiles::testing::try_profiles(text)?;
        let keys = [
            "key",
            "ünï",
            "x",
            "k",
            "aws_access_key_id",
            "aws_session_token",
        ];
        let names = profiles.names();
        let values = |name: &str| {
            keys.iter()
                .map(|key| profiles.get(name)?.get(key).map(str::to_owned))
                .collect()
        };
        Some(
            names
                .iter()
                .map(|name| ((*name).to_owned(), values(name)))
                .collect(),
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn other_bytes_and_other_profiles_stay(text in awkward_text()) {
            let before = by_aws_config(&text);
            let parsed = CredentialsText::parse(&text);
            prop_assert_eq!(parsed.is_ok(), before.is_some(), "{:?}", parsed.err());
            let (Some(before), Ok(parsed)) = (before, parsed) else { return Ok(()) };
            let Ok(after) = parsed.with_values("test", &VALUES) else {
                prop_assert!(text.contains("[ test ]"));
                return Ok(());
            };

            // Every byte outside of the section stays.
            let section = parsed.header("test").unwrap();
            let head = &parsed.lines[..section.unwrap_or(parsed.lines.len())];
            prop_assert!(after.starts_with(&joined(head)));
            if let Some(section) = section {
                let rest = &parsed.lines[section + 1..];
                let next = rest.iter().position(|line| matches!(line.kind, LineKind::Header(_)));
                if let Some(next) = next {
                    prop_assert!(after.ends_with(&joined(&rest[next..])));
                }
            }

            let after = by_aws_config(&after).expect("it can be read as before");
            let others = |profiles: &[Profile]| -> Vec<Profile> {
                profiles.iter().filter(|(name, _)| name != "test").cloned().collect()
            };
            prop_assert_eq!(others(&before), others(&after));
            let ours = &after.iter().find(|(name, _)| name == "test").expect("the section is there").1;
            prop_assert_eq!(ours[4].as_deref(), Some("NEW"));
            prop_assert_eq!(ours[5].as_deref(), Some("TOKEN"));
        }
    }
}
