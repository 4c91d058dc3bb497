//! gzip for HTTP/JSON; for gRPC, tonic does it.

use bytes::Bytes;
use flate2::Compression;
use flate2::read::{GzDecoder, GzEncoder};
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, VARY};
use http::{HeaderMap, HeaderValue, Response};
use std::io::Read;

/// Smaller bodies, in bytes, are not compressed: they fit into a packet.
const MIN_LENGTH: usize = 1024;

/// Why a body cannot be decompressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GzipError {
    TooLarge,
    Damaged,
}

/// Whether the client accepts gzip.
pub(crate) fn accepted(headers: &HeaderMap) -> bool {
    let values = headers.get_all(ACCEPT_ENCODING).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|offer| {
        let (name, weight) = offer.split_once(';').unwrap_or((offer, ""));
        let refused = weight.trim().strip_prefix("q=").is_some_and(|weight| weight.parse() == Ok(0.0));
        name.trim().eq_ignore_ascii_case("gzip") && !refused
    })
}

/// Compresses the body of a response, unless it is small.
pub(crate) fn compressed(response: Response<Bytes>) -> Response<Bytes> {
    if response.body().len() < MIN_LENGTH {
        return response;
    }
    let (mut head, body) = response.into_parts();
    let mut packed = Vec::new();
    if GzEncoder::new(body.as_ref(), Compression::fast()).read_to_end(&mut packed).is_err() {
        return Response::from_parts(head, body);
    }
    head.headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    head.headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    Response::from_parts(head, Bytes::from(packed))
}

/// Decompresses a body, to at most `most` bytes.
pub(crate) fn expand(body: &[u8], most: usize) -> Result<Bytes, GzipError> {
    let mut expanded = Vec::new();
    let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    let read = GzDecoder::new(body).take(limit).read_to_end(&mut expanded);
    match read {
        Ok(length) if length > most => Err(GzipError::TooLarge),
        Ok(_) => Ok(Bytes::from(expanded)),
        Err(_) => Err(GzipError::Damaged),
    }
}
