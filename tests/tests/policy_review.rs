//! Who proposes a change does not judge it: `nexusc diff --base` never exits with 0 without showing it where a change gets a
//! call past a rule of its base.
#![expect(clippy::expect_used, clippy::string_slice, reason = "a test fails by panicking")]

use std::fs;
use std::path::PathBuf;
use tests::dev::Dev;
use tests::nexusc::{nexusc, nexusc_on};
use tests::run::Run;

const BASE: &str = r#"account {
  id       = "a2dd6"
  apply_as = service_account.ci
  ignore   = { endpoints = ["legacy-*"] }
}
variable "strict" {
  default = true
}
locals {
  stages  = ["prod"]
  relaxed = false
}
service_account "ci" {
  account_access = "admin"
}
service_account "team" {
  account_access   = "developer"
  namespace_access = { shop-dev = "admin" }
}
namespace "shop-dev" {
  regions = ["aws-us-east-1"]
  tags    = { stage = "dev" }
}
namespace "shop-prd" {
  regions = ["aws-us-east-1"]
  tags    = { stage = "prod" }
}
namespace "pay-prd" {
  regions = ["aws-us-east-1"]
  tags    = { stage = "prod" }
}
namespace "hr-prd" {
  regions = ["aws-us-east-1"]
  tags    = { stage = "prod" }
}
endpoint "pay" {
  worker_target             = { namespace = namespace.pay-prd, task_queue = "pay" }
  allowed_caller_namespaces = [namespace.shop-prd]
  managed_by                = service_account.ci
}
endpoint "hr" {
  worker_target             = { namespace = namespace.hr-prd, task_queue = "hr" }
  allowed_caller_namespaces = [namespace.pay-prd]
}
endpoint "dev" {
  worker_target             = { namespace = namespace.shop-dev, task_queue = "dev" }
  allowed_caller_namespaces = [namespace.shop-dev]
}
allowlist "trial" {
  endpoint = endpoint.hr
  callers  = [namespace.shop-prd]
  expires  = "2026-12-31"
}
guard "stages" {
  each      = "call"
  condition = contains(local.stages, call.caller.tags.stage) || !var.strict || local.relaxed || call.endpoint.name == "dev"
  message   = "${call.caller.name} may not call ${call.endpoint.name}"
}
guard "new-callers" {
  each      = "gained_call"
  condition = false
  message   = "${call.caller.name} gains ${call.endpoint.name}"
  severity  = "approval"
}
guard "lost-callers" {
  each      = "lost_call"
  condition = false
  message   = "${call.caller.name} loses ${call.endpoint.name}"
  severity  = "approval"
}
test "pay" {
  deny          = [{ caller = namespace.shop-dev, endpoint = endpoint.pay }]
  allow         = [{ caller = namespace.shop-prd, endpoint = endpoint.pay }]
  cannot_manage = [{ principal = service_account.team, endpoint = endpoint.pay }]
}
"#;

const OPEN: (&str, &str) =
    ("[namespace.shop-prd]\n  managed_by", "[namespace.shop-prd, namespace.shop-dev]\n  managed_by");
const STAGES: &str = r#"contains(local.stages, call.caller.tags.stage) || !var.strict || local.relaxed || call.endpoint.name == "dev""#;

/// Ways to let `shop-dev` call `pay`, or to prepare that, each as replacements in the base.
fn ways() -> Vec<(&'static str, Vec<(&'static str, String)>)> {
    let open = (OPEN.0, OPEN.1.to_owned());
    let guard = |name: &'static str, rest: &str| (name, format!("{rest}{name}"));
    let remove = |from: &'static str| (from, String::new());
    let replace = |from: &'static str, to: &str| (from, to.to_owned());
    let stages_guard = "guard \"stages\" {";
    let with = |more: Vec<(&'static str, String)>| -> Vec<(&'static str, String)> {
        [vec![open.clone()], more].concat()
    };
    vec![
        ("open", with(vec![])),
        ("open, guard off by lint", with(vec![guard(stages_guard, "lint {\n  guard-failed = \"off\"\n}\n")])),
        (
            "open, one guard off by lint",
            with(vec![guard(
                stages_guard,
                "lint {\n  guards      = { stages = \"off\", new-callers = \"note\" }\n  test-failed = \"off\"\n}\n",
            )]),
        ),
        (
            "open, guards and tests off by lint",
            with(vec![guard(stages_guard, "lint {\n  guard-failed = \"off\"\n  test-failed = \"off\"\n}\n")]),
        ),
        (
            "open, guards only noted",
            with(vec![guard(
                stages_guard,
                "lint {\n  guard-failed = \"note\"\n  test-failed = \"note\"\n}\n",
            )]),
        ),
        (
            "open, suppressed at the Endpoint",
            with(vec![guard("endpoint \"pay\" {", "# nexusc:ignore guard-failed reason=\"urgent\"\n")]),
        ),
        (
            "open, suppressed at the test",
            with(vec![
                guard("test \"pay\" {", "# nexusc:ignore test-failed reason=\"urgent\"\n"),
                guard("endpoint \"pay\" {", "# nexusc:ignore guard-failed reason=\"urgent\"\n"),
            ]),
        ),
        ("open, condition true", with(vec![replace(STAGES, "true")])),
        ("open, condition or true", with(vec![replace(STAGES, &format!("{STAGES} || true"))])),
        (
            "open, condition in try",
            with(vec![replace(
                STAGES,
                &format!("try({STAGES}, true) || try(call.caller.tags.nope == \"x\", true)"),
            )]),
        ),
        (
            "open, condition for the caller",
            with(vec![replace(STAGES, &format!("{STAGES} || call.caller.name == \"shop-dev\""))]),
        ),
        ("open, local relaxed", with(vec![replace("relaxed = false", "relaxed = true")])),
        (
            "open, local list longer",
            with(vec![replace("stages  = [\"prod\"]", "stages  = [\"prod\", \"dev\"]")]),
        ),
        ("open, variable's default", with(vec![replace("default = true", "default = false")])),
        (
            "open, severity warning",
            with(vec![replace(
                "  message   = \"${call.caller.name} may not",
                "  severity  = \"warning\"\n  message   = \"${call.caller.name} may not",
            )]),
        ),
        (
            "open, severity approval",
            with(vec![replace(
                "  message   = \"${call.caller.name} may not",
                "  severity  = \"approval\"\n  message   = \"${call.caller.name} may not",
            )]),
        ),
        (
            "open, what asks for an approval only warns",
            with(vec![replace(
                "  message   = \"${call.caller.name} gains ${call.endpoint.name}\"\n  severity  = \"approval\"",
                "  message   = \"${call.caller.name} gains ${call.endpoint.name}\"\n  severity  = \"warning\"",
            )]),
        ),
        (
            "open, what asks for an approval only warns by lint",
            with(vec![guard(stages_guard, "lint {\n  guards = { new-callers = \"warning\" }\n}\n")]),
        ),
        (
            "open, guard without instances",
            with(vec![replace("guard \"stages\" {", "guard \"stages\" {\n  for_each = toset([])")]),
        ),
        (
            "open, guard of another kind",
            with(vec![
                replace("each      = \"call\"", "each      = \"endpoint\""),
                replace(STAGES, "true"),
                replace("${call.caller.name} may not call ${call.endpoint.name}", "${endpoint.name}"),
            ]),
        ),
        ("open, caller retagged", with(vec![replace("{ stage = \"dev\" }", "{ stage = \"prod\" }")])),
        (
            "open, caller retagged under another label",
            with(vec![replace(
                "namespace \"shop-dev\" {\n  regions = [\"aws-us-east-1\"]\n  tags    = { stage = \"dev\" }",
                "namespace \"shop-dev\" {\n  name = \"shop-dev\"\n  regions = [\"aws-us-east-1\"]\n  tags    = { stage = \"prod\" }",
            )]),
        ),
        (
            "open, test's element removed",
            with(vec![remove(
                "  deny          = [{ caller = namespace.shop-dev, endpoint = endpoint.pay }]\n",
            )]),
        ),
        (
            "open, test reversed",
            with(vec![
                replace(
                    "  deny          = [{ caller = namespace.shop-dev",
                    "  allow         = [{ caller = namespace.shop-dev",
                ),
                replace("  allow         = [{ caller = namespace.shop-prd, endpoint = endpoint.pay }]\n", ""),
            ]),
        ),
        (
            "open, test for another Endpoint",
            with(vec![replace(
                "{ caller = namespace.shop-dev, endpoint = endpoint.pay }",
                "{ caller = namespace.shop-dev, endpoint = endpoint.hr }",
            )]),
        ),
        ("only the guard weakened", vec![replace(STAGES, "true")]),
        ("only a local", vec![replace("relaxed = false", "relaxed = true")]),
        ("only the variable's default", vec![replace("default = true", "default = false")]),
        (
            "only lint of one guard",
            vec![guard(stages_guard, "lint {\n  guards = { stages = \"warning\" }\n}\n")],
        ),
        ("only lint", vec![guard(stages_guard, "lint {\n  guard-failed = \"off\"\n}\n")]),
        (
            "only a suppression",
            vec![guard("endpoint \"pay\" {", "# nexusc:ignore guard-failed reason=\"later\"\n")],
        ),
        (
            "only the severity",
            vec![replace(
                "  message   = \"${call.caller.name} may not",
                "  severity  = \"approval\"\n  message   = \"${call.caller.name} may not",
            )],
        ),
        (
            "only the test",
            vec![remove("  deny          = [{ caller = namespace.shop-dev, endpoint = endpoint.pay }]\n")],
        ),
        ("only the tag", vec![replace("{ stage = \"dev\" }", "{ stage = \"prod\" }")]),
        (
            "only who applies",
            vec![replace("apply_as = service_account.ci", "apply_as = service_account.team")],
        ),
        ("only who applies, nobody named", vec![remove("  apply_as = service_account.ci\n")]),
        ("only what is ignored", vec![replace("[\"legacy-*\"]", "[\"legacy-*\", \"pay\"]")]),
        (
            "only who manages",
            vec![replace(
                "managed_by                = service_account.ci",
                "managed_by                = [service_account.ci, service_account.team]",
            )],
        ),
        ("handed to others", vec![remove("  allowed_caller_namespaces = [namespace.shop-prd]\n")]),
        (
            "handed to others, test removed",
            vec![
                remove("  allowed_caller_namespaces = [namespace.shop-prd]\n"),
                remove(
                    "  deny          = [{ caller = namespace.shop-dev, endpoint = endpoint.pay }]\n  allow         = [{ caller = namespace.shop-prd, endpoint = endpoint.pay }]\n",
                ),
            ],
        ),
        (
            "retargeted",
            vec![replace(
                "namespace = namespace.shop-dev, task_queue = \"dev\"",
                "namespace = namespace.pay-prd, task_queue = \"pay\"",
            )],
        ),
        ("retargeted to another queue", vec![replace("task_queue = \"pay\"", "task_queue = \"admin\"")]),
        (
            "renamed",
            vec![
                replace("endpoint \"pay\" {", "endpoint \"pay2\" {\n  renamed_from = \"pay\""),
                ("endpoint.pay ", "endpoint.pay2 ".to_owned()),
            ],
        ),
        (
            "a chain of renames",
            vec![
                replace("endpoint \"pay\" {", "endpoint \"pay-old\" {\n  renamed_from = \"pay\""),
                replace("endpoint \"hr\" {", "endpoint \"pay\" {\n  renamed_from = \"hr\""),
                replace("endpoint = endpoint.hr", "endpoint = endpoint.pay"),
            ],
        ),
        (
            "a grant of its own",
            vec![guard(
                "guard \"stages\" {",
                "allowlist \"x\" {\n  endpoint = endpoint.pay\n  callers  = [namespace.shop-dev]\n}\n",
            )],
        ),
        (
            "a grant by name",
            vec![guard(
                "guard \"stages\" {",
                "allowlist \"x\" {\n  endpoint = \"pay\"\n  callers  = [\"shop-dev.a2dd6\"]\n}\n",
            )],
        ),
        (
            "a second Endpoint to the same queue",
            vec![guard(
                "guard \"stages\" {",
                "endpoint \"side\" {\n  worker_target = { namespace = namespace.pay-prd, task_queue = \"pay\" }\n  allowed_caller_namespaces = [namespace.shop-dev]\n}\n",
            )],
        ),
        (
            "a second Endpoint named dev, the first renamed",
            vec![
                replace("endpoint \"dev\" {", "endpoint \"dev-old\" {\n  renamed_from = \"dev\""),
                guard(
                    "guard \"stages\" {",
                    "endpoint \"dev\" {\n  worker_target = { namespace = namespace.pay-prd, task_queue = \"pay\" }\n  allowed_caller_namespaces = [namespace.shop-dev]\n}\n",
                ),
            ],
        ),
        ("a grant for longer", vec![replace("2026-12-31", "2036-12-31")]),
        ("a grant for ever", vec![remove("  expires  = \"2026-12-31\"\n")]),
        (
            "all guards and tests removed",
            vec![
                replace("guard \"stages\" {", "/*\nguard \"stages\" {"),
                (
                    "  cannot_manage = [{ principal = service_account.team, endpoint = endpoint.pay }]\n}\n",
                    "}\n*/\n".to_owned(),
                ),
                open.clone(),
            ],
        ),
        (
            "a call taken away and the guard on that",
            vec![
                replace("allowed_caller_namespaces = [namespace.pay-prd]", "allowed_caller_namespaces = []"),
                replace("each      = \"lost_call\"", "each      = \"gained_call\""),
            ],
        ),
        (
            "a member of the rights",
            vec![replace("{ shop-dev = \"admin\" }", "{ shop-dev = \"admin\", pay-prd = \"admin\" }")],
        ),
    ]
}

struct Review {
    folder: tempfile::TempDir,
}

impl Review {
    fn of(policy: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in [("base", BASE), ("head", policy)] {
            fs::create_dir(folder.path().join(name)).expect("a folder");
            fs::write(folder.path().join(name).join("policy.nexus.hcl"), text).expect("a policy");
        }
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    #[track_caller]
    fn diff(&self, more: &[&str]) -> Run {
        let (base, head) = (self.path("base").display().to_string(), self.path("head").display().to_string());
        let day: &[&str] =
            if more.iter().any(|it| it.starts_with("--as-of")) { &[] } else { &["--as-of=2026-06-30"] };
        nexusc(&[&["diff", "--base", &*base, &*head], day, more].concat())
    }
}

fn changed(replacements: &[(&str, String)]) -> String {
    replacements.iter().fold(BASE.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "the base has no {from:?}");
        text.replace(from, to)
    })
}

#[test]
fn no_way_past_a_rule_is_quiet() {
    let ways = ways();
    assert!(ways.len() >= 40, "{} ways", ways.len());
    let quiet = ways.iter().filter(|(name, replacements)| {
        let run = Review::of(&changed(replacements)).diff(&[]);
        let is_quiet = !matches!(run.code, Some(1 | 3));
        let is_of_text = run.stderr.contains("error[")
            && !["guard-failed", "test-failed", "dangling", "permission-"]
                .iter()
                .any(|code| run.stderr.contains(code));
        assert!(!is_of_text, "{name} is not a policy: {}", run.stderr);
        is_quiet
    });
    let quiet: Vec<_> = quiet.map(|(name, _)| name).collect();
    assert!(quiet.is_empty(), "exit code 0: {quiet:?}");
}

/// The account is as the base leaves it; what facts decide, such as tags, is an error of its own.
#[test]
fn no_way_past_a_rule_is_quiet_in_a_plan() {
    let folder = tempfile::tempdir().expect("a folder");
    let seed = folder.path().join("seed.nexus.hcl");
    fs::write(&seed, BASE).expect("a policy");
    let dev = Dev::start(&seed);
    let quiet = ways().into_iter().filter(|(_, replacements)| {
        let review = Review::of(&changed(replacements));
        let path = |name: &str| review.path(name).display().to_string();
        let (base, head) = (path("base"), path("head"));
        let plan = ["plan", "--as-of=2026-06-30", "--base", &*base, &*head];
        !matches!(nexusc_on(&dev, "user.owner", &plan).code, Some(1 | 3))
    });
    let quiet: Vec<_> = quiet.map(|(name, _)| name).collect();
    assert!(quiet.is_empty(), "exit code 0: {quiet:?}");
    let base = Review::of(BASE);
    let path = |name: &str| base.path(name).display().to_string();
    let plan = ["plan", "--as-of=2026-06-30", "--base", &*path("base"), &*path("head")];
    let _ = nexusc_on(&dev, "user.owner", &plan).succeeds().says("No changes");
}

#[test]
fn a_change_of_nothing_and_a_stricter_rule_ask_nobody() {
    let _ = Review::of(BASE).diff(&[]).succeeds().says("No access changes.").never_says("Rules that change");
    let guard = "guard \"more\" {\n  each = \"endpoint\"\n  condition = endpoint.name != \"x1\"\n  message = \"no\"\n}\n";
    let _ = Review::of(&format!("{BASE}{guard}")).diff(&[]).succeeds().says("+ guard.more: is new\n");
    // The same rules under another name, through another local and in another layout.
    let local = BASE
        .replace("contains(local.stages,", "contains(local.allowed,")
        .replace("  relaxed = false\n", "  relaxed = false\n  allowed = [\"prod\"]\n")
        .replace("guard \"stages\" {\n  each      = ", "guard \"steps\" {\n  each = ");
    let _ = Review::of(&local).diff(&[]).succeeds().never_says("Rules that change");
}

#[test]
fn the_base_judges_and_its_rules_are_shown() {
    let silenced = changed(&[
        (OPEN.0, OPEN.1.to_owned()),
        (
            "guard \"stages\" {",
            "lint {\n  guard-failed = \"off\"\n  test-failed = \"off\"\n}\nguard \"stages\" {".to_owned(),
        ),
    ]);
    let run = Review::of(&silenced).diff(&[]).exits(1);
    let run = run.says("shop-dev may not call pay").says("the base's rules report this");
    let run = run.says("`shop-dev` can call the Endpoint `pay`");
    let _ = run.says("~ lint guard-failed: error → off (needs approval)").says("+ shop-dev.a2dd6 may call");
}

#[test]
fn a_guard_on_the_whole_change_counts() {
    let guard = "guard \"few\" {\n  each = \"change\"\n  condition = change.calls_lost + change.rules_changed < 2\n  message = \"${change.calls_lost} calls lost and ${change.rules_changed} rules changed\"\n}\n";
    let emptied =
        BASE.replace("allowed_caller_namespaces = [namespace.pay-prd]", "allowed_caller_namespaces = []");
    let run = Review::of(&format!("{emptied}{guard}")).diff(&[]).exits(1);
    let _ = run.says("1 calls lost and 1 rules changed").says("pay-prd loses hr");
    let _ = Review::of(&format!("{BASE}{guard}")).diff(&[]).succeeds();
}

#[test]
fn an_approval_is_for_one_change() {
    let elsewhere = tempfile::tempdir().expect("a folder");
    let file = elsewhere.path().join("approvals.json");
    let review = Review::of(&BASE.replace("2026-12-31", "2027-01-31"));
    let digest = |run: &Run| {
        let start = run.stderr.find("sha256:").expect("a digest");
        run.stderr[start..start + "sha256:".len() + 64].to_owned()
    };
    let asked = review.diff(&[]).exits(3).says("grant of hr to shop-prd.a2dd6: 2026-12-31 → 2027-01-31");
    let approve = |until: &str, digest: &str| {
        let text = format!(r#"[{{"digest":"{digest}","by":"ana","reason":"agreed","until":"{until}"}}]"#);
        fs::write(&file, text).expect("approvals");
        file.display().to_string()
    };
    let approvals = approve("2026-07-31", &digest(&asked));
    let _ = review.diff(&["--approvals", &approvals]).succeeds().says("approved by ana until 2026-07-31");
    let _ = review.diff(&["--approvals", &approvals, "--as-of=2026-08-01"]).exits(3);
    let other = Review::of(&BASE.replace("2026-12-31", "2027-02-28"));
    let _ = other.diff(&["--approvals", &approvals]).exits(3).says("approval needed");
    // Who proposes the change brings no approval with it.
    let own = review.path("head").join("approvals.json");
    fs::copy(&file, &own).expect("a copy");
    let _ = review.diff(&["--approvals", &own.display().to_string()]).exits(2).says("cannot approve it");
    let _ = review.diff(&["--approvals", &approve("2026-12-31", &digest(&asked))]).exits(2).says("90 days");
}

#[test]
fn a_variable_file_counts_as_it_is_at_the_base() {
    let opened = changed(&[(OPEN.0, OPEN.1.to_owned())]);
    let review = Review::of(&opened);
    let file = |side: &str, strict: bool| {
        let path = review.path(side).join("prod.tfvars");
        fs::write(&path, format!("strict = {strict}\n")).expect("a variable file");
        path.display().to_string()
    };
    let head = file("head", false);
    let _ = review.diff(&["--var-file", &head]).exits(2).says("--base-var-file");
    let base = file("base", true);
    let run = review.diff(&["--var-file", &head]).exits(1).says("shop-dev may not call pay");
    let _ = run.says("~ guard.stages: its condition, or a local or variable that it reads, is another");
    let _ = review.diff(&["--var-file", &head, "--base-var-file", &base]).exits(1);
}

/// A snapshot of the account in which a Namespace is of another stage is no way past a guard on stages.
#[test]
fn facts_that_come_with_the_policy_count_as_they_are_at_the_base() {
    let opened = changed(&[(OPEN.0, OPEN.1.to_owned())]);
    let review = Review::of(&opened);
    let dev = Dev::start(&review.path("base").join("policy.nexus.hcl"));
    let snapshot = review.path("base").join("account.json");
    let outside = review.path("outside.json").display().to_string();
    let _ = nexusc_on(&dev, "user.owner", &["snapshot", "--out", &outside]).succeeds();
    let text = fs::read_to_string(&outside).expect("a snapshot");
    let forged = review.path("head").join("account.json");
    let retagged = text.replace("\"stage\": \"dev\"", "\"stage\": \"prod\"");
    assert_ne!(text, retagged);
    fs::write(&forged, &retagged).expect("a snapshot");
    let forged = forged.display().to_string();
    let _ = review.diff(&["--account", &forged]).exits(2).says("--base-account");
    fs::write(&snapshot, &text).expect("a snapshot");
    let run = review.diff(&["--account", &forged]).exits(1).says("shop-dev may not call pay");
    let _ =
        run.says("~ facts account.json: differs from the file of the base, which counts (needs approval)");
    let _ = review.diff(&["--account", &forged, "--base-account", &outside]).exits(1);
    let _ = review.diff(&["--account", &outside]).exits(1).never_says("facts account.json");
}
