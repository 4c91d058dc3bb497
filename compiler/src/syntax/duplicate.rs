//! Duplicate names.

use crate::diagnostic::source::Span;
use crate::diagnostic::{DUPLICATE_NAME, Finding, Findings};
use crate::fast::hash::{FEW, FastMap, First};
use crate::language::block::BlockKind;
use crate::syntax::document::{Attribute, Block, Document, Name};
use foldhash::fast::RandomState;
use hashbrown::{HashTable, hash_table as table};
use std::collections::BTreeMap;
use std::collections::hash_map::Entry;
use std::hash::BuildHasher;

/// The location of the first use of each name.
pub(crate) type Seen = First<Name, Span>;

/// Detects duplicate attributes of a block. Few are searched linearly; for many there is an index.
#[derive(Default)]
pub(crate) struct SeenAttributes {
    many: FastMap<Name, Span>,
}

impl SeenAttributes {
    /// The location of the first use of a name at `span`; `earlier` are the first attributes of each name.
    pub(crate) fn first(&mut self, name: &Name, span: Span, earlier: &[Attribute]) -> Option<Span> {
        if earlier.len() < FEW {
            let first = earlier.iter().find(|first| first.name == *name)?;
            return Some(first.name_span);
        }
        if self.many.is_empty() {
            self.many.extend(earlier.iter().map(|first| (Name::clone(&first.name), first.name_span)));
        }
        match self.many.entry(Name::clone(name)) {
            Entry::Occupied(first) => Some(*first.get()),
            Entry::Vacant(free) => {
                free.insert(span);
                None
            }
        }
    }
}

/// The finding for a duplicate `name` at `span`.
pub(crate) fn finding(what: &str, name: &str, span: Span, first: Span) -> Finding {
    let message = format!("{what} `{name}` is given twice");
    Finding::new(&DUPLICATE_NAME, span, message).related(first, "first given here")
}

/// Reports and drops each block whose kind and label were declared before. There may be several `locals` blocks, with unique
/// attributes; a block without its required label is not compared.
pub(super) fn drop_duplicates(document: &mut Document, findings: &mut Findings) {
    let again = declared_again(&document.blocks);
    let at = |place: &usize| document.blocks.get(*place);
    let found = again.iter().filter_map(|(again, first)| Some(declared_twice(at(again)?, at(first)?.span)));
    findings.extend(found);
    let mut place = 0..;
    document.blocks.retain(|_| place.next().is_none_or(|place: usize| !again.contains_key(&place)));
    let mut locals = Seen::default();
    for block in document.blocks.iter_mut().filter(|block| block.is(BlockKind::Locals)) {
        block.attributes.retain(|attribute| {
            let first = locals.given(&attribute.name, attribute.name_span);
            let twice = |first| finding("local", &attribute.name, attribute.name_span, first);
            findings.extend(first.map(twice));
            first.is_none()
        });
    }
}

/// The positions of duplicate blocks, each with that of the first.
fn declared_again(blocks: &[Block]) -> BTreeMap<usize, usize> {
    let hasher = RandomState::default();
    let hash = |place: &usize| hasher.hash_one(blocks.get(*place).map(identity));
    let mut known = HashTable::with_capacity(blocks.len());
    let mut again = BTreeMap::new();
    for (place, block) in blocks.iter().enumerate().filter(|(_, block)| is_declared_once(block)) {
        let is_same = |other: &usize| blocks.get(*other).map(identity) == Some(identity(block));
        match known.entry(hash(&place), is_same, hash) {
            table::Entry::Occupied(first) => drop(again.insert(place, *first.get())),
            table::Entry::Vacant(free) => drop(free.insert(place)),
        }
    }
    again
}

fn identity(block: &Block) -> (&str, &str) {
    (&block.kind, block.label_text())
}

/// Whether its kind and label must be unique; a block without its required label is not compared.
fn is_declared_once(block: &Block) -> bool {
    !block.is(BlockKind::Locals) && (block.label.is_some() || super::is_unlabelled(&block.kind))
}

fn declared_twice(block: &Block, first: Span) -> Finding {
    let (kind, label) = (&block.kind, block.label_text());
    let name = if label.is_empty() { kind.to_string() } else { format!("{kind} \"{label}\"") };
    let message = format!("`{name}` is declared twice");
    Finding::new(&DUPLICATE_NAME, block.span, message).related(first, "first declared here")
}
