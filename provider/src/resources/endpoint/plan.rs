//! Planning an Endpoint: only what this plan changes is checked, and never a destroy. Terraform plans again at apply:
//! what is unknown now is checked then.

use std::collections::BTreeSet;

use registry::{RegisteredEndpoint, RegisteredTarget, RegistryError};
use schema::block::Backend;
use schema::permission::Call;
use tfplugin::{Answer, Context, DeleteRequest, Diagnostic, Diagnostics, Path, Severity, Value};

use super::change::Change;
use super::foreign_allowlist;
use super::model::{self, CALLERS, EXTERNAL, NAME, TARGET};
use crate::account::checks::{self, Existence, Part};
use crate::account::{Account, Allowlists};
use crate::claims::Prospect;
use crate::configuration::plan_checks::Strictness;
use crate::configuration::self_hosted;
use crate::diagnostics::failure;
use crate::diagnostics::findings::Findings;
use crate::diagnostics::warnings;
use crate::wait;

/// Checks a planned create or update. Without an account only its consequences are told.
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
        consequences(cx, change, backend);
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
    consequences(cx, change, backend);
    Ok(())
}

/// What the registry has nothing for is an error before anything is done.
fn supported(account: &Account, planned: &Value) -> Answer<()> {
    let mut problems = Diagnostics::new();
    if account.allowlists() == Allowlists::Refused && !planned.get(CALLERS).is_null() {
        problems.push(self_hosted::no_allowlists().at(CALLERS));
    }
    if account.backend() == Backend::Cloud && !planned.get(EXTERNAL).is_null() {
        let detail = "Temporal Cloud sends calls to Namespaces of the account only. Use `worker_target`; a service elsewhere is called by an \
                      Activity or a Nexus handler there.";
        problems.push(Diagnostic::error("Temporal Cloud has no external targets", detail).at(EXTERNAL));
    }
    problems.into_answer()
}

/// Tells who loses access by a destroy, and that it is not allowed. Gives the bytes for its apply.
pub(super) async fn plan_delete(
    cx: &Context,
    account: Option<&Account>,
    request: &DeleteRequest,
) -> Answer<Vec<u8>> {
    let DeleteRequest { prior, private, .. } = request;
    // A server has no allowlists, and knows no permissions.
    let cloud = account.filter(|account| account.backend() == Backend::Cloud);
    let found = match cloud {
        Some(account) => {
            wait::answered(cx, account.registry(), account.endpoints().get(model::id(prior))).await?
        }
        None => None,
    };
    let callers: BTreeSet<String> = match (&found, prior.get(CALLERS)) {
        (Some(found), _) => found.callers(),
        (None, Value::Null) => foreign_allowlist::recall(private).unwrap_or_default(),
        (None, known) => known.strings().map(str::to_owned).collect(),
    };
    let bytes = foreign_allowlist::told(private, &callers);
    if !callers.is_empty() {
        let callers: Vec<_> = callers.into_iter().collect();
        cx.report(warnings::destroy(&model::title(prior), &callers));
    }
    let Some((account, _)) = cloud.zip(found) else { return Ok(bytes) };
    let mut findings = Findings::default();
    let path = model::target_namespace();
    if let Some(target) = model::namespace_on(account.backend(), prior.at(&path)) {
        let what = format!("delete {}", model::title(prior));
        let call = Call::DeleteEndpoint { target: &target };
        let asked = checks::permission(account, call, (&what, &path), Existence::Found, &mut findings);
        wait::answered(cx, account.registry(), asked).await?;
    }
    findings.report(cx, &model::title(prior))?;
    Ok(bytes)
}

async fn check(account: &Account, change: Change<'_>, findings: &mut Findings) -> Result<(), RegistryError> {
    let target = target(account, change, findings).await?;
    let named = change.new_callers().filter(|_| account.allowlists() == Allowlists::Kept);
    for caller in named.filter_map(|caller| model::namespace_on(account.backend(), caller)) {
        checks::namespace(account, &caller, (Part::Caller, &CALLERS.into()), findings).await?;
    }
    if target != Existence::Wrong && account.backend() == Backend::Cloud {
        permission(account, change, target, findings).await?;
    }
    if change.touches(NAME) && account.checks().existence != Strictness::Off {
        name(account, change, findings).await?;
    }
    Ok(())
}

/// A target that stays is not asked about.
async fn target(
    account: &Account,
    change: Change<'_>,
    findings: &mut Findings,
) -> Result<Existence, RegistryError> {
    let path = model::target_namespace();
    let before = change.prior.map(|prior| prior.at(&path));
    match model::namespace_on(account.backend(), change.planned.at(&path)) {
        Some(id) if before != Some(change.planned.at(&path)) => {
            checks::namespace(account, &id, (Part::Target, &path), findings).await
        }
        _ => Ok(Existence::Found),
    }
}

/// An unknown new target leaves the old one to be asked about, and nothing when the Endpoint is new.
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
    match account.prospect(id).await {
        Prospect::Held | Prospect::Leaving | Prospect::Replaced => findings.unproven(format!(
            "whether the name `{name}` is free by then: Endpoint `{id}` of this state has it, unless it is destroyed or renamed first. If \
             it only changes its address, write `moved {{ from = OLD, to = NEW }}` instead"
        )),
        Prospect::Unknown if account.claims().follows_a_plan() => {}
        Prospect::Unknown if is_same(change, &found) => findings.unproven(format!(
            "whether the name `{name}` is free by then: Endpoint `{id}` is just as planned here. If it is in this state under another \
             address, write `moved {{ from = OLD, to = NEW }}`; if nothing manages it, `import {{ to = NEW, id = \"{id}\" }}`"
        )),
        Prospect::Unknown if account.claims().was_read_as_gone(name.as_str()) => {
            let told = Diagnostic { severity: Severity::Warning, ..taken(found.name(), id) };
            findings.wrong_by(Strictness::Warn, told);
        }
        Prospect::Unknown => {
            let taken = if change.prior.is_some() { taken_by_another } else { taken };
            findings.wrong_by(account.checks().existence, taken(found.name(), id));
        }
    }
    Ok(())
}

/// Whether an Endpoint that exists is what a new one is planned to be: an instance of this state, under an address that
/// Terraform has not come to yet, may well have it.
fn is_same(change: Change<'_>, found: &RegisteredEndpoint) -> bool {
    let text = |path: &Path| change.planned.at(path).as_str().unwrap_or_default().to_owned();
    let target = RegisteredTarget::Worker {
        namespace: text(&model::target_namespace()),
        task_queue: text(&model::task_queue()),
    };
    change.prior.is_none() && found.target() == target
}

/// The error for a new Endpoint that takes the place of one that is still there.
pub(super) fn replaced(name: &str, id: &str) -> Diagnostic {
    let detail = format!(
        "Endpoint `{id}`, which this one replaces, has this name, and is destroyed only afterwards: `create_before_destroy` is set here, or \
         on a resource that depends on it. An account has one Endpoint of a name. Remove `create_before_destroy`; what is changed in place \
         needs no replacement. Nothing was changed."
    );
    Diagnostic::error(format!("an Endpoint named `{name}` exists already"), detail).at(NAME)
}

/// The error for the name of a new Endpoint that another one has.
pub(super) fn taken(name: &str, id: &str) -> Diagnostic {
    let label: String = name.chars().map(|c| if c == '-' { '_' } else { c.to_ascii_lowercase() }).collect();
    let detail = format!(
        "Endpoint `{id}` has this name. Choose another name, or let this resource manage that Endpoint. If it is in this state under \
         another address, tell Terraform that it moved:\n\nmoved {{\n  from = OLD_ADDRESS\n  to   = NEW_ADDRESS\n}}\n\nOnly if nothing else \
         manages it, import it:\n\nimport {{\n  to = temporalnexus_endpoint.{label}\n  id = \"{id}\"\n}}"
    );
    Diagnostic::error(format!("an Endpoint named `{name}` exists already"), detail).at(NAME)
}

/// The error for a new name that another Endpoint has. What has an Endpoint in the state cannot import a second one.
pub(super) fn taken_by_another(name: &str, id: &str) -> Diagnostic {
    let detail = format!(
        "Endpoint `{id}` has this name. Choose another name, or rename or destroy that Endpoint first."
    );
    Diagnostic::error(format!("an Endpoint named `{name}` exists already"), detail).at(NAME)
}

/// An allowlist that others owned until now is not in the state, so the diff does not show whom it revokes.
fn takeover(cx: &Context, change: Change<'_>, callers: BTreeSet<String>) {
    let planned: BTreeSet<&str> = change.planned.get(CALLERS).strings().collect();
    let revoked: Vec<_> = callers.into_iter().filter(|caller| !planned.contains(caller.as_str())).collect();
    if !revoked.is_empty() {
        let title = model::title(change.prior.unwrap_or(change.planned));
        cx.report(warnings::takeover(&title, &revoked).at(CALLERS));
    }
}

fn consequences(cx: &Context, change: Change<'_>, backend: Backend) {
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
        cx.report(warnings::leave(&title, url).at(EXTERNAL));
    }
    if backend == Backend::Cloud && !prior.get(CALLERS).is_null() && planned.get(CALLERS).is_null() {
        cx.report(warnings::release(&title).at(CALLERS));
    }
}
