use std::cell::Cell;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use aws_config::profile::ProfileSet;
use aws_mfa::aws_files::Profiles;
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_types::os_shim_internal::{Env, Fs};
use proptest::prelude::*;
use proptest::sample::select;

use super::generated::check;
use super::profiles;

/// The profiles that the parser of the AWS SDK for Rust reads from two files, if it accepts them.
fn by_sdk(config: &str, credentials: &str) -> Option<ProfileSet> {
    let files = EnvConfigFiles::builder()
        .with_contents(EnvConfigFileKind::Config, config)
        .with_contents(EnvConfigFileKind::Credentials, credentials)
        .build();
    let (fs, env) = (Fs::real(), Env::from_slice(&[]));
    let mut loading = pin!(aws_config::profile::load(&fs, &env, &files, None));
    // Nothing waits: the texts are in memory.
    match loading
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
    {
        Poll::Ready(read) => read.ok(),
        Poll::Pending => panic!("it would wait for files"),
    }
}

/// Lines of which no two readers think differently, but for the differences listed below.
const LINES: [&str; 16] = [
    "key{n} = value",
    "key{n}=value",
    "KEY{n}\t=\tvalue",
    "x{n} = a=b:c",
    "empty{n} =",
    "region = eu-west-1",
    "Region = eu-west-1 # Ireland",
    "aws_access_key_id = AKIAIOSFODNN7EXAMPLE ; jane",
    "aws_secret_access_key=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "role_arn = arn:aws:iam::210987654321:role/open\t# audit",
    "source_profile = a#b",
    "mfa_serial = # none",
    "s3{n} =\n  max = 1\n  addressing_style = path",
    "# comment",
    "; comment",
    "",
];

fn plain_file(headers: [&'static str; 6]) -> impl Strategy<Value = String> {
    let header = (
        select(headers.to_vec()),
        prop::collection::vec(select(&LINES[..]), 0..6),
    );
    (
        prop::collection::vec(header, 0..6),
        select(vec!["\n", "\r\n"]),
    )
        .prop_map(|(sections, end)| {
            let mut number = 0;
            let mut lines = Vec::new();
            for (header, body) in sections {
                for line in std::iter::once(header).chain(body) {
                    number += 1;
                    lines.push(line.replace("{n}", &number.to_string()));
                }
            }
            lines.join("\n").replace('\n', end)
        })
}

fn names(profiles: &Profiles) -> Vec<&str> {
    profiles.iter().map(|profile| profile.name()).collect()
}

#[test]
fn plain_files_are_read_as_the_sdk_reads_them() {
    let compared = Cell::new(0);
    let config = plain_file([
        "[default]",
        "[profile x{n}]",
        "[profile y] # note",
        "[profile  z.1]",
        "[profile\ta-b{n}]",
        "[sso-session s{n}]",
    ]);
    let credentials = plain_file([
        "[default]",
        "[x{n}]",
        "[y] ; note",
        "[z.1]",
        "[a-b{n}]",
        "[c@d]",
    ]);
    check(4000, &(config, credentials), |(config, credentials)| {
        let sdks = by_sdk(&config, &credentials);
        let sdks = sdks.ok_or_else(|| TestCaseError::fail("the SDK refuses it"))?;
        let ours = profiles(config.as_bytes(), credentials.as_bytes());
        let mut theirs: Vec<&str> = sdks.profiles().collect();
        theirs.sort_unstable();
        prop_assert_eq!(names(&ours), theirs);
        for profile in ours.iter() {
            prop_assert_eq!(profile.loss(), None);
            for (key, value) in profile.values() {
                let theirs = sdks
                    .get_profile(profile.name())
                    .and_then(|found| found.get(&key));
                prop_assert_eq!(value.text(), theirs, "{} of {}", key, profile.name());
            }
        }
        compared.set(compared.get() + 1);
        Ok(())
    });
    assert_eq!(compared.get(), 4000);
}

/// A difference: the two files, a profile, a key, and what is read here and by the SDK.
struct Difference {
    config: &'static str,
    credentials: &'static str,
    profile: &'static str,
    key: &'static str,
    ours: Option<&'static str>,
    sdks: Option<&'static str>,
}

/// The files that the SDK accepts but reads differently from botocore. Combinations of [`LINES`] and the lines below
/// show no other difference.
const DIFFERENCES: [Difference; 13] = [
    // 1. A comment after free text is a part of it to botocore.
    Difference {
        config: "[profile x]\ncredential_process = keys 'a # b'",
        credentials: "",
        profile: "x",
        key: "credential_process",
        ours: Some("keys 'a # b'"),
        sdks: Some("keys 'a"),
    },
    // 2. A comment line that is indented is none to the SDK.
    Difference {
        config: "[profile x]\nrole_arn = r\n  # hub\n",
        credentials: "",
        profile: "x",
        key: "role_arn",
        ours: Some("r"),
        sdks: Some("r\n# hub"),
    },
    // 3. An empty line within a value is one to botocore.
    Difference {
        config: "[profile x]\nk = 1\n\n  2\n",
        credentials: "",
        profile: "x",
        key: "k",
        ours: Some("1\n\n2"),
        sdks: Some("1\n2"),
    },
    // 4. A colon ends a key to botocore.
    Difference {
        config: "[profile x]\nregion: r = s\n",
        credentials: "",
        profile: "x",
        key: "region",
        ours: Some("r = s"),
        sdks: None,
    },
    // 5. A carriage return alone ends a line to botocore.
    Difference {
        config: "[profile x]\nk = 1\rregion = r\n",
        credentials: "",
        profile: "x",
        key: "region",
        ours: Some("r"),
        sdks: None,
    },
    // 6. [DEFAULT] gives its keys to every section.
    Difference {
        config: "[DEFAULT]\nregion = r\n[profile x]\nk = v\n",
        credentials: "",
        profile: "x",
        key: "region",
        ours: Some("r"),
        sdks: None,
    },
    // 7. Names may be quoted, and have any character.
    Difference {
        config: "[profile \"x y\"]\nregion = r\n",
        credentials: "",
        profile: "x y",
        key: "region",
        ours: Some("r"),
        sdks: None,
    },
    // 8. Of [default] and [profile default], the later one counts.
    Difference {
        config: "[profile default]\nregion = r\n[default]\nregion = s\n",
        credentials: "",
        profile: "default",
        key: "region",
        ours: Some("s"),
        sdks: Some("r"),
    },
    // 9. A name in the credentials file is literal.
    Difference {
        config: "",
        credentials: "[profile x]\nregion = r\n",
        profile: "profile x",
        key: "region",
        ours: Some("r"),
        sdks: None,
    },
    // 10. A section of the config file that begins with `profile` is a profile.
    Difference {
        config: "[profiles x]\nregion = r\n",
        credentials: "",
        profile: "x",
        key: "region",
        ours: Some("r"),
        sdks: None,
    },
    // 11. Keys may have any character.
    Difference {
        config: "[profile x]\na b = c\n",
        credentials: "",
        profile: "x",
        key: "a b",
        ours: Some("c"),
        sdks: None,
    },
    // 12. Blanks that are not ASCII are blanks.
    Difference {
        config: "[profile x]\nregion\u{a0}=\u{a0}r\n",
        credentials: "",
        profile: "x",
        key: "region",
        ours: Some("r"),
        sdks: None,
    },
    // 13. A section whose header only the SDK reads as a name counts where botocore has no such section.
    Difference {
        config: "[ profile x ]\nregion = r\n",
        credentials: "[x]\nk = v\n",
        profile: "x",
        key: "region",
        ours: None,
        sdks: Some("r"),
    },
];

#[test]
fn every_difference_from_the_sdk_is_a_known_one() {
    for (number, difference) in (1..).zip(&DIFFERENCES) {
        let Difference {
            config,
            credentials,
            profile,
            key,
            ours,
            sdks,
        } = difference;
        let profiles = profiles(config.as_bytes(), credentials.as_bytes());
        let found = profiles.get(profile).and_then(|profile| profile.text(key));
        assert_eq!(found, *ours, "{number}");
        let set = by_sdk(config, credentials).expect("the SDK reads it");
        let found = set
            .get_profile(profile)
            .and_then(|profile| profile.get(key));
        assert_eq!(found, *sdks, "{number}");
    }
}

/// Files for which botocore has a reason to refuse them and the SDK has none.
fn refused_file(headers: [&'static str; 7]) -> impl Strategy<Value = String> {
    let line = select(vec![
        "aws_access_key_id = AKIAIOSFODNN7EXAMPLE",
        "aws_access_key_id = AKIAI44QH8DHBEXAMPLE # new",
        "AWS_ACCESS_KEY_ID=AKIAI44QH8DHBEXAMPLE",
        "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "aws_secret_access_key = je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY",
        "aws_secret_access_key=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY ; old",
        "region = eu-west-1",
        "region = us-east-1",
        "# a comment\rwith a carriage return",
        "; a = comment\rwith a carriage return",
        "output = json\rtable",
        "s3 =\n  max = 1\u{85}2",
        "s3 = # note\n  path = 1",
    ]);
    let section = (select(headers.to_vec()), prop::collection::vec(line, 1..6));
    let sections = prop::collection::vec(section, 1..6);
    let end = select(vec!["\n", "\r\n"]);
    (sections, end, prop::bool::weighted(0.1)).prop_map(|(sections, end, has_mark)| {
        let mut text = String::from(if has_mark { "\u{feff}" } else { "" });
        for (header, lines) in sections {
            for line in std::iter::once(header).chain(lines) {
                text += line;
                text += end;
            }
        }
        text
    })
}

#[test]
fn a_key_that_the_sdk_reads_is_not_lost_where_botocore_refuses_the_file() {
    let compared = Cell::new(0);
    let files = (
        refused_file([
            "[profile x]",
            "[profile x]",
            "[profile y]",
            "[default]",
            "[profile z]",
            "[]",
            "[services s]",
        ]),
        refused_file([
            "[x]",
            "[x]",
            "[y]",
            "[default]",
            "[ z ]",
            "[]",
            "[w] # see [wiki]",
        ]),
    );
    check(4000, &files, |(config, credentials)| {
        // What reads the files for the SDK drops the mark first.
        let without_mark = |text: &'_ str| text.trim_start_matches('\u{feff}').to_owned();
        let sdks = by_sdk(&without_mark(&config), &without_mark(&credentials));
        let sdks = sdks.ok_or_else(|| TestCaseError::fail("the SDK refuses it"))?;
        let ours = profiles(config.as_bytes(), credentials.as_bytes());
        for name in sdks.profiles().filter(|name| !name.is_empty()) {
            let profile = ours.get(name);
            let profile = profile.ok_or_else(|| TestCaseError::fail(format!("no {name}")))?;
            prop_assert_eq!(profile.loss(), None);
            for key in ["aws_access_key_id", "aws_secret_access_key", "region"] {
                let theirs = sdks.get_profile(name).and_then(|profile| profile.get(key));
                if profile.text(key) == theirs {
                    compared.set(compared.get() + usize::from(theirs.is_some()));
                } else {
                    // Botocore knows [profile z], and a header that it reads otherwise only adds to it.
                    prop_assert_eq!(name, "z");
                    prop_assert!(theirs.is_some());
                }
            }
        }
        Ok(())
    });
    assert!(compared.get() > 10_000, "{}", compared.get());
}
