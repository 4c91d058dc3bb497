//! A folder with a configuration, another with notes, and a Terraform.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use serde_json::Value as Json;
use tempfile::TempDir;
use tests::terraform::Terraform;

/// No apply of a test takes as long, unless it hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// Removed when dropped.
pub struct Scene {
    terraform: Terraform,
    folder: TempDir,
}

impl Scene {
    pub fn new(terraform: &Terraform) -> Self {
        let scene = Self { terraform: terraform.clone(), folder: tempfile::tempdir().unwrap() };
        for folder in ["bin", "notes", "work"] {
            std::fs::create_dir(scene.path(folder)).unwrap();
        }
        let executable = std::env::current_exe().unwrap();
        std::os::unix::fs::symlink(executable, scene.path("bin/terraform-provider-notes")).unwrap();
        let bin = scene.path("bin");
        let overrides =
            format!("provider_installation {{\n  dev_overrides {{ \"example/notes\" = {bin:?} }}\n}}\n");
        std::fs::write(scene.path("rc"), overrides).unwrap();
        scene
    }

    /// Writes the configuration: the provider, and what is given.
    pub fn configure(&self, body: &str) {
        let source = r#"terraform {
            required_providers {
                notes = { source = "example/notes" }
            }
        }"#;
        let text = format!("{source}\nprovider \"notes\" {{ folder = {:?} }}\n{body}", self.path("notes"));
        std::fs::write(self.path("work/main.tf"), text).unwrap();
    }

    pub fn edit(&self, from: &str, to: &str) {
        let file = self.path("work/main.tf");
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(text.contains(from));
        std::fs::write(file, text.replace(from, to)).unwrap();
    }

    pub fn apply(&self) -> String {
        self.succeeds(&["apply", "-auto-approve"])
    }

    pub fn plan(&self) -> String {
        self.succeeds(&["plan"])
    }

    #[track_caller]
    pub fn plans_nothing(&self) {
        let talk = self.succeeds(&["plan", "-detailed-exitcode"]);
        assert!(talk.contains("No changes"), "{talk}");
    }

    #[track_caller]
    pub fn succeeds(&self, words: &[&str]) -> String {
        let (success, talk) = self.run(words);
        assert!(success, "{words:?} failed:\n{talk}");
        talk
    }

    #[track_caller]
    pub fn fails(&self, words: &[&str]) -> String {
        let (success, talk) = self.run(words);
        assert!(!success, "{words:?} succeeded:\n{talk}");
        talk
    }

    #[track_caller]
    pub fn fails_with(&self, body: &str, words: &[&str]) -> String {
        self.configure(body);
        self.fails(words)
    }

    /// Applies, and presses Ctrl-C once the provider is at work.
    pub fn interrupted_apply(&self) -> String {
        let mut command = self.command(&["apply", "-auto-approve"]);
        command.env("TF_LOG_PROVIDER", "INFO").stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        let mut child = command.spawn().unwrap();
        let group = child.id();
        let (finished, waiting) = mpsc::channel::<()>();
        let watch = std::thread::spawn(move || {
            if waiting.recv_timeout(PATIENCE).is_err() {
                signal("-KILL", group);
            }
        });
        wait_for_the_provider(&mut child);
        signal("-INT", group);
        let mut talk = String::new();
        child.stdout.take().unwrap().read_to_string(&mut talk).unwrap();
        child.wait().unwrap();
        let _ = finished.send(());
        watch.join().unwrap();
        talk
    }

    /// Terraform keeps identities since 1.12.
    pub fn knows_identities(&self) -> bool {
        let minor = self.terraform.version.split('.').nth(1).and_then(|minor| minor.parse::<u32>().ok());
        minor >= Some(12)
    }

    /// The one instance of the one resource in the state.
    pub fn instance(&self) -> Json {
        self.state()["resources"][0]["instances"][0].clone()
    }

    pub fn edit_instance(&self, edit: impl FnOnce(&mut Json)) {
        let mut state = self.state();
        edit(&mut state["resources"][0]["instances"][0]);
        std::fs::write(self.path("work/terraform.tfstate"), state.to_string()).unwrap();
    }

    /// File names, sorted.
    pub fn notes(&self) -> Vec<String> {
        let files = std::fs::read_dir(self.path("notes")).unwrap();
        let mut names: Vec<_> =
            files.map(|file| file.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    pub fn note(&self, title: &str) -> String {
        std::fs::read_to_string(self.path(&format!("notes/{title}.txt"))).unwrap()
    }

    pub fn write_note(&self, title: &str, text: &str) {
        std::fs::write(self.path(&format!("notes/{title}.txt")), text).unwrap();
    }

    pub fn remove_note(&self, title: &str) {
        std::fs::remove_file(self.path(&format!("notes/{title}.txt"))).unwrap();
    }

    fn state(&self) -> Json {
        let text = std::fs::read_to_string(self.path("work/terraform.tfstate")).unwrap();
        serde_json::from_str(&text).unwrap()
    }

    fn run(&self, words: &[&str]) -> (bool, String) {
        let output = self.command(words).stdin(Stdio::null()).output().unwrap();
        let talk =
            [String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr)].concat();
        (output.status.success(), talk)
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = self.terraform.command();
        command.current_dir(self.path("work")).args(words).arg("-no-color");
        command.env("TF_CLI_CONFIG_FILE", self.path("rc")).env("HOME", self.folder.path());
        command.env("TMPDIR", self.folder.path());
        command
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// To Terraform and all that it started, as a terminal does it.
fn signal(name: &str, group: u32) {
    let group = format!("-{group}");
    assert!(Command::new("kill").args([name, "--", &group]).status().unwrap().success());
}

/// The provider logs when it waits; what follows is read to its end, so that Terraform never blocks on it.
fn wait_for_the_provider(child: &mut Child) {
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    assert!(lines.any(|line| line.contains("waiting to be stopped")), "the provider never waited");
    std::thread::spawn(move || lines.for_each(drop));
}
