//! Why a policy could not be judged at all. What is wrong *in* a policy is a finding instead.

use crate::facts::Home;
use crate::load::LoadError;
use registry::RegistryError;
use schema::name::PrincipalId;

/// Why the pipeline stopped before it had findings to report.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// A file could not be read.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The registry refused a read, or could not be reached.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// The command line gives a value to a variable that the policy does not declare.
    #[error("`--var {name}=…`: the policy declares no variable `{name}`")]
    UndeclaredVariable {
        /// The name as given.
        name: String,
        /// The declared name that is most like it.
        closest: Option<String>,
    },
    /// The principal whose permissions were to be checked is not in the policy.
    #[error("`--as {id}`: no such principal")]
    UnknownPrincipal {
        /// The principal.
        id: PrincipalId,
    },
    /// The principal whose permissions were to be checked is not in the account.
    #[error("`{id}` does not exist in {home}")]
    PrincipalNotInAccount {
        /// The principal.
        id: PrincipalId,
        /// The account.
        home: Home,
    },
    /// A principal was named for a self-hosted server.
    #[error("self-hosted Temporal has no principals such as `{id}`")]
    NoPrincipals {
        /// The principal.
        id: PrincipalId,
    },
    /// What one principal manages was to be planned on a self-hosted server.
    #[error("self-hosted Temporal has no principals, so `--mine` selects nothing")]
    NoOwnership,
    /// What one principal manages was to be planned on a snapshot, and no principal was named.
    #[error("`--mine` with `--account` needs a principal: a snapshot has no API key's owner")]
    NoOwner,
    /// The time of day has no written form.
    #[error("invalid system time: {0}")]
    Clock(#[from] time::error::Format),
}

impl PipelineError {
    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        let help = match self {
            Self::Load(error) => return error.help(),
            Self::Clock(_) => return None,
            Self::Registry(error) => return error.help().map(str::to_owned),
            Self::UndeclaredVariable { closest: Some(closest), .. } => {
                return Some(format!("did you mean `{closest}`?"));
            }
            Self::UndeclaredVariable { name, closest: None } => {
                return Some(format!("declare it: `variable \"{name}\" {{ … }}`"));
            }
            Self::UnknownPrincipal { .. } => {
                "pass a `user`, `service_account` or `group` of the policy or of the account"
            }
            Self::PrincipalNotInAccount { .. } => "pass a principal of the account, or use its own API key",
            Self::NoPrincipals { .. } => "remove `--as`: the server's Authorizer decides who may do what",
            Self::NoOwnership => "remove `--mine`",
            Self::NoOwner => "pass `--as PRINCIPAL`",
        };
        Some(help.to_owned())
    }
}
