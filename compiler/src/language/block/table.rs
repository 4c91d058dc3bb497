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
    /// One that must be given on Temporal Cloud, and may be left out elsewhere.
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
const NAMESPACE_ACCESS: Attribute = optional(
    "namespace_access",
    Type::NamespaceMap(&Type::Word(PERMISSIONS)),
    "Permissions on single Namespaces.",
);

const MANAGED_BY: Attribute = optional(
    "managed_by",
    Type::OneOrMore(&Type::Principal),
    "Who else manages it; their permissions are checked too.",
)
.cloud_only();

const FOR_EACH: Attribute = optional(
    "for_each",
    Type::Instances,
    "One instance of the block for each element, in which `each.key` and `each.value` can be read.",
);

/// The block that every policy has once.
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
            "Where the account lives: Temporal Cloud or a self-hosted server.",
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
            "What becomes of allowlists, which a server has not: `error` (the default) refuses them, `ignore` compiles them for `access` and `export authorizer` and leaves them out of `plan` and `apply`: nothing enforces them unless a check is added to the server.",
        )
        .self_hosted_only(),
        optional("limits", Type::Object(LIMITS), "Limits other than the documented ones."),
        optional("ignore", Type::Object(IGNORE), "What others own, by name with `*` and `?`."),
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
            optional("name", Type::Text, "Its name, where that is not the label."),
            optional("auth", Type::List(&Type::Word(&["mtls", "api_key"])), "How Workers authenticate.")
                .cloud_only(),
            optional("tags", Type::Map(&Type::Text), "Its tags."),
            optional("codec", Type::Object(CODEC), "How its payloads are encrypted."),
        ],
    },
    BlockType {
        kind: BlockKind::User,
        only: Some(Backend::Cloud),
        doc: "A person.",
        attributes: &[
            FOR_EACH,
            ACCOUNT_ACCESS,
            optional("name", Type::Text, "The e-mail address, where that is not the label."),
            NAMESPACE_ACCESS,
        ],
    },
    BlockType {
        kind: BlockKind::ServiceAccount,
        only: Some(Backend::Cloud),
        doc: "A service account: of the account, or of one Namespace.",
        attributes: &[
            FOR_EACH,
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
        kind: BlockKind::Group,
        only: Some(Backend::Cloud),
        doc: "A group of users, who get the most permissive of what their groups and they themselves have.",
        attributes: &[
            FOR_EACH,
            ACCOUNT_ACCESS,
            optional("name", Type::Text, "Its name, where that is not the label."),
            NAMESPACE_ACCESS,
            optional("members", Type::List(&Type::User), "Its users."),
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
            optional("name", Type::Text, "Its name, where that is not the label."),
            optional(
                "renamed_from",
                Type::Text,
                "The name that it has had: the Endpoint is renamed, not made anew.",
            ),
            optional("description", Type::Text, "What it is for."),
            optional(
                "allowed_caller_namespaces",
                Type::List(&CALLER),
                "The Namespaces that may call it. Left out, with no `allowlist` that names it, its allowlist belongs to others; `[]` means nobody. On self-hosted Temporal with `allowlist = \"ignore\"` only.",
            ),
            MANAGED_BY,
        ],
    },
    BlockType {
        kind: BlockKind::Allowlist,
        only: None,
        doc: "More callers of an Endpoint, declared apart from it. On self-hosted Temporal with `allowlist = \"ignore\"` only.",
        attributes: &[
            FOR_EACH,
            required("endpoint", Type::Endpoint, "The Endpoint."),
            required("callers", Type::List(&CALLER), "The Namespaces that may call it."),
            optional("reason", Type::Text, "Why."),
            optional("expires", Type::Date, "The last day on which it grants anything, in UTC."),
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
                "The Namespaces that it is attached to; each is or has a replica in `region`.",
            ),
            optional(
                "gcp_project_id",
                Type::Text,
                "The project of the connection; on GCP only, and needed there.",
            ),
            optional(
                "service_name",
                Type::Text,
                "Temporal's service that it connects to; checked where it is given.",
            ),
            optional(
                "keep_public",
                Type::Bool,
                "Whether the Namespaces stay reachable from the internet: the account's public rule is attached too.",
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
        kind: BlockKind::Guard,
        only: None,
        doc: "A rule of the policy's own, which every object of one kind must follow.",
        attributes: &[
            FOR_EACH,
            required("each", Type::Word(GUARDED), "What it is about."),
            required(
                "condition",
                Type::Condition,
                "What must hold of each object, which it sees under its name.",
            ),
            required(
                "message",
                Type::Message,
                "What is said of an object of which it does not hold; it may use the object.",
            ),
            optional(
                "severity",
                Type::Word(&["error", "warning", "approval"]),
                "`error` unless given. With `approval`, `nexusc plan` exits with 3, and refuses nothing.",
            ),
        ],
    },
    BlockType {
        kind: BlockKind::Test,
        only: Some(Backend::Cloud),
        doc: "What must hold of the policy: who may call and manage Endpoints, and who may not.",
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
        doc: "A value that is given from outside, and read as `var.NAME`.",
        attributes: &[
            optional("type", Type::TypeExpression, "Its type; without one, any."),
            optional("default", Type::Any, "Its value where none is given."),
            optional("description", Type::Text, "What it is for."),
        ],
    },
    BlockType {
        kind: BlockKind::Locals,
        only: None,
        doc: "Values with names of the policy's own, read as `local.NAME`; any number of blocks.",
        attributes: &[],
    },
    BlockType {
        kind: BlockKind::Lint,
        only: None,
        doc: "How much findings weigh, by code.",
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
    optional("endpoints", TEXTS, "Endpoints that others own."),
    optional("privatelinks", TEXTS, "PrivateLink mappings that others own, by connection id.").cloud_only(),
];

const CODEC: &[Attribute] = &[
    required(
        "mode",
        Type::Word(&["none", "shared_key", "kms", "wrapper"]),
        "No encryption, one key that all sides hold, a key of a key management service, or wrapper types with a key for each Endpoint.",
    ),
    optional(
        "key",
        Type::Text,
        "The name of the key that it encrypts with; needed by `shared_key` and `kms`.",
    ),
    optional("decrypts", TEXTS, "The keys that this side can decrypt besides its own; `kms` only."),
];

const SCOPED: &[Attribute] = &[
    required("namespace", NAMESPACE, "The Namespace."),
    required("permission", Type::Word(PERMISSIONS), "What it may do there."),
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
];

const CALL: &[Attribute] = &[
    required("caller", CALLER, "The Namespace whose Workflows call."),
    required("endpoint", Type::Endpoint, "The Endpoint that they call."),
];

const MANAGEMENT: &[Attribute] = &[
    required("principal", Type::Principal, "Who manages."),
    required("endpoint", Type::Endpoint, "The Endpoint that is managed."),
];

const WORKER_TARGET: &[Attribute] = &[
    required("namespace", Type::Namespace(&DANGLING_TARGET), "The target Namespace."),
    required("task_queue", Type::Text, "The task queue that its Workers poll."),
];

const EXTERNAL_TARGET: &[Attribute] = &[required("url", Type::Text, "The URL, http or https.")];
