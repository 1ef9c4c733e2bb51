//! The runtime: what touches the world on behalf of the rooms that may not.

pub mod connect;
