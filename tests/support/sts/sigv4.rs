//! Signature Version 4, the verifying half, written from AWS's description of it and not with the
//! library that signs:
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

use super::Refused;
use super::http::Request;

/// The key that signed a request, and the scope of the signature.
#[derive(Debug)]
pub(crate) struct Caller {
    pub(crate) access_key_id: String,
    pub(crate) region: String,
    pub(crate) service: String,
}

/// The signature of a request, as its headers describe it.
struct Authorization<'a> {
    /// Key id, date, region and service.
    scope: [&'a str; 4],
    signed_headers: &'a str,
    signature: &'a str,
    time: &'a str,
    signed_at: i64,
}

impl<'a> Authorization<'a> {
    fn from_request(request: &'a Request) -> Result<Self, Refused> {
        let missing = || {
            Refused::new(
                403,
                "MissingAuthenticationToken",
                "Request is missing Authentication Token",
            )
        };
        let incomplete = |what: &str| {
            Refused::new(
                400,
                "IncompleteSignature",
                format!("Authorization header requires {what}"),
            )
        };
        let authorization = request.header("authorization").ok_or_else(missing)?;
        let fields = authorization
            .strip_prefix("AWS4-HMAC-SHA256 ")
            .ok_or_else(|| incomplete("AWS4-HMAC-SHA256"))?;
        let field = |name: &str| {
            let found = fields
                .split(',')
                .map(str::trim)
                .find_map(|field| field.strip_prefix(name)?.strip_prefix('='));
            found.ok_or_else(|| incomplete(name))
        };
        let (credential, signed_headers, signature) = (
            field("Credential")?,
            field("SignedHeaders")?,
            field("Signature")?,
        );
        let scope: Vec<&str> = credential.split('/').collect();
        let [access_key_id, date, region, service, "aws4_request"] = scope[..] else {
            return Err(incomplete("Credential"));
        };
        let time = request
            .header("x-amz-date")
            .ok_or_else(|| incomplete("x-amz-date"))?;
        let signed_at = parse_time(time).ok_or_else(|| incomplete("x-amz-date"))?;
        if !time.starts_with(date) {
            return Err(Refused::new(
                403,
                "SignatureDoesNotMatch",
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP",
            ));
        }
        Ok(Self {
            scope: [access_key_id, date, region, service],
            signed_headers,
            signature,
            time,
            signed_at,
        })
    }
}

/// Checks the signature of a request; `secret` knows the keys.
pub(crate) fn verify(
    request: &Request,
    now: i64,
    secret: impl Fn(&str) -> Option<String>,
) -> Result<Caller, Refused> {
    let Authorization {
        scope: [access_key_id, date, region, service],
        signed_headers,
        signature,
        time,
        signed_at,
    } = Authorization::from_request(request)?;
    if (now - signed_at).abs() > 300 {
        let (what, than) = if signed_at < now {
            ("expired", "earlier")
        } else {
            ("not yet current", "later")
        };
        let message = format!(
            "Signature {what}: {time} is now {than} than {}",
            format_time(now)
        );
        return Err(Refused::new(403, "SignatureDoesNotMatch", message));
    }
    let names: Vec<&str> = signed_headers.split(';').collect();
    for needed in ["host", "x-amz-date"] {
        if !names.contains(&needed) {
            return Err(Refused::new(
                403,
                "SignatureDoesNotMatch",
                format!("'{needed}' must be a signed header"),
            ));
        }
    }
    if request.header("x-amz-security-token").is_some() && !names.contains(&"x-amz-security-token")
    {
        return Err(Refused::new(
            403,
            "SignatureDoesNotMatch",
            "'X-Amz-Security-Token' must be a signed header",
        ));
    }
    let secret = secret(access_key_id).ok_or_else(|| {
        Refused::new(
            403,
            "InvalidClientTokenId",
            "The security token included in the request is invalid.",
        )
    })?;

    let canonical = canonical_request(request, &names);
    let to_sign = format!(
        "AWS4-HMAC-SHA256\n{time}\n{date}/{region}/{service}/aws4_request\n{}",
        hex(&Sha256::digest(canonical.as_bytes()))
    );
    let mut key = format!("AWS4{secret}").into_bytes();
    for part in [date, region, service, "aws4_request", &to_sign] {
        key = hmac(&key, part.as_bytes());
    }
    if hex(&key) != signature {
        return Err(Refused::new(
            403,
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
        ));
    }
    Ok(Caller {
        access_key_id: access_key_id.to_owned(),
        region: region.to_owned(),
        service: service.to_owned(),
    })
}

fn canonical_request(request: &Request, names: &[&str]) -> String {
    let mut headers = String::new();
    for name in names {
        let value = request.header(name).unwrap_or_default();
        let value = value.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
        headers += &format!("{name}:{value}\n");
    }
    let mut query: Vec<&str> = request
        .query
        .split('&')
        .filter(|part| !part.is_empty())
        .collect();
    query.sort_unstable();
    format!(
        "{}\n{}\n{}\n{headers}\n{}\n{}",
        request.method,
        request.path,
        query.join("&"),
        names.join(";"),
        hex(&Sha256::digest(&request.body))
    )
}

fn hmac(key: &[u8], data: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("any length is a key");
    mac.update(data);
    mac.finalize().into_bytes().to_vec()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `20260102T030405Z` as Unix seconds.
fn parse_time(text: &str) -> Option<i64> {
    let digit = |range: std::ops::Range<usize>| text.get(range)?.parse::<i64>().ok();
    if text.len() != 16 || text.as_bytes()[8] != b'T' || !text.ends_with('Z') {
        return None;
    }
    let (year, month, day) = (digit(0..4)?, digit(4..6)?, digit(6..8)?);
    let seconds = digit(9..11)? * 3600 + digit(11..13)? * 60 + digit(13..15)?;
    Some(days_from_civil(year, month, day) * 86_400 + seconds)
}

fn format_time(unix_seconds: i64) -> String {
    let text = aws_mfa::time::rfc3339(unix_seconds);
    text.replace(['-', ':'], "")
}

/// Days since 1970-01-01 in the Gregorian calendar.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let leaps = |year: i64| year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    let is_leap = leaps(year) != leaps(year - 1);
    let before: [i64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    let month = usize::try_from(month - 1).expect("a month");
    let leap_day = i64::from(is_leap && month > 1);
    (year - 1970) * 365 + leaps(year - 1) - leaps(1969) + before[month] + leap_day + day - 1
}

#[test]
fn times_are_read_as_they_are_written() {
    for seconds in [0, 951_782_399, 951_782_400, 1_767_323_045, 4_102_444_800] {
        assert_eq!(
            parse_time(&format_time(seconds)),
            Some(seconds),
            "{}",
            format_time(seconds)
        );
    }
}
