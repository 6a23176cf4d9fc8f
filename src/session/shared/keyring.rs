use std::collections::BTreeSet;
use std::io;
use std::time::Duration;

use linux_keyutils::{
    Key, KeyError, KeyPermissionsBuilder, KeyRing, KeyRingIdentifier, Permission,
};
use zeroize::Zeroizing;

use super::{KEY_PREFIX, Store};

/// The user keyring: keyrings(7), user-keyring(7). It is in the kernel's memory, which is not
/// swapped, and lives as long as the user has a process.
#[derive(Debug)]
pub(super) struct UserKeyring {
    ring: KeyRing,
    /// This process's own, which ends with it.
    process: KeyRing,
}

impl UserKeyring {
    /// # Errors
    ///
    /// If this kernel has no keyrings, or this process may not use them, as in many containers.
    pub(super) fn open() -> io::Result<Self> {
        let ring = KeyRing::from_special_id(KeyRingIdentifier::User, false).map_err(io_error)?;
        // Only who has a keyring in one of his own possesses the keys in it. Not every way to log in
        // puts the user's into the session's.
        let process =
            KeyRing::from_special_id(KeyRingIdentifier::Process, true).map_err(io_error)?;
        match process.link_keyring(ring) {
            // Where there is no room for a link, most can still read what is there.
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
    /// To list the keyring itself, each of its keys would have to be described, also those of others.
    fn names(&self) -> io::Result<Vec<String>> {
        let keys = std::fs::read_to_string("/proc/keys")?;
        // There may be others of the same name, in a container of the same user's.
        let names: BTreeSet<String> = keys.lines().filter_map(described).collect();
        Ok(names.into_iter().collect())
    }

    fn read(&self, name: &str) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
        let Some(key) = self.find(name)? else {
            return Ok(None);
        };
        // The most that a key of this kind holds.
        let mut secret = Zeroizing::new(vec![0; 32 * 1024]);
        let length = key.read(&mut &mut secret[..]).map_err(io_error)?;
        secret.truncate(length);
        Ok(Some(secret))
    }

    fn write(&self, name: &str, secret: &[u8], lifetime: Duration) -> io::Result<()> {
        // Not in the user's keyring right away: there, it would change the old key, which nobody may. A
        // link to it takes the old one's place in one step, so without room for both, the old one stays.
        let key = self.process.add_key(name, secret).map_err(io_error)?;
        let seconds = usize::try_from(lifetime.as_secs()).unwrap_or(usize::MAX);
        let linked = key
            .set_timeout(seconds.max(1))
            .and_then(|()| self.ring.link_key(key));
        let kept = linked.and_then(|()| {
            // For good: nobody may change it any more, nor how long it lives.
            let permissions = KeyPermissionsBuilder::builder()
                .posessor(Permission::VIEW | Permission::READ | Permission::SEARCH)
                .user(Permission::VIEW | Permission::READ)
                .build();
            key.set_perms(permissions).inspect_err(|_| {
                let _ = self.ring.unlink_key(key);
            })
        });
        let _ = self.process.unlink_key(key);
        kept.map_err(io_error)
    }

    fn remove(&self, name: &str) -> io::Result<bool> {
        let Some(key) = self.find(name)? else {
            return Ok(false);
        };
        self.ring.unlink_key(key).map_err(io_error)?;
        Ok(true)
    }
}

/// The name in a line of /proc/keys, if it is one of ours: `ID FLAGS USAGE TIMEOUT PERM UID GID TYPE
/// DESCRIPTION: LENGTH`, as `man 5 proc` has it.
fn described(line: &str) -> Option<String> {
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
    let said = match error {
        KeyError::OperationNotSupported => "this kernel has no keyrings".to_owned(),
        KeyError::AccessDenied | KeyError::PermissionDenied => {
            "this process may not use the kernel's keyrings".to_owned()
        }
        KeyError::QuotaExceeded => "the user's part of the kernel's keyrings is full".to_owned(),
        error => format!("the kernel's keyring: {error}"),
    };
    io::Error::new(kind, said)
}
