//! acctui

pub mod sim;
