//! Drafts: what was typed and not sent yet, kept while it is typed and offered again.
//!
//! The files are the runtime's; this knows what is in them.

use std::collections::{BTreeMap, BTreeSet};

use super::{Form, Purpose, Saving, Target, alike, open};
use crate::app::{Effect, Modal, State, TimerId};
use crate::domain::{
    AccountKey, ChangeKind, ConnectionName, Draft, Ended, Failure, FormSpec, JournalRecord, Role, Subject, Untrusted,
    Values,
};
use crate::panes::{accounts, organizations};

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
    /// The draft of a form for one subject.
    #[must_use]
    pub fn find(&self, subject: &Subject, kind: ChangeKind) -> Option<&Draft> {
        self.find_of(Target::one(subject), kind)
    }

    fn find_of(&self, target: Target<'_>, kind: ChangeKind) -> Option<&Draft> {
        self.kept.iter().find(|draft| self.is_it(draft, target, kind))
    }

    /// Whether a draft is that of a form, and of whoever its connections are now.
    fn is_it(&self, draft: &Draft, target: Target<'_>, kind: ChangeKind) -> bool {
        draft.kind == kind && target_of(draft) == target && self.is_own(draft)
    }

    fn is_own(&self, draft: &Draft) -> bool {
        draft.identity == self.who(target_of(draft))
    }

    /// Who the connections are that a form is about, by the keys of their identities; `None` if one of them is not known.
    fn who(&self, target: Target<'_>) -> Option<String> {
        let connections: BTreeSet<&ConnectionName> = target.subjects().map(Subject::connection).collect();
        let known: Option<Vec<&str>> =
            connections.into_iter().map(|name| self.whose.get(name).map(String::as_str)).collect();
        known.map(|known| known.join("\n"))
    }

    /// What of it is one form's: several forms of a kind may be about one subject.
    pub(super) fn of_form(&self, target: Target<'_>, spec: &FormSpec) -> Option<Draft> {
        self.find_of(target, spec.kind).and_then(|draft| part(draft, |field| spec.field(field).is_some()))
    }

    /// Whether there is anything of one form.
    pub(super) fn has_form(&self, target: Target<'_>, spec: &FormSpec) -> bool {
        let draft = self.find_of(target, spec.kind);
        draft.is_some_and(|draft| draft.values.0.keys().any(|field| spec.field(field).is_some()))
    }

    /// What of it is not this form's.
    fn beside(&self, target: Target<'_>, spec: &FormSpec) -> Option<Draft> {
        self.find_of(target, spec.kind).and_then(|draft| part(draft, |field| spec.field(field).is_none()))
    }

    fn put(&mut self, draft: Draft) {
        self.kept.retain(|known| !is_same(known, &draft));
        self.kept.push(draft);
    }

    /// The draft of a form is of no more use.
    fn forget(&mut self, target: Target<'_>, spec: &FormSpec, effects: &mut Vec<Effect>) {
        if !self.has_form(target, spec) {
            return;
        }
        if let Some(rest) = self.beside(target, spec) {
            self.put(rest.clone());
            effects.push(Effect::SaveDraft(Box::new(rest)));
        } else if let Some(draft) = self.take(target, spec.kind) {
            effects.push(drop_of(draft));
        }
    }

    fn take(&mut self, target: Target<'_>, kind: ChangeKind) -> Option<Draft> {
        let at = self.kept.iter().position(|draft| self.is_it(draft, target, kind))?;
        Some(self.kept.remove(at))
    }

    /// What was typed before anybody knew who the connection is, is that identity's from now on.
    fn adopt(&mut self, effects: &mut Vec<Effect>) {
        let all = std::mem::take(&mut self.kept);
        let is_nobodys = |draft: &Draft| draft.identity.is_none() && self.who(target_of(draft)).is_some();
        let (nobodys, kept): (Vec<Draft>, Vec<Draft>) = all.into_iter().partition(is_nobodys);
        self.kept = kept;
        for draft in nobodys {
            effects.push(drop_of(draft.clone()));
            if self.find_of(target_of(&draft), draft.kind).is_none_or(|own| own.at < draft.at) {
                let draft = Draft { identity: self.who(target_of(&draft)), ..draft };
                self.put(draft.clone());
                effects.push(Effect::SaveDraft(Box::new(draft)));
            }
        }
    }
}

/// Whom a draft is about.
fn target_of(draft: &Draft) -> Target<'_> {
    Target { subject: &draft.subject, on_all: &draft.on_all }
}

/// Whether two are of one form, and of the same user.
fn is_same(one: &Draft, other: &Draft) -> bool {
    target_of(one) == target_of(other) && one.kind == other.kind && one.identity == other.identity
}

fn drop_of(draft: Draft) -> Effect {
    Effect::DropDraft { subject: draft.subject, on_all: draft.on_all, kind: draft.kind, identity: draft.identity }
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
    if !draft.on_all.is_empty() {
        return format!("{} with {} marked continues it", opener(draft), draft.name.shown());
    }
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
        if !state.drafts.kept.iter().any(|known| is_same(known, &draft)) {
            state.drafts.put(draft);
        }
    }
    state.drafts.unsaid = true;
}

/// Says once what drafts there are: those of who the connections are, as soon as that is known of one that has some.
fn announce(state: &mut State, effects: &mut Vec<Effect>) {
    let is_there = |subject: &Subject| state.connection(subject.connection()).is_some();
    let is_here = |draft: &&Draft| target_of(draft).subjects().all(is_there) && state.drafts.is_own(draft);
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
    alike::follow(state);
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
            form.saving = if form.target().is_some() { Saving::Waiting(id) } else { Saving::Kept };
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
    for at in 0..state.modals.len() {
        let Some(Modal::Form(form)) = state.modals.get_mut(at) else { continue };
        let is_kept = std::mem::take(&mut form.saving) == Saving::Kept;
        let Some(Modal::Form(form)) = state.modals.get(at) else { continue };
        let Some((spec, target)) = form.target().filter(|_| !is_kept && form.loading.is_none()) else { continue };
        match form.draft(now) {
            Some(mut draft) => {
                draft.identity = state.drafts.who(target);
                if !target.on_all.is_empty() {
                    draft.name = together(state, target);
                }
                if let Some(beside) = state.drafts.beside(target, spec) {
                    draft.values.0.extend(beside.values.0);
                    draft.base.0.extend(beside.base.0);
                }
                state.drafts.put(draft.clone());
                effects.push(Effect::SaveDraft(Box::new(draft)));
            }
            None => state.drafts.forget(target, spec, effects),
        }
    }
}

/// What several are called together: the name of one, and how many more there are.
fn together(state: &State, target: Target<'_>) -> Untrusted {
    let first = open::name_of(state, target.subject);
    match target.on_all.len() {
        0 | 1 => first,
        2 => Untrusted::from(format!("{} and 1 other", first.raw())),
        count => Untrusted::from(format!("{} and {} others", first.raw(), accounts::grouped(count - 1))),
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
    state.drafts.forget(Target::one(subject), spec, effects);
    let identity = state.drafts.who(Target::one(subject));
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
    let (spec, target) = form.target()?;
    let draft = state.drafts.find_of(target, spec.kind)?;
    let is_contested = |subject: &Subject| state.contested(subject.connection()).is_some();
    Some(match &state.drafts.trouble {
        Some(why) => (Role::Bad, format!("kept only until acctui ends: {why}")),
        // Of one that answers as somebody else nothing is named.
        None if target.subjects().any(is_contested) => (Role::Text, "draft kept".into()),
        // Whoever goes on with it asks for a second one.
        None if form.may_be_made => {
            let words = "it may have been made: look in the list (R) and the journal (J) first · draft kept";
            (Role::Warn, words.into())
        }
        None => (Role::Text, format!("draft kept: {}", where_it_is(draft))),
    })
}

/// The draft of a form that opens has nothing that is not there already: it goes.
pub(super) fn drop_if_settled(state: &mut State, form: &Form, effects: &mut Vec<Effect>) {
    if let Some((spec, subject)) = form.change()
        && !form.is_dirty()
    {
        state.drafts.forget(Target::one(subject), spec, effects);
    }
}

/// What a form would make is to be made elsewhere: its draft goes along.
pub(super) fn moved(state: &mut State, from: &Subject, spec: &FormSpec, effects: &mut Vec<Effect>) {
    state.drafts.forget(Target::one(from), spec, effects);
    if let Some(Modal::Form(form)) = state.modals.last_mut() {
        form.saving = Saving::Typed;
    }
}

/// The draft of a form was thrown away.
pub(super) fn discarded(state: &mut State, form: &Form, effects: &mut Vec<Effect>) {
    if let Some((spec, target)) = form.target() {
        state.drafts.forget(target, spec, effects);
    }
}

/// What a form set on several is done on all of them, or has come to nothing: its draft goes.
pub fn done_on_all(state: &mut State, form: &Form, effects: &mut Vec<Effect>) {
    if matches!(form.purpose, Purpose::OnAll { .. }) {
        discarded(state, form, effects);
    }
}

/// Some of those that a form sets fields on are done: it is about the others from now on, and so is its draft.
pub fn narrow(state: &mut State, is_done: impl Fn(&Subject) -> bool, effects: &mut Vec<Effect>) {
    for at in 0..state.modals.len() {
        let Some(Modal::Form(form)) = state.modals.get(at) else { continue };
        let Purpose::OnAll { set, .. } = &form.purpose else { continue };
        if !set.iter().any(&is_done) || set.iter().all(&is_done) {
            continue;
        }
        let form = form.clone();
        discarded(state, &form, effects);
        let Some(Modal::Form(form)) = state.modals.get_mut(at) else { continue };
        let Purpose::OnAll { targets, set, .. } = &mut form.purpose else { continue };
        targets.retain(|subject| !is_done(subject));
        set.retain(|subject| !is_done(subject));
        form.name = open::on_all_name(set.len());
        form.saving = Saving::Typed;
    }
    keep(state, effects);
}
