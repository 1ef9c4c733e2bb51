//! Huawei Cloud against a small server that replays the body of its own document, and bodies that no document has: no
//! key and no row is lost, and a key that was refused once is not sent again.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod provider_support;

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex};

use acctui::domain::{
    AccountId, AccountKey, Change, ChangeKind, ConnectionName, Credentials, Delivery, Failure, FailureKind, Moment,
    OrganizationId, OrganizationKey, Secret, Subject, Values,
};
use acctui::provider::http::Policy;
use acctui::provider::huawei::{Huawei, SPEC};
use acctui::provider::{
    Capability, Cursor, DetailOptions, ListScope, Made, Offer, OrganizationScope, Progress, Provider,
};
use futures::future::join_all;
use provider_support::{CANARY, Heard, Received, Reply, Server, clean, json, whole};
use serde_json::{Value, json as value};

const ACCOUNT: &str = include_str!("fixtures/huawei/account.json");
const ID: &str = "05261f923e80d3890f33c0056e9b3f80";

/// Names of a credential's fields with their values.
type Key = Vec<(&'static str, String)>;

struct Setup {
    server: Server,
    heard: Heard,
    provider: Huawei,
    /// The credential that the source gives next.
    key: Arc<Mutex<Key>>,
    /// How often it was asked for.
    fetched: Arc<Mutex<u32>>,
    now: Arc<Mutex<Moment>>,
}

impl Setup {
    fn new(answer: impl Fn(&Received) -> Reply + Send + Sync + 'static) -> Self {
        Self::with(Arc::new(Mutex::new(key("AK1"))), answer)
    }

    fn with(key: Arc<Mutex<Key>>, answer: impl Fn(&Received) -> Reply + Send + Sync + 'static) -> Self {
        let server = Server::start(move |_, request| answer(request));
        let heard = Heard::default();
        let mut settings = heard.settings(&format!("{}/huawei", server.origin));
        let (fetched, now) = (Arc::new(Mutex::new(0)), Arc::new(Mutex::new(Moment(1_729_497_600_000))));
        let (given, count, clock) = (Arc::clone(&key), Arc::clone(&fetched), Arc::clone(&now));
        settings.credentials = Arc::new(move || {
            *count.lock().unwrap() += 1;
            let fields: BTreeMap<String, Secret> =
                given.lock().unwrap().iter().map(|(name, text)| ((*name).to_owned(), Secret::new(text))).collect();
            Box::pin(async { Ok(Credentials { fields, source: "a test".into(), expires: None }) })
        });
        settings.clock = Arc::new(move || *clock.lock().unwrap());
        let provider = Huawei::new(settings, Policy { attempts: 1, ..Policy::DEFAULT }).unwrap();
        Self { server, heard, provider, key, fetched, now }
    }

    /// What was asked, without the base path.
    fn asked(&self) -> Vec<String> {
        let asked = self.server.received().into_iter();
        asked.map(|request| format!("{} {}", request.method, path(&request))).collect()
    }

    /// Requests that the recorder heard of.
    fn recorded(&self) -> usize {
        self.heard.records.lock().unwrap().len()
    }
}

fn key(access_key: &str) -> Key {
    vec![("access_key", access_key.to_owned()), ("secret_key", CANARY.to_owned())]
}

fn path(request: &Received) -> &str {
    request.target.strip_prefix("/huawei").unwrap()
}

fn bad(status: u16, code: &str, message: &str) -> Reply {
    let body = value!({"error_code": code, "error_msg": message, "request_id": "r-body"});
    json(status, "x-request-id: r-head\r\n", &body.to_string())
}

fn wrong_key() -> Reply {
    bad(401, "APIGW.0301", "Incorrect IAM authentication information: verify aksk signature fail")
}

fn organization_scope(id: &str, extra: bool) -> ListScope {
    ListScope { organization: Some(OrganizationId::new(id)), parameters: Vec::new(), extra }
}

fn account_subject() -> Subject {
    Subject::Account(AccountKey { connection: ConnectionName::new("test"), id: AccountId::new(ID) })
}

fn unit_subject(id: &str) -> Subject {
    Subject::Organization(OrganizationKey { connection: ConnectionName::new("test"), id: OrganizationId::new(id) })
}

fn connection_subject() -> Subject {
    Subject::Connection(ConnectionName::new("test"))
}

fn change(kind: ChangeKind, subject: Subject, fields: &[(&str, &str)]) -> Change {
    let values: Values = fields.iter().copied().collect();
    Change { subject, kind, values, secrets: BTreeMap::new(), base: None, key: None }
}

const FULL: DetailOptions = DetailOptions { extra: true };
const PLAIN: DetailOptions = DetailOptions { extra: false };

#[tokio::test]
async fn every_key_of_the_documents_account_is_kept_and_understood() {
    let setup = Setup::new(|_| json(200, "", ACCOUNT));
    for options in [FULL, PLAIN] {
        let account = setup.provider.account(&AccountId::new(ID), options).await.unwrap();
        let document: Value = serde_json::from_str(ACCOUNT).unwrap();
        let mut shown = serde_json::to_value(&account).unwrap();
        assert_eq!(shown.as_object_mut().unwrap().remove("raw").unwrap(), document["account"]);
        assert_eq!(
            shown,
            value!({
                "connection": "test", "provider": "huawei", "id": ID, "name": "paas_iam_573331",
                "type": "invited", "status": "active", "email": null,
                "created_at": "2022-08-24T06:41:15Z", "updated_at": null, "parent": null,
            })
        );
        assert_eq!(account.has_extra, options.extra);
    }
    let path = format!("GET /v1/organizations/accounts/{ID}");
    assert_eq!(setup.asked(), [format!("{path}?with_register_contact_info=true"), path]);
}

#[tokio::test]
async fn contact_data_is_the_profile_and_asks_for_itself() {
    let setup = Setup::new(|_| {
        json(200, "", &ACCOUNT.replacen("\"null,\"", "\"13800000000\"", 1).replace(": null", ": \"a@b.example\""))
    });
    let profile = setup.provider.profile(&account_subject()).await.unwrap();
    let values: Vec<(&str, &str)> =
        profile.values.0.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(values, [("mobile_phone", "13800000000"), ("intl_number_prefix", ""), ("email", "a@b.example")]);
    assert!(setup.asked()[0].ends_with("?with_register_contact_info=true"));
    let account = setup.provider.account(&AccountId::new(ID), FULL).await.unwrap();
    assert_eq!(account.email.unwrap().raw(), "a@b.example");
}

#[tokio::test]
async fn accounts_come_by_marker_always_200_a_page() {
    let setup = Setup::new(|request| {
        let (id, next) = if path(request).contains("marker") { ("b", "null") } else { ("a", "\"a /+\"") };
        json(
            200,
            "",
            &format!(
                r#"{{"accounts":[{{"id":"{id}","email":"x@y.example"}}],"page_info":{{"next_marker":{next},"current_count":1}}}}"#
            ),
        )
    });
    let first = setup.provider.accounts(&ListScope::all(), &Cursor::First).await.unwrap();
    assert_eq!((first.rows[0].email.clone(), first.rows[0].parent.clone(), first.total), (None, None, None));
    assert_eq!(first.next, Some(Cursor::Token("a /+".into())));
    let scope = organization_scope("ou-1", true);
    let second = setup.provider.accounts(&scope, first.next.as_ref().unwrap()).await.unwrap();
    assert_eq!(second.next, None);
    assert_eq!(second.rows[0].parent.as_ref().unwrap().id.as_str(), "ou-1");
    assert!(second.rows[0].has_extra && second.rows[0].email.is_some());
    assert_eq!(
        setup.asked(),
        [
            "GET /v1/organizations/accounts?limit=200",
            "GET /v1/organizations/accounts?with_register_contact_info=true&parent_id=ou-1&limit=200&marker=a+%2F%2B",
        ]
    );
}

#[tokio::test]
async fn hostile_pages_lose_no_row() {
    let rows = r#"[
        {"id":"a","name":null,"status":null,"join_method":null,"joined_at":null,"description":null},
        {"id":"a","name":"twice"},
        {"id":7,"name":8,"status":"hibernating","joined_at":{},"urn":[],"new":{"x":[null]}},
        {"id":"b","name":"\u001b[2J\u202e","mobile_phone":7,"email":["x"],"intl_number_prefix":{}},
        {"name":"no id"}, null, 7
    ]"#;
    let setup = Setup::new(move |_| {
        // A marker that leads to where it came from.
        json(
            200,
            "",
            &format!(r#"{{"accounts":{rows},"page_info":{{"next_marker":"same","current_count":"x"}},"more":1}}"#),
        )
    });
    for cursor in [Cursor::First, Cursor::Token("same".into())] {
        let scope = ListScope { extra: true, ..ListScope::all() };
        let page = setup.provider.accounts(&scope, &cursor).await.unwrap();
        let ids: Vec<&str> = page.rows.iter().map(|row| row.key.id.as_str()).collect();
        assert_eq!(ids, ["a", "a", "7", "b"]);
        assert_eq!(page.rows[2].status.as_ref().unwrap().raw(), "hibernating");
        assert_eq!(page.rows[2].raw.at("new.x"), Some(value!([null])));
        assert_eq!(page.rows[3].name.shown(), "\\u{1b}[2J\\u{202e}");
        assert!(page.messages[0].raw().starts_with("3 of 7 rows"), "{:?}", page.messages);
        // Whoever walks sees that it is a circle, and says that the listing is not whole.
        assert_eq!(page.next, Some(Cursor::Token("same".into())));
    }
    for body in ["{}", "[]", r#"{"accounts":{}}"#, r#"{"hello":1}"#] {
        let setup = Setup::new(move |_| json(200, "", body));
        let failure = setup.provider.accounts(&ListScope::all(), &Cursor::First).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Unreadable, "{body}");
    }
}

#[tokio::test]
async fn levels_name_their_accounts() {
    let setup = Setup::new(|request| match path(request) {
        "/v1/organizations/roots?limit=200" => json(
            200,
            "",
            r#"{"roots":[{"id":"r-1","urn":"u","name":"root","policy_types":[],"created_at":"2022-01-01T00:00:00Z"}],"page_info":{"next_marker":null}}"#,
        ),
        "/v1/organizations/entities?parent_id=r-1&limit=200" => json(
            200,
            "",
            r#"{"entities":[{"name":"A","id":"a1","type":"account"},{"name":"U","id":"ou-1","type":"organizational_unit"},
                {"name":"Self","id":"r-1","type":"root"},{"name":"?","id":"x","type":"galaxy"},{"name":"none"}],
                "page_info":{"next_marker":"m"}}"#,
        ),
        _ => json(200, "", r#"{"entities":[{"name":"B","id":"b1","type":"account"}],"page_info":{"next_marker":""}}"#),
    });
    let roots = setup.provider.organizations(&OrganizationScope::Roots, &Cursor::First).await.unwrap();
    assert_eq!((roots.rows[0].key.id.as_str(), roots.rows[0].kind.raw()), ("r-1", "root"));
    assert_eq!(roots.rows[0].parent, None);
    let below = OrganizationScope::Below(OrganizationId::new("r-1"));
    let first = setup.provider.organizations(&below, &Cursor::First).await.unwrap();
    assert_eq!(first.rows.len(), 1);
    assert_eq!((first.rows[0].key.id.as_str(), first.rows[0].kind.raw()), ("ou-1", "organizational_unit"));
    assert_eq!(first.rows[0].parent.as_ref().unwrap().id.as_str(), "r-1");
    assert_eq!(first.holds, [AccountId::new("a1")]);
    assert_eq!(first.messages.len(), 2, "{:?}", first.messages);
    let second = setup.provider.organizations(&below, &first.next.unwrap()).await.unwrap();
    assert_eq!((second.holds, second.next), (vec![AccountId::new("b1")], None));
    let every = setup.provider.organizations(&OrganizationScope::Every, &Cursor::First).await.unwrap_err();
    assert_eq!(every.kind, FailureKind::Unsupported);
    assert_eq!(setup.asked()[2], "GET /v1/organizations/entities?parent_id=r-1&limit=200&marker=m");
}

/// Answers `child_id` queries from pairs of child and parent.
fn parents(pairs: &'static [(&'static str, &'static str)]) -> impl Fn(&Received) -> Reply + Send + Sync {
    move |request| {
        let child = path(request).split("child_id=").nth(1).and_then(|rest| rest.split('&').next()).unwrap_or("");
        let parent = pairs.iter().find(|(own, _)| *own == child).map(|(_, parent)| *parent);
        let kind = |id: &str| if id.starts_with("r-") { "root" } else { "organizational_unit" };
        let entities: Vec<Value> =
            parent.iter().map(|id| value!({"id": id, "name": format!("N {id}"), "type": kind(id)})).collect();
        if path(request).starts_with("/v1/organizations/organizational-units/") {
            let id = path(request).rsplit('/').next().unwrap();
            return json(200, "", &value!({"organizational_unit": {"id": id, "name": "Own"}}).to_string());
        }
        let body = value!({"entities": entities, "roots": [{"id": "r-1", "name": "Root"}], "page_info": {"next_marker": null}});
        json(200, "", &body.to_string())
    }
}

#[tokio::test]
async fn a_lineage_is_climbed_to_the_root() {
    let setup = Setup::new(parents(&[("a1", "ou-2"), ("ou-2", "ou-1"), ("ou-1", "r-1")]));
    let lineage = setup.provider.lineage(&AccountId::new("a1")).await.unwrap();
    assert_eq!(lineage.crumbs(), "N r-1 › N ou-1 › N ou-2");
    assert!(lineage.steps.iter().all(|step| step.linked));
    assert_eq!(setup.asked().len(), 3, "nothing is above a root");
    let none = setup.provider.lineage(&AccountId::new("alone")).await.unwrap();
    assert!(none.steps.is_empty());
}

#[tokio::test]
async fn a_lineage_that_goes_in_a_circle_or_on_and_on_ends_and_is_marked() {
    let circle = Setup::new(parents(&[("a1", "ou-2"), ("ou-2", "ou-1"), ("ou-1", "ou-2")]));
    let lineage = circle.provider.lineage(&AccountId::new("a1")).await.unwrap();
    assert_eq!(lineage.steps.len(), 2);
    assert!(!lineage.steps[0].linked && lineage.steps[1].linked);
    let endless = Setup::new(|request| {
        let child = path(request).split("child_id=").nth(1).and_then(|rest| rest.split('&').next()).unwrap();
        let entities = value!([{"id": format!("{child}x"), "name": "N", "type": "organizational_unit"}]);
        json(200, "", &value!({"entities": entities}).to_string())
    });
    let lineage = endless.provider.lineage(&AccountId::new("a1")).await.unwrap();
    assert_eq!(lineage.steps.len(), 10);
    assert!(!lineage.steps[0].linked);
    let own = Setup::new(parents(&[("a1", "a1")]));
    assert!(own.provider.lineage(&AccountId::new("a1")).await.unwrap().steps.is_empty());
}

#[tokio::test]
async fn one_organization_is_a_root_or_an_ou_with_its_parent() {
    let setup = Setup::new(parents(&[("ou-1", "r-1")]));
    let unit = setup.provider.organization(&OrganizationId::new("ou-1")).await.unwrap();
    assert_eq!((unit.name.raw(), unit.parent.unwrap().name.raw()), ("Own", "N r-1"));
    let root = setup.provider.organization(&OrganizationId::new("r-1")).await.unwrap();
    assert_eq!((root.name.raw(), root.kind.raw(), root.parent), ("Root", "root", None));
    let gone = setup.provider.organization(&OrganizationId::new("r-9")).await.unwrap_err();
    assert_eq!(gone.kind, FailureKind::NotFound);
}

#[tokio::test]
async fn the_key_and_its_organization_are_the_identity() {
    let setup = Setup::new(|_| {
        json(
            200,
            "",
            r#"{"organization":{"id":"o-1","urn":"u","management_account_id":"m","management_account_name":"M","created_at":"x"}}"#,
        )
    });
    let identity = setup.provider.identity().await.unwrap();
    assert_eq!((identity.user.raw(), identity.credential.as_str()), ("AK1", "access key"));
    assert_eq!(identity.organization.as_ref().unwrap().raw(), "o-1");
    assert_eq!(identity.origin, setup.server.origin);
    assert_eq!(setup.asked(), ["GET /v1/organizations"]);
    let headers = setup.server.received()[0].headers.clone();
    assert!(
        headers.contains("x-sdk-date: 20241021T080000Z")
            && headers.contains("authorization: SDK-HMAC-SHA256 Access=AK1, ")
    );
    assert!(!headers.contains(CANARY));
    // Temporary keys have another id each time; they are one user as long as they are of one organization.
    let temporary = |access_key: &str| [key(access_key), vec![("security_token", "token".into())]].concat();
    let mut identities = Vec::new();
    for access_key in ["TK1", "TK2"] {
        let setup = Setup::new(|_| json(200, "", r#"{"organization":{"management_account_name":"M"}}"#));
        *setup.key.lock().unwrap() = temporary(access_key);
        let identity = setup.provider.identity().await.unwrap();
        assert_eq!((identity.user.raw(), identity.organization.as_ref().unwrap().raw()), ("temporary access key", "M"));
        assert!(setup.server.received()[0].headers.contains("x-security-token: token"));
        identities.push(identity.user);
    }
    assert_eq!(identities[0], identities[1]);
}

#[tokio::test]
async fn no_organization_is_a_state_with_its_own_words() {
    let setup = Setup::new(|_| bad(401, "Organizations.1015", "organization not found"));
    let identity = setup.provider.identity().await.unwrap();
    assert_eq!((identity.user.raw(), identity.organization), ("AK1", None));
    let accounts = setup.provider.accounts(&ListScope::all(), &Cursor::First).await.unwrap();
    assert!(accounts.rows.is_empty() && accounts.next.is_none());
    assert!(accounts.messages[0].raw().contains("in no organization"));
    let roots = setup.provider.organizations(&OrganizationScope::Roots, &Cursor::First).await.unwrap();
    assert!(roots.rows.is_empty());
    let one = setup.provider.account(&AccountId::new(ID), PLAIN).await.unwrap_err();
    assert_eq!(one.kind, FailureKind::NotFound);
    assert!(one.cause.contains("in no organization") && one.hint.is_some());
}

#[tokio::test]
async fn a_role_that_is_missing_is_no_wrong_key_and_stops_nothing() {
    let setup = Setup::new(|request| {
        if path(request) == "/v1/organizations" {
            return json(200, "", r#"{"organization":{"id":"o-1"}}"#);
        }
        bad(401, "Organizations.1002", "denied")
    });
    setup.provider.identity().await.unwrap();
    for _ in 0..3 {
        let failure = clean(setup.provider.accounts(&ListScope::all(), &Cursor::First).await.unwrap_err());
        assert_eq!((&failure.kind, failure.status), (&FailureKind::Forbidden, Some(401)));
        assert!(failure.cause.contains("management account") && failure.cause.contains("the key is good"), "{failure}");
        assert_eq!(failure.request_id.unwrap().raw(), "r-head");
        assert_eq!(failure.items[0].code.as_ref().unwrap().raw(), "Organizations.1002");
    }
    assert_eq!(setup.asked().len(), 4);
    assert_eq!(*setup.fetched.lock().unwrap(), 1, "the credential is not fetched again");
}

#[tokio::test]
async fn after_one_wrong_signature_nothing_more_is_sent() {
    let setup = Setup::new(|_| wrong_key());
    let id = AccountId::new(ID);
    let together = join_all((0..8).map(|_| setup.provider.account(&id, PLAIN))).await;
    let mut failures: Vec<Failure> = together.into_iter().map(|one| clean(one.unwrap_err())).collect();
    failures.push(clean(setup.provider.identity().await.unwrap_err()));
    failures.push(clean(setup.provider.accounts(&ListScope::all(), &Cursor::First).await.unwrap_err()));
    let write = change(ChangeKind::CloseAccount, account_subject(), &[]);
    let refused = clean(setup.provider.execute(&write).await.unwrap_err());
    assert_eq!(refused.delivery, Delivery::Unsent);
    failures.push(refused);
    for failure in &failures {
        assert_eq!(failure.kind, FailureKind::Auth);
        assert!(failure.cause.contains("secret_key") && failure.cause.contains("a test"), "{failure}");
        assert!(failure.hint.as_ref().unwrap().contains("locks a key"), "{failure:?}");
        assert_eq!(failure.items[0].code.as_ref().unwrap().raw(), "APIGW.0301");
    }
    assert_eq!(setup.asked().len(), 1, "{:?}", setup.asked());
    assert!(*setup.fetched.lock().unwrap() >= 2, "it was looked for another key");
}

/// How many requests are in flight at most: fewer than the five wrong signatures that lock a key.
const IN_FLIGHT: usize = 4;

/// A server that takes the key `AK1` once, and no more from the moment on when so many requests are in flight as can be.
/// `AK2` it takes always.
fn ends_midway() -> impl Fn(&Received) -> Reply + Send + Sync {
    let (came, all_came) = (Mutex::new(0), Condvar::new());
    move |request| {
        if request.headers.contains("Access=AK2,") {
            return json(200, "", ACCOUNT);
        }
        let mut came = came.lock().unwrap();
        *came += 1;
        if *came == 1 {
            return json(200, "", ACCOUNT);
        }
        all_came.notify_all();
        // All that can be sent is sent before the first of them is refused.
        drop(all_came.wait_while(came, |came| *came < 1 + IN_FLIGHT).unwrap());
        wrong_key()
    }
}

#[tokio::test]
async fn a_proven_key_that_goes_bad_stops_what_waits() {
    let setup = Setup::new(ends_midway());
    let id = AccountId::new(ID);
    setup.provider.account(&id, PLAIN).await.unwrap();
    for one in join_all((0..20).map(|_| setup.provider.account(&id, PLAIN))).await {
        let failure = clean(one.unwrap_err());
        assert_eq!(failure.kind, FailureKind::Auth);
        assert!(failure.cause.contains("secret_key"), "{failure}");
    }
    assert_eq!(setup.asked().len(), 1 + IN_FLIGHT, "what waited was not sent");
}

#[tokio::test]
async fn what_waited_while_a_key_went_bad_goes_out_with_the_next_one() {
    let source = Arc::new(Mutex::new(key("AK1")));
    let (rotated, server) = (Arc::clone(&source), ends_midway());
    let setup = Setup::with(source, move |request| {
        let reply = server(request);
        if request.target.ends_with("with_register_contact_info=true") {
            *rotated.lock().unwrap() = key("AK2");
        }
        reply
    });
    let id = AccountId::new(ID);
    setup.provider.account(&id, PLAIN).await.unwrap();
    for one in join_all((0..20).map(|_| setup.provider.account(&id, FULL))).await {
        one.unwrap();
    }
    let with_old = setup.server.received().iter().filter(|request| request.headers.contains("Access=AK1,")).count();
    assert_eq!(with_old, 1 + IN_FLIGHT);
    assert_eq!(setup.asked().len(), with_old + 20);
}

#[tokio::test]
async fn another_key_goes_out_at_once() {
    let setup = Setup::new(
        |request| {
            if request.headers.contains("Access=AK1,") { wrong_key() } else { json(200, "", ACCOUNT) }
        },
    );
    let id = AccountId::new(ID);
    setup.provider.account(&id, PLAIN).await.unwrap_err();
    *setup.key.lock().unwrap() = key("AK2");
    assert!(setup.provider.account(&id, PLAIN).await.is_ok());
    // A key that works is kept, whatever the source would give now.
    *setup.key.lock().unwrap() = key("AK1");
    assert!(setup.provider.account(&id, PLAIN).await.is_ok());
    assert_eq!(setup.asked().len(), 3);
    // One that changes while it is being refused goes out in the same request.
    let source = Arc::new(Mutex::new(key("AK1")));
    let rotated = Arc::clone(&source);
    let renewed = Setup::with(source, move |request| {
        *rotated.lock().unwrap() = key("AK2");
        if request.headers.contains("Access=AK1,") { wrong_key() } else { json(200, "", ACCOUNT) }
    });
    assert!(renewed.provider.account(&id, PLAIN).await.is_ok());
    assert_eq!(renewed.asked().len(), 2);
}

#[tokio::test]
async fn a_clock_that_is_off_is_named_and_setting_it_frees_the_key() {
    let setup = Setup::new(|request| {
        if request.headers.contains("x-sdk-date: 20241021T08") {
            let text = "calc aksk signature fail:signature expired, signature time:20241021T080000Z,server time:20241021T100000Z";
            bad(401, "APIGW.0301", text)
        } else {
            json(200, "", ACCOUNT)
        }
    });
    let id = AccountId::new(ID);
    for _ in 0..3 {
        let failure = clean(setup.provider.account(&id, PLAIN).await.unwrap_err());
        assert_eq!(failure.kind, FailureKind::Auth);
        assert!(failure.cause.starts_with("your clock is 120 min behind"), "{failure}");
        assert!(failure.cause.contains("08:00:00") && failure.cause.contains("10:00:00"), "{failure}");
    }
    assert_eq!(setup.asked().len(), 1);
    *setup.now.lock().unwrap() = Moment(1_729_497_600_000 + 7_200_000);
    assert!(setup.provider.account(&id, PLAIN).await.is_ok());
}

/// A change with the method, path and body that it sends.
type Written = (Change, &'static str, String, Value);

fn account_writes() -> Vec<Written> {
    let account = format!("/v1/organizations/accounts/{ID}");
    let fields = [("name", "N"), ("email", "a@b.example"), ("phone", ""), ("agency_name", ""), ("description", "")];
    vec![
        (
            change(ChangeKind::UpdateAccount, account_subject(), &[("description", "")]),
            "PATCH",
            account.clone(),
            value!({"description": ""}),
        ),
        (change(ChangeKind::CloseAccount, account_subject(), &[]), "POST", format!("{account}/close"), Value::Null),
        (change(ChangeKind::RemoveAccount, account_subject(), &[]), "POST", format!("{account}/remove"), Value::Null),
        (
            change(ChangeKind::MoveAccount, account_subject(), &[(Change::FROM, "r-1"), (Change::TO, "ou-1")]),
            "POST",
            format!("{account}/move"),
            value!({"source_parent_id": "r-1", "destination_parent_id": "ou-1"}),
        ),
        (
            change(ChangeKind::CreateAccount, connection_subject(), &fields),
            "POST",
            "/v1/organizations/accounts".into(),
            value!({"name": "N", "email": "a@b.example"}),
        ),
        (
            change(ChangeKind::CreateAccount, unit_subject("r-1"), &[("name", "N"), ("description", "d")]),
            "POST",
            "/v2/organizations/accounts".into(),
            value!({"name": "N", "description": "d"}),
        ),
    ]
}

fn unit_writes() -> Vec<Written> {
    let unit = "/v1/organizations/organizational-units";
    vec![
        (
            change(ChangeKind::CreateOrganization, unit_subject("r-1"), &[("name", "研发部")]),
            "POST",
            unit.into(),
            value!({"name": "研发部", "parent_id": "r-1"}),
        ),
        (
            change(ChangeKind::RenameOrganization, unit_subject("ou-1"), &[("name", "New")]),
            "PATCH",
            format!("{unit}/ou-1"),
            value!({"name": "New"}),
        ),
        (
            change(ChangeKind::DeleteOrganization, unit_subject("ou-1"), &[]),
            "DELETE",
            format!("{unit}/ou-1"),
            Value::Null,
        ),
    ]
}

#[tokio::test]
async fn each_write_sends_what_its_preview_shows() {
    let setup = Setup::new(|request| match request.method.as_str() {
        "DELETE" => whole(204, "", b""),
        _ if request.target.ends_with("/move") => whole(200, "", b""),
        _ => json(200, "", "{}"),
    });
    for (change, method, path, body) in account_writes().into_iter().chain(unit_writes()) {
        let preview = setup.provider.preview(&change).unwrap();
        assert_eq!((preview.method.as_str(), preview.path.as_str()), (method, format!("/huawei{path}").as_str()));
        assert_eq!(preview.body, body);
        setup.provider.execute(&change).await.unwrap();
        let sent = setup.server.received().pop().unwrap();
        assert_eq!((sent.method.as_str(), sent.target.as_str()), (method, preview.path.as_str()));
        assert_eq!(sent.body, if body.is_null() { String::new() } else { body.to_string() });
        let signs_type = sent.headers.contains("SignedHeaders=content-type;host;x-sdk-date");
        assert_eq!(signs_type, !body.is_null(), "{}", sent.headers);
    }
}

#[tokio::test]
async fn what_comes_along_is_said_with_the_quotas_as_far_as_they_can_be_read() {
    let closures = |states: &[&str]| {
        let one = |state: &&str| value!({"account_id": ID, "state": state, "updated_at": "2026-01-01T00:00:00Z"});
        let statuses: Vec<Value> = states.iter().map(one).collect();
        value!({"close_account_statuses": statuses}).to_string()
    };
    let quotas = r#"{"quotas":{"resources":[{"type":"account","quota":10,"used":9},
        {"type":"organizational_unit","quota":"5","used":"5"}]}}"#;
    let two = closures(&["pending_closure", "suspended", "pending_closure"]);
    let full = closures(&["pending_closure"; 3]);
    for (closing, words) in [(two, "2 closures go on now"), (full, "probably refuse"), ("{}".into(), "can't be read")] {
        let setup = Setup::new(move |request| {
            json(200, "", if path(request).ends_with("/quotas") { quotas } else { &closing })
        });
        let says = async |kind, subject| {
            let said = setup.provider.side_effects(&change(kind, subject, &[])).await;
            said.into_iter().map(|effect| effect.words).collect::<Vec<_>>().join("; ")
        };
        let close = says(ChangeKind::CloseAccount, account_subject()).await;
        assert!(close.contains(words) && close.contains("10 %") && close.contains("takes it back"), "{close}");
        assert!(says(ChangeKind::CreateAccount, connection_subject()).await.contains("9 of 10 accounts"));
        let unit = says(ChangeKind::CreateOrganization, unit_subject("r-1")).await;
        assert!(unit.contains("used up, 5 of 5 OUs"), "{unit}");
        assert_eq!(setup.asked().len(), 3, "one request each");
        assert!(says(ChangeKind::RemoveAccount, account_subject()).await.contains("payment method"));
        assert!(says(ChangeKind::MoveAccount, account_subject()).await.contains("policies"));
        assert!(says(ChangeKind::DeleteOrganization, unit_subject("ou-1")).await.contains("can't be undone"));
        assert!(says(ChangeKind::UpdateAccount, account_subject()).await.is_empty());
        assert_eq!(setup.asked().len(), 3);
    }
    let broken = Setup::new(|_| bad(401, "Organizations.1001", "no"));
    let create = change(ChangeKind::CreateAccount, connection_subject(), &[]);
    let said = broken.provider.side_effects(&create).await;
    assert!(said[0].words.contains("can't be read") && said[0].words.contains("management account"), "{said:?}");
}

#[tokio::test]
async fn what_is_not_offered_gives_its_reason_and_sends_nothing() {
    let setup = Setup::new(|_| json(200, "", ACCOUNT));
    let values = [("email", "a@b.example")];
    for (subject, kind) in [
        (account_subject(), ChangeKind::Profile),
        (unit_subject("ou-1"), ChangeKind::Profile),
        (account_subject(), ChangeKind::DeleteAccount),
        (connection_subject(), ChangeKind::CreateStandalone),
    ] {
        let change = change(kind, subject.clone(), &values);
        let Offer::No(reason) = SPEC.offer(Capability::of(kind, &subject)) else { panic!("{kind:?}") };
        let failures =
            [setup.provider.preview(&change).unwrap_err(), setup.provider.execute(&change).await.unwrap_err()];
        for failure in failures {
            assert_eq!((failure.kind, failure.cause.as_str()), (FailureKind::Unsupported, reason));
        }
    }
    let search = ListScope { parameters: vec![("name".into(), "x".into())], ..ListScope::all() };
    let searched = setup.provider.accounts(&search, &Cursor::First).await.unwrap_err();
    let profiled = setup.provider.profile(&unit_subject("ou-1")).await.unwrap_err();
    let signed_in = setup.provider.sign_in().await.unwrap_err();
    let switched = setup.provider.switch(&AccountId::new(ID)).await.unwrap_err();
    let followed = setup.provider.progress(ChangeKind::MoveAccount, "x").await.unwrap_err();
    for failure in [searched, profiled, signed_in, switched, followed] {
        assert_eq!(failure.kind, FailureKind::Unsupported, "{failure}");
        assert!(!failure.cause.is_empty());
    }
    // What no request can say is refused with what to do instead.
    for change in [
        change(ChangeKind::CreateAccount, unit_subject("ou-1"), &[("name", "N")]),
        change(ChangeKind::CreateOrganization, connection_subject(), &[("name", "N")]),
        change(ChangeKind::RenameOrganization, unit_subject("r-1"), &[("name", "N")]),
        change(ChangeKind::DeleteOrganization, unit_subject("r-1"), &[]),
        change(ChangeKind::MoveAccount, account_subject(), &[(Change::TO, "ou-1")]),
        change(ChangeKind::CloseAccount, unit_subject("ou-1"), &[]),
    ] {
        let failure = setup.provider.execute(&change).await.unwrap_err();
        assert_eq!((failure.kind, failure.delivery), (FailureKind::Refused, Delivery::Unsent), "{:?}", change.kind);
        assert!(failure.hint.is_some());
    }
    assert_eq!((setup.asked().len(), setup.recorded()), (0, 0));
}

fn status(state: &str, more: &str) -> Reply {
    let body = format!(
        r#"{{"create_account_status":{{"id":"h-1","state":"{state}","account_name":"N","created_at":"x"{more}}}}}"#
    );
    json(if more.is_empty() { 202 } else { 200 }, "x-request-id: r\r\n", &body)
}

#[tokio::test]
async fn a_creation_is_followed_to_its_end() {
    let steps = Mutex::new(0);
    let setup = Setup::new(move |request| {
        if request.method == "POST" {
            return status("in_progress", "");
        }
        let mut steps = steps.lock().unwrap();
        *steps += 1;
        match *steps {
            1 => status("in_progress", r#","account_id":null,"completed_at":null"#),
            2 => status("dreaming", r#","account_id":null"#),
            _ => status("succeeded", r#","account_id":"a9","completed_at":"y""#),
        }
    });
    let create = change(ChangeKind::CreateAccount, connection_subject(), &[("name", "N")]);
    let executed = setup.provider.execute(&create).await.unwrap();
    assert_eq!((executed.made, executed.operation.as_deref()), (None, Some("h-1")));
    let mut ended = Vec::new();
    for _ in 0..3 {
        ended.push(setup.provider.progress(ChangeKind::CreateAccount, "h-1").await.unwrap());
    }
    assert_eq!(ended, [Progress::Running, Progress::Running, Progress::Done(Some(AccountId::new("a9")))]);
    assert_eq!(setup.asked()[1], "GET /v1/organizations/create-account-status/h-1");
}

#[tokio::test]
async fn a_creation_that_is_over_at_once_or_failed_says_so() {
    let create = change(ChangeKind::CreateAccount, connection_subject(), &[("name", "N")]);
    let done = Setup::new(|_| status("succeeded", r#","account_id":"a9""#));
    let executed = done.provider.execute(&create).await.unwrap();
    let Some(Made::Account(account)) = executed.made else { panic!("{executed:?}") };
    assert_eq!((account.key.id.as_str(), account.name.raw(), executed.operation), ("a9", "N", None));
    let failed = Setup::new(|_| {
        status("failed", r#","failure_reason":"email_taken","failure_detail_msg":{"error_msg":"the address is taken"}"#)
    });
    let at_once = failed.provider.execute(&create).await.unwrap_err();
    let Progress::Failed(later) = failed.provider.progress(ChangeKind::CreateAccount, "h-1").await.unwrap() else {
        panic!("it failed");
    };
    for failure in [at_once, later] {
        assert_eq!((failure.kind.clone(), failure.delivery), (FailureKind::Refused, Delivery::Answered));
        assert!(failure.cause.ends_with("the address is taken"), "{failure}");
        assert_eq!(failure.items[0].code.as_ref().unwrap().raw(), "email_taken");
    }
    for body in ["", "{}", r#"{"create_account_status":null}"#] {
        let silent = Setup::new(move |_| json(202, "", body));
        let executed = silent.provider.execute(&create).await.unwrap();
        assert_eq!((executed.made, executed.operation), (None, None), "{body}");
        assert!(executed.messages[0].raw().contains("refresh"));
    }
}

#[tokio::test]
async fn a_closing_is_followed_by_its_own_list_or_else_by_the_account() {
    let close = change(ChangeKind::CloseAccount, account_subject(), &[]);
    let accepted = Setup::new(|_| whole(200, "", b""));
    assert_eq!(accepted.provider.execute(&close).await.unwrap().operation.as_deref(), Some(ID));
    let done = Progress::Done(Some(AccountId::new(ID)));
    let entry = |state: &str, updated: &str| {
        format!(r#"{{"account_id":"{ID}","state":"{state}","updated_at":"{updated}","failure_reason":null}}"#)
    };
    let other = r#"{"account_id":"other","state":"suspended","updated_at":"9"}"#;
    for (list, expected) in [
        (format!("[{other},{}]", entry("pending_closure", "1")), Progress::Running),
        (format!("[{},{}]", entry("suspended", "2"), entry("pending_closure", "1")), done.clone()),
        (format!("[{other},null,7]"), Progress::Running),
    ] {
        let setup = Setup::new(move |request| {
            if path(request) == "/v1/organizations/close-account-status" {
                json(200, "", &format!(r#"{{"close_account_statuses":{list}}}"#))
            } else {
                json(200, "", ACCOUNT)
            }
        });
        assert_eq!(setup.provider.progress(ChangeKind::CloseAccount, ID).await.unwrap(), expected);
    }
    let listed = |status: &'static str| {
        Setup::new(move |request| match path(request).ends_with("close-account-status") {
            true => json(200, "", r#"{"close_account_statuses":[]}"#),
            false if status.is_empty() => bad(404, "Organizations.1301", "gone"),
            false => json(200, "", &ACCOUNT.replace("\"active\"", &format!("\"{status}\""))),
        })
    };
    for (status, expected) in [("suspended", done), ("pending_closure", Progress::Running), ("", Progress::Done(None))]
    {
        assert_eq!(listed(status).provider.progress(ChangeKind::CloseAccount, ID).await.unwrap(), expected);
    }
    let failed = Setup::new(|_| {
        let entry =
            value!({"account_id": ID, "state": "pending_closure", "updated_at": "1", "failure_reason": "unpaid"});
        json(200, "", &value!({"close_account_statuses": [entry]}).to_string())
    });
    let progress = failed.provider.progress(ChangeKind::CloseAccount, ID).await.unwrap();
    assert!(matches!(progress, Progress::Failed(failure) if failure.cause.ends_with("unpaid")));
}

#[tokio::test]
async fn a_new_ou_is_known_with_its_place() {
    let setup = Setup::new(|_| {
        json(
            201,
            "",
            r#"{"organizational_unit":{"id":"ou-9","urn":"u","name":"New","created_at":"2024-01-01T00:00:00Z"}}"#,
        )
    });
    let create = change(ChangeKind::CreateOrganization, unit_subject("r-1"), &[("name", "New")]);
    let Some(Made::Organization(made)) = setup.provider.execute(&create).await.unwrap().made else { panic!("made") };
    assert_eq!((made.key.id.as_str(), made.parent.unwrap().id.as_str()), ("ou-9", "r-1"));
}

#[tokio::test]
async fn refusals_of_writes_are_answered_in_words() {
    for (status, code, kind, words) in [
        (409, "Organizations.1003", FailureKind::Conflict, "at this moment"),
        (401, "Organizations.1001", FailureKind::Forbidden, "management account"),
        (400, "Organizations.1305", FailureKind::Refused, "as many accounts"),
        (400, "Organizations.1399", FailureKind::Refused, "the provider's words"),
        (200, "Organizations.1399", FailureKind::Refused, "the provider's words"),
    ] {
        let setup = Setup::new(move |_| bad(status, code, "the provider's words"));
        let write = change(ChangeKind::RemoveAccount, account_subject(), &[]);
        let failure = clean(setup.provider.execute(&write).await.unwrap_err());
        assert_eq!((failure.kind.clone(), failure.delivery), (kind, Delivery::Answered), "{status} {code}");
        assert!(failure.cause.contains(words), "{failure}");
        assert_eq!(setup.asked().len(), 1);
    }
}
