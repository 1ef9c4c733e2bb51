//! What happens, and what shall be done about it: plain data, comparable and replayable.

use std::sync::Arc;

use super::{Copied, CopyWay, Keep, Kept};
use crate::domain::{
    AccountKey, Applied, Change, ChangeKind, ConnectionName, Draft, Ended, Failure, HistoryEntry, Identity,
    JournalRecord, Key, Moment, Plan, Records, Signal, Stage, Subject, Vanished,
};
use crate::inventory::{Consent, Found, Holder, ListQuery, Reading, Snapshot};
use crate::provider::{ListScope, Query, Reply, RequestRecord};

/// Names one request of the browser. From one counter in `State`, never used again: a reply counts only if its slot
/// waits for this id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RequestId(pub u64);

/// Names one timer; a timer that nobody waits for any more is ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TimerId(pub u64);

/// What a fetch fills. A newer fetch for a slot cancels the older one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Slot {
    /// The one call of the detail's open tab.
    Detail,
    /// The organizations below a node of the tree, one slot a connection.
    Tree(ConnectionName),
    /// The listing of a connection.
    Sync(ConnectionName),
    /// Who a connection is.
    Identity(ConnectionName),
    /// The rows of the list (local search).
    Rows,
    /// The accounts in the palette.
    Palette,
    /// The answer of a remote search.
    Remote,
    /// The profile that a form opens on.
    Form,
    /// A plan being made.
    Plan,
    /// A plan being sent. Never cancelled, replaced or retried.
    Write,
}

/// A terminal's size in columns and rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Size {
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: u16,
}

/// What the mouse did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MouseKind {
    /// The left button went down.
    Click,
    /// The mouse moved with the left button down.
    Drag,
    /// The left button went up.
    Release,
    /// One notch up.
    WheelUp,
    /// One notch down.
    WheelDown,
}

/// Where an event stands in time, and which screen the user saw.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stamp {
    /// When it happened.
    pub at: Moment,
    /// The number of the last frame that was flushed before it; 0 before the first.
    pub frame: u64,
}

/// One event with its stamp.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// When, and after which frame.
    pub stamp: Stamp,
    /// What happened.
    pub fact: Fact,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Fact {
    /// The program started; the size is known.
    Started,
    /// A key was pressed.
    Key(Key),
    /// Text was pasted (bracketed paste), as it came.
    Paste(String),
    /// The mouse was used at a column and row, from 0.
    Mouse(MouseKind, u16, u16),
    /// The terminal has another size.
    Resized(Size),
    /// The terminal says what its background is: red, green, blue.
    Background([u8; 3]),
    /// The frame of this number was flushed: the first one after an opening (see `State::awaits_paint`).
    Painted {
        /// The frame's number.
        frame: u64,
        /// When the flush was done.
        at: Moment,
    },
    /// The inventory changed.
    Inventory(Arc<Snapshot>),
    /// All that the disk keeps is in the inventory now.
    Loaded,
    /// Something happened that the user should know of and did not ask for.
    Notice(String),
    /// A read came back. What it said is in the inventory already.
    Replied {
        /// Whose answer it is.
        id: RequestId,
        /// What it fills.
        slot: Slot,
        /// The answer.
        result: Result<Reply, Failure>,
    },
    /// A connection's listing ended; the inventory says how.
    Synced {
        /// Whose answer it is.
        id: RequestId,
        /// The connection.
        connection: ConnectionName,
        /// Whether every page came.
        result: Result<(), Failure>,
    },
    /// A local search is done.
    Found {
        /// Whose answer it is.
        id: RequestId,
        /// The rows.
        found: Found,
    },
    /// A local search goes on: it has to read records.
    Reading {
        /// Whose answer it is.
        id: RequestId,
        /// How far it is.
        reading: Reading,
    },
    /// Another page of a remote search came.
    Listed {
        /// Whose answer it is.
        id: RequestId,
        /// All rows so far, as a list of their own.
        snapshot: Arc<Snapshot>,
        /// The total that the provider says.
        total: Option<u64>,
        /// True after the last page.
        complete: bool,
    },
    /// A remote search failed; the rows that came stay.
    ListFailed {
        /// Whose answer it is.
        id: RequestId,
        /// Why.
        failure: Failure,
    },
    /// A plan was made.
    Planned {
        /// Whose answer it is.
        id: RequestId,
        /// The plan.
        result: Result<Box<Plan>, Failure>,
    },
    /// A write is at this stage.
    Progressed {
        /// Whose answer it is.
        id: RequestId,
        /// How far it is.
        stage: Stage,
    },
    /// A write is over, one result a change.
    Applied {
        /// Whose answer it is.
        id: RequestId,
        /// The results in the plan's order.
        results: Vec<Applied>,
    },
    /// A one-time link into the web dashboard was opened, or was not. Its code comes by nowhere near.
    SignedIn {
        /// Whose answer it is.
        id: RequestId,
        /// What was done, then what the provider said along with the link; safe for a terminal.
        result: Result<Vec<String>, Failure>,
    },
    /// A page was opened in the user's browser, or was not.
    Opened {
        /// Its address.
        url: String,
        /// Why not.
        result: Result<(), String>,
    },
    /// Something was copied, or was not.
    Copied {
        /// What, in words.
        what: String,
        /// How many of its lines there were none for.
        missing: usize,
        /// The way that it took, or why it took none and what else can be done.
        result: Result<CopyWay, String>,
    },
    /// A request of a provider started, waits or ended.
    Requested(RequestRecord),
    /// Changes of earlier runs whose outcome nobody knows, or why they can't be listed.
    Unsettled(Result<Vec<Unsettled>, Failure>),
    /// Further ones turned up: another process sent them and is gone.
    Left(Vec<Unsettled>),
    /// Changes of earlier runs were read back though nobody asked.
    Revisited {
        /// Which.
        changes: Vec<String>,
        /// Those of them that nobody knows the outcome of still, each with the reason; or why none could be looked at.
        left: Result<Vec<Unsettled>, Failure>,
    },
    /// A change that went on after the provider's answer came to its end, or is waited for no longer.
    Ended {
        /// The change as it was accepted.
        record: Box<JournalRecord>,
        /// How, or why it can't be followed.
        ended: Result<Ended, Failure>,
        /// Whether an earlier run of the program sent it: nobody waits for it then.
        earlier: bool,
    },
    /// The journal was read.
    Journal {
        /// Whose answer it is.
        id: RequestId,
        /// All its records.
        result: Result<Records, Failure>,
    },
    /// The history was read: its newest entries, the newest first.
    History {
        /// Whose answer it is.
        id: RequestId,
        /// The entries.
        result: Result<Vec<HistoryEntry>, Failure>,
    },
    /// The history has all that was observed so far; this vanished all at once, and it has not taken it.
    Vanished(Vec<Vanished>),
    /// The drafts that are on disk, or why they can't be read.
    Drafts(Result<Vec<Draft>, Failure>),
    /// A draft can't be kept.
    DraftFailed(Failure),
    /// What earlier runs kept of the user's own.
    Own(Box<Kept>),
    /// Something of the user's own can't be kept.
    OwnFailed(Failure),
    /// A text was edited in the user's editor.
    Edited {
        /// Whose answer it is.
        id: RequestId,
        /// The text as it was saved.
        result: Result<String, Failure>,
    },
    /// The marked accounts were edited as a text.
    Sheet {
        /// Whose answer it is.
        id: RequestId,
        /// What is wanted; where the text can't be taken, the text as it was saved and why.
        result: Result<Vec<Change>, (String, Failure)>,
    },
    /// A timer is over.
    TimerDone(TimerId),
    /// SIGTERM, SIGHUP or SIGINT: leave now.
    Terminated,
}

/// A change of an earlier run whose outcome nobody knows.
#[derive(Clone, Debug, PartialEq)]
pub struct Unsettled {
    /// The change's id.
    pub change: String,
    /// Where it was sent.
    pub connection: ConnectionName,
    /// Who that was: it says nothing of what another one did.
    pub identity: Identity,
    /// What, where, as whom, when, in one sentence.
    pub words: String,
    /// When it is read back though nobody asks; `None` if it is not, or was.
    pub due: Option<Moment>,
}

/// What shall be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Ask a provider.
    Fetch {
        /// Whose answer it will be.
        id: RequestId,
        /// The connection, fixed now: the user may look at another one when the answer comes.
        connection: ConnectionName,
        /// What it fills.
        slot: Slot,
        /// What to ask.
        query: Query,
        /// Whether the user asked for it.
        urgency: Urgency,
    },
    /// List all of a connection: accounts and organizations. Answered by `Inventory` as pages come, then `Synced`.
    Sync {
        /// Whose answer it will be.
        id: RequestId,
        /// The connection.
        connection: ConnectionName,
    },
    /// The listing of a connection asks for nothing more until it goes on.
    Pause(ConnectionName),
    /// A paused listing goes on.
    GoOn(ConnectionName),
    /// Search the inventory (or another snapshot). Answered by `Found`.
    Search {
        /// Whose answer it will be.
        id: RequestId,
        /// What to search.
        snapshot: Arc<Snapshot>,
        /// What for.
        query: Arc<ListQuery>,
    },
    /// Search the inventory for the palette. Answered by `Found`.
    Look {
        /// Whose answer it will be.
        id: RequestId,
        /// What to search.
        snapshot: Arc<Snapshot>,
        /// What for.
        query: Arc<ListQuery>,
    },
    /// List with the provider's own parameters, all pages. Answered by `Listed`, or `ListFailed`.
    List {
        /// Whose answer it will be.
        id: RequestId,
        /// The connection.
        connection: ConnectionName,
        /// What to list.
        scope: ListScope,
        /// Whether the user has agreed to what it costs.
        consent: Consent,
    },
    /// Read afresh and make a plan. Answered by `Planned`.
    Plan {
        /// Whose answer it will be.
        id: RequestId,
        /// What is wanted, of one connection or several.
        changes: Vec<Change>,
    },
    /// Make the plan that undoes a change of the journal, or all that a plan of it did. Answered by `Planned`.
    Undo {
        /// Whose answer it will be.
        id: RequestId,
        /// The change's id, or the plan's.
        change: String,
    },
    /// Make a plan of what an earlier plan did not get done. Answered by `Planned`.
    Again {
        /// Whose answer it will be.
        id: RequestId,
        /// The earlier plan's id.
        plan: String,
    },
    /// Read the journal. Answered by `Journal`.
    ReadJournal {
        /// Whose answer it will be.
        id: RequestId,
    },
    /// Read the newest entries of the history. Answered by `History`.
    ReadHistory {
        /// Whose answer it will be.
        id: RequestId,
        /// Of this account, as whom its connection is known; `None`: of all.
        account: Option<AccountKey>,
        /// At most so many.
        most: u32,
    },
    /// The user says that what vanished is gone. Answered by `Vanished`.
    TakeVanished(Vanished),
    /// Settle what nobody knows the outcome of by reading back, then read the journal. Answered by `Journal`, and by
    /// `Unsettled` with what is left.
    Reconcile {
        /// Whose answer it will be.
        id: RequestId,
    },
    /// Settle by reading back what earlier runs left, where it is old enough. Answered by `Revisited`.
    Revisit {
        /// The changes.
        changes: Vec<String>,
    },
    /// The user says whether a change of unknown outcome was done. Answered by `Journal`.
    Settle {
        /// Whose answer it will be.
        id: RequestId,
        /// The change's id.
        change: String,
        /// Whether it was done.
        done: bool,
    },
    /// Keep a draft on disk.
    SaveDraft(Box<Draft>),
    /// Throw a draft away.
    DropDraft {
        /// What its form is about.
        subject: Subject,
        /// All of them, where it is about several at once.
        on_all: Vec<Subject>,
        /// What its form would do.
        kind: ChangeKind,
        /// Whose it is.
        identity: Option<String>,
    },
    /// Keep something of the user's own on disk.
    Keep(Keep),
    /// Hand the terminal to the user's editor with a text. Answered by `Edited`.
    Edit {
        /// Whose answer it will be.
        id: RequestId,
        /// The text.
        text: String,
        /// How the file's name ends, e.g. `.json`.
        suffix: &'static str,
    },
    /// Hand the terminal to the user's editor with a text of the accounts' fields. Answered by `Sheet`.
    Sheet {
        /// Whose answer it will be.
        id: RequestId,
        /// The accounts.
        accounts: Vec<AccountKey>,
        /// The text as it was saved before, where it could not be taken.
        text: Option<String>,
    },
    /// Hold up the plan that is being sent, let it go on, or stop it before its next change.
    Gate(Signal),
    /// Send a plan that was confirmed. Answered by `Progressed` and `Applied`; never cancelled.
    Apply {
        /// Whose answer it will be.
        id: RequestId,
        /// The plan as it was shown.
        plan: Arc<Plan>,
    },
    /// Open a one-time link into the web dashboard, in the user's browser. Answered by `SignedIn`.
    SignIn {
        /// Whose answer it will be.
        id: RequestId,
        /// The connection.
        connection: ConnectionName,
    },
    /// The user says who holds a contested connection. Answered by `Inventory`.
    Rule {
        /// The connection.
        connection: ConnectionName,
        /// Whom the user wants it to be.
        holder: Holder,
        /// Who answered when the user was asked.
        seen: Identity,
    },
    /// Have the whole record of an account at hand. Answered by `Inventory`.
    Recall(AccountKey),
    /// Give up a fetch; no answer comes.
    Cancel(Slot),
    /// Answer with `TimerDone` after so many milliseconds.
    Timer {
        /// Its name.
        id: TimerId,
        /// Milliseconds.
        after: u64,
    },
    /// Report the mouse, or leave it to the terminal.
    Mouse(MouseReports),
    /// Stop the program and hand the terminal back until `fg`.
    Suspend,
    /// Open a URL that this program made, in the user's browser. Answered by `Opened`.
    Open(String),
    /// Put something into the clipboard. Answered by `Copied`.
    Copy {
        /// What it is, in words.
        what: String,
        /// It.
        copied: Copied,
    },
    /// Leave this browser for the demo's.
    Demo,
    /// Leave.
    Quit,
}

/// Whether a read was asked for, or only follows what the user looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Urgency {
    /// The user asked: it goes out while there is any budget.
    Asked,
    /// Nobody asked: it is left out when little of the request budget is left.
    Background,
}

/// Whether the terminal shall report the mouse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MouseReports {
    /// Clicks and the wheel come as events.
    On,
    /// The terminal selects text by itself.
    Off,
}
