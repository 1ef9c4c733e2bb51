//! Accounts that go: closed (which takes a while) or removed from the organization.

use std::sync::Arc;

use crate::sim::clock;
use crate::sim::request::Answer;

use super::body::Fields;
use super::creation::PATIENCE;
use super::problem::Problem;
use super::rows::{Account, Closing, Delta, Rows, State, Store};
use super::{Aws, MANAGEMENT, open};

/// AWS documentation: so many closures at once.
const AT_ONCE: usize = 3;
/// AWS documentation: in a rolling 30 days the higher of 250 and a fifth of the member accounts, at most 1,000.
const MONTH: i64 = 30 * 24 * 3_600;
const ALWAYS: usize = 250;
const NEVER_MORE: usize = 1_000;

impl Aws {
    /// `CloseAccount`: the account is closed some time later.
    pub(super) fn close_account(&self, fields: &Fields) -> Result<Answer, Problem> {
        let mut store = self.store();
        let (number, account) = self.account(&store.live, fields)?;
        if number == MANAGEMENT {
            let message = "You can't close the management account.";
            return Err(Problem::constraint("CANNOT_CLOSE_MANAGEMENT_ACCOUNT", message));
        }
        match account.state {
            State::Active | State::PendingActivation | State::Unnamed => {}
            State::PendingClosure => {
                let message = "The request failed because it conflicts with the current state of the account.";
                return Err(Problem::new(self.of(open::CLOSING_AGAIN), message));
            }
            State::Suspended | State::Closed => {
                return Err(Problem::new("AccountAlreadyClosedException", "The account is already closed."));
            }
        }
        quota(&store.live)?;
        let now = clock::instant();
        let closing = Closing { requested: clock::wall(), waiting: Some(self.number(open::CLOSING_TAKES)) };
        let closed = Account { state: State::PendingClosure, ..Account::clone(&account) };
        store.change(Delta::Account(number, Some(Arc::new(closed))), now);
        store.change(Delta::Closing(number, closing), now);
        Ok(self.done())
    }

    /// Looks at an account: a closure that is pending comes nearer to its end.
    pub(super) fn look_at_closing(&self, number: u32) {
        let mut store = self.store();
        let Some(closing) = store.live.closings.get(&number).copied() else { return };
        match closing.waiting {
            None => {}
            Some(0) => finish(&mut store, number, closing),
            Some(looks) => {
                let nearer = Closing { waiting: Some(looks - 1), ..closing };
                store.change(Delta::Closing(number, nearer), clock::instant());
            }
        }
    }

    /// `RemoveAccountFromOrganization`: the account stands alone from now on.
    pub(super) fn remove_account(&self, fields: &Fields) -> Result<Answer, Problem> {
        let mut store = self.store();
        let (number, account) = self.account(&store.live, fields)?;
        if number == MANAGEMENT {
            let message = "You can't remove the management account from the organization.";
            return Err(Problem::new("MasterCannotLeaveOrganizationException", message));
        }
        if !account.invited && self.of(open::REMOVE_CREATED) != "accepted" {
            let message = "The member account must be configured with a valid payment method.";
            return Err(Problem::constraint("MEMBER_ACCOUNT_PAYMENT_INSTRUMENT_REQUIRED", message));
        }
        store.change(Delta::Account(number, None), clock::instant());
        Ok(self.done())
    }
}

/// Whether one more account may be closed now.
fn quota(rows: &Rows) -> Result<(), Problem> {
    if rows.closings.values().filter(|one| one.waiting.is_some()).count() >= AT_ONCE {
        let message = "You have exceeded the number of accounts that you can close at a time.";
        return Err(Problem::constraint("CLOSE_ACCOUNT_REQUESTS_LIMIT_EXCEEDED", message));
    }
    let now = clock::wall().as_second();
    let recent = rows.closings.values().filter(|one| now - one.requested.as_second() < MONTH).count();
    let members = rows.count().saturating_sub(1);
    if recent >= ALWAYS.max(members / 5).min(NEVER_MORE) {
        let message = "You have exceeded close account quota for the past 30 days.";
        return Err(Problem::constraint("CLOSE_ACCOUNT_QUOTA_EXCEEDED", message));
    }
    Ok(())
}

/// Ends a closure.
fn finish(store: &mut Store, number: u32, closing: Closing) {
    let now = clock::instant();
    if let Some(account) = store.live.account(number) {
        let closed = Account { state: State::Closed, ..Account::clone(&account) };
        store.change(Delta::Account(number, Some(Arc::new(closed))), now);
    }
    store.change(Delta::Closing(number, Closing { waiting: None, ..closing }), now);
}

/// Ends the closures that nobody looked at for a while.
pub(super) fn settle(store: &mut Store, now: i64) {
    let old = store.live.closings.iter();
    let old = old.filter(|(_, one)| one.waiting.is_some() && now - one.requested.as_second() > PATIENCE);
    let old: Vec<(u32, Closing)> = old.map(|(number, one)| (*number, *one)).collect();
    for (number, closing) in old {
        finish(store, number, closing);
    }
}
