//! From the list to a saved profile, in a terminal and over real HTTP; drafts and the user's editor on the way.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it stands")]

#[expect(dead_code, reason = "this test uses a part of it")]
mod pty;
mod served;

use std::path::{Path, PathBuf};

use acctui::sim::Options;
use pty::{PROGRAM, Pty};
use rustix::process::Signal;
use served::{Served, write_config};

/// A simulator on a thread of its own, with its log and a config that leads to it.
struct Simulator {
    home: tempfile::TempDir,
    _served: Served,
}

impl Simulator {
    fn start() -> Self {
        let home = tempfile::tempdir().unwrap();
        let options =
            Options { accounts: vec!["40".parse().unwrap()], log: Some(log(home.path())), ..Options::default() };
        let served = Served::start(options);
        write_config(home.path(), &served.only("cloudflare"));
        Self { home, _served: served }
    }

    fn browser(&self, env: &[(&str, &str)]) -> Pty {
        let config = self.home.path().join("config.toml");
        let mut pty = Pty::start(self.home.path(), &[PROGRAM, "--config", config.to_str().unwrap()], env);
        pty.wait("/40");
        // A second start comes back with the filter of the first, and counts all until its search is done.
        pty.send("\x1b");
        pty.wait("40/40");
        pty
    }

    /// Method and path of every request so far.
    fn requests(&self) -> Vec<(String, String)> {
        let text = std::fs::read_to_string(log(self.home.path())).unwrap();
        let field = |line: &serde_json::Value, name: &str| line[name].as_str().unwrap().to_owned();
        text.lines()
            .map(|line| {
                let line: serde_json::Value = serde_json::from_str(line).unwrap();
                (field(&line, "method"), field(&line, "path"))
            })
            .collect()
    }
}

fn log(home: &Path) -> PathBuf {
    home.join("requests.jsonl")
}

#[test]
fn a_profile_is_edited_and_saved() {
    let simulator = Simulator::start();
    let mut pty = simulator.browser(&[]);
    pty.send("/acme\r");
    pty.wait("/40");
    pty.send("e");
    pty.wait("Edit profile");
    pty.send(" and Daughters");
    pty.wait("and Daughters");
    pty.send("\x13");
    pty.wait("Plan");
    // Enter counts only once the plan has been seen for a while.
    while !pty.text().contains("Saved") {
        if pty.text().contains("Plan") {
            pty.send("\r");
        }
        std::thread::yield_now();
        pty.until("sent or still shown", |screen| {
            let text = screen.contents();
            text.contains("Saved") || text.contains("Plan")
        });
    }
    // Enters that were typed before it was seen open what stands below: the first one closes that.
    pty.send("qq");
    assert_eq!(pty.exit_restored(), 0);

    let puts: Vec<_> = simulator.requests().into_iter().filter(|(method, _)| method == "PUT").collect();
    assert_eq!(puts.len(), 1, "{puts:?}");
    assert!(puts[0].1.ends_with("/profile"), "{puts:?}");
}

#[test]
fn a_thousand_cursor_moves_ask_at_most_where_the_cursor_rests() {
    let simulator = Simulator::start();
    let mut pty = simulator.browser(&[]);
    for _ in 0..500 {
        pty.send("jk");
    }
    pty.send("?");
    pty.wait("Help");
    // It rests before the first move and after the last one.
    let of_one_account = |(_, path): &(String, String)| path.contains("/accounts/");
    let asked = simulator.requests().into_iter().filter(of_one_account).count();
    assert!(asked <= 2, "{asked} requests");
}

/// An editor that says so, waits for a line, and puts it in the place of the text.
const EDITOR: &str = r#"
trap : INT
printf 'in the editor\n'
while ! read -r line; do printf 'interrupted\n'; done
printf '%s\n' "$line" >"$1"
"#;

impl Simulator {
    /// The variable that names a script as the editor.
    fn editor(&self, script: &str) -> String {
        let path = self.home.path().join("an editor.sh");
        std::fs::write(&path, script).unwrap();
        format!("sh '{}'", path.display())
    }
}

/// The form of an account's profile, the focus on its last field.
fn form(pty: &mut Pty) {
    pty.send("/acme\re");
    pty.wait("Edit profile");
    pty.wait("Business name");
    pty.wait("[ Review ]");
    pty.send("\x10\x10");
}

/// Leaves the form for the list.
fn leave(pty: &mut Pty) {
    pty.send("\x1b");
    pty.until("back in the list", |screen| screen.alternate_screen() && !screen.contents().contains("Edit profile"));
}

fn is_lent(screen: &vt100::Screen) -> bool {
    !screen.alternate_screen() && !screen.hide_cursor() && screen.contents().contains("in the editor")
}

#[test]
fn a_field_goes_to_the_users_editor_which_has_the_terminal_alone() {
    let simulator = Simulator::start();
    let editor = simulator.editor(EDITOR);
    let mut pty = simulator.browser(&[("EDITOR", "no such"), ("VISUAL", &editor)]);
    form(&mut pty);
    pty.send("\x18");
    pty.until("with the editor", is_lent);
    // The terminal is as the shell had it: it echoes, and makes a signal of Ctrl-c, which is the editor's.
    pty.resize(100, 30);
    pty.send("\x03");
    pty.wait("^C");
    pty.send("from the editor\r");
    pty.until("back in the form", |screen| {
        screen.alternate_screen()
            && screen.hide_cursor()
            && screen.contents().contains("Edit profile")
            && screen.contents().contains("from the editor")
            && !screen.contents().contains("in the editor\n")
    });
    pty.send("!");
    pty.wait("from the editor!");
    leave(&mut pty);
    pty.wait("draft kept");
    pty.send("q");
    assert_eq!(pty.exit_restored(), 0);
}

#[test]
fn an_editor_that_fails_says_why_and_the_text_stays() {
    let simulator = Simulator::start();
    for (editor, words) in [("/nowhere/editor", "can't be run"), ("false", "ended with")] {
        let mut pty = simulator.browser(&[("EDITOR", editor)]);
        form(&mut pty);
        pty.send("kept\x18");
        pty.wait("Not edited");
        pty.wait(words);
        pty.send("\x1b");
        pty.until("back in the form", |screen| !screen.contents().contains("Not edited"));
        pty.wait("kept");
        leave(&mut pty);
        pty.send("q");
        assert_eq!(pty.exit_restored(), 0);
    }
}

#[test]
fn a_signal_during_the_editor_ends_both_keeps_what_it_saved_and_restores_the_terminal() {
    let simulator = Simulator::start();
    let editor = simulator.editor("echo saved so far >\"$1\"; stty raw; echo in the editor; exec sleep 1000");
    let mut pty = simulator.browser(&[("EDITOR", &editor)]);
    form(&mut pty);
    pty.send("\x18");
    pty.until("with the editor", is_lent);
    pty.signal(Signal::TERM);
    assert_eq!(pty.exit_restored(), 143);
    let mut pty = simulator.browser(&[]);
    pty.wait("1 draft");
    form(&mut pty);
    pty.wait("saved so far");
    leave(&mut pty);
    pty.send("q");
    assert_eq!(pty.exit_restored(), 0);
}

/// The only sheet that is kept.
fn kept_sheet(simulator: &Simulator) -> PathBuf {
    let state = simulator.home.path().join(".local/state/acctui");
    let paths = std::fs::read_dir(state).unwrap().map(|entry| entry.unwrap().path());
    let mut sheets = paths.filter(|path| path.extension().is_some_and(|ending| ending == "toml"));
    let sheet = sheets.next().unwrap();
    assert_eq!(sheets.next(), None);
    sheet
}

/// Marks the first account and hands it to the editor.
fn as_text(pty: &mut Pty) {
    pty.send("/acme\r");
    pty.until("filtered", |screen| screen.contents().contains("/40") && !screen.contents().contains("40/40"));
    pty.send(" ");
    pty.wait("1 marked");
    pty.send("E");
    pty.wait("Edit as text");
    pty.send("j\r");
}

#[test]
fn a_signal_while_marked_accounts_are_a_text_in_the_editor_keeps_what_it_saved() {
    let simulator = Simulator::start();
    let script = r#"sed -i 's/^name = .*/name = "saved so far"/' "$1"; stty raw; echo in the editor; exec sleep 1000"#;
    let editor = simulator.editor(script);
    let mut pty = simulator.browser(&[("EDITOR", &editor)]);
    as_text(&mut pty);
    pty.until("with the editor", is_lent);
    pty.signal(Signal::TERM);
    assert_eq!(pty.exit_restored(), 143);
    pty.wait("the sheet is kept: acctui apply ");
    let sheet = kept_sheet(&simulator);
    assert!(pty.text().replace('\n', "").contains(sheet.to_str().unwrap()), "{}", pty.text());
    assert!(std::fs::read_to_string(&sheet).unwrap().contains("name = \"saved so far\""));
    let config = simulator.home.path().join("config.toml");
    let mut apply = std::process::Command::new(PROGRAM);
    apply.env_clear().env("HOME", simulator.home.path()).arg("--config").arg(config).arg("apply").arg(&sheet);
    let planned = apply.args(["--dry-run", "-o", "json"]).output().unwrap();
    assert!(planned.status.success(), "{planned:?}");
    assert!(String::from_utf8(planned.stdout).unwrap().contains("saved so far"));
}

#[test]
fn a_sheet_that_cannot_be_taken_is_kept_until_it_is_mended() {
    let simulator = Simulator::start();
    let editor = simulator.editor(
        r#"case $(grep -c '^nmae' "$1") in
  0) sed -i 's/^name = .*/nmae = "Mended"/' "$1" ;;
  *) sed -i 's/^nmae = /name = /' "$1" ;;
esac"#,
    );
    let mut pty = simulator.browser(&[("EDITOR", &editor)]);
    as_text(&mut pty);
    pty.wait("there is no field nmae");
    pty.wait("the sheet is kept");
    let sheet = kept_sheet(&simulator);
    assert!(std::fs::read_to_string(&sheet).unwrap().contains("nmae"));
    pty.send("e");
    pty.wait("Plan");
    pty.wait("Mended");
    assert!(!sheet.exists(), "its text is in the plan now");
    pty.send("\x1b");
    pty.until("back in the list", |screen| !screen.contents().contains("Mended"));
    pty.send("q");
    assert_eq!(pty.exit_restored(), 0);
}

#[test]
fn ctrl_z_in_the_editor_stops_both_and_fg_continues_both() {
    let simulator = Simulator::start();
    let editor = simulator.editor(EDITOR);
    let home = simulator.home.path();
    let env = [("PS1", "ready> "), ("ENV", ""), ("EDITOR", editor.as_str())];
    let mut pty = Pty::start(home, &["sh", "-i"], &env);
    pty.wait("ready>");
    pty.send(&format!("{PROGRAM} --config {}\r", home.join("config.toml").display()));
    pty.wait("40/40");
    form(&mut pty);
    pty.send("\x18");
    pty.until("with the editor", is_lent);
    pty.send("\x1a");
    pty.wait("Stopped");
    pty.until("back at the shell", |screen| screen.contents().matches("ready>").count() >= 2);
    pty.send("fg\r");
    pty.send("after the stop\r");
    pty.until("back in the form", |screen| {
        screen.alternate_screen()
            && screen.contents().contains("after the stop")
            && screen.contents().contains("Review")
    });
    leave(&mut pty);
    pty.wait("draft kept");
    pty.send("q");
    // The prompt comes once the shell has its own modes again.
    pty.until("at the shell", |screen| !screen.alternate_screen() && screen.contents().matches("ready>").count() == 3);
    pty.send("exit 7\r");
    assert_eq!(pty.exit_restored(), 7);
}

#[test]
fn what_was_typed_survives_kill_9() {
    let simulator = Simulator::start();
    let mut pty = simulator.browser(&[]);
    pty.send("/acme\re");
    pty.wait("[ Review ]");
    pty.send(" and Daughters");
    pty.wait("draft kept");
    let drafts = simulator.home.path().join(".local/state/acctui/drafts");
    let is_there = || {
        std::fs::read_dir(&drafts).is_ok_and(|mut all| {
            all.any(|entry| entry.unwrap().path().extension().is_some_and(|ending| ending == "json"))
        })
    };
    while !is_there() {
        std::thread::yield_now();
    }
    pty.signal(Signal::KILL);
    pty.exit();
    let mut pty = simulator.browser(&[]);
    pty.wait("1 draft");
    pty.send("/acme\re");
    pty.wait("and Daughters");
    pty.wait("draft from just now");
    leave(&mut pty);
    pty.send("q");
    assert_eq!(pty.exit_restored(), 0);
}
