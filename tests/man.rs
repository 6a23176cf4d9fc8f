//! The man pages, as `man` reads them and as its linter does.

use std::collections::BTreeSet;

use crate::harness::binary;
use crate::harness::requirements::has;
use crate::support::home::Home;

/// A home with all pages in the directory `man1`, and their names.
fn pages() -> (Home, BTreeSet<String>) {
    let home = Home::empty(binary());
    home.aws_mfa(&["man", "--to", "man1"]).success().prints("");
    let names = std::fs::read_dir(home.path("man1")).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let names = names.collect();
    (home, names)
}

#[test]
fn there_is_a_page_for_each_subcommand() {
    let (home, names) = pages();
    let help = home.aws_mfa(&["--help"]).success().text();
    let (_, commands) = help.split_once("Commands:\n").unwrap();
    let (commands, _) = commands.split_once("\n\n").unwrap();
    let subcommands: Vec<&str> = commands
        .lines()
        .map(|line| line.split_whitespace().next().unwrap())
        .collect();
    assert!(subcommands.contains(&"env") && subcommands.contains(&"doctor"));
    let expected: BTreeSet<String> = subcommands
        .iter()
        .map(|name| format!("aws-mfa-{name}.1"))
        .chain(["aws-mfa.1".to_owned()])
        .collect();
    assert_eq!(names, expected);
    // One at a time they are the same.
    let read = |name: &str| std::fs::read_to_string(home.path(&format!("man1/{name}"))).unwrap();
    home.aws_mfa(&["man"]).success().prints(&read("aws-mfa.1"));
    for name in subcommands {
        let page = read(&format!("aws-mfa-{name}.1"));
        home.aws_mfa(&["man", name]).success().prints(&page);
    }
    home.aws_mfa(&["man", "nonsense"])
        .ends_with(2)
        .says("could not find the man page aws-mfa-nonsense")
        .says("there is a page for each of these: env, save, ");
    home.write("file", "");
    home.aws_mfa(&["man", "--to", "file/man1"])
        .ends_with(1)
        .says("could not write file/man1");
}

#[test]
fn a_pipe_in_the_place_of_a_page_is_an_error_and_not_waited_for() {
    let (home, _) = pages();
    std::fs::remove_file(home.path("man1/aws-mfa.1")).unwrap();
    home.run(home.command("mkfifo").arg("man1/aws-mfa.1"))
        .success();
    let mut man = home.command("timeout");
    man.args(["20", "aws-mfa", "man", "--to", "man1"]);
    home.run(&mut man)
        .ends_with(2)
        .says("could not write man1/aws-mfa.1: it is not a regular file");
}

#[test]
fn man_pages_pass_the_linter() {
    if !has("mandoc") {
        return;
    }
    let (home, names) = pages();
    for name in names {
        let page = format!("man1/{name}");
        let outcome = home.run(home.command("mandoc").args(["-Tlint", "-Wwarning", &page]));
        let complaints = outcome.text();
        // A date would change where nothing else does.
        let complaints: Vec<&str> = complaints
            .lines()
            .filter(|line| !line.contains("missing date"))
            .collect();
        assert!(complaints.is_empty(), "{complaints:#?}");
        assert_eq!(outcome.stderr, "");
    }
}

#[test]
fn man_pages_show_examples_as_they_are_typed() {
    if !has("mandoc") {
        return;
    }
    let (home, _) = pages();
    let shown = |page: &str| {
        let mut mandoc = home.command("mandoc");
        mandoc.args(["-Tutf8", "-Owidth=100", &format!("man1/{page}.1")]);
        let text = home.run(&mut mandoc).success().text();
        // Bold is written as a letter over itself.
        let mut plain = String::new();
        for c in text.chars() {
            if c == '\u{8}' {
                plain.pop();
            } else {
                plain.push(c);
            }
        }
        plain
    };
    let has_line = |page: &str, wanted: &str| {
        let text = shown(page);
        let found = text.lines().any(|line| line.trim_start() == wanted);
        assert!(found, "no {wanted:?}: {text}");
    };
    for line in [
        "aws-mfa env [OPTIONS] [ACCOUNT] [CODE]...",
        "eval \"$(aws-mfa env test 123456)\"               in bash, zsh, sh, ksh",
        "AWS_MFA_CONFIG                                     the config.toml to read",
        "--duration <DURATION>",
        "aws-mfa(1)",
    ] {
        has_line("aws-mfa-env", line);
    }
    has_line(
        "aws-mfa",
        "2  wrong usage or configuration    130  interrupted",
    );
}

#[test]
fn tab_completes_man_pages_and_directories() {
    let (home, _) = pages();
    let home = home.env("AWS_MFA_COMPLETE", "bash");
    let complete = |words: &[&str]| home.aws_mfa(&[&["--", "aws-mfa"], words].concat());
    complete(&["man", "doc"]).success().prints("doctor\n");
    complete(&["man", "--to", "ma"]).success().prints("man1/\n");
}
