//! Drafts: what was typed and not sent yet, kept while it is typed and offered again.
//!
//! The files are the runtime's; this knows what is in them.

use std::collections::BTreeMap;

use super::{Form, Saving};
use crate::app::{Effect, Modal, State, TimerId};
use crate::domain::{
    AccountKey, ChangeKind, ConnectionName, Draft, Ended, Failure, FormSpec, JournalRecord, Role, Subject, Values,
};
use crate::panes::organizations;

/// How long nobody types before the text is kept: a pause, not every key.
const REST_MILLIS: u64 = 500;

/// The drafts that there are, one for each subject, kind and identity.
#[derive(Clone, Debug, Default)]
pub struct Drafts {
    kept: Vec<Draft>,
    /// Who each connection is, by the key of its identity: what others typed there is not seen.
    whose: BTreeMap<ConnectionName, String>,
    /// The snapshot that says so.
    generation: u64,
    /// Drafts were found, and nothing was said of them yet.
    unsaid: bool,
    /// What was accepted and goes on at the provider: brought back if that fails.
    sent: Vec<Sent>,
    /// Why the last one could not be kept on disk.
    pub trouble: Option<Failure>,
}

/// The text of a form whose change goes on at the provider.
#[derive(Clone, Debug)]
struct Sent {
    draft: Draft,
    /// Where the cursors were: what was made is selected if they are there still.
    account: Option<AccountKey>,
    node: Option<organizations::Node>,
}

impl Drafts {
    /// The draft of a form.
    #[must_use]
    pub fn find(&self, subject: &Subject, kind: ChangeKind) -> Option<&Draft> {
        self.kept.iter().find(|draft| self.is_it(draft, subject, kind))
    }

    /// Whether a draft is that of a form, and of whoever the connection is now.
    fn is_it(&self, draft: &Draft, subject: &Subject, kind: ChangeKind) -> bool {
        draft.kind == kind && draft.subject == *subject && self.is_own(draft)
    }

    fn is_own(&self, draft: &Draft) -> bool {
        draft.identity.as_ref() == self.whose.get(draft.subject.connection())
    }

    /// What of it is one form's: several forms of a kind may be about one subject.
    #[must_use]
    pub fn of_form(&self, subject: &Subject, spec: &FormSpec) -> Option<Draft> {
        self.find(subject, spec.kind).and_then(|draft| part(draft, |field| spec.field(field).is_some()))
    }

    /// What of it is not this form's.
    fn beside(&self, subject: &Subject, spec: &FormSpec) -> Option<Draft> {
        self.find(subject, spec.kind).and_then(|draft| part(draft, |field| spec.field(field).is_none()))
    }

    fn put(&mut self, draft: Draft) {
        let of = |draft: &Draft| (draft.subject.clone(), draft.kind, draft.identity.clone());
        let it = of(&draft);
        self.kept.retain(|known| of(known) != it);
        self.kept.push(draft);
    }

    /// The draft of a form is of no more use.
    fn forget(&mut self, subject: Subject, spec: &FormSpec, effects: &mut Vec<Effect>) {
        if self.of_form(&subject, spec).is_none() {
            return;
        }
        if let Some(rest) = self.beside(&subject, spec) {
            self.put(rest.clone());
            effects.push(Effect::SaveDraft(Box::new(rest)));
        } else if let Some(Draft { identity, .. }) = self.take(&subject, spec.kind) {
            effects.push(Effect::DropDraft { subject, kind: spec.kind, identity });
        }
    }

    fn take(&mut self, subject: &Subject, kind: ChangeKind) -> Option<Draft> {
        let at = self.kept.iter().position(|draft| self.is_it(draft, subject, kind))?;
        Some(self.kept.remove(at))
    }

    /// What was typed before anybody knew who the connection is, is that identity's from now on.
    fn adopt(&mut self, effects: &mut Vec<Effect>) {
        let is_nobodys = |draft: &Draft, whose: &BTreeMap<ConnectionName, String>| {
            draft.identity.is_none() && whose.contains_key(draft.subject.connection())
        };
        while let Some(at) = self.kept.iter().position(|draft| is_nobodys(draft, &self.whose)) {
            let draft = self.kept.remove(at);
            let (subject, kind) = (draft.subject.clone(), draft.kind);
            effects.push(Effect::DropDraft { subject, kind, identity: None });
            if self.find(&draft.subject, draft.kind).is_none_or(|own| own.at < draft.at) {
                let draft = Draft { identity: self.whose.get(draft.subject.connection()).cloned(), ..draft };
                self.put(draft.clone());
                effects.push(Effect::SaveDraft(Box::new(draft)));
            }
        }
    }
}

/// Takes note of who the connections are.
fn identify(state: &mut State, effects: &mut Vec<Effect>) {
    if state.drafts.generation == state.snapshot.generation() {
        return;
    }
    state.drafts.generation = state.snapshot.generation();
    let known = state.snapshot.connections().filter(|(_, view)| view.contest.is_none());
    for (name, view) in known {
        if let Some(fact) = &view.identity {
            state.drafts.whose.insert(name.clone(), fact.value.key());
        }
    }
    state.drafts.adopt(effects);
}

/// The fields of a draft that are meant; `None` if there are none.
fn part(draft: &Draft, is_meant: impl Fn(&str) -> bool) -> Option<Draft> {
    let of = |values: &Values| -> Values {
        let meant = values.0.iter().filter(|(field, _)| is_meant(field));
        meant.map(|(field, value)| (field.clone(), value.clone())).collect()
    };
    let (values, base) = (of(&draft.values), of(&draft.base));
    (!values.0.is_empty()).then(|| Draft { values, base, ..draft.clone() })
}

/// The key that opens a form.
fn opener(draft: &Draft) -> char {
    match draft.kind {
        ChangeKind::Profile => 'e',
        ChangeKind::UpdateAccount | ChangeKind::RenameOrganization => 'E',
        ChangeKind::CreateOrganization => 'N',
        ChangeKind::CreateAccount
        | ChangeKind::CreateStandalone
        | ChangeKind::DeleteAccount
        | ChangeKind::CloseAccount
        | ChangeKind::RemoveAccount
        | ChangeKind::MoveAccount
        | ChangeKind::DeleteOrganization => 'n',
    }
}

fn where_it_is(draft: &Draft) -> String {
    let name = if draft.name.is_empty() { crate::domain::shown(draft.subject.id()) } else { draft.name.shown() };
    let place = if draft.kind.makes() { "in" } else { "on" };
    format!("{} {place} {name} continues it", opener(draft))
}

/// The drafts were read: a line says so, and takes no focus.
pub fn found_drafts(state: &mut State, found: Result<Vec<Draft>, Failure>, effects: &mut Vec<Effect>) {
    let found = match found {
        Ok(found) => found,
        Err(failure) => return state.toast(Role::Warn, failure.to_string(), effects),
    };
    for draft in found {
        let is_it = |known: &Draft| {
            (&known.subject, known.kind, &known.identity) == (&draft.subject, draft.kind, &draft.identity)
        };
        if !state.drafts.kept.iter().any(is_it) {
            state.drafts.put(draft);
        }
    }
    state.drafts.unsaid = true;
}

/// Says once what drafts there are: those of who the connections are, as soon as that is known of one that has some.
fn announce(state: &mut State, effects: &mut Vec<Effect>) {
    let is_here = |draft: &&Draft| state.connection(draft.subject.connection()).is_some() && state.drafts.is_own(draft);
    let here: Vec<&Draft> = state.drafts.kept.iter().filter(is_here).collect();
    let Some(newest) = here.iter().max_by_key(|draft| draft.at) else { return };
    let count = match here.len() {
        1 => "1 draft".to_owned(),
        count => format!("{count} drafts, the newest"),
    };
    let words = format!("{count}: {}", where_it_is(newest));
    state.drafts.unsaid = false;
    state.toast(Role::Text, words, effects);
}

/// A draft could not be kept: what is typed lives only as long as the program.
pub fn draft_failed(state: &mut State, failure: Failure, effects: &mut Vec<Effect>) {
    if state.drafts.trouble.as_ref() != Some(&failure) {
        let words = format!("{failure}: what you type is kept only until acctui ends");
        state.toast(Role::Bad, words, effects);
    }
    state.drafts.trouble = Some(failure);
}

/// Starts the timer of a form into which was typed.
pub fn follow(state: &mut State, effects: &mut Vec<Effect>) {
    identify(state, effects);
    if state.drafts.unsaid {
        announce(state, effects);
    }
    let typed = |modal: &Modal| matches!(modal, Modal::Form(form) if form.saving == Saving::Typed);
    if !state.modals.iter().any(typed) {
        return;
    }
    let id = state.timer_id();
    for modal in &mut state.modals {
        if let Modal::Form(form) = modal
            && form.saving == Saving::Typed
        {
            form.saving = if form.change().is_some() { Saving::Waiting(id) } else { Saving::Kept };
        }
    }
    effects.push(Effect::Timer { id, after: REST_MILLIS });
}

/// A timer is over: perhaps one of a form that nobody typed into since.
pub fn timer(state: &mut State, id: TimerId, effects: &mut Vec<Effect>) {
    let waits = |modal: &Modal| matches!(modal, Modal::Form(form) if form.saving == Saving::Waiting(id));
    if state.modals.iter().any(waits) {
        keep(state, effects);
    }
}

/// Keeps what is typed in all forms: before the program may end, or something may happen to a form.
pub fn keep(state: &mut State, effects: &mut Vec<Effect>) {
    let now = state.now;
    for modal in &mut state.modals {
        let Modal::Form(form) = modal else { continue };
        let is_kept = std::mem::take(&mut form.saving) == Saving::Kept;
        let Some((spec, subject)) = form.change().filter(|_| !is_kept && form.loading.is_none()) else { continue };
        let subject = subject.clone();
        match form.draft(now) {
            Some(mut draft) => {
                draft.identity = state.drafts.whose.get(subject.connection()).cloned();
                if let Some(beside) = state.drafts.beside(&subject, spec) {
                    draft.values.0.extend(beside.values.0);
                    draft.base.0.extend(beside.base.0);
                }
                state.drafts.put(draft.clone());
                effects.push(Effect::SaveDraft(Box::new(draft)));
            }
            None => state.drafts.forget(subject, spec, effects),
        }
    }
}

/// Takes away the form whose change was sent, and its draft.
fn close_sent(state: &mut State, effects: &mut Vec<Effect>) -> Option<Draft> {
    let now = state.now;
    let is_sent = |modal: &Modal| matches!(modal, Modal::Form(form) if form.change().is_some());
    let at = state.modals.iter().rposition(is_sent)?;
    let Modal::Form(form) = state.modals.remove(at) else { return None };
    state.unsee();
    let (spec, subject) = form.change()?;
    state.drafts.forget(subject.clone(), spec, effects);
    let identity = state.drafts.whose.get(subject.connection()).cloned();
    form.draft(now).map(|draft| Draft { identity, ..draft })
}

/// The form's change is done: it closes, and its draft goes.
pub fn settled(state: &mut State, effects: &mut Vec<Effect>) {
    close_sent(state, effects);
}

/// The form's change was accepted and goes on: it closes; its text comes back should that fail. (The journal has it, too.)
pub fn accepted(state: &mut State, effects: &mut Vec<Effect>) {
    if let Some(draft) = close_sent(state, effects) {
        let is_it = |sent: &Sent| (&sent.draft.subject, sent.draft.kind) == (&draft.subject, draft.kind);
        state.drafts.sent.retain(|sent| !is_it(sent));
        let (account, node) = (state.accounts.selected.clone(), state.organizations.cursor().cloned());
        state.drafts.sent.push(Sent { draft, account, node });
    }
}

/// A change that went on came to its end.
pub fn ended(state: &mut State, record: &JournalRecord, ended: &Ended, effects: &mut Vec<Effect>) {
    let is_it = |sent: &Sent| sent.draft.subject == record.subject && sent.draft.kind == record.kind;
    let Some(at) = state.drafts.sent.iter().position(is_it) else { return };
    match ended {
        Ended::Running => {}
        Ended::Done(made) => {
            let sent = state.drafts.sent.remove(at);
            let is_where_it_was =
                sent.account == state.accounts.selected && sent.node.as_ref() == state.organizations.cursor();
            if let Some(made) = made.clone().filter(|_| is_where_it_was && state.modals.is_empty()) {
                super::made(state, made);
            }
        }
        Ended::Failed(_) => {
            let Sent { draft, .. } = state.drafts.sent.remove(at);
            let is_open = |modal: &Modal| {
                matches!(modal, Modal::Form(form)
                    if form.change().is_some_and(|(spec, on)| *on == draft.subject && spec.kind == draft.kind))
            };
            // What is being typed now has the place.
            if state.drafts.find(&draft.subject, draft.kind).is_none() && !state.modals.iter().any(is_open) {
                state.toast(Role::Text, format!("draft kept: {}", where_it_is(&draft)), effects);
                state.drafts.put(draft.clone());
                effects.push(Effect::SaveDraft(Box::new(draft)));
            }
        }
    }
}

/// What was kept of a form, in words, when it is left.
pub(super) fn left_words(state: &State, form: &Form) -> Option<(Role, String)> {
    let (spec, subject) = form.change()?;
    let draft = state.drafts.find(subject, spec.kind)?;
    Some(match &state.drafts.trouble {
        Some(why) => (Role::Bad, format!("kept only until acctui ends: {why}")),
        // Of one that answers as somebody else nothing is named.
        None if state.contested(subject.connection()).is_some() => (Role::Text, "draft kept".into()),
        None => (Role::Text, format!("draft kept: {}", where_it_is(draft))),
    })
}

/// The draft of a form that opens has nothing that is not there already: it goes.
pub(super) fn drop_if_settled(state: &mut State, form: &Form, effects: &mut Vec<Effect>) {
    if let Some((spec, subject)) = form.change()
        && !form.is_dirty()
    {
        state.drafts.forget(subject.clone(), spec, effects);
    }
}

/// What a form would make is to be made elsewhere: its draft goes along.
pub(super) fn moved(state: &mut State, from: &Subject, spec: &FormSpec, effects: &mut Vec<Effect>) {
    state.drafts.forget(from.clone(), spec, effects);
    if let Some(Modal::Form(form)) = state.modals.last_mut() {
        form.saving = Saving::Typed;
    }
}

/// The draft of a form was thrown away.
pub(super) fn discarded(state: &mut State, form: &Form, effects: &mut Vec<Effect>) {
    if let Some((spec, subject)) = form.change() {
        state.drafts.forget(subject.clone(), spec, effects);
    }
}
