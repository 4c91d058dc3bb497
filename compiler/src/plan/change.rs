//! One change of one Endpoint: what it changes, and the write and the expectation that it becomes. All that a plan
//! needs for a new attribute of an Endpoint is in this file.

use crate::access::HeldTarget;
use crate::access::deletion::{Deletion, DeletionCause};
use crate::access::held::{HeldEndpoint, Unseen, texts};
use crate::policy::DeclaredEndpoint;
use registry::{Description, DescriptionChange, EndpointChange, Expectation, NewEndpoint};
use schema::account::Target;
use schema::name::{EndpointName, NamespaceId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// One change of one Endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "action", rename_all = "snake_case", deny_unknown_fields)]
pub enum Change {
    /// An Endpoint to create.
    Create {
        /// Its name.
        #[schemars(with = "String")]
        endpoint: EndpointName,
        /// Its target.
        #[schemars(with = "HeldTarget")]
        target: Target,
        /// Its description.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        description: Option<String>,
        /// Who may call it.
        #[schemars(with = "BTreeSet<String>")]
        callers: BTreeSet<NamespaceId>,
    },
    /// An existing Endpoint to update.
    Update {
        /// The name, before a rename.
        endpoint: String,
        /// Its id in the registry.
        id: String,
        /// The resource version at planning time.
        resource_version: String,
        /// The attributes that change.
        #[serde(flatten)]
        attributes: Attributes,
    },
    /// An existing Endpoint to delete.
    Delete {
        /// Its name.
        endpoint: String,
        /// Its id in the registry.
        id: String,
        /// The resource version at planning time.
        resource_version: String,
        /// Its target at planning time; null for an unknown kind.
        target: Option<HeldTarget>,
        /// Who could call it at planning time.
        callers: BTreeSet<String>,
        /// Why it is deleted.
        cause: DeletionCause,
    },
}

/// The attributes that an update changes, each with its value at planning time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Attributes {
    /// A new name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<FromTo<String>>")]
    pub name: Option<FromTo<String, EndpointName>>,
    /// A new target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<FromTo<Option<HeldTarget>, HeldTarget>>")]
    pub target: Option<FromTo<Option<HeldTarget>, Target>>,
    /// A new description; null removes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<FromTo<Option<String>>>,
    /// Changes of the allowlist.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub callers: Option<CallersChange>,
}

impl Attributes {
    /// What differs between a registered Endpoint and a declared one. `callers` is `None` where the policy does not say the
    /// whole allowlist.
    #[must_use]
    pub fn between(
        held: &HeldEndpoint,
        declared: &DeclaredEndpoint,
        target: &Target,
        callers: Option<BTreeSet<NamespaceId>>,
    ) -> Self {
        let is_renamed = held.name != declared.name.as_str();
        let is_moved = held.target != Some(HeldTarget::of(target));
        // An allowlist of others that is not known differs from any.
        let differs =
            |callers: &BTreeSet<_>| held.unseen == Unseen::Allowlist || held.callers != texts(callers);
        let whole = callers.filter(differs);
        Self {
            name: is_renamed.then(|| FromTo { from: held.name.clone(), to: declared.name.clone() }),
            target: is_moved.then(|| FromTo { from: held.target.clone(), to: target.clone() }),
            description: description(held, declared.description.as_ref()),
            callers: whole.map(|to| CallersChange::Whole(FromTo { from: held.callers.clone(), to })),
        }
    }

    /// The write that makes the change.
    #[must_use]
    pub fn change(&self) -> EndpointChange {
        EndpointChange {
            name: self.name.as_ref().map(|name| name.to.clone()),
            target: self.target.as_ref().map(|target| target.to.clone()),
            description: self.description.as_ref().map(|description| match &description.to {
                Some(text) => DescriptionChange::Set(text.clone()),
                None => DescriptionChange::Remove,
            }),
            callers: self.callers.as_ref().map(|change| match change {
                CallersChange::Whole(sets) => registry::CallersChange::Replace(sets.to.clone()),
                CallersChange::Entries { add, remove } => {
                    registry::CallersChange::Edit { add: add.clone(), remove: remove.clone() }
                }
            }),
        }
    }

    /// The expected current value of each attribute that changes. A target or description that was unknown at planning time
    /// cannot be compared.
    #[must_use]
    pub fn expectation(&self) -> Expectation {
        Expectation {
            name: self.name.as_ref().map(|name| name.from.clone()),
            target: self.target.as_ref().and_then(|target| target.from.as_ref()).map(Into::into),
            description: self.description.as_ref().map(|description| match &description.from {
                Some(text) => Description::Text(text.clone()),
                None => Description::Absent,
            }),
            callers: self.callers.as_ref().and_then(|change| match change {
                CallersChange::Whole(FromTo { from, .. }) => Some(from.clone()),
                CallersChange::Entries { .. } => None,
            }),
            ..Expectation::default()
        }
    }

    /// The part that an Endpoint does not have yet, on its current values.
    fn left(&self, now: &HeldEndpoint) -> Self {
        let description = now.description.text().map(str::to_owned);
        let callers = self.callers.as_ref().and_then(|change| match change {
            CallersChange::Whole(FromTo { to, .. }) => (now.callers != texts(to))
                .then(|| CallersChange::Whole(FromTo { from: now.callers.clone(), to: to.clone() })),
            CallersChange::Entries { add, remove } => {
                let is_listed = |caller: &&NamespaceId| now.callers.contains(&caller.to_string());
                let add: BTreeSet<_> = add.iter().filter(|caller| !is_listed(caller)).cloned().collect();
                let remove: BTreeSet<_> = remove.iter().filter(is_listed).cloned().collect();
                let is_left = !add.is_empty() || !remove.is_empty();
                is_left.then_some(CallersChange::Entries { add, remove })
            }
        });
        let name = self.name.as_ref().filter(|name| now.name != name.to.as_str());
        let target = self.target.as_ref().filter(|it| now.target != Some(HeldTarget::of(&it.to)));
        let text = self.description.as_ref().filter(|it| it.to != description);
        Self {
            name: name.map(|it| FromTo { from: now.name.clone(), to: it.to.clone() }),
            target: target.map(|it| FromTo { from: now.target.clone(), to: it.to.clone() }),
            description: text.map(|it| FromTo { from: description, to: it.to.clone() }),
            callers,
        }
    }

    fn after(&self, before: HeldEndpoint) -> HeldEndpoint {
        let mut after = before;
        if let Some(name) = &self.name {
            after.name = name.to.to_string();
        }
        if let Some(target) = &self.target {
            after.target = Some(HeldTarget::of(&target.to));
        }
        if let Some(FromTo { to, .. }) = &self.description {
            after.description = to.clone().map_or(Description::Absent, Description::Text);
        }
        if let Some(change) = &self.callers {
            after.callers = change.after(&after.callers);
            let is_whole = matches!(change, CallersChange::Whole(_));
            if is_whole && after.unseen == Unseen::Allowlist {
                after.unseen = Unseen::Nothing;
            }
        }
        after
    }

    /// Whether nothing changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A value before and after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct FromTo<From, To = From> {
    /// The value at planning time.
    pub from: From,
    /// The new value.
    pub to: To,
}

/// How an allowlist changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum CallersChange {
    /// The policy manages the whole allowlist.
    Whole(#[schemars(with = "FromTo<BTreeSet<String>>")] FromTo<BTreeSet<String>, BTreeSet<NamespaceId>>),
    /// The policy does not manage the allowlist: it adds and removes the callers that it names, and no others.
    Entries {
        /// The callers to add.
        #[schemars(with = "BTreeSet<String>")]
        add: BTreeSet<NamespaceId>,
        /// The callers to remove: their grants have expired.
        #[schemars(with = "BTreeSet<String>")]
        remove: BTreeSet<NamespaceId>,
    },
}

impl CallersChange {
    /// The allowlist after the change.
    #[must_use]
    pub fn after(&self, before: &BTreeSet<String>) -> BTreeSet<String> {
        match self {
            Self::Whole(sets) => texts(&sets.to),
            Self::Entries { add, remove } => &(before | &texts(add)) - &texts(remove),
        }
    }
}

impl Change {
    /// The creation of a declared Endpoint.
    #[must_use]
    pub fn create(declared: &DeclaredEndpoint, target: &Target, callers: BTreeSet<NamespaceId>) -> Self {
        Self::Create {
            endpoint: declared.name.clone(),
            target: target.clone(),
            description: declared.description.clone(),
            callers,
        }
    }

    /// The deletion of an Endpoint.
    #[must_use]
    pub fn delete(Deletion { object, cause, .. }: &Deletion<&HeldEndpoint>) -> Self {
        Self::Delete {
            endpoint: object.name.clone(),
            id: object.id.clone(),
            resource_version: object.resource_version.clone(),
            target: object.target.clone(),
            callers: object.callers.clone(),
            cause: *cause,
        }
    }

    /// What a deletion expects the Endpoint to be: its name, its target unless that was unknown, and its callers.
    #[must_use]
    pub fn deletion(&self) -> Option<Expectation> {
        let Self::Delete { endpoint, target, callers, .. } = self else { return None };
        Some(Expectation {
            name: Some(endpoint.clone()),
            target: target.as_ref().map(Into::into),
            callers: Some(callers.clone()),
            ..Expectation::default()
        })
    }

    /// The Endpoint that a creation creates; `None` for another change.
    #[must_use]
    pub fn new_endpoint(&self) -> Option<NewEndpoint> {
        let Self::Create { endpoint, target, description, callers } = self.clone() else { return None };
        Some(NewEndpoint { name: endpoint, target, description, callers })
    }

    /// The Endpoint after the change, from the one before it; `None` after a deletion, and if an update finds nothing to
    /// change.
    #[must_use]
    pub fn after(&self, before: Option<HeldEndpoint>) -> Option<HeldEndpoint> {
        match self {
            Self::Create { endpoint, target, description, callers } => Some(HeldEndpoint {
                id: String::new(),
                name: endpoint.to_string(),
                resource_version: String::new(),
                target: Some(HeldTarget::of(target)),
                description: description.clone().map_or(Description::Absent, Description::Text),
                callers: texts(callers),
                unseen: Unseen::Nothing,
            }),
            Self::Update { attributes, .. } => before.map(|before| attributes.after(before)),
            Self::Delete { .. } => None,
        }
    }

    /// The Namespaces of the planned target and callers.
    pub(super) fn namespaces(&self) -> Vec<&NamespaceId> {
        let (target, callers) = match self {
            Self::Create { target, callers, .. } => (Some(target), vec![callers]),
            Self::Update { attributes, .. } => {
                let callers = match &attributes.callers {
                    Some(CallersChange::Whole(sets)) => vec![&sets.to],
                    Some(CallersChange::Entries { add, remove }) => vec![add, remove],
                    None => Vec::new(),
                };
                (attributes.target.as_ref().map(|target| &target.to), callers)
            }
            Self::Delete { .. } => (None, Vec::new()),
        };
        target.and_then(Target::namespace).into_iter().chain(callers.into_iter().flatten()).collect()
    }

    /// The Endpoint's name, before a rename.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        match self {
            Self::Create { endpoint, .. } => endpoint.as_str(),
            Self::Update { endpoint, .. } | Self::Delete { endpoint, .. } => endpoint,
        }
    }

    /// The old and the new name of a rename.
    #[must_use]
    pub fn rename(&self) -> Option<(&str, &str)> {
        match self {
            Self::Update { attributes: Attributes { name: Some(name), .. }, .. } => {
                Some((&name.from, name.to.as_str()))
            }
            _ => None,
        }
    }

    /// The name that the change frees.
    #[must_use]
    pub fn frees(&self) -> Option<&str> {
        self.rename().map(|(from, _)| from)
    }

    /// The name that the change takes.
    #[must_use]
    pub fn takes(&self) -> Option<&str> {
        match self {
            Self::Create { endpoint, .. } => Some(endpoint.as_str()),
            Self::Update { .. } => self.rename().map(|(_, to)| to),
            Self::Delete { .. } => None,
        }
    }

    /// What is left of an update of an Endpoint; `None` for nothing. The attributes are compared, and the Endpoint keeps the
    /// resource version of the plan.
    #[must_use]
    pub fn left(&self, now: &HeldEndpoint) -> Option<Self> {
        let Self::Update { id, resource_version, attributes, .. } = self else { return Some(self.clone()) };
        let attributes = attributes.left(now);
        let (endpoint, id, resource_version) = (now.name.clone(), id.clone(), resource_version.clone());
        (!attributes.is_empty()).then_some(Self::Update { endpoint, id, resource_version, attributes })
    }

    /// The Endpoint's name after the change.
    #[must_use]
    pub fn name_after(&self) -> &str {
        self.rename().map_or(self.endpoint(), |(_, to)| to)
    }
}

/// A description in an unknown encoding is kept unless the policy sets one.
fn description(held: &HeldEndpoint, wanted: Option<&String>) -> Option<FromTo<Option<String>>> {
    let now = match &held.description {
        Description::Absent => None,
        Description::Text(text) => Some(text.clone()),
        Description::Opaque if wanted.is_none() => return None,
        Description::Opaque => None,
    };
    (now.as_ref() != wanted).then(|| FromTo { from: now, to: wanted.cloned() })
}
