//! Every error code that the providers' documents and reports name has a cause and says what to do next.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it stands")]

#[expect(dead_code, reason = "these tests use a part of it")]
mod provider_support;

use std::collections::BTreeMap;

use acctui::domain::{AccountId, Credentials, Failure, Secret};
use acctui::provider::{Cursor, DetailOptions, ListScope, Settings, registry};
use provider_support::{CANARY, Heard, Server, clean, json};

/// A status and a body that a provider refuses with.
type Refused = (u16, String);

/// `code`s of Cloudflare with their statuses: the schema's, and those reported live.
fn cloudflare() -> Vec<Refused> {
    let codes: [(u16, u32); 20] = [
        (400, 6003),
        (400, 6103),
        (400, 6111),
        (401, 10000),
        (403, 10000),
        (400, 9106),
        (401, 10001),
        (403, 9109),
        (401, 9109),
        (400, 7003),
        (404, 7003),
        (400, 7001),
        (400, 10405),
        (405, 10000),
        (400, 1001),
        (403, 1002),
        (404, 1003),
        (400, 971),
        (429, 971),
        (409, 1),
    ];
    let body = |code: u32| {
        format!(r#"{{"success":false,"errors":[{{"code":{code},"message":"no {code}"}}],"messages":[],"result":null}}"#)
    };
    codes.into_iter().map(|(status, code)| (status, body(code))).collect()
}

/// Cloud 66's documented statuses.
fn cloud66() -> Vec<Refused> {
    let codes = [
        (400, "bad_request"),
        (401, "unauthorized"),
        (402, "trial_expired"),
        (403, "forbidden"),
        (404, "not_found"),
        (405, "method_not_allowed"),
        (406, "not_acceptable"),
        (410, "gone"),
        (418, "teapot"),
        (503, "throttled"),
        (503, "not_implemented"),
    ];
    let body = |code: &str| format!(r#"{{"error":"{code}","error_description":"no {code}","details":"no"}}"#);
    codes.into_iter().map(|(status, code)| (status, body(code))).collect()
}

/// Landscape's, old and new.
fn landscape() -> Vec<Refused> {
    let codes = [
        (400, "BadRequest"),
        (400, "MissingParameter"),
        (400, "InvalidParameterValue"),
        (400, "UnknownAccessGroup"),
        (400, "DuplicateAccessGroup"),
        (400, "InvalidAccessGroup"),
        (400, "UnknownRole"),
        (400, "DuplicateRoleName"),
        (400, "ReadOnlyRole"),
        (400, "MaximumAccountAdministrators"),
        (400, "RepeatedInvitation"),
        (400, "PersonNotMemberOfAccount"),
        (400, "SelfRevokeGlobalAdmin"),
        (400, "SignatureDoesNotMatch"),
        (400, "AuthFailure"),
        (400, "InvalidCredentials"),
        (400, "Unauthorised"),
        (401, "Unauthorized"),
        (403, "Forbidden"),
        (404, "NotFound"),
        (405, "MethodNotAllowed"),
        (409, "Conflict"),
        (415, "UnsupportedMediaType"),
    ];
    let body = |code: &str| format!(r#"{{"error":"{code}","message":"no {code}","detail":null}}"#);
    codes.into_iter().map(|(status, code)| (status, body(code))).collect()
}

/// Huawei Cloud's: the gateway's, and the service's own.
fn huawei() -> Vec<Refused> {
    let own: [(u16, u32); 17] = [
        (401, 1001),
        (401, 1002),
        (401, 1015),
        (403, 1007),
        (404, 1010),
        (409, 1003),
        (400, 1004),
        (400, 1005),
        (400, 1006),
        (400, 1008),
        (400, 1009),
        (400, 1011),
        (400, 1012),
        (400, 1013),
        (400, 1204),
        (409, 1205),
        (400, 1305),
    ];
    let body = |code: &str| format!(r#"{{"error_code":"{code}","error_msg":"no {code}"}}"#);
    let mut all: Vec<Refused> =
        own.into_iter().map(|(status, code)| (status, body(&format!("Organizations.{code}")))).collect();
    all.push((400, body("Organizations.1900")));
    all.extend([(429, body("APIGW.0308")), (403, body("APIGW.0302")), (404, body("APIGW.0101"))]);
    // Of a key that is refused nothing more is sent: it comes last.
    all.push((401, body("APIGW.0301")));
    all
}

/// Those of AWS's model of its API that its documents name.
fn aws() -> Vec<Refused> {
    let codes = [
        (400, "AccessDeniedException"),
        (403, "AccessDeniedException"),
        (400, "AccessDeniedForDependencyException"),
        (400, "AccountNotFoundException"),
        (400, "AWSOrganizationsNotInUseException"),
        (400, "ChildNotFoundException"),
        (400, "ConstraintViolationException"),
        (400, "DuplicateAccountException"),
        (400, "DuplicateOrganizationalUnitException"),
        (400, "InvalidInputException"),
        (400, "OrganizationalUnitNotEmptyException"),
        (400, "OrganizationalUnitNotFoundException"),
        (400, "ParentNotFoundException"),
        (400, "SourceParentNotFoundException"),
        (400, "DestinationParentNotFoundException"),
        (400, "MasterCannotLeaveOrganizationException"),
        (400, "UnsupportedAPIEndpointException"),
        (404, "ResourceNotFoundException"),
        (400, "ValidationException"),
        (409, "ConflictException"),
        (400, "UnrecognizedClientException"),
        (400, "InvalidSignatureException"),
        (400, "ExpiredTokenException"),
        (403, "MissingAuthenticationTokenException"),
    ];
    let body = |code: &str| format!(r#"{{"__type":"com.amazonaws#{code}","message":"no {code}"}}"#);
    codes.into_iter().map(|(status, code)| (status, body(code))).collect()
}

/// What an account's read by id is refused with.
async fn refusal(id: &str, refused: Refused) -> Failure {
    let server = Server::start(move |_, request| {
        if request.target.ends_with("/login") {
            let login = r#"{"token":"login","email":"a@b.example","name":"A","current_account":"one",
                "accounts":[{"name":"one","title":"One"}]}"#;
            return json(200, "", login);
        }
        // Longer than any request waits: what is put off comes to its end at once.
        json(refused.0, "retry-after: 61\r\n", &refused.1)
    });
    let path = match id {
        "cloudflare" => "/client/v4",
        "cloud66" => "/api/3",
        "landscape" => "/api/v2",
        "aws" => "/aws",
        _ => "",
    };
    let kind = registry().iter().find(|kind| kind.spec.facts.id == id).unwrap();
    let set = kind.spec.facts.credentials.iter().find(|set| !set.fields.is_empty()).unwrap();
    let fields: BTreeMap<String, Secret> =
        set.fields.iter().map(|field| (field.name.to_owned(), Secret::new(CANARY))).collect();
    let settings = Heard::default().settings(&format!("{}{path}", server.origin));
    let provider = (kind.open)(Settings {
        credentials: std::sync::Arc::new(move || {
            let fields = fields.clone();
            Box::pin(async { Ok(Credentials { fields, source: "a test".into(), expires: None }) })
        }),
        ..settings
    })
    .unwrap();
    let account = AccountId::new(if id == "cloud66" { "1" } else { "one" });
    let shown = provider.account(&account, DetailOptions::default()).await;
    let failure = match shown {
        Err(failure) => failure,
        Ok(_) => provider.accounts(&ListScope::all(), &Cursor::First).await.unwrap_err(),
    };
    clean(failure)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_code_has_a_cause_and_a_next_step() {
    // It fails only if there is one already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let tables = [
        ("cloudflare", cloudflare()),
        ("cloud66", cloud66()),
        ("landscape", landscape()),
        ("huawei", huawei()),
        ("aws", aws()),
    ];
    for kind in registry() {
        assert!(tables.iter().any(|(id, _)| *id == kind.spec.facts.id), "{} has a table", kind.spec.facts.id);
    }
    let is_known = |id: &str| registry().iter().any(|kind| kind.spec.facts.id == id);
    for (id, table) in tables.into_iter().filter(|(id, _)| is_known(id)) {
        for refused in table {
            let which = format!("{id}: {} {}", refused.0, refused.1);
            let failure = refusal(id, refused).await;
            assert!(!failure.cause.is_empty(), "{which}: {failure}");
            assert!(failure.hint.as_ref().is_some_and(|hint| hint.len() > 8), "{which}: {failure}");
            assert_ne!(failure.cause, failure.hint.clone().unwrap(), "{which}");
        }
    }
}
