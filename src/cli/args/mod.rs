//! The command line as data.

mod setup;
mod write;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum, ValueHint};

pub(super) use self::setup::{AuthCommand, ConfigCommand, LoginArgs, StoreKind};
pub(super) use self::write::{
    ApplyArgs, CreateArgs, EditArgs, End, EndArgs, ExportArgs, IdsArgs, JournalArgs, MoveArgs, OrgCreateArgs,
    OrgDeleteArgs, ProfileArgs, RenameArgs, SetArgs, SetOnArgs, SheetKind, WaitArgs, WriteArgs,
};
use super::complete;
use crate::sim::{AccountsSpec, Assume, Fault};

/// Every cloud account you own, in one terminal. Without a command: the browser.
#[derive(Debug, Parser)]
#[command(name = "acctui", version = env!("ACCTUI_VERSION"), about, disable_help_subcommand = true)]
pub(super) struct Cli {
    #[command(flatten)]
    pub(super) common: Common,
    /// Begin the browser as at first: how it was left (scope, filter, order, panes) is not brought back
    #[arg(long)]
    pub(super) fresh: bool,
    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

/// What every command takes.
#[derive(Clone, Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(super) struct Common {
    /// Use this connection (repeatable); all that are configured otherwise
    #[arg(short, long = "connection", value_name = "NAME", global = true, add = complete::connections())]
    pub(super) connections: Vec<String>,
    /// How to write data
    #[arg(short, long, value_name = "FORMAT", global = true, default_value = "table")]
    pub(super) output: Format,
    /// Read this config file [env: `ACCTUI_CONFIG`]
    #[arg(long, value_name = "FILE", global = true, value_hint = ValueHint::FilePath)]
    pub(super) config: Option<PathBuf>,
    /// Ask no provider
    #[arg(long, global = true)]
    pub(super) offline: bool,
    /// Keep what providers say in memory alone: nothing is read from the disk or left there
    #[arg(long, global = true)]
    pub(super) no_cache: bool,
    /// Write nothing, whatever the connections' protection is
    #[arg(long, global = true)]
    pub(super) read_only: bool,
    /// No colours (also: the environment variable `NO_COLOR`)
    #[arg(long, global = true)]
    pub(super) no_color: bool,
    /// Draw the browser's frames and signs, and trees, in ASCII (the browser's by themselves where the locale names a charset other than UTF-8)
    #[arg(long, global = true)]
    pub(super) ascii: bool,
    /// Say more: on stderr what was found and which requests were made, in the log more than that (-vv: all)
    #[arg(short, long, action = ArgAction::Count, global = true)]
    pub(super) verbose: u8,
    /// Write the log here; without it acctui.log in the state directory
    #[arg(long, value_name = "FILE", global = true, value_hint = ValueHint::FilePath)]
    pub(super) log_file: Option<PathBuf>,
    /// Also trust the certificates of this PEM file, beside those of the machine
    #[arg(long, value_name = "FILE", global = true, value_hint = ValueHint::FilePath)]
    pub(super) ca_cert: Option<PathBuf>,
}

/// What the help of every write says of its data.
const RESULTS: &str = "\
A line on stdout for each change that came to what was wanted: moved NAME (ID) to NAME (ID), saved, deleted, unchanged; of \
what was created its id alone; of what goes on still accepted and the change's id.

With -o json, ndjson or csv what became of each change is written: connection, target, kind, outcome \
(confirmed, accepted, nothing_to_do, refused, unknown, not_sent), made (the id of what was created), message, change (its \
id in the journal). With --dry-run: connection, target, kind, diff, request, warnings, conflicts, refusal; beside the \
changes, the plan's own warnings.

Exit status: 0 done, 1 failed, 3 some failed, 5 refused by protection or confirmation, 6 nobody knows the outcome of \
some, 7 not found.";

const JOURNAL: &str = "\
With -o csv, and for --sort and --columns: change, at, state, connection, kind, target, name, done, made, request_id, \
reason, failure, undoes (the change that this one undoes), undone (true where a later change took this one back, else \
false).";

/// How data is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    Table,
    /// One JSON document
    Json,
    /// One JSON object a line
    Ndjson,
    /// Comma-separated, with a header line
    Csv,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// The browser on the embedded simulator: no credentials, nothing leaves the machine
    Demo(DemoArgs),
    /// The embedded simulator as a server on loopback
    Sim(SimArgs),
    /// List accounts
    List(Box<ListArgs>),
    /// Show one account with all that its provider says
    Show {
        /// The account's id
        #[arg(add = complete::accounts())]
        id: String,
        #[command(flatten)]
        extras: Extras,
        #[command(flatten)]
        fresh: Fresh,
    },
    /// The organizations above an account, root first
    Lineage {
        /// The account's id
        #[arg(add = complete::accounts())]
        id: String,
        #[command(flatten)]
        fresh: Fresh,
        #[command(flatten)]
        view: HierarchyView,
    },
    /// The hierarchy of organizations, as a drawn tree or nested JSON
    Tree {
        /// Show this organization and all below it
        #[arg(add = complete::organizations())]
        org: Option<String>,
        #[command(flatten)]
        fresh: Fresh,
        #[command(flatten)]
        view: HierarchyView,
    },
    /// Show or change the profile of an account or organization; what was written is shown as the profile
    Profile(ProfileArgs),
    /// Create an account
    #[command(after_help = RESULTS)]
    Create(CreateArgs),
    /// Change an account's own fields
    #[command(after_help = RESULTS)]
    Update(SetOnArgs),
    /// Move accounts to an organization
    #[command(after_help = RESULTS)]
    Move(MoveArgs),
    /// Delete accounts; always asks for a typed word
    #[command(after_help = RESULTS)]
    Delete(EndArgs),
    /// Close accounts; always asks for a typed word
    #[command(after_help = RESULTS)]
    Close(EndArgs),
    /// Take accounts out of their organization; always asks for a typed word
    #[command(after_help = RESULTS)]
    Remove(EndArgs),
    /// Organizations
    #[command(subcommand)]
    Org(OrgCommand),
    /// Make the one account of a new self-hosted server (Landscape)
    #[command(after_help = RESULTS)]
    Standalone(SetArgs),
    /// Write the editable fields of accounts as a text to be changed: for apply
    Export(ExportArgs),
    /// Change accounts to what a sheet says (see export)
    #[command(after_help = RESULTS)]
    Apply(ApplyArgs),
    /// Change accounts' fields in $EDITOR: export, edit, apply
    #[command(after_help = RESULTS)]
    Edit(EditArgs),
    /// The record of every change; undo one, or settle one whose outcome nobody knows
    #[command(after_help = format!("{JOURNAL}\n\n{RESULTS}"))]
    Journal(JournalArgs),
    /// List the connections anew into the inventory that the browser and all reads answer from
    Sync(SyncArgs),
    /// Remove what is kept of a connection (-c), or of all: history, labels and the journal stay
    Forget(ForgetArgs),
    /// What syncs observed: accounts that appeared, went, moved, or say something else
    History(HistoryArgs),
    /// Open the web dashboard, signed in by a one-time code (Cloud 66)
    Otp(OtpArgs),
    /// Credentials: who connections are, signing in and out
    #[command(subcommand)]
    Auth(AuthCommand),
    /// The config file: where it is, whether it is sound, what it may hold
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Make an account of a login the current one (Landscape)
    Switch {
        /// The account's id
        #[arg(add = complete::accounts())]
        account: String,
    },
    /// Look whether all is well: terminal, files, config, credentials, network, clock
    Doctor(DoctorArgs),
    /// Completions for a shell: connections and ids, too
    #[command(after_help = COMPLETIONS)]
    Completions {
        /// The shell
        shell: Shell,
    },
    /// The manual as man pages
    Man {
        /// Write a page for each command into this directory, instead of the first one to stdout
        #[arg(long, value_name = "DIRECTORY", value_hint = ValueHint::DirPath)]
        dir: Option<PathBuf>,
    },
}

/// How completions come into a shell.
const COMPLETIONS: &str = "\
bash: acctui completions bash > ~/.local/share/bash-completion/completions/acctui
zsh:  acctui completions zsh > a directory of $fpath, as _acctui
fish: acctui completions fish > ~/.config/fish/completions/acctui.fish

Ids come from what earlier commands and the browser kept; nothing is asked of a provider.";

/// The shells that have completions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Shell {
    /// Bourne again shell
    Bash,
    /// Z shell
    Zsh,
    /// Friendly interactive shell
    Fish,
}

#[derive(Debug, Args)]
pub(super) struct DoctorArgs {
    /// Ask the provider of one connection (-c) its read-only questions, and compare what its answers look like with what
    /// this program expects; no value is shown
    #[arg(long)]
    pub(super) wire: bool,
}

/// What is not asked by default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extra {
    Servers,
    Contact,
}

impl Extra {
    pub(super) const ALL: [Self; 2] = [Self::Servers, Self::Contact];

    /// The flag without its dashes.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Servers => "servers",
            Self::Contact => "contact",
        }
    }
}

#[derive(Clone, Copy, Debug, Args)]
pub(super) struct Extras {
    /// Also its servers (Cloud 66)
    #[arg(long)]
    servers: bool,
    /// Also its contact data (Huawei Cloud)
    #[arg(long)]
    contact: bool,
}

impl Extras {
    /// What is asked for.
    pub(super) fn wanted(self) -> Vec<Extra> {
        let given = [(self.servers, Extra::Servers), (self.contact, Extra::Contact)];
        given.into_iter().filter_map(|(given, extra)| given.then_some(extra)).collect()
    }
}

/// Whether a kept answer is good enough.
#[derive(Clone, Copy, Debug, Args)]
pub(super) struct Fresh {
    /// Ask the provider anew, also where an earlier answer is kept
    #[arg(long)]
    pub(super) live: bool,
}

/// What to show of rows that are no accounts.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct RowView {
    /// Order by a column, or by several: a,b:desc
    #[arg(long, value_name = "COL[:desc]")]
    pub(super) sort: Option<String>,
    /// The columns of table and csv, by the names of the csv
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub(super) columns: Vec<String>,
    /// Stop after so many
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub(super) limit: Option<usize>,
}

/// What to show of organizations that stand in an order of their own.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct HierarchyView {
    /// The columns of csv, by its names; of a table, which is drawn else
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    columns: Vec<String>,
    /// Stop after so many organizations, the root first
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    limit: Option<usize>,
}

impl HierarchyView {
    /// The same of rows: their order stays.
    pub(super) fn rows(&self) -> RowView {
        RowView { sort: None, columns: self.columns.clone(), limit: self.limit }
    }
}

#[derive(Debug, Args)]
pub(super) struct SyncArgs {
    /// Also what costs one request an account
    #[arg(long, value_name = "WHAT", value_delimiter = ',')]
    pub(super) with: Vec<With>,
    /// Agree to the cost, and to what vanished in masses
    #[arg(long)]
    pub(super) yes: bool,
}

/// What a sync also asks for, an account at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum With {
    /// Profiles
    Profiles,
    /// The organizations above each account
    Lineage,
    /// Contact data (Huawei Cloud)
    Contact,
}

#[derive(Debug, Args)]
pub(super) struct ForgetArgs {
    /// Go ahead without being asked
    #[arg(long)]
    pub(super) yes: bool,
}

#[derive(Debug, Args)]
#[command(mut_arg("limit", |limit| limit.help("Only the newest so many; with --sort the first ones of that order")))]
pub(super) struct HistoryArgs {
    /// What was observed since then: an age (7d, 12h), a date (2026-01-31) or RFC 3339
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(super) since: Option<String>,
    /// Only entries with all these words in them: names, ids, fields, values
    #[arg(long, value_name = "WORDS")]
    pub(super) filter: Option<String>,
    #[command(flatten)]
    pub(super) view: RowView,
}

#[derive(Debug, Args)]
pub(super) struct OtpArgs {
    /// Open the dashboard in the browser (the default)
    #[arg(long)]
    pub(super) open: bool,
    /// Print the code instead, once
    #[arg(long, conflicts_with = "open")]
    pub(super) print: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum OrgCommand {
    /// List all organizations
    List {
        #[command(flatten)]
        view: RowView,
        #[command(flatten)]
        fresh: Fresh,
    },
    /// Show one organization
    Show {
        /// The organization's id
        #[arg(add = complete::organizations())]
        id: String,
        #[command(flatten)]
        fresh: Fresh,
    },
    /// List the accounts directly in an organization
    Accounts {
        /// The organization's id
        #[arg(add = complete::organizations())]
        id: String,
        #[command(flatten)]
        fresh: Fresh,
        #[command(flatten)]
        view: Box<View>,
        #[command(flatten)]
        remote: Box<Remote>,
    },
    /// Show or change an organization's profile
    Profile(ProfileArgs),
    /// Create an organization
    #[command(after_help = RESULTS)]
    Create(OrgCreateArgs),
    /// Give an organization another name: NAME, or --set name=NAME
    #[command(after_help = RESULTS)]
    Rename(RenameArgs),
    /// Delete an organization; always asks for a typed word
    #[command(after_help = RESULTS)]
    Delete(OrgDeleteArgs),
}

#[derive(Debug, Default, Args)]
pub(super) struct DemoArgs {
    /// How many accounts: N, or PROVIDER=N (repeatable)
    #[arg(long, value_name = "SPEC")]
    pub(super) accounts: Vec<AccountsSpec>,
    /// Begin as at first; the demo always does, it keeps nothing
    #[arg(long)]
    pub(super) fresh: bool,
}

#[derive(Debug, Args)]
pub(super) struct SimArgs {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    pub(super) listen: SocketAddr,
    /// How many accounts: N, or PROVIDER=N (repeatable)
    #[arg(long, value_name = "SPEC")]
    pub(super) accounts: Vec<AccountsSpec>,
    /// The seed of all that is drawn
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(super) seed: u64,
    /// What goes wrong, e.g. latency=50ms or 500=0.02@/cloudflare (repeatable)
    #[arg(long, value_name = "SPEC")]
    pub(super) fault: Vec<Fault>,
    /// Settle what the providers' documents leave open: NAME=VALUE, or seed (repeatable)
    #[arg(long, value_name = "NAME=VALUE")]
    pub(super) assume: Vec<Assume>,
    /// Whether the documented rate limits are in force
    #[arg(long, value_name = "on|off", default_value = "off")]
    pub(super) limits: Switch,
    /// Write one JSON line for each request into this file
    #[arg(long, value_name = "FILE")]
    pub(super) log: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Switch {
    /// In force
    On,
    /// Not in force
    Off,
}

#[derive(Debug, Args)]
pub(super) struct ListArgs {
    /// Only accounts in this organization and all below it
    #[arg(long, value_name = "ID", add = complete::organizations())]
    pub(super) org: Option<String>,
    /// With --org: that organization alone
    #[arg(long, requires = "org")]
    pub(super) direct: bool,
    /// Ask the providers anew, also where an earlier listing is kept
    #[arg(long)]
    pub(super) live: bool,
    /// Also the accounts' contact data (Huawei Cloud)
    #[arg(long)]
    pub(super) contact: bool,
    #[command(flatten)]
    pub(super) view: View,
    #[command(flatten)]
    pub(super) remote: Remote,
}

/// What to show of the accounts, decided here.
#[derive(Clone, Debug, Args)]
pub(super) struct View {
    /// Words on names and field:value, as after / in the browser
    #[arg(long, value_name = "Q", allow_hyphen_values = true)]
    pub(super) filter: Option<String>,
    /// Order by a column, or by several: a,b:desc
    #[arg(long, value_name = "COL[:desc]")]
    pub(super) sort: Option<String>,
    /// The columns of table and csv; `labels` and `note`, which are your own, come in json, too
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub(super) columns: Vec<String>,
    /// Stop after so many
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub(super) limit: Option<usize>,
}

/// The provider's own list parameters.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Asked of the provider")]
pub(super) struct Remote {
    /// Accounts of this name
    #[arg(long, value_name = "TEXT")]
    name: Option<String>,
    /// Names with this in them
    #[arg(long, value_name = "TEXT")]
    name_contains: Option<String>,
    /// Names that begin with this
    #[arg(long, value_name = "TEXT")]
    name_starts_with: Option<String>,
    /// Names that end with this
    #[arg(long, value_name = "TEXT")]
    name_ends_with: Option<String>,
    /// The same for public names (deprecated by Cloudflare)
    #[arg(long, value_name = "TEXT")]
    pubname: Option<String>,
    /// Public names with this in them
    #[arg(long, value_name = "TEXT")]
    pubname_contains: Option<String>,
    /// Public names that begin with this
    #[arg(long, value_name = "TEXT")]
    pubname_starts_with: Option<String>,
    /// Public names that end with this
    #[arg(long, value_name = "TEXT")]
    pubname_ends_with: Option<String>,
    /// The provider's own order, e.g. `account_name`
    #[arg(long, value_name = "FIELD")]
    order_by: Option<String>,
    /// Up or down
    #[arg(long, value_name = "asc|desc")]
    direction: Option<String>,
    /// Rows a page
    #[arg(long, value_name = "N")]
    page_size: Option<u32>,
}

/// One list parameter: its flag, its name on the wire, its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Parameter {
    pub(super) flag: &'static str,
    pub(super) wire: &'static str,
    pub(super) value: String,
}

impl Remote {
    /// The parameters that are given.
    pub(super) fn parameters(&self) -> Vec<Parameter> {
        let page_size = self.page_size.map(|size| size.to_string());
        [
            ("--name", "name", &self.name),
            ("--name-contains", "name.contains", &self.name_contains),
            ("--name-starts-with", "name.startsWith", &self.name_starts_with),
            ("--name-ends-with", "name.endsWith", &self.name_ends_with),
            ("--pubname", "account_pubname", &self.pubname),
            ("--pubname-contains", "account_pubname.contains", &self.pubname_contains),
            ("--pubname-starts-with", "account_pubname.startsWith", &self.pubname_starts_with),
            ("--pubname-ends-with", "account_pubname.endsWith", &self.pubname_ends_with),
            ("--order-by", "order_by", &self.order_by),
            ("--direction", "direction", &self.direction),
            ("--page-size", "page_size", &page_size),
        ]
        .into_iter()
        .filter_map(|(flag, wire, value)| {
            let value = value.clone()?;
            Some(Parameter { flag, wire, value })
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_list_flag_has_its_name_on_the_wire() {
        let cli = Cli::parse_from([
            "acctui",
            "list",
            "--org",
            "o",
            "--name-starts-with",
            "a",
            "--pubname-contains=b",
            "--direction",
            "desc",
            "--page-size",
            "5",
            "-c",
            "prod",
            "-c",
            "test",
        ]);
        assert_eq!(cli.common.connections, ["prod", "test"]);
        let Some(Command::List(list)) = cli.command else { panic!("list: {cli:?}") };
        let wire: Vec<(&str, String)> =
            list.remote.parameters().into_iter().map(|parameter| (parameter.wire, parameter.value)).collect();
        assert_eq!(
            wire,
            [
                ("name.startsWith", "a".to_owned()),
                ("account_pubname.contains", "b".to_owned()),
                ("direction", "desc".to_owned()),
                ("page_size", "5".to_owned()),
            ]
        );
    }
}
