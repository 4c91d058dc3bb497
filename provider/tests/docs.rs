//! The pages for the Terraform Registry are made from the schemas and the examples, and committed. With UPDATE_GENERATED
//! set, this test writes them; otherwise it compares.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use provider::Provider;
use tfplugin::schema::{Block, Nested, Shape};
use tfplugin::{Attribute, Environment, Provider as _};

/// The folders that belong to the registry; the others under `docs` are not ours.
const FOLDERS: [&str; 4] = ["data-sources", "functions", "list-resources", "resources"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn provider() -> Provider {
    Provider::new(Environment::default())
}

fn example(path: &str) -> Option<String> {
    std::fs::read_to_string(root().join("examples").join(path)).ok()
}

fn pages() -> BTreeMap<String, String> {
    tfplugin::docs::pages("temporalnexus", &provider(), &example)
}

#[test]
fn the_pages_of_the_registry_are_up_to_date() {
    let docs = root().join("docs");
    let expected = pages();
    if std::env::var_os("UPDATE_GENERATED").is_some() {
        for folder in FOLDERS {
            let _ = std::fs::remove_dir_all(docs.join(folder));
            std::fs::create_dir_all(docs.join(folder)).unwrap();
        }
        expected.iter().for_each(|(path, page)| std::fs::write(docs.join(path), page).unwrap());
    }
    for (path, page) in &expected {
        let committed = std::fs::read_to_string(docs.join(path)).unwrap_or_default();
        assert!(
            committed == *page,
            "docs/{path} is out of date: run `UPDATE_GENERATED=1 cargo test -p provider --test docs`"
        );
    }
    let files = FOLDERS
        .iter()
        .flat_map(|folder| std::fs::read_dir(docs.join(folder)).unwrap().map(move |file| (folder, file)));
    let files =
        files.map(|(folder, file)| format!("{folder}/{}", file.unwrap().file_name().to_string_lossy()));
    let generated = expected.into_keys().filter(|path| path.contains('/'));
    assert_eq!(files.collect::<BTreeSet<_>>(), generated.collect::<BTreeSet<_>>());
}

#[test]
fn everything_has_an_example() {
    let pages = pages();
    let bare: Vec<_> =
        pages.iter().filter(|(_, page)| !page.contains("## Example Usage")).map(|(path, _)| path).collect();
    assert!(bare.is_empty(), "no example for {bare:?}");
    let imported = provider().resources();
    let no_import = imported
        .iter()
        .map(|resource| resource.type_name())
        .filter(|name| example(&format!("resources/{name}/import.sh")).is_none());
    assert_eq!(no_import.collect::<Vec<_>>(), <[&str; 0]>::default(), "no example of an import");
}

/// Every name in a schema, those of its nested attributes and blocks included.
fn names(block: &Block, found: &mut BTreeSet<String>) {
    attributes(&block.attributes, found);
    for inner in &block.blocks {
        found.insert(inner.name.clone());
        names(&inner.block, found);
    }
}

fn attributes(all: &[Attribute], found: &mut BTreeSet<String>) {
    for attribute in all {
        found.insert(attribute.name.clone());
        if let Shape::Nested(Nested { attributes: inner, .. }) = &attribute.shape {
            attributes(inner, found);
        }
    }
}

#[test]
fn the_guide_for_those_who_come_from_another_provider_names_what_there_is() {
    let guide = std::fs::read_to_string(root().join("docs/guides/from-temporalcloud.md")).unwrap();
    let values = ["api_key", "mtls", "ignore_changes", "temporalcloud", "temporalnexus"];
    let mut known = BTreeSet::from(values.map(str::to_owned));
    for resource in provider().resources() {
        known.insert(resource.type_name().to_owned());
        names(&resource.schema().block, &mut known);
    }
    for source in provider().data_sources() {
        known.insert(source.type_name().to_owned());
        names(&source.schema().block, &mut known);
    }
    let rows = guide.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    let ours = rows.filter_map(|row| row.rsplit(" | ").next());
    let quoted = ours.flat_map(|cell| cell.split('`').skip(1).step_by(2));
    let is_name = |word: &&str| word.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    let unknown: Vec<_> = quoted.filter(is_name).filter(|word| !known.contains(*word)).collect();
    assert!(unknown.is_empty(), "this provider has no {unknown:?}");
    assert!(known.contains("created_time") && guide.contains("`created_time`"), "the test reads the table");
}
