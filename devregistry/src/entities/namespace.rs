//! Namespaces: the checks of a specification, and the message of a Namespace.

use crate::api::namespace::namespace_spec::SearchAttributeType;
use crate::api::namespace::{
    self, ApiKeyAuthSpec, Endpoints, Limits, MtlsAuthSpec, NamespaceSpec, ReplicaSpec,
};
use crate::entities::connectivity_rule::{self, Rule};
use crate::entities::replicas::Replicas;
use crate::entities::resource::Resource;
use crate::status::{self, bad_request};
use crate::storage::table::{Record, Table};
use prost::Message;
use schema::account::AuthMethod;
use schema::name::{NamespaceId, NamespaceName};
use schema::region::region;
use std::collections::BTreeMap;
use tonic::Status;

const RETENTION_DEFAULT: i32 = 30;
const MAX_RETENTION: i32 = 90;
const ACTIONS_PER_SECOND: i32 = 500;
const MAX_TAGS: usize = 10;
const MAX_TAG_LENGTH: usize = 63;

/// A Namespace that is valid without regard to the rest of the account.
#[derive(Clone, Debug)]
pub(crate) struct Namespace {
    pub(crate) name: NamespaceName,
    pub(crate) replicas: Replicas,
    /// As it was sent, with deprecated fields set or cleared.
    spec: NamespaceSpec,
    pub(crate) tags: BTreeMap<String, String>,
}

impl Namespace {
    /// Reads a specification.
    pub(crate) fn parse(spec: Option<NamespaceSpec>, tags: BTreeMap<String, String>) -> Result<Self, Status> {
        let spec = spec.ok_or_else(|| bad_request("`spec` is required"))?;
        let regions = regions(&spec, &[])?;
        let replicas = Replicas::new(&regions)?;
        Self::with(spec, replicas, tags)
    }

    /// Reads the specification that replaces this one. The name cannot change, and search attributes are kept.
    pub(crate) fn replaced_by(&self, spec: Option<NamespaceSpec>) -> Result<Self, Status> {
        let mut spec = spec.ok_or_else(|| bad_request("`spec` is required"))?;
        for (name, kind) in &self.spec.search_attributes {
            if *spec.search_attributes.entry(name.clone()).or_insert(*kind) != *kind {
                return Err(bad_request(format!("the type of search attribute `{name}` cannot change")));
            }
        }
        let regions = regions(&spec, &self.replicas.regions())?;
        let replicas = self.replicas.to_regions(&regions)?;
        let next = Self::with(spec, replicas, self.tags.clone())?;
        if next.name != self.name {
            return Err(bad_request("the name of a namespace cannot change"));
        }
        Ok(next)
    }

    /// Changes the regions, for the deprecated RPCs.
    pub(crate) fn moved(&self, regions: &[String]) -> Result<Self, Status> {
        let replicas = self.replicas.to_regions(regions)?;
        Self::with(self.spec.clone(), replicas, self.tags.clone())
    }

    /// Renames a search attribute.
    pub(crate) fn renamed_attribute(&self, from: &str, to: &str) -> Result<Self, Status> {
        let mut next = self.clone();
        let attributes = &mut next.spec.search_attributes;
        let kind = attributes.remove(from);
        let kind =
            kind.ok_or_else(|| bad_request(format!("search attribute `{}` not found", from.escape_debug())))?;
        if to.is_empty() {
            return Err(bad_request("`new_custom_search_attribute_name` is required"));
        }
        if from == to {
            return Err(bad_request("nothing to change"));
        }
        match attributes.insert(to.to_owned(), kind) {
            Some(_) => Err(status::already_exists("search attribute", to.escape_debug())),
            None => Ok(next),
        }
    }

    /// Makes another replica active.
    pub(crate) fn failed_over(&self, to: &str) -> Result<Self, Status> {
        Ok(Self { replicas: self.replicas.failed_over(to)?, ..self.clone() })
    }

    /// Replaces the tags.
    pub(crate) fn tagged(&self, tags: BTreeMap<String, String>) -> Result<Self, Status> {
        check_tags(&tags)?;
        Ok(Self { tags, ..self.clone() })
    }

    /// The ids of the attached connectivity rules.
    pub(crate) fn rules(&self) -> &[String] {
        &self.spec.connectivity_rule_ids
    }

    /// Whether both are equivalent. The order of connectivity rules does not matter.
    pub(crate) fn is_equivalent(&self, other: &Self) -> bool {
        let sorted = |namespace: &Self| {
            let mut spec = namespace.spec.clone();
            spec.connectivity_rule_ids.sort_unstable();
            spec
        };
        sorted(self) == sorted(other)
    }

    #[expect(deprecated, reason = "clients of older API versions read `regions`")]
    fn with(
        mut spec: NamespaceSpec,
        replicas: Replicas,
        tags: BTreeMap<String, String>,
    ) -> Result<Self, Status> {
        let name = spec.name.parse().map_err(|error| {
            bad_request(format!("invalid spec.name `{}`: {error}", spec.name.escape_debug()))
        })?;
        retention(spec.retention_days)?;
        search_attributes(&spec)?;
        let regions = replicas.regions();
        spec.api_key_auth.get_or_insert_default();
        spec.custom_search_attributes.clear();
        spec.replicas = regions.iter().map(|region| ReplicaSpec { region: region.clone() }).collect();
        spec.regions = regions;
        Ok(Self { name, replicas, spec, tags })
    }

    /// Whether delete protection is enabled.
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

    /// The address for API keys of a Namespace in one region is that of the region.
    fn api_key_address(&self) -> Option<String> {
        let regions = self.replicas.regions();
        let [only] = regions.as_slice() else { return None };
        let region = region(only)?;
        Some(format!("{}.{}.api.temporal.io:7233", region.cloud_region(), region.cloud()))
    }
}

/// The message of a Namespace.
pub(crate) fn message(
    id: &NamespaceId,
    namespace: &Resource<Namespace>,
    rules: &Table<String, Resource<Rule>>,
) -> namespace::Namespace {
    let content = &namespace.content;
    let rule = |id: &String| rules.get(id).map(|rule| connectivity_rule::message(id, rule));
    namespace::Namespace {
        namespace: id.to_string(),
        resource_version: namespace.version.clone(),
        spec: Some(content.spec.clone()),
        state: namespace.state.into(),
        async_operation_id: namespace.operation.clone(),
        endpoints: Some(content.endpoints(id)),
        active_region: content.replicas.active().to_owned(),
        limits: Some(Limits { actions_per_second_limit: ACTIONS_PER_SECOND }),
        created_time: Some(namespace.created),
        last_modified_time: namespace.modified,
        region_status: content.replicas.statuses(),
        connectivity_rules: content.rules().iter().filter_map(rule).collect(),
        tags: content.tags.clone().into_iter().collect(),
        replicas: content.replicas.messages(id),
        ..namespace::Namespace::default()
    }
}

/// The specification of a Namespace of a policy. Without an authentication method, API keys are enabled.
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

/// The regions in a specification for a Namespace that is in the regions `held`. Clients that update a specification change
/// `replicas` or the deprecated `regions`, and send the other one unchanged.
#[expect(deprecated, reason = "clients of older API versions send `regions`")]
fn regions(spec: &NamespaceSpec, held: &[String]) -> Result<Vec<String>, Status> {
    let replicas: Vec<String> = spec.replicas.iter().map(|replica| replica.region.clone()).collect();
    let unsaid = |regions: &[String]| regions.is_empty() || regions == held;
    match (unsaid(&replicas), unsaid(&spec.regions)) {
        (true, true) => Ok(held.to_vec()),
        (false, true) => Ok(replicas),
        (true, false) => Ok(spec.regions.clone()),
        (false, false) if replicas == spec.regions => Ok(replicas),
        (false, false) => Err(bad_request("`spec.regions` and `spec.replicas` disagree")),
    }
}

fn retention(days: i32) -> Result<(), Status> {
    if (1..=MAX_RETENTION).contains(&days) {
        return Ok(());
    }
    Err(bad_request(format!("`spec.retention_days` is {days}, it must be between 1 and {MAX_RETENTION}")))
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

/// Refuses tags that Temporal Cloud's documentation does not allow.
pub(crate) fn check_tags(tags: &BTreeMap<String, String>) -> Result<(), Status> {
    let known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-@".contains(c);
    let fits = |text: &String| (1..=MAX_TAG_LENGTH).contains(&text.len()) && text.chars().all(known);
    let mut texts = tags.iter().flat_map(|(key, value)| [key, value]);
    if let Some(wrong) = texts.find(|text| !fits(text)) {
        let rule = format!("it must have 1 to {MAX_TAG_LENGTH} lowercase letters, digits and `._-@`");
        return Err(bad_request(format!("invalid tag key or value `{}`: {rule}", wrong.escape_debug())));
    }
    if tags.len() > MAX_TAGS {
        return Err(bad_request(format!("a namespace has at most {MAX_TAGS} tags")));
    }
    Ok(())
}

impl Record for Namespace {
    fn to_bytes(&self) -> Vec<u8> {
        let message = namespace::Namespace {
            spec: Some(self.spec.clone()),
            tags: self.tags.clone().into_iter().collect(),
            replicas: self.replicas.to_store(),
            ..Default::default()
        };
        message.encode_to_vec()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let message = namespace::Namespace::decode(bytes).ok()?;
        let spec = message.spec?;
        Some(Self {
            name: spec.name.parse().ok()?,
            replicas: Replicas::stored(message.replicas),
            spec,
            tags: message.tags.into_iter().collect(),
        })
    }
}
