//! The rules by which Terraform refuses a plan or a new state.

use crate::schema::{Attribute, Block, Nesting, Shape};
use crate::value::Value;

type Verdict = Result<(), String>;

/// What is planned for an object is its configuration, its prior value, or the provider's to say.
pub(super) fn plan_is_valid(block: &Block, prior: &Value, config: &Value, planned: &Value) -> Verdict {
    if planned.is_unknown() || planned.is_null() != config.is_null() {
        return Err(format!("a block is planned as {planned:?} where the configuration has {config:?}"));
    }
    if planned.is_null() {
        return Ok(());
    }
    attributes(&block.attributes, prior, config, planned)?;
    for it in &block.blocks {
        let one =
            |prior: &Value, config: &Value, planned: &Value| plan_is_valid(&it.block, prior, config, planned);
        let (prior, config, planned) = (prior.get(&it.name), config.get(&it.name), planned.get(&it.name));
        each(it.nesting, prior, config, planned, &one).map_err(|why| format!("{}: {why}", it.name))?;
    }
    Ok(())
}

fn attributes(attributes: &[Attribute], prior: &Value, config: &Value, planned: &Value) -> Verdict {
    attributes.iter().try_for_each(|it| {
        attribute(it, prior.get(&it.name), config.get(&it.name), planned.get(&it.name))
            .map_err(|why| format!("{}: {why}", it.name))
    })
}

fn attribute(attribute: &Attribute, prior: &Value, config: &Value, planned: &Value) -> Verdict {
    let same_meaning = planned == prior && !prior.is_null() && !config.is_null();
    if planned == config || same_meaning || (config.is_null() && attribute.is_computed()) {
        return Ok(());
    }
    match &attribute.shape {
        Shape::Nested(nested) if !planned.is_null() && !planned.is_unknown() => {
            let one = |prior: &Value, config: &Value, planned: &Value| {
                attributes(&nested.attributes, prior, config, planned)
            };
            each(nested.nesting, prior, config, planned, &one)
        }
        _ => Err(format!("{planned:?} is neither the configured {config:?} nor the prior {prior:?}")),
    }
}

/// Collections are planned with the elements that are configured, each by its place; elements of sets have none, so each
/// needs one that it can be.
fn each(
    nesting: Nesting,
    prior: &Value,
    config: &Value,
    planned: &Value,
    one: &dyn Fn(&Value, &Value, &Value) -> Verdict,
) -> Verdict {
    let different = || Err(format!("{planned:?} has not the elements of {config:?}"));
    match (nesting, config, planned) {
        (Nesting::Single, _, _) => one(prior, config, planned),
        (Nesting::List, Value::List(configs), Value::List(plans)) if configs.len() == plans.len() => {
            configs.iter().zip(plans).enumerate().try_for_each(|(index, (config, planned))| {
                one(prior.elements().get(index).unwrap_or(&Value::Null), config, planned)
            })
        }
        (Nesting::Map, Value::Map(configs), Value::Map(plans)) if configs.keys().eq(plans.keys()) => configs
            .iter()
            .zip(plans.values())
            .try_for_each(|((key, config), planned)| one(prior.get(key), config, planned)),
        (Nesting::Set, Value::Set(configs), Value::Set(plans)) => {
            let fits = |config: &Value, planned: &Value| {
                let mut priors = prior.elements().iter().chain([&Value::Null]);
                priors.any(|prior| one(prior, config, planned).is_ok())
            };
            let planned =
                plans.elements().iter().all(|it| configs.elements().iter().any(|config| fits(config, it)));
            let configured =
                configs.elements().iter().all(|it| plans.elements().iter().any(|plan| fits(it, plan)));
            if planned && configured { Ok(()) } else { different() }
        }
        _ => different(),
    }
}

/// What was known comes back equal, and what was unknown may become anything.
pub(super) fn keeps_promises(promised: &Value, kept: &Value) -> Verdict {
    let all = |mut pairs: Box<dyn Iterator<Item = (&Value, &Value)> + '_>| {
        pairs.try_for_each(|(promised, kept)| keeps_promises(promised, kept))
    };
    match (promised, kept) {
        (Value::Unknown, _) => Ok(()),
        (Value::List(one), Value::List(other)) | (Value::Tuple(one), Value::Tuple(other))
            if one.len() == other.len() =>
        {
            all(Box::new(one.iter().zip(other)))
        }
        (Value::Map(one), Value::Map(other)) | (Value::Object(one), Value::Object(other))
            if one.keys().eq(other.keys()) =>
        {
            all(Box::new(one.values().zip(other.values())))
        }
        (Value::Dynamic(one), Value::Dynamic(other)) if one.ty == other.ty => {
            keeps_promises(&one.value, &other.value)
        }
        (Value::Set(one), Value::Set(other)) => {
            let any = |promised: &Value, all: &[Value]| {
                all.iter().any(|kept| keeps_promises(promised, kept).is_ok())
            };
            let each = one.elements().iter().all(|promised| any(promised, other.elements()));
            let none_else = |kept: &Value| one.elements().iter().any(|it| keeps_promises(it, kept).is_ok());
            let kept = each && other.elements().iter().all(none_else);
            if kept { Ok(()) } else { Err(format!("{other:?} is not {one:?}")) }
        }
        _ if promised == kept => Ok(()),
        _ => Err(format!("{kept:?} is not {promised:?}")),
    }
}
