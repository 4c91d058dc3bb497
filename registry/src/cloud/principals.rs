//! Users, service accounts and groups with their members, as far as the API key may read them.

use crate::client::Registry;
use crate::cloud::grant::Grant;
use crate::cloud::request::Request;
use crate::error::RegistryError;
use crate::json;
use futures_util::future::try_join_all;
use schema::access::Rights;
use schema::account::Principal;
use schema::name::{PrincipalId, PrincipalKind};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// How many groups' members are read concurrently: a user may send 40 requests a second.
const CONCURRENT_GROUPS: usize = 8;

/// A principal as the registry returned it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisteredPrincipal {
    /// Kind and name, or e-mail address.
    pub id: PrincipalId,
    /// Its id in the registry.
    pub registry_id: String,
    /// Its own grant, without those of its groups.
    pub grant: Grant,
    /// A group's users; empty for others.
    pub members: BTreeSet<PrincipalId>,
}

/// The principals of one kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PrincipalList {
    /// Those that can be read.
    pub visible: BTreeMap<PrincipalId, RegisteredPrincipal>,
    /// Why there may be others, or more members than these; `None` when the list is complete.
    pub incomplete: Option<String>,
}

/// Every principal of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Principals {
    /// The users.
    pub users: PrincipalList,
    /// The service accounts.
    pub service_accounts: PrincipalList,
    /// The groups.
    pub groups: PrincipalList,
    /// Why each of them may hold more than was read; `None` when all grants were read.
    pub unread: Option<String>,
}

impl RegisteredPrincipal {
    /// The principal as a policy declares it; `None` when it has no grant that a policy can express.
    #[must_use]
    pub fn principal(&self) -> Option<Principal> {
        let access = self.grant.access.clone()?;
        Some(Principal { id: self.id.clone(), access, members: self.members.clone() })
    }
}

impl Principals {
    /// The principal with this id. `None` means that there is none only if the list of its kind is complete.
    #[must_use]
    pub fn get(&self, id: &PrincipalId) -> Option<&RegisteredPrincipal> {
        self.section(id.kind).visible.get(id)
    }

    /// The principals of a kind.
    #[must_use]
    pub fn section(&self, kind: PrincipalKind) -> &PrincipalList {
        match kind {
            PrincipalKind::User => &self.users,
            PrincipalKind::ServiceAccount => &self.service_accounts,
            PrincipalKind::Group => &self.groups,
        }
    }

    /// The rights of a principal by its own grant and those of its groups; `None` for one that is not visible.
    #[must_use]
    pub fn rights(&self, id: &PrincipalId) -> Option<Rights> {
        let mut rights = self.get(id)?.grant.rights();
        self.unread.iter().for_each(|reason| rights.doubt(reason));
        if id.kind != PrincipalKind::User {
            return Some(rights);
        }
        for group in self.groups.visible.values().filter(|group| group.members.contains(id)) {
            group.grant.add_to(&mut rights, group.id.name());
        }
        self.groups.incomplete.iter().for_each(|reason| rights.doubt(reason));
        Some(rights)
    }
}

impl Registry {
    /// Every principal of the account that the API key may read.
    ///
    /// # Errors
    /// Any failure of the calls, except that a list is withheld.
    pub async fn principals(&self) -> Result<Principals, RegistryError> {
        let users = self.list_principals("users", "users", PrincipalKind::User, "/spec/email").await?;
        let accounts = self.list_principals(
            "service-accounts",
            "serviceAccount",
            PrincipalKind::ServiceAccount,
            "/spec/name",
        );
        let service_accounts = accounts.await?;
        let groups = match self.groups().await {
            Ok(mut groups) => {
                self.load_members(&mut groups).await?;
                group_section(groups, &users)
            }
            Err(error) => withheld(error)?,
        };
        Ok(Principals { users, service_accounts, groups, unread: None })
    }

    async fn list_principals(
        &self,
        path: &str,
        field: &str,
        kind: PrincipalKind,
        name: &str,
    ) -> Result<PrincipalList, RegistryError> {
        let request = Request::get_principals(format!("list {}", path.replace('-', " ")), &[path])?;
        let items = match self.list(request, field, "/id").await {
            Ok(items) => items,
            Err(error) => return withheld(error),
        };
        let mut section = PrincipalList::default();
        for item in &items {
            let grant = Grant::read(kind, item.get("spec").unwrap_or(&Value::Null));
            section.add(kind, json::text(item, name), json::text(item, "/id"), grant, BTreeSet::new());
        }
        Ok(section)
    }

    /// Every group, still without its members.
    pub(crate) async fn groups(&self) -> Result<Vec<Group>, RegistryError> {
        let request = Request::get_principals("list groups", &["user-groups"])?;
        let items = self.list(request, "groups", "/id").await?;
        Ok(items.iter().map(Group::read).collect())
    }

    /// Reads the members of groups.
    pub(crate) async fn load_members(&self, groups: &mut [Group]) -> Result<(), RegistryError> {
        for some in groups.chunks_mut(CONCURRENT_GROUPS) {
            try_join_all(some.iter_mut().map(|group| self.load_group_members(group))).await?;
        }
        Ok(())
    }

    async fn load_group_members(&self, group: &mut Group) -> Result<(), RegistryError> {
        let action = format!("list members of group `{}`", group.name);
        let request = Request::get_principals(action, &["user-groups", &group.id, "members"])?;
        match self.list(request, "members", "/memberId/userId").await {
            Ok(items) => {
                let members = items.iter().map(|item| json::text(item, "/memberId/userId").to_owned());
                let (unknown, members): (BTreeSet<_>, BTreeSet<_>) = members.partition(String::is_empty);
                group.members = members;
                // A member that is not a user may stand for other principals.
                if !unknown.is_empty() {
                    group.members_incomplete = Some("some are of an unknown kind".to_owned());
                }
                // No documentation says whether the registry lists the members of groups that are managed elsewhere.
                if let Some(manager) = group.managed_by.filter(|_| group.members.is_empty()) {
                    group.members_incomplete = Some(format!("they are managed by {manager}"));
                }
            }
            Err(error) if error.problem().is_withheld() => {
                group.members_incomplete = Some(error.problem().to_string())
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

/// A group with the registry's ids of its members.
pub(crate) struct Group {
    id: String,
    pub(crate) name: String,
    pub(crate) grant: Grant,
    pub(crate) members: BTreeSet<String>,
    /// Why there may be other members.
    pub(crate) members_incomplete: Option<String>,
    /// What manages its members, if not the registry.
    managed_by: Option<&'static str>,
}

impl Group {
    fn read(item: &Value) -> Self {
        let spec = item.get("spec").unwrap_or(&Value::Null);
        let kind = |field| spec.get(field).is_some_and(Value::is_object);
        Self {
            id: json::text(item, "/id").to_owned(),
            name: json::text(spec, "/displayName").to_owned(),
            grant: Grant::read(PrincipalKind::Group, spec),
            members: BTreeSet::new(),
            members_incomplete: None,
            managed_by: match kind("googleGroup") || kind("scimGroup") {
                true => Some("its identity provider"),
                false => (!kind("cloudGroup")).then_some("an unknown service"),
            },
        }
    }
}

impl PrincipalList {
    fn add(
        &mut self,
        kind: PrincipalKind,
        name: &str,
        registry_id: &str,
        grant: Grant,
        members: BTreeSet<PrincipalId>,
    ) {
        let Ok(id) = PrincipalId::new(kind, name) else {
            return self.mark_incomplete(format!("a {} has no name", kind.name()));
        };
        if self.visible.contains_key(&id) {
            return self.mark_incomplete(format!("the name `{id}` is not unique"));
        }
        let registry_id = registry_id.to_owned();
        self.visible.insert(id.clone(), RegisteredPrincipal { id, registry_id, grant, members });
    }

    fn mark_incomplete(&mut self, reason: String) {
        self.incomplete.get_or_insert(reason);
    }
}

/// An empty, incomplete list if the registry withholds it.
fn withheld(error: RegistryError) -> Result<PrincipalList, RegistryError> {
    match error.problem().is_withheld() {
        true => Ok(PrincipalList { visible: BTreeMap::new(), incomplete: Some(error.to_string()) }),
        false => Err(error),
    }
}

fn group_section(groups: Vec<Group>, users: &PrincipalList) -> PrincipalList {
    let by_id: BTreeMap<&str, &PrincipalId> =
        users.visible.values().map(|user| (user.registry_id.as_str(), &user.id)).collect();
    let mut section = PrincipalList::default();
    for group in groups {
        let members = group.members.iter().filter_map(|id| by_id.get(id.as_str()).map(|id| (*id).clone()));
        let members: BTreeSet<PrincipalId> = members.collect();
        if let Some(reason) = &group.members_incomplete {
            section
                .mark_incomplete(format!("the members of group `{}` cannot be read ({reason})", group.name));
        }
        if members.len() < group.members.len() {
            section.mark_incomplete(format!(
                "group `{}` has members that are not among the visible users",
                group.name
            ));
        }
        section.add(PrincipalKind::Group, &group.name, &group.id, group.grant, members);
    }
    section
}
