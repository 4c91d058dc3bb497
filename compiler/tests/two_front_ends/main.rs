//! One meaning, two front ends: a generated policy is printed as HCL and as JSON, and both must give the same findings
//! and the same graph. `FRONT_END_CASES` asks for more cases than CI runs.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod expression;
mod hcl;
mod json;
mod policy;
mod repair;
mod style;

use compiler::diagnostic::source::Sources;
use compiler::diagnostic::{Finding, Findings};
use compiler::pipeline::{Checked, ParsedPolicy};
use jsonschema::Validator;
use policy::Policy;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{RngSeed, TestError, TestRunner};
use regex::Regex;
use std::collections::BTreeMap;
use std::sync::LazyLock;
use time::macros::date;

const CASES: u32 = 400;

/// What a policy means, places aside.
#[derive(Debug, PartialEq, Eq)]
struct Meaning {
    findings: Vec<String>,
    graph: String,
}

impl Meaning {
    fn is_accepted(&self) -> bool {
        !self.findings.iter().any(|finding| finding.contains(" Error "))
    }
}

static PLACE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"Span \{[^}]*\}").unwrap());

fn parsed(files: &[(&str, &str)]) -> ParsedPolicy {
    let mut sources = Sources::default();
    for (path, text) in files {
        sources.add(*path, *text);
    }
    ParsedPolicy::parse(sources, Findings::new(), date!(2026 - 06 - 15))
}

fn meaning(files: &[(&str, &str)]) -> Meaning {
    let parsed = parsed(files);
    let Checked { policy, findings, .. } = Checked::of(&parsed, None, None).ok().unwrap();
    let mut findings: Vec<_> = findings.iter().map(shown).collect();
    // In JSON one key can open several blocks, and what is said of the key is said once.
    findings.sort();
    findings.dedup();
    // What stands in a circle depends on where it is entered.
    if findings.iter().any(|finding| finding.starts_with("reference-cycle")) {
        return Meaning { findings, graph: String::new() };
    }
    Meaning { findings, graph: PLACE.replace_all(&format!("{policy:#?}"), "…").into_owned() }
}

fn shown(finding: &Finding) -> String {
    let Finding { code, severity, instance, message, .. } = finding;
    format!("{code} {severity:?} {instance:?} {message}")
}

fn more() -> Option<u32> {
    std::env::var_os("FRONT_END_CASES").and_then(|text| text.to_str()?.parse().ok())
}

fn runner() -> TestRunner {
    let more = more();
    // CI compares the same policies each time: what a longer run finds becomes a test with a name.
    let rng_seed = if more.is_some() { RngSeed::Random } else { RngSeed::Fixed(2026) };
    let cases = more.unwrap_or(CASES);
    TestRunner::new(ProptestConfig {
        cases,
        rng_seed,
        failure_persistence: None,
        ..ProptestConfig::default()
    })
}

/// What only one of two has, line by line; nothing where they mean the same.
fn difference(left: &Meaning, right: &Meaning) -> Option<String> {
    if left == right {
        return None;
    }
    let only = |these: &Meaning, those: &Meaning| {
        let mut those: Vec<_> =
            those.findings.iter().map(String::as_str).chain(those.graph.lines()).collect();
        let these = these.findings.iter().map(String::as_str).chain(these.graph.lines());
        let mut only = Vec::new();
        for line in these {
            match those.iter().position(|other| *other == line) {
                Some(at) => drop(those.swap_remove(at)),
                None => only.push(line),
            }
        }
        only.join("\n  ")
    };
    Some(format!("only the first:\n  {}\nonly the second:\n  {}", only(left, right), only(right, left)))
}

fn demand_one_meaning(hcl: &str, json: &str) -> Result<(), TestCaseError> {
    let (from_hcl, from_json) = (meaning(&[("a.nexus.hcl", hcl)]), meaning(&[("a.nexus.json", json)]));
    match difference(&from_hcl, &from_json) {
        None => Ok(()),
        Some(difference) => Err(TestCaseError::fail(format!("{difference}\n{hcl}\n{json}"))),
    }
}

static SHAPE: LazyLock<Validator> =
    LazyLock::new(|| jsonschema::validator_for(&compiler::check::policy_schema()).unwrap());

/// What the compiler accepts has the shape that the schema says.
fn demand_shape(hcl: &str, json: &str) -> Result<(), TestCaseError> {
    if !meaning(&[("a.nexus.hcl", hcl)]).is_accepted() {
        return Ok(());
    }
    let value = jsonc_parser::parse_to_serde_value(json, &jsonc_parser::ParseOptions::default()).unwrap();
    let faults: Vec<_> = SHAPE.iter_errors(&value).map(|error| error.to_string()).collect();
    match faults.is_empty() {
        true => Ok(()),
        false => Err(TestCaseError::fail(format!("accepted, and not of its shape: {faults:?}\n{json}"))),
    }
}

fn run<S: Strategy>(strategy: &S, test: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    match runner().run(strategy, test) {
        Ok(()) => {}
        Err(TestError::Fail(why, _)) => panic!("{why}"),
        Err(error) => panic!("{error}"),
    }
}

/// As they come, or with what is wrong repaired.
fn policies() -> impl Strategy<Value = Policy> {
    let repairs = any::<bool>();
    (policy::policies(), repairs).prop_map(|(policy, repairs)| match repairs {
        true => repair::repaired(policy),
        false => policy,
    })
}

#[test]
fn hcl_and_json_mean_the_same() {
    run(&policies(), |policy: Policy| {
        let (hcl, json) = (hcl::print(&policy), json::print(&policy));
        demand_one_meaning(&hcl, &json)?;
        demand_shape(&hcl, &json)
    });
}

/// Blocks that are spread over files of both formats find each other.
#[test]
fn a_policy_in_files_of_both_formats_means_the_same() {
    run(&(policies(), any::<u8>()), |(policy, kinds)| {
        let (left, right) = policy.split(kinds);
        let (first, hcl, json) = (hcl::print(&left), hcl::print(&right), json::print(&right));
        let mixed = meaning(&[("a.nexus.hcl", &first), ("b.nexus.json", &json)]);
        let plain = meaning(&[("a.nexus.hcl", &first), ("b.nexus.hcl", &hcl)]);
        match difference(&plain, &mixed) {
            None => Ok(()),
            Some(difference) => Err(TestCaseError::fail(format!("{difference}\n{first}\n{hcl}\n{json}"))),
        }
    });
}

/// A generator that finds little wrong shows little, and one that gets little right shows less.
#[test]
fn generated_policies_have_many_things_wrong_or_nothing_and_no_syntax() {
    const POLICIES: usize = 400;
    let mut codes = BTreeMap::<String, usize>::new();
    let (mut accepted, mut endpoints) = (0, 0);
    let strategy = policies();
    let mut runner = TestRunner::deterministic();
    for _ in 0..POLICIES {
        let policy = strategy.new_tree(&mut runner).unwrap().current();
        let meaning = meaning(&[("a.nexus.hcl", &hcl::print(&policy))]);
        if meaning.is_accepted() {
            accepted += 1;
            endpoints += policy.blocks.iter().filter(|block| block.kind == "endpoint").count();
        }
        for code in meaning.findings.iter().filter_map(|it| it.split(' ').next()) {
            *codes.entry(code.to_owned()).or_default() += 1;
        }
    }
    assert!(codes.len() >= 15 && !codes.contains_key("syntax"), "{codes:?}");
    assert!(accepted >= POLICIES / 3, "{accepted} of {POLICIES} are accepted: {codes:?}");
    assert!(endpoints >= accepted, "the {accepted} that are accepted declare {endpoints} Endpoints");
}
