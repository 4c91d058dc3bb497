//! Users, service accounts and groups with their members, as far as the key may see them.

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

/// Groups whose members are asked for at the same moment: a user may send 40 requests a second.
const AT_A_TIME: usize = 8;

/// A principal as the registry has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisteredPrincipal {
    /// Kind and name, or e-mail address.
    pub id: PrincipalId,
    /// The registry's id of it.
    pub registry_id: String,
    /// What it is granted itself.
    pub grant: Grant,
    /// A group's users; empty for others.
    pub members: BTreeSet<PrincipalId>,
}

/// One kind of principals.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PrincipalList {
    /// Those that can be seen.
    pub visible: BTreeMap<PrincipalId, RegisteredPrincipal>,
    /// Why there may be others, or more members than these; `None` when this is all.
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
    /// Why every one of them may hold more than was read; `None` when all that they hold was asked for.
    pub unread: Option<String>,
}

impl RegisteredPrincipal {
    /// The same in the terms of a policy; `None` when it is granted nothing that a policy could say.
    #[must_use]
    pub fn principal(&self) -> Option<Principal> {
        let access = self.grant.access.clone()?;
        Some(Principal { id: self.id.clone(), access, members: self.members.clone() })
    }
}

impl Principals {
    /// The principal of an id; `None` proves something only where its section is complete.
    #[must_use]
    pub fn get(&self, id: &PrincipalId) -> Option<&RegisteredPrincipal> {
        self.section(id.kind).visible.get(id)
    }

    /// The section of a kind.
    #[must_use]
    pub fn section(&self, kind: PrincipalKind) -> &PrincipalList {
        match kind {
            PrincipalKind::User => &self.users,
            PrincipalKind::ServiceAccount => &self.service_accounts,
            PrincipalKind::Group => &self.groups,
        }
    }

    /// Everything that a principal holds, by its own grant and its groups'; `None` for one that is not seen.
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
    /// Every principal of the account that the key may see.
    ///
    /// # Errors
    /// A failure other than not being allowed, or not being able, to see them.
    pub async fn principals(&self) -> Result<Principals, RegistryError> {
        let users = self.listed("users", "users", PrincipalKind::User, "/spec/email").await?;
        let accounts =
            self.listed("service-accounts", "serviceAccount", PrincipalKind::ServiceAccount, "/spec/name");
        let service_accounts = accounts.await?;
        let groups = match self.groups().await {
            Ok(mut groups) => {
                self.fill_in(&mut groups).await?;
                group_section(groups, &users)
            }
            Err(error) => hidden(error)?,
        };
        Ok(Principals { users, service_accounts, groups, unread: None })
    }

    async fn listed(
        &self,
        path: &str,
        field: &str,
        kind: PrincipalKind,
        name: &str,
    ) -> Result<PrincipalList, RegistryError> {
        let request = Request::get_principals(format!("list {}", path.replace('-', " ")), &[path])?;
        let items = match self.list(request, field, "/id").await {
            Ok(items) => items,
            Err(error) => return hidden(error),
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

    /// Gives groups their members.
    pub(crate) async fn fill_in(&self, groups: &mut [Group]) -> Result<(), RegistryError> {
        for some in groups.chunks_mut(AT_A_TIME) {
            try_join_all(some.iter_mut().map(|group| self.fill(group))).await?;
        }
        Ok(())
    }

    async fn fill(&self, group: &mut Group) -> Result<(), RegistryError> {
        let action = format!("list members of group `{}`", group.name);
        let request = Request::get_principals(action, &["user-groups", &group.id, "members"])?;
        match self.list(request, "members", "/memberId/userId").await {
            Ok(items) => {
                let members = items.iter().map(|item| json::text(item, "/memberId/userId").to_owned());
                let (unknown, members): (BTreeSet<_>, BTreeSet<_>) = members.partition(String::is_empty);
                group.members = members;
                // What joins groups besides users may bring others along.
                if !unknown.is_empty() {
                    group.hidden = Some("some are of a kind that is not understood".to_owned());
                }
                // Whether the registry lists the members that others keep is documented nowhere.
                if let Some(keeper) = group.keeper.filter(|_| group.members.is_empty()) {
                    group.hidden = Some(format!("{keeper} keeps them"));
                }
            }
            Err(error) if error.problem().hides() => group.hidden = Some(error.problem().to_string()),
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

/// A group with its members by the registry's ids.
pub(crate) struct Group {
    id: String,
    pub(crate) name: String,
    pub(crate) grant: Grant,
    pub(crate) members: BTreeSet<String>,
    /// Why there may be other members.
    pub(crate) hidden: Option<String>,
    /// Who has its members, where that is not the registry itself.
    keeper: Option<&'static str>,
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
            hidden: None,
            keeper: match kind("googleGroup") || kind("scimGroup") {
                true => Some("its identity provider"),
                false => (!kind("cloudGroup")).then_some("a service that is not understood"),
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
            return self.doubt(format!("a {} has no name", kind.name()));
        };
        if self.visible.contains_key(&id) {
            return self.doubt(format!("several are named `{id}`"));
        }
        let registry_id = registry_id.to_owned();
        self.visible.insert(id.clone(), RegisteredPrincipal { id, registry_id, grant, members });
    }

    fn doubt(&mut self, reason: String) {
        self.incomplete.get_or_insert(reason);
    }
}

/// An empty section where the list is not shown to us.
fn hidden(error: RegistryError) -> Result<PrincipalList, RegistryError> {
    match error.problem().hides() {
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
        if let Some(reason) = &group.hidden {
            section.doubt(format!("the members of group `{}` cannot be seen ({reason})", group.name));
        }
        if members.len() < group.members.len() {
            section.doubt(format!("group `{}` has members that are not among the users seen", group.name));
        }
        section.add(PrincipalKind::Group, &group.name, &group.id, group.grant, members);
    }
    section
}
