//! The profiles of accounts and organizations: read, and written whole.

use serde_json::Value;

use crate::sim::clock;
use crate::sim::request::{Answer, Ask};

use super::body::{Fields, object};
use super::envelope::{self, Problem};
use super::rows::{Delta, Profile};
use super::{Cloudflare, ORGANIZATION_ERROR, ORGANIZATION_MISSING, open, render};

impl Cloudflare {
    /// `GET /accounts/{id}/profile`.
    pub(super) fn account_profile(&self, ask: &Ask, id: &str) -> Result<Answer, Problem> {
        let profile = self.read(ask, |rows| {
            let (number, _) = self.find(rows, ask, id)?;
            Ok(rows.profile(number))
        })?;
        self.show(profile.as_ref())
    }

    /// `PUT /accounts/{id}/profile`: 204. A profile that was not there is made (assumption).
    pub(super) fn set_account_profile(&self, ask: &Ask, id: &str) -> Result<Answer, Problem> {
        let mut store = self.store();
        let (number, _) = self.find(&store.live, ask, id)?;
        let profile = self.sent(ask)?;
        store.change(Delta::Profile(number, profile), clock::instant());
        Ok(Answer::empty())
    }

    /// `GET /organizations/{id}/profile`.
    pub(super) fn organization_profile(&self, ask: &Ask, id: &str) -> Result<Answer, Problem> {
        let profile = self.read(ask, |rows| {
            let place = self.find_organization(rows, ask, id)?;
            Ok(rows.organization(place).and_then(|one| one.profile.clone()))
        })?;
        self.show(profile.as_ref())
    }

    /// `PUT /organizations/{id}/profile`: 204.
    pub(super) fn set_organization_profile(&self, ask: &Ask, id: &str) -> Result<Answer, Problem> {
        let mut store = self.store();
        let place = self.find_organization(&store.live, ask, id)?;
        let profile = self.sent(ask)?;
        let mut changed = store.live.organization(place).cloned();
        if let Some(organization) = &mut changed {
            organization.profile = Some(profile);
        }
        store.change(Delta::Organization(place, changed), clock::instant());
        Ok(Answer::empty())
    }

    /// A profile, or what stands for none: the documents do not say.
    fn show(&self, profile: Option<&Profile>) -> Result<Answer, Problem> {
        match profile {
            Some(profile) => Ok(envelope::success(render::profile(profile))),
            None => match self.choices.of(open::NO_PROFILE) {
                "empty" => Ok(envelope::success(render::profile(&Profile::default()))),
                "null" => Ok(envelope::success(Value::Null)),
                _ => Err(Problem::new(404, ORGANIZATION_MISSING, "There is no profile")),
            },
        }
    }

    fn sent(&self, ask: &Ask) -> Result<Profile, Problem> {
        let map = object(ask, ORGANIZATION_ERROR)?;
        let mut fields = Fields::new(&map, "", ORGANIZATION_ERROR);
        let profile = fields.profile(self.choices.of(open::PROFILE_CHECK) == "email");
        fields.done()?;
        Ok(profile)
    }
}
