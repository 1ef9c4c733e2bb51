//! Pages: `limit` and `marker` in the query, `page_info.next_marker` in the reply.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use crate::sim::assume::Choices;
use crate::sim::chance::{digest, hide, reveal};
use crate::sim::request::Ask;

use super::open;
use super::problem::Problem;
use super::rows::Rows;

/// The size of a page when no limit is sent (Huawei documentation).
const DEFAULT: usize = 1_000;
/// The largest page with contact data (Huawei documentation).
const WITH_CONTACT: usize = 200;
/// Where the keys of accounts begin; those of units, which come first in a list of both, are below.
const ACCOUNTS: u64 = 1 << 33;

/// How rows of a list are named by markers: rows have keys that grow along the list.
pub(super) struct Naming<'a> {
    /// The id of the row with a key; `None` where rows have no ids, so that their markers are without meaning.
    pub(super) id: Option<&'a dyn Fn(u64) -> String>,
    /// The key of the row with an id.
    pub(super) key: &'a dyn Fn(&str) -> Option<u64>,
}

impl Naming<'_> {
    /// For lists whose rows have no ids.
    pub(super) const NONE: Naming<'static> = Naming { id: None, key: &|_| None };
}

/// Whether accounts come with contact data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Load {
    Plain,
    Contact,
}

/// A page that was asked for.
#[derive(Debug)]
pub(super) struct Page {
    limit: usize,
    /// The smallest key that belongs to it.
    pub(super) from: u64,
    style: &'static str,
    last: &'static str,
    counted: bool,
    seed: u64,
    tag: u64,
    sent: Option<String>,
    repeats: bool,
}

impl Page {
    /// Reads `limit` and `marker`.
    pub(super) fn from(
        ask: &Ask,
        seed: u64,
        choices: &Choices,
        naming: &Naming<'_>,
        load: Load,
    ) -> Result<Self, Problem> {
        let mut limit = limit(ask, choices, load)?;
        if ask.weather.short_pages {
            limit = (limit * 2 / 3).max(1);
        }
        let style = if naming.id.is_some() { choices.of(open::MARKER) } else { "opaque" };
        let mut page = Self {
            limit,
            from: 0,
            style,
            last: choices.of(open::LAST_PAGE),
            counted: choices.of(open::CURRENT_COUNT) == "present",
            seed,
            tag: digest(&ask.segments.join("/")),
            sent: ask.param("marker").filter(|marker| !marker.is_empty()).map(str::to_owned),
            repeats: ask.weather.repeat_token,
        };
        if let Some(marker) = &page.sent {
            page.from = match page.start(marker, naming) {
                Some(from) => from,
                None if choices.of(open::BAD_MARKER) == "first-page" => 0,
                None => return Err(Problem::of(choices.of(open::INVALID), "The parameter marker is invalid.")),
            };
        }
        Ok(page)
    }

    fn start(&self, marker: &str, naming: &Naming<'_>) -> Option<u64> {
        match self.style {
            "opaque" => {
                let bytes: [u8; 16] = STANDARD.decode(marker).ok()?.try_into().ok()?;
                reveal(self.seed, self.tag, u128::from_be_bytes(bytes))
            }
            "next-id" => (naming.key)(marker),
            _ => Some((naming.key)(marker)? + 1),
        }
    }

    /// The rows of the page, of an iterator that gives them with their growing keys, and its `page_info`.
    pub(super) fn cut<T>(&self, rows: impl Iterator<Item = (u64, T)>, naming: &Naming<'_>) -> (Vec<T>, Option<Value>) {
        let mut rows = rows.skip_while(|(key, _)| *key < self.from);
        let mut end = self.from;
        let mut page = Vec::new();
        for (key, row) in rows.by_ref().take(self.limit) {
            page.push(row);
            end = key;
        }
        let next = rows.next().map(|(key, _)| key);
        let marker = match (&self.sent, next, naming.id) {
            (Some(sent), _, _) if self.repeats => Some(sent.clone()),
            (_, None, _) => None,
            (_, Some(next), Some(id)) if self.style == "next-id" => Some(id(next)),
            (_, Some(_), Some(id)) if self.style == "last-id" => Some(id(end)),
            (_, Some(next), _) => Some(STANDARD.encode(hide(self.seed, self.tag, next).to_be_bytes())),
        };
        let info = self.info(marker, page.len());
        (page, info)
    }

    fn info(&self, marker: Option<String>, count: usize) -> Option<Value> {
        let mut info = Map::new();
        match (marker, self.last) {
            (Some(marker), _) => {
                info.insert("next_marker".into(), marker.into());
            }
            (None, "no-page-info") => return None,
            (None, "no-key") => {}
            (None, "empty") => {
                info.insert("next_marker".into(), "".into());
            }
            (None, _) => {
                info.insert("next_marker".into(), Value::Null);
            }
        }
        if self.counted {
            info.insert("current_count".into(), count.into());
        }
        Some(info.into())
    }
}

/// The size of a page.
pub(super) fn limit(ask: &Ask, choices: &Choices, load: Load) -> Result<usize, Problem> {
    let contact = load == Load::Contact;
    let wrong = |message: String| Problem::of(choices.of(open::INVALID), message);
    let (most, over) = choices.of(open::LIMIT_OVER).split_once('-').unwrap_or(("2000", "refused"));
    let most = most.parse().unwrap_or(2_000);
    let Some(sent) = ask.param("limit") else {
        return match choices.of(open::CONTACT_NO_LIMIT) {
            "refused" if contact => {
                Err(wrong(format!("The parameter limit must be at most {WITH_CONTACT} with contact information.")))
            }
            "200" if contact => Ok(WITH_CONTACT),
            _ => Ok(DEFAULT),
        };
    };
    let limit = sent.parse().ok().filter(|limit| *limit >= 1);
    let limit: usize = limit.ok_or_else(|| wrong(format!("The parameter limit must be from 1 to {most}.")))?;
    let (most, over) = if contact { (WITH_CONTACT, choices.of(open::CONTACT_LIMIT_OVER)) } else { (most, over) };
    if limit > most && over == "refused" {
        return Err(wrong(format!("The parameter limit must be from 1 to {most}.")));
    }
    Ok(limit.min(most))
}

/// The key of an account in a list.
pub(super) fn account_key(number: u32, newest_first: bool) -> u64 {
    ACCOUNTS + u64::from(if newest_first { u32::MAX - number } else { number })
}

/// The account that a key stands for.
pub(super) fn account_of_key(key: u64, newest_first: bool) -> Option<u32> {
    let number = u32::try_from(key.checked_sub(ACCOUNTS)?).ok()?;
    Some(if newest_first { u32::MAX - number } else { number })
}

/// The accounts of a unit, or all, from a key on; found without looking at those before.
pub(super) fn accounts(
    rows: &Rows,
    unit: Option<usize>,
    newest_first: bool,
    from: u64,
) -> Box<dyn Iterator<Item = (u64, u32)> + '_> {
    let with_key = move |number| (account_key(number, newest_first), number);
    let first = account_of_key(from.max(ACCOUNTS), newest_first).unwrap_or(if newest_first { 0 } else { u32::MAX });
    match (unit, newest_first) {
        (None, false) => Box::new(rows.numbers(first..u32::MAX).map(with_key)),
        (None, true) => Box::new(rows.numbers(0..first.saturating_add(1)).rev().map(with_key)),
        (Some(unit), false) => {
            let held = rows.members(unit);
            let start = held.partition_point(|number| *number < first);
            Box::new(held[start..].iter().copied().map(with_key))
        }
        (Some(unit), true) => {
            let held = rows.members(unit);
            let end = held.partition_point(|number| *number <= first);
            Box::new(held[..end].iter().rev().copied().map(with_key))
        }
    }
}
