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
        "Manages a private connection to Temporal Cloud: the connectivity rule that admits an AWS VPC endpoint or a GCP Private \
         Service Connect endpoint, and the Namespaces that it is attached to. Other rules of these Namespaces are not \
         changed.\n\n\
         A Namespace without any connectivity rule is open to the internet. Attaching the first rule closes it immediately, and \
         detaching the last rule opens it again. A plan that would do either is rejected unless the configuration allows it, or \
         keeps the Namespace open with `keep_public`. The apply checks this again.\n\n\
         If a Namespace is managed by `temporalcloud_namespace` of the `temporalio/temporalcloud` provider, set `lifecycle { \
         ignore_changes = [connectivity_rule_ids] }` on that resource. Otherwise its next apply detaches all rules that its \
         `connectivity_rule_ids` does not list.\n\n\
         Rules cannot be updated, so a change of the region, connection or project replaces the mapping. With `lifecycle { \
         create_before_destroy = true }` the new connection is attached before the old one is detached.",
        attributes,
    )
    .block(timeouts::block())
}

fn connection() -> [Attribute; 3] {
    [
        Attribute::required(
            REGION,
            Type::String,
            "Region of the connection as Temporal names it, such as `aws-us-east-1`. The region must have a private service, and \
             each Namespace must have a replica in it.",
        )
        .replaces(),
        Attribute::required(
            CONNECTION,
            Type::String,
            "On AWS, the id of the VPC endpoint, such as `vpce-0123456789abcdef0`; on GCP, the number of the Private Service \
             Connect connection.",
        )
        .replaces(),
        Attribute::optional(
            PROJECT,
            Type::String,
            "Id of the GCP project of the connection. Required on GCP, not allowed elsewhere.",
        )
        .replaces(),
    ]
}

fn namespaces() -> [Attribute; 3] {
    [
        Attribute::optional(
            NAMESPACES,
            Type::set(Type::String),
            "Ids of all Namespaces that the rule is attached to; it is detached from all others. If omitted, this resource does \
             not manage attachments, and neither reads nor changes them: see `temporalnexus_privatelink_attachment`. If \
             attaching a Namespace fails during creation, a warning is reported, the Namespace is missing from `namespaces`, and \
             the next apply attaches it.",
        )
        .imports(),
        Attribute::optional(
            ADDRESS,
            Type::String,
            "Address of the connection in your network: the DNS name of the VPC endpoint, or the IP address of the Private \
             Service Connect endpoint. Used only as the value of `dns_record`.",
        ),
        Attribute::optional_computed(
            SERVICE,
            Type::String,
            "Name of Temporal's private service in the region, which the connection must use. If set, it is checked against \
             Temporal's list; if omitted, it is computed.",
        ),
    ]
}

fn computed() -> [Attribute; 3] {
    let record = Nested::single([
        Attribute::computed(
            "name",
            Type::String,
            "Name of the record and of the private zone that contains it.",
        ),
        Attribute::computed("type", Type::String, "`CNAME` on AWS, `A` on GCP."),
        Attribute::computed("ttl", Type::Number, "Time to live in seconds."),
        Attribute::computed("value", Type::String, "Value of the record: `endpoint_address`."),
    ]);
    let reached = Nested::map([
        Attribute::computed(
            "tls_server_name",
            Type::String,
            "TLS server name that a client must set when it connects to the address of the connection directly. Null if the \
             authentication method of the Namespace is not known.",
        ),
        Attribute::computed(
            "dns_record",
            record,
            "DNS record that lets clients reach the Namespace without setting a server name. Create it before you attach its \
             private zone to a network: an empty zone makes the name unresolvable there.",
        ),
    ]);
    [
        Attribute::computed(RULE, Type::String, "Id of the connectivity rule, assigned by the registry.")
            .keeps(),
        Attribute::computed(PORT, Type::Number, "TCP port to connect to. Security groups must allow it.")
            .keeps(),
        Attribute::computed(
            REACHED,
            reached,
            "How to connect to each Namespace that the rule is attached to, by Namespace id.",
        ),
    ]
}
