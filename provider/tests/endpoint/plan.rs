//! What plans refuse, what they call unproven, and the consequences that they name.

use tfplugin::{Severity, Value};

use crate::scene::{CI, OWNER, READER, Scene, callers, config, plan, resource, summaries, target, timeouts};
use crate::scripted;

#[tokio::test]
async fn what_is_known_to_be_right_is_planned_without_a_word() {
    let scene = Scene::new(CI).await;
    let (planned, said) = scene.plan(None, &config(&[])).await.unwrap();
    assert_eq!((planned.get("id"), said), (&Value::Unknown, vec![]));
}

#[tokio::test]
async fn what_does_not_exist_is_refused_where_it_is_written() {
    let scene = Scene::new(OWNER).await;
    let changes =
        [("worker_target", target("ledgr", "q")), ("allowed_caller_namespaces", callers(&["shp", "shop"]))];
    let said = scene.plan(None, &config(&changes)).await.unwrap_err();
    let expected = [
        (r#"worker_target["namespace_id"]"#.to_owned(), "the target `ledgr.tiny1` does not exist"),
        ("allowed_caller_namespaces".to_owned(), "the caller `shp.tiny1` does not exist"),
    ];
    assert_eq!(summaries(&said), expected);
}

#[tokio::test]
async fn another_accounts_namespaces_are_refused() {
    let scene = Scene::new(OWNER).await;
    let other = Value::object([("namespace_id", "ledger.other9".into()), ("task_queue", "q".into())]);
    let said = scene
        .plan(None, &config(&[("worker_target", other), ("allowed_caller_namespaces", Value::Null)]))
        .await;
    let said = said.unwrap_err();
    assert_eq!(summaries(&said)[0].1, "the target `ledger.other9` is in another account");
    assert_eq!(said.len(), 1);
}

#[tokio::test]
async fn what_is_hidden_is_unproven_and_said_once() {
    let scene = Scene::new(CI).await;
    let hidden = callers(&["cart", "attic", "no-such-one"]);
    let (_, said) = scene.plan(None, &config(&[("allowed_caller_namespaces", hidden)])).await.unwrap();
    assert_eq!((said.len(), said[0].severity), (1, Severity::Warning));
    assert!(said[0].summary.starts_with("unproven"), "{said:?}");
    for name in ["`cart.tiny1`", "`attic.tiny1`", "`no-such-one.tiny1`"] {
        assert!(said[0].detail.contains(name), "{said:?}");
    }
}

#[tokio::test]
async fn a_missing_permission_is_refused_with_what_is_missing() {
    let scene = Scene::new(READER).await;
    let said = scene.plan(None, &config(&[("allowed_caller_namespaces", Value::Null)])).await.unwrap_err();
    assert_eq!(said.len(), 1);
    assert_eq!(said[0].summary, "`service_account.reader` may not create Endpoint `pay`");
    assert!(
        said[0].detail.contains("Developer") && said[0].detail.contains("Namespace Admin on `ledger.tiny1`")
    );
}

#[tokio::test]
async fn a_miss_and_a_denial_are_asked_again_before_they_count() {
    let resource = resource(&scripted::serve(scripted::catching_up).await, "key").await;
    let (_, said) = plan(&*resource, None, &config(&[]), Vec::new()).await.unwrap();
    assert_eq!(said, []);
}

#[tokio::test]
async fn a_retarget_needs_both_targets() {
    let mut scene = Scene::new(OWNER).await;
    let there = scene.create(&config(&[("worker_target", target("attic", "q"))])).await;
    scene.again(CI).await;
    let said = scene.plan(Some(&there), &config(&[])).await.unwrap_err();
    assert!(said[0].detail.contains("Namespace Admin on `attic.tiny1`, the current target"), "{said:?}");
    let here = config(&[("id", "e".into())]);
    let said =
        scene.plan(Some(&here), &config(&[("worker_target", target("attic", "q"))])).await.unwrap_err();
    assert!(said[0].detail.contains("Namespace Admin on `attic.tiny1`."), "{said:?}");
}

#[tokio::test]
async fn only_what_changes_is_checked() {
    let scene = Scene::new(READER).await;
    let gone = callers(&["gone"]);
    let state = config(&[("id", "e".into()), ("allowed_caller_namespaces", gone.clone())]);
    let same = config(&[("allowed_caller_namespaces", gone.clone()), ("timeouts", timeouts("read", "9s"))]);
    assert_eq!(scene.plan(Some(&state), &same).await.unwrap().1, [], "timeouts need no permission");

    let mut scene = scene;
    scene.again(OWNER).await;
    let more = Value::set(["gone.tiny1", "shop.tiny1"]);
    let (_, said) = scene.plan(Some(&state), &config(&[("allowed_caller_namespaces", more)])).await.unwrap();
    assert_eq!(said, [], "callers that were there are not asked about");
}

#[tokio::test]
async fn what_is_unknown_is_left_for_apply() {
    let scene = Scene::new(CI).await;
    let unknown = config(&[
        ("name", Value::Unknown),
        ("worker_target", Value::Unknown),
        ("allowed_caller_namespaces", Value::set([Value::Unknown, "shop.tiny1".into()])),
    ]);
    assert_eq!(scene.plan(None, &unknown).await.unwrap().1, []);
}

#[tokio::test]
async fn a_taken_name_is_refused_with_an_import_block() {
    let scene = Scene::new(CI).await;
    let id = scene.register("pay").await;
    let said = scene.plan(None, &config(&[])).await.unwrap_err();
    assert_eq!(summaries(&said), [("name".to_owned(), "an Endpoint named `pay` already exists")]);
    assert!(
        said[0]
            .detail
            .contains(&format!("import {{\n  to = temporalnexus_endpoint.pay\n  id = \"{id}\"\n}}"))
    );
}

#[tokio::test]
async fn a_rename_to_a_taken_name_does_not_advise_to_import() {
    let scene = Scene::new(CI).await;
    let _ = scene.register("taken").await;
    let state = scene.create(&config(&[])).await;
    let said = scene.plan(Some(&state), &config(&[("name", "taken".into())])).await.unwrap_err();
    assert_eq!(summaries(&said), [("name".to_owned(), "an Endpoint named `taken` already exists")]);
    assert!(!said[0].detail.contains("import"), "{said:?}");
}

#[tokio::test]
async fn a_name_of_this_state_may_be_free_by_then() {
    let mut scene = Scene::new(CI).await;
    let other = scene.create(&config(&[])).await;
    scene.again(CI).await;
    scene.read(&other).await;
    let (_, said) = scene.plan(None, &config(&[])).await.unwrap();
    assert!(said.len() == 1 && said[0].summary.starts_with("unproven"), "{said:?}");
}

#[tokio::test]
async fn consequences_are_named() {
    let scene = Scene::new(CI).await;
    let state = scene.create(&config(&[])).await;
    let changed = config(&[("name", "checkout".into()), ("worker_target", target("vault", "q"))]);
    let (_, said) = scene.plan(Some(&state), &changed).await.unwrap();
    let expected = [
        ("name".to_owned(), "renaming Endpoint `pay` to `checkout` breaks its callers"),
        ("worker_target".to_owned(), "the target of Endpoint `pay` changes"),
    ];
    assert_eq!(summaries(&said), expected);
    assert!(said[1].detail.contains("`vault.tiny1`"), "{said:?}");
}

#[tokio::test]
async fn an_allowlist_given_up_stays_and_one_taken_over_tells_whom_it_revokes() {
    let mut scene = Scene::new(CI).await;
    let managed = scene.create(&config(&[])).await;
    let left = config(&[("allowed_caller_namespaces", Value::Null)]);
    let (planned, said) = scene.plan(Some(&managed), &left).await.unwrap();
    scene.update(&managed, &left).await;
    assert!(said.len() == 1 && said[0].summary.contains("is left unchanged"), "{said:?}");

    let other = left.with("description", "Others decide.");
    assert_eq!(
        scene.plan(Some(&planned), &other).await.unwrap().1,
        [],
        "said when it is given up, not ever after"
    );

    // Each plan of another configuration has a process of its own.
    scene.again(CI).await;
    let nobody = config(&[("allowed_caller_namespaces", callers(&[]))]);
    let (_, said) = scene.plan(Some(&planned), &nobody).await.unwrap();
    assert!(said.len() == 1 && said[0].detail.contains("`shop.tiny1`"), "{said:?}");
    scene.again(CI).await;
    assert_eq!(scene.plan(Some(&planned), &config(&[])).await.unwrap().1, [], "nobody is revoked");
}

#[tokio::test]
async fn a_destroy_lists_the_callers_that_it_cuts_off() {
    let mut scene = Scene::new(CI).await;
    let managed = scene.create(&config(&[])).await;
    let unmanaged = managed.clone().with("allowed_caller_namespaces", Value::Null);
    scene.read(&unmanaged).await;
    for state in [&managed, &unmanaged] {
        let said = scene.plan_delete(state).await;
        assert!(said.len() == 1 && said[0].detail.contains("`shop.tiny1`"), "{said:?}");
    }
    scene.again(READER).await;
    let nobody = managed.with("allowed_caller_namespaces", callers(&[]));
    let said = scene.plan_delete(&nobody).await;
    let refused: Vec<_> = said.into_iter().filter(|said| said.severity == Severity::Error).collect();
    assert_eq!(summaries(&refused)[0].1, "`service_account.reader` may not delete Endpoint `pay`");
}
