//! Debugging: a provider that was started by hand, and that Terraform finds by its environment.

use std::path::Path;

use serde_json::json;

use super::Program;

/// What to set in the shell that runs Terraform.
pub(super) fn line(program: &Program, socket: &Path) -> String {
    let provider = json!({
        "Protocol": "grpc",
        "ProtocolVersion": 6,
        "Pid": std::process::id(),
        "Test": true,
        "Addr": { "Network": "unix", "String": socket.display().to_string() },
    });
    let providers = json!({ program.address: provider }).to_string();
    // A shell's single quotes hold everything but themselves.
    format!("TF_REATTACH_PROVIDERS='{}'", providers.replace('\'', r"'\''"))
}
