//! When a chain of pages goes on and when it ends: servers are known to name pages for ever.

use std::collections::HashSet;

use crate::domain::{Failure, FailureKind};
use crate::provider::Cursor;

/// Empty pages in a row that are followed. AWS documents that a page may be empty although more follow.
const EMPTY_PAGES: u32 = 20;

/// What a page was like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Came {
    /// It gave rows that no page before it had.
    Fresh,
    /// It gave rows, all known from pages before it.
    Known,
    /// It gave none.
    Empty,
}

impl Came {
    /// A page of so many rows, of which so many are new.
    #[must_use]
    pub fn of(rows: usize, fresh: usize) -> Self {
        match (rows, fresh) {
            (0, _) => Self::Empty,
            (_, 0) => Self::Known,
            _ => Self::Fresh,
        }
    }
}

/// Where to go after a page.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// To this page.
    Next(Cursor),
    /// The listing is over.
    End,
    /// The provider says that there is more and does not give it.
    Stuck(Failure),
}

/// A walk from page to page.
#[derive(Debug, Default)]
pub struct Walk {
    been: HashSet<Cursor>,
    empty: u32,
}

impl Walk {
    /// Decides after a page. A number that leads nowhere is the end (Cloudflare, reported live: an account-owned token is
    /// given the same page for every number); a token that leads nowhere, or to where the walk has been, is a fault.
    pub fn step(&mut self, came: Came, next: Option<Cursor>) -> Step {
        let Some(cursor) = next else {
            return Step::End;
        };
        let is_number = matches!(cursor, Cursor::Page(_));
        if is_number && came != Came::Fresh {
            return Step::End;
        }
        if !self.been.insert(cursor.clone()) || cursor == Cursor::First {
            return stuck("the provider named the same next page twice");
        }
        self.empty = match came {
            Came::Empty => self.empty + 1,
            Came::Fresh | Came::Known => 0,
        };
        if came == Came::Known {
            return stuck("the provider gave the same rows again and says that more follow");
        }
        if self.empty > EMPTY_PAGES {
            return stuck("the provider gave empty pages only and says that more follow");
        }
        Step::Next(cursor)
    }
}

fn stuck(cause: &str) -> Step {
    let failure = Failure::new(FailureKind::Unreadable, "listing page by page", cause);
    Step::Stuck(failure.with_hint("sync again; if it stays so, the provider's paging is at fault"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_walk_ends_where_nothing_new_comes() {
        let token = |text: &str| Some(Cursor::Token(text.into()));
        let mut walk = Walk::default();
        assert_eq!(walk.step(Came::Fresh, None), Step::End);
        assert_eq!(walk.step(Came::Fresh, token("a")), Step::Next(Cursor::Token("a".into())));
        assert!(matches!(walk.step(Came::Fresh, token("a")), Step::Stuck(_)));
        assert!(matches!(walk.step(Came::Known, token("b")), Step::Stuck(_)));
        assert_eq!(walk.step(Came::Known, Some(Cursor::Page(2))), Step::End);
        assert_eq!(walk.step(Came::Empty, Some(Cursor::Page(2))), Step::End);
        assert!(matches!(walk.step(Came::Fresh, Some(Cursor::First)), Step::Stuck(_)));
    }

    #[test]
    fn empty_pages_with_new_tokens_are_followed_for_a_while() {
        let mut walk = Walk::default();
        let ended = (0u32..1_000).find(|nth| {
            let step = walk.step(Came::Empty, Some(Cursor::Token(nth.to_string())));
            !matches!(step, Step::Next(_))
        });
        assert_eq!(ended, Some(EMPTY_PAGES));
    }
}
