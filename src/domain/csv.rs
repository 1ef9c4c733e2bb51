//! Accounts as comma-separated rows: a contract of the command line.

use std::borrow::Cow;

use super::{Account, Untrusted};

/// The names of the cells: those of the JSON, `parent` as two, without `raw`.
pub const CSV: [&str; 11] = [
    "connection",
    "provider",
    "id",
    "name",
    "type",
    "status",
    "email",
    "created_at",
    "updated_at",
    "parent_id",
    "parent_name",
];

/// The cell of one of these names, as the provider wrote it; `None` for any other name.
#[must_use]
pub fn csv_cell<'a>(account: &'a Account, name: &str) -> Option<Cow<'a, str>> {
    let optional = |text: &'a Option<Untrusted>| text.as_ref().map_or("", Untrusted::raw);
    let parent = account.parent.as_ref();
    Some(Cow::Borrowed(match name {
        "connection" => account.key.connection.as_str(),
        "provider" => account.provider.as_str(),
        "id" => account.key.id.as_str(),
        "name" => account.name.raw(),
        "type" => optional(&account.kind),
        "status" => optional(&account.status),
        "email" => optional(&account.email),
        "created_at" => optional(&account.created_at),
        "updated_at" => optional(&account.updated_at),
        "parent_id" => parent.map_or("", |parent| parent.id.as_str()),
        "parent_name" => parent.map_or("", |parent| parent.name.raw()),
        _ => return None,
    }))
}

/// One line of comma-separated cells without its end, quoted where that is needed. A cell that a spreadsheet would take
/// for a formula has an apostrophe before it.
#[must_use]
pub fn csv_line<'c>(cells: impl IntoIterator<Item = Cow<'c, str>>) -> String {
    let mut line = String::new();
    for (nth, cell) in cells.into_iter().enumerate() {
        if nth > 0 {
            line.push(',');
        }
        let cell = guarded(cell);
        if cell.contains(['"', ',', '\n', '\r']) {
            line.extend(["\"", &cell.replace('"', "\"\""), "\""]);
        } else {
            line.push_str(&cell);
        }
    }
    line
}

/// A cell that no spreadsheet takes for a formula. A negative number is none.
fn guarded(cell: Cow<'_, str>) -> Cow<'_, str> {
    let is_formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']) && cell.parse::<f64>().is_err();
    if is_formula { Cow::Owned(format!("'{cell}")) } else { cell }
}
