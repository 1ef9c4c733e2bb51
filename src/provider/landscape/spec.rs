//! Landscape as data: what config, keys, columns and forms must know.

use crate::domain::{ChangeKind, CredentialField, CredentialSet, Field, FieldKind, FormSpec, Guide, ProviderFacts};
use crate::provider::{
    Capability, Column, ColumnValue, Command, Dashboard, DetailField, HierarchyWords, Levels, MakeReach, MoveReach,
    Offer, Outside, Paging, Spec,
};

/// Landscape.
pub static SPEC: Spec = Spec {
    facts: FACTS,
    title: "Landscape",
    base_url: super::dialect::BASE_URL,
    capabilities: &[
        (Capability::Hierarchy, Offer::Yes),
        (
            Capability::Lineage,
            Offer::No("at Landscape access groups stand inside an account: there is nothing above an account"),
        ),
        (Capability::ReadAccountProfile, Offer::Yes),
        (Capability::WriteAccountProfile, Offer::Yes),
        (Capability::ReadOrganizationProfile, NO_GROUP_PROFILE),
        (Capability::WriteOrganizationProfile, NO_GROUP_PROFILE),
        (
            Capability::RemoteSearch,
            Offer::No("Landscape lists all accounts with the login: there is nothing to ask for"),
        ),
        (Capability::Extra, Offer::No("acctui asks all that Landscape has of an account at once")),
        (Capability::SignIn, Offer::No("Landscape has no one-time links into its dashboard")),
        (Capability::Switch, Offer::Yes),
        (Capability::CreateAccount, Offer::Yes),
        (Capability::CreateStandalone, Offer::Yes),
        (Capability::UpdateAccount, Offer::Yes),
        (Capability::DeleteAccount, Offer::No("Landscape's API deletes no accounts")),
        (Capability::CloseAccount, Offer::No("Landscape's API closes no accounts")),
        (Capability::RemoveAccount, NOT_CONTAINED),
        (Capability::MoveAccount, NOT_CONTAINED),
        (Capability::BatchMove, Offer::No("Landscape has no organizations to move accounts between")),
        (Capability::CreateOrganization, NO_GROUP_WRITES),
        (Capability::RenameOrganization, Offer::No("Landscape's API renames no access groups")),
        (Capability::DeleteOrganization, NO_GROUP_WRITES),
    ],
    hierarchy: HierarchyWords {
        one: "access group",
        many: "access groups",
        none: "No access groups: they stand inside an account, and there is no account yet or none that shows them.",
    },
    paging: Paging::Chained,
    // A login's accounts come in one answer.
    page_rows: 1_000,
    levels: Levels::ByRoot,
    // Nothing is moved at all.
    moves: MoveReach::Anywhere,
    makes: MakeReach::Anywhere,
    columns: COLUMNS,
    details: DETAILS,
    profile_at: "preferences.",
    closing: "",
    told: &["computers", "title"],
    extra: None,
    forms: &[EDIT_PROFILE, EDIT_ACCOUNT, CREATE_ACCOUNT, CREATE_STANDALONE],
    searches: &[],
    outside: OUTSIDE,
};

/// The web pages stand at the API's own host (Landscape documentation: `https://HOST/api/v2` beside `https://HOST`); no
/// address of one account's page is documented. The calls take the token that a login gives, which no tool reads from a
/// variable: the name is this program's.
const OUTSIDE: Outside = Outside {
    page: Dashboard::Host,
    headers: &[("e-mail and password", &["Authorization: Bearer $LANDSCAPE_JWT"])],
    signer: None,
    command: Command::None("Landscape lists accounts with the login: no call of its own shows one"),
};

const NO_GROUP_PROFILE: Offer = Offer::No("a Landscape access group has no profile: only its account has preferences");
const NOT_CONTAINED: Offer =
    Offer::No("a Landscape account stands in no organization: there is nothing to take it out of or move it to");
const NO_GROUP_WRITES: Offer = Offer::No("this version of acctui writes no access groups");

/// Names of variables: those of Landscape's own command line client (its documentation), which takes access keys only.
/// Its address is that of the legacy API, `https://HOST/api/`.
const FACTS: ProviderFacts = ProviderFacts {
    id: "landscape",
    base_url_env: &["LANDSCAPE_API_URI"],
    credentials: &[
        CredentialSet { words: "e-mail and password", fields: &[field("email", &[]), field("password", &[])] },
        CredentialSet { words: "identity and password", fields: &[field("identity", &[]), field("password", &[])] },
        CredentialSet {
            words: "access key",
            fields: &[field("access_key", &["LANDSCAPE_API_KEY"]), field("secret_key", &["LANDSCAPE_API_SECRET"])],
        },
        CredentialSet { words: "no credential (a new self-hosted server)", fields: &[] },
    ],
    guide: Guide {
        place: "the e-mail and password of the web page, or an access key from your user's settings there, under API \
                credentials (the only way in where a server knows single sign-on alone)",
        needs: "what its user may do",
        plain: &["email", "identity", "access_key"],
        kept: None,
        shared: None,
    },
};

const fn field(name: &'static str, env: &'static [&'static str]) -> CredentialField {
    CredentialField { name, env }
}

const COLUMNS: &[Column] = &[
    Column { id: "name", title: "Name", letter: 'n', value: ColumnValue::Name, min: 16, max: 200, priority: 0 },
    Column { id: "account", title: "Account", letter: 'a', value: ColumnValue::Id, min: 10, max: 32, priority: 1 },
    Column { id: "type", title: "Type", letter: 't', value: ColumnValue::Kind, min: 9, max: 9, priority: 2 },
    Column {
        id: "computers",
        title: "Computers",
        letter: 'c',
        value: ColumnValue::Path("computers.count"),
        min: 9,
        max: 9,
        priority: 3,
    },
    Column {
        id: "subdomain",
        title: "Subdomain",
        letter: 's',
        value: ColumnValue::Path("login.subdomain"),
        min: 9,
        max: 24,
        priority: 4,
    },
];

const DETAILS: &[DetailField] = &[
    detail("login.name", "Account name", "not known"),
    detail("login.title", "Title", "not set"),
    detail("login.default", "Default account", "not said"),
    detail("login.subdomain", "Subdomain", "none"),
    detail("login.classic_dashboard_url", "Classic dashboard", "none"),
    detail("computers.count", "Computers", "not known"),
    detail("preferences.registration_password", "Registration key", "not set"),
    detail("preferences.auto_register_new_computers", "Auto-register", "not known"),
    detail("preferences.audit_retention_period", "Audit retention", "not known"),
    detail("administrators", "Administrators", "not known"),
    detail("roles", "Roles", "not known"),
    detail("licenses", "Licenses", "not known"),
    detail("contracts", "Contracts", "not known"),
    detail("invitations", "Invitations", "not known"),
    detail("as_of_creation", "As of creation", "made before this session"),
    detail("messages", "Messages", "none"),
];

const fn detail(path: &'static str, label: &'static str, absent: &'static str) -> DetailField {
    DetailField { path, label, absent, none: "none", is_extra: false }
}

/// The one field of the preferences that names the account (Landscape documentation: renaming the organization).
const EDIT_PROFILE: FormSpec = FormSpec { title: "Edit profile", kind: ChangeKind::Profile, fields: &[TITLE] };

/// The same field, which is all that can be edited of an account.
const EDIT_ACCOUNT: FormSpec = FormSpec { title: "Edit account", kind: ChangeKind::UpdateAccount, fields: &[TITLE] };

const TITLE: Field = Field::text("title", "Title", "The organization's title; the account name stays").required();

/// Landscape documentation: fails if the user has an account, or if the server lets nobody make one.
const CREATE_ACCOUNT: FormSpec = FormSpec {
    title: "New account",
    kind: ChangeKind::CreateAccount,
    fields: &[Field::text("title", "Title", "The title of the organization; you become its administrator").required()],
};

const CREATE_STANDALONE: FormSpec = FormSpec {
    title: "New standalone account",
    kind: ChangeKind::CreateStandalone,
    fields: &[
        Field {
            kind: FieldKind::Email,
            ..Field::text("email", "E-mail", "Of the first administrator, who signs in with it")
        }
        .required(),
        Field::text("name", "Name", "Of the first administrator").required(),
        Field {
            kind: FieldKind::NewPassword,
            ..Field::text(
                "password",
                "Password",
                "Of the first administrator; the server decides whether it is good enough",
            )
        }
        .required(),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_must_be_filled() {
        for form in SPEC.forms {
            assert!(form.fields.iter().all(|field| field.required), "{}", form.title);
        }
    }

    #[test]
    fn the_password_is_a_secret_that_warns() {
        let field = SPEC.form(ChangeKind::CreateStandalone).unwrap().field("password").unwrap();
        assert!(field.kind.is_secret() && field.fault("weak").is_none());
        assert!(field.kind.advice("weak").is_some());
    }
}
