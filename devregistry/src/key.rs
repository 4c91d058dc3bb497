//! API keys. Only their digests are kept: a look-up by digest takes the same time however much of a guess is right.

use crate::api::identity::{ApiKey, ApiKeySpec, OwnerType};
use crate::id;
use crate::resource::Resource;
use crate::table::Table;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use schema::name::PrincipalKind;
use schema::secret::Secret;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Whose key it is.
#[derive(Clone, Debug)]
pub(crate) struct Owner {
    pub(crate) kind: PrincipalKind,
    pub(crate) id: String,
}

/// Every key of the account.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    by_id: Table<String, Resource<Owner>>,
    by_digest: BTreeMap<[u8; 32], String>,
}

impl Keys {
    /// Makes a key; its text exists nowhere but in what this returns.
    pub(crate) fn create(&mut self, key: Resource<Owner>) -> Secret {
        let text = format!("dev_{}", BASE64_URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>()));
        let id = id::random();
        self.by_digest.insert(digest(&text), id.clone());
        self.by_id.insert(id, key);
        Secret::new(text)
    }

    /// The id and owner of a key by its text.
    pub(crate) fn owner(&self, text: &str) -> Option<(&str, &Owner)> {
        let id = self.by_digest.get(&digest(text))?;
        self.by_id.get(id).map(|key| (id.as_str(), &key.content))
    }

    /// A key as answers show it.
    pub(crate) fn message(&self, id: &str) -> Option<ApiKey> {
        let key = self.by_id.get(id)?;
        let owner_type = match key.content.kind {
            PrincipalKind::ServiceAccount => OwnerType::ServiceAccount,
            PrincipalKind::User | PrincipalKind::Group => OwnerType::User,
        };
        let spec = ApiKeySpec {
            owner_id: key.content.id.clone(),
            owner_type: owner_type.into(),
            display_name: "embedded registry".to_owned(),
            ..ApiKeySpec::default()
        };
        Some(ApiKey {
            id: id.to_owned(),
            resource_version: key.version.clone(),
            spec: Some(spec),
            state: key.state.into(),
            async_operation_id: key.operation.clone(),
            created_time: Some(key.created),
            last_modified_time: key.modified,
            ..ApiKey::default()
        })
    }
}

fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text).into()
}
