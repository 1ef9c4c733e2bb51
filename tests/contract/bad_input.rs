//! Bad input, over all providers alike: what the simulator's faults do to a listing, and a credential that ends midway.

use std::sync::Arc;
use std::time::Duration;

use acctui::domain::FailureKind;
use acctui::inventory::{ConnectionView, Inventory, SyncState, sync};
use acctui::provider::http::Policy;
use acctui::provider::{Provider, cloud66, cloudflare, huawei, landscape};
use acctui::sim::Options;

use crate::house::{House, Link};
use crate::{ways, worlds};

/// Quick, but as stubborn as the program.
const POLICY: Policy =
    Policy { backoff: Duration::from_millis(1), backoff_cap: Duration::from_millis(5), ..Policy::DEFAULT };

/// The connections with accounts.
const LINKS: [&str; 4] = ["cloudflare", "cloud66", "landscape", "huawei"];

/// The same connection with less patience than the registry's.
fn quick(link: &Link) -> Arc<dyn Provider> {
    let settings = link.settings();
    match link.name.as_str() {
        "cloudflare" => Arc::new(cloudflare::Cloudflare::new(settings, POLICY).unwrap()),
        "cloud66" => Arc::new(cloud66::Cloud66::new(settings, POLICY).unwrap()),
        "landscape" => Arc::new(landscape::Landscape::new(settings, POLICY).unwrap()),
        "huawei" => Arc::new(huawei::Huawei::new(settings, POLICY).unwrap()),
        other => panic!("nobody said how {other} is opened"),
    }
}

async fn house(faults: &[&str]) -> House {
    let faults = faults.iter().map(|fault| fault.parse().unwrap()).collect();
    House::open(Options { faults, ..worlds::options(1, &[]) }).await
}

/// Lists everything as the program does.
async fn listed(link: &Link, provider: &dyn Provider) -> (usize, ConnectionView) {
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
