//! Every write of the program goes through here: plan, check, journal, apply.
//!
//! The one road of a write: fresh read, plan with a field diff, confirmation (elsewhere), read again, journal
//! `intended`, send, outcome, read back. This room knows `domain`, `provider` and `inventory`.

mod journal;
mod road;

pub use journal::{FileJournal, Journal};
pub use road::{Road, apply, plan};
