//! One HTTP exchange: headers, time and size limits, and what its failures mean. Repeating is `client`'s affair.

use crate::address::Address;
use crate::error::Problem;
use crate::request::Request;
use crate::{failure, status, tls};
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::{Client, Response, redirect};
use rustls::Error as TlsError;
use schema::secret::Secret;
use serde_json::Value;
use std::time::Duration;
use tokio::time::Instant;

/// The largest answer that is read, in bytes: a page of Namespaces with their certificates stays far below.
const LARGEST_ANSWER: usize = 64 << 20;
/// The header that names the version of the API.
const VERSION: HeaderName = HeaderName::from_static("temporal-cloud-api-version");
/// For the connection alone.
const CONNECT: Duration = Duration::from_secs(10);

/// A connection pool to one registry, with the key that every request carries.
pub(crate) struct Transport {
    client: Client,
    base: String,
    pub(crate) address: Address,
    key: Secret,
}

impl Transport {
    pub(crate) fn new(
        address: Address,
        key: Secret,
        user_agent: &str,
        version: &'static str,
    ) -> Result<Self, Problem> {
        let tls = tls::config(address.tls()).map_err(|error| Problem::Unusable(untrusting(&error)))?;
        let mut builder = Client::builder()
            .tls_backend_preconfigured(tls)
            .user_agent(user_agent)
            .default_headers(headers(&key, version)?)
            .redirect(redirect::Policy::none())
            .connect_timeout(CONNECT);
        if address.is_loopback() {
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(|error| Problem::Unusable(failure::innermost(&error)))?;
        Ok(Self { client, base: address.url(), address, key })
    }

    /// Sends once and reads the whole answer.
    pub(crate) async fn exchange(&self, request: &Request, limit: Duration) -> Result<Value, Problem> {
        let started = Instant::now();
        let answer = tokio::time::timeout(limit, self.answer(request)).await;
        let answer = answer.unwrap_or_else(|_| {
            Err(Problem::TimedOut(format!("no answer from `{}` within {limit:?}", self.address)))
        });
        let (method, path, milliseconds) = (&request.method, &request.path, started.elapsed().as_millis());
        match &answer {
            Ok((status, answer)) => {
                tracing::debug!(%method, path, status, milliseconds, "request");
                tracing::trace!(%method, path, body = %self.without_key(&answer.text), "answer");
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
            tracing::trace!(path = request.path, body = %self.without_key(&body.to_string()), "request body");
            builder = builder.json(body);
        }
        let response = builder.send().await.map_err(|error| self.failure(&error))?;
        let status = response.status().as_u16();
        let retry_after = retry_after(response.headers());
        Ok((status, Answer { retry_after, text: self.text(response).await? }))
    }

    async fn text(&self, mut response: Response) -> Result<String, Problem> {
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.failure(&error))? {
            if bytes.len() + chunk.len() > LARGEST_ANSWER {
                return Err(Problem::nonsense(format!("it is larger than {} MiB", LARGEST_ANSWER >> 20)));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    fn understand(&self, (status, answer): (u16, Answer)) -> Result<Value, Problem> {
        if !(200..300).contains(&status) {
            return Err(status::problem(status, &self.without_key(&answer.text), answer.retry_after));
        }
        match serde_json::from_str(&answer.text) {
            Ok(value @ Value::Object(_)) => Ok(value),
            _ => Err(Problem::Nonsense {
                reason: format!("status {status} without a JSON object"),
                excerpt: status::excerpt(&self.without_key(&answer.text)),
            }),
        }
    }

    /// A registry may repeat the key in its words.
    fn without_key(&self, text: &str) -> String {
        self.key.hidden_in(text)
    }

    fn failure(&self, error: &reqwest::Error) -> Problem {
        failure::problem(&self.address, std::slice::from_ref(&self.key), error)
    }
}

/// The text of an answer and the pause that it asks for.
struct Answer {
    retry_after: Option<Duration>,
    text: String,
}

fn headers(key: &Secret, version: &'static str) -> Result<HeaderMap, Problem> {
    let version = (VERSION, HeaderValue::from_static(version));
    Ok(HeaderMap::from_iter([(AUTHORIZATION, bearer(key)?), version]))
}

/// The value of the header that carries an API key.
pub(crate) fn bearer(key: &Secret) -> Result<HeaderValue, Problem> {
    let text = key.expose();
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        let what = if text.is_empty() {
            "is empty"
        } else {
            "holds a space, a line break or another character that a key never has"
        };
        return Err(Problem::Unusable(format!("the API key {what}")));
    }
    let mut bearer = HeaderValue::from_str(&format!("Bearer {text}"))
        .map_err(|_| Problem::Unusable("the API key cannot be sent in a header".to_owned()))?;
    bearer.set_sensitive(true);
    Ok(bearer)
}

/// Only the form in seconds: the form of a date would need this machine's clock to be right.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

pub(crate) fn untrusting(error: &TlsError) -> String {
    format!("the trusted certificates of this machine cannot be read: {error}")
}
