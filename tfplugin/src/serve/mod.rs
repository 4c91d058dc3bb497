//! The process contract: how Terraform starts a provider, connects to it, authenticates it, and stops it.

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

/// The names of the executable.
#[derive(Clone, Copy, Debug)]
pub struct Program {
    /// The executable, such as `terraform-provider-acme`.
    pub name: &'static str,
    /// The provider's address, such as `registry.terraform.io/acme/acme`.
    pub address: &'static str,
}

impl Program {
    /// The usage text, for a user who runs the executable.
    #[must_use]
    pub fn usage(&self) -> String {
        let Self { name, address } = *self;
        let source = address.strip_prefix("registry.terraform.io/").unwrap_or(address);
        let local = source.rsplit('/').next().unwrap_or(source);
        format!(
            "To use it, name it in a configuration and run `terraform init`:\n\n  \
             terraform {{\n    required_providers {{\n      {local} = {{ source = \"{source}\" }}\n    }}\n  }}\n\n\
             To use this executable instead, add to the CLI configuration (~/.terraformrc):\n\n  \
             provider_installation {{\n    dev_overrides {{ \"{source}\" = \"/the/directory/of/{name}\" }}\n    direct {{}}\n  }}\n\n\
             Options:\n  -debug    Serve until interrupted, for a debugger, and print TF_REATTACH_PROVIDERS for Terraform\n  \
             -help     Print this help\n  -version  Print the version"
        )
    }
}

/// Why a provider could not serve.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The program was not started by Terraform.
    #[error(
        "{name} is a Terraform provider plugin: it is started by Terraform and cannot be run directly\n\n{usage}"
    )]
    NotStartedByTerraform {
        /// The executable.
        name: &'static str,
        /// The usage text.
        usage: String,
    },
    /// Terraform does not support version 6 of the protocol.
    #[error(
        "Terraform supports plugin protocol versions `{offered}`, but this provider requires version 6: use Terraform 1.0 or later"
    )]
    Protocol {
        /// The versions that Terraform supports.
        offered: String,
    },
    /// Terraform's certificate is missing or unreadable.
    #[error("no usable client certificate in PLUGIN_CLIENT_CERT: {0}")]
    ClientCertificate(String),
    /// TLS cannot be set up.
    #[error("cannot set up TLS: {0}")]
    Tls(String),
    /// The socket cannot be created.
    #[error("cannot listen on a socket in {folder}: {error}")]
    Socket {
        /// Its directory.
        folder: String,
        /// The cause.
        error: io::Error,
    },
    /// Another error of the system.
    #[error("cannot {action}: {error}")]
    System {
        /// What failed.
        action: &'static str,
        /// The cause.
        error: io::Error,
    },
}

/// Serves Terraform until it shuts the provider down, until Terraform itself has ended, or until the process is terminated.
///
/// Only the handshake line is written to `stdout`. `main` prints an error to standard error and exits with status 1.
///
/// # Errors
/// When Terraform did not start the program, or on an error of the system.
pub fn run(
    program: &Program,
    environment: &Environment,
    stdout: &mut dyn Write,
    provider: impl Provider + 'static,
) -> Result<(), ServeError> {
    let handshake = Handshake::read(program, environment)?;
    let server = Arc::new(Server::new(Arc::new(provider)));
    within_runtime(async {
        // Ctrl-C reaches the whole process group. Terraform then stops the provider by its protocol, and waits for calls in
        // flight; ending on the signal would lose the results of an apply.
        let _ignored = signal(SignalKind::interrupt()).map_err(|error| system("handle SIGINT", error))?;
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

/// Serves all Terraform runs with the printed `TF_REATTACH_PROVIDERS`, until SIGINT or SIGTERM: for debuggers.
///
/// # Errors
/// On an error of the system.
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

/// One thread: a provider mostly waits for the network, and a second thread would cost start-up time.
fn within_runtime(work: impl Future<Output = Result<(), ServeError>>) -> Result<(), ServeError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| system("start", error))?;
    let outcome = runtime.block_on(work);
    // DNS lookups in progress must not delay the exit.
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
