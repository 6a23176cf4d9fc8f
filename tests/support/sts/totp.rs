//! Time-based one-time codes: RFC 6238 with SHA-1, 30 seconds and six digits, as AWS has them.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;

/// The number of half minutes since 1970.
pub(crate) fn step(unix_seconds: i64) -> u64 {
    u64::try_from(unix_seconds).expect("it is after 1970") / 30
}

/// The code of one half minute.
pub(crate) fn code(secret: &[u8], step: u64) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(secret).expect("any length is a key");
    mac.update(&step.to_be_bytes());
    let hash = mac.finalize().into_bytes();
    let at = usize::from(hash[19] & 0xf);
    let number = u32::from_be_bytes([hash[at] & 0x7f, hash[at + 1], hash[at + 2], hash[at + 3]]);
    format!("{:06}", number % 1_000_000)
}

#[test]
fn codes_are_those_of_the_rfc() {
    // RFC 6238, appendix B; the last six of its eight digits.
    let secret = b"12345678901234567890";
    for (time, expected) in [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (20_000_000_000, "353130"),
    ] {
        assert_eq!(code(secret, step(time)), expected);
    }
}
