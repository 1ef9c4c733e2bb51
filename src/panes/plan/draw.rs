//! A plan on screen: head, warnings, every change, and below them what is asked or how far it is.

use indexmap::IndexMap;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::outcome::{self, Fate};
use super::{Item, Known, Phase, PlanView, Progress, is_hidden, known, word};
use crate::app::{Modal, Motion, State, centred, inside};
use crate::domain::{Applied, Change, ChangeKind, Diff, Lineage, Plan, PlannedChange, Role, Signal, Subject, shown};
use crate::panes::{accounts, failure};
use crate::view::{Line, Theme, modal_frame, put_line, wrap};

/// The widest a plan gets: lines of a lineage read well up to there.
const COLUMNS: u16 = 92;

/// A plan in lines: what scrolls, and what stands still below it.
struct Sheet {
    body: Vec<Line>,
    /// The line that each change begins at.
    starts: Vec<usize>,
    foot: Vec<Line>,
}

/// Draws a plan.
pub fn draw(state: &State, view: &PlanView, whole: Rect, buf: &mut Buffer, theme: Theme) {
    let sheet = sheet(state, view, columns(whole));
    let area = area(whole, &sheet);
    let inner = modal_frame(buf, area, &title(view), theme);
    let page = page(inner.height, &sheet);
    let offset = offset(view, &sheet, page);
    let width = inner.width.saturating_sub(2);
    let foot = inner.y + u16::try_from(page).unwrap_or(0);
    for (y, line) in (inner.y..foot.min(inner.bottom())).zip(sheet.body.iter().skip(offset)) {
        put_line(buf, inner.x + 1, y, width, line, theme, Style::new());
    }
    let below = sheet.body.len().saturating_sub(offset + page);
    if (offset > 0 || below > 0) && area.height > 2 {
        let words = format!(" ↑ {offset}  ↓ {below} lines ");
        let at = area.right().saturating_sub(u16::try_from(crate::domain::width(&words)).unwrap_or(0) + 2);
        put_line(buf, at, area.bottom() - 1, area.width, &Line::of(Role::Key, words), theme, Style::new());
    }
    for (y, line) in (foot..inner.bottom()).zip(&sheet.foot) {
        put_line(buf, inner.x + 1, y, width, line, theme, Style::new());
    }
    if let Phase::Typing(_, word) = &view.phase {
        let y = inner.bottom().saturating_sub(1);
        buf.set_style(Rect { x: inner.x + 1, y, width, height: 1 }, theme.style(Role::Input));
        word.draw(buf, (inner.x + 1, y, width), theme, Role::Input, true);
    }
}

/// Scrolls as far as there is something.
pub fn scroll(state: &mut State, motion: Motion) {
    let room = Rect::new(0, 1, state.size.width, state.size.height.saturating_sub(2));
    let Some(Modal::Plan(view)) = state.modals.last() else {
        return;
    };
    let sheet = sheet(state, view, columns(room));
    let page = page(inside(area(room, &sheet)).height, &sheet);
    let from = offset(view, &sheet, page);
    let last = sheet.body.len().saturating_sub(page);
    if let Some(Modal::Plan(view)) = state.modals.last_mut() {
        view.offset = motion.apply(from, last + 1, page);
        view.follows = false;
    }
}

fn columns(whole: Rect) -> usize {
    usize::from(whole.width.min(COLUMNS).saturating_sub(4))
}

fn area(whole: Rect, sheet: &Sheet) -> Rect {
    let height = u16::try_from(sheet.body.len() + sheet.foot.len() + 2).unwrap_or(u16::MAX);
    centred(whole, COLUMNS, height.clamp(8, whole.height.max(8)))
}

/// How many lines of the body are on screen.
fn page(height: u16, sheet: &Sheet) -> usize {
    usize::from(height).saturating_sub(sheet.foot.len()).max(1)
}

/// The first line on screen. While many changes are sent the first that is not over is in sight, until it is scrolled.
fn offset(view: &PlanView, sheet: &Sheet, page: usize) -> usize {
    let last = sheet.body.len().saturating_sub(page);
    if let (Phase::Sending { progress, .. }, true) = (&view.phase, view.follows)
        && let Some(at) = progress.items.iter().position(|item| !matches!(item, Item::Over(_)))
        && progress.items.len() > 1
    {
        let start = sheet.starts.get(at).copied().unwrap_or(0);
        return if start < page { 0 } else { start.saturating_sub(page / 2).min(last) };
    }
    view.offset.min(last)
}

fn title(view: &PlanView) -> Line {
    let mut line = Line::of(Role::Title, "Plan");
    if let Some(plan) = view.plan().filter(|plan| plan.changes.len() > 1) {
        line.push(Role::Title, format!(" · {}", summary(plan)));
    }
    match &view.phase {
        Phase::Reading(_) | Phase::Ready(_) | Phase::Typing(..) => {}
        Phase::Sending { progress, .. } => line.push(
            Role::Warn,
            match progress.signal {
                Signal::Go => " · sending",
                Signal::Pause => " · paused",
                Signal::Stop => " · stopping",
            },
        ),
        Phase::Over { .. } => line.push(Role::Title, " · over"),
        Phase::Failed(_) => line.push(Role::Bad, " · could not be made"),
    }
    line
}

/// `move 12 accounts`.
fn summary(plan: &Plan) -> String {
    let verb = plan.changes.first().map_or("apply", |planned| planned.change.kind.verb());
    let same = plan.changes.iter().all(|planned| planned.change.kind.verb() == verb);
    let noun = plan.changes.first().map_or("change", |planned| noun(&planned.change));
    let alike = plan.changes.iter().all(|planned| noun_is(&planned.change, noun));
    let count = accounts::grouped(plan.changes.len());
    match (same, alike) {
        (true, true) => format!("{verb} {count} {noun}s"),
        (true, false) | (false, _) => format!("{count} changes"),
    }
}

/// What a change is about; of what is made, what it will be.
fn noun(change: &Change) -> &'static str {
    match change.kind {
        ChangeKind::CreateAccount
        | ChangeKind::CreateStandalone
        | ChangeKind::UpdateAccount
        | ChangeKind::DeleteAccount
        | ChangeKind::CloseAccount
        | ChangeKind::RemoveAccount
        | ChangeKind::MoveAccount => "account",
        ChangeKind::CreateOrganization | ChangeKind::RenameOrganization | ChangeKind::DeleteOrganization => {
            "organization"
        }
        ChangeKind::Profile => change.subject.noun(),
    }
}

fn noun_is(change: &Change, wanted: &str) -> bool {
    noun(change) == wanted
}

fn sheet(state: &State, view: &PlanView, columns: usize) -> Sheet {
    let mut sheet = Sheet { body: Vec::new(), starts: Vec::new(), foot: Vec::new() };
    match &view.phase {
        Phase::Reading(_) => sheet.body.push(Line::of(Role::Dim, "Reading afresh what is there now …")),
        Phase::Failed(why) => failure::lines(why, columns, &mut sheet.body),
        Phase::Over { plan, results } => over(plan, results, columns, &mut sheet),
        Phase::Ready(plan) | Phase::Typing(plan, _) | Phase::Sending { plan, .. } => {
            head(state, view, plan, columns, &mut sheet.body);
            if plan.changes.len() > 1 {
                many(view, plan, columns, &mut sheet);
            } else if let Some(planned) = plan.changes.first() {
                single(planned, columns, &mut sheet.body);
                if view.requests {
                    request(planned, &mut sheet.body);
                }
            }
            foot(state, view, plan, columns, &mut sheet.foot);
        }
    }
    sheet
}

fn say(role: Role, text: &str, columns: usize, lines: &mut Vec<Line>) {
    lines.extend(wrap(&shown(text), columns).into_iter().map(|text| Line::of(role, text)));
}

/// A label and text that may take several lines, which stand below each other.
fn labelled(label: &str, role: Role, text: &str, columns: usize, lines: &mut Vec<Line>) {
    for (nth, text) in wrap(text, columns.saturating_sub(12).max(8)).into_iter().enumerate() {
        let label = if nth == 0 { label } else { "" };
        lines.push(Line::of(Role::Dim, format!("{label:<12}")).and(role, text));
    }
}

/// What changed meanwhile, warnings, and as whom it goes where.
fn head(state: &State, view: &PlanView, plan: &Plan, columns: usize, lines: &mut Vec<Line>) {
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
    for part in &plan.parts {
        let who = format!("{} ({})", part.identity.user.shown(), shown(&part.identity.credential));
        labelled("as", Role::Text, &who, columns, lines);
        let protection = format!("{} · {} · {}", part.connection, part.protection.word(), shown(&part.identity.origin));
        labelled("connection", Role::Text, &protection, columns, lines);
    }
}

/// Warnings come first, those of several changes once with their number.
fn warnings(plan: &Plan, columns: usize, lines: &mut Vec<Line>) {
    let mut counts: IndexMap<&str, Vec<&PlannedChange>> = IndexMap::new();
    for planned in &plan.changes {
        for warning in &planned.warnings {
            counts.entry(warning).or_default().push(planned);
        }
    }
    for (warning, whose) in counts {
        let words = match whose.as_slice() {
            // What is about all of them stands with the first.
            [one] if !plan.changes.first().is_some_and(|first| std::ptr::eq(first, *one)) => {
                format!("! {}: {warning}", one.name)
            }
            [_] => format!("! {warning}"),
            several => format!("! {warning} (each of {} of {})", several.len(), plan.changes.len()),
        };
        say(Role::Warn, &words, columns, lines);
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

/// What a change does, in the words before the target's name.
fn verb(change: &Change) -> String {
    match change.kind {
        ChangeKind::Profile => format!("edit profile of {}", change.subject.noun()),
        ChangeKind::CreateStandalone => "create the first account".to_owned(),
        ChangeKind::RemoveAccount => "remove from its organization the account".to_owned(),
        ChangeKind::CreateAccount
        | ChangeKind::UpdateAccount
        | ChangeKind::DeleteAccount
        | ChangeKind::CloseAccount
        | ChangeKind::MoveAccount
        | ChangeKind::CreateOrganization
        | ChangeKind::RenameOrganization
        | ChangeKind::DeleteOrganization => format!("{} {}", change.kind.verb(), noun(change)),
    }
}

/// The target's name; of what is made, the name that it will have.
fn name(planned: &PlannedChange) -> String {
    if planned.change.kind.makes() {
        let named = ["name", "title"].into_iter().map(|field| planned.change.values.get(field));
        let named = named.filter(|name| !name.is_empty()).map(|name| shown(name).into_owned()).next();
        return named.unwrap_or_default();
    }
    let name = planned.name.shown();
    if name.is_empty() { "(no name)".to_owned() } else { name.into_owned() }
}

fn crumbs(lineage: Option<&Lineage>, id: Option<&str>) -> String {
    match (lineage, id) {
        (Some(lineage), _) if !lineage.steps.is_empty() => lineage.crumbs(),
        (Some(_) | None, Some(id)) if !id.is_empty() => shown(id).into_owned(),
        (None, None) => "not known".to_owned(),
        (Some(_), None) | (Some(_) | None, Some(_)) => "no organization".to_owned(),
    }
}

/// The two ends of a move.
fn ends(planned: &PlannedChange) -> (String, String) {
    let diff = planned.diff.first();
    let from = diff.and_then(|diff| diff.from.as_deref());
    let to = diff.and_then(|diff| diff.to.as_deref());
    let to = to.or_else(|| planned.change.values.0.get(Change::TO).map(String::as_str));
    (crumbs(planned.lineage.as_ref(), from), crumbs(planned.after.as_ref(), to))
}

/// One change with all that is known of it.
fn single(planned: &PlannedChange, columns: usize, lines: &mut Vec<Line>) {
    let change = &planned.change;
    lines.push(Line::default());
    lines.push(Line::of(Role::Text, format!("{} ", verb(change))).and(Role::Title, name(planned)));
    if change.kind.makes() {
        labelled("made in", Role::Text, &made_in(planned), columns, lines);
    } else {
        labelled("id", Role::Text, &shown(change.subject.id()), columns, lines);
    }
    if change.kind == ChangeKind::MoveAccount {
        let (from, to) = ends(planned);
        let id = |end: fn(&Diff) -> &Option<String>| planned.diff.first().and_then(|diff| end(diff).clone());
        labelled("from", Role::Text, &from, columns, lines);
        if let Some(id) = id(|diff| &diff.from) {
            labelled("", Role::Dim, &shown(&id), columns, lines);
        }
        labelled("to", Role::Added, &to, columns, lines);
        if let Some(id) = id(|diff| &diff.to) {
            labelled("", Role::Dim, &shown(&id), columns, lines);
        }
        return;
    }
    if !change.kind.makes() {
        let inside = match &planned.lineage {
            Some(lineage) if lineage.steps.is_empty() => "in no organization".to_owned(),
            Some(lineage) => lineage.crumbs(),
            None => "not known".to_owned(),
        };
        labelled("inside", Role::Text, &inside, columns, lines);
    }
    lines.push(Line::default());
    for diff in &planned.diff {
        diff_lines(diff, columns, lines);
    }
}

/// Where something is made: the organizations above it, or the connection itself.
fn made_in(planned: &PlannedChange) -> String {
    match &planned.change.subject {
        Subject::Connection(name) => format!("{name}, in no organization"),
        Subject::Organization(key) => {
            let above = planned.after.as_ref().or(planned.lineage.as_ref()).filter(|it| !it.steps.is_empty());
            let above = above.map_or_else(|| planned.name.shown().into_owned(), Lineage::crumbs);
            format!("{above} ({})", key.id)
        }
        Subject::Account(key) => key.id.to_string(),
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

fn request(planned: &PlannedChange, lines: &mut Vec<Line>) {
    lines.push(Line::default());
    let request = &planned.request;
    lines.push(Line::of(Role::Key, request.method.clone()).and(Role::Text, format!(" {}", shown(&request.path))));
    if !request.body.is_null() {
        let body = serde_json::to_string_pretty(&request.body).unwrap_or_default();
        lines.extend(body.lines().map(|line| Line::of(Role::Text, shown(line))));
    }
}

/// Many changes, compact: who it is, then what would change, or why it can't.
fn many(view: &PlanView, plan: &Plan, columns: usize, sheet: &mut Sheet) {
    sheet.body.push(Line::default());
    sheet.body.push(counts(plan));
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
        if view.requests {
            request(planned, &mut sheet.body);
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

/// `12 changes: 10 to send · 1 nothing to do · 1 refused`.
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
fn who(
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

fn indented(role: Role, text: &str, columns: usize, lines: &mut Vec<Line>) {
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

/// What is asked, or how far it is: always in sight.
fn foot(state: &State, view: &PlanView, plan: &Plan, columns: usize, lines: &mut Vec<Line>) {
    lines.push(Line::default());
    let sent = plan.changes.iter().filter(|planned| planned.is_sent()).count();
    match &view.phase {
        Phase::Typing(..) => {
            say(Role::Warn, &format!("Type {} to confirm", word(state, plan)), columns, lines);
            lines.push(Line::default());
        }
        Phase::Sending { step, progress, .. } if plan.changes.len() > 1 => {
            lines.push(progress_line(plan, progress, step));
        }
        Phase::Sending { step, .. } => lines.push(Line::of(Role::Warn, format!("{step} …"))),
        Phase::Reading(_) | Phase::Ready(_) | Phase::Over { .. } | Phase::Failed(_) => {
            let words = match (sent, plan.changes.len()) {
                (0, _) => return lines.push(Line::of(Role::Warn, "Nothing of this can be sent.")),
                (_, 1) => " sends this change".to_owned(),
                (sent, all) if sent == all => format!(" sends these {} changes", accounts::grouped(sent)),
                (sent, all) => {
                    format!(" sends {} of these {} changes", accounts::grouped(sent), accounts::grouped(all))
                }
            };
            lines.push(Line::of(Role::Key, "Enter").and(Role::Text, words));
        }
    }
}

/// `57/200 · 2 failed · 1 unknown`.
fn progress_line(plan: &Plan, progress: &Progress, step: &str) -> Line {
    let mut over = 0;
    let (mut failed, mut unknown) = (0, 0);
    for (planned, item) in plan.changes.iter().zip(&progress.items) {
        let Item::Over(applied) = item else { continue };
        over += 1;
        match Fate::of(planned, applied) {
            Fate::Refused | Fate::Outdated | Fate::NotSent => failed += 1,
            Fate::Unknown => unknown += 1,
            Fate::Accepted | Fate::Done | Fate::NothingToDo => {}
        }
    }
    let all = plan.changes.len();
    let mut line = Line::of(Role::Title, format!("{}/{}", accounts::grouped(over), accounts::grouped(all)));
    if failed > 0 {
        line.push(Role::Bad, format!(" · {} failed", accounts::grouped(failed)));
    }
    if unknown > 0 {
        line.push(Role::Warn, format!(" · {} unknown", accounts::grouped(unknown)));
    }
    match progress.signal {
        Signal::Go => line.push(Role::Dim, format!(" · {step} …")),
        Signal::Pause => line.push(Role::Warn, " · paused, p goes on"),
        Signal::Stop => line.push(Role::Warn, " · stopping: what is on its way comes to its end"),
    }
    line
}

/// What became of many changes: the counts, then each, what failed first.
fn over(plan: &Plan, results: &[Applied], columns: usize, sheet: &mut Sheet) {
    let fates: Vec<Fate> = plan.changes.iter().zip(results).map(|(planned, it)| Fate::of(planned, it)).collect();
    let mut line = Line::default();
    for fate in Fate::ALL.into_iter().rev() {
        let count = fates.iter().filter(|other| **other == fate).count();
        if count > 0 {
            let apart = if line.0.is_empty() { "" } else { " · " };
            line.push(fate.role(), format!("{apart}{} {}", accounts::grouped(count), fate.word()));
        }
    }
    sheet.body.push(line);
    if fates.contains(&Fate::Unknown) {
        let words = "Of the unknown ones nobody knows whether they were done: they are in the journal, and are not sent \
                     again by themselves.";
        say(Role::Warn, words, columns, &mut sheet.body);
    }
    for fate in Fate::ALL {
        let own = plan.changes.iter().zip(results).zip(&fates).filter(|(_, other)| **other == fate);
        for (nth, ((planned, applied), _)) in own.enumerate() {
            if nth == 0 {
                sheet.body.push(Line::default());
                sheet.body.push(Line::of(fate.role(), capitalised(fate.word())));
            }
            who(planned, (fate.role(), fate.sign()), (plan.parts.len() > 1, false), columns, &mut sheet.body);
            if let Some(reason) = outcome::reason(planned, applied) {
                indented(Role::Text, &reason, columns, &mut sheet.body);
            }
        }
    }
    sheet.foot.push(Line::default());
    let mut keys = Line::default();
    if !outcome::failed(plan, results).is_empty() {
        keys = keys.and(Role::Key, "r").and(Role::Text, " makes a plan of what failed   ");
    }
    sheet.foot.push(keys.and(Role::Key, "Esc").and(Role::Text, " closes"));
}

fn capitalised(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
