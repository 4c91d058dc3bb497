//! Service accounts: the checks of a specification, and the message of a service account.

use crate::api::identity::{ServiceAccount, ServiceAccountSpec};
use crate::caller::Caller;
use crate::entities::grant::Grant;
use crate::entities::principal::Principal;
use crate::entities::resource::Resource;
use crate::status::bad_request;
use schema::name::{PrincipalId, PrincipalKind};
use schema::permission::Call;
use tonic::Status;

/// Reads a specification. It has access to the account or to one Namespace, not both.
pub(crate) fn parse(spec: Option<&ServiceAccountSpec>) -> Result<Principal, Status> {
    let spec = spec.ok_or_else(|| bad_request("`spec` is required"))?;
    let name = PrincipalId::new(PrincipalKind::ServiceAccount, &spec.name);
    let name = name.map_err(|_| bad_request("`spec.name` is required"))?;
    let grant = match (&spec.access, &spec.namespace_scoped_access) {
        (Some(access), None) => Grant::parse_with_role(Some(access))?,
        (None, Some(scoped)) => Grant::parse_scoped(scoped)?,
        _ => return Err(bad_request("one of `spec.access` and `spec.namespace_scoped_access` is required")),
    };
    let description = spec.description.clone();
    Ok(Principal { description, ..Principal::new(name, grant) })
}

/// Reads the specification that replaces that of a service account. Its Namespace cannot change.
pub(crate) fn replaced(held: &Principal, spec: Option<&ServiceAccountSpec>) -> Result<Principal, Status> {
    let next = parse(spec)?;
    if next.grant.scope() != held.grant.scope() {
        return Err(bad_request("the namespace of a service account cannot change"));
    }
    Ok(next)
}

/// Refuses a caller that may not manage this service account.
pub(crate) fn require(caller: &Caller, account: &Principal) -> Result<(), Status> {
    let call = account.grant.scope().map_or(Call::ManageAccount, Call::ManageScopedServiceAccount);
    caller.require(call)
}

/// The message of a service account.
pub(crate) fn message(id: &str, account: &Resource<Principal>) -> ServiceAccount {
    ServiceAccount {
        id: id.to_owned(),
        resource_version: account.version.clone(),
        spec: Some(spec(&account.content)),
        state: account.state.into(),
        async_operation_id: account.operation.clone(),
        created_time: Some(account.created),
        last_modified_time: account.modified,
        ..ServiceAccount::default()
    }
}

/// The specification of a service account.
pub(crate) fn spec(account: &Principal) -> ServiceAccountSpec {
    ServiceAccountSpec {
        name: account.name.name().to_owned(),
        access: account.grant.access(),
        namespace_scoped_access: account.grant.scoped_access(),
        description: account.description.clone(),
    }
}
