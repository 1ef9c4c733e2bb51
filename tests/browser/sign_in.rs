//! The key that opens the web dashboard: by a one-time link or as a page, offered or not, and what comes of it.

use acctui::app::{Copied, Effect, Fact, Modal, RequestId, Setup};
use acctui::domain::{ConnectionName, Failure, FailureKind, Protection};
use acctui::provider::{Capability, Offer, Spec};

use crate::harness::{Browser, World, setup, spec};

/// The provider in memory with links into its dashboard.
fn offering(protection: Protection) -> Setup {
    let mut capabilities = spec().capabilities.to_vec();
    for (capability, offer) in &mut capabilities {
        if *capability == Capability::SignIn {
            *offer = Offer::Yes;
        }
    }
    let spec: &'static Spec = Box::leak(Box::new(Spec { capabilities: capabilities.leak(), ..*spec() }));
    let mut setup = setup(protection);
    setup.connections[0].spec = spec;
    setup
}

fn browser(setup: Setup) -> Browser {
    Browser::with(setup, World::default(), 140, 40)
}

fn asked(browser: &Browser) -> Vec<RequestId> {
    let asked = browser.effects.iter().filter_map(|effect| match effect {
        Effect::SignIn { id, connection } if *connection == ConnectionName::new("prod") => Some(*id),
        _ => None,
    });
    asked.collect()
}

fn failure() -> Failure {
    Failure::new(FailureKind::Local, "looking for a web browser", "there is no graphical session")
        .with_hint("nothing was fetched; `acctui otp --print` prints the code instead")
}

#[test]
fn o_asks_once_for_a_link_and_says_where_it_led() {
    let mut browser = browser(offering(Protection::Confirm));
    browser.keys("o");
    let [id] = asked(&browser)[..] else { panic!("{:?}", browser.effects) };
    browser.keys("o");
    assert_eq!(asked(&browser).len(), 1, "a link that is being opened is not fetched twice");
    assert!(browser.screen().contains("being opened already"), "{}", browser.screen());
    let done = "opened https://app.example/otp in your browser: signed in to your primary account";
    browser.pass(6_000);
    browser.send(Fact::SignedIn { id, result: Ok(vec![done.into()]) });
    assert!(browser.screen().contains(done), "{}", browser.screen());
    browser.send(Fact::SignedIn { id, result: Ok(vec!["this API ends in June".into()]) });
    assert!(!browser.screen().contains("June"), "an answer counts once");
    browser.keys("o");
    assert_eq!(asked(&browser).len(), 2);
    let id = asked(&browser)[1];
    browser.pass(6_000);
    browser.send(Fact::SignedIn { id, result: Ok(vec![done.into(), "this API ends in June".into()]) });
    assert!(browser.screen().contains("this API ends in June"), "{}", browser.screen());
}

#[test]
fn o_says_why_there_is_no_link() {
    let mut browser = browser(setup(Protection::Confirm));
    browser.keys("o");
    assert!(asked(&browser).is_empty());
    assert!(browser.screen().contains("where the dashboard of"), "{}", browser.screen());
}

#[test]
fn o_gives_nothing_where_nothing_may_be_written() {
    for setup in [offering(Protection::ReadOnly), Setup { read_only: true, ..offering(Protection::Confirm) }] {
        let mut browser = browser(setup);
        browser.keys("o");
        assert!(asked(&browser).is_empty());
        assert!(browser.screen().contains("read-only"), "{}", browser.screen());
    }
}

#[test]
fn o_gives_nothing_where_somebody_else_answers() {
    let mut browser = browser(offering(Protection::Confirm));
    *browser.world.user.lock().unwrap() = "rival@example.org";
    browser.keys("<f2>t<esc>o");
    assert!(asked(&browser).is_empty(), "the link would lead into the other one's dashboard");
    let screen = browser.screen();
    let words = "open in the web dashboard: prod answers as rival@example.org, before as admin@example.com";
    assert!(screen.contains(words), "{screen}");
    // Who it is known as holds: still nothing, until that one answers.
    browser.keys("<f2>wo<esc><esc>o");
    assert!(asked(&browser).is_empty());
    *browser.world.user.lock().unwrap() = crate::harness::ADMIN;
    browser.keys("ro");
    assert_eq!(asked(&browser).len(), 1);
}

#[test]
fn a_link_that_was_not_opened_is_explained_and_never_takes_the_keys_from_somebody_who_types() {
    let mut browser = browser(offering(Protection::Confirm));
    browser.keys("o");
    let id = asked(&browser)[0];
    browser.send(Fact::SignedIn { id, result: Err(failure()) });
    assert!(matches!(browser.state.modals.as_slice(), [Modal::Failure(_)]));
    for words in ["Not signed in", "no graphical session", "acctui otp --print"] {
        assert!(browser.screen().contains(words), "{words} is missing in\n{}", browser.screen());
    }
    browser.keys("<esc>o/auro");
    let id = asked(&browser)[1];
    browser.pass(6_000);
    browser.send(Fact::SignedIn { id, result: Err(failure()) });
    browser.keys("ra");
    assert_eq!(browser.state.accounts.filter.value(), "aurora");
    assert!(browser.state.modals.is_empty());
    assert!(browser.screen().contains("no graphical session"), "{}", browser.screen());
}

/// The provider in memory at its public address.
fn public() -> Setup {
    let mut setup = setup(Protection::ReadOnly);
    setup.connections[0].base_url = spec().base_url.into();
    setup
}

#[test]
fn o_opens_the_account_s_page_also_where_nothing_may_be_written() {
    let mut browser = browser(public());
    browser.keys("/aurora corp<enter>o");
    let url = "https://dash.cloudflare.com/00f0c3d7a9b14e5f8a6b2c1d0e9f8a7b";
    assert!(browser.effects.contains(&Effect::Open(url.into())), "{:?}", browser.effects);
    browser.send(Fact::Opened { url: url.into(), result: Ok(()) });
    assert!(browser.text().contains(&format!("opened {url} in your browser")), "{}", browser.text());
}

#[test]
fn a_page_that_no_browser_here_opens_is_shown_and_copied() {
    let mut browser = browser(public());
    let url = "https://dash.cloudflare.com/00f0c3d7a9b14e5f8a6b2c1d0e9f8a7b";
    let result = Err("the screen is on another machine (SSH)".to_owned());
    browser.send(Fact::Opened { url: url.into(), result: result.clone() });
    assert!(matches!(browser.state.modals.as_slice(), [Modal::Failure(_)]));
    for words in ["Not opened", "another machine (SSH)", url] {
        assert!(browser.text().contains(words), "{words} is missing in\n{}", browser.text());
    }
    let copied = Effect::Copy { what: "the address".into(), copied: Copied::Text(url.into()) };
    assert!(browser.effects.contains(&copied));
    // Somebody who types keeps the keys.
    browser.keys("<esc>/auro");
    browser.send(Fact::Opened { url: url.into(), result });
    assert!(browser.state.modals.is_empty() && browser.text().contains("was not opened"), "{}", browser.text());
}

/// Every provider's page, or the reason why there is none, in the words of its public API.
#[test]
fn o_is_off_with_its_reason_where_no_page_is_known() {
    for (provider, reason) in [
        ("cloudflare", None),
        ("aws", None),
        ("huawei", Some("no address of an account's page in the Huawei Cloud console is documented")),
        ("landscape", None),
        ("cloud66", Some("the dashboard is opened through a one-time link")),
    ] {
        let spec = crate::harness::spec_of(provider);
        let base_url = if spec.base_url.starts_with("https") { spec.base_url } else { "https://landscape.example/api" };
        assert_eq!(spec.page("1", base_url).err().as_deref(), reason, "{provider}");
    }
    let mut setup = setup(Protection::Confirm);
    setup.connections[0].spec = crate::harness::spec_of("huawei");
    let mut browser = browser(setup);
    let reason = "no address of an account's page in the Huawei Cloud console is documented";
    let said = |browser: &mut Browser| {
        let words = browser.screen().replace(['┃', '│'], " ").split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains(reason), "{}", browser.screen());
    };
    browser.keys("o");
    said(&mut browser);
    browser.keys(":web dashboard");
    said(&mut browser);
    browser.keys("<esc>?/dashboard");
    said(&mut browser);
}
