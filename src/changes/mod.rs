//! Every write of the program goes through here: plan, check, journal, apply.
//!
//! The one road of a write: fresh read, plan with a field diff, confirmation (elsewhere), read again, journal
//! `intended`, send, outcome, read back. This room knows `domain`, `provider` and `inventory`.

mod apply;
mod back;
mod batch;
mod cost;
mod failpoint;
mod gate;
mod journal;
mod listings;
mod merge;
mod read;
mod road;
mod send;
mod syncs;
#[cfg(test)]
mod tests;

pub use apply::{Watch, apply};
pub use cost::{Cost, dear};
pub use gate::Gate;
pub use journal::{FileJournal, Journal, Keep, unsettled, unsettled_of, unsettled_words};
pub use road::{Road, Way, is_read_only_failure, plan, read_only_failure};
