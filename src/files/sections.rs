//! The sections of a file like `~/.aws/credentials`, compared and merged by their lines: whether it still has what it
//! had earlier, and what another program changed in it meanwhile.
//!
//! Lines are compared byte by byte, so the file need not be UTF-8. What they mean to the AWS tools is not known here,
//! and need not be: a line that is taken for a key too many only makes the comparison stricter.

use std::collections::{BTreeMap, BTreeSet};

use zeroize::Zeroizing;

/// A section: its lines and, for comparisons, its name.
struct Section<'a> {
    /// The text in brackets; empty for the lines before the first section.
    name: &'a [u8],
    /// The number of sections of the same name above it.
    nth: usize,
    bytes: &'a [u8],
}

impl<'a> Section<'a> {
    fn id(&self) -> (&'a [u8], usize) {
        (self.name, self.nth)
    }
}

/// The sections of a file in their order; joined, they are the file.
fn sections(bytes: &[u8]) -> Vec<Section<'_>> {
    let mut found = Vec::new();
    let mut count: BTreeMap<&[u8], usize> = BTreeMap::new();
    let mut push = |name, bytes| {
        let count = count.entry(name).or_default();
        found.push(Section {
            name,
            nth: *count,
            bytes,
        });
        *count += 1;
    };
    let mut start = 0;
    let mut name: &[u8] = b"";
    let mut at = 0;
    for line in bytes.split_inclusive(|byte| is_line_end(*byte)) {
        if let Some(next) = header(line) {
            push(name, &bytes[start..at]);
            (start, name) = (at, next);
        }
        at += line.len();
    }
    push(name, &bytes[start..]);
    found
}

/// Python's universal newlines. Of `\r\n`, the second is an empty line.
fn is_line_end(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

fn header(line: &[u8]) -> Option<&[u8]> {
    let line = line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(line);
    let rest = line.trim_ascii_start().strip_prefix(b"[")?;
    Some(rest[..memchr::memchr(b']', rest)?].trim_ascii())
}

/// The keys of the lines of a section that are not indented, in small letters.
fn keys(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    bytes.split(|byte| is_line_end(*byte)).filter_map(|line| {
        if matches!(line.first()?, b'#' | b';' | b'[') || is_indented(line) {
            return None;
        }
        let delimiter = memchr::memchr2(b'=', b':', line)?;
        Some(line[..delimiter].trim_ascii().to_ascii_lowercase())
    })
}

/// Whether a line begins with what Python takes for a blank (`str.isspace`). It may be a part of the value above it,
/// which goes when that value is replaced.
fn is_indented(line: &[u8]) -> bool {
    // The longest character has four bytes; what comes after the first one does not count.
    let start = String::from_utf8_lossy(&line[..line.len().min(4)]);
    let first = start.chars().next();
    first.is_some_and(|c| c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c))
}

/// The first section or key of `old` that is not in `new`, as a message names it; `None` if all are there.
#[must_use]
pub(super) fn missing(old: &[u8], new: &[u8]) -> Option<String> {
    if old == new {
        return None;
    }
    // Most changes are to one of many sections: all that stands around it is there, in files of thousands of sections,
    // too.
    let (changed, change) = differing(old, new);
    missing_section(changed, change).and_then(|_| missing_section(old, new))
}

/// Both texts without the sections with which both begin, and those with which both end.
fn differing<'a>(old: &'a [u8], new: &'a [u8]) -> (&'a [u8], &'a [u8]) {
    let start = last_header(&old[..common_start(old, new)]);
    let (old, new) = (&old[start..], &new[start..]);
    let end = common_end(old, new);
    let end = end - first_header(&old[old.len() - end..]).unwrap_or(end);
    (&old[..old.len() - end], &new[..new.len() - end])
}

/// The number of bytes with which both texts begin.
fn common_start(one: &[u8], other: &[u8]) -> usize {
    // Blocks are compared faster than bytes.
    const BLOCK: usize = 1024;
    let blocks = one.chunks(BLOCK).zip(other.chunks(BLOCK));
    let same = BLOCK * blocks.take_while(|(one, other)| one == other).count();
    let (one, other) = (one.get(same..), other.get(same..));
    let rest = one
        .unwrap_or_default()
        .iter()
        .zip(other.unwrap_or_default());
    let rest = rest.take_while(|(one, other)| one == other).count();
    same + rest
}

/// The number of bytes with which both texts end.
fn common_end(one: &[u8], other: &[u8]) -> usize {
    const BLOCK: usize = 1024;
    let blocks = one.rchunks(BLOCK).zip(other.rchunks(BLOCK));
    let same = BLOCK * blocks.take_while(|(one, other)| one == other).count();
    let rest = |text: &'_ [u8]| text.len().saturating_sub(same);
    let (one, other) = (&one[..rest(one)], &other[..rest(other)]);
    let pairs = one.iter().rev().zip(other.iter().rev());
    same + pairs.take_while(|(one, other)| one == other).count()
}

/// The position of the last line that is a header, among the lines that end within the text; 0 if there is none.
fn last_header(text: &[u8]) -> usize {
    let mut end = text.iter().rposition(|byte| is_line_end(*byte));
    while let Some(line_end) = end {
        let before = text[..line_end].iter().rposition(|byte| is_line_end(*byte));
        let start = before.map_or(0, |before| before + 1);
        if header(&text[start..line_end]).is_some() {
            return start;
        }
        end = before;
    }
    0
}

/// The position of the first line that is a header, after a line end within the text.
fn first_header(text: &[u8]) -> Option<usize> {
    let mut start = text.iter().position(|byte| is_line_end(*byte))? + 1;
    for line in text[start..].split_inclusive(|byte| is_line_end(*byte)) {
        if header(line).is_some() {
            return Some(start);
        }
        start += line.len();
    }
    None
}

/// The result of [`missing`], without a look for parts that both texts have.
fn missing_section(old: &[u8], new: &[u8]) -> Option<String> {
    let mut there: BTreeMap<&[u8], BTreeSet<Vec<u8>>> = BTreeMap::new();
    for section in sections(new) {
        there
            .entry(section.name)
            .or_default()
            .extend(keys(section.bytes));
    }
    sections(old).iter().find_map(|section| {
        let name = String::from_utf8_lossy(section.name);
        let Some(present) = there.get(section.name) else {
            return Some(format!("section [{name}]"));
        };
        let lost = keys(section.bytes).find(|key| !present.contains(key))?;
        let lost = String::from_utf8_lossy(&lost);
        Some(format!("{lost} of section [{name}]"))
    })
}

/// Returns `ours` with what `theirs` changed in `base` or added to it. In a section that both changed, ours stays.
#[must_use]
pub(super) fn merge(base: &[u8], theirs: &[u8], ours: &[u8]) -> Zeroizing<Vec<u8>> {
    let by_id = |bytes| -> BTreeMap<(&[u8], usize), &[u8]> {
        let sections: Vec<Section<'_>> = sections(bytes);
        sections
            .into_iter()
            .map(|section| (section.id(), section.bytes))
            .collect()
    };
    let (before, theirs_by_id) = (by_id(base), by_id(theirs));
    // Blank lines at its end belong to no section: each is there as soon as another section follows.
    let is_same = |one: &[u8], other: &[u8]| one.trim_ascii_end() == other.trim_ascii_end();
    // With room for all of it: a buffer that grows would leave copies of the secrets in memory.
    let sections_of_ours = sections(ours);
    let room = ours.len() + theirs.len() + sections_of_ours.len() + 64;
    let mut merged = Zeroizing::new(Vec::with_capacity(room));
    let mut there = BTreeSet::new();
    for section in sections_of_ours {
        there.insert(section.id());
        let changed = theirs_by_id.get(&section.id()).filter(|changed| {
            let old = before.get(&section.id()).copied().unwrap_or_default();
            is_same(section.bytes, old) && !is_same(changed, old)
        });
        merged.extend_from_slice(changed.unwrap_or(&section.bytes));
        if changed.is_some_and(|bytes| !bytes.last().is_some_and(|last| is_line_end(*last))) {
            merged.push(b'\n');
        }
    }
    for section in sections(theirs) {
        if !there.contains(&section.id()) && !before.contains_key(&section.id()) {
            if merged.last().is_some_and(|last| !is_line_end(*last)) {
                merged.push(b'\n');
            }
            merged.extend_from_slice(section.bytes);
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_section_or_key_is_named() {
        let old = "[a]\nx = 1\n y\nZ: 2\n[b]\nx = 1\n";
        for (new, lost) in [
            (old, None),
            ("[b]\nx=2\n[new]\n[a]\nz=\nx = 5\n", None),
            ("", Some("section [a]")),
            ("[a]\nx = 1\nz = 2\n", Some("section [b]")),
            ("[a]\nx = 1\nz = 2\n[b]\nx", Some("x of section [b]")),
        ] {
            let found = missing(old.as_bytes(), new.as_bytes());
            assert_eq!(found.as_deref(), lost, "{new:?}");
        }
        assert_eq!(missing(b"", b""), None);
        assert_eq!(missing(b"", b"[a]\n"), None);
        // To Python, other characters than ASCII's indent, too.
        for blank in ["\u{a0}", "\u{2028}", "\u{1c}", "\u{b}"] {
            let old = format!("[a]\nx = 1\n{blank}y = 2\n");
            assert_eq!(missing(old.as_bytes(), b"[a]\nx = 2\n"), None, "{blank:?}");
        }
    }

    #[test]
    fn parts_that_two_texts_have_in_common_do_not_change_what_is_missing() {
        const LINES: [&str; 7] = ["[a]\n", "[b]\r\n", "[a", "x = 1\n", "y = 1\r", " x\n", "\n"];
        let mut texts = vec![String::new()];
        for length in 0..3 {
            let shorter: Vec<String> = (texts.iter())
                .filter(|text| text.is_empty() || length > 0)
                .cloned()
                .collect();
            for line in LINES {
                texts.extend(shorter.iter().map(|text| format!("{text}{line}")));
            }
        }
        texts.sort();
        texts.dedup();
        assert!(texts.len() > 300, "{}", texts.len());
        // As large as the blocks that are compared.
        let large: String = (0..200).map(|n| format!("[s{n}]\nx = 1\n")).collect();
        for (index, old) in texts.iter().enumerate() {
            for new in &texts {
                let expected = missing_section(old.as_bytes(), new.as_bytes());
                let found = missing(old.as_bytes(), new.as_bytes());
                assert_eq!(found, expected, "{old:?} {new:?}");
            }
            let new = &texts[(index * 7 + 1) % texts.len()];
            let [old, new] = [old, new].map(|text| format!("{large}{text}\n{large}"));
            let expected = missing_section(old.as_bytes(), new.as_bytes());
            let found = missing(old.as_bytes(), new.as_bytes());
            assert_eq!(found, expected, "{old:?} {new:?}");
            let (old, new) = differing(old.as_bytes(), new.as_bytes());
            assert!(old.len() < 100 && new.len() < 100);
        }
    }

    #[test]
    fn a_lost_key_of_a_file_that_is_not_utf_8_is_named() {
        let old = b"[a\xe9]\r\nx = \xe9\r\ny = 1\r\n";
        assert_eq!(missing(old, b"[a\xe9]\r\ny = 2\rX: \xff\r\n"), None);
        let lost = missing(old, b"[a\xe8]\nx = 1\ny = 1\n");
        assert_eq!(lost.as_deref(), Some("section [a\u{fffd}]"));
        let lost = missing(old, b"[a\xe9]\nx = \xe9\n");
        assert_eq!(lost.as_deref(), Some("y of section [a\u{fffd}]"));
    }

    #[test]
    fn changes_of_another_program_are_merged() {
        let base = "[a]\nx = 1\n\n[b]\nx = 1\n";
        let ours = "[a]\nx = 1\n\n[b]\nx = 1\n\n[ours]\nk = v\n";
        for (theirs, merged) in [
            (base, ours.to_owned()),
            (
                "[a]\nx = 2\n\n[b]\nx = 1\n",
                ours.replacen("x = 1", "x = 2", 1),
            ),
            (
                "[a]\nx = 1\n\n[b]\nx = 1\n[new]\ny = 1\n",
                format!("{ours}[new]\ny = 1\n"),
            ),
            // Their half of a conflict is not taken.
            ("[a]\nx = 1\n\n[b]\nx = 1\n[ours]\nk = w\n", ours.to_owned()),
        ] {
            let found = merge(base.as_bytes(), theirs.as_bytes(), ours.as_bytes());
            assert_eq!(String::from_utf8_lossy(&found), merged, "{theirs:?}");
        }
        assert_eq!(*merge(b"", b"[new]\ny = 1\n", b""), b"[new]\ny = 1\n");
    }

    #[test]
    fn bytes_that_are_not_utf_8_and_sections_of_the_same_name_are_merged() {
        let base = b"[a]\nx = \xe9\n[a]\nx = 2\n";
        let theirs = b"[a]\nx = \xe8\n[a]\nx = 2\n[b\xff]\ny = 1";
        let ours = b"[a]\nx = \xe9\n[a]\nx = 3\n";
        let merged = b"[a]\nx = \xe8\n[a]\nx = 3\n[b\xff]\ny = 1";
        assert_eq!(*merge(base, theirs, ours), merged);
    }
}
