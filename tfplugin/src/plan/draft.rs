//! The planned state as far as it follows from the schema.

use std::collections::BTreeMap;

use crate::schema::{Attribute, Block, Nesting, Schema, Shape};
use crate::value::{Set, Value};

/// The planned state for the state that Terraform proposes.
///
/// If it equals the prior state it is kept, so that the plan is empty. Otherwise computed attributes that are not configured
/// become unknown, except those that keep their value over updates. Attributes that an import set and that are not configured
/// become null as soon as the object was, or will be, written.
pub(crate) fn draft(
    schema: &Schema,
    config: &Value,
    (prior, imported): (Option<&Value>, bool),
    proposed: Value,
) -> Value {
    if imported && prior == Some(&proposed) {
        return proposed;
    }
    let proposed = without_imports(&schema.block.attributes, config, proposed);
    if prior == Some(&proposed) { proposed } else { block(&schema.block, config, prior, proposed) }
}

fn without_imports(attributes: &[Attribute], config: &Value, proposed: Value) -> Value {
    let left_out = attributes.iter().filter(|it| it.imports && config.get(&it.name).is_null());
    left_out.fold(proposed, |proposed, attribute| proposed.with(&attribute.name, Value::Null))
}

/// `prior` is `None` where the object around the values did not exist before.
fn block(block: &Block, config: &Value, prior: Option<&Value>, proposed: Value) -> Value {
    let mut values = match attributes(&block.attributes, config, prior, proposed) {
        Value::Object(values) => values,
        whole => return whole,
    };
    for nested in &block.blocks {
        let inner = |config: &Value, prior: Option<&Value>, proposed| {
            self::block(&nested.block, config, prior, proposed)
        };
        replace(&mut values, &nested.name, |proposed| {
            each(nested.nesting, config.get(&nested.name), get(prior, &nested.name), proposed, &inner)
        });
    }
    Value::Object(values)
}

fn attributes(attributes: &[Attribute], config: &Value, prior: Option<&Value>, proposed: Value) -> Value {
    let Value::Object(mut values) = proposed else { return proposed };
    for attribute in attributes {
        let (config, prior) = (config.get(&attribute.name), get(prior, &attribute.name));
        replace(&mut values, &attribute.name, |proposed| self::attribute(attribute, config, prior, proposed));
    }
    Value::Object(values)
}

fn attribute(attribute: &Attribute, config: &Value, prior: Option<&Value>, proposed: Value) -> Value {
    if attribute.is_computed() && config.is_null() {
        return if attribute.keeps && prior.is_some() { proposed } else { Value::Unknown };
    }
    let Shape::Nested(nested) = &attribute.shape else { return proposed };
    let inner = |config: &Value, prior: Option<&Value>, proposed| {
        attributes(&nested.attributes, config, prior, proposed)
    };
    each(nested.nesting, config, prior, proposed, &inner)
}

/// Applies `inner` to the object or objects of a nested attribute or block.
fn each(
    nesting: Nesting,
    config: &Value,
    prior: Option<&Value>,
    proposed: Value,
    inner: &dyn Fn(&Value, Option<&Value>, Value) -> Value,
) -> Value {
    match (nesting, proposed) {
        (Nesting::Single, object @ Value::Object(_)) => inner(config, existing(prior), object),
        (Nesting::List, Value::List(objects)) => {
            let prior = prior.map_or(&[][..], Value::elements);
            let at = |(index, object)| match config.elements().get(index) {
                Some(config) => inner(config, prior.get(index), object),
                None => object,
            };
            Value::List(objects.into_iter().enumerate().map(at).collect())
        }
        (Nesting::Map, Value::Map(objects)) => {
            let at = |(key, object): (String, Value)| {
                let object = inner(config.get(&key), existing(get(prior, &key)), object);
                (key, object)
            };
            Value::Map(objects.into_iter().map(at).collect())
        }
        (Nesting::Set, Value::Set(set)) => {
            let at = |object| set_element(config, prior, object, inner);
            Value::Set(Set::new(set.into_elements().into_iter().map(at)))
        }
        (_, proposed) => proposed,
    }
}

/// Sets have no positions: an element that was there before is unchanged, and a new one belongs to the configured
/// element that it is, or, where a resource has normalised it, that it agrees with.
fn set_element(
    config: &Value,
    prior: Option<&Value>,
    object: Value,
    inner: &dyn Fn(&Value, Option<&Value>, Value) -> Value,
) -> Value {
    if prior.is_some_and(|prior| prior.elements().contains(&object)) {
        return object;
    }
    let configured = || config.elements().iter();
    let same = configured().find(|config| **config == object);
    let source = same.or_else(|| configured().find(|config| agrees(config, &object)));
    match source {
        Some(config) => inner(config, None, object),
        None => object,
    }
}

fn agrees(config: &Value, object: &Value) -> bool {
    let same = |(name, value): (&String, &Value)| value.is_null() || value == object.get(name);
    config.entries().is_some_and(|attributes| attributes.iter().all(same))
}

fn get<'a>(prior: Option<&'a Value>, name: &str) -> Option<&'a Value> {
    prior.map(|prior| prior.get(name))
}

fn existing(prior: Option<&Value>) -> Option<&Value> {
    prior.filter(|prior| !prior.is_null())
}

fn replace(values: &mut BTreeMap<String, Value>, name: &str, with: impl FnOnce(Value) -> Value) {
    if let Some(slot) = values.get_mut(name) {
        *slot = with(std::mem::take(slot));
    }
}

#[cfg(test)]
mod tests;
