//! What both clients share: address and proxy, TLS, the meaning of failures, and the redaction of secrets.

pub(crate) mod api_key;
pub(crate) mod cause;
pub(crate) mod excerpt;
pub(crate) mod failure;
mod proxy;
pub(crate) mod redaction;
pub(crate) mod route;
pub(crate) mod status;
pub(crate) mod tls;
pub(crate) mod trust;
