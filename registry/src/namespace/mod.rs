//! Namespaces and regions as the registry returned them.

mod calls;

use crate::cloud::connectivity_rule::RuleKind;
use crate::endpoint::ResourceState;
use schema::account::Namespace;
use std::collections::{BTreeMap, BTreeSet};

/// Whether something exists: yes, no, or unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup<T> {
    /// It exists.
    Found(T),
    /// The registry says that it does not exist.
    Missing,
    /// The registry denies access to it, with this message, so it may or may not exist.
    Hidden(String),
}

impl<T> Lookup<T> {
    /// Maps what was found.
    pub fn map<U>(self, map: impl FnOnce(T) -> U) -> Lookup<U> {
        match self {
            Self::Found(found) => Lookup::Found(map(found)),
            Self::Missing => Lookup::Missing,
            Self::Hidden(reason) => Lookup::Hidden(reason),
        }
    }
}

/// A region that can hold Namespaces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisteredRegion {
    /// The registry's name of it, such as `aws-us-east-1`.
    pub id: String,
    /// The registry's description of it.
    pub location: String,
}

/// A Namespace with its connectivity rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisteredNamespace {
    /// The Namespace.
    pub namespace: Namespace,
    /// Its state.
    pub state: ResourceState,
    /// The ids of the attached rules; without any the Namespace is open to the internet.
    pub rules: BTreeSet<String>,
    /// The kinds of these rules, as far as the registry returns them with the Namespace, even to those who may not read
    /// rules.
    pub kinds: BTreeMap<String, RuleKind>,
}

impl RegisteredNamespace {
    /// A Namespace without rules.
    pub(crate) fn without_rules(namespace: Namespace) -> Self {
        Self { namespace, state: ResourceState::Unspecified, rules: BTreeSet::new(), kinds: BTreeMap::new() }
    }
}
