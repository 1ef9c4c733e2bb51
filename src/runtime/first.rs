//! When what the list shows is kept as the first screen of the next start: a while after it changed, so that a program
//! that is killed starts with it, too.

use std::time::Duration;

use tokio::time::Instant;

/// How long after a change: scrolling writes nothing, and a listing that comes in little.
const WHILE: Duration = Duration::from_secs(2);

/// The rows that the disk has been told of, and whether it is to be told of others.
#[derive(Debug, Default)]
pub(super) struct FirstScreen {
    kept: Vec<u32>,
    due: Option<Instant>,
}

impl FirstScreen {
    /// These rows are kept already.
    pub(super) fn of(kept: Vec<u32>) -> Self {
        Self { kept, due: None }
    }

    /// A frame shows these rows. A list that shows none leaves what is kept.
    pub(super) fn shows(&mut self, rows: &[u32]) {
        if rows.is_empty() || rows == self.kept {
            self.due = None;
        } else {
            self.due.get_or_insert_with(|| Instant::now() + WHILE);
        }
    }

    /// When it is to be kept; `None` while there is nothing to do.
    pub(super) fn due(&self) -> Option<Instant> {
        self.due
    }

    /// It is time: these rows are kept from now on.
    pub(super) fn keep(&mut self, rows: Vec<u32>) {
        (self.kept, self.due) = (rows, None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_changed_is_due_a_while_after_its_first_change_and_what_came_back_is_not() {
        let mut first = FirstScreen::of(vec![1, 2]);
        first.shows(&[1, 2]);
        first.shows(&[]);
        assert_eq!(first.due(), None, "nothing is to be kept: nothing wakes the loop");
        first.shows(&[2, 3]);
        let due = first.due().unwrap();
        first.shows(&[3, 4]);
        assert_eq!(first.due(), Some(due), "a list that never rests is kept all the same");
        first.shows(&[1, 2]);
        assert_eq!(first.due(), None);
        first.shows(&[3, 4]);
        first.keep(vec![3, 4]);
        first.shows(&[3, 4]);
        assert_eq!(first.due(), None);
    }
}
