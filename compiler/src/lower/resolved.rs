//! The Namespaces that names were found to mean, without a word to say: most are named time and again.

use crate::evaluate::Reference;
use crate::quick::QuickMap;
use schema::name::NamespaceId;
use std::cell::RefCell;
use std::sync::Arc;

/// What is known. Ids of the same name share their text.
#[derive(Default)]
pub struct Resolved {
    references: RefCell<QuickMap<Arc<str>, NamespaceId>>,
    texts: RefCell<QuickMap<Arc<str>, NamespaceId>>,
}

impl Resolved {
    /// What a reference to a block means.
    pub fn reference(&self, to: &Reference) -> Option<NamespaceId> {
        if to.key.is_some() || &*to.kind != "namespace" {
            return None;
        }
        self.references.borrow().get(&*to.label).cloned()
    }

    /// Keeps what a reference means; one to an instance is not kept.
    pub fn keep_reference(&self, to: &Reference, id: &NamespaceId) {
        if to.key.is_none() && &*to.kind == "namespace" {
            self.references.borrow_mut().insert(Arc::clone(&to.label), id.clone());
        }
    }

    /// What a name or id means.
    pub fn text(&self, text: &str) -> Option<NamespaceId> {
        self.texts.borrow().get(text).cloned()
    }

    /// Keeps what a name or id means.
    pub fn keep_text(&self, text: &str, id: &NamespaceId) {
        self.texts.borrow_mut().insert(text.into(), id.clone());
    }
}
