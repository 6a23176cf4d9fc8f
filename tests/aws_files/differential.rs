use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use aws_mfa::aws_files::{Document, FileKind, Profile, Profiles, SectionKind, Value, is_typed};
use proptest::prelude::*;
use serde_json::Value as Json;

use super::botocore::{self, Reading, Sections};
use super::generated::{any_file, check};
use super::profiles;

/// Whether a value is what botocore has.
fn is_same(ours: &Value<'_>, botocores: &Json) -> bool {
    match botocores {
        Json::String(text) => ours.whole() == text.as_bytes(),
        Json::Object(nested) => {
            let is_same = |(key, value): (&String, &Json)| ours.nested(key) == value.as_str();
            ours.is_nested() && nested.iter().all(is_same)
        }
        _ => false,
    }
}

/// Checks that the text of a value is what botocore has, but for a comment after a typed one.
fn check_text(key: &str, value: &Value<'_>) -> Result<(), TestCaseError> {
    let (Some(text), Ok(whole)) = (value.text(), std::str::from_utf8(value.whole())) else {
        return Err(TestCaseError::fail(format!("{key} is not text")));
    };
    if text == whole {
        return Ok(());
    }
    prop_assert!(is_typed(key), "{key} has no comment to cut");
    let cut = whole.strip_prefix(text).map(str::trim_start);
    prop_assert!(
        cut.is_some_and(|cut| cut.starts_with(['#', ';'])),
        "{key}: {whole:?} became {text:?}"
    );
    Ok(())
}

/// The values of a profile that botocore reads, too.
fn known_to_botocore<'a>(profile: &Profile<'a>) -> BTreeMap<String, Value<'a>> {
    let mut values = profile.values();
    values.retain(|_, value| !profile.is_unknown_to_botocore(value.file()));
    values
}

/// Checks that these profiles are those of botocore, value for value.
pub(super) fn check_profiles(ours: &Profiles, botocores: &Sections) -> Result<(), TestCaseError> {
    let is_known = |profile: &Profile<'_>| {
        let kinds = [FileKind::Config, FileKind::Credentials];
        let mut kinds = kinds.into_iter().filter(|kind| profile.is_in(*kind));
        kinds.any(|kind| !profile.is_unknown_to_botocore(kind))
    };
    let known: BTreeSet<&str> = ours
        .iter()
        .filter(is_known)
        .map(|profile| profile.name())
        .collect();
    let theirs: BTreeSet<&str> = botocores.keys().map(String::as_str).collect();
    prop_assert_eq!(known, theirs);
    for (name, values) in botocores {
        let profile = ours.get(name).expect("its name is among them");
        prop_assert_eq!(profile.loss(), None);
        let found = known_to_botocore(&profile);
        let keys: BTreeSet<&String> = found.keys().collect();
        prop_assert_eq!(keys, values.keys().collect::<BTreeSet<_>>(), "{}", name);
        for (key, value) in &found {
            prop_assert!(
                is_same(value, &values[key]),
                "{name}: {key}: {:?} {}",
                value.whole(),
                values[key]
            );
            check_text(key, value)?;
            let by_key = profile.value(key).map(|value| (value.file(), value.line()));
            prop_assert_eq!(by_key, Some((value.file(), value.line())));
        }
    }
    // A header that botocore reads otherwise counts only where it says nothing else of that profile's key.
    for profile in ours.iter().filter(|profile| !is_known(profile)) {
        prop_assert!(!botocores.contains_key(profile.name()));
    }
    Ok(())
}

fn check_sections(
    ours: &Profiles,
    kind: SectionKind,
    botocores: &Sections,
) -> Result<(), TestCaseError> {
    for (name, values) in botocores {
        let section = ours.section(kind, name);
        let section = section.ok_or_else(|| TestCaseError::fail(format!("no {kind:?} {name}")))?;
        for (key, value) in values {
            let ours = section.value(key);
            prop_assert!(
                ours.is_some_and(|ours| is_same(&ours, value)),
                "{name}: {key}"
            );
        }
    }
    Ok(())
}

/// Checks that a file has faults if botocore refuses it, and that the first is in the line that it names. A
/// duplicate it names before the mistakes above it.
fn check_faults<T>(document: &Document, reading: &Reading<T>) -> Result<bool, TestCaseError> {
    let lines: Vec<usize> = document.faults().iter().map(|fault| fault.line).collect();
    match reading {
        Reading::Read { .. } => prop_assert_eq!(document.faults(), &[]),
        Reading::Refused {
            refused: Some(line),
            says,
        } => {
            let is_named = lines.contains(line);
            prop_assert!(
                is_named || lines.first().is_some_and(|first| first < line),
                "{lines:?}, {line}: {says}"
            );
        }
        Reading::Refused { says, .. } => prop_assert!(!lines.is_empty(), "{says}"),
    }
    Ok(matches!(reading, Reading::Read { .. }))
}

#[test]
fn every_value_of_a_random_pair_of_files_is_the_one_that_botocore_reads() {
    if botocore::ask(None, None).is_none() {
        return;
    }
    let (read, refused) = (Cell::new(0), Cell::new(0));
    let pair = (any_file(1), any_file(1));
    check(6000, &pair, |(config, credentials)| {
        let (config, credentials) = (config.as_bytes(), credentials.as_bytes());
        let answer = botocore::ask(Some(config), Some(credentials)).expect("it did before");
        let ours = profiles(config, credentials);
        check_faults(ours.document(FileKind::Config), &answer.config)?;
        check_faults(ours.document(FileKind::Credentials), &answer.credentials)?;
        let Some(merged) = answer.merged else {
            refused.set(refused.get() + 1);
            return Ok(());
        };
        read.set(read.get() + 1);
        check_profiles(&ours, &merged)?;
        if let Reading::Read { read: Some(config) } = answer.config {
            check_sections(&ours, SectionKind::SsoSession, &config.sso_sessions)?;
            check_sections(&ours, SectionKind::Services, &config.services)?;
        }
        Ok(())
    });
    assert!(
        read.get() > 2000,
        "{} read, {} refused",
        read.get(),
        refused.get()
    );
}

#[test]
fn of_duplicates_the_later_ones_win_as_in_a_parser_that_takes_them() {
    if botocore::ask(None, None).is_none() {
        return;
    }
    let compared = Cell::new(0);
    check(4000, &any_file(3), |credentials| {
        let credentials = credentials.as_bytes();
        let answer = botocore::ask(None, Some(credentials)).expect("it did before");
        let Some(lenient) = answer.lenient else {
            return Ok(());
        };
        let ours = profiles(b"", credentials);
        let mut is_compared = false;
        for (name, values) in &lenient {
            let profile = ours.get(name);
            let profile = profile.ok_or_else(|| TestCaseError::fail(format!("no {name}")))?;
            let found = known_to_botocore(&profile);
            let texts: BTreeMap<&String, String> = (found.iter())
                .map(|(key, value)| (key, String::from_utf8_lossy(value.whole()).into_owned()))
                .collect();
            let theirs: BTreeMap<&String, String> = (values.iter())
                .map(|(key, value)| (key, value.as_str().unwrap_or_default().to_owned()))
                .collect();
            prop_assert_eq!(texts, theirs, "{}", name);
            is_compared = true;
        }
        compared.set(compared.get() + usize::from(is_compared));
        Ok(())
    });
    assert!(compared.get() > 200, "{}", compared.get());
}
