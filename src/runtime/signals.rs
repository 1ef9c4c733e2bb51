//! Signals, on a thread of their own: the loop hears of them as of anything else, and should it ever be stuck, the
//! thread ends the program without it.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGWINCH};
use signal_hook::iterator::{Handle, Signals};
use tokio::sync::mpsc;

use super::guard;

/// What the process was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// To end, by the signal of this number.
    End(i32),
    /// To stop until it is continued.
    Stop,
    /// It was continued; others had the terminal in between.
    Continued,
    /// The terminal has another size.
    Resized,
}

/// How long the loop may take to end: longer than it waits for a write, so that this is for a loop that is stuck.
const STUCK: Duration = Duration::from_secs(8);

/// The listening thread; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct Listener {
    told: mpsc::UnboundedReceiver<Told>,
    handle: Handle,
    ended: Arc<AtomicBool>,
    loan: Arc<Loan>,
}

/// Who has the terminal.
#[derive(Debug, Default)]
struct Loan {
    /// Another program has it.
    is_lent: AtomicBool,
    /// It was given back, and signals of before may not have been looked at yet.
    is_ending: AtomicBool,
}

impl Listener {
    /// Starts listening.
    ///
    /// # Errors
    /// The handlers can't be installed.
    pub(super) fn start() -> io::Result<Self> {
        let mut signals = Signals::new([SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGTSTP, SIGCONT, SIGWINCH])?;
        let handle = signals.handle();
        let (send, told) = mpsc::unbounded_channel();
        let ended = Arc::new(AtomicBool::new(false));
        let over = Arc::clone(&ended);
        let loan = Arc::new(Loan::default());
        let lent = Arc::clone(&loan);
        let open = signals.handle();
        thread::Builder::new().name("signals".into()).spawn(move || {
            let mut ending = false;
            let mut hear = |signal| {
                // The terminal sends them to all programs in it: they are for the one that has it.
                if lent.is_lent.load(Ordering::Acquire) && matches!(signal, SIGINT | SIGQUIT) {
                    return;
                }
                let told = match signal {
                    SIGTSTP => Told::Stop,
                    SIGCONT => Told::Continued,
                    SIGWINCH => Told::Resized,
                    _ => Told::End(signal),
                };
                if let Told::End(signal) = told
                    && !std::mem::replace(&mut ending, true)
                {
                    end_at_last(signal, Arc::clone(&over));
                }
                // Nobody listens any more: the handle is closed, too.
                let _ = send.send(told);
            };
            while !open.is_closed() {
                let mut is_back = false;
                for signal in signals.wait() {
                    if signal == SIGWINCH && lent.is_ending.swap(false, Ordering::AcqRel) {
                        is_back = true;
                    } else {
                        hear(signal);
                    }
                }
                if is_back {
                    // What came before that is among these at the latest.
                    signals.pending().for_each(&mut hear);
                    lent.is_lent.store(false, Ordering::Release);
                    hear(SIGWINCH);
                }
            }
        })?;
        Ok(Self { told, handle, ended, loan })
    }

    /// Whether another program has the terminal: then what its user interrupts there is that one.
    pub(super) fn lend(&self, lent: bool) {
        self.loan.is_ending.store(!lent, Ordering::Release);
        // What the other program was told before it ended may be waiting for the thread still, which takes the terminal
        // back once it has seen this one and all that waited beside it.
        if lent || signal_hook::low_level::raise(SIGWINCH).is_err() {
            self.loan.is_lent.store(lent, Ordering::Release);
        }
    }

    /// What the process is told next.
    pub(super) async fn next(&mut self) -> Told {
        match self.told.recv().await {
            Some(told) => told,
            // The thread ends with this value only; without it no signal comes.
            None => std::future::pending().await,
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Release);
        self.handle.close();
    }
}

/// Ends the process if the loop does not: a terminal that takes no bytes any more holds it up in a write, say.
fn end_at_last(signal: i32, ended: Arc<AtomicBool>) {
    let _ = thread::Builder::new().name("end".into()).spawn(move || {
        thread::sleep(STUCK);
        if !ended.load(Ordering::Acquire) {
            guard::give_back_modes();
            std::process::exit(128 + signal);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_another_program_was_told_is_not_taken_for_ours_when_the_terminal_is_back() {
        let mut signals = Listener::start().unwrap();
        for _ in 0..200 {
            signals.lend(true);
            signal_hook::low_level::raise(SIGINT).unwrap();
            signals.lend(false);
            assert_eq!(signals.next().await, Told::Resized);
        }
        signal_hook::low_level::raise(SIGINT).unwrap();
        assert_eq!(signals.next().await, Told::End(SIGINT));
    }
}
