//! A plan on its way out: `--dry-run`, and what a person reads before a question.

use serde::Serialize;

use super::args::Format;
use super::desk::Desk;
use super::results::NOTHING;
use super::stop::{Failed, Stop, code, lines, status};
use super::targets::Lost;
use crate::domain::{
    Change, ChangeKind, Conflict, Diff, Lineage, OrganizationId, OrganizationKey, Plan, PlannedChange, RequestPreview,
    Subject, Untrusted, shown,
};
use crate::inventory::{Inventory, Snapshot};

/// One change of `--dry-run -o json`, a contract.
#[derive(Serialize)]
struct ChangeRow<'a> {
    connection: &'a str,
    target: &'a str,
    kind: ChangeKind,
    diff: &'a [Diff],
    request: &'a RequestPreview,
    /// What somebody else did meanwhile, then what else to know.
    warnings: Vec<String>,
    /// Fields that somebody else changed, too: nothing is sent then.
    conflicts: &'a [Conflict],
    /// Why it would not be sent.
    refusal: Option<String>,
}

/// The whole of `--dry-run -o json`, a contract.
#[derive(Serialize)]
struct PlanRow<'a> {
    changes: Vec<ChangeRow<'a>>,
    /// What to know of the plan as a whole; left out where there is nothing.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    warnings: &'a [String],
}

/// The header line of csv: a line a field that differs, or one where none does.
const CSV: [&str; 10] =
    ["connection", "target", "field", "from", "to", "kind", "request", "warnings", "conflicts", "refusal"];

impl<'a> ChangeRow<'a> {
    /// Its lines of csv. What is no text stands there as JSON.
    fn csv(&self) -> Vec<[String; 10]> {
        let json = |value: serde_json::Result<String>| value.unwrap_or_default();
        let kind = serde_json::to_value(self.kind).ok();
        let kind = kind.as_ref().and_then(|kind| kind.as_str()).unwrap_or_default();
        let request = json(serde_json::to_string(self.request));
        let conflicts =
            if self.conflicts.is_empty() { String::new() } else { json(serde_json::to_string(self.conflicts)) };
        let line = |field: &str, from: &Option<String>, to: &Option<String>| {
            [
                self.connection.to_owned(),
                self.target.to_owned(),
                field.to_owned(),
                from.clone().unwrap_or_default(),
                to.clone().unwrap_or_default(),
                kind.to_owned(),
                request.clone(),
                self.warnings.join("; "),
                conflicts.clone(),
                self.refusal.clone().unwrap_or_default(),
            ]
        };
        if self.diff.is_empty() {
            return vec![line("", &None, &None)];
        }
        self.diff.iter().map(|Diff { field, from, to }| line(field, from, to)).collect()
    }

    fn of(planned: &'a PlannedChange) -> Self {
        Self {
            connection: planned.change.subject.connection().as_str(),
            target: planned.change.subject.id(),
            kind: planned.change.kind,
            diff: &planned.diff,
            request: &planned.request,
            warnings: meanwhile(planned, |id| shown(id).into_owned())
                .into_iter()
                .chain(planned.warnings.iter().cloned())
                .collect(),
            conflicts: &planned.conflicts,
            refusal: planned.refusal.as_ref().map(ToString::to_string),
        }
    }
}

/// The plan for people: what to know of all of it, then of each change target, identity, lineage, warnings, request.
pub(super) fn describe(plan: &Plan, inventory: &Inventory) -> Vec<String> {
    let snapshot = inventory.snapshot();
    let whole = plan.warnings.iter().map(|warning| shown(warning).into_owned());
    whole.chain(plan.changes.iter().flat_map(|planned| describe_one(plan, planned, &snapshot))).collect()
}

fn describe_one(plan: &Plan, planned: &PlannedChange, snapshot: &Snapshot) -> Vec<String> {
    let PlannedChange { change, name, lineage, after, request, .. } = planned;
    let subject = &change.subject;
    let Some(part) = plan.part(subject.connection()) else { return Vec::new() };
    let mut text = vec![match subject {
        // Which connection that is, the next line says.
        Subject::Connection(_) if change.kind == ChangeKind::CreateOrganization => {
            "create an organization at the top".to_owned()
        }
        Subject::Connection(_) => "create an account".to_owned(),
        Subject::Account(_) | Subject::Organization(_) => {
            format!("{} {} {name} ({})", what(change.kind), subject.noun(), shown(subject.id()))
        }
    }];
    // A server that is new knows nobody yet.
    let who = if part.identity.user.is_empty() { "nobody yet".to_owned() } else { part.identity.user.to_string() };
    let origin = shown(&part.identity.origin);
    let host = if origin.is_empty() { String::new() } else { format!("{origin}, ") };
    text.push(format!("at {} as {who} ({host}{})", part.connection, part.protection.word()));
    if let Some(failure) = &planned.refusal {
        text.push(format!("  it would not be sent: {failure}"));
        return text;
    }
    if planned.diff.is_empty() {
        text.push(format!("  {NOTHING}"));
        return text;
    }
    text.extend(meanwhile(planned, |id| place(planned, snapshot, id)));
    text.extend(planned.warnings.iter().map(|warning| shown(warning).into_owned()));
    if let Some(lineage) = lineage.as_ref().filter(|lineage| !lineage.steps.is_empty()) {
        text.push(format!("in {}", lineage.crumbs()));
    }
    if let Some(after) = after.as_ref().filter(|after| !after.steps.is_empty()) {
        text.push(format!("afterwards in {}", after.crumbs()));
    }
    for diff in &planned.diff {
        let is_place =
            diff.field == Diff::PLACE && matches!(change.kind, ChangeKind::MoveAccount | ChangeKind::RemoveAccount);
        let side = |value: &Option<String>| match value {
            None => "(none)".to_owned(),
            Some(id) if is_place => place(planned, snapshot, id),
            Some(text) => format!("\"{}\"", shown(text)),
        };
        text.push(format!("  {}: {} -> {}", shown(&diff.field), side(&diff.from), side(&diff.to)));
    }
    text.push(format!("{} {}", request.method, shown(&request.path)));
    text
}

/// An organization that a change leaves or goes to: its name, as the plan's reads or the inventory have it, and its id.
fn place(planned: &PlannedChange, snapshot: &Snapshot, id: &str) -> String {
    let subject = &planned.change.subject;
    let key = OrganizationKey { connection: subject.connection().clone(), id: OrganizationId::new(id) };
    let read = || named(planned.lineage.iter().chain(&planned.after), id);
    let known = || snapshot.organization(&key).map(|organization| organization.name.clone());
    let listed = || {
        let Subject::Account(key) = subject else { return None };
        let parent = snapshot.find(key)?.parent().cloned()?;
        (parent.id.as_str() == id).then_some(parent.name)
    };
    let name = read().or_else(known).or_else(listed).filter(|name| !name.is_empty());
    name.map_or_else(|| shown(id).into_owned(), |name| format!("{name} ({})", shown(id)))
}

/// What somebody else did to a target meanwhile, by the provider's own field names; `place` words an organization's id.
pub(super) fn meanwhile(planned: &PlannedChange, place: impl Fn(&str) -> String) -> Vec<String> {
    let side = |diff: &Diff, side: &Option<String>| match side.as_deref().unwrap_or_default() {
        "" if diff.field == Diff::PLACE => "no organization".to_owned(),
        "" => "(empty)".to_owned(),
        id if diff.field == Diff::PLACE => place(id),
        text => format!("\"{}\"", shown(text)),
    };
    let field = |diff: &Diff| format!("{}: {} -> {}", shown(&diff.field), side(diff, &diff.from), side(diff, &diff.to));
    planned.meanwhile_words(field).into_iter().map(|words| format!("changed meanwhile: {words}")).collect()
}

/// An organization by name and id, as one of the lineages has it.
pub(super) fn by_name<'l>(lineages: impl Iterator<Item = &'l Lineage>, id: &str) -> String {
    let name = named(lineages, id);
    name.map_or_else(|| shown(id).into_owned(), |name| format!("{name} ({})", shown(id)))
}

/// Where a move leads to, by name and id.
pub(super) fn destination(planned: &PlannedChange) -> Option<String> {
    let to = planned.change.values.0.get(Change::TO).filter(|_| planned.change.kind == ChangeKind::MoveAccount)?;
    Some(by_name(planned.after.iter(), to))
}

fn named<'l>(mut lineages: impl Iterator<Item = &'l Lineage>, id: &str) -> Option<Untrusted> {
    lineages.find_map(|lineage| {
        let step = lineage.steps.iter().find(|step| step.organization.key.id.as_str() == id)?;
        Some(step.organization.name.clone()).filter(|name| !name.is_empty())
    })
}

/// What a change does, in words that go before its target.
fn what(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Profile => "edit the profile of",
        ChangeKind::CreateAccount | ChangeKind::CreateStandalone => "create an account in",
        ChangeKind::UpdateAccount => "edit",
        ChangeKind::DeleteAccount | ChangeKind::DeleteOrganization => "delete",
        ChangeKind::CloseAccount => "close",
        ChangeKind::RemoveAccount => "remove from its organization",
        ChangeKind::MoveAccount => "move",
        ChangeKind::CreateOrganization => "create an organization in",
        ChangeKind::RenameOrganization => "rename",
    }
}

/// What `--dry-run` gives, and its end: as that of the command itself where something would not be sent.
pub(super) fn print(desk: &Desk, plan: &Plan, lost: &[Lost], inventory: &Inventory, nothing: &str) -> Result<(), Stop> {
    // What already is as wanted is not sent, so it is no change.
    let changes = plan.changes.iter().filter(|planned| !planned.diff.is_empty() || planned.refusal.is_some());
    let rows: Vec<ChangeRow<'_>> = changes.map(ChangeRow::of).collect();
    let mut out = desk.out();
    match desk.format() {
        Format::Json => out.document(&PlanRow { changes: rows, warnings: &plan.warnings })?,
        Format::Ndjson => {
            // A line is a change: what is about all of them has no line of its own.
            plan.warnings.iter().for_each(|warning| desk.whisper(&shown(warning)));
            for row in &rows {
                out.object(row)?;
            }
        }
        Format::Csv => {
            out.csv(CSV.map(Into::into))?;
            for row in &rows {
                for cells in row.csv() {
                    out.csv(cells.into_iter().map(Into::into))?;
                }
            }
        }
        Format::Table if plan.is_empty() => out.line(nothing)?,
        Format::Table => {
            for line in describe(plan, inventory) {
                out.line(&line)?;
            }
        }
    }
    out.flush()?;
    drop(out);
    if plan.is_empty() && desk.format() != Format::Table {
        desk.whisper(nothing);
    }
    refuse_conflicts(plan)?;
    refused(plan, lost)
}

/// Fields that somebody else changed, too, wait for a decision that nobody can make here.
pub(super) fn refuse_conflicts(plan: &Plan) -> Result<(), Stop> {
    if !plan.has_conflicts() {
        return Ok(());
    }
    let mut words = vec!["somebody else changed the same fields: nothing was sent".to_owned()];
    for planned in &plan.changes {
        words.extend(planned.conflicts.iter().map(|conflict| {
            format!(
                "  {} ({}): {}: it was \"{}\", it is \"{}\", wanted is \"{}\"",
                planned.name,
                shown(planned.change.subject.id()),
                shown(&conflict.field),
                shown(&conflict.base),
                shown(&conflict.theirs),
                shown(&conflict.mine)
            )
        }));
    }
    Err(Stop { code: status::FAILED, words, ..Stop::default() })
}

/// What of a plan would not be sent.
fn refused(plan: &Plan, lost: &[Lost]) -> Result<(), Stop> {
    let mut stops: Vec<Stop> = lost.iter().map(|lost| lost.stop.clone()).collect();
    for planned in &plan.changes {
        if let Some(failure) = &planned.refusal {
            let at = planned.change.subject.connection();
            let words = lines(at, failure);
            stops.push(Stop { code: code(&failure.kind), words, failures: vec![Failed::at(at, failure)] });
        }
    }
    let Some(first) = stops.first().map(|stop| stop.code) else { return Ok(()) };
    let is_some_good = plan.changes.iter().any(|planned| planned.refusal.is_none());
    let code = if is_some_good { status::PARTIAL } else { first };
    let failures = stops.iter().flat_map(|stop| stop.failures.iter().cloned()).collect();
    Err(Stop { code, words: stops.into_iter().flat_map(|stop| stop.words).collect(), failures })
}
