//! The browser without a terminal: effects are done one after the other, on the simulator, and timers at once.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use acctui::app::{ConnectionSetup, CopyWay, Effect, Event, Fact, Modal, Setup, Size, Stamp, State, update};
use acctui::changes::{self, FileJournal, Journal as _, Road};
use acctui::domain::{
    Background, Change, Colour, ConnectionName, Credentials, Depth, Failure, FailureKind, Key, KeyCode, Moment,
    OwnTheme, Protection, Secret, ThemeChoice, Vanished,
};
use acctui::inventory::disk::{Disk, HistoryQuery};
use acctui::inventory::history::History;
use acctui::inventory::{self, Inventory, Snapshot};
use acctui::panes::PaneId;
use acctui::panes::confirm::Confirm;
use acctui::provider::{self, Clock, Cursor, Provider, RequestRecord, RequestState, Settings, registry};
use acctui::view::Themes;
use color_eyre::eyre::{OptionExt as _, Result, bail, eyre};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;

/// 2026-01-02T03:04:05Z: a picture has no age.
const NOW: u64 = 1_767_323_045_000;
/// How much time passes with each key: more than the guard of confirming keys.
const KEY_MILLIS: u64 = 300;
/// Timers up to here are over at once: the detail's rests; toasts and ages may wait for ever.
const SHORT: u64 = 1_000;

/// What it is drawn for.
#[derive(Clone, Copy, PartialEq)]
pub struct Look {
    pub choice: ThemeChoice,
    pub background: Background,
    pub no_color: bool,
    pub ascii: bool,
    pub depth: Depth,
}

impl Look {
    /// The usual one.
    pub const DARK: Self = Self {
        choice: ThemeChoice::Auto,
        background: Background::Dark,
        no_color: false,
        ascii: false,
        depth: Depth::True,
    };
}

impl Default for Look {
    fn default() -> Self {
        Self::DARK
    }
}

/// Two fields of a credential, by name; one may be empty.
type Published = [(&'static str, &'static str); 2];

/// A credential of somebody else at the first connection.
const OTHER: Published = [("token", "sim-token-user"), ("", "")];

/// The connections in the picture: provider, path of its API, the simulator's published credential, and a colour.
const CONNECTIONS: [(&str, &str, Published, &str); 6] = [
    ("cloudflare", "/cloudflare/client/v4", [("email", "admin@example.com"), ("key", "sim-key")], "#d7875f"),
    ("cloud66", "/cloud66/api/3", [("token", "sim-token"), ("", "")], ""),
    ("landscape", "/landscape/api/v2", [("email", "admin@example.com"), ("password", "Sim-Passw0rd")], ""),
    ("huawei", "/huawei", [("access_key", "SIMACCESSKEY"), ("secret_key", "sim-secret-key")], ""),
    ("aws", "/aws", [("access_key_id", "SIMACCESSKEY"), ("secret_access_key", "sim-secret-key")], ""),
    ("landscape-new", "/landscape-new/api/v2", [("", ""), ("", "")], ""),
];

/// Those that are seen alone.
const EXTRA: [&str; 2] = ["aws", "landscape-new"];

/// A credential that is over at the first connection.
const EXPIRED: Published = [("token", "sim-token-expired"), ("", "")];

/// The browser, and the world that its effects are done in.
pub struct Stage {
    state: State,
    size: Size,
    inventory: Inventory,
    history: Arc<History>,
    journal: FileJournal,
    providers: BTreeMap<ConnectionName, Arc<dyn Provider>>,
    /// Requests that were made and not told yet.
    requests: Requests,
    /// How many were told.
    told: u64,
    now: Arc<AtomicU64>,
    clock: Clock,
    frame: u64,
    /// Writes get no answer any more.
    holds: bool,
    /// Nothing that is read gets one.
    silent: bool,
    world: World,
    _home: tempfile::TempDir,
}

/// What is otherwise than usual from the start: words in angle brackets before the keys.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a word before the keys")]
pub struct World {
    /// `<fault:SPEC>`: what goes wrong at the simulator.
    pub faults: Vec<String>,
    /// `<only:NAME>`: this connection alone; of no name, nothing is configured.
    only: Option<String>,
    /// `<expired>`: the first connection's credential is.
    is_expired: bool,
    /// `<down>`: nobody answers.
    is_down: bool,
    /// `<offline>`: no provider is asked after the listings were kept.
    is_offline: bool,
    /// `<read-only>`: as with that switch.
    is_read_only: bool,
    /// `<loading>`: of listings only their beginning comes.
    is_loading: bool,
}

impl World {
    /// The world, and the keys that are played in it.
    pub fn read(keys: &str) -> (Self, &str) {
        let mut world = Self::default();
        let mut rest = keys;
        while let Some((word, behind)) = rest.strip_prefix('<').and_then(|word| word.split_once('>')) {
            match word.split_once(':').unwrap_or((word, "")) {
                ("fault", fault) => world.faults.push(fault.to_owned()),
                ("only", name) => world.only = Some(name.to_owned()),
                ("expired", _) => world.is_expired = true,
                ("down", _) => world.is_down = true,
                ("offline", _) => world.is_offline = true,
                ("read-only", _) => world.is_read_only = true,
                ("loading", _) => world.is_loading = true,
                (_, _) => return (world, rest),
            }
            rest = behind;
        }
        (world, rest)
    }
}

impl Stage {
    /// Opens the simulator's connections; nothing is asked yet.
    pub fn open(origin: &str, size: &str, world: World) -> Result<Self> {
        let requests = Requests::default();
        // Nobody listens at that port.
        let reached = if world.is_down { "http://127.0.0.1:9" } else { origin };
        let (mut connections, mut providers) = connected(reached, &requests)?;
        if let Some(only) = &world.only {
            connections.retain(|setup| setup.name.as_str() == only);
        } else {
            connections.retain(|setup| !EXTRA.contains(&setup.name.as_str()));
        }
        if world.is_expired {
            let [(connection, path, ..), ..] = CONNECTIONS;
            let expired = opened(connection, "cloudflare", format!("{origin}{path}"), EXPIRED, &requests)?;
            providers.insert(ConnectionName::new(connection), expired);
        }
        let connections_are_none = connections.is_empty();
        let setup = Setup {
            connections,
            mouse: true,
            demo: !connections_are_none,
            read_only: world.is_read_only,
            config_path: "~/.config/acctui/config.toml".into(),
            ..Setup::default()
        };
        let now = Arc::new(AtomicU64::new(NOW));
        let clock: Clock = {
            let now = Arc::clone(&now);
            Arc::new(move || Moment(now.load(Ordering::Relaxed)))
        };
        let home = tempfile::tempdir()?;
        let history = Arc::new(History::at(home.path().join("own.db"), Arc::clone(&clock)));
        let disk = Disk::open(&home.path().join("inventory.db"), Moment(NOW)).disk;
        let inventory = Inventory::over(disk, Arc::clone(&clock), Box::new(drop))?.with_history(&history);
        Ok(Self {
            state: State::new(setup),
            size: sized(size)?,
            inventory,
            history,
            journal: FileJournal::new(home.path().join("journal.jsonl")),
            providers,
            requests,
            told: 0,
            now,
            clock,
            frame: 0,
            holds: false,
            silent: false,
            world,
            _home: home,
        })
    }

    /// Starts it and plays keys: characters, names in angle brackets, and what happens meanwhile: `<colleague:…>` is
    /// somebody else who plays these keys (`{` and `}` for angle brackets), after `<hold>` writes get no answer, and after
    /// `<silent>` nothing that is read; after `<other>` the first connection's credential is somebody else's; `<vanished>`
    /// says that accounts of it vanished, `<own>` that the user's own was read, `<draft>` that a draft is there, and
    /// `<quit>` asks whether to. `<later:MINUTES>` lets time pass, `<size:SIZE>` makes another one, `<tree>` goes to the
    /// tree wherever it is, and `<word>` to the word that a plan asks for however low the screen is.
    pub async fn play(&mut self, keys: &str, origin: &str) -> Result<()> {
        self.send(Fact::Resized(self.size)).await?;
        self.send(Fact::Started).await?;
        if self.world.is_offline {
            self.state.setup.offline = true;
        }
        let mut rest = keys;
        while let Some(char) = rest.chars().next() {
            let name = rest.strip_prefix('<').and_then(|name| name.split_once('>'));
            if let Some((name, behind)) = name.filter(|(name, _)| !name.contains('<')) {
                self.happen(name, origin).await?;
                rest = behind;
            } else {
                self.press(Key::char(char)).await?;
                rest = &rest[char.len_utf8()..];
            }
        }
        Ok(())
    }

    /// What stands in angle brackets.
    async fn happen(&mut self, name: &str, origin: &str) -> Result<()> {
        let first = ConnectionName::new(CONNECTIONS[0].0);
        match name.split_once(':').unwrap_or((name, "")) {
            ("colleague", keys) => {
                let mut other = Self::open(origin, "140x40", World::default())?;
                Box::pin(other.play(&keys.replace('{', "<").replace('}', ">"), origin)).await?;
            }
            ("hold", _) => self.holds = true,
            ("silent", _) => self.silent = true,
            ("own", _) => self.send(Fact::Own(Box::default())).await?,
            ("quit", _) => self.state.open(Modal::Confirm(Confirm::quit())),
            ("vanished", _) => {
                let (connection, at) = (first, (self.clock)());
                let vanished = Vanished { connection, identity: String::new(), accounts: 43, at };
                self.send(Fact::Vanished(vec![vanished])).await?;
            }
            ("other", _) => {
                let base_url = format!("{origin}{}", CONNECTIONS[0].1);
                let other = opened(first.as_str(), "cloudflare", base_url, OTHER, &self.requests)?;
                self.providers.insert(first, other);
            }
            ("later", minutes) => {
                self.now.fetch_add(minutes.parse::<u64>()? * 60_000, Ordering::Relaxed);
                self.send(Fact::Resized(self.size)).await?;
            }
            ("size", size) => {
                self.size = sized(size)?;
                self.send(Fact::Resized(self.size)).await?;
            }
            ("tree", _) => {
                if !matches!(self.state.focus, PaneId::Organizations) {
                    self.press(Key::plain(KeyCode::BackTab)).await?;
                }
                if !matches!(self.state.focus, PaneId::Organizations) {
                    self.press(Key::char('t')).await?;
                }
            }
            ("word", _) => {
                for _ in 0..6 {
                    self.press(Key::plain(KeyCode::PageDown)).await?;
                }
                self.press(Key::plain(KeyCode::Enter)).await?;
            }
            (_, _) => self.press(named(name)?).await?,
        }
        Ok(())
    }

    async fn press(&mut self, key: Key) -> Result<()> {
        self.now.fetch_add(KEY_MILLIS, Ordering::Relaxed);
        self.send(Fact::Key(key)).await
    }

    /// What is on the screen, in a look.
    pub fn frame(&mut self, look: Look) -> Result<Buffer> {
        self.state.setup.themes = Themes::new(look.choice, look.depth, &OwnTheme::default());
        (self.state.setup.no_color, self.state.setup.ascii) = (look.no_color, look.ascii);
        self.state.background = look.background;
        let mut terminal = Terminal::new(TestBackend::new(self.size.width, self.size.height))?;
        let frame = terminal.draw(|frame| acctui::view::draw(&self.state, frame))?;
        Ok(frame.buffer.clone())
    }

    async fn send(&mut self, fact: Fact) -> Result<()> {
        let mut queue = VecDeque::from([fact]);
        while let Some(fact) = queue.pop_front() {
            let stamp = Stamp { at: (self.clock)(), frame: self.frame };
            for effect in update(&mut self.state, Event { stamp, fact }) {
                queue.extend(self.perform(effect).await?);
            }
            queue.extend(self.requested().into_iter().map(Fact::Requested));
            if queue.is_empty() {
                self.frame += 1;
                self.state.drawn();
                if self.state.awaits_paint() {
                    queue.push_back(Fact::Painted { frame: self.frame, at: (self.clock)() });
                }
            }
        }
        Ok(())
    }

    /// The requests that were made meanwhile. Some went side by side, so that neither their numbers nor their order is the
    /// same each time: they stand by connection and by what they asked.
    fn requested(&mut self) -> Vec<RequestRecord> {
        let records = std::mem::take(&mut *self.requests.lock().unwrap_or_else(PoisonError::into_inner));
        let is_over = |record: &RequestRecord| match record.state {
            RequestState::Answered(_) | RequestState::Failed(_) => true,
            RequestState::Running | RequestState::Waiting { .. } => false,
        };
        let mut over: Vec<RequestRecord> = records.into_iter().filter(is_over).collect();
        let place = |record: &RequestRecord| CONNECTIONS.iter().position(|(id, ..)| *id == record.connection.as_str());
        over.sort_by_cached_key(|record| (place(record), record.method, record.path.clone()));
        for record in &mut over {
            self.told += 1;
            record.id = self.told;
        }
        over.into_iter().map(ageless).collect()
    }

    #[expect(clippy::too_many_lines, reason = "a row for each effect")]
    async fn perform(&self, effect: Effect) -> Result<Vec<Fact>> {
        Ok(match effect {
            Effect::Fetch { .. } | Effect::Plan { .. } | Effect::List { .. } | Effect::ReadJournal { .. }
                if self.silent =>
            {
                Vec::new()
            }
            Effect::Sync { id, connection } => self.sync(id, connection).await?,
            Effect::Recall(key) => vec![Fact::Inventory(self.inventory.bring(&key))],
            Effect::Search { id, snapshot, query } | Effect::Look { id, snapshot, query } => {
                let found = inventory::search(&snapshot, &query, &|| false);
                found.map(|found| Fact::Found { id, found }).into_iter().collect()
            }
            Effect::Fetch { id, connection, slot, query, .. } => {
                let result = provider::run(&*self.providers[&connection], &query).await;
                let mut facts = Vec::new();
                if let Ok(reply) = &result {
                    facts.push(Fact::Inventory(self.inventory.absorb(&connection, &query, reply, (self.clock)())));
                }
                facts.push(Fact::Replied { id, slot, result });
                facts
            }
            Effect::List { id, connection, scope, .. } => {
                match self.providers[&connection].accounts(&scope, &Cursor::First).await {
                    Err(failure) => vec![Fact::ListFailed { id, failure }],
                    Ok(page) => {
                        let snapshot = Arc::new(Snapshot::of(page.rows));
                        vec![Fact::Listed { id, snapshot, total: page.total, complete: page.next.is_none() }]
                    }
                }
            }
            Effect::Plan { id, changes } => self.plan(id, changes).await,
            Effect::Apply { .. } if self.holds => Vec::new(),
            Effect::Apply { id, plan } => {
                let stages = Mutex::new(Vec::new());
                let tell = |stage| stages.lock().unwrap_or_else(PoisonError::into_inner).push(stage);
                let watch = changes::Watch { tell: &tell, gate: &changes::Gate::default() };
                let results = changes::apply(&self.roads(), &plan, watch).await;
                let stages = stages.into_inner().unwrap_or_else(PoisonError::into_inner).into_iter();
                let mut facts: Vec<Fact> = stages.map(|stage| Fact::Progressed { id, stage }).collect();
                facts.extend([Fact::Inventory(self.inventory.snapshot()), Fact::Applied { id, results }]);
                facts
            }
            Effect::ReadJournal { id } => vec![Fact::Journal { id, result: self.journal.records() }],
            Effect::ReadHistory { id, account, most } => {
                let query = HistoryQuery {
                    connection: account.as_ref().map(|key| key.connection.clone()),
                    account: account.map(|key| key.id),
                    ..HistoryQuery::default()
                };
                let found = self.history.own().newest(&query, most);
                let result = found.map_err(|why| Failure::new(FailureKind::Local, "the history", why.to_string()));
                vec![Fact::History { id, result }]
            }
            Effect::Copy { what, .. } => {
                vec![Fact::Copied { what, missing: 0, result: Ok(CopyWay::Terminal) }]
            }
            Effect::SignIn { id, .. } => {
                let done = "opened the dashboard in your browser: signed in to your primary account";
                vec![Fact::SignedIn { id, result: Ok(vec![done.to_owned()]) }]
            }
            Effect::Sheet { id, .. } => {
                let why = Failure::new(FailureKind::Local, "the sheet", "line 4: `statsu` is no column of it");
                let text = "# accounts\nid\tname\tstatsu\n".to_owned();
                vec![Fact::Sheet { id, result: Err((text, why)) }]
            }
            Effect::Undo { id, change } => {
                let result = changes::plan_undo(&self.roads(), &self.journal.records()?.records, &change).await;
                vec![Fact::Inventory(self.inventory.snapshot()), Fact::Planned { id, result: result.map(Box::new) }]
            }
            Effect::Timer { id, after } if after < SHORT => vec![Fact::TimerDone(id)],
            // Nothing that a picture shows comes of these.
            Effect::Timer { .. }
            | Effect::Rule { .. }
            | Effect::Again { .. }
            | Effect::Reconcile { .. }
            | Effect::Revisit { .. }
            | Effect::Settle { .. }
            | Effect::SaveDraft(_)
            | Effect::DropDraft { .. }
            | Effect::Edit { .. }
            | Effect::Keep(_)
            | Effect::TakeVanished(_)
            | Effect::Gate(_)
            | Effect::Pause(_)
            | Effect::GoOn(_)
            | Effect::Cancel(_)
            | Effect::Mouse(_)
            | Effect::Suspend
            | Effect::Open(_)
            | Effect::Demo
            | Effect::Quit => Vec::new(),
        })
    }

    async fn sync(&self, id: acctui::app::RequestId, connection: ConnectionName) -> Result<Vec<Fact>> {
        let mut facts = Vec::new();
        let mut published = |snapshot| facts.push(Fact::Inventory(snapshot));
        let provider = &*self.providers[&connection];
        let result = inventory::sync(&self.inventory, provider, &connection, &self.clock, &mut published).await;
        if self.world.is_loading {
            // What it had after its first page.
            facts.truncate(2);
            return Ok(facts);
        }
        if !self.inventory.flush(Duration::from_secs(10)) {
            bail!("the inventory is not on the disk");
        }
        facts.push(Fact::Synced { id, connection, result });
        Ok(facts)
    }

    async fn plan(&self, id: acctui::app::RequestId, changes: Vec<Change>) -> Vec<Fact> {
        let result = changes::plan(&self.roads(), changes, changes::Way::default()).await;
        vec![Fact::Inventory(self.inventory.snapshot()), Fact::Planned { id, result: result.map(Box::new) }]
    }

    fn roads(&self) -> Vec<Road<'_>> {
        self.providers
            .iter()
            .map(|(connection, provider)| Road {
                connection,
                protection: Protection::Confirm,
                provider: &**provider,
                journal: &self.journal,
                inventory: &self.inventory,
                clock: &self.clock,
                reason: None,
                max_delete: 10,
            })
            .collect()
    }
}

/// Requests that were made.
type Requests = Arc<Mutex<Vec<RequestRecord>>>;
/// The connections with what opens them.
type Connected = (Vec<ConnectionSetup>, BTreeMap<ConnectionName, Arc<dyn Provider>>);

fn connected(origin: &str, requests: &Requests) -> Result<Connected> {
    let mut connections = Vec::new();
    let mut providers = BTreeMap::new();
    for (name, path, credential, colour) in CONNECTIONS {
        let id = name.split('-').next().unwrap_or(name);
        let kind = registry().iter().find(|kind| kind.spec.facts.id == id).ok_or_eyre("no such provider")?;
        let base_url = format!("{origin}{path}");
        let provider = opened(name, id, base_url, credential, requests)?;
        let name = ConnectionName::new(name);
        providers.insert(name.clone(), provider);
        connections.push(ConnectionSetup {
            name,
            spec: kind.spec,
            protection: Protection::Confirm,
            group: None,
            credential: "config.toml".into(),
            unnamed: false,
            // The simulator's port is another one each time.
            base_url: format!("http://127.0.0.1:8080{path}"),
            max_delete: 10,
            refresh_after: None,
            columns: kind.spec.columns,
            colour: Colour::read(colour),
        });
    }
    Ok((connections, providers))
}

fn opened(
    name: &str,
    id: &str,
    base_url: String,
    credential: Published,
    requests: &Requests,
) -> Result<Arc<dyn Provider>> {
    let kind = registry().iter().find(|kind| kind.spec.facts.id == id).ok_or_eyre("no such provider")?;
    let told = Arc::clone(requests);
    Ok((kind.open)(Settings {
        connection: ConnectionName::new(name),
        base_url: Some(base_url),
        budget: 0.5,
        credentials: Arc::new(move || Box::pin(async move { Ok(published(credential)) })),
        recorder: Arc::new(move |record| told.lock().unwrap_or_else(PoisonError::into_inner).push(record)),
        // Signatures need the time; nothing in the picture does.
        clock: Arc::new(|| Moment(u64::try_from(jiff::Timestamp::now().as_millisecond()).unwrap_or_default())),
        net: Arc::default(),
    })?)
}

/// A picture is the same however fast the machine is.
fn ageless(record: RequestRecord) -> RequestRecord {
    let began = Moment(NOW.saturating_sub(5_000) + record.id * 40);
    let took = match record.state {
        RequestState::Answered(_) | RequestState::Failed(_) => 24 + record.id * 37 % 61,
        RequestState::Running | RequestState::Waiting { .. } => 0,
    };
    RequestRecord { began, at: Moment(began.0 + took), waited: 0, ..record }
}

fn published(pairs: Published) -> Credentials {
    let given = pairs.into_iter().filter(|(name, _)| !name.is_empty());
    let fields = given.map(|(name, value)| (name.to_owned(), Secret::new(value))).collect();
    Credentials { fields, source: "the simulator".into(), expires: None }
}

fn sized(size: &str) -> Result<Size> {
    let (width, height) = size.split_once('x').ok_or_eyre("a size is WIDTHxHEIGHT")?;
    Ok(Size { width: width.parse()?, height: height.parse()? })
}

fn named(name: &str) -> Result<Key> {
    let code = match name {
        "enter" => KeyCode::Enter,
        "esc" => KeyCode::Esc,
        "tab" => KeyCode::Tab,
        "backtab" => KeyCode::BackTab,
        "up" => KeyCode::Up,
        "down" => KeyCode::Down,
        "left" => KeyCode::Left,
        "right" => KeyCode::Right,
        "end" => KeyCode::End,
        "home" => KeyCode::Home,
        "f1" => KeyCode::F(1),
        "f2" => KeyCode::F(2),
        "f4" => KeyCode::F(4),
        "f5" => KeyCode::F(5),
        "f7" => KeyCode::F(7),
        "pgdn" => KeyCode::PageDown,
        "space" => return Ok(Key::char(' ')),
        other => {
            let letter = other.strip_prefix("c-").and_then(|letter| letter.chars().next());
            return letter.map(Key::ctrl).ok_or_else(|| eyre!("no key is called <{other}>"));
        }
    };
    Ok(Key::plain(code))
}
