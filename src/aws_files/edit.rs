//! The text of a file with other values in one section. Every other byte stays. `delivery::saved_profile` writes the
//! credentials file with it; nothing here touches the disk.

use std::fmt;

use zeroize::Zeroizing;

use super::blank::{self, Line, indentation, trim, trim_start};
use super::document::{Block, Document, Entry};
use super::fault::{Cost, FaultKind};

/// The cause for which a file is not changed, and the line of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uneditable {
    /// The number of the line, counted from 1.
    pub line: usize,
    /// The fault of that line.
    pub cause: UneditableCause,
}

/// The cause for which a section is not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UneditableCause {
    /// A line of it cannot be read, so that what it says is not known.
    Fault(FaultKind),
    /// A header that the AWS tools read as different names.
    NameInDispute,
    /// A header that is indented more than the key before it, and with it a part of that key's value, which
    /// is to be replaced.
    HeaderInValue,
    /// `[DEFAULT]`, whose keys all sections have.
    Default,
}

impl fmt::Display for Uneditable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: ", self.line)?;
        match self.cause {
            UneditableCause::Fault(kind) => kind.fmt(f),
            UneditableCause::NameInDispute => f.write_str(
                "AWS tools do not agree on the name of this section: there are blanks within the brackets, \
                 or a bracket in the comment",
            ),
            UneditableCause::HeaderInValue => f.write_str(
                "this section header is indented, which makes it a part of the value above it",
            ),
            UneditableCause::Default => f.write_str("the keys of [DEFAULT] belong to all sections"),
        }
    }
}

impl Document {
    /// Whether a section of this name has the key, be it without a value or by `[DEFAULT]`.
    #[must_use]
    pub fn has_key(&self, name: &str, key: &str) -> bool {
        self.entry(name, key).is_some()
    }

    /// The text of a key's value in the sections of this name, without a comment, if it is not blank.
    #[must_use]
    pub fn text(&self, name: &str, key: &str) -> Option<&str> {
        let value = self.value_without_comment(self.entry(name, key)?);
        let text = std::str::from_utf8(value).ok();
        text.filter(|text| !text.is_empty())
    }

    fn entry(&self, name: &str, key: &str) -> Option<&Entry> {
        self.find(self.last_of(name)?, key)
    }

    /// The last section of this name.
    fn last_of(&self, name: &str) -> Option<u32> {
        let is_it = |block: &Block| block.is_whole && self.part(block.name) == name.as_bytes();
        let position = self.blocks.iter().rposition(is_it)?;
        u32::try_from(position).ok()
    }

    /// The file in which the section `name` has these values, its other keys as they are to botocore and
    /// every byte outside of the section as it is.
    ///
    /// The last section of this name is changed, which is the one that counts. Without one, a new one is put
    /// at the end.
    ///
    /// # Errors
    ///
    /// If the section or `[DEFAULT]`, whose keys it has, cannot be read, or if AWS tools do not agree on whether
    /// it has this name. A new section is refused for `[DEFAULT]` as one that is there: it could not be changed
    /// again.
    pub fn with_values(
        &self,
        name: &str,
        values: &[(&str, &str)],
    ) -> Result<Zeroizing<Vec<u8>>, Uneditable> {
        let longer: usize = values
            .iter()
            .map(|(key, value)| key.len() + value.len() + 64)
            .sum();
        let capacity = self.bytes.len() + longer + name.len() + 64;
        let mut out = Zeroizing::new(Vec::with_capacity(capacity));
        match self.editable(name)? {
            Some(block) => self.change_section(&mut out, block, values)?,
            None => self.append_section(&mut out, name, values),
        }
        Ok(out)
    }

    /// The section that is to be changed.
    pub(super) fn editable(&self, name: &str) -> Result<Option<u32>, Uneditable> {
        for block in &self.blocks {
            let line = block.line as usize;
            let is_it = self.part(block.name) == name.as_bytes();
            if is_it && name == "DEFAULT" {
                let cause = UneditableCause::Default;
                return Err(Uneditable { line, cause });
            }
            if is_it && !block.is_whole {
                let cause = UneditableCause::Fault(FaultKind::UnclosedHeader);
                return Err(Uneditable { line, cause });
            }
            if !is_it && self.named_by_sdk(block) == Some(name.as_bytes()) {
                let cause = UneditableCause::NameInDispute;
                return Err(Uneditable { line, cause });
            }
        }
        let block = self.last_of(name);
        let loss = match block {
            Some(block) => self.loss(block),
            None => self.loss_in_defaults(),
        };
        match loss {
            Some(fault) => Err(Uneditable {
                line: fault.line,
                cause: UneditableCause::Fault(fault.kind),
            }),
            None if block.is_none() => self.inheritable().map(|()| None),
            None => Ok(block),
        }
    }

    /// Checks that a new section would not make botocore read a value of `[DEFAULT]` that it cannot read.
    fn inheritable(&self) -> Result<(), Uneditable> {
        let defaults = self
            .defaults
            .iter()
            .map(|block| &self.blocks[*block as usize]);
        let mut entries = defaults.flat_map(|block| self.entries_of(block));
        match entries.find(|entry| entry.is_lost && !self.is_inherited(entry)) {
            Some(entry) => Err(Uneditable {
                line: entry.line as usize,
                cause: UneditableCause::Fault(FaultKind::NestedWithoutEquals),
            }),
            None => Ok(()),
        }
    }

    fn change_section(
        &self,
        out: &mut Vec<u8>,
        index: u32,
        values: &[(&str, &str)],
    ) -> Result<(), Uneditable> {
        let block = &self.blocks[index as usize];
        let end = match self.blocks.get(index as usize + 1) {
            Some(next) => next.start as usize,
            None => self.bytes.len(),
        };
        let entries = self.entries_of(block);
        // Of a key that is there twice, the last one counts.
        let position_of = |key: &str| entries.iter().rposition(|entry| self.is_of(entry, key));
        let positions: Vec<Option<usize>> =
            values.iter().map(|(key, _)| position_of(key)).collect();
        // What is new comes after what is there, so that the keys of a session stay together.
        let last = positions.iter().flatten().max().copied();
        let mut lines = blank::lines(&self.bytes, block.start as usize);
        let Some(header) = lines.next() else {
            return Ok(());
        };
        let style = self.line_end(header);
        let indentation = self.new_indentation(block, header, last.map(|last| &entries[last]));
        let new = |out: &mut Vec<u8>| {
            let pairs = values.iter().zip(&positions);
            for ((key, value), _) in pairs.filter(|(_, position)| position.is_none()) {
                let parts = [indentation, key.as_bytes(), b" = ", value.as_bytes(), style];
                for part in parts {
                    out.extend(part);
                }
            }
        };

        out.extend(&self.bytes[..header.next]);
        if header.end == header.next {
            out.extend(style);
        }
        if last.is_none() {
            new(out);
        }
        // Whether the line before is one of the values, or goes on with one that is replaced.
        let mut ours = last.is_none();
        let mut number = block.line as usize;
        for line in lines.take_while(|line| line.start < end) {
            number += 1;
            let whole = &self.bytes[line.start..line.next];
            let text = trim(&self.bytes[line.start..line.end]);
            let at = entries.binary_search_by_key(&line.start, |entry| entry.start as usize);
            if let Ok(at) = at {
                let position = positions.iter().position(|position| *position == Some(at));
                ours = position.is_some();
                match position {
                    Some(position) => {
                        let up_to_value = line.start..entries[at].value.start as usize;
                        out.extend(&self.bytes[up_to_value]);
                        out.extend(values[position].1.as_bytes());
                        let end_of_line = &self.bytes[line.end..line.next];
                        out.extend(if end_of_line.is_empty() {
                            style
                        } else {
                            end_of_line
                        });
                    }
                    None => out.extend(whole),
                }
                if last == Some(at) {
                    new(out);
                }
            } else if self.is_read_on(number) {
                // It ends no value: what is indented below it belongs to the one above it.
                out.extend(whole);
            } else if ours && text.starts_with(b"[") && text.contains(&b']') {
                return Err(Uneditable {
                    line: number,
                    cause: UneditableCause::HeaderInValue,
                });
            } else if ours && matches!(text, [b'#' | b';', ..]) {
                // Indented, the SDKs would take it for a part of the new value.
                out.extend(trim_start(whole));
            } else if !ours || text.is_empty() {
                out.extend(whole);
            }
        }
        out.extend(&self.bytes[end..]);
        Ok(())
    }

    /// Whether the line is one that costs nothing and is no part of a value.
    pub(super) fn is_read_on(&self, line: usize) -> bool {
        let faults = self.faults_from(line).iter();
        let mut of_line = faults.take_while(|fault| fault.line == line);
        of_line.any(|fault| match fault.kind {
            FaultKind::NoKey | FaultKind::Nuls => true,
            // What comes after a lone carriage return in a comment is a line to botocore alone.
            FaultKind::NoDelimiter => fault.cost == Cost::Nothing,
            _ => false,
        })
    }

    /// The indentation of new lines after the header, or after an entry: that of the section's first key, if
    /// neither they nor the line that follows become a part of the value above them.
    fn new_indentation(&self, block: &Block, header: Line, after: Option<&Entry>) -> &[u8] {
        let first = self.entries_of(block).first();
        let of_line = |start: usize| {
            let rest = &self.bytes[start..];
            &rest[..indentation(rest).1]
        };
        let of_entry = |entry: &Entry| &self.bytes[entry.start as usize..entry.key.start as usize];
        let width = |blanks: &[u8]| indentation(blanks).0;
        let wanted = first.map_or_else(|| of_line(header.start), of_entry);
        let follows = |line: &Line| {
            let text = trim(&self.bytes[line.start..line.end]);
            !matches!(text, [] | [b'#' | b';', ..])
        };
        match after {
            None => {
                let mut widest = wanted;
                let numbers = block.line as usize + 1..;
                let lines = numbers.zip(blank::lines(&self.bytes, header.next));
                for (number, line) in lines.filter(|(_, line)| follows(line)) {
                    let own = of_line(line.start);
                    if width(own) > width(widest) {
                        widest = own;
                    }
                    // A line without a key ends no value: the one below it could still be a part of it.
                    if !self.is_read_on(number) {
                        break;
                    }
                }
                widest
            }
            Some(entry) => {
                let own = of_entry(entry);
                let lines = blank::lines(&self.bytes, entry.start as usize).skip(1);
                let mut widths = lines.filter(follows).map(|line| width(of_line(line.start)));
                // What is indented more is a part of the value, and goes with it.
                let next = widths.find(|width_of_next| *width_of_next <= width(own));
                let next = next.unwrap_or(0);
                let fits = (next..=width(own)).contains(&width(wanted));
                if fits { wanted } else { own }
            }
        }
    }

    fn append_section(&self, out: &mut Vec<u8>, name: &str, values: &[(&str, &str)]) {
        let style = match blank::lines(&self.bytes, 0).next() {
            Some(line) => self.line_end(line),
            None => b"\n",
        };
        out.extend(self.bytes.iter());
        let last = self
            .bytes
            .iter()
            .rposition(|byte| !matches!(byte, b'\n' | b'\r'));
        if let Some(last) = last {
            let ends = &self.bytes[last + 1..];
            let after_last = match ends {
                // After a carriage return alone, the line goes on to the SDKs.
                [b'\r'] if style != b"\r" => &b"\r\n"[..],
                [] => style,
                _ => b"",
            };
            out.extend(after_last);
            if blank::lines(ends, 0).count() < 2 {
                out.extend(style);
            }
        }
        for part in [b"[", name.as_bytes(), b"]", style] {
            out.extend(part);
        }
        for (key, value) in values {
            for part in [key.as_bytes(), b" = ", value.as_bytes(), style] {
                out.extend(part);
            }
        }
    }

    /// The line end that is used here: that of this line, else that of the first one. A lone carriage return, which
    /// ends no line to the SDKs, is taken only if the whole file has nothing else.
    fn line_end(&self, line: Line) -> &[u8] {
        let first = blank::lines(&self.bytes, 0).next().unwrap_or(line);
        let has_newline = memchr::memchr(b'\n', &self.bytes).is_some();
        [line, first]
            .map(|line| &self.bytes[line.end..line.next])
            .into_iter()
            .find(|end| match *end {
                b"" => false,
                b"\r" => !has_newline,
                _ => true,
            })
            .unwrap_or(b"\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws_files::FileKind;

    const VALUES: [(&str, &str); 2] =
        [("aws_access_key_id", "NEW"), ("aws_session_token", "TOKEN")];

    fn changed(text: &str) -> Result<String, Uneditable> {
        let document = Document::parse(FileKind::Credentials, text.as_bytes().to_vec());
        let after = document.with_values("test", &VALUES)?;
        Ok(String::from_utf8(after.to_vec()).expect("it was text before"))
    }

    #[track_caller]
    fn edited(before: &str, after: &str) {
        assert_eq!(changed(before).as_deref(), Ok(after));
        assert_eq!(
            changed(after).as_deref(),
            Ok(after),
            "once more, nothing changes"
        );
    }

    #[test]
    fn a_new_section_comes_at_the_end() {
        let section = "[test]\naws_access_key_id = NEW\naws_session_token = TOKEN\n";
        edited("", section);
        for before in ["[a]\nb = c\n", "[a]\nb = c", "[a]\nb = c\n\n"] {
            let text = before.trim_end();
            edited(before, &format!("{text}\n\n{section}"));
        }
        edited(
            "# only a comment",
            &format!("# only a comment\n\n{section}"),
        );
        edited("\n", &format!("\n{section}"));
        edited("\u{feff}[a]\n", &format!("\u{feff}[a]\n\n{section}"));
        for end in ["\r\n", "\r"] {
            let text = format!("[a]\nb = c\n\n{section}").replace('\n', end);
            edited(&format!("[a]{end}b = c{end}"), &text);
        }
        // The carriage return is a part of the value to the SDKs, and stays one.
        edited("[a]\nb = c\r", &format!("[a]\nb = c\r\r\n\n{section}"));
    }

    #[test]
    fn values_are_replaced_where_they_stand() {
        edited(
            "[a]\nx = y\n\n[test] # mine\n; old\nAWS_Access_Key_Id=OLD # why\n\naws_session_token\t:  OLD\r\nregion = r\n[b]\nz = 1",
            "[a]\nx = y\n\n[test] # mine\n; old\nAWS_Access_Key_Id=NEW\n\naws_session_token\t:  TOKEN\r\nregion = r\n[b]\nz = 1",
        );
    }

    #[test]
    fn a_missing_setting_joins_the_existing_section() {
        let new = "aws_access_key_id = NEW\naws_session_token = TOKEN\n";
        edited(
            "[test]\nregion = r\n",
            &format!("[test]\n{new}region = r\n"),
        );
        edited("[test]", &format!("[test]\n{new}"));
        edited(
            "[test]\nr = s\naws_access_key_id = OLD",
            &format!("[test]\nr = s\n{new}"),
        );
        edited(
            "[test]\r\nr = s",
            &format!("[test]\n{new}r = s").replace('\n', "\r\n"),
        );
    }

    #[test]
    fn new_lines_are_indented_like_the_first_key() {
        edited(
            "[test]\n\tregion = r\n\toutput = json\n",
            "[test]\n\taws_access_key_id = NEW\n\taws_session_token = TOKEN\n\tregion = r\n\toutput = json\n",
        );
        edited(
            "[test]\n  region = r\n  aws_access_key_id = OLD\n  output = json\n",
            "[test]\n  region = r\n  aws_access_key_id = NEW\n  aws_session_token = TOKEN\n  output = json\n",
        );
        // Further in than the key above them, they would be a part of its value.
        edited(
            "[test]\n    region = r\n  aws_access_key_id = OLD\n",
            "[test]\n    region = r\n  aws_access_key_id = NEW\n  aws_session_token = TOKEN\n",
        );
        // Less far in than the header below them, they would make it a part of their value.
        edited(
            "[a]\n  [test]\n    [b]\nk = v\n",
            "[a]\n  [test]\n    aws_access_key_id = NEW\n    aws_session_token = TOKEN\n    [b]\nk = v\n",
        );
        edited(
            "  [test]\n  [b]\n",
            "  [test]\n  aws_access_key_id = NEW\n  aws_session_token = TOKEN\n  [b]\n",
        );
        // The same below a line without a key, which ends no value, be it further in or less far.
        for (no_key, header) in [("", "  "), ("\u{a0}", "\u{c} "), ("  ", " ")] {
            let rest = format!("{no_key}= no key\n{header}[b]\n");
            let widest = if no_key == "  " { no_key } else { header };
            edited(
                &format!("[test]\n{rest}"),
                &format!(
                    "[test]\n{widest}aws_access_key_id = NEW\n{widest}aws_session_token = TOKEN\n{rest}"
                ),
            );
        }
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
    fn what_cannot_be_read_is_changed_only_elsewhere() {
        let new = "[test]\naws_access_key_id = NEW\naws_session_token = TOKEN\n";
        edited("[a]\nnonsense\n", &format!("[a]\nnonsense\n\n{new}"));
        edited("nonsense\n", &format!("nonsense\n\n{new}"));
        let in_default = "[a]\n[DEFAULT]\n= nothing\ns3 =\n  path\n";
        edited(in_default, &format!("{in_default}\n{new}"));
        let with_lines = "[test]\n= nothing\naws_session_token = TOKEN\n\0\0\n";
        edited(
            with_lines,
            "[test]\n= nothing\naws_session_token = TOKEN\naws_access_key_id = NEW\n\0\0\n",
        );
        for (text, line, cause) in [
            (
                "[test]\nnonsense\n",
                2,
                UneditableCause::Fault(FaultKind::NoDelimiter),
            ),
            (
                "[a]\n[test\n",
                2,
                UneditableCause::Fault(FaultKind::UnclosedHeader),
            ),
            ("[a]\n[ test ]\n", 2, UneditableCause::NameInDispute),
            ("[test] # see [a]\n", 1, UneditableCause::NameInDispute),
            (
                "[test]\naws_session_token = OLD\n  [b]\n",
                3,
                UneditableCause::HeaderInValue,
            ),
            // A new section would have the keys of a [DEFAULT] that cannot be read.
            (
                "[profile p0]\n[DEFAULT]\n\u{200b}",
                3,
                UneditableCause::Fault(FaultKind::NoDelimiter),
            ),
            (
                "[profile DEFAULT]\n[DEFAULT]\ncredential_process =\n  [profile p3]",
                4,
                UneditableCause::Fault(FaultKind::NestedWithoutEquals),
            ),
        ] {
            assert_eq!(changed(text), Err(Uneditable { line, cause }), "{text:?}");
        }
        let document = Document::parse(FileKind::Credentials, b"[DEFAULT]\n".to_vec());
        let error = document.with_values("DEFAULT", &VALUES).unwrap_err();
        assert_eq!(
            error.to_string(),
            "line 1: the keys of [DEFAULT] belong to all sections"
        );
    }

    #[test]
    fn keys_are_found_in_their_section_and_in_that_of_all() {
        let text = b"[DEFAULT]\naws_security_token = x\n[a]\nrole_arn = x\n[test]\nRole_ARN = y # z\nempty =\n";
        let document = Document::parse(FileKind::Credentials, text.to_vec());
        assert_eq!(document.text("test", "role_arn"), Some("y"));
        assert_eq!(document.text("test", "empty"), None);
        assert_eq!(document.text("b", "role_arn"), None);
        assert!(document.has_key("test", "empty"));
        assert!(document.has_key("test", "aws_security_token"));
        assert!(!document.has_key("a", "empty"));
    }
}
