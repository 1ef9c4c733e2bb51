//! What the command line's specs have in common: their error, numbers, probabilities and lengths of time.

use std::time::Duration;

/// A spec on the command line that could not be understood; says what would be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is not understood: {accepted}")]
pub struct SpecError {
    /// The text as it was given.
    given: String,
    /// What is accepted instead.
    accepted: String,
}

impl SpecError {
    /// An error about `given`, which says what is accepted.
    pub(super) fn new(given: &str, accepted: impl Into<String>) -> Self {
        Self { given: given.to_owned(), accepted: accepted.into() }
    }
}

/// A probability between 0 and 1.
pub(super) fn probability(text: &str) -> Option<f64> {
    let value: f64 = text.parse().ok()?;
    (0.0..=1.0).contains(&value).then_some(value)
}

/// A length of time: `50ms`, `3s`, `0.5s`; at most an hour, so that no sum overflows.
pub(super) fn length(text: &str) -> Option<Duration> {
    let (number, unit) =
        if let Some(number) = text.strip_suffix("ms") { (number, 1e-3) } else { (text.strip_suffix('s')?, 1.0) };
    let seconds = number.parse::<f64>().ok()? * unit;
    (0.0..=3600.0).contains(&seconds).then(|| Duration::from_secs_f64(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_have_a_unit_and_bounds() {
        assert_eq!(length("50ms"), Some(Duration::from_millis(50)));
        assert_eq!(length("0.5s"), Some(Duration::from_millis(500)));
        for bad in ["", "5", "s", "-1s", "nans", "1e9s", "5m"] {
            assert_eq!(length(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_probability_lies_between_nothing_and_certainty() {
        assert_eq!(probability("0.05"), Some(0.05));
        assert_eq!(probability("1"), Some(1.0));
        for bad in ["", "1.1", "-0.1", "NaN", "x"] {
            assert_eq!(probability(bad), None, "{bad}");
        }
    }
}
