//! The command line as a whole program, against the simulator as another one: one file a promise.
#![expect(clippy::unwrap_used, reason = "a test that can't go on panics")]

mod config;
mod dashboard;
mod exit;
mod reads;
mod support;
mod writes;
