//! From rows to the changes that make what is known as they say.

use std::collections::HashMap;

use super::read::{Head, Row};
use super::{Base, Editable, OWN, Sheet, SheetFault, SheetFaults, editable, identity_digest, ids_digest};
use crate::domain::{AccountId, Change, FormSpec, Identity, Subject, Values, shown};

/// What a sheet is compared with.
pub trait Known {
    /// What can be edited of an account now; without a connection, at the first that has it.
    ///
    /// # Errors
    /// Words for why that is not known: no such connection, no such account, nothing to edit.
    fn editable(&self, connection: Option<&str>, id: &AccountId) -> Result<Editable, String>;

    /// Who a connection is now, where that is known.
    fn identity(&self, connection: &str) -> Option<Identity>;

    /// The forms of all accounts that may be in a sheet.
    fn forms(&self) -> Vec<&'static FormSpec>;
}

impl Sheet {
    /// The changes that a sheet asks for: one an account that it alters, with what stands now as its base.
    ///
    /// # Errors
    /// Everything that can't be taken, with its line: ids that are missing, unknown or altered, columns that no account
    /// has, values that a field does not take, and fields that somebody else changed, too.
    pub fn changes(&self, known: &dyn Known) -> Result<Vec<Change>, SheetFaults> {
        let mut faults = self.strangers(known);
        faults.extend(self.columns_nobody_has(known));
        // Rows that are not what was exported can't be compared with anything.
        SheetFaults::check(faults)?;
        let (mut faults, mut changes) = (Vec::new(), Vec::new());
        for row in &self.rows {
            match known.editable(row.connection.as_deref(), &row.id) {
                Err(words) => {
                    faults.push(SheetFault::new(row.line, words));
                    faults.extend(row.fields_nobody_has(&known.forms()));
                }
                Ok(now) => changes.extend(row.change(&now, &mut faults)),
            }
        }
        SheetFaults::check(faults)?;
        Ok(changes)
    }

    /// Rows that the head does not answer for, and rows that it misses.
    fn strangers(&self, known: &dyn Known) -> Vec<SheetFault> {
        let mut faults = Vec::new();
        let mut seen: HashMap<(Option<&str>, &AccountId), usize> = HashMap::new();
        for row in &self.rows {
            if let Some(first) = seen.insert((row.connection.as_deref(), &row.id), row.line) {
                let words = format!("the account {} stands in line {first} already", row.id);
                faults.push(SheetFault::new(row.line, words));
            }
            faults.extend(row.altered().map(|words| SheetFault::new(row.line, words)));
        }
        let Some(head) = self.head.as_ref().filter(|_| faults.is_empty()) else { return faults };
        faults.extend(head.others(known));
        faults.extend(head.missing(&self.rows));
        faults
    }

    /// Columns of a CSV that are no field of any account.
    fn columns_nobody_has(&self, known: &dyn Known) -> Vec<SheetFault> {
        let Some((line, columns)) = &self.columns else { return Vec::new() };
        let forms = known.forms();
        let names: Vec<&str> = forms.iter().flat_map(|form| editable(form)).map(|field| field.name).collect();
        let unknown = columns.iter().filter(|name| !OWN.contains(&name.as_str()) && !names.contains(&name.as_str()));
        unknown.map(|name| SheetFault::new(*line, no_field(name, &forms))).collect()
    }
}

fn no_field(name: &str, forms: &[&'static FormSpec]) -> String {
    let mut names: Vec<&str> = forms.iter().flat_map(|form| editable(form)).map(|field| field.name).collect();
    names.sort_unstable();
    names.dedup();
    format!("there is no field {} to edit (there are {})", shown(name), names.join(", "))
}

impl Head {
    /// Connections that are somebody else than they were.
    fn others(&self, known: &dyn Known) -> Option<SheetFault> {
        self.owners.iter().filter(|(who, _)| who != "-").find_map(|(who, name)| {
            let now = known.identity(name)?;
            let words = || {
                format!("the connection {name} answers as {} now, and the sheet was made as somebody else", now.user)
            };
            (identity_digest(&now) != *who).then(|| SheetFault::new(self.line, words()))
        })
    }

    /// Rows that were exported and are not here, and rows that were not.
    fn missing(&self, rows: &[Row]) -> Vec<SheetFault> {
        let mut faults = Vec::new();
        let mut there = vec![0; self.rows];
        for row in rows {
            let place = row.base.as_ref().and_then(|base| there.get_mut(base.nth.checked_sub(1)?));
            match place {
                None => faults.push(SheetFault::new(
                    row.line,
                    format!("the account {} was not in the sheet as it was made (its base says so)", row.id),
                )),
                Some(0) => place.into_iter().for_each(|place| *place = row.line),
                Some(first) => {
                    let words = format!("this row's base is that of line {first}");
                    faults.push(SheetFault::new(row.line, words));
                }
            }
        }
        for (nth, _) in there.iter().enumerate().filter(|(_, line)| **line == 0) {
            // It stood behind the nearest row before it that is still here.
            let before = there[..nth].iter().rev().find(|line| **line > 0);
            let line = before.copied().unwrap_or(self.line);
            let words = format!(
                "row {} of {} is missing: put it back, or take the head away, then rows that are not here stay as they are",
                nth + 1,
                self.rows
            );
            faults.push(SheetFault::new(line, words));
        }
        let keys = rows.iter().map(|row| (row.connection.as_deref().unwrap_or_default(), row.id.as_str()));
        if faults.is_empty() && ids_digest(keys) != self.ids {
            faults.push(SheetFault::new(self.line, "the rows are not those that the head was made for"));
        }
        faults
    }
}

impl Row {
    /// What of the row was altered that names its account.
    fn altered(&self) -> Option<String> {
        let base = self.base.as_ref()?;
        let connection = self.connection.as_deref().unwrap_or_default();
        if Base::id(connection, self.id.as_str()) != base.id {
            return Some(format!("the id {} (or its connection) is not the one that was in this row", self.id));
        }
        let name = self.name.as_deref()?;
        (Base::name(name) != base.name).then(|| {
            format!(
                "the column {} only says whose row it is, and it says {} now: put back what stood there (another name goes \
                 into the column of that field)",
                super::ACCOUNT,
                shown(name)
            )
        })
    }

    /// What it has that is no field of any account, where nobody knows whose the row is.
    fn fields_nobody_has(&self, forms: &[&'static FormSpec]) -> Vec<SheetFault> {
        let is_known = |name: &str| forms.iter().flat_map(|form| editable(form)).any(|field| field.name == name);
        let unknown = self.cells.iter().filter(|(name, (_, text))| !text.is_empty() && !is_known(name));
        unknown.map(|(name, (line, _))| SheetFault::new(*line, no_field(name, forms))).collect()
    }

    /// The change that makes the account as the row says; `None` where nothing is to do.
    fn change(&self, now: &Editable, faults: &mut Vec<SheetFault>) -> Option<Change> {
        let fields: Vec<_> = editable(now.form).collect();
        let base = self.base.as_ref();
        if base.is_some_and(|base| base.fields.len() != fields.len()) {
            let words = "the row's base is of another version of acctui: make the sheet anew";
            faults.push(SheetFault::new(self.line, words));
            return None;
        }
        let (mut values, mut stood) = (Values::default(), Values::default());
        for (name, (line, text)) in &self.cells {
            let Some(nth) = fields.iter().position(|field| field.name == name) else {
                // A CSV has the columns of all providers; those of another one are empty.
                if !text.is_empty() {
                    faults.push(SheetFault::new(*line, no_field(name, &[now.form])));
                }
                continue;
            };
            let theirs = now.values.get(name);
            let exported = base.map(|base| &base.fields[nth]);
            let is_exported = |text: &str| exported.is_some_and(|digest| *digest == Base::field(name, text));
            if text == theirs || is_exported(text) {
                continue;
            }
            if exported.is_some() && !is_exported(theirs) {
                let words = format!(
                    "{name} of {} ({}) was changed by somebody else: it is \"{}\" now, here is \"{}\"",
                    now.name,
                    now.key.id,
                    shown(theirs),
                    shown(text)
                );
                faults.push(SheetFault::conflict(*line, words));
                continue;
            }
            if let Some(fault) = fields[nth].fault(text) {
                faults.push(SheetFault::new(*line, format!("{name}: {fault}")));
                continue;
            }
            values.set(name, text);
            stood.set(name, theirs);
        }
        let base = base.map(|_| stood);
        (!values.0.is_empty()).then(|| now.form.change(Subject::Account(now.key.clone()), values, base))
    }
}
