//! docs/security.md names, in comments, the tests that hold each of its promises.

use std::path::Path;

/// The sections without promises.
const NO_PROMISES: [&str; 2] = ["Security", "What this does not protect against"];

/// The blocks of a page, each with the title above it: a paragraph, a table or an item of a list, with the lines below
/// it that belong to it.
fn blocks(page: &str) -> Vec<(&str, String)> {
    let mut blocks: Vec<(&str, String)> = Vec::new();
    let (mut title, mut is_new) = ("", true);
    for line in page.lines() {
        if line.starts_with('#') {
            title = line.trim_start_matches(['#', ' ']);
        } else if !line.trim().is_empty() {
            // The comment below a table needs a blank line above it.
            let continues = !is_new && !line.starts_with("- ") || line.starts_with("<!--");
            match blocks.last_mut() {
                Some((_, block)) if continues => {
                    block.push('\n');
                    block.push_str(line);
                }
                _ => blocks.push((title, line.to_owned())),
            }
        }
        is_new = line.trim().is_empty() || line.starts_with('#');
    }
    blocks
}

/// The names of tests in the comment of a block, as `cargo test` has them.
fn tests_of(block: &str) -> Vec<&str> {
    let Some((_, comment)) = block.split_once("<!-- tests:") else {
        return Vec::new();
    };
    let list = comment.split("-->").next().unwrap_or_default();
    list.split(',').map(str::trim).collect()
}

/// Whether a file of the module has a function of this name: below `tests/`, or a unit test below `src/`.
fn exists(test: &str) -> bool {
    let mut parts: Vec<&str> = test.split("::").collect();
    let function = parts.pop().unwrap_or_default();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let is_unit_test = matches!(parts.last(), Some(&"tests" | &"testing"));
    let directory = if is_unit_test {
        parts.pop();
        root.join("src")
    } else {
        root.join("tests")
    };
    let module = directory.join(parts.join("/"));
    let files = [module.with_extension("rs"), module.join("mod.rs")];
    let definition = format!("fn {function}(");
    files
        .iter()
        .any(|file| std::fs::read_to_string(file).is_ok_and(|text| text.contains(&definition)))
}

#[test]
fn every_promise_of_the_security_page_names_tests_that_exist() {
    let blocks = blocks(include_str!("../docs/security.md"));
    assert!(blocks.len() > 30, "{blocks:#?}");
    for (title, block) in blocks {
        let tests = tests_of(&block);
        let needs_none = NO_PROMISES.contains(&title) || block.ends_with(':');
        assert!(needs_none || !tests.is_empty(), "{title}: no test: {block}");
        for test in tests {
            assert!(exists(test), "{title}: there is no test {test}");
        }
    }
    assert!(!exists("save::no_such_test"));
}
