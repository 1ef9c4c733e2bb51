//! What the cursor is on, in tabs: Overview, Profile, Hierarchy, Raw, History.
//!
//! The detail follows the cursor from the inventory once it has rested; the open tab's one call goes out after a longer
//! rest, if the fact is old. Moving the cursor costs no request.

mod around;
mod cursor;
mod draw;
mod fold;
mod history;
mod laid;
mod lines;
mod overview;
mod values;

pub use self::around::back;
pub(in crate::panes) use self::cursor::can_copy_value;
pub use self::cursor::{click, jump, move_cursor, search_changed};
pub use self::draw::draw;
use self::fold::Folds;
pub use self::history::{history_is_old, history_replied};
use self::lines::lines;
pub use self::values::{Contact, Value};
use std::sync::Arc;

use crate::app::{Action, Avail, Effect, Motion, Remote, RequestId, Row, Slot, State, TimerId, Urgency, inside, pins};
use crate::domain::{
    AccountKey, ConnectionName, Failure, HistoryEntry, Key, KeyCode, Moment, OrganizationKey, ParentRef, Secret,
    Subject,
};
use crate::forms::TextField;
use crate::panes::{PaneId, accounts, labels, organizations};
use crate::provider::{Capability, DetailOptions, Offer, Query};
use crate::view::Line;

/// The detail follows the cursor after this rest: shorter than a deliberate pause, longer than a key's repeat.
const REST_MILLIS: u64 = 120;
/// The open tab's call goes out after this rest in all.
const CALL_MILLIS: u64 = 400;
/// A secret that was revealed is hidden again after this time.
const REVEAL_MILLIS: u64 = 10_000;
/// A fact this old is asked for again.
const STALE_MILLIS: u64 = 5 * 60_000;

/// What the detail is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A connection: the tree's first level.
    Connection(ConnectionName),
    /// An account or organization.
    Of(Subject),
}

/// A tab.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Tab {
    /// The fields that the program understands.
    #[default]
    Overview,
    /// The business details.
    Profile,
    /// From the root to here.
    Hierarchy,
    /// What the provider said.
    Raw,
    /// What syncs observed.
    History,
}

impl Tab {
    /// The tabs from left to right.
    pub const ALL: [Self; 5] = [Self::Overview, Self::Profile, Self::Hierarchy, Self::Raw, Self::History];

    /// What it is called on screen.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Profile => "Profile",
            Self::Hierarchy => "Hierarchy",
            Self::Raw => "Raw",
            Self::History => "History",
        }
    }
}

/// A rest of the cursor that is being waited for.
#[derive(Clone, Debug, PartialEq)]
enum Rest {
    /// Until the detail follows.
    Follow(TimerId, Target),
    /// Until the open tab's call goes out.
    Call(TimerId),
}

/// The detail's state.
#[derive(Clone, Debug, Default)]
pub struct Pane {
    /// What it shows.
    pub target: Option<Target>,
    /// The open tab.
    pub tab: Tab,
    /// The first line on screen.
    offset: usize,
    /// The first column of Raw on screen.
    shift: usize,
    /// Ages are shown as moments, and moments as ages.
    pub swaps_times: bool,
    /// The step under the cursor in Hierarchy.
    step: usize,
    /// The line under the cursor elsewhere.
    at: usize,
    /// What is folded in Raw.
    folds: Folds,
    /// Raw as it is on screen.
    laid: Option<Arc<laid::Laid>>,
    rest: Option<Rest>,
    /// Whose secrets are shown, until this timer is over.
    reveal: Option<(TimerId, Subject)>,
    fetch: Remote<()>,
    /// Where it was before it went to who holds what it showed, the last one last.
    visits: Vec<around::Visit>,
    /// What was fetched last: a failure is shown there alone.
    asked: Option<(Subject, Tab)>,
    /// The account whose whole record was asked for last.
    recalling: Option<AccountKey>,
    /// What syncs observed of an account, newest first, and of which one.
    history: Remote<Vec<HistoryEntry>>,
    history_of: Option<AccountKey>,
    /// Whether it is to be read again.
    history_is_old: bool,
    /// What is searched for in Raw.
    pub search: TextField,
    /// Whether the search line has the focus.
    pub searching: bool,
}

impl Pane {
    /// Whether it shows who holds what it showed before.
    #[must_use]
    pub fn is_visiting(&self) -> bool {
        !self.visits.is_empty()
    }

    /// Whether the secrets of what is shown stand in clear text.
    fn shows_secrets(&self) -> bool {
        self.reveal.as_ref().is_some_and(|(_, whose)| self.target.as_ref() == Some(&Target::Of(whose.clone())))
    }
}

/// What keys do here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// The tab to the right.
    NextTab,
    /// The tab to the left.
    PreviousTab,
    /// Opens the organization under the cursor, shows the value there whole, or folds or unfolds what is there.
    OpenStep,
    /// Opens the history of all accounts.
    OpenHistory,
    /// The next match in Raw.
    NextMatch,
    /// The previous match in Raw.
    PreviousMatch,
    /// Lists the accounts of the same organization.
    Siblings,
    /// Shows the profile of the organization that holds it.
    Holder,
    /// Exchanges ages and moments.
    Times,
    /// Shows what stands further right in Raw.
    Right,
    /// Shows what stands further left in Raw.
    Left,
    /// Copies the value under the cursor.
    CopyValue,
    /// Writes to it, or calls it.
    OpenContact,
    /// Folds all of Raw.
    FoldAll,
    /// Unfolds it.
    UnfoldAll,
}

/// The detail's keys.
pub const ROWS: &[Row] = &[
    Row::new(&[Key::char('l'), Key::plain(KeyCode::Right)], Action::Detail(Act::NextTab), "next tab").hint(1),
    Row::new(&[Key::char('h'), Key::plain(KeyCode::Left)], Action::Detail(Act::PreviousTab), "previous tab").hint(2),
    Row::new(
        &[Key::plain(KeyCode::Enter)],
        Action::Detail(Act::OpenStep),
        "open the organization, show the whole value, in Raw fold / unfold",
    )
    .now(cursor::open_words)
    .hint(1)
    .when(cursor::can_open),
    Row::new(&[Key::char('-')], Action::Detail(Act::FoldAll), "fold all").when(cursor::can_fold),
    Row::new(&[Key::char('+')], Action::Detail(Act::UnfoldAll), "unfold all").when(cursor::can_unfold),
    Row::new(&[Key::char('o')], Action::Detail(Act::OpenContact), "write to the address, or call the number")
        .hint(3)
        .when(cursor::on_contact),
    Row::new(&[Key::char('H')], Action::Detail(Act::OpenHistory), "history of all accounts").hint(1).when(on_history),
    Row::new(&[Key::char(' ')], Action::Accounts(accounts::Act::Mark), "mark the account").when(shows_account),
    accounts::UNMARK,
    accounts::EDIT_PROFILES,
    accounts::EDIT_FIELDS,
    labels::OPEN,
    pins::PIN,
    Row::new(&[Key::char(']')], Action::Detail(Act::NextMatch), "next match").hint(3).when(has_search),
    Row::new(&[Key::char('[')], Action::Detail(Act::PreviousMatch), "previous match").when(has_search),
    Row::new(&[Key::char('b')], Action::Detail(Act::Siblings), "list the accounts beside it").when(has_holder),
    Row::new(&[Key::char('O')], Action::Detail(Act::Holder), "profile of the organization that holds it")
        .when(has_holder),
    Row::new(&[Key::char('T')], Action::Detail(Act::Times), "ages as moments, moments as ages"),
    Row::new(&[Key::char(')')], Action::Detail(Act::Right), "further right").when(in_raw),
    Row::new(&[Key::char('(')], Action::Detail(Act::Left), "further left").when(in_raw),
];

/// The organization that holds what is shown directly, as its lineage says or its listing implies.
fn holder(state: &State) -> Option<OrganizationKey> {
    let mut above = steps(state);
    if matches!(&state.detail.target, Some(Target::Of(Subject::Organization(_)))) {
        above.pop();
    }
    above.pop()
}

fn has_holder(state: &State) -> Avail {
    match &state.detail.target {
        Some(Target::Of(subject)) => match holder(state) {
            Some(_) => state.uncontested(subject.connection()),
            None => Avail::no("no organization is known that holds it"),
        },
        Some(Target::Connection(_)) | None => Avail::no("choose an account or an organization first"),
    }
}

fn in_raw(state: &State) -> Avail {
    if state.detail.tab == Tab::Raw { Avail::Yes } else { Avail::Hidden }
}

fn shows_account(state: &State) -> Avail {
    match &state.detail.target {
        Some(Target::Of(Subject::Account(_))) => Avail::Yes,
        Some(Target::Of(Subject::Organization(_) | Subject::Connection(_)) | Target::Connection(_)) | None => {
            Avail::no("only accounts are marked")
        }
    }
}

fn on_history(state: &State) -> Avail {
    if state.detail.tab == Tab::History { Avail::Yes } else { Avail::Hidden }
}

fn has_search(state: &State) -> Avail {
    if state.detail.tab == Tab::Raw && !state.detail.search.value().is_empty() { Avail::Yes } else { Avail::Hidden }
}

/// What the cursor is on, for the detail to follow; the detail itself holds what it shows.
fn wanted(state: &State) -> Option<Target> {
    match state.focus {
        PaneId::Organizations => state.organizations.cursor().map(|node| match node {
            organizations::Node::Connection(name) => Target::Connection(name.clone()),
            organizations::Node::Organization(key) => Target::Of(Subject::Organization(key.clone())),
        }),
        PaneId::Accounts => state.accounts.selected.clone().map(|key| Target::Of(Subject::Account(key))),
        PaneId::Detail => state.detail.target.clone(),
    }
}

/// Asks for the whole record of what is shown, if it is not at hand; starts a rest if the cursor is on something else
/// now.
pub fn follow(state: &mut State, effects: &mut Vec<Effect>) {
    laid::follow(state);
    recall(state, effects);
    history::follow(state, effects);
    let wanted = wanted(state);
    if wanted == state.detail.target {
        // It was shown before its rest was over: what is left of it is the wait for the call.
        if matches!(state.detail.rest, Some(Rest::Follow(..))) {
            state.detail.rest = None;
            wait_for_call(state, effects);
        }
        return;
    }
    let Some(target) = wanted else {
        state.detail.target = None;
        state.detail.rest = None;
        return;
    };
    if matches!(&state.detail.rest, Some(Rest::Follow(_, waiting)) if *waiting == target) {
        return;
    }
    let id = state.timer_id();
    state.detail.rest = Some(Rest::Follow(id, target));
    effects.push(Effect::Timer { id, after: REST_MILLIS });
}

/// The lists have only what they show: the rest of a record is asked for once it is looked at.
fn recall(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(Target::Of(Subject::Account(key))) = &state.detail.target else {
        return;
    };
    if state.whole(key).is_some() || state.snapshot.find(key).is_none() {
        state.detail.recalling = None;
    } else if state.detail.recalling.as_ref() != Some(key) {
        effects.push(Effect::Recall(key.clone()));
        state.detail.recalling = Some(key.clone());
    }
}

/// The detail has the focus now: it shows what the cursor was on, without waiting for its rest.
pub fn entered(state: &mut State) {
    if state.focus != PaneId::Detail {
        return;
    }
    let waiting = match &state.detail.rest {
        Some(Rest::Follow(_, target)) => Some(target.clone()),
        Some(Rest::Call(_)) | None => None,
    };
    let first = || state.accounts.selected.clone().map(|key| Target::Of(Subject::Account(key)));
    let target = waiting.or_else(|| if state.detail.target.is_none() { first() } else { None });
    if let Some(target) = target {
        show(state, target);
    }
}

/// A rest is over, if it is this one; or the time in which secrets are shown.
pub fn rested(state: &mut State, id: TimerId, effects: &mut Vec<Effect>) {
    if matches!(&state.detail.reveal, Some((timer, _)) if *timer == id) {
        state.detail.reveal = None;
    }
    match state.detail.rest.take() {
        Some(Rest::Follow(waiting, target)) if waiting == id => {
            show(state, target);
            wait_for_call(state, effects);
        }
        Some(Rest::Call(waiting)) if waiting == id => fetch(state, Freshness::IfOld, Urgency::Background, effects),
        other @ (Some(_) | None) => state.detail.rest = other,
    }
}

fn show(state: &mut State, target: Target) {
    if state.detail.target.as_ref() != Some(&target) {
        around::left(state);
        state.detail.target = Some(target);
        state.detail.offset = 0;
        state.detail.shift = 0;
        (state.detail.step, state.detail.at) = (0, 0);
        state.detail.folds = Folds::default();
        state.detail.reveal = None;
    }
}

fn wait_for_call(state: &mut State, effects: &mut Vec<Effect>) {
    let id = state.timer_id();
    state.detail.rest = Some(Rest::Call(id));
    effects.push(Effect::Timer { id, after: CALL_MILLIS - REST_MILLIS });
}

/// Shows what the cursor is on at once, and asks for the open tab if it is old: the user opened it.
pub fn open_now(state: &mut State, effects: &mut Vec<Effect>) {
    if let Some(key) = state.accounts.selected.clone() {
        show(state, Target::Of(Subject::Account(key)));
    }
    state.detail.rest = None;
    fetch(state, Freshness::IfOld, Urgency::Asked, effects);
}

/// The account that `i` and `v` are about.
fn account(state: &State) -> Option<AccountKey> {
    match state.subject() {
        Some(Subject::Account(key)) => Some(key),
        Some(Subject::Organization(_) | Subject::Connection(_)) | None => None,
    }
}

/// Whether there is something that is not asked by default.
#[must_use]
pub fn can_ask_extra(state: &State) -> Avail {
    let Some(key) = account(state) else {
        return Avail::no("choose an account first");
    };
    match state.offer(&key.connection, Capability::Extra) {
        Offer::Yes => Avail::Yes,
        Offer::No(reason) => Avail::no(reason),
    }
}

/// Asks for what is not asked by default, and shows it.
pub fn ask_extra(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(key) = account(state) else {
        return;
    };
    let subject = Subject::Account(key.clone());
    show(state, Target::Of(subject.clone()));
    state.detail.rest = None;
    if state.detail.tab != Tab::Raw {
        state.detail.tab = Tab::Overview;
    }
    let query = Query::Account(key.id, DetailOptions { extra: true });
    send(state, subject, query, Urgency::Asked, effects);
}

/// Whether the account in the detail has a secret.
#[must_use]
pub fn can_reveal(state: &State) -> Avail {
    let Some(key) = account(state) else {
        return Avail::no("choose an account first");
    };
    match state.whole(&key) {
        Some(account) if !account.secrets.is_empty() => Avail::Yes,
        Some(_) | None => Avail::no("no secret is known of this account"),
    }
}

/// Shows the secrets for some seconds.
pub fn reveal(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(key) = account(state) else {
        return;
    };
    let subject = Subject::Account(key);
    show(state, Target::Of(subject.clone()));
    state.detail.tab = Tab::Overview;
    // What was asked for must be seen.
    let lines = lines(state, columns(state));
    if let Some(at) = lines.iter().position(|line| line.0.iter().any(|(_, text)| text.contains(overview::MASK))) {
        // It may take several lines more than its mask.
        let is_in_upper_half = (state.detail.offset..state.detail.offset + page(state) / 2).contains(&at);
        if !is_in_upper_half {
            state.detail.offset = at;
        }
        state.detail.at = at;
    }
    let id = state.timer_id();
    state.detail.reveal = Some((id, subject));
    effects.push(Effect::Timer { id, after: REVEAL_MILLIS });
}

/// The secret that is shown now, with its field's name; of several the first that its provider names.
#[must_use]
pub fn revealed(state: &State) -> Option<(&'static str, Secret)> {
    let Some(Target::Of(Subject::Account(key))) = &state.detail.target else {
        return None;
    };
    if !state.detail.shows_secrets() || account(state).as_ref() != Some(key) {
        return None;
    }
    let spec = state.connection(&key.connection)?.spec;
    let secrets = &state.whole(key)?.secrets;
    spec.details.iter().find_map(|detail| Some((detail.label, secrets.get(detail.path)?.clone())))
}

/// Whether a fact that is still fresh is asked for again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// Only if it is older than five minutes.
    IfOld,
    /// In any case.
    Always,
}

/// The open tab's one call.
pub fn fetch(state: &mut State, freshness: Freshness, urgency: Urgency, effects: &mut Vec<Effect>) {
    let Some(Target::Of(subject)) = state.detail.target.clone() else {
        return;
    };
    let tab = state.detail.tab;
    if freshness == Freshness::Always {
        history_is_old(state);
    }
    let Some(query) = query(state, &subject, tab) else {
        return;
    };
    if freshness == Freshness::IfOld {
        if state.setup.offline {
            return;
        }
        let fresh = fact_at(state, &subject, tab).is_some_and(|at| state.now.since(at) < STALE_MILLIS);
        let underway = state.detail.fetch.is_loading() && state.detail.asked == Some((subject.clone(), tab));
        if fresh || underway {
            return;
        }
    }
    send(state, subject, query, urgency, effects);
}

fn send(state: &mut State, subject: Subject, query: Query, urgency: Urgency, effects: &mut Vec<Effect>) {
    let id = state.request_id();
    state.detail.fetch.begin(id);
    let connection = subject.connection().clone();
    state.detail.asked = Some((subject, state.detail.tab));
    effects.push(Effect::Fetch { id, connection, slot: Slot::Detail, query, urgency });
}

/// The call's answer; what it said is in the inventory already.
pub fn replied(state: &mut State, id: RequestId, result: Result<(), Failure>) {
    state.detail.fetch.settle(id, result);
}

/// What a tab asks; `None` where there is nothing to ask, or the provider has no such thing.
fn query(state: &State, subject: &Subject, tab: Tab) -> Option<Query> {
    let offered = |capability| state.offer(subject.connection(), capability) == Offer::Yes;
    match (tab, subject) {
        (Tab::Overview | Tab::Raw, Subject::Account(key)) => {
            // What was asked for once comes along when the rest is refreshed.
            let extra = state.snapshot.detail(key).is_some_and(|fact| fact.value.has_extra);
            Some(Query::Account(key.id.clone(), DetailOptions { extra }))
        }
        (Tab::Overview | Tab::Raw, Subject::Organization(key)) => Some(Query::Organization(key.id.clone())),
        (Tab::Profile, _) => offered(profile_capability(subject)).then(|| Query::Profile(subject.clone())),
        (Tab::Hierarchy, Subject::Account(key)) => offered(Capability::Lineage).then(|| Query::Lineage(key.id.clone())),
        (Tab::Hierarchy, Subject::Organization(_))
        | (Tab::Overview | Tab::Raw | Tab::Hierarchy, Subject::Connection(_))
        | (Tab::History, _) => None,
    }
}

fn profile_capability(subject: &Subject) -> Capability {
    match subject {
        Subject::Account(_) | Subject::Connection(_) => Capability::ReadAccountProfile,
        Subject::Organization(_) => Capability::ReadOrganizationProfile,
    }
}

/// When the fact behind a tab was read.
fn fact_at(state: &State, subject: &Subject, tab: Tab) -> Option<Moment> {
    let snapshot = &state.snapshot;
    match (tab, subject) {
        (Tab::Overview | Tab::Raw, Subject::Account(key)) => snapshot.detail(key).map(|fact| fact.at),
        (Tab::Overview | Tab::Raw, Subject::Organization(key)) => snapshot.organization_detail(key).map(|fact| fact.at),
        (Tab::Profile, subject) => snapshot.profile(subject).map(|fact| fact.at),
        (Tab::Hierarchy, Subject::Account(key)) => snapshot.lineage(key).map(|fact| fact.at),
        (Tab::Hierarchy, Subject::Organization(_))
        | (Tab::Overview | Tab::Raw | Tab::Hierarchy, Subject::Connection(_))
        | (Tab::History, _) => None,
    }
}

/// Does what a key asks.
pub fn act(state: &mut State, act: Act, effects: &mut Vec<Effect>) {
    match act {
        Act::NextTab => change_tab(state, 1, effects),
        Act::PreviousTab => change_tab(state, Tab::ALL.len() - 1, effects),
        Act::OpenStep => cursor::open(state, effects),
        Act::OpenHistory => crate::panes::history::open(state, effects),
        Act::NextMatch => jump(state, Motion::Down),
        Act::PreviousMatch => jump(state, Motion::Up),
        Act::Siblings => around::siblings(state),
        Act::Holder => around::visit_holder(state, effects),
        Act::Times => state.detail.swaps_times = !state.detail.swaps_times,
        Act::Right => cursor::shift(state, true),
        Act::Left => cursor::shift(state, false),
        Act::CopyValue => cursor::copy_value(state, effects),
        Act::OpenContact => cursor::open_contact(state, effects),
        Act::FoldAll => cursor::fold_all(state, true),
        Act::UnfoldAll => cursor::fold_all(state, false),
    }
}

fn change_tab(state: &mut State, by: usize, effects: &mut Vec<Effect>) {
    let at = Tab::ALL.iter().position(|tab| *tab == state.detail.tab).unwrap_or(0);
    set_tab(state, Tab::ALL[(at + by) % Tab::ALL.len()], effects);
}

/// Opens a tab.
pub fn set_tab(state: &mut State, tab: Tab, effects: &mut Vec<Effect>) {
    state.detail.tab = tab;
    (state.detail.offset, state.detail.at, state.detail.shift) = (0, 0, 0);
    state.detail.step = steps(state).len().saturating_sub(1);
    wait_for_call(state, effects);
}

fn page(state: &State) -> usize {
    let area = crate::app::layout(state).detail.map(inside);
    area.map_or(1, |area| usize::from(area.height.saturating_sub(2 + u16::from(shows_search(state))))).max(1)
}

fn columns(state: &State) -> usize {
    crate::app::layout(state).detail.map_or(40, |area| usize::from(area.width.saturating_sub(4)))
}

fn shows_search(state: &State) -> bool {
    state.detail.tab == Tab::Raw && (state.detail.searching || !state.detail.search.value().is_empty())
}

fn matches(line: &Line, needle: &str) -> bool {
    line.0.iter().any(|(_, text)| text.to_lowercase().contains(needle))
}

/// The organizations of the Hierarchy tab, root first.
fn steps(state: &State) -> Vec<OrganizationKey> {
    match &state.detail.target {
        Some(Target::Of(Subject::Account(key))) => match state.snapshot.lineage(key) {
            Some(fact) => fact.value.steps.iter().map(|step| step.organization.key.clone()).collect(),
            None => state.snapshot.find(key).map(|account| derived(state, key, account.parent())).unwrap_or_default(),
        },
        Some(Target::Of(Subject::Organization(key))) => {
            let mut steps = above(state, key);
            steps.push(key.clone());
            steps
        }
        Some(Target::Of(Subject::Connection(_)) | Target::Connection(_)) | None => Vec::new(),
    }
}

/// The way to an account as the listing implies it, until its lineage is seen.
fn derived(state: &State, key: &AccountKey, parent: Option<&ParentRef>) -> Vec<OrganizationKey> {
    let Some(parent) = parent else {
        return Vec::new();
    };
    let parent = OrganizationKey { connection: key.connection.clone(), id: parent.id.clone() };
    let mut steps = above(state, &parent);
    steps.push(parent);
    steps
}

fn above(state: &State, key: &OrganizationKey) -> Vec<OrganizationKey> {
    let tree = state.snapshot.connection(&key.connection).map(|view| &view.tree);
    let ids = tree.map(|tree| tree.above(&key.id)).unwrap_or_default();
    ids.into_iter().map(|id| OrganizationKey { connection: key.connection.clone(), id }).collect()
}
