//! The record of what became of intended writes.

use std::collections::{BTreeSet, HashSet};

use serde::{Deserialize, Serialize};

use super::{ChangeKind, ConnectionName, Diff, Failure, Identity, Moment, Subject, Untrusted, Values, shown};

/// Where a change stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JournalState {
    /// About to be sent; on disk before the first byte goes out.
    Intended,
    /// The request went out; with an [`JournalRecord::operation`] the provider said yes and goes on.
    Sent,
    /// The provider said yes.
    Confirmed,
    /// The provider said no.
    Refused,
    /// Nobody knows.
    Unknown,
    /// An unknown one, settled by reading back: [`JournalRecord::done`] says how.
    Reconciled,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_none(count: &u32) -> bool {
    *count == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_not(said: &bool) -> bool {
    !*said
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
    /// What was wanted: a plan can be made of it again. Secrets are not in it.
    #[serde(default)]
    pub values: Values,
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
    /// The key under which the provider makes something only once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The provider's name for what goes on after its answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// What was made, where the provider named it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made: Option<Subject>,
    /// Of a reconciled one: whether it turned out to be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done: Option<bool>,
    /// The provider's id of the request that carried it, where its answer gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Whether it went out in the provider's call for several moves at once.
    #[serde(default, skip_serializing_if = "is_not")]
    pub batch: bool,
    /// The change that this one undoes, if it was planned as that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undoes: Option<String>,
}

impl JournalRecord {
    /// The id of the plan that the change was part of: a change's id is the plan's, a hyphen, and its place from 1.
    #[must_use]
    pub fn plan(&self) -> &str {
        self.change.rsplit_once('-').map_or(&self.change, |(plan, _)| plan)
    }

    /// What the change is about, by name, else by id; of a create what was to be made.
    #[must_use]
    pub fn title(&self) -> &str {
        let wanted = ["name", "AccountName", "title"]
            .map(|field| self.values.get(field))
            .into_iter()
            .find(|name| !name.is_empty());
        let name = wanted.filter(|_| self.kind.makes()).unwrap_or_else(|| self.name.raw());
        if name.is_empty() { self.target_id() } else { name }
    }

    /// The id of what the change is about; of a create that of what was made, empty as long as nobody knows it.
    #[must_use]
    pub fn target_id(&self) -> &str {
        match self.made.as_ref().filter(|_| self.kind.makes()) {
            Some(made) => made.id(),
            None if self.kind.makes() => "",
            None => self.subject.id(),
        }
    }

    /// Why nothing takes it back, whoever asks, where that is so by what it did.
    #[must_use]
    pub fn for_good(&self) -> Option<String> {
        let noun = self.subject.noun();
        let made = || self.made.as_ref().map(|made| format!(" ({})", shown(made.id()))).unwrap_or_default();
        match self.kind {
            ChangeKind::Profile if !self.existed => Some(format!(
                "there was no profile before, and a profile can't be taken away; its fields can be emptied: edit the {noun}"
            )),
            ChangeKind::Profile
            | ChangeKind::UpdateAccount
            | ChangeKind::RenameOrganization
            | ChangeKind::MoveAccount => None,
            ChangeKind::CreateAccount | ChangeKind::CreateStandalone => {
                Some(format!("it made an account{}; that is not taken back, only deleted or closed", made()))
            }
            ChangeKind::CreateOrganization => {
                Some(format!("it made an organization{}; that is not taken back, only deleted", made()))
            }
            ChangeKind::DeleteAccount | ChangeKind::DeleteOrganization => {
                Some(format!("the {noun} is deleted, and no provider brings one back"))
            }
            ChangeKind::CloseAccount => {
                Some("the account is closed; only the provider's support can open it again".into())
            }
            ChangeKind::RemoveAccount => Some(
                "the account left its organization; it comes back only by an invitation that its owner accepts".into(),
            ),
        }
    }

    /// Whether the change is done, as far as this record says; `None` while nobody knows.
    #[must_use]
    pub fn is_done(&self) -> Option<bool> {
        match self.state {
            JournalState::Intended | JournalState::Sent | JournalState::Unknown => None,
            JournalState::Confirmed => Some(true),
            JournalState::Refused => Some(false),
            // One that does not say how it was settled is no reason to send anything again.
            JournalState::Reconciled => Some(self.done.unwrap_or(true)),
        }
    }
}

/// The changes that were done and that a later one took back: their own records stay as they are. An undo that was itself
/// undone took nothing back. Of each change its newest record is given, the newest change first.
#[must_use]
pub fn undone<'r>(newest_first: impl Iterator<Item = &'r JournalRecord>) -> HashSet<&'r str> {
    let mut undone = HashSet::new();
    for record in newest_first {
        if let Some(change) = record.undoes.as_deref()
            && record.is_done() == Some(true)
            && !undone.contains(record.change.as_str())
        {
            undone.insert(change);
        }
    }
    undone
}

/// What a journal holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Records {
    /// The records that can be read, oldest first.
    pub records: Vec<JournalRecord>,
    /// Lines that can't: damaged, or written by a later version. Each of them is a record lost.
    pub skipped: usize,
    /// Lines whose end is missing: a crash came while they were written. No record is lost with them that anything was
    /// done upon: what was to be sent was not, and an outcome that was not noted leaves its change listed as unknown.
    pub torn: usize,
    /// Plans, by their ids, that a running process is sending: what of them has no outcome yet is not unsettled.
    pub under_way: BTreeSet<String>,
}
