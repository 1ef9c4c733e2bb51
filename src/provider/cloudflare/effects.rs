//! What a change brings along beyond its fields, in sentences. What can't be read is said, and stops nothing.

use super::Cloudflare;
use super::spec::UNIT;
use super::wire::{AccountRow, Envelope, MemberRow};
use super::writes::turns_two_factor_on;
use crate::domain::{AccountId, Change, ChangeKind, Failure, SideEffect, Subject, Taken, Untrusted};
use crate::provider::http::Operation;
use crate::provider::{DetailOptions, Provider as _};

/// The largest page of zones and of members (Cloudflare schema).
const PAGE: usize = 50;

/// How many members are called by name.
const NAMED: usize = 3;

/// No route leads out of an organization (Cloudflare documentation of the move).
const NO_WAY_OUT: &str =
    "no call takes an account out of an organization again: only Cloudflare's Support does that, or a move within it";

pub(super) async fn of(cloudflare: &Cloudflare, change: &Change) -> Vec<SideEffect> {
    match (change.kind, &change.subject) {
        (ChangeKind::DeleteAccount, Subject::Account(key)) => vec![
            // Cloudflare schema: zones and other resources go with it.
            zones(cloudflare, &key.id).await,
            "deleting an account can't be undone: all that it holds goes with it, for all of its members".into(),
        ],
        (ChangeKind::UpdateAccount, Subject::Account(key)) => {
            two_factor(cloudflare, change, &key.id).await.into_iter().map(SideEffect::from).collect()
        }
        (ChangeKind::MoveAccount, _) => {
            let applies = "the destination's policies and flags, and those above it, apply to the account from then on";
            let stands_alone = change.values.get(Change::FROM).is_empty();
            stands_alone.then_some(NO_WAY_OUT).into_iter().chain([applies]).map(SideEffect::from).collect()
        }
        (ChangeKind::CreateAccount, subject) => {
            let is_inside = matches!(subject, Subject::Organization(_)) || !change.values.get(UNIT).is_empty();
            is_inside.then(|| NO_WAY_OUT.into()).into_iter().collect()
        }
        // Cloudflare documentation: only empty ones, only Enterprise ones, and not by the dashboard.
        (ChangeKind::DeleteOrganization, _) => vec![
            "deleting an organization can't be undone; Cloudflare deletes only one that holds no organization, account \
             or member"
                .into(),
        ],
        (
            ChangeKind::Profile
            | ChangeKind::CreateStandalone
            | ChangeKind::UpdateAccount
            | ChangeKind::DeleteAccount
            | ChangeKind::CloseAccount
            | ChangeKind::RemoveAccount
            | ChangeKind::CreateOrganization
            | ChangeKind::RenameOrganization,
            _,
        ) => Vec::new(),
    }
}

/// A page of a list of an account, and how many rows the server says that there are.
struct Counted<T> {
    rows: Vec<T>,
    /// Whether the page held as many rows as it may.
    is_full: bool,
    total: Option<usize>,
}

/// How many there are in all.
#[derive(Debug, PartialEq, Eq)]
enum Count {
    Exactly(usize),
    /// So many came; the server's own count says more, or nothing.
    AtLeast(usize, Option<usize>),
}

impl<T> Counted<T> {
    /// The rows are believed before the count beside them: in the schema of accounts it leaves filters out.
    fn all(&self) -> Count {
        let came = self.rows.len();
        match self.total.filter(|total| *total >= came) {
            Some(total) if self.is_full || total == came => Count::Exactly(total),
            total @ Some(_) => Count::AtLeast(came, total),
            None if self.is_full => Count::AtLeast(came, None),
            None => Count::Exactly(came),
        }
    }
}

async fn counted<T>(
    cloudflare: &Cloudflare,
    operation: Operation,
    make: impl Fn(&serde_json::value::RawValue) -> T,
) -> Result<Counted<T>, Failure> {
    let operation = operation.with("per_page", PAGE.to_string());
    let answer = cloudflare.client.send(&operation).await?;
    let envelope: Envelope<'_> = answer.decode()?;
    let rows = envelope.rows().ok_or_else(|| answer.unreadable("the answer holds no list"))?;
    let total = envelope.info().total_count().and_then(|total| usize::try_from(total).ok());
    let is_full = rows.len() >= PAGE;
    let mut seen = std::collections::BTreeSet::new();
    let is_new = |raw: &&serde_json::value::RawValue| {
        let id = AccountRow::read(raw).id.filled();
        id.is_none_or(|id| seen.insert(id.raw().to_owned()))
    };
    Ok(Counted { rows: rows.into_iter().filter(is_new).map(make).collect(), is_full, total })
}

/// How many zones an account has: one request.
async fn zones(cloudflare: &Cloudflare, id: &AccountId) -> SideEffect {
    let operation = Operation::read(&["zones"]).with("account.id", id.as_str());
    let zones = |words: String, count: Option<usize>, or_more: bool| {
        let takes = Some(Taken { one: "zone", many: "zones", count, or_more });
        SideEffect { words, takes }
    };
    match counted(cloudflare, operation, |_| ()).await.map(|zones| zones.all()) {
        Ok(count @ Count::Exactly(all)) => zones(going(&count), Some(all), false),
        Ok(count @ Count::AtLeast(came, _)) => zones(going(&count), Some(came), true),
        Err(why) => zones(format!("zones go with it, and how many there are can't be read: {why}"), None, false),
    }
}

/// What goes with an account, in a sentence.
fn going(count: &Count) -> String {
    let what = "with all of their records and settings";
    match count {
        Count::Exactly(0) => "no zones go with it: it has none, or none that this credential sees".into(),
        Count::Exactly(1) => "1 zone goes with it, with all of its records and settings".into(),
        Count::Exactly(many) => format!("{many} zones go with it, {what}"),
        Count::AtLeast(came, None) => format!("{came} zones or more go with it, {what}"),
        Count::AtLeast(came, Some(total)) => {
            format!(
                "{came} zones or more go with it, {what}; Cloudflare counts {total}, perhaps of other accounts, too"
            )
        }
    }
}

/// Who would be locked out if the account demands two-factor authentication: one request, and one more for what it
/// demands now if the change does not tell.
async fn two_factor(cloudflare: &Cloudflare, change: &Change, id: &AccountId) -> Vec<String> {
    let turns_on = if let Some(turns_on) = turns_two_factor_on(&change.values, change.base.as_ref()) {
        turns_on
    } else {
        let now = cloudflare.account(id, DetailOptions::default()).await;
        // Where it can't be read it may be that it is turned on.
        now.map_or(true, |account| account.raw.at(super::spec::TWO_FACTOR) != Some(true.into()))
    };
    if !turns_on {
        return Vec::new();
    }
    let operation = Operation::read(&["accounts", id.as_str(), "members"]);
    vec![match counted(cloudflare, operation, MemberRow::read).await {
        Ok(members) => locked_out(members),
        Err(failure) => format!(
            "members without two-factor authentication are locked out until they set it up; who they are can't be read: \
             {failure}"
        ),
    }]
}

fn locked_out(members: Counted<MemberRow>) -> String {
    let all = members.all();
    let read = members.rows.len();
    let here: Vec<MemberRow> = members.rows.into_iter().filter(|member| !member.is_rejected()).collect();
    let (count, silent) = (here.len(), here.iter().filter(|member| member.has_two_factor().is_none()).count());
    let without: Vec<Untrusted> =
        here.into_iter().filter(|member| member.has_two_factor() == Some(false)).map(MemberRow::words).collect();
    let of = match all {
        Count::Exactly(all) if all == read => format!("{count} members"),
        Count::Exactly(all) | Count::AtLeast(_, Some(all)) => format!("the first {read} of {all} members"),
        Count::AtLeast(_, None) => format!("the first {read} members"),
    };
    let words = match without.as_slice() {
        [] if silent == count && count > 0 => format!("of {of} nobody can say who has two-factor authentication"),
        [] => format!("of {of} none is known to lack two-factor authentication"),
        [one] => format!("1 of {of} has no two-factor authentication and is locked out until it is set up: {one}"),
        many => format!(
            "{} of {of} have no two-factor authentication and are locked out until they set it up: {}",
            many.len(),
            listed(many)
        ),
    };
    if silent > 0 && silent < count {
        return format!("{words}; of {silent} it is not known");
    }
    words
}

fn listed(names: &[Untrusted]) -> String {
    let mut words: Vec<String> = names.iter().take(NAMED).map(|name| name.shown().into_owned()).collect();
    if names.len() > NAMED {
        words.push(format!("{} more", names.len() - NAMED));
    }
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(rows: &[&str], total: Option<usize>) -> String {
        let rows = rows.iter().map(|row| MemberRow::read(serde_json::from_str(row).unwrap())).collect();
        let rows: Vec<MemberRow> = rows;
        locked_out(Counted { is_full: rows.len() >= PAGE, rows, total })
    }

    const WITH: &str = r#"{"user":{"email":"a@x.example","two_factor_authentication_enabled":true}}"#;
    const WITHOUT: &str = r#"{"user":{"email":"b@x.example","two_factor_authentication_enabled":false}}"#;

    #[test]
    fn members_are_counted_and_called_by_name_as_far_as_they_are_known() {
        assert_eq!(members(&[WITH, WITH], Some(2)), "of 2 members none is known to lack two-factor authentication");
        assert_eq!(
            members(&[WITH, WITHOUT], None),
            "1 of 2 members has no two-factor authentication and is locked out until it is set up: b@x.example"
        );
        let five = members(&[WITHOUT; 5], None);
        assert!(five.starts_with("5 of 5 members have") && five.ends_with("b@x.example, 2 more"), "{five}");
        let full = members(&[WITHOUT; PAGE], Some(120));
        assert!(full.starts_with("50 of the first 50 of 120 members have"), "{full}");
        assert!(members(&[WITHOUT; PAGE], None).starts_with("50 of the first 50 members have"));
        let odd = members(&["7", WITHOUT, "{}"], None);
        assert!(odd.ends_with("b@x.example; of 2 it is not known"), "{odd}");
        assert_eq!(members(&["{}"], None), "of 1 members nobody can say who has two-factor authentication");
        let rejected =
            r#"{"email":"c@x.example","status":"rejected","user":{"two_factor_authentication_enabled":false}}"#;
        assert_eq!(members(&[rejected, WITH], None), "of 1 members none is known to lack two-factor authentication");
    }

    #[test]
    fn rows_are_believed_before_the_count_beside_them() {
        let all = |rows, total| Counted { rows: vec![(); rows], is_full: rows >= PAGE, total }.all();
        assert_eq!(all(3, None), Count::Exactly(3));
        assert_eq!(all(3, Some(3)), Count::Exactly(3));
        assert_eq!(all(3, Some(900)), Count::AtLeast(3, Some(900)));
        assert_eq!(all(PAGE, Some(70)), Count::Exactly(70));
        assert_eq!(all(PAGE, Some(7)), Count::AtLeast(PAGE, None));
        assert_eq!(all(PAGE, None), Count::AtLeast(PAGE, None));
    }
}
