//! Obstacles to replacing the credentials file, which are found before a code is used up.

use super::{FILE, read};
use crate::harness::jane_fixture;
use crate::harness::requirements::{is_root, not_run};
use crate::support::home::Home;
use crate::support::sts::{JANES_PHONE, StrictSts};

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
