//! Searching in lines that a modal shows and that have no cursor: a request of the activity, a change of the journal.
//! `/` types, `]` and `[` go from match to match, Esc takes it away.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::domain::Role;
use crate::forms::TextField;
use crate::view::{Line, Theme, put_line, scroll_to};

/// What stands beside a search: the match that was gone to, counted from 0, and how many there are.
#[must_use]
pub fn found(nth: Option<usize>, count: usize) -> Line {
    match (nth, count) {
        (_, 0) => Line::of(Role::Warn, "no match"),
        (None, count) => Line::of(Role::Dim, format!("{count} found")),
        (Some(nth), count) => Line::of(Role::Dim, format!("{} of {count}", nth + 1)),
    }
}

/// What is searched for, and which match is the one that was gone to.
#[derive(Clone, Debug, Default)]
pub struct Finder {
    /// What is typed.
    pub line: TextField,
    /// Whether its line has the focus.
    pub typing: bool,
    /// What was looked for last: with other text it begins at the first match again.
    sought: String,
    /// The line of the match that was gone to.
    at: Option<usize>,
}

impl Finder {
    /// Whether its line is on screen.
    #[must_use]
    pub fn shows(&self) -> bool {
        self.typing || !self.line.value().is_empty()
    }

    fn needle(&self) -> String {
        self.line.value().to_lowercase()
    }

    fn hits(&self, lines: &[Line]) -> Vec<usize> {
        let needle = self.needle();
        let holds = |line: &Line| !needle.is_empty() && words(line).to_lowercase().contains(&needle);
        (0..lines.len()).filter(|at| lines.get(*at).is_some_and(holds)).collect()
    }

    /// What is typed changed: goes to the first match. The first line on screen from now on, of `page`.
    pub fn follow(&mut self, lines: &[Line], (offset, page): (usize, usize)) -> usize {
        if self.sought == self.line.value() {
            return offset;
        }
        self.line.value().clone_into(&mut self.sought);
        self.at = self.hits(lines).first().copied();
        self.at.map_or(offset, |at| scroll_to(at, offset, page, lines.len()))
    }

    /// To the next match, or back; from the last one to the first. The first line on screen from now on.
    pub fn step(&mut self, lines: &[Line], forward: bool, (offset, page): (usize, usize)) -> usize {
        let hits = self.hits(lines);
        let from = self.at;
        self.at = if forward {
            hits.iter().find(|hit| from.is_none_or(|from| **hit > from)).or(hits.first()).copied()
        } else {
            hits.iter().rev().find(|hit| from.is_none_or(|from| **hit < from)).or(hits.last()).copied()
        };
        self.at.map_or(offset, |at| scroll_to(at, offset, page, lines.len()))
    }

    /// Draws its line where it is on screen, and the lines below; what was found stands out.
    pub fn draw(&self, lines: &[Line], offset: usize, area: Rect, buf: &mut Buffer, theme: Theme) {
        let mut body = area;
        let hits = self.hits(lines);
        if self.shows() && area.height > 0 {
            let place = self.at.and_then(|at| hits.iter().position(|hit| *hit == at));
            let found = if self.line.value().is_empty() { Line::default() } else { found(place, hits.len()) };
            let right = u16::try_from(found.width()).unwrap_or(0).min(area.width);
            let used = put_line(buf, area.x, area.y, area.width, &Line::of(Role::Key, "/ "), theme, Style::new());
            let field = (area.x + used, area.y, area.width.saturating_sub(used + right + 1));
            self.line.draw(buf, field, theme, Role::Input, self.typing);
            put_line(buf, area.right() - right, area.y, right, &found, theme, Style::new());
            body = Rect { y: area.y + 1, height: area.height - 1, ..area };
        }
        for (y, (at, line)) in (body.y..body.bottom()).zip(lines.iter().enumerate().skip(offset)) {
            let over = match (self.at == Some(at), hits.binary_search(&at)) {
                (true, _) => theme.style(Role::Selected),
                (false, Ok(_)) => theme.style(Role::Match),
                (false, Err(_)) => Style::new(),
            };
            put_line(buf, body.x, y, body.width, line, theme, over);
        }
    }
}

fn words(line: &Line) -> String {
    line.0.iter().map(|(_, text)| text.as_str()).collect()
}
