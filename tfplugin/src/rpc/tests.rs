//! What the layer guarantees whatever a resource does.

pub(crate) mod fickle;
mod honesty;

use super::answer::raw;
use super::*;
use crate::path::Path;
use crate::value::{Type, Value, decode};
use crate::wire;
use fickle::{Acme, identity, schema, state};

fn server() -> Server {
    Server::new(Arc::new(Acme))
}

fn sent(value: Value) -> Option<wire::DynamicValue> {
    Some(raw(&schema().ty(), &value))
}

#[track_caller]
fn got(sent: Option<&wire::DynamicValue>) -> Value {
    sent.map_or_else(|| panic!("no value"), |sent| decode(&schema().ty(), &sent.msgpack))
        .unwrap_or_else(|error| panic!("{error}"))
}

fn identity_data(id: &str) -> Option<wire::IdentityData> {
    let ty = Type::object([("id", Type::String)]);
    Some(wire::IdentityData { identity_data: Some(raw(&ty, &identity(id))) })
}

fn summaries(diagnostics: &[wire::Diagnostic]) -> Vec<&str> {
    diagnostics.iter().map(|diagnostic| diagnostic.summary.as_str()).collect()
}

fn apply(prior: Value, planned: Value) -> wire::Apply {
    wire::Apply {
        type_name: "fickle".to_owned(),
        prior_state: sent(prior),
        config: sent(planned.clone()),
        planned_state: sent(planned),
        planned_private: b"old".to_vec(),
        planned_identity: identity_data("e0"),
    }
}

pub(crate) fn create(name: &str) -> wire::Apply {
    apply(Value::Null, state(Value::Unknown, name))
}

fn read(name: &str) -> wire::Read {
    wire::Read {
        type_name: "fickle".to_owned(),
        current_state: sent(state("e1", name)),
        private: b"old".to_vec(),
        current_identity: identity_data("e1"),
    }
}

#[tokio::test]
async fn reading_echoes_private_bytes_and_identity() {
    let answer = server().read_resource(read("fine")).await;
    assert_eq!(got(answer.new_state.as_ref()), state("e1", "fine"));
    assert_eq!((answer.private, answer.new_identity), (b"old".to_vec(), identity_data("e1")));
}

#[tokio::test]
async fn a_gone_object_is_null_and_not_absent() {
    let answer = server().read_resource(read("gone")).await;
    assert_eq!(got(answer.new_state.as_ref()), Value::Null);
    assert!(answer.diagnostics.is_empty());
}

#[tokio::test]
async fn a_failure_without_words_is_still_a_failure() {
    let answer = server().read_resource(read("mute")).await;
    assert_eq!(
        summaries(&answer.diagnostics),
        ["the provider has a bug: it failed without reporting an error"]
    );
}

#[tokio::test]
async fn creating_may_give_identity_and_private_bytes() {
    let answer = server().apply_change(create("fine")).await;
    assert_eq!(got(answer.new_state.as_ref()), state("e1", "fine"));
    assert_eq!((answer.private, answer.new_identity), (b"new".to_vec(), identity_data("e1")));
}

#[tokio::test]
async fn a_tainted_create_has_a_state_and_an_error() {
    let answer = server().apply_change(create("tainted")).await;
    assert_eq!(got(answer.new_state.as_ref()), state("e1", "tainted"));
    assert_eq!(summaries(&answer.diagnostics), ["half done"]);
    assert_eq!(answer.private, b"old");
}

#[tokio::test]
async fn the_state_tells_the_identity_that_is_not_given() {
    let answer = server().apply_change(create("tainted")).await;
    assert_eq!(answer.new_identity, identity_data("e1"));
}

#[tokio::test]
async fn a_refused_create_leaves_nothing() {
    let answer = server().apply_change(create("refused")).await;
    assert_eq!(got(answer.new_state.as_ref()), Value::Null);
    assert_eq!(summaries(&answer.diagnostics), ["refused"]);
}

#[tokio::test]
async fn unknowns_never_leave_apply() {
    let answer = server().apply_change(create("forgetful")).await;
    assert_eq!(got(answer.new_state.as_ref()), state(Value::Null, "forgetful"));
    assert_eq!(summaries(&answer.diagnostics), ["the provider has a bug: it left `id` unknown"]);
}

#[tokio::test]
async fn a_malformed_state_keeps_what_can_be_kept() {
    let answer = server().apply_change(create("sloppy")).await;
    assert_eq!(got(answer.new_state.as_ref()), state("e1", "sloppy"));
    assert_eq!(answer.diagnostics.len(), 2);
}

#[tokio::test]
async fn a_refused_update_or_delete_keeps_the_prior_state() {
    let prior = state("e1", "refused");
    let answer = server().apply_change(apply(prior.clone(), prior.clone().with("zone", "z"))).await;
    assert_eq!(got(answer.new_state.as_ref()), prior);
    assert_eq!((answer.private, answer.new_identity), (b"old".to_vec(), identity_data("e0")));
    let answer = server().apply_change(apply(prior.clone(), Value::Null)).await;
    assert_eq!(got(answer.new_state.as_ref()), prior);
    assert_eq!(summaries(&answer.diagnostics), ["refused"]);
}

#[tokio::test]
async fn deleting_answers_null() {
    let answer = server().apply_change(apply(state("e1", "fine"), Value::Null)).await;
    assert_eq!(got(answer.new_state.as_ref()), Value::Null);
    assert_eq!(answer.new_identity, None);
}

fn plan(prior: Value, proposed: Value) -> wire::Plan {
    wire::Plan {
        type_name: "fickle".to_owned(),
        config: sent(if proposed.is_null() { Value::Null } else { proposed.clone().with("id", Value::Null) }),
        prior_state: sent(prior),
        proposed_new_state: sent(proposed),
        prior_private: b"old".to_vec(),
        prior_identity: identity_data("e1"),
    }
}

#[tokio::test]
async fn what_is_to_be_created_has_no_identity_yet() {
    let answer = server().plan_change(plan(Value::Null, state(Value::Unknown, "fine"))).await;
    assert_eq!(answer.planned_identity, None);
}

#[tokio::test]
async fn a_plan_replaces_only_what_was_there() {
    let zoned = |id: Value| state(id, "fine").with("zone", "z");
    let answer = server().plan_change(plan(state("e1", "fine"), zoned("e1".into()))).await;
    assert_eq!(got(answer.planned_state.as_ref()), zoned("e1".into()));
    assert_eq!(answer.requires_replace, [wire::AttributePath::from(&Path::from("zone"))]);
    assert_eq!((answer.planned_private, answer.planned_identity), (b"old".to_vec(), identity_data("e1")));
    let answer = server().plan_change(plan(Value::Null, zoned(Value::Null))).await;
    assert_eq!(got(answer.planned_state.as_ref()), zoned(Value::Unknown));
    assert!(answer.requires_replace.is_empty());
}

#[tokio::test]
async fn a_planned_deletion_is_null() {
    let answer = server().plan_change(plan(state("e1", "fine"), Value::Null)).await;
    assert_eq!(got(answer.planned_state.as_ref()), Value::Null);
    assert!(answer.diagnostics.is_empty());
}

fn upgrade(version: i64, json: &str) -> wire::UpgradeState {
    let raw_state = Some(wire::RawState { json: json.as_bytes().to_vec() });
    wire::UpgradeState { type_name: "fickle".to_owned(), version, raw_state }
}

#[tokio::test]
async fn a_state_of_the_same_version_is_only_decoded() {
    let answer = server().upgrade_state(upgrade(3, r#"{"id":"e1","name":"fine","old":1}"#)).await;
    assert_eq!(got(answer.upgraded_state.as_ref()), state("e1", "fine"));
}

#[tokio::test]
async fn states_of_unknown_versions_and_broken_ones_are_errors() {
    let answer = server().upgrade_state(upgrade(2, "{}")).await;
    assert_eq!(summaries(&answer.diagnostics), ["`fickle` does not support state of schema version 2"]);
    for json in ["", "{", r#"{"id":[]}"#, "[]"] {
        let answer = server().upgrade_state(upgrade(3, json)).await;
        assert_eq!((answer.diagnostics.len(), answer.upgraded_state), (1, None), "{json}");
    }
    let answer = server().upgrade_identity(&upgrade(0, r#"{"id":"e1"}"#));
    assert_eq!(answer.upgraded_identity, identity_data("e1"));
    assert_eq!(server().upgrade_identity(&upgrade(1, "{}")).diagnostics.len(), 1);
}

#[tokio::test]
async fn imports_by_id_or_identity() {
    let import =
        |id: &str, identity| wire::Import { type_name: "fickle".to_owned(), id: id.to_owned(), identity };
    let answer = server().import_resource(import("e7", None)).await;
    let [imported] = answer.imported_resources.as_slice() else { panic!("one object") };
    assert_eq!(got(imported.state.as_ref()).get("id"), &Value::from("e7"));
    let answer = server().import_resource(import("", identity_data("e8"))).await;
    let [imported] = answer.imported_resources.as_slice() else { panic!("one object") };
    assert_eq!(got(imported.state.as_ref()), state("e8", "by identity"));
    assert_eq!(imported.identity, identity_data("e8"));
    let null = Value::object([("id", Value::Null)]);
    let null = raw(&Type::object([("id", Type::String)]), &null);
    for empty in [identity_data(""), Some(wire::IdentityData { identity_data: Some(null) })] {
        let answer = server().import_resource(import("", empty)).await;
        assert_eq!(summaries(&answer.diagnostics), ["missing identity attribute `id`"]);
    }
}

#[tokio::test]
async fn what_cannot_be_moved_is_told_the_way_there() {
    let request = wire::Move {
        source_type_name: "other".to_owned(),
        source_state: Some(wire::RawState { json: b"{}".to_vec() }),
        target_type_name: "fickle".to_owned(),
        ..Default::default()
    };
    let answer = server().move_resource(request).await;
    assert_eq!(summaries(&answer.diagnostics), ["cannot move `other` to `fickle`"]);
    let detail = answer.diagnostics.first().map(|it| it.detail.as_str()).unwrap_or_default();
    for block in ["removed { from = other.NAME", "destroy = false", "import { to = fickle.NAME"] {
        assert!(detail.contains(block), "{block}: {detail}");
    }
}

#[tokio::test]
async fn lists_up_to_the_limit() {
    let request =
        wire::List { type_name: "fickle".to_owned(), config: None, include_resource_object: false, limit: 2 };
    let events = server().list_resource(request).await;
    let names: Vec<_> = events.iter().map(|event| event.display_name.as_str()).collect();
    assert_eq!(names, ["e1", "e2", ""]);
    assert!(events.iter().all(|event| event.resource_object.is_none()));
    assert_eq!(events.last().map(|event| event.diagnostic.len()), Some(1));
}

#[tokio::test]
async fn a_generated_configuration_sets_nothing_that_is_computed() {
    let generate = |state| {
        let request = wire::GenerateConfig { type_name: "fickle".to_owned(), state };
        got(server().generate_config(&request).config.as_ref())
    };
    assert_eq!(generate(sent(state("e1", "fine"))), state(Value::Null, "fine"));
    assert_eq!(generate(sent(Value::Null)).get("name"), &Value::Null);
    assert!(server().metadata().server_capabilities.is_some_and(|it| it.generate_resource_config));
}

#[tokio::test]
async fn names_what_it_does_not_know() {
    let request = wire::TypedConfig { type_name: "other".to_owned(), config: None };
    let answer = server().validate_resource(request.clone()).await;
    assert_eq!(summaries(&answer.diagnostics), ["unknown resource `other`"]);
    let answer = server().read_data_source(request).await;
    assert_eq!(summaries(&answer.diagnostics), ["unknown data source `other`"]);
}

#[tokio::test]
async fn stopping_cancels_what_is_in_flight_until_configured_again() {
    let server = server();
    let (answer, _) = tokio::join!(server.apply_change(create("waits")), async { server.stop_provider() });
    assert_eq!(got(answer.new_state.as_ref()), state("e1", "waits"));
    assert!(server.context().cancellation().is_cancelled());
    server.configure(wire::ConfigureProvider::default()).await;
    assert!(!server.context().cancellation().is_cancelled());
}

#[tokio::test]
async fn being_terminated_stops_what_is_in_flight_and_waits_for_its_answer() {
    let server = server();
    let call = server.call();
    let mut ending = std::pin::pin!(server.terminate(std::future::pending()));
    tokio::select! {
        biased;
        () = &mut ending => panic!("it did not wait"),
        () = std::future::ready(()) => {}
    }
    assert!(server.context().cancellation().is_cancelled() && !server.shutdown().is_cancelled());
    drop(call);
    ending.await;
    assert!(server.shutdown().is_cancelled());
}

#[tokio::test]
async fn being_terminated_again_waits_for_nothing() {
    let server = server();
    let _call = server.call();
    server.terminate(std::future::ready(())).await;
    assert!(server.shutdown().is_cancelled());
}

#[test]
fn describes_resources_without_being_asked_for_schemas_first() {
    let metadata = server().metadata();
    assert_eq!(metadata.resources, [wire::Named { name: "fickle".to_owned() }]);
    let described = server().provider_schema();
    let block = described.resource_schemas.get("fickle").and_then(|schema| schema.block.clone());
    let flags: Vec<_> = block
        .unwrap_or_default()
        .attributes
        .into_iter()
        .map(|it| {
            (it.name, it.required, it.optional, it.computed, String::from_utf8(it.ty).unwrap_or_default())
        })
        .collect();
    let string = || "\"string\"".to_owned();
    assert_eq!(
        flags,
        [
            ("id".to_owned(), false, false, true, string()),
            ("name".to_owned(), true, false, false, string()),
            ("zone".to_owned(), false, true, false, string()),
        ]
    );
    assert!(described.provider.is_some());
    let identities = server().identity_schemas();
    assert!(identities.identity_schemas.contains_key("fickle"));
}

#[test]
fn its_own_schemas_are_sound() {
    assert_eq!(crate::provider::problems(&Acme), Vec::<String>::new());
}
