//! Some thousand rows as columns: what lists and search read, one after the other in memory.
//!
//! A publication shares segments with the one before; a row that changes costs a copy of its segment alone.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::stamp::{Stamp, Way};
use crate::domain::filter::letters;
use crate::domain::{Account, Moment, Untrusted, look};

/// Rows of a segment: enough that a million rows are a few hundred segments, few enough that a copy takes less than a
/// millisecond.
pub(super) const ROWS: usize = 4_096;

/// Lengths up to this one take one character before their text.
const SHORT: usize = 127;
/// Garbage below this many bytes is not worth a rewrite.
const LITTLE: usize = 4_096;

/// Why a row is not in lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Absence {
    /// A complete listing did not give it.
    Gone = 1,
    /// Its connection answers as somebody else, and nobody has said who holds it.
    Hidden = 2,
    /// It was forgotten. Its number stays taken.
    Forgotten = 4,
}

/// A row has an e-mail address: an empty one is another thing than none.
const EMAIL: u8 = 8;
/// Its record was asked for with what is not asked by default, some time ago at least.
const EXTRA: u8 = 16;
const ABSENT: u8 = Absence::Gone as u8 | Absence::Hidden as u8 | Absence::Forgotten as u8;

/// What changed when a row was written anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Changed {
    /// Its name, and with it its place in the order.
    pub(super) name: bool,
    /// Anything of it that a column holds.
    pub(super) any: bool,
}

/// Codes into dictionaries, for one row.
#[derive(Clone, Debug)]
pub(super) struct Codes {
    pub(super) shape: u32,
    /// For each kept path the value's number plus one; 0 where the record has no such path.
    pub(super) values: Vec<u32>,
}

/// A row's own texts.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Parts<'a> {
    pub(super) id: &'a str,
    pub(super) name: &'a str,
    pub(super) email: Option<&'a str>,
    pub(super) created: Option<&'a str>,
    pub(super) updated: Option<&'a str>,
    pub(super) has_extra: bool,
}

impl<'a> Parts<'a> {
    pub(super) fn of(account: &'a Account) -> Self {
        let text = |text: &'a Option<Untrusted>| text.as_ref().map(Untrusted::raw);
        Self {
            id: account.key.id.as_str(),
            name: account.name.raw(),
            email: text(&account.email),
            created: text(&account.created_at),
            updated: text(&account.updated_at),
            has_extra: account.has_extra,
        }
    }
}

/// The columns. All vectors are as long as there are rows, those that few rows fill may be shorter.
#[derive(Clone, Debug, Default)]
pub(super) struct Segment {
    /// Names, each behind its length.
    names: String,
    name_at: Vec<u32>,
    /// Of each row the id, the e-mail address, and times that no number gives back; each behind its length.
    texts: String,
    text_at: Vec<u32>,
    created: Times,
    updated: Times,
    shapes: Vec<u32>,
    letters: Vec<u32>,
    /// How names look, as numbers; made when somebody asks, which a start does not wait for.
    looks: OnceLock<Vec<u32>>,
    /// The letters of all ids together, and of all e-mails: what a word needs and these have not, none of them matches.
    id_letters: u32,
    email_letters: u32,
    /// [`Absence`], [`EMAIL`] and [`EXTRA`].
    flags: Vec<u8>,
    /// A column a kept path.
    values: Vec<Vec<u32>>,
    gone: BTreeMap<u16, Moment>,
    /// Bytes of `names` and `texts` that no row has any more.
    garbage: usize,
}

/// A column of times; rows beyond its end have none.
#[derive(Clone, Debug, Default)]
struct Times {
    micros: Vec<i64>,
    ways: Vec<u8>,
}

impl Times {
    fn with_capacity(rows: usize) -> Self {
        Self { micros: Vec::with_capacity(rows), ways: Vec::with_capacity(rows) }
    }

    /// Keeps a time; gives its text if no number gives it back.
    fn set<'a>(&mut self, at: usize, text: Option<&'a str>) -> Option<&'a str> {
        let stamp = text.map(|text| Stamp::read(text).unwrap_or(Stamp { micros: 0, way: Way::TEXT }));
        if stamp.is_none() && at >= self.ways.len() {
            return None;
        }
        if at >= self.ways.len() {
            self.micros.resize(at + 1, 0);
            self.ways.resize(at + 1, Way::NONE.code());
        }
        let stamp = stamp.unwrap_or(Stamp { micros: 0, way: Way::NONE });
        (self.micros[at], self.ways[at]) = (stamp.micros, stamp.way.code());
        text.filter(|_| stamp.way == Way::TEXT)
    }

    fn get(&self, at: usize) -> Stamp {
        match (self.micros.get(at), self.ways.get(at)) {
            (Some(micros), Some(way)) => Stamp { micros: *micros, way: Way::coded(*way) },
            _ => Stamp { micros: 0, way: Way::NONE },
        }
    }

    fn shrink(&mut self) {
        self.micros.shrink_to_fit();
        self.ways.shrink_to_fit();
    }

    fn bytes(&self) -> usize {
        self.micros.capacity() * 8 + self.ways.capacity()
    }
}

/// A time as search reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    /// There is none.
    Never,
    /// In microseconds since 1970.
    Micros(i64),
    /// As text alone.
    Written,
}

/// What search reads of one row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Text<'a> {
    pub(super) name: &'a str,
    pub(super) id: &'a str,
    /// Empty where there is none.
    pub(super) email: &'a str,
}

impl Segment {
    /// An empty one with room for rows such as those of another have: what grows step by step is copied at each, and
    /// leaves holes behind.
    pub(super) fn like(other: &Self) -> Self {
        let (some, more) = (other.len(), |bytes: usize| bytes + bytes / 32);
        Self {
            names: String::with_capacity(more(other.names.len())),
            texts: String::with_capacity(more(other.texts.len())),
            name_at: Vec::with_capacity(some),
            text_at: Vec::with_capacity(some),
            created: Times::with_capacity(other.created.ways.len()),
            updated: Times::with_capacity(other.updated.ways.len()),
            shapes: Vec::with_capacity(some),
            letters: Vec::with_capacity(some),
            flags: Vec::with_capacity(some),
            values: other.values.iter().map(|column| Vec::with_capacity(column.len())).collect(),
            ..Self::default()
        }
    }

    /// How many rows it has.
    pub(super) fn len(&self) -> usize {
        self.shapes.len()
    }

    /// Adds a row.
    pub(super) fn push(&mut self, parts: Parts<'_>, shape: u32, values: &[u32]) {
        let at = self.len();
        self.name_at.push(0);
        self.text_at.push(0);
        self.shapes.push(shape);
        self.letters.push(0);
        self.flags.push(0);
        self.write_name(at, parts.name);
        self.write_texts(at, parts);
        self.write_values(at, values);
        if self.len() == ROWS {
            self.shrink();
        }
    }

    /// Writes a row anew. Whether it is absent stays.
    pub(super) fn replace(&mut self, at: usize, account: &Account, codes: &Codes) -> Changed {
        let mut changed = Changed::default();
        if self.name(at) != account.name.raw() {
            changed = Changed { name: true, any: true };
            self.garbage += packed(self.name(at));
            self.write_name(at, account.name.raw());
        }
        let same = self.email(at) == account.email.as_ref().map(Untrusted::raw)
            && self.created(at).as_deref() == account.created_at.as_ref().map(Untrusted::raw)
            && self.updated(at).as_deref() == account.updated_at.as_ref().map(Untrusted::raw)
            && self.has_extra(at) == account.has_extra;
        if !same {
            changed.any = true;
            self.garbage += self.texts_size(at);
            self.write_texts(at, Parts::of(account));
        }
        changed.any |= self.set_shape(at, codes.shape) | self.write_values(at, &codes.values);
        if self.garbage > LITTLE && self.garbage * 2 > self.names.len() + self.texts.len() {
            self.rewrite();
        }
        changed
    }

    /// Gives shapes and values the numbers that they have elsewhere.
    pub(super) fn recode(&mut self, shapes: &[u32], values: &[u32]) {
        for shape in &mut self.shapes {
            *shape = shapes[*shape as usize];
        }
        for value in self.values.iter_mut().flatten().filter(|value| **value != 0) {
            *value = values[*value as usize - 1] + 1;
        }
    }

    /// Whether this row as it stands is this account, as far as columns tell.
    pub(super) fn is(&self, at: usize, account: &Account, codes: &Codes) -> bool {
        let values = |nth: usize| self.value(at, nth);
        self.name(at) == account.name.raw()
            && self.shapes[at] == codes.shape
            && self.email(at) == account.email.as_ref().map(Untrusted::raw)
            && self.created(at).as_deref() == account.created_at.as_ref().map(Untrusted::raw)
            && self.updated(at).as_deref() == account.updated_at.as_ref().map(Untrusted::raw)
            && self.has_extra(at) == account.has_extra
            && (0..).zip(&codes.values).all(|(nth, code)| values(nth) == *code)
    }

    /// Puts a row elsewhere; says whether that is news.
    pub(super) fn set_shape(&mut self, at: usize, shape: u32) -> bool {
        std::mem::replace(&mut self.shapes[at], shape) != shape
    }

    /// A row is absent from now on, or is not for this reason any more.
    pub(super) fn set_absent(&mut self, at: usize, absence: Absence, is_absent: bool) {
        if is_absent {
            self.flags[at] |= absence as u8;
        } else {
            self.flags[at] &= !(absence as u8);
        }
    }

    /// Notes since when a row is gone; `None`: it is not.
    pub(super) fn set_gone(&mut self, at: usize, since: Option<Moment>) {
        self.set_absent(at, Absence::Gone, since.is_some());
        let place = u16::try_from(at).unwrap_or(u16::MAX);
        match since {
            Some(since) => drop(self.gone.insert(place, since)),
            None => drop(self.gone.remove(&place)),
        }
    }

    pub(super) fn gone_since(&self, at: usize) -> Option<Moment> {
        self.gone.get(&u16::try_from(at).ok()?).copied()
    }

    /// Whether lists show it.
    pub(super) fn is_alive(&self, at: usize) -> bool {
        self.flags[at] & ABSENT == 0
    }

    /// Whether it may be shown to anybody: it is alive or gone.
    pub(super) fn is_known(&self, at: usize) -> bool {
        self.flags[at] & (Absence::Hidden as u8 | Absence::Forgotten as u8) == 0
    }

    /// Whether it was asked for with what is not asked by default.
    pub(super) fn has_extra(&self, at: usize) -> bool {
        self.flags[at] & EXTRA != 0
    }

    pub(super) fn shape(&self, at: usize) -> usize {
        self.shapes[at] as usize
    }

    pub(super) fn letters(&self, at: usize) -> u32 {
        self.letters[at]
    }

    /// Which of the 64 rows from `from` on have all these letters in their names, a bit a row.
    pub(super) fn with_letters(&self, from: usize, letters: u32) -> u64 {
        let end = self.letters.len().min(from + u64::BITS as usize);
        let has = self.letters[from..end].iter().map(|has| u64::from(has & letters == letters));
        has.zip(0..).fold(0, |rows, (has, at)| rows | has << at)
    }

    /// How its name looks, as a number: see [`look`].
    pub(super) fn look(&self, at: usize) -> u32 {
        self.looks.get_or_init(|| (0..self.len()).map(|at| look(self.name(at))).collect())[at]
    }

    /// The letters of all its ids, and of all its e-mails.
    pub(super) fn other_letters(&self) -> (u32, u32) {
        (self.id_letters, self.email_letters)
    }

    /// Creation (0) or last change (1): as a number, or whether there is any.
    pub(super) fn when(&self, at: usize, nth: usize) -> When {
        let stamp = if nth == 0 { self.created.get(at) } else { self.updated.get(at) };
        match stamp.way {
            Way::NONE => When::Never,
            Way::TEXT => When::Written,
            _ => When::Micros(stamp.micros),
        }
    }

    /// The code of a kept path's value.
    pub(super) fn value(&self, at: usize, path: usize) -> u32 {
        self.values.get(path).and_then(|column| column.get(at)).copied().unwrap_or_default()
    }

    pub(super) fn name(&self, at: usize) -> &str {
        unpack(&self.names, self.name_at[at]).0
    }

    pub(super) fn id(&self, at: usize) -> &str {
        unpack(&self.texts, self.text_at[at]).0
    }

    pub(super) fn email(&self, at: usize) -> Option<&str> {
        (self.flags[at] & EMAIL != 0).then(|| self.text(at).email)
    }

    /// What search reads of a row.
    pub(super) fn text(&self, at: usize) -> Text<'_> {
        let (id, next) = unpack(&self.texts, self.text_at[at]);
        let email = if self.flags[at] & EMAIL == 0 { "" } else { unpack(&self.texts, next).0 };
        Text { name: self.name(at), id, email }
    }

    pub(super) fn created(&self, at: usize) -> Option<Cow<'_, str>> {
        let stamp = self.created.get(at);
        if stamp.way == Way::TEXT { Some(Cow::Borrowed(self.time_text(at, 0))) } else { stamp.text().map(Cow::Owned) }
    }

    pub(super) fn updated(&self, at: usize) -> Option<Cow<'_, str>> {
        let stamp = self.updated.get(at);
        let nth = usize::from(self.created.get(at).way == Way::TEXT);
        if stamp.way == Way::TEXT { Some(Cow::Borrowed(self.time_text(at, nth))) } else { stamp.text().map(Cow::Owned) }
    }

    /// Creation and last change as numbers, where numbers tell them.
    pub(super) fn micros(&self, at: usize) -> [Option<i64>; 2] {
        [&self.created, &self.updated].map(|times| {
            let stamp = times.get(at);
            (stamp.way != Way::TEXT && stamp.way != Way::NONE).then_some(stamp.micros)
        })
    }

    /// The times that are kept as text stand behind id and e-mail.
    fn time_text(&self, at: usize, nth: usize) -> &str {
        let before = 1 + usize::from(self.flags[at] & EMAIL != 0) + nth;
        let start = (0..before).fold(self.text_at[at], |place, _| unpack(&self.texts, place).1);
        unpack(&self.texts, start).0
    }

    fn write_name(&mut self, at: usize, name: &str) {
        self.letters[at] = letters(name);
        if let Some(looks) = self.looks.get_mut() {
            looks.resize(looks.len().max(at + 1), 0);
            looks[at] = look(name);
        }
        self.name_at[at] = pack(&mut self.names, [name]);
    }

    fn write_texts(&mut self, at: usize, parts: Parts<'_>) {
        let created = self.created.set(at, parts.created);
        let updated = self.updated.set(at, parts.updated);
        let email = if parts.email.is_some() { EMAIL } else { 0 };
        let extra = if parts.has_extra { EXTRA } else { 0 };
        self.flags[at] = (self.flags[at] & !(EMAIL | EXTRA)) | email | extra;
        self.id_letters |= letters(parts.id);
        self.email_letters |= parts.email.map_or(0, letters);
        let texts = [Some(parts.id), parts.email, created, updated];
        self.text_at[at] = pack(&mut self.texts, texts.into_iter().flatten());
    }

    fn write_values(&mut self, at: usize, codes: &[u32]) -> bool {
        let mut changed = false;
        for (path, code) in codes.iter().enumerate() {
            if self.value(at, path) == *code {
                continue;
            }
            changed = true;
            if self.values.len() <= path {
                self.values.resize_with(path + 1, Vec::new);
            }
            let column = &mut self.values[path];
            if column.len() <= at {
                column.resize(at + 1, 0);
            }
            column[at] = *code;
        }
        changed
    }

    /// The bytes that a row takes in `texts`.
    fn texts_size(&self, at: usize) -> usize {
        let times = [self.created.get(at), self.updated.get(at)];
        let count =
            1 + usize::from(self.flags[at] & EMAIL != 0) + times.iter().filter(|stamp| stamp.way == Way::TEXT).count();
        let start = self.text_at[at];
        let end = (0..count).fold(start, |place, _| unpack(&self.texts, place).1);
        (end - start) as usize
    }

    /// Leaves the garbage behind.
    fn rewrite(&mut self) {
        let mut names = String::with_capacity(self.names.len());
        let mut texts = String::with_capacity(self.texts.len());
        for at in 0..self.len() {
            let (name, start, size) = (self.name(at), self.text_at[at] as usize, self.texts_size(at));
            let whole = &self.texts[start..start + size];
            // What is written again is no longer than what it is copied from, whose places have 32 bits.
            let text_at = u32::try_from(texts.len()).unwrap_or(u32::MAX);
            let name_at = pack(&mut names, [name]);
            texts.push_str(whole);
            (self.name_at[at], self.text_at[at]) = (name_at, text_at);
        }
        (self.names, self.texts, self.garbage) = (names, texts, 0);
        self.shrink();
    }

    fn shrink(&mut self) {
        self.names.shrink_to_fit();
        self.texts.shrink_to_fit();
        self.name_at.shrink_to_fit();
        self.text_at.shrink_to_fit();
        self.shapes.shrink_to_fit();
        self.letters.shrink_to_fit();
        self.flags.shrink_to_fit();
        self.created.shrink();
        self.updated.shrink();
        for column in &mut self.values {
            column.shrink_to_fit();
        }
    }

    /// What it takes in memory.
    pub(super) fn bytes(&self) -> usize {
        let texts = self.names.capacity() + self.texts.capacity();
        let looks = self.looks.get().map_or(0, Vec::capacity);
        let numbers = [&self.name_at, &self.text_at, &self.shapes, &self.letters].map(Vec::capacity);
        let values = self.values.iter().map(|column| size_of::<Vec<u32>>() + column.capacity() * 4);
        // An entry of a tree's node: key, value, and its share of half-filled nodes.
        let gone = self.gone.len() * 2 * (size_of::<Moment>() + 2);
        size_of::<Self>()
            + texts
            + (numbers.iter().sum::<usize>() + looks) * 4
            + self.flags.capacity()
            + self.created.bytes()
            + self.updated.bytes()
            + values.sum::<usize>()
            + gone
    }
}

/// The bytes that a text takes behind its length.
fn packed(text: &str) -> usize {
    text.len() + if text.len() < SHORT { 1 } else { 6 }
}

/// Writes texts behind their lengths and says where the first one stands.
fn pack<'a>(arena: &mut String, texts: impl IntoIterator<Item = &'a str> + Clone) -> u32 {
    // 4,096 rows of the largest texts that pass the client's body cap stay far below.
    let start = u32::try_from(arena.len()).unwrap_or(u32::MAX);
    let more: usize = texts.clone().into_iter().map(packed).sum();
    if arena.capacity() - arena.len() < more && arena.capacity() > arena.len() / 2 && !arena.is_empty() {
        // By an eighth: a full segment whose row changes shall not double.
        arena.reserve_exact(more.max(arena.len() / 8));
    }
    for text in texts {
        if text.len() < SHORT {
            arena.push(seven(text.len()));
        } else {
            arena.push(seven(SHORT));
            for nth in 0..5 {
                arena.push(seven(text.len() >> (nth * 7)));
            }
        }
        arena.push_str(text);
    }
    start
}

/// The text at a place, and the place behind it.
fn unpack(arena: &str, at: u32) -> (&str, u32) {
    let mut start = at as usize + 1;
    let bytes = arena.as_bytes();
    let mut length = usize::from(bytes[at as usize]);
    if length == SHORT {
        length = (0..5).map(|nth| usize::from(bytes[start + nth]) << (nth * 7)).sum();
        start += 5;
    }
    let end = start + length;
    (&arena[start..end], u32::try_from(end).unwrap_or(u32::MAX))
}

/// The low seven bits of a length as a character: an arena stays one valid text.
fn seven(length: usize) -> char {
    // The mask leaves less than 128.
    char::from(u8::try_from(length & 127).unwrap_or_default())
}
