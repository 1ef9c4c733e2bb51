//! A point in time as plain data, and the words for how long ago it was.

use serde::{Deserialize, Serialize};

/// Milliseconds since 1970-01-01T00:00:00Z. Handed in by the runtime with each event: no other room reads a clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Moment(pub u64);

impl Moment {
    /// Milliseconds since `earlier`; 0 if the clock went back.
    #[must_use]
    pub fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// This moment, `millis` later.
    #[must_use]
    pub fn plus(self, millis: u64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// As RFC 3339 with milliseconds, in UTC: `2026-01-31T09:05:00.000Z`.
    #[must_use]
    pub fn rfc3339(self) -> String {
        self.written("%Y-%m-%dT%H:%M:%S%.3fZ")
    }

    /// To the minute, for people, in UTC: `2026-01-31 09:05`.
    #[must_use]
    pub fn minute(self) -> String {
        self.written("%Y-%m-%d %H:%M")
    }

    fn written(self, format: &str) -> String {
        let millis = i64::try_from(self.0).unwrap_or(i64::MAX);
        jiff::Timestamp::from_millisecond(millis).unwrap_or(jiff::Timestamp::MAX).strftime(format).to_string()
    }
}

/// How long ago in words that change at most once a minute, so that an idle screen stays still: `just now`, `5 min ago`,
/// `3 h ago`, `2 d ago`.
#[must_use]
pub fn age_words(millis: u64) -> String {
    let minutes = millis / 60_000;
    match minutes {
        0 => "just now".into(),
        1..=59 => format!("{minutes} min ago"),
        60..=1439 => format!("{} h ago", minutes / 60),
        _ => format!("{} d ago", minutes / 1440),
    }
}
