//! The controlling terminal, for questions while standard input and output belong to a shell or to the command of
//! `exec`. Answers are never echoed elsewhere or stored.

use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};

use zeroize::Zeroizing;

use crate::console::{columns, fitting, is_terminal_dumb, printable, without_secrets};

/// The controlling terminal of the process: /dev/tty, or the console on Windows.
///
/// The terminal's own line editing is used and its mode is not changed, so nothing must be restored after Ctrl-C.
#[derive(Debug)]
pub struct Terminal {
    input: BufReader<File>,
    output: File,
}

impl Terminal {
    /// Opens the terminal; `None` if the process has none.
    #[must_use]
    pub fn open() -> Option<Self> {
        let (input, output) = if cfg!(windows) {
            ("CONIN$", "CONOUT$")
        } else {
            ("/dev/tty", "/dev/tty")
        };
        Some(Self {
            // Windows requires both access rights on a console.
            // https://learn.microsoft.com/en-us/windows/console/console-handles
            input: BufReader::new(
                OpenOptions::new()
                    .read(true)
                    .write(cfg!(windows))
                    .open(input)
                    .ok()?,
            ),
            output: OpenOptions::new()
                .read(cfg!(windows))
                .write(true)
                .open(output)
                .ok()?,
        })
    }

    /// Ends this process once the terminal is closed, which SIGHUP does unless the shell ignores it. For a list that is
    /// drawn by the library: it takes the end of a closed terminal's input for a key that is still to come, and would
    /// wait for that at full speed.
    pub fn end_when_closed(self) {
        #[cfg(unix)]
        {
            use rustix::event::{PollFd, PollFlags, poll};
            // Without a thread, there is only SIGHUP.
            let _ = std::thread::Builder::new().spawn(move || {
                // The end of a terminal is reported whatever is asked for: poll(2).
                let mut waited_for = [PollFd::new(&self.output, PollFlags::empty())];
                if poll(&mut waited_for, None).is_ok() {
                    crate::interrupt::end_by_hangup();
                }
            });
        }
    }

    /// Prints a line.
    ///
    /// # Errors
    ///
    /// If the terminal cannot be written to.
    pub fn print(&mut self, text: &str) -> std::io::Result<()> {
        self.print_painted(&without_secrets(&printable(text)))
    }

    /// Prints a line that is printable apart from its own colors.
    ///
    /// # Errors
    ///
    /// If the terminal cannot be written to.
    pub(crate) fn print_painted(&mut self, text: &str) -> std::io::Result<()> {
        self.output.write_all(format!("{text}\n").as_bytes())
    }

    /// The width in columns; `None` if the system does not tell.
    pub(crate) fn columns(&self) -> Option<usize> {
        columns(&self.output)
    }

    /// Whether [`replace_line`](Self::replace_line) can be used: a dumb terminal cannot erase.
    #[must_use]
    pub fn can_replace_line(&self) -> bool {
        !is_terminal_dumb()
    }

    /// Prints text over the current line, as much of it as the terminal is wide, and leaves the cursor after it.
    ///
    /// # Errors
    ///
    /// If the terminal cannot be written to.
    pub fn replace_line(&mut self, text: &str) -> std::io::Result<()> {
        let text = printable(text);
        let line = format!("\r\x1b[K{}", fitting(&text, columns(&self.output)));
        self.output.write_all(line.as_bytes())
    }

    /// Prints a question and waits for a line; `None` if the user ended the input (Ctrl-D). Bytes that are not UTF-8
    /// are replaced by U+FFFD.
    ///
    /// # Errors
    ///
    /// If the terminal cannot be written to or read.
    pub fn ask(&mut self, question: &str) -> std::io::Result<Option<Zeroizing<String>>> {
        self.output.write_all(printable(question).as_bytes())?;
        self.output.flush()?;
        let mut line = Zeroizing::new(Vec::with_capacity(256));
        if self.input.read_until(b'\n', &mut line)? == 0 {
            // The cursor is still after the question.
            self.output.write_all(b"\n")?;
            return Ok(None);
        }
        Ok(Some(Zeroizing::new(
            String::from_utf8_lossy(&line).into_owned(),
        )))
    }
}
