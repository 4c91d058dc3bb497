//! The snapshot file, written by `nexusc snapshot` and read by `--account`. Sorted, so that two snapshots of an account
//! differ only where the account does.

use super::{Connectivity, Facts, Home, by_name};
use crate::json;
use registry::{
    ACCESS_API_VERSION, Grant, PrincipalList, Principals, RegisteredEndpoint, RegisteredPrincipal,
    RegisteredRule, ResourceState,
};
use schema::access::{Access, AccountRole, NamespacePermission};
use schema::account::{AuthMethod, Namespace};
use schema::backend::Backend;
use schema::name::{NameError, NamespaceId, PrincipalId, PrincipalKind};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use thiserror::Error;

/// The version of the snapshot format that this compiler writes and reads.
pub const VERSION: u32 = 1;

/// The state of an account on a day, as far as the API key could read it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Snapshot {
    /// The version of the format.
    #[schemars(schema_with = "json::version::<VERSION>")]
    version: u32,
    /// The account's id, or the self-hosted cluster's.
    pub account: String,
    /// The backend; Temporal Cloud if omitted.
    #[serde(default, skip_serializing_if = "Lives::is_on_cloud")]
    backend: Lives,
    /// The day of the snapshot, in UTC.
    #[schemars(schema_with = "json::day")]
    pub as_of: String,
    /// The version of the Cloud Ops API with which the access of principals was read. Below v0.18, or if omitted,
    /// Project access was not read, and no permission is reported as missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^v[0-9]+\.[0-9]+\.[0-9]+$"))]
    access_api_version: Option<String>,
    namespaces: NamespaceSection,
    users: PrincipalSection,
    service_accounts: PrincipalSection,
    groups: PrincipalSection,
    /// Every Endpoint, as the registry shows it: unchanged.
    #[schemars(with = "Vec<serde_json::Map<String, Value>>")]
    endpoints: Vec<Value>,
    /// Every connectivity rule, as returned by the registry. Omitted if they were not read.
    #[serde(default)]
    connectivity_rules: RuleSection,
}

/// The backend of the account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Lives {
    #[default]
    Cloud,
    SelfHosted,
}

impl Lives {
    fn is_on_cloud(&self) -> bool {
        *self == Self::Cloud
    }
}

/// The registry's JSON of every connectivity rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RuleSection {
    /// Why the list may be incomplete; omitted if it is complete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    incomplete: Option<String>,
    #[schemars(with = "Vec<serde_json::Map<String, Value>>")]
    items: Vec<Value>,
}

/// The section of a snapshot from a version without rules.
impl Default for RuleSection {
    fn default() -> Self {
        let incomplete = Some("the snapshot has no connectivity rules".to_owned());
        Self { incomplete, items: Vec::new() }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NamespaceSection {
    /// Whether the list has all Namespaces of the account.
    complete: bool,
    items: Vec<SnapshotNamespace>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SnapshotNamespace {
    id: String,
    /// Its state, such as `DELETING`, unless it is active.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    state: Option<String>,
    /// The active one first.
    regions: Vec<String>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    #[schemars(schema_with = "auth_methods")]
    auth: BTreeSet<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    tags: BTreeMap<String, String>,
    /// The ids of the attached connectivity rules.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    connectivity_rules: BTreeSet<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PrincipalSection {
    /// Why the list may be incomplete; omitted if it is complete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    incomplete: Option<String>,
    items: Vec<SnapshotPrincipal>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SnapshotPrincipal {
    /// The name; for a user, the e-mail address.
    name: String,
    registry_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "role")]
    account_access: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "permissions")]
    namespace_access: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    namespace_scoped_access: Option<ScopedAccess>,
    /// Why it may have further permissions, such as Project access or a custom role; none is reported as missing then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    may_hold_more: Option<String>,
    /// The users of a group.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    members: BTreeSet<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ScopedAccess {
    namespace: String,
    #[schemars(schema_with = "permission_schema")]
    permission: String,
}

fn auth_methods(_: &mut SchemaGenerator) -> Schema {
    let methods = [AuthMethod::Mtls.name(), AuthMethod::ApiKey.name()];
    json_schema!({ "type": "array", "items": { "enum": methods }, "uniqueItems": true })
}

fn role(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "enum": AccountRole::ALL.map(AccountRole::name) })
}

fn permission_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "enum": NamespacePermission::ALL.map(NamespacePermission::name) })
}

fn permissions(generator: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "object", "additionalProperties": permission_schema(generator) })
}

/// The schema of a snapshot of this version.
#[must_use]
pub fn snapshot_schema() -> Value {
    json::schema_of_input::<Snapshot>("A snapshot of nexusc")
}

/// Why a file is not a snapshot.
#[derive(Debug, Error)]
pub enum SnapshotError {
    /// Another version of the format.
    #[error("snapshot version {0}, expected {VERSION}")]
    Version(Value),
    /// Not JSON, or not a snapshot.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// JSON that does not match the schema.
    #[error("{0}")]
    Shape(String),
    /// A name that breaks Temporal's rules.
    #[error("`{text}` is not valid: {source}")]
    Name {
        /// The name.
        text: String,
        /// Why not.
        source: NameError,
    },
    /// A role, permission or authentication method that does not exist.
    #[error("`{0}` is not a value of this version")]
    Word(String),
    /// An Endpoint that cannot be decoded.
    #[error("invalid Endpoint: {0}")]
    Endpoint(String),
    /// A connectivity rule that cannot be decoded.
    #[error("invalid connectivity rule: {0}")]
    Rule(String),
}

impl Snapshot {
    /// The snapshot of facts, on this day.
    #[must_use]
    pub fn of(facts: &Facts, as_of: String) -> Self {
        let principals = &facts.principals;
        let connectivity = &facts.connectivity;
        let namespace = |namespace| SnapshotNamespace::of(namespace, facts);
        let items = facts.namespaces.values().map(namespace).collect();
        let rules = connectivity.rules.values().map(|rule| rule.json().clone()).collect();
        let mut endpoints: Vec<_> = facts.endpoints.values().chain(facts.deleting.values()).collect();
        endpoints.sort_by_key(|endpoint| endpoint.name());
        Self {
            version: VERSION,
            account: facts.home.id().to_owned(),
            backend: match facts.home {
                Home::Account(_) => Lives::Cloud,
                Home::Cluster(_) => Lives::SelfHosted,
            },
            as_of,
            access_api_version: principals.unread.is_none().then(|| ACCESS_API_VERSION.to_owned()),
            namespaces: NamespaceSection { complete: facts.all_namespaces, items },
            users: PrincipalSection::of(&principals.users),
            service_accounts: PrincipalSection::of(&principals.service_accounts),
            groups: PrincipalSection::of(&principals.groups),
            endpoints: endpoints.into_iter().map(|endpoint| endpoint.json().clone()).collect(),
            connectivity_rules: RuleSection { incomplete: connectivity.incomplete.clone(), items: rules },
        }
    }

    /// Parses a snapshot.
    ///
    /// # Errors
    /// When it has another version or does not match the schema.
    pub fn parse(text: &str) -> Result<Self, SnapshotError> {
        let json: Value = serde_json::from_str(text)?;
        if let Some(version) = json.get("version").filter(|version| **version != VERSION) {
            return Err(SnapshotError::Version(version.clone()));
        }
        let faults = json::faults(&snapshot_schema(), &json);
        if !faults.is_empty() {
            return Err(SnapshotError::Shape(faults.join("; ")));
        }
        Ok(serde_json::from_value(json)?)
    }

    /// The facts of the snapshot.
    ///
    /// # Errors
    /// When a value is invalid.
    pub fn facts(self) -> Result<Facts, SnapshotError> {
        let unread = self.unread_access();
        let home = match self.backend {
            Lives::Cloud => Home::Account(parse(&self.account)?),
            Lives::SelfHosted => Home::Cluster(self.account),
        };
        let endpoints = self.endpoints.into_iter();
        let endpoints =
            endpoints.map(|json| RegisteredEndpoint::from_json(json).map_err(SnapshotError::Endpoint));
        let (endpoints, deleting) = by_name(endpoints.collect::<Result<Vec<_>, _>>()?);
        let mut connectivity = Connectivity::default();
        connectivity.incomplete = self.connectivity_rules.incomplete;
        for json in self.connectivity_rules.items {
            connectivity.insert(RegisteredRule::from_json(json).map_err(SnapshotError::Rule)?);
        }
        for namespace in &self.namespaces.items {
            connectivity.attach(id(home.backend(), &namespace.id)?, namespace.connectivity_rules.clone());
        }
        let backend = home.backend();
        let states = self.namespaces.items.iter().filter_map(|item| Some((item, item.state.as_deref()?)));
        let states = states.map(|(item, word)| Ok((id(backend, &item.id)?, ResourceState::of_word(word))));
        let namespace_states = states.collect::<Result<_, SnapshotError>>()?;
        let namespaces = self.namespaces.items.into_iter().map(|item| item.namespace(backend));
        let namespaces = namespaces.map(|read| read.map(|namespace| (namespace.id.clone(), namespace)));
        Ok(Facts {
            home,
            namespaces: namespaces.collect::<Result<_, SnapshotError>>()?,
            namespace_states,
            all_namespaces: self.namespaces.complete,
            principals: Principals {
                users: self.users.section(PrincipalKind::User)?,
                service_accounts: self.service_accounts.section(PrincipalKind::ServiceAccount)?,
                groups: self.groups.section(PrincipalKind::Group)?,
                unread,
            },
            endpoints,
            deleting,
            connectivity,
            snapshot: Some(self.as_of),
        })
    }

    /// Why every principal may have further permissions: snapshots of older versions lack Project access.
    fn unread_access(&self) -> Option<String> {
        let version = self.access_api_version.as_deref().unwrap_or_default();
        let mut numbers = version.trim_start_matches('v').split('.').map_while(|number| number.parse().ok());
        let shows_projects = (numbers.next(), numbers.next()) >= (Some(0_u32), Some(18_u32));
        let reason = "the snapshot lacks Project access; create it again";
        (!shows_projects && self.backend == Lives::Cloud).then(|| reason.to_owned())
    }
}

impl SnapshotNamespace {
    fn of(namespace: &Namespace, facts: &Facts) -> Self {
        Self {
            id: namespace.id.to_string(),
            state: facts.namespace_states.get(&namespace.id).map(|state| state.word().to_owned()),
            regions: namespace.regions.clone(),
            auth: namespace.auth.iter().map(|method| method.name().to_owned()).collect(),
            tags: namespace.tags.to_map(),
            connectivity_rules: facts.connectivity.attached_to(&namespace.id).clone(),
        }
    }

    fn namespace(self, backend: Backend) -> Result<Namespace, SnapshotError> {
        let methods = [AuthMethod::Mtls, AuthMethod::ApiKey];
        let method = |word: String| {
            methods.into_iter().find(|method| method.name() == word).ok_or(SnapshotError::Word(word))
        };
        Ok(Namespace {
            id: id(backend, &self.id)?,
            regions: self.regions,
            auth: self.auth.into_iter().map(method).collect::<Result<_, _>>()?,
            tags: self.tags.into_iter().collect(),
        })
    }
}

impl PrincipalSection {
    fn of(section: &PrincipalList) -> Self {
        let items = section.visible.values().map(SnapshotPrincipal::of).collect();
        Self { incomplete: section.incomplete.clone(), items }
    }

    fn section(self, kind: PrincipalKind) -> Result<PrincipalList, SnapshotError> {
        let read = self.items.into_iter().map(|item| item.principal(kind));
        let read = read.map(|read| read.map(|principal| (principal.id.clone(), principal)));
        Ok(PrincipalList { visible: read.collect::<Result<_, _>>()?, incomplete: self.incomplete })
    }
}

impl SnapshotPrincipal {
    fn of(principal: &RegisteredPrincipal) -> Self {
        let mut taken = Self {
            name: principal.id.name().to_owned(),
            registry_id: principal.registry_id.clone(),
            account_access: None,
            namespace_access: BTreeMap::new(),
            namespace_scoped_access: None,
            may_hold_more: principal.grant.may_hold_more.clone(),
            members: principal.members.iter().map(|member| member.name().to_owned()).collect(),
        };
        match &principal.grant.access {
            None => {}
            Some(Access::Account { role, namespaces }) => {
                let word = |(namespace, held): (&NamespaceId, &NamespacePermission)| {
                    (namespace.to_string(), held.name().to_owned())
                };
                taken.account_access = Some(role.name().to_owned());
                taken.namespace_access = namespaces.iter().map(word).collect();
            }
            Some(Access::NamespaceScoped { namespace, permission }) => {
                let (namespace, permission) = (namespace.to_string(), permission.name().to_owned());
                taken.namespace_scoped_access = Some(ScopedAccess { namespace, permission });
            }
        }
        taken
    }

    fn principal(self, kind: PrincipalKind) -> Result<RegisteredPrincipal, SnapshotError> {
        let id = |kind, name: &str| {
            PrincipalId::new(kind, name)
                .map_err(|source| SnapshotError::Name { text: name.to_owned(), source })
        };
        let members = self.members.iter().map(|name| id(PrincipalKind::User, name));
        Ok(RegisteredPrincipal {
            id: id(kind, &self.name)?,
            members: members.collect::<Result<_, _>>()?,
            grant: Grant { access: self.access()?, may_hold_more: self.may_hold_more },
            registry_id: self.registry_id,
        })
    }

    fn access(&self) -> Result<Option<Access>, SnapshotError> {
        if let Some(scoped) = &self.namespace_scoped_access {
            let (namespace, permission) = (parse(&scoped.namespace)?, permission(&scoped.permission)?);
            return Ok(Some(Access::NamespaceScoped { namespace, permission }));
        }
        let Some(word) = &self.account_access else { return Ok(None) };
        let role = AccountRole::from_name(word).ok_or_else(|| SnapshotError::Word(word.clone()))?;
        let held = self.namespace_access.iter();
        let held = held.map(|(namespace, word)| Ok((parse(namespace)?, permission(word)?)));
        Ok(Some(Access::Account { role, namespaces: held.collect::<Result<_, SnapshotError>>()? }))
    }
}

fn permission(word: &str) -> Result<NamespacePermission, SnapshotError> {
    NamespacePermission::from_name(word).ok_or_else(|| SnapshotError::Word(word.to_owned()))
}

fn id(backend: Backend, text: &str) -> Result<NamespaceId, SnapshotError> {
    backend.namespace_id(text).map_err(|source| SnapshotError::Name { text: text.to_owned(), source })
}

fn parse<T: std::str::FromStr<Err = NameError>>(text: &str) -> Result<T, SnapshotError> {
    text.parse().map_err(|source| SnapshotError::Name { text: text.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOUND: &str = r#"{
        "version": 1, "account": "a2dd6", "as_of": "2026-06-15",
        "namespaces": { "complete": true, "items": [{ "id": "orders-prod.a2dd6", "regions": [] }] },
        "users": { "items": [{ "name": "a@b.example", "registry_id": "u", "account_access": "owner" }] },
        "service_accounts": { "items": [] }, "groups": { "items": [], "incomplete": "hidden" },
        "endpoints": [{ "id": "e", "spec": {}, "anything": 1 }]
    }"#;

    #[track_caller]
    fn refused(from: &str, to: &str) -> String {
        assert!(SOUND.contains(from));
        Snapshot::parse(&SOUND.replace(from, to)).unwrap_err().to_string()
    }

    #[test]
    fn a_snapshot_matches_the_schema_and_is_read_back() {
        let read = Snapshot::parse(SOUND).unwrap();
        let facts = read.clone().facts().unwrap();
        let written = serde_json::to_string(&Snapshot::of(&facts, read.as_of.clone())).unwrap();
        assert_eq!(Snapshot::parse(&written).unwrap().facts().unwrap().namespaces, facts.namespaces);
    }

    #[test]
    fn a_snapshot_without_project_access_reports_no_missing_permission() {
        let more = |version: &str| {
            let text = SOUND.replace("\"as_of\"", &format!("{version} \"as_of\""));
            let facts = Snapshot::parse(&text).unwrap().facts().unwrap();
            let again = Snapshot::of(&facts, "2026-06-15".to_owned()).facts().unwrap();
            assert_eq!(again.principals.unread, facts.principals.unread, "{version}");
            facts.principals.rights(&"user.a@b.example".parse().unwrap()).unwrap().may_hold_more
        };
        let hidden = Some("hidden".to_owned());
        for version in ["v0.18.0", "v0.19.1", "v1.0.0"] {
            assert_eq!(more(&format!("\"access_api_version\": {version:?},")), hidden, "{version}");
        }
        for old in ["", "\"access_api_version\": \"v0.17.0\","] {
            let more = more(old).unwrap();
            let reason = "the snapshot lacks Project access; create it again, and hidden";
            assert_eq!(more, reason, "{old}");
        }
    }

    #[test]
    fn violations_of_the_schema_are_refused_with_their_path() {
        assert_eq!(refused("\"version\": 1", "\"version\": 2"), "snapshot version 2, expected 1");
        let word = refused("\"owner\"", "\"king\"");
        assert!(word.starts_with("at `/users/items/0/account_access`: "), "{word}");
        let attribute = refused("\"registry_id\"", "\"id\"");
        assert!(attribute.contains("\"registry_id\" is a required property"), "{attribute}");
        assert!(refused("2026-06-15", "today").contains("at `/as_of`"));
        assert!(Snapshot::parse("{}").unwrap_err().to_string().contains("\"account\" is a required"));
        assert!(Snapshot::parse("nonsense").is_err());
    }
}
