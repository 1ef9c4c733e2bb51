//! The frame, the theme and small widgets. Reads the state, changes nothing.

mod draw;
mod menu;
mod theme;
mod widgets;

pub use draw::{draw, hints, waiting};
pub use theme::Theme;
pub use widgets::{Line, bordered, modal_frame, put, put_line, scroll_to, wrap};
