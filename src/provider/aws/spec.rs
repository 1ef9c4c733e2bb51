//! AWS Organizations as data: what config, keys, columns and forms must know.

use crate::domain::{
    ChangeKind, CredentialField, CredentialSet, Field, FieldKind, FormSpec, Guide, ProviderFacts, SharedCredentials,
    SharedFile,
};
use crate::provider::units::{CLOSE, CREATE_UNIT, DELETE_UNIT, MOVE, RENAME_UNIT};
use crate::provider::{
    Capability, Column, ColumnValue, Command, Dashboard, DetailField, HierarchyWords, Levels, MakeReach, MoveReach,
    Offer, Outside, Paging, Spec,
};

/// AWS.
pub static SPEC: Spec = Spec {
    facts: FACTS,
    title: "AWS",
    base_url: super::dialect::BASE_URL,
    capabilities: &[
        (Capability::Hierarchy, Offer::Yes),
        (Capability::Lineage, Offer::Yes),
        (Capability::ReadAccountProfile, Offer::Yes),
        (Capability::WriteAccountProfile, Offer::Yes),
        (Capability::ReadOrganizationProfile, NO_ORGANIZATION_PROFILE),
        (Capability::WriteOrganizationProfile, NO_ORGANIZATION_PROFILE),
        (Capability::RemoteSearch, Offer::No("AWS's list of accounts takes no filters")),
        (Capability::Extra, Offer::Yes),
        (Capability::SignIn, Offer::No("an access key opens no page of the AWS console")),
        (
            Capability::Switch,
            Offer::No("an AWS access key belongs to one account: for another one make another connection"),
        ),
        (Capability::CreateAccount, Offer::Yes),
        (Capability::CreateStandalone, Offer::NO_FIRST_ACCOUNT),
        (Capability::UpdateAccount, Offer::Yes),
        (
            Capability::DeleteAccount,
            Offer::No("AWS deletes no account at once: close it, and it is gone after 90 days"),
        ),
        (Capability::CloseAccount, Offer::Yes),
        (
            Capability::RemoveAccount,
            Offer::No("taking an account out of its AWS organization is done in the AWS console, not here"),
        ),
        (Capability::MoveAccount, Offer::Yes),
        (Capability::BatchMove, Offer::No("AWS moves one account a call")),
        (Capability::CreateOrganization, Offer::Yes),
        (Capability::RenameOrganization, Offer::Yes),
        (Capability::DeleteOrganization, Offer::Yes),
    ],
    hierarchy: HierarchyWords {
        one: "OU",
        many: "OUs",
        none: "No organization: the account of this key is in none. An organization is made in the AWS console; its \
               management account's key then shows all of its accounts.",
    },
    paging: Paging::Chained,
    // AWS documentation: 20 at the most.
    page_rows: 20,
    // Accounts say by their paths where they stand, or their listing walks the OUs where they don't.
    levels: Levels::Together,
    // An organization has one root (AWS documentation), and a connection sees one organization.
    moves: MoveReach::Anywhere,
    // A new account stands in the root (documented by the provider).
    makes: MakeReach::Roots { otherwise: "make it in the root, then move it to its OU" },
    columns: COLUMNS,
    details: DETAILS,
    profile_at: "",
    // AWS documentation: what stands there for 90 days is called by both words.
    closing: "PENDING_CLOSURE, later SUSPENDED or CLOSED",
    told: &["Id", "Name", "JoinedMethod", "JoinedTimestamp", "State", "Status", "Email"],
    extra: Some("contact data and tags"),
    forms: &[
        UPDATE,
        BILLING,
        OPERATIONS,
        SECURITY,
        PROFILE,
        CREATE,
        CLOSE,
        MOVE,
        CREATE_UNIT,
        RENAME_UNIT,
        DELETE_UNIT,
    ],
    searches: &[],
    outside: OUTSIDE,
};

/// The command is that of AWS's command line (AWS documentation). The console's address of an account is an assumption:
/// it is where the console's own list leads, and documented nowhere; a region of its own comes before the host for some.
const OUTSIDE: Outside = Outside {
    page: Dashboard::Account("https://console.aws.amazon.com/organizations/v2/home/accounts/{id}"),
    headers: &[("access key", &[]), ("temporary access key", &["X-Amz-Security-Token: $AWS_SESSION_TOKEN"])],
    signer: Some("$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY"),
    command: Command::Program(&["aws", "organizations", "describe-account", "--account-id", "{id}"], "--endpoint-url"),
};

const NO_ORGANIZATION_PROFILE: Offer = Offer::No("at AWS only accounts have contact information, OUs have none");

/// Names of variables are those of AWS's SDKs. A whole temporary key is preferred: without its token the other two parts
/// are no key.
const FACTS: ProviderFacts = ProviderFacts {
    id: "aws",
    base_url_env: &["AWS_ENDPOINT_URL_ORGANIZATIONS", "AWS_ENDPOINT_URL"],
    credentials: &[
        CredentialSet { words: "temporary access key", fields: &[ACCESS_KEY_ID, SECRET_ACCESS_KEY, SESSION_TOKEN] },
        CredentialSet { words: "access key", fields: &[ACCESS_KEY_ID, SECRET_ACCESS_KEY] },
    ],
    guide: Guide {
        place: "IAM > Users > Security credentials in the console of the organization's management account (or of one that \
                it made a delegated administrator)",
        needs: "read access to AWS Organizations is enough to look around: the managed policy \
                AWSOrganizationsReadOnlyAccess",
        plain: &["access_key_id"],
        kept: None,
        shared: Some(&SHARED),
    },
};

/// The files of AWS's command line and SDKs (their documentation). What they sign in with beside keys needs requests of
/// its own: such a profile is read through the command that prints its temporary keys.
const SHARED: SharedCredentials = SharedCredentials {
    files: &[
        SharedFile { env: "AWS_SHARED_CREDENTIALS_FILE", path: ".aws/credentials", prefix: "" },
        SharedFile { env: "AWS_CONFIG_FILE", path: ".aws/config", prefix: "profile " },
    ],
    profile_env: &["AWS_PROFILE"],
    profile: "default",
    keys: &[
        ("aws_access_key_id", "access_key_id"),
        ("aws_secret_access_key", "secret_access_key"),
        ("aws_session_token", "session_token"),
    ],
    command: Some("credential_process"),
    beyond: &[("sso_session", PRINTED), ("sso_start_url", PRINTED), ("role_arn", PRINTED), ("login_session", PRINTED)],
    printed: &[
        ("AccessKeyId", "access_key_id"),
        ("SecretAccessKey", "secret_access_key"),
        ("SessionToken", "session_token"),
    ],
};

const PRINTED: &str = "have AWS's command line print its keys: credentials = { command = [\"aws\", \"configure\", \
                       \"export-credentials\", \"--profile\", \"NAME\"], format = \"aws-process\" }";

const ACCESS_KEY_ID: CredentialField = CredentialField { name: "access_key_id", env: &["AWS_ACCESS_KEY_ID"] };
const SECRET_ACCESS_KEY: CredentialField =
    CredentialField { name: "secret_access_key", env: &["AWS_SECRET_ACCESS_KEY"] };
const SESSION_TOKEN: CredentialField = CredentialField { name: "session_token", env: &["AWS_SESSION_TOKEN"] };

const COLUMNS: &[Column] = &[
    Column { id: "name", title: "Name", letter: 'n', value: ColumnValue::Name, min: 16, max: 200, priority: 0 },
    Column { id: "status", title: "State", letter: 's', value: ColumnValue::Status, min: 9, max: 18, priority: 1 },
    Column {
        id: "organization",
        title: "Organization",
        letter: 'o',
        value: ColumnValue::Parent,
        min: 12,
        max: 32,
        priority: 2,
    },
    Column { id: "email", title: "E-mail", letter: 'e', value: ColumnValue::Email, min: 12, max: 40, priority: 4 },
    Column { id: "created", title: "Joined", letter: 'j', value: ColumnValue::Created, min: 10, max: 10, priority: 5 },
    Column { id: "type", title: "How", letter: 'h', value: ColumnValue::Kind, min: 7, max: 7, priority: 6 },
    Column { id: "id", title: "ID", letter: 'i', value: ColumnValue::Id, min: 12, max: 12, priority: 3 },
];

/// The contact information, in the order of AWS's model.
pub(super) const PROFILE_FIELDS: [&str; 12] = [
    "FullName",
    "CompanyName",
    "AddressLine1",
    "AddressLine2",
    "AddressLine3",
    "City",
    "StateOrRegion",
    "DistrictOrCounty",
    "PostalCode",
    "CountryCode",
    "PhoneNumber",
    "WebsiteUrl",
];

/// Where the alternate contacts stand in a record that was asked for in full.
pub(super) const CONTACTS: &str = "AlternateContacts";

/// The kinds of alternate contacts.
pub(super) const CONTACT_KINDS: [&str; 3] = ["BILLING", "OPERATIONS", "SECURITY"];

/// The fields of one, all of them required (AWS's model).
pub(super) const CONTACT_FIELDS: [&str; 4] = ["Name", "Title", "EmailAddress", "PhoneNumber"];

/// Where the tags stand in a record that was asked for in full.
pub(super) const TAGS: &str = "Tags";

/// Where stands in a record what could not be had of what was asked for in full.
pub(super) const MESSAGES: &str = crate::provider::UNREAD;

const DETAILS: &[DetailField] = &[
    extra("AlternateContacts.BILLING.Name", "Billing contact"),
    extra("AlternateContacts.BILLING.Title", "Billing: title"),
    extra("AlternateContacts.BILLING.EmailAddress", "Billing: e-mail"),
    extra("AlternateContacts.BILLING.PhoneNumber", "Billing: phone"),
    extra("AlternateContacts.OPERATIONS.Name", "Operations contact"),
    extra("AlternateContacts.OPERATIONS.Title", "Operations: title"),
    extra("AlternateContacts.OPERATIONS.EmailAddress", "Operations: e-mail"),
    extra("AlternateContacts.OPERATIONS.PhoneNumber", "Operations: phone"),
    extra("AlternateContacts.SECURITY.Name", "Security contact"),
    extra("AlternateContacts.SECURITY.Title", "Security: title"),
    extra("AlternateContacts.SECURITY.EmailAddress", "Security: e-mail"),
    extra("AlternateContacts.SECURITY.PhoneNumber", "Security: phone"),
    DetailField { absent: "none", none: "none", ..extra(TAGS, "Tags") },
    DetailField { absent: "nothing", none: "nothing", ..extra(MESSAGES, "Not read") },
    DetailField { path: "Arn", label: "ARN", absent: "none", none: "none", is_extra: false },
];

const fn extra(path: &'static str, label: &'static str) -> DetailField {
    DetailField { path, label, absent: "not set", none: "not set", is_extra: true }
}

/// What is required is so in AWS's model.
const PROFILE: FormSpec = FormSpec {
    title: "Edit profile",
    kind: ChangeKind::Profile,
    fields: &[
        Field::text("FullName", "Full name", "Whom AWS writes to").required(),
        Field::text("CompanyName", "Company", "The company of the account, if it is one's"),
        Field::text("AddressLine1", "Address", "The first line of the address").required(),
        Field::text("AddressLine2", "Address, 2nd line", "The second line of the address"),
        Field::text("AddressLine3", "Address, 3rd line", "The third line of the address"),
        Field::text("City", "City", "The city of the address").required(),
        Field::text("StateOrRegion", "State or region", "The state or region; needed in US, CA, GB, DE, JP, IN and BR"),
        Field::text("DistrictOrCounty", "District or county", "The district or county of the address"),
        Field::text("PostalCode", "Postal code", "The postal code of the address").required(),
        Field::text("CountryCode", "Country", "Two letters, ISO 3166, like DE").required(),
        Field {
            kind: FieldKind::Phone,
            ..Field::text("PhoneNumber", "Phone", "With + and the country's number in front, like +492211234")
        }
        .required(),
        Field::text("WebsiteUrl", "Website", "The website of the company"),
    ],
};

const UPDATE: FormSpec = FormSpec {
    title: "Edit account",
    kind: ChangeKind::UpdateAccount,
    fields: &[Field::text("Name", "Name", "The account's name, at most 50 characters").required()],
};

/// The forms of the alternate contacts; clearing all four fields takes the contact away.
const BILLING: FormSpec = FormSpec {
    title: "Edit billing contact",
    kind: ChangeKind::UpdateAccount,
    fields: &[
        Field::text("AlternateContacts.BILLING.Name", "Name", "Whom AWS asks about bills; clear all four to have none"),
        Field::text("AlternateContacts.BILLING.Title", "Title", "The person's title or role"),
        mail("AlternateContacts.BILLING.EmailAddress"),
        phone("AlternateContacts.BILLING.PhoneNumber"),
    ],
};

const OPERATIONS: FormSpec = FormSpec {
    title: "Edit operations contact",
    kind: ChangeKind::UpdateAccount,
    fields: &[
        Field::text(
            "AlternateContacts.OPERATIONS.Name",
            "Name",
            "Whom AWS asks about running; clear all four to have none",
        ),
        Field::text("AlternateContacts.OPERATIONS.Title", "Title", "The person's title or role"),
        mail("AlternateContacts.OPERATIONS.EmailAddress"),
        phone("AlternateContacts.OPERATIONS.PhoneNumber"),
    ],
};

const SECURITY: FormSpec = FormSpec {
    title: "Edit security contact",
    kind: ChangeKind::UpdateAccount,
    fields: &[
        Field::text(
            "AlternateContacts.SECURITY.Name",
            "Name",
            "Whom AWS tells about abuse; clear all four to have none",
        ),
        Field::text("AlternateContacts.SECURITY.Title", "Title", "The person's title or role"),
        mail("AlternateContacts.SECURITY.EmailAddress"),
        phone("AlternateContacts.SECURITY.PhoneNumber"),
    ],
};

const fn mail(name: &'static str) -> Field {
    Field { kind: FieldKind::Email, ..Field::text(name, "E-mail", "Where AWS writes to") }
}

const fn phone(name: &'static str) -> Field {
    Field { kind: FieldKind::Phone, ..Field::text(name, "Phone", "Where AWS calls") }
}

const CREATE: FormSpec = FormSpec {
    title: "New account",
    kind: ChangeKind::CreateAccount,
    fields: &[
        Field::text("AccountName", "Name", "The new account's name, at most 50 characters").required(),
        Field {
            kind: FieldKind::Email,
            ..Field::text("Email", "E-mail", "Of the new account's root user; no other AWS account may have it")
        }
        .required(),
        Field::text(
            "RoleName",
            "Role",
            "The role that lets the management account in; OrganizationAccountAccessRole if not set",
        ),
        Field {
            kind: FieldKind::Choice(&["ALLOW", "DENY"]),
            ..Field::text(
                "IamUserAccessToBilling",
                "Bills for IAM users",
                "Whether the account's users may see bills; ALLOW if not set",
            )
        },
        Field { kind: FieldKind::Tags, ..Field::text(TAGS, "Tags", "key=value, with commas between them") },
    ],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_contact_has_a_form_of_its_four_fields_which_the_detail_shows() {
        assert_eq!(SPEC.form(ChangeKind::UpdateAccount).unwrap().fields[0].name, "Name");
        for kind in CONTACT_KINDS {
            let paths = CONTACT_FIELDS.map(|field| format!("{CONTACTS}.{kind}.{field}"));
            let form = SPEC.forms.iter().find(|form| form.fields.first().is_some_and(|field| field.name == paths[0]));
            let names: Vec<&str> = form.unwrap().fields.iter().map(|field| field.name).collect();
            assert_eq!(names, paths);
            for path in paths {
                assert!(SPEC.details.iter().any(|detail| detail.path == path && detail.is_extra), "{path}");
            }
        }
        let profile = SPEC.form(ChangeKind::Profile).unwrap();
        assert_eq!(profile.fields.iter().map(|field| field.name).collect::<Vec<_>>(), PROFILE_FIELDS);
    }
}
