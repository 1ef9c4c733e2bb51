//! `switch ACCOUNT`: makes one account of a login the current one, which proves that the login reaches it.

use super::desk::{Desk, Opened};
use super::find::{self, Misses};
use super::show;
use super::stop::Stop;
use crate::domain::{AccountId, Failure, FailureKind};
use crate::provider::{Capability, DetailOptions};

/// Asks the connections that can switch, in their order, until one has the account.
pub(super) async fn run(desk: &Desk, id: &str) -> Result<(), Stop> {
    let opened = desk.open()?;
    let account = AccountId::new(id);
    let mut misses = Misses::new("account", id);
    for it in find::offering(&opened, Capability::Switch)? {
        match it.provider.switch(&account).await {
            Ok(account) => {
                show::print(desk, it, &account)?;
                desk.whisper("nothing is remembered of it: later commands name their account by its id");
                return Ok(());
            }
            Err(failure) => misses.note(it, &told(it, &account, failure).await),
        }
    }
    Err(misses.end())
}

/// What a refusal means: where the connection has no such account, that is all there is to say.
async fn told(opened: &Opened, account: &AccountId, failure: Failure) -> Failure {
    if !matches!(failure.kind, FailureKind::Auth | FailureKind::Forbidden | FailureKind::Refused) {
        return failure;
    }
    match opened.provider.account(account, DetailOptions::default()).await {
        Err(why) if why.kind == FailureKind::NotFound => why,
        Ok(_) | Err(_) => failure,
    }
}
