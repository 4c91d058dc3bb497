//! Reattaching: a provider that was started with `-debug`, and that Terraform finds by an environment variable.

use std::path::Path;

use serde_json::json;

use super::Program;

/// The variable to set in the shell that runs Terraform.
pub(super) fn line(program: &Program, socket: &Path) -> String {
    let provider = json!({
        "Protocol": "grpc",
        "ProtocolVersion": 6,
        "Pid": std::process::id(),
        "Test": true,
        "Addr": { "Network": "unix", "String": socket.display().to_string() },
    });
    let providers = json!({ program.address: provider }).to_string();
    // Only single quotes are special in single quotes of a shell.
    format!("TF_REATTACH_PROVIDERS='{}'", providers.replace('\'', r"'\''"))
}
