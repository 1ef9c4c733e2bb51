//! From what is known to a text.

use std::fmt::Write as _;

use super::Sheet;
use super::{
    ACCOUNT, BASE, Base, CONNECTION, Editable, ID, SheetFormat, TITLE, editable, guarded, identity_digest, ids_digest,
    is_bare,
};
use crate::domain::{ConnectionName, FormSpec, Identity, Moment, shown};

impl Sheet {
    /// The sheet of these accounts. `owners` says who their connections are, where that is known: the sheet of one owner
    /// is not applied to another's accounts. `left` says what is left out, and why.
    #[must_use]
    pub fn write(
        rows: &[Editable],
        owners: &[(ConnectionName, Option<Identity>)],
        left: &[String],
        at: Moment,
        format: SheetFormat,
    ) -> String {
        let ids = rows.iter().map(|row| (row.key.connection.as_str(), row.key.id.as_str()));
        let form = SheetForm::new(format, rows.iter().map(|row| row.form));
        let mut text = form.head(ids, owners, left, at);
        for (nth, row) in rows.iter().enumerate() {
            text.push_str(&form.row(nth + 1, row));
        }
        text
    }
}

/// How a sheet is written piece by piece: a head that knows all ids, then row after row.
#[derive(Clone, Debug)]
pub struct SheetForm {
    format: SheetFormat,
    /// The fields of all rows, each provider's in its form's order: columns of a CSV.
    columns: Vec<&'static str>,
}

impl SheetForm {
    /// For rows of these forms, in the order of the rows.
    pub fn new(format: SheetFormat, forms: impl IntoIterator<Item = &'static FormSpec>) -> Self {
        let mut columns: Vec<&'static str> = Vec::new();
        let mut last: Option<&FormSpec> = None;
        for form in forms {
            // Rows of one form mostly stand together.
            if last.is_some_and(|last| std::ptr::eq(last, form)) {
                continue;
            }
            last = Some(form);
            for field in editable(form) {
                if !columns.contains(&field.name) {
                    columns.push(field.name);
                }
            }
        }
        Self { format, columns }
    }

    /// What stands before the first row; `ids` are those of all rows, with their connections.
    pub fn head<'k>(
        &self,
        ids: impl Iterator<Item = (&'k str, &'k str)>,
        owners: &[(ConnectionName, Option<Identity>)],
        left: &[String],
        at: Moment,
    ) -> String {
        let ids: Vec<(&str, &str)> = ids.collect();
        let mut text = head(ids, owners, left, at, self.format);
        if self.format == SheetFormat::Csv {
            let own = [CONNECTION, ID, ACCOUNT, BASE];
            text.push_str(&line(own.iter().chain(&self.columns)));
        }
        text
    }

    /// A row, the `nth` from 1.
    #[must_use]
    pub fn row(&self, nth: usize, row: &Editable) -> String {
        match self.format {
            SheetFormat::Toml => table(nth, row),
            SheetFormat::Csv => {
                let base = Base::of(nth, row).text();
                let own = [row.key.connection.as_str(), row.key.id.as_str(), row.name.raw(), &base];
                let fields = self.columns.iter().map(|column| row.values.get(column));
                line(own.into_iter().chain(fields).map(guarded))
            }
        }
    }
}

/// What the sheet is of. No comma and no quote: spreadsheets put lines with such into quotes.
fn head(
    ids: Vec<(&str, &str)>,
    owners: &[(ConnectionName, Option<Identity>)],
    left: &[String],
    at: Moment,
    format: SheetFormat,
) -> String {
    let mut lines = vec![TITLE.to_owned(), format!("made: {}", time(at))];
    for (name, identity) in owners {
        let who = match identity {
            None => "-".to_owned(),
            Some(identity) => identity_digest(identity),
        };
        lines.push(format!("connection: {who} {}", shown(name.as_str())));
    }
    lines.push(format!("rows: {}", ids.len()));
    lines.push(format!("ids: {}", ids_digest(ids.into_iter())));
    lines.extend(left.iter().map(|words| format!("left out: {}", shown(words))));
    lines.push("Change fields and save. Leave these as they are:".into());
    lines.push(format!("  {CONNECTION} and {ID} say which account it is"));
    if format == SheetFormat::Csv {
        lines.push(format!("  {ACCOUNT} is its name for people and no field"));
    }
    lines.push(format!("  {BASE} says how its fields stood: by it changes of others are told from yours"));
    lines
        .push("All else is a field of the account itself. Profiles are not in a sheet: acctui profile ID --set".into());
    lines.push("With this head every row must stay. Without it rows that are not here stay as they are.".into());
    lines.into_iter().fold(String::new(), |text, line| format!("{text}# {line}\n"))
}

/// `2026-11-22T09:13:28Z`
fn time(at: Moment) -> String {
    let seconds = i64::try_from(at.0 / 1000).unwrap_or(i64::MAX);
    jiff::Timestamp::from_second(seconds).map_or_else(|_| at.0.to_string(), |time| time.to_string())
}

fn table(nth: usize, row: &Editable) -> String {
    let mut text = format!("\n# {}\n[[account]]\n", row.name.shown());
    pair(&mut text, CONNECTION, &quoted(row.key.connection.as_str()));
    pair(&mut text, ID, &quoted(row.key.id.as_str()));
    pair(&mut text, BASE, &quoted(&Base::of(nth, row).text()));
    for field in editable(row.form) {
        let value = row.values.get(field.name);
        let value = if is_bare(field.kind, value) { value.to_owned() } else { quoted(value) };
        pair(&mut text, field.name, &value);
    }
    text
}

fn pair(text: &mut String, name: &str, value: &str) {
    let plain = |char: char| char.is_ascii_alphanumeric() || "_-.".contains(char);
    let name = if name.chars().all(plain) { name.to_owned() } else { quoted(name) };
    let _ = writeln!(text, "{name} = {value}");
}

/// A basic string of TOML in which every character that moves, hides or turns text is an escape.
fn quoted(value: &str) -> String {
    let mut text = String::with_capacity(value.len() + 2);
    text.push('"');
    for char in value.chars() {
        match char {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\t' => text.push_str("\\t"),
            '\r' => text.push_str("\\r"),
            char if shown(char.encode_utf8(&mut [0; 4])).chars().eq([char]) => text.push(char),
            char => {
                // Writing to a String cannot fail.
                let _ = write!(text, "\\U{:08x}", u32::from(char));
            }
        }
    }
    text.push('"');
    text
}

/// One line of a CSV.
fn line(cells: impl IntoIterator<Item = impl AsRef<[u8]>>) -> String {
    let mut csv = csv::WriterBuilder::new().buffer_capacity(512).from_writer(Vec::new());
    // Writing to memory cannot fail.
    let _ = csv.write_record(cells);
    let bytes = csv.into_inner().unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}
