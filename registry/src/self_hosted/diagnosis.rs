//! Why a server hung up. One that does not accept a client's certificate, or misses one, says so after the handshake, and
//! then HTTP/2 knows only that the connection is closed: it is asked once more, and listened to.

use crate::address::Address;
use crate::connection::failure;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// For the connection, the handshake and the first word.
const LIMIT: Duration = Duration::from_secs(3);

/// What a server objects to in TLS; `None` where it does not, or cannot be reached directly.
pub(crate) async fn objection(address: &Address, name: &str, config: Arc<ClientConfig>) -> Option<String> {
    tokio::time::timeout(LIMIT, listen(address, name, config)).await.ok()?
}

/// Whether a server that was spoken to without TLS answers to a handshake. Nothing but the handshake is sent.
pub(crate) async fn speaks_tls(address: &Address, name: &str, config: Arc<ClientConfig>) -> bool {
    let shake_hands = async {
        let name = ServerName::try_from(name.to_owned()).ok()?;
        let stream = TcpStream::connect((address.host(), address.port())).await.ok()?;
        match TlsConnector::from(config).connect(name, stream).await {
            Ok(_) => Some(true),
            Err(refused) => Some(failure::comes_from_tls(&refused)),
        }
    };
    tokio::time::timeout(LIMIT, shake_hands).await.ok().flatten().unwrap_or(false)
}

async fn listen(address: &Address, name: &str, config: Arc<ClientConfig>) -> Option<String> {
    let name = ServerName::try_from(name.to_owned()).ok()?;
    let stream = TcpStream::connect((address.host(), address.port())).await.ok()?;
    let heard = match TlsConnector::from(config).connect(name, stream).await {
        Ok(mut stream) => stream.read_u8().await,
        Err(refused) => Err(refused),
    };
    failure::tls_reason(&heard.err()?)
}
