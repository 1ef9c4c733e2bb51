//! The generic form: edits, validates, draws and submits any spec. One for all providers; adding a form adds no code here.

mod draw;
mod field;

use std::fmt;

use crate::app::{Action, Avail, Effect, Modal, RequestId, Row, Slot, State, Urgency};
use crate::domain::ConnectionName;
use crate::domain::{
    ChangeKind, Failure, Field, FormSpec, Key, KeyCode, OrganizationId, Profile, Role, Subject, Values,
};
use crate::panes::{confirm, plan};
use crate::provider::{ListSearch, Query};

pub use draw::draw;
pub use field::{TextField, takes};

/// A profile read this recently opens its form at once; the fresh read before the plan catches what changed since.
const FRESH_MILLIS: u64 = 60_000;

/// One field as it is being edited.
#[derive(Clone)]
pub struct FieldState {
    /// What it is.
    pub field: &'static Field,
    /// What it holds.
    pub input: TextField,
    /// What it held when the form was opened.
    pub initial: String,
    /// What the provider said about it when it refused.
    pub refused: Option<String>,
    /// Whether left blank it sets nothing, required or not.
    pub may_stay_blank: bool,
}

/// Without what a secret field holds.
impl fmt::Debug for FieldState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = if self.field.kind.is_secret() { "<secret>" } else { self.input.value() };
        f.debug_struct("FieldState").field("field", &self.field.name).field("value", &value).finish_non_exhaustive()
    }
}

impl FieldState {
    fn new(field: &'static Field, value: &str) -> Self {
        let input = TextField::new(value);
        Self { field, input, initial: value.to_owned(), refused: None, may_stay_blank: false }
    }

    /// Whether it was edited.
    #[must_use]
    pub fn is_dirty(&self) -> bool {
        self.input.value() != self.initial
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
        if self.is_dirty() || self.field.required { self.field.fault(self.input.value()) } else { None }
    }
}

/// What the form's values are for.
#[derive(Clone, Debug, PartialEq)]
pub enum Purpose {
    /// A change of a subject.
    Change {
        /// The form's spec.
        spec: &'static FormSpec,
        /// What it changes.
        subject: Subject,
    },
    /// The same fields of several subjects: what is blank stays as it is.
    OnAll {
        /// The form's spec.
        spec: &'static FormSpec,
        /// What it changes.
        targets: Vec<Subject>,
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

/// A form on screen.
#[derive(Clone, Debug)]
pub struct Form {
    /// What it is for.
    pub purpose: Purpose,
    /// Whose it is, safe for the screen.
    pub name: String,
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
}

#[derive(Clone, Debug)]
enum Typed {
    Key(Key),
    Paste(String),
}

/// What keys do in a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// To the next field; on the button, to the plan.
    Enter,
    /// To the next field.
    Next,
    /// To the previous field.
    Previous,
    /// To the plan, or to the search.
    Review,
    /// Reads the profile again.
    Retry,
    /// Leaves; asks if something was typed.
    Leave,
}

/// The form's keys.
pub const ROWS: &[Row] = &[
    Row::new(&[Key::ctrl('s')], Action::Form(Act::Review), "go on").hint(1).when(can_review),
    Row::new(&[Key::plain(KeyCode::Enter)], Action::Form(Act::Enter), "next field, or review on the button"),
    Row::new(
        &[Key::plain(KeyCode::Tab), Key::plain(KeyCode::Down), Key::ctrl('n')],
        Action::Form(Act::Next),
        "next field",
    )
    .hint(2),
    Row::new(
        &[Key::plain(KeyCode::BackTab), Key::plain(KeyCode::Up), Key::ctrl('p')],
        Action::Form(Act::Previous),
        "previous field",
    ),
    Row::new(&[Key::char('r')], Action::Form(Act::Retry), "try again").hint(1).when(has_failed),
    Row::new(&[Key::plain(KeyCode::Esc)], Action::Form(Act::Leave), "leave").hint(3),
];

fn can_review(state: &State) -> Avail {
    match state.modals.last() {
        Some(Modal::Form(form)) if form.loading.is_some() => Avail::no("the profile is still being read"),
        Some(Modal::Form(form)) if form.failure.is_some() => Avail::no("the profile could not be read"),
        _ => Avail::Yes,
    }
}

fn has_failed(state: &State) -> Avail {
    match state.modals.last() {
        Some(Modal::Form(form)) if form.failure.is_some() => Avail::Yes,
        _ => Avail::Hidden,
    }
}

impl Form {
    /// A form for a change, filled with values.
    fn filled(spec: &'static FormSpec, subject: Subject, name: String, profile: &Profile) -> Self {
        let mut form = Self::new(Purpose::Change { spec, subject }, name, spec.fields, None);
        form.fill(profile);
        form
    }

    fn new(purpose: Purpose, name: String, fields: &'static [Field], loading: Option<RequestId>) -> Self {
        let fields = fields.iter().map(|field| FieldState::new(field, "")).collect();
        Self { purpose, name, fields, focus: 0, loading, pending: Vec::new(), failure: None, exists: true }
    }

    fn fill(&mut self, profile: &Profile) {
        self.exists = profile.exists;
        self.loading = None;
        for state in &mut self.fields {
            *state = FieldState::new(state.field, profile.values.get(state.field.name));
        }
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

    /// Whether text typed now belongs to a field.
    #[must_use]
    pub fn takes_text(&self) -> bool {
        self.failure.is_none() && (self.loading.is_some() || self.focus < self.fields.len())
    }

    /// Whether something was typed that leaving would lose.
    #[must_use]
    pub fn is_dirty(&self) -> bool {
        self.failure.is_none() && (!self.pending.is_empty() || self.fields.iter().any(FieldState::is_dirty))
    }

    /// The values as they stand.
    #[must_use]
    pub fn values(&self) -> Values {
        self.fields.iter().map(|state| (state.field.name, state.input.value())).collect()
    }

    /// What the form was opened on.
    #[must_use]
    pub fn base(&self) -> Values {
        self.fields.iter().map(|state| (state.field.name, state.initial.as_str())).collect()
    }

    /// Takes other values as what the form is based on, and as what it holds.
    pub fn rebase(&mut self, base: &Values, mine: &Values) {
        for state in &mut self.fields {
            state.initial = base.get(state.field.name).to_owned();
            state.input = TextField::new(mine.get(state.field.name));
            state.refused = None;
        }
    }

    /// Takes a key that belongs to text.
    pub fn key(&mut self, key: Key) {
        if self.loading.is_some() {
            self.pending.push(Typed::Key(key));
            return;
        }
        let Some(state) = self.fields.get_mut(self.focus) else {
            return;
        };
        if let Some(words) = state.field.kind.words() {
            choose(&mut state.input, words, key);
        } else {
            state.input.key(key);
        }
        state.refused = None;
    }

    /// Takes a paste.
    pub fn paste(&mut self, text: &str) {
        if self.loading.is_some() {
            self.pending.push(Typed::Paste(text.to_owned()));
            return;
        }
        if let Some(state) = self.fields.get_mut(self.focus) {
            state.input.paste(text);
            state.refused = None;
        }
    }

    fn step(&mut self, forward: bool) {
        let places = self.fields.len() + 1;
        self.focus = if forward { (self.focus + 1) % places } else { (self.focus + places - 1) % places };
    }

    /// The first field with a fault, if any.
    fn first_fault(&self) -> Option<usize> {
        self.fields.iter().position(|state| state.fault().is_some())
    }

    /// Puts the provider's words beside the fields that they name.
    pub fn refuse(&mut self, failure: &Failure) {
        for item in &failure.items {
            let Some(pointer) = &item.pointer else {
                continue;
            };
            let named = |name: &str| pointer.raw().split(['/', '.', '#', '[', ']']).any(|part| part == name);
            if let Some(at) = self.fields.iter().position(|state| named(state.field.name)) {
                self.fields[at].refused = Some(item.message.shown().into_owned());
                self.focus = at;
            }
        }
    }
}

/// A choice changes by Left, Right and Space, by the first letter of a word, and is taken away by Backspace.
#[expect(clippy::wildcard_enum_match_arm, reason = "every other key chooses nothing")]
fn choose(input: &mut TextField, words: &[&str], key: Key) {
    let at = words.iter().position(|word| *word == input.value());
    let next = match key.code {
        KeyCode::Right | KeyCode::Char(' ') => at.map_or(Some(0), |at| (at + 1 < words.len()).then_some(at + 1)),
        KeyCode::Left => at.map_or(words.len().checked_sub(1), |at| at.checked_sub(1)),
        KeyCode::Backspace | KeyCode::Delete => None,
        KeyCode::Char(letter) if key.text().is_some() => {
            let starts = |word: &&str| word.starts_with(letter.to_ascii_lowercase());
            words.iter().position(starts).or(at)
        }
        _ => at,
    };
    *input = TextField::new(next.map_or("", |at| words[at]));
}

/// Opens the profile form of a subject, at once if its profile was just read.
pub fn edit_profile(state: &mut State, subject: Subject, effects: &mut Vec<Effect>) {
    let Some(spec) = state.connection(subject.connection()).and_then(|setup| setup.spec.form(ChangeKind::Profile))
    else {
        return;
    };
    let name = plan::subject_name(state, &subject);
    let fresh = state.snapshot.profile(&subject).filter(|fact| state.now.since(fact.at) < FRESH_MILLIS);
    if let Some(fact) = fresh {
        let form = Form::filled(spec, subject, name, &fact.value);
        state.open(Modal::Form(Box::new(form)));
        return;
    }
    let id = state.request_id();
    let connection = subject.connection().clone();
    let query = Query::Profile(subject.clone());
    let form = Form::new(Purpose::Change { spec, subject }, name, spec.fields, Some(id));
    state.open(Modal::Form(Box::new(form)));
    effects.push(Effect::Fetch { id, connection, slot: Slot::Form, query, urgency: Urgency::Asked });
}

/// Opens a form whose fields are set on several subjects; all are blank at first, and what stays blank sets nothing.
pub fn set_on_all(state: &mut State, spec: &'static FormSpec, targets: Vec<Subject>) {
    let name = format!("on {} marked accounts, blank: untouched", targets.len());
    let mut form = Form::new(Purpose::OnAll { spec, targets }, name, spec.fields, None);
    for field in &mut form.fields {
        field.may_stay_blank = true;
    }
    state.open(Modal::Form(Box::new(form)));
}

/// Opens the form of a remote search.
pub fn search(
    state: &mut State,
    spec: &'static ListSearch,
    connection: ConnectionName,
    organization: Option<(OrganizationId, String)>,
) {
    let (organization, name) = organization.map_or((None, connection.to_string()), |(id, name)| (Some(id), name));
    let purpose = Purpose::Search { spec, connection, organization };
    state.open(Modal::Form(Box::new(Form::new(purpose, name, spec.fields, None))));
}

/// The profile that a form waits for came, or did not.
pub fn replied(state: &mut State, id: RequestId, result: Result<Profile, Failure>) {
    let waits = |modal: &&mut Modal| matches!(modal, Modal::Form(form) if form.loading == Some(id));
    let Some(Modal::Form(form)) = state.modals.iter_mut().find(waits) else { return };
    match result {
        Ok(profile) => form.fill(&profile),
        Err(failure) => {
            form.loading = None;
            form.failure = Some(failure);
        }
    }
}

/// Does what a key asks of the form on top.
pub fn act(state: &mut State, act: Act, effects: &mut Vec<Effect>) {
    let Some(Modal::Form(form)) = state.modals.last_mut() else {
        return;
    };
    match act {
        Act::Next => form.step(true),
        Act::Previous => form.step(false),
        Act::Enter if form.focus < form.fields.len() && form.loading.is_none() => form.step(true),
        Act::Enter | Act::Review => review(state, effects),
        Act::Retry => retry(state, effects),
        Act::Leave if form.is_dirty() && !matches!(form.purpose, Purpose::Search { .. }) => {
            state.open(Modal::Confirm(confirm::Confirm::discard()));
        }
        Act::Leave => {
            state.close();
            effects.push(Effect::Cancel(Slot::Form));
        }
    }
}

fn retry(state: &mut State, effects: &mut Vec<Effect>) {
    let id = state.request_id();
    let Some(Modal::Form(form)) = state.modals.last_mut() else { return };
    let Purpose::Change { subject, .. } = &form.purpose else { return };
    let (connection, query) = (subject.connection().clone(), Query::Profile(subject.clone()));
    form.failure = None;
    form.loading = Some(id);
    effects.push(Effect::Fetch { id, connection, slot: Slot::Form, query, urgency: Urgency::Asked });
}

fn review(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(Modal::Form(form)) = state.modals.last_mut() else {
        return;
    };
    if form.loading.is_some() || form.failure.is_some() {
        return;
    }
    for field in &mut form.fields {
        field.refused = None;
    }
    if let Some(at) = form.first_fault() {
        form.focus = at;
        return state.refuse_key("mend the marked field first", effects);
    }
    match form.purpose.clone() {
        Purpose::Change { .. } | Purpose::OnAll { .. } if !form.is_dirty() => {
            state.toast(Role::Dim, "nothing was changed", effects);
        }
        Purpose::Change { spec, subject } => {
            let change = spec.change(subject, form.values(), Some(form.base()));
            plan::ask(state, vec![change], effects);
        }
        Purpose::OnAll { spec, targets } => {
            let filled = form.values().0.into_iter().filter(|(_, value)| !value.is_empty());
            let values: Values = filled.collect();
            let changes = targets.into_iter().map(|subject| spec.change(subject, values.clone(), None)).collect();
            plan::ask(state, changes, effects);
        }
        Purpose::Search { spec, connection, organization } => {
            let values = form.values();
            state.close();
            crate::app::search_remotely(state, spec, connection, organization, &values, effects);
        }
    }
}
