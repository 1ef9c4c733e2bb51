//! `auth` and `config` as data.

use clap::{Args, Subcommand, ValueEnum};

use super::RowView;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum AuthCommand {
    /// Who each connection is, by what, where that comes from, what it may do, and when it ends
    #[command(after_help = STATUS)]
    Status(RowView),
    /// Add a connection, or give one another credential; asks step by step in a terminal
    #[command(after_help = LOGIN)]
    Login(Box<LoginArgs>),
    /// Take the credential out of a connection (-c), and remove what login stored of it
    Logout,
}

const STATUS: &str = "\
With --offline nobody is asked: the credential is fetched from its source, and that is all.

Exit status: 0 all is well, 4 a connection needs authentication, 1 any other problem.";

const LOGIN: &str = "\
The connection is named by -c, else as its provider. Secrets are read from a file (token=@FILE) or stdin (token=@-), never \
from the command line. What is there already is named without --import and used with it: env, cx, profile:NAME.

  acctui auth login
  acctui auth login cloudflare -c prod --set token=@- --store keyring < token.txt
  acctui auth login cloudflare -c prod --env token=CLOUDFLARE_API_TOKEN
  acctui auth login cloud66 --command token='op read op://Private/cloud66/token'
  acctui auth login huawei --import profile:global";

#[derive(Debug, Default, Args)]
pub(in crate::cli) struct LoginArgs {
    /// cloudflare, cloud66, landscape, huawei or aws
    pub(in crate::cli) provider: Option<String>,
    /// Another base URL than the provider's public one
    #[arg(long, value_name = "URL")]
    pub(in crate::cli) base_url: Option<String>,
    /// A field of the credential; a secret one as FIELD=@FILE or FIELD=@- (repeatable)
    #[arg(long, value_name = "FIELD=VALUE")]
    pub(in crate::cli) set: Vec<String>,
    /// Read a field from an environment variable each time (repeatable)
    #[arg(long, value_name = "FIELD=VARIABLE")]
    pub(in crate::cli) env: Vec<String>,
    /// Ask a command for a field each time (repeatable)
    #[arg(long, value_name = "FIELD=COMMAND")]
    pub(in crate::cli) command: Vec<String>,
    /// Take the whole credential from a profile that other programs keep
    #[arg(long, value_name = "NAME", conflicts_with_all = ["set", "env", "command"])]
    pub(in crate::cli) profile: Option<String>,
    /// Ask a command for the whole credential each time (aws-process)
    #[arg(long, value_name = "COMMAND", conflicts_with_all = ["set", "env", "command", "profile"])]
    pub(in crate::cli) process: Option<String>,
    /// Use what was found on this machine
    #[arg(long, value_name = "WHAT", conflicts_with_all = ["set", "env", "command", "profile", "process"])]
    pub(in crate::cli) import: Option<String>,
    /// Where secrets are put that --set gives
    #[arg(long, value_name = "WHERE")]
    pub(in crate::cli) store: Option<StoreKind>,
    /// Do not ask the provider who it is first
    #[arg(long)]
    pub(in crate::cli) no_verify: bool,
    /// Agree that another credential takes the place of the one that is there
    #[arg(long)]
    pub(in crate::cli) yes: bool,
}

impl LoginArgs {
    /// Whether any flag says where the credential comes from.
    pub(in crate::cli) fn says_credential(&self) -> bool {
        let listed = [&self.set, &self.env, &self.command].iter().any(|list| !list.is_empty());
        listed || [&self.profile, &self.process, &self.import].iter().any(|one| one.is_some())
    }
}

/// Where secrets are put.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum StoreKind {
    /// The system's keyring
    Keyring,
    /// A file beside config.toml that nobody else can read
    File,
}

#[derive(Clone, Copy, Debug, Subcommand)]
pub(in crate::cli) enum ConfigCommand {
    /// Where all files are
    Path,
    /// Look the config file over: all its faults at once, each with its place
    Check,
    /// The JSON Schema of the config file
    Schema,
    /// Write a config file in which every setting stands as a comment
    Init {
        /// Write it to stdout instead
        #[arg(long)]
        print: bool,
    },
}
