//! Where an API is, and the URL of an operation below it. A credential never leaves this origin.

use std::fmt::Write as _;
use std::net::IpAddr;

use url::{Host, Url};

use super::{Operation, Service};
use crate::domain::{Failure, FailureKind};

/// A checked base URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    base: Url,
    is_public: bool,
}

impl Endpoint {
    /// Checks a base URL: https, or http on loopback; no user, query or fragment in it.
    ///
    /// # Errors
    /// `Local` that says what is wrong with it, without repeating a password that may stand in it.
    pub fn parse(given: Option<&str>, service: &Service) -> Result<Self, Failure> {
        let text = given.unwrap_or(service.base_url).trim();
        let wrong = |cause: &str| {
            Failure::new(FailureKind::Local, "base_url", cause)
                .with_hint(format!("expected is a URL like {}", service.base_url))
        };
        let mut base = Url::parse(text).map_err(|error| wrong(&format!("this is no URL: {error}")))?;
        if base.host().is_none() {
            return Err(wrong("the URL names no host"));
        }
        if !base.username().is_empty() || base.password().is_some() {
            return Err(wrong("the URL must not hold a user or password"));
        }
        if base.query().is_some() || base.fragment().is_some() {
            return Err(wrong("the URL must end with its path"));
        }
        match base.scheme() {
            "https" => {}
            "http" if is_loopback(&base) => {}
            "http" => {
                return Err(wrong(
                    "plain http would show the credential to everybody on the way; only loopback may use it",
                ));
            }
            other => return Err(wrong(&format!("{other} is neither https nor http"))),
        }
        let path = base.path().trim_end_matches('/').to_owned();
        base.set_path(&path);
        let is_public = Url::parse(service.base_url)
            .is_ok_and(|public| public.origin().ascii_serialization() == base.origin().ascii_serialization());
        Ok(Self { base, is_public })
    }

    /// Scheme, host and port, e.g. `https://api.cloudflare.com`.
    #[must_use]
    pub fn origin(&self) -> String {
        self.base.origin().ascii_serialization()
    }

    /// Host and port for failures.
    #[must_use]
    pub fn host(&self) -> String {
        let host = self.base.host_str().unwrap_or_default();
        match self.base.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }

    /// Whether this is the provider's public host, where its documented limit holds.
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.is_public
    }

    /// Whether it is on this machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.base)
    }

    /// The URL of an operation.
    ///
    /// # Errors
    /// `NotFound` for a step that no path can carry: an id that is empty, `.` or `..` would name another path.
    pub fn url(&self, operation: &Operation) -> Result<Url, Failure> {
        let mut path = self.base.path().trim_end_matches('/').to_owned();
        for step in &operation.path {
            if matches!(step.as_str(), "" | "." | "..") {
                return Err(Failure::new(FailureKind::NotFound, operation.what(), format!("\"{step}\" is no id")));
            }
            path.push('/');
            escape(step, &mut path);
        }
        if operation.is_folder {
            path.push('/');
        }
        let mut url = self.base.clone();
        url.set_path(&path);
        if !operation.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&operation.query);
        }
        Ok(url)
    }
}

/// Everything but RFC 3986's unreserved characters and the colon that some methods have in their last step.
fn escape(step: &str, path: &mut String) {
    for byte in step.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~:".contains(&byte) {
            path.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(path, "%{byte:02X}");
        }
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVICE: Service = Service {
        title: "Test",
        base_url: "https://api.example.com/v4",
        limit: None,
        in_flight: 8,
        request_id: &[],
        notices: &[],
    };

    #[test]
    fn only_https_and_loopback_are_taken() {
        for (given, good) in [
            ("https://api.example.com/v4", true),
            ("https://api.example.com/v4/", true),
            ("http://127.0.0.1:8080/cloudflare/client/v4", true),
            ("http://[::1]:8080", true),
            ("http://localhost:1", true),
            ("http://api.example.com/v4", false),
            ("http://127.0.0.1.example.com", false),
            ("ftp://127.0.0.1", false),
            ("file:///etc/passwd", false),
            ("https://user:pass@api.example.com", false),
            ("https://api.example.com/?x=1", false),
            ("api.example.com", false),
            ("", false),
        ] {
            let parsed = Endpoint::parse(Some(given), &SERVICE);
            assert_eq!(parsed.is_ok(), good, "{given}");
            if let Err(failure) = parsed {
                assert!(!failure.to_string().contains("pass@"), "{failure}");
            }
        }
    }

    #[test]
    fn ids_cannot_leave_their_place_in_the_path() {
        let endpoint = Endpoint::parse(None, &SERVICE).unwrap();
        assert!(endpoint.is_public());
        let url = |id: &str| endpoint.url(&Operation::read(&["accounts", id]));
        assert_eq!(
            url("a/../b?c#d %").unwrap().as_str(),
            "https://api.example.com/v4/accounts/a%2F..%2Fb%3Fc%23d%20%25"
        );
        for id in ["", ".", ".."] {
            assert_eq!(url(id).unwrap_err().kind, FailureKind::NotFound);
        }
    }

    #[test]
    fn dots_stay_dots_in_a_query() {
        let endpoint = Endpoint::parse(Some("http://127.0.0.1:9/x/"), &SERVICE).unwrap();
        assert!(!endpoint.is_public());
        let operation = Operation::read(&["organizations"]).with("name.contains", "a&b =ü").with("parent.id", "null");
        assert_eq!(
            endpoint.url(&operation).unwrap().as_str(),
            "http://127.0.0.1:9/x/organizations?name.contains=a%26b+%3D%C3%BC&parent.id=null"
        );
        assert_eq!(endpoint.origin(), "http://127.0.0.1:9");
    }

    #[test]
    fn a_folder_keeps_its_slash() {
        let endpoint = Endpoint::parse(Some("http://127.0.0.1:9/api/"), &SERVICE).unwrap();
        let operation = Operation::read(&[]).folder().with("action", "GetRoles");
        assert_eq!(endpoint.url(&operation).unwrap().as_str(), "http://127.0.0.1:9/api/?action=GetRoles");
        assert_eq!(operation.what(), "GET /?action=GetRoles");
    }
}
