//! An API key in the header that carries it.

use crate::error::Problem;
use reqwest::header::HeaderValue;
use schema::secret::Secret;

/// The value of the header that carries an API key.
pub(crate) fn bearer(key: &Secret) -> Result<HeaderValue, Problem> {
    let text = key.expose();
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        let reason = if text.is_empty() {
            "is empty"
        } else {
            "contains a space, a line break or another invalid character"
        };
        return Err(Problem::Unusable(format!("the API key {reason}")));
    }
    let mut bearer = HeaderValue::from_str(&format!("Bearer {text}"))
        .map_err(|_| Problem::Unusable("the API key cannot be sent in a header".to_owned()))?;
    bearer.set_sensitive(true);
    Ok(bearer)
}
