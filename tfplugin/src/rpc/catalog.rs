//! The provider's resources, data sources and functions by name, with the types to decode their values.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diagnostic::{Answer, Diagnostic};
use crate::provider::Provider;
use crate::provider::data_source::DataSource;
use crate::provider::function::Function;
use crate::provider::list_resource::ListResource;
use crate::provider::resource::Resource;
use crate::schema::{IdentitySchema, Schema};
use crate::value::Type;

pub(super) struct Catalog {
    pub(super) provider: Arc<dyn Provider>,
    pub(super) schema: Schema,
    pub(super) resources: BTreeMap<String, Managed>,
    pub(super) data_sources: BTreeMap<String, Typed<dyn DataSource>>,
    pub(super) functions: BTreeMap<String, Arc<dyn Function>>,
    pub(super) lists: BTreeMap<String, Typed<dyn ListResource>>,
}

/// A resource with the types of its values.
pub(super) struct Managed {
    pub(super) resource: Arc<dyn Resource>,
    pub(super) schema: Schema,
    pub(super) ty: Type,
    pub(super) identity: Option<Identity>,
}

pub(super) struct Identity {
    pub(super) schema: IdentitySchema,
    pub(super) ty: Type,
}

/// A data source or list resource with the type of its values.
pub(super) struct Typed<T: ?Sized> {
    pub(super) source: Arc<T>,
    pub(super) schema: Schema,
    pub(super) ty: Type,
}

impl Catalog {
    pub(super) fn new(provider: Arc<dyn Provider>) -> Self {
        let resources = provider.resources().into_iter();
        let data_sources = provider.data_sources().into_iter();
        let lists = provider.list_resources().into_iter();
        let functions = provider.functions().into_iter();
        Self {
            schema: provider.schema(),
            resources: resources.map(|it| (it.type_name().to_owned(), Managed::new(it))).collect(),
            data_sources: data_sources
                .map(|it| (it.type_name().to_owned(), Typed::new(it.schema(), it)))
                .collect(),
            functions: functions.map(|it| (it.name().to_owned(), it)).collect(),
            lists: lists.map(|it| (it.type_name().to_owned(), Typed::new(it.schema(), it))).collect(),
            provider,
        }
    }

    pub(super) fn resource(&self, name: &str) -> Answer<&Managed> {
        self.resources.get(name).ok_or_else(|| unknown("resource", name).into())
    }

    pub(super) fn data_source(&self, name: &str) -> Answer<&Typed<dyn DataSource>> {
        self.data_sources.get(name).ok_or_else(|| unknown("data source", name).into())
    }

    pub(super) fn list(&self, name: &str) -> Answer<&Typed<dyn ListResource>> {
        self.lists.get(name).ok_or_else(|| unknown("list resource", name).into())
    }
}

impl Managed {
    fn new(resource: Arc<dyn Resource>) -> Self {
        let schema = resource.schema();
        let identity = resource.identity_schema().map(|schema| Identity { ty: schema.ty(), schema });
        Self { ty: schema.ty(), schema, identity, resource }
    }
}

impl<T: ?Sized> Typed<T> {
    fn new(schema: Schema, source: Arc<T>) -> Self {
        Self { ty: schema.ty(), schema, source }
    }
}

fn unknown(what: &str, name: &str) -> Diagnostic {
    Diagnostic::error(
        format!("unknown {what} `{name}`"),
        format!("This version of the provider has no such {what}."),
    )
}
