//! A choice of ways, where there are several: close or remove, text or form. Each says what it means.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::{
    Action, Avail, Effect, HELP, Modal, Motion, Row, State, as_wide, bare, centred, connections_of, ends,
};
use crate::domain::{AccountKey, ChangeKind, FormSpec, Key, KeyCode, Role, Subject};
use crate::forms;
use crate::panes::{accounts, plan};
use crate::provider::{Capability, Offer, Spec};
use crate::view::{Line, Theme, modal_frame, put_line, wrap};

/// What a choice leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// A plan that does this to all.
    Do(ChangeKind),
    /// A text in the user's editor.
    Text,
    /// A form whose fields are set on all.
    Form(Option<&'static FormSpec>),
}

#[derive(Clone, Debug, PartialEq)]
struct Choice {
    way: Way,
    title: String,
    /// What it means.
    words: String,
    /// Why it can't be chosen.
    refusal: Option<String>,
}

/// The choice on screen. Whom it is about is fixed when it opens.
#[derive(Clone, Debug, PartialEq)]
pub struct Chooser {
    title: &'static str,
    whom: String,
    targets: Vec<Subject>,
    choices: Vec<Choice>,
    cursor: usize,
}

/// What keys do here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Takes the choice under the cursor.
    Choose,
}

/// The choice's keys.
pub const ROWS: &[Row] = &[
    Row::new(&[Key::plain(KeyCode::Enter)], Action::Chooser(Act::Choose), "choose").hint(1).when(can_choose),
    Row::new(&[Key::plain(KeyCode::Esc), Key::char('q')], Action::Close, "back").hint(2),
    HELP,
];

fn can_choose(state: &State) -> Avail {
    let Some(Modal::Chooser(chooser)) = state.modals.last() else {
        return Avail::Hidden;
    };
    match chooser.choices.get(chooser.cursor).map(|choice| &choice.refusal) {
        Some(Some(reason)) => Avail::no(reason.clone()),
        Some(None) => Avail::Yes,
        None => Avail::Hidden,
    }
}

impl Chooser {
    /// Moves among the choices.
    pub fn move_cursor(&mut self, motion: Motion) {
        self.cursor = motion.apply(self.cursor, self.choices.len(), 3);
    }
}

/// Some subjects in words: one by its name, several by their number.
#[must_use]
pub fn whom(state: &State, targets: &[Subject]) -> String {
    match targets {
        [one] => plan::subject_name(state, one),
        several => accounts::counted(several.len(), "account"),
    }
}

/// Deletes, closes or removes: asks which where there are several ways, else makes the plan at once.
pub fn end(state: &mut State, effects: &mut Vec<Effect>) {
    let targets = state.targets();
    let ways = ends(state, &targets);
    if let [only] = ways.as_slice() {
        let changes = targets.into_iter().map(|subject| bare(*only, subject)).collect();
        return plan::ask(state, changes, effects);
    }
    let choices = ways.into_iter().map(|kind| end_choice(state, &targets, kind)).collect();
    let whom = whom(state, &targets);
    let title = "Delete, close or remove";
    state.open(Modal::Chooser(Box::new(Chooser { title, whom, targets, choices, cursor: 0 })));
}

fn end_choice(state: &State, targets: &[Subject], kind: ChangeKind) -> Choice {
    let specs = specs(state, targets);
    let offers = |spec: &&&Spec| spec.offer(Capability::of(kind, &targets[0])) == Offer::Yes;
    let providers: Vec<&str> = specs.iter().filter(offers).map(|spec| spec.title).collect();
    let words = match kind {
        ChangeKind::CloseAccount => "The provider shuts the account down, and ends it for good after a waiting time.",
        ChangeKind::RemoveAccount => {
            "The account leaves the organization and lives on by itself, with its resources and a bill of its own."
        }
        ChangeKind::DeleteAccount
        | ChangeKind::DeleteOrganization
        | ChangeKind::Profile
        | ChangeKind::CreateAccount
        | ChangeKind::CreateStandalone
        | ChangeKind::UpdateAccount
        | ChangeKind::MoveAccount
        | ChangeKind::CreateOrganization
        | ChangeKind::RenameOrganization => "The account is deleted at once, with all that is in it.",
    };
    let able =
        targets.iter().filter(|subject| state.offer(subject.connection(), Capability::of(kind, subject)) == Offer::Yes);
    let able = able.count();
    let mut words = words.to_owned();
    if able < targets.len() {
        words = format!("{words} Only {} offers it: {able} of {}.", providers.join(", "), targets.len());
    }
    let title = match kind.verb() {
        "close" => "Close",
        "remove" => "Remove from the organization",
        _ => "Delete",
    };
    Choice { way: Way::Do(kind), title: title.to_owned(), words, refusal: None }
}

/// The kinds of provider that some subjects are at, each once.
fn specs(state: &State, targets: &[Subject]) -> Vec<&'static Spec> {
    let mut specs: Vec<&'static Spec> = Vec::new();
    for name in connections_of(targets) {
        if let Some(setup) = state.connection(&name)
            && !specs.iter().any(|spec| spec.facts.id == setup.spec.facts.id)
        {
            specs.push(setup.spec);
        }
    }
    specs
}

/// The ways to edit marked accounts together.
#[must_use]
pub fn edit(state: &State, marked: Vec<AccountKey>, kind: ChangeKind) -> Chooser {
    let targets: Vec<Subject> = marked.into_iter().map(Subject::Account).collect();
    let specs = specs(state, &targets);
    let what = if kind == ChangeKind::Profile { "profiles" } else { "fields" };
    let refusal = match specs.as_slice() {
        [spec] => match spec.offer(Capability::of(kind, &targets[0])) {
            Offer::No(reason) => Some(reason.to_owned()),
            Offer::Yes if spec.form(kind).is_none() => Some(format!("{} has no form for it", spec.title)),
            Offer::Yes => None,
        },
        _ => Some("the marked accounts are at several providers, whose fields differ: edit them as text".into()),
    };
    let on = if targets.len() == 1 { "it".to_owned() } else { format!("all {}", accounts::grouped(targets.len())) };
    let mut forms = specs.first().into_iter().flat_map(|spec| spec.forms_of(kind));
    let form = forms.next();
    // Where a provider writes parts of an account by calls of their own each has its form.
    let further = if refusal.is_none() { forms.collect() } else { Vec::new() };
    let further = further.into_iter().map(|form| Choice {
        way: Way::Form(Some(form)),
        title: format!("{} on {on}", form.title),
        words: "A form of its own: what you fill in is set on each of them, what you leave blank stays as it is."
            .into(),
        refusal: None,
    });
    let further: Vec<Choice> = further.collect();
    let mut choices = vec![
        Choice {
            way: Way::Form(form),
            title: format!("Set fields on {on}"),
            words: "A form: what you fill in is set on each of them, what you leave blank stays as it is.".into(),
            refusal,
        },
        Choice {
            way: Way::Text,
            title: "Edit as text in $EDITOR".into(),
            words: "A table in your editor, an account a line; saving it leads to a plan of what you changed.".into(),
            refusal: None,
        },
    ];
    choices.splice(1..1, further);
    let title = match (what, targets.len()) {
        ("profiles", 1) => "Edit the marked profile",
        ("profiles", _) => "Edit the marked profiles",
        (_, 1) => "Edit the marked account",
        _ => "Edit the marked accounts",
    };
    // What can be done is under the cursor.
    let cursor = choices.iter().position(|choice| choice.refusal.is_none()).unwrap_or(0);
    Chooser { title, whom: whom(state, &targets), targets, choices, cursor }
}

/// Does what a key asks.
pub fn act(state: &mut State, act: Act, effects: &mut Vec<Effect>) {
    let Act::Choose = act;
    let Some(Modal::Chooser(chooser)) = state.modals.last() else {
        return;
    };
    let Some(way) = chooser.choices.get(chooser.cursor).map(|choice| choice.way) else {
        return;
    };
    let targets = chooser.targets.clone();
    let account = |subject: Subject| match subject {
        Subject::Account(key) => Some(key),
        Subject::Organization(_) | Subject::Connection(_) => None,
    };
    match way {
        Way::Do(kind) => {
            let changes = targets.into_iter().map(|subject| bare(kind, subject)).collect();
            plan::ask(state, changes, effects);
        }
        Way::Text => {
            state.close();
            accounts::edit_as_text(state, targets.into_iter().filter_map(account).collect(), None, effects);
        }
        Way::Form(spec) => {
            state.close();
            if let Some(spec) = spec {
                forms::set_on_all(state, spec, targets);
            }
        }
    }
}

/// Draws the choice.
pub fn draw(chooser: &Chooser, whole: Rect, buf: &mut Buffer, theme: Theme) {
    let columns = usize::from(as_wide(whole.width, 76).saturating_sub(4));
    let mut lines = Vec::new();
    let mut under = 0..0;
    for (at, choice) in chooser.choices.iter().enumerate() {
        let from = lines.len();
        let selected = at == chooser.cursor;
        let role = match (selected, &choice.refusal) {
            (true, _) => Role::Selected,
            (false, Some(_)) => Role::Dim,
            (false, None) => Role::Title,
        };
        lines.push(Line::of(role, format!("{} {} ", if selected { "▌" } else { " " }, choice.title)));
        for text in wrap(&choice.words, columns.saturating_sub(2)) {
            lines.push(Line::of(if choice.refusal.is_some() { Role::Dim } else { Role::Text }, format!("  {text}")));
        }
        for text in choice.refusal.iter().flat_map(|reason| wrap(reason, columns.saturating_sub(4))) {
            lines.push(Line::of(Role::Warn, format!("  ! {text}")));
        }
        if selected {
            under = from..lines.len();
        }
        lines.push(Line::default());
    }
    lines.pop();
    let area = centred(whole, 76, u16::try_from(lines.len() + 2).unwrap_or(u16::MAX));
    let title = Line::of(Role::Title, chooser.title).and(Role::Dim, format!(" · {}", chooser.whom));
    let inner = modal_frame(buf, area, &title, theme);
    let page = usize::from(inner.height);
    // The choice under the cursor is seen whole.
    let offset = under.end.saturating_sub(page).min(under.start);
    for (y, line) in (inner.y..inner.bottom()).zip(lines.iter().skip(offset)) {
        put_line(buf, inner.x + 1, y, inner.width.saturating_sub(2), line, theme, Style::new());
    }
}
