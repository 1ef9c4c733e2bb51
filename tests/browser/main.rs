//! The browser from key to screen: scripts of keys against the real `update`, `draw`, inventory and road of writes.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod harness;
mod screens;
mod transitions;
