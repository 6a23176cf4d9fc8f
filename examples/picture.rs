//! Draws the picture of a terminal in README: a strict STS on loopback, a throw-away home directory, and a real
//! bash with the hook, in which the example types.
//!
//! ```text
//! cargo run --example picture
//! ```

#[path = "../tests/harness/picture.rs"]
mod picture;
#[allow(dead_code)]
mod program;
#[path = "../tests/support/mod.rs"]
mod support;
// The tests use more of these two than this example does.
#[allow(dead_code)]
#[path = "../tests/harness/terminal.rs"]
mod terminal;
#[allow(dead_code)]
#[path = "../tests/harness/user_namespace.rs"]
mod user_namespace;

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result};

fn main() -> ExitCode {
    if let Some(status) = program::run_if_named_so() {
        return status;
    }
    match draw() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("picture: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn draw() -> Result<()> {
    let drawn = picture::svg(&picture::record(&std::env::current_exe()?));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(picture::FILE);
    std::fs::write(path, drawn).with_context(|| format!("could not write {}", picture::FILE))?;
    println!("wrote {}", picture::FILE);
    Ok(())
}
