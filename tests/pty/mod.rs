//! A program in a pseudo-terminal, and what its screen shows.

use std::io::{Read as _, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use portable_pty::{CommandBuilder, MasterPty, PtySize, native_pty_system};

/// How long anything may take before a test gives up waiting for it.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// The built program.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_acctui");

/// Variables that a program in a test inherits from nobody.
const FOREIGN: [&str; 18] = [
    "XDG_CONFIG_HOME",
    "XDG_STATE_HOME",
    "XDG_CACHE_HOME",
    "NO_COLOR",
    "ACCTUI_CONFIG",
    "ACCTUI_THEME",
    "COLORTERM",
    "COLORFGBG",
    "LC_ALL",
    "LC_CTYPE",
    "LANG",
    "RUST_BACKTRACE",
    "TMUX",
    "STY",
    "SSH_CONNECTION",
    "SSH_TTY",
    "DISPLAY",
    "WAYLAND_DISPLAY",
];

/// What has come from the program.
struct Shown {
    parser: vt100::Parser,
    bytes: Vec<u8>,
    /// The program's exit status, once it has ended.
    status: Option<u32>,
}

/// A pseudo-terminal with a program in it. The program is killed if it still runs at the end of the test.
pub struct Pty {
    master: Option<Box<dyn MasterPty + Send>>,
    writer: Option<Box<dyn std::io::Write + Send>>,
    reader: Option<JoinHandle<()>>,
    pid: u32,
    waiter: Option<JoinHandle<()>>,
    shown: Arc<(Mutex<Shown>, Condvar)>,
    vanish: Arc<AtomicBool>,
    cooked: String,
}

impl Pty {
    /// Starts a program at 120x36 with directories of its own below `home`.
    pub fn start(home: &std::path::Path, argv: &[&str], env: &[(&str, &str)]) -> Self {
        let size = PtySize { rows: 36, cols: 120, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::from_argv(argv.iter().map(Into::into).collect());
        command.env("TERM", "xterm-256color");
        command.env("HOME", home);
        for name in FOREIGN {
            command.env_remove(name);
        }
        for (name, value) in env {
            command.env(name, value);
        }
        let cooked = modes(&*pair.master);
        let mut child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let pid = child.process_id().unwrap();
        let writer = pair.master.take_writer().unwrap();
        let output = pair.master.try_clone_reader().unwrap();
        let parser = vt100::Parser::new(size.rows, size.cols, 0);
        let shown = Arc::new((Mutex::new(Shown { parser, bytes: Vec::new(), status: None }), Condvar::new()));
        let vanish = Arc::new(AtomicBool::new(false));
        let reader = {
            let (shown, vanish) = (Arc::clone(&shown), Arc::clone(&vanish));
            std::thread::spawn(move || read(output, &shown, &vanish))
        };
        let waiter = {
            let shown = Arc::clone(&shown);
            std::thread::spawn(move || {
                let status = child.wait().unwrap();
                shown.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).status = Some(status.exit_code());
                shown.1.notify_all();
            })
        };
        Self {
            master: Some(pair.master),
            writer: Some(writer),
            reader: Some(reader),
            pid,
            waiter: Some(waiter),
            shown,
            vanish,
            cooked,
        }
    }

    /// Sends bytes as if typed.
    pub fn send(&mut self, bytes: &str) {
        let writer = self.writer.as_mut().unwrap();
        writer.write_all(bytes.as_bytes()).unwrap();
        writer.flush().unwrap();
    }

    /// Waits until the screen holds; fails with the screen after [`PATIENCE`].
    pub fn until(&self, what: &str, holds: impl Fn(&vt100::Screen) -> bool) {
        self.until_all(what, |shown| holds(shown.parser.screen()));
    }

    fn until_all(&self, what: &str, holds: impl Fn(&Shown) -> bool) {
        let (shown, more) = &*self.shown;
        let now = shown.lock().unwrap();
        let (now, over) = more.wait_timeout_while(now, PATIENCE, |now| !holds(now)).unwrap();
        assert!(!over.timed_out(), "never {what}; the screen:\n{}", now.parser.screen().contents());
    }

    /// Waits until the screen shows a text.
    pub fn wait(&self, text: &str) {
        self.until(&format!("shown: {text}"), |screen| screen.contents().contains(text));
    }

    /// The screen's text now.
    pub fn text(&self) -> String {
        self.shown.0.lock().unwrap().parser.screen().contents()
    }

    /// All bytes that came so far.
    pub fn bytes(&self) -> Vec<u8> {
        self.shown.0.lock().unwrap().bytes.clone()
    }

    /// Waits until a whole frame has come after the first `from` bytes; how many bytes have come by then.
    pub fn frame_after(&self, from: usize) -> usize {
        const END: &[u8] = b"\x1b[?2026l";
        let comes = |shown: &Shown| shown.bytes.len() > from && shown.bytes[from..].ends_with(END);
        self.until_all("a frame", comes);
        self.shown.0.lock().unwrap().bytes.len()
    }

    /// Changes the terminal's size.
    pub fn resize(&self, cols: u16, rows: u16) {
        self.shown.0.lock().unwrap().parser.screen_mut().set_size(rows, cols);
        let size = PtySize { rows, cols, pixel_width: 0, pixel_height: 0 };
        self.master.as_ref().unwrap().resize(size).unwrap();
    }

    /// Sends a signal.
    pub fn signal(&self, signal: rustix::process::Signal) {
        let pid = i32::try_from(self.pid).unwrap();
        rustix::process::kill_process(rustix::process::Pid::from_raw(pid).unwrap(), signal).unwrap();
    }

    /// Closes the terminal as a lost connection does.
    pub fn vanish(&mut self) {
        self.vanish.store(true, Ordering::SeqCst);
        // Wakes the reader, which then closes its end: a key and a size that have to be drawn.
        self.resize(100, 30);
        self.send("j");
        self.reader.take().unwrap().join().unwrap();
        self.writer = None;
        self.master = None;
    }

    /// Waits for the program's end; its exit status.
    pub fn exit(&self) -> u32 {
        self.until_all("ended", |shown| shown.status.is_some());
        self.shown.0.lock().unwrap().status.unwrap()
    }

    /// Waits for the program's end; its exit status, with the terminal as it was found.
    pub fn exit_restored(&self) -> u32 {
        let status = self.exit();
        self.until_restored();
        status
    }

    /// Waits until the terminal is as it was found.
    pub fn until_restored(&self) {
        self.until("the screen restored", |screen| {
            !screen.alternate_screen()
                && !screen.hide_cursor()
                && !screen.bracketed_paste()
                && screen.mouse_protocol_mode() == vt100::MouseProtocolMode::None
        });
        assert_eq!(modes(&**self.master.as_ref().unwrap()), self.cooked, "the terminal's modes");
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        // A test that failed while it looked at the screen has poisoned the lock.
        let shown = self.shown.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).status;
        if shown.is_none() {
            self.signal(rustix::process::Signal::KILL);
        }
        if let Some(waiter) = self.waiter.take() {
            let _ = waiter.join();
        }
    }
}

/// The terminal's modes in words.
fn modes(master: &(dyn MasterPty + Send)) -> String {
    format!("{:?}", master.get_termios().unwrap())
}

fn read(mut output: Box<dyn std::io::Read + Send>, shown: &(Mutex<Shown>, Condvar), vanish: &AtomicBool) {
    let mut buffer = vec![0; 65_536];
    loop {
        let count = output.read(&mut buffer).unwrap_or(0);
        let mut now = shown.0.lock().unwrap();
        now.parser.process(&buffer[..count]);
        now.bytes.extend_from_slice(&buffer[..count]);
        shown.1.notify_all();
        if count == 0 || vanish.load(Ordering::SeqCst) {
            return;
        }
    }
}
