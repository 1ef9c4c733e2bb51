//! The whole frame: top line, panes, bottom line, modals.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::widgets::{Clear, Widget};

use super::{Line, Theme, menu, notes, put, put_line, way};
use crate::app::{Areas, Avail, ConnectionSetup, Modal, Row, State, Syncing, layout, oldest, scopes, stand_in};
use crate::domain::{FailureKind, Key, Protection, Role, age_words, ambiguous, clip, shown, width};
use crate::forms;
use crate::inventory::{Scope, SyncState};
use crate::panes::{
    accounts, activity, chooser, columns, confirm, conflict, connections, detail, failure, help, history, identity,
    journal, labels, organizations, palette, picker, plan, value, views, welcome,
};
use crate::provider::RequestState;

/// Draws the state. Reads only; nothing drawn decides what `update` does.
pub fn draw(state: &State, frame: &mut Frame) {
    ambiguous(state.setup.ambiguous);
    let whole = frame.area();
    let buf = frame.buffer_mut();
    draw_all(state, whole, buf);
    if state.setup.ascii {
        super::ascii::plain(buf);
    }
}

fn draw_all(state: &State, frame: Rect, buf: &mut Buffer) {
    let theme = state.theme();
    let areas = layout(state);
    let whole = areas.whole.intersection(frame);
    if areas.too_small {
        put(buf, 0, 0, whole.width, "too small", Style::new());
        return;
    }
    top_line(state, areas.top, buf, theme);
    let from = state.modals.iter().rposition(Modal::covers).unwrap_or(0);
    if state.modals.get(from).is_some_and(Modal::fills) {
        // Nothing of what it covers shows at its edges.
    } else if state.setup.connections.is_empty() {
        let body = Rect { y: 1, height: whole.height.saturating_sub(2), ..whole };
        welcome::draw(state, body, buf, theme);
    } else {
        panes(state, &areas, buf, theme);
    }
    let room = Rect { y: 1, height: whole.height.saturating_sub(2), ..whole };
    let below = (!state.modals.is_empty() && !state.toasts.is_empty()).then(|| buf.clone());
    for modal in &state.modals[from..] {
        draw_modal(state, modal, room, buf, theme);
    }
    if state.modals.is_empty() {
        below_panes(state, areas.bottom, buf, theme);
    } else {
        let free = below.map_or(0, |below| free_rows(&below, buf, areas.bottom));
        below_modal(state, areas.bottom, free, buf, theme);
    }
    if let Some(waiting) = state.prefix {
        menu::draw(state, waiting, areas.bottom, buf, theme);
    }
}

/// How many rows above the bottom line no modal lies over.
fn free_rows(below: &Buffer, buf: &Buffer, bottom: Rect) -> usize {
    let is_free = |y: &u16| (bottom.left()..bottom.right()).all(|x| below[(x, *y)] == buf[(x, *y)]);
    (1..bottom.y).rev().take(notes::MOST_LINES).take_while(is_free).count()
}

fn panes(state: &State, areas: &Areas, buf: &mut Buffer, theme: Theme) {
    if let Some(area) = areas.organizations {
        organizations::draw(state, area, buf, theme);
    }
    if let Some(area) = areas.accounts {
        accounts::draw(state, area, buf, theme);
    }
    if let Some(area) = areas.detail {
        detail::draw(state, area, buf, theme);
    }
    if state.is_zoomed()
        && let Some(area) = areas.pane(state.focus)
    {
        let words = Line::of(Role::Key, " z").and(Role::Dim, " all panes ");
        let wide = u16::try_from(words.width()).unwrap_or(area.width).min(area.width);
        // At the left: at the right stands how much there is above and below.
        put_line(buf, area.x + 2, area.bottom().saturating_sub(1), wide, &words, theme, Style::new());
    }
}

fn draw_modal(state: &State, modal: &Modal, room: Rect, buf: &mut Buffer, theme: Theme) {
    match modal {
        Modal::Help(help) => help::draw(help, room, buf, theme),
        Modal::Form(form) => forms::draw(state, form, room, buf, theme),
        Modal::Place(place) => forms::place::draw(state, place, room, buf, theme),
        Modal::Plan(view) => plan::draw(state, view, room, buf, theme),
        Modal::Picker(picker) => picker::draw(state, picker, buf, theme),
        Modal::Chooser(chooser) => chooser::draw(chooser, room, buf, theme),
        Modal::Conflict(view) => conflict::draw(state, view, room, buf, theme),
        Modal::Confirm(confirm) => confirm::draw(confirm, room, buf, theme),
        Modal::Identity(view) => identity::draw(state, view, room, buf, theme),
        Modal::Failure(view) => failure::draw(view, room, buf, theme),
        Modal::Activity(activity) => activity::draw(state, activity, room, buf, theme),
        Modal::Connections(view) => connections::draw(state, *view, room, buf, theme),
        Modal::Journal(view) => journal::draw(state, view, room, buf, theme),
        Modal::History(view) => history::draw(state, view, room, buf, theme),
        Modal::Labels(view) => labels::draw(state, view, room, buf, theme),
        Modal::Palette(view) => palette::draw(state, view, room, buf, theme),
        Modal::Value(view) => value::draw(view, room, buf, theme),
        Modal::Views(view) => views::draw(state, view, room, buf, theme),
        Modal::Columns(view) => columns::draw(state, view, room, buf, theme),
    }
}

/// On a narrower screen the top line leaves out what is not news.
const TIGHT: u16 = 80;
/// Columns of an identity that say something.
const LEAST_IDENTITY: usize = 14;

/// Connection and protection, identity, scope; at the right counts, age, running jobs.
fn top_line(state: &State, area: Rect, buf: &mut Buffer, theme: Theme) {
    let right = counts(state);
    let wide = u16::try_from(right.width()).unwrap_or(u16::MAX).min(area.width * 2 / 3);
    // Where it is tight the scope counts more than the program's name; that nothing is real, more than both.
    let program = match (state.setup.demo, area.width < TIGHT) {
        (true, true) => "demo",
        (true, false) => "acctui demo",
        (false, true) => "",
        (false, false) => "acctui",
    };
    let mut left = Line::of(Role::Title, program);
    if !program.is_empty() {
        left.push(Role::Dim, " │ ");
    }
    let mut after = Role::Dim;
    match state.current_connection().filter(|_| state.scope() != Scope::All || state.setup.connections.len() == 1) {
        Some(setup) => {
            let protection = if state.setup.read_only { Protection::ReadOnly } else { setup.protection };
            let name = setup.colour.map_or(Role::Title, Role::Tint);
            left.push(name, setup.name.to_string());
            left.push(Role::Level(protection), format!(" {}", protection.word()));
            after = if theme.is_band(Role::Level(protection)) { Role::Level(protection) } else { Role::Dim };
        }
        None if state.setup.connections.is_empty() => left.push(Role::Dim, "no connection"),
        None => {
            left.push(Role::Title, format!("{} connections", state.setup.connections.len()));
            if state.setup.read_only {
                let role = Role::Level(Protection::ReadOnly);
                left.push(role, format!(" {}", Protection::ReadOnly.word()));
                after = if theme.is_band(role) { role } else { Role::Dim };
            }
        }
    }
    // A band ends as it begins, with a blank.
    left.push(after, " ");
    left.push(Role::Dim, "│ ");
    let room = area.width.saturating_sub(wide + 1);
    left.push(Role::Text, way(&crumbs(state), usize::from(room).saturating_sub(left.width())));
    // Last, and only where there is room for more of it than its beginning.
    let mut identity = Line::default();
    identity_words(state, &mut identity);
    let is_news = identity.0.first().is_some_and(|(role, _)| *role != Role::Dim);
    if is_news || left.width() + identity.width().min(LEAST_IDENTITY) <= usize::from(room) {
        left = left.and_all(identity);
    }
    put_line(buf, area.x, area.y, room, &left, theme, Style::new());
    put_line(buf, area.right().saturating_sub(wide), area.y, wide, &right, theme, Style::new());
}

fn identity_words(state: &State, line: &mut Line) {
    let Some(setup) = state.current_connection() else { return };
    let Some(view) = state.snapshot.connection(&setup.name) else { return };
    if let Some(words) = view.contest_words() {
        return line.push(Role::Bad, format!(" │ {words}"));
    }
    let Some(identity) = view.identity.as_ref().filter(|identity| !identity.value.user.is_empty()) else { return };
    line.push(Role::Dim, format!(" │ {}", who(&identity.value)));
    if let Some(words) = expiry(state, &identity.value) {
        line.push(Role::Bad, words);
    }
}

/// What a request waits for, if one does: its newest record says.
#[must_use]
pub fn waiting(state: &State) -> Option<String> {
    state.requests.iter().rev().find_map(|record| match &record.state {
        RequestState::Waiting { millis, why } => {
            let seconds = millis.div_ceil(1_000);
            Some(format!("{} waits {seconds} s: {}", record.connection, shown(why)))
        }
        RequestState::Running | RequestState::Answered(_) | RequestState::Failed(_) => None,
    })
}

/// Who a connection is, short: a user's name as it is; an opaque id with the credential's kind before it.
fn who(identity: &crate::domain::Identity) -> String {
    let user = identity.user.shown();
    if width(&user) <= 24 { user.into_owned() } else { format!("{} {}", shown(&identity.credential), clip(&user, 9)) }
}

/// How long the credential still holds, once that is under seven days.
fn expiry(state: &State, identity: &crate::domain::Identity) -> Option<String> {
    const WEEK_MILLIS: i64 = 7 * 86_400_000;
    let ends: jiff::Timestamp = identity.expires_at.as_ref()?.raw().parse().ok()?;
    let left = ends.as_millisecond().saturating_sub(i64::try_from(state.now.0).ok()?);
    (left < WEEK_MILLIS)
        .then(|| if left < 0 { " expired".to_owned() } else { format!(" expires in {} d", left / 86_400_000) })
}

/// The scope: `All`, or the way from the root.
fn crumbs(state: &State) -> Vec<String> {
    match state.scope() {
        Scope::All => vec!["All accounts".into()],
        Scope::Connection(name) => vec![format!("All of {name}")],
        Scope::Organization(key) => {
            let tree = state.snapshot.connection(&key.connection).map(|view| &view.tree);
            let mut ids = tree.map(|tree| tree.above(&key.id)).unwrap_or_default();
            ids.push(key.id.clone());
            let name = |id: &crate::domain::OrganizationId| {
                let known = tree.and_then(|tree| tree.node(id)).map(|node| node.organization.name.shown().into_owned());
                known.filter(|name| !name.is_empty()).unwrap_or_else(|| id.to_string())
            };
            ids.iter().map(name).collect()
        }
    }
}

/// What is left of request budgets that are low, of the connections in view.
fn low_budgets(state: &State) -> Vec<String> {
    let newest = |setup: &ConnectionSetup| {
        let mut records = state.requests.iter().rev().filter(|record| record.connection == setup.name);
        records.find_map(|record| record.budget).filter(|budget| budget.is_low())
    };
    let low = state.scope_connections().filter_map(|setup| newest(setup).map(|budget| (setup, budget)));
    low.map(|(setup, budget)| format!("{}: {} requests left ", setup.name, budget.left)).collect()
}

/// How far the scope's listings are.
#[derive(Default)]
struct Listings<'s> {
    asked: u32,
    running: u32,
    paused: u32,
    failed: u32,
    unreachable: u32,
    rows: u64,
    /// Accounts in all of those that run; `None` where one does not say so.
    all: Option<u64>,
    /// Accounts a second.
    rate: u64,
    /// Whose accounts are all there, and whose organizations are still read.
    hierarchies: Vec<&'s ConnectionSetup>,
}

impl<'s> Listings<'s> {
    fn of(state: &'s State) -> Self {
        let mut listings = Self { all: Some(0), ..Self::default() };
        for setup in state.scope_connections() {
            listings.asked += 1;
            listings.take(state, setup);
        }
        listings
    }

    fn take(&mut self, state: &State, setup: &'s ConnectionSetup) {
        let own = state.syncs.get(&setup.name);
        self.paused += u32::from(own.is_some_and(Syncing::is_paused));
        match state.snapshot.connection(&setup.name).map(|view| &view.sync) {
            Some(SyncState::Running { loaded, total, .. }) => {
                self.running += 1;
                self.rows += loaded;
                self.rate += own.and_then(|sync| sync.rate(state.now, *loaded)).unwrap_or(0);
                self.all = self.all.zip(*total).map(|(all, total)| all + total);
            }
            // All accounts are there: what it still reads is told apart from what is waited for.
            Some(sync) if own.is_some_and(|own| !own.is_paused() && own.has_accounts(sync)) => {
                self.hierarchies.push(setup);
            }
            // Who it is comes before its first page; of an older listing nothing is said while a new one runs.
            Some(_) | None if own.is_some() => {
                self.running += 1;
                self.all = None;
            }
            Some(SyncState::Failed { why, .. }) if why.kind == FailureKind::Unreachable => self.unreachable += 1,
            Some(SyncState::Failed { .. }) => self.failed += 1,
            Some(SyncState::Never | SyncState::Complete { .. } | SyncState::Partial { .. }) | None => {}
        }
    }

    /// How far those are that run.
    fn say(&self, line: &mut Line) {
        let Self { asked, running, paused, rows, all, rate, .. } = self;
        if *running > 0 {
            let of = if *asked > 1 { format!("{running} of {asked}: ") } else { String::new() };
            let left = all.filter(|_| *rate > 0).map(|all| all.saturating_sub(*rows).div_ceil(*rate));
            let all = all.map(|all| format!("/{all}")).unwrap_or_default();
            let left = left.map(|seconds| format!("{rate}/s, {seconds} s left ")).unwrap_or_default();
            if paused == running {
                line.push(Role::Warn, format!("paused {of}{rows}{all} "));
            } else {
                line.push(Role::Key, format!("loading {of}{rows}{all} … {left}"));
                if *paused > 0 {
                    line.push(Role::Warn, format!("{paused} paused "));
                }
            }
        }
        match self.hierarchies.as_slice() {
            [] => {}
            [setup] => line.push(Role::Key, format!("reading the {} of {} … ", setup.spec.hierarchy.many, setup.name)),
            several => line.push(Role::Key, format!("reading {} hierarchies … ", several.len())),
        }
    }
}

fn counts(state: &State) -> Line {
    let mut line = Line::default();
    let listings = Listings::of(state);
    listings.say(&mut line);
    for words in low_budgets(state) {
        line.push(Role::Warn, words);
    }
    let Listings { asked, running, paused, mut failed, unreachable, .. } = listings;
    // One of several may be down by itself; where none answers it is the way there.
    if unreachable > 0 && unreachable == asked {
        line.push(Role::Warn, "no network ");
    } else {
        failed += unreachable;
    }
    if failed > 0 {
        line.push(Role::Bad, format!("{failed} failed "));
    }
    if state.writing.is_some() {
        line.push(Role::Warn, "sending … ");
    }
    if state.setup.offline {
        line.push(Role::Warn, "offline ");
    }
    if let (Some(at), true) = (oldest(state), running == 0 || paused == running) {
        line.push(Role::Dim, format!("as of {}", age_words(state.now.since(at))));
    }
    line
}

/// Hints at the left, a message at the right where both have room. Else it stands above them, where the panes gave way.
fn below_panes(state: &State, area: Rect, buf: &mut Buffer, theme: Theme) {
    let notes::Notes { above, beside } = notes::notes(state);
    let used = beside.map_or(0, |line| at_right(&line, area, area.width, buf, theme));
    bottom_hints(state, Rect { width: area.width.saturating_sub(used), ..area }, buf, theme);
    if state.prefix.is_none() {
        stand_above(&above, area, buf, theme);
    }
}

/// The same below a modal, which leaves so many rows free: the modal's keys stay in sight.
fn below_modal(state: &State, area: Rect, free: usize, buf: &mut Buffer, theme: Theme) {
    let mut used = 0;
    if let Some((toast, more)) = state.shown_toast() {
        let words = notes::words(toast, more, free > 0);
        let line = Line::of(toast.role, words.clone());
        let hints = hints(state, area.width).width();
        if (words.contains('\n') || line.width() + hints + 2 > usize::from(area.width)) && free > 0 {
            let most = usize::from(area.y.saturating_sub(2)).min(free);
            let lines = notes::laid(&words, area.width, most).into_iter().map(|text| Line::of(toast.role, text));
            stand_above(&lines.collect::<Vec<_>>(), area, buf, theme);
        } else {
            // Where a modal takes all rows its keys stay in sight; what answers a key goes with the next one.
            let keys = u16::try_from(hints + 2).unwrap_or(u16::MAX).min(area.width * 2 / 3);
            let most = if toast.passing { area.width } else { area.width.saturating_sub(keys) };
            // What is told now goes before how much was told: that is left out where both have no room.
            let alone = Line::of(toast.role, notes::words(toast, 0, false));
            let line = if line.width() > usize::from(most) { &alone } else { &line };
            used = at_right(line, area, most, buf, theme);
        }
    }
    bottom_hints(state, Rect { width: area.width.saturating_sub(used), ..area }, buf, theme);
}

/// Writes at the right end, in so many columns at most; gives how many are taken, with what parts it from the hints.
fn at_right(line: &Line, area: Rect, most: u16, buf: &mut Buffer, theme: Theme) -> u16 {
    let used = u16::try_from(line.width()).unwrap_or(u16::MAX).min(most);
    put_line(buf, area.right() - used, area.y, used, line, theme, Style::new());
    used + 2
}

/// Lines above the bottom line.
fn stand_above(lines: &[Line], bottom: Rect, buf: &mut Buffer, theme: Theme) {
    let height = u16::try_from(lines.len()).unwrap_or(0).min(bottom.y);
    let area = Rect { y: bottom.y - height, height, ..bottom };
    Clear.render(area, buf);
    for (y, line) in (area.y..area.bottom()).zip(lines) {
        put_line(buf, area.x + 1, y, area.width.saturating_sub(2), line, theme, Style::new());
    }
}

fn bottom_hints(state: &State, area: Rect, buf: &mut Buffer, theme: Theme) {
    let line = hints(state, area.width);
    put_line(buf, area.x, area.y, area.width, &line, theme, Style::new());
}

/// The footer's hints for where the user is: whole hints only, as many as fit.
#[must_use]
pub fn hints(state: &State, columns: u16) -> Line {
    let mut line = Line::default();
    if let Some(waiting) = state.prefix {
        return Line::of(Role::Title, waiting.after.title())
            .and(Role::Dim, " …  ")
            .and(Role::Key, "Esc")
            .and(Role::Text, " leave it");
    }
    if state.modals.is_empty() && (state.accounts.filtering || state.detail.searching) {
        let line = Line::of(Role::Key, "Enter")
            .and(Role::Text, " keep  ")
            .and(Role::Key, "Esc")
            .and(Role::Text, " clear  ")
            .and(Role::Key, "↑ ↓")
            .and(Role::Text, if state.detail.searching { " scroll" } else { " move" });
        if state.detail.searching {
            return line;
        }
        let line = line.and(Role::Key, "  Tab").and(Role::Text, " complete");
        let earlier = !state.own.filters.is_empty();
        return if earlier { line.and(Role::Key, "  Alt-↑").and(Role::Text, " earlier") } else { line };
    }
    if state.modals.is_empty() && state.organizations.filtering {
        let finds = state.organizations.cursor().is_some();
        return Line::of(Role::Key, "Enter")
            .and(Role::Text, if finds { " show these accounts  " } else { " keep  " })
            .and(Role::Key, "Esc")
            .and(Role::Text, " clear  ")
            .and(Role::Key, "↑ ↓")
            .and(Role::Text, " matches  ")
            .and(Role::Key, "Tab")
            .and(Role::Text, " keep");
    }
    let scopes = scopes(state);
    let mut rows: Vec<(&Row, &[Key])> = Vec::new();
    for (nth, scope) in scopes.iter().enumerate() {
        let hinted = state.setup.keys.rows(scope).filter(|(row, _)| row.hint > 0 && row.avail(state) == Avail::Yes);
        rows.extend(hinted.filter(|(row, _)| stand_in(state, &scopes[..nth], row).is_none()));
    }
    rows.sort_by_key(|(row, _)| row.hint);
    let mut room = usize::from(columns.saturating_sub(2));
    // What a text field takes means itself there: only the keys that pass it are shown.
    let typing = state.is_typed_into();
    for (row, keys) in rows {
        let Some(key) = keys.iter().find(|key| !typing || !forms::takes(**key)) else {
            continue;
        };
        let words = row.words(state);
        let need = width(&key.to_string()) + width(words) + 3;
        if need > room {
            continue;
        }
        room -= need;
        line.push(Role::Key, key.to_string());
        line.push(Role::Text, format!(" {words}  "));
    }
    line
}
