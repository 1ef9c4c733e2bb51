//! The provider against a small server that replays the bodies of Cloudflare's own documents: as they are rendered,
//! placeholders and artefacts included, and as they are meant. No key of them is lost.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod provider_support;

use std::sync::Arc;

use acctui::domain::{
    AccountId, AccountKey, Change, ChangeKind, ConnectionName, Delivery, Failure, FailureKind, Identity,
    OrganizationId, OrganizationKey, Secret, Subject, Untrusted,
};
use acctui::provider::cloudflare::Cloudflare;
use acctui::provider::http::Policy;
use acctui::provider::{Cursor, DetailOptions, ListScope, OrganizationScope, Provider};
use provider_support::{CANARY, Heard, Received, Reply, Server, bytes, clean, json};
use serde_json::{Value, json as value};

const ACCOUNT: &str = include_str!("fixtures/cloudflare/account.json");
const ACCOUNT_PLACEHOLDERS: &str = include_str!("fixtures/cloudflare/account_placeholders.json");
const LINEAGE: &str = include_str!("fixtures/cloudflare/account_organizations.json");
const LINEAGE_PLACEHOLDERS: &str = include_str!("fixtures/cloudflare/account_organizations_placeholders.json");
const PROFILE: &str = include_str!("fixtures/cloudflare/profile.json");
const FAILURE: &str = include_str!("fixtures/cloudflare/failure.json");
const ORGANIZATION_ACCOUNTS: &str = include_str!("fixtures/cloudflare/organization_accounts.json");

struct Setup {
    server: Server,
    provider: Cloudflare,
}

impl Setup {
    fn new(answer: impl Fn(&Received) -> Reply + Send + Sync + 'static) -> Self {
        Self::with(&[], answer)
    }

    /// With credential fields other than a token.
    fn with(fields: &[(&str, &str)], answer: impl Fn(&Received) -> Reply + Send + Sync + 'static) -> Self {
        let server = Server::start(move |_, request| answer(request));
        let mut settings = Heard::default().settings(&format!("{}/client/v4", server.origin));
        if !fields.is_empty() {
            let given: Vec<(String, Secret)> =
                fields.iter().map(|(name, text)| ((*name).to_owned(), Secret::new(*text))).collect();
            settings.credentials = Arc::new(move || {
                let fields = given.iter().cloned().collect();
                Box::pin(async { Ok(acctui::domain::Credentials { fields, source: "a test".into(), expires: None }) })
            });
        }
        let provider = Cloudflare::new(settings, Policy { attempts: 1, ..Policy::DEFAULT }).unwrap();
        Self { server, provider }
    }

    /// What was asked, without the base path.
    fn asked(&self) -> Vec<String> {
        let asked = self.server.received().into_iter();
        asked.map(|request| format!("{} {}", request.method, path(&request))).collect()
    }

    async fn identity(&self) -> Result<Identity, Failure> {
        self.provider.identity().await.map_err(clean)
    }
}

fn path(request: &Received) -> &str {
    request.target.strip_prefix("/client/v4").unwrap()
}

fn good(result: &str) -> Reply {
    json(200, "cf-ray: 8d1f-LHR\r\n", &format!(r#"{{"success":true,"errors":[],"messages":[],"result":{result}}}"#))
}

fn bad(status: u16, code: u32, message: &str) -> Reply {
    let errors = value!([{"code": code, "message": message}]);
    let body = value!({"success": false, "errors": errors, "messages": [], "result": {}});
    json(status, "cf-ray: 8d1f-LHR\r\n", &body.to_string())
}

fn text(text: &Untrusted) -> &str {
    text.raw()
}

/// Every key and value of `wanted` is in `had`.
fn holds(had: &Value, wanted: &str) {
    let wanted: Value = serde_json::from_str(wanted).unwrap();
    assert_eq!(had, &wanted);
}

fn account_subject() -> Subject {
    Subject::Account(AccountKey { connection: ConnectionName::new("test"), id: AccountId::new("a1") })
}

fn organization_subject() -> Subject {
    Subject::Organization(OrganizationKey { connection: ConnectionName::new("test"), id: OrganizationId::new("o1") })
}

fn profile_change(subject: Subject, fields: &[(&str, &str)]) -> Change {
    Change {
        subject,
        kind: ChangeKind::Profile,
        values: fields.iter().copied().collect(),
        secrets: std::collections::BTreeMap::new(),
        base: None,
        key: None,
    }
}

#[tokio::test]
async fn every_key_of_a_documented_account_is_in_its_json() {
    for document in [ACCOUNT, ACCOUNT_PLACEHOLDERS] {
        let setup = Setup::new(move |request| {
            if path(request).starts_with("/accounts?") { good(&format!("[{document}]")) } else { good(document) }
        });
        let page = setup.provider.accounts(&ListScope::all(), &Cursor::First).await.unwrap();
        holds(&serde_json::to_value(&page.rows[0]).unwrap()["raw"], document);
        let one = setup.provider.account(&AccountId::new("a1"), DetailOptions::default()).await.unwrap();
        holds(&serde_json::to_value(&one).unwrap()["raw"], document);
        assert_eq!(setup.asked(), ["GET /accounts?page=1&per_page=50", "GET /accounts/a1"]);
    }
}

#[tokio::test]
async fn an_account_is_understood_as_far_as_the_document_goes() {
    let setup = Setup::new(|_| good(ACCOUNT));
    let account = setup.provider.account(&AccountId::new("a1"), DetailOptions::default()).await.unwrap();
    let mut shown = serde_json::to_value(&account).unwrap();
    shown.as_object_mut().unwrap().remove("raw");
    assert_eq!(
        shown,
        value!({
            "connection": "test", "provider": "cloudflare",
            "id": "023e105f4ecef8ad9ca31a8372d0c353", "name": "Demo Account",
            "type": "standard", "status": null, "email": null,
            "created_at": "2014-03-01T12:21:02.0000Z", "updated_at": null,
            "parent": {"id": "4536bcfad5faccb111b47003c79917fa", "name": "Demo Parent Organization"},
        })
    );
}

#[tokio::test]
async fn a_lineage_keeps_the_documents_order_and_keys() {
    for document in [LINEAGE, LINEAGE_PLACEHOLDERS] {
        let setup = Setup::new(move |_| good(document));
        let lineage = setup.provider.lineage(&AccountId::new("a1")).await.unwrap();
        let raws: Vec<Value> =
            lineage.steps.iter().map(|step| step.organization.raw.as_ref().unwrap().value()).collect();
        holds(&Value::from(raws), document);
        assert_eq!(setup.asked(), ["GET /accounts/a1/organizations"]);
    }
    let setup = Setup::new(|_| good(LINEAGE));
    let lineage = setup.provider.lineage(&AccountId::new("a1")).await.unwrap();
    assert_eq!(lineage.crumbs(), "Root › Leaf");
    assert!(lineage.steps.iter().all(|step| step.linked));
}

#[tokio::test]
async fn organizations_are_asked_for_at_once_from_the_root_or_below_one() {
    let setup = Setup::new(|_| good(LINEAGE));
    let below = OrganizationScope::Below(OrganizationId::new("o1"));
    for scope in [OrganizationScope::Every, OrganizationScope::Roots, below] {
        let page = setup.provider.organizations(&scope, &Cursor::First).await.unwrap();
        assert_eq!((page.rows.len(), page.next), (2, None));
    }
    assert_eq!(
        setup.asked(),
        [
            "GET /organizations?page_size=50",
            "GET /organizations?parent.id=null&page_size=50",
            "GET /organizations?parent.id=o1&page_size=50",
        ]
    );
}

#[tokio::test]
async fn an_organizations_accounts_take_every_parameter_and_send_it_with_every_page() {
    let setup = Setup::new(|_| json(200, "", ORGANIZATION_ACCOUNTS));
    let given = [
        ("name", "n"),
        ("name.contains", "a b"),
        ("name.startsWith", "s"),
        ("name.endsWith", "e"),
        ("account_pubname", "p"),
        ("account_pubname.contains", "c"),
        ("account_pubname.startsWith", "t"),
        ("account_pubname.endsWith", "d"),
        ("order_by", "account_name"),
        ("direction", "desc"),
        ("page_size", "7"),
    ];
    let scope = ListScope {
        organization: Some(OrganizationId::new("o1")),
        parameters: given.map(|(name, text)| (name.to_owned(), text.to_owned())).to_vec(),
        extra: false,
    };
    let first = setup.provider.accounts(&scope, &Cursor::First).await.unwrap();
    let document: Value = serde_json::from_str(ORGANIZATION_ACCOUNTS).unwrap();
    assert_eq!(first.rows[0].raw.value(), document["result"][0]);
    assert_eq!(first.rows[0].parent.as_ref().unwrap().id.as_str(), "o1");
    assert_eq!(first.total, Some(0));
    assert_eq!(first.messages.iter().map(text).collect::<Vec<_>>(), ["message"]);
    let token = Cursor::Token("next_page_token".into());
    assert_eq!(first.next.as_ref(), Some(&token));
    // The document's body names itself as the next page: whoever walks sees the circle, and says so.
    let second = setup.provider.accounts(&scope, &token).await.unwrap();
    assert_eq!(second.next, Some(token));
    let query = "name=n&name.contains=a+b&name.startsWith=s&name.endsWith=e&account_pubname=p&\
                 account_pubname.contains=c&account_pubname.startsWith=t&account_pubname.endsWith=d&\
                 order_by=account_name&direction=desc&page_size=7";
    assert_eq!(
        setup.asked(),
        [
            format!("GET /organizations/o1/accounts?{query}"),
            format!("GET /organizations/o1/accounts?{query}&page_token=next_page_token"),
        ]
    );
}

#[tokio::test]
async fn a_refused_page_size_is_left_out_and_stays_out() {
    let setup = Setup::new(|request| {
        if path(request).contains("page_size") { bad(400, 1001, "page_size is out of range") } else { good("[]") }
    });
    for _ in 0..2 {
        setup.provider.organizations(&OrganizationScope::Every, &Cursor::First).await.unwrap();
    }
    assert_eq!(setup.asked(), ["GET /organizations?page_size=50", "GET /organizations", "GET /organizations"]);
}

#[tokio::test]
async fn a_profile_is_read_previewed_and_written_whole() {
    let setup = Setup::new(|request| match request.method.as_str() {
        "GET" => good(PROFILE),
        _ => bytes(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n".to_vec()),
    });
    for subject in [account_subject(), organization_subject()] {
        let profile = setup.provider.profile(&subject).await.unwrap();
        assert!(profile.exists);
        holds(&serde_json::to_value(&profile.values).unwrap(), PROFILE);
        let mut change = profile_change(subject.clone(), &[]);
        change.values = profile.values;
        change.values.set("business_name", "New Ltd");
        let preview = setup.provider.preview(&change).unwrap();
        setup.provider.execute(&change).await.unwrap();
        let sent = setup.server.received().pop().unwrap();
        assert_eq!((sent.method.as_str(), sent.target), ("PUT", preview.path));
        assert_eq!(preview.method, "PUT");
        assert_eq!(sent.body, preview.body.to_string());
        assert_eq!(preview.body.as_object().unwrap().len(), 5);
        assert_eq!(preview.body["business_name"], "New Ltd");
        assert_eq!(preview.body["external_metadata"], r#"{"crm": 7}"#);
    }
    let targets: Vec<String> = setup.asked();
    assert_eq!(targets[1], "PUT /accounts/a1/profile");
    assert_eq!(targets[3], "PUT /organizations/o1/profile");
}

#[tokio::test]
async fn a_subject_without_a_profile_is_told_from_one_that_is_not_there() {
    let unworded = Setup::new(|request| match path(request) {
        "/accounts/a1" => good(ACCOUNT),
        _ => bad(404, 1003, "not found"),
    });
    let none = unworded.provider.profile(&account_subject()).await.unwrap();
    assert!(!none.exists);
    assert_eq!(none.values.0.len(), 5);
    assert!(none.values.0.values().all(String::is_empty));
    assert_eq!(unworded.asked().len(), 2, "one more read, in this case only");
    let gone = unworded.provider.profile(&organization_subject()).await.unwrap_err();
    assert_eq!(gone.kind, FailureKind::NotFound);
    let worded = Setup::new(|_| bad(404, 1003, "Account profile does not exist"));
    assert!(!worded.provider.profile(&account_subject()).await.unwrap().exists);
    assert_eq!(worded.asked().len(), 1);
    let unroutable = Setup::new(|_| bad(404, 7003, "Could not route to the profile"));
    assert_eq!(unroutable.provider.profile(&account_subject()).await.unwrap_err().kind, FailureKind::NotFound);
    assert_eq!(unroutable.asked().len(), 1);
    let null = Setup::new(|_| good("null"));
    assert!(!null.provider.profile(&account_subject()).await.unwrap().exists);
}

#[tokio::test]
async fn the_documents_failure_keeps_its_items_placeholders_or_not() {
    for (status, kind) in [(400, FailureKind::Refused), (403, FailureKind::Forbidden), (404, FailureKind::NotFound)] {
        let setup = Setup::new(move |_| json(status, "cf-ray: 8d1f-LHR\r\n", FAILURE));
        let failure = clean(setup.provider.account(&AccountId::new("a1"), DetailOptions::default()).await.unwrap_err());
        assert_eq!((failure.kind, failure.status), (kind, Some(status)));
        assert_eq!(failure.request_id.as_ref().map(text), Some("8d1f-LHR"));
        let item = &failure.items[0];
        assert_eq!(item.code.as_ref().map(text), Some("*integer*"));
        assert_eq!(text(&item.message), "*string*");
        assert_eq!(item.pointer.as_ref().map(text), Some("*string*"));
        assert_eq!(item.documentation_url.as_ref().map(text), Some("*string*"));
    }
}

#[tokio::test]
async fn success_false_in_a_200_refuses_a_read_and_a_write() {
    let setup = Setup::new(|_| bad(200, 1001, "business_email is invalid"));
    let read = setup.provider.accounts(&ListScope::all(), &Cursor::First).await.unwrap_err();
    assert_eq!(read.kind, FailureKind::Refused);
    let change = profile_change(account_subject(), &[("business_email", "x")]);
    let write = setup.provider.execute(&change).await.unwrap_err();
    assert_eq!((write.kind, write.delivery), (FailureKind::Refused, Delivery::Answered));
    assert_eq!(write.cause, "business_email is invalid");
}

#[tokio::test]
async fn an_answer_that_is_no_list_is_no_empty_list() {
    for body in ["{}", r#"{"hello":"world"}"#, r#"{"success":true,"result":{}}"#, "[]", "7"] {
        let setup = Setup::new(move |_| json(200, "", body));
        let failure = setup.provider.accounts(&ListScope::all(), &Cursor::First).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Unreadable, "{body}");
    }
}

#[tokio::test]
async fn a_row_without_an_id_is_counted_and_the_others_stay() {
    let setup = Setup::new(|_| good(&format!("[null, {ACCOUNT}, {{\"name\":\"x\"}}]")));
    let page = setup.provider.accounts(&ListScope::all(), &Cursor::First).await.unwrap();
    assert_eq!(page.rows.len(), 1);
    assert!(page.messages[0].raw().starts_with("2 of 3 rows"));
}

#[tokio::test]
async fn a_users_token_is_verified_as_the_users() {
    let token = r#"{"id":"t1","status":"active","expires_on":"2027-01-01T00:00:00Z"}"#;
    let setup = Setup::new(move |_| good(token));
    let identity = setup.identity().await.unwrap();
    assert_eq!(text(&identity.user), "t1");
    assert_eq!((identity.credential.as_str(), identity.organization), ("API token", None));
    assert_eq!(identity.origin, setup.server.origin);
    assert_eq!(identity.expires_at.as_ref().map(text), Some("2027-01-01T00:00:00Z"));
    assert_eq!(setup.asked(), ["GET /user/tokens/verify"]);
    for status in ["expired", "disabled"] {
        let setup = Setup::new(move |_| good(&format!(r#"{{"id":"t1","status":"{status}"}}"#)));
        let failure = setup.identity().await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Auth);
        assert!(failure.cause.contains(status), "{failure}");
    }
}

#[tokio::test]
async fn an_account_owned_token_is_recognised_and_its_listing_ends() {
    // Whatever page is asked for, the same one comes, as page 1 of 1.
    let setup = Setup::new(|request| match path(request) {
        "/user/tokens/verify" => bad(401, 10000, "Authentication error"),
        "/accounts/023e105f4ecef8ad9ca31a8372d0c353/tokens/verify" => good(r#"{"id":"t2","status":"active"}"#),
        _ => json(
            200,
            "",
            &format!(
                r#"{{"success":true,"result":[{ACCOUNT}],"result_info":{{"page":1,"per_page":50,"count":1,"total_count":1,"total_pages":1}}}}"#
            ),
        ),
    });
    let identity = setup.identity().await.unwrap();
    assert_eq!(text(&identity.user), "t2");
    assert_eq!(identity.organization.as_ref().map(text), Some("023e105f4ecef8ad9ca31a8372d0c353"));
    assert!(identity.credential.contains("account-owned"));
    for cursor in [Cursor::First, Cursor::Page(1), Cursor::Page(2), Cursor::Page(9)] {
        let page = setup.provider.accounts(&ListScope::all(), &cursor).await.unwrap();
        assert_eq!(page.next, None, "{cursor:?}");
    }
}

#[tokio::test]
async fn a_listing_refused_to_an_account_owned_token_says_so() {
    let setup = Setup::new(|_| bad(400, 1001, "Account-owned tokens are not supported for this endpoint"));
    let failure = setup.provider.accounts(&ListScope::all(), &Cursor::First).await.unwrap_err();
    assert!(failure.cause.contains("owned by an account") && failure.hint.is_some(), "{failure}");
}

#[tokio::test]
async fn an_email_and_key_are_sent_alone_and_the_email_is_the_user() {
    let fields = [("email", "admin@example.com"), ("key", CANARY)];
    let setup = Setup::with(&fields, |_| good("[]"));
    let identity = setup.identity().await.unwrap();
    assert_eq!(
        (text(&identity.user), identity.credential.as_str()),
        ("admin@example.com", "e-mail and Global API Key")
    );
    let headers = setup.server.received()[0].headers.clone();
    assert!(headers.contains("x-auth-email: admin@example.com") && headers.contains("x-auth-key: "));
    assert!(!headers.contains("authorization"));
    let all = [("email", "admin@example.com"), ("key", "k"), ("token", "t")];
    let setup = Setup::with(&all, |_| good(r#"{"id":"t","status":"active"}"#));
    setup.identity().await.unwrap();
    let headers = setup.server.received()[0].headers.clone();
    assert!(headers.contains("authorization: Bearer t") && !headers.contains("x-auth"));
}

#[tokio::test]
async fn a_wrong_credential_is_said_to_be_one_whatever_the_status() {
    for (status, code) in [(401, 10000), (403, 10000), (403, 9109), (400, 9106), (400, 6003)] {
        for fields in [&[][..], &[("email", "e@x.example"), ("key", CANARY)]] {
            let setup = Setup::with(fields, move |_| bad(status, code, "Authentication error"));
            let failure = setup.identity().await.unwrap_err();
            assert_eq!(failure.kind, FailureKind::Auth, "{status} {code}");
            assert!(failure.cause.contains("does not accept") && failure.cause.contains("a test"), "{failure}");
        }
    }
    let none = Setup::with(&[("email", "e@x.example")], |_| good("[]"));
    assert_eq!(none.identity().await.unwrap_err().kind, FailureKind::Auth);
    assert!(none.asked().is_empty());
}

#[tokio::test]
async fn closed_organizations_are_not_a_wrong_credential() {
    for (status, code) in [(403, 10000), (401, 10000), (403, 9109)] {
        let setup = Setup::new(move |request| match path(request) {
            "/user/tokens/verify" => good(r#"{"id":"t1","status":"active"}"#),
            _ => bad(status, code, "Authentication error"),
        });
        let organization = OrganizationId::new("o1");
        let scope = ListScope { organization: Some(organization.clone()), parameters: Vec::new(), extra: false };
        let failures = [
            setup.provider.organizations(&OrganizationScope::Every, &Cursor::First).await.unwrap_err(),
            setup.provider.organization(&organization).await.unwrap_err(),
            setup.provider.accounts(&scope, &Cursor::First).await.unwrap_err(),
            setup.provider.lineage(&AccountId::new("a1")).await.unwrap_err(),
            setup.provider.profile(&organization_subject()).await.unwrap_err(),
        ];
        for failure in failures {
            assert_eq!(failure.kind, FailureKind::Forbidden, "{status} {code}");
            assert!(failure.cause.contains("not enabled for this API token"), "{failure}");
            assert!(failure.hint.unwrap().contains("Global API Key"));
        }
    }
}

#[tokio::test]
async fn ids_that_no_path_can_carry_are_not_found_unasked() {
    let setup = Setup::new(|_| good(ACCOUNT));
    for id in ["", ".", ".."] {
        let failure = setup.provider.account(&AccountId::new(id), DetailOptions::default()).await.unwrap_err();
        assert_eq!((failure.kind, failure.delivery), (FailureKind::NotFound, Delivery::Unsent));
    }
    assert!(setup.asked().is_empty());
}
