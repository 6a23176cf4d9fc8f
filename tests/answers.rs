//! Responses of STS and of the network.

use crate::harness::{env_test, jane_fixture};
use crate::support::sts::{Fault, JANES_PHONE, StrictSts};

#[test]
fn an_answer_that_is_no_session_never_reaches_the_shell() {
    let (sts, home) = jane_fixture();
    for element in ["SessionToken", "SecretAccessKey", "AccessKeyId"] {
        for text in [
            "$(touch pwned)",
            "two\nlines",
            "it's",
            "a\"b",
            "a b",
            "`id`",
            "",
            "a;b",
            "ä",
        ] {
            sts.next(Fault::Replace {
                element,
                text: text.to_owned(),
            });
            env_test(&sts, &home)
                .ends_with(1)
                .prints("(exit 1);\n")
                .says("could not use the response of STS");
        }
    }
    for text in ["2020-01-01T00:00:00Z", "soon"] {
        sts.next(Fault::Replace {
            element: "Expiration",
            text: text.to_owned(),
        });
        let outcome = env_test(&sts, &home);
        assert_ne!(outcome.status, Some(0), "{text}");
        assert!(
            !outcome.text().contains("export"),
            "{text}: {}",
            outcome.text()
        );
    }
    // For a reader that is no shell there is nothing at all.
    sts.next(Fault::Replace {
        element: "SessionToken",
        text: "$(touch pwned)".to_owned(),
    });
    home.aws_mfa(&["env", "--json", "test", &sts.fresh_code(JANES_PHONE)])
        .ends_with(1)
        .prints("");
    assert!(!home.path("pwned").exists());
}

#[test]
fn a_code_is_accepted_once() {
    let (sts, home) = jane_fixture();
    let code = sts.fresh_code(JANES_PHONE);
    home.aws_mfa(&["env", "test", &code]).success();
    // It is known here that it was used, for whatever account: AWS need not be asked.
    home.aws_mfa(&["env", "prod", &code])
        .ends_with(3)
        .prints("(exit 3);\n")
        .says("this MFA code was used ")
        .says("help: use the ");
    assert_eq!(sts.log().len(), 1);
    // Half a minute later, the device shows another one.
    let memory = home.path(".cache/aws-mfa/used-codes.json");
    let text = std::fs::read_to_string(&memory).unwrap();
    let at = text
        .split("\"at\": ")
        .nth(1)
        .unwrap()
        .split(char::is_whitespace);
    let at: i64 = at.into_iter().next().unwrap().parse().unwrap();
    let earlier = text.replace(&at.to_string(), &(at - 30).to_string());
    std::fs::write(&memory, earlier).unwrap();
    home.aws_mfa(&["env", "prod", &code])
        .ends_with(3)
        .says("this MFA code was used 3")
        .says("help: use the code that the device shows now");
    assert_eq!(sts.log().len(), 1);
    // Where that was forgotten, AWS says it.
    std::fs::remove_file(home.path(".cache/aws-mfa/used-codes.json")).unwrap();
    home.aws_mfa(&["env", "test", &code])
        .ends_with(3)
        .says("or was used before");
    // Nowhere to remember it is no error.
    let home = home.env("XDG_RUNTIME_DIR", "/proc/nowhere");
    home.aws_mfa(&["env", "test", &sts.fresh_code(JANES_PHONE)])
        .success();
}

#[test]
fn an_answer_that_is_not_from_aws_is_told_apart() {
    let (sts, home) = jane_fixture();
    for status in [200, 302, 403, 502] {
        let tries = if status == 502 { 3 } else { 1 };
        for _ in 0..tries {
            sts.next(Fault::Html(status));
        }
        env_test(&sts, &home)
            .ends_with(4)
            .prints("(exit 4);\n")
            .says(&format!("HTTP {status} with text/html is not from AWS"));
    }
    three_times(&sts, &Fault::Reset);
    env_test(&sts, &home)
        .ends_with(4)
        .says("STS at http://localhost")
        .says(" did not answer: the connection broke after the request was sent: ")
        .says("help: try again; a code that was sent may have been used up");
    // What is too long once is so again.
    let connections = sts.with(|state| state.connections);
    sts.next(Fault::Endless);
    env_test(&sts, &home)
        .ends_with(4)
        .says("could not use the response of STS at http://localhost")
        .says("it is too long to be from AWS");
    assert_eq!(sts.with(|state| state.connections), connections + 1);
    three_times(&sts, &Fault::ServerError { after_work: false });
    env_test(&sts, &home)
        .ends_with(4)
        .says("failed: HTTP 500 InternalFailure");
}

fn three_times(sts: &StrictSts, fault: &Fault) {
    for _ in 0..3 {
        sts.next(fault.clone());
    }
}

#[test]
fn a_passing_failure_is_retried() {
    let (sts, home) = jane_fixture();
    for fault in [
        Fault::Throttle,
        Fault::ServerError { after_work: false },
        Fault::Html(503),
    ] {
        sts.next(fault.clone());
        sts.next(fault);
        env_test(&sts, &home).success();
    }
    // The last of three: what failed first may have used up the code, and that is said.
    for fault in [Fault::ServerError { after_work: true }, Fault::Reset] {
        sts.next(fault);
        env_test(&sts, &home)
            .ends_with(3)
            .says("at the second try; the first try failed (")
            .says("and may have used it up");
    }
}

#[test]
fn no_request_is_signed_with_the_keys_of_the_shell() {
    let (sts, home) = jane_fixture();
    let home = home
        .env("AWS_ACCESS_KEY_ID", "ASIAOLDOLDOLDOLDOLDO")
        .env("AWS_SECRET_ACCESS_KEY", "old")
        .env("AWS_SESSION_TOKEN", "old")
        .env("AWS_PROFILE", "does-not-exist")
        .env("AWS_DEFAULT_PROFILE", "neither");
    env_test(&sts, &home).success();
    assert_eq!(sts.log()[0].access_key_id, crate::support::sts::KEY_ID);
}

#[test]
fn no_message_contains_a_secret() {
    let (sts, home) = jane_fixture();
    let code = sts.fresh_code(JANES_PHONE);
    let run = |words: &[&str]| home.aws_mfa(&[&["-vv"], words].concat());
    // Six digits in a row are in the number of an account or in a time, too.
    let has_code = |text: &str, code: &str| {
        text.split(|c: char| !c.is_ascii_digit())
            .any(|number| number == code)
    };
    let mut said = vec![
        run(&["env", "test", &code]).success().stderr,
        run(&["env", "test", &code]).ends_with(3).stderr,
        run(&["env", "joe", "000000"]).ends_with(3).stderr,
        run(&["list", "--json"]).success().text(),
        run(&["list"]).success().text(),
        run(&["doctor", "--online"]).text(),
        run(&["setup", "--dry-run", "--yes", "--shell", "bash"])
            .success()
            .text(),
        run(&["init", "bash"]).success().text(),
    ];
    // What has a session as its very output may have it there, and nowhere else.
    let more: [&[&str]; 4] = [
        &["save", "test"],
        &["exec", "prod", "--code"],
        &["credential-process", "test", "--code"],
        &["env", "--persist", "--json", "test"],
    ];
    for words in more {
        let code = sts.fresh_code(JANES_PHONE);
        let command: &[&str] = if words[0] == "exec" {
            &["--", "aws-mfa", "-vv", "status", "--json"]
        } else {
            &[]
        };
        let outcome = run(&[words, &[&code], command].concat()).success();
        assert!(!has_code(&outcome.stderr, &code), "{}", outcome.stderr);
        said.push(outcome.stderr);
    }
    sts.next(Fault::Replace {
        element: "SessionToken",
        text: "$".to_owned(),
    });
    said.push(env_test(&sts, &home).ends_with(1).stderr);
    let secrets = sts.with(|state| state.world.all_secrets());
    assert!(secrets.len() >= 6);
    for text in said {
        assert!(
            secrets.iter().all(|secret| !text.contains(secret)),
            "{text}"
        );
        assert!(!has_code(&text, &code), "{text}");
    }
}

#[test]
fn only_two_caches_are_written_and_neither_has_a_secret() {
    let (sts, home) = jane_fixture();
    home.aws_mfa(&[
        "env",
        "joe",
        &sts.fresh_code(crate::support::sts::JOES_TABLET),
    ])
    .success();
    let words = "find . -newer .config/aws-mfa/config.toml -type f | sort";
    let files = home.run(home.command("sh").args(["-c", words]));
    assert_eq!(
        files.text(),
        "./.cache/aws-mfa/mfa-devices.json\n./.cache/aws-mfa/used-codes.json\n"
    );
    let secrets = sts.with(|state| state.world.all_secrets());
    for file in files.text().lines() {
        let content = home.read(file);
        assert!(
            secrets.iter().all(|secret| !content.contains(secret)),
            "{content}"
        );
    }
}
