//! Accounts: the one that a name means, the faults of its definition, and the messages about them.

use crate::harness::cases::for_each_case;
use crate::harness::requirements::is_root;
use crate::harness::terminal::Terminal;
use crate::harness::user_namespace::UserNamespace;
use crate::harness::{binary, jane_fixture};
use crate::support::home::{Home, Outcome};
use crate::support::sts::{
    Device, Fault, JANES_PHONE, JOES_TABLET, KEY_ID, SECRET, StrictSts, World,
};

/// Runs the program as a user that no password file knows and that is not root.
fn as_stranger(home: &Home, environment: &[(&str, &str)], arguments: &[&str]) -> Option<Outcome> {
    if !is_root("become a user without a home") {
        return None;
    }
    // The program may lie where a stranger may not look.
    let copy = home.path("aws-mfa-copy");
    crate::harness::copy_binary(&copy);
    let mut command = home.command("setpriv");
    command.env_remove("HOME");
    command.args(["--reuid=54321", "--regid=54321", "--clear-groups", "--"]);
    command.arg(copy).args(arguments);
    for (name, value) in environment {
        command.env(name, value);
    }
    home.set_mode("", 0o755);
    Some(home.run(&mut command))
}

#[test]
fn an_account_needs_no_config_file() {
    let sts = StrictSts::http(World::of_jane());
    let home = Home::empty(binary()).env("AWS_ENDPOINT_URL", sts.url());
    home.write(
        ".aws/credentials",
        format!("[key]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET}\n"),
    );
    let env = |account: &str, more: &[&str]| {
        let code = sts.fresh_code(JANES_PHONE);
        home.aws_mfa(&[&["env", "--json", account, &code], more].concat())
    };
    // The only account, by a key of its own; the device is looked up once.
    assert!(
        env("key", &[])
            .success()
            .text()
            .contains("\"AWS_MFA_ACCOUNT\":\"key\"")
    );
    env("key", &[]).success();
    assert_eq!(sts.count("ListMFADevices"), 1);
    // A name that nothing defines.
    assert!(
        env("any", &["--source-profile", "key"])
            .success()
            .text()
            .contains("\"AWS_MFA_ACCOUNT\":\"any\"")
    );
    let code = sts.fresh_code(JANES_PHONE);
    home.aws_mfa(&["env", "--json", &code]).success();
}

#[test]
fn a_remembered_device_that_aws_does_not_know_is_forgotten() {
    let (sts, home) = jane_fixture();
    let env = || home.aws_mfa(&["env", "joe", &sts.fresh_code(JOES_TABLET)]);
    let leads_to = |wanted: &str| {
        let list = home.aws_mfa(&["list"]).success().text();
        let row = list.lines().find(|row| row.starts_with("joe "));
        let cell = row.and_then(|row| row.split("  ").filter(|cell| !cell.is_empty()).nth(1));
        assert_eq!(cell.map(str::trim), Some(wanted), "{list}");
    };
    leads_to("not known yet");
    env().success();
    leads_to("123456789012");
    let memory = home.path(".cache/aws-mfa/mfa-devices.json");
    let remembered = std::fs::read_to_string(&memory).unwrap();
    assert!(remembered.contains(JOES_TABLET), "{remembered}");
    std::fs::write(&memory, remembered.replace("mfa/joe", "mfa/old")).unwrap();
    env()
        .ends_with(3)
        .says("does not know arn:aws:iam::123456789012:mfa/old")
        .says("was removed from it");
    env().success();
    assert_eq!(sts.count("ListMFADevices"), 2);
}

#[test]
fn roles_are_assumed_with_the_code() {
    let (sts, home) = jane_fixture();
    home.aws_mfa(&[
        "env",
        "prod",
        &sts.fresh_code(JANES_PHONE),
        "--duration",
        "30m",
    ])
    .success();
    let log = sts.log();
    assert_eq!(log[0].action, "AssumeRole");
    assert_eq!(log[0].parameter("RoleSessionName"), Some("jane"));
    assert_eq!(log[0].parameter("DurationSeconds"), Some("1800"));
    assert_eq!(log[0].parameter("ExternalId"), None);
}

#[test]
fn a_live_session_of_the_shell_is_used_again() {
    let (sts, home) = jane_fixture();
    sts.next(Fault::ShortSession(7230));
    let script = |more: &str| {
        let code = sts.fresh_code(JANES_PHONE);
        let words = format!(
            "eval \"$(aws-mfa env test {code})\"; first=$AWS_ACCESS_KEY_ID; eval \"$(aws-mfa env {more})\"; [ \"$first\" = \"$AWS_ACCESS_KEY_ID\" ] && echo same"
        );
        home.run(home.command("sh").args(["-c", &words]))
    };
    script("test")
        .success()
        .prints("same\n")
        .says("this shell's session is live for another 2 h 0 min");
    script("").success().prints("same\n");
    assert_eq!(sts.count("GetSessionToken"), 2);
    // A code, --fresh and --duration renew; so does an account that leads elsewhere now.
    for more in [
        format!("test {}", sts.fresh_code(JANES_PHONE)),
        sts.fresh_code(JANES_PHONE),
        format!("test --fresh {}", sts.fresh_code(JANES_PHONE)),
        format!("test --duration 1h {}", sts.fresh_code(JANES_PHONE)),
        format!(
            "test --role-arn arn:aws:iam::210987654321:role/Admin {}",
            sts.fresh_code(JANES_PHONE)
        ),
    ] {
        let outcome = script(&more);
        assert_eq!(outcome.text(), "", "{more}: {}", outcome.stderr);
    }
    // Without a code these would have to ask.
    for more in [
        "test --fresh",
        "test --duration 1h",
        "test --role-arn arn:aws:iam::210987654321:role/Admin",
        "prod",
    ] {
        script(more).says("there is no terminal");
    }
}

#[test]
fn a_session_that_ends_soon_is_renewed() {
    let (sts, home) = jane_fixture();
    sts.next(Fault::ShortSession(510));
    let code = sts.fresh_code(JANES_PHONE);
    let words = format!("eval \"$(aws-mfa env test {code})\"; aws-mfa status; aws-mfa env test");
    let outcome = home.run(home.command("sh").args(["-c", &words]));
    assert!(
        outcome.text().starts_with("test: 8 min left, until "),
        "{}",
        outcome.text()
    );
    outcome.ends_with(5).says("there is no terminal");
}

#[test]
fn status_tells_what_the_shell_holds() {
    let (sts, home) = jane_fixture();
    // The developer may share sessions, too.
    let namespace = UserNamespace::new();
    let status = |home: &Home, more: &[&str]| {
        let outcome = namespace.aws_mfa(home, &[&["status"], more].concat());
        outcome.ends_with(1).text()
    };
    assert_eq!(status(&home, &[]), "no session in this shell\n");
    assert_eq!(status(&home, &["-q"]), "");
    let empty = status(&home, &["--json"]);
    assert!(
        empty.contains("\"live\":false") && empty.contains("\"account\":null"),
        "{empty}"
    );

    sts.next(Fault::ShortSession(1830));
    let code = sts.fresh_code(JANES_PHONE);
    let words =
        format!("eval \"$(aws-mfa env prod {code})\"; aws-mfa status; aws-mfa status --json");
    let text = namespace.sh(&home, &words).success().text();
    assert!(text.starts_with("prod: 30 min left, until 20"), "{text}");
    assert!(
        text.contains("role   arn:aws:iam::210987654321:role/Admin"),
        "{text}"
    );
    assert!(text.contains("\"live\":true"), "{text}");

    let home = home
        .env("AWS_MFA_ACCOUNT", "test")
        .env("AWS_MFA_EXPIRES_AT", "1767323045")
        .env("AWS_ACCESS_KEY_ID", "x")
        .env("TZ", "CET-1CEST,M3.5.0,M10.5.0/3");
    let text = status(&home, &[]);
    assert!(
        text.starts_with("test: expired ") && text.contains("(2026-01-02 04:04 CET)"),
        "{text}"
    );
    // Programs get UTC.
    let json = status(&home, &["--json"]);
    assert!(json.contains("\"2026-01-02T03:04:05Z\""), "{json}");
    let text = status(&home.env("AWS_MFA_EXPIRES_AT", "soon"), &[]);
    assert!(text.contains("contains no expiration time"), "{text}");
}

#[test]
fn list_shows_where_accounts_come_from_and_what_is_live() {
    let (sts, home) = jane_fixture();
    let namespace = UserNamespace::new();
    sts.next(Fault::ShortSession(7230));
    let code = sts.fresh_code(JANES_PHONE);
    let words = format!("eval \"$(aws-mfa env test {code})\"; aws-mfa list");
    namespace.sh(&home, &words).success().prints(
        "ACCOUNT  LEADS TO               KEY IN PROFILE  DEFINED BY   SAVES TO  SESSION\n\
         joe      not known yet          joe-long-term   key profile  joe\n\
         prod     210987654321 as Admin  test-mfa        config.toml  prod\n\
         test     123456789012           test-mfa        config.toml  test      2 h 0 min left in this shell\n",
    );
    let json = namespace.aws_mfa(&home, &["list", "--json"]).success();
    let list: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(list[0]["defined_by"], "key-profile");
    assert_eq!(list[1]["account"], "prod");
    assert_eq!(list[1]["alias"], serde_json::Value::Null);
    assert_eq!(list[1]["source_profile"], "test-mfa");
    assert_eq!(list[1]["account_id"], "210987654321");
    assert_eq!(list[1]["live"], false);
    assert_eq!(list[2]["region"], "eu-west-1");
    assert_eq!(list[2]["mfa_serial"], JANES_PHONE);

    // One account that is wrong does not hide the others.
    home.write(
        ".config/aws-mfa/config.toml",
        "[accounts.broken]\nsource_profile = \"absent\"\n",
    );
    let text = home.aws_mfa(&["list"]).success().text();
    assert!(
        text.contains("broken   ! could not find the source profile absent"),
        "{text}"
    );
    assert!(text.contains("joe"), "{text}");
}

#[test]
fn a_closed_pipe_is_no_error() {
    let home = Home::empty(binary());
    let accounts: String = (0..5000)
        .map(|n| {
            format!("[profile{n}-mfa]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = x\n")
        })
        .collect();
    home.write(".aws/credentials", accounts);
    let words = "aws-mfa list | head -1; echo \"${PIPESTATUS[0]}\"";
    let outcome = home.run(home.command("bash").args(["-c", words])).success();
    assert!(
        outcome.text().ends_with("SAVES TO\n0\n"),
        "{}",
        outcome.text()
    );
    assert_eq!(outcome.stderr, "");
    let full = home.run(
        home.command("bash")
            .args(["-c", "aws-mfa list > /dev/full"]),
    );
    full.ends_with(1)
        .says("could not write to standard output: ");
}

#[test]
fn json_holds_no_control_character_or_direction_mark() {
    let (_sts, home) = jane_fixture();
    let odd = "te\u{9b}31m\u{202e}\u{200b}\u{7f}st";
    home.write(
        ".aws/config",
        format!("[profile odd]\nrole_arn = arn:aws:iam::210987654321:role/x\nregion = {odd}\nsource_profile = test-mfa\n"),
    );
    let home = home
        .env("AWS_MFA_ACCOUNT", odd)
        .env("AWS_REGION", odd)
        .env("AWS_MFA_EXPIRES_AT", "99");
    for words in [
        &["status", "--json"][..],
        &["list", "--json"],
        &["doctor", "--json"],
    ] {
        let text = home.aws_mfa(words).text();
        let raw = |c: char| (c.is_control() && c != '\n') || odd.contains(c) && !c.is_ascii();
        assert!(!text.contains(raw), "{words:?}: {text:?}");
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        if words[0] == "status" {
            assert_eq!(json["account"], odd);
        }
    }
}

for_each_case! { bad_input_is_named_with_the_next_step:
    unknown_account(&["env", "tset", "123456"], &["could not find account tset", "help: did you mean test?"]),
    unknown_account_like_a_command(&["env", "doctro"], &["help: did you mean the command doctor?"]),
    code_too_short(&["env", "test", "12345"], &["the MFA code has 5 digits"]),
    code_with_letters(&["env", "test", "abcdef"], &["something other than digits"]),
    duration_too_long(
        &["env", "test", "123456", "--duration", "37h"],
        &["--duration is 37h", "help: use --duration 36h"],
    ),
    duration_without_a_unit(
        &["env", "test", "123456", "--duration", "12"],
        &[
            "--duration is 12s",
            "help: a number without a unit is in seconds; for hours, write 12h",
        ],
    ),
    duration_too_long_for_a_role(&["env", "prod", "123456", "--duration", "13h"], &["AssumeRole accepts 15m to 12h"]),
    duration_with_an_unknown_unit(
        &["env", "test", "123456", "--duration", "1x"],
        &["`1x` is not a duration"],
    ),
    user_for_a_device(
        &["env", "test", "123456", "--mfa-serial", "arn:aws:iam::123456789012:user/jane"],
        &["arn:aws:iam::123456789012:mfa/jane"],
    ),
    region_that_is_none(
        &["env", "test", "123456", "--region", "Europe"],
        &["`Europe` is not a region"],
    ),
    unknown_source_profile(
        &["env", "test", "123456", "--source-profile", "tset-mfa"],
        &["could not find the source profile tset-mfa", "did you mean test-mfa"],
    ),
    account_name_with_a_blank(&["env", "te st", "123456"], &["`te st` is not a valid account name"]),
    account_name_that_is_empty(&["env", "", "123456"], &["is not a valid account name"]),
    unknown_shell(&["env", "test", "123456", "--shell", "csh2"], &["csh2"]),
    no_account_of_several(
        &["env"],
        &["could not determine the account: there are several", "name one: joe, prod, test"],
    ),
    config_that_is_missing(&["--config", "/nonexistent", "list"], &["could not read /nonexistent"]),
    unknown_subcommand(&["lst"], &["unrecognized subcommand 'lst'"]),
    account_in_the_place_of_the_subcommand(
        &["prod"],
        &["`prod` is not a command of aws-mfa", "`mfa prod` with the hook, or ", "aws-mfa env prod"],
    ),
    logout(&["logout"], &["`mfa off` with the hook, or ", "aws-mfa off"]),
    login(&["login"], &["`mfa ACCOUNT` with the hook, or ", "aws-mfa env ACCOUNT"]),
    account_unlike_any_other(&["env", "qqqqq"], &["help: the accounts are: joe, prod, test. An account is"]),
    logout_as_an_account(&["env", "logout"], &["help: `mfa off` ends the session."]),
}
fn bad_input_is_named_with_the_next_step(words: &[&str], says: &[&str]) {
    let (sts, home) = jane_fixture();
    let outcome = home.aws_mfa(words).ends_with(2);
    says.iter()
        .fold(outcome, |outcome, text| outcome.says(text));
    assert_eq!(sts.log().len(), 0, "AWS was asked");
}

#[test]
fn a_user_for_a_device_in_a_profile_is_named_with_the_next_step() {
    let (sts, home) = jane_fixture();
    home.write(
        ".aws/config",
        "[profile test-mfa]\naws_mfa_device = arn:aws:iam::123456789012:user/jane\n",
    );
    home.aws_mfa(&["env", "test", "123456"])
        .ends_with(2)
        .says("aws_mfa_device of profile test-mfa: `arn:aws:iam::123456789012:user/jane` is a user")
        .says("help: correct aws_mfa_device of [test-mfa]");
    assert_eq!(sts.log().len(), 0, "AWS was asked");
}

#[test]
fn variables_that_an_account_exports_do_not_affect_the_next_account() {
    let (sts, home) = jane_fixture();
    home.write("other.toml", "[accounts.none]\nregion = \"eu-west-1\"\n");
    let nowhere = "env = { AWS_ENDPOINT_URL_STS = \"http://127.0.0.1:1\", AWS_CONFIG_FILE = \"/nowhere\", \
         AWS_SHARED_CREDENTIALS_FILE = \"/nowhere\", AWS_MFA_CONFIG = \"~/other.toml\", AWS_CA_BUNDLE = \"/nowhere\", HTTP_PROXY = \"ftp://127.0.0.1:1\" }\n";
    let config = std::fs::read_to_string(home.path(".config/aws-mfa/config.toml")).unwrap();
    home.write(
        ".config/aws-mfa/config.toml",
        format!("{config}[accounts.local]\nsource_profile = \"test-mfa\"\n{nowhere}"),
    );
    let codes: Vec<String> = (0..4).map(|_| sts.fresh_code(JANES_PHONE)).collect();
    let script = format!(
        "eval \"$(aws-mfa env local {})\" && printenv AWS_ENDPOINT_URL_STS && eval \"$(aws-mfa env local {})\" && \
         aws-mfa exec test --code {} -- printenv AWS_MFA_ACCOUNT; eval \"$(aws-mfa env prod {})\" && printenv AWS_MFA_ACCOUNT; \
         printenv AWS_ENDPOINT_URL_STS AWS_CONFIG_FILE; true",
        codes[0], codes[1], codes[2], codes[3]
    );
    home.run(home.command("sh").args(["-c", &script]))
        .success()
        .prints("http://127.0.0.1:1\ntest\nprod\n");
}

#[test]
fn a_credentials_file_whose_name_is_no_text_is_used() {
    use std::os::unix::ffi::OsStrExt as _;
    let (sts, home) = jane_fixture();
    let name = std::ffi::OsStr::from_bytes(b"credentials-\xff");
    let file = home.path("").join(name);
    std::fs::copy(home.path(".aws/credentials"), &file).unwrap();
    let before = std::fs::read(home.path(".aws/credentials")).unwrap();
    let home = home.env("AWS_SHARED_CREDENTIALS_FILE", &file);
    home.aws_mfa(&["save", "test", &sts.fresh_code(JANES_PHONE)])
        .success();
    let saved = std::fs::read_to_string(&file).unwrap();
    assert!(saved.contains("[test]\n"), "{saved}");
    assert_eq!(
        std::fs::read(home.path(".aws/credentials")).unwrap(),
        before
    );
}

#[test]
fn an_error_has_color_at_a_terminal_unless_turned_off() {
    const ERROR: &str = "aws-mfa: could not find account nobody";
    const IN_RED: &str = "\x1b[31;1maws-mfa:\x1b[0m could not find account nobody";
    let (_sts, home) = jane_fixture();
    for (line, shown) in [
        ("", IN_RED),
        ("--color always", IN_RED),
        ("--color never", ERROR),
        ("2> file", ERROR),
        ("--color always 2> file", IN_RED),
        // https://no-color.org
        ("NO_COLOR=1", ERROR),
        ("NO_COLOR=", IN_RED),
        ("NO_COLOR=1 --color always", IN_RED),
    ] {
        let (variable, options) = match line.split_once(' ') {
            Some((variable, options)) if variable.contains('=') => (variable, options),
            _ if line.contains('=') => (line, ""),
            _ => ("", line),
        };
        let script =
            format!("{variable} aws-mfa env nobody 1 {options} > /dev/null; cat file; rm -f file");
        let mut terminal = Terminal::script(home.command("sh"), &script);
        terminal.expect("ended=");
        let said = terminal.text();
        assert!(said.contains(shown), "{line}: {said:?}");
    }
}

#[test]
fn commands_that_need_no_configuration_work_with_a_broken_one() {
    let (_sts, home) = jane_fixture();
    home.write(".config/aws-mfa/config.toml", "[accounts.test\n");
    let namespace = UserNamespace::new();
    let status = namespace.aws_mfa(&home, &["status"]).ends_with(1);
    assert_eq!(
        (status.text().as_str(), status.stderr.as_str()),
        ("no session in this shell\n", "")
    );
    namespace.aws_mfa(&home, &["off"]).success();
    namespace
        .aws_mfa(&home, &["init", "bash"])
        .success()
        .says("no aliases are defined: could not ");
    namespace.aws_mfa(&home, &["list"]).ends_with(2);
}

#[test]
fn a_bad_file_is_named_with_its_line() {
    let (_sts, home) = jane_fixture();
    let config = |text: &str| {
        home.write(".config/aws-mfa/config.toml", text);
        home.aws_mfa(&["list"])
    };
    config("[accounts.test]\nreion = \"x\"\n")
        .ends_with(2)
        .prints("")
        .says("~/.config/aws-mfa/config.toml, line 2: unknown key `reion`")
        .says("help: did you mean `region`?");
    config("[accounts.test\n")
        .ends_with(2)
        .says("config.toml, line 1: ");
    config("[accounts.status]\n")
        .ends_with(2)
        .says("`status` is a subcommand");
    // A control character is no text in TOML, and an error shows the line it is in.
    let said = config("a = \"\u{1b}[31m\"").ends_with(2).stderr;
    assert!(!said.contains('\u{1b}'), "{said:?}");
    let said = config("[accounts.test]\n\"\\u001b[31m\" = \"x\"\n")
        .ends_with(2)
        .stderr;
    assert!(!said.contains('\u{1b}'), "{said:?}");
    for alias in [
        "cd",
        "aws",
        "if",
        "setenv",
        "precmd",
        "TRAPINT",
        "fish_prompt",
        "def",
        "use",
        "export-env",
        "Prompt",
        "NaN",
    ] {
        config(&format!("[accounts.test]\nalias = \"{alias}\"\n"))
            .ends_with(2)
            .says("line 2: ")
            .says(&format!("`{alias}` is a standard command"));
    }
    for alias in ["1", "1day", "2fa"] {
        config(&format!("[accounts.test]\nalias = \"{alias}\"\n"))
            .ends_with(2)
            .says(&format!("`{alias}` is not a valid command name"));
    }
    config("[accounts.test]\nduration = \"40h\"\n");
    home.aws_mfa(&["env", "test", "123456"])
        .ends_with(2)
        .says("help: change it in [accounts.test]: duration = \"36h\"");
    config("");

    let credentials = |text: &[u8]| {
        home.write(".aws/credentials", text);
        home.aws_mfa(&["env", "test", "123456"])
    };
    credentials(b"")
        .ends_with(2)
        .says("could not find account test");
    credentials(b"[test-mfa]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n")
        .ends_with(2)
        .says("could not find account test")
        .says("help: profile test-mfa has an incomplete key: aws_secret_access_key is missing");
    credentials(b"[profile test-mfa]\naws_access_key_id = x\naws_secret_access_key = x\n")
        .ends_with(2)
        .says("could not find account test")
        .says("help: AWS tools ignore [profile test-mfa] in ~/.aws/credentials, line 1: in that file, write [test-mfa]");
    let empty = Home::empty(binary());
    let key = "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\n";
    empty.write(".aws/config", format!("[test-mfa]\n{key}"));
    let said = "AWS tools ignore [test-mfa] in ~/.aws/config, line 1: in that file, write [profile test-mfa]";
    let list = empty.aws_mfa(&["list"]).success();
    list.says("no accounts yet").says(said);
    empty
        .aws_mfa(&["setup", "--yes", "--shell", "bash"])
        .ends_with(2)
        .says("found no account that can be used")
        .says(said);
    credentials(b"[test-mfa]\nnonsense\n")
        .ends_with(2)
        .says("could not use profile test-mfa: ~/.aws/credentials, line 2: there is no `=`");
    let text = format!("[test-mfa]\n{key}\n[other]\n\u{e9}t\u{e9} = x\n");
    let latin_1: Vec<u8> = text.chars().map(|c| c as u8).collect();
    let list = {
        home.write(".aws/credentials", latin_1);
        home.aws_mfa(&["list"])
    };
    list.success().says(
        "the AWS CLI cannot read ~/.aws/credentials, line 6: there are bytes that are not UTF-8",
    );

    std::fs::remove_file(home.path(".aws/credentials")).unwrap();
    std::fs::create_dir(home.path(".aws/credentials")).unwrap();
    home.aws_mfa(&["list"])
        .success()
        .says("warning: ~/.aws/credentials is not used: it is a directory");
}

#[test]
fn an_unreadable_file_or_a_missing_home_is_named_with_the_next_step() {
    let home = Home::empty(binary());
    let file = home.write("credentials", "[a]\n");
    home.set_mode("credentials", 0o600);
    let file = file.to_str().unwrap();
    let both = [
        ("AWS_SHARED_CREDENTIALS_FILE", file),
        ("AWS_CONFIG_FILE", "/dev/null"),
    ];
    if let Some(outcome) = as_stranger(&home, &both, &["list"]) {
        outcome
            .success()
            .says(&format!("{file} is not used: Permission denied"))
            .says(&format!("chmod 600 {file}"));
    }
    if let Some(outcome) = as_stranger(&home, &[], &["list"]) {
        outcome
            .ends_with(2)
            .says("could not find your home directory")
            .says("help: set HOME");
    }
    // A user who names every file needs no home.
    let readable = home.write("readable", "[a]\n");
    let readable = readable.to_str().unwrap();
    let both = [
        ("AWS_SHARED_CREDENTIALS_FILE", readable),
        ("AWS_CONFIG_FILE", "/dev/null"),
    ];
    if let Some(outcome) = as_stranger(&home, &both, &["list"]) {
        outcome.success().says("no accounts yet");
    }
}

#[test]
fn a_failure_without_standard_error_still_sets_the_status() {
    let (_sts, home) = jane_fixture();
    for words in [
        "aws-mfa env nobody 123456 2>&-",
        "aws-mfa env nobody 123456 2>/dev/full",
    ] {
        home.run(home.command("sh").args(["-c", words]))
            .ends_with(2)
            .prints("(exit 2);\n");
    }
}

#[test]
fn devices_that_iam_lists_only_by_user_name_are_listed_by_it() {
    let denied = |arn: &str| Fault::Refuse {
        status: 403,
        code: "AccessDenied",
        message: format!(
            "User: {arn} is not authorized to perform: iam:ListMFADevices on resource: user joe because no \
             identity-based policy allows the iam:ListMFADevices action"
        ),
    };
    let joe = "arn:aws:iam::123456789012:user/staff/joe";
    // The name is in the refusal, or only STS knows it.
    for (arn, asked) in [(joe, 0), ("joe", 1)] {
        let (sts, home) = jane_fixture();
        sts.next(denied(arn));
        home.aws_mfa(&["env", "joe", &sts.fresh_code(JOES_TABLET)])
            .success();
        let log = sts.log();
        let listed = log.iter().find(|entry| entry.action == "ListMFADevices");
        assert_eq!(listed.unwrap().parameter("UserName"), Some("joe"));
        assert_eq!(sts.count("GetCallerIdentity"), asked);
    }
    // Denied both times, the usual device is proposed.
    let (sts, home) = jane_fixture();
    sts.next(denied(joe));
    sts.next(denied(joe));
    home.aws_mfa(&["env", "joe", "123456"])
        .ends_with(3)
        .says("it is often arn:aws:iam::123456789012:mfa/joe");
}

#[test]
fn of_very_many_devices_an_error_names_ten_and_the_number() {
    const COUNT: usize = 3000;
    let device = |number: usize| format!("arn:aws:iam::123456789012:mfa/device-{number:04}");
    let (sts, home) = jane_fixture();
    sts.with(|state| {
        let devices = (0..COUNT).map(|number| Device::new(&device(number)));
        state.world.users[1].devices = devices.collect();
    });
    let refused = home.aws_mfa(&["env", "joe", "123456"]).ends_with(2);
    let doctor = home.aws_mfa(&["doctor", "--online"]).text();
    let set_up = home.aws_mfa(&["setup", "--dry-run", "--shell", "bash"]);
    for said in [refused.stderr, doctor, set_up.success().stderr] {
        assert!(
            said.contains(&device(9)) && !said.contains(&device(10)),
            "{said}"
        );
        assert!(said.contains("and 2990 more"), "{said}");
    }
}

#[test]
fn a_region_that_no_partition_has_is_a_warning() {
    let home = Home::empty(binary());
    for (region, is_usual) in [
        ("eu-west-1", true),
        ("ap-southeast-5", true),
        ("us-gov-west-1", true),
        ("us-isob-east-1", true),
        ("eusc-de-east-1", true),
        ("cn-northwest-1", true),
        ("mx-central-1", true),
        ("mars", false),
        ("eu-wset-1", false),
        ("eu-west", false),
        ("eu-west-1a", false),
        ("euwest-1", false),
    ] {
        home.write(
            ".aws/credentials",
            format!(
                "[x-mfa]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET}\nregion = {region}\n"
            ),
        );
        let checked = home.aws_mfa(&["config", "check"]).success();
        let text = checked.stderr;
        let warns = text.contains(&format!("`{region}` does not look like a region of AWS"));
        assert_eq!(warns, !is_usual, "{region}: {text}");
    }
    // An endpoint of one's own may have regions of any name.
    let home = home.env("AWS_ENDPOINT_URL", "http://localhost:4566");
    let checked = home.aws_mfa(&["config", "check"]).success();
    assert_eq!(checked.stderr, "");
}
