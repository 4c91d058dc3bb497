//! Pages of lists. A page token names the last item of a page, so that items that are added or removed between two pages
//! neither repeat nor hide others.

use crate::status::bad_request;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use std::borrow::Cow;
use tonic::Status;

const SIZE_DEFAULT: usize = 100;
pub(crate) const MAX_SIZE: usize = 1000;

/// The page that a request asks for.
#[derive(Debug)]
pub(crate) struct Page {
    list: &'static str,
    size: usize,
    after: Option<String>,
}

impl Page {
    /// Reads the size and token of a request for this list.
    pub(crate) fn parse(list: &'static str, size: i32, token: &str) -> Result<Self, Status> {
        let size = match usize::try_from(size) {
            Ok(0) => SIZE_DEFAULT,
            Ok(size) if size <= MAX_SIZE => size,
            _ => return Err(bad_request(format!("`page_size` is {size}, at most {MAX_SIZE} are allowed"))),
        };
        Ok(Self { list, size, after: after(list, token)? })
    }

    /// The items of the page as messages, and the token of the next page, which is empty after the last. `items` are sorted
    /// by key.
    pub(crate) fn cut<'a, T: 'a, M>(
        &self,
        items: impl IntoIterator<Item = (Cow<'a, str>, &'a T)>,
        show: impl Fn(&str, &'a T) -> M,
    ) -> (Vec<M>, String) {
        let shown = |key: &str| self.after.as_deref().is_some_and(|after| key <= after);
        let mut rest = items.into_iter().filter(|(key, _)| !shown(key)).peekable();
        let mut page = Vec::new();
        while let Some((key, item)) = rest.next() {
            page.push(show(&key, item));
            if page.len() == self.size {
                let token = if rest.peek().is_some() { self.token(&key) } else { String::new() };
                return (page, token);
            }
        }
        (page, String::new())
    }

    fn token(&self, last: &str) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(format!("{}\n{last}", self.list))
    }
}

fn after(list: &str, token: &str) -> Result<Option<String>, Status> {
    if token.is_empty() {
        return Ok(None);
    }
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(token).ok();
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    let last = text.as_deref().and_then(|text| text.strip_prefix(list)?.strip_prefix('\n'));
    last.map(|last| Some(last.to_owned())).ok_or_else(|| bad_request("invalid `page_token`"))
}
