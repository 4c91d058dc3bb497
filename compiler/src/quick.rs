//! Maps and sets that are looked up in millions of times, by names that the policy's author chose. Their order is never
//! to be seen.

use foldhash::fast::RandomState;
use schema::name::{NamespaceId, NamespaceName};
use std::collections::{HashMap, HashSet};
use std::hash::Hash;

/// A map without an order.
pub type QuickMap<K, V> = HashMap<K, V, RandomState>;

/// A set without an order.
pub type QuickSet<K> = HashSet<K, RandomState>;

/// The value that each key was first given. Few keys are looked through; many are looked up.
pub struct First<K, V> {
    few: Vec<(K, V)>,
    many: Option<QuickMap<K, V>>,
}

/// How many keys are looked through.
const FEW: usize = 12;

impl<K: Clone + Eq + Hash, V: Copy> First<K, V> {
    /// The value that `key` was given before; otherwise it is given this one.
    pub fn given(&mut self, key: &K, value: V) -> Option<V> {
        if let Some((_, first)) = self.few.iter().find(|(known, _)| known == key) {
            return Some(*first);
        }
        if self.few.len() < FEW {
            self.few.push((key.clone(), value));
            return None;
        }
        let many = self.many.get_or_insert_default();
        if let Some(first) = many.get(key) {
            return Some(*first);
        }
        many.insert(key.clone(), value);
        None
    }
}

impl<K, V> Default for First<K, V> {
    fn default() -> Self {
        Self { few: Vec::new(), many: None }
    }
}

/// Namespaces by number, in the order in which they are met. Copies of an id are one pointer, by which they are known sooner
/// than by what it says.
#[derive(Default)]
pub struct Numbers<'a> {
    places: QuickMap<*const NamespaceName, usize>,
    ids: QuickMap<&'a NamespaceId, usize>,
}

impl<'a> Numbers<'a> {
    /// The number of a Namespace.
    pub fn of(&mut self, id: &'a NamespaceId) -> usize {
        let place = place(id);
        if let Some(number) = self.places.get(&place) {
            return *number;
        }
        let next = self.ids.len();
        let number = *self.ids.entry(id).or_insert(next);
        self.places.insert(place, number);
        number
    }

    /// Whether a Namespace was met.
    pub fn has(&self, id: &NamespaceId) -> bool {
        self.places.contains_key(&place(id)) || self.ids.contains_key(id)
    }
}

/// Where an id is kept.
fn place(id: &NamespaceId) -> *const NamespaceName {
    std::ptr::from_ref(id.name())
}
