//! Required nested attributes. Terraform checks those of a resource and of its blocks itself, but accepts an explicit null in
//! nested attributes.

use super::{Attribute, Block, Mode, Nested, Nesting, Schema, Shape};
use crate::diagnostic::Diagnostic;
use crate::path::Path;
use crate::value::Value;

/// An error for each required nested attribute of a configuration that is null.
pub(crate) fn missing(schema: &Schema, config: &Value) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    block(&schema.block, config, &Path::root(), &mut found);
    found
}

fn block(block: &Block, value: &Value, path: &Path, found: &mut Vec<Diagnostic>) {
    for attribute in &block.attributes {
        nested(attribute, value, path, found);
    }
    for inner in &block.blocks {
        let path = path.clone().attribute(inner.name.as_str());
        objects(inner.nesting, value.get(&inner.name), &path, &mut |value, path| {
            self::block(&inner.block, value, path, found);
        });
    }
}

fn nested(attribute: &Attribute, value: &Value, path: &Path, found: &mut Vec<Diagnostic>) {
    let Shape::Nested(Nested { nesting, attributes }) = &attribute.shape else { return };
    let path = path.clone().attribute(attribute.name.as_str());
    objects(*nesting, value.get(&attribute.name), &path, &mut |value, path| {
        for inner in attributes {
            if inner.mode == Mode::Required && value.get(&inner.name).is_null() {
                let summary = format!("`{}` is missing", inner.name);
                let detail = format!("`{}` needs it, and null is no value.", attribute.name);
                found
                    .push(Diagnostic::error(summary, detail).at(path.clone().attribute(inner.name.as_str())));
            }
            nested(inner, value, path, found);
        }
    });
}

/// The objects at an attribute or block that are known. Those of a set have no path of their own.
fn objects(nesting: Nesting, value: &Value, path: &Path, each: &mut dyn FnMut(&Value, &Path)) {
    match nesting {
        Nesting::Single if value.entries().is_some() => each(value, path),
        Nesting::Single => {}
        Nesting::List => {
            for (index, object) in
                value.elements().iter().enumerate().filter(|(_, it)| it.entries().is_some())
            {
                each(object, &path.clone().index(index));
            }
        }
        Nesting::Set => {
            value.elements().iter().filter(|it| it.entries().is_some()).for_each(|it| each(it, path))
        }
        Nesting::Map => {
            for (key, object) in
                value.entries().into_iter().flatten().filter(|(_, it)| it.entries().is_some())
            {
                each(object, &path.clone().key(key.as_str()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Type;

    #[track_caller]
    fn check(target: Value, expected: &[&str]) {
        let inner = [
            Attribute::required("zone", Type::String, "Z."),
            Attribute::optional("queue", Type::String, "Q."),
        ];
        let schema = Schema::new(0, "S.", [Attribute::optional("target", Nested::single(inner), "T.")]);
        let found = missing(&schema, &Value::object([("target", target)]));
        let paths: Vec<_> =
            found.iter().filter_map(|error| error.path.as_ref()).map(ToString::to_string).collect();
        assert_eq!(paths, expected);
    }

    #[test]
    fn an_explicit_null_is_no_value() {
        let target = |zone: Value| Value::object([("zone", zone), ("queue", Value::Null)]);
        check(target(Value::Null), &["target.zone"]);
        check(target("z".into()), &[]);
        check(target(Value::Unknown), &[]);
        check(Value::Null, &[]);
        check(Value::Unknown, &[]);
    }
}
