//! Faults: what goes wrong on purpose, with which probability, and under which paths. Which requests are hit follows
//! from the seed and from the request itself (the how-manieth of its kind), not from the order in which clients ask.

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::chance::{blend, digest, happens, pick};
use super::parse::{SpecError, length, probability};

/// What is accepted, for the error message.
const ACCEPTED: &str = "a fault is one of latency=50ms, latency=80ms-250ms, 429=P, 500=P, reset=P, drop-after-write=P, \
    500-after-write=P, html=P, truncate=P, success-false=P (P from 0 to 1), stale-reads=3s, shuffle, dup, short-pages, \
    repeat-token, forbid=ORGANIZATION, no-organizations, each with an optional path prefix such as `@/cloudflare`";

/// One `--fault` value.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    kind: Kind,
    /// Only paths that begin so (as sent, mount included).
    prefix: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
enum Kind {
    Latency(Duration, Duration),
    Chance(Strike, f64),
    StaleReads(Duration),
    Shuffle,
    Dup,
    ShortPages,
    RepeatToken,
    Forbid(String),
    NoOrganizations,
}

/// A fault that hits a request or spares it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Strike {
    /// The provider's throttle answer, before any effect.
    Throttle,
    /// A server error, before any effect.
    Broken,
    /// The connection is reset, before any effect.
    Reset,
    /// A web page with status 200 where JSON should be (a proxy or login page), before any effect.
    Html,
    /// A refusal that comes with status 200, before any effect.
    SuccessFalse,
    /// The write takes effect, then the connection is reset without a reply.
    DropAfterWrite,
    /// The write takes effect, then a server error is answered.
    BrokenAfterWrite,
    /// The reply's body is cut in the middle.
    Truncate,
}

impl FromStr for Fault {
    type Err = SpecError;

    fn from_str(text: &str) -> Result<Self, SpecError> {
        let (what, prefix) = match text.split_once("@/") {
            Some((what, prefix)) => (what, Some(format!("/{prefix}"))),
            None => (text, None),
        };
        let kind = kind(what).ok_or_else(|| SpecError::new(text, ACCEPTED))?;
        Ok(Self { kind, prefix })
    }
}

fn kind(text: &str) -> Option<Kind> {
    let Some((name, value)) = text.split_once('=') else {
        return match text {
            "shuffle" => Some(Kind::Shuffle),
            "dup" => Some(Kind::Dup),
            "short-pages" => Some(Kind::ShortPages),
            "repeat-token" => Some(Kind::RepeatToken),
            "no-organizations" => Some(Kind::NoOrganizations),
            _ => None,
        };
    };
    let strike = match name {
        "latency" => {
            let (least, most) = value.split_once('-').unwrap_or((value, value));
            let (least, most) = (length(least)?, length(most)?);
            return (least <= most).then_some(Kind::Latency(least, most));
        }
        "stale-reads" => return Some(Kind::StaleReads(length(value)?)),
        "forbid" => return (!value.is_empty()).then(|| Kind::Forbid(value.to_owned())),
        "429" => Strike::Throttle,
        "500" => Strike::Broken,
        "reset" => Strike::Reset,
        "html" => Strike::Html,
        "success-false" => Strike::SuccessFalse,
        "drop-after-write" => Strike::DropAfterWrite,
        "500-after-write" => Strike::BrokenAfterWrite,
        "truncate" => Strike::Truncate,
        _ => return None,
    };
    Some(Kind::Chance(strike, probability(value)?))
}

/// What happens to one request.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent switches of the command line, read one by one")]
pub(super) struct Weather {
    /// How long to wait before anything else.
    pub(super) latency: Duration,
    /// The faults that hit this request.
    pub(super) strikes: Vec<Strike>,
    /// Reads show the state of this long ago.
    pub(super) lag: Option<Duration>,
    /// Rows of a page come in any order.
    pub(super) shuffle: bool,
    /// A row of a page comes twice.
    pub(super) dup: bool,
    /// Pages hold fewer rows than asked for, though more follow.
    pub(super) short_pages: bool,
    /// The token for the next page is the one that was sent.
    pub(super) repeat_token: bool,
    /// Organizations (ids or names) that answer 403.
    pub(super) forbid: Vec<String>,
    /// The organization family is not enabled.
    pub(super) no_organizations: bool,
    /// A number of this request's own, for what is drawn later.
    pub(super) drawn: u64,
}

impl Weather {
    /// Whether this fault hits the request.
    pub(super) fn has(&self, strike: Strike) -> bool {
        self.strikes.contains(&strike)
    }

    /// Doubles a row of a page and shuffles them, if that is to happen.
    pub(super) fn disturb<T: Clone>(&self, rows: &mut Vec<T>) {
        if self.dup && !rows.is_empty() {
            let place = pick(blend(&[self.drawn, 61]), rows.len());
            rows.push(rows[place].clone());
        }
        if self.shuffle {
            for place in (1..rows.len()).rev() {
                let drawn = blend(&[self.drawn, 62, u64::try_from(place).unwrap_or(0)]);
                rows.swap(place, pick(drawn, place + 1));
            }
        }
    }
}

/// All faults of a run, and how often each request was seen.
#[derive(Debug)]
pub(super) struct Faults {
    seed: u64,
    list: Vec<Fault>,
    seen: Mutex<HashMap<u64, u64>>,
}

impl Faults {
    pub(super) fn new(seed: u64, list: &[Fault]) -> Self {
        Self { seed, list: list.to_vec(), seen: Mutex::new(HashMap::new()) }
    }

    /// Whether any fault makes reads lag behind writes.
    pub(super) fn lag(&self) -> bool {
        let lags = |fault: &Fault| matches!(fault.kind, Kind::StaleReads(_));
        self.list.iter().any(lags)
    }

    /// What happens to this request.
    pub(super) fn weather(&self, method: &str, path: &str, query: &str) -> Weather {
        if self.list.is_empty() {
            return Weather::default();
        }
        let request = digest(&format!("{method} {path}?{query}"));
        let nth = {
            let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            let count = seen.entry(request).or_insert(0);
            *count += 1;
            *count
        };
        let mut weather = Weather { drawn: blend(&[self.seed, request, nth]), ..Weather::default() };
        for (place, fault) in (0..).zip(&self.list) {
            let here = fault.prefix.as_ref().is_none_or(|prefix| path.starts_with(prefix));
            if here {
                weather.add(&fault.kind, blend(&[weather.drawn, place]));
            }
        }
        weather
    }
}

impl Weather {
    fn add(&mut self, kind: &Kind, drawn: u64) {
        match kind {
            Kind::Latency(least, most) => {
                let spread = usize::try_from(most.saturating_sub(*least).as_micros()).unwrap_or(usize::MAX - 1);
                let extra = u64::try_from(pick(drawn, spread + 1)).unwrap_or(0);
                self.latency += *least + Duration::from_micros(extra);
            }
            Kind::Chance(strike, probability) => {
                if happens(drawn, *probability) {
                    self.strikes.push(*strike);
                }
            }
            Kind::StaleReads(lag) => self.lag = Some(self.lag.map_or(*lag, |now| now.max(*lag))),
            Kind::Shuffle => self.shuffle = true,
            Kind::Dup => self.dup = true,
            Kind::ShortPages => self.short_pages = true,
            Kind::RepeatToken => self.repeat_token = true,
            Kind::Forbid(organization) => self.forbid.push(organization.clone()),
            Kind::NoOrganizations => self.no_organizations = true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_documented_spec_is_understood() {
        for good in [
            "latency=50ms",
            "latency=80ms-250ms",
            "429=0.05",
            "500=0.02@/huawei",
            "reset=0.01",
            "drop-after-write=0.1",
            "500-after-write=0.1",
            "html=0.01",
            "truncate=0.01",
            "stale-reads=3s",
            "success-false=0.01",
            "shuffle",
            "dup@/cloudflare/client/v4/accounts",
            "short-pages",
            "repeat-token",
            "forbid=Meridian Europe",
            "no-organizations",
        ] {
            assert!(good.parse::<Fault>().is_ok(), "{good}");
        }
    }

    #[test]
    fn a_wrong_spec_says_what_is_accepted() {
        for bad in ["", "500", "500=2", "latency=9", "latency=3s-1s", "forbid=", "shuffle=1", "cold"] {
            let error = bad.parse::<Fault>().unwrap_err().to_string();
            assert!(error.contains("no-organizations"), "{error}");
        }
    }

    #[test]
    fn the_same_seed_hits_the_same_requests_whatever_lies_between() {
        let list = ["500=0.5".parse().unwrap()];
        let calm = Faults::new(4, &list);
        let busy = Faults::new(4, &list);
        for _ in 0..50 {
            let one = calm.weather("GET", "/a", "");
            busy.weather("GET", "/b", "");
            assert_eq!(busy.weather("GET", "/a", "").strikes, one.strikes);
        }
    }

    #[test]
    fn a_prefix_keeps_a_fault_to_its_paths() {
        let faults = Faults::new(1, &["500=1@/one".parse().unwrap()]);
        assert!(faults.weather("GET", "/one/x", "").has(Strike::Broken));
        assert!(!faults.weather("GET", "/two/x", "").has(Strike::Broken));
    }

    #[test]
    fn latency_stays_in_its_range() {
        let faults = Faults::new(1, &["latency=80ms-250ms".parse().unwrap()]);
        for _ in 0..100 {
            let latency = faults.weather("GET", "/", "").latency;
            assert!((80..=250).contains(&latency.as_millis()), "{latency:?}");
        }
    }
}
