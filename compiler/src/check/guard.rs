//! The policy's own rules: each guard's condition is evaluated for every object that it is about.

mod call;
mod change;
mod memo;
mod object;
mod projection;
mod unjudged;
mod value;
mod view;
mod watch;

#[cfg(test)]
mod tests;

use super::CheckContext;
use crate::access::difference::Difference;
use crate::diagnostic::{
    Cause, Code, Control, Decided, Examples, Family, Finding, Findings, Severity, TOO_LARGE, UNPROVEN,
};
use crate::evaluate::{Evaluator, Origin, Reference, Value, is_unknown};
use crate::policy::{DeclaredGuard, Guarded};
use crate::syntax::document::Name;
use object::{Object, Objects};
use projection::Projection;
use std::cell::{LazyCell, OnceCell};
use value::Values;
use watch::Watch;

pub use unjudged::Unjudged;

pub static GUARD_FAILED: Code = Code {
    name: "guard-failed",
    severity: Severity::Error,
    family: Family::Demand,
    control: Control::Silenceable,
    decided: Decided::WithoutChangeGuards,
    meaning: "An object does not satisfy a `guard` of the policy.",
    explanation: "A `guard` is a rule that a policy defines for its own objects. Its condition is evaluated for each \
                  object of one kind; if it is false, the message of the guard is reported with the severity of the \
                  guard. A condition that cannot be evaluated, such as one that reads a missing tag, counts as false. \
                  Guards on gained and lost calls and managers are evaluated on what a plan or `diff` changes. `guards` in \
                  `lint` changes what single guards report, and a comment for `guard-failed/NAME` silences one.",
    examples: Examples {
        wrong: r#"namespace "shop-test" {
  regions = ["aws-us-east-1"]
  tags    = { stage = "test" }
}

namespace "bank-prod" {
  regions = ["aws-us-east-1"]
  tags    = { stage = "prod" }
}

endpoint "bank" {
  worker_target             = { namespace = namespace.bank-prod, task_queue = "nexus" }
  allowed_caller_namespaces = [namespace.shop-test] #! guard-failed
}

guard "stages" {
  each      = "call"
  condition = call.caller.tags.stage == call.target.tags.stage
  message   = "${call.caller.name} and ${call.target.name} are of different stages"
}
"#,
        right: r#"namespace "shop-prod" {
  regions = ["aws-us-east-1"]
  tags    = { stage = "prod" }
}

namespace "bank-prod" {
  regions = ["aws-us-east-1"]
  tags    = { stage = "prod" }
}

endpoint "bank" {
  worker_target             = { namespace = namespace.bank-prod, task_queue = "nexus" }
  allowed_caller_namespaces = [namespace.shop-prod]
}

guard "stages" {
  each      = "call"
  condition = call.caller.tags.stage == call.target.tags.stage
  message   = "${call.caller.name} and ${call.target.name} are of different stages"
}
"#,
        json: None,
        facts: None,
    },
};

/// Evaluates every guard on the declared objects. A policy with errors is not guarded: it is rejected anyway.
pub fn check_guards(
    context: &CheckContext,
    evaluator: &Evaluator,
    unjudged: &mut Unjudged,
    findings: &mut Findings,
) {
    run(
        context,
        evaluator,
        |guarded| !guarded.is_change(),
        |objects, guarded| objects.declared(guarded),
        unjudged,
        findings,
    );
}

/// Evaluates every guard on what a change of access gives and takes. `base` is the policy before the change, if known.
pub fn check_difference(
    context: &CheckContext,
    evaluator: &Evaluator,
    base: Option<&CheckContext>,
    difference: &Difference,
    unjudged: &mut Unjudged,
    findings: &mut Findings,
) {
    let base = LazyCell::new(|| base.map(Objects::of));
    run(
        context,
        evaluator,
        Guarded::is_change,
        |objects, guarded| objects.differing(base.as_ref(), guarded, difference),
        unjudged,
        findings,
    );
}

fn run<'p>(
    context: &CheckContext<'p>,
    evaluator: &Evaluator,
    is_meant: impl Fn(Guarded) -> bool,
    mut find: impl FnMut(&Objects<'p>, Guarded) -> Vec<Object<'p>>,
    unjudged: &mut Unjudged,
    findings: &mut Findings,
) {
    let policy = context.policy;
    if !policy.whole || !policy.guards.iter().any(|guard| is_meant(guard.guarded)) {
        return;
    }
    // Errors in locals were reported, and their cost is not charged to guards.
    evaluator.evaluate_named(&mut Findings::new());
    evaluator.begin_anew();
    let objects = Objects::of(context);
    for guarded in Guarded::ALL.into_iter().filter(|guarded| is_meant(*guarded)) {
        let guards: Vec<_> = policy.guards.iter().filter(|guard| guard.guarded == guarded).collect();
        if guards.is_empty() {
            continue;
        }
        if guarded == Guarded::Call {
            call::judge_calls(&objects, &guards, evaluator, findings);
        }
        let found = find(&objects, guarded);
        evaluator.expect_objects(found.len().saturating_mul(guards.len()));
        judge_objects(&found, &guards, &objects, evaluator, findings);
    }
    unjudged.extend(&objects.values);
}

/// Evaluates every guard for each object.
fn judge_objects<'p>(
    found: &[Object<'p>],
    guards: &[&DeclaredGuard],
    objects: &Objects<'p>,
    evaluator: &Evaluator,
    findings: &mut Findings,
) {
    let values = &objects.values;
    let mut watches: Vec<_> = guards.iter().map(|guard| Watch::of(guard)).collect();
    for object in found {
        let whole = OnceCell::new();
        for watch in &mut watches {
            let look = watch.look(object, values);
            if watch.knows(look.as_ref()) {
                continue;
            }
            let reading = watch.reading.as_ref();
            let judged = Judged {
                guard: watch.guard,
                name: values.key(watch.guard.guarded.object()),
                read: reading.map(|reading| values.value(&object.view, &reading.wanted)),
                whole: || whole.get_or_init(|| values.value(&object.view, &Projection::All)).clone(),
                place: object.place,
                instance: object.instance,
            };
            match judge(judged, evaluator, values) {
                None => watch.keep(look),
                Some(finding) => {
                    let finding = finding.about_all(object.about.clone());
                    findings.push(match &object.doubt {
                        Some(doubt) => unproven(finding, doubt),
                        None => finding,
                    });
                }
            }
        }
    }
}

/// The finding of a guard about an object that is not fully known: `unproven`, which rejects nothing.
fn unproven(finding: Finding, doubt: &str) -> Finding {
    if finding.code != &GUARD_FAILED || finding.severity != Severity::Error {
        return finding;
    }
    let message = format!("{}; this could not be decided: {doubt}", finding.message);
    Finding { code: &UNPROVEN, severity: UNPROVEN.severity, message, cause: None, ..finding }
}

/// An object that a guard evaluates.
struct Judged<'j, F: FnOnce() -> Value> {
    guard: &'j DeclaredGuard,
    /// Its name in the guard.
    name: Name,
    /// The part that the condition reads, if known.
    read: Option<Value>,
    /// The whole object.
    whole: F,
    place: Origin,
    instance: Option<&'j Reference>,
}

/// The finding of a guard about an object; `None` also if the budget is exhausted, which was reported, and if it cannot be
/// judged, which is noted. Most objects pass,
/// so the whole object is built only for one that does not.
fn judge<F: FnOnce() -> Value>(judged: Judged<F>, evaluator: &Evaluator, values: &Values) -> Option<Finding> {
    if evaluator.is_spent() {
        return None;
    }
    let Judged { guard, name, read, whole, place, instance } = judged;
    let each = guard.each.as_ref();
    if read.is_some_and(|read| evaluator.surely_holds(&guard.condition, each, &(Name::clone(&name), read))) {
        return None;
    }
    let bound = &(name, whole());
    let why = match evaluator.holds(&guard.condition, each, bound) {
        Ok(true) => return None,
        Ok(false) => None,
        Err(exceeded) if exceeded.code == &TOO_LARGE => return Some(*exceeded),
        Err(why) if is_unknown(&why) && !values.hidden.borrow().is_empty() => {
            unjudged::note(guard, values);
            return None;
        }
        Err(why) => Some(why),
    };
    let (text, unsaid) = match evaluator.message(&guard.message, each, bound) {
        Err(exceeded) if exceeded.code == &TOO_LARGE => return Some(*exceeded),
        Ok(text) if text.trim().is_empty() => {
            (None, Some((guard.message.span, "its message is empty".to_owned(), None)))
        }
        Ok(text) => (Some(text.trim().to_owned()), None),
        Err(why) => {
            let said = format!("its message cannot be evaluated: {}", why.message);
            (None, Some((why.span.unwrap_or(guard.message.span), said, why.help)))
        }
    };
    let text = text.unwrap_or_else(|| format!("`{}` does not hold", guard.instance));
    let message = match &why {
        None => text,
        Some(why) => format!("{text}{}", unevaluated(&why.message)),
    };
    let mut finding = place.finding(&GUARD_FAILED, message).related(guard.span, "required by this guard");
    finding.guard = Some(guard.instance.label.clone());
    if let Some(why) = why {
        let cause = Cause {
            guard: guard.instance.to_string(),
            span: why.span.unwrap_or(guard.condition.span),
            message: why.message.clone(),
        };
        finding.cause = Some(Box::new(cause));
        finding = Finding { help: why.help, ..finding.related(why.span, why.message) };
    }
    if let Some((span, said, help)) = unsaid {
        finding = finding.related(span, said);
        finding.help = finding.help.or(help);
    }
    Some(Finding { severity: guard.severity, instance: instance.map(String::from), ..finding })
}

/// The end of the message of a guard whose condition cannot be evaluated for an object.
pub(super) fn unevaluated(why: &str) -> String {
    format!(" (the condition cannot be evaluated: {why})")
}
