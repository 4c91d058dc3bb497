//! Importing a rule, and `moved` from `temporalcloud_connectivity_rule`.

use std::collections::BTreeSet;

use ::schema::privatelink::PrivateConnection;
use registry::{RegisteredRule, RuleKind};
use tfplugin::{Answer, Context, Diagnostic, ImportKey, MoveRequest, Value};

use super::attached::Attached;
use super::model::{self, CONNECTION, PORT, PROJECT, REACHED, REGION, RULE, SERVICE};
use super::{NAME, read};
use crate::account::Account;
use crate::diagnostics::failure;
use crate::resources::connectivity::consent::KEEP_PUBLIC;
use crate::resources::connectivity::temporalcloud_rule::TemporalcloudRule;
use crate::wait;

/// The state of the rule that a key names.
pub(super) async fn import(cx: &Context, account: &Account, key: &ImportKey) -> Answer<Value> {
    let failed = |error| failure::diagnostic(account.registry().address(), &error);
    let rules = wait::unless_stopped(cx, account.connectivity_rules()).await?.map_err(failed)?;
    let rule = match key {
        ImportKey::Id(key) => by_text(&rules, key.trim())?,
        ImportKey::Identity(identity) => rules.iter().find(|rule| rule.id() == model::rule_id(identity)),
    };
    state(cx, account, rule.ok_or_else(|| not_found(account, key))?).await
}

/// The state of a rule, including its Namespaces.
pub(crate) async fn state(cx: &Context, account: &Account, rule: &RegisteredRule) -> Answer<Value> {
    let failed = |error| failure::diagnostic(account.registry().address(), &error);
    let none_seen = BTreeSet::new();
    let attached = wait::unless_stopped(cx, Attached::read(account, rule.id(), &none_seen)).await?;
    let attached = attached.map_err(failed)?;
    let state = model::state(rule, &Value::object::<&str>([]))?;
    let keeps_public = !attached.ids().is_empty() && attached.all_public();
    let kept = if keeps_public { true.into() } else { Value::Null };
    Ok(read::with_namespaces(state, &attached).with(KEEP_PUBLIC, kept))
}

/// Finds a rule by its id, or by the id of its connection if it is unique.
fn by_text<'a>(rules: &'a [RegisteredRule], key: &str) -> Answer<Option<&'a RegisteredRule>> {
    if let Some(found) = rules.iter().find(|rule| rule.id() == key) {
        return Ok(Some(found));
    }
    let is_for = |rule: &&RegisteredRule| matches!(rule.kind(), RuleKind::Private(PrivateConnection { connection_id, .. }) if connection_id == key);
    let found: Vec<_> = rules.iter().filter(is_for).collect();
    match found.as_slice() {
        [one, another, ..] => {
            let detail = format!(
                "Import by the id of the rule instead, such as `{}` or `{}`.",
                one.id(),
                another.id()
            );
            Err(Diagnostic::error(format!("`{key}` has several connectivity rules"), detail).into())
        }
        found => Ok(found.first().copied()),
    }
}

fn not_found(account: &Account, key: &ImportKey) -> Diagnostic {
    let key = match key {
        ImportKey::Id(key) => key.trim(),
        ImportKey::Identity(identity) => model::rule_id(identity),
    };
    let detail = format!(
        "Use the id of the rule or of its connection, such as `vpce-0123456789abcdef0`. The registry is at `{}`.",
        account.registry().address()
    );
    Diagnostic::error(format!("connectivity rule `{}` does not exist", key.escape_debug()), detail)
}

/// The state as a mapping that does not manage attachments, which `temporalcloud_connectivity_rule` does not either.
pub(super) fn moved(request: MoveRequest) -> Answer<Value> {
    let source = TemporalcloudRule::read(request, NAME)?;
    if !source.is("private") {
        let detail = "The source is not a private rule. Move the public rule to a `temporalnexus_public_connectivity_rule`.";
        return Err(Diagnostic::error("only a private rule can be moved to a mapping", detail).into());
    }
    let region = source.text("region");
    Ok(Value::object([
        (RULE, source.text("id")),
        (SERVICE, model::service_name(&region)),
        (REGION, region),
        (CONNECTION, source.text("connection_id")),
        (PROJECT, source.text("gcp_project_id")),
        (PORT, model::port()),
        (REACHED, Value::Map(Default::default())),
        ("timeouts", source.timeouts()),
    ]))
}
