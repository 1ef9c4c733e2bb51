//! What stands around the accounts: quotas, delegated administrators, policies.

use serde_json::{Value, json};

use crate::sim::request::{Answer, Ask};

use super::demo::Demo;
use super::paging::{Load, Naming, account_key, account_of_key};
use super::problem::Problem;
use super::rows::Rows;
use super::units::MOST_UNITS;
use super::{Huawei, listed, one, render};

impl Huawei {
    /// `GET /quotas`.
    pub(super) fn quotas(&self, ask: &Ask) -> Result<Answer, Problem> {
        self.read(ask, |rows| {
            let quota = |kind: &str, quota: usize, used: usize| {
                json!({"type": kind, "quota": quota, "min": 1, "max": quota.max(10_000), "used": used})
            };
            let resources = json!([
                quota("account", self.account_quota(), rows.count()),
                // The root is among the units and does not count.
                quota("organizational_unit", MOST_UNITS, rows.units().count() - 1),
                quota("policy", 1_000, self.demo.policies().iter().filter(|policy| !policy.builtin).count()),
            ]);
            Ok(Answer::json(200, one("quotas", one("resources", resources))))
        })
    }

    /// `GET /delegated-administrators`.
    pub(super) fn list_delegates(&self, ask: &Ask) -> Result<Answer, Problem> {
        let id = |key| account_of_key(key, false).map_or_else(String::new, |number| self.demo.account_id(number));
        let find = |id: &str| self.demo.account_number(id).map(|number| account_key(number, false));
        let naming = Naming { id: Some(&id), key: &find };
        let page = self.page(ask, &naming)?;
        let service = Self::given(ask, "service_principal");
        self.read(ask, |rows| {
            let fits = |services: &[String]| {
                service.is_none_or(|wanted| services.iter().any(|service| principal(service) == wanted))
            };
            let all = self.demo.delegates().filter(|(_, services)| fits(services));
            let shown = all.filter_map(|(number, _)| Some((account_key(number, false), self.delegate(rows, number)?)));
            let (page, info) = page.cut(shown, &naming);
            Ok(listed("delegated_administrators", page, info, ask))
        })
    }

    fn delegate(&self, rows: &Rows, number: u32) -> Option<Value> {
        let account = render::account(rows, &self.choices, number, &*rows.account(number)?, Load::Plain);
        Some(json!({
            "delegation_enabled_at": self.demo.delegated(number).to_string(),
            "account_id": account["id"],
            "account_urn": account["urn"],
            "join_method": account["join_method"],
            "joined_at": account["joined_at"],
            "account_name": account["name"],
        }))
    }

    /// `GET /accounts/{id}/delegated-services`.
    pub(super) fn delegated_services(&self, ask: &Ask, id: &str) -> Result<Answer, Problem> {
        let page = self.page(ask, &Naming::NONE)?;
        self.read(ask, |rows| {
            let (number, _) = self.find_account(rows, id)?;
            let enabled = self.demo.delegated(number).to_string();
            let services = self.demo.services(number).iter();
            let services = services
                .map(|service| json!({"service_principal": principal(service), "delegation_enabled_at": enabled}));
            let (page, info) = page.cut((0..).zip(services), &Naming::NONE);
            Ok(listed("delegated_services", page, info, ask))
        })
    }

    /// `GET /policies`: all, or those bound to a root, unit or account.
    pub(super) fn list_policies(&self, ask: &Ask) -> Result<Answer, Problem> {
        let id = |key| self.demo.ids.policy(usize::try_from(key).unwrap_or(usize::MAX));
        let find = |id: &str| self.demo.ids.policy_place(id).and_then(|place| u64::try_from(place).ok());
        let naming = Naming { id: Some(&id), key: &find };
        let page = self.page(ask, &naming)?;
        self.read(ask, |rows| {
            let bound = match Self::given(ask, "attached_entity_id") {
                None => None,
                Some(id) if id.starts_with("ou-") || id.starts_with("r-") => Some(Some(self.find_unit(rows, ask, id)?)),
                Some(id) => self.find_account(rows, id).map(|_| Some(None))?,
            };
            let all = (0..).zip(self.demo.policies().iter().enumerate());
            let all = all.filter(|(_, (_, one))| bound.is_none_or(|bound| self.demo.is_attached(one, bound)));
            let shown = all.map(|(key, (place, one))| (key, render::policy(rows, place, one)));
            let (page, info) = page.cut(shown, &naming);
            Ok(listed("policies", page, info, ask))
        })
    }

    /// `GET /policies/{id}`.
    pub(super) fn policy(&self, ask: &Ask, id: &str) -> Result<Answer, Problem> {
        let place = self.demo.ids.policy_place(id);
        let found = place.and_then(|place| Some((place, self.demo.policies().get(place)?)));
        let (place, policy) = found.ok_or_else(|| self.unknown("policy"))?;
        self.read(ask, |rows| {
            let summary = render::policy(rows, place, policy);
            let body = json!({"content": policy.content.to_string(), "policy_summary": summary});
            Ok(Answer::json(200, one("policy", body)))
        })
    }

    /// `GET /entities/effective-policies`: tag policies of an account only (Huawei documentation).
    pub(super) fn effective_policies(&self, ask: &Ask) -> Result<Answer, Problem> {
        let id = Self::given(ask, "entity_id").ok_or_else(|| self.invalid("The parameter entity_id is required."))?;
        if Self::given(ask, "policy_type") != Some("tag_policy") {
            return Err(self.invalid("The parameter policy_type must be tag_policy."));
        }
        self.read(ask, |rows| {
            self.find_account(rows, id)?;
            let policy = self.demo.policies().iter().find(|policy| policy.kind == "tag_policy");
            let content = policy.map_or_else(|| "{}".to_owned(), |policy| policy.content.to_string());
            Ok(Answer::json(
                200,
                json!({
                    "last_updated_at": Demo::founded().to_string(),
                    "policy_content": content,
                    "policy_type": "tag_policy",
                    "entity_id": id,
                }),
            ))
        })
    }
}

/// The name of a service as a principal.
fn principal(service: &str) -> String {
    format!("service.{service}")
}
