//! Names that are given twice.

use crate::document::{Attribute, Block, Document, Name};
use crate::quick::{First, QuickMap};
use schema::diagnostic::{Code, Finding, Findings};
use schema::source::Span;
use std::collections::hash_map::Entry;

/// Where each name was first given.
pub(crate) type Seen = First<Name, Span>;

/// Tells attributes of a block that are given twice. Few are looked through; many are looked up.
#[derive(Default)]
pub(crate) struct SeenAttributes {
    many: QuickMap<Name, Span>,
}

/// How many attributes are looked through.
const FEW: usize = 12;

impl SeenAttributes {
    /// Where a name that stands at `span` was first given; `earlier` are the attributes that were the first of theirs.
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

/// `name`, of the sort that `what` says, is given again at `span`.
pub(crate) fn finding(what: &str, name: &str, span: Span, first: Span) -> Finding {
    let message = format!("{what} `{name}` is given twice");
    Finding::new(Code::DuplicateName, span, message).related(first, "first given here")
}

/// Reports and drops each block whose kind and label were declared before. `locals` may be given in several blocks,
/// and there each of their attributes once; a block without the label that it needs is not compared.
pub(super) fn drop_duplicates(document: &mut Document, findings: &mut Findings) {
    let mut declared: QuickMap<(Name, Name), Span> =
        QuickMap::with_capacity_and_hasher(document.blocks.len(), Default::default());
    let mut locals = Seen::default();
    let unlabelled = Name::from("");
    document.blocks.retain_mut(|block| {
        if &*block.kind == "locals" {
            block.attributes.retain(|attribute| {
                let first = locals.given(&attribute.name, attribute.name_span);
                findings
                    .extend(first.map(|first| finding("local", &attribute.name, attribute.name_span, first)));
                first.is_none()
            });
            return true;
        }
        if block.label.is_none() && !super::UNLABELLED.contains(&&*block.kind) {
            return true;
        }
        let label = block.label.as_ref().map_or(&unlabelled, |label| &label.text);
        match declared.entry((Name::clone(&block.kind), Name::clone(label))) {
            Entry::Occupied(first) => {
                findings.push(declared_twice(block, *first.get()));
                false
            }
            Entry::Vacant(free) => {
                free.insert(block.span);
                true
            }
        }
    });
}

fn declared_twice(block: &Block, first: Span) -> Finding {
    let (kind, label) = (&block.kind, block.label_text());
    let name = if label.is_empty() { kind.to_string() } else { format!("{kind} \"{label}\"") };
    let message = format!("`{name}` is declared twice");
    Finding::new(Code::DuplicateName, block.span, message).related(first, "first declared here")
}
