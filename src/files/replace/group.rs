//! The replacement of several files without secrets, all of them or none.

use std::io;
use std::path::{Path, PathBuf};

use super::target::{Content, ResolvedPath, not_written, unchanged};
use crate::error::{Failure, Result};
use crate::files::{input, own};

/// A file without secrets, and what it is to be replaced by.
#[derive(Debug)]
pub struct Replacement {
    /// The path of the file.
    pub path: PathBuf,
    /// The name of the file in errors.
    pub display: String,
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
pub fn read(path: &Path, display: &str) -> Result<Option<Vec<u8>>> {
    match input::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::usage(format!("could not read {display}: {error}"))),
    }
}

/// Replaces all of the files or none of them.
///
/// All temporary files are written before the first of them is renamed, so what can fail fails before anything is
/// changed. If a rename fails nevertheless, the files that were replaced get their old content again.
///
/// # Errors
///
/// If a file cannot be written, or another process changed it meanwhile. The files are then as they
/// were.
pub fn replace_all(files: &[Replacement]) -> Result<()> {
    let mut created = CreatedDirectories(Vec::new());
    let mut staged = Vec::new();
    for file in files {
        let path = ResolvedPath::new(&file.path, &file.display)?;
        path.check_replaceable(&file.display)?;
        path.remove_left_over();
        let temporary = file
            .new
            .as_ref()
            .map(|new| {
                created.create(&path.directory)?;
                path.stage(new, path.metadata().as_ref(), Content::Public, true)
            })
            .transpose()
            .map_err(|error| not_written(&file.display, &error, files.len()))?;
        staged.push((file, path, temporary));
    }
    for file in files {
        if read(&file.path, &file.display)? != file.old {
            return Err(Failure::broken(format!(
                "could not write {}: another process is changing it",
                file.display
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
                .map(|(file, _)| file.display.as_str())
                .collect();
            let failure = not_written(&file.display, &error, files.len());
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

impl ResolvedPath {
    /// Gives the file the content that it had before it was replaced.
    fn restore(&self, old: Option<&[u8]>) -> io::Result<()> {
        match old {
            Some(old) => {
                let temporary = self.stage(old, self.metadata().as_ref(), Content::Public, true)?;
                self.replace_by(temporary, true)
            }
            None => self.delete(),
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn replacement(path: PathBuf, old: Option<&str>, new: Option<&str>) -> Replacement {
        let bytes = |text: &str| text.as_bytes().to_vec();
        Replacement {
            display: path.display().to_string(),
            path,
            old: old.map(bytes),
            new: new.map(bytes),
        }
    }

    #[test]
    fn files_are_replaced_all_or_none_of_them() {
        let directory = tempfile::tempdir().unwrap();
        let path = |below: &str| directory.path().join(below);
        let names = || {
            let entries = std::fs::read_dir(directory.path()).unwrap();
            let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
            names.sort();
            names
        };
        std::fs::write(path("a"), "old a").unwrap();
        std::fs::write(path("file"), "no directory").unwrap();
        let before = names();
        // The second cannot be written, so the first is not, nor is its directory left.
        let failed = replace_all(&[
            replacement(path("new/directory/b"), None, Some("b")),
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
            replacement(path("new/directory/b"), None, Some("b")),
            replacement(path("a"), Some("old a"), Some("new a")),
            replacement(path("nowhere"), None, None),
        ]);
        let failure = failed.unwrap_err();
        assert!(failure.next_step().unwrap().contains("as they were"));
        assert_eq!(names(), before);
        assert_eq!(std::fs::read_to_string(path("a")).unwrap(), "old a");

        replace_all(&[
            replacement(path("new/directory/b"), None, Some("b")),
            replacement(path("a"), Some("old a"), Some("new a")),
            replacement(path("file"), Some("no directory"), None),
        ])
        .unwrap();
        assert_eq!(names(), ["a", "new"]);
        assert_eq!(std::fs::read_to_string(path("a")).unwrap(), "new a");
        assert_eq!(
            std::fs::read_to_string(path("new/directory/b")).unwrap(),
            "b"
        );
    }
}
