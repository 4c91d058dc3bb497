//! `privatelink` blocks.

use super::Context;
use super::endpoint::{instance, managed_by};
use super::fields::Fields;
use super::namespace::known_region;
use crate::document::Block;
use crate::policy::{DeclaredPrivatelink, Use};
use schema::diagnostic::{Code, Finding, Findings};
use schema::privatelink::{ConnectionError, PrivateConnection};
use schema::region::Region;
use schema::source::Span;
use std::collections::BTreeMap;

/// Lowers one block. It is kept even where its connection could not be understood: what it attaches can be checked.
pub fn lower(
    block: &Block,
    fields: &Fields,
    context: &Context,
    findings: &mut Findings,
) -> Option<DeclaredPrivatelink> {
    let region = fields.value("region").and_then(|value| {
        let text = value.as_str()?;
        Some(Use { span: value.span, id: known_region(text, value.span, findings)? })
    });
    let connection = region.as_ref().and_then(|region| connection(block, region.id, fields, findings));
    let elements = fields.elements("namespaces").unwrap_or_default().iter();
    let namespaces = elements
        .filter_map(|element| context.names.namespace(element, Code::DanglingNamespace, findings))
        .collect();
    let service_name = fields.text("service_name").map(|(name, span)| Use { span, id: name.to_owned() });
    Some(DeclaredPrivatelink {
        span: block.span,
        instance: instance(block),
        region,
        connection,
        namespaces,
        service_name,
        keep_public: fields.is_on("keep_public"),
        allow_public_lockout: fields.is_on("allow_public_lockout"),
        managed_by: managed_by(fields, context, findings),
    })
}

fn connection(
    block: &Block,
    region: &Region,
    fields: &Fields,
    findings: &mut Findings,
) -> Option<Use<PrivateConnection>> {
    let (id, span) = fields.text("connection_id")?;
    let project = fields.text("gcp_project_id");
    if fields.given("gcp_project_id") && project.is_none() {
        return None;
    }
    match PrivateConnection::new(region, id, project.map(|(project, _)| project)) {
        Ok(id) => Some(Use { span, id }),
        Err(error) => {
            findings.push(refusal(&error, block.span, span, project.map(|(_, span)| span)));
            None
        }
    }
}

fn refusal(error: &ConnectionError, header: Span, id: Span, project: Option<Span>) -> Finding {
    let project = project.unwrap_or(header);
    let (code, span, help) = match error {
        ConnectionError::Id { .. } => {
            let help = "it is shown beside the endpoint or connection in the cloud's own console";
            (Code::PrivatelinkConnectionId, id, help)
        }
        ConnectionError::NoProject(_) => {
            (Code::MissingAttribute, header, "write `gcp_project_id = \"…\"`, the project of the connection")
        }
        ConnectionError::Project(_) => (Code::InvalidValue, project, "remove it, or correct `region`"),
        ConnectionError::ProjectId => {
            (Code::InvalidValue, project, "write the project's id, not its name or number")
        }
    };
    Finding::new(code, span, error.to_string()).help(help)
}

/// A connection is declared once: its block lists everything that it is attached to.
pub fn report_duplicates(privatelinks: &[DeclaredPrivatelink], findings: &mut Findings) {
    let mut declared = BTreeMap::new();
    for privatelink in privatelinks {
        let Some(Use { span, id }) = &privatelink.connection else { continue };
        if let Some(first) = declared.get(id) {
            let message = format!("the connection `{}` is declared twice", id.connection_id);
            let finding =
                Finding::new(Code::DuplicateName, *span, message).related(*first, "first declared here");
            let help = "list all its Namespaces in one `privatelink`";
            findings.push(finding.help(help).instance(&privatelink.instance));
            continue;
        }
        declared.insert(id, *span);
    }
}

#[cfg(test)]
mod tests {
    use crate::check::expect::check;

    #[test]
    fn a_connection_follows_the_rules_of_its_cloud() {
        check(
            r#"privatelink "aws" {
  region               = "aws-us-east-1"
  connection_id        = "vpce-hub" #! privatelink-connection-id
  namespaces           = ["orders-prod"]
  allow_public_lockout = true
}
privatelink "bare" {
  region        = "us-east-1" #! invalid-value
  connection_id = "vpce-0123456789abcdef0"
  namespaces    = [namespace.nowhere] #! dangling-namespace
}
privatelink "no_project" { #! missing-attribute
  region        = "gcp-us-central1"
  connection_id = "31415926535"
  namespaces    = []
}
privatelink "project" {
  region         = "aws-us-east-1"
  connection_id  = "vpce-0123456789abcdef0"
  gcp_project_id = "acme-prod" #! invalid-value
  namespaces     = []
}
privatelink "odd_project" {
  region         = "gcp-us-central1"
  connection_id  = "31415926535"
  gcp_project_id = "Acme" #! invalid-value
  namespaces     = []
  keep_public    = "yes" #! wrong-type
}
"#,
        );
    }

    #[test]
    fn a_connection_is_declared_once() {
        check(
            r#"privatelink "hub" {
  region        = "aws-us-east-1"
  connection_id = "vpce-0123456789abcdef0"
  namespaces    = []
}
privatelink "hub2" {
  region        = "aws-us-east-1"
  connection_id = "vpce-0123456789abcdef0" #! duplicate-name
  namespaces    = []
}
privatelink "elsewhere" {
  region        = "aws-us-west-2"
  connection_id = "vpce-0123456789abcdef0"
  namespaces    = []
}
"#,
        );
    }
}
