//! `--limits on`: the providers' documented budgets of requests, counted in fixed windows.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::request::Payer;

/// How a budget stands after a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Usage {
    /// Requests in a window.
    pub(super) limit: u32,
    /// The window's length in seconds.
    pub(super) window: u64,
    /// What is left of it.
    pub(super) left: u32,
    /// Seconds until the window ends, at least 1.
    pub(super) ends_in: u64,
    /// Whether this request was one too many.
    pub(super) spent: bool,
}

/// The windows that are open.
#[derive(Debug, Default)]
pub(super) struct Limits {
    open: Mutex<HashMap<&'static str, (Instant, u32)>>,
}

impl Limits {
    /// Takes one request from the payer's budget. Over it, every request is refused until the window ends.
    pub(super) fn take(&self, payer: Payer, now: Instant) -> Usage {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let window = Duration::from_secs(payer.window);
        let (began, used) = open.entry(payer.name).or_insert((now, 0));
        if now.duration_since(*began) >= window {
            (*began, *used) = (now, 0);
        }
        *used = used.saturating_add(1);
        let rest = window.saturating_sub(now.duration_since(*began));
        Usage {
            limit: payer.limit,
            window: payer.window,
            left: payer.limit.saturating_sub(*used),
            ends_in: rest.as_secs() + u64::from(rest.subsec_nanos() > 0),
            spent: *used > payer.limit,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAYER: Payer = Payer { name: "user", limit: 3, window: 300 };

    #[test]
    fn the_request_over_the_budget_and_all_after_it_are_refused_until_the_window_ends() {
        let limits = Limits::default();
        let start = super::super::clock::instant();
        for left in [2, 1, 0] {
            let usage = limits.take(PAYER, start);
            assert_eq!((usage.left, usage.spent), (left, false));
        }
        assert!(limits.take(PAYER, start + Duration::from_secs(1)).spent);
        let late = limits.take(PAYER, start + Duration::from_secs(299));
        assert!(late.spent);
        assert_eq!(late.ends_in, 1);
        assert!(!limits.take(PAYER, start + Duration::from_secs(300)).spent);
    }
}
