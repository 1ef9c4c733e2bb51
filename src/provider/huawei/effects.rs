//! What a change brings along beyond its fields, in sentences. What can't be read is said, and stops nothing.

use serde_json::value::RawValue;

use super::wire::{Envelope, filled, parse, text};
use super::{Huawei, family};
use crate::domain::{Change, ChangeKind, Failure};
use crate::provider::ClosingQuota;

/// So many closures may go on at once (Huawei documentation).
const CLOSURES_AT_ONCE: usize = 3;

/// How many accounts Huawei Cloud closes (Huawei documentation). The tenth of the active accounts that it allows in 30
/// days is said, and Huawei Cloud's to refuse: whether it holds everybody to it is an assumption of the simulator's, too.
pub(super) const CLOSING: ClosingQuota =
    ClosingQuota { at_once: CLOSURES_AT_ONCE, days: 30, percent: 100, least: CLOSURES_AT_ONCE, most: 200 };

pub(super) async fn of(huawei: &Huawei, change: &Change) -> Vec<String> {
    let words = |words: &[&str]| words.iter().map(|&words| words.to_owned()).collect::<Vec<String>>();
    match change.kind {
        ChangeKind::CloseAccount => {
            let mut all = vec![closures(huawei).await];
            all.extend(words(&[
                // Huawei documentation.
                "Huawei Cloud's documentation allows closing 10 % of the active accounts in 30 days, 200 at most",
                // Huawei SDK: the states. How long the first one lasts is not documented.
                "closing goes on after the answer: the account is pending_closure, later suspended, and stays listed; no \
                 call here takes it back",
            ]));
            all
        }
        ChangeKind::RemoveAccount => words(&[
            // Huawei documentation.
            "the account leaves the organization and stands alone: the organization's policies no longer apply to it, \
             and the management account no longer reaches it",
            // Reported of such organizations; which of it Huawei Cloud checks is not documented.
            "it needs contact data and a payment method of its own; an account that was created here may lack them, and \
             Huawei Cloud may then refuse",
            "only an invitation that the account accepts brings it back",
        ]),
        // Huawei documentation: policies are inherited down the tree.
        ChangeKind::MoveAccount => words(&[
            "the policies of the destination and of all above it apply to the account from then on, those of its old \
             place no longer",
        ]),
        ChangeKind::CreateAccount => {
            let mut all: Vec<String> = vec![quota(huawei, "account", "accounts").await];
            all.extend(words(&["an account is never deleted, only closed: see the quotas of closures"]));
            all
        }
        ChangeKind::CreateOrganization => vec![quota(huawei, "organizational_unit", "OUs").await],
        // Huawei documentation.
        ChangeKind::DeleteOrganization => words(&[
            "deleting an OU can't be undone: one of the same name would have another id; only an empty one is deleted",
        ]),
        ChangeKind::Profile
        | ChangeKind::CreateStandalone
        | ChangeKind::UpdateAccount
        | ChangeKind::DeleteAccount
        | ChangeKind::RenameOrganization => Vec::new(),
    }
}

/// How many closures go on now, in words.
async fn closures(huawei: &Huawei) -> String {
    match running(huawei).await {
        Ok(running) if running >= CLOSURES_AT_ONCE => format!(
            "{running} closures go on already: Huawei Cloud's documentation allows {CLOSURES_AT_ONCE} at once, and it \
             will probably refuse this one"
        ),
        Ok(running) => {
            format!("{running} closures go on now; Huawei Cloud's documentation allows {CLOSURES_AT_ONCE} at once")
        }
        Err(failure) => format!(
            "Huawei Cloud's documentation allows {CLOSURES_AT_ONCE} closures at once; how many go on can't be read: \
             {failure}"
        ),
    }
}

/// How many closures go on now: one request, this list has no pages (Huawei SDK).
pub(super) async fn running(huawei: &Huawei) -> Result<usize, Failure> {
    let answer = huawei.send(&family("close-account-status")).await?;
    let envelope = Envelope::read(answer.json.as_deref());
    let all = envelope
        .rows("close_account_statuses")
        .ok_or_else(|| answer.unreadable("the answer holds no list of close_account_statuses"))?;
    Ok(all.iter().filter(|raw| goes_on(raw)).count())
}

/// A closure that failed says why, and goes on no more.
fn goes_on(raw: &RawValue) -> bool {
    let status = parse(raw);
    let is_pending = text(status.get("state")).is_some_and(|state| state.raw() == "pending_closure");
    is_pending && filled(&status, "failure_reason").is_none()
}

/// How much of a quota is used: one request.
async fn quota(huawei: &Huawei, kind: &str, many: &str) -> String {
    match used(huawei, kind).await {
        Ok(Some((used, quota))) if used >= quota => {
            format!("the quota is used up, {used} of {quota} {many}: Huawei Cloud will probably refuse")
        }
        Ok(Some((used, quota))) => {
            format!("it takes one of the organization's quota: {used} of {quota} {many} are used")
        }
        Ok(None) => format!("Huawei Cloud does not say how many {many} the organization may have"),
        Err(failure) => format!("how many {many} the organization may have can't be read: {failure}"),
    }
}

async fn used(huawei: &Huawei, kind: &str) -> Result<Option<(u64, u64)>, Failure> {
    let answer = huawei.send(&family("quotas")).await?;
    let envelope = Envelope::read(answer.json.as_deref());
    let quotas = envelope.one("quotas").map(parse);
    let quotas = quotas.ok_or_else(|| answer.unreadable("the answer holds no quotas"))?;
    let resources = quotas.get("resources").and_then(serde_json::Value::as_array);
    let own = resources.into_iter().flatten().find(|one| one.get("type").and_then(|own| own.as_str()) == Some(kind));
    let number = |key: &str| text(own?.get(key))?.raw().parse().ok();
    Ok(number("used").zip(number("quota")))
}
