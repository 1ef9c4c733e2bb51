//! What providers share that hold accounts in OUs below one root: AWS and Huawei Cloud have the same forms for them.

use crate::domain::{Change, ChangeKind, Field, FormSpec};

/// Closes an account.
pub(super) const CLOSE: FormSpec = FormSpec { title: "Close account", kind: ChangeKind::CloseAccount, fields: &[] };

/// Moves an account, which always stands in the root or in an OU.
pub(super) const MOVE: FormSpec = FormSpec {
    title: "Move account",
    kind: ChangeKind::MoveAccount,
    fields: &[
        Field::text(Change::FROM, "From", "The root or OU that holds the account now").required(),
        Field::text(Change::TO, "To", "The root or OU to move it to").required(),
    ],
};

/// Makes an OU.
pub(super) const CREATE_UNIT: FormSpec = FormSpec {
    title: "New OU",
    kind: ChangeKind::CreateOrganization,
    fields: &[Field::text("name", "Name", "The new OU's name, unique in its place").required()],
};

/// Renames an OU.
pub(super) const RENAME_UNIT: FormSpec = FormSpec {
    title: "Rename OU",
    kind: ChangeKind::RenameOrganization,
    fields: &[Field::text("name", "Name", "The OU's name, unique in its place").required()],
};

/// Deletes an OU.
pub(super) const DELETE_UNIT: FormSpec =
    FormSpec { title: "Delete OU", kind: ChangeKind::DeleteOrganization, fields: &[] };
