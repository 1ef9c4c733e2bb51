//! Cloudflare's two ways of paging that the program uses, and when each is at its end.

use super::wire::{Envelope, PageInfo};
use crate::provider::Cursor;

/// The largest page of the accounts listing; 51 is out of range (Cloudflare schema).
pub(super) const PER_PAGE: u32 = 50;

/// What is asked for in the organization family, whose default is 10 and whose largest page is not documented. A
/// server that refuses it is asked without.
pub(super) const PAGE_SIZE: u32 = 50;

/// What a numbered page says about the rest.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Numbered {
    pub(super) next: Option<Cursor>,
    pub(super) pages: Option<u32>,
}

/// Whether a numbered page is the last one. An empty page always is. So is a page other than the asked one: to an
/// account-owned token the server answers every page with the first (reported live). Else all that the server says
/// must agree that there is no more, because a page too many costs a request and a page too few loses rows; but the count of rows ignores filters (Cloudflare
/// schema), so beside one it says nothing.
pub(super) fn numbered(asked: u32, rows: usize, is_filtered: bool, info: &PageInfo) -> Numbered {
    let asked_wide = u64::from(asked);
    let is_same = info.page().is_none_or(|page| page == asked_wide);
    let by_pages = info.total_pages().map(|pages| asked_wide >= pages);
    let by_count = match (info.total_count(), info.per_page()) {
        (Some(total), Some(per_page)) if per_page > 0 && !is_filtered => {
            Some(asked_wide.saturating_mul(per_page) >= total)
        }
        _ => None,
    };
    let is_last = match (by_pages, by_count) {
        (None, None) => false,
        (Some(end), None) | (None, Some(end)) => end,
        (Some(by_pages), Some(by_count)) => by_pages && by_count,
    };
    // A page beyond the last one that still has rows is a repetition.
    let is_beyond = info.total_pages().is_some_and(|pages| asked_wide > pages);
    Numbered {
        next: (rows > 0 && is_same && !is_last && !is_beyond).then(|| Cursor::Page(asked + 1)),
        pages: info.total_pages().filter(|_| is_same).and_then(|pages| u32::try_from(pages).ok()),
    }
}

/// Where the page after this one begins. Also a token that was just used: whoever walks sees that it is a circle, and says
/// that the listing is not whole.
pub(super) fn chained(envelope: &Envelope<'_>) -> Option<Cursor> {
    envelope.info().next_page_token().map(|token| Cursor::Token(token.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(asked: u32, rows: usize, info: &str) -> Option<Cursor> {
        let text = format!(r#"{{"success":true,"result":[],"result_info":{info}}}"#);
        numbered(asked, rows, false, &Envelope::read(&text).unwrap().info()).next
    }

    #[test]
    fn numbered_pages_end_where_the_server_says() {
        let more = |page| Some(Cursor::Page(page));
        let of = r#"{"page":1,"per_page":50,"count":50,"total_count":120,"total_pages":3}"#;
        assert_eq!(next(1, 50, of), more(2));
        assert_eq!(next(3, 20, &of.replace("\"page\":1", "\"page\":3")), None);
        assert_eq!(next(1, 50, r#"{"total_pages":1}"#), None);
        assert_eq!(next(1, 50, r#"{"per_page":20,"total_count":21}"#), more(2));
        assert_eq!(next(2, 1, r#"{"per_page":20,"total_count":21}"#), None);
        // Nothing said: on until a page is empty. A short page is no end.
        assert_eq!(next(1, 3, "null"), more(2));
        assert_eq!(next(2, 0, "null"), None);
        assert_eq!(next(2, 0, r#"{"total_pages":9}"#), None);
        // Two words that disagree: the one that says "more" is believed.
        assert_eq!(next(2, 20, r#"{"page":2,"per_page":20,"total_count":45,"total_pages":2}"#), more(3));
    }

    #[test]
    fn beside_a_filter_the_count_of_rows_is_not_heard() {
        let text = r#"{"result_info":{"page":1,"per_page":50,"total_count":200,"total_pages":1}}"#;
        let info = Envelope::read(text).unwrap().info();
        assert_eq!(numbered(1, 2, true, &info).next, None);
        assert_eq!(numbered(1, 2, false, &info).next, Some(Cursor::Page(2)));
    }

    #[test]
    fn the_same_page_for_every_page_ends_at_once() {
        let same = r#"{"page":1,"per_page":50,"count":1,"total_count":1,"total_pages":1}"#;
        assert_eq!(next(1, 1, same), None);
        assert_eq!(next(2, 1, same), None);
        assert_eq!(next(2, 1, r#"{"page":1}"#), None);
        assert_eq!(next(3, 1, r#"{"total_pages":2,"total_count":9000,"per_page":50}"#), None);
    }

    #[test]
    fn an_empty_or_missing_token_ends_a_chain() {
        let after = |info: &str| {
            let text = format!(r#"{{"success":true,"result":[],"result_info":{info}}}"#);
            chained(&Envelope::read(&text).unwrap())
        };
        assert_eq!(after(r#"{"next_page_token":"a"}"#), Some(Cursor::Token("a".into())));
        assert_eq!(after(r#"{"next_page_token":""}"#), None);
        assert_eq!(after(r#"{"next_page_token":null}"#), None);
        assert_eq!(after("{}"), None);
    }
}
