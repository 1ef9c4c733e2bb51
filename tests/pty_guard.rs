//! The terminal is given back as it was found, on every way out of the browser.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it stands")]

#[expect(dead_code, reason = "this test uses a part of it")]
mod pty;

use pty::{PROGRAM, Pty};
use rustix::process::Signal;

/// The browser without any connection, and the home that it was given.
fn browser(env: &[(&str, &str)]) -> (Pty, tempfile::TempDir) {
    let home = tempfile::tempdir().unwrap();
    let pty = Pty::start(home.path(), &[PROGRAM], env);
    (pty, home)
}

fn started(env: &[(&str, &str)]) -> (Pty, tempfile::TempDir) {
    let (pty, home) = browser(env);
    pty.wait("acctui");
    pty.until("on the alternate screen", vt100::Screen::alternate_screen);
    (pty, home)
}

#[test]
fn quitting_restores_the_terminal() {
    let (mut pty, _home) = started(&[]);
    pty.send("q");
    assert_eq!(pty.exit_restored(), 0);
}

#[test]
fn the_mouse_is_asked_for_clicks_and_drags_and_not_for_every_motion() {
    let (mut pty, _home) = started(&[]);
    pty.send("q");
    pty.exit_restored();
    let bytes = String::from_utf8_lossy(&pty.bytes()).into_owned();
    for (mode, wanted) in [(1000, true), (1002, true), (1006, true), (1003, false), (1015, false), (1004, false)] {
        for switch in ['h', 'l'] {
            assert_eq!(bytes.contains(&format!("\x1b[?{mode}{switch}")), wanted, "mode {mode}{switch}");
        }
    }
    assert!(!bytes.contains("\x1b[6n"), "the cursor's place is not asked for");
}

#[test]
fn signals_restore_the_terminal_and_are_the_exit_status() {
    for (signal, status) in [(Signal::TERM, 143), (Signal::HUP, 129), (Signal::INT, 130), (Signal::QUIT, 131)] {
        let (pty, _home) = started(&[]);
        pty.signal(signal);
        assert_eq!(pty.exit_restored(), status, "{signal:?}");
    }
}

#[test]
fn a_terminal_that_is_gone_ends_the_program() {
    let (mut pty, _home) = started(&[]);
    pty.vanish();
    assert_eq!(pty.exit(), 129);
}

#[cfg(debug_assertions)]
#[test]
fn a_panic_restores_the_terminal_before_its_report() {
    let (pty, _home) = browser(&[("ACCTUI_TEST_PANIC", "1")]);
    assert_eq!(pty.exit_restored(), 101);
    let bytes = String::from_utf8_lossy(&pty.bytes()).into_owned();
    let (before, after) = bytes.split_once("\x1b[?1049l").unwrap();
    assert!(!before.contains("ACCTUI_TEST_PANIC is set"));
    assert!(after.contains("ACCTUI_TEST_PANIC is set"), "{after}");
    assert!(!after.contains("\x1b[?1049"), "given back once: {after}");
}

#[test]
fn a_resize_is_drawn_at_the_new_size() {
    let (mut pty, _home) = started(&[]);
    pty.resize(60, 20);
    pty.until("drawn at 60x20", |screen| {
        screen.size() == (20, 60) && screen.rows(0, 60).last().is_some_and(|row| !row.trim().is_empty())
    });
    pty.send("q");
    assert_eq!(pty.exit_restored(), 0);
}

fn prompts(screen: &vt100::Screen) -> usize {
    screen.contents().matches("ready>").count()
}

#[test]
fn ctrl_z_hands_the_terminal_to_the_shell_and_fg_takes_it_back() {
    let home = tempfile::tempdir().unwrap();
    let mut pty = Pty::start(home.path(), &["sh", "-i"], &[("PS1", "ready> "), ("ENV", "")]);
    pty.wait("ready>");
    pty.send(&format!("{PROGRAM}\r"));
    pty.until("the browser is up", vt100::Screen::alternate_screen);
    pty.wait("acctui");
    pty.send("\x1a");
    pty.until("back at the shell", |screen| {
        !screen.alternate_screen()
            && !screen.hide_cursor()
            && screen.mouse_protocol_mode() == vt100::MouseProtocolMode::None
            && screen.contents().contains("Stopped")
            && prompts(screen) == 2
    });
    pty.send("fg\r");
    pty.until("the browser is up again", |screen| screen.alternate_screen() && screen.hide_cursor());
    pty.wait("quit");
    pty.send("q");
    // The prompt comes once the shell has its own modes again; keys before it would be the browser's.
    pty.until("back at the shell", |screen| !screen.alternate_screen() && prompts(screen) == 3);
    pty.send("exit 7\r");
    assert_eq!(pty.exit_restored(), 7);
}

#[test]
fn a_terminal_that_cannot_move_its_cursor_is_refused() {
    let (pty, _home) = browser(&[("TERM", "dumb")]);
    assert_eq!(pty.exit_restored(), 2);
    pty.wait("TERM=dumb");
    assert!(!pty.bytes().contains(&0x1b));
}

#[test]
fn without_a_terminal_the_browser_says_what_it_needs() {
    let output = std::process::Command::new(PROGRAM).stdin(std::process::Stdio::null()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(output.stdout, b"");
    assert!(String::from_utf8_lossy(&output.stderr).contains("needs a terminal"));
}
