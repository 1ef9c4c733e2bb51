//! The name filters of the organization family: dots in the parameter's name, either case of letters.

use crate::sim::request::Ask;

/// What one text field must be like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TextFilter {
    exact: Option<String>,
    starts: Option<String>,
    ends: Option<String>,
    contains: Option<String>,
}

impl TextFilter {
    /// The filters on a field: `field`, `field.startsWith`, `field.endsWith`, `field.contains`.
    pub(super) fn from(ask: &Ask, field: &str) -> Self {
        let get = |name: &str| ask.param(name).filter(|text| !text.is_empty()).map(str::to_lowercase);
        Self {
            exact: get(field),
            starts: get(&format!("{field}.startsWith")),
            ends: get(&format!("{field}.endsWith")),
            contains: get(&format!("{field}.contains")),
        }
    }

    /// Whether it asks for nothing.
    pub(super) fn is_empty(&self) -> bool {
        [&self.exact, &self.starts, &self.ends, &self.contains].iter().all(|one| one.is_none())
    }

    /// Whether a text is as asked.
    pub(super) fn matches(&self, text: &str) -> bool {
        if self.is_empty() {
            return true;
        }
        let text = text.to_lowercase();
        self.exact.as_ref().is_none_or(|wanted| text == *wanted)
            && self.starts.as_ref().is_none_or(|wanted| text.starts_with(wanted))
            && self.ends.as_ref().is_none_or(|wanted| text.ends_with(wanted))
            && self.contains.as_ref().is_none_or(|wanted| text.contains(wanted))
    }

    /// A text that tells this filter from every other.
    pub(super) fn key(&self) -> String {
        format!("{self:?}")
    }
}
