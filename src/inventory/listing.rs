//! All pages of a connection's accounts, and what the listing says of itself if it is not whole.

use std::collections::HashSet;

use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};

use super::disk::Resume;
use super::pause::Pause;
use super::publisher::Publisher;
use super::store::Begun;
use super::walk::{Came, Step, Walk};
use super::{Consent, Inventory, Meter, Metered, SyncState, is_dear_failure};
use crate::domain::{Account, AccountId, ConnectionName, Failure, FailureKind, Untrusted};
use crate::provider::{Clock, Cursor, ListScope, Page, Paging, Provider};

/// Numbered pages under way at a time: the shared client lets 8 requests out at once and has the others wait their turn,
/// so none of the 8 is idle while a page is filed. What a person asks for waits behind the few that wait, no longer.
const SIDE_BY_SIDE: usize = 12;

/// Failed pages (each tried three times by the client) after which the rest is not asked for.
const FAILURES: u32 = 5;

/// What a sync works with.
#[derive(Clone, Copy)]
pub(super) struct Job<'a> {
    pub(super) inventory: &'a Inventory,
    pub(super) provider: &'a dyn Provider,
    pub(super) connection: &'a ConnectionName,
    pub(super) clock: &'a Clock,
    pub(super) publisher: &'a Publisher<'a>,
    /// Whether the user has agreed to what it costs.
    pub(super) consent: Consent,
    /// Holds it up.
    pub(super) pause: &'a Pause,
}

/// One listing of a connection's accounts.
pub(super) struct Listing<'a> {
    job: Job<'a>,
    /// The number that the inventory gave it.
    run: u32,
    /// How far the listing before it came.
    before: SyncState,
    /// Different accounts so far.
    loaded: u64,
    /// The least total that a page named: an account that is deleted meanwhile is not missing.
    total: Option<u64>,
    /// Whether pages named different totals, or fewer accounts than they gave.
    wavers: bool,
    /// Pages so far.
    pages: u32,
    /// The highest number of one of them.
    last: u32,
    /// How many pages there are, where the provider says so.
    of: Option<u32>,
    failures: u32,
    /// The first page that failed, and why.
    failed: Option<(u32, Failure)>,
    /// No further page shall be asked for.
    over: bool,
    /// The inventory knows how it ended.
    ended: bool,
    /// What came, for the disk: after a restart it goes on there.
    resume: Resume,
    /// Whether some of it came before this began.
    goes_on: bool,
    meter: Meter<'a>,
    /// The first page, where it came beside the identity.
    first: Option<Result<Page<Account>, Failure>>,
}

impl<'a> Listing<'a> {
    pub(super) fn begin(job: Job<'a>) -> Self {
        let at = (job.clock)();
        let Begun { run, before, pages, resume } = job.inventory.begin(job.connection, at);
        let mut meter = Meter::new(job.provider, Metered::Listing, job.consent);
        meter.expect(pages);
        let goes_on = resume.is_some();
        let resume = resume.unwrap_or_else(|| Resume { began_at: at, ..Resume::default() });
        Self {
            job,
            run,
            before,
            loaded: resume.loaded,
            total: resume.total,
            wavers: false,
            last: 0,
            pages: u32::try_from(resume.done.len()).unwrap_or(u32::MAX),
            of: resume.of,
            resume,
            goes_on,
            failures: 0,
            failed: None,
            over: false,
            ended: false,
            meter,
            first: None,
        }
    }

    /// Begins with a first page that was asked for already, if it was.
    pub(super) fn with_first(mut self, first: Option<Result<Page<Account>, Failure>>) -> Self {
        self.first = first;
        self
    }

    /// Fetches and files every page.
    pub(super) async fn run(mut self) -> Result<(), Failure> {
        // What it took the last time is what it will take.
        if let Some(failure) = self.meter.asks(0).await {
            self.fail(1, failure);
            return self.end();
        }
        if self.goes_on
            && !self.is_numbered()
            && let Some(cursor) = self.resume.next.clone()
        {
            match self.fetch(&cursor).await {
                Ok(page) => {
                    let next = page.next.clone();
                    self.resume.next.clone_from(&next);
                    let came = self.take(page, self.pages + 1);
                    self.job.publisher.publish();
                    self.chain(came, next).await;
                    return self.end();
                }
                // Providers forget where their lists went on.
                Err(failure) if is_about_cursor(&failure) => {
                    self.begin_anew("the provider knows no more where it went on");
                }
                Err(failure) => {
                    self.fail(self.pages + 1, failure);
                    return self.end();
                }
            }
        }
        let first = match self.first.take() {
            Some(first) => first,
            None => self.fetch(&Cursor::First).await,
        };
        match first {
            Ok(page) => self.from(page).await,
            Err(failure) => self.fail(1, failure),
        }
        self.end()
    }

    /// All pages after the first one.
    async fn from(&mut self, page: Page<Account>) {
        let ids: HashSet<AccountId> = page.rows.iter().map(|row| row.key.id.clone()).collect();
        let pages = page.pages.unwrap_or_default();
        let next = page.next.clone();
        let is_other = (page.total, page.pages) != (self.resume.total, self.resume.of);
        if self.goes_on && (is_other || !self.is_numbered()) {
            // What pages held then is elsewhere now.
            self.begin_anew("the provider counts otherwise by now");
        }
        self.resume.next.clone_from(&next);
        let came = self.take(page, 1);
        // The first page is shown at once, whatever was shown before it.
        self.job.publisher.publish();
        if let Some(failure) = self.meter.asks(0).await {
            return self.fail(2, failure);
        }
        if self.is_numbered() && pages > 1 && next.is_some() {
            let beyond = self.side_by_side(pages, &ids).await;
            self.chain(Came::Fresh, beyond).await;
        } else {
            self.chain(came, next).await;
        }
        if self.is_numbered() {
            self.past_doubt().await;
        }
    }

    /// A provider whose counts differ from page to page does not say where its list ends: pages are asked for until one
    /// gives nothing new.
    async fn past_doubt(&mut self) {
        while self.wavers && !self.over && self.failed.is_none() {
            let number = self.last + 1;
            match self.fetch(&Cursor::Page(number)).await {
                Ok(page) => {
                    if self.take(page, number) != Came::Fresh {
                        return;
                    }
                    self.job.publisher.offer();
                    self.job.inventory.breathe().await;
                }
                // Not every provider has a page behind the last one.
                Err(failure) if is_about_cursor(&failure) => return,
                Err(failure) => self.fail(number, failure),
            }
        }
    }

    /// What came before this began is of no use, because of this: it is said at the end, as what providers say is.
    fn begin_anew(&mut self, because: &str) {
        self.job.inventory.begin_anew(self.job.connection, self.run);
        // One that had only begun, another process's perhaps, has nothing that is asked for again.
        if self.loaded > 0 {
            let words = format!("the listing that was interrupted began anew: {because}");
            self.job.inventory.hear(self.job.connection, vec![Untrusted::from(words)]);
        }
        self.resume = Resume { began_at: (self.job.clock)(), ..Resume::default() };
        (self.loaded, self.pages, self.total, self.of) = (0, 0, None, None);
        self.goes_on = false;
    }

    /// Ends it before its first page.
    pub(super) fn refuse(mut self, failure: Failure) -> Result<(), Failure> {
        self.fail(1, failure);
        self.end()
    }

    fn is_numbered(&self) -> bool {
        self.job.provider.spec().paging == Paging::Numbered
    }

    async fn fetch(&self, cursor: &Cursor) -> Result<Page<Account>, Failure> {
        let scope = ListScope::all();
        let answer = self.job.pause.ask(|| self.job.provider.accounts(&scope, cursor));
        self.job.publisher.wait(answer).await
    }

    /// Page after page, each naming the next.
    async fn chain(&mut self, mut came: Came, mut next: Option<Cursor>) {
        let mut walk = Walk::default();
        while !self.over {
            let cursor = match walk.step(came, next) {
                Step::Next(cursor) => cursor,
                Step::End => return,
                Step::Stuck(_) if self.total.is_some_and(|total| self.loaded >= total) => return,
                Step::Stuck(failure) => return self.fail(self.pages + 1, failure),
            };
            match self.fetch(&cursor).await {
                Ok(mut page) => {
                    next = page.next.take();
                    self.resume.next.clone_from(&next);
                    came = self.take(page, self.pages + 1);
                    self.job.publisher.offer();
                    self.job.inventory.breathe().await;
                }
                Err(failure) => return self.fail(self.pages + 1, failure),
            }
        }
    }

    /// Pages 2 to `pages`, several at a time, in whatever order they come. Gives where the last one leads: there may be
    /// more by then.
    async fn side_by_side(&mut self, pages: u32, first: &HashSet<AccountId>) -> Option<Cursor> {
        let scope = ListScope::all();
        let (provider, pause, scope) = (self.job.provider, self.job.pause, &scope);
        let fetch = async |number| {
            let cursor = Cursor::Page(number);
            let answer = pause.ask(|| provider.accounts(scope, &cursor)).await;
            (number, answer)
        };
        let done = self.resume.done.clone();
        let mut numbers = (2..=pages).filter(|number| !done.contains(*number));
        let mut waiting = FuturesUnordered::new();
        let mut beyond = None;
        loop {
            // All that has come is taken off the wire, and others are asked for in its place, before any of it is filed:
            // else the provider waits for that.
            let mut came = Vec::new();
            while came.len() < SIDE_BY_SIDE {
                while waiting.len() < SIDE_BY_SIDE
                    && !self.over
                    && let Some(number) = numbers.next()
                {
                    waiting.push(fetch(number));
                }
                let next = if came.is_empty() {
                    self.job.publisher.wait(waiting.next()).await
                } else {
                    waiting.next().now_or_never().flatten()
                };
                match next {
                    Some((number, Ok(page))) => {
                        // Past the end, or the first page for every number: the others are the same.
                        self.over |= page.rows.iter().all(|row| first.contains(&row.key.id));
                        came.push((number, page));
                    }
                    Some((number, Err(failure))) => self.fail(number, failure),
                    None if came.is_empty() => return beyond,
                    None => break,
                }
            }
            for (number, page) in came {
                if number == pages {
                    beyond.clone_from(&page.next);
                }
                self.take(page, number);
                self.job.publisher.offer();
                self.job.inventory.breathe().await;
            }
        }
    }

    /// Files a page.
    fn take(&mut self, page: Page<Account>, number: u32) -> Came {
        let (inventory, connection) = (self.job.inventory, self.job.connection);
        let rows = page.rows.len();
        self.meter.saw(&page);
        inventory.hear(connection, page.messages);
        let fresh = inventory.list(connection, self.run, page.rows, |fresh| {
            self.count(fresh, number, (page.total, page.pages));
            let running = SyncState::Running { loaded: self.loaded, total: self.total, pages: self.pages };
            (self.resume.clone(), running)
        });
        Came::of(rows, fresh)
    }

    /// Counts a page, and what it says of all.
    fn count(&mut self, fresh: usize, number: u32, (total, pages): (Option<u64>, Option<u32>)) {
        self.loaded += fresh as u64;
        self.pages += u32::from(!self.resume.done.contains(number));
        self.resume.done.insert(number);
        self.last = self.last.max(number);
        self.of = pages.or(self.of);
        self.wavers |= self.total.zip(total).is_some_and(|(before, now)| before != now);
        self.wavers |= total.is_some_and(|total| total < self.loaded);
        self.total = match (self.total, total) {
            (Some(before), Some(now)) => Some(before.min(now)),
            (before, now) => before.or(now),
        };
        (self.resume.of, self.resume.loaded, self.resume.total) = (self.of, self.loaded, self.total);
    }

    fn fail(&mut self, page: u32, failure: Failure) {
        self.failures += 1;
        self.over |= self.failures >= FAILURES || failure.kind == FailureKind::Auth;
        if self.failed.as_ref().is_none_or(|(first, _)| page < *first) {
            self.failed = Some((page, failure));
        }
    }

    /// Tells the inventory how it ended.
    fn end(&mut self) -> Result<(), Failure> {
        self.ended = true;
        let (page, why) = match (self.failed.take(), self.missing()) {
            (Some((page, why)), _) => (self.page_words(page), why),
            (None, Some(why)) => (format!("one of {} pages", self.pages), why),
            (None, None) => {
                let at = (self.job.clock)();
                let inventory = self.job.inventory;
                inventory.complete(self.job.connection, self.run, self.pages, at);
                return Ok(());
            }
        };
        self.stop(page, why.clone());
        Err(why)
    }

    fn stop(&self, page: String, why: Failure) {
        let at = (self.job.clock)();
        let sync = match (self.loaded, &self.before) {
            // A listing that asks about its cost before its first page leaves the rows of the one that it knows it from.
            (0, SyncState::Complete { at } | SyncState::Partial { at, .. }) if is_dear_failure(&why) => {
                SyncState::Partial { at: *at, page, why }
            }
            (0, _) => SyncState::Failed { at, why },
            (_, _) => SyncState::Partial { at, page, why },
        };
        let inventory = self.job.inventory;
        inventory.advance(self.job.connection, self.run, sync);
    }

    fn page_words(&self, page: u32) -> String {
        match self.of {
            Some(of) if of >= page => format!("page {page} of {of}"),
            Some(_) | None => format!("page {page}"),
        }
    }

    /// Every page came, but not as many accounts as the provider counts: rows can slip from page to page meanwhile.
    fn missing(&self) -> Option<Failure> {
        let total = self.total.filter(|total| *total > self.loaded)?;
        let cause = format!("the provider counts {total} accounts, its pages held {}", self.loaded);
        let failure = Failure::new(FailureKind::Unreadable, "listing accounts", cause);
        Some(failure.with_hint("sync again"))
    }
}

/// Whether a provider refuses where a list is to go on, and not the list.
fn is_about_cursor(failure: &Failure) -> bool {
    matches!(
        failure.kind,
        FailureKind::Refused | FailureKind::NotFound | FailureKind::Conflict | FailureKind::Unreadable
    )
}

/// A listing that is given up does not stay "running".
impl Drop for Listing<'_> {
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        if self.loaded == 0 {
            let before = std::mem::take(&mut self.before);
            let inventory = self.job.inventory;
            inventory.advance(self.job.connection, self.run, before);
        } else {
            let why = Failure::new(FailureKind::Stopped, "listing accounts", "it was given up before its end");
            self.stop(self.page_words(self.pages + 1), why);
            self.job.inventory.interrupt(self.job.connection, self.run, &self.resume);
        }
        self.job.inventory.publish();
    }
}
