//! The layout of the tests themselves.

use std::path::{Path, PathBuf};

/// Files that are no modules of this crate.
const OTHERS: [&str; 2] = [
    "main.rs",
    // The fuzz targets and inputs.rs include it.
    "support/input_checks.rs",
];

fn files_below(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files_below(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// The tests in a file that no `mod` line names would never run.
#[test]
fn every_file_is_a_module_of_the_crate() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut files = Vec::new();
    files_below(&tests, &mut files);
    assert!(files.len() > 30, "{files:#?}");
    let declared_by = |name: &str, parent: &Path| {
        std::fs::read_to_string(parent).is_ok_and(|text| {
            let mut lines = text.lines().map(str::trim_start);
            let declarations = [format!("mod {name};"), format!("pub(crate) mod {name};")];
            lines.any(|line| declarations.iter().any(|declaration| line == declaration))
        })
    };
    for file in &files {
        let below = file.strip_prefix(&tests).unwrap();
        if OTHERS.iter().any(|other| below == Path::new(other)) {
            continue;
        }
        let directory = file.parent().unwrap();
        // A directory is the module of its mod.rs.
        let (module, directory) = match file.file_stem().unwrap().to_str().unwrap() {
            "mod" => (
                directory.file_name().unwrap().to_str().unwrap(),
                directory.parent().unwrap(),
            ),
            name => (name, directory),
        };
        let parents = [directory.join("mod.rs"), directory.join("main.rs")];
        assert!(
            parents.iter().any(|parent| declared_by(module, parent)),
            "tests/{} is a module of no file: add `mod {module};`",
            below.display()
        );
    }
}
