//! All Endpoints of the account, indexed by id and by name.

use crate::api::Timestamp;
use crate::entities::endpoint::Endpoint;
use crate::entities::resource::Resource;
use crate::operations::Outcome;
use crate::storage::table::{Indexed, Table};
use schema::name::EndpointName;
use std::collections::BTreeMap;

/// The Endpoints and the index of their names.
#[derive(Debug, Default)]
pub(crate) struct Endpoints {
    by_id: Table<String, Resource<Endpoint>>,
    by_name: BTreeMap<EndpointName, String>,
}

impl Endpoints {
    pub(crate) fn len(&self) -> usize {
        self.by_id.len()
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Resource<Endpoint>> {
        self.by_id.get(id)
    }

    /// The id of the Endpoint with this name.
    pub(crate) fn id_of(&self, name: &str) -> Option<&str> {
        let name: EndpointName = name.parse().ok()?;
        self.by_name.get(&name).map(String::as_str)
    }

    /// All Endpoints, by id, or with a name only the one that has it.
    pub(crate) fn named(&self, name: &str) -> Box<dyn Iterator<Item = (&str, &Resource<Endpoint>)> + '_> {
        if name.is_empty() {
            return Box::new(self.by_id.iter().map(|(id, held)| (id.as_str(), held)));
        }
        let found = self.id_of(name).and_then(|id| self.by_id.get_key_value(id));
        Box::new(found.into_iter().map(|(id, held)| (id.as_str(), held)))
    }

    pub(crate) fn insert(&mut self, id: String, endpoint: Resource<Endpoint>) {
        self.by_name.insert(endpoint.content.name.clone(), id.clone());
        self.by_id.insert(id, endpoint);
    }

    pub(crate) fn update(&mut self, id: &str, operation: &str, endpoint: Endpoint, now: Timestamp) {
        let Some(held) = self.by_id.get_mut(id) else { return };
        self.by_name.remove(&held.content.name);
        self.by_name.insert(endpoint.name.clone(), id.to_owned());
        held.update(operation, endpoint, now);
    }

    /// Marks an Endpoint as being deleted. Its name is in use until then.
    pub(crate) fn delete(&mut self, id: &str, operation: &str) {
        if let Some(held) = self.by_id.get_mut(id) {
            held.delete(operation);
        }
    }

    /// A mutable Endpoint. Its name must not be changed.
    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut Resource<Endpoint>> {
        self.by_id.get_mut(id)
    }

    /// Ends the operation in progress on an Endpoint.
    pub(crate) fn finish(&mut self, id: &str, ending: Outcome) {
        if ending == Outcome::Deleted {
            let gone = self.by_id.remove(id);
            gone.and_then(|gone| self.by_name.remove(&gone.content.name));
        } else if let Some(held) = self.by_id.get_mut(id) {
            held.end_operation();
        }
    }
}

impl Indexed for Endpoints {
    type Row = Resource<Endpoint>;

    fn table(&self) -> &Table<String, Self::Row> {
        &self.by_id
    }

    fn table_mut(&mut self) -> &mut Table<String, Self::Row> {
        &mut self.by_id
    }

    fn index(&mut self) {
        let name = |(id, held): (&String, &Resource<Endpoint>)| (held.content.name.clone(), id.clone());
        self.by_name = self.by_id.iter().map(name).collect();
    }
}
