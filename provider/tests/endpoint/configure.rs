//! What a configuration leads to: the right account, or a clear refusal before anything is touched.

use tfplugin::{Context, CreateRequest, Severity, Value};

use crate::scene::{CI, OWNER, Scene, answered, config, configure, plan, read, resource};

#[tokio::test]
async fn a_key_of_another_account_touches_nothing() {
    let scene = Scene::new(CI).await;
    let block = [("endpoint", scene.address.as_str().into()), ("allowed_account_id", "other9".into())];
    let key = scene.key(OWNER);
    let (errors, _) = configure(&block, [("TEMPORAL_CLOUD_API_KEY", &key)]).await.err().unwrap();
    let error = errors.iter().next().unwrap();
    assert_eq!(error.path, Some("allowed_account_id".into()));
    assert!(error.detail.contains("`tiny1`") && error.detail.contains("`other9`"), "{error:?}");

    let block = [("endpoint", scene.address.as_str().into()), ("allowed_account_id", "tiny1".into())];
    assert!(configure(&block, [("TEMPORAL_CLOUD_API_KEY", &key)]).await.is_ok());
}

#[tokio::test]
async fn a_configuration_known_only_after_apply_fails_no_plan() {
    let resource = configure(&[("api_key", Value::Unknown)], []).await.map_err(drop).unwrap();
    let (planned, said) = plan(&*resource, None, &config(&[]), Vec::new()).await.unwrap();
    assert_eq!(said, []);
    let state = config(&[("id", "e1".into())]);
    for warnings in [1, 0] {
        let (found, said) = read(&*resource, &state, b"kept".to_vec()).await;
        let found = found.map(|stored| stored.state);
        assert_eq!((found.as_ref(), said.len()), (Some(&state), warnings), "said once: {said:?}");
    }
    let cx = Context::default();
    let request = CreateRequest { config: config(&[]), planned, identity: None, private: Vec::new() };
    let (created, said) = answered(&cx, resource.create(&cx, request).await);
    assert!(created.is_none() && said[0].detail.contains("`api_key`"), "{said:?}");
}

#[tokio::test]
async fn a_wrong_key_is_told_without_showing_it() {
    let scene = Scene::new(CI).await;
    let resource = resource(&scene.address, "nobodys-key").await;
    let said = plan(&*resource, None, &config(&[]), Vec::new()).await.unwrap_err();
    assert_eq!((said.len(), said[0].severity), (1, Severity::Error));
    assert!(said[0].detail.contains("`TEMPORAL_CLOUD_API_KEY`"), "{said:?}");
    assert!(!format!("{said:?}").contains("nobodys-key"));
}

#[tokio::test]
async fn a_registry_that_is_down_is_named() {
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let resource = resource(&format!("http://{gone}"), "key").await;
    let said = plan(&*resource, None, &config(&[]), Vec::new()).await.unwrap_err();
    assert!(said.len() == 1 && said[0].detail.contains(&gone), "{said:?}");
}

#[tokio::test]
async fn a_registry_that_answers_nonsense_is_named() {
    let address =
        crate::scripted::serve(|_, _| serde_json::json!({ "welcome": "to the guest network" })).await;
    let resource = resource(&address, "key").await;
    let said = plan(&*resource, None, &config(&[]), Vec::new()).await.unwrap_err();
    let address = address.trim_start_matches("http://");
    assert!(said.len() == 1 && said[0].detail.contains(address), "{said:?}");
}
