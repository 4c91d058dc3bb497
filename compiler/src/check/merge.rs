//! One finding for one cause. A name in a block with `for_each` is wrong in each instance, and a tag that a guard reads may be
//! missing from every Namespace: each is one mistake, with the objects that it is about.

use super::guard::unevaluated;
use crate::diagnostic::source::{Sources, Span};
use crate::diagnostic::{
    Cause, Code, Family, Finding, Findings, INVALID_NAME, Occurrence, Related, Severity,
};
use crate::evaluate::ORIGIN;
use crate::fast::hash::FastMap;
use std::collections::hash_map::Entry;

/// The findings, with those that have one cause merged into the first of them. Their order is kept.
pub(super) fn merged(findings: Findings, sources: &Sources) -> Findings {
    at_one_place(of_one_lack(of_one_cause(findings)), sources)
}

/// Merges the findings of one principal that lacks one permission for many objects: their help is the same, and so is what
/// mends them.
fn of_one_lack(findings: Findings) -> Findings {
    let key = |finding: &Finding| {
        let help = finding.help.clone().filter(|_| finding.code.family == Family::Permission)?;
        Some((finding.code, finding.severity, help))
    };
    let mut counts: FastMap<_, usize> = FastMap::default();
    for key in findings.iter().filter_map(key) {
        *counts.entry(key).or_default() += 1;
    }
    let mut first: FastMap<_, usize> = FastMap::default();
    let mut kept = Findings::with_capacity(findings.len());
    for mut finding in findings {
        let key = key(&finding).filter(|key| counts.get(key).is_some_and(|count| *count > FEW));
        let known = key.as_ref().and_then(|key| first.get(key).copied());
        match (key, known.and_then(|known| kept.get_mut(known))) {
            (_, Some(known)) => {
                let known: &mut Finding = known;
                known.occurrences.push(occurrence(&finding));
            }
            (Some(key), None) => {
                first.insert(key, kept.len());
                finding.occurrences.push(occurrence(&finding));
                kept.push(finding);
            }
            (None, None) => kept.push(finding),
        }
    }
    kept
}

/// For how many objects a guard's condition fails for the same reason, or a principal lacks the same permission, until that
/// is one finding. Fewer are better mended where they stand.
const FEW: usize = 3;

/// Merges the findings of guards whose conditions cannot be evaluated.
fn of_one_cause(findings: Findings) -> Findings {
    let mut counts: FastMap<_, usize> = FastMap::default();
    for finding in findings.iter().filter(|finding| finding.cause.is_some()) {
        *counts.entry(cause_key(finding)).or_default() += 1;
    }
    let many: Vec<_> = findings.iter().map(|finding| counts.get(&cause_key(finding)).copied()).collect();
    let mut first: FastMap<_, usize> = FastMap::default();
    let mut kept = Findings::with_capacity(findings.len());
    for (finding, count) in findings.into_iter().zip(many) {
        let (Some(count), Some(cause)) = (count.filter(|count| *count > FEW), &finding.cause) else {
            kept.push(finding);
            continue;
        };
        let ending = unevaluated(&cause.message);
        let said = finding.message.strip_suffix(&*ending).unwrap_or(&finding.message).to_owned();
        let occurrence = Occurrence { message: said, ..occurrence(&finding) };
        match first.entry((finding.code, finding.severity, (**cause).clone(), finding.help.clone())) {
            Entry::Occupied(known) => {
                kept.get_mut(*known.get())
                    .into_iter()
                    .for_each(|known| known.occurrences.push(occurrence.clone()));
            }
            Entry::Vacant(new) => {
                new.insert(kept.len());
                kept.push(at_the_guard(finding, count, occurrence));
            }
        }
    }
    kept
}

type CauseKey<'f> = (&'static Code, Severity, Option<&'f Cause>, Option<&'f str>);

fn cause_key(finding: &Finding) -> CauseKey<'_> {
    (finding.code, finding.severity, finding.cause.as_deref(), finding.help.as_deref())
}

/// The finding of a guard whose condition cannot be evaluated for so many objects, the first of which is `occurrence`.
fn at_the_guard(finding: Finding, count: usize, occurrence: Occurrence) -> Finding {
    let Some(cause) = finding.cause else { return finding };
    let Cause { guard, span, message } = *cause;
    let message = format!("the condition of `{guard}` cannot be evaluated for {count} objects: {message}");
    let related: Vec<_> = finding.related.into_iter().filter(|related| related.span != span).collect();
    Finding {
        severity: finding.severity,
        help: finding.help,
        related,
        instance: Some(guard),
        guard: finding.guard,
        occurrences: vec![occurrence],
        ..Finding::new(finding.code, span, message)
    }
}

/// Merges findings of one code at one place. Those about names may differ in the name: the expression that makes the names
/// is their cause. Others are the same but for their instance.
fn at_one_place(findings: Findings, sources: &Sources) -> Findings {
    let mut first: FastMap<PlaceKey, usize> = FastMap::default();
    let mut kept = Findings::with_capacity(findings.len());
    for finding in findings {
        let Some(span) = finding.span.filter(|_| finding.occurrences.is_empty()) else {
            kept.push(finding);
            continue;
        };
        let is_of_names = finding.code.family == Family::Reference || finding.code == &INVALID_NAME;
        let said = (!is_of_names).then(|| (finding.message.clone(), finding.help.clone()));
        // What a name is made from has a place of its own for each.
        let is_made = is_of_names && is_made(sources.text(span));
        let related = if is_made { Vec::new() } else { finding.related.clone() };
        let key = (finding.code, finding.severity, span, related, said);
        match first.entry(key) {
            Entry::Occupied(known) => {
                let Some(known) = kept.get_mut(*known.get()) else { continue };
                if known.occurrences.is_empty() {
                    known.occurrences.push(occurrence(known));
                }
                known.occurrences.push(occurrence(&finding));
            }
            Entry::Vacant(new) => {
                new.insert(kept.len());
                kept.push(finding);
            }
        }
    }
    kept
}

/// Whether an expression makes a name from parts. A single `"${…}"` only passes it on.
fn is_made(text: &str) -> bool {
    let inner = text.trim_matches('"').strip_prefix("${").and_then(|text| text.strip_suffix('}'));
    inner.unwrap_or(text).contains("${")
}

type PlaceKey = (&'static Code, Severity, Span, Vec<Related>, Option<(String, Option<String>)>);

fn occurrence(finding: &Finding) -> Occurrence {
    let written = finding.related.iter().find(|related| related.message == ORIGIN);
    Occurrence {
        instance: finding.instance.clone(),
        span: written.map(|written| written.span).or(finding.span),
        message: finding.message.clone(),
        help: finding.help.clone(),
        about: finding.about.clone(),
    }
}

#[cfg(test)]
mod tests {
    use crate::check::expect::{found_in, settled};
    use crate::report::{Colour, findings_text, summary};

    /// A policy with Endpoints `cart-aa` to `cart-ee`, whose block is this.
    fn carts(attributes: &str) -> String {
        format!(
            "account {{ id = \"a2dd6\" }}\nnamespace \"aa-prod\" {{ regions = [\"aws-us-east-1\"] }}\nendpoint \"cart\" {{\n  \
             for_each = toset([\"aa\", \"bb\", \"cc\", \"dd\", \"ee\"])\n  name = \"cart-${{each.key}}\"\n{attributes}\n}}\n"
        )
    }

    #[test]
    fn a_wrong_name_in_a_block_with_for_each_is_one_finding() {
        let policy = carts(
            "  worker_target = { namespace = \"aa-prod\", task_queue = \"q\" }\n  \
             allowed_caller_namespaces = [\"${each.key}-prod\"]",
        );
        let (found, sources) = settled("policy.nexus.hcl", &policy);
        let [only] = &*found else { panic!("{found:?}") };
        assert_eq!(only.message, "the caller Namespace `bb-prod` is not in the policy");
        assert_eq!(only.instance.as_deref(), Some("endpoint.cart[\"bb\"]"));
        let instances: Vec<_> = only.occurrences.iter().filter_map(|it| it.instance.as_deref()).collect();
        assert_eq!(instances.len(), 4, "{instances:?}");
        assert_eq!(only.occurrences[3].message, "the caller Namespace `ee-prod` is not in the policy");
        assert_eq!(summary(&found), "1 error");
        let text = findings_text(&found, &sources, Colour::None);
        let named = "in `endpoint.cart[\"cc\"]` at policy.nexus.hcl:4:33: the caller Namespace `cc-prod` is not in the policy";
        assert!(text.contains(named) && !text.contains("more like this"), "{text}");
    }

    #[test]
    fn the_same_finding_of_some_instances_names_them() {
        let policy = carts(
            "  worker_target = { namespace = \"aa-prod\", task_queue = each.key == \"aa\" ? \"q\" : 1 / 0 }\n  \
             allowed_caller_namespaces = each.key == \"aa\" ? [] : [\"nobody-prod\"]",
        );
        let (found, sources) = settled("policy.nexus.hcl", &policy);
        let nobody: Vec<_> = found.iter().filter(|it| it.message.contains("nobody-prod")).collect();
        let [only] = &*nobody else { panic!("{found:?}") };
        assert_eq!(only.occurrences.len(), 4);
        let text = findings_text(&found, &sources, Colour::None);
        let named = "in `endpoint.cart[\"bb\"]`, `endpoint.cart[\"cc\"]`, `endpoint.cart[\"dd\"]`, `endpoint.cart[\"ee\"]`";
        assert!(text.contains(named), "{text}");
    }

    #[test]
    fn different_faults_at_one_place_stay_apart() {
        let found = found_in("account { id = \"a2dd6\" }\nguard \"bare\" {\n}\n");
        assert_eq!(found.len(), 3, "{found:?}");
    }

    /// A policy with so many Namespaces that a guard looks at, each in its own block.
    fn guarded(count: usize, above: &str) -> String {
        let one =
            |at: usize| format!("{above}namespace \"n{at}-prod\" {{ regions = [\"aws-us-east-1\"] }}\n");
        let guard = r#"guard "stages" {
  each      = "namespace"
  condition = namespace.tags.stage == "prod"
  message   = "${namespace.name} is not for production"
}
"#;
        format!("account {{ id = \"a2dd6\" }}\n{guard}{}", (0..count).map(one).collect::<String>())
    }

    fn failed(policy: &str) -> (crate::diagnostic::Findings, crate::diagnostic::source::Sources) {
        let (mut found, sources) = settled("policy.nexus.hcl", policy);
        found.retain(|it| it.code.name == "guard-failed");
        (found, sources)
    }

    #[test]
    fn a_condition_that_no_object_lets_be_evaluated_is_one_finding_at_the_guard() {
        let policy = guarded(20, "");
        let (found, sources) = failed(&policy);
        let [only] = &*found else { panic!("{found:?}") };
        let message =
            "the condition of `guard.stages` cannot be evaluated for 20 objects: there is no key `stage`";
        assert_eq!(only.message, message);
        let span = only.span.unwrap();
        assert_eq!(&policy[span.start as usize..span.end as usize], "namespace.tags.stage");
        assert_eq!(only.instance.as_deref(), Some("guard.stages"));
        assert_eq!(only.occurrences.len(), 20);
        assert_eq!(only.occurrences[7].message, "n7-prod is not for production");
        let text = findings_text(&found, &sources, Colour::None);
        let named = "in `namespace.n0-prod` at policy.nexus.hcl:7:1: n0-prod is not for production";
        assert!(text.contains(named) && text.contains("and 17 more like this"), "{text}");
        assert_eq!(summary(&found), "1 error");
    }

    #[test]
    fn one_permission_that_a_principal_lacks_for_many_objects_is_one_finding() {
        let policy = |count: usize| {
            let endpoint = |at: usize| {
                format!(
                    "endpoint \"e{at}\" {{\n  worker_target = {{ namespace = namespace.aa-prod, task_queue = \"q{at}\" }}\n  managed_by = group.team\n}}\n"
                )
            };
            format!(
                "account {{ id = \"a2dd6\" }}\nlint {{ unused-namespace = \"off\" }}\nnamespace \"aa-prod\" {{ regions = [\"aws-us-east-1\"] }}\n\
                 group \"team\" {{\n  account_access   = \"developer\"\n  namespace_access = {{ aa-prod = \"write\" }}\n}}\n{}",
                (0..count).map(endpoint).collect::<String>()
            )
        };
        let found = |count: usize| settled("policy.nexus.hcl", &policy(count)).0;
        assert_eq!(found(3).len(), 3);
        let found = found(30);
        let [only] = &*found else { panic!("{found:?}") };
        assert_eq!(only.code.name, "permission-target");
        assert_eq!(only.instance.as_deref(), Some("endpoint.e0"));
        assert_eq!(only.occurrences.len(), 30);
        assert_eq!(summary(&found), "1 error");
    }

    #[test]
    fn a_few_objects_are_told_where_they_stand_and_silenced_ones_do_not_count() {
        let (found, _) = failed(&guarded(3, ""));
        assert_eq!(found.len(), 3);
        assert!(found.iter().all(|it| it.occurrences.is_empty()));
        let (found, _) = failed(&guarded(20, "# nexusc:ignore guard-failed reason=\"old\"\n"));
        assert_eq!(found, []);
    }
}
