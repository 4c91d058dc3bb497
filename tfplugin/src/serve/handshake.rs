//! The handshake: the environment that Terraform sets, and the line that the provider prints.

use std::path::Path;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::{Program, ServeError};
use crate::environment::Environment;

const COOKIE_NAME: &str = "TF_PLUGIN_MAGIC_COOKIE";
const COOKIE: &str = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";
const PROTOCOL: &str = "6";

pub(super) struct Handshake {
    pub(super) security: Security,
    /// Whether Terraform supports multiplexing.
    pub(super) multiplex: bool,
}

/// How connections are secured.
pub(super) enum Security {
    /// TLS, with this client certificate only.
    Mutual(CertificateDer<'static>),
    /// No TLS, as configured by the user.
    Plaintext,
}

impl Handshake {
    pub(super) fn read(program: &Program, environment: &Environment) -> Result<Self, ServeError> {
        if environment.get(COOKIE_NAME) != Some(COOKIE) {
            return Err(not_started_by_terraform(program));
        }
        // Unset only by clients without version negotiation, which read the version in the handshake line.
        let offered = environment.get("PLUGIN_PROTOCOL_VERSIONS").unwrap_or(PROTOCOL);
        if !offered.split(',').any(|version| version.trim() == PROTOCOL) {
            return Err(ServeError::Protocol { offered: offered.to_owned() });
        }
        let multiplex = environment.get("PLUGIN_MULTIPLEX_GRPC").is_some();
        Ok(Self { security: security(environment)?, multiplex })
    }
}

/// The line with the address and the certificate of the provider.
pub(super) fn line(socket: &Path, certificate: &str, multiplex: bool) -> String {
    let line = format!("1|{PROTOCOL}|unix|{}|grpc|{certificate}", socket.display());
    if multiplex { format!("{line}|false") } else { line }
}

fn security(environment: &Environment) -> Result<Security, ServeError> {
    match environment.get("PLUGIN_CLIENT_CERT") {
        Some(pem) => CertificateDer::from_pem_slice(pem.as_bytes())
            .map(Security::Mutual)
            .map_err(|error| ServeError::ClientCertificate(error.to_string())),
        None if environment.get("TF_DISABLE_PLUGIN_TLS").is_some() => Ok(Security::Plaintext),
        None => Err(ServeError::ClientCertificate("the variable is not set".to_owned())),
    }
}

fn not_started_by_terraform(program: &Program) -> ServeError {
    ServeError::NotStartedByTerraform { name: program.name, usage: program.usage() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROGRAM: Program =
        Program { name: "terraform-provider-acme", address: "registry.terraform.io/acme/acme" };

    fn read(variables: &[(&str, &str)]) -> Result<Handshake, ServeError> {
        Handshake::read(&PROGRAM, &variables.iter().copied().collect())
    }

    #[test]
    fn explains_itself_to_a_human() {
        let text = read(&[(COOKIE_NAME, "other")]).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(text.starts_with("terraform-provider-acme is a Terraform provider"), "{text}");
        assert!(text.contains(r#"acme = { source = "acme/acme" }"#), "{text}");
    }

    #[test]
    fn takes_its_version_from_a_set_in_any_order() {
        let plaintext = ("TF_DISABLE_PLUGIN_TLS", "1");
        for versions in ["5,6", "6,5", "6"] {
            assert!(
                read(&[(COOKIE_NAME, COOKIE), ("PLUGIN_PROTOCOL_VERSIONS", versions), plaintext]).is_ok()
            );
        }
        let refused = read(&[(COOKIE_NAME, COOKIE), ("PLUGIN_PROTOCOL_VERSIONS", "5,16"), plaintext]);
        assert!(matches!(refused, Err(ServeError::Protocol { .. })));
    }

    #[test]
    fn serves_without_tls_only_when_told() {
        let cookie = (COOKIE_NAME, COOKIE);
        assert!(matches!(read(&[cookie]), Err(ServeError::ClientCertificate(_))));
        let garbage = read(&[cookie, ("PLUGIN_CLIENT_CERT", "garbage"), ("TF_DISABLE_PLUGIN_TLS", "1")]);
        assert!(matches!(garbage, Err(ServeError::ClientCertificate(_))));
    }

    #[test]
    fn writes_a_seventh_field_only_when_asked() {
        let socket = Path::new("/tmp/s");
        assert_eq!(line(socket, "AA", false), "1|6|unix|/tmp/s|grpc|AA");
        assert_eq!(line(socket, "", true), "1|6|unix|/tmp/s|grpc||false");
    }
}
