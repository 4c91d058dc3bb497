//! Half of the generated policies are repaired: what has an error is written plainly, or goes where that does not help.

use crate::policy::{Block, Policy, Value};
use crate::{hcl, parsed};
use compiler::diagnostic::source::Span;
use compiler::diagnostic::{Finding, Severity};
use compiler::pipeline::{Checked, ParsedPolicy};
use compiler::syntax::document;
use std::collections::BTreeSet;

/// The policy without its errors: a name that goes may leave others in error, which go in turn.
pub fn repaired(mut policy: Policy) -> Policy {
    const ROUNDS: usize = 8;
    for _ in 0..ROUNDS {
        let faulty = faulty(&policy);
        if faulty.is_empty() {
            break;
        }
        let kept = policy.blocks.into_iter().filter_map(|block| {
            let is_faulty = faulty.contains(&(block.kind.to_owned(), block.label.clone()));
            if is_faulty { plain(block) } else { Some(block) }
        });
        policy = Policy { blocks: kept.collect(), ..policy };
    }
    policy
}

type Id = (String, Option<String>);

/// The blocks that an error stands in or is about.
fn faulty(policy: &Policy) -> BTreeSet<Id> {
    let parsed = parsed(&[("a.nexus.hcl", &hcl::print(policy))]);
    let Checked { findings, .. } = Checked::of(&parsed, None, None).ok().unwrap();
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error);
    errors.flat_map(|error| blocks_of(error, &parsed)).collect()
}

fn blocks_of(error: &Finding, parsed: &ParsedPolicy) -> Vec<Id> {
    let holds = |block: &document::Block, at: Span| {
        (block.span.start..block.body.end.max(block.span.end)).contains(&at.start)
    };
    let is_about = |block: &&document::Block| {
        let named = error.instance.as_deref().unwrap_or_default();
        error.span.is_some_and(|at| holds(block, at))
            || block.label.as_ref().is_some_and(|label| {
                named.starts_with(&format!("{}.{}", block.kind, label.text))
                    || named.starts_with(&format!("{}[{:?}]", block.kind, label.text))
            })
    };
    let found = parsed.document.blocks.iter().filter(is_about);
    found.map(|block| (block.kind.to_string(), block.label.as_ref().map(|it| it.text.to_string()))).collect()
}

/// The same block in few words; nothing where it is written so already.
fn plain(block: Block) -> Option<Block> {
    let text = |text: &str| Value::Text(text.to_owned());
    let list = |items: &[&str]| Value::List(items.iter().map(|item| text(item)).collect());
    let attributes = match block.kind {
        "account" => vec![("id", text("a2dd6"))],
        "namespace" => vec![("regions", list(&["aws-us-east-1"]))],
        "user" | "service_account" | "group" => vec![("account_access", text("owner"))],
        "variable" if block.label.as_deref() == Some("callers") => vec![("default", list(&["orders"]))],
        "variable" if block.label.as_deref() == Some("region") => vec![("default", text("aws-us-east-1"))],
        "variable" => vec![("default", text("q"))],
        "locals" => vec![
            ("regions", list(&["aws-us-east-1"])),
            ("names", list(&["orders", "risk"])),
            ("tags", Value::Object(vec![("team".to_owned(), text("a"))])),
            ("flag", Value::Bool(true)),
            ("text", text("x")),
        ],
        "endpoint" => vec![(
            "worker_target",
            Value::Object(vec![
                ("namespace".to_owned(), text("orders")),
                ("task_queue".to_owned(), text("q")),
            ]),
        )],
        _ => return None,
    };
    let attributes: Vec<_> = attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let is_plain = format!("{:?}", block.attributes) == format!("{attributes:?}");
    (!is_plain).then_some(Block { attributes, ignore: None, ..block })
}
