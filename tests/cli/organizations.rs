//! Organizations are made, renamed and deleted from the command line.

use crate::support::World;
use serde_json::{Value, json};

#[test]
fn an_organization_is_made_renamed_and_deleted_at_every_provider_that_has_them() {
    let world = World::start(&[]);
    world.connect_all();
    for connection in ["cloudflare", "huawei"] {
        let all = world.json(&["org", "list", "-c", connection]);
        let root = all.as_array().unwrap().iter().find(|one| one["parent"].is_null()).unwrap()["id"].clone();
        let root = root.as_str().unwrap();
        let create = ["org", "create", "--set", "name=Made unit", "--parent", root, "-c", connection];
        assert_eq!(world.run(&create).code, 5, "{connection}");
        let made = world.result(&[&create[..], &["--yes"]].concat(), "confirmed");
        assert_eq!((&made["kind"], &made["target"]), (&json!("create_organization"), &json!(root)));
        let id = made["made"].as_str().unwrap();
        assert_eq!(world.json(&["org", "show", id, "-c", connection])["name"], "Made unit");

        let rename = ["org", "rename", id, "--set", "name=Renamed unit", "-c", connection, "--yes"];
        world.result(&rename, "confirmed");
        assert_eq!(world.json(&["org", "show", id, "-c", connection])["name"], "Renamed unit");
        world.result(&rename, "nothing_to_do");

        let (word, ran) = world.typed(&["org", "delete", id, "-c", connection]);
        assert_eq!((word.as_str(), ran.code), ("Renamed unit", 0), "{connection}: {ran:?}");
        assert_eq!(world.run(&["org", "show", id, "-c", connection]).code, 7);
        world.result(&["org", "delete", id, "-c", connection], "nothing_to_do");
    }
}

#[test]
fn a_plan_says_where_it_makes_something() {
    let world = World::start(&[]);
    let ran = world.run(&["org", "create", "--set", "name=Top", "--dry-run"]);
    assert!(ran.stdout.starts_with("create an organization at the top\nat cloudflare as "), "{ran:?}");
    let ran = world.run(&["create", "--set", "name=New", "--dry-run"]);
    assert!(ran.stdout.starts_with("create an account\nat cloudflare as "), "{ran:?}");
}

#[test]
fn an_organization_that_holds_something_is_not_deleted() {
    let world = World::start(&[]);
    let (_, lineage) = world.account_in_organization();
    let id = lineage.last().unwrap()["id"].as_str().unwrap();
    let ran = world.run(&["org", "delete", id, "--dry-run", "-o", "json"]);
    let asked = world.run(&["org", "delete", id, "--yes"]);
    assert!(asked.code == 5 || asked.code == 1, "{asked:?}");
    if asked.code == 5 {
        let (_, ran) = world.typed(&["org", "delete", id]);
        assert_eq!(ran.code, 1, "{ran:?}");
    } else {
        assert_ne!(ran.code, 0, "{ran:?}");
    }
    let still: Value = world.json(&["org", "show", id]);
    assert_eq!(still["id"], id);
    assert_eq!(world.run(&["org", "delete", "no-such", "--confirm", "x"]).code, 7);
}
