//! How fast it is, beside curl and the AWS CLI asking for the same thing in the same run, and in
//! instructions, which no busy machine changes.
//!
//! ```text
//! cargo bench --bench compare
//! ```
//!
//! Needs curl and valgrind; the AWS CLI is the `aws` on PATH, or beside `AWS_MFA_TEST_PYTHON`. A
//! tool that is missing is told and its row left out. Ends with 1 if a bound is not kept.

// Counts are shown with three digits.
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

/// Set where this runs in a user namespace of its own, and so with a kernel keyring of its own:
/// whoever runs this may share sessions of theirs.
const APART: &str = "AWS_MFA_BENCH_APART";

/// The command in such a namespace.
fn unshare(command: &Command) -> Command {
    let mut unshare = Command::new("unshare");
    unshare.args(["--user", "--map-root-user", "--"]);
    unshare
        .arg(command.get_program())
        .args(std::env::args_os().skip(1));
    unshare
}

/// How often each command is timed; the median counts.
const RUNS: usize = 41;

fn main() -> ExitCode {
    let has_own_keyring = std::env::var_os(APART).is_some();
    if !has_own_keyring
        && unshare(&Command::new("true"))
            .status()
            .is_ok_and(|status| status.success())
    {
        let this = Command::new(std::env::current_exe().expect("the system knows"));
        let error = unshare(&this).env(APART, "1").exec();
        unreachable!("it worked a moment ago: {error}");
    }
    let binary = Path::new(env!("CARGO_BIN_EXE_aws-mfa"));
    let sts = StrictSts::https(World::of_jane());
    let bench = Bench::new(binary, &sts);
    let mut table = Table::default();

    bench.requests(&mut table);
    bench.offline(&mut table);
    bench.doctor(&mut table);
    bench.hooks(&mut table);
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

/// Rows of what was measured and what was promised.
#[derive(Default)]
struct Table {
    text: String,
    broken: bool,
}

impl Table {
    fn heading(&mut self, text: &str) {
        self.text += &format!("\n{text}\n");
    }

    fn row(&mut self, what: &str, measured: &str, bound: Option<(&str, bool)>) {
        let verdict = match bound {
            None => String::new(),
            Some((bound, true)) => format!("{bound}  ok"),
            Some((bound, false)) => {
                self.broken = true;
                format!("{bound}  NOT KEPT")
            }
        };
        self.text += format!("  {what:<52}{measured:>16}  {verdict}").trim_end();
        self.text.push('\n');
    }

    fn missing(&mut self, what: &str) {
        self.text += &format!("  NOT RUN: there is no {what} here\n");
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
            .map(|n| format!("\n[account{n}-mfa]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET}\nmfa_serial = {JANES_PHONE}\n"))
            .collect();
        let test = format!(
            "[test-mfa]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET}\nmfa_serial = {JANES_PHONE}\n"
        );
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
        command.args(["--data", &format!("Action=GetSessionToken&Version=2011-06-15&DurationSeconds=43200&SerialNumber={JANES_PHONE}&TokenCode={code}")]);
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
                Some(("<= 0.15", ratio <= 0.15)),
            );
        } else {
            table.missing("curl");
        }
        let beside_python =
            std::env::var_os("AWS_MFA_TEST_PYTHON").map(|folder| Path::new(&folder).join("aws"));
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
            // With the one certificate that matters, to tell the request from the roots.
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
            let bound = (words[0] != "--version" && words != ["list", "--json"])
                .then_some(("<= 1.5 M", count <= 1_500_000));
            table.row(
                &format!("aws-mfa {}", words.join(" ")),
                &millions(count),
                bound,
            );
        }
    }

    /// All of its checks but those that ask AWS.
    fn doctor(&self, table: &mut Table) {
        table.heading(&format!("Without --online, 10 accounts (median of {RUNS})"));
        let took = median(RUNS, || {
            let mut command = self.home.command("sh");
            // It may find something on this machine, which is not what is measured.
            command.args(["-c", "aws-mfa --quiet doctor; :"]);
            command
        });
        let kept = took <= Duration::from_millis(100);
        table.row("aws-mfa doctor", &millis(took), Some(("<= 100 ms", kept)));
    }

    /// The rc line, with the process that prints the hook, over the bare shell.
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

    /// The TAB key: the candidates for an account's name.
    fn completion(&self, table: &mut Table) {
        table.heading("Completion of an account's name (median of 21)");
        let asked = |home: &Home| {
            let mut command = home.command(home.path("bin/aws-mfa"));
            command
                .args(["--", "aws-mfa", "env", "te"])
                .env("AWS_MFA_COMPLETE", "zsh");
            command
        };
        if installed("valgrind") {
            let count = instructions(&mut asked(&self.home));
            table.row(
                "10 accounts",
                &millions(count),
                Some(("<= 1.5 M", count <= 1_500_000)),
            );
        }
        for (number, bound) in [(1_000, 8), (10_000, 70)] {
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
            let took = median(21, || asked(&home));
            let kept = took <= Duration::from_millis(bound);
            table.row(
                &format!("{number} accounts, {number} profiles"),
                &millis(took),
                Some((&format!("<= {bound} ms"), kept)),
            );
        }
    }

    /// With a live shared session: the whole process, over one that does nothing.
    fn sharing(&self, table: &mut Table) {
        table.heading(&format!(
            "With a live shared session, over a bare process start (median of {RUNS})"
        ));
        let home = Home::empty(&self.home.path("bin/aws-mfa"));
        home.write(
            ".aws/credentials",
            format!("[test-mfa]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET}\nmfa_serial = {JANES_PHONE}\n"),
        );
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
        // It says so where it cannot share.
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

    /// What writing costs over the request: `env --persist` and `env` alone, with a large file.
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
    }

    fn sizes(&self, binary: &Path, table: &mut Table) {
        table.heading("Sizes");
        let bytes = std::fs::metadata(binary).map_or(0, |metadata| metadata.len());
        let megabytes = bytes as f64 / 1e6;
        table.row(
            "binary",
            &format!("{megabytes:.2} MB"),
            Some(("<= 6 MB", bytes <= 6_000_000)),
        );
        if !installed("python3") {
            table.missing("python3");
            return;
        }
        // A parent that has no other child knows the most memory that this one had.
        let mut watched = self.home.command("python3");
        watched.arg("-c").arg(
            "import resource, subprocess, sys; subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True); \
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

fn installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    in_path(&path, program).any(|file| file.is_file())
}

/// The median time of a command, each run made anew because a code works once.
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

/// The instructions that a command executes in user space, as valgrind counts them.
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
    let said = String::from_utf8_lossy(&output.stderr);
    let count = said
        .lines()
        .find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok());
    count.unwrap_or_else(|| panic!("valgrind did not count: {said}"))
}

fn millis(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1e3)
}

fn millions(count: u64) -> String {
    format!("{:.3} M", count as f64 / 1e6)
}
