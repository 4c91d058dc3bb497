//! Holds the dependencies against `deny.toml`, as `cargo deny check licenses bans sources` does: their licences, where they come from,
//! which are banned, and which are there in several versions. That program would have to be built first, which takes minutes.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    license: Option<String>,
    source: Option<String>,
}

#[derive(Deserialize)]
struct Deny {
    licenses: Licenses,
    bans: Bans,
    sources: AllowedSources,
}

#[derive(Deserialize)]
struct Licenses {
    allow: Vec<String>,
    clarify: Vec<Clarified>,
}

#[derive(Deserialize)]
struct Clarified {
    #[serde(rename = "crate")]
    package: String,
    expression: String,
}

#[derive(Deserialize)]
struct Bans {
    deny: Vec<Named>,
    skip: Vec<Named>,
}

#[derive(Deserialize)]
struct Named {
    #[serde(rename = "crate")]
    package: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct AllowedSources {
    allow_registry: Vec<String>,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn deny() -> Deny {
    toml::from_str(&std::fs::read_to_string(root().join("deny.toml")).unwrap()).unwrap()
}

fn packages() -> Vec<Package> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["metadata", "--format-version", "1", "--locked", "--offline"]).current_dir(root());
    let output = cargo.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let Metadata { packages } = serde_json::from_slice(&output.stdout).unwrap();
    assert!(packages.len() > 100, "{} packages", packages.len());
    packages
}

/// Whether an SPDX expression can be met with the allowed licences. A slash is an old form of OR.
fn is_met(expression: &str, allowed: &BTreeSet<&str>) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let mut words: Vec<_> = spaced.split_whitespace().collect();
    words.reverse();
    any(&mut words, allowed)
}

fn any(words: &mut Vec<&str>, allowed: &BTreeSet<&str>) -> bool {
    let mut met = all(words, allowed);
    while words.last() == Some(&"OR") {
        words.pop();
        met |= all(words, allowed);
    }
    met
}

fn all(words: &mut Vec<&str>, allowed: &BTreeSet<&str>) -> bool {
    let mut met = one(words, allowed);
    while words.last() == Some(&"AND") {
        words.pop();
        met &= one(words, allowed);
    }
    met
}

fn one(words: &mut Vec<&str>, allowed: &BTreeSet<&str>) -> bool {
    match words.pop() {
        Some("(") => {
            let met = any(words, allowed);
            words.pop();
            met
        }
        Some(license) if words.last() == Some(&"WITH") => {
            words.pop();
            let exception = words.pop().unwrap_or_default();
            allowed.contains(&*format!("{license} WITH {exception}"))
        }
        license => license.is_some_and(|license| allowed.contains(license)),
    }
}

#[test]
fn every_licence_is_allowed() {
    let Deny { licenses, .. } = deny();
    let allowed: BTreeSet<_> = licenses.allow.iter().map(String::as_str).collect();
    let clarified: BTreeMap<_, _> =
        licenses.clarify.iter().map(|it| (it.package.as_str(), it.expression.as_str())).collect();
    let refused = packages().into_iter().filter_map(|package| {
        let expression = package.license.as_deref().or_else(|| clarified.get(&*package.name).copied());
        let is_allowed = expression.is_some_and(|expression| is_met(expression, &allowed));
        (!is_allowed).then(|| format!("{} {}: {expression:?}", package.name, package.version))
    });
    assert_eq!(refused.collect::<Vec<_>>(), [""; 0]);
}

#[test]
fn expressions_are_read_as_spdx_has_them() {
    let allowed = BTreeSet::from(["MIT", "ISC", "Apache-2.0 WITH LLVM-exception"]);
    for met in [
        "MIT",
        "GPL-3.0 OR MIT",
        "Unlicense/MIT",
        "(GPL-3.0 OR MIT) AND ISC",
        "Apache-2.0 WITH LLVM-exception",
    ] {
        assert!(is_met(met, &allowed), "{met}");
    }
    for refused in ["GPL-3.0", "MIT AND GPL-3.0", "Apache-2.0", "(MIT OR ISC) AND GPL-3.0", ""] {
        assert!(!is_met(refused, &allowed), "{refused}");
    }
}

#[test]
fn every_package_comes_from_the_registry_or_from_here() {
    let Deny { sources, .. } = deny();
    let allowed: Vec<_> =
        sources.allow_registry.iter().map(|registry| format!("registry+{registry}")).collect();
    let foreign =
        packages().into_iter().filter(|it| it.source.as_ref().is_some_and(|it| !allowed.contains(it)));
    assert_eq!(foreign.map(|it| (it.name, it.source)).collect::<Vec<_>>(), []);
    // Git keeps nobody from changing what a checksum would show.
    let lock = std::fs::read_to_string(root().join("Cargo.lock")).unwrap();
    let with_source = lock.matches("\nsource = ").count();
    assert_eq!(with_source, lock.matches("\nchecksum = ").count(), "a package has no checksum");
}

#[test]
fn nothing_banned_is_there_and_nothing_twice_without_need() {
    let Deny { bans, .. } = deny();
    let packages = packages();
    let banned: BTreeSet<_> = bans.deny.iter().map(|it| it.package.as_str()).collect();
    let there = packages.iter().filter(|package| banned.contains(&*package.name));
    assert_eq!(there.map(|package| &package.name).collect::<Vec<_>>(), Vec::<&String>::new());
    let skipped: BTreeSet<_> = bans.skip.iter().map(|it| it.package.clone()).collect();
    let ids: BTreeSet<_> = packages.iter().map(|it| format!("{}@{}", it.name, it.version)).collect();
    let gone: Vec<_> = skipped.difference(&ids).collect();
    assert!(gone.is_empty(), "not there any more, remove it from `skip`: {gone:?}");
    let mut versions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for package in &packages {
        let id = format!("{}@{}", package.name, package.version);
        if !skipped.contains(&id) {
            versions.entry(&package.name).or_default().push(&package.version);
        }
    }
    versions.retain(|_, versions| versions.len() > 1);
    assert!(versions.is_empty(), "several versions, update one or add it to `skip`: {versions:?}");
}
