//! The protocol's methods over a provider: decode, call, encode. What section of the protocol a rule comes from is
//! said where it is upheld, so that no resource has to.

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
    /// How many calls are being answered.
    calls: watch::Sender<usize>,
    /// Terraform asked the process to go.
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

    /// Cancelled once Terraform has asked the process to go.
    pub(crate) fn shutdown(&self) -> &CancellationToken {
        &self.shutdown
    }

    /// Stops what is in flight as Terraform would, and lets it be answered before the process goes: what an apply has
    /// made would be lost with it. `now` cuts that short.
    pub(crate) async fn terminate(&self, now: impl Future<Output = ()>) {
        self.stop();
        let mut calls = self.calls.subscribe();
        tokio::select! {
            // It fails only without a sender, which is ours.
            _none_left = calls.wait_for(|calls| *calls == 0) => {}
            () = now => {}
        }
        self.shutdown.cancel();
    }

    /// A call that is being answered until this is dropped.
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
