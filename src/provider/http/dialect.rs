//! What differs between providers: data about the service, how a request is signed, how a refusal reads.

use std::time::Duration;

use reqwest::header::{HeaderName, HeaderValue};

use super::{Answer, Method, Operation};
use crate::domain::{Credentials, Failure, FailureItem, FailureKind, Moment};

/// So many requests in so long a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Requests within one window.
    pub requests: u32,
    /// The window.
    pub window: Duration,
}

/// A service as data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Service {
    /// Its name for people.
    pub title: &'static str,
    /// The public API's base URL with its path, no slash at the end.
    pub base_url: &'static str,
    /// The documented limit of one credential at the public host; `None` where there is none.
    pub limit: Option<Limit>,
    /// Requests in flight at once.
    pub in_flight: u8,
    /// Headers that name the request for the provider's support, best first.
    pub request_id: &'static [&'static str],
    /// Headers with words for people that may come with any success.
    pub notices: &'static [&'static str],
}

/// A request as far as signing needs it.
#[derive(Clone, Copy, Debug)]
pub struct Unsigned<'a> {
    /// The method.
    pub method: Method,
    /// The whole URL as it will be sent.
    pub url: &'a url::Url,
    /// The body as it will be sent; empty for none.
    pub body: &'a str,
    /// The operation's own headers, by their names in lower case.
    pub headers: &'a [(&'static str, String)],
    /// Now.
    pub now: Moment,
}

/// What a provider's refusal means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Why.
    pub kind: FailureKind,
    /// One sentence with the cause.
    pub cause: String,
    /// What to do next, if anybody knows.
    pub hint: Option<String>,
    /// The provider's own error list.
    pub items: Vec<FailureItem>,
}

/// A provider's way with HTTP.
pub trait Dialect: Send + Sync {
    /// The service as data.
    fn service(&self) -> &'static Service;

    /// The words that steps of its paths are, in what is read: any other step is a value, an id say.
    fn steps(&self) -> &'static [&'static str] {
        &[]
    }

    /// The headers that carry the credential. Values must be marked sensitive.
    ///
    /// # Errors
    /// `Auth` if what was given makes no credential; never with a value in it. With a status it stands for a credential
    /// that the provider refused meanwhile: another one is tried then, as after the refusal itself.
    fn sign(
        &self,
        request: &Unsigned<'_>,
        credentials: &Credentials,
    ) -> Result<Vec<(HeaderName, HeaderValue)>, Failure>;

    /// The URL to send to, where the credential stands in its query; it is not recorded. `None`: as it is.
    ///
    /// # Errors
    /// As [`Dialect::sign`].
    fn signed_url(&self, request: &Unsigned<'_>, credentials: &Credentials) -> Result<Option<url::Url>, Failure> {
        let _ = (request, credentials);
        Ok(None)
    }

    /// How `curl` is told to sign a request to this URL, where it knows the way: what its `--aws-sigv4` takes.
    fn curl_signing(&self, url: &url::Url) -> Option<String> {
        let _ = url;
        None
    }

    /// The header in which a refusal's code comes, where its body need not say it: [`Answer::code`].
    fn code_header(&self) -> Option<&'static str> {
        None
    }

    /// Whether a credential that is fetched anew is certainly the same holder's. Where it may be somebody else's, a write
    /// that was refused for its credential is not sent again: who it is has to be asked first.
    fn keeps_holder(&self) -> bool {
        false
    }

    /// What an answer of any status refuses; `None` for a success. The client calls it for every status but redirects.
    fn refusal(&self, operation: &Operation, answer: &Answer, credentials: &Credentials) -> Option<Refusal>;
}
