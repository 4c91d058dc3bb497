//! What the object of a guard has: its attributes and theirs. Only the keys of `tags` and of `namespace_access` are the
//! policy's own.

/// What may be read from a part of a guard's object, or from the object.
#[derive(Debug)]
pub enum Shape {
    /// A string, bool or number: its name in messages, with an article.
    Plain(&'static str),
    /// Keys that the policy chooses, with values of one shape.
    Map(&'static Shape),
    /// Elements of one shape.
    List(&'static Shape),
    /// Attributes with fixed names.
    Object {
        /// Its name in messages, with an article.
        title: &'static str,
        /// The attributes that any such object may have.
        attributes: &'static [(&'static str, &'static Shape)],
    },
}

impl Shape {
    /// The shape of an attribute of an object.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&'static Self> {
        let Self::Object { attributes, .. } = self else { return None };
        attributes.iter().find(|(known, _)| *known == name).map(|(_, shape)| *shape)
    }

    /// The names of the attributes of an object.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        let attributes = match self {
            Self::Object { attributes, .. } => *attributes,
            Self::Plain(_) | Self::Map(_) | Self::List(_) => &[],
        };
        attributes.iter().map(|(name, _)| *name)
    }

    /// The shape of each element of a list, or of each value of a map.
    #[must_use]
    pub fn element(&self) -> Option<&'static Self> {
        match self {
            Self::List(element) | Self::Map(element) => Some(element),
            Self::Plain(_) | Self::Object { .. } => None,
        }
    }
}

static TEXT: Shape = Shape::Plain("a string");
static BOOL: Shape = Shape::Plain("a bool");
static NUMBER: Shape = Shape::Plain("a number");
static TEXTS: Shape = Shape::List(&TEXT);
static TEXT_MAP: Shape = Shape::Map(&TEXT);
static NAMESPACES: Shape = Shape::List(&NAMESPACE);
static PRINCIPALS: Shape = Shape::List(&PRINCIPAL);

static NAMESPACE: Shape = Shape::Object {
    title: "a Namespace",
    attributes: &[("name", &TEXT), ("id", &TEXT), ("tags", &TEXT_MAP), ("regions", &TEXTS)],
};

/// A Namespace, or an external target.
static TARGET: Shape = Shape::Object {
    title: "a target",
    attributes: &[("name", &TEXT), ("id", &TEXT), ("tags", &TEXT_MAP), ("regions", &TEXTS), ("url", &TEXT)],
};

static ENDPOINT: Shape = Shape::Object {
    title: "an Endpoint",
    attributes: &[
        ("name", &TEXT),
        ("description", &TEXT),
        ("target", &TARGET),
        ("callers", &NAMESPACES),
        ("managed_by", &PRINCIPALS),
    ],
};

static GRANT: Shape =
    Shape::Object { title: "a grant", attributes: &[("file", &TEXT), ("reason", &TEXT), ("expires", &TEXT)] };

static CALL: Shape = Shape::Object {
    title: "a call",
    attributes: &[
        ("caller", &NAMESPACE),
        ("endpoint", &ENDPOINT),
        ("target", &TARGET),
        ("task_queue", &TEXT),
        ("grant", &GRANT),
    ],
};

static PRINCIPAL: Shape = Shape::Object {
    title: "a principal",
    attributes: &[
        ("kind", &TEXT),
        ("name", &TEXT),
        ("account_access", &TEXT),
        ("namespace_access", &TEXT_MAP),
    ],
};

static PRIVATELINK: Shape = Shape::Object {
    title: "a private connection",
    attributes: &[
        ("region", &TEXT),
        ("connection_id", &TEXT),
        ("gcp_project_id", &TEXT),
        ("namespaces", &NAMESPACES),
        ("keep_public", &BOOL),
        ("allow_public_lockout", &BOOL),
        ("managed_by", &PRINCIPALS),
    ],
};

static MANAGER: Shape =
    Shape::Object { title: "a manager", attributes: &[("principal", &PRINCIPAL), ("endpoint", &ENDPOINT)] };

static CHANGE: Shape = Shape::Object {
    title: "a change",
    attributes: &[
        ("calls_gained", &NUMBER),
        ("calls_lost", &NUMBER),
        ("managers_gained", &NUMBER),
        ("managers_lost", &NUMBER),
        ("endpoints_created", &NUMBER),
        ("endpoints_deleted", &NUMBER),
        ("rules_changed", &NUMBER),
    ],
};

/// The objects, by the name that they are bound to, and the values of `each` with such an object.
static OBJECTS: &[(&str, &Shape, &[&str])] = &[
    ("call", &CALL, &["call", "gained_call", "lost_call"]),
    ("endpoint", &ENDPOINT, &["endpoint"]),
    ("namespace", &NAMESPACE, &["namespace"]),
    ("principal", &PRINCIPAL, &["principal"]),
    ("privatelink", &PRIVATELINK, &["privatelink"]),
    ("manager", &MANAGER, &["gained_manager", "lost_manager"]),
    ("change", &CHANGE, &["change"]),
];

/// What the object of this name has; `None` for a name without a fixed schema.
#[must_use]
pub fn shape(object: &str) -> Option<&'static Shape> {
    OBJECTS.iter().find(|(name, ..)| *name == object).map(|(_, shape, _)| *shape)
}

/// Whether a word is the name of an object or a value of `each`.
#[must_use]
pub fn is_word(word: &str) -> bool {
    OBJECTS.iter().any(|(name, _, each)| *name == word || each.contains(&word))
}
