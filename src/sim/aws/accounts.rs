//! Accounts: list, describe, move.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::sim::clock;
use crate::sim::request::{Answer, Ask};

use super::body::Fields;
use super::problem::Problem;
use super::rows::{Account, Delta, Rows};
use super::{Aws, MANAGEMENT, listed, open, render, told};

impl Aws {
    /// `ListAccounts`: all of them.
    pub(super) fn list_accounts(&self, ask: &Ask, fields: &Fields) -> Result<Answer, Problem> {
        let page = self.page(ask, fields, "accounts")?;
        self.read(ask, |rows| {
            let first = u32::try_from(page.from).unwrap_or(u32::MAX);
            let numbers = rows.numbers(first..u32::MAX);
            let (found, next) = page.cut(numbers.map(|number| (u64::from(number), number)));
            Ok(listed(page.body("Accounts", self.accounts(rows, &found, ask), next)))
        })
    }

    /// `ListAccountsForParent`: those that a root or unit holds itself.
    pub(super) fn list_members(&self, ask: &Ask, fields: &Fields) -> Result<Answer, Problem> {
        let parent = fields.required("ParentId")?;
        let page = self.page(ask, fields, &format!("members of {parent}"))?;
        self.read(ask, |rows| {
            let parent = self.parent(rows, ask, fields, "ParentId", "ParentNotFoundException")?;
            let held = Self::members_from(rows, parent, page.from);
            let (found, next) = page.cut(held.map(|number| (u64::from(number), number)));
            Ok(listed(page.body("Accounts", self.accounts(rows, &found, ask), next)))
        })
    }

    /// The accounts that a unit holds itself, from a number on; found without looking at those before.
    pub(super) fn members_from(rows: &Rows, unit: usize, from: u64) -> impl Iterator<Item = u32> + '_ {
        let held = rows.members(unit);
        held[held.partition_point(|number| u64::from(*number) < from)..].iter().copied()
    }

    fn accounts(&self, rows: &Rows, numbers: &[u32], ask: &Ask) -> Vec<Value> {
        let found = numbers.iter().filter_map(|number| Some((*number, rows.account(*number)?)));
        let mut page = found.map(|(number, one)| render::account(rows, &self.choices, number, &one)).collect();
        ask.weather.disturb(&mut page);
        page
    }

    /// `DescribeAccount`: the same fields as in the lists.
    pub(super) fn describe_account(&self, ask: &Ask, fields: &Fields) -> Result<Answer, Problem> {
        let id = fields.required("AccountId")?;
        if let Some(number) = self.demo.ids.account_number(id) {
            self.look_at_closing(number);
        }
        self.read(ask, |rows| {
            let (number, account) = self.account(rows, fields)?;
            Ok(told(&json!({"Account": render::account(rows, &self.choices, number, &account)})))
        })
    }

    /// `MoveAccount`: the source must be the account's parent.
    pub(super) fn move_account(&self, ask: &Ask, fields: &Fields) -> Result<Answer, Problem> {
        let mut store = self.store();
        let (number, account) = self.account(&store.live, fields)?;
        let lost = "SourceParentNotFoundException";
        let source = self.parent(&store.live, ask, fields, "SourceParentId", lost)?;
        let destination =
            self.parent(&store.live, ask, fields, "DestinationParentId", "DestinationParentNotFoundException")?;
        if source != account.parent {
            return Err(Problem::new(lost, "You specified a source parent that doesn't contain the account."));
        }
        if source == destination {
            let message = "You specified an account that is already present in the specified destination.";
            return Err(Problem::new("DuplicateAccountException", message));
        }
        if number == MANAGEMENT && self.of(open::MOVE_MANAGEMENT) != "accepted" {
            return Err(Problem::denied("You can't move the management account."));
        }
        let moved = Account { parent: destination, ..Account::clone(&account) };
        store.change(Delta::Account(number, Some(Arc::new(moved))), clock::instant());
        Ok(self.done())
    }
}
