//! The time limits of `examples/short_limits.rs`: the program with those in place of the defaults. The example includes
//! this file.

use std::time::Duration;

use aws_mfa::context::Limits;

/// Limits that a test can wait for, those that messages name in whole seconds.
pub(crate) const SHORT_LIMITS: Limits = Limits {
    connect: Duration::from_secs(1),
    // More than `connect`, so that a connection that is never made ends by that limit.
    request: Duration::from_secs(2),
    idle_connection: Duration::from_millis(500),
    ready_connection: Duration::from_millis(1500),
    file_lock: Duration::from_secs(1),
    // Enough for a shell to start what it runs on a busy machine.
    user_command: Duration::from_secs(2),
    askpass: Duration::from_secs(2),
    device_lock: Duration::from_secs(1),
    device_lock_with_code: Duration::from_secs(1),
    unattended_lock: Duration::from_secs(1),
};
