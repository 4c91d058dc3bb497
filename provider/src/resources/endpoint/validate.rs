//! Validation of a configuration without requests. Unknown values are checked when they are known.

use schema::backend::Backend;
use schema::limit::Limits;
use schema::name::{DESCRIPTION_MAX, EndpointName, NamespaceId, TaskQueue};
use tfplugin::{Answer, Diagnostic, Diagnostics, Path, Value};

use super::model::{self, CALLERS, DESCRIPTION, EXTERNAL, NAME, TARGET};
use crate::timeouts;

/// Validates a configuration by the rules of the backend. If the backend is not known yet, only what is invalid on every backend
/// is an error; plans check the rest.
pub(super) fn validate(config: &Value, backend: Option<Backend>) -> Answer<()> {
    let mut problems = Diagnostics::new();
    problems.extend(one_target(config, backend));
    problems.extend(model::external(config.at(&model::url())).and_then(Result::err));
    let target = config.at(&model::target_namespace());
    let target = model::namespace(target, &model::target_namespace(), backend);
    let task_queue = config.at(&model::task_queue());
    let task_queue = model::parsed::<TaskQueue>(task_queue, &model::task_queue(), "a task queue");
    let name = model::parsed::<EndpointName>(config.get(NAME), &NAME.into(), "an Endpoint's name");
    problems.extend(name.and_then(Result::err));
    problems.extend(description(config.get(DESCRIPTION)));
    let target_id = target.as_ref().and_then(|target| target.as_ref().ok());
    // A self-hosted server rejects or ignores callers, whatever their names.
    if backend == Some(Backend::Cloud) {
        problems.extend(callers(config.get(CALLERS), target_id));
    }
    problems.extend(target.and_then(Result::err));
    problems.extend(task_queue.and_then(Result::err));
    problems.extend(timeouts::problems(config));
    problems.into_answer()
}

/// An Endpoint has one target. Values that are not known yet may be null.
fn one_target(config: &Value, backend: Option<Backend>) -> Option<Diagnostic> {
    let [worker, external] = [TARGET, EXTERNAL].map(|name| config.get(name));
    if worker.is_null() && external.is_null() {
        let detail = match backend {
            Some(Backend::Cloud) => "Write `worker_target = { namespace_id = …, task_queue = … }`.",
            Some(Backend::SelfHosted) | None => {
                "Write `worker_target = { namespace_id = …, task_queue = … }` or `external_target = { url = … }`."
            }
        };
        return Some(Diagnostic::error("a target is required", detail));
    }
    let both = [worker, external].iter().all(|target| !target.is_null() && !target.is_unknown());
    let detail = "Remove `worker_target` or `external_target`.";
    both.then(|| Diagnostic::error("only one target is allowed", detail).at(EXTERNAL))
}

fn description(value: &Value) -> Option<Diagnostic> {
    let length = value.as_str()?.len();
    let detail = format!("The description has {length} bytes; at most {DESCRIPTION_MAX} are allowed.");
    (length > DESCRIPTION_MAX)
        .then(|| Diagnostic::error("the description is too long", detail).at(DESCRIPTION))
}

/// The errors in callers on Temporal Cloud. They are reported at the set: the protocol has no paths into sets.
pub(crate) fn callers(set: &Value, target: Option<&NamespaceId>) -> Vec<Diagnostic> {
    let mut found: Vec<_> = set.elements().iter().filter_map(caller).collect();
    let callers = set.strings().filter_map(|text| text.parse::<NamespaceId>().ok());
    found.extend(target.and_then(|target| foreign(callers, target)));
    let (count, most) = (set.strings().count(), Limits::default().callers_per_endpoint);
    if count > most {
        let detail = format!("The allowlist has {count} Namespaces; an Endpoint allows at most {most}.");
        found.push(Diagnostic::error("the allowlist is too long", detail).at(CALLERS));
    }
    found
}

fn caller(element: &Value) -> Option<Diagnostic> {
    let path = Path::from(CALLERS);
    if element.is_null() {
        return Some(
            Diagnostic::error("null is not a Namespace id", "Remove it from the allowlist.").at(path),
        );
    }
    model::namespace(element, &path, Some(Backend::Cloud))?.err()
}

fn foreign(callers: impl Iterator<Item = NamespaceId>, target: &NamespaceId) -> Option<Diagnostic> {
    let foreign = callers.filter(|caller| caller.account() != target.account());
    let foreign: Vec<_> = foreign.map(|caller| format!("`{caller}`")).collect();
    let detail = format!(
        "The target is `{target}`. These callers are not in its account: {}. An Endpoint, its target and its callers must be in \
         the same account.",
        foreign.join(", ")
    );
    let error = || Diagnostic::error("target and callers are in different accounts", detail).at(CALLERS);
    (!foreign.is_empty()).then(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(changes: &[(&str, Value)]) -> Value {
        let target = Value::object([("namespace_id", "shipping.a2dd6".into()), ("task_queue", "q".into())]);
        let sound = Value::object([(NAME, "returns".into()), (TARGET, target)]);
        changes.iter().fold(sound, |config, (name, value)| config.with(name, value.clone()))
    }

    #[track_caller]
    fn check(changes: &[(&str, Value)], expected: &[(&str, &str)]) {
        let problems = validate(&config(changes), Some(Backend::Cloud)).err().unwrap_or_default();
        let found: Vec<_> = problems
            .iter()
            .map(|problem| {
                (problem.path.as_ref().map(ToString::to_string).unwrap_or_default(), problem.summary.as_str())
            })
            .collect();
        let expected: Vec<_> =
            expected.iter().map(|(path, summary)| ((*path).to_owned(), *summary)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_sound_configuration_is_silent() {
        check(&[], &[]);
        check(&[(CALLERS, Value::set(["a1.a2dd6", "b1.a2dd6"])), (DESCRIPTION, "".into())], &[]);
        check(&[(CALLERS, Value::set::<Value>([]))], &[]);
    }

    #[test]
    fn each_problem_is_at_its_attribute() {
        let target = Value::object([("namespace_id", "shipping".into()), ("task_queue", "".into())]);
        check(
            &[
                (NAME, "9lives".into()),
                (DESCRIPTION, "ü".repeat(10_001).into()),
                (TARGET, target),
                (CALLERS, Value::set([Value::Null, "Nope.a2dd6".into()])),
            ],
            &[
                ("name", "`9lives` is not an Endpoint's name"),
                ("description", "the description is too long"),
                ("allowed_caller_namespaces", "null is not a Namespace id"),
                ("allowed_caller_namespaces", "`Nope.a2dd6` is not a Namespace id"),
                (r#"worker_target["namespace_id"]"#, "`shipping` is not a Namespace id"),
                (r#"worker_target["task_queue"]"#, "an empty string is not a task queue"),
            ],
        );
    }

    #[test]
    fn callers_are_in_the_targets_account() {
        let expected = [("allowed_caller_namespaces", "target and callers are in different accounts")];
        check(&[(CALLERS, Value::set(["a1.other1", "b1.a2dd6"]))], &expected);
    }

    #[test]
    fn an_endpoint_has_one_target() {
        let external = |url: &str| Value::object([("url", Value::from(url))]);
        check(&[(TARGET, Value::Null)], &[("", "a target is required")]);
        check(&[(TARGET, Value::Null), (EXTERNAL, external("https://a.example"))], &[]);
        check(
            &[(EXTERNAL, external("https://a.example"))],
            &[("external_target", "only one target is allowed")],
        );
        check(&[(EXTERNAL, Value::Unknown)], &[]);
        let ftp = [(TARGET, Value::Null), (EXTERNAL, external("ftp://a.example"))];
        check(&ftp, &[(r#"external_target["url"]"#, "`ftp://a.example` is not a valid target URL")]);
    }

    #[test]
    fn a_server_names_namespaces_as_it_likes() {
        let target = Value::object([("namespace_id", "Shipping_1".into()), ("task_queue", "q".into())]);
        let config = config(&[(TARGET, target), (CALLERS, Value::set(["x"]))]);
        assert!(validate(&config, Some(Backend::SelfHosted)).is_ok());
        assert!(validate(&config, Some(Backend::Cloud)).is_err());
    }

    #[test]
    fn what_a_server_may_ignore_is_left_to_plans_without_a_block() {
        let many = (0..1001).map(|number| Value::from(format!("n{number}.other1")));
        let callers = Value::set(many.chain([Value::Null, "".into(), "a1.a2dd6".into()]));
        let config = config(&[(CALLERS, callers)]);
        assert!(validate(&config, None).is_ok() && validate(&config, Some(Backend::SelfHosted)).is_ok());
        assert_eq!(validate(&config, Some(Backend::Cloud)).unwrap_err().iter().count(), 4);
    }

    #[test]
    fn allowlists_are_limited() {
        let callers = |count| Value::set((0..count).map(|number| format!("n{number}.a2dd6")));
        check(&[(CALLERS, callers(1000))], &[]);
        check(&[(CALLERS, callers(1001))], &[("allowed_caller_namespaces", "the allowlist is too long")]);
    }

    #[test]
    fn unknown_values_are_left_for_later() {
        check(&[(NAME, Value::Unknown), (TARGET, Value::Unknown), (CALLERS, Value::Unknown)], &[]);
        check(&[(CALLERS, Value::set([Value::Unknown, Value::Unknown])), (DESCRIPTION, Value::Unknown)], &[]);
    }
}
