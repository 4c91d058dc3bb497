//! Whether a private connection is to the service of its region.

use super::CheckContext;
use crate::diagnostic::source::Span;
use crate::diagnostic::{Code, Control, Decided, Examples, Family, Finding, Findings, Severity};
use crate::policy::{DeclaredPrivatelink, Spanned};
use schema::privatelink::{CONTROL_PLANE_SERVICE, PrivateService, private_service};
use schema::region::Region;

pub static PRIVATELINK_SERVICE: Code = Code {
    name: "privatelink-service",
    severity: Severity::Error,
    family: Family::Privatelink,
    control: Control::Silenceable,
    decided: Decided::Always,
    meaning: "The service name is not that of Temporal in the region of the connection, or Temporal documents no service there.",
    explanation: "Temporal provides one service in each region. Omit `service_name` to use it.",
    examples: Examples {
        wrong: r#"privatelink "hub" {
  region        = "aws-us-east-1"
  connection_id = "vpce-0123456789abcdef0"
  namespaces    = [namespace.payments-prod]
  keep_public   = true
  service_name  = "com.amazonaws.vpce.us-east-1.vpce-svc-01b8dccfc6660d9d4" #! privatelink-service
}
"#,
        right: r#"privatelink "hub" {
  region        = "aws-us-east-1"
  connection_id = "vpce-0123456789abcdef0"
  namespaces    = [namespace.payments-prod]
  keep_public   = true
  service_name  = "com.amazonaws.vpce.us-east-1.vpce-svc-0822256b6575ea37f"
}
"#,
        json: None,
        facts: None,
    },
};

pub(super) fn check(context: &CheckContext, findings: &mut Findings) {
    for privatelink in &context.policy.privatelinks {
        if let Some(region) = &privatelink.region {
            service(privatelink, region, findings);
        }
    }
}

fn service(privatelink: &DeclaredPrivatelink, region: &Spanned<&Region>, findings: &mut Findings) {
    let at = region.id.id;
    let mut refuse = |span: Span, message: String, help: String| {
        let finding = Finding::new(&PRIVATELINK_SERVICE, span, message).help(help);
        let finding = finding.about_all(privatelink.subject_parts());
        findings.push(finding.instance(&privatelink.instance));
    };
    let given = privatelink.service_name.as_ref();
    let Some(expected) = private_service(at).map(PrivateService::service_name) else {
        let message = format!("private connectivity is not documented for `{at}`");
        refuse(region.span, message, "choose a region with private connectivity".to_owned());
        return;
    };
    let Some(given) = given.filter(|given| given.id != expected) else { return };
    let message = if given.id == CONTROL_PLANE_SERVICE {
        "this is the service of Temporal's control plane, not of Namespaces".to_owned()
    } else {
        format!("this is not Temporal's service in `{at}`")
    };
    refuse(given.span, message, format!("write `{expected}`, or remove `service_name`"));
}

#[cfg(test)]
mod tests {
    use crate::check::expect::check;

    #[test]
    fn a_connection_is_to_the_service_of_its_region() {
        check(
            r#"privatelink "hub" {
  region        = "aws-us-east-1"
  connection_id = "vpce-0123456789abcdef0"
  namespaces    = [namespace.orders-prod]
  service_name  = "com.amazonaws.vpce.us-east-1.vpce-svc-0f44b3d7302816b94" #! privatelink-service
  keep_public   = true
}
privatelink "west" {
  region        = "aws-eu-west-1"
  connection_id = "vpce-0123456789abcdef1"
  namespaces    = []
  service_name  = "com.amazonaws.vpce.eu-west-1.vpce-svc-04388e89f3479b739"
}
privatelink "azure" {
  region        = "azure-centralus" #! privatelink-service
  connection_id = "vpce-0123456789abcdef2"
  namespaces    = []
}
"#,
        );
    }
}
