use std::ffi::OsString;
use std::fs::{File, Metadata, OpenOptions, TryLockError};
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
    let place = Place::of(path, shown)?;
    create_folder(&place.folder)
        .map_err(|error| could_not("create the folder of", shown, &error))?;
    let _lock = lock(&place.lock(), shown)?;
    let (old, metadata) = place.read(shown)?;
    let new = change(&old)?;

    // Its name is always the same, so that one that a killed process left is found again. It is
    // nobody else's: the lock is ours.
    let temporary = place.beside(".aws-mfa.tmp");
    let written = write_new(&temporary, new.as_bytes(), metadata.as_ref())
        .and_then(|()| std::fs::rename(&temporary, &place.target));
    if let Err(error) = written {
        let _ = std::fs::remove_file(&temporary);
        return Err(could_not("write", shown, &error).help("the file is as it was"));
    }
    sync_folder(&place.folder);
    Ok(metadata
        .as_ref()
        .and_then(|metadata| wide_mode(metadata, shown)))
}

/// Whether [`replace`] could do its work now, as far as that can be told beforehand. Changes nothing.
///
/// # Errors
///
/// What `look` says of the text, or what would keep the file from being replaced.
pub fn check(path: &Path, shown: &str, look: impl FnOnce(&str) -> Result<()>) -> Result<()> {
    let place = Place::of(path, shown)?;
    let (old, metadata) = place.read(shown)?;
    look(&old)?;
    place.probe(shown, metadata.as_ref())
}

/// That what stands at the path, if anything does, is a file. Anything else would be lost, such as a
/// device, or never come to an end, such as a pipe.
///
/// # Errors
///
/// If it is something else.
pub fn check_kind(path: &Path, shown: &str) -> Result<()> {
    match std::fs::metadata(path) {
        Ok(metadata) if !metadata.is_file() => Err(no_file(shown)),
        _ => Ok(()),
    }
}

fn no_file(shown: &str) -> Failure {
    Failure::usage(format!(
        "could not write {shown}: it is something else than a file"
    ))
    .help("name a file: AWS_SHARED_CREDENTIALS_FILE, or unset that for ~/.aws/credentials")
}

fn could_not(what: &str, shown: &str, error: &io::Error) -> Failure {
    Failure::broken(format!("could not {what} {shown}: {error}"))
}

/// Where a file stands, with all links followed.
struct Place {
    target: PathBuf,
    folder: PathBuf,
    name: OsString,
}

impl Place {
    fn of(path: &Path, shown: &str) -> Result<Self> {
        check_kind(path, shown)?;
        let target = follow(path).map_err(|error| could_not("follow the link", shown, &error))?;
        match (target.parent(), target.file_name()) {
            (Some(folder), Some(name)) => Ok(Self {
                folder: folder.to_owned(),
                name: name.to_owned(),
                target,
            }),
            _ => Err(no_file(shown)),
        }
    }

    fn beside(&self, suffix: &str) -> PathBuf {
        let mut beside = OsString::from(".");
        beside.push(&self.name);
        beside.push(suffix);
        self.folder.join(beside)
    }

    fn lock(&self) -> PathBuf {
        self.beside(".aws-mfa.lock")
    }

    /// The text of the file, and what else is known of it, if there is one.
    fn read(&self, shown: &str) -> Result<(Zeroizing<String>, Option<Metadata>)> {
        let could_not = |error: io::Error| could_not("read", shown, &error);
        let mut file = match File::open(&self.target) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Default::default()),
            Err(error) => return Err(could_not(error)),
        };
        let metadata = file.metadata().map_err(could_not)?;
        let length = usize::try_from(metadata.len()).unwrap_or(0);
        let mut text = Zeroizing::new(String::with_capacity(length + 1));
        match file.read_to_string(&mut text) {
            Ok(_) => Ok((text, Some(metadata))),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => Err(Failure::usage(
                format!("could not use {shown}: it is not UTF-8 text"),
            )),
            Err(error) => Err(could_not(error)),
        }
    }

    /// That the lock can be had some time, and a new file take the old one's place. What is made for
    /// that is gone again.
    fn probe(&self, shown: &str, old: Option<&Metadata>) -> Result<()> {
        let lock = self.lock();
        if lock.exists() {
            open_lock(&lock, shown)?;
        }
        let mut folders = self.folder.ancestors();
        let folder = folders
            .find(|folder| folder.exists())
            .unwrap_or(&self.folder);
        let new = tempfile::tempfile_in(folder).map_err(|error| {
            Failure::broken(format!(
                "could not write {shown}: nothing can be created in {}: {error}",
                folder.display()
            ))
            .help("see who owns that folder, and whether it is on a file system that is read-only")
        })?;
        match old {
            None => Ok(()),
            Some(old) => keep_owner(&new, old, 0o600)
                .map_err(|error| could_not("write", shown, &error).help("the file is as it was")),
        }
    }
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

fn no_lock(path: &Path, shown: &str, error: &io::Error) -> Failure {
    Failure::broken(format!(
        "could not write {shown}: its lock file {}: {error}",
        path.display()
    ))
    .help("see who owns that file and its folder")
}

fn open_lock(path: &Path, shown: &str) -> Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    private(&mut options);
    let opened = options.open(path);
    opened.map_err(|error| no_lock(path, shown, &error))
}

/// Waits for its turn. The lock file stays: whoever removed it would take it from those who wait.
fn lock(path: &Path, shown: &str) -> Result<File> {
    let mut file = open_lock(path, shown)?;
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
            Err(TryLockError::Error(error)) => return Err(no_lock(path, shown, &error)),
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

fn write_new(path: &Path, bytes: &[u8], old: Option<&Metadata>) -> io::Result<()> {
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
pub(super) fn keep_owner(file: &File, old: &Metadata, mode: u32) -> io::Result<()> {
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
pub(super) fn keep_owner(_: &File, _: &Metadata, _: u32) -> io::Result<()> {
    Ok(())
}

/// What was readable to others, in words.
fn wide_mode(metadata: &Metadata, shown: &str) -> Option<String> {
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

/// What was renamed in the folder shall outlive a crash of the machine. By then it has its new name, so
/// where that cannot be had, as in a folder that may not be listed, it does without.
pub(super) fn sync_folder(folder: &Path) {
    // Windows opens no folders.
    if cfg!(unix)
        && let Ok(folder) = File::open(folder)
    {
        let _ = folder.sync_all();
    }
}
