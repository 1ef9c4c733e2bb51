//! The kept inventory on the command line: how it is opened, what answers from it, and when a provider is asked.

use std::io::IsTerminal as _;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::future::join_all;
use indexmap::IndexMap;

use super::args::{Common, Fresh};
use super::desk::{Desk, Opened, say};
use super::list;
use super::stop::OFFLINE;
use crate::config::Paths;
use crate::domain::{
    Account, AccountId, ConnectionName, Failure, FailureKind, Identity, Lineage, Moment, Organization, OrganizationId,
    Profile, Subject, age_words,
};
use crate::inventory::disk::{Disk, Mode, Retention};
use crate::inventory::history::History;
use crate::inventory::{ConnectionView, Inventory, Snapshot, SyncState};
use crate::provider::{
    Clock, Cursor, DetailOptions, ListScope, OrganizationScope, Page, Provider, RequestBudget, SignIn, Spec,
};

/// How long the end of a command waits for what is not on the disk yet. What is lost is listed again.
const AT_END: Duration = Duration::from_secs(10);

/// Whether a listing that is kept is good enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// What an earlier command or the browser was told.
    Kept,
    /// What the provider says now.
    Live,
}

impl Wanted {
    pub(super) fn live(is_live: bool) -> Self {
        if is_live { Self::Live } else { Self::Kept }
    }
}

impl From<&Fresh> for Wanted {
    fn from(fresh: &Fresh) -> Self {
        Self::live(fresh.live)
    }
}

/// The connections whose kept inventory may answer a read: whole listings; with `--offline` whatever there is.
pub(super) async fn answering<'o>(
    desk: &Desk,
    opened: &'o [Opened],
    wanted: Wanted,
) -> (Arc<Inventory>, Vec<&'o Opened>) {
    let offline = desk.common.offline;
    if wanted == Wanted::Live && !offline {
        return (Arc::default(), Vec::new());
    }
    let inventory = desk.inventory().await;
    let snapshot = inventory.snapshot();
    let may = |it: &&Opened| {
        let is_hidden = snapshot.connection(it.name()).is_none_or(ConnectionView::is_hidden);
        !is_hidden && (offline || is_kept(&snapshot, it.name()))
    };
    (inventory, opened.iter().filter(may).collect())
}

/// Says at a terminal how old an answer is.
pub(super) fn say_age(desk: &Desk, name: &ConnectionName, at: Moment) {
    say_ages(desk, &[(name, at)]);
}

/// Says at a terminal how old answers are: in one line where all are equally old.
fn say_ages(desk: &Desk, answers: &[(&ConnectionName, Moment)]) {
    if std::io::stderr().is_terminal() {
        let now = (desk.clock)();
        let old = |(name, at): &(&ConnectionName, Moment)| (name.to_string(), age_words(now.since(*at)));
        let answers: Vec<_> = answers.iter().map(old).collect();
        for line in ages(&answers, desk.common.offline) {
            say(&line);
        }
    }
}

/// A line for each age, with the connections that have it; the last says how it is asked for anew.
fn ages(answers: &[(String, String)], offline: bool) -> Vec<String> {
    let mut old: IndexMap<&str, Vec<&str>> = IndexMap::new();
    for (name, age) in answers {
        old.entry(age).or_default().push(name);
    }
    let is_one = old.len() == 1;
    let line = |(age, names): (&str, Vec<&str>)| match names.len() {
        count @ 2.. if is_one => format!("{count} connections: as of {age}"),
        _ => format!("{}: as of {age}", names.join(", ")),
    };
    let mut lines: Vec<String> = old.into_iter().map(line).collect();
    if let (Some(last), false) = (lines.last_mut(), offline) {
        last.push_str(" (--live, or acctui sync, asks again)");
    }
    lines
}

/// When a connection was listed last.
pub(super) fn listed_at(snapshot: &Snapshot, name: &ConnectionName) -> Option<Moment> {
    let view = snapshot.connection(name)?;
    match &view.sync {
        // Of what is kept, not of the failure.
        SyncState::Failed { at, .. } => view.kept_at.or(Some(*at)),
        SyncState::Complete { at } | SyncState::Partial { at, .. } => Some(*at),
        SyncState::Never | SyncState::Running { .. } => None,
    }
}

/// What the user should know of the disk.
pub(super) enum Told {
    /// How the file was found.
    Notice(String),
    /// What comes in is not kept, and why, where that is not said already.
    Unkept(Option<String>),
}

/// Opens the inventory on the disk and reads it. Blocks.
pub(super) fn open(
    paths: &Paths,
    keep: Retention,
    clock: &Clock,
    tell: impl Fn(Told) + Send + Sync + 'static,
) -> Arc<Inventory> {
    let opened = Disk::open(&paths.inventory(), clock());
    opened.notices.iter().for_each(|notice| tell(Told::Notice(notice.words().to_owned())));
    if opened.disk.mode() != Mode::Writable {
        tell(Told::Unkept(None));
    }
    let tell = move |words| tell(Told::Unkept(Some(words)));
    let history = Arc::new(History::at(paths.own(), Arc::clone(clock)).keeping(keep));
    match Inventory::over(opened.disk, Arc::clone(clock), Box::new(tell)) {
        Ok(inventory) => {
            let inventory = inventory.with_history(&history);
            inventory.load();
            Arc::new(inventory)
        }
        Err(error) => {
            say(&format!("the inventory is kept in memory alone: no thread can be started: {error}"));
            Arc::default()
        }
    }
}

/// Has everything written that was learned.
pub(super) async fn flush(inventory: Arc<Inventory>) {
    let written = tokio::task::spawn_blocking(move || inventory.flush(AT_END)).await;
    if matches!(written, Ok(false)) {
        say("the disk is slow: not all that was learned is kept; it is asked for again");
    }
}

/// Makes the listings of the connections what is wanted, side by side; one result each. Where a listing is kept, nobody
/// is asked; one that never came is asked for.
pub(super) async fn bring<'o>(
    desk: &Desk,
    opened: impl IntoIterator<Item = &'o Opened>,
    inventory: &Inventory,
    wanted: Wanted,
    hear: &(dyn Fn(Arc<Snapshot>) + Sync),
) -> Vec<Result<(), Failure>> {
    let before = inventory.snapshot();
    let answers = opened.into_iter().map(|it| (it, answer(desk, &before, it.name(), wanted)));
    let answers: Vec<_> = answers.collect();
    let old = answers.iter().filter_map(|(it, kept)| Some((it.name(), kept.as_ref()?.as_ref().ok()?.0)));
    say_ages(desk, &old.collect::<Vec<_>>());
    let each = answers.into_iter().map(|(it, kept)| async move {
        if let Some(kept) = kept {
            return kept.and_then(|(_, whole)| whole);
        }
        let mut published = |snapshot| hear(snapshot);
        list::sync(desk, it, inventory, &mut published).await
    });
    join_all(each).await
}

/// A listing that is kept: when it came, and why it is not whole.
type Answer = (Moment, Result<(), Failure>);

/// What is kept of a connection's listing, if that is the answer; the failure where nobody may be asked for one.
fn answer(desk: &Desk, snapshot: &Snapshot, name: &ConnectionName, wanted: Wanted) -> Option<Result<Answer, Failure>> {
    let offline = desk.common.offline;
    if wanted == Wanted::Live && !offline {
        return None;
    }
    let view = snapshot.connection(name);
    let has_rows = view.is_some_and(|view| view.accounts > 0);
    // One that was given up in its midst goes on.
    if !offline && !is_kept(snapshot, name) {
        return None;
    }
    let answer = match view.map(|view| &view.sync) {
        Some(SyncState::Complete { at }) => (*at, Ok(())),
        Some(SyncState::Partial { at, why, .. }) => (*at, Err(why.clone())),
        // What came before it failed is better than nothing where nobody can be asked.
        Some(SyncState::Failed { at, why }) if offline && has_rows => (*at, Err(why.clone())),
        Some(SyncState::Never | SyncState::Running { .. } | SyncState::Failed { .. }) | None => {
            return Some(Err(absent(name, &desk.common)));
        }
    };
    Some(Ok(answer))
}

/// Whether a connection's listing is answered from what is kept.
pub(super) fn is_kept(snapshot: &Snapshot, name: &ConnectionName) -> bool {
    let sync = snapshot.connection(name).map(|view| &view.sync);
    match sync {
        Some(SyncState::Complete { .. }) => true,
        Some(SyncState::Partial { why, .. }) => why.kind != FailureKind::Stopped,
        Some(SyncState::Never | SyncState::Running { .. } | SyncState::Failed { .. }) | None => false,
    }
}

/// The answer where nobody is asked.
fn absent(name: &ConnectionName, common: &Common) -> Failure {
    let (why, hint) = if common.no_cache {
        // Whatever was listed before, it would not be read.
        ("with --no-cache nothing is read that was listed before", "leave --offline or --no-cache out".to_owned())
    } else {
        let hint = format!("leave --offline out, or run acctui sync -c {name} first");
        ("it was never listed, so that this is not in the inventory", hint)
    };
    Failure::new(FailureKind::Stopped, OFFLINE, why).with_hint(hint)
}

/// A provider that asks nobody: `--offline`.
pub(super) struct Silent {
    answer: Failure,
    provider: Arc<dyn Provider>,
}

impl Silent {
    pub(super) fn over(name: &ConnectionName, provider: Arc<dyn Provider>, common: &Common) -> Arc<dyn Provider> {
        Arc::new(Self { answer: absent(name, common), provider })
    }

    fn no<T>(&self) -> Result<T, Failure> {
        Err(self.answer.clone())
    }
}

#[async_trait]
impl Provider for Silent {
    fn spec(&self) -> &'static Spec {
        self.provider.spec()
    }

    async fn budget(&self) -> Option<RequestBudget> {
        self.provider.budget().await
    }

    async fn identity(&self) -> Result<Identity, Failure> {
        self.no()
    }

    async fn accounts(&self, _: &ListScope, _: &Cursor) -> Result<Page<Account>, Failure> {
        self.no()
    }

    async fn account(&self, _: &AccountId, _: DetailOptions) -> Result<Account, Failure> {
        self.no()
    }

    async fn organizations(&self, _: &OrganizationScope, _: &Cursor) -> Result<Page<Organization>, Failure> {
        self.no()
    }

    async fn organization(&self, _: &OrganizationId) -> Result<Organization, Failure> {
        self.no()
    }

    async fn lineage(&self, _: &AccountId) -> Result<Lineage, Failure> {
        self.no()
    }

    async fn profile(&self, _: &Subject) -> Result<Profile, Failure> {
        self.no()
    }

    async fn sign_in(&self) -> Result<SignIn, Failure> {
        self.no()
    }

    async fn switch(&self, _: &AccountId) -> Result<Account, Failure> {
        self.no()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_of_one_age_are_one_line() {
        let said = |answers: &[(&str, &str)], offline| {
            let answers: Vec<_> = answers.iter().map(|(name, age)| ((*name).to_owned(), (*age).to_owned())).collect();
            ages(&answers, offline)
        };
        let hint = "(--live, or acctui sync, asks again)";
        assert_eq!(said(&[("a", "2 min ago")], false), [format!("a: as of 2 min ago {hint}")]);
        assert_eq!(said(&[("a", "2 min ago"), ("b", "2 min ago")], true), ["2 connections: as of 2 min ago"]);
        assert_eq!(
            said(&[("a", "2 min ago"), ("b", "3 h ago"), ("c", "2 min ago")], false),
            ["a, c: as of 2 min ago".to_owned(), format!("b: as of 3 h ago {hint}")]
        );
        assert!(said(&[], false).is_empty());
    }
}
