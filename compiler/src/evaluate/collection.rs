//! Lists and objects. Their contents are shared and immutable, and their size, type and key order are computed once.

use super::order::{compare, equal};
use super::typing::{Field, Structure, Type, type_of};
use super::{Member, Reference, Value, ValueKind};
use std::cmp::Ordering;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

/// The kind of a list. Elements of lists and sets have one type; those of a set are unique and sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListKind {
    /// As written in brackets: elements of any types.
    Tuple,
    /// Elements of one type.
    List,
    /// Elements of one type, sorted and unique.
    Set,
}

/// A list, tuple or set.
#[derive(Clone, Debug)]
pub struct List {
    kind: ListKind,
    shared: Arc<Elements>,
}

#[derive(Debug)]
struct Elements {
    values: Vec<Value>,
    weight: usize,
    failed: bool,
    /// The type of the elements of a list or set that has none but null.
    element: Option<Type>,
    types: OnceLock<Arc<Structure<Type>>>,
    sorted: OnceLock<Sorted>,
}

/// The steps for sorting an element.
pub(super) const SORTING: usize = 8;

/// The index for searching a list.
#[derive(Debug)]
struct Sorted {
    /// The positions of the elements, sorted by value.
    order: Box<[u32]>,
    /// The first element that is a reference, and the first that is neither that nor null.
    kinds: (Option<u32>, Option<u32>),
}

impl List {
    /// A list of this kind; the elements of a set are sorted and distinct already.
    #[must_use]
    pub fn new(kind: ListKind, values: Vec<Value>) -> Self {
        Self::with(kind, values, None)
    }

    /// A list or set of elements of this type. If there are none, or only null, it keeps the type.
    #[must_use]
    pub fn typed(kind: ListKind, values: Vec<Value>, of: &Type) -> Self {
        let is_open = *of != Type::Any && is_untyped(values.iter());
        Self::with(kind, values, is_open.then(|| of.clone()))
    }

    fn with(kind: ListKind, mut values: Vec<Value>, element: Option<Type>) -> Self {
        values.shrink_to_fit();
        let weight = values.iter().fold(1_usize, |sum, value| sum.saturating_add(value.weight()));
        let failed = values.iter().any(Value::has_failed);
        let (types, sorted) = (OnceLock::new(), OnceLock::new());
        let shared = Elements { values, weight, failed, element, types, sorted };
        Self { kind, shared: Arc::new(shared) }
    }

    /// A list written in brackets.
    #[must_use]
    pub fn tuple(values: Vec<Value>) -> Self {
        Self::new(ListKind::Tuple, values)
    }

    /// The same elements as a list of another kind; not for sets, which are sorted.
    #[must_use]
    pub fn into_kind(self, kind: ListKind) -> Self {
        Self { kind, ..self }
    }

    /// The same elements as a list or set of elements of this type; not for sets, which are sorted.
    #[must_use]
    pub(super) fn retyped(self, kind: ListKind, of: &Type) -> Self {
        if is_untyped(self.iter()) { Self::typed(kind, self.to_vec(), of) } else { self.into_kind(kind) }
    }

    /// Some of the elements as a list or set, which keeps the type of the elements.
    pub(super) fn of_same_type(&self, kind: ListKind, values: Vec<Value>) -> Self {
        Self::typed(kind, values, &self.element_type())
    }

    /// The unified type of the elements; any if there is none.
    pub(super) fn element_type(&self) -> Type {
        self.unified().unwrap_or(Type::Any)
    }

    /// The unified type of the elements, if there is one.
    pub(super) fn unified(&self) -> Option<Type> {
        match &self.shared.element {
            _ if self.kind == ListKind::Tuple => self.types().element().cloned(),
            Some(of) => Some(of.clone()),
            None => Some(self.types().shared().clone()),
        }
    }

    /// The kind.
    #[must_use]
    pub fn kind(&self) -> ListKind {
        self.kind
    }

    /// Whether it is a set.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.kind == ListKind::Set
    }

    /// The number of values in it, including itself; shared ones count at each use.
    #[must_use]
    pub fn weight(&self) -> usize {
        self.shared.weight
    }

    /// Whether anything in it failed.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.shared.failed
    }

    /// The types of the elements.
    pub(super) fn types(&self) -> &Arc<Structure<Type>> {
        let types = || self.iter().map(|value| type_of(&value.kind)).collect::<Box<[Type]>>();
        self.shared.types.get_or_init(|| Arc::new(types().into()))
    }
}

impl List {
    /// Whether an element equals `value`. Sorts the elements on first use.
    pub(super) fn holds(&self, value: &Value) -> bool {
        let at = |place: &u32| self.get(*place as usize);
        let by_value = |place: &u32| at(place).map_or(Ordering::Less, |element| compare(element, value));
        let order = &self.sorted().order;
        let start = order.partition_point(|place| by_value(place) == Ordering::Less);
        let equals = order.iter().skip(start).take_while(|place| by_value(place) == Ordering::Equal);
        equals.filter_map(at).any(|element| equal(element, value))
    }

    /// The steps for preparing a search: none if it is prepared.
    pub(super) fn search_cost(&self) -> usize {
        if self.shared.sorted.get().is_some() { 0 } else { SORTING.saturating_mul(self.len()) }
    }

    /// An element that is a reference, and one that is neither a reference nor null.
    pub(super) fn kinds(&self) -> (Option<&Value>, Option<&Value>) {
        let (reference, other) = self.sorted().kinds;
        let at = |place: u32| self.get(place as usize);
        (reference.and_then(at), other.and_then(at))
    }

    fn sorted(&self) -> &Sorted {
        self.shared.sorted.get_or_init(|| {
            let places = 0..u32::try_from(self.len()).unwrap_or(u32::MAX);
            let mut order: Vec<u32> = places.clone().collect();
            order.sort_by(|left, right| match (self.get(*left as usize), self.get(*right as usize)) {
                (Some(left), Some(right)) => compare(left, right),
                _ => Ordering::Equal,
            });
            let first = |wanted: fn(&ValueKind) -> bool| {
                places.clone().find(|place| self.get(*place as usize).is_some_and(|it| wanted(&it.kind)))
            };
            let reference = first(|kind| matches!(kind, ValueKind::Reference(_)));
            let other = first(|kind| !matches!(kind, ValueKind::Reference(_) | ValueKind::Null(_)));
            Sorted { order: order.into(), kinds: (reference, other) }
        })
    }
}

impl Deref for List {
    type Target = [Value];

    fn deref(&self) -> &[Value] {
        &self.shared.values
    }
}

/// An object or map. It derefs to its members in the order written.
#[derive(Clone, Debug)]
pub struct Object {
    is_map: bool,
    shared: Arc<Members>,
}

#[derive(Debug)]
struct Members {
    members: Vec<Member>,
    weight: usize,
    failed: bool,
    /// The type of the values of a map that has none but null.
    element: Option<Type>,
    /// The positions of the members, sorted by key.
    order: OnceLock<Box<[u32]>>,
    fields: OnceLock<Arc<Structure<Field>>>,
}

/// Up to how many members are searched linearly; with more, an index searched by their order.
const FEW: usize = 8;

impl Object {
    /// An object as written in braces; each key once.
    #[must_use]
    pub fn new(members: Vec<Member>) -> Self {
        Self::with(members, None)
    }

    /// A map of values of this type. If there are none, or only null, it keeps the type.
    #[must_use]
    pub fn typed(members: Vec<Member>, of: &Type) -> Self {
        let is_open = *of != Type::Any && is_untyped(members.iter().map(|member| &member.value));
        Self::with(members, is_open.then(|| of.clone())).into_map()
    }

    /// The same members as a map of values of this type.
    pub(super) fn retyped(self, of: &Type) -> Self {
        let is_open = is_untyped(self.iter().map(|member| &member.value));
        if is_open { Self::typed(self.to_vec(), of) } else { self.into_map() }
    }

    /// The unified type of the values; any if there is none.
    pub(super) fn element_type(&self) -> Type {
        self.unified().unwrap_or(Type::Any)
    }

    /// The unified type of the values, if there is one.
    pub(super) fn unified(&self) -> Option<Type> {
        match &self.shared.element {
            _ if !self.is_map => self.fields().element().cloned(),
            Some(of) => Some(of.clone()),
            None => Some(self.fields().shared().clone()),
        }
    }

    fn with(members: Vec<Member>, element: Option<Type>) -> Self {
        let weight =
            members.iter().fold(1_usize, |sum, member| sum.saturating_add(1 + member.value.weight()));
        let failed = members.iter().any(|member| member.value.has_failed());
        let (order, fields) = (OnceLock::new(), OnceLock::new());
        let shared = Members { members, weight, failed, element, order, fields };
        Self { is_map: false, shared: Arc::new(shared) }
    }

    /// A map: an object whose values have one type.
    #[must_use]
    pub fn map(members: Vec<Member>) -> Self {
        Self::new(members).into_map()
    }

    /// The same members as a map.
    #[must_use]
    pub fn into_map(self) -> Self {
        Self { is_map: true, ..self }
    }

    /// Whether its values have one type.
    #[must_use]
    pub fn is_map(&self) -> bool {
        self.is_map
    }

    /// The number of values in it, including itself; shared ones count at each use.
    #[must_use]
    pub fn weight(&self) -> usize {
        self.shared.weight
    }

    /// Whether anything in it failed.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.shared.failed
    }

    /// The members sorted by key, the order of iteration.
    pub fn sorted(&self) -> impl ExactSizeIterator<Item = &Member> + DoubleEndedIterator {
        self.order().iter().filter_map(|place| self.get(*place as usize)).collect::<Vec<_>>().into_iter()
    }

    /// The member with this key; `by` where the key is a reference.
    #[must_use]
    pub fn member(&self, key: &str, by: Option<&Reference>) -> Option<&Member> {
        if self.len() <= FEW {
            return self.iter().find(|member| identity(member) == (key, by));
        }
        let order = self.order();
        let at = |place: &u32| self.get(*place as usize);
        let found = order.binary_search_by_key(&Some((key, by)), |place| at(place).map(identity)).ok()?;
        at(order.get(found)?)
    }

    fn order(&self) -> &[u32] {
        self.shared.order.get_or_init(|| {
            let mut order: Vec<u32> = (0..u32::try_from(self.len()).unwrap_or(u32::MAX)).collect();
            order.sort_by_key(|place| self.get(*place as usize).map(identity));
            order.into()
        })
    }

    /// The types of the members, in the order of their keys.
    pub(super) fn fields(&self) -> &Arc<Structure<Field>> {
        let field = |member: &Member| Field::new(Arc::clone(&member.key), type_of(&member.value.kind));
        let fields = || self.sorted().map(field).collect::<Box<[Field]>>();
        self.shared.fields.get_or_init(|| Arc::new(fields().into()))
    }
}

impl Deref for Object {
    type Target = [Member];

    fn deref(&self) -> &[Member] {
        &self.shared.members
    }
}

/// Whether the values do not show their type: there are none, or only null.
fn is_untyped<'v>(mut values: impl Iterator<Item = &'v Value>) -> bool {
    values.all(|value| matches!(value.kind, ValueKind::Null(_)))
}

/// The identity of a member.
pub(super) fn identity(member: &Member) -> (&str, Option<&Reference>) {
    (&member.key, member.reference.as_deref())
}
