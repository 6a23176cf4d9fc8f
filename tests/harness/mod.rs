//! What only the tests need: real shells and a terminal.

/// A kernel keyring that nobody else sees.
pub(crate) mod apart;
/// The picture in README.
pub(crate) mod picture;
/// The shells, and how each evaluates what is printed.
pub(crate) mod shells;
/// A terminal with a person at it.
pub(crate) mod terminal;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::support::home::{Home, Outcome};
use crate::support::sts::{JANES_PHONE, StrictSts, World};

/// The program under test.
pub(crate) fn binary() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_aws-mfa"))
}

/// A copy of it. `cp` makes it: a file that this process has open for writing could be kept so, for a
/// moment, by a child that another test just starts, and could not be run then.
pub(crate) fn copy_binary(to: &Path) {
    let copied = std::process::Command::new("cp")
        .arg(binary())
        .arg(to)
        .status();
    assert!(
        copied.is_ok_and(|status| status.success()),
        "{}",
        to.display()
    );
}

/// A strict STS with Jane and Joe, and a home that leads to it.
pub(crate) fn janes_world() -> (StrictSts, Home) {
    let sts = StrictSts::http(World::of_jane());
    let home = Home::of_jane(binary(), &sts);
    (sts, home)
}

/// The folder with `python` and `aws`, as tests/run sets it up. Without it, it is told what is not
/// run, or it is a failure where everything is expected.
pub(crate) fn python_tools() -> Option<PathBuf> {
    let found = std::env::var_os("AWS_MFA_TEST_PYTHON").map(PathBuf::from);
    if found.is_none() {
        let all_expected =
            std::env::var_os("AWS_MFA_TEST_SHELLS").is_some_and(|value| value == "all");
        assert!(!all_expected, "AWS_MFA_TEST_PYTHON is not set");
        let _ = writeln!(
            std::io::stderr(),
            "NOT RUN: the AWS CLI, boto3 and moto, which tests/run sets up"
        );
    }
    found
}

/// `env` for the account `test`, with a good code.
pub(crate) fn env_test(sts: &StrictSts, home: &Home) -> Outcome {
    home.aws_mfa(&[
        "env",
        "--shell",
        "bash",
        "test",
        &sts.fresh_code(JANES_PHONE),
    ])
}
