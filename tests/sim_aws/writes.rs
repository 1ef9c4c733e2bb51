//! What is written at Organizations: moves, units, creations, closures, tags.

use acctui::sim::Options;
use serde_json::{Value, json};

use crate::house::{House, ids, text};

#[tokio::test]
async fn a_move_names_the_parent_that_holds_the_account() {
    let house = House::plain().await;
    let id = ids(&house.accounts().await)[4].clone();
    let (source, root) = (house.parent(&id).await, house.root().await);
    assert_eq!(house.move_to(&id, &root, &source).await.code(), (400, "SourceParentNotFoundException"));
    let lost = format!("ou-{}-00000000", &root[2..]);
    assert_eq!(house.move_to(&id, &lost, &root).await.code(), (400, "SourceParentNotFoundException"));
    assert_eq!(house.move_to(&id, &source, &lost).await.code(), (400, "DestinationParentNotFoundException"));
    assert_eq!(house.move_to(&id, &source, &source).await.code(), (400, "DuplicateAccountException"));
    assert_eq!(house.move_to("000000000000", &source, &root).await.code(), (400, "AccountNotFoundException"));
    let malformed = house.move_to("no-id", &source, &root).await;
    assert_eq!(malformed.reason(), (400, "InvalidInputException", "INVALID_PATTERN"));
    let moved = house.move_to(&id, &source, &root).await;
    assert_eq!((moved.status.as_u16(), moved.text.as_str()), (200, ""));
    assert_eq!(house.parent(&id).await, root);
    assert!(text(&house.account(&id).await["Paths"][0]).contains(&format!("/{root}/{id}/")));
}

#[tokio::test]
async fn units_are_made_renamed_and_deleted_within_their_quotas() {
    let house = House::plain().await;
    let root = house.root().await;
    let (mut parent, mut chain) = (root.clone(), Vec::new());
    for level in 1..=5 {
        let made = house.new_unit(&format!("level {level}"), &parent).await;
        assert_eq!(made.status, 200, "{}", made.text);
        parent = text(&made.json["OrganizationalUnit"]["Id"]);
        chain.push(parent.clone());
    }
    let deep = house.new_unit("level 6", &parent).await;
    assert_eq!(deep.reason(), (400, "ConstraintViolationException", "OU_DEPTH_LIMIT_EXCEEDED"));
    assert_eq!(house.new_unit("level 1", &root).await.code(), (400, "DuplicateOrganizationalUnitException"));
    let first = json!({"OrganizationalUnitId": chain[0]});
    let full = house.call("DeleteOrganizationalUnit", &first).await;
    assert_eq!(full.code(), (400, "OrganizationalUnitNotEmptyException"));
    let name = json!({"OrganizationalUnitId": chain[0], "Name": "研发部"});
    assert_eq!(house.call("UpdateOrganizationalUnit", &name).await.json["OrganizationalUnit"]["Name"], "研发部");
    for id in chain.iter().rev() {
        let gone = house.call("DeleteOrganizationalUnit", &json!({"OrganizationalUnitId": id})).await;
        assert_eq!((gone.status.as_u16(), gone.text.as_str()), (200, ""));
    }
    let gone = house.call("DescribeOrganizationalUnit", &first).await;
    assert_eq!(gone.code(), (400, "OrganizationalUnitNotFoundException"));
    for number in 22..2_000 {
        assert_eq!(house.new_unit(&format!("unit {number}"), &root).await.status, 200);
    }
    let many = house.new_unit("one more", &root).await;
    assert_eq!(many.reason(), (400, "ConstraintViolationException", "OU_NUMBER_LIMIT_EXCEEDED"));
}

#[tokio::test]
async fn a_creation_goes_on_after_its_answer_and_ends_in_the_root() {
    let house = House::plain().await;
    let tags = json!([{"Key": "k", "Value": ""}]);
    let body = json!({"AccountName": "Fresh One", "Email": "a@b.example", "Tags": tags});
    let made = house.call("CreateAccount", &body).await.json["CreateAccountStatus"].clone();
    assert_eq!((&made["State"], made.get("AccountId")), (&json!("IN_PROGRESS"), None));
    let look = json!({"CreateAccountRequestId": made["Id"]});
    let mut states = Vec::new();
    for _ in 0..3 {
        let status = house.call("DescribeCreateAccountStatus", &look).await;
        states.push(text(&status.json["CreateAccountStatus"]["State"]));
    }
    assert_eq!(states, ["IN_PROGRESS", "IN_PROGRESS", "SUCCEEDED"]);
    let done = house.followed(&made["Id"]).await;
    assert!(done["CompletedTimestamp"].is_f64());
    let id = text(&done["AccountId"]);
    assert_eq!(house.parent(&id).await, house.root().await);
    assert_eq!(house.all("ListTagsForResource", "Tags", &json!({"ResourceId": id})).await, *tags.as_array().unwrap());
    let succeeded = json!({"States": ["SUCCEEDED"]});
    let listed = house.all("ListCreateAccountStatus", "CreateAccountStatuses", &succeeded).await;
    assert_eq!(listed.last(), Some(&done));
    for bad in [
        json!({"AccountName": "x"}),
        json!({"AccountName": "ä", "Email": "a@c.example"}),
        json!({"AccountName": "x".repeat(51), "Email": "a@c.example"}),
        json!({"AccountName": "x", "Email": "nobody"}),
        json!({"AccountName": "x", "Email": "a@c.example", "Tags": [{"Key": "aws:k", "Value": ""}]}),
    ] {
        assert_eq!(house.call("CreateAccount", &bad).await.code(), (400, "InvalidInputException"), "{bad}");
    }
    let unknown = json!({"CreateAccountRequestId": "car-00000000"});
    let unknown = house.call("DescribeCreateAccountStatus", &unknown).await;
    assert_eq!(unknown.code(), (400, "CreateAccountStatusNotFoundException"));
}

#[tokio::test]
async fn a_creation_can_fail_for_every_documented_reason() {
    let house = House::plain().await;
    let named = [
        "ACCOUNT_LIMIT_EXCEEDED",
        "EMAIL_ALREADY_EXISTS",
        "INVALID_ADDRESS",
        "INVALID_EMAIL",
        "CONCURRENT_ACCOUNT_MODIFICATION",
        "INTERNAL_FAILURE",
        "GOVCLOUD_ACCOUNT_ALREADY_EXISTS",
        "MISSING_BUSINESS_VALIDATION",
        "FAILED_BUSINESS_VALIDATION",
        "PENDING_BUSINESS_VALIDATION",
        "INVALID_IDENTITY_FOR_BUSINESS_VALIDATION",
        "UNKNOWN_BUSINESS_VALIDATION",
        "MISSING_PAYMENT_INSTRUMENT",
        "INVALID_PAYMENT_INSTRUMENT",
    ];
    for reason in named {
        let ended = house.create(&format!("x {}", reason.to_lowercase().replace('_', "-")), "n@b.example").await;
        assert_eq!((&ended["State"], &ended["FailureReason"]), (&json!("FAILED"), &json!(reason)));
        assert_eq!(ended.get("AccountId"), None);
    }
    assert_eq!(house.create("does fail", "n@b.example").await["FailureReason"], "INTERNAL_FAILURE");
    assert_eq!(house.create("odd", ".n@b.example").await["FailureReason"], "INVALID_EMAIL");
    let taken = text(&house.accounts().await[4]["Email"]);
    assert_eq!(house.create("same", &taken).await["FailureReason"], "EMAIL_ALREADY_EXISTS");
    assert_eq!(house.accounts().await.len(), 50);
}

#[tokio::test]
async fn of_two_equal_creations_one_holds_and_five_run_at_once() {
    let house = House::plain().await;
    let twin = json!({"AccountName": "Twin", "Email": "t@b.example"});
    let first = house.call("CreateAccount", &twin).await.json["CreateAccountStatus"]["Id"].clone();
    let second = house.call("CreateAccount", &twin).await.json["CreateAccountStatus"]["Id"].clone();
    assert_eq!(house.followed(&second).await["FailureReason"], "CONCURRENT_ACCOUNT_MODIFICATION");
    assert_eq!(house.followed(&first).await["State"], "SUCCEEDED");
    for number in 0..6 {
        let body = json!({"AccountName": format!("n{number}"), "Email": format!("n{number}@b.example")});
        let made = house.call("CreateAccount", &body).await;
        assert_eq!(made.code(), if number < 5 { (200, "") } else { (400, "TooManyRequestsException") });
    }
    let house = House::assuming(&["aws.creation-takes=0-polls"]).await;
    for number in 0..550 {
        let ended = house.create(&format!("n{number}"), &format!("n{number}@b.example")).await;
        assert_eq!(ended["State"], "SUCCEEDED", "{number}");
    }
    let many = house.call("CreateAccount", &json!({"AccountName": "x", "Email": "x@b.example"})).await;
    assert_eq!(many.reason(), (400, "ConstraintViolationException", "ACCOUNT_NUMBER_LIMIT_EXCEEDED"));
}

#[tokio::test]
async fn a_closure_goes_on_after_its_answer_within_its_quotas() {
    let house = House::plain().await;
    let rows = house.accounts().await;
    let active: Vec<String> =
        ids(&rows.iter().skip(1).filter(|row| row["State"] == "ACTIVE").cloned().collect::<Vec<_>>());
    let closed = house.close(&active[0]).await;
    assert_eq!((closed.status.as_u16(), closed.text.as_str()), (200, ""));
    assert_eq!(house.close(&active[0]).await.code(), (400, "ConflictException"));
    for id in &active[1..3] {
        assert_eq!(house.close(id).await.status, 200);
    }
    let fourth = house.close(&active[3]).await;
    assert_eq!(fourth.reason(), (400, "ConstraintViolationException", "CLOSE_ACCOUNT_REQUESTS_LIMIT_EXCEEDED"));
    let mut states = Vec::new();
    for _ in 0..3 {
        states.push(text(&house.account(&active[0]).await["State"]));
    }
    assert_eq!(states, ["PENDING_CLOSURE", "PENDING_CLOSURE", "CLOSED"]);
    assert_eq!(house.close(&active[0]).await.code(), (400, "AccountAlreadyClosedException"));
    assert_eq!(house.close(&active[3]).await.status, 200);
    let management = house.close(&ids(&rows)[0]).await;
    assert_eq!(management.reason(), (400, "ConstraintViolationException", "CANNOT_CLOSE_MANAGEMENT_ACCOUNT"));
    assert_eq!(house.close("000000000000").await.code(), (400, "AccountNotFoundException"));
}

#[tokio::test]
async fn in_thirty_days_no_more_than_250_accounts_are_closed() {
    let options = Options {
        accounts: vec!["aws=400".parse().unwrap()],
        assume: vec!["aws.closing-takes=0-polls".parse().unwrap()],
        ..Options::default()
    };
    let house = House::open(options).await;
    let rows = house.accounts().await;
    let mut closed = 0;
    for id in ids(&rows[1..].iter().filter(|row| row["State"] == "ACTIVE").cloned().collect::<Vec<_>>()) {
        let reply = house.close(&id).await;
        if reply.status != 200 {
            assert_eq!(reply.reason(), (400, "ConstraintViolationException", "CLOSE_ACCOUNT_QUOTA_EXCEEDED"));
            break;
        }
        assert_eq!(house.account(&id).await["State"], "CLOSED");
        closed += 1;
    }
    assert!((200..=250).contains(&closed), "{closed}: some were closed before");
}

#[tokio::test]
async fn a_removed_account_is_gone() {
    let house = House::plain().await;
    let rows = house.accounts().await;
    let body = json!({"AccountId": rows[5]["Id"]});
    assert_eq!(house.call("RemoveAccountFromOrganization", &body).await.status, 200);
    assert_eq!(house.call("DescribeAccount", &body).await.code(), (400, "AccountNotFoundException"));
    assert_eq!(house.accounts().await.len(), 49);
    let management = house.call("RemoveAccountFromOrganization", &json!({"AccountId": rows[0]["Id"]})).await;
    assert_eq!(management.code(), (400, "MasterCannotLeaveOrganizationException"));
}

#[tokio::test]
async fn tags_stay_on_accounts_units_and_the_root() {
    let house = House::plain().await;
    let account = ids(&house.accounts().await)[9].clone();
    let root = house.root().await;
    let unit = text(&house.new_unit("tagged", &root).await.json["OrganizationalUnit"]["Id"]);
    for id in [account, root, unit] {
        let tags = json!({"ResourceId": id, "Tags": [{"Key": "项目", "Value": "a"}, {"Key": "e", "Value": ""}]});
        let tagged = house.call("TagResource", &tags).await;
        assert_eq!((tagged.status.as_u16(), tagged.text.as_str()), (200, ""));
        let again = json!({"ResourceId": id, "Tags": [{"Key": "项目", "Value": "b"}]});
        house.call("TagResource", &again).await;
        house.call("UntagResource", &json!({"ResourceId": id, "TagKeys": ["e", "owner"]})).await;
        let left = house.all("ListTagsForResource", "Tags", &json!({"ResourceId": id})).await;
        assert_eq!(left, [json!({"Key": "项目", "Value": "b"})]);
        let many: Vec<Value> = (0..50).map(|number| json!({"Key": format!("k{number}"), "Value": ""})).collect();
        let many = house.call("TagResource", &json!({"ResourceId": id, "Tags": many})).await;
        assert_eq!(many.reason(), (400, "ConstraintViolationException", "MAX_TAG_LIMIT_EXCEEDED"));
        let twice = json!([{"Key": "k", "Value": ""}, {"Key": "k", "Value": ""}]);
        let twice = house.call("TagResource", &json!({"ResourceId": id, "Tags": twice})).await;
        assert_eq!(twice.reason(), (400, "InvalidInputException", "DUPLICATE_TAG_KEY"));
    }
    let lost = house.call("ListTagsForResource", &json!({"ResourceId": "000000000000"})).await;
    assert_eq!(lost.code(), (400, "TargetNotFoundException"));
}
