//! Huawei Cloud Organizations as data: what config, keys, columns and forms must know.

use crate::domain::{
    ChangeKind, CredentialField, CredentialSet, Field, FieldKind, FormSpec, Guide, ProviderFacts, SharedCredentials,
    SharedFile,
};
use crate::provider::units::{CLOSE, CREATE_UNIT, DELETE_UNIT, MOVE, RENAME_UNIT};
use crate::provider::{
    Capability, Column, ColumnValue, Command, Dashboard, DetailField, HierarchyWords, Levels, MakeReach, MoveReach,
    Offer, Outside, Paging, Spec,
};

/// Huawei Cloud.
pub static SPEC: Spec = Spec {
    facts: FACTS,
    title: "Huawei Cloud",
    base_url: super::dialect::BASE_URL,
    capabilities: &[
        (Capability::Hierarchy, Offer::Yes),
        (Capability::Lineage, Offer::Yes),
        (Capability::ReadAccountProfile, Offer::Yes),
        (
            Capability::WriteAccountProfile,
            Offer::No("at Huawei Cloud an account's contact data can be read, but only the account itself changes it"),
        ),
        (Capability::ReadOrganizationProfile, NO_ORGANIZATION_PROFILE),
        (Capability::WriteOrganizationProfile, NO_ORGANIZATION_PROFILE),
        (Capability::RemoteSearch, Offer::No("Huawei Cloud's list of accounts takes no filters")),
        (Capability::Extra, Offer::Yes),
        (Capability::SignIn, Offer::No("Huawei Cloud has no one-time links into its console")),
        (
            Capability::Switch,
            Offer::No("a Huawei Cloud key belongs to one account: for another one make another connection"),
        ),
        (Capability::CreateAccount, Offer::Yes),
        (Capability::CreateStandalone, Offer::NO_FIRST_ACCOUNT),
        (Capability::UpdateAccount, Offer::Yes),
        (
            Capability::DeleteAccount,
            Offer::No(
                "Huawei Cloud deletes no account at once: close it, or remove it from the organization to keep it",
            ),
        ),
        (Capability::CloseAccount, Offer::Yes),
        (Capability::RemoveAccount, Offer::Yes),
        (Capability::MoveAccount, Offer::Yes),
        (Capability::BatchMove, Offer::No("Huawei Cloud moves one account a call")),
        (Capability::CreateOrganization, Offer::Yes),
        (Capability::RenameOrganization, Offer::Yes),
        (Capability::DeleteOrganization, Offer::Yes),
    ],
    hierarchy: HierarchyWords {
        one: "OU",
        many: "OUs",
        none: "No organization: the account of this key is in none. An organization is made in the Huawei Cloud \
               console; its management account's key then shows all of its accounts.",
    },
    paging: Paging::Chained,
    // What a listing with contact data takes at most (Huawei documentation), and is asked for.
    page_rows: 200,
    levels: Levels::Walked,
    // An organization has one root (Huawei documentation), and a connection sees one organization.
    moves: MoveReach::Anywhere,
    // A new account stands in the root (documented by the provider).
    makes: MakeReach::Roots { otherwise: "make it in the root, then move it to its OU" },
    columns: COLUMNS,
    details: DETAILS,
    profile_at: "",
    // Huawei SDK: the states.
    closing: "pending_closure, later suspended",
    told: &["id", "name", "join_method", "status", "joined_at"],
    extra: Some("contact data"),
    forms: &[CREATE, UPDATE, CLOSE, REMOVE, MOVE, CREATE_UNIT, RENAME_UNIT, DELETE_UNIT],
    searches: &[],
    outside: OUTSIDE,
};

/// Nothing that is known of Huawei Cloud gives an address in its console, or a command of its tools.
const OUTSIDE: Outside = Outside {
    page: Dashboard::None("no address of an account's page in the Huawei Cloud console is documented"),
    headers: &[],
    signer: None,
    command: Command::None(
        "Huawei Cloud wants each request signed, and no command of its tools is known that shows an account",
    ),
};

const NO_ORGANIZATION_PROFILE: Offer = Offer::No("at Huawei Cloud only accounts have contact data, OUs have none");

/// Names of variables: those of Huawei Cloud's SDKs first, then those of its Terraform provider (their sources). A whole
/// temporary key is preferred: without its token the other two parts are no key.
const FACTS: ProviderFacts = ProviderFacts {
    id: "huawei",
    base_url_env: &["HUAWEICLOUD_SDK_REGION_ORGANIZATIONS_CN_NORTH_4"],
    credentials: &[
        CredentialSet { words: "temporary access key", fields: &[ACCESS_KEY, SECRET_KEY, SECURITY_TOKEN] },
        CredentialSet { words: "access key", fields: &[ACCESS_KEY, SECRET_KEY] },
    ],
    guide: Guide {
        place: "My Credentials > Access Keys in the console, in the organization's management account (or one that it made a \
                delegated administrator)",
        needs: "the Organizations permissions of its IAM user: read-only is enough to look around",
        plain: &["access_key"],
        kept: None,
        shared: Some(&SHARED),
    },
};

/// The file of Huawei Cloud's SDKs (their source): Organizations is one of its global services. Commands that print
/// temporary keys are known of AWS alone; the members are its documentation's.
const SHARED: SharedCredentials = SharedCredentials {
    files: &[SharedFile { env: "HUAWEICLOUD_SDK_CREDENTIALS_FILE", path: ".huaweicloud/credentials", prefix: "" }],
    profile_env: &[],
    profile: "global",
    keys: &[("ak", "access_key"), ("sk", "secret_key"), ("security_token", "security_token")],
    command: None,
    beyond: &[("idp_id", "give an access key: signing in through an identity provider is not in this version")],
    printed: &[("AccessKeyId", "access_key"), ("SecretAccessKey", "secret_key"), ("SessionToken", "security_token")],
};

const ACCESS_KEY: CredentialField =
    CredentialField { name: "access_key", env: &["HUAWEICLOUD_SDK_AK", "HW_ACCESS_KEY"] };
const SECRET_KEY: CredentialField =
    CredentialField { name: "secret_key", env: &["HUAWEICLOUD_SDK_SK", "HW_SECRET_KEY"] };
const SECURITY_TOKEN: CredentialField =
    CredentialField { name: "security_token", env: &["HUAWEICLOUD_SDK_SECURITY_TOKEN", "HW_SECURITY_TOKEN"] };

const COLUMNS: &[Column] = &[
    Column { id: "name", title: "Name", letter: 'n', value: ColumnValue::Name, min: 16, max: 200, priority: 0 },
    Column { id: "status", title: "Status", letter: 's', value: ColumnValue::Status, min: 9, max: 15, priority: 1 },
    Column {
        id: "organization",
        title: "Organization",
        letter: 'o',
        value: ColumnValue::Parent,
        min: 12,
        max: 32,
        priority: 2,
    },
    Column { id: "created", title: "Joined", letter: 'j', value: ColumnValue::Created, min: 10, max: 10, priority: 4 },
    Column { id: "type", title: "How", letter: 'h', value: ColumnValue::Kind, min: 7, max: 7, priority: 5 },
    Column {
        id: "description",
        title: "Description",
        letter: 'd',
        value: ColumnValue::Path("description"),
        min: 10,
        max: 40,
        priority: 6,
    },
    Column { id: "id", title: "ID", letter: 'i', value: ColumnValue::Id, min: 10, max: 32, priority: 3 },
];

/// The contact data, in the order of the document.
pub(super) const PROFILE_FIELDS: [&str; 3] = ["mobile_phone", "intl_number_prefix", "email"];

const DETAILS: &[DetailField] = &[
    DetailField { path: "description", label: "Description", absent: "none", none: "none", is_extra: false },
    DetailField { path: "mobile_phone", label: "Mobile phone", absent: "not set", none: "not set", is_extra: true },
    DetailField {
        path: "intl_number_prefix",
        label: "Phone prefix",
        absent: "not set",
        none: "not set",
        is_extra: true,
    },
    DetailField { path: "email", label: "E-mail", absent: "not set", none: "not set", is_extra: true },
    DetailField { path: "urn", label: "URN", absent: "none", none: "none", is_extra: false },
];

const DESCRIPTION: Field = Field::text("description", "Description", "What the account is for");

/// Only the name is required: whether e-mail or phone is needed depends on the site (Huawei documentation: e-mail on the
/// international one, phone on the mainland's). With neither, the newer call makes an account that needs none.
const CREATE: FormSpec = FormSpec {
    title: "New account",
    kind: ChangeKind::CreateAccount,
    fields: &[
        Field::text("name", "Name", "The new account's name, unique in all of Huawei Cloud").required(),
        Field {
            kind: FieldKind::Email,
            ..Field::text(
                "email",
                "E-mail",
                "International site: for an account of its own; without it and phone, a resource account",
            )
        },
        Field {
            kind: FieldKind::Phone,
            ..Field::text(
                "phone",
                "Mobile phone",
                "Chinese site: for an account of its own; without it and e-mail, a resource account",
            )
        },
        Field::text("agency_name", "Agency", "The agency that lets the management account in; a usual one if not set"),
        DESCRIPTION,
    ],
};

const UPDATE: FormSpec = FormSpec { title: "Edit account", kind: ChangeKind::UpdateAccount, fields: &[DESCRIPTION] };

const REMOVE: FormSpec =
    FormSpec { title: "Remove account from the organization", kind: ChangeKind::RemoveAccount, fields: &[] };

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_profile_shows_comes_only_when_asked_for() {
        for field in PROFILE_FIELDS {
            assert!(SPEC.details.iter().any(|detail| detail.path == field && detail.is_extra), "{field}");
        }
    }
}
