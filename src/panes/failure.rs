//! A failure that wants to be read: every item of the provider's list, cause and hint.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::{Action, Motion, Row, centred};
use crate::domain::{Failure, Key, KeyCode, Role, shown};
use crate::view::{Line, Theme, modal_frame, put_line, wrap};

/// A failure on screen.
#[derive(Clone, Debug, PartialEq)]
pub struct FailureView {
    title: &'static str,
    lead: &'static str,
    failure: Failure,
    offset: usize,
}

/// The dialog's keys.
pub const ROWS: &[Row] =
    &[Row::new(&[Key::plain(KeyCode::Esc), Key::plain(KeyCode::Enter), Key::char('q')], Action::Close, "close")
        .hint(1)];

impl FailureView {
    /// The provider said no. The title is a contract of the screen.
    #[must_use]
    pub fn refused(failure: Failure) -> Self {
        Self {
            title: "Refused",
            lead: "The provider refused the change. Nothing was changed; your text is kept.",
            failure,
            offset: 0,
        }
    }

    /// Nobody knows what became of it.
    #[must_use]
    pub fn unknown(failure: Failure) -> Self {
        // Its hint is for reads: to try again.
        let failure = Failure { hint: None, ..failure };
        let lead = "The change was sent, but no answer says what became of it. It is in the journal as unknown and is not \
                    sent again by itself. Leave the form and press r in the detail to see what the provider has now.";
        Self { title: "Outcome unknown", lead, failure, offset: 0 }
    }

    /// Nothing was sent.
    #[must_use]
    pub fn not_sent(failure: Failure) -> Self {
        Self { title: "Not sent", lead: "Nothing was sent; your text is kept.", failure, offset: 0 }
    }

    /// The provider accepted it, and failed to carry it out.
    #[must_use]
    pub fn ended(failure: Failure) -> Self {
        let lead = "The provider accepted the change, went on with it, and then gave it up.";
        Self { title: "Refused", lead, failure, offset: 0 }
    }

    /// The web dashboard was not opened.
    #[must_use]
    pub fn not_signed_in(failure: Failure) -> Self {
        Self { title: "Not signed in", lead: "The web dashboard was not opened.", failure, offset: 0 }
    }

    /// The user's editor did not do its work.
    #[must_use]
    pub fn not_edited(failure: Failure) -> Self {
        Self { title: "Not edited", lead: "The field's text is as it was.", failure, offset: 0 }
    }

    /// Scrolls.
    pub fn scroll(&mut self, motion: Motion) {
        self.offset = motion.apply(self.offset, 100, 10);
    }
}

/// A failure in lines: what failed, every item with its pointer and address, the hint, the request id.
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
        say(Role::Text, "");
        let code = item.code.as_ref().map(|code| format!("{code}  ")).unwrap_or_default();
        say(Role::Title, &format!("{code}{}", item.message));
        if let Some(pointer) = &item.pointer {
            say(Role::Dim, &format!("at {pointer}"));
        }
        if let Some(url) = &item.documentation_url {
            say(Role::Dim, &format!("see {url}"));
        }
    }
    if let Some(hint) = &failure.hint {
        say(Role::Text, "");
        say(Role::Text, hint);
    }
    if let Some(id) = &failure.request_id {
        say(Role::Dim, &format!("request id {id}"));
    }
}

/// Draws the failure.
pub fn draw(view: &FailureView, whole: Rect, buf: &mut Buffer, theme: Theme) {
    let columns = usize::from(whole.width.min(76).saturating_sub(4));
    let mut all: Vec<Line> = wrap(view.lead, columns).into_iter().map(|text| Line::of(Role::Text, text)).collect();
    all.push(Line::default());
    lines(&view.failure, columns, &mut all);
    let area = centred(whole, 76, u16::try_from(all.len() + 2).unwrap_or(u16::MAX));
    let title = Line::of(Role::Bad, view.title);
    let inner = modal_frame(buf, area, &title, theme);
    let offset = view.offset.min(all.len().saturating_sub(usize::from(inner.height)));
    for (y, line) in (inner.y..inner.bottom()).zip(all.iter().skip(offset)) {
        put_line(buf, inner.x + 1, y, inner.width.saturating_sub(2), line, theme, Style::new());
    }
}
