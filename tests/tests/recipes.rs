//! The recipes for CI run to their end: the shell steps of the Action, the workflows, the GitLab component, the hooks and Atlantis,
//! as they stand in their files, in a temporary Git repository, with `gh` and `curl` that write to a file.
#![expect(clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, OnceLock, PoisonError};
use tests::binaries;
use tests::dev::{Dev, fixture};
use tests::python::{Packages, Python};
use tests::run::Run;

const YAML: Packages = Packages { requirements: &["PyYAML==6.0.3"], why: "PyYAML reads the recipes" };

const OURS: &str = "temporalnexus/nexusc";

const MARKER: &str = "<!-- nexusc:report id=nexusc -->";

const ACCOUNT: &str = r#"account {
  id       = "a2dd6"
  apply_as = service_account.ci
}

service_account "ci" {
  account_access   = "developer"
  namespace_access = { pay = "admin", orders = "read", cart = "read", web = "read" }
}

service_account "reader" {
  account_access   = "read"
  namespace_access = { pay = "read", orders = "read", cart = "read", web = "read" }
}

namespace "orders" {
  regions = ["aws-us-east-1"]
}

namespace "cart" {
  regions = ["aws-us-east-1"]
}

namespace "web" {
  regions = ["aws-us-east-1"]
}

namespace "pay" {
  regions = ["aws-us-east-1"]
}

guard "cart asks" {
  each      = "gained_call"
  condition = call.caller.name != "cart"
  message   = "cart gains access"
  severity  = "approval"
}
"#;

fn endpoint(callers: &str) -> String {
    format!(
        "endpoint \"pay\" {{\n  worker_target             = {{ namespace = namespace.pay, task_queue = \"pay\" }}\n  \
         allowed_caller_namespaces = [{callers}]\n}}\n"
    )
}

const BASE: &str = "namespace.orders";
/// A change that passes, one that fails, one that needs an approval, and one that changes nothing.
const PASSES: &str = "namespace.orders, namespace.web";
const FAILS: &str = "namespace.orders, 7";
const ASKS: &str = "namespace.orders, namespace.cart";
const NOTHING: &str = "# the shop\n    namespace.orders";

/// Looked for once: a version manager's launcher takes a tenth of a second.
fn python() -> &'static Python {
    static PYTHON: OnceLock<Python> = OnceLock::new();
    PYTHON.get_or_init(|| Python::find(YAML.why))
}

/// The documents of a YAML file, each file read once.
#[track_caller]
fn yaml(path: impl AsRef<Path>) -> Vec<Value> {
    static READ: Mutex<BTreeMap<PathBuf, Vec<Value>>> = Mutex::new(BTreeMap::new());
    let path = binaries::root().join(path);
    let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    read.entry(path.clone()).or_insert_with(|| read_yaml(&path)).clone()
}

#[track_caller]
fn read_yaml(path: &Path) -> Vec<Value> {
    let packages = YAML.installed(python(), |_| {});
    let script = "import json, sys, yaml; print(json.dumps(list(yaml.safe_load_all(sys.stdin))))";
    let mut command = Command::new(python().path());
    command.args(["-c", script]).env("PYTHONPATH", packages);
    let file = fs::File::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let output = command.stdin(file).output().expect("Python runs");
    assert!(output.status.success(), "{}: {}", path.display(), String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[track_caller]
fn recipe(path: &str) -> Value {
    yaml(path).pop().expect("a document")
}

/// A repository with a policy on `main` and on `origin/main`, a checked-out change of it, and a forge with its pull request.
struct Repository {
    folder: tempfile::TempDir,
}

impl Repository {
    #[track_caller]
    fn with(callers: &str) -> Self {
        let repository = Self { folder: tempfile::tempdir().expect("a folder") };
        for folder in ["work", "bin", "forge", "runner"] {
            fs::create_dir(repository.path(folder)).expect("a folder");
        }
        repository.git(&["init", "--quiet", "--initial-branch=main"]);
        repository.write("README.md", "Who may call whom.\n");
        repository.commit("zero");
        repository.write("policy/account.nexus.hcl", ACCOUNT);
        repository.write("policy/pay.nexus.hcl", &endpoint(BASE));
        repository.commit("one");
        repository.git(&["update-ref", "refs/remotes/origin/main", "main"]);
        repository.git(&["switch", "--quiet", "--create", "change"]);
        repository.change(callers);
        for name in ["gh", "curl"] {
            let stub = repository.path("bin").join(name);
            let text = format!("#!{}\n", python().path().display());
            let forge = fs::read_to_string(fixture("recipes/forge.py")).expect("the stub");
            fs::write(&stub, text + &forge).expect("a stub");
            fs::set_permissions(&stub, fs::Permissions::from_mode(0o755)).expect("a program");
        }
        symlink(binaries::nexusc(), repository.path("bin/nexusc")).expect("a link");
        repository
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn root(&self) -> PathBuf {
        self.path("work")
    }

    #[track_caller]
    fn write(&self, path: &str, text: &str) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    #[track_caller]
    fn git(&self, arguments: &[&str]) -> String {
        let mut git = Command::new("git");
        git.current_dir(self.root())
            .args(["-c", "user.name=ana", "-c", "user.email=ana@acme.example"])
            .args(arguments);
        git.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
        Run::of(format!("git {}", arguments.join(" ")), &mut git).succeeds().stdout.trim().to_owned()
    }

    #[track_caller]
    fn commit(&self, message: &str) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", message]);
    }

    #[track_caller]
    fn change(&self, callers: &str) {
        self.write("policy/pay.nexus.hcl", &endpoint(callers));
        self.commit("change");
    }

    /// A shell with our stubs first on its PATH.
    #[expect(clippy::disallowed_methods, reason = "its other programs are those of the test's own PATH")]
    fn shell(&self, options: &[&str], script: &str, environment: &BTreeMap<String, String>) -> Run {
        let file = self.path("script.sh");
        fs::write(&file, script).expect("a script");
        let mut command = Command::new("bash");
        command.args(options).arg(&file).current_dir(self.root());
        let path = std::env::var("PATH").expect("a PATH");
        command.env_clear().env("PATH", format!("{}:{path}", self.path("bin").display()));
        command.env("HOME", self.path("runner")).env("FORGE", self.path("forge"));
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1").envs(environment);
        Run::of(script, &mut command)
    }

    #[track_caller]
    fn comments(&self) -> Vec<Value> {
        let file = self.path("forge/comments.json");
        let Ok(text) = fs::read_to_string(file) else { return Vec::new() };
        serde_json::from_str(&text).expect("JSON")
    }

    #[track_caller]
    fn put_comments(&self, comments: &Value) {
        fs::write(self.path("forge/comments.json"), comments.to_string()).expect("comments");
    }

    /// The calls that write.
    fn writes(&self) -> Vec<String> {
        let calls = fs::read_to_string(self.path("forge/calls")).unwrap_or_default();
        calls.lines().filter(|call| !call.starts_with("GET ")).map(str::to_owned).collect()
    }
}

type Context = BTreeMap<String, String>;

fn context(pairs: &[(&str, &str)]) -> Context {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// A job of GitHub Actions on a machine that has what its workflows ask for.
struct Job<'r> {
    repository: &'r Repository,
    environment: Context,
    /// The actions of others that were used, each with its inputs.
    used: Vec<(String, Context)>,
    /// Whether actions of others fail.
    others_fail: bool,
    log: String,
}

impl<'r> Job<'r> {
    fn new(repository: &'r Repository) -> Self {
        let runner = repository.path("runner");
        let mut environment = context(&[
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_REPOSITORY", "acme/nexus"),
            ("LC_ALL", "C.UTF-8"),
        ]);
        environment.insert("RUNNER_TEMP".to_owned(), runner.display().to_string());
        let summary = runner.join("summary.md").display().to_string();
        environment.insert("GITHUB_STEP_SUMMARY".to_owned(), summary);
        Self { repository, environment, used: Vec::new(), others_fail: false, log: String::new() }
    }

    fn of_pull_request(repository: &'r Repository) -> Self {
        let mut job = Self::new(repository);
        job.environment.insert("GITHUB_BASE_REF".to_owned(), "main".to_owned());
        job
    }

    /// Runs steps; the code of the first that failed, else 0, and what the steps put out.
    #[track_caller]
    fn run(&mut self, steps: &Value, mut known: Context, folder: Option<&Path>) -> (i32, Context) {
        let mut worst = 0;
        for step in steps.as_array().expect("steps") {
            let condition = step["if"].as_str().unwrap_or("true");
            if (worst != 0 && !condition.contains("always()")) || !holds(condition, &known) {
                continue;
            }
            let id = step["id"].as_str().unwrap_or("unnamed");
            let (code, outputs) = match (step["run"].as_str(), step["uses"].as_str()) {
                (Some(script), None) => self.script(script, step, &known, folder),
                (None, Some(action)) => self.action(action, step, &known),
                _ => panic!("neither `run` nor `uses`: {step}"),
            };
            let outcome = if code == 0 { "success" } else { "failure" };
            known.insert(format!("steps.{id}.outcome"), outcome.to_owned());
            known.extend(
                outputs.into_iter().map(|(name, value)| (format!("steps.{id}.outputs.{name}"), value)),
            );
            if worst == 0 && step["continue-on-error"] != true {
                worst = code;
            }
        }
        (worst, known)
    }

    #[track_caller]
    fn script(
        &mut self,
        script: &str,
        step: &Value,
        known: &Context,
        folder: Option<&Path>,
    ) -> (i32, Context) {
        assert!(!script.contains("${{"), "text of inputs would be code: {script}");
        assert!(folder.is_none() || step["shell"] == "bash", "a step of an action needs a shell: {step}");
        let mut environment = self.environment.clone();
        environment.extend(expanded(&step["env"], known));
        let output = self.repository.path("output");
        fs::write(&output, "").expect("a file");
        environment.insert("GITHUB_OUTPUT".to_owned(), output.display().to_string());
        if let Some(folder) = folder {
            environment.insert("GITHUB_ACTION_PATH".to_owned(), folder.display().to_string());
        }
        let options: &[&str] = if step["shell"] == "bash" {
            &["--noprofile", "--norc", "-eo", "pipefail"]
        } else {
            &["--noprofile", "--norc", "-e"]
        };
        let run = self.repository.shell(options, script, &environment);
        self.log += &format!("{}{}", run.stdout, run.stderr);
        let outputs = fs::read_to_string(output).expect("outputs");
        let pair = |line: &str| line.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
        (run.code.expect("an exit code"), outputs.lines().filter_map(pair).collect())
    }

    #[track_caller]
    fn action(&mut self, action: &str, step: &Value, known: &Context) -> (i32, Context) {
        let with = expanded(&step["with"], known);
        let (name, version) = action.split_once('@').expect("an action has a version");
        let Some(path) = name.strip_prefix(OURS) else {
            let is_digest = version.len() == 40 && version.bytes().all(|byte| byte.is_ascii_hexdigit());
            assert!(is_digest, "{action} is not used by digest");
            self.used.push((name.to_owned(), with));
            return (i32::from(self.others_fail), Context::new());
        };
        let folder = binaries::root().join(path.trim_start_matches('/'));
        let definition = yaml(folder.join("action.yml")).pop().expect("an action");
        let inputs = definition["inputs"].as_object().expect("inputs");
        for name in with.keys() {
            assert!(inputs.contains_key(name), "{action} has no input {name}");
        }
        let mut inner = Context::new();
        for (name, input) in inputs {
            let default = input["default"].as_str().map(|text| expand(text, known));
            let given = with.get(name).cloned().or(default);
            // What is built here takes the place of what would be installed.
            let given = if name == "nexusc" { Some(binaries::nexusc().display().to_string()) } else { given };
            let given = given.unwrap_or_else(|| panic!("{action} needs the input {name}"));
            inner.insert(format!("inputs.{name}"), given);
        }
        inner.extend(
            known.iter().filter(|(name, _)| !name.starts_with("steps.")).map(|(n, v)| (n.clone(), v.clone())),
        );
        let (code, after) = self.run(&definition["runs"]["steps"], inner, Some(&folder));
        let none = serde_json::Map::new();
        let outputs = definition["outputs"].as_object().unwrap_or(&none);
        let output = |(name, output): (&String, &Value)| {
            (name.clone(), expand(output["value"].as_str().expect("a value"), &after))
        };
        (code, outputs.iter().map(output).collect())
    }
}

/// The value of an expression. What a step did not put out is empty.
#[track_caller]
fn value(expression: &str, known: &Context) -> String {
    let expression = expression.trim();
    if let Some(text) = expression.strip_prefix('\'').and_then(|text| text.strip_suffix('\'')) {
        return text.to_owned();
    }
    let found = known.get(expression).cloned();
    let found = found.or_else(|| expression.starts_with("steps.").then(String::new));
    found.unwrap_or_else(|| panic!("the test has no `{expression}`"))
}

#[track_caller]
fn expand(text: &str, known: &Context) -> String {
    let mut parts = text.split("${{");
    let mut result = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (expression, rest) = part.split_once("}}").expect("an expression ends");
        result += &value(expression, known);
        result += rest;
    }
    result
}

#[track_caller]
fn expanded(object: &Value, known: &Context) -> Context {
    let none = serde_json::Map::new();
    let pairs = object.as_object().unwrap_or(&none).iter();
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    pairs.map(|(name, value)| (name.clone(), expand(&text(value), known))).collect()
}

#[track_caller]
fn holds(condition: &str, known: &Context) -> bool {
    let term = |term: &str| match term.trim() {
        "always()" | "true" => true,
        term => match (term.split_once("=="), term.split_once("!=")) {
            (Some((left, right)), _) => value(left, known) == value(right, known),
            (_, Some((left, right))) => value(left, known) != value(right, known),
            _ => panic!("cannot evaluate `{term}`"),
        },
    };
    condition.split("||").any(|all| all.split("&&").all(term))
}

const PULL_REQUEST: [(&str, &str); 6] = [
    ("github.event_name", "pull_request"),
    ("github.token", "secret"),
    ("github.repository", "acme/nexus"),
    ("github.event.pull_request.number", "7"),
    ("github.event.pull_request.head.repo.full_name", "acme/nexus"),
    ("runner.temp", "/nowhere"),
];

/// The job of the workflow that reviews pull requests.
#[track_caller]
fn review(job: &mut Job, changed: &[(&str, &str)]) -> i32 {
    let workflow = recipe("examples/ci/github/nexus.yml");
    let mut known = context(&PULL_REQUEST);
    known.extend(context(changed));
    job.run(&workflow["jobs"]["review"]["steps"], known, None).0
}

#[test]
fn a_pull_request_is_reviewed() {
    for (callers, code, heading) in [
        (PASSES, 0, "### Temporal Nexus: accepted — 1 call gained, 0 lost"),
        (FAILS, 1, "### Temporal Nexus: rejected — 1 error"),
        (ASKS, 3, "### Temporal Nexus: needs approval — 1 call gained, 0 lost"),
    ] {
        let repository = Repository::with(callers);
        let mut job = Job::of_pull_request(&repository);
        assert_eq!(review(&mut job, &[]), code, "{}", job.log);
        let comments = repository.comments();
        let [comment] = &*comments else { panic!("not one comment: {comments:?}\n{}", job.log) };
        let body = comment["body"].as_str().expect("a body");
        assert!(body.starts_with(&format!("{MARKER}\n{heading}")), "{body}");
        assert_eq!(repository.writes(), ["POST repos/acme/nexus/issues/7/comments"]);
        let summary = fs::read_to_string(repository.path("runner/summary.md")).expect("a summary");
        assert!(summary.contains(heading.trim_start_matches("### ")), "{summary}");

        // The findings are uploaded whatever the verdict is, and the file is there.
        let (upload, with) = job.used.last().expect("an upload");
        assert_eq!(upload, "github/codeql-action/upload-sarif");
        let sarif = fs::read_to_string(with.get("sarif_file").expect("a file")).expect("a report");
        assert_eq!(sarif.contains("wrong-type"), code == 1, "{sarif}");

        // The same comment a second time.
        let mut job = Job::of_pull_request(&repository);
        assert_eq!(review(&mut job, &[]), code, "{}", job.log);
        assert_eq!(repository.comments().len(), 1);
        assert_eq!(repository.writes().last().expect("a call"), "PATCH repos/acme/nexus/issues/comments/1");
    }
}

fn forged(id: u64, login: &str, first_line: &str) -> Value {
    let user = json!({ "login": login, "id": if login == "github-actions[bot]" { 7 } else { 8 } });
    let body = format!("{first_line}\nall is well");
    json!({ "id": id, "created_at": format!("2026-06-{:02}T00:00:00Z", id % 28 + 1), "user": user, "author": user, "body": body })
}

/// 150 comments of others with our marker, so that ours are on the second page; ours of another report; and two of ours.
fn crowd() -> Value {
    let bot = "github-actions[bot]";
    let mut comments: Vec<_> = (1..=150).map(|id| forged(id, "mallory", MARKER)).collect();
    comments.push(forged(151, bot, "<!-- nexusc:report id=nexusc2 -->"));
    comments.push(forged(152, bot, &format!("> {MARKER}")));
    comments.push(forged(160, bot, MARKER));
    comments.push(forged(161, bot, &format!("{MARKER}\r")));
    json!(comments)
}

#[track_caller]
fn only_ours_changed(repository: &Repository) {
    let (before, after) = (crowd(), repository.comments());
    let before = before.as_array().expect("comments");
    assert_eq!(after.get(..152), before.get(..152), "comments of others are left alone");
    let [ours] = after.get(152..).expect("comments") else { panic!("not one comment of ours") };
    assert_eq!(ours["id"], 161, "the newest is updated");
    assert!(ours["body"].as_str().expect("a body").contains("1 call gained"), "{ours}");
}

#[test]
fn comments_of_others_are_left_alone() {
    let repository = Repository::with(PASSES);
    repository.put_comments(&crowd());
    let mut job = Job::of_pull_request(&repository);
    assert_eq!(review(&mut job, &[]), 0, "{}", job.log);
    only_ours_changed(&repository);
}

#[test]
fn a_change_of_nothing_updates_a_comment_and_creates_none() {
    let repository = Repository::with(NOTHING);
    let mut job = Job::of_pull_request(&repository);
    assert_eq!(review(&mut job, &[]), 0, "{}", job.log);
    assert!(repository.comments().is_empty(), "{:?}", repository.comments());
    repository.put_comments(&json!([forged(3, "github-actions[bot]", MARKER)]));
    assert_eq!(review(&mut job, &[]), 0, "{}", job.log);
    let comments = repository.comments();
    let body = comments.first().expect("a comment")["body"].as_str().expect("a body");
    assert!(body.contains("accepted — no access changes"), "{body}");
}

#[test]
fn a_fork_gets_the_summary_and_the_same_verdict() {
    let fork = [("github.event.pull_request.head.repo.full_name", "mallory/nexus")];
    for (callers, code) in [(PASSES, 0), (FAILS, 1), (ASKS, 3)] {
        let repository = Repository::with(callers);
        let mut job = Job::of_pull_request(&repository);
        job.others_fail = true;
        // The checkout is an action of others too, and works.
        let steps = recipe("examples/ci/github/nexus.yml")["jobs"]["review"]["steps"][1].clone();
        let mut known = context(&PULL_REQUEST);
        known.extend(context(&fork));
        let (found, _) = job.run(&json!([steps]), known, None);
        assert_eq!(found, code, "{}", job.log);
        assert!(repository.comments().is_empty() && repository.writes().is_empty());
        assert!(job.log.contains("::notice title=nexusc::no comment"), "{}", job.log);
        assert!(job.log.contains("::warning title=nexusc::findings were not uploaded"), "{}", job.log);
        let summary = fs::read_to_string(repository.path("runner/summary.md")).expect("a summary");
        assert!(summary.contains("Temporal Nexus"), "{summary}");
    }
}

#[test]
fn a_comment_that_is_forbidden_changes_no_verdict() {
    let repository = Repository::with(ASKS);
    fs::write(repository.path("forge/forbidden"), "").expect("a file");
    let mut job = Job::of_pull_request(&repository);
    assert_eq!(review(&mut job, &[]), 3, "{}", job.log);
    assert!(job.log.contains("::warning title=nexusc::the comment could not be written"), "{}", job.log);
}

#[test]
fn the_first_policy_is_compared_with_an_empty_one() {
    let repository = Repository::with(PASSES);
    repository.git(&["update-ref", "refs/remotes/origin/main", "main~1"]);
    let mut job = Job::of_pull_request(&repository);
    assert_eq!(review(&mut job, &[]), 0, "{}", job.log);
    assert!(job.log.contains("it is compared with an empty one"), "{}", job.log);
    let comments = repository.comments();
    let body = comments.first().expect("a comment")["body"].as_str().expect("a body");
    assert!(body.contains("2 calls gained"), "{body}");
}

#[test]
fn a_base_that_is_missing_is_neither_accepted_nor_rejected() {
    let repository = Repository::with(PASSES);
    repository.git(&["update-ref", "-d", "refs/remotes/origin/main"]);
    let mut job = Job::of_pull_request(&repository);
    assert_eq!(review(&mut job, &[]), 2, "{}", job.log);
}

#[expect(clippy::disallowed_methods, reason = "the recipes run on the day of the test")]
fn in_days(days: i64) -> String {
    (time::OffsetDateTime::now_utc().date() + time::Duration::days(days)).to_string()
}

#[test]
fn an_approval_on_the_base_lets_the_change_pass_and_one_in_the_change_does_not() {
    let repository = Repository::with(ASKS);
    let mut job = Job::of_pull_request(&repository);
    assert_eq!(review(&mut job, &[]), 3, "{}", job.log);
    let comments = repository.comments();
    let body = comments.first().expect("a comment")["body"].as_str().expect("a body");
    let entry = body.lines().find(|line| line.starts_with("{\"digest\"")).expect("the line to add");
    let entry = entry.replace("YYYY-MM-DD", &in_days(30)).replace('…', "reviewed");
    repository.write("approvals.json", &format!("[{entry}]"));
    repository.commit("approve my own change");
    assert_eq!(review(&mut Job::of_pull_request(&repository), &[]), 3);

    let repository = Repository::with(ASKS);
    repository.git(&["switch", "--quiet", "main"]);
    repository.write("approvals.json", &format!("[{entry}]"));
    repository.commit("approve");
    repository.git(&["update-ref", "refs/remotes/origin/main", "main"]);
    repository.git(&["switch", "--quiet", "change"]);
    repository.git(&["merge", "--quiet", "--no-edit", "main"]);
    let mut job = Job::of_pull_request(&repository);
    assert_eq!(review(&mut job, &[]), 0, "{}", job.log);
}

#[test]
fn inputs_are_no_code() {
    let repository = Repository::with(PASSES);
    let mut job = Job::of_pull_request(&repository);
    let evil = "x\"; touch ../pwned; $(touch ../pwned) `touch ../pwned` '";
    let with = json!({ "policy": evil, "approvals": evil, "comment-id": evil, "fail-on": evil, "base": evil, "comment": "true" });
    let step = json!([{ "uses": format!("{OURS}@0"), "with": with }]);
    let (code, _) = job.run(&step, context(&PULL_REQUEST), None);
    assert_eq!(code, 2, "{}", job.log);
    assert!(!repository.path("pwned").exists());
}

#[test]
fn a_fork_gets_its_comment_from_a_second_job() {
    let workflow = recipe("examples/ci/github/nexus-forks.yml");
    let job_of_fork = &workflow["jobs"]["comment"];
    for (callers, heading) in [(PASSES, "accepted"), (FAILS, "rejected"), (ASKS, "needs approval")] {
        let repository = Repository::with(callers);
        // Nothing that the change brings along is run.
        repository.write(".gitattributes", "* filter=evil export-ignore\n");
        repository.commit("attributes");
        let forge = repository.path("origins/acme/nexus");
        fs::create_dir_all(forge.parent().expect("a folder")).expect("a folder");
        let forge = forge.display().to_string();
        repository.git(&["clone", "--quiet", "--bare", ".", &forge]);
        repository.git(&["push", "--quiet", &forge, "change:refs/pull/7/head"]);
        let head = repository.git(&["rev-parse", "change"]);
        let base = repository.git(&["rev-parse", "main"]);
        let pull = |number: u64, sha: &str| json!({ "number": number, "head": { "sha": sha, "label": "mallory:main" }, "base": { "sha": base } });
        let server = format!("file://{}", repository.path("origins").display());
        let known = context(&[
            ("github.token", "secret"),
            ("github.repository", "acme/nexus"),
            ("github.server_url", &server),
            ("github.event.workflow_run.event", "pull_request"),
            ("github.event.workflow_run.head_sha", &head),
            ("github.event.workflow_run.head_branch", "main"),
            ("github.event.workflow_run.head_repository.owner.login", "mallory"),
            ("github.event.workflow_run.head_repository.full_name", "mallory/nexus"),
        ]);
        assert!(holds(job_of_fork["if"].as_str().expect("a condition"), &known));

        // The pull request has a newer commit by now.
        let pulls = repository.path("forge/pulls.json");
        fs::write(&pulls, json!([pull(7, &base)]).to_string()).expect("pull requests");
        let mut job = Job::new(&repository);
        assert_eq!(job.run(&job_of_fork["steps"], known.clone(), None).0, 0, "{}", job.log);
        assert!(repository.writes().is_empty(), "{}", job.log);

        fs::write(&pulls, json!([pull(6, &base), pull(7, &head)]).to_string()).expect("pull requests");
        let mut job = Job::new(&repository);
        assert_eq!(job.run(&job_of_fork["steps"], known, None).0, 0, "{}", job.log);
        let comments = repository.comments();
        let [comment] = &*comments else { panic!("not one comment: {comments:?}\n{}", job.log) };
        let body = comment["body"].as_str().expect("a body");
        assert!(body.starts_with(&format!("{MARKER}\n### Temporal Nexus: {heading}")), "{body}");
        assert!(job.used.is_empty(), "no checkout, no artifact: {:?}", job.used);
    }
}

/// The registry of the base, and the job's variables that lead there.
#[track_caller]
fn registry(repository: &Repository) -> Dev {
    let seed = repository.path("seed");
    fs::create_dir(&seed).expect("a folder");
    fs::write(seed.join("account.nexus.hcl"), ACCOUNT).expect("a file");
    fs::write(seed.join("pay.nexus.hcl"), endpoint(BASE)).expect("a file");
    Dev::start(&seed)
}

fn lead_to(environment: &mut Context, dev: &Dev) {
    let to = dev.environment("");
    environment.extend(to.into_iter().map(|(name, value)| (name.to_owned(), value)));
    environment.remove("TEMPORAL_CLOUD_API_KEY");
}

fn has_text(path: &Path) -> bool {
    fs::read_to_string(path).is_ok_and(|text| !text.is_empty())
}

#[test]
fn main_is_planned_and_applied() {
    let workflow = recipe("examples/ci/github/nexus-apply.yml");
    let (plan, apply) = (&workflow["jobs"]["plan"], &workflow["jobs"]["apply"]);
    // 2 is a plan with changes, which is applied.
    for (callers, code, is_applied) in
        [(NOTHING, 0, false), (PASSES, 2, true), (FAILS, 1, false), (ASKS, 3, false)]
    {
        let repository = Repository::with(callers);
        let dev = registry(&repository);
        let before = repository.git(&["rev-parse", "main"]);
        let mut known = context(&PULL_REQUEST);
        known.extend(context(&[
            ("github.event_name", "push"),
            ("github.ref", "refs/heads/main"),
            ("github.event.before", &before),
            ("github.event.before || format('origin/{0}', github.base_ref)", &before),
            ("secrets.TEMPORAL_CLOUD_API_KEY", dev.key("service_account.reader")),
        ]));
        assert!(holds(plan["if"].as_str().expect("a condition"), &known));
        let mut job = Job::new(&repository);
        lead_to(&mut job.environment, &dev);
        let (ended, after) = job.run(&plan["steps"], known.clone(), None);
        assert_eq!(ended, if is_applied { 0 } else { code }, "{}", job.log);
        let told = expand(plan["outputs"]["exit-code"].as_str().expect("an output"), &after);
        assert_eq!(told, code.to_string(), "{}", job.log);

        known.insert("needs.plan.outputs.exit-code".to_owned(), told);
        known.insert("secrets.TEMPORAL_CLOUD_API_KEY".to_owned(), dev.key("service_account.ci").to_owned());
        let condition = apply["if"].as_str().expect("a condition");
        assert_eq!(holds(condition, &known), is_applied);
        // Where the plan is not looked at, the apply refuses by itself.
        let mut job = Job::new(&repository);
        lead_to(&mut job.environment, &dev);
        let ended = job.run(&apply["steps"], known.clone(), None).0;
        assert_eq!(ended, if is_applied { 0 } else { code }, "{}", job.log);
        assert_eq!(has_text(&repository.path("runner/apply.jsonl")), is_applied, "{}", job.log);

        let fork = [
            ("github.event_name", "pull_request"),
            ("github.event.pull_request.head.repo.full_name", "mallory/nexus"),
        ];
        known.extend(context(&fork));
        assert!(!holds(plan["if"].as_str().expect("a condition"), &known) && !holds(condition, &known));
    }
}

#[test]
fn the_night_finds_drift_and_what_expires() {
    let workflow = recipe("examples/ci/github/nexus-nightly.yml");
    for (callers, code) in [(BASE, 0), (PASSES, 2)] {
        let repository = Repository::with(NOTHING);
        let dev = registry(&repository);
        if callers != BASE {
            repository.change(callers);
        }
        let mut job = Job::new(&repository);
        lead_to(&mut job.environment, &dev);
        let known = context(&[("secrets.TEMPORAL_CLOUD_API_KEY", dev.key("service_account.reader"))]);
        let ended = job.run(&workflow["jobs"]["drift"]["steps"], known, None).0;
        assert_eq!(ended, code, "{}", job.log);
        assert_eq!(job.log.contains("::error title=nexusc::the account differs"), code == 2, "{}", job.log);
    }
    for (days, code) in [(10, 1), (40, 0)] {
        let day = in_days(days);
        let grant = format!(
            "allowlist \"trial\" {{\n  endpoint = endpoint.pay\n  callers  = [namespace.web]\n  expires  = \"{day}\"\n}}\n"
        );
        let suppression = format!(
            "# nexusc:ignore no-callers until={day} reason=\"new\"\nendpoint \"new\" {{\n  worker_target = {{ namespace = namespace.pay, task_queue = \"new\" }}\n  allowed_caller_namespaces = []\n}}\n"
        );
        for text in [grant, suppression] {
            let repository = Repository::with(NOTHING);
            repository.write("policy/expires.nexus.hcl", &text);
            let mut job = Job::new(&repository);
            let ended = job.run(&workflow["jobs"]["expiry"]["steps"], Context::new(), None).0;
            assert_eq!(ended, code, "in {days} days:\n{text}\n{}", job.log);
        }
    }
}

/// The script of the GitLab component with these inputs, and the variables of its job.
#[track_caller]
fn component(inputs: &[(&str, &str)]) -> (String, Context, Value) {
    let documents = yaml("templates/nexusc/template.yml");
    let [spec, jobs] = &*documents else { panic!("a component has two documents") };
    let mut text = jobs.to_string();
    for (name, input) in spec["spec"]["inputs"].as_object().expect("inputs") {
        let given = inputs.iter().find(|(key, _)| key == name).map(|(_, value)| (*value).to_owned());
        let default =
            || input["default"].as_str().map_or_else(|| input["default"].to_string(), str::to_owned);
        text = text.replace(&format!("$[[ inputs.{name} ]]"), &given.unwrap_or_else(default));
    }
    assert!(!text.contains("$[["), "an unknown input: {text}");
    let jobs: Value = serde_json::from_str(&text).expect("JSON");
    let job = jobs.as_object().expect("jobs").values().next().expect("a job").clone();
    let lines: Vec<_> =
        job["script"].as_array().expect("a script").iter().filter_map(Value::as_str).collect();
    (lines.join("\n"), expanded(&job["variables"], &Context::new()), job)
}

#[track_caller]
fn merge_request(repository: &Repository, inputs: &[(&str, &str)], changed: &[(&str, &str)]) -> Run {
    let (script, mut environment, _) = component(inputs);
    let base = repository.git(&["merge-base", "origin/main", "HEAD"]);
    environment.extend(context(&[
        ("LC_ALL", "C.UTF-8"),
        ("CI_MERGE_REQUEST_DIFF_BASE_SHA", &base),
        ("CI_API_V4_URL", "https://gitlab.acme.example/api/v4"),
        ("CI_MERGE_REQUEST_PROJECT_ID", "12"),
        ("CI_MERGE_REQUEST_IID", "7"),
        ("NEXUSC_GITLAB_TOKEN", "secret"),
    ]));
    environment.extend(context(changed));
    repository.shell(&["-eo", "pipefail"], &script, &environment)
}

#[test]
fn a_merge_request_is_reviewed() {
    for (callers, code, heading) in
        [(PASSES, 0, "accepted — 1 call gained"), (FAILS, 1, "rejected"), (ASKS, 3, "needs approval")]
    {
        let repository = Repository::with(callers);
        let comment = [("comment", "true")];
        let _ = merge_request(&repository, &comment, &[]).exits(code);
        let run = merge_request(&repository, &comment, &[]).exits(code);
        let comments = repository.comments();
        let [comment] = &*comments else { panic!("not one comment: {comments:?}\n{run}") };
        let body = comment["body"].as_str().expect("a body");
        assert!(body.starts_with(&format!("{MARKER}\n### Temporal Nexus: {heading}")), "{body}");
        let notes = "https://gitlab.acme.example/api/v4/projects/12/merge_requests/7/notes";
        assert_eq!(repository.writes(), [format!("POST {notes}"), format!("PUT {notes}/1")]);
        let (_, _, job) = component(&[]);
        assert_eq!(job["artifacts"]["when"], "always", "a job that fails keeps its reports");
        for (report, text) in
            [("codequality.json", "["), ("check.xml", "<testsuite"), ("diff.xml", "<testsuite")]
        {
            let report =
                fs::read_to_string(repository.root().join("nexusc-reports").join(report)).expect("a report");
            assert!(report.contains(text), "{report}");
        }
    }
}

#[test]
fn notes_of_others_are_left_alone_and_no_token_is_no_failure() {
    let repository = Repository::with(PASSES);
    repository.put_comments(&crowd());
    let _ = merge_request(&repository, &[("comment", "true")], &[]).succeeds();
    only_ours_changed(&repository);

    let repository = Repository::with(ASKS);
    let run = merge_request(&repository, &[("comment", "true")], &[("NEXUSC_GITLAB_TOKEN", "")]).exits(3);
    let _ = run.says("no comment: the variable NEXUSC_GITLAB_TOKEN is not set");
    assert!(repository.comments().is_empty());
    fs::write(repository.path("forge/forbidden"), "").expect("a file");
    let _ = merge_request(&repository, &[("comment", "true")], &[]).exits(3).says("could not be written");
    let _ = merge_request(&repository, &[], &[("CI_MERGE_REQUEST_DIFF_BASE_SHA", &"1".repeat(40))]).exits(2);
    // On the default branch there is a report to compare with, and nothing to comment on.
    let _ = merge_request(&repository, &[], &[("CI_MERGE_REQUEST_DIFF_BASE_SHA", "")]).exits(0);
}

#[test]
fn gitlab_plans_and_applies() {
    let pipeline = recipe("examples/ci/gitlab/.gitlab-ci.yml");
    for (callers, code) in [(PASSES, 0), (FAILS, 1), (ASKS, 3)] {
        let repository = Repository::with(callers);
        let dev = registry(&repository);
        let mut environment = context(&[("CI_PIPELINE_SOURCE", "push"), ("LC_ALL", "C.UTF-8")]);
        environment.insert("CI_COMMIT_BEFORE_SHA".to_owned(), repository.git(&["rev-parse", "main"]));
        lead_to(&mut environment, &dev);
        for (job, principal) in [("plan", "service_account.reader"), ("apply", "service_account.ci")] {
            environment.insert("TEMPORAL_CLOUD_API_KEY".to_owned(), dev.key(principal).to_owned());
            let script = pipeline[job]["script"][0].as_str().expect("a script");
            let _ = repository.shell(&["-eo", "pipefail"], script, &environment).exits(code);
        }
        assert_eq!(has_text(&repository.root().join("apply.jsonl")), code == 0);
    }
}

#[test]
fn atlantis_decides_by_words() {
    let configuration = recipe("examples/ci/atlantis/repos.yaml");
    let workflow = &configuration["workflows"]["nexusc"];
    let step = |stage: &str| {
        let steps = workflow[stage]["steps"].as_array().expect("steps");
        assert_eq!(steps.len(), 1, "one step prints");
        let script = steps.first().and_then(|step| step["run"].as_str()).expect("a script");
        format!("cd policy\n{script}")
    };
    for (callers, planned, first_word, applied) in
        [(PASSES, 0, "PASS", 0), (FAILS, 1, "FAIL", 2), (ASKS, 0, "FAIL", 3)]
    {
        let repository = Repository::with(callers);
        let dev = registry(&repository);
        let mut environment = context(&[("BASE_BRANCH_NAME", "main"), ("LC_ALL", "C.UTF-8")]);
        lead_to(&mut environment, &dev);
        environment.insert("TEMPORAL_CLOUD_API_KEY".to_owned(), dev.key("service_account.ci").to_owned());
        environment.insert("PLANFILE".to_owned(), repository.path("runner/plan").display().to_string());
        let approvals = repository.path("approvals.json");
        fs::write(&approvals, "[]").expect("a file");
        environment.insert("NEXUSC_APPROVALS".to_owned(), approvals.display().to_string());
        let _ = repository.shell(&["-e"], &step("plan"), &environment).exits(planned);
        let check = repository.shell(&["-e"], &step("policy_check"), &environment).succeeds();
        assert!(check.stdout.starts_with(first_word) && check.stderr.is_empty(), "{check}");
        assert_eq!(check.stdout.to_lowercase().contains("fail"), first_word == "FAIL", "{check}");
        let _ = repository.shell(&["-e"], &step("apply"), &environment).exits(applied);
        if callers == ASKS {
            let diff = "nexusc diff --base main:policy --format json policy";
            let diff = repository.shell(&["-e"], diff, &environment).exits(3);
            let diff: Value = serde_json::from_str(&diff.stdout).expect("JSON");
            let entry = json!([{ "digest": diff["digest"], "by": "ana", "reason": "reviewed", "until": in_days(30) }]);
            fs::write(&approvals, entry.to_string()).expect("a file");
            let check = repository.shell(&["-e"], &step("policy_check"), &environment).succeeds();
            assert!(check.stdout.starts_with("PASS"), "{check}");
            let _ = repository.shell(&["-e"], &step("apply"), &environment).succeeds();
        }
        environment.insert("BASE_BRANCH_NAME".to_owned(), "gone".to_owned());
        let check = repository.shell(&["-e"], &step("policy_check"), &environment).succeeds();
        assert!(check.stdout.starts_with("FAIL"), "{check}");
    }
}

#[test]
fn hooks_check_and_format() {
    let hooks = recipe(".pre-commit-hooks.yaml");
    let configuration = recipe("examples/ci/pre-commit/.pre-commit-config.yaml");
    let local = configuration["repos"][0]["hooks"].clone();
    for (hooks, folder) in [(hooks, "policy"), (local, ".")] {
        for hook in hooks.as_array().expect("hooks") {
            assert_eq!(hook["pass_filenames"], false, "pre-commit splits lists of files: {hook}");
            let entry = format!("cd {folder}\n{}", hook["entry"].as_str().expect("an entry"));
            let environment = context(&[("PRE_COMMIT", "1")]);
            for (callers, code) in [(PASSES, 0), (FAILS, 1), (ASKS, 0)] {
                let repository = Repository::with(callers);
                let formats = hook["id"] == "nexusc-fmt";
                let _ = repository.shell(&["-e"], &entry, &environment).exits(if formats { 0 } else { code });
                assert_eq!(repository.git(&["status", "--porcelain"]), "", "formatted already");
                if callers != PASSES {
                    continue;
                }
                repository.write("policy/pay.nexus.hcl", &endpoint("\n namespace.orders"));
                repository.commit("ugly");
                let _ = repository.shell(&["-e"], &entry, &environment).succeeds();
                // A hook that changes files fails.
                assert_eq!(repository.git(&["status", "--porcelain"]).is_empty(), !formats);
            }
        }
    }
}
