//! Planning an attachment: whether rule and Namespace are there and fit, who may attach, and what the internet loses.

use registry::{Lookup, RegisteredNamespace, RegisteredRule, RegistryError, RuleKind};
use schema::name::NamespaceId;
use schema::permission::Call;
use tfplugin::{Answer, Context, DeleteRequest, Diagnostic, Path, Value};

use super::{NAMESPACE, RULE, namespace, objects, pair};
use crate::account::Account;
use crate::account::checks::{self, Existence, Part};
use crate::diagnostics::failure;
use crate::diagnostics::findings::Findings;
use crate::resources::connectivity::consent::{Consent, KEEP_PUBLIC};
use crate::resources::connectivity::desired::{PUBLIC_TO_COME, TO_COME, Turn, Wish, has_a_public_rule};
use crate::resources::connectivity::exposure::{self, Subject};
use crate::resources::connectivity::{described, public_rule};
use crate::wait;

/// Checks a planned create, or an update that starts to keep the Namespace public. A replacement is planned as a create.
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
        Some(prior) => leave(cx, account, prior, planned).await,
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
        public_rule::check(account, findings).await?;
    }
    let turn = rule.wish(planned, consent).turn(&now);
    let may_be_the_public_one = planned.get(RULE).is_unknown() && account.claims().create_the_public_rule();
    if may_be_the_public_one && turn == Some(Turn::Locks) && !consent.lockout {
        findings.unproven(format!(
            "whether `{namespace}` is closed to the internet: its first rule is not there yet, and may be the public one, which this \
             configuration creates"
        ));
        return Ok(());
    }
    let subject = Subject { namespace, lets_in: &rule.lets_in(), destroys: false };
    exposure::judge(cx, turn, (subject, &at_namespace), consent, findings);
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

/// Checks what a change detaches once the new rule, or the new Namespace, is attached.
async fn leave(cx: &Context, account: &Account, prior: &Value, planned: &Value) -> Answer<()> {
    let (old, new) = (pair(prior)?, pair(planned)?);
    // A new rule on the same Namespace keeps it closed, and a public one open.
    if old.1 == new.1 {
        return Ok(());
    }
    detachment(cx, account, old, Consent::of(planned), false).await
}

/// Refuses a destroy that would open, or close, the Namespace without anybody having said so.
pub(super) async fn plan_delete(cx: &Context, account: &Account, request: &DeleteRequest) -> Answer<()> {
    let prior = &request.prior;
    let (rule, namespace) = pair(prior)?;
    let others = account.claims().at_delete(&request.private, &objects(prior));
    if others.keep_attachment(&rule, &namespace.to_string()) {
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
            exposure::unseen(&namespace, &reason, &mut findings);
            return findings.report(cx, &object);
        }
    };
    let what = format!("detach connectivity rules from `{namespace}`");
    let call = Call::ManageNamespace(&namespace);
    let asked = checks::permission(account, call, (&what, &at), Existence::Found, &mut findings);
    wait::answered(cx, account.registry(), asked).await?;
    let (turn, consent) = exposure::of_detaching(account, &now, &rule, consent);
    let subject = Subject { namespace: &namespace, lets_in: "what its other rules let in", destroys };
    let unkept = turn.is_some() && !account.is_kept_attached(&rule, &namespace, consent).await;
    if unkept {
        exposure::judge(cx, turn, (subject, &Path::root()), consent, &mut findings);
    }
    findings.report(cx, &object)
}
