//! Dates and lengths of time as people write them, as stretches of time.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::domain::Moment;

/// A stretch of microseconds: of times since 1970, or of ages. From the first on, the second not any more;
/// `i64::MIN` and `i64::MAX` are open ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// The first in it.
    pub from: i64,
    /// The first no longer in it.
    pub to: i64,
}

/// How a value is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compare {
    /// `:value`.
    Like,
    /// `:=value`.
    Is,
    /// `:<value`.
    Below,
    /// `:<=value`.
    AtMost,
    /// `:>value`.
    Above,
    /// `:>=value`.
    AtLeast,
}

impl Compare {
    /// Cuts the sign off the beginning of a value.
    pub(super) fn cut(value: &str) -> (Self, &str) {
        let signs =
            [("<=", Self::AtMost), (">=", Self::AtLeast), ("<", Self::Below), (">", Self::Above), ("=", Self::Is)];
        let found = signs.into_iter().find_map(|(sign, compare)| Some((compare, value.strip_prefix(sign)?)));
        found.unwrap_or((Self::Like, value))
    }

    /// Whether it asks for an order.
    pub(super) fn is_order(self) -> bool {
        !matches!(self, Self::Like | Self::Is)
    }
}

impl Stretch {
    /// Whether a time, or an age, is in it.
    #[must_use]
    pub fn holds(self, at: i64) -> bool {
        self.from <= at && at < self.to
    }

    /// Whether all of it is in another one.
    pub(super) fn is_within(self, other: Self) -> bool {
        other.from <= self.from && self.to <= other.to
    }

    /// What a sign makes of a value that is a stretch itself: a year, a day.
    pub(super) fn compared(self, compare: Compare) -> Self {
        match compare {
            Compare::Like | Compare::Is => self,
            Compare::Below => Self { from: i64::MIN, to: self.from },
            Compare::AtMost => Self { from: i64::MIN, to: self.to },
            Compare::Above => Self { from: self.to, to: i64::MAX },
            Compare::AtLeast => Self { from: self.from, to: i64::MAX },
        }
    }

    /// The times whose age, `now`, is in this one.
    #[must_use]
    pub fn before(self, now: i64) -> Self {
        let at = |age: i64, open: i64| if age == open { None } else { Some(now.saturating_sub(age).saturating_add(1)) };
        Self { from: at(self.to, i64::MAX).unwrap_or(i64::MIN), to: at(self.from, i64::MIN).unwrap_or(i64::MAX) }
    }
}

/// The time that a provider wrote, in microseconds since 1970: RFC 3339, or without a zone, which then is UTC. `None` if
/// it is written otherwise.
#[must_use]
pub fn micros(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at.as_microsecond());
    }
    let at = text.parse::<DateTime>().ok().or_else(|| Some(text.parse::<Date>().ok()?.at(0, 0, 0, 0)))?;
    utc(at)
}

fn utc(at: DateTime) -> Option<i64> {
    Some(TimeZone::UTC.to_timestamp(at).ok()?.as_microsecond())
}

/// A year, month, day, hour, minute, second or a whole time as the stretch that it is. UTC unless it says otherwise.
pub(super) fn date(text: &str) -> Option<Stretch> {
    let digits = |part: &str, count: usize| {
        (part.len() == count && part.bytes().all(|byte| byte.is_ascii_digit())).then(|| part.parse::<i16>().ok())?
    };
    let (day, time) = match text.split_once(['T', 't', ' ']) {
        Some((day, time)) => (day, Some(time)),
        None => (text, None),
    };
    let mut parts = day.split('-');
    let year = digits(parts.next()?, 4)?;
    let month = parts.next().map(|part| digits(part, 2));
    let date = parts.next().map(|part| digits(part, 2));
    if parts.next().is_some() || time.is_some() && date.is_none() {
        return None;
    }
    let small = |part: Option<Option<i16>>| part.map_or(Some(1), |part| i8::try_from(part?).ok());
    let start = Date::new(year, small(month)?, small(date)?).ok()?.at(0, 0, 0, 0);
    let end = match (month, date, time) {
        (None, ..) => start.checked_add(1.year()),
        (Some(_), None, _) => start.checked_add(1.month()),
        (Some(_), Some(_), None) => start.checked_add(1.day()),
        (Some(_), Some(_), Some(time)) => return clock(start, time),
    };
    Some(Stretch { from: utc(start)?, to: end.ok().and_then(utc).unwrap_or(i64::MAX) })
}

/// `10`, `10:30`, `10:30:05`, with or without `Z` or `+02:00`.
fn clock(day: DateTime, time: &str) -> Option<Stretch> {
    const SECOND: i64 = 1_000_000;
    let zone = time.find(['Z', 'z', '+', '-']).unwrap_or(time.len());
    let (time, zone) = time.split_at(zone);
    let length = match time.len() {
        2 => 3600 * SECOND,
        5 => 60 * SECOND,
        8 => SECOND,
        9.. => 1,
        _ => return None,
    };
    let rest = ["", "", ":00:00", "", "", ":00", ""].get(time.len()).copied().unwrap_or("");
    let zone = if zone.is_empty() { "Z" } else { zone };
    let text = format!("{}T{time}{rest}{zone}", day.date());
    let from = text.parse::<Timestamp>().ok()?.as_microsecond();
    Some(Stretch { from, to: from.saturating_add(length) })
}

/// Units of age in seconds; a month is 30 days and a year 365, as people count ages.
const UNITS: &[(&str, i64)] = &[
    ("s", 1),
    ("sec", 1),
    ("m", 60),
    ("min", 60),
    ("h", 3600),
    ("d", 86_400),
    ("w", 604_800),
    ("mo", 2_592_000),
    ("y", 31_536_000),
];

/// `90s`, `5m`, `3h`, `7d`, `2w`, `6mo`, `1y`, and several in a row (`1d12h`): as long as it says and less than one of the
/// last unit more.
pub(super) fn age(text: &str) -> Option<Stretch> {
    let mut rest = text;
    let mut sum: i64 = 0;
    let mut last = None;
    while !rest.is_empty() {
        let digits = rest.find(|char: char| !char.is_ascii_digit())?;
        let count: i64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let end = rest.find(|char: char| char.is_ascii_digit()).unwrap_or(rest.len());
        let (_, seconds) = UNITS.iter().find(|(unit, _)| unit.eq_ignore_ascii_case(&rest[..end]))?;
        rest = &rest[end..];
        let unit = seconds * 1_000_000;
        sum = sum.saturating_add(count.saturating_mul(unit));
        last = Some(unit);
    }
    Some(Stretch { from: sum, to: sum.saturating_add(last?) })
}

/// The time that `7d`, `12h`, `2026-01-31` or an RFC 3339 text means, looked at now; a date is its beginning, in UTC.
#[must_use]
pub fn since(text: &str, now: Moment) -> Option<Moment> {
    let text = text.trim();
    let millis = |micros: i64| u64::try_from(micros / 1000).unwrap_or(0);
    if let Some(age) = age(text) {
        return Some(Moment(now.0.saturating_sub(millis(age.from))));
    }
    let from = date(text).map(|stretch| stretch.from).or_else(|| micros(text))?;
    Some(Moment(millis(from)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> i64 {
        micros(text).unwrap()
    }

    #[test]
    fn a_date_is_as_long_as_its_last_part() {
        for (text, from, to) in [
            ("2024", "2024-01-01T00:00:00Z", "2025-01-01T00:00:00Z"),
            ("2024-02", "2024-02-01T00:00:00Z", "2024-03-01T00:00:00Z"),
            ("2024-02-29", "2024-02-29T00:00:00Z", "2024-03-01T00:00:00Z"),
            ("2024-02-29T10", "2024-02-29T10:00:00Z", "2024-02-29T11:00:00Z"),
            ("2024-02-29T10:30", "2024-02-29T10:30:00Z", "2024-02-29T10:31:00Z"),
            ("2024-02-29T10:30:05Z", "2024-02-29T10:30:05Z", "2024-02-29T10:30:06Z"),
            ("2024-02-29T10:30+02:00", "2024-02-29T08:30:00Z", "2024-02-29T08:31:00Z"),
        ] {
            assert_eq!(date(text), Some(Stretch { from: at(from), to: at(to) }), "{text}");
        }
        for text in ["", "2", "202", "20245", "2024-", "2024-1", "2024-13", "2023-02-29", "2024-02T10", "2024-02-29T1"]
        {
            assert_eq!(date(text), None, "{text}");
        }
        assert_eq!(date("9999").map(|year| year.from > 0 && year.to > year.from), Some(true));
    }

    #[test]
    fn times_without_a_zone_are_utc() {
        assert_eq!(micros("2024-01-01"), micros("2024-01-01T00:00:00Z"));
        assert_eq!(micros("2024-01-01T02:00:00"), micros("2024-01-01T04:00:00+02:00"));
        assert_eq!(micros("soon"), None);
    }

    #[test]
    fn since_takes_ages_dates_and_whole_times() {
        let now = Moment(1_790_000_000_000);
        let day = 24 * 60 * 60 * 1000;
        assert_eq!(since("7d", now), Some(Moment(now.0 - 7 * day)));
        assert_eq!(since(" 1970-01-02", now), Some(Moment(day)));
        assert_eq!(since("1970-01-02T02:00:00.500+02:00", now), Some(Moment(day + 500)));
        assert_eq!(since("99999y", now), Some(Moment(0)));
        assert_eq!((since("", now), since("soon", now), since("7", now)), (None, None, None));
    }

    #[test]
    fn ages_are_numbers_with_units() {
        let second = 1_000_000;
        let hour = 3600 * second;
        assert_eq!(age("1h"), Some(Stretch { from: hour, to: 2 * hour }));
        assert_eq!(age("1d12h"), Some(Stretch { from: 36 * hour, to: 37 * hour }));
        assert_eq!(age("6MO").map(|age| age.from), Some(180 * 24 * hour));
        for text in ["", "h", "1", "1x", "1h2", "-1h", "1 h"] {
            assert_eq!(age(text), None, "{text}");
        }
        assert!(age("99999999999999y").is_some());
        let old = age("1h").unwrap().compared(Compare::AtLeast).before(10 * hour);
        assert!(old.holds(9 * hour) && !old.holds(9 * hour + 1) && old.holds(0));
        let young = age("1h").unwrap().compared(Compare::Below).before(10 * hour);
        assert!(!young.holds(9 * hour) && young.holds(9 * hour + 1) && young.holds(11 * hour));
    }
}
