//! The protocol's RPCs over a provider: decode, call, encode. The protocol's rules are enforced here, so that resources need not
//! know them.

mod answer;
mod catalog;
mod change;
mod data_source;
mod describe;
mod dispatch;
mod function;
mod list;
mod provider;
mod resource;

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::provider::Provider;
use crate::provider::context::Context;
use catalog::Catalog;

/// A provider as Terraform sees it.
pub(crate) struct Server {
    catalog: Catalog,
    /// Cancels the operations in flight; replaced when the provider is configured again after a stop.
    in_flight: Mutex<CancellationToken>,
    /// The number of calls in progress.
    calls: watch::Sender<usize>,
    /// Cancelled when Terraform requests the shutdown.
    shutdown: CancellationToken,
}

impl Server {
    pub(crate) fn new(provider: Arc<dyn Provider>) -> Self {
        Self {
            catalog: Catalog::new(provider),
            in_flight: Mutex::default(),
            calls: watch::Sender::default(),
            shutdown: CancellationToken::new(),
        }
    }

    /// Cancelled when Terraform requests the shutdown.
    pub(crate) fn shutdown(&self) -> &CancellationToken {
        &self.shutdown
    }

    /// Cancels operations in flight as Terraform would, and waits for their responses before the shutdown: the results of an
    /// apply would be lost otherwise. `now` ends the wait.
    pub(crate) async fn terminate(&self, now: impl Future<Output = ()>) {
        self.stop();
        let mut calls = self.calls.subscribe();
        tokio::select! {
            // It fails only without a sender, and `self` has one.
            _none_left = calls.wait_for(|calls| *calls == 0) => {}
            () = now => {}
        }
        self.shutdown.cancel();
    }

    /// Counts a call as in progress until the guard is dropped.
    fn call(&self) -> Call<'_> {
        self.calls.send_modify(|calls| *calls += 1);
        Call(&self.calls)
    }

    fn context(&self) -> Context {
        Context::new(self.in_flight().clone())
    }

    fn stop(&self) {
        self.in_flight().cancel();
    }

    fn resume(&self) {
        let mut token = self.in_flight();
        if token.is_cancelled() {
            *token = CancellationToken::new();
        }
    }

    fn in_flight(&self) -> std::sync::MutexGuard<'_, CancellationToken> {
        self.in_flight.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Call<'a>(&'a watch::Sender<usize>);

impl Drop for Call<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|calls| *calls -= 1);
    }
}

#[cfg(test)]
pub(crate) mod tests;
