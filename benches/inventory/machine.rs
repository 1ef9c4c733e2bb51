//! What the machine and the kernel say: cores, memory of a process, its wake-ups, the date.

use std::fs;
use std::path::Path;

/// Cores, model, memory and load, in a line.
pub fn words() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("unknown processor", |(_, model)| model).to_owned();
    let kib = field("/proc/meminfo", "MemTotal:").unwrap_or(0);
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or("?").to_owned();
    format!("{cores} cores, {model}, {} GiB, load {load} at the start", kib.div_ceil(1 << 20))
}

/// Today.
#[expect(clippy::disallowed_methods, reason = "a bench reads the clock")]
pub fn date() -> String {
    jiff::Timestamp::try_from(std::time::SystemTime::now())
        .map_or_else(|_| "?".to_owned(), |now| now.strftime("%Y-%m-%d").to_string())
}

/// A number after a word at the start of a line.
fn field(path: &str, word: &str) -> Option<u64> {
    let text = fs::read_to_string(path).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(word))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Bytes of a process's memory that are its own share of what is resident.
pub fn memory(pid: u32) -> Option<u64> {
    let share = field(&format!("/proc/{pid}/smaps_rollup"), "Pss:");
    share.or_else(|| field(&format!("/proc/{pid}/status"), "VmRSS:")).map(|kib| kib * 1024)
}

/// How often the process's threads were woken so far.
pub fn switches(pid: u32) -> Option<u64> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).ok()?;
    let count = |task: fs::DirEntry| field(task.path().join("status").to_str()?, "voluntary_ctxt_switches:");
    Some(tasks.filter_map(Result::ok).filter_map(count).sum())
}

/// Seconds of processor time that the process has used.
pub fn processor(pid: u32) -> Option<f64> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let after = text.rsplit_once(") ")?.1;
    let ticks = after.split(' ').skip(11).take(2).filter_map(|ticks| ticks.parse::<u32>().ok());
    // The kernel counts hundredths of a second for programs, whatever it does inside.
    Some(f64::from(ticks.sum::<u32>()) / 100.0)
}

/// Bytes of all files below a directory.
pub fn bytes_below(directory: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(directory) else {
        return 0;
    };
    let size = |entry: fs::DirEntry| match entry.metadata() {
        Ok(found) if found.is_dir() => bytes_below(&entry.path()),
        Ok(found) => found.len(),
        Err(_) => 0,
    };
    entries.filter_map(Result::ok).map(size).sum()
}
