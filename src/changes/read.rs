//! Fresh reads: what stands now in the fields that a change is about.
//!
//! A few changes are read for one by one; for more of them one listing answers for all accounts of an organization.

use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, stream};

use super::listings::Listings;
use super::road::Road;
use crate::domain::{
    Account, AccountKey, Before, Change, ChangeKind, Failure, FailureKind, FormSpec, Organization, OrganizationId,
    Subject, Untrusted, Values,
};
use crate::provider::{Capability, DetailOptions, Offer, Query, Reply};

/// So many accounts at most are read for one by one; more share listings.
pub(super) const SINGLY: usize = 3;

/// Reads under way at a time: as many as the shared client has in flight where no limit is known.
pub(super) const SIDE_BY_SIDE: usize = 8;

/// The field of an account's or organization's name in a [`Before`].
pub(super) const NAME: &str = "name";
/// The field of an account's status in a [`Before`].
pub(super) const STATUS: &str = "status";
/// The field of the organization above an organization in a [`Before`].
const PARENT: &str = "parent";

/// What a fresh read gave.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) before: Before,
    /// The target's name, where the read told it.
    pub(super) name: Option<Untrusted>,
}

impl Road<'_> {
    /// What stands now for one change. Always asks the provider; the inventory learns it.
    ///
    /// # Errors
    /// The provider's failure; `NotFound` for a target that is gone.
    pub(super) async fn before(&self, change: &Change) -> Result<Before, Failure> {
        self.find(change).await.map(|found| found.before)
    }

    /// The same for many changes of this connection, in their order; where a listing answers for several of them, it is
    /// asked once for all.
    pub(super) async fn befores(&self, changes: &[&Change]) -> Vec<Result<Before, Failure>> {
        let found = self.finds(changes).await;
        found.into_iter().map(|found| found.map(|found| found.before)).collect()
    }

    /// As [`Road::befores`], with the names that were seen.
    pub(super) async fn finds(&self, changes: &[&Change]) -> Vec<Result<Found, Failure>> {
        let listed = Listings::of(self, changes).await;
        let reads = changes.iter().map(|change| -> BoxFuture<'_, Result<Found, Failure>> {
            match listed.answer(self, change) {
                Some(answer) => futures::future::ready(answer).boxed(),
                None => self.find(change).boxed(),
            }
        });
        let reads: Vec<_> = reads.collect();
        stream::iter(reads).buffered(SIDE_BY_SIDE).collect().await
    }

    async fn find(&self, change: &Change) -> Result<Found, Failure> {
        match change.kind {
            ChangeKind::Profile => {
                let before = Before::from(self.profile(&change.subject).await?);
                Ok(Found { before, name: None })
            }
            ChangeKind::CreateAccount | ChangeKind::CreateStandalone | ChangeKind::CreateOrganization => {
                Ok(Found { before: Before::default(), name: None })
            }
            ChangeKind::MoveAccount => self.stand(change).await,
            ChangeKind::UpdateAccount
            | ChangeKind::DeleteAccount
            | ChangeKind::CloseAccount
            | ChangeKind::RemoveAccount => {
                let key = account_of(change)?;
                let account = self.account_with(key, self.options(change)).await?;
                self.shows(change, &account)?;
                let mut above = account.parent.as_ref().map(|parent| parent.id.clone());
                if above.is_none() {
                    above = self.known_parent(key);
                }
                // What ends is compared with where it stood: that must not become known between the two reads.
                if above.is_none() && change.kind != ChangeKind::UpdateAccount && self.has_lineage() {
                    above = self.parent(key).await?;
                }
                Ok(self.found(change, &account, above.as_ref()))
            }
            ChangeKind::RenameOrganization | ChangeKind::DeleteOrganization => self.container(change).await,
        }
    }

    /// Where an account stands, for a move.
    async fn stand(&self, change: &Change) -> Result<Found, Failure> {
        let key = account_of(change)?;
        if self.has_lineage() {
            let above = self.parent(key).await?;
            return Ok(moved(above.as_ref(), None));
        }
        let account = self.account(key).await?;
        Ok(moved(account.parent.as_ref().map(|parent| &parent.id), Some(account.name)))
    }

    async fn container(&self, change: &Change) -> Result<Found, Failure> {
        let Subject::Organization(key) = &change.subject else {
            return Err(wrong_subject(change, "an organization"));
        };
        let organization = self.provider.organization(&key.id).await?;
        let found = held(&organization);
        self.learn(&Query::Organization(key.id.clone()), &Reply::Organization(Box::new(organization)));
        Ok(found)
    }

    /// What must be asked for beyond the default to see what stands in the fields of a change.
    pub(super) fn options(&self, change: &Change) -> DetailOptions {
        let spec = self.provider.spec();
        spec.form_of(change).map_or_else(DetailOptions::default, |form| spec.options(form))
    }

    /// Whether a record that was asked for in full shows what stands in the fields of a change: what the provider does not
    /// show is not written over.
    fn shows(&self, change: &Change, account: &Account) -> Result<(), Failure> {
        let spec = self.provider.spec();
        match spec.form_of(change).and_then(|form| spec.unread(form, &account.raw)) {
            Some(failure) => Err(Failure { what: super::merge::what(change), ..failure }),
            None => Ok(()),
        }
    }

    /// One account's own record, read afresh.
    pub(super) async fn account(&self, key: &AccountKey) -> Result<Account, Failure> {
        self.account_with(key, DetailOptions::default()).await
    }

    async fn account_with(&self, key: &AccountKey, options: DetailOptions) -> Result<Account, Failure> {
        let account = self.provider.account(&key.id, options).await?;
        let query = Query::Account(key.id.clone(), options);
        self.learn(&query, &Reply::Account(Box::new(account.clone())));
        Ok(account)
    }

    /// The organization that holds an account, by its lineage read afresh.
    async fn parent(&self, key: &AccountKey) -> Result<Option<OrganizationId>, Failure> {
        let lineage = self.provider.lineage(&key.id).await?;
        let above = lineage.parent().map(|organization| organization.key.id.clone());
        self.learn(&Query::Lineage(key.id.clone()), &Reply::Lineage(lineage));
        Ok(above)
    }

    /// The organization that holds an account, as far as the inventory knows.
    pub(super) fn known_parent(&self, key: &AccountKey) -> Option<OrganizationId> {
        let snapshot = self.inventory.snapshot();
        let listed = || snapshot.find(key).and_then(|account| account.parent().cloned());
        let seen = || snapshot.detail(key).and_then(|fact| fact.value.parent.clone());
        let lineage = snapshot.lineage(key).and_then(|fact| fact.value.parent().cloned());
        lineage.map(|above| above.key.id).or_else(|| Some(listed().or_else(seen)?.id))
    }

    pub(super) fn has_lineage(&self) -> bool {
        self.provider.spec().offer(Capability::Lineage) == Offer::Yes
    }

    /// An account's record as what stands before a change of it.
    pub(super) fn found(&self, change: &Change, account: &Account, above: Option<&OrganizationId>) -> Found {
        let name = Some(account.name.clone());
        let before = match change.kind {
            ChangeKind::MoveAccount => return moved(above, name),
            ChangeKind::UpdateAccount => {
                let form = self.provider.spec().form_of(change);
                let values = form.map(|form| form.values_of(&account.raw)).unwrap_or_default();
                Before { exists: true, values }
            }
            ChangeKind::Profile
            | ChangeKind::CreateAccount
            | ChangeKind::CreateStandalone
            | ChangeKind::DeleteAccount
            | ChangeKind::CloseAccount
            | ChangeKind::RemoveAccount
            | ChangeKind::CreateOrganization
            | ChangeKind::RenameOrganization
            | ChangeKind::DeleteOrganization => {
                let mut values = Values::default();
                values.set(NAME, account.name.raw());
                if let Some(status) = &account.status {
                    values.set(STATUS, status.raw());
                }
                if let Some(above) = above {
                    values.set(Change::FROM, above.as_str());
                }
                Before { exists: true, values }
            }
        };
        Found { before, name }
    }
}

/// An organization's record as what stands before a change of it.
pub(super) fn held(organization: &Organization) -> Found {
    let mut values = Values::default();
    values.set(NAME, organization.name.raw());
    if let Some(parent) = &organization.parent {
        values.set(PARENT, parent.id.as_str());
    }
    Found { before: Before { exists: true, values }, name: Some(organization.name.clone()) }
}

/// What stands before a move.
pub(super) fn moved(above: Option<&OrganizationId>, name: Option<Untrusted>) -> Found {
    let from = above.map_or("", OrganizationId::as_str);
    Found { before: Before { exists: true, values: Values::from_iter([(Change::FROM, from)]) }, name }
}

/// The account that a change is about.
pub(super) fn account_of(change: &Change) -> Result<&AccountKey, Failure> {
    match &change.subject {
        Subject::Account(key) => Ok(key),
        Subject::Organization(_) | Subject::Connection(_) => Err(wrong_subject(change, "an account")),
    }
}

/// The refusal of a change that is about something of another kind.
pub(super) fn wrong_subject(change: &Change, wanted: &str) -> Failure {
    let cause = format!("this is done to {wanted}, and {} is the subject", change.subject.noun());
    Failure::new(FailureKind::Refused, super::merge::what(change), cause)
}

/// Whether a listing leaves out what a form must have: such a record says nothing of the account's fields.
pub(super) fn is_partial(form: Option<&FormSpec>, before: &Before) -> bool {
    let required = form.into_iter().flat_map(|form| form.fields).filter(|field| field.required);
    required.into_iter().any(|field| before.values.get(field.name).is_empty())
}
