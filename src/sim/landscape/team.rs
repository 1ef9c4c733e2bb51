//! Invitations and administrators in the REST half. The list of administrators is legacy only.

use serde_json::{Value, json};

use crate::sim::clock;
use crate::sim::request::{Answer, Ask};

use super::accounts::is_email;
use super::body::Members;
use super::computers::page;
use super::demo::GLOBAL_ADMIN;
use super::names;
use super::open;
use super::problem::{Problem, nothing};
use super::rows::{Account, Administrator, Invitation};
use super::site::Site;

/// The page of invitations if no `limit` is sent (vendor's test).
const PAGE: usize = 20;

impl Site {
    /// `GET /invitations`.
    pub(super) fn invitations(&self, ask: &Ask, number: u32) -> Result<Answer, Problem> {
        let account = self.seen_account(ask, number)?;
        let rows: Vec<&Invitation> = account.invitations.iter().collect();
        page(self, ask, PAGE, &rows, |one| self.render_invitation(number, &account, one))
    }

    fn render_invitation(&self, number: u32, account: &Account, one: &Invitation) -> Value {
        json!({
            "id": one.id,
            "secure_id": names::invitation(self.demo.seed, number, one.id),
            "account": account.title,
            "name": one.name,
            "email": one.email,
            "creation_time": one.created.to_string(),
        })
    }

    /// `GET /invitations/{id}`.
    pub(super) fn invitation(&self, ask: &Ask, number: u32, id: &str) -> Result<Answer, Problem> {
        let account = self.seen_account(ask, number)?;
        let place = place(&account, id)?;
        Ok(Answer::json(200, self.render_invitation(number, &account, &account.invitations[place])))
    }

    /// `POST /invitations`: the default role is `GlobalAdmin`.
    pub(super) fn invite(&self, ask: &Ask, number: u32) -> Result<Answer, Problem> {
        let members = Members::of(ask, &self.choices, &["name", "email", "roles"])?;
        let (name, email) = (members.text("name")?, members.text("email")?);
        let roles = members.texts("roles")?;
        let id = self.edit(number, |account| invite(account, &name, &email, roles))?;
        let status = self.choices.of(open::INVITE_STATUS).parse().unwrap_or(200);
        let secure = names::invitation(self.demo.seed, number, id);
        Ok(Answer::json(status, json!({"id": id, "secure_id": secure})))
    }

    /// `POST /invitations/{id}`: sends it again (vendor's interface; its test answers 200 without a body).
    pub(super) fn resend(&self, number: u32, id: &str) -> Result<Answer, Problem> {
        self.edit(number, |account| {
            let place = place(account, id)?;
            account.invitations[place].created = clock::wall();
            Ok(())
        })?;
        Ok(nothing(200))
    }

    /// `DELETE /invitations/{id}`.
    pub(super) fn uninvite(&self, number: u32, id: &str) -> Result<Answer, Problem> {
        self.edit(number, |account| {
            let place = place(account, id)?;
            account.invitations.remove(place);
            Ok(())
        })?;
        Ok(Answer::empty())
    }

    /// `GET /invitations/{secure_id}/summary`, without a token (vendor's interface).
    pub(super) fn invitation_summary(&self, ask: &Ask, secure: &str) -> Result<Answer, Problem> {
        let (number, id) = names::invited(self.demo.seed, secure).ok_or_else(unknown)?;
        let account = self.seen_account(ask, number)?;
        place(&account, &id.to_string())?;
        Ok(Answer::json(200, json!({"account_title": account.title, "secure_id": secure})))
    }

    /// `POST /accept-invitation`. The user is in every account here, so what changes is that the invitation is gone and
    /// its roles are the user's.
    pub(super) fn accept(&self, ask: &Ask) -> Result<Answer, Problem> {
        let (number, id) = self.secure_id(ask)?;
        let person = self.store().live.person.clone().ok_or_else(unknown)?;
        let title = self.edit(number, |account| {
            let place = place(account, &id.to_string())?;
            let invitation = account.invitations.remove(place);
            for role in account.roles.iter_mut().filter(|role| invitation.roles.contains(&role.name)) {
                if !role.persons.contains(&person.email) {
                    role.persons.push(person.email.clone());
                    role.persons.sort();
                }
            }
            if account.team.iter().all(|one| one.email != person.email) {
                let (name, email) = (person.name.clone(), person.email.clone());
                account.team.push(Administrator { id: person.id, name, email });
            }
            Ok(account.title.clone())
        })?;
        Ok(Answer::json(200, json!({"account_id": u64::from(number) + 1, "account_title": title})))
    }

    /// `POST /reject-invitation`.
    pub(super) fn reject(&self, ask: &Ask) -> Result<Answer, Problem> {
        let (number, id) = self.secure_id(ask)?;
        self.uninvite(number, &id.to_string())
    }

    fn secure_id(&self, ask: &Ask) -> Result<(u32, u32), Problem> {
        let members = Members::of(ask, &self.choices, &["invitation_id"])?;
        names::invited(self.demo.seed, &members.text("invitation_id")?).ok_or_else(unknown)
    }

    /// `PUT /administrators/{person_id}`.
    pub(super) fn set_roles(&self, ask: &Ask, number: u32, id: &str) -> Result<Answer, Problem> {
        let members = Members::of(ask, &self.choices, &["roles"])?;
        let roles = members.texts("roles")?.ok_or_else(|| members.lacks("roles"))?;
        let own = self.store().live.person.as_ref().map(|person| person.id);
        let administrator = self.edit(number, |account| {
            let found = account.team.iter().find(|one| one.id.to_string() == id).cloned();
            let found = found.ok_or_else(|| Problem::missing(format!("No administrator with the id {id}")))?;
            known_roles(account, &roles)?;
            if own == Some(found.id) && !roles.iter().any(|role| role == GLOBAL_ADMIN) {
                return Err(self_revoke());
            }
            for role in &mut account.roles {
                role.persons.retain(|email| *email != found.email);
                if roles.contains(&role.name) {
                    role.persons.push(found.email.clone());
                    role.persons.sort();
                }
            }
            let roles = account.roles_of(&found.email);
            Ok(json!({"id": found.id, "email": found.email, "name": found.name, "roles": roles}))
        })?;
        Ok(Answer::json(200, administrator))
    }
}

/// Invites somebody; the invitation's number.
pub(super) fn invite(
    account: &mut Account,
    name: &str,
    email: &str,
    roles: Option<Vec<String>>,
) -> Result<u32, Problem> {
    if !is_email(email) {
        return Err(Problem::new(400, "InvalidEmailAddress", format!("{email} is not a valid e-mail address")));
    }
    let roles = roles.filter(|roles| !roles.is_empty()).unwrap_or_else(|| vec![GLOBAL_ADMIN.to_owned()]);
    known_roles(account, &roles)?;
    if account.invitations.iter().any(|one| one.email == email) {
        let message = format!("{email} has been invited already");
        return Err(Problem::new(400, "RepeatedInvitation", message));
    }
    let id = account.next_invitation;
    account.next_invitation += 1;
    let (name, email) = (name.to_owned(), email.to_owned());
    account.invitations.push(Invitation { id, name, email, created: clock::wall(), roles });
    Ok(id)
}

fn known_roles(account: &Account, roles: &[String]) -> Result<(), Problem> {
    let unknown = roles.iter().find(|role| account.roles.iter().all(|known| known.name != **role));
    unknown.map_or(Ok(()), |role| Err(Problem::new(400, "UnknownRole", format!("No role {role}"))))
}

/// The refusal to take one's own full rights away.
pub(super) fn self_revoke() -> Problem {
    Problem::new(400, "SelfRevokeGlobalAdmin", "You cannot revoke the GlobalAdmin role from yourself")
}

fn unknown() -> Problem {
    Problem::missing("No such invitation")
}

fn place(account: &Account, id: &str) -> Result<usize, Problem> {
    account.invitations.iter().position(|one| one.id.to_string() == id).ok_or_else(unknown)
}
