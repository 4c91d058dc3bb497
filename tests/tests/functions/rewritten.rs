//! Expressions that mean in Terraform what they mean in the compiler, as far as one documented difference goes. Where it
//! explains a disagreement, Terraform gives for them what the compiler gives.

use super::ours;
use compiler::diagnostic::source::{Sources, Span};
use compiler::syntax::document::{Access, Binary, Chain, Expr, ExprKind, StepKind, UnaryKind};

/// An expression whose comparisons are by elements: a tuple equals a list, and an object a map. Sets are told apart from
/// lists by `concat`, which takes no set.
pub fn compared_by_elements(text: &str) -> String {
    rewritten(text, &|of, expr| match &expr.kind {
        ExprKind::Binary(chain) if chain.rest.iter().any(|(operator, ..)| is_equality(*operator)) => {
            Some(of.folded(chain, |left, operator, right| match operator {
                Binary::Equal => equal(left, right),
                Binary::NotEqual => format!("!{}", equal(left, right)),
                _ => format!("({left} {} {right})", operator.symbol()),
            }))
        }
        ExprKind::Call(call) if !call.expand && call.arguments.len() == 2 => {
            let (list, wanted) = (of.text(&call.arguments[0]), of.text(&call.arguments[1]));
            let is_equal = equal("compared", &wanted);
            match &*call.name {
                "contains" => Some(format!("anytrue([for compared in {list} : {is_equal}])")),
                "index" => Some(format!("[for at, compared in {list} : at if {is_equal}][0]")),
                _ => None,
            }
        }
        _ => None,
    })
}

fn is_equality(operator: Binary) -> bool {
    matches!(operator, Binary::Equal | Binary::NotEqual)
}

fn equal(left: &str, right: &str) -> String {
    let is_list = |side: &str| format!("can(concat({side}, []))");
    format!("(jsonencode({left}) == jsonencode({right}) && {} == {})", is_list(left), is_list(right))
}

/// An expression without a negative zero: each number that may be one is added to zero.
pub fn without_negative_zero(text: &str) -> String {
    rewritten(text, &|of, expr| match &expr.kind {
        ExprKind::Unary(unary) if unary.operator == UnaryKind::Negate => {
            Some(format!("(0 - {})", of.text(&unary.operand)))
        }
        // The sign of a literal belongs to it.
        ExprKind::Number(_) => {
            let literal = of.sources.text(expr.span).strip_prefix('-')?;
            Some(format!("(0 - {literal})"))
        }
        ExprKind::Binary(chain) if chain.rest.iter().any(|(operator, ..)| makes_zero(*operator)) => {
            Some(of.folded(chain, |left, operator, right| {
                let made = format!("({left} {} {right})", operator.symbol());
                if makes_zero(operator) { format!("({made} + 0)") } else { made }
            }))
        }
        ExprKind::Call(call) if matches!(&*call.name, "ceil" | "tonumber" | "parseint") && !call.expand => {
            let arguments: Vec<_> = call.arguments.iter().map(|argument| of.text(argument)).collect();
            let made = format!("{}({})", call.name, arguments.join(", "));
            // `tonumber(null)` is null.
            Some(format!("({made} == null ? null : {made} + 0)"))
        }
        _ => None,
    })
}

fn makes_zero(operator: Binary) -> bool {
    matches!(operator, Binary::Multiply | Binary::Divide | Binary::Remainder)
}

/// The arguments of all calls of `can` and `try`, with the variables of `for` that they may read left free.
pub fn attempts(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    in_expression(text, |sources, expr| find_attempts(sources, expr, &mut found));
    found
}

fn find_attempts(sources: &Sources, expr: &Expr, found: &mut Vec<String>) {
    if let ExprKind::Call(call) = &expr.kind
        && matches!(&*call.name, "can" | "try")
    {
        found.extend(call.arguments.iter().map(|argument| sources.text(argument.span).to_owned()));
    }
    expr.for_each_part(&mut |part| find_attempts(sources, part, found));
}

/// What replaces an expression; none where only its parts are replaced.
type Replace<'r> = &'r dyn Fn(&Rewriter, &Expr) -> Option<String>;

struct Rewriter<'r> {
    sources: &'r Sources,
    replace: Replace<'r>,
}

fn rewritten(text: &str, replace: Replace) -> String {
    let mut result = text.to_owned();
    in_expression(text, |sources, expr| result = Rewriter { sources, replace }.text(expr));
    result
}

fn in_expression(text: &str, mut visit: impl FnMut(&Sources, &Expr)) {
    let (sources, document) = ours::parsed(text);
    let local = document.blocks.first().and_then(|block| block.attribute("x"));
    local.into_iter().for_each(|local| visit(&sources, &local.value));
}

impl Rewriter<'_> {
    /// The text of an expression, rewritten.
    fn text(&self, expr: &Expr) -> String {
        (self.replace)(self, expr).unwrap_or_else(|| self.parts(expr))
    }

    /// The text of an expression whose parts are rewritten.
    fn parts(&self, expr: &Expr) -> String {
        let mut parts = Vec::new();
        expr.for_each_part(&mut |part| parts.push(part));
        if let ExprKind::Access(access) = &expr.kind {
            parts = operands(access);
        }
        parts.sort_by_key(|part| part.span.start);
        let (mut text, mut at) = (String::new(), expr.span.start);
        for part in parts {
            text += self.sources.text(Span { start: at, end: part.span.start, ..expr.span });
            text += &self.text(part);
            at = part.span.end;
        }
        text + self.sources.text(Span { start: at, ..expr.span })
    }

    /// A chain of operators as nested pairs.
    fn folded(&self, chain: &Chain, pair: impl Fn(&str, Binary, &str) -> String) -> String {
        let mut left = self.text(&chain.first);
        for (operator, _, right) in &chain.rest {
            left = pair(&left, *operator, &self.text(right));
        }
        left
    }
}

/// The value that is read and the indexes: the root of a path of names has no text of its own to replace.
fn operands(access: &Access) -> Vec<&Expr> {
    let root = (!matches!(access.root.kind, ExprKind::Variable(_))).then_some(&access.root);
    let index = access.steps.iter().filter_map(|step| match &step.kind {
        StepKind::Index(index) => Some(index),
        _ => None,
    });
    root.into_iter().chain(index).collect()
}
