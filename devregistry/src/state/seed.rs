//! The initial content of a registry: an account as a policy declares it.

use crate::api::Timestamp;
use crate::api::account::AccountSpec;
use crate::api::identity::{CloudGroupSpec, user_group_spec::GroupType};
use crate::clock::{Clock, timestamp};
use crate::entities::api_key::Keys;
use crate::entities::endpoint::{self, Endpoint};
use crate::entities::endpoints::Endpoints;
use crate::entities::grant::Grant;
use crate::entities::id;
use crate::entities::namespace::{self, Namespace};
use crate::entities::principal::{Principal, Principals};
use crate::entities::resource::Resource;
use crate::operations::Operations;
use crate::settings::Settings;
use crate::state::State;
use crate::storage::table::Table;
use schema::access::{Access, AccountRole};
use schema::account::{self, Account};
use schema::name::{AccountId, NamespaceId, PrincipalId, PrincipalKind};
use schema::secret::Secret;
use std::collections::BTreeMap;
use thiserror::Error;

/// Why an account cannot be the initial content.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SeedError {
    /// The account declares the built-in Owner with another role.
    #[error("the built-in `user.owner` must have the role `owner`, but the seed declares another role")]
    OwnerRole,
    /// A member of a group is not a user of the account.
    #[error("`{group}` has the member `{member}`, which is not a user of the account")]
    UnknownMember {
        /// The group.
        group: PrincipalId,
        /// The member.
        member: PrincipalId,
    },
    /// A Namespace belongs to another account.
    #[error("namespace `{0}` belongs to another account")]
    ForeignNamespace(NamespaceId),
    /// A Namespace or Endpoint is invalid.
    #[error("`{name}`: {reason}")]
    Refused {
        /// The Namespace or Endpoint.
        name: String,
        /// Why it is invalid.
        reason: String,
    },
}

/// Builds the state, with an API key for each user and service account.
pub(crate) fn build(account: Account, settings: Settings) -> Result<State, SeedError> {
    let account = with_owner(account)?;
    let clock = Clock::new();
    let now = timestamp(clock.now());
    let mut state = State {
        settings,
        clock,
        account: [(account.id.to_string(), Resource::seeded(AccountSpec::default(), now))]
            .into_iter()
            .collect(),
        limits: account.limits,
        namespaces: namespaces(&account, now)?,
        endpoints: Endpoints::default(),
        rules: Table::default(),
        principals: principals(&account, now)?,
        custom_roles: Table::default(),
        keys: Keys::new(Secret::new(id::random() + &id::random())),
        operations: Operations::default(),
        planned_failure: None,
        id: account.id.clone(),
    };
    for endpoint in account.endpoints.values() {
        add_endpoint(&mut state, endpoint, now)?;
    }
    for name in account.principals.keys().filter(|id| id.kind != PrincipalKind::Group) {
        state.keys.add_seeded(name, name.kind, principal_id(&account.id, name), now);
    }
    Ok(state)
}

fn with_owner(mut account: Account) -> Result<Account, SeedError> {
    let id = PrincipalId::new(PrincipalKind::User, "owner").map_err(|_| SeedError::OwnerRole)?;
    let access = Access::Account { role: AccountRole::Owner, namespaces: BTreeMap::new() };
    let owner = account::Principal { id: id.clone(), access, members: Default::default() };
    let owner = account.principals.entry(id).or_insert(owner);
    let is_owner = owner.access.role() == AccountRole::Owner;
    if is_owner { Ok(account) } else { Err(SeedError::OwnerRole) }
}

fn namespaces(
    account: &Account,
    now: Timestamp,
) -> Result<Table<NamespaceId, Resource<Namespace>>, SeedError> {
    let namespace = |(id, declared): (&NamespaceId, &account::Namespace)| {
        if id.account() != Some(&account.id) {
            return Err(SeedError::ForeignNamespace(id.clone()));
        }
        let spec = namespace::spec_of(declared);
        let namespace = Namespace::parse(Some(spec), declared.tags.to_map());
        let namespace = namespace.map_err(|status| refused(id.to_string(), &status))?;
        Ok((id.clone(), Resource::seeded(namespace, now)))
    };
    account.namespaces.iter().map(namespace).collect()
}

fn principals(account: &Account, now: Timestamp) -> Result<Principals, SeedError> {
    let mut principals = Principals::default();
    for declared in account.principals.values() {
        let members = members(account, declared, now)?;
        let is_group = declared.id.kind == PrincipalKind::Group;
        let group_type = is_group.then_some(GroupType::CloudGroup(CloudGroupSpec {}));
        let grant = Grant::from(&declared.access);
        let content = Principal { members, group_type, ..Principal::new(declared.id.clone(), grant) };
        let id = principal_id(&account.id, &declared.id);
        principals.of_mut(declared.id.kind).insert(id, Resource::seeded(content, now));
    }
    Ok(principals)
}

fn members(
    account: &Account,
    group: &account::Principal,
    now: Timestamp,
) -> Result<BTreeMap<String, Timestamp>, SeedError> {
    let known =
        |member: &PrincipalId| member.kind == PrincipalKind::User && account.principals.contains_key(member);
    match group.members.iter().find(|member| !known(member)) {
        Some(unknown) => Err(SeedError::UnknownMember { group: group.id.clone(), member: unknown.clone() }),
        None => Ok(group.members.iter().map(|member| (principal_id(&account.id, member), now)).collect()),
    }
}

fn add_endpoint(state: &mut State, declared: &account::Endpoint, now: Timestamp) -> Result<(), SeedError> {
    let id = id::seeded(&["endpoint", state.id.as_str(), declared.name.as_str()]);
    let endpoint = Endpoint::parse(Some(endpoint::spec_of(declared)));
    let checked = endpoint.and_then(|endpoint| state.check_endpoint(&id, &endpoint, None).map(|()| endpoint));
    let endpoint = checked.map_err(|status| refused(declared.name.to_string(), &status))?;
    state.endpoints.insert(id, Resource::seeded(endpoint, now));
    Ok(())
}

fn principal_id(account: &AccountId, name: &PrincipalId) -> String {
    id::seeded(&["principal", account.as_str(), &name.to_string()])
}

fn refused(name: String, status: &tonic::Status) -> SeedError {
    SeedError::Refused { name, reason: status.message().to_owned() }
}
