//! The terminal guard: takes the terminal, and gives it back as it was on every way out.
//!
//! What was taken is kept in one place for the whole process, because those who give it back are many: the end of the
//! loop, `Drop`, the panic hook, a stop by the shell. Giving it back twice does nothing.

use std::io;
use std::os::fd::BorrowedFd;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

use rustix::termios::{OptionalActions, Termios, isatty, tcgetattr, tcgetwinsize, tcsetattr};

use crate::app::{MouseReports, Size};

/// Alternate screen, hidden cursor, bracketed paste, and keys that can be told apart (kitty's protocol, its flag
/// "disambiguate" alone). Pushed without asking, because an answer would have to be waited for: terminals that do not know
/// it take no notice. Each screen has a stack of its own, so it is pushed and popped inside the alternate one.
const TAKE: &str = "\x1b[?1049h\x1b[?25l\x1b[?2004h\x1b[>1u";
/// Ends a frame that was cut in the middle, attributes, paste, the alternate screen; shows the cursor.
const GIVE_BACK: &str = "\x1b[?2026l\x1b[0m\x1b[<u\x1b[?2004l\x1b[?1049l\x1b[?25h";
/// Presses and releases, drags, and coordinates as decimal numbers. Not 1003 (every motion is a wake-up) and not 1015,
/// which is why these are written here and not by crossterm's command.
const MOUSE_ON: &str = "\x1b[?1000h\x1b[?1002h\x1b[?1006h";
/// The reverse, in reverse order.
const MOUSE_OFF: &str = "\x1b[?1006l\x1b[?1002l\x1b[?1000l";

/// The terminal as it was found, and what has been switched since.
struct Held {
    found: Termios,
    taken: bool,
    mouse: MouseReports,
    /// The loop's thread.
    by: ThreadId,
}

static HELD: Mutex<Option<Held>> = Mutex::new(None);

/// Where keys come from.
pub(super) fn input() -> BorrowedFd<'static> {
    rustix::stdio::stdin()
}

/// Where frames go.
fn output() -> BorrowedFd<'static> {
    rustix::stdio::stdout()
}

/// Why the browser cannot run here, in one sentence; `None` if it can.
pub(super) fn refusal(term: Option<&str>) -> Option<&'static str> {
    if !isatty(input()) || !isatty(output()) {
        return Some(
            "acctui: the browser needs a terminal on standard input and output; see `acctui --help` for commands that don't",
        );
    }
    if term == Some("dumb") {
        return Some(
            "acctui: TERM=dumb names a terminal that can't move its cursor; see `acctui --help` for commands that need none",
        );
    }
    None
}

/// The terminal's size; 80x24 where it does not know (a serial line, say).
pub(super) fn size() -> Size {
    match tcgetwinsize(output()) {
        Ok(size) if size.ws_col > 0 && size.ws_row > 0 => Size { width: size.ws_col, height: size.ws_row },
        Ok(_) | Err(_) => Size { width: 80, height: 24 },
    }
}

/// Writes all of it: one system call, unless the terminal takes less at a time.
pub(super) fn write(mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match rustix::io::write(output(), bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => bytes = &bytes[count..],
            Err(rustix::io::Errno::INTR) => {}
            Err(why) => return Err(why.into()),
        }
    }
    Ok(())
}

/// The terminal is taken while this lives.
#[derive(Debug)]
pub(super) struct Guard(());

impl Guard {
    /// Takes the terminal.
    ///
    /// # Errors
    /// The terminal's modes can't be read or set, or it is gone.
    pub(super) fn take(mouse: MouseReports) -> io::Result<Self> {
        let found = tcgetattr(input())?;
        *lock() = Some(Held { found, taken: false, mouse, by: thread::current().id() });
        let guard = Self(());
        retake()?;
        Ok(guard)
    }
}

/// Takes the terminal again after it was given back, or after somebody else may have changed it. The screen is
/// undefined then: draw all of it.
///
/// # Errors
/// As [`Guard::take`].
pub(super) fn retake() -> io::Result<()> {
    let mut held = lock();
    let Some(held) = held.as_mut() else {
        return Ok(());
    };
    held.taken = true;
    let mut raw = held.found.clone();
    raw.make_raw();
    tcsetattr(input(), OptionalActions::Now, &raw)?;
    let mouse = match held.mouse {
        MouseReports::On => MOUSE_ON,
        MouseReports::Off => "",
    };
    write([TAKE, mouse].concat().as_bytes())
}

/// Switches mouse reports.
///
/// # Errors
/// The terminal is gone.
pub(super) fn mouse(reports: MouseReports) -> io::Result<()> {
    if let Some(held) = lock().as_mut() {
        held.mouse = reports;
    }
    match reports {
        MouseReports::On => write(MOUSE_ON.as_bytes()),
        MouseReports::Off => write(MOUSE_OFF.as_bytes()),
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        give_back();
        *lock() = None;
    }
}

/// Gives the terminal back as it was found. Does nothing if that is done already. Errors are of no use here: the
/// terminal may be gone.
pub(super) fn give_back() {
    let mut held = lock();
    let Some(held) = held.as_mut().filter(|held| held.taken) else {
        return;
    };
    held.taken = false;
    let _ = write([MOUSE_OFF, GIVE_BACK].concat().as_bytes());
    let _ = tcsetattr(input(), OptionalActions::Now, &held.found);
}

/// Gives back the modes alone: for a terminal that takes no bytes any more, where [`give_back`] would wait for ever.
pub(super) fn give_back_modes() {
    if let Ok(held) = HELD.try_lock()
        && let Some(held) = held.as_ref()
    {
        let _ = tcsetattr(input(), OptionalActions::Now, &held.found);
    }
}

fn lock() -> MutexGuard<'static, Option<Held>> {
    HELD.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Stops the program until the shell continues it, with the terminal given back in between; whether it did stop.
///
/// Where no shell could continue it (a terminal's only program, say `xterm -e acctui`) it does not stop: the process
/// group of a session's leader is an orphaned one, whose members a key must not stop (POSIX 2.2.2.52). SIGSTOP instead
/// of SIGTSTP, because the latter has a handler here; to the group, because the shell's job may be more than this process.
pub(super) fn stop() -> io::Result<bool> {
    if is_orphaned() {
        return Ok(false);
    }
    give_back();
    rustix::process::kill_current_process_group(rustix::process::Signal::STOP)?;
    retake()?;
    Ok(true)
}

/// The same while another program has the terminal: it is that one's before and after.
pub(super) fn stop_lent() -> io::Result<bool> {
    if is_orphaned() {
        return Ok(false);
    }
    rustix::process::kill_current_process_group(rustix::process::Signal::STOP)?;
    Ok(true)
}

fn is_orphaned() -> bool {
    rustix::process::getsid(None).is_ok_and(|session| session == rustix::process::getpgrp())
}

/// Installs a panic hook that gives the terminal back before the report is printed.
///
/// That is for the loop's own panics. One of a task or of another thread ends neither the program nor the screen: the
/// executor makes a failed reply of it, and here it is only logged.
pub(super) fn install_panic_hook() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if is_taken_by_another_thread() {
                tracing::error!(%panic, "a task or thread panicked");
                return;
            }
            give_back();
            before(panic);
        }));
    });
}

/// False also if the lock is held: then it may be by the panicking thread itself.
fn is_taken_by_another_thread() -> bool {
    HELD.try_lock().is_ok_and(|held| held.as_ref().is_some_and(|held| held.taken && held.by != thread::current().id()))
}
