//! `endpoint` and `allowlist` blocks.

use super::Context;
use super::fields::Fields;
use super::instance::Instance;
use super::names::{TypedName, parsed_or_reported, valid};
use super::typed::no_allowlists;
use crate::diagnostic::{Finding, Findings, INVALID_VALUE, MISSING_ATTRIBUTE};
use crate::language::block::BlockKind;
use crate::policy::{DeclaredAllowlist, DeclaredEndpoint, DeclaredTarget, Spanned};
use schema::account::Target;
use schema::backend::Backend;
use schema::name::{DESCRIPTION_MAX, EndpointName, PrincipalId, TaskQueue, URL_MAX};
use std::sync::Arc;

const CALLERS: &str = "allowed_caller_namespaces";

/// Lowers an `endpoint` block; `None` if its name is invalid.
pub fn lower(
    block: &Instance,
    fields: &Fields,
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
    let callers = fields.namespaces(CALLERS).filter(|_| context.takes_allowlists);
    let managed_by = managed_by(fields);
    let renamed_from = renamed_from(fields, findings);
    let TypedName::Endpoint(name) = context.name(BlockKind::Endpoint, block)?.typed.clone() else {
        return None;
    };
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
/// Its Endpoint, if at least that is valid.
pub fn lower_allowlist(block: &Instance, fields: &Fields) -> Result<DeclaredAllowlist, Option<EndpointName>> {
    let (endpoint, callers) = (fields.endpoint("endpoint"), fields.namespaces("callers"));
    let expires = fields.date("expires").map(|(date, at)| (date, at.span));
    let reason = fields.text("reason").map(|(reason, _)| reason.to_string());
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
        findings.push(Finding::new(&MISSING_ATTRIBUTE, block.span, message).help(help));
        return None;
    }
    let (worker, _) = fields.object("worker_target")?;
    let used = worker.namespace("namespace");
    let task_queue = worker.text("task_queue").and_then(|(text, at)| {
        parsed_or_reported("task queue", text, TaskQueue::try_from(Arc::clone(text)), at, findings)
    });
    let Spanned { span, id, .. } = used?;
    Some(DeclaredTarget { span, target: Target::Worker { namespace: id, task_queue: task_queue? } })
}

/// A URL, with no Worker target beside it.
fn external_target(block: &Instance, fields: &Fields, findings: &mut Findings) -> Option<DeclaredTarget> {
    if fields.given("worker_target") {
        let span = block.attribute("worker_target").map_or(block.span, |attribute| attribute.name_span);
        let message = "an Endpoint has one target: `worker_target` cannot be combined with `external_target`";
        findings.push(Finding::new(&INVALID_VALUE, span, message).help("remove one of the two"));
        return None;
    }
    let (external, _) = fields.object("external_target")?;
    let (url, at) = external.text("url")?;
    let target = Target::external(url);
    if target.is_none() {
        let message = format!("`url` is an http or https URL of at most {URL_MAX} bytes");
        findings.push(at.finding(&INVALID_VALUE, message).help("write `https://…`"));
    }
    Some(DeclaredTarget { span: at.span, target: target? })
}

fn description(fields: &Fields, findings: &mut Findings) -> Option<String> {
    let (text, at) = fields.text("description")?;
    // A character takes at most six times as many bytes as JSON, and the quotes two.
    if 6 * text.len() + 2 <= DESCRIPTION_MAX {
        return Some(text.to_string());
    }
    // The registry's limit is on the description as a JSON string, which is never shorter.
    let (length, unit) = match text.len() {
        length if length > DESCRIPTION_MAX => (length, "bytes"),
        _ => (serde_json::Value::from(&**text).to_string().len(), "bytes as JSON"),
    };
    if length > DESCRIPTION_MAX {
        let message = format!("the description has {length} {unit}, at most {DESCRIPTION_MAX} are allowed");
        findings.push(at.finding(&INVALID_VALUE, message).help("shorten it"));
    }
    Some(text.to_string())
}

pub fn managed_by(fields: &Fields) -> Vec<Spanned<PrincipalId>> {
    fields.principals("managed_by").flatten().collect()
}

fn renamed_from(fields: &Fields, findings: &mut Findings) -> Option<Spanned<EndpointName>> {
    let (text, at) = fields.text("renamed_from")?;
    Some(Spanned::new(at, valid("Endpoint name", text, at, findings)?))
}
