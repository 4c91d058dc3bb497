//! Refreshing asks for the whole list, not for each object: however many there are, a handful of calls.

use crate::scene::{Scene, endpoint, list, on_every_terraform};
use serde_json::Value;
use tests::dev::{Dev, fixture};

/// The calls in an audit file, from the `since`-th on, of these methods.
fn calls(audit: &str, since: usize, methods: &[&str]) -> usize {
    let lines = audit.lines().skip(since).map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.filter(|line| methods.contains(&line["method"].as_str().unwrap())).count()
}

#[test]
fn a_plan_lists_the_endpoints_once_for_every_kind_of_resource() {
    on_every_terraform(|terraform| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("audit");
        let dev = Dev::with(&fixture("tiny.nexus.hcl"), &["--audit", file.to_str().unwrap()]);
        let scene = Scene::on(dev, terraform, &[]);
        let names: Vec<_> = (0..20).map(|number| format!("e{number:02}")).collect();
        let mut blocks: String = names.iter().map(|name| endpoint(name, None)).collect();
        for name in &names {
            blocks += &list(name, &format!("temporalnexus_endpoint.{name}.id"), &["shop.tiny1"]);
        }
        scene.apply(&blocks).says("40 added");

        let audit = || std::fs::read_to_string(&file).unwrap();
        let before = audit().lines().count();
        scene.is_settled();
        let (lists, reads) = (["GetNexusEndpoints"], ["GetNexusEndpoint"]);
        assert_eq!((calls(&audit(), before, &lists), calls(&audit(), before, &reads)), (1, 0));
    });
}
