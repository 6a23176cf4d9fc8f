//! The lock that lets one process at a time ask for a device's code.

use std::fs::{File, TryLockError};
use std::io;
use std::sync::Once;
use std::time::{Duration, Instant};

use crate::account::MfaSerial;
use crate::context::Context;
use crate::files::own;

/// The exclusive right of one of the user's processes to ask for a device's code. Released when this value
/// is dropped, or when the process ends.
#[derive(Debug)]
pub(super) struct DeviceLock {
    _file: File,
}

impl DeviceLock {
    /// Locks `<runtime directory>/<serial>.lock`, waiting up to `limit`. `None` if another process holds the lock
    /// longer than that, or the file cannot be created; the caller then goes on without it. A message reports the wait,
    /// and why the file cannot be created.
    #[must_use]
    pub(super) fn acquire(context: &Context, serial: &MfaSerial, limit: Duration) -> Option<Self> {
        let report_unlocked = |error: &io::Error| {
            static REPORTED: Once = Once::new();
            REPORTED.call_once(|| {
                context.console.info(&format!(
                    "several aws-mfa processes may ask for a code from {serial} at the same time: \
                     could not create a lock file: {error}"
                ));
            });
        };
        let file = lock_file(context, serial)
            .inspect_err(report_unlocked)
            .ok()?;
        let is_locked = wait(context, serial, limit, || file.try_lock())
            .inspect_err(report_unlocked)
            .ok()?;
        if !is_locked {
            return None;
        }
        Some(Self { _file: file })
    }

    /// Waits up to `limit` until no process holds the lock. Processes that do only that do not wait for each other.
    pub(super) fn wait_until_free(context: &Context, serial: &MfaSerial, limit: Duration) {
        if let Ok(file) = lock_file(context, serial) {
            let _ = wait(context, serial, limit, || file.try_lock_shared());
        }
    }
}

/// Tries to lock until it succeeds or `limit` has passed; true in the first case. The message that it waits comes after
/// a second try, because a process in [`DeviceLock::wait_until_free`] holds the lock for a moment.
fn wait(
    context: &Context,
    serial: &MfaSerial,
    limit: Duration,
    try_lock: impl Fn() -> Result<(), TryLockError>,
) -> io::Result<bool> {
    let end = Instant::now() + limit;
    for tries in 1.. {
        match try_lock() {
            Ok(()) => return Ok(true),
            Err(TryLockError::WouldBlock) if Instant::now() > end => break,
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(error),
        }
        if tries == 2 {
            context.console.info(&format!(
                "another aws-mfa is already asking for a code from {serial}; waiting for it"
            ));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(false)
}

fn lock_file(context: &Context, serial: &MfaSerial) -> io::Result<File> {
    let directory = context
        .directories
        .runtime_or_cache_dir()
        .ok_or(io::ErrorKind::NotFound)?;
    own::private_directory(directory)?;
    let file_name_char = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let name: String = serial.as_str().chars().map(file_name_char).collect();
    own::open_lock(&directory.join(format!("{name}.lock")))
}
