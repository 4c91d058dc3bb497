//! Planning a mapping: computes attributes, and checks the connection and each Namespace that the plan changes.

use std::collections::BTreeSet;
use std::time::Duration;

use ::schema::limit::Limits;
use ::schema::name::NamespaceId;
use ::schema::permission::Call;
use registry::{Lookup, RegisteredNamespace, RegisteredRule, RegistryError, RuleKind};
use tfplugin::{Answer, Context, DeleteRequest, Diagnostic, Path, PlanRequest, Value};

use super::delta::AttachmentDelta;
use super::model::{self, ADDRESS, CONNECTION, NAMESPACES, PORT, PROJECT, REACHED, REGION, SERVICE};
use crate::account::Account;
use crate::account::checks::{self, Existence, NamespaceUse};
use crate::claims::PlannedAction;
use crate::diagnostics::failure;
use crate::diagnostics::findings::Findings;
use crate::resources::connectivity::consent::{Consent, KEEP_PUBLIC};
use crate::resources::connectivity::desired::{
    Desired, ExposureChange, PUBLIC_RULE_PLACEHOLDER, RULE_PLACEHOLDER, is_public_rule,
};
use crate::resources::connectivity::exposure::{self, Subject};
use crate::resources::connectivity::{list, public_rule};
use crate::wait;

/// The planned state with computed attributes. `namespaces` keeps its value if nothing that it depends on changes.
pub(super) fn completed(request: &PlanRequest, planned: Value) -> Value {
    let mut planned = planned.with(PORT, model::port());
    if request.config.get(SERVICE).is_null() {
        let service = model::service_name(planned.get(REGION));
        planned = planned.with(SERVICE, service);
    }
    let stays = |prior: &&Value| {
        let same = [REGION, NAMESPACES, ADDRESS].iter().all(|name| prior.get(name) == planned.get(name));
        same && model::namespaces(prior) == Some(model::reached_ids(prior))
    };
    let reached = match (planned.get(NAMESPACES), request.prior.as_ref().filter(stays)) {
        (Value::Null, _) => Value::Map(Default::default()),
        (_, Some(prior)) => prior.get(REACHED).clone(),
        (_, None) => Value::Unknown,
    };
    planned.with(REACHED, reached)
}

/// Checks a planned create or update. A replacement is planned once more as a create.
pub(super) async fn plan(
    cx: &Context,
    account: Option<&Account>,
    request: &PlanRequest,
    planned: &Value,
) -> Answer<()> {
    let plan = Planned {
        cx,
        prior: request.prior.as_ref(),
        planned,
        delta: AttachmentDelta::between(request.prior.as_ref(), &request.private, planned),
    };
    plan.warn();
    let Some(account) = account else { return Ok(()) };
    let mut findings = Findings::default();
    let checked = wait::unless_stopped(cx, plan.check(account, &mut findings)).await?;
    checked.map_err(|error| failure::diagnostic(account.registry().address(), &error))?;
    findings.report(cx, &model::title(planned))
}

struct Planned<'a> {
    cx: &'a Context,
    prior: Option<&'a Value>,
    planned: &'a Value,
    delta: AttachmentDelta,
}

impl Planned<'_> {
    async fn check(&self, account: &Account, findings: &mut Findings) -> Result<(), RegistryError> {
        match self.prior {
            Some(prior) if self.replaces(prior) => return self.replacement(account, prior, findings).await,
            None => self.connection(account, findings).await?,
            Some(_) => {}
        }
        if Consent::of(self.planned).keep_public && !self.delta.attach.is_empty() {
            public_rule::check(account, findings).await?;
        }
        for namespace in &self.delta.attach {
            self.attach(account, namespace, findings).await?;
        }
        for namespace in &self.delta.detach {
            self.detach(account, namespace, findings).await?;
        }
        Ok(())
    }

    fn replaces(&self, prior: &Value) -> bool {
        let differs = |name: &&str| {
            let planned = self.planned.get(name);
            !matches!(planned, Value::Unknown) && prior.get(name) != planned
        };
        [REGION, CONNECTION, PROJECT].iter().any(differs)
    }

    /// Checks that a rule for the connection can be created and does not exist.
    async fn connection(&self, account: &Account, findings: &mut Findings) -> Result<(), RegistryError> {
        let (title, path) = (model::title(self.planned), Path::from(CONNECTION));
        let what = format!("create {title}");
        checks::permission(
            account,
            Call::ManageConnectivityRules,
            (&what, &path),
            Existence::Found,
            findings,
        )
        .await?;
        let Some(connection) = model::connection_if_known(self.planned) else { return Ok(()) };
        let rules = match account.connectivity_rules().await {
            Err(error) if error.is_permission_denied() => {
                findings.unproven(format!(
                    "whether {title} already exists: the API key may not read connectivity rules"
                ));
                return Ok(());
            }
            rules => rules?,
        };
        let kind = RuleKind::Private(connection);
        let (private, most) =
            (rules.iter().filter(is_private).count(), Limits::default().privatelinks_per_account);
        if private >= most {
            findings.unproven(format!(
                "whether the account allows another private rule: it has {private}, and the default limit is {most}"
            ));
        }
        if let Some(found) = rules.iter().find(|rule| rule.kind().is_same_connection(&kind)) {
            self.taken(account, found.id(), findings).await;
        }
        Ok(())
    }

    /// Checks an existing rule for the same connection, which an instance of this state may manage.
    async fn taken(&self, account: &Account, id: &str, findings: &mut Findings) {
        match account.planned_action(id).await {
            PlannedAction::Unknown if account.claims().applies_a_plan() => {}
            PlannedAction::Unknown => findings.error(taken(id)),
            PlannedAction::Keep | PlannedAction::Release | PlannedAction::Replace => findings.unproven(format!(
                "whether rule `{id}`, which is for the same connection and in this state, is deleted first. If only its address \
                 changes, write `moved {{ from = OLD, to = NEW }}` instead"
            )),
        }
    }

    async fn attach(
        &self,
        account: &Account,
        namespace: &NamespaceId,
        findings: &mut Findings,
    ) -> Result<(), RegistryError> {
        let (path, consent) = (Path::from(NAMESPACES), Consent::of(self.planned));
        let existence =
            checks::namespace(account, namespace, (NamespaceUse::Attached, &path), findings).await?;
        if existence == Existence::Invalid {
            return Ok(());
        }
        let what = format!("attach connectivity rules to `{namespace}`");
        checks::permission(account, Call::ManageNamespace(namespace), (&what, &path), existence, findings)
            .await?;
        let Lookup::Found(now) = account.namespace_with_rules(namespace).await? else {
            return Ok(());
        };
        if let Some(region) = self.planned.get(REGION).as_str()
            && let Some(error) = checks::region(&now.namespace, region)
        {
            findings.error(error.at(path));
            return Ok(());
        }
        check_limit(&now, self.prior.map_or(RULE_PLACEHOLDER, model::rule_id), findings);
        let public = consent.keep_public.then(|| public_id(&now));
        let rule = self.prior.map_or(RULE_PLACEHOLDER, model::rule_id).to_owned();
        let exposure_change = Desired::Attach { rule, is_public: false, public }.exposure_change(&now);
        let subject = Subject { namespace, admits: Some(&model::admitted(self.planned)), destroys: false };
        exposure::check(self.cx, exposure_change, (subject, &path), consent, findings);
        Ok(())
    }

    async fn detach(
        &self,
        account: &Account,
        namespace: &NamespaceId,
        findings: &mut Findings,
    ) -> Result<(), RegistryError> {
        let Some(prior) = self.prior else { return Ok(()) };
        let (path, consent) = (Path::from(NAMESPACES), Consent::of(self.planned));
        let Lookup::Found(now) = account.namespace_with_rules(namespace).await? else {
            return Ok(());
        };
        let what = format!("detach connectivity rules from `{namespace}`");
        checks::permission(
            account,
            Call::ManageNamespace(namespace),
            (&what, &path),
            Existence::Found,
            findings,
        )
        .await?;
        let (exposure_change, consent) =
            exposure::after_detaching(account, &now, model::rule_id(prior), consent);
        let subject = Subject { namespace, admits: None, destroys: false };
        exposure::check(self.cx, exposure_change, (subject, &path), consent, findings);
        Ok(())
    }

    /// Checks a replacement. Unless `create_before_destroy` is set, which a provider does not know, the old rule is detached
    /// first, with the consent in the state, and the new one is attached to open Namespaces.
    async fn replacement(
        &self,
        account: &Account,
        prior: &Value,
        findings: &mut Findings,
    ) -> Result<(), RegistryError> {
        let (before, after) = (Consent::of(prior), Consent::of(self.planned));
        let mut opened = Vec::new();
        for namespace in model::namespaces(prior).unwrap_or_default() {
            let Lookup::Found(now) = account.namespace_with_rules(&namespace).await? else {
                continue;
            };
            let desired =
                Desired::Detach { rule: model::rule_id(prior).to_owned(), public_too: before.keep_public };
            if desired.exposure_change(&now) == Some(ExposureChange::Opens) {
                opened.push(namespace);
            }
        }
        if opened.is_empty() {
            return Ok(());
        }
        match (before.reopen, after.lockout || after.keep_public) {
            (true, false) => findings.error(exposure::would_not_close(&opened).at(CONNECTION)),
            _ => self.cx.report(exposure::opens_in_between(&opened, before).at(CONNECTION)),
        }
        Ok(())
    }

    /// Warns about effects that the plan does not show.
    fn warn(&self) {
        let Some(prior) = self.prior.filter(|prior| !self.replaces(prior)) else { return };
        let (before, after) = (Consent::of(prior), Consent::of(self.planned));
        if before.keep_public && !after.keep_public && !model::reached_ids(prior).is_empty() {
            let detail = "Removing `keep_public` detaches nothing: the Namespaces remain open to the internet until the public \
                          rule is detached by other means.";
            self.cx.report(
                Diagnostic::warning("the public connectivity rule stays attached", detail).at(KEEP_PUBLIC),
            );
        }
        let detached: BTreeSet<_> = self.delta.detach.iter().collect();
        if prior.get(NAMESPACES).is_null() && !detached.is_empty() {
            let detail = format!(
                "Its attachments were managed elsewhere until now. It is detached from Namespaces that are not in the \
                 configuration: {}.",
                list(detached)
            );
            self.cx.report(
                Diagnostic::warning("taking over the attachments detaches Namespaces", detail).at(NAMESPACES),
            );
        }
        if !prior.get(NAMESPACES).is_null() && self.planned.get(NAMESPACES).is_null() {
            let detail = "`namespace_ids` was removed from the configuration. The current attachments remain; use `[]` to detach \
                          the rule from all Namespaces.";
            self.cx.report(
                Diagnostic::warning(
                    "the attachments are left unchanged and are no longer managed by this resource",
                    detail,
                )
                .at(NAMESPACES),
            );
        }
    }
}

/// The id of the public rule of a Namespace, or a placeholder.
fn public_id(now: &RegisteredNamespace) -> String {
    let has = now.rules.iter().find(|id| is_public_rule(now, id));
    has.cloned().unwrap_or_else(|| PUBLIC_RULE_PLACEHOLDER.to_owned())
}

fn is_private(rule: &&RegisteredRule) -> bool {
    matches!(rule.kind(), RuleKind::Private(_))
}

/// Adds a finding if the default limit is reached, which Temporal may have raised for the account.
fn check_limit(now: &RegisteredNamespace, rule: &str, findings: &mut Findings) {
    let private = now.rules.iter().filter(|id| *id != rule && !is_public_rule(now, id)).count();
    let most = Limits::default().privatelinks_per_namespace;
    if private >= most {
        findings.unproven(format!(
            "whether `{}` allows another private rule: it has {private}, and the default limit is {most}",
            now.namespace.id
        ));
    }
}

/// The error for a connection that already has a rule.
pub(super) fn taken(id: &str) -> Diagnostic {
    let detail = format!(
        "Connectivity rule `{id}` is for this connection, and an account has one rule per connection. If it is in this state \
         under another address, add a `moved` block:\n\nmoved {{\n  from = OLD_ADDRESS\n  to   = NEW_ADDRESS\n}}\n\nOnly if \
         nothing else \
         manages it, import it:\n\nimport {{\n  to = temporalnexus_privatelink_mapping.this\n  id = \"{id}\"\n}}"
    );
    Diagnostic::error("the connection already has a connectivity rule", detail).at(CONNECTION)
}

/// The error for a connection whose rule this run was to delete but did not delete in time.
pub(super) fn not_released(title: &str, waited: Duration) -> Diagnostic {
    let detail = format!(
        "The existing rule is to be destroyed by this run, but still existed after {} s. If only the address of the resource \
         changes, write `moved {{ from = OLD, to = NEW }}`; otherwise apply again.",
        waited.as_secs()
    );
    Diagnostic::error(format!("{title} already exists"), detail).at(CONNECTION)
}

/// The error for the replacement of a rule that still exists.
pub(super) fn replaced(id: &str) -> Diagnostic {
    let detail = format!(
        "Connectivity rule `{id}`, which this one replaces, is for the same connection and is destroyed only afterwards, because \
         `create_before_destroy` is set on this resource or on one that depends on it. An account has one rule per connection. \
         Remove `create_before_destroy`. No request was sent."
    );
    Diagnostic::error("the connection already has a connectivity rule", detail).at(CONNECTION)
}

/// Checks a planned destroy, which must not open a Namespace unless the state allows it.
pub(super) async fn plan_delete(cx: &Context, account: &Account, request: &DeleteRequest) -> Answer<()> {
    let mut findings = Findings::default();
    let others = account.claims().others_at_delete(&request.private, &super::managed_objects(&request.prior));
    if others.manages_object(model::rule_id(&request.prior)) {
        return Ok(());
    }
    wait::answered(cx, account.registry(), check_delete(cx, account, &request.prior, &mut findings)).await?;
    findings.report(cx, &model::title(&request.prior))
}

async fn check_delete(
    cx: &Context,
    account: &Account,
    prior: &Value,
    findings: &mut Findings,
) -> Result<(), RegistryError> {
    let what = format!("delete {}", model::title(prior));
    let (call, path) = (Call::ManageConnectivityRules, Path::from(CONNECTION));
    checks::permission(account, call, (&what, &path), Existence::Found, findings).await?;
    for namespace in model::namespaces(prior).unwrap_or_default() {
        let now = match account.namespace_with_rules(&namespace).await? {
            Lookup::Found(now) => now,
            Lookup::Missing => continue,
            Lookup::Hidden(reason) => {
                exposure::hidden(&namespace, &reason, findings);
                continue;
            }
        };
        let (exposure_change, consent) =
            exposure::after_detaching(account, &now, model::rule_id(prior), Consent::of(prior));
        let subject = Subject { namespace: &namespace, admits: None, destroys: true };
        exposure::check(cx, exposure_change, (subject, &Path::root()), consent, findings);
    }
    Ok(())
}
