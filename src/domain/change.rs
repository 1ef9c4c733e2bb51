//! Intended writes, what they would do, and the record of what became of them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    ConnectionName, Failure, Identity, Lineage, Moment, Profile, Protection, Secret, Subject, Untrusted, Values,
};

/// What a change does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// Writes the profile of an account or organization.
    Profile,
    /// Makes an account. The subject is the connection, or the organization that it is made in.
    CreateAccount,
    /// Makes the one account of a new self-hosted server, which has no user yet. The subject is the connection.
    CreateStandalone,
    /// Alters an account's own fields.
    UpdateAccount,
    /// Deletes an account at once.
    DeleteAccount,
    /// Closes an account: its provider ends it some time later.
    CloseAccount,
    /// Takes an account out of its organization; it lives on by itself.
    RemoveAccount,
    /// Moves an account from one organization ([`Change::FROM`]) to another ([`Change::TO`]).
    MoveAccount,
    /// Makes an organization inside the subject, or at the top where the subject is the connection.
    CreateOrganization,
    /// Gives an organization another name.
    RenameOrganization,
    /// Deletes an organization.
    DeleteOrganization,
}

impl ChangeKind {
    /// The verb of the plan's title and of typed words, e.g. `edit`.
    #[must_use]
    pub fn verb(self) -> &'static str {
        match self {
            Self::Profile | Self::UpdateAccount => "edit",
            Self::CreateAccount | Self::CreateStandalone | Self::CreateOrganization => "create",
            Self::DeleteAccount | Self::DeleteOrganization => "delete",
            Self::CloseAccount => "close",
            Self::RemoveAccount => "remove",
            Self::MoveAccount => "move",
            Self::RenameOrganization => "rename",
        }
    }

    /// What a finished one toasts; a contract of the screen.
    #[must_use]
    pub fn done(self) -> &'static str {
        match self {
            Self::Profile | Self::UpdateAccount | Self::RenameOrganization => "Saved",
            Self::CreateAccount | Self::CreateStandalone | Self::CreateOrganization => "Created",
            Self::DeleteAccount | Self::DeleteOrganization => "Deleted",
            Self::CloseAccount => "Closed",
            Self::RemoveAccount => "Removed",
            Self::MoveAccount => "Moved",
        }
    }
}

/// One intended write. Every write of the program is one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// What it is about.
    pub subject: Subject,
    /// What it does.
    pub kind: ChangeKind,
    /// The fields to set; fields not in it keep what the fresh read gives.
    pub values: Values,
    /// The fields to set that are secret. They are on no disk: a draft or a journal record comes back without them.
    #[serde(skip)]
    pub secrets: BTreeMap<String, Secret>,
    /// What the person saw when they began; `None` from the command line. A fresh read that differs is a conflict.
    pub base: Option<Values>,
}

impl Change {
    /// The value of a move that names the organization that holds the account now; empty where none does.
    pub const FROM: &'static str = "from";
    /// The value of a move that names the organization to move to.
    pub const TO: &'static str = "to";
}

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
    /// The profile at the fresh read: what [`Applied::Outdated`] is decided on.
    pub read: Profile,
    /// What would alter. Empty: nothing to do.
    pub diff: Vec<Diff>,
    /// Fields that somebody else changed since the form was opened; never sent before each is decided.
    pub conflicts: Vec<Conflict>,
    /// What would be sent.
    pub request: RequestPreview,
    /// What to know before it is done, e.g. what can't be undone.
    pub warnings: Vec<String>,
}

/// An ordered list of changes, as it is shown and confirmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The id that the journal files it under.
    pub id: String,
    /// The connection it goes to.
    pub connection: ConnectionName,
    /// Who that connection was at the fresh read. It must be the same one when it is sent.
    pub identity: Identity,
    /// How carefully to ask.
    pub protection: Protection,
    /// When it was made.
    pub at: Moment,
    /// The changes in the order of sending.
    pub changes: Vec<PlannedChange>,
    /// True if a plan that was confirmed no longer held at the second read, and this one came in its place.
    pub renewed: bool,
}

impl Plan {
    /// Whether nothing would alter.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.iter().all(|planned| planned.diff.is_empty())
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
        read_back: Option<Profile>,
        /// Whether the read-back showed the new values within 10 s.
        visible: bool,
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

/// Where a change stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JournalState {
    /// About to be sent; on disk before the first byte goes out.
    Intended,
    /// The request went out.
    Sent,
    /// The provider said yes.
    Confirmed,
    /// The provider said no.
    Refused,
    /// Nobody knows.
    Unknown,
    /// An unknown one, settled by reading back.
    Reconciled,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_none(count: &u32) -> bool {
    *count == 0
}

/// One line of the journal: a change at one of its states. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalRecord {
    /// The change's id; all its records share it.
    pub change: String,
    /// When.
    pub at: Moment,
    /// Where the change stands now.
    pub state: JournalState,
    /// The connection's name.
    pub connection: ConnectionName,
    /// Who it was.
    pub identity: Identity,
    /// What it is about.
    pub subject: Subject,
    /// Its name at that time.
    pub name: Untrusted,
    /// What it does.
    pub kind: ChangeKind,
    /// What it alters, with the values before: undo is made from this.
    pub diff: Vec<Diff>,
    /// The whole of the fields before.
    pub before: Values,
    /// Whether there was a profile before.
    pub existed: bool,
    /// Why, from the person (`--reason`).
    pub reason: Option<String>,
    /// What the provider said, where it did.
    pub failure: Option<Failure>,
    /// How often the request was sent again after the provider's own throttle refusal; lines of earlier versions say
    /// nothing of it.
    #[serde(default, skip_serializing_if = "is_none")]
    pub resent: u32,
}
