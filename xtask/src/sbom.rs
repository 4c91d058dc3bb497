//! The bill of materials of a program: the packages that it is built from on this platform, with licences and checksums, as
//! CycloneDX. Packages of tests are not in it.

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    resolve: Resolve,
    workspace_root: std::path::PathBuf,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    version: String,
    license: Option<String>,
    source: Option<String>,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    pkg: String,
    dep_kinds: Vec<DependencyKind>,
}

#[derive(Deserialize)]
struct DependencyKind {
    kind: Option<String>,
}

#[derive(Deserialize)]
struct Lock {
    package: Vec<Locked>,
}

#[derive(Deserialize)]
struct Locked {
    name: String,
    version: String,
    checksum: Option<String>,
}

/// The bill of materials of a package of the workspace.
pub(crate) fn sbom(package: &str) -> Result<Vec<u8>> {
    let metadata = metadata()?;
    let lock = std::fs::read_to_string(metadata.workspace_root.join("Cargo.lock"));
    let lock: Lock = toml::from_str(&lock.context("cannot read Cargo.lock")?).context("Cargo.lock")?;
    let checksums: BTreeMap<_, _> = lock
        .package
        .iter()
        .filter_map(|it| Some(((it.name.as_str(), it.version.as_str()), it.checksum.as_deref()?)))
        .collect();
    let packages: BTreeMap<_, _> = metadata.packages.iter().map(|it| (it.id.as_str(), it)).collect();
    let root = metadata.packages.iter().find(|it| it.name == package && it.source.is_none());
    let root = root.with_context(|| format!("the workspace has no package `{package}`"))?;
    let graph = graph(&metadata.resolve);

    let mut seen = BTreeSet::from([root.id.as_str()]);
    let mut next = vec![root.id.as_str()];
    while let Some(id) = next.pop() {
        let needed = graph.get(id).into_iter().flatten();
        next.extend(needed.copied().filter(|id| seen.insert(id)));
    }
    let component = |package: &Package, kind: &str| {
        // An old form of OR.
        let license = package.license.as_ref().map(|license| license.replace('/', " OR "));
        let sum = checksums.get(&(package.name.as_str(), package.version.as_str()));
        let shown = reference(package);
        let fields = [
            ("type", Some(json!(kind))),
            ("bom-ref", Some(json!(shown))),
            ("name", Some(json!(package.name))),
            ("version", Some(json!(package.version))),
            ("purl", Some(json!(shown))),
            ("licenses", license.map(|license| json!([{ "expression": license }]))),
            ("hashes", sum.map(|sum| json!([{ "alg": "SHA-256", "content": sum }]))),
        ];
        fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect::<Value>()
    };
    let of = |ids: &mut dyn Iterator<Item = &str>| -> BTreeMap<String, &Package> {
        ids.filter_map(|id| packages.get(id)).map(|it| (reference(it), *it)).collect()
    };
    let components = of(&mut seen.iter().copied().filter(|id| *id != root.id));
    let components: Vec<Value> = components.values().map(|package| component(package, "library")).collect();
    let dependencies = of(&mut seen.iter().copied()).into_iter().map(|(shown, package)| {
        let needed = of(&mut graph.get(package.id.as_str()).into_iter().flatten().copied());
        json!({ "ref": shown, "dependsOn": needed.into_keys().collect::<Vec<_>>() })
    });
    let bill = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": { "component": component(root, "application") },
        "components": components,
        "dependencies": dependencies.collect::<Vec<_>>(),
    });
    Ok(format!("{bill:#}\n").into_bytes())
}

/// What each package needs, other than for tests.
fn graph(resolve: &Resolve) -> BTreeMap<&str, BTreeSet<&str>> {
    resolve.nodes.iter().map(|node| (node.id.as_str(), needed(node))).collect()
}

fn needed(node: &Node) -> BTreeSet<&str> {
    let is_needed =
        |dependency: &&Dependency| dependency.dep_kinds.iter().any(|it| it.kind.as_deref() != Some("dev"));
    node.deps.iter().filter(is_needed).map(|dependency| dependency.pkg.as_str()).collect()
}

/// The package's URL, by which bills of materials name it.
fn reference(package: &Package) -> String {
    format!("pkg:cargo/{}@{}", package.name, package.version)
}

fn metadata() -> Result<Metadata> {
    let version = Command::new("rustc").arg("-vV").output().context("cannot start rustc")?;
    let version = String::from_utf8_lossy(&version.stdout);
    let platform = version.lines().find_map(|line| line.strip_prefix("host: "));
    let mut cargo = Command::new("cargo");
    cargo.args(["metadata", "--format-version", "1", "--locked", "--filter-platform"]);
    cargo.arg(platform.context("rustc names no host")?).stderr(Stdio::inherit());
    let output = cargo.output().context("cannot start cargo")?;
    ensure!(output.status.success(), "cargo gives no metadata");
    Ok(serde_json::from_slice(&output.stdout)?)
}
