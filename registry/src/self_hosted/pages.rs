//! The pages of a list of a server, within `bounds`.

use super::call::Call;
use super::wire;
use crate::error::{Problem, RegistryError};
use crate::list_bounds::{Bounds, ITEMS};
use crate::retry::RetryPolicy;
use tokio::time::timeout_at;

/// What an item takes once it is read, in bytes: about as much as an Endpoint of Temporal Cloud without callers.
const ITEM: usize = 8 << 10;
/// The largest item, in bytes: descriptions end at 20 KB, and what is read can take fifty times as much.
const LARGEST_ITEM: usize = 256 << 10;

/// The pages of a list that are still to come.
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

    /// The answer to the question for a page, unless the time for the list is up.
    pub(crate) async fn answer<T>(
        &self,
        page: impl Future<Output = Result<T, RegistryError>>,
    ) -> Result<T, RegistryError> {
        match timeout_at(self.bounds.deadline(), page).await {
            Ok(answer) => answer,
            Err(_) => {
                let problem = Problem::TimedOut(self.bounds.late());
                Err(RegistryError::new(self.action, problem).of_server())
            }
        }
    }

    /// The items of a page, by the numbers of their field and of the token's.
    pub(crate) fn take_in<'m>(
        &mut self,
        call: &Call,
        page: &'m [u8],
        token: u32,
        item: u32,
    ) -> Result<Vec<&'m [u8]>, RegistryError> {
        let items = call.understood(wire::each(page, item, ITEMS))?;
        self.bounds
            .page(items.len(), page.len() + items.len() * ITEM)
            .map_err(|reason| self.malformed(reason))?;
        if items.iter().any(|item| item.len() > LARGEST_ITEM) {
            return Err(self.malformed(format!("an item is larger than {} KiB", LARGEST_ITEM >> 10)));
        }
        let tokens = call.understood(wire::each(page, token, 1))?;
        if let Some(next) = tokens.last().filter(|next| !next.is_empty()) {
            self.bounds.token(next).map_err(|reason| self.malformed(reason))?;
            self.token = Some(next.to_vec());
        }
        Ok(items)
    }

    /// Takes the id of an item in.
    pub(crate) fn id(&mut self, id: &str) -> Result<(), RegistryError> {
        self.bounds.id(id).map_err(|reason| self.malformed(reason.into()))
    }

    fn malformed(&self, reason: String) -> RegistryError {
        RegistryError::malformed_response(self.action, reason).of_server()
    }
}
