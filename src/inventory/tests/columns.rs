//! Rows as columns give back what was put in, whatever happened meanwhile; and what they cost.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::domain::{Listed, ParentRef, ProviderId, RawJson, Secret, Untrusted};
use crate::inventory::fake::key;
use crate::inventory::segment::ROWS;
use crate::inventory::{ListQuery, search};

/// Longer than any lag for which a confirmed write is defended against reads.
const STEP: u64 = 61_000;

#[derive(Clone, Debug)]
enum Step {
    /// A page that is no listing.
    Page(Vec<Account>),
    /// A whole listing: what it does not give is gone.
    Sync(Vec<Account>),
    Detail(Box<Account>),
    Moved(usize, usize),
    Renamed(usize, String),
    Gone(usize),
    Rival,
    Owner,
    Bring(usize),
}

const IDS: usize = 12;
const PLACES: [&str; 3] = ["o", "p", "q"];

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[a-c]{0,3}",
        1 => any::<String>(),
        1 => "[äx]{100,200}",
    ]
}

fn time() -> impl Strategy<Value = Option<String>> {
    prop_oneof![
        Just(None),
        "20[0-9]{2}-0[1-9]-[0-2][0-9]T[01][0-9]:00:00(\\.[0-9]{1,6})?Z".prop_map(Some),
        text().prop_map(Some),
    ]
}

fn accounts() -> impl Strategy<Value = Account> {
    let names = (0..IDS, text(), prop::option::of(text()), time(), time());
    let words = (prop::option::of("[ab]"), prop::option::of("[ab]"), prop::option::of(0..PLACES.len()));
    (names, words, prop::option::of(any::<bool>()), any::<bool>(), any::<bool>()).prop_map(
        |((id, name, email, created, updated), (kind, status, place), strict, secret, has_extra)| {
            let id = format!("id{id}");
            let mut record = serde_json::json!({"id": id, "name": name});
            if let Some(strict) = strict {
                record["settings"] = serde_json::json!({"enforce_twofactor": strict});
            }
            let secrets =
                if secret { BTreeMap::from([("s".to_owned(), Secret::new("5ec3e7"))]) } else { BTreeMap::new() };
            let plain = Account {
                provider: ProviderId::new("cloudflare"),
                kind: kind.map(Into::into),
                status: status.map(Into::into),
                email: email.map(Into::into),
                created_at: created.map(Into::into),
                updated_at: updated.map(Into::into),
                raw: RawJson::from(record),
                secrets,
                has_extra,
                ..account(&id, &name)
            };
            place.map_or(plain.clone(), |place| within(plain, PLACES[place]))
        },
    )
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let page = || prop::collection::vec(accounts(), 0..8);
    let step = prop_oneof![
        3 => page().prop_map(Step::Page),
        3 => page().prop_map(Step::Sync),
        2 => accounts().prop_map(|account| Step::Detail(Box::new(account))),
        2 => (0..IDS, 0..PLACES.len()).prop_map(|(id, to)| Step::Moved(id, to)),
        2 => (0..IDS, text()).prop_map(|(id, name)| Step::Renamed(id, name)),
        1 => (0..IDS).prop_map(Step::Gone),
        1 => Just(Step::Rival),
        2 => Just(Step::Owner),
        2 => (0..IDS).prop_map(Step::Bring),
    ];
    prop::collection::vec(step, 1..24)
}

/// The obvious inventory: whole accounts by their ids, and since when they are gone.
#[derive(Clone, Default)]
struct Model {
    known: BTreeMap<String, (Account, Option<Moment>)>,
    /// Where a confirmed move put them: it stands in for what their own records do not say.
    held: BTreeMap<String, ParentRef>,
    is_hidden: bool,
}

impl Model {
    fn file(&mut self, mut account: Account) {
        let id = account.key.id.as_str().to_owned();
        if account.parent.is_none() {
            account.parent = self.held.get(&id).cloned();
        }
        self.known.insert(id, (account, None));
    }

    fn file_all(&mut self, rows: &[Account]) {
        for row in rows {
            self.file(row.clone());
        }
    }

    /// What it knows by its id alone has the name that other accounts gave it: that, or none.
    fn learn(&mut self, snapshot: &Snapshot) {
        for (account, _) in self.known.values_mut() {
            let seen = snapshot.seen(&account.key).and_then(|row| row.parent().cloned());
            if let (Some(known), Some(seen)) = (&mut account.parent, seen)
                && known.name.is_empty()
                && seen.name.raw() == format!("Org {}", known.id)
            {
                *known = ParentRef { id: known.id.clone(), name: seen.name };
            }
        }
    }

    fn alive(&self, id: &str) -> Option<&Account> {
        let (account, gone) = self.known.get(id).filter(|_| !self.is_hidden)?;
        gone.is_none().then_some(account)
    }

    fn step(&mut self, step: &Step, at: Moment, name_of: &dyn Fn(&str) -> Untrusted) {
        if self.is_hidden && !matches!(step, Step::Owner) {
            return;
        }
        match step {
            Step::Page(rows) => self.file_all(rows),
            Step::Sync(rows) => {
                self.file_all(rows);
                let given = |id: &str| rows.iter().any(|row| row.key.id.as_str() == id);
                for (id, (_, gone)) in &mut self.known {
                    *gone = if given(id) { None } else { gone.or(Some(at)) };
                }
            }
            Step::Detail(fresh) => {
                let id = fresh.key.id.as_str();
                if let Some(known) = self.alive(id).cloned() {
                    let mut whole = (**fresh).clone();
                    if whole.name.is_empty() {
                        whole.name = known.name;
                    }
                    whole.kind = whole.kind.or(known.kind);
                    whole.status = whole.status.or(known.status);
                    whole.email = whole.email.or(known.email);
                    whole.created_at = whole.created_at.or(known.created_at);
                    whole.updated_at = whole.updated_at.or(known.updated_at);
                    whole.parent = whole.parent.or(known.parent);
                    self.known.insert(id.to_owned(), (whole, None));
                }
            }
            Step::Moved(id, to) => {
                let id = format!("id{id}");
                let to = ParentRef { id: OrganizationId::new(PLACES[*to]), name: name_of(PLACES[*to]) };
                // No listing of organizations gave it a name here.
                self.held.insert(id.clone(), ParentRef { name: Untrusted::default(), ..to.clone() });
                if let Some((account, None)) = self.known.get_mut(&id) {
                    account.parent = Some(to);
                }
            }
            Step::Renamed(id, name) => {
                if let Some((account, None)) = self.known.get_mut(&format!("id{id}")) {
                    let mut record = account.raw.value();
                    record["name"] = serde_json::Value::from(name.as_str());
                    if account.raw.at("name") == Some(account.name.raw().into()) {
                        account.name = Untrusted::new(name);
                    }
                    account.raw = record.into();
                }
            }
            Step::Gone(id) => {
                if let Some((_, gone)) = self.known.get_mut(&format!("id{id}")) {
                    *gone = gone.or(Some(at));
                }
            }
            Step::Rival => self.is_hidden = true,
            Step::Owner => self.is_hidden = false,
            Step::Bring(_) => {}
        }
    }
}

fn perform(inventory: &Inventory, step: &Step, at: Moment) {
    let absorb = |query: &Query, reply: Reply| drop(inventory.absorb(&connection(), query, &reply, at));
    let confirm = |confirmed| drop(inventory.confirm(&connection(), vec![confirmed], at));
    let id = |nth: &usize| AccountId::new(format!("id{nth}"));
    match step {
        Step::Page(rows) => {
            let query = Query::Accounts(ListScope::all(), Cursor::First);
            absorb(&query, Reply::Accounts(page(rows.clone(), None)));
        }
        Step::Sync(rows) => {
            let run = inventory.begin(&connection(), Moment(1)).run;
            inventory.list(&connection(), run, rows.clone(), |_| <_>::default());
            inventory.complete(&connection(), run, 1, at);
            inventory.publish();
        }
        Step::Detail(account) => {
            let query = Query::Account(account.key.id.clone(), DetailOptions::default());
            absorb(&query, Reply::Account(account.clone()));
        }
        Step::Moved(nth, to) => confirm(Confirmed::Moved(id(nth), OrganizationId::new(PLACES[*to]))),
        Step::Renamed(nth, name) => confirm(Confirmed::Edited(id(nth), vec![("name".into(), name.clone())])),
        Step::Gone(nth) => confirm(Confirmed::Gone(Subject::Account(key(id(nth).as_str())))),
        Step::Rival => absorb(&Query::Identity, Reply::Identity(identity("rival"))),
        Step::Owner => absorb(&Query::Identity, Reply::Identity(identity("owner"))),
        Step::Bring(nth) => drop(inventory.bring(&key(id(nth).as_str()))),
    }
}

/// Whether a row reads as this account.
fn same(row: &impl Listed, account: &Account) -> bool {
    row.key() == account.key
        && row.has_key(&account.key)
        && row.provider() == Listed::provider(account)
        && row.name() == Listed::name(account)
        && row.kind() == Listed::kind(account)
        && row.status() == Listed::status(account)
        && row.email() == Listed::email(account)
        && row.created_at() == Listed::created_at(account)
        && row.updated_at() == Listed::updated_at(account)
        && row.parent() == Listed::parent(account)
        && row.path("settings.enforce_twofactor") == account.path("settings.enforce_twofactor")
}

fn is_as(snapshot: &Snapshot, model: &Model) -> Result<(), TestCaseError> {
    let mut alive = 0;
    for (id, (account, gone)) in &model.known {
        let seen = snapshot.seen(&account.key).filter(|_| !model.is_hidden);
        prop_assert_eq!(seen.is_some(), !model.is_hidden);
        if let Some(row) = seen {
            prop_assert!(same(&row, account), "{:?} {:?}", row.key(), account);
            prop_assert_eq!(row.gone_since(), *gone);
            prop_assert_eq!(row.is_alive(), gone.is_none());
        }
        let found = snapshot.find(&account.key).map(|row| row.number());
        prop_assert_eq!(found.is_some(), model.alive(id).is_some());
        alive += usize::from(found.is_some());
    }
    prop_assert_eq!((snapshot.len(), snapshot.rows().count()), (alive, alive));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rows_read_as_the_accounts_that_were_put_in_and_records_are_whole(steps in steps()) {
        let inventory = Inventory::default();
        let mut model = Model::default();
        absorb(&inventory, &Query::Identity, &Reply::Identity(identity("owner")));
        let mut numbers = BTreeMap::new();
        let mut before = (inventory.snapshot(), model.clone());
        for (nth, step) in (1..).zip(steps) {
            let at = Moment(nth * STEP);
            // It is later: nothing that was confirmed is defended against reads any more.
            let owner = if model.is_hidden { "rival" } else { "owner" };
            inventory.absorb(&connection(), &Query::Identity, &Reply::Identity(identity(owner)), at);
            let names = inventory.snapshot();
            let name_of = |id: &str| {
                let node = names.connection(&connection()).and_then(|view| view.tree.node(&OrganizationId::new(id)));
                node.map(|node| node.organization.name.clone()).unwrap_or_default()
            };
            perform(&inventory, &step, at);
            model.step(&step, at, &name_of);
            let snapshot = inventory.snapshot();
            model.learn(&snapshot);
            is_as(&snapshot, &model)?;
            prop_assert_eq!(snapshot.connection(&connection()).unwrap().accounts, snapshot.len() as u64);
            for row in snapshot.rows() {
                let before = numbers.insert(row.key(), row.number());
                prop_assert_eq!(before.unwrap_or(row.number()), row.number(), "its number stays");
                prop_assert_eq!(snapshot.get(row.number()).unwrap().key(), row.key());
            }
            for (account, _) in model.known.values() {
                let whole = inventory.recall(&account.key);
                let expected = (!model.is_hidden).then_some(account);
                prop_assert_eq!(whole.as_deref(), expected);
                if let Some(at_hand) = snapshot.recalled(&account.key) {
                    prop_assert_eq!(&**at_hand, account);
                    prop_assert!(!model.is_hidden);
                }
            }
            let all: Vec<Account> = inventory.records(snapshot.rows().map(|row| row.number())).collect();
            prop_assert_eq!(all.len(), snapshot.len());
            is_as(&before.0, &before.1)?;
            before = (snapshot, model.clone());
        }
    }

    #[test]
    fn a_list_of_its_own_reads_as_it_was_given(rows in prop::collection::vec(accounts(), 0..20)) {
        let snapshot = Snapshot::of(rows.clone());
        prop_assert_eq!(snapshot.len(), rows.len());
        for (nth, account) in (0u32..).zip(&rows) {
            prop_assert!(same(&snapshot.get(nth).unwrap(), account));
            prop_assert_eq!(&*snapshot.own()[nth as usize], account);
            let first = rows.iter().position(|row| row.key == account.key).unwrap();
            prop_assert_eq!(snapshot.row(&account.key), Some(u32::try_from(first).unwrap()));
            prop_assert_eq!(&**snapshot.recalled(&account.key).unwrap(), &rows[first]);
        }
    }
}

/// Accounts as PERFORMANCE reckons them: name, id and e-mail are 88 bytes.
fn typical(count: usize) -> Vec<Account> {
    (0..count)
        .map(|nth| {
            let id = format!("{:032x}", (nth as u128 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835));
            let strict = nth.is_multiple_of(3);
            let plain = Account {
                provider: ProviderId::new("cloudflare"),
                kind: Some(["standard", "enterprise"][nth % 2].into()),
                email: Some(format!("admin{nth:07}@acme-prod.example").as_str().into()),
                created_at: Some(format!("20{:02}-05-01T00:00:{:02}.123456Z", nth % 25, nth % 60).as_str().into()),
                raw: serde_json::json!({"settings": {"enforce_twofactor": strict}}).into(),
                ..account(&id, &format!("Globex Media Group {nth:08}"))
            };
            within(plain, &format!("{:032x}", nth % 300))
        })
        .collect()
}

#[test]
fn a_row_costs_at_most_150_bytes_with_its_index_and_its_order() {
    // The index has the same share of empty places as with a million rows: 62,500 times sixteen.
    let count = 62_500;
    let inventory = Inventory::default();
    for rows in typical(count).chunks(500) {
        listed(&inventory, rows.to_vec());
    }
    let snapshot = inventory.snapshot();
    search(&snapshot, &Arc::new(ListQuery::default()), &|| false).unwrap();
    let row = snapshot.bytes() / count;
    assert!(row <= 150, "{row} bytes a row");
    assert!(row > 88 + 16, "{row} bytes a row can't be counted honestly");
}

#[test]
fn names_that_change_again_and_again_leave_no_garbage_behind() {
    let inventory = Inventory::default();
    listed(&inventory, typical(ROWS));
    let before = inventory.snapshot().bytes();
    for nth in 0..20 {
        let rows = typical(ROWS)
            .into_iter()
            .map(|row| Account { name: format!("Renamed for the {nth}th time").as_str().into(), ..row });
        listed(&inventory, rows.collect());
    }
    let snapshot = inventory.snapshot();
    assert!(snapshot.rows().all(|row| row.name() == "Renamed for the 19th time"));
    assert!(snapshot.bytes() < before * 2, "{} after {before}", snapshot.bytes());
}

#[test]
fn what_was_brought_is_at_hand_until_many_others_were() {
    let inventory = Inventory::default();
    listed(&inventory, (0..300).map(|nth| account(&nth.to_string(), "A")).collect());
    assert!(inventory.snapshot().recalled(&key("0")).is_none());
    let snapshot = inventory.bring(&key("0"));
    assert_eq!(snapshot.whole(&key("0")).unwrap().raw, account("0", "A").raw);
    assert!(snapshot.detail(&key("0")).is_none(), "its own request gave nothing");
    assert_eq!(snapshot.listing(), inventory.snapshot().listing(), "a search is as good as before");
    assert_eq!(inventory.bring(&key("0")).generation(), snapshot.generation(), "nothing is new");
    assert_eq!(inventory.bring(&key("nobody")).generation(), snapshot.generation());
    for nth in 1..300 {
        inventory.bring(&key(&nth.to_string()));
    }
    let snapshot = inventory.snapshot();
    assert!(snapshot.recalled(&key("0")).is_none() && snapshot.recalled(&key("299")).is_some());
    let kept = (0..300).filter(|nth| snapshot.recalled(&key(&nth.to_string())).is_some()).count();
    assert_eq!(kept, crate::inventory::records::AT_HAND);
}

#[test]
fn what_vanished_is_gone_since_its_listing_and_lists_again_under_its_number() {
    let inventory = Inventory::default();
    let mut fake = Fake::new(&NUMBERED);
    fake.accounts = answer(|_| Ok(page(vec![account("a", "A"), account("b", "B")], None)));
    assert_eq!(synced(&inventory, &fake).0, Ok(()));
    let row = inventory.snapshot().row(&key("a")).unwrap();
    replace(&fake.accounts, |_| Ok(page(vec![account("b", "B")], None)));
    assert_eq!(synced(&inventory, &fake).0, Ok(()));
    let SyncState::Complete { at } = state(&inventory) else { panic!() };
    let snapshot = inventory.snapshot();
    assert!(snapshot.find(&key("a")).is_none() && snapshot.row(&key("a")).is_none());
    assert_eq!(snapshot.seen(&key("a")).unwrap().gone_since(), Some(at));
    assert_eq!(inventory.recall(&key("a")).unwrap().name.raw(), "A");
    let found = search(&snapshot, &Arc::new(ListQuery::default()), &|| false).unwrap();
    assert_eq!((found.rows.len(), found.in_scope), (1, 1));
    // A listing that does not give it once more does not make it gone anew.
    assert_eq!(synced(&inventory, &fake).0, Ok(()));
    assert_eq!(inventory.snapshot().seen(&key("a")).unwrap().gone_since(), Some(at));
    replace(&fake.accounts, |_| Ok(page(vec![account("a", "Again"), account("b", "B")], None)));
    assert_eq!(synced(&inventory, &fake).0, Ok(()));
    let snapshot = inventory.snapshot();
    assert_eq!(snapshot.row(&key("a")), Some(row));
    assert_eq!((snapshot.get(row).unwrap().name(), snapshot.get(row).unwrap().gone_since()), ("Again", None));
}
