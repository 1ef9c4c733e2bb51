//! What is typed, pasted and pointed at: which field, row of keys or pane takes it.

use super::{Action, Avail, Effect, Modal, Motion, MouseKind, Stamp, State, actions, layout, lookup, prefix, sizes};
use crate::domain::{Key, KeyCode, Role};
use crate::forms;
use crate::panes::{
    PaneId, accounts, activity, chooser, columns, confirm, conflict, connections, copy, detail, failure, help, history,
    identity, journal, labels, organizations, palette, picker, plan, value, views, welcome,
};

/// How long a dialog must have been on screen before a key may confirm it: a quarter of a second, the time that a person
/// needs to see it at all.
const CONFIRM_AFTER_MILLIS: u64 = 250;
/// A key that comes again within this time is held down: keyboards repeat faster, fingers slower.
const HELD_MILLIS: u64 = 120;

/// A key: force-quit and suspend, then the focused text field, then rows from the innermost scope outwards.
pub(super) fn pressed(state: &mut State, key: Key, stamp: Stamp, effects: &mut Vec<Effect>) {
    state.session.touched = true;
    state.commands.key();
    accounts::touched(state);
    state.toasts.retain(|toast| !toast.passing);
    let last = state.last_key.replace((key, stamp.at));
    let is_held = last.is_some_and(|(last, at)| last == key && stamp.at < at.plus(HELD_MILLIS));
    if key == Key::ctrl('c') {
        return interrupt(state, effects);
    }
    if key == Key::ctrl('z') {
        return effects.push(Effect::Suspend);
    }
    if waits(state, key) {
        return state.ahead.push_back((key, stamp));
    }
    if let Some(waiting) = state.prefix.take() {
        if let Some(action) = prefix::pressed(state, waiting, key, effects) {
            act(state, action, effects);
        }
        return;
    }
    introduce(state, key);
    // What a line takes and can do nothing with, it keeps all the same: a slip leads nowhere while somebody types.
    let types = state.is_typed_into();
    if state.modals.is_empty() && state.focus == PaneId::Accounts {
        accounts::begins(&mut state.accounts, key.text());
    }
    if typed(state, key) || types && forms::takes(key) {
        return;
    }
    match lookup(state, key).filter(|(row, _)| !types || forms::passes(key) || !leads_away(row.action)) {
        Some((row, Avail::Yes)) if row.confirms && !has_been_seen(state, stamp) => {
            state.refuse_key(format!("{key} came before this could be read: press it again"), effects);
        }
        // Held down it led through the pages: it is not to go on beyond the last.
        Some((row, Avail::Yes)) if row.confirms && is_held && plan::is_read_by_enter(state) => {
            state.refuse_key(format!("{key} is held down: let it go, and press it again"), effects);
        }
        Some((row, Avail::Yes)) => act(state, row.action, effects),
        Some((row, Avail::No(reason))) => {
            state.refuse_key(format!("{}: {reason}", row.words(state)), effects);
        }
        // Terminals send Alt-x as Esc and x: what is bound to nothing is taken as these two.
        None if key.alt && !types => {
            pressed(state, Key::plain(KeyCode::Esc), stamp, effects);
            pressed(state, Key { alt: false, ..key }, stamp, effects);
        }
        Some((_, Avail::Hidden)) | None => prefix::elsewhere(state, key, effects),
    }
}

/// Whether it is done wherever the user is, or jumps: no control key asks for that out of a line that is typed into.
fn leads_away(action: Action) -> bool {
    let jumps = |motion| !matches!(motion, Motion::Up | Motion::Down);
    matches!(action, Action::Global(_)) || matches!(action, Action::Move(motion) if jumps(motion))
}

/// What the first-run strip tells of was done, or Esc puts it away.
fn introduce(state: &mut State, key: Key) {
    if state.introduces() && (key == Key::plain(KeyCode::Esc) || key == Key::char(':') || key == Key::char('?')) {
        state.commands.dismiss();
    }
}

/// Whether a key was typed ahead of the list: what it acts on is what the filter is about to find, not the row that
/// stands there still. Text goes into the line at once, and Esc takes back what waits.
fn waits(state: &mut State, key: Key) -> bool {
    let is_first = state.ahead.is_empty();
    if key == Key::plain(KeyCode::Esc) {
        state.ahead.clear();
        return false;
    }
    let (is_behind, types) = match state.modals.last() {
        Some(Modal::Palette(palette)) => (palette.is_behind(), true),
        Some(_) => (false, false),
        None => (state.focus == PaneId::Accounts && state.accounts.is_behind(), state.accounts.filtering),
    };
    is_behind && !(is_first && types && forms::takes(key))
}

/// The next key that waited for the list, once it stands.
pub(super) fn typed_ahead(state: &mut State) -> Option<(Key, Stamp)> {
    let is_behind = match state.modals.last() {
        Some(Modal::Palette(palette)) => palette.is_behind(),
        Some(_) | None => state.accounts.is_behind(),
    };
    if is_behind { None } else { state.ahead.pop_front() }
}

/// Whether the modal on top has been on screen long enough for this key to answer it.
fn has_been_seen(state: &State, stamp: Stamp) -> bool {
    state.modals.is_empty() || state.seen.is_some_and(|seen| stamp.at >= seen.plus(CONFIRM_AFTER_MILLIS))
}

fn interrupt(state: &mut State, effects: &mut Vec<Effect>) {
    forms::keep(state, effects);
    labels::keep(state, effects);
    if state.writing.is_some() && !state.interrupted {
        state.interrupted = true;
        plan::stop(state, effects);
        return state.toast(
            Role::Warn,
            "a change is being sent; Ctrl-c again leaves at once, else when it is journalled",
            effects,
        );
    }
    effects.push(Effect::Quit);
}

/// Gives a key to the focused text field; false if there is none, or the key is not text.
fn typed(state: &mut State, key: Key) -> bool {
    if !forms::takes(key) {
        return false;
    }
    if matches!(state.modals.last(), Some(Modal::Picker(_))) {
        return picker::typed(state, key);
    }
    match state.modals.last_mut() {
        Some(Modal::Form(form)) if form.takes_text() => {
            form.key(key);
            true
        }
        Some(Modal::Plan(view)) => view.word_mut().is_some_and(|word| word.key(key)),
        Some(Modal::Journal(journal)) => {
            let took = journal.line().is_some_and(|line| line.key(key));
            if took {
                journal.line_changed();
            }
            took
        }
        Some(Modal::History(history)) => {
            let took = history.line().is_some_and(|line| line.key(key));
            if took {
                history.line_changed();
            }
            took
        }
        Some(Modal::Labels(view)) => view.line().is_some_and(|line| line.key(key)),
        Some(Modal::Palette(palette)) => palette.line().key(key),
        Some(Modal::Help(help)) => help.line().is_some_and(|line| line.key(key)),
        Some(Modal::Activity(activity)) => activity.line().is_some_and(|line| line.key(key)),
        Some(Modal::Views(view)) => view.line().is_some_and(|line| line.key(key)),
        Some(
            Modal::Form(_)
            | Modal::Place(_)
            | Modal::Picker(_)
            | Modal::Chooser(_)
            | Modal::Conflict(_)
            | Modal::Confirm(_)
            | Modal::Identity(_)
            | Modal::Failure(_)
            | Modal::Columns(_)
            | Modal::Value(_)
            | Modal::Connections(_),
        ) => false,
        None => {
            let took = line_of(state).is_some_and(|line| line.key(key));
            if took {
                line_changed(state);
            }
            took
        }
    }
}

/// The filter or search line that has the focus.
fn line_of(state: &mut State) -> Option<&mut forms::TextField> {
    match state.focus {
        PaneId::Accounts if state.accounts.filtering => Some(&mut state.accounts.filter),
        PaneId::Organizations if state.organizations.filtering => Some(&mut state.organizations.filter),
        PaneId::Detail if state.detail.searching => Some(&mut state.detail.search),
        PaneId::Accounts | PaneId::Organizations | PaneId::Detail => None,
    }
}

fn line_changed(state: &mut State) {
    match state.focus {
        PaneId::Accounts => {}
        PaneId::Organizations => state.organizations.touch(),
        PaneId::Detail => detail::search_changed(state),
    }
}

pub(super) fn pasted(state: &mut State, text: &str, effects: &mut Vec<Effect>) {
    match state.modals.last_mut() {
        Some(Modal::Form(form)) if form.takes_text() => form.paste(text),
        Some(Modal::Plan(view)) if view.word().is_some() => {
            if let Some(word) = view.word_mut() {
                word.paste(text);
            }
        }
        Some(Modal::Picker(picker)) if picker.filtering => picker.paste(text),
        Some(Modal::Journal(journal)) if journal.is_filtering() => {
            if let Some(line) = journal.line() {
                line.paste(text);
            }
            journal.line_changed();
        }
        Some(Modal::History(history)) if history.is_filtering() => {
            if let Some(line) = history.line() {
                line.paste(text);
            }
            history.line_changed();
        }
        Some(Modal::Activity(activity)) if activity.is_filtering() => {
            if let Some(line) = activity.line() {
                line.paste(text);
            }
        }
        Some(Modal::Labels(view)) if view.takes_text() => {
            if let Some(line) = view.line() {
                line.paste(text);
            }
        }
        Some(Modal::Palette(palette)) => palette.line().paste(text),
        Some(Modal::Views(view)) if view.takes_text() => {
            if let Some(line) = view.line() {
                line.paste(text);
            }
        }
        Some(Modal::Help(help)) if help.is_filtering() => {
            if let Some(line) = help.line() {
                line.paste(text);
            }
        }
        Some(_) => state.toast(Role::Dim, "pasted text is taken by text fields only", effects),
        None if state.focus == PaneId::Accounts && state.accounts.filtering => {
            accounts::begins(&mut state.accounts, text.chars().next());
            state.accounts.filter.paste(text);
        }
        None => match line_of(state) {
            Some(line) => {
                line.paste(text);
                line_changed(state);
            }
            None => state.toast(Role::Dim, "pasted text is taken by text fields only: / opens the filter", effects),
        },
    }
}

fn act(state: &mut State, action: Action, effects: &mut Vec<Effect>) {
    match action {
        Action::Move(motion) => moved(state, motion),
        Action::Global(global) => {
            if !leave_line(state, global, effects) {
                actions::act(state, global, effects);
            }
        }
        Action::Organizations(act) => organizations::act(state, act, effects),
        Action::Accounts(accounts::Act::Open) if state.accounts.filtering => {
            accounts::keep_filter(state, effects);
            state.accounts.filtering = false;
        }
        Action::Accounts(act) => accounts::act(state, act, effects),
        Action::Detail(_) if state.detail.searching => state.detail.searching = false,
        Action::Detail(act) => detail::act(state, act, effects),
        Action::Form(act) => forms::act(state, act, effects),
        Action::Place(act) => forms::place::act(state, act, effects),
        Action::Plan(act) => plan::act(state, act, effects),
        Action::Picker(act) => picker::act(state, act, effects),
        Action::Chooser(act) => chooser::act(state, act, effects),
        Action::Failure(act) => failure::act(state, act, effects),
        Action::Conflict(act) => conflict::act(state, act, effects),
        Action::Confirm(act) => confirm::act(state, act, effects),
        Action::Identity(act) => identity::act(state, act, effects),
        Action::Connections(act) => {
            if let Some(Modal::Connections(shown)) = state.modals.last().cloned() {
                connections::act(state, act, shown, effects);
            }
        }
        Action::Activity(act) => activity::act(state, act, effects),
        Action::History(act) => history::act(state, act, effects),
        Action::Journal(act) => journal::act(state, act, effects),
        Action::Help(act) => help::act(state, act),
        Action::Labels(act) => labels::act(state, act, effects),
        Action::Palette(act) => {
            if let Some(action) = palette::act(state, act, effects) {
                self::act(state, action, effects);
            }
        }
        Action::Copy(act) => copy::act(state, act, effects),
        Action::Views(act) => views::act(state, act, effects),
        Action::Columns(act) => columns::act(state, act, effects),
        Action::Welcome(act) => welcome::act(act, effects),
        Action::Close => {
            state.close();
        }
    }
}

/// While a filter or search line has the focus, Esc clears and closes it and Tab leaves to the list. True if that was all.
fn leave_line(state: &mut State, action: super::Global, effects: &mut Vec<Effect>) -> bool {
    let Some(line) = line_of(state) else {
        return false;
    };
    match action {
        super::Global::Palette | super::Global::PreviousPane => {
            if state.focus == PaneId::Accounts {
                accounts::keep_filter(state, effects);
            }
            close_line(state);
            false
        }
        super::Global::Back => {
            *line = forms::TextField::default();
            line_changed(state);
            close_line(state);
            true
        }
        super::Global::NextPane => {
            if state.focus == PaneId::Accounts {
                if accounts::complete(state, effects) {
                    return true;
                }
                accounts::keep_filter(state, effects);
            }
            close_line(state);
            true
        }
        super::Global::Filter
        | super::Global::Help
        | super::Global::Open(_)
        | super::Global::Move
        | super::Global::End
        | super::Global::RemoteSearch
        | super::Global::Dashboard
        | super::Global::Extra
        | super::Global::Reveal
        | super::Global::Copy
        | super::Global::Refresh
        | super::Global::Sync
        | super::Global::ToggleTree
        | super::Global::Panes(_)
        | super::Global::Activity
        | super::Global::Connections
        | super::Global::Journal
        | super::Global::ToggleMouse
        | super::Global::Quit => false,
    }
}

fn close_line(state: &mut State) {
    state.accounts.filtering = false;
    state.organizations.filtering = false;
    state.detail.searching = false;
    accounts::scroll(state);
}

fn moved(state: &mut State, motion: Motion) {
    let (connections, page, wide) = (state.setup.connections.len(), help::page(state), state.size.width);
    match state.modals.last_mut() {
        Some(Modal::Help(help)) => help::scroll(help, motion, (wide, page)),
        Some(Modal::Activity(_)) => activity::move_cursor(state, motion, page),
        Some(Modal::Connections(view)) => view.move_cursor(motion, connections),
        Some(Modal::Place(view)) => view.move_cursor(motion),
        Some(Modal::Plan(_)) => plan::scroll(state, motion),
        Some(Modal::Picker(_)) => picker::move_cursor(state, motion),
        Some(Modal::Chooser(chooser)) => chooser.move_cursor(motion),
        Some(Modal::Failure(_)) => failure::scroll(state, motion),
        Some(Modal::Journal(_)) => journal::move_cursor(state, motion),
        Some(Modal::History(_)) => history::move_cursor(state, motion),
        Some(Modal::Conflict(view)) => view.move_cursor(motion),
        Some(Modal::Labels(view)) => view.move_cursor(motion),
        Some(Modal::Palette(_)) => palette::move_cursor(state, motion),
        Some(Modal::Views(_)) => views::move_cursor(state, motion),
        Some(Modal::Columns(_)) => columns::move_cursor(state, motion),
        Some(Modal::Value(_)) => value::scroll(state, motion),
        Some(Modal::Form(_) | Modal::Confirm(_) | Modal::Identity(_)) => {}
        None => match state.focus {
            PaneId::Organizations => organizations::move_cursor(state, motion),
            PaneId::Accounts => accounts::move_cursor(state, motion),
            PaneId::Detail => detail::move_cursor(state, motion),
        },
    }
}

/// A click gives a pane the focus and selects; the wheel moves in the pane under it. In a modal the wheel scrolls, and no
/// click confirms. Where two panes touch the mouse holds their border.
pub(super) fn pointed(state: &mut State, kind: MouseKind, column: u16, row: u16) {
    if sizes::pointed(state, kind, column, row) {
        return;
    }
    state.session.touched = true;
    state.prefix = None;
    accounts::touched(state);
    let motion = match kind {
        MouseKind::Click | MouseKind::Drag | MouseKind::Release => None,
        MouseKind::WheelUp => Some(Motion::Up),
        MouseKind::WheelDown => Some(Motion::Down),
    };
    if !state.modals.is_empty() {
        if let Some(motion) = motion {
            moved(state, motion);
        }
        return;
    }
    let areas = layout(state);
    let Some((pane, area)) = areas.pane_at(column, row).and_then(|pane| areas.pane(pane).map(|area| (pane, area)))
    else {
        return;
    };
    close_line(state);
    state.focus = pane;
    detail::entered(state);
    if let Some(motion) = motion {
        (0..3).for_each(|_| moved(state, motion));
    } else {
        let Some(inside) = row.checked_sub(area.y + 1).map(usize::from) else {
            return;
        };
        match pane {
            PaneId::Organizations => organizations::click(state, inside),
            PaneId::Accounts => accounts::click(state, inside),
            PaneId::Detail => detail::click(state, column - area.x, inside),
        }
    }
}
