use super::*;
use crate::endpoint::RegisteredTarget;
use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::*;

fn id(number: u8) -> NamespaceId {
    format!("caller-{number}.a2dd6").parse().unwrap()
}

fn ids(numbers: &BTreeSet<u8>) -> BTreeSet<NamespaceId> {
    numbers.iter().map(|number| id(*number)).collect()
}

/// Any JSON, small.
fn anything() -> impl Strategy<Value = Value> {
    let leaf =
        prop_oneof![Just(Value::Null), any::<bool>().prop_map(Value::from), ".{0,4}".prop_map(Value::from)];
    leaf.prop_recursive(2, 8, 3, |inner| {
        let list = vec(inner.clone(), 0..3).prop_map(Value::from);
        let map = btree_map("[a-z]{1,3}", inner, 0..3);
        prop_oneof![list, map.prop_map(|map| Value::Object(map.into_iter().collect()))]
    })
}

/// Fields of a newer API.
fn unknown_fields() -> impl Strategy<Value = Map<String, Value>> {
    btree_map("x[a-z]{1,3}", anything(), 0..3).prop_map(|map| map.into_iter().collect())
}

fn with(mut fields: Map<String, Value>, name: &str, value: Option<Value>) -> Value {
    fields.extend(value.map(|value| (name.to_owned(), value)));
    Value::Object(fields)
}

fn policy() -> impl Strategy<Value = Value> {
    let caller = (0_u8..6, unknown_fields(), unknown_fields()).prop_map(|(number, inner, outer)| {
        let inner = with(inner, "namespaceId", Some(json!(id(number).to_string())));
        with(outer, "allowedCloudNamespacePolicySpec", Some(inner))
    });
    prop_oneof![3 => caller, 1 => unknown_fields().prop_map(Value::Object)]
}

fn target() -> impl Strategy<Value = Value> {
    let worker = (0_u8..3, unknown_fields(), unknown_fields()).prop_map(|(number, mut inner, outer)| {
        inner.insert("namespaceId".to_owned(), json!(id(number).to_string()));
        inner.insert("taskQueue".to_owned(), json!("queue"));
        with(outer, "workerTargetSpec", Some(Value::Object(inner)))
    });
    prop_oneof![3 => worker, 1 => unknown_fields().prop_map(Value::Object)]
}

prop_compose! {
    fn registered()(
        spec in unknown_fields(), top in unknown_fields(), policies in option::of(vec(policy(), 0..6)), target in option::of(target()),
        text in option::of("[ab]{0,1}"), name in "a[ab]",
    ) -> RegisteredEndpoint {
        let spec = with(spec, "policySpecs", policies.map(Value::from));
        let spec = with(spec.as_object().cloned().unwrap(), "targetSpec", target);
        let text = text.map(|text| description::payload(&text, None));
        let spec = with(spec.as_object().cloned().unwrap(), "description", text);
        let spec = with(spec.as_object().cloned().unwrap(), "name", Some(json!(name)));
        let top = with(top, "id", Some(json!("e1")));
        RegisteredEndpoint::from_json(with(top.as_object().cloned().unwrap(), "spec", Some(spec))).unwrap()
    }
}

prop_compose! {
    fn change()(
        name in option::of("a[ab]"), target in option::of(0_u8..3), text in option::of(option::of("[ab]{0,1}")),
        callers in option::of((0..3, btree_set(0_u8..6, 0..4))),
    ) -> EndpointChange {
        let worker = |number| Target::Worker { namespace: id(number), task_queue: "queue".parse().unwrap() };
        EndpointChange {
            name: name.map(|name| name.parse().unwrap()),
            target: target.map(worker),
            description: text.map(|text| text.map_or(DescriptionChange::Remove, DescriptionChange::Set)),
            callers: callers.map(|(kind, numbers)| match kind {
                0 => CallersChange::Replace(ids(&numbers)),
                1 => CallersChange::add(ids(&numbers)),
                _ => CallersChange::remove(ids(&numbers)),
            }),
        }
    }
}

/// All but the fields that `change` names.
fn rest(endpoint: &RegisteredEndpoint, change: &EndpointChange) -> Value {
    let mut json = endpoint.json().clone();
    let spec = json.get_mut("spec").and_then(Value::as_object_mut).unwrap();
    let named = [
        ("name", change.name.is_some()),
        ("targetSpec", change.target.is_some()),
        ("description", change.description.is_some()),
        ("policySpecs", change.callers.is_some()),
    ];
    named.iter().filter(|(_, named)| *named).for_each(|(field, _)| drop(spec.remove(*field)));
    json
}

/// The policies that a change of callers must leave alone: those of unknown kinds, and of callers that stay.
fn lasting<'a>(endpoint: &'a RegisteredEndpoint, both: &BTreeSet<String>) -> Vec<&'a Value> {
    let policies = endpoint.spec().get("policySpecs").and_then(Value::as_array);
    let lasts = |policy: &&Value| caller(policy).is_none_or(|namespace| both.contains(namespace));
    policies.into_iter().flatten().filter(lasts).collect()
}

/// The fields of a target that a change does not set.
fn strange_of(endpoint: &RegisteredEndpoint) -> Value {
    let mut target = endpoint.spec().get("targetSpec").cloned().unwrap_or_default();
    if let Some(worker) = target.get_mut("workerTargetSpec").and_then(Value::as_object_mut) {
        worker.remove("namespaceId");
        worker.remove("taskQueue");
    }
    target
}

proptest! {
    #[test]
    fn only_our_fields_differ(read in registered(), change in change()) {
        let changed = change.applied_to(&read);
        prop_assert_eq!(rest(&changed, &change), rest(&read, &change));
        let both = &read.callers() & &changed.callers();
        prop_assert_eq!(lasting(&changed, &both), lasting(&read, &both));
        if matches!(read.target(), RegisteredTarget::Worker { .. }) {
            prop_assert_eq!(strange_of(&changed), strange_of(&read));
        }
    }

    #[test]
    fn a_change_is_visible_and_repeating_it_changes_nothing(read in registered(), change in change()) {
        let changed = change.applied_to(&read);
        prop_assert_eq!(&change.applied_to(&changed), &changed);
        if let Some(name) = &change.name {
            prop_assert_eq!(changed.name(), name.as_str());
        }
        if let Some(target) = &change.target {
            prop_assert!(changed.target().is(target));
        }
        match &change.description {
            Some(DescriptionChange::Set(text)) => prop_assert_eq!(changed.description(), Description::Text(text.clone())),
            Some(DescriptionChange::Remove) => prop_assert_eq!(changed.description(), Description::Absent),
            None => prop_assert_eq!(changed.description(), read.description()),
        }
        if let Some(CallersChange::Replace(all)) = &change.callers {
            let all: BTreeSet<String> = all.iter().map(NamespaceId::to_string).collect();
            prop_assert_eq!(changed.callers(), all);
        }
    }

    #[test]
    fn what_is_as_wished_stays_untouched(read in registered()) {
        let text = read.description().text().map(|text| DescriptionChange::Set(text.to_owned()));
        let change = EndpointChange {
            name: read.name().parse().ok(),
            target: None,
            description: text,
            callers: Some(CallersChange::Replace(read.callers().iter().map(|id| id.parse().unwrap()).collect())),
        };
        prop_assert_eq!(change.applied_to(&read), read.clone());
        prop_assert_eq!(EndpointChange::default().applied_to(&read), read);
    }
}

#[test]
fn a_foreign_description_stays_unless_it_is_replaced() {
    let foreign = json!({ "metadata": { "encoding": "YmluYXJ5L3g=" }, "data": "AAAA" });
    let json = json!({ "id": "e1", "spec": { "name": "pay", "description": foreign } });
    let read = RegisteredEndpoint::from_json(json).unwrap();
    let renamed = EndpointChange { name: "pay2".parse().ok(), ..EndpointChange::default() }.applied_to(&read);
    assert_eq!(renamed.spec().get("description"), Some(&foreign));
    let set = DescriptionChange::Set("text".to_owned());
    let set = EndpointChange { description: Some(set), ..EndpointChange::default() }.applied_to(&read);
    assert_eq!(set.description(), Description::Text("text".to_owned()));
}

#[test]
fn a_deprecated_description_gives_way_to_a_new_one() {
    let json = json!({ "id": "e1", "spec": { "descriptionDeprecated": "old" } });
    let read = RegisteredEndpoint::from_json(json).unwrap();
    let remove = EndpointChange { description: Some(DescriptionChange::Remove), ..EndpointChange::default() };
    assert_eq!(*remove.applied_to(&read).spec(), json!({}));
}

#[test]
fn a_new_endpoint_tells_unset_and_empty_descriptions_apart() {
    let new = |description: Option<&str>| NewEndpoint {
        name: "pay".parse().unwrap(),
        target: Target::Worker { namespace: id(1), task_queue: "queue".parse().unwrap() },
        description: description.map(str::to_owned),
        callers: ids(&BTreeSet::from([3, 2])),
    };
    let expected = json!({
        "name": "pay",
        "targetSpec": { "workerTargetSpec": { "namespaceId": "caller-1.a2dd6", "taskQueue": "queue" } },
        "policySpecs": [
            { "allowedCloudNamespacePolicySpec": { "namespaceId": "caller-2.a2dd6" } },
            { "allowedCloudNamespacePolicySpec": { "namespaceId": "caller-3.a2dd6" } },
        ],
    });
    assert_eq!(new(None).spec(), expected);
    assert_eq!(Description::read(&new(Some("")).spec()), Description::Text(String::new()));
}
