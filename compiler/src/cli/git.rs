//! What Git knows of a policy.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The commit that is checked out where a policy is, with `-dirty` where files of the checkout differ from it. `None` outside of
/// a checkout, and without `git`.
pub fn commit(policy: &[PathBuf]) -> Option<String> {
    let folder = policy
        .first()
        .map(|path| if path.is_dir() { path.as_path() } else { path.parent().unwrap_or(path) })?;
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    // Nothing that the checkout configures is run, and nothing in it is written.
    let mut git = Command::new("git");
    git.env("GIT_OPTIONAL_LOCKS", "0").stdin(Stdio::null()).stderr(Stdio::null());
    git.args(["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-C"]).arg(folder);
    let told = git.args(["describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]).output().ok()?;
    let text = String::from_utf8(told.stdout).ok()?;
    let is_commit = |text: &str| {
        let hash = text.strip_suffix("-dirty").unwrap_or(text);
        matches!(hash.len(), 40 | 64) && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    Some(text.trim().to_owned()).filter(|text| told.status.success() && is_commit(text))
}
