//! Trees far larger than any provider gives: what is done with each key does not grow with them, and nothing recurses.

use std::sync::Arc;

use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::Node;
use crate::app::{ConnectionSetup, Event, Fact, Setup, Size, Stamp, State, update};
use crate::domain::{
    ConnectionName, Key, KeyCode, Moment, Organization, OrganizationId, OrganizationKey, ParentRef, Protection,
    ProviderId, Untrusted,
};
use crate::inventory::Inventory;
use crate::panes::PaneId;
use crate::provider::{Cursor, OrganizationScope, Page, Query, Reply, registry};

const CONNECTION: &str = "large";

fn organization(nth: usize, parent: Option<usize>) -> Organization {
    let id = |nth: usize| OrganizationId::new(format!("{nth:032x}"));
    Organization {
        key: OrganizationKey { connection: ConnectionName::new(CONNECTION), id: id(nth) },
        provider: ProviderId::new("cloudflare"),
        name: Untrusted::new(format!("Unit {nth:06}")),
        kind: Untrusted::new("organization"),
        parent: parent.map(|nth| ParentRef { id: id(nth), name: Untrusted::default() }),
        account: None,
        created_at: None,
        raw: Some(serde_json::json!({}).into()),
    }
}

fn feed(state: &mut State, fact: Fact) {
    let stamp = Stamp { at: Moment(1), frame: 1 };
    // What the list asks for does not matter here.
    update(state, Event { stamp, fact });
}

fn press(state: &mut State, code: KeyCode) {
    feed(state, Fact::Key(Key::plain(code)));
}

fn type_text(state: &mut State, text: &str) {
    text.chars().for_each(|letter| feed(state, Fact::Key(Key::char(letter))));
}

/// The browser with these organizations, the tree in front.
fn browser(organizations: Vec<Organization>) -> State {
    let kind = registry().iter().find(|kind| kind.spec.facts.id == "cloudflare").unwrap();
    let name = ConnectionName::new(CONNECTION);
    let connection = ConnectionSetup {
        name: name.clone(),
        spec: kind.spec,
        protection: Protection::Confirm,
        group: None,
        colour: None,
        credential: "the config file".into(),
        unnamed: false,
        base_url: kind.spec.base_url.into(),
        max_delete: 10,
        refresh_after: None,
        columns: kind.spec.columns,
    };
    let mut state = State::new(Setup { connections: vec![connection], ..Setup::default() });
    feed(&mut state, Fact::Resized(Size { width: 140, height: 40 }));
    let inventory = Inventory::default();
    let query = Query::Organizations(OrganizationScope::Every, Cursor::First);
    let total = u64::try_from(organizations.len()).ok();
    let page = Page { rows: organizations, next: None, total, pages: None, messages: Vec::new(), holds: Vec::new() };
    inventory.absorb(&name, &query, &Reply::Organizations(page), Moment(1));
    feed(&mut state, Fact::Inventory(inventory.snapshot()));
    state.focus = PaneId::Organizations;
    state
}

fn screen(state: &State) -> String {
    let mut terminal = Terminal::new(TestBackend::new(140, 40)).unwrap();
    terminal.draw(|frame| crate::view::draw(state, frame)).unwrap();
    let buffer = terminal.backend().buffer().clone();
    buffer.content().iter().map(ratatui::buffer::Cell::symbol).collect()
}

/// Opens the node under the cursor and goes to the first one below it.
fn go_in(state: &mut State) {
    press(state, KeyCode::Right);
    press(state, KeyCode::Down);
}

#[test]
fn a_node_of_fifty_thousand_children_opens_and_is_walked_through() {
    let children = (1..=50_000).map(|nth| organization(nth, Some(0)));
    let mut state = browser(std::iter::once(organization(0, None)).chain(children).collect());
    assert_eq!(state.organizations.rows().len(), 2);
    press(&mut state, KeyCode::Down);
    go_in(&mut state);
    assert_eq!(state.organizations.rows().len(), 50_002);
    // Were a key or a frame to look at every row, this would not end in any test's time.
    for _ in 0..3_000 {
        press(&mut state, KeyCode::Down);
    }
    assert!(screen(&state).contains("Unit 003001"));
    press(&mut state, KeyCode::End);
    assert!(screen(&state).contains("Unit 050000"));
    press(&mut state, KeyCode::Left);
    assert!(screen(&state).contains("Unit 000000"), "the way up is one step");
    press(&mut state, KeyCode::Left);
    assert_eq!(state.organizations.rows().len(), 2);
}

#[test]
fn two_hundred_levels_are_opened_one_by_one_and_left_again() {
    let chain = (0..200).map(|nth| organization(nth, nth.checked_sub(1)));
    let mut state = browser(chain.collect());
    press(&mut state, KeyCode::Down);
    for _ in 1..200 {
        go_in(&mut state);
    }
    assert!(screen(&state).contains("Unit 000199"));
    let rows = state.organizations.rows();
    assert_eq!((rows.len(), rows[200].depth, rows[200].above), (201, 200, Some(199)));
    for _ in 0..200 {
        press(&mut state, KeyCode::Left);
        // The first closes nothing: the last one has nothing below it. From then on each closes what it left.
        press(&mut state, KeyCode::Left);
    }
    assert_eq!(state.organizations.rows().len(), 1);
}

#[test]
fn a_chain_of_a_hundred_thousand_is_opened_drawn_and_narrowed() {
    const DEEP: usize = 100_000;
    let mut state = browser((0..DEEP).map(|nth| organization(nth, nth.checked_sub(1))).collect());
    let last = organization(DEEP - 1, None).key;
    super::reveal(&mut state, &last);
    assert_eq!(state.organizations.rows().len(), DEEP + 1);
    assert_eq!(state.organizations.cursor(), Some(&Node::Organization(last)));
    assert!(screen(&state).contains("Unit 099999"));
    press(&mut state, KeyCode::Home);
    // All of them match, each below the other.
    feed(&mut state, Fact::Key(Key::char('/')));
    type_text(&mut state, "unit");
    assert_eq!(state.organizations.rows().len(), DEEP + 1);
    let rows = state.organizations.rows();
    assert!(rows.iter().enumerate().skip(1).all(|(at, row)| row.above == Some(at - 1) && row.depth == at));
    type_text(&mut state, " 000002");
    assert_eq!(state.organizations.rows().len(), 4);
}

#[test]
fn the_rows_stay_while_only_the_list_grows() {
    let mut state = browser(vec![organization(0, None)]);
    let before = state.organizations.rows().as_ptr();
    let snapshot = Arc::clone(&state.snapshot);
    feed(&mut state, Fact::Inventory(Arc::new((*snapshot).clone())));
    assert_eq!(state.organizations.rows().as_ptr(), before);
}
