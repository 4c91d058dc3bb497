//! The `for_each` instances of a block.

use super::{Evaluator, List, Object, Origin, Stage, Value, ValueKind};
use crate::diagnostic::source::Span;
use crate::diagnostic::{Finding, Findings, INVALID_NAME, WRONG_TYPE};
use crate::fast::hash::FastMap;
use crate::language::block::{BlockKind, BlockType};
use crate::language::limit::LABEL_MAX;
use crate::syntax::document::Block;
use std::rc::Rc;
use std::sync::Arc;

/// What a block stands for.
#[derive(Debug)]
pub enum Expansion {
    /// One block: it has no `for_each`.
    Whole,
    /// An instance for each key, sorted by key.
    Instances(Vec<Each>),
    /// Unknown instances: an error in `for_each` was reported.
    Unknown,
}

impl Expansion {
    /// The instance with this key.
    #[must_use]
    pub fn instance(&self, key: &str) -> Option<&Each> {
        let Self::Instances(instances) = self else { return None };
        let found = instances.binary_search_by(|each| each.key.as_str().cmp(&Some(key))).ok()?;
        instances.get(found)
    }

    /// The keys of all instances.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        let instances = if let Self::Instances(instances) = self { &**instances } else { &[] };
        instances.iter().filter_map(|each| each.key.as_str())
    }
}

/// `each` in one instance.
#[derive(Clone, Debug)]
pub struct Each {
    /// `each.key`.
    pub key: Value,
    /// `each.value`.
    pub value: Value,
}

impl Each {
    /// An unknown `each`, when there are no instances: reading it fails without a finding.
    #[must_use]
    pub fn unknown(span: Span) -> Self {
        Self { key: Value::failed(span), value: Value::failed(span) }
    }
}

/// The known expansions, by block address.
pub(super) type Expansions = FastMap<*const Block, Rc<Expansion>>;

impl Evaluator<'_> {
    /// The expansion of a block. Errors in its `for_each` are reported once, by [`Evaluator::finish`].
    #[must_use]
    pub fn expansion(&self, block: &Block) -> Rc<Expansion> {
        if block.attribute("for_each").is_none() {
            return Rc::clone(&self.whole);
        }
        let address = std::ptr::from_ref(block);
        if let Some(known) = self.expansions.borrow().get(&address) {
            return Rc::clone(known);
        }
        let expansion = Rc::new(self.expand(block));
        self.expansions.borrow_mut().insert(address, Rc::clone(&expansion));
        expansion
    }

    fn expand(&self, block: &Block) -> Expansion {
        let expands = block.known_kind().and_then(BlockKind::table).is_some_and(BlockType::expands);
        let Some(attribute) = block.attribute("for_each").filter(|_| expands) else {
            return Expansion::Whole;
        };
        let mut findings = Findings::new();
        let value = self.at(Stage::ForEach, &attribute.value, None, &mut findings);
        let expansion = match &value.kind {
            ValueKind::Object(object) => self.of_members(object, &value, &mut findings),
            ValueKind::List(list) if list.is_set() => self.of_elements(list, &value, &mut findings),
            ValueKind::Failed => Expansion::Unknown,
            _ => {
                findings.push(not_a_collection(&value));
                Expansion::Unknown
            }
        };
        self.lasting.borrow_mut().append(&mut findings);
        expansion
    }

    fn of_members(&self, object: &Object, value: &Value, findings: &mut Findings) -> Expansion {
        if let Some(long) = object.iter().find(|member| member.key.len() > LABEL_MAX) {
            findings.push(long_key(&long.key, Origin::of(long.key_span, None, value.span)));
            return Expansion::Unknown;
        }
        let members = object.sorted();
        if !self.has_room(members.len(), value, findings) {
            return Expansion::Unknown;
        }
        let each = members.map(|member| {
            let key = Value::new(member.key_span, ValueKind::String(Arc::clone(&member.key)));
            Each { key, value: member.value.clone() }
        });
        Expansion::Instances(each.collect())
    }

    fn of_elements(&self, set: &List, value: &Value, findings: &mut Findings) -> Expansion {
        if set.has_failed() || !self.has_room(set.len(), value, findings) {
            return Expansion::Unknown;
        }
        if let Some(element) = set.iter().find(|element| element.as_str().is_none()) {
            let message = format!("`for_each` takes a set of strings, not one with {}", element.kind.name());
            findings.push(element.place(value.span).finding(&WRONG_TYPE, message));
            return Expansion::Unknown;
        }
        let is_long = |element: &&Value| element.as_str().is_some_and(|key| key.len() > LABEL_MAX);
        if let Some(long) = set.iter().find(is_long) {
            findings.push(long_key(long.as_str().unwrap_or_default(), long.place(value.span)));
            return Expansion::Unknown;
        }
        Expansion::Instances(
            set.iter().map(|element| Each { key: element.clone(), value: element.clone() }).collect(),
        )
    }

    fn has_room(&self, count: usize, value: &Value, findings: &mut Findings) -> bool {
        let exceeded = self.budget.instances(count, value.span).err();
        let has_room = exceeded.is_none();
        findings.extend(exceeded.map(|finding| *finding));
        has_room
    }
}

fn long_key(key: &str, at: Origin) -> Finding {
    let message = format!("a key of `for_each` has {} bytes, the maximum is {LABEL_MAX}", key.len());
    at.finding(&INVALID_NAME, message).help("shorten it")
}

fn not_a_collection(value: &Value) -> Finding {
    let message = format!("`for_each` takes a map or a set of strings, not {}", value.kind.name());
    let help = match &value.kind {
        ValueKind::List(_) => "write `toset([…])`",
        ValueKind::String(_) => "write `toset([\"…\"])`",
        ValueKind::Null(_) => "for no instances write `{}`; leave `for_each` out for one block",
        _ => "write a map, such as `{ eu = …, us = … }`, or `toset([…])`",
    };
    value.place(value.span).finding(&WRONG_TYPE, message).help(help)
}
