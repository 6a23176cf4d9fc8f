use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use aws_mfa::context::Context;
use aws_mfa::program;

/// The name by which an example is aws-mfa itself.
const NAME: &str = "aws-mfa";

/// Runs aws-mfa if this process was started by that name: the example contains the whole program, so that nothing
/// is built twice.
pub(crate) fn run_if_named_so() -> Option<ExitCode> {
    let name = std::env::args_os().next()?;
    if Path::new(&name).file_stem()? != NAME {
        return None;
    }
    program::keep_memory_private();
    Some(program::run(
        std::env::args_os().collect(),
        Context::from_process,
    ))
}

/// Puts this example as `aws-mfa` into `directory`. It is no symbolic link, so that aws-mfa finds itself by this name
/// and not by that of the example.
pub(crate) fn put_into(directory: &Path) -> Result<()> {
    let example = std::env::current_exe().context("could not find this program")?;
    let program = directory.join(format!("{NAME}{}", std::env::consts::EXE_SUFFIX));
    if program.symlink_metadata().is_ok() {
        std::fs::remove_file(&program)?;
    }
    std::fs::hard_link(&example, &program)
        .or_else(|_| std::fs::copy(&example, &program).map(|_| ()))
        .with_context(|| format!("could not write {}", program.display()))
}
