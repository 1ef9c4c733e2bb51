//! What came back, checked as far as it can be without knowing the provider.

use serde::Deserialize;

use crate::domain::{Delivery, Failure, FailureKind, Untrusted};

/// An answer with a body that is well-formed JSON, or none.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The JSON text; `None` where there was no body, or (failures only) one that is no JSON.
    pub json: Option<String>,
    /// What the body says it is, in words for a failure; e.g. `text/html`.
    pub content_type: String,
    /// The provider's id of the request.
    pub request_id: Option<Untrusted>,
    /// The refusal's code, where it came in a header: [`super::Dialect::code_header`].
    pub code: Option<Untrusted>,
    /// Words for people that came in headers.
    pub notices: Vec<Untrusted>,
    /// What was asked, for failures of decoding.
    pub what: String,
    /// How often it was sent again after the provider's own throttle refusal.
    pub resent: u32,
}

impl Answer {
    /// Whether the status says success.
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Decodes the body.
    ///
    /// # Errors
    /// `Unreadable` if it has another shape.
    pub fn decode<'a, T: Deserialize<'a>>(&'a self) -> Result<T, Failure> {
        let text = self.json.as_deref().unwrap_or("null");
        serde_json::from_str(text).map_err(|error| self.unreadable(format!("the answer has another shape: {error}")))
    }

    /// The failure of an answer that is not what the documents say. It was answered, so a read had no effect; callers
    /// that write decide on the status before they decode.
    #[must_use]
    pub fn unreadable(&self, cause: impl Into<String>) -> Failure {
        let mut failure =
            Failure::new(FailureKind::Unreadable, self.what.clone(), cause).with_delivery(Delivery::Answered);
        failure.resent = self.resent;
        failure.status = Some(self.status);
        failure.request_id.clone_from(&self.request_id);
        failure
    }
}
