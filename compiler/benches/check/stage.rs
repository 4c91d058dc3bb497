//! Where the time goes: each stage of a check on its own.

use crate::{Files, median, ms, time};
use ::time::OffsetDateTime;
use compiler::check::permission::{Identity, check as check_permissions};
use compiler::check::{CheckContext, ReportContext, Unjudged, check, check_guards, finalize, lint_codes};
use compiler::diagnostic::Findings;
use compiler::diagnostic::source::Sources;
use compiler::evaluate::{Evaluator, Given};
use compiler::policy::demand::demands;
use compiler::report::{Colour, findings_text};
use compiler::{load, lower, syntax};
use std::path::Path;
use std::time::Duration;

const STAGES: [&str; 9] =
    ["load", "parse", "lower", "check", "guards", "permissions", "settle", "render", "free"];

/// Prints what each stage takes.
pub fn print(files: &Files, rounds: usize) {
    println!("\n{:<14}{:>10} {:>10}", "stage", "HCL ms", "JSON ms");
    let (hcl, json) = (of(&files.hcl, rounds), of(&files.json, rounds));
    for (index, name) in STAGES.iter().enumerate() {
        let at = |times: &[Duration]| times.get(index).copied().map(ms).unwrap_or_default();
        println!("{name:<14}{:>10.1} {:>10.1}", at(&hcl), at(&json));
    }
}

fn of(file: &Path, rounds: usize) -> Vec<Duration> {
    let runs: Vec<_> = (0..rounds).map(|_| once(file)).collect();
    let of = |stage: usize| runs.iter().filter_map(|run| run.get(stage).copied()).collect();
    (0..STAGES.len()).map(|stage| median(of(stage))).collect()
}

fn once(file: &Path) -> [Duration; STAGES.len()] {
    let (mut sources, mut findings, given) = (Sources::default(), Findings::new(), Given::default());
    let today = OffsetDateTime::UNIX_EPOCH.date();
    let (mut document, mut policy, mut text) = (None, None, String::new());
    let load = time(|| drop(load::read(&[file.to_owned()], &mut sources, &mut findings).unwrap()));
    let parse = time(|| document = Some(syntax::parse(&sources, &mut findings)));
    let document = document.unwrap();
    let mut evaluator = None;
    let lower = time(|| {
        let evaluator = evaluator.insert(Evaluator::new(&document, &given));
        policy = Some(lower::lower(evaluator, &sources, None, lint_codes(), &mut findings));
    });
    let evaluator = evaluator.unwrap();
    let policy = policy.unwrap();
    let context = CheckContext { policy: &policy, facts: None, sources: &sources, today };
    let check = time(|| check(&context, &mut findings));
    let guards = time(|| {
        check_guards(&context, &evaluator, &mut Unjudged::default(), &mut findings);
        drop(evaluator);
    });
    let permissions = time(|| {
        let applier = policy.account.apply_as.as_ref().unwrap();
        let identity = Identity::of(&applier.id, Some(applier.span), &policy, None).unwrap();
        check_permissions(&identity, demands(&policy), &mut findings);
    });
    let mut settled = Findings::new();
    let settle = time(|| {
        let context = ReportContext {
            sources: &sources,
            document: &document,
            policy: &policy,
            today,
            has_facts: false,
            given: &given,
        };
        settled = finalize(findings, &context);
    });
    let render = time(|| text = findings_text(&settled, &sources, Colour::None));
    assert!(text.is_empty(), "{text}");
    let free = time(|| drop((policy, document, sources)));
    [load, parse, lower, check, guards, permissions, settle, render, free]
}
