//! Where `nexusc` finds the registry and the API key, and that no output shows a key.
#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::fs;
use tempfile::TempDir;
use tests::dev::{Dev, fixture};
use tests::nexusc::nexusc_in;
use tests::run::Run;

const CI: &str = "service_account.ci";

struct Scene {
    dev: Dev,
    folder: TempDir,
    policy: String,
}

impl Scene {
    /// An embedded registry, and a configuration file of the `temporal` CLI with the key of its service account.
    fn start() -> Self {
        let (dev, folder) = (Dev::start(&fixture("tiny.nexus.hcl")), tempfile::tempdir().expect("a folder"));
        let key = dev.key(CI);
        let text = format!(
            "[profile.default]\napi_key = \"{key}\"\n[profile.wrong]\napi_key = \"not-the-key-of-anyone\"\n\
             [profile.cluster]\naddress = \"temporal.example:7233\"\napi_key = \"{key}\"\n"
        );
        fs::write(folder.path().join("temporal.toml"), text).expect("a configuration file");
        Self { dev, folder, policy: fixture("tiny.nexus.hcl").display().to_string() }
    }

    fn file(&self) -> String {
        self.folder.path().join("temporal.toml").display().to_string()
    }

    /// `nexusc plan`, whose output never shows a key.
    #[track_caller]
    fn plan(&self, environment: &[(&str, &str)], options: &[&str]) -> Run {
        let arguments: Vec<_> =
            ["plan"].iter().chain(options).copied().chain([self.policy.as_str()]).collect();
        let run = nexusc_in(environment, &arguments);
        run.never_says(self.dev.key(CI)).never_says("not-the-key-of-anyone")
    }
}

#[test]
fn a_profile_of_the_temporal_cli_has_the_key() {
    let scene = Scene::start();
    let (registry, file) = (scene.dev.http(), scene.file());
    let source = format!("using the API key of profile `default` of `{file}`");
    let given = ["--registry", registry, "--config-file", &file];
    let _ = scene.plan(&[], &given).succeeds().says(&source).says("No changes");
    let _ = scene.plan(&[], &[&given[..], &["--quiet"]].concat()).succeeds().never_says("using the API key");
    let named = [("TEMPORAL_CONFIG_FILE", file.as_str()), ("TEMPORAL_CLOUD_ENDPOINT", registry)];
    let _ = scene.plan(&named, &[]).succeeds().says(&source);
    let _ = scene
        .plan(&named, &["--profile", "cluster"])
        .exits(2)
        .says("it is for the server `temporal.example:7233`, which is not Temporal Cloud");
    let _ = scene.plan(&named, &["--profile", "wrong"]).exits(2).says("not authenticated");
}

#[test]
fn the_variables_of_other_programs_name_the_registry_and_the_key() {
    let scene = Scene::start();
    let (address, key) = (scene.dev.http().trim_start_matches("http://").to_owned(), scene.dev.key(CI));
    let of_tcld =
        [("TEMPORAL_CLOUD_API_SERVER", address.as_str()), ("TEMPORAL_CLOUD_INSECURE_CONNECTION", "true")];
    let of_cli = ("TEMPORAL_API_KEY", key);
    let _ =
        scene.plan(&with(of_tcld, &[of_cli]), &[]).succeeds().says("using the API key of TEMPORAL_API_KEY");
    let ours = ("TEMPORAL_CLOUD_API_KEY", key);
    let _ = scene.plan(&with(of_tcld, &[ours]), &[]).succeeds().never_says("using the API key");
    let worker = ("TEMPORAL_ADDRESS", "temporal.example:7233");
    let refused = scene.plan(&with(of_tcld, &[of_cli, worker]), &[]).exits(2);
    let _ = refused.says("TEMPORAL_API_KEY: not used, as it is a Worker's: TEMPORAL_ADDRESS is set");
    // Of two servers, that of Temporal's clients is used, and what is allowed for the other is not for this one.
    let elsewhere = ("TEMPORAL_CLOUD_ENDPOINT", "127.0.0.1:1");
    let _ = scene.plan(&with(of_tcld, &[ours, elsewhere]), &[]).exits(2).says("127.0.0.1:1");
    let ours_alone = [("TEMPORAL_CLOUD_ENDPOINT", address.as_str()), of_tcld[1], ours];
    let _ = scene.plan(&ours_alone, &[]).exits(2).says("TLS");
}

fn with<'a>(all: [(&'a str, &'a str); 2], more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    [&all[..], more].concat()
}
