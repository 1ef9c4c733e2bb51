//! The requests of this run, newest first: method, path, status, how long, retries. Redacted where they are made.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::{Action, Motion, Row, State, centred};
use crate::domain::{Key, KeyCode, Role, shown};
use crate::provider::{RequestRecord, RequestState};
use crate::view::{Line, Theme, modal_frame, put_line};

/// The activity on screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Activity {
    offset: usize,
}

/// The activity's keys.
pub const ROWS: &[Row] =
    &[Row::new(&[Key::plain(KeyCode::Esc), Key::char('q'), Key::char('a')], Action::Close, "close").hint(1)];

impl Activity {
    /// Scrolls.
    pub fn scroll(&mut self, motion: Motion, len: usize, page: usize) {
        let last = len.saturating_sub(page);
        self.offset = motion.apply(self.offset.min(last), last + 1, page);
    }
}

/// Draws the requests.
pub fn draw(state: &State, activity: Activity, whole: Rect, buf: &mut Buffer, theme: Theme) {
    let area = centred(whole, whole.width.saturating_sub(4).max(20), whole.height.saturating_sub(2).max(4));
    let running = state.requests.iter().filter(|record| record.state == RequestState::Running).count();
    let title = Line::of(Role::Title, "Activity")
        .and(Role::Dim, format!(" · {} requests, {running} running", state.requests.len()));
    let inner = modal_frame(buf, area, &title, theme);
    let columns = inner.width.saturating_sub(2);
    if state.requests.is_empty() {
        put_line(buf, inner.x + 1, inner.y, columns, &Line::of(Role::Dim, "No request yet."), theme, Style::new());
    }
    for (y, record) in (inner.y..inner.bottom()).zip(state.requests.iter().rev().skip(activity.offset)) {
        put_line(buf, inner.x + 1, y, columns, &line(record), theme, Style::new());
    }
}

fn line(record: &RequestRecord) -> Line {
    let took = format!("{:>6} ms ", record.at.since(record.began));
    let (role, outcome) = match &record.state {
        RequestState::Running => (Role::Key, "…".to_owned()),
        RequestState::Waiting { millis, why } => (Role::Warn, format!("wait {millis} ms: {}", shown(why))),
        RequestState::Answered(status) if *status < 400 => (Role::Good, status.to_string()),
        RequestState::Answered(status) => (Role::Bad, status.to_string()),
        RequestState::Failed(why) => (Role::Bad, shown(why).into_owned()),
    };
    let mut line = Line::of(role, format!("{outcome:<4}"));
    line.push(Role::Dim, took);
    line.push(Role::Title, format!(" {:<5}", record.method));
    line.push(Role::Text, format!("{} ", shown(&record.path)));
    if record.attempt > 1 {
        line.push(Role::Warn, format!("attempt {} ", record.attempt));
    }
    line.push(Role::Dim, format!("{} · {} bytes", record.connection, record.bytes));
    if let Some(id) = &record.request_id {
        line.push(Role::Dim, format!(" · {id}"));
    }
    line
}
