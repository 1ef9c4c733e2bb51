//! The program's own signs, and what stands for them where a terminal has ASCII alone.

/// A sign's ASCII form, one column as the sign is; `None` for what is no sign of the program's.
#[must_use]
#[expect(clippy::match_same_arms, reason = "single signs first, then what their ranges are otherwise")]
pub fn ascii_form(sign: char) -> Option<char> {
    Some(match sign {
        // The frame with the focus is told without colours, too.
        '━' | '═' => '=',
        '─' | '╌' | '–' | '—' | '−' => '-',
        '│' | '┃' | '║' | '▐' | '▏' | '▎' => '|',
        // The cursor stands beside a frame.
        '▌' => '>',
        // Corners and crossings of all weights.
        '\u{250c}'..='\u{254b}' | '\u{2552}'..='\u{2570}' => '+',
        '…' => '~',
        '·' => '.',
        '•' => '*',
        // A field that was changed: `*` stands beside one that must be filled in.
        '◉' => '+',
        // Pinned on top, and marked, too: `*` alone is marked.
        '★' => '^',
        '◆' => '&',
        '●' | '■' => '*',
        '○' | '◌' | '□' | '☆' => 'o',
        '◐' | '◑' => '%',
        '→' | '▸' | '▶' | '»' => '>',
        // Between the steps of a way, as in a path: a move's arrow is none of them.
        '›' => '/',
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
        // Not as what is cut.
        '≈' => '=',
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
