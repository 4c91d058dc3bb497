//! Which changes replace the object. Only known changes do: an unknown value may turn out to be the same, and apply cannot
//! revert the decision.

use std::collections::BTreeSet;

use crate::path::Path;
use crate::schema::{Attribute, Block, Nesting, Schema, Shape};
use crate::value::Value;

/// The attributes that differ and whose change replaces the object, by the schema or by `extra`.
pub(crate) fn replacements(schema: &Schema, prior: &Value, planned: &Value, extra: Vec<Path>) -> Vec<Path> {
    let mut found: BTreeSet<Path> =
        extra.into_iter().filter(|path| differs(prior.at(path), planned.at(path))).collect();
    block(&schema.block, prior, planned, &Path::root(), &mut found);
    found.into_iter().collect()
}

fn block(block: &Block, prior: &Value, planned: &Value, path: &Path, found: &mut BTreeSet<Path>) {
    attributes(&block.attributes, prior, planned, path, found);
    for nested in &block.blocks {
        let (prior, planned) = (prior.get(&nested.name), planned.get(&nested.name));
        let path = path.clone().attribute(nested.name.as_str());
        if nested.nesting == Nesting::Set {
            whole(block_replaces(&nested.block), prior, planned, path, found);
            continue;
        }
        each(nested.nesting, prior, planned, &path, &mut |prior, planned, path| {
            self::block(&nested.block, prior, planned, path, found);
        });
    }
}

fn attributes(
    attributes: &[Attribute],
    prior: &Value,
    planned: &Value,
    path: &Path,
    found: &mut BTreeSet<Path>,
) {
    for attribute in attributes {
        let (prior, planned) = (prior.get(&attribute.name), planned.get(&attribute.name));
        let path = path.clone().attribute(attribute.name.as_str());
        match &attribute.shape {
            _ if attribute.replaces => whole(true, prior, planned, path, found),
            Shape::Plain(_) => {}
            Shape::Nested(nested) if nested.nesting == Nesting::Set => {
                whole(any_replaces(&nested.attributes), prior, planned, path, found);
            }
            Shape::Nested(nested) => {
                each(nested.nesting, prior, planned, &path, &mut |prior, planned, path| {
                    self::attributes(&nested.attributes, prior, planned, path, found);
                })
            }
        }
    }
}

fn whole(replaces: bool, prior: &Value, planned: &Value, path: Path, found: &mut BTreeSet<Path>) {
    if replaces && differs(prior, planned) {
        found.insert(path);
    }
}

/// Pairs of objects at the same position or key; an object on one side only is paired with null.
fn each(
    nesting: Nesting,
    prior: &Value,
    planned: &Value,
    path: &Path,
    inner: &mut dyn FnMut(&Value, &Value, &Path),
) {
    match nesting {
        Nesting::Single => inner(prior, planned, path),
        Nesting::List | Nesting::Set => {
            for index in 0..prior.elements().len().max(planned.elements().len()) {
                let at = Path::root().index(index);
                inner(prior.at(&at), planned.at(&at), &path.clone().index(index));
            }
        }
        Nesting::Map => {
            let sides = [prior.entries(), planned.entries()].into_iter().flatten();
            for key in sides.flat_map(|entries| entries.keys()).collect::<BTreeSet<_>>() {
                inner(prior.get(key), planned.get(key), &path.clone().key(key.as_str()));
            }
        }
    }
}

fn differs(prior: &Value, planned: &Value) -> bool {
    prior != planned && planned.is_wholly_known()
}

/// Elements of a set have no path: if one of them would replace the object, any change to the set does.
fn any_replaces(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.replaces
            || matches!(&attribute.shape, Shape::Nested(nested) if any_replaces(&nested.attributes))
    })
}

fn block_replaces(block: &Block) -> bool {
    any_replaces(&block.attributes) || block.blocks.iter().any(|nested| block_replaces(&nested.block))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Nested, NestedBlock};
    use crate::value::Type;

    fn schema() -> Schema {
        let inner = || [Attribute::required("zone", Type::String, "Z.").replaces()];
        Schema::new(
            0,
            "S.",
            [
                Attribute::required("name", Type::String, "N."),
                Attribute::required("region", Type::String, "R.").replaces(),
                Attribute::optional("disks", Nested::map(inner()), "D."),
                Attribute::optional("tags", Nested::set(inner()), "T."),
            ],
        )
        .block(NestedBlock::list("rule", Block::new("R.", inner())))
    }

    fn object(region: &str, zone: &str) -> Value {
        let inner = || Value::object([("zone", zone.into())]);
        Value::object([
            ("name", region.into()),
            ("region", region.into()),
            ("disks", Value::map([("a b", inner())])),
            ("tags", Value::set([inner()])),
            ("rule", Value::list([inner()])),
        ])
    }

    #[track_caller]
    fn check(prior: &Value, planned: &Value, extra: Vec<Path>, expected: &[&str]) {
        let found: Vec<String> =
            replacements(&schema(), prior, planned, extra).iter().map(ToString::to_string).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn replaces_only_for_what_differs() {
        check(&object("a", "z"), &object("a", "z"), vec!["name".into()], &[]);
        check(&object("a", "z"), &object("b", "z"), Vec::new(), &["region"]);
        check(&object("a", "z"), &object("b", "z"), vec!["name".into()], &["name", "region"]);
    }

    #[test]
    fn replaces_for_what_is_nested() {
        let expected = [r#"disks["a b"].zone"#, "rule[0].zone", "tags"];
        check(&object("a", "z"), &object("a", "y"), Vec::new(), &expected);
    }

    #[test]
    fn an_unknown_replaces_nothing() {
        let planned = object("a", "z").with("region", Value::Unknown);
        check(&object("a", "z"), &planned, vec!["region".into()], &[]);
    }

    #[test]
    fn what_appears_or_goes_differs_from_nothing() {
        let without = object("a", "z").with("rule", Value::List(Vec::new()));
        check(&without, &object("a", "z"), Vec::new(), &["rule[0].zone"]);
        check(&object("a", "z"), &without, Vec::new(), &["rule[0].zone"]);
    }
}
