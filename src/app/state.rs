//! All that the browser knows: one value, owned by the loop.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use super::{Effect, Modal, RequestId, Size, Stamp, TimerId, Unsettled};
use crate::domain::{
    Account, AccountKey, Ambiguous, Background, Colour, ConnectionName, Key, Moment, Protection, Role, Subject,
    Vanished, ambiguous,
};
use crate::forms::Drafts;
use crate::inventory::{Row, Scope, Snapshot, SyncState};
use crate::panes::{PaneId, accounts, detail, organizations};
use crate::provider::{Capability, Column, Offer, RequestRecord, RequestState, Spec};
use crate::view::{Theme, Themes};

/// Requests that the activity pane remembers: more than a screen of them, less than a megabyte.
const REQUESTS: usize = 500;
/// How long a toast stays: long enough to read a sentence, and longer than the 2 s promised for writes.
const TOAST_MILLIS: u64 = 5_000;
/// Notices of the start that are said whole: what a narrow screen has room for.
const NOTICES: usize = 2;
/// A toast that was seen for this long was read: it does not come back from under a newer one.
const READ_MILLIS: u64 = 2_000;

/// One connection as the browser needs it.
#[derive(Clone, Debug, PartialEq)]
pub struct ConnectionSetup {
    /// Its name.
    pub name: ConnectionName,
    /// What its provider is and can do.
    pub spec: &'static Spec,
    /// How its writes are asked about.
    pub protection: Protection,
    /// The user's group, if any.
    pub group: Option<String>,
    /// The colour of the band behind its name, if the user gave it one.
    pub colour: Option<Colour>,
    /// Where its credential comes from, in words.
    pub credential: String,
    /// True if environment variables made it: read-only until it is named in config.toml.
    pub unnamed: bool,
    /// Where its API is.
    pub base_url: String,
    /// How many accounts one plan may delete, close or remove at most.
    pub max_delete: u32,
    /// How old its listing may become before it is made anew by itself, in milliseconds; `None`: only a start does that,
    /// after a quarter of an hour.
    pub refresh_after: Option<u64>,
    /// The columns of its list: the user's choice, else its provider's.
    pub columns: &'static [Column],
}

/// What the browser starts with.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line or the config")]
pub struct Setup {
    /// The connections in the order of config.toml.
    pub connections: Vec<ConnectionSetup>,
    /// Whether the mouse is reported.
    pub mouse: bool,
    /// No colour: bold, reverse and underline are left.
    pub no_color: bool,
    /// What roles look like on each background.
    pub themes: Themes,
    /// What the environment says the terminal's background is.
    pub background: Background,
    /// Whether the terminal is asked for it.
    pub asks_background: bool,
    /// Frames and signs in ASCII.
    pub ascii: bool,
    /// How wide the terminal draws characters of ambiguous width.
    pub ambiguous: Ambiguous,
    /// `--read-only`: every connection is.
    pub read_only: bool,
    /// `--offline`: no provider is asked.
    pub offline: bool,
    /// The inventory is still read from the disk when the browser starts: `Loaded` says when that is done.
    pub is_loading: bool,
    /// `--fresh`: how the browser was left is not brought back.
    pub fresh: bool,
    /// The simulator is behind it.
    pub demo: bool,
    /// How commands of this program begin that work on the same config, for a shell; empty: `acctui`.
    pub program: String,
    /// Where config.toml is looked for.
    pub config_path: String,
    /// The keys that the user wants instead of the source's.
    pub keys: super::Keymap,
    /// Sentences to show at start, in a strip that takes no focus.
    pub notices: Vec<String>,
}

/// A short message on the bottom line.
#[derive(Clone, Debug, PartialEq)]
pub struct Toast {
    /// The timer that ends it.
    pub id: TimerId,
    /// What kind of news it is.
    pub role: Role,
    /// The words; safe for a terminal. A line each where there are several.
    pub text: String,
    /// It answers a key that did nothing, and goes with the next key.
    pub passing: bool,
    /// What is owed to it.
    pub claim: Claim,
    /// When it came.
    pub at: Moment,
    /// Since when it is the one that is seen; `None` while another one lies over it.
    pub seen: Option<Moment>,
    /// It is about a key of the panes: in a modal, where that key does nothing or something else, it is not shown.
    pub of_panes: bool,
}

impl Toast {
    /// Whether it is over when a newer one takes its place now.
    fn is_over_under_another(&self, now: Moment) -> bool {
        match self.claim {
            Claim::None => self.at < now,
            Claim::Whole | Claim::Owed => self.seen.is_some_and(|since| now.since(since) >= READ_MILLIS),
        }
    }
}

/// What a toast can claim while a newer one lies over it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// Nothing: its time runs, seen or not.
    None,
    /// It is seen for its whole time: if that ran out under another one, it starts again.
    Whole,
    /// Its time ran out unseen: it starts again when nothing lies over it any more.
    Owed,
}

/// The browser's state. `update` alone changes it.
#[derive(Clone, Debug)]
pub struct State {
    /// What it started with.
    pub setup: Setup,
    /// The terminal's size.
    pub size: Size,
    /// What the terminal's background is, as far as it is known.
    pub background: Background,
    /// The time of the newest event.
    pub now: Moment,
    /// The newest inventory.
    pub snapshot: Arc<Snapshot>,
    /// The pane that has the focus, modals aside.
    pub focus: PaneId,
    /// Whether the user asked for the tree, or for no tree; `None` lets the width decide.
    pub tree_wanted: Option<bool>,
    /// How wide the panes are.
    pub(super) sizes: super::sizes::Sizes,
    /// The border between two panes that the mouse holds.
    pub(super) dragged: Option<super::sizes::Border>,
    /// The tree.
    pub organizations: organizations::Pane,
    /// The list.
    pub accounts: accounts::Pane,
    /// The detail.
    pub detail: detail::Pane,
    /// The modals, the one with the focus last.
    pub modals: Vec<Modal>,
    /// Messages on the bottom line, the newest last.
    pub toasts: Vec<Toast>,
    /// The newest requests, in the order of their last records.
    pub requests: VecDeque<RequestRecord>,
    /// The listings that are running.
    pub syncs: HashMap<ConnectionName, Syncing>,
    /// Changes of earlier runs whose outcome nobody knows.
    pub unsettled: Vec<Unsettled>,
    /// What vanished all at once and waits for the user's word.
    pub vanished: Vec<Vanished>,
    /// The same for searches: whose rows stay in the list though they are not listed any more, and since when.
    pub held: Option<Arc<Vec<(ConnectionName, Moment)>>>,
    /// The timer after which more of them are read back.
    pub(super) revisit_timer: Option<TimerId>,
    /// The write that is on its way.
    pub writing: Option<RequestId>,
    /// The reading back that was asked for, and how many changes were unsettled before it.
    pub reconciling: Option<(RequestId, usize)>,
    /// The one-time link that is being opened.
    pub signing_in: Option<RequestId>,
    /// Whether the mouse is reported now.
    pub mouse: bool,
    /// A first Ctrl-C came while a write was on its way.
    pub interrupted: bool,
    /// What was typed into forms and not sent.
    pub drafts: Drafts,
    /// What was made and is to be selected as soon as it is known, and where the cursors were then.
    pub(crate) made: Option<(Subject, Option<AccountKey>, Option<organizations::Node>)>,
    /// Whether all that the disk keeps is in the inventory.
    pub is_loaded: bool,
    /// The timer after which a listing is old enough to be made anew.
    pub(super) refresh_timer: Option<TimerId>,
    /// Labels, notes, and filters that were used.
    pub own: super::Own,
    /// A key was pressed that waits for another one.
    pub prefix: Option<super::Waiting>,
    /// What the palette remembers.
    pub commands: super::Commands,
    /// How the browser was left, and is.
    pub(super) session: super::session::Session,
    /// Keys that came before the list that they are about.
    pub(super) ahead: VecDeque<(Key, Stamp)>,
    /// The timer that changes the words for ages.
    pub age_timer: Option<TimerId>,
    /// The timer of a countdown that is on screen.
    pub(super) countdown: Option<TimerId>,
    /// The last key, and when it came.
    pub(super) last_key: Option<(Key, Moment)>,
    /// When the modal on top was first seen; `None` until then, and no key confirms before it and 250 ms.
    pub(super) seen: Option<Moment>,
    pub(super) dirty: bool,
    next_id: u64,
}

/// A listing that is running.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Syncing {
    /// The request whose end is waited for.
    pub id: RequestId,
    /// When its first page was seen, and how many accounts there were by then: some may have come before it began.
    pub pace: Option<(Moment, u64)>,
    /// Since when it asks for nothing, until the user lets it go on.
    pub paused: Option<Moment>,
    /// When it was asked for.
    pub began: Moment,
}

impl Syncing {
    /// One that was just asked for.
    #[must_use]
    pub fn new(id: RequestId, began: Moment) -> Self {
        Self { id, pace: None, paused: None, began }
    }

    /// Whether its accounts have all come, and it goes on with the organizations.
    #[must_use]
    pub fn has_accounts(&self, sync: &SyncState) -> bool {
        matches!(sync, SyncState::Complete { at } if *at > self.began)
    }

    /// Whether it asks for nothing until the user lets it go on.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.paused.is_some()
    }

    /// Accounts a second, once two seconds tell it.
    #[must_use]
    pub fn rate(&self, now: Moment, loaded: u64) -> Option<u64> {
        let (since, before) = self.pace?;
        let millis = now.since(since);
        let rate = loaded.saturating_sub(before).saturating_mul(1_000).checked_div(millis)?;
        (millis >= 2_000 && rate > 0).then_some(rate)
    }
}

impl State {
    /// The state before the first event.
    #[must_use]
    pub fn new(setup: Setup) -> Self {
        ambiguous(setup.ambiguous);
        Self {
            mouse: setup.mouse,
            organizations: organizations::Pane::new(&setup),
            background: setup.background,
            setup,
            size: Size { width: 80, height: 24 },
            now: Moment::default(),
            snapshot: Arc::default(),
            focus: PaneId::Accounts,
            tree_wanted: None,
            sizes: super::sizes::Sizes::default(),
            dragged: None,
            accounts: accounts::Pane::default(),
            detail: detail::Pane::default(),
            modals: Vec::new(),
            toasts: Vec::new(),
            requests: VecDeque::new(),
            syncs: HashMap::new(),
            unsettled: Vec::new(),
            vanished: Vec::new(),
            held: None,
            revisit_timer: None,
            writing: None,
            reconciling: None,
            signing_in: None,
            interrupted: false,
            drafts: Drafts::default(),
            made: None,
            is_loaded: false,
            refresh_timer: None,
            own: super::Own::default(),
            prefix: None,
            commands: super::Commands::default(),
            session: super::session::Session::default(),
            ahead: VecDeque::new(),
            last_key: None,
            age_timer: None,
            countdown: None,
            seen: None,
            dirty: true,
            next_id: 1,
        }
    }

    /// What roles look like now.
    #[must_use]
    pub fn theme(&self) -> Theme {
        if self.setup.no_color { Theme::PLAIN } else { self.setup.themes.on(self.background) }
    }

    /// Whether there is something to draw that was not drawn yet.
    #[must_use]
    pub fn is_dirty(&self) -> bool {
        self.dirty
    }

    /// The runtime flushed a frame.
    pub fn drawn(&mut self) {
        self.dirty = false;
        accounts::drawn(self);
    }

    /// Whether a modal waits to be seen: the runtime sends `Painted` after the next flush.
    #[must_use]
    pub fn awaits_paint(&self) -> bool {
        !self.modals.is_empty() && self.seen.is_none()
    }

    /// Whether a write is on its way, which must be journalled before the program ends.
    #[must_use]
    pub fn blocks_quit(&self) -> bool {
        self.writing.is_some()
    }

    /// The next request id; never given twice.
    pub fn request_id(&mut self) -> RequestId {
        self.next_id += 1;
        RequestId(self.next_id)
    }

    /// The next timer id; never given twice.
    pub fn timer_id(&mut self) -> TimerId {
        self.next_id += 1;
        TimerId(self.next_id)
    }

    /// Whether the user types into a filter or search line: nothing opens over it by itself.
    #[must_use]
    pub fn types(&self) -> bool {
        match self.focus {
            PaneId::Organizations => self.organizations.filtering,
            PaneId::Accounts => self.accounts.filtering,
            PaneId::Detail => self.detail.searching,
        }
    }

    /// Whether a text field has the keys, in the panes or in the modal on top.
    #[must_use]
    pub fn is_typed_into(&self) -> bool {
        self.modals.last().map_or_else(|| self.types(), Modal::takes_text)
    }

    /// Whether the line is shown that tells of the first few keys: in the first run, once it is known to be the first.
    #[must_use]
    pub fn introduces(&self) -> bool {
        self.own.is_read && !self.commands.introduced && self.modals.is_empty() && !self.types()
    }

    /// Puts a modal on top.
    pub fn open(&mut self, modal: Modal) {
        self.modals.push(modal);
        self.seen = None;
    }

    /// Takes the modal on top away.
    pub fn close(&mut self) -> Option<Modal> {
        self.seen = None;
        self.modals.pop()
    }

    /// The content of the modal on top changed so much that a key may not yet answer it.
    pub fn unsee(&mut self) {
        self.seen = None;
    }

    /// Whether the modal on top has been on screen for so long.
    #[must_use]
    pub fn has_shown(&self, millis: u64) -> bool {
        self.seen.is_some_and(|seen| self.now >= seen.plus(millis))
    }

    /// Says something on the bottom line for some seconds.
    pub fn toast(&mut self, role: Role, text: impl Into<String>, effects: &mut Vec<Effect>) {
        let (id, at) = (self.timer_id(), self.now);
        let text = text.into();
        // What is replaced is over, unless it came just now, too, or is news that was not read yet.
        self.toasts.retain(|toast| toast.text != text && !toast.is_over_under_another(at));
        for toast in &mut self.toasts {
            toast.seen = None;
        }
        // That something failed is news.
        let claim = if role == Role::Bad { Claim::Whole } else { Claim::None };
        self.toasts.push(Toast { id, role, text, passing: false, claim, at, seen: None, of_panes: false });
        effects.push(Effect::Timer { id, after: TOAST_MILLIS });
    }

    /// The same for news that nobody asked for and nobody should miss: what comes over it meanwhile takes none of its
    /// time.
    pub fn announce(&mut self, role: Role, text: impl Into<String>, effects: &mut Vec<Effect>) {
        self.toast(role, text, effects);
        if let Some(toast) = self.toasts.last_mut() {
            toast.claim = Claim::Whole;
        }
    }

    /// What is to be said at start, a line each, for as long as reading all of it takes.
    pub(super) fn say_notices(&mut self, effects: &mut Vec<Effect>) {
        let mut lines = self.setup.notices.clone();
        if lines.is_empty() {
            return;
        }
        if let Some(more) = lines.len().checked_sub(NOTICES).filter(|more| *more > 0) {
            lines.truncate(NOTICES);
            lines.push(format!("and {more} more: acctui config check says all"));
        }
        self.announce(Role::Warn, lines.join("\n"), effects);
        if let Some(Effect::Timer { after, .. }) = effects.last_mut() {
            *after = TOAST_MILLIS * lines.len() as u64;
        }
    }

    /// The same about a key that means nothing in a modal.
    pub fn announce_in_panes(&mut self, role: Role, text: impl Into<String>, effects: &mut Vec<Effect>) {
        self.announce(role, text, effects);
        if let Some(toast) = self.toasts.last_mut() {
            toast.of_panes = true;
        }
    }

    /// The toast that is seen, and how many others wait below it.
    #[must_use]
    pub fn shown_toast(&self) -> Option<(&Toast, usize)> {
        let mut shown = self.toasts.iter().rev().filter(|toast| self.modals.is_empty() || !toast.of_panes);
        shown.next().map(|toast| (toast, shown.count()))
    }

    /// A toast's time is over.
    pub(super) fn toast_over(&mut self, id: TimerId) {
        let newest = self.toasts.last().map(|toast| toast.id);
        for toast in &mut self.toasts {
            if toast.id == id && newest != Some(id) && toast.claim == Claim::Whole {
                toast.claim = Claim::Owed;
            }
        }
        self.toasts.retain(|toast| toast.id != id || toast.claim == Claim::Owed);
    }

    /// Gives the toast that is seen the time that it is owed.
    pub(super) fn show_again(&mut self, effects: &mut Vec<Effect>) {
        if let Some(toast) = self.toasts.last_mut() {
            toast.seen = toast.seen.or(Some(self.now));
        }
        if let Some(toast) = self.toasts.last_mut().filter(|toast| toast.claim == Claim::Owed) {
            toast.claim = Claim::Whole;
            effects.push(Effect::Timer { id: toast.id, after: TOAST_MILLIS });
        }
    }

    /// Says why a key did nothing; gone with the next key.
    pub fn refuse_key(&mut self, text: impl Into<String>, effects: &mut Vec<Effect>) {
        self.toast(Role::Warn, text, effects);
        if let Some(toast) = self.toasts.last_mut() {
            toast.passing = true;
        }
    }

    /// One connection's setup.
    #[must_use]
    pub fn connection(&self, name: &ConnectionName) -> Option<&ConnectionSetup> {
        self.setup.connections.iter().find(|connection| connection.name == *name)
    }

    /// What a connection's provider offers; a sentence where it does not.
    #[must_use]
    pub fn offer(&self, connection: &ConnectionName, capability: Capability) -> Offer {
        self.connection(connection).map_or(Offer::No("unknown connection"), |setup| setup.spec.offer(capability))
    }

    /// What `e` and the like act on: in the tree its node, else the account under the cursor or in the detail.
    #[must_use]
    pub fn subject(&self) -> Option<Subject> {
        match self.focus {
            PaneId::Organizations => match self.organizations.cursor() {
                Some(organizations::Node::Organization(key)) => Some(Subject::Organization(key.clone())),
                Some(organizations::Node::Connection(_)) | None => None,
            },
            PaneId::Accounts => self.accounts.selected.clone().map(Subject::Account),
            PaneId::Detail => match &self.detail.target {
                Some(detail::Target::Of(subject)) => Some(subject.clone()),
                Some(detail::Target::Connection(_)) | None => None,
            },
        }
    }

    /// The connection that the keys act on now: the subject's, the tree node's, the scope's, or the only one.
    #[must_use]
    pub fn current_connection(&self) -> Option<&ConnectionSetup> {
        let name = match self.subject() {
            Some(subject) => Some(subject.connection().clone()),
            None => self.scope_connection(),
        };
        match name {
            Some(name) => self.connection(&name),
            None => match self.setup.connections.as_slice() {
                [only] => Some(only),
                _ => None,
            },
        }
    }

    /// The connection of the scope in view, if it is one connection's.
    #[must_use]
    pub fn scope_connection(&self) -> Option<ConnectionName> {
        match self.scope() {
            Scope::All => None,
            Scope::Connection(name) => Some(name),
            Scope::Organization(key) => Some(key.connection),
        }
    }

    /// The scope in view: while the tree has the focus, its node's.
    #[must_use]
    pub fn scope(&self) -> Scope {
        if self.focus == PaneId::Organizations
            && let Some(node) = self.organizations.cursor()
        {
            return node.scope();
        }
        self.accounts.scope.clone()
    }

    /// An account as a list has it: the inventory's, else the list on screen if its cursor is on it.
    #[must_use]
    pub fn listed(&self, key: &AccountKey) -> Option<Row<'_>> {
        self.snapshot.find(key).or_else(|| self.accounts.current().filter(|account| account.has_key(key)))
    }

    /// An account's whole record, if it is at hand: as its own request gave it, else as a list did.
    #[must_use]
    pub fn whole(&self, key: &AccountKey) -> Option<&Account> {
        let of_list = || self.accounts.current_whole().filter(|account| account.key == *key);
        self.snapshot.whole(key).or_else(of_list).map(Arc::as_ref)
    }

    /// Connections that the scope in view spans.
    pub fn scope_connections(&self) -> impl Iterator<Item = &ConnectionSetup> {
        let only = self.scope_connection();
        self.setup
            .connections
            .iter()
            .filter(move |connection| only.as_ref().is_none_or(|name| connection.name == *name))
    }

    /// Why nothing may be written at the connection that the keys act on; `None` if something may.
    #[must_use]
    pub fn read_only_reason(&self) -> Option<String> {
        if self.setup.read_only {
            return Some("--read-only: nothing is written".into());
        }
        if self.setup.offline {
            return Some("--offline: no provider is asked, so nothing is written".into());
        }
        if let Some(reason) = self.read_only_marks() {
            return Some(reason);
        }
        let connection = self.current_connection()?;
        if connection.protection != Protection::ReadOnly {
            return None;
        }
        Some(if connection.unnamed {
            format!("{} comes from environment variables and is read-only until config.toml names it", connection.name)
        } else {
            format!("{} is read-only (protection in config.toml)", connection.name)
        })
    }

    /// Whether the tree stands beside the list: as the user wants it, else if there is anything to stand in it.
    #[must_use]
    pub fn tree_is_shown(&self) -> bool {
        self.tree_wanted.unwrap_or_else(|| {
            self.size.width >= 110 && (self.setup.connections.len() > 1 || !self.organizations.is_flat(self))
        })
    }

    /// Whether the focused pane takes the whole width though others would have room beside it.
    #[must_use]
    pub fn is_zoomed(&self) -> bool {
        self.sizes.is_zoomed() && self.size.width >= super::layout::MEDIUM
    }

    /// Keeps a request's newest record, after all that happened before it.
    pub fn remember(&mut self, record: RequestRecord) {
        if let Some(known) = self.requests.iter().rposition(|known| known.id == record.id) {
            self.requests.remove(known);
        }
        self.requests.push_back(record);
        if self.requests.len() > REQUESTS {
            // One that still runs says what is being waited for.
            let is_over = |record: &RequestRecord| match record.state {
                RequestState::Answered(_) | RequestState::Failed(_) => true,
                RequestState::Running | RequestState::Waiting { .. } => false,
            };
            let oldest = self.requests.iter().position(is_over).unwrap_or_default();
            self.requests.remove(oldest);
        }
    }
}
