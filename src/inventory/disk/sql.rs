//! Every word of SQL that the program says, so that a shared inventory on another database can come beside this one.
//!
//! Two files: the cache (what providers said, can be fetched again) and the user's own (history, labels, marks, views).
//! A schema is a list of steps; `user_version` counts how many a file has been through. Steps are only ever added.

/// What makes a file one of ours, and how it came to be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Schema {
    /// SQLite's `application_id`: a file with another one is somebody else's.
    pub(super) application: i32,
    /// What each version added to the one before it.
    pub(super) steps: &'static [&'static str],
    /// Statements that must compile for the file to be readable at all, also where a later version made it.
    pub(super) needed: &'static [&'static str],
    /// What the file is, at the beginning of a sentence.
    pub(super) what: &'static str,
    /// What becomes of it after it was set aside.
    pub(super) after: &'static str,
    /// How many broken copies are kept (of copies made before a migration one); `None` keeps all.
    pub(super) copies: Option<usize>,
    /// Whether a commit waits for the disk: the cache can be fetched again, what the user wrote can't.
    pub(super) synchronous: &'static str,
}

/// The cache. `acct` in ASCII.
pub(super) const CACHE: Schema = Schema {
    application: 0x6163_6374,
    steps: &[CACHE_1, CACHE_2],
    needed: &[OWNERS, LOAD, WORDS, PLACES, RECORD, RAW, RAWS, ORGANIZATIONS, FACTS_OF_KIND, FIRST_SCREEN],
    what: "The inventory",
    after: "the next sync fills a new one",
    copies: Some(3),
    synchronous: "NORMAL",
};

/// The user's own file. `accu` in ASCII.
pub(super) const OWN: Schema = Schema {
    application: 0x6163_6375,
    steps: &[OWN_1],
    needed: &[HISTORY, VANISHED, LABELS, NOTES, MARKS, KEPT, FILTERS],
    what: "The file of your history, labels, notes and views",
    after: "a new one is in use",
    copies: None,
    synchronous: "FULL",
};

// An account is two rows of the same number: `account` is narrow, so that loading the index never pages over `raw`.
// `owner` is a connection as one identity. `key` is 48 bits of a hash of owner and id: half the index that the ids
// would take, and a third of the pages that a batch of random ids dirties; the id decides among equal keys. `digest`
// is a hash of the whole record: an unchanged one is known without reading its raw text. Numbers are never used twice
// (AUTOINCREMENT), so a code that a reader has met keeps its meaning.
const CACHE_1: &str = "
CREATE TABLE owner (
  no INTEGER PRIMARY KEY AUTOINCREMENT,
  connection TEXT NOT NULL,
  provider TEXT NOT NULL,
  identity_key TEXT,
  identity TEXT,
  identity_at INTEGER NOT NULL,
  current INTEGER NOT NULL,
  state TEXT,
  run INTEGER NOT NULL DEFAULT 0,
  resume TEXT,
  whole_run INTEGER NOT NULL DEFAULT 0,
  whole_at INTEGER,
  whole_pages INTEGER NOT NULL DEFAULT 0,
  heard_at INTEGER,
  low INTEGER,
  high INTEGER
);
CREATE UNIQUE INDEX owner_identity ON owner (connection, identity_key);
CREATE TABLE word (no INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT NOT NULL UNIQUE);
CREATE TABLE place (
  no INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  UNIQUE (id, name)
);
CREATE TABLE account (
  row INTEGER PRIMARY KEY,
  owner INTEGER NOT NULL,
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  place INTEGER,
  kind INTEGER,
  status INTEGER,
  email TEXT,
  created_at TEXT,
  updated_at TEXT,
  has_extra INTEGER NOT NULL,
  heard_at INTEGER NOT NULL,
  gone_since INTEGER,
  kept TEXT,
  key INTEGER NOT NULL,
  digest INTEGER NOT NULL
);
CREATE INDEX account_key ON account (key);
CREATE TABLE raw (row INTEGER PRIMARY KEY, text TEXT NOT NULL);
CREATE TABLE seen (
  owner INTEGER NOT NULL,
  block INTEGER NOT NULL,
  bits BLOB NOT NULL,
  PRIMARY KEY (owner, block)
) WITHOUT ROWID;
CREATE TABLE organization (
  owner INTEGER NOT NULL,
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  parent_id TEXT,
  parent_name TEXT,
  account TEXT,
  created_at TEXT,
  raw TEXT,
  heard_at INTEGER NOT NULL,
  PRIMARY KEY (owner, id)
) WITHOUT ROWID;
CREATE TABLE fact (
  owner INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  subject TEXT NOT NULL,
  at INTEGER NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (owner, kind, subject)
) WITHOUT ROWID;
CREATE TABLE first_screen (position INTEGER PRIMARY KEY, row INTEGER NOT NULL);
";

// What the history has not heard yet. The name tells a cache from the one that stood in its place before: the numbers of
// both begin with one.
const CACHE_2: &str = "
CREATE TABLE outbox (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  what INTEGER NOT NULL,
  at INTEGER NOT NULL,
  connection TEXT NOT NULL,
  identity TEXT NOT NULL,
  account TEXT NOT NULL,
  name TEXT NOT NULL,
  kind INTEGER NOT NULL,
  field TEXT NOT NULL,
  old TEXT,
  new TEXT
);
CREATE TABLE outbox_name (name TEXT NOT NULL);
INSERT INTO outbox_name (name) VALUES (lower(hex(randomblob(16))));
";

const OWN_1: &str = "
CREATE TABLE history (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  connection TEXT NOT NULL,
  identity TEXT NOT NULL,
  account TEXT NOT NULL,
  name TEXT NOT NULL,
  kind INTEGER NOT NULL,
  field TEXT NOT NULL,
  old TEXT,
  new TEXT
);
CREATE INDEX history_at ON history (at);
CREATE INDEX history_account ON history (account);
CREATE TABLE vanished (
  connection TEXT NOT NULL,
  identity TEXT NOT NULL,
  account TEXT NOT NULL,
  at INTEGER NOT NULL,
  name TEXT NOT NULL,
  record TEXT NOT NULL,
  PRIMARY KEY (connection, identity, account)
) WITHOUT ROWID;
CREATE TABLE label (
  connection TEXT NOT NULL,
  identity TEXT NOT NULL,
  account TEXT NOT NULL,
  label TEXT NOT NULL,
  PRIMARY KEY (connection, identity, account, label)
) WITHOUT ROWID;
CREATE TABLE note (
  connection TEXT NOT NULL,
  identity TEXT NOT NULL,
  account TEXT NOT NULL,
  text TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (connection, identity, account)
) WITHOUT ROWID;
CREATE TABLE mark (
  position INTEGER PRIMARY KEY,
  connection TEXT NOT NULL,
  account TEXT NOT NULL
);
CREATE TABLE kept (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE filter (seq INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT NOT NULL UNIQUE, at INTEGER NOT NULL);
";

// Opening.

pub(super) const VERSION: &str = "user_version";
pub(super) const APPLICATION: &str = "application_id";
pub(super) const TABLES: &str = "SELECT count(*) FROM sqlite_schema";
pub(super) const QUICK_CHECK: &str = "PRAGMA quick_check(1)";
pub(super) const BACKUP: &str = "VACUUM INTO ?1";
pub(super) const COMPACT: &str = "VACUUM";
/// Zeroes what a deletion frees: what is forgotten stands in no free page either.
pub(super) const FORGET_MODE: &str = "PRAGMA secure_delete = ON";
pub(super) const USUAL_MODE: &str = "PRAGMA secure_delete = OFF";
pub(super) const CHECKPOINT: &str = "PRAGMA wal_checkpoint(TRUNCATE)";
pub(super) const SHRINK: &str = "PRAGMA shrink_memory";

// Owners.

macro_rules! owner_columns {
    () => {
        "no, connection, provider, identity, identity_at, current, state, run, resume, whole_run, whole_at, \
         whole_pages, heard_at"
    };
}

pub(super) const OWNERS: &str = concat!("SELECT ", owner_columns!(), " FROM owner ORDER BY no");
pub(super) const OWNER: &str = concat!("SELECT ", owner_columns!(), " FROM owner WHERE no = ?1");
pub(super) const OWNER_OF_IDENTITY: &str = "SELECT no FROM owner WHERE connection = ?1 AND identity_key IS ?2";
pub(super) const CURRENT_OWNER: &str = "SELECT no, identity_key FROM owner WHERE connection = ?1 AND current = 1";
pub(super) const ADD_OWNER: &str =
    "INSERT INTO owner (connection, provider, identity_key, identity, identity_at, current)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
pub(super) const SET_IDENTITY: &str =
    "UPDATE owner SET provider = ?2, identity_key = ?3, identity = ?4, identity_at = ?5 WHERE no = ?1";
pub(super) const SET_CURRENT: &str =
    "UPDATE owner SET current = (no = ?1) WHERE connection = (SELECT connection FROM owner WHERE no = ?1)";
pub(super) const SET_STATE: &str = "UPDATE owner SET state = ?2 WHERE no = ?1";
pub(super) const SET_HEARD: &str = "UPDATE owner SET heard_at = ?2 WHERE no = ?1";
pub(super) const WIDEN: &str =
    "UPDATE owner SET low = min(coalesce(low, ?2), ?2), high = max(coalesce(high, ?3), ?3) WHERE no = ?1";
pub(super) const OWNER_RUN: &str = "SELECT run, resume IS NOT NULL FROM owner WHERE no = ?1";
pub(super) const BEGIN_RUN: &str = "UPDATE owner SET run = run + 1, resume = ?2 WHERE no = ?1 RETURNING run";
pub(super) const SET_RESUME: &str = "UPDATE owner SET resume = ?2 WHERE no = ?1";
pub(super) const END_RUN: &str =
    "UPDATE owner SET resume = NULL, whole_run = run, whole_at = ?2, whole_pages = ?3 WHERE no = ?1";
pub(super) const FORGET_ACCOUNTS: &[&str] = &[
    "DELETE FROM first_screen WHERE row IN (SELECT row FROM account WHERE owner = ?1)",
    "DELETE FROM raw WHERE row IN (SELECT row FROM account WHERE owner = ?1)",
    "DELETE FROM account WHERE owner = ?1",
    "DELETE FROM seen WHERE owner = ?1",
    "DELETE FROM organization WHERE owner = ?1",
    "DELETE FROM fact WHERE owner = ?1",
    "DELETE FROM outbox WHERE connection = (SELECT connection FROM owner WHERE no = ?1)",
    "DELETE FROM owner WHERE no = ?1",
];
pub(super) const FORGET_WORDS: &[&str] = &[
    "DELETE FROM word WHERE no NOT IN
       (SELECT kind FROM account WHERE kind IS NOT NULL UNION SELECT status FROM account WHERE status IS NOT NULL)",
    "DELETE FROM place WHERE no NOT IN (SELECT place FROM account WHERE place IS NOT NULL)",
];

// Accounts.

macro_rules! account_columns {
    () => {
        "row, owner, id, name, place, kind, status, email, created_at, updated_at, gone_since, kept, has_extra"
    };
}

pub(super) const LOAD: &str = concat!("SELECT ", account_columns!(), " FROM account WHERE row BETWEEN ?1 AND ?2");
/// Each by itself: together they read every row.
pub(super) const SPAN: &str = "SELECT (SELECT min(row) FROM account), (SELECT max(row) FROM account)";
pub(super) const WORDS: &str = "SELECT no, text FROM word";
pub(super) const PLACES: &str = "SELECT no, id, name FROM place";
pub(super) const WORD: &str = "SELECT no FROM word WHERE text = ?1";
pub(super) const ADD_WORD: &str = "INSERT INTO word (text) VALUES (?1)";
pub(super) const PLACE: &str = "SELECT no FROM place WHERE id = ?1 AND name = ?2";
pub(super) const ADD_PLACE: &str = "INSERT INTO place (id, name) VALUES (?1, ?2)";
pub(super) const FIND: &str = "SELECT row, digest, gone_since FROM account WHERE key = ?1 AND owner = ?2 AND id = ?3";
pub(super) const ADD_ACCOUNT: &str = "INSERT INTO account (owner, id, name, place, kind, status, email, created_at, updated_at, has_extra, heard_at, \
     key, digest, kept) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";
pub(super) const SET_ACCOUNT: &str = "UPDATE account SET name = ?2, place = ?3, kind = ?4, status = ?5, email = ?6,
  created_at = ?7, updated_at = ?8, has_extra = ?9, heard_at = ?10, gone_since = NULL, digest = ?11, kept = ?12 WHERE row = ?1";
/// What comes next of the account is compared with what is there now, not with its last record.
pub(super) const SET_PLACE: &str = "UPDATE account SET place = ?2, digest = 0 WHERE row = ?1";
pub(super) const ADD_RAW: &str = "INSERT INTO raw (row, text) VALUES (?1, ?2)";
pub(super) const SET_RAW: &str = "UPDATE raw SET text = ?2 WHERE row = ?1";
pub(super) const TOUCH: &str = "UPDATE account SET heard_at = ?2, gone_since = NULL WHERE row = ?1";
pub(super) const SET_GONE: &str = "UPDATE account SET gone_since = ?2 WHERE row = ?1 AND gone_since IS NULL";
/// Those of an owner that are there, within the rows that it has.
pub(super) const PRESENT: &str = "SELECT row, id FROM account WHERE owner = ?1 AND gone_since IS NULL
  AND row BETWEEN (SELECT low FROM owner WHERE no = ?1) AND (SELECT high FROM owner WHERE no = ?1) ORDER BY row";
pub(super) const RECORD: &str = "SELECT account.row, o.connection, o.provider, account.id, account.name, place.id,
  place.name, kind.text, status.text, email, created_at, updated_at, has_extra, account.heard_at, gone_since, account.owner,
  raw.text FROM account JOIN owner o ON o.no = account.owner JOIN raw ON raw.row = account.row
  LEFT JOIN place ON place.no = account.place LEFT JOIN word kind ON kind.no = account.kind
  LEFT JOIN word status ON status.no = account.status WHERE account.row = ?1";
pub(super) const RAW: &str = "SELECT text FROM raw WHERE row = ?1";
pub(super) const ID: &str = "SELECT id FROM account WHERE row = ?1";
pub(super) const RAWS: &str = "SELECT row, text FROM raw WHERE row BETWEEN ?1 AND ?2";
pub(super) const COUNT: &str = "SELECT count(*) FROM account WHERE owner = ?1 AND gone_since IS NULL";
pub(super) const SEEN: &str = "SELECT block, bits FROM seen WHERE owner = ?1";
pub(super) const SEEN_BLOCK: &str = "SELECT bits FROM seen WHERE owner = ?1 AND block = ?2";
pub(super) const SET_SEEN: &str = "INSERT OR REPLACE INTO seen (owner, block, bits) VALUES (?1, ?2, ?3)";
pub(super) const CLEAR_SEEN: &str = "DELETE FROM seen WHERE owner = ?1";

/// For those who type the beginning of an id.
pub(super) const ACCOUNT_IDS: &str = "SELECT o.connection, a.id, a.name FROM account a JOIN owner o ON o.no = a.owner
  WHERE o.current = 1 AND gone_since IS NULL AND substr(a.id, 1, length(?1)) = ?1 LIMIT ?2";
pub(super) const ORGANIZATION_IDS: &str = "SELECT o.connection, u.id, u.name FROM organization u
  JOIN owner o ON o.no = u.owner WHERE o.current = 1 AND substr(u.id, 1, length(?1)) = ?1 LIMIT ?2";

// The first screen.

pub(super) const FIRST_SCREEN: &str = "SELECT first_screen.row FROM first_screen JOIN account USING (row)
  JOIN owner o ON o.no = account.owner WHERE o.current = 1 ORDER BY position LIMIT ?1";
pub(super) const FIRST_ROWS: &str = "SELECT account.row FROM account JOIN owner o ON o.no = account.owner
  WHERE o.current = 1 AND gone_since IS NULL ORDER BY account.row LIMIT ?1";
pub(super) const CLEAR_FIRST: &str = "DELETE FROM first_screen";
pub(super) const ADD_FIRST: &str = "INSERT INTO first_screen (position, row) VALUES (?1, ?2)";

// Organizations and facts.

pub(super) const ORGANIZATIONS: &str =
    "SELECT id, name, kind, parent_id, parent_name, account, created_at, raw, heard_at
  FROM organization WHERE owner = ?1 ORDER BY id";
pub(super) const SET_ORGANIZATION: &str = "INSERT INTO organization
  (owner, id, name, kind, parent_id, parent_name, account, created_at, raw, heard_at)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
  ON CONFLICT (owner, id) DO UPDATE SET name = excluded.name, kind = excluded.kind, parent_id = excluded.parent_id,
  parent_name = excluded.parent_name, account = excluded.account, created_at = excluded.created_at,
  raw = excluded.raw, heard_at = excluded.heard_at";
pub(super) const DROP_ORGANIZATION: &str = "DELETE FROM organization WHERE owner = ?1 AND id = ?2";
pub(super) const SET_FACT: &str =
    "INSERT OR REPLACE INTO fact (owner, kind, subject, at, value) VALUES (?1, ?2, ?3, ?4, ?5)";
pub(super) const DROP_FACT: &str = "DELETE FROM fact WHERE owner = ?1 AND kind = ?2 AND subject = ?3";
pub(super) const FACT: &str = "SELECT subject, at, value FROM fact WHERE owner = ?1 AND kind = ?2 AND subject = ?3";
pub(super) const FACTS_OF_KIND: &str =
    "SELECT subject, at, value FROM fact WHERE owner = ?1 AND kind = ?2 ORDER BY subject";

// What the history has not heard yet.

pub(super) const OUTBOX: &str = "SELECT name FROM outbox_name WHERE EXISTS (SELECT 1 FROM outbox)";
/// Of the cache a commit need not be on the disk at once; with this all before it is.
pub(super) const MAKE_DURABLE: &str =
    "PRAGMA synchronous = FULL; UPDATE outbox_name SET name = name; PRAGMA synchronous = NORMAL";
pub(super) const LETTERS: &str =
    "SELECT seq, at, connection, identity, account, name, kind, field, old, new, what FROM outbox
  WHERE seq > ?1 ORDER BY seq";
pub(super) const ADD_LETTER: &str = "INSERT INTO outbox
  (what, at, connection, identity, account, name, kind, field, old, new) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
pub(super) const DROP_LETTERS: &str = "DELETE FROM outbox WHERE seq <= ?1";

// The user's own.

pub(super) const ADD_HISTORY: &str = "INSERT INTO history
  (at, connection, identity, account, name, kind, field, old, new) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
pub(super) const HISTORY: &str =
    "SELECT seq, at, connection, identity, account, name, kind, field, old, new FROM history
  WHERE at >= ?1 AND seq > ?2 AND (?3 IS NULL OR connection = ?3) AND (?4 IS NULL OR account = ?4)
  AND (?5 IS NULL OR identity = ?5) ORDER BY seq";
/// The same, the newest first.
pub(super) const HISTORY_BACK: &str =
    "SELECT seq, at, connection, identity, account, name, kind, field, old, new FROM history
  WHERE at >= ?1 AND seq > ?2 AND (?3 IS NULL OR connection = ?3) AND (?4 IS NULL OR account = ?4)
  AND (?5 IS NULL OR identity = ?5) ORDER BY seq DESC";
/// The newest first, at most `?3`, for people: kinds from 5 on only tell how a text came about.
pub(super) const NEWEST_HISTORY: &str =
    "SELECT seq, at, connection, identity, account, name, kind, field, old, new FROM history
  WHERE kind < 5 AND (?1 IS NULL OR at >= ?1) AND (?2 IS NULL OR connection = ?2) ORDER BY seq DESC LIMIT ?3";
pub(super) const NEWEST_OF_ACCOUNT: &str =
    "SELECT seq, at, connection, identity, account, name, kind, field, old, new FROM history
  WHERE kind < 5 AND account = ?1 AND connection = ?2 AND (?3 IS NULL OR identity = ?3) ORDER BY seq DESC LIMIT ?4";
/// Each listing by which so many vanished is asked about by itself.
pub(super) const VANISHED: &str = "SELECT connection, identity, count(*), at FROM vanished
  GROUP BY connection, identity, at ORDER BY at, connection, identity";
pub(super) const HOLD: &str = "INSERT OR REPLACE INTO vanished (connection, identity, account, at, name, record)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
pub(super) const HELD: &str = "SELECT record FROM vanished WHERE connection = ?1 AND identity = ?2 AND account = ?3";
pub(super) const DROP_HELD: &str = "DELETE FROM vanished WHERE connection = ?1 AND identity = ?2 AND account = ?3";
pub(super) const TAKE_HELD: &str = "INSERT INTO history (at, connection, identity, account, name, kind, field, old)
  SELECT at, connection, identity, account, name, 2, '', record FROM vanished
  WHERE connection = ?1 AND identity = ?2 AND at = ?3 ORDER BY account";
pub(super) const DROP_TAKEN: &str = "DELETE FROM vanished WHERE connection = ?1 AND identity = ?2 AND at = ?3";
pub(super) const LAST_HISTORY_AT: &str = "SELECT at FROM history ORDER BY seq DESC LIMIT 1";
pub(super) const PRUNE_OLD: &str = "DELETE FROM history WHERE at < ?1";
/// All but the newest `?1`.
pub(super) const PRUNE_MANY: &str =
    "DELETE FROM history WHERE seq <= (SELECT seq FROM history ORDER BY seq DESC LIMIT 1 OFFSET ?1)";
pub(super) const COUNT_HISTORY: &str = "SELECT count(*) FROM history";
pub(super) const LABELS: &str =
    "SELECT connection, identity, account, label FROM label ORDER BY connection, identity, account, label";
pub(super) const ADD_LABEL: &str =
    "INSERT OR IGNORE INTO label (connection, identity, account, label) VALUES (?1, ?2, ?3, ?4)";
pub(super) const DROP_LABEL: &str =
    "DELETE FROM label WHERE connection = ?1 AND identity = ?2 AND account = ?3 AND label = ?4";
pub(super) const NOTES: &str =
    "SELECT connection, identity, account, text, at FROM note ORDER BY connection, identity, account";
pub(super) const SET_NOTE: &str =
    "INSERT OR REPLACE INTO note (connection, identity, account, text, at) VALUES (?1, ?2, ?3, ?4, ?5)";
pub(super) const DROP_NOTE: &str = "DELETE FROM note WHERE connection = ?1 AND identity = ?2 AND account = ?3";
pub(super) const MARKS: &str = "SELECT connection, account FROM mark ORDER BY position";
pub(super) const CLEAR_MARKS: &str = "DELETE FROM mark";
pub(super) const ADD_MARK: &str = "INSERT INTO mark (position, connection, account) VALUES (?1, ?2, ?3)";
pub(super) const KEPT: &str = "SELECT value FROM kept WHERE name = ?1";
pub(super) const KEPT_UNDER: &str = "SELECT name, value FROM kept WHERE substr(name, 1, length(?1)) = ?1 ORDER BY name";
pub(super) const SET_KEPT: &str = "INSERT OR REPLACE INTO kept (name, value) VALUES (?1, ?2)";
pub(super) const DROP_KEPT: &str = "DELETE FROM kept WHERE name = ?1";
pub(super) const FILTERS: &str = "SELECT text FROM filter ORDER BY seq DESC LIMIT ?1";
/// Takes it from where it was, so that it comes back as the newest.
pub(super) const DROP_FILTER: &str = "DELETE FROM filter WHERE text = ?1";
pub(super) const ADD_FILTER: &str = "INSERT INTO filter (text, at) VALUES (?1, ?2)";
pub(super) const PRUNE_FILTERS: &str =
    "DELETE FROM filter WHERE seq <= (SELECT seq FROM filter ORDER BY seq DESC LIMIT 1 OFFSET ?1)";
