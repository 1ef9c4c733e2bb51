//! Small things that panes are drawn with, straight into the buffer.

use std::num::NonZeroU16;

use ratatui::buffer::{Buffer, CellDiffOption};
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::symbols::border;
use ratatui::widgets::{Block, Borders, Clear, Widget};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::Theme;
use crate::domain::{Role, clip, grouped, width};

/// One line of text in roles. All text in it has been made safe.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line(pub Vec<(Role, String)>);

impl Line {
    /// A line in one role.
    #[must_use]
    pub fn of(role: Role, text: impl Into<String>) -> Self {
        Self(vec![(role, text.into())])
    }

    /// The same line with more at its end.
    #[must_use]
    pub fn and(mut self, role: Role, text: impl Into<String>) -> Self {
        self.0.push((role, text.into()));
        self
    }

    /// The same line with another one at its end.
    #[must_use]
    pub fn and_all(mut self, more: Self) -> Self {
        self.0.extend(more.0);
        self
    }

    /// Adds to its end.
    pub fn push(&mut self, role: Role, text: impl Into<String>) {
        self.0.push((role, text.into()));
    }

    /// The columns it takes.
    #[must_use]
    pub fn width(&self) -> usize {
        self.0.iter().map(|(_, text)| width(text)).sum()
    }
}

/// Writes safe text into one row, cut with `…` at `columns`; gives the columns used. Outside the buffer nothing happens.
pub fn put(buf: &mut Buffer, x: u16, y: u16, columns: u16, text: &str, style: Style) -> u16 {
    if columns == 0 || !buf.area.contains(ratatui::layout::Position { x, y }) {
        return 0;
    }
    let columns = columns.min(buf.area.right().saturating_sub(x));
    let clipped = clip(text, usize::from(columns));
    if clipped.is_ascii() {
        return put_ascii(buf, x, y, &clipped, style);
    }
    if clipped.contains(SOUND_MARKS) || width(&clipped) != UnicodeWidthStr::width(&*clipped) {
        return put_forced(buf, x, y, &clipped, style);
    }
    let (end, _) = buf.set_stringn(x, y, &clipped, usize::from(columns), style);
    end - x
}

/// The same for a text, which fits, of one column each: most of a screen is such.
fn put_ascii(buf: &mut Buffer, x: u16, y: u16, text: &str, style: Style) -> u16 {
    let from = buf.index_of(x, y);
    let mut end = x;
    for (char, cell) in text.chars().filter(|char| !char.is_control()).zip(&mut buf.content[from..]) {
        cell.set_char(char).set_style(style);
        end += 1;
    }
    end - x
}

/// Halfwidth voiced sound marks. They join the character before them, and take the column that terminals give them; but
/// Ratatui counts that column twice, would draw the text too wide, and leave what stood in the column behind it.
const SOUND_MARKS: [char; 2] = ['\u{ff9e}', '\u{ff9f}'];

/// The same for a text, which fits, with clusters that Ratatui takes for wider or narrower than the terminal draws them:
/// each cell of one is told its width.
fn put_forced(buf: &mut Buffer, x: u16, y: u16, text: &str, style: Style) -> u16 {
    let mut end = x;
    for cluster in text.graphemes(true) {
        let columns = u16::try_from(width(cluster)).unwrap_or(u16::MAX);
        match NonZeroU16::new(columns) {
            Some(forced) if cluster.contains(SOUND_MARKS) || width(cluster) != UnicodeWidthStr::width(cluster) => {
                buf[(end, y)].set_symbol(cluster).set_style(style).set_diff_option(CellDiffOption::ForcedWidth(forced));
                (end + 1..end + columns).for_each(|x| buf[(x, y)].reset());
            }
            Some(_) | None => {
                buf.set_stringn(end, y, cluster, usize::from(columns), style);
            }
        }
        end += columns;
    }
    end - x
}

/// Writes a line of roles into one row; `over` is laid over each role's own style (a selected row's, say).
pub fn put_line(buf: &mut Buffer, x: u16, y: u16, columns: u16, line: &Line, theme: Theme, over: Style) -> u16 {
    let mut used = 0;
    let is_reversed = over.add_modifier.contains(Modifier::REVERSED);
    for (role, text) in &line.0 {
        let own = theme.style(*role);
        // Reversed, a colour would be a patch in the row.
        let own = if is_reversed { Style { fg: None, bg: None, ..own } } else { own };
        used += put(buf, x + used, y, columns.saturating_sub(used), text, own.patch(over));
    }
    used
}

/// Draws a border's four edges alone: as a whole it would go through every cell of the inside, too.
fn edges(buf: &mut Buffer, area: Rect, block: &Block<'_>) {
    let ends = Borders::LEFT | Borders::RIGHT;
    let (right, bottom) = (area.right().saturating_sub(1), area.bottom().saturating_sub(1));
    for (borders, edge) in [
        (ends | Borders::TOP, Rect { height: area.height.min(1), ..area }),
        (ends | Borders::BOTTOM, Rect { y: bottom, height: area.height.min(1), ..area }),
        (
            Borders::LEFT,
            Rect { y: area.y + 1, width: area.width.min(1), height: area.height.saturating_sub(2), ..area },
        ),
        (
            Borders::RIGHT,
            Rect { x: right, y: area.y + 1, width: area.width.min(1), height: area.height.saturating_sub(2) },
        ),
    ] {
        block.clone().borders(borders).render(edge, buf);
    }
}

/// Draws a pane's border with its title, and gives the inside.
pub fn bordered(buf: &mut Buffer, area: Rect, title: &Line, theme: Theme, focused: bool) -> Rect {
    let role = if focused { Role::FrameFocused } else { Role::Frame };
    let set = if focused { border::THICK } else { border::ROUNDED };
    let dim = if focused { theme.style(role) } else { theme.style(Role::Dim) };
    let block = Block::bordered().border_set(set).border_style(dim);
    let inner = block.inner(area);
    edges(buf, area, &block);
    if area.width > 4 {
        let style = theme.style(if focused { Role::FrameFocused } else { Role::Title });
        let room = area.width - 4;
        let mut used = put(buf, area.x + 1, area.y, 1, " ", style);
        for (role, text) in &narrowed(title, usize::from(room)).0 {
            let own = if *role == Role::Title { style } else { theme.style(*role) };
            used += put(buf, area.x + 1 + used, area.y, (room + 1).saturating_sub(used), text, own);
        }
        put(buf, area.x + 1 + used, area.y, 1, " ", style);
    }
    inner
}

/// So many columns one cluster takes at most, as far as anybody has seen: a three-em dash has three.
const WIDEST: usize = 8;

/// Clears an area and draws a modal's border; gives the inside. Its hints stand on the bottom line like all others.
pub fn modal_frame(buf: &mut Buffer, area: Rect, title: &Line, theme: Theme) -> Rect {
    // A wide character whose right part the modal covers would paint over its border. Few are wider than two columns.
    for y in area.top()..area.bottom() {
        for (x, columns) in (0..area.x).rev().take(WIDEST).zip(1..) {
            if let Some(cell) = buf.cell_mut((x, y)).filter(|cell| width(cell.symbol()) > columns) {
                cell.set_symbol(" ").set_diff_option(CellDiffOption::None);
            }
        }
    }
    Clear.render(area, buf);
    bordered(buf, area, title, theme, true)
}

/// In the lower border: how much there is above and below of what a frame has no room for.
pub fn frame_more(buf: &mut Buffer, area: Rect, above: usize, below: usize, theme: Theme) {
    let ends = [("↑", above), ("↓", below)].into_iter().filter(|(_, count)| *count > 0);
    let words: Vec<String> = ends.map(|(arrow, count)| format!("{arrow} {}", grouped(count))).collect();
    let words = Line::of(Role::Key, format!(" {} ", words.join("  ")));
    let wide = u16::try_from(words.width()).unwrap_or(u16::MAX);
    if (above > 0 || below > 0) && area.height > 2 && area.width > wide + 4 {
        put_line(buf, area.right() - wide - 2, area.bottom() - 1, wide, &words, theme, Style::new());
    }
}

/// Writes a dialog's answers into its lower border, as many whole ones as fit: a question that takes the whole attention
/// says itself what answers it.
pub fn frame_keys(buf: &mut Buffer, area: Rect, keys: &[(&str, &str)], theme: Theme) {
    let room = usize::from(area.width.saturating_sub(4));
    let mut line = Line::of(Role::Text, " ");
    for (nth, (key, words)) in keys.iter().enumerate() {
        let apart = if nth == 0 { "" } else { " " };
        let next = Line::of(Role::Text, apart).and(Role::Key, *key).and(Role::Text, format!(" {words} "));
        if line.width() + next.width() > room {
            break;
        }
        line = line.and_all(next);
    }
    if area.height > 1 && line.width() > 1 {
        put_line(buf, area.x + 2, area.bottom() - 1, area.width.saturating_sub(4), &line, theme, Style::new());
    }
}

/// The offset at which a cursor is on a screen of `page` rows, moving as little as possible from `offset`.
#[must_use]
pub fn scroll_to(cursor: usize, offset: usize, page: usize, len: usize) -> usize {
    let page = page.max(1);
    let offset = offset.min(len.saturating_sub(page));
    if cursor < offset {
        cursor
    } else if cursor >= offset + page {
        cursor + 1 - page
    } else {
        offset
    }
}

/// Breaks safe text into lines of at most `columns`, at spaces where possible.
#[must_use]
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    // Most of what is laid out is short and plain: that needs no look at its words.
    if text.len() <= columns && text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return vec![text.trim_end().to_owned()];
    }
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in words(text, columns) {
        if add(&mut line, word, columns) {
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line).trim_end().to_owned());
        }
        if word.trim().is_empty() || add(&mut line, word, columns) {
            continue;
        }
        for cluster in word.graphemes(true) {
            if !add(&mut line, cluster, columns) {
                let next = if closes(cluster) { last_cluster(&mut line) } else { String::new() };
                lines.push(std::mem::replace(&mut line, next));
                line.push_str(cluster);
            }
        }
    }
    lines.push(line.trim_end().to_owned());
    lines
}

/// The same in at most so many lines, cut with `…`: names of thousands of characters leave room for what they are above.
#[must_use]
pub fn wrap_cut(text: &str, columns: usize, most: usize) -> Vec<String> {
    let mut lines = wrap(text, columns);
    if lines.len() > most {
        lines.truncate(most);
        if let Some(last) = lines.last_mut() {
            *last = clip(&format!("{last}…"), columns).into_owned();
        }
    }
    lines
}

/// A way from the root in so many columns. What is cut first is between its ends: where it leads stands there to the last,
/// and only names that have no room by themselves are cut.
#[must_use]
pub fn way(names: &[String], columns: usize) -> String {
    const STEP: &str = " › ";
    // Of ways of thousands of steps only those are looked at that may have room.
    let fitting = |room: Option<usize>| {
        let Some(mut room) = room.map(|room| room + width(STEP)) else { return 0 };
        let fits = |name: &&String| match room.checked_sub(width(name) + width(STEP)) {
            Some(left) => {
                room = left;
                true
            }
            None => false,
        };
        names.iter().rev().take_while(fits).count()
    };
    let last = |count: usize| names[names.len() - count..].join(STEP);
    let [first, .., end] = names else { return clip(&names.concat(), columns).into_owned() };
    let before = format!("{first}{STEP}…{STEP}");
    let (all, behind_root) = (fitting(Some(columns)), fitting(columns.checked_sub(width(&before))));
    match (all, behind_root.min(names.len() - 2), fitting(columns.checked_sub(1 + width(STEP)))) {
        (all, ..) if all == names.len() => last(all),
        (_, 0, 0) => format!("…{STEP}{}", clip(end, columns.saturating_sub(4).max(1))),
        (_, 0, count) => format!("…{STEP}{}", last(count.min(names.len() - 1))),
        (_, count, _) => format!("{before}{}", last(count)),
    }
}

/// The same line in so many columns, the widest of its parts cut: what stands behind a long name keeps its room.
#[must_use]
pub fn narrowed(line: &Line, columns: usize) -> Line {
    /// Less says nothing of a name.
    const LEAST: usize = 6;
    let mut line = line.clone();
    for _ in 0..line.0.len() {
        let excess = line.width().saturating_sub(columns);
        // What it is the title of stands first, and is the last to be cut.
        let Some((first, behind)) = line.0.split_first_mut() else { break };
        let widest = behind.iter_mut().max_by_key(|(_, text)| width(text)).filter(|(_, text)| width(text) > LEAST);
        let Some((_, text)) = widest.or(Some(first)).filter(|_| excess > 0) else { break };
        let most = width(text).saturating_sub(excess).max(LEAST);
        *text = clip(text, most).into_owned();
    }
    line
}

/// The pieces that a text may be broken between. What stands between two blanks is one: an address is not torn apart
/// where the next line has room for it. Else, and in scripts without blanks, its words are pieces, each with the marks that
/// open it, which end no line, and those that close it, which begin none.
fn words(text: &str, columns: usize) -> impl Iterator<Item = &str> {
    let mut rest = text;
    let pieces = std::iter::from_fn(move || {
        let blank = rest.starts_with(char::is_whitespace);
        let end = rest.find(|char: char| char.is_whitespace() != blank).unwrap_or(rest.len());
        let (piece, behind) = rest.split_at(end);
        rest = behind;
        (!piece.is_empty()).then_some(piece)
    });
    pieces.flat_map(move |piece| {
        let is_one = width(piece) <= columns && !piece.chars().any(|char| char.width().unwrap_or(0) > 1);
        let mut rest = piece.split_word_bound_indices().peekable();
        let mut whole = is_one.then_some(piece);
        std::iter::from_fn(move || {
            if is_one {
                return whole.take();
            }
            let (from, mut word) = rest.next()?;
            let mut to = from + word.len();
            while opens(word)
                && let Some((at, next)) = rest.next_if(|(_, next)| !next.trim().is_empty())
            {
                (to, word) = (at + next.len(), next);
            }
            if !word.trim().is_empty() {
                while let Some((at, mark)) = rest.next_if(|(_, next)| closes(next)) {
                    to = at + mark.len();
                }
            }
            Some(&piece[from..to])
        })
    })
}

/// Whether a text is nothing but marks that open what stands behind them.
fn opens(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|char| "([{«“‘（「".contains(char))
}

/// Whether a text is nothing but marks that close what stands before them.
fn closes(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|char| ".,;:!?)]}»”’…。、，；：！？".contains(char))
}

/// Takes the last cluster off a line of several.
fn last_cluster(line: &mut String) -> String {
    match line.grapheme_indices(true).next_back() {
        Some((at, _)) if at > 0 => line.split_off(at),
        Some(_) | None => String::new(),
    }
}

/// Adds to a line if it still fits then. Measured together: marks at the border of two words join them.
fn add(line: &mut String, more: &str, columns: usize) -> bool {
    let before = line.len();
    line.push_str(more);
    let fits = width(line) <= columns;
    if !fits {
        line.truncate(before);
    }
    fits
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn long_text_breaks_at_spaces_and_long_words_anywhere() {
        assert_eq!(wrap("one two three", 8), ["one two", "three"]);
        assert_eq!(wrap("abcdefghij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(wrap("", 4), [""]);
        assert_eq!(wrap("again (and more)", 7), ["again", "(and", "more)"], "what opens stands with what it opens");
        assert_eq!(wrap("a (“b” c)", 4), ["a", "(“b”", "c)"]);
    }

    #[test]
    fn what_takes_too_many_lines_is_cut_in_the_last_of_them() {
        assert_eq!(wrap_cut("one two three", 8, 2), ["one two", "three"]);
        assert_eq!(wrap_cut("one two three four", 8, 1), ["one two…"]);
        assert_eq!(wrap_cut("abcdefghij", 4, 2), ["abcd", "efg…"]);
    }

    #[test]
    fn no_line_begins_with_the_mark_that_closes_a_word() {
        assert_eq!(wrap("it has failed.", 13), ["it has", "failed."]);
        assert_eq!(wrap("see (the plan).", 13), ["see (the", "plan)."]);
        assert_eq!(wrap("abcdefgh.", 8), ["abcdefg", "h."]);
        assert_eq!(wrap("one … two", 5), ["one …", "two"]);
    }

    #[test]
    fn an_address_is_broken_only_where_a_line_has_no_room_for_it() {
        assert_eq!(wrap("before as admin@example.com.", 20), ["before as", "admin@example.com."]);
        assert_eq!(wrap("at http://127.0.0.1:18080 now", 24), ["at", "http://127.0.0.1:18080", "now"]);
        assert_eq!(wrap("the tools (such a one)", 12), ["the tools", "(such a one)"]);
        assert_eq!(wrap("at aaa/bbb/ccc/ddd", 10), ["at aaa/bbb", "/ccc/ddd"]);
        assert_eq!(wrap("an 株式会社みらい", 10), ["an 株式会", "社みらい"]);
    }

    #[test]
    fn a_way_is_cut_between_its_ends_first() {
        let names = ["Meridian Group", "Meridian Europe", "DACH Region", "Germany"].map(str::to_owned);
        assert_eq!(way(&names, 60), "Meridian Group › Meridian Europe › DACH Region › Germany");
        assert_eq!(way(&names, 50), "Meridian Group › … › DACH Region › Germany");
        assert_eq!(way(&names, 30), "Meridian Group › … › Germany");
        assert_eq!(way(&names, 25), "… › DACH Region › Germany");
        assert_eq!(way(&names, 12), "… › Germany");
        assert_eq!(way(&names, 9), "… › Germ…");
        assert_eq!(way(&names[..1], 9), "Meridian…");
        assert_eq!(way(&[], 9), "");
    }

    #[test]
    fn in_a_title_a_long_name_is_cut_and_what_stands_behind_it_is_not() {
        let line = |columns| {
            let line =
                Line::of(Role::Title, "Move").and(Role::Dim, " · a name of many words").and(Role::Dim, " · prod");
            narrowed(&line, columns).0.into_iter().map(|(_, text)| text).collect::<String>()
        };
        assert_eq!(line(40), "Move · a name of many words · prod");
        assert_eq!(line(30), "Move · a name of many … · prod");
        assert_eq!(line(18), "Move · a n… · prod");
    }

    #[test]
    fn a_modal_blanks_what_it_covers_the_right_part_of() {
        let theme = Theme::TERMINAL;
        for text in ["株", "ｶﾞ", "⸻"] {
            let columns = u16::try_from(width(text)).unwrap();
            for inside in 1..columns {
                let mut buf = Buffer::empty(Rect::new(0, 0, 12, 4));
                put(&mut buf, 4 + inside - columns, 1, 8, text, Style::new());
                modal_frame(&mut buf, Rect::new(4, 0, 6, 4), &Line::default(), theme);
                let all: String = (0..12).map(|x| buf[(x, 1)].symbol()).collect();
                assert_eq!(all, "    ┃    ┃  ", "{text} with {inside} columns inside");
            }
        }
    }

    proptest! {
        #[test]
        fn the_cursor_is_always_on_screen(cursor in 0usize..500, offset in 0usize..500, page in 1usize..60) {
            let len = 500;
            let offset = scroll_to(cursor, offset, page, len);
            prop_assert!(offset <= cursor && cursor < offset + page);
        }

        #[test]
        fn no_wrapped_line_is_too_wide(text in "\\PC{0,80}", columns in 2usize..30) {
            // One cluster may be wider than that; it stands alone, and is cut when it is drawn.
            let alone = |line: &str| line.graphemes(true).count() <= 1;
            prop_assert!(wrap(&text, columns).iter().all(|line| width(line) <= columns || alone(line)));
        }
    }
}
