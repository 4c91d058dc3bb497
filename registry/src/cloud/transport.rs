//! One HTTP exchange: headers, time and size limits, and what its failures mean. Repeating is `client`'s affair.

use crate::address::Address;
use crate::cloud::request::Request;
use crate::cloud::weight;
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

/// The largest answer that is read, in bytes: a page of Namespaces with their certificates stays far below.
const LARGEST_ANSWER: usize = 32 << 20;
/// The most memory that its values take, in bytes: 100 Endpoints with 1,000 callers each take that much on one page.
const LARGEST_MEMORY: usize = 160 << 20;
/// How much of a refusal is read, in bytes: its reason is much shorter, and what follows is not needed.
const LARGEST_REFUSAL: usize = 64 << 10;
/// The header that names the version of the API.
const VERSION: HeaderName = HeaderName::from_static("temporal-cloud-api-version");
/// For the connection alone.
const CONNECT: Duration = Duration::from_secs(10);

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
        let tls = tls::config(address.tls()).map_err(|error| Problem::Unusable(trust::untrusting(&error)))?;
        let mut builder = Client::builder()
            .tls_backend_preconfigured(tls)
            .user_agent(user_agent)
            .default_headers(headers(&key, version)?)
            .redirect(redirect::Policy::none())
            .connect_timeout(CONNECT);
        let is_loopback = address.is_loopback();
        if is_loopback {
            builder = builder.no_proxy();
            // By its name, too, it is this machine, whatever a name server says of `localhost.`.
            let itself = [IpAddr::from(Ipv4Addr::LOCALHOST), IpAddr::from(Ipv6Addr::LOCALHOST)];
            let itself = itself.map(|ip| SocketAddr::new(ip, 0));
            for name in ["localhost", "localhost."] {
                builder = builder.resolve_to_addrs(name, &itself);
            }
        }
        let client = builder.build().map_err(|error| Problem::Unusable(innermost(&error)))?;
        let base = address.url();
        let route = if is_loopback { Route::direct(address) } else { Route::by_proxy(address)? };
        Ok(Self { client, base, route, redaction: Redaction::new([key]) })
    }

    pub(crate) fn address(&self) -> &Address {
        &self.route.address
    }

    /// Sends once and reads the whole answer.
    pub(crate) async fn exchange(
        &self,
        request: &Request,
        limit: Duration,
    ) -> Result<(Value, usize), Problem> {
        let started = Instant::now();
        let answer = tokio::time::timeout(limit, self.answer(request)).await;
        let answer = answer.unwrap_or_else(|_| {
            Err(Problem::TimedOut(format!("no answer from `{}` within {limit:?}", self.address())))
        });
        let (method, milliseconds) = (&request.method, started.elapsed().as_millis());
        let path = self.redaction.hide(&request.path);
        match &answer {
            Ok((status, answer)) => {
                tracing::debug!(%method, path, status, milliseconds, "request");
                tracing::trace!(%method, path, body = %self.redaction.hide(&answer.text), "answer");
            }
            Err(problem) => tracing::debug!(%method, path, milliseconds, %problem, "request failed"),
        }
        self.understand(answer?)
    }

    async fn answer(&self, request: &Request) -> Result<(u16, Answer), Problem> {
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
            if is_success(status) { self.text(response).await? } else { self.refusal(response).await? };
        Ok((status, Answer { retry_after, text }))
    }

    async fn text(&self, mut response: Response) -> Result<String, Problem> {
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.failure(&error))? {
            if bytes.len() + chunk.len() > LARGEST_ANSWER {
                return Err(Problem::malformed_response(format!(
                    "it is larger than {} MiB",
                    LARGEST_ANSWER >> 20
                )));
            }
            bytes.extend_from_slice(&chunk);
        }
        String::from_utf8(bytes).map_err(|error| Problem::MalformedResponse {
            reason: "it is not UTF-8".to_owned(),
            excerpt: self.excerpt(&String::from_utf8_lossy(
                error.as_bytes().get(..LARGEST_REFUSAL).unwrap_or(error.as_bytes()),
            )),
        })
    }

    /// The beginning of what is said to a refusal; a connection that breaks afterwards changes nothing.
    async fn refusal(&self, mut response: Response) -> Result<String, Problem> {
        let mut bytes = Vec::new();
        while bytes.len() < LARGEST_REFUSAL {
            match response.chunk().await {
                Ok(Some(chunk)) => bytes.extend(chunk.iter().take(LARGEST_REFUSAL - bytes.len())),
                Ok(None) => break,
                Err(error) if bytes.is_empty() => return Err(self.failure(&error)),
                Err(_) => break,
            }
        }
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    fn understand(&self, (status, answer): (u16, Answer)) -> Result<(Value, usize), Problem> {
        let Answer { retry_after, text } = answer;
        if !is_success(status) {
            if !self.address().tls() && status::wants_tls(status, &text) {
                return Err(failure::without_tls(self.address()));
            }
            return Err(status::problem(status, &text, retry_after, &self.redaction));
        }
        let weight = weight::of_json(&text);
        if weight > LARGEST_MEMORY {
            let reason = format!("its values take more than {} MiB", LARGEST_MEMORY >> 20);
            return Err(Problem::malformed_response(reason));
        }
        match serde_json::from_str(&text) {
            Ok(value @ Value::Object(_)) if self.redaction.finds(text.as_bytes()) => {
                Ok((self.clean(value)?, weight))
            }
            Ok(value @ Value::Object(_)) => Ok((value, weight)),
            _ => Err(Problem::MalformedResponse {
                reason: format!("status {status} without a JSON object"),
                excerpt: self.excerpt(&text),
            }),
        }
    }

    /// What an answer may be used for that repeats the key: the words about an operation, without it. Anything else would
    /// reach a state, a snapshot or a message, and sent back without the key it would change what others wrote.
    fn clean(&self, mut value: Value) -> Result<Value, Problem> {
        if let Some(operation) = value.get_mut("asyncOperation") {
            self.redaction.hide_in(operation);
        }
        match self.redaction.place(&value) {
            Some(place) => Err(Problem::Leaked(excerpt(&place))),
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

/// The text of an answer and the pause that it asks for.
struct Answer {
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

/// Only the form in seconds: the form of a date would need this machine's clock to be right.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}
