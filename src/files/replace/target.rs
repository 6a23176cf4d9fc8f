//! The file that is replaced: its path with all links followed, and the new file that takes its place.

use std::ffi::{OsStr, OsString};
use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::error::{Failure, Result};
use crate::files::own;
use crate::interrupt;

/// Checks that the path leads to a regular file or to nothing. Anything else, such as a device,
/// would be lost, and reading it, such as a pipe, may never end.
///
/// # Errors
///
/// If it leads to something else.
pub fn check_is_file(path: &Path, display: &str) -> Result<()> {
    match std::fs::metadata(path) {
        Ok(metadata) if !metadata.is_file() => Err(not_a_file(display)),
        _ => Ok(()),
    }
}

/// The number of random characters in the name of a temporary file, and the end of that name.
const RANDOM_LENGTH: usize = 6;
const SUFFIX: &str = ".tmp";

/// Who may read a new file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    Secret,
    Public,
}

/// The path of a file, with all symbolic links followed.
pub(super) struct ResolvedPath {
    pub(super) target: PathBuf,
    pub(super) directory: PathBuf,
    name: OsString,
}

impl ResolvedPath {
    pub(super) fn new(path: &Path, display: &str) -> Result<Self> {
        check_is_file(path, display)?;
        let target =
            follow_links(path).map_err(|error| could_not("follow the link", display, &error))?;
        match (target.parent(), target.file_name()) {
            (Some(directory), Some(name)) => Ok(Self {
                directory: directory.to_owned(),
                name: name.to_owned(),
                target,
            }),
            _ => Err(not_a_file(display)),
        }
    }

    /// The name of a file of aws-mfa's own beside this one.
    pub(super) fn sibling(&self, suffix: impl AsRef<OsStr>) -> OsString {
        let mut sibling = OsString::from(".");
        sibling.push(&self.name);
        sibling.push(".aws-mfa");
        sibling.push(suffix);
        sibling
    }

    pub(super) fn metadata(&self) -> Option<Metadata> {
        std::fs::metadata(&self.target).ok()
    }

    /// Checks that the file itself can be replaced by another one.
    pub(super) fn check_replaceable(&self, display: &str) -> Result<()> {
        if is_mount_point(&self.target) {
            return Err(Failure::usage(format!(
                "could not write {display}: it is a mount of its own, so it cannot be replaced by a new file"
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
                "could not write {display}: it is immutable or append-only"
            ))
            .help("see `lsattr`; `sudo chattr -i -a FILE` makes it an ordinary file"));
        }
        Ok(())
    }

    /// Writes the new content to a temporary file beside the file, with the owner of `old`. It is deleted when it is
    /// dropped.
    pub(super) fn stage(
        &self,
        bytes: &[u8],
        old: Option<&Metadata>,
        content: Content,
        is_synced: bool,
    ) -> io::Result<NamedTempFile> {
        interrupt::survive_size_limit();
        // Never a name that another process could take, too: one that does not see this one's lock, as on a file
        // system that several machines share, would write to the file that this one renames.
        let prefix = self.sibling(".");
        let mut builder = tempfile::Builder::new();
        builder.rand_bytes(RANDOM_LENGTH).suffix(SUFFIX);
        #[cfg(unix)]
        let readable = std::os::unix::fs::PermissionsExt::from_mode(0o644);
        #[cfg(unix)]
        if content == Content::Public && old.is_none() {
            // The user's umask takes away more. Write permission for the group is not given even where the umask
            // allows it: these files have commands that will be run.
            builder.permissions(readable);
        }
        let mut file = builder.prefix(&prefix).tempfile_in(&self.directory)?;
        // For `remove_left_over`. Where there are no locks, another process may delete this file.
        let _ = file.as_file().try_lock();
        if let Some(old) = old {
            let kept = match content {
                Content::Secret => 0o600,
                Content::Public => 0o7777,
            };
            keep_owner(file.as_file(), old, kept)?;
        } else {
            own::prepare_new(file.as_file(), file.path())?;
        }
        file.as_file_mut().write_all(bytes)?;
        if is_synced {
            file.as_file().sync_all()?;
        }
        Ok(file)
    }

    /// Gives the temporary file the name of the file. Without `overwrite`, a file that has the name is an error.
    pub(super) fn replace_by(&self, temporary: NamedTempFile, overwrite: bool) -> io::Result<()> {
        let renamed = if overwrite {
            temporary.persist(&self.target)
        } else {
            temporary.persist_noclobber(&self.target)
        };
        renamed.map_err(|failed| failed.error)?;
        sync_directory(&self.directory);
        Ok(())
    }

    /// Deletes the temporary files that killed processes left beside the file. A living one holds a lock on each.
    pub(super) fn remove_left_over(&self) {
        let prefix = self.sibling(".");
        let prefix = prefix.to_string_lossy();
        let is_temporary = |name: &str| {
            let rest = name.strip_prefix(&*prefix);
            let random = rest.and_then(|rest| rest.strip_suffix(SUFFIX));
            random.is_some_and(|random| {
                random.len() == RANDOM_LENGTH && random.bytes().all(|b| b.is_ascii_alphanumeric())
            })
        };
        let entries = std::fs::read_dir(&self.directory);
        for entry in entries.into_iter().flatten().flatten() {
            if is_temporary(&entry.file_name().to_string_lossy()) {
                own::remove_unlocked(&entry.path());
            }
        }
    }

    pub(super) fn delete(&self) -> io::Result<()> {
        std::fs::remove_file(&self.target)?;
        sync_directory(&self.directory);
        Ok(())
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

/// Whether something is mounted at the path of a file, as `docker run -v FILE:FILE` does.
fn is_mount_point(file: &Path) -> bool {
    // proc_pid_mountinfo(5): the fifth field is the mount point, in which blanks and backslashes are octal.
    let Ok(table) = std::fs::read("/proc/self/mountinfo") else {
        return false;
    };
    let Ok(file) = file.canonicalize() else {
        return false;
    };
    let mut escaped = Vec::new();
    // Paths need not be UTF-8.
    for byte in file.as_os_str().as_encoded_bytes() {
        match byte {
            b' ' | b'\t' | b'\n' | b'\\' => escaped.extend(format!("\\{byte:03o}").bytes()),
            _ => escaped.push(*byte),
        }
    }
    let mut lines = table.split(|byte| *byte == b'\n');
    lines.any(|line| line.split(|byte| *byte == b' ').nth(4) == Some(escaped.as_slice()))
}

/// Gives the new file the owner of the old one, and those bits of its mode that are in `mask`.
#[cfg(unix)]
pub(super) fn keep_owner(file: &File, old: &Metadata, mask: u32) -> io::Result<()> {
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
pub(super) fn keep_owner(_: &File, _: &Metadata, _: u32) -> io::Result<()> {
    Ok(())
}

/// Makes a rename in the directory outlive a crash of the machine. The rename is done already, so a directory that
/// cannot be opened, for example for lack of read permission, is no error.
fn sync_directory(directory: &Path) {
    // Windows opens no directories.
    if cfg!(unix)
        && let Ok(directory) = File::open(directory)
    {
        let _ = directory.sync_all();
    }
}

/// The number of hard links to the file.
pub(super) fn names(metadata: &Metadata) -> u64 {
    #[cfg(unix)]
    {
        std::os::unix::fs::MetadataExt::nlink(metadata)
    }
    #[cfg(not(unix))]
    {
        let _ = metadata;
        1
    }
}

/// Whether the path leads to a file that has other names (hard links). A new file takes only the place of this one.
#[must_use]
pub fn has_other_names(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|metadata| metadata.is_file() && names(&metadata) > 1)
}

/// The warning that the replaced file had other names.
#[must_use]
pub fn split_link(display: &str) -> String {
    format!(
        "{display} was a hard link: its other name still leads to the old file, which was not changed; \
         use a symbolic link instead"
    )
}

pub(super) fn could_not(what: &str, display: &str, error: &io::Error) -> Failure {
    Failure::broken(format!("could not {what} {display}: {error}"))
}

/// The failure to write a file, one of `count` that are replaced together.
pub(super) fn not_written(display: &str, error: &io::Error, count: usize) -> Failure {
    could_not("write", display, error).help(format!(
        "{}; check who owns the file and its directory, and whether the disk is full",
        unchanged(count)
    ))
}

pub(super) fn unchanged(count: usize) -> &'static str {
    if count == 1 {
        "the file is as it was"
    } else {
        "the files are as they were"
    }
}

fn not_a_file(display: &str) -> Failure {
    Failure::usage(format!(
        "could not write {display}: it is not a regular file"
    ))
}
