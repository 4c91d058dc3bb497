//! Values that are requested once and shared.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use registry::RegistryError;

/// A value that is requested once and shared, also with callers that wait during the request. An error is shared with these
/// callers only and not kept; otherwise each of them would retry a registry that is down.
pub(crate) struct Cached<T, E = RegistryError> {
    value: tokio::sync::Mutex<Option<Result<Arc<T>, E>>>,
    /// The number of requests.
    requests: AtomicU64,
}

impl<T, E: Clone> Cached<T, E> {
    /// The value; `request` is sent only if there is none.
    pub(crate) async fn get(&self, request: impl Future<Output = Result<T, E>>) -> Result<Arc<T>, E> {
        self.get_unless(|_| false, request).await
    }

    /// A newer value than `earlier`. Concurrent callers with the same `earlier` share one request.
    pub(crate) async fn newer_than(
        &self,
        earlier: &Arc<T>,
        request: impl Future<Output = Result<T, E>>,
    ) -> Result<Arc<T>, E> {
        self.get_unless(|value| Arc::ptr_eq(value, earlier), request).await
    }

    /// Drops the value, so that the next caller requests it again.
    pub(crate) async fn invalidate(&self) {
        *self.value.lock().await = None;
    }

    /// The value, or a new one if it is `stale`.
    pub(crate) async fn get_unless(
        &self,
        stale: impl Fn(&Arc<T>) -> bool,
        request: impl Future<Output = Result<T, E>>,
    ) -> Result<Arc<T>, E> {
        let requests_before = self.requests.load(Ordering::Relaxed);
        let mut value = self.value.lock().await;
        match &*value {
            Some(Ok(answer)) if !stale(answer) => return Ok(Arc::clone(answer)),
            Some(Err(error)) if self.requests.load(Ordering::Relaxed) != requests_before => {
                return Err(error.clone());
            }
            _ => {}
        }
        let answer = request.await.map(Arc::new);
        self.requests.fetch_add(1, Ordering::Relaxed);
        value.insert(answer).clone()
    }
}

impl<T, E> Default for Cached<T, E> {
    fn default() -> Self {
        Self { value: tokio::sync::Mutex::new(None), requests: AtomicU64::new(0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicU32;

    #[tokio::test]
    async fn a_value_is_requested_once_and_renewed_once() {
        let (cached, asked) = (Cached::default(), AtomicU32::new(0));
        let ask = || async {
            tokio::task::yield_now().await;
            Ok::<_, ()>(asked.fetch_add(1, Ordering::Relaxed))
        };
        let (one, two) = tokio::join!(cached.get(ask()), cached.get(ask()));
        let (one, two) = (one.unwrap(), two.unwrap());
        assert!(Arc::ptr_eq(&one, &two));
        let (three, four) = tokio::join!(cached.newer_than(&one, ask()), cached.newer_than(&two, ask()));
        assert_eq!((*three.unwrap(), *four.unwrap(), asked.into_inner()), (1, 1, 2));
    }

    #[tokio::test]
    async fn an_error_is_shared_with_waiting_callers_and_not_kept() {
        let (cached, asked) = (Cached::<u32, u32>::default(), AtomicU32::new(0));
        let fail = || async {
            tokio::task::yield_now().await;
            Err(asked.fetch_add(1, Ordering::Relaxed))
        };
        assert_eq!(tokio::join!(cached.get(fail()), cached.get(fail())), (Err(0), Err(0)));
        assert_eq!(cached.get(fail()).await, Err(1));
        assert_eq!(cached.get(async { Ok(7) }).await, Ok(Arc::new(7)));
    }
}
