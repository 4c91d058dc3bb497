//! User groups: the checks of a specification, and the message of a group.

use crate::api::identity::{UserGroup, UserGroupSpec, user_group_spec::GroupType};
use crate::entities::grant::Grant;
use crate::entities::principal::Principal;
use crate::entities::resource::Resource;
use crate::status::bad_request;
use schema::name::{PrincipalId, PrincipalKind};
use tonic::Status;

const NAME_LENGTHS: std::ops::RangeInclusive<usize> = 3..=64;

/// Reads the specification of a new group. SCIM groups are created only by the identity provider.
pub(crate) fn created(spec: Option<&UserGroupSpec>) -> Result<Principal, Status> {
    let group = parse(spec)?;
    name_fits(group.name.name())?;
    match &group.group_type {
        Some(GroupType::ScimGroup(_)) => Err(bad_request("a SCIM group cannot be created")),
        Some(GroupType::GoogleGroup(google)) if google.email_address.is_empty() => {
            Err(bad_request("`spec.google_group.email_address` is required"))
        }
        _ => Ok(group),
    }
}

/// Reads the specification that replaces that of a group. Its type cannot change.
pub(crate) fn replaced(held: &Principal, spec: Option<&UserGroupSpec>) -> Result<Principal, Status> {
    let next = parse(spec)?;
    if next.name != held.name {
        name_fits(next.name.name())?;
    }
    if next.group_type != held.group_type {
        return Err(bad_request("the type of a group cannot change"));
    }
    Ok(Principal { members: held.members.clone(), ..next })
}

/// The message of a group.
pub(crate) fn message(id: &str, group: &Resource<Principal>) -> UserGroup {
    UserGroup {
        id: id.to_owned(),
        resource_version: group.version.clone(),
        spec: Some(spec(&group.content)),
        state: group.state.into(),
        async_operation_id: group.operation.clone(),
        created_time: Some(group.created),
        last_modified_time: group.modified,
        ..UserGroup::default()
    }
}

/// The specification of a group.
pub(crate) fn spec(group: &Principal) -> UserGroupSpec {
    UserGroupSpec {
        display_name: group.name.name().to_owned(),
        access: group.grant.access(),
        group_type: group.group_type.clone(),
    }
}

/// The e-mail address of a Google group is converted to lowercase.
pub(crate) fn parse(spec: Option<&UserGroupSpec>) -> Result<Principal, Status> {
    let spec = spec.ok_or_else(|| bad_request("`spec` is required"))?;
    let name = PrincipalId::new(PrincipalKind::Group, &spec.display_name);
    let name = name.map_err(|_| bad_request("`spec.display_name` is required"))?;
    let mut group_type = spec.group_type.clone();
    match &mut group_type {
        Some(GroupType::GoogleGroup(google)) => google.email_address = google.email_address.to_lowercase(),
        Some(_) => {}
        None => return Err(bad_request("one of `spec.google_group` and `spec.cloud_group` is required")),
    }
    let grant = Grant::parse(spec.access.as_ref())?;
    Ok(Principal { group_type, ..Principal::new(name, grant) })
}

fn name_fits(name: &str) -> Result<(), Status> {
    let known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    if NAME_LENGTHS.contains(&name.len()) && name.chars().all(known) {
        return Ok(());
    }
    let rule = "3 to 64 lowercase letters, digits, hyphens and underscores";
    Err(bad_request(format!("invalid spec.display_name `{}`: it must have {rule}", name.escape_debug())))
}
