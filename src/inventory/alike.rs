//! Which rows have a name that can be taken for another one's: at the same connection, where only ids tell them apart,
//! and at others, where the connection does. Found by the first search that wants to know, off the thread that draws, and
//! shared by all snapshots with the same listing.

use std::sync::OnceLock;

use super::columns::Columns;
use super::search::RowSet;
use super::snapshot::Snapshot;
use crate::domain::{ChangeKind, Organization, OrganizationId, Subject, look, skeleton};

/// Bits for each row where numbers that came once are told from those that came again: one in sixteen rows is looked at
/// in vain.
const BITS: usize = 16;
/// Organizations of one place that are looked at: more are a list, and nobody reads their names one by one.
const BESIDE: usize = 2_000;
/// The fewest bits.
const LEAST: usize = 1_024;

/// The rows, once they are found.
#[derive(Debug, Default)]
pub(super) struct Alike(OnceLock<Found>);

/// Rows with names that can be taken for others.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// For those of rows of their own connection.
    pub(super) near: RowSet,
    /// For those of rows of other connections.
    pub(super) far: RowSet,
}

impl Snapshot {
    /// An organization that has the name which a change gives, or one that looks like it, in the same place: elsewhere the
    /// same name is usual. The subject is the organization that is renamed, or what the new one is made in.
    #[must_use]
    pub fn alike_beside(&self, subject: &Subject, kind: ChangeKind, name: &str) -> Option<&Organization> {
        let tree = &self.connection(subject.connection())?.tree;
        let own = if let Subject::Organization(key) = subject { Some(&key.id) } else { None };
        let renames = kind == ChangeKind::RenameOrganization;
        let place = if renames { tree.above(own?).pop() } else { own.cloned() };
        let beside = match &place {
            Some(parent) => tree.node(parent).map(|node| node.children.as_slice()).unwrap_or_default(),
            None => tree.roots(),
        };
        let is_itself = |id: &&OrganizationId| renames && Some(*id) == own;
        let seen = skeleton(name);
        let others = beside.iter().take(BESIDE).filter(|id| !is_itself(id)).filter_map(|id| tree.node(id));
        others.map(|node| &*node.organization).find(|other| skeleton(other.name.raw()) == seen)
    }
}

impl Alike {
    /// The rows, if somebody has found them.
    pub(super) fn made(&self) -> Option<&Found> {
        self.0.get()
    }

    /// The rows, found now if nobody has; `None` if cancelled.
    pub(super) fn make(&self, columns: &Columns, cancelled: &dyn Fn() -> bool) -> Option<&Found> {
        if self.0.get().is_none() {
            let rows = find(columns, cancelled)?;
            return Some(self.0.get_or_init(|| rows));
        }
        self.0.get()
    }

    /// What it takes in memory.
    pub(super) fn bytes(&self) -> usize {
        self.made().map_or(0, |found| found.near.bytes() + found.far.bytes())
    }
}

/// What a row is compared by first: how its name looks.
type Number = u64;

fn find(columns: &Columns, cancelled: &dyn Fn() -> bool) -> Option<Found> {
    let whose = connections(columns);
    let mask = (columns.alive * BITS).next_power_of_two().max(LEAST) - 1;
    let slot = |number: Number| {
        // The upper half of a product has something of every bit.
        let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        let slot = usize::try_from(mixed).unwrap_or_default() & mask;
        (slot / 64, 1_u64 << (slot % 64))
    };
    let words = (mask + 1) / 64;
    let (mut once, mut again) = (vec![0_u64; words], vec![0_u64; words]);
    each(columns, cancelled, |number, _, _| {
        let (word, bit) = slot(number);
        again[word] |= once[word] & bit;
        once[word] |= bit;
    })?;
    let mut likely: Vec<(Number, usize, u32)> = Vec::new();
    each(columns, cancelled, |number, shape, row| {
        let (word, bit) = slot(number);
        if again[word] & bit != 0 {
            likely.push((number, whose.get(shape).copied().unwrap_or_default(), row));
        }
    })?;
    likely.sort_unstable();
    let mut alike = Found::default();
    for same in likely.chunk_by(|one, other| one.0 == other.0).filter(|same| same.len() > 1) {
        if cancelled() {
            return None;
        }
        // Numbers may be the same by chance.
        let mut names: Vec<(String, usize, u32)> =
            same.iter().map(|(_, whose, row)| (skeleton(columns.text(*row).name), *whose, *row)).collect();
        names.sort_unstable();
        for same in names.chunk_by(|one, other| one.0 == other.0).filter(|same| same.len() > 1) {
            for own in same.chunk_by(|one, other| one.1 == other.1) {
                for (_, _, row) in own {
                    if own.len() > 1 {
                        alike.near.add(*row);
                    }
                    if own.len() < same.len() {
                        alike.far.add(*row);
                    }
                }
            }
        }
    }
    Some(alike)
}

/// The first rows, at most so many, whose name can be taken for this one.
pub(super) fn like(columns: &Columns, name: &str, most: usize) -> Vec<u32> {
    let (wanted, seen) = (look(name), skeleton(name));
    let mut found = Vec::new();
    if wanted == 0 {
        return found;
    }
    let number = Number::from(wanted);
    each(columns, &|| false, |other, _, row| {
        if other == number && found.len() < most && skeleton(columns.text(row).name) == seen {
            found.push(row);
        }
    });
    found
}

/// Of each shape the number of its connection.
fn connections(columns: &Columns) -> Vec<usize> {
    let mut known = Vec::new();
    let number = |shape: &std::sync::Arc<super::columns::Shape>| {
        let at = known.iter().position(|name| *name == shape.connection);
        at.unwrap_or_else(|| {
            known.push(shape.connection.clone());
            known.len() - 1
        })
    };
    columns.shapes.iter().map(number).collect()
}

/// Goes over the rows that lists show and that have a name, each with how that looks and its shape; `None` if cancelled.
fn each(columns: &Columns, cancelled: &dyn Fn() -> bool, mut with: impl FnMut(Number, usize, u32)) -> Option<()> {
    let mut row = 0;
    for segment in columns.segments.iter() {
        if cancelled() {
            return None;
        }
        for at in 0..segment.len() {
            let look = segment.look(at);
            if look != 0 && segment.is_alive(at) {
                with(Number::from(look), segment.shape(at), row);
            }
            row += 1;
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::inventory::fake::account;
    use crate::inventory::filing::Filing;
    use crate::inventory::segment::Absence;

    fn filed(names: &[&str]) -> Columns {
        let (mut columns, mut filing) = (Columns::default(), Filing::default());
        for (nth, name) in names.iter().enumerate() {
            filing.push(&mut columns, &account(&format!("id{nth}"), name));
        }
        columns
    }

    fn found(columns: &Columns) -> Vec<u32> {
        Alike::default().make(columns, &|| false).unwrap().near.rows().collect()
    }

    #[test]
    fn rows_with_names_that_look_the_same_are_found() {
        let columns = filed(&["Acme", "Other", "АCME", "", "", "Store 10", "Store 1", "acme ", "Store I0"]);
        assert_eq!(found(&columns), [0, 2, 5, 7, 8]);
    }

    #[test]
    fn rows_that_no_list_shows_do_not_count() {
        let mut columns = filed(&["Acme", "Acme", "Acme"]);
        Filing::set_absent(&mut columns, 0, Absence::Gone, true);
        assert_eq!(found(&columns), [1, 2]);
        Filing::set_absent(&mut columns, 1, Absence::Gone, true);
        assert!(found(&columns).is_empty());
    }

    #[test]
    fn a_name_that_changes_after_it_was_looked_at_counts_as_it_is_now() {
        let (mut columns, mut filing) = (Columns::default(), Filing::default());
        for (nth, name) in ["Acme", "Other"].iter().enumerate() {
            filing.push(&mut columns, &account(&format!("id{nth}"), name));
        }
        assert!(found(&columns).is_empty());
        let before = columns.clone();
        filing.replace(&mut columns, 1, &account("id1", "ACME"));
        filing.push(&mut columns, &account("id2", "0ther"));
        assert_eq!(found(&columns), [0, 1]);
        assert!(found(&before).is_empty(), "who holds the rows as they were sees them so");
        filing.replace(&mut columns, 0, &account("id0", "Other"));
        assert_eq!(found(&columns), [0, 2]);
    }

    #[test]
    fn names_of_other_connections_are_told_apart_from_those_of_the_same() {
        let (mut columns, mut filing) = (Columns::default(), Filing::default());
        for (nth, (connection, name)) in
            [("prod", "Acme"), ("lab", "ACME"), ("lab", "Other"), ("lab", "0ther"), ("prod", "Alone")]
                .iter()
                .enumerate()
        {
            let mut account = account(&format!("id{nth}"), name);
            account.key.connection = crate::domain::ConnectionName::new(*connection);
            filing.push(&mut columns, &account);
        }
        let alike = Alike::default();
        let alike = alike.make(&columns, &|| false).unwrap();
        assert_eq!(alike.near.rows().collect::<Vec<_>>(), [2, 3]);
        assert_eq!(alike.far.rows().collect::<Vec<_>>(), [0, 1]);
        assert_eq!(like(&columns, "acme", 9), [0, 1]);
        assert_eq!(like(&columns, "acme", 1), [0]);
        assert!(like(&columns, "", 9).is_empty() && like(&columns, "Acne", 9).is_empty());
    }

    #[test]
    fn a_search_that_nobody_waits_for_ends() {
        assert!(Alike::default().make(&filed(&["a"]), &|| true).is_none());
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn exactly_those_are_found_that_look_like_another(names in prop::collection::vec("[aA1lI0oO ]{0,3}", 0..80)) {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let looks: Vec<String> = names.iter().map(|name| skeleton(name)).collect();
            let expected = (0u32..).zip(&looks).filter(|(_, look)| {
                !look.is_empty() && looks.iter().filter(|other| other == look).count() > 1
            });
            prop_assert_eq!(found(&filed(&names)), expected.map(|(row, _)| row).collect::<Vec<_>>());
        }
    }
}
