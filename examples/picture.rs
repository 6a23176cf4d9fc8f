//! Draws the terminal that README shows: a strict STS on loopback, a throw-away home, a real bash
//! with the hook, and somebody at its keyboard.
//!
//! ```text
//! cargo run --example picture
//! ```

// The tests need more of these two.
mod build;
#[path = "../tests/harness/picture.rs"]
mod picture;
#[path = "../tests/support/mod.rs"]
mod support;
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
    println!("{} is drawn", picture::FILE);
    Ok(())
}
