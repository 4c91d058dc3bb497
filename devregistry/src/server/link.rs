//! The connection under a call, which a fault may cut.

use std::future::pending;
use tokio::sync::Notify;

/// One client's connection.
#[derive(Debug, Default)]
pub(crate) struct Link(Notify);

impl Link {
    /// Ends the connection without an answer. The caller goes with it.
    pub(crate) async fn hang_up(&self) {
        self.0.notify_one();
        pending().await
    }

    /// Ready when the connection is to end.
    pub(crate) async fn hung_up(&self) {
        self.0.notified().await;
    }
}
