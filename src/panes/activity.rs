//! What the program does with the providers: running jobs, the request budgets, and the requests of this run, newest
//! first. Requests are redacted where they are made.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::accounts::grouped;
use crate::app::{Action, Avail, Effect, HELP, Modal, Motion, Row, Slot, State, centred};
use crate::domain::{ConnectionName, Failure, FailureKind, Key, KeyCode, Moment, Role, clip, shown, width};
use crate::inventory::SyncState;
use crate::provider::{RequestRecord, RequestState};
use crate::view::{Line, Theme, modal_frame, put_line, scroll_to};

/// The activity on screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Activity {
    /// The row under the cursor: the jobs first, then the requests.
    cursor: usize,
}

/// What keys do here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Gives up the job under the cursor.
    Cancel,
}

/// The activity's keys.
pub const ROWS: &[Row] = &[
    Row::new(&[Key::char('x')], Action::Activity(Act::Cancel), "cancel the job").hint(2).when(on_job),
    Row::new(&[Key::plain(KeyCode::Esc), Key::char('q'), Key::char('a')], Action::Close, "close").hint(1),
    HELP,
];

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
    match jobs(state).get(activity.cursor) {
        Some(Job::Listing(_) | Job::Search(..)) => Avail::Yes,
        Some(Job::Write) => Avail::no("a change that was sent can't be taken back by cancelling"),
        None => Avail::Hidden,
    }
}

impl Activity {
    /// Moves the cursor.
    pub fn move_cursor(&mut self, motion: Motion, len: usize, page: usize) {
        self.cursor = motion.apply(self.cursor.min(len.saturating_sub(1)), len, page);
    }
}

/// How many rows the cursor moves in.
#[must_use]
pub fn len(state: &State) -> usize {
    jobs(state).len() + state.requests.len()
}

/// Does what a key asks.
pub fn act(state: &mut State, act: Act, activity: Activity, effects: &mut Vec<Effect>) {
    match act {
        Act::Cancel => match jobs(state).get(activity.cursor) {
            Some(Job::Listing(name)) => {
                state.syncs.remove(name);
                effects.push(Effect::Cancel(Slot::Sync(name.clone())));
                let words = format!("the listing of {name} was given up: what came stays, R lists again");
                state.toast(Role::Warn, words, effects);
            }
            Some(Job::Search(..)) => {
                if let Some(remote) = &mut state.accounts.remote {
                    let cause = "it was given up before its end; r asks again";
                    remote.failure = Some(Failure::new(FailureKind::Stopped, "searching at the provider", cause));
                    remote.running = None;
                }
                effects.push(Effect::Cancel(Slot::Remote));
            }
            Some(Job::Write) | None => {}
        },
    }
}

/// Draws jobs, budgets and requests.
pub fn draw(state: &State, activity: Activity, whole: Rect, buf: &mut Buffer, theme: Theme) {
    let area = centred(whole, whole.width.saturating_sub(4).max(20), whole.height.saturating_sub(2).max(4));
    let running = state.requests.iter().filter(|record| record.state == RequestState::Running).count();
    let title = Line::of(Role::Title, "Activity")
        .and(Role::Dim, format!(" · {} requests, {running} running", state.requests.len()));
    let inner = modal_frame(buf, area, &title, theme);
    let columns = inner.width.saturating_sub(2);
    let jobs = jobs(state);
    let mut rows: Vec<(Line, Option<usize>)> = Vec::new();
    for (at, job) in jobs.iter().enumerate() {
        rows.push((job_line(state, job), Some(at)));
    }
    rows.extend(budget_lines(state).into_iter().map(|line| (line, None)));
    if !rows.is_empty() {
        rows.push((Line::default(), None));
    }
    if state.requests.is_empty() {
        rows.push((Line::of(Role::Dim, "No request yet."), None));
    }
    let head = rows.len();
    let cursor = activity.cursor.min(len(state).saturating_sub(1));
    let place = if cursor < jobs.len() { cursor } else { head + cursor - jobs.len() };
    let page = usize::from(inner.height);
    let offset = scroll_to(place, 0, page, head + state.requests.len());
    let wide = usize::from(columns);
    let requests = (jobs.len()..).zip(state.requests.iter().rev());
    let requests = requests.map(|(at, record)| (request_line(state, record, wide), Some(at)));
    for (y, (line, at)) in (inner.y..inner.bottom()).zip(rows.into_iter().chain(requests).skip(offset)) {
        let here = at == Some(cursor);
        let over = if here { theme.style(Role::Selected) } else { Style::new() };
        if here {
            buf.set_style(Rect { y, height: 1, ..inner }, over);
        }
        put_line(buf, inner.x + 1, y, columns, &line, theme, over);
    }
}

fn job_line(state: &State, job: &Job) -> Line {
    match job {
        Job::Write => Line::of(Role::Warn, "▶ sending a change"),
        Job::Search(connection, title) => {
            Line::of(Role::Key, format!("▶ searching at {connection}: ")).and(Role::Text, shown(title))
        }
        Job::Listing(name) => {
            let mut line = Line::of(Role::Key, format!("▶ listing {name}"));
            if let Some(SyncState::Running { loaded, total, pages }) =
                state.snapshot.connection(name).map(|view| &view.sync)
            {
                let count = |count: u64| grouped(usize::try_from(count).unwrap_or(usize::MAX));
                let total = total.map(|total| format!(" of {}", count(total))).unwrap_or_default();
                line.push(Role::Text, format!(": {}{total} accounts, {pages} pages", count(*loaded)));
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

/// One request: how it stands, how long it took, what was asked; the path gives way where there is little room.
fn request_line(state: &State, record: &RequestRecord, columns: usize) -> Line {
    let (role, outcome) = match &record.state {
        RequestState::Running => (Role::Key, "…".to_owned()),
        RequestState::Waiting { why, .. } => {
            let left = wait(state.now, record).unwrap_or_default().div_ceil(1_000);
            (Role::Warn, format!("waits {left} s: {}", shown(why)))
        }
        RequestState::Answered(status) if *status < 400 => (Role::Good, status.to_string()),
        RequestState::Answered(status) => (Role::Bad, status.to_string()),
        RequestState::Failed(why) => (Role::Bad, shown(why).into_owned()),
    };
    let outcome = clip(&outcome, (columns / 2).max(8));
    let took = format!("{:>6} ms ", record.at.since(record.began));
    let method = format!(" {:<6}", record.method);
    let mut end = format!(" {}", record.connection);
    if record.attempt > 1 {
        end = format!(" · try {}{end}", record.attempt);
    }
    if record.waited > 0 {
        end = format!("{end} · waited {} ms", record.waited);
    }
    end = format!("{end} · {} bytes", record.bytes);
    if let Some(id) = &record.request_id {
        end = format!("{end} · {id}");
    }
    let used = width(&outcome).max(4) + width(&took) + width(&method);
    let room = columns.saturating_sub(used + width(&end)).max(12);
    let mut line = Line::of(role, format!("{outcome:<4}"));
    line.push(Role::Dim, took);
    line.push(Role::Title, method);
    line.push(Role::Text, clip(&shown(&record.path), room));
    line.push(Role::Dim, end);
    line
}
