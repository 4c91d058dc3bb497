//! Interned names and strings of a document, because a policy repeats its attribute names and Namespaces, and the remaining
//! size limit of the document. For 80,000 calls in JSON, interning saves 19 MB.

use crate::fast::hash::FastSet;
use crate::language::text::normalized;
use crate::syntax::document::Name;

/// The interned strings.
pub(super) struct Names {
    known: FastSet<Name>,
    /// The remaining number of expressions.
    left: usize,
}

/// The maximum number of expressions of all files together; a block counts as several.
pub const MOST: usize = 2 << 20;

/// Longer strings are not interned: they rarely repeat.
const LONGEST: usize = 128;

/// The typical number of bytes of a policy per new name.
const BYTES_A_NAME: usize = 128;

impl Names {
    /// Without names, for a policy of this size.
    pub(super) fn of(bytes: usize) -> Self {
        let mut known = FastSet::default();
        known.reserve(bytes / BYTES_A_NAME);
        Self { known, left: MOST }
    }

    /// Interns `text`, in Unicode's normalization form C.
    pub(super) fn name(&mut self, text: &str) -> Name {
        // What is known is in that form already.
        if let Some(known) = self.known(text) {
            return known;
        }
        let text = &*normalized(text);
        if text.len() > LONGEST {
            return Name::from(text);
        }
        if let Some(known) = self.known(text) {
            return known;
        }
        let name = Name::from(text);
        self.known.insert(Name::clone(&name));
        name
    }

    fn known(&self, text: &str) -> Option<Name> {
        if text.len() > LONGEST { None } else { self.known.get(text).map(Name::clone) }
    }

    /// Charges for so many expressions; false if the limit is exceeded.
    pub(super) fn make_room(&mut self, count: usize) -> bool {
        self.left = self.left.saturating_sub(count);
        !self.is_full()
    }

    /// Whether the document exceeds the limit: nothing else is read then.
    pub(super) fn is_full(&self) -> bool {
        self.left == 0
    }
}
