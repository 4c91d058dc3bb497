//! What no registry should answer, and what `nexusc` and Terraform make of it: an error that says what is wrong, soon, with
//! little memory, and never the API key.
#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};
use tests::binaries;
use tests::hostile::kinds::{Kind, LISTS, OTHERS, REGIONS, WRITES};
use tests::hostile::{Hostile, KEY};

/// For one call, one list or one change.
const TIMEOUT: &str = "2s";
/// For what is to end by its length, not by its time, and for what comes late.
const LONG_TIMEOUT: &str = "10s";
/// For a whole command, which makes several calls, on a machine that is busy.
const LONGEST: Duration = Duration::from_secs(60);
/// In KiB.
const MEMORY: u64 = 200 << 10;
/// Commands at the same time.
const AT_ONCE: usize = 4;

const POLICY: &str = r#"
account {
  id = "tiny1"
}
endpoint "billing" {
  worker_target             = { namespace = "ledger", task_queue = "billing" }
  allowed_caller_namespaces = ["shop"]
}
"#;

/// A command that has ended, and the most memory that it took, in KiB.
struct Ended {
    code: Option<i32>,
    said: String,
    took: Duration,
    memory: u64,
}

fn nexusc(verb: &str, kind: &Kind, folder: &Path) -> Ended {
    let registry = Hostile::start(kind.method, kind.path, kind.answer);
    let mut command = Command::new(binaries::nexusc());
    command.env_clear().env("TEMPORAL_CLOUD_API_KEY", KEY).args([verb, "--registry"]);
    command
        .arg(format!("http://{}", registry.address()))
        .args(["--timeout", if takes_longer(kind) { LONG_TIMEOUT } else { TIMEOUT }]);
    if verb == "apply" {
        command.arg("--auto-approve");
    }
    if verb != "snapshot" {
        command.arg(folder.join("p.nexus.hcl"));
    }
    ended(&mut command, &folder.join(kind.name.replace(' ', "-")))
}

/// A change is preceded by a dozen sound calls, each of which must be in time on a machine that is busy.
fn takes_longer(kind: &Kind) -> bool {
    let by_length = ["empty pages for ever", "new Endpoints for ever"].contains(&kind.name);
    by_length || WRITES.iter().any(|other| other.name == kind.name)
}

/// Runs a command and looks at its memory while it runs. What it says goes to files: nobody reads a pipe meanwhile.
fn ended(command: &mut Command, talk: &Path) -> Ended {
    let file = fs::File::create(talk).expect("a file");
    let started = Instant::now();
    let stdout = file.try_clone().expect("a file");
    let mut child = command.stdin(Stdio::null()).stdout(stdout).stderr(file).spawn().expect("it starts");
    let mut memory = 0;
    let code = loop {
        memory = memory.max(peak(&child));
        match child.try_wait().expect("it can be waited for") {
            Some(status) => break status.code(),
            None if started.elapsed() > LONGEST * 3 => {
                let _ = child.kill();
                break None;
            }
            None => std::thread::sleep(Duration::from_millis(2)),
        }
    };
    let said = String::from_utf8_lossy(&fs::read(talk).expect("a file")).into_owned();
    Ended { code, said, took: started.elapsed(), memory }
}

/// The most memory that a process has taken so far, in KiB; Linux alone tells.
fn peak(child: &Child) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

fn judge(kind: &Kind, ended: &Ended, wrong: &Mutex<String>) {
    let Ended { code, said, took, memory } = ended;
    let code_is_right = match kind.said {
        // What could not be read is 2; a change that failed is 1.
        Some(text) => (*code == Some(1) || *code == Some(2)) && said.contains(text),
        None => *code == Some(0),
    };
    let quiet = !said.to_lowercase().contains(KEY) && !said.contains('\u{1b}') && !said.contains("\n::");
    if !code_is_right || !quiet || *took > LONGEST || *memory > MEMORY {
        let start: String = said.chars().take(600).collect();
        let _ = write!(
            wrong.lock().expect("no test panics"),
            "\n{}: code {code:?}, {took:?}, {memory} KiB, expected {:?}:\n{start}\n",
            kind.name,
            kind.said
        );
    }
}

#[test]
fn nexusc_says_what_is_wrong_soon_and_with_little_memory() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("p.nexus.hcl"), POLICY).expect("a policy");
    let _ = binaries::nexusc();
    let jobs: Vec<_> = LISTS.iter().map(|kind| ("snapshot", kind)).collect();
    let plans = LISTS.iter().step_by(7).map(|kind| ("plan", kind));
    let writes = WRITES.iter().map(|kind| ("apply", kind));
    // What a snapshot reads besides Endpoints: no regions, and it writes nothing.
    let others = OTHERS.iter().filter(|kind| kind.method == "GET" && kind.path != REGIONS);
    let others = others.map(|kind| ("snapshot", kind));
    let jobs: Vec<_> = jobs.into_iter().chain(plans).chain(writes).chain(others).collect();
    assert!(LISTS.len() + WRITES.len() >= 40);
    let (next, wrong, most) =
        (Mutex::new(jobs.iter()), Mutex::new(String::new()), Mutex::new((0, Duration::ZERO)));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let Some((verb, kind)) = next.lock().expect("no test panics").next() else { return };
                    let ended = nexusc(verb, kind, folder.path());
                    judge(kind, &ended, &wrong);
                    let mut most = most.lock().expect("no test panics");
                    *most = (most.0.max(ended.memory), most.1.max(ended.took));
                }
            });
        }
    });
    let wrong = wrong.into_inner().expect("no test panics");
    let (memory, took) = most.into_inner().expect("no test panics");
    assert!(wrong.is_empty(), "{} commands, at most {memory} KiB and {took:?}{wrong}", jobs.len());
    println_figures(jobs.len(), memory, took);
}

#[expect(clippy::print_stdout, reason = "figures for whoever runs it with --nocapture")]
fn println_figures(commands: usize, memory: u64, took: Duration) {
    println!("{commands} commands, at most {memory} KiB and {took:?}");
}
