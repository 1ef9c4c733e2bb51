//! All pages of a listing that is not part of the inventory, one after the other.

use std::collections::HashSet;
use std::hash::Hash;
use std::ops::ControlFlow;

use crate::domain::Failure;
use crate::inventory::{Came, Step, Walk};
use crate::provider::{Cursor, Page};

/// Fetches page after page, leaves out rows that came before, and hands each page's rows to `each` until it breaks off.
///
/// # Errors
/// The failure that ended it early, also a provider that says there is more and does not give it; what came before was
/// handed over.
pub(super) async fn each<T, K: Eq + Hash>(
    mut fetch: impl AsyncFnMut(&Cursor) -> Result<Page<T>, Failure>,
    key: impl Fn(&T) -> K,
    mut each: impl FnMut(Vec<T>) -> ControlFlow<()>,
) -> Result<(), Failure> {
    let mut seen = HashSet::new();
    let mut walk = Walk::default();
    let mut cursor = Cursor::First;
    loop {
        let mut page = fetch(&cursor).await?;
        let came = page.rows.len();
        page.rows.retain(|row| seen.insert(key(row)));
        let came = Came::of(came, page.rows.len());
        if each(page.rows).is_break() {
            return Ok(());
        }
        cursor = match walk.step(came, page.next) {
            Step::Next(cursor) => cursor,
            Step::End => return Ok(()),
            Step::Stuck(failure) => return Err(failure),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::FailureKind;

    #[expect(clippy::unnecessary_wraps, reason = "as a provider answers")]
    fn page(rows: Vec<u32>, next: Option<Cursor>) -> Result<Page<u32>, Failure> {
        Ok(Page { rows, next, total: None, pages: None, messages: Vec::new(), holds: Vec::new() })
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
