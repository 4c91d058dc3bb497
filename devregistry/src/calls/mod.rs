//! The RPCs that the registry serves, one file each. A new one is a file, and a line in each of the two tables below.

mod create_namespace;
mod create_nexus_endpoint;
mod delete_namespace;
mod delete_nexus_endpoint;
mod get_account;
mod get_async_operation;
mod get_current_identity;
mod get_namespace;
mod get_namespaces;
mod get_nexus_endpoint;
mod get_nexus_endpoints;
mod get_region;
mod get_regions;
mod get_service_account;
mod get_service_accounts;
mod get_user;
mod get_user_group;
mod get_user_group_members;
mod get_user_groups;
mod get_users;
mod update_namespace;
mod update_nexus_endpoint;

use crate::call::Served;

/// Every RPC that is served.
pub(crate) const SERVED: &[Served] = &[
    Served::of::<create_namespace::CreateNamespace>(),
    Served::of::<create_nexus_endpoint::CreateNexusEndpoint>(),
    Served::of::<delete_namespace::DeleteNamespace>(),
    Served::of::<delete_nexus_endpoint::DeleteNexusEndpoint>(),
    Served::of::<get_account::GetAccount>(),
    Served::of::<get_async_operation::GetAsyncOperation>(),
    Served::of::<get_current_identity::GetCurrentIdentity>(),
    Served::of::<get_namespace::GetNamespace>(),
    Served::of::<get_namespaces::GetNamespaces>(),
    Served::of::<get_nexus_endpoint::GetNexusEndpoint>(),
    Served::of::<get_nexus_endpoints::GetNexusEndpoints>(),
    Served::of::<get_region::GetRegion>(),
    Served::of::<get_regions::GetRegions>(),
    Served::of::<get_service_account::GetServiceAccount>(),
    Served::of::<get_service_accounts::GetServiceAccounts>(),
    Served::of::<get_user::GetUser>(),
    Served::of::<get_user_group::GetUserGroup>(),
    Served::of::<get_user_group_members::GetUserGroupMembers>(),
    Served::of::<get_user_groups::GetUserGroups>(),
    Served::of::<get_users::GetUsers>(),
    Served::of::<update_namespace::UpdateNamespace>(),
    Served::of::<update_nexus_endpoint::UpdateNexusEndpoint>(),
];
