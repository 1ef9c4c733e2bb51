//! Every field of every form reaches the request, and takes what its kind takes.

use acctui::domain::{
    AccountId, AccountKey, Change, ChangeKind, Field, FieldKind, FormSpec, OrganizationId, OrganizationKey, Subject,
    Values,
};
use acctui::provider::{Capability, Provider};

use crate::house::{House, Link};
use crate::reads::offers;
use crate::worlds;

/// Two values that a field takes.
fn samples(field: &Field) -> [String; 2] {
    let own = |[first, second]: [&str; 2]| [first.to_owned(), second.to_owned()];
    // The kinds of text that are looked at before they are sent.
    if field.name == "CountryCode" {
        return own(["DE", "GB"]);
    }
    match field.kind {
        FieldKind::Email => own(["one@new.example", "two@new.example"]),
        FieldKind::Phone => own(["+44 20 7946 0000", "+44 20 7946 0001"]),
        FieldKind::JsonOrText => own(["{\"a\":1}", "plain"]),
        FieldKind::Number => own(["1", "2"]),
        FieldKind::Secret | FieldKind::NewPassword => own(["Passw0rd-One", "Passw0rd-Two"]),
        FieldKind::Choice(words) => own([words[0], words[words.len() - 1]]),
        FieldKind::Flag => own(["true", "false"]),
        FieldKind::Text | FieldKind::Tags | FieldKind::Place => own(["one", "two"]),
        FieldKind::LongText => own(["one\nline", "two\nlines"]),
    }
}

/// What a form of this kind may be about.
fn subjects(link: &Link, kind: ChangeKind) -> Vec<Subject> {
    let account = AccountId::new("0123456789abcdef0123456789abcdef");
    let account = Subject::Account(AccountKey { connection: link.name.clone(), id: account });
    let organization = |id: &str| {
        let id = OrganizationId::new(id);
        Subject::Organization(OrganizationKey { connection: link.name.clone(), id })
    };
    let all = match kind {
        ChangeKind::Profile => vec![account, organization("o1")],
        ChangeKind::CreateAccount | ChangeKind::CreateStandalone => vec![link.subject()],
        ChangeKind::CreateOrganization => vec![organization("r-upg5m6wbw042")],
        ChangeKind::RenameOrganization | ChangeKind::DeleteOrganization => vec![organization("ou-a6bjn4hat8o2")],
        ChangeKind::UpdateAccount
        | ChangeKind::DeleteAccount
        | ChangeKind::CloseAccount
        | ChangeKind::RemoveAccount
        | ChangeKind::MoveAccount => vec![account],
    };
    all.into_iter().filter(|subject| offers(link, Capability::of(kind, subject))).collect()
}

fn filled(form: &FormSpec, subject: &Subject, other: Option<&str>) -> Change {
    let of = |field: &Field| {
        let [first, second] = samples(field);
        let value = if other == Some(field.name) { second } else { first };
        assert_eq!(field.fault(&value), None, "{} {}: {value:?}", form.title, field.name);
        (field.name, value)
    };
    let values: Values = form.fields.iter().map(of).collect();
    form.change(subject.clone(), values, None)
}

fn every_field_is_sent(provider: &dyn Provider, form: &FormSpec, subject: &Subject) {
    let shown = provider.preview(&filled(form, subject, None)).unwrap();
    for field in form.fields {
        let other = provider.preview(&filled(form, subject, Some(field.name))).unwrap();
        // A source is not sent by everyone: it is what the plan is about. A secret is never shown.
        let is_seen = field.name != Change::FROM && !field.kind.is_secret();
        assert!(!is_seen || other != shown, "{}: {} of {subject:?} makes no difference", form.title, field.name);
        assert!(!field.label.is_empty() && !field.help.is_empty(), "{}: {}", form.title, field.name);
    }
}

#[tokio::test]
async fn every_field_of_every_form_reaches_the_request() {
    let house = House::open(worlds::options(1, &[])).await;
    for link in house.links() {
        for form in link.kind.spec.forms {
            let subjects = subjects(&link, form.kind);
            assert!(!subjects.is_empty(), "{}: {} is about nothing", link.name, form.title);
            for subject in subjects {
                every_field_is_sent(link.provider(), form, &subject);
            }
        }
        assert_eq!(link.requests(), 0, "showing asks nobody");
    }
}
