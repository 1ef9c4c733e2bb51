//! The values that a tab shows, each with its lines: what a key shows whole, copies or opens.

use std::ops::{Deref, DerefMut, Range};

use crate::domain::Role;
use crate::view::Line;

/// One value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// What it is called; safe for a terminal.
    pub label: String,
    /// The whole of it, as it came.
    pub text: String,
}

/// Whom a value leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contact {
    /// It is an e-mail address.
    Email,
    /// It is a phone number.
    Phone,
}

impl Value {
    /// Whom it leads to, if it is an address or a number of somebody's.
    #[must_use]
    pub fn contact(&self) -> Option<Contact> {
        contact(&self.label, &self.text)
    }

    /// The address that a desktop opens for it.
    #[must_use]
    pub fn address(&self) -> Option<String> {
        let text = self.text.trim();
        Some(match self.contact()? {
            // A percent sign is the one character of those it may have that means something in an address.
            Contact::Email => format!("mailto:{}", text.replace('%', "%25")),
            Contact::Phone => {
                let kept = text.chars().filter(|char| char.is_ascii_digit() || *char == '+');
                format!("tel:{}", kept.collect::<String>())
            }
        })
    }
}

impl Contact {
    /// What it is, in a word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Email => "e-mail",
            Self::Phone => "phone",
        }
    }

    /// The role of its text.
    pub(super) fn role(contact: Option<Self>) -> Role {
        if contact.is_some() { Role::Key } else { Role::Text }
    }
}

/// The digits of a phone number: the longest has fifteen (ITU-T E.164), and none has fewer than five with its area.
const DIGITS: std::ops::RangeInclusive<usize> = 5..=15;

/// Whom a text leads to: an address looks like one; a number needs a plus sign or a title that says what it is, since
/// ids and dates have digits, too.
pub(super) fn contact(label: &str, text: &str) -> Option<Contact> {
    let text = text.trim();
    if is_email(text) {
        return Some(Contact::Email);
    }
    let label = label.to_lowercase();
    let says_so = ["phone", "mobile", "fax", "telephone"].iter().any(|word| label.contains(word));
    let number = text.strip_prefix('+');
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let is_written_so = number
        .unwrap_or(text)
        .chars()
        .all(|char| char.is_ascii_digit() || matches!(char, ' ' | '-' | '.' | '(' | ')' | '/' | '\u{a0}'));
    ((says_so || number.is_some()) && DIGITS.contains(&digits) && is_written_so).then_some(Contact::Phone)
}

fn is_email(text: &str) -> bool {
    let Some((name, domain)) = text.split_once('@') else { return false };
    let is_plain = |char: char| char.is_ascii_alphanumeric() || "._%+-".contains(char);
    let is_part = |part: &str| {
        !part.is_empty()
            && part.chars().all(|char| char.is_ascii_alphanumeric() || char == '-')
            && !part.starts_with('-')
            && !part.ends_with('-')
    };
    !name.is_empty()
        && name.chars().all(is_plain)
        && !name.starts_with(['.', '-'])
        && domain.contains('.')
        && domain.split('.').all(is_part)
}

/// A tab's lines, and which of them are whose value.
#[derive(Debug, Default)]
pub(super) struct Lines {
    lines: Vec<Line>,
    values: Vec<(Range<usize>, Value)>,
}

impl Lines {
    /// The lines from here to the end are this value's.
    pub(super) fn note(&mut self, from: usize, label: &str, text: &str) {
        let value = Value { label: label.to_owned(), text: text.to_owned() };
        self.values.push((from..self.lines.len(), value));
    }

    /// The lines that are seen as chosen with one: those of the whole value.
    pub(super) fn around(&self, line: usize) -> Range<usize> {
        let whole = self.values.iter().find(|(lines, _)| lines.contains(&line));
        whole.map_or(line..line + 1, |(lines, _)| lines.clone())
    }

    /// Whether nothing of it is a value that could be chosen.
    pub(super) fn are_words(&self) -> bool {
        self.values.is_empty()
    }

    /// The value on a line.
    pub(super) fn value(&self, line: usize) -> Option<&Value> {
        self.values.iter().find(|(lines, _)| lines.contains(&line)).map(|(_, value)| value)
    }
}

impl Deref for Lines {
    type Target = Vec<Line>;

    fn deref(&self) -> &Vec<Line> {
        &self.lines
    }
}

impl DerefMut for Lines {
    fn deref_mut(&mut self) -> &mut Vec<Line> {
        &mut self.lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_numbers_are_told_from_other_text() {
        for (label, text, expected) in [
            ("E-mail", "ops@acme.example", Some("mailto:ops@acme.example")),
            ("Note", " first.last+50%@mail.acme.example ", Some("mailto:first.last+50%25@mail.acme.example")),
            ("Business phone", "+47 22 00 00 00", Some("tel:+4722000000")),
            ("Anything", "+1 (555) 010-9999", Some("tel:+15550109999")),
            ("Phone", "555 0100", Some("tel:5550100")),
            ("ID", "0123456789", None),
            ("Created", "2023-05-06", None),
            ("Count", "+5", None),
            ("Phone", "ask reception", None),
            ("Phone", "+47 22 00 00 00 ext. 5", None),
            ("Note", "a@b", None),
            ("Note", "a@b.c?subject=x&cc=y@z.example", None),
            ("Note", "ops@acme.example, hr@acme.example", None),
            ("Note", "ops@-acme.example", None),
            ("Note", "", None),
        ] {
            let value = Value { label: label.into(), text: text.into() };
            assert_eq!(value.address().as_deref(), expected, "{label} {text:?}");
        }
    }
}
