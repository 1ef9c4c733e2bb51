//! One field while it is edited: what it holds, what it held, and what is wrong with it.

use std::fmt;

use super::TextField;
use crate::domain::{Field, FieldKind, Key, KeyCode};

/// One field as it is being edited.
#[derive(Clone)]
pub struct FieldState {
    /// What it is.
    pub field: &'static Field,
    /// What it holds.
    pub input: TextField,
    /// What the text in it began with: what the provider had when that was typed.
    pub initial: String,
    /// What the provider had at the last look.
    pub fresh: String,
    /// What the provider said about it when it refused.
    pub refused: Option<String>,
    /// What became of a paste that did not fit as it was; gone with the next key.
    pub note: Option<String>,
    /// Whether the focus has left it, or the form was to be sent: only then is an empty field called wrong.
    pub visited: bool,
    /// Whether left blank it sets nothing, required or not.
    pub may_stay_blank: bool,
    /// It is to be emptied, though blank means untouched; with what was typed before that was said.
    pub(super) emptied: Option<String>,
    /// What speaks against its value without forbidding it: another one has this name.
    pub(super) warning: Option<String>,
}

/// Without what a secret field holds.
impl fmt::Debug for FieldState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = if self.field.kind.is_secret() { "<secret>" } else { self.input.value() };
        f.debug_struct("FieldState").field("field", &self.field.name).field("value", &value).finish_non_exhaustive()
    }
}

impl FieldState {
    /// A field that holds what the provider has.
    #[must_use]
    pub fn new(field: &'static Field, value: &str) -> Self {
        Self {
            field,
            input: TextField::new(value),
            initial: value.to_owned(),
            fresh: value.to_owned(),
            refused: None,
            note: None,
            visited: false,
            may_stay_blank: false,
            emptied: None,
            warning: None,
        }
    }

    /// Takes what a draft has, if that alters it and is not there already.
    pub(super) fn restore(&mut self, base: &str, typed: Option<&String>) {
        let Some(typed) = typed.filter(|typed| *typed != base && **typed != self.fresh) else {
            return;
        };
        base.clone_into(&mut self.initial);
        self.input = TextField::new(typed);
        self.visited = true;
    }

    /// Whether it was edited.
    #[must_use]
    pub fn is_dirty(&self) -> bool {
        self.is_emptied() || self.input.value() != self.initial
    }

    /// Whether it is to be emptied where blank means untouched.
    #[must_use]
    pub fn is_emptied(&self) -> bool {
        self.emptied.is_some() && self.input.value().is_empty()
    }

    /// Whether no value is one that a provider takes. A flag is one of two words: nobody says what having neither means.
    pub(super) fn can_be_emptied(&self) -> bool {
        !self.field.required && !self.field.kind.is_secret() && self.field.kind != FieldKind::Flag
    }

    /// Whether it is a flag that has a value and keeps one.
    fn is_set_flag(&self) -> bool {
        self.field.kind == FieldKind::Flag && !self.initial.is_empty()
    }

    /// Says that it is to be emptied; once more takes that back, and what was typed before is there again.
    pub(super) fn empty(&mut self) {
        self.refused = None;
        if self.is_emptied() {
            self.input = TextField::new(&self.emptied.take().unwrap_or_default());
        } else {
            self.emptied = Some(self.input.value().to_owned());
            self.input = TextField::default();
        }
    }

    /// What was typed stands again where it said that it is to be emptied.
    fn typed(&mut self) {
        if !self.input.value().is_empty() {
            self.emptied = None;
        }
    }

    /// What is wrong with it: the provider's word until it is edited, else the spec's rule. A value that the provider
    /// itself gave is not complained about.
    #[must_use]
    pub fn fault(&self) -> Option<String> {
        if self.refused.is_some() {
            return self.refused.clone();
        }
        if self.may_stay_blank && self.input.value().is_empty() {
            return None;
        }
        let is_empty = self.input.value().is_empty();
        if is_empty && self.is_set_flag() {
            return Some(format!("{} is true or false", self.field.label));
        }
        let lacks = self.field.required && is_empty;
        if self.is_dirty() || lacks { self.field.fault(self.input.value()) } else { None }
    }

    /// The same as far as it is to be shown: nobody has failed yet to fill what they have not come to.
    #[must_use]
    pub fn shown_fault(&self) -> Option<String> {
        let untouched = self.input.value().is_empty() && !self.visited && self.refused.is_none();
        if untouched { None } else { self.fault() }
    }

    /// Whether the user's editor may have it: not a secret, and not what is chosen from words.
    #[must_use]
    pub fn is_editable(&self) -> bool {
        !self.field.kind.is_secret() && self.field.kind.words().is_none()
    }

    /// Takes a key that belongs to text; whether it changed what the field holds.
    pub(super) fn key(&mut self, key: Key) -> bool {
        let before = self.input.value().to_owned();
        let may_be_blank = !self.is_set_flag();
        match self.field.kind.words() {
            Some(words) => choose(&mut self.input, words, may_be_blank, key),
            None => {
                self.input.key(key);
            }
        }
        self.note = None;
        self.typed();
        let changed = before != self.input.value();
        if changed {
            self.refused = None;
        }
        changed
    }

    /// Takes a paste as one edit; whether it changed what the field holds. Nothing is left out silently: what one line
    /// can't hold becomes spaces and is said, control characters stay and are shown.
    pub(super) fn paste(&mut self, text: &str) -> bool {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        self.note = None;
        if let Some(words) = self.field.kind.words() {
            return self.paste_word(words, text.trim());
        }
        let kind = self.field.kind;
        let line = text.trim_end_matches('\n');
        let breaks = line.matches(['\n', '\t']).count();
        let text = if kind.is_long() {
            text.as_str()
        } else if kind.is_secret() && breaks > 0 {
            self.note = Some("not pasted: it has several lines, and this is one line".into());
            return false;
        } else {
            line
        };
        let one_line = text.replace(['\n', '\t'], " ");
        let taken = if kind.is_long() { text } else { &one_line };
        self.input.insert(taken);
        if !kind.is_long() && breaks > 0 {
            self.note = Some(format!("this is one line: {breaks} line ends or tabs became spaces"));
        }
        self.refused = None;
        self.typed();
        !taken.is_empty()
    }

    fn paste_word(&mut self, words: &[&str], text: &str) -> bool {
        if words.contains(&text) {
            self.input = TextField::new(text);
            self.refused = None;
            self.typed();
            return true;
        }
        self.note = Some(format!("not pasted: one of {} is expected", words.join(", ")));
        false
    }

    /// Takes the text as the editor left it; whether it changed what the field holds. Editors end the last line: what
    /// they added is left out.
    pub(super) fn edited(&mut self, text: &str) -> bool {
        let before = self.input.value().to_owned();
        let text = text.replace("\r\n", "\n");
        let text = if before.ends_with('\n') { text.as_str() } else { text.strip_suffix('\n').unwrap_or(&text) };
        self.note = None;
        if self.field.kind.is_long() {
            self.input = TextField::new(text);
        } else {
            let line = text.trim_end_matches('\n');
            let breaks = line.matches(['\n', '\t']).count();
            self.input = TextField::new(&line.replace(['\n', '\t'], " "));
            if breaks > 0 {
                self.note = Some(format!("this is one line: {breaks} line ends or tabs became spaces"));
            }
        }
        self.typed();
        let changed = before != self.input.value();
        if changed {
            self.refused = None;
        }
        changed
    }

    /// The words of a tag list, as they will be taken.
    #[must_use]
    pub fn tags(&self) -> Option<Vec<&str>> {
        let is_tags = self.field.kind == FieldKind::Tags;
        is_tags.then(|| self.input.value().split(',').map(str::trim).filter(|tag| !tag.is_empty()).collect())
    }
}

/// A choice changes by Left, Right and Space, by the first letter of a word, and is taken away by Backspace where it
/// may be blank.
#[expect(clippy::wildcard_enum_match_arm, reason = "every other key chooses nothing")]
fn choose(input: &mut TextField, words: &[&str], may_be_blank: bool, key: Key) {
    let at = words.iter().position(|word| *word == input.value());
    let next = match key.code {
        KeyCode::Right | KeyCode::Char(' ') => match at {
            Some(at) if at + 1 < words.len() => Some(at + 1),
            Some(_) if may_be_blank => None,
            Some(_) | None => Some(0),
        },
        KeyCode::Left => match at {
            Some(0) if may_be_blank => None,
            Some(0) | None => words.len().checked_sub(1),
            Some(at) => Some(at - 1),
        },
        KeyCode::Backspace | KeyCode::Delete => at.filter(|_| !may_be_blank),
        KeyCode::Char(letter) if key.text().is_some() => {
            let starts = |word: &&str| word.starts_with(letter.to_ascii_lowercase());
            match words.iter().position(starts).or(at) {
                Some(at) => Some(at),
                // A word that is not among them stays, with its fault, until one is chosen.
                None => return,
            }
        }
        _ => match at {
            Some(at) => Some(at),
            None => return,
        },
    };
    *input = TextField::new(next.map_or("", |at| words[at]));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(kind: FieldKind, value: &str) -> FieldState {
        let field = Field { name: "f", label: "F", help: "", kind, required: false };
        FieldState::new(Box::leak(Box::new(field)), value)
    }

    #[test]
    fn a_paste_of_several_lines_is_one_line_with_a_note_or_stays_several() {
        let mut one = state(FieldKind::Text, "");
        assert!(one.paste("Storgata 1\r\nOslo\n"));
        assert_eq!(one.input.value(), "Storgata 1 Oslo");
        assert!(one.note.as_ref().is_some_and(|note| note.contains("became spaces")), "{one:?}");
        one.key(Key::char('!'));
        assert_eq!(one.note, None);
        let mut long = state(FieldKind::LongText, "");
        assert!(long.paste("a\r\nb\n"));
        assert_eq!((long.input.value(), long.note), ("a\nb\n", None));
    }

    #[test]
    fn control_characters_are_kept_and_called_wrong_never_lost() {
        let mut field = state(FieldKind::Text, "");
        field.paste("a\u{1b}[2Jb\u{202e}");
        assert_eq!(field.input.value(), "a\u{1b}[2Jb\u{202e}");
        assert!(field.shown_fault().is_some_and(|fault| fault.contains("control characters")));
    }

    #[test]
    fn a_value_that_the_provider_gave_is_not_called_wrong_in_a_required_field() {
        let field = Field { name: "f", label: "Name", help: "", kind: FieldKind::Text, required: true };
        let mut state = FieldState::new(Box::leak(Box::new(field)), "a\u{1b}b");
        assert_eq!((state.fault(), state.shown_fault()), (None, None));
        state.paste("c");
        assert!(state.fault().is_some());
    }

    #[test]
    fn what_is_to_be_emptied_is_said_taken_back_and_typed_over() {
        let mut field = state(FieldKind::Text, "");
        field.key(Key::char('a'));
        field.empty();
        assert!(field.is_emptied() && field.is_dirty() && field.input.value().is_empty());
        field.empty();
        assert_eq!((field.is_emptied(), field.input.value()), (false, "a"), "what was typed is there again");
        field.empty();
        field.key(Key::plain(KeyCode::Backspace));
        assert!(field.is_emptied(), "a key that changes nothing takes nothing back");
        field.key(Key::char('b'));
        field.key(Key::plain(KeyCode::Backspace));
        assert!(!field.is_emptied() && !field.is_dirty(), "blank is untouched again");
    }

    #[test]
    fn a_secret_of_several_lines_is_refused_and_its_last_line_end_is_not() {
        let mut field = state(FieldKind::Secret, "");
        assert!(!field.paste("two\nlines"));
        assert!(field.input.value().is_empty() && field.note.is_some());
        assert!(field.paste("5ec3eT\n"));
        assert_eq!(field.input.value(), "5ec3eT");
    }

    #[test]
    fn a_choice_takes_only_its_words_from_a_paste() {
        let mut field = state(FieldKind::Flag, "");
        assert!(!field.paste("maybe") && field.note.is_some());
        assert!(field.paste("true\n"));
        assert_eq!(field.input.value(), "true");
    }

    #[test]
    fn a_flag_that_was_set_stays_one_of_its_words() {
        let mut field = state(FieldKind::Flag, "true");
        for (key, word) in [
            (KeyCode::Backspace, "true"),
            (KeyCode::Left, "false"),
            (KeyCode::Right, "true"),
            (KeyCode::Right, "false"),
            (KeyCode::Right, "true"),
        ] {
            field.key(Key::plain(key));
            assert_eq!((field.input.value(), field.fault()), (word, None), "{key:?}");
        }
        field.restore("true", Some(&String::new()));
        assert_eq!((field.input.value(), field.fault().as_deref()), ("", Some("F is true or false")), "an older draft");
        let mut field = state(FieldKind::Flag, "");
        field.key(Key::char('t'));
        field.key(Key::plain(KeyCode::Backspace));
        assert!(!field.is_dirty() && field.fault().is_none(), "it was not set before");
    }

    #[test]
    fn the_line_end_that_an_editor_adds_is_not_an_edit() {
        let mut field = state(FieldKind::LongText, "a\nb");
        assert!(!field.edited("a\nb\n"));
        assert!(field.edited("a\nb\n\n"));
        assert_eq!(field.input.value(), "a\nb\n");
        assert!(!field.edited("a\nb\n"), "one that was there stays");
        let mut line = state(FieldKind::Text, "a");
        assert!(line.edited("a\nb\n"));
        assert_eq!(line.input.value(), "a b");
    }

    #[test]
    fn a_required_field_is_not_called_wrong_before_anybody_came_to_it() {
        let field = Field { name: "f", label: "Name", help: "", kind: FieldKind::Text, required: true };
        let mut state = FieldState::new(Box::leak(Box::new(field)), "");
        assert!(state.fault().is_some() && state.shown_fault().is_none());
        state.visited = true;
        assert!(state.shown_fault().is_some());
    }
}
