//! Whether a caller and its target can read each other's payloads, where both declare how they encrypt them.

use super::CheckContext;
use crate::diagnostic::subject::Part;
use crate::diagnostic::{Code, Control, Decided, Examples, Family, Findings, Severity};
use crate::evaluate::Reference;
use crate::facts::Facts;
use crate::policy::{DeclaredCallers, DeclaredEndpoint, Policy, Spanned};
use registry::RegisteredTarget;
use schema::codec::{Codec, Mismatch};
use schema::name::{EndpointName, NamespaceId};

pub static CODEC_MISMATCH: Code = Code {
    name: "codec-mismatch",
    severity: Severity::Warning,
    family: Family::Lint,
    control: Control::Silenceable,
    decided: Decided::Always,
    meaning: "A caller and a target declare codecs that cannot decrypt each other's payloads.",
    explanation: "The caller encrypts requests and the target encrypts responses, each with its own Data Converter. \
                  With a shared key, both must use the same key. With KMS, each must be able to decrypt with the \
                  other's key. Correct the `codec` of one of the two Namespaces.",
    examples: Examples {
        wrong: r#"namespace "bank-prod" {
  regions = ["aws-us-east-1"]
  codec   = { mode = "kms", key = "bank", decrypts = ["shop"] }
}

namespace "shop-prod" {
  regions = ["aws-us-east-1"]
  codec   = { mode = "kms", key = "shop" }
}

endpoint "bank" {
  worker_target             = { namespace = namespace.bank-prod, task_queue = "nexus" }
  allowed_caller_namespaces = [namespace.shop-prod] #! codec-mismatch
}
"#,
        right: r#"namespace "bank-prod" {
  regions = ["aws-us-east-1"]
  codec   = { mode = "kms", key = "bank", decrypts = ["shop"] }
}

namespace "shop-prod" {
  regions = ["aws-us-east-1"]
  codec   = { mode = "kms", key = "shop", decrypts = ["bank"] }
}

endpoint "bank" {
  worker_target             = { namespace = namespace.bank-prod, task_queue = "nexus" }
  allowed_caller_namespaces = [namespace.shop-prod]
}
"#,
        json: None,
        facts: None,
    },
};

pub(super) fn check(context: &CheckContext, findings: &mut Findings) {
    let CheckContext { policy, facts, today, .. } = *context;
    if policy.namespaces.values().all(|declared| declared.codec.is_none()) {
        return;
    }
    for endpoint in policy.endpoints.values() {
        let Some(target) = declared_target(endpoint) else { continue };
        for callers in endpoint.callers.iter() {
            check_callers(policy, &endpoint.name, target, callers, &endpoint.instance, findings);
        }
    }
    for allowlist in policy.allowlists.values().flatten().filter(|allowlist| allowlist.grants_on(today)) {
        let name = &allowlist.endpoint.id;
        let target = match policy.endpoints.get(name) {
            Some(endpoint) => declared_target(endpoint).cloned(),
            None => facts.and_then(|facts| held_target(facts, name)),
        };
        if let Some(target) = target {
            check_callers(policy, name, &target, &allowlist.callers, &allowlist.instance, findings);
        }
    }
}

fn declared_target(endpoint: &DeclaredEndpoint) -> Option<&NamespaceId> {
    endpoint.target.as_ref()?.target.namespace()
}

fn held_target(facts: &Facts, name: &EndpointName) -> Option<NamespaceId> {
    match facts.endpoints.get(name.as_str())?.target() {
        RegisteredTarget::Worker { namespace, .. } => facts.namespace_id(&namespace),
        RegisteredTarget::External { .. } | RegisteredTarget::Unknown(_) => None,
    }
}

fn check_callers(
    policy: &Policy,
    endpoint: &EndpointName,
    target: &NamespaceId,
    callers: &DeclaredCallers,
    instance: &Reference,
    findings: &mut Findings,
) {
    let codec = |namespace| policy.namespaces.get(namespace)?.codec.as_ref();
    let Some(answers) = codec(target) else { return };
    for caller in callers.namespaces.iter().filter(|caller| caller.id != *target) {
        let Some(asks) = codec(&caller.id) else { continue };
        let Some(mismatch) = asks.id.mismatch(&answers.id) else { continue };
        let (caller_name, target_name) = (caller.id.name(), target.name());
        let message = format!(
            "`{caller_name}` and `{target_name}`, the target of the Endpoint `{endpoint}`, cannot read each other's payloads: {}",
            reason(&mismatch, asks, answers)
        );
        findings.push(
            caller
                .finding(&CODEC_MISMATCH, message)
                .related(asks.span, format!("the codec of `{caller_name}`"))
                .related(answers.span, format!("the codec of `{target_name}`"))
                .help(help(&mismatch, asks, answers))
                .about(Part::Endpoint, endpoint.as_str())
                .about(Part::Caller, caller_name.as_str())
                .about(Part::Target, target_name.as_str())
                .about(Part::Aspect, aspect(&mismatch))
                .instance(instance),
        );
    }
}

fn aspect(mismatch: &Mismatch) -> &'static str {
    match mismatch {
        Mismatch::Modes => "mode",
        Mismatch::Keys => "key",
        Mismatch::CallerLacks(_) | Mismatch::TargetLacks(_) => "decrypts",
    }
}

fn reason(mismatch: &Mismatch, asks: &Spanned<Codec>, answers: &Spanned<Codec>) -> String {
    match mismatch {
        Mismatch::Modes => format!("one uses `{}`, the other `{}`", asks.id.mode(), answers.id.mode()),
        Mismatch::Keys => "their shared keys differ".to_owned(),
        Mismatch::CallerLacks(key) => format!("the caller cannot decrypt with `{key}`"),
        Mismatch::TargetLacks(key) => format!("the target cannot decrypt with `{key}`"),
    }
}

fn help(mismatch: &Mismatch, asks: &Spanned<Codec>, answers: &Spanned<Codec>) -> String {
    match mismatch {
        Mismatch::Modes => {
            format!("use the same mode for both, `{}` or `{}`", asks.id.mode(), answers.id.mode())
        }
        Mismatch::Keys => "use the same `key` for both".to_owned(),
        Mismatch::CallerLacks(key) => {
            format!("give the caller access to the key, and add `decrypts = [{key:?}]` to its codec")
        }
        Mismatch::TargetLacks(key) => {
            format!("give the target access to the key, and add `decrypts = [{key:?}]` to its codec")
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::check::expect::check;

    #[test]
    fn warns_of_callers_that_the_target_cannot_read() {
        check(
            r#"namespace "bank" {
  regions = ["aws-us-east-1"]
  codec   = { mode = "kms", key = "bank-key", decrypts = ["shop-key"] }
}
namespace "shop" {
  regions = ["aws-us-east-1"]
  codec   = { mode = "kms", key = "shop-key", decrypts = ["bank-key"] }
}
namespace "risk" {
  regions = ["aws-us-east-1"]
  codec   = { mode = "kms", key = "risk-key", decrypts = ["bank-key"] }
}
namespace "plain" {
  regions = ["aws-us-east-1"]
  codec   = { mode = "none" }
}
endpoint "bank" {
  worker_target = { namespace = namespace.bank, task_queue = "q" }
  allowed_caller_namespaces = [
    "bank", "shop", "orders-prod",
    "risk", #! codec-mismatch
  ]
}
allowlist "more" {
  endpoint = endpoint.bank
  callers  = [namespace.plain] #! codec-mismatch
}
allowlist "past" {
  endpoint = endpoint.bank
  callers  = [namespace.plain]
  expires  = "2026-01-01" #! expired-grant
}
"#,
        );
    }

    #[test]
    fn one_shared_key_serves_all() {
        check(
            r#"namespace "bank" {
  regions = ["aws-us-east-1"]
  codec   = { mode = "shared_key", key = "nexus" }
}
namespace "shop" {
  regions = ["aws-us-east-1"]
  codec   = { mode = "shared_key", key = "nexus" }
}
namespace "other" {
  regions = ["aws-us-east-1"]
  codec   = { mode = "shared_key", key = "else" }
}
endpoint "bank" {
  worker_target = { namespace = namespace.bank, task_queue = "q" }
  allowed_caller_namespaces = [
    namespace.shop,
    namespace.other, #! codec-mismatch
  ]
}
"#,
        );
    }
}
