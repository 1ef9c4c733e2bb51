//! Faults, sizes, and all assumptions: everything together.

use acctui::sim::{Options, assumptions};
use serde_json::{Value, json};

use crate::house::{House, MANAGEMENT, Signer, ids, set, text};

#[tokio::test]
async fn faults_are_told_in_the_words_of_each_service() {
    let table = [
        ("429=1", (400, "TooManyRequestsException"), (429, "TooManyRequestsException")),
        ("500=1", (500, "ServiceException"), (500, "InternalServerException")),
        ("success-false=1", (200, "ServiceException"), (200, "InternalServerException")),
        ("no-organizations", (400, "AWSOrganizationsNotInUseException"), (200, "")),
    ];
    for (fault, one, other) in table {
        let house = House::faulty(fault).await;
        assert_eq!(house.call("ListRoots", &json!({})).await.code(), one, "{fault}");
        let reply = house.manage("getContactInformation", &json!({})).await;
        assert_eq!(reply.code(), other, "{fault}");
        assert_eq!(reply.header("x-amzn-requestid").len(), 36, "{fault}");
    }
    let house = House::faulty("500=1@/aws/ListRoots").await;
    assert_eq!(house.call("ListRoots", &json!({})).await.status, 500);
    assert_eq!(house.accounts().await.len(), 50);
    let house = House::faulty("forbid=Security").await;
    let units = json!({"ParentId": house.root().await});
    let units = house.all("ListOrganizationalUnitsForParent", "OrganizationalUnits", &units).await;
    let security = units.iter().find(|unit| unit["Name"] == "Security").unwrap();
    let refused = house.call("ListAccountsForParent", &json!({"ParentId": security["Id"]})).await;
    assert_eq!(refused.code(), (400, "AccessDeniedException"));
    let assume = vec!["aws.throttle=ConcurrentModificationException".parse().unwrap()];
    let house = House::open(Options { assume, faults: vec!["429=1".parse().unwrap()], ..Options::default() }).await;
    assert_eq!(house.call("ListRoots", &json!({})).await.code(), (400, "TooManyRequestsException"));
    let write = house.close("000000000000").await;
    assert_eq!(write.code(), (400, "ConcurrentModificationException"));
}

#[tokio::test]
async fn faults_hit_requests_by_what_they_ask_for() {
    let (one, other) = (House::faulty("500=0.5").await, House::faulty("500=0.5").await);
    for most in 1..=20 {
        other.call("ListRoots", &json!({})).await;
        let body = json!({"MaxResults": most});
        let (here, there) = (one.call("ListAccounts", &body).await, other.call("ListAccounts", &body).await);
        assert_eq!(here.status, there.status, "{most}");
    }
}

#[tokio::test]
async fn pages_that_are_short_shuffled_or_doubled_still_hold_every_row() {
    let wanted = set(&House::plain().await.accounts().await);
    for fault in ["shuffle", "dup", "short-pages"] {
        let rows = House::faulty(fault).await.accounts().await;
        assert_eq!(set(&rows), wanted, "{fault}");
        assert_eq!(rows.len() > 50, fault == "dup", "{fault}");
    }
    let house = House::faulty("repeat-token").await;
    let token = house.call("ListAccounts", &json!({})).await.json["NextToken"].clone();
    let second = house.call("ListAccounts", &json!({"NextToken": token})).await;
    assert_eq!(second.json["NextToken"], token);
}

#[tokio::test]
async fn stale_reads_show_what_was_until_they_have_caught_up() {
    let house = House::faulty("stale-reads=2s").await;
    let id = ids(&house.accounts().await)[4].clone();
    house.manage("putAccountName", &json!({"AccountId": id, "AccountName": "later"})).await;
    assert_ne!(house.account(&id).await["Name"], "later");
    while house.account(&id).await["Name"] != "later" {}
}

#[tokio::test]
async fn ten_thousand_accounts_are_listed_half_of_them_with_plain_names() {
    let options = Options { accounts: vec!["aws=10000".parse().unwrap()], ..Options::default() };
    let house = House::open(options).await;
    let rows = house.accounts().await;
    assert_eq!(set(&rows).len(), 10_000);
    let plain = |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || c == ' ' || c == '-');
    let count = rows.iter().filter(|row| row["Name"].as_str().is_some_and(plain)).count();
    assert!(count >= 5_000, "{count}");
    let fits = |key: &str, most: usize| {
        rows.iter().filter_map(|row| row[key].as_str()).all(|text| text.chars().count() <= most)
    };
    assert!(fits("Name", 128) && fits("Email", 64));
}

#[tokio::test]
async fn a_million_accounts_are_there_at_once_and_one_more_is_found_among_them() {
    let options = Options { accounts: vec!["aws=1000000".parse().unwrap()], ..Options::default() };
    let house = House::open(options).await;
    let first = house.call("ListAccounts", &json!({})).await;
    assert_eq!(first.status, 200);
    let made = house.create("The newest", "newest@b.example").await;
    assert_eq!(made["State"], "SUCCEEDED");
    let shown = house.account(&text(&made["AccountId"])).await;
    assert_eq!(shown["Name"], "The newest");
}

/// A walk over everything that holds whatever is assumed.
async fn holds_together(house: &House, what: &str) {
    let rows = house.accounts().await;
    assert_eq!(set(&rows).len(), 50, "{what}");
    let acme = rows.iter().find(|row| row["Name"] == "Acme Retail Staging").unwrap();
    let id = text(&acme["Id"]);
    assert_eq!(house.account(&id).await, *acme, "{what}");
    let (source, root) = (house.parent(&id).await, house.root().await);
    let unit = text(&house.new_unit("made here", &root).await.json["OrganizationalUnit"]["Id"]);
    assert_eq!(house.move_to(&id, &source, &unit).await.status, 200, "{what}");
    assert_eq!(house.parent(&id).await, unit, "{what}");
    let of_unit = json!({"OrganizationalUnitId": unit});
    let full = house.call("DeleteOrganizationalUnit", &of_unit).await;
    assert_eq!(full.code(), (400, "OrganizationalUnitNotEmptyException"), "{what}");
    assert_eq!(house.move_to(&id, &unit, &source).await.status, 200, "{what}");
    assert_eq!(house.call("DeleteOrganizationalUnit", &of_unit).await.status, 200, "{what}");
    let ended = house.create("made here", "m@h.example").await;
    assert_eq!(ended["State"], "SUCCEEDED", "{what}");
    let made = text(&ended["AccountId"]);
    assert_eq!(house.close(&made).await.status, 200, "{what}");
    let is_closed = |account: &Value| {
        account.get("State").is_none_or(|state| state != "PENDING_CLOSURE") && account["Status"] != "PENDING_CLOSURE"
    };
    while !is_closed(&house.account(&made).await) {}
    let tags = json!({"ResourceId": id, "Tags": [{"Key": "k", "Value": "v"}]});
    assert_eq!(house.call("TagResource", &tags).await.status, 200, "{what}");
    let contact = house.manage("getContactInformation", &json!({"AccountId": id})).await;
    let contact = json!({"AccountId": id, "ContactInformation": contact.json["ContactInformation"]});
    assert_eq!(house.manage("putContactInformation", &contact).await.status, 200, "{what}");
    let lost = house.call("DescribeAccount", &json!({"AccountId": "000000000000"})).await;
    assert_eq!(lost.code(), (400, "AccountNotFoundException"), "{what}");
    let wrong = house.as_signer(&Signer { secret: "guess", ..MANAGEMENT }, "ListRoots", &json!({})).await;
    assert_eq!(wrong.code().1, "InvalidSignatureException", "{what}");
}

#[tokio::test]
async fn it_holds_together_under_each_assumption() {
    for one in assumptions().into_iter().filter(|one| one.name.starts_with("aws.")) {
        for value in one.values {
            let what = format!("{}={value}", one.name);
            holds_together(&House::assuming(&[&what]).await, &what).await;
        }
    }
}

#[tokio::test]
async fn it_holds_together_under_twenty_draws() {
    for seed in 1..=20 {
        let options = Options { assume: vec!["seed".parse().unwrap()], seed, ..Options::default() };
        holds_together(&House::open(options).await, &format!("seed {seed}")).await;
    }
}
