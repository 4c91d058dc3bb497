//! Private connections.

use super::Adopted;
use super::block::{Block, Value};
use super::label::Labels;
use super::references::References;
use super::shown;
use crate::facts::Facts;
use registry::RegisteredRule;
use schema::name::NamespaceId;
use schema::privatelink::{PrivateConnection, private_service};
use schema::region::region;
use std::collections::{BTreeMap, BTreeSet};

/// `allow_public_lockout` is not written, because it would also apply to Namespaces listed later.
const CLOSED: &str = "It closes Namespaces to the internet. Without the account's facts, `nexusc check` reports `privatelink-lockout`.";

pub fn adopt(
    mut rules: Vec<(&RegisteredRule, PrivateConnection)>,
    labels: Labels,
    references: &References,
    adopted: &mut Adopted,
) {
    let facts = references.facts;
    if let Some(reason) = &facts.connectivity.incomplete {
        return adopted.remark(format!("Private connections are left out: {}", reason.escape_debug()));
    }
    if !facts.all_namespaces && !rules.is_empty() {
        let why = "this API key cannot read all Namespaces that they may be attached to";
        return adopted.remark(format!("Private connections are left out: {why}."));
    }
    rules.sort_by(|(_, one), (_, other)| one.cmp(other));
    let names: Vec<_> = named(&rules);
    let labels = labels.of(names.iter().map(String::as_str));
    let (attached, mut declared) = (by_rule(facts), BTreeSet::new());
    for ((rule, connection), label) in rules.iter().zip(labels) {
        let to = attached.get(rule.id()).map(Vec::as_slice).unwrap_or_default();
        let is_second = !declared.insert((&connection.region, &connection.connection_id));
        let twice = || Err("another rule has the same connection".to_owned());
        match if is_second { twice() } else { block(connection, label, to, references) } {
            Ok(block) => adopted.push(block),
            Err(why) => adopted.leave_out("privatelink", &connection.connection_id, &why),
        }
    }
}

/// Ids may be the same in several regions.
fn named(rules: &[(&RegisteredRule, PrivateConnection)]) -> Vec<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    rules.iter().for_each(|(_, connection)| *counts.entry(&connection.connection_id).or_default() += 1);
    let name = |connection: &PrivateConnection| match counts.get(&*connection.connection_id) {
        Some(1) => connection.connection_id.clone(),
        _ => format!("{}-{}", connection.connection_id, connection.region),
    };
    rules.iter().map(|(_, connection)| name(connection)).collect()
}

/// The Namespaces that each rule is attached to.
fn by_rule(facts: &Facts) -> BTreeMap<&str, Vec<&NamespaceId>> {
    let mut attached: BTreeMap<&str, Vec<&NamespaceId>> = BTreeMap::new();
    for (namespace, rules) in facts.connectivity.attached() {
        rules.iter().for_each(|rule| attached.entry(rule).or_default().push(namespace));
    }
    attached
}

fn block(
    connection: &PrivateConnection,
    label: String,
    attached: &[&NamespaceId],
    references: &References,
) -> Result<Block, String> {
    let PrivateConnection { region: at, connection_id, gcp_project_id } = connection;
    let known = region(at).ok_or_else(|| format!("its region {} is not known to this version", shown(at)))?;
    PrivateConnection::new(known, connection_id, gcp_project_id.as_deref())
        .map_err(|error| error.to_string())?;
    if private_service(at).is_none() {
        return Err(format!("Temporal documents no private connectivity in {}", shown(at)));
    }
    let elsewhere = |id: &&&NamespaceId| {
        let held = references.facts.namespaces.get(**id);
        held.is_some_and(|held| !held.regions.is_empty() && !held.regions.contains(at))
    };
    if let Some(id) = attached.iter().find(elsewhere) {
        return Err(format!("it is attached to {}, which is not in its region", shown(&id.to_string())));
    }
    let namespaces = attached.iter().map(|id| references.namespace(id)).collect::<Result<Vec<_>, _>>()?;
    let public = references.facts.connectivity.public().map(RegisteredRule::id);
    let is_open = |id: &&NamespaceId| {
        public.is_some_and(|rule| references.facts.connectivity.attached_to(id).contains(rule))
    };
    let keeps_public = !attached.is_empty() && attached.iter().all(is_open);
    let block = Block::new("privatelink", Some(label));
    let block = match keeps_public || attached.is_empty() {
        true => block,
        false => block.remark(CLOSED),
    };
    Ok(block
        .with("region", Value::text(at))
        .with("connection_id", Value::text(connection_id))
        .with_any("gcp_project_id", gcp_project_id.as_deref().map(Value::text))
        .with("namespaces", Value::List(namespaces))
        .with_any("keep_public", keeps_public.then_some(Value::Yes)))
}
