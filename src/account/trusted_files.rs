//! The included files that the user trusts (`aws-mfa config trust`): each by its path and the digest of its content,
//! so that a change of the file ends the trust, as direnv does for an `.envrc`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::context::Context;
use crate::error::{Failure, Result};
use crate::files::json;

/// The name of the file in the state directory.
const FILE: &str = "trusted-includes.json";

/// The trusted files.
#[derive(Debug, Default)]
pub struct TrustedFiles {
    /// The file that records them; `None` if the system has no directory for it.
    file: Option<PathBuf>,
    content: Content,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Content {
    /// The SHA-256 digests in hexadecimal, by the files' canonical paths.
    sha256: BTreeMap<String, String>,
}

impl TrustedFiles {
    /// Reads which files are trusted. If that cannot be read, none is.
    #[must_use]
    pub fn load(context: &Context) -> Self {
        let directory = context.directories.state.as_ref();
        let file = directory.map(|directory| directory.join(FILE));
        Self {
            content: file.as_deref().and_then(json::read).unwrap_or_default(),
            file,
        }
    }

    /// Whether the file is trusted as long as it has this content.
    #[must_use]
    pub fn contains(&self, path: &Path, bytes: &[u8]) -> bool {
        let key = canonical(path);
        key.is_some_and(|key| self.content.sha256.get(&key) == Some(&digest(bytes)))
    }

    /// Trusts the file as long as it has this content.
    ///
    /// # Errors
    ///
    /// If its path is not UTF-8, or the trust cannot be stored.
    pub fn trust(self, path: &Path, bytes: &[u8]) -> Result<()> {
        let key = canonical(path).ok_or_else(|| {
            Failure::usage(format!(
                "could not trust {}: its path is not UTF-8 text",
                path.display()
            ))
            .help("move the file to a path of UTF-8 text")
        })?;
        self.store(|content| {
            content.sha256.insert(key, digest(bytes));
        })
    }

    /// Ends the trust in the file; `false` if it had none.
    ///
    /// # Errors
    ///
    /// If the change cannot be stored.
    pub fn untrust(self, path: &Path) -> Result<bool> {
        let key = canonical(path).filter(|key| self.content.sha256.contains_key(key));
        let Some(key) = key else {
            return Ok(false);
        };
        self.store(|content| {
            content.sha256.remove(&key);
        })
        .map(|()| true)
    }

    /// Makes a change in the file, which another process may have changed since it was read.
    fn store(self, change: impl FnOnce(&mut Content)) -> Result<()> {
        let Some(file) = &self.file else {
            return Err(Failure::usage(
                "could not store the trust: this user has no home directory",
            )
            .help("set HOME"));
        };
        json::update(file, |stored: Option<Content>| {
            let mut content = stored.unwrap_or(self.content);
            change(&mut content);
            content
        })
        .map(|_| ())
        .map_err(|error| Failure::broken(format!("could not write {}: {error}", file.display())))
    }
}

/// The path without symbolic links and `..`, so that a file is the same by each of its paths; of a file that is gone,
/// the path as it is.
fn canonical(path: &Path) -> Option<String> {
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    path.to_str().map(str::to_owned)
}

fn digest(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::testing::context;

    #[test]
    fn a_file_is_trusted_under_each_of_its_paths_until_it_changes() {
        let directory = tempfile::tempdir().unwrap();
        let mut context = context(&[]);
        context.directories.state = Some(directory.path().join("state"));
        let file = directory.path().join("team.toml");
        std::fs::write(&file, "a").unwrap();
        let other = directory.path().join("state/../team.toml");

        assert!(!TrustedFiles::load(&context).contains(&file, b"a"));
        TrustedFiles::load(&context).trust(&file, b"a").unwrap();
        let trusted = TrustedFiles::load(&context);
        assert!(trusted.contains(&file, b"a"));
        assert!(trusted.contains(&other, b"a"));
        assert!(!trusted.contains(&file, b"b"));
        assert!(!trusted.contains(&directory.path().join("b.toml"), b"a"));

        assert!(trusted.untrust(&other).unwrap());
        let trusted = TrustedFiles::load(&context);
        assert!(!trusted.contains(&file, b"a"));
        assert!(!trusted.untrust(&file).unwrap());
    }
}
