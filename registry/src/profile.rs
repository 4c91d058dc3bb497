//! The configuration file of the `temporal` CLI, `temporal.toml`, of which one profile is selected: the connection options of
//! a self-hosted server, and the API key of Temporal Cloud. A profile for another server is ignored unless it is requested by
//! name, since its API key is not for this server; a key of a self-hosted server is never for Temporal Cloud.

use crate::address::{Address, is_temporal_cloud};
use crate::self_hosted::{ConnectionOptions, Headers, Pem, SettingsError};
use schema::secret::Secret;
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use thiserror::Error;

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
    /// The session of `temporal cloud login`.
    oauth: Option<IgnoredAny>,
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

/// What the selected profile has for the registry of Temporal Cloud.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloudProfile {
    /// The profile and its file: "profile `default` of `/home/ana/.config/temporalio/temporal.toml`".
    pub source: String,
    /// Whether the profile or its file was requested by name.
    pub is_requested: bool,
    /// Its API key, or why it has none for Temporal Cloud.
    pub key: Result<Secret, NoCloudKey>,
}

/// Why a profile has no API key for Temporal Cloud.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NoCloudKey {
    /// There is no configuration file.
    #[error("there is no such file")]
    NoFile,
    /// The file has no profile of this name.
    #[error("the file has no such profile")]
    NoProfile,
    /// It has no API key.
    #[error("it has no `api_key`")]
    NoKey,
    /// It has the session of `temporal cloud login`, which expires and only that program renews.
    #[error("it has a session of `temporal cloud login`, which is not used, and no `api_key`")]
    Session,
    /// It is for a self-hosted server.
    #[error("it is for the server `{0}`, which is not Temporal Cloud")]
    SelfHosted(String),
}

/// The API key for Temporal Cloud in the profile that the variables `TEMPORAL_CONFIG_FILE` and `TEMPORAL_PROFILE` select.
/// `None` where it is not known where the configuration file would be.
///
/// # Errors
/// A file that is malformed, or was requested and cannot be read.
pub fn cloud_profile(
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<Option<CloudProfile>, SettingsError> {
    let Some(Selected { path, name, is_requested, profile }) = select(variable)? else { return Ok(None) };
    let source = format!("profile `{name}` of `{}`", path.display());
    Ok(Some(CloudProfile { source, is_requested, key: profile.and_then(Profile::cloud_key) }))
}

/// The options of the profile that the variables select, for the server at `address`.
pub(crate) fn options(
    address: &Address,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<ConnectionOptions, SettingsError> {
    let none = Ok(ConnectionOptions::default());
    let Some(Selected { path, name, profile, .. }) = select(variable)? else { return none };
    let is_named = variable("TEMPORAL_PROFILE").is_some();
    match profile {
        Ok(profile) if is_named || profile.is_for(address) => profile.options(),
        Err(NoCloudKey::NoProfile) if is_named => Err(no_profile(&path, &name)),
        Ok(_) | Err(_) => none,
    }
}

/// The profile that the variables select, and where it is or would be.
struct Selected {
    path: PathBuf,
    name: String,
    is_requested: bool,
    profile: Result<Profile, NoCloudKey>,
}

fn select(variable: &dyn Fn(&str) -> Option<String>) -> Result<Option<Selected>, SettingsError> {
    let (named_file, named_profile) = (variable("TEMPORAL_CONFIG_FILE"), variable("TEMPORAL_PROFILE"));
    let is_requested = named_file.is_some() || named_profile.is_some();
    let name = named_profile.unwrap_or_else(|| DEFAULT_PROFILE.to_owned());
    let Some(path) = named_file.map(PathBuf::from).or_else(|| default_path(variable)) else {
        return Ok(None);
    };
    let profile = match std::fs::read_to_string(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound && !is_requested => Err(NoCloudKey::NoFile),
        Err(error) => return Err(unreadable(&path, &error)),
        Ok(text) => {
            // The full text of the error repeats the line, which may contain a key.
            let file: Result<File, _> = toml::from_str(&text);
            let mut file = file.map_err(|error| refused(&path, error.message().to_owned()))?;
            file.profile.remove(&name).ok_or(NoCloudKey::NoProfile)
        }
    };
    Ok(Some(Selected { path, name, is_requested, profile }))
}

impl Profile {
    fn is_for(&self, address: &Address) -> bool {
        let same = |other: Address| (other.host(), other.port()) == (address.host(), address.port());
        self.address.as_deref().is_none_or(|own| Address::parse_self_hosted(own).is_ok_and(same))
    }

    fn cloud_key(self) -> Result<Secret, NoCloudKey> {
        if let Some(server) = self.self_hosted_server() {
            return Err(NoCloudKey::SelfHosted(server));
        }
        match (self.api_key, self.oauth) {
            (Some(SecretText(key)), _) if !key.is_empty() => Ok(Secret::new(key)),
            (_, Some(_)) => Err(NoCloudKey::Session),
            (_, None) => Err(NoCloudKey::NoKey),
        }
    }

    /// The server that it is for, unless that is Temporal Cloud: by the name in the server's certificate, else by the address.
    fn self_hosted_server(&self) -> Option<String> {
        let given = |text: Option<&String>| text.filter(|text| !text.is_empty()).cloned();
        let name = given(self.tls.as_ref().and_then(|tls| tls.server_name.as_ref()));
        let server = name.or_else(|| given(self.address.as_ref()))?;
        let host = Address::parse_self_hosted(&server).ok();
        let is_cloud = host.is_some_and(|address| is_temporal_cloud(address.host()));
        (!is_cloud).then_some(server)
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

fn no_profile(path: &Path, name: &str) -> SettingsError {
    refused(path, format!("it has no profile `{name}`"))
}

fn refused(path: &Path, reason: String) -> SettingsError {
    SettingsError::Profile { path: path.display().to_string(), reason }
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

    /// Calls `read` with variables of which the user's configuration directory has this file.
    fn in_file<T>(
        text: &str,
        variables: &[(&str, &str)],
        read: impl Fn(&dyn Fn(&str) -> Option<String>) -> T,
    ) -> T {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("temporalio");
        std::fs::create_dir(&path).unwrap();
        std::fs::write(path.join("temporal.toml"), text).unwrap();
        let home = folder.path().display().to_string();
        read(&|name: &str| {
            let given =
                variables.iter().find(|(known, _)| *known == name).map(|(_, text)| (*text).to_owned());
            given.or_else(|| (name == "XDG_CONFIG_HOME").then(|| home.clone()))
        })
    }

    fn details_of(
        text: &str,
        address: &str,
        variables: &[(&str, &str)],
    ) -> Result<ConnectionOptions, SettingsError> {
        let address = Address::parse_self_hosted(address).unwrap();
        in_file(text, variables, |variable| options(&address, variable))
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

    /// What the selected profile has for Temporal Cloud.
    fn cloud(variables: &[(&str, &str)]) -> CloudProfile {
        let text = r#"
[profile.default]
address = "orders.a2dd6.tmprl.cloud:7233"
api_key = "cloud-key"
[profile.nowhere]
api_key = "other-key"
[profile.region]
address = "us-west-2.aws.api.temporal.io:7233"
api_key = "region-key"
[profile.private]
address = "vpce-1.vpce-svc-1.us-east-1.vpce.amazonaws.com:7233"
api_key = "private-key"
tls = { server_name = "us-east-1.aws.api.temporal.io" }
[profile.lookalike]
address = "tmprl.cloud.example:7233"
api_key = "secret-key"
[profile.other-name]
address = "orders.a2dd6.tmprl.cloud:7233"
tls = { server_name = "temporal.example" }
api_key = "secret-key"
[profile.invalid]
address = "https://x/y"
api_key = "secret-key"
[profile.empty]
api_key = ""
[profile.session.oauth]
client_id = "x"
"#;
        in_file(text, variables, |variable| cloud_profile(variable).unwrap().unwrap())
    }

    #[test]
    fn a_key_of_temporal_cloud_is_told_from_one_of_another_server() {
        let found = cloud(&[]);
        assert_eq!((found.key, found.is_requested), (Ok(Secret::new("cloud-key")), false));
        assert!(found.source.starts_with("profile `default` of `/"), "{}", found.source);
        let of = |name: &str| cloud(&[("TEMPORAL_PROFILE", name)]);
        for (name, key) in [("nowhere", "other-key"), ("region", "region-key"), ("private", "private-key")] {
            assert_eq!((of(name).key, of(name).is_requested), (Ok(Secret::new(key)), true), "{name}");
        }
        for (name, server) in [
            ("lookalike", "tmprl.cloud.example:7233"),
            ("other-name", "temporal.example"),
            ("invalid", "https://x/y"),
        ] {
            assert_eq!(of(name).key, Err(NoCloudKey::SelfHosted(server.to_owned())), "{name}");
        }
        assert_eq!(of("empty").key, Err(NoCloudKey::NoKey));
        assert_eq!(of("session").key, Err(NoCloudKey::Session));
        assert_eq!(of("none").key, Err(NoCloudKey::NoProfile));
    }

    #[test]
    fn a_default_file_that_is_missing_is_no_error() {
        let home = |name: &str| (name == "HOME").then(|| "/nowhere".to_owned());
        let missing = cloud_profile(&home).unwrap().unwrap();
        assert_eq!((missing.key, missing.is_requested), (Err(NoCloudKey::NoFile), false));
        assert!(cloud_profile(&|_| None).unwrap().is_none());
        let requested = |name: &str| (name == "TEMPORAL_CONFIG_FILE").then(|| "/nowhere/x.toml".to_owned());
        assert!(cloud_profile(&requested).is_err());
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
