//! The app-state machine: state, events, effects, `update`; layout; rows of keys; the modal stack.
//!
//! `update` takes an event and gives effects: never async, no I/O, no clock. Everything is plain data.

mod actions;
mod contest;
mod event;
mod layout;
mod modal;
mod refresh;
mod remote;
mod rows;
mod state;
mod targets;
mod update;

pub use actions::search_remotely;
pub(crate) use actions::sync;
pub(crate) use contest::{owner, rule, unsettled_words};
pub use event::{
    Effect, Event, Fact, MouseKind, MouseReports, RequestId, Size, Slot, Stamp, TimerId, Unsettled, Urgency,
};
pub use layout::{Areas, centred, inside, layout};
pub use modal::Modal;
pub use remote::Remote;
pub use rows::{Action, Avail, Global, HELP, Motion, Row, Scope, all, keys_markdown, lookup, scopes};
pub use state::{ConnectionSetup, Setup, State, Toast};
pub use targets::{bare, can_edit_marks, connections_of, ends};
pub(crate) use update::oldest;
pub use update::update;
