//! Creating accounts, which takes a while: its status is looked at until it succeeded or failed.

use std::sync::Arc;

use serde_json::json;

use crate::sim::clock;
use crate::sim::request::{Answer, Ask};

use super::body::Fields;
use super::problem::Problem;
use super::rows::{Account, Creation, Delta, Entity, Outcome, ROOT, Rows, State, Store};
use super::{Aws, listed, open, render, told};

/// AWS documentation: so many creations at once.
const AT_ONCE: usize = 5;
/// Nobody looks: then a creation or closure ends after so many seconds.
pub(super) const PATIENCE: i64 = 60;
/// The longest name (AWS service model).
const LONGEST_NAME: usize = 50;

/// Every `FailureReason` (AWS service model). A creation whose name contains one, with hyphens or spaces and in any case,
/// fails for it; one whose name contains `fail` otherwise, for an internal failure.
const REASONS: [&str; 15] = [
    "ACCOUNT_LIMIT_EXCEEDED",
    "EMAIL_ALREADY_EXISTS",
    "INVALID_ADDRESS",
    "INVALID_EMAIL",
    "CONCURRENT_ACCOUNT_MODIFICATION",
    "INTERNAL_FAILURE",
    "GOVCLOUD_ACCOUNT_ALREADY_EXISTS",
    "MISSING_BUSINESS_VALIDATION",
    "FAILED_BUSINESS_VALIDATION",
    "PENDING_BUSINESS_VALIDATION",
    "INVALID_IDENTITY_FOR_BUSINESS_VALIDATION",
    "UNKNOWN_BUSINESS_VALIDATION",
    "MISSING_PAYMENT_INSTRUMENT",
    "INVALID_PAYMENT_INSTRUMENT",
    "UPDATE_EXISTING_RESOURCE_POLICY_WITH_TAGS_NOT_SUPPORTED",
];

impl Creation {
    fn is_waiting(&self) -> bool {
        matches!(self.outcome, Outcome::Waiting(_))
    }
}

impl Aws {
    /// `CreateAccount`: the answer is the status of a request that goes on.
    pub(super) fn create_account(&self, fields: &Fields) -> Result<Answer, Problem> {
        let creation = self.wanted(fields)?;
        let mut store = self.store();
        let running = store.live.creations.iter().filter(|one| one.is_waiting()).count();
        if running >= AT_ONCE {
            let message = "You have too many account creations in progress.";
            return Err(match self.of(open::CREATION_QUOTA) {
                "ConstraintViolationException" => Problem::constraint("ACCOUNT_CREATION_RATE_LIMIT_EXCEEDED", message),
                kind => Problem::new(kind, message),
            });
        }
        if self.is_full(&store.live, running) && self.of(open::ACCOUNT_QUOTA) == "at-once" {
            let message = "You have exceeded the allowed number of AWS accounts.";
            return Err(Problem::constraint("ACCOUNT_NUMBER_LIMIT_EXCEEDED", message));
        }
        let place = store.live.creations.len();
        let body = render::creation(&store.live, place, &creation);
        store.change(Delta::Creation(place, creation), clock::instant());
        Ok(told(&json!({"CreateAccountStatus": body})))
    }

    /// The body of a creation.
    fn wanted(&self, fields: &Fields) -> Result<Creation, Problem> {
        let email = fields.needed("Email", 6, 64)?;
        fields.follows("Email", email.contains('@') && !email.contains(char::is_whitespace))?;
        let name = fields.needed("AccountName", 1, LONGEST_NAME)?;
        fields.follows("AccountName", name.bytes().all(|byte| (b' '..=b'~').contains(&byte)))?;
        if let Some(role) = fields.sized("RoleName", 1, 64)? {
            fields.follows(
                "RoleName",
                role.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte)),
            )?;
        }
        fields.word("IamUserAccessToBilling", &["ALLOW", "DENY"])?;
        Ok(Creation {
            name: name.to_owned(),
            email: email.to_owned(),
            tags: fields.tags()?,
            requested: clock::wall(),
            outcome: Outcome::Waiting(self.number(open::CREATION_TAKES)),
        })
    }

    /// Whether there is no room for one more account beside those that come. The documented ten are raised far enough
    /// above what there was at the start.
    fn is_full(&self, rows: &Rows, coming: usize) -> bool {
        let most = (self.demo.count as usize).saturating_add(500).div_ceil(100) * 100;
        rows.count() + coming >= most
    }

    /// `DescribeCreateAccountStatus`.
    pub(super) fn describe_creation(&self, ask: &Ask, fields: &Fields) -> Result<Answer, Problem> {
        let id = fields.required("CreateAccountRequestId")?;
        let digits = id.strip_prefix("car-").unwrap_or("");
        let plain = |byte: u8| byte.is_ascii_digit() || byte.is_ascii_lowercase();
        fields.follows("CreateAccountRequestId", (8..=32).contains(&digits.len()) && digits.bytes().all(plain))?;
        let unknown = || {
            let message = "You specified a create account request ID that doesn't exist.";
            Problem::new("CreateAccountStatusNotFoundException", message)
        };
        let place = self.demo.ids.creation_place(id).ok_or_else(unknown)?;
        self.look(|at| at == place);
        self.read(ask, |rows| {
            let found = rows.creations.get(place).ok_or_else(unknown)?;
            Ok(told(&json!({"CreateAccountStatus": render::creation(rows, place, found)})))
        })
    }

    /// `ListCreateAccountStatus`: those in some states, or all.
    pub(super) fn list_creations(&self, ask: &Ask, fields: &Fields) -> Result<Answer, Problem> {
        let known = ["IN_PROGRESS", "SUCCEEDED", "FAILED"];
        let states = fields.list("States")?;
        if !states.iter().all(|state| known.iter().any(|word| state == word)) {
            return Err(fields.wrong("States", "INVALID_ENUM", "You specified an invalid value."));
        }
        let page = self.page(ask, fields, "creations")?;
        self.look(|_| true);
        self.read(ask, |rows| {
            let shown = (0..).zip(rows.creations.iter().enumerate());
            let shown = shown.map(|(key, (place, one))| (key, render::creation(rows, place, one)));
            let fits = |(_, one): &(u64, serde_json::Value)| states.is_empty() || states.contains(&one["State"]);
            let (mut found, next) = page.cut(shown.filter(fits));
            ask.weather.disturb(&mut found);
            Ok(listed(page.body("CreateAccountStatuses", found, next)))
        })
    }

    /// Looks at some creations: each that is in progress comes nearer to its end.
    fn look(&self, which: impl Fn(usize) -> bool) {
        let mut store = self.store();
        let waiting = store.live.creations.iter().enumerate().filter(|(at, one)| one.is_waiting() && which(*at));
        let waiting: Vec<(usize, Creation)> = waiting.map(|(at, one)| (at, one.clone())).collect();
        for (place, creation) in waiting {
            match creation.outcome {
                Outcome::Waiting(0) => self.finish(&mut store, place, creation),
                Outcome::Waiting(looks) => {
                    let nearer = Creation { outcome: Outcome::Waiting(looks - 1), ..creation };
                    store.change(Delta::Creation(place, nearer), clock::instant());
                }
                Outcome::Succeeded(..) | Outcome::Failed(..) => {}
            }
        }
    }

    /// Ends what nobody looked at for a while.
    pub(super) fn settle(&self) {
        let now = clock::wall().as_second();
        let mut store = self.store();
        let old = |one: &Creation| one.is_waiting() && now - one.requested.as_second() > PATIENCE;
        let ended = store.live.creations.iter().enumerate().filter(|(_, one)| old(one));
        let ended: Vec<(usize, Creation)> = ended.map(|(at, one)| (at, one.clone())).collect();
        for (place, creation) in ended {
            self.finish(&mut store, place, creation);
        }
        super::closing::settle(&mut store, now);
    }

    /// Why a creation cannot succeed.
    fn failure(&self, rows: &Rows, place: usize, creation: &Creation) -> Option<&'static str> {
        let name = creation.name.to_uppercase().replace([' ', '-'], "_");
        // The longest that fits: some reasons are parts of others.
        let named = REASONS.iter().copied().filter(|reason| name.contains(reason)).max_by_key(|reason| reason.len());
        let same = |one: &Creation| one.is_waiting() && one.email == creation.email && one.name == creation.name;
        if let Some(reason) = named {
            return Some(reason);
        }
        if name.contains("FAIL") {
            return Some("INTERNAL_FAILURE");
        }
        if !Fields::is_email(&creation.email) {
            return Some("INVALID_EMAIL");
        }
        if rows.has_email(&creation.email) {
            return Some("EMAIL_ALREADY_EXISTS");
        }
        // The first request is the one that holds.
        if rows.creations.iter().take(place).any(same) {
            return Some("CONCURRENT_ACCOUNT_MODIFICATION");
        }
        self.is_full(rows, 0).then_some("ACCOUNT_LIMIT_EXCEEDED")
    }

    /// Ends a creation: with an account right under the root, or without.
    fn finish(&self, store: &mut Store, place: usize, creation: Creation) {
        let (wall, now) = (clock::wall(), clock::instant());
        let outcome = if let Some(reason) = self.failure(&store.live, place, &creation) {
            Outcome::Failed(reason.to_owned(), wall)
        } else {
            let number = store.live.next_account();
            let account = Account {
                name: Some(creation.name.clone()),
                email: Some(creation.email.clone()),
                state: State::Active,
                invited: false,
                joined: wall,
                parent: ROOT,
            };
            store.change(Delta::Account(number, Some(Arc::new(account))), now);
            store.change(Delta::Tags(Entity::Account(number), creation.tags.clone()), now);
            Outcome::Succeeded(number, wall)
        };
        store.change(Delta::Creation(place, Creation { outcome, ..creation }), now);
    }
}
