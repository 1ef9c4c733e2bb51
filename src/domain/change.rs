//! Intended writes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Secret, Subject, Values};

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

    /// What an accepted one toasts that goes on after the provider's answer; a contract of the screen.
    #[must_use]
    pub fn running(self) -> &'static str {
        match self {
            Self::Profile | Self::UpdateAccount | Self::RenameOrganization => "Saving",
            Self::CreateAccount | Self::CreateStandalone | Self::CreateOrganization => "Creating",
            Self::DeleteAccount | Self::DeleteOrganization => "Deleting",
            Self::CloseAccount => "Closing",
            Self::RemoveAccount => "Removing",
            Self::MoveAccount => "Moving",
        }
    }

    /// Whether it ends what it is about (for its holder): asked for with a typed word at every protection level.
    #[must_use]
    pub fn ends(self) -> bool {
        match self {
            Self::DeleteAccount | Self::CloseAccount | Self::RemoveAccount | Self::DeleteOrganization => true,
            Self::Profile
            | Self::CreateAccount
            | Self::CreateStandalone
            | Self::UpdateAccount
            | Self::MoveAccount
            | Self::CreateOrganization
            | Self::RenameOrganization => false,
        }
    }

    /// Whether it makes something that is not there yet: its subject is where it is made.
    #[must_use]
    pub fn makes(self) -> bool {
        match self {
            Self::CreateAccount | Self::CreateStandalone | Self::CreateOrganization => true,
            Self::Profile
            | Self::UpdateAccount
            | Self::DeleteAccount
            | Self::CloseAccount
            | Self::RemoveAccount
            | Self::MoveAccount
            | Self::RenameOrganization
            | Self::DeleteOrganization => false,
        }
    }

    /// What one is about, by its subject; of what is made, what it will be.
    #[must_use]
    pub fn noun(self, subject: &Subject) -> &'static str {
        match self {
            Self::CreateAccount
            | Self::CreateStandalone
            | Self::UpdateAccount
            | Self::DeleteAccount
            | Self::CloseAccount
            | Self::RemoveAccount
            | Self::MoveAccount => "account",
            Self::CreateOrganization | Self::RenameOrganization | Self::DeleteOrganization => "organization",
            Self::Profile => subject.noun(),
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
    /// The key under which the provider makes something only once. It is made with the plan and stays the same in every
    /// sending and in the journal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

impl Change {
    /// The value of a move that names the organization that holds the account now; empty where none does.
    pub const FROM: &'static str = "from";
    /// The value of a move that names the organization to move to.
    pub const TO: &'static str = "to";
}
