//! Lists, page by page, within `bounds`.

use crate::client::Registry;
use crate::cloud::request::Request;
use crate::error::{Problem, RegistryError};
use crate::json;
use crate::list_bounds::{Bounds, IdRefused};
use serde_json::{Map, Value};
use tokio::time::timeout_at;

/// Items asked for at a time; the registry allows 1000. Namespaces carry certificates, so pages stay below that.
const PAGE_SIZE: &str = "500";

/// How often a list is read that changes meanwhile: what is added before the next page moves an item to that page again.
const READINGS: usize = 3;

impl Registry {
    /// Every item of the list under `field` of the answers, all pages. The ids are at the JSON pointer `id` of each item.
    pub(crate) async fn list(
        &self,
        request: Request,
        field: &str,
        id: &str,
    ) -> Result<Vec<Value>, RegistryError> {
        let mut readings = 1;
        loop {
            let mut pages = Pages::new(self, request.clone(), field, id);
            match pages.all().await {
                Err(_) if pages.repeats_an_id && readings < READINGS => readings += 1,
                read => return read,
            }
            tracing::debug!(field, "the list changed while it was read");
        }
    }
}

/// The pages of a list that are still to come.
pub(crate) struct Pages<'a> {
    registry: &'a Registry,
    request: Request,
    field: &'a str,
    id: &'a str,
    token: Option<String>,
    bounds: Bounds,
    /// Whether an item came twice.
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
        let Ok(answer) = timeout_at(self.bounds.deadline(), self.registry.weighed(request)).await else {
            return Err(RegistryError::new(&self.request.action, Problem::TimedOut(self.bounds.late())));
        };
        let (mut answer, weight) = answer?;
        let next = json::text(&answer, "/nextPageToken").to_owned();
        let items = match answer.get_mut(self.field).map(Value::take) {
            Some(Value::Array(items)) => items,
            None | Some(Value::Null) if self.may_be_empty(&answer) => Vec::new(),
            _ => return Err(self.malformed(format!("it holds no list `{}`", self.field))),
        };
        self.take_in(&items, weight, &next).map_err(|reason| self.malformed(reason))?;
        self.token = (!next.is_empty()).then_some(next);
        Ok(Some(items))
    }

    fn take_in(&mut self, items: &[Value], weight: usize, next: &str) -> Result<(), String> {
        self.bounds.page(items.len(), weight)?;
        for item in items {
            let taken_in = self.bounds.id(json::text(item, self.id));
            self.repeats_an_id |= matches!(taken_in, Err(IdRefused::Repeated(_)));
            taken_in?;
        }
        if next.is_empty() { Ok(()) } else { self.bounds.token(next.as_bytes()) }
    }

    fn malformed(&self, reason: String) -> RegistryError {
        RegistryError::malformed_response(&self.request.action, reason)
    }

    /// Canonical JSON leaves an empty list out, whatever fields of a newer API stand beside it. Only an error is none.
    fn may_be_empty(&self, answer: &Value) -> bool {
        let is_error =
            |fields: &Map<String, Value>| fields.contains_key("code") && fields.contains_key("message");
        answer.as_object().is_some_and(|fields| !is_error(fields))
    }
}
