//! The text of a file without some keys of one section.

use zeroize::Zeroizing;

use super::blank::{self, trim};
use super::document::Document;
use super::edit::Uneditable;

impl Document {
    /// The file in which the section `name` lacks these keys. A section in which nothing else stands goes as a whole.
    /// Every other byte stays. `None` if there is no such section.
    ///
    /// # Errors
    ///
    /// As those of [`with_values`](Self::with_values).
    pub fn without_keys(
        &self,
        name: &str,
        keys: &[&str],
    ) -> Result<Option<Zeroizing<Vec<u8>>>, Uneditable> {
        let Some(index) = self.editable(name)? else {
            return Ok(None);
        };
        let block = &self.blocks[index as usize];
        let start = block.start as usize;
        let next = self.blocks.get(index as usize + 1);
        let end = next.map_or(self.bytes.len(), |next| next.start as usize);
        let entries = self.entries_of(block);
        let mut kept = Zeroizing::new(Vec::with_capacity(end - start));
        let mut is_empty = true;
        let mut is_removed = false;
        let lines = blank::lines(&self.bytes, start);
        for (at, line) in lines.take_while(|line| line.start < end).enumerate() {
            let whole = &self.bytes[line.start..line.next];
            let text = trim(&self.bytes[line.start..line.end]);
            let is_remark = matches!(text, [] | [b'#' | b';', ..]);
            if let Ok(entry) =
                entries.binary_search_by_key(&line.start, |entry| entry.start as usize)
            {
                is_removed = keys.iter().any(|key| self.is_of(&entries[entry], key));
            } else if at > 0 && !is_remark && self.is_read_on(block.line as usize + at) {
                is_removed = false;
            }
            // The other lines of a value go with it, remarks among them do not.
            if !is_removed || is_remark {
                kept.extend(whole);
                is_empty &= at == 0 || text.is_empty();
            }
        }
        let mut out = Zeroizing::new(Vec::with_capacity(self.bytes.len()));
        out.extend(&self.bytes[..start]);
        if !is_empty {
            out.extend(kept.iter());
        } else if next.is_none() {
            // A new section gets an empty line before it, which goes with it.
            let last_two: Vec<_> = blank::lines(&out, 0).collect();
            if let [.., _, last] = last_two[..]
                && last.start == last.end
            {
                out.truncate(last.start);
            }
        }
        out.extend(&self.bytes[end..]);
        Ok(Some(out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws_files::FileKind;

    const KEYS: [&str; 2] = ["aws_access_key_id", "aws_session_token"];

    fn without(text: &str) -> Result<Option<String>, Uneditable> {
        let document = Document::parse(FileKind::Credentials, text.as_bytes().to_vec());
        let bytes = document.without_keys("test", &KEYS)?;
        Ok(bytes.map(|bytes| String::from_utf8(bytes.to_vec()).unwrap()))
    }

    #[test]
    fn a_section_of_these_keys_alone_goes_as_a_whole() {
        for (before, after) in [
            (
                "[a]\nx = 1\n\n[test]\naws_access_key_id = 1\naws_session_token = 2\n",
                "[a]\nx = 1\n",
            ),
            (
                "[test]\naws_access_key_id = 1\n\n[b]\ny = 2\n",
                "[b]\ny = 2\n",
            ),
            ("[test]\n", ""),
            (
                "[a]\r\nx = 1\r\n\r\n[test]\r\n aws_access_key_id = 1\r\n  more\r\n\r\n[b]",
                "[a]\r\nx = 1\r\n\r\n[b]",
            ),
        ] {
            assert_eq!(
                without(before).unwrap().as_deref(),
                Some(after),
                "{before:?}"
            );
        }
    }

    #[test]
    fn other_keys_and_remarks_stay() {
        for (before, after) in [
            (
                "[test]\n# note\naws_access_key_id = 1\nregion = x\naws_session_token = 2\n  more\n; end\n[b]\n",
                "[test]\n# note\nregion = x\n; end\n[b]\n",
            ),
            (
                "[test]\ns3 =\n  aws_session_token = nested\nAWS_ACCESS_KEY_ID: 1\n",
                "[test]\ns3 =\n  aws_session_token = nested\n",
            ),
        ] {
            assert_eq!(
                without(before).unwrap().as_deref(),
                Some(after),
                "{before:?}"
            );
        }
    }

    #[test]
    fn a_missing_section_is_none_and_an_unreadable_one_an_error() {
        assert_eq!(without("[a]\nx = 1\n").unwrap(), None);
        assert!(without("[test]\nx\naws_access_key_id = 1\n").is_err());
        assert!(without("[ test ]\naws_access_key_id = 1\n").is_err());
    }

    #[test]
    fn a_saved_section_is_added_and_removed_without_a_trace() {
        for text in [
            "",
            "[a]\nx = 1\n",
            "[a]\nx = 1\n\n",
            "# only a note\n",
            "[a]\r\nx=1\r\n",
        ] {
            let before = Document::parse(FileKind::Credentials, text.as_bytes().to_vec());
            let saved = before.with_values("test", &[(KEYS[0], "1"), (KEYS[1], "2")]);
            let saved = String::from_utf8(saved.unwrap().to_vec()).unwrap();
            let after = without(&saved).unwrap().unwrap();
            assert_eq!(after.trim_end(), text.trim_end(), "{text:?}");
            assert!(after.len() <= text.len(), "{text:?} {after:?}");
        }
    }
}
