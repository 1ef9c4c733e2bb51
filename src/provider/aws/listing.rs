//! Listings page by page: accounts with the places where they stand, and the tree.

use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::spec::SPEC;
use super::walk::{Ask, Place, Step};
use super::wire::{Envelope, next_token};
use super::{Aws, page_of};
use crate::domain::{Account, Failure, FailureKind, Organization, OrganizationId, Untrusted};
use crate::provider::{Page, unsupported};

/// Rows of a page: the most that these lists give (AWS's model).
const LIMIT: u32 = 20;

/// Empty pages of one place in a row that a walk follows by itself.
const EMPTY_PAGES: u32 = 20;

impl Aws {
    /// A page of a list, and where the next one begins; rows of which nothing can be made are counted, so that none is
    /// lost unseen.
    pub(super) async fn page<T>(
        &self,
        call: &'static str,
        mut body: Value,
        token: Option<&str>,
        name: &str,
        make: impl Fn(&RawValue) -> Option<T>,
    ) -> Result<(Page<T>, Option<String>), Failure> {
        body["MaxResults"] = LIMIT.into();
        if let Some(token) = token {
            body["NextToken"] = token.into();
        }
        let answer = self.call(call, body).await?;
        let envelope = Envelope::read(answer.json.as_deref());
        let all =
            envelope.rows(name).ok_or_else(|| answer.unreadable(format!("the answer holds no list of {name}")))?;
        let rows: Vec<T> = all.iter().filter_map(|raw| make(raw)).collect();
        let lost = all.len() - rows.len();
        let mut page = page_of(rows);
        if lost > 0 {
            let words = format!("{lost} of {} rows hold no id and were left out", all.len());
            page.messages.push(Untrusted::from(words));
        }
        Ok((page, next_token(&envelope)))
    }

    /// The roots. There is one in an organization (AWS documentation).
    pub(super) async fn roots(&self, token: Option<&str>) -> Result<(Page<Organization>, Option<String>), Failure> {
        let rows = self.rows();
        self.page("ListRoots", json!({}), token, "Roots", |raw| rows.organization(raw, None)).await
    }

    /// All rows of a list that has few: a page may be empty and more follow (AWS documentation).
    pub(super) async fn few<T>(
        &self,
        call: &'static str,
        body: Value,
        name: &str,
        make: impl Fn(&RawValue) -> Option<T>,
    ) -> Result<Vec<T>, Failure> {
        let mut all = Vec::new();
        let mut token: Option<String> = None;
        for _ in 0..EMPTY_PAGES {
            let (page, next) = self.page(call, body.clone(), token.as_deref(), name, &make).await?;
            all.extend(page.rows);
            if next.is_none() || next == token {
                break;
            }
            token = next;
        }
        Ok(all)
    }

    /// All roots.
    pub(super) async fn every_root(&self) -> Result<Vec<Organization>, Failure> {
        let rows = self.rows();
        self.few("ListRoots", json!({}), "Roots", |raw| rows.organization(raw, None)).await
    }

    /// The OUs directly in a root or OU.
    pub(super) async fn units(
        &self,
        place: &OrganizationId,
        token: Option<&str>,
    ) -> Result<(Page<Organization>, Option<String>), Failure> {
        let rows = self.rows();
        let body = json!({"ParentId": place.as_str()});
        let make = |raw: &RawValue| rows.organization(raw, Some(place)).filter(|unit| unit.key.id != *place);
        self.page("ListOrganizationalUnitsForParent", body, token, "OrganizationalUnits", make).await
    }

    /// The accounts directly in a root or OU.
    pub(super) async fn accounts_in(
        &self,
        place: &OrganizationId,
        token: Option<&str>,
    ) -> Result<(Page<Account>, Option<String>), Failure> {
        let rows = self.rows();
        let body = json!({"ParentId": place.as_str()});
        self.page("ListAccountsForParent", body, token, "Accounts", |raw| rows.account(raw, Some(place))).await
    }

    /// A page of all accounts. Where the first of them have no paths the OUs are walked instead, so that each comes with
    /// the place where it stands; where that is not allowed they come without.
    pub(super) async fn all_accounts(&self, place: Place) -> Result<Page<Account>, Failure> {
        let rows = self.rows();
        let list = async |token: Option<&str>| {
            self.page("ListAccounts", json!({}), token, "Accounts", |raw| rows.account(raw, None)).await
        };
        let listing = |token: Option<String>| token.map(|token| Place::Listing(token).cursor());
        match place {
            Place::Listing(token) => {
                let (page, next) = list(Some(&token)).await?;
                Ok(Page { next: listing(next), ..page })
            }
            Place::Walk(step) => self.walk_accounts(step).await,
            Place::Rest(walk, token) => {
                let (mut page, next) = list(token.as_deref()).await?;
                let mut unseen = Vec::with_capacity(page.rows.len());
                for account in page.rows {
                    if !self.walks.has_seen(walk, &account.key.id)? {
                        unseen.push(account);
                    }
                }
                page.rows = unseen;
                if next.is_none() {
                    self.walks.end(walk);
                }
                Ok(Page { next: next.map(|token| Place::Rest(walk, Some(token)).cursor()), ..page })
            }
            Place::Open(token) => {
                let (mut page, next) = list(token.as_deref()).await?;
                if page.rows.is_empty() {
                    // A page may be empty and more follow (AWS documentation).
                    return Ok(Page { next: next.map(|token| Place::Open(Some(token)).cursor()), ..page });
                }
                if page.rows.iter().any(|account| account.parent.is_some()) {
                    return Ok(Page { next: listing(next), ..page });
                }
                match self.every_root().await {
                    Ok(roots) => {
                        let roots = roots.into_iter().map(|root| root.key.id).collect();
                        match self.walks.begin(roots, Ask::Accounts) {
                            Some(step) => self.walk_accounts(step).await,
                            None => Ok(Page { next: listing(next), ..page }),
                        }
                    }
                    Err(failure) if failure.kind == FailureKind::Forbidden => {
                        let words = format!("nothing says in which OUs the accounts stand: {}", failure.cause);
                        page.messages.push(Untrusted::from(words));
                        Ok(Page { next: listing(next), ..page })
                    }
                    Err(failure) => Err(failure),
                }
            }
        }
    }

    /// Walks on until there are accounts, or nothing is left.
    async fn walk_accounts(&self, mut step: Step) -> Result<Page<Account>, Failure> {
        const ASKS: [Ask; 2] = [Ask::Accounts, Ask::Units];
        let mut empty = 0;
        let mut messages = Vec::new();
        loop {
            let place = self.walks.place(&step)?;
            let token = step.token.as_deref();
            let (mut page, next) = match step.ask {
                Ask::Accounts => self.unless_closed(&step, &place, self.accounts_in(&place, token).await)?,
                Ask::Units => {
                    let (units, next) = self.unless_closed(&step, &place, self.units(&place, token).await)?;
                    self.walks.found(&step, units.rows.into_iter().map(|unit| unit.key.id));
                    (Page { messages: units.messages, ..page_of(Vec::new()) }, next)
                }
            };
            self.walks.saw(step.walk(), page.rows.iter().map(|account| &account.key.id));
            messages.append(&mut page.messages);
            match self.walks.next(&step, next, &ASKS) {
                Some(next) if page.rows.is_empty() && leads_on(&step, &next, &mut empty) => step = next,
                next => {
                    let next = next.map(Place::Walk).or_else(|| self.walks.rest(&step));
                    return Ok(Page { next: next.map(|place| place.cursor()), messages, ..page });
                }
            }
        }
    }

    /// Walks over all OUs, on until there are some, or nothing is left.
    pub(super) async fn every_unit(&self, place: Place) -> Result<Page<Organization>, Failure> {
        let mut step = match place {
            Place::Open(_) => {
                let roots = self.every_root().await?;
                let step = self.walks.begin(roots.iter().map(|root| root.key.id.clone()).collect(), Ask::Units);
                return Ok(Page { next: step.map(|step| Place::Walk(step).cursor()), ..page_of(roots) });
            }
            Place::Walk(step) => step,
            Place::Listing(_) | Place::Rest(..) => return Err(unsupported(&SPEC, "such list of OUs")),
        };
        let mut empty = 0;
        let mut messages = Vec::new();
        loop {
            let place = self.walks.place(&step)?;
            let units = self.units(&place, step.token.as_deref()).await;
            let (mut page, next) = self.unless_closed(&step, &place, units)?;
            messages.append(&mut page.messages);
            self.walks.found(&step, page.rows.iter().map(|unit| unit.key.id.clone()));
            match self.walks.next(&step, next, &[Ask::Units]) {
                Some(next) if page.rows.is_empty() && leads_on(&step, &next, &mut empty) => step = next,
                next => return Ok(Page { next: next.map(|step| Place::Walk(step).cursor()), messages, ..page }),
            }
        }
    }

    /// An empty page that says so, where a place below the root is closed to this key: the others are walked all the same.
    fn unless_closed<T>(
        &self,
        step: &Step,
        place: &OrganizationId,
        result: Result<(Page<T>, Option<String>), Failure>,
    ) -> Result<(Page<T>, Option<String>), Failure> {
        match result {
            Err(failure) if failure.kind == FailureKind::Forbidden && !step.is_first() => {
                self.walks.closed(step);
                let what = match step.ask {
                    Ask::Accounts => "accounts",
                    Ask::Units => "OUs",
                };
                let words = format!("the {what} in {place} can't be listed: {}", failure.cause);
                Ok((Page { messages: vec![Untrusted::from(words)], ..page_of(Vec::new()) }, None))
            }
            other => other,
        }
    }
}

/// Whether a walk goes on by itself after an empty page. One that leads to itself, or that is one of many of the same place,
/// is the caller's to see.
fn leads_on(step: &Step, next: &Step, empty: &mut u32) -> bool {
    *empty = if next.is_same_place(step) { *empty + 1 } else { 0 };
    next != step && *empty <= EMPTY_PAGES
}
