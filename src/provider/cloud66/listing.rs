//! When Cloud 66's numbered pages go on and when they end.

use super::wire::Pagination;
use crate::provider::Cursor;

/// What a page says about the rest.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Rest {
    pub(super) next: Option<Cursor>,
    pub(super) total: Option<u64>,
    pub(super) pages: Option<u32>,
    /// It named itself or a page before it as the next one.
    pub(super) loops: bool,
}

/// Every client goes on while `next` is greater than the page it asked for, and takes null for the end (their sources). A
/// page too many costs a request and a page too few loses rows, so the number of pages is heard as well. An empty page is
/// the end whatever it says.
pub(super) fn after(asked: u32, rows: usize, said: Pagination) -> Rest {
    let here = u64::from(asked);
    let named = said.next.filter(|next| *next > here);
    let counted = said.pages.filter(|pages| *pages > here).map(|_| here + 1);
    let next = named.or(counted).filter(|_| rows > 0).and_then(|next| u32::try_from(next).ok());
    Rest {
        next: next.map(Cursor::Page),
        // Fewer than are here already is not how many there are in all.
        total: said.count.filter(|count| *count >= rows as u64),
        pages: said.pages.filter(|pages| *pages > 0).and_then(|pages| u32::try_from(pages).ok()),
        loops: said.next.is_some_and(|next| next <= here),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(asked: u32, rows: usize, next: Option<u64>, pages: Option<u64>) -> Option<u32> {
        match after(asked, rows, Pagination { next, count: None, pages }).next {
            Some(Cursor::Page(page)) => Some(page),
            Some(Cursor::First | Cursor::Token(_)) => unreachable!("pages have numbers"),
            None => None,
        }
    }

    #[test]
    fn a_null_next_ends_and_no_pagination_is_one_page() {
        assert_eq!(next(1, 30, Some(2), Some(3)), Some(2));
        assert_eq!(next(1, 30, Some(2), None), Some(2));
        assert_eq!(next(3, 5, None, Some(3)), None);
        assert_eq!(next(1, 5, None, None), None);
    }

    #[test]
    fn what_says_that_there_is_more_is_believed_and_an_empty_page_is_not() {
        assert_eq!(next(1, 30, None, Some(3)), Some(2));
        assert_eq!(next(1, 30, Some(2), Some(1)), Some(2));
        assert_eq!(next(1, 0, Some(2), Some(9)), None);
        assert_eq!(next(1, 1, Some(u64::MAX), None), None);
    }

    #[test]
    fn a_next_page_that_lies_behind_is_a_loop_and_not_followed() {
        let of = |asked, next| after(asked, 30, Pagination { next: Some(next), count: None, pages: None });
        for behind in [of(2, 2), of(2, 1), of(1, 0)] {
            assert_eq!((behind.next, behind.loops), (None, true));
        }
        assert!(!of(1, 2).loops);
        assert_eq!(next(2, 30, Some(1), Some(4)), Some(3));
    }

    #[test]
    fn a_total_below_the_rows_that_came_is_none() {
        let total = |rows, count| after(1, rows, Pagination { next: None, count: Some(count), pages: None }).total;
        assert_eq!((total(30, 65), total(30, 30), total(30, 1)), (Some(65), Some(30), None));
    }
}
