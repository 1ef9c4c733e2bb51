//! What is copied reaches the terminal, through tmux and screen, too; and keys that can be told apart are asked for at the
//! start and given back at the end.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it stands")]

#[expect(dead_code, reason = "this test uses a part of it")]
mod pty;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use pty::{PROGRAM, Pty};

/// As over SSH: no program of a desktop is asked.
const FAR: (&str, &str) = ("SSH_CONNECTION", "192.0.2.1 50000 192.0.2.2 22");

fn text(pty: &Pty) -> String {
    String::from_utf8_lossy(&pty.bytes()).into_owned()
}

/// The demo, once its list has come.
fn demo(env: &[(&str, &str)]) -> (Pty, tempfile::TempDir) {
    let home = tempfile::tempdir().unwrap();
    let pty = Pty::start(home.path(), &[PROGRAM, "demo"], env);
    pty.until("all accounts are listed", |screen| {
        let contents = screen.contents();
        contents.contains("Accounts") && !contents.contains("Accounts 0/") && !contents.contains("loading")
    });
    (pty, home)
}

/// Copies the id of the account under the cursor; what was written for it.
fn copied(pty: &mut Pty) -> String {
    let before = pty.bytes().len();
    pty.send("yi");
    pty.wait("copied the id");
    String::from_utf8_lossy(&pty.bytes()[before..]).into_owned()
}

/// What a sequence puts on the clipboard.
fn payload(written: &str, begin: &str, end: &str) -> String {
    let coded = written.split_once(begin).unwrap().1.split_once(end).unwrap().0;
    String::from_utf8(BASE64_STANDARD.decode(coded).unwrap()).unwrap()
}

/// It is one account's, and that is under the cursor.
fn is_listed(pty: &mut Pty, id: &str) {
    pty.send(&format!("/id:{id}"));
    pty.wait("Accounts 1/");
    pty.send("\r");
    pty.send("q");
    assert_eq!(pty.exit_restored(), 0);
}

#[test]
fn y_and_i_hand_the_id_to_the_terminal() {
    let (mut pty, _home) = demo(&[FAR]);
    let written = copied(&mut pty);
    let id = payload(&written, "\x1b]52;c;", "\x07");
    assert!(!written.contains("\x1bPtmux;") && !id.is_empty(), "{written:?}");
    is_listed(&mut pty, &id);
}

#[test]
fn within_tmux_it_is_wrapped_so_that_tmux_lets_it_pass() {
    let (mut pty, _home) = demo(&[FAR, ("TMUX", "/tmp/tmux-1000/default,1,0")]);
    let written = copied(&mut pty);
    let wrapped = payload(&written, "\x1bPtmux;\x1b\x1b]52;c;", "\x07\x1b\\");
    // tmux itself takes it where it is set up for that.
    assert_eq!(payload(&written, "\x1b]52;c;", "\x07"), wrapped);
    is_listed(&mut pty, &wrapped);
}

#[test]
fn keys_that_can_be_told_apart_are_asked_for_once_and_given_back() {
    const PUSH: &str = "\x1b[>1u";
    const POP: &str = "\x1b[<u";
    let (mut pty, _home) = demo(&[]);
    let running = text(&pty);
    let pushed = running.find(PUSH).unwrap();
    assert!(pushed < running.find("Accounts").unwrap(), "before the first frame");
    assert!(!running.contains(POP), "as long as it runs they stay");
    pty.send("q");
    assert_eq!(pty.exit_restored(), 0);
    let all = text(&pty);
    assert_eq!((all.matches(PUSH).count(), all.matches(POP).count()), (1, 1));
    let alternate = all.rfind("\x1b[?1049l").unwrap();
    assert!(all.find(POP).unwrap() < alternate, "given back to the screen that they were asked of");
}
