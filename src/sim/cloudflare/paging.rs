//! The two ways in which Cloudflare pages: by number (accounts) and by an opaque token (organizations).

use serde_json::{Map, Value, json};

use crate::sim::assume::Choices;
use crate::sim::chance::{digest, hide, reveal};
use crate::sim::request::Ask;

use super::envelope::Problem;
use super::{ACCOUNT_ERROR, ORGANIZATION_ERROR, open};

/// A page by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Numbered {
    pub(super) page: usize,
    pub(super) per_page: usize,
}

impl Numbered {
    /// Cloudflare schema: `page` from 1, `per_page` from 5 to 50, 20 by default.
    pub(super) fn from(ask: &Ask, choices: &Choices) -> Result<Self, Problem> {
        let wrong = |field: &str, message: &str| Problem::field(ACCOUNT_ERROR, field, message);
        let page = number(ask.param("page"), 1)
            .filter(|page| *page >= 1)
            .ok_or_else(|| wrong("page", "page must be an integer of at least 1"))?;
        let most = 50;
        let mut per_page = number(ask.param("per_page"), 20)
            .filter(|per_page| *per_page >= 5)
            .ok_or_else(|| wrong("per_page", "per_page must be an integer from 5 to 50"))?;
        if per_page > most {
            if choices.of(open::PER_PAGE_OVER) == "refuse" {
                return Err(wrong("per_page", "per_page must be an integer from 5 to 50"));
            }
            per_page = most;
        }
        if ask.weather.short_pages {
            per_page = shortened(per_page);
        }
        Ok(Self { page, per_page })
    }

    /// The place of the page's first row.
    pub(super) fn start(self) -> usize {
        (self.page - 1).saturating_mul(self.per_page)
    }

    /// `result_info`: every key of it is optional (Cloudflare schema). `matching` rows are on all pages together,
    /// `total` is what `total_count` says.
    pub(super) fn info(self, count: usize, matching: usize, total: usize, choices: &Choices) -> Option<Value> {
        let kind = choices.of(open::RESULT_INFO);
        if kind == "absent" {
            return None;
        }
        let mut info = Map::new();
        info.insert("page".into(), json!(self.page));
        info.insert("per_page".into(), json!(self.per_page));
        info.insert("count".into(), json!(count));
        if kind == "full" {
            info.insert("total_count".into(), json!(total));
            info.insert("total_pages".into(), json!(matching.div_ceil(self.per_page)));
        }
        Some(Value::Object(info))
    }
}

/// A page by token.
#[derive(Debug, Clone)]
pub(super) struct Tokened {
    start: usize,
    size: usize,
    seed: u64,
    /// What the token is tied to: the list and its filters.
    filters: u64,
    sent: Option<String>,
    repeats: bool,
}

impl Tokened {
    /// Cloudflare schema: `page_size` is 10 by default; `page_token` goes with the same filters as before.
    pub(super) fn from(ask: &Ask, seed: u64, choices: &Choices) -> Result<Self, Problem> {
        let wrong = |field: &str, message: &str| Problem::field(ORGANIZATION_ERROR, field, message);
        let most = if choices.of(open::PAGE_SIZE_OVER) == "accept" { 1_000 } else { 50 };
        let mut size = number(ask.param("page_size"), 10)
            .filter(|size| *size >= 1)
            .ok_or_else(|| wrong("page_size", "page_size must be an integer of at least 1"))?;
        if size > most {
            if choices.of(open::PAGE_SIZE_OVER) != "clamp" {
                return Err(wrong("page_size", &format!("page_size must be at most {most}")));
            }
            size = most;
        }
        if ask.weather.short_pages {
            size = shortened(size);
        }
        let filters = filters(ask);
        let sent = ask.param("page_token").filter(|token| !token.is_empty());
        let start = match sent {
            None => 0,
            Some(token) => u128::from_str_radix(token, 16)
                .ok()
                .and_then(|hidden| reveal(seed, filters, hidden))
                .and_then(|start| usize::try_from(start).ok())
                .ok_or_else(|| {
                    let message = "page_token is not valid with these parameters; resend those of the first page";
                    wrong("page_token", message)
                })?,
        };
        Ok(Self { start, size, seed, filters, sent: sent.map(str::to_owned), repeats: ask.weather.repeat_token })
    }

    /// The rows of the page.
    pub(super) fn rows<'a, T>(&self, all: &'a [T]) -> &'a [T] {
        let start = self.start.min(all.len());
        let end = self.start.saturating_add(self.size).min(all.len());
        &all[start..end]
    }

    /// `result_info`: the token is left out on the last page; `total_size` counts with the filters (Cloudflare schema).
    pub(super) fn info(&self, total: usize) -> Value {
        let next = self.start.saturating_add(self.size);
        let mut info = Map::new();
        let again = self.sent.as_ref().filter(|_| self.repeats);
        if let Some(token) = again {
            info.insert("next_page_token".into(), token.clone().into());
        } else if next < total {
            let next = u64::try_from(next).unwrap_or(u64::MAX);
            let token = format!("{:032x}", hide(self.seed, self.filters, next));
            info.insert("next_page_token".into(), token.into());
        }
        info.insert("total_size".into(), json!(total));
        Value::Object(info)
    }
}

/// A number that tells one set of filters from another, whatever the order in which they were sent.
fn filters(ask: &Ask) -> u64 {
    let apart = |key: &str| key == "page_token" || key == "page_size";
    let kept = ask.query.iter().filter(|(key, _)| !apart(key));
    let mut pairs: Vec<String> = kept.map(|(key, value)| format!("{key}={value}")).collect();
    pairs.sort_unstable();
    digest(&format!("{}?{}", ask.segments.join("/"), pairs.join("&")))
}

fn number(text: Option<&str>, default: usize) -> Option<usize> {
    match text {
        None => Some(default),
        Some(text) => text.parse().ok(),
    }
}

fn shortened(size: usize) -> usize {
    (size * 2 / 3).max(1)
}
