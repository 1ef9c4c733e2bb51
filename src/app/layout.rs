//! Where things are on the screen: a pure function of the size and the state, used by `update` and `draw` alike.

use ratatui::layout::Rect;

use super::{Size, State};
use crate::panes::PaneId;

/// From this width on, tree, list and detail stand side by side.
const WIDE: u16 = 110;
/// From this width on, two panes stand side by side.
pub(super) const MEDIUM: u16 = 80;
/// Below this there is only a line that says so.
const LEAST: Size = Size { width: 20, height: 6 };

/// So many columns beside a modal are given to it.
const SLIVER: u16 = 8;

/// How many panes have room side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// Tree, list and detail.
    Wide,
    /// Two of them.
    Medium,
    /// One.
    Narrow,
}

impl Class {
    /// On a screen of this size.
    pub(super) fn of(size: Size) -> Self {
        match size.width {
            WIDE.. => Self::Wide,
            MEDIUM.. => Self::Medium,
            _ => Self::Narrow,
        }
    }
}

/// The areas of a frame. A pane that is not shown has none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Areas {
    /// Connection, scope, counts.
    pub top: Rect,
    /// Hints and toasts.
    pub bottom: Rect,
    /// The organizations.
    pub organizations: Option<Rect>,
    /// The accounts.
    pub accounts: Option<Rect>,
    /// The detail.
    pub detail: Option<Rect>,
    /// All of the screen.
    pub whole: Rect,
    /// Too small for anything.
    pub too_small: bool,
}

impl Areas {
    /// The area of a pane, borders included.
    #[must_use]
    pub fn pane(&self, pane: PaneId) -> Option<Rect> {
        match pane {
            PaneId::Organizations => self.organizations,
            PaneId::Accounts => self.accounts,
            PaneId::Detail => self.detail,
        }
    }

    /// The pane at a column and row.
    #[must_use]
    pub fn pane_at(&self, column: u16, row: u16) -> Option<PaneId> {
        PaneId::ALL.into_iter().find(|pane| {
            self.pane(*pane).is_some_and(|area| area.contains(ratatui::layout::Position { x: column, y: row }))
        })
    }
}

/// The areas for a state.
#[must_use]
pub fn layout(state: &State) -> Areas {
    let Size { width, height } = state.size;
    let whole = Rect::new(0, 0, width, height);
    if width < LEAST.width || height < LEAST.height {
        return Areas { whole, too_small: true, ..Areas::default() };
    }
    let top = Rect::new(0, 0, width, 1);
    let bottom = Rect::new(0, height - 1, width, 1);
    // The panes give way to what is said below them.
    let body = Rect::new(0, 1, width, (height - 2).saturating_sub(crate::view::rows_above(state)));
    let mut areas = Areas { top, bottom, whole, ..Areas::default() };
    match Class::of(state.size) {
        Class::Wide if !state.is_zoomed() => wide(state, body, &mut areas),
        Class::Medium if !state.is_zoomed() => medium(state, body, &mut areas),
        Class::Wide | Class::Medium | Class::Narrow => match state.focus {
            PaneId::Organizations => areas.organizations = Some(body),
            PaneId::Accounts => areas.accounts = Some(body),
            PaneId::Detail => areas.detail = Some(body),
        },
    }
    areas
}

fn wide(state: &State, body: Rect, areas: &mut Areas) {
    let own_tree = || state.sizes.tree(Class::Wide, body.width, 2, (body.width / 4).clamp(26, 44));
    let tree = if state.tree_is_shown() { own_tree() } else { 0 };
    let rest = body.width - tree;
    let detail = state.sizes.detail(Class::Wide, (body.width, rest), (rest * 2 / 5).clamp(36, 76));
    if tree > 0 {
        areas.organizations = Some(Rect { width: tree, ..body });
    }
    areas.accounts = Some(Rect { x: tree, width: rest - detail, ..body });
    areas.detail = Some(Rect { x: body.width - detail, width: detail, ..body });
}

fn medium(state: &State, body: Rect, areas: &mut Areas) {
    let tree = state.focus == PaneId::Organizations || (state.tree_is_shown() && state.focus != PaneId::Detail);
    if tree {
        let width = state.sizes.tree(Class::Medium, body.width, 1, body.width * 2 / 5);
        areas.organizations = Some(Rect { width, ..body });
        areas.accounts = Some(Rect { x: width, width: body.width - width, ..body });
    } else {
        let detail = body.width - body.width * 11 / 20;
        let width = body.width - state.sizes.detail(Class::Medium, (body.width, body.width), detail);
        areas.accounts = Some(Rect { width, ..body });
        areas.detail = Some(Rect { x: width, width: body.width - width, ..body });
    }
}

/// The inside of a bordered area.
#[must_use]
pub fn inside(area: Rect) -> Rect {
    Rect::new(area.x + 1, area.y + 1, area.width.saturating_sub(2), area.height.saturating_sub(2))
}

/// An area for a modal that takes all it can get. Two rows stay free for messages.
#[must_use]
pub fn spread(whole: Rect) -> Rect {
    centred(whole, whole.width, whole.height.saturating_sub(2).max(4))
}

/// The columns that a modal gets of so many: what a few columns beside it would show of the panes can't be read.
#[must_use]
pub fn as_wide(whole: u16, width: u16) -> u16 {
    if width + SLIVER >= whole { whole } else { width }
}

/// An area of about this size in the middle of the screen, for a modal.
#[must_use]
pub fn centred(whole: Rect, width: u16, height: u16) -> Rect {
    let width = as_wide(whole.width, width);
    let height = height.min(whole.height);
    // A high one must not lie over what stands above the room.
    let y = ((whole.height - height) / 2).max(whole.y);
    Rect::new((whole.width - width) / 2, y, width, height)
}
