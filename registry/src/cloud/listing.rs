//! Lists, page by page, within the limits of `list_bounds`.

use crate::client::Registry;
use crate::cloud::request::Request;
use crate::error::{Problem, RegistryError};
use crate::json;
use crate::list_bounds::{Bounds, IdRefused};
use serde_json::{Map, Value};
use tokio::time::timeout_at;

/// Items of a page. The registry allows 1000; Namespaces carry certificates, so pages are smaller.
const PAGE_SIZE: &str = "500";

/// How often a list is read that changes meanwhile: an item added to an earlier page moves another to the next page.
const MAX_READS: usize = 3;

impl Registry {
    /// Every item of the list under `field` of the responses, from all pages. `id` is the JSON pointer of an item's id.
    pub(crate) async fn list(
        &self,
        request: Request,
        field: &str,
        id: &str,
    ) -> Result<Vec<Value>, RegistryError> {
        let mut reads = 1;
        loop {
            let mut pages = Pages::new(self, request.clone(), field, id);
            match pages.all().await {
                Err(_) if pages.repeats_an_id && reads < MAX_READS => reads += 1,
                read => return read,
            }
            tracing::debug!(field, "the list changed while it was read");
        }
    }
}

/// The remaining pages of a list.
pub(crate) struct Pages<'a> {
    registry: &'a Registry,
    request: Request,
    field: &'a str,
    id: &'a str,
    token: Option<String>,
    bounds: Bounds,
    /// Whether an item occurred twice.
    repeats_an_id: bool,
}

impl<'a> Pages<'a> {
    pub(crate) fn new(registry: &'a Registry, request: Request, field: &'a str, id: &'a str) -> Self {
        let bounds = Bounds::new(registry.retry_policy().list_timeout);
        Self { registry, request, field, id, token: Some(String::new()), bounds, repeats_an_id: false }
    }

    /// The items of all pages.
    async fn all(&mut self) -> Result<Vec<Value>, RegistryError> {
        let mut items = Vec::new();
        while let Some(page) = self.next().await? {
            items.extend(page);
        }
        Ok(items)
    }

    /// The next page; `None` after the last.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<Value>>, RegistryError> {
        let Some(token) = self.token.take() else { return Ok(None) };
        let mut request = self.request.clone().with("pageSize", PAGE_SIZE);
        if !token.is_empty() {
            request = request.with("pageToken", token.as_str());
        }
        let Ok(response) = timeout_at(self.bounds.deadline(), self.registry.send_measured(request)).await
        else {
            return Err(RegistryError::new(
                &self.request.action,
                Problem::TimedOut(self.bounds.timeout_reason()),
            ));
        };
        let (mut response, memory) = response?;
        let next = json::text(&response, "/nextPageToken").to_owned();
        let items = match response.get_mut(self.field).map(Value::take) {
            Some(Value::Array(items)) => items,
            None | Some(Value::Null) if self.may_be_empty(&response) => Vec::new(),
            _ => return Err(self.malformed(format!("missing list `{}`", self.field))),
        };
        self.check_page(&items, memory, &next).map_err(|reason| self.malformed(reason))?;
        self.token = (!next.is_empty()).then_some(next);
        Ok(Some(items))
    }

    fn check_page(&mut self, items: &[Value], memory: usize, next: &str) -> Result<(), String> {
        self.bounds.add_page(items.len(), memory)?;
        for item in items {
            let added = self.bounds.add_id(json::text(item, self.id));
            self.repeats_an_id |= matches!(added, Err(IdRefused::Duplicate(_)));
            added?;
        }
        if next.is_empty() { Ok(()) } else { self.bounds.add_token(next.as_bytes()) }
    }

    fn malformed(&self, reason: String) -> RegistryError {
        RegistryError::malformed_response(&self.request.action, reason)
    }

    /// Canonical JSON leaves an empty list out. A response with `code` and `message` is an error and not an empty list.
    fn may_be_empty(&self, response: &Value) -> bool {
        let is_error =
            |fields: &Map<String, Value>| fields.contains_key("code") && fields.contains_key("message");
        response.as_object().is_some_and(|fields| !is_error(fields))
    }
}
