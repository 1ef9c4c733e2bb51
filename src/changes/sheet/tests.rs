//! Sheets there and back.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::domain::{AccountId, Change, ConnectionName, Moment, Subject};
use crate::provider::registry;

const fn field(name: &'static str, kind: FieldKind, required: bool) -> Field {
    Field { name, label: name, help: "", kind, required }
}

const FIELDS: &[Field] = &[
    field("name", FieldKind::LongText, true),
    field("settings.two", FieldKind::Flag, false),
    field("settings.note", FieldKind::LongText, false),
    field("secret", FieldKind::Secret, false),
];
const FORM: FormSpec = FormSpec { title: "Edit", kind: ChangeKind::UpdateAccount, fields: FIELDS };
static FORM_HERE: FormSpec = FORM;

const OTHERS: &[Field] = &[field("description", FieldKind::LongText, false)];
static OTHER_FORM: FormSpec = FormSpec { title: "Edit", kind: ChangeKind::UpdateAccount, fields: OTHERS };

fn identity(user: &str) -> Identity {
    Identity {
        provider: "p".into(),
        origin: "https://p.example".into(),
        organization: None,
        user: user.into(),
        credential: "token".into(),
        expires_at: None,
    }
}

/// What stands now.
#[derive(Debug)]
struct World {
    rows: Vec<Editable>,
    user: &'static str,
}

impl Known for World {
    fn editable(&self, connection: Option<&str>, id: &AccountId) -> Result<Editable, String> {
        let is_meant = |row: &&Editable| {
            row.key.id == *id && connection.is_none_or(|connection| row.key.connection.as_str() == connection)
        };
        self.rows.iter().find(is_meant).cloned().ok_or_else(|| format!("there is no account {id}"))
    }

    fn identity(&self, _: &str) -> Option<Identity> {
        Some(identity(self.user))
    }

    fn forms(&self) -> Vec<&'static FormSpec> {
        vec![&FORM_HERE, &OTHER_FORM]
    }
}

fn row(connection: &str, id: &str, form: &'static FormSpec, values: &[(&str, &str)]) -> Editable {
    let key = AccountKey { connection: ConnectionName::new(connection), id: AccountId::new(id) };
    let values: Values = values.iter().copied().collect();
    Editable { key, name: Untrusted::new(format!("Account {id}")), form, values }
}

fn world() -> World {
    let rows = vec![
        row("a", "1", &FORM_HERE, &[("name", "One"), ("settings.two", "true"), ("settings.note", "")]),
        row("a", "2", &FORM_HERE, &[("name", "=Two, \"2\"\nlines"), ("settings.two", "false")]),
        row("b", "1", &OTHER_FORM, &[("description", "+44 'quoted'")]),
    ];
    World { rows, user: "owner" }
}

fn sheet_of(world: &World, format: SheetFormat) -> String {
    let mut names: Vec<ConnectionName> = world.rows.iter().map(|row| row.key.connection.clone()).collect();
    names.dedup();
    let owners: Vec<_> = names.into_iter().map(|name| (name, Some(identity("owner")))).collect();
    Sheet::write(&world.rows, &owners, &[], Moment(1_700_000_000_000), format)
}

fn changes(text: &str, format: SheetFormat, world: &World) -> Result<Vec<Change>, SheetFaults> {
    Sheet::read(text, format)?.changes(world)
}

fn faults(text: &str, format: SheetFormat, world: &World) -> Vec<(usize, String)> {
    let faults = changes(text, format, world).unwrap_err();
    faults.0.into_iter().map(|fault| (fault.line, fault.words)).collect()
}

const BOTH: [SheetFormat; 2] = [SheetFormat::Toml, SheetFormat::Csv];

#[test]
fn what_was_not_touched_is_nothing_to_do_and_the_format_is_seen() {
    let world = world();
    for format in BOTH {
        let text = sheet_of(&world, format);
        assert_eq!(changes(&text, format, &world).unwrap(), [], "{text}");
        assert_eq!(Sheet::format_of(&text), format);
        for line in ["# made: 2023-11-14T22:13:20Z", "# rows: 3"] {
            assert!(text.lines().any(|it| it == line), "{text}");
        }
        assert!(!text.contains("secret"), "a secret stands in no sheet");
        for (column, is_there) in [("connection and id", true), ("account", format == SheetFormat::Csv), ("base", true)]
        {
            let explained = text.lines().any(|line| line.starts_with(&format!("#   {column} ")));
            assert_eq!(explained, is_there, "each column that is no field is explained: {column}: {text}");
        }
    }
}

#[test]
fn an_edited_field_is_one_change_on_the_base_of_what_stands() {
    let world = world();
    for (format, from, to) in
        [(SheetFormat::Toml, "name = \"One\"", "name = \"Uno\""), (SheetFormat::Csv, ",One,", ",Uno,")]
    {
        let text = sheet_of(&world, format).replace(from, to);
        let changes = changes(&text, format, &world).unwrap();
        let [change] = changes.as_slice() else { panic!("{text} {changes:?}") };
        assert_eq!(change.subject, Subject::Account(world.rows[0].key.clone()));
        assert_eq!(change.kind, ChangeKind::UpdateAccount);
        assert_eq!(change.values, Values::from_iter([("name", "Uno")]));
        assert_eq!(change.base, Some(Values::from_iter([("name", "One")])));
    }
}

#[test]
fn what_somebody_else_changed_stays_theirs_and_the_same_field_is_a_conflict_with_its_line() {
    let before = world();
    let mut world = before;
    for format in BOTH {
        let text = sheet_of(&self::world(), format);
        world.rows[0].values.set("settings.note", "theirs");
        assert_eq!(changes(&text, format, &world).unwrap(), [], "nobody's change is taken back");
        let (from, to) = match format {
            SheetFormat::Toml => ("name = \"One\"", "name = \"Uno\""),
            SheetFormat::Csv => (",One,", ",Uno,"),
        };
        let mine = text.replace(from, to);
        assert_eq!(changes(&mine, format, &world).unwrap()[0].values, Values::from_iter([("name", "Uno")]));
        world.rows[0].values.set("name", "Their name");
        let conflict = changes(&mine, format, &world).unwrap_err();
        let line = 1 + mine.lines().position(|line| line.contains("Uno")).unwrap();
        assert!(conflict.are_conflicts());
        assert_eq!(conflict.0[0].line, line);
        assert!(conflict.0[0].words.contains("it is \"Their name\" now, here is \"Uno\""), "{conflict:?}");
        assert_eq!(Failure::from(conflict).kind, FailureKind::Conflict);
        world = self::world();
    }
}

#[test]
fn with_its_head_every_row_must_be_there_and_without_it_the_others_are_left_alone() {
    let world = world();
    let csv = sheet_of(&world, SheetFormat::Csv);
    let lines: Vec<&str> = csv.lines().collect();
    let one = lines.iter().position(|line| line.contains(",One,")).unwrap();
    let mut without = lines.clone();
    without.remove(one);
    let missing = faults(&without.join("\n"), SheetFormat::Csv, &world);
    assert_eq!(missing.len(), 1);
    assert!(missing[0].1.contains("row 1 of 3 is missing"), "{missing:?}");
    let headless: Vec<&str> = without.into_iter().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(changes(&headless.join("\n"), SheetFormat::Csv, &world).unwrap(), []);

    let toml = sheet_of(&world, SheetFormat::Toml);
    let from = toml.find("# Account 2").unwrap();
    let upto = toml.find("# Account 1\n[[account]]\nconnection = \"b\"").unwrap();
    let cut = format!("{}{}", &toml[..from], &toml[upto..]);
    let missing = faults(&cut, SheetFormat::Toml, &world);
    let line = 1 + toml.lines().position(|line| line == "[[account]]").unwrap();
    assert_eq!(missing.len(), 1);
    assert_eq!(missing[0].0, line, "behind the row before it: {missing:?}");
    assert!(missing[0].1.contains("row 2 of 3 is missing"), "{missing:?}");
}

#[test]
fn ids_that_are_unknown_altered_or_there_twice_are_refused_with_their_line() {
    let world = world();
    let toml = sheet_of(&world, SheetFormat::Toml);
    let line_of = |text: &str, what: &str| 1 + text.lines().position(|line| line.contains(what)).unwrap();
    let altered = toml.replacen("id = \"1\"", "id = \"9\"", 1);
    let found = faults(&altered, SheetFormat::Toml, &world);
    assert_eq!(found[0].0, line_of(&altered, "[[account]]"));
    assert!(found[0].1.contains('9') && found[0].1.contains("not the one"), "{found:?}");

    let added = format!("{toml}\n[[account]]\nconnection = \"a\"\nid = \"7\"\nname = \"New\"\n");
    let found = faults(&added, SheetFormat::Toml, &world);
    assert_eq!(found[0].0, added.lines().count() - 3);
    assert!(found[0].1.contains("was not in the sheet"), "{found:?}");

    let unknown = "id,name\n1,One\n\n7,Seven\n1,Uno\n";
    let found = faults(unknown, SheetFormat::Csv, &world);
    assert_eq!(found, [(5, "the account 1 stands in line 2 already".to_owned())]);
    let found = faults("id,name\n1,One\n\n\n7,Seven\n", SheetFormat::Csv, &world);
    assert_eq!(found, [(5, "there is no account 7".to_owned())]);

    let mut gone = self::world();
    gone.rows.remove(1);
    let found = faults(&toml, SheetFormat::Toml, &gone);
    assert!(found[0].1.contains("there is no account 2"), "{found:?}");
}

#[test]
fn columns_that_no_account_has_are_refused() {
    let world = world();
    let found = faults("id,nmae\n1,\n", SheetFormat::Csv, &world);
    assert_eq!(found[0].0, 1);
    assert!(found[0].1.contains("no field nmae") && found[0].1.contains("settings.two"), "{found:?}");
    let found = faults("[[account]]\nid = \"1\"\nnmae = \"x\"\n", SheetFormat::Toml, &world);
    assert_eq!(found[0].0, 3);
    // Another provider's field is none of this account.
    let found = faults("connection,id,name,description\na,1,One,x\n", SheetFormat::Csv, &world);
    assert!(found[0].1.contains("no field description"), "{found:?}");
    assert!(changes("connection,id,name,description\na,1,One,\n", SheetFormat::Csv, &world).unwrap().is_empty());
    let found = faults("[[account]]\nid = \"1\"\nsecret = \"x\"\n", SheetFormat::Toml, &world);
    assert!(found[0].1.contains("no field secret"), "{found:?}");
}

#[test]
fn faults_of_text_and_values_name_their_line() {
    let world = world();
    for (text, format, line, words) in [
        ("[[account]]\nid = \"1\"\nname = \n", SheetFormat::Toml, 3, "no TOML"),
        ("[[account]]\nname = \"x\"\n", SheetFormat::Toml, 1, "no id"),
        ("[other]\nname = \"x\"\n", SheetFormat::Toml, 1, "other is not known"),
        ("[[account]]\nid = \"1\"\nname = 1.5\n", SheetFormat::Toml, 3, "text is expected"),
        ("[[account]]\nid = \"1\"\nbase = \"r1-x\"\n", SheetFormat::Toml, 1, "base was altered"),
        ("[[account]]\nid = \"1\"\n\nname = \"\"\n", SheetFormat::Toml, 4, "must not be empty"),
        ("[[account]]\nid = \"1\"\nsettings.two = \"yes\"\n", SheetFormat::Toml, 3, "true or false"),
        ("name\nx\n", SheetFormat::Csv, 1, "no column id"),
        ("id,name,name\n1,a,b\n", SheetFormat::Csv, 1, "there twice"),
        ("id,name\n1,a,b\n", SheetFormat::Csv, 2, "3 cells"),
        ("id,name\n1\n", SheetFormat::Csv, 2, "1 cells"),
        ("# acctui sheet 9\n", SheetFormat::Csv, 1, "no such sheet"),
        ("# acctui sheet 1\n# rows: 1\n", SheetFormat::Csv, 1, "no ids"),
    ] {
        let found = faults(text, format, &world);
        assert_eq!(found[0].0, line, "{text}: {found:?}");
        assert!(found[0].1.contains(words), "{text}: {found:?}");
    }
}

#[test]
fn another_owner_of_the_connection_is_refused() {
    let text = sheet_of(&world(), SheetFormat::Toml);
    let other = World { user: "somebody", ..world() };
    let found = faults(&text, SheetFormat::Toml, &other);
    assert!(found[0].0 == 1 && found[0].1.contains("answers as somebody"), "{found:?}");
}

#[test]
fn what_spreadsheets_do_to_a_sheet_is_taken_back() {
    let world = world();
    let csv = sheet_of(&world, SheetFormat::Csv);
    assert!(csv.contains(",\"'=Two, \"\"2\"\"\nlines\","), "a formula is none: {csv}");
    assert!(csv.contains("'+44 'quoted'"), "{csv}");
    // Every line gets the same number of cells, lines with commas get quotes, and line ends are those of Windows.
    let padded: String = csv
        .lines()
        .map(|line| if line.starts_with('#') { format!("\"{line}\",,,,\r\n") } else { format!("{line}\n") })
        .collect();
    assert_eq!(changes(&format!("\u{feff}{padded}"), SheetFormat::Csv, &world).unwrap(), []);
    // Whoever types a formula's first character without a guard means it.
    let typed = changes("id,name\n1,=1+1\n", SheetFormat::Csv, &world).unwrap();
    assert_eq!(typed[0].values.get("name"), "=1+1");
    assert_eq!(typed[0].base, None, "without a base nothing is compared");
}

#[test]
fn toml_can_be_written_as_people_do() {
    let world = world();
    let text = "[[account]]\nid = \"1\"\nconnection = \"a\"\nsettings = { two = false, note = '''\na\nb''' }\n";
    let changes = changes(text, SheetFormat::Toml, &world).unwrap();
    assert_eq!(changes[0].values.get("settings.two"), "false");
    assert_eq!(changes[0].values.get("settings.note"), "a\nb");
}

#[test]
fn no_form_for_accounts_has_a_field_that_a_sheet_names_otherwise() {
    for kind in registry() {
        let fields = form_of(kind.spec).map(|form| form.fields).unwrap_or_default();
        assert!(fields.iter().all(|field| !OWN.contains(&field.name)), "{}", kind.spec.title);
    }
}

/// Text of any script, with quotes, line ends and control characters.
fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[ -~]{0,12}",
        "['=+@,\"\\\\#\\[\\]\r\n\t -]{0,8}",
        Just("\u{202e}株式会社\u{200b}\u{0}\u{7f}\u{feff}".to_owned()),
        Just("عربي עברית हिन्दी 😀".to_owned()),
    ]
}

fn any_world() -> impl Strategy<Value = World> {
    let rows = (any::<bool>(), "[a-zA-Z0-9#,'\"=-]{1,6}", any_text(), any_text(), any_text(), any::<Option<bool>>());
    vec(rows, 0..8).prop_map(|rows| {
        let mut made: Vec<Editable> = Vec::new();
        for (is_other, id, name, first, second, flag) in rows {
            let flag = flag.map(|flag| flag.to_string()).unwrap_or_default();
            let mut editable = if is_other {
                row("b", &id, &OTHER_FORM, &[("description", &first)])
            } else {
                let first = if first.is_empty() { "x" } else { first.as_str() };
                let values = [("name", first), ("settings.two", &flag), ("settings.note", &second)];
                row("a connection", &id, &FORM_HERE, &values)
            };
            editable.name = Untrusted::new(name);
            if made.iter().all(|row| row.key != editable.key) {
                made.push(editable);
            }
        }
        World { rows: made, user: "owner" }
    })
}

/// The same accounts as if somebody had typed other values into some of their fields.
fn edited(world: &World, edits: &[(prop::sample::Index, String)]) -> (World, Vec<(AccountKey, Values)>) {
    let mut rows = world.rows.clone();
    let mut wanted: Vec<(AccountKey, Values)> = rows.iter().map(|row| (row.key.clone(), Values::default())).collect();
    for (index, value) in edits.iter().filter(|_| !world.rows.is_empty()) {
        let nth = index.index(rows.len());
        let name = if rows[nth].form == &OTHER_FORM { "description" } else { "settings.note" };
        rows[nth].values.set(name, value);
        if world.rows[nth].values.get(name) == value {
            wanted[nth].1.0.shift_remove(name);
        } else {
            wanted[nth].1.set(name, value);
        }
    }
    wanted.retain(|(_, values)| !values.0.is_empty());
    (World { rows, user: "owner" }, wanted)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn there_and_back_is_nothing_to_do(world in any_world()) {
        for format in BOTH {
            let text = sheet_of(&world, format);
            prop_assert_eq!(changes(&text, format, &world), Ok(Vec::new()), "{}", text);
        }
    }

    #[test]
    fn edits_become_exactly_their_changes(
        world in any_world(),
        edits in vec((any::<prop::sample::Index>(), any_text()), 0..6),
    ) {
        let (after, wanted) = edited(&world, &edits);
        for format in BOTH {
            // The edited text keeps the digests of what was exported.
            let exported = sheet_of(&world, format);
            let mut sheet = Sheet::read(&exported, format).unwrap();
            let typed = Sheet::read(&sheet_of(&after, format), format).unwrap();
            for (row, typed) in sheet.rows.iter_mut().zip(typed.rows) {
                row.cells = typed.cells;
            }
            let changes = sheet.changes(&world).unwrap();
            let found: Vec<(AccountKey, Values)> = changes
                .into_iter()
                .map(|change| match change.subject {
                    Subject::Account(key) => (key, change.values),
                    Subject::Organization(_) | Subject::Connection(_) => panic!("{:?}", change.subject),
                })
                .collect();
            prop_assert_eq!(&found, &wanted, "{}", exported);
            // And what was made so is nothing to do any more.
            prop_assert_eq!(sheet.changes(&after), Ok(Vec::new()));
        }
    }
}
