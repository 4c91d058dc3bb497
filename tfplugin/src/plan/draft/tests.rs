use super::*;
use crate::schema::{Nested, NestedBlock};
use crate::value::Type;

/// A resource with every kind of attribute that planning treats differently.
fn schema() -> Schema {
    let port =
        [Attribute::required("number", Type::Number, "N."), Attribute::computed("url", Type::String, "U.")];
    Schema::new(
        0,
        "S.",
        [
            Attribute::computed("id", Type::String, "I.").keeps(),
            Attribute::required("name", Type::String, "N."),
            Attribute::computed("changed_at", Type::String, "C."),
            Attribute::optional_computed("region", Type::String, "R."),
            Attribute::optional("zone", Type::String, "Z.").imports(),
            Attribute::optional("ports", Nested::set(port.clone()), "P."),
            Attribute::optional("main", Nested::single(port.map(Attribute::keeps)), "M."),
        ],
    )
    .block(NestedBlock::list("rule", Block::new("R.", [Attribute::computed("hits", Type::Number, "H.")])))
}

fn value(attributes: &[(&str, Value)]) -> Value {
    let given = Value::object(attributes.iter().map(|(name, value)| (*name, value.clone())));
    let given = if given.get("rule").is_null() { given.with("rule", Value::List(Vec::new())) } else { given };
    schema().ty().conform(given).unwrap_or_default()
}

fn state() -> Value {
    value(&[
        ("id", "e1".into()),
        ("name", "old".into()),
        ("changed_at", "t1".into()),
        ("region", "eu".into()),
    ])
}

#[test]
fn creating_leaves_all_that_is_computed_unknown() {
    let config = value(&[("name", "new".into())]);
    let plan = draft(&schema(), &config, (None, false), config.clone());
    for name in ["id", "changed_at", "region"] {
        assert!(plan.get(name).is_unknown(), "{name}");
    }
    assert_eq!(plan.get("name"), &Value::from("new"));
    assert!(plan.get("ports").is_null());
}

#[test]
fn a_configured_value_is_never_unknown() {
    let config = value(&[("name", "new".into()), ("region", "us".into())]);
    assert_eq!(draft(&schema(), &config, (None, false), config.clone()).get("region"), &Value::from("us"));
}

#[test]
fn an_unchanged_object_has_an_empty_plan() {
    let config = value(&[("name", "old".into())]);
    assert_eq!(draft(&schema(), &config, (Some(&state()), false), state()), state());
}

#[test]
fn updating_keeps_what_keeps_and_doubts_the_rest() {
    let config = value(&[("name", "new".into())]);
    let plan = draft(&schema(), &config, (Some(&state()), false), state().with("name", "new"));
    assert_eq!(plan.get("id"), &Value::from("e1"));
    assert!(plan.get("changed_at").is_unknown());
    assert!(plan.get("region").is_unknown());
}

#[test]
fn what_an_import_brought_stays_until_the_object_is_written() {
    let config = value(&[("name", "old".into())]);
    let prior = state().with("zone", "z1");
    let plan =
        |config: &Value, imported, proposed| draft(&schema(), config, (Some(&prior), imported), proposed);
    assert_eq!(plan(&config, true, prior.clone()), prior);
    assert!(plan(&config, false, prior.clone()).get("zone").is_null());
    assert!(plan(&config, true, prior.clone().with("name", "new")).get("zone").is_null());
    let kept = config.clone().with("zone", "z1");
    assert_eq!(plan(&kept, false, prior.clone()), prior);
    assert!(draft(&schema(), &config, (None, false), config.clone()).get("zone").is_null());
}

#[test]
fn a_set_element_that_was_there_stays_and_a_new_one_is_completed_later() {
    let port = |number: i64, url: Value| Value::object([("number", number.into()), ("url", url)]);
    let config =
        value(&[("name", "old".into()), ("ports", Value::set([port(1, Value::Null), port(2, Value::Null)]))]);
    let prior = state().with("ports", Value::set([port(1, "u1".into())]));
    let proposed = prior.clone().with("ports", Value::set([port(1, "u1".into()), port(2, Value::Null)]));
    let plan = draft(&schema(), &config, (Some(&prior), false), proposed);
    assert_eq!(plan.get("ports"), &Value::set([port(1, "u1".into()), port(2, Value::Unknown)]));
}

#[test]
fn nothing_is_kept_in_an_object_that_is_new() {
    let main = Value::object([("number", 1.into()), ("url", Value::Null)]);
    let config = value(&[("name", "old".into()), ("main", main.clone())]);
    let plan = draft(&schema(), &config, (Some(&state()), false), state().with("main", main));
    assert!(plan.get("main").get("url").is_unknown());
}

#[test]
fn blocks_are_planned_by_position() {
    let rule = |hits: Value| Value::object([("hits", hits)]);
    let config = value(&[("name", "old".into()), ("rule", Value::list([rule(Value::Null)]))]);
    let plan = draft(&schema(), &config, (None, false), config.clone());
    assert_eq!(plan.get("rule"), &Value::list([rule(Value::Unknown)]));
}

#[test]
fn planning_twice_gives_the_same() {
    let config = value(&[("name", Value::Unknown)]);
    let proposed = state().with("name", Value::Unknown);
    let once = draft(&schema(), &config, (Some(&state()), false), proposed.clone());
    assert_eq!(once, draft(&schema(), &config, (Some(&state()), false), proposed));
    assert!(once.get("name").is_unknown());
}

#[test]
fn a_set_element_belongs_to_the_one_that_is_configured_so_and_not_to_one_that_leaves_more_out() {
    let tags = [Attribute::optional_computed("names", Type::map(Type::String), "N.")];
    let schema = Schema::new(0, "S.", [Attribute::required("tags", Nested::set(tags), "T.")]);
    let tag = |names: Value| Value::object([("names", names)]);
    let none = || Value::map::<&str, Value>([]);
    let config = Value::object([("tags", Value::set([tag(Value::Null), tag(none())]))]);
    let plan = draft(&schema, &config, (None, false), config.clone());
    assert_eq!(plan.get("tags"), &Value::set([tag(Value::Unknown), tag(none())]));
}
