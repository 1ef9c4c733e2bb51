//! Signatures and access keys.

use serde_json::json;

use crate::house::{House, MANAGEMENT, Signer, who};

#[tokio::test]
async fn each_access_key_may_do_in_organizations_what_its_account_may() {
    let house = House::plain().await;
    let unit = json!({"Name": "x", "ParentId": house.root().await});
    let none = json!({});
    let table = [
        ("SIMACCESSKEY-MEMBER", "DescribeOrganization", &none, (200, "")),
        ("SIMACCESSKEY-MEMBER", "ListAccounts", &none, (400, "AccessDeniedException")),
        ("SIMACCESSKEY-READONLY", "ListAccounts", &none, (200, "")),
        ("SIMACCESSKEY-READONLY", "CreateOrganizationalUnit", &unit, (400, "AccessDeniedException")),
        ("SIMACCESSKEY-UNTRUSTED", "ListAccounts", &none, (200, "")),
        ("SIMACCESSKEY-NOACCOUNT", "CreateOrganizationalUnit", &unit, (200, "")),
    ];
    for (key, operation, body, wanted) in table {
        assert_eq!(house.as_signer(&who(key), operation, body).await.code(), wanted, "{key} {operation}");
    }
}

#[tokio::test]
async fn credentials_are_refused_each_in_its_documented_way() {
    let house = House::plain().await;
    let token = |token: &str| Signer { token: Some(token.to_owned()), ..MANAGEMENT };
    let later = jiff::Timestamp::now().as_second() + 3_600;
    for good in ["sim-session-token".to_owned(), format!("sim-session-token-until-{later}")] {
        assert_eq!(house.as_signer(&token(&good), "ListRoots", &json!({})).await.status, 200, "{good}");
    }
    let unsigned = Signer { unsigned: "x-amz-security-token", ..token("sim-session-token") };
    let table = [
        (who("NOBODY"), "UnrecognizedClientException", "token included in the request is invalid"),
        (token("another"), "UnrecognizedClientException", "token included in the request is invalid"),
        (token("sim-session-token-expired"), "ExpiredTokenException", "is expired"),
        (token("sim-session-token-until-1"), "ExpiredTokenException", "is expired"),
        (unsigned, "InvalidSignatureException", "'x-amz-security-token' must be a 'SignedHeader'"),
        (Signer { secret: "guess", ..MANAGEMENT }, "InvalidSignatureException", "does not match"),
        (Signer { skew: -320, ..MANAGEMENT }, "InvalidSignatureException", "Signature expired: "),
        (Signer { skew: 320, ..MANAGEMENT }, "InvalidSignatureException", "Signature not yet current: "),
        (Signer { region: "eu-west-1", ..MANAGEMENT }, "InvalidSignatureException", "valid region, not 'eu-west-1'"),
        (Signer { service: Some("s3"), ..MANAGEMENT }, "InvalidSignatureException", "correct service: '"),
        (Signer { day: Some("20200101"), ..MANAGEMENT }, "InvalidSignatureException", "Date in Credential scope"),
    ];
    for (signer, kind, words) in table {
        let refused = house.as_signer(&signer, "ListRoots", &json!({})).await;
        assert_eq!(refused.code(), (400, kind));
        assert!(refused.message().contains(words), "{}", refused.message());
        let refused = house.manage_as(&signer, "getContactInformation", &json!({})).await;
        assert_eq!(refused.code(), (403, kind));
        assert!(refused.message().contains(words), "{}", refused.message());
    }
    let bare = house.client.post(format!("{}/aws/", house.base));
    let sent = bare.try_clone().unwrap().send().await.unwrap().text().await.unwrap();
    assert!(sent.contains("MissingAuthenticationTokenException"), "{sent}");
    let sent = bare.header("authorization", "AWS4-HMAC-SHA256 x").send().await.unwrap().text().await.unwrap();
    assert!(sent.contains("IncompleteSignatureException"), "{sent}");
}
