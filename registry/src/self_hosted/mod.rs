//! A Temporal server of one's own as a registry: OperatorService over gRPC, with TLS, client certificates or an API key.
//! It has no allowlists, no principals and no private connectivity.

mod call;
mod channel;
mod details;
mod diagnosis;
mod endpoints;
mod headers;
mod namespaces;
mod pages;
mod profile;
mod settings;
mod settings_error;
mod spec;
mod tls;
mod wire;

pub use details::{ConnectionOptions, Pem};
pub use headers::Headers;
pub use settings::ServerSettings;
pub use settings_error::SettingsError;

use crate::address::Address;
use crate::connection::api_key::bearer;
use crate::connection::cause::innermost;
use crate::connection::failure;
use crate::connection::redaction::Redaction;
use crate::connection::route::Route;
use crate::error::{Handshake, Problem, RegistryError};
use crate::retry::RetryPolicy;
use bytes::Bytes;
use call::Call;
use channel::Channel;
use http::Uri;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::AUTHORIZATION;
use reqwest::redirect;
use rustls::ClientConfig;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;
use tokio::time::Instant;

/// For the connection alone.
const CONNECT: Duration = Duration::from_secs(10);
/// Servers close connections that ping more often than every 10 seconds.
const KEEPALIVE: Duration = Duration::from_secs(30);

/// A connection to one server.
pub(crate) struct Server {
    pub(crate) address: Address,
    channel: Channel,
    /// The name in its certificate.
    name: String,
    tls: Arc<ClientConfig>,
    /// Whether it has ever answered: then it does not object to who we are.
    answered: AtomicBool,
    /// Whether it has refused the pages that we ask for: its operators allow only smaller ones.
    small_pages: AtomicBool,
}

impl Server {
    pub(crate) fn new(settings: ServerSettings, user_agent: &str) -> Result<Self, Problem> {
        let ServerSettings { address, details } = settings;
        let tls = tls::config(&details, address.tls())?;
        let mut headers = details.headers.map();
        let key = details.api_key.clone();
        let hidden = Redaction::new(details.headers.secrets().into_iter().chain(key.clone()));
        let refused = Redaction::new(details.headers.credentials().into_iter().chain(key));
        if let Some(key) = &details.api_key {
            headers.insert(AUTHORIZATION, bearer(key)?);
        }
        // A proxy can be asked for what is encrypted, and by the name that is looked up.
        let is_direct = !address.tls() || address.is_loopback() || details.server_name.is_some();
        let route =
            if is_direct { Route::direct(address.clone()) } else { Route::by_proxy(address.clone())? };
        let route = Route { trusts_platform: details.server_ca.is_none(), ..route };
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls.clone())
            .user_agent(user_agent)
            .default_headers(headers)
            .redirect(redirect::Policy::none())
            .connect_timeout(CONNECT)
            .http2_prior_knowledge()
            .http2_keep_alive_interval(KEEPALIVE)
            .http2_keep_alive_timeout(CONNECT)
            .no_gzip();
        if let Some(name) = &details.server_name {
            tracing::debug!(name, "the server is asked for under another name");
            builder = builder.dns_resolver(Behind(address.host().to_owned()));
        }
        if is_direct {
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(|error| Problem::Unusable(innermost(&error)))?;
        let origin = address.origin(details.server_name.as_deref());
        let origin =
            origin.parse::<Uri>().map_err(|error| Problem::Unusable(format!("`{origin}`: {error}")))?;
        let channel = Channel::new((client, origin), route, hidden, refused);
        let name = details.server_name.unwrap_or_else(|| address.host().to_owned());
        Ok(Self {
            address,
            channel,
            name,
            tls: Arc::new(tls),
            answered: AtomicBool::new(false),
            small_pages: AtomicBool::new(false),
        })
    }

    /// Sends a call, again where its failure may pass and a second one does no harm.
    async fn send(&self, call: &Call, policy: &RetryPolicy) -> Result<Bytes, RegistryError> {
        let mut tries = policy.tries();
        loop {
            let problem = match self.once(call, tries.limit()).await {
                Ok(answer) => return Ok(answer),
                Err(problem) => self.explained(problem).await,
            };
            if !call.may_repeat_after(&problem) || !tries.again(&problem).await {
                return Err(RegistryError::new(call.action.as_str(), problem).of_server());
            }
        }
    }

    /// A connection that broke before anything was answered may have been refused.
    async fn explained(&self, problem: Problem) -> Problem {
        if !matches!(problem, Problem::Interrupted { .. }) || self.answered.load(Relaxed) {
            return problem;
        }
        if !self.address.tls() {
            let speaks_tls = diagnosis::speaks_tls(&self.address, &self.name, Arc::clone(&self.tls)).await;
            return if speaks_tls { failure::without_tls(&self.address) } else { problem };
        }
        let objection = diagnosis::objection(&self.address, &self.name, Arc::clone(&self.tls)).await;
        let tls = Handshake::Refused;
        match objection {
            Some(reason) => Problem::Unreachable { address: self.address.to_string(), reason, tls },
            None => problem,
        }
    }

    async fn once(&self, call: &Call, limit: Duration) -> Result<Bytes, Problem> {
        let no_path = || Problem::Unusable("the call has no path".to_owned());
        let path = call.path.clone().ok_or_else(no_path)?;
        let started = Instant::now();
        let answer =
            tokio::time::timeout(limit, self.channel.unary(path.clone(), call.request.clone())).await;
        let answer = answer.unwrap_or_else(|_| {
            Err(Problem::TimedOut(format!("no answer from `{}` within {limit:?}", self.address)))
        });
        let milliseconds = started.elapsed().as_millis();
        self.answered.fetch_or(answer.is_ok(), Relaxed);
        match &answer {
            Ok(answer) => tracing::debug!(%path, bytes = answer.len(), milliseconds, "call"),
            Err(problem) => tracing::debug!(%path, milliseconds, %problem, "call failed"),
        }
        answer
    }
}

/// Finds a server at its own address, whatever name it is asked for by: the name in its certificate.
struct Behind(String);

impl Resolve for Behind {
    fn resolve(&self, _: Name) -> Resolving {
        let host = self.0.clone();
        Box::pin(async move {
            let found: Vec<_> = tokio::net::lookup_host((host.as_str(), 0)).await?.collect();
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

impl std::fmt::Debug for Server {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Server").field("address", &self.address).finish_non_exhaustive()
    }
}
