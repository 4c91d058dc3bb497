//! Planning an Endpoint: checks what the plan changes. Unknown values are checked when Terraform plans again at apply.

use std::collections::BTreeSet;

use registry::{RegisteredEndpoint, RegisteredTarget, RegistryError};
use schema::backend::Backend;
use schema::permission::Call;
use tfplugin::{Answer, Context, DeleteRequest, Diagnostic, Diagnostics, Path, Severity, Value};

use super::change::Change;
use super::foreign_allowlist;
use super::model::{self, CALLERS, EXTERNAL, NAME, TARGET};
use crate::account::Account;
use crate::account::checks::{self, Existence, NamespaceUse};
use crate::claims::PlannedAction;
use crate::configuration::plan_checks::Strictness;
use crate::configuration::self_hosted::Allowlists;
use crate::diagnostics::cloud_only;
use crate::diagnostics::failure;
use crate::diagnostics::findings::Findings;
use crate::diagnostics::warnings;
use crate::wait;

/// Checks a planned create or update. Without an account, only warns about its effects.
pub(super) async fn plan(
    cx: &Context,
    account: Option<&Account>,
    change: Change<'_>,
    private: &[u8],
) -> Answer<()> {
    if let Some(account) = account {
        supported(account, change.planned)?;
    }
    let backend = account.map_or(Backend::Cloud, Account::backend);
    if !change.concerns_registry() {
        warn_of_effects(cx, change, backend);
        return Ok(());
    }
    if let Some(account) = account {
        let mut findings = Findings::default();
        let checked = wait::unless_stopped(cx, check(account, change, &mut findings)).await?;
        checked.map_err(|error| failure::diagnostic(account.registry().address(), &error))?;
        findings.report(cx, &model::title(change.planned))?;
    }
    if let Some(callers) = foreign_allowlist::taken_over(change, private)? {
        takeover(cx, change, callers);
    }
    warn_of_effects(cx, change, backend);
    Ok(())
}

/// Fails for what the registry does not support.
fn supported(account: &Account, planned: &Value) -> Answer<()> {
    let mut problems = Diagnostics::new();
    if account.allowlists() == Allowlists::Rejected && !planned.get(CALLERS).is_null() {
        problems.push(cloud_only::no_allowlists().at(CALLERS));
    }
    if account.backend() == Backend::Cloud && !planned.get(EXTERNAL).is_null() {
        let detail = "On Temporal Cloud, calls go to Namespaces of the account only. Use `worker_target`; an Activity or a Nexus \
                      handler of that Namespace can call the external service.";
        problems.push(
            Diagnostic::error("`external_target` is not supported on Temporal Cloud", detail).at(EXTERNAL),
        );
    }
    problems.into_answer()
}

/// Warns about the revocations by a destroy, and checks the permission. Returns the private state for the apply.
pub(super) async fn plan_delete(
    cx: &Context,
    account: Option<&Account>,
    request: &DeleteRequest,
) -> Answer<Vec<u8>> {
    let DeleteRequest { prior, private, .. } = request;
    // A self-hosted server has no allowlists and no permissions.
    let cloud = account.filter(|account| account.backend() == Backend::Cloud);
    let found = match cloud {
        Some(account) => {
            wait::answered(cx, account.registry(), account.endpoints().get(model::id(prior))).await?
        }
        None => None,
    };
    let callers: BTreeSet<String> = match (&found, prior.get(CALLERS)) {
        (Some(found), _) => found.callers(),
        (None, Value::Null) => foreign_allowlist::remembered(private).unwrap_or_default(),
        (None, known) => known.strings().map(str::to_owned).collect(),
    };
    let private = foreign_allowlist::record_warned(private, &callers);
    if !callers.is_empty() {
        let callers: Vec<_> = callers.into_iter().collect();
        cx.report(warnings::destroy(&model::title(prior), &callers));
    }
    let Some((account, _)) = cloud.zip(found) else { return Ok(private) };
    let mut findings = Findings::default();
    let path = model::target_namespace();
    if let Some(target) = model::namespace_on(account.backend(), prior.at(&path)) {
        let what = format!("delete {}", model::title(prior));
        let call = Call::DeleteEndpoint { target: &target };
        let asked = checks::permission(account, call, (&what, &path), Existence::Found, &mut findings);
        wait::answered(cx, account.registry(), asked).await?;
    }
    findings.report(cx, &model::title(prior))?;
    Ok(private)
}

async fn check(account: &Account, change: Change<'_>, findings: &mut Findings) -> Result<(), RegistryError> {
    let target = target(account, change, findings).await?;
    let named = change.new_callers().filter(|_| account.allowlists() == Allowlists::Enforced);
    for caller in named.filter_map(|caller| model::namespace_on(account.backend(), caller)) {
        checks::namespace(account, &caller, (NamespaceUse::Caller, &CALLERS.into()), findings).await?;
    }
    if target != Existence::Invalid && account.backend() == Backend::Cloud {
        permission(account, change, target, findings).await?;
    }
    if change.touches(NAME) && account.checks().existence != Strictness::Off {
        name(account, change, findings).await?;
    }
    Ok(())
}

/// An unchanged target is not checked.
async fn target(
    account: &Account,
    change: Change<'_>,
    findings: &mut Findings,
) -> Result<Existence, RegistryError> {
    let path = model::target_namespace();
    let before = change.prior.map(|prior| prior.at(&path));
    match model::namespace_on(account.backend(), change.planned.at(&path)) {
        Some(id) if before != Some(change.planned.at(&path)) => {
            checks::namespace(account, &id, (NamespaceUse::Target, &path), findings).await
        }
        _ => Ok(Existence::Found),
    }
}

/// With an unknown new target, the permission on the old one is checked; for a new Endpoint, none.
async fn permission(
    account: &Account,
    change: Change<'_>,
    target: Existence,
    findings: &mut Findings,
) -> Result<(), RegistryError> {
    let path = model::target_namespace();
    let from = change.prior.and_then(|prior| model::namespace_on(account.backend(), prior.at(&path)));
    let to = model::namespace_on(account.backend(), change.planned.at(&path));
    let (call, verb) = match (change.prior, &from, &to) {
        (None, _, Some(to)) => (Call::CreateEndpoint { target: to }, "create"),
        (Some(_), Some(from), to) => {
            (Call::UpdateEndpoint { from, to: to.as_ref().unwrap_or(from) }, "update")
        }
        (Some(_), None, Some(to)) => (Call::UpdateEndpoint { from: to, to }, "update"),
        (None, _, None) | (Some(_), None, None) => return Ok(()),
    };
    let what = format!("{verb} {}", model::title(change.prior.unwrap_or(change.planned)));
    checks::permission(account, call, (&what, &path), target, findings).await
}

async fn name(account: &Account, change: Change<'_>, findings: &mut Findings) -> Result<(), RegistryError> {
    let Some(Ok(name)) = model::parsed(change.planned.get(NAME), &NAME.into(), "a name") else {
        return Ok(());
    };
    let Some(found) = account.endpoint_named(&name).await? else { return Ok(()) };
    if change.prior.is_some_and(|prior| model::id(prior) == found.id()) {
        return Ok(());
    }
    let id = found.id();
    match account.planned_action(id).await {
        PlannedAction::Keep | PlannedAction::Release | PlannedAction::Replace => findings.unproven(format!(
            "whether the name `{name}` is available: Endpoint `{id}`, which is in this state, has it until it is destroyed or \
             renamed. If only its address changes, write `moved {{ from = OLD, to = NEW }}` instead"
        )),
        PlannedAction::Unknown if account.claims().applies_a_plan() => {}
        PlannedAction::Unknown if is_same(change, &found) => findings.unproven(format!(
            "whether the name `{name}` is available: Endpoint `{id}` has it, with the same target as planned here. If it is in \
             this state under another address, write `moved {{ from = OLD, to = NEW }}`; if nothing manages it, write `import {{ \
             to = NEW, id = \"{id}\" }}`"
        )),
        PlannedAction::Unknown if account.claims().was_not_found(name.as_str()) => {
            let warning = Diagnostic { severity: Severity::Warning, ..taken(found.name(), id) };
            findings.by_strictness(Strictness::Warn, warning);
        }
        PlannedAction::Unknown => {
            let taken = if change.prior.is_some() { taken_by_another } else { taken };
            findings.by_strictness(account.checks().existence, taken(found.name(), id));
        }
    }
    Ok(())
}

/// Whether an existing Endpoint has the target of a planned new one: it may belong to an instance of this state that Terraform
/// plans later.
fn is_same(change: Change<'_>, found: &RegisteredEndpoint) -> bool {
    let text = |path: &Path| change.planned.at(path).as_str().unwrap_or_default().to_owned();
    let target = RegisteredTarget::Worker {
        namespace: text(&model::target_namespace()),
        task_queue: text(&model::task_queue()),
    };
    change.prior.is_none() && found.target() == target
}

/// The error for the replacement of an Endpoint that still exists.
pub(super) fn replaced(name: &str, id: &str) -> Diagnostic {
    let detail = format!(
        "Endpoint `{id}`, which this one replaces, has this name and is destroyed only afterwards, because \
         `create_before_destroy` is set on this resource or on one that depends on it. Names of Endpoints are unique in an \
         account. Remove `create_before_destroy`; a change in place needs no replacement. No request was sent."
    );
    Diagnostic::error(format!("an Endpoint named `{name}` already exists"), detail).at(NAME)
}

/// The error for a new Endpoint whose name is in use.
pub(super) fn taken(name: &str, id: &str) -> Diagnostic {
    let label: String = name.chars().map(|c| if c == '-' { '_' } else { c.to_ascii_lowercase() }).collect();
    let detail = format!(
        "Endpoint `{id}` has this name. Choose another name, or manage that Endpoint with this resource. If it is in this state \
         under another address, add a `moved` block:\n\nmoved {{\n  from = OLD_ADDRESS\n  to   = NEW_ADDRESS\n}}\n\nOnly if \
         nothing else \
         manages it, import it:\n\nimport {{\n  to = temporalnexus_endpoint.{label}\n  id = \"{id}\"\n}}"
    );
    Diagnostic::error(format!("an Endpoint named `{name}` already exists"), detail).at(NAME)
}

/// The error for a rename to a name that is in use. An instance cannot import a second Endpoint.
pub(super) fn taken_by_another(name: &str, id: &str) -> Diagnostic {
    let detail = format!(
        "Endpoint `{id}` has this name. Choose another name, or rename or destroy that Endpoint first."
    );
    Diagnostic::error(format!("an Endpoint named `{name}` already exists"), detail).at(NAME)
}

/// The error for two Endpoints that take each other's name.
pub(super) fn swapped(one: &str, other: &str) -> Diagnostic {
    let detail = format!(
        "The plan swaps the names of the Endpoints `{one}` and `{other}`, and neither name is free before the other Endpoint is \
         renamed. Rename one of them to an unused name, apply, and then rename it to its final name. Nothing was changed."
    );
    Diagnostic::error(format!("Endpoint `{one}` cannot be renamed to `{other}`"), detail).at(NAME)
}

/// The state does not contain an allowlist that was managed elsewhere, so Terraform does not show the revoked callers.
fn takeover(cx: &Context, change: Change<'_>, callers: BTreeSet<String>) {
    let planned: BTreeSet<&str> = change.planned.get(CALLERS).strings().collect();
    let revoked: Vec<_> = callers.into_iter().filter(|caller| !planned.contains(caller.as_str())).collect();
    if !revoked.is_empty() {
        let title = model::title(change.prior.unwrap_or(change.planned));
        cx.report(warnings::takeover(&title, &revoked).at(CALLERS));
    }
}

fn warn_of_effects(cx: &Context, change: Change<'_>, backend: Backend) {
    let Some(prior) = change.prior else { return };
    let (title, planned) = (model::title(prior), change.planned);
    if let (true, Some(name)) = (change.touches(NAME), planned.get(NAME).as_str()) {
        cx.report(warnings::rename(&title, name).at(NAME));
    }
    let target = planned.get(TARGET);
    if change.touches(TARGET) && target.is_wholly_known() && !target.is_null() {
        let text = |path: &Path| planned.at(path).as_str().unwrap_or_default().to_owned();
        let (namespace, task_queue) = (text(&model::target_namespace()), text(&model::task_queue()));
        cx.report(warnings::retarget(&title, &namespace, &task_queue).at(TARGET));
    }
    if let (true, Some(url)) = (change.touches(EXTERNAL), planned.at(&model::url()).as_str()) {
        cx.report(warnings::external_target(&title, url).at(EXTERNAL));
    }
    if backend == Backend::Cloud && !prior.get(CALLERS).is_null() && planned.get(CALLERS).is_null() {
        cx.report(warnings::release(&title).at(CALLERS));
    }
}
