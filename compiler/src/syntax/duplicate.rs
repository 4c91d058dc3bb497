//! Duplicate names.

use crate::diagnostic::source::Span;
use crate::diagnostic::{DUPLICATE_NAME, Finding, Findings};
use crate::fast::hash::{FastMap, First};
use crate::language::block::BlockKind;
use crate::syntax::document::{Block, Document, Name};
use std::collections::BTreeMap;
use std::collections::hash_map::Entry;

/// The location of the first use of each name.
pub(crate) type Seen = First<Name, Span>;

/// The finding for a duplicate `name` at `span`.
pub(crate) fn finding(what: &str, name: &str, span: Span, first: Span) -> Finding {
    let message = format!("{what} `{name}` is given twice");
    Finding::new(&DUPLICATE_NAME, span, message).related(first, "first given here")
}

/// Reports and drops each block whose kind and label were declared before. There may be several `locals` blocks, with unique
/// attributes; a block without its required label is not compared.
pub(super) fn drop_duplicates(document: &mut Document, findings: &mut Findings) {
    let again = declared_again(&document.blocks);
    if let Some(finding) = several_policies(document) {
        document.is_several = true;
        document.incomplete = true;
        findings.push(finding);
    } else {
        let at = |place: &usize| document.blocks.get(*place);
        let found =
            again.iter().filter_map(|(again, first)| Some(declared_twice(at(again)?, at(first)?.span)));
        findings.extend(found);
    }
    let mut place = 0..;
    document.blocks.retain(|_| place.next().is_none_or(|place: usize| !again.contains_key(&place)));
    let mut locals = Seen::default();
    for block in document.blocks.iter_mut().filter(|block| block.is(BlockKind::Locals)) {
        block.attributes.retain(|attribute| {
            let first = locals.given(&attribute.name, attribute.name_span);
            let twice = |first| finding("local", &attribute.name, attribute.name_span, first);
            findings.extend(first.filter(|_| !document.is_several).map(twice));
            first.is_none()
        });
    }
}

/// How many `account` blocks are shown.
const SHOWN: usize = 10;

/// The finding for `account` blocks in several files: each file then belongs to one of several policies, whose blocks are no
/// duplicates of each other.
fn several_policies(document: &Document) -> Option<Finding> {
    let accounts: Vec<_> = document.of_kind(BlockKind::Account).map(|account| account.span).collect();
    let [first, second, others @ ..] = &*accounts else { return None };
    if accounts.iter().all(|account| account.file == first.file) {
        return None;
    }
    let message = format!("there are {} `account` blocks, and a policy has one", accounts.len());
    let finding = Finding::new(&DUPLICATE_NAME, *second, message).related(*first, "the first `account`");
    let others = others.iter().take(SHOWN);
    let finding = others.fold(finding, |finding, span| finding.related(*span, "another `account`"));
    Some(finding.help("name the folder or the files of one policy, or remove the other `account` blocks"))
}

/// The positions of duplicate blocks, each with that of the first.
fn declared_again(blocks: &[Block]) -> BTreeMap<usize, usize> {
    let mut known = FastMap::default();
    let mut again = BTreeMap::new();
    for (place, block) in blocks.iter().enumerate().filter(|(_, block)| is_declared_once(block)) {
        match known.entry(identity(block)) {
            Entry::Occupied(first) => drop(again.insert(place, *first.get())),
            Entry::Vacant(free) => drop(free.insert(place)),
        }
    }
    again
}

fn identity(block: &Block) -> (&str, &str, Option<&str>) {
    // Looking up the kind of every block would take time: only few have a second label.
    let second = if block.extra_labels.is_empty() { None } else { block.second_label() };
    (&block.kind, block.label_text(), second.map(|label| &*label.text))
}

/// Whether its kind and label must be unique; a block without its required label is not compared.
fn is_declared_once(block: &Block) -> bool {
    !block.is(BlockKind::Locals) && (block.label.is_some() || super::is_unlabelled(&block.kind))
}

fn declared_twice(block: &Block, first: Span) -> Finding {
    let name = if block.label_text().is_empty() { block.kind.to_string() } else { block.header() };
    let message = format!("`{name}` is declared twice");
    Finding::new(&DUPLICATE_NAME, block.span, message).related(first, "first declared here")
}
