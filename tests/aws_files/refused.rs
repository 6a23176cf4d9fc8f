use std::cell::Cell;
use std::collections::BTreeMap;

use aws_mfa::aws_files::{Cost, Document, FaultKind, FileKind, Profiles};
use proptest::prelude::*;

use super::botocore;
use super::generated::{any_file, check};
use super::profiles;

/// The content of every profile, by name.
fn readings(profiles: &Profiles) -> BTreeMap<String, BTreeMap<String, Vec<u8>>> {
    let reading = |profile: aws_mfa::aws_files::Profile<'_>| {
        let values = profile.values().into_iter();
        values
            .map(|(key, value)| (key, value.whole().to_vec()))
            .collect()
    };
    (profiles.iter())
        .map(|profile| (profile.name().to_owned(), reading(profile)))
        .collect()
}

/// The names of the profiles that are lost.
fn lost(profiles: &Profiles) -> Vec<&str> {
    let lost = profiles.iter().filter(|profile| profile.loss().is_some());
    lost.map(|profile| profile.name()).collect()
}

fn of_credentials(text: &[u8]) -> Profiles {
    profiles(b"", text)
}

/// The starts of the lines of a text, and its end.
fn places(text: &str) -> Vec<usize> {
    let ends = text.match_indices('\n').map(|(at, _)| at + 1);
    std::iter::once(0).chain(ends).collect()
}

#[test]
fn a_line_that_cannot_be_read_costs_its_own_profile_and_no_other() {
    let costs = Cell::new([0; 3]);
    let injected = prop::sample::select(vec![
        "nonsense",
        "region eu-west-1",
        ">>>>>>> other",
        "\0\0\0\0",
        "= no key",
        "=======",
        ": x = y",
    ]);
    let broken = (any_file(0), any::<prop::sample::Index>(), injected);
    check(3000, &broken, |(text, place, line)| {
        let has_lone_return = text.replace("\r\n", "").contains('\r');
        let clean = of_credentials(text.as_bytes());
        let document = clean.document(FileKind::Credentials);
        if has_lone_return || !document.faults().is_empty() || !text.ends_with('\n') {
            return Ok(());
        }
        let places = places(&text);
        let number = place.index(places.len());
        let mut damaged = text.clone();
        damaged.insert_str(places[number], &format!("{line}\n"));
        let damaged = of_credentials(damaged.as_bytes());

        let fault = damaged.document(FileKind::Credentials).faults()[0];
        prop_assert_eq!(fault.line, number + 1);
        let section = document
            .headers()
            .filter(|(_, line)| *line <= number)
            .last();
        let expected: Vec<&str> = match (section, fault.kind) {
            (None, kind) => {
                let costs_nothing = matches!(kind, FaultKind::BeforeFirstSection | FaultKind::Nuls);
                prop_assert!(costs_nothing);
                Vec::new()
            }
            (Some(_), FaultKind::NoKey | FaultKind::Nuls) => Vec::new(),
            (Some((b"DEFAULT", _)), _) => clean.iter().map(|profile| profile.name()).collect(),
            (Some((_, header)), _) => (clean.iter())
                .filter(|profile| profile.line_in(FileKind::Credentials) == Some(header))
                .map(|profile| profile.name())
                .collect(),
        };
        prop_assert_eq!(lost(&damaged), expected);
        prop_assert_eq!(readings(&clean), readings(&damaged));
        let mut counted = costs.get();
        counted[fault.cost as usize] += 1;
        costs.set(counted);
        Ok(())
    });
    let [nothing, _, section] = costs.get();
    assert!(nothing > 200 && section > 200, "{nothing} {section}");
}

#[test]
fn a_mark_a_comment_in_latin_1_and_text_before_the_first_section_cost_nothing() {
    for start in [
        &b"\xef\xbb\xbf"[..],
        b"# f\xfcr\n",
        b"My keys:\n",
        b"output = json\n",
        b"<<<<<<< HEAD\n",
    ] {
        let text = b"[x]\nregion = eu-west-1\n\n[y]\nk = v\n";
        let (clean, damaged) = (
            of_credentials(text),
            of_credentials(&[start, text].concat()),
        );
        assert_eq!(readings(&clean), readings(&damaged));
        assert_eq!(lost(&damaged), [""; 0]);
        let faults = damaged.document(FileKind::Credentials).faults();
        assert_eq!((faults.len(), faults[0].line), (1, 1), "{faults:?}");
        if let Some(answer) = botocore::ask(None, Some(&[start, text].concat())) {
            assert!(matches!(
                answer.credentials,
                botocore::Reading::Refused { .. }
            ));
        }
    }
}

#[test]
fn a_profile_that_is_lost_in_one_file_is_lost() {
    let both = profiles(
        b"[profile x]\nregion = r\n[profile y]\n",
        b"[x]\naws_access_key_id A\n[y]\n",
    );
    let loss = both.get("x").unwrap().loss().unwrap();
    assert_eq!((loss.file, loss.fault.line), (FileKind::Credentials, 2));
    assert_eq!(loss.fault.kind.to_string(), "there is no `=` in the line");
    assert_eq!(both.get("y").unwrap().loss(), None);
    let both = profiles(b"[profile x]\nregion r\n", b"[x]\nk = v\n");
    assert_eq!(
        both.get("x").unwrap().loss().unwrap().file,
        FileKind::Config
    );
}

#[test]
fn a_header_without_its_bracket_begins_a_section_that_is_lost() {
    let text = b"[a]\nk = 1\n[y # the old one\naws_access_key_id = WRONG\n[x]\nk = 2\n";
    let profiles = of_credentials(text);
    assert_eq!(lost(&profiles), ["y"]);
    assert_eq!(profiles.get("y").unwrap().loss().unwrap().fault.line, 3);
    assert_eq!(profiles.get("x").unwrap().text("k"), Some("2"));
    assert_eq!(profiles.get("a").unwrap().values().len(), 1);
    // As the first line of a file, too, and in the config file.
    let profiles = super::profiles(
        b"[profile y\nregion = r\n[profile x]\nregion = s\n",
        b"[y]\nk = v\n",
    );
    assert_eq!(lost(&profiles), ["y"]);
    assert_eq!(profiles.get("x").unwrap().text("region"), Some("s"));
    // Without a name, it belongs to no profile.
    let profiles = of_credentials(b"[x]\nk = 1\n[]\nk = 2\n");
    assert_eq!(lost(&profiles), [""; 0]);
    assert_eq!(profiles.get("x").unwrap().text("k"), Some("1"));
}

#[test]
fn a_nested_line_costs_the_key_above_it_or_the_profile_if_the_key_is_read_here() {
    let cost = |text: &str| {
        let document = Document::parse(FileKind::Config, text.as_bytes().to_vec());
        document
            .faults()
            .iter()
            .map(|fault| (fault.line, fault.cost))
            .collect::<Vec<_>>()
    };
    let text = "[profile x]\ns3 =\n  a = 1\n  path\nregion = r\n";
    assert_eq!(cost(text), [(4, Cost::Key)]);
    let profiles = profiles(text.as_bytes(), b"");
    let profile = profiles.get("x").unwrap();
    assert_eq!(profile.loss(), None);
    assert_eq!(
        (profile.text("region"), profile.text("s3")),
        (Some("r"), None)
    );
    assert_eq!(
        cost("[profile x]\nregion =\n\n  eu-west-1\n"),
        [(4, Cost::Section)]
    );
    assert_eq!(
        cost("[profile x]\ns3 =\n  a = 1\u{85}b\n"),
        [(3, Cost::Key)]
    );
    // To botocore, no profile has it.
    assert_eq!(cost("[DEFAULT]\ns3 =\n  path\n"), []);
    assert_eq!(
        cost("[DEFAULT]\ns3 =\n  path\n[profile x]\n"),
        [(3, Cost::Key)]
    );
    assert_eq!(cost("[DEFAULT]\ns3 =\n  path\n[profile x]\ns3 = a\n"), []);
}

#[test]
fn what_follows_a_carriage_return_alone_is_the_rest_of_a_line_to_the_sdks() {
    let lost_by = |text: &[u8]| lost(&of_credentials(text)).len();
    // The SDKs read a comment and a value of another key with a carriage return in them.
    assert_eq!(lost_by(b"[x]\nk = 1\n# a\rb\naws_access_key_id = A\n"), 0);
    assert_eq!(lost_by(b"[x]\noutput = json\rtable\n"), 0);
    // But no key, and no section on one line.
    assert_eq!(lost_by(b"[x]\naws_secret_access_key = s\rt\n"), 1);
    assert_eq!(lost_by(b"# a\r[x]\rk = 1\rnonsense\r"), 1);
}

#[test]
fn only_a_value_that_is_read_must_be_text() {
    let text = b"[x]\nnote = f\xfcr\nregion = r\n[y]\nregion = z\xfcrich\n[z\xfc]\nk = v\n";
    let profiles = of_credentials(text);
    assert_eq!(lost(&profiles), ["y"]);
    let loss = profiles.get("y").unwrap().loss().unwrap();
    assert_eq!(
        (loss.fault.line, loss.fault.kind),
        (5, FaultKind::ValueNotUtf8)
    );
    assert_eq!(profiles.get("x").unwrap().text("region"), Some("r"));
    assert_eq!(profiles.iter().count(), 2);
    assert!(!profiles.document(FileKind::Credentials).is_text());
    assert_eq!(profiles.document(FileKind::Credentials).bytes(), text);
}
