//! Every cloud account you own, in one terminal. The map of the house, one line a room:
//!
//! - [`domain`]: the nouns; knows nobody
//! - [`provider`]: the trait, capabilities as data, the one HTTP client, one folder a provider
//! - [`inventory`]: the local copy of what the providers said; search
//! - [`changes`]: plan, check, journal, apply: every write goes through here
//! - [`app`]: state, events, effects, `update`; layout; key rows; modal stack
//! - [`panes`]: one file a pane
//! - [`forms`]: the generic form
//! - [`view`]: frame, theme, small widgets
//! - [`runtime`]: terminal guard, signals, the loop, the executor
//! - [`cli`]: the headless commands
//! - [`config`]: config.toml, connections, credential sources, paths
//! - [`cli`]: the headless commands
//! - [`sim`]: the embedded simulator

pub mod app;
pub mod changes;
pub mod cli;
pub mod config;
pub mod domain;
pub mod forms;
pub mod inventory;
pub mod panes;
pub mod provider;
pub mod runtime;
pub mod sim;
pub mod view;
