//! `AWS_MFA_RESTORE` and `__aws_mfa_restore`.
#![no_main]

#[path = "../../tests/support/input_checks.rs"]
#[allow(dead_code, reason = "each target calls one of the checks")]
mod input_checks;

libfuzzer_sys::fuzz_target!(|input: &[u8]| input_checks::restore(input));
