//! Answers that are asked for once and shared by all who need them at the same time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use registry::RegistryError;

/// An answer that is asked for once and shared, also by those who come while it is asked for. A failure is shared with
/// those alone, else each of them would be patient in turn with a registry that is down.
pub(crate) struct Cached<T, E = RegistryError> {
    kept: tokio::sync::Mutex<Option<Result<Arc<T>, E>>>,
    /// How often it was asked for.
    asked: AtomicU64,
}

impl<T, E: Clone> Cached<T, E> {
    /// The answer; `ask` is used by the first who wants it.
    pub(crate) async fn get(&self, ask: impl Future<Output = Result<T, E>>) -> Result<Arc<T>, E> {
        self.unless(|_| false, ask).await
    }

    /// A newer answer than `earlier`: of those who doubt the same one, the first asks for all.
    pub(crate) async fn after(
        &self,
        earlier: &Arc<T>,
        ask: impl Future<Output = Result<T, E>>,
    ) -> Result<Arc<T>, E> {
        self.unless(|kept| Arc::ptr_eq(kept, earlier), ask).await
    }

    /// Has it asked for again by whoever comes next.
    pub(crate) async fn forget(&self) {
        *self.kept.lock().await = None;
    }

    /// The answer, unless it is `doubted`: then a newer one.
    pub(crate) async fn unless(
        &self,
        doubted: impl Fn(&Arc<T>) -> bool,
        ask: impl Future<Output = Result<T, E>>,
    ) -> Result<Arc<T>, E> {
        let came = self.asked.load(Ordering::Relaxed);
        let mut kept = self.kept.lock().await;
        match &*kept {
            Some(Ok(answer)) if !doubted(answer) => return Ok(Arc::clone(answer)),
            Some(Err(error)) if self.asked.load(Ordering::Relaxed) != came => return Err(error.clone()),
            _ => {}
        }
        let answer = ask.await.map(Arc::new);
        self.asked.fetch_add(1, Ordering::Relaxed);
        kept.insert(answer).clone()
    }
}

impl<T, E> Default for Cached<T, E> {
    fn default() -> Self {
        Self { kept: tokio::sync::Mutex::new(None), asked: AtomicU64::new(0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicU32;

    #[tokio::test]
    async fn an_answer_is_asked_for_once_and_doubted_together() {
        let (cached, asked) = (Cached::default(), AtomicU32::new(0));
        let ask = || async {
            tokio::task::yield_now().await;
            Ok::<_, ()>(asked.fetch_add(1, Ordering::Relaxed))
        };
        let (one, two) = tokio::join!(cached.get(ask()), cached.get(ask()));
        let (one, two) = (one.unwrap(), two.unwrap());
        assert!(Arc::ptr_eq(&one, &two));
        let (three, four) = tokio::join!(cached.after(&one, ask()), cached.after(&two, ask()));
        assert_eq!((*three.unwrap(), *four.unwrap(), asked.into_inner()), (1, 1, 2));
    }

    #[tokio::test]
    async fn a_failure_is_shared_by_those_who_waited_for_it_and_not_kept() {
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
