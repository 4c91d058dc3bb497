//! `for`, in lists, in objects and in templates.

use super::{Evaluation, List, ListKind, Member, Object, Reference, Value, ValueKind};
use crate::diagnostic::source::Span;
use crate::diagnostic::{Code, DUPLICATE_NAME, EVALUATION, Finding, Findings, WRONG_TYPE};
use crate::syntax::document::{For, Name};
use std::collections::HashMap;
use std::sync::Arc;

/// Whether there was a collection to iterate over.
pub(super) enum Walked {
    Elements,
    Nothing,
}

/// The names that `for` gives to the key and the value of an element.
pub(super) type Names<'f> = (&'f Option<Name>, &'f Name);

impl Evaluation<'_, '_> {
    pub(super) fn comprehension(&mut self, of: &For, span: Span) -> ValueKind {
        match &of.result_key {
            None => self.for_list(of, span),
            Some(_) => self.for_object(of, span),
        }
    }

    fn for_list(&mut self, of: &For, span: Span) -> ValueKind {
        let mut elements = Vec::new();
        let walked = self.walk((&of.key, &of.value), &of.collection, span, |evaluation| {
            if evaluation.is_wanted(of)? {
                let element = evaluation.value(&of.result);
                evaluation.charge_values(1, span)?;
                elements.push(element);
            }
            Ok(())
        });
        match walked {
            Ok(Walked::Elements) => self.list_of(ListKind::Tuple, elements, span),
            Ok(Walked::Nothing) => ValueKind::List(List::tuple(Vec::new())),
            Err(()) => ValueKind::Failed,
        }
    }

    fn for_object(&mut self, of: &For, span: Span) -> ValueKind {
        let mut items = Items::default();
        let mut failed = false;
        let walked = self.walk((&of.key, &of.value), &of.collection, span, |evaluation| {
            if evaluation.is_wanted(of)? {
                evaluation.charge_values(2, span)?;
                failed |= evaluation.item(of, &mut items).is_err();
            }
            Ok(())
        });
        match walked {
            Ok(Walked::Elements) if !failed => self.object_of(items.into_members(of.grouped), span),
            Ok(Walked::Nothing) => ValueKind::Object(Object::new(Vec::new())),
            _ => ValueKind::Failed,
        }
    }

    /// One item. A duplicate key is an error unless items are grouped.
    fn item(&mut self, of: &For, items: &mut Items) -> Result<(), ()> {
        let Some(expr) = &of.result_key else { return Err(()) };
        let key = self.value(expr);
        let value = self.value(&of.result);
        let span = key.span;
        let (text, reference) = self.key_of(key, "a key").ok_or(())?;
        let first = items.add(text, span, reference, value);
        if let Some((text, first)) = first.filter(|_| !of.grouped) {
            let message = format!("two elements have the key `{text}`");
            let finding = Finding::new(&DUPLICATE_NAME, span, message);
            let finding = finding.related((first != span).then_some(first), "the first is here");
            self.findings.push(finding.help("group their values with `...`, or use unique keys"));
            return Err(());
        }
        Ok(())
    }

    fn is_wanted(&mut self, of: &For) -> Result<bool, ()> {
        let Some(condition) = &of.condition else { return Ok(true) };
        let value = self.value(condition);
        match self.truth(value, "the condition of `for`") {
            Some(wanted) => Ok(wanted),
            // Reported for this element; others may be valid.
            None => Ok(false),
        }
    }

    /// Runs `body` for each element of a collection. If it is empty, `body` runs once to check its names, and its result must
    /// be dropped.
    pub(super) fn walk(
        &mut self,
        names: Names<'_>,
        collection: &crate::syntax::document::Expr,
        span: Span,
        mut body: impl FnMut(&mut Evaluation<'_, '_>) -> Result<(), ()>,
    ) -> Result<Walked, ()> {
        let value = self.value(collection);
        let elements = self.elements_of(&value);
        if elements.as_ref().is_none_or(Vec::is_empty) {
            let unknown = Value::failed(span);
            self.names_only(|evaluation| {
                evaluation.with_names(names, (unknown.clone(), unknown.clone()), |evaluation| {
                    let _ = body(evaluation);
                });
            });
            return if elements.is_some() { Ok(Walked::Nothing) } else { Err(()) };
        }
        let mut caps = Caps::new(self.findings.len(), self.names.len());
        for (key, element) in elements.into_iter().flatten() {
            self.charge_expression(span)?;
            self.with_names(names, (key, element), &mut body)?;
            caps.limit(self.findings, self.names);
        }
        Ok(Walked::Elements)
    }

    fn with_names<T>(
        &mut self,
        (key_name, value_name): Names<'_>,
        (key, value): (Value, Value),
        body: impl FnOnce(&mut Evaluation<'_, '_>) -> T,
    ) -> T {
        let known = self.scope.len();
        self.scope.extend(key_name.iter().map(|name| (Name::clone(name), key.clone())));
        self.scope.push((Name::clone(value_name), value));
        let result = body(self);
        self.scope.truncate(known);
        result
    }

    /// The elements with their keys: indexes for lists, the elements themselves for sets, sorted keys for objects.
    fn elements_of(&mut self, value: &Value) -> Option<Vec<(Value, Value)>> {
        let span = value.span;
        if self.charge_steps(value_len(&value.kind), span).is_err() {
            return None;
        }
        match &value.kind {
            ValueKind::Failed => None,
            ValueKind::List(list) if list.is_set() => {
                Some(list.iter().map(|element| (element.clone(), element.clone())).collect())
            }
            ValueKind::List(list) => {
                let numbered = list.iter().enumerate().map(|(index, element)| {
                    (Value::new(element.written(), ValueKind::Number(index.into())), element.clone())
                });
                Some(numbered.collect())
            }
            ValueKind::Object(object) => {
                let key = |member: &Member| match &member.reference {
                    Some(reference) => ValueKind::Reference(Arc::clone(reference)),
                    None => ValueKind::String(Arc::clone(&member.key)),
                };
                let keyed = object
                    .sorted()
                    .map(|member| (Value::new(member.key_span, key(member)), member.value.clone()));
                Some(keyed.collect())
            }
            kind => {
                let code = if matches!(kind, ValueKind::Null(_)) { &EVALUATION } else { &WRONG_TYPE };
                let message = format!("`for` iterates over a list, set, map or object, not {}", kind.name());
                self.refuse(value.place(span).finding(code, message))
            }
        }
    }
}

fn value_len(kind: &ValueKind) -> usize {
    match kind {
        ValueKind::List(list) => list.len(),
        ValueKind::Object(object) => object.len(),
        _ => 0,
    }
}

/// The items of an object, grouped by key.
#[derive(Default)]
struct Items {
    places: HashMap<(Arc<str>, Option<Arc<Reference>>), usize>,
    items: Vec<Item>,
}

struct Item {
    key: Arc<str>,
    key_span: Span,
    reference: Option<Arc<Reference>>,
    values: Vec<Value>,
}

impl Items {
    /// Adds an item, and returns the key and location of an earlier one with the same key.
    fn add(
        &mut self,
        key: Arc<str>,
        key_span: Span,
        reference: Option<Arc<Reference>>,
        value: Value,
    ) -> Option<(Arc<str>, Span)> {
        let place = self.places.entry((Arc::clone(&key), reference.clone())).or_insert(self.items.len());
        if let Some(item) = self.items.get_mut(*place) {
            item.values.push(value);
            return Some((key, item.key_span));
        }
        self.items.push(Item { key, key_span, reference, values: vec![value] });
        None
    }

    fn into_members(self, grouped: bool) -> Vec<Member> {
        let member = |Item { key, key_span, reference, mut values }: Item| {
            let value = match (grouped, values.pop()) {
                (false, Some(value)) => value,
                (_, last) => {
                    values.extend(last);
                    Value::new(key_span, ValueKind::List(List::tuple(values)))
                }
            };
            Member { key, key_span, reference, value }
        };
        self.items.into_iter().map(member).collect()
    }
}

/// Limits how often an error that every element has is reported.
pub(super) struct Caps {
    seen: HashMap<(&'static Code, Option<Span>), usize>,
    findings: usize,
    names: usize,
}

/// The maximum number of findings of one code at one location.
const KEPT: usize = 10;

impl Caps {
    /// Limits findings after this many.
    pub(super) fn new(findings: usize, names: usize) -> Self {
        Self { seen: HashMap::new(), findings, names }
    }

    /// Drops findings of the last element that were reported for enough others.
    pub(super) fn limit(&mut self, findings: &mut Findings, names: &mut Findings) {
        for (found, before) in [(findings, &mut self.findings), (names, &mut self.names)] {
            if found.len() == *before {
                continue;
            }
            let kept: Vec<_> = found
                .drain(*before..)
                .filter(|finding| {
                    let count = self.seen.entry((finding.code, finding.span)).or_insert(0);
                    *count += 1;
                    *count <= KEPT
                })
                .collect();
            found.extend(kept);
            *before = found.len();
        }
    }
}

impl Evaluation<'_, '_> {
    /// An object of these members, unless it is too large.
    pub(super) fn object_of(&mut self, members: Vec<Member>, span: Span) -> ValueKind {
        let object = Object::new(members);
        match self.allow_weight(object.weight(), span) {
            Ok(()) => ValueKind::Object(object),
            Err(()) => ValueKind::Failed,
        }
    }

    /// A list of these elements, unless it is too large.
    pub(super) fn list_of(&mut self, kind: ListKind, elements: Vec<Value>, span: Span) -> ValueKind {
        let list = List::new(kind, elements);
        match self.allow_weight(list.weight(), span) {
            Ok(()) => ValueKind::List(list),
            Err(()) => ValueKind::Failed,
        }
    }
}
