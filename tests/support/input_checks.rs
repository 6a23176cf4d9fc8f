//! What must hold for every input that other programs or users write: nothing in it panics, and nothing is lost. The
//! fuzz targets and the tests of `inputs.rs` call these functions.

use std::collections::BTreeMap;
use std::time::UNIX_EPOCH;

use aws_mfa::account::resolve::Accounts;
use aws_mfa::account::{AccountName, AwsProfiles, Config};
use aws_mfa::aws_files::{Document, FileKind, Profiles};
use aws_mfa::console::Console;
use aws_mfa::context::{Context, Directories, Limits};
use aws_mfa::credentials::Session;
use aws_mfa::delivery::session_changes::{end_session, load_session, start_with_session};
use aws_mfa::delivery::shell::Shell;
use aws_mfa::environment::variables::{is_interpreted, is_variable_name};
use aws_mfa::environment::{Change, Changes, Environment, RestoreRecord, ShellSession};
use aws_mfa::error::Failure;
use aws_mfa::hook::{self, HookOptions};
use aws_mfa::key::parse_process_output;
use aws_mfa::setup::config_text;
use aws_mfa::setup::proposal::Proposal;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The start of every session, in Unix seconds.
const NOW: i64 = 1_767_323_045;
/// The longest line that an error may have, in characters.
const LONGEST_LINE: usize = 1000;

/// Checks an edit of the credentials file: reads it, changes a section and reads it again.
pub(crate) fn credentials_file(input: &[u8]) {
    const VALUES: [(&str, &str); 4] = [
        ("aws_access_key_id", "ASIAIOSFODNN7EXAMPLE"),
        ("aws_secret_access_key", "SECRET"),
        ("aws_session_token", "TOKEN"),
        ("expiration", "2026-01-02T03:04:05Z"),
    ];
    let parse = |bytes: &[u8]| Document::parse(FileKind::Credentials, bytes.to_vec());
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
    let twice = match edited.with_values("test", &VALUES) {
        Ok(twice) => twice,
        Err(why) => panic!(
            "what was changed cannot be changed again: {why}: {}",
            input.escape_ascii()
        ),
    };
    assert_eq!(*once, *twice, "which changes nothing");
    assert_eq!(
        other_values(document),
        other_values(edited),
        "{}",
        input.escape_ascii()
    );
}

/// Every value of the profiles that are not changed.
fn other_values(document: Document) -> BTreeMap<(String, String), Vec<u8>> {
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

/// Checks the AWS files, and the accounts that are found in them. The input is the config file and, after the first
/// byte 0xff, the credentials file.
pub(crate) fn aws_files(input: &[u8]) {
    let separator = input.iter().position(|byte| *byte == 0xff);
    let (config, credentials) = input.split_at(separator.unwrap_or(input.len()));
    let credentials = credentials.get(1..).unwrap_or_default();
    let files = [
        (FileKind::Config, config),
        (FileKind::Credentials, credentials),
    ];
    let [config, credentials] = files.map(|(kind, bytes)| {
        let document = Document::parse(kind, bytes.to_vec());
        assert_eq!(document.bytes(), bytes, "a byte was lost");
        let lines = 1 + bytes.iter().filter(|byte| is_line_end(**byte)).count();
        for fault in document.faults() {
            assert!((1..=lines).contains(&fault.line), "line {}", fault.line);
            check_lines(&fault.kind.to_string());
        }
        document
    });
    let profiles = Profiles::new(config, credentials);
    for profile in profiles.iter() {
        let name = profile.name();
        let found = profiles.get(name).map(|profile| profile.name());
        assert_eq!(found, Some(name));
        for (key, value) in profile.values() {
            assert!(value.line() > 0);
            let _ = (value.text(), value.nested(&key));
        }
    }
    check_accounts(&Config::default(), &profiles.into());
}

/// Python's universal newlines. Of `\r\n`, both are counted.
fn is_line_end(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

/// Resolves every account, and what is said of one without a key.
fn check_accounts(config: &Config, profiles: &AwsProfiles) {
    let context = context(Environment::default());
    let accounts = Accounts {
        config,
        profiles,
        context: &context,
    };
    for warning in profiles.warnings(&context) {
        check_lines(&warning);
    }
    for ignored in accounts.ignored_profiles() {
        let _ = (ignored.problem, ignored.fix);
    }
    for name in accounts.names_including_unsupported() {
        let account = accounts.resolve(name.as_str());
        let keys = account.and_then(|account| accounts.source_credentials(&account).map(|_| ()));
        if let Err(failure) = keys {
            check_failure(&failure);
        }
    }
}

/// Checks config.toml: what an error shows of it, the hook that its aliases become, and what `setup` adds to it.
pub(crate) fn config_toml(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let config = match Config::parse(text, "config.toml") {
        Ok(config) => config,
        Err(error) => {
            check_failure(&error.without_values());
            check_failure(&Failure::from(error));
            return;
        }
    };
    check_accounts(&config, &AwsProfiles::default());
    let options = HookOptions {
        command: Some("mfa"),
        expiry_notice: true,
        prompt: false,
    };
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish, Shell::Sh, Shell::Tcsh] {
        let script = hook::script(shell, options, &config);
        assert!(script.is_ok(), "{shell}: {:?}", script.err());
    }
    let mut proposal = Proposal::default();
    let account: AccountName = "test".parse().expect("a valid name");
    proposal.add(&account, "source_profile", "key", "a reason");
    proposal.add(&account, "alias", "aws-creds-test", "another one");
    if let Ok(added) = config_text::with(text, &proposal, "config.toml") {
        let added = Config::parse(&added, "config.toml").expect("what setup writes is valid");
        for name in config.accounts.keys() {
            assert!(added.accounts.contains_key(name), "{name} was lost");
        }
        let source = &added.accounts[&account].source_profile;
        assert!(source.is_some(), "nothing was added");
    }
}

/// Checks the output of a `credential_process`.
pub(crate) fn process_output(input: &[u8]) {
    // Other output is refused before it is parsed.
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    match parse_process_output("test", text) {
        Ok(key) => {
            // The SDK panics at a control character.
            let key = aws_credential_types::Credentials::from(&key);
            for part in [key.access_key_id(), key.secret_access_key()] {
                assert!(!part.is_empty() && part.bytes().all(|byte| byte.is_ascii_graphic()));
            }
            assert!(key.session_token().is_none());
        }
        Err(failure) => check_failure(&failure),
    }
}

/// Checks `AWS_MFA_RESTORE` and `__aws_mfa_restore` with this value, as it is and as the text that it encodes.
pub(crate) fn restore(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    for value in [text.to_owned(), URL_SAFE_NO_PAD.encode(text)] {
        for record in ["AWS_MFA_RESTORE", "__aws_mfa_restore"] {
            check_record(record, &value);
        }
    }
}

fn check_record(record: &str, value: &str) {
    // Variables such as a session sets, and two more that it must not touch.
    let env: Environment = [
        (record, value),
        ("AWS_MFA_ACCOUNT", "test"),
        ("AWS_MFA_EXPIRES_AT", value),
        ("AWS_ACCESS_KEY_ID", "ASIAIOSFODNN7EXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_PROFILE", "x"),
        ("PATH", "/bin"),
        ("LD_PRELOAD", "x"),
        ("KUBECONFIG", "x"),
    ]
    .into_iter()
    .collect();
    let _ = RestoreRecord::is_corrupt(&env);
    let _ = RestoreRecord::env_before_session(&env);
    let shell_session = ShellSession::from_env(&env).expect("an account is named");
    let _ = (
        shell_session.seconds_left(NOW),
        shell_session.credentials(NOW),
    );
    let of_record = RestoreRecord::from_env(&env);
    let _ = (
        of_record.changed_variables(&env),
        of_record.unrestored_variables(&env),
    );
    check_changes(record, &end_session(&env));

    let config = Config::parse("[accounts.test]\nsource_profile = 'key'\n", "config.toml");
    let config = config.expect("a valid text");
    let context = context(env.clone());
    let accounts = Accounts {
        config: &config,
        profiles: &AwsProfiles::default(),
        context: &context,
    };
    let account = accounts.resolve("test").expect("it is defined");
    let session = Session::checked("ASIAIOSFODNN7EXAMPLE", "secret", "token", NOW + 3600, NOW);
    let session = session.expect("it has AWS's format");
    for changes in [
        load_session(&env, &account, &session),
        start_with_session(&env, &account, &session),
    ] {
        check_changes(record, &changes);
    }
}

/// Checks the names of the variables that a record changes: only what it may name, and what a shell can set.
fn check_changes(record: &str, changes: &Changes) {
    for change in changes.iter() {
        let name = change.name();
        assert!(is_variable_name(name), "{name:?}");
        let is_own = name == "__aws_mfa_restore";
        assert!(is_own || !is_interpreted(name), "{name}, by {record}");
        if record == "AWS_MFA_RESTORE" {
            assert!(is_own || name.starts_with("AWS_"), "{name}, by {record}");
        }
    }
    // No environment has a value with a NUL, and no shell can set one.
    let changes: Changes = changes
        .iter()
        .filter(|change| match change {
            Change::Set(_, value) => !value.contains(&0),
            Change::Unset(_) => true,
        })
        .cloned()
        .collect();
    let statements = Shell::Bash.statements(&changes);
    assert!(statements.is_ok(), "{:?}", statements.err());
}

fn check_failure(failure: &Failure) {
    check_lines(&failure.to_string());
}

/// Checks that a message has no line that fills the terminal.
fn check_lines(message: &str) {
    assert!(!message.is_empty());
    for line in message.lines() {
        assert!(line.chars().count() < LONGEST_LINE, "{message}");
    }
}

fn context(env: Environment) -> Context {
    Context {
        env,
        settings_env: None,
        directories: Directories {
            home: Some("/home/jane".into()),
            ..Directories::default()
        },
        now: || UNIX_EPOCH + std::time::Duration::from_secs(NOW.unsigned_abs()),
        console: Console::plain(),
        limits: Limits::default(),
    }
}
