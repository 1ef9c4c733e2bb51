//! The one place of the simulator that reads a clock.

use std::time::Instant;

/// Now, for windows of time and for reads that lag behind.
#[expect(
    clippy::disallowed_methods,
    reason = "the simulator stands for a service with a clock of its own; nothing else of it asks the time"
)]
pub(super) fn instant() -> Instant {
    Instant::now()
}

/// Now, for what is written into a reply (creation times, the end of a rate window), to the second.
pub(super) fn wall() -> jiff::Timestamp {
    let now = jiff::Timestamp::now();
    jiff::Timestamp::from_second(now.as_second()).unwrap_or(now)
}
