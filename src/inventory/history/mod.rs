//! What syncs observed: how an account differs from what was known of it, and where that is written down.

mod apply;
mod record;
#[cfg(test)]
mod tests;
mod tree;

use self::tree::{Node, Object, below, key_list};
use super::extras;
use crate::domain::{Account, Difference};

pub use apply::{ApplyError, apply};
pub use record::{Heard, History};

/// An account's JSON, as the command line writes it.
pub(super) fn record_of(account: &Account) -> String {
    // Plain data with text keys always has a JSON form.
    serde_json::to_string(account).unwrap_or_else(|_| "null".into())
}

/// How an account differs from what it was. Nothing is left out: what says little, a counter, say, is data too. Only a
/// parent's name that nobody knew before says nothing of the account.
///
/// One difference for each value that differs, by its path in the account's JSON; an array is one value, and so is an
/// object that was not there before.
#[must_use]
pub fn differences(before: Option<&Account>, after: Option<&Account>) -> Vec<Difference> {
    match (before, after) {
        (None, None) => Vec::new(),
        (None, Some(after)) => vec![Difference::Appeared { record: record_of(after) }],
        (Some(before), None) => vec![Difference::Gone { record: record_of(before) }],
        (Some(before), Some(after)) if after.has_extra && !before.has_extra => {
            let mut asked = before.clone();
            extras::keep(&mut asked, after);
            let (was, is, now) = (record_of(before), record_of(&asked), record_of(after));
            between(&was, &is).into_iter().map(asked_for).chain(between(&is, &now)).collect()
        }
        (Some(before), Some(after)) => between(&record_of(before), &record_of(after)),
    }
}

/// A difference that is none of the account: more of it was asked for.
fn asked_for(difference: Difference) -> Difference {
    match difference {
        Difference::Field { field, from, to: Some(to) } => Difference::Asked { field, from, to },
        other @ (Difference::Field { .. }
        | Difference::Appeared { .. }
        | Difference::Gone { .. }
        | Difference::Moved { .. }
        | Difference::Order { .. }
        | Difference::Asked { .. }) => other,
    }
}

/// The same of two texts.
pub(super) fn between(before: &str, after: &str) -> Vec<Difference> {
    let mut differences = Vec::new();
    if before != after
        && let (Ok(before), Ok(after)) = (Node::parse(before), Node::parse(after))
    {
        compare("", &before, &after, &mut differences);
    }
    differences
}

fn compare(path: &str, before: &Node<'_>, after: &Node<'_>, to: &mut Vec<Difference>) {
    if path == PARENT
        && let Some(moved) = moved(before, after)
    {
        return to.push(moved);
    }
    match (before, after) {
        (Node::Object(before), Node::Object(after)) => compare_objects(path, before, after, to),
        (before, after) if before == after => {}
        (before, after) => {
            to.push(Difference::Field { field: path.into(), from: Some(before.text()), to: Some(after.text()) });
        }
    }
}

/// Where an account's JSON says which organization holds it.
const PARENT: &str = "parent";

/// And what that is called: empty as long as it is known by its id alone.
const PARENT_NAME: &str = "parent.name";

/// The organization is another one, or there is none any more, or one at last.
fn moved(before: &Node<'_>, after: &Node<'_>) -> Option<Difference> {
    let id = |node: &Node<'_>| match node {
        Node::Object(place) => place.get("id").map(Node::text),
        Node::Leaf(_) => None,
    };
    let place = |node: &Node<'_>| id(node).map(|_| node.text());
    (id(before) != id(after)).then(|| Difference::Moved { from: place(before), to: place(after) })
}

fn compare_objects(path: &str, before: &Object<'_>, after: &Object<'_>, to: &mut Vec<Difference>) {
    for (key, value) in before {
        let field = below(path, key);
        match after.get(key) {
            // A name that nobody knew before is no difference of the account.
            Some(_) if field == PARENT_NAME && value.string().is_some_and(|name| name.is_empty()) => {}
            Some(now) => compare(&field, value, now, to),
            None => to.push(Difference::Field { field, from: Some(value.text()), to: None }),
        }
    }
    for (key, value) in after.iter().filter(|(key, _)| !before.contains_key(*key)) {
        to.push(Difference::Field { field: below(path, key), from: None, to: Some(value.text()) });
    }
    // What came new was put at the end.
    let stayed = before.keys().filter(|key| after.contains_key(*key));
    let came = after.keys().filter(|key| !before.contains_key(*key));
    if !stayed.chain(came).eq(after.keys()) {
        let (from, now) = (key_list(before.keys()), key_list(after.keys()));
        to.push(Difference::Order { field: path.into(), from, to: now });
    }
}
