//! The Landscape provider against a small server that replays the bodies of its documents, and worse ones: one login for
//! all who wait, one token per account, no password anywhere but in the body that carries it, no row lost.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod provider_support;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use acctui::domain::{
    Account, AccountId, AccountKey, Change, ChangeKind, ConnectionName, Credentials, Delivery, Failure, FailureKind,
    OrganizationId, OrganizationKey, Secret, Subject, Untrusted,
};
use acctui::provider::http::Policy;
use acctui::provider::landscape::{Landscape, SPEC};
use acctui::provider::{
    Capability, Cursor, DetailOptions, Executed, ListScope, Made, Offer, OrganizationScope, Page, Provider,
};
use futures::future::join_all;
use provider_support::{CANARY, Heard, Received, Reply, Server, clean, json};
use serde_json::{Value, json as value};

const ACCOUNT: &str = include_str!("fixtures/landscape/account.json");
const STANDALONE: &str = include_str!("fixtures/landscape/standalone.json");
const STANDALONE_AS_DOCUMENTED: &str = include_str!("fixtures/landscape/standalone_as_documented.json");

const EMAIL: &[(&str, &str)] = &[("email", "admin@example.com"), ("password", CANARY)];
const KEY: &[(&str, &str)] = &[("access_key", "SIMACCESSKEY"), ("secret_key", CANARY)];

const LOGIN: &str = r#"{"token":"login-1","email":"admin@example.com","name":"Admin","current_account":"onward",
    "accounts":[{"name":"onward","title":"Onward, Inc.","default":true,"subdomain":null,"classic_dashboard_url":""},
                {"name":"second","title":"Second \u202eLtd","new_key":[1]}],"self_hosted":false}"#;

const GROUPS: &str = r#"[{"name":"global","title":"Global access","parent":"","children":"desktop,server"},
    {"name":"desktop","title":"Desktop","parent":"global","children":""},
    {"name":"server","title":"","parent":"global","children":""},
    {"name":"sub","title":"Sub","parent":"server"},
    {"name":"lost","title":"Lost","parent":"not-shown"},
    {"name":"a","title":"A","parent":"b"},{"name":"b","title":"B","parent":"a"},
    {"title":"nameless"}]"#;

struct Setup {
    server: Server,
    heard: Heard,
    provider: Arc<Landscape>,
}

impl Setup {
    fn new(fields: &[(&str, &str)], answer: impl Fn(&Received) -> Reply + Send + Sync + 'static) -> Self {
        let server = Server::start(move |_, request| answer(request));
        let heard = Heard::default();
        let mut settings = heard.settings(&format!("{}/landscape/api/v2", server.origin));
        let given: Vec<(String, Secret)> =
            fields.iter().map(|(name, text)| ((*name).to_owned(), Secret::new(*text))).collect();
        let fetched = heard.fetched.clone();
        settings.credentials = Arc::new(move || {
            *fetched.lock().unwrap() += 1;
            let fields = given.iter().cloned().collect();
            Box::pin(async { Ok(Credentials { fields, source: "a test".into(), expires: None }) })
        });
        let provider = Landscape::new(settings, Policy { attempts: 1, ..Policy::DEFAULT }).unwrap();
        Self { server, heard, provider: Arc::new(provider) }
    }

    /// A server that has everything, logged in to by e-mail.
    fn usual() -> Self {
        Self::new(EMAIL, usual)
    }

    /// What was asked: method, path without the mount, and the token.
    fn asked(&self) -> Vec<String> {
        let asked = self.server.received();
        asked.iter().map(|request| format!("{} {} {}", request.method, path(request), token(request))).collect()
    }

    fn count(&self, beginning: &str) -> usize {
        self.asked().iter().filter(|asked| asked.starts_with(beginning)).count()
    }

    async fn list(&self) -> Result<Page<Account>, Failure> {
        self.provider.accounts(&ListScope::all(), &Cursor::First).await.map_err(clean)
    }

    async fn account(&self, id: &str) -> Result<Account, Failure> {
        self.provider.account(&AccountId::new(id), DetailOptions::default()).await.map_err(clean)
    }

    async fn below(&self, id: &str) -> Result<Vec<acctui::domain::Organization>, Failure> {
        let scope = OrganizationScope::Below(OrganizationId::new(id));
        Ok(self.provider.organizations(&scope, &Cursor::First).await.map_err(clean)?.rows)
    }

    async fn execute(&self, change: &Change) -> Result<Executed, Failure> {
        self.provider.execute(change).await.map_err(clean)
    }

    /// Nothing that was recorded holds the password.
    fn nothing_leaked(&self) {
        let records = format!("{:?}", self.heard.records.lock().unwrap());
        assert!(!records.is_empty() && !records.contains(CANARY), "{records}");
        for request in self.server.received() {
            assert!(!request.target.contains(CANARY) && !request.headers.contains(CANARY), "{request:?}");
        }
    }
}

fn path(request: &Received) -> &str {
    request.target.strip_prefix("/landscape/api").unwrap()
}

fn token(request: &Received) -> &str {
    let line = request.headers.lines().find_map(|line| line.strip_prefix("authorization:"));
    line.map_or("-", |line| line.trim().trim_start_matches("Bearer "))
}

fn bad(status: u16, error: &str, message: &str) -> Reply {
    json(status, "", &value!({"error": error, "message": message, "detail": null}).to_string())
}

fn usual(request: &Received) -> Reply {
    let ok = |body: &str| json(200, "", body);
    match (request.method.as_str(), path(request).split(['&', '?']).next().unwrap()) {
        ("POST", "/v2/login" | "/v2/login/access-key") => ok(LOGIN),
        ("POST", "/v2/switch-account") => {
            let body: Value = serde_json::from_str(&request.body).unwrap();
            ok(&value!({"token": format!("token-{}", body["account_name"].as_str().unwrap())}).to_string())
        }
        ("POST", "/v2/accounts") => ok(ACCOUNT),
        ("POST", "/v2/standalone-account") => json(201, "", STANDALONE),
        ("GET", "/v2/standalone-account") => ok(r#"{"exists":false}"#),
        ("GET", "/v2/preferences") => ok(&format!(
            r#"{{"title":"Onward, Inc.","registration_password":"{CANARY}","auto_register_new_computers":true,"audit_retention_period":-1,"new":{{"x":1}}}}"#
        )),
        ("PATCH", "/v2/preferences") => json(204, "", ""),
        ("GET", "/v2/computers") => {
            ok(r#"{"count":17,"results":[{"id":1}],"next":"https://elsewhere.example/","previous":null}"#)
        }
        ("GET", "/v2/legacy-licenses") => ok(r#"{"results":[{"id":1,"available_seats":3,"expiration_date":null}]}"#),
        ("GET", "/v2/contracts") => ok(r#"{"results":[]}"#),
        ("GET", "/v2/invitations") => ok(&format!(
            r#"{{"count":1,"results":[{{"id":1,"secure_id":"{CANARY}","email":"x@y.example"}}],"next":null}}"#
        )),
        ("GET", "/") if request.target.contains("GetAccessGroups") => ok(GROUPS),
        ("GET", "/") if request.target.contains("GetAdministrators") => {
            ok(r#"[{"id":1,"name":"Admin","email":"admin@example.com","roles":["GlobalAdmin"]}]"#)
        }
        ("GET", "/") if request.target.contains("GetRoles") => ok(r#"[{"name":"GlobalAdmin","permissions":[]}]"#),
        _ => bad(404, "NotFound", "no such thing"),
    }
}

fn change(kind: ChangeKind, subject: Subject, fields: &[(&str, &str)]) -> Change {
    Change {
        subject,
        kind,
        values: fields.iter().copied().collect(),
        secrets: std::collections::BTreeMap::new(),
        base: None,
        key: None,
    }
}

fn here() -> Subject {
    Subject::Connection(ConnectionName::new("test"))
}

fn subject(id: &str) -> Subject {
    Subject::Account(AccountKey { connection: ConnectionName::new("test"), id: AccountId::new(id) })
}

fn group_subject() -> Subject {
    Subject::Organization(OrganizationKey {
        connection: ConnectionName::new("test"),
        id: OrganizationId::new("onward/desktop"),
    })
}

fn standalone() -> Change {
    let fields = [("email", "john@example.com"), ("name", "John Doe")];
    let mut change = change(ChangeKind::CreateStandalone, here(), &fields);
    change.secrets.insert("password".into(), Secret::new(CANARY));
    change
}

fn made(executed: Executed) -> Account {
    match executed.made {
        Some(Made::Account(account)) => *account,
        Some(Made::Organization(_)) | None => panic!("{executed:?}"),
    }
}

#[tokio::test]
async fn the_logins_accounts_are_the_list_with_every_key() {
    let setup = Setup::usual();
    let identity = setup.provider.identity().await.unwrap();
    assert_eq!((identity.user.raw(), identity.credential.as_str()), ("admin@example.com", "e-mail and password"));
    assert_eq!(identity.organization, None);
    let page = setup.list().await.unwrap();
    assert_eq!((page.next, page.total), (None, Some(2)));
    let login: Value = serde_json::from_str(LOGIN).unwrap();
    for (row, item) in page.rows.iter().zip(login["accounts"].as_array().unwrap()) {
        assert_eq!(&row.raw.value()["login"], item);
        assert_eq!(row.key.id.as_str(), item["name"]);
        assert_eq!(row.name.raw(), item["title"]);
    }
    assert_eq!(page.rows[0].kind.as_ref().map(Untrusted::raw), Some("default"));
    assert_eq!(setup.asked(), ["POST /v2/login -"], "identity and list share one login");
    let body: Value = serde_json::from_str(&setup.server.received()[0].body).unwrap();
    assert_eq!(body, value!({"email": "admin@example.com", "password": CANARY}));
    // Asked again, the server is asked again.
    setup.list().await.unwrap();
    assert_eq!(setup.count("POST /v2/login"), 2);
    assert_eq!(*setup.heard.fetched.lock().unwrap(), 1, "a good credential is fetched once");
    setup.nothing_leaked();
}

#[tokio::test]
async fn each_credential_logs_in_its_own_way() {
    let identity = &[("identity", "joan"), ("password", CANARY)][..];
    for (fields, path, user) in [
        (EMAIL, "/v2/login", "admin@example.com"),
        (identity, "/v2/login", "joan"),
        (KEY, "/v2/login/access-key", "SIMACCESSKEY"),
    ] {
        let nameless = LOGIN.replace(r#""email":"admin@example.com","#, "");
        let setup = Setup::new(fields, move |_| json(200, "", &nameless));
        assert_eq!(setup.provider.identity().await.unwrap().user.raw(), user);
        let received = setup.server.received().remove(0);
        assert_eq!(self::path(&received), path);
        assert!(received.headers.contains("content-type: application/json"));
        let body: Value = serde_json::from_str(&received.body).unwrap();
        let given: Value = fields.iter().map(|(name, text)| ((*name).to_owned(), Value::from(*text))).collect();
        assert_eq!(body, given);
        setup.nothing_leaked();
    }
}

#[tokio::test]
async fn many_at_once_log_in_once_and_a_wrong_password_is_sent_once() {
    let setup = Setup::usual();
    let roots = join_all((0..8).map(|_| setup.provider.organizations(&OrganizationScope::Roots, &Cursor::First)));
    let details = join_all((0..4).map(|_| setup.account("second")));
    let (roots, details, listed) = futures::join!(roots, details, setup.list());
    assert!(roots.iter().all(Result::is_ok) && details.iter().all(Result::is_ok) && listed.is_ok());
    assert_eq!(setup.count("POST /v2/login"), 1);
    assert_eq!(setup.count("POST /v2/switch-account"), 1, "one token for all parts of all details");

    let setup = Setup::new(EMAIL, |request| match path(request) {
        "/v2/standalone-account" => bad(404, "NotFound", "x"),
        _ => bad(401, "Unauthorized", &format!("{CANARY} is wrong")),
    });
    let failures = join_all((0..8).map(|_| setup.list())).await;
    for failure in failures.into_iter().map(Result::unwrap_err) {
        assert_eq!(failure.kind, FailureKind::Auth);
        assert!(failure.cause.contains("does not accept this e-mail and password (from a test)"), "{failure}");
        assert!(failure.hint.is_some());
    }
    assert_eq!(setup.count("POST /v2/login"), 1);
    setup.nothing_leaked();
}

#[tokio::test]
async fn each_account_is_asked_with_its_own_token_renewed_once() {
    let setup = Setup::usual();
    setup.account("onward").await.unwrap();
    setup.account("second").await.unwrap();
    setup.account("second").await.unwrap();
    assert_eq!((setup.count("POST /v2/login"), setup.count("POST /v2/switch-account login-1")), (1, 1));
    let asked = setup.asked();
    let preferences: Vec<&str> = asked.iter().filter_map(|asked| asked.strip_prefix("GET /v2/preferences ")).collect();
    assert_eq!(preferences, ["login-1", "token-second", "token-second"]);

    // The first token of each kind has expired: login and account are each renewed once, and the answer comes.
    let logins = AtomicU32::new(0);
    let setup = Setup::new(EMAIL, move |request| match (path(request), token(request)) {
        ("/v2/login", _) => {
            let nth = logins.fetch_add(1, Ordering::Relaxed);
            json(200, "", &LOGIN.replace("login-1", if nth == 0 { "expired" } else { "login-2" }))
        }
        (_, "expired") => bad(401, "Unauthorized", "the token is expired"),
        _ => usual(request),
    });
    assert_eq!(setup.account("second").await.unwrap().raw.at("computers.count"), Some(17.into()));
    assert_eq!(setup.account("onward").await.unwrap().raw.at("computers.count"), Some(17.into()));
    assert_eq!((setup.count("POST /v2/login"), setup.count("POST /v2/switch-account")), (2, 2));
}

#[tokio::test]
async fn a_token_that_is_never_taken_ends_in_a_failure() {
    let setup = Setup::new(EMAIL, |request| match path(request) {
        "/v2/login" => json(200, "", LOGIN),
        _ => bad(401, "Unauthorized", "no"),
    });
    for id in ["onward", "second"] {
        assert_eq!(setup.account(id).await.unwrap_err().kind, FailureKind::Auth);
    }
    assert!(setup.count("POST /v2/login") <= 6, "{:?}", setup.asked());
}

#[tokio::test]
async fn an_account_is_put_together_and_its_secrets_are_masked() {
    let setup = Setup::usual();
    let account = setup.account("second").await.unwrap();
    let text = account.raw.text();
    assert!(!text.contains(CANARY), "{text}");
    assert_eq!(account.secrets["preferences.registration_password"].expose(), CANARY);
    assert_eq!(account.secrets["invitations.0.secure_id"].expose(), CANARY);
    assert!(!format!("{account:?}").contains(CANARY));
    for (path, wanted) in [
        ("login.new_key", value!([1])),
        ("preferences.registration_password", value!("<secret>")),
        ("preferences.new.x", value!(1)),
        ("computers", value!({"count": 17})),
        ("licenses", value!([{"id": 1, "available_seats": 3, "expiration_date": null}])),
        ("contracts", value!([])),
        ("roles", value!([{"name": "GlobalAdmin", "permissions": []}])),
    ] {
        assert_eq!(account.raw.at(path), Some(wanted), "{path}");
    }
    assert_eq!(account.raw.at("messages"), None);
    setup.nothing_leaked();
}

#[tokio::test]
async fn a_part_that_fails_is_null_with_its_words_and_the_rest_is_there() {
    let setup = Setup::new(EMAIL, |request| match path(request) {
        path if path.contains("GetRoles") => bad(403, "Unauthorised", "only for administrators"),
        "/v2/preferences" => json(200, "", "[1]"),
        _ => usual(request),
    });
    let account = setup.account("onward").await.unwrap();
    assert_eq!((account.raw.at("roles"), account.raw.at("preferences")), (Some(Value::Null), Some(Value::Null)));
    assert_eq!(account.raw.at("computers.count"), Some(17.into()));
    let messages = account.raw.at("messages").unwrap().to_string();
    assert!(messages.contains("roles: ") && messages.contains("only for administrators"), "{messages}");
    assert!(messages.contains("preferences: "), "{messages}");

    // A disabled account gives nothing at all: then its refusal is the answer.
    let setup = Setup::new(EMAIL, |request| match path(request) {
        "/v2/login" => json(200, "", LOGIN),
        _ => bad(403, "Forbidden", "account disabled"),
    });
    let failure = setup.account("onward").await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Forbidden);
    assert!(failure.hint.unwrap().contains("disabled"));
}

#[tokio::test]
async fn an_account_with_its_own_subdomain_says_how_to_reach_it() {
    let setup = Setup::new(EMAIL, |request| match path(request) {
        "/v2/login" => json(200, "", &LOGIN.replace(r#""new_key":[1]"#, r#""subdomain":"second-home""#)),
        "/v2/switch-account" => bad(400, "BadRequest", "cannot switch"),
        _ => usual(request),
    });
    let failure = setup.account("second").await.unwrap_err();
    assert!(failure.hint.as_ref().unwrap().contains("second-home"), "{failure:?}");
    let unknown = setup.account("nobody").await.unwrap_err();
    assert_eq!(unknown.kind, FailureKind::NotFound);
    assert_eq!(setup.provider.switch(&AccountId::new("nobody")).await.unwrap_err().kind, FailureKind::Refused);
}

#[tokio::test]
async fn no_shape_of_the_login_loses_an_account() {
    let cases = [
        (
            r#"{"token":"t","accounts":[{"name":"a","title":null,"default":null},{"name":7,"title":{}},{"name":"a","title":"again"}]}"#,
            3,
            0,
        ),
        (r#"{"token":"t","accounts":[{"name":"a"},null,[],{"title":"nameless"},"odd"],"current_account":null}"#, 1, 1),
        (r#"{"token":"no.dots\/here","accounts":[],"current_account":""}"#, 0, 1),
        (r#"{"token":"t","accounts":null,"email":{}}"#, 0, 1),
    ];
    for (login, rows, messages) in cases {
        let setup = Setup::new(EMAIL, move |_| json(200, "", login));
        let page = setup.list().await.unwrap();
        assert_eq!((page.rows.len(), page.messages.len(), page.next), (rows, messages, None), "{login}");
    }
    for login in [r#"{"accounts":[]}"#, "[]", "", r#"{"token":null}"#, r#"{"token":"#] {
        let setup = Setup::new(EMAIL, move |_| json(200, "", login));
        assert_eq!(setup.list().await.unwrap_err().kind, FailureKind::Unreadable, "{login}");
    }
}

#[tokio::test]
async fn access_groups_stand_inside_their_account() {
    let setup = Setup::usual();
    let roots = setup.provider.organizations(&OrganizationScope::Roots, &Cursor::First).await.unwrap().rows;
    let ids: Vec<&str> = roots.iter().map(|root| root.key.id.as_str()).collect();
    assert_eq!(ids, ["onward/global", "second/global"]);
    assert_eq!(roots[0].account.as_ref().map(AccountId::as_str), Some("onward"));
    assert_eq!(setup.asked(), ["POST /v2/login -"], "roots cost no request of their own");
    let below = setup.below("second/global").await.unwrap();
    let places: Vec<(&str, &str, &str)> = below
        .iter()
        .map(|group| {
            (group.key.id.as_str(), group.name.raw(), group.parent.as_ref().map_or("", |parent| parent.id.as_str()))
        })
        .collect();
    assert_eq!(
        places,
        [
            ("second/desktop", "Desktop", "second/global"),
            ("second/server", "server", "second/global"),
            ("second/sub", "Sub", "second/server"),
            ("second/lost", "Lost", "second/not-shown"),
            ("second/a", "A", "second/b"),
            ("second/b", "B", "second/a"),
        ]
    );
    assert!(below.iter().all(|group| group.account.as_ref().unwrap().as_str() == "second"));
    let asked = setup.asked();
    assert_eq!(asked.last().unwrap(), "GET /?action=GetAccessGroups&version=2011-08-01 token-second");
    let names = |rows: Vec<acctui::domain::Organization>| -> Vec<String> {
        rows.iter().map(|group| group.key.id.as_str().to_owned()).collect()
    };
    assert_eq!(names(setup.below("second/server").await.unwrap()), ["second/sub"]);
    let tree = acctui::domain::Tree::new(roots.into_iter().chain(below).map(Arc::new));
    assert_eq!(tree.len(), 8);
    let one = setup.provider.organization(&OrganizationId::new("onward/desktop")).await.unwrap();
    assert_eq!(one.raw.as_ref().unwrap().at("computers.count"), Some(17.into()));
    assert_eq!(one.raw.unwrap().at("title"), Some("Desktop".into()));
    assert!(
        setup.asked().iter().any(|asked| asked == "GET /v2/computers?query=access-group%3Adesktop&limit=1 login-1")
    );
    for unknown in ["onward/nothing", "onward", ""] {
        let failure = setup.provider.organization(&OrganizationId::new(unknown)).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::NotFound, "{unknown}");
    }
}

#[tokio::test]
async fn the_title_is_the_profile_and_nothing_else_is_written() {
    let setup = Setup::usual();
    let profile = setup.provider.profile(&subject("second")).await.unwrap();
    assert_eq!(profile.values.get("title"), "Onward, Inc.");
    assert_eq!(profile.values.get("audit_retention_period"), "-1");
    assert!(!format!("{profile:?}").contains(CANARY));
    let mut values = profile.values.clone();
    values.set("title", "Nåw \"Ltd\"");
    let change = Change { values, ..change(ChangeKind::Profile, subject("second"), &[]) };
    let preview = setup.provider.preview(&change).unwrap();
    // It is the account's own field, too: the same request.
    let update = Change { kind: ChangeKind::UpdateAccount, ..change.clone() };
    assert_eq!(setup.provider.preview(&update).unwrap(), preview);
    setup.execute(&update).await.unwrap();
    let updated = setup.server.received().pop().unwrap();
    setup.execute(&change).await.unwrap();
    let sent = setup.server.received().pop().unwrap();
    assert_eq!((&sent.method, &sent.target, &sent.body), (&updated.method, &updated.target, &updated.body));
    assert_eq!((sent.method.as_str(), path(&sent), token(&sent)), ("PATCH", "/v2/preferences", "token-second"));
    assert!(sent.headers.contains("content-type: application/json"));
    assert_eq!(serde_json::from_str::<Value>(&sent.body).unwrap(), value!({"title": "Nåw \"Ltd\""}));
    assert_eq!((preview.method.as_str(), preview.path.as_str()), ("PATCH", "/landscape/api/v2/preferences"));
    assert_eq!(preview.body.to_string(), sent.body);
    // What the login said of the title is out of date.
    let logins = setup.count("POST /v2/login");
    let account = setup.account("second").await.unwrap();
    assert_eq!(setup.count("POST /v2/login"), logins + 1);
    // The field has the name that it is written by: from the preferences, which here all have one title.
    assert_eq!(account.raw.at("title"), Some("Onward, Inc.".into()));
    assert_eq!(account.raw.at("login.title"), Some("Second \u{202e}Ltd".into()));
}

#[tokio::test]
async fn a_new_account_keeps_its_reply_and_takes_a_fresh_login() {
    let logins = AtomicU32::new(0);
    let setup = Setup::new(EMAIL, move |request| match path(request) {
        "/v2/login" if logins.fetch_add(1, Ordering::Relaxed) > 0 => {
            let named = r#""accounts":[{"name":"8xag1afp","title":"Onward, Inc."},"#;
            json(200, "", &LOGIN.replace("login-1", "login-2").replace(r#""accounts":["#, named))
        }
        _ => usual(request),
    });
    let create = change(ChangeKind::CreateAccount, here(), &[("title", "Onward, Inc.")]);
    let preview = setup.provider.preview(&create).unwrap();
    assert_eq!(
        (preview.path.as_str(), preview.body.to_string()),
        ("/landscape/api/v2/accounts", r#"{"title":"Onward, Inc."}"#.into())
    );
    let account = made(setup.execute(&create).await.unwrap());
    assert_eq!((account.key.id.as_str(), account.name.raw()), ("8xag1afp", "Onward, Inc."));
    let reply: Value = serde_json::from_str(ACCOUNT).unwrap();
    assert_eq!(account.raw.value()["as_of_creation"], reply);
    let sent = setup.server.received().pop().unwrap();
    assert_eq!((sent.method.as_str(), path(&sent), token(&sent)), ("POST", "/v2/accounts", "login-1"));
    assert!(sent.headers.contains("content-type: application/json"));
    let listed = setup.list().await.unwrap().rows.remove(0);
    assert_eq!(listed.raw.value()["as_of_creation"], reply);
    assert_eq!(listed.created_at.unwrap().raw(), "2025-09-15T22:52:11Z");
    let detail = setup.account("8xag1afp").await.unwrap();
    assert_eq!(detail.raw.value()["as_of_creation"], reply);
    assert_eq!(setup.count("POST /v2/switch-account login-2"), 1, "the old token knows nothing of it");
}

#[tokio::test]
async fn refused_creations_show_the_servers_words() {
    for (status, body) in [
        (400, r#"{"error":"BadRequest","message":"This user has an account"}"#),
        (403, r#"{"code":403,"message":"This user has an account"}"#),
        (400, r#"{"errors":[{"error":"X","message":"This user has an account"}]}"#),
        (415, r#"{"error":"UnsupportedMediaType","message":"This user has an account"}"#),
        (200, r#"{"error":"BadRequest","message":"This user has an account"}"#),
    ] {
        let setup = Setup::new(EMAIL, move |request| match path(request) {
            "/v2/accounts" => json(status, "", body),
            _ => usual(request),
        });
        let create = change(ChangeKind::CreateAccount, here(), &[("title", "T")]);
        let failure = setup.execute(&create).await.unwrap_err();
        assert!(failure.to_string().contains("This user has an account"), "{failure}");
        assert_eq!(failure.delivery, Delivery::Answered, "{status}");
        assert_eq!(setup.count("POST /v2/accounts"), 1);
    }
}

#[tokio::test]
async fn a_standalone_account_is_asked_about_made_without_a_token_and_its_password_stays_unseen() {
    for fields in [&[][..], EMAIL] {
        let setup = Setup::new(fields, usual);
        let preview = setup.provider.preview(&standalone()).unwrap();
        assert_eq!(preview.body, value!({"email": "john@example.com", "name": "John Doe", "password": "<secret>"}));
        let executed = setup.execute(&standalone()).await.unwrap();
        assert!(!format!("{executed:?}").contains(CANARY));
        let account = made(executed);
        assert_eq!((account.key.id.as_str(), account.name.raw()), ("standalone", "Organization"));
        assert_eq!(account.raw.value()["as_of_creation"], serde_json::from_str::<Value>(STANDALONE).unwrap());
        assert_eq!(setup.asked(), ["GET /v2/standalone-account -", "POST /v2/standalone-account -"]);
        let sent = setup.server.received().pop().unwrap();
        assert!(sent.headers.contains("content-type: application/json"));
        let wanted = value!({"email": "john@example.com", "name": "John Doe", "password": CANARY});
        assert_eq!(serde_json::from_str::<Value>(&sent.body).unwrap(), wanted);
        setup.nothing_leaked();
    }
}

#[tokio::test]
async fn a_password_that_the_server_repeats_is_masked() {
    let setup = Setup::new(&[], |request| match request.method.as_str() {
        "POST" => bad(400, "BadRequest", &format!("{CANARY} is weak")),
        _ => usual(request),
    });
    let failure = setup.execute(&standalone()).await.unwrap_err();
    assert!(failure.to_string().contains("<secret> is weak"), "{failure}");
    let setup = Setup::new(&[], |request| match request.method.as_str() {
        "POST" => json(201, "", &STANDALONE.replace("John Doe", CANARY)),
        _ => usual(request),
    });
    let account = made(setup.execute(&standalone()).await.unwrap());
    assert!(!account.raw.text().contains(CANARY));
}

#[tokio::test]
async fn a_standalone_account_is_sent_only_to_a_server_that_says_it_is_new() {
    for (status, body, kind) in [
        (200, r#"{"exists":true}"#, FailureKind::Refused),
        (404, r#"{"error":"NotFound","message":"x","detail":null}"#, FailureKind::Unsupported),
        (200, r#"{"exists":null}"#, FailureKind::Unreadable),
        (200, "{}", FailureKind::Unreadable),
        (500, "", FailureKind::Server),
    ] {
        let setup = Setup::new(&[], move |_| json(status, "", body));
        let failure = setup.execute(&standalone()).await.unwrap_err();
        assert_eq!(failure.kind, kind, "{failure}");
        assert_eq!(setup.count("POST"), 0);
    }
    let setup = Setup::new(&[], usual);
    let mut without = standalone();
    without.secrets.clear();
    assert_eq!(setup.execute(&without).await.unwrap_err().delivery, Delivery::Unsent);
    assert!(setup.asked().is_empty());
}

#[tokio::test]
async fn the_documents_own_reply_with_its_comma_too_many_is_an_unknown_outcome() {
    let setup = Setup::new(&[], |request| match request.method.as_str() {
        "POST" => json(201, "", STANDALONE_AS_DOCUMENTED),
        _ => usual(request),
    });
    let failure = setup.execute(&standalone()).await.unwrap_err();
    assert_eq!((failure.kind, failure.delivery), (FailureKind::Unreadable, Delivery::Unknown));
    assert_eq!(setup.count("POST"), 1);
}

#[tokio::test]
async fn a_new_server_is_an_empty_list_with_its_own_words() {
    // Without a credential, and with one that cannot be good yet.
    for fields in [&[][..], EMAIL, KEY] {
        let setup = Setup::new(fields, |request| match path(request) {
            "/v2/standalone-account" => json(200, "", r#"{"exists":false}"#),
            _ => bad(401, "Unauthorized", "no"),
        });
        setup.provider.identity().await.unwrap();
        let page = setup.list().await.unwrap();
        assert!(page.rows.is_empty());
        let words = page.messages[0].raw().to_lowercase();
        assert!(words.contains("no account yet") && words.contains("create the standalone account"), "{words}");
        let roots = setup.provider.organizations(&OrganizationScope::Roots, &Cursor::First).await.unwrap();
        assert!(roots.rows.is_empty());
    }
    let setup = Setup::new(&[], usual);
    assert_eq!(setup.account("standalone").await.unwrap_err().kind, FailureKind::NotFound);
    let setup = Setup::new(&[], |_| json(200, "", r#"{"exists":true}"#));
    for failure in [setup.list().await.unwrap_err(), setup.provider.identity().await.unwrap_err()] {
        assert_eq!(failure.kind, FailureKind::Auth);
        assert!(failure.hint.unwrap().contains("access_key"));
    }
}

#[tokio::test]
async fn a_server_that_does_not_say_whether_it_is_new_is_an_empty_list_to_nobody() {
    let setup = Setup::new(&[], |_| bad(404, "NotFound", "This is not a standalone deployment"));
    setup.provider.identity().await.unwrap();
    let page = setup.list().await.unwrap();
    assert!(page.rows.is_empty());
    let words = page.messages[0].raw();
    assert!(words.contains("did not say whether an account may be created"), "{words}");
    assert!(words.contains("configure credentials to sign in"), "{words}");
    let roots = setup.provider.organizations(&OrganizationScope::Roots, &Cursor::First).await.unwrap();
    assert!(roots.rows.is_empty());
    // One account is asked for by somebody who knows of it.
    let failure = setup.account("standalone").await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Auth);
    assert!(failure.hint.unwrap().contains("access_key"));
    // A credential that is refused is no matter of a server that may be new.
    let refused = Setup::new(EMAIL, |request| match path(request) {
        "/v2/standalone-account" => bad(404, "NotFound", "This is not a standalone deployment"),
        _ => bad(401, "Unauthorized", "no"),
    });
    assert_eq!(refused.list().await.unwrap_err().kind, FailureKind::Auth);
}

#[tokio::test]
async fn the_accounts_of_a_group_are_none_and_of_what_is_no_group_not_found() {
    let setup = Setup::usual();
    let listed = async |id: &str| {
        let scope = ListScope { organization: Some(OrganizationId::new(id)), ..ListScope::all() };
        setup.provider.accounts(&scope, &Cursor::First).await.map_err(clean)
    };
    for id in ["onward/global", "second/desktop"] {
        let page = listed(id).await.unwrap();
        assert!(page.rows.is_empty() && page.messages[0].raw().contains("not accounts"), "{id}");
    }
    let before = setup.asked().len();
    for id in ["nosuch", "nosuch/global", "nosuch/desktop", ""] {
        assert_eq!(listed(id).await.unwrap_err().kind, FailureKind::NotFound, "{id}");
        assert_eq!(
            setup.provider.organization(&OrganizationId::new(id)).await.unwrap_err().kind,
            FailureKind::NotFound
        );
    }
    assert_eq!(setup.asked().len(), before, "the login names all accounts: {:?}", setup.asked());
    assert_eq!(listed("onward/nosuch").await.unwrap_err().kind, FailureKind::NotFound);
}

#[tokio::test]
async fn an_old_server_is_asked_by_signature() {
    let setup = Setup::new(KEY, |request| {
        if path(request).starts_with("/v2/") { bad(404, "NotFound", "no such path") } else { usual(request) }
    });
    let identity = setup.provider.identity().await.unwrap();
    assert_eq!((identity.user.raw(), identity.credential.as_str()), ("SIMACCESSKEY", "access key"));
    let page = setup.list().await.unwrap();
    assert_eq!(page.rows[0].key.id.as_str(), "SIMACCESSKEY");
    assert!(page.messages[0].raw().contains("too old"));
    let roots = setup.provider.organizations(&OrganizationScope::Roots, &Cursor::First).await.unwrap().rows;
    assert_eq!(setup.below(roots[0].key.id.as_str()).await.unwrap().len(), 6);
    let account = setup.account("SIMACCESSKEY").await.unwrap();
    assert_eq!(account.raw.at("roles.x"), None);
    assert!(account.raw.at("administrators").unwrap().is_array());
    assert!(account.raw.at("messages").unwrap().to_string().contains("REST"));
    assert_eq!(setup.provider.profile(&subject("SIMACCESSKEY")).await.unwrap_err().kind, FailureKind::Unsupported);
    let signed = setup.server.received().pop().unwrap();
    assert!(signed.target.starts_with("/landscape/api/?access_key_id=SIMACCESSKEY&action="), "{}", signed.target);
    assert!(signed.target.contains("&signature_method=HmacSHA256&signature_version=2&timestamp="));
    assert!(signed.target.contains("&signature="));
    assert!(!format!("{:?}", setup.heard.records.lock().unwrap()).contains("signature"), "no record holds it");
    setup.nothing_leaked();

    // Where the signature is refused too, the key is wrong; where there is nothing at all, the address is.
    let refused = Setup::new(KEY, |request| {
        if path(request).starts_with("/v2/") {
            bad(404, "NotFound", "x")
        } else {
            bad(400, "SignatureDoesNotMatch", "x")
        }
    });
    assert!(refused.list().await.unwrap_err().hint.unwrap().contains("clock"));
    let nothing = Setup::new(KEY, |_| bad(404, "NotFound", "x"));
    assert!(nothing.list().await.unwrap_err().hint.unwrap().contains("base_url"));
}

#[tokio::test]
async fn switching_gives_the_account_and_its_token_is_used() {
    let setup = Setup::usual();
    for id in ["onward", "second"] {
        let account = setup.provider.switch(&AccountId::new(id)).await.unwrap();
        assert_eq!(account.key.id.as_str(), id);
    }
    assert_eq!(setup.count("POST /v2/switch-account"), 2, "also to the current one: it is the proof");
    setup.account("onward").await.unwrap();
    assert_eq!(setup.count("POST /v2/switch-account"), 2);
    assert!(setup.asked().iter().any(|asked| asked.ends_with("GET /v2/preferences token-onward")));
}

#[tokio::test]
async fn what_is_not_offered_gives_its_reason_and_asks_nobody() {
    let setup = Setup::usual();
    let reason = |capability| match SPEC.offer(capability) {
        Offer::No(why) => why,
        Offer::Yes => panic!("{capability:?} is offered"),
    };
    for (kind, subject) in [
        (ChangeKind::Profile, group_subject()),
        (ChangeKind::DeleteAccount, subject("onward")),
        (ChangeKind::CloseAccount, subject("onward")),
        (ChangeKind::RemoveAccount, subject("onward")),
        (ChangeKind::MoveAccount, subject("onward")),
        (ChangeKind::CreateOrganization, group_subject()),
        (ChangeKind::RenameOrganization, group_subject()),
        (ChangeKind::DeleteOrganization, group_subject()),
    ] {
        let capability = Capability::of(kind, &subject);
        let change = change(kind, subject, &[("title", "T"), ("name", "N")]);
        for failure in [setup.execute(&change).await.unwrap_err(), setup.provider.preview(&change).unwrap_err()] {
            assert_eq!((failure.kind, failure.cause.as_str()), (FailureKind::Unsupported, reason(capability)));
            assert_eq!(failure.delivery, Delivery::Unsent);
        }
    }
    let lineage = setup.provider.lineage(&AccountId::new("onward")).await.unwrap_err();
    assert_eq!(lineage.cause, reason(Capability::Lineage));
    let profile = setup.provider.profile(&group_subject()).await.unwrap_err();
    assert_eq!(profile.cause, reason(Capability::ReadOrganizationProfile));
    assert_eq!(setup.provider.sign_in().await.unwrap_err().kind, FailureKind::Unsupported);
    assert!(setup.asked().is_empty(), "{:?}", setup.asked());
    assert!(setup.heard.records.lock().unwrap().is_empty());
}
