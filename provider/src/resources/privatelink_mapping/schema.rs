//! The schema of the resource.

use tfplugin::{Attribute, Nested, Schema, Type};

use super::model::{ADDRESS, CONNECTION, NAMESPACES, PORT, PROJECT, REACHED, REGION, RULE, SERVICE};
use crate::resources::connectivity::consent;
use crate::timeouts;

/// The resource's schema.
pub(super) fn schema() -> Schema {
    let attributes =
        connection().into_iter().chain(namespaces()).chain(consent::attributes()).chain(computed());
    Schema::new(
        0,
        "A private connection to Temporal Cloud: the connectivity rule that lets an AWS VPC endpoint or a GCP Private Service \
         Connect endpoint in, and the Namespaces that have it attached. Attaching never drops a rule that is already there.\n\n\
         A Namespace without any connectivity rule is reached from the internet. The first rule closes it to the internet at once, \
         and when the last one goes it is open again. A plan that would do either is refused until the configuration says that it is \
         meant, or keeps the internet in with `keep_public`; an apply judges it again.\n\n\
         Beside Temporal's own provider, give each `temporalcloud_namespace` that a mapping attaches to \
         `lifecycle { ignore_changes = [connectivity_rule_ids] }`: that resource detaches whatever its `connectivity_rule_ids` does \
         not list, at its next apply.\n\n\
         Rules never change, so another region, connection or project replaces the mapping. With \
         `lifecycle { create_before_destroy = true }` the new connection is attached before the old one is detached.",
        attributes,
    )
    .block(timeouts::block())
}

fn connection() -> [Attribute; 3] {
    [
        Attribute::required(
            REGION,
            Type::String,
            "Region of the connection by Temporal's name, such as `aws-us-east-1`: one with a private service, in which the Namespaces \
             are, with a replica at least.",
        )
        .replaces(),
        Attribute::required(
            CONNECTION,
            Type::String,
            "On AWS the id of the VPC endpoint, such as `vpce-0123456789abcdef0`; on GCP the number of the Private Service Connect \
             connection.",
        )
        .replaces(),
        Attribute::optional(
            PROJECT,
            Type::String,
            "The project of a connection on GCP, where it is required; nowhere else is it allowed.",
        )
        .replaces(),
    ]
}

fn namespaces() -> [Attribute; 3] {
    [
        Attribute::optional(
            NAMESPACES,
            Type::set(Type::String),
            "Ids of all Namespaces that the connection reaches; it is detached from every other. Left out, attachments belong to others \
             and are neither read nor changed: see `temporalnexus_privatelink_attachment`. A Namespace that a creation fails to attach is \
             told by a warning, is missing in `namespaces`, and is attached by the next apply.",
        )
        .imports(),
        Attribute::optional(
            ADDRESS,
            Type::String,
            "Where the connection is reached inside your network: the DNS name of the VPC endpoint, or the IP address of the Private \
             Service Connect endpoint. It is what `dns_record` points to, and concerns nothing else.",
        ),
        Attribute::optional_computed(
            SERVICE,
            Type::String,
            "Temporal's private service in the region, to which the connection must lead. Given, it is compared with Temporal's list; \
             left out, it is filled in.",
        ),
    ]
}

fn computed() -> [Attribute; 3] {
    let record = Nested::single([
        Attribute::computed(
            "name",
            Type::String,
            "Name of the record and of the private zone that holds it.",
        ),
        Attribute::computed("type", Type::String, "`CNAME` on AWS, `A` on GCP."),
        Attribute::computed("ttl", Type::Number, "How long it may be kept, in seconds."),
        Attribute::computed("value", Type::String, "What it points to: `endpoint_address`."),
    ]);
    let reached = Nested::map([
        Attribute::computed(
            "tls_server_name",
            Type::String,
            "The TLS server name that a client must set when it connects to the address of the connection itself. Null where it \
             cannot be known how the Namespace authenticates.",
        ),
        Attribute::computed(
            "dns_record",
            record,
            "The record by which clients reach the Namespace without setting a server name. Create it before its private zone is \
             attached to a network: an empty zone makes the name vanish there.",
        ),
    ]);
    [
        Attribute::computed(RULE, Type::String, "Id that the registry gave the connectivity rule.").keeps(),
        Attribute::computed(
            PORT,
            Type::Number,
            "The TCP port to connect to, which security groups must admit.",
        )
        .keeps(),
        Attribute::computed(
            REACHED,
            reached,
            "How to reach each Namespace that has the rule attached, by its id.",
        ),
    ]
}
