use proptest::prelude::*;
use proptest::sample::select;

/// Headers of every kind. `{n}` is replaced by a number, so that most of them are not duplicates.
const HEADERS: [&str; 48] = [
    "[profile p{n}]",
    "[profile p{n}]",
    "[p{n}]",
    "[p{n}]",
    "[profile x]",
    "[x]",
    "[default]",
    "[profile default]",
    "[DEFAULT]",
    "[profile DEFAULT]",
    "[profile \"x y{n}\"]",
    "[profile 'x']",
    "[profile  c{n} ]",
    "[profile\tt{n}]",
    "[profiles d{n}]",
    "[profile x y{n}]",
    "[profile it's{n}]",
    "[it's{n}]",
    "[profile 'it'\"'\"'s me{n}']",
    "[profile CORP\\jane{n}]",
    "[CORP\\jane{n}]",
    "[profile \"a\\\"b\\c{n}\"]",
    "[profile\"q\" r{n}]",
    "[profile ''{n}]",
    "[profile \"\"]",
    "[ profile x ]",
    "[ x ]",
    "[x y{n}]",
    "[\"x y{n}\"]",
    "[profile a[b{n}]]",
    "[a]b{n}]",
    "[profile a#b{n}]",
    "[a;b{n}]",
    "[profile zürich{n}]",
    "[zürich{n}]",
    "[profile x\u{a0}]",
    "[profile\u{a0}x{n}]",
    "[Profile x{n}]",
    "[sso-session s{n}]",
    "[sso-session \"s t{n}\"]",
    "[services v{n}]",
    "[servicesfoo v{n}]",
    "[plugins]",
    "[profile n{n}] # note",
    "[profile n{n}] /* note */",
    "[n{n}] region = eu-west-1",
    "[x] # see [wiki]",
    "[n{n}];x",
];

/// Keys with their values, comments and empty lines.
const LINES: [&str; 50] = [
    "key{n} = value",
    "key{n}=value",
    "key{n}\t=\tvalue\t",
    "key{n}: value",
    "KEY{n} :value = 1",
    "x{n} = a=b:c",
    "a b{n} = c",
    "ünï{n} = çödé",
    "ÄÖ{n} = 1",
    "key\u{212a}{n} = Kelvin sign",
    "k{n}\u{a0}=\u{a0}v\u{a0}# c",
    "k{n}\u{b} = v\u{1c}",
    "empty{n} =",
    "empty{n}:",
    "s3 =",
    "sts =",
    "s3 = # note",
    "nested{n} = 1",
    "max = 2",
    "max = 3",
    "endpoint_url = http://127.0.0.1:9",
    "region = eu-west-1",
    "Region: eu-west-1 # Ireland",
    "region = # none",
    "region =# none",
    "aws_access_key_id = AKIAIOSFODNN7EXAMPLE",
    "AWS_Access_Key_Id = AKIAIOSFODNN7EXAMPLE ; jane",
    "aws_secret_access_key=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "aws_session_token = t{n}",
    "role_arn = arn:aws:iam::210987654321:role/open\t# audit",
    "source_profile = base ; the key",
    "mfa_serial =",
    "mfa_serial = arn:aws:iam::123456789012:mfa/jane#1",
    "credential_process = /bin/keys 'a # b' ; c",
    "credential_process =",
    "output{n} = json # free",
    "v\u{85}w{n} = 1",
    "k{n} = a\u{85}b",
    "k{n} = a\u{2028}b = c\u{c}d",
    "zero{n} = a\0b",
    "[open{n} = 1",
    "# comment",
    "; comment = 1",
    "#",
    "",
    " ",
    "\u{c}",
    "\u{a0}\t",
    "\u{1f}",
    "\u{2028}",
];

/// Lines for which botocore may refuse a file.
const BAD: [&str; 18] = [
    "plain words",
    "[open{n}",
    "[profile open{n} # note",
    "[",
    "[]",
    "[] # none",
    "= no key",
    ": no key",
    "======= {n}",
    "\0\0\0",
    " \0",
    "\u{feff}key = 1",
    "\u{200b}",
    "<<<<<<< HEAD",
    "region = eu-west-1",
    "[x]",
    "[p1]",
    "key1 = again",
];

fn indentation() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        12 => Just(""),
        3 => Just("  "),
        2 => Just("\t"),
        1 => Just("    "),
        1 => Just("\u{a0}"),
        1 => Just("\u{c} "),
    ]
}

fn line_end() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        12 => Just("\n"),
        4 => Just("\r\n"),
        1 => Just("\r"),
        1 => Just("\n\n"),
        1 => Just("\r\r\n"),
    ]
}

/// A line with its end; most are no reason for botocore to refuse the file if `bad` is small.
fn line(bad: u32) -> impl Strategy<Value = (&'static str, &'static str, &'static str)> {
    let body = prop_oneof![
        30 => select(&HEADERS[..]),
        70 => select(&LINES[..]),
        bad => select(&BAD[..]),
    ];
    (indentation(), body, line_end())
}

/// The text of a file out of random lines, most of which make no mistake if `bad` is small.
pub(super) fn file(bad: u32) -> impl Strategy<Value = String> {
    let header = (select(&HEADERS[..]), line_end()).prop_map(|(body, end)| ("", body, end));
    let start = prop_oneof![19 => header.boxed(), 1 => line(bad).boxed()];
    let rest = prop::collection::vec(line(bad), 0..14);
    let is_whole = prop::bool::weighted(0.8);
    (start, rest, is_whole).prop_map(|(start, rest, is_whole)| {
        let mut text = String::new();
        for (number, (indentation, body, end)) in std::iter::once(start).chain(rest).enumerate() {
            text += indentation;
            text += &body.replace("{n}", &number.to_string());
            text += end;
        }
        if !is_whole {
            text.truncate(text.trim_end_matches(['\r', '\n']).len());
        }
        text
    })
}

/// The same with sections that are laid out as people do, each with an indentation of its own.
pub(super) fn tidy_file() -> impl Strategy<Value = String> {
    let section = (
        select(&HEADERS[..]),
        indentation(),
        prop::collection::vec((select(&LINES[..]), prop::bool::weighted(0.1)), 0..6),
    );
    let sections = prop::collection::vec(section, 0..6);
    (sections, line_end()).prop_map(|(sections, end)| {
        let mut text = String::new();
        let mut number = 0;
        let mut push = |indentation: &str, body: &str| {
            number += 1;
            text += indentation;
            text += &body.replace("{n}", &number.to_string());
            text += end;
        };
        for (header, indentation, lines) in sections {
            push("", header);
            for (body, is_deeper) in lines {
                push(indentation, "");
                push(if is_deeper { "\t  \t  " } else { indentation }, body);
            }
        }
        text
    })
}

/// A file of either sort.
pub(super) fn any_file(bad: u32) -> impl Strategy<Value = String> {
    prop_oneof![file(bad).boxed(), tidy_file().boxed()]
}

/// Runs a property as often as this; the counts that it keeps show that each class of files was met.
pub(super) fn check<T: std::fmt::Debug>(
    cases: u32,
    strategy: &impl Strategy<Value = T>,
    property: impl Fn(T) -> Result<(), TestCaseError>,
) {
    let config = ProptestConfig {
        cases,
        failure_persistence: None,
        max_shrink_iters: 4000,
        ..ProptestConfig::default()
    };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    if let Err(error) = runner.run(strategy, property) {
        panic!("{error}");
    }
}
