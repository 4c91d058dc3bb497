//! The attributes `plan_checks` and `apply_as` of the provider block: how strictly plans are checked, and whose permissions.

use schema::name::{PrincipalId, PrincipalKind};
use tfplugin::{Answer, Attribute, Diagnostic, Diagnostics, Nested, Path, Type, Value};

const CHECKS: &str = "plan_checks";
const APPLY_AS: &str = "apply_as";
const EXISTENCE: &str = "existence";
const PERMISSION: &str = "permission";

/// The names of the attributes.
pub(crate) const ATTRIBUTES: [&str; 2] = [APPLY_AS, CHECKS];

/// How a failed check is reported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Strictness {
    /// As an error.
    #[default]
    Error,
    /// As a warning.
    Warn,
    /// The check is not made.
    Off,
}

/// How plans are checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PlanChecks {
    /// Whether Namespaces exist and names are available.
    pub(crate) existence: Strictness,
    /// Whether the identity may do what is planned.
    pub(crate) permission: Strictness,
    /// The principal that applies, if it differs from the identity of the API key.
    pub(crate) apply_as: Option<PrincipalId>,
}

/// The attributes for the provider block.
pub(crate) fn attributes() -> [Attribute; 2] {
    let check = |name, what: &str| {
        let text = format!(
            "{what}: `error` rejects the plan, `warn` reports a warning, `off` disables the check. Default: `error`."
        );
        Attribute::optional(name, Type::String, text)
    };
    let checks = Nested::single([
        check(EXISTENCE, "Check that targets and callers exist in the account and that names are available"),
        check(PERMISSION, "Check that the identity that applies has the permissions that the plan requires"),
    ]);
    [
        Attribute::optional(
            APPLY_AS,
            Type::String,
            "Principal whose permissions are checked while planning, such as `service_account.ci` or `user.ana@acme.example`. \
             Use it if different API keys plan and apply. Default: the identity of the API key. It does not change the identity \
             that applies.",
        ),
        Attribute::optional(CHECKS, checks, "Checks that plans make against the registry."),
    ]
}

impl PlanChecks {
    /// Reads a provider block; what is unknown in it counts as left out.
    pub(crate) fn read(config: &Value) -> Answer<Self> {
        let mut problems = Diagnostics::new();
        let mut keep = |problem: Diagnostic| problems.push(problem);
        let existence = strictness(config, EXISTENCE).map_err(&mut keep).unwrap_or_default();
        let permission = strictness(config, PERMISSION).map_err(&mut keep).unwrap_or_default();
        let apply_as = apply_as(config).map_err(keep).unwrap_or_default();
        problems.into_answer()?;
        Ok(Self { existence, permission, apply_as })
    }
}

fn strictness(config: &Value, check: &str) -> Result<Strictness, Diagnostic> {
    let path = Path::from(CHECKS).key(check);
    match config.at(&path).as_str() {
        None | Some("error") => Ok(Strictness::Error),
        Some("warn") => Ok(Strictness::Warn),
        Some("off") => Ok(Strictness::Off),
        Some(other) => {
            let summary = format!("`{other}` is not a valid plan check");
            Err(Diagnostic::error(summary, "Use `error`, `warn` or `off`.").at(path))
        }
    }
}

fn apply_as(config: &Value) -> Result<Option<PrincipalId>, Diagnostic> {
    let Some(text) = config.get(APPLY_AS).as_str() else { return Ok(None) };
    let parsed = text.parse::<PrincipalId>().ok().filter(|id| id.kind != PrincipalKind::Group);
    parsed.map(Some).ok_or_else(|| {
        let detail =
            "Use `service_account.NAME` or `user.ADDRESS`. A group has no API keys and cannot apply.";
        Diagnostic::error(format!("`{text}` is not a user or service account"), detail).at(APPLY_AS)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(existence: &str, apply_as: &str) -> Value {
        let checks = Value::object([(EXISTENCE, existence.into()), (PERMISSION, Value::Null)]);
        Value::object([(CHECKS, checks), (APPLY_AS, apply_as.into())])
    }

    #[test]
    fn what_is_left_out_is_checked_strictly() {
        assert_eq!(PlanChecks::read(&Value::object::<&str>([])), Ok(PlanChecks::default()));
        let read = PlanChecks::read(&block("warn", "user.Ana@acme.example")).unwrap();
        assert_eq!((read.existence, read.permission), (Strictness::Warn, Strictness::Error));
        assert_eq!(read.apply_as.unwrap().to_string(), "user.ana@acme.example");
    }

    #[test]
    fn each_problem_is_at_its_attribute() {
        let problems = PlanChecks::read(&block("strict", "group.devs")).unwrap_err();
        let paths: Vec<_> =
            problems.iter().map(|problem| problem.path.clone().unwrap().to_string()).collect();
        assert_eq!(paths, [r#"plan_checks["existence"]"#, "apply_as"]);
    }
}
