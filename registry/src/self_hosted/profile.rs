//! The configuration file of the `temporal` CLI, `temporal.toml`: the connection options of one profile. A profile for another
//! server is ignored unless it is requested by name, since its API key is not for this server.

use super::connection_options::{ConnectionOptions, Pem};
use super::headers::Headers;
use super::settings_error::SettingsError;
use crate::address::Address;
use schema::secret::Secret;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The profile that is used unless another is requested.
const DEFAULT_PROFILE: &str = "default";

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    profile: BTreeMap<String, Profile>,
}

#[derive(Deserialize)]
struct Profile {
    address: Option<String>,
    api_key: Option<SecretText>,
    tls: Option<Tls>,
    #[serde(default)]
    grpc_meta: BTreeMap<String, SecretText>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Tls {
    disabled: Option<bool>,
    client_cert_path: Option<String>,
    client_cert_data: Option<String>,
    client_key_path: Option<String>,
    client_key_data: Option<SecretText>,
    server_ca_cert_path: Option<String>,
    server_ca_cert_data: Option<String>,
    server_name: Option<String>,
    disable_host_verification: Option<bool>,
}

/// A text that parser errors must not show.
#[derive(Deserialize)]
#[serde(transparent)]
struct SecretText(String);

/// The options of the profile that the variables select, for the server at `address`.
pub(crate) fn options(
    address: &Address,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<ConnectionOptions, SettingsError> {
    let (named_file, named_profile) = (variable("TEMPORAL_CONFIG_FILE"), variable("TEMPORAL_PROFILE"));
    let is_requested = named_file.is_some() || named_profile.is_some();
    let Some(path) = named_file.map(PathBuf::from).or_else(|| default_path(variable)) else {
        return Ok(ConnectionOptions::default());
    };
    let text = match std::fs::read_to_string(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound && !is_requested => {
            return Ok(ConnectionOptions::default());
        }
        Err(error) => return Err(unreadable(&path, &error)),
        Ok(text) => text,
    };
    let refused = |reason: String| SettingsError::Profile { path: path.display().to_string(), reason };
    // The full text of the error repeats the line, which may contain a key.
    let file: File = toml::from_str(&text).map_err(|error| refused(error.message().to_owned()))?;
    let name = named_profile.as_deref().unwrap_or(DEFAULT_PROFILE);
    let mut profiles = file.profile;
    match (profiles.remove(name), named_profile.is_some()) {
        (Some(profile), true) => profile.options(),
        (Some(profile), false) if profile.is_for(address) => profile.options(),
        (None, true) => Err(refused(format!("it has no profile `{name}`"))),
        (_, false) => Ok(ConnectionOptions::default()),
    }
}

impl Profile {
    fn is_for(&self, address: &Address) -> bool {
        let same = |other: Address| (other.host(), other.port()) == (address.host(), address.port());
        self.address.as_deref().is_none_or(|own| Address::parse_self_hosted(own).is_ok_and(same))
    }

    fn options(self) -> Result<ConnectionOptions, SettingsError> {
        let tls = self.tls.unwrap_or_default();
        let headers = self.grpc_meta.iter().map(|(name, SecretText(value))| (name.as_str(), value.as_str()));
        let text = |secret: Option<SecretText>| secret.map(|SecretText(text)| text);
        Ok(ConnectionOptions {
            api_key: text(self.api_key).filter(|key| !key.is_empty()).map(Secret::new),
            tls: tls.disabled.map(|disabled| !disabled),
            server_ca: Pem::one_of(
                ("server_ca_cert_path", tls.server_ca_cert_path),
                ("server_ca_cert_data", tls.server_ca_cert_data),
            )?,
            client_certificate: Pem::one_of(
                ("client_cert_path", tls.client_cert_path),
                ("client_cert_data", tls.client_cert_data),
            )?,
            client_key: Pem::one_of(
                ("client_key_path", tls.client_key_path),
                ("client_key_data", text(tls.client_key_data)),
            )?,
            server_name: tls.server_name,
            skip_verification: tls.disable_host_verification,
            headers: Headers::of(headers)?,
        })
    }
}

/// The default path of the `temporal` CLI, in the user's configuration directory.
fn default_path(variable: &dyn Fn(&str) -> Option<String>) -> Option<PathBuf> {
    let home = || variable("HOME").map(PathBuf::from);
    let folder = if cfg!(windows) {
        variable("AppData").map(PathBuf::from)
    } else if cfg!(target_os = "macos") {
        home().map(|home| home.join("Library").join("Application Support"))
    } else {
        variable("XDG_CONFIG_HOME").map(PathBuf::from).or_else(|| home().map(|home| home.join(".config")))
    };
    folder.map(|folder| folder.join("temporalio").join("temporal.toml"))
}

fn unreadable(path: &Path, error: &std::io::Error) -> SettingsError {
    SettingsError::Unreadable { path: path.display().to_string(), reason: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"
[profile.default]
address = "cluster.example:7233"
api_key = "default-key"

[profile.mtls]
address = "else.example:7233"
namespace = "n"
[profile.mtls.tls]
client_cert_path = "client.pem"
client_key_data = "pem"
server_name = "a.example"
[profile.mtls.grpc_meta]
x = "y"
"#;

    fn details_of(
        text: &str,
        address: &str,
        variables: &[(&str, &str)],
    ) -> Result<ConnectionOptions, SettingsError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("temporalio");
        std::fs::create_dir(&path).unwrap();
        std::fs::write(path.join("temporal.toml"), text).unwrap();
        let home = folder.path().display().to_string();
        let variable = |name: &str| {
            let given =
                variables.iter().find(|(known, _)| *known == name).map(|(_, text)| (*text).to_owned());
            given.or_else(|| (name == "XDG_CONFIG_HOME").then(|| home.clone()))
        };
        options(&Address::parse_self_hosted(address).unwrap(), &variable)
    }

    #[test]
    fn the_default_profile_is_for_its_own_server_alone() {
        let own = details_of(FILE, "cluster.example", &[]).unwrap();
        assert_eq!(own.api_key, Some(Secret::new("default-key")));
        assert_eq!(details_of(FILE, "localhost:7233", &[]).unwrap(), ConnectionOptions::default());
    }

    #[test]
    fn a_profile_is_taken_by_name() {
        let named = details_of(FILE, "localhost", &[("TEMPORAL_PROFILE", "mtls")]).unwrap();
        assert_eq!(named.client_certificate, Some(Pem::File("client.pem".into())));
        assert_eq!(named.headers, Headers::of([("x", "y")]).unwrap());
        assert_eq!((named.server_name.as_deref(), named.api_key), (Some("a.example"), None));
        let missing = details_of(FILE, "localhost", &[("TEMPORAL_PROFILE", "none")]).unwrap_err();
        assert!(missing.to_string().ends_with("it has no profile `none`"), "{missing}");
    }

    #[test]
    fn a_file_that_is_asked_for_must_be_there() {
        let error =
            details_of(FILE, "localhost", &[("TEMPORAL_CONFIG_FILE", "/nowhere/x.toml")]).unwrap_err();
        assert!(error.to_string().starts_with("cannot read `/nowhere/x.toml`: "), "{error}");
        assert_eq!(
            options(&Address::parse_self_hosted("a").unwrap(), &|_| None).unwrap(),
            ConnectionOptions::default()
        );
    }

    #[test]
    fn a_damaged_file_shows_no_key() {
        let error = details_of("[profile.default]\napi_key = secret-key", "a", &[]).unwrap_err().to_string();
        assert!(
            error.contains("invalid configuration of the `temporal` CLI") && !error.contains("secret-key"),
            "{error}"
        );
    }
}
