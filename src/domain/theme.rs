//! What a piece of the screen means. Colours belong to `view`; panes speak of roles only.

use super::{Colour, Protection};

/// A theme role. Meaning is never carried by colour alone: each role also differs by bold, reverse, underline or words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Ordinary text.
    Text,
    /// Less important or old.
    Dim,
    /// Titles and headings.
    Title,
    /// The frame of a pane.
    Frame,
    /// The frame of the pane that has the focus.
    FrameFocused,
    /// The row under the cursor in the focused pane.
    Selected,
    /// The row under the cursor in a pane without the focus.
    SelectedDim,
    /// Characters that the filter matched.
    Match,
    /// A marked row.
    Marked,
    /// A key in a hint.
    Key,
    /// Something went well.
    Good,
    /// Something wants care.
    Warn,
    /// Something failed or was refused.
    Bad,
    /// A value that was taken away by a change.
    Removed,
    /// A value that was added by a change.
    Added,
    /// The field that has the focus.
    Input,
    /// How carefully a connection's writes are asked about, as a band beside its name.
    Level(Protection),
    /// A connection's own colour, as a band.
    Tint(Colour),
}

impl Role {
    /// The roles that a theme has a look for, by their words in a theme file. A tint is no such thing: it is its colour.
    pub const THEMED: [(&'static str, Self); 20] = [
        ("text", Self::Text),
        ("dim", Self::Dim),
        ("title", Self::Title),
        ("frame", Self::Frame),
        ("frame_focused", Self::FrameFocused),
        ("selected", Self::Selected),
        ("selected_dim", Self::SelectedDim),
        ("match", Self::Match),
        ("marked", Self::Marked),
        ("key", Self::Key),
        ("good", Self::Good),
        ("warn", Self::Warn),
        ("bad", Self::Bad),
        ("removed", Self::Removed),
        ("added", Self::Added),
        ("input", Self::Input),
        ("open", Self::Level(Protection::Open)),
        ("confirm", Self::Level(Protection::Confirm)),
        ("typed", Self::Level(Protection::Typed)),
        ("read_only", Self::Level(Protection::ReadOnly)),
    ];
}

/// Which theme the user wants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ThemeChoice {
    /// The dark or the light one, as the terminal's background is.
    #[default]
    Auto,
    /// For dark backgrounds.
    Dark,
    /// For light backgrounds.
    Light,
    /// High contrast, on both.
    Contrast,
}

impl ThemeChoice {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Auto, Self::Dark, Self::Light, Self::Contrast];

    /// The word in config files.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Dark => "dark",
            Self::Light => "light",
            Self::Contrast => "contrast",
        }
    }

    /// The one of a word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|choice| choice.word() == word)
    }
}

/// What a theme file says of a role; what it leaves out is as its base has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RoleLook {
    /// The text's colour.
    pub fg: Option<Colour>,
    /// What is behind it.
    pub bg: Option<Colour>,
    /// Bold.
    pub bold: Option<bool>,
    /// Faint.
    pub dim: Option<bool>,
    /// Italic.
    pub italic: Option<bool>,
    /// Underlined.
    pub underline: Option<bool>,
    /// Text and background exchanged.
    pub reverse: Option<bool>,
}

/// The user's own theme.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnTheme {
    /// What it changes; `None`: whichever theme is chosen.
    pub base: Option<ThemeChoice>,
    /// How roles look.
    pub roles: Vec<(Role, RoleLook)>,
}
