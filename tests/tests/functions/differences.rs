//! Which documented difference explains that the compiler gives something else than Terraform.

use super::generated::{same, shown};
use super::{console, ours};
use compiler::evaluate::function_names;
use compiler::language::differences::{DIFFERENCES, Example, MISSING};
use serde_json::Value as Json;
use std::collections::BTreeSet;
use tests::terraform::Terraform;

/// One disagreement: the expression, what Terraform and the compiler give, and what the compiler finds.
pub struct Disagreement<'d> {
    pub text: &'d str,
    pub theirs: Option<&'d Json>,
    pub ours: Option<&'d Json>,
    pub found: &'d str,
}

/// The rule of each difference, by its name.
type Rule = (&'static str, fn(&Disagreement<'_>) -> bool);

/// From the most to the least particular.
const RULES: &[Rule] = &[
    ("division-by-zero", |it| {
        (it.ours.is_none() && it.found.contains("division by zero"))
            || ["/ 0", "/ -0"].iter().any(|part| it.text.contains(part))
    }),
    ("duplicate-keys", |it| it.ours.is_none() && it.found.contains("is given twice")),
    ("unknown-keys", |it| it.ours.is_none() && it.found.contains("the object type has no attribute")),
    ("any-in-collections", |it| it.text.starts_with("type = ") && it.text.contains("(any")),
    ("unicode-classes", |it| it.text.contains("OldItalic")),
    ("order-of-sets", |it| {
        it.text.contains("set") && both(it, |theirs, ours| unordered(theirs) == unordered(ours))
    }),
    ("negative-zero", |it| {
        it.theirs.is_some_and(has_negative_zero) || (it.text.contains("-0") && both(it, |_, _| true))
    }),
    ("binary-powers", |it| {
        it.text.contains("pow(") && (both(it, near) || it.found.contains("the power is not a number"))
    }),
    ("decimals", |it| {
        let has_quotient = it.text.contains(['/', '%']);
        has_quotient
            && both(it, |theirs, ours| near(theirs, ours) || (theirs.is_boolean() && ours.is_boolean()))
    }),
    ("collections-are-equal", |it| {
        let is_compared = it.theirs.is_none() != it.ours.is_none() && it.text.contains("to");
        it.text.contains(['[', '{'])
            && (both(it, |_, _| true) || is_compared)
            && ["==", "!=", "contains(", "index("].iter().any(|part| it.text.contains(part))
    }),
    ("null-has-no-type", |it| {
        let has_untyped = ["null", "[]", "{}", "{  }", "toset([])"].iter().any(|part| it.text.contains(part));
        let is_caught = it.text.contains("can(") || it.text.contains("try(");
        has_untyped && (it.theirs.is_none() != it.ours.is_none() || is_caught)
    }),
];

/// The name of the difference, from the table of the compiler.
pub fn explaining(it: &Disagreement<'_>) -> Option<&'static str> {
    RULES.iter().find(|(_, explains)| explains(it)).map(|(name, _)| *name)
}

fn both(it: &Disagreement<'_>, hold: impl Fn(&Json, &Json) -> bool) -> bool {
    it.theirs.zip(it.ours).is_some_and(|(theirs, ours)| hold(theirs, ours))
}

/// The value with lists, and texts in which lists are written, in one order.
fn unordered(value: &Json) -> String {
    match value {
        Json::Array(elements) => {
            let mut elements: Vec<_> = elements.iter().map(unordered).collect();
            elements.sort();
            format!("[{}]", elements.join(","))
        }
        Json::Object(object) => {
            let members: BTreeSet<_> = object.iter().map(|(key, value)| (key, unordered(value))).collect();
            format!("{members:?}")
        }
        Json::String(text) => {
            let mut letters: Vec<_> = text.chars().collect();
            letters.sort_unstable();
            letters.into_iter().collect()
        }
        other => other.to_string(),
    }
}

fn has_negative_zero(value: &Json) -> bool {
    let text = value.to_string();
    let mut places = text.match_indices("-0").map(|(at, found)| &text[at + found.len()..]);
    places.any(|after| !after.starts_with(|next: char| next.is_ascii_digit() || next == '.'))
}

/// Whether two values differ only in the last digits of numbers.
fn near(left: &Json, right: &Json) -> bool {
    match (left, right) {
        (Json::Number(left), Json::Number(right)) => close(left.as_f64(), right.as_f64()),
        (Json::String(left), Json::String(right)) => {
            left == right || close(left.parse().ok(), right.parse().ok()) || begin_alike(left, right)
        }
        (Json::Array(left), Json::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| near(left, right))
        }
        (Json::Object(left), Json::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(key, value)| right.get(key).is_some_and(|other| near(value, other)))
        }
        _ => left == right,
    }
}

fn close(left: Option<f64>, right: Option<f64>) -> bool {
    left.zip(right).is_some_and(|(left, right)| (left - right).abs() <= 1e-12 * left.abs().max(right.abs()))
}

/// Whether two texts with long numbers in them are the same for as long as numbers are exact.
fn begin_alike(left: &str, right: &str) -> bool {
    let alike = left.bytes().zip(right.bytes()).take_while(|(left, right)| left == right).count();
    alike >= 14
}

#[test]
fn every_difference_is_one() {
    let terraform = &Terraform::all()[0];
    let examples: Vec<_> = DIFFERENCES.iter().filter_map(|it| Some((it.name, it.example?))).collect();
    let texts: Vec<_> = examples.iter().map(|(_, example)| example.expression.to_owned()).collect();
    for ((name, example), theirs) in examples.iter().zip(console::evaluated(terraform, &texts)) {
        let Example { expression, terraform, nexusc } = example;
        let (ours, found) = ours::evaluated(expression);
        let json = |text: &Option<&str>| text.map(|text| serde_json::from_str(text).expect("JSON"));
        assert!(same(&theirs, &json(terraform)), "{expression}: Terraform gives {}", shown(&theirs));
        assert!(same(&ours, &json(nexusc)), "{expression}: the compiler gives {} {found}", shown(&ours));
        let disagreement =
            Disagreement { text: expression, theirs: theirs.as_ref(), ours: ours.as_ref(), found: &found };
        assert_eq!(explaining(&disagreement), Some(*name), "{expression}");
    }
    for (name, _) in RULES {
        assert!(DIFFERENCES.iter().any(|it| it.name == *name), "{name} is not documented");
    }
}

#[test]
fn every_function_of_terraform_is_there_or_missing_on_purpose() {
    let terraform = &Terraform::all()[0];
    let output =
        terraform.command().args(["metadata", "functions", "-json"]).output().expect("terraform starts");
    let answer: Json = serde_json::from_slice(&output.stdout).expect("JSON");
    let signatures = answer["function_signatures"].as_object().expect("signatures");
    let theirs: BTreeSet<_> = signatures.keys().map(|name| name.trim_start_matches("core::")).collect();
    let ours: BTreeSet<_> = function_names().collect();
    let missing: BTreeSet<_> = MISSING.iter().flat_map(|it| it.functions).copied().collect();
    assert!(ours.is_disjoint(&missing), "{:?}", ours.intersection(&missing));
    let known: BTreeSet<_> = ours.union(&missing).copied().collect();
    let eager: BTreeSet<_> = known.iter().copied().filter(|name| !["can", "try"].contains(name)).collect();
    assert_eq!(theirs.difference(&known).collect::<Vec<_>>(), Vec::<&&str>::new(), "not documented");
    assert_eq!(eager.difference(&theirs).collect::<Vec<_>>(), Vec::<&&str>::new(), "not in Terraform");
}
