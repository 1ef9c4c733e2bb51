//! Where a test may end the program between two steps of a write: the same points as the inventory's.

pub(super) use crate::inventory::failpoint::failpoint;
