//! Every write of the program goes through here: plan, check, journal, apply.
//!
//! The one road of a write: fresh read, plan with a field diff, confirmation (elsewhere), read again, journal
//! `intended`, send, outcome, read back. This room knows `domain`, `provider` and `inventory`.

mod again;
mod apply;
mod back;
mod batch;
mod cost;
mod drafts;
mod effects;
mod failpoint;
mod follow;
mod gate;
mod journal;
mod legal;
mod listings;
mod merge;
mod namesakes;
mod planned;
mod read;
mod reconcile;
mod road;
mod send;
mod sheet;
mod syncs;
#[cfg(test)]
mod tests;
mod undo;

pub use again::{Again, again, plan_again};
pub use apply::{Watch, apply};
pub use cost::{Cost, dear};
pub use drafts::{Drafts, FoundDrafts};
pub use follow::follow;
pub use gate::Gate;
pub use journal::{FileJournal, Held, Journal, Keep, unsettled, unsettled_of, unsettled_words};
pub use reconcile::{Reconciled, due, reconcile, reconcile_all, reconcile_open, revisit, settle};
pub use road::{Road, Way, is_read_only_failure, plan, read_only_failure};
pub use sheet::{Editable, Known, Sheet, SheetFault, SheetFaults, SheetForm, SheetFormat, form_of};
pub use undo::{Undo, plan_undo, undo};
