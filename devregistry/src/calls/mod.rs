//! The RPCs that the registry serves, one file each. A new one is a file, and a line in each of the two tables below.

mod add_namespace_region;
mod add_user_group_member;
mod create_api_key;
mod create_connectivity_rule;
mod create_custom_role;
mod create_namespace;
mod create_nexus_endpoint;
mod create_service_account;
mod create_user;
mod create_user_group;
mod delete_api_key;
mod delete_connectivity_rule;
mod delete_custom_role;
mod delete_namespace;
mod delete_namespace_region;
mod delete_nexus_endpoint;
mod delete_service_account;
mod delete_user;
mod delete_user_group;
mod failover_namespace_region;
mod get_account;
mod get_api_key;
mod get_api_keys;
mod get_async_operation;
mod get_connectivity_rule;
mod get_connectivity_rules;
mod get_current_identity;
mod get_custom_role;
mod get_custom_roles;
mod get_namespace;
mod get_namespaces;
mod get_nexus_endpoint;
mod get_nexus_endpoints;
mod get_region;
mod get_regions;
mod get_service_account;
mod get_service_account_namespace_assignments;
mod get_service_accounts;
mod get_user;
mod get_user_group;
mod get_user_group_members;
mod get_user_group_namespace_assignments;
mod get_user_groups;
mod get_user_namespace_assignments;
mod get_users;
mod group_membership;
mod namespace_access;
pub(crate) mod page;
mod remove_user_group_member;
mod rename_custom_search_attribute;
pub(crate) mod rpc;
mod set_service_account_namespace_access;
mod set_user_group_namespace_access;
mod set_user_namespace_access;
mod update_account;
mod update_api_key;
mod update_custom_role;
mod update_namespace;
mod update_namespace_tags;
mod update_nexus_endpoint;
mod update_service_account;
mod update_user;
mod update_user_group;

use crate::calls::rpc::Served;

/// Every RPC that is served, by name.
pub(crate) const SERVED: &[Served] = &[
    Served::of::<add_namespace_region::AddNamespaceRegion>(),
    Served::of::<add_user_group_member::AddUserGroupMember>(),
    Served::of::<create_api_key::CreateApiKey>(),
    Served::of::<create_connectivity_rule::CreateConnectivityRule>(),
    Served::of::<create_custom_role::CreateCustomRole>(),
    Served::of::<create_namespace::CreateNamespace>(),
    Served::of::<create_nexus_endpoint::CreateNexusEndpoint>(),
    Served::of::<create_service_account::CreateServiceAccount>(),
    Served::of::<create_user::CreateUser>(),
    Served::of::<create_user_group::CreateUserGroup>(),
    Served::of::<delete_api_key::DeleteApiKey>(),
    Served::of::<delete_connectivity_rule::DeleteConnectivityRule>(),
    Served::of::<delete_custom_role::DeleteCustomRole>(),
    Served::of::<delete_namespace::DeleteNamespace>(),
    Served::of::<delete_namespace_region::DeleteNamespaceRegion>(),
    Served::of::<delete_nexus_endpoint::DeleteNexusEndpoint>(),
    Served::of::<delete_service_account::DeleteServiceAccount>(),
    Served::of::<delete_user::DeleteUser>(),
    Served::of::<delete_user_group::DeleteUserGroup>(),
    Served::of::<failover_namespace_region::FailoverNamespaceRegion>(),
    Served::of::<get_account::GetAccount>(),
    Served::of::<get_api_key::GetApiKey>(),
    Served::of::<get_api_keys::GetApiKeys>(),
    Served::of::<get_async_operation::GetAsyncOperation>(),
    Served::of::<get_connectivity_rule::GetConnectivityRule>(),
    Served::of::<get_connectivity_rules::GetConnectivityRules>(),
    Served::of::<get_current_identity::GetCurrentIdentity>(),
    Served::of::<get_custom_role::GetCustomRole>(),
    Served::of::<get_custom_roles::GetCustomRoles>(),
    Served::of::<get_namespace::GetNamespace>(),
    Served::of::<get_namespaces::GetNamespaces>(),
    Served::of::<get_nexus_endpoint::GetNexusEndpoint>(),
    Served::of::<get_nexus_endpoints::GetNexusEndpoints>(),
    Served::of::<get_region::GetRegion>(),
    Served::of::<get_regions::GetRegions>(),
    Served::of::<get_service_account::GetServiceAccount>(),
    Served::of::<get_service_account_namespace_assignments::GetServiceAccountNamespaceAssignments>(),
    Served::of::<get_service_accounts::GetServiceAccounts>(),
    Served::of::<get_user::GetUser>(),
    Served::of::<get_user_group::GetUserGroup>(),
    Served::of::<get_user_group_members::GetUserGroupMembers>(),
    Served::of::<get_user_group_namespace_assignments::GetUserGroupNamespaceAssignments>(),
    Served::of::<get_user_groups::GetUserGroups>(),
    Served::of::<get_user_namespace_assignments::GetUserNamespaceAssignments>(),
    Served::of::<get_users::GetUsers>(),
    Served::of::<remove_user_group_member::RemoveUserGroupMember>(),
    Served::of::<rename_custom_search_attribute::RenameCustomSearchAttribute>(),
    Served::of::<set_service_account_namespace_access::SetServiceAccountNamespaceAccess>(),
    Served::of::<set_user_group_namespace_access::SetUserGroupNamespaceAccess>(),
    Served::of::<set_user_namespace_access::SetUserNamespaceAccess>(),
    Served::of::<update_account::UpdateAccount>(),
    Served::of::<update_api_key::UpdateApiKey>(),
    Served::of::<update_custom_role::UpdateCustomRole>(),
    Served::of::<update_namespace::UpdateNamespace>(),
    Served::of::<update_namespace_tags::UpdateNamespaceTags>(),
    Served::of::<update_nexus_endpoint::UpdateNexusEndpoint>(),
    Served::of::<update_service_account::UpdateServiceAccount>(),
    Served::of::<update_user::UpdateUser>(),
    Served::of::<update_user_group::UpdateUserGroup>(),
];
