//! The calls on Endpoints of a self-hosted server. It applies a write before it responds, and has no operation ids: a creation
//! is retried only if the server certainly did not process the first attempt.

use super::call::{Call, Repeat};
use super::pages::Pages;
use super::{Server, spec, wire};
use crate::endpoint::AcceptedEndpoint;
use crate::endpoint::RegisteredEndpoint;
use crate::endpoint::change::{EndpointChange, NewEndpoint};
use crate::error::{Problem, RegistryError};
use crate::operation::Operation;
use crate::retry::RetryPolicy;
use bytes::Bytes;
use prost::Message;
use schema::name::EndpointName;
use std::sync::atomic::Ordering::Relaxed;
use temporalio_protos::temporal::api::operatorservice::v1::{
    DeleteNexusEndpointRequest, GetNexusEndpointRequest, ListNexusEndpointsRequest,
    UpdateNexusEndpointRequest,
};

const SERVICE: &str = "/temporal.api.operatorservice.v1.OperatorService";
/// Endpoints of a page: with descriptions of 20 KB a page stays below the message limit of servers.
const PAGE_SIZE: i32 = 500;
/// The server's default page size.
const DEFAULT_PAGE_SIZE: i32 = 0;
/// The field numbers of the specification in the requests of a creation and of an update, and of the Endpoint in responses.
const SPEC_OF_CREATE: u32 = 1;
const SPEC_OF_UPDATE: u32 = 3;
const ENDPOINT: u32 = 1;

impl Server {
    /// Every Endpoint, by id.
    pub(crate) async fn endpoints(
        &self,
        policy: &RetryPolicy,
    ) -> Result<Vec<RegisteredEndpoint>, RegistryError> {
        self.list("list endpoints", "", policy).await
    }

    pub(crate) async fn endpoint(
        &self,
        id: &str,
        policy: &RetryPolicy,
    ) -> Result<Option<RegisteredEndpoint>, RegistryError> {
        let request = GetNexusEndpointRequest { id: id.to_owned() }.encode_to_vec();
        let call = Call::new(format!("read endpoint `{id}`"), SERVICE, "GetNexusEndpoint", request);
        match self.send(&call, policy).await {
            Ok(response) => call.read(&response, ENDPOINT).map(Some),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(crate) async fn endpoint_named(
        &self,
        name: &EndpointName,
        policy: &RetryPolicy,
    ) -> Result<Option<RegisteredEndpoint>, RegistryError> {
        let found = self.list(&format!("find endpoint `{name}`"), name.as_str(), policy).await?;
        Ok(found.into_iter().find(|endpoint| endpoint.name() == name.as_str()))
    }

    pub(crate) async fn create_endpoint(
        &self,
        new: &NewEndpoint,
        policy: &RetryPolicy,
    ) -> Result<AcceptedEndpoint, RegistryError> {
        let action = format!("create endpoint `{}`", new.name);
        let spec =
            spec::write(&new.spec()).map_err(|problem| RegistryError::new(action.as_str(), problem))?;
        let mut request = Vec::new();
        wire::put(SPEC_OF_CREATE, &spec, &mut request);
        let call = Call::new(action, SERVICE, "CreateNexusEndpoint", request).repeated(Repeat::Unsent);
        let response = match self.send(&call, policy).await {
            Err(refused) if refused.is_already_exists() => {
                self.retry_creation(&call, &new.name, (refused, policy)).await?
            }
            response => response?,
        };
        let created = call.read(&response, ENDPOINT)?;
        Ok(AcceptedEndpoint { endpoint_id: created.id().to_owned(), operation: Operation::done(call.action) })
    }

    /// After a rename the server refuses the old name as in use until it is restarted. This is the case after a second refusal of
    /// a name that no Endpoint has; before the first one, the name may just have become free.
    async fn retry_creation(
        &self,
        call: &Call,
        name: &EndpointName,
        (refused, policy): (RegistryError, &RetryPolicy),
    ) -> Result<Bytes, RegistryError> {
        if self.endpoint_named(name, policy).await?.is_some() {
            return Err(refused);
        }
        match self.send(call, policy).await {
            Err(error) if error.is_already_exists() && self.endpoint_named(name, policy).await?.is_none() => {
                let held = Problem::NameHeld(name.to_string());
                Err(RegistryError::new(call.action.as_str(), held).of_self_hosted())
            }
            response => response,
        }
    }

    pub(crate) async fn update_endpoint(
        &self,
        read: &RegisteredEndpoint,
        change: &EndpointChange,
        policy: &RetryPolicy,
    ) -> Result<Option<Operation>, RegistryError> {
        let changed = change.applied_to(read);
        if changed == *read {
            return Ok(None);
        }
        let action = format!("update endpoint `{}`", read.name());
        let failed = |problem| RegistryError::new(action.as_str(), problem);
        let (id, version) = (read.id().to_owned(), version(read).map_err(failed)?);
        let mut request = UpdateNexusEndpointRequest { id, version, spec: None }.encode_to_vec();
        wire::put(SPEC_OF_UPDATE, &spec::write(changed.spec()).map_err(failed)?, &mut request);
        let call = Call::new(action.as_str(), SERVICE, "UpdateNexusEndpoint", request);
        match change.name.as_ref().filter(|name| name.as_str() != read.name()) {
            Some(name) => self.rename(read.id(), name, &call.repeated(Repeat::Never), policy).await?,
            None => drop(self.send(&call, policy).await?),
        }
        Ok(Some(Operation::done(action)))
    }

    /// The server checks versions but not names: it would accept the name of another Endpoint, so the name is looked up before
    /// each attempt. Another client can still take the name in between.
    async fn rename(
        &self,
        id: &str,
        name: &EndpointName,
        call: &Call,
        policy: &RetryPolicy,
    ) -> Result<(), RegistryError> {
        let mut attempts = policy.attempts();
        let mut unanswered = None;
        loop {
            let found = match self.endpoint_named(name, policy).await {
                Ok(found) => found,
                Err(error) => return Err(unanswered.unwrap_or(error)),
            };
            // The Endpoint itself has the name if the first attempt was applied; the version check tells.
            if let Some(other) = found.filter(|found| found.id() != id) {
                let message = format!("endpoint `{}` has the name `{name}`", other.id());
                return Err(RegistryError::new(call.action.as_str(), Problem::AlreadyExists(message)));
            }
            let Err(error) = self.send(call, policy).await else { return Ok(()) };
            if !attempts.wait_before_retry(error.problem()).await {
                return Err(error);
            }
            unanswered = Some(error);
        }
    }

    /// The server requires a version and does not check it. The caller has just read the Endpoint; before a retry it is read
    /// again, and not deleted if it has changed. If it no longer exists, an earlier attempt deleted it.
    pub(crate) async fn delete_endpoint(
        &self,
        id: &str,
        resource_version: &str,
        policy: &RetryPolicy,
    ) -> Result<Option<Operation>, RegistryError> {
        let action = format!("delete endpoint `{id}`");
        let version =
            parsed(resource_version).map_err(|problem| RegistryError::new(action.as_str(), problem))?;
        let request = DeleteNexusEndpointRequest { id: id.to_owned(), version }.encode_to_vec();
        let call =
            Call::new(action.as_str(), SERVICE, "DeleteNexusEndpoint", request).repeated(Repeat::Never);
        let (mut attempts, mut may_have_been_applied) = (policy.attempts(), false);
        let done = || Some(Operation::done(action.as_str()));
        loop {
            let error = match self.send(&call, policy).await {
                Ok(_) => return Ok(done()),
                Err(error) if error.is_not_found() => return Ok(done().filter(|_| may_have_been_applied)),
                Err(error) => error,
            };
            if !attempts.wait_before_retry(error.problem()).await {
                return Err(error);
            }
            may_have_been_applied |= !error.problem().is_unsent();
            match self.endpoint(id, policy).await {
                Ok(None) => return Ok(done().filter(|_| may_have_been_applied)),
                Ok(Some(now)) if now.resource_version() == resource_version => {}
                Ok(Some(_)) => {
                    let problem =
                        Problem::FailedPrecondition("the endpoint has changed since it was read".to_owned());
                    return Err(RegistryError::new(action, problem));
                }
                Err(_) => return Err(error),
            }
        }
    }

    async fn list(
        &self,
        action: &str,
        name: &str,
        policy: &RetryPolicy,
    ) -> Result<Vec<RegisteredEndpoint>, RegistryError> {
        let mut all = Vec::new();
        let mut pages = Pages::new(action, policy);
        while let Some(token) = pages.token() {
            let (call, response) = pages.wait_for(self.page(action, name, &token, policy)).await?;
            for endpoint in pages.add_page(&call, &response, TOKEN_OF_LIST, ENDPOINT_OF_LIST)? {
                let read = spec::read(endpoint).map_err(|problem| RegistryError::new(action, problem))?;
                pages.add_id(read.id())?;
                all.push(read);
            }
        }
        Ok(all)
    }

    /// Reads one page. The largest page size is a setting of the server (`limit.endpointListMaxPageSize`): a server that refuses
    /// `PAGE_SIZE` is asked for its default from then on.
    async fn page(
        &self,
        action: &str,
        name: &str,
        token: &[u8],
        policy: &RetryPolicy,
    ) -> Result<(Call, Bytes), RegistryError> {
        let call = |page_size| {
            let next_page_token = token.to_vec();
            let request = ListNexusEndpointsRequest { page_size, next_page_token, name: name.to_owned() };
            Call::new(action, SERVICE, "ListNexusEndpoints", request.encode_to_vec())
        };
        if !self.small_pages.load(Relaxed) {
            let large = call(PAGE_SIZE);
            match self.send(&large, policy).await {
                Err(error) if matches!(error.problem(), Problem::InvalidArgument(_)) => {}
                sent => return Ok((large, sent?)),
            }
        }
        let call = call(DEFAULT_PAGE_SIZE);
        let response = self.send(&call, policy).await?;
        // This succeeded, so the page size was what the server refused.
        self.small_pages.store(true, Relaxed);
        Ok((call, response))
    }
}

/// The field numbers of the next page's token and of an Endpoint in a list.
const TOKEN_OF_LIST: u32 = 1;
const ENDPOINT_OF_LIST: u32 = 2;

fn version(read: &RegisteredEndpoint) -> Result<i64, Problem> {
    parsed(read.resource_version())
}

fn parsed(version: &str) -> Result<i64, Problem> {
    version.parse().map_err(|_| {
        Problem::Unusable(format!("`{version}` is not a valid resource version of a self-hosted server"))
    })
}
