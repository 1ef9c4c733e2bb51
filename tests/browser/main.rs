//! The browser from key to screen: scripts of keys against the real `update`, `draw`, inventory and road of writes.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]
#![expect(
    clippy::wildcard_enum_match_arm,
    clippy::disallowed_methods,
    reason = "tests pick one effect, and one reads a switch"
)]

mod activity;
mod alike;
mod ambiguous;
mod bulk;
mod columns;
mod contract;
mod copy;
mod detail;
mod first_use;
mod forms;
mod harness;
mod hints;
mod history;
mod identity;
mod journal;
mod keys;
mod long_names;
mod own;
mod palette;
mod pins;
mod plan;
mod races;
mod screens;
mod sign_in;
mod sizes;
mod targets;
mod tasks;
mod transitions;
mod tree;
mod views;
mod walk;
