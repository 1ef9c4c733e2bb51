//! Frames and signs in ASCII, for terminals without box drawing: the drawn frame is gone over cell by cell, so that no
//! pane needs to know. Text in other scripts stays.

use ratatui::buffer::{Buffer, CellDiffOption};

use crate::domain::ascii_form;

/// Puts the ASCII form in the place of each sign that has one.
pub(super) fn plain(buf: &mut Buffer) {
    for cell in &mut buf.content {
        let mut chars = cell.symbol().chars();
        if let (Some(sign), None) = (chars.next(), chars.next())
            && !sign.is_ascii()
            && let Some(form) = ascii_form(sign)
        {
            cell.set_char(form).set_diff_option(CellDiffOption::None);
        }
    }
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
        let expected = Buffer::with_lines(["+-+=+ 3 ~ > * ^v / +", "| 株式会社 Müller |>++"]);
        assert_eq!(buf, expected);
        let mut buf = Buffer::with_lines(["a · b → c ≈ ␣ ★ ⠋ ‖ ↻ ◐ ⇒ ╱ ◇"]);
        plain(&mut buf);
        assert_eq!(buf, Buffer::with_lines(["a . b > c = _ ^ * = @ % > + *"]));
    }
}
