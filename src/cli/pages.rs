//! All pages of a listing that is not part of the inventory, one after the other.

use std::collections::HashSet;
use std::hash::Hash;
use std::ops::ControlFlow;

use crate::domain::{Failure, FailureKind};
use crate::provider::{Cursor, Page};

/// Empty pages in a row that are followed: a page may be empty although more follow, but not for ever.
const EMPTY_PAGES: u32 = 20;

/// Fetches page after page, leaves out rows that came before, and hands each page's rows to `each` until it breaks off.
///
/// # Errors
/// The failure that ended it early, also a provider that says there is more and does not give it; what came before was
/// handed over.
pub(super) async fn each<T, K: Eq + Hash>(
    fetch: impl AsyncFn(&Cursor) -> Result<Page<T>, Failure>,
    key: impl Fn(&T) -> K,
    mut each: impl FnMut(Vec<T>) -> ControlFlow<()>,
) -> Result<(), Failure> {
    let mut seen = HashSet::new();
    let mut been = HashSet::from([Cursor::First]);
    let mut empty = 0;
    let mut cursor = Cursor::First;
    loop {
        let mut page = fetch(&cursor).await?;
        let came = page.rows.len();
        page.rows.retain(|row| seen.insert(key(row)));
        let fresh = page.rows.len();
        if fresh > 0 && each(page.rows).is_break() {
            return Ok(());
        }
        let Some(next) = page.next else { return Ok(()) };
        // A number that leads nowhere is the end (Cloudflare, reported live: an account-owned token is given the same
        // page for every number); a token that leads nowhere is a fault.
        if matches!(next, Cursor::Page(_)) && fresh == 0 {
            return Ok(());
        }
        empty = if came == 0 { empty + 1 } else { 0 };
        let repeats = came > 0 && fresh == 0;
        if repeats || empty > EMPTY_PAGES || !been.insert(next.clone()) {
            let cause = "the provider says that more follows and does not give it";
            return Err(Failure::new(FailureKind::Unreadable, "listing page by page", cause));
        }
        cursor = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(rows: Vec<u32>, next: Option<Cursor>) -> Result<Page<u32>, Failure> {
        Ok(Page { rows, next, total: None, pages: None, messages: Vec::new() })
    }

    async fn walk(fetch: impl AsyncFn(&Cursor) -> Result<Page<u32>, Failure>) -> (Vec<u32>, Result<(), Failure>) {
        let mut rows = Vec::new();
        let ended = each(
            fetch,
            |row| *row,
            |mut came| {
                rows.append(&mut came);
                ControlFlow::Continue(())
            },
        )
        .await;
        (rows, ended)
    }

    #[tokio::test]
    async fn pages_are_followed_to_the_end_and_rows_come_once() {
        let token = || Some(Cursor::Token("b".into()));
        let (rows, ended) = walk(async |cursor| match cursor {
            Cursor::First => page(vec![1, 2], token()),
            Cursor::Page(_) | Cursor::Token(_) => page(vec![2, 3], None),
        })
        .await;
        assert_eq!((rows, ended), (vec![1, 2, 3], Ok(())));
    }

    #[tokio::test]
    async fn one_page_for_every_number_ends_and_one_page_for_every_token_is_a_fault() {
        let (rows, ended) = walk(async |_| page(vec![1], Some(Cursor::Page(2)))).await;
        assert_eq!((rows, ended), (vec![1], Ok(())));
        let (rows, ended) = walk(async |_| page(vec![1], Some(Cursor::Token("b".into())))).await;
        assert_eq!(rows, [1]);
        assert_eq!(ended.unwrap_err().kind, FailureKind::Unreadable);
        let (rows, ended) = walk(async |_| page(vec![], Some(Cursor::Token("b".into())))).await;
        assert!(rows.is_empty() && ended.is_err());
    }
}
