//! The RPCs of the registry, one file each. A new one is a file, and a line in each of the two lists below.

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

use crate::calls::rpc::RpcEntry;

/// All RPCs, sorted by name.
pub(crate) const SERVED: &[RpcEntry] = &[
    RpcEntry::of::<add_namespace_region::AddNamespaceRegion>(),
    RpcEntry::of::<add_user_group_member::AddUserGroupMember>(),
    RpcEntry::of::<create_api_key::CreateApiKey>(),
    RpcEntry::of::<create_connectivity_rule::CreateConnectivityRule>(),
    RpcEntry::of::<create_custom_role::CreateCustomRole>(),
    RpcEntry::of::<create_namespace::CreateNamespace>(),
    RpcEntry::of::<create_nexus_endpoint::CreateNexusEndpoint>(),
    RpcEntry::of::<create_service_account::CreateServiceAccount>(),
    RpcEntry::of::<create_user::CreateUser>(),
    RpcEntry::of::<create_user_group::CreateUserGroup>(),
    RpcEntry::of::<delete_api_key::DeleteApiKey>(),
    RpcEntry::of::<delete_connectivity_rule::DeleteConnectivityRule>(),
    RpcEntry::of::<delete_custom_role::DeleteCustomRole>(),
    RpcEntry::of::<delete_namespace::DeleteNamespace>(),
    RpcEntry::of::<delete_namespace_region::DeleteNamespaceRegion>(),
    RpcEntry::of::<delete_nexus_endpoint::DeleteNexusEndpoint>(),
    RpcEntry::of::<delete_service_account::DeleteServiceAccount>(),
    RpcEntry::of::<delete_user::DeleteUser>(),
    RpcEntry::of::<delete_user_group::DeleteUserGroup>(),
    RpcEntry::of::<failover_namespace_region::FailoverNamespaceRegion>(),
    RpcEntry::of::<get_account::GetAccount>(),
    RpcEntry::of::<get_api_key::GetApiKey>(),
    RpcEntry::of::<get_api_keys::GetApiKeys>(),
    RpcEntry::of::<get_async_operation::GetAsyncOperation>(),
    RpcEntry::of::<get_connectivity_rule::GetConnectivityRule>(),
    RpcEntry::of::<get_connectivity_rules::GetConnectivityRules>(),
    RpcEntry::of::<get_current_identity::GetCurrentIdentity>(),
    RpcEntry::of::<get_custom_role::GetCustomRole>(),
    RpcEntry::of::<get_custom_roles::GetCustomRoles>(),
    RpcEntry::of::<get_namespace::GetNamespace>(),
    RpcEntry::of::<get_namespaces::GetNamespaces>(),
    RpcEntry::of::<get_nexus_endpoint::GetNexusEndpoint>(),
    RpcEntry::of::<get_nexus_endpoints::GetNexusEndpoints>(),
    RpcEntry::of::<get_region::GetRegion>(),
    RpcEntry::of::<get_regions::GetRegions>(),
    RpcEntry::of::<get_service_account::GetServiceAccount>(),
    RpcEntry::of::<get_service_account_namespace_assignments::GetServiceAccountNamespaceAssignments>(),
    RpcEntry::of::<get_service_accounts::GetServiceAccounts>(),
    RpcEntry::of::<get_user::GetUser>(),
    RpcEntry::of::<get_user_group::GetUserGroup>(),
    RpcEntry::of::<get_user_group_members::GetUserGroupMembers>(),
    RpcEntry::of::<get_user_group_namespace_assignments::GetUserGroupNamespaceAssignments>(),
    RpcEntry::of::<get_user_groups::GetUserGroups>(),
    RpcEntry::of::<get_user_namespace_assignments::GetUserNamespaceAssignments>(),
    RpcEntry::of::<get_users::GetUsers>(),
    RpcEntry::of::<remove_user_group_member::RemoveUserGroupMember>(),
    RpcEntry::of::<rename_custom_search_attribute::RenameCustomSearchAttribute>(),
    RpcEntry::of::<set_service_account_namespace_access::SetServiceAccountNamespaceAccess>(),
    RpcEntry::of::<set_user_group_namespace_access::SetUserGroupNamespaceAccess>(),
    RpcEntry::of::<set_user_namespace_access::SetUserNamespaceAccess>(),
    RpcEntry::of::<update_account::UpdateAccount>(),
    RpcEntry::of::<update_api_key::UpdateApiKey>(),
    RpcEntry::of::<update_custom_role::UpdateCustomRole>(),
    RpcEntry::of::<update_namespace::UpdateNamespace>(),
    RpcEntry::of::<update_namespace_tags::UpdateNamespaceTags>(),
    RpcEntry::of::<update_nexus_endpoint::UpdateNexusEndpoint>(),
    RpcEntry::of::<update_service_account::UpdateServiceAccount>(),
    RpcEntry::of::<update_user::UpdateUser>(),
    RpcEntry::of::<update_user_group::UpdateUserGroup>(),
];
