//! Single settings: what a value must look like.

use std::time::Duration;

use url::{Host, Url};

use super::Proxy;

/// Checks a base URL and takes the slashes off its end. The error says what is expected; it quotes nothing.
pub(super) fn base_url(text: &str) -> Result<String, String> {
    let expected = "a URL like https://host/path is expected";
    let url = Url::parse(text).map_err(|error| format!("{expected}: {error}"))?;
    let host = url.host().filter(|_| matches!(url.scheme(), "http" | "https")).ok_or(expected)?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err("a base URL holds no credential: give it with the credential's own keys".into());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("a base URL ends with its path: no `?` and no `#`".into());
    }
    if url.scheme() == "http" && !is_loopback(&host) {
        return Err("http:// would send the credential in clear text: only https:// is taken for other machines".into());
    }
    Ok(text.trim_end_matches('/').to_owned())
}

/// Reads a proxy's URL, or `none`.
pub(super) fn proxy(text: &str) -> Result<Proxy, String> {
    if text == "none" {
        return Ok(Proxy::None);
    }
    let expected = "a URL like http://host:3128 is expected, or none";
    let url = Url::parse(text).map_err(|error| format!("{expected}: {error}"))?;
    if url.host().is_none() || !matches!(url.scheme(), "http" | "https") {
        return Err(expected.into());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("a proxy's password does not stand here: the environment variable HTTPS_PROXY takes one".into());
    }
    Ok(Proxy::Url(text.trim_end_matches('/').to_owned()))
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost" || name.ends_with(".localhost"),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

/// Reads `30s`, `15m`, `1h 30m` or `2d`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let expected = || "a time like \"15m\", \"6h\" or \"1d\" is expected".to_owned();
    let span: jiff::Span = text.parse().map_err(|_| expected())?;
    let seconds =
        span.total((jiff::Unit::Second, jiff::SpanRelativeTo::days_are_24_hours())).map_err(|_| expected())?;
    Duration::try_from_secs_f64(seconds).ok().filter(|duration| !duration.is_zero()).ok_or_else(expected)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_urls_are_https_or_loopback_and_lose_their_last_slash() {
        for (text, good) in [
            ("https://api.example.com/client/v4/", true),
            ("http://127.0.0.1:4000/cloudflare/client/v4", true),
            ("http://[::1]:4000", true),
            ("http://localhost:4000", true),
            ("http://api.example.com/client/v4", false),
            ("http://127.0.0.1.example.com", false),
            ("ftp://example.com", false),
            ("https://", false),
            ("api.example.com", false),
            ("https://user:word@example.com", false),
            ("https://example.com/?a=b", false),
        ] {
            assert_eq!(base_url(text).is_ok(), good, "{text}");
        }
        assert_eq!(base_url("https://example.com/v4//").unwrap(), "https://example.com/v4");
    }

    #[test]
    fn times_are_written_with_their_unit() {
        for (text, seconds) in [
            ("15m", Some(900)),
            ("1h 30m", Some(5400)),
            ("2d", Some(172_800)),
            ("15", None),
            ("-5m", None),
            ("0s", None),
            ("soon", None),
        ] {
            assert_eq!(duration(text).ok().map(|time| time.as_secs()), seconds);
        }
    }
}
