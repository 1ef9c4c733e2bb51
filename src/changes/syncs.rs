//! Group commit: one sync of a file serves all who have written to it before the sync began.

use std::fmt;
use std::fs::File;
use std::io;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// What puts a file's content on disk.
type Sync = Box<dyn Fn(&File) -> io::Result<()> + Send + std::marker::Sync>;

/// Who waits for the disk. The first one syncs; whoever has written meanwhile waits for the next sync, which the first
/// of them makes.
pub(super) struct Syncs {
    sync: Sync,
    state: Mutex<State>,
    changed: Condvar,
}

/// Writes are numbered from 1 in the order in which they ended.
#[derive(Debug, Default)]
struct State {
    /// The last write.
    written: u64,
    /// All writes up to this one are on disk.
    synced: u64,
    /// All writes up to this one that are not known to be on disk may never get there: after a failed sync the system
    /// forgets what it could not write, and a later one succeeds without it.
    lost: Option<(u64, Lost)>,
    /// Whether a sync is under way.
    busy: bool,
}

/// An error that several have to hear of.
#[derive(Debug, Clone)]
struct Lost(io::ErrorKind, String);

impl Syncs {
    pub(super) fn new(sync: impl Fn(&File) -> io::Result<()> + Send + std::marker::Sync + 'static) -> Self {
        Self { sync: Box::new(sync), state: Mutex::default(), changed: Condvar::new() }
    }

    /// Something was written; gives its number.
    pub(super) fn wrote(&self) -> u64 {
        let mut state = self.state();
        state.written += 1;
        state.written
    }

    /// Returns when a write is on disk. `file` is any handle of the file.
    ///
    /// # Errors
    /// The sync that was to serve it failed.
    pub(super) fn reach(&self, write: u64, file: &File) -> io::Result<()> {
        let mut state = self.state();
        loop {
            if let Some((upto, Lost(kind, words))) = &state.lost
                && write <= *upto
            {
                return Err(io::Error::new(*kind, words.clone()));
            }
            if write <= state.synced {
                return Ok(());
            }
            if state.busy {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            state.busy = true;
            let upto = state.written;
            drop(state);
            let result = (self.sync)(file);
            state = self.state();
            state.busy = false;
            match result {
                Ok(()) => state.synced = upto,
                Err(error) => state.lost = Some((upto, Lost(error.kind(), error.to_string()))),
            }
            self.changed.notify_all();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Syncs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Syncs").field("state", &self.state).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, mpsc};

    use super::*;

    /// Syncs that wait to be told how they end, and a file for them.
    fn held() -> (Arc<Syncs>, File, mpsc::Sender<bool>, mpsc::Receiver<()>) {
        let (end, ends) = mpsc::channel();
        let (began, begun) = mpsc::channel();
        let ends = Mutex::new(ends);
        let sync = move |_: &File| {
            began.send(()).unwrap();
            let good: bool = ends.lock().unwrap().recv().unwrap();
            if good { Ok(()) } else { Err(io::Error::new(io::ErrorKind::StorageFull, "no room")) }
        };
        (Arc::new(Syncs::new(sync)), tempfile::tempfile().unwrap(), end, begun)
    }

    fn write(syncs: &Arc<Syncs>, file: &File) -> std::thread::JoinHandle<io::Result<()>> {
        let (syncs, file) = (Arc::clone(syncs), file.try_clone().unwrap());
        let place = syncs.wrote();
        std::thread::spawn(move || syncs.reach(place, &file))
    }

    #[test]
    fn one_sync_serves_all_who_wrote_while_the_one_before_was_under_way() {
        let (syncs, file, end, begun) = held();
        let first = write(&syncs, &file);
        begun.recv().unwrap();
        let others: Vec<_> = (0..7).map(|_| write(&syncs, &file)).collect();
        end.send(true).unwrap();
        first.join().unwrap().unwrap();
        begun.recv().unwrap();
        end.send(true).unwrap();
        for other in others {
            other.join().unwrap().unwrap();
        }
        assert!(begun.try_recv().is_err(), "two syncs for eight writes");
    }

    #[test]
    fn a_failed_sync_is_told_to_all_whom_it_was_to_serve_and_to_nobody_else() {
        let (syncs, file, end, begun) = held();
        let first = write(&syncs, &file);
        begun.recv().unwrap();
        let others: Vec<_> = (0..3).map(|_| write(&syncs, &file)).collect();
        end.send(true).unwrap();
        begun.recv().unwrap();
        end.send(false).unwrap();
        first.join().unwrap().unwrap();
        for other in others {
            let error = other.join().unwrap().unwrap_err();
            assert_eq!((error.kind(), error.to_string().as_str()), (io::ErrorKind::StorageFull, "no room"));
        }
        let later = write(&syncs, &file);
        begun.recv().unwrap();
        end.send(true).unwrap();
        later.join().unwrap().unwrap();
    }
}
