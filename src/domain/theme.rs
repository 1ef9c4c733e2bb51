//! What a piece of the screen means. Colours belong to `view`; panes speak of roles only.

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
}
