//! The time of logs and of our certificate, which Terraform compares with its own clock.

use time::OffsetDateTime;

/// Now. Nothing that a provider computes rests on it.
#[expect(clippy::disallowed_methods, reason = "the other side of the protocol reads the same clock")]
pub(crate) fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}
