//! What search reads of every row, one after the other in memory: walking the accounts themselves is a cache miss at
//! each step, and four times as slow.

use std::collections::HashMap;
use std::sync::Arc;

use super::order::{CHUNK, Keys};
use crate::domain::{Account, ConnectionName, ParentRef, Untrusted};

/// All rows and their order by name; made once a set of rows. Ties go by key, so that the order does not hang on the
/// order in which pages came.
#[derive(Debug)]
pub(super) struct Table {
    /// The rows, first name first.
    pub(super) order: Vec<u32>,
    /// The place of each row in `order`.
    pub(super) rank: Vec<u32>,
    /// Where rows stand: a few hundred places for any number of rows.
    pub(super) places: Vec<Place>,
    /// For each row its place, an index into `places`.
    place: Vec<u32>,
    /// Name, id and e-mail of each row, and where each of them ends.
    text: String,
    ends: Vec<[usize; 3]>,
}

/// Where a row stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) connection: ConnectionName,
    pub(super) parent: Option<ParentRef>,
}

/// What search reads of one row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Line<'a> {
    pub(super) name: &'a str,
    pub(super) id: &'a str,
    /// Empty where there is none.
    pub(super) email: &'a str,
}

impl Table {
    /// Sorts and copies all rows; `None` if cancelled.
    pub(super) fn of(accounts: &[Arc<Account>], cancelled: &dyn Fn() -> bool) -> Option<Self> {
        let order = by_name(accounts, cancelled)?;
        let mut table = Self {
            rank: vec![0; order.len()],
            places: Vec::new(),
            place: Vec::with_capacity(order.len()),
            text: String::new(),
            ends: Vec::with_capacity(order.len()),
            order,
        };
        let mut known = HashMap::new();
        for (row, account) in accounts.iter().enumerate() {
            if row.is_multiple_of(CHUNK) && cancelled() {
                return None;
            }
            let parent = account.parent.as_ref();
            let parent = parent.map(|parent| (&parent.id, &parent.name));
            let place = known.entry((&account.key.connection, parent)).or_insert_with(|| table.add(account));
            table.place.push(*place);
            table.write(account);
        }
        for (place, &row) in (0u32..).zip(&table.order) {
            table.rank[row as usize] = place;
        }
        Some(table)
    }

    /// A place that no row before had.
    fn add(&mut self, account: &Account) -> u32 {
        // There are at most as many places as rows, and those have 32 bits.
        let at = u32::try_from(self.places.len()).unwrap_or(u32::MAX);
        self.places.push(Place { connection: account.key.connection.clone(), parent: account.parent.clone() });
        at
    }

    fn write(&mut self, account: &Account) {
        let email = account.email.as_ref().map_or("", Untrusted::raw);
        let ends = [account.name.raw(), account.key.id.as_str(), email].map(|text| {
            self.text.push_str(text);
            self.text.len()
        });
        self.ends.push(ends);
    }

    /// What search reads of a row.
    pub(super) fn line(&self, row: u32) -> Line<'_> {
        let row = row as usize;
        let start = match row {
            0 => 0,
            _ => self.ends[row - 1][2],
        };
        let [name, id, email] = self.ends[row];
        Line { name: &self.text[start..name], id: &self.text[name..id], email: &self.text[id..email] }
    }

    /// Where a row stands: an index into `places`.
    pub(super) fn place(&self, row: u32) -> usize {
        self.place[row as usize] as usize
    }
}

fn by_name(accounts: &[Arc<Account>], cancelled: &dyn Fn() -> bool) -> Option<Vec<u32>> {
    let mut keys = Keys::default();
    for (row, account) in (0u32..).zip(accounts) {
        if (row as usize).is_multiple_of(CHUNK) && cancelled() {
            return None;
        }
        keys.push(row, account.name.raw());
    }
    Some(keys.sorted(|left, right| {
        let (left, right) = (&accounts[left as usize], &accounts[right as usize]);
        (left.name.raw(), &left.key).cmp(&(right.name.raw(), &right.key))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::fake::{account, within};

    #[test]
    fn every_row_has_its_line_and_equal_places_are_one() {
        let mailed = Account { email: Some("b@x.example".into()), ..within(account("2", "Ærø"), "o") };
        let rows = [account("1", "zoo"), mailed, within(account("3", "acme"), "o")];
        let rows: Vec<Arc<Account>> = rows.into_iter().map(Arc::new).collect();
        let table = Table::of(&rows, &|| false).unwrap();
        assert_eq!(table.order, [2, 0, 1]);
        assert_eq!(table.rank, [1, 2, 0]);
        assert_eq!(table.places.len(), 2);
        for (row, account) in (0u32..).zip(&rows) {
            let line = table.line(row);
            assert_eq!(line.name, account.name.raw());
            assert_eq!(line.id, account.key.id.as_str());
            assert_eq!(line.email, account.email.as_ref().map_or("", Untrusted::raw));
            assert_eq!(table.places[table.place(row)].parent, account.parent);
        }
    }
}
