use crate::harness::{binary, jane_fixture};
use crate::support::home::Home;
use crate::support::sts::{ADMIN_ROLE, JANES_PHONE, KEY_ID, SECRET, StrictSts, World};

const FILE: &str = ".aws/credentials";

fn key(name: &str) -> String {
    format!("[{name}]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET}\n")
}

fn home(config: &str, credentials: &str) -> (StrictSts, Home) {
    let sts = StrictSts::http(World::of_jane());
    let home = Home::empty(binary()).env("AWS_ENDPOINT_URL", sts.url());
    home.write(".aws/config", config);
    home.write(FILE, credentials);
    (sts, home)
}

fn times(text: &str, part: &str) -> usize {
    text.matches(part).count()
}

#[test]
fn a_line_that_the_aws_cli_refuses_is_warned_of_once_a_load_and_never_in_between() {
    const WARNING: &str = "the AWS CLI cannot read ~/.aws/credentials, line 1";
    let (sts, home) = home("", &format!("output = json\n{}", key("x")));
    let code = || sts.fresh_code(JANES_PHONE);
    let warnings = |words: &[&str]| {
        let outcome = home.aws_mfa(words);
        assert!(
            matches!(outcome.status, Some(0 | 1)),
            "{words:?}: {}",
            outcome.stderr
        );
        times(&(outcome.text() + &outcome.stderr), WARNING)
    };
    for words in [
        &["env", "--json", "x", &code()][..],
        &["save", "x", &code(), "--to", "y"],
        &["exec", "--code", &code(), "x", "--", "true"],
        &["list"],
        &["setup", "--dry-run", "--shell", "bash"],
    ] {
        assert_eq!(warnings(words), 1, "{words:?}");
    }
    // Programs run these, or they load nothing.
    for words in [
        &["credential-process", "x", "--code", &code()][..],
        &["forget", "x"],
        &["status"],
        &["init", "bash"],
    ] {
        assert_eq!(warnings(words), 0, "{words:?}");
    }
    let mut tab = home.command(home.path("bin/aws-mfa"));
    tab.env("AWS_MFA_COMPLETE", "bash")
        .args(["--", "aws-mfa", "env", ""]);
    let tab = home.run(&mut tab).success();
    assert!(tab.text().contains('x'), "{}", tab.text());
    assert_eq!(tab.stderr, "");
}

#[test]
fn a_section_of_another_tool_is_not_taken_for_a_profile() {
    let config = "[okta]\naws_saml_url = home/amazon_aws/1\n[test]\nregion = eu-west-1\n";
    let (_sts, home) = home(config, "");
    let list = home.aws_mfa(&["list"]).success();
    assert!(!list.stderr.contains("[okta]"), "{}", list.stderr);
    list.says(
        "AWS tools ignore [test] in ~/.aws/config, line 3: in that file, write [profile test]",
    );
}

#[test]
fn a_token_beside_a_long_term_key_is_ignored_and_named_once() {
    for token in ["aws_session_token", "aws_security_token"] {
        let (sts, home) = home("", &format!("{}{token} = stale\n", key("x")));
        let outcome = home.aws_mfa(&["env", "--json", "x", &sts.fresh_code(JANES_PHONE)]);
        let said = outcome.success().stderr;
        assert_eq!(times(&said, "is ignored"), 1, "{said}");
        let place = format!("{token} of profile x is ignored (~/.aws/credentials, line 4)");
        assert!(said.contains(&place), "{said}");
        let doctor = home.aws_mfa(&["doctor"]).text();
        assert_eq!(times(&doctor, &place), 1, "{doctor}");
    }
}

#[test]
fn a_long_term_key_beside_a_token_is_not_overwritten() {
    let text = format!(
        "{}{}aws_session_token = stale\n",
        key("test-mfa"),
        key("test")
    );
    let (sts, home) = home("", &text);
    home.aws_mfa(&["save", "test", &sts.fresh_code(JANES_PHONE)])
        .ends_with(2)
        .says("could not save to profile test: it has the long-term key");
    assert_eq!(home.read(FILE), text);
}

#[test]
fn a_profile_that_signs_in_is_named_although_a_key_is_left_over() {
    let (sts, home) = home(
        "[profile x]\nsso_start_url = https://e.awsapps.com/start\nsso_region = eu-west-1\n\
         sso_account_id = 123456789012\nsso_role_name = Admin\n\
         [profile bare]\nsso_account_id = 123456789012\n",
        &key("x"),
    );
    let sign_in = "it signs in through IAM Identity Center";
    home.aws_mfa(&["env", "x", "123456"])
        .ends_with(2)
        .says(sign_in);
    home.aws_mfa(&["env", "bare", "123456"])
        .ends_with(2)
        .says(sign_in)
        .says("aws sso login --profile bare");
    let list = home.aws_mfa(&["list"]).success().text();
    assert!(list.contains(sign_in) && !list.contains("bare"), "{list}");
    let doctor = home.aws_mfa(&["doctor"]).text();
    assert!(
        doctor.contains("cannot be used with aws-mfa: bare, x: it signs in"),
        "{doctor}"
    );
    assert_eq!(sts.log().len(), 0);
}

#[test]
fn a_duration_that_is_no_integer_is_ignored_with_one_warning() {
    let role = format!(
        "[profile x]\nrole_arn = {ADMIN_ROLE}\nsource_profile = base\nmfa_serial = {JANES_PHONE}\nduration_seconds = 1h\n"
    );
    let (sts, home) = home(&role, &key("base"));
    let outcome = home.aws_mfa(&["env", "--json", "x", &sts.fresh_code(JANES_PHONE)]);
    let said = outcome.success().stderr;
    assert_eq!(
        times(&said, "duration_seconds of profile x is ignored"),
        1,
        "{said}"
    );
}

#[test]
fn a_file_that_is_set_to_nothing_is_told_as_the_reason() {
    let (_sts, home) = jane_fixture();
    let home = home.env("AWS_SHARED_CREDENTIALS_FILE", "");
    let reason = "no file (AWS_SHARED_CREDENTIALS_FILE is set, but empty)";
    home.aws_mfa(&["env", "test", "123456"])
        .ends_with(2)
        .says(reason);
    home.aws_mfa(&["save", "test", "123456"])
        .ends_with(2)
        .says("AWS_SHARED_CREDENTIALS_FILE is set, but empty");
    let doctor = home.aws_mfa(&["doctor"]).text();
    assert!(
        doctor.contains("AWS_SHARED_CREDENTIALS_FILE is set, but empty: no file is read"),
        "{doctor}"
    );
}

#[test]
fn a_text_in_utf_16_comes_with_the_command_that_converts_it() {
    let (_sts, home) = home("", "");
    let text: Vec<u8> = format!("\u{feff}{}", key("x"))
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    home.write(FILE, text);
    for words in [&["list"][..], &["save", "x", "123456"]] {
        home.aws_mfa(words)
            .says("iconv -f UTF-16 -t UTF-8 ~/.aws/credentials");
    }
    let doctor = home.aws_mfa(&["doctor"]).ends_with(1).text();
    assert!(doctor.contains("iconv -f UTF-16 -t UTF-8"), "{doctor}");
}

#[test]
fn what_other_tools_read_differently_is_told_by_doctor() {
    let (_sts, home) = home(
        "[profile x]\nregion = eu-west-1 # Ireland\n[profile p]\ncredential_process = ~/keys\n",
        &format!("{}mfa_serial = {JANES_PHONE}\n", key("x")),
    );
    let doctor = home.aws_mfa(&["doctor"]).text();
    for said in [
        "takes the comment after region of profile x for a part of the value: ~/.aws/config, line 2",
        "credential_process of profile p needs a shell for `~`",
        "the AWS SDK for .NET cannot use a profile with a key and mfa_serial: x",
    ] {
        assert!(doctor.contains(said), "{said}: {doctor}");
    }
}

#[test]
fn a_profile_of_any_name_is_a_source_in_config_toml_and_is_proposed_by_setup() {
    for name in ["my test", "a[b]", "zürich", "it's", "CORP\\jane"] {
        let (sts, home) = home("", &key(name));
        home.write(
            ".config/aws-mfa/config.toml",
            format!("[accounts.x]\nsource_profile = '''{name}'''\n"),
        );
        home.aws_mfa(&["env", "--json", "x", &sts.fresh_code(JANES_PHONE)])
            .success();
        home.aws_mfa(&[
            "save",
            "x",
            &sts.fresh_code(JANES_PHONE),
            "--to",
            name,
            "--force",
        ])
        .ends_with(2)
        .says("could not save to profile");
        home.write(".config/aws-mfa/config.toml", "");
        let setup = home.aws_mfa(&["setup", "--dry-run", "--shell", "bash"]);
        setup.success().says("+ source_profile = ");
    }
}

#[test]
fn saving_goes_by_a_line_that_cannot_be_read_in_another_section() {
    let others = format!("[other]\nnonsense\n\u{e9} = 1\n[open\n{}", key("test-mfa"));
    let (sts, home) = home("", &others);
    home.aws_mfa(&["save", "test", &sts.fresh_code(JANES_PHONE)])
        .success()
        .says("the AWS CLI cannot read ~/.aws/credentials, line 2: there is no `=`");
    assert!(
        home.read(FILE)
            .starts_with(&format!("{others}\n[test]\naws_access_key_id = ASIA"))
    );
}

#[test]
fn what_is_saved_takes_the_indentation_of_its_section() {
    for blanks in ["  ", "\t", " \t", "\u{a0}"] {
        let section =
            format!("[test]\n{blanks}region = eu-west-1\n{blanks}output = json\n[z]\nk = v\n");
        let (sts, home) = home("", &format!("{}{section}", key("test-mfa")));
        for _ in 0..2 {
            home.aws_mfa(&["save", "test", &sts.fresh_code(JANES_PHONE)])
                .success();
            let saved = home.read(FILE);
            let lines: Vec<&str> = saved.lines().skip_while(|line| *line != "[test]").collect();
            let keys = [
                "aws_access_key_id",
                "aws_secret_access_key",
                "aws_session_token",
                "expiration",
                "region",
                "output",
            ];
            for (line, key) in lines[1..].iter().zip(keys) {
                assert!(line.starts_with(&format!("{blanks}{key} = ")), "{line:?}");
            }
            assert_eq!(lines[7..], ["[z]", "k = v"]);
        }
        let region = home.aws_mfa(&["env", "--json", "test", &sts.fresh_code(JANES_PHONE)]);
        assert!(region.success().text().contains("eu-west-1"));
    }
}
