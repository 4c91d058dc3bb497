//! Runs every example, in HCL and converted to JSON.

pub(super) mod json;

use super::codes;
use super::unused_namespace::UNUSED_NAMESPACE;
use crate::check::expect::{expected, settled_against};
use crate::diagnostic::{Code, Examples, Finding, Findings, SURROUNDINGS};
use crate::facts::Facts;
use crate::facts::snapshot::Snapshot;
use crate::syntax::document::Block;
use crate::syntax::parse;
use json::Printed;

/// A finding in a block names that block.
#[test]
fn every_finding_in_a_block_names_it() {
    for (code, examples) in examples() {
        let (wrong, facts) = (whole(examples.wrong), facts(&examples));
        let (findings, sources) = settled_against("policy.nexus.hcl", &wrong, facts.as_ref());
        let document = parse(&sources, &mut Findings::new());
        for finding in findings.iter().filter(|finding| finding.code == code) {
            let start = finding.span.unwrap().start;
            let is_in = |block: &&Block| (block.span.start..block.body.end).contains(&start);
            let block = document.blocks.iter().find(is_in).filter(|block| block.label.is_some());
            let known = block.filter(|block| block.known_kind().is_some());
            let named = finding.instance.as_deref().unwrap_or_default();
            assert!(known.is_none_or(|block| named.contains(&*block.kind)), "{finding:?}");
        }
    }
}

#[test]
fn every_example_says_what_it_shows() {
    for (code, examples) in examples() {
        let (wrong, right) = (whole(examples.wrong), whole(examples.right));
        let marks = expected(&wrong);
        assert!(
            marks.iter().all(|(_, marked)| marked == code.name) && !marks.is_empty(),
            "{code}: {marks:?}"
        );
        let facts = facts(&examples);
        assert_eq!(lines(&wrong, "policy.nexus.hcl", facts.as_ref()), marks, "{code}");
        assert_eq!(lines(&right, "policy.nexus.hcl", facts.as_ref()), [], "{code}");
    }
}

#[test]
fn every_example_says_the_same_in_json() {
    for (code, examples) in examples() {
        match examples.json {
            Some((wrong, right)) => {
                assert_eq!(lines(wrong, "policy.nexus.json", None), expected(wrong), "{code}");
                assert_eq!(lines(right, "policy.nexus.json", None), [], "{code}");
            }
            None => {
                let facts = facts(&examples);
                assert_same(code, &whole(examples.wrong), facts.as_ref());
                assert_same(code, &whole(examples.right), facts.as_ref());
            }
        }
    }
}

/// Accepted policies match the JSON Schema.
#[test]
fn every_right_example_fits_the_json_schema() {
    let validator = jsonschema::validator_for(&crate::check::policy_schema()).unwrap();
    for (code, examples) in examples().filter(|(_, examples)| examples.json.is_none()) {
        let (_, sources) = settled_against("policy.nexus.hcl", &whole(examples.right), None);
        let document = parse(&sources, &mut Findings::new());
        let text = Printed::of(&document, &sources).text;
        let json = jsonc_parser::parse_to_serde_value(&text, &jsonc_parser::ParseOptions::default()).unwrap();
        let faults: Vec<_> = validator.iter_errors(&json).map(|error| error.to_string()).collect();
        assert_eq!(faults, Vec::<String>::new(), "{code}\n{text}");
    }
}

fn examples() -> impl Iterator<Item = (&'static Code, Examples)> {
    codes().map(|code| (code, code.examples))
}

/// The account that an example is checked against.
fn facts(examples: &Examples) -> Option<Facts> {
    Some(Snapshot::parse(examples.facts?).unwrap().facts().unwrap())
}

fn whole(example: &str) -> String {
    let own = example.lines().any(|line| line.starts_with("account {"));
    if own { example.to_owned() } else { format!("{example}{SURROUNDINGS}") }
}

/// What is found, by line. That the surroundings have Namespaces to spare is not what an example is about.
fn lines(policy: &str, path: &str, facts: Option<&Facts>) -> Vec<(u32, String)> {
    let (findings, sources) = settled_against(path, policy, facts);
    let shown = findings.iter().filter(|finding| !is_surrounding(finding, policy));
    let line =
        |finding: &Finding| finding.span.map(|span| sources.get(span.file).unwrap().place(span.start).line);
    shown.map(|finding| (line(finding).unwrap_or(0), finding.code.to_string())).collect()
}

fn is_surrounding(finding: &Finding, policy: &str) -> bool {
    let own = policy.strip_suffix(SURROUNDINGS).map_or(policy.len(), str::len);
    finding.code == &UNUSED_NAMESPACE && finding.span.is_none_or(|span| span.start as usize >= own)
}

/// Prints a policy in JSON and demands the same findings at the same places.
fn assert_same(code: &Code, policy: &str, facts: Option<&Facts>) {
    let (found, sources) = settled_against("policy.nexus.hcl", policy, facts);
    let document = parse(&sources, &mut Findings::new());
    let printed = Printed::of(&document, &sources);
    let (in_json, json_sources) = settled_against("policy.nexus.json", &printed.text, facts);
    assert_eq!(found.len(), in_json.len(), "{code}: {in_json:#?}\n{}", printed.text);
    for finding in &found {
        let places = finding.span.map(|span| printed.places(span.start)).unwrap_or_default();
        let same = |other: &&Finding| {
            let at = other.span.map(|span| span.start);
            other.code == finding.code
                && other.severity == finding.severity
                && at.is_none_or(|at| places.contains(&at))
        };
        let shown = || crate::report::findings_text(&in_json, &json_sources, crate::report::Colour::None);
        assert!(
            in_json.iter().any(|other| same(&other)),
            "{code}: {finding:?}\n{}\n{}",
            shown(),
            printed.text
        );
    }
}
