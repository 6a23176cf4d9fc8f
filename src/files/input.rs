//! Files that the user wrote, which are read whole: config.toml, the files of the shells, certificates.
//!
//! A path may lead to something that never ends, such as a pipe or /dev/zero, or to something far too large. Neither is
//! waited for, nor kept in memory.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read as _};
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

/// The size limit of a file in bytes; a bundle of all public certificates has 250 KB.
const LARGEST: u64 = 16 * 1024 * 1024;

/// The time limit for a pipe that the caller hands over, as `<(command)` of the shells does.
const PIPE_LIMIT: Duration = Duration::from_secs(5);

/// Reads a file. /dev/null is an empty one.
///
/// # Errors
///
/// If it cannot be read, is neither a regular file nor a pipe that the caller handed over (`/dev/fd/N`), is larger
/// than 16 MiB, or is a pipe that is not closed within 5 s.
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    let metadata = std::fs::metadata(path)?;
    if is_null(&metadata) {
        return Ok(Vec::new());
    }
    if is_handed_over_pipe(path, &metadata) {
        return read_pipe(path);
    }
    if metadata.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    check_regular(&metadata)?;
    let file = open(path)?;
    let metadata = file.metadata()?;
    if metadata.len() > LARGEST {
        return Err(too_large(LARGEST));
    }
    read_within_limit(file)
}

/// Opens a regular file for reading. A pipe that has taken its place is an error and is not waited for.
///
/// # Errors
///
/// If it cannot be opened, or is something else than a regular file.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        let flags = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).map_err(io::Error::other)?;
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, flags);
    }
    let file = options.open(path)?;
    check_regular(&file.metadata()?)?;
    Ok(file)
}

fn check_regular(metadata: &Metadata) -> io::Result<()> {
    if metadata.is_file() {
        Ok(())
    } else {
        Err(io::Error::other("it is not a regular file"))
    }
}

fn read_within_limit(file: File) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        return Err(too_large(LARGEST));
    }
    Ok(bytes)
}

/// The error of a file that is larger than `limit` bytes, a number of whole MiB.
pub(crate) fn too_large(limit: u64) -> io::Error {
    let mib = limit / (1024 * 1024);
    io::Error::new(
        io::ErrorKind::FileTooLarge,
        format!("it is larger than {mib} MiB"),
    )
}

/// Whether it is /dev/null, under this name or another.
#[cfg(unix)]
fn is_null(metadata: &Metadata) -> bool {
    use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
    metadata.file_type().is_char_device()
        && std::fs::metadata("/dev/null").is_ok_and(|null| null.rdev() == metadata.rdev())
}

#[cfg(not(unix))]
fn is_null(_: &Metadata) -> bool {
    false
}

/// Whether it is a pipe that the caller has opened for this process, as `<(…)` does.
#[cfg(unix)]
pub(crate) fn is_handed_over_pipe(path: &Path, metadata: &Metadata) -> bool {
    use std::os::unix::fs::FileTypeExt as _;
    let is_handed_over = ["/dev/fd", "/proc/self/fd", "/dev/stdin"]
        .iter()
        .any(|start| path.starts_with(start));
    is_handed_over && metadata.file_type().is_fifo()
}

#[cfg(not(unix))]
pub(crate) fn is_handed_over_pipe(_: &Path, _: &Metadata) -> bool {
    false
}

/// Reads a pipe in a thread, which is left alone if the pipe's writer takes too long.
fn read_pipe(path: &Path) -> io::Result<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    let path = path.to_owned();
    std::thread::Builder::new().spawn(move || {
        // After the limit there is no receiver.
        let _ = sender.send(File::open(path).and_then(read_within_limit));
    })?;
    receiver.recv_timeout(PIPE_LIMIT).unwrap_or_else(|_| {
        Err(io::Error::new(
            io::ErrorKind::TimedOut,
            format!("the pipe was not closed within {} s", PIPE_LIMIT.as_secs()),
        ))
    })
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn an_endless_or_too_large_file_is_an_error_at_once() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        let made = std::process::Command::new("mkfifo")
            .arg(path("pipe"))
            .status();
        assert!(made.unwrap().success());
        File::create(path("sparse"))
            .unwrap()
            .set_len(10 << 30)
            .unwrap();
        std::os::unix::fs::symlink("/dev/null", path("null")).unwrap();
        std::fs::write(path("file"), "text").unwrap();
        for (name, reason) in [
            ("pipe", "it is not a regular file"),
            ("sparse", "it is larger than 16 MiB"),
            ("/dev/zero", "it is not a regular file"),
            ("", "is a directory"),
        ] {
            assert_eq!(read(&path(name)).unwrap_err().to_string(), reason);
        }
        assert_eq!(read(&path("null")).unwrap(), b"");
        assert_eq!(read(Path::new("/dev/null")).unwrap(), b"");
        assert_eq!(read(&path("file")).unwrap(), b"text");
        let missing = read(&path("missing")).unwrap_err();
        assert_eq!(missing.kind(), io::ErrorKind::NotFound);
    }
}
