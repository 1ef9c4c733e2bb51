//! The words of a plan: what it does, to whom, and where that stands.

use super::sheet::sides;
use crate::app::columns::has_look_alike;
use crate::app::{State, connections_of};
use crate::domain::{
    Change, ChangeKind, ConnectionName, Diff, Lineage, OrganizationId, Plan, PlannedChange, Subject, shown,
};
use crate::panes::failure::About;
use crate::panes::{accounts, picker};
use crate::provider::{Capability, Offer};

/// `move 12 accounts`.
pub(super) fn summary(plan: &Plan) -> String {
    let changes: Vec<&Change> = plan.changes.iter().map(|planned| &planned.change).collect();
    summed(&changes)
}

fn summed(changes: &[&Change]) -> String {
    let verb = changes.first().map_or("apply", |change| change.kind.verb());
    let same = changes.iter().all(|change| change.kind.verb() == verb);
    let about = |change: &Change| change.kind.noun(&change.subject);
    let noun = changes.first().map_or("change", |change| about(change));
    let alike = changes.iter().all(|change| about(change) == noun);
    match (same, alike) {
        (true, true) => format!("{verb} {}", accounts::counted(changes.len(), noun)),
        (true, false) | (false, _) => accounts::counted(changes.len(), "change"),
    }
}

/// That the name of what is there already can be taken for another one's.
pub(super) fn alike(state: &State, change: &Change) -> Option<&'static str> {
    match &change.subject {
        _ if change.kind.makes() => None,
        Subject::Account(key) if has_look_alike(state, key) => Some("≈ another account has this name"),
        Subject::Organization(key) => {
            let tree = state.snapshot.connection(&key.connection).map(|view| &view.tree);
            tree.is_some_and(|tree| tree.is_alike(&key.id)).then_some("≈ one beside it has this name")
        }
        Subject::Account(_) | Subject::Connection(_) => None,
    }
}

/// What changes that could not be planned are about.
pub(super) fn about(state: &State, changes: &[Change]) -> About {
    let subjects: Vec<Subject> = changes.iter().map(|change| change.subject.clone()).collect();
    let connection = connections_of(&subjects).iter().map(ConnectionName::as_str).collect::<Vec<_>>().join(", ");
    let connection = shown(&connection).into_owned();
    match changes {
        [change] => {
            let is_made = change.kind.makes();
            let name = if is_made { name_to_be(change) } else { super::subject_name(state, &change.subject) };
            let place = if is_made { super::subject_name(state, &change.subject) } else { String::new() };
            About { what: verb(change), name, id: place_or_id(change, place), connection }
        }
        several => About { what: summed(&several.iter().collect::<Vec<_>>()), connection, ..About::default() },
    }
}

/// What a planned change is about.
pub(super) fn about_planned(state: &State, planned: &PlannedChange) -> About {
    let change = &planned.change;
    let connection = change.subject.connection().to_string();
    let place = if change.kind.makes() { made_in(state, planned) } else { String::new() };
    About { what: verb(change), name: name(planned), id: place_or_id(change, place), connection }
}

/// Where it is made, or the id of what is there.
fn place_or_id(change: &Change, place: String) -> (&'static str, String) {
    if change.kind.makes() { ("made in", place) } else { ("id", shown(change.subject.id()).into_owned()) }
}

/// What people read for a provider's own field name: as the form calls it.
pub(in crate::panes) fn label(state: &State, connection: &ConnectionName, kind: ChangeKind, field: &str) -> String {
    let spec = state.connection(connection).map(|setup| setup.spec);
    let forms = || spec.into_iter().flat_map(|spec| spec.forms_of(kind));
    // Where there are several forms the account's own label says which one's field it is.
    let details = spec.into_iter().flat_map(|spec| spec.details).filter(|_| forms().count() > 1);
    let detail = details.filter(|detail| detail.path == field).map(|detail| detail.label).next();
    let own = || forms().filter_map(|form| form.field(field)).map(|field| field.label).next();
    detail.or_else(own).map_or_else(|| shown(field).into_owned(), str::to_owned)
}

/// The same for all fields that a change would alter.
pub(in crate::panes) fn labelled(state: &State, change: &Change, diff: &[Diff]) -> Vec<Diff> {
    let connection = change.subject.connection();
    let label = |it: &Diff| Diff { field: label(state, connection, change.kind, &it.field), ..it.clone() };
    let mut diff: Vec<Diff> = diff.iter().map(label).collect();
    let Some(first) = diff.first_mut() else { return diff };
    match change.kind {
        // A closed account goes through states of its provider's first.
        ChangeKind::CloseAccount => {
            let closing = state.connection(connection).map_or("", |setup| setup.spec.closing);
            if !closing.is_empty() {
                first.to = Some(closing.to_owned());
            }
        }
        ChangeKind::RemoveAccount => {
            first.from = Some(place(state, connection, first.from.as_deref()));
            first.to = Some(place(state, connection, None));
        }
        ChangeKind::DeleteAccount | ChangeKind::DeleteOrganization => first.to = Some("(deleted)".to_owned()),
        ChangeKind::Profile
        | ChangeKind::CreateAccount
        | ChangeKind::CreateStandalone
        | ChangeKind::UpdateAccount
        | ChangeKind::MoveAccount
        | ChangeKind::CreateOrganization
        | ChangeKind::RenameOrganization => {}
    }
    diff
}

/// The way to an organization.
fn place(state: &State, connection: &ConnectionName, id: Option<&str>) -> String {
    id.map_or_else(
        || "no organization".to_owned(),
        |id| picker::crumbs(state, connection, &OrganizationId::new(id), usize::MAX),
    )
}

/// What somebody else did to a target meanwhile, as people read it: labels for fields, ways for organizations.
pub(super) fn meanwhile(state: &State, planned: &PlannedChange) -> Vec<String> {
    let change = &planned.change;
    let connection = change.subject.connection();
    let place = |id: &Option<String>| place(state, connection, id.as_deref());
    planned.meanwhile_words(|diff| {
        let sides = if diff.field == Diff::PLACE { [place(&diff.from), place(&diff.to)] } else { sides(diff) };
        format!("{}: {}", label(state, connection, change.kind, &diff.field), sides.join(" → "))
    })
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
        | ChangeKind::DeleteOrganization => format!("{} {}", change.kind.verb(), change.kind.noun(&change.subject)),
    }
}

/// The target's name; of what is made, the name that it will have.
pub(in crate::panes) fn name(planned: &PlannedChange) -> String {
    if planned.change.kind.makes() {
        return name_to_be(&planned.change);
    }
    let name = planned.name.shown();
    if name.is_empty() { "(no name)".to_owned() } else { name.into_owned() }
}

/// The name that is asked for something that is to be made.
fn name_to_be(change: &Change) -> String {
    let named = ["name", "AccountName", "title"].into_iter().map(|field| change.values.get(field));
    named.filter(|name| !name.is_empty()).map(|name| shown(name).into_owned()).next().unwrap_or_default()
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

/// The same, each with its id: two organizations may have one name.
pub(super) fn exact_ends(planned: &PlannedChange) -> [String; 2] {
    let (from, to) = ends(planned);
    let diff = planned.diff.first();
    let from_id = diff.and_then(|diff| diff.from.as_deref()).unwrap_or_default();
    let to_id = diff.and_then(|diff| diff.to.as_deref()).unwrap_or_else(|| planned.change.values.get(Change::TO));
    [(from, from_id), (to, to_id)].map(|(words, id)| match shown(id) {
        id if id.is_empty() || words == id => words,
        id => format!("{words} ({id})"),
    })
}

/// Whether anything contains what a change is about: a provider without organizations above its accounts has no place to
/// tell of.
pub(super) fn is_contained(state: &State, subject: &Subject) -> bool {
    let offers = |setup: &crate::app::ConnectionSetup| setup.spec.offer(Capability::Lineage) == Offer::Yes;
    !matches!(subject, Subject::Account(_) | Subject::Connection(_))
        || state.connection(subject.connection()).is_none_or(offers)
}

/// Where something is made: the organizations above it, or the connection itself.
pub(super) fn made_in(state: &State, planned: &PlannedChange) -> String {
    match &planned.change.subject {
        subject @ Subject::Connection(name) if !is_contained(state, subject) => name.to_string(),
        Subject::Connection(name) => format!("{name}, {}", picker::nowhere(state, name, planned.change.kind)),
        Subject::Organization(key) => {
            let above = planned.after.as_ref().or(planned.lineage.as_ref()).filter(|it| !it.steps.is_empty());
            let above = above.map_or_else(|| planned.name.shown().into_owned(), Lineage::crumbs);
            format!("{above} ({})", key.id)
        }
        Subject::Account(key) => key.id.to_string(),
    }
}
