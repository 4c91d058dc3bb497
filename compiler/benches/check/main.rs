//! How long `nexusc check` takes, from a file to its exit code, against what `jsonc-parser` needs to parse the same
//! policy in JSON: 10,000 Namespaces, 10,000 Endpoints, 80,000 calls, five guards, a map of 10,000 entries.
//!
//!     cargo bench -p compiler --bench check [-- difference | stages | growth]
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a bench prints, and fails by panicking"
)]

mod policy;
mod stage;

use compiler::cli::{self, OutputOptions, World};
use compiler::syntax::JSON_OPTIONS;
use jsonc_parser::{CollectOptions, parse_to_ast};
use mimalloc::MiMalloc;
use policy::Size;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use time::OffsetDateTime;

/// The allocator of `nexusc`, for both sides.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

const ROUNDS: usize = 21;

/// How many times as long as parsing JSON a check may take, and the bytes that it may need.
const HCL_MOST: f64 = 4.0;
const JSON_MOST: f64 = 4.0;
const MEMORY_MOST: u64 = 200 << 20;
/// How many times as long as one check the difference of two such policies may take.
const DIFFERENCE_MOST: f64 = 2.2;

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match &*arguments.iter().map(|argument| &**argument).collect::<Vec<_>>() {
        ["once", what, file] => once(what, Path::new(file)),
        ["difference"] => difference(&Files::of(Size::PROMISED)),
        ["stages"] => stage::print(&Files::of(Size::PROMISED), ROUNDS),
        ["growth"] => growth(),
        _ => {
            let files = Files::of(Size::PROMISED);
            ratios(&files);
            difference(&files);
            memory(&files);
            stage::print(&files, ROUNDS);
            growth();
        }
    }
}

/// One policy in both formats, on disk.
pub struct Files {
    hcl: PathBuf,
    /// The policy in HCL after a change: some hundred callers of other Endpoints are others.
    changed: PathBuf,
    json: PathBuf,
    _folder: tempfile::TempDir,
}

impl Files {
    fn of(size: Size) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let [hcl, changed, json] =
            ["a.nexus.hcl", "b.nexus.hcl", "a.nexus.json"].map(|name| folder.path().join(name));
        let text = policy::hcl(size);
        std::fs::write(&changed, text.replace("\n    namespace.team-0001", "\n    namespace.team-0091"))
            .unwrap();
        std::fs::write(&hcl, text).unwrap();
        std::fs::write(&json, policy::json(size)).unwrap();
        Self { hcl, changed, json, _folder: folder }
    }
}

/// Runs `nexusc check FILE` in this process.
fn check(file: &Path) {
    let (code, out, err) = nexusc(["check".as_ref(), file]);
    assert!(code == 0 && out.is_empty() && err.ends_with("no findings\n"), "{err}");
}

/// Runs `nexusc diff` of the policy beside the file of the changed one.
fn diff(changed: &Path) {
    let base = changed.with_file_name("a.nexus.hcl");
    let (code, out, err) = nexusc(["diff".as_ref(), "--base".as_ref(), &*base, changed]);
    assert!(code == 0 && out.contains("calls gained"), "{code}: {err}");
}

fn nexusc<const COUNT: usize>(arguments: [&Path; COUNT]) -> (u8, String, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let world = World {
        temporary: None,
        input: &mut std::io::empty(),
        in_is_terminal: false,
        environment: BTreeMap::new(),
        unreadable: Vec::new(),
        now: OffsetDateTime::UNIX_EPOCH,
        program: None,
        out: &mut out,
        out_is_terminal: false,
        err: &mut err,
        err_is_terminal: false,
        output_error: None,
        output: OutputOptions::default(),
        keys: Vec::new(),
    };
    let words = std::iter::once("nexusc".as_ref()).chain(arguments).map(|word| word.as_os_str().to_owned());
    let code = cli::run(words, world);
    (code, String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap())
}

fn parse(json: &str) {
    let parsed = parse_to_ast(json, &CollectOptions::default(), &JSON_OPTIONS).unwrap();
    assert!(parsed.value.is_some());
}

fn ratios(files: &Files) {
    let mut times = [const { Vec::new() }; 3];
    for _ in 0..ROUNDS {
        let [baseline, from_hcl, from_json] = &mut times;
        baseline.push(in_child("parse", &files.json).time);
        from_hcl.push(in_child("check", &files.hcl).time);
        from_json.push(in_child("check", &files.json).time);
    }
    let fastest = times.clone().map(|times| times.into_iter().min().unwrap_or_default());
    let middle = times.map(median);
    let bytes = |file: &Path| std::fs::metadata(file).unwrap().len();
    let speed = bytes(&files.json) as f64 / middle[0].as_secs_f64() / 1e6;
    println!("jsonc-parser        {:7.1} ms, at best {:.1}  {speed:.0} MB/s", ms(middle[0]), ms(fastest[0]));
    for (index, name, most, file) in [(1, "HCL", HCL_MOST, &files.hcl), (2, "JSON", JSON_MOST, &files.json)] {
        let ratio = |times: [Duration; 3]| times[index].as_secs_f64() / times[0].as_secs_f64();
        let verdict = if ratio(middle) <= most { "holds" } else { "is exceeded" };
        println!(
            "check, from {name:<4}    {:7.1} ms, at best {:.1}  {} kB, {:.2} times as long, at best {:.2}: at most {most} {verdict}",
            ms(middle[index]),
            ms(fastest[index]),
            bytes(file) / 1000,
            ratio(middle),
            ratio(fastest),
        );
    }
}

fn difference(files: &Files) {
    let mut times = [const { Vec::new() }; 2];
    for _ in 0..ROUNDS {
        let [check, diff] = &mut times;
        check.push(in_child("check", &files.hcl).time);
        diff.push(in_child("diff", &files.changed).time);
    }
    let [check, diff] = times.map(median);
    let ratio = diff.as_secs_f64() / check.as_secs_f64();
    let verdict = if ratio <= DIFFERENCE_MOST { "holds" } else { "is exceeded" };
    println!(
        "diff, from HCL      {:7.1} ms, {ratio:.2} times as long as a check of {:.1} ms: at most {DIFFERENCE_MOST} {verdict}",
        ms(diff),
        ms(check)
    );
}

/// What one run took in a process of its own, as every command is: memory is fresh from the system for both sides.
struct Once {
    time: Duration,
    memory: u64,
}

/// Runs once and prints what that took: microseconds, and bytes of memory at most.
fn once(what: &str, file: &Path) {
    let time = match what {
        "parse" => {
            let json = std::fs::read_to_string(file).unwrap();
            time(|| parse(&json))
        }
        "diff" => time(|| diff(file)),
        _ => time(|| check(file)),
    };
    println!("{} {}", time.as_micros(), high_water());
}

fn in_child(what: &str, file: &Path) -> Once {
    let program = std::env::current_exe().unwrap();
    let child = Command::new(program).args(["once", what]).arg(file).output().unwrap();
    let said = String::from_utf8(child.stdout).unwrap();
    let numbers: Vec<u64> = said.split_whitespace().map(|number| number.parse().unwrap()).collect();
    let [time, memory] = numbers.try_into().unwrap();
    Once { time: Duration::from_micros(time), memory }
}

/// The most memory that this process has had, in bytes.
fn high_water() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() << 10
}

fn memory(files: &Files) {
    for (name, file) in [("HCL", &files.hcl), ("JSON", &files.json)] {
        let bytes = in_child("check", file).memory;
        let verdict = if bytes <= MEMORY_MOST { "holds" } else { "is exceeded" };
        println!(
            "memory, from {name:<4}   {:7} MB  at most {} MB {verdict}",
            bytes / 1_000_000,
            MEMORY_MOST / 1_000_000
        );
    }
}

/// Ever larger policies: ten thousand Endpoints with ever more callers up to a million calls, and ever more of everything.
/// The time for a byte stays the same.
fn growth() {
    let more_callers = [2, 8, 20, 50, 100].map(|callers| Size { callers, ..Size::PROMISED });
    let more_of_all = [2_500, 5_000, 10_000, 20_000, 30_000].map(|endpoints| Size {
        endpoints,
        entries: endpoints,
        ..Size::PROMISED
    });
    for sizes in [more_callers, more_of_all] {
        println!(
            "\n{:>10} {:>10} {:>10} {:>10} {:>10} {:>10}",
            "Endpoints", "calls", "HCL ms", "ns a byte", "JSON ms", "ns a byte"
        );
        sizes.into_iter().for_each(grown);
    }
}

fn grown(size: Size) {
    let files = Files::of(size);
    print!("{:>10} {:>10}", size.endpoints, size.calls());
    for file in [&files.hcl, &files.json] {
        let time = median((0..5).map(|_| in_child("check", file).time).collect());
        let each = time.as_nanos() as f64 / std::fs::metadata(file).unwrap().len() as f64;
        print!(" {:>10.0} {each:>10.1}", ms(time));
    }
    println!();
}

/// How long it takes on the clock.
pub fn time(run: impl FnOnce()) -> Duration {
    let start = Instant::now();
    run();
    start.elapsed()
}

/// The time in the middle.
pub fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.swap_remove(times.len() / 2)
}

/// In milliseconds.
pub fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
