//! A question with two answers.

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::{Action, Effect, HELP, Modal, Row, State, as_wide, centred};
use crate::domain::{Key, KeyCode, Role, Vanished};
use crate::forms::{self, Unkept};
use crate::panes::{journal, plan};
use crate::view::{Line, Theme, frame_keys, modal_frame, put_line, wrap};

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// Leave a form with text that no draft keeps.
    Discard(Unkept),
    /// Quit while a write is on its way.
    Quit,
    /// Send no more of a plan.
    Stop,
    /// The change that the journal below shows was done; nobody else can tell.
    Done,
    /// It was not done.
    NotDone,
    /// What vanished all at once is gone.
    Vanished(Vanished),
}

/// A question on screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirm {
    question: Question,
}

/// What keys do here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Yes.
    Yes,
    /// No.
    No,
}

/// The question's keys.
pub const ROWS: &[Row] = &[
    Row::new(&[Key::char('y'), Key::plain(KeyCode::Enter)], Action::Confirm(Act::Yes), "yes").hint(1).confirms(),
    Row::new(&[Key::char('n'), Key::plain(KeyCode::Esc), Key::char('q')], Action::Confirm(Act::No), "no").hint(2),
    HELP,
];

impl Confirm {
    /// Text would be lost that no draft keeps.
    #[must_use]
    pub fn discard(unkept: Unkept) -> Self {
        Self { question: Question::Discard(unkept) }
    }

    /// A change is being sent.
    #[must_use]
    pub fn quit() -> Self {
        Self { question: Question::Quit }
    }

    /// Many changes are being sent: stop before the next one?
    #[must_use]
    pub fn stop() -> Self {
        Self { question: Question::Stop }
    }

    /// Whether it asks about changes that are being sent.
    #[must_use]
    pub fn is_about_sending(&self) -> bool {
        match self.question {
            Question::Discard(_) | Question::Done | Question::NotDone | Question::Vanished(_) => false,
            Question::Quit | Question::Stop => true,
        }
    }

    /// The user settles the change that the journal below shows.
    #[must_use]
    pub fn settle(done: bool) -> Self {
        Self { question: if done { Question::Done } else { Question::NotDone } }
    }

    /// So many accounts vanished that the credential may be why.
    #[must_use]
    pub fn vanished(vanished: Vanished) -> Self {
        Self { question: Question::Vanished(vanished) }
    }

    fn words(&self) -> (&'static str, Cow<'static, str>) {
        let (title, words) = match &self.question {
            Question::Discard(Unkept::Secrets) => ("Discard?", "Secrets are kept in no draft. Leave it all the same?"),
            Question::Discard(Unkept::Early) => {
                ("Discard?", "What was typed before the form had come is kept in no draft. Leave it all the same?")
            }
            Question::Quit => (
                "Quit?",
                "A change is being sent. Quit as soon as its outcome is in the journal? (Ctrl-c twice leaves at once; \
                 the next start lists it as unknown.)",
            ),
            Question::Stop => (
                "Stop?",
                "Send no more of these changes? What is on its way comes to its end; what was done stays done, and the \
                 rest can be sent later.",
            ),
            Question::Done => (
                "Was it done?",
                "Have you seen at the provider that this change was done? The journal notes it as settled by hand.",
            ),
            Question::Vanished(vanished) => {
                let words = format!(
                    "{}: they may be gone, or it may see less than before. Yes: they leave the list (gone: shows them), \
                     the history has them as gone, and those that a later sync finds again appear there anew. No: they \
                     stay in the list, nothing is noted, and T asks again.",
                    vanished.words()
                );
                return ("Are they gone?", words.into());
            }
            Question::NotDone => (
                "Was it not done?",
                "Have you seen at the provider that this change was not done? The journal notes it as settled by hand, and \
                 it can be planned again.",
            ),
        };
        (title, words.into())
    }
}

/// Does what a key asks.
pub fn act(state: &mut State, act: Act, effects: &mut Vec<Effect>) {
    let Some(Modal::Confirm(confirm)) = state.close() else {
        return;
    };
    match (confirm.question, act) {
        (_, Act::No) => {}
        (Question::Discard(_), Act::Yes) => {
            if matches!(state.modals.last(), Some(Modal::Form(_))) {
                forms::close(state, effects);
            }
        }
        (Question::Stop, Act::Yes) => plan::stop(state, effects),
        (Question::Done, Act::Yes) => journal::settle(state, true, effects),
        (Question::Vanished(vanished), Act::Yes) => effects.push(Effect::TakeVanished(vanished)),
        (Question::NotDone, Act::Yes) => journal::settle(state, false, effects),
        (Question::Quit, Act::Yes) => {
            state.interrupted = true;
            plan::stop(state, effects);
            if state.writing.is_none() {
                effects.push(Effect::Quit);
            }
        }
    }
}

/// Draws the question.
pub fn draw(confirm: &Confirm, whole: Rect, buf: &mut Buffer, theme: Theme) {
    let (title, words) = confirm.words();
    let lines = wrap(&words, usize::from(as_wide(whole.width, 56).saturating_sub(4)));
    let area = centred(whole, 56, u16::try_from(lines.len() + 4).unwrap_or(8));
    let inner = modal_frame(buf, area, &Line::of(Role::Title, title), theme);
    frame_keys(buf, area, &[("y", "yes"), ("n", "no")], theme);
    for (y, text) in (inner.y + 1..inner.bottom()).zip(lines) {
        put_line(buf, inner.x + 1, y, inner.width.saturating_sub(2), &Line::of(Role::Text, text), theme, Style::new());
    }
}
