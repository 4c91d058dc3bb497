//! The difference of access that a saved plan makes, as far as the plan carries it: what does not change is not in it.

use crate::access::HeldTarget;
use crate::access::difference::{Caller, Difference, NameDifference};
use crate::access::held::{HeldEndpoint, Unseen};
use crate::plan::{CallersChange, Change, Plan};
use registry::Description;
use std::collections::BTreeSet;

/// How access differs after a plan is applied.
#[must_use]
pub fn difference_of_plan(plan: &Plan) -> Difference {
    let mut difference = Difference::default();
    let access = &plan.access;
    let caller = |id: &Option<String>| id.clone().map_or(Caller::Unknown, Caller::Namespace);
    for row in &access.calls_gained {
        let at = entry(&mut difference, &row.endpoint);
        at.gained.insert(caller(&row.caller));
        held(&mut at.after, &row.endpoint).target.clone_from(&row.target);
    }
    for row in &access.calls_lost {
        let at = entry(&mut difference, &row.endpoint);
        at.lost.insert(caller(&row.caller));
        held(&mut at.before, &row.endpoint).target.clone_from(&row.target);
    }
    for row in &access.managers_gained {
        let id = row.principal.parse();
        entry(&mut difference, &row.endpoint).gained_managers.extend(id.ok());
    }
    for row in &access.managers_lost {
        let id = row.principal.parse();
        entry(&mut difference, &row.endpoint).lost_managers.extend(id.ok());
    }
    plan.changes.iter().for_each(|change| add(change, &mut difference));
    // An Endpoint whose access alone differs exists on both sides.
    for (name, differs) in &mut difference.names {
        let is_kept = differs.renamed_from.is_none() && differs.renamed_to.is_none();
        match (&differs.before, &differs.after) {
            (None, Some(after)) if is_kept && !after.id.is_empty() => differs.before = Some(after.clone()),
            (Some(before), None) if is_kept && before.id == *name => differs.after = Some(before.clone()),
            (None, None) => {
                held(&mut differs.before, name);
                held(&mut differs.after, name);
            }
            _ => {}
        }
    }
    difference.names.retain(|_, differs| differs.is_something());
    difference
}

fn entry<'d>(difference: &'d mut Difference, name: &str) -> &'d mut NameDifference {
    difference.names.entry(name.to_owned()).or_default()
}

/// The Endpoint on one side; its id is its name where the plan has no other.
fn held<'d>(side: &'d mut Option<HeldEndpoint>, name: &str) -> &'d mut HeldEndpoint {
    side.get_or_insert_with(|| HeldEndpoint {
        id: name.to_owned(),
        name: name.to_owned(),
        resource_version: String::new(),
        target: None,
        description: Description::Absent,
        callers: BTreeSet::new(),
        unseen: Unseen::Nothing,
    })
}

fn add(change: &Change, difference: &mut Difference) {
    match change {
        Change::Create { endpoint, target, callers, .. } => {
            let name = endpoint.as_str();
            let created = held(&mut entry(difference, name).after, name);
            created.id = String::new();
            created.target = Some(HeldTarget::of(target));
            created.callers = callers.iter().map(ToString::to_string).collect();
        }
        Change::Update { endpoint, id, attributes, .. } => {
            let name = attributes.name.as_ref().map_or(endpoint.as_str(), |name| name.to.as_str());
            let (mut from, mut to) = (BTreeSet::new(), BTreeSet::new());
            if let Some(CallersChange::Whole(whole)) = &attributes.callers {
                from.clone_from(&whole.from);
                to = whole.to.iter().map(ToString::to_string).collect();
            }
            let target = attributes.target.as_ref();
            let differs = entry(difference, name);
            let after = held(&mut differs.after, name);
            (after.id, after.callers) = (id.clone(), to);
            if let Some(target) = target {
                after.target = Some(HeldTarget::of(&target.to));
                differs.retargeted = Some((target.from.clone(), Some(HeldTarget::of(&target.to))));
            }
            differs.renamed_from = (name != endpoint).then(|| endpoint.clone());
            let old = entry(difference, endpoint);
            old.renamed_to = (name != endpoint).then(|| name.to_owned());
            let before = held(&mut old.before, endpoint);
            (before.id, before.callers) = (id.clone(), from);
            if let Some(target) = target {
                before.target.clone_from(&target.from);
            }
        }
        Change::Delete { endpoint, id, target, callers, .. } => {
            let deleted = held(&mut entry(difference, endpoint).before, endpoint);
            (deleted.id, deleted.target, deleted.callers) = (id.clone(), target.clone(), callers.clone());
        }
    }
}
