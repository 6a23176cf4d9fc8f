//! The properties that a change of any credentials file must have. The fuzz target and the tests share it.

use std::collections::BTreeMap;

use aws_mfa::aws_files::{Document, FileKind, Profiles};

const VALUES: [(&str, &str); 4] = [
    ("aws_access_key_id", "ASIAIOSFODNN7EXAMPLE"),
    ("aws_secret_access_key", "SECRET"),
    ("aws_session_token", "TOKEN"),
    ("expiration", "2026-01-02T03:04:05Z"),
];

fn parse(bytes: &[u8]) -> Document {
    Document::parse(FileKind::Credentials, bytes.to_vec())
}

/// Reads, changes a section and reads again.
pub(crate) fn check(input: &[u8]) {
    let document = parse(input);
    let Ok(once) = document.with_values("test", &VALUES) else {
        return;
    };
    let edited = parse(&once);
    for (key, value) in VALUES {
        assert_eq!(
            edited.text("test", key),
            Some(value),
            "{key}: {}",
            input.escape_ascii()
        );
    }
    let twice = edited.with_values("test", &VALUES);
    let twice = twice.expect("what was changed can be changed again");
    assert_eq!(*once, *twice, "which changes nothing");
    assert_eq!(
        others(document),
        others(edited),
        "{:?}",
        input.escape_ascii()
    );
}

/// Every value of the profiles that are not changed.
fn others(document: Document) -> BTreeMap<(String, String), Vec<u8>> {
    let empty = Document::parse(FileKind::Config, Vec::new());
    let profiles = Profiles::new(empty, document);
    let mut others = BTreeMap::new();
    for profile in profiles.iter().filter(|profile| profile.name() != "test") {
        for (key, value) in profile.values() {
            others.insert((profile.name().to_owned(), key), value.whole().to_vec());
        }
    }
    others
}
