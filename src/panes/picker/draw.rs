//! The picker on screen: whom it moves and from where, the filter, the tree, and why there are no rows, or not all.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::{Aim, Below, Picker, Place, is_top};
use crate::app::{State, as_wide, centred, inside};
use crate::domain::{
    AccountKey, ConnectionName, OrganizationId, OrganizationKey, Role, Subject, Tree, clip, shown, width,
};
use crate::inventory::Hierarchy;
use crate::panes::{accounts, chooser, plan};
use crate::view::{Line, Theme, frame_more, modal_frame, put_line, way, wrap};

/// The widest the picker gets: a name, its depth and a reason stand in one row.
const COLUMNS: u16 = 92;
/// How many places of origin are named; the rest is counted.
const ORIGINS: usize = 3;
/// On a lower screen each row counts.
const LOW: u16 = 26;
/// The fewest rows for the tree: a word about why there are none fits.
const LEAST: usize = 3;

/// The most lines of the marked accounts' names, and of a place: the tree stays in sight below names of thousands of
/// characters.
const HEAD_ROWS: usize = 2;
/// To so many columns names are cut there for that, and no further.
const NAME: usize = 24;

/// Whom it moves, and from where.
fn head(state: &State, picker: &Picker, columns: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    let columns = columns.saturating_sub(9);
    let say = |label: &str, texts: Vec<String>, lines: &mut Vec<Line>| {
        for (nth, text) in texts.into_iter().enumerate() {
            let label = if nth == 0 { label } else { "" };
            lines.push(Line::of(Role::Dim, format!("{label:<9}")).and(Role::Text, text));
        }
    };
    let origins = match picker.places.len() {
        0 | 1 => fitted(columns, HEAD_ROWS, |most| origins(state, picker, most).concat()),
        // A line each, and how many more there are.
        _ => origins(state, picker, columns),
    };
    if picker.aim.makes() {
        say("now in", origins, &mut lines);
        return lines;
    }
    let name = |key: &AccountKey| plan::subject_name(state, &Subject::Account(key.clone()));
    if let [key] = picker.accounts.as_slice() {
        lines.push(Line::of(Role::Dim, "account  ").and(Role::Title, name(key)));
        lines.push(Line::of(Role::Dim, "id       ").and(Role::Text, key.id.to_string()));
    } else {
        let names: Vec<String> = picker.accounts.iter().take(ORIGINS).map(name).collect();
        let rest = picker.accounts.len().saturating_sub(ORIGINS);
        let rest = if rest > 0 { format!(" and {} more", accounts::grouped(rest)) } else { String::new() };
        let cut = |most| names.iter().map(|name| clip(name, most)).collect::<Vec<_>>().join(", ");
        say("accounts", fitted(columns, HEAD_ROWS, |most| format!("{}{rest}", cut(most))), &mut lines);
    }
    say("from", origins, &mut lines);
    let to = picker.chosen.as_ref().map(|id| way(&steps(state, &picker.connection, id), columns));
    let to = to.map_or_else(|| Line::of(Role::Dim, "not marked yet"), |way| Line::of(Role::Added, way));
    let mut line = Line::of(Role::Dim, "to       ");
    line.0.extend(to.0);
    lines.push(line);
    lines
}

/// Text in lines of so many columns, its names cut as far as they have to be for so many lines.
fn fitted(columns: usize, rows: usize, text: impl Fn(usize) -> String) -> Vec<String> {
    let whole = wrap(&text(usize::MAX), columns);
    if whole.len() <= rows {
        return whole;
    }
    let mut cuts = (NAME..columns).rev().step_by(4).chain([NAME]).map(|most| wrap(&text(most), columns));
    cuts.find(|lines| lines.len() <= rows).unwrap_or_else(|| wrap(&text(NAME), columns))
}

/// Where they are: one place with names of at most so many columns, several as lines of at most so many.
fn origins(state: &State, picker: &Picker, most: usize) -> Vec<String> {
    let mut counts: Vec<_> = picker.places.iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let nowhere = || "no organization".to_owned();
    if let [(place, count)] = counts.as_slice() {
        let place = place.as_ref().map_or_else(nowhere, |id| crumbs(state, &picker.connection, id, most));
        return vec![if **count > 1 { format!("{place} ({count})") } else { place }];
    }
    let words = counts.iter().take(ORIGINS).map(|(place, count)| {
        let count = format!(" ({count})");
        let room = most.saturating_sub(width(&count));
        let steps = place.as_ref().map_or_else(|| vec![nowhere()], |id| steps(state, &picker.connection, id));
        format!("{}{count}", way(&steps, room))
    });
    let mut words: Vec<String> = words.collect();
    if counts.len() > ORIGINS {
        words.push(format!("{} more places", counts.len() - ORIGINS));
    }
    words
}

/// The names from the root to an organization.
fn steps(state: &State, connection: &ConnectionName, id: &OrganizationId) -> Vec<String> {
    let tree = state.snapshot.connection(connection).map(|view| view.tree.as_ref());
    let mut ids = tree.map(|tree| tree.above(id)).unwrap_or_default();
    ids.push(id.clone());
    let name = |id| {
        let key = OrganizationKey { connection: connection.clone(), id };
        plan::subject_name(state, &Subject::Organization(key))
    };
    ids.into_iter().map(name).collect()
}

/// `Root › Division › Team`, each name in at most so many columns.
pub(crate) fn crumbs(state: &State, connection: &ConnectionName, id: &OrganizationId, most: usize) -> String {
    let names = steps(state, connection, id);
    names.iter().map(|name| clip(name, most)).collect::<Vec<_>>().join(" › ")
}

/// Why there are no rows, or not all.
fn tail(state: &State, picker: &Picker) -> Vec<Line> {
    let mut lines = Vec::new();
    let view = state.snapshot.connection(&picker.connection);
    let Some(setup) = state.connection(&picker.connection) else {
        return lines;
    };
    let words = match view.map(|view| &view.hierarchy) {
        None | Some(Hierarchy::Unknown) => Some(format!("Loading {} …", setup.spec.hierarchy.many)),
        Some(Hierarchy::Flat) => Some(setup.spec.hierarchy.none.to_owned()),
        Some(Hierarchy::Derived { .. }) => {
            Some("Only what accounts name as their parents is known here: other places may exist.".to_owned())
        }
        Some(Hierarchy::Failed { why }) => Some(format!("{} did not all come: {why}", setup.spec.hierarchy.many)),
        Some(Hierarchy::Listed { .. }) if picker.tree(state).is_none_or(Tree::is_empty) => {
            Some(setup.spec.hierarchy.none.to_owned())
        }
        Some(Hierarchy::Listed { .. }) => None,
    };
    if let Some(words) = words {
        lines.push(Line::of(Role::Dim, shown(&words).into_owned()));
    }
    let others: Vec<&str> = state
        .setup
        .connections
        .iter()
        .map(|setup| setup.name.as_str())
        .filter(|name| *name != picker.connection.as_str())
        .collect();
    if !others.is_empty() && picker.aim == Aim::Move {
        let words = format!("{}: another connection, and an account moves within its own", shown(&others.join(", ")));
        lines.push(Line::of(Role::Dim, words));
    }
    lines
}

/// Rows between what stands above the tree and the tree: the filter's, and a free one where there are enough.
fn gap(state: &State, picker: &Picker) -> u16 {
    let searches = picker.filtering || !picker.filter.value().is_empty();
    if state.size.height < LOW && !searches { 1 } else { 2 }
}

/// As high as the whole tree needs: a filter does not make it smaller.
fn area(state: &State, picker: &Picker) -> Rect {
    let room = Rect::new(0, 1, state.size.width, state.size.height.saturating_sub(2));
    let columns = usize::from(as_wide(room.width, COLUMNS).saturating_sub(4));
    let around = head(state, picker, columns).len()
        + usize::from(gap(state, picker))
        + wrapped(&tail(state, picker), columns).len();
    let organizations = picker.tree(state).map_or(0, Tree::len) + usize::from(picker.aim.makes());
    let height = u16::try_from(around + organizations.max(LEAST) + 2).unwrap_or(u16::MAX);
    centred(room, COLUMNS, height)
}

/// How many rows of the tree are on screen.
pub(super) fn page(state: &State, picker: &Picker) -> usize {
    let inner = inside(area(state, picker));
    let columns = usize::from(inner.width.saturating_sub(2));
    let around = head(state, picker, columns).len()
        + usize::from(gap(state, picker))
        + wrapped(&tail(state, picker), columns).len();
    usize::from(inner.height).saturating_sub(around).max(1)
}

fn wrapped(lines: &[Line], columns: usize) -> Vec<Line> {
    lines
        .iter()
        .flat_map(|line| {
            if line.width() <= columns {
                return vec![line.clone()];
            }
            let role = line.0.first().map_or(Role::Text, |(role, _)| *role);
            let text: String = line.0.iter().map(|(_, text)| text.as_str()).collect();
            wrap(&text, columns).into_iter().map(|text| Line::of(role, text)).collect()
        })
        .collect()
}

/// What the form below would make, as its provider calls it.
fn made(state: &State, picker: &Picker) -> &'static str {
    let setup = state.connection(&picker.connection).filter(|_| picker.aim == Aim::MakeOrganization);
    setup.map_or("account", |setup| setup.spec.hierarchy.one)
}

/// Draws the picker.
pub fn draw(state: &State, picker: &Picker, buf: &mut Buffer, theme: Theme) {
    let area = area(state, picker);
    let subjects: Vec<Subject> = picker.accounts.iter().cloned().map(Subject::Account).collect();
    let title = match picker.aim {
        Aim::Move => Line::of(Role::Title, "Move")
            .and(Role::Dim, format!(" · {}", chooser::whom(state, &subjects)))
            .and(Role::Dim, format!(" · {}", picker.connection)),
        Aim::MakeAccount | Aim::MakeOrganization => Line::of(Role::Title, "Where?")
            .and(Role::Dim, format!(" · a new {} · {}", made(state, picker), picker.connection)),
    };
    let inner = modal_frame(buf, area, &title, theme);
    let body = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    let columns = usize::from(body.width);
    let mut y = body.y;
    let mut say = |line: &Line, y: &mut u16| {
        if *y < body.bottom() {
            put_line(buf, body.x, *y, body.width, line, theme, Style::new());
            *y += 1;
        }
    };
    for line in head(state, picker, columns) {
        say(&line, &mut y);
    }
    let line_of_filter = y;
    y += gap(state, picker);
    let rows = picker.rows(state);
    let page = page(state, picker);
    let at = picker.at(&rows);
    let searches = picker.filtering || !picker.filter.value().is_empty();
    for (nth, line) in why_cut(state, picker, rows.get(at), columns).into_iter().take(2).enumerate() {
        let free = line_of_filter + u16::try_from(nth).unwrap_or(0) + u16::from(searches);
        if free < y {
            put_line(buf, body.x, free, body.width, &line, theme, Style::new());
        }
    }
    for (nth, row) in rows.iter().enumerate().skip(picker.offset).take(page) {
        if y >= body.bottom() {
            break;
        }
        let place = Rect { y, height: 1, ..body };
        draw_row(state, picker, row, nth == at, place, buf, theme);
        y += 1;
    }
    if rows.is_empty() && !picker.filter.value().is_empty() {
        let none = Line::of(Role::Text, "None matches. ").and(Role::Key, "Esc").and(Role::Dim, " clears");
        put_line(buf, body.x, y, body.width, &none, theme, Style::new());
    }
    let below = wrapped(&tail(state, picker), columns);
    y = body.bottom().saturating_sub(u16::try_from(below.len()).unwrap_or(0)).max(y);
    for line in below {
        if y < body.bottom() {
            put_line(buf, body.x, y, body.width, &line, theme, Style::new());
            y += 1;
        }
    }
    if line_of_filter < body.bottom() && (picker.filtering || !picker.filter.value().is_empty()) {
        let used = put_line(buf, body.x, line_of_filter, body.width, &Line::of(Role::Key, "/ "), theme, Style::new());
        let field = (body.x + used, line_of_filter, body.width.saturating_sub(used));
        picker.filter.draw(buf, field, theme, Role::Text, picker.filtering);
    }
    frame_more(buf, area, picker.offset, rows.len().saturating_sub(picker.offset + page), theme);
}

/// Why the place under the cursor can't take it, whole, where its row has no room for that.
fn why_cut(state: &State, picker: &Picker, row: Option<&Place>, columns: usize) -> Vec<Line> {
    let Some(row) = row.filter(|row| row_line(state, picker, row).width() > columns) else { return Vec::new() };
    let reason = picker.refusal(state, &row.id).unwrap_or_default();
    wrap(&reason, columns).into_iter().map(|text| Line::of(Role::Warn, text)).collect()
}

fn draw_row(state: &State, picker: &Picker, row: &Place, under: bool, area: Rect, buf: &mut Buffer, theme: Theme) {
    let over = if under { theme.style(Role::Selected) } else { Style::new() };
    if under {
        buf.set_style(area, over);
    }
    put_line(buf, area.x, area.y, area.width, &row_line(state, picker, row), theme, over);
}

fn row_line(state: &State, picker: &Picker, row: &Place) -> Line {
    let chosen = picker.chosen.as_ref() == Some(&row.id);
    let sign = match row.below {
        Below::Nothing => "  ",
        Below::Shown => "▾ ",
        Below::Hidden => "▸ ",
    };
    let mut line = Line::of(Role::Marked, if chosen { "●" } else { " " });
    line.push(Role::Text, "  ".repeat(row.depth.min(24)));
    line.push(Role::Dim, sign);
    let key = OrganizationKey { connection: picker.connection.clone(), id: row.id.clone() };
    let refusal = picker.refusal(state, &row.id);
    let role = match (chosen, &refusal) {
        (true, _) => Role::Marked,
        (false, Some(_)) => Role::Dim,
        (false, None) => Role::Text,
    };
    let name = if is_top(&row.id) {
        picker.aim.nowhere().to_owned()
    } else {
        plan::subject_name(state, &Subject::Organization(key))
    };
    line.push(role, name);
    let tree = state.snapshot.connection(&picker.connection).map(|view| &view.tree);
    if tree.is_some_and(|tree| tree.is_alike(&row.id)) {
        line.push(Role::Warn, " ≈ ");
        line.push(Role::Dim, shown(row.id.as_str()));
    }
    if let Some(fault) = row.fault {
        line.push(Role::Warn, format!("  ! {}", fault.words()));
    }
    let here = picker.here(&row.id);
    match refusal.filter(|_| !(picker.aim.makes() && here > 0)) {
        Some(reason) => line.push(Role::Dim, format!("  ({reason})")),
        None if picker.aim.makes() && here > 0 => line.push(Role::Dim, "  (it is to be made here)"),
        None if here > 0 => line.push(Role::Dim, format!("  ({here} of them are there)")),
        None => {}
    }
    line
}
