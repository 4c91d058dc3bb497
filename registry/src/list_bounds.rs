//! Where a list ends at the latest. Each answer has its bounds in `transport`; here are those of all pages of a list together,
//! for a registry that is wrong, or is none, would otherwise keep its reader for ever or fill its memory.

use std::collections::HashSet;
use std::time::Duration;
use tokio::time::Instant;

/// The most items of one list. Accounts have 100 Endpoints, and 10,000 where Temporal raised the limit; an Endpoint takes
/// about 10 KiB of memory.
pub(crate) const ITEMS: usize = 16_000;
/// The most pages in a row without an item: a registry may filter a page after it has cut it.
pub(crate) const EMPTY_PAGES: usize = 1_000;
/// The longest page token, in bytes: it is sent back in a URL, which servers take up to 8 KiB of.
pub(crate) const TOKEN: usize = 8 << 10;
/// The most memory that the items of one list take, in bytes. An Endpoint takes about 8 KiB, and 1.5 KiB more for each caller:
/// 10,000 Endpoints with ten callers each fit, and so do 100 with the 1,000 callers that Temporal Cloud allows.
pub(crate) const MEMORY: usize = 320 << 20;

/// How much later a list gives up than a call that may take as long.
const GRACE: Duration = Duration::from_secs(1);

/// Why an item is not taken in.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum IdRefused {
    /// Another has its id.
    Repeated(String),
    /// The list is too large.
    TooMuch(String),
}

impl From<IdRefused> for String {
    fn from(refused: IdRefused) -> Self {
        match refused {
            IdRefused::Repeated(reason) | IdRefused::TooMuch(reason) => reason,
        }
    }
}

/// The pages and items of one list so far.
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
    /// Those of a list that is begun now and may take `limit`.
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

    /// When the list must have ended. A call that gives up at the same moment goes first: it tells why.
    pub(crate) fn deadline(&self) -> Instant {
        self.started + self.limit + GRACE
    }

    /// What to say where it has not.
    pub(crate) fn late(&self) -> String {
        let Self { pages, items, limit, .. } = self;
        format!("the list did not end within {limit:?}; {pages} pages with {items} items were read")
    }

    /// Takes a page in: how many items it has and how much memory they take.
    ///
    /// # Errors
    /// What is wrong with the list.
    pub(crate) fn page(&mut self, items: usize, memory: usize) -> Result<(), String> {
        self.pages += 1;
        self.items = self.items.saturating_add(items);
        self.empty = if items == 0 { self.empty + 1 } else { 0 };
        if self.items > ITEMS {
            return Err(format!("the list has more than {ITEMS} items"));
        }
        if self.empty > EMPTY_PAGES {
            return Err(format!(
                "{EMPTY_PAGES} pages of the list in a row hold no item, and the next is announced"
            ));
        }
        self.charge(memory)
    }

    /// Takes the token of the next page in.
    ///
    /// # Errors
    /// When it is too long, or was given before.
    pub(crate) fn token(&mut self, token: &[u8]) -> Result<(), String> {
        let (pages, length) = (self.pages, token.len());
        if length > TOKEN {
            return Err(format!(
                "the page token after page {pages} has {length} bytes; {TOKEN} are accepted"
            ));
        }
        self.charge(length)?;
        match self.tokens.insert(token.to_vec()) {
            true => Ok(()),
            false => Err(format!("the next page is the same page: page {pages} repeats a page token")),
        }
    }

    /// Takes the id of an item in; an item without one is not looked at.
    ///
    /// # Errors
    /// When another has it.
    pub(crate) fn id(&mut self, id: &str) -> Result<(), IdRefused> {
        if id.is_empty() {
            return Ok(());
        }
        self.charge(id.len()).map_err(IdRefused::TooMuch)?;
        match self.ids.insert(id.to_owned()) {
            true => Ok(()),
            false => Err(IdRefused::Repeated(format!("page {} repeats the id `{id}`", self.pages))),
        }
    }

    fn charge(&mut self, memory: usize) -> Result<(), String> {
        self.memory = self.memory.saturating_add(memory);
        match self.memory > MEMORY {
            true => Err(format!("the list is larger than {} MiB", MEMORY >> 20)),
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
        for page in 0..ITEMS {
            bounds.page(1, 10 << 10).unwrap();
            bounds.id(&format!("e{page}")).unwrap();
            bounds.token(page.to_string().as_bytes()).unwrap();
            if page % 1_000 == 0 {
                (0..EMPTY_PAGES).for_each(|_| bounds.page(0, 0).unwrap());
            }
        }
        assert_eq!(bounds.page(1, 0).unwrap_err(), "the list has more than 16000 items");
    }

    #[tokio::test]
    async fn what_never_ends_is_refused() {
        let mut empty = bounds();
        let failed = (0..).find_map(|_| empty.page(0, 0).err());
        assert!(failed.unwrap().starts_with("1000 pages of the list in a row hold no item"));
        let mut large = bounds();
        let failed = (0..).find_map(|_| large.page(1, 1 << 20).err());
        assert_eq!(failed.unwrap(), "the list is larger than 320 MiB");
        let mut repeated = bounds();
        repeated.page(1, 0).unwrap();
        repeated.token(b"t").unwrap();
        repeated.id("e1").unwrap();
        assert_eq!(String::from(repeated.id("e1").unwrap_err()), "page 1 repeats the id `e1`");
        assert!(repeated.token(b"t").unwrap_err().starts_with("the next page is the same page"));
        assert!(repeated.token(&[b'x'; TOKEN + 1]).unwrap_err().contains("has 8193 bytes"));
    }
}
