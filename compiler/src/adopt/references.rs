//! How the generated policy refers to objects.

use super::block::Value;
use super::shown;
use crate::evaluate::Reference;
use crate::facts::{Facts, Home};
use crate::language::block::BlockKind;
use crate::policy::Policy;
use schema::name::{NamespaceId, PrincipalId};
use std::collections::BTreeMap;

/// The declared objects and the account's facts.
pub struct References<'f> {
    /// The account.
    pub facts: &'f Facts,
    namespaces: BTreeMap<NamespaceId, Reference>,
    principals: BTreeMap<PrincipalId, Reference>,
}

impl<'f> References<'f> {
    /// Without declarations.
    pub fn of(facts: &'f Facts) -> Self {
        Self { facts, namespaces: BTreeMap::new(), principals: BTreeMap::new() }
    }

    /// With the declarations of a policy.
    pub fn declared(policy: &Policy, facts: &'f Facts) -> Self {
        let namespaces = policy.namespaces.iter().map(|(id, it)| (id.clone(), it.instance.clone()));
        Self { facts, namespaces: namespaces.collect(), principals: BTreeMap::new() }
    }

    /// Records that a Namespace is declared under a label.
    pub fn declare_namespace(&mut self, id: &NamespaceId, label: &str) {
        self.namespaces.insert(id.clone(), reference(BlockKind::Namespace, label));
    }

    /// Records that a principal is declared under a label.
    pub fn declare_principal(&mut self, id: &PrincipalId, label: &str) {
        self.principals.insert(id.clone(), reference(id.kind.into(), label));
    }

    /// A reference to a Namespace.
    ///
    /// # Errors
    /// Why a policy cannot name it.
    pub fn namespace(&self, id: &NamespaceId) -> Result<Value, String> {
        let name = id.name().to_string();
        if let Some(reference) = self.namespaces.get(id) {
            return Ok(Value::Declared(reference.clone(), name));
        }
        self.demand(id)?;
        Ok(Value::Text(name))
    }

    /// A reference to a Namespace, by an id of the registry.
    ///
    /// # Errors
    /// As [`Self::namespace`].
    pub fn registered(&self, text: &str) -> Result<Value, String> {
        let id =
            self.facts.namespace_id(text).ok_or_else(|| format!("{} is not a Namespace id", shown(text)))?;
        self.namespace(&id)
    }

    /// The name of a Namespace as the key of a map.
    ///
    /// # Errors
    /// As [`Self::namespace`].
    pub fn key(&self, id: &NamespaceId) -> Result<String, String> {
        self.demand(id).map(|()| id.name().to_string())
    }

    /// A reference to a user.
    ///
    /// # Errors
    /// Why a policy cannot name it.
    pub fn user(&self, id: &PrincipalId) -> Result<Value, String> {
        // A prefix of the name may be parsed as the kind.
        let text = if id.name().starts_with("user.") { id.to_string() } else { id.name().to_owned() };
        if let Some(reference) = self.principals.get(id) {
            return Ok(Value::Declared(reference.clone(), text));
        }
        let users = &self.facts.principals.users;
        let may_be = users.incomplete.is_some() || users.visible.contains_key(id);
        may_be
            .then_some(Value::Text(text))
            .ok_or_else(|| format!("{} does not exist", shown(&id.to_string())))
    }

    fn demand(&self, id: &NamespaceId) -> Result<(), String> {
        if let Home::Account(own) = &self.facts.home
            && id.account() != Some(own)
        {
            return Err(format!("the Namespace {} belongs to another account", shown(&id.to_string())));
        }
        let may_be = !self.facts.all_namespaces || self.facts.namespaces.contains_key(id);
        may_be.then_some(()).ok_or_else(|| format!("the Namespace {} does not exist", shown(&id.to_string())))
    }
}

fn reference(kind: BlockKind, label: &str) -> Reference {
    Reference { kind, label: label.into(), key: None }
}
