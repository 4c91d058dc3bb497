//! The blocks of the policy language: one table each, with name, type, whether required, and what it means.
//! The tables drive lowering, unknown attributes and the docs.

/// The type of an attribute's value.
#[derive(Clone, Copy, Debug)]
pub enum Type {
    /// Any string.
    Text,
    /// A list of strings.
    Texts,
    /// A map of strings.
    TextMap,
    /// A whole number from 0.
    Count,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A list of these words, each at most once.
    Words(&'static [&'static str]),
    /// A day, `YYYY-MM-DD`.
    Date,
    /// A Namespace: a reference, its name or its full id.
    Namespace,
    /// A list of Namespaces.
    Namespaces,
    /// An Endpoint: a reference or its name.
    Endpoint,
    /// A principal: a reference, or a string with its kind.
    Principal,
    /// A principal or a list of them.
    Principals,
    /// A list of users: references, or their e-mail addresses.
    Users,
    /// A map from Namespaces to one of these words.
    NamespaceMap(&'static [&'static str]),
    /// An object with these attributes.
    Object(&'static [Attribute]),
}

impl Type {
    /// What to write, in words, as messages say it.
    #[must_use]
    pub fn expected(self) -> String {
        match self {
            Self::Text => "a string".to_owned(),
            Self::Texts => "a list of strings".to_owned(),
            Self::TextMap => "a map of strings".to_owned(),
            Self::Count => "a whole number from 0".to_owned(),
            Self::Word(words) => format!("one of {}", quoted(words)),
            Self::Words(words) => format!("a list of {}", quoted(words)),
            Self::Date => "a date such as \"2027-06-30\"".to_owned(),
            Self::Namespace => "a Namespace".to_owned(),
            Self::Namespaces => "a list of Namespaces".to_owned(),
            Self::Endpoint => "an Endpoint".to_owned(),
            Self::Principal => "a principal".to_owned(),
            Self::Principals => "a principal or a list of principals".to_owned(),
            Self::Users => "a list of users".to_owned(),
            Self::NamespaceMap(words) => format!("a map from Namespaces to {}", quoted(words)),
            Self::Object(attributes) => {
                let names: Vec<_> = attributes.iter().map(|attribute| attribute.name).collect();
                format!("an object {{ {} }}", names.join(", "))
            }
        }
    }
}

/// One attribute of a block or object.
#[derive(Clone, Copy, Debug)]
pub struct Attribute {
    /// Its name.
    pub name: &'static str,
    /// The type of its value.
    pub of: Type,
    /// Whether it must be given.
    pub required: bool,
    /// What it means, one sentence.
    pub doc: &'static str,
}

/// One kind of block.
#[derive(Clone, Copy, Debug)]
pub struct BlockType {
    /// The word that opens it.
    pub name: &'static str,
    /// Whether it carries a label.
    pub labelled: bool,
    /// Its attributes.
    pub attributes: &'static [Attribute],
    /// What it declares, one sentence.
    pub doc: &'static str,
}

const ROLES: &[&str] = &["owner", "admin", "developer", "finance_admin", "read", "metrics_read"];
const PERMISSIONS: &[&str] = &["admin", "write", "read"];

const fn required(name: &'static str, of: Type, doc: &'static str) -> Attribute {
    Attribute { name, of, required: true, doc }
}

const fn optional(name: &'static str, of: Type, doc: &'static str) -> Attribute {
    Attribute { name, of, required: false, doc }
}

const ACCOUNT_ACCESS: Attribute = required("account_access", Type::Word(ROLES), "The role in the account.");
const NAMESPACE_ACCESS: Attribute =
    optional("namespace_access", Type::NamespaceMap(PERMISSIONS), "Permissions on single Namespaces.");

/// The block that every policy has once.
pub const ACCOUNT: BlockType = BlockType {
    name: "account",
    labelled: false,
    doc: "The account that the policy is for; exactly one.",
    attributes: &[
        required("id", Type::Text, "The account id, the part of a Namespace id after the dot."),
        optional("language", Type::Count, "The version of the policy language: 1."),
        optional(
            "backend",
            Type::Word(&["cloud", "self_hosted"]),
            "Where the account lives: Temporal Cloud or a self-hosted server.",
        ),
        optional(
            "apply_as",
            Type::Principal,
            "The principal that applies the policy, whose permissions are checked.",
        ),
        optional("limits", Type::Object(LIMITS), "Limits other than the documented ones."),
        optional("ignore", Type::Object(IGNORE), "What others own, by name with `*` and `?`."),
    ],
};

/// Every block that this version compiles.
pub const BLOCKS: &[BlockType] = &[
    ACCOUNT,
    BlockType {
        name: "namespace",
        labelled: true,
        doc: "A Namespace of the account.",
        attributes: &[
            required("regions", Type::Texts, "Its regions, the active one first, such as `aws-us-east-1`."),
            optional("name", Type::Text, "Its name, where that is not the label."),
            optional("auth", Type::Words(&["mtls", "api_key"]), "How Workers authenticate."),
            optional("tags", Type::TextMap, "Its tags."),
        ],
    },
    BlockType {
        name: "user",
        labelled: true,
        doc: "A person.",
        attributes: &[
            ACCOUNT_ACCESS,
            optional("name", Type::Text, "The e-mail address, where that is not the label."),
            NAMESPACE_ACCESS,
        ],
    },
    BlockType {
        name: "service_account",
        labelled: true,
        doc: "A service account: of the account, or of one Namespace.",
        attributes: &[
            optional("account_access", Type::Word(ROLES), "The role in the account."),
            optional("name", Type::Text, "Its name, where that is not the label."),
            NAMESPACE_ACCESS,
            optional(
                "namespace_scoped_access",
                Type::Object(SCOPED),
                "Access to one Namespace only, instead of a role.",
            ),
        ],
    },
    BlockType {
        name: "group",
        labelled: true,
        doc: "A group of users, who get the most permissive of what their groups and they themselves have.",
        attributes: &[
            ACCOUNT_ACCESS,
            optional("name", Type::Text, "Its name, where that is not the label."),
            NAMESPACE_ACCESS,
            optional("members", Type::Users, "Its users."),
        ],
    },
    BlockType {
        name: "endpoint",
        labelled: true,
        doc: "A Nexus Endpoint.",
        attributes: &[
            optional(
                "worker_target",
                Type::Object(WORKER_TARGET),
                "The Namespace and task queue that serve it.",
            ),
            optional(
                "external_target",
                Type::Object(EXTERNAL_TARGET),
                "The URL that serves it; self-hosted only.",
            ),
            optional("name", Type::Text, "Its name, where that is not the label."),
            optional(
                "renamed_from",
                Type::Text,
                "The name that it has had: the Endpoint is renamed, not made anew.",
            ),
            optional("description", Type::Text, "What it is for."),
            optional(
                "allowed_caller_namespaces",
                Type::Namespaces,
                "The Namespaces that may call it. Left out, with no `allowlist` that names it, its allowlist belongs to others; `[]` means nobody.",
            ),
            optional(
                "managed_by",
                Type::Principals,
                "Who else manages it; their permissions are checked too.",
            ),
        ],
    },
    BlockType {
        name: "allowlist",
        labelled: true,
        doc: "More callers of an Endpoint, declared apart from it.",
        attributes: &[
            required("endpoint", Type::Endpoint, "The Endpoint."),
            required("callers", Type::Namespaces, "The Namespaces that may call it."),
            optional("reason", Type::Text, "Why."),
            optional("expires", Type::Date, "The last day on which it grants anything, in UTC."),
        ],
    },
];

const LIMITS: &[Attribute] = &[
    optional("endpoints", Type::Count, "Endpoints in the account; 100 unless raised."),
    optional("callers_per_endpoint", Type::Count, "Callers of one Endpoint; 1000 unless raised."),
    optional(
        "privatelinks_per_namespace",
        Type::Count,
        "Private connectivity rules on a Namespace; 5 unless raised.",
    ),
    optional(
        "privatelinks_per_account",
        Type::Count,
        "Private connectivity rules in the account; 50 unless raised.",
    ),
];

const IGNORE: &[Attribute] = &[
    optional("endpoints", Type::Texts, "Endpoints that others own."),
    optional("privatelinks", Type::Texts, "PrivateLink mappings that others own."),
];

const SCOPED: &[Attribute] = &[
    required("namespace", Type::Namespace, "The Namespace."),
    required("permission", Type::Word(PERMISSIONS), "What it may do there."),
];

const WORKER_TARGET: &[Attribute] = &[
    required("namespace", Type::Namespace, "The target Namespace."),
    required("task_queue", Type::Text, "The task queue that its Workers poll."),
];

const EXTERNAL_TARGET: &[Attribute] = &[required("url", Type::Text, "The URL, http or https.")];

/// Blocks of the language that a later version compiles.
pub const LATER_BLOCKS: &[&str] = &["privatelink", "guard", "test", "lint", "variable", "locals"];

/// The table of the block of this name.
#[must_use]
pub fn block(name: &str) -> Option<&'static BlockType> {
    BLOCKS.iter().find(|block| block.name == name)
}

/// `a`, `b` or `c`, as messages list words.
#[must_use]
pub fn quoted(words: &[&str]) -> String {
    let quoted: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => quoted.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn each_object(attributes: &'static [Attribute], visit: &mut impl FnMut(&'static [Attribute])) {
        visit(attributes);
        for attribute in attributes {
            if let Type::Object(inner) = attribute.of {
                each_object(inner, visit);
            }
        }
    }

    #[test]
    fn attributes_are_unique_and_documented_in_sentences() {
        for block in BLOCKS {
            each_object(block.attributes, &mut |attributes| {
                let names: BTreeSet<_> = attributes.iter().map(|attribute| attribute.name).collect();
                assert_eq!(names.len(), attributes.len(), "{}", block.name);
                assert!(attributes.iter().all(|attribute| attribute.doc.ends_with('.')), "{}", block.name);
            });
        }
    }

    #[test]
    fn words_are_listed_as_people_list_them() {
        assert_eq!(quoted(&["a"]), "`a`");
        assert_eq!(quoted(&["a", "b", "c"]), "`a`, `b` or `c`");
    }
}
