//! Planning an attachment: whether rule and Namespace are there and fit, who may attach, and what the internet loses.

use registry::{Lookup, RegisteredNamespace, RegisteredRule, RegistryError, RuleKind};
use schema::name::NamespaceId;
use schema::permission::Call;
use tfplugin::{Answer, Context, Diagnostic, Path, Value};

use super::{NAMESPACE, RULE, namespace, pair};
use crate::account::Account;
use crate::checks::{self, Existence, Part};
use crate::connectivity::claims::Claim;
use crate::connectivity::consent::{Consent, KEEP_PUBLIC};
use crate::connectivity::exposure::{self, Subject};
use crate::connectivity::wish::{PUBLIC_TO_COME, TO_COME, Turn, Wish, has_a_public_rule};
use crate::connectivity::{described, public};
use crate::findings::Findings;
use crate::{failure, wait};

/// Checks a planned create, or an update that starts to keep the Namespace public. A replacement is planned as a create.
pub(super) async fn plan(
    cx: &Context,
    account: &Account,
    prior: Option<&Value>,
    planned: &Value,
) -> Answer<()> {
    claim(account, planned)?;
    let same = |name: &str| prior.is_some_and(|prior| prior.get(name) == planned.get(name));
    if same(RULE) && same(NAMESPACE) && same(KEEP_PUBLIC) {
        return Ok(());
    }
    if let Some(prior) = prior.filter(|_| !(same(RULE) && same(NAMESPACE))) {
        return replacement(cx, account, prior).await;
    }
    let Some(Ok(namespace)) = namespace(planned) else { return Ok(()) };
    let mut findings = Findings::default();
    let checked = wait::unless_stopped(cx, check(cx, account, (&namespace, planned), &mut findings)).await?;
    checked.map_err(|error| failure::diagnostic(account.registry().address(), &error))?;
    findings.report(cx, &format!("the connectivity rules of `{namespace}`"))
}

/// A rule's attachments have one keeper.
fn claim(account: &Account, planned: &Value) -> Answer<()> {
    let (Some(rule), Some(Ok(namespace))) = (planned.get(RULE).as_str(), namespace(planned)) else {
        return Ok(());
    };
    let Err(_) = account.attachments().add(rule, Claim::One(namespace.clone())) else { return Ok(()) };
    let detail = format!(
        "A `temporalnexus_privatelink_mapping` keeps all of its attachments by `namespace_ids`, and this keeps that to `{namespace}`: each \
         would undo the other. Add the Namespace there, or leave `namespace_ids` out."
    );
    Err(Diagnostic::error(format!("the attachments of `{rule}` are kept twice"), detail).at(RULE).into())
}

async fn check(
    cx: &Context,
    account: &Account,
    (namespace, planned): (&NamespaceId, &Value),
    findings: &mut Findings,
) -> Result<(), RegistryError> {
    let at_namespace = Path::from(NAMESPACE);
    let existence = checks::namespace(account, namespace, (Part::Attached, &at_namespace), findings).await?;
    if existence == Existence::Wrong {
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
            exposure::unseen(namespace, &reason, findings);
            return Ok(());
        }
    };
    let consent = Consent::of(planned);
    if let Rule::Known(rule) = &rule {
        fits(rule, &now, findings);
    }
    if consent.keep_public && !has_a_public_rule(&now) {
        public::check(account, findings).await?;
    }
    let wish = rule.wish(planned, consent);
    let subject = Subject { namespace, lets_in: &rule.lets_in(), destroys: false };
    exposure::judge(cx, wish.turn(&now), (subject, &at_namespace), consent, findings);
    Ok(())
}

/// What is known of the rule.
enum Rule {
    Known(RegisteredRule),
    /// It may be another resource's that is not there yet, or it may not be seen.
    Unknown,
}

impl Rule {
    fn wish(&self, planned: &Value, consent: Consent) -> Wish {
        let id = planned.get(RULE).as_str().unwrap_or(TO_COME).to_owned();
        let is_public = matches!(self, Self::Known(rule) if matches!(rule.kind(), RuleKind::Public { .. }));
        Wish::Attach { rule: id, is_public, public: consent.keep_public.then(|| PUBLIC_TO_COME.to_owned()) }
    }

    fn lets_in(&self) -> String {
        match self {
            Self::Known(rule) => described(&rule.kind()),
            Self::Unknown => "what this rule lets in, unless it is the public one (then `keep_public = true` changes nothing)".to_owned(),
        }
    }
}

/// `None` when it does not exist, which is reported.
async fn rule(
    account: &Account,
    planned: &Value,
    findings: &mut Findings,
) -> Result<Option<Rule>, RegistryError> {
    let Some(id) = planned.get(RULE).as_str() else { return Ok(Some(Rule::Unknown)) };
    match account.connectivity_rule(id).await {
        Ok(Some(found)) => Ok(Some(Rule::Known(found))),
        Ok(None) => {
            let detail = "Correct the id; where Terraform creates the rule, refer to that resource instead of writing the id.";
            let error = Diagnostic::error(format!("the connectivity rule `{id}` does not exist"), detail);
            findings.wrong(error.at(RULE));
            Ok(None)
        }
        Err(error) if error.is_permission_denied() => {
            findings.unproven(format!(
                "whether the connectivity rule `{id}` exists and fits: the API key may not read connectivity rules"
            ));
            Ok(Some(Rule::Unknown))
        }
        Err(error) => Err(error),
    }
}

fn fits(rule: &RegisteredRule, now: &RegisteredNamespace, findings: &mut Findings) {
    let RuleKind::Private(connection) = rule.kind() else { return };
    if let Some(error) = checks::region(&now.namespace, &connection.region) {
        findings.wrong(error.at(NAMESPACE));
    }
}

/// What a replacement attaches is planned as a create; here it is about what it detaches.
async fn replacement(cx: &Context, account: &Account, prior: &Value) -> Answer<()> {
    let (rule, namespace) = pair(prior)?;
    let consent = Consent::of(prior);
    let now = wait::unless_stopped(cx, account.namespace_with_rules(&namespace)).await?;
    let now = now.map_err(|error| failure::diagnostic(account.registry().address(), &error))?;
    let Lookup::Found(now) = now else { return Ok(()) };
    let wish = Wish::Detach { rule, public_too: consent.keep_public };
    if wish.turn(&now) == Some(Turn::Opens) {
        cx.report(exposure::opens_in_between(&[namespace], consent));
    }
    Ok(())
}

/// Refuses a destroy that would open, or close, the Namespace without anybody having said so.
pub(super) async fn plan_delete(cx: &Context, account: &Account, prior: &Value) -> Answer<()> {
    let (rule, namespace) = pair(prior)?;
    let consent = Consent::of(prior);
    let now = wait::unless_stopped(cx, account.namespace_with_rules(&namespace)).await?;
    let now = now.map_err(|error| failure::diagnostic(account.registry().address(), &error))?;
    let mut findings = Findings::default();
    let now = match now {
        Lookup::Found(now) => now,
        Lookup::Missing => return Ok(()),
        Lookup::Hidden(reason) => {
            exposure::unseen(&namespace, &reason, &mut findings);
            return findings.report(cx, &format!("the connectivity rules of `{namespace}`"));
        }
    };
    let turn = exposure::of_detaching(account, &now, &rule, consent);
    let subject = Subject { namespace: &namespace, lets_in: "what its other rules let in", destroys: true };
    exposure::judge(cx, turn, (subject, &Path::root()), consent, &mut findings);
    findings.report(cx, &format!("the connectivity rules of `{namespace}`"))
}
