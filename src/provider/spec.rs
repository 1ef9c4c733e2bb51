//! What a provider is and can do, as data: rows of keys, help and forms read it without asking anybody.

use serde_json::Value;

use super::{Column, ColumnValue, DetailOptions, Outside};
use crate::domain::{
    Account, Change, ChangeKind, Failure, FailureKind, Field, FormSpec, ProviderFacts, RawJson, Subject,
};

/// Something that a provider can or can't do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Capability {
    /// Accounts stand in a hierarchy of organizations.
    Hierarchy,
    /// The organizations above one account can be asked for.
    Lineage,
    /// An account's profile can be read.
    ReadAccountProfile,
    /// An account's profile can be written.
    WriteAccountProfile,
    /// An organization's profile can be read.
    ReadOrganizationProfile,
    /// An organization's profile can be written.
    WriteOrganizationProfile,
    /// The provider's own list parameters can be used.
    RemoteSearch,
    /// There is something that is not asked by default: [`Spec::extra`].
    Extra,
    /// A one-time link opens the web dashboard.
    SignIn,
    /// One login reaches several accounts, and one of them is the current one.
    Switch,
    /// [`ChangeKind::CreateAccount`]
    CreateAccount,
    /// [`ChangeKind::CreateStandalone`]
    CreateStandalone,
    /// [`ChangeKind::UpdateAccount`]
    UpdateAccount,
    /// [`ChangeKind::DeleteAccount`]
    DeleteAccount,
    /// [`ChangeKind::CloseAccount`]
    CloseAccount,
    /// [`ChangeKind::RemoveAccount`]
    RemoveAccount,
    /// [`ChangeKind::MoveAccount`]
    MoveAccount,
    /// Several accounts can be moved by one call.
    BatchMove,
    /// [`ChangeKind::CreateOrganization`]
    CreateOrganization,
    /// [`ChangeKind::RenameOrganization`]
    RenameOrganization,
    /// [`ChangeKind::DeleteOrganization`]
    DeleteOrganization,
}

impl Capability {
    /// All of them: a test holds that every provider answers to each.
    pub const ALL: [Self; 21] = [
        Self::Hierarchy,
        Self::Lineage,
        Self::ReadAccountProfile,
        Self::WriteAccountProfile,
        Self::ReadOrganizationProfile,
        Self::WriteOrganizationProfile,
        Self::RemoteSearch,
        Self::Extra,
        Self::SignIn,
        Self::Switch,
        Self::CreateAccount,
        Self::CreateStandalone,
        Self::UpdateAccount,
        Self::DeleteAccount,
        Self::CloseAccount,
        Self::RemoveAccount,
        Self::MoveAccount,
        Self::BatchMove,
        Self::CreateOrganization,
        Self::RenameOrganization,
        Self::DeleteOrganization,
    ];

    /// What a change to a subject needs.
    #[must_use]
    pub fn of(kind: ChangeKind, subject: &Subject) -> Self {
        match kind {
            ChangeKind::Profile => match subject {
                Subject::Account(_) | Subject::Connection(_) => Self::WriteAccountProfile,
                Subject::Organization(_) => Self::WriteOrganizationProfile,
            },
            ChangeKind::CreateAccount => Self::CreateAccount,
            ChangeKind::CreateStandalone => Self::CreateStandalone,
            ChangeKind::UpdateAccount => Self::UpdateAccount,
            ChangeKind::DeleteAccount => Self::DeleteAccount,
            ChangeKind::CloseAccount => Self::CloseAccount,
            ChangeKind::RemoveAccount => Self::RemoveAccount,
            ChangeKind::MoveAccount => Self::MoveAccount,
            ChangeKind::CreateOrganization => Self::CreateOrganization,
            ChangeKind::RenameOrganization => Self::RenameOrganization,
            ChangeKind::DeleteOrganization => Self::DeleteOrganization,
        }
    }
}

/// Whether a provider does something; what it does not do has a sentence that says why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offer {
    /// It does.
    Yes,
    /// It does not, because of this.
    No(&'static str),
}

impl Offer {
    /// Of the first account of all, where a provider has had it for long.
    pub(super) const NO_FIRST_ACCOUNT: Self = Self::No("only a new self-hosted Landscape server has a first account");
}

/// What the containers are called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HierarchyWords {
    /// One container, e.g. `organization`.
    pub one: &'static str,
    /// Many containers.
    pub many: &'static str,
    /// What it means that there are none, or none visible: a normal state with its own words.
    pub none: &'static str,
}

/// How account listings are paged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paging {
    /// Numbered pages that may be fetched side by side.
    Numbered,
    /// Each page names the next one.
    Chained,
}

/// How organizations are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Levels {
    /// One listing gives them all: [`super::OrganizationScope::Every`].
    Together,
    /// The roots, and then all below one root when somebody looks into it.
    ByRoot,
    /// One level at a time, and a sync walks them all: nothing else says in which organization an account stands.
    Walked,
}

/// How far an account can be moved. A plan refuses what is out of reach where both ends are known; what is not known is the
/// provider's to refuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MoveReach {
    /// To every organization of the connection, as far as anybody says; also where nothing is moved at all.
    Anywhere,
    /// Inside the hierarchy that holds the account; one that stands in no organization can go to any.
    OneHierarchy {
        /// What else can be done, as a sentence.
        otherwise: &'static str,
    },
}

/// Where a provider makes accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MakeReach {
    /// In every organization, as far as anybody says; also where no organization is named at all.
    Anywhere,
    /// In a root alone.
    Roots {
        /// What else can be done, as a sentence.
        otherwise: &'static str,
    },
}

/// How many accounts a provider closes: more are refused before anything is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClosingQuota {
    /// At a time.
    pub at_once: usize,
    /// Within so many days.
    pub days: u64,
    /// Of a hundred accounts, within those days.
    pub percent: usize,
    /// Within those days, however few accounts there are.
    pub least: usize,
    /// Within those days, however many there are.
    pub most: usize,
}

impl ClosingQuota {
    /// How many may be closed within its days, of so many accounts.
    #[must_use]
    pub fn of(self, accounts: usize) -> usize {
        (accounts * self.percent / 100).clamp(self.least, self.most)
    }
}

/// The provider's own list parameters, as a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListSearch {
    /// The form's title, e.g. `Search in an organization`.
    pub title: &'static str,
    /// Whether it lists one organization's accounts (or all that the credential sees).
    pub in_organization: bool,
    /// The parameters; a field's name is its wire name, e.g. `name.contains`.
    pub fields: &'static [Field],
}

/// A field of an account's record that the detail names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DetailField {
    /// Its path with dots in the record.
    pub path: &'static str,
    /// What people read.
    pub label: &'static str,
    /// What to say where it is null, missing or empty, e.g. `not set`.
    pub absent: &'static str,
    /// What to say where it is an empty list, e.g. `none`.
    pub none: &'static str,
    /// Whether it comes only with what is not asked by default: until then `not asked` is said.
    pub is_extra: bool,
}

/// A kind of provider.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spec {
    /// What config must know.
    pub facts: ProviderFacts,
    /// The service's name for people, e.g. `Cloudflare`.
    pub title: &'static str,
    /// The public API's base URL with its path.
    pub base_url: &'static str,
    /// Every capability with its offer.
    pub capabilities: &'static [(Capability, Offer)],
    /// What containers are called.
    pub hierarchy: HierarchyWords,
    /// How accounts are paged.
    pub paging: Paging,
    /// How organizations are listed.
    pub levels: Levels,
    /// Accounts on a page of a listing, as this program asks for them.
    pub page_rows: u64,
    /// How far accounts can be moved.
    pub moves: MoveReach,
    /// Where accounts are made.
    pub makes: MakeReach,
    /// The account list's columns, the name first.
    pub columns: &'static [Column],
    /// Fields of an account's record in the order of the detail, beyond the ones that every account has; what is not
    /// among them is shown under "More".
    pub details: &'static [DetailField],
    /// Where the profile's fields stand in an account's record: before their names in a path of `details`, e.g.
    /// `preferences.`; empty if at its top.
    pub profile_at: &'static str,
    /// The states that a closed account goes through, as the provider calls them; empty where none is closed.
    pub closing: &'static str,
    /// Keys of an account's record that those first fields show already.
    pub told: &'static [&'static str],
    /// What `i` (`--servers`, `--contact`) asks for beyond the default, e.g. `contact data`.
    pub extra: Option<&'static str>,
    /// The forms.
    pub forms: &'static [FormSpec],
    /// Remote searches.
    pub searches: &'static [ListSearch],
    /// The account in other programs.
    pub outside: Outside,
}

/// Where stands in a record what could not be had of what was asked for in full: sentences, each with its part's name and
/// a colon before it.
pub const UNREAD: &str = "Messages";

/// What is known of a field of a record.
#[derive(Clone, Debug, PartialEq)]
pub enum Reading {
    /// It is not asked for by default, and nobody did.
    NotAsked,
    /// There is nothing; what to say then.
    NotSet(&'static str),
    /// It could not be read: why.
    Unread(String),
    /// This is there.
    There(Value),
}

impl DetailField {
    /// What an account's record says of it.
    #[must_use]
    pub fn reading(&self, account: &Account) -> Reading {
        if self.is_extra && !account.has_extra {
            return Reading::NotAsked;
        }
        match account.raw.at(self.path) {
            None | Some(Value::Null) => match self.unread(account) {
                Some(why) => Reading::Unread(why),
                None => Reading::NotSet(self.absent),
            },
            Some(Value::Array(items)) if items.is_empty() => Reading::NotSet(self.none),
            // Huawei's documents show such junk where nothing is set.
            Some(Value::String(text)) if matches!(text.trim(), "" | "null" | "null,") => Reading::NotSet(self.absent),
            Some(value) => Reading::There(value),
        }
    }

    /// Why the part of the record that it stands in could not be read, if that is so.
    fn unread(&self, account: &Account) -> Option<String> {
        let part = self.path.split('.').next().filter(|_| self.is_extra && self.path != UNREAD)?;
        if !account.raw.at(part)?.is_null() {
            return None;
        }
        let plain = |text: &str| text.replace(' ', "").to_lowercase();
        let messages = account.raw.at(UNREAD)?;
        let mut messages = messages.as_array()?.iter().filter_map(Value::as_str);
        messages.find_map(|message| {
            let (name, why) = message.split_once(": ")?;
            (plain(name) == plain(part)).then(|| why.to_owned())
        })
    }
}

/// A column of what is not asked by default.
fn extra_column(id: &'static str, title: &'static str) -> Column {
    // No letter sorts by it.
    Column { id, title, letter: '\0', value: ColumnValue::Path(id), min: 8, max: 40, priority: 8 }
}

impl Spec {
    /// The column of this name: one of the list's own, or one of what is not asked by default, by its path or by one below
    /// it, e.g. `Tags` and `Tags.env`. Names come from the command line and the config: what is made of them stays.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<Column> {
        if let Some(column) = self.columns.iter().find(|column| column.id == name) {
            return Some(*column);
        }
        let mut extras = self.details.iter().filter(|detail| detail.is_extra);
        extras.find_map(|detail| match name.strip_prefix(detail.path)? {
            "" => Some(extra_column(detail.path, detail.label)),
            rest => {
                let below = rest.strip_prefix('.').filter(|below| !below.is_empty())?;
                let id: &'static str = Box::leak(name.to_owned().into_boxed_str());
                Some(extra_column(id, &id[id.len() - below.len()..]))
            }
        })
    }

    /// The provider's id, e.g. `cloudflare`.
    #[must_use]
    pub fn id(&self) -> crate::domain::ProviderId {
        crate::domain::ProviderId::new(self.facts.id)
    }

    /// Whether it does something.
    #[must_use]
    pub fn offer(&self, capability: Capability) -> Offer {
        self.capabilities
            .iter()
            .find(|(listed, _)| *listed == capability)
            .map_or(Offer::No("not known to this version of acctui"), |(_, offer)| *offer)
    }

    /// What people read for a field of a profile: the form's title, else the detail's; nothing if neither knows it.
    #[must_use]
    pub fn profile_title(&self, name: &str) -> Option<&'static str> {
        let edited = self.form(ChangeKind::Profile).and_then(|form| form.field(name)).map(|field| field.label);
        let read = || self.details.iter().find(|detail| detail.path.strip_prefix(self.profile_at) == Some(name));
        edited.or_else(|| read().map(|detail| detail.label))
    }

    /// The form for a kind of change: the first of several.
    #[must_use]
    pub fn form(&self, kind: ChangeKind) -> Option<&'static FormSpec> {
        self.forms_of(kind).next()
    }

    /// The forms for a kind of change. There are several where its fields are written by several calls: a change holds
    /// those of one.
    pub fn forms_of(&self, kind: ChangeKind) -> impl Iterator<Item = &'static FormSpec> + use<> {
        self.forms.iter().filter(move |form| form.kind == kind)
    }

    /// The form that has all of these fields; the first of its kind if none has.
    #[must_use]
    pub fn form_with(&self, kind: ChangeKind, fields: &[&str]) -> Option<&'static FormSpec> {
        let has_all = |form: &&FormSpec| fields.iter().all(|field| form.field(field).is_some());
        self.forms_of(kind).find(has_all).or_else(|| self.form(kind))
    }

    /// The form that a change was made with.
    #[must_use]
    pub fn form_of(&self, change: &Change) -> Option<&'static FormSpec> {
        let fields: Vec<&str> = change.values.0.keys().chain(change.secrets.keys()).map(String::as_str).collect();
        self.form_with(change.kind, &fields)
    }

    /// Why a form can't open on a record that was asked for in full, and nothing be written over it: what stands in its
    /// fields could not be read.
    #[must_use]
    pub fn unread(&self, form: &FormSpec, record: &RawJson) -> Option<Failure> {
        if !self.options(form).extra {
            return None;
        }
        let is_there = |part: &str| record.at(part).is_some_and(|part| !part.is_null());
        let mut parts = form.fields.iter().filter_map(|field| field.name.split('.').next());
        if parts.all(is_there) {
            return None;
        }
        let reasons = record.at(UNREAD);
        let reasons = reasons.iter().filter_map(serde_json::Value::as_array).flatten();
        let reasons: Vec<&str> = reasons.filter_map(serde_json::Value::as_str).collect();
        let mut cause = "what stands in these fields now can't be read, so nothing is written over it".to_owned();
        if !reasons.is_empty() {
            cause = format!("{cause}: {}", reasons.join("; "));
        }
        let failure = Failure::new(FailureKind::Forbidden, form.title, cause);
        Some(if reasons.is_empty() {
            failure.with_hint("ask for the account in full to see why: i, or show --contact")
        } else {
            failure
        })
    }

    /// What a record must be asked for with, so that a form's fields are in it.
    #[must_use]
    pub fn options(&self, form: &FormSpec) -> DetailOptions {
        let is_extra = |field: &Field| self.details.iter().any(|detail| detail.is_extra && detail.path == field.name);
        DetailOptions { extra: form.kind == ChangeKind::UpdateAccount && form.fields.iter().any(is_extra) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::{aws, registry};

    #[test]
    fn every_capability_is_answered_and_every_offered_write_has_its_form() {
        for spec in registry().iter().map(|kind| kind.spec) {
            let id = spec.facts.id;
            for capability in Capability::ALL {
                let listed = spec.capabilities.iter().filter(|(listed, _)| *listed == capability);
                assert_eq!(listed.count(), 1, "{id}: {capability:?}");
            }
            for (capability, kind) in [
                (Capability::WriteAccountProfile, ChangeKind::Profile),
                (Capability::CreateAccount, ChangeKind::CreateAccount),
                (Capability::CreateStandalone, ChangeKind::CreateStandalone),
                (Capability::UpdateAccount, ChangeKind::UpdateAccount),
                (Capability::DeleteAccount, ChangeKind::DeleteAccount),
                (Capability::CloseAccount, ChangeKind::CloseAccount),
                (Capability::RemoveAccount, ChangeKind::RemoveAccount),
                (Capability::MoveAccount, ChangeKind::MoveAccount),
                (Capability::CreateOrganization, ChangeKind::CreateOrganization),
                (Capability::RenameOrganization, ChangeKind::RenameOrganization),
                (Capability::DeleteOrganization, ChangeKind::DeleteOrganization),
            ] {
                assert_eq!(spec.offer(capability) == Offer::Yes, spec.form(kind).is_some(), "{id}: {kind:?}");
            }
        }
    }

    #[test]
    fn sort_letters_are_unique_and_stand_in_their_titles() {
        for spec in registry().iter().map(|kind| kind.spec) {
            let mut seen = std::collections::BTreeSet::new();
            for column in spec.columns {
                let about = format!("{}: {}", spec.facts.id, column.title);
                assert!(seen.insert(column.letter), "{about}");
                assert!(column.title.to_lowercase().contains(column.letter), "{about}");
                assert!(column.min <= column.max, "{about}");
            }
            assert_eq!(spec.columns[0].id, "name", "{}", spec.facts.id);
        }
    }

    #[test]
    fn a_change_is_of_the_form_that_has_its_fields() {
        let title = |fields: &[&str]| {
            let form = aws::SPEC.form_with(crate::domain::ChangeKind::UpdateAccount, fields).unwrap();
            (form.title, aws::SPEC.options(form).extra)
        };
        assert_eq!(title(&["Name"]), ("Edit account", false));
        assert_eq!(title(&["AlternateContacts.SECURITY.Title"]), ("Edit security contact", true));
        assert_eq!(title(&["Name", "AlternateContacts.SECURITY.Title"]), ("Edit account", false));
    }

    #[test]
    fn fields_of_profiles_have_the_titles_of_the_form_or_of_the_detail() {
        for (provider, name, title) in [
            ("cloudflare", "business_name", Some("Business name")),
            ("huawei", "mobile_phone", Some("Mobile phone")),
            ("huawei", "intl_number_prefix", Some("Phone prefix")),
            ("landscape", "title", Some("Title")),
            ("landscape", "audit_retention_period", Some("Audit retention")),
            ("landscape", "login.name", None),
            ("landscape", "something_new", None),
        ] {
            let spec = registry().iter().map(|kind| kind.spec).find(|spec| spec.facts.id == provider).unwrap();
            assert_eq!(spec.profile_title(name), title, "{provider} {name}");
        }
    }
}
