//! What this machine trusts by the variables `SSL_CERT_FILE` and `SSL_CERT_DIR`. The TLS verifier reads them by itself, and
//! passes over what it cannot read: it is looked at here once a certificate was refused, to name the cause.

use rustls::Error as TlsError;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

const FILE: &str = "SSL_CERT_FILE";
const FOLDERS: &str = "SSL_CERT_DIR";

/// What the variables have to do with a certificate that is not trusted; `None` where neither is set.
pub(crate) fn explained() -> Option<String> {
    explain(&|name| std::env::var_os(name))
}

/// Why the trusted certificates of this machine cannot be read.
pub(crate) fn untrusting(error: &TlsError) -> String {
    let why = explained().unwrap_or_else(|| error.to_string());
    format!("the trusted certificates of this machine cannot be read: {why}")
}

fn explain(variable: &dyn Fn(&str) -> Option<OsString>) -> Option<String> {
    let file = variable(FILE).map(|file| of_file(Path::new(&file)));
    let folders = variable(FOLDERS).map(|folders| of_folders(&folders));
    let said: Vec<_> = file.into_iter().chain(folders).collect();
    (!said.is_empty()).then(|| said.join("; "))
}

fn of_file(file: &Path) -> String {
    let state = match std::fs::read(file) {
        Err(error) => format!("cannot be read: {error}"),
        Ok(text) if CertificateDer::pem_slice_iter(&text).any(|it| it.is_ok()) => "is trusted".to_owned(),
        Ok(_) => "holds no certificate in PEM".to_owned(),
    };
    format!("the file `{}` of the variable `{FILE}` {state}", file.display())
}

fn of_folders(folders: &OsString) -> String {
    let missing: Vec<PathBuf> = std::env::split_paths(folders).filter(|folder| !folder.is_dir()).collect();
    match missing.first() {
        Some(folder) => format!("`{}` of the variable `{FOLDERS}` is no folder", folder.display()),
        None => format!("trusted is what the variable `{FOLDERS}` names, `{}`", Path::new(folders).display()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(variables: &[(&str, &str)], expected: &[&str]) {
        let variable =
            |name: &str| variables.iter().find(|(set, _)| *set == name).map(|(_, value)| (*value).into());
        let said = explain(&variable).unwrap_or_default();
        assert!(expected.iter().all(|words| said.contains(words)), "{said}");
    }

    #[test]
    fn what_cannot_be_read_is_named_with_its_variable() {
        assert_eq!(explain(&|_| None), None);
        check(&[(FILE, "/nowhere/ca.pem")], &["`/nowhere/ca.pem`", "`SSL_CERT_FILE` cannot be read"]);
        let file = tempfile::NamedTempFile::new().unwrap();
        let path = file.path().to_str().unwrap();
        check(&[(FILE, path)], &["`SSL_CERT_FILE` holds no certificate"]);
        let made = rcgen::generate_simple_self_signed(vec!["a".to_owned()]).unwrap();
        let text = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, made.cert.der());
        std::fs::write(path, format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n"))
            .unwrap();
        check(&[(FILE, path)], &["`SSL_CERT_FILE` is trusted"]);
        check(&[(FOLDERS, "/nowhere")], &["`/nowhere` of the variable `SSL_CERT_DIR` is no folder"]);
    }
}
