//! Words select the same names as fzf's extended search does, for the queries in tests/fixtures/fzf.
//!
//! `expected.txt` was made by fzf itself (its first line says which) over `names.txt`, one name a line. With
//! `ACCTUI_FZF=/path/to/fzf` the test asks that fzf too; with `ACCTUI_FZF_WRITE=1` beside it, what it says becomes the
//! expected. Names alone: the accounts have no id, e-mail or parent that a word could find.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(clippy::disallowed_methods, reason = "the environment says which fzf to ask")]

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use acctui::domain::filter::{Alone, Answer, Filter};
use acctui::domain::{Account, AccountId, AccountKey, ConnectionName, ProviderId, Untrusted};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/fzf").join(name)
}

fn lines(name: &str) -> Vec<String> {
    std::fs::read_to_string(fixture(name)).unwrap().split_terminator('\n').map(str::to_owned).collect()
}

fn account(name: &str) -> Account {
    Account {
        key: AccountKey { connection: ConnectionName::new("test"), id: AccountId::new("") },
        provider: ProviderId::new("test"),
        name: Untrusted::new(name),
        kind: None,
        status: None,
        email: None,
        created_at: None,
        updated_at: None,
        parent: None,
        raw: serde_json::json!({}).into(),
        secrets: BTreeMap::new(),
        has_extra: false,
    }
}

/// `0-3 7 9-12`.
fn ranges(rows: &[usize]) -> String {
    let mut text = String::new();
    let mut rest = rows.iter().copied().peekable();
    while let Some(first) = rest.next() {
        let mut last = first;
        while let Some(next) = rest.next_if_eq(&(last + 1)) {
            last = next;
        }
        let space = if text.is_empty() { "" } else { " " };
        write!(text, "{space}{first}").unwrap();
        if last > first {
            write!(text, "-{last}").unwrap();
        }
    }
    text
}

/// What fzf finds.
fn asked(fzf: &str, names: &[String], query: &str) -> Vec<usize> {
    let mut child = Command::new(fzf)
        .args(["--no-sort", "--filter", query])
        .env_remove("FZF_DEFAULT_OPTS")
        .env_remove("FZF_DEFAULT_OPTS_FILE")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let text = names.join("\n") + "\n";
    let writer = std::thread::spawn(move || stdin.write_all(text.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    let rows: HashMap<&str, usize> = names.iter().enumerate().map(|(row, name)| (name.as_str(), row)).collect();
    let said = String::from_utf8(output.stdout).unwrap();
    let mut found: Vec<usize> = said.split_terminator('\n').map(|name| rows[name]).collect();
    found.sort_unstable();
    found
}

/// The expected rows of each query: what the file says, or what fzf says now.
fn expected(names: &[String], queries: &[String]) -> Vec<String> {
    let Ok(fzf) = std::env::var("ACCTUI_FZF") else {
        return lines("expected.txt").split_off(1);
    };
    let said: Vec<String> = queries.iter().map(|query| ranges(&asked(&fzf, names, query))).collect();
    if std::env::var("ACCTUI_FZF_WRITE").is_ok() {
        let version = Command::new(&fzf).arg("--version").output().unwrap().stdout;
        let version = String::from_utf8(version).unwrap();
        let number = version.split_whitespace().next().unwrap();
        std::fs::write(fixture("expected.txt"), format!("fzf {number}\n{}\n", said.join("\n"))).unwrap();
    }
    said
}

#[test]
fn words_select_the_same_names_as_fzf_does() {
    let (names, queries) = (lines("names.txt"), lines("queries.txt"));
    let accounts: Vec<Account> = names.iter().map(|name| account(name)).collect();
    let expected = expected(&names, &queries);
    assert_eq!(expected.len(), queries.len());
    assert!(queries.len() >= 150 && names.len() >= 2_000);
    let mut wrong = String::new();
    for (query, expected) in queries.iter().zip(expected) {
        let filter = Filter::parse(query);
        assert_eq!(filter.error(), None, "{query:?}");
        let passes = |account: &Account| filter.passes(account, &Alone::default()) == Answer::Yes;
        let rows: Vec<usize> =
            accounts.iter().enumerate().filter(|(_, account)| passes(account)).map(|(row, _)| row).collect();
        let found = ranges(&rows);
        if found != expected {
            writeln!(wrong, "{query:?}\n  fzf: {expected}\n  we:  {found}").unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn the_marks_stand_on_what_matched() {
    let queries = lines("queries.txt");
    for name in lines("names.txt").iter().step_by(7) {
        let account = account(name);
        for filter in queries.iter().map(|query| Filter::parse(query)) {
            let matched = filter.matched(name);
            assert!(matched.is_sorted() && matched.last().is_none_or(|last| *last < name.chars().count()));
            let is_single = filter.terms().len() == 1 && filter.words().count() == 1;
            let is_positive = filter.words().all(|word| !word.negative);
            if is_single && is_positive {
                let passes = filter.passes(&account, &Alone::default()) == Answer::Yes;
                assert_eq!(passes, !matched.is_empty(), "{filter:?} {name:?}");
            }
        }
    }
}
