//! Where a test may end the program as `kill -9` does: between any two steps of a write, or of what a sync writes.
//!
//! Without the feature `failpoints` nothing is here; a release never has it.

/// Ends the process at once, if the environment's `ACCTUI_FAILPOINT` names this point: `NAME`, or `NAME:N` for the Nth
/// time that it is passed.
#[cfg(feature = "failpoints")]
pub(crate) fn failpoint(name: &str) {
    use std::sync::atomic::{AtomicU64, Ordering};
    static PASSED: AtomicU64 = AtomicU64::new(0);

    #[expect(
        clippy::disallowed_methods,
        reason = "only tests build this, and a killed process can be told no other way"
    )]
    let Ok(wanted) = std::env::var("ACCTUI_FAILPOINT") else { return };
    let (point, nth) = wanted.split_once(':').unwrap_or((&wanted, "1"));
    if point == name && nth.parse() == Ok(PASSED.fetch_add(1, Ordering::SeqCst) + 1) {
        std::process::abort();
    }
}

#[cfg(not(feature = "failpoints"))]
pub(crate) fn failpoint(_: &str) {}
