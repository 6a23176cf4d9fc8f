//! aws-mfa with short time limits, for tests that wait for the end of one. The program that users install has no
//! setting for that.

#[path = "../tests/harness/limits.rs"]
mod limits;

use std::process::ExitCode;

use aws_mfa::context::Context;
use aws_mfa::program;

fn main() -> ExitCode {
    program::keep_memory_private();
    program::run(std::env::args_os().collect(), |console| Context {
        limits: limits::SHORT_LIMITS,
        ..Context::from_process(console)
    })
}
