use crate::harness::binary;
use crate::harness::terminal::Terminal;
use crate::harness::user_namespace::UserNamespace;
use crate::support::home::Home;
use crate::support::sts::{ADMIN_ROLE, Device, KEY_ID, SECRET, StrictSts, World};

/// Jane's device, as the documentation has it.
pub(super) const DEVICE: &str = "arn:aws:iam::123456789012:mfa/jane";

/// The files in the home of a runner.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    /// A long-term key in `test-mfa`, and nothing else.
    Key,
    /// `test` and the role `prod`, in config.toml.
    Accounts,
    /// The same, with sessions that are shared.
    Sharing,
    /// The profiles of the old script, and a role besides.
    Script,
}

/// Replacements of other tools' commands. They need a session, in the environment or in a profile.
const OTHERS: &str = r#"#!/bin/sh
case "$*" in
--profile*) grep -q "^aws_access_key_id = ASIA" ~/.aws/credentials ;;
*) [ -z "$AWS_PROFILE" ] && [ -n "$AWS_SESSION_TOKEN" ] ;;
esac || exit 99
case "$AWS_ACCESS_KEY_ID" in
ASIA* | '') ;;
*) exit 99 ;;
esac
case "$*" in
*get-caller-identity*) echo '"123456789012"' ;;
*) echo "$0 $*" ;;
esac
"#;

/// The placeholder of a code; the number of an account begins with it, too.
const CODE: &str = "123456";
const PROMPT: &str = "READY> ";

/// The runner of the blocks on a page: an STS, and a home in which a bash types them.
pub(super) struct MarkdownRunner {
    sts: StrictSts,
    home: Home,
    namespace: UserNamespace,
}

impl MarkdownRunner {
    pub(super) fn new(start: Start) -> Self {
        let mut world = World::of_jane();
        world.users[0].devices = vec![Device::new(DEVICE)];
        let sts = StrictSts::http(world);
        let home = Home::empty(binary())
            .env("AWS_ENDPOINT_URL", sts.url())
            .env("SHELL", "/bin/bash")
            .env("TZ", "CET-1");
        for other in ["aws", "terraform"] {
            home.write_executable(&format!("bin/{other}"), OTHERS);
        }
        let runner = Self {
            sts,
            home,
            namespace: UserNamespace::new(),
        };
        runner.prepare(start);
        runner
    }

    fn prepare(&self, start: Start) {
        let key = |profile: &str| {
            format!("[{profile}]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET}\n")
        };
        let mut credentials = key("test-mfa");
        if start == Start::Script {
            credentials += &key("ecogy-test-mfa");
            credentials += &key("ecogy-production-mfa");
        }
        self.home.write(".aws/credentials", credentials);
        // As the AWS CLI makes them.
        self.home.set_mode(".aws", 0o700);
        self.home.set_mode(".aws/credentials", 0o600);
        if start != Start::Key {
            self.with_role();
        }
        if matches!(start, Start::Accounts | Start::Sharing) {
            let serial = format!("\n[profile test-mfa]\nmfa_serial = {DEVICE}\n");
            let config = std::fs::read_to_string(self.home.path(".aws/config")).unwrap();
            self.home.write(".aws/config", config + &serial);
            let share = start == Start::Sharing;
            let config = format!(
                "[defaults]\nshare = {share}\n\n[accounts.test]\nregion = \"eu-west-1\"\n\n[accounts.prod]\n"
            );
            self.home.write(".config/aws-mfa/config.toml", config);
        }
    }

    /// With the role `prod`.
    pub(super) fn with_role(&self) {
        let role = format!("[profile prod]\nsource_profile = test-mfa\nrole_arn = {ADMIN_ROLE}\n");
        self.home.write(".aws/config", role);
    }

    pub(super) fn home(&self) -> &Home {
        &self.home
    }

    /// A new shell, with these lines in its rc file besides those that are there.
    pub(super) fn shell(&self, lines: &str) -> Shell<'_> {
        let path = self.home.path(".bashrc");
        let present = std::fs::read_to_string(path).unwrap_or_default();
        if present.is_empty() {
            let prompt = format!("PS1='<$?>{PROMPT}'\nbind 'set enable-bracketed-paste off'\n");
            self.home.write(".bashrc", prompt + lines);
        }
        let mut bash = self.namespace.command(&self.home, "bash");
        bash.arg("-i");
        let mut terminal = Terminal::start(&bash);
        terminal.expect(PROMPT);
        Shell {
            runner: self,
            terminal,
        }
    }
}

/// The result of a command line.
pub(super) struct Done {
    pub(super) status: String,
    /// The text on the terminal, without the command line.
    pub(super) output: String,
}

/// A bash at a terminal, and the reader at its keyboard.
pub(super) struct Shell<'a> {
    runner: &'a MarkdownRunner,
    terminal: Terminal,
}

impl Shell<'_> {
    /// Types a command line, gives a code where one is asked for, and agrees to everything.
    pub(super) fn run(&mut self, line: &str) -> Done {
        let code = || self.runner.sts.fresh_code(DEVICE);
        let mut parts = line.split(CODE);
        let mut typed = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let of_number = part.starts_with(|c: char| c.is_ascii_digit());
            typed += &if of_number { CODE.to_owned() } else { code() };
            typed += part;
        }
        self.terminal.press(&format!("{typed}\n"));
        self.terminal.expect("\r\n");
        let mut output = String::new();
        loop {
            let asked = ["mfa/jane): ", "[Y/n] ", "[y/N] ", PROMPT];
            let (which, before) = self.terminal.expect_one_of(&asked);
            output += &before;
            match which {
                0 => self
                    .terminal
                    .press(&format!("{}\n", self.runner.sts.fresh_code(DEVICE))),
                1 | 2 => self.terminal.press("y\n"),
                _ => break,
            }
            output += asked[which];
        }
        let (output, status) = output.rsplit_once('<').expect("the prompt begins so");
        Done {
            status: status.trim_end_matches('>').to_owned(),
            output: output.to_owned(),
        }
    }
}
