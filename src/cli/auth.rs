//! `auth status`: who each connection is, by what, where that comes from, what it may do, and when it ends. Never the
//! secret, not even a part of it.

use std::sync::Arc;
use std::sync::Mutex;

use futures::future::join_all;
use serde::Serialize;

use super::args::{Format, RowView};
use super::desk::{self, Desk, interactive};
use super::out::Heading;
use super::rows::{Celled, Rows};
use super::stop::{self, Failed, Stop, status};
use crate::config::Connection;
use crate::domain::{ConnectionName, Credentials, Failure, FailureKind, Identity, Moment, Untrusted, shown};
use crate::provider::{Capability, CredentialSource, Cursor, Levels, ListScope, Offer, OrganizationScope, Provider};

/// How long before its end a credential is worth a word.
const SOON: u64 = 7 * 24 * 60 * 60 * 1000;

/// How a connection fares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Health {
    Ok,
    /// It works, and somebody should look at it.
    Warning,
    Wrong,
}

impl Health {
    fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Wrong => "wrong",
        }
    }
}

/// Something that the credential was seen to be allowed, or not.
#[derive(Clone, Debug, Serialize)]
struct Permission {
    what: &'static str,
    /// `None` where the answer did not say.
    allowed: Option<bool>,
    /// Why not.
    why: Option<String>,
}

/// One connection.
#[derive(Debug, Serialize)]
struct Row<'a> {
    connection: &'a str,
    provider: &'a str,
    status: Health,
    identity: Option<Untrusted>,
    organization: Option<Untrusted>,
    /// The credential's kind.
    kind: Option<String>,
    /// Where the credential comes from.
    source: String,
    permissions: Vec<Permission>,
    expires_at: Option<Untrusted>,
    /// Whether the provider answered; null where it was not asked.
    reachable: Option<bool>,
    problem: Option<String>,
    hint: Option<String>,
    #[serde(skip)]
    code: i32,
    /// What the problem is, as data.
    #[serde(skip)]
    failure: Option<Failure>,
}

impl<'a> Row<'a> {
    fn new(connection: &'a Connection) -> Self {
        Self {
            connection: connection.name.as_str(),
            provider: connection.provider.as_str(),
            status: Health::Ok,
            identity: None,
            organization: None,
            kind: None,
            source: connection.credentials.words(),
            permissions: Vec::new(),
            expires_at: None,
            reachable: None,
            problem: None,
            hint: None,
            code: status::OK,
            failure: None,
        }
    }

    fn wrong(mut self, failure: &Failure) -> Self {
        self.status = Health::Wrong;
        self.problem = Some(failure.to_string());
        self.hint.clone_from(&failure.hint);
        self.failure = Some(failure.clone());
        // Whatever else it is, nothing of it was found here.
        self.code = match stop::code(&failure.kind) {
            status::AUTHENTICATION => status::AUTHENTICATION,
            _ => status::FAILED,
        };
        self
    }

    /// Worth a word, unless there is a worse one.
    fn warn(&mut self, problem: String) {
        if self.status == Health::Ok {
            (self.status, self.problem) = (Health::Warning, Some(problem));
        }
    }

    fn is(&mut self, identity: Identity) {
        self.identity = Some(identity.user);
        self.organization = identity.organization;
        self.kind = Some(identity.credential);
        self.expires_at = self.expires_at.take().or(identity.expires_at);
    }

    /// What was allowed, in words.
    fn may(&self) -> String {
        let words = self.permissions.iter().map(|permission| match permission.allowed {
            Some(true) => permission.what.to_owned(),
            Some(false) => format!("not {}", permission.what),
            None => format!("{}: not known", permission.what),
        });
        words.collect::<Vec<String>>().join(", ")
    }

    fn cells(&self) -> [String; 10] {
        let text = |text: &Option<Untrusted>| text.as_ref().map_or_else(String::new, |text| text.raw().to_owned());
        let reachable = self.reachable.map_or("", |is| if is { "true" } else { "false" });
        [
            self.connection.to_owned(),
            self.provider.to_owned(),
            self.status.word().to_owned(),
            text(&self.identity),
            text(&self.organization),
            self.kind.clone().unwrap_or_default(),
            self.source.clone(),
            text(&self.expires_at),
            reachable.to_owned(),
            self.problem.clone().unwrap_or_default(),
        ]
    }

    const CSV: [&'static str; 10] = [
        "connection",
        "provider",
        "status",
        "identity",
        "organization",
        "kind",
        "source",
        "expires_at",
        "reachable",
        "problem",
    ];
}

/// Looks at all connections that are asked for, side by side.
pub(super) async fn status(desk: &Desk, view: &RowView) -> Result<(), Stop> {
    let shape = Rows::new(view, &Row::CSV)?;
    let chosen = desk::chosen(&desk.config, &desk.common, &desk.paths)?;
    let rows = join_all(chosen.into_iter().map(|connection| look(desk, connection))).await;
    let celled: Vec<_> = rows.iter().map(|row| Celled { cells: row.cells(), row }).collect();
    write(desk, &shape, &shape.arranged(celled))?;
    // What is not shown is as wrong.
    end(desk, &rows)
}

async fn look<'a>(desk: &Desk, connection: &'a Connection) -> Row<'a> {
    let mut row = Row::new(connection);
    let fetched = match connection.credentials.fetch(interactive()).await {
        Ok(fetched) => fetched,
        Err(failure) => return row.wrong(&failure),
    };
    let own_end = fetched.expires;
    row.expires_at = own_end.map(|end| Untrusted::from(end.rfc3339()));
    let now = (desk.clock)();
    if let Some(end) = own_end.filter(|end| *end <= now) {
        return row.wrong(&ended(&end.rfc3339()));
    }
    if desk.common.offline {
        return row;
    }
    let provider = match desk.open_with(connection, once(connection, fetched)) {
        Ok(provider) => provider,
        Err(failure) => return row.wrong(&failure),
    };
    match provider.identity().await {
        Ok(identity) => row.is(identity),
        Err(failure) => {
            row.reachable = Some(answered(&failure));
            return row.wrong(&failure);
        }
    }
    row.reachable = Some(true);
    if own_end.is_none()
        && let Some(failure) = over(&mut row, now)
    {
        return row.wrong(&failure);
    }
    permissions(row, &*provider).await
}

/// Notes an end that is near; the failure of one that is past. One that its source renews is no news.
fn over(row: &mut Row<'_>, now: Moment) -> Option<Failure> {
    let text = row.expires_at.as_ref()?.raw().to_owned();
    let end = text.parse::<jiff::Timestamp>().ok()?;
    let end = u64::try_from(end.as_millisecond()).unwrap_or(0);
    if end <= now.0 {
        return Some(ended(&text));
    }
    if end - now.0 < SOON {
        row.warn(format!("the credential ends at {text}"));
    }
    None
}

fn ended(at: &str) -> Failure {
    Failure::new(FailureKind::Auth, "the credential", format!("it ended at {at}")).with_hint("acctui auth login")
}

/// Whether a failure is an answer of the provider.
fn answered(failure: &Failure) -> bool {
    let is_silence = matches!(failure.kind, FailureKind::Unreachable | FailureKind::TimedOut | FailureKind::Tls);
    failure.status.is_some() || !is_silence
}

/// The credential that was fetched already, then from its source.
fn once(connection: &Connection, fetched: Credentials) -> CredentialSource {
    let (first, sources) = (Mutex::new(Some(fetched)), connection.credentials.clone());
    Arc::new(move || {
        let first = first.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
        let sources = sources.clone();
        Box::pin(async move {
            match first {
                Some(first) => Ok(first),
                None => sources.fetch(interactive()).await,
            }
        })
    })
}

/// Looks what the credential may read: the first page of accounts, and of organizations where there are any.
async fn permissions<'a>(mut row: Row<'a>, provider: &dyn Provider) -> Row<'a> {
    let spec = provider.spec();
    let accounts = provider.accounts(&ListScope::all(), &Cursor::First).await;
    let accounts = accounts.map(|page| page.rows.len());
    row.permissions.push(permission("list accounts", &accounts));
    if let Err(failure) = &accounts {
        return row.wrong(failure);
    }
    if spec.offer(Capability::Hierarchy) == Offer::Yes {
        let scope = if spec.levels == Levels::Together { OrganizationScope::Every } else { OrganizationScope::Roots };
        let organizations = provider.organizations(&scope, &Cursor::First).await.map(|page| page.rows.len());
        row.permissions.push(permission("list organizations", &organizations));
    }
    row
}

fn permission(what: &'static str, asked: &Result<usize, Failure>) -> Permission {
    match asked {
        Ok(_) => Permission { what, allowed: Some(true), why: None },
        Err(failure) => {
            let is_refusal = matches!(failure.kind, FailureKind::Forbidden | FailureKind::Auth);
            Permission { what, allowed: is_refusal.then_some(false), why: Some(failure.to_string()) }
        }
    }
}

fn write(desk: &Desk, shape: &Rows, rows: &[Celled<&Row<'_>, 10>]) -> Result<(), Stop> {
    let mut out = desk.out();
    match desk.format() {
        Format::Json => out.array(rows.iter().map(|it| it.row))?,
        Format::Ndjson => rows.iter().try_for_each(|it| out.object(it.row))?,
        Format::Csv => {
            out.csv(shape.header().into_iter().map(Into::into))?;
            rows.iter().try_for_each(|it| out.csv(shape.chosen(it).into_iter().map(Into::into)))?;
        }
        Format::Table if shape.is_chosen() => {
            out.table(&shape.headings(), &rows.iter().map(|it| shape.safe(it)).collect::<Vec<_>>())?;
        }
        Format::Table => {
            let titles = ["Connection", "Status", "Identity", "Credential", "Source", "Ends", "May"];
            let mut headings = titles.map(Heading::new);
            for (nth, most) in [(0, 24), (1, 7), (2, 40), (3, 28), (5, 24), (6, 40)] {
                headings[nth].most = Some(most);
                headings[nth].priority = u8::try_from(nth).unwrap_or(u8::MAX);
            }
            let cells: Vec<Vec<String>> = rows
                .iter()
                .map(|it| &it.row)
                .map(|row| {
                    let [connection, _, status, identity, _, kind, source, ends, ..] = row.cells();
                    let cells = [connection, status, identity, kind, source, ends, row.may()];
                    cells.iter().map(|cell| shown(cell).into_owned()).collect()
                })
                .collect();
            out.table(&headings, &cells)?;
        }
    }
    Ok(out.flush()?)
}

/// Problems in words. Who needs to sign in comes first: nothing else helps there.
fn end(desk: &Desk, rows: &[Row<'_>]) -> Result<(), Stop> {
    let words = |row: &Row<'_>| {
        let problem = row.problem.as_deref().unwrap_or_default();
        let hint = row.hint.as_ref().map_or_else(String::new, |hint| format!(" ({})", shown(hint)));
        format!("{}: {}{hint}", shown(row.connection), shown(problem))
    };
    for row in rows.iter().filter(|row| row.status == Health::Warning) {
        desk.whisper(&words(row));
    }
    for row in rows {
        for permission in row.permissions.iter().filter(|permission| permission.allowed != Some(true)) {
            let why = permission.why.as_deref().unwrap_or_default();
            desk.whisper(&format!("{}: {}: {}", shown(row.connection), permission.what, shown(why)));
        }
    }
    let wrong: Vec<&Row<'_>> = rows.iter().filter(|row| row.status == Health::Wrong).collect();
    let Some(first) = wrong.iter().find(|row| row.code == status::AUTHENTICATION).or(wrong.first()) else {
        return Ok(());
    };
    let failed = |row: &&Row<'_>| Some(Failed::at(&ConnectionName::new(row.connection), row.failure.as_ref()?));
    let failures = wrong.iter().filter_map(failed).collect();
    Err(Stop { code: first.code, words: wrong.iter().map(|row| words(row)).collect(), failures })
}
