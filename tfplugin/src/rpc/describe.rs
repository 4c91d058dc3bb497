//! The RPCs that describe the provider.

use std::collections::BTreeMap;

use super::Server;
use crate::provider::function::{Parameter, Signature};
use crate::schema::{Attribute, Block, IdentitySchema, Mode, NestedBlock, Nesting, Schema, Shape};
use crate::value::Type;
use crate::wire;

impl Server {
    pub(super) fn metadata(&self) -> wire::Metadata {
        wire::Metadata {
            server_capabilities: Some(capabilities()),
            data_sources: named(&self.catalog.data_sources),
            resources: named(&self.catalog.resources),
            functions: named(&self.catalog.functions),
            list_resources: named(&self.catalog.lists),
        }
    }

    pub(super) fn provider_schema(&self) -> wire::ProviderSchema {
        let catalog = &self.catalog;
        let resources = catalog.resources.iter().map(|(name, it)| (name.clone(), (&it.schema).into()));
        let data_sources = catalog.data_sources.iter().map(|(name, it)| (name.clone(), (&it.schema).into()));
        let lists = catalog.lists.iter().map(|(name, it)| (name.clone(), (&it.schema).into()));
        wire::ProviderSchema {
            provider: Some((&catalog.schema).into()),
            resource_schemas: resources.collect(),
            data_source_schemas: data_sources.collect(),
            server_capabilities: Some(capabilities()),
            functions: self.functions().functions,
            list_resource_schemas: lists.collect(),
        }
    }

    pub(super) fn identity_schemas(&self) -> wire::IdentitySchemas {
        let schemas = self.catalog.resources.iter().filter_map(|(name, managed)| {
            let identity = managed.identity.as_ref()?;
            Some((name.clone(), (&identity.schema).into()))
        });
        wire::IdentitySchemas { identity_schemas: schemas.collect() }
    }

    pub(super) fn functions(&self) -> wire::Functions {
        let functions = self.catalog.functions.iter();
        let described = functions.map(|(name, function)| (name.clone(), function.signature().into()));
        wire::Functions { functions: described.collect() }
    }
}

fn capabilities() -> wire::ServerCapabilities {
    wire::ServerCapabilities {
        plan_destroy: true,
        get_provider_schema_optional: true,
        move_resource_state: true,
        generate_resource_config: true,
    }
}

fn named<T>(parts: &BTreeMap<String, T>) -> Vec<wire::Named> {
    parts.keys().map(|name| wire::Named { name: name.clone() }).collect()
}

impl From<&Schema> for wire::Schema {
    fn from(schema: &Schema) -> Self {
        Self { version: schema.version, block: Some((&schema.block).into()) }
    }
}

impl From<&Block> for wire::Block {
    fn from(block: &Block) -> Self {
        Self {
            version: 0,
            attributes: block.attributes.iter().map(Into::into).collect(),
            block_types: block.blocks.iter().map(Into::into).collect(),
            description: block.description.clone(),
            description_kind: markdown(),
        }
    }
}

impl From<&NestedBlock> for wire::NestedBlock {
    fn from(nested: &NestedBlock) -> Self {
        Self {
            type_name: nested.name.clone(),
            block: Some((&nested.block).into()),
            nesting: mode(nested.nesting),
        }
    }
}

impl From<&Attribute> for wire::Attribute {
    fn from(attribute: &Attribute) -> Self {
        let (ty, nested_type) = match &attribute.shape {
            Shape::Plain(ty) => (type_json(ty), None),
            // Nobody writes it, and the mocks of `terraform test` give elements to plain types alone.
            Shape::Nested(nested) if attribute.mode == Mode::Computed && !nested.hides() => {
                (type_json(&nested.ty()), None)
            }
            Shape::Nested(nested) => {
                let attributes = nested.attributes.iter().map(Into::into).collect();
                (Vec::new(), Some(wire::Object { attributes, nesting: mode(nested.nesting) }))
            }
        };
        Self {
            name: attribute.name.clone(),
            ty,
            nested_type,
            description: attribute.description.clone(),
            description_kind: markdown(),
            required: attribute.mode == Mode::Required,
            optional: matches!(attribute.mode, Mode::Optional | Mode::OptionalComputed),
            // Terraform holds what the configuration leaves out against it, unless the provider may compute it.
            computed: attribute.is_computed() || attribute.imports,
            sensitive: attribute.sensitive,
            deprecated: attribute.deprecation.is_some(),
            deprecation_message: attribute.deprecation.clone().unwrap_or_default(),
        }
    }
}

impl From<&IdentitySchema> for wire::IdentitySchema {
    fn from(schema: &IdentitySchema) -> Self {
        let attributes = schema.attributes.iter().map(|attribute| wire::IdentityAttribute {
            name: attribute.name.clone(),
            ty: type_json(&attribute.ty),
            required_for_import: attribute.required_for_import,
            optional_for_import: !attribute.required_for_import,
            description: attribute.description.clone(),
        });
        Self { version: schema.version, identity_attributes: attributes.collect() }
    }
}

impl From<Signature> for wire::Function {
    fn from(signature: Signature) -> Self {
        Self {
            parameters: signature.parameters.into_iter().map(Into::into).collect(),
            variadic_parameter: signature.variadic.map(Into::into),
            returns: Some(wire::Return { ty: type_json(&signature.returns) }),
            summary: signature.summary,
            description: signature.description,
            description_kind: markdown(),
        }
    }
}

impl From<Parameter> for wire::Parameter {
    fn from(parameter: Parameter) -> Self {
        Self {
            name: parameter.name,
            ty: type_json(&parameter.ty),
            description: parameter.description,
            description_kind: markdown(),
        }
    }
}

fn type_json(ty: &Type) -> Vec<u8> {
    ty.to_json().to_string().into_bytes()
}

fn mode(nesting: Nesting) -> i32 {
    let mode = match nesting {
        Nesting::Single => wire::NestingMode::Single,
        Nesting::List => wire::NestingMode::List,
        Nesting::Set => wire::NestingMode::Set,
        Nesting::Map => wire::NestingMode::Map,
    };
    mode.into()
}

fn markdown() -> i32 {
    wire::StringKind::Markdown.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Nested;

    #[track_caller]
    fn is_plain(attribute: Attribute) -> bool {
        let described = wire::Attribute::from(&attribute);
        assert_ne!(described.ty.is_empty(), described.nested_type.is_none(), "either or");
        described.nested_type.is_none()
    }

    #[test]
    fn what_only_the_provider_sets_has_a_plain_type_unless_a_part_is_hidden() {
        let inner = || Nested::list([Attribute::computed("host", Type::String, "H.")]);
        assert!(is_plain(Attribute::computed("disks", inner(), "D.")));
        assert!(!is_plain(Attribute::optional("disks", inner(), "D.")));
        let hidden = Nested::list([Attribute::computed("key", Type::String, "K.").sensitive()]);
        assert!(!is_plain(Attribute::computed("disks", hidden, "D.")));
    }
}
