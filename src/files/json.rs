//! JSON files of the program's own, such as the cache of MFA devices. One that is missing or of another version counts as
//! empty.

use std::fs::{File, TryLockError};
use std::io::{self, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::own;
use crate::interrupt;

/// The time limit for other processes that change a file of the same directory; each needs less than 1 ms.
const LOCK_LIMIT: Duration = Duration::from_secs(1);

/// Reads a file of aws-mfa's own; `None` if it is missing or was not written by this version.
pub(crate) fn read<T: DeserializeOwned>(path: &Path) -> Option<T> {
    serde_json::from_slice(&own::read(path).ok()?).ok()
}

/// Replaces a file of aws-mfa's own, readable by its owner alone, by what `change` makes of its content, and returns
/// that. Processes that do this at the same time wait for each other, so that none loses what another has written.
/// The file is renamed into place, since another process may read it at any time; it is not synced, since it may be
/// lost.
///
/// # Errors
///
/// If the directory is another user's, or the file cannot be written.
pub(crate) fn update<T: Serialize + DeserializeOwned>(
    path: &Path,
    change: impl FnOnce(Option<T>) -> T,
) -> io::Result<T> {
    let directory = path.parent().unwrap_or(Path::new("."));
    own::private_directory(directory)?;
    let lock = lock(directory);
    let content = change(read(path));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let prefix = format!(".{name}.");
    if lock.is_some() {
        remove_left_over(directory, &prefix);
    }
    interrupt::survive_size_limit();
    let mut file = tempfile::Builder::new()
        .prefix(&prefix)
        .suffix(SUFFIX)
        .tempfile_in(directory)?;
    own::prepare_new(file.as_file(), file.path())?;
    file.write_all(&serde_json::to_vec_pretty(&content)?)?;
    file.persist(path)?;
    Ok(content)
}

/// The end of the name of a temporary file.
const SUFFIX: &str = ".tmp";

/// Locks the directory, which takes no file. `None` if that cannot be done; the caller then goes on without it.
fn lock(directory: &Path) -> Option<File> {
    let file = File::open(directory).ok()?;
    let end = Instant::now() + LOCK_LIMIT;
    loop {
        match file.try_lock() {
            Ok(()) => return Some(file),
            Err(TryLockError::WouldBlock) if Instant::now() < end => {
                std::thread::sleep(Duration::from_millis(1));
            }
            Err(_) => return None,
        }
    }
}

/// Deletes the temporary files that killed processes left. The caller holds the lock, so no living one has any.
fn remove_left_over(directory: &Path, prefix: &str) {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    for entry in entries {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(prefix) && name.ends_with(SUFFIX) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}
