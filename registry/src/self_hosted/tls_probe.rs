//! Finds out why a server closed a connection. A server that rejects a client certificate, or requires one, says so after the
//! handshake, when HTTP/2 only reports a closed connection. So the handshake is repeated, and the TLS alert is read.

use crate::address::Address;
use crate::connection::failure;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// The timeout for the connection, the handshake and the alert.
const TIMEOUT: Duration = Duration::from_secs(3);

/// Why a server rejects the connection in TLS; `None` if it does not, or cannot be reached directly.
pub(crate) async fn rejection(address: &Address, name: &str, config: Arc<ClientConfig>) -> Option<String> {
    tokio::time::timeout(TIMEOUT, read_alert(address, name, config)).await.ok()?
}

/// Whether a server responds to a TLS handshake. Nothing but the handshake is sent.
pub(crate) async fn speaks_tls(address: &Address, name: &str, config: Arc<ClientConfig>) -> bool {
    let handshake = async {
        let name = ServerName::try_from(name.to_owned()).ok()?;
        let stream = TcpStream::connect((address.host(), address.port())).await.ok()?;
        match TlsConnector::from(config).connect(name, stream).await {
            Ok(_) => Some(true),
            Err(refused) => Some(failure::comes_from_tls(&refused)),
        }
    };
    tokio::time::timeout(TIMEOUT, handshake).await.ok().flatten().unwrap_or(false)
}

async fn read_alert(address: &Address, name: &str, config: Arc<ClientConfig>) -> Option<String> {
    let name = ServerName::try_from(name.to_owned()).ok()?;
    let stream = TcpStream::connect((address.host(), address.port())).await.ok()?;
    let read = match TlsConnector::from(config).connect(name, stream).await {
        Ok(mut stream) => stream.read_u8().await,
        Err(refused) => Err(refused),
    };
    failure::tls_reason(&read.err()?)
}
