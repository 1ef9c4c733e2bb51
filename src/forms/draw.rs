//! The form on screen: label, field, help or fault, and a button.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::{FieldState, Form, Purpose};
use crate::app::centred;
use crate::domain::Role;
use crate::view::{Line, Theme, modal_frame, put, put_line, wrap};

/// Columns for labels: the longest one and a mark, at most half of the form.
fn label_columns(form: &Form, columns: u16) -> u16 {
    let longest = form.fields.iter().map(|state| crate::domain::width(state.field.label)).max().unwrap_or(0);
    u16::try_from(longest + 4).unwrap_or(u16::MAX).min(columns / 2)
}

/// Draws a form in the middle of the screen.
pub fn draw(form: &Form, whole: Rect, buf: &mut Buffer, theme: Theme) {
    let height = u16::try_from(form.fields.len() * 2 + 6).unwrap_or(u16::MAX);
    let area = centred(whole, 78, height);
    let title = Line::of(Role::Title, form.title()).and(Role::Dim, format!(" · {}", form.name));
    let inner = modal_frame(buf, area, &title, theme);
    let body = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    if form.loading.is_some() {
        put(buf, body.x, body.y + 1, body.width, "Reading the profile …", theme.style(Role::Dim));
        return;
    }
    if let Some(failure) = &form.failure {
        return draw_failure(failure, body, buf, theme);
    }
    let label = label_columns(form, body.width);
    let mut y = body.y;
    if !form.exists {
        put(buf, body.x, y, body.width, "There is no profile yet: saving makes one.", theme.style(Role::Dim));
    }
    y += 1;
    // Two rows a field; on a small screen the fields around the focus are shown.
    let room = usize::from(body.bottom().saturating_sub(y + 1)) / 2;
    let first = (form.focus + 1).saturating_sub(room.max(1)).min(form.fields.len().saturating_sub(room.max(1)));
    for (at, field) in form.fields.iter().enumerate().skip(first).take(room.max(1)) {
        draw_field(field, label, at == form.focus, Rect { y, height: 2, ..body }, buf, theme);
        y += 2;
    }
    let button = match form.purpose {
        Purpose::Change { .. } | Purpose::OnAll { .. } => "[ Review ]",
        Purpose::Search { .. } => "[ Search ]",
    };
    let focused = form.focus == form.fields.len();
    let style = theme.style(if focused { Role::Selected } else { Role::Title });
    if y < body.bottom() {
        put(buf, body.x + label, y, body.width, button, style);
    }
}

fn draw_field(field: &FieldState, label: u16, focused: bool, area: Rect, buf: &mut Buffer, theme: Theme) {
    let mut line = Line::of(if focused { Role::Title } else { Role::Text }, field.field.label);
    if field.field.required {
        line.push(Role::Warn, " *");
    }
    put_line(buf, area.x, area.y, label.saturating_sub(2), &line, theme, Style::new());
    if field.is_dirty() {
        put(buf, area.x + label.saturating_sub(2), area.y, 1, "●", theme.style(Role::Warn));
    }
    let columns = area.width.saturating_sub(label);
    let place = Rect { x: area.x + label, width: columns, height: 1, ..area };
    buf.set_style(place.intersection(buf.area), theme.style(Role::Input));
    let masked = field.field.kind.is_secret().then(|| field.input.masked());
    let input = masked.as_ref().unwrap_or(&field.input);
    input.draw(buf, (place.x, place.y, columns), theme, Role::Input, focused);
    let below = match (field.fault(), field.field.kind.advice(field.input.value()), focused) {
        (Some(fault), _, _) => Line::of(Role::Bad, format!("! {fault}")),
        (None, Some(advice), _) => Line::of(Role::Warn, advice),
        (None, None, true) => Line::of(Role::Dim, help(field)),
        (None, None, false) => Line::default(),
    };
    if area.y + 1 < buf.area.bottom() {
        put_line(buf, place.x, area.y + 1, columns, &below, theme, Style::new());
    }
}

fn help(field: &FieldState) -> String {
    match field.field.kind.words() {
        Some(words) => format!("← → choose: {}", words.join(", ")),
        None => field.field.help.to_owned(),
    }
}

fn draw_failure(failure: &crate::domain::Failure, area: Rect, buf: &mut Buffer, theme: Theme) {
    let text = failure.to_string();
    let hint = failure.hint.clone().unwrap_or_default();
    let lines = wrap(&text, usize::from(area.width)).into_iter().map(|line| (Role::Bad, line));
    let hints = wrap(&crate::domain::shown(&hint), usize::from(area.width)).into_iter().map(|line| (Role::Text, line));
    for (y, (role, line)) in (area.y + 1..area.bottom()).zip(lines.chain(hints)) {
        put(buf, area.x, y, area.width, &line, theme.style(role));
    }
}
