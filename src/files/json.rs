//! Small JSON files of aws-mfa's own, which may be deleted at any time.

use std::io::{self, Write as _};
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::own;

/// Reads a file of aws-mfa's own; `None` if it is missing or was not written by this version.
pub(crate) fn read<T: DeserializeOwned>(path: &Path) -> Option<T> {
    serde_json::from_slice(&own::read(path).ok()?).ok()
}

/// Replaces a file of aws-mfa's own, readable by its owner alone. It is renamed into place, since another
/// process may read it at any time; it is not synced, since it may be lost.
pub(crate) fn write<T: Serialize>(path: &Path, content: &T) -> io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new("."));
    own::private_directory(directory)?;
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    file.write_all(&serde_json::to_vec_pretty(content)?)?;
    file.persist(path)?;
    Ok(())
}
