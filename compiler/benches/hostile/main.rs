//! Policies that are made to hurt, each checked by a process of its own: it ends within a second and 500 MB, in an answer
//! or in `too-large`. The second is the clock's, or that of all its threads on processors together: where the machine has other
//! things to do, the clock tells nothing.
//!
//!     cargo bench -p compiler --bench hostile [-- NAME]
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench prints, and fails by panicking")]

mod policy;

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

const TIME_MOST: Duration = Duration::from_secs(1);
const MEMORY_MOST: u64 = 500_000_000;

/// What Linux counts the time of processes in, whatever its own clock does.
const TICK: Duration = Duration::from_millis(10);

fn main() {
    let only = std::env::args().skip(1).find(|argument| argument != "--bench").unwrap_or_default();
    let folder = tempfile::tempdir().unwrap();
    let mut exceeded = 0;
    println!("{:<44} {:>8} {:>7} {:>8} {:>7}  ends in", "policy", "kB", "ms", "clock ms", "MB");
    for (name, path, text) in policy::all().into_iter().filter(|(name, ..)| name.contains(&only)) {
        let file = folder.path().join(path);
        std::fs::write(&file, &text).unwrap();
        let run = Run::of(&file);
        let within = run.time.min(run.clock) <= TIME_MOST
            && run.memory <= MEMORY_MOST
            && run.code.is_some_and(|code| code < 2);
        exceeded += usize::from(!within);
        println!(
            "{name:<44} {:>8} {:>7} {:>8} {:>7}  {}{}",
            text.len() / 1000,
            run.time.as_millis(),
            run.clock.as_millis(),
            run.memory / 1_000_000,
            run.answer,
            if within { "" } else { "  EXCEEDED" }
        );
        std::fs::remove_file(&file).unwrap();
    }
    assert_eq!(
        exceeded, 0,
        "{exceeded} policies took more than {TIME_MOST:?} or {MEMORY_MOST} bytes, or no answer"
    );
}

/// How a check of a file went.
struct Run {
    /// On processors.
    time: Duration,
    clock: Duration,
    memory: u64,
    code: Option<i32>,
    /// The last line that it said: what it found in all, and whether that is `too-large`.
    answer: String,
}

impl Run {
    fn of(file: &Path) -> Self {
        let (out, err) = (file.with_extension("out"), file.with_extension("err"));
        let start = Instant::now();
        let mut child = Command::new(env!("CARGO_BIN_EXE_nexusc"))
            .arg("check")
            .arg(file)
            .stdout(std::fs::File::create(&out).unwrap())
            .stderr(std::fs::File::create(&err).unwrap())
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let (before, mut memory) = (time_of_children(), 0);
        while child.try_wait().unwrap().is_none() {
            memory = memory.max(high_water(&child));
            sleep(Duration::from_micros(500));
        }
        let status = child.wait().unwrap();
        let clock = start.elapsed();
        let time = time_of_children() - before;
        let said = std::fs::read_to_string(err).unwrap();
        let too_large = std::fs::read_to_string(out).unwrap().contains("[too-large]");
        let answer = said.lines().last().unwrap_or_default().split(": ").last().unwrap_or_default();
        let answer = format!("{answer}{}", if too_large { ", too-large" } else { "" });
        Self { time, clock, memory, code: status.code(), answer }
    }
}

/// The most memory that a process has had, in bytes; 0 once it has ended.
fn high_water(child: &Child) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0 kB");
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() << 10
}

/// The time that all children which have ended were on processors, with all their threads, in steps of 10 ms.
fn time_of_children() -> Duration {
    let told = std::fs::read_to_string("/proc/self/stat").unwrap();
    // The name of the program may hold spaces; after it the 14th word is their time, and the 15th that of the kernel for them.
    let (_, told) = told.rsplit_once(") ").unwrap();
    let ticks = told.split(' ').skip(13).take(2).map(|ticks| ticks.parse::<u64>().unwrap());
    ticks.map(|ticks| TICK * u32::try_from(ticks).unwrap()).sum()
}
