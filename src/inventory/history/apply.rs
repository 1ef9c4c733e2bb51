//! An old export and what was observed since make the export of now.

use indexmap::IndexMap;
use serde_json::Value;
use serde_json::value::RawValue;

use super::tree::{Node, Object, steps};
use crate::domain::{Difference, HistoryEntry, careful};
use crate::inventory::order::Keys;

/// Why an entry does not fit the export.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// The export is no list of accounts.
    #[error("the export is no JSON array of accounts: {0}")]
    Export(String),
    /// The export is not what it was when the entry was observed.
    #[error("entry {seq} of the history does not fit: {why}")]
    Misfit {
        /// The entry's number.
        seq: i64,
        /// What is in the way.
        why: String,
    },
}

/// Accounts by connection and id.
type Accounts = IndexMap<(String, String), Object<'static>>;

/// Applies what was observed since an export (`list -o json`, all accounts by name) to it, and gives the export of now
/// in the same form.
///
/// # Errors
/// If the export can't be read, or entries are missing or of another time.
pub fn apply(export: &str, since: &[HistoryEntry]) -> Result<String, ApplyError> {
    let wrong = |error: serde_json::Error| ApplyError::Export(error.to_string());
    let rows: Vec<&RawValue> = serde_json::from_str(export).map_err(wrong)?;
    let mut accounts = Accounts::new();
    for row in rows {
        let (key, account) = account(row.get()).map_err(ApplyError::Export)?;
        accounts.insert(key, account);
    }
    for entry in since {
        change(&mut accounts, entry).map_err(|why| ApplyError::Misfit { seq: entry.seq, why })?;
    }
    Ok(written(&accounts))
}

fn account(text: &str) -> Result<((String, String), Object<'static>), String> {
    let Node::Object(account) = Node::owned(text).map_err(|error| error.to_string())? else {
        return Err("an account is no object".into());
    };
    let text = |key: &str| account.get(key).and_then(Node::string).ok_or_else(|| format!("an account has no {key}"));
    Ok(((text("connection")?, text("id")?), account))
}

/// One account a line, as the command line writes them, by name.
fn written(accounts: &Accounts) -> String {
    let mut keys = Keys::default();
    let name = |account: &Object<'_>| account.get("name").and_then(Node::string).unwrap_or_default();
    let names: Vec<String> = accounts.values().map(name).collect();
    for (row, name) in (0_u32..).zip(&names) {
        keys.push(row, name);
    }
    // As the list does: of names that count the same the texts decide, then connection and id.
    let tie = |row: u32| (names.get(row as usize), accounts.get_index(row as usize).map(|(key, _)| key));
    let order = keys.sorted(|left, right| tie(left).cmp(&tie(right)));
    let rows = order.iter().filter_map(|row| accounts.get_index(*row as usize));
    let rows: Vec<String> =
        rows.map(|(_, account)| careful(&Node::Object(account.clone()).text()).into_owned()).collect();
    if rows.is_empty() { "[]\n".into() } else { format!("[\n{}\n]\n", rows.join(",\n")) }
}

fn change(accounts: &mut Accounts, entry: &HistoryEntry) -> Result<(), String> {
    let observed = &entry.observed;
    let key = (observed.key.connection.as_str().to_owned(), observed.key.id.as_str().to_owned());
    if let Difference::Appeared { record } = &observed.difference {
        let (named, account) = account(record)?;
        return match accounts.insert(key.clone(), account) {
            None if named == key => Ok(()),
            None => Err("its record is another account's".into()),
            Some(_) => Err("the account is there already".into()),
        };
    }
    let Some(account) = accounts.get_mut(&key) else { return Err("there is no such account".into()) };
    if let Some((id, name)) = place_before(&observed.difference) {
        learn(account, id.as_deref(), &name);
    }
    match &observed.difference {
        Difference::Appeared { .. } => Ok(()),
        Difference::Gone { record } => {
            let is_same = says(Some(&Node::Object(account.clone()).text()), Some(record));
            accounts.shift_remove(&key);
            if is_same { Ok(()) } else { Err("the account was another before it was gone".into()) }
        }
        Difference::Field { field, from, to } => set(account, field, from.as_deref(), to.as_deref()),
        Difference::Moved { from, to } => {
            let (from, to) = (from.as_deref().unwrap_or("null"), to.as_deref().unwrap_or("null"));
            set(account, super::PARENT, Some(from), Some(to))
        }
        Difference::Order { field, to, .. } => order(account, field, to),
        Difference::Asked { field, from, to } => set(account, field, from.as_deref(), Some(to)),
    }
}

/// The organization that held the account before, as far as the difference says: its id, and its name as a JSON text.
fn place_before(difference: &Difference) -> Option<(Option<String>, String)> {
    let of = |place: &Node<'_>| match place {
        Node::Object(place) => Some((place.get("id").map(Node::text), place.get("name")?.text())),
        Node::Leaf(_) => None,
    };
    match difference {
        Difference::Moved { from, .. } => of(&Node::parse(from.as_deref()?).ok()?),
        Difference::Gone { record } => match Node::parse(record).ok()? {
            Node::Object(record) => of(record.get(super::PARENT)?),
            Node::Leaf(_) => None,
        },
        Difference::Field { field, from, .. } if field == super::PARENT_NAME => Some((None, from.clone()?)),
        Difference::Field { .. }
        | Difference::Appeared { .. }
        | Difference::Order { .. }
        | Difference::Asked { .. } => None,
    }
}

/// A place that was known by its id alone got its name meanwhile, which is no news: a later entry tells it.
fn learn(account: &mut Object<'static>, id: Option<&str>, name: &str) {
    if let Some(Node::Object(place)) = account.get_mut(super::PARENT)
        && place.get("name").and_then(Node::string).is_some_and(|known| known.is_empty())
        && id.is_none_or(|id| place.get("id").is_some_and(|own| own.text() == id))
        && let Ok(name) = Node::owned(name)
    {
        place.insert("name".into(), name);
    }
}

/// Puts a value in the place of what was there; a new key stands last.
fn set(account: &mut Object<'static>, path: &str, from: Option<&str>, to: Option<&str>) -> Result<(), String> {
    let mut steps = steps(path);
    let last = steps.pop().unwrap_or_default();
    let object = object(account, &steps)?;
    if !says(object.get(&last).map(Node::text).as_deref(), from) {
        return Err(format!("{path} was not what it says"));
    }
    match to {
        None => drop(object.shift_remove(&last)),
        Some(to) => drop(object.insert(last, Node::owned(to).map_err(|error| error.to_string())?)),
    }
    Ok(())
}

/// Whether two texts are the same value, however its characters are escaped.
fn says(one: Option<&str>, other: Option<&str>) -> bool {
    let value = |text: Option<&str>| text.map(|text| serde_json::from_str::<Value>(text).ok());
    one == other || value(one) == value(other)
}

fn order(account: &mut Object<'static>, path: &str, keys: &str) -> Result<(), String> {
    let steps = if path.is_empty() { Vec::new() } else { steps(path) };
    let object = object(account, &steps)?;
    let keys: Vec<String> = serde_json::from_str(keys).map_err(|error| error.to_string())?;
    if keys.len() != object.len() || !keys.iter().all(|key| object.contains_key(key)) {
        return Err(format!("{path} has other keys"));
    }
    for (at, key) in keys.iter().enumerate() {
        if let Some(from) = object.get_index_of(key) {
            object.move_index(from, at);
        }
    }
    Ok(())
}

/// The object at the end of these keys.
fn object<'o>(mut object: &'o mut Object<'static>, steps: &[String]) -> Result<&'o mut Object<'static>, String> {
    for step in steps {
        object = match object.get_mut(step) {
            Some(Node::Object(inner)) => inner,
            Some(Node::Leaf(_)) | None => return Err(format!("{step} is no object")),
        };
    }
    Ok(object)
}
