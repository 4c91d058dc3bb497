//! The table of calls in the README against what is served and what is tested.

use crate::world::{OWNER, World};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The rows of the table: RPC, and the tests that it names.
fn rows() -> BTreeMap<String, Vec<String>> {
    let text = include_str!("../../README.md");
    let rows = text.lines().filter_map(|line| line.strip_prefix("| `")?.strip_suffix(" |"));
    let mut found = BTreeMap::new();
    for row in rows {
        let (rpc, rest) = row.split_once("` | ").unwrap();
        let (_, tests) = rest.rsplit_once(" | ").unwrap();
        let tests = tests.split(", ").map(|name| name.trim_matches('`').to_owned()).collect();
        assert_eq!(found.insert(rpc.to_owned(), tests), None, "{rpc} has two rows");
    }
    found
}

/// Every test of the crate, `module::name`.
fn tests() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![root.join("tests/suite"), root.join("src")];
    let mut found = BTreeSet::new();
    while let Some(folder) = folders.pop() {
        for file in fs::read_dir(&folder).unwrap() {
            let path = file.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let Some(stem) = path.file_name().unwrap().to_str().unwrap().strip_suffix(".rs") else {
                continue;
            };
            let module = if stem == "mod" { folder.file_name().unwrap().to_str().unwrap() } else { stem };
            let text = fs::read_to_string(&path).unwrap();
            let lines: Vec<&str> = text.lines().map(str::trim).collect();
            let marked =
                lines.windows(2).filter(|pair| pair[0].contains("test") && pair[0].starts_with("#["));
            let names = marked.filter_map(|pair| pair[1].split_once("fn ")?.1.split_once('('));
            found.extend(names.map(|(name, _)| format!("{module}::{name}")));
        }
    }
    found
}

#[tokio::test]
async fn every_call_that_is_served_has_a_row() {
    let world = World::start().await;
    let rows = rows();
    for line in include_str!("../../routes.tsv").lines().filter(|line| !line.starts_with('#')) {
        let cells: Vec<&str> = line.split('\t').collect();
        let [rpc, verb, path] = cells[..] else { unreachable!("a row of another shape: {line}") };
        let path = path.replace(['{', '}'], "");
        let request = world.http.request(verb.parse().unwrap(), world.url(&path));
        let (status, _) = world.send(request.bearer_auth(world.key(OWNER))).await;
        assert_eq!(status != 501, rows.contains_key(rpc), "{rpc}");
    }
}

#[test]
fn every_test_that_a_row_names_is_there() {
    let tests = tests();
    assert!(tests.len() > 100);
    for (rpc, named) in rows() {
        assert!(!named.is_empty(), "{rpc}");
        for name in named {
            assert!(tests.contains(&name), "{rpc} names `{name}`");
        }
    }
}
