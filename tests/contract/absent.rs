//! What a provider does not advertise gives exactly its sentence, and asks nobody.

use acctui::domain::{AccountKey, ChangeKind, Failure, FailureKind, OrganizationId, OrganizationKey, Subject};
use acctui::provider::{Capability, Cursor, Offer, OrganizationScope, Provider, Spec};

use crate::house::{Link, change};
use crate::ways::Ways;

/// All kinds of changes.
const KINDS: [ChangeKind; 11] = [
    ChangeKind::Profile,
    ChangeKind::CreateAccount,
    ChangeKind::CreateStandalone,
    ChangeKind::UpdateAccount,
    ChangeKind::DeleteAccount,
    ChangeKind::CloseAccount,
    ChangeKind::RemoveAccount,
    ChangeKind::MoveAccount,
    ChangeKind::CreateOrganization,
    ChangeKind::RenameOrganization,
    ChangeKind::DeleteOrganization,
];

/// Every capability is answered once, and what is advertised has what the screen needs for it.
pub fn every_capability_is_answered(spec: &Spec) {
    assert_eq!(spec.capabilities.len(), Capability::ALL.len(), "{}", spec.title);
    for capability in Capability::ALL {
        assert!(spec.capabilities.iter().any(|(listed, _)| *listed == capability), "{}: {capability:?}", spec.title);
        if let Offer::No(reason) = spec.offer(capability) {
            assert!(!reason.is_empty(), "{}: {capability:?}", spec.title);
        }
    }
    let offers = |capability| spec.offer(capability) == Offer::Yes;
    assert_eq!(offers(Capability::Extra), spec.extra.is_some(), "{}", spec.title);
    assert_eq!(offers(Capability::RemoteSearch), !spec.searches.is_empty(), "{}", spec.title);
    for kind in KINDS {
        let is_offered = spec.capabilities.iter().any(|(listed, offer)| writes(*listed, kind) && *offer == Offer::Yes);
        assert_eq!(is_offered, spec.form(kind).is_some(), "{}: {kind:?}", spec.title);
    }
}

fn writes(capability: Capability, kind: ChangeKind) -> bool {
    let name = "any".into();
    let id = OrganizationId::new("any");
    let organization = Subject::Organization(OrganizationKey { connection: name, id });
    let connection = Subject::Connection("any".into());
    [organization, connection].iter().any(|subject| Capability::of(kind, subject) == capability)
}

/// Every call that belongs to a capability that is not advertised.
pub async fn asks_nobody(link: &Link, ways: &Ways, account: &AccountKey) {
    let provider = link.provider();
    let before = link.heard();
    for (capability, offer) in link.kind.spec.capabilities {
        let Offer::No(reason) = offer else { continue };
        for failure in calls(link, provider, *capability, account).await {
            let told = (&failure.kind, failure.cause.as_str());
            assert_eq!(told, (&FailureKind::Unsupported, *reason), "{capability:?}");
        }
    }
    if !ways.goes_on {
        for kind in KINDS {
            assert_eq!(provider.progress(kind, "any").await.unwrap_err().kind, FailureKind::Unsupported);
        }
    }
    assert_eq!(link.heard(), before, "{}: something was asked", link.name);
}

async fn calls(link: &Link, provider: &dyn Provider, capability: Capability, account: &AccountKey) -> Vec<Failure> {
    let id = OrganizationId::new("0123456789abcdef0123456789abcdef");
    let organization = Subject::Organization(OrganizationKey { connection: link.name.clone(), id: id.clone() });
    let here = Subject::Account(account.clone());
    match capability {
        Capability::Hierarchy => vec![
            provider.organizations(&OrganizationScope::Every, &Cursor::First).await.unwrap_err(),
            provider.organizations(&OrganizationScope::Roots, &Cursor::First).await.unwrap_err(),
            provider.organizations(&OrganizationScope::Below(id.clone()), &Cursor::First).await.unwrap_err(),
            provider.organization(&id).await.unwrap_err(),
        ],
        Capability::Lineage => vec![provider.lineage(&account.id).await.unwrap_err()],
        Capability::ReadAccountProfile => vec![provider.profile(&here).await.unwrap_err()],
        Capability::ReadOrganizationProfile => vec![provider.profile(&organization).await.unwrap_err()],
        Capability::SignIn => vec![provider.sign_in().await.unwrap_err()],
        Capability::Switch => vec![provider.switch(&account.id).await.unwrap_err()],
        // No calls of their own: that they are absent is in the data, and that nothing extra comes is read elsewhere.
        Capability::RemoteSearch | Capability::Extra => Vec::new(),
        Capability::WriteAccountProfile => unwritten(provider, ChangeKind::Profile, &[here]).await,
        Capability::WriteOrganizationProfile => unwritten(provider, ChangeKind::Profile, &[organization]).await,
        Capability::CreateAccount => {
            unwritten(provider, ChangeKind::CreateAccount, &[link.subject(), organization]).await
        }
        Capability::CreateStandalone => unwritten(provider, ChangeKind::CreateStandalone, &[link.subject()]).await,
        Capability::UpdateAccount => unwritten(provider, ChangeKind::UpdateAccount, &[here]).await,
        Capability::DeleteAccount => unwritten(provider, ChangeKind::DeleteAccount, &[here]).await,
        Capability::CloseAccount => unwritten(provider, ChangeKind::CloseAccount, &[here]).await,
        Capability::RemoveAccount => unwritten(provider, ChangeKind::RemoveAccount, &[here]).await,
        Capability::MoveAccount => unwritten(provider, ChangeKind::MoveAccount, &[here]).await,
        Capability::BatchMove => {
            vec![provider.move_batch(std::slice::from_ref(&account.id), &id).await.unwrap_err()]
        }
        Capability::CreateOrganization => {
            unwritten(provider, ChangeKind::CreateOrganization, &[link.subject(), organization]).await
        }
        Capability::RenameOrganization => unwritten(provider, ChangeKind::RenameOrganization, &[organization]).await,
        Capability::DeleteOrganization => unwritten(provider, ChangeKind::DeleteOrganization, &[organization]).await,
    }
}

/// Neither shown nor sent.
async fn unwritten(provider: &dyn Provider, kind: ChangeKind, subjects: &[Subject]) -> Vec<Failure> {
    let mut failures = Vec::new();
    for subject in subjects {
        let change = change(kind, subject.clone(), &[("title", "T"), ("name", "N"), ("from", "a"), ("to", "b")]);
        failures.push(provider.preview(&change).unwrap_err());
        failures.push(provider.execute(&change).await.unwrap_err());
    }
    failures
}
