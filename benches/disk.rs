//! How long the disk takes, and how much of it: `cargo bench --bench disk [-- ACCOUNTS…]` (100,000 and 1,000,000 if
//! nothing is said). A plain timed run: a batch is written once, as a sync writes it.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use acctui::domain::{
    Account, AccountId, AccountKey, ConnectionName, Moment, OrganizationId, ParentRef, ProviderId, RawJson, Untrusted,
};
use acctui::inventory::disk::{Batch, Disk, Ending, OwnerNo, Progress, Resume, RowId, StoredRow};

/// Accounts to a transaction: what a sync writes at a time.
const BATCH: usize = 2_000;

const NOW: Moment = Moment(1_790_000_000_000);

/// One account as Cloudflare gives it, its raw text of about 450 bytes.
fn account(nth: usize, random: &mut fastrand::Rng) -> Account {
    let id = format!("{:032x}", random.u128(..));
    let name = format!("Customer {} {nth:07}", random.choice(["prod", "staging", "retail"]).unwrap_or(""));
    let parent = random.u32(..500);
    let (parent_id, parent_name) = (format!("{parent:032x}"), format!("Division {parent}"));
    let created = format!("20{:02}-{:02}-11T10:09:08.123456Z", nth % 25, nth % 12 + 1);
    let raw = format!(
        r#"{{"id":"{id}","name":"{name}","type":"standard","created_on":"{created}","settings":{{"abuse_contact_email":"abuse{nth}@example.com","access_approval_expiry":null,"api_access_enabled":true,"default_nameservers":"cloudflare.standard","enforce_twofactor":{},"use_account_custom_ns_by_default":false}},"managed_by":{{"parent_org_id":"{parent_id}","parent_org_name":"{parent_name}"}},"legacy_flags":{{"enterprise_zone_quota":{{"maximum":0,"current":0,"available":0}}}}}}"#,
        nth.is_multiple_of(3)
    );
    Account {
        key: AccountKey { connection: ConnectionName::new("bench"), id: AccountId::new(&id) },
        provider: ProviderId::new("cloudflare"),
        name: Untrusted::from(name),
        kind: Some(Untrusted::new("standard")),
        status: None,
        email: Some(Untrusted::from(format!("abuse{nth}@example.com"))),
        created_at: Some(Untrusted::from(created)),
        updated_at: None,
        parent: Some(ParentRef { id: OrganizationId::new(parent_id), name: Untrusted::from(parent_name) }),
        raw: RawJson::parse(&raw).unwrap_or_else(|_| serde_json::Value::Null.into()),
        secrets: BTreeMap::new(),
        has_extra: false,
    }
}

#[expect(clippy::disallowed_methods, reason = "a bench reads the clock")]
fn timed<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let (begin, busy) = (Instant::now(), busy());
    let value = work();
    report(what, begin.elapsed(), self::busy().saturating_sub(busy));
    value
}

#[expect(clippy::print_stdout, reason = "a bench prints its figures")]
fn report(what: &str, took: Duration, busy: Duration) {
    println!("  {what:<44} {:>10.1} ms {:>10} ms of processor", took.as_secs_f64() * 1_000.0, busy.as_millis());
}

/// What the process has taken of the processors, in steps of 10 ms: tells more than the clock on a machine that does
/// other work, too. Zero where the system does not say it in Linux's way.
fn busy() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or("");
    let ticks = after_name.split(' ').skip(12).take(2).filter_map(|field| field.parse::<u64>().ok());
    Duration::from_millis(ticks.sum::<u64>() * 10)
}

/// A whole listing in batches; making the accounts is not counted.
#[expect(clippy::disallowed_methods, reason = "a bench reads the clock")]
#[expect(clippy::unwrap_used, reason = "a bench that fails should end")]
fn sync(disk: &Disk, owner: OwnerNo, count: usize) -> (Duration, Duration) {
    let mut random = fastrand::Rng::with_seed(7);
    let run = disk.begin(owner, NOW).unwrap();
    let (mut took, mut used) = (Duration::ZERO, Duration::ZERO);
    for first in (0..count).step_by(BATCH) {
        let accounts = (first..count.min(first + BATCH)).map(|nth| Arc::new(account(nth, &mut random))).collect();
        let progress = Some(Progress { run, resume: Resume::default() });
        let batch = Batch { accounts, progress, ..Batch::new(owner, NOW) };
        let (begin, before) = (Instant::now(), busy());
        disk.write(&batch).unwrap();
        took += begin.elapsed();
        used += busy().saturating_sub(before);
    }
    let (begin, before) = (Instant::now(), busy());
    disk.write(&Batch { ending: Some(Ending { run, pages: 1 }), ..Batch::new(owner, NOW) }).unwrap();
    (took + begin.elapsed(), used + busy().saturating_sub(before))
}

fn bytes(folder: &Path) -> u64 {
    let Ok(files) = std::fs::read_dir(folder) else {
        return 0;
    };
    files.filter_map(|file| file.ok()?.metadata().ok()).map(|file| file.len()).sum()
}

/// What an index would take of a row.
fn touch(row: StoredRow<'_>) -> ControlFlow<()> {
    black_box((row.id.len(), row.name.len(), row.email.map(str::len), row.created_at.map(str::len), row.place));
    ControlFlow::Continue(())
}

#[expect(clippy::unwrap_used, reason = "a bench that fails should end")]
#[expect(clippy::print_stdout, reason = "a bench prints its figures")]
fn measure(count: usize) {
    println!("{count} accounts");
    let folder = tempfile();
    let path = folder.join("inventory.db");
    let disk = timed("open a new file", || Disk::open(&path, NOW).disk);
    let name = ConnectionName::new("bench");
    let owner = disk.identify(&name, &ProviderId::new("cloudflare"), None, NOW).unwrap().owner;
    for what in ["first sync", "sync again, nothing changed"] {
        let (took, used) = sync(&disk, owner, count);
        report(what, took, used);
    }
    timed("close", || drop(disk));
    println!("  {:<44} {:>10} B", "on disk, per account", bytes(&folder) / count as u64);
    let disk = timed("open", || Disk::open(&path, NOW).disk);
    timed("first 60 rows, none kept", || disk.first(60).unwrap());
    disk.save_first(&(1..=60).map(|nth| RowId(nth * 37)).collect::<Vec<_>>()).unwrap();
    drop(disk);
    let disk = timed("open", || Disk::open(&path, NOW).disk);
    timed("first 60 rows, as kept", || disk.first(60).unwrap());
    for _ in 0..2 {
        timed("load, one reader", || disk.load(&[], |_| (), touch).unwrap());
        timed("load, two readers", || disk.load_halves(&[], |_| (touch, touch)).unwrap());
    }
    let all = RowId(i64::MIN)..=RowId(i64::MAX);
    let mut with = 0_u64;
    timed("scan of raw", || {
        disk.raws(all, |_, raw| {
            with += u64::from(raw.contains(r#""enforce_twofactor":true"#));
            ControlFlow::Continue(())
        })
        .unwrap();
    });
    black_box(with);
    let mut random = fastrand::Rng::with_seed(1);
    let last = i64::try_from(count).unwrap_or(i64::MAX);
    let wanted: Vec<RowId> = (0..1_000).map(|_| RowId(random.i64(1..=last))).collect();
    timed("1,000 whole accounts, anywhere", || {
        disk.records(wanted, |account| {
            black_box(account);
            ControlFlow::Continue(())
        })
        .unwrap();
    });
    drop(disk);
    let _ = std::fs::remove_dir_all(folder);
}

fn tempfile() -> std::path::PathBuf {
    std::env::temp_dir().join(format!("acctui-bench-{}", std::process::id()))
}

fn main() {
    let asked: Vec<usize> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    for count in if asked.is_empty() { vec![100_000, 1_000_000] } else { asked } {
        measure(count);
    }
}
