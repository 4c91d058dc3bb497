//! Terraform's commands as stories run them, and what their JSON output says.

use serde_json::Value;
use std::collections::BTreeSet;
use std::fs::File;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};
use tests::workspace::Workspace;

/// A finished command.
#[derive(Clone, Debug, Default)]
pub struct Output {
    pub code: Option<i32>,
    /// Addresses that the plan deletes or replaces.
    pub deleted: BTreeSet<String>,
    /// Every planned change, such as `create temporalnexus_endpoint.a`.
    pub planned: Vec<String>,
    /// Whether a change was started.
    pub started: bool,
    /// Errors, each in one line.
    pub errors: Vec<String>,
}

impl Output {
    pub fn succeeded(&self) -> bool {
        self.code == Some(0)
    }

    /// Whether all that failed is the replacement of what has one name, created before it is destroyed: that is told, and the
    /// next apply converges.
    pub fn is_of_created_first(&self) -> bool {
        !self.errors.is_empty()
            && self.errors.iter().all(|error| error.contains("is destroyed only afterwards"))
    }

    /// Why it failed.
    pub fn reason(&self) -> String {
        match self.errors.is_empty() {
            true => format!("exit code {:?}, planned {:?}", self.code, self.planned),
            false => self.errors.join("; "),
        }
    }

    fn of(code: Option<i32>, lines: &str) -> Self {
        let mut output = Self { code, ..Self::default() };
        for line in lines.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
            output.read(&line);
        }
        output
    }

    fn read(&mut self, line: &Value) {
        let text = |pointer: &str| line.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        match text("/type") {
            "planned_change" => {
                let (action, address) = (text("/change/action"), text("/change/resource/addr"));
                self.planned.push(format!("{action} {address}"));
                if matches!(action, "delete" | "replace") {
                    self.deleted.insert(address.to_owned());
                }
            }
            // Data sources are read in the same words.
            "apply_start" => {
                let is_read = text("/hook/action") == "read";
                self.started |= !is_read && text("/hook/resource/resource_type") != "terraform_data";
            }
            "diagnostic" if text("/diagnostic/severity") == "error" => {
                let (summary, detail) = (text("/diagnostic/summary"), text("/diagnostic/detail"));
                let address = text("/diagnostic/address");
                self.errors.push(format!("{address}: {summary}. {detail}").replace('\n', " "));
            }
            _ => {}
        }
    }
}

/// Runs Terraform to its end, or interrupts it when `interrupt` says so.
pub fn run(workspace: &Workspace, arguments: &[&str], mut interrupt: impl FnMut() -> bool) -> Output {
    let talk = workspace.path().join("output");
    let file = File::create(&talk).expect("a file in a temporary folder");
    let mut command = workspace.command();
    command.args(arguments).process_group(0).stdin(Stdio::null());
    command.stdout(file.try_clone().expect("a handle of an open file")).stderr(file);
    let mut process = command.spawn().expect("Terraform starts");
    let (began, mut interrupted) = (Instant::now(), false);
    let code = loop {
        if let Some(status) = process.try_wait().expect("a process that runs") {
            break status.code();
        }
        if !interrupted && interrupt() {
            interrupted = true;
            signal("-INT", process.id());
        }
        if began.elapsed() > Duration::from_secs(180) {
            signal("-KILL", process.id());
            let _ = process.wait();
            return Output {
                errors: vec!["it did not end within three minutes".to_owned()],
                ..Output::default()
            };
        }
        sleep(Duration::from_millis(5));
    };
    Output::of(code, &std::fs::read_to_string(talk).expect("the file that was just written"))
}

/// Signals the process group of a process that we started.
fn signal(signal: &str, process: u32) {
    let _ = Command::new("kill").args([signal, "--", &format!("-{process}")]).status();
}
