//! Times and durations in the formats of users and files.

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

/// Formats Unix seconds as RFC 3339 in UTC; as a number if the year has more than four digits.
#[must_use]
pub fn rfc3339(unix_seconds: i64) -> String {
    DateTime::from_secs(unix_seconds)
        .fmt(Format::DateTime)
        .unwrap_or_else(|_| unix_seconds.to_string())
}

/// Parses RFC 3339 into Unix seconds; `None` if the text has another format.
#[must_use]
pub fn parse_rfc3339(text: &str) -> Option<i64> {
    let time = DateTime::from_str(text, Format::DateTimeWithOffset).ok()?;
    Some(time.secs())
}

/// Formats seconds for a message: `11 h 42 min`, `9 min`, `40 s`. Below zero is `0 s`.
#[must_use]
pub fn format_duration(seconds: i64) -> String {
    match seconds {
        ..60 => format!("{} s", seconds.max(0)),
        60..3600 => format!("{} min", seconds / 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_at_most_two_units_and_times_are_rfc_3339() {
        for (seconds, text) in [
            (-5, "0 s"),
            (59, "59 s"),
            (60, "1 min"),
            (3599, "59 min"),
            (3600, "1 h 0 min"),
            (129_599, "35 h 59 min"),
        ] {
            assert_eq!(format_duration(seconds), text);
        }
        assert_eq!(rfc3339(1_767_323_045), "2026-01-02T03:04:05Z");
        assert_eq!(parse_rfc3339("2026-01-02T03:04:05Z"), Some(1_767_323_045));
        assert_eq!(
            parse_rfc3339("2026-01-02T05:04:05+02:00"),
            Some(1_767_323_045)
        );
        assert_eq!(parse_rfc3339("soon"), None);
    }
}
