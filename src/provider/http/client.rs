//! Sends one logical request: its attempts, and what each answer leads to.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, DATE, HeaderMap, HeaderValue, LOCATION};
use tokio::time::Instant;
use url::Url;

use super::budget::Why;
use super::credential::{Keeper, Lease, Source};
use super::fault::{self, Fault, Next};
use super::policy::jitter;
use super::record::Trace;
use super::scan::{self, BodyFault};
use super::signals::Signals;
use super::{Answer, Dialect, Effect, Endpoint, Exchange, Method, Net, Operation, Policy, Shape, Unsigned};
use crate::domain::{Credentials, Delivery, Failure, FailureKind, Moment, Untrusted};
use crate::provider::{CredentialSource, RequestBudget, Settings};

/// The client of one connection.
pub struct Client {
    settings: Settings,
    dialect: Arc<dyn Dialect>,
    endpoint: Endpoint,
    policy: Policy,
    /// Shared by the clients of one credential.
    keeper: Arc<Keeper>,
    /// Built on first use: reading the certificates of the machine takes some milliseconds.
    http: Arc<OnceLock<reqwest::Client>>,
}

/// What became of a request's attempts so far.
#[derive(Clone, Copy, Debug, Default)]
struct Tries {
    /// Those that failed.
    failed: u32,
    /// Those that the server put off.
    throttled: u32,
    /// When the first of them came to its end.
    first: Option<Instant>,
}

impl Tries {
    /// Whether there may be another one after a wait, of a kind that had so many and has at most so many. More than a
    /// failing request has there are only within the window of a throttled one.
    fn leaves(self, had: u32, most: u32, wait: Duration, policy: &Policy) -> bool {
        let is_early = self.first.is_none_or(|first| first.elapsed() + wait < policy.throttle_window());
        had + 1 < most && (is_early || self.failed + self.throttled + 1 < policy.attempts)
    }
}

impl Client {
    /// Checks the base URL. Nothing is sent, read or built.
    ///
    /// # Errors
    /// A base URL that can't be used.
    pub fn open(settings: Settings, dialect: Arc<dyn Dialect>, policy: Policy) -> Result<Self, Failure> {
        let endpoint = Endpoint::parse(settings.base_url.as_deref(), dialect.service())?;
        Ok(Self { settings, dialect, endpoint, policy, keeper: Arc::default(), http: Arc::default() })
    }

    /// A client beside this one, over the same connections to the same place, with a credential of its own.
    #[must_use]
    pub fn beside(&self, credentials: CredentialSource, dialect: Arc<dyn Dialect>) -> Self {
        Self {
            settings: Settings { credentials, ..self.settings.clone() },
            dialect,
            endpoint: self.endpoint.clone(),
            policy: self.policy,
            keeper: Arc::default(),
            http: Arc::clone(&self.http),
        }
    }

    /// A client of another service of the same provider, with the same credential: it is fetched once for both, and has
    /// one budget. `base_url` is `None` for the service's public one.
    ///
    /// # Errors
    /// A base URL that can't be used.
    pub fn also_at(&self, base_url: Option<String>, dialect: Arc<dyn Dialect>) -> Result<Self, Failure> {
        let endpoint = Endpoint::parse(base_url.as_deref(), dialect.service())?;
        let is_near = endpoint.is_loopback() == self.endpoint.is_loopback();
        Ok(Self {
            settings: Settings { base_url, ..self.settings.clone() },
            dialect,
            endpoint,
            policy: self.policy,
            keeper: Arc::clone(&self.keeper),
            // Whether a proxy is asked is decided when the pool is built.
            http: if is_near { Arc::clone(&self.http) } else { Arc::default() },
        })
    }

    /// Where it sends to.
    #[must_use]
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// The credential in use, fetched if there is none.
    ///
    /// # Errors
    /// The source's failure.
    pub async fn credentials(&self) -> Result<Arc<Credentials>, Failure> {
        Ok(self.lease(Effect::Read).await?.credentials)
    }

    /// How much of the request budget is left, where a limit is known.
    pub async fn budget(&self) -> Option<RequestBudget> {
        self.keeper.budget().await
    }

    /// The provider said who holds the credential.
    pub fn identified(&self) {
        self.keeper.identified();
    }

    /// Whether it is known who holds the credential in use: one that was fetched since may be somebody else's.
    #[must_use]
    pub fn is_identified(&self) -> bool {
        self.keeper.is_identified((self.settings.clock)())
    }

    /// Sends a request and sees it through: waits for its turn, retries what may be retried, records all of it.
    ///
    /// # Errors
    /// The last attempt's failure, with a truthful `delivery`.
    pub async fn send(&self, operation: &Operation) -> Result<Answer, Failure> {
        let url = self.endpoint.url(operation)?;
        let mut trace = Trace::begin(&self.settings, (operation, &url), self.dialect.curl_signing(&url));
        let result = self.attempts(operation, &url, &mut trace).await;
        trace.end(result.as_ref().map(|answer| answer.status));
        result
    }

    async fn attempts(&self, operation: &Operation, url: &Url, trace: &mut Trace<'_>) -> Result<Answer, Failure> {
        let mut tries = Tries::default();
        let mut is_renewed = false;
        let named = |mut failure: Failure| {
            // The source does not know what the credential was wanted for.
            failure.what = format!("{}: {}", operation.what(), failure.what);
            failure
        };
        let mut lease = self.lease(operation.effect).await.map_err(named)?;
        loop {
            let result = self.attempt(operation, url, &mut lease, trace).await;
            let Fault { mut failure, next } = match result {
                Ok(mut answer) => {
                    answer.resent = tries.throttled;
                    lease.budget.succeeded();
                    self.keeper.accepted();
                    return Ok(answer);
                }
                Err(fault) => fault,
            };
            tries.first.get_or_insert_with(Instant::now);
            failure.resent = tries.throttled;
            let wait = if next == Next::Renew {
                let is_worth_it = self.keeper.refused(&lease).await && !is_renewed;
                is_renewed = true;
                let is_same = operation.effect == Effect::Read || self.dialect.keeps_holder();
                if is_worth_it && !is_same {
                    failure = failure.with_hint("the credential will be fetched anew: plan it once more");
                }
                (is_worth_it && is_same).then_some(Duration::ZERO)
            } else {
                self.pause(next, operation, &lease, tries, &mut failure)
            };
            let Some(wait) = wait else {
                return Err(failure);
            };
            tries.failed += u32::from(!matches!(next, Next::Renew | Next::Throttled(_)));
            tries.throttled += u32::from(matches!(next, Next::Throttled(_)));
            trace.waiting(wait, failure.to_string());
            // A throttle's pause is sat out by the budget, together with all others.
            if !matches!(next, Next::Throttled(_)) {
                tokio::time::sleep(wait).await;
            }
            let leased = self.leased_again(next, &lease, operation.effect).await;
            let Some(leased) = leased.map_err(named)? else { return Err(failure) };
            lease = leased;
            trace.again();
        }
    }

    /// How long to wait before the request goes out again with the same credential; `None` if it does not.
    fn pause(
        &self,
        next: Next,
        operation: &Operation,
        lease: &Lease,
        tries: Tries,
        failure: &mut Failure,
    ) -> Option<Duration> {
        let policy = &self.policy;
        let failed = tries.failed;
        let may_retry = |wait: &Duration| tries.leaves(tries.failed, policy.attempts, *wait, policy);
        match next {
            Next::Stop | Next::Renew => None,
            Next::Throttled(asked) => {
                let pause = lease.budget.throttled(asked, policy);
                let millis = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
                failure.kind = FailureKind::Throttled { retry_after: Some(millis) };
                let may_retry = tries.leaves(tries.throttled, policy.throttled, pause, policy);
                (may_retry && pause <= policy.patience).then_some(pause)
            }
            Next::Again => self.backoff(lease, failed, None).filter(may_retry),
            Next::AgainIfRead(asked) => {
                let may_repeat = operation.effect == Effect::Read && !operation.is_once;
                self.backoff(lease, failed, asked).filter(may_retry).filter(|_| may_repeat)
            }
        }
    }

    /// The credential of the next attempt; `None` if a newer one was tried by another request meanwhile, and refused.
    async fn leased_again(&self, next: Next, spent: &Lease, effect: Effect) -> Result<Option<Lease>, Failure> {
        match next {
            Next::Renew => self.keeper.renewed(spent, &self.source()).await,
            Next::Stop | Next::Throttled(_) | Next::Again | Next::AgainIfRead(_) => self.lease(effect).await.map(Some),
        }
    }

    /// How long to wait after a failure; `None` if a retry is pointless.
    fn backoff(&self, lease: &Lease, failed: u32, asked: Option<Duration>) -> Option<Duration> {
        if !lease.budget.failed(&self.policy) {
            return None;
        }
        let own = jitter(self.policy.backoff_after(failed + 1));
        let wait = asked.map_or(own, |asked| asked.min(self.policy.pause_cap).max(own));
        (wait <= self.policy.patience).then_some(wait)
    }

    async fn attempt(
        &self,
        operation: &Operation,
        url: &Url,
        lease: &mut Lease,
        trace: &mut Trace<'_>,
    ) -> Result<Answer, Fault> {
        let on_wait = |wait, why: Why| trace.waiting(wait, why.words());
        let admitted = lease.budget.admit(self.policy.patience, on_wait).await;
        let _permit = admitted.map_err(|pause| blocked(operation, pause))?;
        // Signed when it may go out and not before: a signature is of its time, and while it waited the credential may
        // have been refused to another request.
        let request = self.request(operation, url, &lease.credentials)?;
        trace.running();
        let response = request.send().await.map_err(|error| fault::of_wire(error, operation, &self.endpoint.host()))?;
        let server_time = server_time(response.headers());
        let signals = Signals::hear(response.headers(), (self.settings.clock)());
        lease.budget.heard(&signals, &self.policy);
        trace.budget = lease.budget.left();
        trace.request_id = self.request_id(response.headers());
        if response.status().is_redirection() {
            let location = response.headers().get(LOCATION);
            return Err(fault::of_redirect(
                response.status().as_u16(),
                location.and_then(|value| value.to_str().ok()),
                url,
                operation,
            ));
        }
        let answer = self.answer(response, operation, trace).await?;
        if let Some(tap) = &self.settings.net.tap {
            let shape = answer.json.as_deref().map(Shape::of).unwrap_or_default();
            let (method, path) = (operation.method.word(), operation.fixed_steps(self.dialect.steps()));
            tap(Exchange { method, path, status: answer.status, server_time, shape });
        }
        let refusal = self.dialect.refusal(operation, &answer, &lease.credentials);
        match refusal {
            None => Ok(answer),
            Some(refusal) => Err(fault::of_refusal(refusal, &answer, operation, signals.retry_after)),
        }
    }

    /// Builds the request. It is not sent yet, so every failure is certainly without effect.
    fn request(
        &self,
        operation: &Operation,
        url: &Url,
        credentials: &Credentials,
    ) -> Result<reqwest::RequestBuilder, Fault> {
        let stop = |failure| Fault { failure, next: Next::Stop };
        let body = operation.body.as_ref().map(ToString::to_string);
        let unsigned = Unsigned {
            method: operation.method,
            url,
            body: body.as_deref().unwrap_or(""),
            headers: &operation.headers,
            now: (self.settings.clock)(),
        };
        let signature = self.dialect.sign(&unsigned, credentials).map_err(|failure| {
            // What a provider refused has its status; what can't be signed has none, and no other try helps it.
            let is_refused = failure.kind == FailureKind::Auth && failure.status.is_some();
            Fault { failure, next: if is_refused { Next::Renew } else { Next::Stop } }
        })?;
        let signed_url = self.dialect.signed_url(&unsigned, credentials).map_err(stop)?;
        let method = match operation.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
            Method::Patch => reqwest::Method::PATCH,
            Method::Delete => reqwest::Method::DELETE,
        };
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.extend(signature);
        for (name, value) in &operation.headers {
            headers.insert(*name, header_value(operation, name, value).map_err(stop)?);
        }
        let http = self.http(operation).map_err(stop)?;
        if body.is_some() {
            headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static("application/json"));
        }
        let request = http.request(method, signed_url.unwrap_or_else(|| url.clone())).headers(headers);
        Ok(match body {
            Some(body) => request.body(body),
            // RFC 9110 8.6: a method that usually has a body says that there is none; some servers insist (411).
            None if matches!(operation.method, Method::Post | Method::Put | Method::Patch) => {
                request.header(CONTENT_LENGTH, HeaderValue::from_static("0"))
            }
            None => request,
        })
    }

    /// Reads the body in pieces up to the cap and takes it for JSON.
    async fn answer(
        &self,
        mut response: reqwest::Response,
        operation: &Operation,
        trace: &mut Trace<'_>,
    ) -> Result<Answer, Fault> {
        let status = response.status();
        let content_type = response
            .headers()
            .get(CONTENT_TYPE)
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
            .unwrap_or_default();
        let mut answer = Answer {
            notices: self.notices(response.headers()),
            status: status.as_u16(),
            json: None,
            content_type,
            request_id: trace.request_id.clone(),
            code: self.dialect.code_header().and_then(|name| text_of(response.headers(), name)),
            what: operation.what(),
            resent: 0,
        };
        trace.notices.clone_from(&answer.notices);
        let mut body = Vec::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) => {
                    trace.bytes += chunk.len() as u64;
                    if body.len() + chunk.len() > self.policy.body_cap {
                        return Err(self.too_large(&answer, operation));
                    }
                    body.extend_from_slice(&chunk);
                }
                Ok(None) => break,
                // A refusal's status is enough; its words are lost.
                Err(_) if status.is_client_error() || status.is_server_error() => break,
                Err(error) => {
                    return Err(fault::of_wire(error, operation, &self.endpoint.host()));
                }
            }
        }
        match scan::json(body, &answer.content_type, self.policy.nesting_cap) {
            Ok(json) => answer.json = json,
            Err(_) if !status.is_success() => {}
            Err(wrong) => return Err(body_fault(&answer, operation, &wrong)),
        }
        Ok(answer)
    }

    fn too_large(&self, answer: &Answer, operation: &Operation) -> Fault {
        let delivery = match operation.effect {
            Effect::Read => Delivery::Answered,
            Effect::Write => Delivery::Unknown,
        };
        let mut failure = Failure::new(
            FailureKind::Stopped,
            operation.what(),
            format!("the answer is larger than {} MiB", self.policy.body_cap.div_ceil(1 << 20)),
        )
        .with_delivery(delivery);
        failure.status = Some(answer.status);
        failure.request_id.clone_from(&answer.request_id);
        Fault { failure, next: Next::Stop }
    }

    async fn lease(&self, effect: Effect) -> Result<Lease, Failure> {
        self.keeper.lease(&self.source(), effect).await
    }

    fn source(&self) -> Source<'_> {
        Source { settings: &self.settings, endpoint: &self.endpoint, service: self.dialect.service() }
    }

    fn request_id(&self, headers: &HeaderMap) -> Option<Untrusted> {
        self.dialect.service().request_id.iter().find_map(|name| text_of(headers, name))
    }

    fn notices(&self, headers: &HeaderMap) -> Vec<Untrusted> {
        let named = self.dialect.service().notices.iter().flat_map(|name| headers.get_all(*name));
        named.map(|value| Untrusted::new(String::from_utf8_lossy(value.as_bytes()))).collect()
    }

    fn http(&self, operation: &Operation) -> Result<&reqwest::Client, Failure> {
        if let Some(http) = self.http.get() {
            return Ok(http);
        }
        let http = build(&self.policy, &self.endpoint, &self.settings.net).map_err(|error| {
            Failure::new(FailureKind::Local, operation.what(), format!("the HTTP client can't be made: {error}"))
        })?;
        Ok(self.http.get_or_init(|| http))
    }
}

/// What the server's clock says (RFC 9110: `Date`).
fn server_time(headers: &HeaderMap) -> Option<Moment> {
    let date = httpdate::parse_http_date(headers.get(DATE)?.to_str().ok()?).ok()?;
    let since = date.duration_since(std::time::UNIX_EPOCH).ok()?;
    u64::try_from(since.as_millis()).ok().map(Moment)
}

fn text_of(headers: &HeaderMap, name: &str) -> Option<Untrusted> {
    headers.get(name)?.to_str().ok().map(Untrusted::new)
}

fn header_value(operation: &Operation, name: &str, value: &str) -> Result<HeaderValue, Failure> {
    HeaderValue::from_str(value).map_err(|_| {
        let cause = format!("the header {name} can't hold this value: it has characters that no header has");
        Failure::new(FailureKind::Refused, operation.what(), cause)
    })
}

fn body_fault(answer: &Answer, operation: &Operation, wrong: &BodyFault) -> Fault {
    fault::of_body(answer.status, operation.effect, operation.what(), wrong, answer.request_id.as_ref())
}

/// The failure of a request that would have to wait longer than anybody would: nothing was sent.
fn blocked(operation: &Operation, pause: Duration) -> Fault {
    let millis = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
    let failure = Failure::new(
        FailureKind::Throttled { retry_after: Some(millis) },
        operation.what(),
        format!("the provider blocks this credential for another {} s; nothing was sent", pause.as_secs() + 1),
    )
    .with_hint("wait, then ask again; other connections go on");
    Fault { failure, next: Next::Stop }
}

fn build(policy: &Policy, endpoint: &Endpoint, net: &Net) -> Result<reqwest::Client, reqwest::Error> {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Somebody else may have been faster: then theirs is used.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
    let builder = || {
        reqwest::Client::builder()
            .user_agent(concat!("acctui/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(policy.connect)
            .read_timeout(policy.read)
            .timeout(policy.total)
            .tcp_nodelay(true)
    };
    net.build(builder, endpoint.is_loopback())
}
