//! One-time passwords: single use, short-lived, kept in memory alone. They are as good as a password, so nothing here
//! prints one but the answer to the call that asked for it.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::sim::chance::hide;

/// The tag of the codes.
const TAG: u64 = 0x07b6;
/// Cloud 66 documentation: the sample has 48 lower-case letters and digits.
const LENGTH: usize = 48;
const LETTERS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// The codes that are out.
pub(super) struct Codes {
    seed: u64,
    /// When each code was given out.
    out: HashMap<String, Instant>,
    given: u64,
}

/// What a code was good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It signs its user in, this once.
    Good,
    /// It is unknown, was used, or is too old.
    Bad,
}

impl Codes {
    pub(super) fn new(seed: u64) -> Self {
        Self { seed, out: HashMap::new(), given: 0 }
    }

    /// A new code; those past their time are forgotten.
    pub(super) fn give(&mut self, now: Instant, lifetime: Duration) -> String {
        self.out.retain(|_, given| now.duration_since(*given) < lifetime);
        let code = self.code(self.given);
        self.given += 1;
        self.out.insert(code.clone(), now);
        code
    }

    /// Uses a code up.
    pub(super) fn spend(&mut self, code: &str, now: Instant, lifetime: Duration) -> Verdict {
        match self.out.remove(code) {
            Some(given) if now.duration_since(given) < lifetime => Verdict::Good,
            Some(_) | None => Verdict::Bad,
        }
    }

    fn code(&self, number: u64) -> String {
        let half = |part: u64| {
            let mut rest = hide(self.seed, TAG, number * 2 + part);
            let mut text = String::new();
            for _ in 0..LENGTH / 2 {
                let place = usize::try_from(rest % 36).unwrap_or(0);
                text.push(char::from(LETTERS[place]));
                rest /= 36;
            }
            text
        };
        half(0) + &half(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn a_code_works_once_and_only_while_it_is_young() {
        let start = crate::sim::clock::instant();
        let mut codes = Codes::new(1);
        let (one, two) = (codes.give(start, MINUTE), codes.give(start, MINUTE));
        assert_ne!(one, two);
        assert!(one.len() == 48 && one.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()));
        assert_eq!(codes.spend(&one, start + MINUTE / 2, MINUTE), Verdict::Good);
        assert_eq!(codes.spend(&one, start + MINUTE / 2, MINUTE), Verdict::Bad);
        assert_eq!(codes.spend(&two, start + MINUTE, MINUTE), Verdict::Bad);
        assert_eq!(codes.spend("", start, MINUTE), Verdict::Bad);
    }

    #[test]
    fn codes_past_their_time_are_forgotten() {
        let start = crate::sim::clock::instant();
        let mut codes = Codes::new(1);
        for minute in 0..10 {
            codes.give(start + MINUTE * minute, MINUTE);
            assert_eq!(codes.out.len(), 1);
        }
    }
}
