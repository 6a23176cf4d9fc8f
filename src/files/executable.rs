//! Search for programs in the directories of `PATH`.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// The paths that a program of this file name would have in the directories of `path`, the value of `PATH`, in
/// their order. Whether there is such a file, and of which kind it must be, is for the caller to check.
pub fn in_path(path: &OsStr, file_name: impl AsRef<Path>) -> impl Iterator<Item = PathBuf> {
    std::env::split_paths(path).map(move |directory| directory.join(file_name.as_ref()))
}

/// Whether this is a regular file with an execute bit in its mode, the user's or another.
#[cfg(unix)]
#[must_use]
pub fn is_executable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(file)
        .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

/// Whether this is a regular file. Windows has no mode that says more.
#[cfg(not(unix))]
#[must_use]
pub fn is_executable(file: &Path) -> bool {
    file.is_file()
}
