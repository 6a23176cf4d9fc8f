//! The user's keyring in the Linux kernel.

use std::collections::BTreeSet;
use std::io;
use std::time::Duration;

use linux_keyutils::{
    Key, KeyError, KeyPermissionsBuilder, KeyRing, KeyRingIdentifier, Permission,
};
use zeroize::Zeroizing;

use super::{KEY_PREFIX, Store};

/// The user keyring: keyrings(7), user-keyring(7). It is in kernel memory, which is not swapped, and exists as
/// long as the user has a process.
#[derive(Debug)]
pub(super) struct UserKeyring {
    ring: KeyRing,
    /// The process keyring, which ends with this process (process-keyring(7)).
    process: KeyRing,
}

impl UserKeyring {
    /// Opens the user keyring and links it to the process keyring.
    ///
    /// # Errors
    ///
    /// If this kernel has no keyrings, or this process may not use them, as in many containers.
    pub(super) fn open() -> io::Result<Self> {
        let ring = KeyRing::from_special_id(KeyRingIdentifier::User, false).map_err(io_error)?;
        // A process possesses the keys of a keyring only if one of its own keyrings links to it (keyrings(7),
        // "Possession"). The session keyring does not after some ways to log in, such as su and cron.
        let process =
            KeyRing::from_special_id(KeyRingIdentifier::Process, true).map_err(io_error)?;
        match process.link_keyring(ring) {
            // Without quota for the link, most processes can still read what is in the keyring.
            Ok(()) | Err(KeyError::QuotaExceeded) => Ok(Self { ring, process }),
            Err(error) => Err(io_error(error)),
        }
    }

    fn find(&self, name: &str) -> io::Result<Option<Key>> {
        match self.ring.search(name) {
            Ok(key) => Ok(Some(key)),
            Err(KeyError::KeyDoesNotExist | KeyError::KeyExpired | KeyError::KeyRevoked) => {
                Ok(None)
            }
            Err(error) => Err(io_error(error)),
        }
    }
}

impl Store for UserKeyring {
    /// The names from /proc/keys: reading the keyring itself gives ids, and each of them, also those of other
    /// programs' keys, would need a system call for its name.
    fn names(&self) -> io::Result<Vec<String>> {
        // Names need not be UTF-8, and other users' keys are in there, too, if they let all users see them.
        let keys = std::fs::read("/proc/keys")?;
        let keys = String::from_utf8_lossy(&keys);
        // A set, because keys of the user's containers may have the same name.
        let names: BTreeSet<String> = keys.lines().filter_map(name_in_line).collect();
        Ok(names.into_iter().collect())
    }

    fn read(&self, name: &str) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
        let Some(key) = self.find(name)? else {
            return Ok(None);
        };
        // The maximum size of a "user" key is 32,767 bytes (keyrings(7)).
        let mut secret = Zeroizing::new(vec![0; 32 * 1024]);
        let length = key.read(&mut &mut secret[..]).map_err(io_error)?;
        secret.truncate(length);
        Ok(Some(secret))
    }

    fn write(&self, name: &str, secret: &[u8], lifetime: Duration) -> io::Result<()> {
        // Not added to the user keyring directly: that would update the old key, whose permissions forbid it.
        // A link to the new key replaces the link to the old one in one step; without quota for both keys, the
        // old one stays.
        let key = self.process.add_key(name, secret).map_err(io_error)?;
        let seconds = usize::try_from(lifetime.as_secs()).unwrap_or(usize::MAX);
        let linked = key
            .set_timeout(seconds.max(1))
            .and_then(|()| self.ring.link_key(key));
        let written = linked.and_then(|()| {
            // Without WRITE and SETATTR, so that no process can change the key or its lifetime any more.
            let permissions = KeyPermissionsBuilder::builder()
                .posessor(Permission::VIEW | Permission::READ | Permission::SEARCH)
                .user(Permission::VIEW | Permission::READ)
                .build();
            key.set_perms(permissions).inspect_err(|_| {
                let _ = self.ring.unlink_key(key);
            })
        });
        let _ = self.process.unlink_key(key);
        written.map_err(io_error)
    }

    fn remove(&self, name: &str) -> io::Result<bool> {
        let Some(key) = self.find(name)? else {
            return Ok(false);
        };
        self.ring.unlink_key(key).map_err(io_error)?;
        Ok(true)
    }
}

/// The name in a line of /proc/keys, if the key is one of aws-mfa: `ID FLAGS USAGE TIMEOUT PERM UID GID TYPE
/// DESCRIPTION: LENGTH` (`proc_keys(5)`).
fn name_in_line(line: &str) -> Option<String> {
    let mut fields = line.split_ascii_whitespace();
    if fields.nth(7)? != "user" {
        return None;
    }
    let (_, description) = line.split_once(&format!(" {KEY_PREFIX} "))?;
    let (description, _length) = description.rsplit_once(": ")?;
    Some(format!("{KEY_PREFIX} {description}"))
}

fn io_error(error: KeyError) -> io::Error {
    let kind = match error {
        KeyError::QuotaExceeded => io::ErrorKind::QuotaExceeded,
        _ => io::ErrorKind::Other,
    };
    let message = match error {
        KeyError::OperationNotSupported => "this kernel has no keyrings".to_owned(),
        KeyError::AccessDenied | KeyError::PermissionDenied => {
            "this process may not use the kernel's keyrings".to_owned()
        }
        KeyError::QuotaExceeded => {
            "the user's quota of the kernel's keyrings is used up".to_owned()
        }
        KeyError::Unknown(code) => match io::Error::from_raw_os_error(code) {
            error if error.kind() == io::ErrorKind::Unsupported => {
                "this kernel has no keyrings".to_owned()
            }
            error => format!("could not use the kernel's keyrings: {error}"),
        },
        KeyError::OutOfMemory => "the kernel has no memory left for keyrings".to_owned(),
        _ => "the kernel refuses to use its keyrings".to_owned(),
    };
    io::Error::new(kind, message)
}
