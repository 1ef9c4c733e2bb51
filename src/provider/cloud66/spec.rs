//! Cloud 66 as data: what config, keys and columns must know.

use crate::domain::{CredentialField, CredentialSet, Guide, KeptFile, ProviderFacts};
use crate::provider::{
    Capability, Column, ColumnValue, Command, Dashboard, DetailField, HierarchyWords, Levels, MakeReach, MoveReach,
    Offer, Outside, Paging, Spec,
};

/// Cloud 66. Its API reads accounts: nothing in it creates, renames, moves or deletes one (its documents).
pub static SPEC: Spec = Spec {
    facts: FACTS,
    title: "Cloud 66",
    base_url: super::dialect::BASE_URL,
    capabilities: &[
        (Capability::Hierarchy, Offer::No("Cloud 66 has no hierarchy: its accounts stand side by side")),
        (Capability::Lineage, Offer::No("Cloud 66 has no hierarchy: nothing stands above an account")),
        (Capability::ReadAccountProfile, NO_PROFILES),
        (Capability::WriteAccountProfile, NO_PROFILES),
        (Capability::ReadOrganizationProfile, NO_ORGANIZATIONS),
        (Capability::WriteOrganizationProfile, NO_ORGANIZATIONS),
        (Capability::RemoteSearch, Offer::No("Cloud 66's list of accounts takes no parameters but the page")),
        (Capability::Extra, Offer::Yes),
        (Capability::SignIn, Offer::Yes),
        (Capability::Switch, Offer::No("at Cloud 66 every request names its account: there is nothing to switch")),
        (Capability::CreateAccount, Offer::No("Cloud 66's API creates no accounts: its dashboard does")),
        (Capability::CreateStandalone, Offer::NO_FIRST_ACCOUNT),
        (Capability::UpdateAccount, Offer::No("Cloud 66's API changes no accounts: its dashboard does")),
        (Capability::DeleteAccount, Offer::No("Cloud 66's API deletes no accounts: its dashboard does")),
        (Capability::CloseAccount, Offer::No("Cloud 66's API closes no accounts")),
        (Capability::RemoveAccount, NO_ORGANIZATIONS),
        (Capability::MoveAccount, Offer::No("Cloud 66 has no hierarchy: there is nowhere to move an account to")),
        (Capability::BatchMove, Offer::No("Cloud 66's API moves no accounts")),
        (Capability::CreateOrganization, NO_ORGANIZATIONS),
        (Capability::RenameOrganization, NO_ORGANIZATIONS),
        (Capability::DeleteOrganization, NO_ORGANIZATIONS),
    ],
    hierarchy: HierarchyWords {
        one: "organization",
        many: "organizations",
        none: "Cloud 66 has no hierarchy: all its accounts are in the list.",
    },
    paging: Paging::Numbered,
    // Cloud 66 documentation: 30 by default.
    page_rows: 30,
    levels: Levels::Together,
    // Nothing is moved at all.
    moves: MoveReach::Anywhere,
    makes: MakeReach::Anywhere,
    columns: COLUMNS,
    details: DETAILS,
    profile_at: "",
    closing: "",
    told: &["id", "friendly_name", "owner", "created_at_iso", "updated_at_iso"],
    extra: Some("unmanaged servers"),
    forms: &[],
    searches: &[],
    outside: OUTSIDE,
};

/// The call and its header are Cloud 66's documentation. Its dashboard is opened through a one-time link.
const OUTSIDE: Outside = Outside {
    page: Dashboard::None("the dashboard is opened through a one-time link"),
    headers: &[("access token", &["Authorization: Bearer $CLOUD66_TOKEN"])],
    signer: None,
    command: Command::Get("/accounts/{id}"),
};

const NO_PROFILES: Offer =
    Offer::No("Cloud 66's API has no profiles: all that it says of an account is in the account");

/// What Cloud 66's dashboard calls an organization is what its API calls an account.
const NO_ORGANIZATIONS: Offer = Offer::No("Cloud 66 has no organizations above its accounts");

/// The variable of Cloud 66's own command line program. An old version of that read its web address, which is not the
/// API's, from `CLOUD66_API_URL`: not asked.
const FACTS: ProviderFacts = ProviderFacts {
    id: "cloud66",
    base_url_env: &[],
    credentials: &[CredentialSet {
        words: "access token",
        fields: &[CredentialField { name: super::token::TOKEN, env: &["CLOUD66_TOKEN"] }],
    }],
    guide: Guide {
        place: "Account > Authorized Applications in the dashboard, https://app.cloud66.com",
        needs: "its scope must have `users`: accounts are not shown without it (Cloud 66 documentation)",
        plain: &[],
        kept: Some(KeptFile { program: "cx", path: ".cloud66/cx.json", field: super::token::TOKEN }),
        shared: None,
    },
};

const COLUMNS: &[Column] = &[
    Column { id: "name", title: "Name", letter: 'n', value: ColumnValue::Name, min: 16, max: 200, priority: 0 },
    Column { id: "type", title: "Type", letter: 't', value: ColumnValue::Kind, min: 7, max: 10, priority: 1 },
    Column { id: "email", title: "E-mail", letter: 'e', value: ColumnValue::Email, min: 12, max: 32, priority: 2 },
    Column {
        id: "stacks",
        title: "Stacks",
        letter: 's',
        value: ColumnValue::Path("stack_count"),
        min: 6,
        max: 6,
        priority: 4,
    },
    Column {
        id: "clouds",
        title: "Clouds",
        letter: 'l',
        value: ColumnValue::Path("used_clouds"),
        min: 8,
        max: 24,
        priority: 5,
    },
    Column { id: "created", title: "Created", letter: 'c', value: ColumnValue::Created, min: 10, max: 10, priority: 6 },
    Column { id: "id", title: "ID", letter: 'i', value: ColumnValue::Id, min: 6, max: 12, priority: 3 },
];

/// The record's fields (model page), but those that every account has.
const DETAILS: &[DetailField] = &[
    detail("current_account", "Primary account"),
    detail("stack_count", "Stacks"),
    detail("used_clouds", "Clouds"),
    DetailField {
        // Asked for at another account than the primary one, null comes with no error (Cloud 66's documents).
        absent: "not given: Cloud 66 gives the primary account's only",
        is_extra: true,
        ..detail("unmanaged_servers", "Unmanaged servers")
    },
    detail("server_registration_script", "Register a server"),
    detail("configstore_namespace", "ConfigStore"),
];

const fn detail(path: &'static str, label: &'static str) -> DetailField {
    DetailField { path, label, absent: "not given", none: "none", is_extra: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_offered_has_what_it_needs() {
        assert_eq!(SPEC.offer(Capability::Extra) == Offer::Yes, SPEC.extra.is_some());
        assert!(SPEC.details.iter().any(|field| field.is_extra));
        assert!(SPEC.forms.is_empty() && SPEC.searches.is_empty());
    }
}
