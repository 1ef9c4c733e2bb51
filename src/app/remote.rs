//! The life of something that is fetched.

use super::RequestId;
use crate::domain::Failure;

/// A value that comes from elsewhere. Old data stays while newer loads, and after a failure.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Remote<T> {
    /// Nobody has asked.
    #[default]
    Idle,
    /// Asked; the reply with this id counts, any other does not.
    Loading {
        /// The request that is waited for.
        id: RequestId,
        /// What there was before.
        prev: Option<T>,
    },
    /// It came.
    Ready(T),
    /// It failed.
    Failed {
        /// Why.
        error: Failure,
        /// What there was before.
        prev: Option<T>,
    },
}

impl<T> Remote<T> {
    /// The newest value there is, old or not.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Idle => None,
            Self::Ready(value) => Some(value),
            Self::Loading { prev, .. } | Self::Failed { prev, .. } => prev.as_ref(),
        }
    }

    /// Why the last fetch failed, if it did.
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Failed { error, .. } => Some(error),
            Self::Idle | Self::Loading { .. } | Self::Ready(_) => None,
        }
    }

    /// Whether a reply is waited for.
    pub fn is_loading(&self) -> bool {
        matches!(self, Self::Loading { .. })
    }

    /// Waits for a new request; what there was stays.
    pub fn begin(&mut self, id: RequestId) {
        let prev = self.take_value();
        *self = Self::Loading { id, prev };
    }

    /// Takes a reply. False, and nothing changes, if it is not the one that is waited for: errors too.
    pub fn settle(&mut self, id: RequestId, result: Result<T, Failure>) -> bool {
        if !self.awaits(id) {
            return false;
        }
        let prev = self.take_value();
        *self = match result {
            Ok(value) => Self::Ready(value),
            Err(error) => Self::Failed { error, prev },
        };
        true
    }

    /// Takes a part of the answer: the rest is still waited for. False, and nothing changes, if it is not the one that is
    /// waited for.
    pub fn advance(&mut self, id: RequestId, part: T) -> bool {
        let is_awaited = self.awaits(id);
        if is_awaited {
            *self = Self::Loading { id, prev: Some(part) };
        }
        is_awaited
    }

    /// Whether this is the request that is waited for.
    pub fn awaits(&self, reply: RequestId) -> bool {
        matches!(self, Self::Loading { id, .. } if *id == reply)
    }

    fn take_value(&mut self) -> Option<T> {
        match std::mem::take(self) {
            Self::Idle => None,
            Self::Ready(value) => Some(value),
            Self::Loading { prev, .. } | Self::Failed { prev, .. } => prev,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::FailureKind;

    fn failure() -> Failure {
        Failure::new(FailureKind::Server, "GET /x", "broken")
    }

    #[test]
    fn old_data_stays_while_loading_and_after_a_failure() {
        let mut remote = Remote::Ready(1);
        remote.begin(RequestId(7));
        assert_eq!(remote.value(), Some(&1));
        assert!(remote.settle(RequestId(7), Err(failure())));
        assert_eq!((remote.value(), remote.failure()), (Some(&1), Some(&failure())));
    }

    #[test]
    fn a_stale_reply_changes_nothing_success_or_failure() {
        let mut remote = Remote::Ready(1);
        remote.begin(RequestId(7));
        remote.begin(RequestId(8));
        assert!(!remote.settle(RequestId(7), Ok(2)));
        assert!(!remote.settle(RequestId(7), Err(failure())));
        assert!(remote.is_loading());
        assert!(remote.settle(RequestId(8), Ok(3)));
        assert!(!remote.settle(RequestId(8), Ok(4)), "an id counts once");
        assert_eq!(remote.value(), Some(&3));
    }
}
