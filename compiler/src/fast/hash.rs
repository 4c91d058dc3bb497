//! Maps and sets for millions of lookups by names from the policy. Hashing is seeded, against names chosen to collide; the
//! iteration order never reaches output.

use foldhash::fast::RandomState;
use schema::name::NamespaceId;
use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};
use std::hash::Hash;

/// A map without an order. The standard hasher takes 20 ms more.
pub type FastMap<K, V> = HashMap<K, V, RandomState>;

/// A set without an order.
pub type FastSet<K> = HashSet<K, RandomState>;

/// The first value of each key. Few keys are searched linearly, which saves 3 ms; more are hashed.
pub struct First<K, V> {
    few: Vec<(K, V)>,
    many: Option<FastMap<K, V>>,
    expected: usize,
}

/// Up to how many keys a linear search is faster than hashing.
const FEW: usize = 12;

impl<K: Clone + Eq + Hash, V: Copy> First<K, V> {
    /// Empty, with capacity for so many keys.
    pub fn of(expected: usize) -> Self {
        Self { expected, ..Self::default() }
    }

    /// The earlier value of `key`; without one, stores this one and returns `None`.
    pub fn given(&mut self, key: &K, value: V) -> Option<V> {
        if let Some((_, first)) = self.few.iter().find(|(known, _)| known == key) {
            return Some(*first);
        }
        if self.few.len() < FEW {
            self.few.push((key.clone(), value));
            return None;
        }
        let room = || FastMap::with_capacity_and_hasher(self.expected, RandomState::default());
        let many = self.many.get_or_insert_with(room);
        if let Some(first) = many.get(key) {
            return Some(*first);
        }
        many.insert(key.clone(), value);
        None
    }
}

impl<K, V> Default for First<K, V> {
    fn default() -> Self {
        Self { few: Vec::new(), many: None, expected: 0 }
    }
}

/// Numbers of Namespaces: first the declared ones, then all others in the order of their first use. Copies of an id share
/// one pointer, which is looked up before the text and saves 3 ms.
#[derive(Default)]
pub struct Numbers<'a> {
    addresses: FastMap<usize, usize>,
    /// The ids by number.
    ids: Vec<&'a NamespaceId>,
    /// The numbers by what ids say; worked out when an id is met that is kept elsewhere.
    said: OnceCell<FastMap<&'a NamespaceId, usize>>,
}

impl<'a> Numbers<'a> {
    /// The number of a Namespace.
    pub fn of(&mut self, id: &'a NamespaceId) -> usize {
        if let Some(number) = self.addresses.get(&address(id)) {
            return *number;
        }
        let number = self.said().get(id).copied().unwrap_or(self.ids.len());
        if number == self.ids.len() {
            self.ids.push(id);
            self.said.get_mut().map(|said| said.insert(id, number));
        }
        self.addresses.insert(address(id), number);
        number
    }

    /// The number of a Namespace that was met or is declared.
    pub fn known(&self, id: &NamespaceId) -> Option<usize> {
        self.addresses.get(&address(id)).or_else(|| self.said().get(id)).copied()
    }

    fn said(&self) -> &FastMap<&'a NamespaceId, usize> {
        self.said.get_or_init(|| self.ids.iter().copied().zip(0..).collect())
    }
}

impl<'a> FromIterator<&'a NamespaceId> for Numbers<'a> {
    /// Declared Namespaces, each once.
    fn from_iter<I: IntoIterator<Item = &'a NamespaceId>>(declared: I) -> Self {
        let ids: Vec<_> = declared.into_iter().collect();
        let addresses = ids.iter().map(|id| address(id)).zip(0..).collect();
        Self { addresses, ids, said: OnceCell::new() }
    }
}

/// Where an id is kept.
fn address(id: &NamespaceId) -> usize {
    std::ptr::from_ref(id.name()).addr()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_namespace_has_one_number_wherever_its_id_is_kept() {
        let [orders, carts, again, other]: [NamespaceId; 4] =
            ["orders.a2dd6", "carts.a2dd6", "orders.a2dd6", "refunds.a2dd6"].map(|id| id.parse().unwrap());
        let mut numbers: Numbers = [&orders, &carts].into_iter().collect();
        assert_eq!(numbers.known(&other), None);
        let copy = carts.clone();
        assert_eq!([&other, &copy, &again, &orders].map(|id| numbers.of(id)), [2, 1, 0, 0]);
        assert_eq!([&other, &again].map(|id| numbers.known(id)), [Some(2), Some(0)]);
    }
}
