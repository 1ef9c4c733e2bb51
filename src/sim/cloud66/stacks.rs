//! Stacks, which Cloud 66's pages call applications: what runs in the accounts.

use serde_json::{Value, json};

use crate::sim::chance::{pick, reveal};
use crate::sim::request::{Answer, Ask};

use super::accounts::Caller;
use super::demo::Application;
use super::envelope::{self, Problem};
use super::paging::Page;
use super::{Cloud66, open, stamp};

/// The tag of stack ids.
const TAG: u64 = 0x57ac;
/// The tags of redeploy hooks.
const HOOKS: [u64; 2] = [0x4001, 0x4002];

/// A stack, by its account and its place there.
type Place = (u32, u32);

/// A filter of the list; only the library knows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Filter {
    Name,
    Environment,
    GitRepo,
    GitBranch,
}

/// The filters by their parameters.
const FILTERS: [(&str, Filter); 4] = [
    ("filter_name", Filter::Name),
    ("filter_environment", Filter::Environment),
    ("filter_git_repo", Filter::GitRepo),
    ("filter_git_branch", Filter::GitBranch),
];

/// What a stack is called and what it runs.
struct Label<'a> {
    name: String,
    /// The name's ASCII part, for addresses and folders.
    plain: String,
    git: Option<String>,
    git_branch: &'static str,
    environment: &'a str,
    application: &'a Application,
}

impl Cloud66 {
    /// `GET /stacks`: those of the account that `X-Account` names, else of all the caller's accounts.
    pub(super) fn list_stacks(&self, ask: &Ask, caller: Caller) -> Result<Answer, Problem> {
        let mut only = self.chosen(ask, caller)?;
        if caller.count == 1 || self.choices.of(open::STACKS_SCOPE) == "primary" {
            only = only.or(Some(caller.primary));
        }
        let page = Page::from(ask, &self.choices)?;
        let total = match only {
            Some(account) if caller.sees(account) => self.demo.stacks(account) as usize,
            Some(_) => 0,
            None => self.demo.all_stacks(),
        };
        let place = |at: usize| match only {
            Some(account) => Some((account, u32::try_from(at).ok()?)),
            None => self.demo.stack_at(at),
        };
        let filters: Vec<(Filter, String)> = FILTERS
            .iter()
            .filter_map(|(name, filter)| {
                let wanted = ask.param(name).filter(|text| !text.is_empty())?;
                Some((*filter, wanted.to_lowercase()))
            })
            .collect();
        if filters.is_empty() {
            let rows = page.window(total).filter_map(place).map(|place| self.render_stack(place));
            return page.answer(rows.collect(), total, &ask.weather, &self.choices);
        }
        let found: Vec<Place> =
            (0..total).filter_map(place).filter(|place| self.fits(&self.label(*place), &filters)).collect();
        let rows = found[page.window(found.len())].iter().map(|place| self.render_stack(*place));
        page.answer(rows.collect(), found.len(), &ask.weather, &self.choices)
    }

    /// Whether a stack is what all filters want, in either case of letters.
    fn fits(&self, label: &Label, filters: &[(Filter, String)]) -> bool {
        let exact = self.choices.of(open::STACK_FILTERS) == "exact";
        filters.iter().all(|(filter, wanted)| {
            let own = match filter {
                Filter::Name => label.name.to_lowercase(),
                Filter::Environment => label.environment.to_lowercase(),
                Filter::GitRepo => label.git.as_deref().unwrap_or_default().to_lowercase(),
                Filter::GitBranch => label.git_branch.to_lowercase(),
            };
            if exact { own == *wanted } else { own.contains(wanted) }
        })
    }

    /// What a stack is called and what it runs: enough to filter by, and cheaper than the whole of it.
    fn label(&self, (account, index): Place) -> Label<'_> {
        let drawn = self.demo.drawn(number((account, index)), 91);
        let first = pick(self.demo.drawn(account.into(), 92), 64);
        let application = self.demo.application(first + index as usize);
        let round = index as usize / self.demo.applications();
        let name = if round == 0 { application.name.clone() } else { format!("{}-{}", application.name, round + 1) };
        let plain: String = name.chars().filter(char::is_ascii).collect();
        Label {
            git: (!(drawn >> 9).is_multiple_of(8)).then(|| format!("https://git.example/{account}/{plain}.git")),
            git_branch: if (drawn >> 11).is_multiple_of(4) { "release" } else { "main" },
            environment: self.demo.environment(drawn),
            name,
            plain,
            application,
        }
    }

    /// `GET /stacks/:uid`.
    pub(super) fn stack(&self, caller: Caller, uid: &str) -> Result<Answer, Problem> {
        let hidden = u128::from_str_radix(uid, 16).ok().filter(|_| uid.len() == 32);
        let found = hidden.and_then(|hidden| reveal(self.seed, TAG, hidden)).and_then(|number| {
            let place = (u32::try_from(number >> 32).ok()?, u32::try_from(number & u64::from(u32::MAX)).ok()?);
            let there = place.0 < self.demo.count && place.1 < self.demo.stacks(place.0);
            (there && caller.sees(place.0)).then_some(place)
        });
        let place = found.ok_or_else(Problem::not_found)?;
        Ok(envelope::success(self.render_stack(place)))
    }

    /// The id of a stack.
    pub(super) fn stack_uid(&self, account: u32, index: u32) -> String {
        self.demo.mark(TAG, number((account, index)))
    }

    /// A stack on the wire: what the documentation's sample has, and what the library reads beside it.
    fn render_stack(&self, place: Place) -> Value {
        let (account, index) = place;
        let drawn = self.demo.drawn(number(place), 91);
        let one_in = |shift: u32, many: u64| (drawn >> shift).is_multiple_of(many);
        let label = self.label(place);
        let uid = self.stack_uid(account, index);
        let (created, updated) = self.demo.moments(drawn);
        let (created_iso, updated_iso) = (stamp(&self.choices, created), stamp(&self.choices, updated));
        let active = (!one_in(5, 7)).then(|| stamp(&self.choices, updated));
        let one = self.demo.account(account);
        let hook = HOOKS.map(|tag| self.demo.mark(tag, number(place)));
        let fqdn = format!("{}-{}.dev.c66.me", label.plain, &uid[..6]);
        json!({
            "uid": uid,
            "name": label.name,
            "git": label.git,
            "git_branch": label.git_branch,
            "environment": label.environment,
            "cloud": one.clouds.first(),
            "fqdn": (!one_in(13, 9)).then_some(fqdn.as_str()),
            "language": label.application.language,
            "framework": label.application.framework,
            "status": (drawn >> 15) % 8,
            "health": (drawn >> 19) % 5,
            "last_activity": active,
            "last_activity_iso": active,
            "maintenance_mode": one_in(23, 12),
            "has_loadbalancer": one_in(27, 4),
            "created_at": created.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
            "updated_at": updated.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
            "deploy_directory": format!("/var/deploy/{}", label.plain.replace('-', "_")),
            "cloud_status": if one_in(29, 9) { "partial" } else { "healthy" },
            "created_at_iso": created_iso,
            "updated_at_iso": updated_iso,
            "redeploy_hook": (!one_in(31, 5)).then(|| format!("https://hooks.cloud66.example/{}/{}", hook[0], hook[1])),
            "backend": if label.application.framework == "docker" { "kubernetes" } else { "nginx" },
            "version": format!("{}", 1 + (drawn >> 33) % 40),
            "revision": &self.demo.mark(0x6e71, number(place))[..8],
            "namespaces": [label.plain],
            "account_id": self.demo.account_id(account),
            "account_name": one.name,
            "is_cluster": false,
            "is_inside_cluster": false,
            "cluster_name": "",
            "application_address": (!one_in(37, 3)).then_some(fqdn),
            "configstore_namespace": self.demo.namespace(account),
        })
    }
}

/// The one number of a stack.
fn number((account, index): Place) -> u64 {
    (u64::from(account) << 32) | u64::from(index)
}
