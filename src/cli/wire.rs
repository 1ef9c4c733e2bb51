//! `doctor --wire`: what a provider's answers look like beside what the simulator's do, as a report that can be shared: keys
//! and types, never values.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;

use super::args::Format;
use super::desk::{Desk, refuse_offline};
use super::serve::Demo;
use super::stop::{Stop, status};
use crate::config::Connection;
use crate::domain::{AccountKey, Failure, OrganizationId, Subject};
use crate::provider::http::{Exchange, Net, Shape, Tap, Type};
use crate::provider::{Capability, Cursor, DetailOptions, ListScope, Offer, OrganizationScope, Provider};

/// Accounts and organizations that the simulator is asked about: enough that each of what may be missing is there once.
const SAMPLES: usize = 40;

/// One read-only question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Question {
    Identity,
    Accounts,
    Account,
    Extra,
    Organizations,
    Organization,
    Lineage,
    Profile,
}

impl Question {
    fn word(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Accounts => "accounts",
            Self::Account => "account",
            Self::Extra => "account with what is not asked by default",
            Self::Organizations => "organizations",
            Self::Organization => "organization",
            Self::Lineage => "lineage",
            Self::Profile => "profile",
        }
    }
}

/// What came of a question: how the decoder fared, and each answer behind it.
struct Asked {
    question: Question,
    result: Result<(), Failure>,
    exchanges: Vec<Exchange>,
}

/// One question in the report; its names in JSON are a contract.
#[derive(Serialize)]
struct Report {
    question: &'static str,
    /// `understood`, or the kind of the failure.
    decoder: String,
    requests: Vec<Request>,
}

#[derive(Serialize)]
struct Request {
    method: &'static str,
    /// Steps that are values are `*`.
    path: String,
    status: u16,
    /// The simulator's status; `null` where it makes no such request.
    expected_status: Option<u16>,
    /// Places that only the provider's answer has, with their types: kept in the raw record, shown and exported.
    new: BTreeMap<String, Vec<&'static str>>,
    /// Places that none of the simulator's answers lacked.
    missing: Vec<String>,
    /// Places whose types the simulator's never had: `[types, expected types]`.
    differs: BTreeMap<String, [Vec<&'static str>; 2]>,
}

/// `doctor --wire -c NAME`.
pub(super) async fn run(desk: &Desk) -> Result<(), Stop> {
    refuse_offline(&desk.common)?;
    let chosen = super::desk::chosen(&desk.config, &desk.common, &desk.paths)?;
    let [connection] = chosen[..] else {
        let names: Vec<String> = chosen.iter().map(|it| it.name.to_string()).collect();
        return Err(Stop::usage(format!("name the connection to ask with -c ({})", names.join(", "))));
    };
    let expected = expected(desk, connection).await?;
    desk.whisper("asking read-only questions; the report holds keys and types, no values");
    let (net, exchanges) = listening(desk);
    let provider = desk.connect(connection, net)?;
    let asked = ask(&*provider, &exchanges, 1).await;
    let reports: Vec<Report> = asked.iter().map(|asked| report(asked, &expected)).collect();
    write(desk, connection, &reports)?;
    let failed = asked.iter().filter(|asked| asked.result.is_err()).count();
    if failed == asked.len() {
        let failure = asked.into_iter().find_map(|asked| asked.result.err());
        return failure.map_or(Ok(()), |failure| Err(Stop::failure(&connection.name, &failure)));
    }
    if failed > 0 {
        return Err(Stop::new(status::PARTIAL, format!("{failed} questions were not understood or refused")));
    }
    Ok(())
}

type Exchanges = Arc<Mutex<Vec<Exchange>>>;

/// A way out that remembers what answers looked like.
fn listening(desk: &Desk) -> (Arc<Net>, Exchanges) {
    let exchanges = Exchanges::default();
    let hear = Arc::clone(&exchanges);
    let tap: Tap = Arc::new(move |exchange| hear.lock().unwrap_or_else(PoisonError::into_inner).push(exchange));
    (Arc::new(desk.net.heard_by(tap)), exchanges)
}

/// What the embedded simulator answers to the same questions.
async fn expected(desk: &Desk, connection: &Connection) -> Result<Vec<Asked>, Stop> {
    let demo = Demo::quick()?;
    let fields =
        |it: &Connection| -> Vec<String> { it.credentials.fields().map(|(name, _)| name.to_owned()).collect() };
    let alike: Vec<&Connection> =
        demo.config.connections.iter().filter(|it| it.provider == connection.provider).collect();
    // A server is asked otherwise where there is no credential yet, or another kind of one.
    let same = alike.iter().find(|it| fields(it) == fields(connection)).or(alike.first());
    let Some(&same) = same else {
        return Err(Stop::usage(format!("the simulator has no {}", connection.provider)));
    };
    let (net, exchanges) = listening(desk);
    let provider = desk.connect(same, net)?;
    Ok(ask(&*provider, &exchanges, SAMPLES).await)
}

/// Asks every question that the provider offers, about the first so many accounts and organizations that it lists.
async fn ask(provider: &dyn Provider, exchanges: &Exchanges, samples: usize) -> Vec<Asked> {
    let mut asked = Vec::new();
    let mut note = |question, result: Result<(), Failure>| {
        let exchanges = std::mem::take(&mut *exchanges.lock().unwrap_or_else(PoisonError::into_inner));
        asked.push(Asked { question, result, exchanges });
    };
    let spec = provider.spec();
    let offers = |capability| spec.offer(capability) == Offer::Yes;
    note(Question::Identity, provider.identity().await.map(drop));
    let listed = provider.accounts(&ListScope::all(), &Cursor::First).await;
    let rows = listed.as_ref().map(|page| page.rows.iter().take(samples)).into_iter().flatten();
    let keys: Vec<AccountKey> = rows.map(|account| account.key.clone()).collect();
    let mut next = listed.as_ref().ok().and_then(|page| page.next.clone());
    note(Question::Accounts, listed.map(drop));
    // A last page says so.
    for _ in 1..samples {
        let Some(cursor) = next else { break };
        let page = provider.accounts(&ListScope::all(), &cursor).await;
        next = page.as_ref().ok().and_then(|page| page.next.clone());
        note(Question::Accounts, page.map(drop));
    }
    for key in keys {
        let id = &key.id;
        note(Question::Account, provider.account(id, DetailOptions::default()).await.map(drop));
        if offers(Capability::Extra) {
            note(Question::Extra, provider.account(id, DetailOptions { extra: true }).await.map(drop));
        }
        if offers(Capability::Lineage) {
            note(Question::Lineage, provider.lineage(id).await.map(drop));
        }
        if offers(Capability::ReadAccountProfile) {
            note(Question::Profile, provider.profile(&Subject::Account(key.clone())).await.map(drop));
        }
    }
    if offers(Capability::Hierarchy) {
        let roots = provider.organizations(&OrganizationScope::Roots, &Cursor::First).await;
        let rows = roots.as_ref().map(|page| page.rows.iter().take(samples)).into_iter().flatten();
        let ids: Vec<OrganizationId> = rows.map(|organization| organization.key.id.clone()).collect();
        note(Question::Organizations, roots.map(drop));
        for id in ids {
            note(Question::Organization, provider.organization(&id).await.map(drop));
        }
    }
    asked
}

/// What the simulator answered to requests like one: all types of each place, and the places that none of them lacked.
#[derive(Default)]
struct Expected {
    statuses: Vec<u16>,
    shape: Shape,
    always: Option<BTreeSet<String>>,
}

impl Expected {
    /// What is like this exchange: the same method and path but for values.
    fn of(exchange: &Exchange, asked: &[Asked]) -> Option<Self> {
        let all = asked.iter().flat_map(|asked| &asked.exchanges);
        let mut alike = all.filter(|other| other.method == exchange.method && other.path == exchange.path).peekable();
        alike.peek()?;
        let mut expected = Self::default();
        alike.for_each(|other| expected.take(other));
        Some(expected)
    }

    fn take(&mut self, exchange: &Exchange) {
        self.statuses.push(exchange.status);
        let places: BTreeSet<String> = exchange.shape.places().map(|(place, _)| place.to_owned()).collect();
        self.always = Some(match self.always.take() {
            None => places,
            Some(always) => always.intersection(&places).cloned().collect(),
        });
        self.shape.join(exchange.shape.clone());
    }

    /// The status that the simulator answers with, the same as this one if it ever did.
    fn status(&self, status: u16) -> Option<u16> {
        self.statuses.iter().find(|known| **known == status).or(self.statuses.first()).copied()
    }
}

/// What of a question's answers is not as the simulator's.
fn report(asked: &Asked, expected: &[Asked]) -> Report {
    // A request may serve several questions: who it is and the first page of accounts, say.
    let requests = asked.exchanges.iter().map(|exchange| request(exchange, Expected::of(exchange, expected))).collect();
    let decoder = match &asked.result {
        Ok(()) => "understood".to_owned(),
        Err(failure) => failure.kind.words().to_owned(),
    };
    Report { question: asked.question.word(), decoder, requests }
}

fn request(exchange: &Exchange, expected: Option<Expected>) -> Request {
    let expected = expected.unwrap_or_default();
    let words = |types: &BTreeSet<Type>| types.iter().map(|kind| kind.word()).collect::<Vec<_>>();
    let (mut new, mut differs) = (BTreeMap::new(), BTreeMap::new());
    for (place, types) in exchange.shape.places() {
        match expected.shape.at(place) {
            None => drop(new.insert(place.to_owned(), words(types))),
            Some(known) if !types.is_subset(known) => {
                differs.insert(place.to_owned(), [words(types), words(known)]);
            }
            Some(_) => {}
        }
    }
    let always = expected.always.iter().flatten();
    Request {
        method: exchange.method,
        path: path(exchange),
        status: exchange.status,
        expected_status: expected.status(exchange.status),
        missing: always.filter(|place| exchange.shape.at(place).is_none()).cloned().collect(),
        new,
        differs,
    }
}

fn path(exchange: &Exchange) -> String {
    let steps = exchange.path.iter().map(|step| step.as_deref().unwrap_or("*"));
    format!("/{}", steps.collect::<Vec<_>>().join("/"))
}

fn write(desk: &Desk, connection: &Connection, reports: &[Report]) -> Result<(), Stop> {
    let mut out = desk.out();
    match desk.format() {
        Format::Json => out.array(reports)?,
        Format::Ndjson => {
            for report in reports {
                out.object(report)?;
            }
        }
        Format::Csv => {
            out.csv(["question", "decoder", "request", "status", "place", "types", "expected"].map(Into::into))?;
            for (report, request, [place, types, expected]) in rows(reports) {
                let (name, status) = (format!("{} {}", request.method, request.path), request.status.to_string());
                let cells = [report.question.to_owned(), report.decoder.clone(), name, status, place, types, expected];
                out.csv(cells.map(Into::into))?;
            }
        }
        Format::Table => {
            out.line(&format!("acctui {} asking {}", env!("ACCTUI_VERSION"), connection.provider))?;
            for report in reports {
                out.line(&format!("{}: {}", report.question, report.decoder))?;
                for request in &report.requests {
                    let expected = request.expected_status.map_or("none".to_owned(), |status| status.to_string());
                    let Request { method, path, status, .. } = request;
                    out.line(&format!("  {method} {path}: {status} (expected {expected})"))?;
                    for [place, types, expected] in places(request) {
                        out.line(&format!("    {place}: {types} (expected {expected})"))?;
                    }
                }
            }
        }
    }
    Ok(out.flush()?)
}

/// Each place that is not as expected: its name, its types, the expected ones.
fn places(request: &Request) -> Vec<[String; 3]> {
    let new = request.new.iter().map(|(place, types)| [named(place), types.join("|"), "nothing".to_owned()]);
    let missing = request.missing.iter().map(|place| [named(place), "nothing".to_owned(), "something".to_owned()]);
    let differs =
        request.differs.iter().map(|(place, [types, expected])| [named(place), types.join("|"), expected.join("|")]);
    new.chain(missing).chain(differs).collect()
}

fn named(place: &str) -> String {
    if place.is_empty() { "(the whole answer)".to_owned() } else { place.to_owned() }
}

fn rows(reports: &[Report]) -> impl Iterator<Item = (&Report, &Request, [String; 3])> {
    let requests = reports.iter().flat_map(|report| report.requests.iter().map(move |request| (report, request)));
    requests.flat_map(|(report, request)| places(request).into_iter().map(move |place| (report, request, place)))
}
