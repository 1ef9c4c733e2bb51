//! Sheets: the editable fields of many accounts as one text, to be changed in an editor or a spreadsheet.
//!
//! Pure: a text is made of what is known, and a text becomes the changes that make what is known as it says. Each row
//! keeps a digest of every field as it was, so that it can be told what the person changed and what somebody else did.

mod compare;
mod read;
#[cfg(test)]
mod tests;
mod write;

use sha2::{Digest as _, Sha256};

use crate::domain::{
    Account, AccountKey, ChangeKind, Failure, FailureItem, FailureKind, Field, FieldKind, FormSpec, Identity,
    Untrusted, Values,
};
use crate::provider::{Capability, Offer, Spec};

pub use compare::Known;
pub use read::Sheet;
pub use write::SheetForm;

/// The first line of a sheet's head; the number is the format's.
const TITLE: &str = "acctui sheet 1";

/// What a sheet's row says beyond the account's fields. No form for accounts has a field of such a name.
const CONNECTION: &str = "connection";
const ID: &str = "id";
/// The account's name, to be read by people (CSV; a comment in TOML).
const ACCOUNT: &str = "account";
const BASE: &str = "base";
const OWN: [&str; 4] = [CONNECTION, ID, ACCOUNT, BASE];

/// How a sheet is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SheetFormat {
    /// A table `[[account]]` for each.
    Toml,
    /// Comma-separated, with a header line.
    Csv,
}

/// One account with what can be edited of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Editable {
    /// Which account.
    pub key: AccountKey,
    /// Its name, for people.
    pub name: Untrusted,
    /// The form of its own fields.
    pub form: &'static FormSpec,
    /// What stands in the form's fields; one that is missing is empty.
    pub values: Values,
}

impl Editable {
    /// What can be edited of an account.
    ///
    /// # Errors
    /// The provider's sentence where it is nothing.
    pub fn of(account: &Account, spec: &'static Spec) -> Result<Self, &'static str> {
        let form = form_of(spec)?;
        let values = form.values_of(&account.raw);
        Ok(Self { key: account.key.clone(), name: account.name.clone(), form, values })
    }
}

/// The form of a provider's accounts.
///
/// # Errors
/// The provider's sentence where there is none.
pub fn form_of(spec: &'static Spec) -> Result<&'static FormSpec, &'static str> {
    match spec.offer(Capability::UpdateAccount) {
        Offer::No(reason) => Err(reason),
        Offer::Yes => spec.form(ChangeKind::UpdateAccount).ok_or("there is no form for its accounts"),
    }
}

/// Something in a sheet that can't be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SheetFault {
    /// The line that it is about, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub words: String,
    /// Whether somebody else changed the same field since the sheet was made.
    pub is_conflict: bool,
}

impl SheetFault {
    fn new(line: usize, words: impl Into<String>) -> Self {
        Self { line, words: words.into(), is_conflict: false }
    }

    fn conflict(line: usize, words: impl Into<String>) -> Self {
        Self { line, words: words.into(), is_conflict: true }
    }
}

/// All that is wrong with a sheet, in the order of its lines: never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SheetFaults(pub Vec<SheetFault>);

impl From<SheetFault> for SheetFaults {
    fn from(fault: SheetFault) -> Self {
        Self(vec![fault])
    }
}

impl SheetFaults {
    /// Faults by their lines; `Ok` if there are none.
    fn check(mut faults: Vec<SheetFault>) -> Result<(), Self> {
        faults.sort_by_key(|fault| fault.line);
        if faults.is_empty() { Ok(()) } else { Err(Self(faults)) }
    }

    /// Whether nothing is wrong but that somebody else was there, too.
    #[must_use]
    pub fn are_conflicts(&self) -> bool {
        self.0.iter().all(|fault| fault.is_conflict)
    }
}

/// One failure: `Conflict` where only somebody else's changes are in the way, else `Refused`; one item a line.
impl From<SheetFaults> for Failure {
    fn from(faults: SheetFaults) -> Self {
        let kind = if faults.are_conflicts() { FailureKind::Conflict } else { FailureKind::Refused };
        let items = faults.0.into_iter().map(|SheetFault { line, words, .. }| FailureItem {
            message: Untrusted::from(format!("line {line}: {words}")),
            ..FailureItem::default()
        });
        Failure { items: items.collect(), ..Failure::new(kind, "taking the sheet", "nothing was sent") }
    }
}

/// Hex digits of a digest over these parts, told apart by their lengths.
fn digest(digits: usize, parts: &[&str]) -> String {
    use std::fmt::Write as _;
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let mut text = String::with_capacity(64);
    for byte in hash.finalize() {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text.truncate(digits);
    text
}

/// The digest of a sheet's ids, whatever their order.
fn ids_digest<'k>(keys: impl Iterator<Item = (&'k str, &'k str)>) -> String {
    let mut keys: Vec<(&str, &str)> = keys.collect();
    keys.sort_unstable();
    let parts: Vec<&str> = keys.into_iter().flat_map(|(connection, id)| [connection, id]).collect();
    digest(32, &parts)
}

/// The digest of an owner: what [`Identity::is_same`] compares.
fn identity_digest(identity: &Identity) -> String {
    let organization = identity.organization.as_ref().map_or("", Untrusted::raw);
    digest(16, &[identity.provider.as_str(), &identity.origin, organization, identity.user.raw()])
}

/// What a row keeps of the account as it was: `r7-…-…-…`, its place in the sheet, then the digests of its id, of its
/// name, and of each field that can be edited.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Base {
    /// From 1.
    nth: usize,
    id: String,
    name: String,
    /// In the form's order.
    fields: Vec<String>,
}

/// Eight digits tell any two texts apart that people would write into the same field.
const DIGITS: usize = 8;

impl Base {
    fn of(nth: usize, row: &Editable) -> Self {
        let fields = editable(row.form).map(|field| Self::field(field.name, row.values.get(field.name)));
        Self {
            nth,
            id: Self::id(row.key.connection.as_str(), row.key.id.as_str()),
            name: Self::name(row.name.raw()),
            fields: fields.collect(),
        }
    }

    fn id(connection: &str, id: &str) -> String {
        digest(DIGITS, &[connection, id])
    }

    fn name(name: &str) -> String {
        digest(DIGITS, &[name])
    }

    fn field(name: &str, value: &str) -> String {
        digest(DIGITS, &[name, value])
    }

    fn text(&self) -> String {
        let head = format!("r{}-{}-{}", self.nth, self.id, self.name);
        self.fields.iter().fold(head, |text, field| format!("{text}-{field}"))
    }

    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.trim().strip_prefix('r')?.split('-').map(str::to_owned);
        let nth = parts.next()?.parse().ok()?;
        let (id, name) = (parts.next()?, parts.next()?);
        let fields: Vec<String> = parts.collect();
        let whole = |digest: &String| digest.len() == DIGITS && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
        (whole(&id) && whole(&name) && fields.iter().all(whole)).then_some(Self { nth, id, name, fields })
    }
}

/// The fields of a form that a sheet has: a secret stands in no file.
fn editable(form: &FormSpec) -> impl Iterator<Item = &'static Field> {
    form.fields.iter().filter(|field| !field.kind.is_secret())
}

/// Whether a text would be a formula for a spreadsheet, behind any guards.
fn is_formula(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(['=', '+', '-', '@', '\t', '\r'])
}

/// A cell that no spreadsheet takes for a formula; [`unguarded`] takes the guard off again.
fn guarded(text: &str) -> String {
    if is_formula(text) { format!("'{text}") } else { text.to_owned() }
}

fn unguarded(text: &str) -> &str {
    text.strip_prefix('\'').filter(|_| is_formula(text)).unwrap_or(text)
}

/// Whether a field takes text that a sheet's author writes without quotes.
fn is_bare(kind: FieldKind, value: &str) -> bool {
    match kind {
        FieldKind::Flag => matches!(value, "true" | "false"),
        FieldKind::Text
        | FieldKind::Email
        | FieldKind::Phone
        | FieldKind::JsonOrText
        | FieldKind::Number
        | FieldKind::Secret
        | FieldKind::NewPassword
        | FieldKind::Choice(_)
        | FieldKind::LongText
        | FieldKind::Tags
        | FieldKind::Place => false,
    }
}
