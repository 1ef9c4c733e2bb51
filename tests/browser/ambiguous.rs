//! Characters of ambiguous width where the terminal draws them two columns wide: no border shifts, nothing overlaps.

use acctui::app::Setup;
use acctui::domain::{Ambiguous, Protection, Untrusted, width};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::{Buffer, CellDiffOption};

use crate::harness::{Browser, World, setup, snap};

/// Names whose characters meet the edges of cells in every way: ambiguous ones alone, beside wide and narrow ones,
/// combined, and signs that the program itself draws.
const CORPUS: [&str; 14] = [
    "Кофейня Север на набережной",
    "ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩ",
    "a“quoted”b‘single’c…d—e–f·g",
    "株式会社みらいКофейня",
    "°C ±1 ×2 ÷3 §4 ¶5 ®",
    "①②③④⑤⑥⑦⑧⑨⑩⑪⑫",
    "★●◆■□△▽○◎☆",
    "éèêàáíóúüß",
    "Ко\u{301}фе\u{308}йня\u{300}\u{301}",
    "ﾊﾟﾋﾟﾌﾟКофейня",
    "xКxКxКxКxКxКxКxКxКxКxКxКxКxКxКxКxК",
    "👩 🔬 Кофейня 👩",
    "─│┌┐└┘├┤┬┴┼═║",
    "√∞∫≈≠≤≥∂∑∏αβγ",
];

fn world() -> World {
    let mut world = World::default();
    for (account, name) in world.accounts.iter_mut().zip(CORPUS) {
        account.name = Untrusted::new(name);
    }
    for (organization, name) in world.organizations.iter_mut().zip(CORPUS.iter().rev()) {
        organization.name = Untrusted::new(name);
    }
    world
}

fn wide() -> Setup {
    let mut setup = setup(Protection::Confirm);
    (setup.ambiguous, setup.ascii) = (Ambiguous::Wide, true);
    setup
}

/// A frame as the program draws it.
fn frame(browser: &mut Browser) -> Buffer {
    browser.state.setup.ascii = true;
    let size = browser.state.size;
    let mut terminal = Terminal::new(TestBackend::new(size.width, size.height)).unwrap();
    let state = &browser.state;
    terminal.draw(|frame| acctui::view::draw(state, frame)).unwrap().buffer.clone()
}

/// Goes over a frame as a terminal draws it: each cell that is wider than one column hides just those behind it, which
/// are empty, and Ratatui knows how wide it is.
fn is_sound(buf: &Buffer) {
    for y in 0..buf.area.height {
        let mut x = 0;
        while x < buf.area.width {
            let cell = &buf[(x, y)];
            let columns = u16::try_from(width(cell.symbol()).max(1)).unwrap();
            assert!(x + columns <= buf.area.width, "{:?} at {x},{y} is cut by the screen's edge", cell.symbol());
            if columns > 1 && !is_wide_anywhere(cell.symbol()) {
                let forced = matches!(cell.diff_option, CellDiffOption::ForcedWidth(told) if told.get() == columns);
                assert!(forced, "{:?} at {x},{y}: {:?}", cell.symbol(), cell.diff_option);
            }
            for hidden in x + 1..x + columns {
                assert!(matches!(buf[(hidden, y)].symbol(), " " | ""), "{:?} lies over its neighbour", cell.symbol());
            }
            x += columns;
        }
    }
}

/// Whether a symbol is two columns wide on other terminals, too.
fn is_wide_anywhere(symbol: &str) -> bool {
    acctui::domain::ambiguous(Ambiguous::Narrow);
    let is_wide = width(symbol) > 1;
    acctui::domain::ambiguous(Ambiguous::Wide);
    is_wide
}

/// The pane's right borders stand where they stand with names of ASCII.
fn borders(buf: &Buffer) -> Vec<Vec<u16>> {
    let is_border = |x: &u16, y: u16| buf[(*x, y)].symbol() == "|";
    (2..buf.area.height - 2).map(|y| (0..buf.area.width).filter(|x| is_border(x, y)).collect()).collect()
}

#[test]
fn no_border_shifts_and_nothing_overlaps_at_any_size() {
    for height in [6, 20, 30, 40] {
        for columns in [20, 21, 33, 59, 60, 79, 80, 81, 99, 100, 109, 110, 111, 139, 140, 141, 200] {
            let mut browser = Browser::with(wide(), world(), columns, height);
            for keys in ["", "/К", "<esc>G", "<enter>", "lll", "<esc><tab>", ":Ко", "<esc><esc>VКофейня", "<esc>"]
            {
                browser.keys(keys);
                is_sound(&frame(&mut browser));
            }
        }
    }
}

#[test]
fn borders_stand_where_they_stand_beside_plain_names() {
    for (columns, rows) in [(140, 40), (100, 30), (60, 20)] {
        let mut plain = World::default();
        for (nth, account) in plain.accounts.iter_mut().enumerate() {
            account.name = Untrusted::new(format!("plain {nth}"));
        }
        for (nth, organization) in plain.organizations.iter_mut().enumerate() {
            organization.name = Untrusted::new(format!("plain {nth}"));
        }
        let expected = borders(&frame(&mut Browser::with(wide(), plain, columns, rows)));
        let found = borders(&frame(&mut Browser::with(wide(), world(), columns, rows)));
        // Names may have such a sign of their own.
        for (expected, found) in expected.iter().zip(&found) {
            assert!(expected.iter().all(|x| found.contains(x)), "{expected:?} {found:?}");
        }
    }
}

#[test]
fn what_is_wide_is_cut_where_its_columns_end() {
    for (columns, rows) in [(140, 40), (100, 30), (60, 20)] {
        let mut browser = Browser::with(wide(), world(), columns, rows);
        snap(&format!("ambiguous_{columns}x{rows}"), &mut browser);
    }
}

#[test]
fn without_the_setting_nothing_is_wider_than_before() {
    let mut narrow = Browser::start(100, 30);
    let before = narrow.text();
    let mut wide = Browser::with(wide(), World::default(), 100, 30);
    let _ = wide.text();
    narrow.state.setup.ambiguous = Ambiguous::Narrow;
    assert_eq!(narrow.text(), before, "each frame is measured as its own setup says");
}
