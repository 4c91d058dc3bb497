//! `privatelink` blocks.

use super::endpoint::managed_by;
use super::fields::Fields;
use super::instance::Instance;
use super::namespace::known_region;
use crate::diagnostic::subject::Part;
use crate::diagnostic::{
    Code, Control, DUPLICATE_NAME, Decided, Examples, Family, Finding, Findings, INVALID_VALUE,
    MISSING_ATTRIBUTE, Severity,
};
use crate::evaluate::Origin;
use crate::policy::{DeclaredPrivatelink, Spanned};
use schema::privatelink::{ConnectionError, PrivateConnection};
use schema::region::Region;
use std::collections::BTreeMap;

pub static PRIVATELINK_CONNECTION_ID: Code = Code {
    name: "privatelink-connection-id",
    severity: Severity::Error,
    family: Family::Privatelink,
    control: Control::Silenceable,
    decided: Decided::Always,
    meaning: "The connection id does not have the format of the region's cloud provider.",
    explanation: "On AWS, it is the id of the VPC endpoint. On GCP, it is the number of the Private Service Connect \
                  connection, which requires `gcp_project_id` as well.",
    examples: Examples {
        wrong: r#"privatelink "hub" {
  region        = "aws-us-east-1"
  connection_id = "vpc-0123456789abcdef0" #! privatelink-connection-id
  namespaces    = [namespace.payments-prod]
  keep_public   = true
}
"#,
        right: r#"privatelink "hub" {
  region        = "aws-us-east-1"
  connection_id = "vpce-0123456789abcdef0"
  namespaces    = [namespace.payments-prod]
  keep_public   = true
}
"#,
        json: None,
        facts: None,
    },
};

/// Lowers one block. It is kept even if its connection is invalid, so that its attachments are checked.
pub fn lower(block: &Instance, fields: &Fields, findings: &mut Findings) -> Option<DeclaredPrivatelink> {
    let region = fields.text("region");
    let region = region.and_then(|(text, at)| Some(Spanned::new(at, known_region(text, at, findings)?)));
    let connection = region.as_ref().and_then(|region| connection(block, region.id, fields, findings));
    let namespaces = fields.namespaces("namespaces").map(|listed| listed.namespaces).unwrap_or_default();
    let service_name = fields.text("service_name").map(|(name, at)| Spanned::new(at, name.to_string()));
    Some(DeclaredPrivatelink {
        span: block.span,
        instance: block.name(),
        region,
        connection,
        namespaces,
        service_name,
        keep_public: fields.may_be_on("keep_public"),
        allow_public_lockout: fields.may_be_on("allow_public_lockout"),
        managed_by: managed_by(fields),
    })
}

fn connection(
    block: &Instance,
    region: &Region,
    fields: &Fields,
    findings: &mut Findings,
) -> Option<Spanned<PrivateConnection>> {
    let (id, at) = fields.text("connection_id")?;
    let project = fields.text("gcp_project_id");
    if fields.given("gcp_project_id") && project.is_none() {
        return None;
    }
    match PrivateConnection::new(region, id, project.map(|(project, _)| &**project)) {
        Ok(id) => Some(Spanned::new(at, id)),
        Err(error) => {
            findings.push(refusal(&error, block.span.into(), (id, at), project.map(|(_, at)| at)));
            None
        }
    }
}

fn refusal(
    error: &ConnectionError,
    header: Origin,
    (text, id): (&str, Origin),
    project: Option<Origin>,
) -> Finding {
    let project = project.unwrap_or(header);
    let (code, at, help) = match error {
        ConnectionError::Id { .. } => {
            let help = "copy it from the endpoint or connection in the cloud provider's console";
            (&PRIVATELINK_CONNECTION_ID, id, help)
        }
        ConnectionError::NoProject(_) => {
            (&MISSING_ATTRIBUTE, header, "write `gcp_project_id = \"…\"`, the project of the connection")
        }
        ConnectionError::Project(_) => (&INVALID_VALUE, project, "remove it, or correct `region`"),
        ConnectionError::ProjectId => {
            (&INVALID_VALUE, project, "write the project's id, not its name or number")
        }
    };
    let finding = at.finding(code, error.to_string()).help(help);
    match error {
        ConnectionError::Id { .. } => finding.about(Part::Connection, text),
        _ => finding,
    }
}

/// Reports a connection declared twice: one block lists all its attachments. The project is not part of its identity.
pub fn report_duplicates(privatelinks: &[DeclaredPrivatelink], findings: &mut Findings) {
    let mut declared = BTreeMap::new();
    for privatelink in privatelinks {
        let Some(used) = &privatelink.connection else { continue };
        let PrivateConnection { region, connection_id, .. } = &used.id;
        if let Some(first) = declared.get(&(region, connection_id)) {
            let message = format!("the connection `{connection_id}` is declared twice");
            let finding = used.finding(&DUPLICATE_NAME, message).related(*first, "first declared here");
            let help = "list all its Namespaces in one `privatelink`";
            findings.push(finding.help(help).instance(&privatelink.instance));
            continue;
        }
        declared.insert((region, connection_id), used.written());
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
privatelink "one" {
  region         = "gcp-us-central1"
  connection_id  = "31415926535"
  gcp_project_id = "acme-one"
  namespaces     = []
}
privatelink "two" {
  region         = "gcp-us-central1"
  connection_id  = "31415926535" #! duplicate-name
  gcp_project_id = "acme-two"
  namespaces     = []
}
"#,
        );
    }

    #[test]
    fn no_lockout_follows_from_an_invalid_keep_public() {
        check(
            "privatelink \"p\" {\n  region = \"aws-us-east-1\"\n  connection_id = \"vpce-0123456789abcdef0\"\n  namespaces = [\"orders-prod\"]\n  keep_public = \"true\" #! wrong-type\n}\n",
        );
    }
}
