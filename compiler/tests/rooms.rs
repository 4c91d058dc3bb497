//! The table of rooms in the compiler's README is true: every entry of `src` is in it, and no room uses one that stands
//! below it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The rooms, from the bottom up.
fn rooms() -> Vec<String> {
    let readme = fs::read_to_string(folder().join("README.md")).unwrap();
    let table = readme.split("## Rooms").nth(1).unwrap().split("\n## ").next().unwrap();
    let first_cells = table.lines().filter_map(|line| line.strip_prefix("| `")?.split(" |").next());
    first_cells.flat_map(|cell| cell.split(", ").map(|name| name.trim_matches('`').to_owned())).collect()
}

/// Every file of a folder, of those in it too.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// The name of the room that a path below `src` is in.
fn room(path: &Path) -> String {
    let first = path.components().next().unwrap().as_os_str().to_string_lossy().into_owned();
    first.trim_end_matches(".rs").to_owned()
}

/// The rooms that code names, without its tests.
fn used(code: &str) -> BTreeSet<&str> {
    let code = code.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let paths = code.split("crate::").skip(1);
    let name = |path: &'_ str| path.find(|letter: char| !(letter.is_ascii_lowercase() || letter == '_'));
    paths.filter_map(|path| path.get(..name(path)?)).filter(|name| !name.is_empty()).collect()
}

fn is_test(path: &Path) -> bool {
    path.components().any(|part| {
        ["tests", "tests.rs", "expect.rs", "examples.rs"].iter().any(|name| part.as_os_str() == *name)
    })
}

#[test]
fn the_table_lists_every_room() {
    let entries = fs::read_dir(folder().join("src")).unwrap();
    let entries: BTreeSet<_> = entries.map(|entry| room(Path::new(&entry.unwrap().file_name()))).collect();
    assert_eq!(rooms().into_iter().collect::<BTreeSet<_>>(), entries);
}

#[test]
fn no_room_uses_one_below_it() {
    let (rooms, source) = (rooms(), folder().join("src"));
    let rank = |name: &str| rooms.iter().position(|room| room == name);
    let mut upward = Vec::new();
    for file in files(&source) {
        let path = file.strip_prefix(&source).unwrap();
        if is_test(path) || file.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let code = fs::read_to_string(&file).unwrap();
        let above = |name: &&str| rank(name) > rank(&room(path));
        upward.extend(
            used(&code).into_iter().filter(above).map(|name| format!("{} uses {name}", path.display())),
        );
    }
    assert_eq!(upward, Vec::<String>::new());
}
