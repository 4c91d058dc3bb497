//! Importing by id, by name and by identity.

use tfplugin::Severity;

use crate::scene::{CI, Scene, config};

#[tokio::test]
async fn by_id_and_by_name_everything_is_filled() {
    let scene = Scene::new(CI).await;
    let state = scene.create(&config(&[])).await;
    let id = state.get("id").as_str().unwrap();
    for key in [id, "pay", " pay "] {
        assert_eq!(scene.import(key).await, (Some(state.clone()), vec![]), "{key}");
    }
}

#[tokio::test]
async fn what_is_nowhere_is_told() {
    let scene = Scene::new(CI).await;
    for key in ["nowhere", "0123456789abcdef0123456789abcdef", "not a name", "..", ""] {
        let (state, said) = scene.import(key).await;
        assert!(state.is_none() && said.len() == 1 && said[0].summary.contains(key), "{said:?}");
    }
}

#[tokio::test]
async fn an_id_that_is_also_a_name_is_an_id() {
    // Ids are random: one that starts with a letter is a name, too.
    let mut scene = Scene::new(CI).await;
    let (id, by_id) = loop {
        let state = scene.create(&config(&[])).await;
        let id = state.get("id").as_str().unwrap().to_owned();
        if id.starts_with(|first: char| first.is_ascii_alphabetic()) {
            break (id, state);
        }
        scene.remove("pay").await;
        scene.again(CI).await;
    };
    scene.register(&id).await;
    let (state, said) = scene.import(&id).await;
    assert_eq!((state, said.len(), said[0].severity), (Some(by_id), 1, Severity::Warning));
}

#[tokio::test]
async fn an_identity_is_an_id_and_never_a_name() {
    let scene = Scene::new(CI).await;
    let state = scene.create(&config(&[])).await;
    let id = state.get("id").as_str().unwrap();
    assert_eq!(scene.identify(id).await, (Some(state.clone()), vec![]));
    for wrong in ["pay", "0123456789abcdef0123456789abcdef", "..", ""] {
        let (state, said) = scene.identify(wrong).await;
        assert!(state.is_none() && said.len() == 1 && said[0].summary.contains(wrong), "{said:?}");
    }
}
