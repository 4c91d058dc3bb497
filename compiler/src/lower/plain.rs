//! Attributes whose value is what is written: literals, declared Namespaces, and lists and objects of these. Policies
//! consist of little else. Such a value is read where it stands and not evaluated, though that is paid for alike; one with
//! anything wrong in it is evaluated, which reports what that is.

use super::fields::{Field, Fields};
use super::names::Names;
use crate::document::{Expr, ExprKind, Item, KeyKind, Name};
use crate::evaluate::{Cost, Evaluator};
use crate::policy::{DeclaredCallers, Use};
use schema::block::{Attribute, Backend, Type};
use schema::name::NamespaceId;

/// How many keys of an object are compared with each other: one with more is evaluated.
const FEW: usize = 12;

/// What reading values takes.
pub struct Reading<'n, 'd> {
    pub names: &'n Names<'d>,
    pub backend: Backend,
}

impl Reading<'_, '_> {
    /// An attribute as it is written, paid for as if it had been evaluated; `None` where it has to be.
    pub fn attribute<'b>(
        &self,
        expr: &'b Expr,
        known: &Attribute,
        evaluator: &Evaluator,
    ) -> Option<Field<'b>> {
        if known.only.is_some_and(|only| only != self.backend) {
            return None;
        }
        let (field, cost) = self.field(expr, known.of)?;
        evaluator.spares(cost).then_some(field)
    }

    /// What a written value means, and what evaluating it costs.
    fn field<'b>(&self, expr: &'b Expr, of: Type) -> Option<(Field<'b>, Cost)> {
        match (of, &expr.kind) {
            (Type::Namespace, _) => {
                let (used, cost) = self.namespace(expr)?;
                Some((Field::Namespace(used), cost))
            }
            (Type::Namespaces, ExprKind::List(elements)) => {
                let (used, cost) = self.namespaces(elements)?;
                let listed =
                    DeclaredCallers { span: expr.span, written_empty: used.is_empty(), namespaces: used };
                Some((Field::Namespaces(listed), cost))
            }
            (Type::Texts | Type::Words(_), ExprKind::List(elements)) => {
                let is_right = |element: &Expr| is_text(&element.kind, of);
                elements.iter().all(is_right).then(|| (Field::Written(expr), of_literals(elements)))
            }
            (Type::TextMap, ExprKind::Object(items)) => {
                let are_texts = items.iter().all(|item| is_text(&item.value.kind, Type::Text));
                let cost =
                    || items.iter().fold(Cost::of_object(items.len()), |sum, _| sum.with(Cost::LITERAL));
                (are_texts && are_distinct(items)).then(|| (Field::Written(expr), cost()))
            }
            (Type::Object(table), ExprKind::Object(items)) => {
                let (fields, cost) = self.object(items, table)?;
                Some((Field::Object(expr.span.into(), fields), cost))
            }
            (Type::Text | Type::Date | Type::Word(_), kind) if is_text(kind, of) => literal(expr),
            (Type::Bool, ExprKind::Bool(_)) => literal(expr),
            (Type::Count, ExprKind::Number(number)) if number.to_usize().is_some() => literal(expr),
            _ => None,
        }
    }

    fn namespace(&self, expr: &Expr) -> Option<(Use<NamespaceId>, Cost)> {
        match &expr.kind {
            ExprKind::String(text) => {
                let id = self.names.namespace_named(text)?;
                Some((Use::new(expr.span.into(), id), Cost::LITERAL))
            }
            ExprKind::Dotted(dotted) => {
                let id = self.names.namespace_referred_to(dotted)?;
                Some((Use::new(expr.span.into(), id), Cost::REFERENCE))
            }
            _ => None,
        }
    }

    fn namespaces(&self, elements: &[Expr]) -> Option<(Vec<Use<NamespaceId>>, Cost)> {
        let mut used = Vec::with_capacity(elements.len());
        let mut sum = Cost::of_list(elements.len());
        for element in elements {
            let (namespace, cost) = self.namespace(element)?;
            used.push(namespace);
            sum = sum.with(cost);
        }
        Some((used, sum))
    }

    /// An object with all that it needs and nothing that it may not have.
    fn object<'b>(&self, items: &'b [Item], table: &'static [Attribute]) -> Option<(Fields<'b>, Cost)> {
        if !are_distinct(items) {
            return None;
        }
        let mut fields = Fields::with_capacity(items.len());
        let mut sum = Cost::of_object(items.len());
        for item in items {
            let name = plain(item)?;
            let attribute = table.iter().find(|attribute| *attribute.name == **name)?;
            if attribute.only.is_some_and(|only| only != self.backend) {
                return None;
            }
            let (field, cost) = self.field(&item.value, attribute.of)?;
            fields.give(attribute.name, field);
            sum = sum.with(cost);
        }
        let mut needed = table.iter().filter(|attribute| attribute.required.on(self.backend));
        needed.all(|attribute| fields.given(attribute.name)).then_some((fields, sum))
    }
}

fn literal(expr: &Expr) -> Option<(Field<'_>, Cost)> {
    Some((Field::Written(expr), Cost::LITERAL))
}

fn of_literals(elements: &[Expr]) -> Cost {
    elements.iter().fold(Cost::of_list(elements.len()), |sum, _| sum.with(Cost::LITERAL))
}

/// Whether it is a string, and one of the words where there is a choice.
fn is_text(kind: &ExprKind, of: Type) -> bool {
    match (kind, of) {
        (ExprKind::String(text), Type::Word(words) | Type::Words(words)) => words.contains(&&**text),
        (ExprKind::String(_), _) => true,
        _ => false,
    }
}

fn plain(item: &Item) -> Option<&Name> {
    match &item.key.kind {
        KeyKind::Plain(name) => Some(name),
        KeyKind::Expr(_) => None,
    }
}

/// Whether all keys are plain, and each is given once.
fn are_distinct(items: &[Item]) -> bool {
    let is_new = |(index, item): (usize, &Item)| {
        let name = plain(item);
        name.is_some() && items.iter().take(index).all(|before| plain(before) != name)
    };
    items.len() <= FEW && items.iter().enumerate().all(is_new)
}

#[cfg(test)]
mod tests;
