//! The bytes of a file: what there is at its path, and what the user should know if that cannot be used.

use std::fmt;
use std::io::{self, Read as _};
use std::path::Path;
use std::time::Duration;

use zeroize::Zeroizing;

use crate::files::input;
use crate::files::replace::LARGEST_SECRET;

/// The time limit for a pipe that was handed over as `/dev/fd/N`, as `<(command)` of the shells does.
pub const PIPE_LIMIT: Duration = Duration::from_secs(5);

/// The content at the path of a file.
#[derive(Debug)]
pub enum Contents {
    /// Nothing, or `/dev/null`, which stands for nothing.
    Missing,
    /// A file.
    Bytes(Zeroizing<Vec<u8>>),
    /// Something that counts as missing, which the user should know.
    Unusable(Unusable),
}

/// The cause for which a file that exists counts as missing.
#[derive(Debug)]
pub enum Unusable {
    /// A directory: what Docker makes of a bind mount of a file that is missing.
    Directory,
    /// A FIFO, a socket or a device.
    NotRegular,
    /// It cannot be read.
    Unreadable(io::Error),
    /// A pipe that was not closed within the limit.
    SlowPipe(Duration),
    /// More bytes than the limit.
    TooLarge,
    /// A text in an encoding that no AWS tool but the SDK for .NET reads.
    Encoding(Encoding),
}

/// An encoding that is not UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-16, with a byte order mark.
    Utf16,
    /// UTF-16, the low byte first, without a byte order mark.
    Utf16LittleEndian,
    /// UTF-16, the high byte first, without a byte order mark.
    Utf16BigEndian,
}

impl Encoding {
    /// Its name for `iconv -f`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf16 => "UTF-16",
            Self::Utf16LittleEndian => "UTF-16LE",
            Self::Utf16BigEndian => "UTF-16BE",
        }
    }

    /// The encoding of a text that begins like this, if it is not one of bytes. A text of the AWS files begins
    /// with ASCII.
    #[must_use]
    pub fn detect(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some(Self::Utf16),
            [1..=0x7f, 0, 1..=0x7f, 0, ..] => Some(Self::Utf16LittleEndian),
            [0, 1..=0x7f, 0, 1..=0x7f, ..] => Some(Self::Utf16BigEndian),
            _ => None,
        }
    }
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directory => f.write_str("it is a directory"),
            Self::NotRegular => f.write_str("it is not a regular file"),
            Self::Unreadable(error) => write!(f, "{error}"),
            Self::SlowPipe(limit) => {
                write!(f, "the pipe was not closed within {} s", limit.as_secs())
            }
            Self::TooLarge => write!(f, "{}", input::too_large(LARGEST_SECRET)),
            Self::Encoding(encoding) => write!(f, "its text is {}, not UTF-8", encoding.name()),
        }
    }
}

/// Reads one of the two files. What is no regular file counts as missing, as it does for botocore
/// (`os.path.isfile`), so that nothing waits for the writer of a FIFO.
#[must_use]
pub fn read(path: &Path) -> Contents {
    read_within(path, PIPE_LIMIT)
}

/// The same with a limit of one's own for pipes.
#[must_use]
pub fn read_within(path: &Path, limit: Duration) -> Contents {
    use io::ErrorKind::{NotADirectory, NotFound};
    let read = match std::fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => read_file(path),
        Ok(_) if path == Path::new("/dev/null") => return Contents::Missing,
        Ok(metadata) if metadata.is_dir() => Err(Unusable::Directory),
        Ok(metadata) if input::is_handed_over_pipe(path, &metadata) => read_pipe(path, limit),
        Ok(_) => Err(Unusable::NotRegular),
        Err(error) if matches!(error.kind(), NotFound | NotADirectory) => {
            return Contents::Missing;
        }
        Err(error) => Err(Unusable::Unreadable(error)),
    };
    match read {
        Ok(bytes) => match Encoding::detect(&bytes) {
            Some(encoding) => Contents::Unusable(Unusable::Encoding(encoding)),
            None => Contents::Bytes(bytes),
        },
        Err(unusable) => Contents::Unusable(unusable),
    }
}

fn read_file(path: &Path) -> Result<Zeroizing<Vec<u8>>, Unusable> {
    let file = input::open(path).map_err(Unusable::Unreadable)?;
    // With room for all of it, so that no piece of a secret stays where the buffer was before it grew.
    let length = file.metadata().map_or(0, |metadata| metadata.len());
    take(
        file,
        usize::try_from(length)
            .unwrap_or_default()
            .saturating_add(1),
    )
}

fn take(source: impl io::Read, length: usize) -> Result<Zeroizing<Vec<u8>>, Unusable> {
    let largest = usize::try_from(LARGEST_SECRET).unwrap_or(usize::MAX);
    let mut bytes = Zeroizing::new(Vec::with_capacity(length.min(largest)));
    let mut source = source.take(LARGEST_SECRET + 1);
    source
        .read_to_end(&mut bytes)
        .map_err(Unusable::Unreadable)?;
    if bytes.len() > largest {
        return Err(Unusable::TooLarge);
    }
    Ok(bytes)
}

/// Reads a pipe in a thread, which is left alone if the pipe's writer takes too long.
fn read_pipe(path: &Path, limit: Duration) -> Result<Zeroizing<Vec<u8>>, Unusable> {
    let (sender, receiver) = std::sync::mpsc::channel();
    let path = path.to_owned();
    let read = move || {
        let read = std::fs::File::open(path).map_err(Unusable::Unreadable);
        // After the limit there is no receiver.
        let _ = sender.send(read.and_then(|file| take(file, 64 * 1024)));
    };
    std::thread::Builder::new()
        .spawn(read)
        .map_err(Unusable::Unreadable)?;
    receiver
        .recv_timeout(limit)
        .unwrap_or(Err(Unusable::SlowPipe(limit)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_two_bytes_a_letter_are_told_apart() {
        let encode = |text: &str, order: fn(u16) -> [u8; 2]| -> Vec<u8> {
            text.encode_utf16().flat_map(order).collect()
        };
        let text = "[default]\n";
        let marked = format!("\u{feff}{text}");
        for (bytes, encoding) in [
            (encode(&marked, u16::to_le_bytes), Some(Encoding::Utf16)),
            (encode(&marked, u16::to_be_bytes), Some(Encoding::Utf16)),
            (
                encode(text, u16::to_le_bytes),
                Some(Encoding::Utf16LittleEndian),
            ),
            (
                encode(text, u16::to_be_bytes),
                Some(Encoding::Utf16BigEndian),
            ),
            (marked.into_bytes(), None),
            (text.into(), None),
            (vec![0; 64], None),
            (Vec::new(), None),
        ] {
            assert_eq!(Encoding::detect(&bytes), encoding, "{bytes:?}");
        }
    }
}
