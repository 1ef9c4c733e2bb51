//! Who asks: the token or the signed access key of a request, and what these stand for.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use url::form_urlencoded;

use crate::sim::clock;
use crate::sim::credential::{ACCESS_KEY, SECRET_KEY};
use crate::sim::request::Ask;

use super::names;
use super::open;
use super::problem::Problem;
use super::rows::Rows;
use super::signature;
use super::site::Site;
use super::store::Eras;
use super::token::{self, Claims};

/// How old, or how far ahead, a signed request may be (assumption).
const SIGNATURE_SECONDS: i64 = 15 * 60;
/// A token's life if nothing is said (Landscape documentation: 24 hours).
pub(super) const MINUTES: i64 = 1_440;

/// Who asks. A token is of one user and one account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Caller {
    /// The number of the account; none for a user without one.
    pub(super) account: Option<u32>,
}

/// The bearer token of a request.
pub(super) fn bearer(ask: &Ask) -> Option<&str> {
    let (scheme, token) = ask.header("authorization")?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The parameters of a legacy request: of its query, and of its body if that is a form.
pub(super) fn parameters(ask: &Ask) -> Vec<(String, String)> {
    let mut all = ask.query.clone();
    let media = ask.header("content-type").unwrap_or("");
    if media.to_ascii_lowercase().starts_with("application/x-www-form-urlencoded") {
        all.extend(form_urlencoded::parse(&ask.body).into_owned());
    }
    all
}

impl Site {
    /// The secret that the tokens of an account are signed with; it changes when they are invalidated.
    fn secret(&self, eras: &Eras, account: Option<u32>) -> Vec<u8> {
        let (system, person, own) = eras.of(account);
        format!("{} {} {system} {person} {own}", self.mount, self.demo.seed).into_bytes()
    }

    /// A token for an account of the user.
    pub(super) fn token(&self, account: Option<u32>, minutes: i64) -> String {
        let store = self.store();
        let now = clock::wall().as_second();
        let person = store.live.person.as_ref();
        let claims = Claims {
            exp: now.saturating_add(minutes.saturating_mul(60)),
            iat: now,
            sub: person.map_or_else(String::new, |person| person.email.clone()),
            acc: account.map_or_else(String::new, |number| self.demo.name(number)),
            id: person.map_or(0, |person| person.id),
        };
        let secret = self.secret(&store.eras, account);
        token::issue(&claims, &secret, self.assumes(open::TOKEN_SHAPE, "jwt"))
    }

    /// Who the token of a request stands for.
    pub(super) fn caller(&self, ask: &Ask) -> Result<Caller, Problem> {
        let token = bearer(ask).ok_or_else(|| Problem::status(401, "Authentication is required"))?;
        let wrong = || Problem::status(401, "The token is invalid or has expired");
        let claims = token::read(token).ok_or_else(wrong)?;
        let caller = {
            let store = self.store();
            let account = match claims.acc.as_str() {
                "" => None,
                name => Some(store.live.number_of(name).ok_or_else(wrong)?),
            };
            let secret = self.secret(&store.eras, account);
            token::check(token, &claims, &secret, clock::wall().as_second()).map_err(|_| wrong())?;
            let person = store.live.person.as_ref();
            person.filter(|person| person.id == claims.id).ok_or_else(wrong)?;
            Caller { account }
        };
        self.admit(ask, caller)
    }

    /// Refuses whoever comes for an account that is disabled, or that a fault forbids by its name or title.
    fn admit(&self, ask: &Ask, caller: Caller) -> Result<Caller, Problem> {
        let Some(number) = caller.account else {
            return Ok(caller);
        };
        let name = self.demo.name(number);
        let account = self.store().live.account(number);
        let account = account.ok_or_else(|| Problem::status(401, "The account of the token is gone"))?;
        if ask.weather.forbid.iter().any(|one| *one == name || *one == account.title) {
            return Err(Problem::status(403, "You may not use this account"));
        }
        if account.disabled.is_none() {
            return Ok(caller);
        }
        if self.assumes(open::DISABLED, "500") {
            return Err(Problem::status(500, "Something went wrong"));
        }
        Err(Problem::status(403, "The account is disabled"))
    }

    /// The access key and secret of an account. The default account's are the published ones until they are renewed.
    pub(super) fn keys(&self, rows: &Rows, number: u32) -> (String, String) {
        let keys = rows.keys(number);
        let published = !self.demo.self_hosted && keys == 0 && self.demo.default_account() == Some(number);
        if published {
            return (ACCESS_KEY.to_owned(), SECRET_KEY.to_owned());
        }
        names::credentials(self.demo.seed, number, keys)
    }

    /// The account that an access key is of, and the key's secret.
    pub(super) fn key_holder(&self, key: &str) -> Option<(u32, String)> {
        let store = self.store();
        let published = (key == ACCESS_KEY).then(|| self.demo.default_account()).flatten();
        let number = published.or_else(|| names::account_of_key(self.demo.seed, key))?;
        let exists = number < store.live.end() || self.demo.is_unlisted(number);
        let (known, secret) = self.keys(&store.live, number);
        (exists && known == key).then_some((number, secret))
    }

    /// Who a legacy request comes from: a token goes before a signed access key (assumption).
    pub(super) fn legacy_caller(&self, ask: &Ask, parameters: &[(String, String)]) -> Result<Caller, Problem> {
        if bearer(ask).is_some() {
            return self.caller(ask);
        }
        let get = |name: &str| parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let needed = |name: &str| {
            let message = format!("The request must contain the parameter {name}");
            get(name).ok_or_else(|| Problem::new(400, "MissingParameter", message))
        };
        let Some(key) = get("access_key_id") else {
            let message = "The request must contain the parameter access_key_id";
            return Err(Problem::of(self.choices.of(open::LEGACY_NOBODY), message));
        };
        let (method, version) = (needed("signature_method")?, needed("signature_version")?);
        let (time, signature) = (needed("timestamp")?, needed("signature")?);
        if method != "HmacSHA256" || version != "2" {
            let message = "signature_method must be HmacSHA256 and signature_version 2";
            return Err(Problem::new(400, "InvalidParameterValue", message));
        }
        self.check_time(time)?;
        let unknown = || {
            let message = format!("No user with access key '{key}'");
            Problem::of(self.choices.of(open::LEGACY_KEY), &message)
        };
        let (number, secret) = self.key_holder(key).ok_or_else(unknown)?;
        let host = ask.header("host").unwrap_or("");
        let text = signature::text(ask.method.as_str(), host, &ask.path, parameters);
        if !signature::holds(&secret, &text, signature) {
            let message = "The request signature we calculated does not match the signature you provided. Check your \
                key and signing method.";
            return Err(Problem::new(403, "SignatureDoesNotMatch", message));
        }
        self.admit(ask, Caller { account: Some(number) })
    }

    fn check_time(&self, text: &str) -> Result<(), Problem> {
        let wrong = |message: &str| Problem::new(400, "InvalidParameterValue", message);
        let at = moment(text).ok_or_else(|| wrong("timestamp must be a time in UTC in ISO 8601 format"))?;
        let age = clock::wall().as_second() - at.as_second();
        if age.abs() > SIGNATURE_SECONDS && self.assumes(open::SIGNATURE_AGE, "15-minutes") {
            let message = format!("Request has expired. Timestamp date is {text}");
            return Err(Problem::new(400, "RequestExpired", message));
        }
        Ok(())
    }
}

/// A time in UTC, with its `Z` or without.
fn moment(text: &str) -> Option<Timestamp> {
    if let Ok(moment) = text.parse() {
        return Some(moment);
    }
    let local: DateTime = text.parse().ok()?;
    Some(local.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_in_utc_whether_they_say_so_or_not() {
        let wanted = moment("2011-08-18T08:07:00Z");
        assert!(wanted.is_some());
        assert_eq!(moment("2011-08-18T08:07:00"), wanted);
        assert_eq!(moment("yesterday"), None);
    }
}
