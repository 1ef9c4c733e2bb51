//! The marked accounts as a text for the user's editor, and the changes that the saved text asks for.

use std::collections::HashMap;
use std::sync::Arc;

use crate::app::RequestId;
use crate::changes::{Editable, Known, Sheet, SheetFormat, form_of};
use crate::domain::{
    Account, AccountId, AccountKey, Change, ConnectionName, Failure, FailureKind, FormSpec, Identity, Moment,
};
use crate::inventory::{Inventory, Snapshot};
use crate::provider::{Spec, registry};

/// What was done with a sheet away from the loop, which reads and compares no rows.
#[derive(Debug)]
pub(super) enum Made {
    /// The accounts were read: the text for the editor, or why there is none.
    Text(RequestId, Seen, Result<String, Failure>),
    /// The saved text was read.
    Judged(RequestId, Result<Vec<Change>, (String, Failure)>),
}

/// The accounts as they were when the text was made: what the person saw. Whatever was altered since is a conflict of
/// the plan, which reads afresh.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    inventory: Arc<Inventory>,
    snapshot: Arc<Snapshot>,
    /// What can be edited of the marked accounts, or why nothing can.
    marked: Vec<(AccountKey, Result<Editable, String>)>,
    /// The place of each among them.
    places: HashMap<AccountKey, usize>,
}

impl Seen {
    /// Reads the accounts' whole records: takes the disk's time for each.
    pub(super) fn new(inventory: Arc<Inventory>, accounts: &[AccountKey]) -> Self {
        let read = |key: &AccountKey| {
            let row = match inventory.recall(key) {
                Some(account) => editable(&account).map_err(|reason| format!("{}: {reason}", key.connection)),
                None => Err(format!("{}: {} is not there any more", key.connection, key.id)),
            };
            (key.clone(), row)
        };
        let marked = accounts.iter().map(read).collect();
        let places = accounts.iter().enumerate().map(|(place, key)| (key.clone(), place)).collect();
        Self { snapshot: inventory.snapshot(), inventory, marked, places }
    }

    /// The accounts as a text. What can't be edited is left out, and named in the text's head.
    ///
    /// # Errors
    /// `Unsupported` with the providers' sentences if nothing of them can be edited.
    pub(super) fn text(&self, at: Moment) -> Result<String, Failure> {
        let (mut rows, mut left) = (Vec::new(), Vec::<String>::new());
        for (_, row) in &self.marked {
            match row {
                Ok(row) => rows.push(row.clone()),
                Err(words) if left.contains(words) => {}
                Err(words) => left.push(words.clone()),
            }
        }
        if rows.is_empty() {
            return Err(Failure::new(FailureKind::Unsupported, "editing accounts as a text", left.join("; ")));
        }
        let mut owners: Vec<(ConnectionName, Option<Identity>)> = Vec::new();
        for row in &rows {
            if !owners.iter().any(|(name, _)| *name == row.key.connection) {
                let name = row.key.connection.clone();
                let identity = self.identity(name.as_str());
                owners.push((name, identity));
            }
        }
        Ok(Sheet::write(&rows, &owners, &left, at, SheetFormat::Toml))
    }

    /// What a saved text asks for.
    ///
    /// # Errors
    /// `Refused` with an item for each line that can't be taken; `Conflict` where only somebody else's changes of the
    /// same fields are in the way.
    pub(super) fn changes(&self, text: &str) -> Result<Vec<Change>, Failure> {
        let sheet = Sheet::read(text, SheetFormat::Toml)?;
        Ok(sheet.changes(self)?)
    }
}

fn spec_of(account: &Account) -> Option<&'static Spec> {
    registry().iter().map(|kind| kind.spec).find(|spec| spec.id() == account.provider)
}

fn editable(account: &Account) -> Result<Editable, &'static str> {
    spec_of(account)
        .ok_or("this version of acctui does not know its provider")
        .and_then(|spec| Editable::of(account, spec))
}

impl Known for Seen {
    fn editable(&self, connection: Option<&str>, id: &AccountId) -> Result<Editable, String> {
        let at = |name: &ConnectionName| {
            let key = AccountKey { connection: name.clone(), id: id.clone() };
            if let Some((_, Ok(marked))) = self.places.get(&key).and_then(|place| self.marked.get(*place)) {
                return Some(Ok(marked.clone()));
            }
            self.snapshot.find(&key)?;
            Some(editable(&*self.inventory.recall(&key)?).map_err(str::to_owned))
        };
        let found = match connection {
            Some(name) => at(&ConnectionName::new(name)),
            None => self.snapshot.connections().find_map(|(name, _)| at(name)),
        };
        found.unwrap_or_else(|| Err(format!("there is no account {id}")))
    }

    fn identity(&self, connection: &str) -> Option<Identity> {
        Some(self.snapshot.connection(&ConnectionName::new(connection))?.identity.as_ref()?.value.clone())
    }

    fn forms(&self) -> Vec<&'static FormSpec> {
        registry().iter().filter_map(|kind| form_of(kind.spec).ok()).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::domain::{ProviderId, RawJson, Subject, Untrusted};
    use crate::provider::{Cursor, ListScope, Page, Query, Reply};

    fn account(provider: &str, id: &str, raw: &str) -> Account {
        Account {
            key: AccountKey { connection: ConnectionName::new(provider), id: AccountId::new(id) },
            provider: ProviderId::new(provider),
            name: Untrusted::new(format!("Account {id}")),
            kind: None,
            status: None,
            email: None,
            created_at: None,
            updated_at: None,
            parent: None,
            raw: RawJson::parse(raw).unwrap(),
            secrets: BTreeMap::new(),
            has_extra: false,
        }
    }

    fn seen(upto: std::ops::Range<usize>) -> (Seen, Vec<AccountKey>) {
        let accounts = vec![
            account("huawei", "1", r#"{"description":"old"}"#),
            account("huawei", "2", "{}"),
            account("cloud66", "3", "{}"),
        ];
        let keys: Vec<AccountKey> = accounts.iter().map(|account| account.key.clone()).collect();
        let inventory = Arc::new(Inventory::default());
        for account in accounts {
            let rows = vec![account.clone()];
            let rows = Page { rows, next: None, total: None, pages: None, messages: Vec::new(), holds: Vec::new() };
            let query = Query::Accounts(ListScope::all(), Cursor::First);
            inventory.absorb(&account.key.connection, &query, &Reply::Accounts(rows), Moment(1));
        }
        (Seen::new(inventory, &keys[upto.clone()]), keys[upto].to_vec())
    }

    #[test]
    fn the_marked_accounts_are_a_text_and_the_saved_text_is_what_it_changes() {
        let (seen, keys) = seen(0..3);
        let text = seen.text(Moment(0)).unwrap();
        assert!(text.contains("description = \"old\"") && text.contains("# rows: 2\n"), "{text}");
        assert!(text.contains("# left out: cloud66: "), "what can't be edited is said: {text}");
        assert_eq!(seen.changes(&text).unwrap(), []);
        let changes = seen.changes(&text.replace("\"old\"", "\"new\"")).unwrap();
        assert_eq!(changes.len(), 1);
        assert_eq!(changes[0].subject, Subject::Account(keys[0].clone()));
        assert_eq!(
            (changes[0].values.get("description"), changes[0].base.as_ref().unwrap().get("description")),
            ("new", "old")
        );
    }

    #[test]
    fn what_cannot_be_taken_is_said_line_by_line() {
        let (two, _) = seen(0..2);
        let text = two.text(Moment(0)).unwrap();
        let failure = two.changes(&text.replace("description = \"old\"", "descriptoin = \"x\"")).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Refused);
        assert!(failure.items[0].message.raw().starts_with("line "), "{failure}");
        let failure = seen(2..3).0.text(Moment(0)).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Unsupported);
        assert!(failure.cause.contains("cloud66: "), "{failure}");
    }
}
