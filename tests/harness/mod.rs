//! The parts that only the tests need: real shells and a terminal.

/// One named test for each case of a table.
pub(crate) mod cases;
/// The time limits of the program that tests of limits run.
pub(crate) mod limits;
/// The picture in README.
pub(crate) mod picture;
/// A relay between the program and a server.
pub(crate) mod relay;
/// The programs and rights that a test needs.
pub(crate) mod requirements;
/// The shells, and how each evaluates what is printed.
pub(crate) mod shells;
/// A terminal with a person at it.
pub(crate) mod terminal;
/// A kernel keyring of its own.
pub(crate) mod user_namespace;

use std::path::{Path, PathBuf};

use crate::support::home::{Home, Outcome};
use crate::support::sts::{JANES_PHONE, StrictSts, World};

/// The program under test.
pub(crate) fn binary() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_aws-mfa"))
}

/// The program under test with [`limits::SHORT_LIMITS`], as `examples/short_limits.rs` builds it.
#[track_caller]
pub(crate) fn short_limits_binary() -> PathBuf {
    let file = format!("short_limits{}", std::env::consts::EXE_SUFFIX);
    let program = binary().with_file_name("examples").join(file);
    assert!(
        program.exists(),
        "{} is missing: `cargo test` builds it, but not with --test: run `cargo build --example short_limits` first",
        program.display()
    );
    program
}

/// A copy of [`binary`]. `cp` makes it: a file that this process has open for writing could be kept so, for a
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

/// A strict STS with Jane and Joe, and a home whose accounts `test`, `prod` and `joe` lead to it.
pub(crate) fn jane_fixture() -> (StrictSts, Home) {
    let sts = StrictSts::http(World::of_jane());
    let home = Home::of_jane(binary(), &sts);
    (sts, home)
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
