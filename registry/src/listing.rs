//! Lists, page by page.

use crate::client::Registry;
use crate::error::RegistryError;
use crate::json;
use crate::request::Request;
use serde_json::Value;

/// Items asked for at a time; the registry allows 1000. Namespaces carry certificates, so pages stay below that.
const PAGE_SIZE: &str = "500";

impl Registry {
    /// Every item of the list under `field` of the answers, all pages.
    pub(crate) async fn list(&self, request: Request, field: &str) -> Result<Vec<Value>, RegistryError> {
        let mut pages = Pages::new(request, field);
        let mut items = Vec::new();
        while let Some(page) = pages.next(self).await? {
            items.extend(page);
        }
        Ok(items)
    }
}

/// The pages of a list that are still to come.
pub(crate) struct Pages<'a> {
    request: Request,
    field: &'a str,
    token: Option<String>,
}

impl<'a> Pages<'a> {
    pub(crate) fn new(request: Request, field: &'a str) -> Self {
        Self { request, field, token: Some(String::new()) }
    }

    /// The next page; `None` after the last. A registry that repeats its token would keep us for ever: it is refused.
    pub(crate) async fn next(&mut self, registry: &Registry) -> Result<Option<Vec<Value>>, RegistryError> {
        let Some(token) = self.token.take() else { return Ok(None) };
        let mut request = self.request.clone().with("pageSize", PAGE_SIZE);
        if !token.is_empty() {
            request = request.with("pageToken", token.as_str());
        }
        let mut answer = registry.send(request).await?;
        let next = json::text(&answer, "/nextPageToken").to_owned();
        if !next.is_empty() && next == token {
            return Err(RegistryError::nonsense(&self.request.action, "its next page is the same page"));
        }
        self.token = (!next.is_empty()).then_some(next);
        match answer.get_mut(self.field).map(Value::take) {
            Some(Value::Array(items)) => Ok(Some(items)),
            None | Some(Value::Null) if self.may_be_empty(&answer) => Ok(Some(Vec::new())),
            _ => {
                let reason = format!("it holds no list `{}`", self.field);
                Err(RegistryError::nonsense(&self.request.action, reason))
            }
        }
    }

    /// Canonical JSON leaves an empty list out; an object of nothing but strange fields is not an empty list.
    fn may_be_empty(&self, answer: &Value) -> bool {
        let fields = answer.as_object();
        fields.is_some_and(|fields| {
            fields.is_empty() || fields.contains_key(self.field) || fields.contains_key("nextPageToken")
        })
    }
}
