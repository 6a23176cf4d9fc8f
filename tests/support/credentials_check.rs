//! What must hold of the editor of the credentials file, whatever the file is. The fuzz target and
//! the tests share it.

use aws_mfa::delivery::credentials_file::CredentialsText;

const VALUES: [(&str, &str); 4] = [
    ("aws_access_key_id", "ASIAIOSFODNN7EXAMPLE"),
    ("aws_secret_access_key", "SECRET"),
    ("aws_session_token", "TOKEN"),
    ("expiration", "2026-01-02T03:04:05Z"),
];

/// Parses, edits and parses again.
pub(crate) fn check(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let Ok(parsed) = CredentialsText::parse(text) else {
        return;
    };
    let Ok(once) = parsed.with_values("test", &VALUES) else {
        return;
    };
    let edited = CredentialsText::parse(&once).unwrap_or_else(|error| {
        panic!(
            "what was edited can be read: {error}: {text:?} {:?}",
            &*once
        )
    });
    for (key, _) in VALUES {
        assert!(edited.has_key("test", key), "{key} is there: {:?}", &*once);
    }
    let twice = edited
        .with_values("test", &VALUES)
        .expect("and edited again");
    assert_eq!(*once, *twice, "which changes nothing");
    // A section that nobody named has its lines as they were.
    let outside = |text: &str| -> Vec<String> {
        let mut inside = false;
        // A byte order mark is one at the start of the file alone.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let lines = text.split_inclusive('\n').filter(|line| {
            if let Some(header) = line.strip_prefix('[') {
                inside = header
                    .split([']', '#', ';'])
                    .next()
                    .is_some_and(|name| name.trim_matches([' ', '\t']) == "test");
            }
            !inside
        });
        lines
            .map(|line| line.trim_end_matches(['\r', '\n']).to_owned())
            .filter(|line| !line.trim().is_empty())
            .collect()
    };
    assert_eq!(outside(text), outside(&once));
}
