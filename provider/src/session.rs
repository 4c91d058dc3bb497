//! What configuring the provider leaves behind for its resources: an account, or the knowledge that there is none yet.

use std::sync::atomic::{AtomicBool, Ordering};

use registry::{Problem, Registry, RegistryError};
use tfplugin::{Answer, Context, Diagnostic};

use crate::account::{Account, Allowlists};
use crate::claims::Run;
use crate::configuration::self_hosted;
use crate::configuration::{Configuration, Settings};
use crate::diagnostics::failure;

const USER_AGENT: &str = concat!("terraform-provider-temporalnexus/", env!("CARGO_PKG_VERSION"));

/// The provider's configuration in effect.
pub(crate) enum Session {
    /// The account that it leads to.
    Known(Box<Account>),
    /// A configuration that is known only after other resources are applied.
    Later(Unconfigured),
}

/// A provider that cannot reach its registry in this run.
pub(crate) struct Unconfigured {
    attributes: Vec<&'static str>,
    said: AtomicBool,
}

impl Session {
    /// Opens the account of a configuration. One that only one account is allowed for is asked who it is before
    /// anything else; without that nothing is sent.
    pub(crate) async fn open(configuration: Configuration, run: &Run) -> Answer<Self> {
        match configuration {
            Configuration::Known(settings) => Ok(Self::Known(Box::new(open(settings, run).await?))),
            Configuration::SelfHosted(settings) => Ok(Self::Known(Box::new(open_server(*settings, run)?))),
            Configuration::Later(attributes) => {
                Ok(Self::Later(Unconfigured { attributes, said: AtomicBool::new(false) }))
            }
        }
    }

    /// The account, for plans: what cannot be checked now is checked when Terraform plans again at apply.
    pub(crate) fn account(&self) -> Option<&Account> {
        match self {
            Self::Known(account) => Some(account),
            Self::Later(_) => None,
        }
    }

    /// The account, for reads: without one, it says once that objects are shown as they were last known.
    pub(crate) fn to_read(&self, cx: &Context) -> Option<&Account> {
        match self {
            Self::Known(account) => Some(account),
            Self::Later(later) => {
                later.warn(cx);
                None
            }
        }
    }

    /// The account, for what cannot be done without.
    pub(crate) fn require(&self) -> Answer<&Account> {
        match self {
            Self::Known(account) => Ok(account),
            Self::Later(later) => Err(later.error().into()),
        }
    }
}

impl Unconfigured {
    /// Says once that objects are shown as they were last known.
    fn warn(&self, cx: &Context) {
        if !self.said.swap(true, Ordering::Relaxed) {
            let summary = "objects are planned as they were last known";
            cx.report(Diagnostic::warning(
                summary,
                format!("{} Changes made outside are seen at the next plan after it.", self.reason()),
            ));
        }
    }

    fn error(&self) -> Diagnostic {
        let detail = format!(
            "{} Apply what it comes from first, with `-target`, or set it to a known value.",
            self.reason()
        );
        Diagnostic::error("the registry is not known yet", detail)
    }

    fn reason(&self) -> String {
        let names: Vec<_> = self.attributes.iter().map(|name| format!("`{name}`")).collect();
        format!("The provider's {} will be known only after apply.", names.join(", "))
    }
}

/// Nothing is asked: a server knows no accounts, and who may do what is its Authorizer's affair.
fn open_server(settings: self_hosted::Settings, run: &Run) -> Answer<Account> {
    let address = settings.server.address().clone();
    let registry = Registry::self_hosted(settings.server, USER_AGENT)
        .map_err(|error| failure::diagnostic(&address, &error).at(self_hosted::SELF_HOSTED))?;
    Ok(Account::new(registry, settings.checks, settings.allowlists, run))
}

async fn open(settings: Settings, run: &Run) -> Answer<Account> {
    let address = settings.address.clone();
    let failed = |error: RegistryError| failure::diagnostic(&address, &error);
    let registry =
        Registry::new(settings.address, settings.api_key, USER_AGENT).map_err(|error| {
            match error.problem() {
                Problem::Variable(_) => failed(error),
                _ => failed(error).at("api_key"),
            }
        })?;
    let registry = registry.sharing(run.folder.as_deref());
    if let Some(allowed) = settings.allowed_account {
        let found = registry.account_id().await.map_err(failed)?;
        if found != allowed {
            let detail = format!(
                "The API key belongs to account `{found}`, and `allowed_account_id` allows `{allowed}` only. Nothing was read or \
                 written. Use a key of `{allowed}`, or correct `allowed_account_id`."
            );
            return Err(Diagnostic::error("the API key is of another account", detail)
                .at("allowed_account_id")
                .into());
        }
    }
    Ok(Account::new(registry, settings.checks, Allowlists::Kept, run))
}
