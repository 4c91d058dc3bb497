//! The RPCs of resources that change nothing: validate, upgrade, read, import, move and generate.

use super::Server;
use super::answer::{bug, checked, decode, encode, encode_known, finish, json};
use super::catalog::Managed;
use crate::diagnostic::{Answer, Diagnostic};
use crate::provider::context::Context;
use crate::provider::resource::{ImportKey, MoveRequest, ReadRequest, Stored};
use crate::schema::{missing, settable};
use crate::value::Value;
use crate::wire;

impl Server {
    pub(super) async fn validate_resource(&self, request: wire::TypedConfig) -> wire::Checked {
        let cx = self.context();
        let outcome = self.try_validate(&cx, request).await;
        wire::Checked { diagnostics: checked(&cx, outcome) }
    }

    pub(super) async fn upgrade_state(&self, request: wire::UpgradeState) -> wire::UpgradedState {
        let cx = self.context();
        let (upgraded_state, diagnostics) = finish(&cx, self.try_upgrade(&cx, request).await.map(Some));
        wire::UpgradedState { upgraded_state, diagnostics }
    }

    pub(super) fn upgrade_identity(&self, request: &wire::UpgradeState) -> wire::UpgradedIdentity {
        let (upgraded_identity, diagnostics) =
            finish(&self.context(), self.try_upgrade_identity(request).map(Some));
        wire::UpgradedIdentity { upgraded_identity, diagnostics }
    }

    pub(super) async fn read_resource(&self, request: wire::Read) -> wire::ReadAnswer {
        let cx = self.context();
        let (answer, diagnostics) = finish(&cx, self.try_read(&cx, request).await);
        wire::ReadAnswer { diagnostics, ..answer }
    }

    pub(super) async fn import_resource(&self, request: wire::Import) -> wire::ImportAnswer {
        let cx = self.context();
        let (imported, diagnostics) = finish(&cx, self.try_import(&cx, request).await.map(Some));
        wire::ImportAnswer { imported_resources: imported.into_iter().collect(), diagnostics }
    }

    pub(super) async fn move_resource(&self, request: wire::Move) -> wire::MoveAnswer {
        let cx = self.context();
        let (answer, diagnostics) = finish(&cx, self.try_move(&cx, request).await);
        wire::MoveAnswer { diagnostics, ..answer }
    }

    /// Terraform writes the configuration, and omits attributes that are computed and null.
    pub(super) fn generate_config(&self, request: &wire::GenerateConfig) -> wire::GeneratedConfig {
        let (config, diagnostics) = finish(&self.context(), self.try_generate(request).map(Some));
        wire::GeneratedConfig { config, diagnostics }
    }

    async fn try_validate(&self, cx: &Context, request: wire::TypedConfig) -> Answer<()> {
        let managed = self.catalog.resource(&request.type_name)?;
        let config = decode(&managed.ty, request.config.as_ref())?;
        missing(&managed.schema, &config).into_iter().for_each(|error| cx.report(error));
        managed.resource.validate(cx, config).await
    }

    async fn try_upgrade(&self, cx: &Context, request: wire::UpgradeState) -> Answer<wire::DynamicValue> {
        let managed = self.catalog.resource(&request.type_name)?;
        let state = json(&request.raw_state.unwrap_or_default().json)?;
        let state = if request.version == managed.schema.version {
            Value::from_json(&managed.ty, &state).map_err(|error| bad_state(&error))?
        } else {
            managed.resource.upgrade(cx, request.version, state).await?
        };
        encode_known(&managed.ty, state)
    }

    fn try_upgrade_identity(&self, request: &wire::UpgradeState) -> Answer<wire::IdentityData> {
        let managed = self.catalog.resource(&request.type_name)?;
        let Some(identity) = &managed.identity else {
            return Err(bug("the resource has no identity").into());
        };
        if request.version != identity.schema.version {
            let summary =
                format!("unsupported identity version {} of `{}`", request.version, request.type_name);
            return Err(Diagnostic::error(summary, "Another version of the provider wrote it.").into());
        }
        let sent = request.raw_state.as_ref().map_or(&[][..], |raw| raw.json.as_slice());
        let value = Value::from_json(&identity.ty, &json(sent)?).map_err(|error| bad_state(&error))?;
        Ok(wire::IdentityData { identity_data: Some(encode_known(&identity.ty, value)?) })
    }

    async fn try_read(&self, cx: &Context, request: wire::Read) -> Answer<wire::ReadAnswer> {
        let managed = self.catalog.resource(&request.type_name)?;
        let read = ReadRequest {
            state: decode(&managed.ty, request.current_state.as_ref())?,
            identity: managed.decode_identity(request.current_identity.as_ref())?,
            private: request.private.clone(),
        };
        let Some(stored) = managed.resource.read(cx, read).await? else {
            return Ok(wire::ReadAnswer {
                new_state: Some(encode(&managed.ty, Value::Null)?),
                ..Default::default()
            });
        };
        Ok(wire::ReadAnswer {
            new_identity: managed.identify(&stored, request.current_identity)?,
            new_state: Some(encode_known(&managed.ty, stored.state)?),
            private: stored.private.unwrap_or(request.private),
            diagnostics: Vec::new(),
        })
    }

    async fn try_import(&self, cx: &Context, request: wire::Import) -> Answer<wire::Imported> {
        let managed = self.catalog.resource(&request.type_name)?;
        let key = match managed.decode_identity(request.identity.as_ref())? {
            Some(identity) if request.id.is_empty() => {
                managed.check_identity(&identity)?;
                ImportKey::Identity(identity)
            }
            _ => ImportKey::Id(request.id),
        };
        let stored = managed.resource.import(cx, key).await?;
        Ok(wire::Imported {
            type_name: request.type_name,
            identity: managed.identify(&stored, request.identity)?,
            state: Some(encode_known(&managed.ty, stored.state)?),
            private: stored.private.unwrap_or_default(),
        })
    }

    async fn try_move(&self, cx: &Context, request: wire::Move) -> Answer<wire::MoveAnswer> {
        let managed = self.catalog.resource(&request.target_type_name)?;
        let from = MoveRequest {
            provider: request.source_provider_address,
            type_name: request.source_type_name,
            version: request.source_schema_version,
            state: json(&request.source_state.unwrap_or_default().json)?,
            private: request.source_private,
        };
        let stored = managed.resource.move_from(cx, from).await?;
        Ok(wire::MoveAnswer {
            target_identity: managed.identify(&stored, None)?,
            target_state: Some(encode_known(&managed.ty, stored.state)?),
            target_private: stored.private.unwrap_or_default(),
            diagnostics: Vec::new(),
        })
    }

    fn try_generate(&self, request: &wire::GenerateConfig) -> Answer<wire::DynamicValue> {
        let managed = self.catalog.resource(&request.type_name)?;
        let state = decode(&managed.ty, request.state.as_ref())?;
        let config = managed.resource.configuration(settable(&managed.schema, state));
        encode_known(&managed.ty, config)
    }
}

impl Managed {
    /// Refuses an identity whose required attributes are null or empty, which Terraform accepts.
    fn check_identity(&self, identity: &Value) -> Answer<()> {
        let schema = self.identity.iter().flat_map(|identity| &identity.schema.attributes);
        let is_missing = |name: &str| {
            let value = identity.get(name);
            value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty())
        };
        match schema.filter(|it| it.required_for_import).find(|it| is_missing(&it.name)) {
            None => Ok(()),
            Some(missing) => {
                let summary = format!("missing identity attribute `{}`", missing.name);
                let detail = format!("{} It is null or empty in the `import` block.", missing.description);
                Err(Diagnostic::error(summary, detail).into())
            }
        }
    }

    pub(super) fn decode_identity(&self, sent: Option<&wire::IdentityData>) -> Answer<Option<Value>> {
        let (Some(identity), Some(sent)) = (&self.identity, sent) else { return Ok(None) };
        let value = decode(&identity.ty, sent.identity_data.as_ref())?;
        Ok(Some(value).filter(|value| !value.is_null()))
    }

    /// The identity to store: the returned one, or the one in the state, or the one that was sent.
    pub(super) fn identify(
        &self,
        stored: &Stored,
        sent: Option<wire::IdentityData>,
    ) -> Answer<Option<wire::IdentityData>> {
        let derived =
            || self.identity.as_ref().and_then(|identity| identity.schema.identity_of(&stored.state));
        self.encode_identity(stored.identity.clone().or_else(derived), sent)
    }

    /// The returned identity, or the one that was sent, as omitting it would remove it. Without an identity schema, Terraform
    /// refuses any.
    pub(super) fn encode_identity(
        &self,
        identity: Option<Value>,
        sent: Option<wire::IdentityData>,
    ) -> Answer<Option<wire::IdentityData>> {
        let Some(schema) = &self.identity else { return Ok(None) };
        let Some(identity) = identity else { return Ok(sent) };
        Ok(Some(wire::IdentityData { identity_data: Some(encode(&schema.ty, identity)?) }))
    }
}

fn bad_state(error: &dyn std::fmt::Display) -> Diagnostic {
    Diagnostic::error(
        format!("cannot read the stored state: {error}"),
        "It may have been edited by hand, or it may be corrupted.",
    )
}
