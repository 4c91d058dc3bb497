//! Files of this repository, changed at random: most are wrong somewhere, and what both still accept they read alike.

use super::corpus::{Verdict, compare};
use crate::check::codes;

use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{RngSeed, TestRunner};

/// What a change writes: whatever means something somewhere.
const TOKENS: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    "\"",
    "=",
    "==",
    "=>",
    ":",
    ",",
    ".",
    "...",
    "?",
    "!",
    "&&",
    "||",
    "-",
    "+",
    "*",
    "/",
    "%",
    "<",
    "<=",
    "#",
    "//",
    "/* c */",
    "\n",
    " ",
    "${",
    "%{",
    "$${",
    "~}",
    "%{ if a }",
    "%{ else }",
    "%{ endif }",
    "\\n",
    "\\\"",
    "\\u00e9",
    "<<EOT\n",
    "EOT\n",
    "<<-EOT\n  a ${b}\n  EOT\n",
    "for",
    "in",
    "if",
    "null",
    "true",
    "0",
    "1.50",
    "1e3",
    "a-b",
    "a.*.b",
    "a[*]",
    "[for a in b : a if a]",
    "{for k, v in m : k => v...}",
    "f(a, b...)",
    "a ? b : c",
    "ü",
];

#[derive(Clone, Debug)]
enum Change {
    Insert(Index, &'static str),
    Replace(Index, &'static str),
    Delete(Index, usize),
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let place = any::<Index>;
    let change = prop_oneof![
        3 => (place(), select(TOKENS)).prop_map(|(at, token)| Change::Insert(at, token)),
        2 => (place(), select(TOKENS)).prop_map(|(at, token)| Change::Replace(at, token)),
        1 => (place(), 1..12_usize).prop_map(|(at, count)| Change::Delete(at, count)),
    ];
    proptest::collection::vec(change, 0..4)
}

fn changed(text: &str, changes: &[Change]) -> String {
    let mut letters: Vec<String> = text.chars().map(String::from).collect();
    for change in changes.iter().filter(|_| !text.is_empty()) {
        let end = letters.len();
        match change {
            Change::Insert(at, token) => letters.insert(at.index(end + 1), (*token).to_owned()),
            Change::Replace(at, token) if end > 0 => letters[at.index(end)] = (*token).to_owned(),
            Change::Delete(at, count) if end > 0 => {
                let at = at.index(end);
                letters.drain(at..(at + count).min(end));
            }
            _ => {}
        }
    }
    letters.concat()
}

#[test]
fn on_changed_files() {
    const CASES: u32 = 3000;
    let cases = std::env::var_os("HCL_CASES").and_then(|text| text.to_str()?.parse().ok());
    let rng_seed = if cases.is_some() { RngSeed::Random } else { RngSeed::Fixed(2026) };
    let cases = cases.unwrap_or(CASES);
    let config = ProptestConfig { cases, rng_seed, failure_persistence: None, ..ProptestConfig::default() };
    let texts: Vec<&str> = codes().flat_map(|code| [code.examples.wrong, code.examples.right]).collect();
    let same = std::cell::Cell::new(0);
    let run = TestRunner::new(config).run(&(select(texts), changes()), |(text, changes)| {
        let text = changed(text, &changes);
        match compare(&text) {
            Verdict::Same => same.set(same.get() + 1),
            Verdict::Different(ours, theirs) => {
                return Err(TestCaseError::fail(format!("{text}\nours:\n{ours}\ntheirs:\n{theirs}")));
            }
            _ => {}
        }
        Ok(())
    });
    run.unwrap();
    assert!(same.get() > cases / 10, "{} of {cases} were accepted by both", same.get());
}
