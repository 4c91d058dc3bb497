//! Lists of a self-hosted server, page by page, within the limits of `list_bounds`.

use super::call::Call;
use super::wire;
use crate::error::{Problem, RegistryError};
use crate::list_bounds::{Bounds, MAX_ITEMS};
use crate::retry::RetryPolicy;
use tokio::time::timeout_at;

/// The memory that an item takes once it is read, in bytes: about as much as an Endpoint of Temporal Cloud without callers.
const ITEM_MEMORY: usize = 8 << 10;
/// The largest item, in bytes: descriptions have at most 20 KB, and an item in memory can be fifty times as large.
const MAX_ITEM: usize = 256 << 10;

/// The remaining pages of a list.
pub(crate) struct Pages<'a> {
    action: &'a str,
    token: Option<Vec<u8>>,
    bounds: Bounds,
}

impl<'a> Pages<'a> {
    pub(crate) fn new(action: &'a str, policy: &RetryPolicy) -> Self {
        Self { action, token: Some(Vec::new()), bounds: Bounds::new(policy.list_timeout) }
    }

    /// The token of the next page, empty for the first; `None` after the last.
    pub(crate) fn token(&mut self) -> Option<Vec<u8>> {
        self.token.take()
    }

    /// Waits for a page, until the deadline of the list.
    pub(crate) async fn wait_for<T>(
        &self,
        page: impl Future<Output = Result<T, RegistryError>>,
    ) -> Result<T, RegistryError> {
        match timeout_at(self.bounds.deadline(), page).await {
            Ok(response) => response,
            Err(_) => {
                let problem = Problem::TimedOut(self.bounds.timeout_reason());
                Err(RegistryError::new(self.action, problem).of_self_hosted())
            }
        }
    }

    /// The items of a page; `token` and `item` are field numbers.
    pub(crate) fn add_page<'m>(
        &mut self,
        call: &Call,
        page: &'m [u8],
        token: u32,
        item: u32,
    ) -> Result<Vec<&'m [u8]>, RegistryError> {
        let items = call.decoded(wire::each(page, item, MAX_ITEMS))?;
        self.bounds
            .add_page(items.len(), page.len() + items.len() * ITEM_MEMORY)
            .map_err(|reason| self.malformed(reason))?;
        if items.iter().any(|item| item.len() > MAX_ITEM) {
            return Err(self.malformed(format!("an item is larger than {} KiB", MAX_ITEM >> 10)));
        }
        let tokens = call.decoded(wire::each(page, token, 1))?;
        if let Some(next) = tokens.last().filter(|next| !next.is_empty()) {
            self.bounds.add_token(next).map_err(|reason| self.malformed(reason))?;
            self.token = Some(next.to_vec());
        }
        Ok(items)
    }

    /// Adds the id of an item.
    pub(crate) fn add_id(&mut self, id: &str) -> Result<(), RegistryError> {
        self.bounds.add_id(id).map_err(|reason| self.malformed(reason.into()))
    }

    fn malformed(&self, reason: String) -> RegistryError {
        RegistryError::malformed_response(self.action, reason).of_self_hosted()
    }
}
