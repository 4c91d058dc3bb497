//! Names and strings of a document, each kept once: a policy repeats its attribute names and Namespaces all the time.

use crate::document::Name;
use std::collections::HashSet;

/// The strings seen so far.
#[derive(Default)]
pub(super) struct Names {
    known: HashSet<Name>,
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
}
