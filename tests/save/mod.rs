//! `save`: what it writes, what it leaves alone, and what is left when it is stopped half-way.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use aws_mfa::aws_files::{Document, FileKind};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use crate::harness::limits::SHORT_LIMITS;
use crate::harness::requirements::{is_root, not_run, python_tools};
use crate::harness::user_namespace::UserNamespace;
use crate::harness::{binary, jane_fixture, short_limits_binary};
use crate::support::home::Home;
use crate::support::sts::{ADMIN_ROLE, JANES_PHONE, JOES_TABLET, KEY_ID, SECRET, StrictSts, World};

/// Obstacles that are found beforehand.
mod obstacles;
/// Other programs that write the file at the same time.
mod races;

const CONFIG: &str = ".config/aws-mfa/config.toml";
const FILE: &str = ".aws/credentials";

fn read(home: &Home) -> String {
    std::fs::read_to_string(home.path(FILE)).unwrap()
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

/// A home whose shell holds a session of `test`, so that `save test` needs no code.
fn home_with_session() -> (StrictSts, Home) {
    let (sts, home) = jane_fixture();
    let code = sts.fresh_code(JANES_PHONE);
    let text = home
        .aws_mfa(&["env", "--shell", "nushell", "test", &code])
        .success()
        .stdout;
    let variables: serde_json::Map<String, serde_json::Value> =
        serde_json::from_slice(&text).unwrap();
    let home = variables.iter().fold(home, |home, (name, value)| {
        home.env(name, value.as_str().unwrap())
    });
    set_mode(&home.path(FILE), 0o600);
    (sts, home)
}

/// The files in the directory of the credentials file.
fn beside(home: &Home) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(home.path(".aws"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

const LEFT_BESIDE: [&str; 3] = [".credentials.aws-mfa.lock", "config", "credentials"];

#[test]
fn a_session_is_written_to_its_profile_and_nothing_else_changes() {
    let (sts, home) = jane_fixture();
    let before = read(&home);
    home.aws_mfa(&["save", "test", &sts.fresh_code(JANES_PHONE)])
        .success()
        .prints("")
        .says("test: saved to profile test in ~/.aws/credentials, live for 1");
    let after = read(&home);
    let section = after.strip_prefix(&before).unwrap();
    let keys: Vec<&str> = section
        .lines()
        .filter_map(|line| Some(line.split_once(" = ")?.0))
        .collect();
    assert!(
        section.starts_with("\n[test]\naws_access_key_id = ASIA"),
        "{section}"
    );
    assert_eq!(
        keys,
        [
            "aws_access_key_id",
            "aws_secret_access_key",
            "aws_session_token",
            "expiration"
        ]
    );
    assert_eq!(mode(&home.path(FILE)), 0o600);
    // The token's older name is written only where it stands.
    assert!(!after.contains("aws_security_token"), "{after}");

    let json = home.aws_mfa(&["list", "--json"]).success();
    let list: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(list[2]["save_to"], "test");
    let until = section
        .lines()
        .find_map(|line| line.strip_prefix("expiration = "))
        .unwrap();
    assert_eq!(list[2]["saved_until"], until);
    let table = home.aws_mfa(&["list"]).success().text();
    assert!(
        table.contains("test (1") && table.contains(" left)"),
        "{table}"
    );

    // A second time in the same place; to another profile; and along with env.
    home.aws_mfa(&["save", "test", &sts.fresh_code(JANES_PHONE)])
        .success();
    assert_eq!(read(&home).lines().count(), after.lines().count());
    home.aws_mfa(&[
        "save",
        "prod",
        &sts.fresh_code(JANES_PHONE),
        "--to",
        "elsewhere",
    ])
    .success();
    assert!(read(&home).contains("\n[elsewhere]\n"));
    let text = home
        .aws_mfa(&["env", "--persist", "prod", &sts.fresh_code(JANES_PHONE)])
        .success()
        .text();
    let key = text
        .lines()
        .find_map(|line| line.strip_prefix("export AWS_ACCESS_KEY_ID='"))
        .unwrap();
    assert!(read(&home).contains(&format!("\n[prod]\naws_access_key_id = {}\n", &key[..20])));
    assert_eq!(beside(&home), LEFT_BESIDE);
}

#[test]
fn an_account_with_persist_is_saved_when_it_is_loaded_into_a_shell() {
    let (sts, home) = jane_fixture();
    let config = home.read(CONFIG);
    let persisting = config.replace("[accounts.test]\n", "[accounts.test]\npersist = true\n");
    home.write(CONFIG, &persisting);
    let code = sts.fresh_code(JANES_PHONE);
    home.aws_mfa(&["env", "test", &code, "--shell", "bash"])
        .success()
        .says("test: saved to profile test in ~/.aws/credentials, live for ");
    assert!(read(&home).contains("\n[test]\naws_access_key_id = ASIA"));
    // What another program reads is no session of a shell; nor is that of an account without the setting saved.
    let before = read(&home);
    for words in [
        &["env", "test", "--json"][..],
        &["env", "test", "--dotenv"],
        &["env", "prod"],
    ] {
        let code = sts.fresh_code(JANES_PHONE);
        home.aws_mfa(&[words, &["--code", &code]].concat())
            .success();
        assert_eq!(read(&home), before, "{words:?}");
    }
    // [defaults] is about all but those that say otherwise.
    home.write(
        CONFIG,
        format!(
            "[defaults]\npersist = true\n{}",
            persisting.replace("= true", "= false")
        ),
    );
    for (account, is_saved) in [("test", false), ("prod", true)] {
        let code = sts.fresh_code(JANES_PHONE);
        let said = home.aws_mfa(&["env", account, &code]).success().stderr;
        assert_eq!(said.contains("saved to profile"), is_saved, "{said}");
    }
}

#[test]
fn persist_never_overwrites_a_key_and_says_so_before_the_code() {
    let (sts, home) = jane_fixture();
    let key = format!("[plain]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET}\n");
    home.write(FILE, read(&home) + &key);
    let home = home.env("AWS_ENDPOINT_URL", sts.url());
    let before = read(&home);
    home.write(CONFIG, "[accounts.plain]\npersist = true\n");
    home.aws_mfa(&["env", "plain", "123456"])
        .ends_with(2)
        .says("could not save to profile plain: it contains the long-term key")
        .says("help: in [accounts.plain] of config.toml, set save_to to another profile, or remove persist");
    assert_eq!(sts.count("GetSessionToken"), 0);
    // With [defaults], such an account goes on working.
    home.write(CONFIG, "[defaults]\npersist = true\n");
    home.aws_mfa(&["env", "plain", &sts.fresh_code(JANES_PHONE), "-v"])
        .success()
        .says("not saved, as [defaults] demands: could not save to profile plain");
    assert_eq!(read(&home), before);
}

#[test]
fn aws_tools_work_with_the_profile() {
    let Some(tools) = python_tools() else { return };
    let (sts, home) = jane_fixture();
    // What an older tool left there, in a name of the token that botocore looks for first.
    let text = read(&home) + "\n[test]\naws_security_token = STALE\n";
    home.write(FILE, text);
    home.aws_mfa(&["save", "test", &sts.fresh_code(JANES_PHONE)])
        .success();
    assert!(!read(&home).contains("STALE"));
    let home = home
        .env("AWS_ENDPOINT_URL", sts.url())
        .env("AWS_DEFAULT_REGION", "us-east-1");
    let tools = tools.display();
    for client in [
        format!("'{tools}/aws' --profile test sts get-caller-identity --query Arn --output text"),
        format!(
            "'{tools}/python' -c \"import boto3; print(boto3.Session(profile_name='test').client('sts').get_caller_identity()['Arn'])\""
        ),
    ] {
        let outcome = home.run(home.command("sh").args(["-c", &client]));
        outcome
            .success()
            .prints("arn:aws:iam::123456789012:user/jane\n");
    }
}

#[test]
fn a_profile_of_another_kind_is_not_overwritten() {
    let (sts, home) = jane_fixture();
    let credentials = format!(
        "{}\n[key]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET}\n[process]\ncredential_process = /bin/false\n\
         [login]\nlogin_session = arn:aws:iam::123456789012:user/jane\n",
        read(&home)
    );
    home.write(FILE, &credentials);
    let config = std::fs::read_to_string(home.path(".aws/config")).unwrap();
    home.write(
        ".aws/config",
        format!("{config}\n[profile role]\nrole_arn = {ADMIN_ROLE}\nsource_profile = test-mfa\n"),
    );
    let save = |to: &str, more: &[&str]| {
        let code = sts.fresh_code(JANES_PHONE);
        home.aws_mfa(&[&["save", "test", &code, "--to", to], more].concat())
    };
    let asked = sts.log().len();
    for (to, said) in [
        (
            "key",
            "could not save to profile key: it has the long-term key AKIAIOSFODNN7EXAMPLE",
        ),
        ("role", "could not save to profile role: it has role_arn"),
        (
            "process",
            "could not save to profile process: it has credential_process, which AWS tools would no longer use",
        ),
        (
            "login",
            "could not save to profile login: it has login_session, which AWS tools would no longer use",
        ),
        (
            "test-mfa",
            "it contains the long-term key that the session is requested with",
        ),
        ("my profile", "AWS tools do not agree on a name like this"),
    ] {
        save(to, &[]).ends_with(2).says(said);
    }
    assert_eq!(sts.log().len(), asked, "AWS was not asked");
    assert_eq!(read(&home), credentials);
    // Forced, but never onto the very key that asks.
    save("key", &["--force"]).success();
    assert!(!read(&home).contains(&format!("[key]\naws_access_key_id = {KEY_ID}")));
    save("test-mfa", &["--force"]).ends_with(2);

    for (text, said) in [
        ("[test-mfa]\nnonsense\n", "line 4: "),
        (
            "[ test ]\n[test-mfa]\n",
            "there are blanks within the brackets",
        ),
    ] {
        let text = text.replace(
            "[test-mfa]\n",
            &format!(
                "[test-mfa]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET}\n"
            ),
        );
        home.write(FILE, &text);
        save("test", &[]).ends_with(2).says(said);
        assert_eq!(read(&home), text);
    }
}

#[test]
fn an_obstacle_to_saving_is_reported_before_a_code_is_asked_for() {
    let (sts, home) = jane_fixture();
    let text = read(&home);
    let code = sts.fresh_code(JANES_PHONE);
    let save = |home: &Home, to: &str| home.aws_mfa(&["save", "test", &code, "--to", to]);
    home.write(
        FILE,
        format!(
            "{text}[id]\naws_access_key_id = {KEY_ID}\n[secret]\naws_secret_access_key = {SECRET}\n\
             [config]\naws_access_key_id = {KEY_ID}\n[ blank ]\n"
        ),
    );
    let config = std::fs::read_to_string(home.path(".aws/config")).unwrap();
    home.write(
        ".aws/config",
        config.clone() + "[profile config]\naws_session_token = not of that key\n",
    );
    let before = read(&home);
    for (to, said) in [
        ("id", "it has the long-term key AKIAIOSFODNN7EXAMPLE"),
        ("secret", "it has a secret access key without its id"),
        ("config", "it has the long-term key AKIAIOSFODNN7EXAMPLE"),
        ("blank", "there are blanks within the brackets"),
    ] {
        save(&home, to).ends_with(2).says(said);
    }
    assert_eq!(read(&home), before);
    home.write(".aws/config", config);
    // What is left of a session that has expired is not worth a message.
    home.write(
        FILE,
        format!(
            "{text}[test]\naws_access_key_id = ASIAIOSFODNN7EXAMPLE\naws_secret_access_key = s\n"
        ),
    );

    // A directory that cannot be written, for those who may write everything, too.
    let script = format!(
        "mount --bind -o ro .aws .aws && aws-mfa save test {code}; echo $?; \
         aws-mfa env test {code} --persist > /dev/null; echo $?; aws-mfa save --all --yes; echo $?"
    );
    let mut unshare = home.command("unshare");
    unshare.args(["--user", "--map-root-user", "--mount", "sh", "-c", &script]);
    let outcome = home.run(&mut unshare);
    assert_eq!(outcome.text(), "1\n1\n1\n", "{}", outcome.stderr);
    outcome
        .says("could not write ~/.aws/credentials: could not create a file in ")
        .says("Read-only file system")
        .says("test: could not write");
    assert_eq!(beside(&home), ["config", "credentials"]);
    assert_eq!(sts.count("GetSessionToken"), 0);
    save(&home, "test").success();
    assert_eq!(beside(&home), LEFT_BESIDE);
}

#[test]
fn a_credentials_file_that_is_no_regular_file_is_not_written_to() {
    let (sts, home) = jane_fixture();
    let keys = read(&home).replace("[test-mfa]", "[profile test-mfa]");
    let config = std::fs::read_to_string(home.path(".aws/config")).unwrap();
    let keys = keys.replace("[joe-long-term]", "[profile joe-long-term]");
    home.write(".aws/config", keys + &config);
    std::fs::remove_file(home.path(FILE)).unwrap();
    let code = sts.fresh_code(JANES_PHONE);
    home.run(home.command("mkfifo").arg("pipe")).success();
    std::fs::create_dir(home.path("directory")).unwrap();
    std::os::unix::fs::symlink("/dev/null", home.path("link")).unwrap();
    for path in ["/dev/null", "link", "pipe", "directory"] {
        for words in [&["save"][..], &["env", "--persist"]] {
            let mut command = home.command("timeout");
            command.args(["5", "aws-mfa"]).args(words);
            command.args(["test", &code]);
            command.env("AWS_SHARED_CREDENTIALS_FILE", path);
            home.run(&mut command)
                .ends_with(2)
                .says(&format!("could not write {path}: it is not a regular file"))
                .says("help: name a file: AWS_SHARED_CREDENTIALS_FILE");
        }
    }
    assert_eq!(sts.log().len(), 0);
    assert!(home.path("link").is_symlink());
}

#[test]
fn saving_keeps_links_and_modes_and_creates_directories() {
    let (_sts, home) = home_with_session();
    let save = || home.aws_mfa(&["save", "test"]);
    // A link into a directory of dotfiles stays a link.
    let dotfiles = home.write("dotfiles/aws credentials", read(&home));
    set_mode(&dotfiles, 0o644);
    std::fs::remove_file(home.path(FILE)).unwrap();
    std::os::unix::fs::symlink("../dotfiles/aws credentials", home.path(FILE)).unwrap();
    save()
        .success()
        .says("could be read by other users (mode 0644); now only you can read it");
    assert!(home.path(FILE).is_symlink());
    assert_eq!(mode(&dotfiles), 0o600);
    assert!(
        std::fs::read_to_string(&dotfiles)
            .unwrap()
            .contains("[test]")
    );
    // Narrower than 0600 is kept.
    set_mode(&dotfiles, 0o400);
    assert_eq!(save().success().stderr.matches("warning").count(), 0);
    assert_eq!(mode(&dotfiles), 0o400);

    // A link to nothing makes what it names; without a directory there is one, which no one else can read.
    for umask in ["000", "077"] {
        let home = home_elsewhere(&home);
        let words = format!("umask {umask}; aws-mfa save test --source-profile key");
        let run = |home: &Home| home.run(home.command("sh").args(["-c", &words]));
        run(&home).success();
        assert_eq!(mode(&home.path("new")), 0o700);
        assert_eq!(mode(&home.path("new/credentials")), 0o600);
        std::fs::remove_file(home.path("new/credentials")).unwrap();
        std::os::unix::fs::symlink("target", home.path("new/credentials")).unwrap();
        run(&home).success();
        assert!(home.path("new/credentials").is_symlink());
        assert_eq!(mode(&home.path("new/target")), 0o600);
    }
}

/// The same session in a home whose keys are in the config file and whose credentials file does
/// not exist yet.
fn home_elsewhere(like: &Home) -> Home {
    let home = like
        .variables()
        .into_iter()
        .filter(|(name, _)| name != "HOME" && name != "PATH")
        .fold(Home::empty(binary()), |home, (name, value)| {
            home.env(name, value)
        });
    let keys = format!(
        "[profile test-mfa]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET}\n"
    );
    let config = home.write("config", keys.replace("test-mfa", "key") + &keys);
    let file = home.path("new/credentials");
    let home = home
        .env("AWS_CONFIG_FILE", config)
        .env("AWS_SHARED_CREDENTIALS_FILE", file);
    // The session was made with the profile test-mfa: say the same of this one.
    let memory = home
        .variables()
        .into_iter()
        .find(|(name, _)| name == "AWS_MFA_RESTORE")
        .unwrap()
        .1;
    let text = base64_text(memory.to_str().unwrap()).replace("test-mfa", "key");
    let encoded = base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, text);
    home.env("AWS_MFA_RESTORE", encoded)
}

fn base64_text(text: &str) -> String {
    let bytes =
        base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, text).unwrap();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn a_file_that_cannot_be_written_stays_as_it_was() {
    let (_sts, home) = home_with_session();
    let before = read(&home);
    // A limit on the size of files does what a full disk does.
    let words = "ulimit -f 0; aws-mfa save test";
    let outcome = home.run(home.command("bash").args(["-c", words]));
    outcome
        .ends_with(1)
        .says("could not write ~/.aws/credentials: File too large")
        .says("help: the file is as it was");
    assert_eq!(read(&home), before);
    assert_eq!(beside(&home), ["config", "credentials"]);

    // A real full disk, if this machine lets us make one in a namespace.
    let words = "mkdir -p disk && mount -t tmpfs -o size=16k tmpfs disk && cp .aws/credentials disk && \
                 { dd if=/dev/zero of=disk/fill bs=1k count=64 2>/dev/null; \
                 AWS_SHARED_CREDENTIALS_FILE=disk/credentials aws-mfa save test; echo status=$?; \
                 cmp .aws/credentials disk/credentials && echo same; umount disk; }";
    let mut unshare = home.command("unshare");
    unshare.args(["--user", "--map-root-user", "--mount", "sh", "-c", words]);
    let outcome = home.run(&mut unshare);
    if outcome.text().contains("status=") {
        assert_eq!(outcome.text(), "status=1\nsame\n", "{}", outcome.stderr);
        outcome.says("No space left on device");
    } else {
        not_run(&format!(
            "a full disk, for want of mount: {}",
            outcome.stderr.trim()
        ));
    }
}

#[test]
fn files_and_directories_of_another_user_are_not_taken_over() {
    let (_sts, home) = home_with_session();
    if !is_root("play two users") {
        return;
    }
    let before = read(&home);
    let copy = home.path("aws-mfa-copy");
    crate::harness::copy_binary(&copy);
    let as_stranger = || {
        let mut command = home.command("setpriv");
        command
            .args(["--reuid=54321", "--regid=54321", "--clear-groups", "--"])
            .arg(&copy)
            .args(["save", "test"]);
        home.run(&mut command)
    };
    let own = |path: &Path, uid| std::os::unix::fs::chown(path, Some(uid), Some(uid)).unwrap();
    set_mode(&home.path(""), 0o755);
    // A directory in which nothing can be made.
    for path in [home.path(FILE), home.path(".aws/config")] {
        own(&path, 54321);
    }
    set_mode(&home.path(".aws"), 0o555);
    as_stranger()
        .ends_with(1)
        .says("could not write ~/.aws/credentials: could not create a file in ")
        .says("Permission denied");
    // Another user's file, readable, in a directory of one's own: taking it over would lock them out.
    own(&home.path(FILE), 0);
    set_mode(&home.path(FILE), 0o644);
    own(&home.path(".aws"), 54321);
    set_mode(&home.path(".aws"), 0o755);
    as_stranger()
        .ends_with(1)
        .says("it belongs to user 0")
        .says("the file is as it was");
    assert_eq!(read(&home), before);
    assert_eq!(beside(&home), ["config", "credentials"]);
    // A directory that may not be listed is no hindrance.
    own(&home.path(FILE), 54321);
    set_mode(&home.path(".aws"), 0o300);
    as_stranger().success();
    set_mode(&home.path(".aws"), 0o755);
    assert!(read(&home).contains("[test]"));
    assert_eq!(beside(&home), LEFT_BESIDE);
    // Root leaves a file to its owner.
    own(&home.path(FILE), 54321);
    home.aws_mfa(&["save", "test"]).success();
    assert_eq!(std::fs::metadata(home.path(FILE)).unwrap().uid(), 54321);
}

#[test]
fn a_held_lock_is_waited_for_and_then_reported() {
    let (_sts, home) = home_with_session();
    home.aws_mfa(&["save", "test"]).success();
    let lock = home.path(".aws/.credentials.aws-mfa.lock");
    let mut holder = Command::new("flock")
        .arg(&lock)
        .args(["sh", "-c", "echo held; read line"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = String::new();
    std::io::BufRead::read_line(
        &mut std::io::BufReader::new(holder.stdout.take().unwrap()),
        &mut said,
    )
    .unwrap();
    std::fs::write(&lock, "4711").unwrap();
    let before = read(&home);
    let start = Instant::now();
    home.run(home.command(short_limits_binary()).args(["save", "test"]))
        .ends_with(1)
        .says("process 4711 has held its lock for 1 s")
        .says("the lock is ");
    assert!(start.elapsed() >= SHORT_LIMITS.file_lock);
    assert_eq!(read(&home), before);
    // Who comes while it is held and waits gets its turn.
    let mut waiting = home.command("strace");
    waiting.args(["-f", "-e", "trace=flock", "-o", "tries", "--"]);
    waiting.args(["aws-mfa", "-q", "save", "test", "--to", "waiting"]);
    let mut waiting = waiting.spawn().unwrap();
    let start = Instant::now();
    let tries = || std::fs::read_to_string(home.path("tries")).unwrap_or_default();
    while !tries().contains("EAGAIN") {
        assert!(start.elapsed() < Duration::from_secs(10), "{}", tries());
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(waiting.try_wait().unwrap(), None);
    assert_eq!(read(&home), before);
    drop(holder.stdin.take());
    holder.wait().unwrap();
    assert!(waiting.wait().unwrap().success());
    assert!(read(&home).contains("\n[waiting]\n"));
}

#[test]
fn a_save_killed_at_any_moment_leaves_the_old_or_the_new_file() {
    let (_sts, home) = home_with_session();
    let old = read(&home);
    home.aws_mfa(&["save", "test"]).success();
    let new = read(&home);
    let check = |what: &str| {
        let text = read(&home);
        assert!(text == old || text == new, "{what}: {text}");
        assert_eq!(mode(&home.path(FILE)), 0o600, "{what}");
    };
    let reset = || {
        std::fs::write(home.path(FILE), &old).unwrap();
        set_mode(&home.path(FILE), 0o600);
        // What an earlier one left is deleted.
        home.write(".aws/.credentials.aws-mfa.abc123.tmp", "");
    };
    // At every call that changes a file, by strace's fault injection.
    for call in [
        "openat",
        "write",
        "fchmod",
        "fsync",
        // Which of them there are depends on the machine.
        "?rename,?renameat,?renameat2",
        "?unlink,?unlinkat",
        "ftruncate",
        "flock",
    ] {
        for when in 1.. {
            reset();
            let inject = format!("inject={call}:signal=KILL:when={when}");
            let trace = format!("trace={call}");
            let mut command = home.command("strace");
            command.args([
                "-f",
                "-o",
                "/dev/null",
                "-e",
                &trace,
                "-e",
                &inject,
                "--",
                "aws-mfa",
                "-q",
                "save",
                "test",
            ]);
            let outcome = command.output().unwrap();
            check(&format!("{call} {when}"));
            if outcome.status.success() {
                assert_eq!(read(&home), new);
                assert!(when > 1, "{call} is never called");
                break;
            }
            assert!(
                when < 200,
                "{call} does not come to an end: {}",
                String::from_utf8_lossy(&outcome.stderr)
            );
        }
    }
    // And at random moments.
    let mut random = TestRunner::deterministic();
    for _ in 0..200 {
        reset();
        let mut process = home
            .command("aws-mfa")
            .args(["-q", "save", "test"])
            .spawn()
            .unwrap();
        let wait = (0..9000u64).new_tree(&mut random).unwrap().current();
        std::thread::sleep(Duration::from_micros(wait));
        let _ = process.kill();
        process.wait().unwrap();
        check("a random moment");
    }
    // What they left is deleted by the next one.
    home.aws_mfa(&["save", "test"]).success();
    assert_eq!(read(&home), new);
    assert_eq!(beside(&home), LEFT_BESIDE);
}

#[test]
fn a_new_file_is_synced_before_it_replaces_the_old_one() {
    let (_sts, home) = home_with_session();
    // In there strace may look into the program, which no other user may; it shows the path of each file.
    let namespace = UserNamespace::new();
    let mut strace = namespace.command(&home, "strace");
    strace.args(["-f", "-y", "-o", "log", "-e"]);
    strace.arg("trace=fsync,?rename,?renameat,?renameat2");
    strace.args(["--", "aws-mfa", "-q", "save", "test"]);
    home.run(&mut strace).success();
    let log = std::fs::read_to_string(home.path("log")).unwrap();
    let calls: Vec<&str> = log.lines().filter(|line| line.ends_with(" = 0")).collect();
    let [file, rename, directory] = calls[..] else {
        panic!("{log}")
    };
    assert!(rename.contains("rename"), "{log}");
    let names: Vec<&str> = rename.split('"').skip(1).step_by(2).collect();
    let [temporary, new] = names[..] else {
        panic!("{log}")
    };
    assert_eq!(Path::new(new), home.path(FILE), "{log}");
    let start = home.path(".aws/.credentials.aws-mfa.");
    assert!(temporary.starts_with(&start.display().to_string()), "{log}");
    assert!(
        file.contains("fsync(") && file.contains(&format!("{temporary}>)")),
        "{log}"
    );
    assert!(
        directory.contains("fsync(") && directory.contains("/.aws>)"),
        "{log}"
    );
}

#[test]
fn a_temporary_file_can_be_read_by_its_owner_only_from_the_moment_it_exists() {
    let (_sts, home) = home_with_session();
    set_mode(&home.path(FILE), 0o644);
    let namespace = UserNamespace::new();
    let script = "umask 000; strace -f -o log -e trace=?creat,?open,openat aws-mfa -q save test";
    namespace.sh(&home, script).success();
    let log = home.read("log");
    let created: Vec<&str> = log
        .lines()
        .filter(|line| line.contains("O_CREAT") && line.contains(".credentials.aws-mfa"))
        .filter(|line| line.contains(".tmp"))
        .collect();
    assert!(!created.is_empty(), "{log}");
    for line in created {
        assert!(
            line.contains("O_EXCL") && line.contains(", 0600)"),
            "{line}"
        );
    }
}

#[test]
fn many_saves_at_once_lose_nothing() {
    let (_sts, home) = home_with_session();
    let start = |to: &str| {
        home.command("aws-mfa")
            .args(["-q", "save", "test", "--to", to])
            .spawn()
            .unwrap()
    };
    let names: Vec<String> = (0..20).map(|n| format!("account{n}")).collect();
    let processes: Vec<_> = names.iter().map(|name| start(name)).collect();
    for mut process in processes {
        assert!(process.wait().unwrap().success());
    }
    let text = read(&home);
    for name in &names {
        assert_eq!(
            text.matches(&format!("\n[{name}]\naws_access_key_id = ASIA"))
                .count(),
            1,
            "{name}"
        );
    }
    let lines = text.lines().count();
    let processes: Vec<_> = (0..20).map(|_| start("account7")).collect();
    for mut process in processes {
        assert!(process.wait().unwrap().success());
    }
    assert_eq!(read(&home).lines().count(), lines);
    assert_eq!(beside(&home), LEFT_BESIDE);
}

#[test]
fn save_all_asks_for_one_code_for_each_device() {
    use crate::harness::terminal::Terminal;
    let (sts, home) = jane_fixture();
    let save_all = || Terminal::script(home.command("sh"), "aws-mfa save --all");
    let mut terminal = save_all();
    // joe comes first; test and prod share jane's phone.
    terminal.expect("MFA code for joe");
    terminal.press(&format!("{}\n", sts.fresh_code(JOES_TABLET)));
    terminal.expect("joe: saved to profile joe");
    terminal.expect("MFA code for test");
    terminal.press(&format!("{}\n", sts.fresh_code(JANES_PHONE)));
    terminal.expect("prod: saved to profile prod");
    terminal.expect("test: saved to profile test");
    terminal.expect("ended=0.");
    let actions: Vec<String> = sts.log().into_iter().map(|entry| entry.action).collect();
    assert_eq!(
        actions,
        [
            "ListMFADevices",
            "GetSessionToken",
            "GetSessionToken",
            "AssumeRole"
        ]
    );
    let text = read(&home);
    for section in ["[joe]", "[test]", "[prod]"] {
        assert_eq!(text.matches(section).count(), 1, "{text}");
    }

    // One device's code is wrong: the others are saved all the same.
    home.write(FILE, text.split("\n[joe]").next().unwrap());
    let mut terminal = save_all();
    for _ in 0..3 {
        terminal.expect("MFA code for joe");
        terminal.press("000000\n");
    }
    terminal.expect("MFA code for test");
    terminal.press(&format!("{}\n", sts.fresh_code(JANES_PHONE)));
    terminal.expect("ended=3.");
    let text = read(&home);
    assert!(
        text.contains("[test]") && text.contains("[prod]") && !text.contains("[joe]"),
        "{text}"
    );
}

#[test]
fn save_all_goes_on_after_a_profile_of_another_kind() {
    let (sts, home) = jane_fixture();
    let config = std::fs::read_to_string(home.path(".aws/config")).unwrap();
    let others = "[profile sso]\nsso_session = s\n\
         [profile adm]\nrole_arn = arn:aws:iam::210987654321:role/Admin\nsource_profile = sso\n\
         [profile vault]\nmfa_serial = GAHT12345678\n";
    home.write(".aws/config", config + others);
    // And two that would take each other's place.
    home.write(
        ".config/aws-mfa/config.toml",
        "[accounts.one]\nsource_profile = \"test-mfa\"\nsave_to = \"both\"\n\
         [accounts.two]\nsource_profile = \"test-mfa\"\nsave_to = \"both\"\n\
         [accounts.odd]\nsource_profile = \"test-mfa\"\nsave_to = \"my test\"\n\
         [accounts.joe]\nsave_to = \"joe-long-term\"\n[accounts.test]\n",
    );
    let mut terminal =
        crate::harness::terminal::Terminal::script(home.command("sh"), "aws-mfa save --all");
    terminal.expect("odd: skipped: could not save to profile my test");
    terminal.expect("two: skipped: account one is saved to the same profile, both; ");
    terminal.expect("vault: skipped: could not use the source profile vault");
    terminal.expect("MFA code for ");
    terminal.press(&format!("{}\n", sts.fresh_code(JANES_PHONE)));
    terminal.expect("one: saved to profile both");
    terminal.expect("test: saved to profile test");
    terminal.expect("ended=0.");
    assert!(!terminal.text().contains("adm"), "{}", terminal.text());
    // What cannot be saved to is not promised.
    let list = home.aws_mfa(&["list"]).success().text();
    let of = |name: &str| {
        list.lines()
            .find(|row| row.starts_with(name))
            .unwrap_or_default()
    };
    for name in ["odd ", "joe "] {
        assert!(of(name).ends_with("config.toml  -"), "{list}");
    }
    assert!(of("adm").is_empty(), "{list}");

    let empty = Home::empty(binary());
    empty
        .aws_mfa(&["save", "--all"])
        .success()
        .says("there are no accounts to save");
}

#[test]
fn a_session_is_confirmed_first_where_configured() {
    use crate::harness::terminal::Terminal;
    let (sts, home) = jane_fixture();
    let config = std::fs::read_to_string(home.path(".config/aws-mfa/config.toml")).unwrap();
    home.write(
        ".config/aws-mfa/config.toml",
        config.replace("[accounts.prod]\n", "[accounts.prod]\nconfirm = true\n"),
    );
    home.aws_mfa(&["env", "prod", "123456"])
        .ends_with(2)
        .says("account prod requires a confirmation")
        .says("help: use --yes");
    home.aws_mfa(&["env", "prod", "123456", "--yes"])
        .ends_with(3);
    assert_eq!(sts.log().len(), 1);
    for (answer, status) in [("n\n", 5), ("\n", 5), ("y\n", 0)] {
        let mut terminal =
            Terminal::start(home.command("aws-mfa").args(["exec", "prod", "--", "true"]));
        terminal.expect("Request a session for prod (210987654321 as Admin)? [y/N] ");
        terminal.press(answer);
        if status == 0 {
            terminal.expect("MFA code for prod");
            terminal.press(&format!("{}\n", sts.fresh_code(JANES_PHONE)));
        }
        assert_eq!(terminal.end().code(), Some(status), "{}", terminal.text());
    }
}

#[test]
fn a_confirmation_names_the_aws_account_even_if_the_device_must_be_looked_up() {
    use crate::harness::terminal::Terminal;

    let (sts, home) = jane_fixture();
    home.write(
        ".config/aws-mfa/config.toml",
        "[accounts.joe]\nconfirm = true\n",
    );
    // Without a terminal, AWS is not asked for the device.
    home.aws_mfa(&["env", "joe", "123456"]).ends_with(2);
    assert_eq!(sts.log().len(), 0);
    let mut terminal = Terminal::start(home.command("aws-mfa").args(["exec", "joe", "--", "true"]));
    terminal.expect("Request a session for joe (123456789012)? [y/N] ");
    terminal.press("n\n");
    assert_eq!(terminal.end().code(), Some(5), "{}", terminal.text());
    assert_eq!(sts.count("GetSessionToken"), 0);
}

/// Files that are awkward in ways people's files are.
fn awkward_files() -> Vec<String> {
    let mut files: Vec<String> = [
        "",
        "\n\n",
        "# only a comment",
        "[default]\naws_access_key_id=A\naws_secret_access_key=B",
        "[default]\r\naws_access_key_id = A\r\n\r\n[test]\r\naws_access_key_id = OLD\r\n; c\r\n[z]\r\nk = v\r\n",
        "[a]\nk = v\n[test]\r\nregion = r\n\n\n[b]\n\tx\n".replace("\tx\n", "y = z\n").as_str(),
        "[test]\ns3 =\n  max = 1\n  # c\naws_session_token = OLD\n[a]\ns3 =\n\tmax=2\n",
        "; c\n[test];x\naws_access_key_id=OLD\n#aws_session_token = no\n[a]\nkey=value without spaces=3\n",
        "[ünï]\nk = v\n[a]\nk = çödé 日本\n",
        "[a]\nk = v   \n   \n\n[b]\n",
    ]
    .into_iter()
    .map(str::to_owned)
    .collect();
    files.push(format!(
        "[a]\nlong = {}\n[test]\naws_session_token = OLD\n",
        "x".repeat(1 << 20)
    ));
    files.push((0..10_000).map(|n| format!("[p{n}]\nk = {n}\n")).collect());
    files
}

#[test]
fn botocore_reads_the_other_profiles_as_before() {
    let Some(tools) = python_tools() else { return };
    let home = Home::empty(binary());
    let line = prop::sample::select(vec![
        "[test]",
        "[a]",
        "[b]",
        "[test] ; c",
        "key = value",
        "key=value",
        "other\t=\tvalue # c",
        "key2 =",
        "  nested = 1",
        "\tnested=2",
        "# comment",
        "; comment",
        "  # indented",
        "",
        "   ",
        "aws_access_key_id = OLD",
        "aws_session_token=OLD ; c",
        "x = a=b=c",
    ]);
    let end = prop::sample::select(vec!["\n", "\r\n", "\n\n"]);
    let mut random = TestRunner::deterministic();
    let lines = prop::collection::vec((line, end), 0..12);
    let random_files = (0..3000).map(|_| {
        let lines = lines.new_tree(&mut random).unwrap().current();
        lines
            .into_iter()
            .flat_map(|(line, end)| [line, end])
            .collect::<String>()
    });
    let values = [
        ("aws_access_key_id", "NEW"),
        ("aws_secret_access_key", "S"),
        ("aws_session_token", "TOKEN"),
        ("expiration", "E"),
    ];
    let mut pairs = 0;
    for text in awkward_files().into_iter().chain(random_files) {
        let document = Document::parse(FileKind::Credentials, text.clone().into_bytes());
        let Ok(after) = document.with_values("test", &values) else {
            continue;
        };
        home.write(&format!("pairs/{pairs}.before"), &text);
        home.write(&format!("pairs/{pairs}.after"), after.as_slice());
        pairs += 1;
    }
    let script = "import sys\n\
        from botocore.configloader import raw_config_parse as parse\n\
        from botocore.exceptions import ConfigParseError\n\
        compared = 0\n\
        for n in range(int(sys.argv[1])):\n\
        \x20   try: before = parse(f'pairs/{n}.before')\n\
        \x20   except ConfigParseError: continue\n\
        \x20   after = parse(f'pairs/{n}.after')\n\
        \x20   ours = after.pop('test')\n\
        \x20   old = before.pop('test', {})\n\
        \x20   assert before == after, (n, before, after)\n\
        \x20   new = dict(aws_access_key_id='NEW', aws_secret_access_key='S', aws_session_token='TOKEN', expiration='E')\n\
        \x20   assert ours == {**old, **new}, (n, old, ours)\n\
        \x20   compared += 1\n\
        print(compared)\n";
    let outcome = home
        .run(
            home.command(tools.join("python"))
                .args(["-c", script, &pairs.to_string()]),
        )
        .success();
    let compared: usize = outcome.text().trim().parse().unwrap();
    assert!(pairs > 500 && compared > 300, "{compared} of {pairs}");
}

#[test]
fn an_account_by_a_key_of_its_own_is_saved_to_another_profile_only() {
    let sts = StrictSts::http(World::of_jane());
    let home = Home::empty(binary()).env("AWS_ENDPOINT_URL", sts.url());
    home.write(
        FILE,
        format!("[key]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET}\n"),
    );
    // An account by a key of its own has no profile to save to but that of the key.
    home.aws_mfa(&["save", "key", "123456"])
        .ends_with(2)
        .says("help: name another profile: --to");
    home.aws_mfa(&[
        "save",
        "key",
        &sts.fresh_code(JANES_PHONE),
        "--to",
        "session",
    ])
    .success();
    let again = home.aws_mfa(&["save", "--all"]).success();
    again.says("key: skipped: could not save to profile key");
}

#[test]
fn save_all_confirms_where_configured() {
    let (sts, home) = jane_fixture();
    let code = sts.fresh_code(JANES_PHONE);
    home.write(
        ".config/aws-mfa/config.toml",
        format!("[accounts.test]\nmfa_command = \"echo {code}\"\n[accounts.prod]\nsource_profile = \"test-mfa\"\nrole_arn = \"arn:aws:iam::210987654321:role/Admin\"\nconfirm = true\n"),
    );
    // There is no terminal, so the one is saved and the other is not.
    let outcome = home.aws_mfa(&["save", "--all"]).ends_with(5);
    assert!(
        outcome.stderr.contains("test: saved to profile test"),
        "{}",
        outcome.stderr
    );
    outcome.says("prod: account prod requires a confirmation, and there is no terminal");
    assert_eq!(sts.count("AssumeRole"), 0);
}

#[test]
fn a_saved_session_is_removed_without_a_trace() {
    let (sts, home) = jane_fixture();
    let before = read(&home);
    home.aws_mfa(&["save", "test", "--code", &sts.fresh_code(JANES_PHONE)])
        .success();
    let with_session = read(&home);
    home.aws_mfa(&["save", "--remove", "test"])
        .success()
        .says("test: removed the saved session from profile test in ~/.aws/credentials");
    assert_eq!(read(&home).trim_end(), before.trim_end());
    home.aws_mfa(&["save", "--remove", "test"])
        .success()
        .says("test: there is no saved session in profile test");

    // Its other keys stay, and all sessions can go at once.
    home.write(FILE, format!("{with_session}region = x\n"));
    home.aws_mfa(&["save", "--remove", "--all"])
        .success()
        .says("test: removed the saved session");
    assert_eq!(read(&home), format!("{before}\n[test]\nregion = x\n"));
    home.aws_mfa(&["save", "--remove", "--all"])
        .success()
        .says("there are no saved sessions");
    // No request but the one for the session.
    assert_eq!(sts.log().len(), 1);
}

#[test]
fn only_a_session_is_removed() {
    let (_sts, home) = jane_fixture();
    let before = read(&home);
    for profile in [
        "[test]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\n",
        "[test]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\naws_session_token = y\n",
        "[test]\nrole_arn = arn:aws:iam::123456789012:role/Admin\nsource_profile = test-mfa\n",
    ] {
        let text = format!("{before}\n{profile}");
        home.write(FILE, &text);
        for all in ["test", "--all"] {
            home.aws_mfa(&["save", "--remove", all]).success();
        }
        home.aws_mfa(&["save", "--remove", "test", "--to", "test-mfa"])
            .success()
            .says("there is no saved session in profile test-mfa");
        assert_eq!(read(&home), text);
    }
}
