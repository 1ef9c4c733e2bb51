//! Frames and signs in ASCII, for terminals without box drawing: the drawn frame is gone over cell by cell, so that no
//! pane needs to know. Text in other scripts stays.

use ratatui::buffer::Buffer;

/// Puts the ASCII form in the place of each sign that has one.
pub(super) fn plain(buf: &mut Buffer) {
    for cell in &mut buf.content {
        let mut chars = cell.symbol().chars();
        if let (Some(sign), None) = (chars.next(), chars.next())
            && !sign.is_ascii()
            && let Some(form) = form(sign)
        {
            cell.set_char(form);
        }
    }
}

/// A sign's ASCII form, one column as the sign is; `None` for what is no sign of the program's.
#[expect(clippy::match_same_arms, reason = "single signs first, then what their ranges are otherwise")]
fn form(sign: char) -> Option<char> {
    Some(match sign {
        '─' | '━' | '═' | '╌' | '–' | '—' | '−' => '-',
        '│' | '┃' | '║' | '▌' | '▐' | '▏' | '▎' => '|',
        // Corners and crossings of all weights.
        '\u{250c}'..='\u{254b}' | '\u{2552}'..='\u{2570}' => '+',
        '…' => '~',
        '·' => '.',
        '•' => '*',
        '●' | '■' | '★' | '◆' => '*',
        '○' | '◌' | '□' | '☆' => 'o',
        '◐' | '◑' => '%',
        '→' | '›' | '▸' | '▶' | '»' => '>',
        '←' | '‹' | '◂' | '◀' | '«' => '<',
        '↑' | '▲' | '▴' => '^',
        '↓' | '▼' | '▾' => 'v',
        '✓' | '✔' => '+',
        '✗' | '✘' | '×' => 'x',
        '␣' => '_',
        '⏎' | '↵' => '<',
        '█' | '▓' | '▒' | '░' => '#',
        '“' | '”' | '„' => '"',
        '‘' | '’' => '\'',
        '≤' => '<',
        '≥' => '>',
        '≈' => '~',
        '‖' => '=',
        '↻' | '⟳' => '@',
        // What has no sign of its own yet: spinners, arrows, further frames and shapes.
        '\u{2800}'..='\u{28ff}' => '*',
        '\u{2190}'..='\u{21ff}' => '>',
        '\u{2500}'..='\u{257f}' => '+',
        '\u{2580}'..='\u{259f}' => '#',
        '\u{25a0}'..='\u{25ff}' => '*',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;

    use super::*;

    #[test]
    fn frames_and_signs_become_ascii_and_other_scripts_stay() {
        let mut buf = Buffer::with_lines(["╭─┏━┓ 3 … ▸ ● ↑↓ › ✓", "│ 株式会社 Müller ┃▌╰╯"]);
        assert_eq!(buf.area, Rect::new(0, 0, 22, 2));
        plain(&mut buf);
        let expected = Buffer::with_lines(["+-+-+ 3 ~ > * ^v > +", "| 株式会社 Müller ||++"]);
        assert_eq!(buf, expected);
        let mut buf = Buffer::with_lines(["a · b → c ≈ ␣ ★ ⠋ ‖ ↻ ◐ ⇒ ╱ ◇"]);
        plain(&mut buf);
        assert_eq!(buf, Buffer::with_lines(["a . b > c ~ _ * * = @ % > + *"]));
    }
}
