//! Temporal Cloud's rate limits, as a fault: calls a second of the account, and of one principal.

use crate::caller::Caller;
use crate::faults::fault::Limits;
use crate::status;
use schema::name::PrincipalKind;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;
use tonic::Status;

/// The Retry-After of a throttled call, which has whole seconds only.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// A token bucket for the account and for each principal.
#[derive(Debug, Default)]
pub(crate) struct Rates(Mutex<BTreeMap<String, Bucket>>);

#[derive(Clone, Copy, Debug)]
struct Bucket {
    tokens: f64,
    filled: Instant,
}

impl Rates {
    /// Counts a call, or refuses it without counting.
    pub(crate) fn admit(&self, limits: Limits, caller: &Caller) -> Result<(), Status> {
        let own = match caller.kind {
            PrincipalKind::ServiceAccount => limits.service_account,
            PrincipalKind::User | PrincipalKind::Group => limits.user,
        };
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let account = Bucket::after(buckets.get(""), limits.account, now);
        let principal = Bucket::after(buckets.get(&caller.id), own, now);
        if account.tokens < 1.0 {
            return Err(status::resource_exhausted(
                "the account's request rate limit is exceeded",
                RETRY_AFTER,
            ));
        }
        if principal.tokens < 1.0 {
            return Err(status::resource_exhausted(
                "the caller's request rate limit is exceeded",
                RETRY_AFTER,
            ));
        }
        buckets.insert(String::new(), account.taken());
        buckets.insert(caller.id.clone(), principal.taken());
        Ok(())
    }
}

impl Bucket {
    /// The bucket at `now`. It refills continuously, and holds the tokens of one second.
    fn after(earlier: Option<&Self>, rate: u32, now: Instant) -> Self {
        let capacity = f64::from(rate);
        let tokens = earlier.map_or(capacity, |bucket| {
            let since = now.saturating_duration_since(bucket.filled).as_secs_f64();
            (bucket.tokens + since * capacity).min(capacity)
        });
        Self { tokens, filled: now }
    }

    fn taken(self) -> Self {
        Self { tokens: self.tokens - 1.0, ..self }
    }
}
