//! The words of a plan: what it does, to whom, and where that stands.

use crate::domain::{Change, ChangeKind, Lineage, Plan, PlannedChange, Subject, shown};
use crate::panes::accounts;

/// `move 12 accounts`.
pub(super) fn summary(plan: &Plan) -> String {
    let verb = plan.changes.first().map_or("apply", |planned| planned.change.kind.verb());
    let same = plan.changes.iter().all(|planned| planned.change.kind.verb() == verb);
    let noun = plan.changes.first().map_or("change", |planned| noun(&planned.change));
    let alike = plan.changes.iter().all(|planned| noun_is(&planned.change, noun));
    let count = accounts::grouped(plan.changes.len());
    match (same, alike) {
        (true, true) => format!("{verb} {count} {noun}s"),
        (true, false) | (false, _) => format!("{count} changes"),
    }
}

/// What a change is about; of what is made, what it will be.
fn noun(change: &Change) -> &'static str {
    match change.kind {
        ChangeKind::CreateAccount
        | ChangeKind::CreateStandalone
        | ChangeKind::UpdateAccount
        | ChangeKind::DeleteAccount
        | ChangeKind::CloseAccount
        | ChangeKind::RemoveAccount
        | ChangeKind::MoveAccount => "account",
        ChangeKind::CreateOrganization | ChangeKind::RenameOrganization | ChangeKind::DeleteOrganization => {
            "organization"
        }
        ChangeKind::Profile => change.subject.noun(),
    }
}

fn noun_is(change: &Change, wanted: &str) -> bool {
    noun(change) == wanted
}

/// What a change does, in the words before the target's name.
pub(super) fn verb(change: &Change) -> String {
    match change.kind {
        ChangeKind::Profile => format!("edit profile of {}", change.subject.noun()),
        ChangeKind::CreateStandalone => "create the first account".to_owned(),
        ChangeKind::RemoveAccount => "remove from its organization the account".to_owned(),
        ChangeKind::CreateAccount
        | ChangeKind::UpdateAccount
        | ChangeKind::DeleteAccount
        | ChangeKind::CloseAccount
        | ChangeKind::MoveAccount
        | ChangeKind::CreateOrganization
        | ChangeKind::RenameOrganization
        | ChangeKind::DeleteOrganization => format!("{} {}", change.kind.verb(), noun(change)),
    }
}

/// The target's name; of what is made, the name that it will have.
pub(in crate::panes) fn name(planned: &PlannedChange) -> String {
    if planned.change.kind.makes() {
        let named = ["name", "title"].into_iter().map(|field| planned.change.values.get(field));
        let named = named.filter(|name| !name.is_empty()).map(|name| shown(name).into_owned()).next();
        return named.unwrap_or_default();
    }
    let name = planned.name.shown();
    if name.is_empty() { "(no name)".to_owned() } else { name.into_owned() }
}

pub(super) fn crumbs(lineage: Option<&Lineage>, id: Option<&str>) -> String {
    match (lineage, id) {
        (Some(lineage), _) if !lineage.steps.is_empty() => lineage.crumbs(),
        (Some(_) | None, Some(id)) if !id.is_empty() => shown(id).into_owned(),
        (None, None) => "not known".to_owned(),
        (Some(_), None) | (Some(_) | None, Some(_)) => "no organization".to_owned(),
    }
}

/// The two ends of a move.
pub(super) fn ends(planned: &PlannedChange) -> (String, String) {
    let diff = planned.diff.first();
    let from = diff.and_then(|diff| diff.from.as_deref());
    let to = diff.and_then(|diff| diff.to.as_deref());
    let to = to.or_else(|| planned.change.values.0.get(Change::TO).map(String::as_str));
    (crumbs(planned.lineage.as_ref(), from), crumbs(planned.after.as_ref(), to))
}

/// Where something is made: the organizations above it, or the connection itself.
pub(super) fn made_in(planned: &PlannedChange) -> String {
    match &planned.change.subject {
        Subject::Connection(name) => format!("{name}, in no organization"),
        Subject::Organization(key) => {
            let above = planned.after.as_ref().or(planned.lineage.as_ref()).filter(|it| !it.steps.is_empty());
            let above = above.map_or_else(|| planned.name.shown().into_owned(), Lineage::crumbs);
            format!("{above} ({})", key.id)
        }
        Subject::Account(key) => key.id.to_string(),
    }
}
