//! What the compiler gives.

use compiler::diagnostic::Findings;
use compiler::diagnostic::source::Sources;
use compiler::evaluate::{Evaluator, Given, Member, Value, ValueKind};
use compiler::language::block::BlockKind;
use compiler::syntax;
use compiler::syntax::document::Document;
use serde_json::{Map, Value as Json, json};

/// The value of an expression in JSON, or none and what is found.
pub fn evaluated(expression: &str) -> (Option<Json>, String) {
    in_policy(&local(expression))
}

/// The value of a variable of a type with a default.
pub fn variable(of: &str, default: &str) -> (Option<Json>, String) {
    in_policy(&format!(
        "variable \"v\" {{\n  type = {of}\n  default = {default}\n}}\nlocals {{\n  x = var.v\n}}\n"
    ))
}

/// Whether the text is read without a syntax error.
pub fn is_read(text: &str) -> bool {
    let mut sources = Sources::default();
    sources.add("x.nexus.hcl", text);
    let mut findings = Findings::new();
    let _ = syntax::parse(&sources, &mut findings);
    findings.is_empty()
}

/// An expression as the local `x`.
pub fn parsed(expression: &str) -> (Sources, Document) {
    let mut sources = Sources::default();
    sources.add("x.nexus.hcl", local(expression));
    let document = syntax::parse(&sources, &mut Findings::new());
    (sources, document)
}

fn local(expression: &str) -> String {
    format!("locals {{\n  x = (\n{expression}\n)\n}}\n")
}

fn in_policy(policy: &str) -> (Option<Json>, String) {
    let mut sources = Sources::default();
    sources.add("x.nexus.hcl", policy);
    let mut findings = Findings::new();
    let document = syntax::parse(&sources, &mut findings);
    let given = Given::new();
    let local = document.of_kind(BlockKind::Locals).next().and_then(|block| block.attribute("x"));
    let value = local.map(|local| Evaluator::new(&document, &given).value(&local.value, None, &mut findings));
    let said: Vec<_> = findings.iter().map(|finding| finding.message.as_str()).collect();
    let json = value.filter(|_| findings.is_empty()).and_then(|value| to_json(&value));
    (json, said.join("; "))
}

fn to_json(value: &Value) -> Option<Json> {
    Some(match &value.kind {
        ValueKind::Null(_) => Json::Null,
        ValueKind::Bool(value) => json!(value),
        ValueKind::Number(number) => serde_json::from_str(&number.to_string()).ok()?,
        ValueKind::String(text) => json!(&**text),
        ValueKind::List(list) => list.iter().map(to_json).collect::<Option<Vec<_>>>()?.into(),
        ValueKind::Object(object) => {
            let member = |member: &Member| Some((member.key.to_string(), to_json(&member.value)?));
            Json::Object(object.iter().map(member).collect::<Option<Map<_, _>>>()?)
        }
        ValueKind::Reference(_) | ValueKind::Failed => return None,
    })
}
