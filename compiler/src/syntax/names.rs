//! Names and strings of a document, each kept once: a policy repeats its attribute names and Namespaces all the time.
//! And how much more the document may hold.

use crate::document::Name;
use crate::quick::QuickSet;

/// The strings seen so far.
pub(super) struct Names {
    known: QuickSet<Name>,
    /// The expressions that may still be read.
    left: usize,
}

/// The expressions that all files together may hold; a block counts as a few.
pub(super) const MOST: usize = 2 << 20;

impl Default for Names {
    fn default() -> Self {
        Self { known: QuickSet::default(), left: MOST }
    }
}

/// Longer strings are prose: they rarely repeat, and comparing them costs more than keeping them.
const LONGEST: usize = 128;

impl Names {
    /// The shared form of `text`.
    pub(super) fn name(&mut self, text: &str) -> Name {
        if text.len() > LONGEST {
            return Name::from(text);
        }
        if let Some(known) = self.known.get(text) {
            return Name::clone(known);
        }
        let name = Name::from(text);
        self.known.insert(Name::clone(&name));
        name
    }
    /// Makes room for so many expressions; whether there is any.
    pub(super) fn make_room(&mut self, count: usize) -> bool {
        self.left = self.left.saturating_sub(count);
        !self.is_full()
    }

    /// Whether the document holds more than it may: nothing else is read then.
    pub(super) fn is_full(&self) -> bool {
        self.left == 0
    }
}
