//! Obstacles to replacing the credentials file, which are found before a code is used up.

use std::fs::File;

use super::{FILE, read};
use crate::harness::requirements::{is_root, not_run};
use crate::harness::{jane_fixture, short_limits_binary};
use crate::support::home::Home;
use crate::support::sts::{JANES_PHONE, StrictSts, World};

/// Runs `save` and `env --persist` in a shell after the command, each with the same unused code.
fn save_after(home: &Home, sts: &StrictSts, command: &str) -> crate::support::home::Outcome {
    let code = sts.fresh_code(JANES_PHONE);
    let script = format!(
        "{command} || exit 99; aws-mfa save test {code}; echo $?; aws-mfa env test {code} --persist >/dev/null; echo $?"
    );
    let mut unshare = home.command("unshare");
    unshare.args(["--user", "--map-root-user", "--mount", "sh", "-c", &script]);
    home.run(&mut unshare)
}

#[test]
fn a_file_that_is_mounted_alone_is_refused_before_a_code_is_used() {
    let (sts, home) = jane_fixture();
    let before = read(&home);
    let mount = "cp .aws/credentials 'a b' && mount --bind 'a b' .aws/credentials";
    let outcome = save_after(&home, &sts, mount);
    assert_eq!(outcome.text(), "2\n2\n", "{}", outcome.stderr);
    outcome
        .says("could not write ~/.aws/credentials: it is a mount of its own")
        .says("help: mount its directory instead of the file");
    assert_eq!(sts.count("GetSessionToken"), 0);
    assert_eq!(read(&home), before);
    // Under a name with a blank, which the kernel's table writes in another way.
    let mount = "export AWS_SHARED_CREDENTIALS_FILE=\"$PWD/a b\"; mount --bind 'a b' 'a b'";
    save_after(&home, &sts, mount).says("it is a mount of its own");
    assert_eq!(sts.count("GetSessionToken"), 0);
}

#[test]
fn an_immutable_file_is_refused_before_a_code_is_used() {
    let (sts, home) = jane_fixture();
    if !is_root("make a file immutable") {
        return;
    }
    let code = sts.fresh_code(JANES_PHONE);
    for flag in ["i", "a"] {
        let set = |sign: &str| {
            let mut chattr = home.command("chattr");
            chattr.arg(format!("{sign}{flag}")).arg(home.path(FILE));
            home.run(&mut chattr)
        };
        let made = set("+");
        if made.status != Some(0) {
            not_run(&format!("an immutable file: {}", made.stderr.trim()));
            return;
        }
        let outcome = home.aws_mfa(&["save", "test", &code]);
        set("-").success();
        outcome
            .ends_with(2)
            .says("could not write ~/.aws/credentials: it is immutable or append-only");
    }
    assert_eq!(sts.count("GetSessionToken"), 0);
    home.aws_mfa(&["save", "test", &code]).success();
}

#[test]
fn a_file_system_without_locks_is_refused_before_a_code_is_used() {
    let (sts, home) = jane_fixture();
    let code = sts.fresh_code(JANES_PHONE);
    let mut strace = home.command("strace");
    strace.args(["-f", "-o", "/dev/null", "-e", "inject=flock:error=ENOLCK"]);
    strace.args(["--", "aws-mfa", "save", "test", &code]);
    home.run(&mut strace)
        .ends_with(1)
        .says("could not write ~/.aws/credentials: its lock file ")
        .says("No locks available");
    assert_eq!(sts.count("GetSessionToken"), 0);
}

#[test]
fn a_mount_is_found_where_paths_are_not_utf_8() {
    let (sts, home) = jane_fixture();
    // A mount point elsewhere is in the same table of the kernel.
    let elsewhere = "d=$(printf 'm\\377') && mkdir \"$d\" && mount -t tmpfs none \"$d\"";
    let outcome = save_after(
        &home,
        &sts,
        &format!("{elsewhere} && mount --bind .aws/credentials .aws/credentials"),
    );
    outcome.says("it is a mount of its own");
    let mount = "f=$(printf 'c\\377') && cp .aws/credentials \"$f\" && mount --bind \"$f\" \"$f\" && \
                 export AWS_SHARED_CREDENTIALS_FILE=\"$PWD/$f\"";
    save_after(&home, &sts, mount).says("it is a mount of its own");
    assert_eq!(sts.count("GetSessionToken"), 0);
}

#[test]
fn a_full_disk_is_found_before_a_code_is_used() {
    let (sts, home) = jane_fixture();
    let before = read(&home);
    let fill = "mkdir disk && mount -t tmpfs -o size=16k tmpfs disk && cp .aws/credentials disk && \
                { dd if=/dev/zero of=disk/fill bs=1k count=64 2>/dev/null; \
                export AWS_SHARED_CREDENTIALS_FILE=disk/credentials; }";
    let outcome = save_after(&home, &sts, fill);
    assert_eq!(outcome.text(), "1\n1\n", "{}", outcome.stderr);
    outcome
        .says("could not write disk/credentials: No space left on device")
        .says("help: the file is as it was");
    assert_eq!(sts.count("GetSessionToken"), 0);
    assert_eq!(read(&home), before);
}

#[test]
fn a_limit_on_the_size_of_files_is_an_error_and_no_signal() {
    let (sts, home) = jane_fixture();
    let before = read(&home);
    let in_bash = |line: &str| {
        let script = format!("ulimit -f 0; {line}");
        home.run(home.command("bash").args(["-c", &script]))
    };
    let code = sts.fresh_code(JANES_PHONE);
    in_bash(&format!("aws-mfa save test {code}"))
        .ends_with(1)
        .says("could not write ~/.aws/credentials: File too large");
    assert_eq!(sts.count("GetSessionToken"), 0);
    assert_eq!(read(&home), before);
    // What only records the code is no reason to lose the session.
    let load = format!("eval \"$(aws-mfa env test {code})\" && echo $AWS_MFA_ACCOUNT");
    in_bash(&load).success().prints("test\n");
    // The command that `exec` runs is ended by the signal, as without aws-mfa.
    let code = sts.fresh_code(JANES_PHONE);
    let exec = format!("aws-mfa exec test --code {code} -- sh -c 'echo x > file'; echo $?");
    in_bash(&exec).prints("153\n");
}

#[test]
fn a_lock_that_is_held_is_waited_for_before_a_code_is_used() {
    let sts = StrictSts::http(World::of_jane());
    let home = Home::of_jane(&short_limits_binary(), &sts);
    let lock = File::create(home.path(".aws/.credentials.aws-mfa.lock")).unwrap();
    lock.lock().unwrap();
    home.aws_mfa(&["save", "test", &sts.fresh_code(JANES_PHONE)])
        .ends_with(1)
        .says("could not write ~/.aws/credentials: another process has held its lock for ");
    assert_eq!(sts.count("GetSessionToken"), 0);
}

#[test]
fn a_section_that_cannot_be_changed_is_found_before_a_code_is_used() {
    let (sts, home) = jane_fixture();
    let text = read(&home) + "\n[test]\naws_session_token = OLD\n  [b]\n";
    home.write(FILE, &text);
    home.aws_mfa(&["save", "test", &sts.fresh_code(JANES_PHONE)])
        .ends_with(2)
        .says("this section header is indented");
    assert_eq!(sts.count("GetSessionToken"), 0);
    assert_eq!(read(&home), text);
}

#[test]
fn a_profile_with_half_a_sign_in_is_not_overwritten() {
    let (sts, home) = jane_fixture();
    // botocore takes either key for a sign-in, and then ignores keys: SSOProvider._load_sso_config.
    for key in ["sso_account_id", "sso_role_name"] {
        let config = home.read(".aws/config");
        home.write(
            ".aws/config",
            format!("{config}\n[profile {key}]\n{key} = 123456789012\n"),
        );
        home.aws_mfa(&["save", "test", &sts.fresh_code(JANES_PHONE), "--to", key])
            .ends_with(2)
            .says(&format!("could not save to profile {key}: it has {key}"));
    }
    assert_eq!(sts.count("GetSessionToken"), 0);
}

#[test]
fn a_hard_link_that_a_save_splits_is_reported() {
    let (sts, home) = jane_fixture();
    home.set_mode(FILE, 0o600);
    let before = read(&home);
    std::fs::hard_link(home.path(FILE), home.path("dotfile")).unwrap();
    let save = || {
        home.aws_mfa(&["save", "test", &sts.fresh_code(JANES_PHONE)])
            .success()
    };
    save().says("~/.aws/credentials was a hard link: its other name still leads to the old file");
    assert_eq!(home.read("dotfile"), before);
    assert!(!save().stderr.contains("hard link"));
}
