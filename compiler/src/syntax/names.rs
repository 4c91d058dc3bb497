//! Names and strings of a document, each kept once: a policy repeats its attribute names and Namespaces all the time.
//! And how much more the document may hold.

use crate::syntax::document::Name;
use foldhash::fast::RandomState;
use hashbrown::HashTable;
use std::hash::BuildHasher;

/// The strings seen so far.
pub(super) struct Names {
    hasher: RandomState,
    known: HashTable<Name>,
    /// The expressions that may still be read.
    left: usize,
}

/// The expressions that all files together may hold; a block counts as a few.
pub(super) const MOST: usize = 2 << 20;

/// Longer strings are prose: they rarely repeat, and comparing them costs more than keeping them.
const LONGEST: usize = 128;

/// The bytes of a policy in which there is one new name, more or less.
const BYTES_A_NAME: usize = 128;

impl Names {
    /// No names yet, for so many bytes of policy.
    pub(super) fn of(bytes: usize) -> Self {
        Self::with_room(MOST, bytes)
    }

    /// No names yet, for so many bytes of policy, which may hold so many expressions.
    pub(super) fn with_room(room: usize, bytes: usize) -> Self {
        let known = HashTable::with_capacity(bytes / BYTES_A_NAME);
        Self { hasher: RandomState::default(), known, left: room }
    }

    /// The shared form of `text`.
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

    /// Makes room for so many expressions; whether there is any.
    pub(super) fn make_room(&mut self, count: usize) -> bool {
        self.left = self.left.saturating_sub(count);
        !self.is_full()
    }

    /// The expressions that may still be read.
    pub(super) fn room(&self) -> usize {
        self.left
    }

    /// Whether the document holds more than it may: nothing else is read then.
    pub(super) fn is_full(&self) -> bool {
        self.left == 0
    }
}
