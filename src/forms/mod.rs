//! The generic form: edits, validates, draws and submits any spec. One for all providers; adding a form adds no code here.

mod alike;
mod drafts;
mod draw;
mod editor;
mod field;
mod keys;
mod open;
pub mod place;
mod state;

use crate::app::RequestId;
use crate::domain::{
    ConnectionName, Draft, Failure, Field, FieldKind, FormSpec, Key, Moment, OrganizationId, Subject, Untrusted, Values,
};
use crate::provider::ListSearch;

pub use drafts::{
    Drafts, accepted, done_on_all, draft_failed, ended, follow, found_drafts, keep, narrow, settled, timer,
};
pub use draw::draw;
pub use editor::edited;
pub use field::{TextField, passes, takes};
pub use keys::{Act, ROWS, act, close};
pub use open::{Want, begin, can_open, look_for_made, made, open, put, replied, search, set_on_all};
pub use state::FieldState;

/// What the form's values are for.
#[derive(Clone, Debug, PartialEq)]
pub enum Purpose {
    /// A change of a subject.
    Change {
        /// The form's spec.
        spec: &'static FormSpec,
        /// What it changes; of what is to be made, where.
        subject: Subject,
    },
    /// The same fields of several subjects: what is blank stays as it is.
    OnAll {
        /// The form's spec.
        spec: &'static FormSpec,
        /// What it changes.
        targets: Vec<Subject>,
        /// The same in order: what its draft is found by.
        set: Vec<Subject>,
    },
    /// A remote search.
    Search {
        /// The search's spec.
        spec: &'static ListSearch,
        /// Whom it asks.
        connection: ConnectionName,
        /// In which organization.
        organization: Option<OrganizationId>,
    },
}

/// What a form's draft is about: one subject, or several at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Target<'a> {
    /// The subject; of several the first.
    subject: &'a Subject,
    /// All of several, in order.
    on_all: &'a [Subject],
}

impl<'a> Target<'a> {
    fn one(subject: &'a Subject) -> Self {
        Self { subject, on_all: &[] }
    }

    /// All whom it is about.
    fn subjects(self) -> impl Iterator<Item = &'a Subject> {
        let one = self.on_all.is_empty().then_some(self.subject);
        one.into_iter().chain(self.on_all)
    }
}

/// A form on screen.
#[derive(Clone, Debug)]
pub struct Form {
    /// What it is for.
    pub purpose: Purpose,
    /// Whose it is, as the provider writes it.
    pub name: Untrusted,
    /// The fields.
    pub fields: Vec<FieldState>,
    /// The field with the focus; one past the last is the button.
    pub focus: usize,
    /// The values are still being read: with this request.
    pub loading: Option<RequestId>,
    /// Keys and pastes that came while loading: typed text is never dropped.
    pending: Vec<Typed>,
    /// Why the values could not be read.
    pub failure: Option<Failure>,
    /// Whether the provider has a profile yet.
    pub exists: bool,
    /// What the provider said when it was asked whether this can be done.
    messages: Vec<Untrusted>,
    /// How far the text is on its way to the disk.
    saving: Saving,
    /// When the draft was typed that the form opened on.
    draft_at: Option<Moment>,
    /// What was thrown away last: once more brings it back.
    thrown: Option<Vec<FieldState>>,
    /// The field that is in the user's editor.
    editing: Option<(RequestId, usize)>,
    /// What it asks for was sent, and nobody knows whether it was made.
    may_be_made: bool,
    /// The name and the listing that were looked at last for others that look like it.
    looked_at: Option<(String, u64)>,
}

/// How far a form's text is on its way to the disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Saving {
    /// Nothing was typed since it was kept.
    #[default]
    Kept,
    /// Something was typed just now: no timer runs for it yet.
    Typed,
    /// It is kept when this timer is over.
    Waiting(crate::app::TimerId),
}

/// What no draft keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unkept {
    /// Secrets.
    Secrets,
    /// What was typed before the fields had come.
    Early,
}

#[derive(Clone, Debug)]
enum Typed {
    Key(Key),
    Paste(String),
}

/// What a form opens on.
#[derive(Clone, Debug, Default)]
struct Fresh {
    /// Whether it is there at all.
    exists: bool,
    values: Values,
    messages: Vec<Untrusted>,
}

impl Form {
    fn new(purpose: Purpose, name: Untrusted, fields: &'static [Field]) -> Self {
        Self {
            purpose,
            name,
            // A place is picked from the tree: no id is typed for it.
            fields: fields
                .iter()
                .filter(|field| field.kind != FieldKind::Place)
                .map(|field| FieldState::new(field, ""))
                .collect(),
            focus: 0,
            loading: None,
            pending: Vec::new(),
            failure: None,
            exists: true,
            messages: Vec::new(),
            saving: Saving::Kept,
            draft_at: None,
            thrown: None,
            editing: None,
            may_be_made: false,
            looked_at: None,
        }
    }

    /// Fills it with what is there and what was typed earlier, then with what was typed meanwhile. Fields that the draft
    /// did not alter take what is there now; the others keep what the draft was opened on, so that a conflict shows.
    fn fill(&mut self, fresh: Fresh, draft: Option<&Draft>) {
        self.exists = fresh.exists;
        self.messages = fresh.messages;
        self.loading = None;
        self.failure = None;
        for state in &mut self.fields {
            *state = FieldState::new(state.field, fresh.values.get(state.field.name));
            if let Some(draft) = draft.filter(|_| !state.field.kind.is_secret()) {
                state.restore(draft.base.get(state.field.name), draft.values.0.get(state.field.name));
            }
        }
        self.draft_at = draft.filter(|_| self.is_dirty()).map(|draft| draft.at);
        for typed in std::mem::take(&mut self.pending) {
            match typed {
                Typed::Key(key) => self.key(key),
                Typed::Paste(text) => self.paste(&text),
            }
        }
    }

    /// The title; `Edit profile` is a contract of the screen.
    #[must_use]
    pub fn title(&self) -> &'static str {
        match &self.purpose {
            Purpose::Change { spec, .. } | Purpose::OnAll { spec, .. } => spec.title,
            Purpose::Search { spec, .. } => spec.title,
        }
    }

    /// The spec and the subject of the change that it makes, if it makes one.
    #[must_use]
    pub fn change(&self) -> Option<(&'static FormSpec, &Subject)> {
        match &self.purpose {
            Purpose::Change { spec, subject } => Some((spec, subject)),
            Purpose::OnAll { .. } | Purpose::Search { .. } => None,
        }
    }

    /// The spec and whom it is about, where what is typed may be kept.
    fn target(&self) -> Option<(&'static FormSpec, Target<'_>)> {
        match &self.purpose {
            Purpose::Change { spec, subject } => Some((spec, Target::one(subject))),
            Purpose::OnAll { spec, set, .. } => Some((spec, Target { subject: set.first()?, on_all: set })),
            Purpose::Search { .. } => None,
        }
    }

    /// Whether text typed now belongs to a field.
    #[must_use]
    pub fn takes_text(&self) -> bool {
        self.failure.is_none() && (self.loading.is_some() || self.focus < self.fields.len())
    }

    /// Whether something was typed.
    #[must_use]
    pub fn is_dirty(&self) -> bool {
        self.failure.is_none() && (!self.pending.is_empty() || self.fields.iter().any(FieldState::is_dirty))
    }

    /// What of what was typed no draft keeps.
    fn would_lose(&self) -> Option<Unkept> {
        let secret = |state: &FieldState| state.field.kind.is_secret() && state.is_dirty();
        if self.failure.is_some() || self.target().is_none() {
            None
        } else if self.fields.iter().any(secret) {
            Some(Unkept::Secrets)
        } else {
            (!self.pending.is_empty()).then_some(Unkept::Early)
        }
    }

    /// The values as they stand.
    #[must_use]
    pub fn values(&self) -> Values {
        self.fields.iter().map(|state| (state.field.name, state.input.value())).collect()
    }

    /// What was typed into it, each with the field's label; of secrets nothing.
    #[must_use]
    pub fn typed(&self) -> Vec<(&'static str, String)> {
        let typed = self.open_fields().filter(|state| state.is_dirty());
        typed.map(|state| (state.field.label, state.input.value().to_owned())).collect()
    }

    fn open_fields(&self) -> impl Iterator<Item = &FieldState> {
        self.fields.iter().filter(|state| !state.field.kind.is_secret())
    }

    /// What the form was opened on; of secret fields nothing is known.
    #[must_use]
    pub fn base(&self) -> Values {
        // A blank of which nothing is known here, and that is to be set, was emptied.
        let known = self.open_fields().filter(|state| !state.is_emptied());
        known.map(|state| (state.field.name, state.initial.as_str())).collect()
    }

    /// What is set on several: what is filled, and what is to be emptied.
    fn set_values(&self) -> Values {
        let set = self.fields.iter().filter(|state| state.is_emptied() || !state.input.value().is_empty());
        set.map(|state| (state.field.name, state.input.value())).collect()
    }

    /// What is worth keeping, if anything is; without secret fields.
    #[must_use]
    pub fn draft(&self, at: Moment) -> Option<Draft> {
        let (spec, target) = self.target()?;
        if self.loading.is_some() || self.failure.is_some() || !self.open_fields().any(FieldState::is_dirty) {
            return None;
        }
        let values = self.open_fields().map(|state| (state.field.name, state.input.value())).collect();
        let (subject, on_all, name) = (target.subject.clone(), target.on_all.to_vec(), self.name.clone());
        Some(Draft { subject, on_all, kind: spec.kind, identity: None, name, values, base: self.base(), at })
    }

    /// Takes other values as what the form is based on, and as what it holds. Secrets stay as they were typed.
    pub fn rebase(&mut self, base: &Values, mine: &Values) {
        for state in self.fields.iter_mut().filter(|state| !state.field.kind.is_secret()) {
            base.get(state.field.name).clone_into(&mut state.initial);
            base.get(state.field.name).clone_into(&mut state.fresh);
            state.input = TextField::new(mine.get(state.field.name));
            state.refused = None;
        }
        self.saving = Saving::Typed;
    }

    /// Takes a key that belongs to text.
    pub fn key(&mut self, key: Key) {
        if self.loading.is_some() {
            self.pending.push(Typed::Key(key));
            return;
        }
        if let Some(state) = self.fields.get_mut(self.focus)
            && state.key(key)
        {
            self.saving = Saving::Typed;
        }
    }

    /// Takes a paste.
    pub fn paste(&mut self, text: &str) {
        if self.loading.is_some() {
            self.pending.push(Typed::Paste(text.to_owned()));
            return;
        }
        if let Some(state) = self.fields.get_mut(self.focus)
            && state.paste(text)
        {
            self.saving = Saving::Typed;
        }
    }

    fn step(&mut self, forward: bool) {
        if let Some(state) = self.fields.get_mut(self.focus) {
            state.visited = true;
        }
        let places = self.fields.len() + 1;
        self.focus = if forward { (self.focus + 1) % places } else { (self.focus + places - 1) % places };
    }

    /// The first field with a fault, if any.
    fn first_fault(&self) -> Option<usize> {
        self.fields.iter().position(|state| state.fault().is_some())
    }

    /// Throws away what was typed, or brings it back; false if there is nothing of either.
    fn discard(&mut self) -> bool {
        if self.is_dirty() && self.loading.is_none() {
            self.thrown = Some(self.fields.clone());
            for state in &mut self.fields {
                let may_stay_blank = state.may_stay_blank;
                *state = FieldState { may_stay_blank, ..FieldState::new(state.field, &state.fresh) };
            }
            self.draft_at = None;
        } else if let Some(thrown) = self.thrown.take() {
            self.fields = thrown;
        } else {
            return false;
        }
        self.saving = Saving::Typed;
        true
    }

    /// What it asks for was sent, and nobody knows whether it was made.
    pub fn may_be_made(&mut self) {
        self.may_be_made = true;
    }

    /// Puts the provider's words beside the fields that they name.
    pub fn refuse(&mut self, failure: &Failure) {
        for item in &failure.items {
            let Some(pointer) = &item.pointer else {
                continue;
            };
            // A field's name may be a path with dots itself; whole steps of the pointer make it.
            let path = pointer.raw().trim_matches(['#', '/', '.', '$']).replace(['/', '[', ']', '#'], ".");
            let named = |name: &str| format!(".{path}.").contains(&format!(".{name}."));
            let at = self.fields.iter().enumerate().filter(|(_, state)| named(state.field.name));
            if let Some((at, _)) = at.max_by_key(|(_, state)| state.field.name.len()) {
                self.fields[at].refused = Some(item.message.shown().into_owned());
                self.focus = at;
            }
        }
    }
}
