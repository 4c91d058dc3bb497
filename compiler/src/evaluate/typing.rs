//! Types of values, and their unification, as in Terraform.

use super::conversion::is_convertible;
use super::{ListKind, Value, ValueKind};
use std::fmt;
use std::sync::{Arc, OnceLock};

/// A type, or a type constraint.
#[derive(Clone, Debug)]
pub enum Type {
    /// Any: the type of `null` and of the elements of an empty list, and `any` in a type constraint.
    Any,
    /// `string`.
    String,
    /// `number`.
    Number,
    /// `bool`.
    Bool,
    /// A reference to a block, which is never converted.
    Reference,
    /// `list(…)`.
    List(Arc<Self>),
    /// `set(…)`.
    Set(Arc<Self>),
    /// `map(…)`.
    Map(Arc<Self>),
    /// `tuple([…])`.
    Tuple(Arc<Structure<Self>>),
    /// `object({…})`, sorted by name.
    Object(Arc<Structure<Field>>),
}

/// The parts of a tuple or an object, and their unified type, which is computed once.
#[derive(Clone, Debug)]
pub struct Structure<P> {
    /// The parts, in order.
    pub parts: Box<[P]>,
    element: OnceLock<Option<Type>>,
    shared: OnceLock<Type>,
}

impl<P> From<Box<[P]>> for Structure<P> {
    fn from(parts: Box<[P]>) -> Self {
        Self { parts, element: OnceLock::new(), shared: OnceLock::new() }
    }
}

impl<P: Part> Structure<P> {
    /// The unified type of all parts, if there is one.
    pub(super) fn element(&self) -> Option<&Type> {
        let unified = || unify(self.parts.iter().map(Part::of));
        self.element.get_or_init(unified).as_ref()
    }

    /// The type that all parts have, which are of one collection: null among them does not show it.
    pub(super) fn shared(&self) -> &Type {
        let merged = || self.parts.iter().fold(Type::Any, |known, part| merged(known, part.of()));
        self.shared.get_or_init(merged)
    }

    /// Whether all parts have the type already.
    pub(super) fn is_uniformly(&self, of: &Type) -> bool {
        self.parts.iter().all(|part| part.of() == of || *part.of() == Type::Any)
    }
}

/// A part of a structure.
pub trait Part {
    /// Its type.
    fn of(&self) -> &Type;
}

impl Part for Type {
    fn of(&self) -> &Type {
        self
    }
}

impl Part for Field {
    fn of(&self) -> &Type {
        &self.of
    }
}

/// An attribute of an object type.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its name.
    pub name: Arc<str>,
    /// Its type.
    pub of: Type,
    /// Whether it is optional.
    pub optional: bool,
    /// Its default, used if it is omitted or null.
    pub default: Option<Value>,
}

impl Field {
    /// A required attribute.
    pub(super) fn new(name: Arc<str>, of: Type) -> Self {
        Self { name, of, optional: false, default: None }
    }
}

impl PartialEq for Type {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::List(left), Self::List(right))
            | (Self::Set(left), Self::Set(right))
            | (Self::Map(left), Self::Map(right)) => Arc::ptr_eq(left, right) || left == right,
            (Self::Tuple(left), Self::Tuple(right)) => Arc::ptr_eq(left, right) || left.parts == right.parts,
            (Self::Object(left), Self::Object(right)) => {
                let same = |(left, right): (&Field, &Field)| left.name == right.name && left.of == right.of;
                Arc::ptr_eq(left, right)
                    || (left.parts.len() == right.parts.len()
                        && left.parts.iter().zip(&right.parts).all(same))
            }
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }
}

impl fmt::Display for Type {
    /// As written in a variable's `type`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => out.write_str("any"),
            Self::String => out.write_str("string"),
            Self::Number => out.write_str("number"),
            Self::Bool => out.write_str("bool"),
            Self::Reference => out.write_str("reference"),
            Self::List(of) => write!(out, "list({of})"),
            Self::Set(of) => write!(out, "set({of})"),
            Self::Map(of) => write!(out, "map({of})"),
            Self::Tuple(_) => out.write_str("tuple"),
            Self::Object(_) => out.write_str("object"),
        }
    }
}

/// The type of a value. Those of lists and objects are computed once.
pub(super) fn type_of(kind: &ValueKind) -> Type {
    match kind {
        ValueKind::Null(_) | ValueKind::Failed => Type::Any,
        ValueKind::Bool(_) => Type::Bool,
        ValueKind::Number(_) => Type::Number,
        ValueKind::String(_) => Type::String,
        ValueKind::Reference(_) => Type::Reference,
        ValueKind::List(list) => match list.kind() {
            ListKind::Tuple => Type::Tuple(Arc::clone(list.types())),
            ListKind::List => Type::List(Arc::new(list.element_type())),
            ListKind::Set => Type::Set(Arc::new(list.element_type())),
        },
        ValueKind::Object(object) if object.is_map() => Type::Map(Arc::new(object.element_type())),
        ValueKind::Object(object) => Type::Object(Arc::clone(object.fields())),
    }
}

/// The unified type of these types; `None` if there is none. A value without a type, such as `null`, unifies with any, and
/// where one is among types that do not unify, nothing is converted. Nor is it next to a reference, which is never converted.
pub(super) fn unify<'t>(types: impl Iterator<Item = &'t Type>) -> Option<Type> {
    let mut distinct: Vec<&Type> = Vec::new();
    let mut has_any = false;
    for of in types {
        if *of == Type::Any {
            has_any = true;
        } else if distinct.last().is_none_or(|last| *last != of) {
            distinct.push(of);
        }
    }
    let Some((first, rest)) = distinct.split_first() else { return Some(Type::Any) };
    if rest.iter().all(|of| of == first) && (!has_any || is_primitive(first) || **first == Type::Reference) {
        return Some((*first).clone());
    }
    if distinct.contains(&&Type::Reference) {
        return Some(Type::Any);
    }
    // What null or an empty collection is to be among lists or objects is not known.
    if has_any && !distinct.iter().any(|of| is_primitive(of)) {
        return Some(Type::Any);
    }
    let unified = match first {
        Type::Any | Type::String | Type::Number | Type::Bool | Type::Reference => unify_primitives(&distinct),
        Type::List(_) | Type::Set(_) | Type::Tuple(_) => unify_lists(&distinct),
        Type::Map(_) | Type::Object(_) => unify_objects(&distinct),
    };
    unified.or_else(|| has_any.then_some(Type::Any))
}

fn is_primitive(of: &Type) -> bool {
    matches!(of, Type::String | Type::Number | Type::Bool)
}

/// Numbers and bools unify as strings, and with nothing else.
fn unify_primitives(types: &[&Type]) -> Option<Type> {
    (types.iter().all(|of| is_primitive(of)) && types.contains(&&Type::String)).then_some(Type::String)
}

/// Tuples of one length are unified element by element; otherwise all must have one element type.
fn unify_lists(types: &[&Type]) -> Option<Type> {
    let tuple = |of: &&Type| if let Type::Tuple(of) = of { Some(Arc::clone(of)) } else { None };
    let tuples: Vec<_> = types.iter().filter_map(tuple).collect();
    if tuples.len() == types.len()
        && let Some(first) = tuples.first()
        && tuples.iter().all(|tuple| tuple.parts.len() == first.parts.len())
    {
        let at = |index: usize| unify(tuples.iter().filter_map(|tuple| tuple.parts.get(index)));
        let parts: Option<Box<[Type]>> = (0..first.parts.len()).map(at).collect();
        return parts.map(|parts| Type::Tuple(Arc::new(parts.into())));
    }
    let sets = types.iter().any(|of| matches!(of, Type::Set(_)));
    let lists = types.iter().any(|of| matches!(of, Type::List(_)));
    if sets && lists && tuples.is_empty() {
        // Tuples become lists, like the others.
        let lists: Vec<_> = types.iter().filter(|of| matches!(of, Type::List(_))).copied().collect();
        return unify(lists.into_iter());
    }
    if sets && !lists {
        let mut of_sets = types.iter().filter(|of| matches!(of, Type::Set(_)));
        // Tuples become such a set, if that is possible.
        if let Some(set) = of_sets.next().filter(|first| of_sets.all(|of| of == *first))
            && types.iter().all(|of| is_convertible(of, set))
        {
            return Some((*set).clone());
        }
    }
    let collected = types.iter().filter_map(|of| match of {
        Type::List(element) | Type::Set(element) => Some((**element).clone()),
        _ => None,
    });
    let of_tuples = unify(tuples.iter().flat_map(|tuple| tuple.parts.iter()));
    let of_tuples = if tuples.is_empty() { Some(None) } else { of_tuples.map(Some) };
    let elements = of_tuples.map(|of_tuples| collected.chain(of_tuples).collect::<Vec<_>>());
    let element = match elements.and_then(|elements| unify(elements.iter())) {
        Some(element) => Arc::new(element),
        // Elements that do not unify may do so with a string or null of another list.
        None => Arc::new(unify(types.iter().flat_map(|of| parts_of(of)))?),
    };
    let known = types.iter().all(|of| matches!(of, Type::List(_) | Type::Set(_) | Type::Tuple(_)));
    let unified = if sets && !lists { Type::Set(element) } else { Type::List(element) };
    // A tuple becomes a set that is there, and makes no new one.
    let is_new = matches!(unified, Type::Set(_)) && !tuples.is_empty() && !types.contains(&&unified);
    (known && !is_new).then_some(unified)
}

/// Objects with the same attributes are unified one by one; otherwise all values must have one type, and it is a map.
fn unify_objects(types: &[&Type]) -> Option<Type> {
    let object = |of: &&Type| if let Type::Object(of) = of { Some(Arc::clone(of)) } else { None };
    let objects: Vec<_> = types.iter().filter_map(object).collect();
    if objects.len() == types.len()
        && let Some(first) = objects.first()
        && objects.iter().all(|object| object.names().eq(first.names()))
    {
        let at = |(index, field): (usize, &Field)| {
            let across = objects.iter().filter_map(|object| object.parts.get(index)).map(Part::of);
            Some(Field::new(Arc::clone(&field.name), unify(across)?))
        };
        let parts: Option<Box<[Field]>> = first.parts.iter().enumerate().map(at).collect();
        return parts.map(|parts| Type::Object(Arc::new(parts.into())));
    }
    let collected =
        types.iter().filter_map(|of| if let Type::Map(value) = of { Some((**value).clone()) } else { None });
    let of_objects = unify(objects.iter().flat_map(|object| object.parts.iter().map(Part::of)));
    let of_objects = if objects.is_empty() { Some(None) } else { of_objects.map(Some) };
    let values = of_objects.map(|of_objects| collected.chain(of_objects).collect::<Vec<_>>());
    let value = match values.and_then(|values| unify(values.iter())) {
        Some(value) => value,
        None => unify(types.iter().flat_map(|of| parts_of(of)))?,
    };
    let known = types.iter().all(|of| matches!(of, Type::Map(_) | Type::Object(_)));
    known.then(|| Type::Map(Arc::new(value)))
}

/// The type of two values of one collection: what the one does not show, the other may.
fn merged(known: Type, other: &Type) -> Type {
    if known == *other {
        return known;
    }
    match (&known, other) {
        (Type::Any, _) => other.clone(),
        (Type::List(left), Type::List(right)) => Type::List(Arc::new(merged((**left).clone(), right))),
        (Type::Set(left), Type::Set(right)) => Type::Set(Arc::new(merged((**left).clone(), right))),
        (Type::Map(left), Type::Map(right)) => Type::Map(Arc::new(merged((**left).clone(), right))),
        (Type::Tuple(left), Type::Tuple(right)) if left.parts.len() == right.parts.len() => {
            let parts = left.parts.iter().zip(&right.parts).map(|(left, right)| merged(left.clone(), right));
            Type::Tuple(Arc::new(parts.collect::<Box<[Type]>>().into()))
        }
        (Type::Object(left), Type::Object(right)) if left.names().eq(right.names()) => {
            let field = |(left, right): (&Field, &Field)| Field {
                of: merged(left.of.clone(), &right.of),
                ..left.clone()
            };
            let fields = left.parts.iter().zip(&right.parts).map(field);
            Type::Object(Arc::new(fields.collect::<Box<[Field]>>().into()))
        }
        _ => known,
    }
}

impl Type {
    /// Whether it is any, or any is in it.
    pub(super) fn has_any(&self) -> bool {
        match self {
            Self::Any => true,
            Self::List(of) | Self::Set(of) | Self::Map(of) => of.has_any(),
            Self::Tuple(types) => types.parts.iter().any(Self::has_any),
            Self::Object(fields) => fields.parts.iter().any(|field| field.of.has_any()),
            _ => false,
        }
    }
}

impl Structure<Field> {
    fn names(&self) -> impl Iterator<Item = &Arc<str>> {
        self.parts.iter().map(|field| &field.name)
    }
}

fn parts_of(of: &Type) -> Vec<&Type> {
    match of {
        Type::List(element) | Type::Set(element) | Type::Map(element) => vec![element],
        Type::Tuple(tuple) => tuple.parts.iter().collect(),
        Type::Object(object) => object.parts.iter().map(Part::of).collect(),
        _ => Vec::new(),
    }
}
