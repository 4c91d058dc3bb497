//! Release files: the provider's in the layout of the Terraform Registry, which filesystem mirrors take as well, and the archive
//! of `nexusc`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::json;
use sha2::{Digest, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::build::build;
use crate::extras::extras;
use crate::sbom::sbom;

const PROGRAM: &str = "terraform-provider-temporalnexus";
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What to make the files from, and where they go.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The folder for the files.
    #[arg(long, default_value = "target/dist")]
    out: PathBuf,
    /// The provider's program; only its files are made then, unless `--nexusc` is given too.
    #[arg(long)]
    provider: Option<PathBuf>,
    /// The program `nexusc`; only its files are made then, unless `--provider` is given too. Without either, both are built for
    /// release.
    #[arg(long)]
    nexusc: Option<PathBuf>,
}

/// Writes the files, and gives their paths.
pub(crate) fn dist(arguments: &Arguments) -> Result<Vec<PathBuf>> {
    let (provider, nexusc) = match (&arguments.provider, &arguments.nexusc) {
        (None, None) => (Some(build("provider")?), Some(build("compiler")?)),
        (provider, nexusc) => (provider.clone(), nexusc.clone()),
    };
    let mut files = BTreeMap::new();
    if let Some(program) = provider {
        files.extend(of_provider(&program)?);
    }
    if let Some(program) = nexusc {
        files.extend(of_nexusc(&program)?);
    }
    fs::create_dir_all(&arguments.out)
        .with_context(|| format!("cannot create {}", arguments.out.display()))?;
    files.iter().map(|(name, bytes)| write(&arguments.out, name, bytes)).collect()
}

fn of_provider(program: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    let name = format!("{PROGRAM}_v{VERSION}{}", std::env::consts::EXE_SUFFIX);
    let archive = BTreeMap::from([(name, (0o755, read(program)?))]);
    let mut files = BTreeMap::from([
        (format!("{PROGRAM}_{VERSION}_{}.zip", platform()?), zipped(&archive)?),
        (format!("{PROGRAM}_{VERSION}_manifest.json"), manifest()),
    ]);
    let sums = checksums(&files);
    files.insert(format!("{PROGRAM}_{VERSION}_SHA256SUMS"), sums.into_bytes());
    files.insert(format!("{PROGRAM}_{VERSION}_{}.cdx.json", platform()?), sbom("provider")?);
    Ok(files)
}

/// The program with its licence, completions and manual pages. Each platform has its own checksum: a release has several.
fn of_nexusc(program: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    let name = format!("nexusc{}", std::env::consts::EXE_SUFFIX);
    let license = include_bytes!("../../LICENSE").to_vec();
    let mut archive =
        BTreeMap::from([(name, (0o755, read(program)?)), ("LICENSE".to_owned(), (0o644, license))]);
    for (path, bytes) in extras(program)? {
        archive.insert(format!("share/{path}"), (0o644, bytes));
    }
    let name = format!("nexusc_{VERSION}_{}.zip", platform()?);
    let mut files = BTreeMap::from([(name.clone(), zipped(&archive)?)]);
    let sums = checksums(&files);
    files.insert(format!("{name}.sha256"), sums.into_bytes());
    files.insert(format!("nexusc_{VERSION}_{}.cdx.json", platform()?), sbom("compiler")?);
    Ok(files)
}

fn read(program: &Path) -> Result<Vec<u8>> {
    fs::read(program).with_context(|| format!("cannot read {}", program.display()))
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

/// Files by their paths, with their permissions. The same files give the same bytes: the time of all is always the same.
fn zipped(files: &BTreeMap<String, (u32, Vec<u8>)>) -> Result<Vec<u8>> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default());
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, (permissions, bytes)) in files {
        zip.start_file(path, options.unix_permissions(*permissions))?;
        zip.write_all(bytes)?;
    }
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
