//! The expression form. An expression is 40 bytes, because policies consist mostly of long lists of plain strings. Chains
//! without brackets (`a.b.c`, `x && y && z`) are flat, so that their length adds no depth.

use super::Name;
use crate::diagnostic::source::Span;
use crate::language::number::Number;

/// An expression as written.
#[derive(Clone, Debug)]
pub struct Expr {
    /// Its location, including brackets and quotes.
    pub span: Span,
    /// Its form.
    pub kind: ExprKind,
}

/// The forms of an expression. Parentheses are only in the span.
#[derive(Clone, Debug)]
pub enum ExprKind {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number as written, exact.
    Number(Number),
    /// A string without interpolations, unescaped.
    String(Name),
    /// A string or heredoc with interpolations or directives. One that is a single interpolation keeps its type.
    Template(Box<[Part]>),
    /// `[a, b]`.
    List(Box<[Expr]>),
    /// `{ a = b }`.
    Object(Box<[Item]>),
    /// A bare name, such as `each`.
    Variable(Name),
    /// Two identifiers with a dot, such as `namespace.payments`.
    Dotted(Dotted),
    /// A value with access steps, such as `namespace.payments.name`.
    Access(Box<Access>),
    /// `-a` or `!a`.
    Unary(Box<Unary>),
    /// `a + b - c`: operators of one precedence, from left to right.
    Binary(Box<Chain>),
    /// `condition ? then : otherwise`.
    Conditional(Box<Conditional>),
    /// `name(arguments)`.
    Call(Box<Call>),
    /// `[for …]` or `{for …}`.
    For(Box<For>),
}

/// A part of a template.
#[derive(Clone, Debug)]
pub struct Part {
    /// Its location.
    pub span: Span,
    /// Its form.
    pub kind: PartKind,
}

/// The forms of a part of a template; the rare ones are boxed, because there may be millions. Strip markers and the indentation
/// of `<<-` are already applied.
#[derive(Clone, Debug)]
pub enum PartKind {
    /// Literal text.
    Text(Name),
    /// `${value}`.
    Interpolation(Expr),
    /// `%{if condition}then%{else}otherwise%{endif}`.
    If(Box<TemplateIf>),
    /// `%{for key, value in collection}body%{endfor}`.
    For(Box<TemplateFor>),
}

/// `%{if …}` in a template.
#[derive(Clone, Debug)]
pub struct TemplateIf {
    /// The condition.
    pub condition: Expr,
    /// The result if true.
    pub then: Box<[Part]>,
    /// The result if false; empty without `%{else}`.
    pub otherwise: Box<[Part]>,
    /// Whether there is an `%{else}`.
    pub has_else: bool,
}

/// `%{for …}` in a template.
#[derive(Clone, Debug)]
pub struct TemplateFor {
    /// The name of the key or index.
    pub key: Option<Name>,
    /// The name of the element.
    pub value: Name,
    /// The collection.
    pub collection: Expr,
    /// The body, for each element.
    pub body: Box<[Part]>,
}

/// `key = value` in an object.
#[derive(Clone, Debug)]
pub struct Item {
    /// The key.
    pub key: Key,
    /// The value.
    pub value: Expr,
}

/// The key of an object's item.
#[derive(Clone, Debug)]
pub struct Key {
    /// Its location.
    pub span: Span,
    /// Its form.
    pub kind: KeyKind,
}

/// A bare name or a plain string is a literal key; any other key is evaluated.
#[derive(Clone, Debug)]
pub enum KeyKind {
    /// A literal key.
    Plain(Name),
    /// `"${a}-b"`, `(a)`, or a reference such as `namespace.payments`.
    Expr(Box<Expr>),
}

/// `namespace.payments`, including the dot.
#[derive(Clone, Debug)]
pub struct Dotted(pub Name);

/// A value with access steps.
#[derive(Clone, Debug)]
pub struct Access {
    /// The value: an [`ExprKind::Variable`] for a reference or local with further steps.
    pub root: Expr,
    /// The steps, from left to right; at least one.
    pub steps: Vec<Step>,
}

/// One `.name`, `[index]`, `.*` or `[*]`.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its location, including dot or brackets.
    pub span: Span,
    /// Its form.
    pub kind: StepKind,
}

/// The forms of a step.
#[derive(Clone, Debug)]
pub enum StepKind {
    /// `.name`.
    Attribute(Name),
    /// `[index]`, and the legacy form `.0`.
    Index(Expr),
    /// `.*`: the `.name` steps that follow apply to each element.
    AttributeSplat,
    /// `[*]`: all steps that follow apply to each element.
    FullSplat,
}

/// An operator before its operand.
#[derive(Clone, Debug)]
pub struct Unary {
    /// The operator.
    pub operator: UnaryKind,
    /// The operand.
    pub operand: Expr,
}

/// The operators that stand before their operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryKind {
    /// `-`.
    Negate,
    /// `!`.
    Not,
}

/// Operands joined by operators of one precedence, which associate to the left.
#[derive(Clone, Debug)]
pub struct Chain {
    /// The leftmost operand.
    pub first: Expr,
    /// Each further operand with its operator and the operator's location.
    pub rest: Vec<(Binary, Span, Expr)>,
}

/// The operators between two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the operator of its name")]
pub enum Binary {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

impl Expr {
    /// Calls `visit` with each direct subexpression.
    pub fn for_each_part<'e>(&'e self, visit: &mut impl FnMut(&'e Self)) {
        match &self.kind {
            ExprKind::Null | ExprKind::Bool(_) | ExprKind::Number(_) => {}
            ExprKind::String(_) | ExprKind::Variable(_) | ExprKind::Dotted(_) => {}
            ExprKind::Template(parts) => parts.iter().for_each(|part| part.for_each_expr(visit)),
            ExprKind::List(elements) => elements.iter().for_each(visit),
            ExprKind::Object(items) => items.iter().for_each(|item| {
                if let KeyKind::Expr(key) = &item.key.kind {
                    visit(key);
                }
                visit(&item.value);
            }),
            ExprKind::Access(access) => {
                visit(&access.root);
                access.indexes().for_each(visit);
            }
            ExprKind::Unary(unary) => visit(&unary.operand),
            ExprKind::Binary(chain) => {
                visit(&chain.first);
                chain.rest.iter().for_each(|(_, _, operand)| visit(operand));
            }
            ExprKind::Conditional(it) => [&it.condition, &it.then, &it.otherwise].into_iter().for_each(visit),
            ExprKind::Call(call) => call.arguments.iter().for_each(visit),
            ExprKind::For(it) => {
                let keys = [it.result_key.as_ref(), it.condition.as_ref()].into_iter().flatten();
                [&it.collection, &it.result].into_iter().chain(keys).for_each(visit);
            }
        }
    }
}

impl Dotted {
    /// The words before and after the dot.
    #[must_use]
    pub fn words(&self) -> (&str, &str) {
        self.0.split_once('.').unwrap_or_default()
    }

    /// Converts to the general form, in an expression at `span`.
    #[must_use]
    pub fn access(&self, span: Span) -> Access {
        let (root, name) = self.words();
        let dot = span.start.saturating_add(u32::try_from(root.len()).unwrap_or(u32::MAX));
        let root = Expr { span: Span { end: dot, ..span }, kind: ExprKind::Variable(root.into()) };
        let step = Step { span: Span { start: dot, ..span }, kind: StepKind::Attribute(name.into()) };
        Access { root, steps: vec![step] }
    }
}

impl Access {
    /// The expressions in brackets.
    pub fn indexes(&self) -> impl Iterator<Item = &Expr> {
        self.steps.iter().filter_map(|step| match &step.kind {
            StepKind::Index(index) => Some(index),
            _ => None,
        })
    }
}

impl Part {
    fn for_each_expr<'e>(&'e self, visit: &mut impl FnMut(&'e Expr)) {
        match &self.kind {
            PartKind::Text(_) => {}
            PartKind::Interpolation(expr) => visit(expr),
            PartKind::If(it) => {
                visit(&it.condition);
                it.then.iter().chain(&it.otherwise).for_each(|part| part.for_each_expr(visit));
            }
            PartKind::For(it) => {
                visit(&it.collection);
                it.body.iter().for_each(|part| part.for_each_expr(visit));
            }
        }
    }
}

impl Binary {
    /// Its text in messages.
    #[must_use]
    pub fn quoted(self) -> &'static str {
        match self {
            Self::Or => "`||`",
            Self::And => "`&&`",
            Self::Equal => "`==`",
            Self::NotEqual => "`!=`",
            Self::Less => "`<`",
            Self::LessOrEqual => "`<=`",
            Self::Greater => "`>`",
            Self::GreaterOrEqual => "`>=`",
            Self::Add => "`+`",
            Self::Subtract => "`-`",
            Self::Multiply => "`*`",
            Self::Divide => "`/`",
            Self::Remainder => "`%`",
        }
    }

    /// Its text.
    #[must_use]
    pub fn symbol(self) -> &'static str {
        self.quoted().trim_matches('`')
    }

    /// Its precedence: 1 for `||` up to 6 for `*`.
    #[must_use]
    pub fn precedence(self) -> u8 {
        match self {
            Self::Or => 1,
            Self::And => 2,
            Self::Equal | Self::NotEqual => 3,
            Self::Less | Self::LessOrEqual | Self::Greater | Self::GreaterOrEqual => 4,
            Self::Add | Self::Subtract => 5,
            Self::Multiply | Self::Divide | Self::Remainder => 6,
        }
    }
}

/// `condition ? then : otherwise`.
#[derive(Clone, Debug)]
pub struct Conditional {
    /// The condition.
    pub condition: Expr,
    /// The result if true.
    pub then: Expr,
    /// The result if false.
    pub otherwise: Expr,
}

/// A function call.
#[derive(Clone, Debug)]
pub struct Call {
    /// The function.
    pub name: Name,
    /// The location of its name.
    pub name_span: Span,
    /// Its arguments.
    pub arguments: Vec<Expr>,
    /// Whether the last argument is followed by `...`: a list of further arguments.
    pub expand: bool,
}

/// A `for` expression.
#[derive(Clone, Debug)]
pub struct For {
    /// The name of the key or index.
    pub key: Option<Name>,
    /// The name of the element.
    pub value: Name,
    /// The collection.
    pub collection: Expr,
    /// The key of the object's item; `None` makes a list.
    pub result_key: Option<Expr>,
    /// The element or the item's value.
    pub result: Expr,
    /// `...`: values of equal keys are grouped in lists.
    pub grouped: bool,
    /// `if condition`.
    pub condition: Option<Expr>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_is_forty_bytes() {
        assert_eq!(size_of::<Expr>(), 40);
    }

    #[test]
    fn a_part_of_a_template_is_little_more_than_its_expression() {
        assert_eq!(size_of::<Part>(), 56);
    }
}
