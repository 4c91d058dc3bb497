//! Conversion between the results of methods and messages on the wire.

use crate::diagnostic::{Answer, Diagnostic, Diagnostics, Severity};
use crate::path::{Path, Step};
use crate::provider::context::Context;
use crate::value::{self, Type, Value};
use crate::wire;
use printable::{printable, printable_line};

/// A method's result, or the default value on failure, and all its diagnostics.
///
/// A failure without an error gets one: Terraform treats a response without errors as a success.
pub(super) fn finish<T: Default>(cx: &Context, outcome: Answer<T>) -> (T, Vec<wire::Diagnostic>) {
    let mut diagnostics = cx.take_diagnostics();
    let answer = outcome.unwrap_or_else(|failure| {
        diagnostics.extend(failure);
        if !diagnostics.has_errors() {
            diagnostics.push(bug("it failed without reporting an error"));
        }
        T::default()
    });
    (answer, diagnostics.into_iter().map(Into::into).collect())
}

/// The diagnostics of a method without a result.
pub(super) fn checked(cx: &Context, outcome: Answer<()>) -> Vec<wire::Diagnostic> {
    finish(cx, outcome).1
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

/// Encodes a value after converting it to the exact shape of its type.
pub(super) fn encode(ty: &Type, value: Value) -> Answer<wire::DynamicValue> {
    match ty.conform(value) {
        Ok(value) => Ok(raw(ty, &value)),
        Err(mismatch) => Err(bug(&mismatch.to_string()).at(mismatch.path).into()),
    }
}

/// Encodes a value that must not contain unknown values.
pub(super) fn encode_known(ty: &Type, value: Value) -> Answer<wire::DynamicValue> {
    if value.is_wholly_known() { encode(ty, value) } else { Err(bug("it left a value unknown").into()) }
}

/// Encodes a value that already has the right shape.
pub(super) fn raw(ty: &Type, value: &Value) -> wire::DynamicValue {
    wire::DynamicValue { msgpack: value::encode(ty, value), json: Vec::new() }
}

/// The error for a bug in the provider.
pub(super) fn bug(what: &str) -> Diagnostic {
    Diagnostic::error(
        format!("the provider has a bug: {what}"),
        "Please report this to the developers of the provider.",
    )
}

fn malformed(error: &dyn std::fmt::Display) -> Diagnostic {
    Diagnostic::error(
        format!("cannot read Terraform's request: {error}"),
        "The state may have been written by another version of the provider, or it may be corrupted.",
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
            summary: printable_line(&diagnostic.summary),
            detail: printable(&diagnostic.detail),
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

/// Reports errors in addition to a result.
pub(super) fn report_all(cx: &Context, diagnostics: Diagnostics) {
    diagnostics.into_iter().for_each(|diagnostic| cx.report(diagnostic));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_always_says_something() {
        let (_, diagnostics) = finish(&Context::default(), Err::<(), _>(Diagnostics::new()));
        assert_eq!(diagnostics.len(), 1);
    }

    #[test]
    fn what_was_reported_comes_before_what_was_returned() {
        let cx = Context::default();
        cx.report(Diagnostic::warning("first", ""));
        let failure =
            Err::<(), _>(Diagnostic::error("second", "").at(Path::from("a").index(1).key("k")).into());
        let diagnostics = finish(&cx, failure).1;
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
