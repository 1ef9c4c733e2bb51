//! Invitations: sent, cancelled, received.

use serde_json::Value;

use crate::sim::clock;
use crate::sim::request::{Answer, Ask};

use super::body::Fields;
use super::paging::Naming;
use super::problem::Problem;
use super::rows::{Delta, Handshake};
use super::{Huawei, listed, one, open, render};

/// Huawei documentation: so many invitations a day.
const A_DAY: usize = 20;
const DAY: i64 = 24 * 3_600;

/// Whether this organization sent an invitation, or received it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Sent,
    Received,
}

impl Way {
    fn fits(self, handshake: &Handshake) -> bool {
        handshake.from.is_none() == (self == Self::Sent)
    }
}

impl Huawei {
    /// `GET /handshakes` and `GET /v1/received-handshakes`.
    pub(super) fn list_handshakes(&self, ask: &Ask, way: Way) -> Result<Answer, Problem> {
        let id = |key| self.demo.ids.handshake(usize::try_from(key).unwrap_or(usize::MAX));
        let find = |id: &str| self.demo.ids.handshake_place(id).and_then(|place| u64::try_from(place).ok());
        let naming = Naming { id: Some(&id), key: &find };
        let page = self.page(ask, &naming)?;
        self.read(ask, |rows| {
            let all = (0..).zip(rows.handshakes.iter().enumerate()).filter(|(_, (_, one))| way.fits(one));
            let shown = all.map(|(key, (place, one))| (key, render::handshake(rows, place, one)));
            let (page, info) = page.cut(shown, &naming);
            Ok(listed("handshakes", page, info, ask))
        })
    }

    /// `GET /handshakes/{id}`.
    pub(super) fn handshake(&self, ask: &Ask, id: &str) -> Result<Answer, Problem> {
        let place = self.demo.ids.handshake_place(id).ok_or_else(|| self.unknown("invitation"))?;
        self.read(ask, |rows| {
            let found = rows.handshakes.get(place).ok_or_else(|| self.unknown("invitation"))?;
            Ok(Answer::json(200, one("handshake", render::handshake(rows, place, found))))
        })
    }

    /// `POST /accounts/invite`.
    pub(super) fn invite(&self, ask: &Ask) -> Result<Answer, Problem> {
        let fields = Fields::of(ask, &self.choices)?;
        let field = |name: &str| {
            let target = fields.value("target").and_then(|target| target.get(name));
            target.and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let kind = field("type").filter(|kind| kind == "account" || kind == "name");
        let kind = kind.ok_or_else(|| fields.wrong("target.type", "must be account or name"))?;
        let entity = field("entity").ok_or_else(|| fields.wrong("target.entity", "is required"))?;
        let notes = fields.text("notes")?.ok_or_else(|| fields.wrong("notes", "is required"))?;
        fields.tags()?;
        let mut store = self.store();
        let member = match kind.as_str() {
            "account" => store.live.account_of_id(&entity).is_some(),
            _ => store.live.numbers(0..u32::MAX).any(|number| store.live.name(number) == entity),
        };
        let invited = |one: &Handshake| {
            Way::Sent.fits(one) && one.status == "pending" && one.kind == kind && one.entity == entity
        };
        if member || store.live.handshakes.iter().any(invited) {
            let message = "The account is in an organization or already invited.";
            return Err(Problem::of(self.of(open::INVITE_MEMBER), message));
        }
        let wall = clock::wall();
        let today = |one: &&Handshake| wall.as_second() - one.created.as_second() < DAY;
        if store.live.handshakes.iter().filter(today).count() >= A_DAY {
            return Err(Problem::of(self.of(open::INVITE_QUOTA), "Quota exceeded for invitations of a day."));
        }
        let place = store.live.handshakes.len();
        let status = "pending".to_owned();
        let sent = Handshake { from: None, kind, entity, notes, status, created: wall, updated: wall };
        let body = render::handshake(&store.live, place, &sent);
        store.change(Delta::Handshake(place, sent), clock::instant());
        Ok(Answer::json(self.number(open::INVITED), one("handshake", body)))
    }

    /// `POST /handshakes/{id}/cancel`.
    pub(super) fn cancel_handshake(&self, id: &str) -> Result<Answer, Problem> {
        self.end_handshake(id, Way::Sent, "cancelled")
    }

    /// `POST /v1/received-handshakes/{id}/decline`.
    pub(super) fn decline_handshake(&self, id: &str) -> Result<Answer, Problem> {
        self.end_handshake(id, Way::Received, "declined")
    }

    /// `POST /v1/received-handshakes/{id}/accept`: an account is in one organization at most, and this one is in one.
    pub(super) fn accept_handshake(&self, id: &str) -> Result<Answer, Problem> {
        let store = self.store();
        let place = self.demo.ids.handshake_place(id);
        let found = place.and_then(|place| store.live.handshakes.get(place)).filter(|one| Way::Received.fits(one));
        found.ok_or_else(|| self.unknown("invitation"))?;
        let message = "The account is already in an organization.";
        Err(Problem::of(self.of(open::ACCEPT_ELSEWHERE), message))
    }

    fn end_handshake(&self, id: &str, way: Way, status: &str) -> Result<Answer, Problem> {
        let mut store = self.store();
        let place = self.demo.ids.handshake_place(id).ok_or_else(|| self.unknown("invitation"))?;
        let found = store.live.handshakes.get(place).filter(|one| way.fits(one)).cloned();
        let found = found.ok_or_else(|| self.unknown("invitation"))?;
        if found.status != "pending" {
            // The code is known from Huawei's own Terraform provider.
            return Err(Problem::new(400, "Organizations.1401", "The invitation is not pending."));
        }
        let ended = Handshake { status: status.to_owned(), updated: clock::wall(), ..found };
        let body = render::handshake(&store.live, place, &ended);
        store.change(Delta::Handshake(place, ended), clock::instant());
        Ok(Answer::json(200, one("handshake", body)))
    }
}
