use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::replace_file::{create_folder, follow, keep_owner, sync_folder};
use crate::error::{Failure, Result};

/// A file without secrets, as it is and as it shall be.
#[derive(Debug)]
pub struct Replacement {
    /// A link is followed, and what it leads to replaced.
    pub path: PathBuf,
    /// The file as errors name it.
    pub shown: String,
    /// What it was when the new content was made of it; `None` if there was none.
    pub old: Option<Vec<u8>>,
    /// What it shall be; `None` for no file.
    pub new: Option<Vec<u8>>,
}

/// The content of a file, as [`Replacement::old`] wants it.
///
/// # Errors
///
/// If there is something that cannot be read.
pub fn read(path: &Path, shown: &str) -> Result<Option<Vec<u8>>> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::usage(format!("could not read {shown}: {error}"))),
    }
}

/// Replaces the files: all of them or none, each of them whole. Owner and mode stay.
///
/// Every new file is written in full beside the old one before the first one takes its place, so
/// that what can go wrong goes wrong before anything is changed.
///
/// # Errors
///
/// What kept a file from being written, or that somebody else changed it meanwhile; the files are
/// then as they were.
pub fn replace_all(files: &[Replacement]) -> Result<()> {
    let mut made = MadeFolders(Vec::new());
    let mut staged = Vec::new();
    for file in files {
        staged.push((file, Staged::of(file, &mut made)?));
    }
    for file in files {
        if read(&file.path, &file.shown)? != file.old {
            return Err(Failure::broken(format!(
                "could not write {}: somebody else is changing it",
                file.shown
            ))
            .help("the files are as they were; try again"));
        }
    }
    let mut done: Vec<&Replacement> = Vec::new();
    for (file, staged) in staged {
        if let Err(error) = staged.take_place() {
            let failure = could_not(&file.shown, &error);
            let kept: Vec<&str> = done
                .into_iter()
                .filter(|file| give_back(file).is_err())
                .map(|file| file.shown.as_str())
                .collect();
            return Err(if kept.is_empty() {
                failure
            } else {
                failure.help(format!("what is new is in {} already", kept.join(", ")))
            });
        }
        done.push(file);
    }
    // What is in them now is there to stay.
    made.0.clear();
    Ok(())
}

/// The file as it was before it was replaced.
fn give_back(file: &Replacement) -> io::Result<()> {
    let target = follow(&file.path)?;
    let Some(old) = &file.old else {
        return std::fs::remove_file(target);
    };
    let folder = target.parent().unwrap_or(Path::new("/"));
    let new = write(folder, &target, old)?;
    Staged::Written { new, target }.take_place()
}

fn could_not(shown: &str, error: &io::Error) -> Failure {
    Failure::broken(format!("could not write {shown}: {error}"))
        .help("the files are as they were; check who owns the file and its folder")
}

/// A change that has only to take its place.
enum Staged {
    Written { new: NamedTempFile, target: PathBuf },
    Removal { target: PathBuf },
}

impl Staged {
    fn of(file: &Replacement, made: &mut MadeFolders) -> Result<Self> {
        let failure = |error: io::Error| could_not(&file.shown, &error);
        let target = follow(&file.path).map_err(failure)?;
        let Some(new) = &file.new else {
            return Ok(Self::Removal { target });
        };
        let folder = target.parent().unwrap_or(Path::new("/"));
        made.make(folder).map_err(failure)?;
        let new = write(folder, &target, new).map_err(failure)?;
        Ok(Self::Written { new, target })
    }

    fn take_place(self) -> io::Result<()> {
        let target = match self {
            Self::Written { new, target } => {
                new.persist(&target).map_err(|failed| failed.error)?;
                target
            }
            Self::Removal { target } => {
                std::fs::remove_file(&target)?;
                target
            }
        };
        sync_folder(target.parent().unwrap_or(Path::new("/")));
        Ok(())
    }
}

fn write(folder: &Path, target: &Path, bytes: &[u8]) -> io::Result<NamedTempFile> {
    let old = File::open(target).and_then(|old| old.metadata()).ok();
    let mut builder = tempfile::Builder::new();
    builder.prefix(".aws-mfa-");
    #[cfg(unix)]
    let readable = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    #[cfg(unix)]
    if old.is_none() {
        // The user's umask takes away more. Where it lets the group write, this one does not: in
        // these files there are commands to be run.
        builder.permissions(readable);
    }
    let mut file = builder.tempfile_in(folder)?;
    if let Some(old) = &old {
        keep_owner(file.as_file(), old, 0o7777)?;
    }
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    Ok(file)
}

/// Folders that were made for the new files; they go again if nothing comes of it.
struct MadeFolders(Vec<PathBuf>);

impl MadeFolders {
    fn make(&mut self, folder: &Path) -> io::Result<()> {
        let missing = folder.ancestors().take_while(|folder| !folder.exists());
        // Deepest first, as they are to be removed.
        let mut missing: Vec<PathBuf> = missing.map(Path::to_owned).collect();
        missing.append(&mut self.0);
        self.0 = missing;
        create_folder(folder)
    }
}

impl Drop for MadeFolders {
    fn drop(&mut self) {
        for folder in &self.0 {
            let _ = std::fs::remove_dir(folder);
        }
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
    fn all_or_none() {
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
        // Somebody else was faster.
        let failed = replace_all(&[
            replacement(path("b"), None, Some("b")),
            replacement(path("a"), Some("older a"), Some("new a")),
        ]);
        assert!(failed.unwrap_err().to_string().contains("somebody else"));
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
