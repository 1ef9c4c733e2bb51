//! Cloudflare as data: what config, keys, columns and forms must know.

use crate::domain::{
    Change, ChangeKind, CredentialField, CredentialSet, Field, FieldKind, FormSpec, Guide, ProviderFacts,
};
use crate::provider::{
    Capability, Column, ColumnValue, Command, Dashboard, HierarchyWords, Levels, ListSearch, MakeReach, MoveReach,
    Offer, Outside, Paging, Spec,
};

/// Cloudflare.
pub static SPEC: Spec = Spec {
    facts: FACTS,
    title: "Cloudflare",
    base_url: super::dialect::BASE_URL,
    capabilities: &[
        (Capability::Hierarchy, Offer::Yes),
        (Capability::Lineage, Offer::Yes),
        (Capability::ReadAccountProfile, Offer::Yes),
        (Capability::WriteAccountProfile, Offer::Yes),
        (Capability::ReadOrganizationProfile, Offer::Yes),
        (Capability::WriteOrganizationProfile, Offer::Yes),
        (Capability::RemoteSearch, Offer::Yes),
        (Capability::Extra, Offer::No("Cloudflare gives all it has of an account at once")),
        (Capability::SignIn, Offer::No("Cloudflare has no one-time links into its dashboard")),
        (Capability::Switch, Offer::No("at Cloudflare every request names its account: there is nothing to switch")),
        (Capability::CreateAccount, Offer::Yes),
        (Capability::CreateStandalone, Offer::NO_FIRST_ACCOUNT),
        (Capability::UpdateAccount, Offer::Yes),
        (Capability::DeleteAccount, Offer::Yes),
        (Capability::CloseAccount, Offer::No("Cloudflare deletes accounts; it does not close them")),
        (
            Capability::RemoveAccount,
            Offer::No("Cloudflare moves accounts to another organization; it does not remove them from one"),
        ),
        (Capability::MoveAccount, Offer::Yes),
        (Capability::BatchMove, Offer::Yes),
        (Capability::CreateOrganization, Offer::Yes),
        (Capability::RenameOrganization, Offer::Yes),
        (Capability::DeleteOrganization, Offer::Yes),
    ],
    hierarchy: HierarchyWords {
        one: "organization",
        many: "organizations",
        none: "No organizations: most Cloudflare accounts stand on their own. Organizations are an \
               Enterprise feature, and some are shown only to an e-mail with its Global API Key.",
    },
    paging: Paging::Numbered,
    // Cloudflare schema: 5 to 50.
    page_rows: 50,
    levels: Levels::Together,
    // Cloudflare documentation (public beta): a move takes a standalone account into an organization, or an account to
    // another organization of its hierarchy; the product's pages send people to Support for everything else.
    moves: MoveReach::OneHierarchy {
        otherwise: "choose an organization of the account's own hierarchy; Cloudflare Support can take it into another one",
    },
    makes: MakeReach::Anywhere,
    columns: COLUMNS,
    details: &[],
    profile_at: "",
    closing: "",
    told: &["id", "name", "type", "created_on", "create_time", "managed_by", "parent", "status", "profile"],
    extra: None,
    forms: &[EDIT_PROFILE, CREATE, UPDATE, MOVE, DELETE, CREATE_ORGANIZATION, RENAME_ORGANIZATION, DELETE_ORGANIZATION],
    searches: &[SEARCH_ALL, SEARCH_IN_ORGANIZATION],
    outside: OUTSIDE,
};

/// The dashboard's address of an account is an assumption: no document at hand has it. The call is Cloudflare's schema,
/// the headers its documentation, the variables those of its tools.
const OUTSIDE: Outside = Outside {
    page: Dashboard::Account("https://dash.cloudflare.com/{id}"),
    headers: &[
        ("API token", &["Authorization: Bearer $CLOUDFLARE_API_TOKEN"]),
        ("e-mail and Global API Key", &["X-Auth-Email: $CLOUDFLARE_EMAIL", "X-Auth-Key: $CLOUDFLARE_API_KEY"]),
    ],
    signer: None,
    command: Command::Get("/accounts/{id}"),
};

/// Names of variables: those of Cloudflare's SDKs and of wrangler, old ones included (their sources).
const FACTS: ProviderFacts = ProviderFacts {
    id: "cloudflare",
    base_url_env: &["CLOUDFLARE_BASE_URL", "CLOUDFLARE_API_BASE_URL", "CF_API_BASE_URL"],
    credentials: &[
        CredentialSet {
            words: "API token",
            fields: &[CredentialField { name: "token", env: &["CLOUDFLARE_API_TOKEN", "CF_API_TOKEN"] }],
        },
        CredentialSet {
            words: "e-mail and Global API Key",
            fields: &[
                CredentialField { name: "email", env: &["CLOUDFLARE_EMAIL", "CF_API_EMAIL", "CF_EMAIL"] },
                CredentialField { name: "key", env: &["CLOUDFLARE_API_KEY", "CF_API_KEY"] },
            ],
        },
    ],
    guide: Guide {
        place: "My Profile > API Tokens, https://dash.cloudflare.com/profile/api-tokens (the Global API Key stands there too)",
        needs: "a token needs Account Settings: Read to list accounts and Edit to change them; what concerns organizations \
                is allowed to the e-mail with the Global API Key alone, but for a few calls (Cloudflare documentation)",
        plain: &["email"],
        kept: None,
        shared: None,
    },
};

const COLUMNS: &[Column] = &[
    Column { id: "name", title: "Name", letter: 'n', value: ColumnValue::Name, min: 16, max: 200, priority: 0 },
    Column { id: "type", title: "Type", letter: 't', value: ColumnValue::Kind, min: 10, max: 10, priority: 2 },
    Column {
        id: "organization",
        title: "Organization",
        letter: 'o',
        value: ColumnValue::Parent,
        min: 12,
        max: 32,
        priority: 1,
    },
    Column { id: "created", title: "Created", letter: 'c', value: ColumnValue::Created, min: 10, max: 10, priority: 4 },
    Column {
        id: "2fa",
        title: "2FA",
        letter: 'f',
        value: ColumnValue::Path("settings.enforce_twofactor"),
        min: 3,
        max: 3,
        priority: 5,
    },
    Column { id: "id", title: "ID", letter: 'i', value: ColumnValue::Id, min: 10, max: 32, priority: 3 },
];

/// The five fields of a profile in the order of the schema's forms; the schema requires all of them in a PUT and lets
/// each be empty.
pub(super) const PROFILE_FIELDS: [&str; 5] =
    ["business_name", "business_email", "business_phone", "business_address", "external_metadata"];

const EDIT_PROFILE: FormSpec = FormSpec {
    title: "Edit profile",
    kind: ChangeKind::Profile,
    fields: &[
        Field::text("business_name", "Business name", "The business's legal name"),
        Field {
            kind: FieldKind::Email,
            ..Field::text("business_email", "Business e-mail", "Where the business is written to")
        },
        Field {
            kind: FieldKind::Phone,
            ..Field::text("business_phone", "Business phone", "With its country code, e.g. +44 20 7946 0000")
        },
        Field::text("business_address", "Business address", "Street, city, postal code and country in one line"),
        Field {
            kind: FieldKind::JsonOrText,
            ..Field::text(
                "external_metadata",
                "External metadata",
                "Your own notes for other systems: JSON or plain text",
            )
        },
    ],
};

pub(super) const TYPE: &str = "type";
pub(super) const UNIT: &str = "unit.id";
pub(super) const ABUSE_CONTACT: &str = "settings.abuse_contact_email";
pub(super) const TWO_FACTOR: &str = "settings.enforce_twofactor";

/// Cloudflare schema: a name has at most 100 characters. `unit.id` is "the tag of the tenant unit": an organization's
/// id, as far as anybody says (assumption).
const CREATE: FormSpec = FormSpec {
    title: "New account",
    kind: ChangeKind::CreateAccount,
    fields: &[
        Field::text("name", "Name", "The new account's name, at most 100 characters").required(),
        Field {
            kind: FieldKind::Choice(&["standard", "enterprise"]),
            ..Field::text(TYPE, "Type", "Not set: as Cloudflare decides; enterprise is for Enterprise tenants")
        },
        Field {
            kind: FieldKind::Place,
            ..Field::text(UNIT, "Organization", "The id of the organization to make it in; empty: a standalone account")
        },
    ],
};

/// What can be written of an account (Cloudflare schema). Its type can't (reported live).
const UPDATE: FormSpec = FormSpec {
    title: "Edit account",
    kind: ChangeKind::UpdateAccount,
    fields: &[
        Field::text("name", "Name", "The account's name, at most 100 characters").required(),
        Field {
            kind: FieldKind::Email,
            ..Field::text(ABUSE_CONTACT, "Abuse contact", "Where Cloudflare sends reports of abuse")
        },
        Field {
            kind: FieldKind::Flag,
            ..Field::text(TWO_FACTOR, "Require 2FA", "Whether every member must have two-factor authentication")
        },
    ],
};

/// A standalone account is nowhere before its move.
const MOVE: FormSpec = FormSpec {
    title: "Move account",
    kind: ChangeKind::MoveAccount,
    fields: &[
        Field::text(Change::FROM, "From", "The organization that holds the account now; empty: it is standalone"),
        Field::text(Change::TO, "To", "The organization to move it to, of the same hierarchy").required(),
    ],
};

const DELETE: FormSpec = FormSpec { title: "Delete account", kind: ChangeKind::DeleteAccount, fields: &[] };

const CREATE_ORGANIZATION: FormSpec = FormSpec {
    title: "New organization",
    kind: ChangeKind::CreateOrganization,
    fields: &[Field::text("name", "Name", "The new organization's name").required()],
};

const RENAME_ORGANIZATION: FormSpec = FormSpec {
    title: "Rename organization",
    kind: ChangeKind::RenameOrganization,
    fields: &[Field::text("name", "Name", "The organization's name").required()],
};

const DELETE_ORGANIZATION: FormSpec =
    FormSpec { title: "Delete organization", kind: ChangeKind::DeleteOrganization, fields: &[] };

const DIRECTION: Field = Field {
    kind: FieldKind::Choice(&["asc", "desc"]),
    ..Field::text("direction", "Direction", "Ascending or descending")
};

const SEARCH_ALL: ListSearch = ListSearch {
    title: "Search all accounts",
    in_organization: false,
    fields: &[Field::text("name", "Name", "The account's whole name"), DIRECTION],
};

/// Every query parameter of the listing (Cloudflare schema); filters ignore case. The exact ones are in the schema,
/// but not in the rendered documentation.
const SEARCH_IN_ORGANIZATION: ListSearch = ListSearch {
    title: "Search in an organization",
    in_organization: true,
    fields: &[
        Field::text("name", "Name is", "The whole name"),
        Field::text("name.contains", "Name contains", "A part of the name"),
        Field::text("name.startsWith", "Name starts with", "How the name begins"),
        Field::text("name.endsWith", "Name ends with", "How the name ends"),
        Field::text("account_pubname", "Public name is", "The whole public name (deprecated by Cloudflare)"),
        Field::text(
            "account_pubname.contains",
            "Public name contains",
            "A part of the public name (deprecated by Cloudflare)",
        ),
        Field::text(
            "account_pubname.startsWith",
            "Public name starts with",
            "How the public name begins (deprecated by Cloudflare)",
        ),
        Field::text(
            "account_pubname.endsWith",
            "Public name ends with",
            "How the public name ends (deprecated by Cloudflare)",
        ),
        Field {
            kind: FieldKind::Choice(&["account_name"]),
            ..Field::text("order_by", "Order by", "Not set: by Cloudflare's internal account id")
        },
        DIRECTION,
        Field {
            kind: FieldKind::Number,
            ..Field::text("page_size", "Page size", "Accounts in one answer; all pages come anyway")
        },
    ],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_and_organization_survive_the_narrowest_screen() {
        let mut kept: Vec<&Column> = SPEC.columns.iter().collect();
        kept.sort_by_key(|column| column.priority);
        assert_eq!([kept[0].id, kept[1].id], ["name", "organization"]);
    }

    #[test]
    fn the_form_has_the_profiles_fields() {
        let form = SPEC.form(ChangeKind::Profile).unwrap();
        assert_eq!(form.title, "Edit profile");
        let names: Vec<&str> = form.fields.iter().map(|field| field.name).collect();
        assert_eq!(names, PROFILE_FIELDS);
        assert!(form.fields.iter().all(|field| !field.required));
    }
}
