//! Limits on a list as a whole. `transport` limits each response; a faulty registry could still send pages without end, or
//! more than fits into memory.

use std::collections::HashSet;
use std::time::Duration;
use tokio::time::Instant;

/// The most items of one list. Accounts have 100 Endpoints, and 10,000 where Temporal raised the limit; an Endpoint takes
/// about 10 KiB of memory.
pub(crate) const MAX_ITEMS: usize = 16_000;
/// The most pages in a row without an item: a registry may filter a page after it has cut it.
pub(crate) const MAX_EMPTY_PAGES: usize = 1_000;
/// The longest page token, in bytes: it is sent back in a URL, which servers take up to 8 KiB of.
pub(crate) const MAX_TOKEN: usize = 8 << 10;
/// The most memory that the items of one list take, in bytes. An Endpoint takes about 8 KiB, and 1.5 KiB more for each caller:
/// 10,000 Endpoints with ten callers each fit, and so do 100 with the 1,000 callers that Temporal Cloud allows.
pub(crate) const MAX_MEMORY: usize = 320 << 20;

/// How much later a list times out than a call with the same limit: the error of the call says more.
const GRACE: Duration = Duration::from_secs(1);

/// Why an item is refused.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum IdRefused {
    /// Another item has its id.
    Duplicate(String),
    /// The list is too large.
    TooLarge(String),
}

impl From<IdRefused> for String {
    fn from(refused: IdRefused) -> Self {
        match refused {
            IdRefused::Duplicate(reason) | IdRefused::TooLarge(reason) => reason,
        }
    }
}

/// What was read of one list so far.
pub(crate) struct Bounds {
    started: Instant,
    limit: Duration,
    pages: usize,
    empty: usize,
    items: usize,
    memory: usize,
    tokens: HashSet<Vec<u8>>,
    ids: HashSet<String>,
}

impl Bounds {
    /// The bounds of a list that starts now and may take `limit`.
    pub(crate) fn new(limit: Duration) -> Self {
        Self {
            started: Instant::now(),
            limit,
            pages: 0,
            empty: 0,
            items: 0,
            memory: 0,
            tokens: HashSet::new(),
            ids: HashSet::new(),
        }
    }

    /// When the list must have ended.
    pub(crate) fn deadline(&self) -> Instant {
        self.started + self.limit + GRACE
    }

    /// The reason for a list that did not end in time.
    pub(crate) fn timeout_reason(&self) -> String {
        let Self { pages, items, limit, .. } = self;
        format!("the list did not end within {limit:?} ({pages} pages with {items} items were read)")
    }

    /// Adds a page with so many items, which take so much memory.
    ///
    /// # Errors
    /// Which limit the list exceeds.
    pub(crate) fn add_page(&mut self, items: usize, memory: usize) -> Result<(), String> {
        self.pages += 1;
        self.items = self.items.saturating_add(items);
        self.empty = if items == 0 { self.empty + 1 } else { 0 };
        if self.items > MAX_ITEMS {
            return Err(format!("the list has more than {MAX_ITEMS} items"));
        }
        if self.empty > MAX_EMPTY_PAGES {
            return Err(format!("the list has more than {MAX_EMPTY_PAGES} empty pages in a row"));
        }
        self.charge(memory)
    }

    /// Adds the token of the next page.
    ///
    /// # Errors
    /// When it is too long, or repeats an earlier one.
    pub(crate) fn add_token(&mut self, token: &[u8]) -> Result<(), String> {
        let (pages, length) = (self.pages, token.len());
        if length > MAX_TOKEN {
            return Err(format!("the page token after page {pages} has {length} bytes (limit: {MAX_TOKEN})"));
        }
        self.charge(length)?;
        match self.tokens.insert(token.to_vec()) {
            true => Ok(()),
            false => Err(format!("page {pages} repeats an earlier page token")),
        }
    }

    /// Adds the id of an item; an item without one is ignored.
    ///
    /// # Errors
    /// When another item has it.
    pub(crate) fn add_id(&mut self, id: &str) -> Result<(), IdRefused> {
        if id.is_empty() {
            return Ok(());
        }
        self.charge(id.len()).map_err(IdRefused::TooLarge)?;
        match self.ids.insert(id.to_owned()) {
            true => Ok(()),
            false => Err(IdRefused::Duplicate(format!("page {} repeats the id `{id}`", self.pages))),
        }
    }

    fn charge(&mut self, memory: usize) -> Result<(), String> {
        self.memory = self.memory.saturating_add(memory);
        match self.memory > MAX_MEMORY {
            true => Err(format!("the list is larger than {} MiB", MAX_MEMORY >> 20)),
            false => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounds() -> Bounds {
        Bounds::new(Duration::from_secs(60))
    }

    #[tokio::test]
    async fn short_pages_and_empty_ones_between_are_taken() {
        let mut bounds = bounds();
        for page in 0..MAX_ITEMS {
            bounds.add_page(1, 10 << 10).unwrap();
            bounds.add_id(&format!("e{page}")).unwrap();
            bounds.add_token(page.to_string().as_bytes()).unwrap();
            if page % 1_000 == 0 {
                (0..MAX_EMPTY_PAGES).for_each(|_| bounds.add_page(0, 0).unwrap());
            }
        }
        assert_eq!(bounds.add_page(1, 0).unwrap_err(), "the list has more than 16000 items");
    }

    #[tokio::test]
    async fn what_never_ends_is_refused() {
        let mut empty = bounds();
        let failed = (0..).find_map(|_| empty.add_page(0, 0).err());
        assert!(failed.unwrap().starts_with("the list has more than 1000 empty pages"));
        let mut large = bounds();
        let failed = (0..).find_map(|_| large.add_page(1, 1 << 20).err());
        assert_eq!(failed.unwrap(), "the list is larger than 320 MiB");
        let mut repeated = bounds();
        repeated.add_page(1, 0).unwrap();
        repeated.add_token(b"t").unwrap();
        repeated.add_id("e1").unwrap();
        assert_eq!(String::from(repeated.add_id("e1").unwrap_err()), "page 1 repeats the id `e1`");
        assert!(repeated.add_token(b"t").unwrap_err().starts_with("page 1 repeats an earlier page token"));
        assert!(repeated.add_token(&[b'x'; MAX_TOKEN + 1]).unwrap_err().contains("has 8193 bytes"));
    }
}
