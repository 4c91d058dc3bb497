//! The pages for the Terraform Registry are made from the schemas and the examples, and committed. With UPDATE_GENERATED
//! set, this test writes them; otherwise it compares.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use provider::Provider;
use tfplugin::{Environment, Provider as _};

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
