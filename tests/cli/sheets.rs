//! Sheets: what is exported, edited and applied.

use crate::pty::{PROGRAM, Pty};
use crate::support::World;
use rustix::process::Signal;
use serde_json::{Value, json};

fn world() -> World {
    let world = World::start(&[]);
    world.connect_all();
    world
}

fn export(world: &World, arguments: &[&str]) -> String {
    let ran = world.run(&[&["export"], arguments].concat());
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
    ran.stdout
}

fn save(world: &World, name: &str, text: &str) -> String {
    let path = world.home().join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// The line of the first row, from 1, and its text, in a CSV.
fn first_row(text: &str) -> (usize, &str) {
    let (nth, line) = text.lines().enumerate().find(|(_, line)| line.starts_with("cloudflare,")).unwrap();
    (nth + 1, line)
}

/// Changes the first account's name and says its id.
fn rename(text: &str, name: &str) -> (String, String) {
    let at = text.find("\nconnection = \"cloudflare\"").unwrap();
    let id = text[at..].split("\nid = \"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let from = at + text[at..].find("\nname = ").unwrap() + 1;
    let upto = from + text[from..].find('\n').unwrap();
    (format!("{}name = \"{name}\"{}", &text[..from], &text[upto..]), id)
}

#[test]
fn what_was_exported_and_not_touched_is_nothing_to_do() {
    let world = world();
    for format in ["toml", "csv"] {
        let text = export(&world, &["--format", format]);
        assert!(text.starts_with("# acctui sheet 1\n"), "{text}");
        for connection in ["cloudflare", "huawei", "landscape"] {
            assert!(text.contains(connection), "{format}");
        }
        let file = save(&world, &format!("sheet.{format}"), &text);
        let before = world.requests().len();
        let ran = world.run(&["apply", &file, "--yes", "-o", "json"]);
        assert_eq!((ran.code, ran.stderr.as_str(), ran.stdout.trim()), (0, "", "[]"), "{format}");
        let ran = world.feed(&["apply", "-", "--yes", "-v"], &text);
        let said = (ran.code, ran.stdout.as_str(), ran.stderr.contains("0 changes"));
        assert_eq!(said, (0, "unchanged: nothing to do\n", false), "the format is seen: {format} {ran:?}");
        assert_eq!(world.feed(&["apply", "-", "--yes"], &text).stderr, "", "{format}");
        let writes = world.requests()[before..].iter().filter(|it| it["method"] == "PUT").count();
        assert_eq!(writes, 0);
    }
}

#[test]
fn an_edited_sheet_is_a_plan_like_any_other() {
    let world = world();
    let text = export(&world, &[]);
    let (text, id) = rename(&text, "Edited 研发 \\\"quoted\\\"");
    let from = text.find("\nconnection = \"huawei\"").unwrap();
    let other = text[from..].split("\nid = \"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let at = from + text[from..].find("\ndescription = ").unwrap() + 1;
    let upto = at + text[at..].find('\n').unwrap();
    let text = format!("{}description = \"edited, too\"{}", &text[..at], &text[upto..]);
    let file = save(&world, "sheet.toml", &text);
    let plan = world.json(&["apply", &file, "--dry-run"]);
    let changes = plan["changes"].as_array().unwrap();
    assert_eq!(changes.len(), 2, "{plan}");
    assert_eq!(changes.iter().find(|it| it["target"] == id).unwrap()["diff"][0]["to"], "Edited 研发 \"quoted\"");
    assert_eq!(world.run(&["apply", &file]).code, 5);
    let ran = world.run(&["apply", &file, "--yes", "-o", "json"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
    let results: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert!(results.as_array().unwrap().iter().all(|it| it["outcome"] == "confirmed"), "{results}");
    assert_eq!(world.json(&["show", &id])["name"], "Edited 研发 \"quoted\"");
    assert_eq!(world.json(&["show", &other, "-c", "huawei"])["raw"]["description"], "edited, too");
    assert_eq!(world.run(&["apply", &file, "--yes"]).code, 0, "the same again is nothing to do");
}

#[test]
fn somebody_elses_change_of_the_same_field_is_a_conflict_before_anything_is_sent() {
    let world = World::start(&[]);
    let (mine, id) = rename(&export(&world, &[]), "Mine");
    let file = save(&world, "sheet.toml", &mine);
    assert_eq!(world.run(&["update", &id, "--set", "name=Theirs", "--yes"]).code, 0);
    let puts = world.puts();
    let ran = world.run(&["apply", &file, "--yes"]);
    assert_eq!((ran.code, world.puts()), (1, puts), "{ran:?}");
    let line = 1 + mine.lines().position(|line| line == "name = \"Mine\"").unwrap();
    assert!(ran.stderr.contains(&format!("sheet.toml:{line}: ")), "{ran:?}");
    assert!(ran.stderr.contains("it is \"Theirs\" now, here is \"Mine\""), "{ran:?}");
    assert_eq!(world.json(&["show", &id])["name"], "Theirs");
}

#[test]
fn faults_name_their_line_and_nothing_is_sent() {
    let world = World::start(&[]);
    let csv = export(&world, &["-o", "csv"]);
    let (line, row) = first_row(&csv);
    let cells: Vec<&str> = row.split(',').collect();
    let missing = csv.replace(&format!("{row}\n"), "");
    let unknown = csv.replace(cells[1], "00000000000000000000000000000000");
    let column = format!("id,nmae\n{},x\n", cells[1]);
    let value = format!("id,settings.enforce_twofactor\n{},maybe\n", cells[1]);
    let nobody = "id,name\n00000000000000000000000000000000,x\n".to_owned();
    for (name, text, words) in [
        ("missing.csv", missing, "row 1 of 60 is missing".to_owned()),
        ("unknown.csv", unknown, format!("unknown.csv:{line}: ")),
        ("column.csv", column, "column.csv:1: there is no field nmae".to_owned()),
        ("value.csv", value, "value.csv:2: settings.enforce_twofactor: true or false".to_owned()),
        ("nobody.csv", nobody, "nobody.csv:2: there is no account".to_owned()),
    ] {
        let file = save(&world, name, &text);
        let ran = world.run(&["apply", &file, "--yes"]);
        assert_eq!(ran.code, 2, "{name}: {ran:?}");
        assert!(ran.stderr.contains(&words), "{name}: {ran:?}");
    }
    assert_eq!(world.puts(), 0);
    assert_eq!(world.run(&["apply", "/nowhere/sheet.toml"]).code, 2);
}

#[test]
fn without_its_head_a_sheet_is_about_its_own_rows_and_columns_only() {
    let world = World::start(&[]);
    let accounts = world.json(&["list"]);
    let id = accounts[0]["id"].as_str().unwrap();
    let file = save(&world, "own.csv", &format!("id,name\n{id},'=not a formula\n"));
    let plan = world.json(&["apply", &file, "--dry-run"]);
    assert_eq!(plan["changes"].as_array().unwrap().len(), 1);
    assert_eq!(plan["changes"][0]["diff"][0]["field"], "name");
    assert_eq!(plan["changes"][0]["diff"].as_array().unwrap().len(), 1);
    let results: Value = serde_json::from_str(&world.run(&["apply", &file, "--yes", "-o", "json"]).stdout).unwrap();
    assert_eq!(results[0]["outcome"], "confirmed");
    assert_eq!(world.json(&["show", id])["name"], json!("=not a formula"), "the guard is taken off");
}

#[test]
fn an_export_takes_what_matches_and_asks_nobody_one_by_one() {
    let world = World::start(&[]);
    let accounts = world.json(&["list"]);
    let id = accounts[3]["id"].as_str().unwrap();
    let before = world.requests().len();
    let text = export(&world, &["--filter", id]);
    assert_eq!(text.matches("[[account]]").count(), 1, "{text}");
    assert!(text.contains(id) && text.contains("# rows: 1\n"), "{text}");
    let single = world.requests()[before..].iter().filter(|it| it["path"].as_str().unwrap().contains(id)).count();
    assert_eq!(single, 0);
    assert_eq!(world.run(&["export", "-o", "json"]).code, 2);
}

#[test]
fn an_editor_is_the_way_in_between_and_a_sheet_that_cannot_be_taken_is_edited_again() {
    let world = World::start(&[]);
    assert_eq!(world.run(&["edit"]).code, 2, "an editor needs a terminal");
    let id = world.plain_account();
    let name = world.json(&["show", &id])["name"].as_str().unwrap().to_owned();
    let config = world.home().join("acctui.toml");
    let argv = [PROGRAM, "--config", config.to_str().unwrap(), "edit", "--filter", &id];
    // The first time it makes a mistake, the second time it mends it.
    let script = r#"
case $(grep -c '^nmae' "$1") in
  0) sed -i 's/^name = .*/nmae = "Edited here"/' "$1" ;;
  *) sed -i 's/^nmae = /name = /' "$1" ;;
esac"#;
    let editor = format!("sh -c '{}' editor", script.replace('\'', "'\\''"));
    let mut pty = Pty::start(world.home(), &argv, &[("EDITOR", &editor)]);
    pty.wait("there is no field nmae");
    pty.wait("Edit it again? [Y/n]");
    assert_eq!(world.puts(), 0);
    pty.send("\n");
    pty.wait(&format!("name: \"{name}\" -> \"Edited here\""));
    pty.wait("Send this? [y/N]");
    pty.send("y\n");
    assert_eq!(pty.exit(), 0);
    assert_eq!(world.puts(), 1);
    assert_eq!(world.json(&["show", &id])["name"], "Edited here");
}

/// `edit` on one account at a terminal, with an editor that is a line of shell.
fn edit(world: &World, id: &str, script: &str) -> Pty {
    let config = world.home().join("acctui.toml");
    let argv = [PROGRAM, "--config", config.to_str().unwrap(), "edit", "--filter", id];
    let editor = format!("sh -c '{}' editor", script.replace('\'', "'\\''"));
    Pty::start(world.home(), &argv, &[("EDITOR", &editor)])
}

/// The one sheet that is kept.
fn kept(world: &World) -> String {
    let state = world.home().join(".local/state/acctui");
    let paths = std::fs::read_dir(state).unwrap().map(|entry| entry.unwrap().path());
    let sheets: Vec<_> = paths.filter(|path| path.extension().is_some_and(|ending| ending == "toml")).collect();
    assert_eq!(sheets.len(), 1, "{sheets:?}");
    sheets[0].to_str().unwrap().to_owned()
}

/// What is shown, without the ends of its lines: a path may be longer than one.
fn unbroken(pty: &Pty) -> String {
    pty.text().replace('\n', "")
}

#[test]
fn a_sheet_that_is_given_up_is_kept_with_its_path_said_and_can_be_taken_up_again() {
    let world = World::start(&[]);
    let id = world.plain_account();
    let mut pty = edit(&world, &id, r#"sed -i 's/^name = .*/nmae = "Kept"/' "$1""#);
    pty.wait("there is no field nmae");
    pty.wait("Edit it again? [Y/n]");
    pty.send("n\n");
    assert_eq!(pty.exit(), 2);
    pty.wait("the sheet is kept: acctui apply ");
    let path = kept(&world);
    assert!(unbroken(&pty).contains(&path), "{path}: {}", pty.text());
    let ran = world.run(&["apply", &path, "--yes"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stderr.contains("there is no field nmae"), "{ran:?}");
    assert_eq!(world.puts(), 0);
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("nmae", "name")).unwrap();
    assert_eq!(world.run(&["apply", &path, "--yes"]).code, 0);
    assert_eq!(world.json(&["show", &id])["name"], "Kept");
}

#[test]
fn a_sheet_whose_plan_is_not_sent_is_kept_too_and_one_that_is_taken_is_not() {
    let world = World::start(&[]);
    let id = world.plain_account();
    let script = r#"sed -i 's/^name = .*/name = "Later"/' "$1""#;
    let mut pty = edit(&world, &id, script);
    pty.wait("Send this? [y/N]");
    pty.send("n\n");
    assert_eq!(pty.exit(), 5);
    pty.wait("the sheet is kept: acctui apply ");
    let path = kept(&world);
    std::fs::remove_file(path).unwrap();
    assert_eq!(world.puts(), 0);

    let mut pty = edit(&world, &id, script);
    pty.wait("Send this? [y/N]");
    pty.send("y\n");
    assert_eq!(pty.exit(), 0);
    assert!(!pty.text().contains("the sheet is kept"), "{}", pty.text());
    assert_eq!(world.json(&["show", &id])["name"], "Later");
}

#[test]
fn a_signal_while_the_editor_runs_ends_both_and_what_was_saved_is_kept() {
    let world = World::start(&[]);
    let id = world.plain_account();
    let script = r#"sed -i 's/^name = .*/name = "Saved so far"/' "$1"; echo in the editor; exec sleep 1000"#;
    let pty = edit(&world, &id, script);
    pty.wait("in the editor");
    // Ctrl-c comes to the whole terminal, and is the editor's.
    pty.signal(Signal::INT);
    pty.signal(Signal::TERM);
    assert_eq!(pty.exit(), 143);
    pty.wait("the sheet is kept: acctui apply ");
    let path = kept(&world);
    assert!(unbroken(&pty).contains(&path), "{path}: {}", pty.text());
    assert_eq!(world.puts(), 0);
    assert_eq!(world.run(&["apply", &path, "--yes"]).code, 0);
    assert_eq!(world.json(&["show", &id])["name"], "Saved so far");
}
