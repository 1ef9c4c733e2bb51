//! A failure that wants to be read: every item of the provider's list, cause and hint.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::{Action, Avail, Effect, HELP, Modal, Motion, Row, State, as_wide, centred};
use crate::domain::{AccountKey, Failure, Key, KeyCode, Role, shown};
use crate::panes::{accounts, copy};
use crate::view::{Line, Theme, modal_frame, put_line, wrap};

/// The title where the target is not there any more.
const GONE: &str = "Gone meanwhile";

/// The widest it gets: sentences read well up to there.
const COLUMNS: u16 = 76;

/// What a change that failed was about, in words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// What it would have done, in the words before the name.
    pub what: String,
    /// The target's name; empty where there are several.
    pub name: String,
    /// A label and the target's id, or where it was to be made; empty where there are several.
    pub id: (&'static str, String),
    /// The connections.
    pub connection: String,
}

impl About {
    /// Columns of the words before a value.
    const LABEL: usize = 12;

    /// It in lines.
    pub fn lines(&self, columns: usize, lines: &mut Vec<Line>) {
        let first = Line::of(Role::Text, format!("{} ", self.what)).and(Role::Title, self.name.clone());
        if first.width() <= columns {
            lines.push(first);
        } else {
            lines.extend(wrap(&self.what, columns).into_iter().map(|text| Line::of(Role::Text, text)));
            lines.extend(wrap(&self.name, columns).into_iter().map(|text| Line::of(Role::Title, text)));
        }
        for (label, value) in [(self.id.0, &self.id.1), ("connection", &self.connection)] {
            let room = columns.saturating_sub(Self::LABEL).max(8);
            for (nth, text) in wrap(value, room).into_iter().enumerate().filter(|_| !value.is_empty()) {
                let label = if nth == 0 { label } else { "" };
                lines.push(Line::of(Role::Dim, format!("{label:<width$}", width = Self::LABEL)).and(Role::Text, text));
            }
        }
    }
}

/// A failure on screen.
#[derive(Clone, Debug, PartialEq)]
pub struct FailureView {
    title: &'static str,
    lead: &'static str,
    /// The change that failed, if it was one.
    about: Option<About>,
    failure: Box<Failure>,
    /// A text that could not be taken, and whom it is about: it can be edited again.
    text: Option<(Vec<AccountKey>, String)>,
    /// What was typed for a target that is gone, by the labels of its fields: no draft keeps it.
    typed: Vec<(&'static str, String)>,
    offset: usize,
}

/// What keys do here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Edits the text that could not be taken again.
    EditAgain,
    /// Copies what was typed for a target that is gone.
    CopyTyped,
}

/// Whether text that was typed stands below a dialog and is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typed {
    /// A form holds it.
    Kept,
    /// Nothing was typed.
    None,
}

/// The dialog's keys.
pub const ROWS: &[Row] = &[
    Row::new(&[Key::plain(KeyCode::Esc), Key::plain(KeyCode::Enter), Key::char('q')], Action::Close, "close").hint(1),
    Row::new(&[Key::char('e')], Action::Failure(Act::EditAgain), "edit the text again").hint(2).when(has_text),
    Row::new(&[Key::char('y')], Action::Failure(Act::CopyTyped), "copy what was typed").hint(2).when(has_typed),
    HELP,
];

fn has_text(state: &State) -> Avail {
    match state.modals.last() {
        Some(Modal::Failure(view)) if view.text.is_some() => Avail::Yes,
        _ => Avail::Hidden,
    }
}

fn has_typed(state: &State) -> Avail {
    match state.modals.last() {
        Some(Modal::Failure(view)) if !view.typed.is_empty() => Avail::Yes,
        _ => Avail::Hidden,
    }
}

impl FailureView {
    /// The provider said no. The title is a contract of the screen.
    #[must_use]
    pub fn refused(about: About, failure: Failure, typed: Typed) -> Self {
        let lead = match typed {
            Typed::Kept => "The provider refused the change. Nothing was changed; your text is kept.",
            Typed::None => "The provider refused the change. Nothing was changed.",
        };
        Self::of(about, "Refused", lead, failure)
    }

    /// A page of the dashboard was not opened here.
    #[must_use]
    pub fn not_opened(failure: Failure) -> Self {
        Self::new("Not opened", "Open the address below where there is a browser; it is copied, too.", failure)
    }

    fn new(title: &'static str, lead: &'static str, failure: Failure) -> Self {
        Self { title, lead, about: None, failure: Box::new(failure), text: None, typed: Vec::new(), offset: 0 }
    }

    fn of(about: About, title: &'static str, lead: &'static str, failure: Failure) -> Self {
        Self { about: Some(about), ..Self::new(title, lead, failure) }
    }

    /// Nobody knows what became of it.
    #[must_use]
    pub fn unknown(about: About, failure: Failure, typed: Typed) -> Self {
        // Its hint is for reads: to try again.
        let failure = Failure { hint: None, ..failure };
        let lead = match typed {
            Typed::Kept => {
                "The change was sent, but no answer says what became of it. It is in the journal as unknown and is not \
                 sent again by itself. Leave the form and press r in the detail to see what the provider has now."
            }
            Typed::None => {
                "The change was sent, but no answer says what became of it. It is in the journal as unknown and is not \
                 sent again by itself. Press r in the detail to see what the provider has now."
            }
        };
        Self::of(about, "Outcome unknown", lead, failure)
    }

    /// Nobody knows whether it was made: asked for again it may be there twice.
    #[must_use]
    pub fn may_be_made(about: About, failure: Failure) -> Self {
        let lead = "It was sent, but no answer says whether it was made. It is in the journal as unknown and is not sent \
                    again by itself. Before you ask for it again: R lists anew, and J (d, n) settles what you found.";
        Self::of(about, "Outcome unknown", lead, Failure { hint: None, ..failure })
    }

    /// Nothing was sent.
    #[must_use]
    pub fn not_sent(about: About, failure: Failure, typed: Typed) -> Self {
        let lead = match typed {
            Typed::Kept => "Nothing was sent; your text is kept.",
            Typed::None => "Nothing was sent.",
        };
        Self::of(about, "Not sent", lead, failure)
    }

    /// What the change was about is not there any more.
    #[must_use]
    pub fn gone(failure: Failure, typed: Vec<(&'static str, String)>) -> Self {
        Self { typed, ..Self::new(GONE, "", failure) }
    }

    /// An edited text can't be taken.
    #[must_use]
    pub fn sheet(failure: Failure, accounts: Vec<AccountKey>, text: String) -> Self {
        let lead =
            "The text can't be taken as it is. Nothing was sent, and nothing you wrote is lost: e edits it again.";
        Self { text: Some((accounts, text)), ..Self::new("Not taken", lead, failure) }
    }

    /// The provider accepted it, and failed to carry it out.
    #[must_use]
    pub fn ended(about: About, failure: Failure) -> Self {
        let lead = "The provider accepted the change, went on with it, and then gave it up.";
        Self::of(about, "Refused", lead, failure)
    }

    /// The web dashboard was not opened.
    #[must_use]
    pub fn not_signed_in(failure: Failure) -> Self {
        Self::new("Not signed in", "The web dashboard was not opened.", failure)
    }

    /// The user's editor did not do its work.
    #[must_use]
    pub fn not_edited(failure: Failure) -> Self {
        Self::new("Not edited", "The field's text is as it was.", failure)
    }

    /// Once, what is gone and which it was; then what was typed for it.
    fn gone_lines(&self, columns: usize) -> Vec<Line> {
        let mut all = Vec::new();
        let mut say = |role: Role, text: &str| {
            all.extend(wrap(&shown(text), columns).into_iter().map(|text| Line::of(role, text)));
        };
        say(Role::Bad, &format!("{}. It is listed no longer.", self.failure.cause));
        say(Role::Dim, &self.failure.what);
        if !self.typed.is_empty() {
            say(Role::Text, "");
            say(Role::Text, "What you typed for it is kept in no draft; y copies it:");
        }
        for (label, text) in &self.typed {
            say(Role::Dim, label);
            for line in text.lines() {
                say(Role::Title, &format!("  {line}"));
            }
        }
        all
    }

    fn lines(&self, columns: usize) -> Vec<Line> {
        if self.title == GONE {
            return self.gone_lines(columns);
        }
        let mut all: Vec<Line> = wrap(self.lead, columns).into_iter().map(|text| Line::of(Role::Text, text)).collect();
        all.push(Line::default());
        if let Some(about) = &self.about {
            about.lines(columns, &mut all);
            all.push(Line::default());
        }
        lines(&self.failure, columns, &mut all);
        all
    }
}

fn columns(width: u16) -> usize {
    usize::from(as_wide(width, COLUMNS).saturating_sub(4))
}

/// Does what a key asks.
pub fn act(state: &mut State, act: Act, effects: &mut Vec<Effect>) {
    match act {
        Act::EditAgain => edit_again(state, effects),
        Act::CopyTyped => copy_typed(state, effects),
    }
}

/// Copies what was typed: one field's text as it is, of several with their labels.
fn copy_typed(state: &State, effects: &mut Vec<Effect>) {
    let Some(Modal::Failure(view)) = state.modals.last() else { return };
    let text = match view.typed.as_slice() {
        [] => return,
        [(_, only)] => only.clone(),
        several => several.iter().map(|(label, text)| format!("{label}: {text}")).collect::<Vec<_>>().join("\n"),
    };
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    copy::texts("what you typed".to_owned(), &lines, effects);
}

fn edit_again(state: &mut State, effects: &mut Vec<Effect>) {
    if !matches!(state.modals.last(), Some(Modal::Failure(view)) if view.text.is_some()) {
        return;
    }
    if let Some(Modal::Failure(FailureView { text: Some((accounts, text)), .. })) = state.close() {
        accounts::edit_as_text(state, accounts, Some(text), effects);
    }
}

/// Scrolls.
pub fn scroll(state: &mut State, motion: Motion) {
    let (columns, room) = (columns(state.size.width), usize::from(state.size.height.saturating_sub(4)));
    if let Some(Modal::Failure(view)) = state.modals.last_mut() {
        let last = view.lines(columns).len().saturating_sub(room);
        view.offset = motion.apply(view.offset, last + 1, room);
    }
}

/// Whether a sentence is in another one already.
fn is_said(words: &str, in_words: &str) -> bool {
    let words = words.trim().trim_end_matches('.').to_lowercase();
    words.is_empty() || in_words.to_lowercase().contains(&words)
}

/// A failure in lines: what failed, every item with its pointer and address, the hint, the request id. Causes are often
/// an item's own words: those are not said twice.
pub fn lines(failure: &Failure, columns: usize, lines: &mut Vec<Line>) {
    let mut say = |role: Role, text: &str| {
        lines.extend(wrap(&shown(text), columns).into_iter().map(|text| Line::of(role, text)));
    };
    let status = failure.status.map(|status| format!(" ({status})")).unwrap_or_default();
    say(Role::Bad, &format!("{}: {}{status}", failure.what, failure.kind.words()));
    if !failure.cause.is_empty() {
        say(Role::Text, &failure.cause);
    }
    for item in &failure.items {
        if is_said(item.message.raw(), &failure.cause) {
            if let Some(code) = &item.code {
                say(Role::Dim, &format!("code {code}"));
            }
        } else {
            say(Role::Text, "");
            let code = item.code.as_ref().map(|code| format!("{code}  ")).unwrap_or_default();
            say(Role::Title, &format!("{code}{}", item.message));
        }
        if let Some(pointer) = &item.pointer {
            say(Role::Dim, &format!("at {pointer}"));
        }
        if let Some(url) = &item.documentation_url {
            say(Role::Dim, &format!("see {url}"));
        }
    }
    if let Some(hint) = failure.hint.as_ref().filter(|hint| !is_said(hint, &failure.cause)) {
        say(Role::Text, "");
        say(Role::Text, hint);
    }
    if let Some(id) = &failure.request_id {
        say(Role::Dim, &format!("request id {id}"));
    }
}

/// Draws the failure.
pub fn draw(view: &FailureView, whole: Rect, buf: &mut Buffer, theme: Theme) {
    let all = view.lines(columns(whole.width));
    let area = centred(whole, COLUMNS, u16::try_from(all.len() + 2).unwrap_or(u16::MAX));
    let title = Line::of(Role::Bad, view.title);
    let inner = modal_frame(buf, area, &title, theme);
    let offset = view.offset.min(all.len().saturating_sub(usize::from(inner.height)));
    for (y, line) in (inner.y..inner.bottom()).zip(all.iter().skip(offset)) {
        put_line(buf, inner.x + 1, y, inner.width.saturating_sub(2), line, theme, Style::new());
    }
}
