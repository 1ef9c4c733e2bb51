//! A field in the user's own editor.

use super::{Form, Saving};
use crate::app::{Avail, Effect, Modal, RequestId, State};
use crate::domain::{Failure, FieldKind, Role};
use crate::panes::failure::FailureView;

/// Whether the field with the focus may go to the editor.
pub(super) fn can_edit(state: &State) -> Avail {
    let Some(Modal::Form(form)) = state.modals.last() else { return Avail::Hidden };
    match form.fields.get(form.focus) {
        _ if form.loading.is_some() || form.failure.is_some() => Avail::Hidden,
        None => Avail::Hidden,
        Some(state) if state.field.kind.is_secret() => Avail::no("a secret is handed to no other program"),
        Some(state) if !state.is_editable() => Avail::no("it is chosen with ← and →"),
        Some(_) => Avail::Yes,
    }
}

/// Hands the field with the focus to the editor.
pub(super) fn open(state: &mut State, effects: &mut Vec<Effect>) {
    let id = state.request_id();
    let Some(Modal::Form(form)) = state.modals.last_mut() else { return };
    let at = form.focus;
    let Some(field) = form.fields.get(at).filter(|field| field.is_editable()) else { return };
    let (text, suffix) = (field.input.value().to_owned(), suffix(field.field.kind));
    form.editing = Some((id, at));
    // Who knows what the editor does to the terminal: what was typed so far is safe first.
    super::keep(state, effects);
    effects.push(Effect::Edit { id, text, suffix });
}

fn suffix(kind: FieldKind) -> &'static str {
    if kind == FieldKind::JsonOrText { ".json" } else { ".txt" }
}

/// The editor ended: the field has its text, or why it has not.
pub fn edited(state: &mut State, id: RequestId, result: Result<String, Failure>, effects: &mut Vec<Effect>) {
    let is_it = |form: &Form| form.editing.is_some_and(|(waits, _)| waits == id);
    let is_it = |modal: &&mut Modal| matches!(modal, Modal::Form(form) if is_it(form));
    let Some(Modal::Form(form)) = state.modals.iter_mut().find(is_it) else { return };
    let Some((_, at)) = form.editing.take() else { return };
    match result {
        Ok(text) => {
            let changed = form.fields.get_mut(at).is_some_and(|field| field.edited(&text));
            if changed {
                form.saving = Saving::Typed;
            } else {
                state.toast(Role::Dim, "the editor left it as it was", effects);
            }
        }
        Err(failure) => state.open(Modal::Failure(FailureView::not_edited(failure))),
    }
}
