//! The process contract: how Terraform starts a provider, finds it, trusts it, and ends it.

mod accept;
mod certificate;
mod handshake;
mod orphan;
mod p521;
mod reattach;
mod socket;
mod tls;

use std::io::{self, Write};
use std::sync::Arc;

use tokio::signal::unix::{SignalKind, signal};

use crate::environment::Environment;
use crate::provider::Provider;
use crate::rpc::Server;
use handshake::{Handshake, Security};
use socket::Socket;

/// What the executable says about itself.
#[derive(Clone, Copy, Debug)]
pub struct Program {
    /// The executable, such as `terraform-provider-acme`.
    pub name: &'static str,
    /// The provider's address, such as `registry.terraform.io/acme/acme`.
    pub address: &'static str,
}

impl Program {
    /// How the executable is used, for a person who runs it.
    #[must_use]
    pub fn usage(&self) -> String {
        let Self { name, address } = *self;
        let source = address.strip_prefix("registry.terraform.io/").unwrap_or(address);
        let local = source.rsplit('/').next().unwrap_or(source);
        format!(
            "To use it, name it in a configuration and run `terraform init`:\n\n  \
             terraform {{\n    required_providers {{\n      {local} = {{ source = \"{source}\" }}\n    }}\n  }}\n\n\
             To use this very file instead, write to the CLI configuration (~/.terraformrc):\n\n  \
             provider_installation {{\n    dev_overrides {{ \"{source}\" = \"/the/folder/of/{name}\" }}\n    direct {{}}\n  }}\n\n\
             Options:\n  -debug    Serve until interrupted, and print the TF_REATTACH_PROVIDERS for Terraform to use it\n  \
             -help     Print this text\n  -version  Print the version"
        )
    }
}

/// Why a provider could not serve.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Someone ran the program by hand.
    #[error("{name} is a Terraform provider: Terraform starts it, it is not run by hand\n\n{usage}")]
    NotByHand {
        /// The executable.
        name: &'static str,
        /// How it is used.
        usage: String,
    },
    /// Terraform speaks no version of the protocol that this provider does.
    #[error(
        "Terraform offers plugin protocol versions `{offered}`, this provider speaks version 6: use Terraform 1.0 or later"
    )]
    Protocol {
        /// Terraform's versions.
        offered: String,
    },
    /// Terraform's certificate is missing or unreadable.
    #[error("no usable client certificate in PLUGIN_CLIENT_CERT: {0}")]
    ClientCertificate(String),
    /// TLS could not be set up.
    #[error("cannot set up TLS: {0}")]
    Tls(String),
    /// The socket could not be made.
    #[error("cannot listen on a socket in {folder}: {error}")]
    Socket {
        /// Its folder.
        folder: String,
        /// The system's reason.
        error: io::Error,
    },
    /// Something else that the system refused.
    #[error("cannot {action}: {error}")]
    System {
        /// What was tried.
        action: &'static str,
        /// The system's reason.
        error: io::Error,
    },
}

/// Serves Terraform until it asks the process to go, is gone itself, or the process is terminated.
///
/// `stdout` gets the handshake line and nothing else. `main` prints an error to standard error and exits with 1.
///
/// # Errors
/// When Terraform did not start the program, or the system refuses what is needed.
pub fn run(
    program: &Program,
    environment: &Environment,
    stdout: &mut dyn Write,
    provider: impl Provider + 'static,
) -> Result<(), ServeError> {
    let handshake = Handshake::read(program, environment)?;
    let server = Arc::new(Server::new(Arc::new(provider)));
    within_runtime(async {
        // Ctrl-C reaches the whole process group. Terraform then asks in its own way, and waits for what is in
        // flight; dying of the signal would lose what an apply has just made.
        let _swallowed = signal(SignalKind::interrupt()).map_err(|error| system("handle SIGINT", error))?;
        let socket = Socket::bind(environment)?;
        let (acceptor, certificate) = match handshake.security {
            Security::Mutual(client) => tls::acceptor(client).map(|(tls, line)| (Some(tls), line))?,
            Security::Plaintext => (None, String::new()),
        };
        let line = handshake::line(socket.path(), &certificate, handshake.multiplex);
        let left = Arc::clone(&server);
        tokio::spawn(async move {
            orphan::adopted(std::os::unix::process::parent_id).await;
            left.terminate(std::future::ready(())).await;
        });
        announce(stdout, &line)?;
        serve(&socket, acceptor, &server, &[SignalKind::terminate()]).await
    })
}

/// Serves whatever Terraform runs set the printed `TF_REATTACH_PROVIDERS`, until SIGINT or SIGTERM: for debuggers.
///
/// # Errors
/// When the system refuses what is needed.
pub fn debug(
    program: &Program,
    environment: &Environment,
    stdout: &mut dyn Write,
    provider: impl Provider + 'static,
) -> Result<(), ServeError> {
    let server = Arc::new(Server::new(Arc::new(provider)));
    within_runtime(async {
        let socket = Socket::bind(environment)?;
        announce(stdout, &reattach::line(program, socket.path()))?;
        serve(&socket, None, &server, &[SignalKind::interrupt(), SignalKind::terminate()]).await
    })
}

/// One thread: the work is waiting for the network, and a second would cost start-up time in every process.
fn within_runtime(work: impl Future<Output = Result<(), ServeError>>) -> Result<(), ServeError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| system("start", error))?;
    let outcome = runtime.block_on(work);
    // Name look-ups still under way must not hold up the exit.
    runtime.shutdown_background();
    outcome
}

async fn serve(
    socket: &Socket,
    acceptor: Option<tokio_rustls::TlsAcceptor>,
    server: &Arc<Server>,
    signals: &[SignalKind],
) -> Result<(), ServeError> {
    for kind in signals {
        let mut received = signal(*kind).map_err(|error| system("handle signals", error))?;
        let server = Arc::clone(server);
        tokio::spawn(async move {
            received.recv().await;
            let again = async {
                received.recv().await;
            };
            server.terminate(again).await;
        });
    }
    accept::connections(socket.listener(), acceptor, server).await;
    Ok(())
}

fn announce(stdout: &mut dyn Write, line: &str) -> Result<(), ServeError> {
    writeln!(stdout, "{line}")
        .and_then(|()| stdout.flush())
        .map_err(|error| system("write the handshake to standard output", error))
}

fn system(action: &'static str, error: io::Error) -> ServeError {
    ServeError::System { action, error }
}

#[cfg(test)]
mod tests;
