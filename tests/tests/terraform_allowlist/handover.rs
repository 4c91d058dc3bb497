//! One way gives way to another in one run: the list ends as configured, whatever Terraform does first.

use crate::scene::{Scene, caller, endpoint, list, on_every_terraform};

const MINE: &str = "temporalnexus_endpoint.mine.id";

fn callers(names: &[&str]) -> String {
    names.iter().map(|name| caller(name, MINE, &format!("{name}.tiny1"))).collect()
}

/// Applies one configuration after the other; then the list is `expected`, and Terraform agrees.
#[track_caller]
fn check(from: &str, to: &str, expected: &[&str]) {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform, &[]);
        scene.apply(from);
        scene.configure(to);
        scene.workspace.apply().succeeds();
        assert_eq!(scene.callers_of("mine"), expected);
        scene.is_settled();
    });
}

#[test]
fn from_the_endpoint_to_a_list() {
    let to = endpoint("mine", None) + &list("it", MINE, &["cart.tiny1", "vault.tiny1"]);
    check(&endpoint("mine", Some(&["cart.tiny1", "shop.tiny1"])), &to, &["cart.tiny1", "vault.tiny1"]);
}

#[test]
fn from_a_list_to_the_endpoint() {
    let from = endpoint("mine", None) + &list("it", MINE, &["cart.tiny1", "shop.tiny1"]);
    let to = endpoint("mine", Some(&["cart.tiny1", "vault.tiny1"]));
    check(&from, &to, &["cart.tiny1", "vault.tiny1"]);
}

#[test]
fn from_the_endpoint_to_callers() {
    let to = endpoint("mine", None) + &callers(&["cart", "vault"]);
    check(&endpoint("mine", Some(&["cart.tiny1"])), &to, &["cart.tiny1", "vault.tiny1"]);
}

#[test]
fn from_callers_to_the_endpoint() {
    let from = endpoint("mine", None) + &callers(&["cart", "shop"]);
    let to = endpoint("mine", Some(&["cart.tiny1", "vault.tiny1"]));
    check(&from, &to, &["cart.tiny1", "vault.tiny1"]);
}

#[test]
fn from_callers_to_a_list() {
    let from = endpoint("mine", None) + &callers(&["cart", "shop"]);
    let to = endpoint("mine", None) + &list("it", MINE, &["cart.tiny1", "vault.tiny1"]);
    check(&from, &to, &["cart.tiny1", "vault.tiny1"]);
}

#[test]
fn from_a_list_to_callers() {
    let from = endpoint("mine", None) + &list("it", MINE, &["cart.tiny1", "shop.tiny1"]);
    let to = endpoint("mine", None) + &callers(&["cart", "vault"]);
    check(&from, &to, &["cart.tiny1", "vault.tiny1"]);
}

#[test]
fn from_one_list_to_another() {
    let keep = |name: &str, callers: &[&str]| endpoint("mine", None) + &list(name, MINE, callers);
    check(&keep("it", &["cart.tiny1", "shop.tiny1"]), &keep("other", &["cart.tiny1"]), &["cart.tiny1"]);
}

#[test]
fn a_list_made_anew_stays_as_configured_in_either_order() {
    on_every_terraform(|terraform| {
        for lifecycle in ["", "\n  lifecycle { create_before_destroy = true }"] {
            let scene = Scene::new(terraform, &["cellar.tiny1"]);
            let callers = "allowed_caller_namespaces = [\"cart.tiny1\"]";
            let blocks =
                list("it", "\"PAY\"", &["cart.tiny1"]).replace(callers, &format!("{callers}{lifecycle}"));
            scene.apply(&blocks);
            let replace = "-replace=temporalnexus_endpoint_allowlist.it";
            let run = ["apply", "-no-color", "-input=false", "-auto-approve", replace];
            scene.workspace.run(&run).succeeds().says("1 added, 0 changed, 1 destroyed");
            assert_eq!(scene.callers(), ["cart.tiny1"], "{lifecycle}");
            scene.is_settled();
        }
    });
}
