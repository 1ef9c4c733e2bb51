//! A name that is typed into a form and can be taken for another one's, or is set on several: said below the field, before
//! there is a plan. It forbids nothing.

use super::{Form, Purpose};
use crate::app::{Modal, State};
use crate::domain::{AccountKey, ChangeKind, ConnectionName, FormSpec, Subject, shown};
use crate::panes::accounts;

/// Accounts that are looked at: one more than are told apart in words, and the account itself.
const MOST: usize = 8;

/// After each event: what is to be said of the name in the form on top, if that changed.
pub(super) fn follow(state: &mut State) {
    let Some(Modal::Form(form)) = state.modals.last() else { return };
    let Some((at, spec)) = name_field(form) else { return };
    let Some(field) = form.fields.get(at) else { return };
    let (value, listing) = (field.input.value().to_owned(), state.snapshot.listing());
    if form.looked_at.as_ref().is_some_and(|(name, at)| *name == value && *at == listing) {
        return;
    }
    let warning = if field.is_dirty() && !value.trim().is_empty() { words(state, form, spec, &value) } else { None };
    let Some(Modal::Form(form)) = state.modals.last_mut() else { return };
    form.looked_at = Some((value, listing));
    if let Some(field) = form.fields.get_mut(at) {
        field.warning = warning;
    }
}

/// The field that holds what its subject is called.
fn name_field(form: &Form) -> Option<(usize, &'static FormSpec)> {
    let spec = match &form.purpose {
        Purpose::Change { spec, .. } | Purpose::OnAll { spec, .. } => *spec,
        Purpose::Search { .. } => return None,
    };
    let names = match spec.kind {
        ChangeKind::CreateAccount | ChangeKind::UpdateAccount => ["title", "AccountName", "name"],
        ChangeKind::CreateOrganization | ChangeKind::RenameOrganization => ["name"; 3],
        // The name in it is its administrator's, and there is no other account.
        ChangeKind::CreateStandalone
        | ChangeKind::Profile
        | ChangeKind::DeleteAccount
        | ChangeKind::CloseAccount
        | ChangeKind::RemoveAccount
        | ChangeKind::MoveAccount
        | ChangeKind::DeleteOrganization => return None,
    };
    let at = names.iter().find_map(|name| form.fields.iter().position(|state| state.field.name == *name))?;
    Some((at, spec))
}

fn words(state: &State, form: &Form, spec: &FormSpec, name: &str) -> Option<String> {
    match &form.purpose {
        Purpose::OnAll { targets, .. } if targets.len() > 1 => {
            Some(format!("≈ all {} would have the same name", accounts::grouped(targets.len())))
        }
        Purpose::Change { subject, .. } => match spec.kind {
            ChangeKind::CreateOrganization | ChangeKind::RenameOrganization => {
                organization(state, subject, spec.kind, name)
            }
            ChangeKind::CreateAccount
            | ChangeKind::UpdateAccount
            | ChangeKind::CreateStandalone
            | ChangeKind::Profile
            | ChangeKind::DeleteAccount
            | ChangeKind::CloseAccount
            | ChangeKind::RemoveAccount
            | ChangeKind::MoveAccount
            | ChangeKind::DeleteOrganization => account(state, subject, name),
        },
        Purpose::OnAll { .. } | Purpose::Search { .. } => None,
    }
}

/// An account that has this name, or one that looks like it: of the same connection first.
fn account(state: &State, subject: &Subject, name: &str) -> Option<String> {
    let own: Option<&AccountKey> = if let Subject::Account(key) = subject { Some(key) } else { None };
    let found = state.snapshot.look_alikes(name, MOST);
    let others = || found.iter().filter(|row| own.is_none_or(|own| !row.has_key(own)));
    let near = others().find(|row| row.connection() == subject.connection());
    let other = near.or_else(|| others().next())?;
    let whose = whose(other.connection(), subject.connection());
    Some(said(&format!("an account {whose}"), other.name(), name))
}

fn whose(connection: &ConnectionName, own: &ConnectionName) -> String {
    if connection == own { "here".to_owned() } else { format!("of {}", shown(connection.as_str())) }
}

/// An organization of the same place that has this name, or one that looks like it.
fn organization(state: &State, subject: &Subject, kind: ChangeKind, name: &str) -> Option<String> {
    let other = state.snapshot.alike_beside(subject, kind, name)?;
    Some(said("one beside it", other.name.raw(), name))
}

/// `≈ an account here has this name`, or a name that looks like it, which is shown.
fn said(who: &str, other: &str, name: &str) -> String {
    if other == name {
        format!("≈ {who} has this name")
    } else {
        format!("≈ {who} looks the same: {}", shown(other))
    }
}
