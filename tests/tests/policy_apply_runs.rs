//! How `nexusc apply` runs: it asks, counts, stops when it is told to, resumes, and leaves to others what they did.
#![cfg(unix)]
#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tests::account::{self, Account};
use tests::dev::{Dev, fixture};
use tests::nexusc::{command, nexusc_on, nexusc_unapproved};
use tests::run::Run;

const CI: &str = "service_account.ci";
const OWNER: &str = "user.owner";

/// Answers a question on a terminal.
const TERMINAL: &str = r#"
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
os.write(terminal, (sys.argv[1] + "\n").encode())
said = b""
while True:
    try:
        more = os.read(terminal, 65536)
    except OSError:
        break
    if not more:
        break
    said += more
sys.stdout.write(said.decode())
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"#;

struct Scene {
    dev: Dev,
    folder: TempDir,
}

/// A run of `nexusc` that has not ended.
struct Running {
    process: Child,
    stderr: BufReader<ChildStderr>,
    said: String,
}

impl Scene {
    fn with(options: &[&str]) -> Self {
        let dev = Dev::with(&fixture("tiny.nexus.hcl"), options);
        Self { dev, folder: tempfile::tempdir().expect("a folder") }
    }

    /// With these Endpoints in the account.
    fn seeded(endpoints: &str, options: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let seed = folder.path().join("seed.nexus.hcl");
        fs::write(&seed, tiny(endpoints)).expect("a policy file");
        Self { dev: Dev::with(&seed, options), folder }
    }

    fn policy(&self, blocks: &str) -> String {
        let path = self.folder.path().join("policy.nexus.hcl");
        fs::write(&path, tiny(blocks)).expect("a policy file");
        path.display().to_string()
    }

    fn planned(&self, policy: &str) -> String {
        let plan = self.folder.path().join("plan.json").display().to_string();
        let _ = nexusc_on(&self.dev, CI, &["plan", "--out", &plan, policy]).succeeds();
        plan
    }

    fn account(&self) -> Account {
        Account::of(&self.dev, OWNER)
    }

    fn names(&self) -> Vec<String> {
        let name =
            |it: &Value| it.pointer("/spec/name").and_then(Value::as_str).unwrap_or_default().to_owned();
        let mut names: Vec<_> = self.account().endpoints().iter().map(name).collect();
        names.sort();
        names
    }

    #[track_caller]
    fn nothing_to_do(&self, policy: &str) {
        let _ =
            nexusc_on(&self.dev, CI, &["plan", "--detailed-exitcode", policy]).succeeds().says("No changes");
    }

    fn start(&self, arguments: &[&str]) -> Running {
        let mut nexusc = command();
        nexusc.args(arguments).envs(self.dev.environment(self.dev.key(CI)));
        nexusc.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = nexusc.spawn().expect("nexusc starts");
        let stderr = BufReader::new(process.stderr.take().expect("standard error is piped"));
        Running { process, stderr, said: String::new() }
    }

    fn on_terminal(&self, answer: &str, arguments: &[&str]) -> Run {
        let nexusc = command();
        let mut python = Command::new("python3");
        python.args(["-c", TERMINAL, answer]).arg(nexusc.get_program()).args(arguments);
        python.current_dir(nexusc.get_current_dir().expect("a folder")).env("TERM", "dumb");
        Run::of("nexusc on a terminal", python.envs(self.dev.environment(self.dev.key(CI))))
    }
}

impl Running {
    /// Waits for a text.
    #[track_caller]
    fn until(&mut self, text: &str) {
        while !self.said.contains(text) {
            let read = self.stderr.read_line(&mut self.said).expect("standard error is read");
            assert!(read > 0, "it ended without `{text}`: {}", self.said);
        }
    }

    #[track_caller]
    fn send(&self, signal: &str) {
        let id = self.process.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().expect("kill").success());
    }

    fn end(mut self) -> Run {
        let mut stdout = String::new();
        self.stderr.read_to_string(&mut self.said).expect("standard error is read");
        self.process
            .stdout
            .take()
            .expect("piped")
            .read_to_string(&mut stdout)
            .expect("standard output is read");
        let code = self.process.wait().expect("it ends").code();
        Run { what: "nexusc".to_owned(), code, stdout, stderr: self.said }
    }
}

/// The policy of the fixture, and more blocks.
fn tiny(blocks: &str) -> String {
    let tiny = fs::read_to_string(fixture("tiny.nexus.hcl")).expect("the fixture");
    let unlimited = tiny.replace("account {", "account {\n  limits = { endpoints = 1000 }");
    format!("{unlimited}\n{blocks}")
}

fn endpoint(name: &str, task_queue: &str, callers: &str) -> String {
    format!(
        "endpoint \"{name}\" {{\n  worker_target             = {{ namespace = namespace.ledger, task_queue = \"{task_queue}\" }}\n  \
         allowed_caller_namespaces = [{callers}]\n}}\n"
    )
}

fn renamed(name: &str, from: &str, task_queue: &str, callers: &str) -> String {
    let header = format!("endpoint \"{name}\" {{\n");
    endpoint(name, task_queue, callers).replace(&header, &format!("{header}  renamed_from = \"{from}\"\n"))
}

fn many(count: usize) -> String {
    (10..10 + count).map(|number| endpoint(&format!("many-{number}"), "many", "namespace.shop")).collect()
}

#[test]
fn an_apply_asks_and_only_yes_is_an_answer() {
    let scene = Scene::with(&[]);
    let policy = scene.policy(&endpoint("billing", "billing", "namespace.shop"));
    let refused = nexusc_unapproved(&scene.dev, CI, &["apply", &policy]).exits(1);
    let _ = refused.says("+ endpoint billing").says("is not a terminal").says("pass `--auto-approve`");
    for answer in ["no", "y", "YES", ""] {
        let run = scene.on_terminal(answer, &["apply", &policy]).exits(1);
        let _ = run.says("Only `yes` is accepted").says("nothing was applied").never_says("Applied");
    }
    assert_eq!(scene.account().find("billing"), None);
    let _ = scene
        .on_terminal("yes", &["apply", &policy])
        .succeeds()
        .says("+ endpoint billing")
        .says("1 Endpoint created");
    // Without a change there is no question.
    let _ = nexusc_unapproved(&scene.dev, CI, &["apply", &policy])
        .succeeds()
        .says("no changes")
        .never_says("yes");
}

#[test]
fn a_change_that_needs_an_approval_is_not_applied_without_one() {
    let scene = Scene::with(&[]);
    let guard = "guard \"asked\" {\n  each      = \"gained_call\"\n  condition = call.caller.name != \"shop\"\n  message   = \"shop gains a call\"\n  severity  = \"approval\"\n}\n";
    let policy = scene.policy(&(endpoint("billing", "billing", "namespace.shop") + guard));
    let plan = scene.folder.path().join("plan.json").display().to_string();
    let _ = nexusc_on(&scene.dev, CI, &["plan", "--out", &plan, &policy]).exits(3);
    let _ = nexusc_on(&scene.dev, CI, &["apply", &policy]).exits(3).says("approval needed");
    let _ = nexusc_on(&scene.dev, CI, &["apply", "--plan", &plan])
        .exits(3)
        .says("needs an approval: shop gains a call");
    let _ = nexusc_on(&scene.dev, CI, &["apply", "--plan", &plan, &policy]).exits(3).says("approval needed");
    assert_eq!(scene.account().find("billing"), None);

    let json: Value = serde_json::from_str(&fs::read_to_string(&plan).expect("a plan")).expect("JSON");
    let approval = json!([{ "digest": json.pointer("/source/change"), "by": "ada", "reason": "x", "until": json.pointer("/as_of") }]);
    let outside = tempfile::tempdir().expect("a folder");
    let approvals = outside.path().join("approvals.json").display().to_string();
    fs::write(&approvals, approval.to_string()).expect("a file");
    let with = ["apply", "--plan", &plan, "--approvals", &approvals];
    let _ =
        nexusc_on(&scene.dev, CI, &with).succeeds().says("approved by ada").says("created endpoint billing");
}

#[test]
fn an_interrupted_apply_finishes_what_it_began_and_says_what_is_left() {
    for signal in ["-INT", "-TERM"] {
        let scene = Scene::with(&["--operation-time", "1s"]);
        let policy = scene.policy(&many(30));
        let plan = scene.planned(&policy);
        let mut running = scene.start(&["apply", "--plan", &plan]);
        running.until("1 of 30: created endpoint many-1");
        running.send(signal);
        let run = running.end().exits(1).says("stopping: changes in progress are finished");
        let done = run.stderr.matches(": created endpoint").count();
        assert!((1..30).contains(&done), "{run}");
        assert_eq!(scene.names().iter().filter(|name| name.starts_with("many-")).count(), done, "{run}");
        let _ = run
            .says(&format!("stopped: {done} of 30 changes are done, {} were not started", 30 - done))
            .says("endpoint many-30 was not created")
            .says("run the same command again")
            .says(&format!("Applied: {done} Endpoint"));
        let rest = nexusc_on(&scene.dev, CI, &["apply", "--plan", &plan]).succeeds();
        assert_eq!(rest.stderr.matches("was already as planned").count(), done, "{rest}");
        scene.nothing_to_do(&policy);
    }
}

#[test]
fn a_second_signal_ends_an_apply_at_once() {
    let scene = Scene::with(&["--operation-time", "60s"]);
    let policy = scene.policy(&many(3));
    let mut running = scene.start(&["apply", "--auto-approve", &policy]);
    running.until("Plan: 3 Endpoints");
    let start = Instant::now();
    while scene.account().find("many-12").is_none() {
        assert!(start.elapsed() < Duration::from_secs(30), "it begins");
        std::thread::sleep(Duration::from_millis(20));
    }
    running.send("-INT");
    running.until("stopping:");
    running.send("-INT");
    let _ = running.end().exits(1).says("stopped at once").says("run `nexusc plan`");
    assert!(start.elapsed() < Duration::from_secs(40), "{:?}", start.elapsed());
}

/// How many changes [`varied`] is to make. `APPLY_CHANGES` asks for more than CI runs.
fn many_changes() -> usize {
    let more = std::env::var_os("APPLY_CHANGES").and_then(|text| text.to_str()?.parse().ok());
    more.map_or(A_GROUP, |count: usize| count.next_multiple_of(A_GROUP))
}

/// The changes of one group: a chain of three renames with a creation at its end, four other creations, a retarget, and two
/// changes of an allowlist.
const A_GROUP: usize = 11;

/// An account, and a policy that makes so many changes of all kinds.
fn varied(changes: usize, operation_time: &str) -> (Scene, String) {
    let (mut seed, mut blocks) = (String::new(), String::new());
    for group in 0..changes.div_ceil(A_GROUP) {
        let name = |name: &str| format!("{name}-{group}");
        for held in ["pay", "pay-v2", "pay-v3", "mail", "post", "wire"] {
            seed += &endpoint(&name(held), held, "namespace.shop");
        }
        for new in ["new-a", "new-b", "new-c", "new-d"] {
            blocks += &endpoint(&name(new), "many", "namespace.shop");
        }
        blocks += &renamed(&name("pay-old"), &name("pay"), "pay", "namespace.shop");
        blocks += &renamed(&name("pay"), &name("pay-v2"), "pay-v2", "namespace.shop, namespace.cart");
        blocks += &renamed(&name("pay-v2"), &name("pay-v3"), "pay-v3", "namespace.shop");
        blocks += &endpoint(&name("pay-v3"), "pay-v4", "namespace.shop");
        blocks += &endpoint(&name("post"), "post", "namespace.cart, namespace.shop");
        // Few lose anything, so that no consent is needed.
        let (mails, callers) = match group % 4 {
            0 => (endpoint(&name("mail"), "mails", "namespace.shop"), ""),
            _ => (
                endpoint(&name("mail"), "mail", "namespace.cart, namespace.shop"),
                "namespace.shop, namespace.cart",
            ),
        };
        blocks += &mails;
        blocks += &endpoint(&name("wire"), "wire", callers);
    }
    let scene = Scene::seeded(&seed, &["--operation-time", operation_time]);
    let policy = scene.policy(&blocks);
    (scene, policy)
}

/// The ids of the Endpoints that [`varied`] renames, by the names that they have before or after it.
fn ids_of_renamed(scene: &Scene, changes: usize, names: [&str; 3]) -> Vec<String> {
    let endpoints = scene.account().endpoints();
    let ids: BTreeMap<_, _> = endpoints
        .iter()
        .map(|it| (it.pointer("/spec/name").and_then(Value::as_str).unwrap_or_default(), account::id(it)))
        .collect();
    let groups = 0..changes.div_ceil(A_GROUP);
    let names = groups.flat_map(|group| names.map(|name| format!("{name}-{group}")));
    names.map(|name| ids.get(&*name).map(ToString::to_string).unwrap_or_default()).collect()
}

/// Ends an apply after each of its changes with a signal, and applies the rest. Most of the time is spent waiting for
/// operations, so that several are tried at a time.
fn ended_at_every_boundary(signal: &str) {
    let (changes, next) = (many_changes(), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(after) = Some(next.fetch_add(1, Relaxed)).filter(|after| *after <= changes) {
                    ended_after(after, changes, signal);
                }
            });
        }
    });
}

fn ended_after(ended_after: usize, changes: usize, signal: &str) {
    let (scene, policy) = varied(changes, "20ms");
    let ids = ids_of_renamed(&scene, changes, ["pay", "pay-v2", "pay-v3"]);
    let before = scene.names();
    let plan = scene.planned(&policy);
    let mut running = scene.start(&["apply", "--plan", &plan]);
    running.until(&match ended_after {
        0 => "Plan:".to_owned(),
        number => format!("  {number} of {changes}: "),
    });
    running.send(signal);
    let told = running.end();
    let claimed = told.stderr.matches(": created").count() + told.stderr.matches(": changed").count();
    assert!(claimed >= ended_after, "{told}");
    let rest = nexusc_on(&scene.dev, CI, &["apply", "--plan", &plan]).succeeds();
    assert!(rest.stderr.matches("was already as planned").count() >= claimed, "{told}\n{rest}");
    scene.nothing_to_do(&policy);
    // Nothing is there twice, and nothing is lost.
    assert_eq!(scene.names().len(), before.len() + changes / A_GROUP * 5, "{rest}");
    let now = ids_of_renamed(&scene, changes, ["pay-old", "pay", "pay-v2"]);
    assert_eq!(now, ids, "Endpoints keep their ids");
}

#[test]
fn a_killed_apply_is_resumed_by_the_same_plan() {
    ended_at_every_boundary("-KILL");
}

#[test]
fn an_apply_that_is_interrupted_at_any_change_is_resumed_by_the_same_plan() {
    ended_at_every_boundary("-INT");
}

#[test]
fn applies_at_once_each_say_what_they_did_themselves() {
    for saved in [false, true] {
        let (scene, policy) = varied(A_GROUP, "300ms");
        let changes = A_GROUP;
        let plan = scene.planned(&policy);
        let arguments: Vec<&str> =
            if saved { vec!["apply", "--plan", &plan] } else { vec!["apply", "--auto-approve", &policy] };
        let running: Vec<_> = (0..5).map(|_| scene.start(&arguments)).collect();
        let runs: Vec<_> = running.into_iter().map(|running| running.end().succeeds()).collect();
        let of = |text: &str| runs.iter().map(|run| run.stderr.matches(text).count()).sum::<usize>();
        assert_eq!(
            of(": created") + of(": changed"),
            changes,
            "saved: {saved}\n{}",
            runs.iter().map(ToString::to_string).collect::<String>()
        );
        scene.nothing_to_do(&policy);
    }
}
