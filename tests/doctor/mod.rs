//! `doctor`: each thing that can be wrong is named with what mends it, and nothing secret is shown.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;

use crate::harness::jane_fixture;
use crate::support::home::{Home, Outcome};
use crate::support::sts::StrictSts;

/// Files, variables and programs that are not as they should be.
mod broken;
/// With `--online`.
mod online;
/// Sessions that profiles hold.
mod saved_sessions;
/// The secrets that it must never show.
mod secrets;
/// The hook and the TAB key of the shell that runs it.
mod shells;

/// A bash with the hook that runs these words; `aws-mfa` is not its last command, which it would
/// become.
fn in_bash(home: &Home, words: &str) -> Outcome {
    let script = format!("eval \"$(aws-mfa init bash)\"\n{words}; exit $?");
    home.run(
        home.command("bash")
            .args(["--noprofile", "--norc", "-c", &script]),
    )
}

/// A home in which everything is as it should be, with an STS that the home is not told to use.
fn good() -> (StrictSts, Home) {
    let (sts, home) = jane_fixture();
    for (below, mode) in [
        (".aws", 0o700),
        (".aws/credentials", 0o600),
        (".config/aws-mfa/config.toml", 0o600),
    ] {
        home.set_mode(below, mode);
    }
    append(&home, ".aws/config", "[default]\nregion = eu-west-1\n");
    // A developer may have it installed, too.
    let path = std::env::var_os("PATH").unwrap_or_default();
    let without =
        std::env::split_paths(&path).filter(|directory| !directory.join("aws-mfa").exists());
    let path = std::env::join_paths(std::iter::once(home.path("bin")).chain(without)).unwrap();
    (sts, home.env("PATH", path))
}

fn mode_of(home: &Home, below: &str) -> u32 {
    let metadata = std::fs::metadata(home.path(below)).unwrap();
    metadata.permissions().mode() & 0o777
}

fn append(home: &Home, below: &str, text: &str) {
    home.write(below, home.read(below) + text);
}

/// The lines about one check, with its level and its fix.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    check: String,
    level: String,
    text: String,
    fix: String,
}

#[track_caller]
fn findings(json: &str) -> Vec<Finding> {
    let report: Value = serde_json::from_str(json).unwrap_or_else(|_| panic!("no JSON: {json}"));
    assert_eq!(report["version"], env!("CARGO_PKG_VERSION"));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let checks = report["checks"].as_array().unwrap();
    checks
        .iter()
        .map(|finding| Finding {
            check: text(&finding["check"]),
            level: text(&finding["level"]),
            text: text(&finding["text"]),
            fix: text(&finding["fix"]),
        })
        .inspect(|finding| assert_eq!(finding.fix.is_empty(), finding.level == "ok", "{finding:?}"))
        .collect()
}
