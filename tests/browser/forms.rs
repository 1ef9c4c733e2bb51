//! Forms: what opens them, what they keep, and that no typed text is ever lost.

use std::sync::{Arc, LazyLock};

use acctui::app::{ConnectionSetup, Copied, Effect, Fact, Modal, RequestId, Setup, Size, Slot};
use acctui::domain::{
    Applied, Change, ChangeKind, Draft, Ended, Failure, FailureKind, Field, FieldKind, FormSpec, Key, KeyCode,
    Protection, Subject,
};
use acctui::forms::Form;
use acctui::provider::{Capability, Offer, Reply, Spec};

use crate::harness::{Browser, World, account_key, organization_key, setup, snap, spec, spec_of};

const CORPORATE: &str = "00f0c3d7a9b14e5f8a6b2c1d0e9f8a7b";

const fn field(name: &'static str, label: &'static str, kind: FieldKind, required: bool) -> Field {
    Field { name, label, help: "What it is for", kind, required }
}

/// Forms with every kind of field.
const FORMS: &[FormSpec] = &[
    FormSpec {
        title: "Edit account",
        kind: ChangeKind::UpdateAccount,
        fields: &[
            field("name", "Name", FieldKind::Text, true),
            field("settings.enforce_twofactor", "Enforce 2FA", FieldKind::Flag, false),
            field("settings.abuse_contact_email", "Abuse contact", FieldKind::Email, false),
        ],
    },
    FormSpec {
        title: "New account",
        kind: ChangeKind::CreateAccount,
        fields: &[
            field("name", "Name", FieldKind::Text, true),
            field("type", "Type", FieldKind::Choice(&["standard", "enterprise"]), false),
            field("open", "Open", FieldKind::Flag, false),
            field("notes", "Notes", FieldKind::LongText, false),
            field("tags", "Tags", FieldKind::Tags, false),
            field("password", "Password", FieldKind::NewPassword, true),
        ],
    },
    FormSpec {
        title: "New organization",
        kind: ChangeKind::CreateOrganization,
        fields: &[field("name", "Name", FieldKind::Text, true)],
    },
    FormSpec {
        title: "Rename organization",
        kind: ChangeKind::RenameOrganization,
        fields: &[field("name", "Name", FieldKind::Text, true)],
    },
];

const OFFERED: [Capability; 5] = [
    Capability::WriteAccountProfile,
    Capability::CreateAccount,
    Capability::UpdateAccount,
    Capability::CreateOrganization,
    Capability::RenameOrganization,
];

/// A provider that offers all of them, and profiles.
static WHOLE: LazyLock<&'static Spec> = LazyLock::new(|| {
    let offers = spec().capabilities.iter();
    let offers = offers.map(|(each, offer)| (*each, if OFFERED.contains(each) { Offer::Yes } else { *offer }));
    let capabilities: Vec<_> = offers.collect();
    let profile = spec().form(ChangeKind::Profile);
    let forms: Vec<FormSpec> = profile.into_iter().chain(FORMS).copied().collect();
    Box::leak(Box::new(Spec { capabilities: capabilities.leak(), forms: forms.leak(), ..*spec() }))
});

pub fn setup_of(kinds: &[(&str, &'static Spec)]) -> Setup {
    let one = setup(Protection::Confirm);
    let connection = |(name, spec): &(&str, &'static Spec)| ConnectionSetup {
        name: (*name).into(),
        spec,
        columns: spec.columns,
        ..one.connections[0].clone()
    };
    Setup { connections: kinds.iter().map(connection).collect(), ..one }
}

/// A browser whose provider offers every form.
pub fn whole(width: u16, height: u16) -> Browser {
    let world = World { kind: *WHOLE, ..World::default() };
    Browser::with(setup_of(&[("prod", *WHOLE)]), world, width, height)
}

fn restarted(before: Browser, setup: Setup) -> Browser {
    let home = Arc::clone(&before.home);
    drop(before);
    Browser::at_home(setup, World::default(), (140, 40), home)
}

fn form(browser: &Browser) -> &Form {
    let form = browser.state.modals.iter().find_map(|modal| match modal {
        Modal::Form(form) => Some(form),
        _ => None,
    });
    form.unwrap()
}

fn value(browser: &Browser, name: &str) -> String {
    let field = form(browser).fields.iter().find(|state| state.field.name == name).unwrap();
    field.input.value().to_owned()
}

fn says(browser: &mut Browser, words: &str) {
    let screen = browser.screen();
    assert!(screen.contains(words), "{words} is missing in\n{screen}");
}

/// The change that was last asked to be planned.
fn asked(browser: &Browser) -> Change {
    let plans = browser.effects.iter().rev().filter_map(|effect| match effect {
        Effect::Plan { changes, .. } => changes.first().cloned(),
        _ => None,
    });
    plans.into_iter().next().unwrap()
}

fn corporate() -> Subject {
    Subject::Account(account_key(CORPORATE))
}

#[test]
fn an_accounts_own_fields_open_on_its_record_by_their_paths() {
    let mut browser = whole(140, 40);
    browser.keys("/corporate<enter>E");
    says(&mut browser, "Edit account");
    assert_eq!(value(&browser, "name"), "Aurora Corporate");
    assert_eq!(value(&browser, "settings.enforce_twofactor"), "true");
    assert_eq!(value(&browser, "settings.abuse_contact_email"), "", "null is empty");
    browser.keys("<tab><right>");
    assert_eq!(value(&browser, "settings.enforce_twofactor"), "false");
    browser.keys("<c-s>");
    let change = asked(&browser);
    assert_eq!((change.kind, &change.subject), (ChangeKind::UpdateAccount, &corporate()));
    assert_eq!(change.base.unwrap().get("settings.enforce_twofactor"), "true");
}

#[test]
fn a_form_opens_at_once_on_what_was_read_a_moment_ago() {
    let mut browser = whole(140, 40);
    browser.keys("/corporate<enter>E<esc>");
    let before = browser.requests();
    browser.keys("E");
    assert_eq!(browser.requests(), before, "the account was read just now");
    browser.keys("<esc>");
    browser.pass(120_000);
    browser.keys("E");
    assert_eq!(browser.requests(), before + 1);
}

#[test]
fn on_an_organization_e_is_its_profile_and_shift_e_its_name() {
    let mut browser = whole(140, 40);
    browser.keys("<backtab>jjE");
    says(&mut browser, "Rename organization");
    assert_eq!(value(&browser, "name"), "Harbour Holdings");
    browser.keys("<c-u>Harbour Group<c-s>");
    let change = asked(&browser);
    assert_eq!(change.kind, ChangeKind::RenameOrganization);
    assert_eq!(change.subject, Subject::Organization(organization_key("o4")));
    assert_eq!((change.values.get("name"), change.base.unwrap().get("name")), ("Harbour Group", "Harbour Holdings"));
    browser.keys("<esc><esc>e");
    says(&mut browser, "Edit profile · Harbour Holdings");
}

#[test]
fn a_new_account_is_made_where_the_user_is() {
    for (keys, wanted) in [
        ("n", Subject::Connection("prod".into())),
        ("<backtab>n", Subject::Connection("prod".into())),
        ("<backtab>jjn", Subject::Organization(organization_key("o4"))),
        ("<backtab>jj<enter>n", Subject::Organization(organization_key("o4"))),
    ] {
        let mut browser = whole(140, 40);
        browser.keys(keys);
        assert_eq!(form(&browser).change().unwrap().1, &wanted, "{keys}");
        assert!(!browser.effects.iter().any(|effect| matches!(effect, Effect::Fetch { slot: Slot::Form, .. })));
        browser.keys("Fresh<tab><down><tab><tab><tab>Sim-Passw0rd<c-s>");
        let change = asked(&browser);
        assert_eq!((change.kind, &change.subject), (ChangeKind::CreateAccount, &wanted));
        assert_eq!(change.values.get("name"), "Fresh");
        assert_eq!(change.secrets["password"].expose(), "Sim-Passw0rd");
        assert!(change.base.unwrap().0.values().all(String::is_empty));
    }
}

#[test]
fn a_new_organization_is_made_in_the_node_or_at_the_top() {
    for (keys, wanted) in [
        ("<backtab>N", Subject::Connection("prod".into())),
        ("<backtab>jjN", Subject::Organization(organization_key("o4"))),
    ] {
        let mut browser = whole(140, 40);
        browser.keys(keys);
        says(&mut browser, "New organization");
        assert_eq!(form(&browser).change().unwrap().1, &wanted, "{keys}");
        let place = if wanted == Subject::Connection("prod".into()) {
            "made in     prod, at the top"
        } else {
            "made in     Harbour Holdings (o4)"
        };
        browser.keys("New one<c-s>").says(&[place]);
    }
}

#[test]
fn what_a_provider_does_not_offer_is_refused_with_its_reason() {
    for (id, keys, reason) in [
        ("cloud66", "n", "Cloud 66's API creates no accounts"),
        ("cloud66", "E", "Cloud 66's API changes no accounts"),
        ("cloud66", "e", "Cloud 66's API has no profiles"),
        ("cloud66", "<backtab>N", "no organizations above its accounts"),
        ("landscape", "<backtab>N", "access groups"),
    ] {
        let spec = spec_of(id);
        let world = World { kind: spec, ..World::default() };
        let mut browser = Browser::with(setup_of(&[("prod", spec)]), world, 140, 40);
        browser.keys(keys);
        assert!(browser.state.modals.is_empty(), "{id} {keys}");
        says(&mut browser, reason);
    }
}

#[test]
fn read_only_switches_every_form_off() {
    let mut setup = setup_of(&[("prod", *WHOLE)]);
    setup.connections[0].protection = Protection::ReadOnly;
    let mut browser = Browser::with(setup, World::default(), 140, 40);
    for key in ['e', 'E', 'n', 'N'] {
        browser.press(Key::char(key));
        assert!(browser.state.modals.is_empty(), "{key}");
        says(&mut browser, "read-only");
    }
}

#[test]
fn with_several_connections_and_none_in_scope_those_that_can_are_offered() {
    let kinds = [("prod", *WHOLE), ("c66", spec_of("cloud66")), ("hw", spec_of("huawei"))];
    let world = World { accounts: Vec::new(), organizations: Vec::new(), ..World::default() };
    let mut browser = Browser::with(setup_of(&kinds), world, 140, 40);
    browser.keys("n");
    let screen = browser.screen();
    assert!(
        screen.contains("Where?")
            && screen.contains("Huawei Cloud")
            && !screen.contains("New account              Cloud 66"),
        "{screen}"
    );
    browser.keys("j<enter>");
    assert_eq!(form(&browser).change().unwrap().1, &Subject::Connection("hw".into()));
    browser.keys("<esc>");
    assert!(browser.state.modals.is_empty());
    // A new organization is asked for alike.
    browser.keys("N");
    says(&mut browser, "Where?");
    browser.keys("j<enter>");
    let (spec, subject) = form(&browser).change().unwrap();
    assert_eq!((spec.kind, subject), (ChangeKind::CreateOrganization, &Subject::Connection("hw".into())));
}

#[test]
fn on_all_accounts_a_new_organization_is_made_where_a_new_account_would_be() {
    let kinds = [("prod", *WHOLE), ("hw", spec_of("huawei"))];
    let mut browser = Browser::with(setup_of(&kinds), World::default(), 140, 40);
    for (key, kind) in [("n", ChangeKind::CreateAccount), ("N", ChangeKind::CreateOrganization)] {
        browser.keys(key);
        let (spec, subject) = form(&browser).change().unwrap();
        assert_eq!((spec.kind, subject), (kind, &Subject::Connection("prod".into())), "{key}");
        browser.keys("<esc>");
    }
}

/// A connection to a Landscape server on which nobody can log in.
fn new_server(accounts: bool) -> Browser {
    let landscape = spec_of("landscape");
    let mut setup = setup_of(&[("prod", landscape)]);
    setup.connections[0].credential = "no credential".into();
    let mut world = World { kind: landscape, organizations: Vec::new(), ..World::default() };
    *world.user.lock().unwrap() = "";
    if !accounts {
        world.accounts.clear();
    }
    world.messages = vec!["No account yet: this is a new server.".into()];
    Browser::with(setup, world, 140, 40)
}

#[test]
fn a_new_server_makes_its_first_account_before_any_login() {
    for keys in ["n", "<backtab>n", "<f2><enter>n"] {
        let mut browser = new_server(false);
        browser.keys(keys);
        says(&mut browser, "New standalone account");
        says(&mut browser, "as nobody yet");
        says(&mut browser, "this is a new server");
        browser.keys("ada@example.com<tab>Ada<tab>5ec3eT-Passw0rd");
        assert!(!browser.screen().contains("5ec3eT"), "{}", browser.screen());
        browser.keys("<c-s>");
        let change = asked(&browser);
        assert_eq!(change.kind, ChangeKind::CreateStandalone);
        assert_eq!(change.secrets["password"].expose(), "5ec3eT-Passw0rd");
    }
}

#[test]
fn a_server_that_has_accounts_says_so_before_anything_is_typed() {
    let mut browser = new_server(true);
    browser.keys("n");
    says(&mut browser, "only a new self-hosted server has a first one");
    browser.keys("<esc>");
    assert!(browser.state.modals.is_empty());
}

#[test]
fn a_required_field_is_marked_and_called_empty_only_when_it_was_passed() {
    let mut browser = whole(140, 40);
    browser.keys("n");
    says(&mut browser, "Name *");
    assert!(!browser.screen().contains("must not be empty"));
    browser.keys("<tab>");
    says(&mut browser, "! Name must not be empty");
    browser.keys("<c-s>");
    assert!(matches!(browser.state.modals.as_slice(), [Modal::Form(form)] if form.focus == 0));
}

#[test]
fn enter_in_a_long_text_goes_on_and_a_paste_keeps_its_lines() {
    let mut browser = whole(140, 40);
    browser.keys("n<tab><tab><tab>");
    browser.send(Fact::Paste("one\r\ntwo\nthree".into()));
    assert_eq!(value(&browser, "notes"), "one\ntwo\nthree");
    let lines: Vec<String> = browser.screen().lines().map(str::to_owned).collect();
    assert!(lines.iter().any(|line| line.contains("two")) && !lines.iter().any(|line| line.contains("one two")));
    browser.keys("<enter>");
    assert_eq!(form(&browser).focus, 4);
    browser.send(Fact::Paste("a,\nb".into()));
    assert_eq!(value(&browser, "tags"), "a, b");
    says(&mut browser, "became spaces");
    browser.keys(",");
    says(&mut browser, "2 tags: a · b");
}

#[test]
fn pasted_control_characters_are_seen_and_stop_the_review() {
    let mut browser = whole(140, 40);
    browser.keys("n");
    browser.send(Fact::Paste("evil\u{1b}[2J\u{202e}".into()));
    says(&mut browser, "evil\\u{1b}[2J\\u{202e}");
    says(&mut browser, "without control characters");
    browser.keys("<c-s>");
    assert!(matches!(browser.state.modals.as_slice(), [Modal::Form(_)]));
}

#[test]
fn what_is_typed_is_kept_half_a_second_later_and_survives_a_crash() {
    let mut browser = whole(140, 40);
    browser.keys("/corporate<enter>e<end> Ltd");
    let saves = |browser: &Browser| browser.effects.iter().filter(|it| matches!(it, Effect::SaveDraft(_))).count();
    assert_eq!(saves(&browser), 0, "keys follow each other by less");
    browser.pass(500);
    assert_eq!(saves(&browser), 1);
    browser.pass(5_000);
    assert_eq!(saves(&browser), 1, "nothing is kept twice");
    // The program is gone without a word.
    let mut browser = restarted(browser, setup(Protection::Confirm));
    assert!(browser.state.modals.is_empty(), "a draft takes no focus");
    says(&mut browser, "1 draft: e on Aurora Corporate continues it");
    browser.pass(5 * 60_000 + 20_000);
    browser.keys("/corporate<enter>e");
    assert_eq!(value(&browser, "business_name"), "Aurora Corporate AS Ltd");
    says(&mut browser, "draft from 5 min ago · F5 discards it");
    browser.keys("<c-s><enter>");
    says(&mut browser, "Saved");
    let mut browser = restarted(browser, setup(Protection::Confirm));
    assert!(!browser.screen().contains("draft"), "{}", browser.screen());
}

#[test]
fn every_way_out_keeps_what_is_typed() {
    for way in ["esc", "review", "ctrl-c", "signal"] {
        let mut browser = whole(140, 40);
        browser.keys("/corporate<enter>e<end>");
        browser.press(Key::char('!'));
        match way {
            "esc" => browser.press(Key::plain(KeyCode::Esc)),
            "review" => browser.press(Key::ctrl('s')),
            "ctrl-c" => browser.press(Key::ctrl('c')),
            _ => browser.send(Fact::Terminated),
        }
        let kept = browser.effects.iter().position(|effect| matches!(effect, Effect::SaveDraft(_)));
        let kept = kept.unwrap_or_else(|| panic!("nothing was kept: {way}"));
        let then = browser.effects.iter().position(|it| matches!(it, Effect::Plan { .. } | Effect::Quit));
        assert!(then.is_none_or(|then| kept < then), "{way}: first it is kept");
        let Effect::SaveDraft(draft) = &browser.effects[kept] else { unreachable!() };
        assert_eq!(draft.values.get("business_name"), "Aurora Corporate AS!");
        assert_eq!(draft.base.get("business_name"), "Aurora Corporate AS");
    }
}

#[test]
fn esc_keeps_the_draft_and_says_so_and_the_form_continues_it() {
    let mut browser = Browser::start(140, 40);
    browser.keys("/corporate<enter>e<end>!<esc>");
    assert!(browser.state.modals.is_empty(), "nothing is asked");
    says(&mut browser, "draft kept: e on Aurora Corporate continues it");
    browser.keys("e");
    assert_eq!(value(&browser, "business_name"), "Aurora Corporate AS!");
    browser.keys("<end><bs><esc>");
    browser.pass(10_000);
    assert!(browser.effects.iter().any(|effect| matches!(effect, Effect::DropDraft { .. })), "typed back by hand");
    browser.keys("e");
    assert!(!browser.screen().contains("draft"), "{}", browser.screen());
}

#[test]
fn a_draft_is_discarded_by_f5_which_also_brings_it_back() {
    let mut browser = Browser::start(140, 40);
    browser.keys("/corporate<enter>e<end>!<esc>e<f5>");
    assert_eq!(value(&browser, "business_name"), "Aurora Corporate AS");
    assert!(matches!(browser.effects.last(), Some(Effect::Timer { .. })));
    assert!(browser.effects.iter().any(|effect| matches!(effect, Effect::DropDraft { .. })));
    says(&mut browser, "F5 brings it back");
    browser.keys("<f5>");
    assert_eq!(value(&browser, "business_name"), "Aurora Corporate AS!");
    let mut browser = restarted(browser, setup(Protection::Confirm));
    says(&mut browser, "1 draft");
}

#[test]
fn a_draft_keeps_what_it_was_opened_on_so_that_a_conflict_shows() {
    let mut browser = Browser::start(140, 40);
    browser.keys("/corporate<enter>e<end> Ltd<esc>");
    {
        let mut profiles = browser.world.profiles.lock().unwrap();
        let profile = profiles.get_mut(&corporate()).unwrap();
        profile.set("business_name", "Renamed by Bob");
        profile.set("business_address", "Bobgata 2, Oslo");
    }
    browser.pass(120_000);
    browser.keys("e");
    assert_eq!(value(&browser, "business_name"), "Aurora Corporate AS Ltd");
    assert_eq!(value(&browser, "business_address"), "Bobgata 2, Oslo", "what the draft does not alter is fresh");
    browser.keys("<c-s>");
    says(&mut browser, "Changed meanwhile");
    says(&mut browser, "Renamed by Bob");
}

#[test]
fn a_draft_whose_text_is_there_already_is_dropped() {
    let mut browser = Browser::start(140, 40);
    browser.keys("/corporate<enter>e<end> Ltd<esc>");
    let mut profiles = browser.world.profiles.lock().unwrap();
    profiles.get_mut(&corporate()).unwrap().set("business_name", "Aurora Corporate AS Ltd");
    drop(profiles);
    browser.pass(120_000);
    browser.keys("e");
    assert!(browser.effects.iter().any(|effect| matches!(effect, Effect::DropDraft { .. })));
    assert!(!form(&browser).is_dirty());
}

#[test]
fn secrets_are_in_no_draft_and_leaving_them_asks() {
    let mut browser = whole(140, 40);
    browser.keys("nFresh<tab><tab><tab><tab><tab>5ec3eT-word<esc>");
    says(&mut browser, "Discard?");
    browser.keys("n");
    assert_eq!(value(&browser, "password"), "5ec3eT-word", "no keeps it");
    browser.keys("<esc>y");
    assert!(browser.state.modals.is_empty());
    let kept =
        format!("{:?}", browser.effects.iter().filter(|it| matches!(it, Effect::SaveDraft(_))).collect::<Vec<_>>());
    assert!(kept.contains("Fresh") && !kept.contains("5ec3eT") && !kept.contains("password"), "{kept}");
    for entry in std::fs::read_dir(browser.home.path().join("drafts")).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        assert!(!text.contains("5ec3eT"), "{text}");
    }
    browser.keys("n");
    assert_eq!((value(&browser, "name").as_str(), value(&browser, "password").as_str()), ("Fresh", ""));
    says(&mut browser, "secrets are not in it");
}

#[test]
fn a_conflict_leaves_typed_secrets_alone() {
    let mut browser = whole(140, 40);
    browser.keys("n<tab><tab><tab><tab><tab>5ec3eT");
    let Some(Modal::Form(form)) = browser.state.modals.last_mut() else { panic!("no form") };
    form.rebase(&[("name", "theirs")].into_iter().collect(), &[("name", "mine")].into_iter().collect());
    assert_eq!((value(&browser, "name").as_str(), value(&browser, "password").as_str()), ("mine", "5ec3eT"));
}

#[test]
fn typed_text_survives_faults_refusals_refreshes_and_sizes() {
    let mut browser = Browser::start(140, 40);
    *browser.world.refusal.lock().unwrap() = Some(crate::harness::refusal());
    browser.keys("/corporate<enter>e<end> Ltd<tab><c-u>nobody<c-s>");
    assert_eq!(value(&browser, "business_email"), "nobody", "a fault");
    browser.keys("<c-u>it@b.example<c-s><enter><esc>");
    assert_eq!(value(&browser, "business_name"), "Aurora Corporate AS Ltd", "a refusal");
    for (width, height) in [(60, 20), (21, 7), (10, 3), (200, 60)] {
        browser.send(Fact::Resized(Size { width, height }));
    }
    let id = browser.state.request_id();
    let facts = browser.answer(Effect::Sync { id, connection: "prod".into() });
    for fact in facts {
        browser.send(fact);
    }
    assert_eq!(value(&browser, "business_name"), "Aurora Corporate AS Ltd");
    assert_eq!(value(&browser, "business_email"), "it@b.example");
}

#[test]
fn a_disk_that_takes_nothing_is_said_and_the_text_stays_while_the_program_runs() {
    let mut browser = Browser::start(140, 40);
    std::fs::write(browser.home.path().join("drafts"), "a file where a folder belongs").unwrap();
    browser.keys("/corporate<enter>e<end>!");
    browser.pass(500);
    says(&mut browser, "! no draft is kept");
    browser.keys("<esc>");
    says(&mut browser, "kept only until acctui ends");
    browser.keys("e");
    assert_eq!(value(&browser, "business_name"), "Aurora Corporate AS!");
}

fn draft_of(browser: &Browser) -> Option<Draft> {
    browser.state.drafts.find(&Subject::Connection("prod".into()), ChangeKind::CreateAccount).cloned()
}

/// Types a new account and sends it; whose answer is waited for. Nothing is answered any more.
fn sent(browser: &mut Browser) -> RequestId {
    browser.keys("nFresh<tab><tab><tab><tab><tab>Sim-Passw0rd<c-s>");
    assert!(draft_of(browser).is_some());
    browser.answers = false;
    browser.keys("<enter>");
    let id = browser.effects.iter().rev().find_map(|effect| match effect {
        Effect::Apply { id, .. } => Some(*id),
        _ => None,
    });
    browser.answers = true;
    id.unwrap_or_else(|| panic!("nothing was sent: {}", browser.screen()))
}

#[test]
fn a_creation_that_goes_on_takes_its_draft_along_and_brings_it_back_if_it_fails() {
    for fails in [false, true] {
        let mut browser = whole(140, 40);
        let id = sent(&mut browser);
        let results = vec![Applied::Accepted { operation: "op".into(), messages: Vec::new() }];
        browser.send(Fact::Applied { id, results });
        assert!(browser.state.modals.is_empty() && draft_of(&browser).is_none());
        browser.keys("n");
        assert_eq!(value(&browser, "name"), "", "the next one begins empty");
        browser.keys("<esc>");
        let failure = Failure::new(FailureKind::Refused, "making it", "the name is taken");
        let ended = if fails { Ended::Failed(failure) } else { Ended::Done(None) };
        let record = Box::new(crate::harness::record(Subject::Connection("prod".into()), ChangeKind::CreateAccount));
        browser.send(Fact::Ended { record, ended: Ok(ended), earlier: false });
        assert_eq!(draft_of(&browser).is_some(), fails);
    }
}

#[test]
fn what_was_made_is_selected_when_it_comes_unless_the_user_went_on() {
    for moves in [false, true] {
        let mut browser = whole(140, 40);
        browser.keys("j");
        let made = Subject::Account(account_key("07f0c3d7a9b14e5f8a6b2c1d0e9f8a7b"));
        let all = browser.world.accounts.clone();
        // The inventory learns of it only later.
        let rest: Vec<_> = all.iter().filter(|it| Subject::Account(it.key.clone()) != made).cloned().collect();
        browser.world = Arc::new(World { accounts: rest, kind: *WHOLE, ..World::default() });
        browser.keys("R");
        let id = sent(&mut browser);
        let results =
            vec![Applied::Confirmed { read_back: None, visible: true, messages: Vec::new(), made: Some(made.clone()) }];
        browser.send(Fact::Applied { id, results });
        let before = browser.state.accounts.selected.clone();
        if moves {
            browser.keys("j");
        }
        browser.world = Arc::new(World { accounts: all, kind: *WHOLE, ..World::default() });
        browser.keys("R");
        let selected = browser.state.accounts.selected.clone().map(Subject::Account);
        assert_eq!(selected == Some(made), !moves, "from {before:?}");
    }
}

#[test]
fn a_field_goes_to_the_editor_and_comes_back() {
    let mut browser = Browser::start(140, 40);
    browser.keys("/corporate<enter>e<end> Ltd<up><c-x>");
    assert!(!browser.effects.iter().any(|it| matches!(it, Effect::Edit { .. })), "the button is no field");
    browser.keys("<up>");
    browser.editor = Some(|text| Ok(format!("{}\n", text.replace('1', "[2,\n3]"))));
    browser.keys("<c-x>");
    let saved = browser.effects.iter().position(|it| matches!(it, Effect::SaveDraft(_)));
    let edited = browser.effects.iter().position(|it| matches!(it, Effect::Edit { suffix: ".json", .. }));
    assert!(saved.unwrap() < edited.unwrap(), "what was typed is safe first");
    assert_eq!(value(&browser, "external_metadata"), "{\"tier\":[2,\n3]}");
    browser.editor = Some(|_| Err(Failure::new(FailureKind::Local, "the editor ed", "it ended with 1")));
    browser.press(Key::alt(KeyCode::Char('e')));
    says(&mut browser, "it ended with 1");
    says(&mut browser, "Not edited");
    browser.keys("<esc>");
    assert_eq!(value(&browser, "external_metadata"), "{\"tier\":[2,\n3]}");
}

#[test]
fn a_secret_is_handed_to_no_editor() {
    let mut browser = whole(140, 40);
    browser.keys("n<up><up>5ec3eT<c-x>");
    assert!(!browser.effects.iter().any(|it| matches!(it, Effect::Edit { .. })));
    says(&mut browser, "a secret is handed to no other program");
}

#[test]
fn a_form_that_does_not_fit_scrolls_with_the_focus() {
    let mut browser = whole(60, 12);
    browser.keys("n");
    let screen = browser.screen();
    assert!(screen.contains('▼') && !screen.contains('▲') && !screen.contains("Password"), "{screen}");
    browser.keys("<up>");
    says(&mut browser, "[ Review ]");
    says(&mut browser, "Password");
    assert!(browser.screen().contains('▲'));
    for at in (0..6).rev() {
        browser.keys("<up>");
        let label = form(&browser).fields[at].field.label;
        says(&mut browser, label);
    }
}

#[test]
fn alt_and_an_arrow_change_fields_and_leave_no_form() {
    let mut browser = whole(140, 40);
    browser.keys("n");
    browser.press(Key::alt(KeyCode::Down));
    browser.press(Key::alt(KeyCode::Down));
    browser.press(Key::alt(KeyCode::Up));
    assert_eq!(form(&browser).focus, 1);
}

#[test]
fn an_answer_of_another_kind_is_no_form() {
    let mut browser = whole(140, 40);
    browser.keys("/corporate<enter>");
    browser.answers = false;
    browser.pass(120_000);
    browser.keys("E");
    let id = browser.effects.iter().rev().find_map(|effect| match effect {
        Effect::Fetch { id, slot: Slot::Form, .. } => Some(*id),
        _ => None,
    });
    let lineage = acctui::domain::Lineage::new(Vec::new());
    browser.send(Fact::Replied { id: id.unwrap(), slot: Slot::Form, result: Ok(Reply::Lineage(lineage)) });
    says(&mut browser, "another answer came");
}

#[test]
fn a_change_of_blanks_alone_is_seen_in_the_plan_and_in_the_journal() {
    let mut browser = Browser::start(140, 40);
    browser.keys("/corporate<enter>e<end>  <c-s>");
    says(&mut browser, "Aurora Corporate AS → Aurora Corporate AS␣␣");
    browser.keys("<enter>J");
    says(&mut browser, "Business name: blanks alone");
    browser.keys("<enter>");
    says(&mut browser, "Aurora Corporate AS → Aurora Corporate AS␣␣");
}

#[test]
fn a_target_that_is_gone_meanwhile_is_said_by_its_name_and_leaves_no_draft_but_what_was_typed_can_be_copied() {
    let words = "Aurora Corporate is gone at the provider meanwhile: nothing was sent";
    for (before_plan, keys) in [(true, "<c-s>"), (false, "<enter>")] {
        let mut browser = Browser::start(140, 40);
        browser.keys("/corporate<enter>e<end> Ltd");
        if !before_plan {
            browser.keys("<c-s>");
        }
        let Subject::Account(key) = corporate() else { panic!("no account") };
        browser.world.ended.lock().unwrap().insert(key.id);
        // What was read a moment ago is not read again for a plan.
        browser.pass(120_000);
        browser.keys(keys);
        says(&mut browser, "Gone meanwhile");
        says(&mut browser, words);
        assert!(!browser.screen().contains("GET"), "{}", browser.screen());
        assert_eq!(browser.screen().matches("gone at the provider").count(), 1, "{}", browser.screen());
        for said in ["Business name", "Aurora Corporate AS Ltd", "Esc close"] {
            says(&mut browser, said);
        }
        assert!(browser.world.writes.lock().unwrap().is_empty());
        says(&mut browser, "y copy what was typed");
        browser.keys("y");
        let copied = browser.effects.iter().find_map(|effect| match effect {
            Effect::Copy { copied: Copied::Text(text), .. } => Some(text.clone()),
            _ => None,
        });
        assert_eq!(copied.as_deref(), Some("Aurora Corporate AS Ltd"));
        browser.keys("<esc>");
        assert!(browser.state.modals.is_empty());
        says(&mut browser, "Accounts 0/");
        assert!(browser.state.drafts.find(&corporate(), ChangeKind::Profile).is_none());
        let home = std::sync::Arc::clone(&browser.home);
        let left = std::fs::read_dir(home.path().join("drafts")).unwrap().flatten();
        assert_eq!(left.filter(|entry| entry.path().extension().is_some_and(|it| it == "json")).count(), 0);
    }
}

#[test]
fn a_conflict_may_be_settled_by_what_the_form_was_opened_on() {
    let mut browser = Browser::start(140, 40);
    browser.keys("/corporate<enter>e<end> Ltd");
    let theirs = |values: &mut acctui::domain::Values| values.set("business_name", "Renamed by Bob");
    theirs(browser.world.profiles.lock().unwrap().get_mut(&corporate()).unwrap());
    browser.pass(120_000);
    browser.keys("<c-s>");
    says(&mut browser, "Changed meanwhile");
    browser.keys("b<c-s>");
    says(&mut browser, "Renamed by Bob → Aurora Corporate AS");
    browser.keys("<enter>");
    assert_eq!(browser.world.profiles.lock().unwrap()[&corporate()].get("business_name"), "Aurora Corporate AS");
}

/// Marks the first two accounts and opens the form that sets fields of their profiles on both.
fn on_both(browser: &mut Browser) {
    browser.keys("/corporate<enter> <esc>/oslo<enter> <esc>e<enter>");
    assert!(matches!(browser.state.modals.as_slice(), [Modal::Form(_)]), "{}", browser.screen());
}

#[test]
fn what_is_typed_for_several_accounts_is_kept_for_that_set_and_survives_a_crash() {
    let mut browser = Browser::start(140, 40);
    on_both(&mut browser);
    browser.keys("<tab><tab>+47 1234");
    browser.pass(500);
    says(&mut browser, "draft kept");
    // The program is gone without a word.
    let mut browser = restarted(browser, setup(Protection::Confirm));
    says(&mut browser, "1 draft: e with Aurora Corporate and 1 other marked continues it");
    browser.pass(5 * 60_000 + 20_000);
    browser.keys("/oslo<enter> <esc>e<enter>");
    assert_eq!(value(&browser, "business_phone"), "", "another set, and what is typed for one alone, are not it");
    browser.keys("<esc>u");
    on_both(&mut browser);
    assert_eq!(value(&browser, "business_phone"), "+47 1234");
    says(&mut browser, "draft from 5 min ago · F5 discards it");
    browser.keys("<c-s><enter>");
    says(&mut browser, "Saved 2");
    let mut browser = restarted(browser, setup(Protection::Confirm));
    assert!(!browser.screen().contains("draft"), "{}", browser.screen());
    on_both(&mut browser);
    assert_eq!(value(&browser, "business_phone"), "");
}

#[test]
fn a_field_is_emptied_on_several_accounts_only_where_that_is_said() {
    let mut browser = Browser::start(140, 40);
    on_both(&mut browser);
    browser.keys("<tab><tab>");
    says(&mut browser, "empties it on all");
    browser.keys("<f7>");
    says(&mut browser, "(emptied on all)");
    browser.keys("<f7>");
    assert!(!form(&browser).is_dirty() && !browser.screen().contains("(emptied on all)"));
    browser.keys("<f7>");
    browser.pass(500);
    says(&mut browser, "draft kept");
    // It survives a crash, and what is blank beside it is still untouched.
    let mut browser = restarted(browser, setup(Protection::Confirm));
    on_both(&mut browser);
    says(&mut browser, "(emptied on all)");
    browser.keys("<c-s>");
    says(&mut browser, "(empty)");
    browser.keys("<enter>");
    {
        let profiles = browser.world.profiles.lock().unwrap();
        let corporate = &profiles[&corporate()];
        assert_eq!((corporate.get("business_phone"), corporate.get("business_name")), ("", "Aurora Corporate AS"));
    }
    // What must not be empty can't be emptied, and one name for several is warned of before there is a plan.
    let mut browser = Browser::start(140, 40);
    browser.keys(" j E<enter><f7>");
    says(&mut browser, "Name must not be empty");
    browser.keys("Same");
    says(&mut browser, "≈ all 2 would have the same name");
    // Nobody says what a flag is that is neither.
    browser.keys("<tab><tab>");
    assert!(browser.screen().contains("choose: true, false") && !browser.screen().contains("F7 empties"));
    browser.keys("<f7>");
    says(&mut browser, "Require 2FA is true or false");
    assert!(!browser.screen().contains("(emptied on all)"));
}

#[test]
fn a_form_for_several_accounts_is_left_without_a_question_and_continues() {
    let mut browser = in_parts();
    browser.keys(" j E<enter>x<esc>");
    assert!(browser.state.modals.is_empty(), "nothing is asked");
    says(&mut browser, "draft kept: E with");
    browser.keys("E<enter>");
    assert!(form(&browser).is_dirty());
    browser.keys("<f5>");
    assert!(!form(&browser).is_dirty() && form(&browser).fields.iter().all(|field| field.fault().is_none()));
    browser.keys("<esc>");
    let mut browser = restarted(browser, setup(Protection::Confirm));
    assert!(!browser.screen().contains("draft"), "{}", browser.screen());
}

#[test]
fn of_several_those_that_failed_keep_their_draft() {
    let mut browser = Browser::start(140, 40);
    let Subject::Account(key) = corporate() else { panic!("no account") };
    browser.world.refuses.lock().unwrap().insert(key.id);
    on_both(&mut browser);
    browser.keys("<tab><tab>+47 1234<c-s><enter>");
    says(&mut browser, "Saved 1, 1 refused");
    let mut browser = restarted(browser, setup(Protection::Confirm));
    says(&mut browser, "1 draft: e with Aurora Corporate marked continues it");
    browser.keys("/corporate<enter> <esc>e<enter>");
    assert_eq!(value(&browser, "business_phone"), "+47 1234");
}

#[test]
fn leaving_a_form_asks_for_the_reason_that_is_so() {
    let mut browser = whole(140, 40);
    browser.answers = false;
    browser.keys("/corporate<enter>eearly<esc>");
    says(&mut browser, "typed before the form had come");
    assert!(!browser.screen().contains("Secrets"), "{}", browser.screen());
    for said in ["y yes", "n no"] {
        says(&mut browser, said);
    }
    browser.keys("n");
    assert!(matches!(browser.state.modals.as_slice(), [Modal::Form(_)]));
}

#[test]
fn a_draft_is_not_shown_to_another_login_at_the_same_connection() {
    let mut browser = Browser::start(140, 40);
    browser.keys("/corporate<enter>e<end> Ltd<esc>");
    let home = std::sync::Arc::clone(&browser.home);
    drop(browser);
    let rival = World { user: std::sync::Mutex::new("rival@example.org"), ..World::default() };
    let mut browser = Browser::at_home(setup(Protection::Confirm), rival, (140, 40), std::sync::Arc::clone(&home));
    assert!(!browser.screen().contains("draft"), "{}", browser.screen());
    browser.keys("/corporate<enter>e");
    assert!(!browser.screen().contains("draft from"), "{}", browser.screen());
    assert_eq!(value(&browser, "business_name"), "Aurora Corporate AS");
    browser.keys("<end> Inc<esc>");
    drop(browser);
    let mut browser = Browser::at_home(setup(Protection::Confirm), World::default(), (140, 40), home);
    browser.keys("/corporate<enter>e");
    says(&mut browser, "draft from");
    assert_eq!(value(&browser, "business_name"), "Aurora Corporate AS Ltd");
}

#[test]
fn where_accounts_are_made_in_the_root_alone_no_form_opens_below_it() {
    let mut setup = setup(Protection::Confirm);
    setup.connections[0].spec = spec_of("huawei");
    let mut browser = Browser::with(setup, World { kind: spec_of("huawei"), ..World::default() }, 140, 40);
    browser.keys("<backtab>jn");
    assert!(matches!(browser.state.modals.as_slice(), [Modal::Form(_)]), "the root");
    browser.keys("<esc>ljn");
    assert!(browser.state.modals.is_empty());
    says(&mut browser, "Huawei Cloud makes accounts in the root only: make it in the root, then move it to its OU");
}

/// A browser whose provider keeps parts of an account where they may be closed to a key; here nothing tells of them.
fn in_parts() -> Browser {
    let kind = spec_of("aws");
    Browser::with(setup_of(&[("prod", kind)]), World { kind, ..World::default() }, 140, 40)
}

#[test]
fn no_form_opens_on_what_could_not_be_read_and_no_plan_is_made_of_it() {
    let mut browser = in_parts();
    browser.keys("/corporate<enter>E<down><enter>");
    assert_eq!(form(&browser).change().unwrap().0.title, "Edit billing contact");
    says(&mut browser, "so nothing is written over it");
    browser.keys("Ada<c-s>");
    assert!(!browser.effects.iter().any(|effect| matches!(effect, Effect::Plan { .. })), "{}", browser.screen());
}

#[test]
fn each_form_of_an_account_is_offered_for_marked_ones_too() {
    let mut browser = in_parts();
    browser.keys(" j E");
    says(&mut browser, "Set fields on all 2");
    says(&mut browser, "Edit security contact on all 2");
    browser.keys("j<enter>");
    says(&mut browser, "Edit billing contact");
}

#[test]
fn pictures_of_a_conflict_and_of_a_question() {
    for (width, height) in [(140, 40), (100, 30), (60, 20)] {
        let mut browser = Browser::start(width, height);
        browser.keys("/corporate<enter>e<end> Ltd<tab><tab><end>9<esc>");
        {
            let mut profiles = browser.world.profiles.lock().unwrap();
            let values = profiles.get_mut(&corporate()).unwrap();
            values.set("business_name", "Renamed by Bob");
            values.set("business_phone", "+47 33 00 00 00");
        }
        browser.pass(120_000);
        browser.keys("e<c-s>");
        says(&mut browser, "Changed meanwhile");
        snap(&format!("conflict_{width}x{height}"), &mut browser);
        let mut browser = whole(width, height);
        browser.keys("nFresh<tab><tab><tab><tab><tab>5ec3eT-word<esc>");
        says(&mut browser, "Discard?");
        snap(&format!("question_{width}x{height}"), &mut browser);
    }
}
