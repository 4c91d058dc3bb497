//! Every example, run: in HCL as it stands, and in JSON as the same document written differently.

mod json;

use super::{Examples, SURROUNDINGS, explanation};
use crate::check::expect::{expected, settled};
use crate::syntax::parse;
use json::Printed;
use schema::diagnostic::{Code, Finding, Findings};

#[test]
fn every_code_is_explained() {
    let missing: Vec<_> = Code::ALL.iter().filter(|code| explanation(**code).is_none()).collect();
    assert!(missing.is_empty(), "without an explanation: {missing:?}");
}

#[test]
fn every_example_says_what_it_shows() {
    for (code, examples) in examples() {
        let (wrong, right) = (whole(examples.wrong), whole(examples.right));
        let marks = expected(&wrong);
        assert!(
            marks.iter().all(|(_, marked)| marked == code.name()) && !marks.is_empty(),
            "{code}: {marks:?}"
        );
        assert_eq!(lines(&wrong, "policy.nexus.hcl"), marks, "{code}");
        assert_eq!(lines(&right, "policy.nexus.hcl"), [], "{code}");
    }
}

#[test]
fn every_example_says_the_same_in_json() {
    for (code, examples) in examples() {
        match examples.json {
            Some((wrong, right)) => {
                assert_eq!(lines(wrong, "policy.nexus.json"), expected(wrong), "{code}");
                assert_eq!(lines(right, "policy.nexus.json"), [], "{code}");
            }
            None => {
                assert_same(code, &whole(examples.wrong));
                assert_same(code, &whole(examples.right));
            }
        }
    }
}

/// What the compiler accepts has the shape that the schema says.
#[test]
fn every_right_example_fits_the_json_schema() {
    let validator = jsonschema::validator_for(&schema::json_schema::policy_schema()).unwrap();
    for (code, examples) in examples().filter(|(_, examples)| examples.json.is_none()) {
        let (_, sources) = settled("policy.nexus.hcl", &whole(examples.right));
        let document = parse(&sources, &mut Findings::new());
        let text = Printed::of(&document, &sources).text;
        let json = jsonc_parser::parse_to_serde_value(&text, &jsonc_parser::ParseOptions::default()).unwrap();
        let faults: Vec<_> = validator.iter_errors(&json).map(|error| error.to_string()).collect();
        assert_eq!(faults, Vec::<String>::new(), "{code}\n{text}");
    }
}

fn examples() -> impl Iterator<Item = (Code, Examples)> {
    Code::ALL.iter().filter_map(|code| Some((*code, explanation(*code)?.examples?)))
}

fn whole(example: &str) -> String {
    let own = example.lines().any(|line| line.starts_with("account {"));
    if own { example.to_owned() } else { format!("{example}{SURROUNDINGS}") }
}

/// What is found, by line. That the surroundings have Namespaces to spare is not what an example is about.
fn lines(policy: &str, path: &str) -> Vec<(u32, String)> {
    let (findings, sources) = settled(path, policy);
    let shown = findings.iter().filter(|finding| !is_surrounding(finding, policy));
    let line =
        |finding: &Finding| finding.span.map(|span| sources.get(span.file).unwrap().place(span.start).line);
    shown.map(|finding| (line(finding).unwrap_or(0), finding.code.to_string())).collect()
}

fn is_surrounding(finding: &Finding, policy: &str) -> bool {
    let own = policy.strip_suffix(SURROUNDINGS).map_or(policy.len(), str::len);
    finding.code == Code::UnusedNamespace && finding.span.is_none_or(|span| span.start as usize >= own)
}

/// Prints a policy in JSON and demands the same findings at the same places.
fn assert_same(code: Code, policy: &str) {
    let (found, sources) = settled("policy.nexus.hcl", policy);
    let document = parse(&sources, &mut Findings::new());
    let printed = Printed::of(&document, &sources);
    let (in_json, json_sources) = settled("policy.nexus.json", &printed.text);
    assert_eq!(found.len(), in_json.len(), "{code}: {in_json:#?}\n{}", printed.text);
    for finding in &found {
        let places = finding.span.map(|span| printed.places(span.start)).unwrap_or_default();
        let same = |other: &&Finding| {
            let at = other.span.map(|span| span.start);
            other.code == finding.code
                && other.severity == finding.severity
                && at.is_none_or(|at| places.contains(&at))
        };
        let shown = || crate::render::findings_text(&in_json, &json_sources, crate::render::Colour::None);
        assert!(
            in_json.iter().any(|other| same(&other)),
            "{code}: {finding:?}\n{}\n{}",
            shown(),
            printed.text
        );
    }
}
