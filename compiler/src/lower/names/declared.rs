//! The names that the blocks of one kind declare.

use super::naming::{Naming, Parsed, TypedName};
use crate::diagnostic::source::Span;
use crate::diagnostic::{DUPLICATE_NAME, Finding, Findings};
use crate::evaluate::Expansion;
use crate::fast::hash::FastMap;
use crate::language::block::BlockKind;
use crate::lower::instance::{Instance, for_each_instance};
use crate::syntax::document::Block;
use schema::name::{NamespaceId, PrincipalId};
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

/// What each label stands for, and the location of each name.
#[derive(Default)]
pub(super) struct KindNames<'a> {
    /// The labels that are not the names of their blocks.
    others: FastMap<&'a str, Other>,
    pub(super) names: FastMap<Arc<str>, First>,
    /// Names, and labels that are not names, in order: the candidates for suggestions.
    sorted: OnceCell<Vec<Arc<str>>>,
    /// Whether a name is invalid: an undeclared name may then be declared.
    pub(super) incomplete: bool,
}

/// The names that a label stands for, `None` for invalid ones.
#[derive(Clone, Copy)]
pub(super) enum Label<'n> {
    One(Option<&'n BlockName>),
    /// A block with a syntax error, whose `for_each` may not have been read.
    Broken(Option<&'n BlockName>),
    /// The instances by key; `None` if `for_each` is invalid.
    Several(Option<&'n Instances>),
}

type Instances = BTreeMap<Arc<str>, Option<BlockName>>;

/// What a label stands for that is not the name of its block.
enum Other {
    One(Option<BlockName>),
    Broken(Option<BlockName>),
    Several(Option<Instances>),
}

/// The name of a block or instance.
#[derive(Clone)]
pub struct BlockName {
    /// The text, which follows the rules for its kind.
    pub text: Arc<str>,
    /// The name itself.
    pub typed: TypedName,
    /// Whether it is the first with the name.
    pub is_first: bool,
}

impl BlockName {
    /// The id of a Namespace; `None` for another kind, and where the account is not known.
    pub fn namespace(&self) -> Option<&NamespaceId> {
        match &self.typed {
            TypedName::Namespace(id) => id.as_ref(),
            TypedName::Endpoint(_) | TypedName::Principal(_) => None,
        }
    }

    /// The principal; `None` for another kind.
    pub fn principal(&self) -> Option<&PrincipalId> {
        match &self.typed {
            TypedName::Principal(id) => Some(id),
            TypedName::Endpoint(_) | TypedName::Namespace(_) => None,
        }
    }
}

/// The block or instance that counts under its name.
pub(super) struct First {
    pub(super) span: Span,
    key: Option<Arc<str>>,
    pub(super) name: BlockName,
    /// Whether its block, which is no broken one and has no instances, has it as its label too.
    is_label: bool,
}

impl<'n> Label<'n> {
    /// The name of the block, or of its instance with this key.
    pub(super) fn name(self, key: Option<&str>) -> Option<&'n BlockName> {
        match (self, key) {
            (Self::One(name) | Self::Broken(name), None) => name,
            (Self::Several(Some(instances)), Some(key)) => instances.get(key)?.as_ref(),
            _ => None,
        }
    }
}

impl<'a> KindNames<'a> {
    /// With room for so many blocks.
    pub(super) fn with_capacity(blocks: usize) -> Self {
        let mut new = Self::default();
        new.names.reserve(blocks);
        new
    }

    pub(super) fn declare(
        &mut self,
        kind: BlockKind,
        block: &'a Block,
        naming: &Naming,
        findings: &mut Findings,
    ) {
        let Some(label) = &block.label else { return };
        let (mut whole, mut instances) = (None, BTreeMap::new());
        let mut incomplete = false;
        let name = |instance: &Instance, findings: &mut Findings| {
            // What could be made out of a broken block may be cut short: nothing is said about that.
            let mut of_broken = Findings::new();
            let reports = if instance.broken { &mut of_broken } else { &mut *findings };
            let name = naming.name(kind, instance, reports);
            (instance.shared_key(), name.map(|name| self.add(kind, name, instance, findings)))
        };
        let expansion = for_each_instance((kind, block), naming.evaluator, findings, name, |(key, name)| {
            incomplete |= name.is_none();
            match key {
                Some(key) => drop(instances.insert(key, name)),
                None => whole = name,
            }
        });
        self.incomplete |= incomplete;
        let other = match &*expansion {
            Expansion::Whole if block.broken => Other::Broken(whole),
            Expansion::Whole
                if whole.as_ref().is_some_and(|name| name.is_first && name.text == label.text) =>
            {
                return;
            }
            Expansion::Whole => Other::One(whole),
            Expansion::Unknown => {
                self.incomplete = true;
                Other::Several(None)
            }
            Expansion::Instances(_) => Other::Several(Some(instances)),
        };
        self.others.insert(&label.text, other);
    }

    /// What a label stands for.
    pub(super) fn label(&self, label: &str) -> Option<Label<'_>> {
        if let Some(first) = self.names.get(label).filter(|first| first.is_label) {
            return Some(Label::One(Some(&first.name)));
        }
        Some(match self.others.get(label)? {
            Other::One(name) => Label::One(name.as_ref()),
            Other::Broken(name) => Label::Broken(name.as_ref()),
            Other::Several(instances) => Label::Several(instances.as_ref()),
        })
    }

    pub(super) fn sorted(&self) -> &[Arc<str>] {
        self.sorted.get_or_init(|| {
            let labels = self.others.keys().filter(|label| !self.names.contains_key(**label));
            let mut sorted: Vec<_> = self.names.keys().cloned().collect();
            sorted.sort_unstable();
            let names = sorted.len();
            sorted.extend(labels.map(|label| Arc::from(*label)));
            sorted.get_mut(names..).unwrap_or_default().sort_unstable();
            sorted
        })
    }

    /// Records a name for its first block or instance, and reports a duplicate.
    fn add(
        &mut self,
        kind: BlockKind,
        (text, typed): Parsed,
        instance: &Instance,
        findings: &mut Findings,
    ) -> BlockName {
        if instance.each.is_some_and(|each| each.key.has_failed()) {
            return BlockName { text, typed, is_first: false };
        }
        let first = match self.names.entry(Arc::clone(&text)) {
            Entry::Vacant(free) => {
                let is_label = instance.each.is_none() && !instance.broken && *text == *instance.label_text();
                let name = BlockName { text, typed, is_first: true };
                let (span, key) = (instance.span, instance.shared_key());
                free.insert(First { span, key, name: name.clone(), is_label });
                return name;
            }
            Entry::Occupied(first) => first.into_mut(),
        };
        findings.push(declared_twice(kind, &text, first, instance));
        BlockName { text, typed, is_first: false }
    }
}

fn declared_twice(kind: BlockKind, name: &str, first: &First, instance: &Instance) -> Finding {
    let what = kind.title();
    let (message, span) = match (&first.key, instance.key()) {
        (Some(key), Some(_)) if first.span == instance.span => {
            let block = Instance { each: None, ..*instance }.name();
            let second = instance.name();
            let message =
                format!("the {what} `{name}` is declared twice: by `{block}[{key:?}]` and by `{second}`");
            let name = instance.attribute("name").map_or(instance.span, |name| name.value.span);
            (message, name)
        }
        _ => (format!("the {what} `{name}` is declared twice"), instance.span),
    };
    let here = match &first.key {
        Some(key) => format!("first declared here, for the key {key:?}"),
        None => "first declared here".to_owned(),
    };
    let first = (first.span != instance.span).then_some(first.span);
    let finding = Finding::new(&DUPLICATE_NAME, span, message).related(first, here);
    finding.help("rename or remove one of them")
}
