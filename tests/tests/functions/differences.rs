//! Which documented difference explains that the compiler gives something else than Terraform.

use super::generated::{same, shown};
use super::{console, ours, rewritten};
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

/// The rule of each difference, by its name. Terraform is asked what a rewritten expression gives.
type Rule = (&'static str, fn(&Disagreement<'_>, &Terraform) -> bool);

/// From the most to the least particular.
const RULES: &[Rule] = &[
    ("division-by-zero", |it, _| {
        (it.ours.is_none() && it.found.contains("division by zero"))
            || ["/ 0", "/ -0"].iter().any(|part| it.text.contains(part))
    }),
    ("duplicate-keys", |it, _| it.ours.is_none() && it.found.contains("is given twice")),
    ("unknown-keys", |it, _| it.ours.is_none() && it.found.contains("the object type has no attribute")),
    ("any-in-collections", |it, _| it.text.starts_with("type = ") && it.text.contains("(any")),
    ("unicode-classes", |it, _| it.text.contains("OldItalic")),
    ("order-of-sets", |it, _| {
        it.text.contains("set") && both(it, |theirs, ours| unordered(theirs) == unordered(ours))
    }),
    ("negative-zero", |it, terraform| {
        it.text.contains(['-', '*', '/', '%'])
            && gives(terraform, rewritten::without_negative_zero(it.text), it)
    }),
    ("binary-powers", |it, _| {
        it.text.contains("pow(") && (both(it, near) || it.found.contains("the power is not a number"))
    }),
    ("decimals", |it, _| {
        let has_quotient = it.text.contains(['/', '%']);
        has_quotient
            && both(it, |theirs, ours| near(theirs, ours) || (theirs.is_boolean() && ours.is_boolean()))
    }),
    ("collections-are-equal", |it, terraform| {
        ["==", "!=", "contains(", "index("].iter().any(|part| it.text.contains(part))
            && gives(terraform, rewritten::compared_by_elements(it.text), it)
    }),
    ("null-has-no-type", is_of_type),
];

/// Whether Terraform gives for another expression what the compiler gives for the one in question.
fn gives(terraform: &Terraform, other: String, it: &Disagreement<'_>) -> bool {
    other != it.text
        && console::evaluated(terraform, &[other]).first().is_some_and(|theirs| same_as(theirs, it.ours))
}

fn same_as(theirs: &Option<Json>, ours: Option<&Json>) -> bool {
    same(theirs, &ours.cloned())
}

/// Whether one of the two refuses the type of a null or of an empty collection, in the expression or in what it tries.
fn is_of_type(it: &Disagreement<'_>, terraform: &Terraform) -> bool {
    let has_untyped = ["null", "[]", "{}", "{  }"].iter().any(|part| it.text.contains(part));
    let refuses = |text: &str| {
        let said = console::refusal(terraform, text);
        THEIR_TYPES.iter().any(|part| said.contains(part))
    };
    let is_refused = || match (it.theirs, it.ours) {
        (None, _) => refuses(it.text),
        (Some(_), None) => OUR_TYPES.iter().any(|part| it.found.contains(part)),
        (Some(_), Some(_)) => {
            let attempts = rewritten::attempts(it.text);
            attempts.iter().any(|text| ours::evaluated(text).0.is_some() && refuses(text))
        }
    };
    has_untyped && is_refused()
}

/// What Terraform says of types that do not fit.
const THEIR_TYPES: &[&str] = &[
    "Inconsistent conditional result types",
    "element types must all match",
    "arguments must have the same type",
    // Of a null of another type.
    "required, but have",
    "of any single type",
    "given sets must all have compatible",
    // A fault of Terraform: it says this of sets of null.
    "incompatible set rules",
];

/// What the compiler says of them.
const OUR_TYPES: &[&str] = &["of one type", "incompatible types"];

/// The name of the difference, from the table of the compiler.
pub fn explaining(it: &Disagreement<'_>, terraform: &Terraform) -> Option<&'static str> {
    RULES.iter().find(|(_, explains)| explains(it, terraform)).map(|(name, _)| *name)
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
        // Without a negative zero, which is another difference.
        Json::Number(number) if number.as_f64() == Some(0.0) => "0".to_owned(),
        other => other.to_string(),
    }
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
    let oracle = &Terraform::all()[0];
    let examples: Vec<_> = DIFFERENCES.iter().filter_map(|it| Some((it.name, it.example?))).collect();
    let texts: Vec<_> = examples.iter().map(|(_, example)| example.expression.to_owned()).collect();
    for ((name, example), theirs) in examples.iter().zip(console::evaluated(oracle, &texts)) {
        let Example { expression, terraform, nexusc } = example;
        let (ours, found) = ours::evaluated(expression);
        let json = |text: &Option<&str>| text.map(|text| serde_json::from_str(text).expect("JSON"));
        assert!(same(&theirs, &json(terraform)), "{expression}: Terraform gives {}", shown(&theirs));
        assert!(same(&ours, &json(nexusc)), "{expression}: the compiler gives {} {found}", shown(&ours));
        let disagreement =
            Disagreement { text: expression, theirs: theirs.as_ref(), ours: ours.as_ref(), found: &found };
        assert_eq!(explaining(&disagreement, oracle), Some(*name), "{expression}");
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
