//! Namespaces.

use super::block::{Block, Value};
use super::label::Labels;
use super::references::References;
use super::{Adopted, shown};
use crate::facts::Home;
use schema::account::Namespace;
use schema::region::region;
use std::collections::BTreeSet;

/// The internal Namespace of a server.
const SYSTEM: &str = "temporal-system";

pub fn adopt(references: &mut References, adopted: &mut Adopted) {
    let facts = references.facts;
    if !facts.all_namespaces {
        adopted.remark("The list of Namespaces may be incomplete: this API key cannot read all of them.");
    }
    let is_on_cloud = matches!(facts.home, Home::Account(_));
    let namespaces = facts.namespaces.values().filter(|it| is_on_cloud || it.id.name().as_str() != SYSTEM);
    let labels = Labels::default().of(namespaces.clone().map(|it| it.id.name().as_str()));
    for (namespace, label) in namespaces.zip(labels) {
        let name = namespace.id.name().as_str();
        let regions = if is_on_cloud { regions(namespace) } else { Ok(None) };
        match regions {
            Ok(regions) => {
                references.declare_namespace(&namespace.id, &label);
                adopted.push(block(namespace, label, regions));
            }
            Err(why) => adopted.leave_out("namespace", name, &why),
        }
    }
}

fn block(namespace: &Namespace, label: String, regions: Option<Value>) -> Block {
    let name = namespace.id.name().as_str();
    let name = (label != name).then(|| Value::text(name));
    let tags = namespace.tags.iter().map(|(key, tag)| (key.to_string(), Value::text(&**tag)));
    let tags: Vec<_> = tags.collect();
    Block::new("namespace", Some(label))
        .with_any("name", name)
        .with_any("regions", regions)
        .with_any("auth", Value::texts(namespace.auth.iter().map(|method| method.name())))
        .with_any("tags", (!tags.is_empty()).then_some(Value::Object(tags)))
}

fn regions(namespace: &Namespace) -> Result<Option<Value>, String> {
    if let Some(unknown) = namespace.regions.iter().find(|id| region(id).is_none()) {
        return Err(format!("its region {} is unknown to this version of nexusc", shown(unknown)));
    }
    let all: BTreeSet<_> = namespace.regions.iter().collect();
    if all.len() < namespace.regions.len() {
        return Err("one of its regions is listed twice".to_owned());
    }
    let regions = Value::texts(namespace.regions.iter().map(String::as_str));
    regions.map(Some).ok_or_else(|| "its regions cannot be read".to_owned())
}
