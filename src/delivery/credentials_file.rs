use std::fmt;

use zeroize::Zeroizing;

/// The text of a credentials file, taken apart into lines. It is changed in one section only: every
/// byte outside of it stays what it is.
///
/// What is a line of which kind is what aws-config's parser, and with it every AWS SDK, says.
#[derive(Debug)]
pub struct CredentialsText<'a> {
    text: &'a str,
    lines: Vec<Line<'a>>,
}

#[derive(Clone, Copy, Debug)]
struct Line<'a> {
    /// With its line end.
    text: &'a str,
    kind: Kind<'a>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind<'a> {
    /// `[NAME]`: what stands between the brackets.
    Header(&'a str),
    /// `KEY = VALUE`, with the key as it is written.
    Property(&'a str),
    /// An indented line, which goes on with the property before it.
    Continuation,
    /// A blank line or a comment.
    Nothing,
}

/// Why a file is not changed, and where.
#[derive(Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub why: &'static str,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.why)
    }
}

/// Blanks, as the AWS files have it: not every white space is one.
const BLANKS: [char; 2] = [' ', '\t'];

impl<'a> CredentialsText<'a> {
    /// Takes a text apart.
    ///
    /// # Errors
    ///
    /// If an AWS SDK could not read it either.
    pub fn parse(text: &'a str) -> Result<Self, Unreadable> {
        let mut lines = Vec::new();
        let mut scanner = Scanner::Start;
        for (at, line) in text.split_inclusive('\n').enumerate() {
            // A byte order mark belongs to no line.
            let shown = if at == 0 {
                line.strip_prefix('\u{feff}').unwrap_or(line)
            } else {
                line
            };
            let kind = scanner
                .kind(without_end(shown))
                .map_err(|why| Unreadable { line: at + 1, why })?;
            lines.push(Line { text: line, kind });
        }
        Ok(Self { text, lines })
    }

    /// The text in which section `name` has these values, its other keys as they are.
    ///
    /// The last section of this name is changed, which is the one that counts; without one, a new
    /// one is put at the end.
    ///
    /// # Errors
    ///
    /// If AWS tools do not agree on whether a section has this name.
    pub fn with_values(
        &self,
        name: &str,
        values: &[(&str, &str)],
    ) -> Result<Zeroizing<String>, Unreadable> {
        let capacity = self.text.len()
            + values
                .iter()
                .map(|(key, value)| key.len() + value.len() + 8)
                .sum::<usize>()
            + name.len()
            + 16;
        let mut out = Zeroizing::new(String::with_capacity(capacity));
        let Some(header) = self.header(name)? else {
            self.append_section(&mut out, name, values);
            return Ok(out);
        };
        let after = header + 1;
        let len = self.lines[after..]
            .iter()
            .position(|line| matches!(line.kind, Kind::Header(_)));
        let end = len.map_or(self.lines.len(), |len| after + len);
        let section = &self.lines[after..end];

        // Of a key that is there twice, the last one counts.
        let line_of = |key: &str| section.iter().rposition(|line| line.is_property(key));
        let places: Vec<Option<usize>> = values.iter().map(|(key, _)| line_of(key)).collect();
        // What is new comes behind what is there, so that a session stands in one place.
        let last = places.iter().flatten().max().copied();
        let end_of_lines = self.line_end(header);

        self.lines[..header]
            .iter()
            .for_each(|line| out.push_str(line.text));
        push_line(&mut out, self.lines[header].text, end_of_lines);
        let new = |out: &mut String| {
            for ((key, value), _) in values
                .iter()
                .zip(&places)
                .filter(|(_, place)| place.is_none())
            {
                out.extend([key, " = ", value, end_of_lines]);
            }
        };
        if last.is_none() {
            new(&mut out);
        }
        let mut ours = false;
        for (at, line) in section.iter().enumerate() {
            match line.kind {
                Kind::Continuation if ours => {
                    // It would become part of the value. As a comment it is worth keeping.
                    let comment = line.text.trim_start_matches(BLANKS);
                    if comment.starts_with(['#', ';']) {
                        out.push_str(comment);
                    }
                    continue;
                }
                Kind::Property(_) => {
                    let value = places
                        .iter()
                        .position(|place| *place == Some(at))
                        .map(|value| values[value].1);
                    ours = value.is_some();
                    if let Some(value) = value {
                        out.push_str(line.up_to_value());
                        out.push_str(value);
                        out.push_str(line.end().unwrap_or(end_of_lines));
                    }
                }
                _ => {}
            }
            if !ours || line.kind == Kind::Nothing {
                out.push_str(line.text);
            }
            if last == Some(at) {
                new(&mut out);
            }
        }
        self.lines[end..]
            .iter()
            .for_each(|line| out.push_str(line.text));
        Ok(out)
    }

    /// Whether a section of this name has the key, be it without a value.
    #[must_use]
    pub fn has_key(&self, name: &str, key: &str) -> bool {
        self.properties(name, key).next().is_some()
    }

    /// The value of a key in the sections of this name, if it has one. Of several, the last counts.
    #[must_use]
    pub fn value(&self, name: &str, key: &str) -> Option<&str> {
        let values = self.properties(name, key).map(Line::value);
        values.filter(|value| !value.is_empty()).last()
    }

    fn properties(&self, name: &str, key: &str) -> impl Iterator<Item = &Line<'a>> {
        let mut inside = false;
        self.lines.iter().filter(move |line| {
            if let Kind::Header(header) = line.kind {
                inside = header.trim_matches(BLANKS) == name;
            }
            inside && line.is_property(key)
        })
    }

    /// The line of the last header of this name.
    fn header(&self, name: &str) -> Result<Option<usize>, Unreadable> {
        let is_other = |line: &Line<'_>| match line.kind {
            Kind::Header(header) => header != name && header.trim_matches(BLANKS) == name,
            _ => false,
        };
        if let Some(at) = self.lines.iter().position(is_other) {
            return Err(Unreadable {
                line: at + 1,
                why: "there are blanks within the brackets, and AWS tools do not agree on whether they are part of the name",
            });
        }
        Ok(self
            .lines
            .iter()
            .rposition(|line| line.kind == Kind::Header(name)))
    }

    fn append_section(&self, out: &mut String, name: &str, values: &[(&str, &str)]) {
        let end = self.line_end(0);
        out.push_str(self.text);
        if let Some(last) = self.lines.last() {
            if last.end().is_none() {
                // A carriage return at the very end is part of a value, and stays one.
                let cut = last.text.ends_with('\r');
                out.push_str(if cut { "\r\n" } else { end });
            }
            let blank = without_end(last.text).trim_matches(BLANKS).is_empty();
            if !blank {
                out.push_str(end);
            }
        }
        out.extend(["[", name, "]", end]);
        for (key, value) in values {
            out.extend([key, " = ", value, end]);
        }
    }

    /// How lines end here: as this one does, else as the first one does.
    fn line_end(&self, line: usize) -> &'static str {
        let of = |line: Option<&Line<'_>>| line.and_then(Line::end);
        of(self.lines.get(line))
            .or(of(self.lines.first()))
            .unwrap_or("\n")
    }
}

fn push_line(out: &mut String, line: &str, end: &str) {
    out.push_str(line);
    if !line.ends_with('\n') {
        out.push_str(end);
    }
}

impl Line<'_> {
    fn end(&self) -> Option<&'static str> {
        if self.text.ends_with("\r\n") {
            Some("\r\n")
        } else {
            self.text.ends_with('\n').then_some("\n")
        }
    }

    fn is_property(&self, key: &str) -> bool {
        matches!(self.kind, Kind::Property(written) if written.eq_ignore_ascii_case(key))
    }

    /// `KEY = ` as it is written.
    fn up_to_value(&self) -> &str {
        let line = without_end(self.text);
        let behind = line.find('=').map_or(line.len(), |at| at + 1);
        let value = line[behind..].trim_start_matches(BLANKS);
        &line[..line.len() - value.len()]
    }

    fn value(&self) -> &str {
        let value = without_end(&self.text[self.up_to_value().len()..]);
        without_comment(value, true)
    }
}

/// A line without its end; a carriage return alone is none.
fn without_end(line: &str) -> &str {
    let end = line.strip_suffix("\r\n").or(line.strip_suffix('\n'));
    end.unwrap_or(line)
}

/// Where in a file the next line stands.
enum Scanner {
    /// Before the first section.
    Start,
    /// In a section, before its first property.
    Section,
    /// Behind a property; whether it is one that others are nested in.
    Property { nests: bool },
}

impl Scanner {
    fn kind<'a>(&mut self, line: &'a str) -> Result<Kind<'a>, &'static str> {
        if line.trim_matches(BLANKS).is_empty() || line.starts_with(['#', ';']) {
            return Ok(Kind::Nothing);
        }
        if line.starts_with('[') {
            let header = without_comment(line, false)
                .strip_prefix('[')
                .unwrap_or_default();
            let name = header
                .strip_suffix(']')
                .ok_or("a section's name must end with `]`")?;
            *self = Self::Section;
            return Ok(Kind::Header(name));
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
            Self::Start => Err("it stands before the first section"),
            Self::Section if line.starts_with(BLANKS) => {
                Err("it is indented, but follows no value")
            }
            Self::Property { nests } if line.starts_with(BLANKS) => {
                if *nests {
                    property(line)?;
                }
                Ok(Kind::Continuation)
            }
            Self::Section | Self::Property { .. } => {
                let (key, value) = property(line)?;
                *self = Self::Property {
                    nests: value.is_empty(),
                };
                Ok(Kind::Property(key))
            }
        }
    }
}

/// The line without the comment at its end, and without blanks around it.
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
            "[a]\nx = y\n\n[test] # mine\n; old\nAWS_Access_Key_Id=OLD # why\n\naws_session_token\t=  OLD\r\nregion = r\n[b]\nz = 1",
            "[a]\nx = y\n\n[test] # mine\n; old\nAWS_Access_Key_Id=NEW\n\naws_session_token\t=  TOKEN\r\nregion = r\n[b]\nz = 1",
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
            "[test]\naws_access_key_id = 1\n[test]\naws_access_key_id = 2\naws_access_key_id = NEW\naws_session_token = TOKEN\n",
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

    /// Lines of which awkward files are made.
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

    /// What aws-config's parser makes of a text: for each profile its keys and values.
    fn by_aws_config(text: &str) -> Option<Vec<(String, Vec<Option<String>>)>> {
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
            let head: String = parsed.lines[..section.unwrap_or(parsed.lines.len())].iter().map(|line| line.text).collect();
            prop_assert!(after.starts_with(&head));
            if let Some(section) = section {
                let next = parsed.lines[section + 1..].iter().position(|line| matches!(line.kind, Kind::Header(_)));
                if let Some(next) = next {
                    let tail: String = parsed.lines[section + 1 + next..].iter().map(|line| line.text).collect();
                    prop_assert!(after.ends_with(&tail));
                }
            }

            let after = by_aws_config(&after).expect("it can be read as before");
            let others = |profiles: &[(String, Vec<Option<String>>)]| profiles.iter().filter(|(name, _)| name != "test").cloned().collect::<Vec<_>>();
            prop_assert_eq!(others(&before), others(&after));
            let ours = &after.iter().find(|(name, _)| name == "test").expect("the section is there").1;
            prop_assert_eq!(ours[4].as_deref(), Some("NEW"));
            prop_assert_eq!(ours[5].as_deref(), Some("TOKEN"));
        }
    }
}
