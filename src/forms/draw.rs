//! The form on screen: where it acts, label, field, help or fault, and a button. What does not fit scrolls with the focus.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::{FieldState, Form, Purpose, open};
use crate::app::{State, as_wide, centred};
use crate::domain::{ChangeKind, Failure, Role, age_words, shown, width};
use crate::view::{Line, Theme, modal_frame, put, put_line, wrap, wrap_cut};

/// The most lines of a long text that are seen at once: enough to know it, and other fields stay in sight.
const LONG_ROWS: usize = 4;
/// The most lines of help or fault below a field.
const BELOW_ROWS: usize = 3;

/// The most lines of a name above the fields: they stay in sight below one of thousands of characters.
const NAME_ROWS: usize = 2;

/// Whether it must be filled.
fn is_starred(state: &FieldState) -> bool {
    state.field.required && !state.may_stay_blank
}

/// Columns for labels: the longest one and a mark, at most half of the form.
fn label_columns(form: &Form, columns: u16) -> u16 {
    let wide = |state: &FieldState| crate::domain::width(state.field.label) + if is_starred(state) { 2 } else { 0 };
    let longest = form.fields.iter().map(wide).max().unwrap_or(0);
    u16::try_from(longest + 4).unwrap_or(u16::MAX).min(columns / 2)
}

/// How a field is laid out: the rows of its text, and what is written below.
struct Item {
    rows: usize,
    below: Vec<Line>,
}

impl Item {
    fn of(state: &FieldState, focused: bool, columns: u16) -> Self {
        let columns = usize::from(columns);
        let rows = if state.field.kind.is_long() { state.input.rows(columns).clamp(1, LONG_ROWS) } else { 1 };
        Self { rows, below: below(state, focused, columns) }
    }

    fn height(&self) -> usize {
        self.rows + self.below.len().max(1)
    }
}

/// What is written below a field: what is wrong, what became of a paste, advice; with the focus the help.
fn below(state: &FieldState, focused: bool, columns: usize) -> Vec<Line> {
    let advice = state.warning.clone().or_else(|| state.field.kind.advice(state.input.value()));
    let (role, text) = match (state.shown_fault(), &state.note, advice) {
        (Some(fault), ..) => (Role::Bad, format!("! {fault}")),
        (None, Some(note), _) => (Role::Warn, note.clone()),
        (None, None, Some(advice)) => (Role::Warn, advice),
        (None, None, None) if focused => (Role::Dim, help(state)),
        (None, None, None) => return Vec::new(),
    };
    let lines = wrap(&shown(&text), columns.max(1)).into_iter().take(BELOW_ROWS);
    lines.map(|line| Line::of(role, line)).collect()
}

/// What a field takes, and how it is emptied where blank means untouched.
fn help(state: &FieldState) -> String {
    let help = takes(state);
    let is_emptied = state.may_stay_blank && state.can_be_emptied();
    let words = match (is_emptied, state.is_emptied()) {
        (false, _) => return help,
        (true, false) => "F7 empties it on all",
        (true, true) => "F7 leaves it as it is",
    };
    if help.is_empty() { words.to_owned() } else { format!("{help} · {words}") }
}

fn takes(state: &FieldState) -> String {
    let help = state.field.help;
    if let Some(words) = state.field.kind.words() {
        return format!("{help}{}← → choose: {}", if help.is_empty() { "" } else { " · " }, words.join(", "));
    }
    match state.tags() {
        Some(tags) if !tags.is_empty() => format!("{} tags: {}", tags.len(), tags.join(" · ")),
        Some(_) => format!("{help} · words with commas between them"),
        None => help.to_owned(),
    }
}

/// The form's title, with whose it is where both fit above so many columns.
fn title(form: &Form, columns: usize) -> (Line, bool) {
    let title = Line::of(Role::Title, form.title());
    let whole = title.clone().and(Role::Dim, format!(" · {}", form.name));
    if whole.width() <= columns { (whole, true) } else { (title, false) }
}

/// What stands above the fields. A name that the title has no room for stands here, in up to two lines; what acts where is
/// one line, or two that are never cut.
fn head(state: &State, form: &Form, columns: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    if let (_, false) = title(form, columns) {
        let name = wrap_cut(&form.name.shown(), columns, NAME_ROWS);
        lines.extend(name.into_iter().map(|text| Line::of(Role::Title, text)));
    }
    let mut say = |role: Role, text: &str| {
        lines.extend(wrap(text, columns).into_iter().map(|text| Line::of(role, text)));
    };
    let Some([whereabouts, place]) = open::whereabouts(state, form) else {
        lines.push(news(state, form));
        return lines;
    };
    let both = format!("{whereabouts} · {place}");
    if place.is_empty() {
        say(Role::Dim, &whereabouts);
    } else if width(&both) <= columns && !form.change().is_some_and(|(spec, _)| spec.kind.makes()) {
        say(Role::Dim, &both);
    } else {
        say(Role::Dim, &whereabouts);
        say(Role::Text, &place);
    }
    if form.loading.is_none() && form.failure.is_none() {
        let news = news(state, form);
        // Beside what acts where, if it has room there: a free line parts the fields from what stands above them.
        let apart = columns.saturating_sub(news.width() + lines.first().map_or(columns, Line::width));
        match lines.first_mut() {
            Some(first) if news.width() > 0 && apart > 2 => {
                first.push(Role::Dim, " ".repeat(apart));
                first.0.extend(news.0);
                lines.push(Line::default());
            }
            Some(_) | None => lines.push(news),
        }
    }
    lines
}

/// The one line about the draft, or about what is not there yet.
fn news(state: &State, form: &Form) -> Line {
    let Some((spec, target)) = form.target() else { return Line::default() };
    if let Some(why) = state.drafts.trouble.as_ref().filter(|_| form.is_dirty()) {
        return Line::of(Role::Bad, format!("! no draft is kept: {why}"));
    }
    if let Some(at) = form.draft_at {
        let words = format!("draft from {} · ", age_words(state.now.since(at)));
        let secrets =
            if spec.fields.iter().any(|field| field.kind.is_secret()) { " · secrets are not in it" } else { "" };
        return Line::of(Role::Warn, words).and(Role::Key, "F5").and(Role::Text, format!(" discards it{secrets}"));
    }
    if form.is_dirty() && state.drafts.has_form(target, spec) {
        return Line::of(Role::Dim, "draft kept");
    }
    if let Some(message) = form.messages.first() {
        return Line::of(Role::Text, message.shown());
    }
    match spec.kind {
        ChangeKind::Profile if !form.exists && form.change().is_some() => {
            Line::of(Role::Dim, "There is no profile yet: saving makes one.")
        }
        ChangeKind::Profile
        | ChangeKind::CreateAccount
        | ChangeKind::CreateStandalone
        | ChangeKind::UpdateAccount
        | ChangeKind::DeleteAccount
        | ChangeKind::CloseAccount
        | ChangeKind::RemoveAccount
        | ChangeKind::MoveAccount
        | ChangeKind::CreateOrganization
        | ChangeKind::RenameOrganization
        | ChangeKind::DeleteOrganization => Line::default(),
    }
}

/// Draws a form in the middle of the screen.
pub fn draw(state: &State, form: &Form, whole: Rect, buf: &mut Buffer, theme: Theme) {
    let wide = as_wide(whole.width, 78).saturating_sub(4);
    let label = label_columns(form, wide);
    let room = wide.saturating_sub(label);
    let items: Vec<Item> =
        form.fields.iter().enumerate().map(|(at, field)| Item::of(field, at == form.focus, room)).collect();
    let head = head(state, form, usize::from(wide));
    // The frame is the same whichever field shows its help.
    let most = form.fields.iter().map(|field| below(field, true, usize::from(room)).len()).max().unwrap_or(0);
    let rows: usize = form.fields.iter().map(|field| Item::of(field, false, room).height()).sum();
    // What went wrong in the place of the fields needs no more than its own lines.
    let body = form.failure.as_ref().map_or(rows + most.saturating_sub(1) + 2, |why| why_lines(why, wide).len() + 1);
    let height = u16::try_from(head.len() + body + 2).unwrap_or(u16::MAX);
    let area = centred(whole, 78, height);
    let inner = modal_frame(buf, area, &title(form, usize::from(wide)).0, theme);
    let body = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    let mut y = body.y;
    for line in &head {
        if y < body.bottom() {
            put_line(buf, body.x, y, body.width, line, theme, Style::new());
        }
        y = y.saturating_add(1);
    }
    let rest = Rect { y, height: body.bottom().saturating_sub(y), ..body };
    if form.loading.is_some() {
        put(buf, body.x, rest.y, body.width, loading_words(form), theme.style(Role::Dim));
    } else if let Some(failure) = &form.failure {
        let rest = Rect { y: rest.y + 1, height: rest.height.saturating_sub(1), ..rest };
        for (y, line) in (rest.y..rest.bottom()).zip(&why_lines(failure, rest.width)) {
            put_line(buf, rest.x, y, rest.width, line, theme, Style::new());
        }
    } else {
        draw_fields(form, &items, label, rest, buf, theme);
    }
}

fn loading_words(form: &Form) -> &'static str {
    match form.change().map(|(spec, _)| spec.kind) {
        Some(ChangeKind::Profile) => "Reading the profile …",
        Some(kind) if kind.makes() => "Asking whether it can be made …",
        Some(_) | None => "Reading what is there …",
    }
}

/// The first item to draw: as many as fit up to the one behind the focus, whose beginning should be seen.
fn first(items: &[Item], focus: usize, room: usize) -> usize {
    let height = |at: usize| items.get(at).map_or(1, Item::height);
    let mut used = height(focus);
    if focus < items.len() && used + height(focus + 1) <= room {
        used += height(focus + 1);
    }
    let mut first = focus.min(items.len());
    while first > 0 && used + height(first - 1) <= room {
        first -= 1;
        used += height(first);
    }
    first
}

fn draw_fields(form: &Form, items: &[Item], label: u16, area: Rect, buf: &mut Buffer, theme: Theme) {
    let first = first(items, form.focus, usize::from(area.height));
    let mut y = area.y;
    for (at, item) in items.iter().enumerate().skip(first) {
        let Some(field) = form.fields.get(at).filter(|_| y < area.bottom()) else { break };
        let height = u16::try_from(item.height()).unwrap_or(u16::MAX).min(area.bottom() - y);
        draw_field(field, item, label, at == form.focus, Rect { y, height, ..area }, buf, theme);
        y += height;
    }
    // Words below the last field are no label of the button.
    if y + 1 < area.bottom() && first == 0 && items.last().is_some_and(|item| !item.below.is_empty()) {
        y += 1;
    }
    let more = y >= area.bottom();
    if !more {
        let button = match &form.purpose {
            Purpose::Change { .. } | Purpose::OnAll { .. } => "[ Review ]",
            Purpose::Search { .. } => "[ Search ]",
        };
        let focused = form.focus == form.fields.len();
        let style = theme.style(if focused { Role::Selected } else { Role::Title });
        put(buf, area.x + label, y, area.width.saturating_sub(label), button, style);
    }
    // In the margin: whether there is more above and below.
    let margin = area.right();
    if first > 0 {
        put(buf, margin, area.y, 1, "▲", theme.style(Role::Key));
    }
    if more && area.height > 0 {
        put(buf, margin, area.bottom() - 1, 1, "▼", theme.style(Role::Key));
    }
}

fn draw_field(field: &FieldState, item: &Item, label: u16, focused: bool, area: Rect, buf: &mut Buffer, theme: Theme) {
    let mut line = Line::of(if focused { Role::Title } else { Role::Text }, field.field.label);
    if is_starred(field) {
        line.push(Role::Warn, " *");
    }
    put_line(buf, area.x, area.y, label.saturating_sub(2), &line, theme, Style::new());
    if field.is_dirty() {
        put(buf, area.x + label.saturating_sub(2), area.y, 1, "◉", theme.style(Role::Warn));
    }
    let rows = u16::try_from(item.rows).unwrap_or(u16::MAX).min(area.height);
    let place = Rect { x: area.x + label, width: area.width.saturating_sub(label), height: rows, ..area };
    buf.set_style(place.intersection(buf.area), theme.style(Role::Input));
    if field.field.kind.is_long() {
        field.input.draw_rows(buf, place, theme, Role::Input, focused);
    } else {
        let masked = field.field.kind.is_secret().then(|| field.input.masked());
        let input = masked.as_ref().unwrap_or(&field.input);
        input.draw(buf, (place.x, place.y, place.width), theme, Role::Input, focused);
    }
    if field.is_emptied() {
        // Beside the cursor, which has the first column.
        let from = u16::from(focused) * 2;
        let style = theme.style(Role::Input).patch(theme.style(Role::Warn));
        put(buf, place.x + from, place.y, place.width.saturating_sub(from), "(emptied on all)", style);
    }
    for (y, line) in (area.y + rows..area.bottom()).zip(&item.below) {
        put_line(buf, place.x, y, place.width, line, theme, Style::new());
    }
}

/// What went wrong, and what to do about it.
fn why_lines(failure: &Failure, columns: u16) -> Vec<Line> {
    let said = [(Role::Bad, failure.to_string()), (Role::Text, failure.hint.clone().unwrap_or_default())];
    let said = said.into_iter().filter(|(_, text)| !text.is_empty());
    said.flat_map(|(role, text)| {
        wrap(&shown(&text), usize::from(columns)).into_iter().map(move |line| Line::of(role, line))
    })
    .collect()
}
