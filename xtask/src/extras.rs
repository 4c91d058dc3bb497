//! What `nexusc` generates for packages: completions of shells and manual pages.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// The file of each shell, below `share`, where packages of systems and Python's environments have it.
const COMPLETIONS: [(&str, &str); 3] = [
    ("bash", "bash-completion/completions/nexusc"),
    ("fish", "fish/vendor_completions.d/nexusc.fish"),
    ("zsh", "zsh/site-functions/_nexusc"),
];

/// The files by their paths below `share`.
pub(crate) fn extras(nexusc: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    for (shell, path) in COMPLETIONS {
        files.insert(path.to_owned(), run(nexusc, &["completions", shell])?);
    }
    // The program needs a folder, and leaves nothing else in it.
    let folder = std::env::temp_dir().join(format!("nexusc-man-{}", std::process::id()));
    let shown = folder.to_string_lossy();
    run(nexusc, &["man", "--out", &shown])?;
    for entry in fs::read_dir(&folder)? {
        let entry = entry?;
        files.insert(format!("man/man1/{}", entry.file_name().to_string_lossy()), fs::read(entry.path())?);
    }
    fs::remove_dir_all(&folder)?;
    Ok(files)
}

fn run(nexusc: &Path, arguments: &[&str]) -> Result<Vec<u8>> {
    let output = Command::new(nexusc).args(arguments).output();
    let output = output.with_context(|| format!("cannot start {}", nexusc.display()))?;
    ensure!(
        output.status.success(),
        "`nexusc {}` failed: {}",
        arguments.join(" "),
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(output.stdout)
}
