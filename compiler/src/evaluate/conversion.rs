//! Type conversions, as in Terraform: between strings and primitives, from tuples to lists and sets, between objects and
//! maps.

use super::budget::{self, Budget, Spent};
use super::typing::{Part, Structure, type_of, unify};
use super::{Evaluation, Field, List, ListKind, Member, NullType, Object, Type, Value, ValueKind};
use crate::diagnostic::source::Span;
use crate::language::number::Number;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Why a value cannot be converted to a type.
#[derive(Debug)]
pub(super) struct Mismatch {
    /// The location of the value.
    pub span: Span,
    /// Where it was written, if elsewhere.
    pub from: Option<Span>,
    wanted: String,
    found: String,
    /// Whether an object lacks a key of its type.
    is_missing_key: bool,
}

impl Mismatch {
    fn new(value: &Value, wanted: impl Into<String>) -> Self {
        let found = match &value.kind {
            ValueKind::Reference(reference) => format!("the reference `{reference}`"),
            ValueKind::String(text) if text.chars().count() <= SHOWN => {
                format!("\"{}\"", text.escape_debug())
            }
            kind => kind.name().to_owned(),
        };
        Self { span: value.span, from: value.from, wanted: wanted.into(), found, is_missing_key: false }
    }

    /// Whether an object lacks a key of its type.
    pub(super) fn is_missing_key(&self) -> bool {
        self.is_missing_key
    }

    /// The message, one line.
    pub(super) fn message(&self) -> String {
        format!("this must be {}, not {}", self.wanted, self.found)
    }

    /// The expected type, as messages describe it.
    pub(super) fn wanted(&self) -> &str {
        &self.wanted
    }

    /// The actual value, as messages describe it.
    pub(super) fn found(&self) -> &str {
        &self.found
    }
}

/// The maximum number of characters of a string in messages.
const SHOWN: usize = 40;

type Converted = Result<Value, Box<Mismatch>>;

/// Why a conversion fails.
enum Stop {
    Mismatch(Box<Mismatch>),
    Spent,
}

impl From<Box<Mismatch>> for Stop {
    fn from(mismatch: Box<Mismatch>) -> Self {
        Self::Mismatch(mismatch)
    }
}

impl From<Mismatch> for Stop {
    fn from(mismatch: Mismatch) -> Self {
        Self::Mismatch(mismatch.into())
    }
}

impl From<Spent> for Stop {
    fn from(_: Spent) -> Self {
        Self::Spent
    }
}

impl Evaluation<'_, '_> {
    /// The value converted to `to`; failed if the budget is exhausted.
    pub(super) fn converted(&mut self, value: &Value, to: &Type) -> Converted {
        let steps = if is_relabelled(value, to) { 1 } else { value.weight() };
        if value.has_failed() || self.charge_steps(steps, value.span).is_err() {
            return Ok(Value::failed(value.span));
        }
        let converted = match resorted(value, to) {
            Some(set) => Ok(set),
            None => Conversion { budget: &self.evaluator.budget }.convert(value, to),
        };
        match converted {
            // The default of an `optional` attribute is kept once, and weighs in every object that lacks it.
            Ok(converted) if self.allow_weight(converted.weight(), value.span).is_ok() => Ok(converted),
            Ok(_) => Ok(Value::failed(value.span)),
            Err(Stop::Mismatch(mismatch)) => Err(mismatch),
            Err(Stop::Spent) => {
                self.exceeded(value.span);
                Ok(Value::failed(value.span))
            }
        }
    }
}

/// A list as a set of the same elements. The caller charges for its elements.
fn resorted(value: &Value, to: &Type) -> Option<Value> {
    let (Type::Set(of), ValueKind::List(list)) = (to, &value.kind) else { return None };
    let of = element_type(of, || list.unified())?;
    let set = || ValueKind::List(super::order::set(list.to_vec(), &of));
    is_uniform(list.types(), &of).then(|| Value { kind: set(), ..value.clone() })
}

/// Whether a conversion changes only the kind of a list or map and shares its contents.
fn is_relabelled(value: &Value, to: &Type) -> bool {
    match (to, &value.kind) {
        (Type::List(of), ValueKind::List(list)) => {
            element_type(of, || list.unified()).is_some_and(|of| is_uniform(list.types(), &of))
        }
        (Type::Map(of), ValueKind::Object(object)) => {
            element_type(of, || object.unified()).is_some_and(|of| is_uniform(object.fields(), &of))
        }
        _ => false,
    }
}

/// Whether all parts have the type already. A null is of any, but where it may be a null list it is to be one.
fn is_uniform<P: Part>(parts: &Structure<P>, of: &Type) -> bool {
    let has_null = || parts.parts.iter().any(|part| *part.of() == Type::Any);
    let may_be_of_list = NullType::of(of) == NullType::Sequence && has_null();
    !of.has_any() && !may_be_of_list && parts.is_uniformly(of)
}

/// A deep conversion of a value. Every value and string is charged before it is created.
struct Conversion<'b> {
    budget: &'b Budget,
}

type Made = Result<Value, Stop>;

impl Conversion<'_> {
    /// The value converted to `to`, with its location. Null is null of any type.
    fn convert(&self, value: &Value, to: &Type) -> Made {
        let kind = match (to, &value.kind) {
            (Type::Any, _) | (_, ValueKind::Failed) => return Ok(value.clone()),
            (_, ValueKind::Null(_)) => Some(ValueKind::Null(NullType::of(to))),
            (Type::Reference, ValueKind::Reference(_)) => return Ok(value.clone()),
            (Type::String, ValueKind::String(_)) | (Type::Number, ValueKind::Number(_)) => {
                return Ok(value.clone());
            }
            (Type::String, _) => string(value).map(ValueKind::String),
            (Type::Number, _) => number(value).map(ValueKind::Number),
            (Type::Bool, _) => truth(value).map(ValueKind::Bool),
            (Type::List(of), ValueKind::List(list)) => {
                return self.elements(value, list, of, ListKind::List);
            }
            (Type::Set(of), ValueKind::List(list)) => return self.elements(value, list, of, ListKind::Set),
            (Type::Tuple(types), ValueKind::List(list)) if list.kind() == ListKind::Tuple => {
                return self.tuple(value, list, &types.parts);
            }
            (Type::Map(of), ValueKind::Object(object)) => return self.map(value, object, of),
            (Type::Object(fields), ValueKind::Object(object)) => {
                return self.attributes(value, object, &fields.parts);
            }
            _ => None,
        };
        let kind = kind.ok_or_else(|| Mismatch::new(value, wanted(to)))?;
        self.budget.bytes(match (&kind, &value.kind) {
            (ValueKind::String(text), _) | (ValueKind::Number(_), ValueKind::String(text)) => text.len(),
            _ => 0,
        })?;
        Ok(Value { kind, ..value.clone() })
    }

    fn elements(&self, value: &Value, list: &List, of: &Type, kind: ListKind) -> Made {
        let inconsistent = || Mismatch::new(value, "a list with elements of one type");
        let Some(of) = element_type(of, || list.unified()) else { return Err(inconsistent().into()) };
        if list.kind() != ListKind::Tuple && !is_convertible(&list.element_type(), &of) {
            return Err(Mismatch::new(value, wanted(&Type::List(Arc::new(of)))).into());
        }
        let is_uniform = is_uniform(list.types(), &of);
        if !is_uniform || kind == ListKind::Set {
            self.budget.values(budget::list(list.len()))?;
        }
        let (list, of) = if is_uniform {
            (list.clone(), of)
        } else {
            let elements: Result<Vec<_>, _> = list.iter().map(|element| self.convert(element, &of)).collect();
            let (elements, of) = self
                .unified(elements?, of, false)
                .map_err(|stop| stop.unwrap_or_else(|| inconsistent().into()))?;
            (List::new(list.kind(), elements), of)
        };
        // Conversion may make different values equal, also in a set.
        let list = if kind == ListKind::Set {
            super::order::set(list.to_vec(), &of)
        } else {
            list.retyped(kind, &of)
        };
        Ok(Value { kind: ValueKind::List(list), ..value.clone() })
    }

    /// Elements that were converted to a type in which any is, with one type that they all have.
    fn unified(
        &self,
        elements: Vec<Value>,
        of: Type,
        is_map: bool,
    ) -> Result<(Vec<Value>, Type), Option<Stop>> {
        let shows_type = elements.iter().any(|element| !matches!(element.kind, ValueKind::Null(_)));
        if !of.has_any() || !shows_type {
            return Ok((elements, of));
        }
        let types: Vec<_> = elements.iter().map(|element| type_of(&element.kind)).collect();
        let common = unify(types.iter()).ok_or(None)?;
        if common == Type::Any {
            let shared = types.iter().find(|of| **of != Type::Any);
            let is_one =
                shared.is_none_or(|shared| is_map && types.iter().all(|of| of == shared || *of == Type::Any));
            return if is_one || types.contains(&Type::Reference) {
                Ok((with_null_lists(elements), common))
            } else {
                Err(None)
            };
        }
        if types.iter().all(|of| *of == common) {
            return Ok((elements, common));
        }
        self.budget.values(elements.iter().map(Value::weight).sum()).map_err(|spent| Some(spent.into()))?;
        let elements =
            elements.iter().map(|element| self.convert(element, &common)).collect::<Result<Vec<_>, _>>();
        elements.map(|elements| (elements, common)).map_err(Some)
    }

    fn tuple(&self, value: &Value, list: &List, types: &[Type]) -> Made {
        if list.len() != types.len() {
            return Err(Mismatch::new(value, format!("a tuple of {}", types.len())).into());
        }
        self.budget.values(budget::list(list.len()))?;
        let elements: Result<Vec<_>, _> =
            list.iter().zip(types).map(|(element, of)| self.convert(element, of)).collect();
        Ok(Value { kind: ValueKind::List(List::tuple(elements?)), ..value.clone() })
    }

    fn map(&self, value: &Value, object: &Object, of: &Type) -> Made {
        let inconsistent = || Mismatch::new(value, "a map with values of one type");
        let Some(of) = element_type(of, || object.unified()) else { return Err(inconsistent().into()) };
        if object.is_map() && !is_convertible(&object.element_type(), &of) {
            return Err(Mismatch::new(value, wanted(&Type::Map(Arc::new(of)))).into());
        }
        let (object, of) = if is_uniform(object.fields(), &of) {
            (object.clone(), of)
        } else {
            self.budget.values(budget::object(object.len()))?;
            let values: Result<Vec<_>, _> =
                object.iter().map(|member| self.convert(&member.value, &of)).collect();
            let (values, of) = self
                .unified(values?, of, true)
                .map_err(|stop| stop.unwrap_or_else(|| inconsistent().into()))?;
            let member = |(member, value): (&Member, Value)| Member { value, ..member.clone() };
            (Object::new(object.iter().zip(values).map(member).collect()), of)
        };
        Ok(Value { kind: ValueKind::Object(object.retyped(&of)), ..value.clone() })
    }

    /// The attributes of the type; others are dropped. Where that may be a mistake, `variable.rs` reports them.
    fn attributes(&self, value: &Value, object: &Object, fields: &[Field]) -> Made {
        self.budget.values(budget::object(fields.len()))?;
        let given: BTreeMap<&str, &Member> = object
            .iter()
            .filter(|member| member.reference.is_none())
            .map(|member| (&*member.key, member))
            .collect();
        let mut members = Vec::with_capacity(fields.len());
        for field in fields {
            let member = given.get(&*field.name);
            let left_out = || Value::new(value.span, ValueKind::Null(NullType::of(&field.of)));
            let found = match (member, &field.default) {
                (Some(member), Some(default)) if matches!(member.value.kind, ValueKind::Null(_)) => {
                    default.clone()
                }
                (Some(member), _) => self.convert(&member.value, &field.of)?,
                (None, Some(default)) => default.clone(),
                (None, None) if field.optional => left_out(),
                (None, None) => {
                    let wanted = format!("an object with the attribute `{}`", field.name);
                    let mismatch = Mismatch::new(value, wanted);
                    let found = "one without".to_owned();
                    return Err(Mismatch { found, is_missing_key: true, ..mismatch }.into());
                }
            };
            let key_span = member.map_or(value.span, |member| member.key_span);
            members.push(Member { key: Arc::clone(&field.name), key_span, reference: None, value: found });
        }
        Ok(Value { kind: ValueKind::Object(Object::new(members)), ..value.clone() })
    }
}

/// Values of one type: where there is a list among them, a null is a null list.
fn with_null_lists(mut values: Vec<Value>) -> Vec<Value> {
    if values.iter().any(|value| NullType::like(&value.kind) == NullType::Sequence) {
        for value in values.iter_mut().filter(|value| matches!(value.kind, ValueKind::Null(_))) {
            value.kind = ValueKind::Null(NullType::Sequence);
        }
    }
    values
}

/// Whether values of a type can be converted to another, as far as types show it: that of an empty collection too.
pub(super) fn is_convertible(from: &Type, to: &Type) -> bool {
    use Type::{Any, Bool, List, Map, Number, Object, Reference, Set, String, Tuple};
    match (from, to) {
        (Any, _) | (_, Any) => true,
        (String | Number | Bool, String) | (String | Number, Number) | (String | Bool, Bool) => true,
        (Reference, Reference) => true,
        (List(from) | Set(from), List(to) | Set(to)) | (Map(from), Map(to)) => is_convertible(from, to),
        (Tuple(from), List(to) | Set(to)) => from.parts.iter().all(|from| is_convertible(from, to)),
        (Tuple(from), Tuple(to)) => {
            let mut parts = from.parts.iter().zip(&to.parts);
            from.parts.len() == to.parts.len() && parts.all(|(from, to)| is_convertible(from, to))
        }
        (Object(from), Map(to)) => from.parts.iter().all(|from| is_convertible(&from.of, to)),
        (Object(_) | Map(_), Object(_)) => true,
        _ => false,
    }
}

/// A string, or a number or bool as one.
pub(super) fn string(value: &Value) -> Option<Arc<str>> {
    match &value.kind {
        ValueKind::String(text) => Some(Arc::clone(text)),
        ValueKind::Number(number) => Some(number.to_string().into()),
        ValueKind::Bool(value) => Some(if *value { "true" } else { "false" }.into()),
        _ => None,
    }
}

/// A number, or a string that is one.
pub(super) fn number(value: &Value) -> Option<Number> {
    match &value.kind {
        ValueKind::Number(number) => Some(number.clone()),
        ValueKind::String(text) => Number::parse(text).ok(),
        _ => None,
    }
}

/// A bool, or a string that is one.
pub(super) fn truth(value: &Value) -> Option<bool> {
    match &value.kind {
        ValueKind::Bool(value) => Some(*value),
        ValueKind::String(text) => match &**text {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// The type for elements: for `any`, the one that all can be converted to.
fn element_type(of: &Type, unified: impl FnOnce() -> Option<Type>) -> Option<Type> {
    if *of == Type::Any { unified() } else { Some(of.clone()) }
}

/// A type, as messages describe it.
fn wanted(of: &Type) -> String {
    match of {
        Type::Any => "a value".to_owned(),
        Type::String => "a string".to_owned(),
        Type::Number => "a number".to_owned(),
        Type::Bool => "true or false".to_owned(),
        Type::Reference => "a reference".to_owned(),
        Type::List(of) => plural("a list", of),
        Type::Set(of) => plural("a set", of),
        Type::Map(of) => plural("a map", of),
        Type::Tuple(types) => format!("a tuple of {}", types.parts.len()),
        Type::Object(_) => "an object".to_owned(),
    }
}

fn plural(what: &str, of: &Type) -> String {
    match of {
        Type::Any => what.to_owned(),
        Type::String => format!("{what} of strings"),
        Type::Number => format!("{what} of numbers"),
        Type::Bool => format!("{what} of bools"),
        Type::Reference => format!("{what} of references"),
        Type::List(_) | Type::Tuple(_) => format!("{what} of lists"),
        Type::Set(_) => format!("{what} of sets"),
        Type::Map(_) => format!("{what} of maps"),
        Type::Object(_) => format!("{what} of objects"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::source::FileId;

    const NOWHERE: Span = Span { file: FileId(0), start: 0, end: 0 };

    fn value(kind: ValueKind) -> Value {
        Value::new(NOWHERE, kind)
    }

    fn number(of: usize) -> Value {
        value(ValueKind::Number(Number::parse(&of.to_string()).unwrap()))
    }

    /// `[100, 101, …]`.
    fn tuple(elements: usize) -> Value {
        value(ValueKind::List(List::tuple((100..100 + elements).map(number).collect())))
    }

    /// `{a100 = 100, a101 = 101, …}`.
    fn object(members: usize) -> Value {
        let member = |at: usize| Member {
            key: format!("a{at}").into(),
            key_span: NOWHERE,
            reference: None,
            value: number(at),
        };
        value(ValueKind::Object(Object::new((100..100 + members).map(member).collect())))
    }

    /// An object type with these attributes, each of which has a default.
    fn with_defaults(attributes: usize) -> Type {
        let field = |at: usize| Field {
            optional: true,
            default: Some(value(ValueKind::String("x".into()))),
            ..Field::new(format!("a{at}").into(), Type::String)
        };
        Type::Object(Arc::new((100..100 + attributes).map(field).collect::<Box<[_]>>().into()))
    }

    /// Whether the conversion is done where that much is left.
    fn is_done_with(bytes: usize, values: usize, from: &Value, to: &Type) -> bool {
        let budget = Budget::of(bytes, values);
        match (Conversion { budget: &budget }).convert(from, to) {
            Ok(_) => true,
            Err(Stop::Spent) => false,
            Err(Stop::Mismatch(mismatch)) => panic!("{}", mismatch.message()),
        }
    }

    /// Weights are looked at when a value is made; these charges end a conversion before it takes the memory.
    #[test]
    fn charges_everything_that_a_conversion_creates() {
        let (list, set, map) = (Arc::new(Type::String), Arc::new(Type::String), Arc::new(Type::String));
        let strings = Type::Tuple(Arc::new(vec![Type::String; 50].into_boxed_slice().into()));
        for (from, to, bytes, values) in [
            (tuple(50), Type::List(list), 150, budget::list(50)),
            (tuple(50), Type::Set(set), 150, budget::list(50)),
            (tuple(50), strings, 150, budget::list(50)),
            (object(50), Type::Map(map), 150, budget::object(50)),
            (object(50), with_defaults(50), 150, budget::object(50)),
            (object(0), with_defaults(50), 0, budget::object(50)),
            // Nothing is converted, but a set is sorted again.
            (tuple(50), Type::Set(Arc::new(Type::Number)), 0, budget::list(50)),
        ] {
            assert!(is_done_with(bytes, values, &from, &to), "{to} for {bytes} bytes and {values} values");
            assert!(!is_done_with(bytes, values - 1, &from, &to), "{to} for {} values", values - 1);
            assert!(
                bytes == 0 || !is_done_with(bytes - 1, values, &from, &to),
                "{to} for {} bytes",
                bytes - 1
            );
        }
    }
}
