//! The simulated AWS Organizations and Account Management, over real HTTP: signed requests get what their documents say.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it stands")]

mod access;
mod house;
mod lists;
mod management;
mod whole;
mod writes;
