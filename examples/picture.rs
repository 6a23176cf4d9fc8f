//! Draws the picture of a terminal in README: a strict STS on loopback, a throw-away home directory, and a real
//! bash with the hook, in which the example types.
//!
//! ```text
//! cargo run --example picture
//! ```

mod build;
#[path = "../tests/harness/picture.rs"]
mod picture;
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

use anyhow::{Context as _, Result};

fn main() -> Result<()> {
    let drawn = picture::svg(&picture::record(&build::program()?));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(picture::FILE);
    std::fs::write(path, drawn).with_context(|| format!("could not write {}", picture::FILE))?;
    println!("wrote {}", picture::FILE);
    Ok(())
}
