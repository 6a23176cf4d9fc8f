//! Times in the user's time zone, for people. What programs read is in UTC: [`rfc3339`].

use crate::context::Context;
use crate::time::rfc3339;

/// Formats Unix seconds in the time zone of `TZ`, else of the system, with its abbreviation: `2026-01-02 16:04 CET`. In
/// UTC if that zone is not known, as the C library does; as [`rfc3339`] if the year has more than four digits.
#[must_use]
pub fn local_time(context: &Context, unix_seconds: i64) -> String {
    if let Some(text) = zone::format(context, unix_seconds) {
        return text;
    }
    let utc = rfc3339(unix_seconds);
    match utc.split_once('T') {
        Some((date, time)) if time.len() == "15:04:05Z".len() => {
            format!("{date} {} UTC", &time[.."15:04".len()])
        }
        _ => utc,
    }
}

#[cfg(not(windows))]
mod zone {
    use std::path::Path;

    use tz::{DateTime, TimeZone, TimeZoneSettings};

    use crate::context::Context;
    use crate::files::input;

    /// Formats Unix seconds in the time zone of tzset(3); `None` if there is none that can be read.
    pub(super) fn format(context: &Context, unix_seconds: i64) -> Option<String> {
        let zone = zone(context)?;
        let time = DateTime::from_timespec(unix_seconds, 0, zone.as_ref()).ok()?;
        if !(0..=9999).contains(&time.year()) {
            return None;
        }
        let zone = time.local_time_type().time_zone_designation();
        Some(format!(
            "{:04}-{:02}-{:02} {:02}:{:02} {zone}",
            time.year(),
            time.month(),
            time.month_day(),
            time.hour(),
            time.minute()
        ))
    }

    fn zone(context: &Context) -> Option<TimeZone> {
        // Not the crate's own function: `TZ` may name a pipe, or a file without end.
        let read = |path: &str| Ok(input::read(Path::new(path))?);
        let directory = context.env.text("TZDIR").filter(|text| !text.is_empty());
        let directories: Vec<&str> = directory
            .into_iter()
            .chain(TimeZoneSettings::DEFAULT_DIRECTORIES.iter().copied())
            .collect();
        let settings = TimeZoneSettings::new(&directories, read);
        match context.env.raw("TZ") {
            None => settings.parse_local().ok(),
            // An empty one means UTC, and so does one that is no UTF-8 and hence no zone.
            Some(zone) => settings
                .parse_posix_tz(zone.to_str().filter(|zone| !zone.is_empty())?)
                .ok(),
        }
    }
}

#[cfg(windows)]
mod zone {
    use jiff::Timestamp;
    use jiff::tz::TimeZone;

    use crate::context::Context;

    /// Formats Unix seconds in the time zone of `TZ`, else of Windows; `None` if that is not known.
    pub(super) fn format(_context: &Context, unix_seconds: i64) -> Option<String> {
        let zone = TimeZone::try_system().ok()?;
        let at = Timestamp::from_second(unix_seconds).ok()?;
        let info = zone.to_offset_info(at);
        let time = info.offset().to_datetime(at);
        (time.year() >= 0).then(|| {
            format!(
                "{:04}-{:02}-{:02} {:02}:{:02} {}",
                time.year(),
                time.month(),
                time.day(),
                time.hour(),
                time.minute(),
                info.abbreviation()
            )
        })
    }
}

#[cfg(all(test, not(windows)))]
mod tests {
    use super::*;
    use crate::context::testing::context;

    #[test]
    fn a_time_is_in_the_zone_of_tz_with_its_abbreviation() {
        // Files of the system's database, and rules without a file (POSIX.1-2017, 8.3).
        for (zone, text) in [
            ("CET-1CEST,M3.5.0,M10.5.0/3", "2026-01-02 04:04 CET"),
            ("EST5EDT,M3.2.0,M11.1.0", "2026-01-01 22:04 EST"),
            ("<+0545>-5:45", "2026-01-02 08:49 +0545"),
            ("UTC0", "2026-01-02 03:04 UTC"),
            // Neither a file nor a rule.
            ("", "2026-01-02 03:04 UTC"),
            ("Mars/Phobos", "2026-01-02 03:04 UTC"),
            (":/etc/passwd", "2026-01-02 03:04 UTC"),
            (":/dev/zero", "2026-01-02 03:04 UTC"),
            ("/nowhere", "2026-01-02 03:04 UTC"),
        ] {
            let context = context(&[("TZ", zone)]);
            assert_eq!(local_time(&context, 1_767_323_045), text, "{zone}");
        }
        if std::path::Path::new("/usr/share/zoneinfo/Europe/Berlin").exists() {
            for zone in ["Europe/Berlin", ":Europe/Berlin"] {
                let context = context(&[("TZ", zone)]);
                let winter = local_time(&context, 1_767_323_045);
                assert_eq!(winter, "2026-01-02 04:04 CET", "{zone}");
                let summer = local_time(&context, 1_783_000_000);
                assert_eq!(summer, "2026-07-02 15:46 CEST", "{zone}");
            }
        }
        let far = local_time(&context(&[("TZ", "UTC0")]), i64::MAX);
        assert_eq!(far, i64::MAX.to_string());
    }
}
