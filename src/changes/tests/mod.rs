//! The road of a write against a scripted provider: the stage that the tests play on.

mod applying;
mod bulk;
mod kinds;
mod many;
mod past;
mod planning;
mod reading;
mod world;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use super::*;
use crate::domain::{
    Applied, Change, ChangeKind, ConnectionName, Delivery, Failure, FailureKind, JournalRecord, JournalState, Moment,
    OrganizationId, Plan, Profile, Protection, Records, Subject, Values,
};
use crate::inventory::fake::*;
use crate::inventory::{Holder, Inventory};
use crate::provider::{Clock, Cursor, Executed, OrganizationScope, Query, Reply};

/// A journal in memory that can fail, and that runs a check when a record comes.
#[derive(Default)]
struct Memory {
    records: Mutex<Vec<JournalRecord>>,
    /// The state whose record can't be written.
    fails: Option<JournalState>,
    /// The append from which on none can be written.
    fails_at: Option<usize>,
    /// How many records each append had, with the first one's state, and how surely they were to be kept.
    appends: Mutex<Vec<(usize, JournalState, Keep)>>,
}

impl Journal for Memory {
    fn record(&self, records: &[JournalRecord], keep: Keep) -> Result<(), Failure> {
        let mut appends = locked(&self.appends);
        let is_full = self.fails_at.is_some_and(|from| appends.len() >= from);
        if is_full || records.iter().any(|record| self.fails == Some(record.state)) {
            return Err(Failure::new(FailureKind::Local, "writing the journal", "no room"));
        }
        appends.push((records.len(), records[0].state, keep));
        locked(&self.records).extend_from_slice(records);
        Ok(())
    }

    fn records(&self) -> Result<Records, Failure> {
        Ok(Records { records: locked(&self.records).clone(), ..Records::default() })
    }
}

/// A provider whose profiles can be written, with all that a road needs.
struct Stage {
    connection: ConnectionName,
    fake: Fake,
    journal: Memory,
    inventory: Inventory,
    clock: Clock,
    /// What the provider holds.
    stored: Arc<Mutex<Profile>>,
    protection: Protection,
}

fn subject() -> Subject {
    Subject::Account(key("a1"))
}

fn values<const N: usize>(pairs: [(&str, &str); N]) -> Values {
    Values::from_iter(pairs)
}

fn stage() -> Stage {
    let stored = Arc::new(Mutex::new(Profile {
        subject: subject(),
        exists: true,
        values: values([("business_name", "Acme"), ("business_email", "old@acme.example"), ("extra", "kept")]),
    }));
    let mut fake = Fake::new(&NUMBERED);
    let held = Arc::clone(&stored);
    fake.profile = answer(move |_| Ok(locked(&held).clone()));
    let held = Arc::clone(&stored);
    fake.execute = answer(move |change: Change| {
        let mut held = locked(&held);
        (held.values, held.exists) = (change.values, true);
        Ok(Executed { messages: vec!["noted".into()], ..Executed::default() })
    });
    fake.lineage = answer(|_| {
        let steps = vec![organization("r", None), organization("c", Some("r"))];
        Ok(crate::domain::Lineage::new(steps))
    });
    let now = AtomicU64::new(1_000);
    Stage {
        connection: connection(),
        fake,
        journal: Memory::default(),
        inventory: Inventory::default(),
        clock: Arc::new(move || Moment(now.fetch_add(1, Ordering::Relaxed))),
        stored,
        protection: Protection::Confirm,
    }
}

impl Stage {
    fn road(&self) -> Road<'_> {
        Road {
            connection: &self.connection,
            protection: self.protection,
            provider: &self.fake,
            journal: &self.journal,
            inventory: &self.inventory,
            clock: &self.clock,
            reason: Some("ticket 7".into()),
            max_delete: 10,
        }
    }

    fn plan(&self, changes: Vec<Change>) -> Result<Plan, Failure> {
        run(plan(&[self.road()], changes, Way::default()))
    }

    fn apply(&self, plan: &Plan) -> Vec<Applied> {
        run(apply(&[self.road()], plan, Watch { tell: &|_| (), gate: &Gate::default() }))
    }

    fn apply_one(&self, plan: &Plan) -> Applied {
        let mut results = self.apply(plan);
        assert_eq!(results.len(), 1);
        results.remove(0)
    }

    /// The connection is asked who it is, as after a refusal of its credential.
    fn ask_who(&self) {
        let now = run(crate::provider::Provider::identity(&self.fake)).unwrap();
        self.inventory.absorb(&self.connection, &Query::Identity, &Reply::Identity(now), Moment(1));
    }

    fn store(&self, field: &str, value: &str) {
        locked(&self.stored).values.set(field, value);
    }

    fn states(&self) -> Vec<JournalState> {
        let records = self.journal.records().unwrap().records;
        records.iter().map(|record| record.state).collect()
    }
}

fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(future)
}

fn change<const N: usize>(pairs: [(&str, &str); N]) -> Change {
    Change {
        subject: subject(),
        kind: ChangeKind::Profile,
        values: values(pairs),
        secrets: std::collections::BTreeMap::new(),
        base: None,
        key: None,
    }
}

fn rename() -> Vec<Change> {
    vec![change([("business_name", "Acme Ltd")])]
}
