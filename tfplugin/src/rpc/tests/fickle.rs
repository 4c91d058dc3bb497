//! A provider with one resource that does whatever its `name` says.

use std::sync::Arc;

use async_trait::async_trait;

use crate::diagnostic::{Answer, Diagnostic, Diagnostics};
use crate::provider::context::Context;
use crate::provider::list_resource::{ListRequest, ListResource, Listed};
use crate::provider::resource::{
    CreateRequest, DeleteRequest, ImportKey, ReadRequest, Resource, Stored, UpdateRequest,
};
use crate::provider::{ConfigureRequest, Provider};
use crate::schema::{Attribute, IdentityAttribute, IdentitySchema, Schema};
use crate::value::{Type, Value};

/// A resource whose `name` says how it behaves.
struct Fickle;

pub(crate) fn schema() -> Schema {
    Schema::new(
        3,
        "F.",
        [
            Attribute::computed("id", Type::String, "I.").keeps(),
            Attribute::required("name", Type::String, "N."),
            Attribute::optional("zone", Type::String, "Z.").replaces(),
        ],
    )
}

pub(crate) fn state(id: impl Into<Value>, name: &str) -> Value {
    Value::object([("id", id.into()), ("name", name.into()), ("zone", Value::Null)])
}

pub(crate) fn identity(id: &str) -> Value {
    Value::object([("id", id.into())])
}

#[async_trait]
impl Resource for Fickle {
    fn type_name(&self) -> &str {
        "fickle"
    }

    fn schema(&self) -> Schema {
        schema()
    }

    fn identity_schema(&self) -> Option<IdentitySchema> {
        Some(IdentitySchema::new(0, [IdentityAttribute::required("id", Type::String, "I.")]))
    }

    async fn read(&self, _cx: &Context, request: ReadRequest) -> Answer<Option<Stored>> {
        match request.state.get("name").as_str() {
            Some("gone") => Ok(None),
            Some("mute") => Err(Diagnostics::new()),
            _ => Ok(Some(request.state.into())),
        }
    }

    async fn create(&self, cx: &Context, request: CreateRequest) -> Answer<Stored> {
        match request.planned.get("name").as_str() {
            Some("refused") => Err(Diagnostic::error("refused", "").into()),
            Some("tainted") => {
                cx.report(Diagnostic::error("half done", ""));
                Ok(request.planned.with("id", "e1").into())
            }
            Some("forgetful") => Ok(request.planned.into()),
            Some("sloppy") => Ok(state("e1", "sloppy").with("zone", 7).with("extra", true).into()),
            Some("panics") => panic!("by accident"),
            Some("waits") => {
                cx.cancellation().cancelled().await;
                Ok(state("e1", "waits").into())
            }
            _ => Ok(Stored {
                state: state("e1", "fine"),
                identity: Some(identity("e1")),
                private: Some(b"new".to_vec()),
            }),
        }
    }

    async fn update(&self, _cx: &Context, request: UpdateRequest) -> Answer<Stored> {
        match request.planned.get("name").as_str() {
            Some("refused") => Err(Diagnostic::error("refused", "").into()),
            _ => Ok(request.planned.into()),
        }
    }

    async fn delete(&self, _cx: &Context, request: DeleteRequest) -> Answer<()> {
        match request.prior.get("name").as_str() {
            Some("refused") => Err(Diagnostic::error("refused", "").into()),
            _ => Ok(()),
        }
    }

    async fn import(&self, _cx: &Context, key: ImportKey) -> Answer<Stored> {
        Ok(match key {
            ImportKey::Id(id) => Value::object([("id", id.into())]).into(),
            ImportKey::Identity(identity) => {
                Value::object([("id", identity.get("id").clone()), ("name", "by identity".into())]).into()
            }
        })
    }
}

#[async_trait]
impl ListResource for Fickle {
    fn type_name(&self) -> &str {
        "fickle"
    }

    fn schema(&self) -> Schema {
        Schema::new(0, "L.", [])
    }

    async fn list(&self, cx: &Context, _request: ListRequest) -> Answer<Vec<Listed>> {
        cx.report(Diagnostic::warning("some may be missing", ""));
        let listed = ["e1", "e2", "e3"].map(|id| Listed {
            display_name: id.to_owned(),
            identity: identity(id),
            state: Some(state(id, "listed")),
        });
        Ok(listed.into())
    }
}

pub(crate) struct Acme;

#[async_trait]
impl Provider for Acme {
    fn schema(&self) -> Schema {
        Schema::new(0, "A.", [])
    }

    async fn configure(&self, _cx: &Context, _request: ConfigureRequest) -> Answer<()> {
        Ok(())
    }

    fn resources(&self) -> Vec<Arc<dyn Resource>> {
        vec![Arc::new(Fickle)]
    }

    fn list_resources(&self) -> Vec<Arc<dyn ListResource>> {
        vec![Arc::new(Fickle)]
    }
}
