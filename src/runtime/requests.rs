//! What is heard of requests on its way to the loop: records of one request overtake each other, so that a flood of
//! them costs the loop one event a request.

use std::sync::{Arc, Mutex, PoisonError};

use indexmap::IndexMap;
use tokio::sync::Notify;

use super::log;
use crate::provider::{Recorder, RequestRecord};

/// How many requests may wait for the loop; the oldest are dropped beyond. The activity pane shows fewer.
const WAITING: usize = 4_096;

/// The newest record of each request that the loop has not seen.
#[derive(Debug, Default)]
pub struct Requests {
    waiting: Mutex<IndexMap<u64, RequestRecord>>,
    arrived: Notify,
}

impl Requests {
    /// The ear that a provider is given.
    pub fn recorder(self: &Arc<Self>) -> Recorder {
        let requests = Arc::clone(self);
        Arc::new(move |record| requests.hear(record))
    }

    fn hear(&self, record: RequestRecord) {
        log::request(&record);
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() >= WAITING && !waiting.contains_key(&record.id) {
            waiting.shift_remove_index(0);
        }
        waiting.insert(record.id, record);
        drop(waiting);
        self.arrived.notify_one();
    }

    /// Waits until there is something to [`Requests::take`].
    pub async fn arrived(&self) {
        self.arrived.notified().await;
    }

    /// All that waits, in the order of the requests' first records.
    pub fn take(&self) -> Vec<RequestRecord> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.drain(..).map(|(_, record)| record).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ConnectionName, Moment};
    use crate::provider::RequestState;

    fn record(id: u64, state: RequestState) -> RequestRecord {
        RequestRecord {
            id,
            connection: ConnectionName::new("prod"),
            began: Moment(0),
            at: Moment(0),
            method: "GET",
            path: "/accounts".into(),
            asked: None,
            attempt: 1,
            waited: 0,
            state,
            bytes: 0,
            request_id: None,
            notices: Vec::new(),
            failure: None,
            budget: None,
        }
    }

    #[test]
    fn only_the_newest_record_of_a_request_reaches_the_loop() {
        let requests = Arc::new(Requests::default());
        let recorder = requests.recorder();
        recorder(record(1, RequestState::Running));
        recorder(record(2, RequestState::Running));
        recorder(record(1, RequestState::Answered(200)));
        let taken = requests.take();
        assert_eq!(
            taken.iter().map(|record| (record.id, record.state.clone())).collect::<Vec<_>>(),
            [(1, RequestState::Answered(200)), (2, RequestState::Running)]
        );
        assert!(requests.take().is_empty());
    }

    #[test]
    fn a_flood_of_requests_is_bounded() {
        let requests = Arc::new(Requests::default());
        let recorder = requests.recorder();
        for id in 0..WAITING as u64 + 10 {
            recorder(record(id, RequestState::Running));
        }
        let taken = requests.take();
        assert_eq!(taken.len(), WAITING);
        assert_eq!(taken[0].id, 10);
    }
}
