//! Panes: one alone, narrower and wider by keys and by the mouse, and as they were after a restart.

use acctui::app::{Areas, Effect, Fact, Keep, Kept, MouseKind, Setup, Size, layout};
use acctui::domain::Protection;
use acctui::panes::PaneId;

use crate::harness::{Browser, World, setup};

fn started(width: u16, height: u16) -> Browser {
    let mut browser = Browser::with(setup(Protection::Confirm), World::default(), width, height);
    browser.send(Fact::Own(Box::default()));
    // The line of the first run is put away: the panes have all rows.
    browser.keys("<esc>");
    browser
}

fn areas(browser: &Browser) -> Areas {
    layout(&browser.state)
}

fn width(browser: &Browser, pane: PaneId) -> u16 {
    areas(browser).pane(pane).map_or(0, |area| area.width)
}

/// The panes on screen cover its width, without a gap.
fn covered(browser: &Browser) {
    let areas = areas(browser);
    let mut at = 0;
    for area in PaneId::ALL.into_iter().filter_map(|pane| areas.pane(pane)) {
        assert_eq!(area.x, at, "{areas:?}");
        at = area.right();
    }
    assert_eq!(at, browser.state.size.width, "{areas:?}");
}

fn session(browser: &Browser) -> String {
    let kept = browser.effects.iter().rev().find_map(|effect| match effect {
        Effect::Keep(Keep::Session { text, .. }) => Some(text.clone()),
        _ => None,
    });
    kept.unwrap()
}

fn mouse(browser: &mut Browser, kind: MouseKind, column: u16) {
    browser.send(Fact::Mouse(kind, column, 5));
}

fn drag(browser: &mut Browser, from: u16, to: u16) {
    mouse(browser, MouseKind::Click, from);
    mouse(browser, MouseKind::Drag, to);
    mouse(browser, MouseKind::Release, to);
}

#[test]
fn z_gives_the_focused_pane_the_whole_width_and_all_panes_back() {
    for (columns, rows) in [(140, 40), (100, 30)] {
        let mut browser = started(columns, rows);
        let before = areas(&browser);
        browser.keys("z");
        assert_eq!(width(&browser, PaneId::Accounts), columns);
        covered(&browser);
        assert!(browser.text().contains("z all panes"), "{}", browser.text());
        browser.keys("<enter>");
        assert_eq!(width(&browser, PaneId::Detail), columns, "it is the focused pane that is alone");
        browser.keys("<esc>z");
        assert_eq!(areas(&browser), before);
    }
    let mut browser = started(60, 20);
    browser.keys("z");
    assert!(browser.text().contains("each pane has the whole width"), "{}", browser.text());
}

#[test]
fn the_tree_comes_back_beside_the_list_that_was_alone() {
    let mut browser = started(140, 40);
    browser.keys("zt");
    assert!(!browser.state.is_zoomed());
    assert!(width(&browser, PaneId::Organizations) > 0);
    covered(&browser);
}

#[test]
fn angle_brackets_take_columns_from_the_neighbour() {
    let mut browser = started(140, 40);
    let (tree, list, detail) =
        (width(&browser, PaneId::Organizations), width(&browser, PaneId::Accounts), width(&browser, PaneId::Detail));
    browser.keys(">");
    assert_eq!(width(&browser, PaneId::Accounts), list + 4);
    assert_eq!(width(&browser, PaneId::Detail), detail - 4);
    assert_eq!(width(&browser, PaneId::Organizations), tree);
    browser.keys("<backtab>>>");
    assert_eq!(width(&browser, PaneId::Organizations), tree + 8);
    assert_eq!(width(&browser, PaneId::Detail), detail - 4, "the other border stays where it is");
    for _ in 0..40 {
        browser.keys(">");
        covered(&browser);
    }
    assert_eq!(width(&browser, PaneId::Accounts), 24, "the list keeps what it needs");
    assert!(browser.text().contains("no wider"), "{}", browser.text());
    browser.keys("=");
    assert_eq!(width(&browser, PaneId::Accounts), list);
    assert_eq!(width(&browser, PaneId::Detail), detail);
}

#[test]
fn the_mouse_drags_the_border_between_panes_and_the_focus_stays() {
    for (columns, rows) in [(140, 40), (100, 30)] {
        let mut browser = started(columns, rows);
        let edge = areas(&browser).detail.unwrap().x;
        for side in [edge, edge - 1] {
            drag(&mut browser, side, edge - 10);
            assert_eq!(areas(&browser).detail.map(|area| area.x), Some(edge - 10));
            assert_eq!(browser.state.focus, PaneId::Accounts);
            covered(&browser);
            drag(&mut browser, edge - 10, edge);
        }
        mouse(&mut browser, MouseKind::Drag, 40);
        assert_eq!(areas(&browser).detail.map(|area| area.x), Some(edge), "nothing is held");
        drag(&mut browser, edge, 0);
        assert_eq!(width(&browser, PaneId::Accounts), 24);
        covered(&browser);
    }
}

#[test]
fn widths_and_the_zoom_come_back_and_fit_a_screen_of_another_size() {
    let mut browser = started(140, 40);
    browser.keys("<<<");
    let wanted = width(&browser, PaneId::Detail);
    browser.keys("z");
    browser.pass(5_000);
    let text = session(&browser);
    let kept = || Kept { session: Some(text.clone()), ..Kept::default() };
    let mut again = Browser::with(setup(Protection::Confirm), World::default(), 140, 40);
    again.send(Fact::Own(Box::new(kept())));
    assert!(again.state.is_zoomed());
    again.keys("z");
    assert_eq!(width(&again, PaneId::Detail), wanted);
    for columns in (20..=500).step_by(7) {
        again.send(Fact::Resized(Size { width: columns, height: 20 }));
        covered(&again);
    }
    let fresh = Setup { fresh: true, ..setup(Protection::Confirm) };
    let mut fresh = Browser::with(fresh, World::default(), 140, 40);
    let before = areas(&fresh);
    fresh.send(Fact::Own(Box::new(kept())));
    fresh.keys("<esc>");
    assert_eq!(areas(&fresh), before, "--fresh brings nothing back");
}
