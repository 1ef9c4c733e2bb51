//! AWS against a small server that replays a body of its own documents, and bodies that no document has: no key and no row
//! is lost, throttling as 400 is sat out, and a key that ends is fetched once for both services.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod provider_support;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use acctui::domain::{
    AccountId, AccountKey, Change, ChangeKind, ConnectionName, Credentials, Delivery, FailureKind, Moment,
    OrganizationId, OrganizationKey, Secret, Subject, Untrusted, Values,
};
use acctui::inventory::{Inventory, SyncState, sync};
use acctui::provider::aws::Aws;
use acctui::provider::http::Policy;
use acctui::provider::{AskedBody, Cursor, DetailOptions, ListScope, Made, OrganizationScope, Progress, Provider};
use provider_support::{CANARY, Heard, Received, Reply, Server, clean, json};
use serde_json::{Value, json as value};

const ACCOUNT: &str = include_str!("fixtures/aws/account.json");
const ID: &str = "555555555555";
const FULL: DetailOptions = DetailOptions { extra: true };
const PLAIN: DetailOptions = DetailOptions { extra: false };

struct Setup {
    server: Server,
    heard: Heard,
    provider: Aws,
    /// How often the credential was fetched: each has its number in its id, `AK1` being the first.
    fetched: Arc<Mutex<u32>>,
}

impl Setup {
    /// Answers calls by their names, e.g. `ListRoots` or `getContactInformation`.
    fn new(answer: impl Fn(&str, &Received) -> Reply + Send + Sync + 'static) -> Self {
        Self::with(&[], answer)
    }

    fn with(more: &[(&str, &str)], answer: impl Fn(&str, &Received) -> Reply + Send + Sync + 'static) -> Self {
        let server = Server::start(move |_, request| answer(call(request), request));
        let heard = Heard::default();
        let mut settings = heard.settings(&format!("{}/aws", server.origin));
        let fetched = Arc::new(Mutex::new(0));
        let count = Arc::clone(&fetched);
        let more: BTreeMap<String, Secret> =
            more.iter().map(|(name, text)| ((*name).to_owned(), Secret::new(*text))).collect();
        settings.credentials = Arc::new(move || {
            let mut count = count.lock().unwrap();
            *count += 1;
            let mut fields = more.clone();
            fields.insert("access_key_id".into(), Secret::new(format!("AK{count}")));
            fields.insert("secret_access_key".into(), Secret::new(CANARY));
            Box::pin(async { Ok(Credentials { fields, source: "a test".into(), expires: None }) })
        });
        settings.clock = Arc::new(|| Moment(1_729_497_600_000));
        let quick = Duration::from_millis(1);
        let policy = Policy { backoff: quick, backoff_cap: quick, ..Policy::DEFAULT };
        Self { server, heard, provider: Aws::new(settings, policy).unwrap(), fetched }
    }

    /// The calls so far.
    fn asked(&self) -> Vec<String> {
        self.server.received().iter().map(|request| call(request).to_owned()).collect()
    }

    /// The bodies of one call so far.
    fn bodies(&self, name: &str) -> Vec<Value> {
        let received = self.server.received().into_iter().filter(|request| call(request) == name);
        received.map(|request| serde_json::from_str(&request.body).unwrap()).collect()
    }
}

fn call(request: &Received) -> &str {
    let line = request.headers.lines().find_map(|line| line.strip_prefix("x-amz-target:"));
    match line {
        Some(target) => target.trim().strip_prefix("AWSOrganizationsV20161128.").unwrap(),
        None => request.target.strip_prefix("/aws/").unwrap(),
    }
}

fn body(request: &Received) -> Value {
    serde_json::from_str(&request.body).unwrap()
}

fn good(body: &Value) -> Reply {
    json(200, "", &body.to_string())
}

fn bad(status: u16, name: &str, more: &Value) -> Reply {
    let mut body = value!({"__type": format!("com.amazonaws.organizations#{name}"), "Message": "no"});
    body.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
    json(status, "x-amzn-requestid: r-1\r\n", &body.to_string())
}

/// How the account service says no: by a header.
fn denied(name: &str) -> Reply {
    json(403, &format!("x-amzn-errortype: {name}:http://internal/\r\n"), r#"{"message":"not authorized"}"#)
}

fn organization() -> Reply {
    good(&value!({"Organization": {"Id": "o-1", "MasterAccountId": "111111111111"}}))
}

fn account_subject(id: &str) -> Subject {
    Subject::Account(AccountKey { connection: ConnectionName::new("test"), id: AccountId::new(id) })
}

fn unit_subject(id: &str) -> Subject {
    Subject::Organization(OrganizationKey { connection: ConnectionName::new("test"), id: OrganizationId::new(id) })
}

fn change(kind: ChangeKind, subject: Subject, fields: &[(&str, &str)]) -> Change {
    let values: Values = fields.iter().copied().collect();
    Change { subject, kind, values, secrets: BTreeMap::new(), base: None, key: None }
}

/// Every page of all accounts: ids with the ids of their parents.
async fn listed(provider: &Aws) -> Vec<(String, Option<String>)> {
    let mut all = Vec::new();
    let mut next = Some(Cursor::First);
    while let Some(cursor) = next {
        let page = provider.accounts(&ListScope::all(), &cursor).await.unwrap();
        let named = page
            .rows
            .into_iter()
            .map(|row| (row.key.id.as_str().to_owned(), row.parent.map(|parent| parent.id.as_str().to_owned())));
        all.extend(named);
        next = page.next;
    }
    all
}

#[tokio::test]
async fn every_key_of_the_documents_account_is_kept_and_understood() {
    let setup = Setup::new(|_, _| json(200, "", ACCOUNT));
    let account = setup.provider.account(&AccountId::new(ID), PLAIN).await.unwrap();
    let document: Value = serde_json::from_str(ACCOUNT).unwrap();
    let mut shown = serde_json::to_value(&account).unwrap();
    assert_eq!(shown.as_object_mut().unwrap().remove("raw").unwrap(), document["Account"]);
    assert_eq!(
        shown,
        value!({
            "connection": "test", "provider": "aws", "id": ID, "name": "Beta Account", "type": "INVITED",
            "status": "ACTIVE", "email": "anika@example.com", "created_at": "2016-12-14T23:02:43.134Z",
            "updated_at": null, "parent": {"id": "ou-examplerootid111-exampleouid111", "name": ""},
        })
    );
    let request = &setup.server.received()[0];
    assert_eq!((request.method.as_str(), request.target.as_str()), ("POST", "/aws/"));
    assert!(request.headers.contains("content-type: application/x-amz-json-1.1"), "{}", request.headers);
    assert_eq!(request.headers.matches("content-type:").count(), 1);
    assert!(request.headers.contains("Credential=AK1/20241021/us-east-1/organizations/aws4_request"));
    assert!(request.headers.contains("SignedHeaders=content-type;host;x-amz-date;x-amz-target,"));
    assert!(!request.headers.contains(CANARY));
    let records = setup.heard.records.lock().unwrap();
    assert!(records.iter().all(|record| record.path == "/aws/ DescribeAccount"), "the call is seen beside the path");
    // A read, though it is a POST: it can be asked again, and the record holds no secret.
    let asked = records.last().unwrap().asked.clone().unwrap();
    assert!(matches!(&asked.body, AskedBody::Kept(body) if body.contains(ID)), "{asked:?}");
    assert_eq!(asked.signing.as_deref(), Some("aws:amz:us-east-1:organizations"));
    assert!(!format!("{records:?}").contains(CANARY));
}

#[tokio::test]
async fn accounts_come_twenty_a_page_and_empty_pages_are_followed() {
    let setup = Setup::new(|_, request| {
        let row = |id: &str| value!({"Id": id, "Paths": [format!("o-1/r-1/ou-1-a/{id}/")]});
        match body(request).get("NextToken").and_then(Value::as_str) {
            None => good(&value!({"Accounts": [], "NextToken": "t:1"})),
            Some("t:1") => good(&value!({"Accounts": [row("1")], "NextToken": "t2"})),
            Some("t2") => good(&value!({"Accounts": [], "NextToken": "t3"})),
            _ => good(&value!({"Accounts": [row("2"), {"Id": "3"}], "NextToken": null})),
        }
    });
    let ou = || Some("ou-1-a".to_owned());
    assert_eq!(listed(&setup.provider).await, [("1".to_owned(), ou()), ("2".to_owned(), ou()), ("3".to_owned(), None)]);
    assert_eq!(setup.asked(), ["ListAccounts"; 4]);
    assert!(setup.bodies("ListAccounts").iter().all(|body| body["MaxResults"] == 20));
}

/// A root with two OUs, one in the other; each place holds an account, the lower OU two pages of them.
fn tree(name: &str, request: &Received) -> Reply {
    let body = body(request);
    let field = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (place, token) = (field("ParentId"), field("NextToken"));
    match (name, place.as_str(), token.as_str()) {
        ("ListAccounts", ..) => good(&value!({"Accounts": [{"Id": "1"}, {"Id": "2"}], "NextToken": "never"})),
        ("ListRoots", ..) => good(&value!({"Roots": [{"Id": "r-1", "Name": "Root"}]})),
        ("ListAccountsForParent", "r-1", _) => good(&value!({"Accounts": [{"Id": "1"}]})),
        ("ListAccountsForParent", "ou-1-a", _) => good(&value!({"Accounts": []})),
        ("ListAccountsForParent", "ou-1-b", "") => good(&value!({"Accounts": [{"Id": "2"}], "NextToken": "more"})),
        ("ListAccountsForParent", "ou-1-b", _) => good(&value!({"Accounts": [{"Id": "3"}]})),
        ("ListOrganizationalUnitsForParent", "ou-1-a", _) => {
            good(&value!({"OrganizationalUnits": [{"Id": "ou-1-b", "Name": "B"}]}))
        }
        // Below the root, and back to where it came from.
        ("ListOrganizationalUnitsForParent", ..) => {
            good(&value!({"OrganizationalUnits": [{"Id": "ou-1-a", "Name": "A"}]}))
        }
        ("ListParents", ..) => {
            let above = match field("ChildId").as_str() {
                "ou-1-b" => "ou-1-a",
                "ou-1-a" => "r-1",
                "ou-1-x" => "ou-1-y",
                "circle" | "ou-1-y" => "ou-1-x",
                _ => "ou-1-b",
            };
            good(&value!({"Parents": [{"Id": above, "Type": "X"}]}))
        }
        ("DescribeAccount", ..) => good(&value!({"Account": {"Id": field("AccountId")}})),
        ("DescribeOrganizationalUnit", ..) => {
            let id = field("OrganizationalUnitId");
            good(&value!({"OrganizationalUnit": {"Id": id, "Name": format!("N {id}")}}))
        }
        other => panic!("nobody asks for {other:?}"),
    }
}

#[tokio::test]
async fn without_paths_the_ous_are_walked_and_never_an_account_is_asked() {
    let setup = Setup::new(tree);
    let at = |id: &str, place: &str| (id.to_owned(), Some(place.to_owned()));
    assert_eq!(listed(&setup.provider).await, [at("1", "r-1"), at("2", "ou-1-b"), at("3", "ou-1-b")]);
    let asked = setup.asked();
    let count = |name: &str| asked.iter().filter(|asked| *asked == name).count();
    assert_eq!((count("ListAccounts"), count("ListRoots"), count("DescribeAccount")), (1, 1, 0));
    assert_eq!((count("ListAccountsForParent"), count("ListOrganizationalUnitsForParent")), (4, 3));
    // A walk of another run of the program is not known here: whoever lists begins anew.
    let stale = Cursor::Token("walk:77:3:a".into());
    let failure = setup.provider.accounts(&ListScope::all(), &stale).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Refused);
}

/// 500 OUs, 20 in the root and 24 in each of those, with ten accounts each, 20 rows a page.
fn wide(name: &str, request: &Received) -> Reply {
    let body = body(request);
    let field = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (place, from) = (field("ParentId"), field("NextToken").parse::<usize>().unwrap_or(0));
    let below: Vec<String> = match place.split('-').collect::<Vec<_>>()[..] {
        ["r", "1"] => (0..20).map(|nth| format!("ou-{nth}")).collect(),
        ["ou", nth] => (0..24).map(|deep| format!("ou-{nth}-{deep}")).collect(),
        _ => Vec::new(),
    };
    let page = |key: &str, rows: Vec<Value>| {
        let mut answer = value!({});
        if from + 20 < rows.len() {
            answer["NextToken"] = (from + 20).to_string().into();
        }
        answer[key] = rows.into_iter().skip(from).take(20).collect();
        good(&answer)
    };
    match name {
        "ListAccounts" => good(&value!({"Accounts": [{"Id": "0"}], "NextToken": "never"})),
        "ListRoots" => good(&value!({"Roots": [{"Id": "r-1", "Name": "Root"}]})),
        "ListAccountsForParent" if place == "r-1" => good(&value!({"Accounts": [{"Id": "0"}]})),
        "ListAccountsForParent" => {
            page("Accounts", (0..10).map(|nth| value!({"Id": format!("{place}.{nth}")})).collect())
        }
        "ListOrganizationalUnitsForParent" => {
            page("OrganizationalUnits", below.into_iter().map(|id| value!({"Id": id, "Name": id})).collect())
        }
        other => panic!("nobody asks for {other:?}"),
    }
}

#[tokio::test]
async fn five_hundred_ous_cost_two_calls_each_and_none_per_account() {
    let setup = Setup::new(wide);
    let all = listed(&setup.provider).await;
    assert_eq!(all.len(), 5_001);
    assert!(all.iter().all(|(id, place)| id == "0" || place.as_ref().is_some_and(|place| id.starts_with(place))));
    let asked = setup.asked();
    let count = |name: &str| asked.iter().filter(|asked| *asked == name).count();
    // The second page of each of the twenty that hold 24.
    assert_eq!((count("ListAccountsForParent"), count("ListOrganizationalUnitsForParent")), (501, 501 + 20));
    assert_eq!(asked.len(), 501 + 521 + 2);
}

#[tokio::test]
async fn one_closed_ou_takes_nothing_with_it_but_what_it_holds() {
    let is_closed = |request: &Received| {
        let body = body(request);
        ["ParentId", "ChildId", "OrganizationalUnitId"].iter().any(|field| body[*field] == "ou-1-a")
    };
    let setup = Setup::new(move |name, request| match name {
        _ if is_closed(request) => bad(400, "AccessDeniedException", &value!({})),
        "ListAccounts" if body(request).get("NextToken").is_some() => {
            good(&value!({"Accounts": [{"Id": "9"}, {"Id": "3"}]}))
        }
        "ListOrganizationalUnitsForParent" if body(request)["ParentId"] == "r-1" => {
            let names = ["ou-1-a", "ou-1-b"].map(|id| value!({"Id": id, "Name": id}));
            good(&value!({"OrganizationalUnits": names}))
        }
        "ListOrganizationalUnitsForParent" => good(&value!({"OrganizationalUnits": []})),
        "ListParents" if body(request)["ChildId"] == "9" => good(&value!({"Parents": [{"Id": "ou-1-a"}]})),
        other => tree(other, request),
    });
    let at = |id: &str, place: Option<&str>| (id.to_owned(), place.map(str::to_owned));
    let expected = [at("1", Some("r-1")), at("2", Some("ou-1-b")), at("3", Some("ou-1-b")), at("9", None)];
    assert_eq!(listed(&setup.provider).await, expected, "each once, and where it stands if anybody tells");
    let (mut units, mut messages) = (Vec::new(), Vec::new());
    let mut next = Some(Cursor::First);
    while let Some(cursor) = next {
        let page = setup.provider.organizations(&OrganizationScope::Every, &cursor).await.unwrap();
        units.extend(page.rows.into_iter().map(|one| one.key.id.to_string()));
        messages.extend(page.messages);
        next = page.next;
    }
    assert_eq!(units, ["r-1", "ou-1-a", "ou-1-b"]);
    assert!(messages.len() == 1 && messages[0].raw().contains("the OUs in ou-1-a can't be listed"), "{messages:?}");
    let lineage = setup.provider.lineage(&AccountId::new("9")).await.unwrap();
    let steps: Vec<(&str, bool)> =
        lineage.steps.iter().map(|step| (step.organization.key.id.as_str(), step.linked)).collect();
    assert_eq!(steps, [("ou-1-a", false)], "it is not taken for the root");
}

#[tokio::test]
async fn where_the_tree_is_closed_accounts_come_without_their_places() {
    let setup = Setup::new(|name, request| match name {
        "ListRoots" => bad(400, "AccessDeniedException", &value!({})),
        "ListAccounts" if body(request).get("NextToken").is_some() => good(&value!({"Accounts": [{"Id": "3"}]})),
        other => tree(other, request),
    });
    let page = setup.provider.accounts(&ListScope::all(), &Cursor::First).await.unwrap();
    assert!(page.rows.len() == 2 && page.messages[0].raw().contains("in which OUs"), "{:?}", page.messages);
    let rest = setup.provider.accounts(&ListScope::all(), &page.next.unwrap()).await.unwrap();
    assert_eq!((rest.rows.len(), rest.next), (1, None));
}

#[tokio::test]
async fn all_ous_come_by_one_listing_and_lineages_by_paths_or_by_climbing() {
    let setup = Setup::new(tree);
    let mut found = Vec::new();
    let mut next = Some(Cursor::First);
    while let Some(cursor) = next {
        let page = setup.provider.organizations(&OrganizationScope::Every, &cursor).await.unwrap();
        let named = |one: acctui::domain::Organization| {
            format!("{}<{}", one.key.id, one.parent.map(|parent| parent.id.to_string()).unwrap_or_default())
        };
        found.extend(page.rows.into_iter().map(named));
        next = page.next;
    }
    assert_eq!(&found[..3], ["r-1<", "ou-1-a<r-1", "ou-1-b<ou-1-a"]);
    let climbed = setup.provider.lineage(&AccountId::new("9")).await.unwrap();
    assert_eq!(climbed.crumbs(), "Root › N ou-1-a › N ou-1-b");
    assert!(climbed.steps.iter().all(|step| step.linked));
    let circle = setup.provider.lineage(&AccountId::new("circle")).await.unwrap();
    assert!(circle.steps.len() == 2 && !circle.steps[0].linked, "{circle:?}");
    let paths = Setup::new(|name, request| match name {
        "DescribeAccount" => good(&value!({"Account": {"Id": "1", "Paths": ["o-1/r-1/ou-1-a/1/"]}})),
        "DescribeOrganizationalUnit" => bad(400, "AccessDeniedException", &value!({})),
        other => tree(other, request),
    });
    let lineage = paths.provider.lineage(&AccountId::new("1")).await.unwrap();
    let ids: Vec<&str> = lineage.steps.iter().map(|step| step.organization.key.id.as_str()).collect();
    assert_eq!(ids, ["r-1", "ou-1-a"]);
    assert!(!paths.asked().contains(&"ListParents".to_owned()), "the path says it");
}

#[tokio::test]
async fn hostile_pages_lose_no_row() {
    let setup = Setup::new(|_, _| {
        json(
            200,
            "",
            r#"{"Accounts":[{"Id":"1","Name":null,"Status":{},"JoinedTimestamp":"x"},{"Id":"1","Name":"twice"},
                {"Id":7,"Name":"\u001b[2J","State":"HIBERNATING","Paths":["r-1/"]},{"Name":"no id"},null,7],
                "NextToken":"same","More":1}"#,
        )
    });
    for cursor in [Cursor::First, Cursor::Token("list:same".into())] {
        let page = setup.provider.accounts(&ListScope::all(), &cursor).await.unwrap();
        let ids: Vec<&str> = page.rows.iter().map(|row| row.key.id.as_str()).collect();
        assert_eq!(ids, ["1", "1", "7"]);
        assert_eq!(page.rows[2].status, Some(Untrusted::new("HIBERNATING")));
        assert!(page.messages[0].raw().starts_with("3 of 6 rows"), "{:?}", page.messages);
        // Whoever walks sees that it is a circle.
        assert_eq!(page.next, Some(Cursor::Token("list:same".into())));
    }
    for text in ["{}", "[]", r#"{"Accounts":{}}"#] {
        let setup = Setup::new(move |_, _| json(200, "", text));
        let failure = setup.provider.accounts(&ListScope::all(), &Cursor::First).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Unreadable, "{text}");
    }
}

#[tokio::test]
async fn throttling_as_400_is_sat_out_and_told() {
    let busy = || {
        Setup::new(|name, request| {
            assert!(request.headers.contains("AK1"));
            match name {
                "MoveAccount" => bad(400, "ConcurrentModificationException", &value!({})),
                _ => bad(400, "TooManyRequestsException", &value!({"Type": "REQUEST_RATE"})),
            }
        })
    };
    let setup = busy();
    let failure = clean(setup.provider.account(&AccountId::new(ID), PLAIN).await.unwrap_err());
    assert!(matches!(failure.kind, FailureKind::Throttled { .. }), "{failure}");
    let most = Policy::DEFAULT.throttled;
    assert_eq!((setup.asked().len(), failure.resent), (most as usize, most - 1));
    // Another server: the pauses of this one have grown.
    let setup = busy();
    let fields = [(Change::FROM, "r-1"), (Change::TO, "ou-1-a")];
    let failure = setup.provider.execute(&change(ChangeKind::MoveAccount, account_subject(ID), &fields)).await;
    let failure = failure.unwrap_err();
    // Refused without an effect each time: it may be sent again, and nothing is unknown.
    assert_eq!((failure.delivery, failure.resent), (Delivery::Answered, most - 1));
}

#[tokio::test]
async fn a_failure_of_the_service_leaves_a_write_unknown_whatever_its_status() {
    let setup = Setup::new(|_, _| bad(400, "ServiceException", &value!({})));
    let create = change(ChangeKind::CreateOrganization, unit_subject("r-1"), &[("name", "New")]);
    let failure = setup.provider.execute(&create).await.unwrap_err();
    assert_eq!((failure.kind, failure.delivery), (FailureKind::Server, Delivery::Unknown));
    assert_eq!(setup.asked().len(), 1, "a write is not sent again");
}

#[tokio::test]
async fn a_key_that_ends_midway_is_fetched_once_for_both_services_and_the_walk_goes_on() {
    let setup = Setup::new(|name, request| {
        let is_old = request.headers.contains("Credential=AK1/");
        let is_later = body(request).get("NextToken").is_some();
        match name {
            "DescribeOrganization" => organization(),
            "ListRoots" => good(&value!({"Roots": []})),
            "ListAccounts" if is_later && is_old => bad(400, "ExpiredTokenException", &value!({})),
            "ListAccounts" => {
                let row = |id: &str| value!({"Id": id, "Paths": ["o-1/r-1/"]});
                let next = if is_later { value!(null) } else { value!("t") };
                good(&value!({"Accounts": [row(if is_later { "2" } else { "1" })], "NextToken": next}))
            }
            "getContactInformation" if is_old => denied("ExpiredTokenException"),
            "getContactInformation" => good(&value!({"ContactInformation": {"City": "Bonn"}})),
            other => panic!("nobody asks for {other}"),
        }
    });
    let (inventory, connection) = (Inventory::default(), ConnectionName::new("test"));
    let clock: acctui::provider::Clock = Arc::new(|| Moment(1));
    sync(&inventory, &setup.provider, &connection, &clock, &mut |_| ()).await.unwrap();
    let snapshot = inventory.snapshot();
    assert!(matches!(snapshot.connection(&connection).unwrap().sync, SyncState::Complete { .. }));
    assert_eq!((snapshot.len(), *setup.fetched.lock().unwrap()), (2, 2));
    let first_pages = setup.bodies("ListAccounts").iter().filter(|body| body.get("NextToken").is_none()).count();
    assert_eq!(first_pages, 1, "what came is not asked again");
    let profile = setup.provider.profile(&account_subject(ID)).await.unwrap();
    assert_eq!((profile.values.get("City"), *setup.fetched.lock().unwrap()), ("Bonn", 2), "the new key is both's");
    assert!(!setup.provider.is_identified(), "who holds the new one is asked before a write");
}

#[tokio::test]
async fn the_key_and_its_organization_are_the_identity() {
    let setup = Setup::new(|_, _| organization());
    let identity = setup.provider.identity().await.unwrap();
    assert_eq!((identity.user.raw(), identity.credential.as_str()), ("AK1", "access key"));
    assert_eq!(identity.organization.unwrap().raw(), "o-1");
    let temporary = Setup::with(&[("session_token", "token")], |_, _| organization());
    let identity = temporary.provider.identity().await.unwrap();
    assert_eq!(identity.user.raw(), "temporary access key", "each new one is another id of the same holder");
    assert!(temporary.server.received()[0].headers.contains("x-amz-security-token: token"));
    let none = Setup::new(|_, _| bad(400, "AWSOrganizationsNotInUseException", &value!({})));
    let identity = none.provider.identity().await.unwrap();
    assert_eq!((identity.user.raw(), identity.organization), ("AK1", None));
    let page = none.provider.accounts(&ListScope::all(), &Cursor::First).await.unwrap();
    assert!(page.rows.is_empty() && page.messages[0].raw().contains("in no organization"));
}

/// An account service that knows contacts; `caller` is the account of the key.
fn contacts(caller: &'static str) -> impl Fn(&str, &Received) -> Reply + Send + Sync {
    move |name, request| {
        let body = body(request);
        match name {
            "DescribeOrganization" => organization(),
            "getAccountInformation" => good(&value!({"AccountId": caller, "AccountName": "M"})),
            "getContactInformation" if body.get("AccountId").is_none_or(|id| id != "111111111111") => {
                good(&value!({"ContactInformation": {"FullName": "F", "New": "kept"}}))
            }
            "getAlternateContact" if body["AlternateContactType"] == "BILLING" => {
                good(&value!({"AlternateContact": {"AlternateContactType": "BILLING", "Name": "Ada"}}))
            }
            "getAlternateContact" => {
                json(404, "x-amzn-errortype: ResourceNotFoundException\r\n", r#"{"message":"none"}"#)
            }
            "DescribeAccount" => json(200, "", ACCOUNT),
            "ListTagsForResource" => good(&value!({"Tags": [{"Key": "env", "Value": "prod"}]})),
            _ => json(200, "", "{}"),
        }
    }
}

#[tokio::test]
async fn a_record_in_full_has_contacts_and_tags() {
    let setup = Setup::new(contacts("111111111111"));
    let account = setup.provider.account(&AccountId::new(ID), FULL).await.unwrap();
    assert!(account.has_extra);
    assert_eq!(account.raw.at("AlternateContacts.BILLING.Name"), Some(value!("Ada")));
    assert_eq!(account.raw.at("AlternateContacts.SECURITY"), Some(value!(null)), "not set is no error");
    assert_eq!(account.raw.at("Tags.env"), Some(value!("prod")));
    assert_eq!(account.raw.at("Messages"), None);
    let closed = Setup::new(|name, request| match name {
        "getAlternateContact" => denied("AccessDeniedException"),
        other => contacts("111111111111")(other, request),
    });
    let account = closed.provider.account(&AccountId::new(ID), FULL).await.unwrap();
    assert_eq!(account.raw.at("AlternateContacts"), Some(value!(null)));
    assert!(account.raw.at("Messages").unwrap()[0].as_str().unwrap().contains("Account Management"), "it says why");
    assert_eq!(account.raw.at("Tags.env"), Some(value!("prod")), "the rest is there");
}

#[tokio::test]
async fn the_management_accounts_own_contacts_are_asked_without_its_id_and_by_itself_alone() {
    let setup = Setup::new(contacts("111111111111"));
    let own = setup.provider.profile(&account_subject("111111111111")).await.unwrap();
    assert_eq!((own.values.get("FullName"), own.values.get("New")), ("F", "kept"));
    setup.provider.profile(&account_subject(ID)).await.unwrap();
    assert_eq!(setup.bodies("getContactInformation"), [value!({}), value!({"AccountId": ID})]);
    let write = change(ChangeKind::Profile, account_subject("111111111111"), &[("FullName", "G"), ("New", "kept")]);
    setup.provider.execute(&write).await.unwrap();
    assert_eq!(setup.heard.records.lock().unwrap().last().unwrap().asked, None, "a write is not to be repeated");
    let sent = value!({"ContactInformation": {"FullName": "G", "New": "kept"}});
    assert_eq!(setup.bodies("putContactInformation"), [sent]);
    // A delegated administrator would get, and overwrite, its own.
    let delegate = Setup::new(contacts("222222222222"));
    let failure = delegate.provider.profile(&account_subject("111111111111")).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Forbidden);
    assert!(delegate.provider.execute(&write).await.is_err());
    assert!(delegate.bodies("getContactInformation").is_empty() && delegate.bodies("putContactInformation").is_empty());
}

#[tokio::test]
async fn each_write_sends_what_its_preview_shows() {
    let setup = Setup::new(contacts("111111111111"));
    for (kind, subject, fields, sent) in [
        (
            ChangeKind::MoveAccount,
            account_subject(ID),
            &[(Change::FROM, "r-1"), (Change::TO, "ou-1-a")][..],
            ("MoveAccount", value!({"AccountId": ID, "SourceParentId": "r-1", "DestinationParentId": "ou-1-a"})),
        ),
        (ChangeKind::CloseAccount, account_subject(ID), &[], ("CloseAccount", value!({"AccountId": ID}))),
        (
            ChangeKind::UpdateAccount,
            account_subject(ID),
            &[("Name", "New")],
            ("putAccountName", value!({"AccountId": ID, "AccountName": "New"})),
        ),
        (
            ChangeKind::CreateOrganization,
            unit_subject("r-1"),
            &[("name", "New")],
            ("CreateOrganizationalUnit", value!({"ParentId": "r-1", "Name": "New"})),
        ),
        (
            ChangeKind::RenameOrganization,
            unit_subject("ou-1-a"),
            &[("name", "Old")],
            ("UpdateOrganizationalUnit", value!({"OrganizationalUnitId": "ou-1-a", "Name": "Old"})),
        ),
        (
            ChangeKind::DeleteOrganization,
            unit_subject("ou-1-a"),
            &[],
            ("DeleteOrganizationalUnit", value!({"OrganizationalUnitId": "ou-1-a"})),
        ),
    ] {
        let change = change(kind, subject, fields);
        let preview = setup.provider.preview(&change).unwrap();
        let is_one = sent.0.starts_with(char::is_lowercase);
        let path = if is_one { format!("/aws/{}", sent.0) } else { format!("/aws/ {}", sent.0) };
        assert_eq!((preview.method.as_str(), &preview.path, &preview.body), ("POST", &path, &sent.1));
        let executed = setup.provider.execute(&change).await.unwrap();
        assert_eq!(executed.operation.is_some(), kind == ChangeKind::CloseAccount);
        assert_eq!(setup.bodies(sent.0), [sent.1]);
    }
    for wrong in [
        change(ChangeKind::DeleteOrganization, unit_subject("r-1"), &[]),
        change(ChangeKind::CloseAccount, account_subject("111111111111"), &[]),
        change(ChangeKind::CreateAccount, unit_subject("ou-1-a"), &[("AccountName", "N"), ("Email", "a@b.example")]),
    ] {
        let before = setup.asked().len();
        assert_eq!(setup.provider.execute(&wrong).await.unwrap_err().kind, FailureKind::Refused, "{wrong:?}");
        assert_eq!(setup.asked().len(), before);
    }
}

#[tokio::test]
async fn a_creation_is_followed_to_its_end_or_says_why_not() {
    let status = |state: &str, more: Value| {
        let mut status = value!({"Id": "car-1", "State": state, "AccountName": "New"});
        status.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
        value!({"CreateAccountStatus": status})
    };
    let setup = Setup::new(move |name, request| match (name, body(request)["CreateAccountRequestId"].as_str()) {
        ("CreateAccount", _) => good(&status("IN_PROGRESS", value!({}))),
        (_, Some("done")) => good(&status("SUCCEEDED", value!({"AccountId": ID}))),
        (_, Some("odd")) => good(&status("PONDERING", value!({}))),
        _ => good(&status("FAILED", value!({"FailureReason": "EMAIL_ALREADY_EXISTS"}))),
    });
    let fields = [("AccountName", "New"), ("Email", "a@b.example"), ("RoleName", ""), ("Tags", "env=prod")];
    let create = change(ChangeKind::CreateAccount, Subject::Connection(ConnectionName::new("test")), &fields);
    let executed = setup.provider.execute(&create).await.unwrap();
    assert_eq!((executed.operation.as_deref(), executed.made), (Some("car-1"), None::<Made>));
    let sent = value!({"AccountName": "New", "Email": "a@b.example", "Tags": [{"Key": "env", "Value": "prod"}]});
    assert_eq!(setup.bodies("CreateAccount"), [sent]);
    let progress = async |id: &str| setup.provider.progress(ChangeKind::CreateAccount, id).await.unwrap();
    assert_eq!(progress("done").await, Progress::Done(Some(AccountId::new(ID))));
    assert_eq!(progress("odd").await, Progress::Running);
    let Progress::Failed(failure) = progress("failed").await else { panic!("it failed") };
    assert!(failure.cause.contains("e-mail") && failure.hint.is_some(), "{failure:?}");
}
