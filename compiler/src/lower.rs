//! From blocks to the graph: names first, then each block by its table. A block that is broken defines its name and
//! nothing else, and nothing more is said about it.

mod account;
mod codec;
mod endpoint;
mod fields;
mod lint;
mod names;
mod namespace;
mod principal;
mod privatelink;

use crate::document::{Block, Document};
use crate::evaluate::Evaluator;
use crate::facts::Facts;
use crate::policy::Policy;
use crate::suggest;
use fields::Fields;
use names::Names;
use schema::block::{BLOCKS, Backend, LATER_BLOCKS, block};
use schema::diagnostic::{Code, Family, Finding, Findings};
use schema::name::{AccountId, NamespaceId};
use std::collections::BTreeMap;

pub(crate) use endpoint::instance as instance_of;

/// What every kind of block is lowered with.
pub(crate) struct Context<'a> {
    account: Option<AccountId>,
    backend: Backend,
    names: Names<'a>,
}

impl Context<'_> {
    /// The id of a Namespace of this name; `None` where the account is not known.
    fn namespace_id(&self, name: &str) -> Option<NamespaceId> {
        names::namespace_id(name, self.account.as_ref(), self.backend)
    }

    /// The name of a block that is the first of its name.
    fn name(&self, kind: &str, block: &Block) -> Option<&str> {
        self.names.name(kind, block).filter(|name| self.names.is_first(kind, name, block))
    }
}

/// Lowers a whole document. What it names and does not declare is looked up in the facts, where there are any.
pub fn lower(document: &Document, facts: Option<&Facts>, findings: &mut Findings) -> Policy {
    let evaluator = Evaluator::new(document);
    let id = account::account_id(document, &evaluator, findings);
    let account = id.as_ref().map(|(id, _)| id.clone());
    let backend = account::backend(document, &evaluator);
    let names = Names::of(document, &evaluator, account.clone(), backend, facts, findings);
    let declared_account = account::lower(document, id, backend, &names, &evaluator, findings);
    let context = Context { account, backend, names };
    let mut policy = Policy {
        account: declared_account,
        namespaces: BTreeMap::new(),
        principals: BTreeMap::new(),
        endpoints: BTreeMap::new(),
        allowlists: Vec::new(),
        privatelinks: Vec::new(),
        lint: BTreeMap::new(),
        whole: true,
    };
    for block in &document.blocks {
        lower_block(block, &context, &evaluator, &mut policy, findings);
    }
    privatelink::report_duplicates(&policy.privatelinks, findings);
    let unread = |finding: &Finding| matches!(finding.code.family(), Family::Document | Family::Reference);
    policy.whole = !document.incomplete && !findings.iter().any(unread);
    policy
}

fn lower_block(
    found: &Block,
    context: &Context,
    evaluator: &Evaluator,
    policy: &mut Policy,
    findings: &mut Findings,
) {
    if found.broken {
        return;
    }
    let Some(table) = block(&found.kind) else {
        findings.push(unknown_block(found));
        return;
    };
    check_labels(found, table.labelled, findings);
    for inner in &found.blocks {
        let message = format!("`{}` has no block `{}`", found.kind, inner.kind);
        let help = format!("write it as an attribute: `{} = {{ … }}`", inner.kind);
        findings.push(Finding::new(Code::UnknownBlock, inner.span, message).help(help));
    }
    if table.name == "account" {
        return;
    }
    if let Some(only) = table.only.filter(|only| *only != context.backend) {
        findings.push(fields::unsupported(&found.kind, found.kind_span, only));
        return;
    }
    let fields = Fields::of_block(found, table, context.backend, evaluator, findings);
    match table.name {
        "namespace" => {
            let lowered = namespace::lower(found, &fields, context, findings);
            policy.namespaces.extend(lowered.map(|it| (it.namespace.id.clone(), it)));
        }
        "endpoint" => {
            let lowered = endpoint::lower(found, &fields, context, findings);
            policy.endpoints.extend(lowered.map(|it| (it.name.clone(), it)));
        }
        "lint" => policy.lint.extend(lint::lower(&fields)),
        "privatelink" => {
            policy.privatelinks.extend(privatelink::lower(found, &fields, context, findings));
        }
        "allowlist" => policy.allowlists.extend(endpoint::lower_allowlist(found, &fields, context, findings)),
        _ => {
            let lowered = principal::lower(found, &fields, context, findings);
            policy.principals.extend(lowered.map(|it| (it.principal.id.clone(), it)));
        }
    }
}

fn check_labels(block: &Block, labelled: bool, findings: &mut Findings) {
    let kind = &block.kind;
    match (&block.label, labelled) {
        (None, true) => {
            let message = format!("`{kind}` needs a label");
            let help = format!("write `{kind} \"…\" {{ … }}`");
            findings.push(Finding::new(Code::MissingAttribute, block.span, message).help(help));
        }
        (Some(label), false) => {
            let message = format!("`{kind}` has no label");
            findings.push(
                Finding::new(Code::InvalidName, label.span, message).help(format!("write `{kind} {{ … }}`")),
            );
        }
        _ => {}
    }
    for label in &block.extra_labels {
        findings.push(Finding::new(Code::InvalidName, label.span, format!("`{kind}` has one label at most")));
    }
}

fn unknown_block(block: &Block) -> Finding {
    let kind = &*block.kind;
    if LATER_BLOCKS.contains(&kind) {
        let message = format!("this version of nexusc does not compile `{kind}` blocks yet");
        return Finding::new(Code::Unsupported, block.kind_span, message);
    }
    let known = BLOCKS.iter().map(|known| known.name).chain(LATER_BLOCKS.iter().copied());
    let help = match suggest::closest(kind, known) {
        Some(close) => format!("did you mean `{close}`?"),
        None => {
            let names: Vec<_> = BLOCKS.iter().map(|known| known.name).collect();
            format!("blocks are {}", schema::block::quoted(&names).replace(" or ", " and "))
        }
    };
    Finding::new(Code::UnknownBlock, block.kind_span, format!("there is no block `{kind}`")).help(help)
}

#[cfg(test)]
mod tests;
