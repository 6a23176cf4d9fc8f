//! What is read from files, variables and commands: no input may panic, hang or get past the checks. The seeds of the
//! fuzz targets are tried here, and many texts that are made of them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::harness::cases::for_each_case;

#[path = "support/input_checks.rs"]
mod input_checks;

/// The longest input that is cut into pieces, in bytes: the number of its pieces is the square of its length.
const LONGEST_CUT: usize = 200;

fn fuzz_directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}

fn file_names(directory: &Path) -> BTreeSet<String> {
    std::fs::read_dir(directory)
        .unwrap_or_else(|error| panic!("{}: {error}", directory.display()))
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

for_each_case! { every_input_made_of_the_seeds_is_handled:
    aws_files("aws_files", input_checks::aws_files),
    config_toml("config_toml", input_checks::config_toml),
    credentials_file("credentials_file", input_checks::credentials_file),
    process_output("process_output", input_checks::process_output),
    restore("restore", input_checks::restore),
}
fn every_input_made_of_the_seeds_is_handled(target: &str, check: fn(&[u8])) {
    let corpus = fuzz_directory().join("corpus").join(target);
    let seeds: Vec<Vec<u8>> = file_names(&corpus)
        .iter()
        .map(|name| std::fs::read(corpus.join(name)).unwrap())
        .collect();
    assert!(seeds.len() > 2, "{target}");
    // Each as it is, cut off at each place, and with pieces of the others put in.
    for seed in &seeds {
        check(seed);
        let step = seed.len().div_ceil(LONGEST_CUT).max(1);
        for at in (0..seed.len()).step_by(step) {
            check(&seed[..at]);
            check(&seed[at..]);
        }
        for other in seeds.iter().filter(|other| other.len() <= LONGEST_CUT) {
            for at in (0..seed.len()).step_by(7 * step) {
                check(&[&seed[..at], other, &seed[at..]].concat());
            }
        }
    }
}

/// A target without seeds would have to guess formats; one that no test names is not run by `cargo test`.
#[test]
fn every_fuzz_target_has_seeds_and_is_declared() {
    let fuzz = fuzz_directory();
    let targets: BTreeSet<String> = file_names(&fuzz.join("fuzz_targets"))
        .iter()
        .map(|name| name.trim_end_matches(".rs").to_owned())
        .collect();
    assert_eq!(targets, file_names(&fuzz.join("corpus")));
    let manifest = std::fs::read_to_string(fuzz.join("Cargo.toml")).unwrap();
    let tests = include_str!("inputs.rs");
    for target in targets {
        assert!(
            manifest.contains(&format!("name = \"{target}\"")),
            "{target}"
        );
        assert!(
            tests.contains(&format!("input_checks::{target}")),
            "{target}"
        );
    }
}
