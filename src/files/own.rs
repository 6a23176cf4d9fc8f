//! Files and directories that only this program writes: locks and caches.
//!
//! Another user may have put something else in their place. So they are never reached through a
//! symbolic link or a second hard link, and a directory is used only if it is the user's and no other user can write
//! to it. Root may use what belongs to the user in whose directory it is, as with `sudo aws-mfa`, which may keep HOME.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read as _};
use std::path::Path;

/// The size limit of a file that is read, in bytes. The caches hold a line per device.
const LARGEST: u64 = 1024 * 1024;

/// Creates the directory and its parents for the user alone, whatever the umask is, and checks that it is the
/// user's. If other users may write to it, they may not from now on.
///
/// # Errors
///
/// If it cannot be created, or it or a link in its place belongs to another user.
pub(crate) fn private_directory(directory: &Path) -> io::Result<()> {
    create_directory(directory)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

        let parent = std::fs::metadata(parent_of(directory));
        let parent = parent.map_or(user(), |parent| parent.uid());
        let is_own = |owner: u32| owner == user() || user() == 0 && owner == parent;
        let metadata = std::fs::metadata(directory)?;
        // A link of another user's would make this a directory that is used for something else.
        let link = std::fs::symlink_metadata(directory)?.uid();
        if !is_own(metadata.uid()) || !is_own(link) && link != 0 {
            return Err(io::Error::new(
                io::ErrorKind::PermissionDenied,
                format!("{} belongs to another user", directory.display()),
            ));
        }
        if metadata.mode() & 0o022 != 0 {
            let mode = std::fs::Permissions::from_mode(metadata.mode() & 0o7755);
            std::fs::set_permissions(directory, mode)?;
        }
    }
    Ok(())
}

/// Creates the directory and its parents, for their owner alone, if they are missing. Those that root creates belong
/// to the owner of the directory that they are in.
///
/// # Errors
///
/// If one of them cannot be created.
pub(crate) fn create_directory(directory: &Path) -> io::Result<()> {
    create_with_mode(directory, 0o700)
}

/// Does the same for a directory that other users may read as far as the umask allows it.
///
/// # Errors
///
/// If one of them cannot be created.
pub(crate) fn create_public_directory(directory: &Path) -> io::Result<()> {
    create_with_mode(directory, 0o777)
}

fn create_with_mode(directory: &Path, mode: u32) -> io::Result<()> {
    if directory.is_dir() {
        return Ok(());
    }
    if let Some(parent) = directory.parent().filter(|parent| *parent != Path::new("")) {
        create_with_mode(parent, mode)?;
    }
    #[cfg(not(unix))]
    let _ = mode;
    #[cfg_attr(not(unix), expect(unused_mut))]
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, mode);
    match builder.create(directory) {
        // Another process was faster.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && directory.is_dir() => Ok(()),
        Err(error) => Err(error),
        Ok(()) => {
            #[cfg(unix)]
            allow_owner(&std::fs::metadata(directory)?, 0o700, |mode| {
                std::fs::set_permissions(directory, mode)
            })?;
            give_to_owner_of_parent(&File::open(directory)?, directory)
        }
    }
}

/// Gives the owner of a new file or directory these permissions if the umask has taken them.
///
/// # Errors
///
/// If the permissions cannot be set.
#[cfg(unix)]
fn allow_owner(
    metadata: &Metadata,
    needed: u32,
    set: impl FnOnce(std::fs::Permissions) -> io::Result<()>,
) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

    let mode = metadata.mode() & 0o7777;
    if mode & needed == needed {
        return Ok(());
    }
    set(std::fs::Permissions::from_mode(mode | needed))
}

/// Prepares a new file for its first byte: its owner can read and write it, whatever the umask is, and what root
/// creates belongs to the owner of its directory.
///
/// # Errors
///
/// If the permissions or the owner cannot be set.
pub(crate) fn prepare_new(file: &File, path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    allow_owner(&file.metadata()?, 0o600, |mode| file.set_permissions(mode))?;
    give_to_owner_of_parent(file, path)
}

/// Opens a lock file for reading and writing; creates it, readable by its owner alone, if it is missing.
///
/// # Errors
///
/// If it cannot be opened or created, or is not a regular file of this user with one name.
pub(crate) fn open_lock(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = open(path, &mut options)?;
    prepare_new(&file, path)?;
    Ok(file)
}

/// Deletes a temporary file that a killed process left: a regular file of this user that no living process has locked.
/// It may have a second name, if the process was killed while it gave it that.
pub(crate) fn remove_unlocked(path: &Path) {
    let open = || {
        let file = open_at(path, OpenOptions::new().read(true))?;
        check_owner(&file.metadata()?)?;
        io::Result::Ok(file)
    };
    if open().is_ok_and(|file| file.try_lock().is_ok()) {
        let _ = std::fs::remove_file(path);
    }
}

/// Reads a file.
///
/// # Errors
///
/// If it cannot be read, is too large, or is not a regular file of this user with one name.
pub(crate) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let file = open(path, OpenOptions::new().read(true))?;
    let mut bytes = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(bytes)
}

fn open(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    let file = open_at(path, options)?;
    check_own(&file.metadata()?)?;
    Ok(file)
}

fn open_at(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    // Not through a link at the end of the path, and without waiting for the other end of a pipe.
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
        let flags = i32::try_from(flags.bits()).map_err(io::Error::other)?;
        std::os::unix::fs::OpenOptionsExt::custom_flags(options, flags);
    }
    options.open(path).map_err(|error| {
        let is_link = std::fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink());
        if is_link {
            io::Error::other("it is a symbolic link")
        } else {
            error
        }
    })
}

/// Checks that it is a regular file of this user with one name.
fn check_own(metadata: &Metadata) -> io::Result<()> {
    #[cfg(unix)]
    if metadata.is_file() && std::os::unix::fs::MetadataExt::nlink(metadata) > 1 {
        return Err(io::Error::other("it is a hard link to another file"));
    }
    check_owner(metadata)
}

/// Checks that it is a regular file of this user. Root may use the files of others.
fn check_owner(metadata: &Metadata) -> io::Result<()> {
    if !metadata.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;

        if metadata.uid() != user() && user() != 0 {
            return Err(io::Error::new(
                io::ErrorKind::PermissionDenied,
                "it belongs to another user",
            ));
        }
    }
    Ok(())
}

/// Gives what root created to the owner of the directory that it is in: after `sudo aws-mfa`, which may keep HOME, the
/// user would otherwise be kept out.
///
/// # Errors
///
/// If root may not do that, for example on some network file systems.
fn give_to_owner_of_parent(file: &File, path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    if user() == 0 {
        use std::os::unix::fs::{MetadataExt as _, fchown};

        let directory = std::fs::metadata(parent_of(path))?;
        if file.metadata()?.uid() == 0 && directory.uid() != 0 {
            fchown(file, Some(directory.uid()), Some(directory.gid()))?;
        }
    }
    #[cfg(not(unix))]
    let _ = (file, path);
    Ok(())
}

/// The directory that a file or directory is in.
#[cfg(unix)]
fn parent_of(path: &Path) -> &Path {
    let parent = path.parent().filter(|parent| *parent != Path::new(""));
    parent.unwrap_or(Path::new("."))
}

/// The user that this process acts as.
#[cfg(unix)]
fn user() -> u32 {
    rustix::process::geteuid().as_raw()
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    #[test]
    fn a_link_to_a_file_is_neither_read_nor_locked() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        std::fs::write(path("victim"), "{}").unwrap();
        assert_eq!(read(&path("victim")).unwrap(), b"{}");
        symlink(path("victim"), path("symlink")).unwrap();
        symlink(path("new"), path("dangling")).unwrap();
        std::fs::hard_link(path("victim"), path("hard")).unwrap();
        for (name, reason) in [
            ("symlink", "it is a symbolic link"),
            ("dangling", "it is a symbolic link"),
            ("hard", "it is a hard link to another file"),
        ] {
            assert_eq!(read(&path(name)).unwrap_err().to_string(), reason);
            assert_eq!(open_lock(&path(name)).unwrap_err().to_string(), reason);
        }
        assert!(!path("new").exists());
        assert_eq!(std::fs::read(path("victim")).unwrap(), b"{}");
    }

    #[test]
    fn a_pipe_or_a_device_is_not_waited_for() {
        assert!(read(Path::new("/dev/zero")).is_err());
        let directory = tempfile::tempdir().unwrap();
        let pipe = directory.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        assert!(read(&pipe).is_err());
        assert!(open_lock(&pipe).is_err());
        let large = File::create(directory.path().join("large")).unwrap();
        large.set_len(10 << 30).unwrap();
        assert!(read(&directory.path().join("large")).is_err());
    }

    #[test]
    fn a_directory_that_others_can_write_to_is_closed_to_them() {
        let parent = tempfile::tempdir().unwrap();
        let directory = parent.path().join("new/aws-mfa");
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        private_directory(&directory).unwrap();
        assert_eq!(mode(&directory), 0o700);
        assert_eq!(mode(directory.parent().unwrap()), 0o700);
        std::fs::set_permissions(&directory, std::fs::Permissions::from_mode(0o777)).unwrap();
        private_directory(&directory).unwrap();
        assert_eq!(mode(&directory), 0o755);
    }
}
