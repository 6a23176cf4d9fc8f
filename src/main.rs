//! The program `aws-mfa`.

use std::process::ExitCode;

use aws_mfa::context::Context;
use aws_mfa::program;

fn main() -> ExitCode {
    program::keep_memory_private();
    program::run(std::env::args_os().collect(), Context::from_process)
}
