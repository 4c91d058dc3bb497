//! Text of others stays in its line: whatever names, ids, messages, file names and arguments hold, no output of `nexusc` has a
//! control character, an invisible one, or a line that a CI system could take for a command.
//!
//! `OUTPUT_CASES=5000` draws that many cases; as many as that found nothing.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test that cannot go on fails, and the number of cases is in the environment"
)]

use compiler::cli::{self, OutputOptions, World};
use printable::is_hidden;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;
use time::macros::datetime;

/// What begins a forged line.
const FORGED: &str = "::forged";

const PIECES: [&str; 20] = [
    "a",
    "b-1",
    ".",
    " ",
    "ü",
    "@",
    "\"",
    "`",
    "\n::forged::x",
    "\r\n::forged",
    "\r::forged",
    "\u{85}::forged",
    "\u{2028}::forged",
    "\u{1b}[31m",
    "\u{9b}2J",
    "\u{202e}",
    "\u{200b}",
    "\u{ad}",
    "\u{e0041}",
    "\u{3164}\u{fe0f}",
];

/// Draws numbers, the same for the same seed, and whether names may be invalid.
struct Draw(u64, bool);

impl Draw {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).unwrap()
    }

    /// Mostly text that is not what a name should be.
    fn text(&mut self) -> String {
        let count = 1 + self.below(4);
        let pieces: String = (0..count).map(|_| PIECES[self.below(PIECES.len())]).collect();
        format!("x{pieces}")
    }

    /// A valid name, or text.
    fn or_text(&mut self, name: &str) -> String {
        if self.1 && self.below(6) == 0 { self.text() } else { name.to_owned() }
    }
}

fn policy(draw: &mut Draw) -> Value {
    let caller = draw.or_text("orders-prod");
    let endpoint = draw.or_text("payments");
    json!({
        "account": { "id": draw.or_text("a2dd6"), "apply_as": format!("service_account.{}", draw.or_text("ci")) },
        "locals": { draw.or_text("note"): draw.text() },
        "namespace": {
            "orders-prod": { "regions": [draw.or_text("aws-us-east-1")], "tags": { draw.or_text("stage"): draw.or_text("prod") } },
            "payments-prod": { "regions": ["aws-us-east-1"] },
        },
        "service_account": {
            "ci": { "account_access": draw.or_text("developer"), "name": draw.or_text("ci"), "namespace_access": { "payments-prod": "admin" } },
            "other": { "account_access": "read", "name": draw.text() },
        },
        "user": { draw.or_text("ana@acme.example"): { "account_access": "owner" } },
        "group": { "ops": { "account_access": "read", "name": draw.text(), "members": [draw.or_text("user.ana@acme.example")] } },
        "endpoint": {
            "payments": {
                "worker_target": { "namespace": "payments-prod", "task_queue": draw.text() },
                "description": draw.text(),
                "allowed_caller_namespaces": [caller, "payments-prod"],
                "managed_by": [format!("service_account.{}", draw.or_text("ci"))],
            },
            "many": {
                "for_each": { draw.text(): "one", "two": "two" },
                "name": "many-${each.value}",
                "worker_target": { "namespace": "payments-prod", "task_queue": "${each.key}" },
            },
        },
        "allowlist": { draw.or_text("grants"): { "endpoint": endpoint, "callers": ["orders-prod"], "reason": draw.text(), "expires": draw.or_text("2026-06-20") } },
        "guard": { draw.or_text("stages"): {
            "each": "call", "condition": "${call.caller.name == 'x'}".replace('\'', "\""), "message": draw.text(),
            "severity": draw.or_text("warning"),
        } },
        "test": { draw.or_text("paying"): { "allow": [{ "caller": "orders-prod", "endpoint": draw.or_text("payments") }] } },
    })
}

fn snapshot(draw: &mut Draw) -> Value {
    json!({
        "version": 1, "account": draw.or_text("a2dd6"), "as_of": draw.or_text("2026-06-15"), "access_api_version": "v0.19.1",
        "namespaces": { "complete": true, "items": [
            { "id": draw.or_text("orders-prod.a2dd6"), "regions": [draw.or_text("aws-us-east-1")] },
            { "id": "payments-prod.a2dd6", "regions": ["aws-us-east-1"] },
        ] },
        "users": { "items": [] }, "service_accounts": { "items": [] }, "groups": { "items": [], "incomplete": draw.text() },
        "endpoints": [{ "id": draw.or_text("e1"), "state": draw.or_text("RESOURCE_STATE_ACTIVE"), "spec": {
            "name": draw.or_text("refunds"),
            "descriptionDeprecated": draw.text(),
            "targetSpec": { "workerTargetSpec": { "namespaceId": draw.or_text("payments-prod.a2dd6"), "taskQueue": draw.text() } },
            "policySpecs": [{ "allowedCloudNamespacePolicySpec": { "namespaceId": draw.or_text("orders-prod.a2dd6") } }],
        } }],
        "connectivity_rules": { "items": [] },
    })
}

fn run(arguments: &[&str], environment: &[(&str, &str)]) -> (u8, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let pairs = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let world = World {
        environment: pairs.collect::<BTreeMap<_, _>>(),
        unreadable: Vec::new(),
        now: datetime!(2026-06-15 12:00 UTC),
        program: None,
        temporary: None,
        input: &mut std::io::empty(),
        in_is_terminal: false,
        out: &mut out,
        out_is_terminal: false,
        err: &mut err,
        err_is_terminal: false,
        output_error: None,
        output: OutputOptions::default(),
        keys: Vec::new(),
    };
    let arguments = ["nexusc"].iter().chain(arguments).map(OsString::from);
    let code = cli::run(arguments, world);
    (code, String::from_utf8(out).unwrap() + &String::from_utf8(err).unwrap())
}

#[track_caller]
fn check(arguments: &[&str], seed: u64) -> u8 {
    let (code, text) = run(arguments, &[("NEXUSC_VAR_x\n::forged", "x")]);
    let hidden = text.chars().find(|letter| is_hidden(*letter) && *letter != '\n');
    assert_eq!(hidden, None, "seed {seed}: {arguments:?}\n{text:?}");
    let forged = text.lines().find(|line| line.trim_start().starts_with(FORGED));
    assert_eq!(forged, None, "seed {seed}: {arguments:?}\n{text}");
    code
}

fn write(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

#[test]
fn text_of_others_stays_in_its_line() {
    let cases = std::env::var("OUTPUT_CASES").map_or(60, |count| count.parse().unwrap());
    let mut worked = 0_u64;
    for seed in 1..=cases {
        let mut draw = Draw(u64::wrapping_mul(seed, 0x9e37_79b9_7f4a_7c15), seed % 2 == 0);
        let folder = tempfile::tempdir().unwrap();
        let (base, head) = (policy(&mut draw), policy(&mut draw));
        std::fs::create_dir_all(folder.path().join("base")).unwrap();
        let base = write(folder.path(), "base/p.nexus.json", &base.to_string());
        let head =
            write(folder.path(), &format!("{}.nexus.json", draw.text().replace('/', "")), &head.to_string());
        let account = write(folder.path(), "account.json", &snapshot(&mut draw).to_string());
        let matrix = json!({
            "version": 1, "as_of": "2026-06-15", "endpoints": [draw.text()], "callers": { draw.text(): [0] },
        });
        let matrix = write(folder.path(), "matrix.json", &matrix.to_string());
        let values = write(folder.path(), "values.json", &json!({ draw.text(): draw.text() }).to_string());
        let (one, two) = (draw.text(), format!("{}={}", draw.text(), draw.text()));
        for arguments in [
            &["check", &head] as &[&str],
            &["check", "--format", "json", &head],
            &["check", "--account", &account, &head],
            &["check", "--as", &format!("user.{one}"), &head],
            &["check", "--var", &two, &head],
            &["check", "--var-file", &values, &head],
            &["check", "--exclude", &one, &head],
            &["check", &one],
            &["check", "--stdin-name", &one, "-"],
            &["plan", "--profile", &one, &head],
            &["plan", "--config-file", &one, &head],
            &["check", &format!("--{one}"), &head],
            &["check", &format!("--fail-on={one}"), &head],
            &["check", "--as-of", &one, &head],
            &["plan", "--account", &account, &head],
            &["plan", "--account", &account, "--format", "json", &head],
            &["plan", "--account", &account, "--base", &base, &head],
            &["plan", "--registry", &one, &head],
            &["apply", "--plan", &matrix],
            &["diff", "--base", &base, &head],
            &["diff", "--base", &base, "--format", "json", &head],
            &["diff", "--base", &one, &head],
            &["test", &head],
            &["test", "--filter", &one, &head],
            &["test", "--format", "json", &head],
            &["access", &head],
            &["access", "--format", "json", "--account", &account, &head],
            &["access", "--matrix", &matrix],
            &["access", "--matrix", &one],
            &["graph", &head],
            &["graph", "--format", "mermaid", "--account", &account, &head],
            &["graph", "--format", "json", &head],
            &["graph", "--endpoint", &one, &head],
            &["export", "authorizer", "--allow-cloud", &head],
            &["adopt", "--account", &account],
            &["adopt", "--account", &account, "--format", "json", &head],
            &["fmt", "--check", &head],
            &["fmt", &one],
            &["explain", &one],
            &["explain", "hidden-character"],
            &["schema", &one],
            &[&one],
        ] {
            worked += u64::from(check(arguments, seed) == 0);
        }
    }
    assert!(worked > 4 * cases, "only {worked} commands worked: the cases show little of the outputs");
}
