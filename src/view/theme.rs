//! What a role looks like: in one of the program's themes, or in the user's own. Without colour, bold, reverse and
//! underline are left. Until the terminal's background is known its own 16 colours are used, which its owner chose.

use ratatui::style::{Color, Modifier, Style};

use super::palette;
use crate::domain::{
    Background, Colour, Depth, OwnTheme, Protection, Role, RoleLook, ThemeChoice, contrast, indexed, nearest_indexed,
};

/// How many roles a theme has a look for.
pub(super) const ROLES: usize = Role::THEMED.len();

/// A style for each, in the order of [`Role::THEMED`].
pub(super) type Styles = [Style; ROLES];

/// How roles look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Theme {
    styles: &'static Styles,
    /// What a tint is made of; `None` where there is no colour.
    depth: Option<Depth>,
}

impl Default for Theme {
    fn default() -> Self {
        Self::TERMINAL
    }
}

impl Theme {
    /// The terminal's own colours: for a background that nobody knows.
    pub const TERMINAL: Self = Self { styles: &const { palette::TERMINAL.styles() }, depth: Some(Depth::Sixteen) };

    /// No colour: bold, reverse and underline are left.
    pub const PLAIN: Self = Self { styles: &const { palette::PLAIN.styles() }, depth: None };

    /// The theme for a background and a number of colours.
    #[must_use]
    pub fn of(choice: ThemeChoice, background: Background, depth: Depth) -> Self {
        let seen = match choice {
            ThemeChoice::Dark => Background::Dark,
            ThemeChoice::Light => Background::Light,
            ThemeChoice::Auto | ThemeChoice::Contrast => background,
        };
        let styles = if choice == ThemeChoice::Contrast { contrasting(seen, depth) } else { usual(seen, depth) };
        Self { styles, depth: Some(depth) }
    }

    /// The same with what the user's own theme says. Made once, at the start: it is kept until the program ends.
    #[must_use]
    fn with(self, own: &OwnTheme, depth: Depth) -> Self {
        let mut styles = *self.styles;
        for (role, look) in &own.roles {
            if let Ok(at) = place(*role) {
                styles[at] = with_look(styles[at], look, depth);
            }
        }
        Self { styles: Box::leak(Box::new(styles)), ..self }
    }

    /// A role's style.
    #[must_use]
    pub fn style(self, role: Role) -> Style {
        match place(role) {
            Ok(at) => self.styles[at],
            Err(colour) => self.tint(colour),
        }
    }

    /// Whether a role has a background of its own.
    #[must_use]
    pub fn is_band(self, role: Role) -> bool {
        let style = self.style(role);
        style.bg.is_some() || style.add_modifier.contains(Modifier::REVERSED)
    }

    /// A band of a colour, with the text that reads best on it.
    fn tint(self, colour: Colour) -> Style {
        let Some(depth) = self.depth else {
            return Style::new().add_modifier(Modifier::REVERSED);
        };
        // As it is seen, which is not quite what was wanted where there are few colours.
        let rgb = match (colour, depth) {
            (Colour::Named(_), _) | (_, Depth::True) => colour.rgb(),
            (Colour::Rgb(..), Depth::Indexed) => indexed(nearest_indexed(colour.rgb(), 16..=255)),
            (Colour::Rgb(..), Depth::Sixteen) => indexed(nearest_indexed(colour.rgb(), 0..=15)),
        };
        let is_light = contrast(rgb, [0; 3]) >= contrast(rgb, [255; 3]);
        let text = match (is_light, depth) {
            (true, Depth::Sixteen) => Color::Black,
            (false, Depth::Sixteen) => Color::White,
            (true, Depth::Indexed | Depth::True) => Color::Indexed(16),
            (false, Depth::Indexed | Depth::True) => Color::Indexed(231),
        };
        Style::new().fg(text).bg(colour_of(colour, depth)).add_modifier(Modifier::BOLD)
    }

    /// The cell under a text cursor.
    #[must_use]
    pub fn caret(self, role: Role) -> Style {
        self.style(role).add_modifier(Modifier::REVERSED)
    }
}

fn usual(background: Background, depth: Depth) -> &'static Styles {
    match (background, depth) {
        (Background::Unknown, Depth::Sixteen | Depth::Indexed | Depth::True) => Theme::TERMINAL.styles,
        (Background::Dark, Depth::Sixteen) => &const { palette::DARK_16.styles() },
        (Background::Dark, Depth::Indexed) => &const { palette::DARK_256.styles() },
        (Background::Dark, Depth::True) => &const { palette::DARK.styles() },
        (Background::Light, Depth::Sixteen) => &const { palette::LIGHT_16.styles() },
        (Background::Light, Depth::Indexed) => &const { palette::LIGHT_256.styles() },
        (Background::Light, Depth::True) => &const { palette::LIGHT.styles() },
    }
}

fn contrasting(background: Background, depth: Depth) -> &'static Styles {
    match (background, depth) {
        (Background::Unknown, Depth::Indexed | Depth::True) | (_, Depth::Sixteen) => {
            &const { palette::CONTRAST_16.styles() }
        }
        (Background::Dark, Depth::Indexed) => &const { palette::CONTRAST_DARK_256.styles() },
        (Background::Dark, Depth::True) => &const { palette::CONTRAST_DARK.styles() },
        (Background::Light, Depth::Indexed) => &const { palette::CONTRAST_LIGHT_256.styles() },
        (Background::Light, Depth::True) => &const { palette::CONTRAST_LIGHT.styles() },
    }
}

/// A role's place among the styles; a tint has none, but its colour.
fn place(role: Role) -> Result<usize, Colour> {
    Ok(match role {
        Role::Text => 0,
        Role::Dim => 1,
        Role::Title => 2,
        Role::Frame => 3,
        Role::FrameFocused => 4,
        Role::Selected => 5,
        Role::SelectedDim => 6,
        Role::Match => 7,
        Role::Marked => 8,
        Role::Key => 9,
        Role::Good => 10,
        Role::Warn => 11,
        Role::Bad => 12,
        Role::Removed => 13,
        Role::Added => 14,
        Role::Input => 15,
        Role::Level(Protection::Open) => 16,
        Role::Level(Protection::Confirm) => 17,
        Role::Level(Protection::Typed) => 18,
        Role::Level(Protection::ReadOnly) => 19,
        Role::Tint(colour) => return Err(colour),
    })
}

/// A colour as a terminal of this depth is told it.
fn colour_of(colour: Colour, depth: Depth) -> Color {
    match (colour, depth) {
        (Colour::Named(number), _) => named(number),
        (Colour::Rgb(red, green, blue), Depth::True) => Color::Rgb(red, green, blue),
        (Colour::Rgb(..), Depth::Indexed) => Color::Indexed(nearest_indexed(colour.rgb(), 16..=255)),
        (Colour::Rgb(..), Depth::Sixteen) => named(nearest_indexed(colour.rgb(), 0..=15)),
    }
}

/// One of the 16: not by its number, which terminals of 16 colours do not take.
fn named(number: u8) -> Color {
    const NAMES: [Color; 16] = [
        Color::Black,
        Color::Red,
        Color::Green,
        Color::Yellow,
        Color::Blue,
        Color::Magenta,
        Color::Cyan,
        Color::Gray,
        Color::DarkGray,
        Color::LightRed,
        Color::LightGreen,
        Color::LightYellow,
        Color::LightBlue,
        Color::LightMagenta,
        Color::LightCyan,
        Color::White,
    ];
    NAMES.get(usize::from(number)).copied().unwrap_or(Color::Reset)
}

fn with_look(mut style: Style, look: &RoleLook, depth: Depth) -> Style {
    style.fg = look.fg.map(|colour| colour_of(colour, depth)).or(style.fg);
    style.bg = look.bg.map(|colour| colour_of(colour, depth)).or(style.bg);
    let flags = [
        (look.bold, Modifier::BOLD),
        (look.dim, Modifier::DIM),
        (look.italic, Modifier::ITALIC),
        (look.underline, Modifier::UNDERLINED),
        (look.reverse, Modifier::REVERSED),
    ];
    for (wanted, modifier) in flags {
        match wanted {
            Some(true) => style.add_modifier.insert(modifier),
            Some(false) => style.add_modifier.remove(modifier),
            None => {}
        }
    }
    style
}

/// A theme for each background: which one it is may be known only after the first frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Themes {
    unknown: Theme,
    dark: Theme,
    light: Theme,
}

impl Default for Themes {
    fn default() -> Self {
        Self::new(ThemeChoice::Auto, Depth::Sixteen, &OwnTheme::default())
    }
}

impl Themes {
    /// What was chosen, with what the user's own theme says.
    #[must_use]
    pub fn new(choice: ThemeChoice, depth: Depth, own: &OwnTheme) -> Self {
        let on = |background| {
            let theme = Theme::of(own.base.unwrap_or(choice), background, depth);
            if own.roles.is_empty() { theme } else { theme.with(own, depth) }
        };
        Self { unknown: on(Background::Unknown), dark: on(Background::Dark), light: on(Background::Light) }
    }

    /// No colour anywhere.
    pub const PLAIN: Self = Self { unknown: Theme::PLAIN, dark: Theme::PLAIN, light: Theme::PLAIN };

    /// The one for a background.
    #[must_use]
    pub fn on(&self, background: Background) -> Theme {
        match background {
            Background::Unknown => self.unknown,
            Background::Dark => self.dark,
            Background::Light => self.light,
        }
    }

    /// Whether it matters what the background is.
    #[must_use]
    pub fn depend(&self) -> bool {
        self.dark != self.light
    }
}

#[cfg(test)]
mod tests;
