//! What no registry should answer, and what Terraform with the provider makes of it while planning, applying and refreshing: an
//! error that says what is wrong, soon, with little memory, and the API key neither said nor stored.
#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::fmt::Write as _;
use std::fs;
use std::process::Stdio;
use std::sync::Mutex;
use std::time::{Duration, Instant};
use tests::hostile::kinds::{IDENTITY, Kind, LISTS, NAMESPACES, OTHERS, REGIONS, WRITES};
use tests::hostile::{Hostile, KEY};
use tests::terraform::Terraform;
use tests::workspace::{PROVIDER, Workspace};

/// For a whole command, on a machine that is busy. Terraform itself takes a second or two.
const LONGEST: Duration = Duration::from_secs(60);
/// Of the provider, in KiB.
const MEMORY: u64 = 200 << 10;
/// Commands at the same time.
const AT_ONCE: usize = 2;

/// Kinds of answers to lists that a client does not try again: those take Terraform, too, no longer than one answer.
const PLANNED: [&str; 17] = [
    "a huge body",
    "a gzip bomb",
    "many values in a short text",
    "a list instead of an object",
    "numbers for texts",
    "deep nesting",
    "a page of HTML",
    "a bare 401",
    "Retry-After of ages",
    "empty pages for ever",
    "new Endpoints for ever",
    "the same ids",
    "an id that is a path",
    "a name of two lines",
    "a caller that is a path",
    "a target with an escape",
    "the key as a name",
];

const LISTED: &str = "data \"temporalnexus_endpoints\" \"all\" {}\noutput \"all\" {\n  value = data.temporalnexus_endpoints.all.endpoints\n}\n";

const CREATED: &str = r#"
resource "temporalnexus_endpoint" "it" {
  name                      = "billing"
  worker_target             = { namespace_id = "ledger.tiny1", task_queue = "billing" }
  allowed_caller_namespaces = ["shop.tiny1"]
  timeouts {
    create = "2s"
    read   = "2s"
  }
}
"#;

const CONNECTED: &str = r#"
resource "temporalnexus_privatelink_mapping" "it" {
  region        = "aws-us-east-1"
  connection_id = "vpce-0123456789abcdef0"
}
"#;

/// The configuration that asks for what an answer is about.
fn asking(kind: &Kind) -> (&'static str, &'static str) {
    match (kind.method, kind.path) {
        ("POST", _) => (CONNECTED, "apply"),
        (_, NAMESPACES) => ("data \"temporalnexus_namespaces\" \"all\" {}\n", "plan"),
        (_, REGIONS) => ("data \"temporalnexus_regions\" \"all\" {}\n", "plan"),
        (_, IDENTITY) => ("data \"temporalnexus_current_identity\" \"me\" {}\n", "plan"),
        _ => ("data \"temporalnexus_connectivity_rules\" \"all\" {}\n", "plan"),
    }
}

/// Creations that the registry accepted: their Endpoint is in the state, and a warning says why no more is known of it.
const ACCEPTED: [(&str, &str); 4] = [
    ("an operation that never ends", "the `create` timeout of 2s expired"),
    ("an unknown state", "the `create` timeout of 2s expired"),
    ("the operation of another", "it describes operation `other`"),
    ("no such operation", "cannot determine whether endpoint `billing` is ready"),
];

/// A configuration and the commands on it.
struct Case<'k> {
    kind: &'k Kind,
    configuration: &'static str,
    command: &'static str,
}

fn run(case: &Case<'_>, terraform: &Terraform) -> Result<u64, String> {
    let Case { kind, configuration, command } = case;
    let registry = Hostile::start(kind.method, kind.path, kind.answer);
    let mut workspace = Workspace::new(terraform);
    workspace.write("main.tf", &format!("{PROVIDER}{configuration}"));
    let address = format!("http://{}", registry.address());
    workspace.set([("TEMPORAL_CLOUD_ENDPOINT", address.as_str()), ("TEMPORAL_CLOUD_API_KEY", KEY)]);
    let talk = workspace.path().join("talk");
    let file = fs::File::create(&talk).expect("a file");
    let started = Instant::now();
    let mut child = workspace.command();
    child.args([*command, "-no-color", "-input=false"]);
    child.args((*command == "apply").then_some("-auto-approve"));
    child.stdin(Stdio::null()).stdout(file.try_clone().expect("a file")).stderr(file);
    let mut child = child.spawn().expect("it starts");
    let mut memory = 0;
    let code = loop {
        memory = memory.max(peak(&address));
        match child.try_wait().expect("it can be waited for") {
            Some(status) => break status.code(),
            None if started.elapsed() > LONGEST => {
                let _ = child.kill();
                break None;
            }
            None => std::thread::sleep(Duration::from_millis(10)),
        }
    };
    let said = String::from_utf8_lossy(&fs::read(&talk).expect("a file")).into_owned();
    let words = said.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let state = fs::read_to_string(workspace.path().join("terraform.tfstate")).unwrap_or_default();
    let accepted = ACCEPTED.iter().find(|(name, _)| *name == kind.name).map(|(_, said)| *said);
    let expected = accepted.or(kind.said).unwrap_or("an error").to_lowercase();
    let expected_code = if accepted.is_some() { Some(0) } else { Some(1) };
    let quiet = !words.contains(KEY) && !state.contains(KEY) && !said.contains('\u{1b}');
    if code != expected_code || !words.contains(&expected) || !quiet || memory > MEMORY {
        let took = started.elapsed();
        return Err(format!(
            "{}: code {code:?}, {took:?}, {memory} KiB, expected {expected}:\n{said}\n",
            kind.name
        ));
    }
    Ok(memory)
}

/// The most memory that a provider for this registry has taken so far, in KiB; Linux alone tells.
fn peak(address: &str) -> u64 {
    let Ok(processes) = fs::read_dir("/proc") else { return 0 };
    let of = |path: std::path::PathBuf| {
        let environment = fs::read(path.join("environ")).ok()?;
        let has = |wanted: &[u8]| environment.windows(wanted.len()).any(|window| window == wanted);
        if !has(address.as_bytes()) || !has(b"TF_PLUGIN_MAGIC_COOKIE") && !has(b"PLUGIN_PROTOCOL_VERSIONS") {
            return None;
        }
        let status = fs::read_to_string(path.join("status")).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        line.trim().trim_end_matches(" kB").parse().ok()
    };
    processes.flatten().filter_map(|entry| of(entry.path())).max().unwrap_or(0)
}

#[test]
fn terraform_says_what_is_wrong_soon_and_with_little_memory() {
    let terraform = Terraform::all().first().expect("there is one");
    let planned = LISTS.iter().filter(|kind| PLANNED.contains(&kind.name));
    let planned = planned.map(|kind| Case { kind, configuration: LISTED, command: "plan" });
    let applied = WRITES.iter().map(|kind| Case { kind, configuration: CREATED, command: "apply" });
    let refreshed =
        LISTS.iter().filter(|kind| ["the key as a name", "the same page token"].contains(&kind.name));
    let refreshed = refreshed.map(|kind| Case { kind, configuration: LISTED, command: "refresh" });
    let others = OTHERS.iter().map(|kind| {
        let (configuration, command) = asking(kind);
        Case { kind, configuration, command }
    });
    let cases: Vec<_> = planned.chain(applied).chain(refreshed).chain(others).collect();
    assert_eq!(cases.len(), PLANNED.len() + WRITES.len() + OTHERS.len() + 2);
    let (next, wrong, most) = (Mutex::new(cases.iter()), Mutex::new(String::new()), Mutex::new(0));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let Some(case) = next.lock().expect("no test panics").next() else { return };
                    match run(case, terraform) {
                        Ok(memory) => {
                            let mut most = most.lock().expect("no test panics");
                            *most = memory.max(*most);
                        }
                        Err(text) => {
                            let _ = write!(wrong.lock().expect("no test panics"), "\n{text}");
                        }
                    }
                }
            });
        }
    });
    let (wrong, most) =
        (wrong.into_inner().expect("no test panics"), most.into_inner().expect("no test panics"));
    assert!(wrong.is_empty(), "{} runs, at most {most} KiB{wrong}", cases.len());
    assert!(most > 0 || !cfg!(target_os = "linux"), "no provider was found");
    println_figures(cases.len(), most);
}

#[expect(clippy::print_stdout, reason = "figures for whoever runs it with --nocapture")]
fn println_figures(runs: usize, memory: u64) {
    println!("{runs} runs, the provider took at most {memory} KiB");
}
