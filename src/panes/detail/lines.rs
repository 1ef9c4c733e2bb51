//! What each tab of the detail says, in lines: the same for drawing, scrolling and searching.

use super::laid::laid;
use super::overview::overview;
use super::values::{Contact, Lines, contact};
use super::{Tab, Target, fact_at, history, profile_capability, steps};
use crate::app::{ConnectionSetup, State};
use crate::domain::{
    ConnectionName, Lineage, Moment, OrganizationKey, RawJson, Role, Step, Subject, age_words, shown, width,
};
use crate::inventory::{ConnectionView, Hierarchy, SyncState};
use crate::provider::{Capability, Offer, Spec};
use crate::view::{Line, wrap};

/// The open tab's lines.
pub(super) fn lines(state: &State, columns: usize) -> Lines {
    let mut lines = Lines::default();
    match &state.detail.target {
        None => lines.push(Line::of(Role::Dim, "Nothing is selected.")),
        Some(Target::Connection(name)) => {
            if let Some(setup) = state.connection(name) {
                connection_lines(state, setup, columns, &mut lines);
            }
        }
        Some(Target::Of(subject)) if is_hidden(state, subject.connection()) => {
            if let Some(why) = state.contested(subject.connection()) {
                crate::panes::failure::lines(&why, columns, &mut lines);
            }
        }
        Some(Target::Of(subject)) => {
            match state.detail.tab {
                Tab::Overview => overview(state, subject, columns, &mut lines),
                Tab::Profile => profile(state, subject, columns, &mut lines),
                Tab::Hierarchy => hierarchy(state, subject, columns, &mut lines),
                Tab::Raw => raw(state, subject, &mut lines),
                Tab::History => history::lines(state, subject, columns, &mut lines),
            }
            status(state, subject, columns, &mut lines);
        }
    }
    lines
}

/// Whether nothing of a connection may be shown before the user says who holds it.
fn is_hidden(state: &State, connection: &ConnectionName) -> bool {
    state.snapshot.connection(connection).is_some_and(ConnectionView::is_hidden)
}

/// The room of a field: all columns, and those of its title.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    pub(super) columns: usize,
    /// As many as the longest of the titles takes: values are what is read.
    pub(super) label: usize,
}

/// Columns of the titles that all have: `Organization` is the longest.
const LABEL: usize = 12;
/// Columns of the titles of a profile: the longest that a provider's form gives.
const FORM_LABEL: usize = 17;

impl Room {
    /// What a provider's own fields need beside those that all have. A raw name may be longer.
    pub(super) fn of(columns: usize, spec: Option<&Spec>) -> Self {
        let details = spec.map_or(&[][..], |spec| spec.details);
        let longest = details.iter().map(|detail| width(detail.label)).max().unwrap_or(0);
        Self { columns, label: longest.max(LABEL) }
    }

    /// Columns of a field's title and the gap behind it: of two, or of one where that keeps the values below each other.
    pub(super) fn before(self, label: &str) -> usize {
        let wide = width(label);
        if wide <= self.label + 1 { self.label + 2 } else { wide + 2 }
    }
}

/// A field's title, which is safe, and its value as it came. A long one is cut: a key shows it whole.
pub(super) fn field(lines: &mut Lines, room: Room, label: &str, value: &str) {
    let from = lines.len();
    unnoted(lines, room, label, value);
    if !value.is_empty() {
        lines.note(from, label, value);
    }
}

/// The same of what is no value of its own: a secret is shown and copied by keys of its own alone.
pub(super) fn unnoted(lines: &mut Vec<Line>, room: Room, label: &str, value: &str) {
    let (wide, columns) = (room.before(label), room.columns);
    let room = columns.saturating_sub(wide).max(8);
    let text = shown(value);
    // A word that does not fit beside its title stands below it, if it is torn less there.
    if stands_below(&text, room, columns.saturating_sub(2)) {
        if !label.is_empty() {
            lines.push(Line::of(Role::Dim, label));
        }
        let parts = wrap(&text, columns.saturating_sub(2)).into_iter().take(12);
        let role = Contact::role(contact(label, value));
        return lines.extend(parts.map(|text| Line::of(Role::Text, "  ").and(role, text)));
    }
    let (role, text) =
        if text.is_empty() { (Role::Dim, "–") } else { (Contact::role(contact(label, value)), &*text) };
    for (nth, text) in wrap(text, room).into_iter().take(12).enumerate() {
        let label = if nth == 0 { label } else { "" };
        lines.push(Line::of(Role::Dim, format!("{label:<wide$}")).and(role, text));
    }
}

/// What is said of the value above it: it begins where that does, beside its title or below.
pub(super) fn remark(lines: &mut Vec<Line>, room: Room, text: &str) {
    let is_below = lines.last().and_then(|line| line.0.first()).is_some_and(|(_, first)| first == "  ");
    let indent = if is_below { 2 } else { room.before("") };
    let parts = wrap(text, room.columns.saturating_sub(indent).max(8)).into_iter();
    lines.extend(parts.map(|part| Line::of(Role::Text, " ".repeat(indent)).and(Role::Text, part)));
}

/// A field with several values, a row each: all beside its title, or all below it.
pub(super) fn rows(lines: &mut Lines, room: Room, label: &str, values: &[String]) {
    let beside = room.columns.saturating_sub(room.before(label)).max(8);
    let below = room.columns.saturating_sub(2);
    if !values.iter().any(|value| stands_below(&shown(value), beside, below)) {
        for (nth, value) in values.iter().enumerate() {
            field(lines, room, if nth == 0 { label } else { "" }, value);
        }
        return;
    }
    lines.push(Line::of(Role::Dim, label));
    for value in values {
        let (from, role) = (lines.len(), Contact::role(contact(label, value)));
        let parts = wrap(&shown(value), below).into_iter().take(12);
        lines.extend(parts.map(|text| Line::of(Role::Text, "  ").and(role, text)));
        lines.note(from, label, value);
    }
}

/// Whether a text has a word that the columns beside its title would tear, and those below it would not, or less.
pub(super) fn stands_below(text: &str, beside: usize, below: usize) -> bool {
    let longest = text.split_whitespace().map(width).max().unwrap_or(0);
    longest > beside && (longest <= below || wrap(text, below).len() < wrap(text, beside).len())
}

pub(super) fn paragraph(lines: &mut Vec<Line>, columns: usize, role: Role, text: &str) {
    lines.extend(wrap(&shown(text), columns).into_iter().map(|text| Line::of(role, text)));
}

fn profile(state: &State, subject: &Subject, columns: usize, lines: &mut Lines) {
    if let Offer::No(reason) = state.offer(subject.connection(), profile_capability(subject)) {
        return paragraph(lines, columns, Role::Dim, reason);
    }
    let Some(fact) = state.snapshot.profile(subject) else {
        return;
    };
    if !fact.value.exists {
        paragraph(lines, columns, Role::Dim, "No profile yet. e makes one.");
        return;
    }
    let spec = state.connection(subject.connection()).map(|setup| setup.spec);
    for (name, value) in &fact.value.values.0 {
        let label = spec.and_then(|spec| spec.profile_title(name)).unwrap_or(name);
        field(lines, Room { columns, label: FORM_LABEL }, &shown(label), value);
    }
}

fn hierarchy(state: &State, subject: &Subject, columns: usize, lines: &mut Vec<Line>) {
    let lineage = match subject {
        Subject::Account(key) => state.snapshot.lineage(key).map(|fact| fact.value.clone()),
        Subject::Organization(_) | Subject::Connection(_) => None,
    };
    let steps = steps(state);
    for (depth, key) in steps.iter().enumerate() {
        let name = step_name(state, key, lineage.as_deref(), depth);
        let mut line = Line::of(Role::Dim, branch(depth)).and(Role::Text, name);
        if lineage.as_ref().is_some_and(|lineage| lineage.steps.get(depth).is_some_and(|step| !step.linked)) {
            line.push(Role::Warn, format!("  ! {}", Step::UNLINKED));
        }
        lines.push(line);
    }
    match subject {
        Subject::Account(key) => {
            let name = state.snapshot.find(key).map(|account| shown(account.name()).into_owned());
            let name = name.unwrap_or_else(|| key.id.to_string());
            let line = Line::of(Role::Dim, branch(steps.len())).and(Role::Title, name);
            // Where that has no room the place says it: the account is the last step.
            let what = Line::of(Role::Dim, "  this account");
            lines.push(if line.width() + what.width() <= columns { line.and_all(what) } else { line });
            if steps.is_empty() && lineage.is_some() {
                lines.push(Line::default());
                paragraph(lines, columns, Role::Dim, "A standalone account: no organization contains it.");
            } else if lineage.is_none() {
                lines.push(Line::default());
                let words = match state.offer(&key.connection, Capability::Lineage) {
                    Offer::Yes => "As the listing implies it; the provider's own answer has not come yet.",
                    Offer::No(reason) => reason,
                };
                paragraph(lines, columns, Role::Dim, words);
            }
        }
        Subject::Organization(_) | Subject::Connection(_) => {}
    }
}

fn step_name(state: &State, key: &OrganizationKey, lineage: Option<&Lineage>, depth: usize) -> String {
    let said =
        lineage.and_then(|lineage| lineage.steps.get(depth)).map(|step| step.organization.name.shown().into_owned());
    let known = || state.snapshot.organization(key).map(|organization| organization.name.shown().into_owned());
    said.or_else(known).filter(|name| !name.is_empty()).unwrap_or_else(|| key.id.to_string())
}

fn branch(depth: usize) -> String {
    if depth == 0 { String::new() } else { format!("{}└─ ", "   ".repeat(depth - 1)) }
}

/// What the provider said of something, as far as it is at hand.
pub(super) fn raw_of(state: &State, subject: &Subject) -> Option<RawJson> {
    match subject {
        Subject::Account(key) => state.whole(key).map(|account| account.raw.clone()),
        Subject::Organization(key) => {
            state.snapshot.organization(key).and_then(|organization| organization.raw.clone())
        }
        Subject::Connection(_) => None,
    }
}

fn raw(state: &State, subject: &Subject, lines: &mut Vec<Line>) {
    // It is being recalled.
    if matches!(subject, Subject::Account(key) if state.whole(key).is_none() && state.listed(key).is_some()) {
        return;
    }
    match laid(state) {
        Some(laid) => lines.extend(laid.lines.iter().cloned()),
        None => lines.push(Line::of(Role::Dim, "The provider has not said anything about it yet.")),
    }
}

/// Whether newer is being read than what is shown: that is dim until then.
pub(super) fn is_refreshing(state: &State) -> bool {
    let Some(Target::Of(subject)) = &state.detail.target else { return false };
    let tab = state.detail.tab;
    let mine = state.detail.asked.as_ref().is_some_and(|(of, asked)| of == subject && *asked == tab);
    mine && state.detail.fetch.is_loading() && fact_at(state, subject, tab).is_some()
}

/// A free line, where something stands above it.
fn apart(lines: &mut Vec<Line>) {
    if !lines.is_empty() {
        lines.push(Line::default());
    }
}

/// Below the tab's lines: loading, failed, or how old it is.
fn status(state: &State, subject: &Subject, columns: usize, lines: &mut Vec<Line>) {
    let tab = state.detail.tab;
    let at = fact_at(state, subject, tab);
    let mine = state.detail.asked.as_ref() == Some(&(subject.clone(), tab));
    if mine {
        if let Some(failure) = state.detail.fetch.failure() {
            apart(lines);
            paragraph(lines, columns, Role::Bad, &failure.to_string());
            if let Some(hint) = &failure.hint {
                paragraph(lines, columns, Role::Text, hint);
            }
            lines.push(Line::of(Role::Key, "r").and(Role::Dim, " tries again"));
        }
        if state.detail.fetch.is_loading() {
            apart(lines);
            let words =
                at.map_or_else(|| "loading …".to_owned(), |at| format!("as of {}, refreshing …", since(state, at)));
            lines.push(Line::of(Role::Dim, words));
            return;
        }
    }
    if let Some(at) = at.or_else(|| listed_at(state, subject, tab)) {
        apart(lines);
        lines.push(Line::of(Role::Dim, format!("as of {}", since(state, at))));
        extra_status(state, subject, (tab, at), columns, lines);
    }
}

/// What is not asked by default is kept while later records come without it: then its age is its own.
fn extra_status(state: &State, subject: &Subject, (tab, at): (Tab, Moment), columns: usize, lines: &mut Vec<Line>) {
    let Subject::Account(key) = subject else { return };
    if !matches!(tab, Tab::Overview | Tab::Raw) {
        return;
    }
    let has_extra = state.whole(key).is_some_and(|account| account.has_extra);
    let what = state.connection(&key.connection).and_then(|setup| setup.spec.extra).filter(|_| has_extra);
    if let (Some(what), Some(own)) = (what, state.snapshot.extra_at(key).filter(|own| *own < at)) {
        let words = format!("{what}: as of {}, i asks anew", since(state, own));
        paragraph(lines, columns, Role::Dim, &words);
    }
}

/// When something was, as an age; as a moment where the two are exchanged.
pub(super) fn since(state: &State, at: Moment) -> String {
    if state.detail.swaps_times { format!("{}Z", at.minute()) } else { age_words(state.now.since(at)) }
}

/// A moment as its provider wrote it; as an age where the two are exchanged. Text that is no moment stays.
pub(super) fn moment(state: &State, text: &str) -> String {
    let age = |text: &str| {
        let at: jiff::Timestamp = text.parse().ok()?;
        Some(age_words(state.now.since(Moment(u64::try_from(at.as_millisecond()).ok()?))))
    };
    let age = if state.detail.swaps_times { age(text) } else { None };
    age.unwrap_or_else(|| shown(text).into_owned())
}

/// Of what a tab shows of an account that nobody asked for by itself: when it was listed.
fn listed_at(state: &State, subject: &Subject, tab: Tab) -> Option<Moment> {
    match (tab, subject) {
        (Tab::Overview | Tab::Raw | Tab::Hierarchy, Subject::Account(key)) => {
            let row = state.snapshot.seen(key)?;
            state.snapshot.connection(&key.connection)?.row_at(row.number())
        }
        (Tab::Profile | Tab::History, _)
        | (Tab::Overview | Tab::Raw | Tab::Hierarchy, Subject::Organization(_) | Subject::Connection(_)) => None,
    }
}

fn connection_lines(state: &State, setup: &ConnectionSetup, columns: usize, lines: &mut Lines) {
    let room = Room::of(columns, None);
    field(lines, room, "Connection", &setup.name.to_string());
    field(lines, room, "Provider", setup.spec.title);
    field(lines, room, "Address", &setup.base_url);
    let (word, says) = (setup.protection.word(), setup.protection.says());
    let protection = if word == says { word.to_owned() } else { format!("{word}: {says}") };
    field(lines, room, "Protection", &protection);
    field(lines, room, "Credential", &shown(&setup.credential));
    let Some(view) = state.snapshot.connection(&setup.name) else {
        return;
    };
    if let Some(identity) = &view.identity {
        field(lines, room, "Identity", &identity.value.user.shown());
        field(lines, room, "Signed in by", &shown(&identity.value.credential));
        if let Some(expires) = &identity.value.expires_at {
            field(lines, room, "Expires", &expires.shown());
        }
    }
    field(
        lines,
        room,
        "Accounts",
        &crate::panes::accounts::grouped(usize::try_from(view.accounts).unwrap_or(usize::MAX)),
    );
    lines.push(Line::default());
    match &view.sync {
        SyncState::Never => paragraph(lines, columns, Role::Dim, "Not asked yet."),
        SyncState::Running { loaded, .. } => {
            paragraph(lines, columns, Role::Dim, &format!("Listing: {loaded} so far."));
        }
        SyncState::Complete { at } => {
            paragraph(lines, columns, Role::Dim, &format!("Listed {}.", age_words(state.now.since(*at))));
        }
        SyncState::Partial { page, why, .. } => {
            paragraph(lines, columns, Role::Bad, &format!("Partial, {page}: {why}"));
        }
        SyncState::Failed { why, .. } => {
            if let Some(at) = view.kept_at {
                paragraph(
                    lines,
                    columns,
                    Role::Dim,
                    &format!("What is kept is as of {}.", age_words(state.now.since(at))),
                );
            }
            paragraph(lines, columns, Role::Bad, &why.to_string());
            paragraph(lines, columns, Role::Text, why.hint.as_deref().unwrap_or_default());
        }
    }
    for message in &view.messages {
        paragraph(lines, columns, Role::Text, &format!("The provider says: {}", message.raw()));
    }
    if let Hierarchy::Derived { why } | Hierarchy::Failed { why } = &view.hierarchy {
        paragraph(lines, columns, Role::Dim, &why.to_string());
        paragraph(lines, columns, Role::Dim, why.hint.as_deref().unwrap_or_default());
    }
}
