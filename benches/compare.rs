//! Measures the time of aws-mfa, next to curl and the AWS CLI with the same request in the same run, and its
//! instructions, which do not depend on how busy the machine is.
//!
//! ```text
//! cargo bench --bench compare
//! ```
//!
//! Needs curl and valgrind; the AWS CLI is the `aws` on PATH, or the one in the directory
//! `AWS_MFA_TEST_PYTHON`, and PowerShell the `pwsh` on PATH, or the one that `AWS_MFA_TEST_PWSH` names. Rows of a tool
//! that is missing say `NOT RUN`. The exit status is 1 if a bound is not kept.

// Counts are printed with three digits.
#![allow(clippy::cast_precision_loss)]

#[path = "../tests/support/mod.rs"]
mod support;

use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use aws_mfa::files::executable::in_path;
use support::home::Home;
use support::sts::{JANES_PHONE, KEY_ID, SECRET, StrictSts, World};

/// The variable that is set in a run inside a user namespace. That run has a kernel keyring of its own, apart
/// from the sessions that the developer shares.
const IN_NAMESPACE: &str = "AWS_MFA_BENCH_IN_NAMESPACE";

/// The command in a new user namespace.
fn unshare(command: &Command) -> Command {
    let mut unshare = Command::new("unshare");
    unshare.args(["--user", "--map-root-user", "--"]);
    unshare
        .arg(command.get_program())
        .args(std::env::args_os().skip(1));
    unshare
}

/// The number of times that each command is timed; the median counts.
const RUNS: usize = 41;

fn main() -> ExitCode {
    let has_own_keyring = std::env::var_os(IN_NAMESPACE).is_some();
    if !has_own_keyring
        && unshare(&Command::new("true"))
            .status()
            .is_ok_and(|status| status.success())
    {
        let this = Command::new(std::env::current_exe().expect("the path of this program"));
        let error = unshare(&this).env(IN_NAMESPACE, "1").exec();
        unreachable!("unshare worked a moment ago: {error}");
    }
    let binary = Path::new(env!("CARGO_BIN_EXE_aws-mfa"));
    let sts = StrictSts::https(World::of_jane());
    let bench = Bench::new(binary, &sts);
    let mut table = Table::default();

    bench.requests(&mut table);
    bench.offline(&mut table);
    bench.doctor(&mut table);
    bench.hooks(&mut table);
    bench.powershell(&mut table);
    bench.completion(&mut table);
    if has_own_keyring {
        bench.sharing(&mut table);
    } else {
        table.missing("user namespace with a keyring of its own");
    }
    bench.save(&mut table);
    bench.sizes(binary, &mut table);

    print!("{}", table.text);
    if table.broken {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

/// The rows of results, each with its bound.
#[derive(Default)]
struct Table {
    text: String,
    broken: bool,
}

impl Table {
    fn heading(&mut self, text: &str) {
        self.text += &format!("\n{text}\n");
    }

    fn row(&mut self, subject: &str, measured: &str, bound: Option<(&str, bool)>) {
        let verdict = match bound {
            None => String::new(),
            Some((bound, true)) => format!("{bound}  ok"),
            Some((bound, false)) => {
                self.broken = true;
                format!("{bound}  NOT KEPT")
            }
        };
        self.text += format!("  {subject:<52}{measured:>16}  {verdict}").trim_end();
        self.text.push('\n');
    }

    fn missing(&mut self, tool: &str) {
        self.text += &format!("  NOT RUN: there is no {tool} here\n");
    }
}

struct Bench<'a> {
    sts: &'a StrictSts,
    home: Home,
    /// The system's certificates and the server's.
    bundle: PathBuf,
    certificates: usize,
}

impl<'a> Bench<'a> {
    fn new(binary: &Path, sts: &'a StrictSts) -> Self {
        let home = Home::empty(binary);
        let profiles: String = (0..9)
            .map(|n| source_profile(&format!("account{n}-mfa")))
            .collect();
        let test = source_profile("test-mfa");
        home.write(".aws/credentials", test + &profiles);
        let accounts: String = (0..9)
            .map(|n| format!("[accounts.account{n}]\nregion = \"eu-west-1\"\n"))
            .collect();
        home.write(
            ".config/aws-mfa/config.toml",
            format!("[accounts.test]\nregion = \"eu-west-1\"\n{accounts}"),
        );
        let system =
            std::fs::read_to_string("/etc/ssl/certs/ca-certificates.crt").unwrap_or_default();
        let certificates = system.matches("BEGIN CERTIFICATE").count() + 1;
        let bundle = home.write("roots.pem", system + sts.ca_pem());
        let home = home
            .env("AWS_ENDPOINT_URL", sts.url())
            .env("SSL_CERT_FILE", &bundle);
        Self {
            sts,
            home,
            bundle,
            certificates,
        }
    }

    fn code(&self) -> String {
        self.sts.fresh_code(JANES_PHONE)
    }

    fn env_command(&self) -> Command {
        let mut command = self.home.command(self.home.path("bin/aws-mfa"));
        command.args(["env", "--shell", "bash", "test", &self.code()]);
        command
    }

    fn curl(&self) -> Command {
        let mut command = self.home.command("curl");
        command.args(["--silent", "--fail", "--aws-sigv4", "aws:amz:eu-west-1:sts"]);
        command
            .args(["--user", &format!("{KEY_ID}:{SECRET}"), "--cacert"])
            .arg(&self.bundle);
        let code = self.code();
        let request = format!(
            "Action=GetSessionToken&Version=2011-06-15&DurationSeconds=43200\
             &SerialNumber={JANES_PHONE}&TokenCode={code}"
        );
        command.args(["--data", &request]);
        command.arg(self.sts.url());
        command
    }

    fn aws_cli(&self, program: &Path) -> Command {
        let mut command = self.home.command(program);
        command.args([
            "sts",
            "get-session-token",
            "--profile",
            "test-mfa",
            "--region",
            "eu-west-1",
        ]);
        command.args([
            "--duration-seconds",
            "43200",
            "--serial-number",
            JANES_PHONE,
            "--token-code",
            &self.code(),
        ]);
        command.env("AWS_CA_BUNDLE", &self.bundle);
        command
    }

    fn requests(&self, table: &mut Table) {
        table.heading(&format!(
            "A new session over HTTPS, {} root certificates (median of {RUNS}; the AWS CLI: of 5)",
            self.certificates
        ));
        let ours = median(RUNS, || self.env_command());
        table.row("aws-mfa env", &millis(ours), None);
        if installed("curl") {
            let curl = median(RUNS, || self.curl());
            table.row("curl --aws-sigv4", &millis(curl), None);
            let ratio = ours.as_secs_f64() / curl.as_secs_f64();
            table.row(
                "aws-mfa / curl",
                &format!("{ratio:.3}"),
                Some(("<= 0.2", ratio <= 0.2)),
            );
        } else {
            table.missing("curl");
        }
        let beside_python = std::env::var_os("AWS_MFA_TEST_PYTHON")
            .map(|directory| Path::new(&directory).join("aws"));
        let aws = beside_python.unwrap_or_else(|| "aws".into());
        if aws.is_absolute() || installed("aws") {
            let cli = median(5, || self.aws_cli(&aws));
            table.row("aws sts get-session-token", &millis(cli), None);
            let ratio = ours.as_secs_f64() / cli.as_secs_f64();
            table.row(
                "aws-mfa / aws",
                &format!("{ratio:.4}"),
                Some(("<= 0.02", ratio <= 0.02)),
            );
        } else {
            table.missing("AWS CLI");
        }
        if installed("valgrind") {
            let count = instructions(&mut self.env_command());
            table.row(
                "instructions of aws-mfa env",
                &millions(count),
                Some(("<= 15 M", count <= 15_000_000)),
            );
            // With the server's root certificate only: the difference is the cost of the other roots.
            let ca = self.home.write("ca.pem", self.sts.ca_pem());
            let count = instructions(self.env_command().env("SSL_CERT_FILE", ca));
            table.row("  with one root certificate", &millions(count), None);
        } else {
            table.missing("valgrind");
        }
    }

    fn offline(&self, table: &mut Table) {
        table.heading(
            "Without the network, 10 accounts in config.toml and as many profiles (instructions)",
        );
        if !installed("valgrind") {
            table.missing("valgrind");
            return;
        }
        for words in [
            &["init", "bash"][..],
            &["status"],
            &["list"],
            &["list", "--json"],
            &["--version"],
        ] {
            let mut command = self.home.command(self.home.path("bin/aws-mfa"));
            command.args(words);
            let count = instructions(&mut command);
            let bound = match words {
                ["--version"] | ["list", "--json"] => None,
                ["list"] => Some(("<= 1.2 M", count <= 1_200_000)),
                _ => Some(("<= 1.5 M", count <= 1_500_000)),
            };
            table.row(
                &format!("aws-mfa {}", words.join(" ")),
                &millions(count),
                bound,
            );
        }
    }

    /// The checks of `doctor` that send no request.
    fn doctor(&self, table: &mut Table) {
        table.heading(&format!("Without --online, 10 accounts (median of {RUNS})"));
        let took = median(RUNS, || {
            let mut command = self.home.command("sh");
            // The exit status depends on this machine's shells and files; it is ignored.
            command.args(["-c", "aws-mfa --quiet doctor; :"]);
            command
        });
        let kept = took <= Duration::from_millis(100);
        table.row("aws-mfa doctor", &millis(took), Some(("<= 100 ms", kept)));
    }

    /// The time that the rc line adds to the start of a shell, with the process that prints the hook.
    fn hooks(&self, table: &mut Table) {
        table.heading(&format!(
            "The rc line over the bare shell (median of {RUNS})"
        ));
        for (program, arguments, line) in [
            (
                "bash",
                &["--noprofile", "--norc", "-ic"][..],
                "eval \"$(aws-mfa init bash)\"",
            ),
            ("zsh", &["-f", "-ic"], "eval \"$(aws-mfa init zsh)\""),
            (
                "fish",
                &["--no-config", "-ic"],
                "aws-mfa init fish | source",
            ),
        ] {
            if !installed(program) {
                table.missing(program);
                continue;
            }
            let shell = |script: &str| {
                let mut command = self.home.command(program);
                command.args(arguments).arg(script).stderr(Stdio::null());
                command
            };
            let bare = median(RUNS, || shell("true"));
            let hooked = median(RUNS, || shell(line)).saturating_sub(bare);
            let kept = hooked <= Duration::from_millis(3);
            table.row(program, &millis(hooked), Some(("<= 3 ms", kept)));
        }
    }

    /// What PowerShell adds to a run of the program. One shell runs everything: its start takes most of a second.
    fn powershell(&self, table: &mut Table) {
        const SCRIPT: &str = r#"
Invoke-Expression (& { (aws-mfa init powershell) -join "`n" })
foreach ($line in 'aws-mfa status', 'mfa status', 'TabExpansion2 "mfa te" 6') {
    $block = [scriptblock]::Create("$line 2>`$null")
    $times = foreach ($run in 1..41) { (Measure-Command $block).TotalMilliseconds }
    "$line = $(($times | Sort-Object)[20])"
}
"#;
        const BOUND: f64 = 8.0;
        table.heading(&format!(
            "In PowerShell, the program's own run included (median of {RUNS})"
        ));
        let path = std::env::var_os("PATH").unwrap_or_default();
        let pwsh = in_path(&path, "pwsh").find(|file| file.is_file());
        let named = || std::env::var_os("AWS_MFA_TEST_PWSH").map(PathBuf::from);
        let Some(pwsh) = pwsh.or_else(named) else {
            table.missing("pwsh");
            return;
        };
        let mut command = self.home.command(pwsh);
        command.args(["-NoProfile", "-NonInteractive", "-Command", SCRIPT]);
        let outcome = self.home.run(&mut command).success();
        for line in outcome.text().lines() {
            let Some((subject, time)) = line.rsplit_once(" = ") else {
                continue;
            };
            let time: f64 = time.parse().expect("PowerShell prints a number");
            // The first row is what the others are compared with.
            let bound = (!subject.starts_with("aws-mfa")).then_some(("<= 8 ms", time <= BOUND));
            table.row(subject, &format!("{time:.1} ms"), bound);
        }
    }

    /// The candidates for an account's name, as the TAB key requests them.
    fn completion(&self, table: &mut Table) {
        table.heading("Completion of an account's name (median of 21)");
        let tab = |home: &Home| {
            let mut command = home.command(home.path("bin/aws-mfa"));
            command
                .args(["--", "aws-mfa", "env", "te"])
                .env("AWS_MFA_COMPLETE", "zsh");
            command
        };
        if installed("valgrind") {
            let count = instructions(&mut tab(&self.home));
            table.row(
                "10 accounts",
                &millions(count),
                Some(("<= 1.5 M", count <= 1_500_000)),
            );
        }
        for (number, bound) in [(1_000, 15), (10_000, 150)] {
            let home = Home::empty(&self.home.path("bin/aws-mfa"));
            let config: String = (0..number)
                .map(|n| format!("[accounts.test{n}]\nsource_profile = \"key{n}\"\n"))
                .collect();
            let profiles: String = (0..number)
                .map(|n| {
                    format!("[key{n}]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = x\n")
                })
                .collect();
            home.write(".config/aws-mfa/config.toml", config);
            home.write(".aws/credentials", profiles);
            let took = median(21, || tab(&home));
            table.row(
                &format!("{number} accounts, {number} profiles"),
                &millis(took),
                None,
            );
            if installed("valgrind") {
                let count = instructions(&mut tab(&home));
                let kept = count <= bound * 1_000_000;
                table.row(
                    "  instructions",
                    &millions(count),
                    Some((&format!("<= {bound} M"), kept)),
                );
            }
        }
    }

    /// The time of a command that reuses a shared session, over that of a process that does nothing.
    fn sharing(&self, table: &mut Table) {
        table.heading(&format!(
            "With a live shared session, over a bare process start (median of {RUNS})"
        ));
        let home = Home::empty(&self.home.path("bin/aws-mfa"));
        home.write(".aws/credentials", source_profile("test-mfa"));
        home.write(
            ".config/aws-mfa/config.toml",
            "[accounts.test]\nshare = true\n",
        );
        let home = home
            .env("AWS_ENDPOINT_URL", self.sts.url())
            .env("SSL_CERT_FILE", &self.bundle);
        let program = |words: &[&str]| {
            let mut command = home.command(home.path("bin/aws-mfa"));
            command.args(words);
            command
        };
        // A message on standard error says that the session cannot be shared.
        let made = program(&["env", "test", &self.code()]).output();
        if !made.is_ok_and(|output| output.status.success() && output.stderr.is_empty()) {
            table.missing("kernel keyring");
            return;
        }
        let bare = median(RUNS, || home.command("true"));
        table.row("a process that does nothing", &millis(bare), None);
        for words in [
            &["exec", "test", "--", "true"][..],
            &["credential-process", "test"],
        ] {
            let over = median(RUNS, || program(words)).saturating_sub(bare);
            let kept = over <= Duration::from_millis(3);
            table.row(
                &format!("aws-mfa {}", words.join(" ")),
                &millis(over),
                Some(("<= 3 ms", kept)),
            );
        }
        if installed("valgrind") {
            let count = instructions(&mut program(&["credential-process", "test"]));
            let kept = count <= 1_500_000;
            let bound = Some(("<= 1.5 M", kept));
            table.row(
                "  credential-process, instructions",
                &millions(count),
                bound,
            );
        }
        let _ = program(&["forget", "test", "-q"]).status();
    }

    /// The time that `--persist` adds to `env`, with a large credentials file.
    fn save(&self, table: &mut Table) {
        table.heading("Saving into a file of 10 000 profiles (median of 11)");
        let profiles: String = (0..10_000)
            .map(|n| format!("[profile{n}]\naws_access_key_id = {KEY_ID}\naws_session_token = x\n"))
            .collect();
        let test = std::fs::read_to_string(self.home.path(".aws/credentials")).unwrap_or_default();
        let file = self.home.write("large", test + &profiles);
        let command = |more: &[&str]| {
            let mut command = self.env_command();
            command
                .args(more)
                .env("AWS_SHARED_CREDENTIALS_FILE", &file)
                .stderr(Stdio::null());
            command
        };
        let (small, large) = (
            median(11, || self.env_command()),
            median(11, || command(&[])),
        );
        let saved = median(11, || command(&["--persist"]));
        table.row("env, 10 profiles", &millis(small), None);
        table.row("env, 10 000 profiles", &millis(large), None);
        let over = saved.saturating_sub(small);
        table.row(
            "env --persist, over the request",
            &millis(over),
            Some(("<= 80 ms", over <= Duration::from_millis(80))),
        );
        if installed("valgrind") {
            let small = instructions(&mut self.env_command());
            let saved = instructions(&mut command(&["--persist"])).saturating_sub(small);
            // When aws-config's parser read the AWS files, a save of that size took 249 M.
            table.row(
                "  instructions",
                &millions(saved),
                Some(("<= 120 M", saved <= 120_000_000)),
            );
        }
    }

    fn sizes(&self, binary: &Path, table: &mut Table) {
        table.heading("Sizes");
        let bytes = std::fs::metadata(binary).map_or(0, |metadata| metadata.len());
        let megabytes = bytes as f64 / 1e6;
        table.row(
            "binary",
            &format!("{megabytes:.2} MB"),
            Some(("<= 10 MB", bytes <= 10_000_000)),
        );
        if !installed("python3") {
            table.missing("python3");
            return;
        }
        // getrusage(2) of a parent with one child is the peak memory of that child.
        let mut watched = self.home.command("python3");
        watched.arg("-c").arg(
            "import resource, subprocess, sys; subprocess.run(sys.argv[1:], stdout=subprocess.PIPE, check=True); \
             print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)",
        );
        let env = self.env_command();
        watched.arg(env.get_program()).args(env.get_args());
        let output = watched.output().expect("python3 is installed");
        let kilobytes: u64 = String::from_utf8_lossy(&output.stdout)
            .trim()
            .parse()
            .expect("a number");
        let megabytes = kilobytes as f64 / 1024.0;
        table.row(
            "memory of aws-mfa env",
            &format!("{megabytes:.1} MB"),
            Some(("<= 16 MB", megabytes <= 16.0)),
        );
    }
}

/// A section of the credentials file with Jane's key and device.
fn source_profile(name: &str) -> String {
    format!(
        "[{name}]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET}\n\
         mfa_serial = {JANES_PHONE}\n\n"
    )
}

fn installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    in_path(&path, program).any(|file| file.is_file())
}

/// The median time of a command. `command` makes each run anew, because an MFA code is single-use.
fn median(runs: usize, command: impl Fn() -> Command) -> Duration {
    let mut times: Vec<Duration> = (0..runs)
        .map(|_| {
            let mut command = command();
            command.stdout(Stdio::null());
            let start = Instant::now();
            let status = command.status().expect("the program is installed");
            let took = start.elapsed();
            assert!(
                status.success(),
                "{} ended with {status}",
                command.get_program().display()
            );
            took
        })
        .collect();
    times.sort();
    times[runs / 2]
}

/// The number of instructions that a command executes in user space, counted by valgrind.
fn instructions(command: &mut Command) -> u64 {
    let mut counted = Command::new("valgrind");
    counted.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
    counted
        .arg(command.get_program())
        .args(command.get_args())
        .env_clear();
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            counted.env(name, value);
        }
    }
    let output = counted
        .stdin(Stdio::null())
        .output()
        .expect("valgrind is installed");
    let stderr = String::from_utf8_lossy(&output.stderr);
    let count = stderr
        .lines()
        .find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok());
    count.unwrap_or_else(|| panic!("valgrind printed no count: {stderr}"))
}

fn millis(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1e3)
}

fn millions(count: u64) -> String {
    format!("{:.3} M", count as f64 / 1e6)
}
