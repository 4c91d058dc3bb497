//! From what a method gave back to what goes over the wire, and the other way.

use crate::diagnostic::{Answer, Diagnostic, Diagnostics, Severity};
use crate::path::{Path, Step};
use crate::provider::context::Context;
use crate::value::{self, Type, Value};
use crate::wire;

/// A method's result, or its default beside the errors, and all that was reported.
///
/// A failure without an error among its messages gets one: Terraform takes an empty answer without errors for success.
pub(super) fn settle<T: Default>(cx: &Context, outcome: Answer<T>) -> (T, Vec<wire::Diagnostic>) {
    let mut diagnostics = cx.take_diagnostics();
    let answer = outcome.unwrap_or_else(|failure| {
        diagnostics.extend(failure);
        if !diagnostics.has_errors() {
            diagnostics.push(bug("it failed without saying why"));
        }
        T::default()
    });
    (answer, diagnostics.into_iter().map(Into::into).collect())
}

/// The diagnostics of a method that gives nothing else.
pub(super) fn checked(cx: &Context, outcome: Answer<()>) -> Vec<wire::Diagnostic> {
    settle(cx, outcome).1
}

/// The value of type `ty` in a request; an absent one is null.
pub(super) fn decode(ty: &Type, sent: Option<&wire::DynamicValue>) -> Answer<Value> {
    let Some(sent) = sent else { return Ok(Value::Null) };
    let decoded = if !sent.msgpack.is_empty() {
        value::decode(ty, &sent.msgpack)
    } else if !sent.json.is_empty() {
        return Value::from_json(ty, &json(&sent.json)?).map_err(|error| malformed(&error).into());
    } else {
        Ok(Value::Null)
    };
    decoded.map_err(|error| malformed(&error).into())
}

/// The JSON in a request.
pub(super) fn json(bytes: &[u8]) -> Answer<serde_json::Value> {
    serde_json::from_slice(bytes).map_err(|error| malformed(&error).into())
}

/// The value on the wire, once it has the exact shape of its type.
pub(super) fn encode(ty: &Type, value: Value) -> Answer<wire::DynamicValue> {
    match ty.conform(value) {
        Ok(value) => Ok(raw(ty, &value)),
        Err(mismatch) => Err(bug(&mismatch.to_string()).at(mismatch.path).into()),
    }
}

/// The same for values that must not hold unknowns.
pub(super) fn encode_known(ty: &Type, value: Value) -> Answer<wire::DynamicValue> {
    if value.is_wholly_known() { encode(ty, value) } else { Err(bug("it left a value unknown").into()) }
}

/// A value of the right shape on the wire.
pub(super) fn raw(ty: &Type, value: &Value) -> wire::DynamicValue {
    wire::DynamicValue { msgpack: value::encode(ty, value), json: Vec::new() }
}

/// An error that only a change to the provider can mend.
pub(super) fn bug(what: &str) -> Diagnostic {
    Diagnostic::error(format!("the provider has a bug: {what}"), "Please report this to its authors.")
}

fn malformed(error: &dyn std::fmt::Display) -> Diagnostic {
    Diagnostic::error(
        format!("cannot read Terraform's request: {error}"),
        "The state may come from another version of the provider, or it was damaged.",
    )
}

impl From<Diagnostic> for wire::Diagnostic {
    fn from(diagnostic: Diagnostic) -> Self {
        let severity = match diagnostic.severity {
            Severity::Error => wire::Severity::Error,
            Severity::Warning => wire::Severity::Warning,
        };
        Self {
            severity: severity.into(),
            summary: diagnostic.summary,
            detail: diagnostic.detail,
            attribute: diagnostic.path.filter(|path| !path.steps().is_empty()).map(|path| (&path).into()),
        }
    }
}

impl From<&Path> for wire::AttributePath {
    fn from(path: &Path) -> Self {
        let selector = |step: &Step| match step {
            Step::Attribute(name) => wire::Selector::AttributeName(name.clone()),
            Step::Key(key) => wire::Selector::ElementKeyString(key.clone()),
            Step::Index(index) => wire::Selector::ElementKeyInt(*index),
        };
        let steps = path.steps().iter().map(|step| wire::Step { selector: Some(selector(step)) });
        Self { steps: steps.collect() }
    }
}

/// Errors beside a result: reported, not returned.
pub(super) fn report_all(cx: &Context, diagnostics: Diagnostics) {
    diagnostics.into_iter().for_each(|diagnostic| cx.report(diagnostic));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_always_says_something() {
        let (_, diagnostics) = settle(&Context::default(), Err::<(), _>(Diagnostics::new()));
        assert_eq!(diagnostics.len(), 1);
    }

    #[test]
    fn what_was_reported_comes_before_what_was_returned() {
        let cx = Context::default();
        cx.report(Diagnostic::warning("first", ""));
        let failure =
            Err::<(), _>(Diagnostic::error("second", "").at(Path::from("a").index(1).key("k")).into());
        let diagnostics = settle(&cx, failure).1;
        let summaries: Vec<_> = diagnostics.iter().map(|it| it.summary.as_str()).collect();
        assert_eq!(summaries, ["first", "second"]);
        let steps = diagnostics.last().and_then(|it| it.attribute.clone()).map(|path| path.steps.len());
        assert_eq!(steps, Some(3));
    }

    #[test]
    fn reads_both_encodings_and_absence() {
        let json = wire::DynamicValue { msgpack: Vec::new(), json: b"\"a\"".to_vec() };
        assert_eq!(decode(&Type::String, Some(&json)), Ok("a".into()));
        assert_eq!(decode(&Type::String, Some(&raw(&Type::String, &"a".into()))), Ok("a".into()));
        assert_eq!(decode(&Type::String, None), Ok(Value::Null));
        assert_eq!(decode(&Type::String, Some(&wire::DynamicValue::default())), Ok(Value::Null));
    }
}
