//! A table of one kind of rows, which records its changes, to roll them back when a call fails and to write them to the state
//! file. It can be read like a map, and is changed only through its own methods.

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Display};
use std::ops::Deref;
use std::str::FromStr;

/// A map that records its changes until they are committed or rolled back, and until they are saved.
#[derive(Clone)]
pub(crate) struct Table<K, V> {
    rows: BTreeMap<K, V>,
    /// The previous rows of changes that are neither committed nor rolled back.
    before: BTreeMap<K, Option<V>>,
    /// The keys of changes that are not in the state file yet.
    unsaved: BTreeSet<K>,
}

/// The format of a row in the state file.
pub(crate) trait Record: Sized {
    /// The row as bytes.
    fn to_bytes(&self) -> Vec<u8>;

    /// The row of these bytes, if they are valid.
    fn from_bytes(bytes: &[u8]) -> Option<Self>;
}

/// A row of the state file; without bytes it is removed.
pub(crate) type Row = (String, Option<Vec<u8>>);

/// A part of the state that is kept in the state file.
pub(crate) trait Stored {
    /// Whether anything changed since the last `commit` or `rollback`.
    fn changed(&self) -> bool;

    /// Keeps all changes.
    fn commit(&mut self);

    /// Reverts all changes since the last `commit`.
    fn rollback(&mut self);

    /// Whether there are changes that are not in the state file.
    fn has_unsaved(&self) -> bool;

    /// The changes that are not in the state file.
    fn unsaved(&self) -> Vec<Row>;

    /// Marks all changes as saved.
    fn mark_saved(&mut self);

    /// Loads a row of the state file.
    ///
    /// # Errors
    /// When it is malformed.
    fn load(&mut self, key: &str, bytes: &[u8]) -> Result<(), MalformedRow>;

    /// Called after all rows were loaded.
    fn loaded(&mut self) {}
}

/// A table with an index that is derived from its rows.
pub(crate) trait Indexed {
    type Row;

    fn table(&self) -> &Table<String, Self::Row>;

    fn table_mut(&mut self) -> &mut Table<String, Self::Row>;

    /// Rebuilds the index from the rows.
    fn index(&mut self);
}

impl<I: Indexed> Stored for I
where
    I::Row: Clone + Record,
{
    fn changed(&self) -> bool {
        self.table().changed()
    }

    fn commit(&mut self) {
        self.table_mut().commit();
    }

    fn rollback(&mut self) {
        if self.changed() {
            self.table_mut().rollback();
            self.index();
        }
    }

    fn has_unsaved(&self) -> bool {
        self.table().has_unsaved()
    }

    fn unsaved(&self) -> Vec<Row> {
        self.table().unsaved()
    }

    fn mark_saved(&mut self) {
        self.table_mut().mark_saved();
    }

    fn load(&mut self, key: &str, bytes: &[u8]) -> Result<(), MalformedRow> {
        self.table_mut().load(key, bytes)
    }

    fn loaded(&mut self) {
        self.index();
    }
}

/// A malformed row of the state file.
#[derive(Debug)]
pub(crate) struct MalformedRow;

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self { rows: BTreeMap::new(), before: BTreeMap::new(), unsaved: BTreeSet::new() }
    }
}

impl<K, V> Deref for Table<K, V> {
    type Target = BTreeMap<K, V>;

    fn deref(&self) -> &Self::Target {
        &self.rows
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for Table<K, V> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.rows.fmt(out)
    }
}

impl<K: Ord + Clone, V: Clone> FromIterator<(K, V)> for Table<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(rows: I) -> Self {
        let mut table = Self::default();
        rows.into_iter().for_each(|(key, row)| drop(table.insert(key, row)));
        table
    }
}

impl<K: Ord + Clone, V: Clone> Table<K, V> {
    /// Inserts a row, and returns the one that it replaces.
    pub(crate) fn insert(&mut self, key: K, row: V) -> Option<V> {
        let before = self.rows.insert(key.clone(), row);
        self.record(key, before.clone());
        before
    }

    /// A mutable row, recorded as changed.
    pub(crate) fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let (key, row) = self.rows.get_key_value(key)?;
        let (key, row) = (key.clone(), row.clone());
        self.record(key.clone(), Some(row));
        self.rows.get_mut(key.borrow())
    }

    /// Removes a row.
    pub(crate) fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let (key, row) = self.rows.remove_entry(key)?;
        self.record(key, Some(row.clone()));
        Some(row)
    }

    /// Changes every row for which `matches` holds.
    pub(crate) fn change_where(&mut self, matches: impl Fn(&K, &V) -> bool, mut change: impl FnMut(&mut V)) {
        let keys: Vec<K> =
            self.rows.iter().filter(|(key, row)| matches(key, row)).map(|(key, _)| key.clone()).collect();
        for key in keys {
            self.get_mut(&key).map(&mut change);
        }
    }

    /// The changes since the last `commit`: previous and current rows.
    pub(crate) fn changes(&self) -> impl Iterator<Item = (&K, Option<&V>, Option<&V>)> {
        self.before.iter().map(|(key, before)| (key, before.as_ref(), self.rows.get(key)))
    }

    fn record(&mut self, key: K, before: Option<V>) {
        self.before.entry(key.clone()).or_insert(before);
        self.unsaved.insert(key);
    }
}

impl<K, V> Stored for Table<K, V>
where
    K: Ord + Clone + Display + FromStr,
    V: Clone + Record,
{
    fn changed(&self) -> bool {
        !self.before.is_empty()
    }

    fn commit(&mut self) {
        self.before.clear();
    }

    fn rollback(&mut self) {
        for (key, row) in std::mem::take(&mut self.before) {
            match row {
                Some(row) => drop(self.rows.insert(key, row)),
                None => drop(self.rows.remove(&key)),
            }
        }
    }

    fn has_unsaved(&self) -> bool {
        !self.unsaved.is_empty()
    }

    fn unsaved(&self) -> Vec<Row> {
        let row = |key: &K| (key.to_string(), self.rows.get(key).map(Record::to_bytes));
        self.unsaved.iter().map(row).collect()
    }

    fn mark_saved(&mut self) {
        self.unsaved.clear();
    }

    fn load(&mut self, key: &str, bytes: &[u8]) -> Result<(), MalformedRow> {
        let key = key.parse().map_err(|_| MalformedRow)?;
        self.rows.insert(key, V::from_bytes(bytes).ok_or(MalformedRow)?);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Record for u8 {
        fn to_bytes(&self) -> Vec<u8> {
            vec![*self]
        }

        fn from_bytes(bytes: &[u8]) -> Option<Self> {
            bytes.first().copied()
        }
    }

    fn table() -> Table<String, u8> {
        let mut table: Table<String, u8> = [("a".to_owned(), 1), ("b".to_owned(), 2)].into_iter().collect();
        table.commit();
        table.mark_saved();
        table
    }

    fn change(table: &mut Table<String, u8>) {
        *table.get_mut("a").unwrap() = 7;
        *table.get_mut("a").unwrap() = 8;
        table.remove("b");
        table.insert("c".to_owned(), 3);
    }

    #[test]
    fn takes_changes_back() {
        let mut table = table();
        change(&mut table);
        assert!(table.changed());
        table.rollback();
        assert!(!table.changed());
        assert_eq!(format!("{table:?}"), r#"{"a": 1, "b": 2}"#);
    }

    #[test]
    fn tells_what_is_not_saved_even_of_what_was_kept() {
        let mut table = table();
        change(&mut table);
        table.commit();
        let row = |key: &str, bytes: Option<Vec<u8>>| (key.to_owned(), bytes);
        let rows = [row("a", Some(vec![8])), row("b", None), row("c", Some(vec![3]))];
        assert_eq!(table.unsaved(), rows);
        table.rollback();
        assert_eq!(table.get("a"), Some(&8));
        table.mark_saved();
        assert!(table.unsaved().is_empty());
    }

    #[test]
    fn what_is_loaded_is_neither_changed_nor_unsaved() {
        let mut table: Table<String, u8> = Table::default();
        table.load("a", &[5]).unwrap();
        assert!(table.load("b", &[]).is_err());
        assert_eq!((table.get("a"), table.changed(), table.unsaved().len()), (Some(&5), false, 0));
    }
}
