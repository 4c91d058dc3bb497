//! Checks of the protocol's rules for schemas that do not hold by construction.

use std::collections::BTreeSet;

use super::{Attribute, Block, IdentitySchema, Mode, Nesting, Schema, Shape};
use crate::path::Path;
use crate::value::Type;

/// Names that Terraform reserves in resource and data blocks.
const RESERVED: [&str; 7] =
    ["connection", "count", "depends_on", "for_each", "lifecycle", "provider", "provisioner"];

impl Schema {
    /// The errors that Terraform would reject or misinterpret; empty when the schema is valid. For tests.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Problems(Vec::new());
        problems.block(&self.block, &Path::root());
        problems.reserved(&self.block);
        if self.version < 0 {
            problems.0.push("the version is negative".to_owned());
        }
        problems.0
    }
}

impl IdentitySchema {
    /// The errors that Terraform would reject; empty when the schema is valid. For tests.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Problems(Vec::new());
        problems.names(self.attributes.iter().map(|attribute| attribute.name.as_str()), &Path::root());
        for attribute in &self.attributes {
            let plain = |ty: &Type| matches!(ty, Type::Bool | Type::Number | Type::String);
            let allowed =
                plain(&attribute.ty) || matches!(&attribute.ty, Type::List(element) if plain(element));
            if !allowed {
                problems.0.push(format!("`{}` is neither plain nor a list of plain values", attribute.name));
            }
        }
        problems.0
    }
}

struct Problems(Vec<String>);

impl Problems {
    fn reserved(&mut self, block: &Block) {
        let names = block.attributes.iter().map(|attribute| &attribute.name);
        for name in names.chain(block.blocks.iter().map(|block| &block.name)) {
            if RESERVED.contains(&name.as_str()) {
                self.0.push(format!("`{name}` is Terraform's own"));
            }
        }
    }

    fn block(&mut self, block: &Block, path: &Path) {
        let names = block.attributes.iter().map(|attribute| attribute.name.as_str());
        self.names(names.chain(block.blocks.iter().map(|block| block.name.as_str())), path);
        self.attributes(&block.attributes, path);
        for nested in &block.blocks {
            let path = path.clone().attribute(nested.name.as_str());
            self.collection(nested.nesting, &nested.block.ty(), &path);
            self.block(&nested.block, &path);
        }
    }

    fn attributes(&mut self, attributes: &[Attribute], path: &Path) {
        for attribute in attributes {
            let path = path.clone().attribute(attribute.name.as_str());
            self.attribute(attribute, &path);
            if let Shape::Nested(nested) = &attribute.shape {
                self.names(nested.attributes.iter().map(|attribute| attribute.name.as_str()), &path);
                self.collection(nested.nesting, &nested.ty(), &path);
                self.attributes(&nested.attributes, &path);
            }
        }
    }

    fn attribute(&mut self, attribute: &Attribute, path: &Path) {
        if attribute.description.is_empty() {
            self.0.push(format!("`{path}` has no description"));
        }
        if attribute.keeps && !attribute.is_computed() {
            self.0.push(format!("`{path}` keeps what the provider never computes"));
        }
        if attribute.imports && attribute.mode != Mode::Optional {
            self.0.push(format!("`{path}` imports what the configuration cannot leave out"));
        }
        if attribute.deprecation.is_some() && attribute.mode == Mode::Required {
            self.0.push(format!("`{path}` is deprecated, yet required"));
        }
    }

    /// Terraform gives up the types of collections whose elements bring their own.
    fn collection(&mut self, nesting: Nesting, ty: &Type, path: &Path) {
        if nesting != Nesting::Single && ty.has_dynamic() {
            self.0.push(format!("`{path}` is a collection with dynamic values"));
        }
    }

    fn names<'a>(&mut self, names: impl Iterator<Item = &'a str>, path: &Path) {
        let mut seen = BTreeSet::new();
        for name in names {
            let path = path.clone().attribute(name);
            if !seen.insert(name) {
                self.0.push(format!("`{path}` is declared twice"));
            }
            if !is_name(name) {
                self.0.push(format!("`{path}` is not a lower-case name"));
            }
        }
    }
}

fn is_name(name: &str) -> bool {
    let starts_well = name.starts_with(|first: char| first.is_ascii_lowercase() || first == '_');
    starts_well && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::super::{Nested, NestedBlock};
    use super::*;

    #[test]
    fn passes_a_sound_schema() {
        let nested = Nested::set([Attribute::required("a", Type::String, "A.")]);
        let timeouts = Block::new("T.", [Attribute::optional("create", Type::String, "C.")]);
        let schema = Schema::new(
            0,
            "S.",
            [
                Attribute::computed("id", Type::String, "I.").keeps(),
                Attribute::optional("nested", nested, "N."),
            ],
        )
        .block(NestedBlock::single("timeouts", timeouts));
        assert_eq!(schema.problems(), Vec::<String>::new());
    }

    #[test]
    fn names_every_breach() {
        let dynamic = Nested::list([Attribute::required("b", Type::Dynamic, "B.")]);
        let schema = Schema::new(
            -1,
            "S.",
            [
                Attribute::optional("count", Type::String, "C."),
                Attribute::required("Name", Type::String, ""),
                Attribute::required("twice", Type::String, "T.").keeps().imports(),
                Attribute::required("twice", Type::String, "T.").deprecated("nothing"),
                Attribute::required("list", dynamic, "L."),
            ],
        );
        let expected = [
            "`twice` is declared twice",
            "`Name` is not a lower-case name",
            "`Name` has no description",
            "`twice` keeps what the provider never computes",
            "`twice` imports what the configuration cannot leave out",
            "`twice` is deprecated, yet required",
            "`list` is a collection with dynamic values",
            "`count` is Terraform's own",
            "the version is negative",
        ];
        let mut problems = schema.problems();
        let mut expected = expected.map(str::to_owned).to_vec();
        problems.sort();
        expected.sort();
        assert_eq!(problems, expected);
    }

    #[test]
    fn wants_plain_identities() {
        let map = super::super::IdentityAttribute::required("m", Type::map(Type::String), "M.");
        assert_eq!(IdentitySchema::new(0, [map]).problems().len(), 1);
    }
}
