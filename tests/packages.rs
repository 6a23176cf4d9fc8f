//! The packages: the Debian package in a real system, and the archives of a release.
//!
//! The package is installed into this system and taken out again, and other tests look at that
//! system: this one does not run with them. tests/run runs it by itself.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use crate::harness::binary;
use crate::harness::requirements::{can_become_root, has};
use crate::harness::shells::{InteractiveShell, PROMPT, Shell, installed};
use crate::support::home::Home;
use crate::support::sts::{KEY_ID, SECRET};

const PACKAGE: &str = "aws-mfa-shell";

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[track_caller]
fn run(command: &mut Command) -> Output {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(
        output.status.success(),
        "{command:?}: {}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

/// A command as root, where that [can be](can_become_root).
fn as_root(program: &str) -> Command {
    if rustix::process::geteuid().is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("sudo");
    command.args(["-n", program]);
    command
}

/// The program as it is given out, but for its optimization.
fn stripped(to: &Path) {
    std::fs::create_dir_all(to.parent().unwrap()).unwrap();
    run(Command::new("strip").arg("-o").arg(to).arg(binary()));
}

/// Builds the package out of the program under test.
fn build(directory: &Path) -> PathBuf {
    let release = directory.join("release");
    stripped(&release.join("aws-mfa"));
    run(Command::new(binary())
        .args(["man", "--to"])
        .arg(release.join("man")));
    let package = directory.join("package.deb");
    run(Command::new("cargo-deb")
        .args(["--quiet", "--no-build", "--no-strip", "--fast", "--output"])
        .arg(&package)
        .env("CARGO_TARGET_DIR", directory)
        .current_dir(repository()));
    package
}

/// An installed package, which goes away with this value.
struct Installed;

impl Installed {
    fn new(package: &Path) -> Self {
        let mut dpkg = as_root("dpkg");
        // Images for containers leave man pages away.
        dpkg.args([
            "--path-include=/usr/share/man/*",
            "--path-include=/usr/share/doc/*",
            "-i",
        ]);
        let installed = Self;
        in_turn(dpkg.arg(package));
        installed
    }
}

impl Drop for Installed {
    fn drop(&mut self) {
        in_turn(as_root("dpkg").args(["-P", PACKAGE]));
    }
}

/// Runs dpkg, and again as long as another process changes the system's packages: a machine that was just
/// started may be at its updates.
fn in_turn(dpkg: &mut Command) {
    let end = Instant::now() + Duration::from_mins(5);
    dpkg.env("LC_ALL", "C");
    loop {
        let output = dpkg.output().expect("it was tried");
        let said = String::from_utf8_lossy(&output.stderr);
        if output.status.success() {
            return;
        }
        let is_locked = said.contains("locked by another process");
        assert!(is_locked && Instant::now() < end, "{dpkg:?}: {said}");
        std::thread::sleep(Duration::from_secs(1));
    }
}

/// All files of the system where packages put theirs, but for what programs write there by
/// themselves.
fn system_files() -> BTreeSet<PathBuf> {
    let mut files = BTreeSet::new();
    let mut directories: Vec<PathBuf> = [
        "/etc",
        "/opt",
        "/usr/bin",
        "/usr/lib/systemd",
        "/usr/sbin",
        "/usr/share",
        "/var/lib/dpkg/alternatives",
        "/var/lib/dpkg/info",
    ]
    .map(PathBuf::from)
    .to_vec();
    while let Some(directory) = directories.pop() {
        for entry in std::fs::read_dir(&directory)
            .into_iter()
            .flatten()
            .flatten()
        {
            let path = entry.path();
            if entry.file_name() == "__pycache__" {
                continue;
            }
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                directories.push(path.clone());
            }
            files.insert(path);
        }
    }
    files
}

#[test]
#[ignore = "installs a package into this system; tests/run runs it by itself"]
fn the_debian_package_brings_all_and_leaves_nothing() {
    let missing = ["dpkg", "cargo-deb", "man", "strip"]
        .map(has)
        .contains(&false);
    if missing || !can_become_root("install the Debian package") {
        return;
    }
    let known = Command::new("dpkg").args(["-s", PACKAGE]).output().unwrap();
    assert!(
        !known.status.success(),
        "{PACKAGE} is installed on this machine; this would take it away"
    );
    let directory = tempfile::tempdir().unwrap();
    let package = build(directory.path());
    let before = system_files();
    let in_system = Installed::new(&package);

    let added: BTreeSet<PathBuf> = system_files().difference(&before).cloned().collect();
    for file in [
        "/usr/bin/aws-mfa",
        "/usr/share/bash-completion/completions/aws-mfa",
        "/usr/share/zsh/vendor-completions/_aws-mfa",
        "/usr/share/fish/vendor_completions.d/aws-mfa.fish",
        "/usr/share/doc/aws-mfa-shell/README.md",
        "/usr/share/doc/aws-mfa-shell/docs/commands.md",
        "/usr/share/doc/aws-mfa-shell/LICENSE-APACHE",
        "/usr/share/doc/aws-mfa-shell/copyright",
    ] {
        assert!(added.contains(Path::new(file)), "no {file}: {added:#?}");
    }
    let conffiles = run(Command::new("dpkg-query").args(["-W", "-f=${Conffiles}", PACKAGE]));
    assert_eq!(String::from_utf8_lossy(&conffiles.stdout), "");

    // The program is the package's, and no other.
    let home = Home::empty(binary()).env("PATH", "/usr/bin:/bin");
    home.write(
        ".aws/credentials",
        format!("[test-mfa]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET}\n"),
    );
    let page = run(home
        .command("man")
        .args(["-P", "cat", "aws-mfa-env"])
        .env("TERM", "dumb"));
    let page = String::from_utf8_lossy(&page.stdout).into_owned();
    assert!(
        page.contains("AWS-MFA-ENV(1)") && page.contains("--duration"),
        "{page}"
    );
    for shell in ["bash", "zsh", "fish"] {
        if let Some(shell) = installed(shell) {
            tab_works(&home, shell);
        }
    }

    drop(in_system);
    let left: Vec<PathBuf> = system_files().difference(&before).cloned().collect();
    assert!(left.is_empty(), "{left:#?}");
    let lost: Vec<PathBuf> = before.difference(&system_files()).cloned().collect();
    assert!(lost.is_empty(), "{lost:#?}");
}

/// Presses TAB in a shell that knows nothing but what a new user of Debian has.
fn tab_works(home: &Home, shell: &Shell) {
    // For bash that is in the skeleton of a home, and zsh asks new users whether to write it.
    let skeleton = match shell.program {
        "bash" => std::fs::read_to_string("/etc/skel/.bashrc").unwrap(),
        _ => String::new(),
    };
    let InteractiveShell { rc, prompt, .. } = *shell.interactive();
    let setup = shell.completion_setup();
    home.write(rc, format!("{skeleton}\n{setup}{prompt}"));
    let mut terminal = shell.open(home);
    // What the program did shows what TAB made of the words, and not what is on the screen, where
    // an error would name the right word, too.
    for (typed, shows) in [
        ("aws-mfa docto\t> out", "ok       program"),
        ("aws-mfa list --js\t> out", "\"account\":\"test\""),
        (
            "aws-mfa -v env tes\t1 2> out",
            "account test: defined by key-profile",
        ),
    ] {
        terminal.press(&format!("{typed}; mv out out.whole\r"));
        let out = terminal.wait_for_file(&home.path("out.whole"));
        let out = String::from_utf8_lossy(&out).into_owned();
        let program = shell.program;
        assert!(out.contains(shows), "{program}: {out}\n{}", terminal.text());
        terminal.expect(PROMPT);
    }
}

#[test]
fn an_archive_has_all_that_a_package_needs() {
    if !has("strip") {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let program = directory.path().join("aws-mfa");
    stripped(&program);
    let out = directory.path().join("out");
    run(Command::new(repository().join("packaging/archive.sh"))
        .arg("x86_64-unknown-linux-gnu")
        .arg(&program)
        .arg(&out));
    let name = concat!(
        "aws-mfa-",
        env!("CARGO_PKG_VERSION"),
        "-x86_64-unknown-linux-gnu"
    );
    let archive = out.join(format!("{name}.tar.gz"));
    let listed = run(Command::new("tar").arg("-tzf").arg(&archive));
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    let files: BTreeSet<&str> = listed
        .lines()
        .filter_map(|line| line.strip_prefix(name)?.strip_prefix('/'))
        .collect();
    for file in [
        "aws-mfa",
        "README.md",
        "docs/commands.md",
        "docs/terminal.svg",
        "CHANGELOG.md",
        "LICENSE-MIT",
        "LICENSE-APACHE",
        "man/aws-mfa.1",
        "man/aws-mfa-env.1",
        "completions/_aws-mfa",
        "completions/aws-mfa.bash",
        "completions/aws-mfa.fish",
        "completions/aws-mfa.ps1",
    ] {
        assert!(files.contains(file), "no {file}: {files:#?}");
    }
    // Made anew it is the same, bit for bit.
    let first = std::fs::read(&archive).unwrap();
    run(Command::new(repository().join("packaging/archive.sh"))
        .arg("x86_64-unknown-linux-gnu")
        .arg(&program)
        .arg(&out));
    assert!(
        first == std::fs::read(&archive).unwrap(),
        "the archive has changed"
    );
    run(Command::new("sha256sum")
        .args(["--check", "--quiet"])
        .arg(format!("{name}.tar.gz.sha256"))
        .current_dir(&out));

    formula(&out);
}

/// The Homebrew formula, filled in for the archives of a release.
fn formula(archives: &Path) {
    let hash = |target: &str| {
        let name = format!("aws-mfa-{}-{target}.tar.gz", env!("CARGO_PKG_VERSION"));
        let hash = format!("{:064x}", target.len());
        let line = format!("{hash}  {name}\n");
        std::fs::write(archives.join(format!("{name}.sha256")), line).unwrap();
        hash
    };
    let hashes = [
        "aarch64-apple-darwin",
        "x86_64-apple-darwin",
        "aarch64-unknown-linux-musl",
        "x86_64-unknown-linux-musl",
    ]
    .map(hash);
    let formula = run(Command::new(repository().join("packaging/homebrew.sh"))
        .arg("https://example.com/aws-mfa")
        .arg(archives));
    let formula = String::from_utf8_lossy(&formula.stdout).into_owned();
    for hash in hashes {
        assert!(formula.contains(&format!("sha256 \"{hash}\"")), "{formula}");
    }
    let url = concat!(
        "https://example.com/aws-mfa/releases/download/v",
        env!("CARGO_PKG_VERSION"),
        "/aws-mfa-",
        env!("CARGO_PKG_VERSION"),
        "-x86_64-apple-darwin.tar.gz"
    );
    assert!(formula.contains(&format!("url \"{url}\"")), "{formula}");
    assert!(!formula.contains('@'), "{formula}");
}
