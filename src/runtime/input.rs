//! Reads the terminal on a thread of its own, and says at once when it is gone.
//!
//! The thread stamps what it reads: a key belongs to the screen that was up when it came, however long the loop took
//! to get to it. It waits in `poll` without a timeout, so that nothing happens while nobody types.

use std::io::{self, PipeReader, PipeWriter};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use tokio::sync::mpsc;

use super::decode::Decoder;
use super::guard;
use crate::app::{Event, Fact, Stamp};
use crate::provider::Clock;

/// How many events may wait for the loop. The terminal keeps what comes beyond.
const WAITING: usize = 256;
/// More than a terminal's queue holds (4,096 at Linux).
const READ: usize = 8_192;

/// The reading thread; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct Keyboard {
    events: mpsc::Receiver<Event>,
    /// Closed on drop: the thread's `poll` sees that.
    stop: PipeWriter,
    thread: JoinHandle<()>,
}

impl Keyboard {
    /// Starts reading. `frames` is the number of the last frame that was flushed.
    ///
    /// # Errors
    /// No pipe or thread can be made.
    pub(super) fn start(frames: Arc<AtomicU64>, clock: Clock) -> io::Result<Self> {
        let (stopped, stop) = io::pipe()?;
        let (send, events) = mpsc::channel(WAITING);
        let thread = thread::Builder::new().name("keyboard".into());
        let thread = thread.spawn(move || read(&stopped, &frames, &clock, &send))?;
        Ok(Self { events, stop, thread })
    }

    /// Stops reading: when this returns, whatever is typed is another program's. Keys that came already were typed for
    /// that one, and are not done here.
    pub(super) fn stop(self) {
        let Self { events, stop, thread } = self;
        // The thread may wait for room in the channel, or in `poll`.
        drop(events);
        drop(stop);
        if thread.join().is_err() {
            tracing::error!("the thread that reads keys panicked");
        }
    }

    /// The next event; `None` once there is no terminal any more, whose end is the thread's.
    pub(super) async fn next(&mut self) -> Option<Event> {
        self.events.recv().await
    }

    /// Takes what comes until the terminal has said its background, for so long at most.
    pub(super) async fn hear_out(&mut self, most: Duration) {
        hear_out(&mut self.events, most).await;
    }

    /// The next event if there is one.
    pub(super) fn queued(&mut self) -> Option<Event> {
        self.events.try_recv().ok()
    }
}

async fn hear_out(events: &mut mpsc::Receiver<Event>, most: Duration) {
    let answer = async {
        while let Some(event) = events.recv().await {
            if matches!(event.fact, Fact::Background(_)) {
                break;
            }
        }
    };
    // Without one the time is up: this terminal answers no such question.
    let _ = tokio::time::timeout(most, answer).await;
}

/// What woke the thread.
enum Woken {
    Readable,
    NothingMore,
    Gone,
    Stopped,
}

fn read(stopped: &PipeReader, frames: &AtomicU64, clock: &Clock, send: &mpsc::Sender<Event>) {
    let mut decoder = Decoder::new();
    let mut buffer = vec![0; READ];
    let mut facts = Vec::new();
    loop {
        match wait(stopped, decoder.patience().millis()) {
            Woken::Stopped | Woken::Gone => return,
            Woken::NothingMore => decoder.settle(&mut facts),
            Woken::Readable => match rustix::io::read(guard::input(), &mut buffer) {
                Err(Errno::INTR | Errno::AGAIN) => continue,
                Ok(0) | Err(_) => return,
                Ok(count) => decoder.feed(&buffer[..count], &mut facts),
            },
        }
        let stamp = Stamp { at: clock(), frame: frames.load(Ordering::Acquire) };
        for fact in facts.drain(..) {
            if send.blocking_send(Event { stamp, fact }).is_err() {
                return;
            }
        }
    }
}

/// Waits for bytes, for the end of the terminal, or of the wait.
fn wait(stopped: &PipeReader, millis: Option<i64>) -> Woken {
    let timeout = millis.map(|millis| Timespec { tv_sec: millis / 1_000, tv_nsec: millis % 1_000 * 1_000_000 });
    let input = guard::input();
    let mut watched = [PollFd::from_borrowed_fd(input.as_fd(), PollFlags::IN), PollFd::new(stopped, PollFlags::IN)];
    loop {
        match poll(&mut watched, timeout.as_ref()) {
            Err(Errno::INTR) => {}
            Err(_) => return Woken::Gone,
            Ok(0) => return Woken::NothingMore,
            Ok(_) if !watched[1].revents().is_empty() => return Woken::Stopped,
            Ok(_) => {
                let gone = PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL;
                return if watched[0].revents().intersects(gone) { Woken::Gone } else { Woken::Readable };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Key, Moment};

    fn event(fact: Fact) -> Event {
        Event { stamp: Stamp { at: Moment(0), frame: 0 }, fact }
    }

    #[tokio::test(start_paused = true)]
    async fn who_leaves_at_once_leaves_no_answer_to_the_shell_and_waits_no_longer() {
        let most = Duration::from_millis(50);
        let (send, mut events) = mpsc::channel(8);
        let start = tokio::time::Instant::now();
        let terminal = async {
            send.send(event(Fact::Key(Key::char('j')))).await.unwrap();
            tokio::time::sleep(Duration::from_millis(20)).await;
            send.send(event(Fact::Background([0; 3]))).await.unwrap();
            send.send(event(Fact::Key(Key::char('k')))).await.unwrap();
        };
        tokio::join!(terminal, hear_out(&mut events, most));
        assert_eq!(start.elapsed(), Duration::from_millis(20), "it ends with the answer");
        assert_eq!(events.try_recv().unwrap(), event(Fact::Key(Key::char('k'))));

        let start = tokio::time::Instant::now();
        hear_out(&mut events, most).await;
        let waited = start.elapsed();
        assert!(waited >= most && waited < most * 2, "no answer: {waited:?}");

        drop(send);
        let start = tokio::time::Instant::now();
        hear_out(&mut events, most).await;
        assert_eq!(start.elapsed(), Duration::ZERO, "the terminal is gone");
    }
}
