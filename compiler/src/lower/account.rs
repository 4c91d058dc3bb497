//! The `account` block: exactly one.

use super::fields::Fields;
use super::instance::Instance;
use super::is_error;
use super::names::valid;
use super::typed::Reader;
use crate::diagnostic::source::{FileId, Span};
use crate::diagnostic::{
    DANGLING_PRINCIPAL, Finding, Findings, INVALID_VALUE, MISSING_ATTRIBUTE, UNSUPPORTED,
};
use crate::evaluate::{Evaluator, Value};
use crate::language::block::{ACCOUNT, BlockKind};
use crate::language::suggest;
use crate::policy::{DeclaredAccount, Unmanaged};
use crate::syntax::document::{Block, Document};
use schema::backend::Backend;
use schema::limit::Limits;
use schema::name::AccountId;

/// Used when `limits` is invalid: exceeding the documented ones would be a consequential error.
const UNKNOWN_LIMITS: Limits = Limits {
    endpoints: usize::MAX,
    callers_per_endpoint: usize::MAX,
    privatelinks_per_namespace: usize::MAX,
    privatelinks_per_account: usize::MAX,
};

/// The account id, which Namespace names need before anything else is lowered. Reports only an invalid id.
pub fn account_id(
    document: &Document,
    evaluator: &Evaluator,
    findings: &mut Findings,
) -> Option<(AccountId, Span)> {
    let block = document.of_kind(BlockKind::Account).next()?;
    let expr = &block.attribute("id")?.value;
    let value = evaluator.peek(expr);
    let place = value.place(expr.span);
    Some((valid("account id", value.as_str()?, place, findings)?, place.span))
}

/// The backend, which determines the rules for Namespace names.
pub fn backend(document: &Document, evaluator: &Evaluator) -> Backend {
    let block = document.of_kind(BlockKind::Account).next();
    let attribute = block.and_then(|block| block.attribute("backend"));
    let value = attribute.map(|attribute| evaluator.peek(&attribute.value));
    match value.as_ref().and_then(Value::as_str) {
        Some("self_hosted") => Backend::SelfHosted,
        _ => Backend::Cloud,
    }
}

/// Whether allowlists are allowed: self-hosted Temporal has none, unless the policy sets `allowlist = "ignore"`.
pub fn takes_allowlists(document: &Document, backend: Backend, evaluator: &Evaluator) -> bool {
    let block = document.of_kind(BlockKind::Account).next();
    let attribute = block.and_then(|block| block.attribute("allowlist"));
    let value = attribute.map(|attribute| evaluator.peek(&attribute.value));
    backend == Backend::Cloud || value.as_ref().and_then(Value::as_str) == Some("ignore")
}

/// Lowers the `account` block, or reports that it is missing.
pub fn lower(
    document: &Document,
    id: Option<(AccountId, Span)>,
    reader: &Reader,
    evaluator: &Evaluator,
    findings: &mut Findings,
) -> DeclaredAccount {
    let backend = reader.backend;
    let limits = documented_limits(backend);
    let nothing = DeclaredAccount {
        span: None,
        backend,
        id: None,
        limits,
        apply_as: None,
        ignored_endpoints: vec![],
        ignored_privatelinks: vec![],
        unmanaged: Unmanaged::Keep,
    };
    let Some(block) = document.of_kind(BlockKind::Account).next() else {
        if !document.incomplete && !document.blocks.iter().any(is_meant_as_account) {
            findings.push(no_account(document));
        }
        return nothing;
    };
    if block.broken {
        return DeclaredAccount { span: Some(block.span), id, limits: UNKNOWN_LIMITS, ..nothing };
    }
    // Errors in the `for_each` of other blocks do not invalidate the limits.
    evaluator.finish(findings);
    let reported = findings.len();
    let fields = Fields::of_block(
        &Instance { kind: BlockKind::Account, block, each: None },
        &ACCOUNT,
        reader,
        evaluator,
        findings,
    );
    // An invalid `apply_as` does not invalidate the limits.
    let is_unclear = |finding: &Finding| is_error(finding) && finding.code != &DANGLING_PRINCIPAL;
    let is_clear = !findings.get(reported..).unwrap_or_default().iter().any(is_unclear);
    check_language(&fields, findings);
    DeclaredAccount {
        span: Some(block.span),
        backend,
        id,
        limits: if is_clear { lower_limits(&fields, limits) } else { UNKNOWN_LIMITS },
        apply_as: fields.principal("apply_as"),
        ignored_endpoints: ignored(&fields, "endpoints", findings),
        ignored_privatelinks: ignored(&fields, "privatelinks", findings),
        unmanaged: unmanaged(&fields),
    }
}

fn unmanaged(fields: &Fields) -> Unmanaged {
    match fields.text("unmanaged") {
        Some((word, at)) if &**word == "delete" => Unmanaged::Delete(at.span),
        _ => Unmanaged::Keep,
    }
}

/// The globs of an attribute of `ignore`. One that no name matches is an error: what it was meant for is not ignored.
fn ignored(fields: &Fields, of: &str, findings: &mut Findings) -> Vec<String> {
    let Some((ignore, _)) = fields.object("ignore") else { return Vec::new() };
    let mut globs = Vec::new();
    for (glob, at) in ignore.texts(of).flatten() {
        if let Some(why) = matches_nothing(glob, of) {
            let message = format!("the pattern `{}` of `ignore` matches nothing: {why}", glob.escape_debug());
            let help = "write a name, with `*` for any characters and `?` for one, such as `legacy-*`";
            findings.push(at.finding(&INVALID_VALUE, message).help(help));
        }
        globs.push(glob.to_string());
    }
    globs
}

/// Why no name matches a glob.
fn matches_nothing(glob: &str, of: &str) -> Option<String> {
    let is_of_endpoint = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
    let may_hold = |letter: char| match of {
        "endpoints" => is_of_endpoint(letter),
        _ => is_of_endpoint(letter) || "_.:/".contains(letter),
    };
    if glob.is_empty() {
        return Some("it is empty".to_owned());
    }
    let wrong = glob.chars().find(|letter| !matches!(letter, '*' | '?') && !may_hold(*letter))?;
    Some(format!("no name holds `{}`", wrong.escape_debug()))
}

/// Self-hosted Temporal documents no limits.
fn documented_limits(backend: Backend) -> Limits {
    match backend {
        Backend::Cloud => Limits::default(),
        Backend::SelfHosted => Limits { endpoints: usize::MAX, ..Limits::default() },
    }
}

/// Whether a block of an unknown kind is probably a misspelt `account`.
fn is_meant_as_account(found: &Block) -> bool {
    let close = || suggest::closest(&found.kind, std::iter::once(BlockKind::Account.name())).is_some();
    found.known_kind().is_none() && close()
}

fn no_account(document: &Document) -> Finding {
    let span = document.blocks.first().map_or(Span::new(FileId(0), 0, 0), |block| block.span);
    Finding::new(&MISSING_ATTRIBUTE, span, "the policy has no `account` block")
        .help("add `account { id = \"…\" }`; the id is the part of a Namespace id after the dot")
}

fn check_language(fields: &Fields, findings: &mut Findings) {
    if let Some((language, at)) = fields.count("language").filter(|(language, _)| *language != 1) {
        let message = format!("language {language} is not supported by this compiler");
        findings.push(at.finding(&UNSUPPORTED, message).help("write `language = 1`, or update nexusc"));
    }
}

fn lower_limits(fields: &Fields, documented: Limits) -> Limits {
    let Some((given, _)) = fields.object("limits") else { return documented };
    let or = |name, documented| given.count(name).map_or(documented, |(count, _)| count);
    Limits {
        endpoints: or("endpoints", documented.endpoints),
        callers_per_endpoint: or("callers_per_endpoint", documented.callers_per_endpoint),
        privatelinks_per_namespace: or("privatelinks_per_namespace", documented.privatelinks_per_namespace),
        privatelinks_per_account: or("privatelinks_per_account", documented.privatelinks_per_account),
    }
}

#[cfg(test)]
mod tests {
    use crate::check::expect::check_account;

    #[test]
    fn an_ignore_pattern_that_no_name_matches_is_reported() {
        check_account(
            r#"account {
  id       = "a2dd6"
  apply_as = user["owner@acme.example"]
  ignore = {
    endpoints = [
      "pay-[0-9]", #! invalid-value
      "pay-{1,2}", #! invalid-value
      "", #! invalid-value
      "pay- *", #! invalid-value
      "legacy-*",
      "p?y",
    ]
    privatelinks = ["vpce-0123456789abcdef*", "vpce 1"] #! invalid-value
  }
}
"#,
        );
    }
}
