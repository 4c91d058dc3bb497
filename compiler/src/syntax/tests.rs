mod differential;
mod errors;
mod hostile;
mod json;
mod recovery;
mod values;

use super::*;
use crate::diagnostic::Finding;
use crate::diagnostic::source::Span;
use crate::syntax::document::{
    Attribute, Block, Expr, ExprKind, Item, Key, KeyKind, Part, PartKind, Step, StepKind, UnaryKind,
};

/// What files parse to, and what was found.
fn parsed(files: &[(&str, &str)]) -> (Document, Vec<String>) {
    let mut sources = Sources::default();
    for (path, text) in files {
        sources.add(*path, *text);
    }
    let mut findings = Findings::new();
    let document = parse(&sources, &mut findings);
    (document, findings.iter().map(|finding| described(&sources, finding)).collect())
}

/// `file:line:column code: message`, then where it comes from.
fn described(sources: &Sources, finding: &Finding) -> String {
    let place = |span: Span| {
        let file = sources.get(span.file).unwrap();
        let place = file.place(span.start);
        format!("{}:{}", place.line, place.column)
    };
    let related =
        finding.related.iter().map(|related| format!(" | {} {}", place(related.span), related.message));
    format!(
        "{} {}: {}{}",
        place(finding.span.unwrap()),
        finding.code,
        finding.message,
        related.collect::<String>()
    )
}

/// The findings of one HCL file.
#[track_caller]
fn check(text: &str, expected: &[&str]) {
    let (_, findings) = parsed(&[("a.nexus.hcl", text)]);
    assert_eq!(findings, expected);
}

/// The document of one HCL file without findings.
#[track_caller]
fn document(text: &str) -> Document {
    let (document, findings) = parsed(&[("a.nexus.hcl", text)]);
    assert_eq!(findings, Vec::<String>::new());
    document
}

/// The document without its spans: a line for each block.
fn shown(document: &Document) -> String {
    document.blocks.iter().map(|block| block_shown(block) + "\n").collect()
}

fn block_shown(block: &Block) -> String {
    let labels = block.label.iter().chain(&block.extra_labels).map(|label| format!(" {:?}", label.text));
    let attributes = block.attributes.iter().map(attribute_shown);
    let parts: Vec<_> = attributes.chain(block.blocks.iter().map(block_shown)).collect();
    let broken = if block.broken { " broken" } else { "" };
    format!("{}{}{broken} {{{}}}", block.kind, labels.collect::<String>(), parts.join("; "))
}

fn attribute_shown(attribute: &Attribute) -> String {
    format!("{} = {}", attribute.name, expr_shown(&attribute.value))
}

fn expr_shown(expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Null => "null".to_owned(),
        ExprKind::Bool(value) => value.to_string(),
        ExprKind::Number(number) => number.to_string(),
        ExprKind::String(text) => format!("{text:?}"),
        ExprKind::Template(parts) => format!("t({})", parts_shown(parts)),
        ExprKind::List(elements) => format!("[{}]", joined(elements.iter().map(expr_shown))),
        ExprKind::Object(items) => format!("{{{}}}", joined(items.iter().map(item_shown))),
        ExprKind::Variable(name) => name.to_string(),
        ExprKind::Dotted(dotted) => dotted.0.to_string(),
        ExprKind::Access(access) => {
            expr_shown(&access.root) + &access.steps.iter().map(step_shown).collect::<String>()
        }
        ExprKind::Unary(unary) => {
            let operator = if unary.operator == UnaryKind::Not { "!" } else { "-" };
            format!("({operator}{})", expr_shown(&unary.operand))
        }
        ExprKind::Binary(chain) => {
            chain.rest.iter().fold(expr_shown(&chain.first), |left, (operator, _, right)| {
                format!("({left} {} {})", operator.symbol(), expr_shown(right))
            })
        }
        ExprKind::Conditional(c) => {
            format!("({} ? {} : {})", expr_shown(&c.condition), expr_shown(&c.then), expr_shown(&c.otherwise))
        }
        ExprKind::Call(call) => {
            let expand = if call.expand { "..." } else { "" };
            format!("{}({}{expand})", call.name, joined(call.arguments.iter().map(expr_shown)))
        }
        ExprKind::For(f) => {
            let key = f.key.as_ref().map(|key| format!("{key}, ")).unwrap_or_default();
            let result_key =
                f.result_key.as_ref().map(|key| format!("{} => ", expr_shown(key))).unwrap_or_default();
            let grouped = if f.grouped { "..." } else { "" };
            let condition =
                f.condition.as_ref().map(|c| format!(" if {}", expr_shown(c))).unwrap_or_default();
            let (collection, result) = (expr_shown(&f.collection), expr_shown(&f.result));
            format!("for({key}{} in {collection} : {result_key}{result}{grouped}{condition})", f.value)
        }
    }
}

fn parts_shown(parts: &[Part]) -> String {
    joined(parts.iter().map(|part| match &part.kind {
        PartKind::Text(text) => format!("{text:?}"),
        PartKind::Interpolation(expr) => format!("${{{}}}", expr_shown(expr)),
        PartKind::If(it) => {
            let (then, otherwise) = (parts_shown(&it.then), parts_shown(&it.otherwise));
            format!("if {} [{then}] [{otherwise}]", expr_shown(&it.condition))
        }
        PartKind::For(it) => {
            let key = it.key.as_ref().map(|key| format!("{key}, ")).unwrap_or_default();
            format!("for {key}{} in {} [{}]", it.value, expr_shown(&it.collection), parts_shown(&it.body))
        }
    }))
}

fn item_shown(item: &Item) -> String {
    format!("{} = {}", key_shown(&item.key), expr_shown(&item.value))
}

fn key_shown(key: &Key) -> String {
    match &key.kind {
        KeyKind::Plain(name) => format!("{name:?}"),
        KeyKind::Expr(expr) => format!("({})", expr_shown(expr)),
    }
}

fn step_shown(step: &Step) -> String {
    match &step.kind {
        StepKind::Attribute(name) => format!(".{name}"),
        StepKind::Index(index) => format!("[{}]", expr_shown(index)),
        StepKind::AttributeSplat => ".*".to_owned(),
        StepKind::FullSplat => "[*]".to_owned(),
    }
}

fn joined(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(", ")
}
