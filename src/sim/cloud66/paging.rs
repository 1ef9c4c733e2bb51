//! Pages of 30, chosen by their number.

use std::ops::Range;

use serde_json::{Value, json};

use crate::sim::assume::Choices;
use crate::sim::fault::Weather;
use crate::sim::request::{Answer, Ask};

use super::envelope::{self, Problem};
use super::open;

/// Cloud 66 documentation: `per_page` is 30 in every sample, and no parameter changes it.
const SIZE: usize = 30;
/// The most that `per_page` gets where it is heard.
const MOST: usize = 100;

/// One page of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Page {
    number: usize,
    /// How many rows it holds.
    size: usize,
    /// How many it says that it holds.
    stated: usize,
    /// Whether `next` is the page itself, for a client that follows it for ever.
    stuck: bool,
}

impl Page {
    /// The page that a request asks for.
    pub(super) fn from(ask: &Ask, choices: &Choices) -> Result<Self, Problem> {
        let asked = ask.param("page").filter(|text| !text.is_empty());
        let number = match asked.map(str::parse::<usize>) {
            None => 1,
            Some(Ok(number)) if number >= 1 => number,
            Some(_) if choices.of(open::BAD_PAGE) == "first" => 1,
            Some(_) => return Err(Problem::bad_request("page must be a positive number")),
        };
        let heard = choices.of(open::PER_PAGE) == "heard";
        let wanted = ask.param("per_page").filter(|_| heard).and_then(|text| text.parse().ok());
        let stated = wanted.map_or(SIZE, |wanted: usize| wanted.clamp(1, MOST));
        let size = if ask.weather.short_pages { (stated * 2 / 3).max(1) } else { stated };
        Ok(Self { number, size, stated, stuck: ask.weather.repeat_token && number > 1 })
    }

    /// The places of its rows in a list of `total`.
    pub(super) fn window(self, total: usize) -> Range<usize> {
        let start = (self.number - 1).saturating_mul(self.size).min(total);
        start..start.saturating_add(self.size).min(total)
    }

    /// Cloud 66 documentation: six keys, of which `previous` and `next` are null at the ends. Every client goes on while
    /// `next` is larger than `current`.
    fn pagination(self, total: usize) -> Value {
        let pages = total.div_ceil(self.size).max(1);
        let next = if self.stuck { Some(self.number) } else { (self.number < pages).then_some(self.number + 1) };
        json!({
            "previous": (self.number > 1).then(|| self.number - 1),
            "next": next,
            "current": self.number,
            "per_page": self.stated,
            "count": total,
            "pages": pages,
        })
    }

    /// The page as an answer: its rows, of `total` in the whole list.
    pub(super) fn answer(
        self,
        mut rows: Vec<Value>,
        total: usize,
        weather: &Weather,
        choices: &Choices,
    ) -> Result<Answer, Problem> {
        let past = self.number > 1 && self.window(total).is_empty();
        if past && choices.of(open::PAST_END) == "404" {
            return Err(Problem::not_found());
        }
        weather.disturb(&mut rows);
        let count = if choices.of(open::COUNT) == "page" { rows.len() } else { total };
        Ok(envelope::list(rows, count, Some(self.pagination(total))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: Page = Page { number: 2, size: 30, stated: 30, stuck: false };

    #[test]
    fn a_page_holds_thirty_rows_and_the_last_one_the_rest() {
        assert_eq!(PAGE.window(100), 30..60);
        assert_eq!(PAGE.window(45), 30..45);
        assert_eq!(PAGE.window(30), 30..30);
        assert_eq!(Page { number: usize::MAX, ..PAGE }.window(30), 30..30);
    }

    #[test]
    fn the_ends_of_the_list_are_null() {
        let next = |number: usize, total: usize| Page { number, ..PAGE }.pagination(total)["next"].clone();
        assert_eq!(next(1, 31), json!(2));
        assert_eq!(next(2, 31), Value::Null);
        assert_eq!(next(1, 0), Value::Null);
        assert_eq!(Page { number: 1, ..PAGE }.pagination(31)["previous"], Value::Null);
        assert_eq!(Page { stuck: true, ..PAGE }.pagination(300)["next"], json!(2));
    }
}
