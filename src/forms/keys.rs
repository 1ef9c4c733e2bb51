//! What keys do in a form.

use super::{FieldState, Form, Purpose, Saving, drafts, editor, open};
use crate::app::{Action, Avail, Effect, HELP, Modal, Row, Slot, State};
use crate::domain::{FieldKind, Key, KeyCode, Role};
use crate::panes::{confirm, plan};

/// What keys do in a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// To the next field; on the button, to the plan.
    Enter,
    /// To the next field.
    Next,
    /// To the previous field.
    Previous,
    /// To the plan, or to the search.
    Review,
    /// The field in the user's editor.
    Edit,
    /// Throws away what was typed, or brings it back.
    Discard,
    /// Empties the field on several, where blank means untouched.
    Empty,
    /// Reads again what it opens on.
    Retry,
    /// Picks another place for what is to be made.
    Place,
    /// Leaves; what was typed is kept as a draft.
    Leave,
}

/// The form's keys.
pub const ROWS: &[Row] = &[
    Row::new(&[Key::ctrl('s')], Action::Form(Act::Review), "review").now(searches).hint(1).when(can_review),
    Row::new(&[Key::plain(KeyCode::Enter)], Action::Form(Act::Enter), "next field, or review on the button"),
    Row::new(
        &[Key::plain(KeyCode::Tab), Key::plain(KeyCode::Down), Key::ctrl('n'), Key::alt(KeyCode::Down)],
        Action::Form(Act::Next),
        "next field",
    )
    .hint(2)
    .when(can_step),
    Row::new(
        &[Key::plain(KeyCode::BackTab), Key::plain(KeyCode::Up), Key::ctrl('p'), Key::alt(KeyCode::Up)],
        Action::Form(Act::Previous),
        "previous field",
    ),
    Row::new(&[Key::ctrl('x'), Key::alt(KeyCode::Char('e'))], Action::Form(Act::Edit), "edit in $EDITOR")
        .hint(4)
        .when(editor::can_edit),
    Row::new(&[Key::plain(KeyCode::F(5))], Action::Form(Act::Discard), "discard draft / bring it back")
        .hint(5)
        .when(can_discard),
    Row::new(&[Key::plain(KeyCode::F(7))], Action::Form(Act::Empty), "empty it on all / leave it")
        .now(empty_words)
        .hint(3)
        .when(can_empty),
    Row::new(&[Key::char('r')], Action::Form(Act::Retry), "try again").hint(1).when(has_failed),
    Row::new(&[Key::plain(KeyCode::F(4))], Action::Form(Act::Place), "place").hint(2).when(open::can_place),
    Row::new(&[Key::plain(KeyCode::Esc)], Action::Form(Act::Leave), "leave").hint(3),
    HELP,
];

fn on_top(state: &State) -> Option<&Form> {
    if let Some(Modal::Form(form)) = state.modals.last() { Some(form) } else { None }
}

/// A form of list parameters is asked, and no plan made of it: its button says so, too.
fn searches(state: &State) -> Option<&'static str> {
    let is_search = on_top(state).is_some_and(|form| matches!(form.purpose, Purpose::Search { .. }));
    is_search.then_some("search")
}

fn can_review(state: &State) -> Avail {
    match on_top(state) {
        Some(form) if form.loading.is_some() => Avail::no("what it opens on is still being read"),
        Some(form) if form.failure.is_some() => Avail::no("what it opens on could not be read"),
        _ => Avail::Yes,
    }
}

/// Between fields, once they are there.
fn can_step(state: &State) -> Avail {
    can_review(state)
}

fn can_discard(state: &State) -> Avail {
    match on_top(state) {
        Some(form) if form.loading.is_none() && (form.is_dirty() || form.thrown.is_some()) => Avail::Yes,
        _ => Avail::Hidden,
    }
}

/// The field with the focus, where the form sets fields on several and blank means untouched.
fn on_all_field(state: &State) -> Option<&FieldState> {
    let form = on_top(state).filter(|form| matches!(form.purpose, Purpose::OnAll { .. }))?;
    form.fields.get(form.focus)
}

fn can_empty(state: &State) -> Avail {
    match on_all_field(state).map(|field| field.field) {
        Some(field) if field.required => Avail::No(format!("{} must not be empty", field.label)),
        Some(field) if field.kind.is_secret() => Avail::no("a secret is replaced, not emptied"),
        Some(field) if field.kind == FieldKind::Flag => Avail::No(format!("{} is true or false", field.label)),
        Some(_) => Avail::Yes,
        None => Avail::Hidden,
    }
}

fn empty_words(state: &State) -> Option<&'static str> {
    let is_emptied = on_all_field(state)?.is_emptied();
    Some(if is_emptied { "leave it as it is" } else { "empty it on all" })
}

fn has_failed(state: &State) -> Avail {
    match on_top(state) {
        Some(form) if form.failure.is_some() => Avail::Yes,
        _ => Avail::Hidden,
    }
}

/// Does what a key asks of the form on top.
pub fn act(state: &mut State, act: Act, effects: &mut Vec<Effect>) {
    let Some(Modal::Form(form)) = state.modals.last_mut() else {
        return;
    };
    match act {
        Act::Next => form.step(true),
        Act::Previous => form.step(false),
        Act::Enter if form.focus < form.fields.len() && form.loading.is_none() => form.step(true),
        Act::Enter | Act::Review => review(state, effects),
        Act::Edit => editor::open(state, effects),
        Act::Discard => discard(state, effects),
        Act::Empty => {
            if let Some(field) = form.fields.get_mut(form.focus) {
                field.empty();
                form.saving = Saving::Typed;
            }
        }
        Act::Retry => open::retry(state, effects),
        Act::Place => open::pick_place(state),
        Act::Leave => match form.would_lose() {
            Some(unkept) => state.open(Modal::Confirm(confirm::Confirm::discard(unkept))),
            None => close(state, effects),
        },
    }
}

/// Leaves the form on top: what was typed is kept as a draft, and that is said.
pub fn close(state: &mut State, effects: &mut Vec<Effect>) {
    drafts::keep(state, effects);
    let Some(Modal::Form(form)) = state.close() else {
        return;
    };
    effects.push(Effect::Cancel(Slot::Form));
    if form.failure.is_none()
        && form.loading.is_none()
        && let Some((role, words)) = drafts::left_words(state, &form)
    {
        state.toast(role, words, effects);
    }
}

fn discard(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(Modal::Form(form)) = state.modals.last_mut() else { return };
    if !form.discard() {
        return;
    }
    if form.is_dirty() {
        return drafts::keep(state, effects);
    }
    let form = form.clone();
    drafts::discarded(state, &form, effects);
    state.toast(Role::Text, "draft discarded: F5 brings it back", effects);
}

fn review(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(Modal::Form(form)) = state.modals.last_mut() else {
        return;
    };
    if form.loading.is_some() || form.failure.is_some() {
        return;
    }
    for field in &mut form.fields {
        field.refused = None;
        field.visited = true;
    }
    if let Some(at) = form.first_fault() {
        form.focus = at;
        return state.refuse_key("mend the marked field first", effects);
    }
    match form.purpose.clone() {
        Purpose::Change { spec, .. } if !form.is_dirty() && !spec.kind.makes() => {
            state.toast(Role::Dim, "nothing was changed", effects);
        }
        Purpose::Change { spec, subject } => {
            let change = spec.change(subject, form.values(), Some(form.base()));
            // Whatever comes of it, the text is safe.
            drafts::keep(state, effects);
            plan::ask(state, vec![change], effects);
        }
        Purpose::OnAll { .. } if !form.is_dirty() => {
            state.toast(Role::Dim, "nothing was changed", effects);
        }
        Purpose::OnAll { spec, targets, .. } => {
            let values = form.set_values();
            drafts::keep(state, effects);
            let changes = targets.into_iter().map(|subject| spec.change(subject, values.clone(), None)).collect();
            plan::ask(state, changes, effects);
        }
        Purpose::Search { spec, connection, organization } => {
            let values = form.values();
            state.close();
            crate::app::search_remotely(state, spec, connection, organization, &values, effects);
        }
    }
}
