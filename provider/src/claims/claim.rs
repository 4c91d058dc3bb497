//! What one resource instance manages, before and after a run.

use serde::{Deserialize, Serialize};

use super::ManagedObject;

/// The objects of the registry that one resource instance manages. Field names are part of the format of
/// [`Records`](super::Records).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Claim {
    /// What the instance managed before the run, as far as that is known.
    pub(crate) before: Vec<ManagedObject>,
    /// What it manages after the run; `None` if it was read and not planned.
    pub(crate) after: Option<Vec<ManagedObject>>,
    /// Whether it allows Namespaces to be opened to the internet.
    pub(crate) reopens: bool,
}

impl Claim {
    /// What the instance manages after the run; nothing while that is not planned.
    pub(super) fn planned(&self) -> &[ManagedObject] {
        self.after.as_deref().unwrap_or_default()
    }

    /// What it starts to manage.
    pub(super) fn added(&self) -> impl Iterator<Item = &ManagedObject> {
        self.planned().iter().filter(|object| !self.before.contains(object))
    }

    /// What it stops managing.
    pub(super) fn released(&self) -> impl Iterator<Item = &ManagedObject> {
        let after = self.after.as_deref();
        self.before.iter().filter(move |object| after.is_some_and(|after| !after.contains(object)))
    }
}
