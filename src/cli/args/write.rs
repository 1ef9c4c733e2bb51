//! The commands that write, as data.

use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, ValueEnum, ValueHint};

use super::super::complete;
use super::{Fresh, RowView};
use crate::domain::ChangeKind;

/// What every write takes.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Writing")]
pub(in crate::cli) struct WriteArgs {
    /// Say what would be done, and do nothing
    #[arg(long)]
    pub(in crate::cli) dry_run: bool,
    /// Answer yes to what asks for a key; not to what asks for a typed word
    #[arg(long)]
    pub(in crate::cli) yes: bool,
    /// The word that confirms what asks for a typed word
    #[arg(long, value_name = "WORD")]
    pub(in crate::cli) confirm: Option<String>,
    /// Why, for the journal
    #[arg(long, value_name = "TEXT")]
    pub(in crate::cli) reason: Option<String>,
}

/// Fields and their values, and what every write takes.
#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct SetArgs {
    /// Set a field (repeatable); FIELD is the provider's own name. A secret one takes FIELD=@FILE or FIELD=@- only
    #[arg(long = "set", value_name = "FIELD=VALUE")]
    pub(in crate::cli) set: Vec<String>,
    #[command(flatten)]
    pub(in crate::cli) write: WriteArgs,
}

/// Whether what goes on after the provider's answer is waited for.
#[derive(Clone, Copy, Debug, Args)]
pub(in crate::cli) struct WaitArgs {
    /// Do not wait for the end of what goes on after the provider's answer
    #[arg(long)]
    pub(in crate::cli) no_wait: bool,
}

/// Fields of one thing that is there: a profile, an account, an organization.
#[derive(Debug, Args)]
pub(in crate::cli) struct RenameArgs {
    /// The organization's id
    #[arg(value_parser = NonEmptyStringValueParser::new(), add = complete::organizations())]
    pub(in crate::cli) id: String,
    /// Its new name
    pub(in crate::cli) name: Option<String>,
    #[command(flatten)]
    pub(in crate::cli) fields: SetArgs,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct SetOnArgs {
    /// The id of the account or organization
    #[arg(value_parser = NonEmptyStringValueParser::new(), add = complete::all())]
    pub(in crate::cli) id: String,
    #[command(flatten)]
    pub(in crate::cli) fields: SetArgs,
}

/// A profile to read, or to change.
#[derive(Debug, Args)]
pub(in crate::cli) struct ProfileArgs {
    /// The id of the account or organization
    #[arg(value_parser = NonEmptyStringValueParser::new(), add = complete::all())]
    pub(in crate::cli) id: String,
    #[command(flatten)]
    pub(in crate::cli) fresh: Fresh,
    #[command(flatten)]
    pub(in crate::cli) fields: SetArgs,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct CreateArgs {
    #[command(flatten)]
    pub(in crate::cli) fields: SetArgs,
    /// Make it in this organization
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new(), add = complete::organizations())]
    pub(in crate::cli) org: Option<String>,
    #[command(flatten)]
    pub(in crate::cli) wait: WaitArgs,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct OrgCreateArgs {
    #[command(flatten)]
    pub(in crate::cli) fields: SetArgs,
    /// Make it inside this organization
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new(), add = complete::organizations())]
    pub(in crate::cli) parent: Option<String>,
}

/// Accounts by their ids.
#[derive(Debug, Args)]
pub(in crate::cli) struct IdsArgs {
    /// The accounts' ids; - reads them from stdin, one a line
    #[arg(
        required = true, value_name = "ID", value_parser = NonEmptyStringValueParser::new(), add = complete::accounts()
    )]
    pub(in crate::cli) ids: Vec<String>,
    #[command(flatten)]
    pub(in crate::cli) write: WriteArgs,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct MoveArgs {
    #[command(flatten)]
    pub(in crate::cli) accounts: IdsArgs,
    /// The organization to move them to
    #[arg(
        long, value_name = "ORG", value_parser = NonEmptyStringValueParser::new(), add = complete::organizations()
    )]
    pub(in crate::cli) to: String,
    /// Try the provider's call for several moves at once first (Cloudflare documents it as not implemented)
    #[arg(long)]
    pub(in crate::cli) batch: bool,
}

/// Accounts that come to an end.
#[derive(Debug, Args)]
pub(in crate::cli) struct EndArgs {
    #[command(flatten)]
    pub(in crate::cli) accounts: IdsArgs,
    #[command(flatten)]
    pub(in crate::cli) wait: WaitArgs,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct OrgDeleteArgs {
    /// The organization's id
    #[arg(value_parser = NonEmptyStringValueParser::new(), add = complete::organizations())]
    pub(in crate::cli) id: String,
    #[command(flatten)]
    pub(in crate::cli) write: WriteArgs,
}

/// How a sheet is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum SheetKind {
    /// A table `[[account]]` for each account
    Toml,
    /// Comma-separated, for spreadsheets
    Csv,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ExportArgs {
    /// Only accounts that match, as after / in the browser
    #[arg(long, value_name = "Q", allow_hyphen_values = true)]
    pub(in crate::cli) filter: Option<String>,
    /// The format of the sheet; -o csv is the same as --format csv
    #[arg(long, value_name = "FORMAT")]
    pub(in crate::cli) format: Option<SheetKind>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ApplyArgs {
    /// The sheet; - reads it from stdin
    #[arg(value_hint = ValueHint::FilePath)]
    pub(in crate::cli) file: PathBuf,
    /// The format of the sheet, where it can't be told
    #[arg(long, value_name = "FORMAT")]
    pub(in crate::cli) format: Option<SheetKind>,
    #[command(flatten)]
    pub(in crate::cli) write: WriteArgs,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct EditArgs {
    /// Only accounts that match, as after / in the browser
    #[arg(long, value_name = "Q", allow_hyphen_values = true)]
    pub(in crate::cli) filter: Option<String>,
    #[command(flatten)]
    pub(in crate::cli) write: WriteArgs,
}

#[derive(Debug, Args)]
#[command(mut_arg("limit", |limit| {
    limit.help("Only the newest so many changes, each with its newest state; with --sort the first ones of that order")
}))]
pub(in crate::cli) struct JournalArgs {
    /// Undo this change, or by a plan's id (a change's without its last number) all that the plan did
    #[arg(long, value_name = "CHANGE", conflicts_with_all = ["settle", "sort", "columns", "limit"])]
    pub(in crate::cli) undo: Option<String>,
    #[command(flatten)]
    pub(in crate::cli) view: RowView,
    /// Note what became of a change whose outcome nobody knows, as you found it out
    #[arg(long, value_name = "CHANGE=done|not-done", conflicts_with_all = ["sort", "columns", "limit"])]
    pub(in crate::cli) settle: Option<String>,
    #[command(flatten)]
    pub(in crate::cli) write: WriteArgs,
}

/// How accounts come to an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli) enum End {
    Delete,
    Close,
    Remove,
}

impl End {
    pub(in crate::cli) fn kind(self) -> ChangeKind {
        match self {
            Self::Delete => ChangeKind::DeleteAccount,
            Self::Close => ChangeKind::CloseAccount,
            Self::Remove => ChangeKind::RemoveAccount,
        }
    }
}
