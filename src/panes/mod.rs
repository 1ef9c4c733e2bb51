//! One file a pane or modal: its state, its actions, its rows of keys, its update, its drawing, its tests.

pub mod accounts;
pub mod activity;
pub mod chooser;
pub mod columns;
pub mod confirm;
pub mod conflict;
pub mod connections;
pub mod copy;
pub mod detail;
pub mod failure;
pub mod find;
pub mod help;
pub mod history;
pub mod identity;
pub mod journal;
pub mod labels;
pub mod organizations;
pub mod palette;
pub mod picker;
pub mod plan;
pub mod value;
pub mod views;
pub mod welcome;

/// A pane, in the order of Tab.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PaneId {
    /// The tree.
    Organizations,
    /// The list. It has the focus at start.
    Accounts,
    /// The detail.
    Detail,
}

impl PaneId {
    /// All panes in the order of Tab.
    pub const ALL: [Self; 3] = [Self::Organizations, Self::Accounts, Self::Detail];
}
