//! The API key for Temporal Cloud: from the variable of `nexusc`, else from a profile of the `temporal` CLI, else from the
//! variable of that program.

use super::{Failure, RegistryOptions, World};
use registry::{Address, CloudProfile, cloud_profile};
use schema::secret::Secret;

/// What to do where there is no key.
const HELP: &str = "set TEMPORAL_CLOUD_API_KEY to an API key of the account, or name a profile of `temporal.toml` that has one with \
                    `--profile`";

/// An API key, and where it is from unless that is the variable of `nexusc`.
#[derive(Debug, PartialEq, Eq)]
pub struct FoundKey {
    pub key: Secret,
    pub source: Option<String>,
}

/// The API key for a registry. What the command line names is used or refused; of the rest the first that there is is used.
///
/// A key that was not meant for a registry, in the default profile or in `TEMPORAL_API_KEY`, is sent to Temporal Cloud and
/// to this machine only.
pub fn api_key(options: &RegistryOptions, address: &Address, world: &World) -> Result<FoundKey, Failure> {
    let mut looked_at = vec!["`--profile` and `--config-file`: not given".to_owned()];
    let is_trusted = address.is_temporal_cloud() || address.is_loopback();
    let elsewhere = format!("not used, as `{address}` is neither Temporal Cloud nor this machine");
    let profile = || {
        let found = cloud_profile(&|name| options.variable(name, world));
        found.map_err(|error| Failure::new(error.to_string()))
    };
    if options.profile.is_some() || options.config_file.is_some() {
        let missing = |why: &str| Failure::new(format!("no API key for the registry at {address}: {why}"));
        let CloudProfile { source, key, .. } =
            profile()?.ok_or_else(|| missing("the folder of `temporal.toml` is unknown").help(HELP))?;
        let key = key.map_err(|why| missing(&format!("{source}: {why}")).help(HELP))?;
        return Ok(FoundKey { key, source: Some(source) });
    }
    if let Some(key) = world.variable("TEMPORAL_CLOUD_API_KEY") {
        return Ok(FoundKey { key: Secret::new(key), source: None });
    }
    looked_at.push("TEMPORAL_CLOUD_API_KEY: not set".to_owned());
    let profile = profile()?;
    let mut worker_key = world.variable("TEMPORAL_ADDRESS").map(|_| "TEMPORAL_ADDRESS is set".to_owned());
    match profile {
        None => looked_at.push("`temporal.toml`: its folder is unknown".to_owned()),
        Some(CloudProfile { source, key: Err(why), .. }) => {
            looked_at.push(format!("{source}: {why}"));
            if let registry::NoCloudKey::SelfHosted(_) = why {
                worker_key.get_or_insert_with(|| format!("{source} is not for Temporal Cloud"));
            }
        }
        Some(CloudProfile { source, is_requested, key: Ok(key) }) => {
            if is_requested || is_trusted {
                return Ok(FoundKey { key, source: Some(source) });
            }
            looked_at.push(format!("{source}: {elsewhere}"));
        }
    }
    let refusal = match (world.variable("TEMPORAL_API_KEY"), worker_key) {
        (None, _) => "not set".to_owned(),
        (Some(_), Some(why)) => format!("not used, as it is a Worker's: {why}"),
        (Some(_), None) if !is_trusted => elsewhere,
        (Some(key), None) => {
            let source = Some("TEMPORAL_API_KEY".to_owned());
            return Ok(FoundKey { key: Secret::new(key), source });
        }
    };
    looked_at.push(format!("TEMPORAL_API_KEY: {refusal}"));
    let message = format!("no API key for the registry at {address}; looked at, in this order:\n");
    Err(Failure::new(message + &looked_at.join("\n")).help(HELP))
}

#[cfg(test)]
mod tests {
    use super::super::tests::in_world;
    use super::*;
    use std::path::Path;
    use tempfile::TempDir;

    const PROFILES: &str = "
[profile.default]
api_key = \"default-key\"
[profile.prod]
address = \"orders.a2dd6.tmprl.cloud:7233\"
api_key = \"prod-key\"
[profile.cluster]
address = \"temporal.example:7233\"
api_key = \"cluster-key\"
[profile.keyless]
";

    /// A configuration directory with these profiles, or without any.
    fn folder(profiles: Option<&str>) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("temporalio")).unwrap();
        if let Some(text) = profiles {
            std::fs::write(folder.path().join("temporalio/temporal.toml"), text).unwrap();
        }
        folder
    }

    fn found_in(
        folder: &Path,
        options: [Option<&str>; 2],
        registry: &str,
        variables: &[(&str, &str)],
    ) -> Result<FoundKey, Failure> {
        let shown = folder.display().to_string();
        let fixed =
            [("XDG_CONFIG_HOME", shown.as_str()), ("HOME", shown.as_str()), ("AppData", shown.as_str())];
        let variables: Vec<_> = fixed.iter().chain(variables).copied().collect();
        let [profile, config_file] = options.map(|text| text.map(str::to_owned));
        let config_file = config_file.map(Into::into);
        let options = RegistryOptions { profile, config_file, ..RegistryOptions::default() };
        let address = Address::parse(registry, None).unwrap();
        in_world(&variables, b"", false, |world| api_key(&options, &address, &world)).0
    }

    fn found(
        profiles: Option<&str>,
        profile: Option<&str>,
        variables: &[(&str, &str)],
    ) -> Result<FoundKey, Failure> {
        found_in(folder(profiles).path(), [profile, None], registry::DEFAULT_ADDRESS, variables)
    }

    #[track_caller]
    fn is(found: Result<FoundKey, Failure>, key: &str, source: Option<&str>) {
        let found = found.unwrap();
        assert_eq!(found.key, Secret::new(key));
        let shown = found.source.as_deref().map(|text| text.split(" of ").next().unwrap_or_default());
        assert_eq!(shown, source);
    }

    #[track_caller]
    fn refused(found: Result<FoundKey, Failure>) -> String {
        let text = found.unwrap_err().text();
        assert!(!text.contains("-key"), "a key is shown: {text}");
        text
    }

    #[test]
    fn keys_are_looked_for_in_order() {
        let ours = ("TEMPORAL_CLOUD_API_KEY", "our-key");
        let cli = ("TEMPORAL_API_KEY", "cli-key");
        let prod = ("TEMPORAL_PROFILE", "prod");
        is(found(Some(PROFILES), None, &[ours, cli, prod]), "our-key", None);
        is(found(Some(PROFILES), Some("prod"), &[ours, cli]), "prod-key", Some("profile `prod`"));
        is(found(Some(PROFILES), None, &[cli, prod]), "prod-key", Some("profile `prod`"));
        is(found(Some(PROFILES), None, &[cli]), "default-key", Some("profile `default`"));
        is(found(None, None, &[cli]), "cli-key", Some("TEMPORAL_API_KEY"));
        is(found(Some(""), None, &[cli]), "cli-key", Some("TEMPORAL_API_KEY"));
        is(
            found(Some(PROFILES), None, &[cli, ("TEMPORAL_PROFILE", "keyless")]),
            "cli-key",
            Some("TEMPORAL_API_KEY"),
        );
    }

    #[test]
    fn a_file_that_the_command_line_names_is_used() {
        let (home, other) =
            (folder(Some(PROFILES)), folder(Some("[profile.default]\napi_key = \"own-key\"")));
        let file = other.path().join("temporalio/temporal.toml").display().to_string();
        let variables = [("TEMPORAL_CLOUD_API_KEY", "our-key"), ("TEMPORAL_CONFIG_FILE", "/nowhere")];
        let own = found_in(home.path(), [None, Some(&file)], registry::DEFAULT_ADDRESS, &variables);
        is(own, "own-key", Some("profile `default`"));
    }

    #[test]
    fn a_worker_s_key_is_not_for_temporal_cloud() {
        let key = ("TEMPORAL_API_KEY", "cli-key");
        let text = refused(found(None, None, &[key, ("TEMPORAL_ADDRESS", "temporal.example:7233")]));
        assert!(
            text.contains("TEMPORAL_API_KEY: not used, as it is a Worker's: TEMPORAL_ADDRESS is set"),
            "{text}"
        );
        let text = refused(found(Some(PROFILES), None, &[key, ("TEMPORAL_PROFILE", "cluster")]));
        assert!(text.contains("it is for the server `temporal.example:7233`"), "{text}");
        assert!(text.contains("Worker's: profile `cluster`"), "{text}");
    }

    #[test]
    fn a_profile_that_the_command_line_names_has_the_key_or_nothing_has() {
        let ours = ("TEMPORAL_CLOUD_API_KEY", "our-key");
        for (profile, why) in [
            ("cluster", "which is not Temporal Cloud"),
            ("keyless", "it has no `api_key`"),
            ("none", "the file has no such profile"),
        ] {
            let text = refused(found(Some(PROFILES), Some(profile), &[ours]));
            assert!(text.contains(&format!("profile `{profile}` of `")) && text.contains(why), "{text}");
        }
    }

    #[test]
    fn a_key_for_no_registry_in_particular_goes_to_temporal_cloud_and_this_machine_only() {
        let (home, key) = (folder(Some(PROFILES)), ("TEMPORAL_API_KEY", "cli-key"));
        let at = |registry: &str, profile, variables: &[(&str, &str)]| {
            found_in(home.path(), [profile, None], registry, variables)
        };
        is(at("http://127.0.0.1:1", None, &[]), "default-key", Some("profile `default`"));
        let text = refused(at("registry.example:443", None, &[key]));
        assert_eq!(
            text.matches("`registry.example:443` is neither Temporal Cloud nor this machine").count(),
            2
        );
        is(at("registry.example:443", Some("prod"), &[]), "prod-key", Some("profile `prod`"));
        is(at("registry.example:443", None, &[("TEMPORAL_CLOUD_API_KEY", "our-key")]), "our-key", None);
    }

    #[test]
    fn where_there_is_none_everything_that_was_looked_at_is_named_in_order() {
        let text = refused(found(None, None, &[]));
        let lines: Vec<_> = text.lines().collect();
        let starts = [
            "error: no API key for the registry at saas-api.tmprl.cloud:443; looked at, in this order:",
            "  | `--profile` and `--config-file`: not given",
            "  | TEMPORAL_CLOUD_API_KEY: not set",
            "  | profile `default` of `",
            "  | TEMPORAL_API_KEY: not set",
            "help: set TEMPORAL_CLOUD_API_KEY",
        ];
        assert_eq!(lines.len(), starts.len(), "{text}");
        for (line, start) in lines.iter().zip(starts) {
            assert!(line.starts_with(start), "{text}");
        }
    }
}
