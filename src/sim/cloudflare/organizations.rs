//! The organization family: list, create, show, rename, delete, an organization's accounts; and an account's lineage.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::sim::clock;
use crate::sim::credential::EMAIL;
use crate::sim::request::{Answer, Ask};

use super::accounts::backwards;
use super::body::{Fields, object};
use super::envelope::{self, Problem};
use super::filter::TextFilter;
use super::paging::Tokened;
use super::rows::{Delta, Organization, Profile, Rows};
use super::{Cloudflare, ORGANIZATION_CONFLICT, ORGANIZATION_ERROR, open, render};

impl Cloudflare {
    /// `GET /organizations`.
    pub(super) fn list_organizations(&self, ask: &Ask) -> Result<Answer, Problem> {
        let page = Tokened::from(ask, self.seed, &self.choices)?;
        self.read(ask, |rows| {
            let wanted = wanted_organizations(rows, ask)?;
            let all: Vec<usize> = rows
                .organizations()
                .filter(|(place, one)| wanted.fits(rows, *place, one))
                .map(|(place, _)| place)
                .collect();
            let shown = page.rows(&all).iter();
            let found = shown.filter_map(|place| Some((*place, rows.organization(*place)?)));
            let mut result: Vec<Value> =
                found.map(|(place, one)| render::organization(rows, &self.choices, place, one)).collect();
            ask.weather.disturb(&mut result);
            Ok(envelope::page(&result, Some(page.info(all.len()))))
        })
    }

    /// `GET /organizations/{id}`.
    pub(super) fn organization(&self, ask: &Ask, id: &str) -> Result<Answer, Problem> {
        self.read(ask, |rows| {
            let place = self.find_organization(rows, ask, id)?;
            Ok(self.shown(rows, place))
        })
    }

    fn shown(&self, rows: &Rows, place: usize) -> Answer {
        let found = rows.organization(place);
        envelope::success(found.map_or(Value::Null, |one| render::organization(rows, &self.choices, place, one)))
    }

    /// `POST /organizations`.
    pub(super) fn create_organization(&self, ask: &Ask) -> Result<Answer, Problem> {
        let map = object(ask, ORGANIZATION_ERROR)?;
        let mut fields = Fields::new(&map, "", ORGANIZATION_ERROR);
        let name = fields.name();
        let parent = fields.id_of("parent");
        let profile = fields.object("profile").map(|sent| {
            let mut inner = Fields::new(sent, "profile/", ORGANIZATION_ERROR);
            let profile = inner.profile(self.choices.of(open::PROFILE_CHECK) == "email");
            (profile, inner.errors())
        });
        let profile: Option<Profile> = profile.map(|(profile, errors)| {
            for error in errors {
                fields.push(error);
            }
            profile
        });
        fields.done()?;
        let mut store = self.store();
        let parent = match parent {
            None => None,
            Some(id) => {
                let found = store.live.organization_of_id(&id);
                let place = found.ok_or_else(|| self.no_such_organization("parent/id", ORGANIZATION_ERROR))?;
                Self::not_forbidden(&store.live, ask, place, &id)?;
                Some(place)
            }
        };
        let place = store.live.next_organization();
        let made = Organization { name, parent, created: clock::wall(), profile };
        store.change(Delta::Organization(place, Some(made)), clock::instant());
        Ok(self.shown(&store.live, place))
    }

    /// `PUT /organizations/{id}`. Cloudflare documentation: only a new name takes effect.
    pub(super) fn rename_organization(&self, ask: &Ask, id: &str) -> Result<Answer, Problem> {
        let mut store = self.store();
        let place = self.find_organization(&store.live, ask, id)?;
        let map = object(ask, ORGANIZATION_ERROR)?;
        let mut fields = Fields::new(&map, "", ORGANIZATION_ERROR);
        let name = fields.name();
        fields.done()?;
        let mut changed = store.live.organization(place).cloned();
        if let Some(organization) = &mut changed {
            organization.name = name;
        }
        store.change(Delta::Organization(place, changed), clock::instant());
        Ok(self.shown(&store.live, place))
    }

    /// `DELETE /organizations/{id}`. Cloudflare documentation: only one that holds no organization and no account.
    pub(super) fn delete_organization(&self, ask: &Ask, id: &str) -> Result<Answer, Problem> {
        let mut store = self.store();
        let place = self.find_organization(&store.live, ask, id)?;
        let full = |what: &str| {
            let message = format!("The organization is not empty: it holds {what}");
            Problem::new(409, ORGANIZATION_CONFLICT, message)
        };
        if store.live.organizations().any(|(_, one)| one.parent == Some(place)) {
            return Err(full("organizations"));
        }
        if !store.live.members(place).is_empty() {
            return Err(full("accounts"));
        }
        store.change(Delta::Organization(place, None), clock::instant());
        Ok(envelope::success(json!({"id": id})))
    }

    /// `GET /organizations/{id}/accounts`: the accounts that the organization holds itself, by internal number, or by
    /// name with `order_by=account_name` (Cloudflare schema).
    pub(super) fn organization_accounts(&self, ask: &Ask, id: &str) -> Result<Answer, Problem> {
        let page = Tokened::from(ask, self.seed, &self.choices)?;
        let backwards = backwards(ask, ORGANIZATION_ERROR)?;
        let ordered = match ask.param("order_by") {
            None => false,
            Some("account_name") => true,
            Some(_) => {
                let message = "order_by must be account_name";
                return Err(Problem::field(ORGANIZATION_ERROR, "order_by", message));
            }
        };
        let name = TextFilter::from(ask, "name");
        let pubname = TextFilter::from(ask, "account_pubname");
        self.read(ask, |rows| {
            let place = self.find_organization(rows, ask, id)?;
            let numbers = if !ordered && name.is_empty() && pubname.is_empty() {
                let all = rows.members(place);
                (page.rows(all).to_vec(), all.len())
            } else {
                let key = format!("{place} {ordered} {backwards} {} {}", name.key(), pubname.key());
                let all = rows.list(key, |rows| {
                    let mut found = self.matching(rows, place, &name, &pubname);
                    if ordered {
                        sort_by_name(rows, &mut found, backwards);
                    }
                    found
                });
                (page.rows(&all).to_vec(), all.len())
            };
            let found = rows.accounts(&numbers.0);
            let mut result: Vec<_> =
                found.iter().map(|(number, account)| render::organization_account(rows, *number, account)).collect();
            ask.weather.disturb(&mut result);
            Ok(envelope::page(&result, Some(page.info(numbers.1))))
        })
    }

    fn matching(&self, rows: &Rows, place: usize, name: &TextFilter, pubname: &TextFilter) -> Vec<u32> {
        let business = self.choices.of(open::PUBNAME) == "business-name";
        let public = |number: u32| match business.then(|| rows.profile(number)) {
            Some(Some(profile)) => profile.name,
            Some(None) => String::new(),
            None => rows.name(number),
        };
        let members = rows.members(place).iter().copied();
        members
            .filter(|number| name.is_empty() || name.matches(&rows.name(*number)))
            .filter(|number| pubname.is_empty() || pubname.matches(&public(*number)))
            .collect()
    }

    /// `GET /accounts/{id}/organizations`. Cloudflare schema: root first, the one that holds the account last; those
    /// that only manage it are in the list too (before the last one: assumption).
    pub(super) fn account_organizations(&self, ask: &Ask, id: &str) -> Result<Answer, Problem> {
        self.read(ask, |rows| {
            let (_, account) = self.find(rows, ask, id)?;
            let mut chain = account.parent.map_or_else(Vec::new, |parent| rows.chain(parent));
            if let Some(manager) = account.manager.filter(|manager| !chain.contains(manager)) {
                let last = chain.len().saturating_sub(1);
                chain.insert(last, manager);
            }
            let found = chain.into_iter().filter_map(|place| Some((place, rows.organization(place)?)));
            let result: Vec<Value> =
                found.map(|(place, one)| render::organization(rows, &self.choices, place, one)).collect();
            Ok(envelope::page(&result, None))
        })
    }
}

/// The filters of the list of organizations (Cloudflare schema): `id` may be repeated, `parent.id` takes the literal
/// `null` for roots.
fn wanted_organizations(rows: &Rows, ask: &Ask) -> Result<Wanted, Problem> {
    let ids: HashSet<String> = ask
        .query
        .iter()
        .filter(|(key, value)| key == "id" && !value.is_empty())
        .map(|(_, value)| value.clone())
        .collect();
    let parent = match ask.param("parent.id") {
        None | Some("") => Parent::Any,
        Some("null") => Parent::None,
        Some(id) => {
            if let Some(place) = rows.organization_of_id(id) {
                Cloudflare::not_forbidden(rows, ask, place, id)?;
            }
            Parent::Is(rows.organization_of_id(id))
        }
    };
    let mut within: Option<HashSet<usize>> = None;
    let mut containing = |chain: Vec<usize>| {
        let chain: HashSet<usize> = chain.into_iter().collect();
        within = Some(match within.take() {
            None => chain,
            Some(before) => before.intersection(&chain).copied().collect(),
        });
    };
    if let Some(id) = ask.param("containing.account") {
        let parent = rows.account_of_id(id).and_then(|(_, account)| account.parent);
        containing(parent.map_or_else(Vec::new, |parent| rows.chain(parent)));
    }
    if let Some(id) = ask.param("containing.organization") {
        let place = rows.organization_of_id(id);
        let mut chain = place.map_or_else(Vec::new, |place| rows.chain(place));
        chain.pop();
        containing(chain);
    }
    // There is one user, who is in every organization.
    let user = ask.param("containing.user").is_none_or(|user| user == EMAIL);
    Ok(Wanted { ids, name: TextFilter::from(ask, "name"), parent, within, user })
}

fn sort_by_name(rows: &Rows, numbers: &mut [u32], backwards: bool) {
    numbers.sort_by_cached_key(|number| (rows.name(*number).to_lowercase(), *number));
    if backwards {
        numbers.reverse();
    }
}

/// Which organizations a list asks for.
struct Wanted {
    ids: HashSet<String>,
    name: TextFilter,
    parent: Parent,
    /// Those that contain what was asked for; `None` if nothing was.
    within: Option<HashSet<usize>>,
    user: bool,
}

/// Which parent a list asks for.
enum Parent {
    Any,
    None,
    Is(Option<usize>),
}

impl Wanted {
    fn fits(&self, rows: &Rows, place: usize, one: &Organization) -> bool {
        let parent = match self.parent {
            Parent::Any => true,
            Parent::None => one.parent.is_none(),
            Parent::Is(wanted) => wanted.is_some() && one.parent == wanted,
        };
        parent
            && self.user
            && (self.ids.is_empty() || self.ids.contains(&rows.demo.organization_id(place)))
            && self.within.as_ref().is_none_or(|within| within.contains(&place))
            && self.name.matches(&one.name)
    }
}
