//! Copying: what each key after `y` takes, of one row and of marked ones, and what is said of it.

use acctui::app::{Copied, CopyWay, Effect, Fact, RecordFormat};
use acctui::domain::{Key, Protection, Secret};
use acctui::provider::{DetailField, Spec};

use crate::harness::{Browser, World, setup, spec};

const FIRST: &str = "00f0c3d7a9b14e5f8a6b2c1d0e9f8a7b";

/// What was copied last, with its words.
fn copied(browser: &Browser) -> Option<(&str, &Copied)> {
    browser.effects.iter().rev().find_map(|effect| match effect {
        Effect::Copy { what, copied } => Some((what.as_str(), copied)),
        _ => None,
    })
}

fn text(browser: &Browser) -> String {
    match copied(browser) {
        Some((_, Copied::Text(text))) => text.clone(),
        other => panic!("no text was copied: {other:?}"),
    }
}

/// The keys, and the text that they copied.
fn text_of(browser: &mut Browser, keys: &str) -> String {
    browser.effects.clear();
    browser.keys(keys);
    text(browser)
}

#[test]
fn y_and_a_letter_copy_the_row_under_the_cursor_and_say_how() {
    let mut browser = Browser::start(140, 40);
    browser.keys("/aurora corp<enter>");
    assert_eq!(text_of(&mut browser, "yi"), FIRST);
    let fact = Fact::Copied { what: "the id".into(), missing: 0, result: Ok(CopyWay::Terminal) };
    browser.send(fact);
    assert!(
        browser.text().contains("copied the id (OSC 52: your terminal may need to allow it)"),
        "{}",
        browser.text()
    );
    assert_eq!(text_of(&mut browser, "yn"), "Aurora Corporate");
    assert_eq!(text_of(&mut browser, "yc"), format!("acctui show -c prod {FIRST}"));
    browser.keys("yr");
    let Some((what, Copied::Records { accounts, format, .. })) = copied(&browser) else { panic!() };
    assert_eq!((what, accounts.len(), *format), ("the row as JSON", 1, RecordFormat::Json));
    browser.keys("yt");
    let Some((_, Copied::Records { format, .. })) = copied(&browser) else { panic!() };
    assert_eq!(*format, RecordFormat::Csv);
}

#[test]
fn while_the_next_key_is_awaited_a_menu_says_what_may_follow_and_esc_takes_it_back() {
    let mut browser = Browser::start(140, 40);
    browser.keys("y");
    let screen = browser.text();
    for words in ["Copy", "i  id", "n  name", "r  row as JSON", "c  acctui command", "p  provider's own command"] {
        assert!(screen.contains(words), "{words}: {screen}");
    }
    browser.effects.clear();
    browser.keys("<esc>");
    assert!(copied(&browser).is_none() && browser.state.prefix.is_none());
    browser.keys("yz");
    assert!(copied(&browser).is_none());
    assert!(browser.text().contains("z means nothing after copy: i n r t c l p v y or Esc"), "{}", browser.text());
    // The key means nothing of its own then: `yq` quits nothing.
    browser.keys("<esc>yq");
    assert!(!browser.effects.contains(&Effect::Quit));
    browser.keys("<esc>y<down><down><enter>");
    assert_eq!(copied(&browser).map(|(what, _)| what), Some("the name"));
}

#[test]
fn with_marks_all_of_them_are_copied_a_line_each() {
    let mut browser = Browser::start(140, 40);
    browser.keys("/store<enter>  ");
    let lines = text_of(&mut browser, "yn");
    let mut names: Vec<&str> = lines.lines().collect();
    names.sort_unstable();
    assert_eq!(names, ["Store 001 Oslo", "Store 002 Bergen"]);
    assert_eq!(copied(&browser).unwrap().0, "2 names");
    let commands = text_of(&mut browser, "yc");
    assert_eq!(commands.lines().filter(|line| line.starts_with("acctui show -c prod 0")).count(), 2, "{commands}");
    browser.keys("yr");
    let Some((what, Copied::Records { accounts, .. })) = copied(&browser) else { panic!() };
    assert_eq!((what, accounts.len()), ("2 rows as JSON", 2));
}

#[test]
fn a_name_that_would_act_in_a_shell_or_a_terminal_is_copied_as_escapes_and_that_is_said() {
    let mut browser = Browser::start(140, 40);
    browser.keys("/evil<enter>");
    let name = text_of(&mut browser, "yn");
    assert_eq!(name, "evil\\u{1b}[2Jname\\u{202e}txt");
    assert!(copied(&browser).unwrap().0.contains("control characters as escapes"));
}

#[test]
fn the_command_of_a_list_has_its_scope_filter_and_order() {
    let mut browser = Browser::start(140, 40);
    assert_eq!(text_of(&mut browser, "yl"), "acctui list");
    assert_eq!(
        text_of(&mut browser, "/it's type:standard<enter>sosnsnyl"),
        r"acctui list '--filter=it'\''s type:standard' '--sort=name:desc,parent'"
    );
    browser.keys("<esc>");
    let scoped = text_of(&mut browser, "<backtab>jj<enter>yl");
    assert!(scoped.starts_with("acctui list -c prod '--org=o"), "{scoped}");
    let searched = text_of(&mut browser, "<esc><esc>F<esc>yl");
    assert!(searched.starts_with("acctui list"), "{searched}");
}

#[test]
fn commands_begin_with_the_config_that_the_browser_was_started_on() {
    let mut setup = setup(Protection::Confirm);
    setup.program = "acctui --config '/tmp/my config.toml'".into();
    let mut browser = Browser::with(setup, World::default(), 140, 40);
    let command = text_of(&mut browser, "/aurora corp<enter>yc");
    assert_eq!(command, format!("acctui --config '/tmp/my config.toml' show -c prod {FIRST}"));
}

#[test]
fn the_provider_s_command_holds_the_secret_as_a_variable() {
    let mut browser = Browser::start(140, 40);
    let command = text_of(&mut browser, "/aurora corp<enter>yp");
    let expected = format!(
        "curl -H \"Authorization: Bearer $CLOUDFLARE_API_TOKEN\" https://api.example/client/v4/accounts/{FIRST}"
    );
    assert_eq!(command, expected);
}

#[test]
fn on_an_organization_its_id_and_command_are_copied_and_rows_are_refused_with_a_reason() {
    let mut browser = Browser::start(140, 40);
    let id = text_of(&mut browser, "<backtab>jyi");
    assert_eq!(text_of(&mut browser, "yc"), format!("acctui org show -c prod {id}"));
    browser.effects.clear();
    browser.keys("yr");
    assert!(copied(&browser).is_none());
    assert!(browser.text().contains("only accounts have rows"), "{}", browser.text());
}

#[test]
fn a_secret_is_copied_only_while_it_is_shown_and_no_word_holds_it() {
    let details: Vec<DetailField> =
        vec![DetailField { path: "hook", label: "Web hook", absent: "not set", none: "none", is_extra: false }];
    let kind: &'static Spec = Box::leak(Box::new(Spec { details: details.leak(), ..*spec() }));
    let mut setup = setup(Protection::Confirm);
    setup.connections[0].spec = kind;
    let mut world = World::default();
    world.accounts[0].secrets.insert("hook".into(), Secret::new("s3cret-value"));
    let mut browser = Browser::with(setup, world, 140, 40);
    browser.keys("/aurora corp<enter>");
    browser.pass(2_000);
    browser.effects.clear();
    browser.keys("yv");
    assert!(copied(&browser).is_none(), "it is not shown");
    assert!(browser.text().contains("show it first: v"), "{}", browser.text());
    browser.keys("v");
    browser.press(Key::char('y'));
    browser.press(Key::char('v'));
    let Some((what, secret @ Copied::Secret(value))) = copied(&browser) else { panic!("{:?}", browser.effects) };
    assert_eq!((what, value.expose()), ("the secret Web hook", "s3cret-value"));
    assert!(!format!("{secret:?} {:?}", browser.effects).contains("s3cret"));
    browser.pass(10_000);
    browser.effects.clear();
    browser.keys("yv");
    assert!(copied(&browser).is_none(), "its time is over");
}

#[test]
fn what_could_not_be_copied_says_why_and_what_else_to_do() {
    let mut browser = Browser::start(140, 40);
    let why = "it is 80 KB, and a terminal takes 54: mark fewer";
    browser.send(Fact::Copied { what: "900 rows as JSON".into(), missing: 0, result: Err(why.into()) });
    assert!(browser.text().contains("900 rows as JSON: not copied: it is 80 KB"), "{}", browser.text());
    browser.pass(6_000);
    browser.send(Fact::Copied { what: "3 rows as JSON".into(), missing: 1, result: Ok(CopyWay::Program("wl-copy")) });
    assert!(browser.text().contains("copied 3 rows as JSON (wl-copy); 1 not at hand"), "{}", browser.text());
}
