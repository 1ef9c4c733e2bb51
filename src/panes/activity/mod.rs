//! What the program does with the providers: running jobs, the request budgets, and the requests of this run: those that
//! run or wait, the last begun first, then those that are over, the last ended first. Requests are redacted where they
//! are made.

mod request;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::accounts::{counted, grouped};
use super::find::Finder;
use super::history;
use crate::app::{Action, Avail, Effect, HELP, Modal, Motion, Prefix, Row, Slot, State, Waiting, pause, spread};
use crate::domain::{
    ConnectionName, Failure, FailureKind, Key, KeyCode, Moment, Role, clip, clip_middle, clip_start, shown, width,
};
use crate::forms::TextField;
use crate::inventory::SyncState;
use crate::provider::{RequestRecord, RequestState};
use crate::view::{Line, Theme, frame_more, modal_frame, put_line, scroll_to};

/// The activity on screen.
#[derive(Clone, Debug)]
pub struct Activity {
    /// What the cursor is on; nothing while there is nothing.
    cursor: Option<Entry>,
    /// Only requests with all these words in them are listed.
    filter: TextField,
    filtering: bool,
    /// All of the request under the cursor is shown, from this line on.
    opened: Option<usize>,
    /// What is searched for in it.
    finder: Finder,
}

impl Activity {
    /// Whether the filter line, or the search line of a request, has the focus.
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
}

/// What a row is about.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Entry {
    /// Something that runs.
    Job(Job),
    /// A request, by its id.
    Request(u64),
}

/// What keys do here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Gives up the job under the cursor.
    Cancel,
    /// Pauses the job under the cursor, or lets it go on.
    Pause,
    /// Opens what syncs observed.
    History,
    /// Shows all of a request; from the filter line, keeps the filter.
    Open,
    /// Opens the filter line; in a request, a line that searches its text.
    Filter,
    /// The next match in a request.
    NextMatch,
    /// The previous match in a request.
    PreviousMatch,
    /// Waits for what to copy.
    Copy,
    /// Copies a request as `curl`.
    CopyCurl,
    /// Copies the provider's id of a request.
    CopyId,
    /// Copies why a request failed, with its hint.
    CopyError,
    /// One layer back.
    Back,
}

/// The activity's keys.
pub const ROWS: &[Row] = &[
    Row::new(&[Key::plain(KeyCode::Enter)], Action::Activity(Act::Open), "all of the request")
        .now(keeps)
        .hint(1)
        .when(can_open),
    Row::new(&[Key::char('/')], Action::Activity(Act::Filter), "filter").now(searches).hint(3),
    Row::new(&[Key::char(']')], Action::Activity(Act::NextMatch), "next match").hint(2).when(has_search),
    Row::new(&[Key::char('[')], Action::Activity(Act::PreviousMatch), "previous match").hint(3).when(has_search),
    Row::new(&[Key::char('y')], Action::Activity(Act::Copy), "copy, then what").hint(3).when(on_request),
    Row::new(&[Key::char('x')], Action::Activity(Act::Cancel), "cancel the job").hint(1).when(on_job),
    Row::new(&[Key::char('p')], Action::Activity(Act::Pause), "pause the sync / go on").hint(1).when(on_listing),
    Row::new(&[Key::char('H')], Action::Activity(Act::History), "history of all accounts").hint(5),
    Row::new(&[Key::plain(KeyCode::Esc)], Action::Activity(Act::Back), "back").now(clears).hint(2),
    Row::new(&[Key::char('q'), Key::char('a')], Action::Close, "close"),
    HELP,
];

/// The keys after `y` in the activity.
pub const COPY_ROWS: &[Row] = &[
    Row::new(&[Key::char('c')], Action::Activity(Act::CopyCurl), "request as curl").hint(1).when(request::has_curl),
    Row::new(&[Key::char('i')], Action::Activity(Act::CopyId), "provider's id of the request")
        .hint(2)
        .when(request::has_id),
    Row::new(&[Key::char('e')], Action::Activity(Act::CopyError), "error with its hint")
        .hint(3)
        .when(request::has_error),
];

fn on_top(state: &State) -> Option<&Activity> {
    if let Some(Modal::Activity(activity)) = state.modals.last() { Some(activity) } else { None }
}

fn on_top_mut(state: &mut State) -> Option<&mut Activity> {
    if let Some(Modal::Activity(activity)) = state.modals.last_mut() { Some(activity) } else { None }
}

/// The request under the cursor.
fn current(state: &State) -> Option<&RequestRecord> {
    match on_top(state)?.cursor.as_ref()? {
        Entry::Request(id) => state.requests.iter().find(|record| record.id == *id),
        Entry::Job(_) => None,
    }
}

fn on_request(state: &State) -> Avail {
    if current(state).is_some() { Avail::Yes } else { Avail::Hidden }
}

/// In the filter line the same key keeps the filter, whatever it matches.
fn can_open(state: &State) -> Avail {
    match on_top(state) {
        Some(activity) if activity.is_filtering() => Avail::Yes,
        Some(activity) if activity.opened.is_none() => on_request(state),
        Some(_) | None => Avail::Hidden,
    }
}

fn keeps(state: &State) -> Option<&'static str> {
    let activity = on_top(state)?;
    if activity.finder.typing { Some("keep the search") } else { activity.filtering.then_some("keep the filter") }
}

/// What Esc takes away before it leaves.
fn clears(state: &State) -> Option<&'static str> {
    let activity = on_top(state)?;
    if activity.opened.is_some() {
        return activity.finder.shows().then_some("clear the search");
    }
    (activity.filtering || !activity.filter.value().is_empty()).then_some("clear the filter")
}

fn searches(state: &State) -> Option<&'static str> {
    on_top(state)?.opened.map(|_| "search in it")
}

fn has_search(state: &State) -> Avail {
    let is_there = on_top(state).is_some_and(|activity| activity.opened.is_some() && activity.finder.shows());
    if is_there { Avail::Yes } else { Avail::Hidden }
}

/// Something that runs and may be given up, or not.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Job {
    /// A connection is being listed.
    Listing(ConnectionName),
    /// A remote search is coming in.
    Search(ConnectionName, String),
    /// A change is being sent: never given up.
    Write,
}

/// The jobs, in a fixed order.
fn jobs(state: &State) -> Vec<Job> {
    let mut jobs = Vec::new();
    if state.writing.is_some() {
        jobs.push(Job::Write);
    }
    if let Some(remote) = state.accounts.remote.as_ref().filter(|remote| remote.running.is_some()) {
        jobs.push(Job::Search(remote.connection.clone(), remote.title.clone()));
    }
    let running = state.setup.connections.iter().filter(|setup| state.syncs.contains_key(&setup.name));
    jobs.extend(running.map(|setup| Job::Listing(setup.name.clone())));
    jobs
}

fn on_job(state: &State) -> Avail {
    let Some(Modal::Activity(activity)) = state.modals.last() else {
        return Avail::Hidden;
    };
    match &activity.cursor {
        Some(Entry::Job(Job::Listing(_) | Job::Search(..))) => Avail::Yes,
        Some(Entry::Job(Job::Write)) => Avail::no("a change that was sent can't be taken back by cancelling"),
        Some(Entry::Request(_)) | None => Avail::Hidden,
    }
}

fn on_listing(state: &State) -> Avail {
    let Some(Modal::Activity(activity)) = state.modals.last() else {
        return Avail::Hidden;
    };
    match &activity.cursor {
        Some(Entry::Job(Job::Listing(_))) => Avail::Yes,
        Some(Entry::Job(Job::Search(..))) => Avail::no("a search at the provider can only be cancelled"),
        Some(Entry::Job(Job::Write)) => Avail::no("the plan that sends it has the key"),
        Some(Entry::Request(_)) | None => Avail::Hidden,
    }
}

/// Shows the activity, the cursor on its first row.
pub fn open(state: &mut State) {
    let (filter, finder) = (TextField::default(), Finder::default());
    state.open(Modal::Activity(Activity { cursor: None, filter, filtering: false, opened: None, finder }));
    let cursor = entries(state).into_iter().next();
    if let Some(activity) = on_top_mut(state) {
        activity.cursor = cursor;
    }
}

/// What the cursor moves in: the jobs first, then the requests.
fn entries(state: &State) -> Vec<Entry> {
    let requests = listed(state).map(|record| Entry::Request(record.id));
    jobs(state).into_iter().map(Entry::Job).chain(requests).collect()
}

/// The lines of the request that is shown, the first one on screen, and how many there is room for.
fn request_on_screen(state: &State) -> Option<(Vec<Line>, (usize, usize))> {
    let activity = on_top(state)?;
    let lines = request::lines(state, current(state)?, columns(state));
    let rows = usize::from(area_of(body(state)).height.saturating_sub(2));
    Some((lines, (activity.opened?, rows.saturating_sub(usize::from(activity.finder.shows())).max(1))))
}

/// Moves the cursor.
pub fn move_cursor(state: &mut State, motion: Motion, page: usize) {
    if let Some((lines, (from, page))) = request_on_screen(state) {
        let last = lines.len().saturating_sub(page);
        if let Some(activity) = on_top_mut(state) {
            activity.opened = Some(motion.apply(from, last + 1, page));
        }
        return;
    }
    let entries = entries(state);
    if let Some(Modal::Activity(activity)) = state.modals.last_mut() {
        let at = entries.iter().position(|entry| Some(entry) == activity.cursor.as_ref()).unwrap_or_default();
        let to = motion.apply(at, entries.len(), page);
        activity.cursor = entries.into_iter().nth(to);
    }
}

/// After each event: where what the cursor was on is gone it goes to the newest request, so that a key meant for a job
/// never meets another one.
pub fn follow(state: &mut State) {
    if let Some((lines, place)) = request_on_screen(state)
        && let Some(activity) = on_top_mut(state)
    {
        activity.opened = Some(activity.finder.follow(&lines, place));
    }
    let Some(Modal::Activity(activity)) = state.modals.last() else {
        return;
    };
    let entries = entries(state);
    if activity.cursor.as_ref().is_some_and(|cursor| entries.contains(cursor)) {
        return;
    }
    let is_request = |entry: &&Entry| matches!(entry, Entry::Request(_));
    let next = entries.iter().find(is_request).or(entries.first()).cloned();
    if let Some(Modal::Activity(activity)) = state.modals.last_mut() {
        activity.cursor = next;
    }
}

/// Does what a key asks.
pub fn act(state: &mut State, act: Act, effects: &mut Vec<Effect>) {
    let Some(Modal::Activity(activity)) = state.modals.last() else {
        return;
    };
    match act {
        Act::History => history::open(state, effects),
        Act::Open => {
            if let Some(activity) = on_top_mut(state) {
                if std::mem::take(&mut activity.finder.typing) {
                    return;
                }
                let keeps = std::mem::take(&mut activity.filtering);
                activity.opened = (!keeps).then_some(0);
            }
        }
        Act::Filter => {
            if let Some(activity) = on_top_mut(state) {
                let line =
                    if activity.opened.is_some() { &mut activity.finder.typing } else { &mut activity.filtering };
                *line = true;
            }
        }
        Act::NextMatch => step(state, true),
        Act::PreviousMatch => step(state, false),
        Act::Copy => state.prefix = Some(Waiting::after(Prefix::CopyRequest)),
        Act::CopyCurl | Act::CopyId | Act::CopyError => request::copy(state, act, effects),
        Act::Back => back(state),
        Act::Pause => {
            if let Some(Entry::Job(Job::Listing(name))) = activity.cursor.clone() {
                pause(state, &name, effects);
            }
        }
        Act::Cancel => match activity.cursor.clone() {
            Some(Entry::Job(Job::Listing(name))) => {
                state.syncs.remove(&name);
                effects.push(Effect::Cancel(Slot::Sync(name.clone())));
                let words = format!("the listing of {name} was given up: what came stays, R lists again");
                state.toast(Role::Warn, words, effects);
            }
            Some(Entry::Job(Job::Search(..))) => {
                if let Some(remote) = &mut state.accounts.remote {
                    let cause = "it was given up before its end; r asks again";
                    remote.failure = Some(Failure::new(FailureKind::Stopped, "searching at the provider", cause));
                    remote.running = None;
                }
                effects.push(Effect::Cancel(Slot::Remote));
            }
            Some(Entry::Job(Job::Write) | Entry::Request(_)) | None => {}
        },
    }
}

/// To the next match in the request that is shown, or back.
fn step(state: &mut State, forward: bool) {
    let Some((lines, place)) = request_on_screen(state) else { return };
    if let Some(activity) = on_top_mut(state) {
        activity.opened = Some(activity.finder.step(&lines, forward, place));
    }
}

/// Undoes one layer: the search in what is opened, what is opened, the filter, the activity.
fn back(state: &mut State) {
    let Some(activity) = on_top_mut(state) else { return };
    if activity.finder.shows() {
        activity.finder = Finder::default();
        return;
    }
    if activity.opened.take().is_some() {
        return;
    }
    if activity.filtering || !activity.filter.value().is_empty() {
        activity.filtering = false;
        activity.filter = TextField::default();
        return;
    }
    state.close();
}

fn area_of(whole: Rect) -> Rect {
    spread(whole)
}

/// The screen between the top and the bottom line.
fn body(state: &State) -> Rect {
    Rect { x: 0, y: 1, width: state.size.width, height: state.size.height.saturating_sub(2) }
}

/// Columns inside of it.
fn columns(state: &State) -> usize {
    usize::from(area_of(body(state)).width.saturating_sub(4))
}

/// Draws jobs, budgets and requests; or all of one request.
pub fn draw(state: &State, activity: &Activity, whole: Rect, buf: &mut Buffer, theme: Theme) {
    let area = area_of(whole);
    let mut inner = modal_frame(buf, area, &title(state), theme);
    let columns = inner.width.saturating_sub(2);
    if let (Some(from), Some(record)) = (activity.opened, current(state)) {
        let lines = request::lines(state, record, usize::from(columns));
        let room = Rect { x: inner.x + 1, width: columns, ..inner };
        activity.finder.draw(&lines, from, room, buf, theme);
        let page = usize::from(inner.height).saturating_sub(usize::from(activity.finder.shows()));
        return frame_more(buf, area, from, lines.len().saturating_sub(from + page), theme);
    }
    if activity.filtering || !activity.filter.value().is_empty() {
        let used = put_line(buf, inner.x + 1, inner.y, columns, &Line::of(Role::Key, "/ "), theme, Style::new());
        let line = (inner.x + 1 + used, inner.y, columns.saturating_sub(used));
        activity.filter.draw(buf, line, theme, Role::Input, activity.filtering);
        inner = Rect { y: inner.y + 1, height: inner.height.saturating_sub(1), ..inner };
    }
    let why = current(state).map(|record| request::why(record, usize::from(columns))).unwrap_or_default();
    inner = request::draw_why(buf, inner, &why, theme);
    let jobs = jobs(state);
    let mut rows: Vec<(Line, Option<Entry>)> = Vec::new();
    for job in jobs {
        rows.push((job_line(state, &job), Some(Entry::Job(job))));
    }
    rows.extend(budget_lines(state).into_iter().map(|line| (line, None)));
    if !rows.is_empty() {
        rows.push((Line::default(), None));
    }
    let count = listed(state).count();
    if count == 0 {
        let words = if state.requests.is_empty() { "No request yet." } else { "No request has all these words." };
        rows.push((Line::of(Role::Dim, words), None));
    }
    let page = usize::from(inner.height);
    let wide = usize::from(columns);
    let head = rows.len();
    let at = |(nth, entry): (usize, &Option<Entry>)| (entry.is_some() && *entry == activity.cursor).then_some(nth);
    let job = rows.iter().map(|(_, entry)| entry).enumerate().find_map(at);
    let place = job.or_else(|| {
        let requests = listed(state).map(|record| Some(Entry::Request(record.id)));
        Some(head + requests.enumerate().find_map(|(nth, entry)| at((nth, &entry)))?)
    });
    let offset = scroll_to(place.unwrap_or_default(), 0, page, head + count);
    let requests = listed(state).map(|record| (request_line(state, record, wide), Some(Entry::Request(record.id))));
    for (y, (line, entry)) in (inner.y..inner.bottom()).zip(rows.into_iter().chain(requests).skip(offset)) {
        let here = entry.is_some() && entry == activity.cursor;
        let over = if here { theme.style(Role::Selected) } else { Style::new() };
        if here {
            buf.set_style(Rect { y, height: 1, ..inner }, over);
        }
        put_line(buf, inner.x + 1, y, columns, &line, theme, over);
    }
    frame_more(buf, area, offset, (head + count).saturating_sub(offset + page), theme);
}

/// How many requests there were, and how many of them are not over.
fn title(state: &State) -> Line {
    let running = state.requests.iter().filter(|record| record.state == RequestState::Running).count();
    let waiting = state.requests.iter().filter(|record| wait(state.now, record).is_some()).count();
    let waiting = if waiting > 0 { format!(", {waiting} waiting") } else { String::new() };
    let words = format!(" · {}, {running} running{waiting}", counted(state.requests.len(), "request"));
    Line::of(Role::Title, "Activity").and(Role::Dim, words)
}

/// Those requests that the filter lets through, as they stand on screen.
fn listed(state: &State) -> impl Iterator<Item = &RequestRecord> {
    let filter = on_top(state).map(|activity| activity.filter.value().to_lowercase()).unwrap_or_default();
    let words: Vec<String> = filter.split_whitespace().map(str::to_owned).collect();
    in_order(state).filter(move |record| request::has_all(record, &words))
}

/// The requests as they stand on screen.
fn in_order(state: &State) -> impl Iterator<Item = &RequestRecord> {
    let is_open = |record: &&RequestRecord| match record.state {
        RequestState::Running | RequestState::Waiting { .. } => true,
        RequestState::Answered(_) | RequestState::Failed(_) => false,
    };
    // Attempts and waits move nothing: an open one keeps its place among the open ones.
    let mut open: Vec<&RequestRecord> = state.requests.iter().filter(is_open).collect();
    open.sort_by_key(|record| std::cmp::Reverse(record.id));
    open.into_iter().chain(state.requests.iter().rev().filter(move |record| !is_open(record)))
}

fn job_line(state: &State, job: &Job) -> Line {
    match job {
        Job::Write => Line::of(Role::Warn, "▶ sending a change"),
        Job::Search(connection, title) => {
            Line::of(Role::Key, format!("▶ searching at {connection}: ")).and(Role::Text, shown(title))
        }
        Job::Listing(name) => {
            let is_paused = state.syncs.get(name).is_some_and(crate::app::Syncing::is_paused);
            let mut line = if is_paused {
                Line::of(Role::Warn, format!("‖ listing {name}, paused"))
            } else {
                Line::of(Role::Key, format!("▶ listing {name}"))
            };
            if let Some(SyncState::Running { loaded, total, pages }) =
                state.snapshot.connection(name).map(|view| &view.sync)
            {
                let count = |count: u64| grouped(usize::try_from(count).unwrap_or(usize::MAX));
                let total = total.map(|total| format!(" of {}", count(total))).unwrap_or_default();
                let rate = state.syncs.get(name).and_then(|sync| sync.rate(state.now, *loaded));
                let rate = rate.map(|rate| format!(", {} a second", count(rate))).unwrap_or_default();
                line.push(Role::Text, {
                    let pages = counted(usize::try_from(*pages).unwrap_or(usize::MAX), "page");
                    format!(": {}{total} accounts, {pages}{rate}", count(*loaded))
                });
            }
            line
        }
    }
}

/// The budgets of the credentials that were used, one line a connection, with the wait of a throttled one.
fn budget_lines(state: &State) -> Vec<Line> {
    let mut lines = Vec::new();
    for setup in &state.setup.connections {
        let newest = state.requests.iter().rev().filter(|record| record.connection == setup.name);
        let budget = newest.clone().find_map(|record| record.budget);
        let waits = newest.filter_map(|record| wait(state.now, record)).max();
        if budget.is_none() && waits.is_none() {
            continue;
        }
        let mut line = Line::of(Role::Title, format!("{} ", setup.name));
        if let Some(budget) = budget {
            let role = if budget.is_low() { Role::Warn } else { Role::Text };
            line.push(role, format!("{} of {} requests left", budget.left, budget.limit));
        }
        if let Some(millis) = waits {
            line.push(Role::Warn, format!(" · waits {} s", millis.div_ceil(1_000)));
        }
        lines.push(line);
    }
    lines
}

/// How long a request still waits, if it does.
fn wait(now: Moment, record: &RequestRecord) -> Option<u64> {
    match &record.state {
        RequestState::Waiting { millis, .. } => Some(millis.saturating_sub(now.since(record.at))),
        RequestState::Running | RequestState::Answered(_) | RequestState::Failed(_) => None,
    }
}

/// Whether a countdown is on screen.
#[must_use]
pub fn counts_down(state: &State) -> bool {
    matches!(state.modals.last(), Some(Modal::Activity(_)))
        && state.requests.iter().any(|record| wait(state.now, record).is_some_and(|millis| millis > 0))
}

/// Columns that a path keeps before anything but the request's id gives way for it.
const PATH: usize = 32;
/// Columns that a narrow screen leaves for how a request stands: `waits 12 s`, or a status.
const OUTCOME: usize = 12;

/// How a request stands, in at most so many columns if that can be.
fn outcome(state: &State, record: &RequestRecord, columns: usize) -> (Role, String) {
    let (role, words) = match &record.state {
        RequestState::Running => (Role::Key, "…".to_owned()),
        RequestState::Waiting { why, .. } => {
            let left = wait(state.now, record).unwrap_or_default().div_ceil(1_000);
            let short = format!("waits {left} s");
            // Why it waits is cut only where enough of it is left to read.
            let why = if columns >= width(&short) + 16 { format!(": {}", shown(why)) } else { String::new() };
            (Role::Warn, short + &why)
        }
        RequestState::Answered(status) if *status < 400 => (Role::Good, status.to_string()),
        // That there is none is an answer, too: whether it is a fault is for the asker to say.
        RequestState::Answered(404) => (Role::Warn, "404".to_owned()),
        RequestState::Answered(status) => (Role::Bad, status.to_string()),
        RequestState::Failed(why) => (Role::Bad, shown(why).into_owned()),
    };
    (role, clip(&words, columns).into_owned())
}

/// Columns of how many bytes came: `999,999 bytes`, and the gap before them.
const BYTES: usize = 15;

/// One request: how it stands, how long it took, what was asked; at the right end, below each other, where and how many
/// bytes came. Where there is little room the request's id gives way first, then the bytes and what it waited, then the
/// path's middle, then its beginning.
fn request_line(state: &State, record: &RequestRecord, columns: usize) -> Line {
    let took = format!("{:>6} ms ", record.at.since(record.began));
    let method = format!(" {:<6}", record.method);
    let fixed = width(&took) + width(&method);
    let path = shown(&record.path);
    let names = state.setup.connections.iter().map(|setup| width(setup.name.as_str()));
    let longest = names.max().unwrap_or(0).max(width(record.connection.as_str()));
    let room = columns.saturating_sub(fixed + longest + 2 + PATH.min(width(&path)));
    let (role, outcome) = outcome(state, record, room.min(columns / 2).max(OUTCOME));
    let mut room = columns.saturating_sub(fixed + width(&outcome).max(4));
    let longest = longest.min(room / 3);
    let mut end = format!("  {:<longest$}", clip(record.connection.as_str(), longest));
    room = room.saturating_sub(width(&end));
    if PATH + BYTES <= room {
        let bytes = if record.bytes > 0 {
            format!("{} bytes", grouped(usize::try_from(record.bytes).unwrap_or(usize::MAX)))
        } else {
            String::new()
        };
        end = format!("{end}{bytes:>BYTES$}");
        room -= BYTES;
    }
    let mut notes = if record.attempt > 1 { format!(" · try {}", record.attempt) } else { String::new() };
    let waited = if record.waited > 0 { format!(" · waited {} ms", record.waited) } else { String::new() };
    if width(&path).min(PATH) + width(&notes) + width(&waited) <= room {
        notes.push_str(&waited);
    }
    if let Some(id) = &record.request_id {
        let left = room.saturating_sub(width(&path) + width(&notes));
        notes.push_str(&request_id(&id.shown(), left));
    }
    room = room.saturating_sub(width(&notes));
    // With little room the rows would only have the same beginning: what tells them apart stands at the end.
    let path = if room < PATH { clip_start(&path, room) } else { clip_middle(&path, room) };
    let apart = " ".repeat(room.saturating_sub(width(&path)));
    Line::of(role, format!("{outcome:<4}"))
        .and(Role::Dim, took)
        .and(Role::Title, method)
        .and(Role::Text, path)
        .and(Role::Dim, format!("{notes}{apart}{end}"))
}

/// A request's id: whole, else its first characters, else nothing.
fn request_id(id: &str, columns: usize) -> String {
    const SEPARATOR: &str = " · ";
    const SHORT: usize = 9;
    let room = columns.saturating_sub(width(SEPARATOR));
    if room >= width(id).min(SHORT) { format!("{SEPARATOR}{}", clip(id, room)) } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::Setup;
    use crate::domain::Untrusted;

    const LONG: &str = "/client/v4/accounts/00f0c3d7a9b14e5f8a6b2c1d0e9f8a7b/profile";

    fn state() -> State {
        State::new(Setup { mouse: true, ..Setup::default() })
    }

    fn record(id: u64, path: &str, state: RequestState) -> RequestRecord {
        RequestRecord {
            id,
            connection: "prod".into(),
            began: Moment(0),
            at: Moment(120),
            method: "GET",
            path: path.into(),
            asked: None,
            attempt: 1,
            waited: 0,
            state,
            bytes: 2_048,
            request_id: Some(Untrusted::new("9a8b7c6d5e4f3a2b-OSL")),
            notices: Vec::new(),
            failure: None,
            budget: None,
        }
    }

    fn words(record: &RequestRecord, columns: usize) -> String {
        let line = request_line(&state(), record, columns);
        assert!(line.width() <= columns, "{} > {columns}: {line:?}", line.width());
        line.0.iter().map(|(_, text)| text.as_str()).collect()
    }

    #[test]
    fn the_request_id_gives_way_first_and_a_path_keeps_its_end_longest() {
        let record = record(1, LONG, RequestState::Answered(200));
        for (columns, has, lacks) in [
            (134, &[LONG, "prod", "2,048 bytes", "9a8b7c6d5e4f3a2b-OSL"][..], "…"),
            (121, &[LONG, "prod", "2,048 bytes", "· 9a8b7c6d5e"], "-OSL"),
            (108, &[LONG, "prod", "2,048 bytes"], "9a8b"),
            (94, &["GET", "/client/v4/acco", "/profile", "prod", "2,048 bytes"], "9a8b"),
            (54, &["GET", "c1d0e9f8a7b/profile", "prod"], "/client"),
            (40, &["GET", "…", "/profile", "prod"], "/cli"),
        ] {
            let words = words(&record, columns);
            for part in has {
                assert!(words.contains(part), "{part:?} is missing at {columns} in {words:?}");
            }
            assert!(!words.contains(lacks), "{lacks:?} at {columns} in {words:?}");
        }
    }

    #[test]
    fn a_wait_says_why_where_there_is_room_and_always_how_long() {
        let why = "the provider asked to slow down: every request of this credential waits";
        let record = record(1, LONG, RequestState::Waiting { millis: 12_000, why: why.into() });
        assert!(words(&record, 134).contains("the provider asked to slow down"), "{}", words(&record, 134));
        let narrow = words(&record, 54);
        assert!(narrow.starts_with("waits 12 s ") && narrow.contains("/profile"), "{narrow}");
    }

    #[test]
    fn what_is_not_over_stands_first_and_then_what_ended_last() {
        let mut state = state();
        for (id, path, now) in [
            (1, "/slow", RequestState::Running),
            (2, "/first", RequestState::Running),
            (3, "/second", RequestState::Running),
            (4, "/waits", RequestState::Running),
            (3, "/second", RequestState::Answered(200)),
            (4, "/waits", RequestState::Waiting { millis: 1_000, why: "too many requests".into() }),
            (5, "/new", RequestState::Running),
            (2, "/first", RequestState::Answered(200)),
        ] {
            state.remember(record(id, path, now));
        }
        let paths: Vec<&str> = in_order(&state).map(|record| record.path.as_str()).collect();
        assert_eq!(paths, ["/new", "/waits", "/slow", "/first", "/second"]);
        let title: String = title(&state).0.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(title, "Activity · 5 requests, 2 running, 1 waiting");
    }
}
