//! Attributes, and how they are declared.

use crate::value::Type;

/// One attribute.
#[derive(Clone, Debug)]
pub struct Attribute {
    /// Lower case with underscores.
    pub name: String,
    /// Its type.
    pub shape: Shape,
    /// Who sets it.
    pub mode: Mode,
    /// Markdown.
    pub description: String,
    /// Whether Terraform hides its value.
    pub sensitive: bool,
    /// What to use instead, when it is deprecated.
    pub deprecation: Option<String>,
    /// Whether a change replaces the object.
    pub replaces: bool,
    /// Whether a computed value is kept over updates.
    pub keeps: bool,
    /// Whether an imported value is kept while the attribute is not configured.
    pub imports: bool,
}

/// Who sets an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The user must set it.
    Required,
    /// The user may set it.
    Optional,
    /// The provider sets it.
    Computed,
    /// The user may set it; otherwise the provider does.
    OptionalComputed,
}

/// An attribute's type: plain, or nested attributes with settings of their own.
#[derive(Clone, Debug)]
pub enum Shape {
    /// A type whose parts all behave like the attribute.
    Plain(Type),
    /// Attributes in an object, or in the objects of a collection.
    Nested(Nested),
}

/// Attributes inside an attribute.
#[derive(Clone, Debug)]
pub struct Nested {
    /// One object, or a collection of them.
    pub nesting: Nesting,
    /// Of each object.
    pub attributes: Vec<Attribute>,
}

/// How nested objects are collected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nesting {
    /// One object.
    Single,
    /// A list.
    List,
    /// A set.
    Set,
    /// A map.
    Map,
}

impl Attribute {
    /// The user must set it.
    pub fn required(
        name: impl Into<String>,
        shape: impl Into<Shape>,
        description: impl Into<String>,
    ) -> Self {
        Self::new(name.into(), shape.into(), Mode::Required, description.into())
    }

    /// The user may set it.
    pub fn optional(
        name: impl Into<String>,
        shape: impl Into<Shape>,
        description: impl Into<String>,
    ) -> Self {
        Self::new(name.into(), shape.into(), Mode::Optional, description.into())
    }

    /// The provider sets it.
    pub fn computed(
        name: impl Into<String>,
        shape: impl Into<Shape>,
        description: impl Into<String>,
    ) -> Self {
        Self::new(name.into(), shape.into(), Mode::Computed, description.into())
    }

    /// The user may set it; otherwise the provider does.
    pub fn optional_computed(
        name: impl Into<String>,
        shape: impl Into<Shape>,
        description: impl Into<String>,
    ) -> Self {
        Self::new(name.into(), shape.into(), Mode::OptionalComputed, description.into())
    }

    /// Marks it as sensitive.
    pub fn sensitive(mut self) -> Self {
        self.sensitive = true;
        self
    }

    /// Marks it as deprecated; `instead` says what to use.
    pub fn deprecated(mut self, instead: impl Into<String>) -> Self {
        self.deprecation = Some(instead.into());
        self
    }

    /// Makes a change replace the object.
    pub fn replaces(mut self) -> Self {
        self.replaces = true;
        self
    }

    /// Keeps a computed value, such as an id, over updates.
    pub fn keeps(mut self) -> Self {
        self.keeps = true;
        self
    }

    /// Keeps an imported value while the attribute is not configured, until the object is next written. Only for an optional
    /// attribute at the root.
    pub fn imports(mut self) -> Self {
        self.imports = true;
        self
    }

    /// The type of its values.
    pub fn ty(&self) -> Type {
        match &self.shape {
            Shape::Plain(ty) => ty.clone(),
            Shape::Nested(nested) => nested.ty(),
        }
    }

    /// Whether the provider sets it if the user does not.
    pub fn is_computed(&self) -> bool {
        matches!(self.mode, Mode::Computed | Mode::OptionalComputed)
    }

    fn new(name: String, shape: Shape, mode: Mode, description: String) -> Self {
        Self {
            name,
            shape,
            mode,
            description,
            sensitive: false,
            deprecation: None,
            replaces: false,
            keeps: false,
            imports: false,
        }
    }
}

impl Nested {
    /// One object.
    pub fn single(attributes: impl IntoIterator<Item = Attribute>) -> Self {
        Self { nesting: Nesting::Single, attributes: attributes.into_iter().collect() }
    }

    /// A list of objects.
    pub fn list(attributes: impl IntoIterator<Item = Attribute>) -> Self {
        Self { nesting: Nesting::List, attributes: attributes.into_iter().collect() }
    }

    /// A set of objects.
    pub fn set(attributes: impl IntoIterator<Item = Attribute>) -> Self {
        Self { nesting: Nesting::Set, attributes: attributes.into_iter().collect() }
    }

    /// A map of objects.
    pub fn map(attributes: impl IntoIterator<Item = Attribute>) -> Self {
        Self { nesting: Nesting::Map, attributes: attributes.into_iter().collect() }
    }

    /// Whether any of its attributes is sensitive.
    pub(crate) fn hides(&self) -> bool {
        let hides = |attribute: &Attribute| match &attribute.shape {
            Shape::Plain(_) => attribute.sensitive,
            Shape::Nested(nested) => attribute.sensitive || nested.hides(),
        };
        self.attributes.iter().any(hides)
    }

    /// The type of its values.
    pub fn ty(&self) -> Type {
        let attributes = self.attributes.iter().map(|attribute| (attribute.name.clone(), attribute.ty()));
        self.nesting.of(Type::object(attributes))
    }
}

impl Nesting {
    pub(super) fn of(self, object: Type) -> Type {
        match self {
            Self::Single => object,
            Self::List => Type::list(object),
            Self::Set => Type::set(object),
            Self::Map => Type::map(object),
        }
    }
}

impl From<Type> for Shape {
    fn from(ty: Type) -> Self {
        Self::Plain(ty)
    }
}

impl From<Nested> for Shape {
    fn from(nested: Nested) -> Self {
        Self::Nested(nested)
    }
}
