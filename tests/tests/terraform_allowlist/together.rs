//! The three ways beside each other: an Endpoint that leaves its list to others, and configurations that keep one list twice.

use crate::scene::{Scene, caller, endpoint, list, on_every_terraform};

/// The Endpoint `mine` of the configuration, by reference.
const MINE: &str = "temporalnexus_endpoint.mine.id";

#[test]
fn an_endpoint_and_its_callers_live_and_die_in_one_run() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform, &[]);
        let both = caller("cart", MINE, "cart.tiny1") + &caller("shop", MINE, "shop.tiny1");
        let run = scene.apply(&(endpoint("mine", None) + &both)).says("3 added, 0 changed, 0 destroyed");
        assert_eq!(run.warnings(), Vec::<&str>::new(), "{run}");
        assert_eq!(scene.callers_of("mine"), ["cart.tiny1", "shop.tiny1"]);
        scene.is_settled();

        let described =
            endpoint("mine", None).replace("name = \"mine\"", "name = \"mine\"\n  description = \"Ours.\"");
        scene.apply(&(described + &both)).says("0 added, 1 changed, 0 destroyed");
        assert_eq!(scene.callers_of("mine"), ["cart.tiny1", "shop.tiny1"]);
        scene.is_settled();

        scene.workspace.destroy().succeeds().says("3 destroyed");
        assert_eq!(scene.owner.find("mine"), None);
    });
}

#[test]
fn an_endpoint_and_its_list_live_and_die_in_one_run() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform, &[]);
        let blocks = endpoint("mine", None) + &list("it", MINE, &["cart.tiny1", "shop.tiny1"]);
        let run = scene.apply(&blocks).says("2 added, 0 changed, 0 destroyed");
        assert_eq!(run.warnings(), Vec::<&str>::new(), "{run}");
        assert_eq!(scene.callers_of("mine"), ["cart.tiny1", "shop.tiny1"]);
        scene.is_settled();
        scene.workspace.destroy().succeeds().says("2 destroyed");
        assert_eq!(scene.owner.find("mine"), None);
    });
}

#[test]
fn a_list_that_is_kept_twice_is_refused_at_plan() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform, &["shop.tiny1"]);
        let managed = endpoint("mine", Some(&["shop.tiny1"]));
        scene.apply(&managed);
        let (cart, whole) = (caller("cart", "\"PAY\"", "cart.tiny1"), list("it", "\"PAY\"", &["shop.tiny1"]));
        let cases = [
            managed.clone() + &caller("cart", MINE, "cart.tiny1"),
            managed.clone() + &list("it", MINE, &["shop.tiny1"]),
            managed.clone() + &cart + &whole,
            managed + &whole + &list("other", "\"PAY\"", &[]),
        ];
        for blocks in cases {
            scene.configure(&blocks);
            let plan = scene.workspace.plan().exits(1).says("is managed by two resources");
            assert_eq!(plan.errors().len(), 1, "{plan}");
        }
        assert_eq!(
            (scene.callers(), scene.callers_of("mine")),
            (vec!["shop.tiny1".into()], vec!["shop.tiny1".into()])
        );
    });
}

#[test]
fn a_list_of_a_new_endpoint_that_is_kept_twice_is_refused_before_it_is_overwritten() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform, &[]);
        scene.configure(&(endpoint("mine", Some(&["shop.tiny1"])) + &list("it", MINE, &["cart.tiny1"])));
        scene.workspace.apply().exits(1).says("is managed by two resources");
        assert_eq!(scene.callers_of("mine"), ["shop.tiny1"]);
    });
}
