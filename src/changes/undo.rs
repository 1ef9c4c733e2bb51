//! Undo: the changes that bring back what stood before, made from the journal. They go the same road as every other.

use indexmap::IndexMap;

use super::again::of_plan;
use super::road::{Road, Way, Wish, plan_wished, road_of};
use crate::domain::{
    Change, ChangeKind, ConnectionName, Diff, Failure, FailureKind, JournalRecord, JournalState, Plan, Subject, Values,
    shown, undone,
};

/// What stands in the place of a secret's value wherever a change is kept or shown.
pub(super) const SECRET: &str = "<secret>";

/// What takes back a change of the journal, or all that a plan of it did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Undo {
    /// The changes that bring back what stood before.
    pub changes: Vec<Change>,
    /// The change of the journal that each of them undoes.
    pub undoes: Vec<String>,
    /// What of the plan stays as it is, in sentences: nobody knows whether it was done, or there is no way back.
    pub left_out: Vec<String>,
}

/// What undoes a change of the journal, or by a plan's id all that the plan did and that was not undone since.
///
/// # Errors
/// `NotFound` for a change that the journal does not have; `Refused` with a sentence why it can't be undone: it was not
/// done, nobody knows whether it was, or the provider has no way back; of a plan with the reasons if nothing of it can.
pub fn undo(records: &[JournalRecord], id: &str) -> Result<Undo, Failure> {
    if records.iter().any(|record| record.change == id) {
        let change = undo_one(records, id)?;
        return Ok(Undo { changes: vec![change], undoes: vec![id.to_owned()], left_out: Vec::new() });
    }
    let newest = of_plan(records, id);
    if newest.is_empty() {
        let cause = "the journal has no such change";
        return Err(Failure::new(FailureKind::NotFound, format!("change {}", shown(id)), cause));
    }
    let (mut found, taken_back) = (Undo::default(), undone(each(records).rev()));
    for record in newest {
        // What was not done, or is taken back already, needs no word: all of the plan is as it was there.
        if record.is_done() == Some(false) || taken_back.contains(record.change.as_str()) {
            continue;
        }
        match undo_one(records, &record.change) {
            Ok(change) => {
                found.changes.push(change);
                found.undoes.push(record.change.clone());
            }
            Err(why) => {
                let whose = format!("{} ({})", named(record), shown(record.subject.id()));
                found.left_out.push(format!("stays as it is: {whose}: {}", why.cause));
            }
        }
    }
    if found.changes.is_empty() {
        let cause = match found.left_out.as_slice() {
            [] => "nothing of it stands: it was not done, or is undone already".to_owned(),
            [first, rest @ ..] => match rest.len() {
                0 => first.clone(),
                more => format!("{first}; {more} more stay as they are, the journal (J) says why of each"),
            },
        };
        return Err(Failure::new(FailureKind::Refused, format!("undo of plan {}", shown(id)), cause));
    }
    Ok(found)
}

/// The change that undoes one of the journal: the values before it, on the base of those after it. Whatever was altered
/// since is a conflict of its plan, and what was undone already is nothing to do.
///
/// # Errors
/// `NotFound` for a change that the journal does not have; `Refused` with a sentence why it can't be undone: it was not
/// done, nobody knows whether it was, or the provider has no way back.
fn undo_one(records: &[JournalRecord], change: &str) -> Result<Change, Failure> {
    let newest = newest(records, change)?;
    let refused = |cause: String| Failure::new(FailureKind::Refused, format!("undo of change {change}"), cause);
    match newest.is_done() {
        Some(true) => {}
        Some(false) if newest.state == JournalState::Refused => {
            return Err(refused("it was refused: nothing was changed".into()));
        }
        Some(false) => return Err(refused("it was found not to be done: nothing was changed".into())),
        None => {
            let cause = "nobody knows yet whether it was done".to_owned();
            return Err(refused(cause).with_hint(settle_first(newest)));
        }
    }
    let (values, base) = back(newest).map_err(refused)?;
    Ok(Change {
        subject: newest.subject.clone(),
        kind: newest.kind,
        values,
        secrets: std::collections::BTreeMap::new(),
        base: Some(base),
        key: None,
    })
}

/// The plan that undoes a change of the journal, or all that a plan of it did; what of that stays as it is stands among the
/// plan's warnings.
///
/// # Errors
/// Those of [`undo`] and of planning; `Conflict` if a connection is not who made the changes.
pub async fn plan_undo(roads: &[Road<'_>], records: &[JournalRecord], id: &str) -> Result<Plan, Failure> {
    let Undo { changes, undoes, left_out } = undo(records, id)?;
    let mut asked: Vec<&ConnectionName> = Vec::new();
    for (inverse, change) in changes.iter().zip(&undoes) {
        let connection = inverse.subject.connection();
        if !asked.contains(&connection) {
            road_of(roads, inverse)?.owns(newest(records, change)?).await?;
            asked.push(connection);
        }
    }
    let mut plan = plan_wished(roads, changes, Way::default(), Wish::Kept).await?;
    plan.warnings.extend(left_out);
    Ok(Plan { undoes, ..plan })
}

/// How a change of unknown outcome is settled, in the browser and at the command line.
pub(super) fn settle_first(record: &JournalRecord) -> String {
    let change = shown(&record.change);
    let by_hand = format!("`acctui journal --settle {change}=done` (or not-done) takes your word");
    if record.kind.makes() && record.operation.is_none() {
        format!("settle it first: d or n in the journal (J), or {by_hand}")
    } else {
        format!("settle it first: S in the journal (J) reads back, or {by_hand}")
    }
}

/// The newest record of each change, in the order in which they began.
fn each(records: &[JournalRecord]) -> impl DoubleEndedIterator<Item = &JournalRecord> {
    let newest: IndexMap<&str, &JournalRecord> =
        records.iter().map(|record| (record.change.as_str(), record)).collect();
    newest.into_values()
}

/// The newest record of a change.
fn newest<'r>(records: &'r [JournalRecord], change: &str) -> Result<&'r JournalRecord, Failure> {
    records.iter().rev().find(|record| record.change == change).ok_or_else(|| {
        let cause = "the journal has no such change";
        Failure::new(FailureKind::NotFound, format!("change {}", shown(change)), cause)
    })
}

impl Road<'_> {
    /// Whether this connection is still who made a change of the journal.
    pub(super) async fn owns(&self, record: &JournalRecord) -> Result<(), Failure> {
        let identity = self.identity().await?;
        if identity.is_same(&record.identity) {
            return Ok(());
        }
        let cause = format!(
            "the connection {} answers as {}, the change was made as {}",
            self.connection,
            identity.beside(&record.identity),
            record.identity.beside(&identity)
        );
        let hint = "put the credential back with which it was made";
        Err(Failure::new(FailureKind::Conflict, format!("change {}", record.change), cause).with_hint(hint))
    }
}

/// What to set, and on which base; or why there is no way back.
fn back(record: &JournalRecord) -> Result<(Values, Values), String> {
    if let Some(why) = record.for_good() {
        return Err(why);
    }
    if record.kind == ChangeKind::MoveAccount { origin(record) } else { fields(&record.diff) }
}

/// Every altered field back to what it was.
fn fields(diff: &[Diff]) -> Result<(Values, Values), String> {
    if diff.is_empty() {
        return Err("it altered nothing".into());
    }
    let secret: Vec<&str> = diff
        .iter()
        .filter(|diff| diff.to.as_deref() == Some(SECRET) || diff.from.as_deref() == Some(SECRET))
        .map(|diff| diff.field.as_str())
        .collect();
    if !secret.is_empty() {
        return Err(format!("no journal has what {} was: it is a secret", secret.join(", ")));
    }
    let side = |side: fn(&Diff) -> &Option<String>| -> Values {
        diff.iter().map(|diff| (diff.field.clone(), side(diff).clone().unwrap_or_default())).collect()
    };
    Ok((side(|diff| &diff.from), side(|diff| &diff.to)))
}

/// Back to the organization that held the account.
fn origin(record: &JournalRecord) -> Result<(Values, Values), String> {
    let there = |value: &str| (!value.is_empty()).then(|| value.to_owned());
    let diff = record.diff.first();
    let from = diff.and_then(|diff| diff.from.clone()).and_then(|from| there(&from));
    let from = from.or_else(|| there(record.before.get(Change::FROM)));
    let to = diff.and_then(|diff| diff.to.clone()).unwrap_or_else(|| record.values.get(Change::TO).to_owned());
    let Some(from) = from else {
        return Err("the account was in no organization before, and none is left for no organization".into());
    };
    let values = [(Change::FROM, to.clone()), (Change::TO, from)].into_iter().collect();
    Ok((values, [(Change::FROM, to)].into_iter().collect()))
}

/// Whether a change of the journal set something that is kept nowhere.
pub(super) fn has_secrets(record: &JournalRecord) -> bool {
    record.diff.iter().any(|diff| diff.to.as_deref() == Some(SECRET))
}

/// What a change is about, for a sentence, safe for a terminal; a create has no subject of its own yet.
pub(super) fn named(record: &JournalRecord) -> String {
    let what = match (&record.subject, record.kind.makes()) {
        (_, true) => record.values.get("name"),
        (Subject::Account(_) | Subject::Organization(_) | Subject::Connection(_), false) => record.name.raw(),
    };
    let what = if what.is_empty() { record.name.raw() } else { what };
    format!("{} of {}", record.kind.verb(), shown(what))
}
