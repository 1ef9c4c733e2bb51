//! The ways into what only some providers have (sign-in links, switching, what is not asked by default) say why where
//! there is none, and then no request goes out.

use crate::support::World;

#[test]
fn what_a_provider_does_not_offer_is_said_and_nothing_is_asked() {
    let world = World::start(&[]);
    for (arguments, words) in [
        (vec!["otp", "-c", "cloudflare"], "no one-time links"),
        (vec!["otp", "--print", "-c", "cloudflare"], "no one-time links"),
        (vec!["switch", "a", "-c", "cloudflare"], "nothing to switch"),
        (vec!["show", "a", "--servers", "-c", "cloudflare"], "--servers does not fit"),
        (vec!["show", "a", "--contact", "-c", "cloudflare"], "gives all it has of an account at once"),
        (vec!["list", "--contact", "-c", "cloudflare"], "--contact does not fit"),
    ] {
        let ran = world.run(&arguments);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{arguments:?} {ran:?}");
        assert!(ran.stderr.contains("cloudflare: ") && ran.stderr.contains(words), "{arguments:?} {ran:?}");
    }
    assert_eq!(world.run(&["otp", "--open", "--print"]).code, 2, "one or the other");
    assert!(world.requests().is_empty(), "{:?}", world.requests());
}
