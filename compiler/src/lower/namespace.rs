//! `namespace` blocks.

use super::Context;
use super::codec;
use super::fields::Fields;
use super::instance::Instance;
use crate::diagnostic::{Finding, Findings, INVALID_VALUE};
use crate::evaluate::Origin;
use crate::language::block::BlockKind;
use crate::language::suggest;
use crate::policy::DeclaredNamespace;
use schema::account::{AuthMethod, Namespace, Tags};
use schema::region::{REGIONS, Region, region};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Lowers one block; `None` if its name or the account id is invalid.
pub fn lower(
    block: &Instance,
    fields: &Fields,
    context: &Context,
    findings: &mut Findings,
) -> Option<DeclaredNamespace> {
    let (regions, all_known) = regions(fields, findings);
    if let Some(at) = fields.place("regions").filter(|_| regions.is_empty() && all_known) {
        findings.push(at.finding(&INVALID_VALUE, "a Namespace needs at least one region"));
    }
    let codec = codec::lower(block, fields, findings);
    let id = context.name(BlockKind::Namespace, block)?.namespace().cloned()?;
    let namespace = Namespace { id, regions, auth: auth(fields), tags: tags(fields) };
    let (span, instance, mut given) = (block.span, block.name(), fields.names());
    given.sort_unstable();
    Some(DeclaredNamespace { span, instance, namespace, given, codec })
}

/// The known regions, and whether all are known.
fn regions(fields: &Fields, findings: &mut Findings) -> (Vec<String>, bool) {
    let (mut found, mut all_known) = (Vec::new(), true);
    for element in fields.texts("regions") {
        let known = element.filter(|(text, at)| known_region(text, *at, findings).is_some());
        let Some((text, at)) = known else {
            all_known = false;
            continue;
        };
        if found.iter().any(|known: &String| **known == **text) {
            findings.push(at.finding(&INVALID_VALUE, format!("the region `{text}` is listed twice")));
        } else {
            found.push(text.to_string());
        }
    }
    (found, all_known)
}

/// The region of this id, or a finding if it is unknown.
pub fn known_region(text: &str, at: Origin, findings: &mut Findings) -> Option<&'static Region> {
    let known = region(text);
    if known.is_none() {
        findings.push(unknown_region(text, at));
    }
    known
}

fn unknown_region(text: &str, at: Origin) -> Finding {
    let bare = REGIONS.iter().find(|region| region.cloud_region() == text).map(|region| region.id);
    let close = bare.or_else(|| suggest::closest(text, REGIONS.iter().map(|region| region.id)));
    let help = match close {
        Some(close) => format!("did you mean `{close}`?"),
        None => "write regions with their cloud provider, such as `aws-us-east-1`".to_owned(),
    };
    at.finding(&INVALID_VALUE, format!("`{text}` is not a region of Temporal Cloud")).help(help)
}

fn auth(fields: &Fields) -> BTreeSet<AuthMethod> {
    let method = |word: &str| [AuthMethod::Mtls, AuthMethod::ApiKey].into_iter().find(|it| it.name() == word);
    fields.texts("auth").flatten().filter_map(|(word, _)| method(word)).collect()
}

fn tags(fields: &Fields) -> Tags {
    fields.text_map("tags").map(|(key, text)| (Arc::clone(&key.id), Arc::clone(text))).collect()
}
