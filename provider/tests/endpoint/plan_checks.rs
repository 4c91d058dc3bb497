//! What plans check is a choice of the configuration, and so is whose rights they check.

use tfplugin::{Severity, Value};

use crate::scene::{CI, OWNER, READER, Scene, callers, config, summaries, target};

fn checks(existence: &str, permission: &str) -> (&'static str, Value) {
    let checks = Value::object([("existence", existence.into()), ("permission", permission.into())]);
    ("plan_checks", checks)
}

#[tokio::test]
async fn the_rights_of_the_one_who_applies_are_checked() {
    let mut scene = Scene::new(READER).await;
    scene.again_with(READER, &[("apply_as", CI.into())]).await;
    let (_, said) = scene.plan(None, &config(&[("allowed_caller_namespaces", callers(&[]))])).await.unwrap();
    assert!(
        said.iter().all(|said| said.severity == Severity::Warning && !said.detail.contains("may create")),
        "{said:?}"
    );
    scene.again_with(READER, &[("apply_as", CI.into())]).await;
    let attic =
        config(&[("worker_target", target("attic", "q")), ("allowed_caller_namespaces", callers(&[]))]);
    let said = scene.plan(None, &attic).await.unwrap_err();
    assert_eq!(summaries(&said)[0].1, "`service_account.ci` may not create Endpoint `pay`");

    scene.again_with(OWNER, &[("apply_as", READER.into())]).await;
    let said = scene.plan(None, &config(&[])).await.unwrap_err();
    assert_eq!(summaries(&said)[0].1, "`service_account.reader` may not create Endpoint `pay`");
}

#[tokio::test]
async fn nobody_can_apply_who_is_not_there() {
    let mut scene = Scene::new(OWNER).await;
    scene.again_with(OWNER, &[("apply_as", "service_account.ghost".into())]).await;
    let said = scene.plan(None, &config(&[])).await.unwrap_err();
    assert_eq!(summaries(&said)[0].1, "the principal `service_account.ghost` in `apply_as` does not exist");
}

#[tokio::test]
async fn what_is_wrong_is_an_error_a_warning_or_not_asked_about() {
    let mut scene = Scene::new(OWNER).await;
    let wrong =
        config(&[("worker_target", target("ledgr", "q")), ("allowed_caller_namespaces", callers(&["shp"]))]);
    scene.again_with(OWNER, &[checks("warn", "error")]).await;
    let (_, said) = scene.plan(None, &wrong).await.unwrap();
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(
        said.iter().all(|said| said.severity == Severity::Warning && said.summary.contains("does not exist"))
    );
    scene.again_with(OWNER, &[checks("off", "error")]).await;
    assert_eq!(scene.plan(None, &wrong).await.unwrap().1, []);

    let sound = config(&[]);
    scene.again_with(READER, &[checks("off", "warn")]).await;
    let (_, said) = scene.plan(None, &sound).await.unwrap();
    assert_eq!(summaries(&said)[0].1, "`service_account.reader` may not create Endpoint `pay`");
    scene.again_with(READER, &[checks("off", "off")]).await;
    assert_eq!(scene.plan(None, &sound).await.unwrap().1, []);
}

#[tokio::test]
async fn a_name_that_is_taken_is_a_matter_of_existence() {
    let mut scene = Scene::new(CI).await;
    let _ = scene.register("pay").await;
    scene.again_with(CI, &[checks("warn", "error")]).await;
    let (_, said) = scene.plan(None, &config(&[])).await.unwrap();
    assert_eq!(summaries(&said), [("name".to_owned(), "an Endpoint named `pay` already exists")]);
    scene.again_with(CI, &[checks("off", "error")]).await;
    assert_eq!(scene.plan(None, &config(&[])).await.unwrap().1, []);
}
