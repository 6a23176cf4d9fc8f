//! Replacement of files: each of them whole or not at all.
//!
//! The new content is written in full and synced to a temporary file beside the old one, which then takes the old
//! one's name. So a crash, a full disk or a signal leaves the old file or the new one. Symbolic links are followed:
//! a file that is kept in a repository of dotfiles stays there.
//!
//! There are two kinds of files:
//!
//! | | [`replace_secret`] | [`replace_all`] |
//! |---|---|---|
//! | for | one file with secrets, that many processes change | several files without secrets |
//! | other processes | wait for a lock | are noticed: the file must still be what the caller read |
//! | mode | readable by its owner alone from the moment it exists | that of the old file, or `rw-r--r--` |
//! | temporary file | `.NAME.aws-mfa.tmp` | `.NAME.aws-mfa.RANDOM.tmp` |
//!
//! The owner of the old file stays the owner; what root creates belongs to the owner of its directory.
//!
//! Other programs, as the AWS CLI, know no lock and write in place: they empty the file, then write it. So
//! [`replace_secret`] takes no text that lacks what the file had when the program started, compares the file once more
//! before the rename, and keeps the replaced file open for `LATE_WRITER` after it: what a program writes to that
//! is merged into the new one.

use std::ffi::{OsStr, OsString};
use std::fs::{File, Metadata, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tempfile::NamedTempFile;
use zeroize::Zeroizing;

use super::{input, own, sections};
use crate::error::{Failure, Result};

/// The time limit for another program that is writing the file: until its text is whole again.
const CHANGE_TIMEOUT: Duration = Duration::from_secs(5);

/// The time after a rename in which a program that opened the file before it may write to the replaced file. The AWS
/// CLI needs less than 1 ms from its open to its write.
const LATE_WRITER: Duration = Duration::from_millis(20);

/// The interval at which a file that another program is writing is read again.
const RETRY_INTERVAL: Duration = Duration::from_millis(5);

/// The size limit of a file with secrets, in bytes.
const LARGEST_SECRET: usize = 256 * 1024 * 1024;

/// Replaces a file with secrets by what `change` makes of its bytes, while no other aws-mfa changes it. A file that
/// does not exist is an empty one; its directories are created. `change` is called again if another program changes the
/// file, and must leave bytes as they are that it has changed already.
///
/// `seen` is what the file had earlier: all sections and keys of that must still be in it. `shown` names the file
/// in errors, and `lock_limit` is how long to wait for another aws-mfa. Returns warnings: if the file could be read by
/// other users until now, or if another program may lose what it writes.
///
/// # Errors
///
/// The error of `change`, what kept the file from being read, locked or written, or that another program is writing it
/// for longer than `CHANGE_TIMEOUT`. The file is then as it was, or as the other program left it.
pub fn replace_secret(
    path: &Path,
    shown: &str,
    seen: &[u8],
    lock_limit: Duration,
    change: impl Fn(&[u8]) -> Result<Zeroizing<Vec<u8>>>,
) -> Result<Vec<String>> {
    let path = ResolvedPath::new(path, shown)?;
    own::create_directory(&path.directory)
        .map_err(|error| could_not("create the directory of", shown, &error))?;
    let _lock = lock(&path.lock_file(), shown, lock_limit)?;
    let mut warnings = Vec::new();
    let mut progress = Progress::default();
    let end = Instant::now() + CHANGE_TIMEOUT;
    loop {
        let step = path.replace_once(shown, seen, &change, &mut progress)?;
        let is_over = Instant::now() >= end;
        match step {
            Step::Replaced { metadata } => {
                if !progress.is_changed
                    && let Some(metadata) = metadata
                {
                    warnings.extend(readable_by_others(&metadata, shown));
                }
                progress.is_changed = true;
                progress.disturbances = 0;
                std::thread::sleep(LATE_WRITER);
            }
            Step::Done => return Ok(warnings),
            Step::LateWriter if is_over => {
                warnings.push(format!(
                    "another program opened {shown} to write it and has not written yet; \
                     what it writes may be lost"
                ));
                return Ok(warnings);
            }
            Step::Disturbed(reason) if is_over => {
                return Err(
                    Failure::broken(format!("could not write {shown}: {reason}")).help(
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
/// of the file. Changes nothing.
///
/// # Errors
///
/// The error of `look`, or what would keep the file from being replaced.
pub fn check_secret(
    path: &Path,
    shown: &str,
    look: impl FnOnce(&[u8]) -> Result<()>,
) -> Result<Zeroizing<Vec<u8>>> {
    let path = ResolvedPath::new(path, shown)?;
    let old = path.read_secret(shown)?;
    look(&old.bytes)?;
    path.probe(shown, old.metadata.as_ref())?;
    Ok(old.bytes)
}

/// Checks that the path leads to a regular file or to nothing. To replace anything else would lose it, as a device,
/// and to read it may never end, as with a pipe.
///
/// # Errors
///
/// If it leads to something else.
pub fn check_is_file(path: &Path, shown: &str) -> Result<()> {
    match std::fs::metadata(path) {
        Ok(metadata) if !metadata.is_file() => Err(not_a_file(shown)),
        _ => Ok(()),
    }
}

/// A file without secrets, and what it is to be replaced by.
#[derive(Debug)]
pub struct Replacement {
    /// Where the file is.
    pub path: PathBuf,
    /// The name of the file in errors.
    pub shown: String,
    /// The content that the new one was made from; `None` if there was no file.
    pub old: Option<Vec<u8>>,
    /// The new content; `None` to delete the file.
    pub new: Option<Vec<u8>>,
}

/// Reads the content of a file, as [`Replacement::old`] takes it.
///
/// # Errors
///
/// If there is a file that cannot be read.
pub fn read(path: &Path, shown: &str) -> Result<Option<Vec<u8>>> {
    match input::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::usage(format!("could not read {shown}: {error}"))),
    }
}

/// Replaces all of the files or none of them.
///
/// All temporary files are written before the first of them is renamed, so what can fail fails before anything is
/// changed. If a rename fails nevertheless, the files that were replaced get their old content again.
///
/// # Errors
///
/// What kept a file from being written, or that another process changed it meanwhile. The files are then as they
/// were.
pub fn replace_all(files: &[Replacement]) -> Result<()> {
    let mut created = CreatedDirectories(Vec::new());
    let mut staged = Vec::new();
    for file in files {
        let path = ResolvedPath::new(&file.path, &file.shown)?;
        path.check_replaceable(&file.shown)?;
        path.remove_left_over();
        let temporary = file
            .new
            .as_ref()
            .map(|new| {
                created.create(&path.directory)?;
                path.stage(new, path.metadata().as_ref(), Content::Plain, true)
            })
            .transpose()
            .map_err(|error| not_written(&file.shown, &error, files.len()))?;
        staged.push((file, path, temporary));
    }
    for file in files {
        if read(&file.path, &file.shown)? != file.old {
            return Err(Failure::broken(format!(
                "could not write {}: another process is changing it",
                file.shown
            ))
            .help(format!("{}; try again", unchanged(files.len()))));
        }
    }
    let mut done: Vec<(&Replacement, ResolvedPath)> = Vec::new();
    for (file, path, temporary) in staged {
        let replaced = match temporary {
            Some(temporary) => path.replace_by(temporary, true),
            None => path.delete(),
        };
        if let Err(error) = replaced {
            let kept: Vec<&str> = done
                .into_iter()
                .filter(|(file, path)| path.restore(file.old.as_deref()).is_err())
                .map(|(file, _)| file.shown.as_str())
                .collect();
            let failure = not_written(&file.shown, &error, files.len());
            return Err(if kept.is_empty() {
                failure
            } else {
                failure.help(format!(
                    "could not restore {}: the new content is in it",
                    kept.join(", ")
                ))
            });
        }
        done.push((file, path));
    }
    // They hold the new files now.
    created.0.clear();
    Ok(())
}

fn could_not(what: &str, shown: &str, error: &io::Error) -> Failure {
    Failure::broken(format!("could not {what} {shown}: {error}"))
}

/// The failure to write a file, one of `count` that are replaced together.
fn not_written(shown: &str, error: &io::Error, count: usize) -> Failure {
    could_not("write", shown, error).help(format!(
        "{}; check who owns the file and its directory, and whether the disk is full",
        unchanged(count)
    ))
}

fn unchanged(count: usize) -> &'static str {
    if count == 1 {
        "the file is as it was"
    } else {
        "the files are as they were"
    }
}

fn not_a_file(shown: &str) -> Failure {
    Failure::usage(format!("could not write {shown}: it is not a regular file"))
}

/// Who may read a new file, and whether its temporary file is protected by a lock.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Content {
    Secret,
    Plain,
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

/// How far [`replace_secret`] is.
#[derive(Default)]
struct Progress {
    /// Whether the file was replaced.
    is_changed: bool,
    /// The files that were replaced, the first one first.
    replaced: Vec<ReplacedFile>,
    /// How often another program changed the file before the rename.
    disturbances: u32,
}

/// What [`ResolvedPath::replace_once`] did.
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

/// The bytes of a file from its start.
fn read_bytes(file: &mut File) -> io::Result<Zeroizing<Vec<u8>>> {
    let length = usize::try_from(file.metadata()?.len()).unwrap_or(0);
    if length > LARGEST_SECRET {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    // A buffer that grows would leave copies of the secrets in memory.
    let mut bytes = Zeroizing::new(Vec::with_capacity(length + 1));
    file.rewind()?;
    file.take(LARGEST_SECRET as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Whether something is mounted at the path of a file, as `docker run -v FILE:FILE` does.
fn is_mount_point(file: &Path) -> bool {
    // proc_pid_mountinfo(5): the fifth field is the mount point, in which blanks and backslashes are octal.
    let Ok(table) = std::fs::read_to_string("/proc/self/mountinfo") else {
        return false;
    };
    let Ok(file) = file.canonicalize() else {
        return false;
    };
    let mut escaped = String::new();
    for c in file.to_string_lossy().chars() {
        match c {
            ' ' | '\t' | '\n' | '\\' => escaped += &format!("\\{:03o}", u32::from(c)),
            _ => escaped.push(c),
        }
    }
    table
        .lines()
        .any(|line| line.split(' ').nth(4) == Some(escaped.as_str()))
}

/// The path of a file, with all symbolic links followed.
struct ResolvedPath {
    target: PathBuf,
    directory: PathBuf,
    name: OsString,
}

impl ResolvedPath {
    fn new(path: &Path, shown: &str) -> Result<Self> {
        check_is_file(path, shown)?;
        let target =
            follow_links(path).map_err(|error| could_not("follow the link", shown, &error))?;
        match (target.parent(), target.file_name()) {
            (Some(directory), Some(name)) => Ok(Self {
                directory: directory.to_owned(),
                name: name.to_owned(),
                target,
            }),
            _ => Err(not_a_file(shown)),
        }
    }

    /// The name of a file of aws-mfa's own beside this one.
    fn sibling(&self, suffix: impl AsRef<OsStr>) -> OsString {
        let mut sibling = OsString::from(".");
        sibling.push(&self.name);
        sibling.push(".aws-mfa");
        sibling.push(suffix);
        sibling
    }

    fn lock_file(&self) -> PathBuf {
        self.directory.join(self.sibling(".lock"))
    }

    fn metadata(&self) -> Option<Metadata> {
        std::fs::metadata(&self.target).ok()
    }

    /// The file as it is. It has no bytes if there is no file.
    fn read_secret(&self, shown: &str) -> Result<SecretFile> {
        let could_not = |error: io::Error| could_not("read", shown, &error);
        let mut file = match File::open(&self.target) {
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
        shown: &str,
        seen: &[u8],
        change: &impl Fn(&[u8]) -> Result<Zeroizing<Vec<u8>>>,
        progress: &mut Progress,
    ) -> Result<Step> {
        let old = self.read_secret(shown)?;
        if let Some(missing) = sections::missing(seen, &old.bytes) {
            return Ok(Step::Disturbed(format!(
                "it no longer has {missing}, which it had when aws-mfa started"
            )));
        }
        let mut bytes = old.bytes.clone();
        let mut late = Vec::new();
        for (at, earlier) in progress.replaced.iter_mut().enumerate() {
            let now = read_bytes(&mut earlier.file).unwrap_or_default();
            if now == earlier.bytes {
                continue;
            }
            if sections::missing(seen, &now).is_some() {
                return Ok(Step::LateWriter);
            }
            bytes = sections::merge(&earlier.bytes, &now, &bytes);
            late.push((at, now));
        }
        let new = match change(&bytes) {
            Ok(new) => new,
            // Its last line may be half written.
            Err(failure) if bytes.as_slice() != seen => return Ok(Step::Failed(failure)),
            Err(failure) => return Err(failure),
        };
        if progress.is_changed && new == old.bytes {
            return Ok(Step::Done);
        }
        let not_written = |error| not_written(shown, &error, 1);
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
        let now = self.read_secret(shown)?;
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
        Ok(Step::Replaced {
            metadata: old.metadata,
        })
    }

    /// Checks that the file itself can be replaced by another one.
    fn check_replaceable(&self, shown: &str) -> Result<()> {
        if is_mount_point(&self.target) {
            return Err(Failure::usage(format!(
                "could not write {shown}: it is a mount of its own, so it cannot be replaced by a new file"
            ))
            .help(
                "mount its directory instead of the file, as in `docker run -v ~/.aws:/root/.aws`",
            ));
        }
        // A file that is immutable or append-only cannot be opened for writing, which changes nothing: chattr(1). The
        // error for a mode without write permission, with which it can be replaced, is another one (EACCES).
        #[cfg(unix)]
        if let Err(error) = OpenOptions::new().write(true).open(&self.target)
            && error.raw_os_error() == Some(rustix::io::Errno::PERM.raw_os_error())
        {
            return Err(Failure::usage(format!(
                "could not write {shown}: it is immutable or append-only"
            ))
            .help("see `lsattr`; `sudo chattr -i -a FILE` makes it an ordinary file"));
        }
        Ok(())
    }

    /// Checks that the lock file can be opened, that the file can be replaced, and that a new file can be created with
    /// the owner of the old one and locked. The file that is created for that has no name.
    fn probe(&self, shown: &str, old: Option<&Metadata>) -> Result<()> {
        self.check_replaceable(shown)?;
        let lock = self.lock_file();
        if std::fs::symlink_metadata(&lock).is_ok() {
            open_lock(&lock, shown)?;
        }
        let mut directories = self.directory.ancestors();
        let directory = directories
            .find(|directory| directory.exists())
            .unwrap_or(&self.directory);
        let new = tempfile::tempfile_in(directory).map_err(|error| {
            Failure::broken(format!(
                "could not write {shown}: could not create a file in {}: {error}",
                directory.display()
            ))
            .help(
                "see who owns that directory, and whether it is on a file system that is read-only",
            )
        })?;
        if let Err(TryLockError::Error(error)) = new.try_lock() {
            return Err(no_lock(&lock, shown, &error));
        }
        match old {
            None => Ok(()),
            Some(old) => {
                keep_owner(&new, old, 0o600).map_err(|error| not_written(shown, &error, 1))
            }
        }
    }

    /// Writes the new content to a temporary file beside the file, with the owner of `old`. It is deleted when it is
    /// dropped.
    fn stage(
        &self,
        bytes: &[u8],
        old: Option<&Metadata>,
        content: Content,
        is_synced: bool,
    ) -> io::Result<NamedTempFile> {
        let prefix;
        let mut builder = tempfile::Builder::new();
        builder.suffix(".tmp");
        if content == Content::Secret {
            // Always the same name, so that the next run removes the file that a killed process left with secrets.
            // No other process uses it: the caller holds the lock.
            prefix = self.sibling("");
            builder.rand_bytes(0);
            match std::fs::remove_file(self.directory.join(self.sibling(".tmp"))) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        } else {
            prefix = self.sibling(".");
        }
        #[cfg(unix)]
        let readable = std::os::unix::fs::PermissionsExt::from_mode(0o644);
        #[cfg(unix)]
        if content == Content::Plain && old.is_none() {
            // The user's umask takes away more. Write permission for the group is not given even where the umask
            // allows it: these files have commands that will be run.
            builder.permissions(readable);
        }
        let mut file = builder.prefix(&prefix).tempfile_in(&self.directory)?;
        if let Some(old) = old {
            let kept = match content {
                Content::Secret => 0o600,
                Content::Plain => 0o7777,
            };
            keep_owner(file.as_file(), old, kept)?;
        } else {
            own::give_to_owner_of_parent(file.as_file(), file.path())?;
        }
        if content == Content::Plain {
            // For `remove_left_over`. Where there are no locks, another process may delete this file.
            let _ = file.as_file().try_lock();
        }
        file.as_file_mut().write_all(bytes)?;
        if is_synced {
            file.as_file().sync_all()?;
        }
        Ok(file)
    }

    /// Gives the temporary file the name of the file. Without `overwrite`, a file that has the name is an error.
    fn replace_by(&self, temporary: NamedTempFile, overwrite: bool) -> io::Result<()> {
        let renamed = if overwrite {
            temporary.persist(&self.target)
        } else {
            temporary.persist_noclobber(&self.target)
        };
        renamed.map_err(|failed| failed.error)?;
        sync_directory(&self.directory);
        Ok(())
    }

    /// Deletes the temporary files that a killed process left beside the file. A living one holds a lock on each.
    fn remove_left_over(&self) {
        let prefix = self.sibling(".");
        let prefix = prefix.to_string_lossy();
        for entry in std::fs::read_dir(&self.directory)
            .into_iter()
            .flatten()
            .flatten()
        {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let is_temporary = name.starts_with(&*prefix) && name.ends_with(".tmp");
            if is_temporary
                && own::open_lock(&entry.path()).is_ok_and(|file| file.try_lock().is_ok())
            {
                let _ = std::fs::remove_file(entry.path());
            }
        }
    }

    fn delete(&self) -> io::Result<()> {
        std::fs::remove_file(&self.target)?;
        sync_directory(&self.directory);
        Ok(())
    }

    /// Gives the file the content that it had before it was replaced.
    fn restore(&self, old: Option<&[u8]>) -> io::Result<()> {
        match old {
            Some(old) => {
                let temporary = self.stage(old, self.metadata().as_ref(), Content::Plain, true)?;
                self.replace_by(temporary, true)
            }
            None => self.delete(),
        }
    }
}

/// The absolute path that the links lead to, also if there is no file yet.
fn follow_links(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    // The limit of Linux: path_resolution(7).
    for _ in 0..40 {
        match std::fs::read_link(&path) {
            Ok(next) => path = path.parent().unwrap_or(Path::new("")).join(next),
            // A relative path has no parent to sync.
            Err(_) => return std::path::absolute(path),
        }
    }
    Err(io::Error::other("there are too many links"))
}

/// Directories that were created for new files, deepest first. They are removed again on drop.
struct CreatedDirectories(Vec<PathBuf>);

impl CreatedDirectories {
    fn create(&mut self, directory: &Path) -> io::Result<()> {
        let missing = directory
            .ancestors()
            .take_while(|directory| !directory.exists());
        let mut missing: Vec<PathBuf> = missing.map(Path::to_owned).collect();
        missing.append(&mut self.0);
        self.0 = missing;
        own::create_directory(directory)
    }
}

impl Drop for CreatedDirectories {
    fn drop(&mut self) {
        for directory in &self.0 {
            let _ = std::fs::remove_dir(directory);
        }
    }
}

fn no_lock(path: &Path, shown: &str, error: &io::Error) -> Failure {
    Failure::broken(format!(
        "could not write {shown}: its lock file {}: {error}",
        path.display()
    ))
    .help("see who owns that file and its directory")
}

fn open_lock(path: &Path, shown: &str) -> Result<File> {
    own::open_lock(path).map_err(|error| no_lock(path, shown, &error))
}

/// Waits for the lock, up to `limit`. The lock file is never deleted: a process that waits holds it open,
/// and would lock a file that no other process finds.
fn lock(path: &Path, shown: &str, limit: Duration) -> Result<File> {
    let mut file = open_lock(path, shown)?;
    let end = Instant::now() + limit;
    loop {
        match file.try_lock() {
            Ok(()) => break,
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
                    "could not write {shown}: {by} has held its lock for {} s",
                    limit.as_secs()
                ))
                .help(format!(
                    "wait for that process, or end it; the lock is {}",
                    path.display()
                )));
            }
            Err(TryLockError::Error(error)) => return Err(no_lock(path, shown, &error)),
        }
    }
    // For the error of a process that waits in vain.
    let _ = file.set_len(0);
    let _ = write!(file, "{}", std::process::id());
    Ok(file)
}

/// Gives the new file the owner of the old one, and those bits of its mode that are in `mask`.
#[cfg(unix)]
fn keep_owner(file: &File, old: &Metadata, mask: u32) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

    let new = file.metadata()?;
    if new.uid() != old.uid() {
        std::os::unix::fs::fchown(file, Some(old.uid()), Some(old.gid())).map_err(|error| {
            io::Error::new(
                error.kind(),
                format!("it belongs to user {}: {error}", old.uid()),
            )
        })?;
    } else if new.gid() != old.gid() {
        // Allowed only for a group that the user is in. The owner is the same, so the file stays usable without.
        let _ = std::os::unix::fs::fchown(file, None, Some(old.gid()));
    }
    file.set_permissions(std::fs::Permissions::from_mode(old.mode() & mask))
}

#[cfg(not(unix))]
fn keep_owner(_: &File, _: &Metadata, _: u32) -> io::Result<()> {
    Ok(())
}

/// A warning that names the mode, if users other than the owner could read or write the file.
fn readable_by_others(metadata: &Metadata, shown: &str) -> Option<String> {
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::MetadataExt::mode(metadata) & 0o777;
        (mode & 0o077 != 0).then(|| {
            format!(
                "{shown} could be read by other users (mode {mode:04o}); now only you can read it"
            )
        })
    }
    #[cfg(not(unix))]
    {
        let _ = (metadata, shown);
        None
    }
}

/// Makes a rename in the directory outlive a crash of the machine. The rename is done already, so a directory that
/// cannot be opened, as one without read permission, is no error.
fn sync_directory(directory: &Path) {
    // Windows opens no directories.
    if cfg!(unix)
        && let Ok(directory) = File::open(directory)
    {
        let _ = directory.sync_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replacement(path: PathBuf, old: Option<&str>, new: Option<&str>) -> Replacement {
        let bytes = |text: &str| text.as_bytes().to_vec();
        Replacement {
            shown: path.display().to_string(),
            path,
            old: old.map(bytes),
            new: new.map(bytes),
        }
    }

    #[test]
    fn files_are_replaced_all_or_none_of_them() {
        let folder = tempfile::tempdir().unwrap();
        let path = |below: &str| folder.path().join(below);
        let names = || {
            let entries = std::fs::read_dir(folder.path()).unwrap();
            let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
            names.sort();
            names
        };
        std::fs::write(path("a"), "old a").unwrap();
        std::fs::write(path("file"), "no folder").unwrap();
        let before = names();
        // The second cannot be written, so the first is not, nor is its folder left.
        let failed = replace_all(&[
            replacement(path("new/folder/b"), None, Some("b")),
            replacement(path("a"), Some("old a"), Some("new a")),
            replacement(path("file/c"), None, Some("c")),
        ]);
        assert!(failed.is_err());
        assert_eq!(names(), before);
        assert_eq!(std::fs::read_to_string(path("a")).unwrap(), "old a");
        // Another process was faster.
        let failed = replace_all(&[
            replacement(path("b"), None, Some("b")),
            replacement(path("a"), Some("older a"), Some("new a")),
        ]);
        assert!(failed.unwrap_err().to_string().contains("another process"));
        assert_eq!(names(), before);

        // The last cannot take its place, and those before it give theirs back.
        let failed = replace_all(&[
            replacement(path("new/folder/b"), None, Some("b")),
            replacement(path("a"), Some("old a"), Some("new a")),
            replacement(path("nowhere"), None, None),
        ]);
        let failure = failed.unwrap_err();
        assert!(failure.next_step().unwrap().contains("as they were"));
        assert_eq!(names(), before);
        assert_eq!(std::fs::read_to_string(path("a")).unwrap(), "old a");

        replace_all(&[
            replacement(path("new/folder/b"), None, Some("b")),
            replacement(path("a"), Some("old a"), Some("new a")),
            replacement(path("file"), Some("no folder"), None),
        ])
        .unwrap();
        assert_eq!(names(), ["a", "new"]);
        assert_eq!(std::fs::read_to_string(path("a")).unwrap(), "new a");
        assert_eq!(std::fs::read_to_string(path("new/folder/b")).unwrap(), "b");
    }
}
