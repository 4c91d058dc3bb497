//! The variables `SSL_CERT_FILE` and `SSL_CERT_DIR`, which decide what this machine trusts. The TLS verifier reads them itself
//! and ignores what it cannot read, so they are examined here after a certificate was refused, to name the cause.

use rustls::Error as TlsError;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

const FILE: &str = "SSL_CERT_FILE";
const FOLDERS: &str = "SSL_CERT_DIR";

/// The state of the variables, for an error about an untrusted certificate; `None` when neither is set.
pub(crate) fn describe() -> Option<String> {
    describe_variables(&|name| std::env::var_os(name))
}

/// The error when the trusted certificates of this machine cannot be read.
pub(crate) fn roots_unreadable(error: &TlsError) -> String {
    let reason = describe().unwrap_or_else(|| error.to_string());
    format!("cannot read the trusted certificates of this machine: {reason}")
}

fn describe_variables(variable: &dyn Fn(&str) -> Option<OsString>) -> Option<String> {
    let file = variable(FILE).map(|file| describe_file(Path::new(&file)));
    let folders = variable(FOLDERS).map(|folders| describe_folders(&folders));
    let descriptions: Vec<_> = file.into_iter().chain(folders).collect();
    (!descriptions.is_empty()).then(|| descriptions.join("; "))
}

fn describe_file(file: &Path) -> String {
    let state = match std::fs::read(file) {
        Err(error) => format!("cannot be read: {error}"),
        Ok(text) if CertificateDer::pem_slice_iter(&text).any(|it| it.is_ok()) => "is trusted".to_owned(),
        Ok(_) => "contains no PEM certificate".to_owned(),
    };
    format!("the file `{}` from the variable `{FILE}` {state}", file.display())
}

fn describe_folders(folders: &OsString) -> String {
    let missing: Vec<PathBuf> = std::env::split_paths(folders).filter(|folder| !folder.is_dir()).collect();
    match missing.first() {
        Some(folder) => format!("`{}` from the variable `{FOLDERS}` is not a directory", folder.display()),
        None => format!(
            "the variable `{FOLDERS}` limits the trusted certificates to those in `{}`",
            Path::new(folders).display()
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(variables: &[(&str, &str)], expected: &[&str]) {
        let variable =
            |name: &str| variables.iter().find(|(set, _)| *set == name).map(|(_, value)| (*value).into());
        let described = describe_variables(&variable).unwrap_or_default();
        assert!(expected.iter().all(|words| described.contains(words)), "{described}");
    }

    #[test]
    fn what_cannot_be_read_is_named_with_its_variable() {
        assert_eq!(describe_variables(&|_| None), None);
        check(&[(FILE, "/nowhere/ca.pem")], &["`/nowhere/ca.pem`", "`SSL_CERT_FILE` cannot be read"]);
        let file = tempfile::NamedTempFile::new().unwrap();
        let path = file.path().to_str().unwrap();
        check(&[(FILE, path)], &["`SSL_CERT_FILE` contains no PEM certificate"]);
        let made = rcgen::generate_simple_self_signed(vec!["a".to_owned()]).unwrap();
        let text = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, made.cert.der());
        std::fs::write(path, format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n"))
            .unwrap();
        check(&[(FILE, path)], &["`SSL_CERT_FILE` is trusted"]);
        check(&[(FOLDERS, "/nowhere")], &["`/nowhere` from the variable `SSL_CERT_DIR` is not a directory"]);
    }
}
