//! The provider's release files in the layout of the Terraform Registry, which filesystem mirrors take as well.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use serde_json::json;
use sha2::{Digest, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

const PROGRAM: &str = "terraform-provider-temporalnexus";
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What to make the files from, and where they go.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The folder for the files.
    #[arg(long, default_value = "target/dist")]
    out: PathBuf,
    /// The provider's program; built for release where it is not given.
    #[arg(long)]
    provider: Option<PathBuf>,
}

/// Writes the files, and gives their paths.
pub(crate) fn dist(arguments: &Arguments) -> Result<Vec<PathBuf>> {
    let program = match &arguments.provider {
        Some(program) => program.clone(),
        None => build()?,
    };
    let bytes = fs::read(&program).with_context(|| format!("cannot read {}", program.display()))?;
    let mut files = BTreeMap::from([
        (format!("{PROGRAM}_{VERSION}_{}.zip", platform()?), zipped(&bytes)?),
        (format!("{PROGRAM}_{VERSION}_manifest.json"), manifest()),
    ]);
    let sums = checksums(&files);
    files.insert(format!("{PROGRAM}_{VERSION}_SHA256SUMS"), sums.into_bytes());
    fs::create_dir_all(&arguments.out)
        .with_context(|| format!("cannot create {}", arguments.out.display()))?;
    files.iter().map(|(name, bytes)| write(&arguments.out, name, bytes)).collect()
}

fn build() -> Result<PathBuf> {
    let arguments = [
        "build",
        "--release",
        "--locked",
        "--package",
        "provider",
        "--message-format=json-render-diagnostics",
    ];
    let output = Command::new("cargo").args(arguments).stderr(std::process::Stdio::inherit()).output()?;
    ensure!(output.status.success(), "the provider does not build");
    let lines = String::from_utf8_lossy(&output.stdout);
    let built = lines.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let program =
        built.filter_map(|message| message.get("executable")?.as_str().map(PathBuf::from)).next_back();
    program.context("cargo names no program that it built")
}

/// The platform as Go and Terraform name it.
fn platform() -> Result<String> {
    let os = match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    };
    let arch = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        "arm" => "arm",
        other => bail!("Terraform has no name for the architecture {other}"),
    };
    Ok(format!("{os}_{arch}"))
}

/// The same program gives the same bytes: the time in it is always the same.
fn zipped(program: &[u8]) -> Result<Vec<u8>> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o755);
    let extension = std::env::consts::EXE_SUFFIX;
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file(format!("{PROGRAM}_v{VERSION}{extension}"), options)?;
    zip.write_all(program)?;
    Ok(zip.finish()?.into_inner())
}

fn manifest() -> Vec<u8> {
    let manifest = json!({ "version": 1, "metadata": { "protocol_versions": ["6.0"] } });
    format!("{manifest:#}\n").into_bytes()
}

/// As `sha256sum` writes and checks them.
fn checksums(files: &BTreeMap<String, Vec<u8>>) -> String {
    let mut sums = String::new();
    for (name, bytes) in files {
        for byte in Sha256::digest(bytes) {
            let _ = write!(sums, "{byte:02x}");
        }
        sums.push_str(&format!("  {name}\n"));
    }
    sums
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> Result<PathBuf> {
    let path = folder.join(name);
    let mut file = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
    file.write_all(bytes)?;
    Ok(path)
}
