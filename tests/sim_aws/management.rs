//! Account Management: contacts, names, addresses, and who may ask for them.

use std::collections::HashSet;

use acctui::sim::Options;
use serde_json::{Value, json};

use crate::house::{House, ids, text, who};

#[tokio::test]
async fn contact_information_is_replaced_as_a_whole() {
    let house = House::plain().await;
    let id = ids(&house.accounts().await)[4].clone();
    let full = house.manage("getContactInformation", &json!({"AccountId": id})).await;
    assert_eq!(full.header("content-type"), "application/json");
    assert!(full.json["ContactInformation"]["CompanyName"].is_string());
    let sent = json!({"FullName": "Ada", "AddressLine1": "1 Road", "City": "Paris", "PostalCode": "75002",
        "CountryCode": "FR", "PhoneNumber": "+33 (1) 23-45"});
    let put = house.manage("putContactInformation", &json!({"AccountId": id, "ContactInformation": sent})).await;
    assert_eq!((put.status.as_u16(), put.text.as_str()), (200, ""));
    let now = house.manage("getContactInformation", &json!({"AccountId": id})).await;
    assert_eq!(now.json["ContactInformation"], sent);
    for (field, value) in [
        ("City", json!(null)),
        ("City", json!("")),
        ("CountryCode", json!("fra")),
        ("CountryCode", json!("US")),
        ("PhoneNumber", json!("0033")),
        ("FullName", json!("x".repeat(51))),
    ] {
        let mut bad = sent.clone();
        bad[field] = value;
        let refused = house.manage("putContactInformation", &json!({"AccountId": id, "ContactInformation": bad})).await;
        assert_eq!(refused.code(), (400, "ValidationException"), "{bad}");
        let named = if bad["CountryCode"] == "US" { "StateOrRegion" } else { field };
        assert_eq!(refused.json["fieldList"][0]["name"], named);
    }
    let unset = json!({"AccountId": house.accounts().await[6]["Id"]});
    assert_eq!(house.manage("getContactInformation", &unset).await.code(), (404, "ResourceNotFoundException"));
}

#[tokio::test]
async fn alternate_contacts_are_set_and_deleted_one_by_one() {
    let house = House::plain().await;
    let id = ids(&house.accounts().await)[4].clone();
    let get = |kind: &str| {
        let (house, body) = (&house, json!({"AccountId": id, "AlternateContactType": kind}));
        async move { house.manage("getAlternateContact", &body).await }
    };
    assert_eq!(get("BILLING").await.status, 200);
    assert_eq!(get("OPERATIONS").await.code(), (404, "ResourceNotFoundException"));
    assert_eq!(get("OTHER").await.code(), (400, "ValidationException"));
    let contact = json!({"AlternateContactType": "OPERATIONS", "Name": "Ada", "Title": "Captain",
        "EmailAddress": "ada@b.example", "PhoneNumber": "(0) 12-3"});
    let mut body = contact.clone();
    body["AccountId"] = id.clone().into();
    assert_eq!(house.manage("putAlternateContact", &body).await.status, 200);
    assert_eq!(get("OPERATIONS").await.json["AlternateContact"], contact);
    for field in ["Name", "Title", "EmailAddress", "PhoneNumber"] {
        let mut bad = body.clone();
        bad[field] = Value::Null;
        assert_eq!(house.manage("putAlternateContact", &bad).await.code(), (400, "ValidationException"), "{field}");
    }
    let gone = json!({"AccountId": id, "AlternateContactType": "OPERATIONS"});
    assert_eq!(house.manage("deleteAlternateContact", &gone).await.status, 200);
    assert_eq!(house.manage("deleteAlternateContact", &gone).await.code(), (404, "ResourceNotFoundException"));
}

#[tokio::test]
async fn names_and_primary_addresses_change_in_the_other_service_too() {
    let house = House::plain().await;
    let id = ids(&house.accounts().await)[4].clone();
    let of = json!({"AccountId": id});
    assert_eq!(house.manage("putAccountName", &json!({"AccountId": id, "AccountName": "New Name"})).await.status, 200);
    assert_eq!(house.account(&id).await["Name"], "New Name");
    let told = house.manage("getAccountInformation", &of).await.json;
    assert_eq!((&told["AccountName"], &told["AccountState"]), (&json!("New Name"), &json!("ACTIVE")));
    assert!(text(&told["AccountCreatedDate"]).contains('T'));
    for bad in ["", "a<b", "ä", &"x".repeat(51)] {
        let refused = house.manage("putAccountName", &json!({"AccountId": id, "AccountName": bad})).await;
        assert_eq!(refused.code(), (400, "ValidationException"), "{bad}");
    }
    let start = json!({"AccountId": id, "PrimaryEmail": "new@b.example"});
    assert_eq!(house.manage("startPrimaryEmailUpdate", &start).await.json["Status"], "PENDING");
    let accept = |code: &str| json!({"AccountId": id, "PrimaryEmail": "new@b.example", "Otp": code});
    assert_eq!(house.manage("acceptPrimaryEmailUpdate", &accept("ABC123")).await.status, 400);
    assert_ne!(house.manage("getPrimaryEmail", &of).await.json["PrimaryEmail"], "new@b.example");
    assert_eq!(house.manage("acceptPrimaryEmailUpdate", &accept("SIM123")).await.json["Status"], "ACCEPTED");
    assert_eq!(house.manage("getPrimaryEmail", &of).await.json["PrimaryEmail"], "new@b.example");
    assert_eq!(house.account(&id).await["Email"], "new@b.example");
}

#[tokio::test]
async fn account_management_says_who_may_not_and_why() {
    let house = House::plain().await;
    let rows = ids(&house.accounts().await);
    let (own, member, none) = (json!({"AccountId": rows[0]}), json!({"AccountId": rows[4]}), json!({}));
    let lost = json!({"AccountId": "000000000000"});
    let table = [
        ("SIMACCESSKEY", &none, None),
        ("SIMACCESSKEY", &own, Some("standalone context")),
        ("SIMACCESSKEY", &lost, Some("must be a member account")),
        ("SIMACCESSKEY-UNTRUSTED", &none, None),
        ("SIMACCESSKEY-UNTRUSTED", &member, Some("trusted access")),
        ("SIMACCESSKEY-NOACCOUNT", &none, Some("account:GetContactInformation")),
        ("SIMACCESSKEY-NOACCOUNT", &member, Some("account:GetContactInformation")),
        ("SIMACCESSKEY-READONLY", &none, None),
        ("SIMACCESSKEY-READONLY", &member, None),
        ("SIMACCESSKEY-MEMBER", &none, None),
        ("SIMACCESSKEY-MEMBER", &member, Some("delegated administrator")),
    ];
    for (key, body, refused) in table {
        let reply = house.manage_as(&who(key), "getContactInformation", body).await;
        match refused {
            None => assert_eq!(reply.status, 200, "{key} {body}: {}", reply.text),
            Some(why) => {
                assert_eq!(reply.code(), (403, "AccessDeniedException"), "{key} {body}");
                assert!(reply.message().contains(why), "{key}: {}", reply.message());
            }
        }
    }
    let name = json!({"AccountId": rows[4], "AccountName": "x"});
    let refused = house.manage_as(&who("SIMACCESSKEY-READONLY"), "putAccountName", &name).await;
    assert_eq!(refused.code(), (403, "AccessDeniedException"));
    let unnamed = house.manage("getPrimaryEmail", &none).await;
    assert_eq!(unnamed.code(), (400, "ValidationException"));
}

#[tokio::test]
async fn the_published_rates_of_account_management_are_held() {
    let log = tempfile::NamedTempFile::new().unwrap();
    let options = Options { limits: true, log: Some(log.path().to_owned()), ..Options::default() };
    let house = House::open(options).await;
    assert_eq!(house.call("ListRoots", &json!({})).await.status, 200);
    let line: Value =
        serde_json::from_str(std::fs::read_to_string(log.path()).unwrap().lines().next().unwrap()).unwrap();
    let wanted = json!({"method": "POST", "path": "/aws/", "query": "", "status": 200, "credential": "access-key"});
    assert_eq!(line, wanted);
    let mut codes = HashSet::new();
    while !codes.contains(&429) {
        codes.insert(house.manage("getAccountInformation", &json!({})).await.status.as_u16());
    }
    assert!(codes.contains(&200));
    while house.manage("getAccountInformation", &json!({})).await.status != 200 {}
}
