//! Credential commands: argv without a shell, one at a time, bounded in time and size, ended with all their children.

use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};
use tokio::sync::Mutex;

use crate::domain::{clip, shown};

/// With a terminal somebody may have to touch a key or type a PIN into another window; without one nobody will.
const PATIENCE: (Duration, Duration) = (Duration::from_secs(60), Duration::from_secs(5));

/// The most that a credential may be long.
pub(super) const MAX_BYTES: u64 = 64 * 1024;

/// How much of what a failed command complained about is kept.
const MAX_COMPLAINT: u64 = 4 * 1024;

/// Password managers that are asked twice at once ask their user twice.
static TURN: Mutex<()> = Mutex::const_new(());

/// How long one command may take.
pub(super) fn patience(interactive: bool) -> Duration {
    if interactive { PATIENCE.0 } else { PATIENCE.1 }
}

/// Runs a command and gives what it wrote to stdout. The error is a sentence without a secret.
pub(super) async fn run(argv: &[String], patience: Duration) -> Result<Vec<u8>, String> {
    let _turn = TURN.lock().await;
    let (program, arguments) = argv.split_first().ok_or("no command is given")?;
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| format!("it can't be started: {error}"))?;
    let mut group = Group::of(&child);
    let Ok(result) = tokio::time::timeout(patience, outcome(&mut child)).await else {
        return Err(format!("it gave no answer within {} s and was ended", patience.as_secs()));
    };
    let (status, output, complaint) = result?;
    group.disarm();
    if !status.success() {
        let complaint = String::from_utf8_lossy(&complaint);
        let complaint = shown(complaint.trim());
        let words = if complaint.is_empty() { String::new() } else { format!(": {}", clip(&complaint, 200)) };
        return Err(format!("it failed ({status}){words}"));
    }
    Ok(output)
}

async fn outcome(child: &mut Child) -> Result<(ExitStatus, Vec<u8>, Vec<u8>), String> {
    let stdout = child.stdout.take();
    let stderr = child.stderr.take();
    let read = async {
        let (output, left) = head(stdout, MAX_BYTES).await?;
        match left {
            0 => Ok(output),
            _ => Err("it wrote more than 64 KB".to_owned()),
        }
    };
    let complain = async {
        let mut pipe = stderr;
        let (complaint, _) = head(pipe.as_mut(), MAX_COMPLAINT).await?;
        if let Some(rest) = &mut pipe {
            // Drained, so that a talkative command is not ended by a closed pipe.
            let _ = tokio::io::copy(rest, &mut tokio::io::sink()).await;
        }
        Ok(complaint)
    };
    let wait = async { child.wait().await.map_err(|error| format!("its end can't be waited for: {error}")) };
    let (output, complaint, status) = tokio::try_join!(read, complain, wait)?;
    Ok((status, output, complaint))
}

/// Reads at most `most` bytes, and says how many of one more byte there were: too much can be told from just enough.
async fn head(from: Option<impl AsyncRead + Unpin>, most: u64) -> Result<(Vec<u8>, usize), String> {
    let mut bytes = Vec::new();
    let mut left = 0;
    if let Some(mut from) = from {
        let words = |error| format!("its output can't be read: {error}");
        let mut limited = (&mut from).take(most);
        limited.read_to_end(&mut bytes).await.map_err(words)?;
        left = from.read(&mut [0]).await.map_err(words)?;
    }
    Ok((bytes, left))
}

/// The command's process group: killed when dropped, unless the command ended by itself.
struct Group(Option<Pid>);

impl Group {
    fn of(child: &Child) -> Self {
        let pid = child.id().and_then(|id| i32::try_from(id).ok());
        Self(pid.and_then(Pid::from_raw))
    }

    fn disarm(&mut self) {
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            // It may have ended in this moment; then there is nothing left to kill.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Vec<String> {
        ["sh", "-c", script].map(String::from).to_vec()
    }

    #[tokio::test]
    async fn what_it_writes_is_the_value_and_a_failure_says_what_it_complained_about() {
        let long = Duration::from_secs(60);
        assert_eq!(run(&shell("echo hush"), long).await.unwrap(), b"hush\n");
        let error = run(&shell("printf 'locked\\033[2J' >&2; exit 3"), long).await.unwrap_err();
        assert_eq!(error, "it failed (exit status: 3): locked\\u{1b}[2J");
        let error = run(&["/nonexistent/op".to_owned()], long).await.unwrap_err();
        assert!(error.starts_with("it can't be started"), "{error}");
    }

    #[tokio::test]
    async fn too_much_and_too_slow_are_ended_with_their_children() {
        let error = run(&shell("yes"), Duration::from_secs(60)).await.unwrap_err();
        assert_eq!(error, "it wrote more than 64 KB");
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("pid");
        let script = format!("sleep 1000 & echo $! > {}; wait", file.display());
        let error = run(&shell(&script), Duration::from_secs(2)).await.unwrap_err();
        assert!(error.contains("gave no answer within 2 s"), "{error}");
        let pid = std::fs::read_to_string(&file).unwrap();
        let pid = Pid::from_raw(pid.trim().parse().unwrap()).unwrap();
        // Gone, or a zombie that nobody has reaped yet: a kill is not heard at once.
        let gone = async {
            loop {
                match std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())) {
                    Ok(state) if !state.contains(") Z") => tokio::task::yield_now().await,
                    Ok(_) | Err(_) => break,
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(30), gone)
            .await
            .expect("the child of a command that was ended must end");
    }
}
