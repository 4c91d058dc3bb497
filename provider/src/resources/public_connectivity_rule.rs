//! `temporalnexus_public_connectivity_rule`: the account's rule that admits the internet.

use registry::{RegisteredRule, ResourceState, RuleKind};
use schema::backend::Backend;
use schema::permission::Call;
use tfplugin::{
    Answer, Attribute, Configured, Context, CreateRequest, DeleteRequest, Diagnostic, IdentityAttribute,
    IdentitySchema, ImportKey, MoveRequest, Path, Plan, PlanRequest, ReadRequest, Resource, Schema, Stored,
    Type, UpdateRequest, Value, async_trait,
};

use crate::account::Account;
use crate::account::checks::{self, Existence};
use crate::claims::{ManagedObject, PlannedAction};
use crate::diagnostics::cloud_only;
use crate::diagnostics::failure;
use crate::diagnostics::findings::Findings;
use crate::resources::connectivity::public_rule::{self, TITLE};
use crate::resources::connectivity::temporalcloud_rule::TemporalcloudRule;
use crate::resources::connectivity::{list, rule};
use crate::session::Session;
use crate::timeouts::{self, Operation};
use crate::wait::{self, Wait};

const STABLE_IPS: &str = "enable_stable_ips";
pub(crate) const NAME: &str = "temporalnexus_public_connectivity_rule";

/// The resource.
pub(crate) struct PublicRuleResource {
    session: Configured<Session>,
    backend: Configured<Backend>,
}

impl PublicRuleResource {
    /// The resource, for the session that configuring the provider opens.
    pub(crate) fn new(session: Configured<Session>, backend: Configured<Backend>) -> Self {
        Self { session, backend }
    }
}

#[async_trait]
impl Resource for PublicRuleResource {
    fn type_name(&self) -> &str {
        NAME
    }

    fn schema(&self) -> Schema {
        Schema::new(
            0,
            "Manages the account's public connectivity rule: a Namespace with this rule can be reached from the internet, \
             whatever other rules are attached. An account has at most one public rule. If it already exists, it is adopted \
             instead of created.\n\n\
             A mapping with `keep_public` finds or creates this rule itself. Use this resource to manage the rule explicitly, \
             for example to enable stable IP addresses. Resources that attach the rule should refer to this resource: the \
             registry deletes a rule only when it is attached to no Namespace.",
            [
                Attribute::computed("id", Type::String, "Id of the rule, assigned by the registry.").keeps(),
                Attribute::optional_computed(
                    STABLE_IPS,
                    Type::Bool,
                    "Serve Namespaces with this rule from a predictable set of IP addresses. Rules cannot be updated, so a \
                     change replaces the rule. If omitted, an existing rule is adopted as it is, and a new rule has no stable \
                     addresses.",
                )
                .replaces()
                .keeps(),
            ],
        )
        .block(timeouts::block())
    }

    fn identity_schema(&self) -> Option<IdentitySchema> {
        let id = IdentityAttribute::required("id", Type::String, "Id of the rule, assigned by the registry.");
        Some(IdentitySchema::new(0, [id]))
    }

    async fn validate(&self, _cx: &Context, config: Value) -> Answer<()> {
        cloud_only::require_configured(&self.backend, cloud_only::no_connectivity)?;
        timeouts::problems(&config).into_answer()
    }

    async fn read(&self, cx: &Context, request: ReadRequest) -> Answer<Option<Stored>> {
        let session = self.session.require()?;
        match session.account_for_read(cx) {
            Some(account) => read(cx, account, request.state).await,
            None => Ok(Some(request.state.into())),
        }
    }

    async fn plan(&self, cx: &Context, request: PlanRequest, plan: Plan) -> Answer<Plan> {
        let session = self.session.require()?;
        if let Some(account) = session.account() {
            cloud_only::require(account.backend(), cloud_only::no_connectivity)?;
            let mut findings = Findings::default();
            let prior = request.prior.as_ref();
            let checked =
                wait::unless_stopped(cx, check(cx, account, prior, &plan.state, &mut findings)).await?;
            checked.map_err(|error| failure::diagnostic(account.registry().address(), &error))?;
            findings.report(cx, TITLE)?;
        }
        Ok(plan)
    }

    async fn plan_delete(&self, cx: &Context, _request: DeleteRequest) -> Answer<Option<Vec<u8>>> {
        let session = self.session.require()?;
        let Some(account) = session.account() else { return Ok(None) };
        let (mut findings, path) = (Findings::default(), Path::root());
        let (what, call) = (format!("delete {TITLE}"), Call::ManageConnectivityRules);
        let asked = checks::permission(account, call, (&what, &path), Existence::Found, &mut findings);
        wait::answered(cx, account.registry(), asked).await?;
        findings.report(cx, TITLE)?;
        Ok(None)
    }

    async fn create(&self, cx: &Context, request: CreateRequest) -> Answer<Stored> {
        create(cx, self.session.require()?.require()?, request.planned).await
    }

    /// Only `timeouts` can be updated in place.
    async fn update(&self, _cx: &Context, request: UpdateRequest) -> Answer<Stored> {
        Ok(request.planned.into())
    }

    async fn delete(&self, cx: &Context, request: DeleteRequest) -> Answer<()> {
        let (session, prior) = (self.session.require()?, request.prior);
        let account = session.require()?;
        if account
            .claims()
            .others_at_delete(&request.private, &managed_objects(&prior))
            .manages_object(id(&prior))
        {
            return Ok(());
        }
        let wait = Wait::start(cx, &prior, Operation::Delete);
        rule::detach_for_others(account, &wait, id(&prior), &request.private).await?;
        rule::delete(account, &wait, (TITLE, id(&prior))).await
    }

    async fn import(&self, cx: &Context, key: ImportKey) -> Answer<Stored> {
        import(cx, self.session.require()?.require()?, &key).await.map(Stored::from)
    }

    /// `false` is the default of a new rule.
    fn configuration(&self, settable: Value) -> Value {
        match settable.get(STABLE_IPS).as_bool() {
            Some(false) => settable.with(STABLE_IPS, Value::Null),
            _ => settable,
        }
    }

    async fn move_from(&self, _cx: &Context, request: MoveRequest) -> Answer<Stored> {
        let source = TemporalcloudRule::read(request, NAME)?;
        if !source.is("public") {
            let detail = "The source is a private rule. Move it to a `temporalnexus_privatelink_mapping`.";
            return Err(Diagnostic::error("cannot move a private rule to the public rule", detail).into());
        }
        let state = [
            ("id", source.text("id")),
            (STABLE_IPS, source.flag(STABLE_IPS)),
            ("timeouts", source.timeouts()),
        ];
        Ok(Value::object(state).into())
    }
}

/// What an instance manages: the public rule.
pub(crate) fn managed_objects(value: &Value) -> Vec<ManagedObject> {
    vec![ManagedObject::PublicRule { id: Some(id(value).to_owned()).filter(|id| !id.is_empty()) }]
}

fn id(state: &Value) -> &str {
    state.get("id").as_str().unwrap_or_default()
}

pub(crate) fn state(rule: &RegisteredRule, known: &Value) -> Option<Value> {
    let RuleKind::Public { stable_ips } = rule.kind() else { return None };
    let timeouts = known.get("timeouts").clone();
    Some(Value::object([("id", rule.id().into()), (STABLE_IPS, stable_ips.into()), ("timeouts", timeouts)]))
}

async fn read(cx: &Context, account: &Account, known: Value) -> Answer<Option<Stored>> {
    let wait = Wait::start(cx, &known, Operation::Read);
    let Some(found) = wait.read(account.connectivity_rule(id(&known))).await else {
        return Err(Diagnostic::error(format!("timed out reading {TITLE}"), wait.reason()).into());
    };
    let found = found.map_err(|error| failure::diagnostic(account.registry().address(), &error))?;
    let Some(found) = found else { return Ok(None) };
    if found.state() == ResourceState::ActivationFailed {
        let detail =
            "The rule may have no effect. Recreate it with `terraform apply -replace=…`, or delete it.";
        cx.report(Diagnostic::warning(format!("{TITLE} could not be activated"), detail));
    }
    Ok(state(&found, &known).map(Stored::from))
}

/// Checks whether a rule can be created, adopted or replaced.
async fn check(
    cx: &Context,
    account: &Account,
    prior: Option<&Value>,
    planned: &Value,
    findings: &mut Findings,
) -> Result<(), registry::RegistryError> {
    if let Some(prior) = prior {
        if prior.get(STABLE_IPS) != planned.get(STABLE_IPS) {
            warn_of_replacement(cx, &rule::attached_to(account, id(prior)).await);
        }
        return Ok(());
    }
    let rules = match account.connectivity_rules().await {
        Err(error) if error.is_permission_denied() => {
            findings.unproven(
                "whether the account has a public connectivity rule: the API key may not read connectivity rules",
            );
            return Ok(());
        }
        rules => rules?,
    };
    match public_rule::among(&rules) {
        None => {
            let path = Path::root();
            checks::permission(
                account,
                Call::ManageConnectivityRules,
                (&format!("create {TITLE}"), &path),
                Existence::Found,
                findings,
            )
            .await?;
        }
        Some(found) if account.claims().planned_action(found.id()) != PlannedAction::Unknown => findings.unproven(format!(
            "whether the account's public connectivity rule `{}`, which is in this state, is deleted first",
            found.id()
        )),
        Some(found) => match planned
            .get(STABLE_IPS)
            .as_bool()
            .filter(|desired| found.kind() != RuleKind::Public { stable_ips: *desired })
        {
            Some(desired) => findings.error(different_addresses(found.id(), desired)),
            None => cx.report(adopted(found.id())),
        },
    }
    Ok(())
}

fn warn_of_replacement(cx: &Context, attached: &[String]) {
    if attached.is_empty() {
        return;
    }
    let detail = format!(
        "A rule cannot be updated, and the registry deletes it only when it is attached to no Namespace. It is attached to {}. \
         The apply fails unless it is detached first, by this run or by another client.",
        list(attached)
    );
    cx.report(
        Diagnostic::warning(format!("{TITLE} is to be replaced while it is attached"), detail).at(STABLE_IPS),
    );
}

fn adopted(id: &str) -> Diagnostic {
    let detail = format!("Its id is `{id}`. The apply adopts it; destroying this resource deletes it.");
    Diagnostic::warning("the account already has a public connectivity rule", detail)
}

fn different_addresses(id: &str, desired: bool) -> Diagnostic {
    let detail = format!(
        "The account's public rule `{id}` has `{STABLE_IPS} = {}`, and a rule cannot be updated. Use that value, omit \
         `{STABLE_IPS}`, or import the rule to replace it.",
        !desired
    );
    Diagnostic::error(
        format!("the account has a public connectivity rule with a different `{STABLE_IPS}`"),
        detail,
    )
    .at(STABLE_IPS)
}

async fn create(cx: &Context, account: &Account, planned: Value) -> Answer<Stored> {
    let wait = Wait::start(cx, &planned, Operation::Create);
    let desired = planned.get(STABLE_IPS).as_bool();
    let found = public_rule::find_or_create(account, &wait, desired.unwrap_or(false)).await?;
    if let Some(desired) = desired.filter(|desired| *desired != found.stable_ips) {
        return Err(different_addresses(&found.id, desired).into());
    }
    if let Some(unfinished) = &found.unfinished {
        cx.report(rule::outcome(TITLE, &found.id, &wait, unfinished));
    }
    Ok(planned.with("id", found.id).with(STABLE_IPS, found.stable_ips).into())
}

/// Imports by id, or by `public`.
async fn import(cx: &Context, account: &Account, key: &ImportKey) -> Answer<Value> {
    let key = match key {
        ImportKey::Id(key) => key.trim(),
        ImportKey::Identity(identity) => id(identity),
    };
    let rules = wait::unless_stopped(cx, account.connectivity_rules()).await?;
    let rules = rules.map_err(|error| failure::diagnostic(account.registry().address(), &error))?;
    let address = account.registry().address();
    let Some(found) = public_rule::among(&rules) else {
        let detail = format!(
            "Remove the import; an apply then creates the rule. The registry at `{address}` shows only what the API key may see."
        );
        return Err(Diagnostic::error("the account has no public connectivity rule", detail).into());
    };
    let state = state(found, &Value::Null).filter(|_| found.id() == key || key == "public");
    Ok(state.ok_or_else(|| {
        let detail = format!(
            "The id of the rule is `{}`. Import that id, or `public`. The registry is at `{address}`.",
            found.id()
        );
        let key = key.escape_debug();
        Diagnostic::error(format!("`{key}` is not the account's public connectivity rule"), detail)
    })?)
}
