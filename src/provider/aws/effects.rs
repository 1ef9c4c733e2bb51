//! What a change brings along beyond its fields, in sentences (AWS documentation). Nothing is asked for them.

use crate::domain::{Change, ChangeKind};

pub(super) fn of(change: &Change) -> Vec<String> {
    let words: &[&str] = match change.kind {
        ChangeKind::CloseAccount => &[
            "closing goes on after the answer: the account is PENDING_CLOSURE, later SUSPENDED or CLOSED, and stays listed; \
             within 90 days AWS Support opens it again, then nobody",
            "AWS closes 3 accounts at a time, and within 30 days no more than a part of them: its documents say 10 % (10 at least) \
             or 20 % (250 at least), and never over 1,000",
            "the account's resources are deleted after the 90 days; a GovCloud account that belongs to it is closed with it",
        ],
        ChangeKind::MoveAccount => &[
            "the policies of the destination and of all above it apply to the account from then on, those of its old \
             place no longer",
        ],
        ChangeKind::CreateAccount => &[
            "an account is never deleted, only closed: see the quotas of closing",
            "the e-mail address can't be another AWS account's, now or later; making it takes some minutes",
        ],
        ChangeKind::DeleteOrganization => &[
            "deleting an OU can't be undone: one of the same name would have another id; only an empty one is deleted",
        ],
        ChangeKind::Profile
        | ChangeKind::CreateStandalone
        | ChangeKind::UpdateAccount
        | ChangeKind::DeleteAccount
        | ChangeKind::RemoveAccount
        | ChangeKind::CreateOrganization
        | ChangeKind::RenameOrganization => &[],
    };
    words.iter().map(|&words| words.to_owned()).collect()
}
