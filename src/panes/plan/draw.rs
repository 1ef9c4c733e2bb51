//! A plan on screen: what always stands in sight, what scrolls, and below them what is asked or how far it is.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::outcome::{self, Fate};
use super::sheet::{self, Sheet, say};
use super::words::summary;
use super::{Item, Phase, PlanView, Progress, word};
use crate::app::{Modal, Motion, State, as_wide, centred, inside};
use crate::domain::{Plan, Protection, Role, Signal};
use crate::panes::accounts;
use crate::view::{Line, Theme, modal_frame, put_line};

/// The widest a plan of one change gets: lines of a lineage read well up to there.
const COLUMNS: u16 = 92;
/// The widest a plan of many gets: on a wide screen each has room on one line.
const MANY_COLUMNS: u16 = 120;
/// The fewest lines that scroll below a head that stands still: a field with both of its values.
const LEAST: usize = 3;

/// Where all of a plan is on a screen: a pure function of the state.
pub(super) struct Laid {
    area: Rect,
    pub sheet: Arc<Sheet>,
    /// How many lines of the body are on screen.
    pub page: usize,
    /// The first of them.
    pub offset: usize,
}

/// The room for modals.
fn room(state: &State) -> Rect {
    Rect::new(0, 1, state.size.width, state.size.height.saturating_sub(2))
}

/// Lays a plan out.
pub(super) fn lay(state: &State, view: &PlanView) -> Laid {
    let room = room(state);
    let columns = columns(view, room);
    let mut sheet = sheet::of(state, view, columns);
    // The foot is as high whatever is still below.
    let foot = foot_rows(state, view, columns);
    let all = sheet.head.len() + sheet.len() + foot;
    let height = u16::try_from(all + 2).unwrap_or(u16::MAX);
    let area = centred(room, widest(view), height.clamp(5, room.height.max(5)));
    let inner = usize::from(inside(area).height);
    if sheet.head.len() + LEAST.min(sheet.len()) + foot > inner {
        Arc::make_mut(&mut sheet).unpin();
    }
    let page = inner.saturating_sub(foot + sheet.head.len()).max(1);
    let offset = offset(view, &sheet, page);
    Laid { area, sheet, page, offset }
}

/// Keeps the lines of the plan on screen from event to event.
pub(super) fn keep(state: &mut State) {
    let room = room(state);
    let plan = state.modals.iter().position(|modal| matches!(modal, Modal::Plan(_)));
    let Some(Modal::Plan(view)) = plan.and_then(|at| state.modals.get(at)) else { return };
    let kept = sheet::keep(state, view, columns(view, room));
    if let Some(Modal::Plan(view)) = plan.and_then(|at| state.modals.get_mut(at)) {
        view.stale.clear();
        if kept.is_some() {
            view.kept = kept;
        }
    }
}

/// Draws a plan.
pub fn draw(state: &State, view: &PlanView, whole: Rect, buf: &mut Buffer, theme: Theme) {
    let laid = lay(state, view);
    let Laid { area, sheet, page, offset } = &laid;
    let inner = modal_frame(buf, *area, &title(view), theme);
    let width = inner.width.saturating_sub(2);
    let below = sheet.len().saturating_sub(offset + page);
    let unread = view.seen.after(&laid).unread(&laid);
    let foot = foot(state, view, columns(view, whole), unread);
    let on_screen = sheet.head.iter().chain((*offset..offset + page).map_while(|at| sheet.line(at)));
    for (y, line) in (inner.y..inner.bottom()).zip(on_screen) {
        put_line(buf, inner.x + 1, y, width, line, theme, Style::new());
    }
    if (*offset > 0 || below > 0) && area.height > 2 {
        let words = match (*offset, below) {
            (0, _) => format!(" ↓ {} ", lines(below, "")),
            (_, 0) => format!(" ↑ {} ", lines(*offset, "")),
            (_, _) => format!(" ↑ {offset}  ↓ {} ", lines(below, "")),
        };
        let at = area.right().saturating_sub(u16::try_from(crate::domain::width(&words)).unwrap_or(0) + 2);
        put_line(buf, at, area.bottom() - 1, area.width, &Line::of(Role::Key, words), theme, Style::new());
    }
    let at = inner.y + u16::try_from(sheet.head.len() + page).unwrap_or(u16::MAX).min(inner.height);
    for (y, line) in (at..inner.bottom()).zip(&foot) {
        put_line(buf, inner.x + 1, y, width, line, theme, Style::new());
    }
    if let Phase::Typing(_, word) = &view.phase {
        let y = inner.bottom().saturating_sub(1);
        buf.set_style(Rect { x: inner.x + 1, y, width, height: 1 }, theme.style(Role::Input));
        word.draw(buf, (inner.x + 1, y, width), theme, Role::Input, true);
    }
}

/// Scrolls as far as there is something.
pub fn scroll(state: &mut State, motion: Motion) {
    let Some(Modal::Plan(view)) = state.modals.last() else {
        return;
    };
    let laid = lay(state, view);
    let last = laid.sheet.len().saturating_sub(laid.page);
    let wanted = motion.apply(laid.offset, last + 1, laid.page);
    let begin = if motion == Motion::PageDown { laid.sheet.begin(wanted, laid.page) } else { wanted };
    scroll_to(state, if begin > laid.offset { begin } else { wanted });
}

fn scroll_to(state: &mut State, offset: usize) {
    if let Some(Modal::Plan(view)) = state.modals.last_mut() {
        view.offset = offset;
        view.follows = false;
    }
}

/// Scrolls to the first line that must be seen and was not, and to the whole of its change if that has room; how many there
/// were, 0 if all was seen.
pub(super) fn read_on(state: &mut State) -> usize {
    let Some(Modal::Plan(view)) = state.modals.last() else {
        return 0;
    };
    let laid = lay(state, view);
    let unread = view.seen.unread(&laid);
    if let (Some(line), true) = (view.seen.next(&laid), unread > 0) {
        scroll_to(state, laid.sheet.begin(line, laid.page));
        if let Some(Modal::Plan(view)) = state.modals.last_mut() {
            view.paged = true;
        }
    }
    unread
}

/// Whether lines that must be seen come after those on the screen.
pub(super) fn has_more(state: &State) -> bool {
    matches!(state.modals.last(), Some(Modal::Plan(view)) if {
        let laid = lay(state, view);
        view.seen.after(&laid).unread(&laid) > 0
    })
}

/// Whether all was on the screen that must be before the plan on top is sent.
pub(super) fn is_read(state: &State) -> bool {
    matches!(state.modals.last(), Some(Modal::Plan(view)) if view.seen.unread(&lay(state, view)) == 0)
}

/// Shows or hides the exact requests. What is shown comes on the screen: the request of the first change that begins
/// there. What is hidden leaves the screen as it was before.
pub(super) fn toggle_requests(state: &mut State) {
    let Some(Modal::Plan(view)) = state.modals.last() else {
        return;
    };
    let before = lay(state, view);
    let first = before.sheet.first(before.offset);
    let Some(Modal::Plan(view)) = state.modals.last_mut() else {
        return;
    };
    view.requests = !view.requests;
    view.follows = false;
    if !view.requests {
        view.offset = view.back;
        return;
    }
    view.back = before.offset;
    keep(state);
    let Some(Modal::Plan(view)) = state.modals.last() else {
        return;
    };
    let laid = lay(state, view);
    let start = laid.sheet.start(first);
    let Some(request) = laid.sheet.request(first) else {
        return;
    };
    // Its change stays in sight where both have room.
    let offset = if request.end - start <= laid.page {
        start.min(before.offset.max(request.end.saturating_sub(laid.page)))
    } else {
        request.start
    };
    scroll_to(state, offset);
}

fn widest(view: &PlanView) -> u16 {
    if view.plan().is_some_and(|plan| plan.changes.len() > 1) { MANY_COLUMNS } else { COLUMNS }
}

fn columns(view: &PlanView, whole: Rect) -> usize {
    usize::from(as_wide(whole.width, widest(view)).saturating_sub(4))
}

/// The first line on screen. While many changes are sent the first that is not over is in sight, until it is scrolled.
fn offset(view: &PlanView, sheet: &Sheet, page: usize) -> usize {
    let last = sheet.len().saturating_sub(page);
    if let (Phase::Sending { progress, .. }, true) = (&view.phase, view.follows)
        && let Some(at) = progress.items.iter().position(|item| !matches!(item, Item::Over(_)))
        && progress.items.len() > 1
    {
        let start = sheet.start(at);
        return if start < page { 0 } else { start.saturating_sub(page / 2).min(last) };
    }
    view.offset.min(last)
}

fn title(view: &PlanView) -> Line {
    let mut line = Line::of(Role::Title, "Plan");
    if let Some(plan) = view.plan().filter(|plan| plan.changes.len() > 1) {
        let undo = if plan.undoes.is_empty() { "" } else { "undo: " };
        line.push(Role::Title, format!(" · {undo}{}", summary(plan)));
    }
    match &view.phase {
        Phase::Reading(_) | Phase::Ready(_) | Phase::Typing(..) => {}
        Phase::Sending { progress, .. } => line.push(
            Role::Warn,
            match progress.signal {
                Signal::Go => " · sending",
                Signal::Pause => " · paused",
                Signal::Stop => " · stopping",
            },
        ),
        Phase::Over { .. } => line.push(Role::Title, " · over"),
        Phase::Failed(_) => line.push(Role::Bad, " · could not be made"),
    }
    line
}

/// The rows of the foot: those of the word from the beginning, where it will be asked for. So nothing moves when it is.
fn foot_rows(state: &State, view: &PlanView, columns: usize) -> usize {
    let now = foot(state, view, columns, 0).len();
    let asks = match &view.phase {
        Phase::Ready(plan) | Phase::Typing(plan, _) | Phase::Sending { plan, .. } => plan,
        Phase::Reading(_) | Phase::Over { .. } | Phase::Failed(_) => return now,
    };
    if asks.protection() == Protection::Typed { now.max(asking(state, asks, columns).len()) } else { now }
}

/// The question for the word, and a row to type it into.
fn asking(state: &State, plan: &Plan, columns: usize) -> Vec<Line> {
    let mut lines = vec![Line::default()];
    say(Role::Warn, &format!("Type {} to confirm", word(state, plan)), columns, &mut lines);
    lines.push(Line::default());
    lines
}

/// What is asked, or how far it is, with so many lines that must be seen and were not: always in sight.
fn foot(state: &State, view: &PlanView, columns: usize, unread: usize) -> Vec<Line> {
    let mut lines = vec![Line::default()];
    match &view.phase {
        Phase::Reading(_) | Phase::Failed(_) => lines.clear(),
        Phase::Over { plan, results } => {
            let mut keys = Line::default();
            if !outcome::failed(plan, results).is_empty() {
                keys = keys.and(Role::Key, "r").and(Role::Text, " makes a plan of what failed   ");
            }
            if outcome::can_be_undone(plan, results) {
                keys = keys.and(Role::Key, "U").and(Role::Text, " undoes   ");
            }
            lines.push(keys.and(Role::Key, "Esc").and(Role::Text, " closes"));
        }
        Phase::Typing(plan, _) => return asking(state, plan, columns),
        Phase::Sending { plan, step, progress, .. } if plan.changes.len() > 1 => {
            lines.push(progress_line(plan, progress, step));
        }
        Phase::Sending { step, .. } => lines.push(Line::of(Role::Warn, format!("{step} …"))),
        Phase::Ready(plan) => lines.push(question(plan, unread)),
    }
    lines
}

/// What Enter does now.
fn question(plan: &Plan, unread: usize) -> Line {
    let sent = plan.changes.iter().filter(|planned| planned.is_sent()).count();
    let (sends, at_last) = match plan.protection() {
        Protection::Typed => ("asks for the word that sends", "asks for the word"),
        Protection::Open | Protection::Confirm | Protection::ReadOnly => ("sends", "sends"),
    };
    let words = match (sent, plan.changes.len()) {
        (0, _) => return Line::of(Role::Warn, "Nothing of this can be sent."),
        _ if unread > 0 => {
            let more = lines(unread, " more");
            return Line::of(Role::Key, "Enter").and(Role::Warn, format!(" reads on: {more}, then it {at_last}"));
        }
        (_, 1) => format!(" {sends} this change"),
        (sent, all) if sent == all => format!(" {sends} these {} changes", accounts::grouped(sent)),
        (sent, all) => format!(" {sends} {} of these {} changes", accounts::grouped(sent), accounts::grouped(all)),
    };
    Line::of(Role::Key, "Enter").and(Role::Text, words)
}

/// `1 line`, `12 more lines`.
fn lines(count: usize, more: &str) -> String {
    let noun = if count == 1 { "line" } else { "lines" };
    format!("{}{more} {noun}", accounts::grouped(count))
}

/// `57/200 · 2 refused · 1 unknown`.
fn progress_line(plan: &Plan, progress: &Progress, step: &str) -> Line {
    let over = plan.changes.iter().zip(&progress.items).filter_map(|(planned, item)| match item {
        Item::Over(applied) => Some(Fate::of(planned, applied)),
        Item::Waiting | Item::Sending => None,
    });
    let over: Vec<Fate> = over.collect();
    let all = plan.changes.len();
    let mut line = Line::of(Role::Title, format!("{}/{}", accounts::grouped(over.len()), accounts::grouped(all)));
    for (fate, count) in Fate::counted(&over).filter(|(fate, _)| !fate.is_well()) {
        line.push(fate.role(), format!(" · {} {}", accounts::grouped(count), fate.word()));
    }
    match progress.signal {
        Signal::Go => line.push(Role::Dim, format!(" · {step} …")),
        Signal::Pause => line.push(Role::Warn, " · paused, p goes on"),
        Signal::Stop => line.push(Role::Warn, " · stopping: what is on its way comes to its end"),
    }
    line
}
