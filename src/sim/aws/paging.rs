//! Pages: `MaxResults` and `NextToken` in the body, `NextToken` in the reply. A token is opaque, and belongs to the list
//! that it was given for.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use crate::sim::assume::Choices;
use crate::sim::chance::{blend, digest, hide, reveal};
use crate::sim::request::Ask;

use super::body::Fields;
use super::open;
use super::problem::Problem;

/// The size of a page, and the largest that can be asked for (AWS service model).
const MOST: u64 = 20;

/// A page that was asked for.
#[derive(Debug)]
pub(super) struct Page {
    limit: usize,
    /// The smallest key that belongs to it; rows have keys that grow along the list.
    pub(super) from: u64,
    /// Whether the page before it was an empty one.
    after_empty: bool,
    empties: &'static str,
    full_last: &'static str,
    last: &'static str,
    seed: u64,
    tag: u64,
    sent: Option<String>,
    repeats: bool,
}

impl Page {
    /// Reads `MaxResults` and `NextToken`, for the list of this name.
    pub(super) fn from(ask: &Ask, fields: &Fields, list: &str, seed: u64, choices: &Choices) -> Result<Self, Problem> {
        let mut limit = limit(fields, choices)?;
        if ask.weather.short_pages {
            limit = (limit * 2 / 3).max(1);
        }
        let sent = fields.text("NextToken")?.map(str::to_owned);
        let tag = digest(list);
        let start = sent.as_deref().map_or(Some(0), |token| start(seed, tag, token));
        let rule = "Get the value for the NextToken parameter from the response to a previous call of the operation.";
        let start = start.ok_or_else(|| fields.wrong("NextToken", "INVALID_NEXT_TOKEN", rule))?;
        Ok(Self {
            limit,
            from: start >> 1,
            after_empty: start & 1 == 1,
            empties: choices.of(open::EMPTY_PAGES),
            full_last: choices.of(open::FULL_LAST_PAGE),
            last: choices.of(open::LAST_TOKEN),
            seed,
            tag,
            sent,
            repeats: ask.weather.repeat_token,
        })
    }

    /// Whether nothing is given this time, though rows follow.
    fn is_empty(&self) -> bool {
        let drawn = blend(&[self.seed, self.tag, self.from]);
        !self.after_empty
            && match self.empties {
                "never" => false,
                "first" => self.from == 0,
                "often" => drawn.is_multiple_of(3),
                _ => drawn.is_multiple_of(24),
            }
    }

    /// The rows of the page, of an iterator that gives them with their growing keys, and the token of the next one.
    pub(super) fn cut<T>(&self, rows: impl Iterator<Item = (u64, T)>) -> (Vec<T>, Option<String>) {
        let mut rows = rows.skip_while(|(key, _)| *key < self.from).peekable();
        let mut page = Vec::new();
        let mut end = self.from;
        let empty = self.is_empty() && rows.peek().is_some();
        if !empty {
            for (key, row) in rows.by_ref().take(self.limit) {
                page.push(row);
                end = key + 1;
            }
        }
        let full = page.len() == self.limit && self.full_last == "has-token";
        let goes_on = rows.peek().is_some() || full;
        let next = goes_on.then(|| self.token(end, empty));
        (page, if self.repeats { self.sent.clone().or(next) } else { next })
    }

    fn token(&self, from: u64, after_empty: bool) -> String {
        let place = from << 1 | u64::from(after_empty);
        STANDARD.encode(hide(self.seed, self.tag, place).to_be_bytes())
    }

    /// A page as an answer's body.
    pub(super) fn body(&self, name: &str, rows: Vec<Value>, next: Option<String>) -> Map<String, Value> {
        let mut map = Map::from_iter([(name.to_owned(), rows.into())]);
        match next {
            Some(token) => {
                map.insert("NextToken".into(), token.into());
            }
            None if self.last == "null" => {
                map.insert("NextToken".into(), Value::Null);
            }
            None => {}
        }
        map
    }
}

fn start(seed: u64, tag: u64, token: &str) -> Option<u64> {
    let bytes: [u8; 16] = STANDARD.decode(token).ok()?.try_into().ok()?;
    reveal(seed, tag, u128::from_be_bytes(bytes))
}

fn limit(fields: &Fields, choices: &Choices) -> Result<usize, Problem> {
    let Some(sent) = fields.value("MaxResults") else {
        return Ok(usize::try_from(MOST).unwrap_or(1));
    };
    let wrong_type = || Problem::new("SerializationException", "MaxResults can not be converted to an Integer");
    let sent = sent.as_i64().ok_or_else(wrong_type)?;
    let rule = |rule: &str, reason| fields.wrong("MaxResults", reason, rule);
    let sent = u64::try_from(sent).ok().filter(|sent| *sent >= 1);
    let sent = sent.ok_or_else(|| rule("You provided a value that is smaller than allowed.", "MIN_VALUE_EXCEEDED"))?;
    if sent > MOST && choices.of(open::LIMIT_OVER) == "refused" {
        return Err(rule("You provided a value that is larger than allowed.", "MAX_VALUE_EXCEEDED"));
    }
    Ok(usize::try_from(sent.min(MOST)).unwrap_or(1))
}
