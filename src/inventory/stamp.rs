//! Times of providers as numbers, where the number gives their text back byte for byte.
//!
//! Eight bytes and a code instead of twenty to thirty bytes of text; and a number compares at once.

/// How a time is written: a code that [`Stamp::text`] writes it back by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Way(u8);

/// Digits behind the second that a number of microseconds keeps.
const MOST_DIGITS: u8 = 6;
/// What stands behind the time of day.
const ZONES: [&str; 4] = ["Z", "+00:00", "", "z"];
/// What stands between the day and the time of day.
const BETWEEN: [u8; 3] = [b'T', b' ', b't'];
const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;

impl Way {
    /// There is no time.
    pub(super) const NONE: Self = Self(0);
    /// It is kept as text: no number gives it back.
    pub(super) const TEXT: Self = Self(1);

    fn of(digits: u8, zone: usize, between: usize) -> Option<Self> {
        let code = 2 + usize::from(digits) + (usize::from(MOST_DIGITS) + 1) * (zone + ZONES.len() * between);
        u8::try_from(code).ok().map(Self)
    }

    /// Digits behind the second, zone and separator.
    fn parts(self) -> Option<(u8, &'static str, u8)> {
        let code = self.0.checked_sub(2)?;
        let (digits, rest) = (code % (MOST_DIGITS + 1), usize::from(code / (MOST_DIGITS + 1)));
        Some((digits, ZONES[rest % ZONES.len()], *BETWEEN.get(rest / ZONES.len())?))
    }

    /// The code, for a column.
    pub(super) fn code(self) -> u8 {
        self.0
    }

    /// The way of a code that [`Way::code`] gave.
    pub(super) fn coded(code: u8) -> Self {
        Self(code)
    }
}

/// A time in UTC as microseconds since 1970, and how it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    pub(super) micros: i64,
    pub(super) way: Way,
}

impl Stamp {
    /// Reads a time in UTC; `None` for any text that the number would not give back byte for byte.
    pub(super) fn read(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if bytes.len() < 19 || bytes[4] != b'-' || bytes[7] != b'-' || bytes[13] != b':' || bytes[16] != b':' {
            return None;
        }
        let (year, month, day) = (number(&bytes[0..4])?, number(&bytes[5..7])?, number(&bytes[8..10])?);
        let (hour, minute, second) = (number(&bytes[11..13])?, number(&bytes[14..16])?, number(&bytes[17..19])?);
        let digits = match bytes.get(19) {
            Some(b'.') => bytes[20..].iter().take_while(|byte| byte.is_ascii_digit()).count(),
            Some(_) | None => 0,
        };
        let written = u8::try_from(digits).ok().filter(|digits| *digits <= MOST_DIGITS)?;
        let end = if digits == 0 { 19 } else { 20 + digits };
        let zone = ZONES.iter().position(|zone| zone.as_bytes() == &bytes[end..])?;
        let between = BETWEEN.iter().position(|sign| *sign == bytes[10])?;
        let fraction =
            if digits == 0 { 0 } else { number(&bytes[20..end])? * 10i64.pow(u32::from(MOST_DIGITS - written)) };
        // A 30th of February or a leap second is another number's text.
        if day < 1 || day > last_day(year, month)? || hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let micros = days(year, month, day) * DAY + ((hour * 60 + minute) * 60 + second) * SECOND + fraction;
        Some(Self { micros, way: Way::of(written, zone, between)? })
    }

    /// The text that it was read from; `None` if it is none of a number.
    pub(super) fn text(self) -> Option<String> {
        let (digits, zone, between) = self.way.parts()?;
        let (day, within) = (self.micros.div_euclid(DAY), self.micros.rem_euclid(DAY));
        let (year, month, day) = date(day);
        let (second, fraction) = (within / SECOND, within % SECOND);
        let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
        let mut text = String::with_capacity(32);
        put(&mut text, year, 4);
        for (before, number) in [(b'-', month), (b'-', day), (between, hour), (b':', minute), (b':', second)] {
            text.push(char::from(before));
            put(&mut text, number, 2);
        }
        if digits > 0 {
            text.push('.');
            put(&mut text, fraction / 10i64.pow(u32::from(MOST_DIGITS - digits)), u32::from(digits));
        }
        text.push_str(zone);
        Some(text)
    }
}

/// Writes a number that is not negative in so many digits: a list writes one for each of its rows.
fn put(text: &mut String, number: i64, digits: u32) {
    for place in (0..digits).rev() {
        let digit = u8::try_from(number / 10i64.pow(place) % 10).unwrap_or_default();
        text.push(char::from(b'0' + digit));
    }
}

/// Digits alone, as a number.
fn number(digits: &[u8]) -> Option<i64> {
    let mut sum = 0;
    for digit in digits {
        if !digit.is_ascii_digit() {
            return None;
        }
        sum = sum * 10 + i64::from(digit - b'0');
    }
    Some(sum)
}

/// The last day of a month; `None` if there is no such month.
fn last_day(year: i64, month: i64) -> Option<i64> {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        4 | 6 | 9 | 11 => Some(30),
        2 => Some(if is_leap { 29 } else { 28 }),
        1..=12 => Some(31),
        _ => None,
    }
}

/// Days since 1970-01-01 of a day of the Gregorian calendar (Howard Hinnant's `days_from_civil`).
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Year, month and day (Howard Hinnant's `civil_from_days`).
fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn times_as_providers_write_them_are_numbers_and_anything_else_is_text() {
        for (text, micros) in [
            ("1970-01-01T00:00:00Z", 0),
            ("1969-12-31T23:59:59.5Z", -500_000),
            ("2024-02-29T23:59:59.123456Z", 1_709_251_199_123_456),
            ("2013-05-04 03:02:01", 1_367_636_521_000_000),
            ("2012-11-10T09:08:07.120+00:00", 1_352_538_487_120_000),
        ] {
            let stamp = Stamp::read(text).unwrap();
            assert_eq!((stamp.micros, stamp.text().as_deref()), (micros, Some(text)));
        }
        for text in [
            "",
            "2024-02-30T00:00:00Z",
            "2024-01-01T24:00:00Z",
            "2024-01-01T00:00:60Z",
            "2024-01-01T00:00:00.Z",
            "2024-01-01T00:00:00.1234567Z",
            "2024-01-01T00:00:00+02:00",
            "2024-01-01",
            "１９７０-01-01T00:00:00Z",
            "soon",
        ] {
            assert_eq!(Stamp::read(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_read_is_given_back_byte_for_byte(
            text in prop_oneof![
                "[0-9]{4}-[01][0-9]-[0-3][0-9][Tt ][0-2][0-9]:[0-5][0-9]:[0-6][0-9](\\.[0-9]{0,9})?(Z|z|\\+00:00|\\+01:00|)",
                any::<String>(),
            ]
        ) {
            if let Some(stamp) = Stamp::read(&text) {
                prop_assert_eq!(stamp.text(), Some(text));
            }
        }

        #[test]
        fn every_second_of_our_time_is_a_number(second in 0i64..7_258_118_400, digits in 0usize..=6) {
            let stamp = Stamp { micros: second * SECOND, way: Way::of(u8::try_from(digits).unwrap(), 0, 0).unwrap() };
            let text = stamp.text().unwrap();
            prop_assert_eq!(Stamp::read(&text), Some(stamp));
        }
    }
}
