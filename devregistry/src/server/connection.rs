//! The connection of a call, which a fault may close.

use std::future::pending;
use tokio::sync::Notify;

/// A handle to close a connection.
#[derive(Debug, Default)]
pub(crate) struct ConnectionHandle(Notify);

impl ConnectionHandle {
    /// Closes the connection without a response. Never returns: the call is dropped.
    pub(crate) async fn close(&self) {
        self.0.notify_one();
        pending().await
    }

    /// Completes when the connection is to be closed.
    pub(crate) async fn closed(&self) {
        self.0.notified().await;
    }
}
