//! Random changes, and what the history makes of them.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{Heard, History, apply, differences, record_of};
use crate::domain::{
    Account, AccountId, AccountKey, ConnectionName, Difference, HistoryEntry, Identity, Moment, Observed,
    OrganizationId, ParentRef, ProviderId, RawJson, Untrusted, Vanished, careful,
};
use crate::inventory::disk::{Batch, Disk, Ending, HistoryQuery, OwnerNo, Progress, Resume};
use crate::inventory::{ListQuery, Snapshot, search};

const NOW: Moment = Moment(1_790_000_000_000);

fn account(id: &str, name: &str, raw: &Value) -> Account {
    Account {
        key: AccountKey { connection: ConnectionName::new("prod"), id: AccountId::new(id) },
        provider: ProviderId::new("cloudflare"),
        name: Untrusted::new(name),
        kind: None,
        status: None,
        email: None,
        created_at: None,
        updated_at: None,
        parent: None,
        raw: RawJson::from(raw.clone()),
        secrets: BTreeMap::new(),
        has_extra: false,
    }
}

fn organization(id: &str) -> ParentRef {
    ParentRef { id: OrganizationId::new(id), name: Untrusted::from(format!("Org {id}")) }
}

/// What `list -o json` writes.
fn export(accounts: &[Account]) -> String {
    let snapshot = Arc::new(Snapshot::of(accounts.to_vec()));
    let found = search(&snapshot, &Arc::new(ListQuery::default()), &|| false).unwrap();
    let rows: Vec<String> =
        found.rows.iter().map(|row| careful(&record_of(&snapshot.own()[*row as usize])).into_owned()).collect();
    if rows.is_empty() { "[]\n".into() } else { format!("[\n{}\n]\n", rows.join(",\n")) }
}

/// Entries as somebody reads them who has only what the command line writes.
fn written(observed: impl IntoIterator<Item = Observed>) -> Vec<HistoryEntry> {
    let entries = (1..).zip(observed).map(|(seq, observed)| HistoryEntry { seq, observed });
    entries.map(|entry| serde_json::from_str(&careful(&serde_json::to_string(&entry).unwrap())).unwrap()).collect()
}

fn observed(account: &Account, difference: Difference) -> Observed {
    let (key, name) = (account.key.clone(), account.name.clone());
    Observed { at: NOW, key, identity: String::new(), name, difference }
}

#[test]
fn each_leaf_that_differs_is_told_and_null_is_not_absent() {
    let before = Account {
        status: Some(Untrusted::new("active")),
        parent: Some(organization("a")),
        ..account("1", "One", &json!({"n": 1, "gone": null, "deep": {"x.y": [1, 2], "same": true}, "list": [{"a": 1}]}))
    };
    let after = Account {
        status: None,
        parent: Some(organization("b")),
        ..account("1", "One", &json!({"n": 1, "deep": {"x.y": [1], "same": true}, "list": [{"a": 1}], "new": null}))
    };
    let text = |text: &str| Some(text.to_owned());
    let field = |field: &str, from, to| Difference::Field { field: field.into(), from, to };
    assert_eq!(
        differences(Some(&before), Some(&after)),
        [
            field("status", text("\"active\""), text("null")),
            Difference::Moved { from: text(r#"{"id":"a","name":"Org a"}"#), to: text(r#"{"id":"b","name":"Org b"}"#) },
            field("raw.gone", text("null"), None),
            field(r"raw.deep.x\.y", text("[1,2]"), text("[1]")),
            field("raw.new", None, text("null")),
        ]
    );
    assert_eq!(differences(Some(&before), Some(&before)), []);
    let renamed = Account { parent: Some(ParentRef { name: "New".into(), ..organization("a") }), ..before.clone() };
    assert_eq!(
        differences(Some(&before), Some(&renamed)),
        [field("parent.name", text("\"Org a\""), text("\"New\""))],
        "an organization that is called otherwise is no other one"
    );
    let unnamed = Account { parent: Some(ParentRef { name: "".into(), ..organization("a") }), ..before.clone() };
    assert_eq!(differences(Some(&unnamed), Some(&before)), [], "a name that nobody knew before is no news");
    let outside = Account { parent: None, ..before.clone() };
    assert!(matches!(&differences(Some(&before), Some(&outside))[..], [Difference::Moved { to: None, .. }]));
    let turned = Account { raw: RawJson::from(json!({"b": 1, "a": 1})), ..before.clone() };
    let straight = Account { raw: RawJson::from(json!({"a": 1, "b": 1})), ..before };
    assert!(matches!(&differences(Some(&turned), Some(&straight))[..], [Difference::Order { .. }]));
}

#[test]
fn what_does_not_fit_is_said() {
    let one = account("1", "One", &json!({"n": 1}));
    let two = account("1", "Two", &json!({"n": 2}));
    let entries = written(differences(Some(&one), Some(&two)).into_iter().map(|it| observed(&two, it)));
    let now = apply(&export(std::slice::from_ref(&one)), &entries).unwrap();
    assert_eq!(now, export(std::slice::from_ref(&two)));
    assert!(apply(&now, &entries).unwrap_err().to_string().contains("name was not what it says"));
    assert!(apply("[]", &entries).unwrap_err().to_string().contains("there is no such account"));
    assert!(apply("{}", &entries).is_err());
}

/// Names of all kinds, also such that count the same in the list's order.
fn names() -> impl Strategy<Value = String> {
    prop_oneof!["[aA]?[b0-1 ä]{0,3}", "\\PC{0,6}", Just("\u{202e}\u{0}\n\"\\".to_owned())]
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        names().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            proptest::collection::vec((keys(), inner), 0..5)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect::<Map<String, Value>>())),
        ]
    })
}

fn keys() -> impl Strategy<Value = String> {
    prop_oneof!["[a-d]", "[a.\\\\]{0,2}", Just("\u{202e}".to_owned())]
}

fn accounts() -> impl Strategy<Value = Vec<Account>> {
    let text = || proptest::option::of(names().prop_map(Untrusted::from));
    let parent = proptest::option::of("[ab]".prop_map(|id| organization(&id)));
    let one = (0..6_u8, names(), text(), text(), parent, values()).prop_map(|(id, name, kind, status, parent, raw)| {
        Account { kind, status, parent, ..account(&id.to_string(), &name, &raw) }
    });
    proptest::collection::vec(one, 0..8).prop_map(|rows| {
        let by_id: BTreeMap<AccountId, Account> = rows.into_iter().map(|row| (row.key.id.clone(), row)).collect();
        by_id.into_values().collect()
    })
}

proptest! {
    #[test]
    fn the_export_of_then_and_the_history_since_make_the_export_of_now(
        states in proptest::collection::vec(accounts(), 2..5),
    ) {
        let mut entries = Vec::new();
        for two in states.windows(2) {
            let find = |in_: &[Account], id: &AccountId| in_.iter().find(|it| it.key.id == *id).cloned();
            let mut ids: Vec<AccountId> = two.iter().flatten().map(|account| account.key.id.clone()).collect();
            ids.sort();
            ids.dedup();
            for id in ids {
                let (before, after) = (find(&two[0], &id), find(&two[1], &id));
                let shown = after.clone().or(before.clone()).unwrap();
                entries.extend(differences(before.as_ref(), after.as_ref()).into_iter().map(|it| observed(&shown, it)));
            }
        }
        let now = apply(&export(&states[0]), &written(entries));
        prop_assert_eq!(now, Ok(export(states.last().unwrap())));
    }
}

/// A disk with a history beside it.
struct World {
    disk: Disk,
    history: History,
    owner: OwnerNo,
}

impl World {
    fn new() -> Self {
        let disk = Disk::in_memory();
        let identity = Identity {
            provider: ProviderId::new("cloudflare"),
            origin: "https://api.example".into(),
            organization: None,
            user: Untrusted::new("ada"),
            credential: "API token".into(),
            expires_at: None,
        };
        let connection = ConnectionName::new("prod");
        let owner = disk.identify(&connection, &identity.provider.clone(), Some(&identity), NOW).unwrap().owner;
        Self { disk, history: History::in_memory(), owner }
    }

    /// A whole listing; what its end came to.
    fn list(&self, accounts: &[Account], at: u64) -> Heard {
        let at = NOW.plus(at);
        let run = self.disk.begin(self.owner, at).unwrap();
        let mut page = Batch::new(self.owner, at);
        page.accounts = accounts.iter().cloned().map(Into::into).collect();
        page.progress = Some(Progress { run, resume: Resume::default() });
        let heard = self.history.write(&self.disk, &mut page).unwrap();
        assert!(heard.trouble.is_none(), "{heard:?}");
        let mut end = Batch::new(self.owner, at);
        end.ending = Some(Ending { run, pages: 1 });
        let ended = self.history.write(&self.disk, &mut end).unwrap();
        assert!(ended.trouble.is_none(), "{ended:?}");
        Heard { observed: heard.observed + ended.observed, ..ended }
    }

    fn entries(&self) -> Vec<HistoryEntry> {
        let mut found = Vec::new();
        self.history
            .own()
            .history(&HistoryQuery::default(), |entry| {
                found.push(entry);
                ControlFlow::Continue(())
            })
            .unwrap();
        found
    }

    /// What entries say, in short: id and kind.
    fn kinds(&self) -> Vec<(String, &'static str)> {
        let entries = self.entries();
        entries
            .iter()
            .map(|entry| (entry.observed.key.id.as_str().to_owned(), entry.observed.difference.word()))
            .collect()
    }
}

fn numbered(count: u32) -> Vec<Account> {
    (0..count).map(|nth| account(&format!("{nth:03}"), &format!("Account {nth}"), &json!({"n": nth}))).collect()
}

#[test]
fn the_first_whole_listing_is_no_news_and_later_ones_tell_what_differs() {
    let world = World::new();
    let mut accounts = numbered(5);
    assert_eq!(world.list(&accounts, 0).observed, 0);
    assert_eq!(world.list(&accounts, 1).observed, 0);
    let then = export(&accounts);
    accounts[1].name = Untrusted::new("Another");
    accounts[2].parent = Some(organization("o"));
    accounts.remove(3);
    accounts.push(account("new", "New", &json!({})));
    assert_eq!(world.list(&accounts, 2).observed, 4);
    let word = |id: &str, word| (id.to_owned(), word);
    let told = [word("001", "field"), word("002", "moved"), word("new", "appeared"), word("003", "gone")];
    assert_eq!(world.kinds(), told);
    assert_eq!(apply(&then, &world.entries()), Ok(export(&accounts)));
    // It comes again, and is another one.
    accounts.push(account("003", "Back", &json!({"n": "x"})));
    world.list(&accounts, 3);
    assert_eq!(world.kinds()[4..], [word("003", "appeared")]);
    assert_eq!(apply(&then, &world.entries()), Ok(export(&accounts)));
    assert!(world.entries().iter().all(|entry| entry.observed.identity.contains("ada")));
}

#[test]
fn what_vanishes_in_masses_is_held_back_until_the_user_says_so() {
    let world = World::new();
    let accounts = numbered(100);
    world.list(&accounts, 0);
    let heard = world.list(&accounts[21..], 1);
    let vanished = heard.vanished.unwrap();
    assert_eq!((heard.observed, vanished.accounts), (0, 21));
    assert_eq!(vanished.words(), "prod: 21 accounts are no longer visible to this credential");
    assert_eq!(world.history.own().vanished().unwrap(), std::slice::from_ref(&vanished));
    // Some come again, one of them otherwise: only that is news, and the rest waits.
    let mut again = accounts[11..].to_vec();
    again[0].name = Untrusted::new("Otherwise");
    assert_eq!(world.list(&again, 2).observed, 1);
    assert_eq!(world.kinds(), [("011".to_owned(), "field")]);
    let left = world.history.own().vanished().unwrap();
    assert_eq!(left.iter().map(|vanished| vanished.accounts).collect::<Vec<_>>(), [11]);
    assert_eq!(world.history.own().take_vanished(&left[0]).unwrap(), 11);
    assert_eq!(world.history.own().vanished().unwrap(), []);
    assert_eq!(world.kinds().iter().filter(|(_, word)| *word == "gone").count(), 11);
    assert_eq!(apply(&export(&accounts), &world.entries()), Ok(export(&again)));
}

#[test]
fn a_mass_that_vanishes_while_another_waits_is_asked_about_by_itself() {
    let world = World::new();
    let accounts = numbered(100);
    world.list(&accounts, 0);
    let first = world.list(&accounts[30..], 1).vanished.unwrap();
    let own = world.history.own();
    let second = world.list(&accounts[55..], 2).vanished.unwrap();
    assert_eq!((first.accounts, second.accounts), (30, 25));
    assert_eq!(own.vanished().unwrap(), [first.clone(), second.clone()], "the oldest first");
    // A yes to the first says nothing of what vanished after it.
    assert_eq!(own.take_vanished(&first).unwrap(), 30);
    assert_eq!(own.vanished().unwrap(), std::slice::from_ref(&second));
    assert!(world.kinds().iter().all(|(id, word)| *word == "gone" && id.as_str() < "030"), "{:?}", world.kinds());
    assert_eq!(own.take_vanished(&first).unwrap(), 0, "a second yes finds nothing");
    // Of the second some come again, and some that were taken as gone.
    world.list(&[&accounts[..5], &accounts[40..]].concat(), 3);
    assert_eq!(own.vanished().unwrap(), [Vanished { accounts: 10, ..second.clone() }]);
    // What vanishes again waits with its new listing.
    let third = world.list(&accounts[65..], 4).vanished.unwrap();
    assert_eq!(third.accounts, 30);
    assert_eq!(own.vanished().unwrap().iter().map(|it| it.accounts).collect::<Vec<_>>(), [10, 30]);
    for waits in own.vanished().unwrap() {
        own.take_vanished(&waits).unwrap();
    }
    assert_eq!(own.vanished().unwrap(), []);
    assert_eq!(apply(&export(&accounts), &world.entries()), Ok(export(&accounts[65..])));
}

#[test]
fn few_of_many_and_what_was_deleted_here_are_taken_at_once() {
    let world = World::new();
    let accounts = numbered(100);
    world.list(&accounts, 0);
    assert_eq!(world.list(&accounts[20..], 1).observed, 20, "a score is no mass");
    let mut deleted = Batch::new(world.owner, NOW);
    deleted.gone = accounts[20..60].iter().map(|account| account.key.id.clone()).collect();
    let heard = world.history.write(&world.disk, &mut deleted).unwrap();
    assert_eq!((heard.observed, heard.vanished), (40, None));
}

#[test]
fn the_newest_entries_come_first_of_all_or_of_one_account() {
    let world = World::new();
    let mut accounts = numbered(3);
    world.list(&accounts, 0);
    for (at, name) in [(1, "A"), (2, "B")] {
        accounts[0].name = Untrusted::new(name);
        accounts[1].name = Untrusted::new(name);
        world.list(&accounts, at);
    }
    let own = world.history.own();
    let seqs = |query: &HistoryQuery, most| -> Vec<i64> {
        own.newest(query, most).unwrap().iter().map(|entry| entry.seq).collect()
    };
    assert_eq!(seqs(&HistoryQuery::default(), 3), [4, 3, 2]);
    let of = |identity: Option<String>| HistoryQuery {
        connection: Some(ConnectionName::new("prod")),
        account: Some(AccountId::new("001")),
        identity,
        ..HistoryQuery::default()
    };
    assert_eq!(seqs(&of(None), 10), [4, 2]);
    assert_eq!(seqs(&of(Some("somebody else".into())), 10), [0; 0]);
}

#[test]
fn what_was_known_by_its_id_alone_fits_what_is_told_of_it_later() {
    let called = |name: &str| Account {
        parent: Some(ParentRef { name: name.into(), ..organization("a") }),
        ..account("1", "One", &json!({}))
    };
    let elsewhere = Account { parent: Some(organization("b")), ..called("") };
    let then = export(&[called("")]);
    for (before, after) in
        [(called("Org a"), Some(called("Renamed"))), (called("Org a"), Some(elsewhere)), (called("Org a"), None)]
    {
        let learned = differences(Some(&called("")), Some(&before));
        let differences = learned.into_iter().chain(differences(Some(&before), after.as_ref()));
        let entries = written(differences.map(|it| observed(&before, it)));
        assert_eq!(apply(&then, &entries), Ok(export(after.as_slice())), "{entries:?}");
    }
}
