use std::io::{Read as _, Write as _};
use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use aws_mfa::process_tree;

/// A process in a terminal of its own, and what the terminal has shown so far.
pub(crate) struct Terminal {
    keyboard: pty_process::blocking::Pty,
    shown: Vec<u8>,
    seen: usize,
    coming: Receiver<Vec<u8>>,
    process: Child,
}

/// The time limit for text to appear.
const PATIENCE: Duration = Duration::from_secs(20);

/// The queries of programs to a terminal, and the answers: the position of the cursor, and the terminal's features.
const QUESTIONS: [(&[u8], &[u8]); 2] = [(b"\x1b[6n", b"\x1b[1;1R"), (b"\x1b[c", b"\x1b[?6c")];

/// The answers to all that is asked in what is shown. Of a question, the beginning may come before
/// its end: `begun` keeps what may be one, from call to call.
fn answers(begun: &mut Vec<u8>, shown: &[u8]) -> Vec<u8> {
    begun.extend_from_slice(shown);
    let (mut answers, mut at) = (Vec::new(), 0);
    while let Some(start) = begun[at..].iter().position(|byte| *byte == 0x1b) {
        at += start;
        let rest = &begun[at..];
        if let Some((question, answer)) =
            QUESTIONS.iter().find(|(asked, _)| rest.starts_with(asked))
        {
            answers.extend_from_slice(answer);
            at += question.len();
        } else if QUESTIONS.iter().any(|(asked, _)| asked.starts_with(rest)) {
            begun.drain(..at);
            return answers;
        } else {
            at += 1;
        }
    }
    begun.clear();
    answers
}

#[test]
fn a_question_in_two_pieces_is_answered_once() {
    let mut begun = Vec::new();
    let shown: [&[u8]; 5] = [b"ab\x1b", b"[", b"6nc\x1b[", b"0m\x1b[c\x1b[6n", b"\x1b[6"];
    let answered = shown.map(|piece| answers(&mut begun, piece));
    let expected: [&[u8]; 5] = [b"", b"", b"\x1b[1;1R", b"\x1b[?6c\x1b[1;1R", b""];
    assert_eq!(answered, expected);
    assert_eq!(answers(&mut begun, b"n"), b"\x1b[1;1R");
}

impl Terminal {
    /// Starts a script with this shell, which has no arguments yet. It says with what it ended and then
    /// stays: where the leader of its session ends, a terminal may lose what it has not shown yet.
    pub(crate) fn script(mut shell: Command, text: &str) -> Self {
        let text = format!("{text}\necho \"ended=$?.\"; exec sleep 600");
        Self::start(shell.args(["-c", &text]))
    }

    /// Starts the command with the terminal as its controlling one and as its three streams.
    pub(crate) fn start(command: &Command) -> Self {
        let (keyboard, pts) = pty_process::blocking::open().expect("the system has terminals");
        keyboard
            .resize(pty_process::Size::new(24, 120))
            .expect("a terminal has a size");
        let mut started = pty_process::blocking::Command::new(command.get_program())
            .args(command.get_args())
            .env_clear()
            .env("TERM", "xterm");
        for (name, value) in command.get_envs() {
            if let Some(value) = value {
                started = started.env(name, value);
            }
        }
        if let Some(directory) = command.get_current_dir() {
            started = started.current_dir(directory);
        }
        let process = started.spawn(pts).expect("the program can be started");
        let (send, coming) = channel();
        let mut screen = std::fs::File::from(
            std::os::fd::AsFd::as_fd(&keyboard)
                .try_clone_to_owned()
                .expect("a descriptor can be copied"),
        );
        std::thread::spawn(move || {
            let (mut chunk, mut begun) = ([0; 4096], Vec::new());
            while let Ok(count @ 1..) = screen.read(&mut chunk) {
                let _ = screen.write_all(&answers(&mut begun, &chunk[..count]));
                if send.send(chunk[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        Self {
            keyboard,
            shown: Vec::new(),
            seen: 0,
            coming,
            process,
        }
    }

    /// Waits until the terminal shows this, after what was waited for before.
    #[track_caller]
    pub(crate) fn expect(&mut self, text: &str) {
        self.expect_within(text, PATIENCE);
    }

    /// The same with another patience.
    #[track_caller]
    pub(crate) fn expect_within(&mut self, text: &str, patience: Duration) {
        match self.shows_within(text, patience) {
            Ok(()) => {}
            Err(RecvTimeoutError::Timeout) => {
                panic!("no {text:?} on the terminal: {}", self.text())
            }
            Err(RecvTimeoutError::Disconnected) => {
                panic!("it ended without {text:?}: {}", self.text())
            }
        }
    }

    /// The same where it need not come.
    pub(crate) fn shows_within(
        &mut self,
        text: &str,
        patience: Duration,
    ) -> Result<(), RecvTimeoutError> {
        let end = Instant::now() + patience;
        loop {
            let unseen = &self.shown[self.seen..];
            if let Some(at) = unseen
                .windows(text.len())
                .position(|window| window == text.as_bytes())
            {
                self.seen += at + text.len();
                return Ok(());
            }
            let left = end.saturating_duration_since(Instant::now());
            self.shown.extend(self.coming.recv_timeout(left)?);
        }
    }

    /// Waits until the terminal shows one of these; which one, and what came before it, after what
    /// was waited for before.
    #[track_caller]
    pub(crate) fn expect_one_of(&mut self, texts: &[&str]) -> (usize, String) {
        let end = Instant::now() + PATIENCE;
        loop {
            let unseen = &self.shown[self.seen..];
            let found = texts.iter().enumerate().filter_map(|(which, text)| {
                let mut windows = unseen.windows(text.len());
                Some((windows.position(|window| window == text.as_bytes())?, which))
            });
            if let Some((at, which)) = found.min() {
                let before = String::from_utf8_lossy(&unseen[..at]).into_owned();
                self.seen += at + texts[which].len();
                return (which, before);
            }
            let left = end.saturating_duration_since(Instant::now());
            match self.coming.recv_timeout(left) {
                Ok(more) => self.shown.extend(more),
                Err(end) => panic!(
                    "{end}, and none of {texts:?} on the terminal: {}",
                    self.text()
                ),
            }
        }
    }

    /// Takes in what comes until a file is there; its content.
    #[track_caller]
    pub(crate) fn wait_for_file(&mut self, file: &std::path::Path) -> Vec<u8> {
        let end = Instant::now() + PATIENCE;
        while !file.exists() {
            assert!(
                Instant::now() < end,
                "no {}: {}",
                file.display(),
                self.text()
            );
            if let Ok(more) = self.coming.recv_timeout(Duration::from_millis(20)) {
                self.shown.extend(more);
            }
        }
        let content = std::fs::read(file).expect("the file is ours");
        std::fs::remove_file(file).expect("the file is ours");
        content
    }

    /// Types.
    pub(crate) fn press(&mut self, keys: &str) {
        self.press_bytes(keys.as_bytes());
    }

    /// Types what need not be text.
    pub(crate) fn press_bytes(&mut self, keys: &[u8]) {
        self.keyboard
            .write_all(keys)
            .expect("the terminal takes keys");
    }

    /// Waits for the end of the process; its exit status.
    #[track_caller]
    pub(crate) fn end(&mut self) -> std::process::ExitStatus {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.process.try_wait().expect("it is our child") {
                while let Ok(more) = self.coming.recv_timeout(Duration::from_millis(200)) {
                    self.shown.extend(more);
                }
                return status;
            }
            assert!(Instant::now() < end, "it does not end: {}", self.text());
            if let Ok(more) = self.coming.recv_timeout(Duration::from_millis(20)) {
                self.shown.extend(more);
            }
        }
    }

    /// All that was shown so far.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.shown).into_owned()
    }
}

impl Drop for Terminal {
    /// Ends all that was started at this terminal: some shells outlive it.
    fn drop(&mut self) {
        use rustix::process::{Pid, Signal, kill_process};

        let session = self.process.id();
        for process in process_tree::all().filter(|process| process.session == session) {
            let pid = i32::try_from(process.pid).ok().and_then(Pid::from_raw);
            let _ = pid.map(|pid| kill_process(pid, Signal::KILL));
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
