//! The app-state machine.
//!
//! `update` takes an event and gives effects: never async, no I/O, no clock. `draw` reads only.

mod event;

pub use event::{
    Effect, Event, Fact, MouseKind, MouseReports, RequestId, Size, Slot, Stamp, TimerId,
};
