//! Cloudflare's writes against a small server that answers as each test says: what goes out to the letter of the
//! documents, and what comes back of it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod provider_support;

use std::sync::Mutex;
use std::time::Duration;

use acctui::domain::{
    AccountId, AccountKey, Change, ChangeKind, ConnectionName, Delivery, FailureKind, OrganizationId, OrganizationKey,
    Subject, Untrusted,
};
use acctui::provider::cloudflare::Cloudflare;
use acctui::provider::http::Policy;
use acctui::provider::{Made, Provider};
use provider_support::{Heard, Received, Reply, Server, clean, json};
use serde_json::{Value, json as value};

struct Setup {
    server: Server,
    provider: Cloudflare,
}

impl Setup {
    /// The answers may depend on how many requests came before.
    fn new(answer: impl Fn(usize, &Received) -> Reply + Send + Sync + 'static) -> Self {
        let server = Server::start(answer);
        let settings = Heard::default().settings(&format!("{}/client/v4", server.origin));
        let quick = Duration::from_millis(1);
        let policy = Policy { backoff: quick, backoff_cap: quick, ..Policy::DEFAULT };
        Self { provider: Cloudflare::new(settings, policy).unwrap(), server }
    }

    /// Method, path and body of each request.
    fn sent(&self) -> Vec<(String, String, Value)> {
        let received = self.server.received().into_iter();
        let body = |text: &str| if text.is_empty() { Value::Null } else { serde_json::from_str(text).unwrap() };
        received
            .map(|one| (one.method, one.target.strip_prefix("/client/v4").unwrap().to_owned(), body(&one.body)))
            .collect()
    }
}

fn good(result: &str) -> Reply {
    let body =
        format!(r#"{{"success":true,"errors":[],"messages":[{{"code":1,"message":"a word"}}],"result":{result}}}"#);
    json(200, "cf-ray: 8d1f-LHR\r\n", &body)
}

fn bad(status: u16, code: u32, message: &str, pointer: Option<&str>) -> Reply {
    let source = pointer.map(|pointer| value!({"pointer": pointer}));
    let errors = value!([{"code": code, "message": message, "source": source}]);
    let body = value!({"success": false, "errors": errors, "messages": [], "result": null});
    json(status, "retry-after: 0\r\n", &body.to_string())
}

fn connection() -> Subject {
    Subject::Connection(ConnectionName::new("test"))
}

fn account() -> Subject {
    Subject::Account(AccountKey { connection: ConnectionName::new("test"), id: AccountId::new("a1") })
}

fn organization() -> Subject {
    Subject::Organization(OrganizationKey { connection: ConnectionName::new("test"), id: OrganizationId::new("o1") })
}

fn change(kind: ChangeKind, subject: Subject, fields: &[(&str, &str)]) -> Change {
    let values = fields.iter().copied().collect();
    Change { subject, kind, values, secrets: std::collections::BTreeMap::new(), base: None, key: None }
}

/// A change with the method, path and body that it sends.
type Written = (Change, &'static str, &'static str, Value);

fn writes_of_accounts() -> Vec<Written> {
    let update = [
        ("name", "N"),
        ("settings.abuse_contact_email", "abuse@x.example"),
        ("settings.enforce_twofactor", "true"),
        ("type", "standard"),
    ];
    let mut cleared =
        change(ChangeKind::UpdateAccount, account(), &[("name", "N"), ("settings.abuse_contact_email", "")]);
    cleared.base = Some([("settings.abuse_contact_email", "old@x.example")].into_iter().collect());
    let create = |subject, fields: &[(&str, &str)]| change(ChangeKind::CreateAccount, subject, fields);
    vec![
        (
            create(connection(), &[("name", "N"), ("type", ""), ("unit.id", "")]),
            "POST",
            "/accounts",
            value!({"name": "N", "standalone": true}),
        ),
        (
            create(connection(), &[("name", "N"), ("type", "enterprise"), ("unit.id", "u1")]),
            "POST",
            "/accounts",
            value!({"name": "N", "type": "enterprise", "unit": {"id": "u1"}}),
        ),
        (create(organization(), &[("name", "N")]), "POST", "/accounts", value!({"name": "N", "unit": {"id": "o1"}})),
        (
            change(ChangeKind::UpdateAccount, account(), &update),
            "PUT",
            "/accounts/a1",
            value!({"id": "a1", "name": "N", "settings": {
                "abuse_contact_email": "abuse@x.example", "enforce_twofactor": true,
            }}),
        ),
        // What never had a value is not sent, what is cleared is null.
        (
            change(
                ChangeKind::UpdateAccount,
                account(),
                &[("name", "N"), ("settings.abuse_contact_email", ""), ("settings.enforce_twofactor", "")],
            ),
            "PUT",
            "/accounts/a1",
            value!({"id": "a1", "name": "N"}),
        ),
        (cleared, "PUT", "/accounts/a1", value!({"id": "a1", "name": "N", "settings": {"abuse_contact_email": null}})),
        (change(ChangeKind::DeleteAccount, account(), &[]), "DELETE", "/accounts/a1", Value::Null),
        (
            change(ChangeKind::MoveAccount, account(), &[(Change::FROM, "o0"), (Change::TO, "o1")]),
            "POST",
            "/accounts/a1/move",
            value!({"destination_organization_id": "o1"}),
        ),
    ]
}

fn writes_of_organizations() -> Vec<Written> {
    let named = |kind, subject| change(kind, subject, &[("name", "N")]);
    vec![
        (named(ChangeKind::CreateOrganization, connection()), "POST", "/organizations", value!({"name": "N"})),
        (
            named(ChangeKind::CreateOrganization, organization()),
            "POST",
            "/organizations",
            value!({"name": "N", "parent": {"id": "o1"}}),
        ),
        (named(ChangeKind::RenameOrganization, organization()), "PUT", "/organizations/o1", value!({"name": "N"})),
        (change(ChangeKind::DeleteOrganization, organization(), &[]), "DELETE", "/organizations/o1", Value::Null),
    ]
}

#[tokio::test]
async fn each_write_goes_out_as_it_is_shown_and_as_the_documents_have_it() {
    for (change, method, path, body) in writes_of_accounts().into_iter().chain(writes_of_organizations()) {
        let setup = Setup::new(|_, _| good(r#"{"id":"made","name":"N"}"#));
        let shown = setup.provider.preview(&change).unwrap();
        assert!(setup.sent().is_empty(), "showing asks nobody");
        let executed = setup.provider.execute(&change).await.unwrap();
        assert_eq!(setup.sent(), [(method.to_owned(), path.to_owned(), body.clone())]);
        assert_eq!((shown.method.as_str(), shown.path), (method, format!("/client/v4{path}")));
        assert_eq!(shown.body, body);
        assert_eq!(executed.request_id.as_ref().map(Untrusted::raw), Some("8d1f-LHR"));
        assert!(executed.messages.iter().any(|message| message.raw() == "a word"), "{:?}", executed.messages);
        match (change.kind, executed.made) {
            (ChangeKind::CreateAccount, Some(Made::Account(made))) => assert_eq!(made.key.id.as_str(), "made"),
            (ChangeKind::CreateOrganization, Some(Made::Organization(made))) => {
                assert_eq!(made.key.id.as_str(), "made");
            }
            (kind, made) => assert!(!kind.makes() && made.is_none(), "{kind:?}"),
        }
    }
}

#[tokio::test]
async fn a_null_or_missing_result_is_a_success_all_the_same() {
    for (change, ..) in writes_of_accounts().into_iter().chain(writes_of_organizations()) {
        let setup = Setup::new(|_, _| good("null"));
        let executed = setup.provider.execute(&change).await.unwrap();
        let says_so = executed.messages.iter().any(|message| message.raw().contains("does not name it"));
        assert_eq!(says_so, change.kind.makes(), "{:?}", executed.messages);
    }
}

#[tokio::test]
async fn what_no_request_can_say_is_refused_unsent() {
    let setup = Setup::new(|_, _| good("{}"));
    let update = [("name", "N"), ("settings.enforce_twofactor", "yes")];
    for change in [
        change(ChangeKind::CreateAccount, connection(), &[]),
        change(ChangeKind::CreateAccount, account(), &[("name", "N")]),
        change(ChangeKind::CreateAccount, organization(), &[("name", "N"), ("unit.id", "o2")]),
        change(ChangeKind::UpdateAccount, account(), &[("settings.enforce_twofactor", "true")]),
        change(ChangeKind::UpdateAccount, account(), &update),
        change(ChangeKind::MoveAccount, account(), &[(Change::FROM, "o1")]),
        change(ChangeKind::DeleteAccount, organization(), &[]),
        change(ChangeKind::DeleteOrganization, account(), &[]),
        change(ChangeKind::RenameOrganization, organization(), &[]),
    ] {
        for failure in
            [setup.provider.preview(&change).unwrap_err(), setup.provider.execute(&change).await.unwrap_err()]
        {
            assert_eq!((failure.kind, failure.delivery), (FailureKind::Refused, Delivery::Unsent), "{change:?}");
        }
    }
    assert!(setup.sent().is_empty());
}

#[tokio::test]
async fn a_creation_keeps_its_key_when_it_is_sent_again() {
    let setup =
        Setup::new(
            |nth, _| {
                if nth == 0 { bad(429, 971, "slow down", None) } else { good(r#"{"id":"made","name":"N"}"#) }
            },
        );
    let create = change(ChangeKind::CreateAccount, connection(), &[("name", "N")]);
    let create = Change { key: Some("one-key".into()), ..create };
    let executed = setup.provider.execute(&create).await.unwrap();
    assert_eq!(executed.resent, 1);
    let received = setup.server.received();
    assert_eq!(received.len(), 2);
    assert!(received.iter().all(|request| request.headers.contains("idempotency-key: one-key")));
    let other = change(ChangeKind::CreateOrganization, connection(), &[("name", "N")]);
    setup.provider.execute(&Change { key: Some("one-key".into()), ..other }).await.unwrap();
    assert!(!setup.server.received()[2].headers.contains("idempotency-key"), "only this call knows it");
    let broken = setup.provider.execute(&Change { key: Some("a\nb".into()), ..create }).await.unwrap_err();
    assert_eq!((broken.kind, broken.delivery), (FailureKind::Refused, Delivery::Unsent));
}

#[tokio::test]
async fn an_update_that_is_refused_for_want_of_a_type_goes_out_once_more_with_it() {
    for (code, message, pointer) in
        [(1001, "type is required", None), (7, "missing field", Some("/type")), (1001, "Type must be set", None)]
    {
        let setup = Setup::new(move |_, request| match request.method.as_str() {
            "GET" => good(r#"{"id":"a1","name":"Old","type":"enterprise"}"#),
            _ if request.body.contains("\"type\"") => good(r#"{"id":"a1","name":"N","type":"enterprise"}"#),
            _ => bad(400, code, message, pointer),
        });
        let update = change(ChangeKind::UpdateAccount, account(), &[("name", "N")]);
        let executed = setup.provider.execute(&update).await.unwrap();
        let put = |body| ("PUT".to_owned(), "/accounts/a1".to_owned(), body);
        assert_eq!(
            setup.sent(),
            [
                put(value!({"id": "a1", "name": "N"})),
                ("GET".into(), "/accounts/a1".into(), Value::Null),
                put(value!({"id": "a1", "name": "N", "type": "enterprise"})),
            ]
        );
        assert!(executed.messages.iter().any(|message| message.raw().contains("sent with enterprise as it is")));
    }
}

#[tokio::test]
async fn no_other_refusal_and_no_unknown_outcome_sends_an_update_again() {
    for (status, message) in [(400, "name is too long"), (403, "type is required"), (500, "type is required")] {
        let setup = Setup::new(move |_, _| bad(status, 1001, message, None));
        let update = change(ChangeKind::UpdateAccount, account(), &[("name", "N")]);
        let failure = clean(setup.provider.execute(&update).await.unwrap_err());
        assert_eq!(failure.delivery, if status == 500 { Delivery::Unknown } else { Delivery::Answered });
        assert_eq!(setup.sent().len(), 1, "{status} {message}");
    }
    // Without a type to send, the refusal is the last word.
    let setup = Setup::new(|_, request| match request.method.as_str() {
        "GET" => good(r#"{"id":"a1","name":"Old"}"#),
        _ => bad(400, 1001, "type is required", None),
    });
    let update = change(ChangeKind::UpdateAccount, account(), &[("name", "N")]);
    assert_eq!(setup.provider.execute(&update).await.unwrap_err().cause, "type is required");
    assert_eq!(setup.sent().len(), 2);
}

#[tokio::test]
async fn a_move_that_was_not_one_is_refused_and_another_source_is_said() {
    let to = change(ChangeKind::MoveAccount, account(), &[(Change::FROM, "o0"), (Change::TO, "o1")]);
    let not_moved = Setup::new(|_, _| good(r#"{"moved":false,"message":"it is locked"}"#));
    let failure = not_moved.provider.execute(&to).await.unwrap_err();
    assert_eq!((failure.kind, failure.delivery), (FailureKind::Refused, Delivery::Answered));
    assert_eq!(failure.cause, "it is locked");
    for (source, is_said) in [("o0", false), ("", false), ("o7", true)] {
        let body = format!(r#"{{"account_id":"a1","source_organization_id":"{source}"}}"#);
        let setup = Setup::new(move |_, _| good(&body));
        let messages = setup.provider.execute(&to).await.unwrap().messages;
        let says = messages.iter().any(|message| message.raw() == "Cloudflare says that it came from o7");
        assert_eq!(says, is_said, "{source}");
    }
}

/// What of a batch comes back: each account with whether it was moved, or the kind and delivery of a failure.
type Batch = Result<Vec<(&'static str, bool)>, (FailureKind, Delivery)>;

#[tokio::test]
async fn a_batch_is_one_call_whose_statuses_are_one_or_a_list() {
    let unsupported: Batch = Err((FailureKind::Unsupported, Delivery::Answered));
    let cases: Vec<(u16, &str, Batch)> = vec![
        (200, r#"{"statuses":{"tag":"a1","moved":true}}"#, Ok(vec![("a1", true)])),
        (200, r#"{"statuses":{"tag":"a1","moved":false,"message":"no"}}"#, Ok(vec![("a1", false)])),
        (
            200,
            r#"{"statuses":[{"tag":"a1","moved":true},{"tag":"a2","moved":"false"},{"moved":true},{"tag":"a3"}]}"#,
            Ok(vec![("a1", true), ("a2", false)]),
        ),
        (200, r#"{"statuses":[]}"#, Ok(Vec::new())),
        (200, r#"{"statuses":"odd"}"#, Err((FailureKind::Unreadable, Delivery::Unknown))),
        (200, "null", Err((FailureKind::Unreadable, Delivery::Unknown))),
        (404, "", unsupported.clone()),
        (405, "", unsupported.clone()),
        (501, "", unsupported),
        (400, "/destination_organization_id", Err((FailureKind::Refused, Delivery::Answered))),
        (404, "/destination_organization_id", Err((FailureKind::NotFound, Delivery::Answered))),
        (500, "", Err((FailureKind::Server, Delivery::Unknown))),
    ];
    for (status, text, expected) in cases {
        let setup = Setup::new(move |_, _| match status {
            200 => good(text),
            _ => bad(status, 10_400, "no", (!text.is_empty()).then_some(text)),
        });
        let ids = ["a1", "a2"].map(AccountId::new);
        let result = setup.provider.move_batch(&ids, &OrganizationId::new("o1")).await;
        let body = value!({"account_ids": ["a1", "a2"], "destination_organization_id": "o1"});
        assert_eq!(setup.sent(), [("POST".into(), "/accounts/move".into(), body)]);
        let result = match &result {
            Ok(moved) => Ok(moved.iter().map(|one| (one.account.as_str(), one.moved)).collect::<Vec<_>>()),
            Err(failure) => Err((failure.kind.clone(), failure.delivery)),
        };
        assert_eq!(result, expected, "{status} {text}");
    }
}

#[tokio::test]
async fn a_write_to_closed_organizations_is_told_from_a_wrong_credential() {
    for (change, ..) in writes_of_organizations() {
        let setup = Setup::new(|_, request| {
            if request.target.ends_with("/user/tokens/verify") {
                good(r#"{"id":"t1","status":"active"}"#)
            } else {
                bad(401, 10_000, "Authentication error", None)
            }
        });
        let failure = setup.provider.execute(&change).await.unwrap_err();
        assert_eq!((failure.kind, failure.delivery), (FailureKind::Forbidden, Delivery::Answered));
        assert!(failure.hint.unwrap().contains("Global API Key"));
    }
}

#[tokio::test]
async fn what_comes_along_is_read_in_one_request_and_what_cant_be_read_is_said() {
    let asked = Mutex::new(0);
    let info = r#""result_info":{"page":1,"per_page":50,"count":1,"total_count":1}"#;
    let setup = Setup::new(move |_, request| {
        *asked.lock().unwrap() += 1;
        let rows = match request.target.as_str() {
            target if target.ends_with("/zones?account.id=a1&per_page=50") => r#"[{"id":"z1"},{"id":"z1"}]"#,
            target if target.ends_with("/accounts/a1/members?per_page=50") => {
                r#"[{"id":"m1","email":"m@x.example","user":{"two_factor_authentication_enabled":false}}]"#
            }
            _ => r#"{"id":"a1","settings":{"enforce_twofactor":true}}"#,
        };
        json(200, "", &format!(r#"{{"success":true,"result":{rows},{info}}}"#))
    });
    let delete = change(ChangeKind::DeleteAccount, account(), &[]);
    let said = setup.provider.side_effects(&delete).await;
    assert!(said[0].words.starts_with("1 zone goes with it") && said.len() == 2, "{said:?}");
    let takes = said[0].takes.unwrap();
    assert_eq!((takes.many, takes.count, takes.or_more), ("zones", Some(1), false));
    let mut on = change(ChangeKind::UpdateAccount, account(), &[("settings.enforce_twofactor", "true")]);
    assert!(setup.provider.side_effects(&on).await.is_empty(), "it is on already");
    on.base = Some([("settings.enforce_twofactor", "")].into_iter().collect());
    let said = setup.provider.side_effects(&on).await;
    assert!(said[0].words.starts_with("1 of 1 members has no") && said[0].words.ends_with("m@x.example"), "{said:?}");
    assert_eq!(setup.sent().len(), 3);
    let closed = Setup::new(|_, _| bad(403, 10_000, "Authentication error", None));
    assert!(closed.provider.side_effects(&delete).await[0].words.contains("can't be read: GET /zones: forbidden"));
    assert!(closed.provider.side_effects(&on).await[0].words.contains("can't be read: GET /accounts/a1/members"));
}

#[tokio::test]
async fn a_move_says_what_cant_be_taken_back_and_asks_nobody() {
    let setup = Setup::new(|_, _| good("{}"));
    let says = async |change: &Change| {
        let said = setup.provider.side_effects(change).await;
        let said = said.into_iter().map(|effect| effect.words).collect::<Vec<_>>().join("; ");
        (said.contains("only Cloudflare's Support"), said.contains("policies"))
    };
    let move_from = |from| change(ChangeKind::MoveAccount, account(), &[(Change::FROM, from), (Change::TO, "o1")]);
    assert_eq!(says(&move_from("")).await, (true, true));
    assert_eq!(says(&move_from("o0")).await, (false, true));
    let create = |subject| change(ChangeKind::CreateAccount, subject, &[("name", "N")]);
    assert_eq!(says(&create(connection())).await, (false, false));
    assert_eq!(says(&create(organization())).await, (true, false));
    assert!(setup.sent().is_empty());
}
