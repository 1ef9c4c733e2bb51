//! A hierarchy as nested JSON and as people draw it. With an own stack: no answer of a provider is too deep for it.

use std::io::{self, Write};

use serde_json::Value;

use crate::domain::{ConnectionName, OrganizationId, Tree, Untrusted, careful, clip, shown, width};

/// Levels that are indented. Below them a line says how deep it is: what is drawn grows with the square of the depth.
const DRAWN: usize = 60;

/// Between a name and its id.
const GAP: usize = 2;

/// A connection's organization with all below it.
pub(super) type Root<'a> = (&'a ConnectionName, &'a Tree, &'a OrganizationId);

/// One array, a root with all below it on each line: so many organizations at most.
pub(super) fn array<'a>(to: &mut dyn Write, roots: impl Iterator<Item = Root<'a>>, most: usize) -> io::Result<()> {
    let (mut before, mut after, mut left) = ("[\n", "[]", most);
    for root in roots {
        if left == 0 {
            break;
        }
        write!(to, "{before}")?;
        nested(to, root, &mut left)?;
        (before, after) = (",\n", "\n]");
    }
    writeln!(to, "{after}")
}

/// One root with all below it on each line: so many organizations at most.
pub(super) fn lines<'a>(to: &mut dyn Write, roots: impl Iterator<Item = Root<'a>>, most: usize) -> io::Result<()> {
    let mut left = most;
    for root in roots {
        if left == 0 {
            break;
        }
        nested(to, root, &mut left)?;
        writeln!(to)?;
    }
    Ok(())
}

/// What is still to be written.
enum Todo<'a> {
    /// An organization, and what goes before it.
    Open(&'a OrganizationId, &'static str),
    /// The end of one.
    Close,
}

/// A root with all below it, until none are left that may be written: what is written is a tree of its own, for each stands
/// before those below it.
fn nested(to: &mut dyn Write, (connection, tree, root): Root<'_>, left: &mut usize) -> io::Result<()> {
    let mut stack = vec![Todo::Open(root, "")];
    while let Some(todo) = stack.pop() {
        let (id, before) = match todo {
            Todo::Close => {
                write!(to, "]}}")?;
                continue;
            }
            Todo::Open(id, before) => (id, before),
        };
        let Some(node) = tree.node(id).filter(|_| *left > 0) else { continue };
        *left -= 1;
        let organization = &node.organization;
        write!(
            to,
            "{before}{{\"connection\":{},\"id\":{},\"name\":{},\"type\":{},\"children\":[",
            text(connection.as_str()),
            text(id.as_str()),
            text(organization.name.raw()),
            text(Untrusted::raw(&organization.kind)),
        )?;
        stack.push(Todo::Close);
        for (nth, child) in node.children.iter().enumerate().rev() {
            stack.push(Todo::Open(child, if nth == 0 { "" } else { "," }));
        }
    }
    Ok(())
}

/// A JSON string that does a terminal no harm.
fn text(text: &str) -> String {
    careful(&Value::from(text).to_string()).into_owned()
}

/// The least columns that are left to a name.
const NAME: usize = 8;

/// What lines are drawn with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Signs {
    child: &'static str,
    last: &'static str,
    bar: &'static str,
    deeper: &'static str,
}

impl Signs {
    pub(super) const LINES: Self = Self { child: "├─ ", last: "└─ ", bar: "│  ", deeper: "…" };
    pub(super) const ASCII: Self = Self { child: "|- ", last: "`- ", bar: "|  ", deeper: "..." };
}

/// A name that leaves room for what stands around it; as it is where nobody knows how wide the screen is.
pub(super) fn fitted(name: &Untrusted, around: usize, columns: Option<usize>) -> String {
    let name = name.shown();
    columns
        .map_or_else(|| name.to_string(), |columns| clip(&name, columns.saturating_sub(around).max(NAME)).into_owned())
}

/// The tree as people draw it, line by line. Where the screen has so many columns, names are cut and ids are not: commands
/// take those.
pub(super) fn drawn<'a>(
    tree: &'a Tree,
    roots: &'a [OrganizationId],
    signs: Signs,
    columns: Option<usize>,
) -> impl Iterator<Item = String> + 'a {
    let mut stack: Vec<Branch<'a>> =
        roots.iter().rev().map(|id| Branch { id, depth: 0, before: String::new(), below: String::new() }).collect();
    std::iter::from_fn(move || {
        loop {
            let Branch { id, depth, before, below } = stack.pop()?;
            let Some(node) = tree.node(id) else { continue };
            for (nth, child) in node.children.iter().enumerate().rev() {
                let is_last = nth + 1 == node.children.len();
                let (branch, bar) = if is_last { (signs.last, "   ") } else { (signs.child, signs.bar) };
                let (before, below) = if depth + 1 < DRAWN {
                    (format!("{below}{branch}"), format!("{below}{bar}"))
                } else {
                    (format!("{} level {}: ", signs.deeper, depth + 2), String::new())
                };
                stack.push(Branch { id: child, depth: depth + 1, before, below });
            }
            let fault = node.fault.map_or_else(String::new, |fault| format!("  ({})", fault.words()));
            let id = shown(id.as_str());
            let around = width(&before) + GAP + width(&id) + width(&fault);
            let name = fitted(&node.organization.name, around, columns);
            return Some(format!("{before}{name}{:GAP$}{id}{fault}", ""));
        }
    })
}

/// An organization that is still to be drawn.
struct Branch<'a> {
    id: &'a OrganizationId,
    /// 0 for a root.
    depth: usize,
    /// What stands before its name.
    before: String,
    /// What stands before the lines below it.
    below: String,
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::domain::{Organization, OrganizationKey, ParentRef, ProviderId};

    fn organization(id: &str, parent: Option<&str>) -> Arc<Organization> {
        let parent = parent.map(|id| ParentRef { id: OrganizationId::new(id), name: Untrusted::new("") });
        Arc::new(Organization {
            key: OrganizationKey { connection: ConnectionName::new("c"), id: OrganizationId::new(id) },
            provider: ProviderId::new("p"),
            name: Untrusted::new(format!("n\u{1b}{id}")),
            kind: Untrusted::new("unit"),
            parent,
            account: None,
            created_at: None,
            raw: None,
        })
    }

    fn json(tree: &Tree) -> String {
        let mut bytes = Vec::new();
        let name = ConnectionName::new("c");
        array(&mut bytes, tree.roots().iter().map(|root| (&name, tree, root)), usize::MAX).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_tree_is_nested_json() {
        let tree = Tree::new([
            organization("a", None),
            organization("b", Some("a")),
            organization("c", Some("a")),
            organization("d", Some("b")),
        ]);
        let value: Value = serde_json::from_str(&json(&tree)).unwrap();
        assert_eq!(value[0]["children"][0]["children"][0]["id"], "d");
        assert_eq!(value[0]["children"][1]["id"], "c");
        assert_eq!(value[0]["name"], "n\u{1b}a");
        assert_eq!(value[0]["connection"], "c");
        assert_eq!(json(&Tree::default()), "[]\n");
    }

    #[test]
    fn a_long_name_gives_way_to_the_id() {
        let named = |id: &str, parent: Option<&str>, name: &str| {
            let organization = Organization { name: Untrusted::new(name), ..(*organization(id, parent)).clone() };
            Arc::new(organization)
        };
        let tree = Tree::new([
            named("a", None, "Top"),
            named("0123456789", Some("a"), &"x".repeat(1_000)),
            named("c", Some("a"), "ж"),
        ]);
        let lines = |signs, columns| drawn(&tree, tree.roots(), signs, columns).collect::<Vec<String>>();
        let narrow = lines(Signs::LINES, Some(30));
        assert!(narrow.contains(&format!("├─ {}…  0123456789", "x".repeat(14))), "{narrow:?}");
        assert!(narrow.iter().all(|line| width(line) <= 30), "{narrow:?}");
        assert!(lines(Signs::LINES, None).iter().any(|line| line.contains(&"x".repeat(1_000))));
        assert_eq!(lines(Signs::ASCII, Some(30))[2], "`- ж  c");
    }

    #[test]
    fn a_tree_of_200_000_levels_is_written_and_drawn() {
        let deep = (0..200_000).map(|nth: u32| {
            let parent = nth.checked_sub(1).map(|parent| parent.to_string());
            organization(&nth.to_string(), parent.as_deref())
        });
        let tree = Tree::new(deep);
        let text = json(&tree);
        assert_eq!(text.matches("\"children\":[").count(), 200_000);
        assert!(text.trim_end().ends_with("]}]}\n]"));
        let mut drawn = drawn(&tree, tree.roots(), Signs::LINES, Some(100));
        assert_eq!(drawn.by_ref().count(), 200_000);
    }
}
