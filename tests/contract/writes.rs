//! What a provider advertises to write works: it is shown first as it is sent, and read back or followed to its end.

use acctui::domain::{AccountId, Change, ChangeKind, Failure, FailureKind, OrganizationKey, Secret, Subject};
use acctui::provider::{Capability, Executed, ListScope, Made, Progress};

use crate::house::{Link, change};
use crate::reads::{PLAIN, Seen, accounts, ids, offers, profiled, way};
use crate::ways::{Against, Ways, root};

/// Looks at what goes on, more than any world lets it take.
const LOOKS: usize = 40;

/// Shows a change, sends it, and holds the one against the other.
pub async fn sent(link: &Link, change: &Change) -> Result<Executed, Failure> {
    let provider = link.provider();
    let before = link.heard();
    let preview = provider.preview(change).unwrap();
    assert_eq!(link.heard(), before, "showing asks nobody");
    assert!(["POST", "PUT", "PATCH", "DELETE"].contains(&preview.method.as_str()), "{preview:?}");
    assert!(preview.path.starts_with(link.mount()) && preview.path.len() > link.mount().len(), "{preview:?}");
    link.hides_secrets(&preview);
    for secret in change.secrets.values() {
        assert!(!format!("{preview:?}").contains(secret.expose()), "{preview:?}");
    }
    let result = provider.execute(change).await;
    let records = link.records();
    let is_it = |path: &str| path == preview.path || preview.path.ends_with(path);
    let was_sent = records[before..].iter().any(|record| record.method == preview.method && is_it(&record.path));
    assert!(was_sent || result.is_err(), "{preview:?} was shown, sent: {:?}", &records[before..]);
    link.hides_secrets(&records);
    for secret in change.secrets.values() {
        assert!(!format!("{result:?} {records:?}").contains(secret.expose()), "{change:?}");
    }
    result
}

/// Whether a write must be refused by this connection, and is.
async fn is_refused(link: &Link, ways: &Ways, change: &Change) -> bool {
    let Some(kind) = (ways.refused)(link, change.kind) else { return false };
    let failure = sent(link, change).await.unwrap_err();
    assert_eq!(failure.kind, kind, "{failure}");
    true
}

/// Follows what goes on after its answer.
pub async fn ended(link: &Link, kind: ChangeKind, operation: &str) -> Progress {
    for _ in 0..LOOKS {
        match link.provider().progress(kind, operation).await.unwrap() {
            Progress::Running => {}
            over @ (Progress::Done(_) | Progress::Failed(_)) => return over,
        }
    }
    panic!("{operation} does not end");
}

/// The account that a creation made, in the end.
pub async fn made(link: &Link, change: &Change) -> Result<AccountId, Failure> {
    let executed = sent(link, change).await?;
    match (executed.made, executed.operation) {
        (Some(Made::Account(account)), _) => Ok(account.key.id),
        (None, Some(operation)) => match ended(link, change.kind, &operation).await {
            Progress::Done(account) => Ok(account.unwrap()),
            Progress::Failed(failure) => Err(failure),
            Progress::Running => unreachable!("it has ended"),
        },
        other => panic!("nothing says what became of it: {other:?}"),
    }
}

/// Every write that is advertised. Gives the accounts that it made.
pub async fn all_work(link: &Link, ways: &Ways, seen: &Seen) -> Vec<AccountId> {
    profiles(link, ways, seen).await;
    let made = creations(link, ways, seen).await;
    standalone_is_not_for_others(link, ways).await;
    // Where nobody may make accounts, one is edited that nothing else is written to.
    let edited = made.first().or(seen.open.last().map(|account| &account.key.id));
    edits(link, ways, edited).await;
    organizations(link, ways, seen, &made).await;
    removal(link, ways, seen).await;
    endings(link, &made).await;
    made
}

async fn profiles(link: &Link, ways: &Ways, seen: &Seen) {
    let provider = link.provider();
    for subject in profiled(link, seen) {
        let before = provider.profile(&subject).await.unwrap();
        assert_eq!(before.subject, subject);
        if !offers(link, Capability::of(ChangeKind::Profile, &subject)) {
            continue;
        }
        assert!(!ways.profile.is_empty(), "say what is written");
        let mut values = before.values;
        for (field, text) in ways.profile {
            values.set(*field, *text);
        }
        let write = Change { values: values.clone(), ..change(ChangeKind::Profile, subject.clone(), &[]) };
        sent(link, &write).await.unwrap();
        let after = provider.profile(&subject).await.unwrap();
        assert!(after.exists);
        assert_eq!(after.values, values);
    }
}

async fn creations(link: &Link, ways: &Ways, seen: &Seen) -> Vec<AccountId> {
    let mut all = Vec::new();
    if !offers(link, Capability::CreateAccount) {
        return all;
    }
    let (name, forms) = ways.accounts_made;
    assert!(!forms.is_empty(), "say what is made");
    let top = ways.first_in_root.then(|| &root(&seen.organizations).key);
    for (nth, fields) in forms.iter().enumerate() {
        let inside = top.filter(|_| nth == 0);
        let at = inside.map_or_else(|| link.subject(), |top| Subject::Organization(top.clone()));
        let create = change(ChangeKind::CreateAccount, at, fields);
        // Only some demand one.
        let create = Change { key: Some(format!("contract-{nth}")), ..create };
        if is_refused(link, ways, &create).await {
            continue;
        }
        let id = made(link, &create).await.unwrap();
        let account = link.provider().account(&id, PLAIN).await.unwrap();
        assert_eq!(account.name.raw(), create.values.get(name));
        if let Some(top) = inside {
            assert_eq!(way(&link.provider().lineage(&id).await.unwrap()), std::slice::from_ref(&top.id));
        }
        all.push(id);
    }
    let listed = ids(&accounts(link.provider(), &ListScope::all()).await.unwrap());
    assert!(all.iter().all(|id| listed.contains(id)));
    assert_eq!(listed.len(), seen.all.len() + all.len(), "that and nothing else was made");
    all
}

/// The change that makes a new server's account.
pub fn standalone(link: &Link, ways: &Ways) -> Change {
    let ((secret, text), open) = ways.standalone.split_last().expect("say what is made");
    let mut create = change(ChangeKind::CreateStandalone, link.subject(), open);
    create.secrets.insert((*secret).into(), Secret::new(*text));
    create
}

/// A server with accounts makes no first one.
async fn standalone_is_not_for_others(link: &Link, ways: &Ways) {
    if offers(link, Capability::CreateStandalone) {
        assert!(is_refused(link, ways, &standalone(link, ways)).await);
    }
}

async fn edits(link: &Link, ways: &Ways, account: Option<&AccountId>) {
    if !offers(link, Capability::UpdateAccount) {
        return;
    }
    let account = account.expect("there is an account to edit");
    assert!(!ways.edits.is_empty(), "say what is edited");
    for fields in ways.edits {
        let edit = change(ChangeKind::UpdateAccount, subject(link, account), fields);
        sent(link, &edit).await.unwrap();
        let record = link.provider().account(account, PLAIN).await.unwrap().raw;
        for (field, wanted) in *fields {
            let value = record.at(field).unwrap_or_default();
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            // A field that was cleared may be empty, null or gone.
            assert_eq!(if value.is_null() { "" } else { &text }, *wanted, "{field}");
        }
    }
}

pub fn subject(link: &Link, id: &AccountId) -> Subject {
    Subject::Account(acctui::domain::AccountKey { connection: link.name.clone(), id: id.clone() })
}

async fn organizations(link: &Link, ways: &Ways, seen: &Seen, made: &[AccountId]) {
    if !offers(link, Capability::CreateOrganization) {
        return;
    }
    let provider = link.provider();
    let (first, later) = ways.organization;
    let top = &root(&seen.organizations).key;
    let create = change(ChangeKind::CreateOrganization, Subject::Organization(top.clone()), &[("name", first)]);
    let Some(Made::Organization(unit)) = sent(link, &create).await.unwrap().made else { panic!("it was made") };
    assert_eq!((unit.name.raw(), &unit.parent.as_ref().unwrap().id), (first, &top.id));
    assert_eq!(provider.organization(&unit.key.id).await.unwrap().name.raw(), first);
    let there = Subject::Organization(unit.key.clone());
    if offers(link, Capability::RenameOrganization) {
        sent(link, &change(ChangeKind::RenameOrganization, there.clone(), &[("name", later)])).await.unwrap();
        assert_eq!(provider.organization(&unit.key.id).await.unwrap().name.raw(), later);
    }
    let delete = change(ChangeKind::DeleteOrganization, there, &[]);
    if offers(link, Capability::MoveAccount) {
        moves(link, ways, &made[0], top, &unit.key, &delete).await;
    }
    if offers(link, Capability::DeleteOrganization) {
        sent(link, &delete).await.unwrap();
        let gone = provider.organization(&unit.key.id).await.unwrap_err();
        assert_eq!(Some(&gone.kind), (ways.against)(&link.world, Against::Gone).as_ref(), "{gone}");
    }
}

/// An account goes down and up again; where it is not, it is not moved from, and what holds it is not deleted.
async fn moves(
    link: &Link,
    ways: &Ways,
    account: &AccountId,
    top: &OrganizationKey,
    below: &OrganizationKey,
    delete: &Change,
) {
    let (up, down) = (top.id.as_str(), below.id.as_str());
    let moved =
        |from, to| change(ChangeKind::MoveAccount, subject(link, account), &[(Change::FROM, from), (Change::TO, to)]);
    sent(link, &moved(up, down)).await.unwrap();
    let lineage = link.provider().lineage(account).await.unwrap();
    assert_eq!(way(&lineage), [top.id.clone(), below.id.clone()]);
    let elsewhere = sent(link, &moved(up, down)).await.err().map(|failure| failure.kind);
    assert_eq!(elsewhere, (ways.against)(&link.world, Against::Elsewhere));
    assert_eq!(way(&link.provider().lineage(account).await.unwrap()).len(), 2, "it stays where it is");
    if offers(link, Capability::DeleteOrganization) {
        let full = sent(link, delete).await.err().map(|failure| failure.kind);
        assert_eq!(full, (ways.against)(&link.world, Against::NotEmpty));
    }
    sent(link, &moved(down, up)).await.unwrap();
    assert_eq!(way(&link.provider().lineage(account).await.unwrap()), std::slice::from_ref(&top.id));
    if offers(link, Capability::BatchMove) {
        let batch = link.provider().move_batch(std::slice::from_ref(account), &below.id).await;
        let is_moved = match &batch {
            Ok(moved) => moved.iter().any(|one| one.account == *account && one.moved),
            // A server may not have it all the same; then nothing was moved.
            Err(failure) => {
                assert_eq!(failure.kind, FailureKind::Unsupported, "{failure}");
                false
            }
        };
        let depth = way(&link.provider().lineage(account).await.unwrap()).len();
        assert_eq!(depth, if is_moved { 2 } else { 1 }, "{batch:?}");
        if is_moved {
            sent(link, &moved(down, up)).await.unwrap();
        }
    }
}

async fn removal(link: &Link, ways: &Ways, seen: &Seen) {
    if !offers(link, Capability::RemoveAccount) {
        return;
    }
    for account in seen.all.iter().filter(|account| (ways.removable)(account)) {
        let remove = change(ChangeKind::RemoveAccount, Subject::Account(account.key.clone()), &[]);
        match sent(link, &remove).await {
            Ok(_) => {
                let left = ids(&accounts(link.provider(), &ListScope::all()).await.unwrap());
                assert!(!left.contains(&account.key.id));
                return;
            }
            Err(failure) => {
                // Some never are: the record does not say which.
                let kinds = [Against::Kept, Against::Leads].map(|against| (ways.against)(&link.world, against));
                assert!(kinds.contains(&Some(failure.kind.clone())), "{failure}");
            }
        }
    }
    panic!("no account can be removed");
}

async fn endings(link: &Link, made: &[AccountId]) {
    if offers(link, Capability::CloseAccount) {
        let executed = sent(link, &change(ChangeKind::CloseAccount, subject(link, &made[0]), &[])).await.unwrap();
        if let Some(operation) = executed.operation {
            let end = ended(link, ChangeKind::CloseAccount, &operation).await;
            assert_eq!(end, Progress::Done(Some(made[0].clone())));
        }
        assert!(link.provider().account(&made[0], PLAIN).await.unwrap().status.is_some(), "its status says so");
    }
    if offers(link, Capability::DeleteAccount) {
        sent(link, &change(ChangeKind::DeleteAccount, subject(link, &made[1]), &[])).await.unwrap();
        let left = ids(&accounts(link.provider(), &ListScope::all()).await.unwrap());
        assert!(!left.contains(&made[1]));
    }
}
