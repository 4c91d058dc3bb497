//! The configured provider, as resources see it: an account, or a configuration that is not known yet.

use std::sync::atomic::{AtomicBool, Ordering};

use registry::{Problem, Registry, RegistryError};
use tfplugin::{Answer, Context, Diagnostic};

use crate::account::Account;
use crate::claims::Run;
use crate::configuration::self_hosted;
use crate::configuration::{Configuration, Settings};
use crate::diagnostics::failure;

const USER_AGENT: &str = concat!("terraform-provider-temporalnexus/", env!("CARGO_PKG_VERSION"));

/// The configured provider.
pub(crate) enum Session {
    /// The configuration is known.
    Open(Box<Account>),
    /// The configuration is known only after other resources are applied.
    Unknown(Unconfigured),
}

/// A provider without a known configuration.
pub(crate) struct Unconfigured {
    attributes: Vec<&'static str>,
    warned: AtomicBool,
}

impl Session {
    /// Opens the account of a configuration. Sends no request, unless `allowed_account_id` is to be checked.
    pub(crate) async fn open(configuration: Configuration, run: &Run) -> Answer<Self> {
        match configuration {
            Configuration::Cloud(settings) => Ok(Self::Open(Box::new(open(settings, run).await?))),
            Configuration::SelfHosted(settings) => Ok(Self::Open(Box::new(open_server(*settings, run)?))),
            Configuration::Unknown(attributes) => {
                Ok(Self::Unknown(Unconfigured { attributes, warned: AtomicBool::new(false) }))
            }
        }
    }

    /// The account, for plans. Without one, the checks are made when Terraform plans again at apply.
    pub(crate) fn account(&self) -> Option<&Account> {
        match self {
            Self::Open(account) => Some(account),
            Self::Unknown(_) => None,
        }
    }

    /// The account, for reads. Without one, warns once that the last known values are used.
    pub(crate) fn account_for_read(&self, cx: &Context) -> Option<&Account> {
        match self {
            Self::Open(account) => Some(account),
            Self::Unknown(unconfigured) => {
                unconfigured.warn(cx);
                None
            }
        }
    }

    /// The account, for requests that need one.
    pub(crate) fn require(&self) -> Answer<&Account> {
        match self {
            Self::Open(account) => Ok(account),
            Self::Unknown(unconfigured) => Err(unconfigured.error().into()),
        }
    }
}

impl Unconfigured {
    /// Warns once that the last known values are used.
    fn warn(&self, cx: &Context) {
        if !self.warned.swap(true, Ordering::Relaxed) {
            let summary = "objects are planned with their last known values";
            cx.report(Diagnostic::warning(
                summary,
                format!(
                    "{} Changes made outside of Terraform are detected by the next plan after that.",
                    self.reason()
                ),
            ));
        }
    }

    fn error(&self) -> Diagnostic {
        let detail = format!(
            "{} Apply the resources that it depends on first, with `-target`, or use a known value.",
            self.reason()
        );
        Diagnostic::error("the provider configuration is not known yet", detail)
    }

    fn reason(&self) -> String {
        let names: Vec<_> = self.attributes.iter().map(|name| format!("`{name}`")).collect();
        format!("The provider's {} will be known only after apply.", names.join(", "))
    }
}

/// Sends no request: a self-hosted server has no accounts.
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
                Problem::Environment(_) => failed(error),
                _ => failed(error).at("api_key"),
            }
        })?;
    let registry = registry.with_shared_limits(run.folder.as_deref());
    if let Some(allowed) = settings.allowed_account {
        let found = registry.account_id().await.map_err(failed)?;
        if found != allowed {
            let detail = format!(
                "The API key belongs to account `{found}`, but `allowed_account_id` allows only `{allowed}`. Nothing was read or \
                 written. Use an API key of account `{allowed}`, or correct `allowed_account_id`."
            );
            return Err(Diagnostic::error("the API key belongs to another account", detail)
                .at("allowed_account_id")
                .into());
        }
    }
    Ok(Account::new(registry, settings.checks, self_hosted::Allowlists::Enforced, run))
}
