use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use crate::error::{Failure, Result};
use crate::interrupt;

/// How long another process is waited for that changes the same file.
const LOCK_LIMIT: Duration = Duration::from_secs(10);

/// Replaces a file of secrets by what `change` makes of its text: whole or not at all, one process at a
/// time, readable by its owner alone. A file that does not exist is an empty one. A link is followed, and what it leads to
/// replaced.
///
/// `shown` names the file in errors. Returns a warning if others could read the file until now.
///
/// # Errors
///
/// What `change` says, or what kept the file from being read, locked or written; it is then as it
/// was.
pub fn replace(
    path: &Path,
    shown: &str,
    change: impl FnOnce(&str) -> Result<Zeroizing<String>>,
) -> Result<Option<String>> {
    let could_not = |what: &str, error: &io::Error| {
        Failure::broken(format!("could not {what} {shown}: {error}"))
    };
    let target = follow(path).map_err(|error| could_not("follow the link", &error))?;
    let (Some(folder), Some(name)) = (target.parent(), target.file_name()) else {
        return Err(Failure::usage(format!(
            "could not write {shown}: it is not a file"
        )));
    };
    create_folder(folder).map_err(|error| could_not("create the folder of", &error))?;
    let beside = |suffix: &str| {
        let mut beside = std::ffi::OsString::from(".");
        beside.push(name);
        beside.push(suffix);
        folder.join(beside)
    };
    let _lock = lock(&beside(".aws-mfa.lock"), shown)?;

    let (old, metadata) = match File::open(&target) {
        Ok(mut file) => {
            let metadata = file.metadata().map_err(|error| could_not("read", &error))?;
            let mut bytes = Zeroizing::new(Vec::with_capacity(
                usize::try_from(metadata.len()).unwrap_or(0) + 1,
            ));
            file.read_to_end(&mut bytes)
                .map_err(|error| could_not("read", &error))?;
            (bytes, Some(metadata))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => (Zeroizing::new(Vec::new()), None),
        Err(error) => return Err(could_not("read", &error)),
    };
    let text = std::str::from_utf8(&old)
        .map_err(|_| Failure::usage(format!("could not use {shown}: it is not UTF-8 text")))?;
    let new = change(text)?;

    // Its name is always the same, so that one that a killed process left is found again. It is
    // nobody else's: the lock is ours.
    let temporary = beside(".aws-mfa.tmp");
    let written = write_new(&temporary, new.as_bytes(), metadata.as_ref())
        .and_then(|()| std::fs::rename(&temporary, &target))
        .and_then(|()| sync_folder(folder));
    if let Err(error) = written {
        let _ = std::fs::remove_file(&temporary);
        return Err(could_not("write", &error).help("the file is as it was"));
    }
    Ok(metadata
        .as_ref()
        .and_then(|metadata| wide_mode(metadata, shown)))
}

/// Where the links lead, also if there is nothing yet.
pub(super) fn follow(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    // As many as Linux follows.
    for _ in 0..40 {
        match std::fs::read_link(&path) {
            Ok(next) => path = path.parent().unwrap_or(Path::new("")).join(next),
            Err(_) => {
                // A relative path has no parent to sync.
                return std::path::absolute(path);
            }
        }
    }
    Err(io::Error::other("there are too many links"))
}

pub(super) fn create_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Waits for its turn. The lock file stays: whoever removed it would take it from those who wait.
fn lock(path: &Path, shown: &str) -> Result<File> {
    let could_not = |error: &io::Error| {
        Failure::broken(format!(
            "could not write {shown}: its lock file {}: {error}",
            path.display()
        ))
    };
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    private(&mut options);
    let mut file = options.open(path).map_err(|error| could_not(&error))?;
    let end = Instant::now() + LOCK_LIMIT;
    loop {
        match file.try_lock() {
            Ok(()) => break,
            Err(TryLockError::WouldBlock) if Instant::now() < end => {
                interrupt::check();
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
                    LOCK_LIMIT.as_secs()
                ))
                .help(format!(
                    "see what that process does; the lock is {}",
                    path.display()
                )));
            }
            Err(TryLockError::Error(error)) => return Err(could_not(&error)),
        }
    }
    // Who holds it, for whoever waits in vain.
    let _ = file.set_len(0);
    let _ = write!(file, "{}", std::process::id());
    Ok(file)
}

/// Readable by its owner alone from the moment it exists.
fn private(options: &mut OpenOptions) {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    #[cfg(not(unix))]
    let _ = options;
}

fn write_new(path: &Path, bytes: &[u8], old: Option<&std::fs::Metadata>) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    private(&mut options);
    let mut file = options.open(path)?;
    if let Some(old) = old {
        keep_owner(&file, old, 0o600)?;
    }
    file.write_all(bytes)?;
    file.sync_all()
}

/// The new file has the owner of the old one, and of its mode what `mode` leaves.
#[cfg(unix)]
pub(super) fn keep_owner(file: &File, old: &std::fs::Metadata, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

    let ours = file.metadata()?;
    if ours.uid() != old.uid() {
        std::os::unix::fs::fchown(file, Some(old.uid()), Some(old.gid())).map_err(|error| {
            io::Error::new(
                error.kind(),
                format!("it belongs to user {}: {error}", old.uid()),
            )
        })?;
    } else if ours.gid() != old.gid() {
        // Its members cannot read it anyway.
        let _ = std::os::unix::fs::fchown(file, None, Some(old.gid()));
    }
    file.set_permissions(std::fs::Permissions::from_mode(old.mode() & mode))
}

#[cfg(not(unix))]
pub(super) fn keep_owner(_: &File, _: &std::fs::Metadata, _: u32) -> io::Result<()> {
    Ok(())
}

/// What was readable to others, in words.
fn wide_mode(metadata: &std::fs::Metadata, shown: &str) -> Option<String> {
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

pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    // Windows opens no folders.
    if cfg!(unix) {
        File::open(folder)?.sync_all()
    } else {
        Ok(())
    }
}
