//! Asks every row whether it is in the scope and passes the filter: segment after segment, on as many threads as help.

use std::num::NonZero;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::bits::{RowSet, WORD, ones};
use super::probe::Probe;
use super::within::Within;
use super::{Asking, ListQuery};
use crate::domain::filter::{Above, Field, Look, Ready, Scorer, Texts};
use crate::domain::{ConnectionName, Moment};
use crate::inventory::Snapshot;
use crate::inventory::near::Near;
use crate::inventory::segment::{ROWS, Segment};

/// Fewer rows are asked before another thread has started.
const FEW: u32 = 16_384;
/// More threads take the machine away from what fills the inventory meanwhile.
const MOST_THREADS: usize = 4;
const WORDS: usize = ROWS / WORD;

/// A query, ready for the rows of a snapshot.
pub(super) struct Job<'q> {
    near: Near<'q>,
    within: Within<'q>,
    /// For each shape whether the scope may hold it.
    held: Vec<bool>,
    /// For each shape when rows of it vanished that stay in the list: masses may vanish one after the other.
    vanished: Vec<Vec<Moment>>,
    ready: Ready<'q>,
    probes: Vec<Probe<'q>>,
    /// For each shape what words find in the parent.
    above: Vec<Above>,
    /// Rows outside are not asked.
    only: Option<RowSet>,
    /// What passed a filter that this one narrows; its scope was the same.
    inside: Option<&'q RowSet>,
    shows_gone: bool,
}

/// What passed.
#[derive(Default)]
pub(super) struct Passed {
    /// What was scanned so far, in any order.
    pub(super) parts: Vec<Part>,
    next: usize,
}

/// What passed in a segment.
pub(super) struct Part {
    nth: usize,
    /// The row's number below its score, if words were typed.
    pub(super) scored: Vec<u64>,
    bits: [u64; WORDS],
    in_scope: usize,
}

impl Passed {
    pub(super) fn bits(&self, rows: u32) -> RowSet {
        RowSet::joined(rows, self.parts.iter().map(|part| (part.nth * WORDS, part.bits.as_slice())))
    }

    pub(super) fn in_scope(&self) -> usize {
        self.parts.iter().map(|part| part.in_scope).sum()
    }

    pub(super) fn scored(&self) -> impl Iterator<Item = u64> + Clone {
        self.parts.iter().flat_map(|part| part.scored.iter().copied())
    }

    pub(super) fn count(&self) -> usize {
        let ones = |part: &Part| part.bits.iter().map(|word| word.count_ones() as usize).sum::<usize>();
        self.parts.iter().map(ones).sum()
    }
}

impl<'q> Job<'q> {
    pub(super) fn new(
        snapshot: &'q Snapshot,
        query: &'q ListQuery,
        inside: Option<&'q RowSet>,
        mut read: impl FnMut(usize) -> Option<Vec<u8>>,
    ) -> Self {
        let near = Near::new(snapshot, query);
        let rows = &snapshot.rows;
        let within = Within::of(snapshot, &query.scope);
        let ready = Ready::new(&query.filter);
        let probes = ready.clauses().iter().enumerate().map(|(nth, clause)| Probe::new(clause, &near, read(nth)));
        let probes = probes.collect();
        let only = query.only.as_ref();
        let only = only.map(|keys| keys.iter().filter_map(|key| rows.row(key)).collect());
        let above = |parent| if ready.words() == 0 { Above::default() } else { query.filter.above(parent) };
        Self {
            near,
            held: rows.shapes.iter().map(|shape| within.holds(shape)).collect(),
            vanished: rows.shapes.iter().map(|shape| vanished(query, &shape.connection)).collect(),
            above: rows.shapes.iter().map(|shape| above(shape.parent.as_ref())).collect(),
            within,
            ready,
            probes,
            only,
            inside,
            shows_gone: query.filter.asks_for(&Field::Gone),
        }
    }

    pub(super) fn has_words(&self) -> bool {
        self.ready.words() > 0
    }

    /// Scans on from where `passed` ends. True if every row was asked; false if it took so long that what there is should
    /// be shown; `None` if cancelled.
    pub(super) fn scan(&self, passed: &mut Passed, asking: &Asking<'_>, stops_when_late: bool) -> Option<bool> {
        let segments = self.near.snapshot.rows.segments.len();
        let (next, cancelled, late) = (AtomicUsize::new(passed.next), AtomicBool::new(false), AtomicBool::new(false));
        let work = || {
            let mut parts = Vec::new();
            self.ready.scoring(|scorer| {
                while !cancelled.load(Ordering::Relaxed) && !late.load(Ordering::Relaxed) {
                    let nth = next.fetch_add(1, Ordering::Relaxed);
                    if nth >= segments {
                        break;
                    }
                    parts.push(self.segment(nth, scorer));
                    cancelled.fetch_or((asking.cancelled)(), Ordering::Relaxed);
                    late.fetch_or(stops_when_late && (asking.late)(), Ordering::Relaxed);
                }
            });
            parts
        };
        if (asking.cancelled)() {
            return None;
        }
        let parts = std::thread::scope(|scope| {
            let others: Vec<_> = (1..self.threads()).map(|_| scope.spawn(work)).collect();
            let mut parts = work();
            for other in others {
                parts.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
            }
            parts
        });
        passed.parts.extend(parts);
        passed.next = next.into_inner().min(segments);
        (!cancelled.into_inner()).then_some(passed.next == segments)
    }

    fn threads(&self) -> usize {
        static CORES: OnceLock<usize> = OnceLock::new();
        if self.near.snapshot.rows.rows < FEW {
            return 1;
        }
        *CORES.get_or_init(|| std::thread::available_parallelism().map_or(1, NonZero::get).min(MOST_THREADS))
    }

    fn segment(&self, nth: usize, scorer: &mut Scorer<'_, 'q>) -> Part {
        let segment = &*self.near.snapshot.rows.segments[nth];
        let mut part = Part { nth, scored: Vec::new(), bits: [0; WORDS], in_scope: 0 };
        let from = nth * WORDS;
        if self.inside.is_some_and(|inside| !inside.any(from..from + WORDS)) {
            return part;
        }
        let (ids, emails) = segment.other_letters();
        let looks = self.ready.looks(ids, emails);
        // Where all rows count, passed or not, each must be asked.
        let needs = if self.inside.is_some() { self.ready.needs(&looks, &self.above) } else { 0 };
        for word in 0..segment.len().div_ceil(WORD) {
            let left = segment.len() - word * WORD;
            let mut rows = if left < WORD { (1 << left) - 1 } else { u64::MAX };
            if let Some(inside) = self.inside {
                rows &= inside.word(from + word);
            }
            if needs != 0 {
                rows &= segment.with_letters(word * WORD, needs);
            }
            for at in ones(rows) {
                self.row((nth, segment, word * WORD + at), &looks, scorer, &mut part);
            }
        }
        part
    }

    fn row(
        &self,
        (nth, segment, at): (usize, &Segment, usize),
        looks: &[Look],
        scorer: &mut Scorer<'_, 'q>,
        part: &mut Part,
    ) {
        let shape = segment.shape(at);
        let is_listed = segment.is_alive(at)
            || segment.is_known(at) && self.vanished[shape].iter().any(|since| segment.gone_since(at) == Some(*since));
        // A row has 32 bits: there are no more segments than that.
        let row = u32::try_from(nth * ROWS + at).unwrap_or(u32::MAX);
        if !(is_listed || self.shows_gone && segment.is_known(at))
            || !self.held[shape]
            || matches!(self.within, Within::Account(only) if only != Some(row))
        {
            return;
        }
        part.in_scope += usize::from(is_listed);
        if self.only.as_ref().is_some_and(|only| !only.has(row)) {
            return;
        }
        let ask = |nth: usize| self.probes[nth].answer(row, segment, at, &self.near);
        let Some(score) = scorer.score(&Here { segment, at }, &self.above[shape], looks, ask) else {
            return;
        };
        part.bits[at / WORD] |= 1 << (at % WORD);
        if self.has_words() {
            part.scored.push(u64::from(score) << 32 | u64::from(row));
        }
    }
}

/// When rows of a connection vanished that stay in the list.
fn vanished(query: &ListQuery, connection: &ConnectionName) -> Vec<Moment> {
    let held = query.held.iter().flat_map(|held| held.iter());
    held.filter(|(name, _)| name == connection).map(|(_, since)| *since).collect()
}

/// A row's texts.
struct Here<'a> {
    segment: &'a Segment,
    at: usize,
}

impl Texts for Here<'_> {
    fn name(&self) -> &str {
        self.segment.name(self.at)
    }

    fn letters(&self) -> u32 {
        self.segment.letters(self.at)
    }

    fn id(&self) -> &str {
        self.segment.id(self.at)
    }

    fn email(&self) -> &str {
        self.segment.email(self.at).unwrap_or_default()
    }
}
