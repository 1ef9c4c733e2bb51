//! A plan in lines: who and where, which always stand in sight; warnings, every change; the exact requests.

use std::borrow::Cow;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;
use std::sync::Arc;

use indexmap::{IndexMap, IndexSet};

use super::outcome::{self, Fate};
use super::words::{crumbs, ends, exact_ends, made_in, name, verb};
use super::{Item, Known, Phase, PlanView, is_hidden, known, summary, words};
use crate::app::State;
use crate::domain::{ChangeKind, Diff, Plan, PlannedChange, Role, clip, shown, shown_sides, width};
use crate::panes::{accounts, failure};
use crate::view::{Line, wrap};

/// Lines that a text which always stands in sight takes at most; the whole of a longer one stands in what scrolls.
const PINNED: usize = 2;
/// Names and ways of more lines than this are told by their beginning, their end and their length: who a target is says its
/// id, which is never cut, and what a change sets is never told so.
const TOLD: usize = 8;
/// Of those so many lines from the beginning, and as many from the end.
const ENDS: usize = 3;
/// Where all of it is.
const BY_KEY: &str = "x shows them";
/// The columns of the sign before a change, with its blank.
const SIGN: usize = 2;
/// So many targets of a warning are called by name; more are counted.
const NAMED: usize = 3;

/// A plan in lines: what stands still above, what scrolls, and which of its lines must have been on the screen before it
/// can be sent. Each change is a block of its own, so that news of one of thousands costs that one alone.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Sheet {
    /// Name, id, connection, identity and lineage; of many changes their number instead of names and ids.
    pub head: Vec<Line>,
    /// What scrolls before the changes, each with whether it must have been on the screen.
    lead: Vec<(Line, bool)>,
    blocks: Vec<Block>,
    /// How wide names are where each of many changes has room on one line: who it is, then what would change.
    names: Option<usize>,
    /// For each block, and behind the last, how many lines of blocks stand before it.
    starts: Vec<usize>,
    /// The same for lines that must be seen.
    needs: Vec<usize>,
    /// What those of the blocks are.
    print: u64,
}

/// The lines of one change.
#[derive(Clone, Debug, Default, PartialEq)]
struct Block {
    lines: Vec<Line>,
    /// Where its exact request begins, which goes to the end; all lines if it is not shown.
    request: usize,
    /// How many of the first lines must be seen.
    needed: usize,
}

/// What a sheet was made of: one for the same is the same, but for the changes that are told to have news.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Made {
    columns: usize,
    requests: bool,
    phase: u8,
    plan: Option<Arc<Plan>>,
    /// The inventory, while the plan can be confirmed: what it says of the targets may be news.
    generation: u64,
}

/// A sheet that is kept from event to event.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    made: Made,
    sheet: Arc<Sheet>,
}

impl Sheet {
    /// Says of the newest lines before the changes whether they must be seen.
    fn lead(&mut self, lines: Vec<Line>, needed: bool) {
        self.lead.extend(lines.into_iter().map(|line| (line, needed)));
    }

    fn measure(&mut self) {
        let sums = |of: fn(&Block) -> usize| {
            let sums = self.blocks.iter().scan(0, |sum, block| {
                *sum += of(block);
                Some(*sum)
            });
            std::iter::once(0).chain(sums).collect()
        };
        (self.starts, self.needs) = (sums(|block| block.lines.len()), sums(|block| block.needed));
        self.print = print(self.blocks.iter().flat_map(|block| &block.lines[..block.needed]));
    }

    /// Lines that scroll below the head.
    pub(super) fn len(&self) -> usize {
        self.lead.len() + self.starts.last().copied().unwrap_or_default()
    }

    /// A line of those.
    pub(super) fn line(&self, at: usize) -> Option<&Line> {
        let Some(at) = at.checked_sub(self.lead.len()) else {
            return self.lead.get(at).map(|(line, _)| line);
        };
        let nth = self.starts.partition_point(|start| *start <= at).checked_sub(1)?;
        self.blocks.get(nth)?.lines.get(at - self.starts[nth])
    }

    /// How many of the first lines must be seen.
    pub(super) fn needed(&self, first: usize) -> usize {
        let lead = self.lead.iter().take(first).filter(|(_, needed)| *needed).count();
        let Some(rest) = first.checked_sub(self.lead.len()) else { return lead };
        let nth = self.starts.partition_point(|start| *start <= rest).saturating_sub(1);
        let Some(block) = self.blocks.get(nth) else { return lead + self.needs.last().copied().unwrap_or_default() };
        lead + self.needs[nth] + (rest - self.starts[nth]).min(block.needed)
    }

    /// The line that must be seen after so many that were.
    pub(super) fn next(&self, seen: usize) -> Option<usize> {
        let lead = self.lead.iter().enumerate().filter(|(_, (_, needed))| *needed).map(|(at, _)| at);
        let of_lead = lead.clone().count();
        let Some(rest) = seen.checked_sub(of_lead) else { return lead.clone().nth(seen) };
        let nth = self.needs.partition_point(|needs| *needs <= rest).checked_sub(1)?;
        let block = self.blocks.get(nth)?;
        let at = rest - self.needs[nth];
        (at < block.needed).then(|| self.lead.len() + self.starts[nth] + at)
    }

    /// The line that a change begins at.
    pub(super) fn start(&self, nth: usize) -> usize {
        self.starts.get(nth).map_or(0, |start| self.lead.len() + start)
    }

    /// Where a page begins that shows a line with all of its change, if that has room on one.
    pub(super) fn begin(&self, line: usize, page: usize) -> usize {
        let Some(at) = line.checked_sub(self.lead.len()) else { return line };
        let Some(nth) = self.starts.partition_point(|start| *start <= at).checked_sub(1) else { return line };
        let has_room = self.blocks.get(nth).is_some_and(|block| block.needed <= page);
        if has_room { self.start(nth) } else { line }
    }

    /// The first change that begins at a line or below it.
    pub(super) fn first(&self, line: usize) -> usize {
        let at = line.saturating_sub(self.lead.len());
        let nth = self.starts.partition_point(|start| *start < at);
        if nth < self.blocks.len() { nth } else { 0 }
    }

    /// Where a change's exact request stands, if it is shown.
    pub(super) fn request(&self, nth: usize) -> Option<Range<usize>> {
        let block = self.blocks.get(nth).filter(|block| block.request < block.lines.len())?;
        let start = self.start(nth);
        Some(start + block.request..start + block.lines.len())
    }

    /// What the lines are that must be seen.
    pub(super) fn print(&self) -> u64 {
        let lead = self.lead.iter().filter(|(_, needed)| *needed).map(|(line, _)| line);
        let mut hasher = DefaultHasher::new();
        (print(lead), self.print, self.head.len()).hash(&mut hasher);
        hasher.finish()
    }

    /// Where there is no room for a head that stands still it scrolls with the rest, and must be seen like it.
    pub(super) fn unpin(&mut self) {
        let head = std::mem::take(&mut self.head);
        self.lead.splice(0..0, head.into_iter().map(|line| (line, true)));
    }
}

fn print<'l>(lines: impl Iterator<Item = &'l Line>) -> u64 {
    let mut hasher = DefaultHasher::new();
    for line in lines {
        for (_, text) in &line.0 {
            text.hash(&mut hasher);
        }
        '\n'.hash(&mut hasher);
    }
    hasher.finish()
}

/// What the sheet of a plan is made of now.
fn made(state: &State, view: &PlanView, columns: usize) -> Made {
    let (phase, is_asked) = match &view.phase {
        Phase::Reading(_) => (0, false),
        Phase::Ready(_) => (1, true),
        Phase::Typing(..) => (2, true),
        Phase::Sending { .. } => (3, false),
        Phase::Over { .. } => (4, false),
        Phase::Failed(_) => (5, false),
    };
    let generation = if is_asked { state.snapshot.generation() } else { 0 };
    Made { columns, requests: view.requests, phase, plan: view.plan().cloned(), generation }
}

/// The lines of a plan: those that are kept, where they still are what they were.
pub(super) fn of(state: &State, view: &PlanView, columns: usize) -> Arc<Sheet> {
    match view.kept.as_deref() {
        Some(kept) if view.stale.is_empty() && kept.made.is_same(&made(state, view, columns)) => {
            Arc::clone(&kept.sheet)
        }
        Some(_) | None => Arc::new(whole(state, view, columns)),
    }
}

impl Made {
    fn is_same(&self, other: &Self) -> bool {
        let plans = match (&self.plan, &other.plan) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        let rest = |made: &Self| (made.columns, made.requests, made.phase, made.generation);
        plans && rest(self) == rest(other)
    }
}

/// After an event: makes the kept lines what they are now. Of a plan that is being sent only the changes that have news.
pub(super) fn keep(state: &State, view: &PlanView, columns: usize) -> Option<Box<Kept>> {
    let made = made(state, view, columns);
    let kept = view.kept.as_deref().filter(|kept| kept.made.is_same(&made));
    match (kept, &view.phase) {
        (Some(_), _) if view.stale.is_empty() => None,
        (Some(kept), Phase::Sending { plan, .. }) if plan.changes.len() > 1 => {
            let mut sheet = Arc::clone(&kept.sheet);
            let blocks = Arc::make_mut(&mut sheet);
            for &nth in &view.stale {
                if let (Some(planned), Some(block)) = (plan.changes.get(nth), blocks.blocks.get_mut(nth)) {
                    *block = one_of_many(state, view, (plan, blocks.names), (nth, planned), columns);
                }
            }
            blocks.measure();
            Some(Box::new(Kept { made, sheet }))
        }
        (Some(_) | None, _) => Some(Box::new(Kept { made, sheet: Arc::new(whole(state, view, columns)) })),
    }
}

fn whole(state: &State, view: &PlanView, columns: usize) -> Sheet {
    let mut sheet = Sheet::default();
    match &view.phase {
        Phase::Reading(_) => sheet.lead(vec![Line::of(Role::Dim, "Reading afresh what is there now …")], false),
        Phase::Failed(why) => {
            let mut lines = Vec::new();
            view.about.lines(columns, &mut lines);
            lines.push(Line::default());
            failure::lines(why, columns, &mut lines);
            sheet.lead(lines, false);
        }
        Phase::Over { plan, results } => sheet.lead(summary::over(state, plan, results, columns), false),
        Phase::Ready(plan) | Phase::Typing(plan, _) | Phase::Sending { plan, .. } => {
            if let [planned] = plan.changes.as_slice() {
                target(state, view, planned, columns, &mut sheet);
            } else {
                sheet.head.push(counts(plan));
            }
            parts(plan, columns, &mut sheet.head);
            sheet.head.push(Line::default());
            let mut lines = Vec::new();
            told(state, view, plan, columns, &mut lines);
            let alone = plan.changes.first().filter(|_| plan.changes.len() == 1);
            let alone = alone.map(|planned| single(state, view, planned, columns));
            // Nothing follows where all stands above: then a free line would be one too many.
            if !lines.is_empty() && alone.as_ref().is_none_or(|block| !block.lines.is_empty()) {
                lines.push(Line::default());
            }
            sheet.lead(lines, true);
            sheet.blocks = if let Some(block) = alone {
                vec![block]
            } else {
                sheet.names = names_beside(state, view, plan, columns);
                let changes = plan.changes.iter().enumerate();
                changes.map(|change| one_of_many(state, view, (plan, sheet.names), change, columns)).collect()
            };
        }
    }
    sheet.measure();
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

/// A label and text in the head, and the whole of it in the body where it is longer than the head takes. What is there
/// already, and only called by a very long name, is told in short: `x` shows all of it.
fn pinned(label: &str, role: Role, text: &str, (columns, whole): (usize, Whole), sheet: &mut Sheet) {
    let mut lines = Vec::new();
    labelled(label, role, text, columns, &mut lines);
    if lines.len() > PINNED {
        match whole {
            Whole::Set => sheet.lead(lines.clone(), true),
            Whole::Asked if lines.len() > TOLD => {
                // Its ends are what must be seen, as where it is told in short.
                let (first, rest) = lines.split_at(ENDS);
                let (middle, last) = rest.split_at(rest.len() - ENDS);
                for (part, needed) in [(first, true), (middle, false), (last, true)] {
                    sheet.lead(part.to_vec(), needed);
                }
            }
            Whole::Asked | Whole::InShort => sheet.lead(told_in_short(lines.clone(), text, BY_KEY, columns), true),
        }
        lines.truncate(PINNED);
        if let Some((_, last)) = lines.last_mut().and_then(|line| line.0.last_mut()) {
            *last = clip(&format!("{last} …"), width(last).max(2)).into_owned();
        }
    }
    sheet.head.append(&mut lines);
}

/// How a very long name is told.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whole {
    /// To its last letter: the change sets it.
    Set,
    /// To its last letter: it was asked for.
    Asked,
    /// By its beginning, its end and its length.
    InShort,
}

/// The lines of a text: all of few, else the first and the last with how long it is between them.
fn told_in_short(lines: Vec<Line>, text: &str, where_whole: &str, columns: usize) -> Vec<Line> {
    if lines.len() <= TOLD {
        return lines;
    }
    let count = accounts::grouped(text.chars().count());
    let mut middle = Vec::new();
    let words = format!("… {count} characters in all: {where_whole}");
    labelled("", Role::Dim, &words, columns, &mut middle);
    let ends = [&lines[..ENDS], middle.as_slice(), &lines[lines.len() - ENDS..]];
    ends.concat()
}

/// What a plan of one change is about: its name, id and lineage.
fn target(state: &State, view: &PlanView, planned: &PlannedChange, columns: usize, sheet: &mut Sheet) {
    let change = &planned.change;
    let whole = if view.requests { Whole::Asked } else { Whole::InShort };
    // The name of what is made is what the change sets.
    let own = if change.kind.makes() { Whole::Set } else { whole };
    let (verb, name) = (format!("{} ", verb(change)), name(planned));
    if width(&verb) + width(&name) <= columns {
        sheet.head.push(Line::of(Role::Text, verb).and(Role::Title, name));
    } else {
        sheet.head.push(Line::of(Role::Text, verb.trim_end()));
        pinned("", Role::Title, &name, (columns, own), sheet);
    }
    if change.kind.makes() {
        return pinned("made in", Role::Text, &made_in(state, planned), (columns, whole), sheet);
    }
    labelled("id", Role::Text, &shown(change.subject.id()), columns, &mut sheet.head);
    if let Some(words) = words::alike(state, change) {
        labelled("", Role::Warn, words, columns, &mut sheet.head);
    }
    if change.kind == ChangeKind::MoveAccount {
        let [from, to] = exact_ends(planned);
        pinned("from", Role::Text, &from, (columns, whole), sheet);
        return pinned("to", Role::Added, &to, (columns, whole), sheet);
    }
    // Where nothing contains accounts nothing is to be said of it.
    if !words::is_contained(state, &change.subject) {
        return;
    }
    let inside = match &planned.lineage {
        Some(lineage) if lineage.steps.is_empty() => "no organization".to_owned(),
        Some(lineage) => lineage.crumbs(),
        None => "not known".to_owned(),
    };
    pinned("inside", Role::Text, &inside, (columns, whole), sheet);
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
            let together = format!("{protection} · {origin}");
            if width(&together) + 12 > columns {
                labelled("connection", Role::Text, &protection, columns, lines);
                labelled("", Role::Text, &origin, columns, lines);
            } else {
                labelled("connection", Role::Text, &together, columns, lines);
            }
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
    // While it is sent what changes is its own doing.
    let is_asked = matches!(view.phase, Phase::Ready(_) | Phase::Typing(..));
    for (nth, planned) in plan.changes.iter().enumerate().filter(|_| is_asked) {
        if let Some(words) = news(state, view.known.get(nth).and_then(Option::as_ref), planned) {
            let whose = if plan.changes.len() > 1 { format!("{}: ", planned.name) } else { String::new() };
            say(Role::Warn, &format!("{whose}{words}; it is read again before sending."), columns, lines);
        }
    }
    warnings(state, plan, columns, lines);
}

/// Warnings come first: those of the plan as a whole, then those of its changes, each once with whom it is about.
fn warnings(state: &State, plan: &Plan, columns: usize, lines: &mut Vec<Line>) {
    let whole: IndexSet<&str> = plan.warnings.iter().map(String::as_str).collect();
    for warning in &whole {
        say(Role::Warn, &format!("! {warning}"), columns, lines);
    }
    let mut whose: IndexMap<Cow<'_, str>, Vec<&PlannedChange>> = IndexMap::new();
    for planned in &plan.changes {
        for words in words::meanwhile(state, planned) {
            whose.entry(format!("changed meanwhile: {words}").into()).or_default().push(planned);
        }
        // What is said of the plan as a whole, or twice of one change, is said once.
        let own: IndexSet<&str> = planned.warnings.iter().map(String::as_str).collect();
        for warning in own.difference(&whole) {
            whose.entry((*warning).into()).or_default().push(planned);
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
fn single(state: &State, view: &PlanView, planned: &PlannedChange, columns: usize) -> Block {
    let mut lines = Vec::new();
    // Where a move leads from and to stands above, with both ids.
    let diffs = if planned.change.kind == ChangeKind::MoveAccount { &[][..] } else { &planned.diff };
    for diff in words::labelled(state, &planned.change, diffs) {
        diff_lines(&diff, columns, &mut lines);
    }
    // What goes is called by its name, which stands above.
    if planned.change.kind.ends() {
        let where_whole = if view.requests { "they stand above" } else { BY_KEY };
        lines = told_in_short(lines, &name(planned), where_whole, columns);
    }
    let needed = lines.len();
    let mut begin = needed;
    if view.requests {
        lines.push(Line::default());
        begin = lines.len();
        request(planned, columns, &mut lines);
    }
    Block { lines, request: begin, needed }
}

/// `field: old → new`, on one line if it fits, else below each other.
pub(in crate::panes) fn diff_lines(diff: &Diff, columns: usize, lines: &mut Vec<Line>) {
    let one = Line::of(Role::Text, format!("{:<17} ", shown(&diff.field))).and_all(values(diff));
    if one.width() <= columns {
        return lines.push(one);
    }
    lines.push(Line::of(Role::Text, shown(&diff.field)));
    let [from, to] = sides(diff);
    for (role, sign, text) in [(Role::Removed, "- ", from), (Role::Added, "+ ", to)] {
        for part in wrap(&text, columns.saturating_sub(4).max(8)) {
            lines.push(Line::of(Role::Dim, format!("  {sign}")).and(role, part));
        }
    }
}

/// What a field is and what it would be, in words: no blank that alters is left unseen.
pub(in crate::panes) fn sides(diff: &Diff) -> [String; 2] {
    let [from, to] = [&diff.from, &diff.to].map(|end| end.as_deref().unwrap_or_default());
    shown_sides(from, to).map(|text| if text.is_empty() { "(empty)".to_owned() } else { text })
}

fn values(diff: &Diff) -> Line {
    let [from, to] = sides(diff);
    Line::of(Role::Removed, from).and(Role::Dim, " → ").and(Role::Added, to)
}

/// The exact request, whole: secrets are masked in it.
fn request(planned: &PlannedChange, columns: usize, lines: &mut Vec<Line>) {
    let request = &planned.request;
    let method = format!("{} ", request.method);
    for (nth, text) in
        wrap(&shown(&request.path), columns.saturating_sub(width(&method)).max(8)).into_iter().enumerate()
    {
        let before = if nth == 0 { method.clone() } else { " ".repeat(width(&method)) };
        lines.push(Line::of(Role::Key, before).and(Role::Text, text));
    }
    if !request.body.is_null() {
        let body = serde_json::to_string_pretty(&request.body).unwrap_or_default();
        let wrapped = body.lines().flat_map(|line| wrap(&shown(line), columns));
        lines.extend(wrapped.map(|line| Line::of(Role::Text, line)));
    }
}

/// How wide names are if each change has room on one line; a page shows twice as many then.
fn names_beside(state: &State, view: &PlanView, plan: &Plan, columns: usize) -> Option<usize> {
    let names = plan.changes.iter().map(|planned| width(&name(planned))).max()?;
    let fits = plan.changes.iter().all(|planned| {
        let mut lines = Vec::new();
        what(state, planned, columns, &mut lines);
        let id = id(planned, tags(view, plan, planned));
        matches!(lines.as_slice(), [what] if SIGN + names + 2 + id.width() + what.width() <= columns)
    });
    fits.then_some(names)
}

/// One of many changes, compact: who it is, then what would change, or why it can't.
fn one_of_many(
    state: &State,
    view: &PlanView,
    (plan, names): (&Plan, Option<usize>),
    (nth, planned): (usize, &PlannedChange),
    columns: usize,
) -> Block {
    let item = match &view.phase {
        Phase::Sending { progress, .. } => progress.items.get(nth),
        Phase::Reading(_) | Phase::Ready(_) | Phase::Typing(..) | Phase::Over { .. } | Phase::Failed(_) => None,
    };
    let mut lines = Vec::new();
    who(planned, sign(planned, item), tags(view, plan, planned), (columns, names), &mut lines);
    let mut below = Vec::new();
    match item {
        Some(Item::Over(applied)) if outcome::reason(state, planned, applied).is_some() => {
            let fate = Fate::of(planned, applied);
            let reason = outcome::reason(state, planned, applied).unwrap_or_default();
            indented(fate.role(), &reason, columns, &mut below);
        }
        Some(Item::Over(_) | Item::Waiting | Item::Sending) | None => {
            what(state, planned, columns, &mut below);
            if let ([who], Some(_)) = (lines.as_mut_slice(), names) {
                who.0.extend(below.drain(..).flat_map(|line| line.0));
            }
        }
    }
    if let Some(words) = words::alike(state, &planned.change) {
        indented(Role::Warn, words, columns, &mut lines);
    }
    lines.append(&mut below);
    let begin = lines.len();
    if view.requests && planned.is_sent() {
        request(planned, columns, &mut lines);
    } else if view.requests {
        indented(Role::Dim, "no request: it will not be sent", columns, &mut lines);
    }
    Block { lines, request: begin, needed: begin }
}

/// What is said of a target beside its id: whether its connection is named, and whether it is hidden by the filter.
fn tags(view: &PlanView, plan: &Plan, planned: &PlannedChange) -> (bool, bool) {
    (plan.parts.len() > 1, is_hidden(&view.hidden, &planned.change.subject))
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

/// Name and id, on one line if both fit; names are padded to `names` columns where each has room beside its id.
pub(super) fn who(
    planned: &PlannedChange,
    (role, sign): (Role, &str),
    tags: (bool, bool),
    (columns, names): (usize, Option<usize>),
    lines: &mut Vec<Line>,
) {
    let mut line = Line::of(role, format!("{sign} ")).and(Role::Title, name(planned));
    let id = id(planned, tags);
    let apart = names.map_or(2, |names| (SIGN + names + 2).saturating_sub(line.width()));
    if line.width() + apart + id.width() <= columns {
        line.push(Role::Text, " ".repeat(apart));
        return lines.push(line.and_all(id));
    }
    lines.push(line);
    lines.push(Line::of(Role::Text, "  ").and_all(id));
}

/// A target's id and what is said beside it.
fn id(planned: &PlannedChange, (names_connection, hidden): (bool, bool)) -> Line {
    let mut id = Line::of(Role::Dim, shown(planned.change.subject.id()));
    if names_connection {
        id.push(Role::Text, format!("  {}", planned.change.subject.connection()));
    }
    if hidden {
        id.push(Role::Warn, "  hidden by the filter");
    }
    id
}

pub(super) fn indented(role: Role, text: &str, columns: usize, lines: &mut Vec<Line>) {
    let wrapped = wrap(&shown(text), columns.saturating_sub(2).max(8));
    lines.extend(wrapped.into_iter().map(|text| Line::of(role, format!("  {text}"))));
}

/// What a change of many would do.
fn what(state: &State, planned: &PlannedChange, columns: usize, lines: &mut Vec<Line>) {
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
    let diffs = words::labelled(state, &planned.change, &planned.diff);
    let mut one = Line::of(Role::Text, "  ");
    for (nth, diff) in diffs.iter().enumerate() {
        let apart = if nth == 0 { "" } else { " · " };
        one = one.and(Role::Text, format!("{apart}{} ", shown(&diff.field))).and_all(values(diff));
    }
    if one.width() <= columns {
        return lines.push(one);
    }
    let mut below = Vec::new();
    for diff in &diffs {
        diff_lines(diff, columns.saturating_sub(2), &mut below);
    }
    lines.extend(below.into_iter().map(|line| Line::of(Role::Text, "  ").and_all(line)));
}
