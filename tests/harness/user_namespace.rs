use std::ffi::OsStr;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::home::{Home, Outcome};

/// A user namespace with a kernel keyring that ends with it: sessions that are shared there are seen by no
/// process outside of it. Within, strace may look into the program, which forbids that outside.
pub(crate) struct UserNamespace {
    keeper: Child,
}

impl UserNamespace {
    pub(crate) fn new() -> Self {
        let mut unshare = Command::new("unshare");
        unshare.args(["--user", "--map-root-user", "sleep", "600"]);
        let keeper = unshare.stdin(Stdio::null()).spawn();
        let keeper = keeper.expect("unshare is part of Debian");
        let name = format!("/proc/{}/comm", keeper.id());
        let end = Instant::now() + Duration::from_secs(10);
        // It is inside once it is `sleep`.
        while std::fs::read_to_string(&name).unwrap_or_default().trim() != "sleep" {
            assert!(Instant::now() < end, "there are no user namespaces here");
            std::thread::sleep(Duration::from_millis(5));
        }
        Self { keeper }
    }

    /// A process in the namespace that knows this home.
    pub(crate) fn command(&self, home: &Home, program: impl AsRef<OsStr>) -> Command {
        let mut command = home.command("nsenter");
        let keeper = self.keeper.id().to_string();
        command.args([
            "--user",
            "--preserve-credentials",
            "--target",
            &keeper,
            "--",
        ]);
        command.arg(program);
        command
    }

    /// Runs `aws-mfa` in the namespace, without a terminal.
    pub(crate) fn aws_mfa(&self, home: &Home, arguments: &[&str]) -> Outcome {
        home.run(self.command(home, home.path("bin/aws-mfa")).args(arguments))
    }

    /// Runs a script in the namespace, without a terminal.
    pub(crate) fn sh(&self, home: &Home, script: &str) -> Outcome {
        home.run(self.command(home, "sh").args(["-c", script]))
    }
}

impl Drop for UserNamespace {
    fn drop(&mut self) {
        let _ = self.keeper.kill();
        let _ = self.keeper.wait();
    }
}
