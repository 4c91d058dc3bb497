//! The `account` block: exactly one.

use super::fields::Fields;
use super::names::{Names, valid};
use crate::document::Document;
use crate::evaluate::{Evaluator, Value, ValueKind};
use crate::policy::DeclaredAccount;
use schema::block::ACCOUNT;
use schema::diagnostic::{Code, Finding, Findings};
use schema::limit::Limits;
use schema::name::AccountId;
use schema::source::{FileId, Span};

/// The account id, which the names of Namespaces need before anything else is lowered. Reports nothing but a bad id.
pub fn account_id(
    document: &Document,
    evaluator: &Evaluator,
    findings: &mut Findings,
) -> Option<(AccountId, Span)> {
    let block = document.of_kind("account").next()?;
    let Value { span, kind: ValueKind::String(text) } =
        evaluator.value(&block.attribute("id")?.value, &mut vec![])
    else {
        return None;
    };
    Some((valid("account id", &text, span, findings)?, span))
}

/// Lowers the `account` block, or reports that there is none.
pub fn lower(
    document: &Document,
    id: Option<(AccountId, Span)>,
    names: &Names,
    evaluator: &Evaluator,
    findings: &mut Findings,
) -> DeclaredAccount {
    let limits = Limits::default();
    let nothing = DeclaredAccount { span: None, id: None, limits, apply_as: None, ignored_endpoints: vec![] };
    let Some(block) = document.of_kind("account").next() else {
        if !document.incomplete {
            findings.push(no_account(document));
        }
        return nothing;
    };
    if block.broken {
        return DeclaredAccount { span: Some(block.span), id, ..nothing };
    }
    let fields = Fields::of_block(block, &ACCOUNT, evaluator, findings);
    check_language(&fields, findings);
    let apply_as = fields.value("apply_as").and_then(|value| names.principal(value, findings));
    let ignored =
        fields.object("ignore").and_then(|(ignore, _)| ignore.elements("endpoints")).unwrap_or_default();
    let ignored_endpoints = ignored.iter().filter_map(|glob| glob.as_str().map(str::to_owned)).collect();
    DeclaredAccount { span: Some(block.span), id, limits: lower_limits(&fields), apply_as, ignored_endpoints }
}

fn no_account(document: &Document) -> Finding {
    let span = document.blocks.first().map_or(Span::new(FileId(0), 0, 0), |block| block.span);
    Finding::new(Code::MissingAttribute, span, "the policy has no `account` block")
        .help("add `account { id = \"…\" }`, with the part of a Namespace id after the dot")
}

fn check_language(fields: &Fields, findings: &mut Findings) {
    if let Some((language, span)) = fields.count("language").filter(|(language, _)| *language != 1) {
        let message = format!("language {language} is not known to this compiler");
        findings.push(
            Finding::new(Code::Unsupported, span, message).help("write `language = 1`, or update nexusc"),
        );
    }
    if let Some((_, span)) = fields.text("backend").filter(|(backend, _)| *backend == "self_hosted") {
        let message = "this version compiles policies for Temporal Cloud only";
        findings.push(Finding::new(Code::Unsupported, span, message).help("write `backend = \"cloud\"`"));
    }
}

fn lower_limits(fields: &Fields) -> Limits {
    let documented = Limits::default();
    let Some((given, _)) = fields.object("limits") else { return documented };
    let or = |name, documented| given.count(name).map_or(documented, |(count, _)| count);
    Limits {
        endpoints: or("endpoints", documented.endpoints),
        callers_per_endpoint: or("callers_per_endpoint", documented.callers_per_endpoint),
        privatelinks_per_namespace: or("privatelinks_per_namespace", documented.privatelinks_per_namespace),
        privatelinks_per_account: or("privatelinks_per_account", documented.privatelinks_per_account),
    }
}
