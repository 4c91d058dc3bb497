//! Interned names and strings of a document, because a policy repeats its attribute names and Namespaces, and the remaining
//! size limit of the document.

use crate::syntax::document::Name;
use foldhash::fast::RandomState;
use hashbrown::HashTable;
use std::hash::BuildHasher;

/// The interned strings.
pub(super) struct Names {
    hasher: RandomState,
    known: HashTable<Name>,
    /// The remaining number of expressions.
    left: usize,
}

/// The maximum number of expressions of all files together; a block counts as several.
pub(super) const MOST: usize = 2 << 20;

/// Longer strings are not interned: they rarely repeat.
const LONGEST: usize = 128;

/// The typical number of bytes of a policy per new name.
const BYTES_A_NAME: usize = 128;

impl Names {
    /// Without names, for a policy of this size.
    pub(super) fn of(bytes: usize) -> Self {
        Self::with_room(MOST, bytes)
    }

    /// Without names, for a policy of this size and with this limit of expressions.
    pub(super) fn with_room(room: usize, bytes: usize) -> Self {
        let known = HashTable::with_capacity(bytes / BYTES_A_NAME);
        Self { hasher: RandomState::default(), known, left: room }
    }

    /// Interns `text`.
    pub(super) fn name(&mut self, text: &str) -> Name {
        if text.len() > LONGEST {
            return Name::from(text);
        }
        let hash = self.hasher.hash_one(text);
        if let Some(known) = self.known.find(hash, |known| **known == *text) {
            return Name::clone(known);
        }
        let name = Name::from(text);
        self.known.insert_unique(hash, Name::clone(&name), |known| self.hasher.hash_one(&**known));
        name
    }

    /// Charges for so many expressions; false if the limit is exceeded.
    pub(super) fn make_room(&mut self, count: usize) -> bool {
        self.left = self.left.saturating_sub(count);
        !self.is_full()
    }

    /// The remaining number of expressions.
    pub(super) fn room(&self) -> usize {
        self.left
    }

    /// Whether the document exceeds the limit: nothing else is read then.
    pub(super) fn is_full(&self) -> bool {
        self.left == 0
    }
}
