//! Random expressions, patterns, templates and types of variables, held against every Terraform. What the compiler gives
//! otherwise must be a documented difference.
//!
//! `LANGUAGE_CASES=20000` draws as many new expressions, 3/20 of that patterns, 4/20 templates and 1/20 types of variables;
//! `LANGUAGE_SEED` is the first seed. On 2026-12-01, of 20,000 expressions 12,227 had the same value and 7,609 were refused by
//! both, 153 were documented differences, and 11 led to further rules; 3,000 patterns, 4,000 templates and 1,000 types were the
//! same or documented.

use super::differences::{self, Disagreement};
use super::draft::Draft;
use super::{console, ours};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use tests::terraform::Terraform;

/// One drawn case.
struct Case {
    text: String,
    ours: (Option<Json>, String),
}

/// How often each outcome was seen, and the disagreements that no documented difference explains.
#[derive(Default)]
struct Tally {
    same: usize,
    refused: usize,
    versions_differ: usize,
    differences: BTreeMap<&'static str, usize>,
    wrong: Vec<String>,
}

/// The seeds: so many, or new ones.
fn seeds(usual: u64, share: u64) -> std::ops::Range<u64> {
    let given = |name: &str| std::env::var_os(name).and_then(|text| text.to_str()?.parse::<u64>().ok());
    match given("LANGUAGE_CASES") {
        None => 1..usual + 1,
        Some(cases) => {
            let start = given("LANGUAGE_SEED").unwrap_or_else(|| u64::from(std::process::id()) << 24);
            start..start + cases * share / 20
        }
    }
}

#[test]
fn random_expressions_mean_what_they_mean_in_terraform() {
    let texts: Vec<_> = seeds(600, 20).map(|seed| Draft::new(seed).expression()).collect();
    compare("expressions", &texts);
}

#[test]
fn random_patterns_match_what_they_match_in_terraform() {
    let subjects = r#"["", "a", "ab", "xabc", "b a-x", "1é\n", "a.b{2}"]"#;
    let text = |seed| {
        let pattern = Draft::new(seed).pattern().replace("${", "$${").replace("%{", "%%{");
        format!(
            "[can(replace(\"\", \"/{pattern}/\", \"\")), [for s in {subjects} : try([regex(\"{pattern}\", s)], [])]]"
        )
    };
    compare("patterns", &seeds(300, 3).map(text).collect::<Vec<_>>());
}

#[test]
fn random_templates_give_what_they_give_in_terraform() {
    compare("templates", &seeds(400, 4).map(|seed| Draft::new(seed).any_template()).collect::<Vec<_>>());
}

#[test]
fn random_types_of_variables_convert_as_in_terraform() {
    let declared: Vec<_> = seeds(200, 1).map(|seed| Draft::new(seed).variable()).collect();
    let shown = |(of, default): &(String, String)| format!("type = {of}, default = {default}");
    let cases: Vec<_> =
        declared.iter().map(|it| Case { text: shown(it), ours: ours::variable(&it.0, &it.1) }).collect();
    judge("variables", &cases, |terraform| console::variables(terraform, &declared));
}

fn compare(what: &str, texts: &[String]) {
    let cases: Vec<_> =
        texts.iter().map(|text| Case { text: text.clone(), ours: ours::evaluated(text) }).collect();
    judge(what, &cases, |terraform| console::evaluated(terraform, texts));
}

/// Where versions of Terraform differ, 1.15.5, the first of them, decides.
fn judge(what: &str, cases: &[Case], evaluate: impl Fn(&Terraform) -> Vec<Option<Json>>) {
    let mut tally = Tally::default();
    let answers: Vec<_> = Terraform::all().iter().map(evaluate).collect();
    let Some((decides, others)) = answers.split_first() else { panic!("there is no Terraform") };
    for (at, (case, theirs)) in cases.iter().zip(decides).enumerate() {
        tally.versions_differ += usize::from(others.iter().any(|other| !same(&other[at], theirs)));
        let (ours, found) = &case.ours;
        if same(theirs, ours) {
            *(if ours.is_some() { &mut tally.same } else { &mut tally.refused }) += 1;
        } else if let Some(name) = differences::explaining(
            &Disagreement { text: &case.text, theirs: theirs.as_ref(), ours: ours.as_ref(), found },
            &Terraform::all()[0],
        ) {
            *tally.differences.entry(name).or_default() += 1;
        } else {
            tally.wrong.push(format!(
                "{}\n  Terraform: {}\n  nexusc:    {} {found}",
                case.text,
                shown(theirs),
                shown(ours)
            ));
        }
    }
    let Tally { same, refused, versions_differ, differences, wrong } = &tally;
    println!(
        "{what}: {} cases, {same} the same, {refused} refused by both, {differences:?}, {} not explained; the versions differ in {versions_differ}",
        cases.len(),
        wrong.len()
    );
    assert!(wrong.is_empty(), "{} {what} differ:\n{}", wrong.len(), wrong.join("\n"));
}

/// A result in JSON.
pub fn shown(value: &Option<Json>) -> String {
    value.as_ref().map_or("an error".to_owned(), Json::to_string)
}

/// Whether two results are the same: numbers by value, since both are written in their own way.
pub fn same(left: &Option<Json>, right: &Option<Json>) -> bool {
    match (left, right) {
        (Some(left), Some(right)) => equal(left, right),
        (left, right) => left.is_none() && right.is_none(),
    }
}

fn equal(left: &Json, right: &Json) -> bool {
    match (left, right) {
        (Json::Number(left), Json::Number(right)) => left == right || left.as_f64() == right.as_f64(),
        (Json::Array(left), Json::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| equal(left, right))
        }
        (Json::Object(left), Json::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(key, value)| right.get(key).is_some_and(|other| equal(value, other)))
        }
        _ => left == right,
    }
}
