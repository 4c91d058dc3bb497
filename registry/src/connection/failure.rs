//! The meaning of a failure of the HTTP client: no connection, an interrupted one, or a failed TLS handshake and its reason.

use crate::address::Address;
use crate::connection::cause::{cause, innermost};
use crate::connection::excerpt::excerpt;
use crate::connection::redaction::Redaction;
use crate::connection::route::Route;
use crate::connection::trust;
use crate::error::{Handshake, Problem};
use rustls::{AlertDescription, CertificateError, Error as TlsError, InvalidMessage};
use std::io;

/// The problem of a failed request, with secrets redacted.
pub(crate) fn problem(route: &Route, redaction: &Redaction, error: &reqwest::Error) -> Problem {
    let address = &route.address;
    let text = excerpt(&redaction.hide(&innermost(error)));
    let tls = tls_error(error).filter(|_| address.tls());
    let reason = match (tls, &route.proxy) {
        (Some(tls), _) if route.trusts_platform => with_trust(tls, describe(tls, &text)),
        (Some(tls), _) => describe(tls, &text),
        (None, Some(proxy)) if error.is_connect() => proxy.describe_failure(error, &text),
        (None, _) => text,
    };
    let address_text = address.to_string();
    if !address.tls() && speaks_tls(&innermost(error)) {
        return tls_required(address);
    }
    if error.is_connect() || tls.is_some() {
        let hung_up = |error: &io::Error| {
            matches!(error.kind(), io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset)
        };
        let closed = address.tls() && cause(error, hung_up).is_some();
        let tls = match tls {
            Some(TlsError::InvalidMessage(InvalidMessage::InvalidContentType)) => Handshake::Plaintext,
            Some(_) => Handshake::Refused,
            None if closed => Handshake::Closed,
            None => Handshake::NotReached,
        };
        return Problem::Unreachable { address: address_text, reason, tls };
    }
    if error.is_builder() {
        return Problem::Unusable(reason);
    }
    Problem::Interrupted { address: address_text, reason }
}

/// The problem of a registry that requires TLS when TLS is off.
pub(crate) fn tls_required(address: &Address) -> Problem {
    let reason = "it requires TLS, and TLS is off".to_owned();
    Problem::Unreachable { address: address.to_string(), reason, tls: Handshake::Required }
}

/// Whether this is the error of a TLS alert that is parsed as HTTP/1 or as a frame of HTTP/2.
fn speaks_tls(text: &str) -> bool {
    text == "invalid HTTP version parsed" || text.contains("frame with invalid size")
}

/// The TLS error in an I/O error, if there is one.
pub(crate) fn tls_reason(error: &io::Error) -> Option<String> {
    cause(error, |_: &TlsError| true).map(|tls| describe(tls, &excerpt(&tls.to_string())))
}

/// Whether the peer of a failed handshake responded with TLS.
pub(crate) fn comes_from_tls(error: &io::Error) -> bool {
    cause(error, |error: &TlsError| !matches!(error, TlsError::InvalidMessage(_))).is_some()
}

/// A plain description of a TLS error, followed by the text of the TLS implementation.
fn describe(error: &TlsError, text: &str) -> String {
    match description(error) {
        Some(description) => format!("{description} ({text})"),
        None => text.to_owned(),
    }
}

/// Adds how environment variables affect which CAs are trusted.
fn with_trust(error: &TlsError, text: String) -> String {
    let is_unknown_issuer = matches!(error, TlsError::InvalidCertificate(CertificateError::UnknownIssuer));
    match is_unknown_issuer.then(trust::describe).flatten() {
        Some(variables) => format!("{text}; {variables}"),
        None => text,
    }
}

fn description(error: &TlsError) -> Option<&'static str> {
    Some(match error {
        TlsError::InvalidMessage(InvalidMessage::InvalidContentType) => "the peer did not respond with TLS",
        TlsError::InvalidCertificate(reason) => match reason {
            CertificateError::UnknownIssuer => "the server's certificate is not signed by a trusted CA",
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                "the server's certificate has expired"
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                "the server's certificate is not valid yet"
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                "the server's certificate is for another name"
            }
            _ => return None,
        },
        TlsError::AlertReceived(alert) => match alert {
            AlertDescription::CertificateRequired => {
                "the server requires a client certificate, and none is configured"
            }
            AlertDescription::CertificateExpired => "the server rejected the client certificate as expired",
            AlertDescription::UnknownCA => "the server does not trust the CA of the client certificate",
            AlertDescription::BadCertificate
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::DecryptError
            | AlertDescription::AccessDenied => "the server rejected the client certificate, or requires one",
            _ => return None,
        },
        _ => return None,
    })
}

fn tls_error(error: &reqwest::Error) -> Option<&TlsError> {
    cause(error, |_: &TlsError| true)
}
