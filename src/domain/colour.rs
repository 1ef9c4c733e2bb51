//! Colours as data: what config files name, what terminals answer, and how well one reads on another.

/// A colour as the user writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Colour {
    /// One of the terminal's own 16, by its number.
    Named(u8),
    /// Red, green, blue.
    Rgb(u8, u8, u8),
}

/// The words of the terminal's own 16 colours, in the order of their numbers.
pub const COLOUR_WORDS: [&str; 16] = [
    "black",
    "red",
    "green",
    "yellow",
    "blue",
    "magenta",
    "cyan",
    "grey",
    "dark-grey",
    "bright-red",
    "bright-green",
    "bright-yellow",
    "bright-blue",
    "bright-magenta",
    "bright-cyan",
    "white",
];

/// What xterm paints the 16 as; every terminal has its own.
const XTERM: [[u8; 3]; 16] = [
    [0, 0, 0],
    [205, 0, 0],
    [0, 205, 0],
    [205, 205, 0],
    [0, 0, 238],
    [205, 0, 205],
    [0, 205, 205],
    [229, 229, 229],
    [127, 127, 127],
    [255, 0, 0],
    [0, 255, 0],
    [255, 255, 0],
    [92, 92, 255],
    [255, 0, 255],
    [0, 255, 255],
    [255, 255, 255],
];

/// The steps of each part in the cube of 6 x 6 x 6 that follows the 16.
const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];

impl Colour {
    /// Reads `red` or `#rrggbb`; `None` if it is neither.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        if let Some(digits) = text.strip_prefix('#') {
            let part = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
            let is_hex = digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
            return is_hex.then(|| Some(Self::Rgb(part(0)?, part(2)?, part(4)?))).flatten();
        }
        let number = COLOUR_WORDS.iter().position(|word| *word == text)?;
        u8::try_from(number).ok().map(Self::Named)
    }

    /// Red, green, blue; of a named one as xterm paints it.
    #[must_use]
    pub fn rgb(self) -> [u8; 3] {
        match self {
            Self::Named(number) => indexed(number),
            Self::Rgb(red, green, blue) => [red, green, blue],
        }
    }
}

/// Red, green, blue of one of xterm's 256 colours.
#[must_use]
pub fn indexed(number: u8) -> [u8; 3] {
    match number {
        0..=15 => XTERM[usize::from(number)],
        16..=231 => {
            let at = usize::from(number - 16);
            [STEPS[at / 36], STEPS[at / 6 % 6], STEPS[at % 6]]
        }
        232..=255 => [8 + 10 * (number - 232); 3],
    }
}

/// The nearest of some of xterm's colours.
#[must_use]
pub fn nearest_indexed(rgb: [u8; 3], among: std::ops::RangeInclusive<u8>) -> u8 {
    let distance = |number: &u8| -> u32 {
        let parts = rgb.into_iter().zip(indexed(*number));
        parts.map(|(one, other)| u32::from(one.abs_diff(other)).pow(2)).sum()
    };
    among.min_by_key(distance).unwrap_or_default()
}

/// The relative luminance, 0 to 1 (WCAG 2.2).
#[must_use]
pub fn luminance(rgb: [u8; 3]) -> f64 {
    let linear = |part: u8| {
        let part = f64::from(part) / 255.0;
        if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    };
    let [red, green, blue] = rgb.map(linear);
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/// The contrast of two colours, 1 to 21 (WCAG 2.2): text wants 4.5 at least.
#[must_use]
pub fn contrast(one: [u8; 3], other: [u8; 3]) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// How many colours a terminal can show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Depth {
    /// The 16 that its owner chose.
    #[default]
    Sixteen,
    /// xterm's 256.
    Indexed,
    /// Every one.
    True,
}

/// What the program is seen on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Background {
    /// Nobody said, or neither of both: only what reads on every background will do.
    #[default]
    Unknown,
    /// Light text reads on it.
    Dark,
    /// Dark text reads on it.
    Light,
}

/// The lightest background that the dark theme is made for: between Nord's and a middle grey.
const DARKEST: f64 = 0.05;
/// The darkest one that the light theme is made for: a little below the darker one of Solarized's.
const LIGHTEST: f64 = 0.75;

impl Background {
    /// Of the colour that a terminal says its background is.
    #[must_use]
    pub fn of(rgb: [u8; 3]) -> Self {
        let luminance = luminance(rgb);
        if luminance <= DARKEST {
            Self::Dark
        } else if luminance >= LIGHTEST {
            Self::Light
        } else {
            Self::Unknown
        }
    }

    /// Of `COLORFGBG` (rxvt, Konsole): the numbers of text and background, `15;0` or `15;default;0`.
    #[must_use]
    pub fn hinted(text: &str) -> Self {
        match text.rsplit(';').next().and_then(|last| last.parse().ok()) {
            Some(0..=6 | 8) => Self::Dark,
            Some(7 | 15) => Self::Light,
            Some(9..=14 | 16u8..) | None => Self::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_words_or_six_digits() {
        assert_eq!(Colour::read("red"), Some(Colour::Named(1)));
        assert_eq!(Colour::read("bright-blue"), Some(Colour::Named(12)));
        assert_eq!(Colour::read("#1e90FF"), Some(Colour::Rgb(0x1e, 0x90, 0xff)));
        for wrong in ["", "#", "#fff", "#12345g", "#+12345", "#12345é", "Red", "rouge", "1"] {
            assert_eq!(Colour::read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn contrast_is_that_of_the_guidelines() {
        assert!((contrast([0; 3], [255; 3]) - 21.0).abs() < 0.01);
        // Grey #767676 on white is the example of a text that just passes.
        assert!((contrast([0x76; 3], [255; 3]) - 4.54).abs() < 0.01);
        assert!((contrast([9, 9, 9], [9, 9, 9]) - 1.0).abs() < 0.001);
    }

    #[test]
    fn the_256_are_xterms() {
        assert_eq!((indexed(16), indexed(231), indexed(67)), ([0; 3], [255; 3], [95, 135, 175]));
        assert_eq!((indexed(232), indexed(255)), ([8; 3], [238; 3]));
        for number in 16..=255 {
            assert_eq!(indexed(nearest_indexed(indexed(number), 16..=255)), indexed(number));
        }
        assert_eq!(nearest_indexed([250, 5, 5], 0..=15), 9);
    }

    #[test]
    fn backgrounds_are_dark_or_light_or_neither() {
        for dark in [[0, 0, 0], [0x1e; 3], [0x2e, 0x34, 0x40], [0x28, 0x2a, 0x36], [0, 0x2b, 0x36]] {
            assert_eq!(Background::of(dark), Background::Dark, "{dark:?}");
        }
        for light in [[255; 3], [0xf5; 3], [0xfd, 0xf6, 0xe3], [0xee, 0xe8, 0xd5]] {
            assert_eq!(Background::of(light), Background::Light, "{light:?}");
        }
        assert_eq!(Background::of([0x80; 3]), Background::Unknown);
        for (text, background) in [
            ("15;0", Background::Dark),
            ("0;15", Background::Light),
            ("12;default;8", Background::Dark),
            ("0;default", Background::Unknown),
            ("", Background::Unknown),
        ] {
            assert_eq!(Background::hinted(text), background, "{text}");
        }
    }
}
