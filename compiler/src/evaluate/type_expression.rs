//! Type constraints of variables, as in Terraform: `string`, `list(object({ name = string }))`.

use super::{Field, Type, Value};
use crate::diagnostic::source::Span;
use crate::diagnostic::{Finding, WRONG_TYPE};
use crate::language::suggest;
use crate::syntax::document::{Call, Expr, ExprKind, Item, KeyKind, Name, Part, PartKind};
use crate::syntax::parse_expression;
use std::sync::Arc;

/// Evaluates the default of an `optional(…)` of that type.
type Defaults<'f> = dyn FnMut(&Expr, &Type) -> Option<Value> + 'f;

type Parsed<T> = Result<T, Box<Finding>>;

const NAMES: &[&str] = &["string", "number", "bool", "any", "list", "set", "map", "object", "tuple"];

/// Parses a type. The parser limits its nesting.
pub(super) fn constraint(expr: &Expr, defaults: &mut Defaults) -> Parsed<Type> {
    match &expr.kind {
        // In JSON a type is a string.
        ExprKind::String(text) => {
            let start = expr.span.start.saturating_add(1).min(expr.span.end);
            let inner = parse_expression(Span { start, ..expr.span }, text)?;
            match inner.kind {
                ExprKind::String(_) => Err(no_type(expr.span)),
                _ => inner_constraint(&inner, defaults),
            }
        }
        ExprKind::Template(parts) => match &**parts {
            [Part { kind: PartKind::Interpolation(inner), .. }] => inner_constraint(inner, defaults),
            _ => Err(no_type(expr.span)),
        },
        _ => inner_constraint(expr, defaults),
    }
}

/// A type without quotes.
fn inner_constraint(expr: &Expr, defaults: &mut Defaults) -> Parsed<Type> {
    match &expr.kind {
        ExprKind::Variable(name) => named(name, expr.span),
        ExprKind::Call(call) => constructed(call, expr.span, defaults),
        _ => Err(no_type(expr.span)),
    }
}

fn no_type(span: Span) -> Box<Finding> {
    let finding = Finding::new(&WRONG_TYPE, span, "not a type");
    finding.help("write a type such as `string`, `list(string)` or `object({ name = string })`").into()
}

fn named(name: &str, span: Span) -> Parsed<Type> {
    Ok(match name {
        "string" => Type::String,
        "number" => Type::Number,
        "bool" => Type::Bool,
        "any" => Type::Any,
        // Short forms that Terraform still accepts.
        "list" => Type::List(Arc::new(Type::Any)),
        "map" => Type::Map(Arc::new(Type::Any)),
        _ => return Err(unknown(name, span)),
    })
}

fn unknown(name: &str, span: Span) -> Box<Finding> {
    let message = match name {
        "set" | "object" | "tuple" => format!("`{name}` needs type arguments"),
        "optional" => "`optional` is only allowed for attributes of an `object`".to_owned(),
        _ => format!("there is no type `{name}`"),
    };
    let help = match name {
        "object" => "write `object({ name = string })`".to_owned(),
        "tuple" => "write `tuple([string, number])`".to_owned(),
        "set" => "write `set(string)`".to_owned(),
        _ => match suggest::closest(name, NAMES.iter().copied()) {
            Some(close) => format!("did you mean `{close}`?"),
            None => "types are `string`, `number`, `bool`, `any`, `list(…)`, `set(…)`, `map(…)`, `object({…})` and `tuple([…])`"
                .to_owned(),
        },
    };
    Finding::new(&WRONG_TYPE, span, message).help(help).into()
}

fn constructed(call: &Call, span: Span, defaults: &mut Defaults) -> Parsed<Type> {
    let argument = match &*call.arguments {
        [argument] if !call.expand => argument,
        _ if NAMES.contains(&&*call.name) => {
            let message = format!("`{}` takes one type", call.name);
            return Err(Finding::new(&WRONG_TYPE, span, message).into());
        }
        _ => return Err(unknown(&call.name, call.name_span)),
    };
    Ok(match &*call.name {
        "list" => Type::List(Arc::new(inner_constraint(argument, defaults)?)),
        "set" => Type::Set(Arc::new(inner_constraint(argument, defaults)?)),
        "map" => Type::Map(Arc::new(inner_constraint(argument, defaults)?)),
        "tuple" => {
            let ExprKind::List(elements) = &argument.kind else {
                let finding = Finding::new(&WRONG_TYPE, argument.span, "`tuple` takes a list of types");
                return Err(finding.help("write `tuple([string, number])`").into());
            };
            let types: Parsed<Box<[Type]>> =
                elements.iter().map(|element| inner_constraint(element, defaults)).collect();
            Type::Tuple(Arc::new(types?.into()))
        }
        "object" => {
            let ExprKind::Object(items) = &argument.kind else {
                let finding =
                    Finding::new(&WRONG_TYPE, argument.span, "`object` takes attributes with types");
                return Err(finding.help("write `object({ name = string })`").into());
            };
            object(items, defaults)?
        }
        name => return Err(unknown(name, call.name_span)),
    })
}

fn object(items: &[Item], defaults: &mut Defaults) -> Parsed<Type> {
    let mut fields = Vec::with_capacity(items.len());
    for item in items {
        let is_bare = |name: &Name| item.key.span.range().len() == name.len() || !name.is_ascii();
        let name = if let KeyKind::Plain(name) = &item.key.kind {
            Some(name).filter(|name| is_bare(name))
        } else {
            None
        };
        let Some(name) = name else {
            return Err(
                Finding::new(&WRONG_TYPE, item.key.span, "an attribute name must be an identifier").into()
            );
        };
        fields.push((field(Arc::clone(name), &item.value, defaults)?, item.key.span));
    }
    fields.sort_by(|(left, _), (right, _)| left.name.cmp(&right.name));
    let twins = fields.windows(2).find_map(|pair| match pair {
        [(left, first), (right, span)] if left.name == right.name => {
            Some(crate::syntax::duplicate_name("attribute", &left.name, *span, *first))
        }
        _ => None,
    });
    match twins {
        Some(finding) => Err(finding.into()),
        None => {
            let fields: Box<[Field]> = fields.into_iter().map(|(field, _)| field).collect();
            Ok(Type::Object(Arc::new(fields.into())))
        }
    }
}

fn field(name: Arc<str>, expr: &Expr, defaults: &mut Defaults) -> Parsed<Field> {
    let ExprKind::Call(call) = &expr.kind else {
        return Ok(Field::new(name, inner_constraint(expr, defaults)?));
    };
    if &*call.name != "optional" {
        return Ok(Field::new(name, inner_constraint(expr, defaults)?));
    }
    match &*call.arguments {
        [of] => Ok(Field::optional(name, inner_constraint(of, defaults)?, None)),
        [of, default] => {
            let of = inner_constraint(of, defaults)?;
            let default = defaults(default, &of);
            Ok(Field::optional(name, of, default))
        }
        _ => {
            let message = "`optional` takes a type and optionally a default";
            Err(Finding::new(&WRONG_TYPE, expr.span, message).into())
        }
    }
}
