//! Names that are given twice.

use crate::document::{Document, Name};
use schema::diagnostic::{Code, Finding, Findings};
use schema::source::Span;
use std::collections::HashMap;

/// Where each name was first given. Few names are looked through; many are looked up.
#[derive(Default)]
pub(crate) struct Seen {
    few: Vec<(Name, Span)>,
    many: HashMap<Name, Span>,
}

/// How many names are looked through.
const FEW: usize = 12;

impl Seen {
    /// Where `name` was given before; otherwise it is given at `span`.
    pub(crate) fn first(&mut self, name: &Name, span: Span) -> Option<Span> {
        if let Some((_, first)) = self.few.iter().find(|(known, _)| known == name) {
            return Some(*first);
        }
        if self.few.len() < FEW {
            self.few.push((Name::clone(name), span));
            return None;
        }
        if let Some(first) = self.many.get(name) {
            return Some(*first);
        }
        self.many.insert(Name::clone(name), span);
        None
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
    let mut declared: HashMap<(Name, Name), Span> = HashMap::new();
    let mut locals = Seen::default();
    document.blocks.retain_mut(|block| {
        if &*block.kind == "locals" {
            block.attributes.retain(|attribute| {
                let first = locals.first(&attribute.name, attribute.name_span);
                findings
                    .extend(first.map(|first| finding("local", &attribute.name, attribute.name_span, first)));
                first.is_none()
            });
            return true;
        }
        if block.label.is_none() && !super::UNLABELLED.contains(&&*block.kind) {
            return true;
        }
        let label = block.label.as_ref().map_or_else(|| Name::from(""), |label| Name::clone(&label.text));
        let (kind, span) = (Name::clone(&block.kind), block.span);
        let name = if label.is_empty() { kind.to_string() } else { format!("{kind} \"{label}\"") };
        match declared.get(&(Name::clone(&kind), Name::clone(&label))) {
            Some(first) => {
                let message = format!("`{name}` is declared twice");
                findings.push(
                    Finding::new(Code::DuplicateName, span, message).related(*first, "first declared here"),
                );
                false
            }
            None => {
                declared.insert((kind, label), span);
                true
            }
        }
    });
}
