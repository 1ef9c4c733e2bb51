//! Accounts that go: closed (which takes a while) or removed from the organization.

use std::sync::Arc;

use crate::sim::clock;
use crate::sim::request::{Answer, Ask};

use super::creation::PATIENCE;
use super::problem::Problem;
use super::rows::{Account, Closing, Delta, Rows, Status, Store};
use super::{Huawei, MANAGEMENT, done, listed, open, render};

/// Huawei documentation: so many closures at once.
const AT_ONCE: usize = 3;
/// Huawei documentation: closures in 30 days, at most a tenth of the active accounts and never more than this.
const IN_A_MONTH: usize = 200;
const MONTH: i64 = 30 * 24 * 3_600;

impl Huawei {
    /// `POST /accounts/{id}/close`: 200 without a body; the account is closed some time later.
    pub(super) fn close_account(&self, _ask: &Ask, id: &str) -> Result<Answer, Problem> {
        let mut store = self.store();
        let (number, account) = self.find_account(&store.live, id)?;
        self.not_management(number)?;
        match account.status {
            Status::Active => {}
            Status::PendingClosure | Status::Suspended => {
                // The code is known from Huawei's own Terraform provider.
                let message = "The account is being closed, cannot be closed repeatedly.";
                return Err(Problem::new(400, "Organizations.1325", message));
            }
        }
        let invited = self.of(open::CLOSE_INVITED);
        if account.invited && invited != "accepted" {
            return Err(Problem::of(invited, "Only accounts that were created in the organization can be closed."));
        }
        self.closing_quota(&store.live)?;
        let (wall, now) = (clock::wall(), clock::instant());
        let waiting = Some(self.number(open::CLOSING_TAKES));
        let closing = Closing { created: wall, updated: wall, waiting, done: false, reason: None };
        let closed = Account { status: Status::PendingClosure, ..Account::clone(&account) };
        store.change(Delta::Account(number, Some(Arc::new(closed))), now);
        store.change(Delta::Closing(number, closing), now);
        Ok(done(200))
    }

    fn not_management(&self, number: u32) -> Result<(), Problem> {
        if number == MANAGEMENT {
            let message = "The management account cannot be closed or removed.";
            return Err(Problem::of(self.of(open::CLOSE_MANAGEMENT), message));
        }
        Ok(())
    }

    fn closing_quota(&self, rows: &Rows) -> Result<(), Problem> {
        let running = rows.closings.values().filter(|one| one.waiting.is_some()).count();
        let now = clock::wall().as_second();
        let recent = rows.closings.values().filter(|one| now - one.created.as_second() < MONTH).count();
        let month = self.of(open::CLOSING_MONTH) == "ten-percent" && recent >= IN_A_MONTH.min(rows.count() / 10);
        if running >= AT_ONCE || month {
            return Err(Problem::of(self.of(open::CLOSING_QUOTA), "Quota exceeded for closing accounts."));
        }
        Ok(())
    }

    /// `GET /close-account-status`: `states` may be repeated; no paging.
    pub(super) fn list_closings(&self, ask: &Ask) -> Result<Answer, Problem> {
        let states = self.states(ask, &["pending_closure", "suspended"])?;
        self.look_at_closing(None);
        self.read(ask, |rows| {
            let shown = rows.closings.iter().map(|(number, one)| render::closing(rows, *number, one));
            let fits =
                |one: &serde_json::Value| states.is_empty() || states.iter().any(|state| one["state"] == **state);
            Ok(listed("close_account_statuses", shown.filter(fits).collect(), None, ask))
        })
    }

    /// Looks at one closure, or at all: each that is pending comes nearer to its end.
    pub(super) fn look_at_closing(&self, which: Option<u32>) {
        let mut store = self.store();
        let pending = store.live.closings.iter().filter(|(_, one)| one.waiting.is_some());
        let pending = pending.filter(|(number, _)| which.is_none_or(|wanted| wanted == **number));
        let pending: Vec<(u32, Closing)> = pending.map(|(number, one)| (*number, one.clone())).collect();
        for (number, closing) in pending {
            match closing.waiting {
                Some(0) | None => finish(&mut store, number, closing),
                Some(looks) => {
                    let nearer = Closing { waiting: Some(looks - 1), ..closing };
                    store.change(Delta::Closing(number, nearer), clock::instant());
                }
            }
        }
    }

    /// `POST /accounts/{id}/remove`: 200 without a body; the account stands alone from now on.
    pub(super) fn remove_account(&self, _ask: &Ask, id: &str) -> Result<Answer, Problem> {
        let mut store = self.store();
        let (number, account) = self.find_account(&store.live, id)?;
        self.not_management(number)?;
        if !self.demo.services(number).is_empty() {
            let message = "The account is a delegated administrator and cannot be removed.";
            return Err(Problem::of(self.of(open::REMOVE_DELEGATE), message));
        }
        let created = self.of(open::REMOVE_CREATED);
        if !account.invited && created != "accepted" {
            let message = "The account lacks the information it needs to stand alone.";
            return Err(Problem::of(created, message));
        }
        store.change(Delta::Account(number, None), clock::instant());
        Ok(done(200))
    }
}

/// Ends a closure.
fn finish(store: &mut Store, number: u32, closing: Closing) {
    let now = clock::instant();
    if let Some(account) = store.live.account(number) {
        let closed = Account { status: Status::Suspended, ..Account::clone(&account) };
        store.change(Delta::Account(number, Some(Arc::new(closed))), now);
    }
    let ended = Closing { updated: clock::wall(), waiting: None, done: true, ..closing };
    store.change(Delta::Closing(number, ended), now);
}

/// Ends the closures that nobody looked at for a while.
pub(super) fn settle(store: &mut Store, now: i64) {
    let old = store.live.closings.iter().filter(|(_, one)| one.waiting.is_some());
    let old = old.filter(|(_, one)| now - one.created.as_second() > PATIENCE);
    let old: Vec<(u32, Closing)> = old.map(|(number, one)| (*number, one.clone())).collect();
    for (number, closing) in old {
        finish(store, number, closing);
    }
}
