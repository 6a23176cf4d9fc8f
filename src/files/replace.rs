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
//! The owner of the old file stays the owner.

use std::ffi::{OsStr, OsString};
use std::fs::{File, Metadata, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tempfile::NamedTempFile;
use zeroize::Zeroizing;

use crate::error::{Failure, Result};

/// Replaces a file with secrets by what `change` makes of its bytes, while no other aws-mfa changes it. A file that
/// does not exist is an empty one; its directories are created.
///
/// `shown` names the file in errors, and `lock_limit` is how long to wait for another process. Returns a warning if the
/// file could be read by other users until now.
///
/// # Errors
///
/// The error of `change`, or what kept the file from being read, locked or written. The file is then as it was.
pub fn replace_secret(
    path: &Path,
    shown: &str,
    lock_limit: Duration,
    change: impl FnOnce(Zeroizing<Vec<u8>>) -> Result<Zeroizing<Vec<u8>>>,
) -> Result<Option<String>> {
    let path = ResolvedPath::new(path, shown)?;
    create_directory(&path.directory)
        .map_err(|error| could_not("create the directory of", shown, &error))?;
    let _lock = lock(&path.lock_file(), shown, lock_limit)?;
    let (old, metadata) = path.read_secret(shown)?;
    let new = change(old)?;
    path.stage(&new, metadata.as_ref(), Content::Secret)
        .and_then(|temporary| path.replace_by(temporary))
        .map_err(|error| not_written(shown, &error, 1))?;
    Ok(metadata
        .as_ref()
        .and_then(|metadata| readable_by_others(metadata, shown)))
}

/// Checks that [`replace_secret`] could do its work now, as far as that can be known beforehand. Changes nothing.
///
/// # Errors
///
/// The error of `look`, or what would keep the file from being replaced.
pub fn check_secret(
    path: &Path,
    shown: &str,
    look: impl FnOnce(Zeroizing<Vec<u8>>) -> Result<()>,
) -> Result<()> {
    let path = ResolvedPath::new(path, shown)?;
    let (old, metadata) = path.read_secret(shown)?;
    look(old)?;
    path.probe(shown, metadata.as_ref())
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
    match std::fs::read(path) {
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
        let temporary = file
            .new
            .as_ref()
            .map(|new| {
                created.create(&path.directory)?;
                path.stage(new, path.metadata().as_ref(), Content::Plain)
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
            Some(temporary) => path.replace_by(temporary),
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
                failure.help(format!("what is new is in {} already", kept.join(", ")))
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
    Failure::usage(format!(
        "could not write {shown}: it is something else than a file"
    ))
}

/// Who may read a new file, and whether its temporary file is protected by a lock.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Content {
    Secret,
    Plain,
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

    /// The bytes of the file, and its metadata if it exists.
    fn read_secret(&self, shown: &str) -> Result<(Zeroizing<Vec<u8>>, Option<Metadata>)> {
        let could_not = |error: io::Error| could_not("read", shown, &error);
        let mut file = match File::open(&self.target) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Default::default()),
            Err(error) => return Err(could_not(error)),
        };
        let metadata = file.metadata().map_err(could_not)?;
        let length = usize::try_from(metadata.len()).unwrap_or(0);
        // A buffer that grows would leave copies of the secrets in memory.
        let mut bytes = Zeroizing::new(Vec::with_capacity(length + 1));
        file.read_to_end(&mut bytes).map_err(could_not)?;
        Ok((bytes, Some(metadata)))
    }

    /// Checks that the lock file can be opened, and that a new file can be created with the owner of the old one.
    /// The file that is created for that has no name.
    fn probe(&self, shown: &str, old: Option<&Metadata>) -> Result<()> {
        let lock = self.lock_file();
        if lock.exists() {
            open_lock(&lock, shown)?;
        }
        let mut directories = self.directory.ancestors();
        let directory = directories
            .find(|directory| directory.exists())
            .unwrap_or(&self.directory);
        let new = tempfile::tempfile_in(directory).map_err(|error| {
            Failure::broken(format!(
                "could not write {shown}: nothing can be created in {}: {error}",
                directory.display()
            ))
            .help(
                "see who owns that directory, and whether it is on a file system that is read-only",
            )
        })?;
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
        }
        file.as_file_mut().write_all(bytes)?;
        file.as_file().sync_all()?;
        Ok(file)
    }

    fn replace_by(&self, temporary: NamedTempFile) -> io::Result<()> {
        temporary
            .persist(&self.target)
            .map_err(|failed| failed.error)?;
        sync_directory(&self.directory);
        Ok(())
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
                let temporary = self.stage(old, self.metadata().as_ref(), Content::Plain)?;
                self.replace_by(temporary)
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

/// Creates the directory and its parents, for their owner alone, if they are missing.
fn create_directory(directory: &Path) -> io::Result<()> {
    if directory.is_dir() {
        return Ok(());
    }
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
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
        create_directory(directory)
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
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let opened = options.open(path);
    opened.map_err(|error| no_lock(path, shown, &error))
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
                    "see what that process does; the lock is {}",
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
            format!("{shown} had mode {mode:04o}; it has secrets, so it is for you alone now")
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
