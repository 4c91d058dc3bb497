//! Mutated policies, variable files, snapshots, matrices, plans and approvals through every command that reads them: no panic, and no
//! more than a second and 500 MB each.
//!
//! `MUTATED_CASES=10000` draws that many; an optimized build takes as long as `SECONDS_MOST` says at most for each.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test that cannot go on fails, and the number of cases is in the environment"
)]

use compiler::cli::{self, OutputOptions, World};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;
use std::time::{Duration, Instant};
use time::macros::datetime;

/// The longest time of a command, which a build without optimizations needs more of.
const SECONDS_MOST: u64 = if cfg!(debug_assertions) { 20 } else { 1 };

/// The most memory, in KiB. It is that of the whole process, so also of each case.
const MEMORY_MOST: u64 = 500 << 10;

const POLICY: &str = r#"account {
  id       = "a2dd6"
  apply_as = user["ana@acme.example"]
  limits   = { endpoints = 100 }
  ignore   = { endpoints = ["legacy-*"] }
}
variable "carts" {
  type    = map(object({ queue = string, callers = optional(list(string), ["orders-prod"]) }))
  default = { eu = { queue = "cart" } }
}
locals { stages = [for stage in ["dev", "prod"] : upper(stage) if stage != "x"] }
namespace "orders-prod" {
  regions = ["aws-us-east-1"]
  tags    = { stage = join("-", local.stages) }
}
namespace "payments-prod" { regions = ["aws-us-east-1"] }
service_account "ci" {
  account_access   = "developer"
  namespace_access = { payments-prod = "admin" }
}
user "ana@acme.example" { account_access = "owner" }
group "ops" {
  account_access = "read"
  members        = [user["ana@acme.example"]]
}
endpoint "cart" {
  for_each                  = var.carts
  name                      = "cart-${each.key}"
  worker_target             = { namespace = namespace.payments-prod, task_queue = each.value.queue }
  allowed_caller_namespaces = each.value.callers
  managed_by                = [service_account.ci]
  description               = <<-EOT
    For ${each.key}, %{ if true }always%{ endif }.
  EOT
}
# nexusc:ignore expired-grant until=2027-01-01 reason="known"
allowlist "more" {
  endpoint = endpoint.cart["eu"]
  callers  = [namespace.payments-prod]
  reason   = "TICKET-1"
  expires  = "2026-06-20"
}
privatelink "vpc" {
  region        = "aws-us-east-1"
  connection_id = "vpce-0123456789abcdef0"
  namespaces    = [namespace.orders-prod]
  keep_public   = true
}
guard "stages" {
  each      = "call"
  condition = can(regex("^[a-z]+-prod$", call.caller.name)) || call.target.tags.stage == "x"
  message   = "${call.caller.name} may not call ${call.endpoint.name}"
}
test "paying" {
  allow = [{ caller = namespace.orders-prod, endpoint = endpoint.cart["eu"] }]
}
lint { unused-namespace = "off" }
"#;

const VALUES: &str = "carts = { eu = { queue = \"q\" }, us = { queue = \"r\", callers = [] } }\n";

const SNAPSHOT: &str = r#"{"version":1,"account":"a2dd6","as_of":"2026-06-15","access_api_version":"v0.19.1",
"namespaces":{"complete":true,"items":[{"id":"orders-prod.a2dd6","regions":["aws-us-east-1"],"tags":{"stage":"DEV-PROD"}},
{"id":"payments-prod.a2dd6","regions":["aws-us-east-1"]}]},
"users":{"items":[],"incomplete":"hidden"},"service_accounts":{"items":[],"incomplete":"hidden"},
"groups":{"items":[],"incomplete":"hidden"},
"endpoints":[{"id":"e1","resourceVersion":"v1","state":"RESOURCE_STATE_ACTIVE","spec":{"name":"refunds","descriptionDeprecated":"Pays back.",
"targetSpec":{"workerTargetSpec":{"namespaceId":"payments-prod.a2dd6","taskQueue":"refunds"}},
"policySpecs":[{"allowedCloudNamespacePolicySpec":{"namespaceId":"orders-prod.a2dd6"}}]}}],"connectivity_rules":{"items":[]}}"#;

/// What is put in: what means something to a parser, and numbers that are too large.
const PIECES: [&str; 24] = [
    "{",
    "}",
    "[",
    "]",
    "(",
    "\"",
    "${",
    "%{",
    "<<-EOT\n",
    "\n",
    "\\u",
    "\u{0}",
    "99999999999999999999",
    "1e999999",
    "-1",
    "null",
    "each.value",
    "for x in range(1000) : ",
    "setproduct(",
    "endpoint \"a\" {}\n",
    "9999-99-99",
    "\u{202e}",
    "🦀",
    "repeat",
];

/// Draws numbers; the same for the same seed.
struct Draw(u64);

impl Draw {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit.max(1) as u64).unwrap()
    }

    fn mutated(&mut self, text: &str) -> Vec<u8> {
        let mut bytes = text.as_bytes().to_vec();
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len());
            let end = (at + 1 + self.below(60)).min(bytes.len());
            match self.below(6) {
                0 => bytes.get_mut(at).into_iter().for_each(|byte| *byte ^= 1 << (at % 8)),
                1 => drop(bytes.drain(at..end)),
                2 => {
                    let part = bytes.get(at..end).unwrap_or_default().repeat(1 + self.below(50));
                    drop(bytes.splice(at..at, part));
                }
                3 => bytes.truncate(at),
                _ => {
                    let piece = PIECES[self.below(PIECES.len())];
                    drop(bytes.splice(at..at, piece.bytes()));
                }
            }
        }
        bytes
    }
}

fn run(arguments: &[&str]) -> (u8, Vec<u8>, Vec<u8>) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let world = World {
        environment: BTreeMap::from([("TEMPORAL_CLOUD_API_KEY".to_owned(), "key".to_owned())]),
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
    let code = cli::run(["nexusc"].iter().chain(arguments).map(OsString::from), world);
    (code, out, err)
}

/// The most memory that this process has had, in KiB.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}

fn write(folder: &Path, name: &str, bytes: impl AsRef<[u8]>) -> String {
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path.display().to_string()
}

#[test]
fn no_mutated_file_makes_a_command_panic_or_take_long() {
    let cases: u64 = std::env::var("MUTATED_CASES").map_or(40, |count| count.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (policy, values) = (write(folder, "p.nexus.hcl", POLICY), write(folder, "v.hcl", VALUES));
    let account = write(folder, "account.json", SNAPSHOT);
    let made = |arguments: &[&str]| String::from_utf8(run(arguments).1).unwrap();
    let matrix = made(&["export", "authorizer", "--allow-cloud", &policy]);
    let plan = made(&["plan", "--account", &account, "--format", "json", &policy]);
    let json = made(&["adopt", "--account", &account, "--format", "json"]);
    let approvals = r#"[{"digest":"sha256:ab","by":"ana","reason":"reviewed","until":"2026-07-01"}]"#;
    assert!(matrix.len() > 100 && plan.len() > 100 && json.len() > 100, "{matrix}\n{plan}\n{json}");
    for seed in 1..=cases {
        let mut draw = Draw(u64::wrapping_mul(seed, 0x9e37_79b9_7f4a_7c15));
        let wrong = write(folder, "w.nexus.hcl", draw.mutated(POLICY));
        let wrong_json = write(folder, "w.nexus.json", draw.mutated(&json));
        let wrong_values = write(folder, "w.hcl", draw.mutated(VALUES));
        let wrong_account = write(folder, "w-account.json", draw.mutated(SNAPSHOT));
        let wrong_matrix = write(folder, "w-matrix.json", draw.mutated(&matrix));
        let wrong_plan = write(folder, "w-plan.json", draw.mutated(&plan));
        let wrong_approvals = write(folder, "w-approvals.json", draw.mutated(approvals));
        for arguments in [
            &["check", &wrong] as &[&str],
            &["check", "--format", "json", &wrong_json],
            &["check", "--var-file", &wrong_values, &policy],
            &["check", "--account", &wrong_account, &policy],
            &["plan", "--account", &wrong_account, &wrong],
            &["plan", "--account", &account, "--base", &wrong, "--approvals", &wrong_approvals, &policy],
            &["diff", "--base", &policy, &wrong],
            &["test", "--var-file", &values, &wrong],
            &["access", "--account", &account, &wrong],
            &["access", "--matrix", &wrong_matrix],
            &["graph", &wrong_json],
            &["export", "authorizer", "--allow-cloud", &wrong],
            &["adopt", "--account", &wrong_account],
            &["adopt", "--account", &account, &wrong],
            &["fmt", "--check", &wrong],
            &["fmt", "--diff", &wrong_json],
            &["apply", "--registry", "127.0.0.1:1", "--timeout", "10ms", "--plan", &wrong_plan],
        ] {
            let begin = Instant::now();
            let (code, _, err) = run(arguments);
            let (took, name) = (begin.elapsed(), arguments.first().unwrap());
            assert!(code <= 3, "seed {seed}: {arguments:?}");
            assert!(took < Duration::from_secs(SECONDS_MOST), "seed {seed}: {name} took {took:?}");
            assert!(memory() < MEMORY_MOST, "seed {seed}: {name}: {} KiB", memory());
            let err = String::from_utf8(err).unwrap();
            assert!(!err.contains("panicked"), "seed {seed}: {err}");
        }
    }
}
