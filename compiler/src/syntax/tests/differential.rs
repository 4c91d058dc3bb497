//! hcl-edit reads the same tree, where both accept.

mod corpus;
mod generated;

use super::*;
use hcl_edit::expr::{BinaryOperator, Expression, ObjectKey, TraversalOperator, UnaryOperator};
use hcl_edit::structure::{BlockLabel, Body, Structure};
use hcl_edit::template::{Directive, Element, StringTemplate, Template};

#[track_caller]
fn agree(text: &str) {
    let theirs: Body = text.parse().unwrap();
    let document = document(text);
    assert_eq!(
        shown(&document),
        theirs.iter().map(|structure| structure_shown(structure) + "\n").collect::<String>()
    );
}

fn structure_shown(structure: &Structure) -> String {
    match structure {
        Structure::Attribute(attribute) => {
            format!("{} = {}", attribute.key.as_str(), shown_expr(&attribute.value))
        }
        Structure::Block(block) => {
            let labels = block.labels.iter().map(|label| match label {
                BlockLabel::Ident(ident) => format!(" {:?}", ident.as_str()),
                BlockLabel::String(text) => format!(" {:?}", text.as_str()),
            });
            let (attributes, blocks): (Vec<_>, Vec<_>) =
                block.body.iter().partition(|inner| matches!(inner, Structure::Attribute(_)));
            let parts: Vec<_> = attributes.into_iter().chain(blocks).map(structure_shown).collect();
            format!("{}{} {{{}}}", block.ident.as_str(), labels.collect::<String>(), parts.join("; "))
        }
    }
}

fn shown_expr(expr: &Expression) -> String {
    match expr {
        Expression::Null(_) => "null".to_owned(),
        Expression::Bool(value) => value.to_string(),
        Expression::Number(number) => number.value().to_string(),
        Expression::String(text) => format!("{:?}", text.as_str()),
        Expression::Array(array) => format!("[{}]", joined(array.iter().map(shown_expr))),
        Expression::Object(object) => {
            let items = object.iter().map(|(key, value)| {
                let key = match key {
                    ObjectKey::Ident(ident) => format!("{:?}", ident.as_str()),
                    ObjectKey::Expression(Expression::String(text)) => format!("{:?}", text.as_str()),
                    ObjectKey::Expression(expr) => format!("({})", shown_expr(expr)),
                };
                format!("{key} = {}", shown_expr(value.expr()))
            });
            format!("{{{}}}", joined(items))
        }
        Expression::StringTemplate(template) => format!("t({})", elements_shown(template)),
        Expression::HeredocTemplate(heredoc) => heredoc_shown(&heredoc.template),
        Expression::Parenthesis(inner) => shown_expr(inner.inner()),
        Expression::Variable(name) => name.as_str().to_owned(),
        Expression::Conditional(c) => {
            format!(
                "({} ? {} : {})",
                shown_expr(&c.cond_expr),
                shown_expr(&c.true_expr),
                shown_expr(&c.false_expr)
            )
        }
        Expression::FuncCall(call) => {
            let expand = if call.args.expand_final() { "..." } else { "" };
            let words = call.name.namespace.iter().chain([&call.name.name]).map(|word| word.as_str());
            let name = words.collect::<Vec<_>>().join("::");
            format!("{name}({}{expand})", joined(call.args.iter().map(shown_expr)))
        }
        Expression::Traversal(traversal) => {
            let steps = traversal.operators.iter().map(|operator| match operator.value() {
                TraversalOperator::AttrSplat(_) => ".*".to_owned(),
                TraversalOperator::FullSplat(_) => "[*]".to_owned(),
                TraversalOperator::GetAttr(name) => format!(".{}", name.as_str()),
                TraversalOperator::Index(index) => format!("[{}]", shown_expr(index)),
                TraversalOperator::LegacyIndex(index) => format!("[{}]", index.value()),
            });
            shown_expr(&traversal.expr) + &steps.collect::<String>()
        }
        Expression::UnaryOp(unary) => {
            let operator = if *unary.operator.value() == UnaryOperator::Not { "!" } else { "-" };
            format!("({operator}{})", shown_expr(&unary.expr))
        }
        Expression::BinaryOp(binary) => {
            let operator: BinaryOperator = *binary.operator.value();
            format!(
                "({} {} {})",
                shown_expr(&binary.lhs_expr),
                operator.as_str(),
                shown_expr(&binary.rhs_expr)
            )
        }
        Expression::ForExpr(f) => {
            let key = f.intro.key_var.as_ref().map(|key| format!("{}, ", key.as_str())).unwrap_or_default();
            let result_key =
                f.key_expr.as_ref().map(|key| format!("{} => ", shown_expr(key))).unwrap_or_default();
            let grouped = if f.grouping { "..." } else { "" };
            let condition =
                f.cond.as_ref().map(|c| format!(" if {}", shown_expr(&c.expr))).unwrap_or_default();
            let (collection, result) = (shown_expr(&f.intro.collection_expr), shown_expr(&f.value_expr));
            let value = f.intro.value_var.as_str();
            format!("for({key}{value} in {collection} : {result_key}{result}{grouped}{condition})")
        }
    }
}

fn heredoc_shown(template: &Template) -> String {
    match template.iter().collect::<Vec<_>>().as_slice() {
        [] => "\"\"".to_owned(),
        [Element::Literal(text)] => format!("{:?}", text.as_str()),
        _ => format!("t({})", template_shown(template)),
    }
}

fn elements_shown(template: &StringTemplate) -> String {
    joined(template.iter().map(element_shown))
}

fn template_shown(template: &Template) -> String {
    joined(template.iter().map(element_shown))
}

fn element_shown(element: &Element) -> String {
    match element {
        Element::Literal(text) => format!("{:?}", text.as_str()),
        Element::Interpolation(interpolation) => format!("${{{}}}", shown_expr(&interpolation.expr)),
        Element::Directive(directive) => match directive.as_ref() {
            Directive::If(d) => {
                let otherwise = d.else_expr.as_ref().map(|e| template_shown(&e.template)).unwrap_or_default();
                let (condition, then) =
                    (shown_expr(&d.if_expr.cond_expr), template_shown(&d.if_expr.template));
                format!("if {condition} [{then}] [{otherwise}]")
            }
            Directive::For(d) => {
                let key =
                    d.for_expr.key_var.as_ref().map(|key| format!("{}, ", key.as_str())).unwrap_or_default();
                let (value, collection) =
                    (d.for_expr.value_var.as_str(), shown_expr(&d.for_expr.collection_expr));
                format!("for {key}{value} in {collection} [{}]", template_shown(&d.for_expr.template))
            }
        },
    }
}

#[test]
fn on_blocks() {
    agree("account {\n  id = \"a2dd6\"\n}\n\nnamespace \"a\" \"b\" {\n  x {\n    y = 1\n  }\n}\n");
    agree("locals { a = 1 }\nb c {}\n");
    agree("a {\r\n  b = 1 # c\r\n}\r\n// d\r\n/* e */\r\n");
}

#[test]
fn on_expressions() {
    let values = [
        "1 + 2 * 3 - 4 % 5",
        "a || b && !c == d",
        "(a - b) / -c",
        "a ? b : c ? d : e",
        "a.b[0][\"c\"].d",
        "a.*.b",
        "a[*].b[1]",
        "[1, 2, [3]]",
        "{ a = 1, \"b\" = 2, (c) = 3 }",
        "{\n  a : 1\n  b = [\n    1,\n  ]\n}",
        "[for a in b : a.c if a.d]",
        "{ for k, v in m : k => v... if v }",
        "f(1, g(2), h...)",
        "\"a${b}c\"",
        "\"${a}\"",
        "\"a\\n\\\"\\\\ü\\u00fc\"",
        "\"$${a}\"",
        "\"%{ if a }b%{ else }c%{ endif }\"",
        "\"%{ for a, b in c }${a}%{ endfor }\"",
        "<<EOT\na ${b}\nc\nEOT",
        "<<-EOT\n    a\n      b\n    EOT",
        "a.0.b",
        "a == b ? 1.5 : 2e3",
        "namespace.payments-prod.name",
        "a >= 1 && b <= 2 || c < 3",
        "!a.b",
        "null",
        "{}",
        "[]",
        "\"\"",
        "f()",
        "(((1)))",
        "[\n# c\n1, /* d */ 2\n]",
    ];
    for value in values {
        agree(&format!("b {{\n  x = {value}\n}}\n"));
    }
}
