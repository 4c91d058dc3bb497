//! `namespace` blocks.

use super::Context;
use super::codec;
use super::fields::{Fields, place};
use super::instance::Instance;
use crate::evaluate::{Place, Value, ValueKind};
use crate::policy::DeclaredNamespace;
use crate::suggest;
use schema::account::{AuthMethod, Namespace};
use schema::diagnostic::{Code, Finding, Findings};
use schema::region::{REGIONS, Region, region};
use std::collections::{BTreeMap, BTreeSet};

/// Lowers one block; `None` where its name or the account is not known.
pub fn lower(
    block: &Instance,
    fields: &Fields,
    context: &Context,
    findings: &mut Findings,
) -> Option<DeclaredNamespace> {
    let regions = fields.elements("regions").map(|elements| regions(elements, findings));
    let no_region = regions.as_ref().is_some_and(|(found, all_known)| found.is_empty() && *all_known);
    if let Some(value) = fields.value("regions").filter(|_| no_region) {
        findings.push(place(value).finding(Code::InvalidValue, "a Namespace has at least one region"));
    }
    let codec = codec::lower(block, fields, findings);
    let id = context.namespace_id(context.name("namespace", block)?)?;
    let (regions, auth) = (regions.map(|(found, _)| found).unwrap_or_default(), auth(fields));
    let namespace = Namespace { id, regions, auth, tags: tags(fields) };
    let (span, instance, mut given) = (block.span, block.name(), fields.given_names().to_vec());
    given.sort_unstable();
    Some(DeclaredNamespace { span, instance, namespace, given, codec })
}

/// The known regions, and whether all were.
fn regions(elements: &[Value], findings: &mut Findings) -> (Vec<String>, bool) {
    let mut found = Vec::new();
    for element in elements {
        let Some(text) = element.as_str() else { continue };
        if known_region(text, place(element), findings).is_none() {
            continue;
        }
        if found.iter().any(|known| known == text) {
            let message = format!("the region `{text}` is listed twice");
            findings.push(place(element).finding(Code::InvalidValue, message));
        } else {
            found.push(text.to_owned());
        }
    }
    let all_known = found.len() == elements.len();
    (found, all_known)
}

/// The region of this id, or a finding that there is none.
pub fn known_region(text: &str, at: Place, findings: &mut Findings) -> Option<&'static Region> {
    let known = region(text);
    if known.is_none() {
        findings.push(unknown_region(text, at));
    }
    known
}

fn unknown_region(text: &str, at: Place) -> Finding {
    let bare = REGIONS.iter().find(|region| region.cloud_region() == text).map(|region| region.id);
    let close = bare.or_else(|| suggest::closest(text, REGIONS.iter().map(|region| region.id)));
    let help = match close {
        Some(close) => format!("did you mean `{close}`?"),
        None => "regions are written with their cloud, such as `aws-us-east-1`".to_owned(),
    };
    at.finding(Code::InvalidValue, format!("`{text}` is not a region of Temporal Cloud")).help(help)
}

fn auth(fields: &Fields) -> BTreeSet<AuthMethod> {
    let methods = fields.elements("auth").unwrap_or_default().iter().filter_map(Value::as_str);
    methods
        .filter_map(|word| [AuthMethod::Mtls, AuthMethod::ApiKey].into_iter().find(|it| it.name() == word))
        .collect()
}

fn tags(fields: &Fields) -> BTreeMap<String, String> {
    let text = |value: &Value| match &value.kind {
        ValueKind::String(text) => Some(text.to_string()),
        _ => None,
    };
    let members = fields.members("tags").iter();
    members.filter_map(|member| Some((member.key.to_string(), text(&member.value)?))).collect()
}
