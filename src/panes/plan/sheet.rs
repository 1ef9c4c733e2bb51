//! A plan in lines: who and where, which always stand in sight; warnings, every change; the exact requests.

use std::ops::Range;

use indexmap::IndexMap;

use super::outcome::{self, Fate};
use super::words::{crumbs, ends, made_in, name, verb};
use super::{Item, Known, Phase, PlanView, is_hidden, known, summary};
use crate::app::State;
use crate::domain::{ChangeKind, Diff, Plan, PlannedChange, Role, clip, shown, width};
use crate::panes::{accounts, failure};
use crate::view::{Line, wrap};

/// Lines that a text which always stands in sight takes at most; the whole of a longer one stands in what scrolls.
const PINNED: usize = 2;
/// Up to so many changes are shown to the last before they can be sent: as many as `max_delete` allows by default, which
/// is about what is chosen one by one. What ends something is always shown to the last.
const SINGLY: usize = 10;
/// So many targets of a warning are called by name; more are counted.
const NAMED: usize = 3;

/// A plan in lines: what stands still above, what scrolls, and which of its lines must have been on the screen before it
/// can be sent.
#[derive(Default)]
pub(super) struct Sheet {
    /// Name, id, connection, identity and lineage; of many changes their number instead of names and ids.
    pub head: Vec<Line>,
    /// What scrolls.
    pub body: Vec<Line>,
    /// Of each line of the body, whether it must have been on the screen.
    pub needed: Vec<bool>,
    /// The line of the body that each change begins at.
    pub starts: Vec<usize>,
    /// Where the exact requests stand in the body, if they are shown.
    pub requests: Vec<Range<usize>>,
}

impl Sheet {
    /// Says of the newest lines of the body whether they must be seen.
    fn mark(&mut self, needed: bool) {
        self.needed.resize(self.body.len(), needed);
    }

    /// Where there is no room for a head that stands still it scrolls with the rest, and must be seen like it.
    pub(super) fn unpin(&mut self) {
        let head = std::mem::take(&mut self.head);
        let above = head.len();
        self.needed.splice(0..0, std::iter::repeat_n(true, above));
        self.body.splice(0..0, head);
        self.starts.iter_mut().for_each(|start| *start += above);
        self.requests.iter_mut().for_each(|lines| *lines = lines.start + above..lines.end + above);
    }
}

/// The lines of a plan.
pub(super) fn of(state: &State, view: &PlanView, columns: usize) -> Sheet {
    let mut sheet = Sheet::default();
    match &view.phase {
        Phase::Reading(_) => sheet.body.push(Line::of(Role::Dim, "Reading afresh what is there now …")),
        Phase::Failed(why) => failure::lines(why, columns, &mut sheet.body),
        Phase::Over { plan, results } => summary::over(plan, results, columns, &mut sheet),
        Phase::Ready(plan) | Phase::Typing(plan, _) | Phase::Sending { plan, .. } => {
            if let [planned] = plan.changes.as_slice() {
                target(planned, columns, &mut sheet);
            } else {
                sheet.head.push(counts(plan));
            }
            parts(plan, columns, &mut sheet.head);
            sheet.head.push(Line::default());
            let above = sheet.body.len();
            told(state, view, plan, columns, &mut sheet.body);
            if sheet.body.len() > above {
                sheet.body.push(Line::default());
            }
            sheet.mark(true);
            if let [planned] = plan.changes.as_slice() {
                single(view, planned, columns, &mut sheet);
            } else {
                many(view, plan, columns, &mut sheet);
            }
        }
    }
    sheet.mark(false);
    sheet
}
pub(super) fn say(role: Role, text: &str, columns: usize, lines: &mut Vec<Line>) {
    lines.extend(wrap(&shown(text), columns).into_iter().map(|text| Line::of(role, text)));
}

/// A label and text that may take several lines, which stand below each other.
fn labelled(label: &str, role: Role, text: &str, columns: usize, lines: &mut Vec<Line>) {
    for (nth, text) in wrap(text, columns.saturating_sub(12).max(8)).into_iter().enumerate() {
        let label = if nth == 0 { label } else { "" };
        lines.push(Line::of(Role::Dim, format!("{label:<12}")).and(role, text));
    }
}

/// A label and text in the head, and the whole of it in the body where it is longer than the head takes.
fn pinned(label: &str, role: Role, text: &str, columns: usize, sheet: &mut Sheet) {
    let mut lines = Vec::new();
    labelled(label, role, text, columns, &mut lines);
    if lines.len() > PINNED {
        sheet.body.extend(lines.iter().cloned());
        lines.truncate(PINNED);
        if let Some((_, last)) = lines.last_mut().and_then(|line| line.0.last_mut()) {
            *last = clip(&format!("{last} …"), width(last).max(2)).into_owned();
        }
    }
    sheet.head.append(&mut lines);
}

/// What a plan of one change is about: its name, id and lineage.
fn target(planned: &PlannedChange, columns: usize, sheet: &mut Sheet) {
    let change = &planned.change;
    let (verb, name) = (format!("{} ", verb(change)), name(planned));
    if width(&verb) + width(&name) <= columns {
        sheet.head.push(Line::of(Role::Text, verb).and(Role::Title, name));
    } else {
        sheet.head.push(Line::of(Role::Text, verb.trim_end()));
        pinned("", Role::Title, &name, columns, sheet);
    }
    if change.kind.makes() {
        return pinned("made in", Role::Text, &made_in(planned), columns, sheet);
    }
    labelled("id", Role::Text, &shown(change.subject.id()), columns, &mut sheet.head);
    if change.kind == ChangeKind::MoveAccount {
        let (from, to) = ends(planned);
        pinned("from", Role::Text, &from, columns, sheet);
        return pinned("to", Role::Added, &to, columns, sheet);
    }
    let inside = match &planned.lineage {
        Some(lineage) if lineage.steps.is_empty() => "in no organization".to_owned(),
        Some(lineage) => lineage.crumbs(),
        None => "not known".to_owned(),
    };
    pinned("inside", Role::Text, &inside, columns, sheet);
}

/// Where the changes go, and as whom: two lines where it is one connection.
fn parts(plan: &Plan, columns: usize, lines: &mut Vec<Line>) {
    for part in &plan.parts {
        let protection = format!("{} · {}", part.connection, part.protection.word());
        let who = part.identity.words();
        let origin = shown(&part.identity.origin);
        if plan.parts.len() > 1 {
            labelled("connection", Role::Text, &format!("{protection} · as {who} · {origin}"), columns, lines);
        } else {
            labelled("connection", Role::Text, &format!("{protection} · {origin}"), columns, lines);
            labelled("as", Role::Text, &who, columns, lines);
        }
    }
}

/// What changed meanwhile, and warnings.
fn told(state: &State, view: &PlanView, plan: &Plan, columns: usize, lines: &mut Vec<Line>) {
    if plan.renewed {
        let words = "Changed meanwhile: this is the plan as it would be now. Nothing was sent.";
        say(Role::Warn, words, columns, lines);
    }
    for (nth, planned) in plan.changes.iter().enumerate() {
        if let Some(words) = news(state, view.known.get(nth).and_then(Option::as_ref), planned) {
            let whose = if plan.changes.len() > 1 { format!("{}: ", planned.name) } else { String::new() };
            say(Role::Warn, &format!("{whose}{words}; it is read again before sending."), columns, lines);
        }
    }
    warnings(plan, columns, lines);
}

/// Warnings come first: those of the plan as a whole, then those of its changes, each once with whom it is about.
fn warnings(plan: &Plan, columns: usize, lines: &mut Vec<Line>) {
    for warning in &plan.warnings {
        say(Role::Warn, &format!("! {warning}"), columns, lines);
    }
    let mut whose: IndexMap<&str, Vec<&PlannedChange>> = IndexMap::new();
    for planned in &plan.changes {
        for warning in &planned.warnings {
            whose.entry(warning).or_default().push(planned);
        }
    }
    for (warning, about) in whose {
        say(Role::Warn, &format!("! {}{warning}", whom(plan, &about)), columns, lines);
    }
}

/// Whom a warning is about, before it: nothing where it is one change, names where they are few, `all 12: `, `7 of 12: `.
fn whom(plan: &Plan, about: &[&PlannedChange]) -> String {
    let all = plan.changes.len();
    let named = |planned: &&PlannedChange| {
        let name = name(planned);
        let is_alone = plan.changes.iter().filter(|other| other.name == planned.name).count() == 1;
        if is_alone { name } else { format!("{name} ({})", shown(planned.change.subject.id())) }
    };
    match about.len() {
        _ if all == 1 => String::new(),
        count if count == all => format!("all {}: ", accounts::grouped(all)),
        count => {
            let names = about.iter().take(NAMED).map(named).collect::<Vec<_>>().join(", ");
            match count {
                1 => format!("{names}: "),
                2..=NAMED => format!("{count} of {} ({names}): ", accounts::grouped(all)),
                _ => format!("{} of {}: ", accounts::grouped(count), accounts::grouped(all)),
            }
        }
    }
}

/// What the inventory has learned of a target since the plan came, in words.
fn news(state: &State, then: Option<&Known>, planned: &PlannedChange) -> Option<&'static str> {
    let subject = &planned.change.subject;
    if planned.change.kind == ChangeKind::Profile
        && let Some(fact) = state.snapshot.profile(subject)
        && (fact.value.exists, &fact.value.values) != (planned.read.exists, &planned.read.values)
    {
        return Some("The target changed since this plan was made");
    }
    let then = then?;
    match known(state, subject) {
        None => Some("The target is not listed any more"),
        Some(now) if now.name != then.name => Some("The target has another name since this plan was made"),
        Some(now) if now.parent != then.parent => Some("The target is in another place since this plan was made"),
        Some(_) => None,
    }
}

/// What one change would alter, to the last line, then its request.
fn single(view: &PlanView, planned: &PlannedChange, columns: usize, sheet: &mut Sheet) {
    sheet.starts.push(sheet.body.len());
    for diff in &planned.diff {
        diff_lines(diff, columns, &mut sheet.body);
    }
    sheet.mark(true);
    if view.requests {
        sheet.body.push(Line::default());
        request(planned, columns, sheet);
    }
}

/// `field: old → new`, on one line if it fits, else below each other.
pub(in crate::panes) fn diff_lines(diff: &Diff, columns: usize, lines: &mut Vec<Line>) {
    let one = Line::of(Role::Text, format!("{:<18}", shown(&diff.field))).and_all(values(diff));
    if one.width() <= columns {
        return lines.push(one);
    }
    lines.push(Line::of(Role::Text, shown(&diff.field)));
    let [from, to] = [&diff.from, &diff.to].map(|end| value(end.as_deref()));
    for (role, sign, text) in [(Role::Removed, "- ", from), (Role::Added, "+ ", to)] {
        for part in wrap(&text, columns.saturating_sub(4).max(8)) {
            lines.push(Line::of(Role::Dim, format!("  {sign}")).and(role, part));
        }
    }
}

fn value(value: Option<&str>) -> String {
    match value {
        None | Some("") => "(empty)".to_owned(),
        Some(text) => shown(text).into_owned(),
    }
}

fn values(diff: &Diff) -> Line {
    Line::of(Role::Removed, value(diff.from.as_deref()))
        .and(Role::Dim, " → ")
        .and(Role::Added, value(diff.to.as_deref()))
}

/// The exact request, whole: secrets are masked in it.
fn request(planned: &PlannedChange, columns: usize, sheet: &mut Sheet) {
    let from = sheet.body.len();
    let request = &planned.request;
    let method = format!("{} ", request.method);
    for (nth, text) in
        wrap(&shown(&request.path), columns.saturating_sub(width(&method)).max(8)).into_iter().enumerate()
    {
        let before = if nth == 0 { method.clone() } else { " ".repeat(width(&method)) };
        sheet.body.push(Line::of(Role::Key, before).and(Role::Text, text));
    }
    if !request.body.is_null() {
        let body = serde_json::to_string_pretty(&request.body).unwrap_or_default();
        let wrapped = body.lines().flat_map(|line| wrap(&shown(line), columns));
        sheet.body.extend(wrapped.map(|line| Line::of(Role::Text, line)));
    }
    sheet.mark(false);
    sheet.requests.push(from..sheet.body.len());
}

/// Many changes, compact: who it is, then what would change, or why it can't.
fn many(view: &PlanView, plan: &Plan, columns: usize, sheet: &mut Sheet) {
    let is_needed = plan.changes.len() <= SINGLY || plan.changes.iter().any(|planned| planned.change.kind.ends());
    for (nth, planned) in plan.changes.iter().enumerate() {
        sheet.starts.push(sheet.body.len());
        let item = match &view.phase {
            Phase::Sending { progress, .. } => progress.items.get(nth),
            Phase::Reading(_) | Phase::Ready(_) | Phase::Typing(..) | Phase::Over { .. } | Phase::Failed(_) => None,
        };
        let hidden = is_hidden(&view.hidden, &planned.change.subject);
        who(planned, sign(planned, item), (plan.parts.len() > 1, hidden), columns, &mut sheet.body);
        match item {
            Some(Item::Over(applied)) if outcome::reason(planned, applied).is_some() => {
                let fate = Fate::of(planned, applied);
                let words = outcome::reason(planned, applied).unwrap_or_default();
                indented(fate.role(), &words, columns, &mut sheet.body);
            }
            Some(Item::Over(_) | Item::Waiting | Item::Sending) | None => what(planned, columns, &mut sheet.body),
        }
        sheet.mark(is_needed);
        if view.requests {
            request(planned, columns, sheet);
        }
    }
}

/// What stands before an item: where it is, or what will not be sent.
fn sign(planned: &PlannedChange, item: Option<&Item>) -> (Role, &'static str) {
    match item {
        Some(Item::Over(applied)) => {
            let fate = Fate::of(planned, applied);
            (fate.role(), fate.sign())
        }
        Some(Item::Sending) => (Role::Key, "→"),
        Some(Item::Waiting) | None if planned.refusal.is_some() => (Role::Bad, "✗"),
        Some(Item::Waiting) | None if planned.diff.is_empty() => (Role::Dim, "="),
        Some(Item::Waiting) | None => (Role::Dim, "·"),
    }
}

/// `10 to send · 1 refused · 1 nothing to do`.
fn counts(plan: &Plan) -> Line {
    let sent = plan.changes.iter().filter(|planned| planned.is_sent()).count();
    let refused = plan.changes.iter().filter(|planned| planned.refusal.is_some()).count();
    let nothing = plan.changes.len() - sent - refused;
    let mut line = Line::of(Role::Title, format!("{} to send", accounts::grouped(sent)));
    if refused > 0 {
        line.push(Role::Bad, format!(" · {} refused", accounts::grouped(refused)));
    }
    if nothing > 0 {
        line.push(Role::Dim, format!(" · {} nothing to do", accounts::grouped(nothing)));
    }
    line
}

/// Name and id, on one line if both fit.
pub(super) fn who(
    planned: &PlannedChange,
    (role, sign): (Role, &str),
    (names_connection, hidden): (bool, bool),
    columns: usize,
    lines: &mut Vec<Line>,
) {
    let mut line = Line::of(role, format!("{sign} ")).and(Role::Title, name(planned));
    let mut id = Line::of(Role::Dim, shown(planned.change.subject.id()));
    if names_connection {
        id.push(Role::Text, format!("  {}", planned.change.subject.connection()));
    }
    if hidden {
        id.push(Role::Warn, "  hidden by the filter");
    }
    if line.width() + 2 + id.width() <= columns {
        line.push(Role::Text, "  ");
        return lines.push(line.and_all(id));
    }
    lines.push(line);
    lines.push(Line::of(Role::Text, "  ").and_all(id));
}

pub(super) fn indented(role: Role, text: &str, columns: usize, lines: &mut Vec<Line>) {
    let wrapped = wrap(&shown(text), columns.saturating_sub(2).max(8));
    lines.extend(wrapped.into_iter().map(|text| Line::of(role, format!("  {text}"))));
}

/// What a change of many would do.
fn what(planned: &PlannedChange, columns: usize, lines: &mut Vec<Line>) {
    if let Some(why) = &planned.refusal {
        return indented(Role::Bad, &outcome::words(why), columns, lines);
    }
    if planned.diff.is_empty() {
        return indented(Role::Dim, "nothing to do: it already is as wanted", columns, lines);
    }
    let kind = planned.change.kind;
    if kind == ChangeKind::MoveAccount {
        let (from, to) = ends(planned);
        let one = Line::of(Role::Text, format!("  {from}")).and(Role::Dim, " → ").and(Role::Added, to.clone());
        if one.width() <= columns {
            return lines.push(one);
        }
        indented(Role::Text, &from, columns, lines);
        return indented(Role::Added, &format!("→ {to}"), columns, lines);
    }
    if kind.ends() {
        let inside = crumbs(planned.lineage.as_ref(), None);
        return indented(Role::Removed, &format!("{}, in {inside}", kind.verb()), columns, lines);
    }
    let mut one = Line::of(Role::Text, "  ");
    for (nth, diff) in planned.diff.iter().enumerate() {
        let apart = if nth == 0 { "" } else { " · " };
        one = one.and(Role::Text, format!("{apart}{} ", shown(&diff.field))).and_all(values(diff));
    }
    if one.width() <= columns {
        return lines.push(one);
    }
    let mut below = Vec::new();
    for diff in &planned.diff {
        diff_lines(diff, columns.saturating_sub(2), &mut below);
    }
    lines.extend(below.into_iter().map(|line| Line::of(Role::Text, "  ").and_all(line)));
}
