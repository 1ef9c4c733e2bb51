//! What intended writes would do, and what became of them.

use serde::{Deserialize, Serialize};

use super::{
    Change, ChangeKind, ConnectionName, Failure, Identity, Lineage, Moment, Profile, Protection, Subject, Untrusted,
    Values,
};

/// One field that a change would alter. `None` stands for "not there".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diff {
    /// The provider's own field name.
    pub field: String,
    /// What it is.
    pub from: Option<String>,
    /// What it would be.
    pub to: Option<String>,
}

impl Diff {
    /// The field of a change of place; its values are organizations' ids.
    pub const PLACE: &'static str = "organization";
}

/// A field that somebody else changed since the form was opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflict {
    /// The provider's own field name.
    pub field: String,
    /// What the form was opened on.
    pub base: String,
    /// What the provider has now.
    pub theirs: String,
    /// What the form holds.
    pub mine: String,
}

/// What somebody else did to a target between two reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meanwhile {
    /// It, or its profile, was made.
    Made,
    /// It, or its profile, was taken away.
    TakenAway,
    /// A field has another value; of a move the field is [`Diff::PLACE`].
    Field(Diff),
}

/// The exact request that a change would send, secrets masked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestPreview {
    /// The HTTP method.
    pub method: String,
    /// The path as sent, the base URL's path included, e.g. `/client/v4/accounts/…/profile`.
    pub path: String,
    /// The JSON body; null where there is none.
    pub body: serde_json::Value,
}

/// One change of a plan with all that was read for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedChange {
    /// The change; its values are complete: every field of the profile is there.
    pub change: Change,
    /// The target's name at the fresh read.
    pub name: Untrusted,
    /// The organizations above the target, root first; `None` where they can't be read.
    pub lineage: Option<Lineage>,
    /// The organizations above it afterwards, where the change alters that (moves), or above what is made (creates);
    /// `None` where it does not, or where they can't be read.
    pub after: Option<Lineage>,
    /// What stood at the fresh read: what [`Applied::Outdated`] is decided on.
    pub read: Before,
    /// What somebody else altered since it was read before: for the form, for the picker, or for the plan that it is
    /// renewed from.
    pub meanwhile: Vec<Meanwhile>,
    /// What would alter. Empty: nothing to do.
    pub diff: Vec<Diff>,
    /// Fields that somebody else changed since the form was opened; never sent before each is decided.
    pub conflicts: Vec<Conflict>,
    /// What would be sent.
    pub request: RequestPreview,
    /// What to know before it is done, e.g. what can't be undone.
    pub warnings: Vec<String>,
    /// Why it can't be done. Among several changes such a one is shown and never sent; the others go on.
    pub refusal: Option<Failure>,
}

impl PlannedChange {
    /// What somebody else did to it meanwhile, a sentence each; `field` words a field that has another value.
    pub fn meanwhile_words(&self, field: impl Fn(&Diff) -> String) -> Vec<String> {
        let is_profile = self.change.kind == ChangeKind::Profile;
        let noun = if is_profile { "profile" } else { self.change.subject.noun() };
        let words = self.meanwhile.iter().map(|it| match it {
            Meanwhile::Made => format!("somebody made the {noun}"),
            Meanwhile::TakenAway => format!("the {noun} was taken away"),
            Meanwhile::Field(diff) => field(diff),
        });
        words.collect()
    }

    /// Whether something would be sent for it.
    #[must_use]
    pub fn is_sent(&self) -> bool {
        self.refusal.is_none() && !self.diff.is_empty()
    }
}

/// What stood at a fresh read, in the fields that the change is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Before {
    /// Whether it was there at all: a profile may not be, what is to be made is not.
    pub exists: bool,
    /// Its fields by the provider's own names; of a move [`Change::FROM`].
    pub values: Values,
}

impl From<Profile> for Before {
    fn from(profile: Profile) -> Self {
        Self { exists: profile.exists, values: profile.values }
    }
}

/// Something that a change brings along beyond its fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SideEffect {
    /// It, in a sentence.
    pub words: String,
    /// What goes with the change's target, where that is countable: several changes say their sum, too.
    pub takes: Option<Taken>,
}

impl<S: Into<String>> From<S> for SideEffect {
    fn from(words: S) -> Self {
        Self { words: words.into(), takes: None }
    }
}

/// Things that go with what is ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// What one is called, e.g. `zone`.
    pub one: &'static str,
    /// What several are called.
    pub many: &'static str,
    /// How many there are; `None` where that can't be read.
    pub count: Option<usize>,
    /// Whether there may be more.
    pub or_more: bool,
}

/// One connection's part in a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The connection that it goes to.
    pub connection: ConnectionName,
    /// Who that connection was at the fresh read. It must be the same one when it is sent.
    pub identity: Identity,
    /// How carefully to ask.
    pub protection: Protection,
}

/// An ordered list of changes, as it is shown and confirmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The id that the journal files it under.
    pub id: String,
    /// When it was made.
    pub at: Moment,
    /// The connections that it goes to, one part each.
    pub parts: Vec<Part>,
    /// The changes in the order of sending.
    pub changes: Vec<PlannedChange>,
    /// What to know of the plan as a whole before it is sent: what it costs, what all of its changes take along together,
    /// what an earlier plan leaves out of it.
    pub warnings: Vec<String>,
    /// Whether the provider's call for several moves at once is tried first.
    pub batch: bool,
    /// True if a plan that was confirmed no longer held at the second read, and this one came in its place.
    pub renewed: bool,
    /// The change of the journal that each of its changes undoes, by place; empty if it undoes none.
    pub undoes: Vec<String>,
}

impl Plan {
    /// The id under which the journal files one of its changes, by its place from 0.
    #[must_use]
    pub fn change_id(&self, nth: usize) -> String {
        format!("{}-{}", self.id, nth + 1)
    }

    /// The part of a connection.
    #[must_use]
    pub fn part(&self, connection: &ConnectionName) -> Option<&Part> {
        self.parts.iter().find(|part| part.connection == *connection)
    }

    /// How carefully to ask for the whole of it: as its most careful part, and with a typed word if something ends.
    #[must_use]
    pub fn protection(&self) -> Protection {
        let ends = self.changes.iter().any(|planned| planned.change.kind.ends());
        let floor = if ends { Protection::Typed } else { Protection::Open };
        self.parts.iter().map(|part| part.protection).fold(floor, Protection::max)
    }

    /// Whether nothing would be sent, and nothing is refused.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.iter().all(|planned| planned.diff.is_empty() && planned.refusal.is_none())
    }

    /// Whether some field waits for a decision between mine and theirs.
    #[must_use]
    pub fn has_conflicts(&self) -> bool {
        self.changes.iter().any(|planned| !planned.conflicts.is_empty())
    }

    /// The word that confirms it where one must be typed: the target's name if it is printable ASCII of at most 40
    /// characters and `unique` says that no other loaded row has it, else the last 8 characters of the id; for several
    /// changes the verb and their number, e.g. `edit 3`.
    #[must_use]
    pub fn word(&self, unique: impl Fn(&str) -> bool) -> String {
        let [planned] = self.changes.as_slice() else {
            let verb = self.changes.first().map_or("apply", |planned| planned.change.kind.verb());
            return format!("{verb} {}", self.changes.len());
        };
        let name = planned.name.raw();
        let printable = name.bytes().all(|byte| (0x20..0x7f).contains(&byte)) && name.trim() == name;
        if printable && !name.is_empty() && name.len() <= 40 && unique(name) {
            return name.to_owned();
        }
        let id = planned.change.subject.id();
        let from = id.char_indices().rev().nth(7).map_or(0, |(at, _)| at);
        id[from..].to_owned()
    }
}

/// What became of a change that was sent, or why it was not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Applied {
    /// The provider said yes.
    Confirmed {
        /// What was read back, if it could be read.
        read_back: Option<Before>,
        /// Whether the read-back showed the new values within 10 s.
        visible: bool,
        /// Messages that the provider sent along with its success.
        messages: Vec<Untrusted>,
        /// What was made, where the answer named it.
        made: Option<Subject>,
    },
    /// The provider said yes and goes on: its end comes later ([`Ended`]).
    Accepted {
        /// The provider's name for what goes on.
        operation: String,
        /// Messages that the provider sent along with its success.
        messages: Vec<Untrusted>,
    },
    /// It already is as wanted; nothing was sent, and it counts as done.
    NothingToDo,
    /// The second read differs from the plan: nothing was sent, here is the plan as it would be now.
    Outdated(Box<Plan>),
    /// The provider said no; nothing was changed.
    Refused(Failure),
    /// It was sent and nobody knows what became of it. Never sent again by itself.
    Unknown(Failure),
    /// Nothing was sent: no connection, another identity, a journal that can't be written.
    NotSent(Failure),
}

/// How a change ended that went on after the provider's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It is done, and made this.
    Done(Option<Subject>),
    /// It failed.
    Failed(Failure),
    /// It goes on still, longer than anybody waits: it stays listed.
    Running,
}

/// How far the sending of a plan is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The whole of it is at this step, e.g. `reading again`.
    Step(&'static str),
    /// One of its changes is being sent; by its place in the plan, from 0.
    Sending(usize),
    /// One of its changes is over.
    Over(usize, Box<Applied>),
}

/// Whether the next change may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// It may.
    Go,
    /// It waits; what is on its way comes to its end.
    Pause,
    /// It may not, and none after it; what is on its way comes to its end.
    Stop,
}
