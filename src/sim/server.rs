//! The road of a request: read it whole, disturb it, take it from its budget, let the provider answer, note it, reply.

use std::future::Future;
use std::io;
use std::sync::Arc;

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use url::form_urlencoded;

use super::assume::Choices;
use super::fault::{Faults, Strike};
use super::limits::Limits;
use super::log::Log;
use super::request::{Answer, Ask, Body, Provider, Refusal};
use super::wire::{Cut, Door};
use super::{Options, PROVIDERS, SimError, World, clock, count, credential};

/// The largest request body that is read; documents and forms are far below it.
const LARGEST_BODY: usize = 1 << 20;
/// The wait that the `429` fault asks for: long enough to be seen, short enough to be waited for.
const SHORT_WAIT: u64 = 1;
/// What stands in the log for a request that was reset before anything was decided.
const UNDECIDED: u16 = 0;

/// Everything that is shared by all connections.
pub(super) struct Service {
    pub(super) providers: Vec<Box<dyn Provider>>,
    faults: Faults,
    limits: Option<Limits>,
    log: Option<Log>,
}

impl Service {
    /// Makes the state of every provider.
    pub(super) fn open(options: &Options) -> Result<Self, SimError> {
        let choices = Arc::new(Choices::new(options.seed, &options.assume));
        let faults = Faults::new(options.seed, &options.faults);
        let mut providers = Vec::new();
        for entry in PROVIDERS {
            let world = World {
                seed: options.seed,
                accounts: count::accounts_of(entry.name, &options.accounts),
                choices: Arc::clone(&choices),
                lags: faults.lag(),
            };
            providers.push((entry.open)(&world)?);
        }
        let log = match &options.log {
            None => None,
            Some(path) => Some(Log::open(path).map_err(|source| SimError::Log { path: path.clone(), source })?),
        };
        Ok(Self { providers, faults, limits: options.limits.then(Limits::default), log })
    }

    /// The provider that is mounted there, and its mount.
    fn provider(&self, path: &str) -> Option<(&dyn Provider, &'static str)> {
        self.providers.iter().find_map(|provider| Some((provider.as_ref(), provider.mount(path)?)))
    }

    /// Answers with the budget's headers, or refuses if the budget is spent.
    fn within_limits(&self, provider: &dyn Provider, ask: &Ask) -> (Answer, Delivery) {
        let payer = self.limits.as_ref().zip(provider.payer(ask));
        let Some((limits, payer)) = payer else {
            return decide(provider, ask);
        };
        let usage = limits.take(payer, clock::instant());
        let (mut answer, delivery) = if usage.spent {
            (provider.refuse(ask, Refusal::Throttled(usage.ends_in)), Delivery::Whole)
        } else {
            decide(provider, ask)
        };
        answer.headers.extend(provider.budget(&usage));
        (answer, delivery)
    }

    /// Writes the request's line into the log.
    fn note(&self, ask: &Ask, query: &str, status: u16, credential: credential::Kind) {
        if let Some(log) = &self.log {
            log.note(ask.method.as_str(), &ask.path, query, status, credential);
        }
    }
}

/// Decides what is answered, and whether it gets through.
fn decide(provider: &dyn Provider, ask: &Ask) -> (Answer, Delivery) {
    let weather = &ask.weather;
    if weather.has(Strike::Reset) {
        return (Answer::text(UNDECIDED, "text/plain", ""), Delivery::Dropped);
    }
    let mut answer = match before(provider, ask) {
        Some(refused) => refused,
        None => provider.answer(ask),
    };
    let mut delivery = Delivery::Whole;
    if answer.changed && weather.has(Strike::DropAfterWrite) {
        delivery = Delivery::Dropped;
    } else if answer.changed && weather.has(Strike::BrokenAfterWrite) {
        answer = provider.refuse(ask, Refusal::Broken);
    } else if weather.has(Strike::Truncate) {
        delivery = Delivery::Halved;
    }
    (answer, delivery)
}

/// What keeps a request from the provider's state.
fn before(provider: &dyn Provider, ask: &Ask) -> Option<Answer> {
    let weather = &ask.weather;
    if weather.has(Strike::Html) {
        let page = "<!DOCTYPE html><html><head><title>Sign in</title></head><body><h1>Sign in to continue</h1></body></html>\n";
        return Some(Answer::text(200, "text/html; charset=utf-8", page));
    }
    if weather.has(Strike::Throttle) {
        return Some(provider.refuse(ask, Refusal::Throttled(SHORT_WAIT)));
    }
    if weather.has(Strike::Broken) {
        return Some(provider.refuse(ask, Refusal::Broken));
    }
    if weather.has(Strike::SuccessFalse) {
        return Some(provider.refuse(ask, Refusal::SuccessFalse));
    }
    None
}

/// What becomes of a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Delivery {
    Whole,
    Dropped,
    Halved,
}

/// Serves until `stop` is done and the requests in flight have ended.
pub(super) async fn serve(
    listener: tokio::net::TcpListener,
    service: Arc<Service>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let router = Router::new().fallback(handle).with_state(service);
    let router = router.into_make_service_with_connect_info::<Cut>();
    axum::serve(Door(listener), router).with_graceful_shutdown(stop).await
}

async fn handle(State(service): State<Arc<Service>>, ConnectInfo(cut): ConnectInfo<Cut>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    let query = parts.uri.query().unwrap_or("").to_owned();
    let body = to_bytes(body, LARGEST_BODY).await;
    let (provider, mount) = service.provider(&path).unzip();
    let mount = mount.unwrap_or("");
    let bytes = body.as_ref().cloned().unwrap_or_default();
    let own = || (path.clone(), query.clone());
    let (known_path, known_query) =
        provider.and_then(|provider| provider.told_apart(&path, &parts.headers, &bytes)).unwrap_or_else(own);
    let ask = Ask {
        segments: segments(&path[mount.len()..]),
        mount,
        query: form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
        weather: service.faults.weather(parts.method.as_str(), &known_path, &known_query),
        method: parts.method,
        path,
        headers: parts.headers,
        body: bytes,
    };
    if !ask.weather.latency.is_zero() {
        tokio::time::sleep(ask.weather.latency).await;
    }
    let (answer, delivery, credential) = match (provider, body) {
        (None, _) => {
            let text = "nothing is mounted here\n";
            let answer = Answer::text(404, "text/plain", text);
            (answer, Delivery::Whole, credential::Kind::None)
        }
        (Some(provider), Err(_)) => {
            let answer = Answer::text(413, "text/plain", "the body is too large\n");
            (answer, Delivery::Whole, provider.credential(&ask))
        }
        (Some(provider), Ok(_)) => {
            let (answer, delivery) = service.within_limits(provider, &ask);
            (answer, delivery, provider.credential(&ask))
        }
    };
    let secret = provider.map_or(&[][..], Provider::secret_parameters);
    service.note(&ask, &without_secrets(&query, secret), answer.status, credential);
    match delivery {
        Delivery::Whole => {}
        Delivery::Dropped => cut.reset(),
        Delivery::Halved => cut.halve(),
    }
    reply(answer)
}

/// The query as the log shows it: as sent, but for the values of secret parameters, however their names are written.
fn without_secrets(query: &str, secret: &[&str]) -> String {
    let is_secret = |pair: &&str| {
        let name = form_urlencoded::parse(pair.as_bytes()).next();
        name.is_some_and(|(name, _)| secret.contains(&name.as_ref()))
    };
    let shown = |pair| {
        if is_secret(&pair) { format!("{}=<secret>", pair.split('=').next().unwrap_or("")) } else { pair.to_owned() }
    };
    query.split('&').map(shown).collect::<Vec<_>>().join("&")
}

/// The segments of a path below its mount, percent-decoded one by one (so that `%2F` stays inside its segment).
fn segments(below: &str) -> Vec<String> {
    let below = below.strip_prefix('/').unwrap_or(below);
    if below.is_empty() {
        return Vec::new();
    }
    below.split('/').map(decode).collect()
}

fn decode(segment: &str) -> String {
    // Only `%` means something in a path; `+` is itself there, so it is kept from the form decoder.
    let kept = segment.replace('+', "%2B").replace('&', "%26").replace('=', "%3D");
    let decoded = form_urlencoded::parse(kept.as_bytes()).next();
    decoded.map_or_else(String::new, |(text, _)| text.into_owned())
}

/// The reply as HTTP; a reply that breaks the rules of HTTP is a fault of the provider's code and answers 500.
fn reply(answer: Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let (media, bytes) = match answer.body {
        Body::Empty => (None, Vec::new()),
        Body::Json(value) => (Some("application/json"), value.to_string().into_bytes()),
        Body::Written(bytes) => (Some("application/json"), bytes),
        Body::Text { media, text } => (Some(media), text.into_bytes()),
    };
    let mut response = Response::new(bytes.into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    if let Some(media) = media {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
    }
    for (name, value) in answer.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_parameter_is_logged_without_its_value() {
        assert_eq!(without_secrets("a=1&%6Ftp=x%20y&otp=z=", &["otp"]), "a=1&%6Ftp=<secret>&otp=<secret>");
        assert_eq!(without_secrets("a=1&&b", &[]), "a=1&&b");
        assert_eq!(without_secrets("", &["otp"]), "");
    }

    #[test]
    fn a_path_is_decoded_segment_by_segment() {
        assert_eq!(segments("/accounts/a%2Fb/x+y"), ["accounts", "a/b", "x+y"]);
        assert_eq!(segments("/accounts/"), ["accounts", ""]);
        assert!(segments("").is_empty());
    }
}
