//! A story: what Terraform is given and told, and what others do meanwhile, as data.

use crate::configuration::Configuration;

/// The id of a Namespace.
pub type Namespace = &'static str;

/// A story from an empty state to `terraform destroy`, with which each one ends.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Story {
    /// Options of the registry, such as `--operation-time`.
    pub registry: Vec<&'static str>,
    /// Whose key Terraform has; a Global Admin's unless given.
    pub principal: Option<&'static str>,
    /// What others do before.
    pub before: Vec<Outside>,
    pub steps: Vec<Step>,
    /// What others do before the end.
    pub ending: Vec<Outside>,
}

/// One apply.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What others do first.
    pub outside: Vec<Outside>,
    pub configuration: Configuration,
    pub command: Command,
    pub parallelism: u8,
    /// How the registry fails during the apply.
    pub fault: Option<&'static str>,
    /// Whether an error is right. A configuration that keeps one thing twice may always be refused.
    pub may_be_refused: bool,
}

/// What Terraform is told.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    Apply,
    ApplyWithoutRefresh,
    /// `-replace` of an address.
    Replace(String),
    /// `-target` of an address, and an apply of everything afterwards.
    Target(String),
    /// A plan in a file; what others do then; the apply of the plan.
    SavedPlan(Vec<Outside>),
    /// An interrupt, so many milliseconds after the first change in the registry.
    Interrupt(u64),
    /// So many plans of one state must agree on whether they are refused.
    Plans(u8, PlanOf),
}

/// What is planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanOf {
    Apply,
    Destroy,
}

/// What somebody else does by the registry's API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outside {
    CreateEndpoint(&'static str, Vec<Namespace>),
    DeleteEndpoint(&'static str),
    AddCaller(&'static str, Namespace),
    RemoveCaller(&'static str, Namespace),
    CreateRule(&'static str),
    Attach(&'static str, Namespace),
    Detach(&'static str, Namespace),
}

impl Step {
    /// A plain apply of a configuration.
    pub fn apply(configuration: Configuration) -> Self {
        Self {
            outside: Vec::new(),
            configuration,
            command: Command::Apply,
            parallelism: 10,
            fault: None,
            may_be_refused: false,
        }
    }

    /// Whether its command may fail, or does not apply everything. A plain apply then follows.
    pub fn may_fail(&self) -> bool {
        let harmless = ["latency", "rate-limits", "unknown-"];
        let fault = self.fault.is_some_and(|fault| !harmless.iter().any(|kind| fault.starts_with(kind)));
        let command = match &self.command {
            Command::Replace(_) | Command::Target(_) | Command::SavedPlan(_) | Command::Interrupt(_) => true,
            Command::ApplyWithoutRefresh => !self.outside.is_empty(),
            Command::Apply | Command::Plans(..) => false,
        };
        fault || command
    }

    pub fn with(self, command: Command) -> Self {
        Self { command, ..self }
    }

    pub fn after(self, outside: &[Outside]) -> Self {
        Self { outside: outside.to_vec(), ..self }
    }

    pub fn with_fault(self, fault: &'static str) -> Self {
        Self { fault: Some(fault), ..self }
    }

    pub fn or_refused(self) -> Self {
        Self { may_be_refused: true, ..self }
    }

    pub fn at(self, parallelism: u8) -> Self {
        Self { parallelism, ..self }
    }
}
