//! Ctrl-C and SIGTERM.

use std::future::pending;
#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The requests to end the process; from now on they do not end it by themselves.
pub struct Signals {
    #[cfg(unix)]
    terminated: Option<Signal>,
    #[cfg(unix)]
    interrupted: Option<Signal>,
}

impl Signals {
    /// Listens from now on.
    pub fn listen() -> Self {
        Self {
            #[cfg(unix)]
            terminated: signal(SignalKind::terminate()).ok(),
            #[cfg(unix)]
            interrupted: signal(SignalKind::interrupt()).ok(),
        }
    }

    /// Waits for the next one.
    #[cfg(unix)]
    pub async fn next(&mut self) {
        let terminated = next(self.terminated.as_mut());
        let interrupted = next(self.interrupted.as_mut());
        tokio::select! { () = terminated => {}, () = interrupted => {} }
    }

    /// Waits for the next one.
    #[cfg(not(unix))]
    pub async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            pending::<()>().await;
        }
    }
}

#[cfg(unix)]
async fn next(signal: Option<&mut Signal>) {
    match signal {
        Some(signal) => drop(signal.recv().await),
        None => pending().await,
    }
}
