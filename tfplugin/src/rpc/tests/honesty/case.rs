//! Random schemas with a prior state and a configuration of each.

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

use crate::schema::{Attribute, Block, Mode, Nested, NestedBlock, Nesting, Schema, Shape};
use crate::value::tests::{types, values};
use crate::value::{Dynamic, Type, Value};

/// One case.
#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) schema: Schema,
    /// Null for a creation.
    pub(super) prior: Value,
    pub(super) config: Value,
}

/// Cases of every kind. Half of the updates start from a state that the configuration's own values are in.
pub(super) fn cases() -> impl Strategy<Value = Case> {
    blocks(2, false).prop_flat_map(|block| {
        let schema = Schema { version: 0, block };
        let state = objects(&schema.block, Side::State);
        let config = objects(&schema.block, Side::Config);
        (Just(schema), prop::option::weighted(0.7, state), config, any::<bool>()).prop_map(build)
    })
}

fn build((schema, state, config, alike): (Schema, Option<Value>, Value, bool)) -> Case {
    let ty = schema.ty();
    let prior = match state {
        Some(state) if alike => known(&ty, merged(&config, &state)),
        Some(state) => known(&ty, state),
        None => Value::Null,
    };
    Case { schema, prior, config }
}

/// The configuration's values, and where it has none those of the state.
fn merged(config: &Value, state: &Value) -> Value {
    match (config, state) {
        (Value::Object(config), Value::Object(state)) => {
            let other = |name: &String| state.get(name).unwrap_or(&Value::Null);
            Value::object(config.iter().map(|(name, value)| (name.clone(), merged(value, other(name)))))
        }
        (Value::Null, state) => state.clone(),
        (config, _) => config.clone(),
    }
}

/// The same without unknowns, as when everything else is applied.
pub(super) fn known(ty: &Type, value: Value) -> Value {
    match (ty, value) {
        (ty, Value::Unknown) => fallback(ty),
        (Type::List(element), Value::List(values)) => {
            Value::List(values.into_iter().map(|value| known(element, value)).collect())
        }
        (Type::Set(element), Value::Set(set)) => {
            Value::set::<Value>(set.into_elements().into_iter().map(|value| known(element, value)))
        }
        (Type::Tuple(types), Value::Tuple(values)) => {
            Value::Tuple(types.iter().zip(values).map(|(ty, value)| known(ty, value)).collect())
        }
        (Type::Map(element), Value::Map(values)) => {
            Value::Map(values.into_iter().map(|(key, value)| (key, known(element, value))).collect())
        }
        (Type::Object(types), Value::Object(values)) => {
            let attribute = |(name, value): (String, Value)| {
                let value = types.get(&name).map_or(Value::Null, |ty| known(ty, value));
                (name, value)
            };
            Value::Object(values.into_iter().map(attribute).collect())
        }
        (Type::Dynamic, Value::Dynamic(dynamic)) => {
            let Dynamic { ty, value } = *dynamic;
            let value = known(&ty, value);
            Value::Dynamic(Box::new(Dynamic { ty, value }))
        }
        (_, value) => value,
    }
}

/// Whether there are sets of objects in a block.
pub(super) fn has_sets(block: &Block) -> bool {
    let in_block = |it: &NestedBlock| it.nesting == Nesting::Set || has_sets(&it.block);
    block.attributes.iter().any(is_set) || block.blocks.iter().any(in_block)
}

fn is_set(attribute: &Attribute) -> bool {
    let Shape::Nested(nested) = &attribute.shape else { return false };
    nested.nesting == Nesting::Set || nested.attributes.iter().any(is_set)
}

/// What an unknown value turns out to be.
fn fallback(ty: &Type) -> Value {
    match ty {
        Type::Bool => true.into(),
        Type::Number => Value::Number("9007199254740993.25".parse().unwrap()),
        Type::String => "known at last".into(),
        Type::List(_) => Value::List(Vec::new()),
        Type::Set(_) => Value::set::<Value>([]),
        Type::Map(_) => Value::Map(std::collections::BTreeMap::new()),
        Type::Dynamic | Type::Tuple(_) | Type::Object(_) => Value::Null,
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    State,
    Config,
}

fn blocks(depth: u32, in_set: bool) -> BoxedStrategy<Block> {
    let nested = if depth == 0 {
        Just(Vec::new()).boxed()
    } else {
        vec(nested_blocks(depth - 1, in_set), 0..3).boxed()
    };
    let built = |(attributes, blocks): (Vec<Attribute>, Vec<NestedBlock>)| {
        let name =
            |(index, block): (usize, NestedBlock)| NestedBlock { name: format!("block{index}"), ..block };
        Block {
            description: "B.".to_owned(),
            attributes,
            blocks: blocks.into_iter().enumerate().map(name).collect(),
        }
    };
    (attributes(depth, None), nested).prop_map(built).boxed()
}

/// Sets of blocks in sets of blocks are left out: Terraform itself finds no prior value for what is computed in them.
fn nested_blocks(depth: u32, in_set: bool) -> BoxedStrategy<NestedBlock> {
    let fits = move |nesting: &Nesting| !in_set || *nesting != Nesting::Set;
    let block = move |nesting| {
        let block = blocks(depth, in_set || nesting == Nesting::Set);
        block.prop_map(move |block| NestedBlock { name: String::new(), nesting, block })
    };
    nestings().prop_filter("no set in a set", fits).prop_flat_map(block).boxed()
}

fn nestings() -> impl Strategy<Value = Nesting> {
    prop_oneof![Just(Nesting::Single), Just(Nesting::List), Just(Nesting::Set), Just(Nesting::Map)]
}

/// Attributes that are all of one mode where one is given: what is inside of a computed one is computed, too.
fn attributes(depth: u32, mode: Option<Mode>) -> BoxedStrategy<Vec<Attribute>> {
    let modes = match mode {
        Some(mode) => Just(mode).boxed(),
        None => {
            let all = [Mode::Required, Mode::Optional, Mode::Computed, Mode::OptionalComputed];
            prop::sample::select(all.to_vec()).boxed()
        }
    };
    let attribute = modes.prop_flat_map(move |mode| {
        let inner = if mode == Mode::Computed { Some(mode) } else { None };
        let plain = types().prop_map(Shape::Plain).boxed();
        let shape = if depth == 0 {
            plain
        } else {
            let nested = (nestings(), attributes(depth - 1, inner));
            let nested =
                nested.prop_map(|(nesting, attributes)| Shape::Nested(Nested { nesting, attributes }));
            prop_oneof![2 => plain, 1 => nested].boxed()
        };
        (Just(mode), shape, any::<bool>(), any::<bool>())
    });
    let named = |(index, (mode, shape, keeps, replaces)): (usize, (Mode, Shape, bool, bool))| Attribute {
        mode,
        keeps: keeps && matches!(mode, Mode::Computed | Mode::OptionalComputed),
        replaces,
        ..Attribute::optional(format!("attribute{index}"), shape, "A.")
    };
    let all = move |all: Vec<_>| all.into_iter().enumerate().map(named).collect();
    vec(attribute, 1..4).prop_map(all).boxed()
}

/// Values of a block; blocks themselves are neither null nor unknown, but for a single one that is left out.
fn objects(block: &Block, side: Side) -> BoxedStrategy<Value> {
    let attributes = block.attributes.iter().map(|it| (Just(it.name.clone()), attribute(it, side)).boxed());
    let blocks = block.blocks.iter().map(|it| {
        let object = objects(&it.block, side);
        let value = match it.nesting {
            Nesting::Single => prop_oneof![1 => Just(Value::Null), 3 => object].boxed(),
            nesting => collections(nesting, object),
        };
        (Just(it.name.clone()), value).boxed()
    });
    attributes.chain(blocks).collect::<Vec<_>>().prop_map(Value::object).boxed()
}

fn collections(nesting: Nesting, object: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    match nesting {
        Nesting::Single => object,
        Nesting::List => vec(object, 0..3).prop_map(Value::List).boxed(),
        Nesting::Set => vec(object, 0..3).prop_map(Value::set::<Value>).boxed(),
        Nesting::Map => btree_map("[a-c]", object, 0..3).prop_map(Value::Map).boxed(),
    }
}

fn attribute(attribute: &Attribute, side: Side) -> BoxedStrategy<Value> {
    if side == Side::Config && attribute.mode == Mode::Computed {
        return Just(Value::Null).boxed();
    }
    let values = match &attribute.shape {
        Shape::Plain(ty) => values(ty),
        Shape::Nested(nested) => {
            let each = nested.attributes.iter();
            let each: Vec<_> = each.map(|it| (Just(it.name.clone()), self::attribute(it, side))).collect();
            let some = collections(nested.nesting, each.prop_map(Value::object).boxed());
            prop_oneof![8 => some, 1 => Just(Value::Null), 1 => Just(Value::Unknown)].boxed()
        }
    };
    match attribute.mode {
        Mode::Required => values.prop_filter("required", |value| !value.is_null()).boxed(),
        _ => values,
    }
}
