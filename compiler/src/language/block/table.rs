//! The tables themselves.

use super::{Attribute, BlockKind, BlockType, Required, Type};
use crate::diagnostic::{DANGLING_CALLER, DANGLING_NAMESPACE, DANGLING_TARGET};
use schema::backend::Backend;

const ROLES: &[&str] = &["owner", "admin", "developer", "finance_admin", "read", "metrics_read"];
const PERMISSIONS: &[&str] = &["admin", "write", "read"];

const TEXTS: Type = Type::List(&Type::Text);
const NAMESPACE: Type = Type::Namespace(&DANGLING_NAMESPACE);
const CALLER: Type = Type::Namespace(&DANGLING_CALLER);

const fn required(name: &'static str, of: Type, doc: &'static str) -> Attribute {
    Attribute { name, of, required: Required::Always, only: None, doc }
}

const fn optional(name: &'static str, of: Type, doc: &'static str) -> Attribute {
    Attribute { name, of, required: Required::Never, only: None, doc }
}

impl Attribute {
    /// Required on Temporal Cloud, optional elsewhere.
    const fn needed_on_cloud(self) -> Self {
        Self { required: Required::OnCloud, ..self }
    }

    const fn cloud_only(self) -> Self {
        Self { only: Some(Backend::Cloud), ..self }
    }

    const fn self_hosted_only(self) -> Self {
        Self { only: Some(Backend::SelfHosted), ..self }
    }
}

const ACCOUNT_ACCESS: Attribute = required("account_access", Type::Word(ROLES), "The role in the account.");
const NAMESPACE_ACCESS: Attribute =
    optional("namespace_access", Type::NamespaceMap(&Type::Word(PERMISSIONS)), "Permissions on Namespaces.");

const MANAGED_BY: Attribute = optional(
    "managed_by",
    Type::OneOrMore(&Type::Principal),
    "Further principals that manage it; their permissions are checked too.",
)
.cloud_only();

const FOR_EACH: Attribute = optional(
    "for_each",
    Type::Instances,
    "Creates an instance of the block for each element, with `each.key` and `each.value`.",
);

/// The block that every policy has exactly once.
pub const ACCOUNT: BlockType = BlockType {
    kind: BlockKind::Account,
    only: None,
    doc: "The account that the policy is for; exactly one.",
    attributes: &[
        optional("id", Type::Text, "The account id, the part of a Namespace id after the dot.")
            .needed_on_cloud(),
        optional("language", Type::Count, "The version of the policy language: 1."),
        optional(
            "backend",
            Type::Word(&["cloud", "self_hosted"]),
            "Temporal Cloud (the default) or a self-hosted server.",
        ),
        optional(
            "apply_as",
            Type::Principal,
            "The principal that applies the policy, whose permissions are checked.",
        )
        .cloud_only(),
        optional(
            "allowlist",
            Type::Word(&["error", "ignore"]),
            "How to treat allowlists, which self-hosted servers do not support: `error` (the default) refuses them, `ignore` compiles them for `access` and `export authorizer` and leaves them out of `plan` and `apply`. They are not enforced unless a check is added to the server.",
        )
        .self_hosted_only(),
        optional("limits", Type::Object(LIMITS), "Limits that differ from the documented ones."),
        optional("ignore", Type::Object(IGNORE), "Objects managed by others, as globs with `*` and `?`."),
        optional(
            "unmanaged",
            Type::Word(&["keep", "delete"]),
            "What happens to Endpoints and private connections of the account that the policy neither declares nor ignores: they stay (`keep`, the default), or are deleted (`delete`).",
        ),
    ],
};

/// Every block that this version compiles.
pub const BLOCKS: &[BlockType] = &[
    ACCOUNT,
    BlockType {
        kind: BlockKind::Namespace,
        only: None,
        doc: "A Namespace of the account.",
        attributes: &[
            FOR_EACH,
            optional("regions", TEXTS, "Its regions, the active one first, such as `aws-us-east-1`.")
                .needed_on_cloud(),
            optional("name", Type::Text, "The name, if it differs from the label."),
            optional("auth", Type::List(&Type::Word(&["mtls", "api_key"])), "How Workers authenticate.")
                .cloud_only(),
            optional("tags", Type::Map(&Type::Text), "The tags."),
            optional("codec", Type::Object(CODEC), "How payloads are encrypted."),
        ],
    },
    BlockType {
        kind: BlockKind::User,
        only: Some(Backend::Cloud),
        doc: "A user.",
        attributes: &[
            FOR_EACH,
            ACCOUNT_ACCESS,
            optional("name", Type::Text, "The e-mail address, if it differs from the label."),
            NAMESPACE_ACCESS,
        ],
    },
    BlockType {
        kind: BlockKind::ServiceAccount,
        only: Some(Backend::Cloud),
        doc: "A service account, of the account or of one Namespace.",
        attributes: &[
            FOR_EACH,
            optional("account_access", Type::Word(ROLES), "The role in the account."),
            optional("name", Type::Text, "The name, if it differs from the label."),
            NAMESPACE_ACCESS,
            optional(
                "namespace_scoped_access",
                Type::Object(SCOPED),
                "Access to a single Namespace, instead of a role.",
            ),
        ],
    },
    BlockType {
        kind: BlockKind::Group,
        only: Some(Backend::Cloud),
        doc: "A group of users. A user has the most permissive access of its own and its groups'.",
        attributes: &[
            FOR_EACH,
            ACCOUNT_ACCESS,
            optional("name", Type::Text, "The name, if it differs from the label."),
            NAMESPACE_ACCESS,
            optional("members", Type::List(&Type::User), "The users in the group."),
        ],
    },
    BlockType {
        kind: BlockKind::Endpoint,
        only: None,
        doc: "A Nexus Endpoint.",
        attributes: &[
            FOR_EACH,
            optional(
                "worker_target",
                Type::Object(WORKER_TARGET),
                "The Namespace and task queue that serve it.",
            ),
            optional(
                "external_target",
                Type::Object(EXTERNAL_TARGET),
                "The URL that serves it; self-hosted only.",
            )
            .self_hosted_only(),
            optional("name", Type::Text, "The name, if it differs from the label."),
            optional(
                "renamed_from",
                Type::Text,
                "The previous name: the Endpoint is renamed instead of created.",
            ),
            optional("description", Type::Text, "The description."),
            optional(
                "allowed_caller_namespaces",
                Type::List(&CALLER),
                "The Namespaces that may call it; `[]` means none. If omitted, and no `allowlist` names the Endpoint, the policy does not manage its allowlist. On self-hosted Temporal with `allowlist = \"ignore\"` only.",
            ),
            MANAGED_BY,
        ],
    },
    BlockType {
        kind: BlockKind::Allowlist,
        only: None,
        doc: "Callers of an Endpoint, declared separately from it. On self-hosted Temporal with `allowlist = \"ignore\"` only.",
        attributes: &[
            FOR_EACH,
            required("endpoint", Type::Endpoint, "The Endpoint."),
            required("callers", Type::List(&CALLER), "The Namespaces that may call it."),
            optional("reason", Type::Text, "The reason for the grant."),
            optional(
                "expires",
                Type::Date,
                "The last day of the grant, in UTC. It ends with the next apply after that day.",
            ),
        ],
    },
    BlockType {
        kind: BlockKind::Privatelink,
        only: Some(Backend::Cloud),
        doc: "A private connection to Temporal Cloud: AWS PrivateLink or GCP Private Service Connect.",
        attributes: &[
            FOR_EACH,
            required("region", Type::Text, "The region of the connection, such as `aws-us-east-1`."),
            required(
                "connection_id",
                Type::Text,
                "AWS: the id of the VPC endpoint (`vpce-…`). GCP: the number of the connection.",
            ),
            required(
                "namespaces",
                Type::List(&NAMESPACE),
                "The Namespaces to attach it to; each must be or have a replica in `region`.",
            ),
            optional(
                "gcp_project_id",
                Type::Text,
                "The project of the connection; required on GCP, not allowed elsewhere.",
            ),
            optional("service_name", Type::Text, "Temporal's service that it connects to; checked if given."),
            optional(
                "keep_public",
                Type::Bool,
                "Whether to keep public access to the Namespaces: attaches the account's public rule too.",
            ),
            optional(
                "allow_public_lockout",
                Type::Bool,
                "Whether the first private connection of a Namespace may close it to the internet.",
            ),
            MANAGED_BY,
        ],
    },
    BlockType {
        kind: BlockKind::Removed,
        only: None,
        doc: "An Endpoint (`removed \"endpoint\" \"NAME\" {}`) or a private connection (`removed \"privatelink\" \"CONNECTION_ID\" {}`) to delete, if it exists.",
        attributes: &[],
    },
    BlockType {
        kind: BlockKind::Guard,
        only: None,
        doc: "A user-defined rule for all objects of one kind.",
        attributes: &[
            FOR_EACH,
            required("each", Type::Word(GUARDED), "The kind of objects to check."),
            required(
                "condition",
                Type::Condition,
                "A condition that each object must meet; it refers to the object by its kind.",
            ),
            required(
                "message",
                Type::Message,
                "The message for an object that does not meet the condition; it may refer to the object.",
            ),
            optional(
                "severity",
                Type::Word(&["error", "warning", "approval"]),
                "The severity of a failure, `error` by default. With `approval`, `nexusc plan` exits with 3 instead of failing.",
            ),
        ],
    },
    BlockType {
        kind: BlockKind::Test,
        only: Some(Backend::Cloud),
        doc: "Assertions on a policy: who may call and manage Endpoints, and who may not.",
        attributes: &[
            optional("allow", Type::List(&Type::Object(CALL)), "Calls that must be allowed."),
            optional("deny", Type::List(&Type::Object(CALL)), "Calls that must not be allowed."),
            optional(
                "can_manage",
                Type::List(&Type::Object(MANAGEMENT)),
                "Principals that must be able to manage an Endpoint.",
            ),
            optional(
                "cannot_manage",
                Type::List(&Type::Object(MANAGEMENT)),
                "Principals that must not be able to manage an Endpoint.",
            ),
        ],
    },
    BlockType {
        kind: BlockKind::Variable,
        only: None,
        doc: "An input value, read as `var.NAME`.",
        attributes: &[
            optional("type", Type::TypeExpression, "The type; any by default."),
            optional("default", Type::Any, "The value if none is given."),
            optional("description", Type::Text, "The description."),
        ],
    },
    BlockType {
        kind: BlockKind::Locals,
        only: None,
        doc: "Named values, read as `local.NAME`; any number of blocks.",
        attributes: &[],
    },
    BlockType {
        kind: BlockKind::Lint,
        only: None,
        doc: "Severities of findings, by code.",
        // The checks know which codes there are: whoever lowers a policy, or writes its schema, gives these.
        attributes: &[],
    },
];

const LIMITS: &[Attribute] = &[
    optional("endpoints", Type::Count, "Endpoints in the account; 100 unless raised."),
    optional("callers_per_endpoint", Type::Count, "Callers of one Endpoint; 1000 unless raised.")
        .cloud_only(),
    optional(
        "privatelinks_per_namespace",
        Type::Count,
        "Private connectivity rules on a Namespace; 5 unless raised.",
    )
    .cloud_only(),
    optional(
        "privatelinks_per_account",
        Type::Count,
        "Private connectivity rules in the account; 50 unless raised.",
    )
    .cloud_only(),
];

const IGNORE: &[Attribute] = &[
    optional("endpoints", TEXTS, "Endpoints managed by others."),
    optional("privatelinks", TEXTS, "Private connections managed by others, by connection id.").cloud_only(),
];

const CODEC: &[Attribute] = &[
    required(
        "mode",
        Type::Word(&["none", "shared_key", "kms", "wrapper"]),
        "No encryption, a key shared by all sides, a key of a key management service, or wrapper types with a key for each Endpoint.",
    ),
    optional("key", Type::Text, "The name of the encryption key; required for `shared_key` and `kms`."),
    optional("decrypts", TEXTS, "The keys that this side can decrypt besides its own; `kms` only."),
];

const SCOPED: &[Attribute] = &[
    required("namespace", NAMESPACE, "The Namespace."),
    required("permission", Type::Word(PERMISSIONS), "The permission."),
];

const GUARDED: &[&str] = &[
    "call",
    "endpoint",
    "namespace",
    "principal",
    "privatelink",
    "gained_call",
    "lost_call",
    "gained_manager",
    "lost_manager",
    "change",
];

const CALL: &[Attribute] = &[
    required("caller", CALLER, "The calling Namespace."),
    required("endpoint", Type::Endpoint, "The called Endpoint."),
];

const MANAGEMENT: &[Attribute] = &[
    required("principal", Type::Principal, "The managing principal."),
    required("endpoint", Type::Endpoint, "The managed Endpoint."),
];

const WORKER_TARGET: &[Attribute] = &[
    required("namespace", Type::Namespace(&DANGLING_TARGET), "The target Namespace."),
    required("task_queue", Type::Text, "The task queue that its Workers poll."),
];

const EXTERNAL_TARGET: &[Attribute] = &[required("url", Type::Text, "The URL, http or https.")];
