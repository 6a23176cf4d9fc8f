//! The names of sections: what botocore, and where it differs the AWS SDK for Rust, takes a header for.

use std::ops::Range;

use super::FileKind;
use super::blank::{self, trim, trim_end};

/// The kind of a section, by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// A profile.
    Profile(Word),
    /// `[sso-session NAME]`.
    SsoSession(Word),
    /// `[services NAME]`.
    Services(Word),
    /// A section of another kind, or one that botocore passes over.
    Other,
}

/// A name: a part of the header, unless it had quotes or backslashes in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Word {
    /// Its position in the header, in bytes.
    Part(Range<usize>),
    /// The name without quotes and backslashes.
    Unquoted(Vec<u8>),
}

/// The kind of section that botocore takes it for: `build_profile_map` in botocore/configloader.py for the config file,
/// and every section as a profile of that name in the credentials file.
pub(super) fn by_botocore(kind: FileKind, header: &[u8]) -> Named {
    let named = |name: fn(Word) -> Named| second_of_two(header).map_or(Named::Other, name);
    match kind {
        FileKind::Credentials => Named::Profile(Word::Part(0..header.len())),
        FileKind::Config if header.starts_with(b"profile") => named(Named::Profile),
        FileKind::Config if header.starts_with(b"sso-session") => named(Named::SsoSession),
        FileKind::Config if header.starts_with(b"services") => named(Named::Services),
        FileKind::Config if header == b"default" => Named::Profile(Word::Part(0..header.len())),
        FileKind::Config => Named::Other,
    }
}

/// The second of exactly two words.
fn second_of_two(header: &[u8]) -> Option<Word> {
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    if memchr::memchr3(b'\'', b'"', b'\\', header).is_some() {
        let [_, name] = <[Vec<u8>; 2]>::try_from(shell_words(header)?).ok()?;
        return Some(Word::Unquoted(name));
    }
    let end_of_first = header.iter().position(is_blank)?;
    let start = end_of_first
        + header[end_of_first..]
            .iter()
            .position(|byte| !is_blank(byte))?;
    let len = header[start..].iter().position(is_blank);
    let end = len.map_or(header.len(), |len| start + len);
    header[end..]
        .iter()
        .all(is_blank)
        .then_some(Word::Part(start..end))
}

/// Splits as Python's `shlex.split` does, in its POSIX mode without comments. None if a quote is not closed.
fn shell_words(text: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut words = Vec::new();
    let mut word: Option<Vec<u8>> = None;
    let mut bytes = text.iter().copied();
    while let Some(byte) = bytes.next() {
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' => words.extend(word.take()),
            b'\\' => word.get_or_insert_default().push(bytes.next()?),
            b'\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match bytes.next()? {
                        b'\'' => break,
                        byte => word.push(byte),
                    }
                }
            }
            b'"' => {
                let word = word.get_or_insert_default();
                loop {
                    match bytes.next()? {
                        b'"' => break,
                        b'\\' => match bytes.next()? {
                            byte @ (b'"' | b'\\') => word.push(byte),
                            byte => word.extend([b'\\', byte]),
                        },
                        byte => word.push(byte),
                    }
                }
            }
            byte => word.get_or_insert_default().push(byte),
        }
    }
    words.extend(word);
    Some(words)
}

/// The profile name that the AWS SDK for Rust reads in a header if botocore reads none there: with blanks around
/// the name, or with a comment that has a bracket in it. The line is without its end.
///
/// Its rules are those of <https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html>.
pub(super) fn by_sdk(kind: FileKind, line: &[u8]) -> Option<&[u8]> {
    let comment = memchr::memchr2(b'#', b';', line);
    let header = trim_spaces(&line[..comment.unwrap_or(line.len())]);
    let text = trim_spaces(header.strip_prefix(b"[")?.strip_suffix(b"]")?);
    let space = memchr::memchr2(b' ', b'\t', text);
    let (prefix, name) = match space {
        Some(at) => (Some(trim(&text[..at])), trim(&text[at..])),
        None => (None, trim(text)),
    };
    let is_profile = match (kind, prefix) {
        (FileKind::Config, Some(prefix)) => prefix == b"profile",
        (FileKind::Config, None) => name == b"default",
        (FileKind::Credentials, prefix) => prefix.is_none(),
    };
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-/.%@:+".contains(byte);
    (is_profile && !name.is_empty() && name.iter().all(is_name)).then_some(name)
}

/// The name that a header without its closing bracket was meant to have.
pub(super) fn meant(line: &[u8]) -> &[u8] {
    match line {
        [b'[', b']', ..] => &line[..0],
        [b'[', text @ ..] | text => trim(without_comment(text)),
    }
}

/// The text up to a `#` or `;` after a blank, without the blanks before it.
pub(super) fn without_comment(text: &[u8]) -> &[u8] {
    let mut from = 0;
    while let Some(at) = memchr::memchr2(b'#', b';', &text[from..]) {
        let comment = from + at;
        if blank::ends_with_blank(&text[..comment]) {
            return trim_end(&text[..comment]);
        }
        from = comment + 1;
    }
    text
}

fn trim_spaces(text: &[u8]) -> &[u8] {
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let Some(start) = text.iter().position(|byte| !is_blank(byte)) else {
        return &[];
    };
    let end = text.iter().rposition(|byte| !is_blank(byte));
    &text[start..=end.unwrap_or(start)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(header: &str) -> Option<String> {
        match by_botocore(FileKind::Config, header.as_bytes()) {
            Named::Profile(Word::Part(part)) => Some(header[part].to_owned()),
            Named::Profile(Word::Unquoted(name)) => Some(String::from_utf8(name).unwrap()),
            _ => None,
        }
    }

    #[test]
    fn sections_of_the_config_file_are_shell_words() {
        for (header, name) in [
            ("profile x", "x"),
            ("profile \t x \t", "x"),
            ("profiles x", "x"),
            ("profile \"x y\"", "x y"),
            ("profile 'x'", "x"),
            ("profile 'it'\"'\"'s me'", "it's me"),
            ("profile CORP\\jane", "CORPjane"),
            ("profile \"a\\\"b\\c\"", "a\"b\\c"),
            ("profile ''", ""),
            ("profile“x” y", "y"),
            ("default", "default"),
            ("profile default", "default"),
        ] {
            assert_eq!(profile(header).as_deref(), Some(name), "{header}");
        }
        for header in [
            "profile",
            "profile ",
            "profile x y",
            "profile it's",
            "profile x\\",
            " profile x",
            "profile\u{a0}x",
            "Profile x",
            "x",
            "sso-session x",
            "default ",
        ] {
            assert_eq!(profile(header), None, "{header}");
        }
    }

    #[test]
    fn headers_that_only_the_sdk_reads_are_known() {
        let name = |kind, line: &str| {
            by_sdk(kind, line.as_bytes()).map(|name| String::from_utf8(name.to_vec()).unwrap())
        };
        for (line, found) in [
            ("[ x ]", Some("x")),
            ("[x] # see [wiki]", Some("x")),
            ("[x\u{a0}]", Some("x")),
            ("[x", None),
            ("[x y]", None),
            ("[profile x]", None),
            ("[]", None),
        ] {
            assert_eq!(
                name(FileKind::Credentials, line).as_deref(),
                found,
                "{line}"
            );
        }
        for (line, found) in [
            ("[ profile  x ]", Some("x")),
            ("[ default ] ; [a]", Some("default")),
            ("[ x ]", None),
            ("[ sso-session x ]", None),
        ] {
            assert_eq!(name(FileKind::Config, line).as_deref(), found, "{line}");
        }
    }

    #[test]
    fn a_comment_needs_a_blank_before_it() {
        for (text, cut) in [
            ("eu-west-1 # note", "eu-west-1"),
            ("eu-west-1\t; note", "eu-west-1"),
            ("a#b;c # d", "a#b;c"),
            ("a#b", "a#b"),
            ("# all", "# all"),
        ] {
            assert_eq!(without_comment(text.as_bytes()), cut.as_bytes(), "{text}");
        }
    }
}
