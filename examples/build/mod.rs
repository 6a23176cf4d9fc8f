use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

/// Builds aws-mfa with the profile of this example, and returns its path.
pub(crate) fn program() -> Result<PathBuf> {
    let example = std::env::current_exe().context("could not find this program")?;
    let profile = example
        .ancestors()
        .nth(2)
        .context("this program is not in a target directory")?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build.args(["build", "--locked", "--bin", "aws-mfa"]);
    // Together with this example, which is built already: by itself, the program has other features of its dependencies,
    // for which cargo would compile nearly all of them once more.
    if let Some(name) = example.file_stem() {
        build.arg("--example").arg(name);
    }
    // `cargo run` describes this package to the example. Some build scripts, such as ring's, run again when that changes:
    // https://doc.rust-lang.org/cargo/reference/environment-variables.html
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            build.env_remove(&name);
        }
    }
    build.arg("--manifest-path");
    build.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"));
    if profile.ends_with("release") {
        build.arg("--release");
    }
    let status = build.status().context("could not run cargo")?;
    ensure!(
        status.success(),
        "could not build aws-mfa: cargo ended with {status}"
    );
    Ok(profile.join(format!("aws-mfa{}", std::env::consts::EXE_SUFFIX)))
}
