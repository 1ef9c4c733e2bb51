//! Holds a sync up: while it is paused nothing is asked of its provider. What was asked and not answered is given up,
//! and asked again when it goes on: no answer waits for ever on a connection that the server has closed long since.

use std::pin::pin;

use futures::future::{Either, select};
use tokio::sync::watch;

/// Whether a connection's sync is paused. Clones are the same pause.
#[derive(Clone, Debug)]
pub(super) struct Pause(watch::Sender<bool>);

impl Default for Pause {
    fn default() -> Self {
        Self(watch::Sender::new(false))
    }
}

impl Pause {
    /// From now on nothing is asked, or what is due is.
    pub(super) fn set(&self, is_paused: bool) {
        self.0.send_replace(is_paused);
    }

    /// Asks while it is not paused, and once more after each pause that came before the answer.
    pub(super) async fn ask<F: Future>(&self, request: impl Fn() -> F) -> F::Output {
        let mut told = self.0.subscribe();
        loop {
            // The sender is here: waiting can't fail.
            let _ = told.wait_for(|is_paused| !is_paused).await;
            let answer = pin!(request());
            let paused = pin!(told.wait_for(|is_paused| *is_paused));
            if let Either::Left((answer, _)) = select(answer, paused).await {
                return answer;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use futures::FutureExt;

    use super::*;

    #[test]
    fn what_was_not_answered_before_a_pause_is_asked_once_more_after_it() {
        let pause = Pause::default();
        let (asked, answers) = (Cell::new(0), Cell::new(false));
        let request = || {
            asked.set(asked.get() + 1);
            std::future::poll_fn(|_| if answers.get() { std::task::Poll::Ready(7) } else { std::task::Poll::Pending })
        };
        let mut answer = pin!(pause.ask(request));
        assert_eq!((answer.as_mut().now_or_never(), asked.get()), (None, 1));
        pause.set(true);
        answers.set(false);
        assert_eq!((answer.as_mut().now_or_never(), asked.get()), (None, 1), "given up, and not asked again");
        answers.set(true);
        assert_eq!((answer.as_mut().now_or_never(), asked.get()), (None, 1), "nothing is asked while it is paused");
        pause.set(false);
        assert_eq!((answer.as_mut().now_or_never(), asked.get()), (Some(7), 2));
    }
}
