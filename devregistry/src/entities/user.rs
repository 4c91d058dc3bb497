//! Users: the checks of a specification, and the message of a user.

use crate::api::Timestamp;
use crate::api::identity::{Invitation, User, UserSpec};
use crate::entities::grant::Grant;
use crate::entities::principal::Principal;
use crate::entities::resource::Resource;
use crate::status::bad_request;
use schema::name::{PrincipalId, PrincipalKind};
use tonic::Status;

/// How long an invitation is open. It cannot be accepted here, so it remains.
const INVITATION_SECONDS: i64 = 7 * 24 * 60 * 60;

/// Reads the specification of a new user.
pub(crate) fn invited(spec: Option<&UserSpec>, now: Timestamp) -> Result<Principal, Status> {
    let user = parse(spec)?;
    if !is_address(user.name.name()) {
        let name = user.name.name().escape_debug();
        return Err(bad_request(format!("invalid spec.email `{name}`: it is not an e-mail address")));
    }
    let expired = Timestamp { seconds: now.seconds.saturating_add(INVITATION_SECONDS), ..now };
    let invitation = Some(Invitation { created_time: Some(now), expired_time: Some(expired) });
    Ok(Principal { invitation, ..user })
}

/// Reads the specification that replaces that of a user. The e-mail address cannot change.
pub(crate) fn replaced(held: &Principal, spec: Option<&UserSpec>) -> Result<Principal, Status> {
    let next = parse(spec)?;
    if next.name != held.name {
        return Err(bad_request("the e-mail address of a user cannot change"));
    }
    Ok(held.with(next.grant))
}

/// The message of a user.
pub(crate) fn message(id: &str, user: &Resource<Principal>) -> User {
    User {
        id: id.to_owned(),
        resource_version: user.version.clone(),
        spec: Some(spec(&user.content)),
        state: user.state.into(),
        async_operation_id: user.operation.clone(),
        invitation: user.content.invitation,
        created_time: Some(user.created),
        last_modified_time: user.modified,
        ..User::default()
    }
}

/// The specification of a user.
pub(crate) fn spec(user: &Principal) -> UserSpec {
    UserSpec { email: user.name.name().to_owned(), access: user.grant.access() }
}

/// E-mail addresses are converted to lowercase.
pub(crate) fn parse(spec: Option<&UserSpec>) -> Result<Principal, Status> {
    let spec = spec.ok_or_else(|| bad_request("`spec` is required"))?;
    let name = PrincipalId::new(PrincipalKind::User, spec.email.trim());
    let name = name.map_err(|_| bad_request("`spec.email` is required"))?;
    Ok(Principal::new(name, Grant::parse_with_role(spec.access.as_ref())?))
}

fn is_address(text: &str) -> bool {
    let plain = !text.chars().any(|c| c.is_whitespace() || c.is_control());
    plain && text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty())
}
