//! The Cloud 66 provider against a small server that replays the bodies of the vendor's own documents, and wrong ones: no
//! key of them is lost, no row, and no secret gets out.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod provider_support;

use std::sync::Arc;
use std::time::Duration;

use acctui::domain::{
    Account, AccountId, Change, ChangeKind, Credentials, Failure, FailureKind, Moment, OrganizationId, OrganizationKey,
    Secret, Subject, Untrusted,
};
use acctui::inventory::{Inventory, SyncState, sync};
use acctui::provider::cloud66::{Cloud66, SPEC};
use acctui::provider::http::Policy;
use acctui::provider::{Capability, Cursor, DetailOptions, ListScope, Offer, OrganizationScope, Page, Provider};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use provider_support::{CANARY, Heard, Received, Reply, Server, bytes, clean, json};
use serde_json::{Value, json as value};

const ACCOUNT: &str = include_str!("fixtures/cloud66/account.json");
const ACCOUNTS: &str = include_str!("fixtures/cloud66/accounts.json");
const OTP: &str = include_str!("fixtures/cloud66/otp.json");
const OTP_CODE: &str = "abc123def456ghi789jkl012mno345pqr678stu901vwx234";

const SERVERS: DetailOptions = DetailOptions { extra: true };

/// Quick, and as stubborn as the program.
const POLICY: Policy =
    Policy { backoff: Duration::from_millis(1), backoff_cap: Duration::from_millis(5), ..Policy::DEFAULT };

struct Setup {
    server: Server,
    provider: Cloud66,
    heard: Heard,
}

impl Setup {
    fn new(answer: impl Fn(&Received) -> Reply + Send + Sync + 'static) -> Self {
        Self::counting(move |_, request| answer(request))
    }

    fn counting(answer: impl Fn(usize, &Received) -> Reply + Send + Sync + 'static) -> Self {
        let heard = Heard::default();
        let server = Server::start(answer);
        let provider = Cloud66::new(heard.settings(&format!("{}/x/api/3", server.origin)), POLICY).unwrap();
        Self { server, provider, heard }
    }

    /// With a token given in some form.
    fn given(token: String, answer: impl Fn(&Received) -> Reply + Send + Sync + 'static) -> Self {
        let setup = Self::new(answer);
        let mut settings = setup.heard.settings(&format!("{}/x/api/3", setup.server.origin));
        settings.credentials = Arc::new(move || {
            let fields = [("token".to_owned(), Secret::new(token.clone()))].into();
            Box::pin(async {
                Ok(Credentials { fields, source: "environment variable CLOUD66_TOKEN".into(), expires: None })
            })
        });
        Self { provider: Cloud66::new(settings, POLICY).unwrap(), ..setup }
    }

    /// What was asked, without the base path.
    fn asked(&self) -> Vec<String> {
        let asked = self.server.received().into_iter();
        asked.map(|request| format!("{} {}", request.method, path(&request))).collect()
    }

    async fn page(&self, cursor: Cursor) -> Result<Page<Account>, Failure> {
        self.provider.accounts(&ListScope::all(), &cursor).await.map_err(clean)
    }

    async fn show(&self, id: &str, options: DetailOptions) -> Result<Account, Failure> {
        self.provider.account(&AccountId::new(id), options).await.map_err(clean)
    }

    /// Lists everything as the program does: what came, and how the listing ended.
    async fn sync(&self) -> (Vec<String>, SyncState) {
        let connection = "test".into();
        let inventory = Inventory::default();
        let clock: acctui::provider::Clock = Arc::new(|| Moment(1));
        let _ = sync(&inventory, &self.provider, &connection, &clock, &mut |_| ()).await;
        let snapshot = inventory.snapshot();
        let mut ids: Vec<String> = snapshot.rows().map(|row| row.id().to_owned()).collect();
        ids.sort();
        (ids, snapshot.connection(&connection).unwrap().sync.clone())
    }
}

fn path(request: &Received) -> &str {
    request.target.strip_prefix("/x/api/3").unwrap()
}

/// The number of the page that is asked for.
fn asked_page(request: &Received) -> u64 {
    path(request).strip_prefix("/accounts?page=").unwrap().parse().unwrap()
}

fn good(body: &Value) -> Reply {
    json(200, "", &body.to_string())
}

/// A page with these ids that says this of the others.
fn listed(ids: &[u64], pagination: &Value) -> Reply {
    let rows: Vec<Value> = ids.iter().map(|id| value!({"id": id, "friendly_name": format!("N{id}")})).collect();
    good(&value!({"response": rows, "count": ids.len(), "pagination": pagination}))
}

fn masked(document: &str, at: &str) -> Value {
    let mut document: Value = serde_json::from_str(document).unwrap();
    let mut account = document.pointer_mut(at).unwrap().take();
    account["server_registration_script"] = "<secret>".into();
    account
}

#[tokio::test]
async fn every_key_of_a_documented_account_is_in_its_json() {
    let setup = Setup::new(|request| json(200, "", if request.target.contains('?') { ACCOUNTS } else { ACCOUNT }));
    let page = setup.page(Cursor::First).await.unwrap();
    assert_eq!(serde_json::to_value(&page.rows[0]).unwrap()["raw"], masked(ACCOUNTS, "/response/0"));
    assert_eq!((page.rows.len(), page.next, page.total, page.pages), (1, None, Some(1), Some(1)));
    let one = setup.show("139", DetailOptions::default()).await.unwrap();
    assert_eq!(serde_json::to_value(&one).unwrap()["raw"], masked(ACCOUNT, "/response"));
    assert_eq!(setup.asked(), ["GET /accounts?page=1", "GET /accounts/139"]);
    let headers = &setup.server.received()[0].headers;
    assert!(headers.contains(&format!("authorization: Bearer {CANARY}-1")), "{headers}");
}

#[tokio::test]
async fn an_account_is_understood_as_far_as_the_document_goes() {
    let setup = Setup::new(|_| json(200, "", ACCOUNT));
    let account = setup.show("139", DetailOptions::default()).await.unwrap();
    let mut shown = serde_json::to_value(&account).unwrap();
    shown.as_object_mut().unwrap().remove("raw");
    assert_eq!(
        shown,
        value!({
            "connection": "test", "provider": "cloud66", "id": "139", "name": "My Company Account",
            "type": "primary", "status": null, "email": "test@cloud66.com",
            "created_at": "2013-06-19T11:08:03Z", "updated_at": "2014-02-20T12:55:58Z", "parent": null,
        })
    );
    let script = &account.secrets["server_registration_script"];
    assert_eq!(script.expose(), "curl -sSL https://get.cloud66.com | bash");
    assert!(!format!("{account:?}").contains("get.cloud66.com"));
}

#[tokio::test]
async fn columns_and_details_find_their_fields_in_the_document() {
    let setup = Setup::new(|_| json(200, "", ACCOUNT));
    let account = setup.show("139", DetailOptions::default()).await.unwrap();
    let texts: Vec<String> = SPEC.columns.iter().map(|column| column.value.text(&account).into_owned()).collect();
    let expected =
        ["My Company Account", "primary", "test@cloud66.com", "2", "digitalocean, rackspace", "2013-06-19", "139"];
    assert_eq!(texts, expected);
    for field in SPEC.details {
        assert!(account.raw.at(field.path).is_some(), "{}", field.path);
    }
}

#[tokio::test]
async fn servers_are_asked_for_in_the_query_and_every_shape_of_them_is_kept() {
    let shapes = [
        value!([{"id": "i-0123456789abcdef0", "name": "unmanaged-server-1", "vendor": "aws"}]),
        value!([{"id": 7, "name": "n", "ip": "192.0.2.1"}]),
        value!([{"id": "7", "vendor": "aws"}, 7, null]),
        value!([]),
        Value::Null,
    ];
    for servers in shapes {
        let body = value!({"response": {"id": 139, "unmanaged_servers": servers}});
        let setup = Setup::new(move |_| good(&body));
        let asked = setup.show("139", SERVERS).await.unwrap();
        assert!(asked.has_extra);
        assert_eq!(asked.raw.at("unmanaged_servers"), Some(servers));
        let unasked = setup.show("139", DetailOptions::default()).await.unwrap();
        assert!(!unasked.has_extra);
        assert_eq!(setup.asked(), ["GET /accounts/139?include_servers=true", "GET /accounts/139"]);
    }
}

#[tokio::test]
async fn a_one_time_password_is_asked_for_by_post_without_a_body_and_shows_nowhere() {
    let setup = Setup::new(|_| json(200, "x-cloud66-warning: Old client\r\n", OTP));
    let link = setup.provider.sign_in().await.unwrap();
    assert_eq!(link.page, format!("{}/x/otp", setup.server.origin));
    assert_eq!((link.parameter, link.code.expose()), ("otp", OTP_CODE));
    assert_eq!(link.messages.iter().map(Untrusted::raw).collect::<Vec<_>>(), ["Old client"]);
    let heard = format!("{link:?} {:?}", setup.heard.records.lock().unwrap());
    assert!(!heard.contains(OTP_CODE) && !heard.contains(CANARY), "{heard}");
    let asked = setup.server.received().remove(0);
    assert_eq!((asked.method.as_str(), path(&asked), asked.body.as_str()), ("POST", "/accounts/otp", ""));
    assert!(asked.headers.contains("content-length: 0"), "{}", asked.headers);
}

#[tokio::test]
async fn a_one_time_password_is_never_asked_for_twice_but_when_none_was_made() {
    // No answer, a failing server and one that can't be read: perhaps one was made.
    type Answer = fn() -> Reply;
    let unsure: [Answer; 4] = [
        || bytes(Vec::new()),
        || json(500, "", ""),
        || json(503, "", "{}"),
        || bytes(b"HTTP/1.1 200 OK\r\ncontent-length: 90\r\ncontent-type: application/json\r\n\r\n{\"resp".to_vec()),
    ];
    for answer in unsure {
        let setup = Setup::new(move |_| answer());
        let failure = clean(setup.provider.sign_in().await.unwrap_err());
        assert_ne!(failure.delivery, acctui::domain::Delivery::Unknown, "no write, so nothing to settle: {failure}");
        assert_eq!(setup.asked(), ["POST /accounts/otp"], "{failure}");
    }
    let throttled = Setup::counting(|number, _| match number {
        0 => json(503, "", r#"{"error":"throttled"}"#),
        _ => json(200, "", OTP),
    });
    assert_eq!(throttled.provider.sign_in().await.unwrap().code.expose(), OTP_CODE);
    assert_eq!(throttled.asked().len(), 2);
}

#[tokio::test]
async fn a_server_that_has_the_password_only_at_get_is_asked_so() {
    for status in [404, 405] {
        let setup = Setup::new(move |request| match request.method.as_str() {
            "GET" => json(200, "", OTP),
            _ => json(status, "", ""),
        });
        assert_eq!(setup.provider.sign_in().await.unwrap().code.expose(), OTP_CODE);
        assert_eq!(setup.asked(), ["POST /accounts/otp", "GET /accounts/otp"]);
    }
    let nowhere = Setup::new(|_| json(404, "", r#"{"error":"not_found"}"#));
    assert_eq!(nowhere.provider.sign_in().await.unwrap_err().kind, FailureKind::NotFound);
}

#[tokio::test]
async fn a_password_that_is_refused_or_missing_is_a_failure_without_it() {
    for (status, body, kind) in [
        (
            200,
            r#"{"response":{"ok":false,"otp":"otp-canary","message":"Switched off by the owner"}}"#,
            FailureKind::Refused,
        ),
        (200, r#"{"response":{"ok":true,"otp":null}}"#, FailureKind::Unreadable),
        (200, r#"{"response":"otp-canary"}"#, FailureKind::Unreadable),
        (200, r#"["otp-canary"]"#, FailureKind::Unreadable),
        (200, r#""otp-canary""#, FailureKind::Unreadable),
        (403, r#"{"error":"forbidden"}"#, FailureKind::Forbidden),
    ] {
        let setup = Setup::new(move |_| json(status, "", body));
        let failure = clean(setup.provider.sign_in().await.unwrap_err());
        assert_eq!(failure.kind, kind, "{failure}");
        assert!(!format!("{failure:?}").contains("otp-canary"), "{failure:?}");
    }
    let setup = Setup::new(|_| json(200, "", r#"{"response":{"ok":false,"message":"Switched off"}}"#));
    assert_eq!(setup.provider.sign_in().await.unwrap_err().cause, "Switched off");
}

#[tokio::test]
async fn no_id_leads_to_the_address_of_the_passwords() {
    let setup = Setup::new(|_| json(200, "", OTP));
    for id in ["otp", "otp.json", "OTP", " otp"] {
        assert_eq!(setup.show(id, SERVERS).await.unwrap_err().kind, FailureKind::NotFound);
    }
    assert!(setup.asked().is_empty());
}

#[tokio::test]
async fn an_identity_is_the_owner_of_the_primary_account() {
    let setup = Setup::new(|_| json(200, "", ACCOUNTS));
    let identity = setup.provider.identity().await.unwrap();
    assert_eq!(identity.user.raw(), "test@cloud66.com");
    assert_eq!(identity.organization.unwrap().raw(), "139");
    assert_eq!((identity.credential.as_str(), identity.expires_at), ("access token", None));
    assert_eq!(setup.asked(), ["GET /accounts?page=1"]);
    let later = Setup::new(|request| match asked_page(request) {
        1 => listed(&[1, 2], &value!({"next": 2})),
        _ => good(&value!({"response": [{"id": 9, "owner": null, "current_account": true}]})),
    });
    assert_eq!(later.provider.identity().await.unwrap().user.raw(), "unknown user (primary account #9)");
    let oldest = Setup::new(|request| match asked_page(request) {
        page @ 1..70 => listed(&[page], &value!({"next": page + 1, "pages": 70})),
        _ => good(&value!({"response": [{"id": 9, "owner": "o@x.example", "current_account": true}]})),
    });
    assert_eq!(oldest.provider.identity().await.unwrap().user.raw(), "o@x.example");
    assert_eq!(oldest.asked(), ["GET /accounts?page=1", "GET /accounts?page=70"]);
}

#[tokio::test]
async fn a_token_that_cannot_list_is_still_somebody_and_one_that_is_refused_is_not() {
    for (status, body) in [(403, r#"{"error":"forbidden"}"#), (200, r#"{"response":[]}"#)] {
        let setup = Setup::new(move |_| json(status, "", body));
        let identity = setup.provider.identity().await.unwrap();
        assert!(identity.user.raw().starts_with("unknown user"), "{identity:?}");
        assert_eq!(identity.organization, None);
    }
    let endless = Setup::new(|request| listed(&[asked_page(request)], &value!({"next": asked_page(request) + 1})));
    assert_eq!(endless.provider.identity().await.unwrap().organization, None);
    assert_eq!(endless.asked().len(), 5);
    let refused = Setup::new(|_| json(401, "", ""));
    let failure = clean(refused.provider.identity().await.unwrap_err());
    assert_eq!(failure.kind, FailureKind::Auth);
    assert!(failure.cause.contains("a test"), "it names where the token is from: {failure}");
}

#[tokio::test]
async fn what_cx_keeps_of_a_token_is_taken_for_the_token() {
    let kept = format!(r#"{{"AccessToken":"{CANARY}-cx","RefreshToken":"r","Expiry":"2031-05-01T00:00:00Z"}}"#);
    for given in [kept.clone(), BASE64_STANDARD.encode(&kept)] {
        let setup = Setup::given(given, |_| json(200, "", ACCOUNTS));
        let identity = setup.provider.identity().await.unwrap();
        assert_eq!(identity.expires_at.unwrap().raw(), "2031-05-01T00:00:00Z");
        let headers = &setup.server.received()[0].headers;
        assert!(headers.contains(&format!("authorization: Bearer {CANARY}-cx\r")), "{headers}");
    }
    let empty =
        Setup::given(BASE64_STANDARD.encode(format!(r#"{{"RefreshToken":"{CANARY}"}}"#)), |_| json(200, "", "{}"));
    let failure = clean(empty.provider.identity().await.unwrap_err());
    assert_eq!(failure.kind, FailureKind::Auth);
    assert!(empty.asked().is_empty());
}

#[tokio::test]
async fn a_token_that_ends_midway_is_fetched_once_more_and_the_listing_goes_on_there() {
    let setup = Setup::new(|request| match (asked_page(request), request.headers.contains(&format!("{CANARY}-1"))) {
        (2, true) => json(401, "", r#"{"error":"unauthenticated"}"#),
        (page, _) => listed(&[page], &value!({"next": (page < 3).then_some(page + 1), "count": 3, "pages": 3})),
    });
    assert_eq!(setup.page(Cursor::First).await.unwrap().next, Some(Cursor::Page(2)));
    let page = setup.page(Cursor::Page(2)).await.unwrap();
    assert_eq!((page.rows[0].key.id.as_str(), page.next), ("2", Some(Cursor::Page(3))));
    assert_eq!(*setup.heard.fetched.lock().unwrap(), 2);
}

#[tokio::test]
async fn hostile_rows_stay() {
    let setup = Setup::new(|_| {
        json(
            200,
            "x-cloud66-warning: Upgrade\r\n",
            r#"{"response":[
                {"id":1,"owner":null,"created_at_iso":null,"updated_at_iso":null,"stack_count":null,"used_clouds":null,
                 "current_account":null,"friendly_name":null,"unmanaged_servers":null,"server_registration_script":null,
                 "configstore_namespace":null},
                {"id":"2"},
                {"id":3,"owner":7,"created_at_iso":{},"stack_count":"many","used_clouds":"aws","current_account":"odd",
                 "friendly_name":["x"],"unmanaged_servers":"none","server_registration_script":[],"new":{"key":1}},
                {"id":null}, "odd", 7, null
            ],"count":"x","pagination":[]}"#,
        )
    });
    let page = setup.page(Cursor::First).await.unwrap();
    let rows: Vec<(&str, &str)> = page.rows.iter().map(|row| (row.key.id.as_str(), row.name.raw())).collect();
    assert_eq!(rows, [("1", "#1"), ("2", "#2"), ("3", "7")]);
    assert_eq!(page.rows[2].raw.at("new.key"), Some(1.into()));
    let messages: Vec<&str> = page.messages.iter().map(Untrusted::raw).collect();
    assert_eq!(messages, ["Upgrade", "4 of 7 rows hold no id and were left out"]);
}

#[tokio::test]
async fn what_is_no_list_and_no_account_says_so() {
    for body in ["{}", r#"{"response":{}}"#, r#"{"hello":"world"}"#, "", "7"] {
        let setup = Setup::new(move |_| json(200, "", body));
        assert_eq!(setup.page(Cursor::First).await.unwrap_err().kind, FailureKind::Unreadable, "{body}");
        assert_eq!(setup.show("1", SERVERS).await.unwrap_err().kind, FailureKind::Unreadable, "{body}");
    }
    let html = Setup::new(|_| provider_support::whole(200, "content-type: text/html\r\n", b"<html>Sign in</html>"));
    assert_eq!(html.page(Cursor::First).await.unwrap_err().kind, FailureKind::Unreadable);
}

#[tokio::test]
async fn every_page_is_listed_once_however_much_is_said_of_them() {
    let said: [fn(u64) -> Value; 4] = [
        |page| value!({"next": (page < 3).then_some(page + 1), "current": page, "per_page": 2, "count": 5, "pages": 3}),
        |page| value!({"next": (page < 3).then_some(page + 1)}),
        |page| value!({"next": (page < 3).then(|| (page + 1).to_string()), "count": "5"}),
        |_| value!({"pages": 3, "count": 5}),
    ];
    for said in said {
        let setup = Setup::new(move |request| match asked_page(request) {
            page @ (1 | 2) => listed(&[page * 2 - 1, page * 2], &said(page)),
            3 => listed(&[5], &said(3)),
            page => listed(&[], &said(page)),
        });
        let (ids, state) = setup.sync().await;
        assert_eq!(ids, ["1", "2", "3", "4", "5"]);
        assert!(matches!(state, SyncState::Complete { .. }), "{state:?}");
    }
    let unpaged = Setup::new(|_| good(&value!({"response": [{"id": 1}], "count": 1})));
    assert!(matches!(unpaged.sync().await.1, SyncState::Complete { .. }));
    let empty = Setup::new(|_| good(&value!({"response": [], "pagination": {"next": null, "count": 0, "pages": 0}})));
    let (ids, state) = empty.sync().await;
    assert!(ids.is_empty() && matches!(state, SyncState::Complete { .. }), "{state:?}");
}

#[tokio::test]
async fn pages_that_loop_or_repeat_end_and_what_came_stays() {
    // The same page for every number; a page that names itself; one that names the first.
    let answers: [fn(u64) -> Reply; 3] = [
        |_| listed(&[1, 2], &value!({"next": 2, "current": 1, "count": 5, "pages": 3})),
        |page| listed(&[page], &value!({"next": 2, "count": 5})),
        |page| listed(&[page], &value!({"next": if page == 2 { 1 } else { 2 }, "count": 5})),
    ];
    for answer in answers {
        let setup = Setup::new(move |request| answer(asked_page(request)));
        let (ids, state) = setup.sync().await;
        assert_eq!(ids, ["1", "2"]);
        let SyncState::Partial { why, .. } = state else { panic!("it says that rows are missing: {state:?}") };
        assert!(why.cause.contains("counts 5 accounts, its pages held 2"), "{why}");
        assert!(setup.asked().len() < 8, "{:?}", setup.asked());
    }
    let twice = Setup::new(|request| match asked_page(request) {
        1 => listed(&[1, 2], &value!({"next": 2, "count": 3, "pages": 2})),
        _ => listed(&[2, 3], &value!({"next": null, "count": 3, "pages": 2})),
    });
    let (ids, state) = twice.sync().await;
    assert_eq!(ids, ["1", "2", "3"]);
    assert!(matches!(state, SyncState::Complete { .. }), "{state:?}");
}

#[tokio::test]
async fn a_page_that_names_no_later_one_as_its_next_says_so() {
    let setup = Setup::new(|_| listed(&[1], &value!({"next": 1})));
    let page = setup.page(Cursor::First).await.unwrap();
    assert_eq!(page.next, None);
    assert_eq!(page.messages[0].raw(), "page 1 names no later page as its next one: the list ends there");
}

#[tokio::test]
async fn refusals_have_their_kind_their_words_and_what_to_do() {
    let error = |id: &str| format!(r#"{{"error":"{id}","error_description":"second","details":"first"}}"#);
    for (status, id, kind, hint) in [
        (400, "bad_request", FailureKind::Refused, "restricted"),
        (401, "unauthenticated", FailureKind::Auth, "Authorized Applications"),
        (402, "trial_expired", FailureKind::Forbidden, "plan"),
        (403, "forbidden", FailureKind::Forbidden, "scope `users`"),
        (404, "not_found", FailureKind::NotFound, ""),
        (409, "conflict", FailureKind::Conflict, ""),
        (503, "not_implemented", FailureKind::Unsupported, ""),
    ] {
        let setup = Setup::new(move |_| json(status, "", &error(id)));
        let failure = setup.show("1", DetailOptions::default()).await.unwrap_err();
        assert_eq!((&failure.kind, failure.status), (&kind, Some(status)), "{failure}");
        assert_eq!(failure.items[0].code.as_ref().unwrap().raw(), id);
        let messages: Vec<&str> = failure.items.iter().map(|item| item.message.raw()).collect();
        assert_eq!(messages, ["first", "second"]);
        assert!(failure.hint.as_deref().unwrap_or_default().contains(hint), "{failure:?}");
        let most = if kind == FailureKind::Auth { 2 } else { 1 };
        assert_eq!(setup.asked().len(), most, "what is answered is not asked again: {failure}");
    }
}

#[tokio::test]
async fn throttling_is_waited_for_and_other_failures_of_the_server_are_tried_again() {
    for first in [r#"{"error":"throttled"}"#, "", "{}"] {
        let setup = Setup::counting(move |number, _| match number {
            0 => json(503, "", first),
            _ => json(200, "", ACCOUNTS),
        });
        assert_eq!(setup.page(Cursor::First).await.unwrap().rows.len(), 1);
        assert_eq!(setup.asked().len(), 2);
    }
    let always = Setup::new(|_| json(503, "", r#"{"error":"throttled"}"#));
    let failure = always.page(Cursor::First).await.unwrap_err();
    assert!(matches!(failure.kind, FailureKind::Throttled { .. }), "{failure}");
    assert!(failure.cause.contains("3,000"), "{failure}");
}

#[tokio::test]
async fn what_is_not_offered_gives_its_reason_and_asks_nobody() {
    let setup = Setup::new(|_| json(200, "", ACCOUNTS));
    let provider = &setup.provider;
    let account = Subject::Account(acctui::domain::AccountKey { connection: "test".into(), id: AccountId::new("139") });
    let organization =
        Subject::Organization(OrganizationKey { connection: "test".into(), id: OrganizationId::new("o") });
    let reason = |failure: Failure, capability: Capability| {
        assert_eq!(failure.kind, FailureKind::Unsupported);
        assert_eq!(Offer::No(leak(failure.cause)), SPEC.offer(capability));
    };
    let id = AccountId::new("139");
    let inside = ListScope { organization: Some(OrganizationId::new("o")), ..ListScope::all() };
    let searching = ListScope { parameters: vec![("name".into(), "x".into())], ..ListScope::all() };
    reason(provider.accounts(&inside, &Cursor::First).await.unwrap_err(), Capability::Hierarchy);
    reason(provider.accounts(&searching, &Cursor::First).await.unwrap_err(), Capability::RemoteSearch);
    let every = OrganizationScope::Every;
    reason(provider.organizations(&every, &Cursor::First).await.unwrap_err(), Capability::Hierarchy);
    reason(provider.organization(&OrganizationId::new("o")).await.unwrap_err(), Capability::Hierarchy);
    reason(provider.lineage(&id).await.unwrap_err(), Capability::Lineage);
    reason(provider.profile(&account).await.unwrap_err(), Capability::ReadAccountProfile);
    reason(provider.profile(&organization).await.unwrap_err(), Capability::ReadOrganizationProfile);
    reason(provider.switch(&id).await.unwrap_err(), Capability::Switch);
    for (kind, subject) in [
        (ChangeKind::Profile, &account),
        (ChangeKind::Profile, &organization),
        (ChangeKind::CreateAccount, &account),
        (ChangeKind::CreateStandalone, &account),
        (ChangeKind::UpdateAccount, &account),
        (ChangeKind::DeleteAccount, &account),
        (ChangeKind::CloseAccount, &account),
        (ChangeKind::RemoveAccount, &account),
        (ChangeKind::MoveAccount, &account),
        (ChangeKind::CreateOrganization, &organization),
        (ChangeKind::RenameOrganization, &organization),
        (ChangeKind::DeleteOrganization, &organization),
    ] {
        let change = Change {
            subject: subject.clone(),
            kind,
            values: acctui::domain::Values::default(),
            secrets: std::collections::BTreeMap::new(),
            base: None,
            key: None,
        };
        reason(provider.preview(&change).unwrap_err(), Capability::of(kind, subject));
        reason(provider.execute(&change).await.unwrap_err(), Capability::of(kind, subject));
    }
    assert!(provider.progress(ChangeKind::CreateAccount, "x").await.is_err());
    assert!(setup.asked().is_empty() && setup.heard.records.lock().unwrap().is_empty());
}

/// A reason is a static text; a failure's cause is not.
fn leak(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}
