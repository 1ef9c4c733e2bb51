//! What a filter asks that no account's record says: who hands it in.

use super::clause::TextTest;
use super::field::Field;
use crate::domain::{Listed, Moment};

/// The answer of a filter or a clause. What was never fetched is neither yes nor no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It passes.
    Yes,
    /// It does not.
    No,
    /// Nobody knows: it does not pass, and neither does its opposite.
    Unknown,
}

impl Answer {
    /// Both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Unknown, _) | (_, Self::Unknown) => Self::Unknown,
            (Self::Yes, Self::Yes) => Self::Yes,
        }
    }

    /// Either.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        !(!self).and(!other)
    }
}

/// The opposite; unknown stays unknown.
impl std::ops::Not for Answer {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            Self::Unknown => Self::Unknown,
        }
    }
}

impl From<bool> for Answer {
    fn from(yes: bool) -> Self {
        if yes { Self::Yes } else { Self::No }
    }
}

/// What stands around an account. What a caller has not, it leaves as it is here.
pub trait Around {
    /// The time, for ages.
    fn now(&self) -> Moment;

    /// Whether it stands inside an organization of such a name or id, however deep. Here: directly, by what its own record
    /// says.
    fn within(&self, row: &dyn Listed, test: &TextTest) -> Answer {
        let parent = row.parent();
        parent.is_some_and(|parent| test.matches(parent.name.raw()) || test.matches(parent.id.as_str())).into()
    }

    /// Whether it is marked.
    fn is_marked(&self, _row: &dyn Listed) -> bool {
        false
    }

    /// Whether a complete sync no longer found it.
    fn is_gone(&self, _row: &dyn Listed) -> bool {
        false
    }

    /// Hands over the user's labels of it, one by one.
    fn labels(&self, _row: &dyn Listed, _each: &mut dyn FnMut(&str)) {}

    /// The user's note on it.
    fn note(&self, _row: &dyn Listed) -> Option<&str> {
        None
    }

    /// When the provider said what is known of it.
    fn seen(&self, _row: &dyn Listed) -> Option<Moment> {
        None
    }

    /// Whether the provider was asked for a field that an account's record does not have.
    fn is_fetched(&self, _row: &dyn Listed, _field: &Field) -> bool {
        true
    }
}

/// Nothing but the time.
#[derive(Clone, Copy, Debug, Default)]
pub struct Alone(pub Moment);

impl Around for Alone {
    fn now(&self) -> Moment {
        self.0
    }
}
