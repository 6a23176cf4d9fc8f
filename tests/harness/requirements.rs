//! The programs and rights that a test needs. Where they are missing, the test passes without having checked anything,
//! and reports that in one place, by its name.
//!
//! With `AWS_MFA_TEST_SHELLS=all`, which tests/run sets, a missing program is a failure.

use std::io::Write as _;
use std::path::PathBuf;

/// Programs that no package of Debian has. They are never a failure.
const NOT_EXPECTED: [&str; 1] = ["pwsh"];

/// Reports that the running test, or a part of it, is not run here. tests/run collects the reports in the
/// file that `AWS_MFA_TEST_NOT_RUN` names, and shows them at its end.
pub(crate) fn not_run(reason: &str) {
    // The test runner calls the thread of a test by the name of the test.
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("a test");
    let report = format!("NOT RUN: {test}: {reason}\n");
    // Past the test runner, which keeps what is printed by tests that pass.
    let _ = std::io::stderr().write_all(report.as_bytes());
    if let Some(file) = std::env::var_os("AWS_MFA_TEST_NOT_RUN") {
        let file = std::fs::OpenOptions::new()
            .append(true)
            .create(true)
            .open(file);
        let mut file = file.expect("AWS_MFA_TEST_NOT_RUN names a file that can be written");
        file.write_all(report.as_bytes())
            .expect("the file can be written");
    }
}

fn all_expected() -> bool {
    std::env::var_os("AWS_MFA_TEST_SHELLS").is_some_and(|value| value == "all")
}

/// The place of a program: on PATH, and for `pwsh` else what `AWS_MFA_TEST_PWSH` names.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).map(|directory| directory.join(program));
    let named = std::env::var_os("AWS_MFA_TEST_PWSH").filter(|_| program == "pwsh");
    on_path
        .chain(named.map(PathBuf::from))
        .find(|file| file.is_file())
}

/// Whether [`find`] finds a program. A missing one is reported.
#[track_caller]
pub(crate) fn has(program: &str) -> bool {
    let found = find(program).is_some();
    assert!(
        found || !all_expected() || NOT_EXPECTED.contains(&program),
        "{program} is not installed"
    );
    if !found {
        not_run(&format!("{program} is not installed"));
    }
    found
}

/// Whether the test is run by root. If not, what only root can do is reported.
pub(crate) fn is_root(to: &str) -> bool {
    let root = rustix::process::geteuid().is_root();
    if !root {
        not_run(&format!("only root can {to}"));
    }
    root
}

/// Whether the test can run commands as root, by sudo at least. If not, that is reported, or a failure
/// where everything is expected.
#[track_caller]
pub(crate) fn can_become_root(to: &str) -> bool {
    let sudo = || {
        let sudo = std::process::Command::new("sudo")
            .args(["-n", "true"])
            .output();
        sudo.is_ok_and(|output| output.status.success())
    };
    let can = rustix::process::geteuid().is_root() || sudo();
    assert!(can || !all_expected(), "neither root nor sudo");
    if !can {
        not_run(&format!("only root can {to}"));
    }
    can
}

/// The directory with `python` and `aws`, as tests/run sets it up.
#[track_caller]
pub(crate) fn python_tools() -> Option<PathBuf> {
    let found = std::env::var_os("AWS_MFA_TEST_PYTHON").map(PathBuf::from);
    assert!(
        found.is_some() || !all_expected(),
        "AWS_MFA_TEST_PYTHON is not set"
    );
    if found.is_none() {
        not_run("the AWS CLI, boto3 and moto are missing, which tests/run sets up");
    }
    found
}
