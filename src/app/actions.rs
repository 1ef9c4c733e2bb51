//! What the keys that work everywhere do.

use super::{
    Avail, ConnectionSetup, Effect, Global, Modal, MouseReports, Prefix, RequestId, Slot, State, Syncing, Urgency,
    Waiting, contest,
};
use crate::domain::{ConnectionName, Failure, FailureKind, OrganizationId, Role, Subject, Values};
use crate::forms;
use crate::inventory::{Consent, Scope, Snapshot, SyncState, is_dear_failure};
use crate::panes::{
    PaneId, accounts, activity, chooser, confirm, connections, copy, detail, failure, help, journal, organizations,
    palette, picker,
};
use crate::provider::{Capability, Levels, ListScope, ListSearch, Offer};

/// After a pause of an hour, in milliseconds, a listing does not go on but begins anew, as after a restart: its pages
/// would be of two times.
const LONG: u64 = 3_600_000;

/// Whether the provider has list parameters of its own; the reason if not.
pub(super) fn can_search_remotely(state: &State) -> Avail {
    match state.current_connection() {
        None => Avail::no("choose one connection first: F2"),
        Some(setup) => match setup.spec.offer(Capability::RemoteSearch) {
            Offer::Yes => state.uncontested(&setup.name),
            Offer::No(reason) => Avail::no(reason),
        },
    }
}

/// Whether the web dashboard can be opened; the reason if not. A one-time link is no write, but its code lets whoever has
/// it do everything, so nothing read-only gives one. A page's address gives nothing by itself.
pub(super) fn can_open_dashboard(state: &State) -> Avail {
    let Some(setup) = state.current_connection() else {
        return Avail::no("choose one connection first: F2");
    };
    match setup.spec.offer(Capability::SignIn) {
        Offer::No(_) => match page(state, setup) {
            Ok(_) => state.uncontested(&setup.name),
            Err(why) => Avail::No(why),
        },
        Offer::Yes if state.signing_in.is_some() => Avail::no("a link is being opened already"),
        Offer::Yes => state.read_only_reason().map_or_else(|| state.uncontested(&setup.name), Avail::No),
    }
}

/// The page of what the cursor is on in the web dashboard.
fn page(state: &State, setup: &ConnectionSetup) -> Result<String, String> {
    match state.subject() {
        Some(Subject::Account(key)) => setup.spec.page(key.id.as_str(), &setup.base_url),
        Some(Subject::Organization(_) | Subject::Connection(_)) | None => {
            Err("only accounts have pages there that are known".to_owned())
        }
    }
}

/// Does what a key asks.
pub(super) fn act(state: &mut State, action: Global, effects: &mut Vec<Effect>) {
    match action {
        Global::Filter => filter(state, effects),
        Global::NextPane => next_pane(state, 1),
        Global::PreviousPane => next_pane(state, 2),
        Global::Back => back(state, effects),
        Global::Help => state.open(Modal::Help(help::Help::new(state))),
        Global::Palette => palette::open(state),
        Global::Open(want) => forms::open(state, want, effects),
        Global::Move => picker::open(state),
        Global::End => chooser::end(state, effects),
        Global::RemoteSearch => remote_search(state),
        Global::Dashboard => open_dashboard(state, effects),
        Global::Extra => detail::ask_extra(state, effects),
        Global::Reveal => detail::reveal(state, effects),
        Global::Copy => state.prefix = Some(Waiting::after(Prefix::Copy)),
        Global::Refresh => refresh(state, effects),
        Global::Sync => ask_sync(state, effects),
        Global::ToggleTree => toggle_tree(state),
        Global::Panes(act) => super::sizes::act(state, act, effects),
        Global::Activity => activity::open(state),
        Global::Journal => journal::open(state, effects),
        Global::Connections => state.open(Modal::Connections(connections::Connections::default())),
        Global::ToggleMouse => toggle_mouse(state, effects),
        Global::Quit if state.writing.is_some() => {
            state.open(Modal::Confirm(confirm::Confirm::quit()));
        }
        Global::Quit => effects.push(Effect::Quit),
    }
}

fn filter(state: &mut State, effects: &mut Vec<Effect>) {
    match state.focus {
        PaneId::Organizations => state.organizations.filtering = true,
        PaneId::Detail if state.detail.tab == detail::Tab::Raw => state.detail.searching = true,
        PaneId::Detail | PaneId::Accounts => {
            state.focus = PaneId::Accounts;
            state.accounts.filtering = true;
            accounts::opened(&mut state.accounts);
            if !state.accounts.filter.value().is_empty() {
                state.refuse_key("type a new filter; Space, ← or Backspace goes on with this one", effects);
            }
        }
    }
    accounts::scroll(state);
}

/// To the pane that stands `by` further on; narrow screens show the one that has the focus.
fn next_pane(state: &mut State, by: usize) {
    let panes: Vec<PaneId> = PaneId::ALL.into_iter().filter(|pane| reachable(state, *pane)).collect();
    let at = panes.iter().position(|pane| *pane == state.focus).unwrap_or(0);
    let by = if by == 1 { 1 } else { panes.len() - 1 };
    state.focus = panes[(at + by) % panes.len()];
    detail::entered(state);
}

fn reachable(state: &State, pane: PaneId) -> bool {
    match pane {
        PaneId::Organizations => state.size.width < 80 || state.tree_is_shown() || state.focus == pane,
        PaneId::Accounts | PaneId::Detail => true,
    }
}

/// Undoes exactly one layer, the innermost first.
fn back(state: &mut State, effects: &mut Vec<Effect>) {
    match state.focus {
        PaneId::Organizations if state.organizations.is_narrowed() => organizations::widen(state),
        PaneId::Detail if !state.detail.search.value().is_empty() && state.detail.tab == detail::Tab::Raw => {
            state.detail.search = forms::TextField::default();
        }
        PaneId::Detail if state.detail.is_visiting() => detail::back(state, effects),
        PaneId::Organizations => {
            if !organizations::put_away_words(state) {
                state.focus = PaneId::Accounts;
            }
        }
        PaneId::Detail => state.focus = PaneId::Accounts,
        PaneId::Accounts if accounts::is_beside(state) => accounts::leave_siblings(state),
        PaneId::Accounts if !state.accounts.filter.value().is_empty() => {
            state.accounts.filter = forms::TextField::default();
        }
        PaneId::Accounts if state.accounts.remote.is_some() => {
            state.accounts.remote = None;
            effects.push(Effect::Cancel(Slot::Remote));
        }
        // Last what the tree was left with: it is narrowed no more.
        PaneId::Accounts if state.accounts.scope == Scope::All && state.organizations.is_narrowed() => {
            organizations::widen(state);
        }
        PaneId::Accounts => state.accounts.set_scope(Scope::All),
    }
}

fn toggle_tree(state: &mut State) {
    let shown = super::layout(state).organizations.is_some();
    state.sizes.leave_zoom();
    state.tree_wanted = Some(!shown);
    if shown && state.focus == PaneId::Organizations {
        state.focus = PaneId::Accounts;
    } else if !shown && state.size.width < 110 {
        // Where the tree takes another pane's place, asking for it is going there.
        state.focus = PaneId::Organizations;
    }
}

fn toggle_mouse(state: &mut State, effects: &mut Vec<Effect>) {
    state.mouse = !state.mouse;
    let (reports, words) = if state.mouse {
        (MouseReports::On, "mouse on")
    } else {
        (MouseReports::Off, "mouse off: the terminal selects text")
    };
    effects.push(Effect::Mouse(reports));
    state.toast(Role::Text, words, effects);
}

/// Asks again for what the focused pane shows.
fn refresh(state: &mut State, effects: &mut Vec<Effect>) {
    // Of a connection that answers as somebody else it is asked first who it is.
    let contested = state.current_connection().map(|setup| setup.name.clone());
    if let Some(name) = contested.filter(|name| state.contested(name).is_some()) {
        return sync(state, name, effects);
    }
    match state.focus {
        PaneId::Detail => detail::fetch(state, detail::Freshness::Always, Urgency::Asked, effects),
        PaneId::Accounts if state.accounts.remote.is_some() => {
            if let Some(remote) = state.accounts.remote.take() {
                // Asking again for what was said to be dear is the consent.
                let told = remote.failure.as_ref().is_some_and(is_dear_failure);
                let consent = if told { Consent::Given } else { Consent::Needed };
                list(state, remote.connection, remote.title, remote.scope, consent, effects);
            }
        }
        PaneId::Organizations => {
            let lazy = match state.organizations.cursor() {
                Some(organizations::Node::Organization(key)) => Some(key.clone()),
                Some(organizations::Node::Connection(_)) | None => None,
            };
            let levels = lazy.as_ref().and_then(|key| state.connection(&key.connection)).map(|setup| setup.spec.levels);
            match lazy.filter(|_| levels.is_some_and(|levels| levels != Levels::Together)) {
                Some(key) if levels == Some(Levels::ByRoot) => {
                    organizations::ask(state, &organizations::root_of(state, key), effects);
                }
                Some(key) => organizations::ask(state, &key, effects),
                None => sync_scope(state, effects),
            }
        }
        PaneId::Accounts => sync_scope(state, effects),
    }
}

/// Lists them because the user wants it.
fn ask_sync(state: &mut State, effects: &mut Vec<Effect>) {
    if state.setup.offline {
        return state.refuse_key("--offline: no provider is asked", effects);
    }
    sync_scope(state, effects);
}

/// Lists the scope's connections again; a listing that runs already goes on.
pub(super) fn sync_scope(state: &mut State, effects: &mut Vec<Effect>) {
    let names: Vec<ConnectionName> = match state.current_connection() {
        Some(setup) if state.scope() != Scope::All => vec![setup.name.clone()],
        Some(_) | None => state.scope_connections().map(|setup| setup.name.clone()).collect(),
    };
    for name in names {
        sync(state, name, effects);
    }
}

/// Lists a connection, unless that runs already.
pub(crate) fn sync(state: &mut State, connection: ConnectionName, effects: &mut Vec<Effect>) {
    if state.syncs.get(&connection).is_some_and(Syncing::is_paused) {
        return pause(state, &connection, effects);
    }
    if state.syncs.contains_key(&connection) || state.setup.offline {
        return;
    }
    let id = state.request_id();
    state.syncs.insert(connection.clone(), Syncing::new(id, state.now));
    effects.push(Effect::Sync { id, connection });
}

/// Pauses a listing that runs, or lets a paused one go on.
pub(crate) fn pause(state: &mut State, connection: &ConnectionName, effects: &mut Vec<Effect>) {
    let now = state.now;
    let loaded = match state.snapshot.connection(connection).map(|view| &view.sync) {
        Some(SyncState::Running { loaded, .. }) => Some(*loaded),
        Some(SyncState::Never | SyncState::Complete { .. } | SyncState::Partial { .. } | SyncState::Failed { .. })
        | None => None,
    };
    let Some(listing) = state.syncs.get_mut(connection) else { return };
    let name = connection.clone();
    let Some(since) = listing.paused else {
        listing.paused = Some(now);
        return effects.push(Effect::Pause(name));
    };
    if now.since(since) >= LONG {
        state.syncs.remove(connection);
        effects.push(Effect::Cancel(Slot::Sync(name.clone())));
        return sync(state, name, effects);
    }
    listing.paused = None;
    // How fast it goes is counted anew: the pause is nobody's pace.
    listing.pace = listing.pace.and(loaded).map(|loaded| (now, loaded));
    effects.push(Effect::GoOn(name));
}

/// Whether a listing of the scope runs that can be paused, or is paused.
pub(crate) fn can_pause(state: &State) -> Avail {
    let runs = state.scope_connections().any(|setup| state.syncs.contains_key(&setup.name));
    if runs { Avail::Yes } else { Avail::Hidden }
}

/// Pauses the scope's listings; where all are paused, they go on.
pub(crate) fn pause_scope(state: &mut State, effects: &mut Vec<Effect>) {
    let running =
        state.scope_connections().filter_map(|setup| Some((setup.name.clone(), state.syncs.get(&setup.name)?)));
    let running: Vec<(ConnectionName, bool)> = running.map(|(name, sync)| (name, sync.is_paused())).collect();
    let goes_on = running.iter().all(|(_, is_paused)| *is_paused);
    for (name, _) in running.into_iter().filter(|(_, is_paused)| *is_paused == goes_on) {
        pause(state, &name, effects);
    }
}

/// Opens the page of what the cursor is on; where only a one-time link leads in, that.
fn open_dashboard(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(setup) = state.current_connection() else {
        return;
    };
    if setup.spec.offer(Capability::SignIn) == Offer::Yes {
        let connection = setup.name.clone();
        return sign_in(state, connection, effects);
    }
    if let Ok(url) = page(state, setup) {
        effects.push(Effect::Open(url));
    }
}

/// A page was opened, or not: then its address is shown whole and copied, for a browser somewhere else.
pub(super) fn opened(state: &mut State, url: &str, result: Result<(), String>, effects: &mut Vec<Effect>) {
    let Err(why) = result else {
        return state.toast(Role::Good, format!("opened {url} in your browser"), effects);
    };
    copy::texts("the address".into(), &[url.to_owned()], effects);
    if state.modals.is_empty() && !state.types() {
        let failure = Failure::new(FailureKind::Local, "opening a page of the dashboard", why).with_hint(url);
        state.open(Modal::Failure(failure::FailureView::not_opened(failure)));
    } else {
        state.toast(Role::Warn, format!("{url} was not opened: {why}"), effects);
    }
}

fn sign_in(state: &mut State, connection: ConnectionName, effects: &mut Vec<Effect>) {
    let id = state.request_id();
    state.signing_in = Some(id);
    state.toast(Role::Text, format!("{connection}: opening the web dashboard in your browser"), effects);
    effects.push(Effect::SignIn { id, connection });
}

/// A one-time link was opened, or not. What went wrong is shown whole where nothing else has the keys.
pub(super) fn signed_in(
    state: &mut State,
    id: RequestId,
    result: Result<Vec<String>, Failure>,
    effects: &mut Vec<Effect>,
) {
    if state.signing_in != Some(id) {
        return;
    }
    state.signing_in = None;
    match result {
        Ok(lines) => {
            for line in lines {
                state.toast(Role::Good, line, effects);
            }
        }
        Err(why) if state.modals.is_empty() && !state.types() => {
            state.open(Modal::Failure(failure::FailureView::not_signed_in(why)));
        }
        Err(why) => state.toast(Role::Bad, why.to_string(), effects),
    }
}

fn remote_search(state: &mut State) {
    let Some(setup) = state.current_connection() else {
        return;
    };
    let (name, spec) = (setup.name.clone(), setup.spec);
    let organization = match state.scope() {
        Scope::Organization(key) => {
            let found = state.snapshot.organization(&key).map(|found| found.name.shown().into_owned());
            Some((key.id.clone(), found.unwrap_or_else(|| key.id.to_string())))
        }
        Scope::All | Scope::Connection(_) => None,
    };
    let search = spec.searches.iter().find(|search| search.in_organization == organization.is_some());
    if let Some(search) = search.or(spec.searches.first()) {
        let organization = organization.filter(|_| search.in_organization);
        forms::search(state, search, name, organization);
    }
}

/// Runs a remote search with what its form holds; empty fields are not sent.
pub fn search_remotely(
    state: &mut State,
    spec: &ListSearch,
    connection: ConnectionName,
    organization: Option<OrganizationId>,
    values: &Values,
    effects: &mut Vec<Effect>,
) {
    let filled = values.0.iter().filter(|(_, value)| !value.is_empty());
    let parameters: Vec<(String, String)> = filled.map(|(name, value)| (name.clone(), value.clone())).collect();
    let words: Vec<String> =
        parameters.iter().map(|(name, value)| format!("{name}={}", crate::domain::shown(value))).collect();
    let title = if words.is_empty() { spec.title.to_owned() } else { words.join(" ") };
    let scope = ListScope { organization, parameters, extra: false };
    list(state, connection, title, scope, Consent::Needed, effects);
}

fn list(
    state: &mut State,
    connection: ConnectionName,
    title: String,
    scope: ListScope,
    consent: Consent,
    effects: &mut Vec<Effect>,
) {
    let id = state.request_id();
    state.accounts.remote = Some(accounts::RemoteList {
        connection: connection.clone(),
        title,
        scope: scope.clone(),
        running: Some(id),
        snapshot: std::sync::Arc::new(Snapshot::of(Vec::new())),
        total: None,
        failure: None,
    });
    state.accounts.filter = forms::TextField::default();
    state.focus = PaneId::Accounts;
    effects.push(Effect::List { id, connection, scope, consent });
}

/// A listing ended: failures that have no place on screen are said.
pub(super) fn synced(state: &mut State, id: RequestId, connection: &ConnectionName, effects: &mut Vec<Effect>) {
    if state.syncs.get(connection).is_none_or(|sync| sync.id != id) {
        return;
    }
    state.syncs.remove(connection);
    if state.contested(connection).is_some() {
        return contest::announce(state, connection, effects);
    }
    match state.snapshot.connection(connection).map(|view| &view.sync) {
        Some(SyncState::Partial { why, .. }) if is_dear_failure(why) => {
            let words = format!("{connection}: {}; {}", why.cause, why.hint.as_deref().unwrap_or_default());
            state.announce(Role::Warn, words, effects);
        }
        Some(SyncState::Partial { .. }) => state.announce(Role::Warn, format!("{connection} is partial"), effects),
        Some(SyncState::Never | SyncState::Running { .. } | SyncState::Complete { .. } | SyncState::Failed { .. })
        | None => {}
    }
    let view = state.snapshot.connection(connection);
    // Why a connection has nothing is said to those who look at it, not over the rows of others.
    let has_rows = view.is_some_and(|view| view.accounts > 0);
    let is_looked_at = match state.scope() {
        Scope::All => state.setup.connections.len() == 1,
        Scope::Connection(name) => name == *connection,
        Scope::Organization(key) => key.connection == *connection,
    };
    let messages = view.map(|view| view.messages.clone()).filter(|_| has_rows || is_looked_at);
    for message in messages.unwrap_or_default() {
        state.announce(Role::Text, format!("{connection}: {}", message.shown()), effects);
    }
}
