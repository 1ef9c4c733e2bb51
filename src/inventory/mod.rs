//! The local copy of what the providers said, with the time of each fact; and the search over it.
//!
//! This room knows `domain` and the trait of `provider`. The browser sees only [`Snapshot`]s: immutable, behind an
//! `Arc`, compared by generation.

mod alike;
mod book;
mod columns;
mod contest;
mod cost;
pub mod disk;
mod extras;
pub(crate) mod failpoint;
#[cfg(test)]
pub(crate) mod fake;
mod filing;
pub mod history;
mod index;
mod keeper;
mod keeping;
mod lines;
mod listing;
mod loading;
mod near;
mod ops;
mod order;
mod pause;
mod publisher;
mod reads;
mod records;
mod search;
mod segment;
mod snapshot;
mod stamp;
mod store;
mod sure;
mod sync;
mod table;
#[cfg(test)]
mod tests;
mod told;
mod walk;

pub use columns::Row;
pub use contest::{Contest, Holder, Ruling};
pub use cost::{Consent, Meter, Metered, is_dear_failure};
pub use keeper::Tell;
pub use lines::{Bundle, Lines};
pub use search::{Asking, Direction, Found, ListQuery, Reading, RowSet, Scope, Searcher, Sort, place, rows, search};
pub use snapshot::{ConnectionView, Fact, Hierarchy, Snapshot, SyncState};
pub use store::Inventory;
pub use sure::Confirmed;
pub use sync::sync;
pub use walk::{Came, Step, Walk};
