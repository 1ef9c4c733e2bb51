//! Keeps the user's own on disk, on a thread of its own: labels, notes, the filters used, the session, its marks. A slow
//! disk holds up no key and no first frame, and what is to be done is done in its order.

use std::io;
use std::path::PathBuf;
use std::sync::mpsc as queue;
use std::thread;
use std::time::Duration;

use tokio::sync::mpsc;

use crate::app::{Fact, Keep, Kept, NAMED, session_name};
use crate::domain::Failure;
use crate::inventory::disk::{DiskError, Own};
use crate::provider::Clock;

/// How long the first frame waits for the session at most: below what anybody sees.
const FIRST: Duration = Duration::from_millis(1);
/// How long the end of the program waits for the disk at most: less than it may take after the loss of its terminal.
const LAST: Duration = Duration::from_millis(300);
/// Filters that are read at start.
const FILTERS: u32 = 500;

/// The thread. It ends, with all done, when this is dropped.
#[derive(Debug)]
pub(super) struct Keeper {
    orders: Option<queue::Sender<Keep>>,
    /// Something comes as soon as what is on disk was told.
    told: queue::Receiver<()>,
    /// Closed when the thread has ended.
    done: queue::Receiver<()>,
}

impl Keeper {
    /// Starts: what is there is read and told first.
    ///
    /// # Errors
    /// No thread can be made.
    pub(super) fn start(
        path: PathBuf,
        config_path: &str,
        clock: Clock,
        tell: mpsc::UnboundedSender<Fact>,
    ) -> io::Result<Self> {
        let (orders, todo) = queue::channel();
        let (ready, told) = queue::channel();
        let (ended, done) = queue::channel();
        let session = session_name(config_path);
        thread::Builder::new().name("own".into()).spawn(move || {
            let opened = Own::open(&path, clock());
            let mut kept = read(&opened.own, &session);
            kept.notices.extend(opened.notices.iter().map(|notice| notice.words().to_owned()));
            let _ = tell.send(Fact::Own(Box::new(kept)));
            let _ = ready.send(());
            while let Ok(keep) = todo.recv() {
                if let Err(why) = done_or_mended(&opened.own, &keep, &clock) {
                    tracing::warn!(%why, "the user's own");
                    let _ = tell.send(Fact::OwnFailed(Failure::from(why)));
                }
            }
            drop(ended);
        })?;
        Ok(Self { orders: Some(orders), told, done })
    }

    /// Waits until what is on disk was told, but no longer than nobody sees.
    pub(super) fn wait_for_first(&self) {
        // Without it the first frame is that of a first start, and what was left comes with the next one.
        let _ = self.told.recv_timeout(FIRST);
    }

    /// Keeps something.
    pub(super) fn keep(&self, keep: Keep) {
        if let Some(orders) = &self.orders
            && orders.send(keep).is_err()
        {
            tracing::error!("the thread that keeps the user's own is gone");
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.orders = None;
        // Nothing is ever sent: the wait ends with the thread, or is given up.
        if let Err(queue::RecvTimeoutError::Timeout) = self.done.recv_timeout(LAST) {
            tracing::error!("the disk took too long: the session may be lost");
        }
    }
}

/// All that is there; what can't be read is said, and taken for nothing.
fn read(own: &Own, session: &str) -> Kept {
    let mut notices = Vec::new();
    let mut say = |why: DiskError| notices.push(format!("what you kept can't be read: {why}"));
    let session = own.kept(session).unwrap_or_else(|why| {
        say(why);
        None
    });
    let named = NAMED.iter().flat_map(|prefix| {
        own.kept_under(prefix).unwrap_or_else(|why| {
            say(why);
            Vec::new()
        })
    });
    let named = named.collect();
    let marks = own.marks().unwrap_or_else(|why| {
        say(why);
        Vec::new()
    });
    let filters = own.filters(FILTERS).unwrap_or_else(|why| {
        say(why);
        Vec::new()
    });
    let labels = own.labels().unwrap_or_else(|why| {
        say(why);
        Vec::new()
    });
    let notes = own.notes().unwrap_or_else(|why| {
        say(why);
        Vec::new()
    });
    notices.dedup();
    let notes = notes.into_iter().map(|(key, note, _)| (key, note)).collect();
    Kept { session, named, marks, filters, labels, notes, notices }
}

/// A file that turns out broken is mended, and then written once more.
fn done_or_mended(own: &Own, keep: &Keep, clock: &Clock) -> Result<(), DiskError> {
    match write(own, keep, clock) {
        Err(DiskError::Damaged { .. }) => {
            for notice in own.mend(clock()) {
                tracing::warn!(%notice, "the user's own");
            }
            write(own, keep, clock)
        }
        result => result,
    }
}

fn write(own: &Own, keep: &Keep, clock: &Clock) -> Result<(), DiskError> {
    match keep {
        Keep::Session { name, text } => own.keep(name, Some(text)),
        Keep::Named { name, text } => own.keep(name, text.as_deref()),
        Keep::Marks(marks) => own.set_marks(marks),
        Keep::Filter(filter) => own.add_filter(filter, clock()),
        Keep::Label { label, on: true, accounts } => own.add_label(label, accounts),
        Keep::Label { label, on: false, accounts } => own.drop_label(label, accounts),
        Keep::Note { account, text } => own.set_note(account, text, clock()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::domain::OwnKey;
    use crate::domain::{AccountId, AccountKey, ConnectionName, Moment};

    fn start(path: PathBuf, config: &str) -> (Keeper, Kept) {
        let (tell, mut facts) = mpsc::unbounded_channel();
        let keeper = Keeper::start(path, config, Arc::new(|| Moment(7)), tell).unwrap();
        let Some(Fact::Own(kept)) = facts.blocking_recv() else { panic!("what is there is told first") };
        (keeper, *kept)
    }

    #[test]
    fn what_is_kept_is_told_at_the_next_start_of_the_same_configuration() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("user.db");
        let (keeper, kept) = start(path.clone(), "a.toml");
        assert_eq!(kept, Kept::default());
        let account = AccountKey { connection: ConnectionName::new("prod"), id: AccountId::new("1") };
        let key = OwnKey { connection: account.connection.clone(), identity: "me".into(), account: account.id.clone() };
        let labelled = |label: &str, on| Keep::Label { label: label.into(), on, accounts: vec![key.clone()] };
        for keep in [
            Keep::Session { name: session_name("a.toml"), text: "{}".into() },
            Keep::Named { name: format!("{}prod", NAMED[0]), text: Some("[]".into()) },
            Keep::Named { name: format!("{}lab", NAMED[0]), text: Some("[]".into()) },
            Keep::Named { name: format!("{}lab", NAMED[0]), text: None },
            Keep::Marks(vec![account.clone()]),
            Keep::Filter("first".into()),
            Keep::Filter("second".into()),
            labelled("x", true),
            labelled("y", true),
            labelled("x", false),
            Keep::Note { account: key.clone(), text: "note".into() },
        ] {
            keeper.keep(keep);
        }
        drop(keeper);
        let (keeper, kept) = start(path.clone(), "a.toml");
        let filters = vec!["second".to_owned(), "first".to_owned()];
        let (labels, notes) = (vec![(key.clone(), "y".to_owned())], vec![(key, "note".to_owned())]);
        let (session, marks) = (Some("{}".to_owned()), vec![account]);
        let named = vec![(format!("{}prod", NAMED[0]), "[]".to_owned())];
        assert_eq!(kept, Kept { session, named, marks, filters, labels, notes, notices: Vec::new() });
        drop(keeper);
        assert_eq!(start(path, "b.toml").1.session, None, "another configuration has another session");
    }

    #[test]
    fn a_broken_file_is_said_and_something_can_be_kept_again() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("user.db");
        std::fs::write(&path, "this is no database, whatever it is called".repeat(100)).unwrap();
        let (keeper, kept) = start(path.clone(), "a.toml");
        assert_eq!((kept.session, kept.notices.is_empty()), (None, false));
        keeper.keep(Keep::Filter("again".into()));
        drop(keeper);
        assert_eq!(start(path, "a.toml").1.filters, ["again"]);
    }
}
