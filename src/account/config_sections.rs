//! The sections `[accounts.NAME]` of a config.toml, each as a text of its own. In one document, toml keeps track of
//! every table that a later line could still add to; for thousands of accounts, that takes as long as all the rest.

use memchr::memmem;

/// The text of a config.toml in parts that mean the same one by one.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Sections<'a> {
    /// The text before the first `[accounts.NAME]`.
    pub(super) start: &'a str,
    /// The names of the accounts, and the lines below each.
    pub(super) accounts: Vec<(&'a str, &'a str)>,
}

/// Splits the text of a config.toml; `None` if that could change what it means, or if it has no account.
pub(super) fn split(text: &str) -> Option<Sections<'_>> {
    let contains = |part: &str| memmem::find(text.as_bytes(), part.as_bytes()).is_some();
    // Within a string of several lines, a line that looks like a header is none; and a header may be indented.
    if ["\"\"\"", "'''", "\n ", "\n\t"].into_iter().any(contains) {
        return None;
    }
    let mut start = text;
    let mut accounts: Vec<(&str, &str)> = Vec::new();
    // Where the lines of the section above the next header begin.
    let mut begin = 0;
    let after_line_end = memmem::find_iter(text.as_bytes(), "\n[").map(|at| at + 1);
    let first = text.starts_with('[').then_some(0);
    for header in first.into_iter().chain(after_line_end) {
        let line_end = memchr::memchr(b'\n', &text.as_bytes()[header..]);
        let line = &text[header..line_end.map_or(text.len(), |at| header + at + 1)];
        let above = &text[begin..header];
        let Some(name) = account_of(line) else {
            if accounts.is_empty() {
                // [defaults], say
                continue;
            }
            return None;
        };
        match accounts.last_mut() {
            Some((_, lines)) => *lines = above,
            None => start = above,
        }
        accounts.push((name, ""));
        begin = header + line.len();
    }
    accounts.last_mut()?.1 = &text[begin..];
    // What is set there must not be a part of the table that the sections below it add to. A backslash could hide that
    // in a quoted key.
    let is_apart =
        !start.contains("accounts") && !start.contains('\\') && !start.starts_with([' ', '\t']);
    is_apart.then_some(Sections { start, accounts })
}

/// The NAME of a line `[accounts.NAME]` without blanks or a comment, if it is a bare key.
fn account_of(line: &str) -> Option<&str> {
    let header = line.strip_suffix('\n').unwrap_or(line);
    let header = header.strip_suffix('\r').unwrap_or(header);
    let name = header.strip_prefix("[accounts.")?.strip_suffix(']')?;
    // https://toml.io/en/v1.0.0#keys
    let is_bare = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (!name.is_empty() && name.bytes().all(is_bare)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_split_at_their_headers() {
        let text =
            "# all\n[defaults]\nshare = true\n[accounts.a]\r\n[accounts.b-1]\nenv.X = '['\n# x\n";
        let sections = split(text).unwrap();
        assert_eq!(sections.start, "# all\n[defaults]\nshare = true\n");
        assert_eq!(
            sections.accounts,
            [("a", ""), ("b-1", "env.X = '['\n# x\n")]
        );
        assert_eq!(split("[accounts.a]").unwrap().accounts, [("a", "")]);
    }

    #[test]
    fn a_text_that_could_mean_something_else_is_not_split() {
        for text in [
            "",
            "[defaults]\n",
            "accounts = {}\n[accounts.a]\n",
            "\"\\u0061ccounts\" = {}\n[accounts.a]\n",
            "[accounts]\n[accounts.a]\n",
            "[accounts.a]\n[accounts.a.env]\n",
            "[accounts.a]\n[env]\n",
            "[accounts.a]\n  [env]\n",
            "  [accounts.b]\n[accounts.a]\n",
            "[accounts.a]\n[accounts.b] # b\n",
            "[accounts.a]\n[accounts.'b']\n",
            "[accounts.a]\nmfa_command = '''\n[accounts.b]\n'''\n",
            "[accounts.a]\nmfa_command = \"\"\"\n[accounts.b]\n\"\"\"\n",
        ] {
            assert_eq!(split(text), None, "{text}");
        }
    }
}
