//! Writes configurations as HCL.

use crate::configuration::{Block, Body, Configuration, Consent, EndpointId, Instances, RuleId};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use tests::workspace::PROVIDER;

/// Gives the id that an Endpoint, by its name, or a rule, by its connection, has now.
pub type Ids<'a> = &'a dyn Fn(&str) -> String;

/// The whole `main.tf`.
pub fn write(configuration: &Configuration, ids: Ids<'_>) -> String {
    let mut text = String::from(PROVIDER);
    // Objects of earlier steps may need it.
    text.push_str("provider \"temporalnexus\" {\n  alias = \"b\"\n}\n");
    rollout(configuration, &mut text);
    data(configuration, &mut text);
    for block in &configuration.blocks {
        resource(block, ids, &mut text);
    }
    for (from, to) in &configuration.moved {
        let _ = writeln!(text, "moved {{\n  from = {from}\n  to   = {to}\n}}");
    }
    for (from, destroy) in &configuration.removed {
        let _ =
            writeln!(text, "removed {{\n  from = {from}\n  lifecycle {{\n    destroy = {destroy}\n  }}\n}}");
    }
    let instances = configuration.instances();
    for to in &configuration.imports {
        if let Some(body) = instances.get(to) {
            let _ = writeln!(text, "import {{\n  to = {to}\n  id = {:?}\n}}", import_id(body, ids));
        }
    }
    text
}

fn rollout(configuration: &Configuration, text: &mut String) {
    let _ = write!(text, "resource \"terraform_data\" \"rollout\" {{\n  triggers_replace = ");
    let _ = writeln!(text, "[{}]", configuration.rollout);
    if configuration.slow {
        text.push_str("  provisioner \"local-exec\" {\n    command = \"sleep 1\"\n  }\n");
    }
    text.push_str("}\n");
}

fn data(configuration: &Configuration, text: &mut String) {
    let mut seen = BTreeSet::new();
    for (_, body) in configuration.instances() {
        let (Body::Allowlist { endpoint, .. } | Body::Caller { endpoint, .. }) = body else { continue };
        let (name, later) = match endpoint {
            EndpointId::Data(name) => (name, false),
            EndpointId::DataLater(name) => (name, true),
            _ => continue,
        };
        if !seen.insert((name, later)) {
            continue;
        }
        let (suffix, waits) = match later {
            true => ("_later", "  depends_on = [terraform_data.rollout]\n"),
            false => ("", ""),
        };
        let _ = writeln!(
            text,
            "data \"temporalnexus_endpoint\" \"{name}{suffix}\" {{\n  name = {name:?}\n{waits}}}"
        );
    }
}

fn resource(block: &Block, ids: Ids<'_>, text: &mut String) {
    let Some(kind) = block.kind() else { return };
    let name = block.name;
    let (before, repeat, each) = match &block.instances {
        Instances::One(_) => (String::new(), String::new(), None),
        Instances::Count(bodies) => {
            let items: Vec<_> = bodies.iter().map(|body| object(body, ids)).collect();
            let list = format!("locals {{\n  {name} = [\n    {}\n  ]\n}}\n", items.join(",\n    "));
            (list, format!("  count = {}\n", bodies.len()), Some(format!("local.{name}[count.index]")))
        }
        Instances::ForEach(bodies) => {
            let items: Vec<_> =
                bodies.iter().map(|(key, body)| format!("    {key} = {}", object(body, ids))).collect();
            let repeat = format!("  for_each = {{\n{}\n  }}\n", items.join("\n"));
            (String::new(), repeat, Some("each.value".to_owned()))
        }
    };
    let _ = writeln!(text, "{before}resource \"{kind}\" \"{name}\" {{\n{repeat}{}", lines(block, each, ids));
}

/// The lines of a block, to its closing brace.
fn lines(block: &Block, each: Option<String>, ids: Ids<'_>) -> String {
    let mut text = String::new();
    let bodies = block.instances.bodies();
    let attributes = bodies.first().map(|(_, body)| attributes(body, ids)).unwrap_or_default();
    for (attribute, value) in attributes {
        let value = each.as_ref().map_or(value, |each| format!("{each}.{attribute}"));
        let _ = writeln!(text, "  {attribute} = {value}");
    }
    if block.alias {
        text.push_str("  provider = temporalnexus.b\n");
    }
    let mut lifecycle = String::new();
    if block.create_before_destroy {
        lifecycle.push_str("    create_before_destroy = true\n");
    }
    if block.replaced_by_rollout {
        lifecycle.push_str("    replace_triggered_by = [terraform_data.rollout]\n");
    }
    if !lifecycle.is_empty() {
        let _ = writeln!(text, "  lifecycle {{\n{lifecycle}  }}");
    }
    text.push('}');
    text
}

fn object(body: &Body, ids: Ids<'_>) -> String {
    let attributes: Vec<_> =
        attributes(body, ids).into_iter().map(|(name, value)| format!("{name} = {value}")).collect();
    format!("{{ {} }}", attributes.join(", "))
}

fn attributes(body: &Body, ids: Ids<'_>) -> Vec<(&'static str, String)> {
    match body {
        Body::Endpoint { name, target, queue, callers } => vec![
            ("name", format!("{name:?}")),
            ("worker_target", format!("{{ namespace_id = {target:?}, task_queue = {queue:?} }}")),
            ("allowed_caller_namespaces", optional(callers.as_ref())),
        ],
        Body::Allowlist { endpoint, callers } => vec![
            ("endpoint_id", endpoint_id(endpoint, ids)),
            ("allowed_caller_namespaces", format!("{callers:?}")),
        ],
        Body::Caller { endpoint, namespace } => {
            vec![("endpoint_id", endpoint_id(endpoint, ids)), ("namespace_id", format!("{namespace:?}"))]
        }
        Body::Mapping { connection, namespaces, consent } => {
            let mut all = vec![
                ("region", "\"aws-us-east-1\"".to_owned()),
                ("connection_id", format!("{connection:?}")),
                ("namespace_ids", optional(namespaces.as_ref())),
            ];
            all.extend(consents(*consent));
            all
        }
        Body::Attachment { rule, namespace, consent } => {
            let mut all = vec![
                ("connectivity_rule_id", rule_id(rule, ids)),
                ("namespace_id", format!("{namespace:?}")),
            ];
            all.extend(consents(*consent));
            all
        }
        Body::PublicRule => Vec::new(),
    }
}

fn consents(consent: Consent) -> [(&'static str, String); 3] {
    [
        ("keep_public", consent.keep_public.to_string()),
        ("allow_public_lockout", consent.lockout.to_string()),
        ("allow_public_reopen", consent.reopen.to_string()),
    ]
}

fn optional(names: Option<&Vec<&'static str>>) -> String {
    names.map_or("null".to_owned(), |names| format!("{names:?}"))
}

fn endpoint_id(id: &EndpointId, ids: Ids<'_>) -> String {
    match id {
        EndpointId::Of(address) => format!("{address}.id"),
        EndpointId::Literal(name) => format!("{:?}", ids(name)),
        EndpointId::Data(name) => format!("data.temporalnexus_endpoint.{name}.id"),
        EndpointId::DataLater(name) => format!("data.temporalnexus_endpoint.{name}_later.id"),
    }
}

fn rule_id(id: &RuleId, ids: Ids<'_>) -> String {
    match id {
        RuleId::Of(address) if address.starts_with("temporalnexus_public") => format!("{address}.id"),
        RuleId::Of(address) => format!("{address}.connectivity_rule_id"),
        RuleId::Literal(connection) => format!("{:?}", ids(connection)),
    }
}

/// The id of what others made that an instance imports.
fn import_id(body: &Body, ids: Ids<'_>) -> String {
    let endpoint = |id: &EndpointId| match id {
        EndpointId::Of(address) => address.clone(),
        EndpointId::Literal(name) | EndpointId::Data(name) | EndpointId::DataLater(name) => ids(name),
    };
    match body {
        Body::Endpoint { name, .. } => (*name).to_owned(),
        Body::Allowlist { endpoint: id, .. } => endpoint(id),
        Body::Caller { endpoint: id, namespace } => format!("{}/{namespace}", endpoint(id)),
        Body::Mapping { connection, .. } => (*connection).to_owned(),
        Body::Attachment { rule: RuleId::Literal(connection), namespace, .. } => {
            format!("{}/{namespace}", ids(connection))
        }
        Body::Attachment { rule: RuleId::Of(address), .. } => address.clone(),
        Body::PublicRule => "public".to_owned(),
    }
}
