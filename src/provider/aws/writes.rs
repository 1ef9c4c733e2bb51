//! What each change sends, and what its answer means.

use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::dialect::Host;
use super::rows::Rows;
use super::spec::{CONTACT_FIELDS, CONTACT_KINDS, CONTACTS, SPEC, TAGS};
use super::wire::{Envelope, filled, is_root, parse, text};
use super::{account_call, organizations_call};
use crate::domain::{
    AccountId, AccountKey, Change, ChangeKind, Delivery, Failure, FailureItem, FailureKind, OrganizationId, Subject,
    Untrusted, Values,
};
use crate::provider::http::{Answer, Effect, Operation};
use crate::provider::{Capability, Executed, Made, Offer, Progress};

/// A request, and the service that takes it.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) host: Host,
    pub(super) operation: Operation,
}

/// The countries whose addresses must name their state or region (AWS documentation, `ContactInformation`).
const WITH_STATE: [&str; 7] = ["US", "CA", "GB", "DE", "JP", "IN", "BR"];

fn organizations(call: &'static str, body: Value) -> Sent {
    let operation = Operation { effect: Effect::Write, ..organizations_call(call, body) };
    Sent { host: Host::Organizations, operation }
}

fn account_service(call: &'static str, body: Value) -> Sent {
    Sent { host: Host::Account, operation: Operation { effect: Effect::Write, ..account_call(call, body) } }
}

/// The request of a change. `management` is the organization's management account, as far as it is known: that account's
/// own contacts and name are written without its id (AWS documentation).
///
/// # Errors
/// `Unsupported` with the reason for what is not offered; `Refused` for what no request can say.
pub(super) fn operation(change: &Change, management: Option<&AccountId>) -> Result<Sent, Failure> {
    if let Offer::No(reason) = SPEC.offer(Capability::of(change.kind, &change.subject)) {
        return Err(Failure::new(FailureKind::Unsupported, what(change), reason));
    }
    let values = &change.values;
    checked(change)?;
    match change.kind {
        ChangeKind::Profile => {
            let information: Map<String, Value> = filled_of(values).collect();
            let mut body = of_account(account(change)?, management);
            body["ContactInformation"] = information.into();
            Ok(account_service("putContactInformation", body))
        }
        ChangeKind::CreateAccount => create_account(change),
        ChangeKind::UpdateAccount => update_account(change, management),
        ChangeKind::CloseAccount => {
            let key = account(change)?;
            if management == Some(&key.id) {
                let cause = "the management account is not closed from its organization";
                return Err(refused(change, cause, "close the other accounts, then this one in the AWS console"));
            }
            Ok(organizations("CloseAccount", json!({"AccountId": key.id.as_str()})))
        }
        ChangeKind::MoveAccount => move_account(change),
        ChangeKind::CreateOrganization => {
            let Subject::Organization(parent) = &change.subject else {
                return Err(refused(
                    change,
                    "an OU stands in the root or in another OU",
                    "choose where to make it: in the tree, or with --parent ID",
                ));
            };
            let body = json!({"ParentId": parent.id.as_str(), "Name": values.get("name")});
            Ok(organizations("CreateOrganizationalUnit", body))
        }
        ChangeKind::RenameOrganization => {
            let body = json!({"OrganizationalUnitId": unit(change)?, "Name": values.get("name")});
            Ok(organizations("UpdateOrganizationalUnit", body))
        }
        ChangeKind::DeleteOrganization => {
            Ok(organizations("DeleteOrganizationalUnit", json!({"OrganizationalUnitId": unit(change)?})))
        }
        // Not offered, which was said above.
        ChangeKind::CreateStandalone | ChangeKind::DeleteAccount | ChangeKind::RemoveAccount => {
            Err(Failure::new(FailureKind::Unsupported, what(change), "AWS offers no such write here"))
        }
    }
}

/// The most characters of an account's name (AWS's model).
const NAME_LENGTH: usize = 50;

/// What AWS would surely not take (its model): the provider's own refusal names no field.
fn checked(change: &Change) -> Result<(), Failure> {
    let names = match change.kind {
        ChangeKind::CreateAccount => ["AccountName"].as_slice(),
        ChangeKind::UpdateAccount => &["Name"],
        ChangeKind::Profile
        | ChangeKind::CreateStandalone
        | ChangeKind::DeleteAccount
        | ChangeKind::CloseAccount
        | ChangeKind::RemoveAccount
        | ChangeKind::MoveAccount
        | ChangeKind::CreateOrganization
        | ChangeKind::RenameOrganization
        | ChangeKind::DeleteOrganization => &[],
    };
    for name in names.iter().map(|field| change.values.get(field)) {
        let is_printable = name.chars().all(|char| matches!(char, ' '..='~'));
        if name.chars().count() > NAME_LENGTH || !is_printable {
            let cause = format!("AWS takes names of at most {NAME_LENGTH} letters, digits and signs of ASCII");
            return Err(refused(change, &cause, "choose a shorter name, or write it without accents"));
        }
    }
    let country = change.values.get("CountryCode");
    let is_code = country.len() == 2 && country.chars().all(|char| char.is_ascii_uppercase());
    if change.kind == ChangeKind::Profile && !country.is_empty() && !is_code {
        let cause = "AWS takes a country by its two capital letters of ISO 3166";
        return Err(refused(change, cause, "write it like DE or GB"));
    }
    if change.kind == ChangeKind::Profile
        && WITH_STATE.contains(&country)
        && change.values.get("StateOrRegion").is_empty()
    {
        let cause = format!("AWS takes no address in {country} without its state or region");
        return Err(refused(change, &cause, "fill in State or region"));
    }
    Ok(())
}

/// Whose names or contacts: the management account's are asked for without an id.
pub(super) fn of_account(key: &AccountKey, management: Option<&AccountId>) -> Value {
    if management == Some(&key.id) { json!({}) } else { json!({"AccountId": key.id.as_str()}) }
}

fn filled_of(values: &Values) -> impl Iterator<Item = (String, Value)> + '_ {
    let filled = values.0.iter().filter(|(_, value)| !value.is_empty());
    filled.map(|(name, value)| (name.clone(), Value::from(value.as_str())))
}

fn create_account(change: &Change) -> Result<Sent, Failure> {
    // The call takes no place (AWS documentation): a new account stands in the root.
    if let Subject::Organization(key) = &change.subject
        && !is_root(key.id.as_str())
    {
        return Err(refused(
            change,
            "AWS makes accounts in the root only",
            "make it in the root, then move it to its OU",
        ));
    }
    let mut body: Map<String, Value> = filled_of(&change.values).filter(|(name, _)| name != TAGS).collect();
    let tags: Vec<Value> = tags(change.values.get(TAGS)).collect();
    if !tags.is_empty() {
        body.insert(TAGS.to_owned(), tags.into());
    }
    Ok(organizations("CreateAccount", body.into()))
}

/// `key=value` with commas between them; a key alone has an empty value.
fn tags(text: &str) -> impl Iterator<Item = Value> + '_ {
    let tags = text.split(',').map(str::trim).filter(|tag| !tag.is_empty());
    tags.map(|tag| {
        let (key, value) = tag.split_once('=').unwrap_or((tag, ""));
        json!({"Key": key.trim(), "Value": value.trim()})
    })
}

/// The name, or one alternate contact: each has a call of its own.
fn update_account(change: &Change, management: Option<&AccountId>) -> Result<Sent, Failure> {
    let mut body = of_account(account(change)?, management);
    let values = &change.values;
    let is_of = |kind: &&str| values.0.keys().any(|name| name.starts_with(&format!("{CONTACTS}.{kind}.")));
    let kinds: Vec<&str> = CONTACT_KINDS.into_iter().filter(is_of).collect();
    match (kinds.as_slice(), values.0.contains_key("Name")) {
        ([], _) => {
            body["AccountName"] = values.get("Name").into();
            Ok(account_service("putAccountName", body))
        }
        ([kind], false) => {
            body["AlternateContactType"] = (*kind).into();
            let of = |field: &str| values.get(&format!("{CONTACTS}.{kind}.{field}"));
            let missing: Vec<&str> = CONTACT_FIELDS.into_iter().filter(|field| of(field).is_empty()).collect();
            if missing.len() == CONTACT_FIELDS.len() {
                return Ok(account_service("deleteAlternateContact", body));
            }
            if !missing.is_empty() {
                let cause = format!("a contact has all four fields or none, and {}", are_empty(&missing));
                return Err(refused(change, &cause, "fill it in, or clear all four to have no such contact"));
            }
            for field in CONTACT_FIELDS {
                body[field] = of(field).into();
            }
            Ok(account_service("putAlternateContact", body))
        }
        _ => Err(refused(change, "AWS writes the name and each contact by calls of their own", "change one at a time")),
    }
}

/// `Title, EmailAddress and PhoneNumber are empty`.
fn are_empty(fields: &[&str]) -> String {
    match fields {
        [] => String::new(),
        [only] => format!("{only} is empty"),
        [before @ .., last] => format!("{} and {last} are empty", before.join(", ")),
    }
}

fn move_account(change: &Change) -> Result<Sent, Failure> {
    let (from, to) = (change.values.get(Change::FROM), change.values.get(Change::TO));
    if from.is_empty() || to.is_empty() {
        return Err(refused(
            change,
            "a move names the root or OU that holds the account now and the one to move to",
            "refresh the account's hierarchy, then choose where to move it",
        ));
    }
    let id = account(change)?.id.as_str();
    let body = json!({"AccountId": id, "SourceParentId": from, "DestinationParentId": to});
    Ok(organizations("MoveAccount", body))
}

pub(super) fn account(change: &Change) -> Result<&AccountKey, Failure> {
    match &change.subject {
        Subject::Account(key) => Ok(key),
        Subject::Organization(_) | Subject::Connection(_) => {
            Err(refused(change, "this is done to an account", "choose an account"))
        }
    }
}

fn unit(change: &Change) -> Result<&str, Failure> {
    match &change.subject {
        // No call takes a root (AWS documentation).
        Subject::Organization(key) if is_root(key.id.as_str()) => {
            Err(refused(change, "the root of an organization is neither renamed nor deleted", "choose an OU below it"))
        }
        Subject::Organization(key) => Ok(key.id.as_str()),
        Subject::Account(_) | Subject::Connection(_) => Err(refused(change, "this is done to an OU", "choose an OU")),
    }
}

fn what(change: &Change) -> String {
    let subject = &change.subject;
    if change.kind.makes() {
        let made = if change.kind == ChangeKind::CreateOrganization { "an OU" } else { "an account" };
        return format!("{} {made} in {} {}", change.kind.verb(), subject.noun(), subject.id());
    }
    format!("{} {} {}", change.kind.verb(), subject.noun(), subject.id())
}

fn refused(change: &Change, cause: &str, hint: &str) -> Failure {
    Failure::new(FailureKind::Refused, what(change), cause).with_hint(hint)
}

/// What a change's answer says. It was accepted, so nothing here fails but an account that was not made.
pub(super) fn executed(rows: Rows<'_>, change: &Change, answer: &Answer) -> Result<Executed, Failure> {
    let envelope = Envelope::read(answer.json.as_deref());
    match change.kind {
        ChangeKind::CreateAccount => match envelope.one("CreateAccountStatus") {
            Some(status) => creation_began(rows, change, status, answer),
            None => Ok(Executed {
                messages: vec![Untrusted::new(
                    "AWS accepted it and did not say how to follow it: refresh to see the account",
                )],
                ..Executed::default()
            }),
        },
        // A closed account stays in the list; its state says how far it is.
        ChangeKind::CloseAccount => {
            Ok(Executed { operation: Some(change.subject.id().to_owned()), ..Executed::default() })
        }
        ChangeKind::CreateOrganization => {
            let parent = OrganizationId::new(change.subject.id());
            let unit = envelope.one("OrganizationalUnit").and_then(|raw| rows.organization(raw, Some(&parent)));
            Ok(Executed { made: unit.map(|unit| Made::Organization(Box::new(unit))), ..Executed::default() })
        }
        ChangeKind::Profile
        | ChangeKind::CreateStandalone
        | ChangeKind::UpdateAccount
        | ChangeKind::DeleteAccount
        | ChangeKind::RemoveAccount
        | ChangeKind::MoveAccount
        | ChangeKind::RenameOrganization
        | ChangeKind::DeleteOrganization => Ok(Executed::default()),
    }
}

fn creation_began(rows: Rows<'_>, change: &Change, raw: &RawValue, answer: &Answer) -> Result<Executed, Failure> {
    let status = parse(raw);
    let id = filled(&status, "Id").map(|id| id.raw().to_owned());
    let made = |account: &AccountId| {
        let record =
            json!({"Id": account.as_str(), "Name": status.get("AccountName"), "Email": change.values.get("Email")});
        let record = RawValue::from_string(record.to_string()).ok()?;
        Some(Made::Account(Box::new(rows.account(&record, None)?)))
    };
    match creation(&status, answer) {
        Progress::Running => Ok(Executed { operation: id, ..Executed::default() }),
        Progress::Done(account) => Ok(Executed { made: account.as_ref().and_then(made), ..Executed::default() }),
        Progress::Failed(failure) => Err(failure),
    }
}

/// How far an account's creation is: `IN_PROGRESS`, `SUCCEEDED` or `FAILED` (AWS documentation).
pub(super) fn creation(status: &Value, answer: &Answer) -> Progress {
    let account = filled(status, "AccountId").map(|id| AccountId::new(id.raw()));
    let state = text(status.get("State")).unwrap_or_default();
    match state.raw() {
        "SUCCEEDED" => Progress::Done(account),
        "FAILED" => Progress::Failed(failed(filled(status, "FailureReason"), answer)),
        // Any other word goes on, unless the record says that it is over.
        _ if filled(status, "CompletedTimestamp").is_some() && account.is_some() => Progress::Done(account),
        _ => Progress::Running,
    }
}

/// Why an account was not made (AWS's model names the reasons).
fn failed(reason: Option<Untrusted>, answer: &Answer) -> Failure {
    let (cause, hint) = match reason.as_ref().map(Untrusted::raw) {
        Some("EMAIL_ALREADY_EXISTS") => {
            ("another AWS account has this e-mail address already", Some("choose another address"))
        }
        Some("ACCOUNT_LIMIT_EXCEEDED") => {
            ("the organization has as many accounts as it may", Some("have the quota raised in the AWS console"))
        }
        Some("INVALID_EMAIL") => ("AWS does not take this e-mail address", Some("choose another address")),
        Some("CONCURRENT_ACCOUNT_MODIFICATION") => {
            ("the organization was being changed by something else", Some("try again a little later"))
        }
        Some("INTERNAL_FAILURE") => ("AWS failed", Some("try again")),
        Some(_) | None => ("AWS did not make the account", None),
    };
    let mut failure = Failure::new(FailureKind::Refused, answer.what.clone(), cause).with_delivery(Delivery::Answered);
    failure.hint = hint.map(str::to_owned);
    failure.resent = answer.resent;
    failure.request_id.clone_from(&answer.request_id);
    failure.items = vec![FailureItem { code: reason, ..FailureItem::default() }];
    failure
}

/// How far an account's closing is, by its state: closed ones are `SUSPENDED` for 90 days, and by the newer word `CLOSED`
/// (AWS documentation).
pub(super) fn closing(state: &str, account: &AccountId) -> Progress {
    if matches!(state, "SUSPENDED" | "CLOSED") { Progress::Done(Some(account.clone())) } else { Progress::Running }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ConnectionName;

    fn change(kind: ChangeKind, id: &str, fields: &[(&str, &str)]) -> Change {
        let key = AccountKey { connection: ConnectionName::new("prod"), id: AccountId::new(id) };
        let values = fields.iter().copied().collect();
        Change {
            subject: Subject::Account(key),
            kind,
            values,
            secrets: std::collections::BTreeMap::new(),
            base: None,
            key: None,
        }
    }

    fn sent(change: &Change, management: Option<&str>) -> Result<(String, Value), Failure> {
        let management = management.map(AccountId::new);
        let sent = operation(change, management.as_ref())?;
        assert_eq!(sent.operation.effect, Effect::Write);
        Ok((sent.operation.what(), sent.operation.body.unwrap()))
    }

    const CONTACT: [(&str, &str); 4] = [
        ("AlternateContacts.BILLING.Name", "Ada"),
        ("AlternateContacts.BILLING.Title", "CFO"),
        ("AlternateContacts.BILLING.EmailAddress", "a@b.example"),
        ("AlternateContacts.BILLING.PhoneNumber", "+491"),
    ];

    #[test]
    fn the_name_and_each_contact_have_calls_of_their_own() {
        let name = change(ChangeKind::UpdateAccount, "111", &[("Name", "New")]);
        let expected = ("POST /putAccountName".to_owned(), json!({"AccountId": "111", "AccountName": "New"}));
        assert_eq!(sent(&name, None).unwrap(), expected);
        assert_eq!(sent(&name, Some("111")).unwrap().1, json!({"AccountName": "New"}));
        let (what, body) = sent(&change(ChangeKind::UpdateAccount, "111", &CONTACT), Some("222")).unwrap();
        assert_eq!(what, "POST /putAlternateContact");
        assert_eq!(
            body,
            json!({
                "AccountId": "111", "AlternateContactType": "BILLING", "Name": "Ada", "Title": "CFO",
                "EmailAddress": "a@b.example", "PhoneNumber": "+491",
            })
        );
        let none = CONTACT.map(|(name, _)| (name, ""));
        let (what, body) = sent(&change(ChangeKind::UpdateAccount, "111", &none), None).unwrap();
        assert_eq!(what, "POST /deleteAlternateContact");
        assert_eq!(body, json!({"AccountId": "111", "AlternateContactType": "BILLING"}));
        let part = sent(&change(ChangeKind::UpdateAccount, "111", &CONTACT[..3]), None).unwrap_err();
        assert!(part.cause.contains("PhoneNumber is empty"), "{part}");
        let part = sent(&change(ChangeKind::UpdateAccount, "111", &CONTACT[..1]), None).unwrap_err();
        assert!(part.cause.ends_with("Title, EmailAddress and PhoneNumber are empty"), "{part}");
        let both = [&CONTACT[..], &[("Name", "New")]].concat();
        assert_eq!(
            sent(&change(ChangeKind::UpdateAccount, "111", &both), None).unwrap_err().kind,
            FailureKind::Refused
        );
    }

    #[test]
    fn what_aws_would_not_take_is_refused_before_it_is_sent() {
        let (long, fits) = ("x".repeat(51), "x".repeat(50));
        for (kind, field, value, is_good) in [
            (ChangeKind::UpdateAccount, "Name", long.as_str(), false),
            (ChangeKind::UpdateAccount, "Name", fits.as_str(), true),
            (ChangeKind::UpdateAccount, "Name", "Zürich", false),
            (ChangeKind::CreateAccount, "AccountName", "Zürich", false),
            (ChangeKind::CreateAccount, "AccountName", "Zurich (test)", true),
            (ChangeKind::Profile, "CountryCode", "Germany", false),
            (ChangeKind::Profile, "CountryCode", "de", false),
            (ChangeKind::Profile, "CountryCode", "FR", true),
            (ChangeKind::Profile, "CountryCode", "DE", false),
        ] {
            let result = operation(&change(kind, "111", &[(field, value)]), None);
            assert_eq!(result.is_ok(), is_good, "{field} {value}");
            assert!(result.is_ok() || result.is_err_and(|failure| failure.kind == FailureKind::Refused));
        }
    }

    #[test]
    fn an_address_in_some_countries_wants_its_state_or_region() {
        for country in WITH_STATE {
            let with =
                |state| change(ChangeKind::Profile, "111", &[("CountryCode", country), ("StateOrRegion", state)]);
            let refusal = operation(&with(""), None).unwrap_err();
            assert!(refusal.cause.contains(country) && refusal.cause.contains("state or region"), "{refusal}");
            assert!(operation(&with("NW"), None).is_ok());
        }
    }

    #[test]
    fn what_is_empty_is_left_out_of_what_is_written_whole() {
        let profile = change(ChangeKind::Profile, "111", &[("City", "Bonn"), ("WebsiteUrl", ""), ("Planet", "Earth")]);
        let (what, body) = sent(&profile, None).unwrap();
        assert_eq!(what, "POST /putContactInformation");
        assert_eq!(body, json!({"AccountId": "111", "ContactInformation": {"City": "Bonn", "Planet": "Earth"}}));
    }

    #[test]
    fn tags_are_pairs() {
        let all: Vec<Value> = tags(" env=prod, team = a=b ,, alone").collect();
        assert_eq!(
            all,
            [
                json!({"Key": "env", "Value": "prod"}),
                json!({"Key": "team", "Value": "a=b"}),
                json!({"Key": "alone", "Value": ""})
            ]
        );
    }

    #[test]
    fn what_is_to_be_made_is_named_with_its_place() {
        let nowhere = change(ChangeKind::CreateOrganization, "111", &[("name", "New")]);
        let refusal = sent(&nowhere, None).unwrap_err();
        assert!(refusal.hint.unwrap().contains("--parent"));
        assert_eq!(refusal.what, "create an OU in account 111");
    }

    #[test]
    fn a_creation_that_fails_later_has_no_status_and_no_empty_words() {
        let answer = Answer {
            status: 200,
            json: None,
            content_type: String::new(),
            request_id: None,
            code: None,
            notices: Vec::new(),
            what: "POST / DescribeCreateAccountStatus".into(),
            resent: 0,
        };
        let failure = failed(Some(Untrusted::new("INTERNAL_FAILURE")), &answer);
        let words = "POST / DescribeCreateAccountStatus: refused: AWS failed (code INTERNAL_FAILURE)";
        assert_eq!(failure.to_string(), words);
    }

    #[test]
    fn the_management_account_is_not_closed() {
        let close = change(ChangeKind::CloseAccount, "111", &[]);
        assert_eq!(sent(&close, Some("111")).unwrap_err().kind, FailureKind::Refused);
        assert_eq!(sent(&close, Some("222")).unwrap().0, "POST / CloseAccount");
    }
}
