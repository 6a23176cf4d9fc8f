//! README.md and docs/: every block is run, every option and every key is told, every link leads
//! somewhere.

/// The runner of the blocks on a page.
mod markdown_runner;
/// The pages, their blocks, sections and links.
mod pages;

use std::collections::BTreeSet;

use aws_mfa::account::AwsProfiles;
use aws_mfa::cli::Cli;
use aws_mfa::console::Console;
use aws_mfa::context::{Context, Directories, Limits};
use aws_mfa::delivery::shell::Shell;
use aws_mfa::environment::variables::{CONFLICTING, REGION, SESSION};
use aws_mfa::error::ErrorKind;
use aws_mfa::setup::rc_file;
use clap::{CommandFactory as _, ValueEnum as _};

use crate::harness::{binary, picture};
use markdown_runner::{Done, MarkdownRunner, Start};
use pages::{Block, Page, repository};

/// Blocks that cannot be run here, by their first line, and where else they are run.
const NOT_RUN: [(&str, &str); 5] = [
    ("cargo run --example sandbox", "tests/run, at its end"),
    ("tests/run", "it runs this test"),
    (
        "cargo install --path .                      # into ~/.cargo/bin",
        "nowhere; tests/run builds the same program with cargo build",
    ),
    (
        "cargo build --release                       # or: put target/release/aws-mfa, one file, where you keep programs",
        "nowhere; tests/run builds the same program with cargo build",
    ),
    (
        "cargo build --release",
        "packages::the_debian_package_brings_all_and_leaves_nothing takes the same steps, by tests/run",
    ),
];

fn is_listed(block: &Block) -> bool {
    NOT_RUN.iter().any(|(first, _)| block.lines[0] == *first)
}

#[test]
fn every_block_does_what_it_says() {
    let mut listed = 0;
    for page in Page::all() {
        let is_readme = page.name == "README.md";
        let mut runner: Option<(String, MarkdownRunner)> = None;
        for block in page.blocks() {
            match block.language.as_str() {
                "sh" | "console" if is_listed(&block) => listed += 1,
                "sh" | "console" => {
                    // README is read from its beginning to its end; a reference section by section.
                    let same = |(section, _): &(String, MarkdownRunner)| {
                        is_readme || *section == block.section
                    };
                    let (_, runner) = match runner.take().filter(same) {
                        Some(known) => runner.insert(known),
                        None => runner.insert((
                            block.section.clone(),
                            MarkdownRunner::new(start(&page.name, &block.section)),
                        )),
                    };
                    if is_readme && block.section == "Daily use" {
                        runner.with_role();
                    }
                    let hook = !is_readme && uses_hook(&block);
                    run(&block, runner, hook);
                }
                "toml" => check_config(&block),
                "ini" => check_profiles(&block),
                "text" => {}
                other => panic!("{}: what is a block of {other:?}?", block.place),
            }
        }
    }
    assert_eq!(listed, NOT_RUN.len(), "a block of NOT_RUN is gone");
}

fn start(page: &str, section: &str) -> Start {
    match (page, section) {
        ("README.md", _) => Start::Key,
        ("docs/configuration.md", "Sharing") => Start::Sharing,
        ("docs/configuration.md", _) => Start::Script,
        _ => Start::Accounts,
    }
}

/// Whether the words of a block are those that the hook defines, and no other hook is loaded there.
fn uses_hook(block: &Block) -> bool {
    let first_words = block.lines.iter().map(|line| {
        let line = line.strip_prefix("$ ").unwrap_or(line);
        line.split(' ').next().unwrap_or_default().to_owned()
    });
    first_words.into_iter().any(|word| word == "mfa")
}

/// Runs every line of a block in a new shell. In a `console` block, what is not a command is what the
/// terminal shows.
fn run(block: &Block, runner: &MarkdownRunner, with_hook: bool) {
    let rc = if block.place.starts_with("README") {
        ""
    } else {
        let _ = std::fs::remove_file(runner.home().path(".bashrc"));
        if with_hook {
            "eval \"$(aws-mfa init bash)\"\n"
        } else {
            ""
        }
    };
    let mut shell = runner.shell(rc);
    for (command, expected) in commands(block) {
        let place = &block.place;
        let Done { status, output } = shell.run(&command);
        let meant = command
            .split_once("exit status ")
            .map_or("0", |(_, status)| &status[..1]);
        assert_eq!(status, meant, "{place}: {command}\n{output}");
        if block.language == "console" {
            let shown = lines(&output);
            let expected: Vec<String> = expected.iter().flat_map(|line| lines(line)).collect();
            assert!(
                is_like(&shown, &expected),
                "{place}: {command}\nshows {shown:#?}\ninstead of {expected:#?}"
            );
        }
    }
}

/// The commands of a block, each with the lines after it.
fn commands(block: &Block) -> Vec<(String, Vec<String>)> {
    let mut commands: Vec<(String, Vec<String>)> = Vec::new();
    for line in block.lines.iter().filter(|line| !line.is_empty()) {
        let command = match block.language.as_str() {
            "sh" => Some(line.as_str()),
            _ => line.strip_prefix("$ "),
        };
        match (command, commands.last_mut()) {
            (Some(command), _) => commands.push((command.to_owned(), Vec::new())),
            (None, Some((_, expected))) => expected.push(line.clone()),
            (None, None) => panic!("{}: this is no command: {line}", block.place),
        }
    }
    assert!(
        !commands.is_empty(),
        "{}: there is nothing in it",
        block.place
    );
    commands
}

/// Lines as a person compares them: without colors and widths, and with one word for what is another
/// one each time: numbers, times and key ids.
fn lines(shown: &str) -> Vec<String> {
    let word = |word: &str| {
        let bare = word.trim_end_matches([',', ';', ')']);
        let all = |of: fn(char) -> bool| !bare.is_empty() && bare.chars().all(of);
        // Of a time: date and time of day.
        let is_like = |form: &str| {
            bare.len() == form.len()
                && bare.bytes().zip(form.bytes()).all(|(is, like)| match like {
                    b'0' => is.is_ascii_digit(),
                    like => is == like,
                })
        };
        let time = is_like("0000-00-00") || is_like("00:00");
        let key = bare.len() == 20 && (bare.starts_with("AKIA") || bare.starts_with("ASIA"));
        let version = bare.contains('.') && all(|c| c.is_ascii_digit() || c == '.');
        if key || time || version || (all(|c| c.is_ascii_digit()) && bare.len() < 12) {
            "*".to_owned()
        } else {
            word.to_owned()
        }
    };
    let line = |line: &str| {
        // What was shown in its place until it came.
        let line = line.rsplit("\x1b[K").next().unwrap_or_default();
        let mut plain = String::new();
        for (at, part) in line.split("\x1b[").enumerate() {
            plain += if at == 0 {
                part
            } else {
                part.split_once('m').map_or("", |(_, rest)| rest)
            };
        }
        let words: Vec<String> = plain.split_whitespace().map(word).collect();
        // A session that was made just now has an hour left, or a second less.
        words.join(" ").replace("* h * min", "* min")
    };
    shown
        .lines()
        .map(line)
        .filter(|line| !line.is_empty())
        .collect()
}

/// Whether these are the expected lines, of which `…` stands for any number, and for the rest of a
/// line at its end.
fn is_like(shown: &[String], expected: &[String]) -> bool {
    match (shown, expected) {
        ([], []) => true,
        (_, [any, rest @ ..]) if any == "…" => {
            (0..=shown.len()).any(|skipped| is_like(&shown[skipped..], rest))
        }
        ([first, more @ ..], [line, rest @ ..]) => {
            let same = match line.strip_suffix('…') {
                Some(start) => first.starts_with(start),
                None => first == line,
            };
            same && is_like(more, rest)
        }
        _ => false,
    }
}

/// The program takes the block for its config.toml, and can use every account in it.
fn check_config(block: &Block) {
    let runner = MarkdownRunner::new(Start::Script);
    let text = block.lines.join("\n");
    runner.home().write("block.toml", &text);
    let listed = runner.home().aws_mfa(&["list", "--config", "block.toml"]);
    let listed = listed.success().text();
    assert!(!listed.contains(" ! "), "{}: {listed}", block.place);
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("[accounts.") {
            let name = name.trim_end_matches(']');
            let row = listed
                .lines()
                .find(|row| row.split(' ').next() == Some(name));
            assert!(
                row.is_some_and(|row| row.contains(" config.toml ")),
                "{}: {listed}",
                block.place
            );
        }
    }
}

/// The AWS parser takes the block for ~/.aws/config, and finds every setting of it.
fn check_profiles(block: &Block) {
    let runner = MarkdownRunner::new(Start::Key);
    let text = block.lines.join("\n");
    let path = runner.home().write(".aws/config", &text);
    let context = Context {
        env: std::iter::once(("AWS_CONFIG_FILE", &path)).collect(),
        directories: Directories {
            home: Some(runner.home().path("")),
            ..Directories::default()
        },
        settings_env: None,
        now: std::time::SystemTime::now,
        console: Console::plain(),
        limits: Limits::default(),
    };
    let profiles = AwsProfiles::load(&context).unwrap();
    let (mut section, mut settings) = ("", 0);
    for line in text.lines().filter(|line| !line.is_empty()) {
        if let Some(name) = line.strip_prefix("[profile ") {
            section = name.trim_end_matches(']');
        } else {
            let (key, value) = line.split_once(" = ").expect("a setting");
            assert_eq!(
                profiles.setting(section, key),
                Some(value),
                "{}",
                block.place
            );
            settings += 1;
        }
    }
    assert!(settings > 0, "{}: {text}", block.place);
}

#[test]
fn the_picture_is_what_a_terminal_shows() {
    let drawn = std::fs::read_to_string(repository().join(picture::FILE)).unwrap();
    assert!(
        drawn == picture::svg(&picture::record(binary())),
        "{} is out of date: cargo run --example picture",
        picture::FILE
    );
}

#[test]
fn every_option_is_documented() {
    let page = Page::named("docs/commands.md");
    let all = page.section("Options of every command");
    let of_accounts = page.section("Account options");
    let cli = Cli::command();
    let subcommands: Vec<_> = cli
        .get_subcommands()
        .filter(|it| !it.is_hide_set())
        .collect();
    assert!(subcommands.len() > 10);
    for command in subcommands.into_iter().chain([&cli]) {
        let name = command.get_name();
        let is_program = name == cli.get_name();
        let section = if is_program { all } else { page.section(name) };
        for option in command.get_arguments().filter(|it| !it.is_hide_set()) {
            let Some(long) = option.get_long() else {
                continue;
            };
            let told = |text: &str| {
                let starts = [format!("`--{long}`"), format!("`--{long} ")];
                let mut rows = text.lines().filter(|line| line.starts_with("| "));
                rows.any(|row| starts.iter().any(|start| row.contains(start)))
            };
            let by_link = section.contains("(#account-options)") && told(of_accounts);
            assert!(
                told(section) || by_link,
                "{name} --{long} is not in {}",
                page.name
            );
        }
        if !is_program {
            assert!(
                page.text.contains(&format!("| [`{name}`](#{name}) |")),
                "{name}"
            );
        }
    }
    for variable in SESSION.into_iter().chain(REGION).chain(CONFLICTING) {
        let section = page.section("Variables");
        assert!(section.contains(&format!("`{variable}`")), "{variable}");
    }
}

#[test]
fn every_exit_status_is_documented() {
    let page = Page::named("docs/commands.md");
    let rows = page.section("Exit status").lines();
    let documented: BTreeSet<u8> = rows
        .filter_map(|row| row.strip_prefix("| ")?.split(' ').next()?.parse().ok())
        .collect();
    let statuses: BTreeSet<u8> = [
        ErrorKind::BrokenPipe,
        ErrorKind::Broken,
        ErrorKind::Usage,
        ErrorKind::Refused,
        ErrorKind::Unreachable,
        ErrorKind::NoCode,
        ErrorKind::Interrupted,
    ]
    .map(ErrorKind::exit_status)
    .into();
    assert_eq!(documented, statuses);
    let help = Cli::command().get_after_help().unwrap().to_string();
    let (_, in_help) = help.split_once("Exit status:").unwrap();
    let in_help = in_help
        .split_whitespace()
        .filter_map(|word| word.parse().ok());
    assert_eq!(in_help.collect::<BTreeSet<u8>>(), statuses);
    // Those of `exec` alone.
    for kind in [ErrorKind::NoCommand, ErrorKind::NoExecution] {
        let status = kind.exit_status().to_string();
        assert!(page.section("exec").contains(&status), "{status}");
    }
}

#[test]
fn every_shell_is_documented() {
    let page = Page::named("docs/shells.md");
    let plain = |section: &str| page.section(section).replace("\\|", "|");
    let (hook, by_hand) = (plain("The hook"), plain("Without the hook"));
    for shell in Shell::value_variants() {
        let line = shell.load_command("aws-mfa env test");
        assert!(by_hand.contains(&line), "{shell}: {line}");
        for line in rc_file::load_now(*shell)
            .into_iter()
            .flat_map(|line| line.split("; "))
        {
            assert!(hook.contains(line), "{shell}: {line}");
        }
    }
}

/// The keys that the program knows in a table of config.toml, as it says them for an unknown one.
fn keys(table: &str) -> BTreeSet<String> {
    let runner = MarkdownRunner::new(Start::Key);
    runner
        .home()
        .write("bad.toml", format!("[{table}]\nqqqqqqqq = 1\n"));
    let said = runner
        .home()
        .aws_mfa(&["list", "--config", "bad.toml"])
        .ends_with(2)
        .stderr;
    let (_, keys) = said
        .split_once("the keys here are: ")
        .expect("nothing is near to it");
    keys.trim().split(", ").map(str::to_owned).collect()
}

#[test]
fn every_key_is_documented() {
    let page = Page::named("docs/configuration.md");
    let rows = page.section("config.toml").lines().filter_map(|line| {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let key = cells[0].strip_prefix('`')?.strip_suffix('`')?;
        key.starts_with(char::is_alphabetic).then_some(())?;
        Some((key.to_owned(), cells.last()? == &"yes"))
    });
    let rows: Vec<(String, bool)> = rows.collect();
    let told: BTreeSet<String> = rows.iter().map(|(key, _)| key.clone()).collect();
    let by_default = rows
        .iter()
        .filter(|(_, yes)| *yes)
        .map(|(key, _)| key.clone());
    assert_eq!(told, keys("accounts.test"));
    assert_eq!(by_default.collect::<BTreeSet<_>>(), keys("defaults"));
}

#[test]
fn every_link_leads_somewhere() {
    let mut pages = Page::all();
    pages.extend(["CONTRIBUTING.md", "CHANGELOG.md"].map(Page::named));
    let mut count = 0;
    for page in &pages {
        let directory = repository().join(&page.name);
        let directory = directory.parent().unwrap();
        for link in page.links() {
            let (path, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target = if path.is_empty() {
                repository().join(&page.name)
            } else {
                directory.join(path)
            };
            assert!(target.is_file(), "{}: {link} leads nowhere", page.name);
            if !anchor.is_empty() {
                let target = target.canonicalize().unwrap();
                let name = target
                    .strip_prefix(repository().canonicalize().unwrap())
                    .unwrap();
                let anchors = Page::named(name.to_str().unwrap()).anchors();
                assert!(
                    anchors.iter().any(|known| known == anchor),
                    "{}: {link}: {anchors:?}",
                    page.name
                );
            }
            count += 1;
        }
    }
    assert!(count > 20, "only {count} links were found");
}
