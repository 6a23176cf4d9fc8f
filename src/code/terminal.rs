use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};

use zeroize::Zeroizing;

use crate::console::printable;

/// The controlling terminal, for questions while standard input and output belong to a shell.
///
/// The terminal does the line editing and is left in the mode it is in, so there is nothing to
/// restore when the user gives up.
#[derive(Debug)]
pub struct Terminal {
    input: BufReader<File>,
    output: File,
}

impl Terminal {
    /// The terminal of this process; `None` if it has none.
    #[must_use]
    pub fn open() -> Option<Self> {
        let (input, output) = if cfg!(windows) {
            ("CONIN$", "CONOUT$")
        } else {
            ("/dev/tty", "/dev/tty")
        };
        Some(Self {
            // Windows wants consoles opened for both ways.
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

    /// Says one line.
    pub fn say(&mut self, text: &str) -> std::io::Result<()> {
        self.output
            .write_all(format!("{}\n", printable(text)).as_bytes())
    }

    /// Shows a line in place of the one before.
    pub fn show(&mut self, text: &str) -> std::io::Result<()> {
        let line = format!("\r\x1b[K{}", printable(text));
        self.output.write_all(line.as_bytes())
    }

    /// Asks, and waits for one line; `None` if the user ended the input (^D). What is no text in it has
    /// other marks in its place.
    pub fn ask(&mut self, question: &str) -> std::io::Result<Option<Zeroizing<String>>> {
        self.output.write_all(printable(question).as_bytes())?;
        self.output.flush()?;
        let mut line = Zeroizing::new(Vec::with_capacity(256));
        if self.input.read_until(b'\n', &mut line)? == 0 {
            // The cursor still stands behind the question.
            self.output.write_all(b"\n")?;
            return Ok(None);
        }
        Ok(Some(Zeroizing::new(
            String::from_utf8_lossy(&line).into_owned(),
        )))
    }
}
