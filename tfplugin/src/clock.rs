//! The time in logs and in the provider's certificate.

use time::OffsetDateTime;

/// The current time. No result of a provider depends on it.
#[expect(clippy::disallowed_methods, reason = "Terraform compares these times with the same clock")]
pub(crate) fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}
