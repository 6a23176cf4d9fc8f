//! `cargo +nightly fuzz run credentials_file`
#![no_main]

#[path = "../../tests/support/credentials_check.rs"]
mod credentials_check;

libfuzzer_sys::fuzz_target!(|input: &[u8]| credentials_check::check(input));
