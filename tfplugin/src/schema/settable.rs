//! The part of a state that a configuration can set.

use super::{Attribute, Block, Mode, Nested, NestedBlock, Nesting, Schema, Shape};
use crate::value::Value;

/// A state as a configuration; without a state, one that sets nothing.
pub(crate) fn settable(schema: &Schema, state: Value) -> Value {
    let state = if state.is_null() { Value::object::<&str>([]) } else { state };
    block(&schema.block, state)
}

fn block(block: &Block, value: Value) -> Value {
    let value = attributes(&block.attributes, value);
    block.blocks.iter().fold(value, |value, NestedBlock { name, nesting, block: inner }| {
        let content = value.get(name).clone();
        value.with(name, objects(*nesting, content, &|object| self::block(inner, object)))
    })
}

fn attributes(all: &[Attribute], value: Value) -> Value {
    all.iter().fold(value, |value, attribute| {
        let content = match (&attribute.shape, attribute.mode) {
            (_, Mode::Computed) => Value::Null,
            (Shape::Plain(_), _) => return value,
            (Shape::Nested(Nested { nesting, attributes: inner }), _) => {
                let content = value.get(&attribute.name).clone();
                objects(*nesting, content, &|object| attributes(inner, object))
            }
        };
        value.with(&attribute.name, content)
    })
}

/// Maps each object; null stays null.
fn objects(nesting: Nesting, value: Value, each: &dyn Fn(Value) -> Value) -> Value {
    match (nesting, value) {
        (Nesting::Single, object @ Value::Object(_)) => each(object),
        (_, Value::List(elements)) => Value::List(elements.into_iter().map(each).collect()),
        (_, Value::Set(set)) => Value::set(set.elements().iter().cloned().map(each)),
        (_, Value::Map(entries)) => {
            Value::Map(entries.into_iter().map(|(key, value)| (key, each(value))).collect())
        }
        (_, other) => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Type;

    fn schema() -> Schema {
        let text = |name| Attribute::optional(name, Type::String, "T.");
        let inner = || [text("zone"), Attribute::computed("host", Type::String, "H.")];
        let computed = Attribute::computed("id", Type::String, "I.");
        Schema::new(
            0,
            "S.",
            [
                computed,
                text("name"),
                Attribute::optional_computed("size", Type::Number, "S."),
                Attribute::optional("one", Nested::single(inner()), "O."),
                Attribute::optional("some", Nested::map(inner()), "S."),
            ],
        )
        .block(NestedBlock::list("disk", Block::new("D.", inner())))
    }

    fn object(host: Value) -> Value {
        Value::object([("zone", "z".into()), ("host", host)])
    }

    fn state(id: Value, host: &Value) -> Value {
        Value::object([
            ("id", id),
            ("name", "n".into()),
            ("size", 3.into()),
            ("one", object(host.clone())),
            ("some", Value::map([("k", object(host.clone()))])),
            ("disk", Value::list([object(host.clone())])),
        ])
    }

    #[test]
    fn what_only_the_provider_sets_is_left_out_at_any_depth() {
        let settable = settable(&schema(), state("i".into(), &"h".into()));
        assert_eq!(settable, state(Value::Null, &Value::Null));
    }

    #[test]
    fn an_object_without_a_state_sets_nothing() {
        let settable = settable(&schema(), Value::Null);
        assert!(settable.entries().is_some_and(|attributes| attributes.values().all(Value::is_null)));
    }
}
