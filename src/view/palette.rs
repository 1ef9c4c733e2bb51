//! The colours of each theme, as data: in true colour and among xterm's 256. Each text reads on the terminal's background
//! and on that of a selected row; the tests measure it.

use ratatui::style::{Color, Modifier, Style};

use super::theme::{ROLES, Styles};

/// A theme's colours.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hues {
    /// `None` leaves the terminal's own.
    pub(super) text: Option<Color>,
    pub(super) dim: Color,
    pub(super) key: Color,
    pub(super) found: Color,
    pub(super) warn: Color,
    pub(super) good: Color,
    pub(super) bad: Color,
    /// Text and background of the selected row, in the pane with the focus and in the others; `None` exchanges the
    /// terminal's two.
    pub(super) selected: Option<(Color, Color)>,
    pub(super) selected_dim: Option<(Color, Color)>,
}

const fn hex(rgb: u32) -> Color {
    let [_, red, green, blue] = rgb.to_be_bytes();
    Color::Rgb(red, green, blue)
}

const fn index(number: u8) -> Color {
    Color::Indexed(number)
}

pub(super) const DARK: Hues = Hues {
    text: None,
    dim: hex(0x00bc_bcbc),
    key: hex(0x007f_d7e8),
    found: hex(0x00f0_a6ff),
    warn: hex(0x00ff_d75f),
    good: hex(0x008f_e38f),
    bad: hex(0x00ff_afaf),
    selected: Some((hex(0x00ff_ffff), hex(0x002b_4468))),
    selected_dim: Some((hex(0x00ff_ffff), hex(0x0033_3333))),
};

pub(super) const DARK_256: Hues = Hues {
    text: None,
    dim: index(251),
    key: index(116),
    found: index(219),
    warn: index(221),
    good: index(114),
    bad: index(217),
    selected: Some((index(231), index(238))),
    selected_dim: Some((index(231), index(236))),
};

pub(super) const LIGHT: Hues = Hues {
    text: None,
    dim: hex(0x0050_5050),
    key: hex(0x0000_4f87),
    found: hex(0x007d_007d),
    warn: hex(0x006b_4400),
    good: hex(0x0000_551c),
    bad: hex(0x009b_0000),
    selected: Some((hex(0x0000_0000), hex(0x00bc_d7f5))),
    selected_dim: Some((hex(0x0000_0000), hex(0x00dc_dcdc))),
};

pub(super) const LIGHT_256: Hues = Hues {
    text: None,
    dim: index(239),
    key: index(24),
    found: index(90),
    warn: index(58),
    good: index(22),
    bad: index(88),
    selected: Some((index(16), index(189))),
    selected_dim: Some((index(16), index(253))),
};

pub(super) const CONTRAST_DARK: Hues = Hues {
    text: Some(hex(0x00ff_ffff)),
    dim: hex(0x00d0_d0d0),
    key: hex(0x0087_ffff),
    found: hex(0x00ff_afff),
    warn: hex(0x00ff_ff5f),
    good: hex(0x0087_ff87),
    bad: hex(0x00ff_afaf),
    selected: None,
    selected_dim: None,
};

pub(super) const CONTRAST_DARK_256: Hues = Hues {
    text: Some(index(231)),
    dim: index(252),
    key: index(123),
    found: index(219),
    warn: index(227),
    good: index(120),
    bad: index(217),
    selected: None,
    selected_dim: None,
};

pub(super) const CONTRAST_LIGHT: Hues = Hues {
    text: Some(hex(0x0000_0000)),
    dim: hex(0x0030_3030),
    key: hex(0x0000_005f),
    found: hex(0x005f_005f),
    warn: hex(0x004a_2f00),
    good: hex(0x0000_3f00),
    bad: hex(0x006f_0000),
    selected: None,
    selected_dim: None,
};

pub(super) const CONTRAST_LIGHT_256: Hues = Hues {
    text: Some(index(16)),
    dim: index(236),
    key: index(17),
    found: index(53),
    warn: index(52),
    good: index(22),
    bad: index(88),
    selected: None,
    selected_dim: None,
};

/// The bands of the protection levels, open to read-only: they have a background of their own, so they are the same on
/// every background.
const BANDS: [Style; 4] = [
    band(hex(0x00ff_ffff), hex(0x0087_0000)),
    band(hex(0x0000_0000), hex(0x0087_d7d7)),
    band(hex(0x0000_0000), hex(0x00ff_d75f)),
    band(hex(0x0000_0000), hex(0x0087_d787)),
];

const BANDS_256: [Style; 4] = [
    band(index(231), index(88)),
    band(index(16), index(116)),
    band(index(16), index(221)),
    band(index(16), index(114)),
];

impl Hues {
    /// What roles look like in them.
    pub(super) const fn styles(&self) -> Styles {
        let plain = Style { fg: self.text, ..Style::new() };
        let bold = plain.add_modifier(Modifier::BOLD);
        let (key, warn) = (bold.fg(self.key), bold.fg(self.warn));
        let (good, bad) = (bold.fg(self.good), bold.fg(self.bad));
        let bands = match (self.selected, self.dim) {
            // A row under the cursor is reversed there, and what has a background of its own would not be read on it.
            (None, _) => [
                bad.add_modifier(Modifier::REVERSED),
                key.add_modifier(Modifier::REVERSED),
                warn.add_modifier(Modifier::REVERSED),
                good.add_modifier(Modifier::REVERSED),
            ],
            (Some(_), Color::Indexed(_)) => BANDS_256,
            (Some(_), _) => BANDS,
        };
        [
            plain,
            Style::new().fg(self.dim),
            bold,
            plain,
            key,
            chosen(self.selected, bold.add_modifier(Modifier::REVERSED)),
            chosen(self.selected_dim, bold.add_modifier(Modifier::UNDERLINED)),
            bold.fg(self.found).add_modifier(Modifier::UNDERLINED),
            warn,
            key,
            good,
            warn,
            bad,
            Style::new().fg(self.bad).add_modifier(Modifier::CROSSED_OUT),
            good,
            plain.add_modifier(Modifier::UNDERLINED),
            bands[0],
            bands[1],
            bands[2],
            bands[3],
        ]
    }
}

const fn chosen(colours: Option<(Color, Color)>, without: Style) -> Style {
    match colours {
        Some((fg, bg)) => band(fg, bg),
        None => without,
    }
}

const fn band(fg: Color, bg: Color) -> Style {
    Style::new().fg(fg).bg(bg).add_modifier(Modifier::BOLD)
}

/// The named colours of a theme on the terminal's own 16, whose owner chose what they look like.
#[derive(Clone, Copy, Debug)]
pub(super) struct Names {
    key: Option<Color>,
    found: Option<Color>,
    warn: Option<Color>,
    good: Option<Color>,
    bad: Option<Color>,
    dim: Modifier,
}

/// For a background that nobody knows: readable on light and dark because the terminal's owner chose them.
pub(super) const TERMINAL: Names = Names {
    key: Some(Color::Cyan),
    found: Some(Color::Magenta),
    warn: Some(Color::Yellow),
    good: Some(Color::Green),
    bad: Some(Color::Red),
    dim: Modifier::DIM,
};

/// The darker half reads badly on black where red and magenta are concerned.
pub(super) const DARK_16: Names = Names { bad: Some(Color::LightRed), found: Some(Color::LightMagenta), ..TERMINAL };

/// Three of the 16 read on white everywhere; cyan, green and yellow do nowhere.
pub(super) const LIGHT_16: Names = Names {
    key: Some(Color::Blue),
    found: Some(Color::Magenta),
    warn: Some(Color::Magenta),
    good: Some(Color::Blue),
    bad: Some(Color::Red),
    dim: Modifier::DIM,
};

/// Bold, reverse, underline; nothing faint.
pub(super) const CONTRAST_16: Names =
    Names { key: None, found: None, warn: None, good: None, bad: None, dim: Modifier::empty() };

/// No colour at all.
pub(super) const PLAIN: Names = Names { dim: Modifier::DIM, ..CONTRAST_16 };

impl Names {
    /// What roles look like in them.
    pub(super) const fn styles(&self) -> Styles {
        let plain = Style::new();
        let bold = plain.add_modifier(Modifier::BOLD);
        let key = Style { fg: self.key, ..bold };
        let warn = Style { fg: self.warn, ..bold };
        let good = Style { fg: self.good, ..bold };
        let bad = Style { fg: self.bad, ..bold };
        let styles: [Style; ROLES] = [
            plain,
            plain.add_modifier(self.dim),
            bold,
            plain,
            key,
            // What is faint in a row that is reversed can't be read.
            plain.add_modifier(Modifier::REVERSED).remove_modifier(Modifier::DIM),
            bold.remove_modifier(Modifier::DIM),
            Style { fg: self.found, ..bold }.add_modifier(Modifier::UNDERLINED),
            warn,
            key,
            good,
            warn,
            bad,
            Style { fg: self.bad, ..plain }.add_modifier(Modifier::CROSSED_OUT),
            good,
            plain.add_modifier(Modifier::UNDERLINED),
            bad,
            key,
            warn,
            good,
        ];
        styles
    }
}
