//! The frame, the theme and small widgets. Reads the state, changes nothing.

mod ascii;
mod draw;
mod menu;
mod notes;
mod palette;
mod theme;
mod widgets;

pub use draw::{draw, hints, waiting};
pub(crate) use notes::rows_above;
pub use theme::{Theme, Themes};
pub use widgets::{
    Line, bordered, frame_keys, frame_more, modal_frame, narrowed, put, put_line, scroll_to, way, wrap, wrap_cut,
};
