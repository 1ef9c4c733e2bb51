//! The command line as a whole program, against the simulator as another one: one file a promise.
#![expect(clippy::unwrap_used, reason = "a test that can't go on panics")]

mod accounts;
mod around;
mod auth;
mod config;
mod dashboard;
mod exit;
mod history;
mod inventory;
mod journal;
mod kept;
mod many;
mod organizations;
#[expect(dead_code, reason = "these tests use a part of it")]
#[path = "../pty/mod.rs"]
mod pty;
mod reads;
mod sheets;
mod support;
mod writes;
