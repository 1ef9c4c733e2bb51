//! A program in a pseudo-terminal, everything that comes from it stamped as it arrives.

use std::io::{Read as _, Write as _};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use crate::now;

/// The terminal's size: a large window.
pub const WIDTH: u16 = 200;
/// See [`WIDTH`].
pub const HEIGHT: u16 = 60;
/// Ends a synchronized update: the frame is on the screen.
const FRAME: &[u8] = b"\x1b[?2026l";

/// What came at once.
pub struct Arrived {
    /// When.
    pub at: Instant,
    /// How many bytes.
    pub bytes: usize,
    /// Whether a synchronized frame ended in it.
    pub frame: bool,
}

/// Bytes, and when they came.
pub type Chunk = (Instant, Vec<u8>);

/// A pseudo-terminal with a program in it, which is killed with it.
pub struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    writer: Box<dyn std::io::Write + Send>,
    chunks: Receiver<Chunk>,
    parser: vt100::Parser,
    /// The last bytes, in case the end of a frame is torn.
    tail: Vec<u8>,
    _master: Box<dyn MasterPty + Send>,
    /// When it was started.
    pub began: Instant,
    /// The program's process.
    pub pid: u32,
}

impl Terminal {
    /// Starts a program.
    pub fn start(argv: &[&str], env: &[(String, String)]) -> Result<Self, String> {
        let size = PtySize { rows: HEIGHT, cols: WIDTH, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).map_err(|error| error.to_string())?;
        let mut command = CommandBuilder::from_argv(argv.iter().map(Into::into).collect());
        for name in ["NO_COLOR", "ACCTUI_CONFIG", "FZF_DEFAULT_OPTS", "FZF_DEFAULT_COMMAND", "RUST_BACKTRACE"] {
            command.env_remove(name);
        }
        command.env("TERM", "xterm-256color");
        for (name, value) in env {
            command.env(name, value);
        }
        let writer = pair.master.take_writer().map_err(|error| error.to_string())?;
        let mut output = pair.master.try_clone_reader().map_err(|error| error.to_string())?;
        let (tell, chunks) = mpsc::channel();
        thread::spawn(move || {
            let mut buffer = vec![0; 1 << 16];
            while let Ok(count @ 1..) = output.read(&mut buffer) {
                if tell.send((now(), buffer[..count].to_vec())).is_err() {
                    return;
                }
            }
        });
        let began = now();
        let child = pair.slave.spawn_command(command).map_err(|error| format!("{}: {error}", argv[0]))?;
        drop(pair.slave);
        let pid = child.process_id().unwrap_or(0);
        let parser = vt100::Parser::new(HEIGHT, WIDTH, 0);
        Ok(Self { child, writer, chunks, parser, tail: Vec::new(), _master: pair.master, began, pid })
    }

    /// The screen as far as it has been taken in.
    pub fn screen(&self) -> &vt100::Screen {
        self.parser.screen()
    }

    /// The screen's rows as text.
    pub fn rows(&self) -> impl DoubleEndedIterator<Item = String> {
        self.screen().rows(0, WIDTH).collect::<Vec<_>>().into_iter()
    }

    /// Types; the moment at which it was done. What came before is taken in first.
    pub fn send(&mut self, keys: &str) -> Instant {
        while self.pump(Duration::ZERO).is_some() {}
        let at = now();
        // A program that is gone shows it by what no longer comes.
        let _ = self.writer.write_all(keys.as_bytes()).and_then(|()| self.writer.flush());
        at
    }

    /// Takes in what comes next, waiting at most so long.
    pub fn pump(&mut self, patience: Duration) -> Option<Arrived> {
        let (at, bytes) = self.next(patience)?;
        Some(self.take(at, &bytes))
    }

    /// What comes from now on, until nothing has come for so long; at first with patience. It is not taken in yet: to
    /// read a screen takes its time, and a program that is measured should have the machine to itself.
    pub fn gather(&self, patience: Duration, quiet: Duration) -> Vec<Chunk> {
        let mut chunks: Vec<Chunk> = self.next(patience).into_iter().collect();
        while !chunks.is_empty()
            && let Some(chunk) = self.next(quiet)
        {
            chunks.push(chunk);
        }
        chunks
    }

    fn next(&self, patience: Duration) -> Option<Chunk> {
        match self.chunks.recv_timeout(patience) {
            Ok(chunk) => Some(chunk),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => {
                thread::sleep(patience);
                None
            }
        }
    }

    /// Takes in what came.
    pub fn take(&mut self, at: Instant, bytes: &[u8]) -> Arrived {
        self.parser.process(bytes);
        self.tail.extend_from_slice(bytes);
        let frame = self.tail.windows(FRAME.len()).any(|window| window == FRAME);
        let kept = if self.tail.ends_with(FRAME) { 0 } else { FRAME.len() - 1 };
        self.tail.drain(..self.tail.len().saturating_sub(kept));
        Arrived { at, bytes: bytes.len(), frame }
    }

    /// Waits until the screen is as wanted; when it became so, since `from`.
    pub fn until(
        &mut self,
        from: Instant,
        patience: Duration,
        holds: impl Fn(&Self) -> bool,
    ) -> Result<Duration, String> {
        self.until_seen(from, patience, |_| true, holds)
    }

    /// The same of a program that marks the end of its frames: it is looked at only then.
    pub fn until_frame(
        &mut self,
        from: Instant,
        patience: Duration,
        holds: impl Fn(&Self) -> bool,
    ) -> Result<Duration, String> {
        self.until_seen(from, patience, |arrived| arrived.frame, holds)
    }

    fn until_seen(
        &mut self,
        from: Instant,
        patience: Duration,
        counts: impl Fn(&Arrived) -> bool,
        holds: impl Fn(&Self) -> bool,
    ) -> Result<Duration, String> {
        let end = now() + patience;
        while let Some(left) = end.checked_duration_since(now()) {
            if let Some(arrived) = self.pump(left.min(Duration::from_millis(200)))
                && counts(&arrived)
                && holds(self)
            {
                return Ok(arrived.at.saturating_duration_since(from));
            }
        }
        Err(format!("not within {} s; the screen begins:\n{}", patience.as_secs(), self.head()))
    }

    /// The first rows, for words about what went wrong.
    fn head(&self) -> String {
        self.rows().take(6).map(|row| row.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
    }

    /// Takes in what comes until nothing has come for so long.
    pub fn settle(&mut self, quiet: Duration) {
        while self.pump(quiet).is_some() {}
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
