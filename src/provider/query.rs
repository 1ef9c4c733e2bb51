//! Reads as data: what the browser asks for, and the one match from a query to a method.

use super::{Cursor, DetailOptions, ListScope, OrganizationScope, Page, Provider};
use crate::domain::{Account, AccountId, Failure, Identity, Lineage, Organization, OrganizationId, Profile, Subject};

/// One read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Query {
    /// Who the connection is.
    Identity,
    /// A page of accounts.
    Accounts(ListScope, Cursor),
    /// One account in full.
    Account(AccountId, DetailOptions),
    /// A page of organizations.
    Organizations(OrganizationScope, Cursor),
    /// One organization in full.
    Organization(OrganizationId),
    /// The organizations above an account.
    Lineage(AccountId),
    /// A profile.
    Profile(Subject),
}

/// The answer to a [`Query`], the variant of the same name.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// Who the connection is.
    Identity(Identity),
    /// A page of accounts.
    Accounts(Page<Account>),
    /// One account in full.
    Account(Box<Account>),
    /// A page of organizations.
    Organizations(Page<Organization>),
    /// One organization in full.
    Organization(Box<Organization>),
    /// The organizations above an account.
    Lineage(Lineage),
    /// A profile.
    Profile(Profile),
}

/// Asks a provider.
///
/// # Errors
/// The provider's failure.
pub async fn run(provider: &dyn Provider, query: &Query) -> Result<Reply, Failure> {
    Ok(match query {
        Query::Identity => Reply::Identity(provider.identity().await?),
        Query::Accounts(scope, cursor) => Reply::Accounts(provider.accounts(scope, cursor).await?),
        Query::Account(id, options) => Reply::Account(Box::new(provider.account(id, *options).await?)),
        Query::Organizations(scope, cursor) => Reply::Organizations(provider.organizations(scope, cursor).await?),
        Query::Organization(id) => Reply::Organization(Box::new(provider.organization(id).await?)),
        Query::Lineage(id) => Reply::Lineage(provider.lineage(id).await?),
        Query::Profile(subject) => Reply::Profile(provider.profile(subject).await?),
    })
}
