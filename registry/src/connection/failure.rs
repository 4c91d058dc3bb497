//! What a failure of the HTTP client means: no connection, a broken one, or TLS that the two sides do not agree on, and
//! then why not.

use crate::address::Address;
use crate::connection::cause::{cause, innermost};
use crate::connection::excerpt::excerpt;
use crate::connection::redaction::Redaction;
use crate::connection::route::Route;
use crate::connection::trust;
use crate::error::{Handshake, Problem};
use rustls::{AlertDescription, CertificateError, Error as TlsError, InvalidMessage};
use std::io;

/// The problem that a failed request tells of, without these secrets.
pub(crate) fn problem(route: &Route, redaction: &Redaction, error: &reqwest::Error) -> Problem {
    let address = &route.address;
    let text = excerpt(&redaction.hide(&innermost(error)));
    let tls = tls_error(error).filter(|_| address.tls());
    let reason = match (tls, &route.proxy) {
        (Some(tls), _) if route.trusts_platform => with_trust(tls, explained(tls, &text)),
        (Some(tls), _) => explained(tls, &text),
        (None, Some(proxy)) if error.is_connect() => proxy.explained(error, &text),
        (None, _) => text,
    };
    let address_text = address.to_string();
    if !address.tls() && speaks_tls(&innermost(error)) {
        return without_tls(address);
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

/// A registry with TLS that was spoken to without.
pub(crate) fn without_tls(address: &Address) -> Problem {
    let reason = "it speaks TLS, and was spoken to without".to_owned();
    Problem::Unreachable { address: address.to_string(), reason, tls: Handshake::Missing }
}

/// Whether this is what becomes of a TLS alert that is read as HTTP/1 or as a frame of HTTP/2.
fn speaks_tls(text: &str) -> bool {
    text == "invalid HTTP version parsed" || text.contains("frame with invalid size")
}

/// What an I/O error says about TLS, where it is about that.
pub(crate) fn tls_reason(error: &io::Error) -> Option<String> {
    cause(error, |_: &TlsError| true).map(|tls| explained(tls, &excerpt(&tls.to_string())))
}

/// Whether a failed handshake was answered by one who speaks TLS.
pub(crate) fn comes_from_tls(error: &io::Error) -> bool {
    cause(error, |error: &TlsError| !matches!(error, TlsError::InvalidMessage(_))).is_some()
}

/// What is the matter with TLS, in words, before the words of the TLS implementation.
fn explained(error: &TlsError, text: &str) -> String {
    match words(error) {
        Some(words) => format!("{words} ({text})"),
        None => text.to_owned(),
    }
}

/// With what the environment's variables have to do with a CA that is not trusted.
fn with_trust(error: &TlsError, text: String) -> String {
    let is_stranger = matches!(error, TlsError::InvalidCertificate(CertificateError::UnknownIssuer));
    match is_stranger.then(trust::explained).flatten() {
        Some(variables) => format!("{text}; {variables}"),
        None => text,
    }
}

fn words(error: &TlsError) -> Option<&'static str> {
    Some(match error {
        TlsError::InvalidMessage(InvalidMessage::InvalidContentType) => {
            "the other side did not answer with TLS"
        }
        TlsError::InvalidCertificate(reason) => match reason {
            CertificateError::UnknownIssuer => {
                "the server's certificate is not signed by a CA that is trusted here"
            }
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
                "the server wants a client certificate, and none was given"
            }
            AlertDescription::CertificateExpired => "the server says that the client certificate has expired",
            AlertDescription::UnknownCA => "the server does not trust the CA of the client certificate",
            AlertDescription::BadCertificate
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::DecryptError
            | AlertDescription::AccessDenied => {
                "the server does not accept the client certificate, or the lack of one"
            }
            _ => return None,
        },
        _ => return None,
    })
}

fn tls_error(error: &reqwest::Error) -> Option<&TlsError> {
    cause(error, |_: &TlsError| true)
}
