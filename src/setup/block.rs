//! The marked lines in an rc file that load the hook.

use std::ops::Range;

/// The first line of the block.
pub const BEGIN: &str = "# BEGIN aws-mfa";
/// The last line of the block.
pub const END: &str = "# END aws-mfa";
/// Within the block: there was no such file, so without the block there is none.
const NEW_FILE: &str = "# (created by aws-mfa setup)";
/// Within the block: the line before it had no end, so without the block it has none.
const NO_END: &str = "# (the line above had no line feed)";

/// The block cannot be found: its first line is there, and its last line is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnterminatedBlock {
    /// The line that begins it, counted from 1.
    pub line: usize,
}

/// The file with a block that has these lines, each with its end; `None` if it has that block
/// already. `old` is `None` for no file.
///
/// The lines end in a line feed whatever the others do: shells take a carriage return for a part of
/// the command.
///
/// # Errors
///
/// If a block is there that does not end.
pub fn with(old: Option<&[u8]>, lines: &str) -> Result<Option<Vec<u8>>, UnterminatedBlock> {
    let text = old.unwrap_or_default();
    let Some(range) = find(text)? else {
        let mut new = text.to_vec();
        let mut marks = String::new();
        if old.is_none() {
            marks = format!("{NEW_FILE}\n");
        } else if !text.is_empty() && !text.ends_with(b"\n") {
            new.push(b'\n');
            marks = format!("{NO_END}\n");
        }
        new.extend(format!("{BEGIN}\n{marks}{lines}{END}\n").bytes());
        return Ok(Some(new));
    };
    let there = String::from_utf8_lossy(&text[range.clone()]).into_owned();
    let is_mark = |line: &&str| [NEW_FILE, NO_END].contains(line);
    let marks: String = there
        .lines()
        .map(str::trim)
        .filter(is_mark)
        .flat_map(|mark| [mark, "\n"])
        .collect();
    let block = format!("{BEGIN}\n{marks}{lines}{END}\n");
    // A file may have lost its last line feed since.
    if there.trim_end() == block.trim_end() {
        return Ok(None);
    }
    let new = [&text[..range.start], block.as_bytes(), &text[range.end..]];
    Ok(Some(new.concat()))
}

/// A file without its block.
#[derive(Debug, PartialEq, Eq)]
pub enum Removal {
    /// It has no block, and stays as it is.
    NoBlock,
    /// It is deleted: `setup` made it, and nothing else is in it.
    DeleteFile,
    /// It keeps this content.
    Keep(Vec<u8>),
}

/// Removes the block from the file, so that it is what it was before. A user who copied the file's lines may have
/// copied the block, too: every block is removed.
///
/// # Errors
///
/// If a block is there that does not end.
pub fn without(text: &[u8]) -> Result<Removal, UnterminatedBlock> {
    let Some(range) = find(text)? else {
        return Ok(Removal::NoBlock);
    };
    let Some(rest) = without_block(text, range) else {
        return Ok(Removal::DeleteFile);
    };
    Ok(match without(&rest)? {
        Removal::NoBlock => Removal::Keep(rest),
        removal => removal,
    })
}

/// The text without this block; `None` if nothing is left of a file that setup made.
fn without_block(text: &[u8], range: Range<usize>) -> Option<Vec<u8>> {
    let block = String::from_utf8_lossy(&text[range.clone()]).into_owned();
    let marked = |mark: &str| block.lines().any(|line| line.trim() == mark);
    let mut before = &text[..range.start];
    let after = &text[range.end..];
    if marked(NO_END) && after.is_empty() {
        before = before.strip_suffix(b"\n").unwrap_or(before);
    }
    let rest = [before, after].concat();
    (!rest.is_empty() || !marked(NEW_FILE)).then_some(rest)
}

/// The lines between the marks, if there is a block that ends.
#[must_use]
pub fn lines(text: &[u8]) -> Option<String> {
    let range = find(text).ok()??;
    Some(String::from_utf8_lossy(&text[range]).into_owned())
}

/// The numbers, counted from 1, of the lines outside of the block that load the hook of this shell,
/// as `init` names it, which the user wrote.
#[must_use]
pub fn unmanaged_lines(text: &[u8], shell: &str) -> Vec<usize> {
    let block = find(text).ok().flatten().unwrap_or(0..0);
    let loads = |line: &[u8]| loads(&String::from_utf8_lossy(line), shell);
    numbered(text)
        .filter(|(_, start, line)| !block.contains(start) && loads(line))
        .map(|(number, _, _)| number)
        .collect()
}

/// Whether a line of an rc file loads the hook of this shell: `aws-mfa`, options, `init`, options, and
/// the shell.
#[must_use]
pub fn loads(line: &str, shell: &str) -> bool {
    let line = line.trim_start();
    let mut words = line.split(|c: char| c.is_whitespace() || "'\"`;()|&{}".contains(c));
    !line.starts_with(['#'])
        && !line.starts_with("alias ")
        && words.any(|word| word.rsplit('/').next() == Some("aws-mfa"))
        && words.any(|word| word == "init")
        && words.any(|word| word == shell)
}

/// The name of the command that these lines give the hook; `None` if it has none.
#[must_use]
pub fn command(lines: &str) -> Option<&str> {
    let mut words = lines.split(|c: char| c.is_whitespace() || "='\"`;()|&{}".contains(c));
    let mut name = Some("mfa");
    while let Some(word) = words.next() {
        match word {
            "--cmd" => name = words.next().or(name),
            "--no-cmd" => name = None,
            _ => {}
        }
    }
    name
}

/// Whether lines that load the hook give it options.
#[must_use]
pub fn has_options(lines: &str) -> bool {
    lines.lines().any(|line| {
        let mut words = line.split_whitespace();
        line.contains("aws-mfa") && words.any(|word| word.starts_with("--"))
    })
}

/// The range of the block, with its marks and the end of its last line.
fn find(text: &[u8]) -> Result<Option<Range<usize>>, UnterminatedBlock> {
    let is = |line: &[u8], mark: &str| line.trim_ascii() == mark.as_bytes();
    let Some((line, start, _)) = numbered(text).find(|(_, _, line)| is(line, BEGIN)) else {
        return Ok(None);
    };
    let mut following = numbered(text).skip(line);
    match following.find(|(_, _, line)| is(line, END) || is(line, BEGIN)) {
        Some((_, at, last)) if is(last, END) => Ok(Some(start..at + last.len())),
        _ => Err(UnterminatedBlock { line }),
    }
}

/// Each line with its number, counted from 1, and the offset at which it begins.
fn numbered(text: &[u8]) -> impl Iterator<Item = (usize, usize, &[u8])> {
    let mut start = 0;
    text.split_inclusive(|byte| *byte == b'\n')
        .enumerate()
        .map(move |(at, line)| {
            start += line.len();
            (at + 1, start - line.len(), line)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = "eval \"$(aws-mfa init bash)\"\n";

    #[test]
    fn a_block_that_was_added_can_be_removed() {
        for old in [
            None,
            Some(&b""[..]),
            Some(b"\n"),
            Some(b"a\n"),
            Some(b"a\nb"),
            Some(b"a\r\nb\r\n"),
            Some(b"a\r\nb"),
            Some(b"a\n\n\n"),
            Some(b"\xff\xfe\n# \xc3"),
            Some(b"# END aws-mfa\n"),
        ] {
            let new = with(old, LINE).unwrap().unwrap();
            assert!(new.ends_with(b"\n# END aws-mfa\n"));
            assert_eq!(with(Some(&new), LINE), Ok(None), "{old:?}");
            assert_eq!(
                without(&new),
                Ok(old.map_or(Removal::DeleteFile, |old| Removal::Keep(old.to_vec()))),
                "{old:?}"
            );
            assert!(unmanaged_lines(&new, "bash").is_empty());
        }
    }

    #[test]
    fn an_old_block_is_renewed_in_its_place() {
        let old = b"a\n  # BEGIN aws-mfa\r\nsource <(aws-mfa init bash)\n# END aws-mfa \nb\n";
        let new = with(Some(old), LINE).unwrap().unwrap();
        let display = String::from_utf8(new.clone()).unwrap();
        assert_eq!(
            display,
            format!("a\n# BEGIN aws-mfa\n{LINE}# END aws-mfa\nb\n")
        );
        assert_eq!(without(&new), Ok(Removal::Keep(b"a\nb\n".to_vec())));
        // What the block says of the file before it stays true.
        let marked = with(Some(b"a"), "old\n").unwrap().unwrap();
        let renewed = with(Some(&marked), LINE).unwrap().unwrap();
        assert_eq!(without(&renewed), Ok(Removal::Keep(b"a".to_vec())));
        let cut = renewed.strip_suffix(b"\n").unwrap();
        assert_eq!(with(Some(cut), LINE), Ok(None));
    }

    #[test]
    fn a_block_without_its_last_line_is_an_error() {
        for text in [
            &b"a\n# BEGIN aws-mfa\nb\n"[..],
            b"a\n# BEGIN aws-mfa\n# BEGIN aws-mfa\n# END aws-mfa\n",
        ] {
            assert_eq!(with(Some(text), LINE), Err(UnterminatedBlock { line: 2 }));
            assert_eq!(without(text), Err(UnterminatedBlock { line: 2 }));
        }
    }

    #[test]
    fn lines_that_the_user_added_are_found() {
        let text = format!(
            "# aws-mfa init bash\n{LINE}# BEGIN aws-mfa\n{LINE}# END aws-mfa\nx && {LINE}echo aws-mfa\n"
        );
        assert_eq!(unmanaged_lines(text.as_bytes(), "bash"), [2, 6]);
    }

    #[test]
    fn a_line_for_another_shell_loads_nothing_in_this_one() {
        for (line, is_loaded) in [
            ("eval \"$(aws-mfa init bash)\"", true),
            (
                "eval \"$(~/bin/aws-mfa --config c.toml init --cmd creds bash)\"",
                true,
            ),
            (
                "[ -n \"$ZSH_VERSION\" ] && eval \"$(aws-mfa init zsh)\"",
                false,
            ),
            ("alias hook=\"aws-mfa init bash | less\"", false),
            ("# eval \"$(aws-mfa init bash)\"", false),
        ] {
            assert_eq!(loads(line, "bash"), is_loaded, "{line}");
        }
        assert!(has_options("eval \"$(aws-mfa init --cmd creds bash)\""));
        assert!(!has_options(LINE));
    }
}
