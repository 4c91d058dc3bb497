//! Namespaces and regions as the registry gave them.

mod calls;

use crate::cloud::connectivity_rule::RuleKind;
use schema::account::Namespace;
use std::collections::{BTreeMap, BTreeSet};

/// Whether something exists: yes, no, or not to be known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup<T> {
    /// Here it is.
    Found(T),
    /// The registry says that it does not exist.
    Missing,
    /// The registry does not show it to us, which proves nothing; its words.
    Hidden(String),
}

impl<T> Lookup<T> {
    /// The same with what was found made into something else.
    pub fn map<U>(self, make: impl FnOnce(T) -> U) -> Lookup<U> {
        match self {
            Self::Found(found) => Lookup::Found(make(found)),
            Self::Missing => Lookup::Missing,
            Self::Hidden(reason) => Lookup::Hidden(reason),
        }
    }
}

/// A region in which Namespaces can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisteredRegion {
    /// The registry's name of it, such as `aws-us-east-1`.
    pub id: String,
    /// Where it is.
    pub location: String,
}

/// A Namespace with what is attached to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisteredNamespace {
    /// The Namespace.
    pub namespace: Namespace,
    /// The ids of its connectivity rules; none means that it is open to the internet.
    pub rules: BTreeSet<String>,
    /// What these let in, where the registry says it beside the Namespace: even those see it who may not read rules.
    pub kinds: BTreeMap<String, RuleKind>,
}

impl RegisteredNamespace {
    /// One to which nothing is attached.
    pub(crate) fn open(namespace: Namespace) -> Self {
        Self { namespace, rules: BTreeSet::new(), kinds: BTreeMap::new() }
    }
}
