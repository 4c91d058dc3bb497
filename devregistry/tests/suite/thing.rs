//! Something that the registry holds, at its path, and what is done to it there.

use crate::world::{OWNER, World};
use serde_json::{Value, json};

pub struct Thing<'a> {
    world: &'a World,
    pub path: String,
    /// The field of the answer that shows it.
    field: &'static str,
}

impl<'a> Thing<'a> {
    /// What is there under `list` with this id.
    pub fn at(world: &'a World, list: &str, id: &str, field: &'static str) -> Self {
        Self { world, path: format!("{list}/{id}"), field }
    }

    /// Creates one from its specification, as the Owner.
    pub async fn create(world: &'a World, list: &str, field: &'static str, spec: Value) -> Self {
        let (status, created) = world.post(OWNER, list, json!({ "spec": spec })).await;
        assert_eq!(status, 200, "{created}");
        assert_eq!(created["asyncOperation"]["state"], "STATE_FULFILLED");
        let id =
            ["namespace", "userId", "serviceAccountId", "groupId", "keyId", "roleId", "connectivityRuleId"];
        let id = id.iter().find_map(|name| created.get(name)).unwrap().as_str().unwrap();
        Self::at(world, list, id, field)
    }

    pub fn id(&self) -> &str {
        self.path.rsplit('/').next().unwrap()
    }

    pub async fn read(&self) -> Value {
        let (status, read) = self.world.get(OWNER, &self.path).await;
        assert_eq!(status, 200, "{read}");
        read[self.field].clone()
    }

    pub async fn is_gone(&self) -> bool {
        self.world.get(OWNER, &self.path).await.0 == 404
    }

    /// Replaces its specification, on its current version.
    pub async fn update(&self, who: &str, spec: Value) -> (u16, Value) {
        self.post(who, "", json!({ "spec": spec })).await
    }

    /// Posts to its path, or one under it, with its current version.
    pub async fn post(&self, who: &str, under: &str, mut body: Value) -> (u16, Value) {
        body["resourceVersion"] = self.read().await["resourceVersion"].clone();
        self.world.post(who, &format!("{}{under}", self.path), body).await
    }

    pub async fn delete(&self, who: &str) -> (u16, Value) {
        self.delete_under(who, "").await
    }

    pub async fn delete_under(&self, who: &str, under: &str) -> (u16, Value) {
        let version = self.read().await["resourceVersion"].as_str().unwrap().to_owned();
        self.world.delete(who, &format!("{}{under}?resourceVersion={version}", self.path)).await
    }
}

/// Asserts that a call was refused: HTTP status, gRPC code, and words of the message.
#[track_caller]
pub fn refused(answer: &(u16, Value), status: u16, code: i32, words: &str) {
    let (got, body) = answer;
    assert_eq!((*got, &body["code"]), (status, &json!(code)), "{body}");
    assert!(body["message"].as_str().unwrap().contains(words), "{body}");
}

#[track_caller]
pub fn accepted(answer: &(u16, Value)) {
    assert_eq!(answer.0, 200, "{}", answer.1);
}
