use std::cell::Cell;
use std::collections::BTreeMap;

use aws_mfa::aws_files::{Document, FileKind, UneditableCause};
use proptest::prelude::*;
use serde_json::Value as Json;

use super::botocore::{self, Reading, Sections};
use super::generated::{any_file, check};

const VALUES: [(&str, &str); 3] = [
    ("aws_access_key_id", "NEW"),
    ("aws_session_token", "TOKEN"),
    ("expiration", "2026-01-02T03:04:05Z"),
];

fn credentials(text: &[u8]) -> Document {
    Document::parse(FileKind::Credentials, text.to_vec())
}

/// The part of a text that stands outside of a section: before its header and from the next one on.
fn outside<'a>(document: &'a Document, name: &str) -> (&'a [u8], &'a [u8]) {
    let headers: Vec<usize> = document.headers().map(|(_, line)| line).collect();
    let section = document
        .headers()
        .position(|(header, _)| header == name.as_bytes());
    let start = |line: usize| {
        let mut starts = vec![0];
        let text = document.bytes();
        for at in 0..text.len() {
            let is_pair = text[at] == b'\r' && text.get(at + 1) == Some(&b'\n');
            if text[at] == b'\n' || text[at] == b'\r' && !is_pair {
                starts.push(at + 1);
            }
        }
        starts[line - 1]
    };
    let Some(section) = section else {
        return (document.bytes(), b"");
    };
    let before = &document.bytes()[..start(headers[section])];
    let after = headers
        .get(section + 1)
        .map(|next| &document.bytes()[start(*next)..]);
    (before, after.unwrap_or_default())
}

fn read(text: &[u8]) -> Result<Sections, String> {
    match botocore::ask(None, Some(text))
        .expect("it did before")
        .credentials
    {
        Reading::Read { read } => Ok(read.unwrap_or_default()),
        Reading::Refused { says, .. } => Err(says),
    }
}

#[test]
fn botocore_reads_every_other_key_as_before_however_a_section_is_indented() {
    if botocore::ask(None, None).is_none() {
        return;
    }
    let (changed, added, refused) = (Cell::new(0), Cell::new(0), Cell::new(0));
    let place = any::<prop::sample::Index>();
    check(4000, &(any_file(1), place), |(text, place)| {
        let document = credentials(text.as_bytes());
        // The name of a section that is there, or a new one.
        let names: Vec<&str> = (document.headers())
            .filter_map(|(name, _)| std::str::from_utf8(name).ok())
            .chain(["new"])
            .collect();
        let name = names[place.index(names.len())];
        let after = match document.with_values(name, &VALUES) {
            Ok(after) => after,
            Err(error) => {
                refused.set(refused.get() + 1);
                let is_default = (error.cause == UneditableCause::Default) == (name == "DEFAULT");
                prop_assert!(is_default, "{error}");
                return Ok(());
            }
        };
        let edited = credentials(&after);
        let again = edited.with_values(name, &VALUES);
        prop_assert_eq!(again.as_deref(), Ok(&*after), "once more, nothing changes");
        for (key, value) in VALUES {
            prop_assert_eq!(edited.text(name, key), Some(value));
        }
        let is_twice = document
            .headers()
            .filter(|(header, _)| *header == name.as_bytes())
            .count()
            > 1;
        if !is_twice {
            let (before_it, after_it) = outside(&document, name);
            prop_assert!(after.starts_with(before_it));
            prop_assert!(after.ends_with(after_it));
        }
        let Ok(before) = read(text.as_bytes()) else {
            return Ok(());
        };
        let mut expected = before;
        let is_new = !expected.contains_key(name);
        let section = expected.entry(name.to_owned()).or_default();
        if is_new {
            // What [DEFAULT] gives to a new section is not asked here.
            let found = read(&after).map_err(TestCaseError::fail)?;
            section.extend(found.get(name).cloned().unwrap_or_default());
        }
        section.extend(VALUES.map(|(key, value)| (key.to_owned(), Json::from(value))));
        let found: BTreeMap<_, _> = read(&after).map_err(TestCaseError::fail)?;
        prop_assert_eq!(found, expected);
        let counter = if is_new { &added } else { &changed };
        counter.set(counter.get() + 1);
        Ok(())
    });
    let counts = [changed.get(), added.get(), refused.get()];
    assert!(changed.get() > 1000 && added.get() > 300, "{counts:?}");
}
