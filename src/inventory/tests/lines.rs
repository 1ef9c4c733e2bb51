//! Lines of JSON are what accounts are serialised as, from memory and from the disk, and whatever became of that.

use proptest::prelude::*;

use super::keeping::{LONG, open, place};
use super::*;
use crate::domain::{ParentRef, RawJson, careful};

/// All lines, in the order of the rows.
fn lines(inventory: &Inventory) -> Vec<String> {
    let (mut making, mut lines, mut line) = (Lines::new("[", ","), Vec::new(), String::new());
    let snapshot = inventory.snapshot();
    for bundle in inventory.bundles(snapshot.rows().map(|row| row.number())) {
        let written: Result<(), ()> = bundle.write(&mut making, &mut line, |line| {
            let before = if lines.is_empty() { '[' } else { ',' };
            lines.push(line.strip_prefix(before).unwrap().to_owned());
            line.clear();
            Ok(())
        });
        assert_eq!(written, Ok(()));
    }
    assert_eq!(making.is_empty(), lines.is_empty());
    lines
}

/// What serialising each account gives.
fn serialised(inventory: &Inventory) -> Vec<String> {
    let snapshot = inventory.snapshot();
    let accounts = inventory.records(snapshot.rows().map(|row| row.number()));
    accounts.map(|account| careful(&serde_json::to_string(&account).unwrap()).into_owned()).collect()
}

/// Texts that need escapes or not, also those that act on a terminal.
fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[ -~]{0,12}", "[a-c é株\u{202e}\u{7f}\u{1f1e9}\"\\\\\n\u{1}]{0,6}"]
}

fn accounts() -> impl Strategy<Value = Vec<Account>> {
    let times = prop_oneof![Just("2021-02-18T08:18:33Z".to_owned()), text()];
    let maybe = || prop::option::of(text());
    let row = (text(), maybe(), maybe(), maybe(), prop::option::of(times), prop::option::of((text(), text())), text());
    prop::collection::vec(row, 1..12).prop_map(|rows| {
        let row = |(nth, (name, kind, status, email, at, parent, said)): (usize, _)| {
            let (kind, status, email, at): (Option<String>, Option<String>, Option<String>, Option<String>) =
                (kind, status, email, at);
            let parent: Option<(String, String)> = parent;
            let (name, said): (String, String) = (name, said);
            let untrusted = |text: Option<String>| text.as_deref().map(Into::into);
            let id = format!("id{nth}");
            Account {
                kind: untrusted(kind),
                status: untrusted(status),
                email: untrusted(email),
                created_at: untrusted(at.clone()),
                updated_at: untrusted(at),
                parent: parent.map(|(id, name)| ParentRef { id: OrganizationId::new(id), name: name.as_str().into() }),
                raw: RawJson::parse(&serde_json::json!({"id": id, "said": said, "n": [1, -2.5]}).to_string()).unwrap(),
                ..account(&id, &name)
            }
        };
        rows.into_iter().enumerate().map(row).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_line_is_what_its_account_is_serialised_as(accounts in accounts()) {
        let (_folder, path) = place();
        let (inventory, _) = open(&path);
        let mut fake = Fake::new(&NUMBERED);
        let rows = accounts.clone();
        fake.accounts = answer(move |_| Ok(page(rows.clone(), None)));
        prop_assert_eq!(synced(&inventory, &fake).0, Ok(()));
        let expected = serialised(&inventory);
        prop_assert_eq!(expected.len(), accounts.len());
        prop_assert_eq!(&lines(&inventory), &expected, "while they wait to be written");
        prop_assert!(inventory.flush(LONG));
        prop_assert_eq!(&lines(&inventory), &expected, "from the disk");
        prop_assert_eq!(&lines(&open(&path).0), &expected, "after a restart");
        let inventory = Inventory::default();
        listed(&inventory, accounts);
        prop_assert_eq!(lines(&inventory), serialised(&inventory), "from memory alone");
    }
}

#[test]
fn what_was_broken_on_the_disk_makes_no_broken_line() {
    let (_folder, path) = place();
    let (inventory, _) = open(&path);
    assert_eq!(synced(&inventory, &filled(3)).0, Ok(()));
    assert!(inventory.flush(LONG));
    drop(inventory);
    let file = rusqlite::Connection::open(&path).unwrap();
    // One ends too early, one says more than one document; both still name their account.
    file.execute_batch(
        "UPDATE raw SET text = substr(text, 1, length(text) - 1) WHERE row = 1;
         UPDATE raw SET text = text || ',\"x\":{}}' WHERE row = 2;",
    )
    .unwrap();
    drop(file);
    let (inventory, said) = open(&path);
    let lines = lines(&inventory);
    assert_eq!(lines, serialised(&inventory), "{said:?}");
    let values: Vec<serde_json::Value> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let raws: Vec<bool> = values.iter().map(|value| value["raw"].is_null()).collect();
    assert_eq!((raws, values.len()), (vec![true, true, false], 3));
}
