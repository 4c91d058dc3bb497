//! Namespaces: the rules for what a specification may say, and the message that shows one.

use crate::api::namespace::namespace_spec::SearchAttributeType;
use crate::api::namespace::{
    self, ApiKeyAuthSpec, Endpoints, Limits, MtlsAuthSpec, NamespaceRegionStatus, NamespaceSpec, Replica,
    ReplicaSpec, namespace_region_status, replica,
};
use crate::id;
use crate::refusal::bad_request;
use crate::resource::Resource;
use crate::table::Record;
use prost::Message;
use schema::account::AuthMethod;
use schema::name::{NamespaceId, NamespaceName};
use schema::region::region;
use std::collections::{BTreeMap, HashMap};
use tonic::Status;

const RETENTION_DEFAULT: i32 = 30;
const RETENTION_MOST: i32 = 90;
const ACTIONS_PER_SECOND: i32 = 500;

/// A Namespace whose specification keeps every rule that can be judged without the account.
#[derive(Clone, Debug)]
pub(crate) struct Namespace {
    pub(crate) name: NamespaceName,
    /// Its regions, the active one first.
    regions: Vec<String>,
    /// As it was sent, with the deprecated fields filled or cleared.
    spec: NamespaceSpec,
    pub(crate) tags: BTreeMap<String, String>,
}

impl Namespace {
    /// Reads a specification.
    #[expect(deprecated, reason = "clients of older API versions read and send `regions`")]
    pub(crate) fn parse(spec: Option<NamespaceSpec>, tags: BTreeMap<String, String>) -> Result<Self, Status> {
        let mut spec = spec.ok_or_else(|| bad_request("`spec` is required"))?;
        let name = spec.name.parse().map_err(|error| {
            bad_request(format!("invalid spec.name `{}`: {error}", spec.name.escape_debug()))
        })?;
        let regions = regions(&spec)?;
        retention(spec.retention_days)?;
        search_attributes(&spec)?;
        if let Some(rule) = spec.connectivity_rule_ids.first() {
            return Err(bad_request(format!("connectivity rule `{rule}` not found")));
        }
        spec.api_key_auth.get_or_insert_default();
        spec.custom_search_attributes.clear();
        spec.replicas = regions.iter().map(|region| ReplicaSpec { region: region.clone() }).collect();
        spec.regions.clone_from(&regions);
        Ok(Self { name, regions, spec, tags })
    }

    /// Reads the specification that is to replace this one. Name and regions cannot change, and search attributes stay.
    #[expect(deprecated, reason = "clients of older API versions send `regions`")]
    pub(crate) fn replaced_by(&self, spec: Option<NamespaceSpec>) -> Result<Self, Status> {
        let mut spec = spec.ok_or_else(|| bad_request("`spec` is required"))?;
        if spec.replicas.is_empty() && spec.regions.is_empty() {
            spec.regions.clone_from(&self.regions);
        }
        for (name, kind) in &self.spec.search_attributes {
            if *spec.search_attributes.entry(name.clone()).or_insert(*kind) != *kind {
                return Err(bad_request(format!("the type of search attribute `{name}` cannot change")));
            }
        }
        let next = Self::parse(Some(spec), self.tags.clone())?;
        if next.name != self.name {
            return Err(bad_request("the name of a namespace cannot change"));
        }
        if next.regions != self.regions {
            return Err(bad_request("the regions of a namespace cannot change by an update"));
        }
        Ok(next)
    }

    /// Whether two say the same.
    pub(crate) fn says_the_same(&self, other: &Self) -> bool {
        self.spec == other.spec
    }

    /// Whether it must not be deleted.
    pub(crate) fn protected(&self) -> bool {
        self.spec.lifecycle.as_ref().is_some_and(|lifecycle| lifecycle.enable_delete_protection)
    }

    fn endpoints(&self, id: &NamespaceId) -> Endpoints {
        let own = format!("{id}.tmprl.cloud:7233");
        let mtls = self.spec.mtls_auth.as_ref().is_some_and(|auth| auth.enabled);
        let api_key = self.spec.api_key_auth.is_some_and(|auth| auth.enabled);
        Endpoints {
            web_address: format!("https://cloud.temporal.io/namespaces/{id}"),
            mtls_grpc_address: if mtls { own.clone() } else { String::new() },
            grpc_address: if api_key { self.api_key_address().unwrap_or(own) } else { String::new() },
        }
    }

    /// Workers with API keys reach a Namespace of one region by the region.
    fn api_key_address(&self) -> Option<String> {
        let [only] = self.regions.as_slice() else { return None };
        let region = region(only)?;
        Some(format!("{}.{}.api.temporal.io:7233", region.cloud_region(), region.cloud()))
    }

    fn replicas(&self, id: &NamespaceId) -> Vec<Replica> {
        let replica = |(at, region): (usize, &String)| Replica {
            id: id::seeded(&["replica", &id.to_string(), region]),
            is_primary: at == 0,
            state: replica::ReplicaState::Active.into(),
            region: region.clone(),
        };
        self.regions.iter().enumerate().map(replica).collect()
    }

    fn region_status(&self) -> HashMap<String, NamespaceRegionStatus> {
        use namespace_region_status::State;
        let status = |(at, region): (usize, &String)| {
            let state = if at == 0 { State::Active } else { State::Passive };
            let status = NamespaceRegionStatus { state: state.into(), ..NamespaceRegionStatus::default() };
            (region.clone(), status)
        };
        self.regions.iter().enumerate().map(status).collect()
    }
}

/// A Namespace as answers show it.
pub(crate) fn message(id: &NamespaceId, namespace: &Resource<Namespace>) -> namespace::Namespace {
    let content = &namespace.content;
    namespace::Namespace {
        namespace: id.to_string(),
        resource_version: namespace.version.clone(),
        spec: Some(content.spec.clone()),
        state: namespace.state.into(),
        async_operation_id: namespace.operation.clone(),
        endpoints: Some(content.endpoints(id)),
        active_region: content.regions.first().cloned().unwrap_or_default(),
        limits: Some(Limits { actions_per_second_limit: ACTIONS_PER_SECOND }),
        created_time: Some(namespace.created),
        last_modified_time: namespace.modified,
        region_status: content.region_status(),
        tags: content.tags.clone().into_iter().collect(),
        replicas: content.replicas(id),
        ..namespace::Namespace::default()
    }
}

/// The specification that a policy's Namespace has in the registry. Where nothing is said of how Workers
/// authenticate, it is by API key.
pub(crate) fn spec_of(namespace: &schema::account::Namespace) -> NamespaceSpec {
    let mtls = namespace.auth.contains(&AuthMethod::Mtls);
    let api_key = namespace.auth.is_empty() || namespace.auth.contains(&AuthMethod::ApiKey);
    let replica = |region: &String| ReplicaSpec { region: region.clone() };
    NamespaceSpec {
        name: namespace.id.name().to_string(),
        retention_days: RETENTION_DEFAULT,
        mtls_auth: mtls.then(|| MtlsAuthSpec { enabled: true, ..MtlsAuthSpec::default() }),
        api_key_auth: Some(ApiKeyAuthSpec { enabled: api_key }),
        replicas: namespace.regions.iter().map(replica).collect(),
        ..NamespaceSpec::default()
    }
}

#[expect(deprecated, reason = "clients of older API versions send `regions`")]
fn regions(spec: &NamespaceSpec) -> Result<Vec<String>, Status> {
    let replicas: Vec<String> = spec.replicas.iter().map(|replica| replica.region.clone()).collect();
    let regions = if replicas.is_empty() { spec.regions.clone() } else { replicas };
    if !spec.regions.is_empty() && spec.regions != regions {
        return Err(bad_request("`spec.regions` and `spec.replicas` disagree"));
    }
    if regions.is_empty() {
        return Err(bad_request("`spec.replicas` must name a region"));
    }
    match regions.iter().find(|id| region(id).is_none()) {
        Some(unknown) => Err(bad_request(format!("unknown region `{}`", unknown.escape_debug()))),
        None => Ok(regions),
    }
}

fn retention(days: i32) -> Result<(), Status> {
    if (1..=RETENTION_MOST).contains(&days) {
        return Ok(());
    }
    Err(bad_request(format!("`spec.retention_days` is {days}, it must be between 1 and {RETENTION_MOST}")))
}

fn search_attributes(spec: &NamespaceSpec) -> Result<(), Status> {
    let known = |kind: i32| SearchAttributeType::try_from(kind).is_ok_and(|kind| kind as i32 != 0);
    let mut unknown: Vec<_> = spec.search_attributes.iter().filter(|(_, kind)| !known(**kind)).collect();
    unknown.sort();
    match unknown.first() {
        Some((name, _)) => {
            Err(bad_request(format!("search attribute `{}` has no known type", name.escape_debug())))
        }
        None => Ok(()),
    }
}

impl Record for Namespace {
    fn to_bytes(&self) -> Vec<u8> {
        let tags = self.tags.clone().into_iter().collect();
        let message = namespace::Namespace { spec: Some(self.spec.clone()), tags, ..Default::default() };
        message.encode_to_vec()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let message = namespace::Namespace::decode(bytes).ok()?;
        let spec = message.spec?;
        let regions = spec.replicas.iter().map(|replica| replica.region.clone()).collect();
        Some(Self { name: spec.name.parse().ok()?, regions, spec, tags: message.tags.into_iter().collect() })
    }
}
