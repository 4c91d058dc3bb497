//! A request to the Cloud Ops API before it is sent: its path, query and body.

use crate::error::{Problem, RegistryError};
use reqwest::Method;
use serde_json::Value;
use std::fmt::Write;

/// The version of the Cloud Ops API in the header of requests.
pub const API_VERSION: &str = "v0.17.0";

/// The version in the header of requests that read principals. A registry leaves out what a version does not have, such as
/// Project access below v0.18, and access that is left out would be taken for missing. Principals are never written, so
/// nothing can be lost by sending them back.
pub const ACCESS_API_VERSION: &str = "v0.19.1";

/// A request that may be sent several times.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// What it does to which object, for errors.
    pub(crate) action: String,
    pub(crate) method: Method,
    /// Percent-encoded, with its leading slash.
    pub(crate) path: String,
    pub(crate) query: Vec<(&'static str, String)>,
    pub(crate) body: Option<Value>,
    /// The version of the API, where it is not [`API_VERSION`](crate::API_VERSION).
    pub(crate) version: Option<&'static str>,
}

impl Request {
    /// A read of the object under these path segments.
    pub(crate) fn get(action: impl Into<String>, segments: &[&str]) -> Result<Self, RegistryError> {
        Self::new(Method::GET, action.into(), segments, None)
    }

    /// A write of `body`.
    pub(crate) fn post(
        action: impl Into<String>,
        segments: &[&str],
        body: Value,
    ) -> Result<Self, RegistryError> {
        Self::new(Method::POST, action.into(), segments, Some(body))
    }

    /// A deletion.
    pub(crate) fn delete(action: impl Into<String>, segments: &[&str]) -> Result<Self, RegistryError> {
        Self::new(Method::DELETE, action.into(), segments, None)
    }

    /// Whether it changes anything.
    pub(crate) fn is_write(&self) -> bool {
        self.method != Method::GET
    }

    /// Whether it reads an operation.
    pub(crate) fn is_operation_read(&self) -> bool {
        self.path.starts_with("/cloud/operations/")
    }

    /// Adds a query parameter.
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    /// A read of users, service accounts or groups, in the API version that has every form of access.
    pub(crate) fn get_principals(
        action: impl Into<String>,
        segments: &[&str],
    ) -> Result<Self, RegistryError> {
        Ok(Self { version: Some(ACCESS_API_VERSION), ..Self::get(action, segments)? })
    }

    fn new(
        method: Method,
        action: String,
        segments: &[&str],
        body: Option<Value>,
    ) -> Result<Self, RegistryError> {
        let path = path(segments).map_err(|problem| RegistryError::new(action.as_str(), problem))?;
        Ok(Self { action, method, path, query: Vec::new(), body, version: None })
    }
}

/// An empty segment or one of dots would address another object, or a whole list.
fn path(segments: &[&str]) -> Result<String, Problem> {
    let mut path = String::from("/cloud");
    for segment in segments {
        if matches!(*segment, "" | "." | "..") {
            return Err(Problem::Unusable(format!("`{segment}` is not an id")));
        }
        path.push('/');
        encode(segment, &mut path);
    }
    Ok(path)
}

fn encode(segment: &str, path: &mut String) {
    for byte in segment.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                path.push(char::from(byte))
            }
            // Writing to a String cannot fail.
            _ => drop(write!(path, "%{byte:02X}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_stay_within_their_segment() {
        assert_eq!(path(&["namespaces", "a-b.c1d2e"]).unwrap(), "/cloud/namespaces/a-b.c1d2e");
        assert_eq!(path(&["x", "../a?b#ü"]).unwrap(), "/cloud/x/..%2Fa%3Fb%23%C3%BC");
    }

    #[test]
    fn an_id_cannot_name_a_list() {
        for id in ["", ".", ".."] {
            let error = Request::delete(format!("delete endpoint `{id}`"), &["nexus", "endpoints", id]);
            assert_eq!(
                error.unwrap_err().to_string(),
                format!("delete endpoint `{id}`: `{id}` is not an id")
            );
        }
    }
}
