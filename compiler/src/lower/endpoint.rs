//! `endpoint` and `allowlist` blocks.

use super::Context;
use super::conform::no_allowlists;
use super::fields::Fields;
use super::instance::Instance;
use super::names::{settled, valid};
use crate::evaluate::{Place, Value};
use crate::policy::{DeclaredAllowlist, DeclaredEndpoint, DeclaredTarget, Use};
use schema::account::Target;
use schema::block::Backend;
use schema::diagnostic::{Code, Finding, Findings};
use schema::name::{DESCRIPTION_MAX, EndpointName, PrincipalId, TaskQueue, URL_MAX};
use std::sync::Arc;
use time::Date;

const CALLERS: &str = "allowed_caller_namespaces";

/// Lowers an `endpoint` block; `None` where its name could not be understood.
pub fn lower(
    block: &Instance,
    fields: &mut Fields,
    context: &Context,
    findings: &mut Findings,
) -> Option<DeclaredEndpoint> {
    let target = target(block, fields, context, findings);
    let description = description(fields, findings);
    if !context.takes_allowlists
        && let Some(attribute) = block.attribute(CALLERS)
    {
        findings.push(no_allowlists(CALLERS, attribute.name_span));
    }
    let callers = fields
        .take_namespaces(CALLERS, &context.names, Code::DanglingCaller, findings)
        .filter(|_| context.takes_allowlists);
    let managed_by = managed_by(fields, context, findings);
    let renamed_from = renamed_from(fields, findings);
    let name = EndpointName::try_from(context.name("endpoint", block)?.text.clone()).ok()?;
    let instance = block.name();
    Some(DeclaredEndpoint {
        span: block.span,
        instance,
        name,
        renamed_from,
        target,
        description,
        callers,
        managed_by,
    })
}

/// Lowers an `allowlist` block.
///
/// # Errors
/// Its Endpoint, where at least that could be understood.
pub fn lower_allowlist(
    block: &Instance,
    fields: &mut Fields,
    context: &Context,
    findings: &mut Findings,
) -> Result<DeclaredAllowlist, Option<EndpointName>> {
    let endpoint = fields.value("endpoint").and_then(|value| context.names.endpoint(value, findings));
    let callers = fields.take_namespaces("callers", &context.names, Code::DanglingCaller, findings);
    let expires = fields.text("expires").and_then(|(text, at)| Some((date(text, at, findings)?, at.span)));
    let reason = fields.text("reason").map(|(reason, _)| reason.to_owned());
    let (span, instance) = (block.span, block.name());
    let misdated = fields.given("expires") && expires.is_none();
    match (endpoint, callers) {
        (Some(endpoint), Some(callers)) if !misdated => {
            Ok(DeclaredAllowlist { span, instance, endpoint, callers, reason, expires })
        }
        (endpoint, _) => Err(endpoint.map(|used| used.id)),
    }
}

fn target(
    block: &Instance,
    fields: &Fields,
    context: &Context,
    findings: &mut Findings,
) -> Option<DeclaredTarget> {
    if context.backend == Backend::SelfHosted && fields.given("external_target") {
        return external_target(block, fields, findings);
    }
    if !fields.given("worker_target") {
        if fields.given("external_target") {
            return None;
        }
        let message = "`endpoint` needs the attribute `worker_target`";
        let help = "write `worker_target = { namespace = …, task_queue = … }`";
        findings.push(Finding::new(Code::MissingAttribute, block.span, message).help(help));
        return None;
    }
    let (worker, _) = fields.object("worker_target")?;
    let used = worker.namespace("namespace", &context.names, Code::DanglingTarget, findings);
    let task_queue = worker.shared_text("task_queue").and_then(|(text, at)| {
        settled("task queue", text, TaskQueue::try_from(Arc::clone(text)), at, findings)
    });
    let Use { span, id, .. } = used?;
    Some(DeclaredTarget { span, target: Target::Worker { namespace: id, task_queue: task_queue? } })
}

/// A URL, with no Worker target beside it.
fn external_target(block: &Instance, fields: &Fields, findings: &mut Findings) -> Option<DeclaredTarget> {
    if fields.given("worker_target") {
        let span = block.attribute("worker_target").map_or(block.span, |attribute| attribute.name_span);
        let message = "an Endpoint has one target: `worker_target` does not go with `external_target`";
        findings.push(Finding::new(Code::InvalidValue, span, message).help("remove one of the two"));
        return None;
    }
    let (external, _) = fields.object("external_target")?;
    let (url, at) = external.text("url")?;
    let target = Target::external(url);
    if target.is_none() {
        let message = format!("`url` is an http or https URL of at most {URL_MAX} bytes");
        findings.push(at.finding(Code::InvalidValue, message).help("write `https://…`"));
    }
    Some(DeclaredTarget { span: at.span, target: target? })
}

fn description(fields: &Fields, findings: &mut Findings) -> Option<String> {
    let (text, at) = fields.text("description")?;
    // A character takes at most six times as many bytes as JSON, and the quotes two.
    if 6 * text.len() + 2 <= DESCRIPTION_MAX {
        return Some(text.to_owned());
    }
    // What the registry measures is the JSON string that the description travels as.
    let length = serde_json::Value::from(text).to_string().len();
    if length > DESCRIPTION_MAX {
        let message =
            format!("the description has {length} bytes as JSON, at most {DESCRIPTION_MAX} are allowed");
        findings.push(at.finding(Code::InvalidValue, message).help("shorten it"));
    }
    Some(text.to_owned())
}

pub fn managed_by(fields: &Fields, context: &Context, findings: &mut Findings) -> Vec<Use<PrincipalId>> {
    let elements = fields.elements("managed_by").unwrap_or_default().iter();
    elements.filter_map(|element: &Value| context.names.principal(element, findings)).collect()
}

fn renamed_from(fields: &Fields, findings: &mut Findings) -> Option<Use<EndpointName>> {
    let (text, at) = fields.text("renamed_from")?;
    Some(Use::new(at, valid("Endpoint name", text, at, findings)?))
}

fn date(text: &str, at: Place, findings: &mut Findings) -> Option<Date> {
    let parsed = crate::day::parse(text);
    if parsed.is_none() {
        let message = format!("`{}` is not a date", text.escape_debug());
        findings
            .push(at.finding(Code::InvalidValue, message).help("write year-month-day, such as `2027-06-30`"));
    }
    parsed
}
