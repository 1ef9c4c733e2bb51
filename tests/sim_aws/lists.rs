//! Lists, pages and the tree.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::house::{House, JSON, MANAGEMENT, ids, set, text};

#[tokio::test]
async fn the_mount_with_and_without_a_slash_is_one_service_and_every_reply_has_an_id() {
    let house = House::plain().await;
    let one = house.call("DescribeOrganization", &json!({})).await;
    let other = house.send(&MANAGEMENT, "/aws", Some("DescribeOrganization"), "").await;
    assert_eq!(one.json, other.json);
    assert_eq!(one.header("content-type"), JSON);
    assert_eq!(one.json["Organization"]["FeatureSet"], "ALL");
    assert_eq!(one.header("x-amzn-requestid").len(), 36);
    assert_ne!(one.header("x-amzn-requestid"), other.header("x-amzn-requestid"));
    assert_eq!(house.call("Nothing", &json!({})).await.code(), (404, "UnknownOperationException"));
    assert_eq!(house.manage("nothing", &json!({})).await.code(), (404, "UnknownOperationException"));
    let wrong = house.call("ListAccountsForParent", &json!({"ParentId": 7})).await;
    assert_eq!(wrong.code(), (400, "SerializationException"));
    let missing = house.call("ListAccountsForParent", &json!({})).await;
    assert_eq!(missing.reason(), (400, "InvalidInputException", "INPUT_REQUIRED"));
}

#[tokio::test]
async fn the_list_is_whole_twenty_a_page_and_fields_without_a_value_are_not_there() {
    let house = House::assuming(&["aws.empty-pages=never"]).await;
    let pages = house.pages("ListAccounts", "Accounts", &json!({})).await;
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [20, 20, 10]);
    let rows = pages.concat();
    assert_eq!(set(&rows).len(), 50);
    assert!(rows.iter().all(|row| text(&row["Id"]).len() == 12 && row["JoinedTimestamp"].is_f64()));
    let organization = house.call("DescribeOrganization", &json!({})).await.json["Organization"].clone();
    assert_eq!(rows.iter().filter(|row| row["Id"] == organization["MasterAccountId"]).count(), 1);
    for state in ["PENDING_ACTIVATION", "ACTIVE", "SUSPENDED", "PENDING_CLOSURE", "CLOSED"] {
        assert!(rows.iter().any(|row| row["State"] == state), "{state}");
    }
    assert!(rows.iter().any(|row| row.get("Name").is_none()) && rows.iter().any(|row| row.get("Email").is_none()));
    assert!(rows.iter().all(|row| row.get("Status").is_none()));
    let shown = house.account(&ids(&rows)[4]).await;
    assert_eq!(shown, rows[4]);
    let paths = text(&shown["Paths"][0]);
    let parts: Vec<&str> = paths.split('/').collect();
    assert_eq!((parts[0], parts[1]), (organization["Id"].as_str().unwrap(), house.root().await.as_str()));
    assert_eq!(parts[parts.len() - 3], house.parent(&ids(&rows)[4]).await);
    assert_eq!((parts[parts.len() - 2], parts[parts.len() - 1]), (ids(&rows)[4].as_str(), ""));
}

#[tokio::test]
async fn older_and_newer_fields_come_as_assumed() {
    let house = House::assuming(&["aws.account-status=status", "aws.paths=absent"]).await;
    let rows = house.accounts().await;
    assert!(rows.iter().all(|row| row.get("State").is_none() && row.get("Paths").is_none()));
    assert_eq!(rows.iter().map(|row| text(&row["Status"])).collect::<HashSet<_>>().len(), 3);
    let units = json!({"ParentId": house.root().await});
    let units = house.all("ListOrganizationalUnitsForParent", "OrganizationalUnits", &units).await;
    assert!(units.iter().all(|unit| unit.get("Path").is_none()));
    let house = House::assuming(&["aws.account-status=both", "aws.unknown-state=present"]).await;
    let rows = house.accounts().await;
    assert!(rows.iter().any(|row| row["State"] == "UNDER_REVIEW"));
    assert!(rows.iter().any(|row| row["State"] == "CLOSED" && row["Status"] == "SUSPENDED"));
}

#[tokio::test]
async fn pages_are_held_to_what_is_documented() {
    let house = House::assuming(&["aws.empty-pages=never"]).await;
    for (most, reason) in [(21, "MAX_VALUE_EXCEEDED"), (0, "MIN_VALUE_EXCEEDED")] {
        let refused = house.call("ListAccounts", &json!({"MaxResults": most})).await;
        assert_eq!(refused.reason(), (400, "InvalidInputException", reason));
    }
    let first = house.call("ListAccounts", &json!({"MaxResults": 2})).await.json;
    assert_eq!(first["Accounts"].as_array().unwrap().len(), 2);
    let token = &first["NextToken"];
    let elsewhere = json!({"NextToken": token, "ParentId": house.root().await});
    for (operation, body) in [("ListAccounts", json!({"NextToken": "never"})), ("ListAccountsForParent", elsewhere)] {
        let refused = house.call(operation, &body).await;
        assert_eq!(refused.reason(), (400, "InvalidInputException", "INVALID_NEXT_TOKEN"), "{operation}");
    }
}

#[tokio::test]
async fn a_page_may_be_empty_with_a_token_and_nothing_is_lost() {
    let wanted = set(&House::plain().await.accounts().await);
    for how in ["rare", "often", "first"] {
        let house = House::assuming(&[&format!("aws.empty-pages={how}")]).await;
        let pages = house.pages("ListAccounts", "Accounts", &json!({"MaxResults": 1})).await;
        assert_eq!(set(&pages.concat()), wanted, "{how}");
        assert!(pages.iter().any(Vec::is_empty), "{how}");
        assert!(how != "first" || (pages[0].is_empty() && !pages[1..].iter().any(Vec::is_empty)));
    }
    let house =
        House::assuming(&["aws.full-last-page=has-token", "aws.empty-pages=never", "aws.last-token=null"]).await;
    let pages = house.pages("ListAccounts", "Accounts", &json!({"MaxResults": 10})).await;
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [10, 10, 10, 10, 10, 0]);
    let last = house.call("ListRoots", &json!({})).await;
    assert_eq!(last.json.get("NextToken"), Some(&Value::Null));
}

#[tokio::test]
async fn the_tree_is_the_same_by_units_by_children_by_accounts_and_by_paths() {
    let house = House::plain().await;
    let accounts = house.accounts().await;
    let root = house.root().await;
    let (mut held, mut deepest, mut units) = (0, 0, 0);
    let mut open = vec![(root.clone(), 0)];
    while let Some((node, depth)) = open.pop() {
        let parent = json!({"ParentId": node});
        let below = house.all("ListOrganizationalUnitsForParent", "OrganizationalUnits", &parent).await;
        let inside = house.all("ListAccountsForParent", "Accounts", &parent).await;
        for (kind, wanted) in [("ORGANIZATIONAL_UNIT", &below), ("ACCOUNT", &inside)] {
            let children = json!({"ParentId": node, "ChildType": kind});
            let children = house.all("ListChildren", "Children", &children).await;
            assert_eq!(ids(&children), ids(wanted));
            assert!(children.iter().all(|child| child["Type"] == kind));
        }
        for account in &inside {
            assert!(accounts.contains(account));
            assert!(text(&account["Paths"][0]).contains(&format!("/{node}/{}/", text(&account["Id"]))));
        }
        for unit in &below {
            assert_eq!(house.parent(&text(&unit["Id"])).await, node);
            assert!(text(&unit["Path"]).ends_with(&format!("{node}/{}/", text(&unit["Id"]))));
        }
        (held, units, deepest) = (held + inside.len(), units + below.len(), deepest.max(depth));
        open.extend(ids(&below).into_iter().map(|id| (id, depth + 1)));
    }
    assert_eq!((held, units, deepest), (50, 22, 5));
    let parents = house.call("ListParents", &json!({"ChildId": root})).await;
    assert_eq!(parents.reason(), (400, "InvalidInputException", "INVALID_PATTERN"));
}
