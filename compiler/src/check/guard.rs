//! The policy's own rules: each guard's condition is evaluated for every object that it is about.

mod call;
mod change;
mod difference;
mod object;
mod reads;
mod value;

#[cfg(test)]
mod tests;

use crate::difference::Difference;
use crate::document::Document;
use crate::evaluate::{Bound, Evaluator, Given};
use crate::facts::Facts;
use crate::plan::Planned;
use crate::policy::{DeclaredGuard, Guarded, Policy};
use object::{Object, Objects};
use schema::diagnostic::{Code, Finding, Findings};
use schema::source::Sources;
use time::Date;

/// What guards look at, and what they are evaluated with.
#[derive(Clone, Copy)]
pub struct Ground<'a> {
    /// The graph.
    pub policy: &'a Policy,
    /// What the account holds, where that is known.
    pub facts: Option<&'a Facts>,
    /// The files.
    pub sources: &'a Sources,
    /// Their blocks, whose locals conditions may read.
    pub document: &'a Document,
    /// The values that were given to its variables.
    pub given: &'a Given,
    /// The day that decides which grants have expired.
    pub today: Date,
}

/// Evaluates every guard on what the policy declares. A policy that could not be understood as a whole is not guarded: it
/// is refused anyway.
pub fn check_guards(ground: &Ground, findings: &mut Findings) {
    run(ground, |guarded| !guarded.is_change(), |objects, guarded| objects.declared(guarded), findings);
}

/// Evaluates every guard on what a plan changes.
pub fn check_changes(ground: &Ground, planned: &[Planned], findings: &mut Findings) {
    run(ground, Guarded::is_change, |objects, guarded| objects.changed(guarded, planned), findings);
}

/// Evaluates the guards on what a policy gains and loses against its base.
pub fn check_difference(ground: &Ground, base: &Ground, difference: &Difference, findings: &mut Findings) {
    let base = Objects::of(base);
    run(
        ground,
        Guarded::is_change,
        |objects, guarded| objects.differing(&base, guarded, difference),
        findings,
    );
}

fn run<'p>(
    ground: &Ground<'p>,
    is_meant: impl Fn(Guarded) -> bool,
    mut find: impl FnMut(&Objects<'p>, Guarded) -> Vec<Object<'p>>,
    findings: &mut Findings,
) {
    let policy = ground.policy;
    if !policy.whole || !policy.guards.iter().any(|guard| is_meant(guard.guarded)) {
        return;
    }
    let evaluator = Evaluator::new(ground.document, ground.given);
    let objects = Objects::of(ground);
    for guarded in Guarded::ALL.into_iter().filter(|guarded| is_meant(*guarded)) {
        let guards: Vec<_> = policy.guards.iter().filter(|guard| guard.guarded == guarded).collect();
        if guards.is_empty() {
            continue;
        }
        if guarded == Guarded::Call {
            call::judge_calls(&objects, &guards, &evaluator, findings);
            continue;
        }
        let found = find(&objects, guarded);
        evaluator.expect_objects(found.len().saturating_mul(guards.len()));
        for object in found {
            let bound = (guarded.object().into(), object.value.clone());
            for guard in &guards {
                findings.extend(judge(guard, &object, &bound, &evaluator));
            }
        }
    }
}

/// What a guard finds wrong with an object.
fn judge(guard: &DeclaredGuard, object: &Object, bound: &Bound, evaluator: &Evaluator) -> Option<Finding> {
    let each = guard.each.as_ref();
    let why = match evaluator.holds(&guard.condition, each, bound) {
        Ok(true) => return None,
        Ok(false) => None,
        Err(exceeded) if exceeded.code == Code::TooLarge => return Some(exceeded),
        Err(why) => Some(why),
    };
    let said = evaluator.message(&guard.message, each, bound);
    let said = said.map_or_else(|| format!("`{}` does not hold", guard.instance), |said| one_line(&said));
    let message = match &why {
        None => said,
        Some(why) => format!("{said} (the condition cannot be evaluated: {})", why.message),
    };
    let finding = object.place.finding(Code::GuardFailed, message);
    let finding = finding.related(guard.span, "this guard demands it");
    let finding = match why {
        None => finding,
        Some(why) => Finding { help: why.help, ..finding.related(why.span, why.message) },
    };
    Some(Finding { severity: guard.severity, instance: object.instance.map(String::from), ..finding })
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
