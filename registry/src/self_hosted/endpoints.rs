//! The calls on Endpoints of a server. It carries a write out before it answers, and knows no operation ids: a creation
//! is sent again only where the first surely did not arrive.

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
/// Endpoints asked for at a time: descriptions of 20 KB keep a page below what servers send.
const PAGE_SIZE: i32 = 500;
/// As many as the server gives to those who name no number.
const ITS_OWN: i32 = 0;
/// The number of the specification in the requests of a creation and of an update, and of what their answers hold.
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
            Ok(answer) => call.read(&answer, ENDPOINT).map(Some),
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
        let answer = match self.send(&call, policy).await {
            Err(refused) if refused.is_already_exists() => {
                self.create_again(&call, &new.name, (refused, policy)).await?
            }
            answer => answer?,
        };
        let created = call.read(&answer, ENDPOINT)?;
        Ok(AcceptedEndpoint { endpoint_id: created.id().to_owned(), operation: Operation::done(call.action) })
    }

    /// After a rename the server refuses the old name as taken, until it is restarted. A second refusal of a name that nobody
    /// has is that; after the first one, somebody may just have freed it.
    async fn create_again(
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
                Err(RegistryError::new(call.action.as_str(), held).of_server())
            }
            answer => answer,
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

    /// The server compares versions, but not names: a rename onto a name that another Endpoint has would be carried out,
    /// so the name is looked up each time just before it is sent. Between the two somebody else may take it.
    async fn rename(
        &self,
        id: &str,
        name: &EndpointName,
        call: &Call,
        policy: &RetryPolicy,
    ) -> Result<(), RegistryError> {
        let mut tries = policy.tries();
        let mut unanswered = None;
        loop {
            let found = match self.endpoint_named(name, policy).await {
                Ok(found) => found,
                Err(error) => return Err(unanswered.unwrap_or(error)),
            };
            // Its own, where the first one was carried out: the version tells.
            if let Some(other) = found.filter(|found| found.id() != id) {
                let message = format!("endpoint `{}` has the name `{name}`", other.id());
                return Err(RegistryError::new(call.action.as_str(), Problem::AlreadyExists(message)));
            }
            let Err(error) = self.send(call, policy).await else { return Ok(()) };
            if !tries.again(error.problem()).await {
                return Err(error);
            }
            unanswered = Some(error);
        }
    }

    /// The server wants a version and does not compare it. Whoever asks for a deletion has just read what he deletes; before
    /// it is sent again it is read again, and left alone where it has changed. One that was sent and is gone then is done.
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
        let (mut tries, mut may_be_ours) = (policy.tries(), false);
        let done = || Some(Operation::done(action.as_str()));
        loop {
            let error = match self.send(&call, policy).await {
                Ok(_) => return Ok(done()),
                Err(error) if error.is_not_found() => return Ok(done().filter(|_| may_be_ours)),
                Err(error) => error,
            };
            if !tries.again(error.problem()).await {
                return Err(error);
            }
            may_be_ours |= !error.problem().is_unsent();
            match self.endpoint(id, policy).await {
                Ok(None) => return Ok(done().filter(|_| may_be_ours)),
                Ok(Some(now)) if now.resource_version() == resource_version => {}
                Ok(Some(_)) => {
                    let problem = Problem::FailedPrecondition("it has changed since it was read".to_owned());
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
            let (call, answer) = pages.answer(self.page(action, name, &token, policy)).await?;
            for endpoint in pages.take_in(&call, &answer, TOKEN_OF_LIST, ENDPOINT_OF_LIST)? {
                let read = spec::read(endpoint).map_err(|problem| RegistryError::new(action, problem))?;
                pages.id(read.id())?;
                all.push(read);
            }
        }
        Ok(all)
    }

    /// One page. How long pages may be is a setting of the server (`limit.endpointListMaxPageSize`): one that refuses ours
    /// is asked for its own length from then on.
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
            let ours = call(PAGE_SIZE);
            match self.send(&ours, policy).await {
                Err(error) if matches!(error.problem(), Problem::InvalidArgument(_)) => {}
                sent => return Ok((ours, sent?)),
            }
        }
        let theirs = call(ITS_OWN);
        let answer = self.send(&theirs, policy).await?;
        // Only now it is known that the length was what it refused.
        self.small_pages.store(true, Relaxed);
        Ok((theirs, answer))
    }
}

/// The numbers of the next page's token and of an Endpoint in a list.
const TOKEN_OF_LIST: u32 = 1;
const ENDPOINT_OF_LIST: u32 = 2;

fn version(read: &RegisteredEndpoint) -> Result<i64, Problem> {
    parsed(read.resource_version())
}

fn parsed(version: &str) -> Result<i64, Problem> {
    version.parse().map_err(|_| Problem::Unusable(format!("`{version}` is not a version of a server")))
}
