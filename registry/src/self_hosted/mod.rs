//! A self-hosted Temporal server as a registry: its OperatorService over gRPC, with TLS, client certificates or an API key.
//! It has no allowlists, no principals and no private connectivity.

mod call;
mod channel;
mod connection_options;

mod endpoints;
mod headers;
mod namespaces;
mod pages;
mod settings;
mod settings_error;
mod spec;
mod tls;
mod tls_probe;
mod wire;

pub use connection_options::{ConnectionOptions, Pem};
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

/// The timeout for connecting.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Servers close connections that ping more often than every 10 seconds.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(30);

/// A connection to one server.
pub(crate) struct Server {
    pub(crate) address: Address,
    channel: Channel,
    /// The name in the server's certificate.
    name: String,
    tls: Arc<ClientConfig>,
    /// Whether it has ever responded: then it accepts the client's certificate.
    responded: AtomicBool,
    /// Whether it refuses the usual page size, because it is configured with a smaller limit.
    small_pages: AtomicBool,
}

impl Server {
    pub(crate) fn new(settings: ServerSettings, user_agent: &str) -> Result<Self, Problem> {
        let ServerSettings { address, options } = settings;
        let tls = tls::config(&options, address.tls())?;
        let mut headers = options.headers.map();
        let key = options.api_key.clone();
        let hidden = Redaction::new(options.headers.secrets().into_iter().chain(key.clone()));
        let refused = Redaction::new(options.headers.credentials().into_iter().chain(key));
        if let Some(key) = &options.api_key {
            headers.insert(AUTHORIZATION, bearer(key)?);
        }
        // A proxy is only used with TLS, and only if the address is the name in the certificate.
        let is_direct = !address.tls() || address.is_loopback() || options.server_name.is_some();
        let route = if is_direct {
            Route::direct(address.clone())
        } else {
            Route::from_environment(address.clone())?
        };
        let route = Route { trusts_platform: options.server_ca.is_none(), ..route };
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls.clone())
            .user_agent(user_agent)
            .default_headers(headers)
            .redirect(redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .http2_prior_knowledge()
            .http2_keep_alive_interval(KEEPALIVE_INTERVAL)
            .http2_keep_alive_timeout(CONNECT_TIMEOUT)
            .no_gzip();
        if let Some(name) = &options.server_name {
            tracing::debug!(name, "using the configured server name");
            builder = builder.dns_resolver(FixedHost(address.host().to_owned()));
        }
        if is_direct {
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(|error| Problem::Unusable(innermost(&error)))?;
        let origin = address.origin(options.server_name.as_deref());
        let origin = origin
            .parse::<Uri>()
            .map_err(|error| Problem::Unusable(format!("invalid address `{origin}`: {error}")))?;
        let channel = Channel::new((client, origin), route, hidden, refused);
        let name = options.server_name.unwrap_or_else(|| address.host().to_owned());
        Ok(Self {
            address,
            channel,
            name,
            tls: Arc::new(tls),
            responded: AtomicBool::new(false),
            small_pages: AtomicBool::new(false),
        })
    }

    /// Sends a call, and retries it after a transient failure if that is safe.
    async fn send(&self, call: &Call, policy: &RetryPolicy) -> Result<Bytes, RegistryError> {
        let mut attempts = policy.attempts();
        loop {
            let problem = match self.send_once(call, attempts.request_timeout()).await {
                Ok(response) => return Ok(response),
                Err(problem) => self.diagnose(problem).await,
            };
            if !call.may_repeat_after(&problem) || !attempts.wait_before_retry(&problem).await {
                return Err(RegistryError::new(call.action.as_str(), problem).of_self_hosted());
            }
        }
    }

    /// Finds out whether an interrupted connection was refused in TLS.
    async fn diagnose(&self, problem: Problem) -> Problem {
        if !matches!(problem, Problem::Interrupted { .. }) || self.responded.load(Relaxed) {
            return problem;
        }
        if !self.address.tls() {
            let speaks_tls = tls_probe::speaks_tls(&self.address, &self.name, Arc::clone(&self.tls)).await;
            return if speaks_tls { failure::tls_required(&self.address) } else { problem };
        }
        let rejection = tls_probe::rejection(&self.address, &self.name, Arc::clone(&self.tls)).await;
        let tls = Handshake::Refused;
        match rejection {
            Some(reason) => Problem::Unreachable { address: self.address.to_string(), reason, tls },
            None => problem,
        }
    }

    async fn send_once(&self, call: &Call, limit: Duration) -> Result<Bytes, Problem> {
        let no_path = || Problem::Unusable("the call has no valid path".to_owned());
        let path = call.path.clone().ok_or_else(no_path)?;
        let started = Instant::now();
        let response =
            tokio::time::timeout(limit, self.channel.unary(path.clone(), call.request.clone())).await;
        let response = response.unwrap_or_else(|_| {
            Err(Problem::TimedOut(format!("no response from `{}` within {limit:?}", self.address)))
        });
        let milliseconds = started.elapsed().as_millis();
        self.responded.fetch_or(response.is_ok(), Relaxed);
        match &response {
            Ok(response) => tracing::debug!(%path, bytes = response.len(), milliseconds, "call"),
            Err(problem) => tracing::debug!(%path, milliseconds, %problem, "call failed"),
        }
        response
    }
}

/// Resolves every name to the address of the server: requests carry the name in its certificate.
struct FixedHost(String);

impl Resolve for FixedHost {
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
