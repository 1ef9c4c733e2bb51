//! The account list on screen: straight into the buffer, visible rows only.

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::line::{draw_menu, field_of};
use super::row::{band, draw_name, highlight, sign_of};
use super::shows_filter;
use super::slide::{Slid, slid};
use crate::app::columns::{needed, on_screen, sortable};
use crate::app::{ConnectionSetup, Prefix, State, stale, views};
use crate::domain::filter::Field;
use crate::domain::{AccountKey, Failure, FailureKind, Moment, Role, age_words, grouped, shown};
use crate::inventory::{ConnectionView, Direction, Found, Scope, Sort, SyncState, is_dear_failure};
use crate::panes::PaneId;
use crate::provider::{Column, ColumnValue, Levels};
use crate::view::{Line, Theme, bordered, frame_more, put, put_line, wrap};

/// Few names are longer: what is wider than that gives the other columns their most first.
const NAMES: u16 = 40;

/// Columns that fit, in their order, each with its width. So many beside the name tell accounts apart.
fn fitting(columns: &[Column], room: u16, needed: usize) -> Vec<(&Column, u16)> {
    let by_priority = by_priority(columns);
    let ample = name_room(&by_priority, room, needed);
    let mut left = room;
    let mut kept: Vec<&Column> = Vec::new();
    for column in by_priority {
        // The name comes first in more than its place: other columns come only when it has room to be read.
        let need = match (kept.is_empty(), column.min == column.max) {
            (true, false) => column.min.max(ample),
            (true, true) => column.min.min(room),
            (false, _) => column.min + 2,
        };
        if need > left && !kept.is_empty() {
            break;
        }
        left = left.saturating_sub(need);
        kept.push(column);
    }
    let mut fitted: Vec<(&Column, u16)> = columns
        .iter()
        .filter(|column| kept.iter().any(|kept| kept.id == column.id))
        .map(|column| (column, column.min))
        .collect();
    // The name takes half of what is left first, the others their most, the name the rest; a width of the user's own is
    // what it is.
    let is_name = |column: &Column| column.value == ColumnValue::Name;
    let name = fitted.iter().position(|(column, _)| is_name(column)).unwrap_or(0);
    let is_own = fitted.get(name).is_some_and(|(column, _)| column.min == column.max);
    let has = fitted.get(name).map_or(0, |(column, _)| column.min.max(ample));
    let first = if is_own { 0 } else { (left / 2).min(NAMES.saturating_sub(has)) };
    left -= first;
    if let Some((column, width)) = fitted.get_mut(name) {
        *width = if is_own { column.min.min(room) } else { (*width).max(ample).min(room) };
    }
    for (column, width) in fitted.iter_mut().filter(|(column, _)| !is_name(column)) {
        let more = (column.max - column.min.min(column.max)).min(left);
        *width += more;
        left -= more;
    }
    if let Some((_, width)) = fitted.get_mut(name).filter(|_| !is_own) {
        *width += first + left;
    }
    fitted
}

/// The name and what was wanted most first.
fn by_priority(columns: &[Column]) -> Vec<&Column> {
    let mut columns: Vec<&Column> = columns.iter().collect();
    columns.sort_by_key(|column| column.priority);
    columns
}

/// What columns that tell accounts apart take at least, with the space before each.
fn needed_room(by_priority: &[&Column], needed: usize) -> u16 {
    by_priority.iter().skip(1).take(needed).map(|column| column.min + 2).sum()
}

/// What is room enough to read a name. What tells it from others like it is worth more than its end.
fn name_room(by_priority: &[&Column], room: u16, needed: usize) -> u16 {
    (room / 2).min(32).min(room.saturating_sub(needed_room(by_priority, needed)))
}

/// The ids of columns that the list is to have and has no room for.
#[must_use]
pub fn without_room(state: &State) -> Vec<&'static str> {
    let Some(area) = crate::app::layout(state).accounts else { return Vec::new() };
    let columns = on_screen(state);
    let fitted = cells(state, &columns, area);
    let absent = columns.iter().filter(|column| !fitted.iter().any(|(one, _)| one.id == column.id));
    absent.map(|column| column.id).collect()
}

/// The room for columns beside the frame, the marks and the user's labels.
fn columns_room(state: &State, area: Rect) -> u16 {
    area.width.saturating_sub(4 + own_room(state, area.width.saturating_sub(2)))
}

/// The columns that are on screen, and how wide each is.
pub(super) fn cells<'c>(state: &State, columns: &'c [Column], area: Rect) -> Vec<(&'c Column, u16)> {
    fitting(columns, columns_room(state, area), needed(state))
}

/// Draws the list.
pub fn draw(state: &State, area: Rect, buf: &mut Buffer, theme: Theme) {
    let focused = state.focus == PaneId::Accounts && state.modals.is_empty();
    let own = own_room(state, area.width.saturating_sub(2));
    let columns = on_screen(state);
    let fitted = cells(state, &columns, area);
    let title = title(state, unseen_order(state, &fitted));
    let inner = bordered(buf, area, &title, theme, focused);
    if inner.height == 0 || inner.width == 0 {
        return;
    }
    let mut y = inner.y;
    if shows_filter(state) {
        draw_filter(state, Rect { height: 1, ..inner }, buf, theme);
        y += 1;
    }
    if y < inner.bottom() {
        draw_head(state, &fitted, Rect { y, height: 1, ..inner }, buf, theme);
        let (x, room) = (inner.right().saturating_sub(own) + 2, own.saturating_sub(2));
        let style = theme.style(Role::Dim).add_modifier(ratatui::style::Modifier::BOLD);
        put(buf, x, y, room, "Labels", style);
        y += 1;
    }
    let troubles = troubles(state, inner.width);
    let bottom = inner.bottom().saturating_sub(u16::try_from(troubles.len()).unwrap_or(0)).max(y);
    let body = Rect { y, height: bottom - y, ..inner };
    if state.accounts.rows().is_empty() {
        draw_empty(state, body, buf, theme);
    } else {
        draw_rows(state, (&fitted, own), body, buf, theme, focused);
        let (offset, page) = (state.accounts.offset, usize::from(body.height));
        let all = state.accounts.found.value().map_or(0, |found| found.matched);
        frame_more(buf, area, offset, all.saturating_sub(offset + page), theme);
    }
    for (y, line) in (bottom..inner.bottom()).zip(&troubles) {
        put_line(buf, inner.x, y, inner.width, line, theme, Style::new());
    }
    if shows_filter(state) {
        let below =
            Rect { x: inner.x + 2, y: inner.y + 1, width: inner.width - 2.min(inner.width), height: inner.height - 1 };
        draw_menu(&state.accounts, below, buf, theme);
    }
}

fn title(state: &State, order: Line) -> Line {
    let pane = &state.accounts;
    let found = pane.found.value();
    let (shown, total) = found.map_or((0, 0), |found| (found.matched, found.in_scope));
    // Of an answer in part there are more, unless it is their order alone that follows.
    let more = if found.is_some_and(|found| !found.is_counted) { "…" } else { "" };
    let mut line = Line::of(Role::Title, format!("Accounts {}{more}/{}", grouped(shown), grouped(total)));
    if let Some(name) = views::current(state) {
        line.push(Role::Dim, format!(" · {}", crate::domain::shown(name)));
    }
    let mut line = line.and_all(order);
    if let Some(reading) = pane.reading {
        let (done, all) = (grouped(reading.done as usize), grouped(reading.total as usize));
        line.push(Role::Dim, format!(" · {done} of {all} records read …"));
    }
    if let Some(remote) = &pane.remote {
        line.push(Role::Warn, format!(" · {}", remote.title));
        match (remote.running, remote.total) {
            (Some(_), Some(total)) => {
                line.push(Role::Dim, format!(" · of {} …", grouped(usize::try_from(total).unwrap_or(usize::MAX))));
            }
            (Some(_), None) => line.push(Role::Dim, " · loading …"),
            (None, _) => {}
        }
    }
    if let Some(at) = oldest_in_view(state) {
        line.push(Role::Dim, format!(" · as of {}", age_words(state.now.since(at))));
    }
    if !pane.marks.is_empty() {
        let hidden = pane.hidden_marks(&state.snapshot);
        let words = if hidden > 0 { format!(" ({} hidden)", grouped(hidden)) } else { String::new() };
        line.push(Role::Marked, format!(" · {} marked{words}", grouped(pane.marks.len())));
    }
    line
}

/// When the oldest of the rows on screen was listed that are out of date; none of a remote search's is.
fn oldest_in_view(state: &State) -> Option<Moment> {
    let pane = &state.accounts;
    if pane.remote.is_some() {
        return None;
    }
    let rows = (pane.offset..).map_while(|place| pane.at(place)).take(super::page(state));
    rows.filter_map(|row| stale(state, &row)).min()
}

/// The order, where a column that counts in it is not on screen to say so: hidden, or without room.
fn unseen_order(state: &State, fitted: &[(&Column, u16)]) -> Line {
    let sort = &state.accounts.sort;
    if sort.iter().all(|sort| fitted.iter().any(|(column, _)| column.value == sort.by)) {
        return Line::default();
    }
    let all = sortable(state);
    let signs = sort.iter().filter_map(|by| {
        let column = all.iter().find(|column| column.value == by.by)?;
        Some(format!("{}{}", column.title, sign(std::slice::from_ref(by), column)))
    });
    let signs: Vec<String> = signs.collect();
    if signs.is_empty() { Line::default() } else { Line::of(Role::Dim, format!(" · by {}", signs.join(", "))) }
}

/// `1 account`, `4,031 accounts`.
#[must_use]
pub fn counted(number: usize, one: &str) -> String {
    format!("{} {one}{}", grouped(number), if number == 1 { "" } else { "s" })
}

fn draw_filter(state: &State, area: Rect, buf: &mut Buffer, theme: Theme) {
    let pane = &state.accounts;
    let part = match pane.read.error() {
        Some(wrong) => {
            // What is typed is read first, then what is wrong with it.
            let typed = crate::domain::width(pane.filter.value()) + 4;
            let room = usize::from(area.width).saturating_sub(typed);
            // Nothing more is typed of one that is kept.
            let role = if wrong.is_unfinished && pane.filtering { Role::Dim } else { Role::Warn };
            let words = crate::domain::shown(&wrong.words).into_owned();
            Line::of(role, crate::domain::clip(&words, room).into_owned())
        }
        None => match pane.read.quote().filter(|_| pane.filtering) {
            Some(quote) => {
                let typed = crate::domain::width(pane.filter.value()) + 5;
                let room = usize::from(area.width).saturating_sub(typed);
                // A beginning of it says nothing.
                let words = if room < 24 { Cow::Borrowed("") } else { crate::domain::clip(quote.words(), room) };
                Line::of(Role::Dim, words.into_owned())
            }
            None => partial_words(state),
        },
    };
    let room = area.width.saturating_sub(u16::try_from(part.width()).unwrap_or(0));
    let used = put_line(buf, area.x, area.y, room, &Line::of(Role::Key, "/ "), theme, Style::new());
    pane.filter.draw(buf, (area.x + used, area.y, room.saturating_sub(used)), theme, Role::Text, pane.filtering);
    if pane.filtering && pane.line.as_one {
        let width = u16::try_from(crate::domain::width(&shown(pane.filter.value())))
            .unwrap_or(u16::MAX)
            .min(room.saturating_sub(used));
        buf.set_style(Rect { x: area.x + used, width, height: 1, ..area }, theme.style(Role::Selected));
    }
    put_line(buf, area.x + room, area.y, area.width - room, &part, theme, Style::new());
}

/// What the filter does not see, if it sees only part.
fn partial_words(state: &State) -> Line {
    let mut missing = false;
    for connection in state.scope_connections() {
        missing |= state.snapshot.connection(&connection.name).is_some_and(|view| match view.sync {
            SyncState::Running { loaded, total, .. } => total.is_none_or(|total| loaded < total),
            SyncState::Partial { .. } | SyncState::Failed { .. } => true,
            SyncState::Never | SyncState::Complete { .. } => false,
        });
    }
    if missing && state.accounts.remote.is_none() {
        Line::of(Role::Warn, " only part is loaded")
    } else {
        Line::default()
    }
}

/// `↑`, `↓`; behind it what comes first in the order where several columns do: `↑`, `↓2`.
fn sign(sort: &[Sort], column: &Column) -> String {
    let Some(nth) = sort.iter().position(|sort| sort.by == column.value) else { return String::new() };
    let arrow = match sort[nth].direction {
        Direction::Ascending => "↑",
        Direction::Descending => "↓",
    };
    if nth == 0 { arrow.to_owned() } else { format!("{arrow}{}", nth + 1) }
}

fn draw_head(state: &State, fitted: &[(&Column, u16)], area: Rect, buf: &mut Buffer, theme: Theme) {
    let mut x = area.x + 2;
    for (column, width) in fitted {
        let sign = sign(&state.accounts.sort, column);
        let style = theme.style(Role::Dim).add_modifier(ratatui::style::Modifier::BOLD);
        // The order is never without its sign: that may take a column of the gap, and a long title gives way to it.
        let room = if sign.is_empty() { *width } else { (width + 1).min(area.right().saturating_sub(x)) };
        let sign_width = u16::try_from(crate::domain::width(&sign)).unwrap_or(room);
        let title = crate::domain::clip(column.title, usize::from(room.saturating_sub(sign_width)));
        let used = put(buf, x, area.y, room, &title, style);
        put(buf, x + used, area.y, room.saturating_sub(used), &sign, theme.style(Role::Key));
        let letter = column.title.to_ascii_lowercase().find(column.letter);
        if let (Some(at), true) = (letter, state.focus == PaneId::Accounts) {
            let cell = Rect::new(x + u16::try_from(at).unwrap_or(0), area.y, 1, 1).intersection(area);
            let role =
                if state.prefix.is_some_and(|waiting| waiting.after == Prefix::Sort) { Role::Key } else { Role::Input };
            buf.set_style(cell, theme.style(role).add_modifier(ratatui::style::Modifier::UNDERLINED));
        }
        x += width + 2;
    }
}

fn draw_rows(
    state: &State,
    (fitted, own): (&[(&Column, u16)], u16),
    area: Rect,
    buf: &mut Buffer,
    theme: Theme,
    focused: bool,
) {
    let pane = &state.accounts;
    let Some(found) = pane.found.value() else {
        return;
    };
    let pinned = state.own.pins.rows();
    let asked: Vec<Option<Field>> = fitted.iter().map(|(column, _)| field_of(column.value)).collect();
    let by = slid(state);
    for (nth, y) in (area.y..area.bottom()).enumerate() {
        let Some(account) = pane.at(pane.offset + nth) else {
            return;
        };
        let key = account.key();
        let under = Some(&key) == pane.selected.as_ref();
        let row = if pane.remote.is_none() { Some(account.number()) } else { state.snapshot.row(&key) };
        let marked = pane.marks.has(&key, row);
        let style = match (under, focused, marked) {
            (true, true, _) => theme.style(Role::Selected),
            (true, false, _) => theme.style(Role::SelectedDim),
            (false, _, true) => theme.style(Role::Marked),
            (false, _, false) => theme.style(Role::Text),
        };
        // Under the cursor nothing is faint: without colours that row is reversed, and what is dim in it can't be read.
        let dim = if under { style } else { style.patch(theme.style(Role::Dim)) };
        if under && (focused || theme.is_band(Role::SelectedDim)) {
            buf.set_style(Rect { y, height: 1, ..area }, style);
        }
        put(buf, area.x, y, 1, if under && !focused { "▌" } else { " " }, style);
        let is_pinned = row.is_some_and(|row| pinned.is_some_and(|pinned| pinned.has(row)));
        let sign = sign_of(marked, is_pinned);
        put(buf, area.x + 1, y, 1, sign, style);
        let mut x = area.x + 2;
        let is_stale = pane.remote.is_none() && stale(state, &account).is_some();
        for ((column, width), field) in fitted.iter().zip(&asked) {
            let text = column.value.text(&account);
            if column.value == ColumnValue::Name {
                let is_old = account.gone_since().is_some() || is_stale;
                draw_name(state, (found, &account), (x, y, *width, by), (style, dim, is_old), buf, theme);
            } else {
                // Numbers stand below each other's last figure, below the title's last letter.
                let is_number = matches!(column.value, ColumnValue::Path(_))
                    && !text.is_empty()
                    && text.bytes().all(|byte| byte.is_ascii_digit());
                let title = u16::try_from(crate::domain::width(column.title)).unwrap_or(*width).min(*width);
                let before =
                    if is_number { title.saturating_sub(u16::try_from(text.len()).unwrap_or(title)) } else { 0 };
                let (x, width) = (x + before, &(width - before));
                let cell = Slid::of(&text, *width, by);
                let used = put(buf, x, y, *width, &cell.text, dim);
                if column.value == ColumnValue::Connection {
                    let band = band(state, account.connection(), theme);
                    buf.set_style(Rect::new(x, y, used, 1).intersection(area), band);
                }
                let matched = field.as_ref().map(|field| found.query.filter.matched_in(field, &text));
                highlight(buf, (x, y, *width), &cell.text, &cell.matched(matched.unwrap_or_default()), theme);
            }
            x += width + 2;
        }
        if own > 0 {
            let (x, room) = (area.right().saturating_sub(own) + 2, own - 2);
            draw_labels(state, (found, &key), (x, y, room, by), dim, buf, theme);
        }
    }
}

/// The user's labels of an account.
pub(super) fn labels(state: &State, key: &AccountKey) -> String {
    state.own.labels_of(key).iter().map(|label| shown(label)).collect::<Vec<_>>().join(", ")
}

fn draw_labels(
    state: &State,
    (found, key): (&Found, &AccountKey),
    (x, y, room, by): (u16, u16, u16, usize),
    style: Style,
    buf: &mut Buffer,
    theme: Theme,
) {
    let text = labels(state, key);
    let cell = Slid::of(&text, room, by);
    put(buf, x, y, room, &cell.text, style);
    let matched = found.query.filter.matched_in(&Field::Label, &text);
    highlight(buf, (x, y, room), &cell.text, &cell.matched(matched), theme);
}

/// The room for the user's labels and the gap before them: none where no account has one, or where the list is narrow.
pub(super) fn own_room(state: &State, columns: u16) -> u16 {
    if state.own.labels().is_empty() || columns < 44 {
        return 0;
    }
    let own = (columns / 5).clamp(10, 20);
    // Whose account it is comes before its labels: those are in the detail, too.
    let (shown, needed) = (on_screen(state), needed(state));
    let by_priority = by_priority(&shown);
    let least = by_priority.first().map_or(0, |name| name.min) + needed_room(&by_priority, needed);
    let room = columns.saturating_sub(2);
    if needed > 0 && room >= least && room - own < least { 0 } else { own }
}

/// What to say where there are no rows: loading, failed, nothing matches, nothing there.
fn draw_empty(state: &State, area: Rect, buf: &mut Buffer, theme: Theme) {
    let mut lines: Vec<Line> = Vec::new();
    let columns = usize::from(area.width.saturating_sub(4)).max(1);
    let mut say = |role: Role, text: &str| {
        lines.extend(wrap(&crate::domain::shown(text), columns).into_iter().map(|text| Line::of(role, text)));
    };
    let filter = state.accounts.filter.value();
    if let Some(remote) = &state.accounts.remote {
        match (&remote.failure, remote.running) {
            (Some(failure), _) => say_failure(failure, &mut say),
            (None, Some(_)) => say(Role::Dim, "Asking the provider …"),
            (None, None) => say(Role::Text, "The provider found no account. Esc goes back to the inventory."),
        }
    } else {
        empty_words(state, filter, &mut say);
    }
    let y = area.y + area.height.saturating_sub(u16::try_from(lines.len()).unwrap_or(0)) / 3;
    for (y, line) in (y..area.bottom()).zip(&lines) {
        put_line(buf, area.x + 2, y, area.width.saturating_sub(4), line, theme, Style::new());
    }
}

fn empty_words(state: &State, filter: &str, say: &mut dyn FnMut(Role, &str)) {
    let mut failed = false;
    let several = state.scope_connections().count() > 1;
    let mut hints: Vec<&str> = Vec::new();
    let mut loading = state.accounts.found.is_loading() && state.accounts.found.value().is_none();
    for connection in state.scope_connections() {
        match state.snapshot.connection(&connection.name).map(|view| &view.sync) {
            Some(SyncState::Failed { why, .. }) => {
                failed = true;
                say(Role::Bad, &format!("{}: {}", connection.name, why.kind.words()));
                say(Role::Text, &why.to_string());
                // Several connections fail for one reason as a rule: what to do about it is said once.
                let hint = why.hint.as_deref().unwrap_or_default();
                if !hints.contains(&hint) {
                    hints.push(hint);
                }
                if matches!(why.kind, FailureKind::Auth | FailureKind::Forbidden) {
                    say(Role::Dim, &format!("The credential comes from {}.", connection.credential));
                }
                say(Role::Dim, "");
            }
            Some(SyncState::Running { .. } | SyncState::Never) | None => loading = true,
            Some(SyncState::Complete { .. } | SyncState::Partial { .. }) => {}
        }
        let view = state.snapshot.connection(&connection.name);
        if let Some(why) = view.and_then(|view| unplaced(connection, view)) {
            failed = true;
            let one = connection.spec.hierarchy.one;
            say(Role::Bad, &format!("{}: not every account's {one} is known", connection.name));
            say_failure(why, say);
        }
    }
    hints.iter().filter(|hint| !hint.is_empty()).for_each(|hint| say(Role::Text, hint));
    if !hints.is_empty() {
        say(Role::Dim, if several { "r tries again; the rest goes on." } else { "r tries again." });
        say(Role::Dim, "");
    }
    let total = state.accounts.found.value().map_or(0, |found| found.in_scope);
    if loading {
        say(Role::Dim, "Loading accounts …");
        if let Some(words) = crate::view::waiting(state) {
            say(Role::Warn, &words);
        }
    } else if total > 0 && !filter.is_empty() {
        say(Role::Text, &format!("None of {} matches “{filter}”.", counted(total, "account")));
        if let Some(quote) = state.accounts.read.quote() {
            say(Role::Warn, &format!("In the filter {}.", quote.words()));
        }
        say(Role::Dim, "Esc clears the filter.");
    } else if failed {
        // Nobody knows whether there are any.
    } else if provider_words(state, say) {
        // It said itself what that means.
    } else if state.scope() == Scope::All {
        say(Role::Text, "No accounts.");
    } else {
        say(Role::Text, "No accounts here.");
        say(Role::Dim, "Esc goes back to all accounts.");
    }
}

/// What the providers said along with their empty listings; false if nothing.
fn provider_words(state: &State, say: &mut dyn FnMut(Role, &str)) -> bool {
    let views = state.scope_connections().filter_map(|setup| state.snapshot.connection(&setup.name));
    let mut any = false;
    for message in views.filter(|view| view.accounts == 0).flat_map(|view| &view.messages) {
        say(Role::Text, message.raw());
        any = true;
    }
    any
}

/// Why accounts may lack their organization: where only the walk over all levels says it, and a level did not come.
fn unplaced<'a>(setup: &ConnectionSetup, view: &'a ConnectionView) -> Option<&'a Failure> {
    view.hierarchy.trouble().filter(|_| setup.spec.levels == Levels::Walked)
}

fn say_failure(failure: &Failure, say: &mut dyn FnMut(Role, &str)) {
    say(Role::Text, &failure.to_string());
    if let Some(hint) = &failure.hint {
        say(Role::Text, hint);
    }
}

/// Lines below the rows: listings that are partial, or failed while others go on.
pub(super) fn troubles(state: &State, columns: u16) -> Vec<Line> {
    if state.accounts.rows().is_empty() {
        return Vec::new();
    }
    if let Some(remote) = &state.accounts.remote {
        let failure = remote.failure.iter();
        return failure.map(|failure| trouble("! ", "partial", failure, "r", columns)).collect();
    }
    let mut lines = Vec::new();
    for connection in state.scope_connections() {
        let is_held = |name| state.held.as_ref().is_some_and(|held| held.iter().any(|(held, _)| held == name));
        let vanished =
            state.vanished.iter().filter(|one| one.connection == connection.name && is_held(&connection.name));
        lines.extend(vanished.map(|one| {
            let room = usize::from(columns).saturating_sub(16);
            let text = crate::domain::clip(&format!("! {}", one.words()), room).into_owned();
            Line::of(Role::Warn, text).and(Role::Key, "  a H T").and(Role::Dim, " if gone")
        }));
        let Some(view) = state.snapshot.connection(&connection.name) else {
            continue;
        };
        lines.push(match &view.sync {
            SyncState::Partial { page, why, .. } => {
                trouble(&format!("! {} ", connection.name), &format!("is partial: {page}"), why, "R", columns)
            }
            SyncState::Failed { why, .. } => trouble(&format!("! {}", connection.name), "", why, "R", columns),
            SyncState::Never | SyncState::Running { .. } | SyncState::Complete { .. } => {
                let Some(why) = unplaced(connection, view) else { continue };
                let words = format!("not every account's {} is known", connection.spec.hierarchy.one);
                trouble(&format!("! {}: ", connection.name), &words, why, "R", columns)
            }
        });
    }
    lines.truncate(3);
    lines
}

/// `! prod is partial: page 3 of 12: why  R retries`. A question about the cost is no failure: its numbers come first, and
/// the same key goes on.
fn trouble(who: &str, partial: &str, why: &Failure, key: &str, columns: u16) -> Line {
    let dear = is_dear_failure(why);
    let text = match (dear, partial) {
        (true, _) => format!("{} {}", who.trim_end(), why.cause),
        (false, "") => format!("{who}: {why}"),
        (false, partial) => format!("{who}{partial}: {why}"),
    };
    let room = usize::from(columns).saturating_sub(12);
    let text = crate::domain::clip(&crate::domain::shown(&text), room).into_owned();
    let role = if dear { Role::Warn } else { Role::Bad };
    Line::of(role, text).and(Role::Key, format!("  {key}")).and(Role::Dim, if dear { " goes on" } else { " retries" })
}
