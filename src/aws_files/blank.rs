//! Blanks and line ends as Python has them: `str.isspace`, `str.strip`, `str.splitlines` and universal newlines.
//! To Rust's `char::is_whitespace`, U+001C to U+001F are no blanks; to Python they are.

/// The length in bytes of the blank at the start, 0 if there is none.
///
/// A blank is what Python's `str.isspace` says, so that a no-break space and a form feed are blanks.
fn first(bytes: &[u8]) -> usize {
    match bytes {
        [0x09..=0x0d | 0x1c..=0x20, ..] => 1,
        [0xc2, 0x85 | 0xa0, ..] => 2,
        [0xe1, 0x9a, 0x80, ..]
        | [0xe2, 0x80, 0x80..=0x8a | 0xa8 | 0xa9 | 0xaf, ..]
        | [0xe2, 0x81, 0x9f, ..]
        | [0xe3, 0x80, 0x80, ..] => 3,
        _ => 0,
    }
}

/// The length in bytes of the blank at the end, 0 if there is none.
fn last(bytes: &[u8]) -> usize {
    match bytes {
        [.., 0x09..=0x0d | 0x1c..=0x20] => 1,
        [.., 0xc2, 0x85 | 0xa0] => 2,
        [.., 0xe1, 0x9a, 0x80]
        | [.., 0xe2, 0x80, 0x80..=0x8a | 0xa8 | 0xa9 | 0xaf]
        | [.., 0xe2, 0x81, 0x9f]
        | [.., 0xe3, 0x80, 0x80] => 3,
        _ => 0,
    }
}

/// Without the blanks at the end, like Python's `str.rstrip`.
#[inline]
pub(super) fn trim_end(bytes: &[u8]) -> &[u8] {
    match bytes {
        // As most lines end.
        [.., b'!'..=b'~'] => bytes,
        _ => trim_blank_end(bytes),
    }
}

fn trim_blank_end(mut bytes: &[u8]) -> &[u8] {
    loop {
        match last(bytes) {
            0 => return bytes,
            blank => bytes = &bytes[..bytes.len() - blank],
        }
    }
}

/// Without the blanks at the start, like Python's `str.lstrip`.
pub(super) fn trim_start(bytes: &[u8]) -> &[u8] {
    &bytes[indentation(bytes).1..]
}

/// Without the blanks at both ends, like Python's `str.strip`.
pub(super) fn trim(bytes: &[u8]) -> &[u8] {
    trim_start(trim_end(bytes))
}

/// Whether the text ends with a blank.
pub(super) fn ends_with_blank(bytes: &[u8]) -> bool {
    last(bytes) > 0
}

/// The blanks at the start of a line: how many characters, which is what `configparser` compares, and how
/// many bytes.
#[inline]
pub(super) fn indentation(line: &[u8]) -> (usize, usize) {
    match line {
        // As most lines begin.
        [b'!'..=b'~', ..] => (0, 0),
        _ => count_blanks(line),
    }
}

fn count_blanks(line: &[u8]) -> (usize, usize) {
    let (mut characters, mut bytes) = (0, 0);
    loop {
        match first(&line[bytes..]) {
            0 => return (characters, bytes),
            blank => {
                characters += 1;
                bytes += blank;
            }
        }
    }
}

/// A line: where it starts, where its text ends, and where the next one starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) next: usize,
}

/// The lines from `start` on. One ends at `\n`, `\r\n` or `\r`: Python's universal newlines.
pub(super) fn lines(bytes: &[u8], start: usize) -> impl Iterator<Item = Line> {
    let mut start = start;
    std::iter::from_fn(move || {
        let rest = bytes.get(start..).filter(|rest| !rest.is_empty())?;
        let (end, next) = match memchr::memchr2(b'\n', b'\r', rest) {
            Some(at) => {
                let is_pair = rest[at] == b'\r' && rest.get(at + 1) == Some(&b'\n');
                (start + at, start + at + 1 + usize::from(is_pair))
            }
            None => (bytes.len(), bytes.len()),
        };
        let line = Line { start, end, next };
        start = next;
        Some(line)
    })
}

/// The lines of a nested value: `str.splitlines` knows more line ends than a file has.
pub(super) fn split_lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let mut at = 0;
        while at < text.len() {
            let end = match &text[at..] {
                [b'\r', b'\n', ..] | [0xc2, 0x85, ..] => 2,
                [0x0a..=0x0d | 0x1c..=0x1e, ..] => 1,
                [0xe2, 0x80, 0xa8 | 0xa9, ..] => 3,
                _ => 0,
            };
            if end > 0 {
                rest = Some(&text[at + end..]);
                return Some(&text[..at]);
            }
            at += 1;
        }
        rest = None;
        Some(text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_are_those_of_python() {
        let blanks = "\t\u{b}\u{c}\u{1c}\u{1f} \u{85}\u{a0}\u{1680}\u{2000}\u{200a}\u{2028}\u{202f}\u{205f}\u{3000}";
        let text = format!("{blanks}a\u{200b}{blanks}");
        assert_eq!(trim(text.as_bytes()), "a\u{200b}".as_bytes());
        assert_eq!(indentation(text.as_bytes()).0, blanks.chars().count());
        for character in '\0'..='\u{ffff}' {
            let is_blank = character.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&character);
            let text = character.to_string();
            assert_eq!(first(text.as_bytes()) > 0, is_blank, "{character:?}");
            assert_eq!(last(text.as_bytes()) > 0, is_blank, "{character:?}");
        }
    }

    #[test]
    fn lines_end_as_python_has_it() {
        let text = b"a\nb\r\n\rc\r\r\nd";
        let found: Vec<&[u8]> = lines(text, 0)
            .map(|line| &text[line.start..line.end])
            .collect();
        assert_eq!(found, [&b"a"[..], b"b", b"", b"c", b"", b"d"]);
        assert_eq!(lines(b"", 0).count(), 0);
        assert_eq!(lines(b"a\n", 0).count(), 1);
    }

    #[test]
    fn nested_lines_end_at_more_characters() {
        let found: Vec<&[u8]> = split_lines("a\nb\u{c}c\u{85}d\u{2028}e".as_bytes()).collect();
        assert_eq!(found, [b"a", b"b", b"c", b"d", b"e"]);
    }
}
