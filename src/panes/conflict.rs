//! Somebody else changed what the form was opened on: mine, theirs, base, field by field. Nothing is overwritten unseen.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::{Action, Avail, Effect, HELP, Modal, Motion, Row, State, as_wide, centred};
use crate::domain::{Change, Key, KeyCode, Plan, Role, shown, shown_value};
use crate::panes::plan;
use crate::view::{Line, Theme, frame_more, modal_frame, put_line, wrap};

/// Whose value is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// What the form holds.
    Mine,
    /// What the provider has now.
    Theirs,
    /// What the form was opened on: neither of both.
    Base,
}

/// The dialog.
#[derive(Clone, Debug)]
pub struct ConflictView {
    plan: Plan,
    cursor: usize,
    /// One decision a conflict.
    sides: Vec<Option<Side>>,
}

/// What keys do here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Keeps what the form holds.
    Mine,
    /// Keeps what the provider has.
    Theirs,
    /// Brings back what the form was opened on.
    Base,
    /// Makes a new plan from the decisions.
    Go,
    /// Back to the form.
    Back,
}

/// The dialog's keys.
pub const ROWS: &[Row] = &[
    Row::new(&[Key::char('m')], Action::Conflict(Act::Mine), "keep mine").hint(1),
    Row::new(&[Key::char('t')], Action::Conflict(Act::Theirs), "keep theirs").hint(2),
    Row::new(&[Key::char('b')], Action::Conflict(Act::Base), "back to the base").hint(2),
    Row::new(&[Key::ctrl('s'), Key::plain(KeyCode::Enter)], Action::Conflict(Act::Go), "to the new plan")
        .hint(3)
        .confirms()
        .when(decided),
    Row::new(&[Key::plain(KeyCode::Esc), Key::char('q')], Action::Conflict(Act::Back), "back to the form").hint(4),
    HELP,
];

fn decided(state: &State) -> Avail {
    match state.modals.last() {
        Some(Modal::Conflict(view)) if view.sides.iter().any(Option::is_none) => {
            Avail::no("decide each field first: m or t, or b")
        }
        _ => Avail::Yes,
    }
}

impl ConflictView {
    /// Nothing is decided yet.
    #[must_use]
    pub fn new(plan: Plan) -> Self {
        let conflicts = plan.changes.iter().map(|planned| planned.conflicts.len()).sum();
        Self { plan, cursor: 0, sides: vec![None; conflicts] }
    }

    /// Moves among the fields.
    pub fn move_cursor(&mut self, motion: Motion) {
        self.cursor = motion.apply(self.cursor, self.sides.len(), 4);
    }

    fn decide(&mut self, side: Side) {
        if let Some(decision) = self.sides.get_mut(self.cursor) {
            *decision = Some(side);
        }
        let open = self.sides.iter().position(Option::is_none);
        self.cursor = open.unwrap_or(self.cursor);
    }

    /// The changes as decided: each based on what the provider has now.
    fn changes(&self) -> Vec<Change> {
        let mut sides = self.sides.iter();
        let changes = self.plan.changes.iter().map(|planned| {
            let theirs = planned.read.values.clone();
            let mut mine = planned.change.values.clone();
            for (conflict, side) in planned.conflicts.iter().zip(sides.by_ref()) {
                let value = match side {
                    Some(Side::Theirs) => &conflict.theirs,
                    Some(Side::Base) => &conflict.base,
                    Some(Side::Mine) | None => &conflict.mine,
                };
                mine.set(conflict.field.clone(), value.clone());
            }
            Change { values: mine, base: Some(theirs), ..planned.change.clone() }
        });
        changes.collect()
    }
}

/// Does what a key asks.
pub fn act(state: &mut State, act: Act, effects: &mut Vec<Effect>) {
    let Some(Modal::Conflict(view)) = state.modals.last_mut() else {
        return;
    };
    match act {
        Act::Mine => view.decide(Side::Mine),
        Act::Theirs => view.decide(Side::Theirs),
        Act::Base => view.decide(Side::Base),
        Act::Back => {
            state.close();
        }
        Act::Go => go(state, effects),
    }
}

fn go(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(Modal::Conflict(view)) = state.close() else {
        return;
    };
    let changes = view.changes();
    if let (Some(Modal::Form(form)), [change]) = (state.modals.last_mut(), changes.as_slice())
        && let Some(theirs) = &change.base
    {
        form.rebase(theirs, &change.values);
    }
    plan::ask(state, changes, effects);
}

/// The dialog in lines: whose fields they are, which stands still, then the fields.
struct Sheet {
    head: Vec<Line>,
    body: Vec<Line>,
    /// The line of the body that each field begins at.
    starts: Vec<usize>,
}

/// The fewest lines that scroll: one field with its three values.
const LEAST: usize = 4;

/// Draws the dialog.
pub fn draw(state: &State, view: &ConflictView, whole: Rect, buf: &mut Buffer, theme: Theme) {
    let columns = as_wide(whole.width, 92).saturating_sub(4);
    let mut sheet = sheet(state, view, usize::from(columns));
    let height = u16::try_from(sheet.head.len() + sheet.body.len() + 2).unwrap_or(u16::MAX);
    let area = centred(whole, 92, height);
    let inner = modal_frame(buf, area, &Line::of(Role::Title, "Changed meanwhile"), theme);
    if sheet.head.len() + LEAST > usize::from(inner.height) {
        let above = sheet.head.len();
        sheet.starts.iter_mut().for_each(|start| *start += above);
        sheet.body.splice(0..0, std::mem::take(&mut sheet.head));
    }
    let page = usize::from(inner.height).saturating_sub(sheet.head.len());
    let end = sheet.starts.get(view.cursor + 1).copied().unwrap_or(sheet.body.len());
    let offset = if view.cursor == 0 { 0 } else { end.saturating_sub(page) };
    let lines = sheet.head.iter().chain(sheet.body.iter().skip(offset));
    for (y, line) in (inner.y..inner.bottom()).zip(lines) {
        put_line(buf, inner.x + 1, y, inner.width.saturating_sub(2), line, theme, Style::new());
    }
    frame_more(buf, area, offset, sheet.body.len().saturating_sub(offset + page), theme);
}

/// Whose fields they are, and as whom they would be written.
fn head(view: &ConflictView, columns: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut labelled = |label: &str, role: Role, text: &str| {
        for (nth, text) in wrap(text, columns.saturating_sub(12).max(8)).into_iter().enumerate() {
            let label = if nth == 0 { label } else { "" };
            lines.push(Line::of(Role::Dim, format!("{label:<12}")).and(role, text));
        }
    };
    if let [planned] = view.plan.changes.as_slice() {
        labelled(planned.change.subject.noun(), Role::Title, &plan::name(planned));
        labelled("id", Role::Text, &shown(planned.change.subject.id()));
    }
    for part in &view.plan.parts {
        labelled("connection", Role::Text, &format!("{} · as {}", part.connection, part.identity.words()));
    }
    lines.push(Line::default());
    lines
}

fn sheet(state: &State, view: &ConflictView, columns: usize) -> Sheet {
    let words = "Somebody else changed these fields since the form was opened. Nothing was sent.";
    let mut lines: Vec<Line> = wrap(words, columns).into_iter().map(|text| Line::of(Role::Warn, text)).collect();
    lines.push(Line::default());
    let mut starts = Vec::new();
    let several = view.plan.changes.len() > 1;
    let conflicts = view.plan.changes.iter().flat_map(|planned| planned.conflicts.iter().map(move |it| (planned, it)));
    for (at, ((planned, conflict), side)) in conflicts.zip(&view.sides).enumerate() {
        starts.push(lines.len());
        let under = at == view.cursor;
        let role = if under { Role::Selected } else { Role::Title };
        let field = plan::label(state, planned.change.subject.connection(), planned.change.kind, &conflict.field);
        let mut line = Line::of(role, format!("{} {field}", if under { "▌" } else { " " }));
        if several {
            line.push(Role::Text, format!("  {}", plan::name(planned)));
            line.push(Role::Dim, format!("  {}", shown(planned.change.subject.id())));
        }
        lines.push(line);
        for (label, value, kept) in [
            ("base  ", &conflict.base, *side == Some(Side::Base)),
            ("theirs", &conflict.theirs, *side == Some(Side::Theirs)),
            ("mine  ", &conflict.mine, *side == Some(Side::Mine)),
        ] {
            let value = if value.is_empty() { "(empty)".into() } else { shown_value(value) };
            let role = if kept { Role::Added } else { Role::Text };
            lines.push(Line::of(Role::Dim, format!("  {label}  {} ", if kept { "✓" } else { " " })).and(role, value));
        }
        lines.push(Line::default());
    }
    Sheet { head: head(view, columns), body: lines, starts }
}
