//! Files and directories that only the program writes: locks, caches and temporary files.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
use std::path::Path;

use crate::harness::requirements::is_root;
use crate::harness::{binary, jane_fixture};
use crate::support::home::Home;
use crate::support::sts::{JANES_PHONE, KEY_ID, SECRET};

const LOCK: &str = ".aws/.credentials.aws-mfa.lock";

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_lock_that_is_a_link_is_refused_before_a_code_is_used() {
    let (sts, home) = jane_fixture();
    let code = sts.fresh_code(JANES_PHONE);
    home.write("victim", "precious");
    let save = || home.aws_mfa(&["save", "test", &code]).ends_with(1);
    symlink(home.path("victim"), home.path(LOCK)).unwrap();
    save().says("it is a symbolic link");
    std::fs::remove_file(home.path(LOCK)).unwrap();
    std::fs::hard_link(home.path("victim"), home.path(LOCK)).unwrap();
    save().says("it is a hard link to another file");
    std::fs::remove_file(home.path(LOCK)).unwrap();
    home.run(home.command("mkfifo").arg(home.path(LOCK)))
        .success();
    save().says("it is not a regular file");
    std::fs::remove_file(home.path(LOCK)).unwrap();
    assert_eq!(home.read("victim"), "precious");
    assert_eq!(sts.count("GetSessionToken"), 0);
    home.aws_mfa(&["save", "test", &code]).success();
}

#[test]
fn a_cache_that_is_a_link_is_replaced_and_not_followed() {
    let (sts, home) = jane_fixture();
    let runtime = home.path("run");
    std::fs::create_dir(&runtime).unwrap();
    let home = home.env("XDG_RUNTIME_DIR", &runtime);
    home.write("victim", "{}");
    std::fs::create_dir(home.path("run/aws-mfa")).unwrap();
    symlink(
        home.path("victim"),
        home.path("run/aws-mfa/used-codes.json"),
    )
    .unwrap();
    home.aws_mfa(&["env", "test", &sts.fresh_code(JANES_PHONE)])
        .success();
    assert_eq!(home.read("victim"), "{}");
    let file = std::fs::symlink_metadata(home.path("run/aws-mfa/used-codes.json")).unwrap();
    assert!(file.is_file());
    // One that never ends is not waited for.
    std::fs::remove_file(home.path("run/aws-mfa/used-codes.json")).unwrap();
    let mut mkfifo = home.command("mkfifo");
    home.run(mkfifo.arg(home.path("run/aws-mfa/used-codes.json")))
        .success();
    let mut command = home.command("timeout");
    command.args(["20", "aws-mfa", "env", "test", &sts.fresh_code(JANES_PHONE)]);
    home.run(&mut command).success();
}

#[test]
fn a_runtime_directory_of_another_user_is_not_used() {
    let (sts, home) = jane_fixture();
    if !is_root("give a directory away") {
        return;
    }
    let runtime = home.path("run/aws-mfa");
    std::fs::create_dir_all(&runtime).unwrap();
    chown(&runtime, Some(54321), Some(54321)).unwrap();
    let run = home.path("run");
    let home = home.env("XDG_RUNTIME_DIR", run);
    home.aws_mfa(&["env", "test", &sts.fresh_code(JANES_PHONE)])
        .success();
    assert_eq!(std::fs::read_dir(&runtime).unwrap().count(), 0);
    assert!(home.path(".cache/aws-mfa/used-codes.json").is_file());
}

#[test]
fn a_generous_umask_makes_no_directory_writable_by_others() {
    let (sts, home) = jane_fixture();
    std::fs::create_dir(home.path("run")).unwrap();
    let run = home.path("run");
    let home = home.env("XDG_RUNTIME_DIR", run);
    let code = sts.fresh_code(JANES_PHONE);
    let script = format!(
        "umask 000; aws-mfa env test {code} > /dev/null && aws-mfa setup --yes > /dev/null"
    );
    home.run(home.command("sh").args(["-c", &script])).success();
    assert_eq!(mode(&home.path("run/aws-mfa")), 0o700);
    assert_eq!(mode(&home.path("run/aws-mfa/used-codes.json")), 0o600);
    // One that an earlier program left open to others is closed.
    std::fs::set_permissions(
        home.path("run/aws-mfa"),
        std::fs::Permissions::from_mode(0o777),
    )
    .unwrap();
    home.aws_mfa(&["env", "test", &sts.fresh_code(JANES_PHONE)])
        .success();
    assert_eq!(mode(&home.path("run/aws-mfa")), 0o755);
}

#[test]
fn what_root_creates_belongs_to_the_user_of_the_home() {
    let (sts, home) = jane_fixture();
    if !is_root("play root in the home of another user") {
        return;
    }
    let owner = |path: &Path| std::fs::metadata(path).unwrap().uid();
    for path in ["", ".aws", ".aws/credentials", ".aws/config"] {
        chown(home.path(path), Some(54321), Some(54321)).unwrap();
    }
    home.aws_mfa(&["save", "test", &sts.fresh_code(JANES_PHONE)])
        .success();
    assert_eq!(owner(&home.path(LOCK)), 54321);
    assert_eq!(owner(&home.path(".aws/credentials")), 54321);
    let file = home.path("new/below/file");
    let home = home.env("AWS_SHARED_CREDENTIALS_FILE", file);
    let key = format!(
        "[profile test-mfa]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET}\n"
    );
    home.write(".aws/config", home.read(".aws/config") + &key);
    home.aws_mfa(&["save", "test", &sts.fresh_code(JANES_PHONE)])
        .success();
    for path in ["new", "new/below", "new/below/file"] {
        assert_eq!(owner(&home.path(path)), 54321, "{path}");
    }
    // What root remembers is the user's, too.
    let code = sts.fresh_code(JANES_PHONE);
    home.aws_mfa(&["env", "test", &code]).success();
    assert_eq!(owner(&home.path(".cache/aws-mfa/used-codes.json")), 54321);
    home.aws_mfa(&["env", "test", &code])
        .ends_with(3)
        .says("this MFA code was used");
    home.aws_mfa(&["man", "--to", "pages/man1"]).success();
    for path in ["pages", "pages/man1", "pages/man1/aws-mfa.1"] {
        assert_eq!(owner(&home.path(path)), 54321, "{path}");
    }
}

#[test]
fn root_uses_no_directory_that_another_user_left_elsewhere() {
    let (sts, home) = jane_fixture();
    if !is_root("give a directory away") {
        return;
    }
    // As /tmp/aws-mfa with XDG_RUNTIME_DIR=/tmp: it is not in that user's own directory.
    std::fs::create_dir_all(home.path("run/aws-mfa")).unwrap();
    chown(home.path("run/aws-mfa"), Some(54321), Some(54321)).unwrap();
    let run = home.path("run");
    let home = home.env("XDG_RUNTIME_DIR", run);
    home.aws_mfa(&["env", "test", &sts.fresh_code(JANES_PHONE)])
        .success();
    assert!(home.path(".cache/aws-mfa/used-codes.json").is_file());
}

#[test]
fn a_directory_behind_a_link_of_another_user_is_not_used() {
    let (sts, home) = jane_fixture();
    if !is_root("play another user") {
        return;
    }
    for directory in ["run", "private"] {
        std::fs::create_dir(home.path(directory)).unwrap();
    }
    home.set_mode("private", 0o770);
    let run = home.path("run");
    let home = home.env("XDG_RUNTIME_DIR", run);
    let link = home.path("run/aws-mfa");
    symlink("../private", &link).unwrap();
    std::os::unix::fs::lchown(&link, Some(54321), Some(54321)).unwrap();
    let load = || {
        home.aws_mfa(&["env", "test", &sts.fresh_code(JANES_PHONE)])
            .success()
    };
    load();
    assert_eq!(std::fs::read_dir(home.path("private")).unwrap().count(), 0);
    assert_eq!(mode(&home.path("private")), 0o770);
    assert!(home.path(".cache/aws-mfa/used-codes.json").is_file());
    // The user's own link is followed.
    std::os::unix::fs::lchown(&link, Some(0), Some(0)).unwrap();
    load();
    assert!(home.path("private/used-codes.json").is_file());
}

#[test]
fn a_umask_that_takes_the_owners_own_permissions_locks_no_user_out() {
    let (sts, home) = jane_fixture();
    if !is_root("act as a user without permissions") {
        return;
    }
    let key = format!(
        "[profile test-mfa]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET}\n"
    );
    home.write(".aws/config", home.read(".aws/config") + &key);
    std::fs::remove_file(home.path(".aws/credentials")).unwrap();
    std::fs::create_dir(home.path("run")).unwrap();
    let copy = home.path("copy");
    crate::harness::copy_binary(&copy);
    home.run(home.command("chown").args(["-R", "54321:54321", "."]))
        .success();
    let run = home.path("run");
    let home = home.env("XDG_RUNTIME_DIR", run);
    for _ in 0..2 {
        let code = sts.fresh_code(JANES_PHONE);
        let script = format!("umask 0777; ./copy save test {code}");
        let mut command = home.command("setpriv");
        command.args(["--reuid=54321", "--regid=54321", "--clear-groups", "--"]);
        home.run(command.args(["sh", "-c", &script])).success();
    }
    assert_eq!(mode(&home.path(LOCK)), 0o600);
    assert_eq!(mode(&home.path(".aws/credentials")), 0o600);
    assert_eq!(mode(&home.path("run/aws-mfa")), 0o700);
    assert_eq!(mode(&home.path("run/aws-mfa/used-codes.json")), 0o600);
}

#[test]
fn a_runtime_directory_without_room_is_replaced_by_the_cache() {
    let (sts, home) = jane_fixture();
    let code = sts.fresh_code(JANES_PHONE);
    let script = format!(
        "mkdir run && mount -t tmpfs -o size=8k,mode=700 tmpfs run && mkdir run/aws-mfa && \
         {{ dd if=/dev/zero of=run/fill bs=1k count=64 2>/dev/null; export XDG_RUNTIME_DIR=$PWD/run; \
         aws-mfa env test {code} >/dev/null; echo $?; aws-mfa env test {code} >/dev/null; echo $?; }}"
    );
    let mut unshare = home.command("unshare");
    unshare.args(["--user", "--map-root-user", "--mount", "sh", "-c", &script]);
    let outcome = home.run(&mut unshare);
    assert_eq!(outcome.text(), "0\n3\n", "{}", outcome.stderr);
    assert_eq!(sts.count("GetSessionToken"), 1);
}

#[test]
fn a_cache_that_a_killed_process_left_half_written_is_deleted_by_the_next() {
    let (sts, home) = jane_fixture();
    let mut strace = home.command("strace");
    strace.args(["-f", "-o", "/dev/null", "-e"]);
    strace.args([
        "inject=rename,renameat,renameat2:signal=KILL:error=EIO:when=1",
        "--",
    ]);
    strace.args(["aws-mfa", "env", "test", &sts.fresh_code(JANES_PHONE)]);
    home.run(&mut strace);
    assert_eq!(left_over(&home).len(), 1);
    home.aws_mfa(&["env", "test", &sts.fresh_code(JANES_PHONE)])
        .success();
    assert_eq!(left_over(&home), [""; 0]);
}

/// The names in the home that contain `aws-mfa` and end with `.tmp`.
fn left_over(home: &Home) -> Vec<String> {
    let mut names = Vec::new();
    let mut directories = vec![home.path("")];
    while let Some(directory) = directories.pop() {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                directories.push(path);
            } else if path.extension().is_some_and(|extension| extension == "tmp") {
                names.push(path.display().to_string());
            }
        }
    }
    names
}

#[test]
fn a_killed_setup_is_completed_by_the_next_one() {
    // At the first rename, and at the second.
    for count in 1..=2 {
        let home = Home::empty(binary()).env("AWS_ENDPOINT_URL", "http://127.0.0.1:9");
        home.write(
            ".aws/credentials",
            format!("[key]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET}\n"),
        );
        // The old script makes a change of config.toml necessary beside that of the rc file.
        home.write(
            "bin/aws-creds.sh",
            "#!/bin/sh\naws sts get-session-token --profile \"$1\"\n",
        );
        let rc = format!("alias creds='aws-creds.sh key test {JANES_PHONE}'\n");
        home.write(".bashrc", &rc);
        let mut strace = home.command("strace");
        let inject = format!("inject=rename,renameat,renameat2:signal=KILL:error=EIO:when={count}");
        strace.args(["-f", "-o", "/dev/null", "-e", &inject, "--"]);
        strace.args(["aws-mfa", "setup", "--yes", "--shell", "bash"]);
        home.run(&mut strace);
        assert!(!home.read(".bashrc").contains("aws-mfa init"));
        assert!(!left_over(&home).is_empty());
        home.aws_mfa(&["setup", "--yes", "--shell", "bash"])
            .success();
        assert_eq!(left_over(&home), [""; 0]);
        assert!(home.read(".bashrc").starts_with(&rc));
        assert!(home.read(".bashrc").contains("aws-mfa init bash"));
        assert!(home.read(".config/aws-mfa/config.toml").contains("alias"));
    }
}

#[test]
fn a_hard_link_that_setup_splits_is_reported() {
    let (_sts, home) = jane_fixture();
    home.write(".bashrc", "PS1=x\n");
    std::fs::hard_link(home.path(".bashrc"), home.path("dotfile")).unwrap();
    home.aws_mfa(&["setup", "--yes", "--shell", "bash"])
        .success()
        .says("~/.bashrc was a hard link: its other name still leads to the old file");
    assert_eq!(home.read("dotfile"), "PS1=x\n");
}
