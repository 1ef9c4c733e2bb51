//! The app-state machine: state, events, effects, `update`; layout; rows of keys; the modal stack.
//!
//! `update` takes an event and gives effects: never async, no I/O, no clock. Everything is plain data.

mod actions;
pub mod columns;
mod commands;
mod contest;
mod copy;
mod event;
mod input;
mod keymap;
mod layout;
mod modal;
mod own;
pub mod pins;
mod prefix;
mod refresh;
mod remote;
mod rows;
mod session;
mod sizes;
mod state;
pub mod synonyms;
mod targets;
mod update;
pub mod views;

pub use actions::search_remotely;
pub(crate) use actions::{can_pause, pause, pause_scope, sync};
pub use commands::Commands;
pub(crate) use contest::{owner, rule, unsettled_words};
pub use copy::{Copied, CopyWay, RecordFormat};
pub use event::{
    Effect, Event, Fact, MouseKind, MouseReports, RequestId, Size, Slot, Stamp, TimerId, Unsettled, Urgency,
};
pub use keymap::{BindingFault, Keymap};
pub use layout::{Areas, as_wide, centred, inside, layout, spread};
pub use modal::Modal;
pub use own::{Keep, Kept, NAMED, Own};
pub(crate) use own::{label, note, use_filter};
pub use prefix::{Follow, Prefix, Waiting};
pub(crate) use refresh::{is_old, stale};
pub use remote::Remote;
pub use rows::{Action, Avail, Global, HELP, Motion, Row, Scope, all, keys_markdown, lookup, scopes, stand_in};
pub use session::session_name;
pub use sizes::Act as PanesAct;
pub use state::{ConnectionSetup, Setup, State, Syncing, Toast};
pub use targets::{bare, can_edit_marks, connections_of, ends};
pub(crate) use update::oldest;
pub use update::update;
