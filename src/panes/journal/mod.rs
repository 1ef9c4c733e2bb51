//! The journal: every change that was made here, newest first; undoing, planning again, and settling what nobody knows the
//! outcome of.

mod draw;
mod entry;

use crate::app::{Action, Avail, Effect, HELP, Modal, Motion, Remote, RequestId, Row, State, owner};
use crate::domain::{
    Ended, Failure, FailureKind, JournalRecord, Key, KeyCode, Moment, Protection, Records, Role, shown,
};
use crate::forms::TextField;
use crate::panes::find::Finder;
use crate::panes::{confirm, failure, plan};
use crate::view::Line;

pub use draw::draw;
use entry::{Entry, Loaded};

/// The journal on screen.
#[derive(Clone, Debug, Default)]
pub struct Journal {
    loaded: Remote<Loaded>,
    /// The change under the cursor, by its id.
    selected: Option<String>,
    filter: TextField,
    filtering: bool,
    /// The change whose detail is shown, and how far it is scrolled.
    opened: Option<(String, usize)>,
    /// What is searched for in it.
    finder: Finder,
}

/// What keys do here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Shows all of a change; from the filter line, keeps the filter.
    Open,
    /// Opens the filter line; in a change, a line that searches its text.
    Filter,
    /// The next match in a change.
    NextMatch,
    /// The previous match in a change.
    PreviousMatch,
    /// Makes the plan that undoes it.
    Undo,
    /// Makes the plan that undoes all of its plan.
    UndoPlan,
    /// Makes a plan of what its plan did not get done.
    Again,
    /// Reads back what nobody knows the outcome of.
    Reconcile,
    /// Reads the journal again: other processes write to it, too.
    Refresh,
    /// The user says that it was done.
    Done,
    /// The user says that it was not done.
    NotDone,
    /// Undoes one layer.
    Back,
}

/// The journal's keys.
pub const ROWS: &[Row] = &[
    Row::new(&[Key::plain(KeyCode::Enter)], Action::Journal(Act::Open), "all of it").now(keeps).hint(1).when(can_open),
    Row::new(&[Key::char('/')], Action::Journal(Act::Filter), "filter").now(searches).hint(4).when(is_open),
    Row::new(&[Key::char(']')], Action::Journal(Act::NextMatch), "next match").hint(1).when(has_search),
    Row::new(&[Key::char('[')], Action::Journal(Act::PreviousMatch), "previous match").hint(2).when(has_search),
    Row::new(&[Key::char('U')], Action::Journal(Act::Undo), "undo").hint(2).when(can_undo),
    Row::new(&[Key::char('P')], Action::Journal(Act::UndoPlan), "undo all that its plan did")
        .hint(4)
        .when(can_undo_plan),
    Row::new(&[Key::char('A')], Action::Journal(Act::Again), "plan again what its plan did not get done")
        .when(can_plan_again),
    Row::new(&[Key::char('S')], Action::Journal(Act::Reconcile), "settle by reading back").hint(3).when(can_reconcile),
    Row::new(&[Key::char('r')], Action::Journal(Act::Refresh), "read the journal again").when(is_open),
    Row::new(&[Key::char('d')], Action::Journal(Act::Done), "it was done").hint(3).when(can_settle),
    Row::new(&[Key::char('n')], Action::Journal(Act::NotDone), "it was not done").hint(3).when(can_settle),
    Row::new(&[Key::plain(KeyCode::Esc)], Action::Journal(Act::Back), "back").now(clears).hint(5),
    Row::new(&[Key::char('q'), Key::char('J')], Action::Close, "close"),
    HELP,
];

fn on_top(state: &State) -> Option<&Journal> {
    if let Some(Modal::Journal(journal)) = state.modals.last() { Some(journal) } else { None }
}

fn on_top_mut(state: &mut State) -> Option<&mut Journal> {
    if let Some(Modal::Journal(journal)) = state.modals.last_mut() { Some(journal) } else { None }
}

impl Journal {
    /// Whether the filter line, or the search line of a change, has the focus.
    #[must_use]
    pub fn is_filtering(&self) -> bool {
        self.filtering || self.finder.typing
    }

    /// The line that has the focus.
    pub fn line(&mut self) -> Option<&mut TextField> {
        if self.finder.typing {
            return Some(&mut self.finder.line);
        }
        self.filtering.then_some(&mut self.filter)
    }

    /// The filter's text changed.
    pub fn line_changed(&mut self) {
        self.keep_selection();
    }

    fn shown(&self) -> Vec<&Entry> {
        self.loaded.value().map(|loaded| loaded.shown(self.filter.value())).unwrap_or_default()
    }

    /// The change that the keys act on: the opened one, else the one under the cursor.
    fn current(&self) -> Option<&Entry> {
        let id = self.opened.as_ref().map(|(id, _)| id).or(self.selected.as_ref())?;
        self.loaded.value()?.find(id)
    }

    /// The cursor stays on its change; where that is not shown any more, it goes to the newest.
    fn keep_selection(&mut self) {
        let shown = self.shown();
        let is_there = |id: &String| shown.iter().any(|entry| entry.id() == id);
        if !self.selected.as_ref().is_some_and(is_there) {
            self.selected = shown.first().map(|entry| entry.id().to_owned());
        }
    }

    /// When the words of the newest change's age are others, from `now` on: older ones change with it, at most so much
    /// late, and one timer is enough.
    fn next_age(&self, now: Moment) -> Option<u64> {
        let newest = self.loaded.value()?.entries.first()?;
        let age = now.since(newest.records[0].at);
        let step = if age < 3_600_000 { 60_000 } else { 3_600_000 };
        Some(step - age % step)
    }
}

/// In how many milliseconds the words of an age in an open journal change.
#[must_use]
pub fn next_age(state: &State) -> Option<u64> {
    let journal =
        state.modals.iter().find_map(|modal| if let Modal::Journal(journal) = modal { Some(journal) } else { None })?;
    journal.next_age(state.now)
}

/// Opens the journal.
pub fn open(state: &mut State, effects: &mut Vec<Effect>) {
    state.open(Modal::Journal(Box::default()));
    reread(state, effects);
}

/// Reads the journal again, if it is on screen.
pub fn reread(state: &mut State, effects: &mut Vec<Effect>) {
    let id = state.request_id();
    for modal in &mut state.modals {
        if let Modal::Journal(journal) = modal {
            journal.loaded.begin(id);
            return effects.push(Effect::ReadJournal { id });
        }
    }
}

/// The journal was read.
pub fn replied(state: &mut State, id: RequestId, result: Result<Records, Failure>, effects: &mut Vec<Effect>) {
    if let Some((_, before)) = state.reconciling.filter(|(asked, _)| *asked == id) {
        state.reconciling = None;
        match result {
            Ok(records) => {
                let left = Loaded::from(records).unsettled();
                let settled = before.saturating_sub(left);
                let words = if left == 0 {
                    format!("{settled} settled, none is left")
                } else {
                    format!("{settled} settled, {left} left")
                };
                state.toast(if left == 0 { Role::Good } else { Role::Warn }, words, effects);
            }
            Err(failure) => state.toast(Role::Bad, failure.to_string(), effects),
        }
        return reread(state, effects);
    }
    for modal in &mut state.modals {
        if let Modal::Journal(journal) = modal {
            if journal.loaded.awaits(id) {
                journal.loaded.settle(id, result.map(Loaded::from));
                journal.keep_selection();
                // Its ages may change their words before those of the listings do.
                state.age_timer = None;
            }
            return;
        }
    }
}

/// A change that went on after the provider's answer came to its end, or is waited for no longer. Where somebody else has
/// the keys, a line says so.
pub fn ended(
    state: &mut State,
    record: &JournalRecord,
    (ended, earlier): (Result<Ended, Failure>, bool),
    effects: &mut Vec<Effect>,
) {
    let name = Loaded::from(Records { records: vec![record.clone()], ..Records::default() });
    let name = name.entries.first().map(Entry::name).unwrap_or_default();
    let verb = record.kind.verb();
    if let Ok(ended) = &ended {
        plan::ended(state, record, ended);
    }
    if matches!(ended, Ok(Ended::Done(_) | Ended::Failed(_))) {
        state.unsettled.retain(|left| left.change != record.change);
    }
    match ended {
        Ok(Ended::Done(_)) => state.announce(Role::Good, format!("{}: {name}", record.kind.done()), effects),
        Ok(Ended::Failed(why)) if !earlier && state.modals.is_empty() && !state.types() => {
            state.open(Modal::Failure(failure::FailureView::ended(about(record, name), why)));
        }
        Ok(Ended::Failed(why)) => {
            state.toast(Role::Bad, format!("{verb} of {name} failed: {why} · J has all of it"), effects);
        }
        Ok(Ended::Running) => {
            let words = format!("{verb} of {name} goes on and is waited for no longer: J lists it, S there asks again");
            state.announce(Role::Warn, words, effects);
        }
        // What an earlier run left is announced already; that the end can't be noted is news.
        Err(why) if earlier && why.kind != FailureKind::Local => {}
        Err(why) => state.toast(Role::Warn, format!("{verb} of {name} can't be followed: {why} · J lists it"), effects),
    }
    reread(state, effects);
}

/// What a change is about, in words.
fn about(record: &JournalRecord, name: String) -> failure::About {
    let id = (if record.kind.makes() { "made in" } else { "id" }, shown(record.subject.id()).into_owned());
    let what = format!("{} of {}", record.kind.verb(), record.kind.noun(&record.subject));
    failure::About { what, name, id, connection: record.connection.to_string() }
}

/// What undoing a change is about.
fn undone(entry: &Entry) -> failure::About {
    let about = about(entry.last(), entry.name());
    failure::About { what: format!("undo the {}", about.what), ..about }
}

/// What undoing a plan is about: all that it did.
fn undone_whole(entry: &Entry) -> failure::About {
    let connection = entry.last().connection.to_string();
    failure::About { what: "undo all that a plan did".into(), connection, ..failure::About::default() }
}

/// What planning again is about: all that its plan did not get done.
fn again(entry: &Entry) -> failure::About {
    let connection = entry.last().connection.to_string();
    failure::About { what: "what an earlier plan did not get done".into(), connection, ..failure::About::default() }
}

fn searches(state: &State) -> Option<&'static str> {
    on_top(state)?.opened.as_ref().map(|_| "search in it")
}

fn has_search(state: &State) -> Avail {
    let is_there = on_top(state).is_some_and(|journal| journal.opened.is_some() && journal.finder.shows());
    if is_there { Avail::Yes } else { Avail::Hidden }
}

fn is_open(state: &State) -> Avail {
    if on_top(state).is_some() { Avail::Yes } else { Avail::Hidden }
}

/// Why nothing is to be done about a change that another process is sending.
const UNDER_WAY: &str = "another acctui is sending it: r reads the journal again";

fn keeps(state: &State) -> Option<&'static str> {
    let journal = on_top(state)?;
    if journal.finder.typing { Some("keep the search") } else { journal.filtering.then_some("keep the filter") }
}

fn clears(state: &State) -> Option<&'static str> {
    let journal = on_top(state)?;
    if journal.opened.is_some() {
        return journal.finder.shows().then_some("clear the search");
    }
    (journal.filtering || !journal.filter.value().is_empty()).then_some("clear the filter")
}

fn can_open(state: &State) -> Avail {
    match on_top(state) {
        Some(journal) if journal.finder.typing => Avail::Yes,
        Some(journal) if journal.opened.is_some() => Avail::Hidden,
        Some(journal) if journal.filtering || journal.current().is_some() => Avail::Yes,
        Some(_) => Avail::no("there is no change to show"),
        None => Avail::Hidden,
    }
}

/// The change that the keys act on, if nothing else stands in the way of looking at it from here.
fn current(state: &State) -> Result<&Entry, Avail> {
    let entry = on_top(state).and_then(Journal::current).ok_or_else(|| Avail::no("nothing is selected"))?;
    if state.writing.is_some() {
        return Err(Avail::no("a change is being sent"));
    }
    Ok(entry)
}

/// Why a change can't be looked into from here: its connection is gone, contested, or somebody else's.
fn foreign(state: &State, record: &JournalRecord) -> Option<String> {
    let name = &record.connection;
    if state.connection(name).is_none() {
        return Some(format!("there is no connection {name} any more"));
    }
    if let Some(refusal) = state.contested(name) {
        return Some(format!("{}: {}", refusal.cause, refusal.hint.unwrap_or_default()));
    }
    let own = owner(state, name).filter(|own| !own.is_same(&record.identity))?;
    Some(format!("it was made as {}; {name} answers as {}", record.identity.beside(own), own.beside(&record.identity)))
}

/// Why nothing can be sent to a change's connection.
fn unwritable(state: &State, record: &JournalRecord) -> Option<String> {
    if state.setup.read_only {
        return Some("--read-only: nothing is written".into());
    }
    let setup = state.connection(&record.connection)?;
    (setup.protection == Protection::ReadOnly).then(|| format!("{} is read-only", setup.name))
}

fn can_undo(state: &State) -> Avail {
    let entry = match current(state) {
        Ok(entry) => entry,
        Err(no) => return no,
    };
    match entry.last().is_done() {
        None if entry.is_under_way() => return Avail::no(UNDER_WAY),
        None => return Avail::no("nobody knows yet whether it was done: S reads back"),
        Some(false) => return Avail::no("it was not done: there is nothing to undo"),
        Some(true) => {}
    }
    if let Some(why) = entry.last().for_good() {
        return Avail::No(why);
    }
    if entry.is_undone() {
        return Avail::no("it was undone already: U on that undo brings it back");
    }
    foreign(state, entry.last()).or_else(|| unwritable(state, entry.last())).map_or(Avail::Yes, Avail::No)
}

/// The changes of the plan that a change was part of, itself among them.
fn of_its_plan<'s>(state: &'s State, entry: &'s Entry) -> impl Iterator<Item = &'s Entry> {
    let loaded = on_top(state).and_then(|journal| journal.loaded.value());
    let plan = entry.last().plan();
    loaded.into_iter().flat_map(|loaded| &loaded.entries).filter(move |other| other.last().plan() == plan)
}

fn can_undo_plan(state: &State) -> Avail {
    let entry = match current(state) {
        Ok(entry) => entry,
        Err(no) => return no,
    };
    let own = || of_its_plan(state, entry);
    if own().count() < 2 {
        return can_undo(state);
    }
    if own().any(Entry::is_under_way) {
        return Avail::no(UNDER_WAY);
    }
    let stands = |other: &Entry| other.last().is_done() == Some(true) && !other.is_undone();
    if !own().any(|other| stands(other) && other.last().for_good().is_none()) {
        return Avail::no("nothing that it did can be undone");
    }
    foreign(state, entry.last()).or_else(|| unwritable(state, entry.last())).map_or(Avail::Yes, Avail::No)
}

fn can_plan_again(state: &State) -> Avail {
    let entry = match current(state) {
        Ok(entry) => entry,
        Err(no) => return no,
    };
    let own = || of_its_plan(state, entry);
    if own().any(Entry::is_under_way) {
        return Avail::no(UNDER_WAY);
    }
    if !own().any(Entry::is_open) {
        let unknown = own().any(Entry::is_unsettled);
        return Avail::no(if unknown { "nobody knows what is left: S reads back" } else { "all of its plan is done" });
    }
    foreign(state, entry.last()).or_else(|| unwritable(state, entry.last())).map_or(Avail::Yes, Avail::No)
}

fn can_reconcile(state: &State) -> Avail {
    let Some(loaded) = on_top(state).and_then(|journal| journal.loaded.value()) else {
        return Avail::Hidden;
    };
    if loaded.unsettled() == 0 {
        let under_way = on_top(state).and_then(Journal::current).is_some_and(Entry::is_under_way);
        return Avail::no(if under_way { UNDER_WAY } else { "no change is unsettled" });
    }
    if state.writing.is_some() {
        return Avail::no("a change is being sent");
    }
    if state.reconciling.is_some() { Avail::no("it is being read back") } else { Avail::Yes }
}

fn can_settle(state: &State) -> Avail {
    if on_top(state).is_none_or(|journal| journal.opened.is_none()) {
        return Avail::Hidden;
    }
    match current(state) {
        Ok(entry) if entry.is_under_way() => Avail::no(UNDER_WAY),
        Ok(entry) if entry.is_unsettled() => foreign(state, entry.last()).map_or(Avail::Yes, Avail::No),
        Ok(_) => Avail::Hidden,
        Err(no) => no,
    }
}

/// Does what a key asks.
pub fn act(state: &mut State, act: Act, effects: &mut Vec<Effect>) {
    let is_alone = |it: &Entry| of_its_plan(state, it).count() < 2;
    match act {
        // Of a plan of one change it is the same.
        Act::UndoPlan if on_top(state).and_then(Journal::current).is_some_and(is_alone) => undo(state, effects),
        Act::Open => {
            open_current(state);
            // Others write to it, too: what is looked at closely is to be as it is now.
            if on_top(state).is_some_and(|journal| journal.current().is_some_and(Entry::is_under_way)) {
                reread(state, effects);
            }
        }
        Act::Refresh => reread(state, effects),
        Act::Filter => {
            if let Some(journal) = on_top_mut(state) {
                let line = if journal.opened.is_some() { &mut journal.finder.typing } else { &mut journal.filtering };
                *line = true;
            }
        }
        Act::NextMatch => step(state, true),
        Act::PreviousMatch => step(state, false),
        Act::Undo => undo(state, effects),
        Act::UndoPlan => {
            let entry = on_top(state).and_then(Journal::current);
            if let Some((change, about)) = entry.map(|entry| (entry.last().plan().to_owned(), undone_whole(entry))) {
                plan::ask_for(state, about, effects, |id| Effect::Undo { id, change });
            }
        }
        Act::Again => {
            let entry = on_top(state).and_then(Journal::current);
            if let Some((plan, about)) = entry.map(|entry| (entry.last().plan().to_owned(), again(entry))) {
                plan::ask_for(state, about, effects, |id| Effect::Again { id, plan });
            }
        }
        Act::Reconcile => {
            let id = begin_settling(state);
            state.toast(Role::Text, "reading back what became of them …", effects);
            effects.push(Effect::Reconcile { id });
        }
        Act::Done => state.open(Modal::Confirm(confirm::Confirm::settle(true))),
        Act::NotDone => state.open(Modal::Confirm(confirm::Confirm::settle(false))),
        Act::Back => back(state),
    }
}

fn undo(state: &mut State, effects: &mut Vec<Effect>) {
    let entry = on_top(state).and_then(Journal::current);
    if let Some((change, about)) = entry.map(|entry| (entry.id().to_owned(), undone(entry))) {
        plan::ask_for(state, about, effects, |id| Effect::Undo { id, change });
    }
}

/// The user has said whether the opened change was done.
pub fn settle(state: &mut State, done: bool, effects: &mut Vec<Effect>) {
    if let Some(change) = on_top(state).and_then(Journal::current).map(|entry| entry.id().to_owned()) {
        let id = begin_settling(state);
        effects.push(Effect::Settle { id, change, done });
    }
}

fn begin_settling(state: &mut State) -> RequestId {
    let id = state.request_id();
    let before = on_top(state).and_then(|journal| journal.loaded.value()).map_or(0, Loaded::unsettled);
    state.reconciling = Some((id, before));
    id
}

fn open_current(state: &mut State) {
    let Some(journal) = on_top_mut(state) else { return };
    if std::mem::take(&mut journal.finder.typing) || std::mem::take(&mut journal.filtering) {
        return;
    }
    journal.opened = journal.selected.clone().map(|id| (id, 0));
}

/// After each event: what is typed into the search line of a change leads to its first match.
pub fn follow(state: &mut State) {
    if on_top(state).is_some_and(|journal| journal.opened.is_some() && journal.finder.shows()) {
        seek(state, Finder::follow);
    }
}

/// To the next match in the change that is shown, or back.
fn step(state: &mut State, forward: bool) {
    seek(state, |finder, lines, place| finder.step(lines, forward, place));
}

fn seek(state: &mut State, go: impl FnOnce(&mut Finder, &[Line], (usize, usize)) -> usize) {
    let (lines, page) = draw::detail_on_screen(state);
    if let Some(journal) = on_top_mut(state)
        && let Some((_, offset)) = &mut journal.opened
    {
        *offset = go(&mut journal.finder, &lines, (*offset, page));
    }
}

/// Undoes one layer: the search in the detail, the detail, the filter line, the filter, the journal.
fn back(state: &mut State) {
    let Some(journal) = on_top_mut(state) else { return };
    if journal.finder.shows() {
        journal.finder = Finder::default();
        return;
    }
    if journal.opened.take().is_some() {
        return;
    }
    let filtered = std::mem::take(&mut journal.filtering) || !journal.filter.value().is_empty();
    if filtered {
        journal.filter = TextField::default();
        return journal.keep_selection();
    }
    state.close();
}

/// Moves the cursor, or scrolls the detail.
pub fn move_cursor(state: &mut State, motion: Motion) {
    let (lines, page) = draw::detail_on_screen(state);
    let lines = lines.len();
    let Some(journal) = on_top_mut(state) else { return };
    if let Some((_, offset)) = &mut journal.opened {
        let last = lines.saturating_sub(page);
        *offset = motion.apply((*offset).min(last), last + 1, page);
        return;
    }
    let shown = journal.shown();
    let at = shown.iter().position(|entry| Some(entry.id()) == journal.selected.as_deref()).unwrap_or(0);
    let at = motion.apply(at, shown.len(), page);
    journal.selected = shown.get(at).map(|entry| entry.id().to_owned());
}
