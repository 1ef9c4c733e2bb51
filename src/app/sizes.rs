//! How wide the panes are, as the user set them: one alone, narrower and wider by keys, or by dragging the border
//! between two. What is set is a share of the screen's width, so that it holds on a screen of another size.

use ratatui::layout::Rect;
use serde::{Deserialize, Serialize};

use super::layout::{Class, layout};
use super::{Action, Areas, Avail, Effect, Global, MouseKind, Row, State};
use crate::domain::Key;
use crate::panes::{PaneId, accounts, organizations};

/// By how many columns a key moves a border: few enough to hit what is wanted, enough to get there.
const STEP: u16 = 4;
/// The least columns of the tree: a name of some length still shows below two levels.
const LEAST_TREE: u16 = 16;
/// The least columns of list and detail: a name and its mark, a title and some of its value.
const LEAST: u16 = 24;
/// What shares are parts of. More than there are columns, so that no column is lost in between.
const WHOLE: u32 = 10_000;

/// What keys do with the panes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// The focused pane takes the whole width; again: all panes.
    Zoom,
    /// The focused pane gets narrower.
    Narrower,
    /// The focused pane gets wider.
    Wider,
    /// All widths are as at first.
    Even,
}

/// The keys, everywhere outside modals.
pub const ZOOM: Row =
    Row::new(&[Key::char('z')], Action::Global(Global::Panes(Act::Zoom)), "the focused pane alone / all panes")
        .when(can_zoom);
/// See [`ZOOM`].
pub const NARROWER: Row =
    Row::new(&[Key::char('<')], Action::Global(Global::Panes(Act::Narrower)), "the focused pane narrower")
        .when(can_size);
/// See [`ZOOM`].
pub const WIDER: Row =
    Row::new(&[Key::char('>')], Action::Global(Global::Panes(Act::Wider)), "the focused pane wider").when(can_size);
/// See [`ZOOM`].
pub const EVEN: Row =
    Row::new(&[Key::char('=')], Action::Global(Global::Panes(Act::Even)), "all panes as wide as at first")
        .when(can_size);

/// The shares of the width that the user gave to the outer panes; the list takes the rest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Shares {
    /// The tree's, in ten-thousandths.
    tree: Option<u16>,
    /// The detail's.
    detail: Option<u16>,
}

/// The user's own widths. On a wide screen others are wanted than on one that has room for two panes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Sizes {
    /// The focused pane has the whole width.
    zoomed: bool,
    wide: Shares,
    medium: Shares,
}

impl Sizes {
    /// Whether the focused pane shall have the whole width.
    #[must_use]
    pub fn is_zoomed(&self) -> bool {
        self.zoomed
    }

    /// All panes are seen again.
    pub(super) fn leave_zoom(&mut self) {
        self.zoomed = false;
    }

    fn shares(&mut self, class: Class) -> Option<&mut Shares> {
        match class {
            Class::Wide => Some(&mut self.wide),
            Class::Medium => Some(&mut self.medium),
            Class::Narrow => None,
        }
    }

    /// The tree's columns of so many, where `other` panes stand beside it: the user's, or these.
    pub(super) fn tree(&self, class: Class, width: u16, others: u16, default: u16) -> u16 {
        let most = width.saturating_sub(LEAST * others).max(LEAST_TREE);
        self.share(class, |shares| shares.tree).map_or(default, |share| columns(share, width).clamp(LEAST_TREE, most))
    }

    /// The detail's columns where `width` is left for it and the list, of a screen this wide: the user's, or these.
    pub(super) fn detail(&self, class: Class, (width, rest): (u16, u16), default: u16) -> u16 {
        let most = rest.saturating_sub(LEAST).max(LEAST);
        self.share(class, |shares| shares.detail).map_or(default, |share| columns(share, width).clamp(LEAST, most))
    }

    fn share(&self, class: Class, of: impl Fn(&Shares) -> Option<u16>) -> Option<u16> {
        match class {
            Class::Wide => of(&self.wide),
            Class::Medium => of(&self.medium),
            Class::Narrow => None,
        }
    }
}

/// A share in columns.
fn columns(share: u16, width: u16) -> u16 {
    let rounded = (u32::from(share) * u32::from(width) + WHOLE / 2) / WHOLE;
    u16::try_from(rounded).unwrap_or(width)
}

/// So many columns as a share.
fn share(columns: u16, width: u16) -> u16 {
    let rounded = (u32::from(columns) * WHOLE + u32::from(width) / 2) / u32::from(width.max(1));
    u16::try_from(rounded).unwrap_or(u16::MAX)
}

/// A border that can be moved: the left edge of this pane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Border {
    /// Between the tree and the list.
    Tree,
    /// Between the list and the detail.
    Detail,
}

fn can_zoom(state: &State) -> Avail {
    match Class::of(state.size) {
        Class::Wide | Class::Medium => Avail::Yes,
        Class::Narrow => Avail::no("on a screen this narrow each pane has the whole width"),
    }
}

fn can_size(state: &State) -> Avail {
    match can_zoom(state) {
        Avail::Yes if state.sizes.zoomed => Avail::no("it has the whole width: z shows all panes"),
        avail @ (Avail::Yes | Avail::No(_) | Avail::Hidden) => avail,
    }
}

/// Does what a key asks.
pub(super) fn act(state: &mut State, act: Act, effects: &mut Vec<Effect>) {
    match act {
        Act::Zoom => state.sizes.zoomed = !state.sizes.zoomed,
        Act::Even => state.sizes = Sizes::default(),
        Act::Narrower | Act::Wider => step(state, act == Act::Wider, effects),
    }
    settle(state);
}

/// The focused pane takes columns from its neighbour, or gives them.
fn step(state: &mut State, wider: bool, effects: &mut Vec<Effect>) {
    let areas = layout(state);
    let border = match (state.focus, areas.detail) {
        (PaneId::Organizations, _) | (PaneId::Accounts, None) => Border::Tree,
        (PaneId::Accounts | PaneId::Detail, _) => Border::Detail,
    };
    // A border moved to the right makes the pane before it wider.
    let to_right = match (border, state.focus) {
        (Border::Tree, PaneId::Organizations) | (Border::Detail, PaneId::Accounts) => wider,
        (Border::Tree, PaneId::Accounts | PaneId::Detail)
        | (Border::Detail, PaneId::Organizations | PaneId::Detail) => !wider,
    };
    let Some(at) = edge(&areas, border) else {
        return state.refuse_key("no pane stands beside it", effects);
    };
    move_border(state, border, if to_right { at.saturating_add(STEP) } else { at.saturating_sub(STEP) });
    if layout(state) == areas {
        let words = if wider { "no wider: the pane beside it needs the rest" } else { "no narrower" };
        state.refuse_key(words, effects);
    }
}

/// The column where the pane behind a border begins.
fn edge(areas: &Areas, border: Border) -> Option<u16> {
    match border {
        Border::Tree => areas.organizations.and(areas.accounts).map(|area| area.x),
        Border::Detail => areas.accounts.and(areas.detail).map(|area| area.x),
    }
}

/// Puts a border before this column; the other one stays where it is.
fn move_border(state: &mut State, border: Border, column: u16) {
    let areas = layout(state);
    let width = state.size.width;
    let (tree, detail) = (areas.organizations.map(|area| area.width), areas.detail.map(|area| area.width));
    let Some(shares) = state.sizes.shares(Class::of(state.size)) else { return };
    // In pairs: on a screen with room for two panes, the other pair keeps its own.
    shares.tree = tree.map(|columns| share(columns, width)).or(shares.tree);
    shares.detail = detail.map(|columns| share(columns, width)).or(shares.detail);
    match border {
        Border::Tree => {
            let most = width.saturating_sub(LEAST + detail.unwrap_or(0)).max(LEAST_TREE);
            shares.tree = Some(share(column.clamp(LEAST_TREE, most), width));
        }
        Border::Detail => {
            let most = width.saturating_sub(LEAST + tree.unwrap_or(0)).max(LEAST);
            shares.detail = Some(share(width.saturating_sub(column).clamp(LEAST, most), width));
        }
    }
}

/// The border at a column and row: the two columns of the panes' frames that touch there.
fn border_at(areas: &Areas, column: u16, row: u16) -> Option<Border> {
    let touches = |border: Border, area: Option<Rect>| {
        let at = edge(areas, border)?;
        let rows = area.is_some_and(|area| (area.top()..area.bottom()).contains(&row));
        (rows && (column == at || column + 1 == at)).then_some(border)
    };
    touches(Border::Tree, areas.organizations).or_else(|| touches(Border::Detail, areas.detail))
}

/// Takes what the mouse did, if that is about a border; false if it is not.
pub(super) fn pointed(state: &mut State, kind: MouseKind, column: u16, row: u16) -> bool {
    match kind {
        MouseKind::Click => {
            let areas = layout(state);
            state.dragged = if state.modals.is_empty() { border_at(&areas, column, row) } else { None };
            state.dragged.is_some()
        }
        MouseKind::Drag => {
            if let Some(border) = state.dragged {
                move_border(state, border, column);
                settle(state);
            }
            true
        }
        MouseKind::Release => {
            state.dragged = None;
            true
        }
        MouseKind::WheelUp | MouseKind::WheelDown => false,
    }
}

/// What a pane shows depends on how wide it is.
fn settle(state: &mut State) {
    organizations::touch_scroll(state);
    accounts::scroll(state);
}
