//! aws-mfa without an AWS account: a strict STS on loopback, a throw-away home directory with two accounts, and
//! the real program in a real shell.
//!
//! ```text
//! cargo run --example sandbox               # ends with an interactive shell in that home directory
//! cargo run --example sandbox -- --no-shell
//! ```

mod program;
#[path = "../tests/support/mod.rs"]
mod support;

use std::io::{IsTerminal as _, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{ExitCode, Stdio};

use anyhow::{Context as _, Result, bail, ensure};
use aws_mfa::delivery::shell::Shell;
use support::home::Home;
use support::identity::caller_identity;
use support::sts::{JANES_PHONE, StrictSts, World};

/// The commands that the shell runs; `sandbox` then checks the requests that STS received.
const SCRIPT: &str = r#"
set -e
run() {
    printf '$ %s\n' "$1"
    eval "$1"
}
run 'aws-mfa list'
echo
code=$(sandbox-code)
run "eval \"\$(aws-mfa env test $code)\""
run 'aws-mfa status'
run 'sandbox-whoami'
echo
code=$(sandbox-code)
run "eval \"\$(aws-mfa env prod $code)\""
run 'sandbox-whoami'
echo
run 'eval "$(aws-mfa off)"'
run 'env | grep -c ^AWS_ACCESS_KEY_ID || true'
"#;

fn main() -> ExitCode {
    if let Some(status) = program::run_if_named_so() {
        return status;
    }
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match words[..] {
        [] => sandbox(true),
        ["--no-shell"] => sandbox(false),
        ["--code", address] => code(address),
        ["--whoami", url] => whoami(url),
        _ => Err(anyhow::anyhow!(
            "usage: cargo run --example sandbox [-- --no-shell]"
        )),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("sandbox: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn sandbox(with_shell: bool) -> Result<()> {
    let sts = StrictSts::http(World::of_jane());
    let home = home(&sts)?;
    println!(
        "A throwaway home directory, and a strict STS on {}.\nNothing leaves this machine.\n",
        sts.url()
    );
    let status = home
        .command("sh")
        .args(["-c", SCRIPT])
        .status()
        .context("could not run sh")?;
    ensure!(status.success(), "the shell ended with {status}");
    let sessions = sts.count("GetSessionToken") + sts.count("AssumeRole");
    let signed = sts.count("GetCallerIdentity");
    ensure!(
        sessions == 2 && signed == 2,
        "STS saw {sessions} sessions and {signed} signed calls"
    );
    println!(
        "\nSTS made {sessions} sessions and verified the signatures of {signed} calls made with them."
    );
    if with_shell && std::io::stdin().is_terminal() && std::io::stdout().is_terminal() {
        open_shell(&home)?;
    }
    Ok(())
}

/// Jane's home directory, with two more commands: `sandbox-code`, in place of a phone, and `sandbox-whoami`.
fn home(sts: &StrictSts) -> Result<Home> {
    let this = std::env::current_exe()?;
    let mut home = Home::of_jane(&this, sts)
        // So that no request of the user's reaches the real AWS.
        .env("AWS_ENDPOINT_URL", sts.url());
    for variable in ["TERM", "COLORTERM", "LANG", "LC_ALL", "TMPDIR"] {
        if let Some(value) = std::env::var_os(variable) {
            home = home.env(variable, value);
        }
    }
    // Two accounts are enough for a first look.
    for file in [".aws/credentials", ".aws/config"] {
        let text = std::fs::read_to_string(home.path(file))?;
        let janes = text.split_inclusive("\n\n").next().unwrap_or_default();
        home.write(file, janes);
    }
    program::put_into(&home.path("bin"))?;
    let url = sts.url();
    let address = url.trim_start_matches("http://");
    for (name, arguments) in [
        ("sandbox-code", format!("--code {address}")),
        ("sandbox-whoami", format!("--whoami {url}")),
    ] {
        let script = format!("#!/bin/sh\nexec '{}' {arguments}\n", this.display());
        let path = home.write(&format!("bin/{name}"), script);
        set_mode(&path, 0o755)?;
    }
    set_mode(&home.path(".aws/credentials"), 0o600)?;
    home.write(".bashrc", "PS1='sandbox$ '\n");
    home.write(
        ".zshrc",
        "autoload -Uz compinit && compinit -u\nPROMPT='sandbox%% '\n",
    );
    Ok(home)
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let permissions = std::fs::Permissions::from_mode(mode);
    Ok(std::fs::set_permissions(path, permissions)?)
}

#[cfg(not(unix))]
fn set_mode(_: &Path, _: u32) -> Result<()> {
    Ok(())
}

fn open_shell(home: &Home) -> Result<()> {
    let shell = std::env::var("SHELL").unwrap_or_else(|_| "/bin/sh".to_owned());
    let language = Shell::from_program(&shell).unwrap_or(Shell::Sh);
    println!("\nThis is your shell in that home directory. `sandbox-code` prints a code for:");
    println!("  {}", language.load_command("aws-mfa env test CODE"));
    if matches!(language, Shell::Bash | Shell::Zsh | Shell::Fish | Shell::Sh) {
        let init = format!("aws-mfa init {}", language.to_string().to_lowercase());
        println!(
            "For `mfa test CODE`, and TAB, load the hook:\n  {}",
            language.load_command(&init)
        );
    }
    println!("`sandbox-whoami` asks STS who you are. `exit` deletes everything.");
    home.command(&shell)
        .stdin(Stdio::inherit())
        .status()
        .with_context(|| format!("could not run {shell}"))?;
    Ok(())
}

/// Prints a code of the phone that was not used yet; fails if there is none in this minute (`sandbox-code`).
fn code(address: &str) -> Result<()> {
    let mut stream = TcpStream::connect(address).context("the sandbox has ended")?;
    write!(
        stream,
        "GET /sandbox/code/{JANES_PHONE} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer
        .split_once("\r\n\r\n")
        .context("the sandbox did not answer")?;
    if !head.starts_with("HTTP/1.1 200 ") {
        bail!("{}", body.trim_end());
    }
    print!("{body}");
    Ok(())
}

/// Sends a signed `GetCallerIdentity` with the credentials in the environment, through the SDK rather than this
/// library, and prints the answer (`sandbox-whoami`).
fn whoami(url: &str) -> Result<()> {
    let region = std::env::var("AWS_REGION").unwrap_or_else(|_| "us-east-1".to_owned());
    let (account, arn) = caller_identity(url, &region, |name| std::env::var(name).ok())
        .map_err(anyhow::Error::msg)?;
    println!("{account} {arn}");
    Ok(())
}
