//! Namespaces: the rules for what a specification may say, and the message that shows one.

use crate::api::namespace::namespace_spec::SearchAttributeType;
use crate::api::namespace::{
    self, ApiKeyAuthSpec, Endpoints, Limits, MtlsAuthSpec, NamespaceSpec, ReplicaSpec,
};
use crate::entities::connectivity_rule::{self, Rule};
use crate::entities::replicas::Replicas;
use crate::entities::resource::Resource;
use crate::refusal::{self, bad_request};
use crate::storage::table::{Record, Table};
use prost::Message;
use schema::account::AuthMethod;
use schema::name::{NamespaceId, NamespaceName};
use schema::region::region;
use std::collections::BTreeMap;
use tonic::Status;

const RETENTION_DEFAULT: i32 = 30;
const RETENTION_MOST: i32 = 90;
const ACTIONS_PER_SECOND: i32 = 500;
const TAGS_MOST: usize = 10;
const TAG_LENGTH_MOST: usize = 63;

/// A Namespace whose specification keeps every rule that can be judged without the account.
#[derive(Clone, Debug)]
pub(crate) struct Namespace {
    pub(crate) name: NamespaceName,
    pub(crate) replicas: Replicas,
    /// As it was sent, with the deprecated fields filled or cleared.
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

    /// Reads the specification that is to replace this one. The name cannot change, and search attributes stay.
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

    /// The same in other regions, as the deprecated calls ask for.
    pub(crate) fn moved(&self, regions: &[String]) -> Result<Self, Status> {
        let replicas = self.replicas.to_regions(regions)?;
        Self::with(self.spec.clone(), replicas, self.tags.clone())
    }

    /// The same with a search attribute renamed.
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
            Some(_) => Err(refusal::taken("search attribute", to.escape_debug())),
            None => Ok(next),
        }
    }

    /// The same, active in the region of another replica.
    pub(crate) fn failed_over(&self, to: &str) -> Result<Self, Status> {
        Ok(Self { replicas: self.replicas.failed_over(to)?, ..self.clone() })
    }

    /// The same with other tags.
    pub(crate) fn tagged(&self, tags: BTreeMap<String, String>) -> Result<Self, Status> {
        check_tags(&tags)?;
        Ok(Self { tags, ..self.clone() })
    }

    /// The connectivity rules that are attached to it.
    pub(crate) fn rules(&self) -> &[String] {
        &self.spec.connectivity_rule_ids
    }

    /// Whether two say the same. The order of the connectivity rules says nothing.
    pub(crate) fn says_the_same(&self, other: &Self) -> bool {
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
        let regions = self.replicas.regions();
        let [only] = regions.as_slice() else { return None };
        let region = region(only)?;
        Some(format!("{}.{}.api.temporal.io:7233", region.cloud_region(), region.cloud()))
    }
}

/// A Namespace as answers show it.
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

/// The regions that a specification asks for, where the Namespace is in those of `held`. Clients that read and write
/// whole specifications change `replicas` or the deprecated `regions` and send the other as it was.
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

/// Refuses what Temporal Cloud's documentation does not allow in tags.
pub(crate) fn check_tags(tags: &BTreeMap<String, String>) -> Result<(), Status> {
    let known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-@".contains(c);
    let fits = |text: &String| (1..=TAG_LENGTH_MOST).contains(&text.len()) && text.chars().all(known);
    let mut texts = tags.iter().flat_map(|(key, value)| [key, value]);
    if let Some(wrong) = texts.find(|text| !fits(text)) {
        let rule = format!("it must have 1 to {TAG_LENGTH_MOST} lowercase letters, digits and `._-@`");
        return Err(bad_request(format!("invalid tag key or value `{}`: {rule}", wrong.escape_debug())));
    }
    if tags.len() > TAGS_MOST {
        return Err(bad_request(format!("a namespace has at most {TAGS_MOST} tags")));
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
