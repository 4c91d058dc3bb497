//! What Terraform proposes as the new state: the configuration, and for what it leaves to the provider the prior state.

use crate::schema::{Attribute, Block, Mode, Nested, Nesting, Shape};
use crate::value::Value;

/// The proposal for an object; `prior` is null for a new one.
pub(super) fn proposed(block: &Block, prior: &Value, config: &Value) -> Value {
    let Value::Object(_) = config else { return config.clone() };
    let attributes = attributes(&block.attributes, prior, config);
    let blocks = block.blocks.iter().map(|it| {
        let one = |prior: &Value, config: &Value| proposed(&it.block, prior, config);
        let fits = |prior: &Value, config: &Value| block_fits(&it.block, prior, config);
        (it.name.clone(), each(it.nesting, prior.get(&it.name), config.get(&it.name), &one, &fits))
    });
    Value::object(attributes.into_iter().chain(blocks))
}

fn attributes(attributes: &[Attribute], prior: &Value, config: &Value) -> Vec<(String, Value)> {
    let one = |it: &Attribute| (it.name.clone(), attribute(it, prior.get(&it.name), config.get(&it.name)));
    attributes.iter().map(one).collect()
}

fn attribute(attribute: &Attribute, prior: &Value, config: &Value) -> Value {
    match &attribute.shape {
        _ if config.is_null() && attribute.is_computed() => {
            // A value that only a configuration can have given was given up.
            if attribute.mode == Mode::OptionalComputed && was_configured(&attribute.shape, prior) {
                Value::Null
            } else {
                prior.clone()
            }
        }
        Shape::Nested(nested) => {
            let one = |prior: &Value, config: &Value| match config {
                Value::Object(_) => Value::object(attributes(&nested.attributes, prior, config)),
                other => other.clone(),
            };
            let fits = |prior: &Value, config: &Value| attributes_fit(&nested.attributes, prior, config);
            each(nested.nesting, prior, config, &one, &fits)
        }
        Shape::Plain(_) => config.clone(),
    }
}

/// Proposes for each object of a collection, with the prior one of its place; in a set that is one that fits.
fn each(
    nesting: Nesting,
    prior: &Value,
    config: &Value,
    one: &dyn Fn(&Value, &Value) -> Value,
    fits: &dyn Fn(&Value, &Value) -> bool,
) -> Value {
    match (nesting, config) {
        (Nesting::Single, config) => one(prior, config),
        (Nesting::List, Value::List(objects)) => {
            let at = |index: usize| prior.elements().get(index).unwrap_or(&Value::Null);
            Value::List(objects.iter().enumerate().map(|(index, object)| one(at(index), object)).collect())
        }
        (Nesting::Map, Value::Map(objects)) => Value::Map(
            objects.iter().map(|(key, object)| (key.clone(), one(prior.get(key), object))).collect(),
        ),
        (Nesting::Set, Value::Set(objects)) => {
            let mut left: Vec<&Value> = prior.elements().iter().collect();
            let mut proposed = Vec::new();
            for object in objects.elements() {
                let place = left.iter().position(|prior| fits(prior, object));
                let prior = place.map_or(&Value::Null, |place| left.remove(place));
                proposed.push(one(prior, object));
            }
            Value::set::<Value>(proposed)
        }
        (_, other) => other.clone(),
    }
}

fn block_fits(block: &Block, prior: &Value, config: &Value) -> bool {
    let inside = |it: &crate::schema::NestedBlock| {
        let fits = |prior: &Value, config: &Value| block_fits(&it.block, prior, config);
        nested_fits(it.nesting, prior.get(&it.name), config.get(&it.name), &fits)
    };
    attributes_fit(&block.attributes, prior, config) && block.blocks.iter().all(inside)
}

/// Whether a prior object can be what became of a configured one.
fn attributes_fit(attributes: &[Attribute], prior: &Value, config: &Value) -> bool {
    if prior == config {
        return true;
    }
    attributes.iter().all(|it| {
        let (prior, config) = (prior.get(&it.name), config.get(&it.name));
        let left_out = config.is_null() && it.is_computed();
        left_out
            || prior == config
            || match &it.shape {
                Shape::Plain(_) => false,
                // Nested sets are taken for what became of those that are configured.
                Shape::Nested(Nested { nesting: Nesting::Set, .. }) => true,
                Shape::Nested(Nested { nesting, attributes }) => {
                    let fits = |prior: &Value, config: &Value| attributes_fit(attributes, prior, config);
                    nested_fits(*nesting, prior, config, &fits)
                }
            }
    })
}

fn nested_fits(
    nesting: Nesting,
    prior: &Value,
    config: &Value,
    fits: &dyn Fn(&Value, &Value) -> bool,
) -> bool {
    match (nesting, prior, config) {
        _ if prior == config => true,
        (Nesting::Single, Value::Object(_), Value::Object(_)) => fits(prior, config),
        (Nesting::List, Value::List(one), Value::List(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(prior, config)| fits(prior, config))
        }
        (Nesting::Map, Value::Map(one), Value::Map(other)) => {
            one.keys().eq(other.keys())
                && one.values().zip(other.values()).all(|(one, other)| fits(one, other))
        }
        // Elements of blocks in sets have no place to be compared at.
        _ => false,
    }
}

fn was_configured(shape: &Shape, prior: &Value) -> bool {
    let Shape::Nested(nested) = shape else { return false };
    let objects: Vec<&Value> = match (nested.nesting, prior) {
        (Nesting::Single, object) => vec![object],
        (_, Value::Map(objects)) => objects.values().collect(),
        (_, other) => other.elements().iter().collect(),
    };
    objects.into_iter().any(|object| {
        nested.attributes.iter().any(|it| {
            let value = object.get(&it.name);
            !value.is_null() && (!it.is_computed() || was_configured(&it.shape, value))
        })
    })
}
