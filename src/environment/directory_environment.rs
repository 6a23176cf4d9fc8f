//! The environment of a directory: direnv, mise and shadowenv set variables while the shell is in it, and take them
//! away when it leaves. Each keeps what it has set in a variable. A session that displaces such a value must not bring
//! it back elsewhere.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use miniz_oxide::inflate::decompress_to_vec_zlib_with_limit;

use super::{Environment, value_bytes};

/// The variables in which these programs keep what they have set. direnv: URL-safe base64 of compressed JSON,
/// mise: base64 of compressed `MessagePack`, shadowenv: JSON.
/// <https://github.com/direnv/direnv/blob/master/gzenv/gzenv.go>
/// <https://github.com/jdx/mise/blob/main/src/env_diff.rs>
/// <https://shopify.github.io/shadowenv/>
const RECORDS: [&str; 3] = ["DIRENV_DIFF", "__MISE_DIFF", "__shadowenv_data"];

/// The largest record that is decompressed, in bytes.
const MAX_RECORD: usize = 1 << 20;

/// The bytes that identify the environment of the directory that the shell is in.
pub(super) fn state(env: &Environment) -> Vec<u8> {
    let mut state = Vec::new();
    for name in RECORDS {
        state.extend(env.raw(name).map(value_bytes).unwrap_or_default());
        state.push(0);
    }
    state
}

/// Whether one of these programs has set this variable, or may have set it.
pub(super) fn may_have_set(env: &Environment, variable: &str) -> bool {
    let mut records = RECORDS
        .iter()
        .filter_map(|name| env.raw(name))
        .map(value_bytes);
    records.any(|record| {
        if record.is_empty() {
            return false;
        }
        let contains_name = |text: &[u8]| memchr::memmem::find(text, variable.as_bytes()).is_some();
        decompressed(&record).map_or_else(
            // As it is, a record of shadowenv has the names in it.
            || !record.contains(&b'{') || contains_name(&record),
            |text| contains_name(&text),
        )
    })
}

fn decompressed(record: &[u8]) -> Option<Vec<u8>> {
    let padding = record
        .iter()
        .rev()
        .take_while(|byte| **byte == b'=')
        .count();
    let text = &record[..record.len() - padding];
    let bytes = URL_SAFE_NO_PAD
        .decode(text)
        .or_else(|_| STANDARD_NO_PAD.decode(text))
        .ok()?;
    decompress_to_vec_zlib_with_limit(&bytes, MAX_RECORD).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_names_the_variables_that_were_set() {
        // What direnv 2.32.1 has for `export AWS_PROFILE=one`, and what cannot be read.
        let direnv = "eJxsy8tuqkAcgPF3-a_1CIqjkrjgcBemDlilZTNBC-NtUIaLoPHdmyZNmiZdfLvf94ArqI9nD3JQH6BFK0rCpeX6JqhwyVPogeGG5suGGm4IKvQHFb9-JX0Mh1mR3Aa_0Pf4Fxr8S_NG7H5spL3qjrkCFdJFh-_C8tq7FjBijertSarX1YHXaMlEqTiYW1a1sKUZ8xRR-Y5kKMaEysqombBNVuvTjvWbuJWU0yWj3hkdxsWZyKUZxEqR8IZPdUwEy8OZiLUYURnhDJNsuNhSg6KolfHecoJytI7OVXnteyvE3251l9vGpkjG5H9io93e96134pm-aBjXWacHWeXvYtw2R1M-OqidTlJ6czWNUJqK2M7ZfA7P52cAAAD__4TIcUU=";
        let shadowenv = r#"1234:{"scalars":[{"name":"AWS_PROFILE"}]}"#;
        for (name, record, known) in [
            ("DIRENV_DIFF", direnv, true),
            ("__shadowenv_data", shadowenv, true),
            ("__MISE_DIFF", "???", false),
        ] {
            let env: Environment = [(name, record)].into_iter().collect();
            assert!(may_have_set(&env, "AWS_PROFILE"), "{name}");
            assert_eq!(may_have_set(&env, "AWS_REGION"), !known, "{name}");
        }
        assert!(!may_have_set(&Environment::default(), "AWS_PROFILE"));
    }
}
