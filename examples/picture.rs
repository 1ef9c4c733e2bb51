//! Draws the README's picture: the browser's own frame, on the simulator over real HTTP, as an SVG on stdout.
//!
//! `cargo run --example picture > assets/screen.svg`
#![expect(clippy::print_stdout, reason = "the picture goes to stdout")]

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;
use std::sync::Arc;

use acctui::app::{ConnectionSetup, Effect, Event, Fact, Setup, Size, Stamp, State, update};
use acctui::domain::{ConnectionName, Credentials, Key, KeyCode, Moment, Protection, Secret, width};
use acctui::inventory::{self, Inventory};
use acctui::provider::{self, Clock, Provider, Settings, registry};
use acctui::sim::{Options, Sim};
use color_eyre::eyre::{OptionExt as _, Result};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Cell;
use ratatui::style::{Color, Modifier};

const SIZE: Size = Size { width: 128, height: 34 };
/// 2026-01-02T03:04:05Z: a picture has no age.
const NOW: Moment = Moment(1_767_323_045_000);
/// A cell in units of the picture.
const CELL: (u16, u16) = (9, 19);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let sim = Sim::bind(Options::default()).await?;
    let origin = format!("http://{}", sim.address());
    tokio::select! {
        served = sim.serve(std::future::pending()) => Ok(served?),
        drawn = picture(&origin) => drawn,
    }
}

/// Two fields of a credential, by name; one may be empty.
type Published = [(&'static str, &'static str); 2];

/// The connections in the picture: provider, path of its API, and the simulator's published credential.
const CONNECTIONS: [(&str, &str, Published); 4] = [
    ("cloudflare", "/cloudflare/client/v4", [("email", "admin@example.com"), ("key", "sim-key")]),
    ("cloud66", "/cloud66/api/3", [("token", "sim-token"), ("", "")]),
    ("landscape", "/landscape/api/v2", [("email", "admin@example.com"), ("password", "Sim-Passw0rd")]),
    ("huawei", "/huawei", [("access_key", "SIMACCESSKEY"), ("secret_key", "sim-secret-key")]),
];

async fn picture(origin: &str) -> Result<()> {
    let mut connections = Vec::new();
    let mut providers = BTreeMap::new();
    for (id, path, credential) in CONNECTIONS {
        let kind = registry().iter().find(|kind| kind.spec.facts.id == id).ok_or_eyre("no such provider")?;
        let name = ConnectionName::new(id);
        let base_url = format!("{origin}{path}");
        let provider = (kind.open)(Settings {
            connection: name.clone(),
            base_url: Some(base_url.clone()),
            budget: 0.5,
            credentials: Arc::new(move || Box::pin(async move { Ok(published(credential)) })),
            recorder: Arc::new(|_| {}),
            // Signatures need the time; nothing in the picture does.
            clock: Arc::new(|| Moment(u64::try_from(jiff::Timestamp::now().as_millisecond()).unwrap_or_default())),
            net: Arc::default(),
        })?;
        providers.insert(name.clone(), provider);
        connections.push(ConnectionSetup {
            name,
            spec: kind.spec,
            protection: Protection::Confirm,
            group: None,
            credential: "config.toml".into(),
            unnamed: false,
            base_url,
            max_delete: 10,
            refresh_after: None,
            columns: kind.spec.columns,
            colour: None,
        });
    }
    let setup = Setup { connections, mouse: true, demo: true, ..Setup::default() };
    let clock: Clock = Arc::new(|| NOW);
    let mut stage = Stage { state: State::new(setup), inventory: Inventory::default(), providers, clock };
    stage.send(Fact::Resized(SIZE)).await;
    stage.send(Fact::Started).await;
    for key in ["backtab", "j", "j", "j", "l", "j", "l", "enter", "j", "j", "enter", "l", "l"] {
        stage.send(Fact::Key(named(key))).await;
    }
    let mut terminal = Terminal::new(TestBackend::new(SIZE.width, SIZE.height))?;
    let frame = terminal.draw(|frame| acctui::view::draw(&stage.state, frame))?;
    println!("{}", svg(|x, y| &frame.buffer[(x, y)]));
    Ok(())
}

fn published(pairs: Published) -> Credentials {
    let given = pairs.into_iter().filter(|(name, _)| !name.is_empty());
    let fields = given.map(|(name, value)| (name.to_owned(), Secret::new(value))).collect();
    Credentials { fields, source: "the simulator".into(), expires: None }
}

fn named(name: &str) -> Key {
    match name {
        "enter" => Key::plain(KeyCode::Enter),
        "backtab" => Key::plain(KeyCode::BackTab),
        other => Key::char(other.chars().next().unwrap_or(' ')),
    }
}

/// The browser without a terminal: effects are done one after the other, timers at once.
struct Stage {
    state: State,
    inventory: Inventory,
    providers: BTreeMap<ConnectionName, Arc<dyn Provider>>,
    clock: Clock,
}

impl Stage {
    async fn send(&mut self, fact: Fact) {
        let mut queue = VecDeque::from([fact]);
        while let Some(fact) = queue.pop_front() {
            // Listings age; a picture does not wait for them to.
            let stamp = Stamp { at: NOW, frame: 1 };
            for effect in update(&mut self.state, Event { stamp, fact }) {
                queue.extend(self.perform(effect).await);
            }
        }
    }

    async fn perform(&self, effect: Effect) -> Vec<Fact> {
        match effect {
            Effect::Sync { id, connection } => {
                let mut facts = Vec::new();
                let mut published = |snapshot| facts.push(Fact::Inventory(snapshot));
                let provider = &*self.providers[&connection];
                let result = inventory::sync(&self.inventory, provider, &connection, &self.clock, &mut published).await;
                facts.push(Fact::Synced { id, connection, result });
                facts
            }
            Effect::Recall(key) => vec![Fact::Inventory(self.inventory.bring(&key))],
            Effect::Search { id, snapshot, query } | Effect::Look { id, snapshot, query } => {
                let found = inventory::search(&snapshot, &query, &|| false);
                found.map(|found| Fact::Found { id, found }).into_iter().collect()
            }
            Effect::Fetch { id, connection, slot, query, .. } => {
                let result = provider::run(&*self.providers[&connection], &query).await;
                let mut facts = Vec::new();
                if let Ok(reply) = &result {
                    facts.push(Fact::Inventory(self.inventory.absorb(&connection, &query, reply, NOW)));
                }
                facts.push(Fact::Replied { id, slot, result });
                facts
            }
            // Only the detail's rests are short; toasts and ages may wait for ever.
            Effect::Timer { id, after } if after < 1_000 => vec![Fact::TimerDone(id)],
            Effect::Timer { .. }
            | Effect::List { .. }
            | Effect::SignIn { .. }
            | Effect::Rule { .. }
            | Effect::Plan { .. }
            | Effect::Undo { .. }
            | Effect::Again { .. }
            | Effect::ReadJournal { .. }
            | Effect::Reconcile { .. }
            | Effect::Revisit { .. }
            | Effect::Settle { .. }
            | Effect::SaveDraft(_)
            | Effect::DropDraft { .. }
            | Effect::Edit { .. }
            | Effect::Sheet { .. }
            | Effect::Keep(_)
            | Effect::ReadHistory { .. }
            | Effect::TakeVanished(_)
            | Effect::Gate(_)
            | Effect::Pause(_)
            | Effect::GoOn(_)
            | Effect::Apply { .. }
            | Effect::Cancel(_)
            | Effect::Mouse(_)
            | Effect::Suspend
            | Effect::Open(_)
            | Effect::Copy { .. }
            | Effect::Demo
            | Effect::Quit => Vec::new(),
        }
    }
}

/// One rectangle and one text a cell that is not blank.
fn svg<'a>(cell: impl Fn(u16, u16) -> &'a Cell) -> String {
    let (wide, high) = (SIZE.width * CELL.0, SIZE.height * CELL.1);
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {wide} {high}\" font-family=\"'DejaVu Sans Mono', Menlo, \
         Consolas, monospace\" font-size=\"15\" xml:space=\"preserve\">\n<rect width=\"{wide}\" \
         height=\"{high}\" rx=\"6\" fill=\"#1e1e1e\"/>\n"
    );
    for y in 0..SIZE.height {
        let mut x = 0;
        while x < SIZE.width {
            let cell = cell(x, y);
            draw_cell(&mut text, cell, x, y);
            x += u16::try_from(width(cell.symbol())).unwrap_or(1).max(1);
        }
    }
    text.push_str("</svg>");
    text
}

fn draw_cell(text: &mut String, cell: &Cell, x: u16, y: u16) {
    let (mut ink, mut ground) = (colour(cell.fg, "#d4d4d4"), "#1e1e1e");
    if cell.modifier.contains(Modifier::REVERSED) {
        std::mem::swap(&mut ink, &mut ground);
        let (left, top) = (x * CELL.0, y * CELL.1);
        let _ = writeln!(
            text,
            "<rect x=\"{left}\" y=\"{top}\" width=\"{}\" height=\"{}\" fill=\"{ground}\"/>",
            CELL.0, CELL.1
        );
    }
    if cell.symbol().trim().is_empty() {
        return;
    }
    let mut style = String::new();
    if cell.modifier.contains(Modifier::BOLD) {
        style.push_str(" font-weight=\"bold\"");
    }
    if cell.modifier.contains(Modifier::UNDERLINED) {
        style.push_str(" text-decoration=\"underline\"");
    }
    if cell.modifier.contains(Modifier::DIM) {
        style.push_str(" opacity=\"0.6\"");
    }
    let symbol = cell.symbol().replace('&', "&amp;").replace('<', "&lt;");
    let (left, base) = (x * CELL.0, y * CELL.1 + 14);
    let _ = writeln!(text, "<text x=\"{left}\" y=\"{base}\" fill=\"{ink}\"{style}>{symbol}</text>");
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the theme uses these alone")]
fn colour(colour: Color, default: &'static str) -> &'static str {
    match colour {
        Color::Red => "#f14c4c",
        Color::Green => "#0dbc79",
        Color::Yellow => "#e5e510",
        Color::Magenta => "#d670d6",
        Color::Cyan => "#11a8cd",
        _ => default,
    }
}
