//! Bad input, over all providers alike: what the simulator's faults do to a listing, and a credential that ends midway.

use std::sync::Arc;
use std::time::Duration;

use acctui::domain::FailureKind;
use acctui::inventory::{ConnectionView, Inventory, SyncState, sync};
use acctui::provider::http::Policy;
use acctui::provider::{Paging, Provider, aws, cloud66, cloudflare, huawei, landscape};
use acctui::sim::Options;

use crate::house::{House, Link};
use crate::{ways, worlds};

/// Quick, but as stubborn as the program.
const POLICY: Policy =
    Policy { backoff: Duration::from_millis(1), backoff_cap: Duration::from_millis(5), ..Policy::DEFAULT };

/// The connections with accounts.
const LINKS: [&str; 5] = ["cloudflare", "cloud66", "landscape", "huawei", "aws"];

/// The same connection with less patience than the registry's.
fn quick(link: &Link) -> Arc<dyn Provider> {
    with(link, POLICY)
}

fn with(link: &Link, policy: Policy) -> Arc<dyn Provider> {
    let settings = link.settings();
    match link.name.as_str() {
        "cloudflare" => Arc::new(cloudflare::Cloudflare::new(settings, policy).unwrap()),
        "cloud66" => Arc::new(cloud66::Cloud66::new(settings, policy).unwrap()),
        "landscape" => Arc::new(landscape::Landscape::new(settings, policy).unwrap()),
        "aws" => Arc::new(aws::Aws::new(settings, policy).unwrap()),
        "huawei" => Arc::new(huawei::Huawei::new(settings, policy).unwrap()),
        other => panic!("nobody said how {other} is opened"),
    }
}

async fn house(faults: &[&str]) -> House {
    let faults = faults.iter().map(|fault| fault.parse().unwrap()).collect();
    House::open(Options { faults, ..worlds::options(1, &[]) }).await
}

/// Lists everything as the program does.
pub async fn listed(link: &Link, provider: &dyn Provider) -> (usize, ConnectionView) {
    let inventory = Inventory::default();
    // How it ended stands in the state.
    let _ = sync(&inventory, provider, &link.name, &link.settings().clock, &mut |_| ()).await;
    let snapshot = inventory.snapshot();
    (snapshot.len(), snapshot.connection(&link.name).unwrap().clone())
}

#[tokio::test]
async fn pages_that_overlap_come_short_or_are_shuffled_lose_no_row_and_double_none() {
    for fault in ["dup", "short-pages", "shuffle"] {
        let house = house(&[fault]).await;
        for name in LINKS {
            let link = house.link(name);
            let (rows, view) = listed(&link, &*quick(&link)).await;
            assert_eq!(rows, (ways::of(&link).accounts)(&link.world), "{fault} {name}: {:?}", view.sync);
        }
    }
}

/// What a listing whose next page is always the one before comes to: partial with the page's name, or whole where a
/// provider counts its pages or gives all in one. Rows that come twice or pages that come short change nothing of it.
#[tokio::test]
async fn a_page_that_repeats_ends_the_listing_which_says_on_which_page() {
    for faults in [&["repeat-token"][..], &["repeat-token", "dup"], &["repeat-token", "short-pages"]] {
        let house = house(faults).await;
        for name in LINKS {
            let link = house.link(name);
            let ways = ways::of(&link);
            let (rows, view) = listed(&link, &*quick(&link)).await;
            assert!(link.requests() < 40, "{faults:?} {name}: it ends: {}", link.requests());
            let all = (ways.accounts)(&link.world);
            if link.kind.spec.paging == Paging::Chained && !ways.is_one_page {
                let SyncState::Partial { page, why, .. } = &view.sync else { panic!("{name}: {:?}", view.sync) };
                assert_eq!(why.kind, FailureKind::Unreadable, "{why}");
                assert!(page.starts_with("page ") && rows > 0 && rows < all, "{faults:?} {name} {page}: {rows}");
            } else {
                assert_eq!(rows, all, "{faults:?} {name}: {:?}", view.sync);
                assert!(matches!(view.sync, SyncState::Complete { .. }), "{faults:?} {name}: {:?}", view.sync);
            }
        }
    }
}

/// Every other request fails, and none is tried again: a listing is whole, or nothing came of it, or it names the page
/// that it lacks.
#[tokio::test]
async fn a_listing_that_lacks_a_page_names_it() {
    let house = house(&["500=0.5"]).await;
    let policy = Policy { attempts: 1, ..POLICY };
    for name in LINKS {
        let link = house.link(name);
        let ways = ways::of(&link);
        let all = (ways.accounts)(&link.world);
        let mut partial = 0;
        for _ in 0..30 {
            let (rows, view) = listed(&link, &*with(&link, policy)).await;
            match &view.sync {
                SyncState::Complete { .. } => assert_eq!(rows, all, "{name}"),
                SyncState::Failed { .. } => assert_eq!(rows, 0, "{name}"),
                SyncState::Partial { page, why, .. } => {
                    partial += 1;
                    let number = page.strip_prefix("page ").and_then(|rest| rest.split(' ').next());
                    assert!(number.is_some_and(|number| number.parse::<u32>().is_ok()), "{name}: {page}");
                    assert_eq!(why.kind, FailureKind::Server, "{name}: {why}");
                    assert!(rows > 0 && rows < all, "{name}: {rows}");
                }
                other @ (SyncState::Never | SyncState::Running { .. }) => panic!("{name}: it has ended: {other:?}"),
            }
        }
        assert_eq!(partial == 0, ways.is_one_page, "{name}: {partial} of 30");
    }
}

#[tokio::test]
async fn throttling_without_end_is_called_so_and_ends() {
    let house = house(&["429=1.0"]).await;
    for name in LINKS {
        let link = house.link(name);
        let patience = Policy { patience: Duration::from_millis(50), ..POLICY };
        let (rows, view) = listed(&link, &*with(&link, patience)).await;
        assert_eq!(rows, 0, "{name}");
        let SyncState::Failed { why, .. } = &view.sync else { panic!("{name}: {:?}", view.sync) };
        assert!(matches!(why.kind, FailureKind::Throttled { .. }), "{name}: {why}");
        assert!(!link.records().is_empty());
    }
}

/// An empty provider is a list without rows, or one account where nobody is without.
#[tokio::test]
async fn nothing_at_all_is_a_whole_list() {
    let mut options = worlds::options(1, &[]);
    options.accounts = LINKS.iter().map(|name| format!("{name}=0").parse().unwrap()).collect();
    let house = House::open(options).await;
    for name in LINKS {
        let link = house.link(name);
        let (rows, view) = listed(&link, &*quick(&link)).await;
        assert!(rows <= 1, "{name}: {rows}");
        assert!(matches!(view.sync, SyncState::Complete { .. }), "{name}: {:?}", view.sync);
    }
}

#[tokio::test]
async fn a_rough_road_loses_no_row_and_doubles_none() {
    let house = house(&["429=0.05", "500=0.1", "reset=0.1", "truncate=0.05"]).await;
    for name in LINKS {
        let link = house.link(name);
        let mut complete = 0;
        for _ in 0..10 {
            let (rows, view) = listed(&link, &*quick(&link)).await;
            if matches!(view.sync, SyncState::Complete { .. }) {
                assert_eq!(rows, (ways::of(&link).accounts)(&link.world), "{name}");
                complete += 1;
            }
        }
        assert!(complete >= 5, "{name}: {complete} of 10");
    }
}
