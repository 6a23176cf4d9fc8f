//! The replacement of one file with secrets, which many processes change: under a lock, and merged with what programs
//! that know no lock write at the same time.

use std::fs::{File, Metadata, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use super::target::{Content, ResolvedPath, could_not, keep_owner, names, not_written, split_link};
use crate::error::{Failure, Result};
use crate::files::{input, own, sections};
use crate::interrupt;

/// The time limit for another program that is writing the file: until its text is whole again.
const CHANGE_TIMEOUT: Duration = Duration::from_secs(5);

/// The time after a rename in which a program that opened the file before it may write to the replaced file. The AWS
/// CLI needs less than 1 ms from its open to its write.
const LATE_WRITER: Duration = Duration::from_millis(20);

/// The interval at which a file that another program is writing is read again.
const RETRY_INTERVAL: Duration = Duration::from_millis(5);

/// The size limit in bytes of a file with secrets, which are the AWS files. One with ten thousand profiles has some 2 MB,
/// and a file takes up to a hundred times its size in memory when it is taken apart.
pub const LARGEST_SECRET: u64 = 32 * 1024 * 1024;

/// Replaces a file with secrets by what `change` makes of its bytes, while no other aws-mfa changes it. A file that
/// does not exist is an empty one; its directories are created. `change` is called again if another program changes the
/// file, and must leave bytes as they are that it has changed already.
///
/// `seen` is what the file had earlier: all sections and keys of that must still be in it. `display` names the file
/// in errors, and `lock_limit` is how long to wait for another aws-mfa. Returns warnings: if the file could be read by
/// other users until now, if it has other names, or if another program may lose what it writes.
///
/// # Errors
///
/// The error of `change`, what kept the file from being read, locked or written, or that another program is writing it
/// for longer than `CHANGE_TIMEOUT`. The file is then as it was, or as the other program left it.
pub fn replace_secret(
    path: &Path,
    display: &str,
    seen: &[u8],
    lock_limit: Duration,
    change: impl Fn(&[u8]) -> Result<Zeroizing<Vec<u8>>>,
) -> Result<Vec<String>> {
    let path = ResolvedPath::new(path, display)?;
    own::create_directory(&path.directory)
        .map_err(|error| could_not("create the directory of", display, &error))?;
    let _lock = lock(&path.lock_file(), display, lock_limit)?;
    path.remove_left_over();
    let mut warnings = Vec::new();
    let mut progress = Progress::default();
    let end = Instant::now() + CHANGE_TIMEOUT;
    loop {
        let step = match path.replace_once(display, seen, &change, &mut progress) {
            // What was to be written is in the file.
            Err(failure) if progress.is_changed => {
                warnings.push(format!(
                    "what another program wrote to {display} at the same time may be lost: {failure}"
                ));
                return Ok(warnings);
            }
            step => step?,
        };
        let is_over = Instant::now() >= end;
        match step {
            Step::Replaced { metadata } => {
                if !progress.is_changed
                    && let Some(metadata) = metadata
                {
                    warnings.extend(readable_by_others(&metadata, display));
                    if names(&metadata) > 1 {
                        warnings.push(split_link(display));
                    }
                }
                progress.is_changed = true;
                progress.disturbances = 0;
                std::thread::sleep(LATE_WRITER);
            }
            Step::Done => return Ok(warnings),
            Step::LateWriter if is_over => {
                warnings.push(format!(
                    "another program opened {display} to write it and has not written yet; \
                     what it writes may be lost"
                ));
                return Ok(warnings);
            }
            Step::Disturbed(reason) if is_over => {
                return Err(
                    Failure::broken(format!("could not write {display}: {reason}")).help(
                        "another program seems to be writing the file; see that it ends, or restore what is missing, \
                         and try again",
                    ),
                );
            }
            Step::Failed(failure) if is_over => return Err(failure),
            Step::LateWriter | Step::Disturbed(_) | Step::Failed(_) => {
                std::thread::sleep(RETRY_INTERVAL);
            }
        }
    }
}

/// Checks that [`replace_secret`] could do its work now, as far as that can be known beforehand, and returns the bytes
/// of the file. Changes nothing. `change` makes bytes of about the size of those that will be written, and `lock_limit`
/// is how long to wait for another aws-mfa.
///
/// # Errors
///
/// The error of `change`, or what would keep the file from being replaced, such as a full disk.
pub fn check_secret(
    path: &Path,
    display: &str,
    lock_limit: Duration,
    change: impl FnOnce(&[u8]) -> Result<Zeroizing<Vec<u8>>>,
) -> Result<Zeroizing<Vec<u8>>> {
    let path = ResolvedPath::new(path, display)?;
    let old = path.read_secret(display)?;
    let length = change(&old.bytes)?.len();
    path.probe(display, old.metadata.as_ref(), length, lock_limit)?;
    Ok(old.bytes)
}

/// A file with secrets as it was read.
#[derive(Default)]
struct SecretFile {
    bytes: Zeroizing<Vec<u8>>,
    /// Its metadata and the open file, if there is a file.
    metadata: Option<Metadata>,
    file: Option<File>,
}

/// A file that another one has replaced. A program that opened it before may still write to it.
struct ReplacedFile {
    file: File,
    /// Its bytes as far as what they say is in the new file.
    bytes: Zeroizing<Vec<u8>>,
}

/// The progress of [`replace_secret`].
#[derive(Default)]
struct Progress {
    /// Whether the file was replaced.
    is_changed: bool,
    /// The files that were replaced, the first one first.
    replaced: Vec<ReplacedFile>,
    /// The bytes that were written in their place.
    written: Option<Zeroizing<Vec<u8>>>,
    /// The number of times that another program changed the file before the rename.
    disturbances: u32,
}

/// The result of [`ResolvedPath::replace_once`].
enum Step {
    /// It replaced the file.
    Replaced {
        /// The metadata of the replaced file.
        metadata: Option<Metadata>,
    },
    /// Nothing: the file is what it is to be.
    Done,
    /// Nothing: a program is writing to a file that was replaced.
    LateWriter,
    /// Nothing, for this reason: another program is writing the file.
    Disturbed(String),
    /// Nothing: what another program wrote cannot be changed.
    Failed(Failure),
}

impl ResolvedPath {
    fn lock_file(&self) -> PathBuf {
        self.directory.join(self.sibling(".lock"))
    }

    /// The file as it is. It has no bytes if there is no file.
    fn read_secret(&self, display: &str) -> Result<SecretFile> {
        let could_not = |error: io::Error| could_not("read", display, &error);
        let mut file = match input::open(&self.target) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(SecretFile::default());
            }
            Err(error) => return Err(could_not(error)),
        };
        let metadata = file.metadata().map_err(could_not)?;
        Ok(SecretFile {
            bytes: read_bytes(&mut file).map_err(could_not)?,
            metadata: Some(metadata),
            file: Some(file),
        })
    }

    /// Replaces the file once, if its bytes are not what they are to be or it was not replaced yet.
    fn replace_once(
        &self,
        display: &str,
        seen: &[u8],
        change: &impl Fn(&[u8]) -> Result<Zeroizing<Vec<u8>>>,
        progress: &mut Progress,
    ) -> Result<Step> {
        let old = self.read_secret(display)?;
        if let Some(missing) = sections::missing(seen, &old.bytes) {
            return Ok(Step::Disturbed(format!(
                "it no longer has {missing}, which it had when aws-mfa started"
            )));
        }
        let mut merged = None;
        let mut late = Vec::new();
        for (at, earlier) in progress.replaced.iter_mut().enumerate() {
            let now = read_bytes(&mut earlier.file).unwrap_or_default();
            if now == earlier.bytes {
                continue;
            }
            if sections::missing(seen, &now).is_some() {
                return Ok(Step::LateWriter);
            }
            let ours = merged.as_ref().unwrap_or(&old.bytes);
            merged = Some(sections::merge(&earlier.bytes, &now, ours));
            late.push((at, now));
        }
        // To change a large file takes as long as to read it: what is still there needs no change.
        if late.is_empty() && progress.written.as_ref() == Some(&old.bytes) {
            return Ok(Step::Done);
        }
        let bytes = merged.as_ref().unwrap_or(&old.bytes);
        let new = match change(bytes) {
            Ok(new) => new,
            // Its last line may be half written.
            Err(failure) if bytes.as_slice() != seen => return Ok(Step::Failed(failure)),
            Err(failure) => return Err(failure),
        };
        if progress.is_changed && new == old.bytes {
            return Ok(Step::Done);
        }
        let not_written = |error| not_written(display, &error, 1);
        // A sync takes some ms. If another program has changed the file in that time again and again, the new file is
        // synced after the rename.
        let syncs_first = progress.disturbances < 3;
        let temporary = self
            .stage(&new, old.metadata.as_ref(), Content::Secret, syncs_first)
            .map_err(not_written)?;
        let synced = (!syncs_first)
            .then(|| temporary.as_file().try_clone())
            .transpose()
            .map_err(not_written)?;
        let now = self.read_secret(display)?;
        progress.disturbances += 1;
        let disturbed = || Step::Disturbed("another process keeps changing it".to_owned());
        if now.bytes != old.bytes || now.file.is_some() != old.file.is_some() {
            return Ok(disturbed());
        }
        match self.replace_by(temporary, now.file.is_some()) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(disturbed()),
            result => result.map_err(not_written)?,
        }
        if let Some(file) = synced {
            file.sync_all().map_err(not_written)?;
        }
        let replaced = &mut progress.replaced;
        for (at, bytes) in late {
            replaced[at].bytes = bytes;
        }
        // The file that was compared last is the one that was replaced.
        replaced.extend(now.file.map(|file| ReplacedFile {
            file,
            bytes: now.bytes,
        }));
        progress.written = Some(new);
        Ok(Step::Replaced {
            metadata: old.metadata,
        })
    }

    /// Checks that the lock can be taken, that the file can be replaced, and that a new file of this length can be
    /// created with the owner of the old one and locked. The file that is created for that has no name.
    fn probe(
        &self,
        display: &str,
        old: Option<&Metadata>,
        length: usize,
        lock_limit: Duration,
    ) -> Result<()> {
        self.check_replaceable(display)?;
        let path = self.lock_file();
        if std::fs::symlink_metadata(&path).is_ok() {
            lock(&path, display, lock_limit)?;
        }
        let mut directories = self.directory.ancestors();
        let directory = directories
            .find(|directory| directory.exists())
            .unwrap_or(&self.directory);
        let mut new = tempfile::tempfile_in(directory).map_err(|error| {
            Failure::broken(format!(
                "could not write {display}: could not create a file in {}: {error}",
                directory.display()
            ))
            .help(
                "see who owns that directory, and whether it is on a file system that is read-only",
            )
        })?;
        if let Err(TryLockError::Error(error)) = new.try_lock() {
            return Err(no_lock(&path, display, &error));
        }
        interrupt::survive_size_limit();
        let mut blank = io::repeat(0).take(length as u64);
        let written = match old {
            Some(old) => keep_owner(&new, old, 0o600),
            None => Ok(()),
        };
        written
            .and_then(|()| io::copy(&mut blank, &mut new))
            .map_err(|error| not_written(display, &error, 1))?;
        Ok(())
    }
}

/// The bytes of a file from its start.
fn read_bytes(file: &mut File) -> io::Result<Zeroizing<Vec<u8>>> {
    let length = file.metadata()?.len();
    if length > LARGEST_SECRET {
        return Err(input::too_large(LARGEST_SECRET));
    }
    // A buffer that grows would leave copies of the secrets in memory.
    let capacity = usize::try_from(length).map_err(io::Error::other)? + 1;
    let mut bytes = Zeroizing::new(Vec::with_capacity(capacity));
    file.rewind()?;
    file.take(LARGEST_SECRET + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST_SECRET {
        return Err(input::too_large(LARGEST_SECRET));
    }
    Ok(bytes)
}

fn no_lock(path: &Path, display: &str, error: &io::Error) -> Failure {
    Failure::broken(format!(
        "could not write {display}: its lock file {}: {error}",
        path.display()
    ))
    .help("see who owns that file and its directory")
}

fn open_lock(path: &Path, display: &str) -> Result<File> {
    own::open_lock(path).map_err(|error| no_lock(path, display, &error))
}

/// Waits for the lock, up to `limit`. aws-mfa never deletes the lock file, but the user may: a lock on a file that no
/// other process finds any more is none.
fn lock(path: &Path, display: &str, limit: Duration) -> Result<File> {
    let mut file = open_lock(path, display)?;
    let end = Instant::now() + limit;
    loop {
        match file.try_lock() {
            Ok(()) if is_at(&file, path) => break,
            Ok(()) => file = open_lock(path, display)?,
            Err(TryLockError::WouldBlock) if Instant::now() < end => {
                std::thread::sleep(Duration::from_millis(5));
            }
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                let _ = file.read_to_string(&mut holder);
                let by = match holder.trim().parse::<u32>() {
                    Ok(pid) => format!("process {pid}"),
                    Err(_) => "another process".to_owned(),
                };
                return Err(Failure::broken(format!(
                    "could not write {display}: {by} has held its lock for {} s",
                    limit.as_secs()
                ))
                .help(format!(
                    "wait for that process, or end it; the lock is {}",
                    path.display()
                )));
            }
            Err(TryLockError::Error(error)) => return Err(no_lock(path, display, &error)),
        }
    }
    // For the error of a process whose wait times out.
    interrupt::survive_size_limit();
    let _ = file.set_len(0);
    let _ = write!(file, "{}", std::process::id());
    Ok(file)
}

/// Whether this open file is the one at the path.
fn is_at(file: &File, path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let id = |metadata: Metadata| (metadata.dev(), metadata.ino());
        let there = std::fs::symlink_metadata(path).map(id);
        // Where that cannot be told, the lock counts.
        there.is_ok_and(|there| file.metadata().map_or(true, |file| id(file) == there))
    }
    #[cfg(not(unix))]
    {
        let _ = (file, path);
        true
    }
}

/// A warning that names the mode, if users other than the owner could read or write the file.
fn readable_by_others(metadata: &Metadata, display: &str) -> Option<String> {
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::MetadataExt::mode(metadata) & 0o777;
        (mode & 0o077 != 0).then(|| {
            format!(
                "{display} could be read by other users (mode {mode:04o}); now only you can read it"
            )
        })
    }
    #[cfg(not(unix))]
    {
        let _ = (metadata, display);
        None
    }
}
