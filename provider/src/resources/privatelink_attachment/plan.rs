//! Planning an attachment: checks the rule, the Namespace, the permission, and the exposure to the internet.

use registry::{Lookup, RegisteredNamespace, RegisteredRule, RegistryError, RuleKind};
use schema::name::NamespaceId;
use schema::permission::Call;
use tfplugin::{Answer, Context, DeleteRequest, Diagnostic, Path, Value};
use tokio::time::sleep;

use super::{NAMESPACE, RULE, managed_objects, namespace, pair};
use crate::account::checks::{self, Existence, NamespaceUse};
use crate::account::{Account, CLAIM_POLL_INTERVAL, CLAIM_POLLS};
use crate::diagnostics::failure;
use crate::diagnostics::findings::Findings;
use crate::resources::connectivity::consent::{Consent, KEEP_PUBLIC};
use crate::resources::connectivity::desired::{
    Desired, ExposureChange, PUBLIC_RULE_PLACEHOLDER, RULE_PLACEHOLDER, has_public_rule,
};
use crate::resources::connectivity::exposure::{self, Subject};
use crate::resources::connectivity::{described, public_rule};
use crate::wait;

/// Checks a planned create or update.
pub(super) async fn plan(
    cx: &Context,
    account: &Account,
    prior: Option<&Value>,
    planned: &Value,
) -> Answer<()> {
    let same = |name: &str| prior.is_some_and(|prior| prior.get(name) == planned.get(name));
    if same(RULE) && same(NAMESPACE) && same(KEEP_PUBLIC) {
        return Ok(());
    }
    let Some(Ok(namespace)) = namespace(planned) else { return Ok(()) };
    let mut findings = Findings::default();
    let checked = wait::unless_stopped(cx, check(cx, account, (&namespace, planned), &mut findings)).await?;
    checked.map_err(|error| failure::diagnostic(account.registry().address(), &error))?;
    findings.report(cx, &format!("the connectivity rules of `{namespace}`"))?;
    match prior.filter(|_| !(same(RULE) && same(NAMESPACE)) && planned.is_wholly_known()) {
        Some(prior) => check_detached(cx, account, prior, planned).await,
        None => Ok(()),
    }
}

async fn check(
    cx: &Context,
    account: &Account,
    (namespace, planned): (&NamespaceId, &Value),
    findings: &mut Findings,
) -> Result<(), RegistryError> {
    let at_namespace = Path::from(NAMESPACE);
    let existence =
        checks::namespace(account, namespace, (NamespaceUse::Attached, &at_namespace), findings).await?;
    if existence == Existence::Invalid {
        return Ok(());
    }
    let what = format!("attach connectivity rules to `{namespace}`");
    checks::permission(
        account,
        Call::ManageNamespace(namespace),
        (&what, &at_namespace),
        existence,
        findings,
    )
    .await?;
    let Some(rule) = rule(account, planned, findings).await? else { return Ok(()) };
    let now = match account.namespace_with_rules(namespace).await? {
        Lookup::Found(now) => now,
        Lookup::Missing => return Ok(()),
        Lookup::Hidden(reason) => {
            exposure::hidden(namespace, &reason, findings);
            return Ok(());
        }
    };
    let consent = Consent::of(planned);
    if let Rule::Known(rule) = &rule {
        check_region(rule, &now, findings);
    }
    if consent.keep_public && !has_public_rule(&now) {
        public_rule::check(account, findings).await?;
    }
    let exposure_change = rule.desired(planned, consent).exposure_change(&now);
    let may_be_the_public_one = planned.get(RULE).is_unknown() && account.claims().plans_public_rule();
    if may_be_the_public_one && exposure_change == Some(ExposureChange::Closes) && !consent.lockout {
        findings.unproven(format!(
            "whether `{namespace}` is closed to the internet: its first rule does not exist yet and may be the public rule, \
             which this configuration creates"
        ));
        return Ok(());
    }
    let subject = Subject { namespace, admits: Some(&rule.admitted()), destroys: false };
    exposure::check(cx, exposure_change, (subject, &at_namespace), consent, findings);
    Ok(())
}

/// What is known of the rule.
enum Rule {
    Known(RegisteredRule),
    /// It does not exist yet, or the API key may not read it.
    Unknown,
}

impl Rule {
    fn desired(&self, planned: &Value, consent: Consent) -> Desired {
        let id = planned.get(RULE).as_str().unwrap_or(RULE_PLACEHOLDER).to_owned();
        let is_public = matches!(self, Self::Known(rule) if matches!(rule.kind(), RuleKind::Public { .. }));
        Desired::Attach {
            rule: id,
            is_public,
            public: consent.keep_public.then(|| PUBLIC_RULE_PLACEHOLDER.to_owned()),
        }
    }

    fn admitted(&self) -> String {
        match self {
            Self::Known(rule) => described(&rule.kind()),
            Self::Unknown => "traffic that this rule admits, unless it is the public rule (then `keep_public = true` has no \
                              effect)".to_owned(),
        }
    }
}

/// The rule of a plan; `None` if it does not exist, which is reported.
async fn rule(
    account: &Account,
    planned: &Value,
    findings: &mut Findings,
) -> Result<Option<Rule>, RegistryError> {
    let Some(id) = planned.get(RULE).as_str() else { return Ok(Some(Rule::Unknown)) };
    match account.connectivity_rule(id).await {
        Ok(Some(found)) => Ok(Some(Rule::Known(found))),
        Ok(None) => {
            let detail = "Correct the id. If Terraform creates the rule, refer to that resource.";
            let error = Diagnostic::error(format!("the connectivity rule `{id}` does not exist"), detail);
            findings.error(error.at(RULE));
            Ok(None)
        }
        Err(error) if error.is_permission_denied() => {
            findings.unproven(format!(
                "whether the connectivity rule `{id}` exists and is in a region of the Namespace: the API key may not read \
                 connectivity rules"
            ));
            Ok(Some(Rule::Unknown))
        }
        Err(error) => Err(error),
    }
}

fn check_region(rule: &RegisteredRule, now: &RegisteredNamespace, findings: &mut Findings) {
    let RuleKind::Private(connection) = rule.kind() else { return };
    if let Some(error) = checks::region(&now.namespace, &connection.region) {
        findings.error(error.at(NAMESPACE));
    }
}

/// Checks what an update detaches after it has attached the new rule or Namespace.
async fn check_detached(cx: &Context, account: &Account, prior: &Value, planned: &Value) -> Answer<()> {
    let (old, new) = (pair(prior)?, pair(planned)?);
    // The new rule of the same Namespace keeps its exposure.
    if old.1 == new.1 {
        return Ok(());
    }
    detachment(cx, account, old, Consent::of(planned), false).await
}

/// Checks a planned destroy, which must not open or close the Namespace unless the state allows it.
pub(super) async fn plan_delete(cx: &Context, account: &Account, request: &DeleteRequest) -> Answer<()> {
    let prior = &request.prior;
    let (rule, namespace) = pair(prior)?;
    let others = account.claims().others_at_delete(&request.private, &managed_objects(prior));
    if others.manages_attachment(&rule, &namespace.to_string()) {
        return Ok(());
    }
    detachment(cx, account, (rule, namespace), Consent::of(prior), true).await
}

async fn detachment(
    cx: &Context,
    account: &Account,
    (rule, namespace): (String, NamespaceId),
    consent: Consent,
    destroys: bool,
) -> Answer<()> {
    let mut findings = Findings::default();
    let object = format!("the connectivity rules of `{namespace}`");
    let at = Path::from(NAMESPACE);
    let now = wait::answered(cx, account.registry(), account.namespace_with_rules(&namespace)).await?;
    let now = match now {
        Lookup::Found(now) => now,
        Lookup::Missing => return Ok(()),
        Lookup::Hidden(reason) => {
            exposure::hidden(&namespace, &reason, &mut findings);
            return findings.report(cx, &object);
        }
    };
    let what = format!("detach connectivity rules from `{namespace}`");
    let call = Call::ManageNamespace(&namespace);
    let asked = checks::permission(account, call, (&what, &at), Existence::Found, &mut findings);
    wait::answered(cx, account.registry(), asked).await?;
    let (exposure_change, consent) = exposure::after_detaching(account, &now, &rule, consent);
    let subject = Subject { namespace: &namespace, admits: None, destroys };
    if exposure_change.is_some() && !is_managed_elsewhere(account, (&rule, &namespace), consent).await {
        exposure::check(cx, exposure_change, (subject, &Path::root()), consent, &mut findings);
    }
    findings.report(cx, &object)
}

/// Whether another instance of this run manages the attachment. If no instance allows the Namespace to be opened, waits a
/// moment for those that Terraform plans later.
async fn is_managed_elsewhere(
    account: &Account,
    (rule, namespace): (&str, &NamespaceId),
    consent: Consent,
) -> bool {
    for _ in 0..CLAIM_POLLS {
        if account.claims().is_attachment_managed(rule, &namespace.to_string()) {
            return true;
        }
        if consent.reopen {
            break;
        }
        sleep(CLAIM_POLL_INTERVAL).await;
    }
    false
}
