//! The direction of the code: a module of `src/` imports only modules that stand before it in `src/lib.rs`, and
//! no files import each other in a cycle.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A source file without its tests, and the module that it is.
struct Source {
    /// `["session", "shared"]` for `src/session/shared/mod.rs`.
    module: Vec<String>,
    code: String,
    begins_with_docs: bool,
}

/// All files of `src/`, but for `lib.rs` and `main.rs`.
fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut directories = vec![root.clone()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                directories.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    let is_module = |path: &PathBuf| *path != root.join("lib.rs") && *path != root.join("main.rs");
    let mut sources: Vec<Source> = found
        .iter()
        .filter(|path| is_module(path))
        .map(|path| {
            let name = path.strip_prefix(&root).unwrap().with_extension("");
            let mut module: Vec<String> = name
                .iter()
                .map(|part| part.to_str().unwrap().to_owned())
                .collect();
            if module.last().is_some_and(|last| last == "mod") {
                module.pop();
            }
            let text = fs::read_to_string(path).unwrap();
            let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
            let code = code.split("#[cfg(test)]\npub(crate) mod testing").next();
            let lines = code.unwrap().lines();
            let lines = lines.filter(|line| !line.trim_start().starts_with("//"));
            Source {
                module,
                code: lines.collect::<Vec<_>>().join("\n"),
                begins_with_docs: text.starts_with("//! "),
            }
        })
        .collect();
    sources.sort_by(|one, other| one.module.cmp(&other.module));
    sources
}

/// The paths after each `crate::` and `super::` of a file, `{…}` written out, as paths from the crate's root.
fn paths(source: &Source) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let code = &source.code;
    for keyword in ["crate::", "super::", "self::"] {
        for (at, _) in code.match_indices(keyword) {
            let before = code[..at].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
                continue;
            }
            // Within a module that stands in the file, `super` is the file itself.
            let line_start = code[..at].rfind('\n').map_or(0, |end| end + 1);
            let is_inline = keyword == "super::" && code[line_start..at].starts_with("    use");
            if is_inline {
                continue;
            }
            expand(&code[at..], Vec::new(), &mut found, &source.module);
        }
    }
    found
}

/// Reads one path at the start of `text`, with its groups, and adds what it names to `found`.
fn expand(text: &str, mut path: Vec<String>, found: &mut Vec<Vec<String>>, module: &[String]) {
    let mut rest = text;
    loop {
        let end = rest
            .find(|c: char| !c.is_alphanumeric() && c != '_')
            .unwrap_or(rest.len());
        let word = &rest[..end];
        match word {
            "crate" => path.clear(),
            "super" if path.is_empty() => path = module[..module.len() - 1].to_vec(),
            "super" => drop(path.pop()),
            "self" if path.is_empty() => path = module.to_vec(),
            "" | "self" => {}
            word => path.push(word.to_owned()),
        }
        rest = &rest[end..];
        match rest.strip_prefix("::") {
            Some(group) if group.starts_with('{') => {
                let mut depth = 0;
                let mut start = 1;
                for (at, c) in group.char_indices() {
                    depth += i32::from(c == '{');
                    depth -= i32::from(c == '}');
                    if (c == ',' && depth == 1) || depth == 0 {
                        expand(group[start..at].trim(), path.clone(), found, module);
                        start = at + 1;
                    }
                    if depth == 0 {
                        return;
                    }
                }
                return;
            }
            Some(more) => rest = more,
            None => break,
        }
    }
    found.push(path);
}

/// The re-exports of `pub use` lines: from the name to the path of the item itself.
fn reexports(sources: &[Source]) -> BTreeMap<Vec<String>, Vec<String>> {
    let mut found = BTreeMap::new();
    for source in sources {
        for statement in source.code.split(';') {
            let Some(at) = statement
                .find("pub use ")
                .or_else(|| statement.find("pub(crate) use "))
            else {
                continue;
            };
            let statement = &statement[at..];
            let from = &statement[statement.find("use ").unwrap() + 4..];
            let mut named = Vec::new();
            expand(from, Vec::new(), &mut named, &source.module);
            for mut path in named {
                if !["crate", "super", "self"]
                    .iter()
                    .any(|word| from.starts_with(word))
                {
                    path.splice(0..0, source.module.iter().cloned());
                }
                let mut alias = source.module.clone();
                alias.push(path.last().unwrap().clone());
                found.insert(alias, path);
            }
        }
    }
    found
}

/// The imports between files: from each file's module to the modules of the files that it names.
fn imports() -> BTreeMap<Vec<String>, BTreeSet<Vec<String>>> {
    let sources = sources();
    let modules: BTreeSet<&[String]> = sources.iter().map(|source| &source.module[..]).collect();
    let reexports = reexports(&sources);
    sources
        .iter()
        .map(|source| {
            let named = paths(source).into_iter().filter_map(|path| {
                let mut path = path;
                // A function may have the name of its file, which makes its new path begin with its old one.
                for _ in 0..4 {
                    let mut ends = (1..=path.len()).rev();
                    match ends.find_map(|end| reexports.get(&path[..end])) {
                        Some(real) if *real != path => path.clone_from(real),
                        _ => break,
                    }
                }
                let file = (1..=path.len())
                    .rev()
                    .find(|end| modules.contains(&path[..*end]))?;
                Some(path[..file].to_vec())
            });
            let own = &source.module;
            // A child may use what its parent declares: a trait and the files that implement it are one thing.
            let named = named.filter(|file| file != own && !own.starts_with(file));
            (own.clone(), named.collect())
        })
        .collect()
}

/// The order of the modules in `lib.rs`, and each import against it.
fn against_the_order(imports: &BTreeMap<Vec<String>, BTreeSet<Vec<String>>>) -> Vec<String> {
    let lib = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    let order: Vec<&str> = lib
        .lines()
        .filter_map(|line| line.trim_start_matches("pub ").strip_prefix("mod "))
        .map(|line| line.trim_end_matches(';'))
        .collect();
    let place = |module: &str| {
        let found = order.iter().position(|other| *other == module);
        found.unwrap_or_else(|| panic!("lib.rs has no module {module}"))
    };
    let mut wrong = Vec::new();
    for (from, named) in imports {
        for to in named {
            if place(&from[0]) < place(&to[0]) {
                wrong.push(format!("{} imports {}", from.join("::"), to.join("::")));
            }
        }
    }
    wrong
}

/// The files that import each other in a cycle.
fn cycles(imports: &BTreeMap<Vec<String>, BTreeSet<Vec<String>>>) -> Vec<String> {
    let mut left = imports.clone();
    loop {
        let known: BTreeSet<Vec<String>> = left.keys().cloned().collect();
        let leaves: Vec<Vec<String>> = left
            .iter()
            .filter(|(_, named)| named.is_disjoint(&known))
            .map(|(module, _)| module.clone())
            .collect();
        if leaves.is_empty() {
            break;
        }
        for leaf in leaves {
            left.remove(&leaf);
        }
    }
    // What is left also has the files that only import a cycle; those do not stand in one.
    loop {
        let imported: BTreeSet<Vec<String>> = left.values().flatten().cloned().collect();
        let before = left.len();
        left.retain(|module, _| imported.contains(module));
        if left.len() == before {
            break;
        }
    }
    left.keys().map(|module| module.join("::")).collect()
}

#[test]
fn modules_import_only_what_stands_before_them_in_lib_rs() {
    let imports = imports();
    assert!(imports.len() > 80, "only {} files were read", imports.len());
    let named: usize = imports.values().map(BTreeSet::len).sum();
    assert!(named > 300, "only {named} imports were found");
    let wrong = against_the_order(&imports);
    assert!(
        wrong.is_empty(),
        "against the order of lib.rs:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn the_lists_of_modules_have_the_order_and_the_words_of_lib_rs() {
    let read =
        |file: &str| fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap();
    let (lib, contributing) = (read("src/lib.rs"), read("CONTRIBUTING.md"));
    let declared = lib
        .lines()
        .filter_map(|line| line.trim_start_matches("pub ").strip_prefix("mod "))
        .map(|line| line.trim_end_matches(';'));
    let declared: Vec<&str> = declared.collect();
    // `    NAME   sentence`, in one block; the picture of the flow before it names some of them, too.
    let (_, list) = contributing
        .split_once("These are the modules of `src/`")
        .expect("CONTRIBUTING.md lists the modules");
    let listed: Vec<(&str, String)> = list
        .lines()
        .filter_map(|line| line.strip_prefix("    ")?.split_once("  "))
        .filter(|(name, _)| declared.contains(name))
        .map(|(name, sentence)| (name, sentence.trim().to_owned()))
        .collect();
    let names: Vec<&str> = listed.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, declared);
    // `//! | NAME | sentence |`, where names may be links.
    let is_mark = |c: char| matches!(c, '[' | ']' | '`');
    let table: Vec<(&str, String)> = lib
        .lines()
        .filter_map(|line| {
            line.strip_prefix("//! | ")?
                .strip_suffix(" |")?
                .split_once(" | ")
        })
        .map(|(name, sentence)| (name.trim_matches(is_mark), sentence.replace(is_mark, "")))
        .filter(|(name, _)| declared.contains(name))
        .collect();
    let listed: Vec<_> = (listed.into_iter())
        .map(|(name, sentence)| (name, sentence.replace(is_mark, "")))
        .collect();
    assert_eq!(table, listed);
}

/// A reader of `lib.rs` who opens a file finds out what it is for without reading its code.
#[test]
fn every_file_begins_with_what_it_is_for() {
    for source in sources() {
        let module = source.module.join("::");
        assert!(source.begins_with_docs, "{module} begins without `//!`");
    }
}

#[test]
fn files_import_each_other_in_no_cycle() {
    let cycles = cycles(&imports());
    assert!(cycles.is_empty(), "in a cycle:\n{}", cycles.join("\n"));
}

#[test]
fn an_import_against_the_order_and_a_cycle_are_found() {
    let module = |path: &str| path.split("::").map(str::to_owned).collect::<Vec<_>>();
    let mut imports = imports();
    let upward = imports.get_mut(&module("account::config")).unwrap();
    upward.insert(module("commands::env"));
    let wrong = against_the_order(&imports);
    assert_eq!(wrong, ["account::config imports commands::env"]);
    assert!(cycles(&imports).contains(&"account::config".to_owned()));
}

#[test]
fn paths_are_read_with_their_groups() {
    let source = Source {
        module: vec!["session".to_owned(), "shared".to_owned()],
        code: "use crate::account::{Account, values::{Alias, Region}};\nuse super::MIN;\nlet x = crate::time::rfc3339(1);"
            .to_owned(),
        begins_with_docs: false,
    };
    let found: Vec<String> = paths(&source).iter().map(|path| path.join("::")).collect();
    assert_eq!(
        found,
        [
            "account::Account",
            "account::values::Alias",
            "account::values::Region",
            "time::rfc3339",
            "session::MIN",
        ]
    );
}
