//! Every write of the program goes through here: plan, check, journal, apply.
//!
//! The one road of a write: fresh read, plan with a field diff, confirmation (elsewhere), read again, journal
//! `intended`, send, outcome, read back. This room knows `domain`, `provider` and `inventory`.

mod apply;
mod cost;
mod journal;
mod merge;
mod road;
#[cfg(test)]
mod tests;

pub use apply::apply;
pub use cost::{Cost, dear};
pub use journal::{FileJournal, Journal, Records, unsettled, unsettled_of, unsettled_words};
pub use road::{Road, is_read_only_failure, plan, read_only_failure};
