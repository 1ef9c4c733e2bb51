//! Pause and stop of a plan that is being sent.

use tokio::sync::watch;

use crate::domain::Signal;

/// Between the one who sends a plan and the one who may hold it up. Clones are the same gate.
#[derive(Clone, Debug)]
pub struct Gate(watch::Sender<Signal>);

impl Default for Gate {
    fn default() -> Self {
        Self(watch::Sender::new(Signal::Go))
    }
}

impl Gate {
    /// Sets it; a stop is for good.
    pub fn set(&self, signal: Signal) {
        self.0.send_if_modified(|now| {
            let changes = *now != Signal::Stop && *now != signal;
            if changes {
                *now = signal;
            }
            changes
        });
    }

    /// Waits while it is paused; whether the next change may be sent.
    pub async fn pass(&self) -> bool {
        let mut seen = self.0.subscribe();
        // The sender is in `self`: it can't be gone.
        let now = seen.wait_for(|now| *now != Signal::Pause).await;
        now.is_ok_and(|now| *now == Signal::Go)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_paused_gate_waits_and_a_stopped_one_stays_shut() {
        let gate = Gate::default();
        assert!(gate.pass().await);
        gate.set(Signal::Pause);
        let mut waiting = Box::pin(gate.pass());
        assert!(futures::poll!(&mut waiting).is_pending());
        gate.set(Signal::Go);
        assert!(waiting.await);
        gate.set(Signal::Stop);
        gate.set(Signal::Go);
        assert!(!gate.pass().await);
    }
}
