//! What a server's headers say about its limits. Several spellings are read, none is relied on: live recordings show
//! products that send neither, and values that hardly move.

use std::time::{Duration, UNIX_EPOCH};

use reqwest::header::HeaderMap;

use crate::domain::Moment;

/// What was heard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Signals {
    /// How long not to ask, from now.
    pub(super) retry_after: Option<Duration>,
    /// Requests left.
    pub(super) remaining: Option<u64>,
    /// When there are more, from now.
    pub(super) reset: Option<Duration>,
}

impl Signals {
    /// Reads the headers of an answer that came at `now`.
    pub(super) fn hear(headers: &HeaderMap, now: Moment) -> Self {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let mut heard = Self {
            retry_after: text("retry-after").and_then(|text| delay(text, now)),
            remaining: text("x-ratelimit-remaining").and_then(|text| text.trim().parse().ok()),
            reset: text("x-ratelimit-reset").and_then(|text| delay(text, now)),
        };
        if let Some(listed) = text("ratelimit") {
            heard.hear_listed(listed);
        }
        heard
    }

    /// `"default";r=1199;t=1, "other";r=3;t=60`: the policy with the fewest left counts.
    fn hear_listed(&mut self, listed: &str) {
        for policy in listed.split(',') {
            let parameter = |name: &str| {
                policy
                    .split(';')
                    .filter_map(|part| part.split_once('='))
                    .find(|(key, _)| key.trim().eq_ignore_ascii_case(name))
                    .and_then(|(_, value)| value.trim().parse::<u64>().ok())
            };
            if let Some(remaining) = parameter("r")
                && self.remaining.is_none_or(|known| remaining < known)
            {
                self.remaining = Some(remaining);
                self.reset = parameter("t").map(Duration::from_secs).or(self.reset);
            }
        }
    }
}

/// Seconds from now, an HTTP date, or seconds since 1970 (nobody asks for 30 years of patience). A negative number or
/// any other text is nothing; a number too large for a `u64` is "very long".
fn delay(text: &str, now: Moment) -> Option<Duration> {
    const EPOCH_LIKE: u64 = 1_000_000_000;
    let text = text.trim();
    let since = |seconds: u64| Duration::from_secs(seconds).saturating_sub(Duration::from_millis(now.0));
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let seconds = text.parse::<u64>().unwrap_or(u64::MAX);
        let is_time = (EPOCH_LIKE..EPOCH_LIKE * 10).contains(&seconds);
        return Some(if is_time { since(seconds) } else { Duration::from_secs(seconds) });
    }
    if let Ok(seconds) = text.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let date = httpdate::parse_http_date(text).ok()?;
    date.duration_since(UNIX_EPOCH).ok().map(|since_epoch| since(since_epoch.as_secs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sun, 06 Nov 1994 08:49:37 GMT.
    const NOW: Moment = Moment(784_111_777_000);

    #[test]
    fn every_spelling_of_retry_after_is_read() {
        for (text, expected) in [
            ("0", Some(0)),
            (" 7 ", Some(7)),
            ("2.0", Some(2)),
            ("-5", None),
            ("", None),
            ("soon", None),
            ("NaN", None),
            ("999999999999", Some(999_999_999_999)),
            ("99999999999999999999999", Some(u64::MAX)),
            ("Sun, 06 Nov 1994 08:50:07 GMT", Some(30)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", Some(0)),
        ] {
            assert_eq!(delay(text, NOW), expected.map(Duration::from_secs), "{text:?}");
        }
        assert_eq!(delay("1700000030", Moment(1_700_000_000_000)), Some(Duration::from_secs(30)));
    }

    #[test]
    fn both_spellings_of_the_limit_are_read_and_the_smaller_counts() {
        let mut headers = HeaderMap::new();
        headers.insert("x-ratelimit-remaining", "40".parse().unwrap());
        headers.insert("x-ratelimit-reset", "Sun, 06 Nov 1994 08:50:07 GMT".parse().unwrap());
        let heard = Signals::hear(&headers, NOW);
        assert_eq!(heard.remaining, Some(40));
        assert_eq!(heard.reset, Some(Duration::from_secs(30)));
        headers.insert("ratelimit", r#""default";r=1199;t=1, "burst";r=3;t=9"#.parse().unwrap());
        let heard = Signals::hear(&headers, NOW);
        assert_eq!(heard.remaining, Some(3));
        assert_eq!(heard.reset, Some(Duration::from_secs(9)));
    }
}
