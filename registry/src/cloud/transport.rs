//! One HTTP request and its response: headers, timeouts, size limits, and the meaning of failures. `client` retries.

use crate::address::Address;
use crate::cloud::memory_estimate;
use crate::cloud::request::Request;
use crate::connection::api_key::bearer;
use crate::connection::cause::innermost;
use crate::connection::excerpt::excerpt;
use crate::connection::failure;
use crate::connection::redaction::Redaction;
use crate::connection::route::Route;
use crate::connection::status;
use crate::connection::tls;
use crate::connection::trust;
use crate::error::Problem;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::{Client, Response, redirect};
use schema::secret::Secret;
use serde_json::Value;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;
use tokio::time::Instant;

/// The largest response, in bytes: a page of Namespaces with their certificates is much smaller.
const MAX_RESPONSE: usize = 32 << 20;
/// The most memory that the values of a response take, in bytes: a page of 100 Endpoints with 1,000 callers each.
const MAX_MEMORY: usize = 160 << 20;
/// How much of an error response is read, in bytes: the reason is much shorter.
const MAX_ERROR_BODY: usize = 64 << 10;
/// The header with the API version.
const VERSION: HeaderName = HeaderName::from_static("temporal-cloud-api-version");
/// The timeout for connecting.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// A connection pool to one registry, with the key that every request carries.
pub(crate) struct Transport {
    client: Client,
    base: String,
    route: Route,
    redaction: Redaction,
}

impl Transport {
    pub(crate) fn new(
        address: Address,
        key: Secret,
        user_agent: &str,
        version: &'static str,
    ) -> Result<Self, Problem> {
        let tls =
            tls::config(address.tls()).map_err(|error| Problem::Unusable(trust::roots_unreadable(&error)))?;
        let mut builder = Client::builder()
            .tls_backend_preconfigured(tls)
            .user_agent(user_agent)
            .default_headers(headers(&key, version)?)
            .redirect(redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT);
        let is_loopback = address.is_loopback();
        if is_loopback {
            builder = builder.no_proxy();
            // `localhost` is this machine, whatever a name server says.
            let loopback = [IpAddr::from(Ipv4Addr::LOCALHOST), IpAddr::from(Ipv6Addr::LOCALHOST)];
            let loopback = loopback.map(|ip| SocketAddr::new(ip, 0));
            for name in ["localhost", "localhost."] {
                builder = builder.resolve_to_addrs(name, &loopback);
            }
        }
        let client = builder.build().map_err(|error| Problem::Unusable(innermost(&error)))?;
        let base = address.url();
        let route = if is_loopback { Route::direct(address) } else { Route::from_environment(address)? };
        Ok(Self { client, base, route, redaction: Redaction::new([key]) })
    }

    pub(crate) fn address(&self) -> &Address {
        &self.route.address
    }

    /// Sends a request once. Returns the response and the memory that it takes.
    pub(crate) async fn exchange(
        &self,
        request: &Request,
        limit: Duration,
    ) -> Result<(Value, usize), Problem> {
        let started = Instant::now();
        let response = tokio::time::timeout(limit, self.receive(request)).await;
        let response = response.unwrap_or_else(|_| {
            Err(Problem::TimedOut(format!("no response from `{}` within {limit:?}", self.address())))
        });
        let (method, milliseconds) = (&request.method, started.elapsed().as_millis());
        let path = self.redaction.hide(&request.path);
        match &response {
            Ok((status, response)) => {
                tracing::debug!(%method, path, status, milliseconds, "request");
                tracing::trace!(%method, path, body = %self.redaction.hide(&response.text), "response");
            }
            Err(problem) => tracing::debug!(%method, path, milliseconds, %problem, "request failed"),
        }
        self.decode(response?)
    }

    async fn receive(&self, request: &Request) -> Result<(u16, RawResponse), Problem> {
        let mut builder =
            self.client.request(request.method.clone(), format!("{}{}", self.base, request.path));
        if !request.query.is_empty() {
            builder = builder.query(&request.query);
        }
        if let Some(version) = request.version {
            builder = builder.header(VERSION, version);
        }
        if let Some(body) = &request.body {
            let hide = |text: &str| self.redaction.hide(text);
            tracing::trace!(path = hide(&request.path), body = %hide(&body.to_string()), "request body");
            builder = builder.json(body);
        }
        let response = builder.send().await.map_err(|error| self.failure(&error))?;
        let status = response.status().as_u16();
        let retry_after = retry_after(response.headers());
        let text =
            if is_success(status) { self.text(response).await? } else { self.error_body(response).await? };
        Ok((status, RawResponse { retry_after, text }))
    }

    async fn text(&self, mut response: Response) -> Result<String, Problem> {
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.failure(&error))? {
            if bytes.len() + chunk.len() > MAX_RESPONSE {
                return Err(Problem::malformed_response(format!(
                    "the response is larger than {} MiB",
                    MAX_RESPONSE >> 20
                )));
            }
            bytes.extend_from_slice(&chunk);
        }
        String::from_utf8(bytes).map_err(|error| Problem::MalformedResponse {
            reason: "the response is not UTF-8".to_owned(),
            excerpt: self.excerpt(&String::from_utf8_lossy(
                error.as_bytes().get(..MAX_ERROR_BODY).unwrap_or(error.as_bytes()),
            )),
        })
    }

    /// The beginning of an error response. A connection that breaks after its first bytes is ignored.
    async fn error_body(&self, mut response: Response) -> Result<String, Problem> {
        let mut bytes = Vec::new();
        while bytes.len() < MAX_ERROR_BODY {
            match response.chunk().await {
                Ok(Some(chunk)) => bytes.extend(chunk.iter().take(MAX_ERROR_BODY - bytes.len())),
                Ok(None) => break,
                Err(error) if bytes.is_empty() => return Err(self.failure(&error)),
                Err(_) => break,
            }
        }
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    fn decode(&self, (status, response): (u16, RawResponse)) -> Result<(Value, usize), Problem> {
        let RawResponse { retry_after, text } = response;
        if !is_success(status) {
            if !self.address().tls() && status::requires_tls(status, &text) {
                return Err(failure::tls_required(self.address()));
            }
            return Err(status::problem(status, &text, retry_after, &self.redaction));
        }
        let memory = memory_estimate::of_json(&text);
        if memory > MAX_MEMORY {
            let reason = format!("the values of the response take more than {} MiB", MAX_MEMORY >> 20);
            return Err(Problem::malformed_response(reason));
        }
        match serde_json::from_str(&text) {
            Ok(value @ Value::Object(_)) if self.redaction.finds(text.as_bytes()) => {
                Ok((self.without_key(value)?, memory))
            }
            Ok(value @ Value::Object(_)) => Ok((value, memory)),
            _ => Err(Problem::MalformedResponse {
                reason: format!("status {status} without a JSON object"),
                excerpt: self.excerpt(&text),
            }),
        }
    }

    /// A response that contains the API key: in the texts of an operation the key is redacted. Anywhere else the response is
    /// refused: it would end up in a state or a snapshot, and sent back redacted it would change what others wrote.
    fn without_key(&self, mut value: Value) -> Result<Value, Problem> {
        if let Some(operation) = value.get_mut("asyncOperation") {
            self.redaction.hide_in(operation);
        }
        match self.redaction.path_of_secret(&value) {
            Some(path) => Err(Problem::Leaked(excerpt(&path))),
            None => Ok(value),
        }
    }

    fn excerpt(&self, text: &str) -> String {
        excerpt(&self.redaction.hide(text))
    }

    fn failure(&self, error: &reqwest::Error) -> Problem {
        failure::problem(&self.route, &self.redaction, error)
    }
}

/// The text of a response and its `Retry-After`.
struct RawResponse {
    retry_after: Option<Duration>,
    text: String,
}

fn is_success(status: u16) -> bool {
    (200..300).contains(&status)
}

fn headers(key: &Secret, version: &'static str) -> Result<HeaderMap, Problem> {
    let version = (VERSION, HeaderValue::from_static(version));
    Ok(HeaderMap::from_iter([(AUTHORIZATION, bearer(key)?), version]))
}

/// Only the form in seconds: a date would depend on the clock of this machine.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}
