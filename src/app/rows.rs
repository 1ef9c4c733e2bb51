//! Rows of keys: one row names an action's keys, its words, and whether it applies now.
//!
//! Dispatch, footer hints, the help and KEYS.md all read these rows; there is no other table of keys. Each row stands
//! beside its handler, in the file of its pane.

use std::borrow::Cow;

use super::{Modal, State};
use crate::domain::{Key, KeyCode};
use crate::forms::{self, Want};
use crate::panes::{
    PaneId, accounts, activity, chooser, columns, confirm, conflict, connections, copy, detail, failure, help, history,
    identity, journal, labels, organizations, palette, picker, plan, value, views, welcome,
};

/// Whether an action applies now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Avail {
    /// It does.
    Yes,
    /// It does not, because of this. Shown in the help and when the key is pressed.
    No(String),
    /// It makes no sense here; the key may mean something further out.
    Hidden,
}

impl Avail {
    /// It does not apply, because of this.
    pub fn no(reason: impl Into<String>) -> Self {
        Self::No(reason.into())
    }
}

/// What a key does. Each pane matches its own small enum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Moves the cursor, or scrolls where there is none.
    Move(Motion),
    /// Works everywhere outside modals.
    Global(Global),
    /// Works in the tree.
    Organizations(organizations::Act),
    /// Works in the list.
    Accounts(accounts::Act),
    /// Works in the detail.
    Detail(detail::Act),
    /// Works in a form.
    Form(forms::Act),
    /// Works in the choice where something is to be made.
    Place(forms::place::Act),
    /// Works in a plan.
    Plan(plan::Act),
    /// Works in the destination picker.
    Picker(picker::Act),
    /// Works in the choice of a way.
    Chooser(chooser::Act),
    /// Works where a failure is shown.
    Failure(failure::Act),
    /// Works in the dialog that settles conflicts.
    Conflict(conflict::Act),
    /// Works in a question.
    Confirm(confirm::Act),
    /// Works in the activity.
    Activity(activity::Act),
    /// Works in the question who holds a connection.
    Identity(identity::Act),
    /// Works in the list of connections.
    Connections(connections::Act),
    /// Works in the journal.
    Journal(journal::Act),
    /// Works in the history.
    History(history::Act),
    /// Works in the help.
    Help(help::Act),
    /// Works in the labels.
    Labels(labels::Act),
    /// Works in the palette.
    Palette(palette::Act),
    /// Works after `y`.
    Copy(copy::Act),
    /// Works on the saved views, in the panes and in their list.
    Views(views::Act),
    /// Works in the choice of columns.
    Columns(columns::Act),
    /// Works on the welcome screen.
    Welcome(welcome::Act),
    /// Closes the modal.
    Close,
}

/// A movement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Motion {
    /// One up.
    Up,
    /// One down.
    Down,
    /// To the first.
    First,
    /// To the last.
    Last,
    /// A screen up.
    PageUp,
    /// A screen down.
    PageDown,
    /// Half a screen up.
    HalfUp,
    /// Half a screen down.
    HalfDown,
}

impl Motion {
    /// Where a cursor at `from` among `len` lands, with `page` rows on screen.
    #[must_use]
    pub fn apply(self, from: usize, len: usize, page: usize) -> usize {
        let last = len.saturating_sub(1);
        let page = page.max(1);
        match self {
            Self::Up => from.saturating_sub(1),
            Self::Down => from.saturating_add(1).min(last),
            Self::First => 0,
            Self::Last => last,
            Self::PageUp => from.saturating_sub(page.saturating_sub(1).max(1)),
            Self::PageDown => from.saturating_add(page.saturating_sub(1).max(1)).min(last),
            Self::HalfUp => from.saturating_sub((page / 2).max(1)),
            Self::HalfDown => from.saturating_add((page / 2).max(1)).min(last),
        }
    }
}

/// What works everywhere outside modals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Global {
    /// Opens the filter line of the focused pane.
    Filter,
    /// To the next pane.
    NextPane,
    /// To the previous pane.
    PreviousPane,
    /// Undoes one layer.
    Back,
    /// The help.
    Help,
    /// The palette of all that can be run or gone to.
    Palette,
    /// Opens a form.
    Open(forms::Want),
    /// Moves the account, or the marked ones.
    Move,
    /// Deletes, closes or removes.
    End,
    /// The provider's own search.
    RemoteSearch,
    /// Fetches what is not asked by default.
    Extra,
    /// Shows secrets for some seconds.
    Reveal,
    /// Opens the web dashboard: a page, or by a one-time link.
    Dashboard,
    /// Waits for what to copy.
    Copy,
    /// Fetches again what the pane shows.
    Refresh,
    /// Lists the connection again.
    Sync,
    /// Shows or hides the tree.
    ToggleTree,
    /// How wide the panes are.
    Panes(super::PanesAct),
    /// The requests.
    Activity,
    /// The connections.
    Connections,
    /// The journal.
    Journal,
    /// The mouse on or off.
    ToggleMouse,
    /// Leaves, if nothing is running.
    Quit,
}

/// One row.
#[derive(Debug)]
pub struct Row {
    /// The keys, the one to show first.
    pub keys: &'static [Key],
    /// What it does.
    pub action: Action,
    /// What it is called in keys.toml; empty for the name of its action.
    pub name: &'static str,
    /// What it does, in a few words.
    pub text: &'static str,
    /// The same as it is now, where that can be said better.
    pub now: fn(&State) -> Option<&'static str>,
    /// Its place in the footer, 1 first; 0 keeps it out.
    pub hint: u8,
    /// Whether it leads to a write: read-only connections switch it off.
    pub danger: bool,
    /// Whether it confirms: dropped until the screen that it answers has been seen for 250 ms.
    pub confirms: bool,
    /// Whether it applies now.
    pub when: fn(&State) -> Avail,
}

impl Row {
    /// A row that always applies and is not in the footer.
    #[must_use]
    pub const fn new(keys: &'static [Key], action: Action, text: &'static str) -> Self {
        Self {
            keys,
            action,
            name: "",
            text,
            now: |_| None,
            hint: 0,
            danger: false,
            confirms: false,
            when: |_| Avail::Yes,
        }
    }

    /// The same under a name of its own: names stay, people write them into keys.toml.
    #[must_use]
    pub const fn named(mut self, name: &'static str) -> Self {
        self.name = name;
        self
    }

    /// What it is called in keys.toml, among the rows of its scope.
    #[must_use]
    pub fn name(&self) -> Cow<'static, str> {
        if !self.name.is_empty() {
            return Cow::Borrowed(self.name);
        }
        let action = format!("{:?}", self.action);
        let inner = action.trim_end_matches(')');
        Cow::Owned(kebab(inner.rsplit('(').next().unwrap_or(inner)))
    }

    /// What it is called among all rows: `accounts.mark`.
    #[must_use]
    pub fn id(&self, scope: &str) -> String {
        format!("{}.{}", kebab(scope), self.name())
    }

    /// The same in the footer.
    #[must_use]
    pub const fn hint(mut self, place: u8) -> Self {
        self.hint = place;
        self
    }

    /// The same, with other words at times.
    #[must_use]
    pub const fn now(mut self, now: fn(&State) -> Option<&'static str>) -> Self {
        self.now = now;
        self
    }

    /// What it does, as it is now.
    #[must_use]
    pub fn words(&self, state: &State) -> &'static str {
        (self.now)(state).unwrap_or(self.text)
    }

    /// The same, leading to a write.
    #[must_use]
    pub const fn danger(mut self) -> Self {
        self.danger = true;
        self
    }

    /// The same, confirming something.
    #[must_use]
    pub const fn confirms(mut self) -> Self {
        self.confirms = true;
        self
    }

    /// The same, applying only sometimes.
    #[must_use]
    pub const fn when(mut self, when: fn(&State) -> Avail) -> Self {
        self.when = when;
        self
    }

    /// Whether it applies now; a dangerous row never does at a read-only connection. One that has no place here gives no
    /// reason either: it would speak for the row that has.
    #[must_use]
    pub fn avail(&self, state: &State) -> Avail {
        let avail = (self.when)(state);
        if self.danger
            && avail != Avail::Hidden
            && let Some(reason) = state.read_only_reason()
        {
            return Avail::No(reason);
        }
        avail
    }
}

/// A title or a name of the source as keys.toml writes it: `Who holds it` is `who-holds-it`, `MarkAll` is `mark-all`.
#[must_use]
pub fn kebab(name: &str) -> String {
    let mut kebab = String::new();
    for char in name.chars() {
        if !char.is_ascii_alphanumeric() {
            kebab.push('-');
            continue;
        }
        if char.is_ascii_uppercase() && !kebab.is_empty() && !kebab.ends_with('-') {
            kebab.push('-');
        }
        kebab.push(char.to_ascii_lowercase());
    }
    kebab
}

/// Rows that move the cursor, in every pane and scrolling modal.
pub const MOTION: &[Row] = &[
    Row::new(&[Key::char('j'), Key::plain(KeyCode::Down)], Action::Move(Motion::Down), "down"),
    Row::new(&[Key::char('k'), Key::plain(KeyCode::Up)], Action::Move(Motion::Up), "up"),
    Row::new(&[Key::char('g'), Key::plain(KeyCode::Home)], Action::Move(Motion::First), "to the first"),
    Row::new(&[Key::char('G'), Key::plain(KeyCode::End)], Action::Move(Motion::Last), "to the last"),
    Row::new(&[Key::plain(KeyCode::PageUp)], Action::Move(Motion::PageUp), "a screen up"),
    Row::new(&[Key::plain(KeyCode::PageDown)], Action::Move(Motion::PageDown), "a screen down"),
    Row::new(&[Key::ctrl('u')], Action::Move(Motion::HalfUp), "half a screen up"),
    Row::new(&[Key::ctrl('d')], Action::Move(Motion::HalfDown), "half a screen down"),
    Row::new(&[Key::ctrl('n')], Action::Move(Motion::Down), "down, while you type").named("down-typing").when(types),
    Row::new(&[Key::ctrl('p')], Action::Move(Motion::Up), "up, while you type").named("up-typing").when(types),
];

/// Whether a line is being typed into, whose letters are no keys.
fn types(state: &State) -> Avail {
    if state.is_typed_into() { Avail::Yes } else { Avail::Hidden }
}

/// The palette, everywhere but in itself. A text field takes the colon, a form's Ctrl-p goes to the field before; F3
/// passes both.
pub const PALETTE: Row =
    Row::new(&[Key::char(':'), Key::ctrl('p'), Key::plain(KeyCode::F(3))], Action::Global(Global::Palette), "commands");

/// Rows that work in every dialog.
pub const DIALOGS: &[Row] = &[PALETTE];

/// The help for where the user is: everywhere. A text field takes the question mark; F1 passes it.
pub const HELP: Row =
    Row::new(&[Key::char('?'), Key::plain(KeyCode::F(1))], Action::Global(Global::Help), "help").hint(4);

/// Rows that work everywhere outside modals.
pub const GLOBAL: &[Row] = &[
    Row::new(&[Key::char('/')], Action::Global(Global::Filter), "filter").hint(2),
    Row::new(&[Key::plain(KeyCode::Tab)], Action::Global(Global::NextPane), "next pane").hint(6),
    Row::new(&[Key::plain(KeyCode::BackTab)], Action::Global(Global::PreviousPane), "previous pane"),
    Row::new(&[Key::plain(KeyCode::Esc)], Action::Global(Global::Back), "back"),
    Row::new(&[Key::char('e')], Action::Global(Global::Open(Want::Profile)), "edit profile")
        .named("edit-profile")
        .hint(3)
        .danger()
        .when(|state| forms::can_open(state, Want::Profile)),
    Row::new(&[Key::char('E')], Action::Global(Global::Open(Want::Own)), "edit the account's own fields, or rename")
        .named("edit-account")
        .danger()
        .when(|state| forms::can_open(state, Want::Own)),
    Row::new(&[Key::char('n')], Action::Global(Global::Open(Want::Account)), "new account here")
        .named("new-account")
        .danger()
        .when(|state| forms::can_open(state, Want::Account)),
    Row::new(&[Key::char('N')], Action::Global(Global::Open(Want::Organization)), "new organization or OU in here")
        .named("new-organization")
        .danger()
        .when(|state| forms::can_open(state, Want::Organization)),
    Row::new(&[Key::char('m')], Action::Global(Global::Move), "move to an organization")
        .hint(8)
        .danger()
        .when(super::targets::can_move),
    Row::new(&[Key::char('D')], Action::Global(Global::End), "delete, close or remove")
        .named("delete")
        .danger()
        .when(super::targets::can_end),
    Row::new(&[Key::char('F')], Action::Global(Global::RemoteSearch), "search at the provider")
        .hint(8)
        .when(super::actions::can_search_remotely),
    Row::new(&[Key::char('o')], Action::Global(Global::Dashboard), "open in the web dashboard")
        .named("open")
        .when(super::actions::can_open_dashboard),
    Row::new(&[Key::char('i')], Action::Global(Global::Extra), "fetch what is not asked by default")
        .named("fetch-more")
        .hint(8)
        .when(detail::can_ask_extra),
    Row::new(&[Key::char('v')], Action::Global(Global::Reveal), "show a secret for 10 s").when(detail::can_reveal),
    Row::new(&[Key::char('y')], Action::Global(Global::Copy), "copy, then what"),
    Row::new(&[Key::char('r')], Action::Global(Global::Refresh), "refresh").hint(7),
    Row::new(&[Key::char('R')], Action::Global(Global::Sync), "sync the connection"),
    Row::new(&[Key::char('t')], Action::Global(Global::ToggleTree), "show / hide the tree").hint(9),
    super::sizes::ZOOM,
    super::sizes::NARROWER,
    super::sizes::WIDER,
    super::sizes::EVEN,
    Row::new(&[Key::char('a')], Action::Global(Global::Activity), "activity").hint(10),
    Row::new(&[Key::char('J')], Action::Global(Global::Journal), "journal"),
    Row::new(&[Key::plain(KeyCode::F(2)), Key::ctrl('o')], Action::Global(Global::Connections), "connections"),
    Row::new(&[Key::char('M')], Action::Global(Global::ToggleMouse), "mouse on / off (off: the terminal selects text)"),
    PALETTE.hint(4),
    HELP,
    Row::new(&[Key::char('q')], Action::Global(Global::Quit), "quit").hint(5),
];

/// A group of rows with its heading.
pub struct Scope {
    /// The heading in the help and in KEYS.md.
    pub title: &'static str,
    /// The rows.
    pub rows: &'static [Row],
}

/// Where a key is looked up now, innermost first.
#[must_use]
pub fn scopes(state: &State) -> Vec<Scope> {
    let moving = Scope { title: "Moving", rows: MOTION };
    match state.modals.last() {
        Some(modal) => {
            let mut scopes = vec![modal_scope(modal)];
            if modal.scrolls() {
                scopes.push(moving);
            }
            if !matches!(modal, Modal::Palette(_)) {
                scopes.push(Scope { title: "Dialogs", rows: DIALOGS });
            }
            scopes
        }
        None if state.setup.connections.is_empty() => {
            vec![Scope { title: "Welcome", rows: welcome::ROWS }, Scope { title: "Everywhere", rows: GLOBAL }]
        }
        None => {
            let views = Scope { title: "Saved views", rows: views::PANES };
            vec![pane_scope(state.focus), moving, Scope { title: "Everywhere", rows: GLOBAL }, views]
        }
    }
}

/// The rows of one pane.
#[must_use]
pub fn pane_scope(pane: PaneId) -> Scope {
    match pane {
        PaneId::Organizations => Scope { title: "Organizations", rows: organizations::ROWS },
        PaneId::Accounts => Scope { title: "Accounts", rows: accounts::ROWS },
        PaneId::Detail => Scope { title: "Detail", rows: detail::ROWS },
    }
}

fn modal_scope(modal: &Modal) -> Scope {
    match modal {
        Modal::Help(_) => Scope { title: "Help", rows: help::ROWS },
        Modal::Form(_) => Scope { title: "Form", rows: forms::ROWS },
        Modal::Place(_) => Scope { title: "Where", rows: forms::place::ROWS },
        Modal::Plan(_) => Scope { title: "Plan", rows: plan::ROWS },
        Modal::Picker(_) => Scope { title: "Move", rows: picker::ROWS },
        Modal::Chooser(_) => Scope { title: "Choice", rows: chooser::ROWS },
        Modal::Conflict(_) => Scope { title: "Changed meanwhile", rows: conflict::ROWS },
        Modal::Confirm(_) => Scope { title: "Question", rows: confirm::ROWS },
        Modal::Identity(_) => Scope { title: "Who holds it", rows: identity::ROWS },
        Modal::Failure(_) => Scope { title: "Refused", rows: failure::ROWS },
        Modal::Activity(_) => Scope { title: "Activity", rows: activity::ROWS },
        Modal::Connections(_) => Scope { title: "Connections", rows: connections::ROWS },
        Modal::Journal(_) => Scope { title: "Journal", rows: journal::ROWS },
        Modal::History(_) => Scope { title: "History", rows: history::ROWS },
        Modal::Labels(_) => Scope { title: "Labels", rows: labels::ROWS },
        Modal::Palette(_) => Scope { title: "Palette", rows: palette::ROWS },
        Modal::Value(_) => Scope { title: "Value", rows: value::ROWS },
        Modal::Views(_) => Scope { title: "Views", rows: views::ROWS },
        Modal::Columns(_) => Scope { title: "Columns", rows: columns::ROWS },
    }
}

/// Every scope there is, for KEYS.md and the tests of the table.
#[must_use]
pub fn all() -> Vec<Scope> {
    vec![
        Scope { title: "Everywhere", rows: GLOBAL },
        Scope { title: "Moving", rows: MOTION },
        Scope { title: "Organizations", rows: organizations::ROWS },
        Scope { title: "Accounts", rows: accounts::ROWS },
        Scope { title: "Detail", rows: detail::ROWS },
        Scope { title: "Value", rows: value::ROWS },
        Scope { title: "After y", rows: copy::ROWS },
        Scope { title: "Form", rows: forms::ROWS },
        Scope { title: "Where", rows: forms::place::ROWS },
        Scope { title: "Plan", rows: plan::ROWS },
        Scope { title: "Move", rows: picker::ROWS },
        Scope { title: "Choice", rows: chooser::ROWS },
        Scope { title: "Changed meanwhile", rows: conflict::ROWS },
        Scope { title: "Question", rows: confirm::ROWS },
        Scope { title: "Who holds it", rows: identity::ROWS },
        Scope { title: "Refused", rows: failure::ROWS },
        Scope { title: "Activity", rows: activity::ROWS },
        Scope { title: "After y in the activity", rows: activity::COPY_ROWS },
        Scope { title: "Connections", rows: connections::ROWS },
        Scope { title: "Journal", rows: journal::ROWS },
        Scope { title: "History", rows: history::ROWS },
        Scope { title: "Labels", rows: labels::ROWS },
        Scope { title: "Palette", rows: palette::ROWS },
        Scope { title: "Dialogs", rows: DIALOGS },
        Scope { title: "Columns", rows: columns::ROWS },
        Scope { title: "Saved views", rows: views::PANES },
        Scope { title: "Views", rows: views::ROWS },
        Scope { title: "Help", rows: help::ROWS },
        Scope { title: "Welcome", rows: welcome::ROWS },
    ]
}

/// The row that a key means now: the innermost one that is not hidden.
#[must_use]
pub fn lookup(state: &State, key: Key) -> Option<(&'static Row, Avail)> {
    let scopes = scopes(state);
    let keymap = &state.setup.keys;
    for (nth, scope) in scopes.iter().enumerate() {
        for (row, _) in keymap.rows(scope).filter(|(_, keys)| keys.contains(&key)) {
            match row.avail(state) {
                Avail::Hidden => {}
                avail @ (Avail::Yes | Avail::No(_)) => {
                    // In the source the inner row's key hides this one; the user's keys change nothing of that.
                    let inner = if keymap.is_changed() { stand_in(state, &scopes[..nth], row) } else { None };
                    return Some(inner.unwrap_or((row, avail)));
                }
            }
        }
    }
    None
}

/// The row further in that stands for this one while it applies, by the source's keys: `e` is about the marked accounts
/// while there are marks, whichever key the user gave to either.
#[must_use]
pub fn stand_in(state: &State, inner: &[Scope], row: &Row) -> Option<(&'static Row, Avail)> {
    let stands = |other: &&Row| !row.keys.is_empty() && row.keys.iter().all(|key| other.keys.contains(key));
    inner.iter().flat_map(|scope| scope.rows).filter(stands).find_map(|other| match other.avail(state) {
        Avail::Hidden => None,
        avail @ (Avail::Yes | Avail::No(_)) => Some((other, avail)),
    })
}

/// KEYS.md, generated: `ACCTUI_UPDATE_KEYS=1 cargo test keys_file` writes it, the same test holds it.
#[must_use]
pub fn keys_markdown() -> String {
    let mut text = String::from(
        "# Keys\n\nGenerated from the rows in the source; a test keeps this file true. `Ctrl-c` quits at once and `Ctrl-z` suspends, anywhere.\n\
         In a text field, characters and editing keys (arrows, Home, End, Backspace, Delete, Ctrl-a b f k u w, Alt-b f d Backspace) belong to the field.\n\
         keys.toml gives actions other keys: `accounts.mark` is `mark` in its section `[accounts]` (docs/configuration.md).\n",
    );
    for scope in all() {
        text.push_str("\n## ");
        text.push_str(scope.title);
        text.push_str("\n\n| keys | does | in keys.toml |\n|---|---|---|\n");
        for row in scope.rows {
            let keys: Vec<String> = row.keys.iter().map(|key| format!("`{key}`")).collect();
            text.push_str("| ");
            text.push_str(&keys.join(" "));
            text.push_str(" | ");
            text.push_str(row.text);
            text.push_str(" | ");
            text.push_str(&row.id(scope.title));
            text.push_str(" |\n");
        }
    }
    text
}
