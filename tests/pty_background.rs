//! The terminal's background is asked for with the first frame; its answer is used whenever it comes, and is no key.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it stands")]

#[expect(dead_code, reason = "this test uses a part of it")]
mod pty;

use pty::{PROGRAM, Pty};

const ASKED: &str = "\x1b]11;?\x07";

fn started(env: &[(&str, &str)]) -> (Pty, tempfile::TempDir) {
    let home = tempfile::tempdir().unwrap();
    let pty = Pty::start(home.path(), &[PROGRAM], &[&[("COLORTERM", "truecolor")], env].concat());
    pty.wait("quit");
    (pty, home)
}

fn text(pty: &Pty) -> String {
    String::from_utf8_lossy(&pty.bytes()).into_owned()
}

#[test]
fn the_answer_changes_the_theme_and_types_nothing() {
    let (mut pty, _home) = started(&[]);
    let first = text(&pty);
    assert!(first.find(ASKED).unwrap() < first.find("\x1b[?2026l").unwrap(), "asked with the first frame");
    assert!(!first.contains("38;2;"), "what the terminal is nobody knows yet");
    pty.send("\x1b]11;rgb:ffff/ff");
    pty.send("ff/ffff\x1b\\");
    pty.until("drawn for a light background", |screen| {
        (0..36)
            .flat_map(|y| (0..120).map(move |x| (y, x)))
            .any(|(y, x)| screen.cell(y, x).is_some_and(|cell| cell.fgcolor() == vt100::Color::Rgb(0x00, 0x4f, 0x87)))
    });
    pty.send("q");
    assert_eq!(pty.exit_restored(), 0);
    assert_eq!(text(&pty).matches(ASKED).count(), 1);
}

#[test]
fn nothing_is_asked_where_the_answer_would_change_nothing() {
    for env in [("NO_COLOR", "1"), ("ACCTUI_THEME", "light"), ("TERM", "linux")] {
        let (mut pty, _home) = started(&[env]);
        pty.send("q");
        assert_eq!(pty.exit_restored(), 0);
        assert!(!text(&pty).contains(ASKED), "{env:?}");
    }
}

#[test]
fn the_demo_looks_as_its_command_and_environment_say_and_as_nobodys_files_do() {
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join(".config/acctui");
    std::fs::create_dir_all(&directory).unwrap();
    std::fs::write(directory.join("config.toml"), "[ui]\nascii = true\ntheme = \"contrast\"\n").unwrap();
    std::fs::write(directory.join("theme.toml"), "base = \"dark\"\n").unwrap();
    let light = |screen: &vt100::Screen| {
        (0..36)
            .flat_map(|y| (0..120).map(move |x| (y, x)))
            .any(|(y, x)| screen.cell(y, x).is_some_and(|cell| cell.fgcolor() == vt100::Color::Rgb(0x00, 0x4f, 0x87)))
    };
    let is_framed = |screen: &vt100::Screen| screen.contents().contains(['─', '┌', '╭', '┏', '━']);
    let env = [("COLORTERM", "truecolor"), ("ACCTUI_THEME", "light")];

    let mut pty = Pty::start(home.path(), &[PROGRAM, "demo"], &env);
    pty.until("framed and light", |screen| {
        screen.contents().contains("Accounts") && is_framed(screen) && light(screen)
    });
    pty.send("q");
    assert_eq!(pty.exit_restored(), 0);

    let mut pty = Pty::start(home.path(), &[PROGRAM, "demo", "--ascii"], &env);
    pty.until("light", |screen| screen.contents().contains("Accounts") && light(screen));
    pty.until("without frames of lines", |screen| !is_framed(screen) && screen.contents().contains("+-"));
    pty.send("q");
    assert_eq!(pty.exit_restored(), 0);
}
