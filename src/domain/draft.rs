//! What was typed into a form and not sent yet.

use serde::{Deserialize, Serialize};

use super::{ChangeKind, Moment, Subject, Untrusted, Values};

/// A form's text, kept on disk until it is sent or thrown away. Secret fields are not in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// What the form is about; with the kind and the identity it names the draft: there is one for each.
    pub subject: Subject,
    /// All whom it is about, in order, where it sets fields on several at once: another set has another draft. The subject
    /// is the first of them then.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub on_all: Vec<Subject>,
    /// What the form would do.
    pub kind: ChangeKind,
    /// Who the connection was, by [`super::Identity::key`]: nobody else sees it. `None` as long as nobody knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<String>,
    /// The subject's name when it was typed into: what the draft is announced by.
    #[serde(default)]
    pub name: Untrusted,
    /// What was typed: every field of the form but secret ones.
    pub values: Values,
    /// What the form was opened on.
    pub base: Values,
    /// When it was last typed into.
    pub at: Moment,
}
