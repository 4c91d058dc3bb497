//! From blocks to the policy: names first, then each block by its table. A block with syntax errors only declares its name,
//! and has no further findings.

mod account;
mod codec;
mod declarations;
mod endpoint;
mod fields;
mod guard;
mod hidden;
mod instance;
mod lint;
mod names;
mod namespace;
mod principal;
mod privatelink;
mod removed;
mod test;
mod typed;
mod variable;

use crate::diagnostic::source::Sources;
use crate::diagnostic::{
    DUPLICATE_NAME, Family, Finding, Findings, INVALID_NAME, MISSING_ATTRIBUTE, Severity, UNKNOWN_BLOCK,
};
use crate::evaluate::{Evaluator, Expansion};
use crate::facts::Facts;
use crate::language::block::{BLOCKS, BlockKind, BlockType};
use crate::language::suggest;
use crate::policy::Policy;
use crate::syntax::document::Block;
use declarations::{Declarations, Declared};
use fields::Fields;
use hidden::HiddenCharacters;
use instance::{Instance, for_each_instance};
use names::{BlockName, Names};
use schema::backend::Backend;
use typed::Reader;

pub(crate) use instance::instance_of;
pub use lint::{GUARDS, LintCodes};
pub(crate) use privatelink::PRIVATELINK_CONNECTION_ID;

/// What every kind of block is lowered with.
pub(crate) struct Context<'a> {
    backend: Backend,
    /// Whether allowlists mean something, or the policy says that it knows they do not.
    takes_allowlists: bool,
    /// The codes of a `lint` block.
    lint: LintCodes,
    names: Names<'a>,
    hidden: &'a HiddenCharacters<'a>,
}

impl Context<'_> {
    /// The name of a block or instance that is the first of its name.
    fn name(&self, kind: BlockKind, block: &Instance) -> Option<&BlockName> {
        self.names.name(kind, block).filter(|name| name.is_first)
    }
}

/// Lowers a whole document, whose expressions are the evaluator's. What it names and does not declare is looked up in the
/// facts, where there are any; hidden characters in the text of `sources` are reported before. Only the checks know the codes of a `lint` block.
pub fn lower(
    evaluator: &Evaluator,
    sources: &Sources,
    facts: Option<&Facts>,
    lint: LintCodes,
    findings: &mut Findings,
) -> Policy {
    let document = evaluator.document();
    evaluator.evaluate_named(findings);
    let id = account::account_id(document, evaluator, findings);
    let account = id.as_ref().map(|(id, _)| id.clone());
    let backend = account::backend(document, evaluator);
    let reported = findings.len();
    let hidden = HiddenCharacters::new(sources);
    let names = Names::of(document, evaluator, account, backend, facts, &hidden, findings);
    if document.is_several {
        // The policies declare the same names; that there are several is reported.
        let duplicates = findings.split_off(reported).into_iter();
        findings.extend(duplicates.filter(|finding| finding.code != &DUPLICATE_NAME));
    }
    let declared_account = account::lower(
        document,
        id,
        &Reader { names: &names, backend, hidden: &hidden },
        evaluator,
        findings,
    );
    let takes_allowlists = account::takes_allowlists(document, backend, evaluator);
    let context = Context { backend, takes_allowlists, lint, names, hidden: &hidden };
    let mut declarations = Declarations::default();
    declarations.unclear.document = document.incomplete || !document.strays.is_empty();
    for block in &document.blocks {
        lower_block(block, &context, evaluator, &mut declarations, findings);
    }
    evaluator.finish(findings);
    privatelink::report_duplicates(&declarations.privatelinks, findings);
    let unread = |finding: &Finding| {
        let is_of_text = matches!(finding.code.family, Family::Document | Family::Reference);
        is_of_text && finding.severity == Severity::Error
    };
    let whole = !document.incomplete && !findings.iter().any(unread);
    if whole {
        declarations.report_unknown_guards(findings);
    }
    declarations.policy(declared_account, whole)
}

fn lower_block(
    found: &Block,
    context: &Context,
    evaluator: &Evaluator,
    declarations: &mut Declarations,
    findings: &mut Findings,
) {
    if found.broken {
        return declarations.doubt(found, context);
    }
    let Some(table) = found.known_kind().and_then(BlockKind::table) else {
        findings.push(unknown_block(found));
        return;
    };
    let with_codes = BlockType { attributes: context.lint.attributes, ..*table };
    let table = if table.kind == BlockKind::Lint { &with_codes } else { table };
    check_labels(found, table.kind.labels(), findings);
    if !table.kind.is_referable() || found.attribute("name").is_some() {
        context.hidden.report_labels(found, findings);
    }
    for inner in &found.blocks {
        let message = format!("`{}` has no block `{}`", found.kind, inner.kind);
        findings.push(
            Finding::new(&UNKNOWN_BLOCK, inner.span, message).help(instead_of_block(&inner.kind, table)),
        );
    }
    match table.kind {
        BlockKind::Account | BlockKind::Locals => return,
        BlockKind::Variable => return variable::check(found, table, findings),
        _ => {}
    }
    if let Some(only) = table.only.filter(|only| *only != context.backend) {
        findings.push(typed::unsupported(&found.kind, found.kind_span, only));
        return;
    }
    if table.kind == BlockKind::Allowlist && !context.takes_allowlists {
        findings.push(typed::no_allowlists(&found.kind, found.kind_span));
        return;
    }
    let lowered = |instance: &Instance, findings: &mut Findings| {
        let reported = findings.len();
        let reader = Reader { names: &context.names, backend: context.backend, hidden: context.hidden };
        let fields = Fields::of_block(instance, table, &reader, evaluator, findings);
        if table.kind == BlockKind::Lint {
            lint::explain_fixed(instance, context.lint, findings.get_mut(reported..).unwrap_or_default());
        }
        let lowered = lower_instance(instance, table, &fields, context, findings);
        let is_clear = !any_error(findings.get(reported..).unwrap_or_default());
        lowered.map(|lowered| if is_clear { lowered.without_doubt() } else { lowered.in_doubt() })
    };
    let expansion = for_each_instance((table.kind, found), evaluator, findings, lowered, |declared| {
        declarations.extend(declared)
    });
    context.hidden.report_keys(found, &expansion, findings);
    if matches!(*expansion, Expansion::Unknown) {
        declarations.doubt(found, context);
    }
}

fn lower_instance(
    found: &Instance,
    table: &BlockType,
    fields: &Fields,
    context: &Context,
    findings: &mut Findings,
) -> Option<Declared> {
    match table.kind {
        BlockKind::Namespace => namespace::lower(found, fields, context, findings).map(Declared::Namespace),
        BlockKind::Endpoint => endpoint::lower(found, fields, context, findings).map(Declared::Endpoint),
        BlockKind::Allowlist => Some(Declared::Allowlist(endpoint::lower_allowlist(found, fields))),
        BlockKind::Privatelink => privatelink::lower(found, fields, findings).map(Declared::Privatelink),
        BlockKind::Removed => removed::lower(found, context, findings).map(Declared::Removed),
        BlockKind::Guard => guard::lower(found, fields).map(Declared::Guard),
        BlockKind::Test => Some(Declared::Test(test::lower(found, fields))),
        BlockKind::Lint => Some(Declared::Lint(lint::lower(fields, context.lint.guard))),
        BlockKind::User | BlockKind::ServiceAccount | BlockKind::Group => {
            let members = principal::members(fields);
            let lowered = principal::lower(found, fields, &members, context, findings);
            Some(Declared::Principal(lowered, principal::doubt(found, members, context)))
        }
        BlockKind::Account | BlockKind::Locals | BlockKind::Variable => None,
    }
}

/// What to write instead of a block in a block.
fn instead_of_block(inner: &str, table: &BlockType) -> String {
    let names = table.attributes.iter().map(|attribute| attribute.name);
    match (inner, suggest::likely(inner, names)) {
        ("dynamic", _) => {
            "write an attribute with a `for` expression, or `for_each` in the outer block".to_owned()
        }
        ("validation", _) if table.kind == BlockKind::Variable => {
            "remove it, and write a `guard` for what is made from the variable".to_owned()
        }
        (_, Some(close)) => format!("write it as an attribute: `{close} = …`"),
        (_, None) => "remove it: blocks have no blocks in them, only attributes".to_owned(),
    }
}

fn any_error(findings: &[Finding]) -> bool {
    findings.iter().any(is_error)
}

fn is_error(finding: &Finding) -> bool {
    finding.severity == Severity::Error
}

/// A block needs the labels of its kind, and has no others.
fn check_labels(block: &Block, labels: &[&str], findings: &mut Findings) {
    let kind = &block.kind;
    match (&block.label, labels) {
        (None, [_]) => {
            let message = format!("`{kind}` needs a label");
            let help = format!("write `{kind} \"…\" {{ … }}`");
            findings.push(Finding::new(&MISSING_ATTRIBUTE, block.span, message).help(help));
        }
        // `removed` says which labels it needs.
        (_, [_, _]) => {}
        (Some(label), []) => {
            let message = format!("`{kind}` has no label");
            findings.push(
                Finding::new(&INVALID_NAME, label.span, message).help(format!("write `{kind} {{ … }}`")),
            );
        }
        _ => {}
    }
    for label in block.extra_labels.iter().skip(labels.len().saturating_sub(1)) {
        let most = if labels.len() == 2 { "two labels" } else { "one label" };
        findings.push(Finding::new(&INVALID_NAME, label.span, format!("`{kind}` has {most} at most")));
    }
}

fn unknown_block(block: &Block) -> Finding {
    let kind = &*block.kind;
    let known = BLOCKS.iter().map(|known| known.kind.name());
    let help = match suggest::closest(kind, known) {
        Some(close) => format!("did you mean `{close}`?"),
        None => {
            let names: Vec<_> = BLOCKS.iter().map(|known| known.kind.name()).collect();
            format!("blocks are {}", crate::language::block::quoted(&names).replace(" or ", " and "))
        }
    };
    Finding::new(&UNKNOWN_BLOCK, block.kind_span, format!("there is no block `{kind}`")).help(help)
}

#[cfg(test)]
mod tests;
