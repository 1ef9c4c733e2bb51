//! Keeps drafts on disk, on a thread of its own: a slow disk holds up no key, and what is to be done is done in its order.

use std::io;
use std::sync::mpsc as queue;
use std::thread;
use std::time::Duration;

use tokio::sync::mpsc;

use crate::app::Fact;
use crate::changes::Drafts;
use crate::domain::{ChangeKind, Draft, Subject};

/// How long the end of the program waits for the disk at most: less than it may take after the loss of its terminal.
const LAST: Duration = Duration::from_millis(600);

/// What is to be done.
enum Order {
    Save(Box<Draft>),
    Drop { subject: Subject, on_all: Vec<Subject>, kind: ChangeKind, identity: Option<String> },
}

/// The writing thread. It ends, with all done, when this is dropped.
#[derive(Debug)]
pub(super) struct Keeper {
    orders: Option<queue::Sender<Order>>,
    /// Closed when the thread has ended.
    done: queue::Receiver<()>,
}

impl Keeper {
    /// Starts: what is there is read and told first.
    ///
    /// # Errors
    /// No thread can be made.
    pub(super) fn start(drafts: Drafts, tell: mpsc::UnboundedSender<Fact>) -> io::Result<Self> {
        let (orders, todo) = queue::channel();
        let (ended, done) = queue::channel();
        thread::Builder::new().name("drafts".into()).spawn(move || {
            work(drafts, &tell, &todo);
            drop(ended);
        })?;
        Ok(Self { orders: Some(orders), done })
    }

    /// Keeps a draft.
    pub(super) fn save(&self, draft: Box<Draft>) {
        self.order(Order::Save(draft));
    }

    /// Throws a draft away.
    pub(super) fn remove(&self, subject: Subject, on_all: Vec<Subject>, kind: ChangeKind, identity: Option<String>) {
        self.order(Order::Drop { subject, on_all, kind, identity });
    }

    fn order(&self, order: Order) {
        if let Some(orders) = &self.orders
            && orders.send(order).is_err()
        {
            tracing::error!("the thread that keeps drafts is gone");
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.orders = None;
        // Nothing is ever sent: the wait ends with the thread, or is given up.
        if let Err(queue::RecvTimeoutError::Timeout) = self.done.recv_timeout(LAST) {
            tracing::error!("the disk took too long: the last draft may be lost");
        }
    }
}

fn work(mut drafts: Drafts, tell: &mpsc::UnboundedSender<Fact>, todo: &queue::Receiver<Order>) {
    // Nobody hears it once the loop has ended.
    let say = |fact| {
        let _ = tell.send(fact);
    };
    match drafts.read() {
        Ok(found) => {
            let failure = found.failure();
            if !found.drafts.is_empty() {
                say(Fact::Drafts(Ok(found.drafts)));
            }
            if let Some(failure) = failure {
                say(Fact::Drafts(Err(failure)));
            }
        }
        Err(failure) => say(Fact::Drafts(Err(failure))),
    }
    while let Ok(order) = todo.recv() {
        let result = match order {
            Order::Save(draft) => drafts.save(&draft),
            Order::Drop { subject, on_all, kind, identity } => {
                drafts.remove(&subject, &on_all, kind, identity.as_deref())
            }
        };
        if let Err(failure) = result {
            tracing::warn!(%failure, "a draft");
            say(Fact::DraftFailed(failure));
        }
    }
}
